/* SPDX-License-Identifier: BSD-3-Clause */
/* May one log in to a node from the front end? Asked with no key, password or known host of ours
 * being touched. */
#include "probe_judge.h"
#include <pvhop/endpoint.h>
#include <stdlib.h>

#define NODES_MS 8000u

struct probe_nodes {
    struct pvhop_probe *p;
    struct pvhop_task *task;
    struct pvhop_timer *limit;
    char said[256];
};

static void on_line(void *user, const char *line)
{
    struct probe_nodes *n = user;

    snprintf(n->said, sizeof(n->said), "%s", line);
}

static void settle(struct probe_nodes *n, int status)
{
    struct pvhop_probe *p = n->p;

    pvhop_timer_stop(n->limit);
    pvhop_task_free(n->task);
    n->task = NULL;
    if (status == 0) {
        p->nodes_ssh = PROBE_YES;
        probe_settle(p, PROBE_NODES, PVHOP_CHECK_OK, NULL, "ssh from the host to %s works",
                     p->node);
    } else if (status == -1) {
        probe_settle(p, PROBE_NODES, PVHOP_CHECK_NOTE, NULL,
                     "%s does not answer ssh from the host within %u seconds", p->node,
                     NODES_MS / 1000);
    } else {
        const struct probe_facts found = {.nodes_ssh = PROBE_NO, .batch = true};

        p->nodes_ssh = PROBE_NO;
        probe_settle(p, PROBE_NODES, probe_gravity(&found, pvhop_recipe_get(p->recipe, "route")),
                     "Only route 'two-hop-reverse' needs it. Many sites allow it while a job of "
                     "yours runs there.",
                     "ssh from the host to %s is not possible now%s%s", p->node,
                     *n->said ? ": " : "", n->said);
    }
}

static void on_exited(void *user, int status)
{
    settle(user, status);
}

static void on_limit(void *user)
{
    settle(user, -1);
}

void probe_nodes_start(struct pvhop_probe *p)
{
    static const struct pvhop_task_events events = {.line = on_line, .exited = on_exited};
    struct probe_nodes *n;
    struct pvhop_text t = {0};

    if (!*p->node) {
        probe_settle(p, PROBE_NODES, PVHOP_CHECK_SKIPPED, NULL, "no node is known");
        return;
    }
    n = calloc(1, sizeof(*n));
    probe_begin(p, PROBE_NODES, "Trying ssh from the host to a node");
    if (n)
        n->limit = pvhop_timer_new(p->loop, on_limit, n);
    if (!n || !n->limit) {
        free(n);
        return;
    }
    n->p = p;
    p->nodes = n;
    pvhop_text_addf(&t, "exec ssh -o BatchMode=yes -o ConnectTimeout=5 -o LogLevel=ERROR "
                        "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null ");
    pvhop_text_add_word(&t, p->node);
    pvhop_text_addf(&t, " true </dev/null\n");
    if (!t.failed)
        n->task = pvhop_control_start(p->control, t.s, &events, n);
    pvhop_text_free(&t);
    pvhop_timer_start(n->limit, NODES_MS);
}

void probe_nodes_free(struct probe_nodes *n)
{
    if (!n)
        return;
    pvhop_task_free(n->task);
    pvhop_timer_free(n->limit);
    free(n);
}
