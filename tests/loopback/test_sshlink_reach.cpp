/* SPDX-License-Identifier: BSD-3-Clause */
/* Reaching a real sshd on loopback, and knowing that it is the right one: host keys, servers that
 * are none, proxies. */
#include "login_case.h"

using namespace pvhop_test;

/* ---- host keys ---- */

TEST(SshReach, UnknownHostAccepted)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link::Options o;
    o.known_hosts = sshd.path("fresh/known_hosts");
    o.answer = [](const pvhop_prompt &p) {
        EXPECT_EQ(p.kind, PVHOP_PROMPT_HOSTKEY);
        EXPECT_EQ(std::string(p.fingerprint).compare(0, 15, "ED25519 SHA256:"), 0) << p.fingerprint;
        return "yes";
    };
    {
        Link link(sshd, o);
        ASSERT_TRUE(link.wait_up()) << link.why() << link.log();
        EXPECT_EQ(link.prompts().size(), 1u);
    }
    struct stat st;
    ASSERT_EQ(stat(o.known_hosts.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0600u);
    EXPECT_EQ(read_file(o.known_hosts), sshd.known_hosts_line() + "\n");
    o.answer = nullptr; /* now it is known */
    Link again(sshd, o);
    ASSERT_TRUE(again.wait_up()) << again.why();
}

TEST(SshReach, UnknownHostRefused)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link::Options o;
    o.known_hosts = sshd.path("none");
    o.answer = always("no");
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_HOSTKEY_UNKNOWN);
    EXPECT_NE(access(o.known_hosts.c_str(), F_OK), 0);
    EXPECT_EQ(sshd.log().find("Accepted"), std::string::npos);
}

TEST(SshReach, UnknownHostWithStrictChecking)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link::Options o = options(sshd.config_with({"Host *", "StrictHostKeyChecking yes"}));
    o.known_hosts = sshd.path("none");
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_HOSTKEY_UNKNOWN);
}

TEST(SshReach, StrictCheckingOffStillAsks)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link::Options o = options(sshd.config_with({"Host *", "StrictHostKeyChecking no"}));
    o.known_hosts = sshd.path("none");
    o.answer = always("no");
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_HOSTKEY_UNKNOWN);
    EXPECT_EQ(link.prompts().size(), 1u);
}

TEST(SshReach, AcceptNewAndHashedNames)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link::Options o = options(
        sshd.config_with({"Host *", "StrictHostKeyChecking accept-new", "HashKnownHosts yes"}));
    o.known_hosts = sshd.path("hashed");
    for (int i = 0; i < 2; i++) {
        Link link(sshd, o);
        ASSERT_TRUE(link.wait_up()) << link.why();
    }
    EXPECT_EQ(read_file(o.known_hosts).compare(0, 3, "|1|"), 0);
    std::string out;
    EXPECT_EQ(
        run({"ssh-keygen", "-f", o.known_hosts, "-F", "[127.0.0.1]:" + std::to_string(sshd.port())},
            &out),
        0)
        << out;
    const std::string text = read_file(o.known_hosts);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

TEST(SshReach, KnownHostsThatCannotBeWritten)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link::Options o;
    o.known_hosts = "/proc/no/such/folder/known_hosts";
    o.answer = always("yes");
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_up()) << link.why();
    EXPECT_NE(link.log().find("could not be recorded"), std::string::npos) << link.log();
}

TEST(SshReach, ChangedHostKey)
{
    PrivateSshd sshd, other;
    NEED(sshd);
    NEED(other);
    std::string line = other.known_hosts_line();
    line = sshd.known_hosts_line().substr(0, sshd.known_hosts_line().find(' ')) +
           line.substr(line.find(' '));
    Link::Options o;
    o.known_hosts = sshd.path("changed");
    write_file(o.known_hosts, "# first line\n" + line + "\n");
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_HOSTKEY_CHANGED);
    EXPECT_NE(link.why().find(o.known_hosts + ":2"), std::string::npos) << link.why();
    EXPECT_NE(link.why().find("ssh-keygen -f '" + o.known_hosts + "' -R '[127.0.0.1]:"),
              std::string::npos)
        << link.why();
    EXPECT_EQ(sshd.log().find("Accepted"), std::string::npos);
}

TEST(SshReach, RevokedHostKey)
{
    PrivateSshd sshd;
    NEED(sshd);
    std::string line = sshd.known_hosts_line();
    Link::Options o;
    o.known_hosts = sshd.path("revoked");
    write_file(o.known_hosts, line + "\n@revoked *" + line.substr(line.find(' ')) + "\n");
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_HOSTKEY_REVOKED) << link.why();
}

TEST(SshReach, KnownKindOfKeyIsAskedForFirst)
{
    PrivateSshd::Options so;
    so.host_keys = {"ed25519", "rsa"};
    PrivateSshd sshd(so);
    NEED(sshd);
    Link::Options o;
    o.known_hosts = sshd.path("rsa_only");
    write_file(o.known_hosts, sshd.known_hosts_line("rsa") + "\n");
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log();
    EXPECT_NE(link.log().find("RSA SHA256:"), std::string::npos);
}

TEST(SshReach, HostKeyAlias)
{
    PrivateSshd sshd;
    NEED(sshd);
    std::string line = sshd.known_hosts_line();
    Link::Options o = options(sshd.config_with({"Host *", "HostKeyAlias the-cluster"}));
    o.known_hosts = sshd.path("alias");
    write_file(o.known_hosts, "the-cluster" + line.substr(line.find(' ')));
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_up()) << link.why();
}

/* ---- reaching the host ---- */

TEST(SshReach, NoSuchHost)
{
    Empty empty;
    Link link(empty.to("no-such-host.invalid"));
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_RESOLVE) << link.why();
}

TEST(SshReach, UnusableDestination)
{
    for (const char *bad :
         {"", "-oProxyCommand=x", "host;id", "a b", "host:99999", "user@", "$(id)@host"}) {
        pvhop_error err;
        pvhop_loop *loop = pvhop_loop_new(&err);
        pvhop_sshlink_config c = {};
        pvhop_sshlink_events e = {};
        c.destination = bad;
        EXPECT_EQ(pvhop_sshlink_new(loop, &c, &e, nullptr, &err), nullptr) << bad;
        EXPECT_EQ(err.code, PVHOP_E_VALUE) << bad;
        pvhop_loop_free(loop);
    }
}

TEST(SshReach, RefusedPort)
{
    uint16_t port;
    {
        PrivateSshd sshd;
        NEED(sshd);
        port = sshd.port();
    }
    Empty empty;
    Link link(empty.to("127.0.0.1:" + std::to_string(port)));
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_CONNECT);
    EXPECT_NE(link.why().find("refused"), std::string::npos) << link.why();
}

TEST(SshReach, BlackHole)
{
    /* a listener whose queue is full drops what comes: no answer at all */
    uint16_t port = 0;
    const int fd = pvhop_test::listen_on_loopback(&port, 0);
    ASSERT_GE(fd, 0) << strerror(errno);
    const sockaddr_in a = pvhop_test::loopback(port);
    std::vector<int> fill;
    for (int i = 0; i < 16; i++) {
        fill.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        connect(fill.back(), reinterpret_cast<const sockaddr *>(&a), sizeof a);
    }
    Empty empty;
    Link::Options o = empty.to("127.0.0.1:" + std::to_string(port));
    o.connect_ms = 700;
    Link link(o);
    const uint64_t begin = now_ms();
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_TIMEOUT) << link.why();
    EXPECT_GE(now_ms() - begin, 600u);
    EXPECT_LT(now_ms() - begin, 5000u);
    for (int f : fill)
        ::close(f);
    ::close(fd);
}

TEST(SshReach, ServerThatSaysNothing)
{
    FakeServer server(wait_closed);
    Empty empty;
    Link::Options o = empty.to(server.destination());
    o.connect_ms = 500;
    Link link(o);
    const uint64_t begin = now_ms();
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_TIMEOUT);
    EXPECT_NE(link.why().find("key exchange"), std::string::npos) << link.why();
    EXPECT_LT(now_ms() - begin, 5000u);
}

TEST(SshReach, ServerThatIsNotSsh)
{
    FakeServer server([](int fd) {
        const char text[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
        (void)!write(fd, text, sizeof text - 1);
        shutdown(fd, SHUT_WR);
        wait_closed(fd);
    });
    Empty empty;
    Link link(empty.to(server.destination()));
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_SSH_PROTOCOL) << link.why();
}

static void flood(int fd, const std::string &piece)
{
    for (size_t sent = 0; sent < (10u << 20); sent += piece.size())
        if (send(fd, piece.data(), piece.size(), MSG_NOSIGNAL) <= 0)
            return;
    wait_closed(fd);
}

TEST(SshReach, ServerWithAnEndlessBanner)
{
    for (const std::string &piece : {std::string(4096, 'x'), std::string("one more line\r\n")}) {
        FakeServer server([&](int fd) { flood(fd, piece); });
        Empty empty;
        Link::Options o = empty.to(server.destination());
        o.connect_ms = 2000;
        Link link(o);
        const uint64_t begin = now_ms();
        ASSERT_TRUE(link.wait_down());
        EXPECT_TRUE(link.code() == PVHOP_E_TIMEOUT || link.code() == PVHOP_E_SSH_PROTOCOL)
            << link.why();
        EXPECT_LT(now_ms() - begin, 8000u);
    }
}

TEST(SshReach, ProxyCommandIsHonoured)
{
    PrivateSshd sshd;
    NEED(sshd);
    if (access("/usr/bin/nc", X_OK) && access("/bin/nc", X_OK) && access("/usr/bin/socat", X_OK))
        GTEST_SKIP() << "neither nc nor socat is here";
    const bool nc = access("/usr/bin/nc", X_OK) == 0 || access("/bin/nc", X_OK) == 0;
    Link link(sshd, options(sshd.config_with({"Host *", nc ? "ProxyCommand nc %h %p"
                                                           : "ProxyCommand socat - TCP:%h:%p"})));
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log();
    Exec x(link, "echo through");
    ASSERT_TRUE(x.wait_exit());
    EXPECT_EQ(x.out(), "through\n");
}

TEST(SshReach, ProxyCommandThatFails)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link link(sshd, options(sshd.config_with({"Host *", "ProxyCommand false"})));
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_SSH_PROTOCOL) << link.why();
}
