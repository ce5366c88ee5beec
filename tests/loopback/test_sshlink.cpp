/* SPDX-License-Identifier: BSD-3-Clause */
/* What is done with a link, against a real sshd on loopback: commands, -R, -L. */
#include "sshlink_case.h"
#include <chrono>
#include <map>
#include <memory>
#include <netinet/tcp.h>

using namespace pvhop_test;

namespace
{
const uint64_t bulk = 64u << 20;

/** A private sshd with further lines of configuration. */
PrivateSshd::Options with(const std::vector<std::string> &lines)
{
    PrivateSshd::Options o;
    o.config = lines;
    return o;
}
} // namespace

#define UP(sshd, link)                            \
    ASSERT_TRUE((sshd).ok()) << (sshd).problem(); \
    ASSERT_TRUE((link).wait_up()) << (link).why() << (link).log() << (sshd).log()

/* ---- commands ---- */

TEST(SshLink, ExecOutputNoiseAndExitCode)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Exec x(link, "echo hello; printf 'one\\r\\ntwo\\n\\nlast' >&2; exit 7");
    ASSERT_TRUE(x.wait_exit()) << x.why();
    EXPECT_EQ(x.out(), "hello\n");
    EXPECT_EQ(x.err(), "one\ntwo\n\nlast\n");
    EXPECT_EQ(x.status(), 7);
}

TEST(SshLink, ExecWithoutOutput)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    for (int code : {0, 1, 255}) {
        Exec x(link, "exit " + std::to_string(code));
        ASSERT_TRUE(x.wait_exit()) << x.why();
        EXPECT_EQ(x.status(), code);
    }
}

TEST(SshLink, ExecKilledBySignal)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Exec x(link, "kill -KILL $$");
    ASSERT_TRUE(x.wait_exit()) << x.why();
    EXPECT_EQ(x.status(), -1);
}

TEST(SshLink, ExecVeryNoisyStandardError)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Exec x(link, "i=0; while [ $i -lt 20000 ]; do echo a line of noise that nobody needs $i; "
                 "i=$((i+1)); done >&2; "
                 "head -c 100000 /dev/zero | tr '\\0' x >&2; echo done");
    ASSERT_TRUE(x.wait_exit()) << x.why();
    EXPECT_EQ(x.out(), "done\n");
    EXPECT_NE(x.err().find("needs 19999\n"), std::string::npos);
    EXPECT_GE(x.err().size(), 20000u * 37 + 100000);
}

TEST(SshLink, ExecControlCharactersAreMadeHarmless)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Exec x(link, "printf '\\033]0;title\\007bell\\n' >&2");
    ASSERT_TRUE(x.wait_exit()) << x.why();
    EXPECT_EQ(x.err(), "?]0;title?bell\n");
}

TEST(SshLink, ExecHalfClose)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Exec x(link, "sort; echo end");
    ASSERT_TRUE(x.wait_open()) << x.why();
    EXPECT_EQ(pvhop_stream_write(x.stream().get(), "b\na\n", 4), 4);
    EXPECT_EQ(pvhop_stream_shutdown(x.stream().get()), 0);
    ASSERT_TRUE(x.wait_exit());
    EXPECT_EQ(x.out(), "a\nb\nend\n");
}

TEST(SshLink, ExecStreamFreedFirst)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    /* its input ends, its output is dropped, its exit code still comes */
    Exec x(link, "cat; head -c 5000000 /dev/zero; exit 3");
    ASSERT_TRUE(x.wait_open()) << x.why();
    x.stream().drop();
    ASSERT_TRUE(x.wait_exit());
    EXPECT_EQ(x.status(), 3);
}

TEST(SshLink, ExecFreedFirst)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Exec x(link, "cat");
    ASSERT_TRUE(x.wait_open()) << x.why();
    x.free();
    EXPECT_EQ(pvhop_stream_write(x.stream().get(), "still here", 10), 10);
    ASSERT_TRUE(link.wait([&] { return x.out() == "still here"; }));
    x.stream().drop();
    Exec after(link, "echo fine");
    ASSERT_TRUE(after.wait_exit());
}

TEST(SshLink, ExecFreedWhileItIsOpened)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    for (int i = 0; i < 20; i++)
        Exec x(link, "cat");
    Exec after(link, "echo fine");
    ASSERT_TRUE(after.wait_exit()) << after.why();
    EXPECT_EQ(after.out(), "fine\n");
}

TEST(SshLink, MaxSessions)
{
    PrivateSshd sshd(with({"MaxSessions 1"}));
    Link link(sshd);
    UP(sshd, link);
    Exec first(link, "cat");
    ASSERT_TRUE(first.wait_open()) << first.why();
    Exec second(link, "cat");
    EXPECT_FALSE(second.wait_open());
    EXPECT_EQ(second.code(), PVHOP_E_CHANNEL_REFUSED) << second.why();
    pvhop_stream_shutdown(first.stream().get());
    ASSERT_TRUE(first.wait_exit());
    /* sshd counts the first one until it has tidied up after it */
    bool ran = false;
    for (int i = 0; i < 1000 && !ran; i++) {
        Exec third(link, "true");
        ran = third.wait_exit();
    }
    EXPECT_TRUE(ran);
}

TEST(SshLink, ManyCommandsAtOnce)
{
    PrivateSshd sshd(with({"MaxSessions 50"}));
    Link link(sshd);
    UP(sshd, link);
    std::vector<std::unique_ptr<Exec>> all;
    for (int i = 0; i < 30; i++)
        all.push_back(std::make_unique<Exec>(link, "echo " + std::to_string(i)));
    for (int i = 0; i < 30; i++) {
        ASSERT_TRUE(all[static_cast<size_t>(i)]->wait_exit()) << i;
        EXPECT_EQ(all[static_cast<size_t>(i)]->out(), std::to_string(i) + "\n");
    }
}

/* ---- -R ---- */

TEST(SshLink, RemoteForwardBothWays)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Forward f(link, "127.0.0.1", 0);
    ASSERT_TRUE(f.wait_bound()) << f.why();
    ASSERT_GT(f.port(), 1024);
    Peer peer(f.port(), bulk);
    ASSERT_TRUE(link.wait([&] { return f.connections.size() == 1; }));
    const std::string name = pvhop_stream_peer(f.connections[0]);
    EXPECT_EQ(name.find("127.0.0.1 port " + std::to_string(f.port()) + " from 127.0.0.1:"), 0u)
        << name;
    Echo echo(f.connections[0], bulk);
    ASSERT_TRUE(link.wait([&] { return echo.done() && peer.done(); }));
    EXPECT_EQ(echo.problem(), "");
    EXPECT_EQ(peer.problem(), "");
}

TEST(SshLink, RemoteForwardChacha)
{
    /* re-keys every gigabyte only, but other code in libssh */
    PrivateSshd sshd(with({"Ciphers chacha20-poly1305@openssh.com", "RekeyLimit 8M"}));
    Link link(sshd);
    UP(sshd, link);
    Forward f(link, "127.0.0.1", 0);
    ASSERT_TRUE(f.wait_bound()) << f.why();
    Peer peer(f.port(), bulk);
    ASSERT_TRUE(link.wait([&] { return f.connections.size() == 1; }));
    Echo echo(f.connections[0], bulk);
    ASSERT_TRUE(link.wait([&] { return (echo.done() && peer.done()) || link.down(); }))
        << link.why();
    EXPECT_EQ(echo.problem(), "");
    EXPECT_EQ(peer.problem(), "");
}

TEST(SshLink, RemoteForwardsThreeWithManyConnections)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Forward a(link, "127.0.0.1", 0), b(link, "127.0.0.1", 0), c(link, "127.0.0.1", 0);
    ASSERT_TRUE(a.wait_bound() && b.wait_bound() && c.wait_bound());
    EXPECT_NE(a.port(), b.port());
    const uint64_t size = 300000;
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < 8; i++)
        for (Forward *f : {&a, &b, &c})
            peers.push_back(std::make_unique<Peer>(f->port(), size));
    std::map<pvhop_stream *, std::unique_ptr<Echo>> echoes;
    ASSERT_TRUE(link.wait([&] {
        size_t done = 0;
        for (Forward *f : {&a, &b, &c})
            for (pvhop_stream *s : f->connections)
                if (!echoes.count(s))
                    echoes[s] = std::make_unique<Echo>(s, size);
        for (auto &e : echoes)
            done += e.second->done();
        for (auto &p : peers)
            done += p->done();
        return done == 48;
    }));
    EXPECT_EQ(a.connections.size(), 8u);
    for (auto &e : echoes)
        EXPECT_EQ(e.second->problem(), "");
    for (auto &p : peers)
        EXPECT_EQ(p->problem(), "");
}

TEST(SshLink, RemoteForwardWhileOthersTalk)
{
    /* libssh reads the port of -R 0 from its last packet: it must not be another one's */
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Exec noise(link, "while echo 0123456789012345678901234567890123456789; do :; done");
    ASSERT_TRUE(noise.wait_open());
    for (int i = 0; i < 10; i++) {
        Forward f(link, "127.0.0.1", 0);
        ASSERT_TRUE(f.wait_bound()) << f.why();
        Peer peer(f.port(), 1000);
        ASSERT_TRUE(link.wait([&] { return f.connections.size() == 1 || peer.done(); }));
        ASSERT_EQ(f.connections.size(), 1u)
            << peer.problem() << ": port " << f.port() << " is not the one";
        Echo echo(f.connections[0], 1000);
        ASSERT_TRUE(link.wait([&] { return echo.done() && peer.done(); }));
    }
}

TEST(SshLink, RemoteForwardOfATakenPort)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Forward first(link, "127.0.0.1", 0);
    ASSERT_TRUE(first.wait_bound());
    Forward second(link, "127.0.0.1", first.port());
    EXPECT_FALSE(second.wait_bound());
    EXPECT_EQ(second.code(), PVHOP_E_FORWARD_REFUSED);
}

TEST(SshLink, RemoteForwardForbidden)
{
    PrivateSshd sshd(with({"AllowTcpForwarding no"}));
    Link link(sshd);
    UP(sshd, link);
    Forward f(link, "127.0.0.1", 0);
    EXPECT_FALSE(f.wait_bound());
    EXPECT_EQ(f.code(), PVHOP_E_FORWARD_REFUSED) << f.why();
    Exec after(link, "echo fine");
    ASSERT_TRUE(after.wait_exit());
}

TEST(SshLink, RemoteForwardFreedIsClosedThere)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Forward f(link, "127.0.0.1", 0);
    ASSERT_TRUE(f.wait_bound());
    f.free();
    /* the next answer comes after the cancel: one request at a time */
    Forward again(link, "127.0.0.1", f.port());
    ASSERT_TRUE(again.wait_bound()) << again.why();
    {
        Forward given_up(link, "127.0.0.1", 0);
    }
    Forward last(link, "127.0.0.1", 0);
    ASSERT_TRUE(last.wait_bound());
}

TEST(SshLink, SlowReaderIsBounded)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "memory cannot be measured under a sanitizer";
#endif
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Exec x(link, "head -c 300000000 /dev/zero");
    ASSERT_TRUE(x.wait_open());
    pvhop_stream *s = x.stream().get();
    pvhop_stream_watch(s, 0, nullptr, nullptr);
    const auto memory = [] {
        const std::string status = read_file("/proc/self/status");
        return atol(status.c_str() + status.find("VmRSS:") + 6) / 1024; /* MiB */
    };
    const long before = memory();
    long most = before;
    /* a byte here and there, while the sender would send all of it */
    for (int i = 0; i < 300; i++) {
        char c[1000];
        link.wait([&] { return false; }, 3);
        (void)pvhop_stream_read(s, c, sizeof c);
        most = std::max(most, memory());
    }
    EXPECT_LT(most - before, 80) << "MiB pile up behind a slow reader";
}

/* ---- -L ---- */

TEST(SshLink, DirectBothWays)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Peer peer(bulk);
    Direct d(link, "127.0.0.1", peer.port());
    ASSERT_TRUE(d.wait_open()) << d.why();
    Echo echo(d.stream, bulk);
    ASSERT_TRUE(link.wait([&] { return echo.done() && peer.done(); }));
    EXPECT_EQ(echo.problem(), "");
    EXPECT_EQ(peer.problem(), "");
}

TEST(SshLink, DirectToAClosedPort)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    uint16_t port;
    {
        PrivateSshd gone;
        port = gone.port();
    }
    Direct d(link, "127.0.0.1", port);
    EXPECT_FALSE(d.wait_open());
    EXPECT_EQ(d.code(), PVHOP_E_CONNECT) << d.why();
    EXPECT_NE(d.why().find("refused"), std::string::npos) << d.why();
}

TEST(SshLink, DirectForbidden)
{
    PrivateSshd sshd(with({"AllowTcpForwarding remote"}));
    Link link(sshd);
    UP(sshd, link);
    Direct d(link, "127.0.0.1", sshd.port());
    EXPECT_FALSE(d.wait_open());
    EXPECT_EQ(d.code(), PVHOP_E_CHANNEL_REFUSED) << d.why();
}

TEST(SshLink, DirectGivenUp)
{
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    for (int i = 0; i < 20; i++)
        Direct d(link, "127.0.0.1", sshd.port());
    Exec after(link, "echo fine");
    ASSERT_TRUE(after.wait_exit());
}

/* Our end of the connection to that port of loopback; -1 if there is none. */
static int socket_to(uint16_t port)
{
    for (int fd = 3; fd < 1024; fd++) {
        sockaddr_in peer = {};
        socklen_t len = sizeof peer;
        if (getpeername(fd, reinterpret_cast<sockaddr *>(&peer), &len) == 0 &&
            peer.sin_family == AF_INET && ntohs(peer.sin_port) == port)
            return fd;
    }
    return -1;
}

TEST(SshLink, RoundTripsAreQuick)
{
    /* no round trip may wait for one of TCP's timers (40 ms) */
    PrivateSshd sshd;
    Link link(sshd);
    UP(sshd, link);
    Exec x(link, "while read -r l; do head -c 65536 /dev/zero; done");
    ASSERT_TRUE(x.wait_open());
    using namespace std::chrono;
    const int fd = socket_to(sshd.port());
    ASSERT_GE(fd, 0);
    size_t wanted = 0;
    long best = 1000000;
    int delayed = 0;
    for (int i = 0; i < 60; i++) {
        const auto begin = steady_clock::now();
        ASSERT_EQ(pvhop_stream_write(x.stream().get(), "x\n", 2), 2);
        wanted += 65536;
        ASSERT_TRUE(link.wait([&] { return x.out().size() == wanted; }));
        const long took =
            static_cast<long>(duration_cast<microseconds>(steady_clock::now() - begin).count());
        if (i >= 40) /* a young connection is acknowledged at once in any case */
            best = std::min(best, took);
        int quick = 0;
        socklen_t len = sizeof quick;
        ASSERT_EQ(getsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &quick, &len), 0);
        delayed += !quick;
    }
    /* whoever sends and receives in turn is given delayed acknowledgements, unless he asks anew */
    EXPECT_EQ(delayed, 0) << "waits that began with delayed acknowledgements";
    /* the best of them, since the machine may be busy */
    EXPECT_LT(best, 35000) << "microseconds";
}
