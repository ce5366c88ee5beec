/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_JOB_H
#define PVHOP_JOB_H
/**
 * One pvserver start, on the front end itself or in a batch job: is pvserver there and of the right
 * version, the launch, its output, where it is, its end.
 */
#include "job_script.h"
#include <pvhop/control.h>
#include <pvhop/recipe.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_job;

struct pvhop_job_events {
    /** pvserver was found and fits: its version, such as "5.11.0"; "" if only the nodes can tell.
     */
    void (*checked)(void *user, const char *version);
    /** Batch only: the scheduler took the job. */
    void (*submitted)(void *user, const char *scheduler, const char *id);
    /** Batch only: what the scheduler says of it, as often as that changes. */
    void (*state)(void *user, const struct pvhop_job_status *status);
    /** A pvserver that listens said where it may be reached, the likeliest place first. Of a job
     * that waits for its port: where it runs (the port is ssh's). */
    void (*where)(void *user, const struct pvhop_job_where *where);
    /** A line of pvserver's output, or its launcher's. */
    void (*line)(void *user, const char *line);
    /** It has ended; `last_words` are the end of its output. Called once, after a start. */
    void (*ended)(void *user, int status, const char *last_words);
    /** It could not be checked, submitted or started. */
    void (*failed)(void *user, const struct pvhop_error *err);
};

/** How pvserver and we come together. */
struct pvhop_job_call {
    const char *hosts; /* pvserver connects to the first of them that answers; NULL: it listens */
    uint16_t port;     /* on those hosts; 0: told later. A batch job only */
    int32_t connect_id;
    const struct pvhop_job_proof *proof; /* a job is to prove it to those hosts; NULL: it is not */
};

/** Begins with the check. `recipe` must outlive it. */
struct pvhop_job *pvhop_job_new(struct pvhop_loop *loop, struct pvhop_control *control,
                                const struct pvhop_recipe *recipe,
                                const struct pvhop_job_events *events, void *user,
                                struct pvhop_error *err);
/** After `checked`: starts pvserver, or submits the job that will. */
int pvhop_job_start(struct pvhop_job *job, const struct pvhop_job_call *call,
                    struct pvhop_error *err);
/** The port that a job waits for, which started with none. */
void pvhop_job_tell(struct pvhop_job *job, uint16_t port);
/** True if it is a batch job; known after `checked`. */
bool pvhop_job_is_batch(const struct pvhop_job *job);
/** pvserver is connected: the scheduler is asked less often from now on. */
void pvhop_job_settled(struct pvhop_job *job);
/** Ends it on the far side; `ended` comes when nothing of it is left there. */
void pvhop_job_end(struct pvhop_job *job);
/** Ends it and stops the callbacks. NULL is fine. */
void pvhop_job_free(struct pvhop_job *job);

#ifdef __cplusplus
}
#endif
#endif
