/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Forwarding rights, really tried (RFC 4254, 7): a port of the front end's loopback, one of each of
 * its inside addresses, and then a look at what sshd bound, as it answers success also where it
 * binds to loopback instead; a connection to the front end's own sshd, and one to a node's.
 * Nothing is told these ports, and who connects to them is dropped.
 */
#include "probe_judge.h"
#include "procnet.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 10000u
#define DIRECT_MS 6000u /* a node behind a firewall that drops does not answer at all */

enum { LOOPBACK, INSIDE, PORTS = INSIDE + PVHOP_INSIDE_MAX };

struct tried {
    struct probe_forwards *f;
    struct pvhop_endpoint at;
    struct pvhop_sshforward *forward;
    enum probe_tri granted, bound;
};

struct probe_forwards {
    struct pvhop_probe *p;
    struct tried ports[PORTS];
    size_t count, at; /* of ports, the one that is asked for now */
    struct pvhop_query *look;
    struct pvhop_sshdirect *direct;
    struct pvhop_timer *limit; /* of the direct connection */
    enum { REVERSE, FRONT_END, WAIT_NODE, NODE, OVER } state;
    bool node_known;
    char why[512]; /* of the first refusal */
};

static void next_port(struct probe_forwards *f);

/* ---- the verdict ---- */

static const char *yes_no(enum probe_tri t)
{
    return t == PROBE_YES ? "yes" : t == PROBE_NO ? "no" : "not known";
}

/* What sshd would have to be told; NULL: all is allowed that the routes can use here. */
static const char *wanted(const struct probe_forwarding *m, bool batch)
{
    if (m->reverse_loopback == PROBE_NO || m->local == PROBE_NO)
        return "AllowTcpForwarding yes";
    if (batch && (m->reverse_inside == PROBE_NO || m->reverse_bound == PROBE_NO))
        return "GatewayPorts clientspecified";
    return NULL;
}

static enum pvhop_check_state judge(const struct probe_forwards *f, char *remedy, size_t size)
{
    const struct probe_forwarding *m = &f->p->may;
    const char *route = pvhop_recipe_get(f->p->recipe, "route");
    const bool batch = json_array_size(f->p->schedulers) > 0;
    const char *setting = wanted(m, batch);
    /* What others find of the helper and the nodes is theirs to judge. */
    const struct probe_facts found = {.may = {.reverse_loopback = m->reverse_loopback,
                                              .reverse_inside = m->reverse_inside,
                                              .reverse_bound = m->reverse_bound,
                                              .local = m->local,
                                              .local_node = m->local_node,
                                              .max_sessions = m->max_sessions},
                                      .batch = batch};
    enum pvhop_check_state state;

    *remedy = '\0';
    if (!setting)
        return PVHOP_CHECK_OK;
    state = probe_gravity(&found, route);
    snprintf(remedy, size, "%s. To have all routes, ask the administrator for '%s' in sshd_config.",
             state == PVHOP_CHECK_NOTE    ? "There is a route that does without"
             : strcmp(route, "auto") == 0 ? "No encrypted route does without"
                                          : "The chosen route does not do without",
             setting);
    return state;
}

static void settle(struct probe_forwards *f)
{
    const struct probe_forwarding *m = &f->p->may;
    const char *inside = m->reverse_inside == PROBE_YES && m->reverse_bound == PROBE_NO
                             ? "granted, but bound on loopback only"
                             : yes_no(m->reverse_inside);
    char remedy[256];
    enum pvhop_check_state state = judge(f, remedy, sizeof(remedy));

    f->state = OVER;
    probe_settle(f->p, PROBE_FORWARDING, state, remedy,
                 "ports of the host that lead here: on its loopback %s, on its inside addresses "
                 "%s%s; connections from the host: to itself %s, to a node %s%s%s",
                 yes_no(m->reverse_loopback), inside,
                 m->wide ? " (always on all addresses: GatewayPorts yes)" : "", yes_no(m->local),
                 yes_no(m->local_node), *f->why ? ". It said: " : "", f->why);
}

static void note_refusal(struct probe_forwards *f, const struct pvhop_error *err)
{
    if (!*f->why)
        snprintf(f->why, sizeof(f->why), "%.400s", err->why);
}

/* ---- connections from the front end ---- */

static void try_direct(struct probe_forwards *f, const char *host, uint16_t port);

static void try_node(struct probe_forwards *f)
{
    if (!f->node_known) {
        f->state = WAIT_NODE;
        return;
    }
    if (!*f->p->node) {
        settle(f);
        return;
    }
    f->state = NODE;
    try_direct(f, f->p->node, 22);
}

static void direct_over(struct probe_forwards *f, enum probe_tri verdict)
{
    pvhop_timer_stop(f->limit);
    pvhop_sshdirect_free(f->direct);
    f->direct = NULL;
    if (f->state == FRONT_END) {
        f->p->may.local = verdict;
        try_node(f);
    } else if (f->state == NODE) {
        f->p->may.local_node = verdict;
        settle(f);
    }
}

static void on_direct_opened(void *user, struct pvhop_stream *stream)
{
    struct probe_forwards *f = user;

    pvhop_stream_free(stream);
    direct_over(f, PROBE_YES);
}

/* A port that nobody serves was reached: sshd asked for it, which is what may be forbidden. */
static void on_direct_failed(void *user, const struct pvhop_error *err)
{
    struct probe_forwards *f = user;
    bool refused = err->code == PVHOP_E_CHANNEL_REFUSED;

    if (refused)
        note_refusal(f, err);
    if (refused)
        direct_over(f, PROBE_NO);
    else if (strstr(err->why, "refused"))
        direct_over(f, PROBE_YES);
    else
        direct_over(f, PROBE_UNKNOWN);
}

static void on_direct_limit(void *user)
{
    direct_over(user, PROBE_UNKNOWN);
}

static void try_direct(struct probe_forwards *f, const char *host, uint16_t port)
{
    static const struct pvhop_sshdirect_events events = {.opened = on_direct_opened,
                                                         .failed = on_direct_failed};
    struct pvhop_endpoint to = {.port = port};
    struct pvhop_error err;

    snprintf(to.host, sizeof(to.host), "%s", host);
    pvhop_timer_start(f->limit, DIRECT_MS);
    f->direct = pvhop_sshlink_direct(f->p->link, &to, &events, f, &err);
    if (!f->direct)
        direct_over(f, PROBE_UNKNOWN);
}

/* ---- what was bound? ---- */

static bool take_row(void *user, const struct pvhop_tcp_row *row)
{
    struct probe_forwards *f = user;
    bool any = strcmp(row->local.host, "0.0.0.0") == 0 || strcmp(row->local.host, "::") == 0;

    if (row->state != PVHOP_TCP_LISTEN)
        return true;
    for (size_t i = 0; i < f->count; i++) {
        struct tried *t = &f->ports[i];

        if (t->granted != PROBE_YES || t->at.port != row->local.port)
            continue;
        if (t->bound == PROBE_UNKNOWN)
            t->bound = PROBE_NO;
        if (any || strcmp(row->local.host, t->at.host) == 0)
            t->bound = PROBE_YES;
        if (any && i == LOOPBACK)
            f->p->may.wide = true;
    }
    return true;
}

/* One inside address that does is enough. */
static void judge_reverse(struct probe_forwards *f)
{
    struct probe_forwarding *m = &f->p->may;

    m->reverse_loopback = f->ports[LOOPBACK].granted;
    for (size_t i = INSIDE; i < f->count; i++) {
        if (f->ports[i].granted > m->reverse_inside)
            m->reverse_inside = f->ports[i].granted;
        if (f->ports[i].bound > m->reverse_bound)
            m->reverse_bound = f->ports[i].bound;
    }
}

static void on_looked(void *user, int status, const char *output, size_t len)
{
    struct probe_forwards *f = user;

    f->look = NULL;
    if (status == 0 && len > 0)
        pvhop_tcp_rows(output, take_row, f);
    judge_reverse(f);
    for (size_t i = 0; i < f->count; i++) {
        pvhop_sshforward_free(f->ports[i].forward);
        f->ports[i].forward = NULL;
    }
    f->state = FRONT_END;
    try_direct(f, *f->p->came_in ? f->p->came_in : "127.0.0.1", f->p->came_in_port);
}

static void look(struct probe_forwards *f)
{
    struct pvhop_text t = {0};

    pvhop_text_addf(&t, "[ -r /proc/net/tcp ] || exit 1\n"
                        "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -iE ':(0000");
    for (size_t i = 0; i < f->count; i++)
        if (f->ports[i].granted == PROBE_YES)
            pvhop_text_addf(&t, "|%04X", f->ports[i].at.port);
    pvhop_text_addf(&t, ") .* 0A '; true\n");
    f->look = t.failed ? NULL : pvhop_control_query(f->p->control, t.s, LOOK_MS, on_looked, f);
    pvhop_text_free(&t);
    if (!f->look)
        on_looked(f, -1, "", 0);
}

/* ---- asking for ports ---- */

static void on_bound(void *user, uint16_t port)
{
    struct tried *t = user;

    t->granted = PROBE_YES;
    t->at.port = port;
    next_port(t->f);
}

static void on_refused(void *user, const struct pvhop_error *err)
{
    struct tried *t = user;

    t->granted = PROBE_NO;
    note_refusal(t->f, err);
    next_port(t->f);
}

static void on_connection(void *user, struct pvhop_stream *stream)
{
    (void)user;
    pvhop_stream_free(stream);
}

static void next_port(struct probe_forwards *f)
{
    static const struct pvhop_sshforward_events events = {
        .bound = on_bound, .refused = on_refused, .connection = on_connection};
    struct tried *t;
    struct pvhop_error err;

    if (f->at == f->count) {
        look(f);
        return;
    }
    t = &f->ports[f->at++];
    t->forward = pvhop_sshlink_forward(f->p->link, &t->at, &events, t, &err);
    if (!t->forward)
        next_port(f);
}

/* ---- life ---- */

void probe_forwarding_start(struct pvhop_probe *p)
{
    struct probe_forwards *f = calloc(1, sizeof(*f));

    probe_begin(p, PROBE_FORWARDING, "Trying what may be forwarded");
    if (f)
        f->limit = pvhop_timer_new(p->loop, on_direct_limit, f);
    if (!f || !f->limit) {
        free(f);
        probe_settle(p, PROBE_FORWARDING, PVHOP_CHECK_NOTE, NULL, "no room for it");
        return;
    }
    f->p = p;
    p->forwards = f;
    f->count = INSIDE + p->inside.count;
    for (size_t i = 0; i < f->count; i++) {
        f->ports[i].f = f;
        snprintf(f->ports[i].at.host, sizeof(f->ports[i].at.host), "%s",
                 i == LOOPBACK ? "127.0.0.1" : p->inside.at[i - INSIDE].host);
    }
    next_port(f);
}

void probe_forwarding_node(struct pvhop_probe *p)
{
    struct probe_forwards *f = p->forwards;

    if (!f)
        return;
    f->node_known = true;
    if (f->state == WAIT_NODE)
        try_node(f);
}

void probe_forwarding_free(struct probe_forwards *f)
{
    if (!f)
        return;
    pvhop_query_free(f->look);
    pvhop_sshdirect_free(f->direct);
    pvhop_timer_free(f->limit);
    for (size_t i = 0; i < PORTS; i++)
        pvhop_sshforward_free(f->ports[i].forward);
    free(f);
}
