// SPDX-License-Identifier: BSD-3-Clause
// `pvhop probe` against hosts that hang at each step, talk nonsense, feed a byte a second or send
// ten megabytes: a verdict in time, and memory stays bounded.
#include "loopback_port.hpp"
#include "program.h"
#include "sshd.h"
#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using pvhop_test::Ended;
using pvhop_test::PrivateSshd;
using pvhop_test::Program;
using pvhop_test::write_file;

namespace
{

// Gives each newcomer to `talk`, which returns when it or the newcomer has had enough.
class Host
{
  public:
    using Talk = std::function<void(int fd, const std::function<bool()> &over)>;
    explicit Host(Talk talk) : m_talk(std::move(talk))
    {
        uint16_t number = 0;
        m_fd = pvhop_test::listen_on_loopback(&number);
        port = std::to_string(number);
        m_thread = std::thread([this] {
            int fd = accept4(m_fd, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0)
                return;
            m_talk(fd, [this, fd] {
                pollfd p[2] = {{m_fd, 0, 0}, {fd, POLLRDHUP, 0}};
                return poll(p, 2, 0) > 0;
            });
            // Until the other side has gone: whether it does is what is tested.
            char buf[4096];
            while (recv(fd, buf, sizeof buf, 0) > 0) {}
            ::close(fd);
        });
    }
    ~Host()
    {
        shutdown(m_fd, SHUT_RDWR);
        m_thread.join();
        ::close(m_fd);
    }
    std::string port;

  private:
    Talk m_talk;
    int m_fd = -1;
    std::thread m_thread;
};

void say(int fd, const std::string &text)
{
    for (size_t at = 0; at < text.size();) {
        ssize_t n = send(fd, text.data() + at, text.size() - at, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        at += static_cast<size_t>(n);
    }
}

struct Verdict {
    Ended ended;
    double seconds;
    std::string bad; // the checks of that state
};

Verdict probe(const std::vector<std::string> &words)
{
    Program::Options o;
    o.seconds = 100;
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::string> all = {"probe"};
    all.insert(all.end(), words.begin(), words.end());
    Verdict v{Program::run(PVHOP_PROGRAM, all, o), 0, ""};
    v.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    for (const std::string &line : v.ended.events) {
        json_t *e = json_loads(line.c_str(), 0, nullptr);
        if (Program::text(e, "event") == "check" && Program::text(e, "state") == "bad")
            v.bad += (v.bad.empty() ? "" : " ") + Program::text(e, "check");
        json_decref(e);
    }
    return v;
}

// The most that a program which we have waited for has used.
void expect_little_memory()
{
#if !defined(__SANITIZE_ADDRESS__)
    rusage used = {};
    getrusage(RUSAGE_CHILDREN, &used);
    EXPECT_LT(used.ru_maxrss, 64 * 1024) << "KiB";
#endif
}

struct Case {
    const char *name;
    Host::Talk talk;
};
std::ostream &operator<<(std::ostream &out, const Case &c)
{
    return out << c.name;
}
class HostileHost : public testing::TestWithParam<Case>
{
};

} // namespace

TEST_P(HostileHost, IsJudgedInTime)
{
    Host host(GetParam().talk);
    Verdict v =
        probe({"127.0.0.1", "--port", host.port, "--timeout", "2", "--ssh-config", "/dev/null"});
    EXPECT_EQ("reach", v.bad);
    EXPECT_EQ(1, v.ended.errors);
    EXPECT_TRUE(v.ended.code == "PVH1103" || v.ended.code == "PVH1201") << v.ended.code;
    EXPECT_NE("", v.ended.why);
    EXPECT_LT(v.seconds, 20) << v.ended.why; // of 2 s, on a busy machine
    expect_little_memory();
}

INSTANTIATE_TEST_SUITE_P(
    BeforeTheLogin, HostileHost,
    testing::Values(Case{"silent", [](int, const std::function<bool()> &) {}},
                    Case{"hangs_after_its_name",
                         [](int fd, const std::function<bool()> &) {
                             say(fd, "SSH-2.0-OpenSSH_9.2p1\r\n");
                         }},
                    Case{"talks_nonsense",
                         [](int fd, const std::function<bool()> &) {
                             say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n\001\002\003\377");
                         }},
                    Case{"talks_nonsense_after_its_name",
                         [](int fd, const std::function<bool()> &) {
                             say(fd, "SSH-2.0-OpenSSH_9.2p1\r\n" + std::string(20000, '\377'));
                         }},
                    Case{"feeds_a_byte_at_a_time",
                         [](int fd, const std::function<bool()> &over) {
                             for (char c = 'a'; !over();
                                  c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
                                 say(fd, std::string(1, c));
                                 usleep(200000); // it is its pace, not a wait for anything
                             }
                         }},
                    Case{"sends_a_line_without_end",
                         [](int fd, const std::function<bool()> &over) {
                             for (int i = 0; i < 160 && !over(); i++)
                                 say(fd, std::string(65536, 'x'));
                         }},
                    Case{"sends_ten_megabytes_of_lines",
                         [](int fd, const std::function<bool()> &over) {
                             std::string lines;
                             while (lines.size() < 65536)
                                 lines += "welcome to this host\r\n";
                             for (int i = 0; i < 160 && !over(); i++)
                                 say(fd, lines);
                         }}),
    [](const testing::TestParamInfo<Case> &info) { return std::string(info.param.name); });

// A login whose shell says ten megabytes of nonsense, then hangs.
TEST(HostileShell, NonsenseAndSilenceIsNoShell)
{
    PrivateSshd::Options o;
    o.config = {"ForceCommand head -c 10485760 /dev/zero | tr '\\0' '?'; exec sleep 600"};
    PrivateSshd sshd(o);
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    Verdict v = probe({sshd.host(), "--ssh-config", sshd.config()});
    EXPECT_EQ("login", v.bad) << v.ended.why;
    EXPECT_EQ("PVH1404", v.ended.code) << v.ended.why;
    EXPECT_EQ(0u, v.ended.why.find("no shell answered on 127.0.0.1 within 15 seconds; it said: ?"))
        << v.ended.why;
    EXPECT_LT(v.seconds, 60);
    expect_little_memory();
}

TEST(HostileShell, OneThatEndsAtOnceIsNamedWithItsLastWords)
{
    PrivateSshd::Options o;
    o.config = {"ForceCommand echo 'Files only.'; exit 1"};
    PrivateSshd sshd(o);
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    Verdict v = probe({sshd.host(), "--ssh-config", sshd.config()});
    EXPECT_EQ("PVH1404", v.ended.code) << v.ended.why;
    EXPECT_EQ("127.0.0.1 ended the command '/bin/sh' at once; it said: Files only.", v.ended.why);
}

// Commands that are asked there hang, or say ten megabytes: the rest is told all the same.
TEST(HostileCommands, TheRestIsToldAllTheSame)
{
    PrivateSshd::Options o;
    pvhop_test::TempDir fakes;
    o.config = {"SetEnv PATH=" + fakes.path() + ":/usr/bin:/bin"};
    PrivateSshd sshd(o);
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    for (const char *name : {"spack", "pvserver"}) {
        write_file(fakes / name, "#!/bin/sh\nexec sleep 600\n", 0755);
        chmod((fakes / name).c_str(), 0755);
    }
    write_file(fakes / "hostname",
               "#!/bin/sh\nhead -c 10485760 /dev/zero | tr '\\0' 'x'; echo; yes nonsense | head -c "
               "999999\n",
               0755);
    chmod((fakes / "hostname").c_str(), 0755);
    Verdict v = probe({sshd.host(), "--ssh-config", sshd.config()});
    EXPECT_EQ(0, v.ended.errors) << v.ended.why;
    EXPECT_EQ(0, v.ended.exit_code);
    EXPECT_NE(std::string::npos, v.ended.events.back().find("\"end\""));
    std::string result;
    for (const std::string &line : v.ended.events)
        if (line.find("\"event\":\"result\"") != std::string::npos)
            result = line;
    EXPECT_NE(std::string::npos, result.find("\"recommended\":\"tunnel\"")) << result;
    EXPECT_LT(v.seconds, 90);
    expect_little_memory();
}
