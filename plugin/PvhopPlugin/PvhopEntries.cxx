// SPDX-License-Identifier: BSD-3-Clause
#include "PvhopEntries.h"

#include "PvhopJournal.h"
#include "PvhopSessions.h"

#include "PlainWords.h"
#include "SessionProcess.h"
#include "Wizard.h"

#include <pvhop/pvsc.h>

#include <pqActiveObjects.h>
#include <pqApplicationCore.h>
#include <pqCoreUtilities.h>
#include <pqPipelineSource.h>
#include <pqServer.h>
#include <pqServerConfiguration.h>
#include <pqServerConfigurationCollection.h>
#include <pqServerConnectReaction.h>
#include <pqServerManagerModel.h>
#include <pqSettings.h>
#include <vtkIndent.h>
#include <vtkPVVersion.h>
#include <vtkProcessModule.h>

#include <QDialog>
#include <QMessageBox>
#include <QPointer>

namespace
{
pqServerConfigurationCollection& collection()
{
  return pqApplicationCore::instance()->serverConfigurations();
}

QString fileOf(const pqServerConfiguration& configuration)
{
  return QStringLiteral("<Servers>\n") + configuration.toString(vtkIndent().GetNextIndent()) +
         QStringLiteral("</Servers>\n");
}

bool isOurs(const pqServerConfiguration& configuration)
{
  pvhop::Recipe recipe;
  pvhop::Failure failure;
  QString name;
  QStringList ask;
  return pvhop::EntryText::read(fileOf(configuration), &name, &recipe, &ask, &failure);
}

pvhop::WizardSurroundings surroundings()
{
  pvhop::WizardSurroundings around;
  around.Program = PvhopSessions::findProgram();
  around.ClientVersion = QStringLiteral(PARAVIEW_VERSION_FULL).section(QLatin1Char('-'), 0, 0);
  for (const pqServerConfiguration& each : collection().configurations())
  {
    (each.isMutable() ? around.Own : around.Site).insert(each.name());
  }
  return around;
}

/// Remembered option values are kept by the entry's name.
void moveChosenValues(const QString& from, const QString& to)
{
  pqSettings* settings = pqApplicationCore::instance()->settings();
  settings->beginGroup(QStringLiteral("SERVER_STARTUP"));
  const QString prefix = from + QLatin1Char('.');
  for (const QString& key : settings->childKeys())
  {
    if (key.startsWith(prefix))
    {
      settings->setValue(to + QLatin1Char('.') + key.mid(prefix.size()), settings->value(key));
      settings->remove(key);
    }
  }
  settings->endGroup();
}

void say(QWidget* parent, const QString& text)
{
  QMessageBox* box = new QMessageBox(
    QMessageBox::Information, QStringLiteral("pvhop"), text, QMessageBox::Ok, parent);
  box->setObjectName(QStringLiteral("pvhopEntryRemark"));
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setTextFormat(Qt::PlainText);
  box->open();
}

/// ParaView drops what is loaded when it connects. It asks before it shows the Connect dialog; the
/// wizard from the menu has not passed by there.
bool mayDropPipeline()
{
  pqServer* current = pqActiveObjects::instance().activeServer();
  if (vtkProcessModule::GetProcessModule()->GetMultipleSessionsSupport() || !current ||
      pqApplicationCore::instance()
        ->getServerManagerModel()
        ->findItems<pqPipelineSource*>(current)
        .isEmpty())
  {
    return true;
  }
  return QMessageBox::warning(
           pqCoreUtilities::mainWidget(),
           QStringLiteral("pvhop"),
           QObject::tr("The server is saved. Connecting to it closes the present connection, and "
                       "what is loaded there is discarded. Connect now?"),
           QMessageBox::Yes | QMessageBox::No,
           QMessageBox::No) == QMessageBox::Yes;
}

/// Connects as the Connect dialog does, once that is out of the way.
void connectTo(const QString& name, QWidget* parent)
{
  const auto now = [name]()
  { pqServerConnectReaction::connectToServerUsingConfigurationName(name.toUtf8().constData()); };
  QDialog* dialog = qobject_cast<QDialog*>(parent);
  QObject* context = PvhopSessions::instance();
  if (!dialog)
  {
    QMetaObject::invokeMethod(
      context,
      [now]()
      {
        if (mayDropPipeline())
        {
          now();
        }
      },
      Qt::QueuedConnection);
    return;
  }
  // Its own event loop ends first: connecting runs one of its own.
  QObject::connect(
    dialog,
    &QObject::destroyed,
    context,
    [context, now]() { QMetaObject::invokeMethod(context, now, Qt::QueuedConnection); },
    Qt::QueuedConnection);
  dialog->reject();
}

pvhop::Wizard* makeWizard(QWidget* parent)
{
  pvhop::Wizard* wizard = new pvhop::Wizard(surroundings(), PvhopEntries::save, parent);
  wizard->setAttribute(Qt::WA_DeleteOnClose);
  QObject::connect(wizard,
                   &pvhop::Wizard::connectWanted,
                   PvhopSessions::instance(),
                   [wizard, over = QPointer<QWidget>(parent)](const QString& name)
                   {
                     if (pvhop::SessionProcess* login = wizard->model()->takeLogin())
                     {
                       PvhopSessions::instance()->keepLogin(name, login);
                     }
                     connectTo(name, over);
                   });
  return wizard;
}

/// Opens the wizard on `text`, or says why not.
void openOn(const QString& text, bool copy, const QStringList& remarks, QWidget* parent)
{
  pvhop::Wizard* wizard = makeWizard(parent);
  pvhop::Failure failure;
  if (!wizard->load(text, copy, remarks, &failure))
  {
    delete wizard;
    say(parent, pvhop::PlainFailure::of(failure).toText());
    return;
  }
  wizard->open();
}
}

PvhopEntries::Kind PvhopEntries::kind(const QString& name)
{
  const pqServerConfiguration* found = collection().configuration(name.toUtf8().constData());
  return !found ? None : !isOurs(*found) ? Foreign : found->isMutable() ? Own : ReadOnly;
}

QString PvhopEntries::text(const QString& name)
{
  const pqServerConfiguration* found = collection().configuration(name.toUtf8().constData());
  return found ? fileOf(*found) : QString();
}

bool PvhopEntries::save(const QString& name,
                        const QString& text,
                        const QString& replaces,
                        QString* why)
{
  if (replaces == name && text == PvhopEntries::text(name))
  {
    return true; // nothing was changed, and nothing is
  }
  const QString before = PvhopEntries::text(name);
  // The collection warns of a name that it has already.
  collection().removeConfiguration(replaces);
  collection().removeConfiguration(name);
  if (!collection().loadContents(text, true) ||
      !collection().configuration(name.toUtf8().constData()))
  {
    *why = QObject::tr("ParaView does not take the entry.");
    return false;
  }
  if (PvhopJournal* journal = PvhopJournal::instance())
  {
    journal->saved(name, before, replaces);
  }
  if (!replaces.isEmpty() && replaces != name)
  {
    moveChosenValues(replaces, name);
  }
  if (!collection().saveNow())
  {
    *why = QObject::tr("ParaView could not write its list of servers. The entry is there until "
                       "ParaView is closed.");
    return false;
  }
  return true;
}

void PvhopEntries::add(QWidget* parent)
{
  makeWizard(parent)->open();
}

void PvhopEntries::change(const QString& name, QWidget* parent)
{
  openOn(text(name), false, {}, parent);
}

void PvhopEntries::copy(const QString& name, QWidget* parent)
{
  if (kind(name) != Foreign)
  {
    openOn(text(name),
           true,
           { QObject::tr("A copy of \"%1\", which stays as it is.").arg(name) },
           parent);
    return;
  }
  QString converted, why;
  QStringList left;
  if (!pvhop::EntryText::convert(text(name), &converted, &why, &left))
  {
    say(parent, QObject::tr("\"%1\" cannot be taken over. %2").arg(name, why));
    return;
  }
  openOn(converted,
         true,
         QStringList(QObject::tr("Made from \"%1\", which stays as it is.").arg(name)) + left,
         parent);
}
