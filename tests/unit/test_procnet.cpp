// SPDX-License-Identifier: BSD-3-Clause
#include "loopback_port.hpp"
#include "procnet.h"
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

TEST(ProcNet, ParsesBothFamilies)
{
    pvhop_tcp_row row;
    ASSERT_TRUE(pvhop_tcp_row_parse("   3: 0100007F:2B67 00000000:0000 0A 00000000:00000000 "
                                    "00:00000000 00000000  1000        0 12345 1 0 100 0 0 10 0",
                                    &row));
    EXPECT_STREQ("127.0.0.1", row.local.host);
    EXPECT_EQ(11111, row.local.port);
    EXPECT_EQ((unsigned)PVHOP_TCP_LISTEN, row.state);
    EXPECT_EQ(1000, row.uid);
    ASSERT_TRUE(pvhop_tcp_row_parse("0: 00000000000000000000000001000000:0016 "
                                    "0000000000000000FFFF00000A4D010A:C001 01 0:0 00:0 0 42 0 1",
                                    &row));
    EXPECT_STREQ("::1", row.local.host);
    EXPECT_EQ(22, row.local.port);
    EXPECT_STREQ("10.1.77.10", row.remote.host);
    EXPECT_EQ((unsigned)PVHOP_TCP_ESTABLISHED, row.state);
    EXPECT_EQ(42, row.uid);
}

TEST(ProcNet, RefusesEverythingElse)
{
    pvhop_tcp_row row;
    for (const char *line :
         {"", "  sl  local_address rem_address   st tx_queue", "0: 0100007F 0:0 0A",
          "0: 01:1 01:1 0A a b c 0", "0: 0100007F:2B67 00000000:0000 0A 0 0 0 root",
          "Permission denied", "0: 0100007F:2B67 00000000:0000 0A 0 0 0 1",
          "0: XXXXXXXX:2B67 00000000:0000 0A 0:0 0:0 0 1 0 1",
          // one of each that a reader of numbers may take for one
          "0: 0x00007F:2B67 00000000:0000 0A 0:0 0:0 0 1 0 1",
          "0: 0100007F:12B67 00000000:0000 0A 0:0 0:0 0 1 0 1",
          "0: 0100007F:2B67 00000000:0000 -1 0:0 0:0 0 1 0 1",
          "0: 0100007F:2B67 00000000:0000 0A 0:0 0:0 0 +1 0 1",
          "0: 0100007F:2B67 00000000:0000 0A 0:0 0:0 0 4294967296 0 1",
          "0: 0100007F:2B67 00000000:0000 0A 0:0 0:0 0 1 0 99999999999999999999",
          "0: 0100007F:2B67 00000000:0000 0A 0:0 0:0 0 1 0",
          "0 0100007F:2B67 00000000:0000 0A 0:0 0:0 0 1 0 1"})
        EXPECT_FALSE(pvhop_tcp_row_parse(line, &row)) << line;
}

// The kernel's own table is the oracle: a listener made here is in it, with our uid.
TEST(ProcNet, FindsOurOwnListener)
{
    uint16_t port = 0;
    const int fd = pvhop_test::listen_on_loopback(&port);
    ASSERT_GE(fd, 0) << strerror(errno);

    std::string text;
    FILE *f = fopen("/proc/net/tcp", "r");
    ASSERT_NE(nullptr, f);
    char bytes[4096];
    for (size_t n; (n = fread(bytes, 1, sizeof(bytes), f)) > 0;)
        text.append(bytes, n);
    fclose(f);
    struct Wanted {
        uint16_t port;
        long uid = -1;
    } wanted{port};
    pvhop_tcp_rows(
        text.c_str(),
        [](void *user, const pvhop_tcp_row *row) {
            auto *w = static_cast<Wanted *>(user);
            if (row->local.port != w->port || row->state != PVHOP_TCP_LISTEN)
                return true;
            EXPECT_STREQ("127.0.0.1", row->local.host);
            w->uid = row->uid;
            return false;
        },
        &wanted);
    EXPECT_EQ((long)getuid(), wanted.uid);
    close(fd);
}
