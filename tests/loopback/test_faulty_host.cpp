// SPDX-License-Identifier: BSD-3-Clause
// A real sshd that hangs, says a byte a second, or talks nonsense from a point on that moves
// through the whole session, from its first line over the key exchange and the login to the answers
// of its shell: each ends in time, with a documented code and a sentence that says where.
#include "faulty_host.hpp"
#include "program.h"
#include "sshd.h"
#include <chrono>
#include <cstdio>
#include <gtest/gtest.h>
#include <memory>
#include <pvhop/control.h>
#include <set>
#include <sys/stat.h>

using pvhop_test::Ended;
using pvhop_test::FaultyHost;
using pvhop_test::Ill;
using pvhop_test::PrivateSshd;
using pvhop_test::Program;
using pvhop_test::write_file;

namespace
{

using Words = std::vector<std::string>;

PrivateSshd::Options for_many()
{
    PrivateSshd::Options o;
    o.config = {"MaxStartups 200"};
    return o;
}

struct Session {
    int units;
    bool half;
    std::unique_ptr<FaultyHost> host;
    Ended ended;
    double seconds = 0;
    std::thread thread;
};

std::ostream &operator<<(std::ostream &out, const Session &s)
{
    return out << "ill after unit " << s.units << (s.half ? " and a half" : "") << ": exit "
               << s.ended.exit_code << " after " << s.seconds << " s, " << s.ended.code << " "
               << s.ended.why << s.ended.err;
}

class FaultySshd : public testing::Test
{
  protected:
    PrivateSshd sshd{for_many()};
    std::string config, pvserver = sshd.path("pvserver");
    std::vector<std::unique_ptr<Session>> sessions;

    void SetUp() override
    {
        ASSERT_TRUE(sshd.ok()) << sshd.problem();
        const std::string key = sshd.known_hosts_line(), any = sshd.path("any_port");
        write_file(any, "*" + key.substr(key.find(' ')) + "\n");
        config = sshd.config_with(
            {std::string("Ciphers ") + FaultyHost::cipher, "UserKnownHostsFile " + any});
        write_file(pvserver, "#!/bin/sh\nPRETEND=\nexport PRETEND\nexec python3 " PVHOP_PRETENDER
                             " \"$@\"\n");
        chmod(pvserver.c_str(), 0755);
    }
    void TearDown() override
    {
        join();
    }
    Words probe() const
    {
        return {"probe", sshd.host(), "--ssh-config", config, "--timeout", "10"};
    }
    Words jobs() const
    {
        return {"jobs", sshd.host(), "--ssh-config", config, "--timeout", "20"};
    }
    Words connect() const
    {
        return {"connect",           "--host=" + sshd.host(), "--ssh-config=" + config,
                "--timeout=20",      "--timeout-start=20",    "--route=tunnel",
                "--client=connects", "--client-port=0",       "--pvserver=" + pvserver};
    }
    // They wait side by side. The next one begins when this one's host is ill: no host has to be
    // quick for many at a time.
    void begin(Words words, int units, bool half, Ill how)
    {
        sessions.push_back(std::make_unique<Session>());
        Session *s = sessions.back().get();
        s->units = units;
        s->half = half;
        s->host = std::make_unique<FaultyHost>(sshd.port(), units, half, how);
        words.push_back("--port=" + s->host->port);
        s->thread = std::thread([s, words] {
            Program::Options o;
            o.seconds = 110;
            o.react = [](const json_t *e) {
                return Program::text(e, "event") == "ready" ? "{\"cancel\":true}\n" : "";
            };
            const auto begin = std::chrono::steady_clock::now();
            s->ended = Program::run(PVHOP_PROGRAM, words, o);
            s->seconds =
                std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
            s->host->give_up();
        });
        s->host->wait();
    }
    void join()
    {
        for (const std::unique_ptr<Session> &s : sessions)
            if (s->thread.joinable())
                s->thread.join();
    }
    // All that is so wherever it was: false if its host was not ill before the end.
    static bool is_judged(const Session &s)
    {
#if !defined(__SANITIZE_ADDRESS__)
        EXPECT_LT(s.ended.max_rss_kib, 64 * 1024) << s;
#endif
        EXPECT_LT(s.seconds, 90) << s;                        // of at most 40, on a busy machine
        if (!s.host->is_ill() || s.ended.code == "PVH1004") { // that was its end, by ourselves
            EXPECT_TRUE(s.ended.code.empty() || s.ended.code == "PVH1004") << s;
            return false;
        }
        EXPECT_EQ(1, s.ended.errors) << s;
        EXPECT_NE("", s.ended.why) << s;
        EXPECT_NE("", s.ended.remedy) << s;
        return true;
    }
};

// Where it ended, by what was said.
enum Step { nowhere, key_exchange, login, shell, answers };

Step step_of(const Ended &e)
{
    const auto says = [&e](const char *part) { return e.why.find(part) != std::string::npos; };
    if (e.code == "PVH1404" && says("no shell answered on 127.0.0.1 within"))
        return shell;
    if (e.code != "PVH1103")
        return nowhere;
    return says("key exchange")                                          ? key_exchange
           : says("by what one can log in") || says("answer to the key") ? login
           : says("let us in, but then")                                 ? answers
                                                                         : nowhere;
}

// Who let us in and then fell silent is named, with a time that is no longer than it all took.
void expect_named(const Session &s)
{
    unsigned seconds = 0;
    EXPECT_EQ(1, sscanf(s.ended.why.c_str(),
                        "127.0.0.1 let us in, but then its shell said nothing for %u seconds",
                        &seconds))
        << s;
    EXPECT_GE(seconds, PVHOP_SILENT_MS / 1000u) << s;
    EXPECT_LE(seconds, s.seconds) << s;
    EXPECT_NE(std::string::npos, s.ended.remedy.find("'ssh 127.0.0.1'")) << s;
}

} // namespace

TEST_F(FaultySshd, ThatFallsSilentIsToldByTheStep)
{
    for (int units = 0; units <= 24; units++) {
        begin(probe(), units, false, Ill::hangs);
        if (units % 4 == 2)
            begin(probe(), units, true, Ill::hangs);
        if (units % 5 == 3)
            begin(probe(), units, false, Ill::drips);
    }
    join();
    std::set<Step> seen;
    Step last = key_exchange;
    for (const std::unique_ptr<Session> &s : sessions) {
        if (!is_judged(*s))
            continue;
        const Step step = step_of(s->ended);
        EXPECT_NE(nowhere, step) << *s;
        EXPECT_GE(step, last) << *s;
        EXPECT_EQ(s->units < FaultyHost::to_newkeys, step == key_exchange) << *s;
        if (step == answers)
            expect_named(*s);
        seen.insert(last = step);
    }
    EXPECT_EQ((std::set<Step>{key_exchange, login, shell, answers}), seen);
}

TEST_F(FaultySshd, ThatTalksNonsenseIsToldAtOnce)
{
    for (int units = 0; units <= 24; units++) {
        begin(probe(), units, units % 3 == 0, Ill::raves);
        if (units % 3 == 2)
            begin(connect(), units, units % 2 == 0, Ill::raves);
    }
    join();
    size_t judged = 0;
    for (const std::unique_ptr<Session> &s : sessions) {
        if (!is_judged(*s))
            continue;
        judged++;
        EXPECT_TRUE(s->ended.code == "PVH1201" ||
                    (s->ended.code == "PVH1205" && s->units > FaultyHost::to_newkeys))
            << *s;
        EXPECT_NE(std::string::npos, s->ended.why.find("127.0.0.1")) << *s;
        EXPECT_EQ(std::string::npos, s->ended.why.find("Connection reset")) << *s;
    }
    EXPECT_GE(judged, sessions.size() / 2) << "most were healthy to their end: nothing was tried";
}

TEST_F(FaultySshd, EndsAConnectionInTime)
{
    // A byte a second: in long messages, of which none gets through in time.
    const std::set<int> drips = {2, 10, 24};
    for (const int units : {0, 2, 3, 5, 7, 10, 14, 18, 20, 22, 24, 26, 28, 30})
        begin(connect(), units, units % 4 == 2, drips.count(units) ? Ill::drips : Ill::hangs);
    begin(jobs(), 19, false, Ill::hangs);
    join();
    size_t after_login = 0;
    for (const std::unique_ptr<Session> &s : sessions) {
        if (!is_judged(*s))
            continue;
        const Step step = step_of(s->ended);
        EXPECT_NE(nowhere, step) << *s;
        EXPECT_EQ(s->units < FaultyHost::to_newkeys, step == key_exchange) << *s;
        if (step == answers)
            expect_named(*s);
        after_login += step == answers;
    }
    EXPECT_GE(after_login, 3u) << "hardly any fell ill after the login: little was tried";
}
