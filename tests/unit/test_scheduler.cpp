// SPDX-License-Identifier: BSD-3-Clause
// The adapters of batch systems: what they make of recorded answers, and that every value
// reaches the command unchanged or is refused.
#include "sshd.h"
#include <cstdlib>
#include <gtest/gtest.h>
#include <pvhop/scheduler.h>
#include <string>
#include <vector>

using pvhop_test::read_file;
using pvhop_test::TempDir;
using pvhop_test::write_file;

static std::string data(const std::string &name)
{
    std::string text = read_file(std::string(PVHOP_TEST_DATA) + "/scheduler/" + name + ".txt");
    EXPECT_FALSE(text.empty()) << name;
    return text;
}

static const pvhop_scheduler *scheduler_of(const std::string &name)
{
    const pvhop_scheduler *s = pvhop_scheduler_find(name.substr(0, name.find('-')).c_str());
    EXPECT_NE(nullptr, s) << name;
    return s;
}

TEST(Scheduler, TableHasEachOnce)
{
    for (const char *name : {"slurm", "pbs", "lsf", "sge", "none"})
        ASSERT_NE(nullptr, pvhop_scheduler_find(name)) << name;
    EXPECT_EQ(nullptr, pvhop_scheduler_find("cron"));
    EXPECT_EQ(nullptr, pvhop_scheduler_find(nullptr));
    EXPECT_EQ(nullptr, pvhop_scheduler_row(5));
}

// ---- submissions

struct Submission {
    const char *file, *id, *words, *remedy;
};

class SchedulerSubmit : public testing::TestWithParam<Submission>
{
};

TEST_P(SchedulerSubmit, Reads)
{
    const Submission &p = GetParam();
    std::string text = data(p.file);
    char id[PVHOP_JOB_ID_MAX] = "";
    pvhop_error err = {};
    int rc = pvhop_scheduler_submit_read(scheduler_of(p.file), text.data(), text.size(), id, &err);

    if (p.id) {
        ASSERT_EQ(0, rc) << err.why;
        EXPECT_STREQ(p.id, id);
        return;
    }
    ASSERT_EQ(-1, rc);
    EXPECT_EQ(PVHOP_E_SUBMIT, err.code);
    EXPECT_NE(nullptr, strstr(err.why, p.words)) << err.why;
    EXPECT_NE(nullptr, strstr(err.remedy, p.remedy)) << err.remedy;
}

INSTANTIATE_TEST_SUITE_P(
    Recorded, SchedulerSubmit,
    testing::Values(
        Submission{"slurm-submit-ok", "1", nullptr, nullptr},
        Submission{"slurm-submit-bad-queue", nullptr, "invalid partition specified: nosuch",
                   "--queue"},
        Submission{"slurm-submit-bad-reservation", nullptr, "reservation is invalid",
                   "--reservation"},
        Submission{"slurm-submit-bad-constraint", nullptr, "Invalid feature", "--constraint"},
        Submission{"slurm-submit-bad-memory", nullptr, "Memory specification", "--memory"},
        Submission{"slurm-submit-bad-option", nullptr, "--nosuch", "--scheduler-args"},
        Submission{"slurm-submit-down", nullptr, "Unable to contact", "try again later"},
        Submission{"sge-submit-ok", "1", nullptr, nullptr},
        Submission{"sge-submit-bad-queue", nullptr, "unknown queue \"nosuch\"", "--queue"},
        Submission{"sge-submit-bad-account", nullptr, "project \"nosuch\"", "--account"},
        Submission{"sge-submit-bad-pe", nullptr, "parallel environment \"nosuch\"", "qconf -spl"},
        Submission{"sge-submit-bad-reservation", nullptr, "4711", "--reservation"},
        Submission{"sge-submit-bad-constraint", nullptr, "unknown resource", "--constraint"},
        Submission{"sge-submit-bad-option", nullptr, "-nosuch", "--scheduler-args"},
        Submission{"sge-submit-down", nullptr, "unable to send message", "try again later"},
        Submission{"pbs-submit-ok", "0.fe", nullptr, nullptr},
        Submission{"pbs-submit-bad-queue", nullptr, "Unknown queue", "--queue"},
        Submission{"pbs-submit-closed-queue", nullptr, "not enabled", "--queue"},
        Submission{"pbs-submit-too-much", nullptr, "resource limits", "--walltime"},
        Submission{"pbs-submit-bad-walltime", nullptr, "Resource_List.walltime", "--walltime"},
        Submission{"pbs-submit-bad-constraint", nullptr, "Unknown resource", "--constraint"},
        Submission{"pbs-submit-forbidden", nullptr, "Unauthorized", "ask the site"},
        Submission{"pbs-submit-too-many", nullptr, "per-user limit", "wait for one"},
        Submission{"pbs-submit-down", nullptr, "cannot connect", "try again later"},
        Submission{"lsf-submit-ok", "473713", nullptr, nullptr},
        Submission{"lsf-submit-default", "21", nullptr, nullptr},
        Submission{"lsf-submit-bad-queue", nullptr, "No such queue", "--queue"},
        Submission{"lsf-submit-bad-resources", nullptr, "resource requirement", "--constraint"}));

TEST(Scheduler, SubmitWithoutCommandsOrSense)
{
    const pvhop_scheduler *slurm = pvhop_scheduler_find("slurm");
    char id[PVHOP_JOB_ID_MAX];
    pvhop_error err = {};
    std::string missing = "Welcome!\n\n#pvhop missing\nsbatch\n\n#pvhop-end 0\n";

    EXPECT_EQ(-1, pvhop_scheduler_submit_read(slurm, missing.data(), missing.size(), id, &err));
    EXPECT_EQ(PVHOP_E_SCHEDULER_MISSING, err.code);
    for (std::string text :
         {std::string(""), std::string("\n#pvhop submit\n\n#pvhop-end 0\n"),
          std::string("\n#pvhop submit\n12"), std::string("\0\0\0", 3),
          std::string("\n#pvhop submit\n99999999999999999999999\n\n#pvhop-end 0\n"),
          std::string("\n#pvhop submit\n4711; rm -rf\n\n#pvhop-end 0\n"),
          "\n#pvhop submit\n" + std::string(100000, '1') + "\n#pvhop-end 0\n"}) {
        EXPECT_EQ(-1, pvhop_scheduler_submit_read(slurm, text.data(), text.size(), id, &err));
        EXPECT_EQ(PVHOP_E_SUBMIT, err.code);
    }
}

TEST(Scheduler, SubmitAmongNoise)
{
    std::string text =
        "Welcome to the cluster\r\n#pvhop is great\n\n#pvhop submit\n"
        "sbatch: lua: your default account was used\n4711;north\n\n#pvhop-end 0\nGoodbye\n";
    char id[PVHOP_JOB_ID_MAX];

    ASSERT_EQ(0, pvhop_scheduler_submit_read(pvhop_scheduler_find("slurm"), text.data(),
                                             text.size(), id, nullptr));
    EXPECT_STREQ("4711", id);
}

// ---- states

struct State {
    const char *file, *id;
    pvhop_job_state state;
    const char *reason, *node, *nodes;
    bool hopeless, silent;
    long position, starts, left;
    int exit_code;
};

class SchedulerState : public testing::TestWithParam<State>
{
};

TEST_P(SchedulerState, Reads)
{
    const State &p = GetParam();
    std::string text = data(p.file);
    pvhop_job_status st;

    ASSERT_EQ(0, pvhop_scheduler_state_read(scheduler_of(p.file), p.id, text.data(), text.size(),
                                            &st, nullptr));
    EXPECT_EQ(p.state, st.state);
    EXPECT_NE(nullptr, strstr(st.reason, p.reason)) << st.reason;
    EXPECT_STREQ(p.node, st.node);
    EXPECT_STREQ(p.nodes, st.nodes);
    EXPECT_EQ(p.hopeless, st.hopeless);
    EXPECT_EQ(p.silent, st.silent);
    EXPECT_EQ(p.position, st.position);
    EXPECT_EQ(p.starts, st.starts_in_s);
    EXPECT_EQ(p.left, st.time_left_s);
    EXPECT_EQ(p.exit_code, st.exit_code);
}

#define Q PVHOP_JOB_QUEUED
#define S PVHOP_JOB_STARTING
#define R PVHOP_JOB_RUNNING
#define E PVHOP_JOB_ENDED
#define U PVHOP_JOB_UNKNOWN
INSTANTIATE_TEST_SUITE_P(
    Recorded, SchedulerState,
    testing::Values(
        State{"slurm-state-queued", "8", Q, "Resources", "", "", false, false, 1, 3592, -1, -1},
        State{"slurm-state-hopeless", "7", Q, "PartitionTimeLimit", "", "", true, false, 1, -1, -1,
              -1},
        State{"slurm-state-running", "1", R, "", "cn1", "cn[1-2]", false, false, 0, -1, 592, -1},
        State{"slurm-state-failed", "2", E, "FAILED", "", "", false, false, 0, -1, -1, 3},
        State{"slurm-state-cancelled", "1", E, "CANCELLED", "", "", false, false, 0, -1, -1, 0},
        State{"slurm-state-deadline", "9", E, "waited too long", "", "", false, false, 0, -1, -1,
              0},
        State{"slurm-state-unknown", "4711", U, "Invalid job id", "", "", false, false, 0, -1, -1,
              -1},
        State{"slurm-state-down", "1", U, "Unable to contact", "", "", false, true, 0, -1, -1, -1},
        State{"sge-state-queued", "8", Q, "only offers 4 slots", "", "", false, false, 2, -1, -1,
              -1},
        State{"sge-state-hopeless", "9", Q, "only offers 0 slots", "", "", true, false, 1, -1, -1,
              -1},
        State{"sge-state-held", "10", Q, "hold", "", "", true, false, 0, -1, -1, -1},
        State{"sge-state-running", "1", R, "", "cn2.cluster.lab", "cn2.cluster.lab", false, false,
              0, -1, 593, -1},
        State{"sge-state-failed", "2", E, "", "", "", false, false, 0, -1, -1, 3},
        State{"sge-state-cancelled", "1", E, "assumedly after job", "", "", false, false, 0, -1, -1,
              137},
        State{"sge-state-unknown", "4711", U, "do not exist", "", "", false, false, 0, -1, -1, -1},
        State{"sge-state-down", "1", U, "send", "", "", false, true, 0, -1, -1, -1},
        State{"pbs-state-queued", "1.fe", Q, "Insufficient amount", "", "", false, false, 0, -1, -1,
              -1},
        State{"pbs-state-hopeless", "1.fe", Q, "Can Never Run", "", "", true, false, 0, -1, -1, -1},
        State{"pbs-state-held", "1.fe", Q, "held", "", "", true, false, 0, -1, -1, -1},
        State{"pbs-state-starting", "0.fe", S, "run at", "cn1", "cn1/0", false, false, 0, -1, 210,
              -1},
        State{"pbs-state-running", "2.fe", R, "run at", "cn1", "cn1/0*8+cn2/0*8", false, false, 0,
              -1, 210, -1},
        State{"pbs-state-exiting", "0.fe", E, "terminated by", "", "", false, false, 0, -1, -1, -1},
        State{"pbs-state-ended", "0.fe", E, "and failed", "", "", false, false, 0, -1, -1, 3},
        State{"pbs-state-walltime", "0.fe", E, "exceeded resource walltime", "", "", false, false,
              0, -1, -1, -29},
        State{"pbs-state-deleted", "1.fe", E, "and terminated", "", "", false, false, 0, -1, -1,
              -1},
        State{"pbs-state-no-history", "62.fe", U, "Unknown Job Id", "", "", false, false, 0, -1, -1,
              -1},
        State{"pbs-state-down", "1.fe", U, "cannot connect", "", "", false, true, 0, -1, -1, -1},
        State{"lsf-state-queued", "4711", Q, "waiting for scheduling", "", "", false, false, 0, -1,
              -1, -1},
        State{"lsf-state-held", "4711", Q, "held", "", "", true, false, 0, -1, -1, -1},
        State{"lsf-state-running", "4711", R, "", "hostA", "2*hostA:2*hostB", false, false, 0, -1,
              528, -1},
        State{"lsf-state-done", "4711", E, "", "", "", false, false, 0, -1, -1, 0},
        State{"lsf-state-exit", "4711", E, "EXIT", "", "", false, false, 0, -1, -1, 130},
        State{"lsf-state-old", "4711", R, "", "hostA", "2*hostA:2*hostB", false, false, 0, -1, -1,
              -1},
        State{"lsf-state-unknown", "4711", U, "is not found", "", "", false, false, 0, -1, -1, -1},
        State{"lsf-state-down", "4711", U, "LSF is down", "", "", false, true, 0, -1, -1, -1}));
#undef Q
#undef S
#undef R
#undef E
#undef U

// Whatever comes back, cut anywhere: no crash, and no state out of nothing.
TEST(Scheduler, AnyAnswerIsSurvived)
{
    for (const char *file : {"slurm-state-queued", "sge-state-running", "pbs-state-walltime",
                             "lsf-state-running", "sge-state-cancelled"}) {
        std::string text = data(file);
        pvhop_job_status st;

        for (size_t n = 0; n < text.size(); n += 3)
            pvhop_scheduler_state_read(scheduler_of(file), "1", text.data(), n, &st, nullptr);
        for (size_t n = 0; n < text.size(); n += 7) {
            std::string hurt = text;
            hurt[n] = static_cast<char>(n * 37 + 1);
            pvhop_scheduler_state_read(scheduler_of(file), "1", hurt.data(), hurt.size(), &st,
                                       nullptr);
        }
        ASSERT_EQ(0, pvhop_scheduler_state_read(scheduler_of(file), "1", "", 0, &st, nullptr));
        EXPECT_EQ(PVHOP_JOB_UNKNOWN, st.state);
        EXPECT_TRUE(st.silent);
    }
}

// ---- cancel, detect, queues

TEST(Scheduler, CancelReads)
{
    const struct {
        const char *file;
        int rc;
        const char *words;
    } table[] = {
        {"slurm-cancel-done", 0, ""},
        {"slurm-cancel-again", 0, ""},
        {"slurm-cancel-gone", 0, ""},
        {"slurm-cancel-other", -1, "'pvhop-a1'"},
        {"slurm-cancel-down", -1, "scancel 1"},
        {"sge-cancel-done", 0, ""},
        {"sge-cancel-gone", 0, ""},
        {"sge-cancel-other", -1, "'pvhop-a1'"},
        {"sge-cancel-down", -1, "qdel 1"},
        {"pbs-cancel-done", 0, ""},
        {"pbs-cancel-over", 0, ""},
        {"pbs-cancel-forbidden", -1, "Unauthorized"},
        {"pbs-cancel-other", -1, "their-job"},
        {"lsf-cancel-done", 0, ""},
        {"lsf-cancel-over", 0, ""},
    };

    for (const auto &row : table) {
        std::string text = data(row.file);
        pvhop_error err = {};

        EXPECT_EQ(row.rc, pvhop_scheduler_cancel_read(scheduler_of(row.file), "1", text.data(),
                                                      text.size(), &err))
            << row.file;
        EXPECT_NE(nullptr, strstr(err.why, row.words)) << row.file << ": " << err.why;
        EXPECT_EQ(row.rc ? PVHOP_E_JOB_CANCEL : PVHOP_OK, err.code) << row.file;
    }
}

TEST(Scheduler, DetectReads)
{
    const struct {
        const char *file, *found;
    } table[] = {{"slurm-detect", "slurm yes slurm-wlm 22.05.8;"},
                 {"slurm-detect-down", "slurm no slurm-wlm 22.05.8;"},
                 {"sge-detect", "sge yes SGE 8.1.9;slurm no ;"}};

    for (const auto &row : table) {
        std::string text = data(row.file), found;
        pvhop_scheduler_detect_read(
            text.data(), text.size(),
            [](void *user, const pvhop_scheduler *s, bool answers, const char *version) {
                *static_cast<std::string *>(user) += std::string(pvhop_scheduler_name(s)) +
                                                     (answers ? " yes " : " no ") + version + ";";
            },
            &found);
        EXPECT_EQ(row.found, found) << row.file;
    }
}

// A queue without a name, counts that are none: left out, and 0.
TEST(Scheduler, OddQueuesRead)
{
    std::string seen;
    auto queue = [](void *user, const pvhop_queue_info *q) {
        *static_cast<std::string *>(user) +=
            std::string(q->name) + " " + std::to_string(q->nodes) + ";";
    };
    auto account = [](void *, const char *) {};
    for (const auto &[name, output] : std::vector<std::pair<const char *, std::string>>{
             {"pbs", "#pvhop queues\nQueue:\nQueue: \nQueue: b\n    resources_max.nodect = "
                     "-3\n#pvhop-end 0\n"},
             {"slurm",
              "#pvhop queues\n|up|1:00|1\n*|up|1:00|2\nb|up|1:00|99999999999999999999\n#pvhop-end "
              "0\n"}}) {
        seen = "";
        EXPECT_EQ(0, pvhop_scheduler_queues_read(pvhop_scheduler_find(name), output.data(),
                                                 output.size(), queue, account, &seen, nullptr));
        EXPECT_EQ("b 0;", seen) << name;
    }
}

TEST(Scheduler, QueuesRead)
{
    const struct {
        const char *file, *found;
    } table[] = {
        {"slurm-queues", "batch* open -1 2;short open 600 1;closed shut -1 1;"},
        {"sge-queues", "all.q open -1 0;short.q open 600 0;"},
        {"pbs-queues", "workq* open 86400 0;closed shut -1 0;"},
        {"lsf-queues", "owners open -1 0;normal* open -1 0;idle shut -1 0;"},
    };

    for (const auto &row : table) {
        std::string text = data(row.file), found;
        ASSERT_EQ(0, pvhop_scheduler_queues_read(
                         scheduler_of(row.file), text.data(), text.size(),
                         [](void *user, const pvhop_queue_info *q) {
                             *static_cast<std::string *>(user) +=
                                 std::string(q->name) + (q->is_default ? "*" : "") +
                                 (q->open ? " open " : " shut ") +
                                 std::to_string(q->max_walltime_s) + " " +
                                 std::to_string(q->nodes) + ";";
                         },
                         [](void *user, const char *account) {
                             *static_cast<std::string *>(user) +=
                                 std::string("account ") + account + ";";
                         },
                         &found, nullptr));
        EXPECT_EQ(row.found, found) << row.file;
    }
}

// ---- what goes in comes out as it was

// Commands that write down their arguments, one a line end marked, instead of a batch system.
class SchedulerQuoting : public testing::TestWithParam<const char *>
{
  protected:
    void SetUp() override
    {
        const std::string dump =
            "#!/bin/sh\n"
            "case $1 in --version|-V|-help) echo \"$FAKE_VERSION\"; exit 0;; esac\n"
            "for a; do printf '<%s>\\n' \"$a\"; done >\"$FAKE_OUT\"\n"
            "cat >\"$FAKE_OUT.stdin\"\n"
            "echo 4711\n";
        for (const char *name : {"sbatch", "qsub", "bsub"})
            ASSERT_TRUE(write_file(m_dir / name, dump, 0755));
        ASSERT_TRUE(write_file(m_dir / "script with 'quotes' $(touch pwned)", "the script\n"));
    }
    // The arguments that the fake command got, or "refused".
    std::string submit(const pvhop_resources &r, const char *script = nullptr)
    {
        static const char *const versions[] = {
            "slurm",  "slurm-wlm 22.05", "pbs", "pbs_version = 23.06.06",
            "torque", "Version: 6.1.2",  "lsf", "IBM Spectrum LSF 10.1",
            "sge",    "SGE 8.1.9"};
        std::string name = GetParam(), version;
        pvhop_error err = {};
        char *text;

        for (size_t n = 0; n < 10; n += 2)
            if (name == versions[n])
                version = versions[n + 1];
        text = pvhop_scheduler_submit_sh(
            pvhop_scheduler_find(name == "torque" ? "pbs" : name.c_str()), &r, script, &err);
        if (!text) {
            EXPECT_EQ(PVHOP_E_VALUE, err.code);
            return "refused";
        }
        EXPECT_TRUE(write_file(m_dir / "submit.sh", text));
        free(text);
        std::string out;
        int rc = pvhop_test::run({"/usr/bin/env", "-i", "PATH=" + m_dir.path() + ":/usr/bin:/bin",
                                  "FAKE_OUT=" + (m_dir / "args"), "FAKE_VERSION=" + version,
                                  "HOME=" + m_dir.path(), "/bin/sh", "-c",
                                  "cd \"$HOME\" && exec /bin/sh ./submit.sh </dev/null"},
                                 &out);
        EXPECT_EQ(0, rc) << out;
        EXPECT_NE(0, access((m_dir / "pwned").c_str(), F_OK));
        return read_file(m_dir / "args");
    }
    TempDir m_dir;
};

TEST_P(SchedulerQuoting, HostileValuesArriveAsTheyAreOrAreRefused)
{
    const std::string hostile[] = {"plain",
                                   "two words",
                                   "$(touch pwned)",
                                   "`touch pwned`",
                                   "a'b\"c\\d",
                                   "; touch pwned;",
                                   "&& touch pwned",
                                   "<pwned >pwned",
                                   "*?[a]~{a,b}",
                                   "#comment",
                                   "%s%n",
                                   "\xc3\xa9t\xc3\xa9",
                                   "$HOME",
                                   "!history",
                                   "=",
                                   "a=b"};
    for (const std::string &value : hostile) {
        pvhop_resources r = {};
        r.name = "pvhop-abc";
        r.queue = r.account = r.reservation = r.constraint = value.c_str();
        r.output = value.c_str();
        std::string args = submit(r);
        // Slurm's options have their value in the same word; PBS puts the constraint in a chunk.
        for (const std::string &end : {value + ">\n"}) {
            size_t count = 0;
            for (size_t at = 0; (at = args.find(end, at)) != std::string::npos; at++)
                count++;
            EXPECT_GE(count, 4u) << value << " in\n" << args;
        }
    }
}

TEST_P(SchedulerQuoting, NewlinesControlsDashesAndLengthAreRefused)
{
    const std::string bad[] = {"a\nb",
                               "a\rb",
                               "a\x1b[2J",
                               "-x",
                               "--wrap=touch pwned",
                               "",
                               "\x7f",
                               std::string(10000, 'a')};
    for (const std::string &value : bad)
        for (const char *pvhop_resources::*field :
             {&pvhop_resources::queue, &pvhop_resources::account, &pvhop_resources::reservation,
              &pvhop_resources::constraint, &pvhop_resources::pe, &pvhop_resources::name,
              &pvhop_resources::memory}) {
            pvhop_resources r = {};
            r.name = "pvhop-abc";
            r.*field = value.c_str();
            EXPECT_EQ("refused", submit(r)) << value.substr(0, 30);
        }
    for (const char *name : {"1a", "a b", "a;b", "$(a)", "a/b"}) {
        pvhop_resources r = {};
        r.name = name;
        EXPECT_EQ("refused", submit(r)) << name;
    }
    for (const char *memory : {"lots", "G", "1e999G", "0", "-1G", "4Q", "1G1"}) {
        pvhop_resources r = {};
        r.name = "a";
        r.memory = memory;
        EXPECT_EQ("refused", submit(r)) << memory;
    }
}

TEST_P(SchedulerQuoting, ExtraOptionsAreSplitAtSpacesOnly)
{
    pvhop_resources r = {};
    r.name = "pvhop-abc";
    r.extra = "  -a 'two words'  --b=\"$(touch pwned)\" -c *  --d='it'\"'\"'s' ";
    EXPECT_NE(std::string::npos,
              submit(r).find("<-a>\n<two words>\n<--b=$(touch pwned)>\n<-c>\n<*>\n<--d=it's>\n"));
    for (const char *bad : {"script.sh", "-a 'open", "-a -- b", "-a -", "-a\nb"}) {
        r.extra = bad;
        EXPECT_EQ("refused", submit(r)) << bad;
    }
    std::string longest = "-" + std::string(5000, 'a');
    r.extra = longest.c_str();
    EXPECT_EQ("refused", submit(r));
}

TEST_P(SchedulerQuoting, ScriptComesFromItsFile)
{
    pvhop_resources r = {};
    r.name = "pvhop-abc";
    submit(r, "script with 'quotes' $(touch pwned)");
    EXPECT_EQ("the script\n", read_file(m_dir / "args.stdin"));
    submit(r, "~/script with 'quotes' $(touch pwned)");
    EXPECT_EQ("the script\n", read_file(m_dir / "args.stdin"));
    EXPECT_EQ("refused", submit(r, "a\nb"));
}

TEST_P(SchedulerQuoting, ResourcesInTheSchedulersWords)
{
    pvhop_resources r = {};
    r.name = "pvhop-abc";
    r.nodes = 2;
    r.processes = 7;
    r.memory = "1.5G";
    r.gpus = 3;
    r.walltime_s = 90061;
    r.deadline_s = 60;
    r.pe = "mpi";
    std::string args = submit(r), name = GetParam();
    std::vector<std::string> expected;

    if (name == "slurm")
        expected = {"<--nodes=2>\n<--ntasks=7>\n<--mem=1536M>\n<--gres=gpu:3>\n<--time=25:01:01>\n"
                    "<--deadline=now+90121>\n"};
    else if (name == "pbs")
        expected = {"<-l>\n<walltime=25:01:01>\n",
                    "<-l>\n<select=2:ncpus=4:mpiprocs=4:mem=1536mb:ngpus=3>\n"
                    "<-l>\n<place=scatter>\n"};
    else if (name == "torque")
        expected = {"<-l>\n<nodes=2:ppn=4:gpus=3>\n<-l>\n<mem=3072mb>\n"};
    else if (name == "lsf")
        expected = {"<-n>\n<7>\n<-R>\n<span[ptile=4]>\n<-R>\n<rusage[mem=1536MB]>\n<-gpu>\n<num=3>"
                    "\n<-W>\n<25:02>\n"};
    else
        expected = {"<-pe>\n<mpi>\n<7>\n",
                    "<-l>\n<h_rt=25:01:01>\n<-l>\n<mem_free=1536M>\n<-l>\n<gpu=3>\n"};
    for (const std::string &part : expected)
        EXPECT_NE(std::string::npos, args.find(part)) << part << "in\n" << args;
}

INSTANTIATE_TEST_SUITE_P(All, SchedulerQuoting,
                         testing::Values("slurm", "pbs", "torque", "lsf", "sge"));

TEST(Scheduler, IdsAreChecked)
{
    const struct {
        const char *scheduler, *good;
    } table[] = {{"slurm", "4711"},
                 {"sge", "4711"},
                 {"lsf", "4711"},
                 {"pbs", "4711.fe-1.lab"},
                 {"none", "4711.99"}};
    for (const auto &row : table) {
        const pvhop_scheduler *s = pvhop_scheduler_find(row.scheduler);
        pvhop_error err = {};
        char *text = pvhop_scheduler_state_sh(s, row.good, true, &err);

        EXPECT_NE(nullptr, text) << err.why;
        free(text);
        for (std::string bad : {std::string(""), std::string("a"), std::string("1 2"),
                                std::string("1;id"), std::string("-1"), std::string("$(id)"),
                                std::string("1\n2"), std::string(200, '1')}) {
            EXPECT_EQ(nullptr, pvhop_scheduler_state_sh(s, bad.c_str(), false, &err));
            EXPECT_EQ(nullptr, pvhop_scheduler_cancel_sh(s, bad.c_str(), "name", &err));
            EXPECT_EQ(PVHOP_E_VALUE, err.code);
        }
        EXPECT_EQ(nullptr, pvhop_scheduler_cancel_sh(s, row.good, "a b", &err));
        EXPECT_EQ(nullptr, pvhop_scheduler_cancel_sh(s, row.good, nullptr, &err));
    }
}

// ---- without a batch system, for real

static std::string sh(const std::string &text)
{
    std::string out;
    pvhop_test::run({"/bin/sh", "-c", text}, &out);
    return out;
}

TEST(SchedulerNone, StartsKnowsAndEndsAProcess)
{
    const pvhop_scheduler *none = pvhop_scheduler_find("none");
    TempDir dir;
    pvhop_resources r = {};
    pvhop_error err = {};
    pvhop_job_status st;
    char id[PVHOP_JOB_ID_MAX];
    std::string script = dir / "job", output = dir / "out", answer;

    ASSERT_TRUE(write_file(script, "echo started\nmkfifo \"$0.wait\"\nread x <\"$0.wait\"\n"));
    r.name = "pvhop-abc";
    r.output = output.c_str();
    auto text = [&](char *made) {
        EXPECT_NE(nullptr, made) << err.why;
        std::string s = made ? made : "";
        free(made);
        return s;
    };
    answer = sh(text(pvhop_scheduler_submit_sh(none, &r, script.c_str(), &err)));
    ASSERT_EQ(0, pvhop_scheduler_submit_read(none, answer.data(), answer.size(), id, &err))
        << answer;
    answer = sh(text(pvhop_scheduler_state_sh(none, id, false, &err)));
    pvhop_scheduler_state_read(none, id, answer.data(), answer.size(), &st, &err);
    EXPECT_EQ(PVHOP_JOB_RUNNING, st.state) << answer;
    EXPECT_STRNE("", st.node);

    answer = sh(text(pvhop_scheduler_cancel_sh(none, id, "another", &err)));
    EXPECT_EQ(-1, pvhop_scheduler_cancel_read(none, id, answer.data(), answer.size(), &err));
    answer = sh(text(pvhop_scheduler_cancel_sh(none, id, "pvhop-abc", &err)));
    EXPECT_EQ(0, pvhop_scheduler_cancel_read(none, id, answer.data(), answer.size(), &err))
        << answer;
    // TERM has no handler there: what is left is a zombie at most.
    for (int n = 0; n < 500; n++) {
        answer = sh(text(pvhop_scheduler_state_sh(none, id, false, &err)));
        pvhop_scheduler_state_read(none, id, answer.data(), answer.size(), &st, &err);
        if (st.state == PVHOP_JOB_ENDED)
            break;
    }
    EXPECT_EQ(PVHOP_JOB_ENDED, st.state);
    answer = sh(text(pvhop_scheduler_cancel_sh(none, id, "pvhop-abc", &err)));
    EXPECT_EQ(0, pvhop_scheduler_cancel_read(none, id, answer.data(), answer.size(), &err));
}
