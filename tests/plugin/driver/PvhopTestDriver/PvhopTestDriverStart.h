// SPDX-License-Identifier: BSD-3-Clause
#ifndef PvhopTestDriverStart_h
#define PvhopTestDriverStart_h

#include <QElapsedTimer>
#include <QObject>
#include <QStringList>
#include <QTimer>

/**
 * Carries out the lines of the file $PVHOP_DRIVER_STEPS, one after the other, each as soon as it
 * is possible, and writes what it sees to $PVHOP_DRIVER_REPORT:
 *   activate NAME          triggers the action NAME
 *   click NAME             clicks the visible, enabled button NAME
 *   ok, yes                clicks OK, or Yes, in the modal window
 *   select TEXT            selects the row TEXT of the Connect dialog
 *   type NAME TEXT         puts TEXT into the visible line edit or spin box NAME
 *   keys NAME TEXT         types TEXT over what stands in the visible line edit NAME
 *   keys-from NAME FILE    the same with what is in FILE, once it is there
 *   window NAME            waits until the window NAME is shown
 *   no-window NAME         waits until it is not
 *   label NAME             waits until the visible label NAME has text; reports it
 *   times N FILE TEXT      waits until TEXT stands in FILE N times
 *   servers N              waits until ParaView has N servers, the builtin one among them
 *   active N               makes the N-th of them the active one, from 0
 *   server SCHEME          waits until the active server has this scheme; reports its address
 *   other-server SCHEME    the same, and it is not the one that was reported last
 *   plugins                reports the plugins that are loaded
 *   sphere                 makes a sphere on the active server and reports its points
 *   picture FILE           shows what is on the active server, and saves the view's picture
 *   compare FILE FILE      reports in how many pixels two pictures differ, and of how many colours
 *                          the first is
 *   points N               waits until a source on the active server has N points
 *   kill FILE              kills the pvserver whose number is in FILE, and waits for what is said
 *                          of it; no timer of ParaView's runs meanwhile, which might ask it for
 *                          something in the very moment
 *   disconnect             as File / Disconnect
 *   measure, longest       reports how long the event loop stood at most between the two
 *   wait-file FILE         waits until FILE is there
 *   shoot FILE             saves what is on the screen
 *   quit                   once nothing is in the way
 *   leave                  quits in the middle of whatever it is
 * Not done within minutes, a step is reported as stuck, and ParaView quits.
 */
class PvhopTestDriverStart : public QObject
{
  Q_OBJECT

public:
  explicit PvhopTestDriverStart(QObject* parent = nullptr);
  void startup();
  void shutdown() {}

private:
  void turn();
  bool step(const QString& word, const QString& rest);
  void report(const QString& line);
  bool picture(const QString& file);
  void compare(const QString& one, const QString& other);
  template<class T>
  T* find(const QString& name);

  QStringList Steps;
  QString Server;
  QTimer Timer;
  QElapsedTimer Since;
  QElapsedTimer Turned;
  qint64 Longest = 0;
  bool Started = false;
};

#endif
