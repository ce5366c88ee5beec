// SPDX-License-Identifier: BSD-3-Clause
#include "WizardCheckPage.h"

#include "CheckWords.h"
#include "CoreWords.h"
#include "FailurePanel.h"
#include "PlainWords.h"
#include "PromptQueue.h"
#include "SessionProcess.h"
#include "StateIcon.h"
#include "Wizard.h"
#include "WizardModel.h"
#include "Words.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

namespace pvhop
{

namespace
{
StateIcon::State iconOf(CheckState state)
{
  switch (state)
  {
    case CheckState::Running:
      return StateIcon::Working;
    case CheckState::Ok:
      return StateIcon::Done;
    case CheckState::Note:
      return StateIcon::Warned;
    case CheckState::Bad:
      return StateIcon::Failed;
    case CheckState::Skipped:
      break;
  }
  return StateIcon::Stopped;
}
}

WizardCheckPage::WizardCheckPage(WizardModel* model, QWidget* parent)
  : QWizardPage(parent)
  , Model(model)
  , Prompts(new PromptQueue(this))
{
  this->setObjectName(QStringLiteral("checkPage"));
  this->setTitle(tr("What works there?"));
  QVBoxLayout* layout = new QVBoxLayout(this);

  QScrollArea* scroll = new QScrollArea(this);
  scroll->setObjectName(QStringLiteral("checksArea"));
  scroll->setAccessibleName(tr("What was found"));
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  QWidget* inside = new QWidget(scroll);
  QVBoxLayout* column = new QVBoxLayout(inside);
  column->setContentsMargins(0, 0, 0, 0);
  this->Grid = new QGridLayout;
  this->Grid->setColumnStretch(2, 1);
  this->Grid->setHorizontalSpacing(8);
  column->addLayout(this->Grid);
  column->addStretch(1);
  scroll->setWidget(inside);
  layout->addWidget(scroll, 1);

  this->Summary = new QLabel(this);
  this->Summary->setObjectName(QStringLiteral("checkSummary"));
  this->Summary->setTextFormat(Qt::PlainText);
  this->Summary->setWordWrap(true);
  layout->addWidget(this->Summary);

  QHBoxLayout* buttons = new QHBoxLayout;
  this->Details = new QCheckBox(tr("&Details"), this);
  shade::outline(this->Details);
  this->Details->setObjectName(QStringLiteral("checkDetails"));
  this->Details->setToolTip(tr("What exactly was found, in words for administrators"));
  buttons->addWidget(this->Details);
  this->Choose = new QCheckBox(tr("Let me choose &how to connect"), this);
  shade::outline(this->Choose);
  this->Choose->setObjectName(QStringLiteral("chooseRoute"));
  this->Choose->hide();
  buttons->addWidget(this->Choose);
  buttons->addStretch(1);
  this->Request = new QPushButton(tr("Copy a Message to the &Administrator"), this);
  this->Request->setObjectName(QStringLiteral("copyRequest"));
  this->Request->setToolTip(
    tr("What your site could allow, in words that its administrator knows"));
  this->Request->hide();
  buttons->addWidget(this->Request);
  this->Again = new QPushButton(tr("Check A&gain"), this);
  this->Again->setObjectName(QStringLiteral("checkAgain"));
  this->Again->hide();
  buttons->addWidget(this->Again);
  layout->addLayout(buttons);

  QObject::connect(this->Again, &QPushButton::clicked, this, &WizardCheckPage::begin);
  QObject::connect(this->Request,
                   &QPushButton::clicked,
                   this,
                   [this]() { QApplication::clipboard()->setText(this->Model->site().Request); });
  QObject::connect(this->Details, &QCheckBox::toggled, this, &WizardCheckPage::showDetails);
  QObject::connect(
    this->Choose, &QCheckBox::toggled, this, [this](bool on) { this->Model->setChoosing(on); });
}

WizardCheckPage::~WizardCheckPage()
{
  this->Prompts->drop();
}

void WizardCheckPage::initializePage()
{
  this->setSubTitle(tr("pvhop logs in to %1 and looks. It changes nothing there.")
                      .arg(this->Model->recipe().get("host").section(QLatin1Char('@'), -1)));
  // Coming here again with the same host, there is nothing new to find out.
  if (!this->Done || !this->Model->hasLogin())
  {
    this->begin();
  }
}

void WizardCheckPage::remove(const Row& row)
{
  delete row.Icon;
  delete row.Title;
  delete row.Text;
  delete row.Detail;
}

void WizardCheckPage::clear()
{
  this->Prompts->drop();
  for (const Row& row : qAsConst(this->Rows))
  {
    this->remove(row);
  }
  this->Rows.clear();
  delete this->FailureHere;
  this->FailureHere = nullptr;
  this->Done = false;
}

void WizardCheckPage::begin()
{
  this->clear();
  this->Model->setLogin(nullptr);
  this->Model->setSite(ProbeResult());
  if (this->Model->surroundings().Program.isEmpty())
  {
    this->onFailed(Failure::fromCatalogue(
      PVHOP_E_PROGRAM, tr("It was looked for beside this program and on the PATH.")));
    this->settle();
    return;
  }
  SessionProcess* session = new SessionProcess;
  this->Prompts->serve(session);
  QObject::connect(session, &SessionProcess::checked, this, &WizardCheckPage::onChecked);
  QObject::connect(session, &SessionProcess::result, this, &WizardCheckPage::onResult);
  QObject::connect(session, &SessionProcess::failed, this, &WizardCheckPage::onFailed);
  QObject::connect(session, &SessionProcess::ended, this, &WizardCheckPage::onEnded);
  QStringList arguments = this->Model->probeArguments();
  arguments << QStringLiteral("--then-connect");
  if (!this->Model->surroundings().ClientVersion.isEmpty())
  {
    arguments << QStringLiteral("--client-version=") + this->Model->surroundings().ClientVersion;
  }
  // What is missing is bad only if the way that was chosen needs it.
  const QString route = this->Model->recipe().get("route");
  if (route != QLatin1String("auto"))
  {
    arguments << QStringLiteral("--route=") + route;
  }
  this->Model->setLogin(session);
  session->probe(this->Model->surroundings().Program, arguments);
  this->row(QStringLiteral("reach")).Icon->setState(StateIcon::Working);
  this->settle();
}

WizardCheckPage::Row& WizardCheckPage::row(const QString& check)
{
  auto found = this->Rows.find(check);
  if (found != this->Rows.end())
  {
    return *found;
  }
  // Two rows of the grid each: what it means, and what exactly was found.
  const int at = 2 * checkPlace(check);
  QWidget* inside = this->Grid->parentWidget();
  Row row;
  row.State = CheckState::Running;
  row.Icon = new StateIcon(inside);
  row.Icon->setObjectName(QStringLiteral("check-%1-state").arg(check));
  row.Title = new QLabel(checkTitle(check), inside);
  row.Title->setObjectName(QStringLiteral("check-%1-title").arg(check));
  row.Text = new QLabel(inside);
  row.Text->setObjectName(QStringLiteral("check-%1").arg(check));
  row.Detail = new QLabel(inside);
  row.Detail->setObjectName(QStringLiteral("check-%1-detail").arg(check));
  row.Detail->hide();
  QPalette faint = row.Detail->palette();
  faint.setColor(QPalette::WindowText, shade::faint(faint));
  row.Detail->setPalette(faint);
  row.Title->setTextFormat(Qt::PlainText);
  for (QLabel* label : { row.Text, row.Detail })
  {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  }
  this->Grid->addWidget(row.Icon, at, 0, Qt::AlignTop);
  this->Grid->addWidget(row.Title, at, 1, Qt::AlignTop);
  this->Grid->addWidget(row.Text, at, 2, Qt::AlignTop);
  this->Grid->addWidget(row.Detail, at + 1, 2, Qt::AlignTop);
  return *this->Rows.insert(check, row);
}

void WizardCheckPage::onChecked(const Check& check)
{
  Row& row = this->row(check.Name);
  row.State = check.State;
  row.Icon->setState(iconOf(check.State));
  const QString exactly =
    check.Remedy.isEmpty() ? check.Text : check.Text + QLatin1Char('\n') + check.Remedy;
  QString words = checkWords(check.Name, check.State);
  bool whole = false; // whether `words` leave nothing out
  if (words.isEmpty())
  {
    const QString found = coreWords(check.Text);
    const QString advice = coreWords(check.Remedy);
    whole = isPlain(found) && isPlainAdvice(advice);
    words = !isPlain(found)              ? tr("The details say what was found.")
            : whole && !advice.isEmpty() ? asSentence(found) + QLatin1Char('\n') + advice
                                         : asSentence(found);
  }
  row.Text->setText(words);
  row.Detail->setText(whole ? QString() : exactly);
  this->showDetails();
}

void WizardCheckPage::showDetails()
{
  for (const Row& row : qAsConst(this->Rows))
  {
    // What is red is not hidden, if everybody can read it.
    const QString exactly = row.Detail->text();
    row.Detail->setVisible(!exactly.isEmpty() &&
                           (this->Details->isChecked() ||
                            (row.Icon->state() == StateIcon::Failed && isPlainAdvice(exactly))));
  }
}

void WizardCheckPage::onResult(const QJsonObject& result)
{
  if (!this->FailureHere)
  {
    this->Done = true;
    this->Model->setSite(ProbeResult::fromJson(result));
  }
  this->settle();
}

void WizardCheckPage::onFailed(const Failure& failure)
{
  this->Prompts->drop();
  for (auto row = this->Rows.begin(); row != this->Rows.end();)
  {
    // What was not come to says nothing, and of what failed the panel says why.
    if (row->State == CheckState::Skipped)
    {
      this->remove(*row);
      row = this->Rows.erase(row);
      continue;
    }
    if (row->Icon->state() == StateIcon::Working || row->Icon->state() == StateIcon::Failed)
    {
      row->Icon->setState(StateIcon::Failed);
      row->Text->clear();
      row->Detail->clear();
      row->Detail->hide();
    }
    ++row;
  }
  delete this->FailureHere;
  this->FailureHere = new FailurePanel(failure, this->Grid->parentWidget());
  this->FailureHere->setAccessibleName(PlainFailure::of(failure).What);
  this->Grid->addWidget(this->FailureHere, this->Grid->rowCount(), 1, 1, 2);
}

void WizardCheckPage::onEnded()
{
  for (const Row& row : qAsConst(this->Rows))
  {
    if (row.Icon->state() == StateIcon::Working)
    {
      row.Icon->setState(StateIcon::Stopped);
    }
  }
  this->settle();
}

void WizardCheckPage::settle()
{
  const bool running = !this->Done && !this->FailureHere && this->Model->isChecking();
  const ProbeResult& site = this->Model->site();
  if (running)
  {
    this->Summary->setText(tr("You need not wait: what is wrong is then found when you connect."));
  }
  else if (this->Done)
  {
    const QString label = routeLabel(site.Recommended);
    this->Summary->setText(site.Recommended.isEmpty()
                             ? tr("No way was found that works here. The list says why.")
                             : tr("This will work: %1.").arg(label));
  }
  else
  {
    this->Summary->setText(tr("Go back to change the host, or go on without the check."));
  }
  this->Again->setVisible(!running);
  this->Request->setVisible(this->Done && !site.Request.isEmpty());
  this->Choose->setVisible(this->Done &&
                           (this->Model->isChoosing() || !this->Model->needsRoutePage()));
  if (this->wizard() && this->wizard()->currentPage() == this)
  {
    this->wizard()->setButtonText(QWizard::NextButton, this->Done ? tr("&Next") : tr("&Skip"));
  }
}

bool WizardCheckPage::validatePage()
{
  if (!this->Done)
  {
    // Not looked at to the end: the login is of no use either.
    this->Prompts->drop();
    this->Model->setLogin(nullptr);
  }
  return true;
}

int WizardCheckPage::nextId() const
{
  return this->Model->needsRoutePage() ? Wizard::RoutePage
         : this->Model->needsJobPage() ? Wizard::JobPage
                                       : Wizard::FinishPage;
}

}
