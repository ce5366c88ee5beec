// SPDX-License-Identifier: BSD-3-Clause
// The control channel against a real shell of this machine, dash and bash, over a socket pair.
#include "control_private.h"
#include <algorithm>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <pvhop/loop.h>
#include <signal.h>
#include <string.h>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace
{

struct Reply {
    int status = -2;
    std::string output;
    unsigned calls = 0;
    static void take(void *user, int status, const char *output, size_t len)
    {
        auto *self = static_cast<Reply *>(user);
        self->status = status;
        self->output.assign(output, len);
        self->calls++;
    }
};

struct Started {
    std::vector<std::string> lines;
    int status = -2;
    pvhop_task_events events{line, exited};
    static void line(void *user, const char *text)
    {
        static_cast<Started *>(user)->lines.push_back(text);
    }
    static void exited(void *user, int status)
    {
        static_cast<Started *>(user)->status = status;
    }
};

class Control : public testing::TestWithParam<const char *>
{
  protected:
    pvhop_error err{};
    pvhop_loop *loop = nullptr;
    pvhop_control *control = nullptr;
    pid_t shell = -1;
    bool ready = false;
    pvhop_error failure{};

    static void on_ready(void *user)
    {
        static_cast<Control *>(user)->ready = true;
    }
    static void on_failed(void *user, const pvhop_error *err)
    {
        static_cast<Control *>(user)->failure = *err;
    }

    // `command` NULL: the bootstrap, run by the shell under test as a login shell would.
    void open(unsigned lease_s = 45, const char *command = nullptr)
    {
        static const pvhop_control_events events = {on_ready, on_failed};
        int pair[2];
        ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
        shell = fork();
        if (shell == 0) {
            dup2(pair[1], 0);
            dup2(pair[1], 1);
            std::string bootstrap = command ? command : PVHOP_CONTROL_BOOTSTRAP;
            size_t at = bootstrap.find("/bin/sh");
            if (!command)
                bootstrap.replace(at, 7, GetParam());
            execl("/bin/sh", "sh", "-c", bootstrap.c_str(), nullptr);
            _exit(127);
        }
        close(pair[1]);
        loop = pvhop_loop_new(&err);
        ASSERT_NE(nullptr, loop);
        pvhop_stream *stream = pvhop_stream_from_socket(loop, pair[0], "shell", &err);
        ASSERT_NE(nullptr, stream);
        control = pvhop_control_on_stream(loop, stream, lease_s, &events, this, &err);
        ASSERT_NE(nullptr, control);
    }
    // Turns the loop until `done`; fails after 20 s, which no honest step needs.
    void until(const std::function<bool()> &done)
    {
        uint64_t end = pvhop_loop_now_ms(loop) + 20000;
        while (!done()) {
            ASSERT_LT(pvhop_loop_now_ms(loop), end) << "waited in vain";
            ASSERT_EQ(0, pvhop_loop_turn(loop, 100, &err));
        }
    }
    void TearDown() override
    {
        pvhop_control_free(control);
        pvhop_loop_free(loop);
        if (shell > 0) {
            int status;
            EXPECT_EQ(shell, waitpid(shell, &status, 0)); // it ends by itself at end of input
        }
    }
    static std::vector<pid_t> children(pid_t parent)
    {
        std::string id = std::to_string(parent);
        std::ifstream file("/proc/" + id + "/task/" + id + "/children");
        return {std::istream_iterator<pid_t>(file), {}};
    }
    // A process that waits to be reaped by whoever inherited it is dead.
    static bool alive(pid_t pid)
    {
        char state = 'X';
        std::string path = "/proc/" + std::to_string(pid) + "/stat";
        if (FILE *f = fopen(path.c_str(), "r")) {
            if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
                state = 'X';
            fclose(f);
        }
        return state != 'X' && state != 'Z';
    }
};

TEST_P(Control, QueriesComeInOrderWithStatusAndExactOutput)
{
    open();
    Reply a, b, c, d;
    pvhop_control_query(control, "echo one; echo two >&2; exit 3", 10000, Reply::take, &a);
    pvhop_control_query(control, "printf 'a\\n\\n  b c\\t%s\\n' \"it's \\\\ \\$HOME\"", 10000,
                        Reply::take, &b);
    pvhop_control_query(control, "if then fi", 10000, Reply::take,
                        &c); // a syntax error is the query's own
    pvhop_control_query(control, "cat; printf end", 10000, Reply::take, &d);
    until([&] { return d.calls == 1; });
    EXPECT_TRUE(ready);
    EXPECT_EQ(3, a.status);
    EXPECT_EQ("one\ntwo", a.output);
    EXPECT_EQ(0, b.status);
    EXPECT_EQ("a\n\n  b c\tit's \\ $HOME", b.output);
    EXPECT_NE(0, c.status);
    EXPECT_EQ(0, d.status); // stdin is empty
    EXPECT_EQ("end", d.output);
    EXPECT_EQ((long)getuid(), pvhop_control_uid(control));
    EXPECT_STRNE("", pvhop_control_host(control));
    until([&] { return pvhop_control_rtt_ms(control) >= 0; });
}

TEST_P(Control, QueryThatHangsIsGivenUpAndTheNextOneRuns)
{
    open();
    Reply slow, next;
    pvhop_control_query(control, "sleep 1000", 200, Reply::take, &slow);
    pvhop_control_query(control, "echo here", 10000, Reply::take, &next);
    until([&] { return next.calls == 1; });
    EXPECT_EQ(-1, slow.status);
    EXPECT_EQ("here", next.output);
}

TEST_P(Control, FreedQueryIsNotAnswered)
{
    open();
    Reply dropped, next;
    pvhop_query_free(pvhop_control_query(control, "echo x", 10000, Reply::take, &dropped));
    pvhop_control_query(control, "echo y", 10000, Reply::take, &next);
    until([&] { return next.calls == 1; });
    EXPECT_EQ(0u, dropped.calls);
}

TEST_P(Control, TaskGivesLinesAndStatus)
{
    open();
    until([&] { return ready; });
    Started run;
    pvhop_task *task = pvhop_control_start(control, "echo first; printf 'esc \\033[2J'; exit 7",
                                           &run.events, &run);
    ASSERT_NE(nullptr, task);
    until([&] { return run.status != -2; });
    EXPECT_EQ(7, run.status);
    EXPECT_EQ((std::vector<std::string>{"first", "esc ?[2J"}), run.lines);
    pvhop_task_free(task);
}

// mpiexec gives its ranks groups of their own and some programs ignore TERM: the whole session has
// to go.
TEST_P(Control, EndingATaskEndsItsWholeSession)
{
    open();
    until([&] { return ready; });
    Started run;
    pvhop_task *task = pvhop_control_start(
        control, "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1000; done' & wait; echo never",
        &run.events, &run);
    until([&] { return run.lines.size() == 1; });
    pid_t stubborn = (pid_t)std::stol(run.lines[0]);
    EXPECT_TRUE(alive(stubborn));
    pvhop_task_end(task);
    until([&] { return run.status != -2; });
    EXPECT_FALSE(alive(stubborn));
    EXPECT_EQ(1u, run.lines.size());
    pvhop_task_free(task);
}

TEST_P(Control, EndOfInputEndsTasks)
{
    open();
    until([&] { return ready; });
    Started run;
    pvhop_task *task = pvhop_control_start(control, "echo $$; exec sleep 1000", &run.events, &run);
    until([&] { return run.lines.size() == 1; });
    pid_t pid = (pid_t)std::stol(run.lines[0]);
    EXPECT_TRUE(alive(pid));
    pvhop_control_free(control);
    control = nullptr;
    pvhop_task_free(task);
    int status;
    EXPECT_EQ(shell, waitpid(shell, &status, 0));
    shell = -1;
    EXPECT_FALSE(alive(pid)); // the shell goes last
}

TEST_P(Control, LeaseEndsTasksWhenNoHeartbeatComes)
{
    open(1);
    until([&] { return ready; });
    Started run;
    pvhop_task *task = pvhop_control_start(control, "echo $$; exec sleep 1000", &run.events, &run);
    until([&] { return run.lines.size() == 1; });
    pid_t pid = (pid_t)std::stol(run.lines[0]);
    int status; // the loop stands still from here, so no heartbeat is sent; the shell ends itself
    EXPECT_EQ(shell, waitpid(shell, &status, 0));
    shell = -1;
    EXPECT_FALSE(alive(pid));
    until([&] { return failure.code != PVHOP_OK; });
    EXPECT_EQ(PVHOP_E_SSH_LOST, failure.code);
    EXPECT_EQ(128 + SIGTERM, run.status); // the last words are still read
    pvhop_task_free(task);
}

// The shell is killed (kill -9, want of memory) and ends nothing itself. It is two processes: the
// one that reads the commands, by the pipe that it holds, and its parent, which is what sshd
// started.
TEST_P(Control, NothingOutlivesAKilledReader)
{
    open();
    until([&] { return ready; });
    Started run;
    pvhop_task *task =
        pvhop_control_start(control, "sleep 1000 & echo $!; wait", &run.events, &run);
    until([&] { return run.lines.size() == 1; });
    pid_t pid = (pid_t)std::stol(run.lines[0]), reader = -1;
    for (pid_t child : children(shell))
        if (access(("/proc/" + std::to_string(child) + "/fd/9").c_str(), F_OK) == 0)
            reader = child;
    ASSERT_GT(reader, 0);
    std::vector<pid_t> below = children(reader);
    EXPECT_TRUE(alive(pid));
    ASSERT_EQ(0, kill(reader, SIGKILL));
    int status;
    EXPECT_EQ(shell, waitpid(shell, &status, 0)); // it goes last
    shell = -1;
    EXPECT_FALSE(alive(pid));
    for (pid_t child : below)
        EXPECT_FALSE(alive(child));
    until([&] { return failure.code != PVHOP_OK; });
    EXPECT_EQ(PVHOP_E_SSH_LOST, failure.code);
    pvhop_task_free(task);
}

// Each task has a process of its own that ends its session; that one may be killed, too. The task
// goes when it is told to, or else with the shell.
TEST_P(Control, NoTaskOutlivesItsKilledRunner)
{
    for (bool told : {true, false}) {
        SCOPED_TRACE(told);
        ready = false;
        open();
        until([&] { return ready; });
        Started run;
        pvhop_task *task =
            pvhop_control_start(control, "sleep 1000 & echo $!; wait", &run.events, &run);
        until([&] { return run.lines.size() == 1; });
        pid_t pid = (pid_t)std::stol(run.lines[0]), runner = getsid(pid);
        std::ifstream stat("/proc/" + std::to_string(runner) + "/stat");
        std::string number, name, state;
        stat >> number >> name >> state >> runner; // its parent (proc(5))
        ASSERT_EQ(0, kill(runner, SIGKILL));
        until([&] { return !alive(runner); });
        EXPECT_TRUE(alive(pid));
        if (told) {
            pvhop_task_end(task);
            until([&] { return !alive(pid); });
        }
        pvhop_control_free(control);
        control = nullptr;
        pvhop_task_free(task);
        int status;
        EXPECT_EQ(shell, waitpid(shell, &status, 0)); // it goes last
        shell = -1;
        EXPECT_FALSE(alive(pid));
        pvhop_loop_free(loop);
        loop = nullptr;
    }
}

TEST_P(Control, NothingOutlivesAKilledShell)
{
    open();
    until([&] { return ready; });
    Started run;
    pvhop_task *task =
        pvhop_control_start(control, "sleep 1000 & echo $!; wait", &run.events, &run);
    until([&] { return run.lines.size() == 1; });
    pid_t pid = (pid_t)std::stol(run.lines[0]);
    ASSERT_EQ(0, kill(shell, SIGKILL));
    int status;
    EXPECT_EQ(shell, waitpid(shell, &status, 0));
    shell = -1;
    pvhop_control_free(control); // sshd closes the shell's input when the shell is gone
    control = nullptr;
    pvhop_task_free(task);
    until([&] { return !alive(pid); });
}

TEST_P(Control, NoisyLoginIsSkippedAndNoShellIsExplained)
{
    open(45, "echo Welcome; echo 'This account is not for shells.'; exit 1");
    until([&] { return failure.code != PVHOP_OK; });
    EXPECT_EQ(PVHOP_E_SHELL, failure.code);
    EXPECT_NE(nullptr, strstr(failure.why, "This account is not for shells.")) << failure.why;
}

TEST_P(Control, NoiseBeforeTheGreetingDoesNoHarm)
{
    std::string noisy =
        "printf 'Welcome to login3\\n\\nno newline at the end'; " PVHOP_CONTROL_BOOTSTRAP;
    open(45, noisy.c_str());
    Reply reply;
    pvhop_control_query(control, "echo fine", 10000, Reply::take, &reply);
    until([&] { return reply.calls == 1; });
    EXPECT_EQ("fine", reply.output);
}

INSTANTIATE_TEST_SUITE_P(Shells, Control, testing::Values("/bin/dash", "/bin/bash"),
                         [](const testing::TestParamInfo<const char *> &info) {
                             return std::string(info.param).substr(5);
                         });

TEST(ControlText, EncodeKeepsEveryByte)
{
    std::string all;
    for (int i = 1; i < 256; i++)
        all += (char)i;
    char *encoded = pvhop_control_encode(all.c_str());
    ASSERT_NE(nullptr, encoded);
    EXPECT_EQ(std::string::npos, std::string(encoded).find_first_of(" '\"\n$`!*"));
    for (const char *sh : {"/bin/dash", "/bin/bash"}) {
        int fds[2];
        ASSERT_EQ(0, pipe(fds));
        pid_t pid = fork();
        if (pid == 0) {
            dup2(fds[1], 1);
            execl(sh, sh, "-c", "LC_ALL=C; printf %b \"$0\"", encoded, nullptr);
            _exit(127);
        }
        close(fds[1]);
        std::string back;
        char bytes[512];
        for (ssize_t n; (n = read(fds[0], bytes, sizeof(bytes))) > 0;)
            back.append(bytes, (size_t)n);
        close(fds[0]);
        waitpid(pid, nullptr, 0);
        EXPECT_EQ(all, back) << sh;
    }
    free(encoded);
}

// tcsh expands '!' and fish knows backslashes even between single quotes.
TEST(ControlText, BootstrapSurvivesExoticLoginShells)
{
    std::string text = PVHOP_CONTROL_BOOTSTRAP;
    EXPECT_EQ(std::string::npos, text.find_first_of("!\n\\"));
    EXPECT_EQ(2, std::count(text.begin(), text.end(), '\''));
}

} // namespace
