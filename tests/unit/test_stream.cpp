// SPDX-License-Identifier: BSD-3-Clause
#include "loop_fixture.hpp"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pvhop/stream.h>
#include <signal.h>
#include <stdlib.h>
#include <string>

namespace
{
using Stream = LoopTest;

int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof(value);
    getsockopt(fd, level, name, &value, &len);
    return value;
}
} // namespace

TEST_F(Stream, SocketIsSetUpAndNamed)
{
    int fds[2];
    tcp_pair(fds);
    pvhop_stream *s = pvhop_stream_from_socket(loop, fds[0], nullptr, &err);
    ASSERT_NE(nullptr, s) << err.why;
    EXPECT_EQ(fds[0], pvhop_stream_fd(s));
    EXPECT_TRUE(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
    EXPECT_EQ(1, option(fds[0], IPPROTO_TCP, TCP_NODELAY));
    EXPECT_EQ(1, option(fds[0], SOL_SOCKET, SO_KEEPALIVE));
    EXPECT_EQ(0u, std::string(pvhop_stream_peer(s)).find("127.0.0.1:"));
    pvhop_stream_free(s);
    EXPECT_EQ(-1, fcntl(fds[0], F_GETFL)); // closed
    s = pvhop_stream_from_socket(loop, fds[1], "login1", &err);
    EXPECT_STREQ("login1", pvhop_stream_peer(s));
    pvhop_stream_free(s);
    pvhop_stream_free(nullptr);
}

// What pvhop_stream_from_ready_socket counts on: an accepted socket needs no call of its own.
TEST_F(Stream, ConnectionsInheritTheOptionsOfTheirPort)
{
    sockaddr_in where = {};
    socklen_t len = sizeof(where);
    int port = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int plain = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    pvhop_stream_tcp_options(port);
    ASSERT_EQ(0, bind(port, (sockaddr *)&where, sizeof(where))) << strerror(errno);
    ASSERT_EQ(0, listen(port, 1));
    ASSERT_EQ(0, getsockname(port, (sockaddr *)&where, &len));
    ASSERT_EQ(0, connect(plain, (sockaddr *)&where, sizeof(where))) << strerror(errno);
    int fd = accept4(port, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    ASSERT_GE(fd, 0) << strerror(errno);
    pvhop_stream *s = pvhop_stream_from_ready_socket(loop, fd, nullptr, &err);
    ASSERT_NE(nullptr, s) << err.why;
    const int options[][2] = {{IPPROTO_TCP, TCP_NODELAY},
                              {SOL_SOCKET, SO_KEEPALIVE},
                              {IPPROTO_TCP, TCP_KEEPIDLE},
                              {IPPROTO_TCP, TCP_KEEPINTVL},
                              {IPPROTO_TCP, TCP_KEEPCNT}};
    for (auto [level, name] : options) {
        EXPECT_EQ(option(port, level, name), option(fd, level, name)) << level << " " << name;
        EXPECT_NE(option(plain, level, name), option(fd, level, name)) << level << " " << name;
    }
    pvhop_stream_free(s);
    close(plain);
    close(port);
}

TEST_F(Stream, SocketHalfClose)
{
    int fds[2];
    char buf[16];
    tcp_pair(fds);
    pvhop_stream *a = pvhop_stream_from_socket(loop, fds[0], nullptr, &err);
    pvhop_stream *b = pvhop_stream_from_socket(loop, fds[1], nullptr, &err);
    EXPECT_EQ(-EAGAIN, pvhop_stream_read(b, buf, sizeof(buf)));
    EXPECT_EQ(2, pvhop_stream_write(a, "hi", 2));
    EXPECT_EQ(0, pvhop_stream_shutdown(a));
    unsigned seen = 0;
    EventsFn fn = [&](unsigned e) { seen = e; };
    pvhop_stream_watch(b, PVHOP_READ, call_events, &fn);
    EXPECT_EQ(0u, seen); // never from inside the call
    ASSERT_TRUE(until([&] { return seen != 0; }));
    EXPECT_EQ(2, pvhop_stream_read(b, buf, sizeof(buf)));
    EXPECT_EQ(0, pvhop_stream_read(b, buf, sizeof(buf)));
    EXPECT_EQ(3, pvhop_stream_write(b, "yes", 3)); // the other way goes on
    EXPECT_EQ(3, pvhop_stream_read(a, buf, sizeof(buf)));
    EXPECT_EQ(-EPIPE, pvhop_stream_write(a, "x", 1));
    pvhop_stream_free(a);
    pvhop_stream_free(b);
}

TEST_F(Stream, ResetIsAnErrorAndHangUp)
{
    int fds[2];
    char buf[16];
    tcp_pair(fds);
    pvhop_stream *s = pvhop_stream_from_socket(loop, fds[0], nullptr, &err);
    reset_on_close(fds[1]);
    unsigned seen = 0;
    EventsFn fn = [&](unsigned e) { seen = e; };
    pvhop_stream_watch(s, PVHOP_HUP, call_events, &fn);
    pvhop_loop_turn(loop, 0, &err);
    EXPECT_EQ(0u, seen);
    close(fds[1]);
    ASSERT_TRUE(until([&] { return seen != 0; }));
    EXPECT_EQ(unsigned(PVHOP_HUP), seen);
    EXPECT_EQ(-ECONNRESET, pvhop_stream_read(s, buf, sizeof(buf)));
    pvhop_stream_free(s);
}

TEST_F(Stream, FreedInItsOwnCallback)
{
    int fds[2];
    tcp_pair(fds);
    pvhop_stream *s = pvhop_stream_from_socket(loop, fds[0], nullptr, &err);
    int calls = 0;
    EventsFn fn = [&](unsigned) {
        calls++;
        pvhop_stream_free(s);
    };
    pvhop_stream_watch(s, PVHOP_READ | PVHOP_WRITE, call_events, &fn);
    pvhop_loop_turn(loop, 0, &err);
    pvhop_loop_turn(loop, 0, &err);
    EXPECT_EQ(1, calls);
    close(fds[1]);
}

TEST_F(Stream, NoSocketFails)
{
    EXPECT_EQ(nullptr, pvhop_stream_from_socket(loop, -1, nullptr, &err));
    EXPECT_EQ(PVHOP_E_SYSTEM, err.code);
}

TEST_F(Stream, PipesBothWays)
{
    int in[2], out[2];
    char buf[16];
    ASSERT_EQ(0, pipe(in));
    ASSERT_EQ(0, pipe(out));
    pvhop_stream *s = pvhop_stream_from_pipes(loop, in[0], out[1], nullptr, &err);
    ASSERT_NE(nullptr, s) << err.why;
    EXPECT_EQ(-1, pvhop_stream_fd(s));
    unsigned seen = 0;
    EventsFn fn = [&](unsigned e) { seen |= e; };
    pvhop_stream_watch(s, PVHOP_READ, call_events, &fn);
    pvhop_loop_turn(loop, 0, &err);
    EXPECT_EQ(0u, seen);
    ASSERT_EQ(2, write(in[1], "ab", 2));
    pvhop_stream_watch(s, PVHOP_READ | PVHOP_WRITE, call_events, &fn);
    ASSERT_TRUE(until([&] { return seen == (PVHOP_READ | PVHOP_WRITE); }));
    EXPECT_EQ(2, pvhop_stream_read(s, buf, sizeof(buf)));
    EXPECT_EQ(-EAGAIN, pvhop_stream_read(s, buf, sizeof(buf)));
    EXPECT_EQ(3, pvhop_stream_write(s, "cde", 3));
    EXPECT_EQ(3, read(out[0], buf, sizeof(buf)));
    EXPECT_EQ(0, pvhop_stream_shutdown(s));
    EXPECT_EQ(0, read(out[0], buf, sizeof(buf)));
    EXPECT_EQ(-EPIPE, pvhop_stream_write(s, "x", 1));
    close(in[1]);
    EXPECT_EQ(0, pvhop_stream_read(s, buf, sizeof(buf)));
    pvhop_stream_free(s);
    close(out[0]);
}

TEST_F(Stream, BrokenPipeRaisesNoSignalAndLeavesNonePending)
{
    int in[2], out[2];
    sigset_t pending;
    ASSERT_EQ(0, pipe(in));
    ASSERT_EQ(0, pipe(out));
    signal(SIGPIPE, SIG_DFL);
    pvhop_stream *s = pvhop_stream_from_pipes(loop, in[0], out[1], "the front end", &err);
    close(out[0]);
    EXPECT_EQ(-EPIPE, pvhop_stream_write(s, "x", 1));
    sigpending(&pending);
    EXPECT_EQ(0, sigismember(&pending, SIGPIPE));
    pvhop_stream_free(s);
    close(in[1]);
}

TEST_F(Stream, BlockingModeOfASharedFileComesBack)
{
    int fds[2];
    ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    int mine = dup(fds[0]); // what a shell would still hold
    pvhop_stream *s = pvhop_stream_from_pipes(loop, fds[0], fds[0], nullptr, &err);
    ASSERT_NE(nullptr, s) << err.why;
    EXPECT_TRUE(fcntl(mine, F_GETFL) & O_NONBLOCK);
    char c;
    EXPECT_EQ(0, pvhop_stream_shutdown(s));
    EXPECT_EQ(0, read(fds[1], &c, 1)); // half-closed, though both ends are one socket
    EXPECT_TRUE(fcntl(mine, F_GETFL) & O_NONBLOCK);
    pvhop_stream_free(s);
    EXPECT_FALSE(fcntl(mine, F_GETFL) & O_NONBLOCK);
    close(mine);
    close(fds[1]);
}
