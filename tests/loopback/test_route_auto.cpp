// SPDX-License-Identifier: BSD-3-Clause
// Route `auto` at hosts that forbid this or that: what it takes, what it says, what it remembers.
#include "route_auto.h"
#include "route_fixture.hpp"
#include "route_memory.h"
#include <ctime>
#include <fstream>

namespace
{

class AutoRoute : public AskedRoute
{
  protected:
    void SetUp() override
    {
        RelayRoute::SetUp();
        remember_at_home();
    }
    // At a host with these lines in its sshd_config, and this in its environment.
    void start_at(std::vector<std::string> config, const std::string &environment = "")
    {
        PrivateSshd::Options options;
        config.push_back(folders(environment));
        options.config = config;
        login(options);
        start("auto");
    }
    std::string remembered(bool on_node = false, int64_t now = time(nullptr))
    {
        const char *name = pvhop_route_remembered(recipe, on_node, now);
        return name ? name : "";
    }
};

TEST_F(AutoRoute, TakesTheTunnelWhereNothingIsForbidden)
{
    start_at({});
    ASSERT_TRUE(open) << failure.why;
    EXPECT_STREQ("127.0.0.1", call.host);
    let_the_genuine_one_in();
    EXPECT_EQ("", remembered());
    kind->settled(route);
    EXPECT_EQ("tunnel", remembered());
}

TEST_F(AutoRoute, CallsPvserverThroughSshdWherePortsMayNotBeOpened)
{
    start_at({"AllowTcpForwarding local"});
    ASSERT_TRUE(open) << failure.why;
    EXPECT_STREQ("", call.host); // pvserver listens
    EXPECT_TRUE(logged("route tunnel cannot be used here"));
    EXPECT_FALSE(logged("route two-hop-forward cannot be used here"));
    reach_the_genuine_one();
    EXPECT_EQ("two-hop-forward", remembered());
}

TEST_F(AutoRoute, GoesInsideTheLoginWhereNothingMayBeForwarded)
{
    start_at({"AllowTcpForwarding no"});
    ASSERT_TRUE(open) << failure.why;
    EXPECT_TRUE(logged("route two-hop-forward cannot be used here"));
    EXPECT_EQ(1u, helpers("cache"));
    reach_the_genuine_one();
    EXPECT_EQ("stdio", remembered());
}

TEST_F(AutoRoute, DoesWithoutTheHelperWhereItMayNotRun)
{
    ASSERT_EQ(0, pvhop_recipe_set(recipe, "helper", "never", &err));
    start_at({"AllowTcpForwarding no"});
    ASSERT_TRUE(open) << failure.why;
    EXPECT_EQ(0u, helpers("cache"));
    EXPECT_TRUE(logged("going without the helper"));
    reach_the_genuine_one();
}

// It is told why, and the way is found without it.
TEST_F(AutoRoute, DoesWithoutTheHelperWhereThereIsNoneForTheArchitecture)
{
    start_at({"AllowTcpForwarding no"}, said_machine("ppc64le"));
    ASSERT_TRUE(open) << failure.why;
    EXPECT_EQ(0u, helpers("cache"));
    EXPECT_TRUE(logged("another architecture (ppc64le)")) << all_logs();
    EXPECT_TRUE(logged("going without the helper")) << all_logs();
    reach_the_genuine_one();
}

TEST_F(AutoRoute, TellsTheArchitectureWhereNoOtherWayIsLeft)
{
    start_at({"AllowTcpForwarding no", "MaxSessions 1"}, said_machine("ppc64le"));
    EXPECT_FALSE(open);
    EXPECT_EQ(PVHOP_E_NO_ROUTE, failure.code) << failure.why;
    EXPECT_NE(nullptr, strstr(failure.why, "another architecture (ppc64le)")) << failure.why;
    EXPECT_EQ(0u, helpers("cache"));
}

TEST_F(AutoRoute, GoesAnotherWayIfTheUserDoesNotWantTheHelper)
{
    ask("no");
    start_at({"AllowTcpForwarding no"});
    ASSERT_TRUE(open) << failure.why;
    EXPECT_EQ(1u, person->questions.size());
    EXPECT_EQ(0u, helpers("cache"));
    EXPECT_TRUE(logged("you do not want it to be uploaded"));
    EXPECT_TRUE(logged("going without the helper"));
    reach_the_genuine_one();
}

TEST_F(AutoRoute, TellsWhatAllowsTheHelperWhereNoOtherWayIsLeft)
{
    ask(nullptr);
    start_at({"AllowTcpForwarding no", "MaxSessions 1"});
    EXPECT_FALSE(open);
    EXPECT_EQ(PVHOP_E_NO_ROUTE, failure.code) << failure.why;
    EXPECT_NE(nullptr, strstr(failure.why, "--helper=upload")) << failure.why;
    EXPECT_EQ(0u, helpers("cache"));
}

// One session carries commands, heartbeats and the connection.
TEST_F(AutoRoute, NeedsNoMoreThanOneSession)
{
    start_at({"AllowTcpForwarding no", "MaxSessions 1"});
    ASSERT_TRUE(open) << failure.why;
    reach_the_genuine_one();
    EXPECT_EQ("stdio", remembered());
}

// pvserver calls, where the front end does not reach it: what the last start has shown.
TEST_F(AutoRoute, IsCalledInsideTheLoginsOneSession)
{
    pvhop_route_remember(recipe, false, "stdio-reverse", time(nullptr));
    start_at({"AllowTcpForwarding no", "MaxSessions 1"});
    ASSERT_TRUE(open) << failure.why;
    EXPECT_STREQ("127.0.0.1", call.host);
    if (getuid() == 0) {
        pid_t pid = pretender(65534);
        int status = end_of(pid);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 2) << status;
        EXPECT_TRUE(until([&] { return logged("does not belong to this user"); }));
        EXPECT_EQ(nullptr, arrived);
    }
    let_the_genuine_one_in();
    kind->settled(route);
    EXPECT_EQ("stdio-reverse", remembered());
    close_route();
}

// PermitOpen lets the trial through, but not the connection to pvserver.
TEST_F(AutoRoute, CallsAPvserverThatListensAnotherWayIfTheFirstIsRefused)
{
    start_at({"AllowTcpForwarding local", "PermitOpen 127.0.0.1:22"});
    ASSERT_TRUE(open) << failure.why;
    reach_the_genuine_one();
    EXPECT_TRUE(logged("route two-hop-forward cannot be used here"));
    EXPECT_EQ("stdio", remembered());
}

TEST_F(AutoRoute, TellsOfEachRouteWhyItCannotBeUsed)
{
    ASSERT_EQ(0, pvhop_recipe_set(recipe, "helper", "never", &err));
    start_at({"AllowTcpForwarding no", "MaxSessions 1"});
    EXPECT_FALSE(open);
    EXPECT_EQ(PVHOP_E_NO_ROUTE, failure.code) << failure.why;
    for (const char *name : {"tunnel: ", "two-hop-forward: ", "stdio: ", "relay-tunnel: "})
        EXPECT_NE(nullptr, strstr(failure.why, name)) << failure.why;
    EXPECT_EQ("", remembered());
}

TEST_F(AutoRoute, TellsOfAPvserverThatCannotBeReachedAnyWay)
{
    pvhop_job_where where{};
    start_at({"AllowTcpForwarding local"});
    ASSERT_TRUE(open) << failure.why;
    where.count = 1;
    snprintf(where.at[0].host, sizeof(where.at[0].host), "127.0.0.1");
    where.at[0].port = 1;
    kind->reach(route, &where);
    EXPECT_TRUE(until([&] { return failure.code != 0; }));
    EXPECT_EQ(PVHOP_E_RENDEZVOUS, failure.code);
    EXPECT_NE(nullptr, strstr(failure.why, "stdio: ")) << failure.why;
    EXPECT_NE(nullptr, strstr(failure.remedy, "once more"));
    EXPECT_EQ("tunnel", remembered()); // the next one is to call the front end
}

TEST_F(AutoRoute, TriesTheLikeOfWhatWorkedTheLastTimeBeforeTheOthers)
{
    pvhop_route_remember(recipe, false, "two-hop-forward", time(nullptr));
    start_at({"AllowTcpForwarding no"});
    ASSERT_TRUE(open) << failure.why;
    EXPECT_FALSE(logged("route tunnel"));
    EXPECT_EQ(1u, helpers("cache"));
}

TEST_F(AutoRoute, TriesWhatWorkedTheLastTimeFirst)
{
    pvhop_route_remember(recipe, false, "stdio", time(nullptr));
    start_at({});
    ASSERT_TRUE(open) << failure.why;
    EXPECT_STREQ("", call.host);
    EXPECT_EQ(1u, helpers("cache"));
    reach_the_genuine_one();
}

TEST_F(AutoRoute, ForgetsWhatDoesNotWorkAnyMore)
{
    ASSERT_EQ(0, pvhop_recipe_set(recipe, "helper", "never", &err));
    pvhop_route_remember(recipe, false, "tunnel", time(nullptr));
    start_at({"AllowTcpForwarding local"});
    ASSERT_TRUE(open) << failure.why;
    EXPECT_STREQ("", call.host);
    EXPECT_EQ("", remembered());
}

// ---- memory ----

TEST_F(AutoRoute, MemoryIsForAHostAndForAWeek)
{
    pvhop_route_remember(recipe, true, "two-hop-forward", 1000);
    EXPECT_EQ("two-hop-forward", remembered(true, 1000));
    EXPECT_EQ("two-hop-forward", remembered(true, 1000 + PVHOP_ROUTE_MEMORY_S));
    EXPECT_EQ("", remembered(true, 1001 + PVHOP_ROUTE_MEMORY_S));
    EXPECT_EQ("", remembered(true, 999)); // the clock was set back
    EXPECT_EQ("", remembered(false, 1000));
    ASSERT_EQ(0, pvhop_recipe_set(recipe, "host", "another", &err));
    EXPECT_EQ("", remembered(true, 1000));
    ASSERT_EQ(0, pvhop_recipe_set(recipe, "host", "cluster", &err));
    pvhop_route_remember(recipe, true, nullptr, 1000);
    EXPECT_EQ("", remembered(true, 1000));
}

TEST_F(AutoRoute, MemoryTakesNoWordForARouteButThoseThatAreEncrypted)
{
    pvhop_route_remember(recipe, true, "tunnel", 1000);
    std::filesystem::path file;
    for (const auto &each : std::filesystem::directory_iterator(home / "here/pvhop/routes"))
        file = each.path();
    EXPECT_EQ("cluster.node", file.filename());
    EXPECT_EQ(std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
              std::filesystem::status(file).permissions());
    for (const char *text : {"direct 1000\n", "relay 1000\n", "tunnel\n", "", "tunnel x\n",
                             "../../etc/passwd 1000\n", "tunnel 99999999999999999999999\n"}) {
        std::ofstream(file) << text;
        EXPECT_EQ("", remembered(true, 1000)) << text;
    }
}

TEST_F(AutoRoute, MemoryKeepsToItsFolderWhateverAHostIsCalled)
{
    ASSERT_EQ(0, pvhop_recipe_set(recipe, "host", "fe80::1%eth0", &err)) << err.why;
    pvhop_route_remember(recipe, false, "tunnel", 1000);
    EXPECT_EQ("tunnel", remembered(false, 1000));
    EXPECT_TRUE(std::filesystem::exists(home / "here/pvhop/routes/fe80%3A%3A1%25eth0.host"));
}

// Nobody's home, a file where a folder should be: it does without.
TEST_F(AutoRoute, MemoryMayBeMissing)
{
    std::ofstream(home / "here") << "a file";
    pvhop_route_remember(recipe, false, "tunnel", 1000);
    EXPECT_EQ("", remembered(false, 1000));
}

} // namespace
