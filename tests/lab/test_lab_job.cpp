// SPDX-License-Identifier: BSD-3-Clause
// A pvserver in a real batch job: where it tells that it is, and that it never outlives the one who
// wanted it. The lease runs at five times its pace.
#include "job_script.h"
#include "lab.h"
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using pvhop_test::Lab;

// A program in the lab, with its input and output.
class Child
{
  public:
    explicit Child(const std::vector<std::string> &argv)
    {
        int in[2], out[2];
        std::vector<char *> args;

        for (const std::string &arg : argv)
            args.push_back(const_cast<char *>(arg.c_str()));
        args.push_back(nullptr);
        if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
            abort();
        m_pid = fork();
        if (m_pid == 0) {
            dup2(in[0], 0);
            dup2(out[1], 1);
            dup2(out[1], 2);
            execv(args[0], args.data());
            _exit(127);
        }
        close(in[0]);
        close(out[1]);
        m_in = in[1];
        m_out = out[0];
    }
    ~Child()
    {
        close(m_in);
        kill(m_pid, SIGTERM);
        waitpid(m_pid, nullptr, 0);
        close(m_out);
    }
    // The rest of the first line that begins with `begin`; gives up after 40 s. Sends a heartbeat
    // every second if `beating`.
    std::string wait_for(const std::string &begin, bool beating = false)
    {
        for (int seconds = 0;;) {
            for (size_t at = 0, end; (end = m_text.find('\n', at)) != std::string::npos;
                 at = end + 1)
                if (m_text.compare(at, begin.size(), begin) == 0)
                    return m_text.substr(at + begin.size(), end - at - begin.size());
            struct pollfd p = {m_out, POLLIN, 0};
            char buf[4096];
            if (poll(&p, 1, 1000) == 0 && ++seconds < 40) {
                if (beating)
                    beat();
                continue;
            }
            ssize_t n = p.revents ? read(m_out, buf, sizeof(buf)) : 0;
            if (n <= 0) {
                ADD_FAILURE() << "no line with '" << begin << "' in: " << m_text;
                return "";
            }
            m_text.append(buf, static_cast<size_t>(n));
        }
    }
    const std::string &text() const
    {
        return m_text;
    }

  private:
    void beat()
    {
        EXPECT_EQ(5, write(m_in, "beat\n", 5));
    }
    pid_t m_pid;
    int m_in, m_out;
    std::string m_text;
};

class LabJob : public testing::TestWithParam<const char *>
{
  protected:
    void SetUp() override
    {
        std::string missing = Lab::missing();
        if (!missing.empty())
            GTEST_SKIP() << "NO LAB: " << missing;
        m_s = pvhop_scheduler_find(GetParam());
        m_lab.reset(new Lab({"--scheduler", GetParam()}));
        ASSERT_EQ("", m_lab->why_not());
        m_job.folder = "~/.cache/pvhop/start";
        m_job.pvserver = "pvserver";
        m_job.pace_s = 1;
        m_job.connect_id = 4242;
        m_res.name = "pvhop-1a2b";
        m_res.walltime_s = 1800;
    }
    // Puts a text into alice's home.
    void place(const char *name, char *text)
    {
        ASSERT_NE(nullptr, text) << m_err.why;
        Child to(m_lab->argv("alice@fe", {"/bin/sh", "-c",
                                          "cat <<'EOT-8f2e' >" + std::string(name) +
                                              " && echo ok\n" + text + "\nEOT-8f2e\n"}));
        free(text);
        to.wait_for("ok");
    }
    // The watchdog, through a real ssh from the workstation.
    std::unique_ptr<Child> watch(unsigned heartbeat_s)
    {
        place("watchdog.sh", pvhop_job_watchdog_sh(m_s, &m_job, &m_res, heartbeat_s, &m_err));
        return std::make_unique<Child>(
            m_lab->argv("wsuser@ws", {"ssh", "fe", "exec /bin/sh watchdog.sh"}));
    }
    bool job_is_there()
    {
        std::string out;
        m_lab->sh("alice@fe", GetParam() == std::string("slurm") ? "squeue -h" : "qstat", &out);
        return out.find_first_not_of(" \n") != std::string::npos;
    }
    // How long until no job is there any more, in seconds; 999 after 40.
    double gone_after()
    {
        struct timespec begun, now;
        clock_gettime(CLOCK_MONOTONIC, &begun);
        for (;;) {
            bool there = job_is_there();
            clock_gettime(CLOCK_MONOTONIC, &now);
            double passed = static_cast<double>(now.tv_sec - begun.tv_sec) +
                            static_cast<double>(now.tv_nsec - begun.tv_nsec) / 1e9;
            if (!there)
                return passed;
            if (passed > 40)
                return 999;
            usleep(100000);
        }
    }
    // pvserver on the node, or none.
    bool pvserver_runs()
    {
        return m_lab->sh("cn1", "pgrep -x pvserver") == 0 ||
               m_lab->sh("cn2", "pgrep -x pvserver") == 0;
    }
    const pvhop_scheduler *m_s = nullptr;
    std::unique_ptr<Lab> m_lab;
    pvhop_job_script m_job = {};
    pvhop_resources m_res = {};
    pvhop_error m_err = {};
};

TEST_P(LabJob, TellsWhereAndEndsWithItsWatchdogsInput)
{
    std::unique_ptr<Child> watchdog = watch(45);
    pvhop_job_where where;
    std::string said = watchdog->wait_for(PVHOP_WATCH_WHERE);

    EXPECT_NE(std::string::npos,
              watchdog->text().find(PVHOP_WATCH_OUT "Accepting connection(s): cn"));
    ASSERT_EQ(0, pvhop_job_where_read(said.c_str(), &where, &m_err)) << said;
    for (size_t n = 0; n < where.count; n++)
        EXPECT_EQ(0, m_lab->exec("alice@fe", {"timeout", "5", "bash", "-c", "getent ahosts \"$0\"",
                                              where.at[n].host}))
            << where.at[n].host;
    std::string look = "ss -Hltn sport = " + std::to_string(where.at[0].port) + " | grep -q .";
    EXPECT_TRUE(m_lab->sh("cn1", look) == 0 || m_lab->sh("cn2", look) == 0);
    std::string mode;
    m_lab->sh("alice@fe",
              "stat -c %a .cache/pvhop/start .cache/pvhop/start/* | sort -u | paste -sd' '", &mode);
    EXPECT_EQ("600 700\n", mode);

    // The workstation's ssh is killed: the job goes at once.
    m_lab->sh("ws", "kill -KILL $(pgrep -x ssh)");
    EXPECT_LT(gone_after(), 10);
    EXPECT_FALSE(pvserver_runs());
    for (int n = 0; n < 100 && m_lab->sh("alice@fe", "test -e .cache/pvhop/start") == 0; n++)
        usleep(100000);
    EXPECT_NE(0, m_lab->sh("alice@fe", "test -e .cache/pvhop/start"));
}

TEST_P(LabJob, EndsWithoutHeartbeatAndWithADeadWatchdog)
{
    {
        std::unique_ptr<Child> watchdog = watch(4);
        watchdog->wait_for(PVHOP_WATCH_WHERE, true);
        // The connection stays, but is silent.
        EXPECT_LT(gone_after(), 15);
    }
    // A watchdog that is killed can cancel nothing: the job sees that its lease has stopped.
    {
        std::unique_ptr<Child> watchdog = watch(45);
        watchdog->wait_for(PVHOP_WATCH_WHERE);
        m_lab->sh("fe", "kill -KILL $(pgrep -f 'sh watchdog.sh$')");
        double seconds = gone_after();
        EXPECT_LT(seconds, 16);
        EXPECT_GT(seconds, 4); // by the lease, not by a cancel
        EXPECT_FALSE(pvserver_runs());
    }
    // One that nobody waits for does not start a pvserver at all.
    place("job.sh", pvhop_job_script_sh(&m_job, &m_res, &m_err));
    ASSERT_EQ(0, m_lab->sh("alice@fe",
                           "cd .cache/pvhop/start && : >out && echo '7 1000' >lease && cd && " +
                               std::string(GetParam() == std::string("slurm")
                                               ? "sbatch -o /dev/null"
                                               : "qsub -S /bin/sh -j y -o /dev/null") +
                               " job.sh"));
    EXPECT_LT(gone_after(), 20);
    std::string out;
    m_lab->sh("alice@fe", "cat .cache/pvhop/start/out", &out);
    EXPECT_EQ("pvhop: nobody waits for this job any more; pvserver is not started\n", out);
}

// As the control channel runs it: no input, ended by TERM and soon after by KILL of its session.
TEST_P(LabJob, EndsByTermAsATaskOfTheControlChannel)
{
    place("watchdog.sh", pvhop_job_watchdog_sh(m_s, &m_job, &m_res, 0, &m_err));
    Child watchdog(m_lab->argv(
        "alice@fe",
        {"/bin/sh", "-c", "setsid /bin/sh ./watchdog.sh </dev/null & echo \"session $!\"; wait"}));
    std::string session = watchdog.wait_for("session ");
    watchdog.wait_for(PVHOP_WATCH_WHERE);
    m_lab->sh("alice@fe", "pkill -TERM -s " + session + "; sleep 0.2; pkill -KILL -s " + session);
    EXPECT_LT(gone_after(), 10);

    // The same while the job waits in the queue.
    m_res.extra = GetParam() == std::string("slurm") ? "--hold" : "-h";
    place("watchdog.sh", pvhop_job_watchdog_sh(m_s, &m_job, &m_res, 0, &m_err));
    Child second(m_lab->argv(
        "alice@fe",
        {"/bin/sh", "-c", "setsid /bin/sh ./watchdog.sh </dev/null & echo \"session $!\"; wait"}));
    session = second.wait_for("session ");
    second.wait_for(PVHOP_WATCH_ID);
    EXPECT_TRUE(job_is_there());
    m_lab->sh("alice@fe", "pkill -TERM -s " + session);
    EXPECT_LT(gone_after(), 10);
}

// pvserver calls the front end, by the one of its addresses that can be reached from the nodes; two
// ranks on two nodes where the batch system starts them.
TEST_P(LabJob, CallsTheFrontEnd)
{
    Child listener(m_lab->argv("alice@fe", {"socat", "-d", "-d", "TCP-LISTEN:0,bind=10.77.2.1,fork",
                                            "SYSTEM:head -c 9 | od -An -tx1 >&2; cat >/dev/null"}));
    std::string at = listener.wait_for("20"); // "2026/11/21 ... N listening on AF=2 10.77.2.1:PORT"
    ASSERT_NE(std::string::npos, at.find("10.77.2.1:")) << at;
    m_job.calls = "10.77.1.10 fe.nowhere fe";
    m_job.call_port = static_cast<uint16_t>(atoi(at.c_str() + at.find("10.77.2.1:") + 10));
    m_job.launcher = GetParam() == std::string("slurm") ? "srun --mpi=pmix_v4 -n {processes}"
                                                        : "mpiexec -n {processes}";
    m_res.nodes = 2;
    m_res.processes = 2;
    std::unique_ptr<Child> watchdog = watch(45);
    // The first bytes of ParaView's handshake: tag, length, byte order.
    listener.wait_for(" 3c 3c 3c 3c 01 00 00 00 00");
    EXPECT_TRUE(pvserver_runs());
    m_lab->sh("ws", "kill -KILL $(pgrep -x ssh)");
    EXPECT_LT(gone_after(), 10);
}

INSTANTIATE_TEST_SUITE_P(Real, LabJob, testing::Values("slurm", "sge"),
                         [](const testing::TestParamInfo<const char *> &p) {
                             return std::string(p.param);
                         });
