// SPDX-License-Identifier: BSD-3-Clause
// What the shells' completion offers, asked of the shells themselves where they are there.
#include "sshd.h"
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

using pvhop_test::run;
using pvhop_test::TempDir;

namespace
{

const char *const lines[][2] = {
    {"pvhop conn", "connect"},
    {"pvhop pvsc chec", "check"},
    {"pvhop connect fe --rout", "--route"},
    {"pvhop connect fe --route std", "stdio"},
    {"pvhop probe fe --then", "--then-connect"},
    {"pvhop pvsc check --stri", "--strict"},
};

std::string completion(const char *shell)
{
    std::string out;
    EXPECT_EQ(0, run({PVHOP_PROGRAM, "help", "--completion", shell}, &out)) << out;
    return out;
}

} // namespace

TEST(Completion, BashOffersVerbsOptionsAndChoices)
{
    TempDir dir;
    ASSERT_TRUE(pvhop_test::write_file(dir / "pvhop", completion("bash")));
    for (const auto &line : lines) {
        std::string out;
        run({"/bin/bash", "-c",
             ". \"$1\"; COMP_WORDS=($2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _pvhop; "
             "echo \"${COMPREPLY[*]}\"",
             "_", dir / "pvhop", line[0]},
            &out);
        EXPECT_EQ(std::string(line[1]) + "\n", out) << line[0];
    }
    std::string out;
    run({"/bin/bash", "-c",
         ". \"$1\"; COMP_WORDS=(pvhop connect --route = std); COMP_CWORD=4; _pvhop; "
         "echo \"${COMPREPLY[*]}\"",
         "_", dir / "pvhop"},
        &out);
    EXPECT_EQ("stdio\n", out); // --route=std, as bash takes it apart
}

TEST(Completion, FishOffersVerbsOptionsAndChoices)
{
    const std::string fish = "/usr/bin/fish";
    TempDir dir;
    const std::string text = completion("fish");
    ASSERT_TRUE(pvhop_test::write_file(dir / "pvhop.fish", text));
    if (access(fish.c_str(), X_OK) != 0)
        GTEST_SKIP() << "there is no fish here";
    for (const auto &line : lines) {
        std::string out;
        run({fish, "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", "--",
             dir / "pvhop.fish", line[0]},
            &out, {"HOME=" + dir.path()});
        EXPECT_EQ(0u, out.find(line[1])) << line[0] << ": " << out;
    }
}

TEST(Completion, ZshKnowsTheSame)
{
    const std::string text = completion("zsh");
    EXPECT_EQ(0u, text.find("#compdef pvhop\n"));
    EXPECT_NE(std::string::npos, text.find("--then-connect["));
    EXPECT_NE(std::string::npos, text.find("'--route=[")) << text;
    EXPECT_NE(std::string::npos, text.find("two-hop-forward"));
    if (access("/usr/bin/zsh", X_OK) == 0) {
        TempDir dir;
        std::string out;
        ASSERT_TRUE(pvhop_test::write_file(dir / "_pvhop", text));
        EXPECT_EQ(0, run({"/usr/bin/zsh", "-n", dir / "_pvhop"}, &out)) << out;
    }
}

TEST(Completion, OtherShellsAreRefused)
{
    std::string out;
    EXPECT_EQ(64, run({PVHOP_PROGRAM, "help", "--completion", "cmd.exe"}, &out));
    EXPECT_NE(std::string::npos, out.find("cmd.exe")) << out;
}
