// SPDX-License-Identifier: BSD-3-Clause
#ifndef PvhopSessions_h
#define PvhopSessions_h

#include <QObject>
#include <QPointer>
#include <QString>

struct PvhopEntry;
class PvhopSession;
namespace pvhop
{
class SessionProcess;
}
class pqServer;

/**
 * All sessions of this ParaView, one a server. The plugin owns it; the launchers, which live no
 * longer than their caller's stack frame, borrow from it.
 */
class PvhopSessions : public QObject
{
  Q_OBJECT

public:
  explicit PvhopSessions(QObject* parent);
  ~PvhopSessions() override;

  /** Null once the plugin has shut down. */
  static PvhopSessions* instance();

  /** The session of that entry as it is now: connected, or on its way. Of one that was changed
   * since, there is none. */
  PvhopSession* find(const PvhopEntry& entry) const;
  /** Whatever else goes by the entry's name makes room for `session`, which is ready. */
  void makeRoom(const PvhopSession* session);

  /** Goes on by itself with a session that was sent to the background: connects when it is ready.
   */
  void keepInBackground(PvhopSession* session);

  /** A login that stands, for the next connection of that entry. Takes it over. */
  void keepLogin(const QString& name, pvhop::SessionProcess* login);
  /** Gives it away, if it still stands; the caller owns it. */
  pvhop::SessionProcess* takeLogin(const QString& name);

  /** Disconnects from a server that is lost, connects by the entry again, and builds there what
   * was on it. */
  void reconnect(const QString& name, pqServer* lost);

  /** The program, or an empty string. */
  static QString findProgram();

private:
  Q_DISABLE_COPY(PvhopSessions)

  void offer(PvhopSession* session);
  void connectTo(PvhopSession* session);
  void letGo();

  QString LoginName;
  QPointer<pvhop::SessionProcess> Login;
};

#endif
