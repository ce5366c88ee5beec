// SPDX-License-Identifier: BSD-3-Clause
// `pvhop probe` against a real sshd in its variants, which are the truth.
#include "program.h"
#include "sshd.h"
#include <chrono>
#include <gtest/gtest.h>
#include <memory>

using pvhop_test::Ended;
using pvhop_test::PrivateSshd;
using pvhop_test::Program;

namespace
{

// The result of a run, "" where a member is null or absent.
class Result
{
  public:
    explicit Result(const Ended &ended)
    {
        for (const std::string &line : ended.events) {
            json_t *event = json_loads(line.c_str(), 0, nullptr);
            json_t *result = json_object_get(event, "result");
            if (result)
                m_json.reset(json_incref(result), json_decref);
            json_decref(event);
        }
    }
    explicit operator bool() const
    {
        return m_json != nullptr;
    }
    const json_t *get(const char *key) const
    {
        return json_object_get(m_json.get(), key);
    }
    std::string text(const char *key) const
    {
        const char *s = json_string_value(get(key));
        return s ? s : "";
    }
    std::string may(const char *key) const
    {
        const char *s = json_string_value(json_object_get(get("forwarding"), key));
        return s ? s : "";
    }
    std::string check(const char *name, const char *key = "state") const
    {
        size_t i;
        json_t *each;
        json_array_foreach(
            get("checks"), i,
            each) if (std::string(name) ==
                      json_string_value(json_object_get(
                          each, "check"))) return json_string_value(json_object_get(each, key));
        return "";
    }
    std::string possible() const
    {
        std::string all;
        size_t i;
        json_t *each;
        json_array_foreach(get("routes"), i,
                           each) if (json_is_true(json_object_get(each, "possible"))) all +=
            std::string(all.empty() ? "" : " ") + json_string_value(json_object_get(each, "route"));
        return all;
    }

  private:
    std::shared_ptr<json_t> m_json;
};

Ended probe(const PrivateSshd &sshd, std::vector<std::string> more = {},
            const Program::React &react = nullptr)
{
    Program::Options o;
    o.react = react;
    o.seconds = 90;
    std::vector<std::string> words = {"probe", sshd.host(), "--ssh-config", sshd.config()};
    words.insert(words.end(), more.begin(), more.end());
    return Program::run(PVHOP_PROGRAM, words, o);
}

struct Variant {
    const char *name;
    std::vector<std::string> config;
    const char *reverse, *local, *sessions; /* what is to be found */
    const char *best;
};

std::ostream &operator<<(std::ostream &out, const Variant &v)
{
    return out << v.name;
}

class ProbeVariant : public testing::TestWithParam<Variant>
{
};

} // namespace

TEST_P(ProbeVariant, IsToldAsItIs)
{
    const Variant &v = GetParam();
    PrivateSshd::Options o;
    o.config = v.config;
    PrivateSshd sshd(o);
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    Ended ended = probe(sshd);
    Result r(ended);
    ASSERT_TRUE(r) << ended.why << ended.err;
    EXPECT_EQ(0, ended.exit_code);
    EXPECT_EQ(v.reverse, r.may("reverse_loopback"));
    EXPECT_EQ(v.local, r.may("local"));
    EXPECT_EQ(v.sessions, r.may("max_sessions"));
    EXPECT_EQ("yes", r.may("helper")) << r.check("helper", "text");
    EXPECT_EQ(v.best, r.text("recommended"));
    EXPECT_EQ(std::string(v.reverse) == "no" || std::string(v.local) == "no" ||
                  std::string(v.sessions) == "no",
              r.text("request") != "")
        << r.text("request");
    for (const char *check : {"reach", "hostkey", "login", "site", "leftovers"})
        EXPECT_EQ("ok", r.check(check)) << check << ": " << r.check(check, "text");
    EXPECT_EQ(r.text("recommended").empty()                                    ? "bad"
              : std::string(v.reverse) == "no" || std::string(v.local) == "no" ? "note"
                                                                               : "ok",
              r.check("forwarding"))
        << r.check("forwarding", "remedy");
    EXPECT_EQ("publickey", std::string(json_string_value(json_object_get(r.get("ssh"), "used"))));
    EXPECT_NE(
        std::string::npos,
        std::string(json_string_value(json_object_get(r.get("ssh"), "server"))).find("SSH-2.0"));
    EXPECT_EQ("", pvhop_test::read_file(sshd.home() + "/.cache")); // nothing is left there
}

INSTANTIATE_TEST_SUITE_P(
    Sshd, ProbeVariant,
    testing::Values(
        Variant{"plain", {}, "yes", "yes", "yes", "tunnel"},
        Variant{"no_forwarding", {"AllowTcpForwarding no"}, "no", "no", "yes", "stdio"},
        Variant{
            "permit_listen", {"PermitListen 127.0.0.1:9"}, "no", "yes", "yes", "two-hop-forward"},
        Variant{"one_session", {"MaxSessions 1"}, "yes", "yes", "no", "tunnel"},
        Variant{"disabled", {"DisableForwarding yes", "MaxSessions 1"}, "no", "no", "no", "stdio"}),
    [](const testing::TestParamInfo<Variant> &info) { return info.param.name; });

TEST(Probe, WhatTheChosenRouteNeedsIsBadIfItIsMissing)
{
    PrivateSshd::Options o;
    o.config = {"AllowTcpForwarding no"};
    PrivateSshd sshd(o);
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    Result r(probe(sshd, {"--route", "tunnel"}));
    ASSERT_TRUE(r);
    EXPECT_EQ("bad", r.check("forwarding"));
    EXPECT_NE(std::string::npos, r.check("forwarding", "remedy").find("chosen route"));
}

TEST(Probe, GatewayPortsAreSeen)
{
    PrivateSshd::Options o;
    o.config = {"GatewayPorts clientspecified"};
    PrivateSshd sshd(o);
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    Result r(probe(sshd));
    ASSERT_TRUE(r);
    if (json_array_size(r.get("inside")) == 0)
        GTEST_SKIP() << "this machine has no address but loopback";
    EXPECT_EQ("yes", r.may("reverse_inside"));
    EXPECT_EQ("yes", r.may("reverse_bound"));
}

// One login: what was tested on is connected on. The route that the test was judged by is not the
// connection's, which has none of its own here.
TEST(Probe, TheTestsLoginServesTheConnection)
{
    PrivateSshd sshd;
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    bool ready = false;
    const std::vector<std::string> words = {"--then-connect", "--route", "two-hop-reverse"};
    Ended ended = probe(sshd, words, [&](const json_t *e) -> std::string {
        std::string event = Program::text(e, "event");
        if (event == "result")
            return "{\"v\":1,\"connect\":[\"--client\",\"connects\","
                   "\"--client-port\",\"0\",\"--scheduler\",\"none\",\"--pvserver\","
                   "\"" PVHOP_PRETENDER "\"]}\n";
        ready = ready || event == "ready";
        return event == "ready" ? "{\"cancel\":true}\n" : "";
    });
    EXPECT_TRUE(ready) << ended.why;
    EXPECT_EQ("PVH1004", ended.code) << ended.why;
    const std::string log = sshd.log();
    size_t logins = 0;
    for (size_t at = 0; (at = log.find("Accepted publickey", at)) != std::string::npos; at++)
        logins++;
    EXPECT_EQ(1u, logins);
}

TEST(Probe, AfterTheTestTheEndOfTheAnswersIsAGoodEnd)
{
    PrivateSshd sshd;
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    Ended ended = probe(sshd, {"--then-connect"}, [](const json_t *e) -> std::string {
        return Program::text(e, "event") == "result" ? Program::END : "";
    });
    EXPECT_EQ(0, ended.exit_code) << ended.why;
    EXPECT_EQ(0, ended.errors) << ended.why;
}

TEST(Probe, WhatToConnectWithIsChecked)
{
    PrivateSshd sshd;
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    Ended ended = probe(sshd, {"--then-connect"}, [](const json_t *e) -> std::string {
        return Program::text(e, "event") == "result"
                   ? "{\"v\":1,\"connect\":[\"elsewhere\",\"--route\",\"tunnel\"]}\n"
                   : "";
    });
    EXPECT_EQ("PVH1001", ended.code) << ended.why;
    EXPECT_NE(std::string::npos, ended.why.find("elsewhere")) << ended.why;
}

TEST(Probe, AHostThatLetsNobodyInIsTold)
{
    PrivateSshd::Options o;
    o.authorize = false;
    PrivateSshd sshd(o);
    ASSERT_TRUE(sshd.ok()) << sshd.problem();
    Ended ended = probe(sshd);
    Result r(ended);
    ASSERT_TRUE(r) << ended.why;
    EXPECT_EQ(77, ended.exit_code);
    EXPECT_EQ("ok", r.check("reach"));
    EXPECT_EQ("ok", r.check("hostkey"));
    EXPECT_EQ("bad", r.check("login"));
    EXPECT_EQ("skipped", r.check("forwarding"));
    EXPECT_EQ("", r.text("recommended"));
}
