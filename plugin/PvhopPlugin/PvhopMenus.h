// SPDX-License-Identifier: BSD-3-Clause
#ifndef PvhopMenus_h
#define PvhopMenus_h

#include <QObject>

class PvhopJournal;
class QDialog;
class QWidget;

/**
 * Where the wizard is found in ParaView: beside Connect in the File menu, and in the Connect
 * dialog, which ParaView makes anew each time.
 */
class PvhopMenus : public QObject
{
  Q_OBJECT

public:
  explicit PvhopMenus(QObject* parent);

  bool eventFilter(QObject* watched, QEvent* event) override;

private:
  Q_DISABLE_COPY(PvhopMenus)

  void extendMainWindow(QWidget* window);
  void extendDialog(QDialog* dialog);

  PvhopJournal* Journal;
};

#endif
