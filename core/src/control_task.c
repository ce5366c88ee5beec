/* SPDX-License-Identifier: BSD-3-Clause */
/* What the control channel is asked to run. */
#include "control_private.h"
#include <stdlib.h>
#include <string.h>

/* ---- queries ---- */

void pvhop_control_send_next_query(struct pvhop_control *c)
{
    struct pvhop_query *q = c->queries;

    if (!q || q->id || (c->state != CONTROL_GREETING && c->state != CONTROL_READY))
        return;
    q->id = ++c->next_id;
    pvhop_timer_start(c->query_limit, q->timeout_ms);
    pvhop_control_send(c, 'q', q->id, q->script);
}

struct pvhop_query *pvhop_control_query(struct pvhop_control *c, const char *script,
                                        unsigned timeout_ms, pvhop_query_fn fn, void *user)
{
    struct pvhop_query *q = calloc(1, sizeof(*q)), **at = &c->queries;

    if (!q || !(q->script = strdup(script)) || c->state == CONTROL_DEAD) {
        if (q)
            free(q->script);
        free(q);
        return NULL;
    }
    q->timeout_ms = timeout_ms;
    q->fn = fn;
    q->user = user;
    while (*at)
        at = &(*at)->next;
    *at = q;
    pvhop_control_enter(c);
    pvhop_control_send_next_query(c);
    pvhop_control_leave(c);
    return q;
}

void pvhop_query_free(struct pvhop_query *q)
{
    if (q)
        q->fn = NULL; /* it keeps its place in the order */
}

/* ---- tasks ---- */

struct pvhop_task *pvhop_control_start(struct pvhop_control *c, const char *script,
                                       const struct pvhop_task_events *events, void *user)
{
    struct pvhop_task *t;

    if (c->state != CONTROL_READY || !(t = calloc(1, sizeof(*t))))
        return NULL;
    t->control = c;
    t->id = ++c->next_id;
    t->events = *events;
    t->user = user;
    t->next = c->tasks;
    c->tasks = t;
    pvhop_control_enter(c);
    pvhop_control_send(c, 's', t->id, script);
    pvhop_control_leave(c);
    return t;
}

void pvhop_task_end(struct pvhop_task *t)
{
    struct pvhop_control *c = t ? t->control : NULL;

    if (c && !t->ending && c->state == CONTROL_READY) {
        t->ending = true;
        pvhop_control_enter(c);
        pvhop_control_send(c, 'k', t->id, NULL);
        pvhop_timer_start(c->insist, PVHOP_CONTROL_INSIST_MS);
        pvhop_control_leave(c);
    }
}

void pvhop_task_free(struct pvhop_task *t)
{
    if (!t)
        return;
    if (!t->control) {
        free(t);
        return;
    }
    t->released = true; /* freed when its end comes, or with the channel */
    pvhop_task_end(t);
}
