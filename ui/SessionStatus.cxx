// SPDX-License-Identifier: BSD-3-Clause
#include "SessionStatus.h"

#include "LogView.h"
#include "LostDialog.h"
#include "PhaseList.h"
#include "PlainWords.h"

#include <QDialog>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

namespace pvhop
{

namespace
{
/// Seconds left at which a notice is given.
const qint64 Warnings[] = { 600, 120 };
}

Notice::Notice(const QString& text, bool offerState, QWidget* over)
  : QFrame(over)
{
  this->setObjectName(QStringLiteral("pvhopNotice"));
  this->setFrameShape(QFrame::StyledPanel);
  this->setAutoFillBackground(true);
  this->setBackgroundRole(QPalette::Base);
  QVBoxLayout* layout = new QVBoxLayout(this);
  QLabel* label = new QLabel(text, this);
  label->setObjectName(QStringLiteral("pvhopNoticeText"));
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  layout->addWidget(label);
  QDialogButtonBox* buttons = new QDialogButtonBox(this);
  if (offerState)
  {
    QPushButton* save = buttons->addButton(tr("Save the State ..."), QDialogButtonBox::ActionRole);
    save->setObjectName(QStringLiteral("pvhopNoticeSave"));
    save->setFocusPolicy(Qt::TabFocus);
    QObject::connect(save, &QPushButton::clicked, this, &Notice::saveStateWanted);
  }
  QPushButton* close = buttons->addButton(tr("Close"), QDialogButtonBox::RejectRole);
  close->setObjectName(QStringLiteral("pvhopNoticeClose"));
  QObject::connect(close, &QPushButton::clicked, this, &QObject::deleteLater);
  layout->addWidget(buttons);
  const int em = this->fontMetrics().height();
  this->setFixedWidth(qMin(em * 26, qMax(em * 12, over->width() - 2 * em)));
  this->adjustSize();
  this->move(over->width() - this->width() - em, over->height() - this->height() - 2 * em);
  this->show();
  this->raise();
}

SessionStatus::SessionStatus(const ConnectPlan& plan, SessionProcess* session, QWidget* parent)
  : QToolButton(parent)
  , Plan(plan)
  , Session(session)
  , Node(session->server())
  , Log(new LogView)
{
  this->setObjectName(QStringLiteral("pvhopStatus"));
  this->setAutoRaise(true);
  this->setFocusPolicy(Qt::TabFocus);
  this->setToolTip(tr("Details of this connection"));
  this->Log->setObjectName(QStringLiteral("sessionLog"));
  QObject::connect(session, &SessionProcess::stats, this, &SessionStatus::onStats);
  QObject::connect(session, &SessionProcess::log, this->Log, &LogView::append);
  QObject::connect(session,
                   &SessionProcess::connected,
                   this,
                   [this](const QString& node)
                   {
                     this->Node = node;
                     this->paint();
                   });
  QObject::connect(session, &SessionProcess::stalled, this, &SessionStatus::onStalled);
  QObject::connect(session, &SessionProcess::lost, this, &SessionStatus::onLost);
  QObject::connect(session,
                   &SessionProcess::failed,
                   this,
                   [this](const Failure& failure)
                   {
                     if (this->Lost)
                     {
                       return; // it has been said
                     }
                     const PlainFailure plain = PlainFailure::of(failure);
                     this->notify(
                       tr("The connection to %1 is lost. %2")
                         .arg(this->Plan.Host, plain.Why.isEmpty() ? plain.What : plain.Why));
                   });
  QObject::connect(this, &QToolButton::clicked, this, &SessionStatus::showDetails);
  session->hold(true); // there is somebody to ask
  this->paint();
}

SessionStatus::~SessionStatus()
{
  delete this->Details;
  delete this->Log;
  delete this->Shown;
  delete this->Lost;
}

QString SessionStatus::bytes(qint64 count)
{
  return QLocale().formattedDataSize(count, 1, QLocale::DataSizeIecFormat);
}

QString SessionStatus::inWords(const Stats& stats)
{
  QStringList parts;
  if (stats.RoundTripMs >= 0)
  {
    parts << (stats.RoundTripMs < 1 ? tr("less than 1 ms")
                                    : tr("%1 ms").arg(qRound(stats.RoundTripMs)));
  }
  if (stats.SecondsLeft >= 0)
  {
    const qint64 minutes = stats.SecondsLeft / 60;
    parts << tr("%1:%2 left").arg(minutes / 60).arg(minutes % 60, 2, 10, QLatin1Char('0'));
  }
  return parts.join(QStringLiteral("  \u00b7  "));
}

void SessionStatus::onStats(const Stats& stats)
{
  this->Now = stats;
  for (const qint64 limit : Warnings)
  {
    const bool due = stats.SecondsLeft >= 0 && stats.SecondsLeft <= limit;
    if (due && (this->Warned < 0 || this->Warned > limit))
    {
      this->Warned = limit;
      this->notify(tr("The time of this job on %1 is over in %2 min. pvserver ends then, and what "
                      "is not saved is lost.")
                     .arg(this->Plan.Host)
                     .arg((stats.SecondsLeft + 59) / 60));
    }
  }
  this->paint();
}

void SessionStatus::paint()
{
  QStringList parts{ this->Plan.Name };
  if (!this->Node.isEmpty())
  {
    parts << (this->Plan.Job ? tr("node %1").arg(this->Node) : this->Node);
  }
  const QString numbers = inWords(this->Now);
  if (!numbers.isEmpty())
  {
    parts << numbers;
  }
  this->setText(parts.join(QStringLiteral("  \u00b7  ")));
  this->setAccessibleName(this->text());
  this->fillDetails();
}

void SessionStatus::onStalled(int seconds)
{
  if (seconds > 0)
  {
    this->notify(tr("%1 has not answered for %2 s. ParaView may stand still until it does; if the "
                    "connection is lost, you are asked what to do.")
                   .arg(this->Plan.Host)
                   .arg(seconds));
    this->Stalled = true;
  }
  else if (this->Stalled)
  {
    this->Stalled = false;
    delete this->Shown;
  }
}

void SessionStatus::onLost(const Failure& why)
{
  delete this->Shown;
  this->Lost = new LostDialog(this->Plan, why, this->window());
  QObject::connect(this->Lost, &LostDialog::saveStateWanted, this, &SessionStatus::saveStateWanted);
  QObject::connect(this->Lost, &LostDialog::reconnectWanted, this, &SessionStatus::reconnectWanted);
  QObject::connect(this->Lost, &QDialog::rejected, this, &SessionStatus::endWanted);
  this->Lost->open();
}

void SessionStatus::notify(const QString& text)
{
  delete this->Shown;
  this->Stalled = false;
  this->Shown = new Notice(text, true, this->window());
  QObject::connect(this->Shown, &Notice::saveStateWanted, this, &SessionStatus::saveStateWanted);
}

void SessionStatus::showDetails()
{
  if (this->Details)
  {
    this->Details->show();
    this->Details->raise();
    this->Details->activateWindow();
    return;
  }
  QDialog* dialog = new QDialog(this->window());
  this->Details = dialog;
  dialog->setObjectName(QStringLiteral("pvhopSessionWindow"));
  dialog->setWindowTitle(this->Plan.Name);
  dialog->setWindowFlags(dialog->windowFlags() & ~Qt::WindowContextHelpButtonHint);
  QVBoxLayout* layout = new QVBoxLayout(dialog);
  RoutePicture* picture = new RoutePicture(dialog);
  picture->setObjectName(QStringLiteral("sessionPicture"));
  layout->addWidget(picture);
  QFormLayout* form = new QFormLayout;
  const auto add = [&](const QString& title, const char* name)
  {
    QLabel* value = new QLabel(dialog);
    value->setObjectName(QLatin1String(name));
    value->setTextFormat(Qt::PlainText);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    form->addRow(title, value);
  };
  add(tr("pvserver runs on"), "sessionNode");
  add(tr("Round trip"), "sessionRoundTrip");
  add(tr("Received"), "sessionReceived");
  add(tr("Sent"), "sessionSent");
  add(tr("Time left"), "sessionLeft");
  layout->addLayout(form);
  layout->addWidget(this->Log, 1);
  QDialogButtonBox* buttons = new QDialogButtonBox(dialog);
  buttons->addButton(tr("Close"), QDialogButtonBox::RejectRole)
    ->setObjectName(QStringLiteral("sessionClose"));
  QPushButton* save = buttons->addButton(tr("Save the State ..."), QDialogButtonBox::ActionRole);
  save->setObjectName(QStringLiteral("sessionSave"));
  QPushButton* end = buttons->addButton(this->Plan.Job ? tr("End the Job") : tr("Disconnect"),
                                        QDialogButtonBox::DestructiveRole);
  end->setObjectName(QStringLiteral("sessionEnd"));
  for (QPushButton* button : { save, end })
  {
    button->setAutoDefault(false);
  }
  layout->addWidget(buttons);
  QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::hide);
  QObject::connect(save, &QPushButton::clicked, this, &SessionStatus::saveStateWanted);
  QObject::connect(end, &QPushButton::clicked, this, &SessionStatus::endWanted);
  const int em = this->fontMetrics().height();
  dialog->resize(em * 42, em * 30);
  this->fillDetails();
  dialog->show();
}

void SessionStatus::fillDetails()
{
  if (!this->Details)
  {
    return;
  }
  RouteView view;
  view.Route = this->Plan.Route;
  view.FrontEnd = this->Plan.Host;
  view.Job = this->Plan.Job;
  view.Node = this->Plan.Job ? this->Node : QString();
  view.ClientPort = this->Session ? this->Session->port() : 0;
  this->Details->findChild<RoutePicture*>()->setView(view);
  const auto set = [this](const char* name, const QString& text)
  {
    this->Details->findChild<QLabel*>(QLatin1String(name))
      ->setText(text.isEmpty() ? tr("not known") : text);
  };
  set("sessionNode", this->Node.isEmpty() ? this->Plan.Host : this->Node);
  set("sessionRoundTrip",
      this->Now.RoundTripMs >= 0 ? tr("%1 ms").arg(this->Now.RoundTripMs, 0, 'f', 1) : QString());
  set("sessionReceived", bytes(this->Now.ToClient));
  set("sessionSent", bytes(this->Now.ToServer));
  set("sessionLeft",
      this->Now.SecondsLeft >= 0 ? PhaseList::duration(static_cast<double>(this->Now.SecondsLeft))
                                 : tr("no limit that is known"));
}

}
