// SPDX-License-Identifier: BSD-3-Clause
// The lab itself, and the adapters of batch systems with real Slurm and real Grid Engine in it.
#include "lab.h"
#include "sshd.h"
#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <pvhop/scheduler.h>
#include <sys/wait.h>
#include <unistd.h>

using pvhop_test::Lab;
using pvhop_test::run;

#define NEED_LAB()                                 \
    do {                                           \
        std::string missing = Lab::missing();      \
        if (!missing.empty())                      \
            GTEST_SKIP() << "NO LAB: " << missing; \
    } while (0)

TEST(Lab, IsAnIslandAndItsPeopleCanLogIn)
{
    NEED_LAB();
    Lab lab({"--scheduler", "none"});
    std::string out;

    ASSERT_EQ("", lab.why_not());
    EXPECT_EQ(0, run({PVHOP_TEST_LAB, "--name", lab.name(), "check"}, &out)) << out;
    for (const char *user : {"alice", "tess", "fil", "noel"}) {
        EXPECT_EQ(0,
                  lab.exec("wsuser@ws",
                           {"ssh", "-o", "BatchMode=yes", std::string(user) + "@login", "whoami"},
                           &out))
            << out;
        EXPECT_NE(std::string::npos, out.find(user)) << out;
    }
    EXPECT_NE(0, lab.exec("wsuser@ws", {"ssh", "-o", "BatchMode=yes", "bob@fe", "true"}, &out));
    EXPECT_EQ(0, lab.set({"--node-ssh", "never"}));
    EXPECT_NE(0, lab.exec("alice@fe", {"ssh", "-o", "BatchMode=yes", "cn1", "true"}, &out));
    EXPECT_EQ(0, lab.set({"--node-ssh", "always"}));
    EXPECT_EQ(0, lab.exec("alice@fe", {"ssh", "-o", "BatchMode=yes", "cn1", "true"}, &out)) << out;
}

TEST(Lab, EndsWithItsParent)
{
    NEED_LAB();
    std::string name = "test-" + std::to_string(getpid()) + "-orphan", out;
    pid_t parent = fork();

    if (parent == 0) {
        pause();
        _exit(0);
    }
    ASSERT_EQ(0, run({PVHOP_TEST_LAB, "--name", name, "up", "--scheduler", "none", "--parent",
                      std::to_string(parent)},
                     &out))
        << out;
    kill(parent, SIGKILL);
    waitpid(parent, nullptr, 0);
    // It looks once a second.
    out.clear();
    for (int n = 0; n < 100 && out != "'" + name + "' is down\n"; n++) {
        usleep(50000);
        out.clear();
        run({PVHOP_TEST_LAB, "--name", name, "status"}, &out);
    }
    EXPECT_EQ("'" + name + "' is down\n", out);
    run({PVHOP_TEST_LAB, "--name", name, "down"});
    EXPECT_NE(0, access(("/run/pvhop-lab/" + name).c_str(), F_OK));
}

// ---- the adapters

struct System {
    const char *name;
    const char *bad_queue; // what it says to one that it does not have
};

class LabScheduler : public testing::TestWithParam<System>
{
  protected:
    void SetUp() override
    {
        NEED_LAB();
        m_s = pvhop_scheduler_find(GetParam().name);
        m_lab.reset(new Lab({"--scheduler", GetParam().name}));
        ASSERT_EQ("", m_lab->why_not());
        ASSERT_EQ(0, m_lab->sh("alice@fe", "printf '#!/bin/sh\\nexec sleep 600\\n' >'a job'\n"
                                           "printf '#!/bin/sh\\nexit 3\\n' >fails"));
    }
    // Runs a text as the control channel would: no terminal, no login files.
    std::string answer(char *text)
    {
        std::string out;

        EXPECT_NE(nullptr, text) << m_err.why;
        if (text)
            m_lab->sh("alice@fe", text, &out);
        free(text);
        return out;
    }
    std::string submit(const pvhop_resources &r, const char *script)
    {
        std::string out = answer(pvhop_scheduler_submit_sh(m_s, &r, script, &m_err));
        char id[PVHOP_JOB_ID_MAX] = "";

        pvhop_scheduler_submit_read(m_s, out.data(), out.size(), id, &m_err);
        return id;
    }
    pvhop_job_status state(const std::string &id)
    {
        std::string out = answer(pvhop_scheduler_state_sh(m_s, id.c_str(), true, &m_err));
        pvhop_job_status st;

        EXPECT_EQ(0,
                  pvhop_scheduler_state_read(m_s, id.c_str(), out.data(), out.size(), &st, &m_err));
        return st;
    }
    pvhop_job_status until(const std::string &id, bool (*there)(const pvhop_job_status &))
    {
        pvhop_job_status st = {};

        for (int n = 0; n < 200; n++) {
            st = state(id);
            if (there(st))
                return st;
            usleep(100000);
        }
        ADD_FAILURE() << id << " stays in state " << st.state << ": " << st.reason;
        return st;
    }
    int cancel(const std::string &id, const char *name)
    {
        std::string out = answer(pvhop_scheduler_cancel_sh(m_s, id.c_str(), name, &m_err));
        return pvhop_scheduler_cancel_read(m_s, id.c_str(), out.data(), out.size(), &m_err);
    }
    const pvhop_scheduler *m_s = nullptr;
    std::unique_ptr<Lab> m_lab;
    pvhop_error m_err = {};
};

TEST_P(LabScheduler, ALifeOfAJob)
{
    pvhop_resources r = {};
    r.name = "pvhop-one";
    r.nodes = 1;
    r.processes = 8;
    r.walltime_s = 600;
    r.memory = "100M";
    std::string first = submit(r, "~/a job");
    ASSERT_NE("", first) << m_err.why;

    pvhop_job_status st =
        until(first, [](const pvhop_job_status &s) { return s.state == PVHOP_JOB_RUNNING; });
    EXPECT_EQ(0u, std::string(st.node).find("cn")) << st.node;
    EXPECT_GT(st.time_left_s, 500);
    EXPECT_LE(st.time_left_s, 600);

    // The second node is taken by another job, so a third one has to wait.
    r.name = "pvhop-two";
    std::string second = submit(r, "~/a job");
    until(second, [](const pvhop_job_status &s) { return s.state == PVHOP_JOB_RUNNING; });
    r.name = "pvhop-three";
    std::string third = submit(r, "~/a job");
    st = until(third, [](const pvhop_job_status &s) {
        return s.state == PVHOP_JOB_QUEUED && s.reason[0];
    });
    EXPECT_FALSE(st.hopeless) << st.reason;
    EXPECT_EQ(1, st.position);

    EXPECT_EQ(-1, cancel(first, "pvhop-two"));
    EXPECT_EQ(PVHOP_E_JOB_CANCEL, m_err.code);
    EXPECT_EQ(PVHOP_JOB_RUNNING, state(first).state);
    for (const auto &job : {std::make_pair(first, "pvhop-one"), std::make_pair(second, "pvhop-two"),
                            std::make_pair(third, "pvhop-three")}) {
        EXPECT_EQ(0, cancel(job.first, job.second)) << m_err.why;
        until(job.first, [](const pvhop_job_status &s) {
            return s.state == PVHOP_JOB_ENDED || (s.state == PVHOP_JOB_UNKNOWN && !s.silent);
        });
        EXPECT_EQ(0, cancel(job.first, job.second)) << m_err.why;
    }
}

TEST_P(LabScheduler, FailuresSpeak)
{
    pvhop_resources r = {};
    r.name = "pvhop-bad";
    r.queue = "nosuch";
    EXPECT_EQ("", submit(r, "~/a job"));
    EXPECT_EQ(PVHOP_E_SUBMIT, m_err.code);
    EXPECT_NE(nullptr, strstr(m_err.why, GetParam().bad_queue)) << m_err.why;
    EXPECT_NE(nullptr, strstr(m_err.remedy, "--queue")) << m_err.remedy;

    r.queue = nullptr;
    EXPECT_EQ("", submit(r, "~/no such file"));
    EXPECT_EQ(PVHOP_E_SUBMIT, m_err.code);

    r.name = "pvhop-fails";
    std::string id = submit(r, "~/fails");
    pvhop_job_status st =
        until(id, [](const pvhop_job_status &s) { return s.state == PVHOP_JOB_ENDED; });
    EXPECT_EQ(3, st.exit_code);
    EXPECT_EQ(PVHOP_JOB_UNKNOWN, state("4711").state);
    EXPECT_EQ(0, cancel("4711", "pvhop-fails")) << m_err.why;
}

TEST_P(LabScheduler, IsDetectedBesideAnotherAndListsItsQueues)
{
    std::string out = answer(pvhop_scheduler_detect_sh(&m_err)), found;

    pvhop_scheduler_detect_read(
        out.data(), out.size(),
        [](void *user, const pvhop_scheduler *s, bool answers, const char *) {
            if (answers)
                *static_cast<std::string *>(user) += pvhop_scheduler_name(s);
        },
        &found);
    EXPECT_EQ(GetParam().name, found) << out;
    out = answer(pvhop_scheduler_queues_sh(m_s, &m_err));
    found.clear();
    ASSERT_EQ(0, pvhop_scheduler_queues_read(
                     m_s, out.data(), out.size(),
                     [](void *user, const pvhop_queue_info *q) {
                         if (q->max_walltime_s == 600)
                             *static_cast<std::string *>(user) += q->name;
                     },
                     [](void *, const char *) {}, &found, &m_err));
    EXPECT_EQ(0u, found.find("short")) << out;
}

INSTANTIATE_TEST_SUITE_P(Real, LabScheduler,
                         testing::Values(System{"slurm", "invalid partition"},
                                         System{"sge", "unknown queue"}),
                         [](const testing::TestParamInfo<System> &p) {
                             return std::string(p.param.name);
                         });
