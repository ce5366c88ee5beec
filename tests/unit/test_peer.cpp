// SPDX-License-Identifier: BSD-3-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <functional>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pvhop/peer.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace
{

enum { NOBODY = 65534 };

struct Address {
    sockaddr_storage sa = {};
    socklen_t len = 0;
    Address(const char *literal, uint16_t port)
    {
        auto *in = (sockaddr_in *)&sa;
        auto *in6 = (sockaddr_in6 *)&sa;
        if (inet_pton(AF_INET, literal, &in->sin_addr) == 1) {
            in->sin_family = AF_INET;
            in->sin_port = htons(port);
            len = sizeof(*in);
        } else {
            EXPECT_EQ(1, inet_pton(AF_INET6, literal, &in6->sin6_addr)) << literal;
            in6->sin6_family = AF_INET6;
            in6->sin6_port = htons(port);
            len = sizeof(*in6);
        }
    }
};

int listen_on(const char *literal, uint16_t *port)
{
    Address a(literal, 0);
    int off = 0;
    int fd = socket(a.sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (a.sa.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, (sockaddr *)&a.sa, a.len) || listen(fd, 8) ||
        getsockname(fd, (sockaddr *)&a.sa, &a.len)) {
        close(fd);
        return -1;
    }
    *port = ntohs(a.sa.ss_family == AF_INET ? ((sockaddr_in *)&a.sa)->sin_port
                                            : ((sockaddr_in6 *)&a.sa)->sin6_port);
    return fd;
}

int connect_to(const char *literal, uint16_t port)
{
    Address a(literal, port);
    int fd = socket(a.sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (sockaddr *)&a.sa, a.len)) {
        close(fd);
        return -1;
    }
    return fd;
}

pvhop_endpoint endpoint(const char *host, uint16_t port)
{
    pvhop_endpoint ep = {};
    strcpy(ep.host, host);
    ep.port = port;
    return ep;
}

/// Runs `body` in a child as another user and keeps the child until the guard is gone.
class OtherUser
{
  public:
    explicit OtherUser(const std::function<bool()> &body)
    {
        int ready[2], hold[2];
        char byte = 0;
        EXPECT_EQ(0, pipe(ready));
        EXPECT_EQ(0, pipe(hold));
        pid = fork();
        if (pid == 0) {
            close(ready[0]);
            close(hold[1]);
            if (setgid(NOBODY) || setuid(NOBODY) || !body())
                _exit(1);
            if (write(ready[1], &byte, 1) != 1)
                _exit(1);
            _exit(read(hold[0], &byte, 1) < 0); // until the guard closes its end
        }
        close(ready[1]);
        close(hold[0]);
        EXPECT_EQ(1, read(ready[0], &byte, 1)) << "the child failed";
        close(ready[0]);
        held = hold[1];
    }
    ~OtherUser()
    {
        int status;
        close(held);
        EXPECT_EQ(pid, waitpid(pid, &status, 0));
        EXPECT_EQ(0, status);
    }

  private:
    pid_t pid;
    int held;
};

/// The whole check, wherever the answer comes from. Returns what is wrong, or "".
const char *check_all(const char *bind_literal, const char *connect_literal)
{
    uint16_t port = 0;
    int listener = listen_on(bind_literal, &port);
    if (listener < 0)
        return "cannot listen";
    int ours = connect_to(connect_literal, port);
    int theirs = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    pvhop_endpoint where = endpoint(connect_literal, port);
    const char *wrong = "";
    if (pvhop_peer_uid(theirs) != geteuid() || pvhop_peer_uid(ours) != geteuid())
        wrong = "our own connection";
    else if (pvhop_listening_uid(&where) != geteuid())
        wrong = "our own listener";
    close(ours);
    close(theirs);
    close(listener);
    if (!*wrong && pvhop_listening_uid(&where) != -1)
        wrong = "a port where nobody listens";
    return wrong;
}

const char *check_other_user(const char *connect_literal)
{
    uint16_t port = 0;
    int listener = listen_on(connect_literal, &port);
    if (listener < 0)
        return "cannot listen";
    const char *wrong = "";
    {
        OtherUser other([&] { return connect_to(connect_literal, port) >= 0; });
        int theirs = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (pvhop_peer_uid(theirs) != NOBODY)
            wrong = "another user's connection";
        close(theirs);
    }
    close(listener);
    // Whoever asks must be able to see what another user listens on, port first unknown.
    int port_pipe[2];
    if (pipe(port_pipe))
        return "no pipe";
    OtherUser other([&] {
        return listen_on(connect_literal, &port) >= 0 && write(port_pipe[1], &port, 2) == 2;
    });
    if (read(port_pipe[0], &port, 2) != 2)
        wrong = "no port";
    pvhop_endpoint where = endpoint(connect_literal, port);
    if (!*wrong && pvhop_listening_uid(&where) != NOBODY)
        wrong = "another user's listener";
    close(port_pipe[0]);
    close(port_pipe[1]);
    return wrong;
}

bool have_v6()
{
    uint16_t port;
    int fd = listen_on("::1", &port);
    close(fd);
    return fd >= 0;
}

/// In this process there is no netlink any more: what is left is /proc.
bool forbid_netlink()
{
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
           socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG) < 0;
}

} // namespace

TEST(Peer, OurOwn)
{
    EXPECT_STREQ("", check_all("127.0.0.1", "127.0.0.1"));
    EXPECT_STREQ("", check_all("0.0.0.0", "127.0.0.1"));
    if (!have_v6())
        GTEST_SKIP() << "no IPv6 loopback here";
    EXPECT_STREQ("", check_all("::1", "::1"));
    EXPECT_STREQ("", check_all("::", "::1"));
    EXPECT_STREQ("", check_all("::", "127.0.0.1")); // v4-mapped on one side only
}

TEST(Peer, AnotherUsers)
{
    if (geteuid() != 0)
        GTEST_SKIP() << "only root can play another user";
    EXPECT_STREQ("", check_other_user("127.0.0.1"));
    if (!have_v6())
        GTEST_SKIP() << "no IPv6 loopback here";
    EXPECT_STREQ("", check_other_user("::1"));
}

TEST(Peer, LocalhostMustNotBeShared)
{
    if (geteuid() != 0 || !have_v6())
        GTEST_SKIP() << "needs root and an IPv6 loopback";
    uint16_t port;
    int ours = listen_on("127.0.0.1", &port);
    ASSERT_GE(ours, 0);
    pvhop_endpoint where = endpoint("localhost", port);
    EXPECT_EQ(geteuid(), pvhop_listening_uid(&where));
    {
        OtherUser other([&] {
            Address a("::1", port);
            int fd = socket(AF_INET6, SOCK_STREAM, 0);
            return bind(fd, (sockaddr *)&a.sa, a.len) == 0 && listen(fd, 1) == 0;
        });
        EXPECT_EQ(-1, pvhop_listening_uid(&where));
    }
    close(ours);
}

TEST(Peer, WhatCannotBeTold)
{
    int pair[2];
    ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    EXPECT_EQ(-1, pvhop_peer_uid(pair[0]));
    close(pair[0]);
    close(pair[1]);
    EXPECT_EQ(-1, pvhop_peer_uid(-1));
    pvhop_endpoint where = endpoint("login1.example", 22);
    EXPECT_EQ(-1, pvhop_listening_uid(&where));
    where = endpoint("127.0.0.1", 0);
    EXPECT_EQ(-1, pvhop_listening_uid(&where));
    // A port that is bound, but where nobody listens.
    Address a("127.0.0.1", 0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_EQ(0, bind(fd, (sockaddr *)&a.sa, a.len));
    ASSERT_EQ(0, getsockname(fd, (sockaddr *)&a.sa, &a.len));
    where = endpoint("127.0.0.1", ntohs(((sockaddr_in *)&a.sa)->sin_port));
    EXPECT_EQ(-1, pvhop_listening_uid(&where));
    close(fd);
}

TEST(Peer, AListenerIsNotAConnection)
{
    // The peer is gone, and somebody listens on the port that it had.
    uint16_t port;
    int listener = listen_on("127.0.0.1", &port);
    int one = 1;
    Address a("127.0.0.1", 0);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(client, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    ASSERT_EQ(0, bind(client, (sockaddr *)&a.sa, a.len));
    ASSERT_EQ(0, getsockname(client, (sockaddr *)&a.sa, &a.len));
    Address to("127.0.0.1", port);
    ASSERT_EQ(0, connect(client, (sockaddr *)&to.sa, to.len));
    int theirs = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    ASSERT_GE(theirs, 0);
    EXPECT_EQ(geteuid(), pvhop_peer_uid(theirs));
    // A socket in repair goes without a word to the other end.
    bool gone = setsockopt(client, IPPROTO_TCP, TCP_REPAIR, &one, sizeof(one)) == 0;
    close(client);
    if (!gone) {
        close(theirs);
        close(listener);
        GTEST_SKIP() << "only root can let a socket vanish";
    }
    int squatter = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(squatter, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    ASSERT_EQ(0, bind(squatter, (sockaddr *)&a.sa, a.len));
    ASSERT_EQ(0, listen(squatter, 1));
    EXPECT_EQ(-1, pvhop_peer_uid(theirs));
    close(squatter);
    close(theirs);
    close(listener);
}

TEST(Peer, WithoutNetlinkFromProc)
{
    pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
        bool root = geteuid() == 0, v6 = have_v6();
        const char *wrong = "";
        if (!forbid_netlink())
            _exit(77);
        wrong = check_all("127.0.0.1", "127.0.0.1");
        if (!*wrong)
            wrong = check_all("0.0.0.0", "127.0.0.1");
        if (!*wrong && v6)
            wrong = check_all("::1", "::1");
        if (!*wrong && v6)
            wrong = check_all("::", "127.0.0.1");
        if (!*wrong && root)
            wrong = check_other_user("127.0.0.1");
        if (!*wrong && root && v6)
            wrong = check_other_user("::1");
        if (*wrong)
            fprintf(stderr, "wrong: %s\n", wrong);
        _exit(*wrong || testing::Test::HasFailure());
    }
    int status;
    ASSERT_EQ(pid, waitpid(pid, &status, 0));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        GTEST_SKIP() << "seccomp filters are not allowed here";
    EXPECT_EQ(0, status);
}
