// SPDX-License-Identifier: BSD-3-Clause
// The routes through a real sshd: what they open, and who gets through.
#include "route_fixture.hpp"
#include <fstream>

namespace
{

TEST_F(Route, TunnelLetsTheGenuineOneIn)
{
    login();
    start("tunnel");
    ASSERT_TRUE(open) << failure.why;
    EXPECT_STREQ("127.0.0.1", call.host);
    pid_t pid = pretender(getuid());
    EXPECT_TRUE(until([&] { return arrived != nullptr; }));
    pvhop_stream_free(arrived);
    arrived = nullptr;
    EXPECT_EQ(0, end_of(pid));
}

// Everything that `ps` shows is known to the other user: port and connect id.
TEST_F(Route, TunnelDropsAnotherUserWithTheRightConnectId)
{
    if (getuid() != 0)
        GTEST_SKIP() << "needs root: a process of another user has to be made";
    login();
    start("tunnel");
    ASSERT_TRUE(open) << failure.why;
    pid_t pid = pretender(65534);
    EXPECT_EQ(0, end_of(pid)); // it could connect, and was cut off
    EXPECT_TRUE(until([&] { return logged("another user (uid 65534)"); }));
    EXPECT_EQ(nullptr, arrived);
    pid = pretender(getuid()); // and the wait goes on
    EXPECT_TRUE(until([&] { return arrived != nullptr; }));
    pvhop_stream_free(arrived);
    arrived = nullptr;
    EXPECT_EQ(0, end_of(pid));
}

TEST_F(Route, TunnelHoldsOutAgainstManyStrays)
{
    login();
    start("tunnel");
    ASSERT_TRUE(open) << failure.why;
    std::vector<int> strays;
    for (int i = 0; i < 150; i++)
        strays.push_back(dial());
    pid_t pid = pretender(getuid());
    EXPECT_TRUE(until([&] { return arrived != nullptr; }));
    pvhop_stream_free(arrived);
    arrived = nullptr;
    EXPECT_EQ(0, end_of(pid));
    for (int fd : strays)
        close(fd);
}

TEST_F(Route, TunnelSaysThatForwardingIsForbidden)
{
    PrivateSshd::Options options;
    options.config = {"AllowTcpForwarding no"};
    login(options);
    start("tunnel");
    EXPECT_FALSE(open);
    EXPECT_EQ(PVHOP_E_FORWARD_REFUSED, failure.code) << failure.why;
}

TEST_F(Route, TunnelSaysThatThePortIsOpenToTheNetwork)
{
    PrivateSshd::Options options;
    options.config = {"GatewayPorts yes"};
    login(options);
    start("tunnel");
    ASSERT_TRUE(open) << failure.why;
    EXPECT_TRUE(logged("GatewayPorts yes"));
}

TEST_F(Route, TunnelIsGoneAfterClosing)
{
    login();
    start("tunnel");
    ASSERT_TRUE(open) << failure.why;
    kind->close(route);
    route = nullptr;
    EXPECT_TRUE(until([&] { return pvhop_listening_uid(&call) == -1; })); // asked from the kernel
}

TEST_F(Route, DirectOpensThePortWhereTheHostSeesUs)
{
    login();
    start("direct");
    ASSERT_TRUE(open) << failure.why;
    EXPECT_STREQ("127.0.0.1", call.host);
    pid_t pid = pretender(getuid());
    EXPECT_TRUE(until([&] { return arrived != nullptr; }));
    pvhop_stream_free(arrived);
    arrived = nullptr;
    EXPECT_EQ(0, end_of(pid));
}

TEST_F(Route, DirectTakesTheNameThatTheUserGives)
{
    ASSERT_EQ(0, pvhop_recipe_set(recipe, "client-host", "my.workstation.example", &err));
    login();
    start("direct");
    ASSERT_TRUE(open) << failure.why;
    EXPECT_STREQ("my.workstation.example", call.host);
    call = {};
}

// ---- with the helper on the front end

TEST_F(RelayRoute, RelayTunnelUploadsTheHelperOnceAndIsGoneAfterClosing)
{
    login_with_folders();
    start("relay-tunnel");
    ASSERT_TRUE(open) << failure.why;
    EXPECT_TRUE(logged("was put on"));
    EXPECT_EQ(1u, helpers("cache"));
    serves_and_again_without_an_upload();
}

TEST_F(RelayRoute, RelayLeadsToOurOwnPort)
{
    login_with_folders();
    start("relay");
    ASSERT_TRUE(open) << failure.why;
    let_the_genuine_one_in();
    close_route();
}

// To the tunnel behind it, whoever comes through the relay is of our uid.
TEST_F(RelayRoute, RelayTunnelRefusesAnotherUserWithTheRightConnectId)
{
    if (getuid() != 0)
        GTEST_SKIP() << "needs root: a process of another user has to be made";
    login_with_folders();
    start("relay-tunnel");
    ASSERT_TRUE(open) << failure.why;
    pid_t pid = pretender(65534);
    int status = end_of(pid); // cut off, maybe while it still spoke
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 2) << status;
    EXPECT_TRUE(until([&] { return logged("does not belong to this user"); }));
    EXPECT_EQ(nullptr, arrived);
    let_the_genuine_one_in();
}

TEST_F(RelayRoute, TheHelperGoesToTheFirstFolderThatTakesIt)
{
    std::ofstream(home / "cache") << "a file where a folder should be";
    login_with_folders();
    start("relay-tunnel");
    ASSERT_TRUE(open) << failure.why;
    EXPECT_EQ(1u, helpers("run"));
}

// A host that says to be of another architecture gets what was built for that, once.
TEST_F(RelayRoute, TheHelperIsTheOneForTheHostsArchitecture)
{
    const std::string arch = "pretend" + std::to_string(getpid());
    const std::filesystem::path built =
        std::filesystem::read_symlink("/proc/self/exe").replace_filename("pvhop-relay-" + arch);
    login_with_folders(said_machine(arch));
    start("relay-tunnel");
    EXPECT_FALSE(open);
    EXPECT_NE(nullptr, strstr(failure.why, "another architecture")) << failure.why;
    EXPECT_EQ(0u, helpers("cache"));
    std::filesystem::copy_file(PVHOP_RELAY, built);
    for (int turn = 0; turn < 2; turn++) {
        close_route();
        pvhop_listener_free(listener);
        logs.clear();
        failure = {};
        start("relay-tunnel");
        EXPECT_TRUE(open) << failure.why;
        EXPECT_EQ(turn == 0, logged(arch)) << "uploaded the first time only";
        EXPECT_EQ(1u, helpers("cache"));
        open = false;
    }
    std::filesystem::remove(built);
}

TEST_F(AskedRoute, TheUserIsAskedBeforeTheFirstUploadToAHost)
{
    login_and_ask("yes");
    start("relay-tunnel");
    ASSERT_TRUE(open) << failure.why;
    ASSERT_EQ(1u, person->questions.size());
    EXPECT_NE(std::string::npos, person->questions[0].find("\"kind\":\"helper\""));
    EXPECT_EQ(1u, helpers("cache")) << all_logs();
    close_route();
    pvhop_listener_free(listener);
    std::filesystem::remove_all(home / "cache"); // as after a new version of pvhop
    open = false;
    start("relay-tunnel");
    ASSERT_TRUE(open) << failure.why;
    EXPECT_EQ(1u, helpers("cache")) << all_logs();
    EXPECT_EQ(1u, person->questions.size()) << "asked again";
    close_route();
}

TEST_F(AskedRoute, NothingIsUploadedIfTheUserSaysNoAndThatIsAskedOnce)
{
    login_and_ask("no");
    for (int turn = 0; turn < 2; turn++) {
        failure = {};
        start("relay-tunnel");
        EXPECT_FALSE(open);
        EXPECT_EQ(PVHOP_E_HELPER, failure.code) << failure.why;
        EXPECT_NE(nullptr, strstr(failure.remedy, "--helper=upload")) << failure.remedy;
        EXPECT_EQ(0u, helpers("cache"));
        EXPECT_EQ(1u, person->questions.size());
        kind->close(route);
        route = nullptr;
        pvhop_listener_free(listener);
        listener = nullptr;
    }
}

TEST_F(AskedRoute, NothingIsUploadedIfNobodyCanBeAsked)
{
    login_and_ask(nullptr);
    start("relay-tunnel");
    EXPECT_FALSE(open);
    EXPECT_EQ(PVHOP_E_HELPER, failure.code) << failure.why;
    EXPECT_NE(nullptr, strstr(failure.remedy, "--helper=upload")) << failure.remedy;
    EXPECT_NE(nullptr, strstr(failure.why, "nobody could be asked")) << failure.why;
    EXPECT_EQ(0u, helpers("cache"));
}

TEST_F(RelayRoute, AHelperThatIsNamedIsNotUploaded)
{
    ASSERT_EQ(0, pvhop_recipe_set(recipe, "helper", PVHOP_RELAY, &err));
    login_with_folders();
    start("relay-tunnel");
    ASSERT_TRUE(open) << failure.why;
    EXPECT_EQ(0u, helpers("cache"));
    let_the_genuine_one_in();
}

TEST_F(RelayRoute, AHelperThatIsNamedButIsNoneIsAnError)
{
    ASSERT_EQ(0, pvhop_recipe_set(recipe, "helper", "/bin/true", &err));
    login_with_folders();
    start("relay-tunnel");
    EXPECT_FALSE(open);
    EXPECT_EQ(PVHOP_E_HELPER, failure.code) << failure.why;
}

TEST_F(RelayRoute, NeverMeansThatNothingIsUploaded)
{
    ASSERT_EQ(0, pvhop_recipe_set(recipe, "helper", "never", &err));
    login_with_folders();
    start("relay-tunnel");
    EXPECT_FALSE(open);
    EXPECT_EQ(PVHOP_E_HELPER, failure.code) << failure.why;
    EXPECT_EQ(0u, helpers("cache"));
}

// Also through login files that print before the first byte.
TEST_F(RelayRoute, StdioReachesAPvserverThatListensWhereNothingMayBeForwarded)
{
    PrivateSshd::Options options;
    options.config = {"AllowTcpForwarding no", "MaxSessions 1",
                      "SetEnv XDG_CACHE_HOME=" + (home / "cache").string(),
                      "ForceCommand echo Welcome; printf 'no newline'; "
                      "exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\""};
    remember_at_home();
    login(options);
    start("stdio");
    ASSERT_TRUE(open) << failure.why;
    EXPECT_EQ(1u, helpers("cache"));
    reach_the_genuine_one(2);
}

TEST_F(RelayRoute, StdioTellsWhyNoPlaceLeadsToPvserver)
{
    pvhop_job_where where{};
    remember_at_home();
    login_with_folders();
    start("stdio");
    ASSERT_TRUE(open) << failure.why;
    where.count = 1;
    snprintf(where.at[0].host, sizeof(where.at[0].host), "127.0.0.1");
    where.at[0].port = 1;
    kind->reach(route, &where);
    EXPECT_TRUE(until([&] { return failure.code != 0; }));
    EXPECT_EQ(PVHOP_E_RENDEZVOUS, failure.code);
    EXPECT_NE(nullptr, strstr(failure.why, "refused")) << failure.why;
}

} // namespace
