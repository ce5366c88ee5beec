/* SPDX-License-Identifier: BSD-3-Clause */
/* Logging in to a real sshd on loopback: methods, hops, limits, and letting go in every phase. */
#include "login_case.h"
#include <csignal>

using namespace pvhop_test;

/* ---- keys ---- */

TEST(SshLogin, KeyOfTheConfiguration)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link link(sshd);
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log();
    EXPECT_EQ(link.description(), sshd.user() + "@127.0.0.1 (publickey)");
}

TEST(SshLogin, GivenIdentityFirst)
{
    PrivateSshd sshd;
    NEED(sshd);
    const std::string key = sshd.make_key("second", "ecdsa", "", true);
    Link::Options o;
    o.identity = key;
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log();
    EXPECT_NE(link.log().find("Trying the key " + key), std::string::npos) << link.log();
    EXPECT_EQ(link.log().find("Trying the key " + sshd.key()), std::string::npos) << link.log();
}

TEST(SshLogin, AgentKey)
{
    PrivateSshd sshd;
    PrivateAgent agent;
    NEED(sshd);
    ASSERT_TRUE(agent.ok());
    /* many others first: only the one that is configured may be tried (MaxAuthTries is 6) */
    for (int i = 0; i < 8; i++)
        ASSERT_TRUE(agent.add(sshd.make_key("other" + std::to_string(i), "ed25519", "", false)));
    const std::string key = sshd.make_key("held", "rsa", "", true);
    ASSERT_TRUE(agent.add(key));
    unlink(key.c_str());
    Link link(sshd, options(sshd.config_with({"Host *", "IdentityAgent " + agent.socket(),
                                              "IdentityFile " + key, "IdentityFile none"})));
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log() << sshd.log();
    EXPECT_NE(link.log().find(key + " (agent)"), std::string::npos) << link.log();
}

TEST(SshLogin, AgentKeysOneByOneUntilOneFits)
{
    PrivateSshd::Options so;
    so.authorize = false;
    PrivateSshd sshd(so);
    PrivateAgent agent;
    NEED(sshd);
    ASSERT_TRUE(agent.add(sshd.make_key("other", "ed25519", "", false)));
    ASSERT_TRUE(agent.add(sshd.make_key("held", "ecdsa", "", true)));
    Link link(sshd, options(sshd.config_with(
                        {"Host *", "IdentityAgent " + agent.socket(), "IdentitiesOnly no"})));
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log() << sshd.log();
}

TEST(SshLogin, AgentThatHangsIsBounded)
{
    PrivateSshd sshd;
    PrivateAgent agent;
    NEED(sshd);
    agent.hang();
    Link::Options o = options(sshd.config_with({"Host *", "IdentityAgent " + agent.socket()}));
    o.auth_ms = 4000;
    Link link(sshd, o);
    /* its keys are left out, the key file is used */
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log();
    EXPECT_NE(link.log().find("no list of its keys"), std::string::npos) << link.log();
}

TEST(SshLogin, AgentThatHangsWhenItSigns)
{
    PrivateSshd sshd;
    PrivateAgent agent;
    NEED(sshd);
    const std::string key = sshd.make_key("held", "ed25519", "", true);
    ASSERT_TRUE(agent.add(key));
    Link::Options o = options(
        sshd.config_with({"Host *", "IdentityAgent " + agent.socket(), "IdentityFile " + key}));
    o.auth_ms = 1000;
    bool hung = false;
    o.on_log = [&](Link &, const std::string &text) {
        /* after the list, before the signature: the note is on its way while the worker asks sshd
         */
        if (text.find("(agent)") != std::string::npos && !hung) {
            agent.hang();
            hung = true;
        }
    };
    Link link(sshd, o);
    const uint64_t begin = now_ms();
    ASSERT_TRUE(link.wait([&] { return link.up() || link.down(); }));
    if (link.up())
        GTEST_SKIP() << "the agent signed before it could be stopped";
    EXPECT_EQ(link.code(), PVHOP_E_TIMEOUT) << link.why();
    EXPECT_NE(link.why().find("agent did not sign"), std::string::npos) << link.why();
    EXPECT_LT(now_ms() - begin, 10000u);
}

TEST(SshLogin, AgentThatRefusesToSign)
{
    PrivateSshd sshd;
    PrivateAgent agent;
    NEED(sshd);
    const std::string key = sshd.make_key("held", "ed25519", "", true);
    /* to be confirmed, but there is nobody to confirm */
    ASSERT_EQ(run({"ssh-add", "-q", "-c", key}, nullptr, {"SSH_AUTH_SOCK=" + agent.socket()}), 0);
    Link link(sshd, options(sshd.config_with(
                        {"Host *", "IdentityAgent " + agent.socket(), "IdentityFile " + key})));
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log() << sshd.log();
    EXPECT_NE(link.log().find(key + " (agent)"), std::string::npos) << link.log();
}

TEST(SshLogin, GivenIdentityThatIsMissing)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link::Options o;
    o.identity = sshd.path("no_such_key");
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_KEY_FILE) << link.why();
    EXPECT_NE(link.why().find(o.identity), std::string::npos) << link.why();
}

TEST(SshLogin, EncryptedKey)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link::Options o;
    o.identity = sshd.make_key("locked", "ed25519", "open sesame", true);
    o.answer = always("open sesame");
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log();
    ASSERT_EQ(link.prompts().size(), 1u);
    EXPECT_NE(link.prompts()[0].find(o.identity), std::string::npos);
}

TEST(SshLogin, EncryptedKeyWrongPassphrase)
{
    PrivateSshd::Options so;
    so.authorize = false;
    PrivateSshd sshd(so);
    NEED(sshd);
    Link::Options o;
    o.identity = sshd.make_key("locked", "ed25519", "open sesame", true);
    o.answer = always("open barley");
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_AUTH);
    EXPECT_EQ(link.prompts().size(), 3u);
    EXPECT_NE(link.why().find("wrong passphrase"), std::string::npos) << link.why();
    EXPECT_EQ(link.why().find("open barley"), std::string::npos);
    EXPECT_EQ(link.log().find("open barley"), std::string::npos);
}

TEST(SshLogin, EncryptedKeyThatIsNotAcceptedIsNotAskedFor)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link::Options o;
    o.identity = sshd.make_key("locked", "ed25519", "open sesame", false);
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log();
    EXPECT_TRUE(link.prompts().empty());
}

TEST(SshLogin, UserCertificate)
{
    TempDir dir;
    std::string said;
    ASSERT_EQ(run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir / "ca"}), 0);
    PrivateSshd::Options so;
    so.authorize = false;
    so.config = {"TrustedUserCAKeys " + dir / "ca.pub"};
    PrivateSshd sshd(so);
    NEED(sshd);
    const std::string key = sshd.make_key("certified", "ed25519", "", false);
    ASSERT_EQ(
        run({"ssh-keygen", "-q", "-s", dir / "ca", "-I", "test", "-n", sshd.user(), key + ".pub"},
            &said),
        0)
        << said;
    Link::Options o;
    o.identity = key;
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log() << sshd.log();
}

TEST(SshLogin, NoKeyFits)
{
    PrivateSshd::Options so;
    so.authorize = false;
    PrivateSshd sshd(so);
    NEED(sshd);
    Link link(sshd);
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_AUTH);
    EXPECT_NE(link.why().find(sshd.key()), std::string::npos) << link.why();
}

TEST(SshLogin, TooManyTries)
{
    PrivateSshd::Options so;
    so.authorize = false;
    so.config = {"MaxAuthTries 2"};
    PrivateSshd sshd(so);
    NEED(sshd);
    std::vector<std::string> lines = {"Host *"};
    for (int i = 0; i < 6; i++)
        lines.push_back("IdentityFile " +
                        sshd.make_key("k" + std::to_string(i), "ed25519", "", false));
    Link link(sshd, options(sshd.config_with(lines)));
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_AUTH);
    EXPECT_NE(link.why().find("too many tries"), std::string::npos) << link.why();
}

TEST(SshLogin, NothingThatIsPossibleHere)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link link(sshd, options(sshd.config_with({"Host *", "PubkeyAuthentication no"})));
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_AUTH_NO_METHOD) << link.why();
}

/* ---- passwords and questions ---- */

static PrivateSshd::Options account()
{
    PrivateSshd::Options so;
    so.account = true;
    so.authorize = false;
    so.config = {"KbdInteractiveAuthentication no", "PasswordAuthentication yes"};
    return so;
}

TEST(SshLogin, Password)
{
    PrivateSshd sshd(account());
    NEED_ACCOUNT(sshd);
    Link::Options o;
    o.answer = [](const pvhop_prompt &p) {
        EXPECT_EQ(p.kind, PVHOP_PROMPT_PASSWORD);
        EXPECT_FALSE(p.echo);
        return PrivateSshd::password();
    };
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log() << sshd.log();
    EXPECT_EQ(link.prompts().size(), 1u);
    EXPECT_EQ(link.description(), "pvhoptest@127.0.0.1 (password)");
}

TEST(SshLogin, PasswordSecondTry)
{
    PrivateSshd sshd(account());
    NEED_ACCOUNT(sshd);
    int asked = 0;
    Link::Options o;
    o.answer = [&](const pvhop_prompt &) { return asked++ ? PrivateSshd::password() : "wrong"; };
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log();
    EXPECT_EQ(asked, 2);
}

TEST(SshLogin, PasswordWrongThreeTimes)
{
    PrivateSshd sshd(account());
    NEED_ACCOUNT(sshd);
    Link::Options o;
    o.answer = always("s3cret-but-wrong");
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_AUTH);
    EXPECT_EQ(link.prompts().size(), 3u);
    EXPECT_EQ(link.why().find("s3cret"), std::string::npos);
    EXPECT_EQ(link.log().find("s3cret"), std::string::npos);
}

TEST(SshLogin, QuestionNotAnswered)
{
    PrivateSshd sshd(account());
    NEED_ACCOUNT(sshd);
    Link::Options o;
    o.answer = always(nullptr);
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_AUTH);
    EXPECT_EQ(link.prompts().size(), 1u);
}

TEST(SshLogin, KeyboardInteractiveTwice)
{
    PrivateSshd::Options so = account();
    /* as where a password and then a one-time code are asked for */
    so.config = {"KbdInteractiveAuthentication yes", "PasswordAuthentication no",
                 "AuthenticationMethods keyboard-interactive,keyboard-interactive"};
    PrivateSshd sshd(so);
    NEED_ACCOUNT(sshd);
    Link::Options o;
    o.answer = [](const pvhop_prompt &p) {
        EXPECT_EQ(p.kind, PVHOP_PROMPT_KEYBOARD);
        EXPECT_NE(p.server_text, nullptr);
        return PrivateSshd::password();
    };
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log() << sshd.log();
    EXPECT_EQ(link.prompts().size(), 2u);
}

TEST(SshLogin, KeyAndThenAQuestion)
{
    PrivateSshd::Options so = account();
    so.authorize = true;
    so.config = {"KbdInteractiveAuthentication yes", "PasswordAuthentication no",
                 "AuthenticationMethods publickey,keyboard-interactive"};
    PrivateSshd sshd(so);
    NEED_ACCOUNT(sshd);
    Link::Options o;
    o.answer = always(PrivateSshd::password());
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log() << sshd.log();
    EXPECT_EQ(link.description(), "pvhoptest@127.0.0.1 (publickey+keyboard-interactive)");
}

TEST(SshLogin, ExpiredPasswordIsChanged)
{
    PrivateSshd::Options so = account();
    so.expired = true;
    so.config = {"KbdInteractiveAuthentication yes", "PasswordAuthentication no"};
    PrivateSshd sshd(so);
    NEED_ACCOUNT(sshd);
    Link::Options o;
    std::string questions;
    o.answer = [&](const pvhop_prompt &p) {
        const std::string text = p.server_text ? p.server_text : "";
        questions += text + "\n";
        return text.find("ew password") != std::string::npos ? "a brand New 1 of them"
                                                             : PrivateSshd::password();
    };
    Link link(sshd, o);
    ASSERT_TRUE(link.wait_up()) << link.why() << questions << link.log() << sshd.log();
    EXPECT_GE(link.prompts().size(), 3u);
}

TEST(SshLogin, LimitDoesNotRunWhileAPersonThinks)
{
    PrivateSshd sshd(account());
    NEED_ACCOUNT(sshd);
    unsigned id = 0;
    Link::Options o;
    o.auth_ms = 700;
    o.later = [&](const pvhop_prompt &p) { id = p.id; };
    Link link(sshd, o);
    ASSERT_TRUE(link.wait([&] { return id || link.down(); }));
    EXPECT_FALSE(link.wait([&] { return link.down(); }, 1500)) << link.why();
    pvhop_sshlink_answer(link.get(), id, PrivateSshd::password());
    ASSERT_TRUE(link.wait([&] { return link.up() || link.down(); }));
}

/* ---- hops ---- */

TEST(SshLogin, TwoHops)
{
    PrivateSshd inner, outer;
    NEED(inner);
    NEED(outer);
    /* one configuration for both: a jump host's own part counts, too */
    const std::string config = inner.path("both");
    write_file(config, "Host " + inner.host() +
                           "\nProxyJump jump\nHost jump\n  HostName 127.0.0.1\n  Port " +
                           std::to_string(outer.port()) + "\n  User " + outer.user() +
                           "\n  IdentityFile " + outer.key() +
                           "\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile " +
                           outer.known_hosts() + "\n" + read_file(inner.config()));
    std::vector<std::string> before = open_descriptors();
    {
        Link link(inner, options(config));
        ASSERT_TRUE(link.wait_up()) << link.why() << link.log();
        EXPECT_NE(outer.log().find("Accepted publickey"), std::string::npos);
        EXPECT_NE(inner.log().find("Accepted publickey"), std::string::npos);
        Exec x(link, "cat");
        ASSERT_TRUE(x.wait_open()) << x.why();
        const std::string big(1 << 20, 'z');
        size_t sent = 0;
        ASSERT_TRUE(link.wait([&] {
            ssize_t n = pvhop_stream_write(x.stream().get(), big.data() + sent, big.size() - sent);
            sent += n > 0 ? static_cast<size_t>(n) : 0;
            if (sent == big.size())
                pvhop_stream_shutdown(x.stream().get());
            return sent == big.size();
        }));
        ASSERT_TRUE(x.wait_exit());
        EXPECT_EQ(x.out().size(), big.size());
        EXPECT_EQ(x.status(), 0);
        outer.kill_connections();
        ASSERT_TRUE(link.wait_down());
        EXPECT_EQ(link.code(), PVHOP_E_SSH_LOST);
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(SshLogin, JumpGivenByTheCaller)
{
    PrivateSshd inner, outer;
    NEED(inner);
    NEED(outer);
    const std::string config = inner.path("both");
    write_file(config, "Host jump\n  HostName 127.0.0.1\n  Port " + std::to_string(outer.port()) +
                           "\n  IdentityFile " + outer.key() + "\n  UserKnownHostsFile " +
                           outer.known_hosts() + "\n" + read_file(inner.config()));
    Link::Options o = options(config);
    o.jump = inner.user() + "@jump";
    Link link(inner, o);
    ASSERT_TRUE(link.wait_up()) << link.why() << link.log();
    EXPECT_NE(outer.log().find("Accepted publickey"), std::string::npos);
}

TEST(SshLogin, JumpThatLeadsBackToItself)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link link(sshd, options(sshd.config_with({"Host *", "ProxyJump " + sshd.host()})));
    ASSERT_TRUE(link.wait_down());
    EXPECT_TRUE(link.code() == PVHOP_E_SSH_CONFIG) << link.why();
}

TEST(SshLogin, HopThatForbidsForwarding)
{
    PrivateSshd::Options so;
    so.config = {"AllowTcpForwarding no"};
    PrivateSshd inner, outer(so);
    NEED(inner);
    NEED(outer);
    const std::string config = inner.path("both");
    write_file(config, "Host jump\n  HostName 127.0.0.1\n  Port " + std::to_string(outer.port()) +
                           "\n  IdentityFile " + outer.key() + "\n  UserKnownHostsFile " +
                           outer.known_hosts() + "\n" + read_file(inner.config()));
    Link::Options o = options(config);
    o.jump = "jump";
    Link link(inner, o);
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_CHANNEL_REFUSED) << link.why();
}

/* ---- letting go ---- */

TEST(SshLogin, ConfigurationThatIsWrong)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link link(sshd, options(sshd.config_with({"NoSuchKeyword yes"})));
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_SSH_CONFIG);
    EXPECT_NE(link.why().find("nosuchkeyword"), std::string::npos) << link.why();
}

static void expect_nothing_left(const std::vector<std::string> &fds, int threads, const char *where)
{
    /* a worker that has been let go ends by itself, soon */
    const uint64_t end = now_ms() + 20000; /* of a busy machine */
    while (thread_count() > threads && now_ms() < end)
        poll(nullptr, 0, 5);
    EXPECT_LE(thread_count(), threads) << where;
    EXPECT_EQ(open_descriptors(), fds) << where;
}

TEST(SshLogin, FreeInEveryPhase)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link::Options asks;
    asks.known_hosts = sshd.path("none");
    { /* whatever is made once is made */
        Link link(sshd);
        ASSERT_TRUE(link.wait_up());
    }
    const std::vector<std::string> fds = open_descriptors();
    const int threads = thread_count();
    for (int phase = PVHOP_SSH_CONFIG; phase <= PVHOP_SSH_UP; phase++) {
        for (bool inside : {true, false}) {
            bool reached = false;
            {
                Link::Options o;
                o.on_phase = [&](Link &l, pvhop_sshlink_phase p) {
                    if (p != phase)
                        return;
                    reached = true;
                    if (inside)
                        l.close();
                };
                Link link(sshd, o);
                ASSERT_TRUE(link.wait([&] { return reached; })) << phase;
                const uint64_t begin = now_ms();
                link.close();
                EXPECT_LT(now_ms() - begin, 1000u) << phase;
            }
            expect_nothing_left(fds, threads, std::to_string(phase).c_str());
        }
    }
    { /* while a person is asked */
        bool asked = false;
        asks.later = [&](const pvhop_prompt &) { asked = true; };
        Link link(sshd, asks);
        ASSERT_TRUE(link.wait([&] { return asked; }));
    }
    expect_nothing_left(fds, threads, "a question");
    { /* while commands and forwards are open */
        Link link(sshd);
        ASSERT_TRUE(link.wait_up());
        Exec running(link, "cat"), opening(link, "cat");
        Forward f(link, "127.0.0.1", 0);
        ASSERT_TRUE(running.wait_open());
        link.close();
        char buf[10];
        EXPECT_EQ(pvhop_stream_read(running.stream().get(), buf, sizeof buf), -ECONNRESET);
        EXPECT_EQ(pvhop_stream_write(running.stream().get(), buf, sizeof buf), -ECONNRESET);
    }
    expect_nothing_left(fds, threads, "commands");
}

TEST(SshLogin, FreeWhileTheServerIsSilent)
{
    const int threads = thread_count();
    Empty empty;
    FakeServer server(wait_closed);
    const std::vector<std::string> fds = open_descriptors();
    {
        bool connecting = false;
        Link::Options o = empty.to(server.destination());
        o.on_phase = [&](Link &, pvhop_sshlink_phase p) {
            connecting = connecting || p == PVHOP_SSH_CONNECT;
        };
        Link link(o);
        ASSERT_TRUE(link.wait([&] { return connecting; }));
        const uint64_t begin = now_ms();
        link.close();
        EXPECT_LT(now_ms() - begin, 1000u);
    }
    (void)threads;
}

TEST(SshLogin, SshdKilled)
{
    PrivateSshd sshd;
    NEED(sshd);
    Link link(sshd);
    ASSERT_TRUE(link.wait_up()) << link.why();
    Exec x(link, "cat");
    ASSERT_TRUE(x.wait_open());
    sshd.kill_connections();
    ASSERT_TRUE(link.wait_down());
    EXPECT_EQ(link.code(), PVHOP_E_SSH_LOST) << link.why();
    EXPECT_TRUE(x.exited());
    EXPECT_EQ(x.status(), -1);
    EXPECT_TRUE(x.stream().ended());
    EXPECT_LT(x.stream().result(), 0);
    pvhop_error err;
    pvhop_sshexec_events none = {};
    EXPECT_EQ(pvhop_sshlink_exec(link.get(), "true", &none, nullptr, &err), nullptr);
    EXPECT_EQ(err.code, PVHOP_E_SSH_LOST);
}
