/* SPDX-License-Identifier: BSD-3-Clause */
#include "job_private.h"
#include <stdlib.h>
#include <string.h>

#define CHECK_MS 30000u /* `module load` from a busy file system takes its time */

/* ---- shell text ---- */

void pvhop_job_add_with_version(struct pvhop_text *t, const char *text,
                                const struct pvhop_recipe *r)
{
    static const char slot[] = "{version}";
    const char *version = pvhop_recipe_get(r, "client-version"), *at;

    for (; version && (at = strstr(text, slot)); text = at + strlen(slot)) {
        pvhop_text_add(t, text, (size_t)(at - text));
        pvhop_text_add(t, version, strlen(version));
    }
    pvhop_text_add(t, text, strlen(text));
}

/* What a prelude may count on: `module` as a login shell has it, and bash's `source`. */
void pvhop_job_add_prelude(struct pvhop_text *t, const struct pvhop_recipe *r)
{
    const char *prelude = pvhop_recipe_get(r, "prelude");

    if (!prelude || !*prelude)
        return;
    pvhop_text_addf(t, "command -v module >/dev/null 2>&1 || [ ! -r /etc/profile ] ||"
                       " . /etc/profile >/dev/null 2>&1\n"
                       "command -v source >/dev/null 2>&1 || source() { . \"$1\"; }\n");
    pvhop_job_add_with_version(t, prelude, r);
    pvhop_text_add(t, "\n", 1);
}

void pvhop_job_add_pvserver(struct pvhop_text *t, const struct pvhop_recipe *r)
{
    struct pvhop_text path = {0};

    pvhop_job_add_with_version(&path, pvhop_recipe_get(r, "pvserver"), r);
    t->failed |= path.failed;
    if (!path.failed)
        pvhop_text_add_path(t, path.s);
    pvhop_text_free(&path);
}

/* ---- output and end ---- */

void pvhop_job_output(struct pvhop_job *job, const char *line)
{
    char **slot = &job->last[job->last_at++ % PVHOP_JOB_LAST_LINES];

    free(*slot);
    *slot = strdup(line);
    job->events.line(job->user, line);
}

void pvhop_job_tell_end(struct pvhop_job *job, int status)
{
    struct pvhop_text words = {0};

    for (size_t i = 0; i < PVHOP_JOB_LAST_LINES; i++) {
        const char *line = job->last[(job->last_at + i) % PVHOP_JOB_LAST_LINES];

        if (line)
            pvhop_text_addf(&words, "%s%s", words.len ? "\n" : "", line);
    }
    job->events.ended(job->user, status, words.s ? words.s : "");
    pvhop_text_free(&words);
}

/* ---- the check of pvserver ---- */

/* "paraview version 5.11.0", or "... 5.12.0-RC1"; login files may have said something before it. */
static bool parse_version(const char *output, unsigned *major, unsigned *minor, char version[32])
{
    for (const char *at = output; (at = strstr(at, "version ")); at++) {
        const char *number = at + strlen("version ");
        size_t len = strspn(number, "0123456789.");

        if (sscanf(number, "%u.%u", major, minor) == 2 && len < 32) {
            memcpy(version, number, len);
            version[len] = '\0';
            return true;
        }
    }
    return false;
}

static void on_checked(void *user, int status, const char *output, size_t len)
{
    struct pvhop_job *job = user;
    const char *pvserver = pvhop_recipe_get(job->recipe, "pvserver");
    const char *wanted = pvhop_recipe_get(job->recipe, "client-version");
    const char *host = pvhop_control_host(job->control);
    unsigned major, minor, want_major, want_minor;
    char version[32] = "";
    struct pvhop_error err;
    bool known = parse_version(output, &major, &minor, version);

    job->query = NULL;
    pvhop_error_clear(&err);
    if (known && wanted && sscanf(wanted, "%u.%u", &want_major, &want_minor) == 2 &&
        (want_major != major || want_minor != minor))
        pvhop_error_set(&err, PVHOP_E_PVSERVER_VERSION,
                        "the client is ParaView %s, but '%s' on %s is %s; the first two numbers "
                        "must be the same",
                        wanted, pvserver, host, version);
    else if (known || job->scheduler) /* many sites have it on the nodes only: they will tell */
        ;
    else if (status == -1)
        pvhop_error_set(&err, PVHOP_E_TIMEOUT,
                        "'%s --version' did not answer on %s within %u seconds", pvserver, host,
                        CHECK_MS / 1000);
    else if (status == 127 || status == 126)
        pvhop_error_set(&err, PVHOP_E_PVSERVER_MISSING,
                        "'%s' is not a program on %s; it said: %.1000s", pvserver, host,
                        len ? output : "nothing");
    else
        pvhop_error_set(
            &err, PVHOP_E_PVSERVER_MISSING,
            "'%s --version' on %s ended with status %d and named no version; it said: %.1000s",
            pvserver, host, status, len ? output : "nothing");
    if (err.code)
        job->events.failed(job->user, &err);
    else
        job->events.checked(job->user, known ? version : "");
}

static void check_pvserver(struct pvhop_job *job)
{
    struct pvhop_text t = {0};
    struct pvhop_error err;

    pvhop_job_add_prelude(&t, job->recipe);
    pvhop_text_addf(&t, "program=");
    pvhop_job_add_pvserver(&t, job->recipe);
    pvhop_text_addf(&t,
                    "\ncommand -v \"$program\" >/dev/null || { echo \"PATH=$PATH\"; exit 127; }\n"
                    "exec \"$program\" --version\n");
    job->query =
        t.failed ? NULL : pvhop_control_query(job->control, t.s, CHECK_MS, on_checked, job);
    pvhop_text_free(&t);
    if (!job->query) {
        pvhop_error_set(&err, PVHOP_E_SSH_LOST,
                        "pvserver could not be looked for: the control channel is gone");
        job->events.failed(job->user, &err);
    }
}

/* ---- which batch system? ---- */

static void take_first(void *user, const struct pvhop_scheduler *s, bool answers,
                       const char *version)
{
    struct pvhop_job *job = user;

    (void)version;
    if (answers && !job->scheduler && strcmp(pvhop_scheduler_name(s), "none") != 0)
        job->scheduler = s;
}

static void on_detected(void *user, int status, const char *output, size_t len)
{
    struct pvhop_job *job = user;

    (void)status;
    job->query = NULL;
    pvhop_scheduler_detect_read(output, len, take_first, job);
    check_pvserver(job);
}

static int choose_scheduler(struct pvhop_job *job, struct pvhop_error *err)
{
    const char *name = pvhop_recipe_get(job->recipe, "scheduler");
    char *script;

    if (strcmp(name, "auto") == 0) {
        script = pvhop_scheduler_detect_sh(err);
        if (script)
            job->query = pvhop_control_query(job->control, script, CHECK_MS, on_detected, job);
        free(script);
        return job->query ? 0 : -1;
    }
    if (strcmp(name, "none") != 0 && !(job->scheduler = pvhop_scheduler_find(name)))
        return pvhop_error_set(err, PVHOP_E_VALUE, "scheduler '%s' is not known", name);
    check_pvserver(job);
    return 0;
}

/* ---- life ---- */

struct pvhop_job *pvhop_job_new(struct pvhop_loop *loop, struct pvhop_control *control,
                                const struct pvhop_recipe *recipe,
                                const struct pvhop_job_events *events, void *user,
                                struct pvhop_error *err)
{
    struct pvhop_job *job = calloc(1, sizeof(*job));

    if (!job) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "the check of pvserver could not be started");
        return NULL;
    }
    job->loop = loop;
    job->control = control;
    job->recipe = recipe;
    job->events = *events;
    job->user = user;
    if (choose_scheduler(job, err) != 0) {
        pvhop_job_free(job);
        return NULL;
    }
    return job;
}

int pvhop_job_start(struct pvhop_job *job, const struct pvhop_job_call *call,
                    struct pvhop_error *err)
{
    return job->scheduler ? pvhop_job_start_batch(job, call, err)
                          : pvhop_job_start_local(job, call, err);
}

bool pvhop_job_is_batch(const struct pvhop_job *job)
{
    return job->scheduler != NULL;
}

void pvhop_job_settled(struct pvhop_job *job)
{
    job->settled = true;
}

void pvhop_job_end(struct pvhop_job *job)
{
    pvhop_task_end(job->task);
}

void pvhop_job_free(struct pvhop_job *job)
{
    if (!job)
        return;
    pvhop_query_free(job->query);
    pvhop_task_free(job->task);
    pvhop_timer_free(job->poll);
    pvhop_text_free(&job->answer);
    for (size_t i = 0; i < PVHOP_JOB_LAST_LINES; i++)
        free(job->last[i]);
    free(job);
}
