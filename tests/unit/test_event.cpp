// SPDX-License-Identifier: BSD-3-Clause
#include "event_flat.h"
#include "sshd.h"
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <jansson.h>
#include <pty.h>
#include <pvhop/event.h>
#include <signal.h>
#include <string.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <vector>

namespace
{
struct Answer {
    unsigned id;
    bool null, asked;
    std::string text;
};

// Events over pipes, on a loop of their own.
struct Events {
    pvhop_loop *loop = nullptr;
    pvhop_events *e = nullptr;
    int out[2] = {-1, -1}, in[2] = {-1, -1}, human[2] = {-1, -1};
    std::string text, people;
    std::vector<Answer> answers;
    int cancels = 0, gone = 0;
    std::string holds;
    bool free_in_answer = false;

    Events(bool with_answers = true, bool with_human = false, const char *askpass = nullptr,
           int tty = -1)
    {
        signal(SIGPIPE, SIG_IGN);
        pvhop_error err{};
        loop = pvhop_loop_new(&err);
        EXPECT_EQ(0, pipe2(out, O_CLOEXEC));
        EXPECT_EQ(0, pipe2(in, O_CLOEXEC));
        EXPECT_EQ(0, pipe2(human, O_CLOEXEC));
        fcntl(out[0], F_SETFL, O_NONBLOCK);
        fcntl(human[0], F_SETFL, O_NONBLOCK);
        pvhop_events_config config{};
        config.events_fd = out[1];
        config.answers_fd = with_answers ? in[0] : -1;
        config.human_fd = with_human ? human[1] : -1;
        config.tty_fd = tty;
        config.askpass = askpass;
        config.verbose = true;
        pvhop_events_handlers handlers{};
        handlers.cancel = [](void *u) { ((Events *)u)->cancels++; };
        handlers.hold = [](void *u, bool hold) { ((Events *)u)->holds += hold ? '+' : '-'; };
        handlers.parent_gone = [](void *u) { ((Events *)u)->gone++; };
        e = pvhop_events_new(loop, &config, &handlers, this, &err);
        EXPECT_NE(nullptr, e) << err.why;
    }
    ~Events()
    {
        pvhop_events_free(e);
        pvhop_loop_free(loop);
        for (int fd : {out[0], out[1], in[0], in[1], human[0], human[1]})
            if (fd >= 0)
                close(fd);
    }
    static std::string read_all(int fd)
    {
        std::string s;
        char buf[65536];
        for (ssize_t n; (n = read(fd, buf, sizeof(buf))) > 0;)
            s.append(buf, (size_t)n);
        return s;
    }
    void turn(int ms = 0)
    {
        pvhop_error err{};
        EXPECT_EQ(0, pvhop_loop_turn(loop, ms, &err)) << err.why;
        text += read_all(out[0]);
        people += read_all(human[0]);
    }
    bool until(const std::function<bool()> &done)
    {
        for (uint64_t end = pvhop_loop_now_ms(loop) + 10000;
             !done() && pvhop_loop_now_ms(loop) < end;)
            turn(50);
        return done();
    }
    void say(const std::string &s)
    {
        ASSERT_EQ((ssize_t)s.size(), write(in[1], s.data(), s.size()));
    }
    void prompt(unsigned id, pvhop_prompt_kind kind = PVHOP_PROMPT_PASSWORD)
    {
        pvhop_prompt p{};
        p.id = id;
        p.kind = kind;
        p.host = "alice@fe";
        p.text = "Password for alice@fe";
        p.fingerprint = kind == PVHOP_PROMPT_HOSTKEY ? "ED25519 SHA256:abc" : nullptr;
        p.count = 1;
        pvhop_events_prompt(
            e, &p,
            [](void *u, unsigned id2, const char *answer, bool asked) {
                Events *self = (Events *)u;
                self->answers.push_back({id2, !answer, asked, answer ? answer : ""});
                if (self->free_in_answer) {
                    pvhop_events_free(self->e);
                    self->e = nullptr;
                }
            },
            this);
    }
    std::vector<json_t *> lines()
    {
        std::vector<json_t *> all;
        text += read_all(out[0]);
        for (size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
            json_t *o = json_loadb(text.data() + at, end - at, 0, nullptr);
            EXPECT_TRUE(json_is_object(o)) << text.substr(at, end - at);
            all.push_back(o);
        }
        return all;
    }
};

std::string str(json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "(none)";
}

long long num(json_t *o, const char *key)
{
    json_t *v = json_object_get(o, key);
    return json_is_integer(v) ? json_integer_value(v) : -999;
}

std::string script(const std::string &body)
{
    static const pvhop_test::TempDir folder;
    static int n = 0;
    const std::string path = folder / "askpass-" + std::to_string(n++);
    EXPECT_TRUE(pvhop_test::write_file(path, "#!/bin/sh\n" + body + "\n", 0700));
    return path;
}
} // namespace

TEST(Event, FormatIsTheHeaders)
{
    Events ev;
    pvhop_error err;
    pvhop_error_set(&err, PVHOP_E_AUTH, "no key fits");
    pvhop_events_phase(ev.e, PVHOP_PHASE_SSH, PVHOP_BEGIN, "Reaching %s", "fe");
    pvhop_events_log(ev.e, "pvserver", "%s", "line \"1\"\n\xff\033[2J \xc3\xa9");
    pvhop_events_ready(ev.e, "cs://127.0.0.1:40123", "127.0.0.1", 40123);
    pvhop_events_connected(ev.e, "cn17");
    pvhop_events_stats(ev.e, 23.5, 1ull << 40, 7, 100);
    pvhop_events_stats(ev.e, -1, 0, 0, -1);
    pvhop_events_error(ev.e, &err);
    ev.prompt(9, PVHOP_PROMPT_HOSTKEY);
    pvhop_events_prompt_cancel(ev.e, 9);
    pvhop_events_end(ev.e, 77);
    auto l = ev.lines();
    ASSERT_EQ(10u, l.size()) << ev.text;
    for (json_t *o : l) {
        EXPECT_EQ(1, num(o, "v"));
        EXPECT_TRUE(json_is_number(json_object_get(o, "t")));
    }
    EXPECT_EQ("phase ssh begin Reaching fe", str(l[0], "event") + " " + str(l[0], "phase") + " " +
                                                 str(l[0], "state") + " " + str(l[0], "text"));
    EXPECT_EQ("line \"1\"\n??[2J \xc3\xa9", str(l[1], "text"));
    EXPECT_EQ("pvserver", str(l[1], "source"));
    EXPECT_EQ("cs://127.0.0.1:40123", str(l[2], "url"));
    EXPECT_EQ(40123, num(l[2], "port"));
    EXPECT_EQ("cn17", str(l[3], "server"));
    EXPECT_EQ(1ll << 40, num(l[4], "to_client"));
    EXPECT_EQ(100, num(l[4], "left_s"));
    EXPECT_EQ(nullptr, json_object_get(l[5], "left_s"));
    EXPECT_EQ("PVH1301 AUTH no key fits",
              str(l[6], "code") + " " + str(l[6], "name") + " " + str(l[6], "why"));
    EXPECT_EQ("prompt hostkey ED25519 SHA256:abc",
              str(l[7], "event") + " " + str(l[7], "kind") + " " + str(l[7], "fingerprint"));
    EXPECT_TRUE(json_is_null(json_object_get(l[7], "server_text")));
    EXPECT_TRUE(json_is_false(json_object_get(l[7], "echo")));
    EXPECT_EQ("prompt_cancelled", str(l[8], "event"));
    EXPECT_EQ(77, num(l[9], "exit"));
    for (json_t *o : l)
        json_decref(o);
    EXPECT_TRUE(ev.answers.empty());
}

TEST(Event, ASlowReaderLosesLogsButNoErrors)
{
    Events ev;
    std::string big(1000, 'x');
    pvhop_error err;
    pvhop_error_set(&err, PVHOP_E_AUTH, "kept");
    for (int i = 0; i < 3000; i++)
        pvhop_events_log(ev.e, "ssh", "%d %s", i, big.c_str());
    pvhop_events_error(ev.e, &err);
    ev.prompt(1);
    ASSERT_TRUE(ev.until([&] { return ev.text.find("\"prompt\"") != std::string::npos; }));
    pvhop_events_stats(ev.e, 1, 1, 1, -1);
    auto l = ev.lines();
    EXPECT_LT(l.size(), 1000u);
    EXPECT_NE(std::string::npos, ev.text.find("\"kept\""));
    EXPECT_NE(std::string::npos, ev.text.find("lines were left out")) << l.size();
    for (json_t *o : l)
        json_decref(o);
    // The flags of a descriptor that others share are as they were.
    EXPECT_EQ(0, fcntl(ev.out[1], F_GETFL) & O_NONBLOCK);
}

TEST(Event, AReaderThatHasGoneIsNoHarm)
{
    Events ev;
    close(ev.out[0]);
    ev.out[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 10; i++)
        pvhop_events_log(ev.e, "ssh", "x");
    // Nothing left to watch there: the loop sleeps.
    uint64_t before = pvhop_loop_now_ms(ev.loop);
    ev.turn(60);
    EXPECT_GE(pvhop_loop_now_ms(ev.loop) - before, 50u);
}

TEST(Event, AnswersFindTheirQuestions)
{
    Events ev;
    ev.prompt(1);
    ev.prompt(2);
    ev.prompt(3);
    ev.say("{\"id\":2,\"answer\":\"p\\\"w\\u00e9\\ud83d\\ude00\\n\"}\nnonsense\n{\"id\":1,");
    ASSERT_TRUE(ev.until([&] { return ev.answers.size() == 1; }));
    EXPECT_EQ(2u, ev.answers[0].id);
    EXPECT_EQ("p\"w\xc3\xa9\xf0\x9f\x98\x80\n", ev.answers[0].text);
    ev.say("\"answer\":null}\n{\"id\":77,\"answer\":\"lost\"}\n{\"v\":1}\n");
    ASSERT_TRUE(ev.until([&] { return ev.answers.size() == 2; }));
    EXPECT_TRUE(ev.answers[1].null && ev.answers[1].asked);
    // A line that is too long is skipped as a whole; what follows it counts.
    ev.say("{\"id\":3,\"answer\":\"" + std::string(9000, 'z') + "\"}\n{\"cancel\":true}\n");
    ASSERT_TRUE(ev.until([&] { return ev.cancels == 1; }));
    EXPECT_EQ(2u, ev.answers.size());
    close(ev.in[1]);
    ev.in[1] = -1;
    ASSERT_TRUE(ev.until([&] { return ev.answers.size() == 3; }));
    EXPECT_EQ(1, ev.gone);
    EXPECT_FALSE(ev.answers[2].asked);
    ev.prompt(4);
    ASSERT_TRUE(ev.until([&] { return ev.answers.size() == 4; }));
    EXPECT_FALSE(ev.answers[3].asked);
    EXPECT_EQ(std::string::npos, ev.text.find("lost")) << "an answer was echoed";
    EXPECT_NE(std::string::npos, ev.text.find("answers line was ignored"));
}

TEST(Event, AHoldIsAskedForAndTakenBackAndALossIsToldOnce)
{
    Events ev;
    pvhop_error err{};
    ev.say("{\"hold\":true}\n{\"hold\":false}\n{\"hold\":1}\n{\"hold\":true}\n");
    ASSERT_TRUE(ev.until([&] { return ev.holds == "+-+"; })) << ev.holds;
    pvhop_events_stalled(ev.e, 17);
    pvhop_events_stalled(ev.e, 0);
    pvhop_error_set(&err, PVHOP_E_PVSERVER_LOST, "it closed the connection");
    pvhop_events_lost(ev.e, &err);
    const auto l = ev.lines();
    ASSERT_EQ(4u, l.size());
    EXPECT_EQ("log", str(l[0], "event")); // the line that is none
    EXPECT_EQ("stalled", str(l[1], "event"));
    EXPECT_EQ(17, json_integer_value(json_object_get(l[1], "silent_s")));
    EXPECT_EQ(0, json_integer_value(json_object_get(l[2], "silent_s")));
    EXPECT_EQ("lost", str(l[3], "event"));
    EXPECT_EQ("PVH1509", str(l[3], "code"));
    EXPECT_EQ("it closed the connection", str(l[3], "why"));
    for (json_t *o : l)
        json_decref(o);
}

TEST(Event, MayBeFreedByAnAnswer)
{
    Events ev;
    ev.free_in_answer = true;
    ev.prompt(1);
    ev.say("{\"id\":1,\"answer\":\"x\"}\n{\"cancel\":true}\n");
    ASSERT_TRUE(ev.until([&] { return ev.e == nullptr; }));
    EXPECT_EQ(0, ev.cancels);
}

TEST(Event, FlatObjects)
{
    auto parse = [](std::string s, pvhop_answer_line *out) {
        s.push_back('\0');
        static std::string kept;
        kept = s;
        return pvhop_answer_parse(&kept[0], out);
    };
    pvhop_answer_line said;
    EXPECT_TRUE(parse("{}", &said));
    EXPECT_TRUE(parse(" { \"id\" : 12 , \"answer\" : \"\" , \"x\":true,\"y\":-1.5e3 } \r", &said));
    EXPECT_TRUE(said.has_id && said.has_answer && said.id == 12);
    EXPECT_STREQ("", said.answer);
    for (const char *bad : {"",
                            "[]",
                            "{",
                            "{\"a\"",
                            "{\"a\":",
                            "{\"a\":1",
                            "{\"a\":1,",
                            "{\"a\":1,}",
                            "{\"a\":{}}",
                            "{\"a\":[1]}",
                            "{\"a\":\"\\u12\"}",
                            "{\"a\":\"\\ud800\"}",
                            "{\"a\":\"\\u0000\"}",
                            "{\"a\":\"\\x\"}",
                            "{\"a\":\"x",
                            "{\"a\":\"x\\",
                            "{}x",
                            "{\"a\":nul}",
                            "{a:1}",
                            "{\"a\":\"\\ud800\\u0041\"}"})
        EXPECT_FALSE(parse(bad, &said)) << bad;
    EXPECT_TRUE(parse("{\"id\":99999999999,\"answer\":\"x\"}", &said));
    EXPECT_FALSE(said.has_id);
    EXPECT_TRUE(parse("{\"id\":\"1\",\"answer\":5,\"cancel\":false}", &said));
    EXPECT_FALSE(said.has_id || said.has_answer || said.cancel);
}

TEST(Event, NobodyToAsk)
{
    Events ev(false);
    ev.prompt(1);
    ev.prompt(2);
    EXPECT_TRUE(ev.answers.empty()) << "never inside the call";
    ASSERT_TRUE(ev.until([&] { return ev.answers.size() == 2; }));
    EXPECT_FALSE(ev.answers[0].asked || ev.answers[1].asked);
}

TEST(Event, LinesForPeople)
{
    Events ev(false, true);
    pvhop_error err;
    pvhop_error_set(&err, PVHOP_E_AUTH, "no key fits\033[31m");
    pvhop_events_phase(ev.e, PVHOP_PHASE_SSH, PVHOP_BEGIN, "Reaching fe");
    pvhop_events_phase(ev.e, PVHOP_PHASE_SSH, PVHOP_DONE, "%s", "");
    pvhop_events_phase(ev.e, PVHOP_PHASE_QUEUE, PVHOP_BEGIN, "Waiting");
    pvhop_events_phase(ev.e, PVHOP_PHASE_QUEUE, PVHOP_PROGRESS, "Waiting: 3rd");
    pvhop_events_phase(ev.e, PVHOP_PHASE_QUEUE, PVHOP_FAILED, "%s", "");
    pvhop_events_log(ev.e, "pvserver", "a\tb\x1b");
    pvhop_events_error(ev.e, &err);
    ev.turn();
    EXPECT_EQ("  ok    Reaching fe  0.0 s\n  ..    Waiting: 3rd\n  fail  Waiting: 3rd  0.0 s\n"
              "  pvserver a b?\npvhop: PVH1301: The login was refused: no key fits?[31m\n",
              ev.people.substr(0, ev.people.find("       Check")));
}

TEST(Event, AskpassAnswersRefusesAndIsCancelled)
{
    // $1 is the question; SSH_ASKPASS_PROMPT says that it is about a host key.
    std::string path = script("case \"$SSH_ASKPASS_PROMPT\" in confirm) case \"$1\" in "
                              "*SHA256:abc*) exit 0;; esac; exit 1;; esac\n"
                              "case \"$1\" in *alice*) echo s3cret; echo more;; *) exit 1;; esac");
    {
        Events ev(false, false, path.c_str());
        ev.prompt(1);
        ev.prompt(2, PVHOP_PROMPT_HOSTKEY);
        ASSERT_TRUE(ev.until([&] { return ev.answers.size() == 2; }));
        EXPECT_EQ("s3cret", ev.answers[0].text);
        EXPECT_EQ("yes", ev.answers[1].text);
        EXPECT_EQ(std::string::npos, ev.text.find("s3cret"));
    }
    std::string no = script("exit 1"), slow = script("exec sleep 60");
    {
        Events ev(false, false, no.c_str());
        ev.prompt(1);
        ev.prompt(2, PVHOP_PROMPT_HOSTKEY);
        ASSERT_TRUE(ev.until([&] { return ev.answers.size() == 2; }));
        EXPECT_TRUE(ev.answers[0].null && ev.answers[0].asked);
        EXPECT_EQ("no", ev.answers[1].text);
    }
    {
        Events ev(false, false, slow.c_str());
        ev.prompt(1);
        ev.turn(20);
        pvhop_events_prompt_cancel(ev.e, 1);
        ev.prompt(2);
        ev.turn(20);
        EXPECT_TRUE(ev.answers.empty());
        // Freed while the program for question 2 runs: it is ended and reaped.
    }
    EXPECT_EQ(-1, waitpid(-1, nullptr, WNOHANG)) << "a child was left behind";
    {
        Events ev(false, false, "/nonexistent/askpass");
        ev.prompt(1);
        ASSERT_TRUE(ev.until([&] { return ev.answers.size() == 1; }));
        EXPECT_FALSE(ev.answers[0].asked);
    }
    for (const std::string &s : {path, no, slow})
        unlink(s.c_str());
}

namespace
{
// Runs `body` in a process whose controlling terminal is a new pty; returns the master and the pid.
pid_t on_a_terminal(int *master, int *keep, const std::function<int(int tty)> &body)
{
    int slave = -1;
    EXPECT_EQ(0, openpty(master, &slave, nullptr, nullptr, nullptr));
    *keep = slave;
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        ioctl(slave, TIOCSCTTY, 0);
        _exit(body(slave));
    }
    return pid;
}

std::string read_until(int fd, const std::string &what)
{
    std::string s;
    char buf[4096];
    while (s.find(what) == std::string::npos) {
        ssize_t n = read(fd, buf, sizeof(buf));
        if (n <= 0)
            break;
        s.append(buf, (size_t)n);
    }
    return s;
}

bool echoes(int tty)
{
    termios t{};
    tcgetattr(tty, &t);
    return t.c_lflag & ECHO;
}

int status_of(pid_t pid)
{
    int status = -1;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
}

void type(int master, const char *text)
{
    ASSERT_EQ((ssize_t)strlen(text), write(master, text, strlen(text)));
}
} // namespace

TEST(Event, TerminalAsksWithoutEcho)
{
    int master, tty;
    pid_t pid = on_a_terminal(&master, &tty, [](int fd) {
        Events ev(false, false, nullptr, fd);
        ev.prompt(1);
        ev.prompt(2, PVHOP_PROMPT_HOSTKEY);
        ev.prompt(3);
        if (!ev.until([&] { return ev.answers.size() == 3; }))
            return 2;
        if (ev.answers[0].text != "s3cret" || ev.answers[1].text != "yes" || !ev.answers[2].null ||
            !ev.answers[2].asked)
            return 3;
        return echoes(fd) ? 0 : 4;
    });
    std::string seen = read_until(master, "Password for alice@fe: ");
    EXPECT_FALSE(echoes(tty));
    type(master, "s3cret\n");
    seen += read_until(master, "(yes/no)? ");
    EXPECT_TRUE(echoes(tty));
    EXPECT_NE(std::string::npos, seen.find("SHA256:abc"));
    type(master, "perhaps\n");
    seen += read_until(master, "'yes' or 'no': ");
    type(master, "YES\n");
    seen += read_until(master, "Password for alice@fe: ");
    type(master, "\x04");
    EXPECT_EQ(0, status_of(pid));
    EXPECT_EQ(std::string::npos, seen.find("s3cret"));
    close(master);
    close(tty);
}

TEST(Event, TerminalIsGivenBackOnSignalAndCancel)
{
    int master, tty;
    pid_t pid = on_a_terminal(&master, &tty, [](int fd) {
        Events ev(false, false, nullptr, fd);
        const int list[] = {SIGINT, SIGTERM, 0};
        static int caught;
        pvhop_error err{};
        pvhop_signals *s = pvhop_signals_new(
            ev.loop, list, [](void *, int n) { caught = n; }, nullptr, &err);
        ev.prompt(1);
        if (!ev.until([&] { return caught != 0; }))
            return 2;
        pvhop_events_free(ev.e);
        ev.e = nullptr;
        pvhop_signals_free(s);
        return echoes(fd) && caught == SIGINT ? 0 : 3;
    });
    read_until(master, "alice@fe: ");
    EXPECT_FALSE(echoes(tty));
    type(master, "\x1a\x1c"); // ^Z and ^\ would leave the echo off: they do nothing here
    type(master, "\x03");
    EXPECT_EQ(0, status_of(pid));
    EXPECT_TRUE(echoes(tty));
    close(master);
    close(tty);

    pid = on_a_terminal(&master, &tty, [](int fd) {
        Events ev(false, false, nullptr, fd);
        ev.prompt(1);
        ev.turn(50);
        ev.turn(0);
        if (echoes(fd))
            return 2;
        pvhop_events_prompt_cancel(ev.e, 1);
        return echoes(fd) && ev.answers.empty() ? 0 : 3;
    });
    EXPECT_EQ(0, status_of(pid));
    close(master);
    close(tty);
}

TEST(Event, ABackgroundJobDoesNotTouchTheTerminal)
{
    int master, tty;
    pid_t pid = on_a_terminal(&master, &tty, [](int fd) {
        pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0); // not the terminal's foreground group
            Events ev(false, false, nullptr, fd);
            ev.prompt(1);
            _exit(ev.until([&] { return ev.answers.size() == 1; }) && !ev.answers[0].asked ? 0 : 5);
        }
        return status_of(child);
    });
    EXPECT_EQ(0, status_of(pid));
    EXPECT_TRUE(echoes(tty));
    close(master);
    close(tty);
}
