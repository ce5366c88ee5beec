// SPDX-License-Identifier: BSD-3-Clause
#ifndef FailurePanel_h
#define FailurePanel_h

#include "Event.h"

#include <QFrame>

namespace pvhop
{

/** A failure as people need it: what failed, why, what to do next, with a button for the likeliest
 * thing to do; the code in small. */
class FailurePanel : public QFrame
{
  Q_OBJECT

public:
  enum Remedy
  {
    NoRemedy,
    ChangeSettings, ///< something in the entry has to be different
    AskSite,        ///< the site would have to allow something
    ReadLog         ///< the reason stands in what pvserver or the job said
  };

  explicit FailurePanel(const Failure& failure, QWidget* parent = nullptr);

  /** What is likeliest to help; by the failure's code. */
  static Remedy remedyFor(const Failure& failure);
  /** A message for somebody who runs the site. */
  static QString messageToSite(const Failure& failure, const QString& host);
  /** Offers the button, if there is one for this failure and `possible` has it. */
  void offer(const QVector<Remedy>& possible);

Q_SIGNALS:
  void remedyWanted(pvhop::FailurePanel::Remedy remedy);

private:
  Q_DISABLE_COPY(FailurePanel)

  Failure Shown;
};

}

#endif
