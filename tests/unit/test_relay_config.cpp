// SPDX-License-Identifier: BSD-3-Clause
#include "sshd.h"
#include <gtest/gtest.h>
#include <pvhop/relay.h>
#include <string>
#include <vector>

namespace
{
struct RelayConfig : ::testing::Test {
    pvhop_relay_config config = {};
    pvhop_error err = {};
    ~RelayConfig() override
    {
        pvhop_relay_config_free(&config);
    }
    int parse(const std::string &text)
    {
        std::vector<char> exact(text.begin(), text.end()); // no NUL behind it, as from a file
        return pvhop_relay_parse(&config, exact.data(), exact.size(), "fwd.cfg", &err);
    }
    void good(const std::string &text)
    {
        ASSERT_EQ(0, parse(text)) << text << "\n" << err.why;
    }
    std::string to(size_t map, size_t rule, size_t i)
    {
        char buf[PVHOP_ENDPOINT_TEXT];
        return pvhop_endpoint_print(&config.maps[map].rules[rule].to[i], buf);
    }
};
} // namespace

TEST_F(RelayConfig, TheWikisFile)
{
    good("/* fwd.cfg forwards localhost:11111 to client_host:11111 */ tcp { 11111 { => "
         "client_host:11111 } }");
    ASSERT_EQ(1u, config.map_count);
    ASSERT_EQ(1u, config.maps[0].port_count);
    EXPECT_EQ(11111, config.maps[0].ports[0]);
    ASSERT_EQ(1u, config.maps[0].rule_count);
    EXPECT_EQ("client_host:11111", to(0, 0, 0));
    EXPECT_STREQ("", config.maps[0].rules[0].from[0].host);
    EXPECT_FALSE(config.maps[0].fragile);
}

TEST_F(RelayConfig, TheWikisFileWithItsCommentMarksLost)
{
    EXPECT_EQ(-1, parse("\n  forwards localhost:11111 to client_host:11111\r\n"
                        "  tcp { 11111 { => client_host:11111 } }\n"));
    EXPECT_EQ(PVHOP_E_RELAY_CONFIG, err.code);
    EXPECT_EQ(0u, std::string(err.why).find("fwd.cfg:2:3: 'forwards' is not a statement"))
        << err.why;
    EXPECT_NE(nullptr, strstr(err.remedy, "/*   forwards localhost:11111 to client_host:11111 */"))
        << err.remedy;
    EXPECT_EQ(0u, config.map_count);
}

TEST_F(RelayConfig, EveryStatement)
{
    good("listen-on 127.0.0.1 source-address 10.0.0.2\n"
         "tcp {\n"
         "  1000,1001 , 1002 { 10.0.0.0/8:+5000, node1 => a:1, b:2, a:1; :80 => c:3;\n"
         "                     host:1024+ => d:4; 10.1.2.3:5+6 => e:5; => f:6 };\n"
         "  2000 { => g:7 }\n"
         "}\n"
         "bind-address [::1]\n"
         "fragile tcp { 3000 { [fd00::]/8 => [::1]:8; } ; }\n");
    ASSERT_EQ(3u, config.map_count);
    const pvhop_relay_map &m = config.maps[0];
    EXPECT_STREQ("127.0.0.1", m.listen_on);
    EXPECT_STREQ("10.0.0.2", m.source);
    ASSERT_EQ(3u, m.port_count);
    EXPECT_EQ(1002, m.ports[2]);
    ASSERT_EQ(5u, m.rule_count);
    ASSERT_EQ(2u, m.rules[0].froms);
    EXPECT_STREQ("10.0.0.0", m.rules[0].from[0].host);
    EXPECT_EQ(8, m.rules[0].from[0].bits);
    EXPECT_EQ(0, m.rules[0].from[0].low);
    EXPECT_EQ(5000, m.rules[0].from[0].high);
    EXPECT_STREQ("node1", m.rules[0].from[1].host);
    EXPECT_EQ(-1, m.rules[0].from[1].bits);
    ASSERT_EQ(3u, m.rules[0].tos);
    EXPECT_EQ("b:2", to(0, 0, 1));
    EXPECT_EQ("a:1", to(0, 0, 2));
    EXPECT_STREQ("", m.rules[1].from[0].host);
    EXPECT_EQ(80, m.rules[1].from[0].low);
    EXPECT_EQ(80, m.rules[1].from[0].high);
    EXPECT_EQ(1024, m.rules[2].from[0].low);
    EXPECT_EQ(65535, m.rules[2].from[0].high);
    EXPECT_EQ(5, m.rules[3].from[0].low);
    EXPECT_EQ(6, m.rules[3].from[0].high);
    EXPECT_EQ("g:7", to(1, 0, 0));
    EXPECT_STREQ("::1", config.maps[2].listen_on);
    EXPECT_TRUE(config.maps[2].fragile);
    EXPECT_EQ("[::1]:8", to(2, 0, 0));
}

TEST_F(RelayConfig, CommentsNestAndServicesHaveNames)
{
    good("/* a /* b */ * / tcp { */ tcp { ssh { => h:/**/ssh } }");
    EXPECT_EQ(22, config.maps[0].ports[0]);
    EXPECT_EQ("h:22", to(0, 0, 0));
}

TEST_F(RelayConfig, BrokenFilesAreNamedByLineAndColumn)
{
    const struct {
        const char *text, *place, *words;
    } cases[] = {
        {"", "1:1", "forwards nothing"},
        {"/* only this */\n", "2:1", "forwards nothing"},
        {"/* no end\n /* */", "1:1", "no end"},
        {"tcp", "1:4", "'{' expected, but the file ends"},
        {"tcp {", "1:6", "a port expected"},
        {"tcp { }", "1:7", "a port expected, not '}'"},
        {"tcp { 1 }", "1:9", "'{' expected"},
        {"tcp { 1 { } }", "1:11", "'=>' expected"},
        {"tcp { 1 { => } }", "1:14", "a host expected"},
        {"tcp { 1 { => h } }", "1:16", "':' expected"},
        {"tcp { 1 { => h: } }", "1:17", "a port expected"},
        {"tcp { 1 { => h:0 } }", "1:16", "below 1"},
        {"tcp { 1 { => h:65536 } }", "1:16", "65536"},
        {"tcp { 1 { => h:nosuchservice } }", "1:16", "nosuchservice"},
        {"tcp { 1 { => h:1 }", "1:19", "'}' expected"},
        {"tcp { 1 { => h:1 } } }", "1:22", "statement"},
        {"tcp { 1 { => h:1 } 2 { => h:2 } }", "1:20", "'}' expected, not '2'"},
        {"tcp {\n 70000 { => h:1 } }", "2:2", "70000"},
        {"tcp { 1 { 10.0.0.0/33 => h:1 } }", "1:20", "bits"},
        {"tcp { 1 { 10.0.0.0/ => h:1 } }", "1:21", "bits"},
        {"tcp { 1 { a:6+5 => h:1 } }", "1:15", "below 6"},
        {"tcp { 1 { a..b => h:1 } }", "1:11", "a..b"},
        {"tcp { 1 { => 10.0.0.300:1 } }", "1:14", "10.0.0.300"},
        {"tcp { 1 { = h:1 } }", "1:11", "'=' means nothing"},
        {"tcp { 1 { => h:1 } } # x", "1:22", "'#' means nothing"},
        {"\xef\xbb\xbftcp", "1:1", "0xef"},
        {"udp { 1 { => h:1 } }", "1:1", "'udp' is not supported"},
        {"fragile udp { 1 { => h:1 } }", "1:9", "'udp' is not supported"},
        {"fragile listen-on x", "1:9", "'tcp' expected"},
        {"user nobody", "1:1", "'user' is not supported"},
        {"tcp { 1 { => h:1 } }\n\tgroup nobody", "2:2", "'group' is not supported"},
        {"tcp { 21 ftp-active-mode-on x { => h:21 } }", "1:10",
         "'ftp-active-mode-on' is not supported"},
        {"tcp { 21 ftp-passive-mode-on x { => h:21 } }", "1:10", "'ftp-passive-mode-on' is not"},
        {"tcp { 1 { => [/bin/director] } }", "1:14", "external director, which is not supported"},
        {"tcp { 1 { => [/bin/director } }", "1:14", "no ']'"},
        {"transparent", "1:1", "'transparent' is not a statement"},
        {"listen-on tcp:1", "1:14", "statement"},
    };
    for (const auto &c : cases) {
        EXPECT_EQ(-1, parse(c.text)) << c.text;
        EXPECT_EQ(PVHOP_E_RELAY_CONFIG, err.code) << c.text;
        EXPECT_EQ(0u, std::string(err.why).find(std::string("fwd.cfg:") + c.place + ": "))
            << c.text << "\n"
            << err.why;
        EXPECT_NE(nullptr, strstr(err.why, c.words)) << c.text << "\n" << err.why;
        EXPECT_NE('\0', err.remedy[0]);
    }
}

TEST_F(RelayConfig, NoiseIsRefusedAndNothingElse)
{
    unsigned seed = 7;
    const std::string alphabet("tcp{}=>:;,/+ 12h\n[]*\0\xff", 22);
    for (int i = 0; i < 20000; i++) {
        std::string text = i % 2 ? "tcp { 1 { => h:1 } }" : "";
        for (int k = 0; k < 24; k++) {
            seed = seed * 1664525u + 1013904223u;
            size_t at = text.empty() ? 0 : (seed >> 8) % text.size();
            text.insert(at, 1, alphabet[(seed >> 16) % alphabet.size()]);
        }
        if (parse(text)) {
            ASSERT_NE('\0', err.why[0]);
        }
        pvhop_relay_config_free(&config);
    }
    EXPECT_EQ(-1, parse(std::string(100000, 'a')));
    EXPECT_EQ(-1, parse(std::string(100000, '[')));
    std::string ports = "tcp { 1";
    for (int i = 0; i < 2000; i++)
        ports += ",1";
    EXPECT_EQ(-1, parse(ports + " { => h:1 } }"));
    EXPECT_NE(nullptr, strstr(err.why, "1024 ports")) << err.why;
}

TEST_F(RelayConfig, FromAFile)
{
    const pvhop_test::TempDir folder;
    const std::string path = folder / "fwd.cfg", none = folder / "none";
    ASSERT_TRUE(pvhop_test::write_file(path, "tcp { 1 { => h:2 } }"));
    EXPECT_EQ(0, pvhop_relay_read(&config, path.c_str(), &err)) << err.why;
    EXPECT_EQ(1u, config.map_count);
    EXPECT_EQ(-1, pvhop_relay_read(&config, none.c_str(), &err));
    EXPECT_EQ(PVHOP_E_CONFIG, err.code);
    EXPECT_EQ(-1, pvhop_relay_read(&config, folder.path().c_str(), &err));
}

TEST_F(RelayConfig, MapsOfArguments)
{
    const struct {
        const char *text, *listen_on;
        int port;
        const char *to;
    } good_ones[] = {
        {"11111:client_host:11111", "0.0.0.1", 11111, "client_host:11111"},
        {"0:10.0.0.1:22", "0.0.0.1", 0, "10.0.0.1:22"},
        {"11111:[2001:db8::1]:22", "0.0.0.1", 11111, "[2001:db8::1]:22"},
        {"127.0.0.1:11111:h:22", "127.0.0.1", 11111, "h:22"},
        {"localhost:0:h:22", "localhost", 0, "h:22"},
        {"[::1]:0:[::1]:22", "::1", 0, "[::1]:22"},
    };
    size_t n = 0;
    for (const auto &c : good_ones) {
        ASSERT_EQ(0, pvhop_relay_add_map(&config, c.text, "0.0.0.1", &err)) << c.text << err.why;
        EXPECT_STREQ(c.listen_on, config.maps[n].listen_on) << c.text;
        EXPECT_EQ(c.port, config.maps[n].ports[0]) << c.text;
        EXPECT_EQ(c.to, to(n, 0, 0)) << c.text;
        EXPECT_EQ(0u, config.maps[n++].rules[0].froms);
    }
    for (const char *bad : {"", "1", "1:2", "1:h", "1:h:", "1:h:0", "1:h:x", "x:h:1", "65536:h:1",
                            ":h:1", "1::1", "1:h:1:2", "[::1:0:h:1", "[::1]0:h:1", "[h]:0:h:1",
                            "a b:1:h:1", "1:a b:1", "99999999999999999999:h:1", "::1:1:h:1"}) {
        EXPECT_EQ(-1, pvhop_relay_add_map(&config, bad, nullptr, &err)) << bad;
        EXPECT_EQ(PVHOP_E_VALUE, err.code) << bad;
    }
    EXPECT_EQ(n, config.map_count);
}

TEST_F(RelayConfig, Allow)
{
    for (const char *text :
         {"10.0.0.0/8", "10.1.2.3", "node1", "fd00::/8", "[fd00::]/8", "0.0.0.0/0"})
        EXPECT_EQ(0, pvhop_relay_add_allow(&config, text, &err)) << err.why;
    ASSERT_EQ(6u, config.allow_count);
    EXPECT_EQ(8, config.allow[0].bits);
    EXPECT_EQ(-1, config.allow[1].bits);
    EXPECT_STREQ("fd00::", config.allow[4].host);
    for (const char *text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8",
                             "fd00::/129", "a b", "10.0.0.0/0000008"}) {
        EXPECT_EQ(-1, pvhop_relay_add_allow(&config, text, &err)) << text;
        EXPECT_EQ(PVHOP_E_VALUE, err.code);
    }
}

TEST(RelayNames, LiteralsAndLocalhost)
{
    pvhop_addresses found;
    EXPECT_TRUE(pvhop_resolve_literal("localhost", &found));
    EXPECT_EQ(2u, found.count);
    EXPECT_TRUE(pvhop_resolve_literal("::1", &found));
    EXPECT_EQ(AF_INET6, found.at[0].ss_family);
    EXPECT_FALSE(pvhop_resolve_literal("node1", &found));
}

TEST(RelayNames, UnknownNameAsksForAnAddress)
{
    struct Got {
        int calls = 0;
        pvhop_error err = {};
    } got;
    auto done = [](void *user, const pvhop_addresses *, const pvhop_error *e) {
        static_cast<Got *>(user)->calls++;
        static_cast<Got *>(user)->err = *e;
    };
    EXPECT_EQ(nullptr, pvhop_resolver_files.start(nullptr, "no-such-host.invalid", done, &got));
    EXPECT_EQ(1, got.calls);
    EXPECT_EQ(PVHOP_E_RESOLVE, got.err.code);
    EXPECT_NE(nullptr, strstr(got.err.remedy, "getent")) << got.err.remedy;
}
