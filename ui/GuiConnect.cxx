// SPDX-License-Identifier: BSD-3-Clause
#include "GuiConnect.h"

#include "ConnectWindow.h"
#include "Recipe.h"
#include "SessionProcess.h"

namespace pvhop
{

GuiConnect::GuiConnect(const QString& program, const QStringList& arguments, QObject* parent)
  : QObject(parent)
  , Program(program)
  , Arguments(arguments)
{
  const Recipe recipe = Recipe::from(arguments, QProcessEnvironment::systemEnvironment());
  ConnectPlan plan = ConnectPlan::of(QString(), recipe);
  plan.Name = plan.Host.isEmpty() ? tr("pvserver") : plan.Host;
  this->Window = new ConnectWindow(plan);
  QObject::connect(this->Window, &ConnectWindow::againWanted, this, &GuiConnect::begin);
  QObject::connect(
    this->Window, &ConnectWindow::closed, this, [this]() { Q_EMIT this->done(this->ExitCode); });
}

GuiConnect::~GuiConnect()
{
  delete this->Window;
}

void GuiConnect::begin()
{
  SessionProcess::retire(this->Session);
  SessionProcess* session = new SessionProcess(this);
  this->Session = session;
  this->Window->watch(session);
  QObject::connect(session,
                   &SessionProcess::connected,
                   this,
                   [this]()
                   {
                     this->Up = true;
                     this->Window->hide();
                   });
  QObject::connect(session, &SessionProcess::ended, this, &GuiConnect::onEnded);
  this->Window->show();
  session->start(this->Program, this->Arguments);
}

void GuiConnect::onEnded(int exitCode)
{
  this->ExitCode = exitCode;
  if (exitCode == 0 || (this->Up && this->Session->failure().Code.isEmpty()))
  {
    Q_EMIT this->done(exitCode);
  }
  else if (this->Up)
  {
    this->Window->show(); // a session that was lost: the reason is in it
  }
}

}
