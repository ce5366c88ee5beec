/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of logins share: servers that are none, and a configuration that is nobody's. */
#pragma once
#include "sshlink_case.h"
#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

namespace pvhop_test
{

inline uint64_t now_ms()
{
    using namespace std::chrono;
    return static_cast<uint64_t>(
        duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count());
}

/** A TCP server that is not an ssh server: runs `talk` for the first connection, on a thread. */
class FakeServer
{
  public:
    explicit FakeServer(std::function<void(int)> talk)
    {
        m_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in a = {};
        a.sin_family = AF_INET;
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t len = sizeof a;
        EXPECT_EQ(bind(m_fd, reinterpret_cast<sockaddr *>(&a), sizeof a), 0);
        EXPECT_EQ(listen(m_fd, 4), 0);
        getsockname(m_fd, reinterpret_cast<sockaddr *>(&a), &len);
        m_port = ntohs(a.sin_port);
        m_thread = std::thread([this, talk] {
            const int fd = accept(m_fd, nullptr, nullptr);
            if (fd < 0)
                return;
            talk(fd);
            ::close(fd);
        });
    }
    ~FakeServer()
    {
        shutdown(m_fd, SHUT_RDWR);
        m_thread.join();
        ::close(m_fd);
    }
    std::string destination() const
    {
        return "127.0.0.1:" + std::to_string(m_port);
    }

  private:
    int m_fd;
    uint16_t m_port;
    std::thread m_thread;
};

/** Waits until the other side has closed. */
inline void wait_closed(int fd)
{
    char buf[4096];
    while (recv(fd, buf, sizeof buf, 0) > 0) {}
}

inline Link::Options options(const std::string &config)
{
    Link::Options o;
    o.config = config;
    return o;
}

/** An empty ssh configuration, so that the user's own does not count. */
class Empty
{
  public:
    Empty()
    {
        write_file(m_dir / "config",
                   "Host *\n  IdentityAgent none\n  UserKnownHostsFile /dev/null\n");
    }
    Link::Options to(const std::string &destination)
    {
        Link::Options o;
        o.destination = destination;
        o.config = m_dir / "config";
        return o;
    }

  private:
    TempDir m_dir;
};

/** Answers every question with the same text. */
inline Link::Answer always(const char *text)
{
    return [text](const pvhop_prompt &) { return text; };
}

} // namespace pvhop_test

#define NEED(sshd) ASSERT_TRUE((sshd).ok()) << (sshd).problem()
#define NEED_ACCOUNT(sshd) \
    if (!(sshd).ok())      \
    GTEST_SKIP() << "no account with a password: " << (sshd).problem()
