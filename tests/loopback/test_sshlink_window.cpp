/* SPDX-License-Identifier: BSD-3-Clause */
/* The receive window of a channel: 2 MiB at first, more where the round trip is long. */
#include "sshd.h"
#include "sshlink_case.h"
#include "sshlink_private.h"
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

using namespace pvhop_test;

namespace
{

/** A port that leads to another one `ms` milliseconds away, each way. */
class LongLink
{
  public:
    LongLink(unsigned ms, uint16_t to)
    {
        int in[2], out[2];
        if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
            return;
        const std::string a = std::to_string(ms), b = std::to_string(to);
        char *argv[] = {const_cast<char *>(PVHOP_TEST_DELAY), const_cast<char *>(a.c_str()),
                        const_cast<char *>(b.c_str()), nullptr};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], 0);
        posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        if (posix_spawn(&m_pid, argv[0], &actions, nullptr, argv, environ))
            m_pid = -1;
        posix_spawn_file_actions_destroy(&actions);
        close(in[0]);
        close(out[1]);
        m_life = in[1];
        FILE *said = fdopen(out[0], "r");
        unsigned port = 0;
        if (fscanf(said, "port %u", &port) == 1)
            m_port = static_cast<uint16_t>(port);
        fclose(said);
    }
    ~LongLink()
    {
        close(m_life); /* at end of file it ends */
        if (m_pid > 0)
            waitpid(m_pid, nullptr, 0);
    }
    uint16_t port() const
    {
        return m_port;
    }

  private:
    pid_t m_pid = -1;
    int m_life = -1;
    uint16_t m_port = 0;
};

TEST(SshWindow, WidensOnALongLink)
{
    const uint64_t size = 12 << 20; /* six times the first window, at 600 ms each: no hurry */
    PrivateSshd sshd;
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    LongLink far(300, sshd.port());
    ASSERT_NE(far.port(), 0);
    Link::Options o;
    o.destination = sshd.host();
    o.config = sshd.config_with(
        {"Host " + sshd.host(), "  Port " + std::to_string(far.port()),
         "  HostKeyAlias " + sshd.known_hosts_line().substr(0, sshd.known_hosts_line().find(' '))});
    Link link(o);
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log() << sshd.log();
    Peer peer(size);
    Direct direct(link, "127.0.0.1", peer.port());
    ASSERT_TRUE(direct.wait_open()) << direct.why();
    const auto *channel = reinterpret_cast<const pvhop_ssh_channel *>(direct.stream);
    const uint32_t first = channel->window;
    EXPECT_GT(first, 1u << 20);
    Echo echo(direct.stream, size);
    ASSERT_TRUE(link.wait([&] { return echo.done() && peer.done(); }));
    EXPECT_EQ(echo.problem(), "");
    EXPECT_EQ(peer.problem(), "");
    EXPECT_GT(channel->window, 2 * first - first / 2) << "it was never widened";
    EXPECT_LE(channel->window, 16u << 20);
}

} // namespace
