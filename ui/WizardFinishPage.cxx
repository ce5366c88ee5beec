// SPDX-License-Identifier: BSD-3-Clause
#include "WizardFinishPage.h"

#include "Disclosure.h"
#include "OneShot.h"
#include "Remark.h"
#include "RoutePicture.h"
#include "StateIcon.h"
#include "WizardModel.h"

#include <QApplication>
#include <QClipboard>
#include <QFontDatabase>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QTabBar>
#include <QTabWidget>
#include <QVBoxLayout>

namespace pvhop
{

namespace
{
const int PrintLimitMs = 10000;
const int MostOfScript = 1 << 20;

/// One word for a shell.
QString quoted(const QString& word)
{
  static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_@%+=:,./~-]+$"));
  if (plain.match(word).hasMatch())
  {
    return word;
  }
  QString inside = word;
  inside.replace(QLatin1Char('\''), QStringLiteral("'\\''"));
  return QLatin1Char('\'') + inside + QLatin1Char('\'');
}
}

WizardFinishPage::WizardFinishPage(WizardModel* model, QWidget* parent)
  : QWizardPage(parent)
  , Model(model)
  , Printer(new OneShot(this))
{
  this->setObjectName(QStringLiteral("finishPage"));
  this->setTitle(tr("Done"));
  this->setSubTitle(tr("Saved, it stands in ParaView's Connect dialog under this name."));
  this->setFinalPage(true);
  QVBoxLayout* layout = new QVBoxLayout(this);
  QFormLayout* form = new QFormLayout;
  form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  this->Name = new QLineEdit(this);
  this->Name->setObjectName(QStringLiteral("entryName"));
  this->Name->setMaxLength(200);
  QLabel* label = new QLabel(tr("&Name"), this);
  label->setBuddy(this->Name);
  this->Name->setAccessibleName(tr("Name"));
  form->addRow(label, this->Name);
  this->NameRemark = new Remark("nameRemark", this);
  form->addRow(QString(), this->NameRemark);
  layout->addLayout(form);

  this->Picture = new RoutePicture(this);
  this->Picture->setObjectName(QStringLiteral("finishPicture"));
  this->Picture->setLegendVisible(false);
  layout->addWidget(this->Picture);
  this->Sentence = new QLabel(this);
  this->Sentence->setObjectName(QStringLiteral("sentence"));
  this->Sentence->setTextFormat(Qt::PlainText);
  this->Sentence->setWordWrap(true);
  this->Sentence->setTextInteractionFlags(Qt::TextSelectableByMouse);
  layout->addWidget(this->Sentence);

  QWidget* details = new QWidget(this);
  QVBoxLayout* column = new QVBoxLayout(details);
  column->setContentsMargins(0, 0, 0, 0);
  this->Tabs = new QTabWidget(details);
  this->Tabs->setObjectName(QStringLiteral("whatRuns"));
  this->Tabs->tabBar()->setAccessibleName(tr("What exactly runs"));
  this->Command = this->addTab(tr("Command"), "commandText");
  this->Xml = this->addTab(tr("Entry (XML)"), "xmlText");
  this->Script = this->addTab(tr("Job script"), "scriptText");
  QPushButton* copy = new QPushButton(tr("C&opy"), details);
  copy->setObjectName(QStringLiteral("copyWhatRuns"));
  this->Tabs->setCornerWidget(copy, Qt::TopRightCorner);
  column->addWidget(this->Tabs);
  this->More = new Disclosure(tr("&What exactly runs"), "finishMore", details, this);
  layout->addWidget(this->More);
  layout->addWidget(details, 1);
  layout->addStretch(0);

  QObject::connect(copy,
                   &QPushButton::clicked,
                   this,
                   [this]()
                   {
                     if (auto* text = qobject_cast<QPlainTextEdit*>(this->Tabs->currentWidget()))
                     {
                       QApplication::clipboard()->setText(text->toPlainText());
                     }
                   });
  QObject::connect(this->More,
                   &QToolButton::toggled,
                   this,
                   [this](bool open)
                   {
                     if (open)
                     {
                       this->askForScript();
                     }
                   });
  QObject::connect(this->Printer,
                   &OneShot::answered,
                   this,
                   [this](bool, const QString& said)
                   { this->Script->setPlainText(tamed(said, MostOfScript)); });
  QObject::connect(this->Name,
                   &QLineEdit::textEdited,
                   this,
                   [this](const QString& name)
                   {
                     this->Model->setName(name);
                     this->adjust();
                   });
}

QPlainTextEdit* WizardFinishPage::addTab(const QString& title, const char* name)
{
  QPlainTextEdit* text = new QPlainTextEdit(this);
  text->setObjectName(QLatin1String(name));
  text->setAccessibleName(title);
  text->setReadOnly(true);
  text->setTabChangesFocus(true);
  text->setLineWrapMode(QPlainTextEdit::NoWrap);
  text->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  this->Tabs->addTab(text, title);
  return text;
}

void WizardFinishPage::initializePage()
{
  this->Name->setText(this->Model->name());
  this->Script->clear();
  this->Tabs->setTabText(this->Tabs->indexOf(this->Script),
                         this->Model->hasJob() ? tr("Job script") : tr("Script on the host"));
  this->adjust();
  if (this->More->isChecked())
  {
    this->askForScript();
  }
}

QString WizardFinishPage::route() const
{
  const QString route = this->Model->recipe().get("route");
  const QString recommended = this->Model->site().Recommended;
  return route == QLatin1String("auto") && !recommended.isEmpty() ? recommended : route;
}

void WizardFinishPage::askForScript()
{
  const WizardSurroundings& around = this->Model->surroundings();
  if (around.Program.isEmpty())
  {
    this->Script->setPlainText(
      Failure::fromCatalogue(PVHOP_E_PROGRAM,
                             tr("It was looked for beside this program and on the PATH."))
        .toText());
    return;
  }
  Recipe recipe = this->Model->recipe();
  recipe.set("route", this->route());
  if (!around.ClientVersion.isEmpty())
  {
    recipe.set("client-version", around.ClientVersion);
  }
  this->Printer->ask(around.Program,
                     QStringList(QStringLiteral("connect"))
                       << recipe.arguments() << QStringLiteral("--print-job"),
                     PrintLimitMs);
}

void WizardFinishPage::adjust()
{
  bool refused = false;
  const QString remark = this->Model->remarkOnName(&refused);
  this->NameRemark->say(remark,
                        refused ? shade::bad(this->palette()) : shade::busy(this->palette()));
  this->Name->setPlaceholderText(this->Model->name());
  this->Name->setAccessibleDescription(remark);

  const Recipe& recipe = this->Model->recipe();
  RouteView view;
  view.Route = this->route();
  view.FrontEnd = recipe.get("host").section(QLatin1Char('@'), -1);
  view.Job = this->Model->hasJob();
  this->Picture->setView(view);
  this->Sentence->setText(recipe.sentence());

  QString command = QStringLiteral("pvhop connect");
  for (const QString& word : recipe.arguments())
  {
    command += QStringLiteral(" \\\n    ") + quoted(word);
  }
  this->Command->setPlainText(command);
  Failure failure;
  const QString xml = this->Model->entry(&failure);
  this->Xml->setPlainText(xml.isEmpty() ? failure.toText() : xml);
}

bool WizardFinishPage::validatePage()
{
  bool refused = false;
  this->Model->remarkOnName(&refused);
  if (refused)
  {
    this->Name->setFocus();
  }
  return !refused;
}

int WizardFinishPage::nextId() const
{
  return -1;
}

}
