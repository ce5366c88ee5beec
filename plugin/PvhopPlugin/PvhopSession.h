// SPDX-License-Identifier: BSD-3-Clause
#ifndef PvhopSession_h
#define PvhopSession_h

#include "PvhopEntry.h"

#include "ConnectWindow.h"
#include "SessionProcess.h"

#include <QObject>
#include <QPointer>
#include <QProcessEnvironment>
#include <QStringList>

class pqServer;
namespace pvhop
{
class SessionStatus;
}

/**
 * One connection, from the press on Connect to the end of the clean-up: the child process, its
 * window, and later the server that it serves. It belongs to PvhopSessions and deletes itself
 * when it is over.
 */
class PvhopSession : public QObject
{
  Q_OBJECT

public:
  PvhopSession(const PvhopEntry& entry,
               const QStringList& arguments,
               const QProcessEnvironment& environment,
               QObject* parent);
  ~PvhopSession() override;

  const QString& name() const { return this->Entry.Name; }
  /** The entry as it was when this began. */
  const PvhopEntry& entry() const { return this->Entry; }
  pvhop::SessionProcess* process() const { return this->Process; }
  pqServer* server() const { return this->Server; }
  bool isReady() const;
  /** Has not ended yet, but nobody can be connected by it any more. */
  bool isOver() const;

  /** Finds the program, checks its version, starts it. Shows the window. */
  void begin();
  /** Goes on with a login that was made for a check, in the place of begin(). Takes it over. */
  void beginOn(pvhop::SessionProcess* login);
  /** Shows the window in front of everything (modal) or beside ParaView's. */
  void show(bool modal);
  void hide();
  void setBackgroundPossible(bool possible);
  /** ParaView is connected to `server` through this session. */
  void attach(pqServer* server);
  /** ParaView could not connect although all was ready. */
  void clientFailed(const QString& why);
  /** The server is gone on ParaView's side. */
  void detach();
  /** ParaView quits: the child cleans up by itself. */
  void letGo();

Q_SIGNALS:
  /** Connect to process()->url() now. */
  void ready();
  void backgroundWanted();
  /** Cancelled, or given up after a failure. No ready() any more. */
  void closed();

private:
  Q_DISABLE_COPY(PvhopSession)

  void startProcess(const QString& program);
  void onEnded();
  void fail(const QString& why);
  void showStatus();

  PvhopEntry Entry;
  pvhop::ConnectPlan Plan;
  QStringList Arguments;
  QProcessEnvironment Environment;
  QPointer<pvhop::ConnectWindow> Window;
  QPointer<pvhop::SessionStatus> Status;
  pvhop::SessionProcess* Process = nullptr;
  pqServer* Server = nullptr; ///< only compared and cleared in detach(), which comes before its end
  bool Attached = false;
};

#endif
