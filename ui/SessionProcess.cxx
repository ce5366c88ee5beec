// SPDX-License-Identifier: BSD-3-Clause
#include "SessionProcess.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTimer>
#include <QVector>

#ifdef Q_OS_LINUX
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace pvhop
{

namespace
{
/// How long one turn of the event loop may spend on the child's lines.
const int TurnMs = 8;
/// Text on standard error that is kept in case the child dies without a word.
const int LastWordsSize = 2048;
/// After so many lines that are not events only one more line says so.
const int MostComplaints = 20;

/**
 * In the child, between fork and exec: ParaView's own descriptors (its X server, other servers'
 * connections, what its Python duplicated) are none of pvhop's, and one kept open here would
 * outlive ParaView. They are closed by exec, not at once: Qt still reports a failed exec through
 * one of them. Async-signal-safe calls only.
 */
void closeOnExec()
{
#ifdef Q_OS_LINUX
#ifdef SYS_close_range
  const unsigned onExec = 1U << 2; // CLOSE_RANGE_CLOEXEC, Linux 5.11
  if (syscall(SYS_close_range, 3U, ~0U, onExec) == 0)
  {
    return;
  }
#endif
  for (int fd = 3; fd < 4096; ++fd)
  {
    fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
#endif
}

#if QT_VERSION < QT_VERSION_CHECK(6, 0, 0)
class ChildProcess : public QProcess
{
protected:
  void setupChildProcess() override { closeOnExec(); }
};
#else
class ChildProcess : public QProcess
{
public:
  ChildProcess() { this->setChildProcessModifier(closeOnExec); }
};
#endif
}

SessionProcess::SessionProcess(QObject* parent)
  : QObject(parent)
  , Grace(new QTimer(this))
  , Renew(new QTimer(this))
{
  qRegisterMetaType<pvhop::Check>();
  qRegisterMetaType<pvhop::Phase>();
  qRegisterMetaType<pvhop::PhaseState>();
  qRegisterMetaType<pvhop::Prompt>();
  qRegisterMetaType<pvhop::Failure>();
  qRegisterMetaType<pvhop::Stats>();
  this->Grace->setSingleShot(true);
  QObject::connect(this->Renew, &QTimer::timeout, this, [this]() { this->hold(true); });
  QObject::connect(this->Grace,
                   &QTimer::timeout,
                   this,
                   [this]()
                   {
                     if (!this->Process)
                     {
                       return;
                     }
                     if (this->Terminated)
                     {
                       this->Process->kill();
                     }
                     else
                     {
                       this->Terminated = true;
                       this->Process->terminate();
                       this->Grace->start(TerminateGraceMs);
                     }
                   });
}

SessionProcess::~SessionProcess()
{
  if (this->Process)
  {
    QObject::disconnect(this->Process.get(), nullptr, this, nullptr);
  }
}

QProcessEnvironment SessionProcess::cleaned(const QProcessEnvironment& environment)
{
  QProcessEnvironment clean = environment;
  clean.remove(QStringLiteral("LD_LIBRARY_PATH"));
  const QStringList keys = clean.keys();
  for (const QString& key : keys)
  {
    if (key.startsWith(QLatin1String("QT_")))
    {
      clean.remove(key);
    }
  }
  return clean;
}

void SessionProcess::start(const QString& program,
                           const QStringList& arguments,
                           const QProcessEnvironment& environment)
{
  this->run(program, QStringLiteral("connect"), arguments, environment);
}

void SessionProcess::probe(const QString& program,
                           const QStringList& arguments,
                           const QProcessEnvironment& environment)
{
  this->run(program, QStringLiteral("probe"), arguments, environment);
}

void SessionProcess::goOn(const QStringList& arguments)
{
  if (!this->Process)
  {
    return;
  }
  QJsonObject object;
  object.insert(QStringLiteral("connect"), QJsonArray::fromStringList(arguments));
  this->Process->write(QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
}

void SessionProcess::run(const QString& program,
                         const QString& verb,
                         const QStringList& arguments,
                         const QProcessEnvironment& environment)
{
  Q_ASSERT(this->Now == NotStarted);
  this->Program = program;
  this->Process = std::make_unique<ChildProcess>();
  QProcess* process = this->Process.get();
  process->setProcessEnvironment(cleaned(environment));
  process->setProcessChannelMode(QProcess::SeparateChannels);
  QObject::connect(process, &QProcess::readyReadStandardOutput, this, &SessionProcess::readEvents);
  QObject::connect(
    process, &QProcess::readyReadStandardError, this, &SessionProcess::readErrorOutput);
  QObject::connect(
    process,
    &QProcess::errorOccurred,
    this,
    [this](QProcess::ProcessError error)
    {
      if (error == QProcess::FailedToStart)
      {
        this->Error = Failure::fromCatalogue(
          PVHOP_E_PROGRAM,
          tr("\"%1\" could not be started: %2").arg(this->Program, this->Process->errorString()));
        // Not from inside start(): the caller may not have connected everything yet.
        QMetaObject::invokeMethod(
          this,
          [this]()
          {
            Q_EMIT this->failed(this->Error);
            this->finish(69);
          },
          Qt::QueuedConnection);
      }
    });
  QObject::connect(process,
                   static_cast<void (QProcess::*)(int, QProcess::ExitStatus)>(&QProcess::finished),
                   this,
                   [this](int, QProcess::ExitStatus) { this->onFinished(); });

  QStringList all;
  all << verb << arguments << QStringLiteral("--events") << QStringLiteral("1")
      << QStringLiteral("--answers") << QStringLiteral("0");
  this->setState(Running);
  process->start(program, all);
}

SessionProcess::State SessionProcess::state() const
{
  return this->Now;
}

QString SessionProcess::url() const
{
  return this->Url;
}

QString SessionProcess::host() const
{
  return this->Host;
}

quint16 SessionProcess::port() const
{
  return this->Port;
}

QString SessionProcess::server() const
{
  return this->Server;
}

qint64 SessionProcess::processId() const
{
  return this->Process ? this->Process->processId() : 0;
}

Failure SessionProcess::failure() const
{
  return this->Error;
}

bool SessionProcess::wasCancelled() const
{
  return this->Cancelled;
}

void SessionProcess::setState(State state)
{
  if (state != this->Now)
  {
    this->Now = state;
    Q_EMIT this->stateChanged(state);
  }
}

void SessionProcess::answer(unsigned promptId, const QString& text)
{
  if (!this->Process)
  {
    return;
  }
  QJsonObject object;
  object.insert(QStringLiteral("id"), static_cast<qint64>(promptId));
  object.insert(QStringLiteral("answer"),
                text.isNull() ? QJsonValue(QJsonValue::Null) : QJsonValue(text));
  QByteArray line = QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
  this->Process->write(line);
  line.fill('\0');
}

void SessionProcess::hold(bool on)
{
  if (!on)
  {
    this->Renew->stop();
  }
  if (this->Process && this->Now < Ending)
  {
    this->Process->write(on ? "{\"hold\":true}\n" : "{\"hold\":false}\n");
  }
}

void SessionProcess::cancel()
{
  if (this->Now == NotStarted || this->Now == Ended || !this->Process)
  {
    return;
  }
  this->Cancelled = true;
  this->Process->write("{\"cancel\":true}\n");
  this->endSoon(CancelGraceMs);
}

void SessionProcess::close()
{
  if (this->Now == NotStarted || this->Now == Ended || !this->Process)
  {
    return;
  }
  this->Process->closeWriteChannel();
  this->endSoon(CancelGraceMs);
}

void SessionProcess::retire(SessionProcess* session)
{
  if (!session)
  {
    return;
  }
  QObject::disconnect(session, nullptr, nullptr, nullptr);
  session->setParent(nullptr);
  if (session->Now == NotStarted || session->Now == Ended)
  {
    session->deleteLater();
    return;
  }
  QObject::connect(session, &SessionProcess::ended, session, &QObject::deleteLater);
  session->close();
}

void SessionProcess::endSoon(int grace)
{
  this->Renew->stop();
  this->setState(Ending);
  if (!this->Grace->isActive())
  {
    this->Grace->start(grace);
  }
}

void SessionProcess::letGo()
{
  if (!this->Process)
  {
    return;
  }
  QProcess* process = this->Process.release();
  QObject::disconnect(process, nullptr, this, nullptr);
  this->Grace->stop();
  this->Renew->stop();
  this->Now = Ended;
  if (process->state() == QProcess::NotRunning)
  {
    delete process;
    return;
  }
  // A QProcess kills in its destructor, and the child would have no time to clean up. So this one
  // object, and our end of the child's input, are left to the end of our own process, which is
  // near. It is not lost until then: who searches for leaks finds it here.
  static QVector<QProcess*>* const left = new QVector<QProcess*>;
  left->append(process);
}

void SessionProcess::readEvents()
{
  if (!this->Process)
  {
    return;
  }
  QElapsedTimer timer;
  timer.start();
  this->Pending += this->Process->readAllStandardOutput();
  int from = 0;
  while (this->Process)
  {
    const int end = this->Pending.indexOf('\n', from);
    if (end < 0)
    {
      break;
    }
    if (this->Skipping)
    {
      this->Skipping = false;
    }
    else if (end - from > MaxLine)
    {
      this->complain(tr("a line of %1 bytes is too long").arg(end - from));
    }
    else
    {
      this->takeLine(this->Pending.mid(from, end - from));
    }
    from = end + 1;
    if (timer.elapsed() >= TurnMs)
    {
      break;
    }
  }
  this->Pending.remove(0, from);
  if (this->Pending.indexOf('\n') >= 0)
  {
    // More than this turn has time for: the windows come first.
    if (!this->ReadQueued)
    {
      this->ReadQueued = true;
      QTimer::singleShot(0,
                         this,
                         [this]()
                         {
                           this->ReadQueued = false;
                           this->readEvents();
                         });
    }
  }
  else if (this->Pending.size() > MaxLine)
  {
    if (!this->Skipping)
    {
      this->complain(tr("a line of more than %1 bytes is too long").arg(int(MaxLine)));
    }
    this->Skipping = true;
    this->Pending.clear();
  }
}

void SessionProcess::takeLine(const QByteArray& line)
{
  if (line.trimmed().isEmpty())
  {
    return;
  }
  Event event;
  QString why;
  if (parseEvent(line, &event, &why))
  {
    this->take(event);
  }
  else
  {
    this->complain(
      tr("%1: %2").arg(why, tamed(QString::fromUtf8(line.left(200)), 200).simplified()));
  }
}

void SessionProcess::complain(const QString& why)
{
  this->Complaints++;
  if (this->Complaints <= MostComplaints)
  {
    Q_EMIT this->log(QStringLiteral("plugin"), tr("Not an event (%1)").arg(why));
  }
  else if (this->Complaints == MostComplaints + 1)
  {
    Q_EMIT this->log(QStringLiteral("plugin"), tr("More lines that are not events follow."));
  }
}

void SessionProcess::take(const Event& event)
{
  switch (event.What)
  {
    case Event::PhaseEvent:
      Q_EMIT this->phase(event.AtPhase, event.State, event.Text, event.Time);
      break;
    case Event::PromptEvent:
      Q_EMIT this->promptAsked(event.Question);
      break;
    case Event::PromptCancelled:
      Q_EMIT this->promptCancelled(event.Question.Id);
      break;
    case Event::Log:
      Q_EMIT this->log(event.Source, event.Text);
      break;
    case Event::Ready:
      // Only this computer's own loopback: an event must not send ParaView anywhere else.
      if (event.Port == 0 ||
          (event.Host != QLatin1String("127.0.0.1") && event.Host != QLatin1String("::1") &&
           event.Host != QLatin1String("localhost")))
      {
        this->complain(
          tr("ready, but not on the loopback of this computer: \"%1\"").arg(event.Url));
        break;
      }
      if (this->Now == Running)
      {
        this->Url = event.Url;
        this->Host = event.Host;
        this->Port = event.Port;
        this->setState(Ready);
        Q_EMIT this->ready(this->Url, this->Host, this->Port);
      }
      break;
    case Event::ConnectedEvent:
      if (this->Now == Ready || this->Now == Running)
      {
        this->setState(Up);
      }
      this->Server = event.Server;
      Q_EMIT this->connected(event.Server);
      break;
    case Event::StatsEvent:
      Q_EMIT this->stats(event.Numbers);
      break;
    case Event::CheckEvent:
      Q_EMIT this->checked(event.Checked);
      break;
    case Event::ResultEvent:
      Q_EMIT this->result(event.Result);
      break;
    case Event::StalledEvent:
      Q_EMIT this->stalled(event.SilentSeconds);
      break;
    case Event::LostEvent:
      this->Renew->start(HoldAgainMs);
      this->hold(true);
      Q_EMIT this->lost(event.Error);
      break;
    case Event::ErrorEvent:
      this->Error = event.Error;
      Q_EMIT this->failed(this->Error);
      break;
    case Event::End:
      this->SawEnd = true;
      this->EndCode = event.ExitCode;
      break;
    case Event::Unknown:
      break;
  }
}

void SessionProcess::readErrorOutput()
{
  if (!this->Process)
  {
    return;
  }
  this->ErrorPending += this->Process->readAllStandardError();
  int end;
  while ((end = this->ErrorPending.indexOf('\n')) >= 0 || this->ErrorPending.size() > 8192)
  {
    const int take = end >= 0 ? end : 8192;
    const QString line = tamed(QString::fromUtf8(this->ErrorPending.left(take)));
    this->ErrorPending.remove(0, end >= 0 ? end + 1 : take);
    this->LastWords = (this->LastWords + line + QLatin1Char('\n')).right(LastWordsSize);
    Q_EMIT this->log(QStringLiteral("pvhop"), line);
  }
}

void SessionProcess::onFinished()
{
  this->readEvents();
  if (!this->Process)
  {
    return;
  }
  if (this->Pending.indexOf('\n') >= 0)
  {
    // Its last lines are still to be taken, a few each turn.
    QTimer::singleShot(0, this, [this]() { this->onFinished(); });
    return;
  }
  this->readErrorOutput();
  if (!this->ErrorPending.isEmpty())
  {
    const QString rest = tamed(QString::fromUtf8(this->ErrorPending));
    this->ErrorPending.clear();
    this->LastWords += rest;
    Q_EMIT this->log(QStringLiteral("pvhop"), rest);
  }
  const bool crashed = this->Process->exitStatus() == QProcess::CrashExit;
  const int code = this->Process->exitCode();
  const bool silent = this->Error.Code.isEmpty() && !this->SawEnd;
  if (silent && !this->Cancelled && this->Now != Ending && (crashed || code != 0))
  {
    QString why =
      crashed ? tr("The program \"%1\" was ended by a signal (%2).").arg(this->Program).arg(code)
              : tr("The program \"%1\" ended with exit code %2 and gave no reason.")
                  .arg(this->Program)
                  .arg(code);
    if (!this->LastWords.trimmed().isEmpty())
    {
      why += QLatin1Char('\n') + tr("Its last words: %1").arg(this->LastWords.trimmed());
    }
    this->Error = Failure::fromCatalogue(PVHOP_E_PROGRAM_ENDED, why);
    Q_EMIT this->failed(this->Error);
  }
  this->finish(this->Cancelled ? 130 : this->SawEnd ? this->EndCode : crashed ? 70 : code);
}

void SessionProcess::finish(int exitCode)
{
  this->Grace->stop();
  this->Renew->stop();
  if (this->Process)
  {
    QObject::disconnect(this->Process.get(), nullptr, this, nullptr);
    this->Process.release()->deleteLater(); // we may be in one of its signals
  }
  if (this->Now != Ended)
  {
    this->setState(Ended);
    Q_EMIT this->ended(exitCode);
  }
}

}
