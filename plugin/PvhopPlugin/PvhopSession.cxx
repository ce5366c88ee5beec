// SPDX-License-Identifier: BSD-3-Clause
#include "PvhopSession.h"

#include "PvhopEntries.h"
#include "PvhopSessions.h"
#include "PvhopStill.h"

#include "ProgramFinder.h"
#include "SessionStatus.h"

#include <pqApplicationCore.h>
#include <pqCoreUtilities.h>
#include <pqObjectBuilder.h>
#include <pqSaveStateReaction.h>
#include <pqServer.h>

#include <QMainWindow>
#include <QStatusBar>
#include <QTimer>

namespace
{
const int GoodbyeMs = 10000;
}

PvhopSession::PvhopSession(const PvhopEntry& entry,
                           const QStringList& arguments,
                           const QProcessEnvironment& environment,
                           QObject* parent)
  : QObject(parent)
  , Entry(entry)
  , Plan(entry.plan(environment))
  , Arguments(arguments)
  , Environment(environment)
  , Window(new pvhop::ConnectWindow(this->Plan, pqCoreUtilities::mainWidget()))
{
  QObject::connect(this->Window, &pvhop::ConnectWindow::ready, this, &PvhopSession::ready);
  QObject::connect(
    this->Window, &pvhop::ConnectWindow::backgroundWanted, this, &PvhopSession::backgroundWanted);
  QObject::connect(this->Window, &pvhop::ConnectWindow::againWanted, this, &PvhopSession::begin);
  this->Window->setSettingsPossible(PvhopEntries::kind(entry.Name) == PvhopEntries::Own);
  QObject::connect(
    this->Window,
    &pvhop::ConnectWindow::settingsWanted,
    PvhopSessions::instance(),
    [name = entry.Name]() { PvhopEntries::change(name, pqCoreUtilities::mainWidget()); },
    Qt::QueuedConnection);
  QObject::connect(this->Window,
                   &pvhop::ConnectWindow::closed,
                   this,
                   [this]()
                   {
                     if (!this->Attached)
                     {
                       Q_EMIT this->closed();
                       this->deleteLater();
                     }
                   });
}

PvhopSession::~PvhopSession()
{
  delete this->Status;
  delete this->Window;
}

bool PvhopSession::isReady() const
{
  return this->Process && this->Process->state() == pvhop::SessionProcess::Ready;
}

bool PvhopSession::isOver() const
{
  return !this->Server && (this->Attached || (this->Process && this->Process->state() >=
                                                                 pvhop::SessionProcess::Ending));
}

void PvhopSession::begin()
{
  delete this->Process;
  this->Process = nullptr;
  const QString program = PvhopSessions::findProgram();
  if (program.isEmpty())
  {
    this->fail(
      tr("It was looked for beside the plugin, on the PATH and where it was installed to."));
    return;
  }
  pvhop::ProgramFinder* finder = new pvhop::ProgramFinder(this);
  QObject::connect(finder,
                   &pvhop::ProgramFinder::checked,
                   this,
                   [this, finder, program](const QString&, const QString& problem)
                   {
                     finder->deleteLater();
                     if (problem.isEmpty())
                     {
                       this->startProcess(program);
                     }
                     else
                     {
                       this->fail(problem);
                     }
                   });
  finder->check(program);
}

void PvhopSession::fail(const QString& why)
{
  if (this->Window)
  {
    this->Window->showFailure(pvhop::Failure::fromCatalogue(PVHOP_E_PROGRAM, why));
  }
}

void PvhopSession::startProcess(const QString& program)
{
  this->Process = new pvhop::SessionProcess(this);
  if (this->Window)
  {
    this->Window->watch(this->Process);
  }
  QObject::connect(
    this->Process, &pvhop::SessionProcess::ended, this, [this](int) { this->onEnded(); });
  this->Process->start(program, this->Arguments, this->Environment);
}

void PvhopSession::beginOn(pvhop::SessionProcess* login)
{
  login->setParent(this);
  this->Process = login;
  if (this->Window)
  {
    this->Window->watch(login);
  }
  QObject::connect(login, &pvhop::SessionProcess::ended, this, [this](int) { this->onEnded(); });
  login->goOn(this->Arguments);
}

void PvhopSession::show(bool modal)
{
  if (!this->Window)
  {
    return;
  }
  const Qt::WindowModality modality = modal ? Qt::ApplicationModal : Qt::NonModal;
  if (this->Window->windowModality() != modality)
  {
    this->Window->hide(); // the modality of a window that is shown cannot be changed
    this->Window->setWindowModality(modality);
  }
  this->Window->show();
  this->Window->raise();
  this->Window->activateWindow();
}

void PvhopSession::hide()
{
  if (this->Window)
  {
    this->Window->hide();
  }
}

void PvhopSession::setBackgroundPossible(bool possible)
{
  if (this->Window)
  {
    this->Window->setBackgroundPossible(possible);
  }
}

void PvhopSession::attach(pqServer* server)
{
  if (this->Attached)
  {
    // With several servers at a time the next one may be added while ParaView, in a box of its own,
    // is not done with ours.
    return;
  }
  this->Server = server;
  this->Attached = true;
  QObject::connect(this->Process,
                   &pvhop::SessionProcess::lost,
                   this,
                   [this]()
                   {
                     if (this->Server)
                     {
                       pvhopKeepStill(this->Server);
                     }
                   });
  this->showStatus();
  if (this->Window)
  {
    this->Window->hide();
    this->Window->deleteLater();
    this->Window = nullptr;
  }
}

void PvhopSession::showStatus()
{
  QMainWindow* main = qobject_cast<QMainWindow*>(pqCoreUtilities::mainWidget());
  if (!main || !this->Process)
  {
    return;
  }
  this->Status = new pvhop::SessionStatus(this->Plan, this->Process, main);
  main->statusBar()->addPermanentWidget(this->Status);
  QObject::connect(this->Status,
                   &pvhop::SessionStatus::saveStateWanted,
                   this,
                   []() { pqSaveStateReaction::saveState(); });
  QObject::connect(
    this->Status,
    &pvhop::SessionStatus::reconnectWanted,
    PvhopSessions::instance(),
    [name = this->Plan.Name, server = QPointer<pqServer>(this->Server)]()
    { PvhopSessions::instance()->reconnect(name, server); },
    Qt::QueuedConnection);
  QObject::connect(this->Status,
                   &pvhop::SessionStatus::endWanted,
                   this,
                   [this]()
                   {
                     // As Disconnect does, for this server: pvhop sees its end and cleans up. Not
                     // from inside the button's own signal, which goes with the session.
                     QMetaObject::invokeMethod(
                       pqApplicationCore::instance(),
                       [server = QPointer<pqServer>(this->Server)]()
                       {
                         if (server)
                         {
                           pqApplicationCore::instance()->getObjectBuilder()->removeServer(server);
                         }
                       },
                       Qt::QueuedConnection);
                   });
}

void PvhopSession::clientFailed(const QString& why)
{
  if (!this->Window)
  {
    return;
  }
  // The child's own reason, if it has one, is nearer to the cause.
  if (this->Process)
  {
    if (this->Process->failure().Code.isEmpty())
    {
      this->Window->showFailure(pvhop::Failure::fromCatalogue(PVHOP_E_CLIENT, why));
    }
    this->Process->close();
  }
  this->show(false);
}

void PvhopSession::detach()
{
  this->Server = nullptr;
  delete this->Status;
  // pvhop sees ParaView's own end of the connection and cleans up. ParaView may still be saying
  // goodbye through it, and its loss in the middle of that would end ParaView; so only a child
  // that does not end by itself is told to.
  QTimer::singleShot(GoodbyeMs,
                     this,
                     [this]()
                     {
                       if (this->Process)
                       {
                         this->Process->close();
                       }
                     });
}

void PvhopSession::letGo()
{
  if (this->Process)
  {
    this->Process->letGo();
  }
}

void PvhopSession::onEnded()
{
  if (this->Attached)
  {
    this->deleteLater();
  }
}
