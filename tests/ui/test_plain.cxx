// SPDX-License-Identifier: BSD-3-Clause
/** What windows say to somebody who knows neither sshd nor pvhop; that it is said in German, too;
 * and that what exactly was found stands under Details. */
#include "scripted_wizard.h"
#include "sites.h"

#include "ConnectWindow.h"
#include "CoreWords.h"
#include "LostDialog.h"
#include "PhaseList.h"
#include "PlainWords.h"
#include "PromptDialog.h"
#include "SessionStatus.h"
#include "StateIcon.h"
#include "Wizard.h"
#include "Words.h"

#include <QAbstractButton>
#include <QDir>
#include <QLabel>
#include <QMainWindow>
#include <QPlainTextEdit>
#include <QRegularExpression>
#include <QStatusBar>
#include <QTest>
#include <QTranslator>

namespace
{
using namespace pvhop;

/// The words that stand under Details only. Not isPlain(): it is what is tested.
bool knownToFew(const QString& text)
{
  static const QRegularExpression words(
    QStringLiteral("\\b(relays?|recipes?|relais|rezepte?)\\b|GatewayPorts"),
    QRegularExpression::CaseInsensitiveOption);
  return words.match(text).hasMatch();
}

/// All that can be read or heard of a window now, that only few understand.
QStringList hardWords(const QWidget* window)
{
  QStringList all;
  const auto look = [&all](const QWidget* widget, const QString& text)
  {
    if (knownToFew(text))
    {
      all << QStringLiteral("%1: %2").arg(widget->objectName(), text);
    }
  };
  QList<const QWidget*> widgets{ window };
  for (const QWidget* each : window->findChildren<QWidget*>())
  {
    widgets << each;
  }
  for (const QWidget* each : widgets)
  {
    if (!each->isVisible())
    {
      continue;
    }
    for (const QString& text :
         { each->toolTip(), each->accessibleName(), each->accessibleDescription() })
    {
      look(each, text);
    }
    if (each->isWindow())
    {
      look(each, each->windowTitle());
    }
    if (const auto* label = qobject_cast<const QLabel*>(each))
    {
      look(each, label->text());
    }
    if (const auto* button = qobject_cast<const QAbstractButton*>(each))
    {
      look(each, button->text());
    }
    if (const auto* text = qobject_cast<const QPlainTextEdit*>(each))
    {
      look(each, text->toPlainText());
    }
  }
  return all;
}

#define EXPECT_PLAIN(window)                                                                       \
  EXPECT_TRUE(hardWords(window).isEmpty()) << qPrintable(hardWords(window).join(QLatin1Char('\n')))

/// German, for as long as it lives.
class German
{
public:
  German()
  {
    useResources(QLocale::c());
    EXPECT_TRUE(this->Words.load(QStringLiteral(":/pvhop/pvhop_de.qm")));
    EXPECT_TRUE(QCoreApplication::installTranslator(&this->Words));
  }
  ~German() { QCoreApplication::removeTranslator(&this->Words); }

private:
  QTranslator Words;
};

ConnectPlan plan()
{
  ConnectPlan made;
  made.Name = QStringLiteral("viz");
  made.Host = QStringLiteral("login.cluster.edu");
  made.Job = true;
  return made;
}

const QString Hard = QStringLiteral("the relay of this recipe ended: GatewayPorts is no");

/// Each failure of the catalogue: as it is, with a reason and with a remedy that only few
/// understand, and in such words altogether.
QVector<Failure> failures()
{
  QVector<Failure> all;
  for (size_t i = 0; const pvhop_code_info* row = pvhop_code_row(i); ++i)
  {
    all << Failure::fromCatalogue(row->code, QStringLiteral("because"));
    all << Failure::fromCatalogue(row->code, Hard);
    Failure advised = all.last();
    advised.Remedy = QStringLiteral("Ask for 'GatewayPorts clientspecified', or --route=relay.");
    all << advised;
    Failure other = advised;
    other.What = Hard;
    all << other;
  }
  return all;
}

void everyFailureIsPlain()
{
  for (const Failure& failure : failures())
  {
    ConnectWindow window(plan());
    SessionProcess session;
    window.watch(&session);
    window.show();
    Q_EMIT session.failed(failure);
    Q_EMIT session.ended(1);
    EXPECT_PLAIN(&window) << qPrintable(failure.Code);
    EXPECT_FALSE(window.findChild<QLabel*>(QStringLiteral("failureWhat"))->text().isEmpty());
    EXPECT_FALSE(window.findChild<QLabel*>(QStringLiteral("failureRemedy"))->text().isEmpty());
    // What was put in other words can be read all the same.
    auto* details = window.findChild<QAbstractButton*>(QStringLiteral("failureDetails"));
    const bool hard =
      knownToFew(failure.What + QLatin1Char(' ') + failure.Why + QLatin1Char(' ') + failure.Remedy);
    ASSERT_TRUE(details || !hard) << qPrintable(failure.Code);
    if (hard)
    {
      details->click();
      EXPECT_FALSE(hardWords(&window).isEmpty()) << qPrintable(failure.Code);
    }
    // The other windows that show failures.
    QMainWindow main;
    auto* status = new SessionStatus(plan(), &session, &main);
    main.statusBar()->addPermanentWidget(status);
    main.show();
    Q_EMIT session.failed(failure);
    ASSERT_NE(nullptr, main.findChild<Notice*>());
    EXPECT_PLAIN(&main) << qPrintable(failure.Code);
    LostDialog lost(plan(), failure, nullptr);
    lost.show();
    EXPECT_PLAIN(&lost) << qPrintable(failure.Code);
    EXPECT_FALSE(knownToFew(PlainFailure::of(failure).toText())) << qPrintable(failure.Code);
  }
}

/// A wizard that is about to look at a host.
class Looked : public ScriptedWizard
{
public:
  explicit Looked(const std::string& script)
    : ScriptedWizard(script)
  {
    this->Shown = std::make_unique<Wizard>(this->Around, Wizard::Saver());
    this->Shown->model()->set("host", QStringLiteral("login.cluster.edu"));
    this->Shown->show();
  }
  void press(const char* name) { this->find<QAbstractButton>(name)->click(); }
};

/// Each check, in each of its states, in words that only few understand.
std::string hardChecks()
{
  std::string all;
  int n = 0;
  for (const char* check : { "reach",
                             "hostkey",
                             "login",
                             "site",
                             "speed",
                             "forwarding",
                             "helper",
                             "scheduler",
                             "nodes",
                             "inside",
                             "pvserver",
                             "rendering",
                             "leftovers" })
  {
    const char* const states[] = { "ok", "note", "bad" };
    all += checkLine(check, states[n++ % 3], "a relay", "Ask for GatewayPorts, or a recipe.");
  }
  return all;
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
  const size_t at = text.find(from);
  EXPECT_NE(std::string::npos, at) << from;
  return text.replace(at, from.size(), to);
}
}

TEST(Plain, WordsAreToldFromNames)
{
  for (const char* hard : { "a relay.",
                            "The relay's port",
                            "route 'relay'",
                            "routes 'relay-tunnel' and 'stdio'",
                            "no whole recipe",
                            "(GatewayPorts no)",
                            "the helper pvhop-relay",
                            "Das Relais" })
  {
    EXPECT_FALSE(isPlain(QLatin1String(hard))) << hard;
  }
  for (const char* plain : { "relay1.cluster.edu refused",
                             "relay.cluster.edu refused",
                             "alice@relay.cluster.edu",
                             "/apps/relay/bin/pvserver",
                             "it is relayed" })
  {
    EXPECT_TRUE(isPlain(QLatin1String(plain))) << plain;
  }
  EXPECT_TRUE(isPlainAdvice(QStringLiteral("Ask for less time -- or another queue.")));
  EXPECT_FALSE(isPlainAdvice(QStringLiteral("Give it with --client-host.")));
}

TEST(Plain, NoFailureNeedsAnAdministratorToRead)
{
  everyFailureIsPlain();
}

TEST(Plain, NorInGerman)
{
  const German german;
  everyFailureIsPlain();
}

TEST(Plain, AReasonInTheWordsOfAServerStays)
{
  const Failure failure =
    Failure::fromCatalogue(PVHOP_E_AUTH, QStringLiteral("relay1.cluster.edu said: no"));
  const PlainFailure plain = PlainFailure::of(failure);
  EXPECT_EQ(failure.What, plain.What);
  EXPECT_EQ(failure.Why, plain.Why);
  EXPECT_EQ(failure.Remedy, plain.Remedy);
  EXPECT_TRUE(plain.Details.isEmpty()) << qPrintable(plain.Details);
}

TEST(Plain, WhatTheCheckFindsIsPlainUntilDetailsAreAskedFor)
{
  Looked looked(hardChecks() + resultLine(clusterResult()) + "@hang\n@exit 0\n");
  looked.press("wizardNext");
  ASSERT_TRUE(looked.checked());
  EXPECT_PLAIN(looked.Shown.get());
  EXPECT_FALSE(looked.find<QLabel>("check-scheduler")->text().isEmpty());
  looked.press("checkDetails");
  EXPECT_TRUE(looked.find<QLabel>("check-scheduler-detail")->isVisible());
  EXPECT_TRUE(
    looked.find<QLabel>("check-inside-detail")->text().contains(QLatin1String("GatewayPorts")));
}

TEST(Plain, WhyAWayWorksOrDoesNotIsPlainUntilDetailsAreAskedFor)
{
  // In words that are known, and in such as a later version may have.
  const std::string result =
    replaced(replaced(clusterResult(),
                      R"("recommended":false,"encrypted":true,"why":""})",
                      R"("recommended":false,"encrypted":true,"why":"a relay on the host stands )"
                      R"(before a port on its loopback that leads here"})"),
             "Slower than a forwarding.",
             "a relay");
  Looked looked(clusterChecks() + resultLine(result) + "@hang\n@exit 0\n");
  looked.press("wizardNext");
  ASSERT_TRUE(looked.checked());
  looked.press("wizardNext");
  looked.press("allRoutes");
  EXPECT_PLAIN(looked.Shown.get());
  EXPECT_EQ(routeNeeds(QStringLiteral("tunnel")), looked.find<QLabel>("route-tunnel-why")->text());
  EXPECT_TRUE(looked.find<QLabel>("route-relay-tunnel-why")
                ->text()
                .endsWith(QLatin1String("The port of ssh itself is inside the host only.")));
  looked.press("routeDetails");
  const QLabel* exactly = looked.find<QLabel>("route-tunnel-detail");
  EXPECT_TRUE(exactly->isVisible());
  EXPECT_TRUE(exactly->text().contains(QLatin1String("GatewayPorts no")));
}

TEST(Plain, TheHelpersNameStandsUnderDetails)
{
  Prompt prompt;
  prompt.Kind = PromptKind::Helper;
  prompt.Host = QStringLiteral("login3");
  prompt.Text = QStringLiteral("This route needs pvhop's helper program, pvhop-relay, on login3.");
  PromptDialog dialog(prompt);
  dialog.show();
  EXPECT_PLAIN(&dialog);
  dialog.findChild<QAbstractButton*>(QStringLiteral("helperDetails"))->click();
  const QLabel* details = dialog.findChild<QLabel*>(QStringLiteral("helperDetailsText"));
  EXPECT_TRUE(details->isVisible());
  EXPECT_EQ(prompt.Text, details->text());
}

/** As core prints them (check_translations.py looks whether it says anything else). */
TEST(CoreWords, PhasesAreSaidInTheWordsOfTheWindows)
{
  const struct
  {
    const char *Said, *English, *German;
  } rows[] = {
    { "Connecting to fe port 22 (10.0.0.1)", "Connecting to fe", "Verbindet sich mit fe" },
    { "Checking the host key of fe: ED25519 SHA256:x",
      "Checking that it is fe: ED25519 SHA256:x",
      "Prüft, ob es fe ist: ED25519 SHA256:x" },
    { "Logging in to fe as alice", "Logging in to fe as alice", "Meldet sich auf fe als alice an" },
    { "Job 48213 submitted to slurm",
      "Job 48213 submitted to slurm",
      "Job 48213 bei slurm eingereicht" },
    { "place 3 in the queue, to start in about 12 min; Priority",
      "Waiting in the queue: place 3, starts in about 12 min (Priority)",
      "Wartet in der Warteschlange: Platz 3, beginnt in etwa 12 min (Priority)" },
    { "place 3 in the queue; Resources, or %1",
      "Waiting in the queue: place 3 (Resources, or %1)",
      "Wartet in der Warteschlange: Platz 3 (Resources, or %1)" },
    { "Starting pvserver 5.11.0 on fe with mpiexec -n 2",
      "Starting pvserver 5.11.0 on fe with mpiexec -n 2",
      "Startet pvserver 5.11.0 auf fe mit mpiexec -n 2" },
    { "Starting pvserver  on fe", "Starting pvserver on fe", "Startet pvserver auf fe" },
    { "Starting pvserver 5.11.0 on cn1",
      "Starting pvserver 5.11.0 on cn1",
      "Startet pvserver 5.11.0 auf cn1" },
    { "a relay at port 4711 of fe leads here (route relay-tunnel)",
      "fe passes on what comes to its port 4711",
      "fe reicht weiter, was an seinem Port 4711 ankommt" },
    { "pvserver will listen, and be called through the ssh login (route two-hop-forward)",
      "pvserver will wait to be called through the ssh login",
      "pvserver wird warten, bis es durch die ssh-Anmeldung angerufen wird" },
    { "The login was refused", "The login was refused", "Die Anmeldung wurde abgelehnt" },
    { "AssocGrpCpuLimit", "AssocGrpCpuLimit", "AssocGrpCpuLimit" },
    { "the relay speaks", "", "" },
  };
  for (const auto& row : rows)
  {
    const QString said = QString::fromUtf8(row.Said);
    EXPECT_EQ(QString::fromUtf8(row.English), phaseWords(said));
    const German german;
    EXPECT_EQ(QString::fromUtf8(row.German), phaseWords(said));
  }
  EXPECT_EQ(QString(5000, QLatin1Char('x')), coreWords(QString(5000, QLatin1Char('x'))));
}

TEST(CoreWords, DoubtIsSaidToo)
{
  EXPECT_EQ(QStringLiteral("The port is inside the host only. Not all of it could be tried."),
            coreWords(QStringLiteral("pvserver connects to a port on the host's loopback that "
                                     "leads here; not all of it could be tried")));
}

/** The whole window, from the lines that pvhop writes to what is read. */
TEST(CoreWords, TheStepsOfAConnectionSpeakGerman)
{
  const German german;
  ConnectWindow window(plan());
  Scripted child(phaseLine("ssh", "begin", "Connecting to fe port 22 (10.0.0.1)") +
                 phaseLine("auth", "begin", "Logging in to fe as alice") +
                 phaseLine("submit", "begin", "Submitting the job to viz") +
                 phaseLine("queue", "begin", "Job 48213 waits in the queue") +
                 phaseLine("queue", "progress", "place 2 in the queue; Priority") +
                 phaseLine("start", "begin", "Starting pvserver 5.11.0 on cn1") +
                 R"({"v":1,"event":"error","code":"PVH1402","what":"The forwarded port was not )"
                 R"(opened where it is needed","why":"the host's sshd said yes, but opened the )"
                 R"(port on its loopback only","remedy":"The site's sshd has GatewayPorts set to )"
                 R"('no'. Use another route, or ask the administrator for 'GatewayPorts )"
                 R"(clientspecified'."})"
                 "\n@exit 69\n");
  QSignalSpy ended(&child.Process, &SessionProcess::ended);
  window.watch(&child.Process);
  window.show();
  child.start();
  ASSERT_TRUE(ended.count() || ended.wait(Patience));
  const PhaseList* steps = window.findChild<PhaseList*>(QStringLiteral("steps"));
  QStringList titles;
  for (int i = 0; i < steps->count(); ++i)
  {
    titles << steps->title(i);
  }
  const QString all = titles.join(QLatin1Char('\n'));
  for (const char* title : { "Verbindet sich mit fe",
                             "Meldet sich auf fe als alice an",
                             "Wartet in der Warteschlange: Platz 2 (Priority)",
                             "Startet pvserver 5.11.0 auf cn1" })
  {
    EXPECT_TRUE(titles.contains(QLatin1String(title))) << title << "\n" << qPrintable(all);
  }
  EXPECT_PLAIN(&window);
  const QLabel* what = window.findChild<QLabel*>(QStringLiteral("failureWhat"));
  EXPECT_TRUE(what->text().startsWith(QString::fromUtf8("Der Rückweg")))
    << qPrintable(what->text());
  EXPECT_NE(nullptr, window.findChild<QAbstractButton*>(QStringLiteral("failureDetails")))
    << "GatewayPorts stands there";
}
