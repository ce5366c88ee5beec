// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pvhop/endpoint.h>
#include <string>

namespace
{
struct Case {
    const char *text;
    int default_port;
    const char *host; // nullptr: refused
    int port;
};

std::string print(const pvhop_endpoint &ep)
{
    char buf[PVHOP_ENDPOINT_TEXT];
    return pvhop_endpoint_print(&ep, buf);
}

pvhop_endpoint parse(const std::string &text)
{
    pvhop_endpoint ep = {};
    pvhop_error err = {};
    EXPECT_EQ(0, pvhop_endpoint_parse(text.c_str(), 1, &ep, &err)) << err.why;
    return ep;
}
} // namespace

TEST(Endpoint, Parse)
{
    const Case cases[] = {
        {"localhost:11111", -1, "localhost", 11111},
        {"client_host:11111", -1, "client_host", 11111},
        {"10.0.0.1:0", -1, "10.0.0.1", 0},
        {"[::1]:22", -1, "::1", 22},
        {"[fe80::1%eth0]:22", -1, "fe80::1%eth0", 22},
        {":11111", -1, "", 11111},
        {"fe.example.org", 22, "fe.example.org", 22},
        {"fe.example.org.", 22, "fe.example.org.", 22},
        {"[2001:db8::1]", 22, "2001:db8::1", 22},
        {"host:65535", 22, "host", 65535},
        {"host", -1, nullptr, 0},
        {"[::1]", -1, nullptr, 0},
        {"", 22, nullptr, 0},
        {":", 22, nullptr, 0},
        {"host:", 22, nullptr, 0},
        {"host:65536", -1, nullptr, 0},
        {"host:99999999999999999999", -1, nullptr, 0},
        {"host:-1", -1, nullptr, 0},
        {"host: 1", -1, nullptr, 0},
        {"host:1 ", -1, nullptr, 0},
        {"::1", 22, nullptr, 0},
        {"::1:22", -1, nullptr, 0},
        {"[::1", 22, nullptr, 0},
        {"[::1]22", 22, nullptr, 0},
        {"[]:22", 22, nullptr, 0},
        {"[10.0.0.1]:22", 22, nullptr, 0},
        {"[::g]:22", 22, nullptr, 0},
        {"[::1%]:22", 22, nullptr, 0},
        {"[::1%a;b]:22", 22, nullptr, 0},
        {"-oProxyCommand=x", 22, nullptr, 0},
        {"a b:1", -1, nullptr, 0},
        {"a$b:1", -1, nullptr, 0},
        {"a..b:1", -1, nullptr, 0},
        {".a:1", -1, nullptr, 0},
        {"10.0.0.300:1", -1, nullptr, 0},
        {"127.1:1", -1, nullptr, 0},
        {"h\xc3\xb6st:1", -1, nullptr, 0},
        {"user@host:1", -1, nullptr, 0},
    };
    for (const Case &c : cases) {
        pvhop_endpoint ep = {};
        pvhop_error err = {};
        int rc = pvhop_endpoint_parse(c.text, c.default_port, &ep, &err);
        if (!c.host) {
            EXPECT_EQ(-1, rc) << c.text;
            EXPECT_EQ(PVHOP_E_VALUE, err.code) << c.text;
            EXPECT_NE(std::string::npos, std::string(err.why).find(c.text)) << err.why;
            continue;
        }
        ASSERT_EQ(0, rc) << c.text << ": " << err.why;
        EXPECT_STREQ(c.host, ep.host) << c.text;
        EXPECT_EQ(c.port, ep.port) << c.text;
    }
}

TEST(Endpoint, LongNames)
{
    pvhop_endpoint ep;
    std::string label(63, 'a');
    std::string name = label + "." + label + "." + label + "." + label; // 255 characters
    EXPECT_EQ(0, pvhop_endpoint_parse((name + ":1").c_str(), -1, &ep, nullptr));
    EXPECT_EQ(-1, pvhop_endpoint_parse((name + "a:1").c_str(), -1, &ep, nullptr));
    EXPECT_EQ(-1, pvhop_endpoint_parse((std::string(64, 'a') + ":1").c_str(), -1, &ep, nullptr));
    EXPECT_EQ(
        -1, pvhop_endpoint_parse(("[" + std::string(5000, ':') + "]:1").c_str(), -1, &ep, nullptr));
    EXPECT_FALSE(pvhop_host_valid(""));
}

TEST(Endpoint, PrintIsWhatParseTakes)
{
    for (const char *text : {"a:1", "[::1]:2", "10.1.2.3:65535", ":4", "[fe80::1%lo]:5"})
        EXPECT_EQ(text, print(parse(text)));
}

TEST(Endpoint, FamilyAndLoopback)
{
    auto family = [](const char *t) {
        pvhop_endpoint e = parse(t);
        return pvhop_endpoint_family(&e);
    };
    auto loopback = [](const char *t) {
        pvhop_endpoint e = parse(t);
        return pvhop_endpoint_is_loopback(&e);
    };
    EXPECT_EQ(AF_INET, family("1.2.3.4"));
    EXPECT_EQ(AF_INET6, family("[::]"));
    EXPECT_EQ(AF_UNSPEC, family("node1"));
    EXPECT_EQ(AF_UNSPEC, family(":1"));
    for (const char *yes : {"127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "LocalHost"})
        EXPECT_TRUE(loopback(yes)) << yes;
    for (const char *no :
         {"128.0.0.1", "[::2]", "[::ffff:10.0.0.1]", "localhost.example.org", ":1", "0.0.0.0"})
        EXPECT_FALSE(loopback(no)) << no;
}

TEST(Endpoint, Addresses)
{
    for (const char *text : {"127.0.0.1:80", "[::1]:81", "[fe80::1%lo]:5"}) {
        pvhop_endpoint ep = parse(text), back;
        sockaddr_storage sa;
        socklen_t len;
        pvhop_error err = {};
        ASSERT_EQ(0, pvhop_endpoint_to_sockaddr(&ep, AF_UNSPEC, &sa, &len, &err)) << err.why;
        ASSERT_EQ(0, pvhop_endpoint_from_sockaddr((sockaddr *)&sa, len, &back));
        EXPECT_EQ(text, print(back));
    }
    sockaddr_storage sa;
    socklen_t len;
    pvhop_endpoint any = parse(":7"), name = parse("node:7"), four = parse("1.2.3.4:7");
    ASSERT_EQ(0, pvhop_endpoint_to_sockaddr(&any, AF_INET6, &sa, &len, nullptr));
    EXPECT_EQ(AF_INET6, sa.ss_family);
    EXPECT_EQ(htons(7), ((sockaddr_in6 *)&sa)->sin6_port);
    EXPECT_EQ(-1, pvhop_endpoint_to_sockaddr(&name, AF_UNSPEC, &sa, &len, nullptr));
    EXPECT_EQ(-1, pvhop_endpoint_to_sockaddr(&four, AF_INET6, &sa, &len, nullptr));
    pvhop_endpoint scoped = parse("[fe80::1%nosuchif]:5");
    EXPECT_EQ(-1, pvhop_endpoint_to_sockaddr(&scoped, AF_UNSPEC, &sa, &len, nullptr));
}

TEST(Endpoint, MappedAddressesBecomePlain)
{
    pvhop_endpoint mapped = parse("[::ffff:10.1.2.3]:9"), back;
    sockaddr_storage sa;
    socklen_t len;
    ASSERT_EQ(0, pvhop_endpoint_to_sockaddr(&mapped, AF_INET6, &sa, &len, nullptr));
    ASSERT_EQ(0, pvhop_endpoint_from_sockaddr((sockaddr *)&sa, len, &back));
    EXPECT_EQ("10.1.2.3:9", print(back));
    sa.ss_family = AF_UNIX;
    EXPECT_EQ(-1, pvhop_endpoint_from_sockaddr((sockaddr *)&sa, len, &back));
}
