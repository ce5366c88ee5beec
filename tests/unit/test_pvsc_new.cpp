// SPDX-License-Identifier: BSD-3-Clause
// `pvhop pvsc new` asks on a terminal: a real one, of this test's own.
#include "pvsc_fixture.hpp"
#include "sshd.h"
#include <fstream>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace
{
/// The program on a terminal. It is answered as it asks, and nothing is typed ahead of it.
class Terminal
{
  public:
    explicit Terminal(std::vector<std::string> words)
    {
        words.insert(words.begin(), {"pvhop", "pvsc", "new"});
        m_pid = forkpty(&m_fd, nullptr, nullptr, nullptr);
        if (m_pid == 0) {
            std::vector<char *> argv;
            for (auto &word : words)
                argv.push_back(&word[0]);
            argv.push_back(nullptr);
            execv(PVHOP_PROGRAM, argv.data());
            _exit(126);
        }
    }
    ~Terminal()
    {
        if (m_pid > 0) {
            kill(m_pid, SIGKILL);
            waitpid(m_pid, nullptr, 0);
        }
        close(m_fd);
    }
    Terminal(const Terminal &) = delete;
    Terminal &operator=(const Terminal &) = delete;

    /// Waits until it asks `question`, which is what its last line begins with, and answers.
    void answer(const std::string &question, const std::string &line)
    {
        if (testing::Test::HasFatalFailure())
            return;
        while (last().rfind(question, 0) != 0 || last().substr(last().size() - 2) != ": ")
            if (!more())
                FAIL() << "no question '" << question << "':\n" << m_said;
        m_asked = m_said.size();
        const std::string typed = line + "\n";
        ASSERT_EQ(ssize_t(typed.size()), write(m_fd, typed.data(), typed.size()));
        while (m_said.find('\n', m_asked) == std::string::npos && more())
            ; // its echo
    }
    /// Enter alone, to these.
    void enter(const std::vector<std::string> &questions)
    {
        for (auto &question : questions)
            answer(question, "");
    }
    void end_of_input()
    {
        ASSERT_EQ(1, write(m_fd, "\4", 1));
    }
    /// All that it said, and its exit code.
    int finish()
    {
        int status = -1;
        while (more())
            ;
        waitpid(m_pid, &status, 0);
        m_pid = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    const std::string &said() const
    {
        return m_said;
    }
    bool said(const std::string &text) const
    {
        return m_said.find(text) != std::string::npos;
    }

  private:
    std::string last() const
    {
        const size_t newline = m_said.rfind('\n');
        return newline == std::string::npos ? m_said : m_said.substr(newline + 1);
    }
    bool more()
    {
        char buf[4096];
        pollfd p = {m_fd, POLLIN, 0};
        if (poll(&p, 1, 60000) != 1) // it hangs
            return false;
        const ssize_t n = read(m_fd, buf, sizeof(buf)); // EIO: nobody has the terminal any more
        if (n > 0)
            for (ssize_t i = 0; i < n; i++)
                if (buf[i] != '\r')
                    m_said += buf[i];
        return n > 0;
    }
    int m_fd = -1;
    pid_t m_pid = -1;
    std::string m_said;
    size_t m_asked = 0;
};

class PvscNew : public testing::Test
{
  protected:
    pvhop_test::TempDir folder;
    const std::string file = folder / "site.pvsc";
    /// The recipe of an entry in the file, as arguments; and what it asks for.
    std::string entry(const char *name)
    {
        pvhop_error err{};
        Pvsc f(pvhop_pvsc_read(file.c_str(), &err));
        Recipe r(f ? pvhop_pvsc_recipe(f.get(), name, &err) : nullptr);
        if (!r)
            return err.why;
        const std::string asked = joined(take(pvhop_pvsc_asked(f.get(), name)));
        return joined(take(pvhop_recipe_to_args(r.get()))) + (asked.empty() ? "" : " ? " + asked);
    }
};
} // namespace

TEST_F(PvscNew, AHostIsEnough)
{
    Terminal t({});
    t.answer("Host: ", "");
    t.answer("Host: ", "fe.site.org");
    t.enter({"User name", "Route (auto, direct,", "Batch system", "Commands before",
             "pvserver [pvserver]", "MPI launcher", "Rendering"});
    t.enter({"Is that what you want (yes, no) [yes]", "Asked by ParaView"});
    t.enter({"Name of the entry [", "File to add it to"});
    EXPECT_EQ(0, t.finish()) << t.said();
    EXPECT_TRUE(t.said("There is no entry without it")) << t.said();
    EXPECT_TRUE(t.said("<Argument value=\"fe.site.org\"/>")) << t.said();
    EXPECT_FALSE(t.said("Queue")) << "there is no job";
}

TEST_F(PvscNew, AJobIsAskedAboutAndPutIntoAFile)
{
    Terminal t({"--gpus=2"});
    t.answer("Host: ", "alice@fe.site.org");
    t.answer("User name: ", "");
    t.answer("Route", "two-hop-forward");
    t.answer("Batch system", "cluster");
    t.answer("Batch system", "?");
    t.answer("Batch system", "slurm");
    t.answer("Queue: ", "viz");
    t.answer("Account: ", "a b");
    t.answer("Account: ", "physics");
    t.answer("Time: ", "90m");
    t.answer("Nodes: ", "2");
    t.enter({"GPUs a node [2]: "});
    t.answer("Processes: ", "8");
    t.answer("Commands before: ", "module load paraview/{version}");
    t.answer("pvserver [", "");
    t.answer("MPI launcher: ", "srun");
    t.answer("Rendering", "egl");
    t.answer("Is that what you want", "yes");
    t.answer("Asked by ParaView", "walltime,colour");
    t.answer("Asked by ParaView", "walltime,nodes");
    t.answer("Name of the entry", "viz & more");
    t.answer("File to add it to", folder / "no/such/folder.pvsc");
    t.answer("Name of the entry", "viz & more");
    t.answer("File to add it to", file);
    EXPECT_EQ(0, t.finish()) << t.said();
    EXPECT_TRUE(t.said("scheduler 'cluster'")) << t.said();
    EXPECT_TRUE(t.said("none starts it on the host itself")) << "no help: " << t.said();
    EXPECT_TRUE(t.said("PVH1703")) << "nothing of the file that could not be written: " << t.said();
    EXPECT_EQ("alice@fe.site.org --route=two-hop-forward --prelude=module load paraview/{version} "
              "--mpi=srun --rendering=egl --scheduler=slurm --queue=viz --account=physics "
              "--walltime=90m --nodes=2 --processes=8 --gpus=2 ? walltime nodes",
              entry("viz & more"));
}

// A no goes round again with the answers given so far; what was a job's goes with the job.
TEST_F(PvscNew, AnswersCanBeTakenBack)
{
    std::ofstream(file) << "<Servers><Server name=\"old\" resource=\"cs://a\"/></Servers>";
    Terminal t({"--output", file, "--append"});
    t.answer("Host: ", "fe");
    t.answer("User name: ", "alice");
    t.answer("Route", "tunnel");
    t.answer("Batch system", "sge");
    t.answer("Queue: ", "all.q");
    t.enter({"Account", "Time", "Nodes", "GPUs"});
    t.answer("Processes", "4");
    t.enter({"Commands before", "pvserver", "MPI", "Rendering"});
    t.answer("Is that what you want", "no");
    t.enter({"Host [fe]: "});
    t.answer("User name [alice]: ", "-");
    t.enter({"Route (auto, direct, tunnel, two-hop-forward, two-hop-reverse, relay, relay-tunnel, "
             "stdio) [tunnel]: "});
    t.answer("Batch system", "none");
    t.enter({"Commands before", "pvserver", "MPI", "Rendering"});
    t.answer("Is that what you want", "maybe");
    t.answer("Is that what you want", "y");
    t.answer("Style (pvhop, openssh) [pvhop]: ", "openssh");
    t.answer("Drawn by ParaView", "client-port,connect-id");
    t.answer("Name of the entry", "old");
    t.answer("Name of the entry", "new");
    EXPECT_EQ(0, t.finish()) << t.said();
    EXPECT_EQ("fe --route=tunnel", entry("new").substr(0, 17));
    EXPECT_EQ(std::string::npos, entry("new").find("queue")) << entry("new");
    pvhop_error err{};
    Pvsc f(pvhop_pvsc_read(file.c_str(), &err));
    EXPECT_STREQ("old", pvhop_pvsc_name(f.get(), 0)) << "an entry was lost";
    EXPECT_FALSE(pvhop_pvsc_is_ours(f.get(), "new"));
}

TEST_F(PvscNew, WithoutAnAnswerNothingIsWritten)
{
    Terminal t({"--output", file});
    t.answer("Host: ", "fe");
    t.answer("User name: ", "two words");
    t.end_of_input();
    EXPECT_EQ(130, t.finish()) << t.said();
    EXPECT_TRUE(t.said("PVH1004")) << t.said();
    EXPECT_FALSE(std::filesystem::exists(file));
}

// A script is not asked: without a host it is told that there is none.
TEST_F(PvscNew, AScriptIsNotAsked)
{
    const int status = system(PVHOP_PROGRAM " pvsc new </dev/null 2>/dev/null");
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(64, WEXITSTATUS(status));
}
