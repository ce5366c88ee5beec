// SPDX-License-Identifier: BSD-3-Clause
// The control channel against a real shell of this machine, dash and bash, over a socket pair.
#include "control_fixture.hpp"
#include "sshd.h"
#include <algorithm>
#include <chrono>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <memory>
#include <signal.h>
#include <string.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace
{
using namespace std::chrono_literals;

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
    pvhop_task *task = nullptr;
    pid_t pid = -1;
    static void line(void *user, const char *text)
    {
        static_cast<Started *>(user)->lines.push_back(text);
    }
    static void exited(void *user, int status)
    {
        static_cast<Started *>(user)->status = status;
    }
};

class Control : public ControlShell
{
  protected:
    void open(unsigned lease_s = 45, const std::string &command = bootstrap())
    {
        int pair[2];
        ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
        start_shell(pair[1], pair[1], command);
        talk(pvhop_stream_from_socket(loop, pair[0], "shell", &err), lease_s);
    }
    // Starts a command whose first line is a process's number.
    void open_and_start(Started *run, const char *command, unsigned lease_s = 45)
    {
        open(lease_s);
        until([&] { return ready; });
        run->task = pvhop_control_start(control, command, &run->events, run);
        ASSERT_NE(nullptr, run->task);
        until([&] { return run->lines.size() == 1; });
        ASSERT_EQ(1u, run->lines.size());
        run->pid = (pid_t)std::stol(run->lines[0]);
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
    pvhop_control_query(control, "echo one; echo two >&2; exit 3", 45000, Reply::take, &a);
    pvhop_control_query(control, "printf 'a\\n\\n  b c\\t%s\\n' \"it's \\\\ \\$HOME\"", 45000,
                        Reply::take, &b);
    pvhop_control_query(control, "if then fi", 45000, Reply::take,
                        &c); // a syntax error is the query's own
    pvhop_control_query(control, "cat; printf end", 45000, Reply::take, &d);
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
    pvhop_control_query(control, "echo here", 45000, Reply::take, &next);
    until([&] { return next.calls == 1; });
    EXPECT_EQ(-1, slow.status);
    EXPECT_EQ("here", next.output);
}

TEST_P(Control, AStoppedShellIsSilentAndOneWhoseCommandHangsIsNot)
{
    open();
    Reply slow;
    until([&] { return ready; });
    pvhop_control_query(control, "sleep 1000", 45000, Reply::take, &slow);
    pvhop_control_ask(control);
    until([&] { return pvhop_control_silent_ms(control) == 0; });
    std::vector<pid_t> all = children(shell);
    all.push_back(shell);
    for (pid_t one : all)
        kill(one, SIGSTOP);
    EXPECT_FALSE(pvhop_control_is_silent(control, &err));
    pvhop_control_ask(control);
    until([&] { return pvhop_control_is_silent(control, &err); });
    EXPECT_EQ(PVHOP_E_TIMEOUT, err.code);
    EXPECT_EQ(0, strncmp(err.why, "the host let us in, but then its shell said nothing for ", 56))
        << err.why;
    for (pid_t one : all)
        kill(one, SIGCONT);
    until([&] { return !pvhop_control_is_silent(control, &err); });
    EXPECT_EQ(0u, slow.calls);
}

TEST_P(Control, FreedQueryIsNotAnswered)
{
    open();
    Reply dropped, next;
    pvhop_query_free(pvhop_control_query(control, "echo x", 45000, Reply::take, &dropped));
    pvhop_control_query(control, "echo y", 45000, Reply::take, &next);
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
    Started run;
    open_and_start(
        &run, "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1000; done' & wait; echo never");
    EXPECT_TRUE(alive(run.pid));
    pvhop_task_end(run.task);
    until([&] { return run.status != -2; });
    EXPECT_FALSE(alive(run.pid));
    EXPECT_EQ(1u, run.lines.size());
    pvhop_task_free(run.task);
}

TEST_P(Control, EndOfInputEndsTasks)
{
    Started run;
    open_and_start(&run, "echo $$; exec sleep 1000");
    EXPECT_TRUE(alive(run.pid));
    hang_up();
    pvhop_task_free(run.task);
    reap();
    EXPECT_FALSE(alive(run.pid)); // the shell goes last
}

TEST_P(Control, LeaseEndsTasksWhenNoHeartbeatComes)
{
    Started run;
    open_and_start(&run, "echo $$; exec sleep 1000", 1);
    reap(); // the loop stands still meanwhile, so no heartbeat is sent; the shell ends itself
    EXPECT_FALSE(alive(run.pid));
    until([&] { return failure.code != PVHOP_OK; });
    EXPECT_EQ(PVHOP_E_SSH_LOST, failure.code);
    EXPECT_EQ(128 + SIGTERM, run.status); // the last words are still read
    pvhop_task_free(run.task);
}

// The shell is killed (kill -9, want of memory) and ends nothing itself. It is two processes: the
// one that reads the commands, by the pipe that it holds, and its parent, which is what sshd
// started.
TEST_P(Control, NothingOutlivesAKilledReader)
{
    Started run;
    open_and_start(&run, "sleep 1000 & echo $!; wait");
    pid_t reader = -1;
    for (pid_t child : children(shell))
        if (access(("/proc/" + std::to_string(child) + "/fd/9").c_str(), F_OK) == 0)
            reader = child;
    ASSERT_GT(reader, 0);
    std::vector<pid_t> below = children(reader);
    EXPECT_TRUE(alive(run.pid));
    ASSERT_EQ(0, kill(reader, SIGKILL));
    reap(); // it goes last
    EXPECT_FALSE(alive(run.pid));
    for (pid_t child : below)
        EXPECT_FALSE(alive(child));
    until([&] { return failure.code != PVHOP_OK; });
    EXPECT_EQ(PVHOP_E_SSH_LOST, failure.code);
    pvhop_task_free(run.task);
}

// Each task has a process of its own that ends its session; that one may be killed, too. The task
// goes when it is told to, or else with the shell.
TEST_P(Control, NoTaskOutlivesItsKilledRunner)
{
    for (bool told : {true, false}) {
        SCOPED_TRACE(told);
        Started run;
        open_and_start(&run, "sleep 1000 & echo $!; wait");
        pid_t runner = getsid(run.pid);
        std::ifstream stat("/proc/" + std::to_string(runner) + "/stat");
        std::string number, name, state;
        stat >> number >> name >> state >> runner; // its parent (proc(5))
        ASSERT_EQ(0, kill(runner, SIGKILL));
        until([&] { return !alive(runner); });
        EXPECT_TRUE(alive(run.pid));
        if (told) {
            pvhop_task_end(run.task);
            until([&] { return !alive(run.pid); });
        }
        hang_up();
        pvhop_task_free(run.task);
        reap(); // it goes last
        EXPECT_FALSE(alive(run.pid));
        ready = false;
    }
}

// However early it is told to end, a script that has begun to wait for that hears it.
TEST_P(Control, ATaskHearsThatItIsToEndFromItsFirstMomentOn)
{
    const pvhop_test::TempDir folder;
    std::vector<std::unique_ptr<Started>> runs;
    open();
    until([&] { return ready; });
    for (int i = 0; i < 40; i++) {
        const std::string at = folder / std::to_string(i);
        const std::string script = "trap 'echo >" + at + ".told; exit' TERM; echo >" + at +
                                   ".began; while :; do sleep 0.1; done";
        runs.push_back(std::make_unique<Started>());
        Started *run = runs.back().get();
        run->task = pvhop_control_start(control, script.c_str(), &run->events, run);
        ASSERT_NE(nullptr, run->task);
        const auto from = std::chrono::steady_clock::now();
        until([&] { return std::chrono::steady_clock::now() - from >= i * 1ms; });
        pvhop_task_end(run->task);
    }
    for (auto &run : runs) {
        until([&] { return run->status != -2; });
        pvhop_task_free(run->task);
    }
    for (int i = 0; i < 40; i++) {
        const std::string at = folder / std::to_string(i);
        EXPECT_TRUE(access((at + ".began").c_str(), F_OK) != 0 ||
                    access((at + ".told").c_str(), F_OK) == 0)
            << i;
    }
}

// The task itself kills the reader, which may not have told of it yet.
TEST_P(Control, NothingOutlivesAReaderThatIsKilledAtOnce)
{
    const pvhop_test::TempDir folder;
    const std::string go =
        folder / "go"; // written to when the line has come: it goes by the reader
    ASSERT_EQ(0, mkfifo(go.c_str(), 0600));
    const std::string script = "echo $$; read -r go <'" + go +
                               "'; IFS=' ' read -r a b c reader rest </proc/$PPID/stat; "
                               "kill -9 \"$reader\"; sleep 1000";
    for (int i = 0; i < 5; i++) {
        Started run;
        open_and_start(&run, script.c_str());
        pvhop_test::write_file(go, "\n");
        reap();
        EXPECT_FALSE(alive(run.pid));
        until([&] { return failure.code != PVHOP_OK; });
        EXPECT_EQ(PVHOP_E_SSH_LOST, failure.code);
        pvhop_task_free(run.task);
        hang_up();
        failure = {};
        ready = false;
    }
}

TEST_P(Control, NothingOutlivesAKilledShell)
{
    Started run;
    open_and_start(&run, "sleep 1000 & echo $!; wait");
    ASSERT_EQ(0, kill(shell, SIGKILL));
    reap();
    hang_up(); // sshd closes the shell's input when the shell is gone
    pvhop_task_free(run.task);
    until([&] { return !alive(run.pid); });
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
    open(45, noisy);
    Reply reply;
    pvhop_control_query(control, "echo fine", 45000, Reply::take, &reply);
    until([&] { return reply.calls == 1; });
    EXPECT_EQ("fine", reply.output);
}

INSTANTIATE_TEST_SUITE_P(Shells, Control, testing::Values("/bin/dash", "/bin/bash"), shell_name);

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
