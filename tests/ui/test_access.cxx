// SPDX-License-Identifier: BSD-3-Clause
/** Without a mouse and without seeing: every window by the keyboard, and a name on all that it
 * reaches. */
#include "scripted_wizard.h"
#include "sites.h"

#include "ConnectWindow.h"
#include "LostDialog.h"
#include "PromptDialog.h"
#include "SessionStatus.h"
#include "Wizard.h"
#include "Words.h"

#include <QAbstractButton>
#include <QAccessible>
#include <QApplication>
#include <QCheckBox>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QMainWindow>
#include <QRadioButton>
#include <QStatusBar>
#include <QTest>
#include <QTranslator>

namespace
{
using namespace pvhop;

/// What a screen reader would say of it.
QString spoken(QWidget* widget)
{
  QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
  return face ? face->text(QAccessible::Name) : QString();
}

/// Those that Tab reaches now, and that have no name.
QStringList nameless(QWidget* window)
{
  QStringList all;
  for (QWidget* each : window->findChildren<QWidget*>())
  {
    if (each->isVisible() && each->isEnabled() && (each->focusPolicy() & Qt::TabFocus) &&
        !each->focusProxy() && spoken(each).isEmpty())
    {
      all << QStringLiteral("%1 \"%2\"")
               .arg(QLatin1String(each->metaObject()->className()), each->objectName());
    }
  }
  return all;
}

#define EXPECT_NAMED(window)                                                                       \
  EXPECT_TRUE(nameless(window).isEmpty()) << qPrintable(nameless(window).join(QLatin1Char('\n')))

/// A wizard, and a person with a keyboard only.
class Keyboard : public ScriptedWizard
{
public:
  explicit Keyboard(const std::string& script)
    : ScriptedWizard(script)
  {
    this->Shown = std::make_unique<Wizard>(
      this->Around,
      [this](const QString& name, const QString& text, const QString&, QString*)
      {
        this->Name = name;
        this->Text = text;
        return true;
      });
    this->Shown->show();
    EXPECT_TRUE(QTest::qWaitForWindowActive(this->Shown.get(), Patience));
  }
  QString focus() const
  {
    QWidget* widget = QApplication::focusWidget();
    return widget ? widget->objectName() : QString();
  }
  void key(Qt::Key key, Qt::KeyboardModifiers with = Qt::NoModifier)
  {
    ASSERT_NE(nullptr, QApplication::focusWidget());
    QTest::keyClick(QApplication::focusWidget(), key, with);
  }
  void type(const char* text)
  {
    this->Fields++;
    QTest::keyClicks(QApplication::focusWidget(), QLatin1String(text));
  }
  /// Tab, until `name` has the focus.
  void tabTo(const char* name)
  {
    QStringList passed;
    for (int i = 0; i < 60 && this->focus() != QLatin1String(name); ++i)
    {
      this->key(Qt::Key_Tab);
      passed << this->focus();
    }
    EXPECT_EQ(QLatin1String(name), this->focus())
      << name << " not among " << qPrintable(passed.join(QLatin1Char(' ')));
  }

  QString Name, Text;
  int Fields = 0; ///< that were typed into
};
}

/** A cluster with GatewayPorts no, Slurm and one-time codes: host and user, secrets apart. */
TEST(Access, AClusterByTheKeyboardAloneInTwoFields)
{
  Keyboard person(clusterChecks() + resultLine(clusterResult()) + "@hang\n@exit 0\n");
  Wizard& wizard = *person.Shown;
  EXPECT_EQ(QLatin1String("host"), person.focus()) << "one can begin to type at once";
  EXPECT_NAMED(&wizard);
  person.type("login.cluster.edu");
  person.key(Qt::Key_Tab);
  EXPECT_EQ(QLatin1String("user"), person.focus());
  person.type("alice");
  person.tabTo("whereMore");
  person.key(Qt::Key_Space);
  EXPECT_NAMED(&wizard);
  person.key(Qt::Key_Space);
  person.tabTo("wizardNext");
  person.key(Qt::Key_Space);
  ASSERT_EQ(Wizard::CheckPage, wizard.currentId());
  ASSERT_TRUE(person.checked());
  EXPECT_NAMED(&wizard);
  person.tabTo("checkDetails");
  person.key(Qt::Key_Space);
  EXPECT_TRUE(wizard.findChild<QLabel*>(QStringLiteral("check-nodes-detail"))->isVisible());
  person.tabTo("wizardNext");
  person.key(Qt::Key_Return);
  ASSERT_EQ(Wizard::RoutePage, wizard.currentId());
  person.tabTo("allRoutes");
  person.key(Qt::Key_Space);
  EXPECT_NAMED(&wizard);
  person.tabTo("route-auto");
  person.key(Qt::Key_Down); // the arrows choose among ways
  EXPECT_EQ(QStringLiteral("two-hop-forward"), wizard.model()->recipe().get("route"));
  person.key(Qt::Key_Up);
  EXPECT_EQ(QStringLiteral("auto"), wizard.model()->recipe().get("route"));
  person.tabTo("wizardNext");
  person.key(Qt::Key_Return);
  ASSERT_EQ(Wizard::JobPage, wizard.currentId());
  person.tabTo("queue-list");
  person.key(Qt::Key_Down);
  EXPECT_FALSE(wizard.model()->recipe().get("queue").isEmpty()) << "chosen, not typed";
  person.tabTo("ask-walltime");
  person.key(Qt::Key_Space);
  person.tabTo("jobMore");
  person.key(Qt::Key_Space);
  EXPECT_NAMED(&wizard);
  person.tabTo("wizardNext");
  person.key(Qt::Key_Return);
  ASSERT_EQ(Wizard::FinishPage, wizard.currentId());
  person.tabTo("finishMore");
  person.key(Qt::Key_Space);
  EXPECT_NAMED(&wizard);
  QSignalSpy connects(&wizard, &Wizard::connectWanted);
  person.tabTo("wizardSaveAndConnect");
  person.key(Qt::Key_Return);
  EXPECT_EQ(1, connects.count());
  EXPECT_EQ(2, person.Fields);
  EXPECT_TRUE(person.Text.contains(QLatin1String("--user=alice"))) << qPrintable(person.Text);
}

TEST(Access, AWorkstationByTheKeyboardAloneInOneField)
{
  Keyboard person(checkLine("reach", "ok", "1 ms") + resultLine(workstationResult()) +
                  "@hang\n@exit 0\n");
  Wizard& wizard = *person.Shown;
  person.type("lab7");
  person.key(Qt::Key_Return);
  ASSERT_EQ(Wizard::CheckPage, wizard.currentId());
  ASSERT_TRUE(person.checked());
  person.tabTo("wizardNext");
  person.key(Qt::Key_Return);
  ASSERT_EQ(Wizard::FinishPage, wizard.currentId());
  EXPECT_EQ(QLatin1String("wizardSaveAndConnect"), person.focus());
  QSignalSpy connects(&wizard, &Wizard::connectWanted);
  person.key(Qt::Key_Return);
  EXPECT_EQ(1, connects.count());
  EXPECT_EQ(1, person.Fields);
}

TEST(Access, EscapeLeavesTheWizard)
{
  Keyboard person("@hang\n@exit 0\n");
  person.key(Qt::Key_Escape);
  EXPECT_FALSE(person.Shown->isVisible());
}

TEST(Access, WhatIsWrongWithAFieldIsSpoken)
{
  Keyboard person("");
  person.type("a b");
  const auto* host = person.Shown->findChild<QLineEdit*>(QStringLiteral("host"));
  EXPECT_FALSE(host->accessibleDescription().isEmpty());
}

TEST(Access, QuestionsHaveNames)
{
  for (const PromptKind kind : { PromptKind::HostKey,
                                 PromptKind::Password,
                                 PromptKind::Passphrase,
                                 PromptKind::Keyboard,
                                 PromptKind::Helper })
  {
    Prompt prompt;
    prompt.Kind = kind;
    prompt.Host = QStringLiteral("alice@fe");
    prompt.ServerText = QStringLiteral("Code:");
    prompt.Fingerprint = QStringLiteral("ED25519 SHA256:x");
    PromptDialog dialog(prompt);
    dialog.show();
    EXPECT_NAMED(&dialog) << static_cast<int>(kind);
  }
}

/** Whatever fails: the words are there, and whatever Tab reaches has a name. */
TEST(Access, EveryFailureHasNames)
{
  for (size_t i = 0; const pvhop_code_info* row = pvhop_code_row(i); ++i)
  {
    ConnectPlan plan;
    plan.Name = QStringLiteral("lab");
    plan.Host = QStringLiteral("fe");
    ConnectWindow window(plan);
    SessionProcess session;
    window.watch(&session);
    window.show();
    Q_EMIT session.phase(Phase::Ssh, PhaseState::Begin, QString(), 0);
    Q_EMIT session.failed(Failure::fromCatalogue(row->code, QStringLiteral("because")));
    Q_EMIT session.ended(row->exit_code);
    const auto* what = window.findChild<QLabel*>(QStringLiteral("failureWhat"));
    ASSERT_NE(nullptr, what) << row->name;
    EXPECT_FALSE(what->text().isEmpty()) << row->name;
    EXPECT_NAMED(&window) << row->name;
  }
}

TEST(Access, WhatStandsWhileConnectedHasNames)
{
  QMainWindow main;
  ConnectPlan plan;
  plan.Name = QStringLiteral("lab");
  plan.Host = QStringLiteral("fe");
  plan.Job = true;
  SessionProcess session;
  SessionStatus* status = new SessionStatus(plan, &session, &main);
  main.statusBar()->addPermanentWidget(status);
  main.show();
  Q_EMIT session.connected(QStringLiteral("cn17"));
  Q_EMIT session.stalled(15);
  EXPECT_NAMED(&main);
  status->click();
  EXPECT_NAMED(main.findChild<QDialog*>(QStringLiteral("pvhopSessionWindow")));
  Q_EMIT session.lost(Failure::fromCatalogue(PVHOP_E_PVSERVER_LOST, QStringLiteral("because")));
  ASSERT_NE(nullptr, main.findChild<LostDialog*>());
  EXPECT_NAMED(main.findChild<LostDialog*>());
}

/// A screen of 1024 x 768, less a panel and the window's own frame.
const QSize SmallScreen(1000, 690);

#define EXPECT_FITS(window)                                                                        \
  EXPECT_EQ((window).minimumSizeHint().expandedTo((window).minimumSize()),                         \
            (window).minimumSizeHint().expandedTo((window).minimumSize()).boundedTo(SmallScreen))

/** In German, whose words are longer, with all that can be unfolded. */
TEST(Access, EveryWindowFitsASmallScreen)
{
  useResources(QLocale::c());
  QTranslator german;
  ASSERT_TRUE(german.load(QStringLiteral(":/pvhop/pvhop_de.qm")));
  ASSERT_TRUE(QCoreApplication::installTranslator(&german));
  {
    Keyboard person(clusterChecks() + resultLine(clusterResult()) + "@hang\n@exit 0\n");
    Wizard& wizard = *person.Shown;
    const auto press = [&](const char* name)
    { wizard.findChild<QAbstractButton*>(QLatin1String(name))->click(); };
    person.type("login.cluster.edu");
    press("whereMore");
    EXPECT_FITS(wizard);
    press("wizardNext");
    EXPECT_TRUE(person.checked());
    press("checkDetails");
    EXPECT_FITS(wizard);
    press("wizardNext");
    press("allRoutes");
    EXPECT_FITS(wizard);
    press("wizardNext");
    press("jobMore");
    EXPECT_FITS(wizard);
    press("wizardNext");
    press("finishMore");
    EXPECT_EQ(Wizard::FinishPage, wizard.currentId());
    EXPECT_FITS(wizard);
    EXPECT_TRUE(wizard.findChild<QLabel*>(QStringLiteral("sentence"))
                  ->text()
                  .contains(QLatin1String("fordert von Slurm an: 1 Knoten")))
      << qPrintable(wizard.findChild<QLabel*>(QStringLiteral("sentence"))->text());
  }
  for (size_t i = 0; const pvhop_code_info* row = pvhop_code_row(i); ++i)
  {
    ConnectPlan plan;
    plan.Name = QStringLiteral("login.cluster.edu-viz-rc");
    plan.Job = true;
    ConnectWindow window(plan);
    SessionProcess session;
    window.watch(&session);
    window.setBackgroundPossible(true);
    window.show();
    Q_EMIT session.failed(Failure::fromCatalogue(row->code, QStringLiteral("because")));
    Q_EMIT session.ended(row->exit_code);
    window.findChild<QAbstractButton*>(QStringLiteral("logToggle"))->click();
    EXPECT_FITS(window) << row->name;
  }
  Prompt prompt;
  prompt.Kind = PromptKind::HostKey;
  prompt.Host = QStringLiteral("alice@login.cluster.edu");
  prompt.Fingerprint = QStringLiteral("ED25519 SHA256:uNiVeRsALlYtHeRiGhToNeFoRtHiShOsT12345678ab");
  PromptDialog dialog(prompt);
  dialog.show();
  EXPECT_FITS(dialog);
  QCoreApplication::removeTranslator(&german);
}

/** What core says by a code, and of a field, is said in the language of the windows. */
TEST(Access, CoresOwnSentencesAreTranslatedToo)
{
  useResources(QLocale::c()); // no translation, but it is there
  QTranslator german;
  ASSERT_TRUE(german.load(QStringLiteral(":/pvhop/pvhop_de.qm")));
  const Failure before = Failure::fromCatalogue(PVHOP_E_AUTH, QStringLiteral("no key fits"));
  ASSERT_TRUE(QCoreApplication::installTranslator(&german));
  const Failure after = Failure::fromCatalogue(PVHOP_E_AUTH, QStringLiteral("no key fits"));
  Recipe recipe;
  QString why;
  EXPECT_FALSE(recipe.set("walltime", QStringLiteral("soon"), &why));
  Event event;
  QString problem;
  EXPECT_TRUE(
    parseEvent("{\"v\":1,\"event\":\"error\",\"code\":\"PVH1301\",\"what\":\"The login was "
               "refused\",\"why\":\"no key fits\",\"remedy\":\"Ask somebody.\"}",
               &event,
               &problem));
  QCoreApplication::removeTranslator(&german);
  EXPECT_EQ(QStringLiteral("The login was refused"), before.What);
  EXPECT_EQ(QStringLiteral("Die Anmeldung wurde abgelehnt"), after.What);
  EXPECT_NE(before.Remedy, after.Remedy);
  EXPECT_EQ(before.Why, after.Why);
  EXPECT_EQ(after.What, event.Error.What);
  EXPECT_EQ(QStringLiteral("Ask somebody."), event.Error.Remedy) << "one of its own stays";
  EXPECT_TRUE(why.startsWith(QLatin1String("muss eine Zeit"))) << qPrintable(why);
  EXPECT_EQ(QStringLiteral("Muss eine Zeit"), asSentence(QStringLiteral("muss eine Zeit")));
  EXPECT_EQ(QStringLiteral("eX3, version 2"), asSentence(QStringLiteral("eX3, version 2")));
}
