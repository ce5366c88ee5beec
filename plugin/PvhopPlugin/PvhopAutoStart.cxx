// SPDX-License-Identifier: BSD-3-Clause
#include "PvhopAutoStart.h"

#include "PvhopMenus.h"
#include "PvhopServerLauncher.h"
#include "PvhopSessions.h"

#include "Words.h"

#include <QtDebug>

PvhopAutoStart::PvhopAutoStart(QObject* parent)
  : QObject(parent)
{
}

PvhopAutoStart::~PvhopAutoStart()
{
  this->shutdown();
}

void PvhopAutoStart::startup()
{
  if (this->Sessions)
  {
    return;
  }
  // There is room for one launcher. Another plugin's stays: entries of pvhop then work as they do
  // in a ParaView without this plugin.
  if (pqServerLauncher::defaultServerLauncherType())
  {
    qWarning() << "pvhop: another plugin launches servers; pvhop's windows are not used.";
    return;
  }
  pvhop::useResources();
  this->Sessions = new PvhopSessions(this);
  this->Menus = new PvhopMenus(this);
  pqServerLauncher::setServerDefaultLauncherType(&PvhopServerLauncher::staticMetaObject);
}

void PvhopAutoStart::shutdown()
{
  if (!this->Sessions)
  {
    return;
  }
  if (pqServerLauncher::defaultServerLauncherType() == &PvhopServerLauncher::staticMetaObject)
  {
    pqServerLauncher::setServerDefaultLauncherType(nullptr);
  }
  delete this->Menus;
  this->Menus = nullptr;
  delete this->Sessions;
  this->Sessions = nullptr;
}
