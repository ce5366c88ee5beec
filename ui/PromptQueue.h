// SPDX-License-Identifier: BSD-3-Clause
#ifndef PromptQueue_h
#define PromptQueue_h

#include "Event.h"

#include <QObject>
#include <QPointer>
#include <QQueue>

class QWidget;

namespace pvhop
{

class PromptDialog;
class SessionProcess;

/**
 * Asks the questions of one session, round by round, in windows over its parent, and sends the
 * answers back.
 */
class PromptQueue : public QObject
{
  Q_OBJECT

public:
  explicit PromptQueue(QWidget* parent);

  /** Questions of `session` from now on; what was open of another is dropped. */
  void serve(SessionProcess* session);
  /** Closes what is open without an answer and asks nothing more until serve(). */
  void drop();

private:
  Q_DISABLE_COPY(PromptQueue)

  void take(const Prompt& prompt);
  void withdraw(unsigned promptId);
  void next();

  QWidget* Over;
  QPointer<SessionProcess> Session;
  QPointer<PromptDialog> Question;
  QQueue<Prompt> Waiting;
};

}

#endif
