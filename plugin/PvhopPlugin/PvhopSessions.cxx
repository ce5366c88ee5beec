// SPDX-License-Identifier: BSD-3-Clause
#include "PvhopSessions.h"

#include "PvhopServerLauncher.h"
#include "PvhopSession.h"

#include "Boxes.h"
#include "ProgramFinder.h"

#include <pqActiveObjects.h>
#include <pqApplicationCore.h>
#include <pqCoreUtilities.h>
#include <pqLoadStateReaction.h>
#include <pqObjectBuilder.h>
#include <pqPipelineSource.h>
#include <pqServer.h>
#include <pqServerConfiguration.h>
#include <pqServerConnectReaction.h>
#include <pqServerManagerModel.h>
#include <pqSettings.h>
#include <vtkProcessModule.h>

#include <QApplication>
#include <QFileInfo>
#include <QMessageBox>
#include <QPointer>
#include <QPushButton>
#include <QTemporaryDir>

#include <dlfcn.h>

namespace
{
PvhopSessions* Instance = nullptr;

/// Where this plugin was loaded from.
QString pluginFolder()
{
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&PvhopSessions::instance), &info) && info.dli_fname)
  {
    return QFileInfo(QString::fromLocal8Bit(info.dli_fname)).absolutePath();
  }
  return QString();
}
}

PvhopSessions::PvhopSessions(QObject* parent)
  : QObject(parent)
{
  Instance = this;
  pqServerManagerModel* model = pqApplicationCore::instance()->getServerManagerModel();
  QObject::connect(model,
                   &pqServerManagerModel::preServerRemoved,
                   this,
                   [this](pqServer* server)
                   {
                     for (PvhopSession* session : this->findChildren<PvhopSession*>())
                     {
                       if (session->server() == server)
                       {
                         session->detach();
                       }
                     }
                   });
  QObject::connect(qApp, &QCoreApplication::aboutToQuit, this, [this]() { this->letGo(); });
}

PvhopSessions::~PvhopSessions()
{
  this->letGo();
  Instance = nullptr;
}

PvhopSessions* PvhopSessions::instance()
{
  return Instance;
}

QString PvhopSessions::findProgram()
{
  const QString setting =
    pqApplicationCore::instance()->settings()->value(QStringLiteral("pvhop/Program")).toString();
  return pvhop::ProgramFinder::find(setting, pluginFolder());
}

PvhopSession* PvhopSessions::find(const PvhopEntry& entry) const
{
  for (PvhopSession* session : this->findChildren<PvhopSession*>())
  {
    if (!session->isOver() && session->name() == entry.Name &&
        session->entry().Arguments == entry.Arguments)
    {
      return session;
    }
  }
  return nullptr;
}

void PvhopSessions::makeRoom(const PvhopSession* session)
{
  for (PvhopSession* other : this->findChildren<PvhopSession*>())
  {
    if (other == session || other->isOver() || other->name() != session->name())
    {
      continue;
    }
    if (other->server())
    {
      // ParaView itself would give it back for the new one.
      pqApplicationCore::instance()->getObjectBuilder()->removeServer(other->server());
    }
    else if (other->process())
    {
      other->process()->cancel();
    }
  }
}

void PvhopSessions::keepLogin(const QString& name, pvhop::SessionProcess* login)
{
  pvhop::SessionProcess::retire(this->Login);
  this->LoginName = name;
  this->Login = login;
}

pvhop::SessionProcess* PvhopSessions::takeLogin(const QString& name)
{
  pvhop::SessionProcess* login = this->Login;
  this->Login = nullptr;
  if (login && name == this->LoginName && login->state() == pvhop::SessionProcess::Running)
  {
    return login;
  }
  pvhop::SessionProcess::retire(login);
  return nullptr;
}

void PvhopSessions::letGo()
{
  pvhop::SessionProcess::retire(this->Login);
  this->Login = nullptr;
  for (PvhopSession* session : this->findChildren<PvhopSession*>())
  {
    session->letGo();
  }
}

void PvhopSessions::keepInBackground(PvhopSession* session)
{
  QObject::connect(session,
                   &PvhopSession::ready,
                   this,
                   [this, session]()
                   {
                     // Not from inside the session's own signal: connecting runs for a while.
                     QMetaObject::invokeMethod(
                       this,
                       [this, kept = QPointer<PvhopSession>(session)]()
                       {
                         if (kept)
                         {
                           this->offer(kept);
                         }
                       },
                       Qt::QueuedConnection);
                   });
  session->setBackgroundPossible(false);
  session->show(false);
}

void PvhopSessions::reconnect(const QString& name, pqServer* lost)
{
  pqApplicationCore* core = pqApplicationCore::instance();
  QTemporaryDir folder; // it goes when we are done
  const QString file = folder.filePath(QStringLiteral("pipeline.pvsm"));
  bool saved = false;
  if (lost)
  {
    pqActiveObjects::instance().setActiveServer(lost);
    saved = folder.isValid() && core->saveState(file);
    core->getObjectBuilder()->removeServer(lost);
  }
  if (!pqServerConnectReaction::connectToServerUsingConfigurationName(name.toUtf8().constData()))
  {
    return;
  }
  for (const PvhopSession* session : this->findChildren<PvhopSession*>())
  {
    if (saved && session->name() == name && session->server())
    {
      pqLoadStateReaction::loadState(file, true, session->server());
      break;
    }
  }
}

void PvhopSessions::offer(PvhopSession* session)
{
  pqServerManagerModel* model = pqApplicationCore::instance()->getServerManagerModel();
  pqServer* current = pqActiveObjects::instance().activeServer();
  // With several servers at a time (--multi-servers) none has to go for it.
  if (!current || vtkProcessModule::GetProcessModule()->GetMultipleSessionsSupport() ||
      model->findItems<pqPipelineSource*>(current).isEmpty())
  {
    this->connectTo(session);
    return;
  }
  QMessageBox* box = pvhop::makeReadyBox(session->name(), pqCoreUtilities::mainWidget());
  const auto button = [box](const char* name)
  { return box->findChild<QAbstractButton*>(QLatin1String(name)); };
  QPointer<PvhopSession> kept(session);
  // Once the box is gone: connecting turns the event loop, in which the box may be closed, and
  // nobody would come back to it alive.
  QObject::connect(
    button("pvhopConnectNow"),
    &QAbstractButton::clicked,
    this,
    [this, kept]()
    {
      if (kept)
      {
        this->connectTo(kept);
      }
    },
    Qt::QueuedConnection);
  QObject::connect(
    button("pvhopGiveUp"),
    &QAbstractButton::clicked,
    this,
    [kept]()
    {
      if (kept)
      {
        kept->process()->cancel();
      }
    },
    Qt::QueuedConnection);
  QObject::connect(session, &PvhopSession::closed, box, &QWidget::close);
  box->setWindowModality(Qt::NonModal);
  box->show();
}

void PvhopSessions::connectTo(PvhopSession* session)
{
  pqServerConfiguration configuration(session->name());
  configuration.setStartupToManual();
  PvhopServerLauncher launcher(configuration);
  launcher.adopt(session);
  launcher.connectToServer(false);
}
