// SPDX-License-Identifier: BSD-3-Clause
// The texts of a batch job: what pvserver gets, the lease, and what is read back. Run with sh,
// without a batch system.
#include "job_script.h"
#include "sshd.h"
#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

using pvhop_test::read_file;
using pvhop_test::run;
using pvhop_test::TempDir;
using pvhop_test::write_file;

class JobScript : public testing::Test
{
  protected:
    void SetUp() override
    {
        // A pvserver that writes down its arguments, and listens, as it says.
        ASSERT_TRUE(write_file(
            m_dir / "pvserver",
            "#!/bin/sh\nfor a; do printf '<%s>\\n' \"$a\"; done >\"$HOME/args\"\n"
            "echo \"window $VTK_DEFAULT_OPENGL_WINDOW\" >>\"$HOME/args\"\n"
            "echo 'Waiting for client...'\necho \"Accepting connection(s): $(uname -n):4444\"\n"
            "exit 5\n",
            0755));
        ASSERT_TRUE(write_file(
            m_dir / "mpiexec",
            "#!/bin/sh\necho \"mpi $1 $2\" >\"$HOME/mpi\"\nshift 2\nexec \"$@\"\n", 0755));
        write_file(m_dir / "where", "");
        m_folder = m_dir.path();
        m_job.folder = m_folder.c_str();
        m_program = m_dir / "pvserver";
        m_job.pvserver = m_program.c_str();
        m_job.pace_s = 1;
        m_res.name = "pvhop-test";
    }
    int run_job(const std::string &lease)
    {
        pvhop_error err = {};
        char *text = pvhop_job_script_sh(&m_job, &m_res, &err);
        std::string out;

        EXPECT_NE(nullptr, text) << err.why;
        EXPECT_TRUE(write_file(m_dir / "job.sh", text ? text : ""));
        free(text);
        write_file(m_dir / "lease", lease);
        write_file(m_dir / "out", "");
        write_file(m_dir / "port", m_port);
        return run({"/usr/bin/env", "-i", "PATH=" + m_folder + ":/usr/bin:/bin", "HOME=" + m_folder,
                    "/bin/sh", m_dir / "job.sh"},
                   &out);
    }
    std::string fresh()
    {
        return "1 " + std::to_string(time(nullptr)) + "\n";
    }
    TempDir m_dir;
    std::string m_folder, m_program, m_launcher, m_port;
    pvhop_job_proof m_proof = {};
    pvhop_job_script m_job = {};
    pvhop_resources m_res = {};
};

TEST_F(JobScript, ListensAndTellsWhere)
{
    m_job.connect_id = 4242;
    m_job.arguments = "--mpi  $(touch pwned) 'x'";
    m_job.prelude = "echo from the prelude\nMARK=1";
    EXPECT_EQ(5, run_job(fresh())) << read_file(m_dir / "out");
    EXPECT_EQ(
        "<--server-port=0>\n<--connect-id=4242>\n<--mpi>\n<$(touch>\n<pwned)>\n<'x'>\nwindow \n",
        read_file(m_dir / "args"));
    std::string out = read_file(m_dir / "out"), where = read_file(m_dir / "where");
    EXPECT_EQ(0u, out.find("from the prelude\nWaiting for client...\nAccepting connection(s): "))
        << out;
    EXPECT_EQ(0u, where.find("4444 ")) << where;
    EXPECT_NE(std::string::npos, where.find(" end\n")) << where;
}

TEST_F(JobScript, CallsWithLauncherRenderingAndTime)
{
    m_job.calls = "127.0.0.1 localhost";
    m_job.call_port = 1; // closed: the first is taken then
    m_launcher = m_dir / "mpiexec -n {processes}";
    m_job.launcher = m_launcher.c_str();
    m_job.rendering = "egl";
    m_res.processes = 7;
    m_res.gpus = 2;
    m_res.walltime_s = 3630;
    EXPECT_EQ(5, run_job(fresh())) << read_file(m_dir / "out");
    EXPECT_EQ("mpi -n 7\n", read_file(m_dir / "mpi"));
    EXPECT_EQ("<--reverse-connection>\n<--client-host=127.0.0.1>\n<--server-port=1>\n<--force-"
              "offscreen-rendering>\n"
              "<--displays=0,1>\n<--timeout=59>\nwindow vtkEGLRenderWindow\n",
              read_file(m_dir / "args"));
}

TEST_F(JobScript, WaitsForThePortThatItIsTold)
{
    m_job.calls = "127.0.0.1";
    m_port = "7 end\n";
    EXPECT_EQ(5, run_job(fresh())) << read_file(m_dir / "out");
    EXPECT_EQ("<--reverse-connection>\n<--client-host=127.0.0.1>\n<--server-port=7>\nwindow \n",
              read_file(m_dir / "args"));
    // Half a line is none. As nobody renews the lease, the wait ends, and pvserver is not started.
    m_port = "7";
    write_file(m_dir / "args", "");
    EXPECT_EQ(75, run_job(fresh()));
    EXPECT_EQ("", read_file(m_dir / "args"));
    EXPECT_EQ(0u, read_file(m_dir / "where").find("22 "));
    EXPECT_NE(std::string::npos, read_file(m_dir / "out").find("nobody told the port"));
}

// Where no helper runs, connections are told by the node's addresses, whichever program knows them.
TEST_F(JobScript, TellsItsAddressesWhereNothingIsProved)
{
    m_job.calls = "127.0.0.1";
    m_job.call_port = 1;
    m_proof.asked = true;
    m_job.proof = &m_proof;
    for (const char *program : {"hostname", "ip", "getent"})
        ASSERT_TRUE(write_file(m_dir / program, "#!/bin/sh\nexit 1\n", 0755));
    struct {
        const char *program, *prints, *token;
    } sources[] = {
        {"uname", "", "plain \n"}, // nothing knows any: nobody will be let in
        {"getent", "10.77.2.11 STREAM cn1\n10.77.2.11 DGRAM\n127.0.1.1 STREAM\n",
         "plain 10.77.2.11 \n"},
        {"ip",
         "2: eth0    inet 10.77.2.12/24 brd 10.77.2.255 scope global eth0\\\n"
         "2: eth0    inet6 fd77:2::12/64 scope global\\\n",
         "plain 10.77.2.12 fd77:2::12 \n"},
        {"hostname", "10.77.2.13 fe80::1 fd77:2::13 \n", "plain 10.77.2.13 fd77:2::13 \n"}};
    for (const auto &source : sources) {
        write_file(m_dir / "token", "00112233445566778899aabbccddeeff\n");
        ASSERT_TRUE(write_file(m_dir / source.program,
                               std::string("#!/bin/sh\ncat <<'END'\n") + source.prints + "END\n",
                               0755));
        EXPECT_EQ(5, run_job(fresh())) << read_file(m_dir / "out");
        EXPECT_EQ(source.token, read_file(m_dir / "token")) << source.program;
    }
}

TEST_F(JobScript, IsNotStartedWithoutALease)
{
    EXPECT_EQ(75, run_job("over\n"));
    EXPECT_EQ("", read_file(m_dir / "args"));
    // A clock that is far off proves nothing, and the number does not change.
    EXPECT_EQ(75, run_job("3 1000\n"));
    EXPECT_EQ("", read_file(m_dir / "args"));
    EXPECT_NE(std::string::npos, read_file(m_dir / "out").find("nobody waits"));
}

// What a launcher leaves behind when it ends, be it killed, ends with the job, also if it does not
// care for SIGTERM.
TEST_F(JobScript, EndsWhatTheLauncherLeaves)
{
    ASSERT_TRUE(write_file(
        m_dir / "pvserver",
        "#!/bin/sh\ntrap '' TERM\nsleep 1000 &\necho $! >\"$HOME/child\"\nexit 6\n", 0755));
    EXPECT_EQ(6, run_job(fresh())) << read_file(m_dir / "out");
    const pid_t child = atoi(read_file(m_dir / "child").c_str());
    ASSERT_GT(child, 0);
    auto runs = [&] {
        const std::string stat = read_file("/proc/" + std::to_string(child) + "/stat");
        return stat.find("(sleep)") != std::string::npos && stat.find(") Z") == std::string::npos;
    };
    for (int tenths = 0; runs() && tenths < 600; tenths++)
        usleep(100000); // its parent is another one by now, and tells us nothing
    EXPECT_FALSE(runs());
    if (runs())
        kill(child, SIGKILL);
}

TEST_F(JobScript, ValuesAreRefused)
{
    pvhop_error err = {};
    auto refused = [&](const char *pvhop_job_script::*field, const char *value) {
        pvhop_job_script job = m_job;
        job.*field = value;
        char *text = pvhop_job_script_sh(&job, &m_res, &err);
        bool is = !text && err.code == PVHOP_E_VALUE;
        free(text);
        return is;
    };
    EXPECT_TRUE(refused(&pvhop_job_script::folder, nullptr));
    EXPECT_TRUE(refused(&pvhop_job_script::folder, "a\nb"));
    EXPECT_TRUE(refused(&pvhop_job_script::pvserver, ""));
    EXPECT_TRUE(refused(&pvhop_job_script::launcher, "srun\nid"));
    EXPECT_TRUE(refused(&pvhop_job_script::arguments, "a\nb"));
    EXPECT_TRUE(refused(&pvhop_job_script::calls, "fe $(id)"));
    EXPECT_TRUE(refused(&pvhop_job_script::calls, "fe;id"));
    EXPECT_TRUE(refused(&pvhop_job_script::calls, std::string(1000, 'a').c_str()));
    EXPECT_FALSE(refused(&pvhop_job_script::calls, " fe  10.0.0.1 fd77:2::1 "));

    m_job.prelude = "echo PVHOP-END-OF-TEXT-7c1f0a";
    EXPECT_EQ(nullptr,
              pvhop_job_watchdog_sh(pvhop_scheduler_find("slurm"), &m_job, &m_res, 45, &err));
    EXPECT_EQ(PVHOP_E_VALUE, err.code);
}

TEST_F(JobScript, TextsAreGoodShForEverySchedulerAndShell)
{
    for (const char *name : {"slurm", "pbs", "lsf", "sge", "none"}) {
        pvhop_error err = {};
        m_res.processes = 2;
        char *text = pvhop_job_watchdog_sh(pvhop_scheduler_find(name), &m_job, &m_res, 45, &err);
        ASSERT_NE(nullptr, text) << err.why;
        ASSERT_TRUE(write_file(m_dir / "watchdog.sh", text));
        free(text);
        for (const char *shell : {"dash", "bash"}) {
            std::string out;
            EXPECT_EQ(0, run({shell, "-n", m_dir / "watchdog.sh"}, &out)) << name << out;
        }
    }
}

// The whole of it with the front end's own processes as jobs.
TEST_F(JobScript, WatchdogWithoutABatchSystem)
{
    const std::string folder = m_dir / "start", home = m_dir.path();
    pvhop_error err = {};
    m_job.folder = folder.c_str();
    ASSERT_TRUE(write_file(
        m_dir / "pvserver",
        "#!/bin/sh\necho \"Accepting connection(s): $(uname -n):4444\"\necho $$ >\"$HOME/pid\"\n"
        "exec sleep 600\n",
        0755));
    char *text = pvhop_job_watchdog_sh(pvhop_scheduler_find("none"), &m_job, &m_res, 45, &err);
    ASSERT_NE(nullptr, text) << err.why;
    ASSERT_TRUE(write_file(m_dir / "watchdog.sh", text));
    free(text);
    // Its input ends as soon as it has told where pvserver is.
    std::string out;
    EXPECT_EQ(0,
              run({"/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "HOME=" + home, "/bin/sh", "-c",
                   "cd && mkfifo beat && { /bin/sh ./watchdog.sh <beat >said & } && exec 3>beat\n"
                   "while ! grep -q pvhop-where said; do sleep 0.05; done\n"
                   "exec 3>&-\nwait\ncat said"},
                  &out))
        << out;
    EXPECT_NE(std::string::npos, out.find("#pvhop-id ")) << out;
    EXPECT_NE(std::string::npos, out.find("#pvhop-where 4444 ")) << out;
    pid_t pid = static_cast<pid_t>(atoi(read_file(m_dir / "pid").c_str()));
    ASSERT_GT(pid, 1);
    for (int n = 0; n < 200 && kill(pid, 0) == 0; n++)
        usleep(50000);
    EXPECT_NE(0, kill(pid, 0)) << "pvserver is still there";
    EXPECT_NE(0, access(folder.c_str(), F_OK)) << "the folder is still there";
}

TEST(JobWhere, Reads)
{
    pvhop_job_where where;
    pvhop_error err = {};

    ASSERT_EQ(
        0, pvhop_job_where_read("33119 cn1 cn1.cluster.lab 10.77.2.11 fd77:2::11", &where, &err));
    ASSERT_EQ(4u, where.count);
    EXPECT_STREQ("cn1", where.at[0].host);
    EXPECT_STREQ("fd77:2::11", where.at[3].host);
    EXPECT_EQ(33119, where.at[3].port);
    ASSERT_EQ(0, pvhop_job_where_read("1 $(id) cn1 a;b", &where, &err));
    ASSERT_EQ(1u, where.count);
    for (std::string bad :
         {std::string(""), std::string("cn1 4444"), std::string("0 cn1"), std::string("70000 cn1"),
          std::string("4444"), std::string("4444 \x1b[2J"), "4444 " + std::string(5000, 'a')}) {
        EXPECT_EQ(-1, pvhop_job_where_read(bad.c_str(), &where, &err)) << bad;
        EXPECT_EQ(PVHOP_E_RENDEZVOUS, err.code);
    }
    std::string many = "4444";
    for (int n = 0; n < 100; n++)
        many += " cn" + std::to_string(n);
    ASSERT_EQ(0, pvhop_job_where_read(many.c_str(), &where, &err));
    EXPECT_EQ(static_cast<size_t>(PVHOP_WHERE_MAX), where.count);
}
