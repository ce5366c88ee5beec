/* SPDX-License-Identifier: BSD-3-Clause */
#include "sshd.h"
#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <poll.h>
#include <pwd.h>
#include <set>
#include <spawn.h>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace pvhop_test
{
namespace
{

/** Starts argv with the given standard descriptors (-1: /dev/null). Children are in a group of
 * their own. */
pid_t spawn(const std::vector<std::string> &argv, int in, int out, int err,
            const std::vector<std::string> &env = {})
{
    std::vector<char *> args;
    for (const std::string &a : argv)
        args.push_back(const_cast<char *>(a.c_str()));
    args.push_back(nullptr);
    std::vector<char *> vars;
    for (const std::string &e : env)
        vars.push_back(const_cast<char *>(e.c_str()));
    for (char **e = environ; *e; e++)
        vars.push_back(*e);
    vars.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const int fds[3] = {in, out, err};
    for (int i = 0; i < 3; i++) {
        if (fds[i] < 0)
            posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR, 0);
        else
            posix_spawn_file_actions_adddup2(&actions, fds[i], i);
    }
    posix_spawnattr_t attr;
    posix_spawnattr_init(&attr);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    pid_t pid = -1;
    int rc = posix_spawnp(&pid, args[0], &actions, &attr, args.data(), vars.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    return rc == 0 ? pid : -1;
}

void end_child(pid_t pid)
{
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}
}

/** One line from fd, within `seconds`; "" if none comes. */
std::string read_line(int fd, int seconds)
{
    std::string line;
    char c;
    pollfd p = {fd, POLLIN, 0};
    while (poll(&p, 1, seconds * 1000) > 0 && ::read(fd, &c, 1) == 1) {
        if (c == '\n')
            return line;
        line += c;
    }
    return "";
}

std::string running_user()
{
    const passwd *pw = getpwuid(getuid());
    return pw ? pw->pw_name : "root";
}

std::string which(const char *name)
{
    for (const char *dir : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/", "/usr/local/sbin/"})
        if (access((std::string(dir) + name).c_str(), X_OK) == 0)
            return std::string(dir) + name;
    return "";
}

/* sshd as root insists on this folder, at its start and again for each connection. */
const char privsep[] = "/run/sshd";
const mode_t privsep_ours = 0711; /* sshd's own service makes it with 755 */

/**
 * Has the folder stay while the descriptor that is returned is open; -1 and errno. Fixtures run
 * side by side, these and those of private_sshd.py, which does the same: each holds a shared lock
 * on it, and who is the last to let go removes it.
 */
int hold_privsep()
{
    for (;;) {
        struct stat locked, there;
        if (mkdir(privsep, privsep_ours) != 0 && errno != EEXIST)
            return -1;
        const int fd = open(privsep, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 && errno != ENOENT)
            return -1;
        if (fd >= 0 && flock(fd, LOCK_SH) == 0 && fstat(fd, &locked) == 0 &&
            stat(privsep, &there) == 0 && locked.st_ino == there.st_ino)
            return fd;
        if (fd >= 0)
            close(fd); /* removed before it was locked */
    }
}

void release_privsep(int fd)
{
    struct stat s;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &s) == 0 &&
        (s.st_mode & 07777) == privsep_ours)
        rmdir(privsep);
    close(fd);
}

} // namespace

int run(const std::vector<std::string> &argv, std::string *out, const std::vector<std::string> &env)
{
    int p[2];
    if (pipe2(p, O_CLOEXEC))
        return -1;
    pid_t pid = spawn(argv, -1, p[1], p[1], env);
    close(p[1]);
    char buf[4096];
    ssize_t n;
    while ((n = ::read(p[0], buf, sizeof buf)) > 0 || (n < 0 && errno == EINTR))
        if (out && n > 0)
            out->append(buf, static_cast<size_t>(n));
    close(p[0]);
    int status = -1;
    if (pid < 0)
        return -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string read_file(const std::string &path)
{
    std::ifstream f(path, std::ios::binary);
    std::ostringstream s;
    s << f.rdbuf();
    return s.str();
}

bool write_file(const std::string &path, const std::string &text, unsigned mode)
{
    int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0)
        return false;
    bool ok = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    fchmod(fd, mode);
    return close(fd) == 0 && ok;
}

TempDir::TempDir()
{
    const char *base = getenv("TMPDIR");
    std::string pattern = std::string(base && *base ? base : "/tmp") + "/pvhop-test-XXXXXX";
    if (mkdtemp(&pattern[0]))
        m_path = pattern;
    chmod(m_path.c_str(), 0711);
}

TempDir::~TempDir()
{
    if (!m_path.empty())
        run({"rm", "-rf", "--one-file-system", "--", m_path});
}

PrivateSshd::PrivateSshd() : PrivateSshd(Options())
{
}

PrivateSshd::PrivateSshd(const Options &options) : m_user(running_user()), m_listen(options.listen)
{
    start(options);
}

PrivateSshd::~PrivateSshd()
{
    stop();
}

void PrivateSshd::start(const Options &options)
{
    const std::string sshd = which("sshd");
    if (sshd.empty()) {
        m_problem = "no sshd here: install openssh-server";
        return;
    }
    if (options.account && geteuid() != 0) {
        m_problem = "a test account needs root";
        return;
    }
    if (geteuid() == 0 && (m_privsep = hold_privsep()) < 0) {
        m_problem = std::string(privsep) + ": " + strerror(errno);
        return;
    }
    std::string text, extra;
    for (const std::string &line : options.config)
        text += line + "\n";
    for (const std::string &type : options.host_keys) {
        const std::string file = m_dir / ("host_" + type);
        if (run({"ssh-keygen", "-q", "-t", type, "-N", "", "-C", "host", "-f", file}, &m_problem)) {
            m_problem = "ssh-keygen: " + m_problem;
            return;
        }
        text += "HostKey " + file + "\n";
    }
    write_file(m_dir / "authorized_keys", "", 0644);
    make_key("user_key", "ed25519", "", options.authorize);
    text += "AuthorizedKeysFile " + (m_dir / "authorized_keys") + "\n";
    text += "PidFile none\nStrictModes no\nPermitRootLogin yes\nUseDNS no\nPrintMotd no\n"
            "LogLevel DEBUG1\nMaxStartups 100\nLoginGraceTime 60\n";
    /* a home of the test's own: no shell start-up files of the running user, nothing left in it */
    mkdir((m_dir / "home").c_str(), 0755);
    if (!options.account)
        text += "SetEnv HOME=" + (m_dir / "home") + "\n";
    text += options.account ? "UsePAM yes\n"
                            : "UsePAM no\nPasswordAuthentication no\n"
                              "KbdInteractiveAuthentication no\n";
    write_file(m_dir / "sshd_config", text);

    std::vector<std::string> argv = {
        PVHOP_TEST_INETD,  options.listen, sshd, "-i", "-f", m_dir / "sshd_config", "-E",
        m_dir / "sshd.log"};
    if (options.account) {
        m_user = "pvhoptest";
        std::string hash;
        if (run({"openssl", "passwd", "-6", password()}, &hash)) {
            m_problem = "openssl passwd: " + hash;
            return;
        }
        std::string pam;
        for (const std::string &line : options.pam)
            pam += line + "\n";
        if (pam.empty())
            pam = "auth required pam_unix.so nodelay\naccount required pam_unix.so\n"
                  "password required pam_unix.so\nsession required pam_unix.so\n";
        write_file(m_dir / "pam", pam);
        if (chown((m_dir / "home").c_str(), 7799, 7799)) {
            m_problem = "chown: " + std::string(strerror(errno));
            return;
        }
        /* a copy of /etc in memory, seen by this sshd only */
        const std::string script =
            "set -e\nmount --make-rprivate /\nd=$1; shift\n"
            "mkdir -p $d/etc; mount -t tmpfs -o mode=755 pvhop-etc $d/etc\n"
            "cp -a /etc/. $d/etc/\n"
            "echo 'pvhoptest:x:7799:7799::'$d'/home:/bin/sh' >>$d/etc/passwd\n"
            "echo 'pvhoptest:x:7799:' >>$d/etc/group\n"
            "echo 'pvhoptest:'\"$1\"':" +
            std::string(options.expired ? "0" : "19000") +
            ":0:99999:7:::' >>$d/etc/shadow; shift\n"
            "cp $d/pam $d/etc/pam.d/sshd\nrm -f $d/etc/nologin\n"
            "mount --bind $d/etc /etc\nexec \"$@\"\n";
        std::vector<std::string> outer = {
            "unshare", "-m", "sh",         "-c",
            script,    "sh", m_dir.path(), hash.substr(0, hash.find('\n'))};
        argv.insert(argv.begin(), outer.begin(), outer.end());
    }
    int life[2], say[2];
    if (pipe2(life, O_CLOEXEC) || pipe2(say, O_CLOEXEC)) {
        m_problem = "pipe: " + std::string(strerror(errno));
        return;
    }
    int err = open((m_dir / "start.err").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    m_pid = spawn(argv, life[0], say[1], err);
    m_life = life[1];
    close(life[0]);
    close(say[1]);
    close(err);
    std::string line = read_line(say[0], 30);
    close(say[0]);
    if (line.compare(0, 5, "port ") != 0) {
        m_problem = "sshd did not start: " + read_file(m_dir / "start.err");
        stop();
        return;
    }
    m_port = static_cast<uint16_t>(atoi(line.c_str() + 5));
    m_problem.clear();
    for (const std::string &type : options.host_keys)
        extra += known_hosts_line(type) + "\n";
    write_file(known_hosts(), extra);
    write_file(config(), client_config());
}

std::string PrivateSshd::client_config() const
{
    return "Host " + m_alias + "\n  HostName " + m_listen + "\n  Port " + std::to_string(m_port) +
           "\n  User " + m_user + "\nHost *\n  IdentityFile " + key() +
           "\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile " + known_hosts() +
           "\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking ask\n";
}

std::string PrivateSshd::config_with(const std::vector<std::string> &lines, const std::string &name)
{
    std::string text;
    for (const std::string &line : lines)
        text += line + "\n";
    const std::string path = m_dir / ("ssh_config." + name);
    write_file(path, text + client_config());
    return path;
}

std::string PrivateSshd::make_key(const std::string &name, const std::string &type,
                                  const std::string &passphrase, bool authorize)
{
    const std::string file = m_dir / name;
    run({"ssh-keygen", "-q", "-t", type, "-N", passphrase, "-C", name, "-f", file});
    if (authorize) {
        std::ofstream f(m_dir / "authorized_keys", std::ios::app);
        f << read_file(file + ".pub");
    }
    return file;
}

std::string PrivateSshd::known_hosts_line(const std::string &type) const
{
    std::istringstream pub(read_file(host_key_pub(type)));
    std::string algorithm, blob;
    pub >> algorithm >> blob;
    return "[" + m_listen + "]:" + std::to_string(m_port) + " " + algorithm + " " + blob;
}

std::vector<pid_t> PrivateSshd::processes() const
{
    std::vector<pid_t> found;
    if (m_pid <= 0)
        return found;
    std::map<pid_t, pid_t> parents;
    DIR *d = opendir("/proc");
    for (dirent *e; d && (e = readdir(d));) {
        const pid_t pid = atoi(e->d_name);
        if (pid <= 0)
            continue;
        const std::string stat = read_file("/proc/" + std::string(e->d_name) + "/stat");
        const size_t end = stat.rfind(')');
        char state;
        int ppid;
        if (end != std::string::npos &&
            sscanf(stat.c_str() + end + 1, " %c %d", &state, &ppid) == 2 && state != 'Z')
            parents[pid] = ppid;
    }
    if (d)
        closedir(d);
    for (const auto &entry : parents) {
        pid_t up = entry.second;
        for (int depth = 0; depth < 1000 && up > 1; depth++) {
            if (up == m_pid) {
                found.push_back(entry.first);
                break;
            }
            auto it = parents.find(up);
            up = it == parents.end() ? 0 : it->second;
        }
    }
    return found;
}

void PrivateSshd::kill_connections()
{
    for (pid_t pid : processes())
        kill(pid, SIGKILL);
}

void PrivateSshd::stop()
{
    if (m_life >= 0)
        close(m_life);
    m_life = -1;
    if (m_pid > 0)
        end_child(m_pid);
    m_pid = -1;
    if (m_privsep >= 0)
        release_privsep(m_privsep);
    m_privsep = -1;
}

PrivateAgent::PrivateAgent()
{
    int say[2];
    if (pipe2(say, O_CLOEXEC))
        return;
    pid_t pid = spawn({"ssh-agent", "-D", "-a", socket()}, -1, say[1], -1);
    close(say[1]);
    /* it says where it listens once it does */
    if (pid > 0 && read_line(say[0], 30).empty()) {
        kill(pid, SIGKILL);
        end_child(pid);
        pid = -1;
    }
    close(say[0]);
    m_pid = pid;
}

PrivateAgent::~PrivateAgent()
{
    if (m_pid > 0) {
        kill(m_pid, SIGKILL);
        end_child(m_pid);
    }
}

bool PrivateAgent::add(const std::string &key_file)
{
    return run({"ssh-add", "-q", key_file}, nullptr, {"SSH_AUTH_SOCK=" + socket()}) == 0;
}

void PrivateAgent::hang()
{
    kill(m_pid, SIGSTOP);
    waitpid(m_pid, nullptr, WUNTRACED);
}

std::vector<std::string> open_descriptors()
{
    std::vector<std::string> found;
    DIR *d = opendir("/proc/self/fd");
    for (dirent *e; d && (e = readdir(d));) {
        if (atoi(e->d_name) == dirfd(d) || e->d_name[0] == '.')
            continue;
        char target[PATH_MAX];
        const std::string link = "/proc/self/fd/" + std::string(e->d_name);
        ssize_t n = readlink(link.c_str(), target, sizeof target - 1);
        if (n > 0)
            found.push_back(std::string(e->d_name) + " " +
                            std::string(target, static_cast<size_t>(n)));
    }
    if (d)
        closedir(d);
    std::sort(found.begin(), found.end());
    return found;
}

int thread_count()
{
    int n = 0;
    DIR *d = opendir("/proc/self/task");
    for (dirent *e; d && (e = readdir(d));)
        n += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

} // namespace pvhop_test
