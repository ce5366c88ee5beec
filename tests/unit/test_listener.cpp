// SPDX-License-Identifier: BSD-3-Clause
#include "loop_fixture.hpp"
#include "paraview_peer.hpp"
#include <algorithm>
#include <arpa/inet.h>
#include <memory>
#include <pvhop/listener.h>
#include <random>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <vector>

namespace
{

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point t)
{
    return std::chrono::duration<double>(Clock::now() - t).count();
}

sockaddr_in v4_loopback(uint16_t port)
{
    sockaddr_in sin = {};
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sin.sin_port = htons(port);
    return sin;
}

sockaddr_in6 v6_loopback(uint16_t port)
{
    sockaddr_in6 sin6 = {};
    sin6.sin6_family = AF_INET6;
    sin6.sin6_addr = in6addr_loopback;
    sin6.sin6_port = htons(port);
    return sin6;
}

/// A socket of the test's own, closed in the end.
struct Socket {
    int fd = -1;
    explicit Socket(int fd) : fd(fd)
    {
    }
    Socket(Socket &&other) : fd(other.fd)
    {
        other.fd = -1;
    }
    ~Socket()
    {
        close();
    }
    void close()
    {
        if (fd >= 0)
            ::close(fd);
        fd = -1;
    }
    void say(const std::string &bytes) const
    {
        EXPECT_EQ(ssize_t(bytes.size()), send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    }
};

Socket connect_to(uint16_t port)
{
    sockaddr_in sin = v4_loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    EXPECT_TRUE(connect(fd, (sockaddr *)&sin, sizeof(sin)) == 0 || errno == EINPROGRESS);
    return Socket(fd);
}

/// A genuine connector on the test's loop.
struct Connector {
    pvhop_greet *greet;
    bool done = false, failed = false;
    pvhop_error why = {};
    pvhop_stream *stream = nullptr;

    Connector(pvhop_loop *loop, int fd, const pvhop_paraview &self)
    {
        static const pvhop_greet_events events = {[](void *user, const pvhop_arrival *a) {
                                                      auto *c = static_cast<Connector *>(user);
                                                      c->done = true;
                                                      c->stream = a->stream;
                                                  },
                                                  [](void *user, const pvhop_error *why) {
                                                      auto *c = static_cast<Connector *>(user);
                                                      c->failed = true;
                                                      c->why = *why;
                                                  }};
        pvhop_stream *s = pvhop_stream_from_socket(loop, fd, nullptr, &why);
        greet = pvhop_greet_new(loop, s, PVHOP_PLAY_CONNECTOR, &self, 5000, &events, this, &why);
        EXPECT_NE(nullptr, greet) << why.why;
    }
    ~Connector()
    {
        pvhop_greet_free(greet);
        pvhop_stream_free(stream);
    }
};

struct Stray {
    std::string peer;
    pvhop_code code;
    std::string why;
};

class ListenerTest : public LoopTest
{
  protected:
    void open(pvhop_listener_config c = {}, const char *host = "127.0.0.1")
    {
        static const pvhop_listener_events events = {
            [](void *user, const pvhop_arrival *a) {
                auto *t = static_cast<ListenerTest *>(user);
                t->arrivals++;
                t->arrived = a->stream;
                t->peer = a->peer;
                t->rest.assign(static_cast<const char *>(a->rest), a->rest_len);
                if (t->free_when_arrived)
                    t->close();
            },
            [](void *user, const char *peer, const pvhop_error *why) {
                auto *t = static_cast<ListenerTest *>(user);
                t->strays.push_back({peer, why->code, why->why});
                if (t->free_at_stray && t->strays.size() >= t->free_at_stray)
                    t->close();
            }};
        c.expect = paraview_511();
        c.expect.hash[0] = '\0';
        listener = pvhop_listener_new(loop, &c, &events, this, &err);
        ASSERT_NE(nullptr, listener) << err.why;
        pvhop_endpoint where = {};
        strcpy(where.host, host);
        ASSERT_EQ(0, pvhop_listener_bind(listener, &where, &bound, &err)) << err.why;
        ASSERT_NE(0, bound.port);
    }
    void close()
    {
        pvhop_listener_free(listener);
        listener = nullptr;
    }
    void TearDown() override
    {
        close();
        pvhop_stream_free(arrived);
    }
    Socket newcomer()
    {
        return connect_to(bound.port);
    }
    /// One that has begun well, and was answered: so it, and all before it, have been accepted.
    Socket greeted_newcomer()
    {
        Socket s = newcomer();
        char answer[9];
        s.say(connector_transcript().substr(0, 9));
        EXPECT_TRUE(until([&] { return recv(s.fd, answer, 9, MSG_PEEK | MSG_DONTWAIT) == 9; }));
        return s;
    }
    /// The genuine peer gets through, and within 0.2 s.
    void expect_genuine()
    {
        Clock::time_point start = Clock::now();
        Connector c(loop, dup(newcomer().fd), paraview_511());
        ASSERT_TRUE(until([&] { return c.done || c.failed; }));
        EXPECT_TRUE(c.done) << c.why.why;
        EXPECT_LT(seconds_since(start), 0.2);
        EXPECT_EQ(1, arrivals);
        EXPECT_STREQ("0123456789abcdef0123456789abcdef", peer.hash);
        EXPECT_EQ(5u, peer.major);
    }
    /// The other end closes (or resets) within the loop's patience.
    bool closed(const Socket &s)
    {
        char answers[256];
        return until([&] {
            ssize_t n = recv(s.fd, answers, sizeof(answers), MSG_DONTWAIT);
            return n == 0 || (n < 0 && errno == ECONNRESET);
        });
    }

    pvhop_listener *listener = nullptr;
    pvhop_endpoint bound = {};
    int arrivals = 0;
    pvhop_stream *arrived = nullptr;
    pvhop_paraview peer = {};
    std::string rest;
    std::vector<Stray> strays;
    bool free_when_arrived = false;
    size_t free_at_stray = 0;
};

/// The limit on descriptors, for one test.
struct DescriptorLimit {
    rlimit before;
    DescriptorLimit()
    {
        getrlimit(RLIMIT_NOFILE, &before);
    }
    void set(rlim_t soft)
    {
        rlimit now = before;
        now.rlim_cur = soft;
        ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &now));
    }
    ~DescriptorLimit()
    {
        setrlimit(RLIMIT_NOFILE, &before);
    }
};

} // namespace

TEST_F(ListenerTest, GenuineGetsThrough)
{
    open();
    expect_genuine();
    EXPECT_TRUE(strays.empty());
}

TEST_F(ListenerTest, WhatFollowsTheHandshakeIsKept)
{
    open();
    Socket s = newcomer();
    s.say(connector_transcript() + "session");
    ASSERT_TRUE(until([&] { return arrivals == 1; }));
    EXPECT_EQ("session", rest);
}

TEST_F(ListenerTest, GenuineGetsThroughWhileStraysAreHeld)
{
    open();
    std::vector<Socket> held;
    for (int i = 0; i < 10; i++) {
        held.push_back(newcomer());
        held.push_back(greeted_newcomer()); // begins well, and stops
    }
    expect_genuine();
    EXPECT_TRUE(strays.empty());
    for (const Socket &s : held)
        EXPECT_TRUE(closed(s)); // they are not held for longer than needed
}

TEST_F(ListenerTest, StraysAreDroppedWithAReason)
{
    std::mt19937 random(1);
    std::string noise(4096, '\0');
    for (char &c : noise)
        c = char(random());
    const struct {
        std::string says;
        pvhop_code code;
        const char *word;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", PVHOP_E_HANDSHAKE, "GET / HTTP/1.1"},
        {"SSH-2.0-scan\r\n", PVHOP_E_HANDSHAKE, "SSH-2.0-scan"},
        {noise, PVHOP_E_HANDSHAKE, "not ParaView"},
        {std::string("<<<<\0\0\0\1\1", 9), PVHOP_E_BYTE_ORDER, "big-endian"},
        {connector_transcript(7), PVHOP_E_CONNECT_ID, "connect id 7"},
        {"", PVHOP_E_HANDSHAKE, "nothing before the connection was closed"},
        {connector_transcript().substr(0, 30), PVHOP_E_HANDSHAKE, "its hash had not come"},
    };
    open();
    for (const auto &c : cases) {
        strays.clear();
        Socket s = newcomer();
        s.say(c.says);
        shutdown(s.fd, SHUT_WR);
        ASSERT_TRUE(until([&] { return !strays.empty(); }));
        EXPECT_EQ(c.code, strays[0].code);
        EXPECT_NE(std::string::npos, strays[0].why.find(c.word)) << strays[0].why;
        EXPECT_EQ(0u, strays[0].peer.find("127.0.0.1:")) << strays[0].peer;
        EXPECT_TRUE(closed(s));
    }
    strays.clear();
    Socket s = greeted_newcomer();
    reset_on_close(s.fd);
    s.close();
    ASSERT_TRUE(until([&] { return !strays.empty(); }));
    EXPECT_NE(std::string::npos, strays[0].why.find("reset")) << strays[0].why;
    expect_genuine();
}

TEST_F(ListenerTest, ThePeerIsToldWhyItIsRefused)
{
    open();
    Connector c(loop, dup(newcomer().fd), paraview_511(7));
    ASSERT_TRUE(until([&] { return c.failed; }));
    EXPECT_EQ(PVHOP_E_CONNECT_ID, c.why.code);
    EXPECT_EQ(0, arrivals);
}

TEST_F(ListenerTest, SilenceAndDrippingEndAtTheDeadline)
{
    pvhop_listener_config c = {};
    c.proof_ms = 150;
    open(c);
    Clock::time_point start = Clock::now();
    Socket silent = newcomer(), dripping = newcomer();
    const std::string all = connector_transcript();
    size_t said = 0;
    CallFn drip = [] {};
    pvhop_timer *timer = pvhop_timer_new(loop, call, &drip);
    drip = [&] {                                          // a byte now and then keeps nobody alive
        send(dripping.fd, &all[said++], 1, MSG_NOSIGNAL); // it may be out already
        if (strays.size() < 2)
            pvhop_timer_start(timer, 10);
    };
    pvhop_timer_start(timer, 0);
    ASSERT_TRUE(until([&] { return strays.size() == 2; }));
    pvhop_timer_free(timer);
    EXPECT_GE(seconds_since(start), 0.14);
    EXPECT_GT(said, 2u);
    EXPECT_LT(said, all.size() / 2); // it was not given more time for its bytes
    for (const Stray &s : strays) {
        EXPECT_EQ(PVHOP_E_TIMEOUT, s.code);
        EXPECT_NE(std::string::npos, s.why.find("0.15 s")) << s.why;
    }
    expect_genuine();
}

TEST_F(ListenerTest, AThousandStraysAtOnce)
{
    DescriptorLimit limit;
    limit.set(std::min<rlim_t>(4096, limit.before.rlim_max));
    pvhop_listener_config c = {};
    c.max_unproven = 64;
    open(c);
    std::vector<Socket> held;
    for (int i = 0; i < 1000; i++) {
        held.push_back(newcomer());
        if (i % 64 == 63) { // less than the backlog
            ASSERT_EQ(0, pvhop_loop_turn(loop, 0, &err));
        }
    }
    ASSERT_TRUE(until([&] { return strays.size() == 1000 - 64; }));
    for (const Stray &s : strays)
        EXPECT_NE(std::string::npos, s.why.find("too many")) << s.why;
    expect_genuine();
    EXPECT_EQ(1000u - 64 + 1, strays.size()); // one more for the genuine one
}

TEST_F(ListenerTest, AFloodDoesNotPushOutOneThatIsHalfWay)
{
    pvhop_listener_config c = {};
    c.max_unproven = 4;
    open(c);
    Socket genuine = newcomer();
    const std::string all = connector_transcript();
    genuine.say(all.substr(0, 30));
    char answer[21];
    ASSERT_TRUE(until([&] { return recv(genuine.fd, answer, 21, MSG_PEEK) == 21; }));
    std::vector<Socket> flood;
    for (int i = 0; i < 50; i++) {
        flood.push_back(newcomer());
        ASSERT_EQ(0, pvhop_loop_turn(loop, 100, &err));
    }
    ASSERT_TRUE(until([&] { return strays.size() == 50 - 3; }));
    genuine.say(all.substr(30));
    ASSERT_TRUE(until([&] { return arrivals == 1; }));
}

TEST_F(ListenerTest, StraysThatKnowTheFirstWordsDoNotLockANewcomerOut)
{
    pvhop_listener_config c = {};
    c.max_unproven = 4;
    open(c);
    const std::string all = connector_transcript();
    std::vector<Socket> others;
    char answer[21];
    for (int i = 0; i < 4; i++) {
        others.push_back(newcomer());
        others.back().say(all.substr(0, 30));
        ASSERT_TRUE(until([&] { return recv(others.back().fd, answer, 21, MSG_PEEK) == 21; }));
    }
    Socket genuine = newcomer();
    ASSERT_TRUE(until([&] { return strays.size() == 1; }));
    others.push_back(newcomer());
    ASSERT_TRUE(until([&] { return strays.size() == 2; }));
    genuine.say(all);
    ASSERT_TRUE(until([&] { return arrivals == 1; }));
}

TEST_F(ListenerTest, OfferedStreamsAreGreetedToo)
{
    open();
    int pair[2];
    ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    pvhop_stream *s = pvhop_stream_from_socket(loop, pair[0], "port 7 of fe, from n1", &err);
    pvhop_listener_offer(listener, s);
    Socket stray(pair[1]);
    stray.say("hello\n");
    ASSERT_TRUE(until([&] { return strays.size() == 1; }));
    EXPECT_EQ("port 7 of fe, from n1", strays[0].peer);

    ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    pvhop_listener_offer(listener, pvhop_stream_from_socket(loop, pair[0], "a channel", &err));
    Connector c(loop, pair[1], paraview_511());
    ASSERT_TRUE(until([&] { return arrivals == 1 && c.done; }));
    EXPECT_STREQ("a channel", pvhop_stream_peer(arrived));
}

TEST_F(ListenerTest, AfterTheArrivalThePortIsHeldButTakesNobody)
{
    open();
    Socket before = newcomer();
    expect_genuine();
    Socket late = newcomer();
    EXPECT_TRUE(closed(before));
    EXPECT_TRUE(closed(late));
    ASSERT_EQ(1u, strays.size());
    EXPECT_NE(std::string::npos, strays[0].why.find("already")) << strays[0].why;
    int pair[2];
    ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    pvhop_listener_offer(listener, pvhop_stream_from_socket(loop, pair[0], "a channel", &err));
    EXPECT_EQ(2u, strays.size());
    ::close(pair[1]);

    int one = 1;
    sockaddr_in sin = v4_loopback(bound.port);
    Socket thief(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    setsockopt(thief.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    EXPECT_TRUE(bind(thief.fd, (sockaddr *)&sin, sizeof(sin)) < 0 || listen(thief.fd, 1) < 0);
    close();
    Socket again(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    setsockopt(again.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    EXPECT_EQ(0, bind(again.fd, (sockaddr *)&sin, sizeof(sin)));
    EXPECT_EQ(0, listen(again.fd, 1));
}

TEST_F(ListenerTest, AReservedPortRefusesUntilItIsOpened)
{
    open();
    const pvhop_endpoint there = bound;
    EXPECT_EQ(-1, pvhop_listener_reserve(&there, &err)); // somebody listens
    EXPECT_EQ(PVHOP_E_LISTEN, err.code);
    close();

    int fd = pvhop_listener_reserve(&there, &err);
    ASSERT_GE(fd, 0) << err.why;
    sockaddr_in sin = v4_loopback(there.port);
    Socket early(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(-1, connect(early.fd, (sockaddr *)&sin, sizeof(sin)));
    EXPECT_EQ(ECONNREFUSED, errno);
    int one = 1;
    Socket thief(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    setsockopt(thief.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    EXPECT_EQ(-1, bind(thief.fd, (sockaddr *)&sin, sizeof(sin)));

    open();
    bound.port = there.port;
    ASSERT_EQ(0, pvhop_listener_open_reserved(listener, fd, &err)) << err.why;
    Connector c(loop, dup(newcomer().fd), paraview_511());
    ASSERT_TRUE(until([&] { return c.done || c.failed; }));
    EXPECT_TRUE(c.done) << c.why.why;
    close();

    // the session of before lingers on the port (TIME_WAIT), which hinders nobody
    fd = pvhop_listener_reserve(&there, &err);
    EXPECT_GE(fd, 0) << err.why;
    ::close(fd);
    pvhop_endpoint name = {"login1.example", 11111};
    EXPECT_EQ(-1, pvhop_listener_reserve(&name, &err));
    EXPECT_EQ(PVHOP_E_VALUE, err.code);
}

TEST_F(ListenerTest, ItMayBeFreedInItsCallbacks)
{
    free_when_arrived = true;
    open();
    Socket held = newcomer();
    Socket s = newcomer();
    s.say(connector_transcript() + "session");
    ASSERT_TRUE(until([&] { return arrivals == 1; }));
    EXPECT_EQ("session", rest);
    EXPECT_EQ(nullptr, listener);

    free_at_stray = 1;
    open();
    Socket t = newcomer();
    t.say("hello\n");
    ASSERT_TRUE(until([&] { return strays.size() == 1; }));
    EXPECT_EQ(nullptr, listener);

    strays.clear(); // while it makes room, in the middle of accepting
    free_at_stray = 2;
    pvhop_listener_config c = {};
    c.max_unproven = 1;
    open(c);
    std::vector<Socket> flood;
    for (int i = 0; i < 10; i++)
        flood.push_back(newcomer());
    ASSERT_TRUE(until([&] { return strays.size() == 2; }));
    EXPECT_EQ(nullptr, listener);
    for (const Socket &f : flood)
        EXPECT_TRUE(closed(f));
}

TEST_F(ListenerTest, WithoutDescriptorsItWaitsAndDoesNotSpin)
{
    open();
    Socket genuine = newcomer();
    Socket spare(dup(0));
    int turns = 0;
    {
        DescriptorLimit limit;
        limit.set(rlim_t(spare.fd)); // spare is the highest: nothing more can be opened
        int probe = dup(0);
        ASSERT_LT(probe, 0) << "there is still a free descriptor";
        Clock::time_point start = Clock::now();
        for (; seconds_since(start) < 0.5; turns++)
            ASSERT_EQ(0, pvhop_loop_turn(loop, 50, &err));
    }
    EXPECT_LT(turns, 20);
    genuine.say(connector_transcript());
    ASSERT_TRUE(until([&] { return arrivals == 1; }));
}

TEST_F(ListenerTest, WithoutDescriptorsAStrayMakesRoom)
{
    open();
    Socket stray = greeted_newcomer();
    Socket genuine = newcomer();
    genuine.say(connector_transcript());
    Socket spare(dup(0));
    DescriptorLimit limit;
    limit.set(rlim_t(spare.fd));
    ASSERT_TRUE(until([&] { return arrivals == 1; }));
    ASSERT_EQ(1u, strays.size());
    EXPECT_TRUE(closed(stray));
}

TEST_F(ListenerTest, AnotherUserIsRefusedEvenWithTheRightId)
{
    if (geteuid() != 0)
        GTEST_SKIP() << "only root can play another user";
    pvhop_listener_config c = {};
    c.same_user = true;
    open(c, "localhost");
    pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
        sockaddr_in sin = v4_loopback(bound.port);
        const std::string all = connector_transcript();
        if (setgid(65534) || setuid(65534))
            _exit(2);
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (sockaddr *)&sin, sizeof(sin)) ||
            send(fd, all.data(), all.size(), MSG_NOSIGNAL) < 0)
            _exit(3);
        char byte;
        _exit(recv(fd, &byte, 1, 0) > 0 ? 4 : 0); // not one byte is answered
    }
    ASSERT_TRUE(until([&] { return !strays.empty(); }));
    EXPECT_NE(std::string::npos, strays[0].why.find("another user of this machine (uid 65534)"))
        << strays[0].why;
    int status;
    ASSERT_EQ(pid, waitpid(pid, &status, 0));
    EXPECT_EQ(0, status);
    EXPECT_EQ(0, arrivals);
    expect_genuine();
}

TEST_F(ListenerTest, WhoHasGoneIsNobodysAndRefused)
{
    pvhop_listener_config c = {};
    c.same_user = true;
    open(c);
    Socket s = newcomer();
    s.say(connector_transcript());
    s.close(); // before the listener looks: the kernel has forgotten whose it was
    ASSERT_TRUE(until([&] { return !strays.empty(); }));
    EXPECT_NE(std::string::npos, strays[0].why.find("cannot be told")) << strays[0].why;
}

TEST_F(ListenerTest, LocalhostIsBothLoopbacks)
{
    pvhop_listener_config c = {};
    c.same_user = true;
    open(c, "localhost");
    EXPECT_STREQ("localhost", bound.host);
    sockaddr_in6 sin6 = v6_loopback(bound.port);
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || (connect(fd, (sockaddr *)&sin6, sizeof(sin6)) < 0 && errno != EINPROGRESS)) {
        ::close(fd);
        GTEST_SKIP() << "no IPv6 loopback here";
    }
    {
        Connector v6(loop, fd, paraview_511(7)); // refused, but it gets there
        ASSERT_TRUE(until([&] { return v6.failed; }));
        EXPECT_EQ(PVHOP_E_CONNECT_ID, v6.why.code);
    }
    EXPECT_EQ(0u, strays.at(0).peer.find("[::1]:")) << strays[0].peer;
    expect_genuine();
}

TEST_F(ListenerTest, AllAddressesOfBothFamilies)
{
    pvhop_listener_config c = {};
    c.same_user = true;
    open(c, "");
    sockaddr_in6 sin6 = v6_loopback(bound.port);
    Socket v6(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (connect(v6.fd, (sockaddr *)&sin6, sizeof(sin6)) < 0 && errno != EINPROGRESS)
        GTEST_SKIP() << "no IPv6 loopback here";
    v6.say("hello\n");
    ASSERT_TRUE(until([&] { return strays.size() == 1; }));
    EXPECT_NE(std::string::npos, strays[0].why.find("hello")) << strays[0].why;
    expect_genuine(); // by IPv4; its address is not ::ffff:127.0.0.1
    EXPECT_EQ(0u, std::string(pvhop_stream_peer(arrived)).find("127.0.0.1:"));
}

TEST_F(ListenerTest, WhatCannotBeBoundIsAnError)
{
    open();
    pvhop_listener *other;
    pvhop_listener_config c = {};
    pvhop_listener_events events = {[](void *, const pvhop_arrival *) {}, nullptr};
    c.expect = paraview_511();
    other = pvhop_listener_new(loop, &c, &events, nullptr, &err);
    ASSERT_NE(nullptr, other);
    pvhop_endpoint got = {};
    for (const char *host : {"127.0.0.1", "localhost", ""}) {
        pvhop_endpoint taken = bound;
        strcpy(taken.host, host);
        EXPECT_EQ(-1, pvhop_listener_bind(other, &taken, &got, &err)) << host;
        EXPECT_EQ(PVHOP_E_LISTEN, err.code);
        EXPECT_NE(nullptr, strstr(err.why, std::to_string(bound.port).c_str())) << err.why;
    }
    pvhop_endpoint name = {};
    strcpy(name.host, "login1.example");
    EXPECT_EQ(-1, pvhop_listener_bind(other, &name, &got, &err));
    EXPECT_EQ(PVHOP_E_VALUE, err.code);
    strcpy(name.host, "192.0.2.1"); // RFC 5737: nobody's
    EXPECT_EQ(-1, pvhop_listener_bind(other, &name, nullptr, &err));
    EXPECT_EQ(PVHOP_E_LISTEN, err.code);
    pvhop_listener_free(other);
    pvhop_listener_free(nullptr);

    c.expect.connect_id = -1;
    EXPECT_EQ(nullptr, pvhop_listener_new(loop, &c, &events, nullptr, &err));
    EXPECT_EQ(PVHOP_E_VALUE, err.code);
}
