// SPDX-License-Identifier: BSD-3-Clause
/** What stands in the status bar while a session is up, and what is said before it ends. */
#include "scripted.h"

#include "LogView.h"
#include "LostDialog.h"
#include "RoutePicture.h"
#include "SessionStatus.h"

#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMainWindow>
#include <QPushButton>
#include <QStatusBar>
#include <QTest>

#include <functional>

namespace
{
using namespace pvhop;

std::string stats(int left)
{
  return R"({"v":1,"event":"stats","rtt_ms":23.4,"to_client":1288490189,"to_server":2048,)"
         R"("left_s":)" +
         std::to_string(left) + "}\n";
}

const std::string Connected = R"({"v":1,"event":"connected","server":"cn17"})"
                              "\n";

/// A main window with a session in its status bar.
class Bar
{
public:
  explicit Bar(const std::string& script)
    : Child(script)
  {
    ConnectPlan plan;
    plan.Name = QStringLiteral("viz");
    plan.Host = QStringLiteral("login.cluster.edu");
    plan.Route = QStringLiteral("two-hop-forward");
    plan.Job = true;
    this->Field = new QLineEdit(&this->Main);
    this->Main.setCentralWidget(this->Field);
    this->Status = new SessionStatus(plan, &this->Child.Process, &this->Main);
    this->Main.statusBar()->addPermanentWidget(this->Status);
    this->Main.resize(800, 600);
    this->Main.show();
    this->Field->setFocus();
    this->Child.start();
  }
  bool waitFor(const std::function<bool()>& condition) const
  {
    return QTest::qWaitFor(condition, Patience);
  }
  Notice* notice() const { return this->Main.findChild<Notice*>(); }

  Scripted Child;
  QMainWindow Main;
  QLineEdit* Field;
  SessionStatus* Status;
};
}

TEST(SessionStatus, SaysWhereHowFarAndHowLong)
{
  Bar bar(Connected + stats(2460) + "@hang\n");
  ASSERT_TRUE(
    bar.waitFor([&]() { return bar.Status->text().contains(QLatin1String("0:41 left")); }));
  EXPECT_TRUE(bar.Status->text().contains(QLatin1String("node cn17")));
  EXPECT_TRUE(bar.Status->text().contains(QLatin1String("23 ms")));
  EXPECT_EQ(nullptr, bar.notice());
  bar.Status->click();
  QDialog* window = bar.Main.findChild<QDialog*>(QStringLiteral("pvhopSessionWindow"));
  ASSERT_NE(nullptr, window);
  EXPECT_TRUE(window->isVisible());
  EXPECT_EQ(QStringLiteral("cn17"), window->findChild<RoutePicture*>()->view().Node);
  EXPECT_EQ(QStringLiteral("1.2 GiB"),
            window->findChild<QLabel*>(QStringLiteral("sessionReceived"))->text());
  QSignalSpy end(bar.Status, &SessionStatus::endWanted);
  window->findChild<QPushButton*>(QStringLiteral("sessionEnd"))->click();
  EXPECT_EQ(1, end.count());
  bar.Child.Process.close();
}

TEST(SessionStatus, TheEndOfTheTimeIsSaidTwiceAndTakesNoFocus)
{
  pvhop_test::TempDir folder;
  const std::string next = folder / "next";
  Bar bar(Connected + stats(599) + stats(598) + "@wait-file " + next + "\n" + stats(119) +
          "@hang\n");
  ASSERT_TRUE(bar.waitFor([&]() { return bar.notice() != nullptr; }));
  EXPECT_TRUE(bar.notice()
                ->findChild<QLabel*>(QStringLiteral("pvhopNoticeText"))
                ->text()
                .contains(QLatin1String("10 min")));
  EXPECT_FALSE(bar.notice()->isAncestorOf(QApplication::focusWidget()));
  QSignalSpy save(bar.Status, &SessionStatus::saveStateWanted);
  bar.notice()->findChild<QPushButton*>(QStringLiteral("pvhopNoticeSave"))->click();
  EXPECT_EQ(1, save.count());
  bar.notice()->findChild<QPushButton*>(QStringLiteral("pvhopNoticeClose"))->click();
  ASSERT_TRUE(bar.waitFor([&]() { return bar.notice() == nullptr; }));
  ASSERT_TRUE(pvhop_test::write_file(next, ""));
  ASSERT_TRUE(bar.waitFor([&]() { return bar.notice() != nullptr; }));
  bar.Child.Process.close();
}

TEST(SessionStatus, ALostSessionIsSaidInWords)
{
  Bar bar(Connected + R"({"v":1,"event":"error","code":"PVH1205","what":"w",)" +
          R"("why":"no answer for 45 s"})" + "\n@hang\n");
  ASSERT_TRUE(bar.waitFor([&]() { return bar.notice() != nullptr; }));
  const QString text = bar.notice()->findChild<QLabel*>(QStringLiteral("pvhopNoticeText"))->text();
  EXPECT_TRUE(text.contains(QLatin1String("login.cluster.edu"))) << qPrintable(text);
  EXPECT_TRUE(text.contains(QLatin1String("no answer for 45 s"))) << qPrintable(text);
  bar.Child.Process.close();
}

TEST(SessionStatus, AFarSideThatDoesNotAnswerIsSaidUntilItDoes)
{
  pvhop_test::TempDir folder;
  const std::string next = folder / "next";
  Bar bar(Connected + R"({"v":1,"event":"stalled","silent_s":16})" + "\n@wait-file " + next + "\n" +
          R"({"v":1,"event":"stalled","silent_s":0})" + "\n@hang\n");
  ASSERT_TRUE(bar.waitFor([&]() { return bar.notice() != nullptr; }));
  const QString text = bar.notice()->findChild<QLabel*>(QStringLiteral("pvhopNoticeText"))->text();
  EXPECT_TRUE(text.contains(QLatin1String("16 s"))) << qPrintable(text);
  EXPECT_FALSE(bar.notice()->isAncestorOf(QApplication::focusWidget()));
  ASSERT_TRUE(pvhop_test::write_file(next, ""));
  ASSERT_TRUE(bar.waitFor([&]() { return bar.notice() == nullptr; }));
  bar.Child.Process.close();
}

TEST(SessionStatus, ALostPvserverIsAskedAboutWhileParaViewIsHeld)
{
  Bar bar(Connected + R"({"v":1,"event":"lost","code":"PVH1509","what":"pvserver has gone",)" +
          R"("why":"the time of its job is over"})" + "\n@hang\n");
  const auto dialog = [&]() { return bar.Main.findChild<LostDialog*>(); };
  ASSERT_TRUE(bar.waitFor([&]() { return dialog() && dialog()->isVisible(); }));
  EXPECT_EQ(QStringLiteral("the time of its job is over"),
            dialog()->findChild<QLabel*>(QStringLiteral("lostWhy"))->text());
  for (QPushButton* button : dialog()->findChildren<QPushButton*>())
  {
    EXPECT_FALSE(button->isDefault()) << "somebody who types would press it";
  }
  QSignalSpy save(bar.Status, &SessionStatus::saveStateWanted);
  QSignalSpy again(bar.Status, &SessionStatus::reconnectWanted);
  QSignalSpy end(bar.Status, &SessionStatus::endWanted);
  dialog()->findChild<QPushButton*>(QStringLiteral("pvhopLostSave"))->click();
  EXPECT_EQ(1, save.count());
  EXPECT_TRUE(dialog()->isVisible());
  // Asked for at first, then again, as long as the windows live.
  EXPECT_TRUE(bar.waitFor(
    [&]() {
      return QString::fromStdString(bar.Child.log()).count(QLatin1String("\"hold\":true")) >= 3;
    }));
  dialog()->findChild<QPushButton*>(QStringLiteral("pvhopLostReconnect"))->click();
  EXPECT_EQ(1, again.count());
  EXPECT_EQ(0, end.count());
  dialog()->open();
  dialog()->reject();
  EXPECT_EQ(1, end.count());
  bar.Child.Process.close();
}
