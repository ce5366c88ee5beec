// SPDX-License-Identifier: BSD-3-Clause
// The real pvhop-relay between real sockets: every byte, every end, every limit.
#include "paraview_peer.hpp"
#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sstream>
#include <string>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace
{
using Clock = std::chrono::steady_clock;
constexpr int kPatienceMs = 20000;

struct Fd {
    int fd = -1;
    Fd() = default;
    explicit Fd(int f) : fd(f)
    {
    }
    Fd(Fd &&o) noexcept : fd(o.fd)
    {
        o.fd = -1;
    }
    Fd &operator=(Fd &&o) noexcept
    {
        std::swap(fd, o.fd);
        return *this;
    }
    ~Fd()
    {
        reset();
    }
    void reset()
    {
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    operator int() const
    {
        return fd;
    }
};

sockaddr_in loopback4(uint16_t port, const char *address = "127.0.0.1")
{
    sockaddr_in sin = {};
    sin.sin_family = AF_INET;
    inet_pton(AF_INET, address, &sin.sin_addr);
    sin.sin_port = htons(port);
    return sin;
}

uint16_t port_of(int fd)
{
    sockaddr_in6 sa = {};
    socklen_t len = sizeof(sa);
    getsockname(fd, (sockaddr *)&sa, &len);
    return ntohs(sa.sin6_port);
}

/// A bound socket; its port refuses connections until listen().
Fd bound(int family = AF_INET)
{
    Fd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 six = {};
    six.sin6_family = AF_INET6;
    six.sin6_addr = in6addr_loopback;
    sockaddr_in four = loopback4(0);
    int rc = family == AF_INET ? bind(fd, (sockaddr *)&four, sizeof(four))
                               : bind(fd, (sockaddr *)&six, sizeof(six));
    EXPECT_EQ(0, rc) << strerror(errno);
    return fd;
}

Fd listening(int family = AF_INET)
{
    Fd fd = bound(family);
    EXPECT_EQ(0, listen(fd, 4096));
    return fd;
}

bool readable(int fd, int ms = kPatienceMs)
{
    pollfd p = {fd, POLLIN, 0};
    return poll(&p, 1, ms) == 1;
}

Fd take(int listener)
{
    return readable(listener) ? Fd(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) : Fd();
}

Fd dial(uint16_t port, const char *from = nullptr)
{
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to = loopback4(port);
    if (from) {
        sockaddr_in source = loopback4(0, from);
        EXPECT_EQ(0, bind(fd, (sockaddr *)&source, sizeof(source)));
    }
    if (connect(fd, (sockaddr *)&to, sizeof(to)))
        fd.reset();
    return fd;
}

/// Reads exactly n bytes, or fewer if the stream ends or nothing comes.
std::string read_n(int fd, size_t n)
{
    std::string got(n, '\0');
    size_t at = 0;
    while (at < n && readable(fd)) {
        ssize_t r = read(fd, &got[at], n - at);
        if (r <= 0)
            break;
        at += size_t(r);
    }
    got.resize(at);
    return got;
}

/// 0 at end of stream, -errno if it broke, 1 if a byte came, -ETIMEDOUT if nothing.
int read_end(int fd)
{
    char c;
    if (!readable(fd))
        return -ETIMEDOUT;
    ssize_t r = read(fd, &c, 1);
    return r < 0 ? -errno : int(r);
}

void say(int fd, const std::string &text)
{
    ASSERT_EQ(ssize_t(text.size()), send(fd, text.data(), text.size(), MSG_NOSIGNAL));
}

void reset_on_close(int fd)
{
    linger l = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

/// pvhop-relay as a child; its log is read line by line.
struct Relay {
    pid_t pid = -1;
    Fd log;
    std::string seen; // the whole log so far
    size_t read_to = 0;
    std::vector<uint16_t> ports;

    explicit Relay(std::vector<std::string> args, size_t ports_expected = 1, rlim_t descriptors = 0)
    {
        int fds[2];
        if (pipe2(fds, O_CLOEXEC))
            abort();
        std::vector<char *> argv = {const_cast<char *>(PVHOP_RELAY)};
        for (std::string &a : args)
            argv.push_back(a.data());
        argv.push_back(nullptr);
        pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (descriptors) {
                rlimit limit = {descriptors, descriptors};
                setrlimit(RLIMIT_NOFILE, &limit);
            }
            dup2(fds[1], 2);
            execv(argv[0], argv.data());
            _exit(127);
        }
        close(fds[1]);
        log = Fd(fds[0]);
        const std::string words = "listening on ";
        for (size_t i = 0; i < ports_expected; i++) {
            std::string line = wait_for(words);
            if (line.empty())
                break;
            std::string where = line.substr(line.find(words) + words.size());
            where = where.substr(0, where.find(", "));
            ports.push_back(uint16_t(std::stoi(where.substr(where.rfind(':') + 1))));
        }
        if (ports.size() != ports_expected) {
            ADD_FAILURE() << "the relay did not start: " << seen;
            ports.resize(std::max<size_t>(ports_expected, 1));
        }
    }
    ~Relay()
    {
        if (pid > 0) {
            kill(pid, SIGKILL);
            waitpid(pid, nullptr, 0);
        }
    }
    /// The next line that has `words`; "" if the log ends or nothing comes.
    std::string wait_for(const std::string &words)
    {
        for (;;) {
            size_t end = seen.find('\n', read_to);
            if (end != std::string::npos) {
                std::string line = seen.substr(read_to, end - read_to);
                read_to = end + 1;
                if (line.find(words) != std::string::npos)
                    return line;
                continue;
            }
            char buf[65536];
            ssize_t n = readable(log) ? read(log, buf, sizeof(buf)) : 0;
            if (n <= 0)
                return "";
            seen.append(buf, size_t(n));
        }
    }
    int wait_exit()
    {
        int status = -1;
        wait_for("\x01 reads the log to its end");
        waitpid(pid, &status, 0);
        pid = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    int stop()
    {
        kill(pid, SIGTERM);
        return wait_exit();
    }
    size_t descriptors() const
    {
        size_t n = 0;
        DIR *dir = opendir(("/proc/" + std::to_string(pid) + "/fd").c_str());
        while (dir && readdir(dir))
            n++;
        if (dir)
            closedir(dir);
        return n;
    }
    long status_kib(const std::string &field) const
    {
        std::ifstream in("/proc/" + std::to_string(pid) + "/status");
        std::string line;
        while (std::getline(in, line))
            if (line.rfind(field + ":", 0) == 0)
                return std::stol(line.substr(field.size() + 1));
        return -1;
    }
    double cpu_seconds() const
    {
        std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
        std::string text((std::istreambuf_iterator<char>(in)), {});
        std::istringstream rest(text.substr(text.rfind(')') + 2));
        std::string skip;
        double user, system;
        for (int i = 0; i < 11; i++)
            rest >> skip;
        rest >> user >> system;
        return (user + system) / double(sysconf(_SC_CLK_TCK));
    }
};

std::string map_to(int listener, const char *host = "127.0.0.1")
{
    return std::string("127.0.0.1:0:") + host + ":" + std::to_string(port_of(listener));
}

struct ConfigFile {
    char path[32] = "/tmp/pvhop-test-XXXXXX";
    explicit ConfigFile(const std::string &text)
    {
        Fd fd(mkstemp(path));
        EXPECT_EQ(ssize_t(text.size()), write(fd, text.data(), text.size()));
    }
    ~ConfigFile()
    {
        unlink(path);
    }
};

unsigned char pattern(uint64_t seed, size_t i)
{
    uint64_t x = (i + seed * 1000003) * 0x9E3779B97F4A7C15u;
    return (unsigned char)(x >> 56);
}

void send_pattern(int fd, uint64_t seed, size_t total)
{
    std::vector<unsigned char> buf(1 << 18);
    for (size_t at = 0; at < total;) {
        size_t n = std::min(buf.size(), total - at);
        for (size_t i = 0; i < n; i++)
            buf[i] = pattern(seed, at + i);
        for (size_t done = 0; done < n;) {
            ssize_t w = send(fd, buf.data() + done, n - done, MSG_NOSIGNAL);
            ASSERT_GT(w, 0) << strerror(errno);
            done += size_t(w);
        }
        at += n;
    }
    shutdown(fd, SHUT_WR);
}

void check_pattern(int fd, uint64_t seed, size_t total)
{
    std::vector<unsigned char> buf(1 << 18);
    size_t at = 0;
    while (readable(fd)) {
        ssize_t n = read(fd, buf.data(), buf.size());
        ASSERT_GE(n, 0) << strerror(errno);
        if (n == 0)
            break;
        for (size_t i = 0; i < size_t(n); i++)
            ASSERT_EQ(pattern(seed, at + i), buf[i]) << "at byte " << at + i;
        at += size_t(n);
    }
    ASSERT_EQ(total, at);
}

/// Echoes on any number of connections until it is destroyed; small messages only.
struct EchoServer {
    Fd listener = listening();
    Fd stop_read, stop_write;
    std::thread thread;
    std::atomic<uint64_t> accepted{0};
    EchoServer()
    {
        int fds[2];
        if (pipe2(fds, O_CLOEXEC))
            abort();
        stop_read = Fd(fds[0]);
        stop_write = Fd(fds[1]);
        fcntl(listener, F_SETFL, O_NONBLOCK);
        thread = std::thread([this] { run(); });
    }
    ~EchoServer()
    {
        stop_write.reset();
        thread.join();
    }
    void run()
    {
        Fd ep(epoll_create1(EPOLL_CLOEXEC));
        auto add = [&](int fd) {
            epoll_event e = {};
            e.events = EPOLLIN;
            e.data.fd = fd;
            epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
        };
        add(listener);
        add(stop_read);
        epoll_event events[256];
        char buf[65536];
        for (;;) {
            int n = epoll_wait(ep, events, 256, -1);
            for (int i = 0; i < n; i++) {
                int fd = events[i].data.fd, c;
                if (fd == stop_read)
                    return;
                if (fd == listener) {
                    while ((c = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0) {
                        accepted++;
                        add(c);
                    }
                    continue;
                }
                ssize_t r = read(fd, buf, sizeof(buf));
                if (r <= 0 || send(fd, buf, size_t(r), MSG_NOSIGNAL) != r)
                    close(fd); // all was echoed: the end goes back too
            }
        }
    }
};

/// `total` connections, `at_once` of them at a time: each sends its own bytes and wants them back,
/// then the end.
void many_connections(uint16_t port, int total, int at_once, size_t bytes)
{
    struct Conn {
        int fd = -1;
        uint64_t seed = 0;
        size_t got = 0;
        bool sent = false;
    };
    std::vector<Conn> conns((size_t(at_once)));
    Fd ep(epoll_create1(EPOLL_CLOEXEC));
    sockaddr_in to = loopback4(port);
    int started = 0, finished = 0;
    std::vector<unsigned char> buf(std::max<size_t>(bytes, 65536));
    auto start = [&](size_t i) {
        Conn &c = conns[i];
        c = Conn();
        c.seed = uint64_t(++started);
        c.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        ASSERT_GE(c.fd, 0) << strerror(errno);
        if (connect(c.fd, (sockaddr *)&to, sizeof(to))) {
            ASSERT_EQ(EINPROGRESS, errno) << strerror(errno);
        }
        epoll_event e = {};
        e.events = EPOLLOUT;
        e.data.u64 = i;
        epoll_ctl(ep, EPOLL_CTL_ADD, c.fd, &e);
    };
    for (size_t i = 0; i < conns.size() && started < total; i++)
        start(i);
    epoll_event events[256];
    while (finished < total && !::testing::Test::HasFatalFailure()) {
        int n = epoll_wait(ep, events, 256, kPatienceMs);
        ASSERT_GT(n, 0) << "stuck with " << finished << " of " << total << " ended";
        for (int k = 0; k < n; k++) {
            Conn &c = conns[events[k].data.u64];
            if (!c.sent) {
                for (size_t i = 0; i < bytes; i++)
                    buf[i] = pattern(c.seed, i);
                ASSERT_EQ(ssize_t(bytes), send(c.fd, buf.data(), bytes, MSG_NOSIGNAL))
                    << strerror(errno);
                c.sent = true;
                epoll_event e = {};
                e.events = EPOLLIN;
                e.data.u64 = events[k].data.u64;
                epoll_ctl(ep, EPOLL_CTL_MOD, c.fd, &e);
                continue;
            }
            ssize_t r = read(c.fd, buf.data(), buf.size());
            ASSERT_GE(r, 0) << strerror(errno) << " after " << c.got << " bytes";
            for (size_t i = 0; i < size_t(r); i++)
                ASSERT_EQ(pattern(c.seed, c.got + i), buf[i]);
            c.got += size_t(r);
            if (c.got == bytes && r > 0)
                shutdown(c.fd, SHUT_WR);
            if (r == 0) {
                ASSERT_EQ(bytes, c.got);
                close(c.fd);
                finished++;
                if (started < total)
                    start(events[k].data.u64);
            }
        }
    }
}
} // namespace

TEST(Relay, EveryByteBothWaysAtOnce)
{
    Fd server = listening();
    Relay relay({map_to(server), "--stats"});
    Fd a = dial(relay.ports[0]), b = take(server);
    ASSERT_GE(b, 0);
    const size_t total = 64 << 20;
    std::thread t1([&] { send_pattern(a, 1, total); }), t2([&] { send_pattern(b, 2, total); });
    std::thread t3([&] { check_pattern(a, 2, total); });
    check_pattern(b, 1, total);
    t1.join();
    t2.join();
    t3.join();
    EXPECT_NE("", relay.wait_for("ended after"));
    EXPECT_EQ(0, relay.stop()) << relay.seen;
    EXPECT_NE(std::string::npos,
              relay.seen.find("1 ended, 0 failed, 0 refused; 67108864 bytes to destinations, "
                              "67108864 from them"))
        << relay.seen;
}

TEST(Relay, HalfClose)
{
    Fd server = listening();
    Relay relay({map_to(server)});
    Fd a = dial(relay.ports[0]), b = take(server);
    say(a, "request");
    shutdown(a, SHUT_WR);
    EXPECT_EQ("request", read_n(b, 7));
    EXPECT_EQ(0, read_end(b));
    say(b, "reply");
    EXPECT_EQ("reply", read_n(a, 5));
    b.reset();
    EXPECT_EQ(0, read_end(a));
}

TEST(Relay, ResetGoesThrough)
{
    Fd server = listening();
    Relay relay({map_to(server)});
    Fd a = dial(relay.ports[0]), b = take(server);
    say(a, "x");
    EXPECT_EQ("x", read_n(b, 1));
    reset_on_close(b);
    b.reset();
    EXPECT_EQ(-ECONNRESET, read_end(a));
}

TEST(Relay, DestinationThatRefusesIsAResetAndALine)
{
    Fd dead = bound();
    Relay relay({map_to(dead)});
    Fd a = dial(relay.ports[0]);
    EXPECT_EQ(-ECONNRESET, read_end(a));
    std::string line = relay.wait_for("no destination answers");
    EXPECT_NE(std::string::npos, line.find(std::to_string(port_of(dead)) + ": Connection refused"))
        << line;
}

TEST(Relay, AllAddressesOfANameAreTried)
{
    Fd server = listening(AF_INET6); // "localhost" is 127.0.0.1 first
    Relay relay({map_to(server, "localhost")});
    Fd a = dial(relay.ports[0]), b = take(server);
    ASSERT_GE(b, 0) << relay.seen;
    say(b, "six");
    EXPECT_EQ("six", read_n(a, 3));
}

TEST(Relay, LocalhostListensOnBothLoopbacks)
{
    Fd server = listening();
    Relay relay({"localhost:0:127.0.0.1:" + std::to_string(port_of(server))}, 2);
    EXPECT_EQ(relay.ports[0], relay.ports[1]);
    Fd six(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 to = {};
    to.sin6_family = AF_INET6;
    to.sin6_addr = in6addr_loopback;
    to.sin6_port = htons(relay.ports[0]);
    EXPECT_EQ(0, connect(six, (sockaddr *)&to, sizeof(to)));
    EXPECT_GE(take(server), 0);
    EXPECT_GE(dial(relay.ports[0]), 0);
    EXPECT_GE(take(server), 0);
}

TEST(Relay, AllowAndRefuse)
{
    Fd server = listening();
    Relay relay({map_to(server), "--allow", "127.0.0.2", "--allow", "127.9.0.0/16", "--allow",
                 "127.16.0.0/12"});
    for (const char *from : {"127.0.0.2", "127.9.8.7", "127.16.0.1", "127.31.255.254"}) {
        Fd a = dial(relay.ports[0], from), b = take(server);
        say(b, "in");
        EXPECT_EQ("in", read_n(a, 2)) << from;
    }
    for (std::string from : {"127.0.0.3", "127.10.0.1", "127.15.255.254", "127.32.0.1"}) {
        Fd a = dial(relay.ports[0], from.c_str());
        EXPECT_EQ(-ECONNRESET, read_end(a)) << from;
        EXPECT_NE("", relay.wait_for(from + ":" + std::to_string(port_of(a)) + ": refused"));
    }
}

TEST(Relay, PortfwdsConfiguration)
{
    Fd one = listening(), two = listening(), three = listening();
    auto at = [](int fd) { return "127.0.0.1:" + std::to_string(port_of(fd)); };
    ConfigFile file("/* two take turns; who comes from 127.0.0.2 gets the third */\n"
                    "listen-on 127.0.0.1\nsource-address 127.0.0.9\n"
                    "tcp { 0 { 127.0.0.2/32 => " +
                    at(three) + "; => " + at(one) + ", " + at(two) + " } }\n");
    Relay relay({"--config", file.path, "--foreground"});
    Fd a = dial(relay.ports[0]), b = take(one);
    sockaddr_in from = {};
    socklen_t len = sizeof(from);
    ASSERT_EQ(0, getpeername(b, (sockaddr *)&from, &len));
    EXPECT_EQ(inet_addr("127.0.0.9"), from.sin_addr.s_addr);
    Fd c = dial(relay.ports[0]), d = take(two);
    EXPECT_GE(d, 0);
    Fd e = dial(relay.ports[0]), f = take(one);
    EXPECT_GE(f, 0);
    Fd g = dial(relay.ports[0], "127.0.0.2"), h = take(three);
    EXPECT_GE(h, 0);
    two.reset(); // its turn, but it is gone: the other one serves
    Fd i = dial(relay.ports[0]), j = take(one);
    EXPECT_GE(j, 0);
}

TEST(Relay, FragileDestinationIsWaitedFor)
{
    Fd server = bound();
    ConfigFile file("listen-on 127.0.0.1 fragile tcp { 0 { => 127.0.0.1:" +
                    std::to_string(port_of(server)) + " } }");
    Relay relay({"-c", file.path});
    Fd a = dial(relay.ports[0]);
    say(a, "early");
    Fd gone = dial(relay.ports[0]);
    EXPECT_NE("", relay.wait_for("trying"));
    EXPECT_NE("", relay.wait_for("trying"));
    gone.reset();
    ASSERT_EQ(0, listen(server, 8));
    Fd b = take(server);
    EXPECT_EQ("early", read_n(b, 5));
}

TEST(Relay, Once)
{
    Fd server = listening();
    Relay relay({map_to(server), "--once"});
    Fd a = dial(relay.ports[0]), b = take(server);
    EXPECT_NE("", relay.wait_for("connected to"));
    EXPECT_LT(dial(relay.ports[0]), 0); // the port is closed
    say(a, "x");
    EXPECT_EQ("x", read_n(b, 1));
    a.reset();
    EXPECT_EQ(0, read_end(b));
    b.reset();
    EXPECT_EQ(0, relay.wait_exit()) << relay.seen;
}

TEST(Relay, IdleConnectionsEnd)
{
    Fd server = listening();
    Relay relay({map_to(server), "--idle-timeout", "1"});
    Fd a = dial(relay.ports[0]), b = take(server);
    EXPECT_EQ(-ECONNRESET, read_end(a));
    EXPECT_EQ(-ECONNRESET, read_end(b));
    EXPECT_NE("", relay.wait_for("nothing moved for 1 s"));
}

TEST(Relay, SigtermClosesThePortAndLetsConnectionsEnd)
{
    Fd server = listening();
    Relay relay({map_to(server), "--drain", "30"});
    Fd a = dial(relay.ports[0]), b = take(server);
    ASSERT_NE("", relay.wait_for("connected to"));
    kill(relay.pid, SIGTERM);
    EXPECT_NE("", relay.wait_for("have 30 s to end"));
    EXPECT_LT(dial(relay.ports[0]), 0);
    say(a, "still");
    EXPECT_EQ("still", read_n(b, 5));
    a.reset();
    b.reset();
    EXPECT_EQ(0, relay.wait_exit());
}

TEST(Relay, SecondSignalCuts)
{
    Fd server = listening();
    Relay relay({map_to(server), "--drain", "30"});
    Fd a = dial(relay.ports[0]), b = take(server);
    ASSERT_NE("", relay.wait_for("connected to"));
    kill(relay.pid, SIGINT);
    EXPECT_NE("", relay.wait_for("have 30 s to end"));
    kill(relay.pid, SIGINT);
    EXPECT_EQ(-ECONNRESET, read_end(a));
    EXPECT_EQ(0, relay.wait_exit());
}

TEST(Relay, PortInUseAndUnknownNamesEndItWithTheirCodes)
{
    Fd taken = listening();
    Relay busy({std::to_string(port_of(taken)) + ":127.0.0.1:1", "--bind", "127.0.0.1"}, 0);
    EXPECT_EQ(71, busy.wait_exit());
    EXPECT_NE(std::string::npos, busy.seen.find("Address already in use")) << busy.seen;
    Relay nowhere({"0:no-such-host.invalid:1"}, 0);
    EXPECT_EQ(68, nowhere.wait_exit());
    Relay nothing({}, 0);
    EXPECT_EQ(64, nothing.wait_exit());
    Relay transparent({"-t", "0:127.0.0.1:1"}, 0);
    EXPECT_EQ(64, transparent.wait_exit());
}

// PVHOP_TEST_CONNECTIONS=100000: so many in all.
TEST(Relay, AThousandAtOnceTenThousandInAll)
{
    const char *wish = getenv("PVHOP_TEST_CONNECTIONS");
    const int total = std::max(2000, wish ? atoi(wish) : 10000);
    rlimit limit;
    ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
    rlimit enough = {std::min<rlim_t>(limit.rlim_max, 4096), limit.rlim_max};
    ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &enough));
    ASSERT_GE(enough.rlim_cur, 2200u) << "this test needs 2200 descriptors";
    EchoServer server;
    Relay relay({map_to(server.listener), "--quiet", "--stats"});
    size_t before = relay.descriptors();
    many_connections(relay.ports[0], 1000, 1000, 3000);
    long high_water = relay.status_kib("VmHWM");
    many_connections(relay.ports[0], total - 1000, 1000, 3000);
#ifdef __SANITIZE_ADDRESS__ // its allocator keeps what is freed
    high_water += 300000;
#endif
    EXPECT_LT(relay.status_kib("VmHWM"), high_water + 4096)
        << "memory grows with the number of connections served";
    kill(relay.pid, SIGUSR1); // answered after all that came before
    std::string line = relay.wait_for("connections now");
    EXPECT_NE(std::string::npos, line.find(" 0 connections now")) << line;
    EXPECT_NE(std::string::npos,
              line.find(std::to_string(total) + " accepted, " + std::to_string(total) +
                        " ended, 0 failed, 0 refused; " + std::to_string(total * 3000L) +
                        " bytes to destinations, " + std::to_string(total * 3000L) + " from them"))
        << line;
    EXPECT_EQ(before, relay.descriptors());
    EXPECT_EQ(0, relay.stop());
    setrlimit(RLIMIT_NOFILE, &limit);
}

TEST(Relay, FewDescriptorsMeanWaitingNotLosing)
{
    EchoServer server;
    Relay relay({map_to(server.listener), "--quiet"}, 1, 40); // room for about 15 connections
    many_connections(relay.ports[0], 300, 100, 2000);
    EXPECT_LT(relay.cpu_seconds(), 3.0) << "it spins while it has no descriptors";
    EXPECT_EQ(0, relay.stop()) << relay.seen;
}

TEST(Relay, MaxConnectionsWait)
{
    EchoServer server;
    Relay relay({map_to(server.listener), "--max-connections", "3", "--quiet", "--stats"});
    many_connections(relay.ports[0], 60, 20, 100);
    EXPECT_EQ(0, relay.stop());
    EXPECT_NE(std::string::npos, relay.seen.find("at most 3;")) << relay.seen;
}

TEST(Relay, AReaderThatTakesAlmostNothingCostsBoundedMemoryAndDisturbsNobody)
{
    EchoServer echo;
    Fd server = listening();
    Relay relay({map_to(server), map_to(echo.listener)}, 2);
    Fd fast = dial(relay.ports[0]), slow = take(server);
    ASSERT_GE(slow, 0);
    fcntl(fast, F_SETFL, O_NONBLOCK);
    std::vector<char> bytes(1 << 20, 'x');
    size_t accepted = 0;
    long before = relay.status_kib("VmRSS");
    for (int turn = 0; turn < 60; turn++) { // a byte a turn is taken, as much as fits is offered
        ssize_t n;
        while ((n = send(fast, bytes.data(), bytes.size(), MSG_NOSIGNAL)) > 0)
            accepted += size_t(n);
        ASSERT_EQ("x", read_n(slow, 1));
        Fd other = dial(relay.ports[1]);
        say(other, "ping");
        ASSERT_EQ("ping", read_n(other, 4));
    }
    EXPECT_LT(relay.status_kib("VmRSS"), before + 2048);
    EXPECT_LT(accepted, size_t(200) << 20); // the rest is held back in the sender
    shutdown(fast, SHUT_WR);
    size_t rest = 60;
    ssize_t n;
    while (readable(slow) && (n = read(slow, bytes.data(), bytes.size())) > 0)
        rest += size_t(n);
    EXPECT_EQ(accepted, rest);
}

// What comes right behind the handshake, on both sides, belongs to the session.
TEST(Relay, CheckParaviewPassesOnWhatFollowsTheHandshake)
{
    Fd client = listening();
    Relay relay({map_to(client), "--check-paraview", "4242"});
    Fd stranger = dial(relay.ports[0]);
    say(stranger, connector_transcript(4243));
    EXPECT_NE("", relay.wait_for("refused, "));
    EXPECT_FALSE(readable(client, 0)); // it never came so far
    Fd server = dial(relay.ports[0]);
    say(server, connector_transcript() + "hello");
    Fd there = take(client);
    ASSERT_GE(there, 0);
    std::string listener = connector_transcript();
    listener.resize(listener.find("\x97\x86"));
    say(there, listener + std::string("\x96\x86\1\0\4\0\0\0\0\0\0\0welcome", 19));
    const std::string heard = read_n(there, connector_transcript().size() + 5);
    EXPECT_EQ(connector_transcript() + "hello", heard);
    const std::string answer = read_n(server, listener.size() + 12 + 7);
    EXPECT_EQ("welcome", answer.substr(answer.size() - 7));
    EXPECT_EQ(0, relay.stop()) << relay.seen;
}

TEST(Relay, SilentConnectionsCostNoCpu)
{
    EchoServer server;
    Relay relay({map_to(server.listener)});
    std::vector<Fd> idle;
    for (int i = 0; i < 50; i++)
        idle.push_back(dial(relay.ports[0]));
    for (Fd &fd : idle) {
        say(fd, "x");
        ASSERT_EQ("x", read_n(fd, 1));
    }
    for (size_t i = 0; i < idle.size();
         i += 2) // half-closed ones too: these end, as the server closes
        shutdown(idle[i], SHUT_WR);
    for (size_t i = 0; i < idle.size(); i += 2)
        EXPECT_EQ(0, read_end(idle[i]));
    double before = relay.cpu_seconds();
    poll(nullptr, 0, 300); // the time over which it is measured
    EXPECT_LE(relay.cpu_seconds() - before, 0.02);
}
