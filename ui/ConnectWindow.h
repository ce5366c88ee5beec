// SPDX-License-Identifier: BSD-3-Clause
#ifndef ConnectWindow_h
#define ConnectWindow_h

#include "Event.h"
#include "FailurePanel.h"
#include "RoutePicture.h"
#include "SessionProcess.h"

#include <QDialog>
#include <QPointer>

class QLabel;
class QPushButton;
class QToolButton;

namespace pvhop
{

class LogView;
class PhaseList;
class PromptQueue;
class Recipe;

/** What the window is to say about a connection before anything is heard of it. */
struct ConnectPlan
{
  QString Name;     ///< of the entry
  QString Host;     ///< that ssh reaches
  QString Route;    ///< as in a recipe; "auto" if it is not known
  bool Job = false; ///< pvserver runs in a batch job

  static ConnectPlan of(const QString& name, const Recipe& recipe);
};

/**
 * The connecting window: the picture, the steps and their times, the questions, the failure in
 * place of the step that failed, the log. It watches a SessionProcess and never owns it.
 *
 * Closing the window while a session is under way cancels the session; the window stays until
 * the child has gone, and then closes.
 */
class ConnectWindow : public QDialog
{
  Q_OBJECT

public:
  explicit ConnectWindow(const ConnectPlan& plan, QWidget* parent = nullptr);
  ~ConnectWindow() override;

  /** Shows a new attempt, from its beginning. The session must not be started yet, or be one that
   * stands logged in after a probe. */
  void watch(SessionProcess* session);
  /** A failure that has no session: the program was not found. */
  void showFailure(const Failure& failure);
  /** Whether "Continue in Background" is offered. Off at first. */
  void setBackgroundPossible(bool possible);

  /** Whether "Change the Settings" may be offered after a failure. Off at first. */
  void setSettingsPossible(bool possible);

  void reject() override;

protected:
  void showEvent(QShowEvent* event) override;

Q_SIGNALS:
  /** pvserver is there and checked: connect to session->url() now. */
  void ready();
  /** "Try Again" was pressed, after a failure. */
  void againWanted();
  /** "Continue in Background" was pressed. */
  void backgroundWanted();
  /** "Change the Settings" was pressed, after a failure. closed() follows. */
  void settingsWanted();
  /** Cancelled, or closed after a failure; the child has gone. */
  void closed();

private:
  Q_DISABLE_COPY(ConnectWindow)

  void reset();
  void onPhase(Phase phase, PhaseState state, const QString& text, double time);
  void onFailed(const Failure& failure);
  void onRemedy(FailurePanel::Remedy remedy);
  void onEnded(int exitCode);
  void paintRoute();
  void updateButtons();
  void fitFailure();
  void copy();

  ConnectPlan Plan;
  QPointer<SessionProcess> Session;
  RouteView Route;
  RoutePicture* Picture;
  PhaseList* Steps;
  LogView* Log;
  QToolButton* LogToggle;
  QLabel* Hint;
  QPushButton* CopyButton;
  QPushButton* AgainButton;
  QPushButton* BackgroundButton;
  QPushButton* CancelButton;
  PromptQueue* Prompts;
  Failure Error;
  bool Background = false;
  bool Settings = false;
  bool Cancelling = false;
  bool Over = false; ///< the attempt has ended
};

}

#endif
