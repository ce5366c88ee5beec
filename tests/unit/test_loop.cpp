// SPDX-License-Identifier: BSD-3-Clause
#include "loop_fixture.hpp"
#include <signal.h>
#include <stdio.h>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

namespace
{
struct Loop : LoopTest {
    int pipe_fds[2] = {-1, -1};
    void SetUp() override
    {
        LoopTest::SetUp();
        ASSERT_EQ(0, pipe2(pipe_fds, O_NONBLOCK | O_CLOEXEC));
    }
    void TearDown() override
    {
        for (int fd : pipe_fds)
            if (fd >= 0)
                close(fd);
    }
    void turn()
    {
        ASSERT_EQ(0, pvhop_loop_turn(loop, 0, &err)) << err.why;
    }
};
} // namespace

TEST_F(Loop, WatchIsLevelTriggeredAndHeedsInterest)
{
    int calls = 0;
    EventsFn fn = [&](unsigned e) {
        EXPECT_EQ(unsigned(PVHOP_READ), e);
        calls++;
    };
    pvhop_watch *w = pvhop_watch_new(loop, pipe_fds[0], call_events, &fn, &err);
    ASSERT_NE(nullptr, w);
    ASSERT_EQ(1, write(pipe_fds[1], "x", 1));
    turn();
    EXPECT_EQ(0, calls);
    pvhop_watch_set(w, PVHOP_READ);
    turn();
    turn();
    EXPECT_EQ(2, calls);
    pvhop_watch_set(w, 0);
    turn();
    EXPECT_EQ(2, calls);
    pvhop_watch_free(w);
}

TEST_F(Loop, HangUpIsReportedWithTheInterestAndDoesNotSpin)
{
    unsigned seen = 0;
    EventsFn fn = [&](unsigned e) { seen = e; };
    pvhop_watch *w = pvhop_watch_new(loop, pipe_fds[0], call_events, &fn, &err);
    close(pipe_fds[1]);
    pipe_fds[1] = -1;
    pvhop_loop_turn(loop, 0, &err); // the one wake-up that a hang-up may cause
    uint64_t before = pvhop_loop_now_ms(loop);
    pvhop_loop_turn(loop, 30, &err);
    EXPECT_GE(pvhop_loop_now_ms(loop) - before, 29u)
        << "a hang-up without interest keeps the loop awake";
    EXPECT_EQ(0u, seen);
    pvhop_watch_set(w, PVHOP_READ);
    turn();
    EXPECT_EQ(unsigned(PVHOP_READ | PVHOP_HUP), seen);
    seen = 0;
    pvhop_watch_set(w, PVHOP_HUP);
    turn();
    EXPECT_EQ(unsigned(PVHOP_HUP), seen);
    pvhop_watch_free(w);
}

TEST_F(Loop, WhoSpeaksGoesBeforeWhoLeaves)
{
    struct Party {
        int fds[2];
        pvhop_watch *watch;
        EventsFn fn;
    } parties[3];
    std::string order;
    for (int i = 0; i < 3; i++) {
        Party &p = parties[i];
        ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, p.fds));
        p.fn = [&order, i](unsigned) { order += char('0' + i); };
        p.watch = pvhop_watch_new(loop, p.fds[0], call_events, &p.fn, &err);
        ASSERT_NE(nullptr, p.watch);
        pvhop_watch_set(p.watch, PVHOP_READ);
    }
    shutdown(parties[0].fds[1], SHUT_WR); // the first that is ready, the kernel's first answer
    ASSERT_EQ(1, write(parties[1].fds[1], "x", 1));
    close(parties[2].fds[1]);
    turn();
    EXPECT_EQ("102", order);
    close(parties[0].fds[1]);
    close(parties[1].fds[1]);
    for (Party &p : parties) {
        pvhop_watch_free(p.watch);
        close(p.fds[0]);
    }
}

TEST_F(Loop, FreedWatchIsNotCalledForEventsAlreadyFetched)
{
    int fds[2], calls = 0;
    ASSERT_EQ(0, pipe2(fds, O_NONBLOCK | O_CLOEXEC));
    ASSERT_EQ(1, write(fds[1], "x", 1));
    ASSERT_EQ(1, write(pipe_fds[1], "x", 1));
    pvhop_watch *w[2] = {};
    EventsFn fn = [&](unsigned) { // whichever is first frees both
        calls++;
        pvhop_watch_free(w[0]);
        pvhop_watch_free(w[1]);
    };
    w[0] = pvhop_watch_new(loop, pipe_fds[0], call_events, &fn, &err);
    w[1] = pvhop_watch_new(loop, fds[0], call_events, &fn, &err);
    pvhop_watch_set(w[0], PVHOP_READ);
    pvhop_watch_set(w[1], PVHOP_READ);
    turn();
    turn();
    EXPECT_EQ(1, calls);
    close(fds[0]);
    close(fds[1]);
}

TEST_F(Loop, InterestDroppedByAnotherCallbackHoldsAtOnce)
{
    int fds[2], calls = 0;
    ASSERT_EQ(0, pipe2(fds, O_NONBLOCK | O_CLOEXEC));
    ASSERT_EQ(1, write(fds[1], "x", 1));
    ASSERT_EQ(1, write(pipe_fds[1], "x", 1));
    pvhop_watch *w[2] = {};
    EventsFn fn = [&](unsigned) {
        calls++;
        pvhop_watch_set(w[0], 0);
        pvhop_watch_set(w[1], 0);
    };
    w[0] = pvhop_watch_new(loop, pipe_fds[0], call_events, &fn, &err);
    w[1] = pvhop_watch_new(loop, fds[0], call_events, &fn, &err);
    pvhop_watch_set(w[0], PVHOP_READ);
    pvhop_watch_set(w[1], PVHOP_READ);
    turn();
    EXPECT_EQ(1, calls);
    pvhop_watch_free(w[0]);
    pvhop_watch_free(w[1]);
    close(fds[0]);
    close(fds[1]);
}

TEST_F(Loop, PlainFilesAreAlwaysReady)
{
    FILE *file = tmpfile();
    ASSERT_NE(nullptr, file);
    int calls = 0;
    pvhop_watch *w = nullptr;
    EventsFn fn = [&](unsigned e) {
        EXPECT_EQ(unsigned(PVHOP_READ), e);
        if (++calls == 2) {
            pvhop_watch_free(w);
            w = nullptr;
        }
    };
    w = pvhop_watch_new(loop, fileno(file), call_events, &fn, &err);
    ASSERT_NE(nullptr, w) << err.why;
    turn();
    EXPECT_EQ(0, calls);
    pvhop_watch_set(w, PVHOP_READ);
    for (int i = 0; i < 4; i++)
        ASSERT_EQ(0, pvhop_loop_turn(loop, w ? -1 : 0, &err)); // -1: it must not sleep
    EXPECT_EQ(2, calls);
    fclose(file);
}

TEST_F(Loop, WatchOnNoDescriptorFails)
{
    EXPECT_EQ(nullptr, pvhop_watch_new(loop, -1, call_events, nullptr, &err));
    EXPECT_EQ(PVHOP_E_SYSTEM, err.code);
}

TEST_F(Loop, TimersFireInOrderAndOnce)
{
    std::vector<int> fired;
    std::vector<CallFn> fns;
    std::vector<pvhop_timer *> timers;
    const int delays[] = {12, 3, 7, 3, 20, 0, 1};
    fns.reserve(64);
    for (int i = 0; i < 7; i++) {
        fns.push_back([&fired, i] { fired.push_back(i); });
        timers.push_back(pvhop_timer_new(loop, call, &fns.back()));
        pvhop_timer_start(timers.back(), delays[i]);
    }
    pvhop_timer_stop(timers[4]);
    EXPECT_FALSE(pvhop_timer_running(timers[4]));
    pvhop_timer_start(timers[2], 15); // again, later than 0
    ASSERT_TRUE(until([&] { return fired.size() == 6; }));
    EXPECT_EQ((std::vector<int>{5, 6, 1, 3, 0, 2}), fired);
    EXPECT_FALSE(pvhop_timer_running(timers[0]));
    for (pvhop_timer *t : timers)
        pvhop_timer_free(t);
}

TEST_F(Loop, ManyTimersStoppedAtRandomStayInOrder)
{
    unsigned seed = 1;
    auto random = [&] { return seed = seed * 1664525u + 1013904223u, seed >> 16; };
    struct Item {
        uint64_t due;
        pvhop_timer *t;
        bool stopped;
        CallFn fn;
    };
    std::vector<Item> items(500);
    uint64_t last = 0;
    size_t fired = 0, expected = 0;
    for (Item &item : items) {
        item.fn = [&item, &last, &fired] {
            EXPECT_FALSE(item.stopped);
            EXPECT_GE(item.due, last);
            last = item.due;
            fired++;
        };
        item.t = pvhop_timer_new(loop, call, &item.fn);
        uint64_t ms = random() % 20;
        item.due = pvhop_loop_now_ms(loop) + ms;
        pvhop_timer_start(item.t, ms);
        uint64_t after = pvhop_loop_now_ms(loop) + ms;
        if (after != item.due) { // the clock ticked between: start it again, until it is certain
            do {
                item.due = pvhop_loop_now_ms(loop) + ms;
                pvhop_timer_start(item.t, ms);
            } while (pvhop_loop_now_ms(loop) + ms != item.due);
        }
    }
    for (Item &item : items)
        if ((item.stopped = random() % 3 == 0))
            pvhop_timer_stop(item.t);
        else
            expected++;
    ASSERT_TRUE(until([&] { return fired == expected; }));
    for (Item &item : items)
        pvhop_timer_free(item.t);
}

TEST_F(Loop, TimerOfZeroRestartedInItsCallbackLeavesRoomForOthers)
{
    int ticks = 0, reads = 0;
    pvhop_timer *t = nullptr;
    CallFn tick = [&] {
        ticks++;
        pvhop_timer_start(t, 0);
    };
    EventsFn fn = [&](unsigned) { reads++; };
    t = pvhop_timer_new(loop, call, &tick);
    pvhop_watch *w = pvhop_watch_new(loop, pipe_fds[0], call_events, &fn, &err);
    pvhop_watch_set(w, PVHOP_READ);
    ASSERT_EQ(1, write(pipe_fds[1], "x", 1));
    pvhop_timer_start(t, 0);
    turn();
    turn();
    EXPECT_EQ(2, ticks);
    EXPECT_EQ(2, reads);
    pvhop_timer_free(t);
    pvhop_watch_free(w);
}

TEST_F(Loop, ObjectsMayBeFreedInTheirOwnCallbacks)
{
    pvhop_timer *t = nullptr;
    pvhop_hook *h = nullptr;
    int calls = 0;
    CallFn timer_fn = [&] {
        calls++;
        pvhop_timer_free(t);
    };
    CallFn hook_fn = [&] {
        calls++;
        pvhop_hook_free(h);
    };
    t = pvhop_timer_new(loop, call, &timer_fn);
    h = pvhop_hook_new(loop, call, &hook_fn);
    pvhop_timer_start(t, 0);
    turn();
    turn();
    EXPECT_EQ(2, calls);
}

TEST_F(Loop, HookRunsBeforeTheWaitAndAgainKeepsItAwake)
{
    int calls = 0;
    CallFn fn = [&] {
        if (++calls < 3)
            pvhop_loop_again(loop);
    };
    pvhop_hook *h = pvhop_hook_new(loop, call, &fn);
    ASSERT_EQ(0, pvhop_loop_turn(loop, -1, &err)); // would hang if "again" were forgotten
    ASSERT_EQ(0, pvhop_loop_turn(loop, -1, &err));
    EXPECT_EQ(2, calls);
    turn();
    EXPECT_EQ(3, calls);
    pvhop_hook_free(h);
}

TEST_F(Loop, PostsFromThreadsArriveInOrderAndWakeTheLoop)
{
    struct Shared {
        std::vector<int> got;
        pvhop_loop *loop;
        std::vector<CallFn> fns;
    } shared;
    shared.loop = loop;
    for (int i = 0; i < 1000; i++)
        shared.fns.push_back([&shared, i] {
            shared.got.push_back(i);
            if (i == 999)
                pvhop_loop_stop(shared.loop);
        });
    std::thread other([&] {
        for (CallFn &fn : shared.fns)
            EXPECT_EQ(0, pvhop_loop_post(loop, call, &fn));
    });
    ASSERT_EQ(0, pvhop_loop_run(loop, &err));
    other.join();
    ASSERT_EQ(1000u, shared.got.size());
    for (int i = 0; i < 1000; i++)
        EXPECT_EQ(i, shared.got[size_t(i)]);
}

TEST_F(Loop, PendingPostsAreDroppedWithTheLoop)
{
    CallFn never = [] { FAIL(); };
    pvhop_loop *other = pvhop_loop_new(&err);
    EXPECT_EQ(0, pvhop_loop_post(other, call, &never));
    pvhop_loop_free(other);
}

TEST_F(Loop, StopBeforeRunHolds)
{
    pvhop_loop_stop(loop);
    ASSERT_EQ(0, pvhop_loop_run(loop, &err)); // returns at once
    CallFn fn = [&] { pvhop_loop_stop(loop); };
    ASSERT_EQ(0, pvhop_loop_post(loop, call, &fn));
    ASSERT_EQ(0, pvhop_loop_run(loop, &err));
}

TEST_F(Loop, SignalsAreEventsAndTheMaskComesBack)
{
    static std::vector<int> got;
    got.clear();
    const int list[] = {SIGUSR1, SIGUSR2, 0};
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    pvhop_signals *s = pvhop_signals_new(
        loop, list, [](void *, int n) { got.push_back(n); }, nullptr, &err);
    ASSERT_NE(nullptr, s) << err.why;
    raise(SIGUSR2);
    raise(SIGUSR1);
    ASSERT_TRUE(until([] { return got.size() == 2; }));
    EXPECT_NE(got[0], got[1]);
    pvhop_signals_free(s);
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    for (int n = 1; n < 32; n++)
        EXPECT_EQ(sigismember(&before, n), sigismember(&after, n)) << n;
}

TEST_F(Loop, ChildEndsOnce)
{
    struct Ends {
        std::vector<int> statuses;
        pvhop_child *c = nullptr;
    } ends;
    pid_t pid = fork();
    if (pid == 0)
        _exit(7);
    ends.c = pvhop_child_new(
        loop, pid,
        [](void *user, int status) {
            Ends *e = static_cast<Ends *>(user);
            e->statuses.push_back(status);
            pvhop_child_free(e->c);
        },
        &ends, &err);
    ASSERT_NE(nullptr, ends.c) << err.why;
    ASSERT_TRUE(until([&] { return !ends.statuses.empty(); }));
    turn();
    ASSERT_EQ(1u, ends.statuses.size());
    EXPECT_TRUE(WIFEXITED(ends.statuses[0]));
    EXPECT_EQ(7, WEXITSTATUS(ends.statuses[0]));
    EXPECT_EQ(-1, waitpid(pid, nullptr, WNOHANG)); // reaped
}

TEST_F(Loop, FreeingAChildDoesNotKillIt)
{
    int fds[2];
    ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        close(fds[1]);
        _exit(read(fds[0], &c, 1) == 0 ? 0 : 1);
    }
    close(fds[0]);
    pvhop_child_free(pvhop_child_new(
        loop, pid, [](void *, int) { FAIL(); }, nullptr, &err));
    EXPECT_EQ(0, waitpid(pid, nullptr, WNOHANG));
    close(fds[1]);
    int status = -1;
    EXPECT_EQ(pid, waitpid(pid, &status, 0));
    EXPECT_EQ(0, status);
}
