// SPDX-License-Identifier: BSD-3-Clause
#include "PhaseList.h"

#include <QGridLayout>
#include <QLabel>
#include <QTimer>

namespace pvhop
{

PhaseList::PhaseList(QWidget* parent)
  : QWidget(parent)
  , Grid(new QGridLayout(this))
  , Ticks(new QTimer(this))
{
  this->Grid->setContentsMargins(0, 0, 0, 0);
  this->Grid->setColumnStretch(1, 1);
  this->Grid->setHorizontalSpacing(10);
  this->Grid->setVerticalSpacing(6);
  this->Ticks->setInterval(500);
  QObject::connect(this->Ticks, &QTimer::timeout, this, [this]() { this->tick(); });
}

QString PhaseList::duration(double seconds)
{
  if (seconds < 59.95)
  {
    return tr("%1 s").arg(qMax(0.0, seconds), 0, 'f', 1);
  }
  const qint64 whole = static_cast<qint64>(seconds);
  const QString low = QStringLiteral("%1").arg(whole % 60, 2, 10, QLatin1Char('0'));
  if (whole < 3600)
  {
    return QStringLiteral("%1:%2").arg(whole / 60).arg(low);
  }
  return QStringLiteral("%1:%2:%3")
    .arg(whole / 3600)
    .arg(whole / 60 % 60, 2, 10, QLatin1Char('0'))
    .arg(low);
}

PhaseList::Step PhaseList::stepOf(Phase phase)
{
  switch (phase)
  {
    case Phase::Config:
    case Phase::Resolve:
    case Phase::Ssh:
    case Phase::HostKey:
      return Reach;
    case Phase::Auth:
      return LogIn;
    case Phase::Tunnel:
    case Phase::Relay:
      return OpenWay;
    case Phase::Submit:
      return Submit;
    case Phase::Queue:
      return Queue;
    case Phase::Start:
      return Start;
    case Phase::Check:
    case Phase::Connected:
      return Check;
    case Phase::Closing:
      break;
  }
  return Close;
}

void PhaseList::expect(const QString& host, bool job)
{
  this->Host = host;
  const int end = this->Rows.size();
  int at = end;
  at =
    this->addRow(Reach, host.isEmpty() ? tr("Reach the host") : tr("Reach %1").arg(host), at) + 1;
  at = this->addRow(LogIn, tr("Log in"), at) + 1;
  if (job)
  {
    at = this->addRow(Submit, tr("Submit the job"), at) + 1;
    at = this->addRow(Queue, tr("Wait in the queue"), at) + 1;
    at = this->addRow(Start, tr("pvserver starts on its node"), at) + 1;
  }
  else
  {
    at = this->addRow(Start, tr("pvserver starts"), at) + 1;
  }
  this->addRow(Check, tr("Check and connect"), at);
}

int PhaseList::addRow(Step step, const QString& title, int at)
{
  Row row;
  row.What = step;
  row.Icon = new StateIcon(this);
  row.Title = new QLabel(title, this);
  row.Title->setTextFormat(Qt::PlainText);
  row.Title->setWordWrap(true);
  row.Title->setTextInteractionFlags(Qt::TextSelectableByMouse);
  row.Time = new QLabel(this);
  row.Time->setAlignment(Qt::AlignRight | Qt::AlignTop);
  const int number = this->Serial++;
  row.Icon->setObjectName(QStringLiteral("stepIcon%1").arg(number));
  row.Title->setObjectName(QStringLiteral("stepTitle%1").arg(number));
  row.Time->setObjectName(QStringLiteral("stepTime%1").arg(number));
  this->Rows.insert(at, row);
  if (this->DetailsRow >= at)
  {
    this->DetailsRow++;
  }
  this->place();
  return at;
}

void PhaseList::place()
{
  int line = 0;
  for (int i = 0; i < this->Rows.size(); ++i)
  {
    const Row& row = this->Rows.at(i);
    this->Grid->addWidget(row.Icon, line, 0, Qt::AlignTop);
    this->Grid->addWidget(row.Title, line, 1);
    this->Grid->addWidget(row.Time, line, 2, Qt::AlignTop);
    line++;
    if (i == this->DetailsRow && this->Details)
    {
      this->Grid->addWidget(this->Details, line++, 1, 1, 2);
    }
  }
}

int PhaseList::rowFor(Step step, bool begins)
{
  int lastActive = -1;
  for (int i = 0; i < this->Rows.size(); ++i)
  {
    const StateIcon::State state = this->Rows.at(i).Icon->state();
    if (state == StateIcon::Working && this->Rows.at(i).What == step)
    {
      return i;
    }
    if (state != StateIcon::Pending)
    {
      lastActive = i;
    }
  }
  for (int i = 0; i < this->Rows.size(); ++i)
  {
    if (this->Rows.at(i).Icon->state() == StateIcon::Pending && this->Rows.at(i).What == step)
    {
      return i;
    }
  }
  if (!begins)
  {
    for (int i = this->Rows.size() - 1; i >= 0; --i)
    {
      if (this->Rows.at(i).What == step)
      {
        return i;
      }
    }
  }
  // A further hop, or a step that nobody could foresee: after what there was so far.
  static const char* const Titles[] = {
    QT_TR_NOOP("Reach the next host"),       QT_TR_NOOP("Log in"),
    QT_TR_NOOP("Open the way for pvserver"), QT_TR_NOOP("Submit the job"),
    QT_TR_NOOP("Wait in the queue"),         QT_TR_NOOP("pvserver starts"),
    QT_TR_NOOP("Check and connect"),         QT_TR_NOOP("Clean up")
  };
  return this->addRow(step, tr(Titles[step]), step == Close ? this->Rows.size() : lastActive + 1);
}

void PhaseList::settle(Row& row, StateIcon::State state, double time)
{
  row.Icon->setState(state);
  row.Time->setText(duration(time - row.Begun));
}

void PhaseList::setPhase(Phase phase, PhaseState state, const QString& text, double time)
{
  const Step step = stepOf(phase);
  const int index = this->rowFor(step, state == PhaseState::Begin);
  // A step under way that is not this one has been left behind; a step of our own is only done
  // with the last of its phases, but the child may not say "done" for each.
  for (int i = 0; i < this->Rows.size(); ++i)
  {
    if (i != index && this->Rows.at(i).Icon->state() == StateIcon::Working &&
        state != PhaseState::Done)
    {
      this->settle(this->Rows[i], step == Close ? StateIcon::Stopped : StateIcon::Done, time);
    }
  }
  Row& row = this->Rows[index];
  if (!text.isEmpty())
  {
    row.Title->setText(text);
  }
  switch (state)
  {
    case PhaseState::Begin:
    case PhaseState::Progress:
      if (row.Icon->state() == StateIcon::Pending)
      {
        row.Begun = time;
        row.Running.start();
      }
      row.Icon->setState(StateIcon::Working);
      this->Ticks->start();
      break;
    case PhaseState::Done:
      if (row.Icon->state() == StateIcon::Pending)
      {
        row.Begun = time;
      }
      // Name and address are only the beginning of reaching a host, the check of connecting.
      if (phase == Phase::Config || phase == Phase::Resolve || phase == Phase::Check)
      {
        row.Icon->setState(StateIcon::Working);
        if (!row.Running.isValid())
        {
          row.Running.start();
        }
      }
      else
      {
        this->settle(row, StateIcon::Done, time);
      }
      break;
    case PhaseState::Failed:
      if (row.Icon->state() == StateIcon::Pending)
      {
        row.Begun = time;
      }
      this->settle(row, StateIcon::Failed, time);
      break;
  }
}

void PhaseList::setFailed(QWidget* details)
{
  int at = -1;
  for (int i = 0; i < this->Rows.size(); ++i)
  {
    const StateIcon::State state = this->Rows.at(i).Icon->state();
    if (state == StateIcon::Failed)
    {
      at = i;
      break;
    }
    if (state == StateIcon::Working && this->Rows.at(i).What != Close)
    {
      at = i;
    }
  }
  if (at < 0)
  {
    for (at = 0; at < this->Rows.size() - 1 && this->Rows.at(at).Icon->state() == StateIcon::Done;)
    {
      at++;
    }
  }
  if (at < this->Rows.size())
  {
    Row& row = this->Rows[at];
    if (row.Icon->state() == StateIcon::Working)
    {
      row.Time->setText(duration(row.Running.elapsed() / 1000.0));
    }
    row.Icon->setState(StateIcon::Failed);
  }
  delete this->Details;
  this->Details = details;
  this->DetailsRow = at;
  if (details)
  {
    details->setParent(this);
    details->show();
  }
  this->place();
}

void PhaseList::stop()
{
  this->Ticks->stop();
  for (Row& row : this->Rows)
  {
    if (row.Icon->state() == StateIcon::Working)
    {
      row.Icon->setState(row.What == Close ? StateIcon::Done : StateIcon::Stopped);
    }
  }
}

void PhaseList::tick()
{
  bool any = false;
  for (Row& row : this->Rows)
  {
    if (row.Icon->state() == StateIcon::Working)
    {
      any = true;
      const double seconds = row.Running.elapsed() / 1000.0;
      // Tenths of a second are for what is over; what runs shows whole ones.
      row.Time->setText(seconds < 60 ? tr("%1 s").arg(static_cast<int>(seconds))
                                     : duration(seconds));
    }
  }
  if (!any)
  {
    this->Ticks->stop();
  }
}

int PhaseList::count() const
{
  return this->Rows.size();
}

QString PhaseList::title(int row) const
{
  return this->Rows.at(row).Title->text();
}

StateIcon::State PhaseList::state(int row) const
{
  return this->Rows.at(row).Icon->state();
}

}
