// SPDX-License-Identifier: BSD-3-Clause
#include "WizardJobPage.h"

#include "Disclosure.h"
#include "FieldEdit.h"
#include "PlainWords.h"
#include "Remark.h"
#include "StateIcon.h"
#include "Wizard.h"
#include "WizardModel.h"
#include "Words.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace pvhop
{

namespace
{
QWidget* formWidget(QWidget* parent, QFormLayout** form)
{
  QWidget* widget = new QWidget(parent);
  *form = new QFormLayout(widget);
  (*form)->setContentsMargins(0, 0, 0, 0);
  (*form)->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  return widget;
}

QVector<FieldEdit::Suggestion> plain(const QStringList& values)
{
  QVector<FieldEdit::Suggestion> out;
  for (const QString& value : values)
  {
    out << FieldEdit::Suggestion{ value, QString() };
  }
  return out;
}
}

WizardJobPage::WizardJobPage(WizardModel* model, QWidget* parent)
  : QWizardPage(parent)
  , Model(model)
{
  this->setObjectName(QStringLiteral("jobPage"));
  QVBoxLayout* layout = new QVBoxLayout(this);
  QScrollArea* scroll = new QScrollArea(this);
  scroll->setObjectName(QStringLiteral("jobArea"));
  scroll->setAccessibleName(tr("What to ask for"));
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  QWidget* inside = new QWidget(scroll);
  QVBoxLayout* column = new QVBoxLayout(inside);
  column->setContentsMargins(0, 0, 6, 0);

  QFormLayout* form = nullptr;
  QWidget* top = formWidget(inside, &form);
  this->Pvserver = new QComboBox(top);
  this->Pvserver->setObjectName(QStringLiteral("pvserverList"));
  this->Pvserver->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  this->Pvserver->setMinimumContentsLength(24);
  QLabel* label = new QLabel(tr("&ParaView there"), top);
  label->setBuddy(this->Pvserver);
  this->Pvserver->setAccessibleName(tr("ParaView there"));
  form->addRow(label, this->Pvserver);
  this->VersionNote = new Remark("versionNote", top);
  form->addRow(QString(), this->VersionNote);
  column->addWidget(top);

  this->OwnPvserver = formWidget(inside, &form);
  this->add("pvserver", form, false)->setPlaceholder(tr("pvserver, or its whole path"));
  this->add("prelude", form, false)
    ->setPlaceholder(tr("nothing, or for example: module load paraview/{version}"));
  column->addWidget(this->OwnPvserver);

  QWidget* system = formWidget(inside, &form);
  this->add("scheduler", form, false);
  column->addWidget(system);

  this->Job = formWidget(inside, &form);
  for (const char* field : { "queue", "account", "walltime", "nodes", "processes", "gpus" })
  {
    this->add(field, form, true);
  }
  column->addWidget(this->Job);

  QFormLayout* moreForm = nullptr;
  QWidget* more = formWidget(inside, &moreForm);
  this->MoreJob = formWidget(more, &form);
  for (const char* field : { "memory", "reservation", "constraint", "job-name", "scheduler-args" })
  {
    this->add(field, form, qstrcmp(field, "job-name") != 0);
  }
  moreForm->addRow(this->MoreJob);
  for (const char* field : { "rendering", "mpi", "pvserver-args" })
  {
    this->add(field, moreForm, false);
  }
  this->More = new Disclosure(tr("&More: memory, rendering, MPI ..."), "jobMore", more, inside);
  column->addWidget(this->More);
  column->addWidget(more);
  column->addStretch(1);
  scroll->setWidget(inside);
  // Several forms, for people one: their labels are of one width.
  int widest = 0;
  QVector<QLabel*> labels;
  for (QLabel* each : inside->findChildren<QLabel*>())
  {
    if (each->buddy())
    {
      labels << each;
      widest = qMax(widest, each->sizeHint().width());
    }
  }
  for (QLabel* each : qAsConst(labels))
  {
    each->setMinimumWidth(widest);
  }
  layout->addWidget(scroll, 1);

  this->Problem = new QLabel(this);
  this->Problem->setObjectName(QStringLiteral("jobProblem"));
  this->Problem->setTextFormat(Qt::PlainText);
  this->Problem->setWordWrap(true);
  QPalette red = this->Problem->palette();
  red.setColor(QPalette::WindowText, shade::bad(red));
  this->Problem->setPalette(red);
  this->Problem->hide();
  layout->addWidget(this->Problem);

  QObject::connect(this->Pvserver,
                   static_cast<void (QComboBox::*)(int)>(&QComboBox::activated),
                   this,
                   [this](int index)
                   {
                     if (index < this->Model->site().Pvservers.size())
                     {
                       this->Model->choosePvserver(index);
                     }
                     this->adjust();
                   });
  QObject::connect(this->Model, &WizardModel::changed, this, &WizardJobPage::adjust);
}

FieldEdit* WizardJobPage::add(const char* field, QFormLayout* form, bool askable)
{
  FieldEdit* edit = new FieldEdit(this->Model, field, form->parentWidget());
  edit->addTo(form, askable);
  this->Fields << edit;
  return edit;
}

void WizardJobPage::fillPvservers()
{
  const QSignalBlocker quiet(this->Pvserver);
  this->Pvserver->clear();
  for (const ProbeResult::Pvserver& each : this->Model->site().Pvservers)
  {
    QString text = each.Version.isEmpty() ? tr("version unknown") : each.Version;
    text += QStringLiteral("   ") +
            (each.Module.isEmpty() ? each.Path : tr("module %1").arg(each.Module));
    if (!compatible(this->Model->surroundings().ClientVersion, each.Version))
    {
      text += tr("   (does not fit yours)");
    }
    this->Pvserver->addItem(text);
  }
  this->Pvserver->addItem(this->Pvserver->count() ? tr("Another one ...") : tr("As given below"));
  const int chosen = this->Model->chosenPvserver();
  this->Pvserver->setCurrentIndex(chosen >= 0 ? chosen : this->Pvserver->count() - 1);
}

void WizardJobPage::fillLists()
{
  const ProbeResult& site = this->Model->site();
  const ProbeResult::Scheduler* scheduler = site.scheduler(this->Model->recipe().get("scheduler"));
  const QVector<FieldEdit::Suggestion> none;
  QVector<FieldEdit::Suggestion> queues;
  QString usual;
  for (const ProbeResult::Queue& queue :
       scheduler ? scheduler->Queues : QVector<ProbeResult::Queue>())
  {
    QString note;
    if (!queue.Usable)
    {
      note = tr("(not for you)");
    }
    else if (!queue.MaxWalltime.isEmpty())
    {
      note = tr("up to %1").arg(queue.MaxWalltime);
    }
    queues << FieldEdit::Suggestion{ queue.Name, note };
    usual = queue.Default ? queue.Name : usual;
  }
  for (FieldEdit* field : qAsConst(this->Fields))
  {
    const QString name = field->objectName().section(QLatin1Char('-'), 1);
    if (name == QLatin1String("queue"))
    {
      field->setSuggestions(queues);
      field->setPlaceholder(usual.isEmpty() ? tr("the batch system's own choice")
                                            : tr("%1, the usual one here").arg(usual));
    }
    else if (name == QLatin1String("account"))
    {
      field->setSuggestions(scheduler ? plain(scheduler->Accounts) : none);
      field->setPlaceholder(tr("the batch system's own choice"));
    }
    else if (name == QLatin1String("memory"))
    {
      field->setPlaceholder(tr("the batch system's own choice"));
    }
    else if (name == QLatin1String("reservation"))
    {
      field->setSuggestions(scheduler ? plain(scheduler->Reservations) : none);
    }
    else if (name == QLatin1String("constraint"))
    {
      field->setSuggestions(scheduler ? plain(scheduler->Constraints) : none);
    }
    else if (name == QLatin1String("walltime"))
    {
      field->setPlaceholder(tr("for example 01:30:00, 90m or 2h"));
    }
    else if (name == QLatin1String("nodes") || name == QLatin1String("processes"))
    {
      field->setPlaceholder(QStringLiteral("1"));
    }
    else if (name == QLatin1String("gpus"))
    {
      field->setPlaceholder(QStringLiteral("0"));
    }
    field->refresh();
  }
}

void WizardJobPage::initializePage()
{
  this->fillPvservers();
  this->fillLists();
  this->adjust();
}

void WizardJobPage::adjust()
{
  const bool job = this->Model->hasJob();
  this->setTitle(job ? tr("What to ask the cluster for?") : tr("Which pvserver?"));
  this->setSubTitle(
    job ? tr("What is ticked, ParaView asks each time you connect; the value here is what it "
             "proposes.")
        : tr("pvserver is the part of ParaView that runs where the data is. Its version has to "
             "be yours."));
  this->Job->setVisible(job);
  this->MoreJob->setVisible(job);
  const QVector<ProbeResult::Pvserver>& found = this->Model->site().Pvservers;
  const int index = this->Pvserver->currentIndex();
  const bool own = index < 0 || index >= found.size();
  this->OwnPvserver->setVisible(own);
  const QString mine = this->Model->surroundings().ClientVersion;
  const QPalette palette = this->palette();
  QColor colour = shade::faint(palette);
  QString note;
  if (own && !mine.isEmpty())
  {
    note = tr("Yours is ParaView %1: pvserver has to be of the same version.").arg(mine);
  }
  else if (!own && !mine.isEmpty() && !found.at(index).Version.isEmpty())
  {
    const bool fits = compatible(mine, found.at(index).Version);
    note = fits ? tr("Fits your ParaView %1.").arg(mine)
                : tr("Your ParaView is %1: the two will refuse each other.").arg(mine);
    colour = fits ? shade::good(palette) : shade::bad(palette);
  }
  this->VersionNote->say(note, colour);
  this->Problem->hide();
}

bool WizardJobPage::validatePage()
{
  for (FieldEdit* field : qAsConst(this->Fields))
  {
    if (!field->problem().isEmpty())
    {
      if (!field->isVisible())
      {
        this->More->setChecked(true);
      }
      field->setFocus();
      return false;
    }
  }
  Failure failure;
  if (!this->Model->recipe().check(&failure))
  {
    const PlainFailure plain = PlainFailure::of(failure);
    this->Problem->setText((QStringList() << plain.Why << plain.Remedy).join(QLatin1Char('\n')));
    this->Problem->show();
    return false;
  }
  return true;
}

int WizardJobPage::nextId() const
{
  return Wizard::FinishPage;
}

}
