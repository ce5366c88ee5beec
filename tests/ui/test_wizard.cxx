// SPDX-License-Identifier: BSD-3-Clause
/** The wizard, page by page, as somebody with a keyboard goes through it. */
#include "scripted_wizard.h"
#include "sites.h"

#include "FieldEdit.h"
#include "RoutePicture.h"
#include "SshHosts.h"
#include "StateIcon.h"
#include "Wizard.h"
#include "Words.h"

#include <QAbstractButton>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QRadioButton>
#include <QStringListModel>
#include <QTest>

namespace
{
using namespace pvhop;

/// Somebody who goes through the wizard, and where it saves to.
class Walk : public ScriptedWizard
{
public:
  explicit Walk(const std::string& script = "", const QString& client = QStringLiteral("5.11.0"))
    : ScriptedWizard(script, client)
  {
    this->Around.Own = { QStringLiteral("mine") };
    this->Around.Site = { QStringLiteral("theirs") };
  }
  Wizard& open()
  {
    this->Shown = std::make_unique<Wizard>(
      this->Around,
      [this](const QString& name, const QString& text, const QString& replaces, QString* why)
      {
        this->Name = name;
        this->Text = text;
        this->Replaces = replaces;
        *why = this->Refusal;
        return this->Refusal.isEmpty();
      });
    this->Shown->show();
    return *this->Shown;
  }
  /// Types into a field and counts it.
  void type(const char* field, const char* text)
  {
    this->Typed++;
    QLineEdit* line = this->find<QLineEdit>(field);
    line->setFocus();
    QTest::keyClicks(line, QLatin1String(text));
  }
  void press(const char* button)
  {
    QAbstractButton* found = this->find<QAbstractButton>(button);
    EXPECT_TRUE(found->isVisible() && found->isEnabled()) << button;
    found->click();
  }
  QString problem(const char* field)
  {
    return this->find<QLabel>((std::string(field) + "-problem").c_str())->text();
  }
  bool logged(const std::string& line) const
  {
    return ("\n" + pvhop_test::read_file(this->Folder / "log")).find("\n" + line + "\n") !=
           std::string::npos;
  }

  QString Name, Text, Replaces, Refusal;
  int Typed = 0;
};

const std::string Cluster = clusterChecks() + resultLine(clusterResult()) + "@hang\n@exit 0\n";
const std::string Workstation =
  checkLine("reach", "ok", "1 ms") + resultLine(workstationResult()) + "@hang\n@exit 0\n";
}

TEST(Wizard, AWorkstationNeedsOneFieldAndThreeButtons)
{
  Walk walk(Workstation);
  Wizard& wizard = walk.open();
  walk.type("host", "lab7");
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::CheckPage, wizard.currentId());
  ASSERT_TRUE(walk.checked());
  walk.press("wizardNext");
  // One sensible way and no batch system: neither is asked about.
  EXPECT_EQ(Wizard::FinishPage, wizard.currentId());
  QSignalSpy connects(&wizard, &Wizard::connectWanted);
  walk.press("wizardSaveAndConnect");
  EXPECT_EQ(1, connects.count());
  EXPECT_EQ(1, walk.Typed);
  EXPECT_TRUE(walk.Name.startsWith(QLatin1String("lab7"))) << qPrintable(walk.Name);
  EXPECT_TRUE(walk.Text.contains(QLatin1String("<Argument value=\"lab7\"/>")))
    << qPrintable(walk.Text);
  EXPECT_TRUE(walk.Text.contains(QLatin1String("--pvserver=/usr/bin/pvserver")));
  EXPECT_TRUE(walk.logged("argument probe"));
  EXPECT_TRUE(walk.logged("argument --then-connect"));
}

TEST(Wizard, AClusterIsFilledInByTheCheck)
{
  Walk walk(Cluster);
  Wizard& wizard = walk.open();
  walk.type("host", "login.cluster.edu");
  walk.type("user", "alice");
  walk.press("wizardNext");
  ASSERT_TRUE(walk.checked());
  EXPECT_EQ(StateIcon::Warned, walk.find<StateIcon>("check-forwarding-state")->state());
  // What nothing needs is not red, and only who wants to know reads of sshd's settings.
  EXPECT_EQ(StateIcon::Warned, walk.find<StateIcon>("check-nodes-state")->state());
  QLabel* detail = walk.find<QLabel>("check-forwarding-detail");
  EXPECT_FALSE(walk.find<QLabel>("check-forwarding")->text().contains(QLatin1String("Gateway")));
  EXPECT_TRUE(detail->text().contains(QLatin1String("GatewayPorts")));
  EXPECT_FALSE(detail->isVisible());
  walk.press("checkDetails");
  EXPECT_TRUE(detail->isVisible());
  EXPECT_TRUE(walk.find<QLabel>("checkSummary")
                ->text()
                .contains(routeLabel(QStringLiteral("two-hop-forward"))));
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::RoutePage, wizard.currentId());
  EXPECT_TRUE(walk.find<QRadioButton>("route-auto")->isChecked());
  EXPECT_EQ(QStringLiteral("two-hop-forward"),
            walk.find<RoutePicture>("routePicture")->view().Route);
  EXPECT_FALSE(walk.find<QRadioButton>("route-direct")->isEnabled());
  walk.press("allRoutes");
  EXPECT_TRUE(walk.find<QLabel>("route-direct-why")->text().contains(QLatin1String("firewall")));
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::JobPage, wizard.currentId());
  EXPECT_EQ(1, walk.find<QComboBox>("pvserverList")->currentIndex());
  EXPECT_EQ(QStringLiteral("01:00:00"), walk.find<QLineEdit>("walltime")->text());
  EXPECT_EQ(QStringLiteral("slurm"), wizard.model()->recipe().get("scheduler"));
  QComboBox* queues = walk.find<QComboBox>("queue-list");
  ASSERT_EQ(2, queues->count());
  queues->setCurrentIndex(1);
  Q_EMIT queues->activated(1);
  EXPECT_EQ(QStringLiteral("viz"), wizard.model()->recipe().get("queue"));
  EXPECT_EQ(QStringLiteral("viz"), walk.find<QLineEdit>("queue")->text());
  walk.find<QCheckBox>("ask-walltime")->click();
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::FinishPage, wizard.currentId());
  EXPECT_TRUE(walk.find<QLabel>("sentence")->text().contains(QLatin1String("viz")));
  walk.press("wizardSave");
  EXPECT_EQ(2, walk.Typed);
  EXPECT_EQ(QStringLiteral("login.cluster.edu-viz-rc"), walk.Name);
  EXPECT_TRUE(walk.Text.contains(QLatin1String("module load paraview/{version}")));
  EXPECT_TRUE(walk.Text.contains(QLatin1String("PVHOP_WALLTIME")));
  EXPECT_FALSE(wizard.isVisible());
}

/** One-time codes work once: what was logged in to check goes on to connect. */
TEST(Wizard, TheLoginOfTheCheckIsThereForTheConnection)
{
  Walk walk(Workstation);
  Wizard& wizard = walk.open();
  walk.type("host", "lab7");
  walk.press("wizardNext");
  ASSERT_TRUE(walk.checked());
  walk.press("wizardNext");
  walk.press("wizardSaveAndConnect");
  std::unique_ptr<SessionProcess> login(wizard.model()->takeLogin());
  ASSERT_TRUE(login);
  walk.Shown.reset();
  EXPECT_EQ(SessionProcess::Running, login->state());
  QSignalSpy ended(login.get(), &SessionProcess::ended);
  login->goOn({ QStringLiteral("--route"), QStringLiteral("tunnel") });
  login->close();
  ASSERT_TRUE(ended.count() || ended.wait(Patience));
  EXPECT_TRUE(walk.logged("input {\"connect\":[\"--route\",\"tunnel\"]}"));
}

TEST(Wizard, ALoginToAnotherHostIsNotUsed)
{
  Walk walk(Workstation);
  Wizard& wizard = walk.open();
  walk.type("host", "lab7");
  walk.press("wizardNext");
  ASSERT_TRUE(walk.checked());
  EXPECT_TRUE(wizard.model()->hasLogin());
  wizard.model()->set("user", QStringLiteral("bob"));
  EXPECT_FALSE(wizard.model()->hasLogin());
  EXPECT_EQ(nullptr, wizard.model()->takeLogin());
}

TEST(Wizard, NextSaysWhatIsMissing)
{
  Walk walk;
  Wizard& wizard = walk.open();
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::WherePage, wizard.currentId());
  EXPECT_FALSE(walk.problem("host").isEmpty());
  EXPECT_TRUE(walk.find<QLabel>("host-problem")->isVisible());
  walk.type("host", "a b");
  EXPECT_FALSE(walk.problem("host").isEmpty());
  EXPECT_FALSE(walk.problem("host").contains(QLatin1String("a b"))) << "what was typed is in sight";
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::WherePage, wizard.currentId());
  walk.find<QLineEdit>("host")->selectAll();
  walk.type("host", "lab7");
  EXPECT_TRUE(walk.problem("host").isEmpty());
  walk.press("whereMore");
  walk.type("port", "99999");
  EXPECT_FALSE(walk.problem("port").isEmpty());
  walk.press("whereMore"); // hidden again: Next opens it
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::WherePage, wizard.currentId());
  EXPECT_TRUE(walk.find<QLineEdit>("port")->isVisible());
}

TEST(Wizard, WithoutTheCheckAllWaysAreOffered)
{
  Walk walk;
  Wizard& wizard = walk.open();
  walk.type("host", "login.cluster.edu");
  walk.find<QCheckBox>("look")->setChecked(false);
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::RoutePage, wizard.currentId());
  EXPECT_TRUE(walk.find<QRadioButton>("route-direct")->isEnabled());
  walk.find<QRadioButton>("route-stdio")->click();
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::JobPage, wizard.currentId());
  EXPECT_FALSE(walk.find<QLineEdit>("queue")->isVisible()) << "there is no batch system yet";
  QComboBox* scheduler = walk.find<QComboBox>("scheduler");
  scheduler->setCurrentIndex(scheduler->findData(QStringLiteral("pbs")));
  Q_EMIT scheduler->activated(scheduler->currentIndex());
  EXPECT_TRUE(walk.find<QLineEdit>("queue")->isVisible());
  walk.type("walltime", "soon");
  EXPECT_FALSE(walk.problem("walltime").isEmpty());
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::JobPage, wizard.currentId());
  walk.find<QLineEdit>("walltime")->selectAll();
  walk.type("walltime", "2h");
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::FinishPage, wizard.currentId());
  walk.press("wizardSave");
  EXPECT_TRUE(walk.Text.contains(QLatin1String("--route=stdio"))) << qPrintable(walk.Text);
  EXPECT_TRUE(walk.Text.contains(QLatin1String("--walltime=2h")));
  EXPECT_FALSE(walk.logged("argument probe"));
}

/** Of an entry that is changed, the way is chosen: what that needs is red if it is missing. */
TEST(Wizard, TheCheckKnowsTheWayThatWasChosen)
{
  Walk walk(checkLine("nodes", "bad", "Permission denied") + resultLine(clusterResult()) +
            "@hang\n@exit 0\n");
  Wizard& wizard = walk.open();
  walk.type("host", "login.cluster.edu");
  wizard.model()->set("route", QStringLiteral("two-hop-reverse"));
  walk.press("wizardNext");
  ASSERT_TRUE(walk.checked());
  EXPECT_TRUE(walk.logged("argument --route=two-hop-reverse"));
  EXPECT_EQ(StateIcon::Failed, walk.find<StateIcon>("check-nodes-state")->state());
  EXPECT_TRUE(walk.find<QLabel>("check-nodes-detail")->isVisible()) << "red is not hidden";
  wizard.model()->set("route", QString());
  EXPECT_TRUE(wizard.model()->hasLogin()) << "another way, the same login";
}

TEST(Wizard, TheScriptThatWillRunCanBeRead)
{
  Walk walk;
  walk.Around.Program = QStringLiteral(PVHOP_CLI);
  Wizard& wizard = walk.open();
  walk.type("host", "login.cluster.edu");
  wizard.model()->set("scheduler", QStringLiteral("slurm"));
  wizard.model()->set("route", QStringLiteral("tunnel"));
  walk.find<QCheckBox>("look")->setChecked(false);
  for (int i = 0; i < 3; ++i)
  {
    walk.press("wizardNext");
  }
  ASSERT_EQ(Wizard::FinishPage, wizard.currentId());
  walk.press("finishMore");
  const auto* script = walk.find<QPlainTextEdit>("scriptText");
  ASSERT_TRUE(QTest::qWaitFor([&]() { return !script->toPlainText().isEmpty(); }, Patience));
  const QString text = script->toPlainText();
  EXPECT_TRUE(text.contains(QLatin1String("sbatch --parsable"))) << qPrintable(text);
  EXPECT_TRUE(text.contains(QLatin1String("#!/bin/sh")));
  // Changed, it is another one.
  walk.press("wizardBack");
  walk.type("queue", "viz");
  walk.press("wizardNext");
  EXPECT_TRUE(QTest::qWaitFor(
    [&]() { return script->toPlainText().contains(QLatin1String("'viz'")); }, Patience))
    << qPrintable(script->toPlainText());
}

TEST(Wizard, AFailedCheckSaysWhyAndCanBeRepeated)
{
  Walk walk(checkLine("reach", "ok", "1 ms") + checkLine("login", "running", "") +
            R"({"v":1,"event":"error","code":"PVH1301","what":"The login was refused",)"
            R"("why":"no key fits","remedy":"Check."})"
            "\n@exit 77\n");
  Wizard& wizard = walk.open();
  walk.type("host", "lab7");
  walk.press("wizardNext");
  QAbstractButton* again = walk.find<QAbstractButton>("checkAgain");
  ASSERT_TRUE(QTest::qWaitFor([&]() { return again->isVisible(); }, Patience));
  EXPECT_EQ(QStringLiteral("no key fits"), walk.find<QLabel>("failureWhy")->text());
  EXPECT_EQ(StateIcon::Failed, walk.find<StateIcon>("check-login-state")->state());
  ASSERT_TRUE(pvhop_test::write_file(walk.Folder / "script", Workstation));
  walk.press("checkAgain");
  ASSERT_TRUE(walk.checked());
  EXPECT_EQ(nullptr, wizard.findChild<QLabel*>(QStringLiteral("failureWhy")));
  // Somebody who wants to see the ways can.
  walk.press("chooseRoute");
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::RoutePage, wizard.currentId());
}

/** As pvhop tells it: what was not come to, the error, and a result in which there is nothing. */
TEST(Wizard, ARefusedLoginIsNotASiteWithoutAWay)
{
  Walk walk(checkLine("reach", "ok", "fe answers in 71 ms") +
            checkLine("login", "bad", "The login was refused: no key fits", "Check.") +
            checkLine("speed", "skipped", "not looked at") +
            R"({"v":1,"event":"error","code":"PVH1301","what":"The login was refused",)"
            R"("why":"no key fits","remedy":"Check."})"
            "\n" +
            resultLine(R"({"host":"fe","user":"alice","schedulers":[],"pvservers":[],"routes":[],)"
                       R"("recommended":null,"reason":"","request":""})") +
            "@exit 77\n");
  Wizard& wizard = walk.open();
  walk.type("host", "fe");
  walk.press("wizardNext");
  ASSERT_TRUE(QTest::qWaitFor([&]() { return walk.logged("exit 77"); }, Patience));
  ASSERT_TRUE(QTest::qWaitFor([&]() { return !wizard.model()->isChecking(); }, Patience));
  EXPECT_EQ(QStringLiteral("no key fits"), walk.find<QLabel>("failureWhy")->text());
  EXPECT_EQ(StateIcon::Failed, walk.find<StateIcon>("check-login-state")->state());
  EXPECT_TRUE(walk.find<QLabel>("check-login")->text().isEmpty()) << "it is said once";
  EXPECT_EQ(nullptr, wizard.findChild<QLabel*>(QStringLiteral("check-speed")));
  EXPECT_FALSE(walk.find<QLabel>("checkSummary")->text().contains(QLatin1String("No way")));
  EXPECT_EQ(QStringLiteral("&Skip"), walk.find<QAbstractButton>("wizardNext")->text());
}

TEST(Wizard, ACheckThatHangsHoldsNobodyUp)
{
  Walk walk(checkLine("reach", "running", "") + "@hang\n@exit 130\n");
  Wizard& wizard = walk.open();
  walk.type("host", "lab7");
  walk.press("wizardNext");
  const auto measure = []()
  {
    Watch watch;
    QTest::qWait(300);
    return watch.longestMs();
  };
  EXPECT_LT(leastPause(measure), 50);
  EXPECT_EQ(QStringLiteral("&Skip"), walk.find<QAbstractButton>("wizardNext")->text());
  walk.press("wizardNext");
  EXPECT_EQ(Wizard::RoutePage, wizard.currentId());
  EXPECT_FALSE(wizard.model()->isChecking());
  EXPECT_TRUE(QTest::qWaitFor([&]() { return walk.logged("end of input"); }, Patience));
}

TEST(Wizard, ANameIsLookedAtAsItIsTyped)
{
  Walk walk(Workstation);
  Wizard& wizard = walk.open();
  walk.type("host", "lab7");
  walk.press("wizardNext");
  ASSERT_TRUE(walk.checked());
  walk.press("wizardNext");
  walk.find<QLineEdit>("entryName")->selectAll();
  walk.type("entryName", "mine");
  EXPECT_FALSE(walk.find<QLabel>("nameRemark")->text().isEmpty());
  walk.press("wizardSave");
  EXPECT_TRUE(wizard.isVisible());
  EXPECT_TRUE(walk.Name.isEmpty());
  walk.find<QLineEdit>("entryName")->selectAll();
  walk.type("entryName", "theirs");
  EXPECT_TRUE(walk.find<QLabel>("nameRemark")->text().contains(QLatin1String("hide")));
  walk.press("wizardSave");
  EXPECT_EQ(QStringLiteral("theirs"), walk.Name);
}

TEST(Wizard, WhatCannotBeSavedIsSaidAndTheWindowStays)
{
  Walk walk(Workstation);
  walk.Refusal = QStringLiteral("the disk is full");
  Wizard& wizard = walk.open();
  walk.type("host", "lab7");
  walk.press("wizardNext");
  ASSERT_TRUE(walk.checked());
  walk.press("wizardNext");
  walk.press("wizardSave");
  EXPECT_TRUE(wizard.isVisible());
  QWidget* box = walk.find<QWidget>("wizardComplaint");
  EXPECT_TRUE(box->isVisible());
  box->close();
}

TEST(Wizard, AnEntryOpenedAndSavedUnchangedIsTheSameByteForByte)
{
  Walk walk(Cluster);
  walk.open();
  walk.type("host", "login.cluster.edu");
  walk.press("wizardNext");
  ASSERT_TRUE(walk.checked());
  walk.press("wizardNext");
  walk.press("wizardNext");
  walk.find<QCheckBox>("ask-nodes")->click();
  walk.press("wizardNext");
  walk.press("wizardSave");
  // As somebody else's program might have spaced it.
  QString before = walk.Text;
  before.replace(QLatin1String("  <Server"), QLatin1String("\t<Server"));
  const QString name = walk.Name;

  walk.Around.Own.insert(name);
  Wizard& again = walk.open();
  Failure failure;
  ASSERT_TRUE(again.load(before, false, {}, &failure)) << qPrintable(failure.toText());
  again.restart();
  EXPECT_EQ(QStringLiteral("login.cluster.edu"), walk.find<QLineEdit>("host")->text());
  walk.find<QCheckBox>("look")->setChecked(false);
  for (int i = 0; i < 3; ++i)
  {
    walk.press("wizardNext");
  }
  ASSERT_EQ(Wizard::FinishPage, again.currentId());
  walk.press("wizardSave");
  EXPECT_EQ(before, walk.Text);
  EXPECT_EQ(name, walk.Replaces);
  EXPECT_EQ(name, walk.Name);

  // Changed, it is written anew, under the same name.
  Wizard& third = walk.open();
  ASSERT_TRUE(third.load(before, false, {}, &failure));
  third.restart();
  walk.find<QCheckBox>("look")->setChecked(false);
  walk.press("wizardNext");
  walk.find<QRadioButton>("route-relay-tunnel")->click();
  walk.press("wizardNext");
  EXPECT_TRUE(walk.find<QCheckBox>("ask-nodes")->isChecked());
  walk.press("wizardNext");
  walk.press("wizardSave");
  EXPECT_NE(before, walk.Text);
  EXPECT_TRUE(walk.Text.contains(QLatin1String("--route=relay-tunnel")));
  EXPECT_EQ(name, walk.Name);
}

TEST(Wizard, ACopyGetsANameOfItsOwn)
{
  Walk walk;
  Recipe recipe;
  ASSERT_TRUE(recipe.set("host", QStringLiteral("fe")));
  Failure failure;
  const QString text = EntryText::write(QStringLiteral("theirs"), recipe, {}, &failure);
  Wizard& wizard = walk.open();
  ASSERT_TRUE(wizard.load(text, true, {}, &failure));
  EXPECT_EQ(QStringLiteral("theirs 2"), wizard.model()->name());
  EXPECT_FALSE(wizard.model()->isEditing());
}

TEST(Wizard, AThousandHostsAreOfferedWithoutAPause)
{
  Walk walk;
  std::string config;
  for (int i = 0; i < 1000; ++i)
  {
    config += "Host node" + std::to_string(i) + " n" + std::to_string(i) + ".cluster.edu\n" +
              "  User alice\n";
  }
  config += "Host *.edu !x\n  Port 22\nInclude more\nInclude config\n";
  ASSERT_TRUE(pvhop_test::write_file(walk.Folder / "home/.ssh/config", config));
  ASSERT_TRUE(pvhop_test::write_file(walk.Folder / "home/.ssh/more", "Host=\"gate\" gate2\n"));
  const auto measure = [&walk]() -> qint64
  {
    walk.open();
    QApplication::processEvents(); // a window's first painting is not about its hosts
    Watch watch;
    QStringListModel* names = walk.Shown->findChild<QStringListModel*>();
    EXPECT_TRUE(names && QTest::qWaitFor([&]() { return names->rowCount() > 0; }, Patience));
    EXPECT_EQ(2002, names->rowCount());
    EXPECT_TRUE(names->stringList().contains(QLatin1String("gate")));
    EXPECT_FALSE(names->stringList().contains(QLatin1String("*.edu")));
    QLineEdit* host = walk.find<QLineEdit>("host");
    host->setFocus();
    for (const char key : std::string("node99"))
    {
      QTest::keyClick(host, key);
      QApplication::processEvents();
    }
    QTest::qWait(50);
    return watch.longestMs();
  };
  EXPECT_LT(leastPause(measure), 50);
}

TEST(Words, StandForEveryFieldThatTheWizardShows)
{
  for (const char* field :
       { "host",     "user",           "port",      "identity", "jump",         "ssh-config",
         "pvserver", "prelude",        "scheduler", "queue",    "account",      "walltime",
         "nodes",    "processes",      "gpus",      "memory",   "reservation",  "constraint",
         "job-name", "scheduler-args", "rendering", "mpi",      "pvserver-args" })
  {
    EXPECT_TRUE(isFieldTextKnown(pvhop_field_find(field)->title)) << field;
  }
  for (const QString& route :
       QString::fromUtf8(pvhop_field_find("route")->choices).split(QLatin1Char('|')))
  {
    EXPECT_TRUE(routesInOrder().contains(route)) << qPrintable(route);
  }
}
