/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The front end's inside names and addresses, as a node sees them: asked by a job of a moment, if
 * the user agreed. It is submitted, watched and cancelled as every job of pvhop is (job_script.h);
 * what it asks (probe_inside.sh) stands where others have their prelude, and its pvserver is
 * `true`.
 */
#include "job_script.h"
#include "probe_private.h"
#include "scheduler_adapter.h"
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 60000u /* for a free node; then it is cancelled */
#define WALLTIME_S 120
#define NAMES_MAX 6u

extern const char pvhop_probe_inside_script[];

struct probe_inside {
    struct pvhop_probe *p;
    const struct pvhop_scheduler *scheduler;
    struct pvhop_task *task;
    struct pvhop_timer *limit;
    struct pvhop_text answer; /* the scheduler's, before the job has an id */
    struct pvhop_text found;  /* "fe is 10.1.0.1; ..." */
    bool submitted, reached, unreached;
    char node[256];
};

/* The task's end cancels the job, if it still waits or runs. */
static void settle(struct probe_inside *n, enum pvhop_check_state state, const char *remedy,
                   const char *text)
{
    pvhop_timer_stop(n->limit);
    pvhop_task_free(n->task);
    n->task = NULL;
    probe_settle(n->p, PROBE_INSIDE, state, remedy, "%s", text);
}

/* ---- what the job says ---- */

static json_t *of_address(const struct pvhop_probe *p, const char *address)
{
    size_t i;
    json_t *each;

    json_array_foreach(p->inside_names, i, each)
    {
        const char *has = json_string_value(json_object_get(each, "address"));

        if (has && strcmp(has, address) == 0)
            return each;
    }
    return NULL;
}

/* "NAME ADDRESS...": what the node calls an inside address counts. */
static void on_name(struct probe_inside *n, char *words)
{
    char *save = NULL, *name = strtok_r(words, " ", &save), *address;
    bool any = false;

    if (!name || !pvhop_host_valid(name))
        return;
    pvhop_text_addf(&n->found, "%s%s is ", n->found.len ? "; " : "", name);
    while ((address = strtok_r(NULL, " ", &save))) {
        json_t *known = pvhop_host_valid(address) ? of_address(n->p, address) : NULL;

        if (!pvhop_host_valid(address))
            continue;
        pvhop_text_addf(&n->found, "%s%s", any ? " " : "", address);
        any = true;
        if (known && !json_is_string(json_object_get(known, "from_node_name")))
            json_object_set_new(known, "from_node_name", json_string(name));
    }
    if (!any)
        pvhop_text_addf(&n->found, "not known");
}

static void on_reach(struct probe_inside *n, const char *words)
{
    char address[64], said[16];
    json_t *known;

    if (sscanf(words, "%63s %15s", address, said) != 2 || !(known = of_address(n->p, address)))
        return;
    if (strcmp(said, "yes") == 0 || strcmp(said, "no") == 0)
        json_object_set_new(known, "from_node", json_string(said));
    n->reached |= strcmp(said, "yes") == 0;
    n->unreached |= strcmp(said, "no") == 0;
    if (strcmp(said, "unknown") != 0)
        pvhop_text_addf(&n->found, "%s%s %s", n->found.len ? "; " : "", address,
                        strcmp(said, "yes") == 0 ? "answers" : "does not answer");
}

static void on_end(struct probe_inside *n)
{
    char text[1300];

    snprintf(text, sizeof(text), "on %s, %.1000s", *n->node ? n->node : "a node",
             n->found.s ? n->found.s : "none of its names is known");
    if (n->unreached && !n->reached)
        settle(n, PVHOP_CHECK_NOTE,
               "Routes on which pvserver calls the host ('tunnel', 'relay-tunnel', 'relay') will "
               "hardly work; the others do not need it.",
               text);
    else
        settle(n, PVHOP_CHECK_OK, NULL, text);
}

static void on_line(void *user, const char *line)
{
    static const char out[] = PVHOP_WATCH_OUT "pvhop-ask ";
    struct probe_inside *n = user;
    char words[2048];

    if (strncmp(line, PVHOP_WATCH_ID, strlen(PVHOP_WATCH_ID)) == 0) {
        n->submitted = true;
    } else if (strncmp(line, out, strlen(out)) == 0) {
        snprintf(words, sizeof(words), "%s", line + strlen(out));
        if (strncmp(words, "node ", 5) == 0 && pvhop_host_valid(words + 5))
            sched_copy(n->node, sizeof(n->node), words + 5);
        else if (strncmp(words, "name ", 5) == 0)
            on_name(n, words + 5);
        else if (strncmp(words, "reach ", 6) == 0)
            on_reach(n, words + 6);
        else if (strcmp(words, "end") == 0)
            on_end(n);
    } else if (!n->submitted && n->answer.len < 65536) {
        pvhop_text_addf(&n->answer, "%s\n", line);
    }
}

static void on_exited(void *user, int status)
{
    struct probe_inside *n = user;
    const char *answer = n->answer.s ? n->answer.s : "";
    char id[PVHOP_JOB_ID_MAX];
    struct pvhop_error err;

    if (status != -1 && !n->submitted &&
        pvhop_scheduler_submit_read(n->scheduler, answer, strlen(answer), id, &err) != 0)
        settle(n, PVHOP_CHECK_NOTE, "Name a queue or an account with --queue and --account.",
               err.why);
    else
        settle(n, PVHOP_CHECK_NOTE, NULL, "the job ended before it had said anything");
}

static void on_limit(void *user)
{
    struct probe_inside *n = user;

    settle(n, PVHOP_CHECK_NOTE,
           "Try again when a node is free, or name another queue with --queue.",
           n->submitted ? "the job did not start within a minute, and was cancelled"
                        : "the batch system did not take the job within a minute");
}

/* ---- the job ---- */

static const struct pvhop_scheduler *pick_scheduler(const struct pvhop_probe *p)
{
    const char *wish = pvhop_recipe_get(p->recipe, "scheduler");
    const json_t *first = json_array_get(p->schedulers, 0);

    if (wish && strcmp(wish, "none") != 0 && strcmp(wish, "auto") != 0)
        return pvhop_scheduler_find(wish);
    return first ? pvhop_scheduler_find(json_string_value(json_object_get(first, "name"))) : NULL;
}

/* The host's names: by its own account, and by that of its tables. */
static void add_names(struct pvhop_text *t, const struct pvhop_probe *p)
{
    struct pvhop_text names = {0};
    const char *own = pvhop_control_host(p->control);
    size_t i;
    json_t *each;

    if (pvhop_host_valid(own))
        pvhop_text_addf(&names, "%s", own);
    json_array_foreach(p->inside_names, i, each)
    {
        const char *name = json_string_value(json_object_get(each, "name"));

        if (name && i < NAMES_MAX && strcmp(name, own) != 0)
            pvhop_text_addf(&names, " %s", name);
    }
    pvhop_text_addf(t, "ASK_NAMES=");
    pvhop_text_add_word(t, names.s ? names.s : "");
    t->failed |= names.failed;
    pvhop_text_free(&names);
}

static void add_addresses(struct pvhop_text *t, const struct pvhop_probe *p)
{
    pvhop_text_addf(t, "\nASK_PORT=%u\nASK_ADDRESSES='", p->came_in_port);
    for (size_t i = 0; i < p->inside.count; i++)
        pvhop_text_addf(t, "%s%s", i ? " " : "", p->inside.at[i].host);
    pvhop_text_addf(t, "'\n");
}

static char *watchdog(const struct probe_inside *n, struct pvhop_error *err)
{
    const struct pvhop_recipe *r = n->p->recipe;
    struct pvhop_job_proof drawn;
    struct pvhop_text ask = {0};
    char folder[64], name[16], *text = NULL;

    if (pvhop_job_proof_draw(&drawn, err) != 0)
        return NULL;
    snprintf(folder, sizeof(folder), PVHOP_JOB_FOLDER "%s", drawn.folder);
    snprintf(name, sizeof(name), "pvprobe-%.6s", drawn.folder);
    add_names(&ask, n->p);
    add_addresses(&ask, n->p);
    pvhop_text_add(&ask, pvhop_probe_inside_script, strlen(pvhop_probe_inside_script));
    if (ask.failed) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the job's script");
    } else {
        const struct pvhop_job_script script = {
            .folder = folder, .prelude = ask.s, .pvserver = "true"};
        const struct pvhop_resources asked = {
            .name = name,
            .nodes = 1,
            .processes = 1,
            .walltime_s = WALLTIME_S,
            .queue = pvhop_recipe_get(r, "queue"),
            .account = pvhop_recipe_get(r, "account"),
            .reservation = pvhop_recipe_get(r, "reservation"),
            .constraint = pvhop_recipe_get(r, "constraint"),
            .extra = pvhop_recipe_get(r, "scheduler-args"),
        };

        text = pvhop_job_watchdog_sh(n->scheduler, &script, &asked, 0, err);
    }
    pvhop_text_free(&ask);
    return text;
}

void probe_inside_start(struct pvhop_probe *p)
{
    static const struct pvhop_task_events events = {.line = on_line, .exited = on_exited};
    const struct pvhop_scheduler *scheduler = pick_scheduler(p);
    struct probe_inside *n;
    struct pvhop_error err = {0};
    char *text;

    if (!scheduler) {
        probe_settle(p, PROBE_INSIDE, PVHOP_CHECK_SKIPPED, NULL, "there is no batch system");
        return;
    }
    n = calloc(1, sizeof(*n));
    if (n)
        n->limit = pvhop_timer_new(p->loop, on_limit, n);
    if (!n || !n->limit) {
        free(n);
        probe_settle(p, PROBE_INSIDE, PVHOP_CHECK_NOTE, NULL, "no room for the job");
        return;
    }
    n->p = p;
    n->scheduler = scheduler;
    p->ask_inside = n;
    probe_begin(p, PROBE_INSIDE, "A job of a moment looks at the host from a node");
    text = watchdog(n, &err);
    if (text)
        n->task = pvhop_control_start(p->control, text, &events, n);
    free(text);
    if (n->task)
        pvhop_timer_start(n->limit, WAIT_MS);
    else
        settle(n, PVHOP_CHECK_NOTE, NULL, err.code ? err.why : "the control channel is gone");
}

void probe_inside_free(struct probe_inside *n)
{
    if (!n)
        return;
    pvhop_task_free(n->task);
    pvhop_timer_free(n->limit);
    pvhop_text_free(&n->answer);
    pvhop_text_free(&n->found);
    free(n);
}
