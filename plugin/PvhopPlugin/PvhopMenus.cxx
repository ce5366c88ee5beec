// SPDX-License-Identifier: BSD-3-Clause
#include "PvhopMenus.h"

#include "PvhopEntries.h"
#include "PvhopJournal.h"

#include <pqCoreUtilities.h>

#include <QAction>
#include <QApplication>
#include <QDialog>
#include <QEvent>
#include <QGridLayout>
#include <QIcon>
#include <QMainWindow>
#include <QMenu>
#include <QPushButton>
#include <QTableWidget>

namespace
{
/// The entry that is chosen in the Connect dialog.
QString chosen(const QTableWidget* servers)
{
  const QTableWidgetItem* item = servers->item(servers->currentRow(), 0);
  return item ? item->text() : QString();
}
}

PvhopMenus::PvhopMenus(QObject* parent)
  : QObject(parent)
  , Journal(new PvhopJournal(this))
{
  qApp->installEventFilter(this);
  if (QWidget* window = pqCoreUtilities::mainWidget())
  {
    this->extendMainWindow(window);
  }
}

bool PvhopMenus::eventFilter(QObject* watched, QEvent* event)
{
  if (event->type() == QEvent::Show)
  {
    QDialog* dialog = qobject_cast<QDialog*>(watched);
    if (dialog && dialog->objectName() == QLatin1String("pqServerConnectDialog"))
    {
      this->extendDialog(dialog);
    }
    else if (QMainWindow* window = qobject_cast<QMainWindow*>(watched))
    {
      this->extendMainWindow(window);
    }
  }
  return false;
}

void PvhopMenus::extendMainWindow(QWidget* window)
{
  QAction* connect = window->findChild<QAction*>(QStringLiteral("actionServerConnect"));
  if (!connect || window->findChild<QAction*>(QStringLiteral("actionPvhopAddServer")))
  {
    return;
  }
  QAction* add =
    new QAction(QIcon(QStringLiteral(":/pvhop/pvhop.svg")), tr("Add Server with pvhop..."), window);
  add->setObjectName(QStringLiteral("actionPvhopAddServer"));
  add->setToolTip(tr("Find out how to reach a pvserver on a cluster, and add it to the servers"));
  for (QWidget* shown : connect->associatedWidgets())
  {
    if (QMenu* menu = qobject_cast<QMenu*>(shown))
    {
      const QList<QAction*> actions = menu->actions();
      menu->insertAction(actions.value(actions.indexOf(connect) + 1), add);
    }
  }
  QObject::connect(add, &QAction::triggered, this, [window]() { PvhopEntries::add(window); });
}

void PvhopMenus::extendDialog(QDialog* dialog)
{
  auto* servers = dialog->findChild<QTableWidget*>(QStringLiteral("servers"));
  auto* addServer = dialog->findChild<QPushButton*>(QStringLiteral("addServer"));
  auto* editServer = dialog->findChild<QPushButton*>(QStringLiteral("editServer"));
  auto* deleteServer = dialog->findChild<QPushButton*>(QStringLiteral("deleteServer"));
  auto* fetchServers = dialog->findChild<QPushButton*>(QStringLiteral("fetchServers"));
  QGridLayout* grid = nullptr;
  for (QGridLayout* each : dialog->findChildren<QGridLayout*>())
  {
    grid = addServer && each->indexOf(addServer) >= 0 ? each : grid;
  }
  if (!servers || !editServer || !deleteServer || !fetchServers || !grid ||
      dialog->findChild<QPushButton*>(QStringLiteral("pvhopAdd")))
  {
    return;
  }
  QPushButton* add = new QPushButton(
    QIcon(QStringLiteral(":/pvhop/pvhop.svg")), tr("Add with pvhop..."), addServer->parentWidget());
  add->setObjectName(QStringLiteral("pvhopAdd"));
  add->setToolTip(tr("Find out how to reach a pvserver behind firewalls and batch queues"));
  QPushButton* copy = new QPushButton(addServer->parentWidget());
  copy->setObjectName(QStringLiteral("pvhopCopy"));
  grid->addWidget(add, 0, grid->columnCount());
  grid->addWidget(copy, 1, grid->columnCount() - 1);
  QWidget::setTabOrder(deleteServer, add);
  QWidget::setTabOrder(fetchServers, copy);

  const auto look = [servers, copy]()
  {
    const QString name = chosen(servers);
    const bool foreign = PvhopEntries::kind(name) == PvhopEntries::Foreign;
    copy->setText(foreign ? tr("Import to pvhop...") : tr("Copy and Change..."));
    copy->setToolTip(foreign
                       ? tr("Makes an entry of pvhop from this one, as far as it can be understood")
                       : tr("Makes a copy of this entry under another name, for you to change"));
    copy->setEnabled(!name.isEmpty());
  };
  look();
  QObject::connect(servers, &QTableWidget::itemSelectionChanged, copy, look);
  QObject::connect(add, &QPushButton::clicked, dialog, [dialog]() { PvhopEntries::add(dialog); });
  QObject::connect(copy,
                   &QPushButton::clicked,
                   dialog,
                   [dialog, servers]() { PvhopEntries::copy(chosen(servers), dialog); });
  // Over a dialog that is there already.
  QMetaObject::invokeMethod(
    dialog, [this, dialog]() { this->Journal->offer(dialog); }, Qt::QueuedConnection);
  // ParaView's Edit pages take a command apart that is ours to write.
  QObject::disconnect(editServer, SIGNAL(clicked()), dialog, SLOT(editServer()));
  QObject::connect(editServer,
                   &QPushButton::clicked,
                   dialog,
                   [dialog, servers]()
                   {
                     const QString name = chosen(servers);
                     if (PvhopEntries::kind(name) == PvhopEntries::Own)
                     {
                       PvhopEntries::change(name, dialog);
                     }
                     else
                     {
                       QMetaObject::invokeMethod(dialog, "editServer");
                     }
                   });
}
