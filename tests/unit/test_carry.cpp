// SPDX-License-Identifier: BSD-3-Clause
// Connections inside the control channel, made by the real helper behind a real shell.
#include "control_carry.h"
#include "control_fixture.hpp"
#include "loopback_port.hpp"
#include <arpa/inet.h>
#include <atomic>
#include <memory>
#include <signal.h>
#include <string.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace
{

std::string pattern(size_t len)
{
    std::string text(len, '\0');
    uint32_t x = 1;
    for (char &c : text)
        c = (char)((x = x * 1664525 + 1013904223) >> 24);
    return text;
}

// A server on loopback that treats its one connection so.
class Server
{
  public:
    pvhop_endpoint at{};
    explicit Server(std::function<void(int)> serve)
    {
        door_ = pvhop_test::listen_on_loopback(&at.port);
        EXPECT_GE(door_, 0) << strerror(errno);
        snprintf(at.host, sizeof(at.host), "127.0.0.1");
        thread_ = std::thread([this, serve] {
            int fd = accept(door_, nullptr, nullptr);
            if (fd >= 0)
                serve(fd);
            close(fd);
        });
    }
    ~Server()
    {
        shutdown(door_, SHUT_RDWR); // in case nobody came
        thread_.join();
        close(door_);
    }

  private:
    int door_;
    std::thread thread_;
};

void send_all(int fd, const std::string &text)
{
    for (size_t at = 0; at < text.size();) {
        ssize_t n = send(fd, text.data() + at, text.size() - at, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        at += (size_t)n;
    }
}

std::string read_all(int fd)
{
    std::string all;
    char bytes[65536];
    for (ssize_t n; (n = recv(fd, bytes, sizeof(bytes), 0)) > 0;)
        all.append(bytes, (size_t)n);
    return all;
}

// One end of a connection, on the loop.
struct Talk {
    pvhop_stream *stream = nullptr;
    std::string out, in, refused;
    size_t sent = 0;
    bool ended = false, shut = false;
    ssize_t end = 1; // what read gave at the end: 0, if it was no cut

    uint16_t port = 0;

    static void opened(void *user, pvhop_stream *stream)
    {
        static_cast<Talk *>(user)->stream = stream;
    }
    static void failed(void *user, const pvhop_error *err)
    {
        static_cast<Talk *>(user)->refused = err->why;
    }
    static void bound(void *user, uint16_t port)
    {
        static_cast<Talk *>(user)->port = port;
    }
    void go()
    {
        pvhop_stream_watch(stream, shut ? PVHOP_READ : PVHOP_READ | PVHOP_WRITE, on_event, this);
    }
    static void on_event(void *user, unsigned events)
    {
        static_cast<Talk *>(user)->turn(events);
    }
    void turn(unsigned events)
    {
        char bytes[65536];
        ssize_t n = 0;
        if ((events & PVHOP_WRITE) && sent < out.size())
            sent += (n = pvhop_stream_write(stream, out.data() + sent, out.size() - sent)) > 0
                        ? (size_t)n
                        : 0;
        if (sent == out.size() && !shut) {
            shut = true;
            EXPECT_EQ(0, pvhop_stream_shutdown(stream));
        }
        if (events & (PVHOP_READ | PVHOP_HUP)) {
            n = pvhop_stream_read(stream, bytes, sizeof(bytes));
            if (n > 0)
                in.append(bytes, (size_t)n);
            else if (n != -EAGAIN)
                ended = true, end = n;
        }
        if (ended)
            pvhop_stream_watch(stream, 0, nullptr, nullptr);
        else
            go();
    }
    ~Talk()
    {
        pvhop_stream_free(stream);
    }
};

const pvhop_sshdirect_events dial_events = {Talk::opened, Talk::failed};
const pvhop_sshforward_events port_events = {Talk::bound, Talk::failed, Talk::opened};

class Carry : public ControlShell
{
  protected:
    void SetUp() override
    {
        ControlShell::SetUp();
        open();
    }
    void open()
    {
        int to[2], from[2]; // pipes, as sshd has them
        ASSERT_EQ(0, pipe2(to, O_CLOEXEC));
        ASSERT_EQ(0, pipe2(from, O_CLOEXEC));
        start_shell(to[0], from[1], bootstrap());
        talk(pvhop_stream_from_pipes(loop, from[0], to[1], "shell", &err), 45);
        ready = false;
        until([&] { return ready; });
    }
    // Asks the shell something, and waits for the answer.
    std::string ask(const char *script)
    {
        struct Answer {
            bool there = false;
            std::string text;
        } answer;
        pvhop_control_query(
            control, script, 60000,
            [](void *u, int, const char *output, size_t len) {
                static_cast<Answer *>(u)->there = true;
                static_cast<Answer *>(u)->text.assign(output, len);
            },
            &answer);
        until([&] { return answer.there; });
        return answer.text;
    }
};

TEST_P(Carry, BytesGoBothWaysWhileCommandsGoOn)
{
    const std::string there = pattern(3 << 20), back = pattern(5 << 20);
    std::string got;
    auto server = std::make_unique<Server>([&](int fd) {
        std::thread reader([&] { got = read_all(fd); });
        send_all(fd, back);
        shutdown(fd, SHUT_WR);
        reader.join();
    });
    // this task writes to the channel by itself before the helper is there, and meanwhile
    std::vector<std::string> lines;
    pvhop_task_events events{
        [](void *u, const char *l) { static_cast<std::vector<std::string> *>(u)->push_back(l); },
        nullptr};
    pvhop_task *task = pvhop_control_start(
        control, "while :; do echo a line of its own; sleep 0.01; done", &events, &lines);
    until([&] { return !lines.empty(); });
    Talk talk;
    talk.out = there;
    pvhop_carry_dial *dial =
        pvhop_control_dial(control, PVHOP_RELAY, &server->at, &dial_events, &talk, &err);
    ASSERT_NE(nullptr, dial) << err.why;
    EXPECT_EQ("asked at once", ask("echo asked at once"));
    until([&] { return talk.stream || !talk.refused.empty(); });
    ASSERT_NE(nullptr, talk.stream) << talk.refused;
    talk.go();
    EXPECT_EQ("meanwhile", ask("echo meanwhile"));
    until([&] { return talk.ended; });
    EXPECT_EQ(0, talk.end);
    EXPECT_TRUE(talk.in == back);
    until([&] { return talk.shut; });
    EXPECT_EQ("still there", ask("echo still there"));
    for (const std::string &line : lines)
        EXPECT_EQ("a line of its own", line);
    pvhop_carry_dial_free(dial);
    pvhop_task_free(task);
    server.reset(); // once it has read all
    EXPECT_EQ(there.size(), got.size());
    EXPECT_TRUE(got == there);
}

// A reader that does not read holds up nobody else, and costs no more than its window.
TEST_P(Carry, AReaderThatStopsHoldsUpNobody)
{
    std::atomic<size_t> count{0};
    Server flood([&](int fd) {
        std::string text(65536, 'x');
        for (ssize_t n; (n = send(fd, text.data(), text.size(), MSG_NOSIGNAL)) > 0;)
            count += (size_t)n;
    });
    Server other([&](int fd) { send_all(fd, read_all(fd)); });
    Talk stopped, talk;
    pvhop_carry_dial *one =
        pvhop_control_dial(control, PVHOP_RELAY, &flood.at, &dial_events, &stopped, &err);
    until([&] { return stopped.stream != nullptr; });
    pvhop_carry_dial *two =
        pvhop_control_dial(control, PVHOP_RELAY, &other.at, &dial_events, &talk, &err);
    until([&] { return talk.stream != nullptr; });
    talk.out = pattern(1 << 20);
    talk.go();
    until([&] { return talk.ended; });
    EXPECT_TRUE(talk.in == talk.out);
    EXPECT_EQ("here", ask("echo here"));
    size_t before = 1;
    while (before != count) { // it gets stuck
        before = count;
        ask("sleep 0.5");
    }
    EXPECT_LT(count, 64u << 20);       // the kernel's own buffers are the most of it
    pvhop_stream_free(stopped.stream); // and its server is told
    stopped.stream = nullptr;
    ask("echo gone");
    pvhop_carry_dial_free(one);
    pvhop_carry_dial_free(two);
}

TEST_P(Carry, APortThereLeadsHere)
{
    Talk talk;
    pvhop_endpoint where{};
    snprintf(where.host, sizeof(where.host), "127.0.0.1");
    pvhop_carry_port *port =
        pvhop_control_listen(control, PVHOP_RELAY, &where, &port_events, &talk, &err);
    ASSERT_NE(nullptr, port) << err.why;
    until([&] { return talk.port || !talk.refused.empty(); });
    ASSERT_NE(0, talk.port) << talk.refused;
    std::string heard;
    std::thread caller([&] {
        const sockaddr_in in = pvhop_test::loopback(talk.port);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (sockaddr *)&in, sizeof(in)) == 0) {
            send_all(fd, "hello");
            shutdown(fd, SHUT_WR);
            heard = read_all(fd);
        }
        close(fd);
    });
    until([&] { return talk.stream != nullptr; });
    EXPECT_EQ(0, strncmp("127.0.0.1:", pvhop_stream_peer(talk.stream), 10));
    talk.out = "welcome";
    talk.go();
    until([&] { return talk.ended; });
    EXPECT_EQ(0, talk.end);
    EXPECT_EQ("hello", talk.in);
    until([&] { return talk.shut; });
    ask("echo all is sent");
    caller.join();
    EXPECT_EQ("welcome", heard);
    pvhop_carry_port_free(port);
    std::string look = "until ! grep -qi '0100007F:" + [&] {
        char hex[8];
        snprintf(hex, sizeof(hex), "%04X", talk.port);
        return std::string(hex);
    }() + " 00000000:0000 0A' /proc/net/tcp; do sleep 0.1; done; echo closed";
    EXPECT_EQ("closed", ask(look.c_str()));
}

TEST_P(Carry, TellsWhyItDoesNotConnect)
{
    Talk talk;
    pvhop_endpoint nobody{};
    snprintf(nobody.host, sizeof(nobody.host), "127.0.0.1");
    nobody.port = 1;
    pvhop_carry_dial *dial =
        pvhop_control_dial(control, PVHOP_RELAY, &nobody, &dial_events, &talk, &err);
    until([&] { return !talk.refused.empty(); });
    EXPECT_EQ("127.0.0.1:1: Connection refused", talk.refused);
    pvhop_carry_dial_free(dial);
    Talk wide; // never: from another machine nobody's user can be told
    pvhop_endpoint any{};
    snprintf(any.host, sizeof(any.host), "0.0.0.0");
    pvhop_carry_port *port =
        pvhop_control_listen(control, PVHOP_RELAY, &any, &port_events, &wide, &err);
    until([&] { return !wide.refused.empty(); });
    EXPECT_NE(std::string::npos, wide.refused.find("not on loopback"));
    pvhop_carry_port_free(port);
}

// A name is looked up over there.
TEST_P(Carry, TakesNames)
{
    Server server([](int fd) { send_all(fd, "by name"); });
    Talk talk;
    pvhop_endpoint named = server.at;
    snprintf(named.host, sizeof(named.host), "ip4-loopback.invalid");
    pvhop_carry_dial *dial =
        pvhop_control_dial(control, PVHOP_RELAY, &named, &dial_events, &talk, &err);
    until([&] { return talk.stream || !talk.refused.empty(); });
    EXPECT_EQ(nullptr, talk.stream);
    pvhop_carry_dial_free(dial);
    EXPECT_EQ("here", ask("echo here"));
}

TEST_P(Carry, WithoutANamedPipeCommandsGoOn)
{
    Talk talk;
    pvhop_endpoint nobody{};
    snprintf(nobody.host, sizeof(nobody.host), "127.0.0.1");
    nobody.port = 1;
    setenv("TMPDIR", "/dev/null", 1);
    hang_up(); // for a shell that knows it
    reap();
    open();
    unsetenv("TMPDIR");
    pvhop_carry_dial *dial =
        pvhop_control_dial(control, PVHOP_RELAY, &nobody, &dial_events, &talk, &err);
    EXPECT_EQ("kept back", ask("echo kept back"));
    EXPECT_NE(std::string::npos, talk.refused.find("named pipe")) << talk.refused;
    pvhop_carry_dial_free(dial);
}

TEST_P(Carry, IfTheHelperDiesAllEndsAndIsTold)
{
    Server server([](int fd) { read_all(fd); });
    Talk talk;
    pvhop_carry_dial *dial =
        pvhop_control_dial(control, PVHOP_RELAY, &server.at, &dial_events, &talk, &err);
    until([&] { return talk.stream != nullptr; });
    talk.out = std::string(100, 'x');
    talk.go();
    std::string pid = ask(("ps -eo pid=,args= | sed -n 's/^ *\\([0-9]*\\) .*--carry " +
                           std::string(control->mark) + "$/\\1/p'")
                              .c_str());
    ASSERT_NE("", pid);
    kill((pid_t)std::stol(pid), SIGKILL);
    until([&] { return failure.code != 0; });
    EXPECT_EQ(PVHOP_E_SSH_LOST, failure.code);
    until([&] { return talk.ended; });
    pvhop_carry_dial_free(dial);
}

INSTANTIATE_TEST_SUITE_P(Shells, Carry, testing::Values("/bin/dash", "/bin/bash"), shell_name);

} // namespace
