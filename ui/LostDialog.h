// SPDX-License-Identifier: BSD-3-Clause
#ifndef LostDialog_h
#define LostDialog_h

#include "ConnectWindow.h"

#include <QDialog>

namespace pvhop
{

/**
 * pvserver is lost, and the client does not know it yet: what was lost, why, and what can be done
 * while it is all still there. It stands in front of the window, as whatever asks the server for
 * something from now on would wait for ever. Closing it disconnects.
 */
class LostDialog : public QDialog
{
  Q_OBJECT

public:
  LostDialog(const ConnectPlan& plan, const Failure& why, QWidget* parent);

Q_SIGNALS:
  void saveStateWanted();
  /** The dialog has closed; rejected() is not given. */
  void reconnectWanted();

private:
  Q_DISABLE_COPY(LostDialog)
};

}

#endif
