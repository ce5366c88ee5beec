/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Route `two-hop-reverse`: pvserver connects to the loopback of its own node, whose sshd carries
 * that port to us (-R), through a login to the node by way of the front end. Which node it is shows
 * only when the job runs; so the job says where it is, waits, and is told the port. Once logged in
 * on the node, all is as in route `tunnel` for a pvserver on the front end: that route, on the
 * node.
 */
#include "route.h"
#include "text.h"
#include <pvhop/login.h>
#include <stdlib.h>
#include <string.h>

struct reverse {
    const struct pvhop_route_site *site;
    struct pvhop_route_events events;
    void *user;
    struct pvhop_job_where where;
    size_t at;     /* the name of the node that is tried */
    bool answered; /* that name leads to an sshd: what fails now, fails by any name */
    bool in;       /* logged in on the node */
    struct pvhop_login *login;
    struct pvhop_route_site node; /* what route `tunnel` works with there */
    struct pvhop_route *tunnel;
};

static void try_name(struct reverse *r);

static void reverse_log(void *user, const char *text)
{
    struct reverse *r = user;

    if (r->events.log)
        r->events.log(r->user, text);
}

static void reverse_failed(void *user, const struct pvhop_error *err)
{
    struct reverse *r = user;

    r->events.failed(r->user, err);
}

/* ---- the tunnel on the node ---- */

static void on_tunnel_ready(void *user, const char *hosts, uint16_t port, const char *words)
{
    struct reverse *r = user;

    if (r->site->batch)
        r->events.tell(r->user, port, words); /* on its loopback, as the job knows */
    else
        r->events.ready(r->user, hosts, port, words);
}

static const struct pvhop_route_events tunnel_events = {
    .ready = on_tunnel_ready, .failed = reverse_failed, .log = reverse_log};

static void on_node_ready(void *user)
{
    struct reverse *r = user;
    struct pvhop_error err;

    r->node = *r->site;
    r->node.link = pvhop_login_link(r->login);
    r->node.control = pvhop_login_control(r->login);
    r->node.batch = false;
    r->tunnel = pvhop_route_tunnel.open(&r->node, &tunnel_events, r, &err);
    if (!r->tunnel)
        reverse_failed(r, &err);
}

/* ---- the login on the node ---- */

static void on_phase(void *user, enum pvhop_phase phase, const char *text)
{
    struct reverse *r = user;

    r->answered |= phase == PVHOP_PHASE_HOSTKEY;
    reverse_log(r, text);
}

static void on_in(void *user)
{
    struct reverse *r = user;

    r->in = true;
    reverse_log(r, pvhop_sshlink_description(pvhop_login_link(r->login)));
}

static void on_lost(void *user, const struct pvhop_error *why)
{
    struct reverse *r = user;
    struct pvhop_error err;

    if (r->in) {
        reverse_failed(r, why);
        return;
    }
    if (!r->answered && r->at + 1 < r->where.count) {
        reverse_log(r, why->why);
        r->at++;
        try_name(r);
        return;
    }
    pvhop_error_set(&err, PVHOP_E_NODE_SSH, "%s, from %s: %s: %.1000s", r->where.at[0].host,
                    pvhop_control_host(r->site->control), why->what, why->why);
    reverse_failed(r, &err);
}

static void try_name(struct reverse *r)
{
    static const struct pvhop_login_handlers handlers = {
        .phase = on_phase, .in = on_in, .ready = on_node_ready, .lost = on_lost};
    struct pvhop_error err;

    pvhop_login_free(r->login);
    r->login = pvhop_login_through(r->site->loop, r->site->link, r->where.at[r->at].host,
                                   r->site->recipe, r->site->events, &handlers, r, &err);
    if (!r->login)
        reverse_failed(r, &err);
}

/* ---- the route ---- */

static void reverse_reach(struct pvhop_route *route, const struct pvhop_job_where *where)
{
    struct reverse *r = (struct reverse *)route;

    r->where = *where;
    r->at = 0;
    try_name(r);
}

static void reverse_close(struct pvhop_route *route)
{
    struct reverse *r = (struct reverse *)route;

    if (!r)
        return;
    pvhop_route_tunnel.close(r->tunnel);
    pvhop_login_free(r->login);
    free(r);
}

static struct pvhop_route *reverse_open(const struct pvhop_route_site *site,
                                        const struct pvhop_route_events *events, void *user,
                                        struct pvhop_error *err)
{
    struct reverse *r = calloc(1, sizeof(*r));

    if (!r) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "route 'two-hop-reverse' could not be opened");
        return NULL;
    }
    r->site = site;
    r->events = *events;
    r->user = user;
    if (site->batch) {
        events->ready(user, "127.0.0.1", 0,
                      "the way back will be opened on the job's node, once that is known");
    } else if (!(r->tunnel = pvhop_route_tunnel.open(site, &tunnel_events, r, err))) {
        reverse_close((struct pvhop_route *)r);
        return NULL;
    }
    return (struct pvhop_route *)r;
}

const struct pvhop_route_kind pvhop_route_two_hop_reverse = {.name = "two-hop-reverse",
                                                             .open = reverse_open,
                                                             .reach = reverse_reach,
                                                             .close = reverse_close};
