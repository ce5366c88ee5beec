// SPDX-License-Identifier: BSD-3-Clause
#include "FieldEdit.h"

#include "StateIcon.h"
#include "WizardModel.h"
#include "Words.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace pvhop
{

namespace
{
/// Sites have lists of these. They are made as lists at once: an editor that is replaced later
/// falls out of the tab order, and others with it.
bool isListed(const pvhop_field* row)
{
  for (const char* name : { "queue", "account", "reservation", "constraint" })
  {
    if (qstrcmp(row->name, name) == 0)
    {
      return true;
    }
  }
  return false;
}
}

FieldEdit::FieldEdit(WizardModel* model, const char* field, QWidget* parent)
  : QWidget(parent)
  , Model(model)
  , Row(pvhop_field_find(field))
  , Layout(new QVBoxLayout(this))
  , Problem(new QLabel(this))
{
  Q_ASSERT(this->Row);
  const QString name = QLatin1String(field);
  this->setObjectName(QStringLiteral("field-") + name);
  this->Layout->setContentsMargins(0, 0, 0, 0);
  this->Layout->setSpacing(1);
  this->Problem->setObjectName(name + QStringLiteral("-problem"));
  this->Problem->setTextFormat(Qt::PlainText);
  this->Problem->setWordWrap(true);
  this->Problem->hide();
  this->Layout->addWidget(this->Problem);
  if (this->Row->type == PVHOP_FIELD_CHOICE)
  {
    this->makeChoices();
  }
  else if (isListed(this->Row))
  {
    this->makeList();
  }
  else
  {
    this->Line = new QLineEdit(this);
    this->place(this->Line);
  }
  this->refresh();
}

QString FieldEdit::title() const
{
  return fieldTitle(this->Row);
}

void FieldEdit::place(QWidget* editor)
{
  const QString name = QLatin1String(this->Row->name);
  this->Layout->insertWidget(0, editor);
  editor->setAccessibleName(this->title());
  editor->setToolTip(fieldHelp(this->Row));
  this->setFocusProxy(editor);
  if (this->Box)
  {
    this->Box->setObjectName(this->Box->isEditable() ? name + QStringLiteral("-list") : name);
  }
  if (this->Line)
  {
    this->Line->setObjectName(name);
    this->Line->setAccessibleName(this->title());
    this->Line->setPlaceholderText(this->Placeholder);
    QObject::connect(this->Line, &QLineEdit::textEdited, this, &FieldEdit::take);
  }
}

void FieldEdit::makeChoices()
{
  this->Box = new QComboBox(this);
  const QStringList choices = QString::fromUtf8(this->Row->choices).split(QLatin1Char('|'));
  const bool scheduler = qstrcmp(this->Row->name, "scheduler") == 0;
  for (const QString& choice : choices)
  {
    QString words = scheduler ? schedulerLabel(choice) : choice;
    if (qstrcmp(this->Row->name, "rendering") == 0)
    {
      words = choice == QLatin1String("auto")     ? tr("As pvserver does by itself")
              : choice == QLatin1String("egl")    ? tr("On a GPU (EGL)")
              : choice == QLatin1String("osmesa") ? tr("In software (OSMesa)")
                                                  : tr("On an X display (GLX)");
    }
    this->Box->addItem(words, choice);
  }
  this->place(this->Box);
  QObject::connect(this->Box,
                   static_cast<void (QComboBox::*)(int)>(&QComboBox::activated),
                   this,
                   [this](int index) { this->take(this->Box->itemData(index).toString()); });
}

void FieldEdit::makeList()
{
  this->Box = new QComboBox(this);
  this->Box->setEditable(true);
  this->Box->setInsertPolicy(QComboBox::NoInsert);
  this->Line = this->Box->lineEdit();
  this->place(this->Box);
  QObject::connect(this->Box,
                   static_cast<void (QComboBox::*)(int)>(&QComboBox::activated),
                   this,
                   [this](int index)
                   {
                     const QString value = this->Box->itemData(index).toString();
                     this->Box->setEditText(value);
                     this->take(value);
                   });
}

void FieldEdit::setSuggestions(const QVector<Suggestion>& suggestions)
{
  if (!isListed(this->Row))
  {
    return;
  }
  const QSignalBlocker quiet(this->Box);
  this->Box->clear();
  for (const Suggestion& each : suggestions)
  {
    this->Box->addItem(each.Note.isEmpty() ? each.Value
                                           : each.Value + QStringLiteral("   ") + each.Note,
                       each.Value);
  }
  this->refresh();
}

void FieldEdit::setPlaceholder(const QString& text)
{
  this->Placeholder = text;
  if (this->Line)
  {
    this->Line->setPlaceholderText(text);
  }
}

void FieldEdit::refresh()
{
  const bool set = this->Model->recipe().isSet(this->Row->name);
  const QString value = this->Model->recipe().get(this->Row->name);
  if (this->Row->type == PVHOP_FIELD_CHOICE)
  {
    this->Box->setCurrentIndex(qMax(0, this->Box->findData(value)));
  }
  else if (this->Box)
  {
    const QSignalBlocker quiet(this->Box);
    this->Box->setCurrentIndex(this->Box->findData(value));
    this->Box->setEditText(set ? value : QString());
  }
  else if (this->Line->text() != value || !set)
  {
    this->Line->setText(set ? value : QString());
  }
  if (this->Ask)
  {
    this->Ask->setChecked(this->Model->isAsked(this->Row->name));
  }
  this->setProblem(QString());
}

void FieldEdit::take(const QString& text)
{
  QString why;
  this->setProblem(this->Model->set(this->Row->name, text.trimmed(), &why) ? QString() : why);
}

QString FieldEdit::problem() const
{
  return this->Problem->text();
}

void FieldEdit::setProblem(const QString& problem)
{
  const QString text = asSentence(problem);
  this->Problem->setText(text);
  this->Problem->setVisible(!text.isEmpty());
  QPalette palette = this->palette();
  palette.setColor(QPalette::WindowText, shade::bad(palette));
  this->Problem->setPalette(palette);
  if (this->Line)
  {
    // For a screen reader, which does not see what stands under the field.
    this->Line->setAccessibleDescription(text);
  }
}

QLineEdit* FieldEdit::lineEdit() const
{
  return this->Line;
}

void FieldEdit::addTo(QFormLayout* form, bool askable)
{
  QLabel* label = new QLabel(this->title(), form->parentWidget());
  label->setBuddy(this);
  if (!askable)
  {
    form->addRow(label, this);
    return;
  }
  QWidget* both = new QWidget(form->parentWidget());
  QHBoxLayout* row = new QHBoxLayout(both);
  row->setContentsMargins(0, 0, 0, 0);
  this->Ask = new QCheckBox(tr("ask each time"), both);
  shade::outline(this->Ask);
  this->Ask->setObjectName(QStringLiteral("ask-") + QLatin1String(this->Row->name));
  this->Ask->setAccessibleName(tr("Ask for \"%1\" at each connect").arg(this->title()));
  this->Ask->setChecked(this->Model->isAsked(this->Row->name));
  QObject::connect(this->Ask,
                   &QCheckBox::toggled,
                   this,
                   [this](bool on) { this->Model->setAsked(this->Row->name, on); });
  row->addWidget(this, 1);
  row->addWidget(this->Ask, 0, Qt::AlignTop);
  form->addRow(label, both);
}

}
