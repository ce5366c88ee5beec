// SPDX-License-Identifier: BSD-3-Clause
#include "ConnectWindow.h"

#include "CoreWords.h"
#include "LogView.h"
#include "PhaseList.h"
#include "PromptQueue.h"
#include "Recipe.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

namespace pvhop
{

ConnectPlan ConnectPlan::of(const QString& name, const Recipe& recipe)
{
  const auto value = [&](const char* field) { return tamed(recipe.get(field), 128); };
  ConnectPlan plan;
  plan.Name = tamed(name, 128);
  plan.Host = value("host").section(QLatin1Char('@'), -1);
  plan.Route = value("route");
  const QString scheduler = value("scheduler");
  plan.Job = !scheduler.isEmpty() && scheduler != QLatin1String("none");
  return plan;
}

ConnectWindow::ConnectWindow(const ConnectPlan& plan, QWidget* parent)
  : QDialog(parent)
  , Plan(plan)
  , Prompts(new PromptQueue(this))
{
  this->setObjectName(QStringLiteral("pvhopConnectWindow"));
  this->setWindowTitle(tr("Connecting to %1").arg(plan.Name));
  this->setWindowFlags((this->windowFlags() & ~Qt::WindowContextHelpButtonHint) |
                       Qt::WindowMinimizeButtonHint);

  QVBoxLayout* layout = new QVBoxLayout(this);
  layout->setSpacing(12);
  this->Picture = new RoutePicture(this);
  this->Picture->setObjectName(QStringLiteral("picture"));
  layout->addWidget(this->Picture);

  // A long reason or many hops must not push the buttons off a small screen.
  QScrollArea* scroll = new QScrollArea(this);
  scroll->setObjectName(QStringLiteral("stepsArea"));
  scroll->setAccessibleName(tr("Steps"));
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  QWidget* inside = new QWidget(scroll);
  QVBoxLayout* insideLayout = new QVBoxLayout(inside);
  insideLayout->setContentsMargins(0, 0, 0, 0);
  this->Steps = new PhaseList(inside);
  this->Steps->setObjectName(QStringLiteral("steps"));
  insideLayout->addWidget(this->Steps);
  insideLayout->addStretch(1);
  scroll->setWidget(inside);
  layout->addWidget(scroll, 3);

  this->Hint = new QLabel(this);
  this->Hint->setObjectName(QStringLiteral("hint"));
  this->Hint->setTextFormat(Qt::PlainText);
  this->Hint->setWordWrap(true);
  this->Hint->hide();
  layout->addWidget(this->Hint);

  this->Log = new LogView(this);
  this->Log->setObjectName(QStringLiteral("log"));
  this->Log->hide();
  layout->addWidget(this->Log, 2);

  QHBoxLayout* buttons = new QHBoxLayout;
  this->LogToggle = new QToolButton(this);
  this->LogToggle->setObjectName(QStringLiteral("logToggle"));
  this->LogToggle->setText(tr("&Log"));
  this->LogToggle->setCheckable(true);
  this->LogToggle->setAutoRaise(true);
  this->LogToggle->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  this->LogToggle->setArrowType(Qt::RightArrow);
  buttons->addWidget(this->LogToggle);
  buttons->addStretch(1);
  const auto button = [&](const QString& text, const char* name)
  {
    QPushButton* made = new QPushButton(text, this);
    made->setObjectName(QLatin1String(name));
    made->setAutoDefault(false);
    buttons->addWidget(made);
    return made;
  };
  this->CopyButton = button(tr("C&opy"), "copy");
  this->CopyButton->setToolTip(
    tr("Copies what is shown and the log, to send to somebody who helps"));
  this->BackgroundButton = button(tr("Continue in &Background"), "background");
  this->AgainButton = button(tr("&Try Again"), "again");
  this->CancelButton = button(tr("Cancel"), "cancel");
  layout->addLayout(buttons);

  QObject::connect(this->LogToggle,
                   &QToolButton::toggled,
                   this,
                   [this](bool on)
                   {
                     this->LogToggle->setArrowType(on ? Qt::DownArrow : Qt::RightArrow);
                     this->Log->setVisible(on);
                     if (on && this->height() < this->fontMetrics().height() * 38)
                     {
                       this->resize(this->width(), this->fontMetrics().height() * 38);
                     }
                   });
  QObject::connect(this->CopyButton, &QPushButton::clicked, this, &ConnectWindow::copy);
  QObject::connect(this->AgainButton, &QPushButton::clicked, this, &ConnectWindow::againWanted);
  QObject::connect(
    this->BackgroundButton, &QPushButton::clicked, this, &ConnectWindow::backgroundWanted);
  QObject::connect(this->CancelButton, &QPushButton::clicked, this, &ConnectWindow::reject);

  const int em = this->fontMetrics().height();
  this->resize(em * 42, em * 24);
  this->reset();
}

ConnectWindow::~ConnectWindow()
{
  this->Prompts->drop();
}

void ConnectWindow::setBackgroundPossible(bool possible)
{
  this->Background = possible;
  this->updateButtons();
}

void ConnectWindow::reset()
{
  this->Prompts->drop();
  QWidget* parent = this->Steps->parentWidget();
  PhaseList* fresh = new PhaseList(parent);
  fresh->setObjectName(QStringLiteral("steps"));
  delete parent->layout()->replaceWidget(this->Steps, fresh);
  delete this->Steps;
  this->Steps = fresh;
  this->Steps->expect(this->Plan.Host, this->Plan.Job);
  this->Error = Failure();
  this->Cancelling = false;
  this->Over = false;
  this->Hint->hide();
  this->Route = RouteView();
  this->Route.Route = this->Plan.Route;
  this->Route.FrontEnd = this->Plan.Host;
  this->Route.Job = this->Plan.Job;
  this->Route.Login = this->Route.Server = this->Route.Connection = RouteView::Idle;
  this->paintRoute();
  this->updateButtons();
}

void ConnectWindow::watch(SessionProcess* session)
{
  if (this->Session)
  {
    QObject::disconnect(this->Session, nullptr, this, nullptr);
  }
  this->Session = session;
  this->reset();
  QObject::connect(session, &SessionProcess::phase, this, &ConnectWindow::onPhase);
  this->Prompts->serve(session);
  QObject::connect(session, &SessionProcess::log, this->Log, &LogView::append);
  QObject::connect(session, &SessionProcess::failed, this, &ConnectWindow::onFailed);
  QObject::connect(session, &SessionProcess::ended, this, &ConnectWindow::onEnded);
  QObject::connect(session,
                   &SessionProcess::connected,
                   this,
                   [this](const QString& node)
                   {
                     this->Route.Node = this->Plan.Job ? node : QString();
                     this->Route.Server = this->Route.Connection = RouteView::Standing;
                     this->paintRoute();
                   });
  QObject::connect(session,
                   &SessionProcess::ready,
                   this,
                   [this]()
                   {
                     this->Route.Server = RouteView::Standing;
                     this->Route.Connection = RouteView::Working;
                     this->Route.ClientPort = this->Session->port();
                     this->paintRoute();
                     Q_EMIT this->ready();
                   });
}

void ConnectWindow::onPhase(Phase phase, PhaseState state, const QString& text, double time)
{
  this->Steps->setPhase(phase, state, phaseWords(text), time);
  if (!text.isEmpty())
  {
    this->Log->append(QString(), text);
  }
  const bool failed = state == PhaseState::Failed;
  const bool done = state == PhaseState::Done;
  const RouteView::State now = failed ? RouteView::Broken
                               : done ? RouteView::Standing
                                      : RouteView::Working;
  switch (PhaseList::stepOf(phase))
  {
    case PhaseList::Reach:
      // Only the login makes the path stand.
      this->Route.Login = failed ? RouteView::Broken : RouteView::Working;
      break;
    case PhaseList::LogIn:
      this->Route.Login = now;
      break;
    case PhaseList::OpenWay:
      this->Route.Connection = done ? RouteView::Idle : now;
      break;
    case PhaseList::Submit:
    case PhaseList::Queue:
      this->Route.Server = failed ? RouteView::Broken : RouteView::Working;
      break;
    case PhaseList::Start:
      this->Route.Server = now;
      break;
    case PhaseList::Check:
      this->Route.Connection = phase == Phase::Check && done ? RouteView::Working : now;
      break;
    case PhaseList::Close:
      break;
  }
  this->paintRoute();
  this->updateButtons();
}

void ConnectWindow::paintRoute()
{
  this->Picture->setView(this->Route);
}

void ConnectWindow::onFailed(const Failure& failure)
{
  this->Error = failure;
  if (this->Cancelling)
  {
    return;
  }
  this->Prompts->drop();
  this->Log->append(QString(), failure.toText().trimmed());
  FailurePanel* panel = new FailurePanel(failure);
  QVector<FailurePanel::Remedy> possible{ FailurePanel::AskSite, FailurePanel::ReadLog };
  if (this->Settings)
  {
    possible << FailurePanel::ChangeSettings;
  }
  panel->offer(possible);
  QObject::connect(panel, &FailurePanel::remedyWanted, this, &ConnectWindow::onRemedy);
  if (auto* details = panel->findChild<QToolButton*>(QStringLiteral("failureDetails")))
  {
    QObject::connect(
      details, &QToolButton::toggled, this, &ConnectWindow::fitFailure, Qt::QueuedConnection);
  }
  this->Steps->setFailed(panel);
  for (RouteView::State* part :
       { &this->Route.Login, &this->Route.Server, &this->Route.Connection })
  {
    if (*part == RouteView::Working)
    {
      *part = RouteView::Broken;
    }
  }
  this->paintRoute();
  this->updateButtons();
  QMetaObject::invokeMethod(
    this, [this]() { this->fitFailure(); }, Qt::QueuedConnection);
}

void ConnectWindow::setSettingsPossible(bool possible)
{
  this->Settings = possible;
}

void ConnectWindow::onRemedy(FailurePanel::Remedy remedy)
{
  switch (remedy)
  {
    case FailurePanel::ChangeSettings:
      Q_EMIT this->settingsWanted();
      this->reject();
      break;
    case FailurePanel::AskSite:
      QApplication::clipboard()->setText(FailurePanel::messageToSite(this->Error, this->Plan.Host));
      this->Hint->setText(tr("The message is on the clipboard: paste it into a mail."));
      this->Hint->show();
      break;
    case FailurePanel::ReadLog:
      this->LogToggle->setChecked(true);
      break;
    case FailurePanel::NoRemedy:
      break;
  }
}

void ConnectWindow::showEvent(QShowEvent* event)
{
  QDialog::showEvent(event);
  QMetaObject::invokeMethod(
    this, [this]() { this->fitFailure(); }, Qt::QueuedConnection);
}

void ConnectWindow::fitFailure()
{
  FailurePanel* panel = this->Steps->findChild<FailurePanel*>();
  if (!panel || !this->isVisible())
  {
    return;
  }
  // A panel below the edge would be a failure that nobody sees.
  QScrollArea* area = this->findChild<QScrollArea*>(QStringLiteral("stepsArea"));
  area->widget()->layout()->activate();
  const int wanted = area->widget()->layout()->totalHeightForWidth(area->viewport()->width());
  const int missing = wanted - area->viewport()->height();
  const QScreen* screen = QGuiApplication::primaryScreen();
  if (missing > 0 && screen)
  {
    this->resize(
      this->width(),
      qMax(this->height(),
           qMin(this->height() + missing, screen->availableGeometry().height() * 85 / 100)));
  }
  area->ensureWidgetVisible(panel);
}

void ConnectWindow::showFailure(const Failure& failure)
{
  this->reset();
  this->Over = true;
  this->onFailed(failure);
  this->updateButtons();
}

void ConnectWindow::onEnded(int)
{
  this->Prompts->drop();
  this->Over = true;
  this->Steps->stop();
  this->Hint->hide();
  if (this->Cancelling)
  {
    QDialog::reject();
    Q_EMIT this->closed();
    return;
  }
  if (this->Error.Code.isEmpty())
  {
    this->onFailed(Failure::fromCatalogue(PVHOP_E_PROGRAM_ENDED, QString()));
  }
  this->updateButtons();
}

void ConnectWindow::updateButtons()
{
  const bool failed = this->Over && !this->Cancelling;
  this->AgainButton->setVisible(failed);
  this->BackgroundButton->setVisible(this->Background && !this->Over && !this->Cancelling);
  this->CancelButton->setText(failed ? tr("Close") : tr("Cancel"));
  this->CancelButton->setEnabled(!this->Cancelling);
  this->AgainButton->setDefault(failed);
  this->CancelButton->setDefault(!failed);
}

void ConnectWindow::reject()
{
  if (this->Over || !this->Session)
  {
    QDialog::reject();
    Q_EMIT this->closed();
    return;
  }
  if (this->Cancelling)
  {
    return;
  }
  this->Cancelling = true;
  this->Prompts->drop();
  this->Hint->setText(tr("Cancelling: what was started is being ended."));
  this->Hint->show();
  this->updateButtons();
  this->Session->cancel();
}

void ConnectWindow::copy()
{
  QString text = tr("Connection: %1").arg(this->Plan.Name) + QLatin1Char('\n');
  if (!this->Error.Code.isEmpty())
  {
    text += this->Error.toText();
  }
  text += QLatin1Char('\n') + this->Log->text();
  QApplication::clipboard()->setText(text);
}

}
