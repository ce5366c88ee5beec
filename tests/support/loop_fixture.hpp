// SPDX-License-Identifier: BSD-3-Clause
// A loop for one test, callbacks as lambdas, and sockets that are closed in the end.
#pragma once
#include <chrono>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pvhop/endpoint.h>
#include <pvhop/loop.h>
#include <sys/socket.h>
#include <unistd.h>

struct LoopTest : ::testing::Test {
    pvhop_error err = {};
    pvhop_loop *loop = pvhop_loop_new(&err);

    void SetUp() override
    {
        ASSERT_NE(nullptr, loop) << err.why;
    }
    ~LoopTest() override
    {
        pvhop_loop_free(loop);
    }

    /// Turns the loop until `done` or 50 s have passed, so that a busy machine does no harm.
    /// Returns done().
    bool until(const std::function<bool()> &done)
    {
        auto end = std::chrono::steady_clock::now() + std::chrono::seconds(50);
        while (!done() && std::chrono::steady_clock::now() < end)
            if (pvhop_loop_turn(loop, 100, &err)) {
                ADD_FAILURE() << err.why;
                return false;
            }
        return done();
    }
};

/// For pvhop's callbacks: pass `call_events` or `call` with the address of the function.
using EventsFn = std::function<void(unsigned)>;
using CallFn = std::function<void()>;
inline void call_events(void *user, unsigned events)
{
    EventsFn fn = *static_cast<EventsFn *>(user); // a copy: it may replace itself
    fn(events);
}
inline void call(void *user)
{
    CallFn fn = *static_cast<CallFn *>(user);
    fn();
}

/// Two connected TCP sockets on loopback.
inline void tcp_pair(int fds[2])
{
    sockaddr_in sin = {};
    socklen_t len = sizeof(sin);
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(0, bind(listener, (sockaddr *)&sin, sizeof(sin)));
    ASSERT_EQ(0, listen(listener, 1));
    ASSERT_EQ(0, getsockname(listener, (sockaddr *)&sin, &len));
    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(0, connect(fds[0], (sockaddr *)&sin, len));
    fds[1] = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    ASSERT_GE(fds[1], 0);
    close(listener);
}

inline void set_nonblocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/// The next close() of `fd` sends a reset.
inline void reset_on_close(int fd)
{
    linger l = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}
