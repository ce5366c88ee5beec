// SPDX-License-Identifier: BSD-3-Clause
// Whatever happens to a program that writes a file of entries: the old one is there, or the new
// one.
#include "sshd.h"
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <iostream>
#include <map>
#include <random>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

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

/// Path below the folder, and what is in it.
using Tree = std::map<std::string, std::string>;

/// A command that writes, in a folder of its own, and what it writes.
struct Writer {
    const char *name;
    std::vector<std::string> words; /* "@" stands for the folder */
    std::vector<std::string> writes;
    bool may_be_new; /* there was no such file before */
};

const Writer writers[] = {
    {"rename", {"pvsc", "rename", "@/servers.pvsc", "a", "c"}, {"servers.pvsc"}, false},
    {"remove", {"pvsc", "remove", "@/servers.pvsc", "a"}, {"servers.pvsc"}, false},
    {"merge", {"pvsc", "merge", "@/servers.pvsc", "@/other.pvsc"}, {"servers.pvsc"}, false},
    {"check", {"pvsc", "check", "--fix", "@/old.pvsc"}, {"old.pvsc"}, false},
    {"new",
     {"pvsc", "new", "fe", "--name=n", "--output=@/servers.pvsc", "--append"},
     {"servers.pvsc"},
     false},
    {"convert",
     {"pvsc", "convert", "@/ssh.pvsc", "--output", "@/servers.pvsc"},
     {"servers.pvsc"},
     false},
    {"add", {"pvsc", "add", "@/other.pvsc"}, {"ParaView/servers.pvsc"}, true},
    {"install", {"pvsc", "install", "@/other.pvsc"}, {"ParaView/servers.pvsc"}, true},
    {"bundle",
     {"pvsc", "bundle", "@/site.xml", "@/bundle"},
     {"bundle/servers.pvsc", "bundle/site.xml", "bundle/README.txt"},
     true},
};

class PvscKill : public testing::Test
{
  protected:
    pvhop_test::TempDir folder;
    Tree before;

    void SetUp() override
    {
        before = {
            {"servers.pvsc", entry("a")},
            {"other.pvsc", entry("b")},
            {"old.pvsc", "<Servers><Server name=\"o\" resource=\"cs://fe:1\"><CommandStartup>"
                         "<Command exec=\"x\" timeout=\"1\"/></CommandStartup></Server></Servers>"},
            {"ssh.pvsc", "<Servers><Server name=\"s\" resource=\"csrc://fe:1\"><CommandStartup>"
                         "<Command exec=\"ssh\"><Arguments><Argument value=\"fe\"/><Argument "
                         "value=\"pvserver\"/></Arguments></Command></CommandStartup></Server>"
                         "</Servers>"},
            {"site.xml", "<site format=\"1\" name=\"S\" version=\"1\" contact=\"a@b\">"
                         "<machine name=\"M\"><front-end host=\"fe.s\"/>"
                         "<entry name=\"E\"/></machine></site>"},
        };
        for (auto &file : before)
            write(file.first, file.second);
    }
    void write(const std::string &name, const std::string &text)
    {
        ASSERT_TRUE(pvhop_test::write_file(folder / name, text));
    }
    /// As it was, but for what others left behind under names of their own.
    void restore(const Writer &w)
    {
        for (auto &name : w.writes)
            std::filesystem::remove(folder / name);
        for (auto &file : before)
            write(file.first, file.second);
    }
    std::string was(const std::string &name) const
    {
        auto file = before.find(name);
        return file == before.end() ? "" : file->second;
    }
    std::string at(const std::string &name)
    {
        return pvhop_test::read_file(folder / name);
    }
    pid_t start(const Writer &w, rlim_t bytes = RLIM_INFINITY)
    {
        std::vector<std::string> words;
        for (std::string word : w.words) {
            for (size_t n; (n = word.find('@')) != std::string::npos;)
                word.replace(n, 1, folder.path());
            words.push_back(word);
        }
        std::vector<char *> argv = {const_cast<char *>("pvhop")};
        for (auto &word : words)
            argv.push_back(&word[0]);
        argv.push_back(nullptr);
        const pid_t pid = fork();
        if (pid == 0) {
            const rlimit limit = {bytes, bytes};
            signal(SIGXFSZ, SIG_IGN); // a full disk is an error, too, and no signal
            setrlimit(RLIMIT_FSIZE, &limit);
            setenv("XDG_CONFIG_HOME", folder.path().c_str(), 1);
            close(1);
            close(2);
            execv(PVHOP_PROGRAM, argv.data());
            _exit(126);
        }
        EXPECT_GT(pid, 0) << strerror(errno);
        return pid;
    }
    int finish(const Writer &w, rlim_t bytes = RLIM_INFINITY)
    {
        int status = -1;
        waitpid(start(w, bytes), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    /// What an undisturbed run makes of it.
    Tree after(const Writer &w)
    {
        Tree made;
        restore(w);
        EXPECT_EQ(0, finish(w)) << w.name;
        for (auto &name : w.writes) {
            made[name] = at(name);
            EXPECT_NE(was(name), made[name]) << w.name << " did not write " << name;
        }
        restore(w);
        return made;
    }
    size_t files()
    {
        size_t n = 0;
        for (auto &f : std::filesystem::recursive_directory_iterator(folder.path()))
            n += f.is_regular_file();
        return n;
    }
};
} // namespace

TEST_F(PvscKill, AtAnyMomentOfAnyCommand)
{
#if defined(__SANITIZE_ADDRESS__) // five times as slow, and the same files
    const int rounds = 12;
#else
    const int rounds = 112; // a thousand in all
#endif
    std::mt19937 rng(1000);
    int killed = 0, full = 0;
    for (const Writer &w : writers) {
        const Tree made = after(w);
        auto began = std::chrono::steady_clock::now();
        EXPECT_EQ(0, finish(w)) << w.name;
        const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
                               std::chrono::steady_clock::now() - began)
                               .count();
        const size_t at_first = files();
        size_t largest = 0;
        for (auto &file : made)
            largest = std::max(largest, file.second.size());
        for (int round = 0; round < rounds; round++) {
            int status = 0;
            restore(w);
            // Every other one on a disk that is full before the largest file is whole.
            pid_t pid = start(w, round % 2 ? rng() % largest : RLIM_INFINITY);
            ASSERT_GT(pid, 0); // else all there is would be killed
            usleep(static_cast<useconds_t>(rng() % static_cast<unsigned>(whole + whole / 4)));
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            killed += WIFSIGNALED(status);
            full += WIFEXITED(status) && WEXITSTATUS(status) == 73;
            for (auto &file : made) {
                const std::string now = at(file.first);
                const bool absent = w.may_be_new && !std::filesystem::exists(folder / file.first);
                ASSERT_TRUE(absent || now == file.second ||
                            (before.count(file.first) && now == was(file.first)))
                    << w.name << ", round " << round << ", " << file.first << ": " << now;
            }
        }
        // What was left of them does not pile up: of each file one that was being written, and one
        // name of the old one.
        EXPECT_LE(files(), at_first + 2 * w.writes.size()) << w.name;
    }
    std::cout << killed << " killed, " << full << " out of space\n";
    EXPECT_GT(killed, 0);
}

TEST_F(PvscKill, OnAFullDisk)
{
    for (const Writer &w : writers) {
        const Tree made = after(w);
        for (rlim_t bytes : {0, 1, 8}) {
            EXPECT_EQ(73, finish(w, bytes)) << w.name << ": " << bytes;
            for (auto &file : made) {
                EXPECT_TRUE(was(file.first) == at(file.first)) << w.name << " " << bytes;
                EXPECT_EQ(before.count(file.first) > 0,
                          std::filesystem::exists(folder / file.first))
                    << w.name << " " << bytes;
            }
        }
    }
    restore(writers[0]);
    EXPECT_EQ(73, finish(writers[0], 40000)); // in the middle of it
    EXPECT_EQ(was("servers.pvsc"), at("servers.pvsc"));
}
