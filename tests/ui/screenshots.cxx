// SPDX-License-Identifier: BSD-3-Clause
// screenshots FOLDER: every window in its states, light, dark and in German, as PNG files. For the
// documentation, and to look at after a change. With QT_SCALE_FACTOR=2, as on a fine screen.
#include "Boxes.h"
#include "ConnectWindow.h"
#include "LogView.h"
#include "LostDialog.h"
#include "PhaseList.h"
#include "PromptDialog.h"
#include "RoutePicture.h"
#include "SessionProcess.h"
#include "SessionStatus.h"
#include "Wizard.h"
#include "Words.h"
#include "sites.h"

#include <QApplication>
#include <QAbstractButton>
#include <QCheckBox>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QLabel>
#include <QLineEdit>
#include <QMainWindow>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QStatusBar>
#include <QStyle>
#include <QStyleFactory>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QToolButton>
#include <QVBoxLayout>

#include <cstdio>
#include <functional>

namespace
{
using namespace pvhop;

QString Folder;
QString Suffix;

void setDark(bool dark)
{
  QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
  QPalette palette = QApplication::style()->standardPalette();
  if (dark)
  {
    palette.setColor(QPalette::Window, QColor(45, 45, 48));
    palette.setColor(QPalette::WindowText, QColor(225, 225, 225));
    palette.setColor(QPalette::Base, QColor(30, 30, 32));
    palette.setColor(QPalette::AlternateBase, QColor(45, 45, 48));
    palette.setColor(QPalette::Text, QColor(225, 225, 225));
    palette.setColor(QPalette::Button, QColor(60, 60, 64));
    palette.setColor(QPalette::ButtonText, QColor(225, 225, 225));
    palette.setColor(QPalette::PlaceholderText, QColor(140, 140, 140));
    palette.setColor(QPalette::Highlight, QColor(42, 130, 218));
    palette.setColor(QPalette::Disabled, QPalette::ButtonText, QColor(120, 120, 120));
    palette.setColor(QPalette::Disabled, QPalette::WindowText, QColor(120, 120, 120));
    palette.setColor(QPalette::Disabled, QPalette::Text, QColor(120, 120, 120));
  }
  QApplication::setPalette(palette);
  Suffix = dark ? QStringLiteral("-dark") : QStringLiteral("-light");
}

void shoot(QWidget& widget, const char* name)
{
  widget.show();
  for (int i = 0; i < 5; ++i)
  {
    QApplication::processEvents();
  }
  const QString path = QDir(Folder).filePath(QLatin1String(name) + Suffix + QStringLiteral(".png"));
  if (!widget.grab().save(path))
  {
    std::fprintf(stderr, "cannot write %s\n", qPrintable(path));
    std::exit(73);
  }
  widget.hide();
}

ConnectPlan plan(bool job, const char* route)
{
  ConnectPlan made;
  made.Name = QStringLiteral("login.cluster.edu-viz-rc");
  made.Host = QStringLiteral("login3.cluster.edu");
  made.Route = QLatin1String(route);
  made.Job = job;
  return made;
}

void connecting(const char* name,
                const ConnectPlan& what,
                const std::function<void(SessionProcess&)>& story,
                const char* pressed = nullptr)
{
  ConnectWindow window(what);
  window.setBackgroundPossible(true);
  window.setSettingsPossible(true);
  SessionProcess session;
  window.watch(&session);
  story(session);
  if (pressed)
  {
    window.show();
    window.findChild<QToolButton*>(QLatin1String(pressed))->setChecked(true);
  }
  shoot(window, name);
}

/// In pvhop's own words, as it says them.
void login(SessionProcess& s)
{
  Q_EMIT s.phase(Phase::Ssh,
                 PhaseState::Begin,
                 QStringLiteral("Connecting to login3.cluster.edu port 22 (192.0.2.17)"),
                 0);
  Q_EMIT s.phase(Phase::Ssh, PhaseState::Done, QString(), 0.1);
  Q_EMIT s.phase(Phase::Auth,
                 PhaseState::Begin,
                 QStringLiteral("Logging in to login3.cluster.edu as alice"),
                 0.1);
  Q_EMIT s.phase(Phase::Auth, PhaseState::Done, QString(), 2.5);
}

void queued(SessionProcess& s)
{
  login(s);
  Q_EMIT s.phase(
    Phase::Submit, PhaseState::Begin, QStringLiteral("Submitting the job to viz"), 2.5);
  Q_EMIT s.phase(
    Phase::Submit, PhaseState::Progress, QStringLiteral("Job 48213 submitted to Slurm"), 3.0);
  Q_EMIT s.phase(Phase::Submit, PhaseState::Done, QString(), 3.1);
  Q_EMIT s.phase(
    Phase::Queue, PhaseState::Begin, QStringLiteral("Job 48213 waits in the queue"), 3.1);
  Q_EMIT s.phase(Phase::Queue,
                 PhaseState::Progress,
                 QStringLiteral("place 3 in the queue, to start in about 12 min; Priority"),
                 3.2);
}

void windows()
{
  connecting("connect-begin",
             plan(true, "tunnel"),
             [](SessionProcess& s)
             {
               Q_EMIT s.phase(
                 Phase::Ssh, PhaseState::Begin, QStringLiteral("Looking up login3.cluster.edu"), 0);
             });
  connecting("connect-queue", plan(true, "tunnel"), queued);
  connecting(
    "connect-log",
    plan(true, "stdio"),
    [](SessionProcess& s)
    {
      queued(s);
      for (int i = 0; i < 30; ++i)
      {
        Q_EMIT s.log(QStringLiteral("pvserver"), QStringLiteral("Line %1 of what it says").arg(i));
      }
    },
    "logToggle");
  connecting(
    "connect-login-refused",
    plan(false, "tunnel"),
    [](SessionProcess& s)
    {
      Q_EMIT s.phase(Phase::Ssh,
                     PhaseState::Done,
                     QStringLiteral("Connecting to login3.cluster.edu port 22 (192.0.2.17)"),
                     0.1);
      Q_EMIT s.phase(Phase::Auth,
                     PhaseState::Begin,
                     QStringLiteral("Logging in to login3.cluster.edu as alice"),
                     0.1);
      Q_EMIT s.failed(Failure::fromCatalogue(
        PVHOP_E_AUTH,
        QStringLiteral("login3.cluster.edu accepts publickey and keyboard-interactive; your key "
                       "/home/alice/.ssh/id_ed25519 was refused, and the one-time code too.")));
      Q_EMIT s.ended(77);
    });
  const auto refused = [](SessionProcess& s)
  {
    queued(s);
    Q_EMIT s.phase(Phase::Queue, PhaseState::Done, QStringLiteral("The job runs on cn17"), 80);
    Q_EMIT s.phase(
      Phase::Start, PhaseState::Done, QStringLiteral("Starting pvserver 5.11.0 on cn17"), 84);
    Q_EMIT s.phase(Phase::Tunnel,
                   PhaseState::Begin,
                   QStringLiteral("Opening the way back and looking for pvserver"),
                   84);
    Q_EMIT s.failed(Failure::fromCatalogue(
      PVHOP_E_FORWARD_BOUND,
      QStringLiteral("Port 40017 was asked for on all addresses of login3.cluster.edu, but it is "
                     "open on 127.0.0.1 only, where cn17 cannot reach it.")));
    Q_EMIT s.ended(69);
  };
  connecting("connect-forward-refused", plan(true, "tunnel"), refused);
  connecting("connect-forward-refused-details", plan(true, "tunnel"), refused, "failureDetails");
  connecting(
    "connect-hostkey-changed",
    plan(true, "two-hop-reverse"),
    [](SessionProcess& s)
    {
      Q_EMIT s.phase(Phase::HostKey,
                     PhaseState::Begin,
                     QStringLiteral("Checking the host key of login3.cluster.edu: ED25519"),
                     0.1);
      Q_EMIT s.failed(Failure::fromCatalogue(
        PVHOP_E_HOSTKEY_CHANGED,
        QStringLiteral("login3.cluster.edu shows ED25519 "
                       "SHA256:Qm9ndXNLZXlGb3JUaGVTY3JlZW5zaG90T25seQ, on record is ED25519 "
                       "SHA256:uNiVeRsALlYtHeRiGhToNeFoRtHiShOsT12345 (line 14 of "
                       "/home/alice/.ssh/known_hosts).\nRemove it with: ssh-keygen -R "
                       "login3.cluster.edu")));
      Q_EMIT s.ended(77);
    });
}

/// Each failure of the catalogue, as the connecting window shows it.
void failures()
{
  for (size_t i = 0; const pvhop_code_info* row = pvhop_code_row(i); ++i)
  {
    connecting(QStringLiteral("error-%1-%2")
                 .arg(row->code)
                 .arg(QLatin1String(row->name))
                 .toLower()
                 .toLatin1()
                 .constData(),
               plan(true, "tunnel"),
               [row](SessionProcess& s)
               {
                 login(s);
                 Q_EMIT s.phase(Phase::Start,
                                PhaseState::Begin,
                                QStringLiteral("Starting pvserver 5.11.0 on login3.cluster.edu"),
                                2.6);
                 Q_EMIT s.failed(Failure::fromCatalogue(
                   row->code, QStringLiteral("Here stands why, in the words of who refused it.")));
                 Q_EMIT s.ended(row->exit_code);
               });
  }
}

void prompts()
{
  Prompt prompt;
  prompt.Host = QStringLiteral("alice@login3.cluster.edu");
  prompt.Kind = PromptKind::Password;
  {
    PromptDialog dialog(prompt);
    shoot(dialog, "prompt-password");
  }
  prompt.Kind = PromptKind::Passphrase;
  prompt.Text = QStringLiteral("Passphrase for the key /home/alice/.ssh/id_ed25519");
  {
    PromptDialog dialog(prompt);
    shoot(dialog, "prompt-passphrase");
  }
  prompt.Kind = PromptKind::HostKey;
  prompt.Text.clear();
  prompt.Fingerprint =
    QStringLiteral("ED25519 SHA256:uNiVeRsALlYtHeRiGhToNeFoRtHiShOsT12345678abcd");
  {
    PromptDialog dialog(prompt);
    shoot(dialog, "prompt-hostkey");
  }
  prompt.Kind = PromptKind::Helper;
  prompt.Text = QStringLiteral(
    "This route needs pvhop's helper program, pvhop-relay, on login3.cluster.edu. It is 1368 KiB "
    "large, goes to your own cache folder there, runs with your rights only while you are "
    "connected, and is kept for the next time. You are asked once for each host.");
  {
    PromptDialog dialog(prompt);
    shoot(dialog, "prompt-helper");
    dialog.show();
    dialog.findChild<QAbstractButton*>(QStringLiteral("helperDetails"))->click();
    shoot(dialog, "prompt-helper-details");
  }
  prompt.Text.clear();
  prompt.Kind = PromptKind::Keyboard;
  prompt.ServerText = QStringLiteral("Password:");
  prompt.Count = 2;
  {
    PromptDialog dialog(prompt);
    prompt.Index = 1;
    prompt.Echo = true;
    prompt.ServerText = QStringLiteral(
      "Duo two-factor login for alice\n\nEnter a passcode or select one of the following "
      "options:\n\n 1. Duo Push to XXX-XXX-1234\n 2. Phone call to XXX-XXX-1234\n\nPasscode or "
      "option (1-2):");
    dialog.add(prompt);
    shoot(dialog, "prompt-code");
  }
}

/// A main window as ParaView's, with a session in its status bar.
void connected()
{
  QMainWindow main;
  main.resize(820, 520);
  main.setCentralWidget(new QWidget(&main));
  SessionProcess session;
  SessionStatus* status = new SessionStatus(plan(true, "two-hop-forward"), &session, &main);
  main.statusBar()->addPermanentWidget(status);
  Q_EMIT session.connected(QStringLiteral("cn17"));
  Stats stats;
  stats.RoundTripMs = 23.4;
  stats.ToClient = 1288490189;
  stats.ToServer = 2400000;
  stats.SecondsLeft = 590;
  main.show();
  Q_EMIT session.stats(stats);
  shoot(main, "connected-notice");
  main.show();
  Q_EMIT session.log(QStringLiteral("pvserver"), QStringLiteral("Client connected."));
  status->click();
  shoot(*main.findChild<QDialog*>(QStringLiteral("pvhopSessionWindow")), "connected-details");
  main.show();
  Q_EMIT session.stalled(15);
  shoot(main, "connected-stalled");
  main.show();
  Q_EMIT session.lost(Failure::fromCatalogue(
    PVHOP_E_PVSERVER_LOST, QStringLiteral("The time of job 48213 was over, and Slurm ended it.")));
  shoot(*main.findChild<LostDialog*>(), "connected-lost");
}

/// What the plugin asks over ParaView's main window.
void boxes()
{
  for (QMessageBox* box :
       { makeReadyBox(QStringLiteral("login.cluster.edu-viz-rc"), nullptr),
         makeLostEntriesBox({ QStringLiteral("login.cluster.edu-viz-rc"), QStringLiteral("lab7") },
                            nullptr) })
  {
    box->setAttribute(Qt::WA_DeleteOnClose, false);
    shoot(*box,
          qstrcmp(qPrintable(box->objectName()), "pvhopReadyBox") == 0 ? "box-ready"
                                                                       : "box-lost-entries");
    delete box;
  }
}

/// Tells the wizard's check page what a script would.
void tell(Wizard& wizard, const std::string& lines)
{
  SessionProcess* session = wizard.findChild<WizardModel*>()->session();
  for (const QByteArray& line : QByteArray::fromStdString(lines).split('\n'))
  {
    Event event;
    QString why;
    if (line.isEmpty() || !parseEvent(line, &event, &why))
    {
      continue;
    }
    switch (event.What)
    {
      case Event::CheckEvent:
        Q_EMIT session->checked(event.Checked);
        break;
      case Event::ResultEvent:
        Q_EMIT session->result(event.Result);
        break;
      case Event::ErrorEvent:
        Q_EMIT session->failed(event.Error);
        Q_EMIT session->ended(77);
        break;
      default:
        break;
    }
  }
}

void wizard()
{
  WizardSurroundings around;
  // A pvhop that says nothing, as if the host did not answer: what it finds is told to the page.
  // Scripts it prints itself.
  const QTemporaryDir folder;
  QFile silent(folder.filePath(QStringLiteral("pvhop")));
  if (silent.open(QIODevice::WriteOnly))
  {
    silent.write("#!/bin/sh\ncase \" $* \" in *' --print-job '*) exec '" PVHOP_CLI
                 "' \"$@\" ;; esac\nread line\n");
    silent.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    silent.close();
  }
  around.Program = silent.fileName();
  around.ClientVersion = QStringLiteral("5.11.0");
  around.Site = { QStringLiteral("login.cluster.edu-viz-rc") };
  Wizard wizard(around, Wizard::Saver());
  const auto press = [&](const char* name)
  { wizard.findChild<QAbstractButton*>(QLatin1String(name))->click(); };
  const auto type = [&](const char* name, const char* text)
  {
    QLineEdit* line = wizard.findChild<QLineEdit*>(QLatin1String(name));
    line->setText(QLatin1String(text));
    Q_EMIT line->textEdited(line->text());
  };
  shoot(wizard, "wizard-where");
  wizard.show();
  type("host", "login cluster");
  press("whereMore");
  type("port", "123456");
  shoot(wizard, "wizard-where-wrong");
  wizard.show();
  type("host", "login.cluster.edu");
  type("port", "");
  type("user", "alice");
  press("wizardNext");
  tell(wizard,
       checkLine("reach", "ok", "18 ms away") +
         checkLine("hostkey", "ok", "known, ED25519 SHA256:uNiVeRsALlYtHeRiGhToNe") +
         checkLine("login", "running", "Logging in as alice"));
  shoot(wizard, "wizard-check-running");
  wizard.show();
  tell(wizard,
       R"({"v":1,"event":"error","code":"PVH1301","what":"The login was refused",)"
       R"("why":"login.cluster.edu accepts publickey and keyboard-interactive; your key )"
       R"(/home/alice/.ssh/id_ed25519 was refused.","remedy":"Check the user name, or log in )"
       R"(once with ssh."})");
  shoot(wizard, "wizard-check-failed");
  wizard.show();
  press("checkAgain");
  tell(wizard, clusterChecks() + resultLine(clusterResult()));
  shoot(wizard, "wizard-check");
  wizard.show();
  press("checkDetails");
  shoot(wizard, "wizard-check-details");
  wizard.show();
  press("wizardNext");
  shoot(wizard, "wizard-route");
  wizard.show();
  press("allRoutes");
  shoot(wizard, "wizard-route-all");
  wizard.show();
  press("routeDetails");
  shoot(wizard, "wizard-route-details");
  wizard.show();
  press("wizardNext");
  type("queue", "viz");
  wizard.findChild<QCheckBox*>(QStringLiteral("ask-walltime"))->setChecked(true);
  shoot(wizard, "wizard-job");
  wizard.show();
  press("jobMore");
  type("walltime", "soon");
  shoot(wizard, "wizard-job-more");
  wizard.show();
  type("walltime", "2h");
  press("wizardNext");
  shoot(wizard, "wizard-finish");
  wizard.show();
  type("entryName", "login.cluster.edu-viz-rc");
  shoot(wizard, "wizard-finish-name");
  wizard.show();
  press("finishMore");
  shoot(wizard, "wizard-finish-details");
  wizard.show();
  QTabWidget* tabs = wizard.findChild<QTabWidget*>(QStringLiteral("whatRuns"));
  QPlainTextEdit* script = wizard.findChild<QPlainTextEdit*>(QStringLiteral("scriptText"));
  tabs->setCurrentWidget(script);
  QElapsedTimer waited;
  waited.start();
  while (script->toPlainText().isEmpty() && waited.elapsed() < 60000)
  {
    QApplication::processEvents(QEventLoop::WaitForMoreEvents, 100);
  }
  shoot(wizard, "wizard-finish-script");
}

void routes()
{
  const char* const names[] = { "direct", "tunnel",       "two-hop-forward", "two-hop-reverse",
                                "relay",  "relay-tunnel", "stdio",           "auto" };
  for (const bool job : { true, false })
  {
    QWidget sheet;
    QVBoxLayout* layout = new QVBoxLayout(&sheet);
    for (const char* name : names)
    {
      RoutePicture* picture = new RoutePicture(&sheet);
      RouteView view;
      view.Route = QLatin1String(name);
      view.FrontEnd = QStringLiteral("login3");
      view.Node = QStringLiteral("cn17");
      view.Job = job;
      view.FrontEndPort = job ? 40017 : 0;
      view.NodePort = view.Route == QLatin1String("two-hop-forward") ? 11111 : 0;
      picture->setView(view);
      picture->setLegendVisible(false);
      layout->addWidget(picture);
    }
    sheet.resize(640, 900);
    shoot(sheet, job ? "routes-job" : "routes-front-end");
  }
}

/// One picture a route, for its page in docs/routes.
void routePages()
{
  struct Page
  {
    const char* Name;
    const char* Route;
    bool Job;
    int FrontEndPort, NodePort, ClientPort;
  };
  const Page pages[] = {
    { "route-direct", "direct", true, 0, 0, 40017 },
    { "route-tunnel", "tunnel", false, 40017, 0, 0 },
    { "route-tunnel-job", "tunnel", true, 40017, 0, 0 },
    { "route-two-hop-forward", "two-hop-forward", true, 0, 40017, 0 },
    { "route-two-hop-reverse", "two-hop-reverse", true, 0, 40017, 0 },
    { "route-relay", "relay", true, 40017, 0, 40018 },
    { "route-relay-tunnel", "relay-tunnel", true, 40017, 0, 0 },
    { "route-stdio", "stdio", true, 0, 40017, 0 },
  };
  for (const Page& page : pages)
  {
    QWidget sheet;
    QVBoxLayout* layout = new QVBoxLayout(&sheet);
    RoutePicture* picture = new RoutePicture(&sheet);
    RouteView view;
    view.Route = QLatin1String(page.Route);
    view.FrontEnd = QStringLiteral("front end");
    view.Node = QStringLiteral("node");
    view.Job = page.Job;
    view.FrontEndPort = page.FrontEndPort;
    view.NodePort = page.NodePort;
    view.ClientPort = page.ClientPort;
    picture->setView(view);
    layout->addWidget(picture);
    sheet.resize(760, sheet.sizeHint().height());
    shoot(sheet, page.Name);
  }
}
}

int main(int argc, char** argv)
{
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
  {
    qputenv("QT_QPA_PLATFORM", "offscreen");
  }
  QApplication application(argc, argv);
  if (argc != 2 || !QDir().mkpath(QString::fromLocal8Bit(argv[1])))
  {
    std::fprintf(stderr, "usage: screenshots FOLDER\n");
    return 64;
  }
  Folder = QString::fromLocal8Bit(argv[1]);
  for (const bool dark : { false, true })
  {
    setDark(dark);
    windows();
    prompts();
    connected();
    boxes();
    wizard();
    routes();
    routePages();
  }
  setDark(false);
  failures();
  Suffix = QStringLiteral("-german");
  useResources(QLocale(QLocale::German));
  windows();
  prompts();
  connected();
  boxes();
  wizard();
  failures();
  return 0;
}
