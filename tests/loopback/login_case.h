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
        m_fd = pvhop_test::listen_on_loopback(&m_port);
        EXPECT_GE(m_fd, 0) << strerror(errno);
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
    uint16_t m_port = 0;
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
