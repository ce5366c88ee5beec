// SPDX-License-Identifier: BSD-3-Clause
#include "paraview.h"
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <iterator>
#include <poll.h>
#include <set>
#include <sstream>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace
{

/** A file with the cookie of a display. It stands in no argument list. */
bool write_auth(const std::string& file, const std::string& display, const std::string& cookie)
{
  return pvhop_test::write_file(file + ".new", "add " + display + " . " + cookie + "\n") &&
         pvhop_test::run({ "xauth", "-q", "-f", file, "source", file + ".new" }) == 0;
}

/**
 * Starts an X server on a display of its own choice; returns its number, or "" and why. MPI
 * programs anywhere on the machine look for graphics cards on every display that they find (hwloc):
 * without a cookie they would be let in, and without -noreset the server would start anew when they
 * leave, and turn away whoever comes at that moment.
 */
std::string start_xvfb(const std::string& auth, pid_t* pid, std::string* problem)
{
  int out[2];
  if (pipe(out) != 0)
  {
    *problem = strerror(errno);
    return "";
  }
  fcntl(out[0], F_SETFD, FD_CLOEXEC);
  *pid = fork();
  if (*pid == 0)
  {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::string fd = std::to_string(out[1]);
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    execlp("Xvfb",
           "Xvfb",
           "-displayfd",
           fd.c_str(),
           "-screen",
           "0",
           "1400x1000x24",
           "-nolisten",
           "tcp",
           "-noreset",
           "-auth",
           auth.c_str(),
           static_cast<char*>(nullptr));
    _exit(127);
  }
  close(out[1]);
  std::string number;
  char c;
  struct pollfd p = { out[0], POLLIN, 0 };
  while (poll(&p, 1, 30000) > 0 && read(out[0], &c, 1) == 1 && c != '\n')
    number.push_back(c);
  close(out[0]);
  if (number.empty())
    *problem = "Xvfb did not start (Debian package xvfb)";
  return number;
}

/** The processes whose parent is this one. */
std::set<pid_t> children()
{
  std::istringstream list(pvhop_test::read_file("/proc/thread-self/children"));
  return { std::istream_iterator<pid_t>(list), {} };
}

/**
 * Waits until the children that are not in `before` have ended: with this process as their reaper
 * (PR_SET_CHILD_SUBREAPER, prctl(2)), what ParaView leaves becomes ours. A minute at most: a test
 * that finds something missing then says so itself.
 */
void wait_for_orphans(const std::set<pid_t>& before)
{
  for (int turn = 0; turn < 6000; ++turn)
  {
    bool any = false;
    for (pid_t pid : children())
      if (before.count(pid) == 0)
        any = waitpid(pid, nullptr, WNOHANG) == 0 || any;
    if (!any)
      return;
    poll(nullptr, 0, 10);
  }
}

} // namespace

PrivateParaView::PrivateParaView()
{
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (pvhop_test::run({ "sh", "-c", "command -v paraview" }) != 0)
  {
    m_problem = "there is no paraview here (Debian package paraview)";
    return;
  }
  std::string cookie;
  if (pvhop_test::run({ "mcookie" }, &cookie) != 0 ||
      !write_auth(file("server.auth"), ":0", cookie.substr(0, 32)))
  {
    m_problem = "there is no mcookie or xauth here (Debian packages util-linux, xauth)";
    return;
  }
  m_display = start_xvfb(file("server.auth"), &m_xvfb, &m_problem);
  if (m_display.empty())
    return;
  write_auth(file("client.auth"), ":" + m_display, cookie.substr(0, 32));
  std::string config = file(".config");
  mkdir(config.c_str(), 0700);
  mkdir((config + "/ParaView").c_str(), 0700);
  mkdir(file("run").c_str(), 0700);
  // The welcome window would stand in front of everything, once for each new home.
  pvhop_test::write_file(config + "/ParaView/ParaView5.11.0.ini",
                         "[General]\nGeneralSettings.ShowWelcomeDialog=false\n");
  set("HOME", file(""));
  set("XDG_CONFIG_HOME", config);
  set("XDG_RUNTIME_DIR", file("run"));
  set("DISPLAY", ":" + m_display);
  set("XAUTHORITY", file("client.auth"));
  set("QT_QPA_PLATFORM", "xcb");
  set("LIBGL_ALWAYS_SOFTWARE", "1");
  set("PV_PLUGIN_CONFIG_FILE", file("plugins.xml"));
  set("PVHOP_DRIVER_STEPS", file("steps"));
  set("PVHOP_DRIVER_REPORT", file("report"));
  set("PVHOP_PROGRAM", PVHOP_STANDIN);
  set("PVHOP_STANDIN_LOG", file("standin.log"));
  set("PVHOP_STANDIN_SCRIPT", file("script"));
}

PrivateParaView::~PrivateParaView()
{
  if (m_xvfb > 0)
  {
    kill(m_xvfb, SIGTERM);
    waitpid(m_xvfb, nullptr, 0);
  }
}

void PrivateParaView::servers(const std::string& elements)
{
  pvhop_test::write_file(file(".config/ParaView/servers.pvsc"),
                         "<Servers>\n" + elements + "</Servers>\n");
}

void PrivateParaView::set(const std::string& name, const std::string& value)
{
  m_env.push_back(name + "=" + value);
}

void PrivateParaView::with_plugin(bool with)
{
  m_plugin = with;
}

void PrivateParaView::wait_for_children(bool wait)
{
  m_wait = wait;
}

int PrivateParaView::run(const std::string& steps)
{
  std::string plugins = "<Plugins>\n";
  if (m_plugin)
    plugins += "<Plugin name=\"PvhopPlugin\" filename=\"" PVHOP_PLUGIN "\" auto_load=\"1\"/>\n";
  plugins += "<Plugin name=\"PvhopTestDriver\" filename=\"" PVHOP_DRIVER "\" auto_load=\"1\"/>\n"
             "</Plugins>\n";
  pvhop_test::write_file(file("plugins.xml"), plugins);
  pvhop_test::write_file(file("steps"), steps);
  unlink(file("report").c_str());
  std::string out;
  // By env(1): each variable once, ours.
  std::vector<std::string> command = { "env" };
  command.insert(command.end(), m_env.begin(), m_env.end());
  command.push_back("paraview");
  command.insert(command.end(), m_arguments.begin(), m_arguments.end());
  const std::set<pid_t> before = children();
  int code = pvhop_test::run(command, &out);
  if (m_wait)
    wait_for_orphans(before);
  pvhop_test::write_file(file("output"), out);
  return code;
}

std::string PrivateParaView::report() const
{
  return pvhop_test::read_file(file("report"));
}

bool PrivateParaView::reported(const std::string& line) const
{
  return ("\n" + report()).find("\n" + line + "\n") != std::string::npos;
}

int PrivateParaView::alike() const
{
  std::istringstream lines(report());
  int n = 0, different, colours;
  for (std::string line; std::getline(lines, line);)
    // Of 120,000 pixels; a sphere that is not there, or seen from elsewhere, makes tens of
    // thousands.
    n += sscanf(line.c_str(), "different %d colours %d", &different, &colours) == 2 &&
         different >= 0 && different < 1200 && colours > 20;
  return n;
}

std::string PrivateParaView::output() const
{
  return pvhop_test::read_file(file("output"));
}
