// SPDX-License-Identifier: BSD-3-Clause
#ifndef PhaseList_h
#define PhaseList_h

#include "Event.h"
#include "StateIcon.h"

#include <QElapsedTimer>
#include <QVector>
#include <QWidget>

class QGridLayout;
class QLabel;
class QTimer;

namespace pvhop
{

/** The steps of a connection, each with a sign, words and the time it took. */
class PhaseList : public QWidget
{
  Q_OBJECT

public:
  /** What people see: several phases of the protocol make one step. */
  enum Step
  {
    Reach,
    LogIn,
    OpenWay,
    Submit,
    Queue,
    Start,
    Check,
    Close
  };

  explicit PhaseList(QWidget* parent = nullptr);

  /** The steps to come, before any of them is heard of. `host` as the user knows it; `job`:
   * pvserver runs in a batch job. */
  void expect(const QString& host, bool job);
  void setPhase(Phase phase, PhaseState state, const QString& text, double time);
  /** Marks the step under way as failed and puts `details` in place under it. Takes `details` over.
   */
  void setFailed(QWidget* details);
  /** Nothing goes on any more: a step under way becomes a stopped one. */
  void stop();

  static Step stepOf(Phase phase);
  int count() const;
  QString title(int row) const;
  StateIcon::State state(int row) const;

  /** "0.4 s", "1:12", "2:03:09". */
  static QString duration(double seconds);

private:
  Q_DISABLE_COPY(PhaseList)

  struct Row
  {
    Step What;
    StateIcon* Icon;
    QLabel* Title;
    QLabel* Time;
    double Begun = 0;      ///< by the child's clock
    QElapsedTimer Running; ///< by ours, for the display in between
  };

  int addRow(Step step, const QString& title, int at);
  int rowFor(Step step, bool begins);
  void place();
  void settle(Row& row, StateIcon::State state, double time);
  void tick();

  QGridLayout* Grid;
  QVector<Row> Rows;
  QWidget* Details = nullptr;
  int DetailsRow = -1;
  QTimer* Ticks;
  int Serial = 0;
  QString Host;
};

}

#endif
