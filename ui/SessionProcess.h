// SPDX-License-Identifier: BSD-3-Clause
#ifndef SessionProcess_h
#define SessionProcess_h

#include "Event.h"

#include <QObject>
#include <QProcessEnvironment>
#include <QStringList>

#include <memory>

class QProcess;
class QTimer;

namespace pvhop
{

/**
 * One `pvhop connect` or `pvhop probe` as a child process: started, listened to, answered and ended
 * without ever blocking the thread it lives in.
 *
 * The child writes its events to standard output and reads answers from standard input; the end
 * of its input tells it that we are gone. What it writes is bounded: a line longer than
 * MaxLine is skipped and said so, and no turn of the event loop spends more than a few
 * milliseconds on it, however much there is.
 */
class SessionProcess : public QObject
{
  Q_OBJECT

public:
  enum State
  {
    NotStarted,
    Running, ///< working its way to `ready`
    Ready,   ///< a client may connect to url()
    Up,      ///< a client is connected
    Ending,  ///< cancelled or closed; the child cleans up
    Ended
  };
  Q_ENUM(State)

  enum
  {
    MaxLine = 256 * 1024,
    HoldAgainMs = 4000,   ///< a part of PVHOP_HOLD_MS
    CancelGraceMs = 6000, ///< the child's own clean-up takes 4 s at most (PVHOP_CLOSE_MS)
    TerminateGraceMs = 2000
  };

  explicit SessionProcess(QObject* parent = nullptr);
  /** Ends the child at once if it still runs. Use close() and wait for ended(), or letGo(). */
  ~SessionProcess() override;

  /**
   * Starts `program connect ARGUMENTS --events 1 --answers 0`. The environment is cleaned of what
   * ParaView's own start script may have set. Failure to start is reported by failed() and
   * ended(), later. To be called once.
   */
  void start(const QString& program,
             const QStringList& arguments,
             const QProcessEnvironment& environment = QProcessEnvironment::systemEnvironment());

  /**
   * Starts `program probe ARGUMENTS` in the same way. With --then-connect among them the child
   * stays logged in after its result() until goOn() or close().
   */
  void probe(const QString& program,
             const QStringList& arguments,
             const QProcessEnvironment& environment = QProcessEnvironment::systemEnvironment());
  /** After result(): connects on the login that the probe made. Arguments as of `connect`. */
  void goOn(const QStringList& arguments);

  State state() const;
  QString url() const;
  QString host() const;
  quint16 port() const;
  /** The host on which pvserver runs, once a client is connected. */
  QString server() const;
  qint64 processId() const;
  /** The last error reported, or one with an empty Code. */
  Failure failure() const;
  bool wasCancelled() const;

  /** Answers a question; a null string refuses. The text is wiped after it is sent, as far as Qt
   * lets us. */
  void answer(unsigned promptId, const QString& text);

  /**
   * Asks the child to keep the client from seeing that pvserver is lost, until this is taken back.
   * After lost() it is asked again and again, for as long as this thread turns: one that waits for
   * an answer of a pvserver that is gone is better let go.
   */
  void hold(bool on);

  /** Lets go of a session: it ends in its own time, and is deleted when it has. Null is fine. */
  static void retire(SessionProcess* session);
  /** Without what would make our child load ParaView's libraries: LD_LIBRARY_PATH, QT_*. */
  static QProcessEnvironment cleaned(const QProcessEnvironment& environment);

public Q_SLOTS:
  /** Asks the child to end; after a grace SIGTERM, then SIGKILL. In any state, any number of times.
   */
  void cancel();
  /** The session is over on this side: closes the child's input, then as cancel(). */
  void close();
  /**
   * For when the program quits: the child lives on, sees the end of its input when our process is
   * gone, and cleans up by itself. Not earlier: a client that is still connected has its last words
   * to say. No signals any more.
   */
  void letGo();

Q_SIGNALS:
  void phase(pvhop::Phase phase, pvhop::PhaseState state, const QString& text, double time);
  void promptAsked(const pvhop::Prompt& prompt);
  void promptCancelled(unsigned promptId);
  void log(const QString& source, const QString& text);
  /** A client may connect to cs://host:port now. */
  void ready(const QString& url, const QString& host, quint16 port);
  void connected(const QString& server);
  void stats(const pvhop::Stats& stats);
  /** A probe has begun or ended one of its checks. */
  void checked(const pvhop::Check& check);
  /** All that a probe found. */
  void result(const QJsonObject& result);
  /** For so many seconds the far side has been silent; 0: it answers again. */
  void stalled(int seconds);
  /** pvserver is lost; the client does not know it yet (hold()). */
  void lost(const pvhop::Failure& why);
  void failed(const pvhop::Failure& failure);
  void stateChanged(pvhop::SessionProcess::State state);
  /** The child is gone; the last signal, once. 0: a normal end, 130: cancelled. */
  void ended(int exitCode);

private:
  Q_DISABLE_COPY(SessionProcess)

  void run(const QString& program,
           const QString& verb,
           const QStringList& arguments,
           const QProcessEnvironment& environment);
  void setState(State state);
  void readEvents();
  void takeLine(const QByteArray& line);
  void take(const Event& event);
  void readErrorOutput();
  void complain(const QString& why);
  void endSoon(int grace);
  void finish(int exitCode);
  void onFinished();

  std::unique_ptr<QProcess> Process;
  QTimer* Grace;
  QTimer* Renew; ///< of hold(), after lost()
  State Now = NotStarted;
  QByteArray Pending; ///< standard output not yet split into lines
  QByteArray ErrorPending;
  QString LastWords; ///< the end of standard error, for when the child dies without a word
  QString Url, Host, Program, Server;
  quint16 Port = 0;
  Failure Error;
  bool Cancelled = false;
  bool Skipping = false; ///< inside a line that is too long
  bool ReadQueued = false;
  bool Terminated = false;
  bool SawEnd = false;
  int EndCode = 0;
  int Complaints = 0;
};

}

#endif
