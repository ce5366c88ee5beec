// SPDX-License-Identifier: BSD-3-Clause
/**
 * pvhop-gui: pvhop's windows without ParaView.
 *
 *   pvhop-gui                  the wizard; what it makes goes among the user's own entries
 *   pvhop-gui connect WORDS... the connecting window over `pvhop connect WORDS...`
 */
#include "GuiConnect.h"
#include "ProgramFinder.h"
#include "SessionProcess.h"
#include "Wizard.h"
#include "Words.h"

#include <pvhop/pvsc.h>

#include <QApplication>
#include <QEventLoop>
#include <QIcon>
#include <QProcess>
#include <QTemporaryFile>

#include <cstdio>
#include <cstring>

namespace
{
const int Unavailable = 69; // as in sysexits.h
const int Usage = 64;

/// Adds the entry to ParaView's list by `pvhop pvsc add`, which knows what is in the way.
bool saveEntry(const QString& program, const QString& text, QString* why)
{
  QTemporaryFile file;
  if (!file.open() || file.write(text.toUtf8()) < 0 || !file.flush())
  {
    *why = file.errorString();
    return false;
  }
  QProcess add;
  QEventLoop loop;
  QObject::connect(&add,
                   &QProcess::stateChanged,
                   &loop,
                   [&](QProcess::ProcessState state)
                   {
                     if (state == QProcess::NotRunning)
                     {
                       loop.quit();
                     }
                   });
  add.setProcessEnvironment(
    pvhop::SessionProcess::cleaned(QProcessEnvironment::systemEnvironment()));
  add.setStandardInputFile(QProcess::nullDevice());
  add.start(program, { QStringLiteral("pvsc"), QStringLiteral("add"), file.fileName() });
  if (add.state() != QProcess::NotRunning)
  {
    loop.exec(QEventLoop::ExcludeUserInputEvents);
  }
  const bool good = add.exitStatus() == QProcess::NormalExit && add.exitCode() == 0 &&
                    add.error() == QProcess::UnknownError;
  if (!good)
  {
    *why = pvhop::tamed(QString::fromUtf8(add.readAllStandardError())).trimmed();
    if (why->isEmpty())
    {
      *why = add.errorString();
    }
  }
  return good;
}

int runWizard(QApplication& application, const QString& program)
{
  pvhop::WizardSurroundings around;
  around.Program = program;
  around.CanConnect = false;
  pvhop::Wizard wizard(around,
                       [&program](const QString&, const QString& text, const QString&, QString* why)
                       { return saveEntry(program, text, why); });
  wizard.show();
  return application.exec();
}

int runConnect(QApplication& application, const QString& program, const QStringList& arguments)
{
  QApplication::setQuitOnLastWindowClosed(false); // the session goes on without one
  pvhop::GuiConnect connect(program, arguments);
  QObject::connect(&connect,
                   &pvhop::GuiConnect::done,
                   &application,
                   [](int code) { QCoreApplication::exit(code); });
  connect.begin();
  return application.exec();
}
}

int main(int argc, char** argv)
{
  if (argc > 1 && (!std::strcmp(argv[1], "--version") || !std::strcmp(argv[1], "--help")))
  {
    std::printf("%s",
                !std::strcmp(argv[1], "--version")
                  ? "pvhop-gui " PVHOP_VERSION "\n"
                  : "pvhop-gui: adds a server by a wizard\n"
                    "pvhop-gui connect WORDS...: a window over 'pvhop connect WORDS...'\n");
    return 0;
  }
  const bool connects = argc > 1 && !std::strcmp(argv[1], "connect");
  if (argc > 1 && !connects)
  {
    std::fprintf(stderr, "pvhop-gui: '%s' is not known; see pvhop-gui --help\n", argv[1]);
    return Usage;
  }
  // Qt would abort without a display; that is no way to end.
  if (qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY") &&
      qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
  {
    std::fprintf(stderr, "pvhop-gui: there is no display. Run 'pvhop' in a terminal instead.\n");
    return Unavailable;
  }
  QApplication::setAttribute(Qt::AA_EnableHighDpiScaling);
  QApplication::setAttribute(Qt::AA_UseHighDpiPixmaps);
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("pvhop"));
  pvhop::useResources();
  QApplication::setWindowIcon(QIcon(QStringLiteral(":/pvhop/pvhop.svg")));
  const QString program =
    pvhop::ProgramFinder::find(QString(), QCoreApplication::applicationDirPath());
  const QStringList words = QCoreApplication::arguments();
  return connects ? runConnect(application, program, words.mid(2))
                  : runWizard(application, program);
}
