// SPDX-License-Identifier: BSD-3-Clause
#include "OneShot.h"

#include "SessionProcess.h"

#include <QProcess>
#include <QTimer>
#include <QVector>

namespace pvhop
{

OneShot::OneShot(QObject* parent)
  : QObject(parent)
{
}

OneShot::~OneShot()
{
  this->giveUp();
}

void OneShot::giveUp()
{
  QProcess* process = this->Process;
  this->Process = nullptr;
  if (!process)
  {
    return;
  }
  // A QProcess that is deleted while its program runs waits for it: this one deletes itself.
  QObject::disconnect(process, nullptr, this, nullptr);
  process->setParent(nullptr);
  if (process->state() == QProcess::NotRunning)
  {
    process->deleteLater();
    return;
  }
  // Where our own process ends first, there it is found by who searches for leaks.
  static QVector<QProcess*>* const ending = new QVector<QProcess*>;
  ending->append(process);
  QObject::connect(process,
                   &QProcess::stateChanged,
                   process,
                   [process](QProcess::ProcessState state)
                   {
                     if (state == QProcess::NotRunning)
                     {
                       ending->removeOne(process);
                       process->deleteLater();
                     }
                   });
  process->kill();
}

void OneShot::ask(const QString& program, const QStringList& arguments, int limitMs)
{
  this->giveUp();
  QProcess* process = new QProcess(this);
  this->Process = process;
  QObject::connect(process,
                   &QProcess::errorOccurred,
                   this,
                   [this, process](QProcess::ProcessError error)
                   {
                     if (error == QProcess::FailedToStart)
                     {
                       this->settle(false, process->errorString());
                     }
                   });
  QObject::connect(process,
                   static_cast<void (QProcess::*)(int, QProcess::ExitStatus)>(&QProcess::finished),
                   this,
                   [this, process](int code, QProcess::ExitStatus how)
                   {
                     const bool worked = code == 0 && how == QProcess::NormalExit;
                     this->settle(worked,
                                  QString::fromUtf8(worked ? process->readAllStandardOutput()
                                                           : process->readAllStandardError()));
                   });
  process->setProcessEnvironment(SessionProcess::cleaned(QProcessEnvironment::systemEnvironment()));
  process->setStandardInputFile(QProcess::nullDevice());
  QTimer::singleShot(limitMs, process, &QProcess::kill);
  process->start(program, arguments);
}

void OneShot::settle(bool worked, const QString& said)
{
  this->giveUp();
  Q_EMIT this->answered(worked, said);
}

}
