/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_JOBS_H
#define PVHOP_JOBS_H
/**
 * The jobs that pvhop started on a site for this user, and their end. A job is known by the folder
 * of its start (job_script.h), which names batch system, id and job name; no other job is looked
 * at. One that no pvhop holds any more (its lease has stopped) is a leftover.
 */
#include <pvhop/event.h>
#include <pvhop/recipe.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_jobs;

struct pvhop_jobs_handlers {
    /**
     * The end, once. `result` is one JSON object, `{"jobs":[...]}`, with each job's id, scheduler,
     * name, state (queued, starting, running, ended, unknown), node, reason, held, and action
     * (none, cancelled, removed, failed); NULL if it did not come so far. `err`: code OK if all
     * went well.
     */
    void (*done)(void *user, const char *result, const struct pvhop_error *err);
};

/**
 * Logs in to the recipe's host and lists. `cancel`: NULL, "left" (the leftovers: cancelled, and
 * what lies about of them removed), "all", or a job's id. Strings are copied.
 */
struct pvhop_jobs *pvhop_jobs_new(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                  struct pvhop_events *events, const char *cancel,
                                  const struct pvhop_jobs_handlers *handlers, void *user,
                                  struct pvhop_error *err);
/** Gives up; no callback any more. NULL is fine. */
void pvhop_jobs_free(struct pvhop_jobs *j);

#ifdef __cplusplus
}
#endif
#endif
