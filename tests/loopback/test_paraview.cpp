// SPDX-License-Identifier: BSD-3-Clause
// The handshake against the real pvserver and the real client, in all four combinations of who
// connects. pvserver and client have different connect ids: neither could join the other itself.
#include "loop_fixture.hpp"
#include <memory>
#include <poll.h>
#include <pvhop/listener.h>
#include <pvhop/peer.h>
#include <pvhop/pump.h>
#include <signal.h>
#include <string.h>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace
{

enum { SERVER_ID = 777, CLIENT_ID = 4242 };

/// A child process whose words are collected on the test's loop; ended with the test.
class Program
{
  public:
    Program(pvhop_loop *loop, std::vector<std::string> words)
    {
        pvhop_error err = {};
        int out[2];
        std::vector<char *> argv;
        for (std::string &w : words)
            argv.push_back(w.data());
        argv.push_back(nullptr);
        EXPECT_EQ(0, pipe2(out, O_CLOEXEC));
        pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            dup2(out[1], 1);
            dup2(out[1], 2);
            execvp(argv[0], argv.data());
            _exit(127);
        }
        close(out[1]);
        fd = out[0];
        set_nonblocking(fd);
        watch = pvhop_watch_new(
            loop, fd,
            [](void *user, unsigned) {
                auto *p = static_cast<Program *>(user);
                char bytes[4096];
                ssize_t n = read(p->fd, bytes, sizeof(bytes));
                if (n > 0)
                    p->said.append(bytes, size_t(n));
                else if (n == 0 || errno != EAGAIN) {
                    p->ended = true;
                    pvhop_watch_set(p->watch, 0);
                    pvhop_watch_free(p->watch);
                    p->watch = nullptr;
                }
            },
            this, &err);
        EXPECT_NE(nullptr, watch) << err.why;
        pvhop_watch_set(watch, PVHOP_READ);
    }
    ~Program()
    {
        pvhop_watch_free(watch);
        close(fd);
        kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
    }
    /// The number after "Accepting connection(s): HOST:", or 0.
    uint16_t port() const
    {
        size_t at = said.find("Accepting connection(s): ");
        size_t end = said.find('\n', at);
        if (at == std::string::npos || end == std::string::npos)
            return 0;
        return uint16_t(atoi(said.c_str() + said.rfind(':', end) + 1));
    }
    /// What follows `label` on its line, once the line is whole.
    std::string line(const std::string &label) const
    {
        size_t at = said.find(label), end = said.find('\n', at);
        if (at == std::string::npos || end == std::string::npos)
            return "";
        return said.substr(at + label.size(), end - at - label.size());
    }

    pid_t pid;
    std::string said;
    bool ended = false;

  private:
    int fd;
    pvhop_watch *watch;
};

pvhop_stream *stream_to(pvhop_loop *loop, uint16_t port)
{
    pvhop_error err = {};
    sockaddr_in sin = {};
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sin.sin_port = htons(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(0, connect(fd, (sockaddr *)&sin, sizeof(sin))) << strerror(errno);
    return pvhop_stream_from_socket(loop, fd, nullptr, &err);
}

/// One side of the join: a listener that waits for it, or a greet that plays connector to it.
class Side
{
  public:
    Side(pvhop_loop *loop) : loop(loop)
    {
    }
    ~Side()
    {
        pvhop_listener_free(listener);
        pvhop_greet_free(greet);
        pvhop_stream_free(stream);
    }
    uint16_t listen(const pvhop_paraview &expect)
    {
        static const pvhop_listener_events events = {
            [](void *user, const pvhop_arrival *a) { static_cast<Side *>(user)->take(a); },
            [](void *user, const char *, const pvhop_error *why) {
                static_cast<Side *>(user)->refused = *why;
            }};
        pvhop_listener_config config = {};
        pvhop_endpoint where = {}, bound = {};
        config.expect = expect;
        config.same_user = true;
        listener = pvhop_listener_new(loop, &config, &events, this, &err);
        EXPECT_NE(nullptr, listener) << err.why;
        strcpy(where.host, "localhost");
        EXPECT_EQ(0, pvhop_listener_bind(listener, &where, &bound, &err)) << err.why;
        return bound.port;
    }
    void connect(uint16_t port, const pvhop_paraview &self)
    {
        static const pvhop_greet_events events = {
            [](void *user, const pvhop_arrival *a) { static_cast<Side *>(user)->take(a); },
            [](void *user, const pvhop_error *why) { static_cast<Side *>(user)->refused = *why; }};
        pvhop_greet_free(greet);
        refused = {};
        greet = pvhop_greet_new(loop, stream_to(loop, port), PVHOP_PLAY_CONNECTOR, &self, 10000,
                                &events, this, &err);
        EXPECT_NE(nullptr, greet) << err.why;
    }
    void take(const pvhop_arrival *a)
    {
        stream = a->stream;
        peer = a->peer;
        rest.assign(static_cast<const char *>(a->rest), a->rest_len);
    }
    bool over() const
    {
        return stream || refused.code;
    }

    pvhop_loop *loop;
    pvhop_listener *listener = nullptr;
    pvhop_greet *greet = nullptr;
    pvhop_stream *stream = nullptr;
    pvhop_paraview peer = {};
    std::string rest;
    pvhop_error refused = {}, err = {};
};

class ParaView : public LoopTest
{
  protected:
    std::unique_ptr<Program> start_server(std::vector<std::string> more, int id = SERVER_ID)
    {
        std::vector<std::string> words = launcher;
        words.push_back("pvserver");
        words.push_back("--connect-id=" + std::to_string(id));
        words.insert(words.end(), more.begin(), more.end());
        return std::make_unique<Program>(loop, words);
    }
    std::unique_ptr<Program> start_client(const char *how, uint16_t port)
    {
        return std::make_unique<Program>(
            loop, std::vector<std::string>{"pvpython", "--force-offscreen-rendering", PVHOP_CLIENT,
                                           how, std::to_string(port), std::to_string(CLIENT_ID)});
    }
    /// Waits for up to a minute: a cold ParaView on a busy machine takes its time to start.
    bool patiently(const std::function<bool()> &done)
    {
        for (int i = 0; i < 6 && !done(); i++)
            until(done);
        return done();
    }

    static pvhop_paraview any(int32_t id)
    {
        pvhop_paraview p = {};
        p.connect_id = id;
        p.id_size = -1;
        return p;
    }
    /// A pvserver that waits is asked for its hash by a throw-away connection.
    pvhop_paraview learn(uint16_t port)
    {
        pvhop_paraview self = {};
        self.major = 5;
        self.minor = 11;
        self.connect_id = SERVER_ID;
        strcpy(self.backend, "opengl2");
        memset(self.hash, '0', PVHOP_HASH_LEN);
        self.id_size = 1;
        Side asking(loop);
        asking.connect(port, self);
        EXPECT_TRUE(until([&] { return asking.over(); }));
        EXPECT_EQ(PVHOP_E_PVSERVER_VERSION, asking.refused.code) << asking.refused.why;
        memcpy(self.hash, pvhop_greet_peer(asking.greet)->hash, sizeof(self.hash));
        return self;
    }

    void meet_server(bool server_connects)
    {
        if (server_connects) {
            uint16_t port = to_server.listen(any(SERVER_ID));
            server = start_server({"--reverse-connection", "--client-host=127.0.0.1",
                                   "--server-port=" + std::to_string(port)});
        } else {
            server = start_server({"--server-port=0"});
            ASSERT_TRUE(patiently([&] { return server->port() || server->ended; }));
            ASSERT_NE(0, server->port()) << server->said;
            to_server.connect(server->port(), learn(server->port()));
        }
        ASSERT_TRUE(patiently([&] { return to_server.over() || server->ended; }));
        ASSERT_NE(nullptr, to_server.stream) << to_server.refused.why << server->said;
    }
    void meet_client(bool client_connects)
    {
        pvhop_paraview self = to_server.peer; // what the server said goes to the client
        self.major = 5;
        self.minor = 11;
        self.connect_id = CLIENT_ID;
        if (!self.backend[0]) // a server that waits does not say it, but has accepted this one
            strcpy(self.backend, "opengl2");
        if (client_connects) {
            client = start_client("connect", to_client.listen(self));
        } else {
            client = start_client("listen", 0);
            ASSERT_TRUE(patiently([&] { return client->port() || client->ended; }));
            ASSERT_NE(0, client->port()) << client->said;
            pvhop_endpoint where = {};
            strcpy(where.host, "127.0.0.1");
            where.port = client->port();
            EXPECT_EQ(geteuid(), pvhop_listening_uid(&where));
            to_client.connect(client->port(), self);
        }
        ASSERT_TRUE(patiently([&] { return to_client.over() || client->ended; }));
        ASSERT_NE(nullptr, to_client.stream) << to_client.refused.why << client->said;
    }
    void join()
    {
        pump = pvhop_pump_new(
            loop, to_server.stream, to_client.stream, 0,
            [](void *user, const pvhop_error *) { *(bool *)user = true; }, &pumped, &err);
        to_server.stream = to_client.stream = nullptr;
        ASSERT_NE(nullptr, pump) << err.why;
        ASSERT_EQ(0, pvhop_pump_prefill_to_b(pump, to_server.rest.data(), to_server.rest.size()));
        ASSERT_EQ(0, pvhop_pump_prefill_to_a(pump, to_client.rest.data(), to_client.rest.size()));
    }
    void run(bool server_connects, bool client_connects)
    {
        meet_server(server_connects);
        if (HasFatalFailure())
            return;
        meet_client(client_connects);
        if (HasFatalFailure())
            return;
        EXPECT_EQ(32u, strlen(to_client.peer.hash));
        EXPECT_STREQ(to_client.peer.hash, to_server.peer.hash);
        EXPECT_EQ(1, to_server.peer.id_size);
        join();
        if (HasFatalFailure())
            return;
        EXPECT_TRUE(patiently([&] { return client->ended; }));
        char host[256] = "";
        gethostname(host, sizeof(host) - 1);
        EXPECT_NE("", client->line("points: ")) << client->said;
        EXPECT_GT(atoi(client->line("points: ").c_str()), 0) << client->said;
        const std::string where = client->line("server: "), on = std::string(" on ") + host;
        ASSERT_GT(where.size(), on.size()) << client->said;
        EXPECT_EQ(on, where.substr(where.size() - on.size()));
        if (launcher.empty()) { // else it is a child's
            EXPECT_EQ(server->pid, atoi(where.c_str()));
        }
        EXPECT_TRUE(patiently([&] { return pumped; }));
        EXPECT_TRUE(patiently([&] { return server->ended; })); // it ends with its client
    }
    void TearDown() override
    {
        pvhop_pump_free(pump);
    }

    std::vector<std::string> launcher; // goes before pvserver
    std::unique_ptr<Program> server, client;
    Side to_server{loop}, to_client{loop};
    pvhop_pump *pump = nullptr;
    bool pumped = false;
};

} // namespace

TEST_F(ParaView, ServerConnectsClientListens)
{
    run(true, false);
}

TEST_F(ParaView, ServerConnectsClientConnects)
{
    run(true, true);
}

TEST_F(ParaView, ServerListensClientListens)
{
    run(false, false);
}

TEST_F(ParaView, ServerListensClientConnects)
{
    run(false, true);
}

TEST_F(ParaView, AServerOfTwoRanks)
{
    if (system("command -v mpirun >/dev/null") != 0)
        GTEST_SKIP() << "there is no mpirun";
    launcher = {"mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "2"};
    run(true, false);
}

// A client that waits by itself has nothing against strays: one that says nothing would freeze it.
TEST_F(ParaView, ARelayThatChecksLetsOnlyTheExpectedServerThrough)
{
    client = start_client("listen", 0);
    ASSERT_TRUE(patiently([&] { return client->port() || client->ended; }));
    ASSERT_NE(0, client->port()) << client->said;
    Program relay(loop, {PVHOP_RELAY, "--report", "--check-paraview", std::to_string(CLIENT_ID),
                         "127.0.0.1:0:127.0.0.1:" + std::to_string(client->port())});
    ASSERT_TRUE(patiently([&] { return !relay.line("open 127.0.0.1:").empty() || relay.ended; }));
    const std::string port = relay.line("open 127.0.0.1:");
    ASSERT_NE("", port) << relay.said;

    pvhop_stream *silent = stream_to(loop, uint16_t(std::stoi(port)));
    pvhop_stream *web = stream_to(loop, uint16_t(std::stoi(port)));
    EXPECT_EQ(18, pvhop_stream_write(web, "GET / HTTP/1.1\r\n\r\n", 18));
    EXPECT_TRUE(patiently([&] { return relay.said.find(": refused, ") != std::string::npos; }))
        << relay.said;
    const std::vector<std::string> reverse = {"--reverse-connection", "--client-host=127.0.0.1",
                                              "--server-port=" + port};
    server = start_server(reverse, CLIENT_ID + 1);
    EXPECT_TRUE(patiently([&] { return server->ended; }));
    EXPECT_NE(std::string::npos, relay.said.find("connect id")) << relay.said;
    EXPECT_FALSE(client->ended) << client->said;
    EXPECT_EQ(std::string::npos, client->said.find("handshake")) << client->said;

    server = start_server(reverse, CLIENT_ID);
    EXPECT_TRUE(patiently([&] { return client->ended; })) << relay.said << server->said;
    EXPECT_GT(atoi(client->line("points: ").c_str()), 0) << client->said << relay.said;
    EXPECT_TRUE(patiently([&] { return server->ended; }));
    pvhop_stream_free(silent);
    pvhop_stream_free(web);
}

TEST_F(ParaView, AServerWithAnotherIdIsRefusedAndEnds)
{
    uint16_t port = to_server.listen(any(SERVER_ID));
    server = start_server({"--reverse-connection", "--client-host=127.0.0.1",
                           "--server-port=" + std::to_string(port)},
                          778);
    ASSERT_TRUE(patiently([&] { return to_server.over() || server->ended; }));
    EXPECT_EQ(PVHOP_E_CONNECT_ID, to_server.refused.code) << to_server.refused.why;
    EXPECT_TRUE(patiently([&] { return server->ended; }));
    // The wait goes on: the genuine one gets in.
    server = start_server({"--reverse-connection", "--client-host=127.0.0.1",
                           "--server-port=" + std::to_string(port)});
    ASSERT_TRUE(patiently([&] { return to_server.stream || server->ended; }));
    EXPECT_NE(nullptr, to_server.stream) << server->said;
    EXPECT_EQ(5u, to_server.peer.major);
    EXPECT_STREQ("opengl2", to_server.peer.backend);
}

TEST_F(ParaView, AServerOfAnotherVersionSaysSoItself)
{
    pvhop_paraview expect = any(SERVER_ID);
    expect.major = 5;
    expect.minor = 10;
    memset(expect.hash, 'a', PVHOP_HASH_LEN); // another release's
    uint16_t port = to_server.listen(expect);
    server = start_server({"--reverse-connection", "--client-host=127.0.0.1",
                           "--server-port=" + std::to_string(port)});
    ASSERT_TRUE(patiently([&] { return to_server.over() || server->ended; }));
    EXPECT_EQ(PVHOP_E_PVSERVER_VERSION, to_server.refused.code) << to_server.refused.why;
    EXPECT_NE(nullptr, strstr(to_server.refused.why, "5.11, but 5.10")) << to_server.refused.why;
    ASSERT_TRUE(patiently([&] { return server->ended; }));
    EXPECT_NE(std::string::npos, server->said.find("different ParaView version")) << server->said;
}

TEST_F(ParaView, AWaitingServerTellsAnotherId)
{
    server = start_server({"--server-port=0"});
    ASSERT_TRUE(patiently([&] { return server->port() || server->ended; }));
    pvhop_paraview self = learn(server->port());
    ASSERT_EQ(32u, strlen(self.hash));
    self.connect_id = 778;
    to_server.connect(server->port(), self);
    ASSERT_TRUE(until([&] { return to_server.over(); }));
    EXPECT_EQ(PVHOP_E_CONNECT_ID, to_server.refused.code) << to_server.refused.why;
    self.connect_id = SERVER_ID;
    self.minor = 10;
    to_server.connect(server->port(), self);
    ASSERT_TRUE(until([&] { return to_server.over(); }));
    EXPECT_EQ(PVHOP_E_PVSERVER_VERSION, to_server.refused.code) << to_server.refused.why;
    self.minor = 11;
    to_server.connect(server->port(), self);
    ASSERT_TRUE(until([&] { return to_server.over(); }));
    EXPECT_NE(nullptr, to_server.stream) << to_server.refused.why;
}
