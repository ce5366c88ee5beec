/* SPDX-License-Identifier: BSD-3-Clause */
/* The fixtures themselves: a real ssh logs in to the private sshd. */
#include "sshd.h"
#include <gtest/gtest.h>
#include <unistd.h>

using namespace pvhop_test;

TEST(Fixture, SshRunsACommand)
{
    PrivateSshd sshd;
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    std::string out;
    EXPECT_EQ(
        run({"ssh", "-F", sshd.config(), "-o", "BatchMode=yes", sshd.host(), "echo hello; exit 7"},
            &out),
        7)
        << sshd.log();
    EXPECT_EQ(out, "hello\n");
}

TEST(Fixture, SessionsHaveAHomeOfTheirOwn)
{
    PrivateSshd sshd;
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    std::string out;
    EXPECT_EQ(
        run({"ssh", "-F", sshd.config(), "-o", "BatchMode=yes", sshd.host(), "echo ~; ls -A ~"},
            &out),
        0);
    EXPECT_EQ(out, sshd.home() + "\n");
}

TEST(Fixture, AgentKeyLogsIn)
{
    PrivateSshd sshd;
    PrivateAgent agent;
    ASSERT_TRUE(sshd.ok() && agent.ok()) << sshd.problem();
    const std::string key = sshd.make_key("agent_key", "rsa", "", true);
    ASSERT_TRUE(agent.add(key));
    unlink(key.c_str());
    const std::string config =
        sshd.config_with({"Host *", "IdentityAgent " + agent.socket(), "IdentityFile " + key});
    EXPECT_EQ(run({"ssh", "-F", config, "-o", "BatchMode=yes", sshd.host(), "true"}), 0)
        << sshd.log();
}

TEST(Fixture, OneThatEndsLeavesAnotherWhatItNeeds)
{
    PrivateSshd first, second;
    ASSERT_TRUE(first.ok() && second.ok()) << first.problem() << second.problem();
    first.stop();
    EXPECT_EQ(run({"ssh", "-F", second.config(), "-o", "BatchMode=yes", second.host(), "true"}), 0)
        << second.log();
}

TEST(Fixture, NothingIsLeft)
{
    std::string folder;
    pid_t stray = 0;
    {
        PrivateSshd sshd;
        ASSERT_TRUE(sshd.ok()) << sshd.problem();
        folder = sshd.dir();
        std::string out;
        /* left behind by the session on purpose */
        ASSERT_EQ(run({"ssh", "-F", sshd.config(), sshd.host(),
                       "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $!"},
                      &out),
                  0);
        stray = atoi(out.c_str());
        ASSERT_GT(stray, 1);
        ASSERT_EQ(kill(stray, 0), 0);
    }
    EXPECT_NE(kill(stray, 0), 0);
    EXPECT_NE(access(folder.c_str(), F_OK), 0);
}

TEST(Fixture, AccountWithPassword)
{
    PrivateSshd::Options options;
    options.account = true;
    PrivateSshd sshd(options);
    if (!sshd.ok())
        GTEST_SKIP() << sshd.problem();
    ASSERT_TRUE(write_file(sshd.path("askpass"),
                           "#!/bin/sh\necho '" + std::string(sshd.password()) + "'\n", 0755));
    std::string out;
    EXPECT_EQ(
        run({"ssh", "-F", sshd.config(), "-o", "PubkeyAuthentication=no", sshd.host(), "id -un"},
            &out, {"SSH_ASKPASS=" + sshd.path("askpass"), "SSH_ASKPASS_REQUIRE=force"}),
        0)
        << out << sshd.log();
    EXPECT_EQ(out, "pvhoptest\n");
}
