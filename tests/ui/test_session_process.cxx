// SPDX-License-Identifier: BSD-3-Clause
#include "scripted.h"

#include "ProgramFinder.h"

#include <QFile>
#include <QTest>

#include <csignal>
#include <unistd.h>

using pvhop::SessionProcess;

namespace
{
const char* const ReadyLine =
  "{\"v\":1,\"t\":2,\"event\":\"ready\",\"url\":\"cs://127.0.0.1:40123\","
  "\"host\":\"127.0.0.1\",\"port\":40123}\n";
}

TEST(SessionProcess, SaysEverythingInOrder)
{
  Scripted child(
    phaseLine("ssh", "begin", "Reaching login3") +
    phaseLine("auth", "done", "Logged in as alice", 2.4) +
    "{\"v\":1,\"t\":3,\"event\":\"log\",\"source\":\"pvserver\",\"text\":\"hello\"}\n" +
    "{\"v\":1,\"t\":3,\"event\":\"from a later version\"}\n" + ReadyLine +
    "{\"v\":1,\"t\":4,\"event\":\"connected\",\"server\":\"cn17\"}\n"
    "{\"v\":1,\"t\":5,\"event\":\"stats\",\"rtt_ms\":23.5,\"to_client\":9007199254740991,"
    "\"to_server\":17,\"left_s\":2460}\n"
    "{\"v\":1,\"t\":6,\"event\":\"end\",\"exit\":0}\n");
  QSignalSpy phases(&child.Process, &SessionProcess::phase);
  QSignalSpy logs(&child.Process, &SessionProcess::log);
  QSignalSpy ready(&child.Process, &SessionProcess::ready);
  QSignalSpy connected(&child.Process, &SessionProcess::connected);
  QSignalSpy stats(&child.Process, &SessionProcess::stats);
  QSignalSpy failed(&child.Process, &SessionProcess::failed);
  QSignalSpy ended(&child.Process, &SessionProcess::ended);
  child.start();
  ASSERT_TRUE(ended.wait(Patience));
  EXPECT_EQ(2, phases.size());
  ASSERT_EQ(1, logs.size());
  EXPECT_EQ("hello", logs.at(0).at(1).toString().toStdString());
  ASSERT_EQ(1, ready.size());
  EXPECT_EQ(40123, child.Process.port());
  EXPECT_EQ(1, connected.size());
  ASSERT_EQ(1, stats.size());
  const pvhop::Stats numbers = stats.at(0).at(0).value<pvhop::Stats>();
  EXPECT_DOUBLE_EQ(23.5, numbers.RoundTripMs);
  EXPECT_EQ(9007199254740991, numbers.ToClient);
  EXPECT_EQ(2460, numbers.SecondsLeft);
  EXPECT_EQ(0, failed.size());
  EXPECT_EQ(0, ended.at(0).at(0).toInt());
}

TEST(SessionProcess, TheChildHasACleanEnvironmentAndTheEventArguments)
{
  Scripted child("");
  child.set("LD_LIBRARY_PATH", "/opt/paraview/lib");
  child.set("QT_PLUGIN_PATH", "/opt/paraview/plugins");
  child.set("PVHOP_ACCOUNT", "two words");
  QSignalSpy ended(&child.Process, &SessionProcess::ended);
  child.start({ QStringLiteral("login3"), QStringLiteral("--account"), QStringLiteral("a b\"c$") });
  ASSERT_TRUE(ended.wait(Patience));
  EXPECT_NE(
    std::string::npos,
    child.log().find("argument connect\nargument login3\nargument --account\nargument a b\"c$\n"
                     "argument --events\nargument 1\nargument --answers\nargument 0\n"));
  EXPECT_TRUE(child.logged("environment PVHOP_ACCOUNT=two words"));
  EXPECT_EQ(std::string::npos, child.log().find("LD_LIBRARY_PATH"));
  EXPECT_EQ(std::string::npos, child.log().find("environment QT_"));
}

TEST(SessionProcess, TheChildInheritsNoDescriptors)
{
  const int fd = dup(2); // as a library may do, without close-on-exec
  ASSERT_GT(fd, 2);
  Scripted child(std::string(ReadyLine) + "@hang\n");
  QSignalSpy ready(&child.Process, &SessionProcess::ready);
  QSignalSpy ended(&child.Process, &SessionProcess::ended);
  child.start();
  ASSERT_TRUE(ready.wait(Patience));
  EXPECT_FALSE(
    QFile::exists(QStringLiteral("/proc/%1/fd/%2").arg(child.Process.processId()).arg(fd)));
  ::close(fd);
  child.Process.close();
  ASSERT_TRUE(ended.wait(Patience));
}

TEST(SessionProcess, AnswersReachTheChildAndRefusalsAreNull)
{
  Scripted child("{\"v\":1,\"event\":\"prompt\",\"id\":7,\"kind\":\"password\",\"host\":\"a@b\"}\n"
                 "@answer\n@answer\n@answer\n");
  QSignalSpy asked(&child.Process, &SessionProcess::promptAsked);
  QSignalSpy ended(&child.Process, &SessionProcess::ended);
  child.start();
  ASSERT_TRUE(asked.wait(Patience));
  EXPECT_EQ(7u, asked.at(0).at(0).value<pvhop::Prompt>().Id);
  child.Process.answer(7, QString::fromUtf8("gehe\"im\\ \xc3\xa4"));
  child.Process.answer(8, QStringLiteral(""));
  child.Process.answer(9, QString());
  ASSERT_TRUE(ended.wait(Patience));
  EXPECT_TRUE(child.logged("input {\"answer\":\"gehe\\\"im\\\\ \xc3\xa4\",\"id\":7}"));
  EXPECT_TRUE(child.logged("input {\"answer\":\"\",\"id\":8}"));
  EXPECT_TRUE(child.logged("input {\"answer\":null,\"id\":9}"));
}

TEST(SessionProcess, CancelIsSaidFirst)
{
  Scripted child(phaseLine("queue", "begin", "Waiting") + "@hang\n@exit 130\n");
  QSignalSpy phases(&child.Process, &SessionProcess::phase);
  QSignalSpy ended(&child.Process, &SessionProcess::ended);
  QSignalSpy failed(&child.Process, &SessionProcess::failed);
  child.start();
  ASSERT_TRUE(phases.wait(Patience));
  child.Process.cancel();
  child.Process.cancel();
  EXPECT_EQ(SessionProcess::Ending, child.Process.state());
  ASSERT_TRUE(ended.wait(Patience));
  EXPECT_EQ(130, ended.at(0).at(0).toInt());
  EXPECT_TRUE(child.logged("input {\"cancel\":true}"));
  EXPECT_EQ(0, failed.size());
}

TEST(SessionProcess, AChildThatIsDeafIsKilledInTheEnd)
{
  Scripted child(phaseLine("queue", "begin", "Waiting") + "@deaf\n");
  QSignalSpy phases(&child.Process, &SessionProcess::phase);
  QSignalSpy ended(&child.Process, &SessionProcess::ended);
  child.start();
  ASSERT_TRUE(phases.wait(Patience));
  Watch watch;
  QElapsedTimer timer;
  timer.start();
  child.Process.cancel();
  ASSERT_TRUE(ended.wait(Patience));
  EXPECT_GE(timer.elapsed(),
            SessionProcess::CancelGraceMs + SessionProcess::TerminateGraceMs - 500);
  EXPECT_LT(watch.longestMs(), 500) << "the thread was blocked meanwhile";
  EXPECT_EQ(130, ended.at(0).at(0).toInt());
}

TEST(SessionProcess, CloseEndsTheInput)
{
  Scripted child(std::string(ReadyLine) + "@hang\n@exit 0\n");
  QSignalSpy ready(&child.Process, &SessionProcess::ready);
  QSignalSpy ended(&child.Process, &SessionProcess::ended);
  child.start();
  ASSERT_TRUE(ready.wait(Patience));
  child.Process.close();
  ASSERT_TRUE(ended.wait(Patience));
  EXPECT_TRUE(child.logged("end of input"));
}

TEST(SessionProcess, LetGoLeavesTheChildAlone)
{
  pvhop_test::TempDir other;
  qint64 pid = 0;
  const std::string go = other / "go";
  const auto text = [&]() { return pvhop_test::read_file(other / "log"); };
  {
    Scripted child(std::string(ReadyLine) + "@wait-file " + go + "\n@exit 0\n");
    child.set("PVHOP_STANDIN_LOG", other / "log");
    QSignalSpy ready(&child.Process, &SessionProcess::ready);
    child.start();
    ASSERT_TRUE(ready.wait(Patience));
    pid = child.Process.processId();
    child.Process.letGo();
  }
  EXPECT_EQ(0, kill(static_cast<pid_t>(pid), 0)) << "it was killed";
  EXPECT_TRUE(pvhop_test::write_file(go, ""));
  EXPECT_TRUE(
    QTest::qWaitFor([&]() { return text().find("exit 0") != std::string::npos; }, Patience));
  EXPECT_EQ(std::string::npos, text().find("end of input")) << "only with the end of our process";
}

TEST(SessionProcess, ACrashIsAFailureWithTheLastWords)
{
  Scripted child(phaseLine("start", "begin", "Starting") + "@stderr out of luck\n@crash\n");
  QSignalSpy failed(&child.Process, &SessionProcess::failed);
  QSignalSpy ended(&child.Process, &SessionProcess::ended);
  child.start();
  ASSERT_TRUE(ended.wait(Patience));
  ASSERT_EQ(1, failed.size());
  const pvhop::Failure failure = failed.at(0).at(0).value<pvhop::Failure>();
  EXPECT_EQ("PVH1905", failure.Code.toStdString());
  EXPECT_NE(-1, failure.Why.indexOf(QLatin1String("out of luck")));
  EXPECT_FALSE(failure.What.isEmpty());
  EXPECT_FALSE(failure.Remedy.isEmpty());
}

TEST(SessionProcess, AMissingProgramIsAFailure)
{
  SessionProcess process;
  QSignalSpy failed(&process, &SessionProcess::failed);
  QSignalSpy ended(&process, &SessionProcess::ended);
  process.start(QStringLiteral("/nowhere/pvhop"), {});
  EXPECT_EQ(0, ended.size()) << "not from inside start()";
  ASSERT_TRUE(ended.wait(Patience));
  ASSERT_EQ(1, failed.size());
  EXPECT_EQ("PVH1904", process.failure().Code.toStdString());
  EXPECT_NE(-1, process.failure().Why.indexOf(QLatin1String("/nowhere/pvhop")));
}

TEST(SessionProcess, GarbageIsSkippedAndSaid)
{
  Scripted child(
    "Warning: no display\n{\"v\":1\n[]\n42\n{\"v\":2,\"event\":\"ready\"}\n{}\n@long "
    "1000000\n" +
    std::string("{\"v\":1,\"event\":\"ready\",\"url\":\"cs://evil.example:1\",\"host\":"
                "\"evil.example\",\"port\":1}\n{\"v\":1,\"event\":\"ready\",\"url\":\"cs://"
                "127.0.0.1:99999999999\",\"host\":\"127.0.0.1\",\"port\":99999999999}\n") +
    ReadyLine + "{\"v\":1,\"event\":\"end\",\"exit\":0}\n");
  QSignalSpy logs(&child.Process, &SessionProcess::log);
  QSignalSpy ready(&child.Process, &SessionProcess::ready);
  QSignalSpy ended(&child.Process, &SessionProcess::ended);
  child.start();
  ASSERT_TRUE(ended.wait(Patience));
  ASSERT_EQ(1, ready.size()) << "only the one on loopback";
  EXPECT_EQ(40123, child.Process.port());
  EXPECT_EQ(9, logs.size());
}

TEST(SessionProcess, GarbageWithoutEndIsBounded)
{
  std::string many;
  for (int i = 0; i < 1000; ++i)
  {
    many += "no event\n";
  }
  Scripted child(many + "@long 50000000\n");
  QSignalSpy logs(&child.Process, &SessionProcess::log);
  QSignalSpy ended(&child.Process, &SessionProcess::ended);
  child.start();
  ASSERT_TRUE(ended.wait(Patience));
  EXPECT_LE(logs.size(), 25);
}

TEST(SessionProcess, AHundredThousandLinesDoNotBlock)
{
  const auto measure = []() -> qint64
  {
    Scripted child("@spam 100000\n{\"v\":1,\"event\":\"end\",\"exit\":0}\n");
    QSignalSpy ended(&child.Process, &SessionProcess::ended);
    int lines = 0;
    QString last;
    QObject::connect(&child.Process,
                     &SessionProcess::log,
                     [&](const QString&, const QString& text)
                     {
                       lines++;
                       last = text;
                     });
    child.start();
    Watch watch;
    EXPECT_TRUE(ended.wait(Patience));
    EXPECT_EQ(100000, lines);
    EXPECT_TRUE(last.startsWith(QLatin1String("line 99999 ")));
    return watch.longestMs();
  };
  EXPECT_LT(leastPause(measure), 50);
}

TEST(Event, TextIsTamed)
{
  EXPECT_EQ("plain\ntext\t1",
            pvhop::tamed(QString::fromUtf8("pl\x1b"
                                           "ai\x07n\ntext\t\xe2\x80\xae"
                                           "1"))
              .toStdString());
  EXPECT_EQ(11, pvhop::tamed(QString(100, QLatin1Char('x')), 10).size());
}

TEST(ProgramFinder, LooksInOrder)
{
  pvhop_test::TempDir folder;
  ASSERT_EQ(
    0,
    pvhop_test::run(
      { "mkdir", "-p", folder / "bin", folder / "lib/arch/pv/plugins/P", folder / "other" }));
  const auto place = [&](const char* name) { return QString::fromStdString(folder / name); };
  ASSERT_TRUE(pvhop_test::write_file(folder / "bin/pvhop", "#!/bin/sh\n", 0755));
  const QString plugin = place("lib/arch/pv/plugins/P");
  qunsetenv("PVHOP_PROGRAM");
  EXPECT_EQ(place("bin/pvhop"), pvhop::ProgramFinder::find(QString(), plugin));
  ASSERT_TRUE(pvhop_test::write_file(folder / "lib/arch/pv/plugins/P/pvhop", "#!/bin/sh\n", 0755));
  EXPECT_EQ(plugin + QStringLiteral("/pvhop"), pvhop::ProgramFinder::find(QString(), plugin));
  qputenv("PVHOP_PROGRAM", "/from/environment");
  EXPECT_EQ("/from/environment", pvhop::ProgramFinder::find(QString(), plugin).toStdString());
  EXPECT_EQ("/from/setting",
            pvhop::ProgramFinder::find(QStringLiteral("/from/setting"), plugin).toStdString());
  qunsetenv("PVHOP_PROGRAM");
}

TEST(ProgramFinder, ChecksTheVersion)
{
  const auto check = [](const QString& program)
  {
    pvhop::ProgramFinder finder;
    QSignalSpy checked(&finder, &pvhop::ProgramFinder::checked);
    finder.check(program);
    EXPECT_TRUE(checked.size() == 1 || checked.wait(Patience));
    return checked.at(0).at(1).toString().toStdString();
  };
  EXPECT_EQ("", check(QStringLiteral(PVHOP_STANDIN)));
  qputenv("PVHOP_STANDIN_VERSION", "7.3.0");
  EXPECT_NE(std::string::npos, check(QStringLiteral(PVHOP_STANDIN)).find("7.3.0"));
  qunsetenv("PVHOP_STANDIN_VERSION");
  EXPECT_NE("", check(QStringLiteral("/bin/true")));
  EXPECT_NE("", check(QStringLiteral("/nowhere/pvhop")));
}
