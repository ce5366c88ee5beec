/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SCHEDULER_ADAPTER_H
#define PVHOP_SCHEDULER_ADAPTER_H
/**
 * What an adapter consists of, and what adapters share. A new batch system is one file with one
 * such row, and its name in the table of scheduler.c.
 *
 * The texts print their commands' output in frames:
 *
 *     #pvhop NAME
 *     (what the command printed)
 *     #pvhop-end STATUS
 */
#include "text.h"
#include <pvhop/scheduler.h>
#include <stdio.h>

/** One thing that a scheduler says when it refuses, and what to do about it. */
struct sched_hint {
    const char *words; /* part of its message, in small letters */
    const char *remedy;
};

struct pvhop_scheduler {
    const char *name, *title;
    /** A command of it and the folders where sites keep it, each a word of sh that may hold $. */
    const char *command, *folders;
    /** A test in sh whether the command is really this system's (two have a qsub): true or false.
     */
    const char *genuine;
    /** sh that prints the version, and sh that is true if the daemon answers. */
    const char *version, *answers;
    const char *cancel_by_hand; /* "scancel" */
    const struct sched_hint *hints;
    bool (*id_ok)(const char *id);
    void (*submit)(struct pvhop_text *t, const struct pvhop_resources *r, const char *script);
    /** A sed script (-n) that prints the id out of the same output, for the watchdog. */
    const char *id_sed;
    /** Finds the id in the output of a submission that ended well. */
    bool (*submitted)(const char *output, char id[PVHOP_JOB_ID_MAX]);
    void (*state)(struct pvhop_text *t, const char *id, bool position);
    void (*read_state)(const char *id, const char *output, struct pvhop_job_status *status);
    /** sh that prints the name of the job "$pvhop_id", the sed script (-n) that finds it in there,
     * and the pattern of sh's case that a failed query has in its output if the job is over. */
    const char *name_query, *name_sed, *name_gone;
    /** Instead of these and cancel_by_hand; NULL with them. As sched_add_cancel. */
    void (*cancel)(struct pvhop_text *t, const char *id, const char *name);
    void (*queues)(struct pvhop_text *t);
    void (*read_queues)(const char *output, pvhop_queue_fn queue, pvhop_account_fn account,
                        void *user);
};

extern const struct pvhop_scheduler pvhop_sched_slurm, pvhop_sched_pbs, pvhop_sched_lsf,
    pvhop_sched_sge, pvhop_sched_none;

/* ---- making texts (scheduler_sh.c) ---- */

/** The functions that all texts use, and the search for the adapter's commands. */
void sched_add_preamble(struct pvhop_text *t, const struct pvhop_scheduler *s);
/** " FLAG'value'" (FLAG with its = or space), nothing if value is NULL. */
void sched_add_option(struct pvhop_text *t, const char *flag, const char *value);
/** The words of `extra`, each quoted, a space before each. */
void sched_add_extra(struct pvhop_text *t, const char *extra);
/** " <'script'", or nothing, and the end of the line. */
void sched_add_input(struct pvhop_text *t, const char *script);
/** H:MM:SS, hours without bound. */
void sched_add_hms(struct pvhop_text *t, long seconds);
/** Cancels the job of that id if it has that name; a number is used again some day. `id` may be a
 * variable of sh in quotes. */
void sched_add_cancel(struct pvhop_text *t, const struct pvhop_scheduler *s, const char *id,
                      const char *name);
/** Checks every value, fills the error. */
int sched_check(const struct pvhop_resources *r, struct pvhop_error *err);
/** "64G" in MB; 0 if it is no size. */
long sched_memory_mb(const char *memory);
/** Processes on each node, at least 1. */
long sched_per_node(const struct pvhop_resources *r);

/* ---- reading (scheduler_read.c) ---- */

/** What a frame holds, newly allocated; NULL if there is no such frame. `status` may be NULL. */
char *sched_frame(const char *output, const char *name, int *status);
/** The next line of *at, NUL put at its end; NULL at the end of the text. */
char *sched_line(char **at);
/** Cuts what is around a text off, in place. */
char *sched_trim(char *text);
/** True if `text` has `words` (small letters) in it, whatever its case. */
bool sched_has(const char *text, const char *words);
/** "2-01:00:00", "01:00:00", "30:00", "30" (minutes or seconds: `unit` of a bare number) in
 * seconds; -1 if it is none ("UNLIMITED"). */
long sched_duration(const char *text, long unit);
/** A whole number at the text's beginning (spaces before it are skipped); 0 if there is none, it is
 * negative, or beyond 10^12, so that sums of a few are safe. */
long sched_count(const char *text);
/** The frame "accounts", one a line. */
void sched_accounts(const char *output, pvhop_account_fn account, void *user);
/** A time of the C locale by strptime's format, in seconds since some fixed moment; -1. */
long long sched_time(const char *text, const char *format);
/** Copies, cut if too long. */
void sched_copy(char *to, size_t size, const char *from);
/** Digits only, not too many. */
bool sched_id_digits(const char *id);
/** The last line that is all digits, or digits and ";cluster" or ".server". */
bool sched_last_id(const char *output, const char *separators, char id[PVHOP_JOB_ID_MAX]);
#endif
