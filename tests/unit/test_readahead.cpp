/* SPDX-License-Identifier: BSD-3-Clause */
/* The read-ahead as libssh meets it: through recv, poll and close of the program. */
#include "readahead.h"
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pvhop/sshlink.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const pvhop_readahead *given;

/* Instead of sshlink's: what the program hands over is all that is wanted here. */
extern "C" void pvhop_sshlink_set_readahead(const pvhop_readahead *functions)
{
    given = functions;
}

namespace
{

class ReadAhead : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        unsetenv("PVHOP_READAHEAD");
        pvhop_readahead_install();
        ASSERT_NE(given, nullptr);
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, m_fd), 0);
    }
    void TearDown() override
    {
        close(m_fd[0]);
        close(m_fd[1]);
    }
    void send_text(const std::string &text)
    {
        ASSERT_EQ(send(m_fd[1], text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    }
    /** What recv of `n` bytes gives; "-" and errno on failure. */
    std::string take(size_t n, int flags = 0)
    {
        char buf[64];
        const ssize_t got = recv(m_fd[0], buf, n, flags);
        return got < 0 ? "-" + std::to_string(errno) : std::string(buf, static_cast<size_t>(got));
    }
    int poll_once(short events)
    {
        pollfd p = {m_fd[0], events, 0};
        const int rc = poll(&p, 1, 0);
        m_revents = p.revents;
        return rc;
    }
    /** Bytes that the kernel still holds. */
    int unread()
    {
        int n = -1;
        ioctl(m_fd[0], FIONREAD, &n);
        return n;
    }
    int m_fd[2] = {-1, -1};
    short m_revents = 0;
};

TEST_F(ReadAhead, TakesAllAtOnceAndGivesItInPieces)
{
    given->begin(m_fd[0]);
    send_text("abcdefgh");
    ASSERT_EQ(poll_once(POLLIN), 1);
    EXPECT_EQ(take(3), "abc");
    EXPECT_EQ(unread(), 0) << "nothing was read ahead";
    EXPECT_TRUE(given->pending(m_fd[0]));
    ASSERT_EQ(poll_once(POLLIN), 1) << "bytes in memory are overlooked";
    EXPECT_EQ(m_revents, POLLIN);
    EXPECT_EQ(take(2, MSG_PEEK), "de");
    EXPECT_EQ(take(3), "def");
    send_text("ij"); /* comes after what waits */
    EXPECT_EQ(take(60), "gh");
    EXPECT_FALSE(given->pending(m_fd[0]));
    EXPECT_EQ(take(60), "ij");
    EXPECT_EQ(poll_once(POLLIN), 0);
    EXPECT_EQ(take(1), "-" + std::to_string(EAGAIN));
}

TEST_F(ReadAhead, EndOfStreamComesLast)
{
    given->begin(m_fd[0]);
    send_text("abcd");
    shutdown(m_fd[1], SHUT_WR);
    ASSERT_EQ(poll_once(POLLIN), 1);
    EXPECT_EQ(take(2), "ab");
    ASSERT_EQ(poll_once(POLLIN), 1);
    EXPECT_EQ(take(2), "cd");
    ASSERT_EQ(poll_once(POLLIN), 1);
    EXPECT_EQ(take(2), "");
}

TEST_F(ReadAhead, InertUntilPollComesByHere)
{
    given->begin(m_fd[0]);
    send_text("abcd");
    EXPECT_EQ(take(1), "a");
    EXPECT_EQ(unread(), 3) << "poll() might be the system's: these bytes would be lost to it";
}

TEST_F(ReadAhead, OtherDescriptorsAreLeftAlone)
{
    send_text("abcd");
    ASSERT_EQ(poll_once(POLLIN), 1);
    EXPECT_EQ(take(1), "a");
    EXPECT_EQ(unread(), 3);
    EXPECT_FALSE(given->pending(m_fd[0]));
    EXPECT_FALSE(given->pending(-1));
    EXPECT_FALSE(given->pending(1 << 20));
    given->begin(1 << 20);
}

TEST_F(ReadAhead, WritableIsSeenWhileBytesWait)
{
    given->begin(m_fd[0]);
    send_text("abcd");
    ASSERT_EQ(poll_once(POLLIN | POLLOUT), 1);
    EXPECT_EQ(take(1), "a");
    int writable = 0;
    for (int i = 0; i < 16; i++) {
        ASSERT_EQ(poll_once(POLLIN | POLLOUT), 1);
        EXPECT_TRUE(m_revents & POLLIN);
        writable += (m_revents & POLLOUT) != 0;
    }
    EXPECT_GE(writable, 2);
    /* libssh asks for this alone while it is called from its own callbacks */
    ASSERT_EQ(poll_once(POLLOUT), 1);
    EXPECT_EQ(m_revents, POLLOUT);
}

TEST_F(ReadAhead, SeveralDescriptorsAreCountedOnce)
{
    int other[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, other), 0);
    given->begin(m_fd[0]);
    send_text("abcd");
    ASSERT_EQ(poll_once(POLLIN), 1);
    EXPECT_EQ(take(1), "a");
    pollfd p[2] = {{other[0], POLLIN, 0}, {m_fd[0], POLLIN, 0}};
    EXPECT_EQ(poll(p, 2, -1), 1) << "it must not wait";
    EXPECT_EQ(p[0].revents, 0);
    EXPECT_EQ(p[1].revents, POLLIN);
    close(other[0]);
    close(other[1]);
}

TEST_F(ReadAhead, ACloseForgetsWhatWaited)
{
    given->begin(m_fd[0]);
    send_text("abcd");
    ASSERT_EQ(poll_once(POLLIN), 1);
    EXPECT_EQ(take(1), "a");
    const int number = m_fd[0];
    close(number);
    EXPECT_FALSE(given->pending(number));
    int fresh[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fresh), 0);
    ASSERT_EQ(fresh[0], number) << "the lowest free number";
    m_fd[0] = fresh[0];
    EXPECT_EQ(poll_once(POLLIN), 0);
    EXPECT_EQ(take(4), "-" + std::to_string(EAGAIN));
    close(fresh[1]);
}

TEST_F(ReadAhead, IsOffWhenTheEnvironmentSaysSo)
{
    given = nullptr;
    setenv("PVHOP_READAHEAD", "0", 1);
    pvhop_readahead_install();
    EXPECT_EQ(given, nullptr);
    unsetenv("PVHOP_READAHEAD");
}

} // namespace
