/* SPDX-License-Identifier: BSD-3-Clause */
/* Batch systems, what the user may use of them, and a node's name. */
#include "probe_private.h"
#include "scheduler_adapter.h"
#include <pvhop/endpoint.h>
#include <stdlib.h>
#include <string.h>

#define DETECT_MS \
    12000u /* a command of a dead batch system is given up after 10 s (scheduler_sh.c) */
#define QUEUES_MS 8000u
#define MORE_MS 8000u
#define SYSTEMS_MAX 4
#define QUEUES_MAX 200u
#define WORDS_MAX 200u /* of accounts, reservations, constraints each */

extern const char pvhop_probe_scheduler_script[];

struct system {
    const struct pvhop_scheduler *s;
    bool answers;
    char version[64];
    json_t *queues, *accounts, *reservations, *constraints; /* of p->schedulers */
};

struct probe_schedulers {
    struct pvhop_probe *p;
    struct pvhop_query *query;
    struct system systems[SYSTEMS_MAX];
    size_t count, at;
};

static void ask_next(struct probe_schedulers *b);

static void settle(struct probe_schedulers *b)
{
    struct pvhop_probe *p = b->p;
    struct pvhop_text t = {0};
    enum pvhop_check_state state = PVHOP_CHECK_OK;
    const char *remedy = NULL;

    for (size_t i = 0; i < b->count; i++) {
        const struct system *y = &b->systems[i];

        pvhop_text_addf(&t, "%s%s", t.len ? "; " : "", pvhop_scheduler_title(y->s));
        if (*y->version)
            pvhop_text_addf(&t, " (%s)", y->version);
        if (!y->answers) {
            pvhop_text_addf(&t, " does not answer");
            state = i == 0 ? PVHOP_CHECK_BAD : state;
            remedy = "Its commands are there, but its daemon is not: ask the administrator.";
        } else {
            pvhop_text_addf(&t, " with %zu queue%s, %zu account%s", json_array_size(y->queues),
                            json_array_size(y->queues) == 1 ? "" : "s",
                            json_array_size(y->accounts),
                            json_array_size(y->accounts) == 1 ? "" : "s");
        }
    }
    if (b->count == 0)
        pvhop_text_addf(&t, "none: pvserver runs on this host itself");
    probe_settle(p, PROBE_SCHEDULER, state, remedy, "%s", t.s ? t.s : "");
    pvhop_text_free(&t);
    probe_asked_schedulers(p);
}

/* ---- queues and accounts ---- */

static void add_queue(void *user, const struct pvhop_queue_info *q)
{
    struct system *y = user;

    if (json_array_size(y->queues) >= QUEUES_MAX)
        return;
    json_array_append_new(
        y->queues,
        json_pack("{s:o,s:b,s:o,s:o,s:b}", "name", probe_json_text(q->name), "is_default",
                  (int)q->is_default, "max_walltime",
                  q->max_walltime_s > 0 ? json_integer(q->max_walltime_s) : json_null(), "nodes",
                  q->nodes > 0 ? json_integer(q->nodes) : json_null(), "usable", (int)q->open));
}

static void add_word(json_t *list, const char *word)
{
    size_t i;
    json_t *known, *text = probe_json_text(word);

    json_array_foreach(list, i, known) if (json_equal(known, text)) goto out;
    if (json_array_size(list) < WORDS_MAX)
        json_array_append(list, text);
out:
    json_decref(text);
}

static void add_account(void *user, const char *account)
{
    struct system *y = user;

    add_word(y->accounts, account);
}

static void close_queue(struct system *y, const char *name)
{
    size_t i;
    json_t *queue;

    json_array_foreach(y->queues, i, queue)
    {
        const char *has = json_string_value(json_object_get(queue, "name"));

        if (has && strcmp(has, name) == 0)
            json_object_set_new(queue, "usable", json_false());
    }
}

static void take_line(struct probe_schedulers *b, struct system *y, char *line)
{
    struct pvhop_probe *p = b->p;
    char *word = strchr(line, ' ');

    if (word)
        *word++ = '\0';
    if (strcmp(line, "gpus") == 0)
        p->gpus = true;
    else if (!word || !*word)
        return;
    else if (strcmp(line, "node") == 0 && !*p->node && pvhop_host_valid(word))
        sched_copy(p->node, sizeof(p->node), word);
    else if (strcmp(line, "constraint") == 0)
        add_word(y->constraints, word);
    else if (strcmp(line, "reservation") == 0)
        add_word(y->reservations, word);
    else if (strcmp(line, "closed") == 0)
        close_queue(y, word);
}

static void on_more(void *user, int status, const char *output, size_t len)
{
    struct probe_schedulers *b = user;
    struct system *y = &b->systems[b->at++];
    char *copy = status == -1 ? NULL : strndup(output, len), *at = copy, *line;

    b->query = NULL;
    while (at && (line = sched_line(&at)))
        take_line(b, y, sched_trim(line));
    free(copy);
    ask_next(b);
}

static void on_queues(void *user, int status, const char *output, size_t len)
{
    struct probe_schedulers *b = user;
    struct system *y = &b->systems[b->at];
    struct pvhop_text t = {0};
    struct pvhop_error err;

    b->query = NULL;
    if (status != -1)
        pvhop_scheduler_queues_read(y->s, output, len, add_queue, add_account, y, &err);
    sched_add_preamble(&t, y->s);
    pvhop_text_addf(&t, "SCHEDULER=%s\n", pvhop_scheduler_name(y->s));
    pvhop_text_add(&t, pvhop_probe_scheduler_script, strlen(pvhop_probe_scheduler_script));
    if (!t.failed)
        b->query = pvhop_control_query(b->p->control, t.s, MORE_MS, on_more, b);
    pvhop_text_free(&t);
    if (!b->query)
        on_more(b, -1, "", 0);
}

static void ask_next(struct probe_schedulers *b)
{
    struct pvhop_error err;
    char *script;

    while (b->at < b->count && !b->systems[b->at].answers)
        b->at++;
    if (b->at == b->count) {
        settle(b);
        return;
    }
    script = pvhop_scheduler_queues_sh(b->systems[b->at].s, &err);
    if (script)
        b->query = pvhop_control_query(b->p->control, script, QUEUES_MS, on_queues, b);
    free(script);
    if (!b->query)
        on_queues(b, -1, "", 0);
}

/* ---- which are there? ---- */

static void add_system(void *user, const struct pvhop_scheduler *s, bool answers,
                       const char *version)
{
    struct probe_schedulers *b = user;
    struct system *y = &b->systems[b->count];
    json_t *object;

    if (b->count == SYSTEMS_MAX || strcmp(pvhop_scheduler_name(s), "none") == 0)
        return;
    b->count++;
    y->s = s;
    y->answers = answers;
    sched_copy(y->version, sizeof(y->version), version);
    object = json_pack("{s:s,s:o,s:[],s:[],s:[],s:[]}", "name", pvhop_scheduler_name(s), "version",
                       *version ? probe_json_text(version) : json_null(), "queues", "accounts",
                       "reservations", "constraints");
    y->queues = json_object_get(object, "queues");
    y->accounts = json_object_get(object, "accounts");
    y->reservations = json_object_get(object, "reservations");
    y->constraints = json_object_get(object, "constraints");
    if (answers)
        json_array_append_new(b->p->schedulers, object);
    else
        json_decref(object);
}

static void on_detected(void *user, int status, const char *output, size_t len)
{
    struct probe_schedulers *b = user;

    b->query = NULL;
    if (status == -1) {
        probe_settle(b->p, PROBE_SCHEDULER, PVHOP_CHECK_NOTE,
                     "The batch system is slow, or hangs; try again later, or name it with "
                     "--scheduler.",
                     "no answer within %u seconds", DETECT_MS / 1000);
        probe_asked_schedulers(b->p);
        return;
    }
    pvhop_scheduler_detect_read(output, len, add_system, b);
    ask_next(b);
}

void probe_scheduler_start(struct pvhop_probe *p)
{
    struct probe_schedulers *b = calloc(1, sizeof(*b));
    char *script = pvhop_scheduler_detect_sh(NULL);

    probe_begin(p, PROBE_SCHEDULER, "Looking for a batch system");
    if (b) {
        b->p = p;
        p->batch = b;
    }
    if (b && script)
        b->query = pvhop_control_query(p->control, script, DETECT_MS, on_detected, b);
    free(script);
}

void probe_scheduler_free(struct probe_schedulers *b)
{
    if (!b)
        return;
    pvhop_query_free(b->query);
    free(b);
}
