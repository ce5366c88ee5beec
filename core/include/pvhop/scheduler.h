/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SCHEDULER_H
#define PVHOP_SCHEDULER_H
/**
 * Batch systems: one adapter each, a row of one table. An adapter does no input or output: it gives
 * a POSIX sh text that somebody runs on the front end, and reads what that text printed (standard
 * output and standard error together, as pvhop_control_query gives it).
 *
 * Every value that reaches the text is one quoted word, or is refused.
 */
#include <pvhop/error.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_JOB_ID_MAX 96 /* "4711.server.cluster.example.org" */

struct pvhop_scheduler; /* one adapter: constant, never freed */

/** By name: "slurm", "pbs", "lsf", "sge", "none". NULL if there is none. */
const struct pvhop_scheduler *pvhop_scheduler_find(const char *name);
/** The n-th adapter, NULL past the end. */
const struct pvhop_scheduler *pvhop_scheduler_row(size_t n);
const char *pvhop_scheduler_name(const struct pvhop_scheduler *s);
/** As people write it: "Grid Engine". */
const char *pvhop_scheduler_title(const struct pvhop_scheduler *s);

/** What a job asks for, in the users' words. NULL or 0: not said, the site's default holds. */
struct pvhop_resources {
    /** Name of the job, by which a later cancel knows it again: a letter, then letters, digits and
     * "_.-". Old PBS allows 15 characters. */
    const char *name;
    long nodes;
    long processes;     /* in all */
    const char *memory; /* on each node: "64G", "500M", "500" (MB) */
    long gpus;          /* on each node */
    long walltime_s;
    long deadline_s; /* the scheduler is to drop the job if it has not started this many seconds
                        after it was submitted; only Slurm can, and only with a walltime */
    const char *queue, *account, *reservation;
    const char *constraint; /* what the nodes must have, in the scheduler's own syntax */
    const char *pe;         /* Grid Engine's parallel environment; NULL: one that it has */
    const char *extra;  /* more options: split at spaces, '...' and "..." keep them; nothing else is
                           special */
    const char *output; /* file for what the job prints, on the shared file system; NULL: none */
};

/**
 * The text that submits a job script, which stands in the file `script` on the front end or, if
 * that is NULL, comes on standard input. Newly allocated. NULL: VALUE, MEMORY.
 */
char *pvhop_scheduler_submit_sh(const struct pvhop_scheduler *s, const struct pvhop_resources *r,
                                const char *script, struct pvhop_error *err);
/**
 * What it printed: the job's id, or SUBMIT with the scheduler's own words and what to change, or
 * SCHEDULER_MISSING.
 */
int pvhop_scheduler_submit_read(const struct pvhop_scheduler *s, const char *output, size_t len,
                                char id[PVHOP_JOB_ID_MAX], struct pvhop_error *err);

enum pvhop_job_state {
    PVHOP_JOB_UNKNOWN, /* the scheduler does not know the id (any more), or did not answer */
    PVHOP_JOB_QUEUED,
    PVHOP_JOB_STARTING, /* it has its nodes, its script does not run yet */
    PVHOP_JOB_RUNNING,
    PVHOP_JOB_ENDED
};

struct pvhop_job_status {
    enum pvhop_job_state state;
    char reason[512]; /* why it waits or how it ended, in the scheduler's words; "" */
    bool hopeless;    /* queued, and as it is it will not start */
    bool silent;      /* unknown because the scheduler did not answer; ask again */
    long position;    /* place in the queue, 1 = next; 0 = not known */
    long starts_in_s; /* the scheduler's estimate; -1 = not known */
    long time_left_s; /* running: until the walltime; -1 = not known */
    char node[256];   /* starting or running: the host of the script and of rank 0; "" */
    char nodes[1024]; /* all of them, as the scheduler writes them; "" */
    int exit_code;    /* ended: -1 = not known */
};

/** The text that asks for a job's state. `position`: its place in the queue too, which costs the
 * scheduler more: not on every call. */
char *pvhop_scheduler_state_sh(const struct pvhop_scheduler *s, const char *id, bool position,
                               struct pvhop_error *err);
/** Reads what that printed. -1 only if the commands are missing (SCHEDULER_MISSING) or memory is.
 */
int pvhop_scheduler_state_read(const struct pvhop_scheduler *s, const char *id, const char *output,
                               size_t len, struct pvhop_job_status *status,
                               struct pvhop_error *err);

/** The text that cancels the job with this id if it has this name: ids are used again. */
char *pvhop_scheduler_cancel_sh(const struct pvhop_scheduler *s, const char *id, const char *name,
                                struct pvhop_error *err);
/** 0: cancelled, or there was nothing left to cancel. Else JOB_CANCEL. */
int pvhop_scheduler_cancel_read(const struct pvhop_scheduler *s, const char *id, const char *output,
                                size_t len, struct pvhop_error *err);

/** The text that finds out which batch systems there are and which of them answer. */
char *pvhop_scheduler_detect_sh(struct pvhop_error *err);
typedef void (*pvhop_detect_fn)(void *user, const struct pvhop_scheduler *s, bool answers,
                                const char *version);
/** Calls `fn` for each that was found, those that answer first. Returns how many. */
int pvhop_scheduler_detect_read(const char *output, size_t len, pvhop_detect_fn fn, void *user);

struct pvhop_queue_info {
    char name[128];
    bool is_default;
    bool open;           /* takes jobs and starts them */
    long max_walltime_s; /* -1 = no limit, or not known */
    long nodes;          /* 0 = not known */
};
/** The text that lists the queues, and the accounts (projects) of this user. */
char *pvhop_scheduler_queues_sh(const struct pvhop_scheduler *s, struct pvhop_error *err);
typedef void (*pvhop_queue_fn)(void *user, const struct pvhop_queue_info *queue);
typedef void (*pvhop_account_fn)(void *user, const char *account);
/** Calls the functions for what was listed; many sites list no accounts. -1: SCHEDULER_MISSING. */
int pvhop_scheduler_queues_read(const struct pvhop_scheduler *s, const char *output, size_t len,
                                pvhop_queue_fn queue, pvhop_account_fn account, void *user,
                                struct pvhop_error *err);

#ifdef __cplusplus
}
#endif
#endif
