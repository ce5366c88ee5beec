// SPDX-License-Identifier: BSD-3-Clause
// The real pvhop-relay between real sockets: every byte, every end, what it is told.
#include "paraview_peer.hpp"
#include "relay_process.hpp"
#include <thread>

namespace
{
void send_pattern(int fd, uint64_t seed, size_t total)
{
    std::vector<unsigned char> buf(1 << 18);
    for (size_t at = 0; at < total;) {
        size_t n = std::min(buf.size(), total - at);
        for (size_t i = 0; i < n; i++)
            buf[i] = pattern(seed, at + i);
        for (size_t done = 0; done < n;) {
            ssize_t w = send(fd, buf.data() + done, n - done, MSG_NOSIGNAL);
            ASSERT_GT(w, 0) << strerror(errno);
            done += size_t(w);
        }
        at += n;
    }
    shutdown(fd, SHUT_WR);
}

void check_pattern(int fd, uint64_t seed, size_t total)
{
    std::vector<unsigned char> buf(1 << 18);
    size_t at = 0;
    while (readable(fd)) {
        ssize_t n = read(fd, buf.data(), buf.size());
        ASSERT_GE(n, 0) << strerror(errno);
        if (n == 0)
            break;
        for (size_t i = 0; i < size_t(n); i++)
            ASSERT_EQ(pattern(seed, at + i), buf[i]) << "at byte " << at + i;
        at += size_t(n);
    }
    ASSERT_EQ(total, at);
}
} // namespace

TEST(Relay, EveryByteBothWaysAtOnce)
{
    Fd server = listening();
    Relay relay({map_to(server), "--stats"});
    Fd a = dial(relay.ports[0]), b = take(server);
    ASSERT_GE(b, 0);
    const size_t total = 64 << 20;
    std::thread t1([&] { send_pattern(a, 1, total); }), t2([&] { send_pattern(b, 2, total); });
    std::thread t3([&] { check_pattern(a, 2, total); });
    check_pattern(b, 1, total);
    t1.join();
    t2.join();
    t3.join();
    EXPECT_NE("", relay.wait_for("ended after"));
    EXPECT_EQ(0, relay.stop()) << relay.seen;
    EXPECT_NE(std::string::npos,
              relay.seen.find("1 ended, 0 failed, 0 refused; 67108864 bytes to destinations, "
                              "67108864 from them"))
        << relay.seen;
}

TEST(Relay, HalfClose)
{
    Fd server = listening();
    Relay relay({map_to(server)});
    Fd a = dial(relay.ports[0]), b = take(server);
    say(a, "request");
    shutdown(a, SHUT_WR);
    EXPECT_EQ("request", read_n(b, 7));
    EXPECT_EQ(0, read_end(b));
    say(b, "reply");
    EXPECT_EQ("reply", read_n(a, 5));
    b.reset();
    EXPECT_EQ(0, read_end(a));
}

TEST(Relay, ResetGoesThrough)
{
    Fd server = listening();
    Relay relay({map_to(server)});
    Fd a = dial(relay.ports[0]), b = take(server);
    say(a, "x");
    EXPECT_EQ("x", read_n(b, 1));
    reset_on_close(b);
    b.reset();
    EXPECT_EQ(-ECONNRESET, read_end(a));
}

TEST(Relay, DestinationThatRefusesIsAResetAndALine)
{
    Fd dead = bound();
    Relay relay({map_to(dead)});
    Fd a = dial(relay.ports[0]);
    EXPECT_EQ(-ECONNRESET, read_end(a));
    std::string line = relay.wait_for("no destination answers");
    EXPECT_NE(std::string::npos, line.find(std::to_string(port_of(dead)) + ": Connection refused"))
        << line;
}

TEST(Relay, AllAddressesOfANameAreTried)
{
    Fd refuses, server; // "localhost" is 127.0.0.1 first: nobody else may listen there, either
    for (int i = 0; i < 100 && server < 0; i++) {
        refuses = bound();
        server = bound(AF_INET6, port_of(refuses));
    }
    ASSERT_EQ(0, listen(server, 8)) << strerror(errno);
    Relay relay({map_to(server, "localhost")});
    Fd a = dial(relay.ports[0]), b = take(server);
    ASSERT_GE(b, 0) << relay.seen;
    say(b, "six");
    EXPECT_EQ("six", read_n(a, 3));
}

TEST(Relay, LocalhostListensOnBothLoopbacks)
{
    Fd server = listening();
    Relay relay({"localhost:0:127.0.0.1:" + std::to_string(port_of(server))}, 2);
    EXPECT_EQ(relay.ports[0], relay.ports[1]);
    Fd six(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 to = {};
    to.sin6_family = AF_INET6;
    to.sin6_addr = in6addr_loopback;
    to.sin6_port = htons(relay.ports[0]);
    EXPECT_EQ(0, connect(six, (sockaddr *)&to, sizeof(to)));
    EXPECT_GE(take(server), 0);
    EXPECT_GE(dial(relay.ports[0]), 0);
    EXPECT_GE(take(server), 0);
}

TEST(Relay, AllowAndRefuse)
{
    Fd server = listening();
    Relay relay({map_to(server), "--allow", "127.0.0.2", "--allow", "127.9.0.0/16", "--allow",
                 "127.16.0.0/12"});
    for (const char *from : {"127.0.0.2", "127.9.8.7", "127.16.0.1", "127.31.255.254"}) {
        Fd a = dial(relay.ports[0], from), b = take(server);
        say(b, "in");
        EXPECT_EQ("in", read_n(a, 2)) << from;
    }
    for (std::string from : {"127.0.0.3", "127.10.0.1", "127.15.255.254", "127.32.0.1"}) {
        Fd a = dial(relay.ports[0], from.c_str());
        EXPECT_EQ(-ECONNRESET, read_end(a)) << from;
        EXPECT_NE("", relay.wait_for(from + ":" + std::to_string(port_of(a)) + ": refused"));
    }
}

// Where a node has no helper to prove a token, its addresses stand in the token's place.
TEST(Relay, WithoutAProofOnlyTheNamedAddressesMayConnect)
{
    Fd server = listening();
    ConfigFile named("plain 127.0.0.2 fd77:2::11 \n"), unnamed("plain \n");
    Relay relay({map_to(server), "--ask-proof", named.path});
    Fd a = dial(relay.ports[0], "127.0.0.2"), b = take(server);
    say(b, "in");
    EXPECT_EQ("in", read_n(a, 2));
    Fd other = dial(relay.ports[0], "127.0.0.3");
    EXPECT_EQ(-ECONNRESET, read_end(other));
    EXPECT_NE("", relay.wait_for("refused, it comes from another node"));
    Relay closed({map_to(server), "--ask-proof", unnamed.path});
    Fd nobody = dial(closed.ports[0], "127.0.0.2");
    EXPECT_EQ(-ECONNRESET, read_end(nobody));
    EXPECT_NE("", closed.wait_for("refused, the node could not tell by which addresses"));
    EXPECT_FALSE(readable(server, 0));
}

// The two ends of a job: on the node, and on the front end.
TEST(Relay, WhoComesFromTheNodeHasToProveTheToken)
{
    Fd client = listening();
    ConfigFile token("00112233445566778899aabbccddeeff\n"),
        other("00112233445566778899aabbccddee00\n");
    Relay front({map_to(client), "--ask-proof", token.path});
    const std::string map = "127.0.0.1:0:127.0.0.1:" + std::to_string(front.ports[0]);
    Relay stranger({map, "--same-user", "--give-proof", other.path}),
        node({map, "--same-user", "--give-proof", token.path});
    Fd a = dial(stranger.ports[0]);
    EXPECT_NE("", front.wait_for("refused, "));
    const int end = read_end(a);
    EXPECT_TRUE(end == 0 || end == -ECONNRESET) << end;
    EXPECT_FALSE(readable(client, 0)); // it never came so far
    Fd b = dial(node.ports[0]), c = take(client);
    ASSERT_GE(c, 0) << front.seen << node.seen;
    const size_t total = 4 << 20;
    std::thread there([&] { send_pattern(b, 1, total); }), back([&] { send_pattern(c, 2, total); }),
        home([&] { check_pattern(b, 2, total); });
    check_pattern(c, 1, total);
    there.join();
    back.join();
    home.join();
}

TEST(Relay, TheLastPlaceIsFilledBySomebodyWhoProvesItself)
{
    Fd client = listening();
    Relay relay({map_to(client), "--check-paraview", "4242", "--max-connections", "1"});
    Fd stranger = dial(relay.ports[0]); // says nothing
    Fd server = dial(relay.ports[0]);
    EXPECT_NE("", relay.wait_for("refused, too many prove nothing"));
    EXPECT_LE(read_end(stranger), 0);
    say(server, connector_transcript());
    EXPECT_GE(take(client), 0) << relay.seen;
}

// Those who have proved nothing yet make room for others, and nobody else does.
TEST(Relay, WhoIsGreetedByTheDestinationKeepsThePlace)
{
    Fd client = listening();
    ConfigFile token("00112233445566778899aabbccddeeff\n");
    Relay front({map_to(client), "--ask-proof", token.path});
    Relay node({"127.0.0.1:0:127.0.0.1:" + std::to_string(front.ports[0]), "--give-proof",
                token.path, "--check-paraview", "4242", "--max-connections", "1"});
    Fd server = dial(node.ports[0]);
    say(server, connector_transcript());
    Fd there = take(client);
    ASSERT_GE(there, 0) << front.seen << node.seen;
    EXPECT_EQ(connector_transcript().substr(0, 9), read_n(there, 9)); // and waits for an answer
    Fd next = dial(node.ports[0]);
    EXPECT_NE("", node.wait_for("more have to wait")) << node.seen;
    say(there, listener_transcript("welcome"));
    EXPECT_EQ(listener_transcript("welcome"), read_n(server, listener_transcript().size() + 7));
}

TEST(Relay, PortfwdsConfiguration)
{
    Fd one = listening(), two = listening(), three = listening();
    auto at = [](int fd) { return "127.0.0.1:" + std::to_string(port_of(fd)); };
    ConfigFile file("/* two take turns; who comes from 127.0.0.2 gets the third */\n"
                    "listen-on 127.0.0.1\nsource-address 127.0.0.9\n"
                    "tcp { 0 { 127.0.0.2/32 => " +
                    at(three) + "; => " + at(one) + ", " + at(two) + " } }\n");
    Relay relay({"--config", file.path, "--foreground"});
    Fd a = dial(relay.ports[0]), b = take(one);
    sockaddr_in from = {};
    socklen_t len = sizeof(from);
    ASSERT_EQ(0, getpeername(b, (sockaddr *)&from, &len));
    EXPECT_EQ(inet_addr("127.0.0.9"), from.sin_addr.s_addr);
    Fd c = dial(relay.ports[0]), d = take(two);
    EXPECT_GE(d, 0);
    Fd e = dial(relay.ports[0]), f = take(one);
    EXPECT_GE(f, 0);
    Fd g = dial(relay.ports[0], "127.0.0.2"), h = take(three);
    EXPECT_GE(h, 0);
    two.reset(); // its turn, but it is gone: the other one serves
    Fd i = dial(relay.ports[0]), j = take(one);
    EXPECT_GE(j, 0);
}

TEST(Relay, FragileDestinationIsWaitedFor)
{
    Fd server = bound();
    ConfigFile file("listen-on 127.0.0.1 fragile tcp { 0 { => 127.0.0.1:" +
                    std::to_string(port_of(server)) + " } }");
    Relay relay({"-c", file.path});
    Fd a = dial(relay.ports[0]);
    say(a, "early");
    Fd gone = dial(relay.ports[0]);
    EXPECT_NE("", relay.wait_for("trying"));
    EXPECT_NE("", relay.wait_for("trying"));
    gone.reset();
    ASSERT_EQ(0, listen(server, 8));
    Fd b = take(server);
    EXPECT_EQ("early", read_n(b, 5));
}

TEST(Relay, Once)
{
    Fd server = listening();
    Relay relay({map_to(server), "--once"});
    Fd a = dial(relay.ports[0]), b = take(server);
    EXPECT_NE("", relay.wait_for("connected to"));
    EXPECT_LT(dial(relay.ports[0]), 0); // the port is closed
    say(a, "x");
    EXPECT_EQ("x", read_n(b, 1));
    a.reset();
    EXPECT_EQ(0, read_end(b));
    b.reset();
    EXPECT_EQ(0, relay.wait_exit()) << relay.seen;
}

TEST(Relay, IdleConnectionsEnd)
{
    Fd server = listening();
    Relay relay({map_to(server), "--idle-timeout", "1"});
    Fd a = dial(relay.ports[0]), b = take(server);
    EXPECT_EQ(-ECONNRESET, read_end(a));
    EXPECT_EQ(-ECONNRESET, read_end(b));
    EXPECT_NE("", relay.wait_for("nothing moved for 1 s"));
}

TEST(Relay, SigtermClosesThePortAndLetsConnectionsEnd)
{
    Fd server = listening();
    Relay relay({map_to(server), "--drain", "30"});
    Fd a = dial(relay.ports[0]), b = take(server);
    ASSERT_NE("", relay.wait_for("connected to"));
    kill(relay.pid, SIGTERM);
    EXPECT_NE("", relay.wait_for("have 30 s to end"));
    EXPECT_LT(dial(relay.ports[0]), 0);
    say(a, "still");
    EXPECT_EQ("still", read_n(b, 5));
    a.reset();
    b.reset();
    EXPECT_EQ(0, relay.wait_exit());
}

TEST(Relay, SecondSignalCuts)
{
    Fd server = listening();
    Relay relay({map_to(server), "--drain", "30"});
    Fd a = dial(relay.ports[0]), b = take(server);
    ASSERT_NE("", relay.wait_for("connected to"));
    kill(relay.pid, SIGINT);
    EXPECT_NE("", relay.wait_for("have 30 s to end"));
    kill(relay.pid, SIGINT);
    EXPECT_EQ(-ECONNRESET, read_end(a));
    EXPECT_EQ(0, relay.wait_exit());
}

TEST(Relay, PortInUseAndUnknownNamesEndItWithTheirCodes)
{
    Fd taken = listening();
    Relay busy({std::to_string(port_of(taken)) + ":127.0.0.1:1", "--bind", "127.0.0.1"}, 0);
    EXPECT_EQ(71, busy.wait_exit());
    EXPECT_NE(std::string::npos, busy.seen.find("Address already in use")) << busy.seen;
    Relay nowhere({"0:no-such-host.invalid:1"}, 0);
    EXPECT_EQ(68, nowhere.wait_exit());
    Relay nothing({}, 0);
    EXPECT_EQ(64, nothing.wait_exit());
    Relay transparent({"-t", "0:127.0.0.1:1"}, 0);
    EXPECT_EQ(64, transparent.wait_exit());
}

// What comes right behind the handshake, on both sides, belongs to the session.
TEST(Relay, CheckParaviewPassesOnWhatFollowsTheHandshake)
{
    Fd client = listening();
    Relay relay({map_to(client), "--check-paraview", "4242"});
    Fd stranger = dial(relay.ports[0]);
    say(stranger, connector_transcript(4243));
    EXPECT_NE("", relay.wait_for("refused, "));
    EXPECT_FALSE(readable(client, 0)); // it never came so far
    Fd server = dial(relay.ports[0]);
    say(server, connector_transcript() + "hello");
    Fd there = take(client);
    ASSERT_GE(there, 0);
    say(there, listener_transcript("welcome"));
    const std::string heard = read_n(there, connector_transcript().size() + 5);
    EXPECT_EQ(connector_transcript() + "hello", heard);
    EXPECT_EQ(listener_transcript("welcome"), read_n(server, listener_transcript().size() + 7));
    EXPECT_EQ(0, relay.stop()) << relay.seen;
}
