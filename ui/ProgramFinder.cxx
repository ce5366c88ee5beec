// SPDX-License-Identifier: BSD-3-Clause
#include "ProgramFinder.h"

#include "Event.h"
#include "SessionProcess.h"

#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTimer>

namespace pvhop
{

ProgramFinder::ProgramFinder(QObject* parent)
  : QObject(parent)
  , Process(new QProcess(this))
  , Limit(new QTimer(this))
{
  this->Limit->setSingleShot(true);
}

ProgramFinder::~ProgramFinder()
{
  QObject::disconnect(this->Process, nullptr, this, nullptr);
}

QString ProgramFinder::find(const QString& setting, const QString& folder)
{
  if (!setting.isEmpty())
  {
    return setting;
  }
  const QString variable = QString::fromLocal8Bit(qgetenv("PVHOP_PROGRAM"));
  if (!variable.isEmpty())
  {
    return variable;
  }
  QStringList places;
  if (!folder.isEmpty())
  {
    places << folder;
    // lib/ARCH/paraview-X.Y/plugins/NAME and lib/paraview-X.Y/plugins/NAME: the prefix's bin.
    QDir up(folder);
    for (int i = 0; i < 5 && up.cdUp(); ++i)
    {
      places << up.filePath(QStringLiteral("bin"));
    }
  }
  for (const QString& place : qAsConst(places))
  {
    const QFileInfo file(place + QStringLiteral("/pvhop"));
    if (file.isFile() && file.isExecutable())
    {
      return file.absoluteFilePath();
    }
  }
  const QString onPath = QStandardPaths::findExecutable(QStringLiteral("pvhop"));
  if (!onPath.isEmpty())
  {
    return onPath;
  }
  const QFileInfo installed(QStringLiteral(PVHOP_BINDIR "/pvhop"));
  return installed.isFile() && installed.isExecutable() ? installed.absoluteFilePath() : QString();
}

bool ProgramFinder::fits(const QString& version)
{
  const QStringList ours = QStringLiteral(PVHOP_VERSION).split(QLatin1Char('.'));
  const QStringList theirs = version.split(QLatin1Char('.'));
  return theirs.size() >= 2 && theirs.at(0) == ours.at(0) && theirs.at(1) == ours.at(1);
}

void ProgramFinder::check(const QString& program)
{
  QObject::connect(
    this->Limit,
    &QTimer::timeout,
    this,
    [this, program]()
    { this->conclude(QString(), tr("\"%1 --version\" did not answer within 5 s.").arg(program)); });
  QObject::connect(
    this->Process,
    &QProcess::errorOccurred,
    this,
    [this, program](QProcess::ProcessError error)
    {
      if (error == QProcess::FailedToStart)
      {
        this->conclude(
          QString(),
          tr("\"%1\" could not be started: %2").arg(program, this->Process->errorString()));
      }
    });
  QObject::connect(
    this->Process,
    static_cast<void (QProcess::*)(int, QProcess::ExitStatus)>(&QProcess::finished),
    this,
    [this, program](int code, QProcess::ExitStatus)
    {
      const QString said = tamed(QString::fromUtf8(this->Process->readAllStandardOutput()), 200);
      const QRegularExpressionMatch match =
        QRegularExpression(QStringLiteral("^pvhop (\\d+\\.\\d+(\\.\\d+)?)")).match(said);
      if (code != 0 || !match.hasMatch())
      {
        this->conclude(QString(),
                       tr("\"%1 --version\" did not answer as pvhop does.").arg(program));
      }
      else if (!fits(match.captured(1)))
      {
        this->conclude(match.captured(1),
                       tr("\"%1\" is version %2, but version %3 is needed.")
                         .arg(program, match.captured(1), QStringLiteral(PVHOP_VERSION)));
      }
      else
      {
        this->conclude(match.captured(1), QString());
      }
    });
  this->Process->setProcessEnvironment(
    SessionProcess::cleaned(QProcessEnvironment::systemEnvironment()));
  this->Process->setStandardInputFile(QProcess::nullDevice());
  this->Limit->start(5000);
  this->Process->start(program, { QStringLiteral("--version") });
}

void ProgramFinder::conclude(const QString& version, const QString& problem)
{
  if (this->Done)
  {
    return;
  }
  this->Done = true;
  this->Limit->stop();
  QObject::disconnect(this->Process, nullptr, this, nullptr);
  this->Process->kill();
  Q_EMIT this->checked(version, problem);
}

}
