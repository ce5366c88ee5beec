// SPDX-License-Identifier: BSD-3-Clause
// The real pvhop-relay with many connections, few descriptors, slow readers: nothing is lost, and
// nothing grows.
#include "relay_process.hpp"
#include <atomic>
#include <sys/epoll.h>
#include <thread>

namespace
{
/// A number from the environment, if it is there.
long wish(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text ? atol(text) : otherwise;
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

// For more of it than there is time for in each run: PVHOP_TEST_CONNECTIONS=100000 in all, and a
// reader at 1 kB/s for PVHOP_TEST_SECONDS. What is recorded stands in --gtest_output=json:FILE.
TEST(Relay, AThousandAtOnceTenThousandInAll)
{
    const int total = int(std::max(2000L, wish("PVHOP_TEST_CONNECTIONS", 10000)));
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
    RecordProperty("connections", total);
    RecordProperty("kib_after_first_thousand", int(high_water));
    RecordProperty("kib_at_the_end", int(relay.status_kib("VmHWM")));
    RecordProperty("descriptors_before", int(before));
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
    RecordProperty("descriptors_after", int(relay.descriptors()));
    EXPECT_EQ(before, relay.descriptors());
    EXPECT_EQ(0, relay.stop());
    setrlimit(RLIMIT_NOFILE, &limit);
}

TEST(Relay, FewDescriptorsMeanWaitingNotLosing)
{
    EchoServer server;
    Relay relay({map_to(server.listener), "--quiet"}, 1, 40); // room for about 15 connections
    const int total = int(wish("PVHOP_TEST_CONNECTIONS", 15000) / 50);
    many_connections(relay.ports[0], total, 100, 2000);
    EXPECT_LT(relay.cpu_seconds(), total / 100.0) << "it spins while it has no descriptors";
    RecordProperty("connections", total);
    RecordProperty("cpu_ms", int(relay.cpu_seconds() * 1000));
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
    const long seconds = wish("PVHOP_TEST_SECONDS", 0);
    const size_t turns = seconds ? size_t(seconds) * 10 : 60, a_turn = seconds ? 100 : 1;
    for (size_t turn = 0; turn < turns; turn++) { // little is taken, as much as fits is offered
        ssize_t n;
        while ((n = send(fast, bytes.data(), bytes.size(), MSG_NOSIGNAL)) > 0)
            accepted += size_t(n);
        ASSERT_EQ(std::string(a_turn, 'x'), read_n(slow, a_turn));
        poll(nullptr, 0, seconds ? 100 : 0); // 1 kB a second
        Fd other = dial(relay.ports[1]);
        say(other, "ping");
        ASSERT_EQ("ping", read_n(other, 4));
    }
    RecordProperty("seconds", int(seconds));
    RecordProperty("kib_before", int(before));
    RecordProperty("kib_after", int(relay.status_kib("VmRSS")));
    EXPECT_LT(relay.status_kib("VmRSS"), before + 2048);
    EXPECT_LT(accepted, size_t(200) << 20); // the rest is held back in the sender
    shutdown(fast, SHUT_WR);
    size_t rest = turns * a_turn;
    ssize_t n;
    while (readable(slow) && (n = read(slow, bytes.data(), bytes.size())) > 0)
        rest += size_t(n);
    EXPECT_EQ(accepted, rest);
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
