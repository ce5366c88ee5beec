// SPDX-License-Identifier: BSD-3-Clause
// The real pvhop-relay and peers that say almost nothing, or nothing any more: none of them holds
// up another, and each ends.
#include "paraview_peer.hpp"
#include "relay_process.hpp"
#include <linux/filter.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>

namespace
{
// What ends a hang. The relay's own limits, of 10 s each, are what ends the tests.
const int kLimitMs = 90000;

/// From now on all that comes to this socket is dropped without a word, as by a machine that lost
/// its power: no byte is acknowledged, and no reset is sent.
void vanish(int fd)
{
    sock_filter drop = {BPF_RET | BPF_K, 0, 0, 0};
    sock_fprog program = {1, &drop};
    ASSERT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)))
        << strerror(errno);
}

/// 0 at end of stream, -errno if it broke, 1 if a byte came, -ETIMEDOUT after kLimitMs.
int end_of(int fd)
{
    return readable(fd, kLimitMs) ? read_end(fd) : -ETIMEDOUT;
}

/// Somebody who says what he has to say a byte at a time.
struct Slow {
    Fd fd;
    std::string text;
    size_t said = 0;
    bool sent_away = false;
    void next()
    {
        char answer[256];
        ssize_t n = 1;
        if (said < text.size())
            n = send(fd, &text[said++], 1, MSG_NOSIGNAL);
        while (n > 0)
            n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
        sent_away = sent_away || n == 0 || errno != EAGAIN;
    }
};

bool passes(uint16_t port, int server, const std::string &text)
{
    Fd a = dial(port), b = take(server);
    say(a, text);
    return read_n(b, text.size()) == text;
}

/// What the kernel's table says of a connection of ours from one port to another: the kind of its
/// next timer and in how many hundredths of a second that is due (proc(5), "tr:tm->when").
bool next_timer(uint16_t from, uint16_t to, unsigned *kind, unsigned long *due)
{
    std::ifstream table("/proc/net/tcp");
    std::string line;
    while (std::getline(table, line)) {
        unsigned here, there, state;
        if (sscanf(line.c_str(), "%*u: %*8x:%x %*8x:%x %x %*x:%*x %x:%lx", &here, &there, &state,
                   kind, due) == 5 &&
            here == from && there == to)
            return true;
    }
    return false;
}

uint16_t far_port(int fd)
{
    sockaddr_in sa = {};
    socklen_t len = sizeof(sa);
    getpeername(fd, (sockaddr *)&sa, &len);
    return ntohs(sa.sin_port);
}

/// Into a network of our own, where the kernel gives a silent peer up after seconds, and not after
/// a quarter of an hour. False where that is not allowed.
bool impatient_network()
{
    ifreq lo = {};
    strcpy(lo.ifr_name, "lo");
    if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
        return false;
    Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    lo.ifr_flags = IFF_UP;
    std::ofstream retries("/proc/sys/net/ipv4/tcp_retries2");
    return ioctl(any, SIOCSIFFLAGS, &lo) == 0 && (retries << "3" << std::flush);
}
} // namespace

TEST(RelayGone, WhoSaysAByteASecondPassesAndCostsNobodyAnything)
{
    Fd server = listening();
    Relay relay({map_to(server)});
    Fd a = dial(relay.ports[0]), b = take(server);
    for (char c : std::string("slow")) {
        say(a, std::string(1, c));
        EXPECT_EQ(std::string(1, c), read_n(b, 1)); // at once, and not with the next
        EXPECT_TRUE(passes(relay.ports[0], server, "meanwhile"));
        poll(nullptr, 0, 1000); // the pause that makes it slow
    }
}

TEST(RelayGone, WhoProvesHimselfAByteASecondIsSentAwayAndHoldsUpNobody)
{
    Fd client = listening();
    ConfigFile token("00112233445566778899aabbccddeeff\n");
    Relay greets({map_to(client), "--check-paraview", "4242"}),
        asks({map_to(client), "--ask-proof", token.path});
    Slow one{dial(greets.ports[0]), connector_transcript()},
        two{dial(asks.ports[0]), "PVHOPG1\n" + std::string(48, 'x')};
    for (int i = 0; i * 1000 < kLimitMs && !(one.sent_away && two.sent_away); i++) {
        one.next();
        two.next();
        if (i == 3) {
            EXPECT_FALSE(readable(client, 0)); // they do not come so far
            Fd genuine = dial(greets.ports[0]);
            say(genuine, connector_transcript());
            EXPECT_GE(take(client), 0);
        }
        poll(nullptr, 0, 1000);
    }
    EXPECT_TRUE(one.sent_away);
    EXPECT_TRUE(two.sent_away);
    EXPECT_LT(one.said, one.text.size());
    EXPECT_LT(two.said, two.text.size());
    EXPECT_NE("", greets.wait_for("refused, "));
    EXPECT_NE("", asks.wait_for("refused, "));
}

TEST(RelayGone, ADestinationThatNeverAnswersIsGivenUpForTheNext)
{
    Fd silent = listening(), server = listening();
    vanish(silent);
    ConfigFile config(
        "listen-on 127.0.0.1 tcp { 0 { => 127.0.0.1:" + std::to_string(port_of(silent)) +
        ", 127.0.0.1:" + std::to_string(port_of(server)) + " } }");
    Relay relay({"-c", config.path});
    Fd a = dial(relay.ports[0]);
    say(a, "patient");
    ASSERT_TRUE(readable(server, kLimitMs));
    Fd b = take(server);
    EXPECT_EQ("patient", read_n(b, 7));
}

TEST(RelayGone, BothLegsAskWhetherTheirPeersAreStillThere)
{
    Fd server = listening();
    Relay relay({map_to(server)});
    Fd a = dial(relay.ports[0]), b = take(server);
    say(a, "x");
    ASSERT_EQ("x", read_n(b, 1)); // both are joined
    for (const Fd *peer : {&a, &b}) {
        unsigned kind = 0;
        unsigned long due = 0;
        // 2: asks in so long; 1: what was sent last is not acknowledged yet
        for (int i = 0; i < 600 && next_timer(far_port(*peer), port_of(*peer), &kind, &due); i++) {
            if (kind == 2)
                break;
            poll(nullptr, 0, 100); // the kernel tells nobody
        }
        EXPECT_EQ(2u, kind);
        EXPECT_LE(due, 6000u); // a minute
    }
}

TEST(RelayGone, WhoVanishesAmidATransferIsGivenUpAndTheOtherSideIsTold)
{
    if (!impatient_network())
        GTEST_SKIP() << "NO NETWORK OF ITS OWN: namespaces are not allowed here";
    Fd server = listening();
    Relay relay({map_to(server)});
    std::vector<char> bytes(1 << 20, 'x');
    {
        // One takes all that comes until it vanishes; one takes nothing, so that all is full then.
        Fd to_reader = dial(relay.ports[0]), reader = take(server);
        Fd to_full = dial(relay.ports[0]), full = take(server);
        say(to_reader, "all is well");
        ASSERT_EQ("all is well", read_n(reader, 11));
        fcntl(to_full, F_SETFL, O_NONBLOCK);
        for (pollfd p = {to_full, POLLOUT, 0}; poll(&p, 1, 1000) == 1;)
            ASSERT_GT(send(to_full, bytes.data(), bytes.size(), MSG_NOSIGNAL), 0);
        vanish(reader);
        vanish(full);
        say(to_reader, "is it?");
        for (int i = 0; i < 3; i++)
            EXPECT_TRUE(passes(relay.ports[0], server, "others go on"));
        EXPECT_EQ(-ECONNRESET, end_of(to_reader));
        EXPECT_EQ(-ECONNRESET, end_of(to_full));
        EXPECT_NE("", relay.wait_for("timed out"));
        EXPECT_NE("", relay.wait_for("timed out"));
    }
    EXPECT_TRUE(passes(relay.ports[0], server, "afterwards"));
    EXPECT_EQ(0, relay.stop()) << relay.seen;
}
