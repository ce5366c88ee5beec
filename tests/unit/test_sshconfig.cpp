/* SPDX-License-Identifier: BSD-3-Clause */
/* Destinations, the output of `ssh -G`, and what a real ssh says to a configuration of ours. */
#include "sshd.h"
#include "sshlink_child.h"
#include "sshlink_config.h"
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace pvhop_test;

namespace
{
struct Settings {
    ssh_settings *s = nullptr;
    pvhop_error err = {};
    ~Settings()
    {
        pvhop_ssh_settings_free(s);
    }
    ssh_settings *operator->()
    {
        return s;
    }
};

void parse(Settings &out, const char *text, const char *defaults = nullptr)
{
    out.s = pvhop_ssh_settings_parse("cluster", text, defaults, &out.err);
    ASSERT_NE(out.s, nullptr) << out.err.why;
}

void ask(Settings &out, const std::string &lines, const char *destination = "cluster")
{
    TempDir dir;
    ASSERT_TRUE(write_file(dir / "config", lines));
    const std::string config = dir / "config";
    ssh_ask a = {};
    char warning[256];
    a.destination = destination;
    a.config_file = config.c_str();
    a.cancel_fd = -1;
    a.timeout_ms = 10000;
    out.s = pvhop_ssh_settings_ask(&a, warning, &out.err);
}
const char base[] = "user alice\nhostname login1.cluster.edu\nport 2222\n";
} // namespace

TEST(SshDestination, Parts)
{
    ssh_destination d;
    pvhop_error err;
    ASSERT_EQ(pvhop_ssh_destination_parse("cluster", &d, &err), 0);
    EXPECT_STREQ(d.host, "cluster");
    EXPECT_STREQ(d.user, "");
    EXPECT_EQ(d.port, 0);
    ASSERT_EQ(pvhop_ssh_destination_parse("alice@site.edu@login1:2222", &d, &err), 0);
    EXPECT_STREQ(d.user, "alice@site.edu");
    EXPECT_STREQ(d.host, "login1");
    EXPECT_EQ(d.port, 2222);
    ASSERT_EQ(pvhop_ssh_destination_parse("bob@[2001:db8::1]:22", &d, &err), 0);
    EXPECT_STREQ(d.host, "2001:db8::1");
    EXPECT_EQ(d.port, 22);
    ASSERT_EQ(pvhop_ssh_destination_parse("2001:db8::1", &d, &err), 0);
    EXPECT_STREQ(d.host, "2001:db8::1");
    EXPECT_EQ(d.port, 0);
}

TEST(SshDestination, Refused)
{
    ssh_destination d;
    pvhop_error err;
    for (const char *bad : {"",         "@",       "alice@",  "@host", "-v",   "-oProxyCommand=id",
                            "alice@-v", "-l@host", "a b",     "a\nb",  "`id`", "$(id)",
                            "h;id",     "h|id",    "h'",      "h\"",   "[::1", "[::1]x",
                            "h:",       "h:0",     "h:70000", "h:x"}) {
        EXPECT_EQ(pvhop_ssh_destination_parse(bad, &d, &err), -1) << bad;
        EXPECT_EQ(err.code, PVHOP_E_VALUE) << bad;
    }
    EXPECT_EQ(pvhop_ssh_destination_parse(nullptr, &d, &err), -1);
    EXPECT_EQ(pvhop_ssh_destination_parse(std::string(300, 'h').c_str(), &d, &err), -1);
    EXPECT_EQ(pvhop_ssh_destination_parse((std::string(200, 'u') + "@h").c_str(), &d, &err), -1);
}

TEST(SshSettings, Parsed)
{
    setenv("HOME", "/home/me", 1);
    Settings s;
    parse(s, "host cluster\nuser alice\nhostname login1.cluster.edu\nport 2222\n"
             "identityfile ~/.ssh/id_a\nidentityfile /keys/%r-%h-%p\nidentityfile "
             "none\ncertificatefile ~/.ssh/id_a-cert.pub\n"
             "identitiesonly yes\nidentityagent none\nhostkeyalias the-cluster\n"
             "userknownhostsfile ~/.ssh/known_hosts /tmp/kh2\nglobalknownhostsfile "
             "/etc/ssh/ssh_known_hosts\n"
             "stricthostkeychecking accept-new\nhashknownhosts yes\nproxyjump "
             "a,b@c:22\naddressfamily inet6\n"
             "preferredauthentications publickey,password\ngssapiauthentication "
             "yes\npasswordauthentication no\n"
             "pubkeyauthentication true\nnumberofpasswordprompts 2\nconnecttimeout "
             "7\nserveraliveinterval 20\n"
             "serveralivecountmax 4\nbindaddress 10.0.0.1\n");
    EXPECT_STREQ(s->name, "cluster");
    EXPECT_STREQ(s->hostname, "login1.cluster.edu");
    EXPECT_STREQ(s->user, "alice");
    EXPECT_EQ(s->port, 2222);
    ASSERT_EQ(s->identities.n, 2u);
    EXPECT_STREQ(s->identities.at[0], "/home/me/.ssh/id_a");
    EXPECT_STREQ(s->identities.at[1], "/keys/alice-login1.cluster.edu-2222");
    ASSERT_EQ(s->certificates.n, 1u);
    EXPECT_TRUE(s->identities_only);
    EXPECT_EQ(s->identity_agent, nullptr);
    EXPECT_STREQ(s->host_key_alias, "the-cluster");
    ASSERT_EQ(s->user_known_hosts.n, 2u);
    EXPECT_STREQ(s->user_known_hosts.at[0], "/home/me/.ssh/known_hosts");
    EXPECT_STREQ(s->user_known_hosts.at[1], "/tmp/kh2");
    EXPECT_EQ(s->strict, SSH_STRICT_ACCEPT_NEW);
    EXPECT_TRUE(s->hash_known_hosts);
    EXPECT_STREQ(s->proxy_jump, "a,b@c:22");
    EXPECT_EQ(s->proxy_command, nullptr);
    EXPECT_EQ(s->family, AF_INET6);
    EXPECT_STREQ(s->preferred, "publickey,password");
    EXPECT_TRUE(s->gssapi);
    EXPECT_FALSE(s->password);
    EXPECT_TRUE(s->pubkey);
    EXPECT_TRUE(s->keyboard);
    EXPECT_EQ(s->password_prompts, 2u);
    EXPECT_EQ(s->connect_timeout_s, 7u);
    EXPECT_EQ(s->alive_s, 20u);
    EXPECT_EQ(s->alive_count, 4u);
    EXPECT_STREQ(s->bind_address, "10.0.0.1");
}

// ssh prints no quotes, so a key on record would not be found, and a changed one be taken for new.
TEST(SshSettings, KnownHostsInAFolderWithSpaces)
{
    setenv("HOME", "/home/me", 1);
    Settings s;
    parse(s, "user alice\nhostname h\nport 22\n"
             "userknownhostsfile /home/my things/it's known ~/.ssh/known_hosts /last one\n"
             "globalknownhostsfile none\n");
    ASSERT_EQ(s->user_known_hosts.n, 3u);
    EXPECT_STREQ(s->user_known_hosts.at[0], "/home/my things/it's known");
    EXPECT_STREQ(s->user_known_hosts.at[1], "/home/me/.ssh/known_hosts");
    EXPECT_STREQ(s->user_known_hosts.at[2], "/last one");
    EXPECT_EQ(s->global_known_hosts.n, 0u);
}

TEST(SshSettings, StrictNoMeansAsk)
{
    Settings s;
    parse(s, "user a\nhostname h\nport 22\nstricthostkeychecking false\n");
    EXPECT_EQ(s->strict, SSH_STRICT_ASK);
}

TEST(SshSettings, ListsArePinnedOnlyWhenTheyDiffer)
{
    const std::string standard = std::string(base) + "ciphers a,b\nmacs x\nkexalgorithms k\n";
    Settings s;
    parse(s, (std::string(base) + "ciphers a,b\nmacs y,x\nkexalgorithms k\n").c_str(),
          standard.c_str());
    EXPECT_EQ(s->ciphers, nullptr);
    EXPECT_EQ(s->kex, nullptr);
    EXPECT_STREQ(s->macs, "y,x");
}

TEST(SshSettings, ProxyCommandTokens)
{
    Settings s;
    parse(s,
          "user alice\nhostname login1\nport 2222\nproxycommand nc -X 5 %h %p # %r %n %%h ~/x\n");
    EXPECT_STREQ(s->proxy_command, "nc -X 5 login1 2222 # alice cluster %h ~/x");
}

TEST(SshSettings, ProxyCommandNeverGetsShellCharacters)
{
    for (const char *text : {"user alice\nhostname $(id)\nport 22\nproxycommand nc %h %p\n",
                             "user a;id\nhostname h\nport 22\nproxycommand nc %h -l %r\n"}) {
        pvhop_error err;
        EXPECT_EQ(pvhop_ssh_settings_parse("cluster", text, nullptr, &err), nullptr);
        EXPECT_EQ(err.code, PVHOP_E_SSH_CONFIG);
    }
}

TEST(SshSettings, Garbage)
{
    for (const char *text :
         {"", "\n\n", "user", "user \n", "hostname h\n", "user a\nport 0\n", "\xff\xfe\n \n"}) {
        pvhop_error err;
        EXPECT_EQ(pvhop_ssh_settings_parse("cluster", text, nullptr, &err), nullptr) << text;
    }
}

TEST(SshSettings, GivenIdentityComesFirstAndOnce)
{
    Settings s;
    parse(s, (std::string(base) + "identityfile /a\nidentityfile /b\n").c_str());
    ASSERT_EQ(pvhop_ssh_settings_first_identity(s.s, "/b"), 0);
    ASSERT_EQ(s->identities.n, 2u);
    EXPECT_STREQ(s->identities.at[0], "/b");
    EXPECT_STREQ(s->identities.at[1], "/a");
}

TEST(SshSettings, JumpSplit)
{
    ssh_strings list = {};
    ASSERT_EQ(pvhop_ssh_jump_split("a,ssh://b@c:22,[::1]:2200", &list), 0);
    ASSERT_EQ(list.n, 3u);
    EXPECT_STREQ(list.at[0], "a");
    EXPECT_STREQ(list.at[1], "b@c:22");
    EXPECT_STREQ(list.at[2], "[::1]:2200");
    pvhop_ssh_strings_clear(&list);
    for (const char *none : {"", "none", "NONE"}) {
        ASSERT_EQ(pvhop_ssh_jump_split(none, &list), 0);
        EXPECT_EQ(list.n, 0u);
    }
}

TEST(SshSettings, AlgorithmsKnown)
{
    char *out = pvhop_ssh_algorithms_known("z,a,,bb,c", "a,b,c");
    EXPECT_STREQ(out, "a,c");
    free(out);
    EXPECT_EQ(pvhop_ssh_algorithms_known("x,y", "a,b"), nullptr);
    EXPECT_EQ(pvhop_ssh_algorithms_known("", "a,b"), nullptr);
}

/* ---- the real ssh ---- */

TEST(SshAsk, MatchAndIncludeAndDefaults)
{
    if (run({"ssh", "-V"}))
        GTEST_SKIP() << "no ssh program here";
    TempDir dir;
    write_file(dir / "more", "Host cluster\n  Port 2200\n");
    Settings s;
    ask(s, "Include " + dir / "more" +
               "\nMatch originalhost cluster\n  User alice\n  HostName login1.cluster.edu\n"
               "Host *\n  ProxyCommand none\n");
    ASSERT_NE(s.s, nullptr) << s.err.why;
    EXPECT_STREQ(s->hostname, "login1.cluster.edu");
    EXPECT_STREQ(s->user, "alice");
    EXPECT_EQ(s->port, 2200);
    EXPECT_EQ(s->proxy_command, nullptr);
    EXPECT_EQ(s->ciphers, nullptr) << "not pinned by the user";
    EXPECT_EQ(s->kex, nullptr);
    EXPECT_EQ(s->host_key_algorithms, nullptr);
    EXPECT_GT(s->identities.n, 1u);
}

TEST(SshAsk, PinnedCiphers)
{
    if (run({"ssh", "-V"}))
        GTEST_SKIP() << "no ssh program here";
    Settings s;
    ask(s, "Ciphers aes128-ctr\n", "bob@cluster:2222");
    ASSERT_NE(s.s, nullptr) << s.err.why;
    EXPECT_STREQ(s->ciphers, "aes128-ctr");
    EXPECT_STREQ(s->user, "bob");
    EXPECT_EQ(s->port, 2222);
}

TEST(SshAsk, BrokenConfigurationIsQuoted)
{
    if (run({"ssh", "-V"}))
        GTEST_SKIP() << "no ssh program here";
    Settings s;
    ask(s, "Bogus on\n");
    EXPECT_EQ(s.s, nullptr);
    EXPECT_EQ(s.err.code, PVHOP_E_SSH_CONFIG);
    EXPECT_NE(std::string(s.err.why).find("bogus"), std::string::npos) << s.err.why;
}

TEST(SshAsk, WithoutAnSshProgram)
{
    TempDir dir;
    ASSERT_TRUE(
        write_file(dir / "config",
                   "Host cluster\n  HostName login1.cluster.edu\n  Port 2200\n  User alice\n"));
    const std::string config = dir / "config";
    ssh_ask a = {};
    char warning[256];
    Settings s;
    a.destination = "cluster";
    a.config_file = config.c_str();
    a.cancel_fd = -1;
    a.timeout_ms = 10000;
    a.ssh = "/nonexistent/ssh";
    s.s = pvhop_ssh_settings_ask(&a, warning, &s.err);
    ASSERT_NE(s.s, nullptr) << s.err.why;
    EXPECT_STRNE(warning, "");
    EXPECT_STREQ(s->hostname, "login1.cluster.edu");
    EXPECT_STREQ(s->user, "alice");
    EXPECT_EQ(s->port, 2200);
    EXPECT_GT(s->user_known_hosts.n, 0u);
}

/* ---- children ---- */

TEST(SshChild, LimitsAreKept)
{
    pvhop_ssh_child_output out;
    pvhop_error err;
    const char *const sleeper[] = {"/bin/sh", "-c", "sleep 100 & sleep 100", nullptr};
    pvhop_ssh_child_ask ask = {sleeper, -1, 200, 1000};
    EXPECT_EQ(pvhop_ssh_child_run(&ask, &out, &err), -1);
    EXPECT_EQ(err.code, PVHOP_E_TIMEOUT);
    pvhop_ssh_child_output_clear(&out);
    const char *const talker[] = {"/bin/sh", "-c", "while :; do echo x; done", nullptr};
    ask.argv = talker;
    ask.timeout_ms = 20000;
    EXPECT_EQ(pvhop_ssh_child_run(&ask, &out, &err), -1);
    EXPECT_EQ(err.code, PVHOP_E_SYSTEM);
    pvhop_ssh_child_output_clear(&out);
    ask.argv = sleeper;
    ask.cancel_fd = eventfd(1, EFD_CLOEXEC);
    EXPECT_EQ(pvhop_ssh_child_run(&ask, &out, &err), -1);
    EXPECT_EQ(err.code, PVHOP_E_CANCELLED);
    pvhop_ssh_child_output_clear(&out);
    close(ask.cancel_fd);
}
