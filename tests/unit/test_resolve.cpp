// SPDX-License-Identifier: BSD-3-Clause
#include "loop_fixture.hpp"
#include <dirent.h>
#include <pvhop/resolve.h>
#include <stdlib.h>
#include <string>

namespace
{
struct Resolve : LoopTest {
    int calls = 0;
    pvhop_addresses found = {};
    pvhop_error got = {};
    size_t threads = count_threads();
    static size_t count_threads()
    {
        size_t n = 0;
        DIR *dir = opendir("/proc/self/task");
        while (dir && readdir(dir))
            n++;
        closedir(dir);
        return n;
    }
    void SetUp() override
    {
        LoopTest::SetUp();
        setenv("RES_OPTIONS", "timeout:1 attempts:1",
               1); // where there is no network, it is known soon
    }
    // Those that were cancelled end by themselves; a process that ends before leaks what the C
    // library held for them.
    void TearDown() override
    {
        auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (count_threads() > threads && std::chrono::steady_clock::now() < end)
            pvhop_loop_turn(loop, 5, &err);
    }
    static void on_done(void *user, const pvhop_addresses *found, const pvhop_error *err)
    {
        Resolve *self = static_cast<Resolve *>(user);
        self->calls++;
        self->found = *found;
        self->got = *err;
    }
};
} // namespace

TEST_F(Resolve, LiteralsAreKnownAtOnce)
{
    EXPECT_EQ(nullptr, pvhop_resolver_system.start(loop, "127.0.0.1", on_done, this));
    EXPECT_EQ(1, calls);
    EXPECT_EQ(PVHOP_OK, got.code);
    EXPECT_EQ(1u, found.count);
}

TEST_F(Resolve, ThisHostsNameIsLookedUpOnAThread)
{
    char name[256] = "";
    ASSERT_EQ(0, gethostname(name, sizeof(name) - 1));
    pvhop_resolver_system.start(loop, name, on_done, this);
    ASSERT_TRUE(until([&] { return calls == 1; }));
    EXPECT_TRUE(got.code == PVHOP_OK ? found.count > 0 : got.code == PVHOP_E_RESOLVE) << got.why;
}

TEST_F(Resolve, UnknownNameIsNamed)
{
    void *lookup = pvhop_resolver_system.start(loop, "no-such-host.invalid", on_done, this);
    EXPECT_NE(nullptr, lookup);
    EXPECT_EQ(0, calls);
    ASSERT_TRUE(until([&] { return calls == 1; }));
    EXPECT_EQ(PVHOP_E_RESOLVE, got.code);
    EXPECT_NE(nullptr, strstr(got.why, "no-such-host.invalid")) << got.why;
}

TEST_F(Resolve, CancelledLookupIsNeverHeardOf)
{
    for (int i = 0; i < 20; i++) {
        void *lookup = pvhop_resolver_system.start(loop, "no-such-host.invalid", on_done, this);
        ASSERT_NE(nullptr, lookup);
        if (i % 2)
            pvhop_loop_turn(loop, 0, &err);
        if (calls == 0)
            pvhop_resolver_system.cancel(lookup);
        ASSERT_EQ(0, pvhop_loop_turn(loop, 0, &err));
        calls = 0;
    }
}
