// SPDX-License-Identifier: BSD-3-Clause
// Whatever happens to a program that writes a file of entries: the old one is there, or the new
// one.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <sstream>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace
{
std::string entry(const std::string &name)
{
    std::string text = "<Servers>\n  <Server name=\"" + name +
                       "\" resource=\"cs://fe:1\">\n    <ManualStartup/>\n    <Hints>\n";
    for (int i = 0; i < 2000; i++) // some 60 KiB, so that writing takes a while
        text += "      <Note number=\"" + std::to_string(i) + "\"/>\n";
    return text + "    </Hints>\n  </Server>\n</Servers>\n";
}

std::string read(const std::string &path)
{
    std::ifstream in(path);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
}

class PvscKill : public testing::Test
{
  protected:
    std::string folder = testing::TempDir() + "pvhop-kill-XXXXXX", file;
    const std::string one = entry("a"), other = entry("b");

    void SetUp() override
    {
        ASSERT_NE(nullptr, mkdtemp(&folder[0]));
        file = folder + "/servers.pvsc";
        std::ofstream(file) << one;
    }
    void TearDown() override
    {
        std::filesystem::remove_all(folder);
    }
    pid_t start(const char *from, const char *to, rlim_t bytes = RLIM_INFINITY)
    {
        pid_t pid = fork();
        if (pid == 0) {
            const rlimit limit = {bytes, bytes};
            signal(SIGXFSZ, SIG_IGN); // a full disk is an error, too, and no signal
            setrlimit(RLIMIT_FSIZE, &limit);
            close(2);
            execl(PVHOP_PROGRAM, "pvhop", "pvsc", "rename", file.c_str(), from, to, nullptr);
            _exit(126);
        }
        return pid;
    }
};
} // namespace

TEST_F(PvscKill, AtAnyMoment)
{
    std::mt19937 rng(1000);
    auto began = std::chrono::steady_clock::now();
    int status = 0, renamed = 0, killed = 0;
    waitpid(start("a", "b"), &status, 0);
    ASSERT_EQ(0, status);
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
                           std::chrono::steady_clock::now() - began)
                           .count();
#if defined(__SANITIZE_ADDRESS__) // five times as slow, and the same files
    const int rounds = 100;
#else
    const int rounds = 1000;
#endif
    for (int round = 0; round < rounds; round++) {
        const std::string before = read(file);
        ASSERT_TRUE(before == one || before == other) << "in round " << round;
        pid_t pid = start(before == one ? "a" : "b", before == one ? "b" : "a");
        usleep(static_cast<useconds_t>(rng() % static_cast<unsigned>(whole + whole / 4)));
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        killed += WIFSIGNALED(status);
        renamed += read(file) != before;
    }
    std::cout << killed << " killed, " << renamed << " of " << rounds << " had changed the file\n";
    EXPECT_GT(killed, 0);
    // What was left of them does not pile up: the file, the one before, one that was being written,
    // one name of the old one.
    size_t left = 0;
    for (auto &f : std::filesystem::directory_iterator(folder))
        left += f.exists();
    EXPECT_LE(left, 4u);
}

TEST_F(PvscKill, OnAFullDisk)
{
    for (rlim_t bytes : {0, 1, 4096, 40000}) {
        int status = 0;
        waitpid(start("a", "b", bytes), &status, 0);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 73) << bytes << ": " << status;
        EXPECT_EQ(one, read(file));
    }
}
