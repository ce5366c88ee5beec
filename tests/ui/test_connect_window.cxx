// SPDX-License-Identifier: BSD-3-Clause
#include "scripted.h"

#include "ConnectWindow.h"
#include "LogView.h"
#include "PhaseList.h"
#include "PromptDialog.h"

#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <QToolButton>

using pvhop::ConnectWindow;
using pvhop::PhaseList;
using pvhop::RouteView;
using pvhop::SessionProcess;
using pvhop::StateIcon;

namespace
{
const char* const ReadyLine =
  "{\"v\":1,\"t\":9,\"event\":\"ready\",\"url\":\"cs://127.0.0.1:40123\","
  "\"host\":\"127.0.0.1\",\"port\":40123}\n";
const char* const ErrorLine =
  "{\"v\":1,\"t\":4,\"event\":\"error\",\"code\":\"PVH1301\",\"name\":\"AUTH\",\"what\":\"The "
  "login "
  "was refused\",\"why\":\"login3 said: Permission denied\",\"remedy\":\"Check the user name.\"}\n";

pvhop::ConnectPlan plan(bool job = true)
{
  pvhop::ConnectPlan made;
  made.Name = QStringLiteral("cluster-viz-rc");
  made.Host = QStringLiteral("login3.cluster.edu");
  made.Route = QStringLiteral("tunnel");
  made.Job = job;
  return made;
}

struct Shown
{
  explicit Shown(const std::string& script, bool job = true)
    : Child(script)
    , Window(plan(job))
    , Ended(&Child.Process, &SessionProcess::ended)
  {
    this->Window.watch(&this->Child.Process);
    this->Window.show();
    this->Child.start();
  }
  PhaseList* steps() { return this->Window.findChild<PhaseList*>(QStringLiteral("steps")); }
  QPushButton* button(const char* name)
  {
    return this->Window.findChild<QPushButton*>(QLatin1String(name));
  }
  QString label(const char* name)
  {
    QLabel* found = this->Window.findChild<QLabel*>(QLatin1String(name));
    return found ? found->text() : QString();
  }
  bool waitFor(std::function<bool()> what) { return QTest::qWaitFor(what, Patience); }

  Scripted Child;
  ConnectWindow Window;
  QSignalSpy Ended;
};
}

TEST(ConnectWindow, StepsAreFoldedAndTimed)
{
  Shown shown(
    phaseLine("config", "begin", "Reading the configuration", 0.0) +
    phaseLine("config", "done", "", 0.01) + phaseLine("resolve", "begin", "", 0.01) +
    phaseLine("ssh", "begin", "Reaching login3.cluster.edu", 0.02) +
    phaseLine("ssh", "done", "Reached login3.cluster.edu", 0.12) +
    phaseLine("auth", "begin", "", 0.12) + phaseLine("auth", "done", "Logged in as alice", 2.52) +
    phaseLine("submit", "done", "Job 48213 submitted to viz", 3.12) +
    phaseLine("queue", "begin", "Waiting in the queue", 3.12) +
    phaseLine("queue", "progress", "Waiting in the queue: 3rd", 75) + "@hang\n@exit 130\n");
  ASSERT_TRUE(
    shown.waitFor([&]() { return shown.steps()->title(3).endsWith(QLatin1String("3rd")); }));
  PhaseList* steps = shown.steps();
  ASSERT_EQ(6, steps->count());
  EXPECT_EQ("Reached login3.cluster.edu", steps->title(0).toStdString());
  EXPECT_EQ(StateIcon::Done, steps->state(0));
  EXPECT_EQ("0.1 s", shown.label("stepTime0").toStdString());
  EXPECT_EQ("2.4 s", shown.label("stepTime1").toStdString());
  EXPECT_EQ(StateIcon::Done, steps->state(2));
  EXPECT_EQ(StateIcon::Working, steps->state(3));
  EXPECT_EQ(StateIcon::Pending, steps->state(4));
  const RouteView& view = shown.Window.findChild<pvhop::RoutePicture*>()->view();
  EXPECT_EQ(RouteView::Standing, view.Login);
  EXPECT_EQ(RouteView::Working, view.Server);
  EXPECT_EQ(RouteView::Idle, view.Connection);
  EXPECT_EQ("1:12", PhaseList::duration(72).toStdString());
  EXPECT_EQ("2:03:09", PhaseList::duration(7389).toStdString());
  shown.Window.reject();
  ASSERT_TRUE(shown.Ended.wait(Patience));
}

TEST(ConnectWindow, AFurtherHopHasItsOwnSteps)
{
  Shown shown(phaseLine("ssh", "done", "Reached gate") +
                phaseLine("auth", "done", "Logged in on gate") +
                phaseLine("ssh", "begin", "Reaching login3") + phaseLine("auth", "begin", "") +
                phaseLine("auth", "done", "Logged in on login3") + "@hang\n",
              false);
  ASSERT_TRUE(shown.waitFor([&]() { return shown.steps()->count() == 6; }));
  EXPECT_EQ("Reaching login3", shown.steps()->title(2).toStdString());
  EXPECT_EQ("Logged in on login3", shown.steps()->title(3).toStdString());
  EXPECT_EQ("pvserver starts", shown.steps()->title(4).toStdString());
  shown.Window.reject();
  ASSERT_TRUE(shown.Ended.wait(Patience));
}

TEST(ConnectWindow, AFailureStandsInPlaceOfItsStep)
{
  Shown shown(phaseLine("ssh", "done", "Reached login3") +
              phaseLine("auth", "begin", "Logging in") + ErrorLine +
              "{\"v\":1,\"event\":\"end\",\"exit\":77}\n@exit 77\n");
  QSignalSpy again(&shown.Window, &ConnectWindow::againWanted);
  QSignalSpy closed(&shown.Window, &ConnectWindow::closed);
  ASSERT_TRUE(shown.Ended.wait(Patience));
  EXPECT_EQ(StateIcon::Failed, shown.steps()->state(1));
  EXPECT_EQ("The login was refused", shown.label("failureWhat").toStdString());
  EXPECT_EQ("login3 said: Permission denied", shown.label("failureWhy").toStdString());
  EXPECT_EQ("Check the user name.", shown.label("failureRemedy").toStdString());
  EXPECT_EQ("PVH1301", shown.label("failureCode").toStdString());
  EXPECT_EQ(RouteView::Broken, shown.Window.findChild<pvhop::RoutePicture*>()->view().Login);
  EXPECT_TRUE(shown.Window.isVisible());
  QTest::mouseClick(shown.button("copy"), Qt::LeftButton);
  const QString copied = QApplication::clipboard()->text();
  EXPECT_NE(-1, copied.indexOf(QLatin1String("PVH1301")));
  EXPECT_NE(-1, copied.indexOf(QLatin1String("Reached login3"))) << "the log too";
  QTest::mouseClick(shown.button("again"), Qt::LeftButton);
  EXPECT_EQ(1, again.size());
  QTest::mouseClick(shown.button("cancel"), Qt::LeftButton);
  EXPECT_EQ(1, closed.size());
  EXPECT_FALSE(shown.Window.isVisible());
}

TEST(ConnectWindow, TryingAgainStartsWithACleanSheet)
{
  Shown shown(phaseLine("auth", "begin", "Logging in") + ErrorLine + "@exit 77\n");
  ASSERT_TRUE(shown.Ended.wait(Patience));
  Scripted second(phaseLine("ssh", "begin", "Reaching login3 again") + "@hang\n");
  shown.Window.watch(&second.Process);
  EXPECT_EQ(StateIcon::Pending, shown.steps()->state(1));
  EXPECT_TRUE(shown.label("failureWhat").isEmpty());
  QSignalSpy ended(&second.Process, &SessionProcess::ended);
  second.start();
  ASSERT_TRUE(
    shown.waitFor([&]() { return shown.steps()->title(0).endsWith(QLatin1String("again")); }));
  shown.Window.reject();
  ASSERT_TRUE(ended.wait(Patience));
}

TEST(ConnectWindow, CancelWorksInEveryPhase)
{
  for (const char* phase : { "config",
                             "resolve",
                             "ssh",
                             "hostkey",
                             "auth",
                             "tunnel",
                             "relay",
                             "submit",
                             "queue",
                             "start",
                             "check" })
  {
    Shown shown(phaseLine(phase, "begin", phase) + "@hang\n" +
                phaseLine("closing", "begin", "Ending what was started") + "@exit 130\n");
    QSignalSpy closed(&shown.Window, &ConnectWindow::closed);
    ASSERT_TRUE(shown.waitFor(
      [&]()
      {
        for (int i = 0; i < shown.steps()->count(); ++i)
        {
          if (shown.steps()->state(i) == StateIcon::Working)
          {
            return true;
          }
        }
        return false;
      }))
      << phase;
    QTest::keyClick(&shown.Window, Qt::Key_Escape);
    EXPECT_TRUE(shown.Window.isVisible()) << phase << ": it stays until the child has gone";
    EXPECT_FALSE(shown.button("cancel")->isEnabled());
    ASSERT_TRUE(closed.wait(Patience)) << phase;
    EXPECT_FALSE(shown.Window.isVisible());
    EXPECT_TRUE(shown.label("failureWhat").isEmpty()) << "a cancel is no failure";
    EXPECT_EQ(SessionProcess::Ended, shown.Child.Process.state());
  }
}

TEST(ConnectWindow, ACrashOfTheChildIsShown)
{
  Shown shown(phaseLine("start", "begin", "pvserver starts") + "@stderr out of luck\n@crash\n");
  ASSERT_TRUE(shown.Ended.wait(Patience));
  EXPECT_EQ("PVH1905", shown.label("failureCode").toStdString());
  EXPECT_NE(-1, shown.label("failureWhy").indexOf(QLatin1String("out of luck")));
}

TEST(ConnectWindow, AnEndWithoutAReasonIsShownToo)
{
  Shown shown("@exit 0\n");
  ASSERT_TRUE(shown.Ended.wait(Patience));
  EXPECT_EQ("PVH1905", shown.label("failureCode").toStdString());
}

TEST(ConnectWindow, PromptsAreAnsweredInTurn)
{
  Shown shown(
    "{\"v\":1,\"event\":\"prompt\",\"id\":1,\"kind\":\"hostkey\",\"host\":\"login3\","
    "\"fingerprint\":"
    "\"ED25519 SHA256:x\"}\n@answer\n"
    "{\"v\":1,\"event\":\"prompt\",\"id\":2,\"kind\":\"keyboard\",\"host\":\"alice@login3\","
    "\"server_text\":\"Password:\",\"index\":0,\"count\":2}\n"
    "{\"v\":1,\"event\":\"prompt\",\"id\":3,\"kind\":\"keyboard\",\"host\":\"alice@login3\","
    "\"server_text\":\"Code:\",\"index\":1,\"count\":2}\n@answer\n@answer\n" +
    std::string(ReadyLine) + "@hang\n");
  const auto dialog = [&]()
  {
    return shown.Window.findChild<pvhop::PromptDialog*>(QStringLiteral("pvhopPromptDialog"),
                                                        Qt::FindDirectChildrenOnly);
  };
  ASSERT_TRUE(shown.waitFor([&]() { return dialog() != nullptr; }));
  dialog()->findChild<QPushButton*>(QStringLiteral("accept"))->click();
  ASSERT_TRUE(shown.waitFor(
    [&]() { return dialog() && dialog()->findChild<QLineEdit*>(QStringLiteral("answer1")); }));
  dialog()->findChild<QLineEdit*>(QStringLiteral("answer0"))->setText(QStringLiteral("pw"));
  dialog()->findChild<QLineEdit*>(QStringLiteral("answer1"))->setText(QStringLiteral("123"));
  QSignalSpy ready(&shown.Window, &ConnectWindow::ready);
  dialog()->findChild<QPushButton*>(QStringLiteral("accept"))->click();
  ASSERT_TRUE(ready.wait(Patience));
  EXPECT_TRUE(shown.Child.logged("input {\"answer\":\"yes\",\"id\":1}"));
  EXPECT_TRUE(shown.Child.logged("input {\"answer\":\"pw\",\"id\":2}"));
  EXPECT_TRUE(shown.Child.logged("input {\"answer\":\"123\",\"id\":3}"));
  shown.Window.reject();
  ASSERT_TRUE(shown.Ended.wait(Patience));
}

TEST(ConnectWindow, AnErrorTakesItsQuestionAway)
{
  Shown shown("{\"v\":1,\"event\":\"prompt\",\"id\":1,\"kind\":\"password\",\"host\":\"a@b\"}\n"
              "@wait-file " +
              std::string("/dev/null") + "\n" + ErrorLine + "@exit 77\n");
  ASSERT_TRUE(shown.Ended.wait(Patience));
  EXPECT_TRUE(shown.waitFor([&]() { return !shown.Window.findChild<pvhop::PromptDialog*>(); }));
}

TEST(ConnectWindow, AHundredThousandLinesDoNotBlock)
{
  const auto measure = []() -> qint64
  {
    Shown shown("@spam 100000\n@hang\n");
    shown.Window.findChild<QToolButton*>(QStringLiteral("logToggle"))->setChecked(true);
    pvhop::LogView* log = shown.Window.findChild<pvhop::LogView*>();
    EXPECT_TRUE(log->isVisible());
    QTest::qWait(50); // shows the window: that is not what is measured
    Watch watch;
    EXPECT_TRUE(
      shown.waitFor([&]() { return log->toPlainText().contains(QLatin1String("line 99999 ")); }));
    const qint64 longest = watch.longestMs();
    EXPECT_LE(log->document()->blockCount(), int(pvhop::LogView::MostLines));
    shown.Window.reject();
    EXPECT_TRUE(shown.Ended.wait(Patience));
    return longest;
  };
  EXPECT_LT(leastPause(measure), 50);
}

TEST(ConnectWindow, TheLikeliestRemedyIsAButton)
{
  const std::string line = R"({"v":1,"event":"error","code":"PVH%","what":"w","why":"y"})";
  const struct
  {
    int Code;
    const char* Shows;
  } cases[] = { { PVHOP_E_PVSERVER_MISSING, "settings" },
                { PVHOP_E_NO_ROUTE, "settings" },
                { PVHOP_E_FORWARD_BOUND, "message" },
                { PVHOP_E_PVSERVER_DIED, "log" },
                { PVHOP_E_CANCELLED, "" } };
  for (const auto& each : cases)
  {
    std::string error = line;
    error.replace(error.find('%'), 1, std::to_string(each.Code));
    Shown shown(error + "\n@exit 69\n");
    shown.Window.setSettingsPossible(true);
    ASSERT_TRUE(shown.Ended.count() || shown.Ended.wait(Patience));
    QPushButton* button = shown.Window.findChild<QPushButton*>(QStringLiteral("failureButton"));
    const std::string shows = each.Shows;
    ASSERT_EQ(shows.empty(), button == nullptr) << each.Code;
    if (!button)
    {
      continue;
    }
    QSignalSpy settings(&shown.Window, &pvhop::ConnectWindow::settingsWanted);
    QApplication::clipboard()->clear();
    button->click();
    EXPECT_EQ(shows == "settings", settings.count() == 1) << each.Code;
    EXPECT_EQ(shows == "message",
              QApplication::clipboard()->text().contains(QLatin1String("PVH1402")));
    EXPECT_EQ(shows == "log",
              shown.Window.findChild<QToolButton*>(QStringLiteral("logToggle"))->isChecked());
  }
}

TEST(ConnectWindow, EveryWidgetHasAName)
{
  Shown shown("@hang\n");
  for (QWidget* widget : shown.Window.findChildren<QWidget*>())
  {
    if (qobject_cast<QPushButton*>(widget) || qobject_cast<QLabel*>(widget) ||
        qobject_cast<QToolButton*>(widget))
    {
      EXPECT_FALSE(widget->objectName().isEmpty()) << widget->metaObject()->className();
    }
  }
  shown.Window.reject();
  ASSERT_TRUE(shown.Ended.wait(Patience));
}
