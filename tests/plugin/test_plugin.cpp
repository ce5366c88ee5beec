// SPDX-License-Identifier: BSD-3-Clause
/** The plugin inside a real ParaView: its window, its launcher, and what it leaves alone. */
#include "paraview.h"
#include <arpa/inet.h>
#include <csignal>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace
{

/** An entry as pvhop writes it: csrc, for a ParaView without the plugin. */
std::string entry(const std::string& name,
                  const std::string& options = "",
                  const std::string& arguments = "")
{
  return "<Server name=\"" + name + "\" resource=\"csrc://localhost:11111\">\n" +
         "<CommandStartup>\n" + options +
         "<Command exec=\"pvhop\" process_wait=\"0\" delay=\"0\">\n<Arguments>\n"
         "<Argument value=\"connect\"/>\n<Argument value=\"login3.cluster.edu\"/>\n" +
         arguments + "</Arguments>\n</Command>\n</CommandStartup>\n</Server>\n";
}

std::string connect_to(const std::string& name)
{
  return "activate actionServerConnect\nwindow pqServerConnectDialog\nselect " + name +
         "\nclick connect\n";
}

std::string phase(const std::string& name, const std::string& state, const std::string& text)
{
  return "{\"v\":1,\"t\":0.5,\"event\":\"phase\",\"phase\":\"" + name + "\",\"state\":\"" + state +
         "\",\"text\":\"" + text + "\"}\n";
}

/** A port that was free a moment ago. */
int free_port()
{
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in a = {};
  socklen_t len = sizeof(a);
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(0, bind(fd, reinterpret_cast<sockaddr*>(&a), sizeof(a)));
  EXPECT_EQ(0, getsockname(fd, reinterpret_cast<sockaddr*>(&a), &len));
  close(fd);
  return ntohs(a.sin_port);
}

/** An entry that is none of ours: ParaView listens and starts a pvserver that calls back. */
std::string other(const std::string& name, int port)
{
  return "<Server name=\"" + name + "\" resource=\"csrc://localhost:" + std::to_string(port) +
         "\">\n<CommandStartup>\n<Command exec=\"pvserver\" process_wait=\"0\" delay=\"0\">\n"
         "<Arguments>\n<Argument value=\"-rc\"/>\n<Argument value=\"--client-host=localhost\"/>\n"
         "<Argument value=\"--server-port=$PV_SERVER_PORT$\"/>\n"
         "<Argument value=\"--force-offscreen-rendering\"/>\n"
         "</Arguments>\n</Command>\n</CommandStartup>\n</Server>\n";
}

class Plugin : public testing::Test
{
protected:
  void SetUp() override
  {
    if (!paraview.problem().empty())
      GTEST_SKIP() << paraview.problem();
  }
  std::string log() const { return pvhop_test::read_file(paraview.file("standin.log")); }
  bool logged(const std::string& line) const
  {
    return ("\n" + log()).find("\n" + line + "\n") != std::string::npos;
  }
  void script(const std::string& text)
  {
    ASSERT_TRUE(pvhop_test::write_file(paraview.file("script"), text));
  }
  /** The stand-in that was started last. */
  pid_t child() const
  {
    const size_t at = log().rfind("\npid ");
    return at == std::string::npos ? -1 : static_cast<pid_t>(std::stol(log().substr(at + 5)));
  }
  /** Waits for the end of a process, and closes its descriptor. */
  static bool ends(int fd)
  {
    struct pollfd process = { fd, POLLIN, 0 };
    const int n = poll(&process, 1, 60000);
    close(fd);
    return n == 1;
  }
  PrivateParaView paraview;
};

} // namespace

TEST_F(Plugin, IsListedAndLoaded)
{
  EXPECT_EQ(0, paraview.run("plugins\nquit\n")) << paraview.output();
  EXPECT_TRUE(paraview.reported("plugin PvhopPlugin " PVHOP_VERSION " loaded"))
    << paraview.report() << paraview.output();
}

/** ParaView loads plugins with global symbols: only ParaView's own entry points may be seen. */
TEST(PluginFile, ShowsNoSymbolsOfItsOwn)
{
  std::string symbols;
  ASSERT_EQ(0, pvhop_test::run({ "nm", "-D", "--defined-only", PVHOP_PLUGIN }, &symbols));
  EXPECT_EQ(std::string::npos, symbols.find("pvhop_")) << symbols;
  EXPECT_EQ(std::string::npos, symbols.find("SessionProcess")) << symbols;
  EXPECT_NE(std::string::npos, symbols.find("pv_plugin_instance"));
  std::string libraries;
  ASSERT_EQ(0, pvhop_test::run({ "readelf", "-d", PVHOP_PLUGIN }, &libraries));
  EXPECT_EQ(std::string::npos, libraries.find("libssh")) << libraries;
}

TEST_F(Plugin, ConnectsByAnEntryAndEndsItsSessionWithTheServer)
{
  paraview.servers(entry("lab-viz-rc"));
  script(phase("ssh", "done", "Reached login3") + phase("start", "begin", "pvserver starts") +
         "@pvserver\n{\"v\":1,\"event\":\"end\",\"exit\":0}\n@exit 0\n");
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-viz-rc") +
                         "server cs\nno-window pvhopConnectWindow\nsphere\ndisconnect\n"
                         "server builtin\nquit\n"))
    << paraview.output();
  EXPECT_NE(std::string::npos, paraview.report().find("server cs://127.0.0.1:"))
    << paraview.report() << paraview.output() << log();
  EXPECT_TRUE(paraview.reported("points 50")) << paraview.report();
  EXPECT_NE(std::string::npos,
            log().find("argument connect\nargument login3.cluster.edu\n"
                       "argument --client=connects\nargument --client-port=0\n"
                       "argument --events\nargument 1\nargument --answers\n"
                       "argument 0\n"))
    << log();
  EXPECT_TRUE(logged("connected")) << log();
  EXPECT_TRUE(logged("exit 0")) << log();
}

TEST_F(Plugin, OptionsReachPvhopWholeAndTheConnectIdDoesNotStay)
{
  paraview.servers(
    entry("lab-viz-rc",
          "<Options>\n<Option name=\"PVHOP_ACCOUNT\" label=\"Account\">"
          "<String default=\"none\"/></Option>\n"
          "<Option name=\"PV_CONNECT_ID\" label=\"Id\"><Range type=\"int\" min=\"1\" "
          "max=\"65535\" default=\"4711\"/></Option>\n</Options>\n",
          "<Argument value=\"--account\"/>\n<Argument value=\"$PVHOP_ACCOUNT$\"/>\n") +
    other("other", free_port()));
  script("@pvserver\n@exit 0\n");
  // A second connection that has nothing to do with the first: ParaView keeps the connect id of an
  // entry in a global place, and a pvserver without one would be refused for it.
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-viz-rc") +
                         "type PVHOP_ACCOUNT it's \"two\" $PATH$ words\nok\nserver cs\n"
                         "disconnect\nserver builtin\n" +
                         connect_to("other") + "server csrc\nsphere\nquit\n"))
    << paraview.report() << paraview.output() << log();
  EXPECT_TRUE(logged("argument it's \"two\" $PATH$ words")) << log();
  EXPECT_TRUE(logged("environment PVHOP_ACCOUNT=it's \"two\" $PATH$ words")) << log();
  EXPECT_TRUE(logged("connected")) << log();
  EXPECT_TRUE(paraview.reported("points 50")) << paraview.report();
}

TEST_F(Plugin, WhatIsConnectedAlreadyIsNotStartedAgain)
{
  paraview.servers(entry("lab-viz-rc"));
  script("@pvserver\n@exit 0\n");
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-viz-rc") + "server cs\nno-window pvhopConnectWindow\n" +
                         connect_to("lab-viz-rc") +
                         "no-window pqServerConnectDialog\nno-window pvhopConnectWindow\n"
                         "server cs\nsphere\nquit\n"))
    << paraview.report() << paraview.output();
  const std::string server = paraview.report().substr(0, paraview.report().find('\n') + 1);
  EXPECT_EQ(0u, server.find("server cs://127.0.0.1:")) << paraview.report();
  EXPECT_EQ(server + server + "points 50\n", paraview.report());
  EXPECT_EQ(log().find("argument connect"), log().rfind("argument connect")) << log();
}

TEST_F(Plugin, AFailureIsShownAndTryingAgainWorks)
{
  paraview.servers(entry("lab-viz-rc"));
  script(phase("auth", "begin", "Logging in") +
         "{\"v\":1,\"event\":\"error\",\"code\":\"PVH1301\",\"what\":\"The login was refused\","
         "\"why\":\"no key fits\",\"remedy\":\"Check.\"}\n@exit 77\n");
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-viz-rc") + "label failureWhat\nclick again\ntimes 2 " +
                         paraview.file("standin.log") +
                         " exit 77\nlabel failureCode\nclick cancel\n"
                         "no-window pvhopConnectWindow\nserver builtin\nquit\n"))
    << paraview.output();
  EXPECT_TRUE(paraview.reported("failureWhat: The login was refused")) << paraview.report();
  EXPECT_TRUE(paraview.reported("failureCode: PVH1301")) << paraview.report();
  size_t first = log().find("exit 77");
  EXPECT_NE(std::string::npos, first) << log();
  EXPECT_NE(std::string::npos, log().find("exit 77", first + 1)) << "it ran once: " << log();
}

TEST_F(Plugin, CancelEndsTheChildAndParaViewGoesOn)
{
  paraview.servers(entry("lab-viz-rc"));
  script(phase("queue", "begin", "Waiting in the queue") + "@hang\n@exit 130\n");
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-viz-rc") + "times 1 " + paraview.file("standin.log") +
                         " pid\nwindow pvhopConnectWindow\nclick cancel\n"
                         "no-window pvhopConnectWindow\nsphere\nserver builtin\nquit\n"))
    << paraview.output();
  EXPECT_TRUE(paraview.reported("points 50")) << paraview.report();
  EXPECT_TRUE(logged("input {\"cancel\":true}")) << log();
  EXPECT_TRUE(logged("exit 130")) << log();
}

TEST_F(Plugin, InTheBackgroundParaViewStaysUsable)
{
  paraview.servers(entry("lab-viz-rc"));
  // The job starts when the file appears; the driver makes it by a screenshot.
  script(phase("queue", "begin", "Waiting in the queue") + "@wait-file " + paraview.file("go.png") +
         "\n@pvserver\n@exit 0\n");
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-viz-rc") +
                         "window pvhopConnectWindow\nclick background\nsphere\nshoot " +
                         paraview.file("go.png") +
                         "\nwindow pvhopReadyBox\nserver builtin\nclick pvhopConnectNow\n"
                         "server cs\nno-window pvhopConnectWindow\nsphere\nquit\n"))
    << paraview.output();
  EXPECT_NE(std::string::npos, paraview.report().find("server cs://127.0.0.1:"))
    << paraview.report() << log();
  EXPECT_TRUE(logged("connected")) << log();
}

TEST_F(Plugin, InTheBackgroundNothingIsAskedWhereNothingHasToGo)
{
  paraview.servers(entry("lab-viz-rc"));
  paraview.argument("--multi-servers");
  script(phase("queue", "begin", "Waiting in the queue") + "@wait-file " + paraview.file("go.png") +
         "\n@pvserver\n@exit 0\n");
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-viz-rc") +
                         "window pvhopConnectWindow\nclick background\nsphere\nshoot " +
                         paraview.file("go.png") +
                         "\nservers 2\nno-window pvhopConnectWindow\nactive 1\nserver cs\n"
                         "sphere\nactive 0\nserver builtin\npoints 50\nquit\n"))
    << paraview.report() << paraview.output();
}

TEST_F(Plugin, QuittingLetsTheChildCleanUp)
{
  paraview.servers(entry("lab-viz-rc"));
  std::string go = paraview.file("go");
  script("@pvserver\n@wait-file " + go + "\n@exit 0\n");
  paraview.wait_for_children(false);
  EXPECT_EQ(0, paraview.run(connect_to("lab-viz-rc") + "server cs\nquit\n"))
    << paraview.report() << paraview.output();
  const pid_t pid = child();
  ASSERT_GT(pid, 1) << log();
  EXPECT_EQ(0, kill(pid, 0)) << "it was killed in the middle of its clean-up";
  // Its end is to be seen here: the folder that it writes to goes with this test.
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  ASSERT_GE(fd, 0);
  EXPECT_TRUE(pvhop_test::write_file(go, ""));
  EXPECT_TRUE(ends(fd));
  EXPECT_TRUE(logged("exit 0")) << log();
}

TEST_F(Plugin, QuittingInTheMiddleLeavesNothing)
{
  const std::string prompt = "{\"v\":1,\"t\":1,\"event\":\"prompt\",\"id\":1,\"kind\":\"password\","
                             "\"host\":\"alice@fe\",\"text\":\"Password\",\"echo\":false}\n";
  const struct
  {
    const char* where;
    std::string says, steps;
  } cases[] = {
    { "reaching the host",
      phase("ssh", "begin", "Connecting") + "@hang\n@exit 130\n",
      "window pvhopConnectWindow\nlabel stepTitle0\n" },
    { "asked for a password",
      phase("auth", "begin", "Logging in") + prompt + "@answer\n@exit 0\n",
      "window pvhopPromptDialog\n" },
    { "queued, in the background",
      phase("queue", "begin", "Waiting in the queue") + "@hang\n@exit 130\n",
      "window pvhopConnectWindow\nclick background\nsphere\n" },
  };
  paraview.servers(entry("lab-viz-rc"));
  for (const auto& each : cases)
  {
    SCOPED_TRACE(each.where);
    script(each.says);
    // A window stands before its child runs, and one that never ran has nothing to say.
    EXPECT_EQ(0,
              paraview.run(connect_to("lab-viz-rc") + "times 1 " + paraview.file("standin.log") +
                           " pid\n" + each.steps + "leave\n"))
      << paraview.report() << paraview.output();
    const pid_t pid = child();
    ASSERT_GT(pid, 1) << log();
    const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    EXPECT_TRUE(fd < 0 || ends(fd)) << log();
    EXPECT_TRUE(logged("end of input")) << log();
    unlink(paraview.file("standin.log").c_str());
  }
}

TEST_F(Plugin, AMissingProgramIsSaidInTheWindow)
{
  paraview.servers(entry("lab-viz-rc"));
  paraview.set("PVHOP_PROGRAM", "/nowhere/pvhop");
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-viz-rc") +
                         "label failureWhy\nlabel failureCode\nclick cancel\n"
                         "no-window pvhopConnectWindow\nserver builtin\nquit\n"))
    << paraview.output();
  EXPECT_TRUE(paraview.reported("failureCode: PVH1904")) << paraview.report();
  EXPECT_NE(std::string::npos, paraview.report().find("/nowhere/pvhop")) << paraview.report();
}

/**
 * The real thing: an entry that pvhop wrote, and its own ssh login. Whole connections with the
 * plugin are in tests/e2e.
 */
class WholeWay : public Plugin
{
protected:
  void SetUp() override
  {
    Plugin::SetUp();
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    paraview.set("PVHOP_PROGRAM", PVHOP_CLI);
    paraview.set("PV_CONNECT_ID", ""); // nothing of the tests' own stand-in
  }
  void write_entry(const std::string& config, const std::vector<std::string>& more = {})
  {
    paraview.servers(made_by_pvhop("lab-rc", config, more));
  }
  /** The <Server> that pvhop itself writes. */
  std::string made_by_pvhop(const std::string& name,
                            const std::string& config,
                            const std::vector<std::string>& more = {})
  {
    std::string out;
    std::vector<std::string> words = { PVHOP_CLI, "pvsc",    "new",    sshd.host(), "--ssh-config",
                                       config,    "--route", "tunnel", "--name",    name };
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(0, pvhop_test::run(words, &out)) << out;
    const size_t from = out.find("<Servers>") + 10;
    return out.substr(from, out.find("</Servers>") - from);
  }
  pvhop_test::PrivateSshd sshd;
};

TEST_F(WholeWay, ARefusedHostIsAnErrorThatStandsInTheWindow)
{
  write_entry(sshd.config_with({ "UserKnownHostsFile " + sshd.path("fresh_known_hosts") }));
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-rc") +
                         "window pvhopPromptDialog\nclick refuse\nlabel failureCode\nclick cancel\n"
                         "no-window pvhopConnectWindow\nserver builtin\nquit\n"))
    << paraview.report() << paraview.output();
  EXPECT_TRUE(paraview.reported("failureCode: PVH1202")) << paraview.report();
}

TEST_F(WholeWay, ThroughATunnelAndBack)
{
  write_entry(sshd.config());
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-rc") + "server cs\nno-window pvhopConnectWindow\nsphere\n"
                                                "disconnect\nserver builtin\nquit\n"))
    << paraview.report() << paraview.output();
  EXPECT_NE(std::string::npos, paraview.report().find("server cs://127.0.0.1:"))
    << paraview.report();
  EXPECT_TRUE(paraview.reported("points 50")) << paraview.report();
  EXPECT_FALSE(paraview.reported("two windows in each other's way")) << paraview.report();
}

TEST_F(WholeWay, AnUnknownHostIsAskedAboutInAWindow)
{
  write_entry(sshd.config_with({ "UserKnownHostsFile " + sshd.path("fresh_known_hosts") }));
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-rc") +
                         "window pvhopPromptDialog\nclick accept\nserver cs\n"
                         "no-window pvhopConnectWindow\nsphere\nquit\n"))
    << paraview.report() << paraview.output();
  EXPECT_TRUE(paraview.reported("points 50")) << paraview.report();
  EXPECT_FALSE(paraview.reported("two windows in each other's way")) << paraview.report();
  EXPECT_NE(std::string::npos,
            pvhop_test::read_file(sshd.path("fresh_known_hosts")).find("ssh-ed25519"));
}

/** pvserver dies under a connected ParaView, which would end with it. */
class Lost : public WholeWay
{
protected:
  void SetUp() override
  {
    WholeWay::SetUp();
    // It leaves its number where the driver finds it.
    ASSERT_TRUE(pvhop_test::write_file(pvserver,
                                       "#!/bin/sh\ncase $* in *connect-id*) echo $$ >" + pid +
                                         ";; esac\nexec pvserver \"$@\"\n"));
    ASSERT_EQ(0, chmod(pvserver.c_str(), 0700));
    write_entry(sshd.config(), { "--pvserver", pvserver });
  }
  const std::string pvserver = paraview.file("pvserver"), pid = paraview.file("pvserver.pid");
};

TEST_F(Lost, TheStateCanBeSavedAndParaViewGoesOn)
{
  const std::string state = paraview.file("saved.pvsm"), events = paraview.file("events");
  paraview.set("PVHOP_EVENTS_LOG", events);
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-rc") +
                         "server cs\nno-window pvhopConnectWindow\nsphere\nkill " + pid +
                         "\nlabel lostWhy\nclick pvhopLostSave\ntype EntityName " + state +
                         "\nclick OK\nwait-file " + state +
                         "\nclick pvhopLostReconnect\nno-window pvhopLostDialog\nserver cs\n"
                         "no-window pvhopConnectWindow\npoints 50\nkill " +
                         pid + "\nclick pvhopLostDisconnect\nserver builtin\nsphere\ntimes 2 " +
                         events + " \"event\":\"end\"\nquit\n"))
    << paraview.report() << paraview.output();
  EXPECT_NE(std::string::npos, pvhop_test::read_file(state).find("SphereSource"));
  EXPECT_NE(std::string::npos, paraview.report().rfind("server builtin")) << paraview.report();
}

/** With --multi-servers ParaView keeps what it is connected to: a session each, an end each. */
TEST_F(Lost, SeveralServersAtATimeAreEachASessionOfItsOwn)
{
  paraview.servers(made_by_pvhop("lab-a", sshd.config(), { "--pvserver", pvserver }) +
                   made_by_pvhop("lab-b", sshd.config()));
  paraview.argument("--multi-servers");
  EXPECT_EQ(0,
            paraview.run(connect_to("lab-a") +
                         "servers 2\nno-window pvhopConnectWindow\nserver cs\nsphere\n" +
                         connect_to("lab-b") +
                         "servers 3\nno-window pvhopConnectWindow\nserver cs\nsphere\n"
                         // What is connected already is not started again.
                         + connect_to("lab-a") +
                         "no-window pqServerConnectDialog\nno-window pvhopConnectWindow\n"
                         "servers 3\nactive 1\nserver cs\nsphere\nactive 2\nserver cs\nsphere\n"
                         // One is lost, the other one stays; and one is left by its user.
                         "kill " +
                         pid +
                         "\nclick pvhopLostDisconnect\nservers 2\nactive 1\nserver cs\nsphere\n"
                         "disconnect\nservers 1\nserver builtin\nsphere\nquit\n"))
    << paraview.report() << paraview.output();
  std::vector<std::string> servers;
  size_t spheres = 0;
  std::istringstream lines(paraview.report());
  for (std::string line; std::getline(lines, line);)
  {
    if (line.compare(0, 9, "server cs") == 0)
      servers.push_back(line);
    spheres += line == "points 50" ? 1 : 0;
  }
  ASSERT_EQ(5u, servers.size()) << paraview.report();
  EXPECT_NE(servers[0], servers[1]);
  EXPECT_EQ(servers[0], servers[2]);
  EXPECT_EQ(servers[1], servers[3]);
  EXPECT_EQ(servers[1], servers[4]);
  EXPECT_EQ(6u, spheres) << paraview.report();
}

/** An entry of somebody else's: with the plugin as without it. */
TEST_F(Plugin, OtherEntriesAreLeftAlone)
{
  int port = free_port();
  paraview.servers(other("other", port));
  std::string seen[2];
  for (bool with : { false, true })
  {
    paraview.with_plugin(with);
    EXPECT_EQ(0,
              paraview.run(connect_to("other") + "server csrc\nsphere\ndisconnect\n"
                                                 "server builtin\nquit\n"))
      << paraview.report() << paraview.output();
    seen[with] = paraview.report();
  }
  EXPECT_NE(std::string::npos, seen[0].find("server csrc://localhost:" + std::to_string(port)));
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ("", log());
}
