// SPDX-License-Identifier: BSD-3-Clause
// Linked to a test of the relay: PVHOP_RELAY is then the one for aarch64, run by qemu.
#include <gtest/gtest.h>
#include <unistd.h>

namespace
{
// At the start of each test: what an Environment skips, ctest takes for passed.
class Aarch64 : public testing::EmptyTestEventListener
{
    void OnTestStart(const testing::TestInfo &) override
    {
        if (access(PVHOP_AARCH64_RELAY, X_OK) != 0)
            GTEST_SKIP() << "NO RELAY FOR AARCH64: gcc-aarch64-linux-gnu and libc6-dev-arm64-cross "
                            "are missing, or came after the build was configured";
        if (access(PVHOP_QEMU, X_OK) != 0)
            GTEST_SKIP() << "NO AARCH64 TO RUN IT: qemu-user-static is missing, or came after the "
                            "build was configured";
    }
};

[[maybe_unused]] const bool listens = [] {
    testing::UnitTest::GetInstance()->listeners().Append(new Aarch64);
    return true;
}();
} // namespace
