/* SPDX-License-Identifier: BSD-3-Clause */
/* One job after the other: how does it stand, is it to be cancelled, may its folder go. */
#include "text.h"
#include "utf8.h"
#include <jansson.h>
#include <pvhop/jobs.h>
#include <pvhop/login.h>
#include <pvhop/scheduler.h>
#include <stdlib.h>
#include <string.h>

#define ASK_MS 30000u /* a busy scheduler takes its time */
#define JOBS_MAX 64u
#define FIELDS 5

/* jobs.sh, embedded at build time. */
extern const char pvhop_jobs_script[];

struct found {
    char token[33], name[64], id[PVHOP_JOB_ID_MAX];
    const struct pvhop_scheduler *scheduler; /* NULL: it never came to a job */
    bool held;
    struct pvhop_job_status status;
    const char *action; /* a literal */
    char reason[700];
};

struct pvhop_jobs {
    struct pvhop_loop *loop;
    struct pvhop_events *events;
    struct pvhop_jobs_handlers handlers;
    void *user;
    char *cancel;
    struct pvhop_login *login;
    struct pvhop_query *query;
    struct found found[JOBS_MAX];
    size_t count, at;
    bool phase_open, listed, matched;
    enum pvhop_phase phase;
    struct pvhop_error failed; /* the first cancel that failed */
};

static void look_at(struct pvhop_jobs *j);

static void end(struct pvhop_jobs *j, const char *result, const struct pvhop_error *err)
{
    if (j->phase_open)
        pvhop_events_phase(j->events, j->phase, err->code ? PVHOP_FAILED : PVHOP_DONE, "%s",
                           err->code ? err->what : "");
    j->phase_open = false;
    j->handlers.done(j->user, result, err);
}

/* `script` is freed. */
static void ask(struct pvhop_jobs *j, char *script, pvhop_query_fn fn)
{
    struct pvhop_error err;

    j->query =
        script ? pvhop_control_query(pvhop_login_control(j->login), script, ASK_MS, fn, j) : NULL;
    free(script);
    if (j->query)
        return;
    pvhop_error_set(&err, PVHOP_E_SSH_LOST, "the control channel is gone");
    end(j, NULL, &err);
}

/* ---- the result ---- */

static const char *state_word(enum pvhop_job_state state)
{
    static const char *const words[] = {[PVHOP_JOB_UNKNOWN] = "unknown",
                                        [PVHOP_JOB_QUEUED] = "queued",
                                        [PVHOP_JOB_STARTING] = "starting",
                                        [PVHOP_JOB_RUNNING] = "running",
                                        [PVHOP_JOB_ENDED] = "ended"};

    return words[state];
}

static void tell(struct pvhop_jobs *j)
{
    json_t *list = json_array(), *all = json_pack("{s:o}", "jobs", list);
    struct pvhop_error err = j->failed;
    char *text;

    for (size_t i = 0; i < j->count; i++) {
        const struct found *f = &j->found[i];
        char node[sizeof(f->status.node)], reason[sizeof(f->reason)];

        json_array_append_new(
            list, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:s}", "id", f->id, "scheduler",
                            f->scheduler ? pvhop_scheduler_name(f->scheduler) : "", "name", f->name,
                            "state", state_word(f->status.state), "node",
                            pvhop_utf8_clean(f->status.node, node, sizeof(node)), "reason",
                            pvhop_utf8_clean(f->reason, reason, sizeof(reason)), "held", f->held,
                            "action", f->action));
    }
    text = all ? json_dumps(all, JSON_COMPACT) : NULL;
    json_decref(all);
    if (!text)
        pvhop_error_set(&err, PVHOP_E_MEMORY, "no room for the list of jobs");
    else if (!err.code && j->cancel && !j->matched && strcmp(j->cancel, "left") != 0 &&
             strcmp(j->cancel, "all") != 0)
        pvhop_error_set(&err, PVHOP_E_VALUE, "cancel '%.64s': pvhop has started no such job there",
                        j->cancel);
    end(j, text, &err);
    free(text); /* j may be gone */
}

/* ---- one job ---- */

static void next(struct pvhop_jobs *j)
{
    j->at++;
    look_at(j);
}

static void on_removed(void *user, int status, const char *output, size_t len)
{
    struct pvhop_jobs *j = user;

    (void)status, (void)output, (void)len;
    j->query = NULL;
    next(j);
}

/* "over" ends a job whose batch system does not, as soon as that job looks. */
static void remove_folder(struct pvhop_jobs *j)
{
    struct pvhop_text t = {0};

    pvhop_text_addf(&t,
                    "folder=$HOME/.cache/pvhop/%s\necho over >\"$folder/lease\"\n"
                    "rm -rf \"$folder\"\n",
                    j->found[j->at].token);
    ask(j, t.s, on_removed);
}

static void on_cancelled(void *user, int status, const char *output, size_t len)
{
    struct pvhop_jobs *j = user;
    struct found *f = &j->found[j->at];
    struct pvhop_error err;

    j->query = NULL;
    if (status == -1)
        pvhop_error_set(&err, PVHOP_E_JOB_CANCEL, "job %s: no answer within %u s", f->id,
                        ASK_MS / 1000);
    if (status == -1 || pvhop_scheduler_cancel_read(f->scheduler, f->id, output, len, &err) != 0) {
        f->action = "failed";
        snprintf(f->reason, sizeof(f->reason), "%.690s", err.why);
        if (!j->failed.code)
            j->failed = err;
        next(j);
        return;
    }
    f->action = "cancelled";
    if (f->held)
        next(j); /* its own pvhop clears up behind it */
    else
        remove_folder(j);
}

static bool is_meant(const struct pvhop_jobs *j, const struct found *f)
{
    if (!j->cancel)
        return false;
    if (strcmp(j->cancel, "left") == 0)
        return !f->held;
    return strcmp(j->cancel, "all") == 0 || strcmp(j->cancel, f->id) == 0;
}

static void settle(struct pvhop_jobs *j)
{
    struct found *f = &j->found[j->at];
    bool over = !f->scheduler || f->status.state == PVHOP_JOB_ENDED ||
                (f->status.state == PVHOP_JOB_UNKNOWN && !f->status.silent);

    if (!is_meant(j, f)) {
        next(j);
    } else if (over && !f->held) {
        j->matched = true;
        f->action = "removed";
        remove_folder(j);
    } else if (over) {
        j->matched = true; /* it is being submitted, or its pvhop clears up */
        next(j);
    } else {
        j->matched = true;
        ask(j, pvhop_scheduler_cancel_sh(f->scheduler, f->id, f->name, NULL), on_cancelled);
    }
}

static void on_state(void *user, int status, const char *output, size_t len)
{
    struct pvhop_jobs *j = user;
    struct found *f = &j->found[j->at];

    j->query = NULL;
    if (status == -1 ||
        pvhop_scheduler_state_read(f->scheduler, f->id, output, len, &f->status, NULL) != 0) {
        f->status = (struct pvhop_job_status){.silent = true};
        snprintf(f->reason, sizeof(f->reason), "the batch system did not answer");
    } else {
        memcpy(f->reason, f->status.reason, sizeof(f->status.reason));
    }
    settle(j);
}

static void look_at(struct pvhop_jobs *j)
{
    struct found *f = &j->found[j->at];

    if (j->at == j->count)
        tell(j);
    else if (f->scheduler)
        ask(j, pvhop_scheduler_state_sh(f->scheduler, f->id, false, NULL), on_state);
    else
        settle(j);
}

/* ---- the list ---- */

/* TOKEN, batch system, name, id, held. Files of the user's home: they may hold anything. */
static void take_line(struct pvhop_jobs *j, char *line)
{
    struct found *f = &j->found[j->count];
    char *field[FIELDS] = {0}, *test;
    size_t n = 0, len;

    for (char *save = NULL, *p = line; n < FIELDS && p; p = save) {
        save = strchr(p, '\t');
        if (save)
            *save++ = '\0';
        field[n++] = p;
    }
    if (j->count == JOBS_MAX || n != FIELDS || strlen(field[0]) != 32 ||
        strspn(field[0], "0123456789abcdef") != 32)
        return;
    *f = (struct found){.action = "none", .held = strncmp(field[4], "yes", 3) == 0};
    memcpy(f->token, field[0], 33);
    len = strlen(field[2]);
    /* The name ends in the token's beginning (job_batch.c). */
    if (len >= 6 && len < sizeof(f->name) && memcmp(field[2] + len - 6, f->token, 6) == 0)
        f->scheduler = pvhop_scheduler_find(field[1]);
    test = f->scheduler ? pvhop_scheduler_cancel_sh(f->scheduler, field[3], field[2], NULL) : NULL;
    if (test) {
        snprintf(f->name, sizeof(f->name), "%s", field[2]);
        snprintf(f->id, sizeof(f->id), "%s", field[3]);
    } else {
        f->scheduler = NULL;
        snprintf(f->reason, sizeof(f->reason), "%s",
                 f->held ? "it is being submitted" : "the start did not come to a job");
    }
    free(test);
    j->count++;
}

static void on_listed(void *user, int status, const char *output, size_t len)
{
    struct pvhop_jobs *j = user;
    char *copy = strndup(output, len), *next_line;
    struct pvhop_error err;

    j->query = NULL;
    if (status != 0 || !copy) {
        if (status != -1 || !pvhop_control_is_silent(pvhop_login_control(j->login), &err))
            pvhop_error_set(&err, PVHOP_E_SHELL, "the jobs on %s could not be listed: %.500s",
                            pvhop_control_host(pvhop_login_control(j->login)),
                            status == -1 ? "no answer came in time" : output);
        free(copy);
        end(j, NULL, &err);
        return;
    }
    j->listed = true;
    for (char *line = copy; line; line = next_line) {
        next_line = strchr(line, '\n');
        if (next_line)
            *next_line++ = '\0';
        take_line(j, line);
    }
    free(copy);
    look_at(j);
}

/* ---- the login ---- */

static void on_phase(void *user, enum pvhop_phase phase, const char *text)
{
    struct pvhop_jobs *j = user;

    if (j->phase_open)
        pvhop_events_phase(j->events, j->phase, PVHOP_DONE, "%s", "");
    j->phase_open = true;
    j->phase = phase;
    pvhop_events_phase(j->events, phase, PVHOP_BEGIN, "%s", text);
}

static void on_in(void *user)
{
    (void)user;
}

static void on_ready(void *user)
{
    struct pvhop_jobs *j = user;

    on_phase(j, PVHOP_PHASE_CHECK, "Looking for jobs");
    ask(j, strdup(pvhop_jobs_script), on_listed);
}

static void on_lost(void *user, const struct pvhop_error *err)
{
    end(user, NULL, err);
}

struct pvhop_jobs *pvhop_jobs_new(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                  struct pvhop_events *events, const char *cancel,
                                  const struct pvhop_jobs_handlers *handlers, void *user,
                                  struct pvhop_error *err)
{
    static const struct pvhop_login_handlers login_handlers = {
        .phase = on_phase, .in = on_in, .ready = on_ready, .lost = on_lost};
    struct pvhop_jobs *j = calloc(1, sizeof(*j));

    if (!j || (cancel && !(j->cancel = strdup(cancel)))) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the list of jobs");
        pvhop_jobs_free(j);
        return NULL;
    }
    j->loop = loop;
    j->events = events;
    j->handlers = *handlers;
    j->user = user;
    j->login = pvhop_login_new(loop, recipe, events, &login_handlers, j, err);
    if (j->login)
        return j;
    pvhop_jobs_free(j);
    return NULL;
}

void pvhop_jobs_free(struct pvhop_jobs *j)
{
    if (!j)
        return;
    pvhop_query_free(j->query);
    pvhop_login_free(j->login);
    free(j->cancel);
    free(j);
}
