/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pvserver in a batch job. A task of the control channel, the watchdog
 * (job_watchdog.sh), submits the job, holds its lease, passes on what it prints and cancels it when
 * the task ends. Beside it the scheduler is asked how the job stands.
 */
#include "job_private.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_FIRST_MS 1000u
#define POLL_MAX_MS 15000u     /* queued or starting: doubled up to this */
#define POLL_SETTLED_MS 60000u /* connected: for the time left only */
#define POLL_LIMIT_MS 30000u   /* a busy scheduler takes its time to answer */
#define LAST_WORDS_MS 2000u    /* the watchdog looks at the job's output every second */
#define TELL_MS 30000u
#define POSITION_EVERY 4u /* the place in the queue costs the scheduler more */

static void poll_soon(struct pvhop_job *job, unsigned ms);

/* ---- how the job stands ---- */

static bool same_status(const struct pvhop_job_status *a, const struct pvhop_job_status *b)
{
    return a->state == b->state && a->position == b->position &&
           strcmp(a->reason, b->reason) == 0 && strcmp(a->node, b->node) == 0;
}

/*
 * Gone: ended, or not known any more by a scheduler that knew it and answers. Its last output
 * gets a moment to come through; then the watchdog is ended, and with that the job told as ended.
 */
static bool is_gone(struct pvhop_job *job, const struct pvhop_job_status *now)
{
    if (now->state == PVHOP_JOB_ENDED)
        return true;
    if (now->state != PVHOP_JOB_UNKNOWN || now->silent) {
        job->unknowns = 0;
        return false;
    }
    return job->status.state != PVHOP_JOB_UNKNOWN && ++job->unknowns >= 2;
}

static void on_state(void *user, int status, const char *output, size_t len)
{
    struct pvhop_job *job = user;
    struct pvhop_job_status now;
    struct pvhop_error err;
    unsigned next;

    job->query = NULL;
    if (status == -1 ||
        pvhop_scheduler_state_read(job->scheduler, job->id, output, len, &now, &err) != 0)
        now = (struct pvhop_job_status){.silent = true};
    if (is_gone(job, &now)) {
        job->gone = true;
        job->end_code = now.state == PVHOP_JOB_ENDED ? now.exit_code : -1;
        if (*now.reason)
            snprintf(job->end_reason, sizeof(job->end_reason), "%s says: %s",
                     pvhop_scheduler_title(job->scheduler), now.reason);
        poll_soon(job, LAST_WORDS_MS);
        return;
    }
    next = job->settled ? POLL_SETTLED_MS : POLL_FIRST_MS << (job->polls < 4 ? job->polls : 4);
    job->polls = now.state == job->status.state ? job->polls + 1 : 0;
    poll_soon(job, next < POLL_MAX_MS || job->settled ? next : POLL_MAX_MS);
    if (now.state == PVHOP_JOB_UNKNOWN) /* no answer, or not known yet or any more: the watchdog's
                                           output decides */
        return;
    if (same_status(&now, &job->status) && !job->settled)
        return;
    job->status = now;
    if (job->events.state)
        job->events.state(job->user, &job->status);
}

static void poll_state(void *user)
{
    struct pvhop_job *job = user;
    char *script;

    if (job->gone) {
        pvhop_task_end(job->task);
        return;
    }
    if (job->query || !*job->id)
        return;
    script =
        pvhop_scheduler_state_sh(job->scheduler, job->id, job->polls % POSITION_EVERY == 1, NULL);
    if (script)
        job->query = pvhop_control_query(job->control, script, POLL_LIMIT_MS, on_state, job);
    free(script);
}

static void poll_soon(struct pvhop_job *job, unsigned ms)
{
    if (job->poll)
        pvhop_timer_start(job->poll, ms);
}

/* ---- the watchdog's lines ---- */

static bool begins(const char *line, const char *with, const char **rest)
{
    size_t len = strlen(with);

    if (strncmp(line, with, len) != 0)
        return false;
    *rest = line + len;
    return true;
}

static void on_line(void *user, const char *line)
{
    struct pvhop_job *job = user;
    struct pvhop_job_where where;
    const char *rest;

    if (begins(line, PVHOP_WATCH_OUT, &rest)) {
        pvhop_job_output(job, rest);
    } else if (begins(line, PVHOP_WATCH_ID, &rest)) {
        snprintf(job->id, sizeof(job->id), "%s", rest);
        poll_soon(job, POLL_FIRST_MS / 2);
        if (job->events.submitted)
            job->events.submitted(job->user, pvhop_scheduler_title(job->scheduler), job->id);
    } else if (begins(line, PVHOP_WATCH_WHERE, &rest)) {
        if (!job->told_where && pvhop_job_where_read(rest, &where, NULL) == 0) {
            job->told_where = true;
            if (job->events.where)
                job->events.where(job->user, &where);
        }
    } else if (!*job->id && job->answer.len < 65536) {
        pvhop_text_addf(&job->answer, "%s\n", line);
    }
}

static void on_exited(void *user, int status)
{
    struct pvhop_job *job = user;
    char id[PVHOP_JOB_ID_MAX];
    struct pvhop_error err;

    pvhop_task_free(job->task);
    job->task = NULL;
    if (job->poll)
        pvhop_timer_stop(job->poll);
    if (!*job->id && status != -1) { /* it never got as far as a job */
        const char *answer = job->answer.s ? job->answer.s : "";

        if (pvhop_scheduler_submit_read(job->scheduler, answer, strlen(answer), id, &err) == 0)
            pvhop_error_set(&err, PVHOP_E_SUBMIT,
                            "the watchdog ended with status %d; it said: %.1000s", status, answer);
        job->events.failed(job->user, &err);
        return;
    }
    if (*job->end_reason)
        pvhop_job_output(job, job->end_reason);
    /* the watchdog was ended by us: its own status tells nothing of the job's */
    pvhop_job_tell_end(job, job->gone && job->end_code >= 0 ? job->end_code : status);
}

/* ---- the start ---- */

/* Old PBS takes 15 characters: the user's word, cut, and six hex digits of ours to know the job by.
 */
static int name_job(struct pvhop_job *job, const struct pvhop_job_proof *proof, char token[33],
                    struct pvhop_error *err)
{
    const char *wish = pvhop_recipe_get(job->recipe, "job-name");
    struct pvhop_job_proof drawn;
    size_t len = 0;

    if (!proof && pvhop_job_proof_draw(&drawn, err) != 0)
        return -1;
    snprintf(token, 33, "%s", proof ? proof->folder : drawn.folder);
    for (; wish && *wish && len < 8; wish++)
        if ((*wish >= 'a' && *wish <= 'z') || (*wish >= 'A' && *wish <= 'Z') ||
            (len > 0 && ((*wish >= '0' && *wish <= '9') || *wish == '_')))
            job->name[len++] = *wish;
    snprintf(job->name + len, sizeof(job->name) - len, "%s%.6s", len ? "-" : "pv-", token);
    return 0;
}

struct pvhop_resources pvhop_job_resources(const struct pvhop_recipe *r, const char *name)
{
    return (struct pvhop_resources){
        .name = name,
        .nodes = pvhop_recipe_number(r, "nodes", 0),
        .processes = pvhop_recipe_number(r, "processes", 0),
        .memory = pvhop_recipe_get(r, "memory"),
        .gpus = pvhop_recipe_number(r, "gpus", 0),
        .walltime_s = pvhop_recipe_number(r, "walltime", 0),
        .deadline_s = pvhop_recipe_number(r, "timeout-queue", 0),
        .queue = pvhop_recipe_get(r, "queue"),
        .account = pvhop_recipe_get(r, "account"),
        .reservation = pvhop_recipe_get(r, "reservation"),
        .constraint = pvhop_recipe_get(r, "constraint"),
        .extra = pvhop_recipe_get(r, "scheduler-args"),
    };
}

bool pvhop_job_describe(struct pvhop_job_script *script, struct pvhop_text *prelude,
                        struct pvhop_text *pvserver, const struct pvhop_recipe *r,
                        const struct pvhop_job_call *call, const char *folder)
{
    pvhop_job_add_prelude(prelude, r);
    pvhop_job_add_with_version(pvserver, pvhop_recipe_get(r, "pvserver"), r);
    *script = (struct pvhop_job_script){
        .folder = folder,
        .prelude = prelude->s,
        .launcher = pvhop_recipe_get(r, "mpi"),
        .pvserver = pvserver->s,
        .arguments = pvhop_recipe_get(r, "pvserver-args"),
        .rendering = pvhop_recipe_get(r, "rendering"),
        .connect_id = call->connect_id,
        .calls = call->hosts,
        .call_port = call->port,
        .proof = call->proof,
    };
    return !prelude->failed && !pvserver->failed;
}

static void ignore_answer(void *user, int status, const char *output, size_t len)
{
    (void)user, (void)status, (void)output, (void)len;
}

int pvhop_job_start_batch(struct pvhop_job *job, const struct pvhop_job_call *call,
                          struct pvhop_error *err)
{
    static const struct pvhop_task_events events = {.line = on_line, .exited = on_exited};
    const struct pvhop_recipe *r = job->recipe;
    struct pvhop_text prelude = {0}, pvserver = {0};
    char token[33], *watchdog = NULL;
    struct pvhop_resources asked;
    struct pvhop_job_script script;
    int rc = -1;

    if (name_job(job, call->proof, token, err) != 0)
        return -1;
    snprintf(job->folder, sizeof(job->folder), PVHOP_JOB_FOLDER "%s", token);
    asked = pvhop_job_resources(r, job->name);
    job->poll = pvhop_timer_new(job->loop, poll_state, job);
    if (!pvhop_job_describe(&script, &prelude, &pvserver, r, call, job->folder) || !job->poll) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the job's script");
        goto out;
    }
    watchdog = pvhop_job_watchdog_sh(job->scheduler, &script, &asked, 0, err);
    if (!watchdog)
        goto out;
    job->task = pvhop_control_start(job->control, watchdog, &events, job);
    if (!job->task) {
        pvhop_error_set(err, PVHOP_E_SSH_LOST,
                        "the job could not be submitted: the control channel is gone");
        goto out;
    }
    rc = 0;
out:
    free(watchdog);
    pvhop_text_free(&prelude);
    pvhop_text_free(&pvserver);
    return rc;
}

/* Overwritten in place, as the job's other files are (job_node.sh). Whether it arrives is seen by
 * pvserver's arrival. */
void pvhop_job_tell(struct pvhop_job *job, uint16_t port)
{
    struct pvhop_text t = {0};

    pvhop_text_addf(&t, "folder=");
    pvhop_text_add_path(&t, job->folder);
    pvhop_text_addf(&t, "\necho '%u end' >\"$folder/port\"", port);
    if (!t.failed && job->scheduler)
        pvhop_control_query(job->control, t.s, TELL_MS, ignore_answer, NULL);
    pvhop_text_free(&t);
}
