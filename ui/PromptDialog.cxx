// SPDX-License-Identifier: BSD-3-Clause
#include "PromptDialog.h"

#include "Disclosure.h"
#include "StateIcon.h"

#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QFormLayout>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace pvhop
{

namespace
{
QLabel* plainLabel(const QString& text, const char* name, QWidget* parent)
{
  QLabel* label = new QLabel(text, parent);
  label->setObjectName(QLatin1String(name));
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  label->setFocusPolicy(Qt::NoFocus);
  return label;
}

/// What a host says, told apart from what we say.
QWidget* serverBox(const QString& host, const QString& text, QWidget* parent)
{
  QGroupBox* box = new QGroupBox(
    PromptDialog::tr("Message from %1").arg(host.section(QLatin1Char('@'), -1)), parent);
  box->setObjectName(QStringLiteral("serverBox"));
  QVBoxLayout* layout = new QVBoxLayout(box);
  QPlainTextEdit* view = new QPlainTextEdit(box);
  view->setObjectName(QStringLiteral("serverText"));
  view->setReadOnly(true);
  view->setPlainText(text);
  view->setFocusPolicy(Qt::ClickFocus);
  view->setFrameShape(QFrame::NoFrame);
  const int lines = qBound(1, static_cast<int>(text.count(QLatin1Char('\n'))) + 1, 10) +
                    (text.size() > 70 && !text.contains(QLatin1Char('\n')) ? 1 : 0);
  view->setFixedHeight(view->fontMetrics().lineSpacing() * (lines + 1) + 24);
  layout->addWidget(view);
  return box;
}

/// Base64 and prefix only, so that a fingerprint pasted with its surroundings can be compared.
QString bareFingerprint(const QString& text)
{
  const int at = text.indexOf(QLatin1String("SHA256:"));
  QString bare = at >= 0 ? text.mid(at + 7) : text.trimmed();
  bare = bare.section(QLatin1Char(' '), 0, 0).trimmed();
  while (bare.endsWith(QLatin1Char('=')) || bare.endsWith(QLatin1Char('.')))
  {
    bare.chop(1);
  }
  return bare;
}
}

PromptDialog::PromptDialog(const Prompt& first, QWidget* parent)
  : QDialog(parent)
  , First(first)
  , Buttons(new QDialogButtonBox(this))
  , Note(plainLabel(QString(), "note", this))
{
  this->setObjectName(QStringLiteral("pvhopPromptDialog"));
  this->setWindowFlag(Qt::WindowContextHelpButtonHint, false);
  this->setMinimumWidth(this->fontMetrics().averageCharWidth() * 62);
  QVBoxLayout* layout = new QVBoxLayout(this);
  layout->setSpacing(10);
  this->Buttons->setObjectName(QStringLiteral("buttons"));
  this->Note->hide();

  if (first.Kind == PromptKind::HostKey)
  {
    this->buildHostKey(first);
  }
  else if (first.Kind == PromptKind::Helper)
  {
    this->buildHelper(first);
  }
  else
  {
    this->buildFields(first);
  }
  layout->addWidget(this->Note);
  layout->addWidget(this->Buttons);
  QObject::connect(this->Buttons, &QDialogButtonBox::rejected, this, &PromptDialog::reject);
  if (!this->Form)
  {
    fitToText(this, qMax(this->minimumWidth(), this->Buttons->sizeHint().width() + 40));
  }
}

PromptDialog::~PromptDialog()
{
  for (const Question& question : qAsConst(this->Questions))
  {
    if (question.Field)
    {
      question.Field->clear();
    }
  }
}

void PromptDialog::buildHostKey(const Prompt& prompt)
{
  QVBoxLayout* layout = static_cast<QVBoxLayout*>(this->layout());
  const QString host = prompt.Host.section(QLatin1Char('@'), -1);
  this->setWindowTitle(tr("Do you know this host?"));

  QLabel* head =
    plainLabel(tr("This computer has never connected to %1 before.").arg(host), "heading", this);
  QFont bold = head->font();
  bold.setBold(true);
  head->setFont(bold);
  layout->addWidget(head);
  if (!prompt.Text.isEmpty())
  {
    layout->addWidget(plainLabel(prompt.Text, "promptText", this));
  }
  layout->addWidget(plainLabel(
    tr("To be sure that it is the real one, compare its fingerprint with the one that your site "
       "publishes, or ask its support. If they differ, somebody may be in between."),
    "advice",
    this));

  QLabel* fingerprint = plainLabel(prompt.Fingerprint, "fingerprint", this);
  QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  fixed.setStyleHint(QFont::Monospace);
  fingerprint->setFont(fixed);
  // A fingerprint is one long word: nothing of it may be cut off.
  int widest = 0;
  const QStringList words = prompt.Fingerprint.split(QLatin1Char(' '));
  for (const QString& word : words)
  {
    widest = qMax(widest, QFontMetrics(fixed).horizontalAdvance(word));
  }
  this->setMinimumWidth(qMax(this->minimumWidth(), qMin(widest + 60, 900)));
  fingerprint->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  fingerprint->setFrameShape(QFrame::StyledPanel);
  fingerprint->setMargin(8);
  layout->addWidget(fingerprint);

  QLineEdit* compare = new QLineEdit(this);
  compare->setObjectName(QStringLiteral("compare"));
  compare->setAccessibleName(tr("Published fingerprint"));
  compare->setPlaceholderText(tr("Paste the published fingerprint here to compare (optional)"));
  QLabel* verdict = plainLabel(QString(), "verdict", this);
  layout->addWidget(compare);
  layout->addWidget(verdict);
  verdict->hide();

  QPushButton* accept = this->addYesAndNo(tr("Trust and &Remember"), tr("&Do Not Connect"));
  this->Questions.append({ prompt.Id, prompt.Index, nullptr, true });

  QObject::connect(
    compare,
    &QLineEdit::textChanged,
    this,
    [this, verdict, accept, ours = bareFingerprint(prompt.Fingerprint)](const QString& text)
    {
      const QString theirs = bareFingerprint(text);
      const bool same = theirs == ours;
      verdict->setVisible(!theirs.isEmpty());
      verdict->setText(same ? tr("The fingerprints are the same.")
                            : tr("The fingerprints differ. Do not connect."));
      QPalette palette = verdict->palette();
      palette.setColor(QPalette::WindowText,
                       same ? shade::good(this->palette()) : shade::bad(this->palette()));
      verdict->setPalette(palette);
      accept->setEnabled(theirs.isEmpty() || same);
    });
}

void PromptDialog::buildHelper(const Prompt& prompt)
{
  QVBoxLayout* layout = static_cast<QVBoxLayout*>(this->layout());
  const QString host = prompt.Host.section(QLatin1Char('@'), -1);
  this->setWindowTitle(tr("May a helper be put there?"));

  QLabel* head =
    plainLabel(tr("pvhop would like to put a small program on %1.").arg(host), "heading", this);
  QFont bold = head->font();
  bold.setBold(true);
  head->setFont(bold);
  layout->addWidget(head);
  layout->addWidget(plainLabel(
    tr("This way to your data needs a helper over there. It goes to your own cache folder, runs "
       "with your rights and only while you are connected, and stays for the next time. Without "
       "it, another way is tried. You are asked once for each host."),
    "advice",
    this));
  if (!prompt.Text.isEmpty())
  {
    QLabel* details = plainLabel(prompt.Text, "helperDetailsText", this);
    auto* more = new Disclosure(tr("&Details"), "helperDetails", details, this);
    layout->addWidget(more, 0, Qt::AlignLeft);
    layout->addWidget(details);
    QObject::connect(
      more, &Disclosure::toggled, this, [this]() { fitToText(this, this->width()); });
  }
  this->addYesAndNo(tr("&Put It There"), tr("&Do Without"));
  this->Questions.append({ prompt.Id, prompt.Index, nullptr, true });
}

QPushButton* PromptDialog::addYesAndNo(const QString& yes, const QString& no)
{
  QPushButton* accept = this->Buttons->addButton(yes, QDialogButtonBox::AcceptRole);
  accept->setObjectName(QStringLiteral("accept"));
  QPushButton* refuse = this->Buttons->addButton(no, QDialogButtonBox::RejectRole);
  refuse->setObjectName(QStringLiteral("refuse"));
  accept->setAutoDefault(false);
  refuse->setDefault(true);
  refuse->setFocus();
  QObject::connect(this->Buttons,
                   &QDialogButtonBox::accepted,
                   this,
                   [this]()
                   {
                     for (Question& question : this->Questions)
                     {
                       if (question.Open)
                       {
                         question.Open = false;
                         Q_EMIT this->answered(question.Id, QStringLiteral("yes"));
                       }
                     }
                     this->accept();
                   });
  return accept;
}

void PromptDialog::buildFields(const Prompt& prompt)
{
  QVBoxLayout* layout = static_cast<QVBoxLayout*>(this->layout());
  QString head;
  switch (prompt.Kind)
  {
    case PromptKind::Password:
      this->setWindowTitle(tr("Password"));
      head = tr("Password for %1").arg(prompt.Host);
      break;
    case PromptKind::Passphrase:
      this->setWindowTitle(tr("Passphrase of your key"));
      head = tr("Your key is locked");
      break;
    case PromptKind::Keyboard:
    case PromptKind::HostKey:
    case PromptKind::Helper:
      this->setWindowTitle(tr("Login"));
      head = tr("%1 asks").arg(prompt.Host);
      break;
  }
  QLabel* heading = plainLabel(head, "heading", this);
  QFont bold = heading->font();
  bold.setBold(true);
  heading->setFont(bold);
  layout->addWidget(heading);
  this->Form = new QFormLayout;
  this->Form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  this->Form->setRowWrapPolicy(QFormLayout::WrapLongRows);
  layout->addLayout(this->Form);

  QPushButton* ok = this->Buttons->addButton(QDialogButtonBox::Ok);
  ok->setObjectName(QStringLiteral("accept"));
  ok->setDefault(true);
  // Our own word: Qt's is in the language of the windows only where its translations are installed.
  QPushButton* cancel = this->Buttons->addButton(tr("&Cancel"), QDialogButtonBox::RejectRole);
  cancel->setObjectName(QStringLiteral("refuse"));
  QObject::connect(this->Buttons, &QDialogButtonBox::accepted, this, &PromptDialog::submit);
  this->add(prompt);
}

bool PromptDialog::belongs(const Prompt& prompt) const
{
  if (!this->Form || this->Refused || prompt.Kind != this->First.Kind ||
      prompt.Host != this->First.Host || prompt.Count != this->First.Count || prompt.Count < 2)
  {
    return false;
  }
  return prompt.Index == static_cast<unsigned>(this->Questions.size());
}

void PromptDialog::add(const Prompt& prompt)
{
  // What a server asks may be one word ("Verification code:") or half a page.
  const QString asked = prompt.ServerText.trimmed();
  const bool isShort = asked.size() <= 40 && !asked.contains(QLatin1Char('\n'));
  QString label = tr("Answer");
  if (prompt.Kind == PromptKind::Password)
  {
    label = tr("Password");
  }
  else if (prompt.Kind == PromptKind::Passphrase)
  {
    label = tr("Passphrase");
  }
  if (!prompt.Text.isEmpty())
  {
    this->Form->addRow(plainLabel(prompt.Text, "promptText", this));
  }
  if (!asked.isEmpty())
  {
    if (isShort && prompt.Kind == PromptKind::Keyboard)
    {
      // Still the server's words: they stand in quotation marks.
      label = QStringLiteral("\u201c%1\u201d").arg(asked);
    }
    else
    {
      this->Form->addRow(serverBox(prompt.Host, asked, this));
    }
  }
  QLineEdit* field = new QLineEdit(this);
  field->setObjectName(QStringLiteral("answer%1").arg(prompt.Index));
  field->setEchoMode(prompt.Echo ? QLineEdit::Normal : QLineEdit::Password);
  field->setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText |
                             Qt::ImhNoAutoUppercase | Qt::ImhHiddenText);
  field->setContextMenuPolicy(prompt.Echo ? Qt::DefaultContextMenu : Qt::NoContextMenu);
  QLabel* name = new QLabel(label, this);
  name->setTextFormat(Qt::PlainText);
  name->setBuddy(field);
  field->setAccessibleName(label);
  this->Form->addRow(name, field);
  const bool firstOpen = this->Questions.isEmpty() || !this->Questions.last().Open;
  this->Questions.append({ prompt.Id, prompt.Index, field, true });
  this->Buttons->button(QDialogButtonBox::Ok)->setEnabled(true);
  this->Note->hide();
  if (firstOpen)
  {
    field->setFocus();
  }
  this->adjustSize();
}

void PromptDialog::submit()
{
  for (Question& question : this->Questions)
  {
    if (question.Open)
    {
      question.Open = false;
      const QString text = question.Field->text();
      question.Field->clear();
      question.Field->setEnabled(false);
      question.Field->setPlaceholderText(tr("sent"));
      // An empty answer is an answer; a null one would refuse.
      Q_EMIT this->answered(question.Id, text.isNull() ? QStringLiteral("") : text);
    }
  }
  if (static_cast<unsigned>(this->Questions.size()) >= this->First.Count)
  {
    this->accept();
    return;
  }
  this->Buttons->button(QDialogButtonBox::Ok)->setEnabled(false);
  this->Note->setText(tr("Waiting for the next question."));
  this->Note->show();
}

void PromptDialog::withdraw(unsigned promptId)
{
  bool open = false;
  bool ours = false;
  for (Question& question : this->Questions)
  {
    if (question.Id == promptId)
    {
      ours = true;
      question.Open = false;
      if (question.Field)
      {
        question.Field->clear();
        question.Field->setEnabled(false);
      }
    }
    open = open || question.Open;
  }
  if (ours && !open)
  {
    QDialog::reject();
  }
}

void PromptDialog::reject()
{
  this->Refused = true;
  for (Question& question : this->Questions)
  {
    if (question.Open)
    {
      question.Open = false;
      Q_EMIT this->answered(question.Id, QString());
    }
  }
  QDialog::reject();
}

}
