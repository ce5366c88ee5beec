// SPDX-License-Identifier: BSD-3-Clause
// PBS and LSF, of which there is no Debian package: the adapters' own texts run against commands
// that say, and end with, what OpenPBS 23.06 was seen to (PBS), or what the documentation of LSF
// 10.1 and of its predecessors tells.
#include "sshd.h"
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <pvhop/scheduler.h>
#include <string>
#include <unistd.h>
#include <vector>

using pvhop_test::read_file;
using pvhop_test::TempDir;
using pvhop_test::write_file;

// A command with its arguments, as a pattern of the shell; its exit status; its words.
struct Play {
    std::string command;
    int status;
    std::string words;
};
using Plays = std::vector<Play>;

static const Play PBS{"qsub --version", 0, "pbs_version = 23.06.06"};
static const Play LSF{"bsub -V", 0, "IBM Spectrum LSF Standard 10.1.0.12, Jun 10 2021"};

// What a batch system answers to a submission, and what of it is told.
struct Refusal {
    int status;
    const char *words, *said, *remedy;
};

class SchedulerPlayed : public testing::Test
{
  protected:
    // What a text prints where these commands are all there is.
    std::string run(char *text, const Plays &plays)
    {
        std::string out, played = "#!/bin/sh\nwhole=\"${0##*/} $*\"\necho \"$whole\" "
                                  ">>\"$HOME/called\"\ncase $whole in\n";
        EXPECT_NE(nullptr, text) << m_err.why;
        for (const Play &p : plays) {
            std::string pattern;
            for (char c : p.command)
                pattern += c == ' ' ? "\\ " : std::string(1, c);
            played += pattern + ") cat >&" + (p.status ? "2" : "1") + " <<'END-OF-WORDS'\n" +
                      p.words + "\nEND-OF-WORDS\nexit " + std::to_string(p.status) + " ;;\n";
        }
        played += "esac\necho \"not played: $whole\"\nexit 99\n";
        for (const char *name : {"qsub", "qstat", "qdel", "bsub", "bjobs", "bkill"})
            EXPECT_TRUE(write_file(m_dir / name, played, 0755));
        write_file(m_dir / "called", "");
        EXPECT_TRUE(write_file(m_dir / "text.sh", text ? text : ""));
        free(text);
        pvhop_test::run({"/usr/bin/env", "-i", "PATH=" + m_dir.path() + ":/usr/bin:/bin",
                         "HOME=" + m_dir.path(), "/bin/sh", m_dir / "text.sh"},
                        &out);
        EXPECT_EQ(std::string::npos, out.find("not played: ")) << out;
        return out;
    }
    // The id, or "" and m_err.
    std::string submit(const char *scheduler, const Plays &plays)
    {
        const pvhop_scheduler *s = pvhop_scheduler_find(scheduler);
        char id[PVHOP_JOB_ID_MAX] = "";
        pvhop_resources r = {};
        r.name = "pv-abc123";
        m_err = {};
        std::string out = run(pvhop_scheduler_submit_sh(s, &r, "/dev/null", &m_err), plays);
        return pvhop_scheduler_submit_read(s, out.data(), out.size(), id, &m_err) == 0 ? id : "";
    }
    void expect_refused(const char *scheduler, const Plays &plays, const Refusal &row)
    {
        EXPECT_EQ("", submit(scheduler, plays));
        EXPECT_EQ(PVHOP_E_SUBMIT, m_err.code) << row.words;
        EXPECT_NE(nullptr, strstr(m_err.why, row.said)) << m_err.why;
        EXPECT_NE(nullptr, strstr(m_err.remedy, row.remedy)) << row.words << ": " << m_err.remedy;
    }
    pvhop_job_status state(const char *scheduler, const char *id, const Plays &plays)
    {
        const pvhop_scheduler *s = pvhop_scheduler_find(scheduler);
        pvhop_job_status status = {};
        std::string out = run(pvhop_scheduler_state_sh(s, id, true, &m_err), plays);
        EXPECT_EQ(0, pvhop_scheduler_state_read(s, id, out.data(), out.size(), &status, &m_err));
        return status;
    }
    // 0, or -1 and m_err; whether it was tried stands in called().
    int cancel(const char *scheduler, const char *id, const Plays &plays)
    {
        const pvhop_scheduler *s = pvhop_scheduler_find(scheduler);
        m_err = {};
        std::string out = run(pvhop_scheduler_cancel_sh(s, id, "pv-abc123", &m_err), plays);
        return pvhop_scheduler_cancel_read(s, id, out.data(), out.size(), &m_err);
    }
    bool called(const std::string &command)
    {
        return read_file(m_dir / "called").find(command + "\n") != std::string::npos;
    }
    TempDir m_dir;
    pvhop_error m_err = {};
};

static std::string pbs_job(const std::string &lines)
{
    return "Job Id: 1.fe\n    Job_Name = pv-abc123\n    Job_Owner = alice@fe.cluster.lab\n" + lines;
}

TEST_F(SchedulerPlayed, PbsSubmits)
{
    EXPECT_EQ("0.fe", submit("pbs", {PBS, {"qsub *", 0, "0.fe"}})) << m_err.why;
    // Torque, which has a version of its own and asks for nodes in other words
    EXPECT_EQ("4711.server.site.org",
              submit("pbs", {{"qsub --version", 0, "Version: 6.1.2\nCommit: 661e092"},
                             {"qsub *nodes=1:ppn=1*", 0, "4711.server.site.org"}}))
        << m_err.why;
    const Refusal table[] = {
        {170, "qsub: Unknown queue", "Unknown queue", "--queue"},
        {173, "qsub: Queue is not enabled", "not enabled", "--queue"},
        {187, "qsub: Unknown resource: nosuch", "nosuch", "--constraint"},
        {187, "qsub: Unknown resource Resource_List.nosuch", "nosuch", "--constraint"},
        {166, "qsub: Illegal attribute or resource value select.ncpus", "select.ncpus",
         "--processes"},
        {166, "qsub: Illegal attribute or resource value Resource_List.walltime", "walltime",
         "--walltime"},
        {188, "qsub: Job violates queue and/or server resource limits", "resource limits",
         "--walltime"},
        {159, "qsub: Unauthorized Request ", "Unauthorized", "ask the site"},
        {38, "qsub: would exceed queue generic's per-user limit", "per-user", "wait for one"},
        {197, "qsub: Bad GID for job execution", "Bad GID", "group"},
        {162, "Connection refused\nqsub: cannot connect to server fe (errno=15010)", "errno=15010",
         "try again later"},
        {160, "Unknown Host.\nqsub: cannot connect to server fe (errno=15008)", "errno=15008",
         "try again later"},
        // A site's own hook, as OpenPBS itself knows no accounts
        {1, "qsub: Account 'nosuch' is not valid for alice", "'nosuch'", "--account"},
        {2, "qsub: invalid option -- 'Q'\nusage: qsub [...]", "'Q'", "--scheduler-args"},
    };
    for (const Refusal &row : table)
        expect_refused("pbs", {PBS, {"qsub *", row.status, row.words}}, row);
    // Another system's qsub is not PBS's: Slurm's wrapper, Grid Engine's.
    for (const char *other : {"Unknown option: version", "SGE 8.1.9"}) {
        EXPECT_EQ("", submit("pbs", {{"qsub *", 0, other}}));
        EXPECT_EQ(PVHOP_E_SCHEDULER_MISSING, m_err.code) << m_err.why;
    }
}

TEST_F(SchedulerPlayed, PbsTellsTheState)
{
    const std::string over =
        "qstat: 1.fe Job has finished, use -x or -H to obtain historical job information";
    auto now = [&](const std::string &lines) {
        return state("pbs", "1.fe", {PBS, {"qstat -f 1.fe", 0, pbs_job(lines)}});
    };
    auto past = [&](const std::string &lines) {
        return state("pbs", "1.fe",
                     {PBS, {"qstat -f 1.fe", 35, over}, {"qstat -x -f 1.fe", 0, pbs_job(lines)}});
    };
    pvhop_job_status st = now("    job_state = Q\n    substate = 10\n"
                              "    comment = Not Running: Not enough free nodes available\n");
    EXPECT_EQ(PVHOP_JOB_QUEUED, st.state);
    EXPECT_STREQ("Not Running: Not enough free nodes available", st.reason);
    EXPECT_FALSE(st.hopeless);
    EXPECT_STREQ("", st.node);
    st = now("    job_state = Q\n    comment = Can Never Run: Insufficient amount of resource: "
             "host (cn9 != cn1\n\t,cn2)\n");
    EXPECT_TRUE(st.hopeless);
    EXPECT_NE(nullptr, strstr(st.reason, "(cn9 != cn1,cn2)")) << st.reason;
    st = now("    job_state = H\n    Hold_Types = u\n");
    EXPECT_EQ(PVHOP_JOB_QUEUED, st.state);
    EXPECT_TRUE(st.hopeless);
    st = now("    job_state = R\n    substate = 41\n    exec_host = cn1/0\n");
    EXPECT_EQ(PVHOP_JOB_STARTING, st.state);
    st = now("    job_state = R\n    substate = 42\n    exec_host = cn1/0*8+cn2/0*8\n");
    EXPECT_EQ(PVHOP_JOB_RUNNING, st.state);
    EXPECT_STREQ("cn1", st.node);
    st = now("    job_state = E\n    substate = 51\n    exec_host = cn1/0\n");
    EXPECT_EQ(PVHOP_JOB_ENDED, st.state);
    st = past("    job_state = F\n    substate = 93\n    Exit_status = 3\n"
              "    comment = Job run at Sat Nov 21 at 03:05 on (cn1:ncpus=1) and failed\n");
    EXPECT_EQ(PVHOP_JOB_ENDED, st.state);
    EXPECT_EQ(3, st.exit_code);
    st = past("    job_state = F\n    substate = 91\n"
              "    comment = Not Running: Insufficient amount of resource: ncpus  and "
              "terminated\n");
    EXPECT_EQ(PVHOP_JOB_ENDED, st.state);
    EXPECT_EQ(-1, st.exit_code);
    // Without a history, which is the default: not known, but not silent.
    st = state(
        "pbs", "1.fe",
        {PBS,
         {"qstat -f 1.fe", 153, "qstat: Unknown Job Id 1.fe"},
         {"qstat -x -f 1.fe", 0, "qstat: PBS is not configured to maintain job history 1.fe"}});
    EXPECT_EQ(PVHOP_JOB_UNKNOWN, st.state);
    EXPECT_FALSE(st.silent);
    st = state(
        "pbs", "1.fe",
        {PBS,
         {"qstat *", 255, "Connection refused\nqstat: cannot connect to server fe (errno=15010)"}});
    EXPECT_EQ(PVHOP_JOB_UNKNOWN, st.state);
    EXPECT_TRUE(st.silent);
}

TEST_F(SchedulerPlayed, PbsCancels)
{
    const Play ours{"qstat -f 1.fe", 0, pbs_job("    job_state = R\n")};

    EXPECT_EQ(0, cancel("pbs", "1.fe", {PBS, ours, {"qdel 1.fe", 0, ""}})) << m_err.why;
    EXPECT_TRUE(called("qdel 1.fe"));
    // It ended between the look and the deletion, with a history and without.
    EXPECT_EQ(0, cancel("pbs", "1.fe", {PBS, ours, {"qdel *", 35, "qdel: Job has finished 1.fe"}}));
    EXPECT_EQ(0, cancel("pbs", "1.fe", {PBS, ours, {"qdel *", 153, "qdel: Unknown Job Id 1.fe"}}));
    EXPECT_EQ(-1,
              cancel("pbs", "1.fe", {PBS, ours, {"qdel *", 159, "qdel: Unauthorized Request  1"}}));
    EXPECT_NE(nullptr, strstr(m_err.why, "Unauthorized")) << m_err.why;
    // It had ended before: nothing to do.
    for (const Play &gone :
         {Play{"qstat -f 1.fe", 153, "qstat: Unknown Job Id 1.fe"},
          Play{"qstat -f 1.fe", 35, "qstat: 1.fe Job has finished, use -x or -H to obtain"}}) {
        EXPECT_EQ(0, cancel("pbs", "1.fe", {PBS, gone})) << m_err.why;
        EXPECT_FALSE(called("qdel 1.fe"));
    }
    // The id is somebody else's by now.
    EXPECT_EQ(-1, cancel("pbs", "1.fe",
                         {PBS,
                          {"qstat -f 1.fe", 0,
                           "Job Id: 1.fe\n    Job_Name = other\n    job_state = R\n"}}));
    EXPECT_NE(nullptr, strstr(m_err.why, "'other'")) << m_err.why;
    EXPECT_FALSE(called("qdel 1.fe"));
    // Nobody answers: that is told, so that it is tried again.
    EXPECT_EQ(-1,
              cancel("pbs", "1.fe", {PBS, {"qstat *", 255, "qstat: cannot connect to server fe"}}));
    EXPECT_NE(nullptr, strstr(m_err.why, "cannot connect")) << m_err.why;
}

TEST_F(SchedulerPlayed, LsfSubmits)
{
    EXPECT_EQ(
        "21",
        submit("lsf", {LSF, {"bsub *", 0, "Job <21> is submitted to default queue <normal>."}}))
        << m_err.why;
    const Refusal table[] = {
        {255, "nosuch: No such queue. Job not submitted.", "nosuch", "--queue"},
        {255, "closed: Queue has been closed. Job not submitted.", "closed", "--queue"},
        {255, "User cannot use the queue. Job not submitted.", "cannot use", "--queue"},
        {255, "Bad resource requirement syntax. Job not submitted.", "resource requirement",
         "--constraint"},
        {255, "RUNLIMIT: Cannot exceed queue's hard limit(s). Job not submitted.", "RUNLIMIT",
         "--walltime"},
        {255, "Too many processors requested. Job not submitted.", "processors", "--processes"},
        {255, "nosuch: No such project. Job not submitted.", "project", "--account"},
        {255, "Request aborted by esub. Job not submitted.", "esub", "site"},
        {255, "Failed in an LSF library call: LSF is down. Job not submitted.", "LSF is down",
         "try again later"},
    };
    for (const Refusal &row : table)
        expect_refused("lsf", {LSF, {"bsub *", row.status, row.words}}, row);
}

// Old versions of LSF, and OpenLava: bjobs has no -o there.
static const Play OPENLAVA{"bsub -V", 0, "OpenLava 2.2, Apr 10 2013"};
static const Play NO_FORMAT{"bjobs *-o *", 255, "bjobs: illegal option -- o\nusage: bjobs [-h]"};

static std::string lsf_table(const char *state, const char *host, const char *name)
{
    return std::string("JOBID   USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME   "
                       "SUBMIT_TIME\n4711    alice   ") +
           state + "  normal     fe          " + host + "   " + name + "  Nov  1 03:05";
}

TEST_F(SchedulerPlayed, LsfTellsTheState)
{
    auto now = [&](const std::string &line) {
        return state("lsf", "4711", {LSF, {"bjobs *-o * 4711", 0, line}});
    };
    pvhop_job_status st =
        now("4711|PEND|-|-|60.0|0 second(s)|Job slot limit reached: 2 hosts | queue;");
    EXPECT_EQ(PVHOP_JOB_QUEUED, st.state);
    EXPECT_STREQ("Job slot limit reached: 2 hosts | queue;", st.reason);
    st = now("4711|PSUSP|-|-|60.0|0 second(s)|The job was suspended by the user while pending;");
    EXPECT_EQ(PVHOP_JOB_QUEUED, st.state);
    EXPECT_TRUE(st.hopeless);
    st = now("4711|PROV|cn1|-|60.0|0 second(s)|-");
    EXPECT_EQ(PVHOP_JOB_STARTING, st.state);
    st = now("4711|RUN|2*cn1:2*cn2|-|60.0|600 second(s)|-");
    EXPECT_EQ(PVHOP_JOB_RUNNING, st.state);
    EXPECT_STREQ("cn1", st.node);
    EXPECT_EQ(3000, st.time_left_s);
    st = now("4711|EXIT|cn1|130|60.0|12 second(s)|-");
    EXPECT_EQ(PVHOP_JOB_ENDED, st.state);
    EXPECT_EQ(130, st.exit_code);
    EXPECT_EQ(0, now("4711|DONE|cn1|-|60.0|12 second(s)|-").exit_code);
    const Play unknown{"bjobs *", 255, "Job <4711> is not found"};
    st = state("lsf", "4711", {LSF, unknown});
    EXPECT_EQ(PVHOP_JOB_UNKNOWN, st.state);
    EXPECT_FALSE(st.silent);
    st = state("lsf", "4711", {LSF, {"bjobs *", 255, "LSF is down. Please wait ..."}});
    EXPECT_TRUE(st.silent);

    st = state("lsf", "4711",
               {OPENLAVA, NO_FORMAT, {"bjobs -a -w 4711", 0, lsf_table("PEND", "-", "pv")}});
    EXPECT_EQ(PVHOP_JOB_QUEUED, st.state);
    st = state("lsf", "4711",
               {OPENLAVA, NO_FORMAT, {"bjobs -a -w 4711", 0, lsf_table("RUN ", "cn1", "pv")}});
    EXPECT_EQ(PVHOP_JOB_RUNNING, st.state);
    EXPECT_STREQ("cn1", st.node);
}

TEST_F(SchedulerPlayed, LsfCancels)
{
    const Play ours{"bjobs *-o job_name 4711", 0, "pv-abc123"},
        ended{"bkill 4711", 255, "Job <4711>: Job has already finished"},
        done{"bkill 4711", 0, "Job <4711> is being terminated"};

    EXPECT_EQ(0, cancel("lsf", "4711", {LSF, ours, done})) << m_err.why;
    EXPECT_TRUE(called("bkill 4711"));
    EXPECT_EQ(0, cancel("lsf", "4711", {LSF, ours, ended})) << m_err.why;
    EXPECT_EQ(-1, cancel("lsf", "4711",
                         {LSF, ours, {"bkill *", 255, "Job <4711>: User permission denied"}}));
    EXPECT_NE(nullptr, strstr(m_err.why, "permission denied")) << m_err.why;
    EXPECT_EQ(0, cancel("lsf", "4711", {LSF, {"bjobs *", 255, "Job <4711> is not found"}}));
    EXPECT_FALSE(called("bkill 4711"));
    EXPECT_EQ(-1, cancel("lsf", "4711", {LSF, {"bjobs *", 0, "other"}}));
    EXPECT_NE(nullptr, strstr(m_err.why, "'other'")) << m_err.why;
    EXPECT_FALSE(called("bkill 4711"));
    EXPECT_EQ(-1, cancel("lsf", "4711", {LSF, {"bjobs *", 255, "LSF is down. Please wait ..."}}));
    EXPECT_NE(nullptr, strstr(m_err.why, "LSF is down")) << m_err.why;

    auto old = [&](const std::string &table) {
        return cancel("lsf", "4711", {OPENLAVA, NO_FORMAT, {"bjobs -a -w 4711", 0, table}, done});
    };
    EXPECT_EQ(0, old(lsf_table("RUN ", "cn1:cn2", "pv-abc123"))) << m_err.why;
    EXPECT_TRUE(called("bkill 4711"));
    EXPECT_EQ(0, old(lsf_table("PEND", "   ", "pv-abc123"))) << m_err.why;
    EXPECT_TRUE(called("bkill 4711"));
    EXPECT_EQ(-1, old(lsf_table("RUN ", "cn1", "other")));
    EXPECT_NE(nullptr, strstr(m_err.why, "'other'")) << m_err.why;
    EXPECT_FALSE(called("bkill 4711"));
    EXPECT_EQ(0, cancel("lsf", "4711",
                        {OPENLAVA, NO_FORMAT, {"bjobs *", 255, "Job <4711> is not found"}}))
        << m_err.why;
}
