// SPDX-License-Identifier: BSD-3-Clause
/** pvhop-gui as a program: beside a ParaView that has no plugin. */
#include "scripted.h"

#include <QDir>
#include <QFile>
#include <QProcess>

namespace
{
/// A folder with pvhop-gui and a pvhop beside it.
class Gui
{
public:
  explicit Gui(const std::string& script, const char* pvhop = PVHOP_STANDIN)
  {
    const QString folder = QString::fromStdString(this->Folder.path());
    EXPECT_TRUE(QFile::link(QStringLiteral(PVHOP_GUI), folder + QStringLiteral("/real-gui")));
    EXPECT_TRUE(QFile::link(QLatin1String(pvhop), folder + QStringLiteral("/pvhop")));
    EXPECT_TRUE(pvhop_test::write_file(this->Folder / "script", script));
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("PVHOP_PROGRAM"), folder + QStringLiteral("/pvhop"));
    environment.insert(QStringLiteral("PVHOP_STANDIN_SCRIPT"),
                       QString::fromStdString(this->Folder / "script"));
    environment.insert(QStringLiteral("PVHOP_STANDIN_LOG"),
                       QString::fromStdString(this->Folder / "log"));
    environment.insert(QStringLiteral("HOME"), folder);
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    this->Process.setProcessEnvironment(environment);
  }
  int run(const QStringList& words)
  {
    this->Process.start(QString::fromStdString(this->Folder / "real-gui"), words);
    EXPECT_TRUE(this->Process.waitForFinished(Patience));
    return this->Process.exitCode();
  }
  std::string log() const { return pvhop_test::read_file(this->Folder / "log"); }

  pvhop_test::TempDir Folder;
  QProcess Process;
};
}

TEST(Gui, CarriesOutAConnectionAndEndsWithIt)
{
  Gui gui(phaseLine("auth", "begin", "Logging in") +
          "{\"v\":1,\"event\":\"connected\",\"server\":\"fe\"}\n@exit 0\n");
  EXPECT_EQ(0, gui.run({ QStringLiteral("connect"), QStringLiteral("fe") }));
  EXPECT_NE(std::string::npos, gui.log().find("argument connect\nargument fe\n")) << gui.log();
  EXPECT_NE(std::string::npos, gui.log().find("argument --events")) << gui.log();
}

TEST(Gui, WithoutADisplaySaysSoAtOnce)
{
  Gui gui("@hang\n");
  QProcessEnvironment environment = gui.Process.processEnvironment();
  for (const char* name : { "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM" })
  {
    environment.remove(QLatin1String(name));
  }
  gui.Process.setProcessEnvironment(environment);
  EXPECT_EQ(69, gui.run({ QStringLiteral("connect"), QStringLiteral("fe") }));
  EXPECT_TRUE(gui.Process.readAllStandardError().contains("display"));
  EXPECT_EQ("", gui.log());
}

/** A ParaView without the plugin runs `pvhop connect` with no terminal: nobody could be asked. */
TEST(Gui, TakesOverWhatParaViewStartsWithoutATerminal)
{
  pvhop_test::TempDir folder;
  const QString pvhop = QString::fromStdString(folder / "pvhop");
  ASSERT_TRUE(QFile::copy(QStringLiteral(PVHOP_CLI), pvhop)); // a link would be seen through
  ASSERT_TRUE(
    pvhop_test::write_file(folder / "pvhop-gui", "#!/bin/sh\necho \"$@\" >\"${0%/*}/log\"\n"));
  ASSERT_TRUE(QFile::setPermissions(QString::fromStdString(folder / "pvhop-gui"),
                                    QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.insert(QStringLiteral("DISPLAY"), QStringLiteral(":99"));
  environment.insert(QStringLiteral("PV_SERVER_PORT"), QStringLiteral("11111"));
  const auto run = [&](const QStringList& words)
  {
    QProcess process;
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral("setsid"), QStringList{ QStringLiteral("-w"), pvhop } + words);
    EXPECT_TRUE(process.waitForFinished(Patience));
    return process.exitCode();
  };
  EXPECT_EQ(0,
            run({ QStringLiteral("connect"), QStringLiteral("fe"), QStringLiteral("--dry-run") }));
  EXPECT_EQ("", pvhop_test::read_file(folder / "log")) << "there is nothing to ask";
  EXPECT_EQ(0, run({ QStringLiteral("connect"), QStringLiteral("fe") }));
  EXPECT_EQ("connect fe\n", pvhop_test::read_file(folder / "log"));
}

TEST(Gui, UnknownWordsAreRefused)
{
  Gui gui("");
  EXPECT_EQ(64, gui.run({ QStringLiteral("dance") }));
  EXPECT_EQ(0, gui.run({ QStringLiteral("--help") }));
  EXPECT_EQ(0, gui.run({ QStringLiteral("--version") }));
}
