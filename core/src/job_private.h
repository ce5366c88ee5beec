/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_JOB_PRIVATE_H
#define PVHOP_JOB_PRIVATE_H
/** What job.c, job_local.c and job_batch.c share. */
#include "job.h"
#include "text.h"

enum { PVHOP_JOB_LAST_LINES = 20 };

struct pvhop_job {
    struct pvhop_loop *loop;
    struct pvhop_control *control;
    const struct pvhop_recipe *recipe;
    struct pvhop_job_events events;
    void *user;
    const struct pvhop_scheduler *scheduler; /* NULL: pvserver runs on the front end */
    struct pvhop_query *query;               /* the one that is out */
    struct pvhop_task *task;                 /* pvserver itself, or the watchdog of its job */
    char *last[PVHOP_JOB_LAST_LINES];        /* of the output; a ring */
    size_t last_at;
    bool told_where;

    /* batch */
    char id[PVHOP_JOB_ID_MAX];
    char name[32];
    char folder[64];          /* of this start, on the far side */
    struct pvhop_text answer; /* what the submission said */
    struct pvhop_job_status status;
    struct pvhop_timer *poll;
    unsigned polls, unknowns;
    bool gone;    /* the scheduler says so */
    int end_code; /* then: what it says of the exit code; -1: nothing */
    char end_reason[640];
    bool settled;
};

/** A line of output: kept for the last words, and passed on. */
void pvhop_job_output(struct pvhop_job *job, const char *line);
/** Tells the end with the last words. */
void pvhop_job_tell_end(struct pvhop_job *job, int status);
/** The prelude, and pvserver's path as a word of sh. */
void pvhop_job_add_prelude(struct pvhop_text *t, const struct pvhop_recipe *r);
void pvhop_job_add_pvserver(struct pvhop_text *t, const struct pvhop_recipe *r);
/** `text` with the client's version in place of {version}. */
void pvhop_job_add_with_version(struct pvhop_text *t, const char *text,
                                const struct pvhop_recipe *r);

/** What is asked of the batch system; the texts are the recipe's, and `name`. */
struct pvhop_resources pvhop_job_resources(const struct pvhop_recipe *r, const char *name);
/** Fills *script, whose texts are those of the other arguments. False: no memory. */
bool pvhop_job_describe(struct pvhop_job_script *script, struct pvhop_text *prelude,
                        struct pvhop_text *pvserver, const struct pvhop_recipe *r,
                        const struct pvhop_job_call *call, const char *folder);
/** What starts pvserver on the front end itself. */
void pvhop_job_add_local(struct pvhop_text *t, const struct pvhop_recipe *r,
                         const struct pvhop_job_call *call);

int pvhop_job_start_local(struct pvhop_job *job, const struct pvhop_job_call *call,
                          struct pvhop_error *err);
int pvhop_job_start_batch(struct pvhop_job *job, const struct pvhop_job_call *call,
                          struct pvhop_error *err);
#endif
