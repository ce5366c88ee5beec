// SPDX-License-Identifier: BSD-3-Clause
#ifndef SessionStatus_h
#define SessionStatus_h

#include "ConnectWindow.h"

#include <QFrame>
#include <QToolButton>

class QDialog;

namespace pvhop
{

class LogView;
class LostDialog;

/** A few words over a corner of a window, with buttons; it does not take the focus. */
class Notice : public QFrame
{
  Q_OBJECT

public:
  Notice(const QString& text, bool offerState, QWidget* over);

Q_SIGNALS:
  void saveStateWanted();

private:
  Q_DISABLE_COPY(Notice)
};

/**
 * A connected session in a status bar: where pvserver runs, round trip, time left. A click shows
 * the picture, what went through, the log, and a button that ends it. Before the time is over, and
 * while the far side does not answer, a notice says so and offers to save the state. When pvserver
 * is lost, a dialog asks what to do before ParaView sees it.
 */
class SessionStatus : public QToolButton
{
  Q_OBJECT

public:
  SessionStatus(const ConnectPlan& plan, SessionProcess* session, QWidget* parent = nullptr);
  ~SessionStatus() override;

  /** "23 ms", "0:41 left": what is known of `stats`, for a line. */
  static QString inWords(const Stats& stats);
  /** "1.2 GiB". */
  static QString bytes(qint64 count);

Q_SIGNALS:
  void saveStateWanted();
  /** "End It" was pressed, or "Disconnect" after pvserver was lost. */
  void endWanted();
  /** pvserver was lost, and "Reconnect" pressed. */
  void reconnectWanted();

private:
  Q_DISABLE_COPY(SessionStatus)

  void onStats(const Stats& stats);
  void paint();
  void showDetails();
  void fillDetails();
  void notify(const QString& text);
  void onStalled(int seconds);
  void onLost(const Failure& why);

  ConnectPlan Plan;
  QPointer<SessionProcess> Session;
  QString Node;
  Stats Now;
  qint64 Warned = -1;    ///< seconds that were left at the last notice
  QPointer<LogView> Log; ///< goes with Details once that is made
  QPointer<QDialog> Details;
  QPointer<Notice> Shown;
  bool Stalled = false; ///< Shown says so
  QPointer<LostDialog> Lost;
};

}

#endif
