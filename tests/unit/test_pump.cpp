// SPDX-License-Identifier: BSD-3-Clause
#include "loop_fixture.hpp"
extern "C" {
#include "pump_splice.h"
}
#include <dirent.h>
#include <errno.h>
#include <memory>
#include <pvhop/pump.h>
#include <signal.h>
#include <string>
#include <thread>
#include <vector>

namespace
{
// Bytes that differ at every place, so that loss, doubling and reordering all show.
struct Pattern {
    uint64_t state;
    explicit Pattern(uint64_t seed) : state(seed * 2 + 1)
    {
    }
    unsigned char next()
    {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return (unsigned char)(state >> 56);
    }
    void fill(std::vector<unsigned char> &out)
    {
        for (unsigned char &c : out)
            c = next();
    }
    size_t mismatch(const unsigned char *p, size_t n)
    {
        for (size_t i = 0; i < n; i++)
            if (p[i] != next())
                return i;
        return n;
    }
};

size_t open_descriptors()
{
    size_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        n++;
    closedir(dir);
    return n;
}

// The far ends are plain blocking sockets in threads, or non-blocking ones in the test itself.
struct PumpTest : LoopTest {
    int a = -1, b = -1; // the far ends
    pvhop_pump *pump = nullptr;
    bool done = false;
    pvhop_error how = {};

    static void on_done(void *user, const pvhop_error *e)
    {
        PumpTest *self = static_cast<PumpTest *>(user);
        EXPECT_FALSE(self->done) << "done was called twice";
        self->done = true;
        self->how = *e;
        pvhop_pump_free(self->pump);
        self->pump = nullptr;
    }
    virtual pvhop_stream *near_end(int fd)
    {
        return pvhop_stream_from_socket(loop, fd, nullptr, &err);
    }
    virtual void pair(int fds[2])
    {
        tcp_pair(fds);
    }
    void start(size_t buffer = 0)
    {
        int x[2], y[2];
        pair(x);
        pair(y);
        a = x[0];
        b = y[0];
        pvhop_stream *sa = near_end(x[1]), *sb = near_end(y[1]);
        ASSERT_TRUE(sa && sb) << err.why;
        pump = pvhop_pump_new(loop, sa, sb, buffer, on_done, this, &err);
        ASSERT_NE(nullptr, pump) << err.why;
    }
    void TearDown() override
    {
        pvhop_pump_free(pump);
        for (int fd : {a, b})
            if (fd >= 0)
                close(fd);
    }
    void close_end(int &fd)
    {
        close(fd);
        fd = -1;
    }
    /// Reads from a non-blocking far end while the loop turns, until n bytes or the end.
    std::string take(int fd, size_t n)
    {
        std::string got;
        char buf[65536];
        ssize_t r = 1;
        set_nonblocking(fd);
        until([&] {
            while (got.size() < n && (r = read(fd, buf, std::min(sizeof(buf), n - got.size()))) > 0)
                got.append(buf, size_t(r));
            return got.size() == n || r == 0 || (r < 0 && errno != EAGAIN);
        });
        return got;
    }
    void both_ways(size_t total);
};

// What a stream other than a TCP socket sees: no descriptor, so no splice.
struct PumpOfPipes : PumpTest {
    pvhop_stream *near_end(int fd) override
    {
        return pvhop_stream_from_pipes(loop, fd, fd, "pipes", &err);
    }
    /// At b one who has said "last", reads no more and stays; a has said something to it.
    void start_with_broken_reader()
    {
        int in[2], out[2], tcp[2];
        ASSERT_EQ(0, pipe(in));
        ASSERT_EQ(0, pipe(out));
        tcp_pair(tcp);
        a = tcp[0];
        b = in[1];
        pump = pvhop_pump_new(loop, pvhop_stream_from_socket(loop, tcp[1], nullptr, &err),
                              pvhop_stream_from_pipes(loop, in[0], out[1], "front end", &err), 0,
                              on_done, this, &err);
        ASSERT_EQ(4, write(b, "last", 4));
        close(out[0]);
        ASSERT_EQ(1, send(a, "x", 1, 0));
    }
};

void send_all(int fd, size_t total, uint64_t seed, size_t chunk)
{
    Pattern pattern(seed);
    std::vector<unsigned char> buf(chunk);
    for (size_t sent = 0; sent < total; sent += buf.size()) {
        buf.resize(std::min(chunk, total - sent));
        pattern.fill(buf);
        for (size_t at = 0; at < buf.size();) {
            ssize_t n = send(fd, buf.data() + at, buf.size() - at, MSG_NOSIGNAL);
            ASSERT_GT(n, 0) << strerror(errno);
            at += size_t(n);
        }
    }
    shutdown(fd, SHUT_WR);
}

void receive_all(int fd, size_t total, uint64_t seed)
{
    Pattern pattern(seed);
    std::vector<unsigned char> buf(1 << 20);
    size_t got = 0;
    ssize_t n;
    while ((n = read(fd, buf.data(), buf.size())) > 0) {
        ASSERT_EQ(size_t(n), pattern.mismatch(buf.data(), size_t(n))) << "after byte " << got;
        got += size_t(n);
    }
    ASSERT_EQ(0, n) << strerror(errno);
    ASSERT_EQ(total, got);
}

void PumpTest::both_ways(size_t total)
{
    std::vector<std::thread> threads;
    threads.emplace_back(send_all, a, total, 1, 100000);
    threads.emplace_back(send_all, b, total, 2, 777);
    threads.emplace_back(receive_all, b, total, 1);
    threads.emplace_back(receive_all, a, total, 2);
    EXPECT_TRUE(until([&] { return done; }));
    if (!done) { // let the threads go
        shutdown(a, SHUT_RDWR);
        shutdown(b, SHUT_RDWR);
    }
    for (std::thread &t : threads)
        t.join();
    EXPECT_EQ(PVHOP_OK, how.code) << how.why;
}
} // namespace

TEST_F(PumpTest, BothWaysAtOnceEveryByteInOrder)
{
    size_t before = open_descriptors();
    start();
    both_ways(32 << 20);
    close_end(a);
    close_end(b);
    EXPECT_EQ(before, open_descriptors()) << "a pipe of the splice path was left open";
}

TEST_F(PumpTest, TinyBufferStillMovesEverything)
{
    start(13);
    both_ways(100000);
}

TEST_F(PumpOfPipes, BothWaysAtOnceEveryByteInOrder)
{
    start();
    both_ways(16 << 20);
}

TEST_F(PumpOfPipes, OddRingSizeWrapsCorrectly)
{
    start(1021);
    both_ways(1 << 20);
}

TEST_F(PumpTest, HalfCloseGoesThroughAndTheOtherWayGoesOn)
{
    start();
    ASSERT_EQ(7, send(a, "request", 7, 0));
    shutdown(a, SHUT_WR);
    EXPECT_EQ("request", take(b, 100)); // ends by end of stream
    pvhop_pump_counts counts;
    pvhop_pump_stats(pump, &counts);
    EXPECT_EQ(7u, counts.a_to_b);
    EXPECT_TRUE(counts.a_ended);
    EXPECT_FALSE(counts.b_ended);
    EXPECT_FALSE(done);
    ASSERT_EQ(5, send(b, "reply", 5, 0));
    EXPECT_EQ("reply", take(a, 5));
    shutdown(b, SHUT_WR);
    EXPECT_EQ("", take(a, 1));
    ASSERT_TRUE(until([&] { return done; }));
    EXPECT_EQ(PVHOP_OK, how.code) << how.why;
}

TEST_F(PumpTest, AKeptSideSeesNoEndAndCanBeTakenAway)
{
    start();
    pvhop_pump_free(pump); // one whose `done` does not free it
    for (int *fd : {&a, &b})
        close_end(*fd);
    int x[2], y[2];
    pair(x);
    pair(y);
    a = x[0];
    b = y[0];
    bool over = false;
    pump = pvhop_pump_new(
        loop, near_end(x[1]), near_end(y[1]), 0,
        [](void *user, const pvhop_error *e) {
            *static_cast<bool *>(user) = true;
            EXPECT_EQ(PVHOP_OK, e->code);
        },
        &over, &err);
    ASSERT_NE(nullptr, pump) << err.why;
    pvhop_pump_keep_b(pump, true);
    ASSERT_EQ(5, write(a, "words", 5));
    close_end(a);
    until([&] { return over; });
    pvhop_pump_counts counts;
    pvhop_pump_stats(pump, &counts);
    EXPECT_TRUE(counts.a_first);
    EXPECT_FALSE(counts.b_first || counts.a_ended || counts.b_ended);
    pvhop_stream *kept = pvhop_pump_take_b(pump);
    pvhop_pump_free(pump);
    pump = nullptr;
    EXPECT_EQ("words", take(b, 5));
    char c;
    EXPECT_EQ(-1, read(b, &c, 1));
    EXPECT_EQ(EAGAIN, errno) << "the end was passed on";
    ASSERT_EQ(1, write(b, "x", 1));
    until([&] { return pvhop_stream_read(kept, &c, 1) == 1; });
    pvhop_stream_free(kept);
    EXPECT_EQ("", take(b, 1));
}

TEST_F(PumpTest, TheEndOfAKeptSideIsPassedOn)
{
    start();
    pvhop_pump_keep_b(pump, true);
    close_end(b);
    EXPECT_EQ("", take(a, 1));
    close_end(a);
    until([&] { return done; });
    EXPECT_EQ(PVHOP_OK, how.code) << how.why;
}

TEST_F(PumpTest, ResetReachesTheOtherSideAsAReset)
{
    start();
    ASSERT_EQ(4, send(a, "half", 4, 0));
    EXPECT_EQ("half", take(b, 4));
    reset_on_close(a);
    close_end(a);
    ASSERT_TRUE(until([&] { return done; }));
    EXPECT_EQ(PVHOP_E_CONNECTION_LOST, how.code);
    EXPECT_NE(nullptr, strstr(how.why, "reset")) << how.why;
    char c;
    EXPECT_EQ(-1, read(b, &c, 1)) << "a cut stream looks whole";
    EXPECT_EQ(ECONNRESET, errno);
}

TEST_F(PumpTest, HalfClosedSideThatBreaksIsNoticedWithoutTraffic)
{
    start();
    shutdown(a, SHUT_WR);
    EXPECT_EQ("", take(b, 1));
    reset_on_close(a);
    close_end(a);
    ASSERT_TRUE(until([&] { return done; }));
    EXPECT_EQ(PVHOP_E_CONNECTION_LOST, how.code);
}

TEST_F(PumpTest, LastWordsOfASideThatStoppedReadingArrive)
{
    start();
    // b answers and closes without having read: its kernel answers with a reset.
    ASSERT_EQ(4, send(a, "body", 4, 0));
    ASSERT_TRUE(until([&] {
        char c;
        return recv(b, &c, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
    }));
    ASSERT_EQ(7, send(b, "refused", 7, 0));
    close_end(b);
    EXPECT_EQ("refused", take(a, 7));
    ASSERT_TRUE(until([&] { return done; }));
    EXPECT_EQ(PVHOP_E_CONNECTION_LOST, how.code);
}

// Opening one anew costs copying first; but connections that rest shall hold no descriptors.
TEST_F(PumpTest, AStreamKeepsItsPipeThroughPausesAndLosesItToMessages)
{
    start();
    const size_t without = open_descriptors();
    const std::string piece(65536, 'x');
    size_t sent = 0; // all of it is there before the pump looks: no pause within
    for (ssize_t n; (n = send(a, piece.data(), piece.size(), MSG_DONTWAIT)) > 0;)
        sent += size_t(n);
    ASSERT_GT(sent, 4 * piece.size());
    EXPECT_EQ(sent, take(b, sent).size());
    EXPECT_EQ(without + 2, open_descriptors());
    for (int i = 0; i < 3; i++) {
        ASSERT_EQ(1, send(a, "?", 1, 0));
        EXPECT_EQ("?", take(b, 1));
    }
    EXPECT_EQ(without + 2, open_descriptors()) << "the pipe goes with the first short pause";
    for (int i = 0; i < 20; i++) {
        ASSERT_EQ(1, send(a, "!", 1, 0));
        EXPECT_EQ("!", take(b, 1));
    }
    EXPECT_EQ(without, open_descriptors());
}

TEST_F(PumpTest, ResetDuringABulkTransferRaisesNoSignal)
{
    signal(SIGPIPE, SIG_DFL);
    for (int round = 0; round < 20 && !HasFailure(); round++) {
        done = false;
        start();
        set_nonblocking(a);
        std::vector<char> bytes(1 << 20, 'x');
        size_t accepted = 0;
        for (int i = 0; i < 10; i++) { // until the splice path holds bytes that b does not take
            ssize_t n = send(a, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            accepted += n > 0 ? size_t(n) : 0;
            ASSERT_EQ(0, pvhop_loop_turn(loop, 1, &err));
        }
        ASSERT_GT(accepted, 200000u);
        close_end(b); // with bytes unread: a reset
        ASSERT_TRUE(until([&] {
            send(a, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            return done;
        }));
        EXPECT_EQ(PVHOP_E_CONNECTION_LOST, how.code);
        close_end(a);
    }
}

TEST_F(PumpTest, SplicingToAnEndedStreamRaisesNoSignal)
{
    int x[2], y[2];
    tcp_pair(x);
    tcp_pair(y);
    signal(SIGPIPE, SIG_DFL);
    pvhop_stream *from = pvhop_stream_from_socket(loop, x[1], nullptr, &err);
    pvhop_stream *to = pvhop_stream_from_socket(loop, y[1], nullptr, &err);
    pvhop_splice sp = {{-1, -1}, 0};
    ASSERT_TRUE(pvhop_splice_possible(from, to));
    ASSERT_TRUE(pvhop_splice_open(&sp));
    ASSERT_EQ(3, send(x[0], "abc", 3, 0));
    bool moved = false;
    ASSERT_TRUE(until([&] { return moved = moved || pvhop_splice_in(&sp, from) == 3; }));
    EXPECT_EQ(0, pvhop_stream_shutdown(to));
    EXPECT_EQ(-EPIPE, pvhop_splice_out(&sp, to));
    sigset_t pending;
    sigpending(&pending);
    EXPECT_EQ(0, sigismember(&pending, SIGPIPE));
    pvhop_splice_close(&sp);
    pvhop_stream_free(from);
    pvhop_stream_free(to);
    close(x[0]);
    close(y[0]);
}

TEST_F(PumpTest, SlowReaderHoldsTheSenderInBoundedMemory)
{
    start(32 * 1024);
    set_nonblocking(a);
    std::vector<char> bytes(1 << 20, 'x');
    size_t accepted = 0;
    int quiet = 0;
    while (quiet < 3) { // three turns in which nothing moved: all buffers are full
        ssize_t n;
        size_t before = accepted;
        while ((n = send(a, bytes.data(), bytes.size(), MSG_NOSIGNAL)) > 0)
            accepted += size_t(n);
        ASSERT_EQ(0, pvhop_loop_turn(loop, 20, &err));
        quiet = accepted == before ? quiet + 1 : 0;
        ASSERT_LT(accepted, size_t(256) << 20) << "no back-pressure";
    }
    pvhop_pump_counts counts;
    pvhop_pump_stats(pump, &counts);
    EXPECT_GT(counts.a_to_b, 0u);
    shutdown(a, SHUT_WR);
    EXPECT_EQ(accepted, take(b, accepted + 1).size());
}

TEST_F(PumpTest, AStalledReaderCostsNoTurns)
{
    start();
    set_nonblocking(a);
    std::vector<char> bytes(1 << 20, 'x');
    for (int quiet = 0; quiet < 3;) {
        bool moved = false;
        while (send(a, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0)
            moved = true;
        ASSERT_EQ(0, pvhop_loop_turn(loop, 20, &err));
        quiet = moved ? 0 : quiet + 1;
    }
    uint64_t before = pvhop_loop_now_ms(loop);
    ASSERT_EQ(0, pvhop_loop_turn(loop, 50, &err));
    EXPECT_GE(pvhop_loop_now_ms(loop) - before, 49u) << "the loop spins while a reader is stalled";
}

TEST_F(PumpTest, WhatIsThereAtTheBeginningMovesWithoutATurn)
{
    start();
    ASSERT_EQ(5, send(a, "hello", 5, 0));
    pvhop_pump_begin(pump);
    char buf[16];
    EXPECT_EQ(5, recv(b, buf, sizeof(buf), MSG_DONTWAIT));
    EXPECT_FALSE(done);
    ASSERT_EQ(3, send(b, "yes", 3, 0));
    EXPECT_EQ("yes", take(a, 3));
}

TEST_F(PumpTest, WhoIsBrokenAtTheBeginningEndsThePumpAtOnce)
{
    start();
    reset_on_close(a);
    close_end(a);
    pvhop_pump_begin(pump);
    EXPECT_TRUE(done);
    EXPECT_EQ(PVHOP_E_CONNECTION_LOST, how.code);
}

TEST_F(PumpTest, PrefillComesFirst)
{
    start(1000);
    EXPECT_EQ(0, pvhop_pump_prefill_to_b(pump, "one ", 4));
    EXPECT_EQ(0, pvhop_pump_prefill_to_b(pump, "two ", 4));
    EXPECT_EQ(0, pvhop_pump_prefill_to_a(pump, "back", 4));
    EXPECT_EQ(0, pvhop_pump_prefill_to_a(pump, "", 0));
    std::string large(993, 'x');
    EXPECT_EQ(-1, pvhop_pump_prefill_to_b(pump, large.data(), large.size()));
    ASSERT_EQ(5, send(a, "three", 5, 0));
    shutdown(a, SHUT_WR);
    EXPECT_EQ("one two three", take(b, 100));
    EXPECT_EQ("back", take(a, 4));
}

TEST_F(PumpTest, FreeingEarlyResetsBothSides)
{
    start();
    pvhop_pump_free(pump);
    pump = nullptr;
    char c;
    EXPECT_EQ(-1, read(a, &c, 1));
    EXPECT_EQ(-1, read(b, &c, 1));
    EXPECT_FALSE(done);
    pvhop_pump_free(nullptr);
}

TEST_F(PumpOfPipes, BrokenReaderEndsThePumpThoughItsOtherEndStaysOpen)
{
    start_with_broken_reader();
    EXPECT_EQ("last", take(a, 4));
    ASSERT_TRUE(until([&] { return done; }));
    EXPECT_NE(nullptr, strstr(how.why, "front end")) << how.why;
}

// The last event there ever is: what comes after the short read has to be asked for without one.
TEST_F(PumpOfPipes, BrokenReaderEndsThePumpThoughNothingFollowsItsLastWords)
{
    start_with_broken_reader();
    pvhop_pump_begin(pump);
    EXPECT_TRUE(until([&] { return done; }));
    EXPECT_EQ("last", take(a, 4));
}
