// SPDX-License-Identifier: BSD-3-Clause
#ifndef Boxes_h
#define Boxes_h

#include <QStringList>

class QMessageBox;
class QWidget;

namespace pvhop
{

/**
 * "NAME is ready": asked before what is loaded has to go for a server that was made in the
 * background. The buttons pvhopConnectNow, pvhopGiveUp, and pvhopLater, with which the server
 * waits. The caller connects the buttons and shows it; it deletes itself when closed.
 */
QMessageBox* makeReadyBox(const QString& name, QWidget* parent);

/**
 * Offers saved entries that another ParaView overwrote. The buttons pvhopBringBack, pvhopNotNow and
 * pvhopForget. As above.
 */
QMessageBox* makeLostEntriesBox(const QStringList& names, QWidget* parent);

}

#endif
