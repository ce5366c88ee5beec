// SPDX-License-Identifier: BSD-3-Clause
#include "PvhopServerLauncher.h"

#include "PvhopSession.h"
#include "PvhopSessions.h"

#include <pqApplicationCore.h>
#include <pqObjectBuilder.h>
#include <pqServer.h>
#include <pqServerConfiguration.h>
#include <pqServerManagerModel.h>
#include <pqServerResource.h>
#include <vtkRemotingCoreConfiguration.h>

#include <QDialog>
#include <QDialogButtonBox>
#include <QEventLoop>
#include <QFormLayout>
#include <QTimer>

namespace
{
/// pvhop listens when it says so: the connection is made at once or not at all.
const int ConnectSeconds = 20;
}

PvhopServerLauncher::PvhopServerLauncher(const pqServerConfiguration& configuration,
                                         QObject* parent)
  : Superclass(configuration, parent)
  , ConnectId(vtkRemotingCoreConfiguration::GetInstance()->GetConnectID())
{
  this->Ours = PvhopSessions::instance() && PvhopEntry::read(this->configuration(), &this->Entry);
  if (this->Ours)
  {
    // The entry says csrc, for a ParaView without this plugin. connectToServer() looks at the
    // scheme before it launches anything, so it has to be cs from the start; the port is the
    // entry's until pvhop says the real one.
    this->setTarget(
      QStringLiteral("cs://127.0.0.1:%1").arg(this->configuration().resource().port(11111)));
  }
}

PvhopServerLauncher::~PvhopServerLauncher()
{
  // An entry's PV_CONNECT_ID goes into ParaView's global configuration and would stay there for
  // connections that have nothing to do with it.
  if (this->Ours || this->Session)
  {
    vtkRemotingCoreConfiguration::GetInstance()->SetConnectID(this->ConnectId);
  }
}

void PvhopServerLauncher::setTarget(const QString& uri)
{
  pqServerConfiguration& mine = this->configuration();
  mine.setResource(uri);
  // The Connect dialog writes its own time-out into the entry; -1 would make ParaView retry for
  // ever. This is the launcher's copy.
  mine.setConnectionTimeout(ConnectSeconds);
  // The address that is connected to is worked out when a configuration is made from its XML.
  mine = mine.clone();
}

void PvhopServerLauncher::adopt(PvhopSession* session)
{
  this->Session = session;
  this->setTarget(
    QStringLiteral("cs://%1:%2").arg(session->process()->host()).arg(session->process()->port()));
}

void PvhopServerLauncher::prepareDialogForPromptOptions(QDialog& dialog)
{
  this->Superclass::prepareDialogForPromptOptions(dialog);
  if (!this->Ours)
  {
    return;
  }
  // Port and connect id are for a ParaView that listens. Nobody has to see them here.
  QFormLayout* form = qobject_cast<QFormLayout*>(dialog.layout());
  int asked = 0;
  for (int row = 0; form && row < form->rowCount(); ++row)
  {
    QLayoutItem* item = form->itemAt(row, QFormLayout::FieldRole);
    QWidget* field = item ? item->widget() : nullptr;
    if (!field || qobject_cast<QDialogButtonBox*>(field))
    {
      continue;
    }
    if (field->objectName() != QLatin1String("PV_SERVER_PORT") &&
        field->objectName() != QLatin1String("PV_CONNECT_ID"))
    {
      asked++;
      continue;
    }
    field->hide();
    if (QWidget* label = form->labelForField(field))
    {
      label->hide();
    }
  }
  const PvhopSession* session = PvhopSessions::instance()->find(this->Entry);
  if (form && (asked == 0 || session))
  {
    // Nothing is left to ask, or it has been asked already.
    dialog.setAttribute(Qt::WA_DontShowOnScreen);
    QTimer::singleShot(0, &dialog, &QDialog::accept);
  }
}

bool PvhopServerLauncher::launchServer(bool showStatusDialog)
{
  if (!this->Ours)
  {
    return this->Superclass::launchServer(showStatusDialog);
  }
  PvhopSession* session = PvhopSessions::instance()->find(this->Entry);
  if (session && session->server())
  {
    // Connected already: ParaView gives back the server that has this address.
    this->setTarget(session->server()->getResource().schemeHostsPorts().toURI());
    return true;
  }
  if (!session)
  {
    QProcessEnvironment environment = this->options();
    // Any free port of the loopback will do: `ready` says which.
    environment.remove(QStringLiteral("PV_SERVER_PORT"));
    const QStringList ends{ QStringLiteral("--client=connects"),
                            QStringLiteral("--client-port=0") };
    pvhop::SessionProcess* login = PvhopSessions::instance()->takeLogin(this->Entry.Name);
    // A child that runs already cannot be given another environment.
    const QStringList arguments =
      login ? this->Entry.complete(environment, ends) : this->Entry.expanded(environment) + ends;
    session = new PvhopSession(this->Entry, arguments, environment, PvhopSessions::instance());
    if (login)
    {
      session->beginOn(login);
    }
    else
    {
      session->begin();
    }
  }
  return this->waitFor(session);
}

bool PvhopServerLauncher::waitFor(PvhopSession* session)
{
  QPointer<PvhopSession> waited(session);
  bool background = false;
  if (!session->isReady())
  {
    QEventLoop loop;
    QObject::connect(session, &PvhopSession::ready, &loop, &QEventLoop::quit);
    QObject::connect(session, &PvhopSession::closed, &loop, &QEventLoop::quit);
    QObject::connect(session, &QObject::destroyed, &loop, &QEventLoop::quit);
    QObject::connect(session,
                     &PvhopSession::backgroundWanted,
                     &loop,
                     [&]()
                     {
                       background = true;
                       loop.quit();
                     });
    session->setBackgroundPossible(true);
    session->show(true);
    loop.exec();
  }
  if (!waited || !PvhopSessions::instance())
  {
    return false;
  }
  if (background)
  {
    PvhopSessions::instance()->keepInBackground(waited);
    return false;
  }
  if (!waited->isReady())
  {
    return false;
  }
  waited->setBackgroundPossible(false);
  this->adopt(waited);
  return true;
}

bool PvhopServerLauncher::connectToPrelaunchedServer(bool showConnectionDialog)
{
  if (!this->Session)
  {
    return this->Superclass::connectToPrelaunchedServer(this->Ours ? false : showConnectionDialog);
  }
  // Our own window is still there and says what happens, until ParaView has the server. From then
  // on there is only ParaView: it may open a box of its own while it is still busy here (5.11 does,
  // half a second after a server without a display was added), with the session complete and no
  // window of ours before or behind it.
  pqObjectBuilder* builder = pqApplicationCore::instance()->getObjectBuilder();
  const QMetaObject::Connection added =
    QObject::connect(pqApplicationCore::instance()->getServerManagerModel(),
                     &pqServerManagerModel::preServerAdded,
                     this->Session,
                     &PvhopSession::attach);
  // Nobody is left to connect to when the child has ended: ParaView would go on trying.
  const QMetaObject::Connection ended = QObject::connect(this->Session->process(),
                                                         &pvhop::SessionProcess::ended,
                                                         builder,
                                                         &pqObjectBuilder::abortPendingConnections);
  PvhopSessions::instance()->makeRoom(this->Session);
  const bool connected = this->Superclass::connectToPrelaunchedServer(false);
  QObject::disconnect(added);
  QObject::disconnect(ended);
  if (this->Session && !connected)
  {
    this->Session->clientFailed(tr("ParaView could not connect to pvhop at %1 on this computer.")
                                  .arg(this->Session->process()->url()));
  }
  return connected;
}
