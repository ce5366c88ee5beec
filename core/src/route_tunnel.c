/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Route `tunnel`: pvserver connects to a port of the front end that ssh -R carries to us (RFC 4254,
 * 7.1). A pvserver on the front end itself finds it on loopback. One on a node has to find it on
 * the addresses by which the nodes reach the front end (inside.h). sshd answers success also where
 * it binds to loopback instead (GatewayPorts no, sshd_config(5)), so what was really bound is
 * looked up.
 */
#include "gate.h"
#include "inside.h"
#include "procnet.h"
#include "route.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 15000u

struct address {
    struct pvhop_endpoint at;
    struct pvhop_sshforward *forward;
    bool bound; /* seen in the front end's table */
};

struct tunnel {
    const struct pvhop_route_site *site;
    struct pvhop_route_events events;
    void *user;
    struct pvhop_query *look;
    struct address addresses[PVHOP_INSIDE_MAX];
    size_t count, asked; /* asked: index of the forward that is being opened */
    uint16_t port;
    struct pvhop_inside inside;
    bool seen, wide;
    struct pvhop_gate *gate;
};

static void tunnel_log(void *user, const char *text)
{
    struct tunnel *t = user;

    if (t->events.log)
        t->events.log(t->user, text);
}

static void fail(struct tunnel *t, enum pvhop_code code, const char *why)
{
    struct pvhop_error err;

    pvhop_error_set(&err, code, "%s: %s", pvhop_control_host(t->site->control), why);
    t->events.failed(t->user, &err);
}

static void on_connection(void *user, struct pvhop_stream *stream)
{
    struct tunnel *t = user;

    if (t->gate)
        pvhop_gate_offer(t->gate, stream);
    else
        pvhop_stream_free(stream); /* before anybody was told the port */
}

/* ---- what was bound? ---- */

static bool bound_row(void *user, const struct pvhop_tcp_row *row)
{
    struct tunnel *t = user;
    bool any = strcmp(row->local.host, "0.0.0.0") == 0 || strcmp(row->local.host, "::") == 0;

    if (row->state != PVHOP_TCP_LISTEN || row->local.port != t->port)
        return true;
    t->seen = true;
    t->wide |= any;
    for (size_t i = 0; i < t->count; i++)
        t->addresses[i].bound |= any || strcmp(row->local.host, t->addresses[i].at.host) == 0;
    return true;
}

/* The addresses to tell pvserver, as far as they were bound. */
static void tell(struct tunnel *t)
{
    struct pvhop_text hosts = {0};
    char words[512];

    for (size_t i = 0; i < t->count; i++)
        if (t->addresses[i].bound)
            pvhop_text_addf(&hosts, "%s%s", hosts.len ? " " : "", t->addresses[i].at.host);
    snprintf(words, sizeof(words), "port %u of %s leads here", t->port,
             pvhop_control_host(t->site->control));
    if (hosts.len)
        t->events.ready(t->user, hosts.s, t->port, words);
    else
        fail(t, PVHOP_E_FORWARD_BOUND,
             "its sshd said yes, but opened the port on its loopback only, where no compute node "
             "reaches it");
    pvhop_text_free(&hosts);
}

static void on_bound_looked(void *user, int status, const char *output, size_t len)
{
    struct tunnel *t = user;
    struct pvhop_gate_config config = {
        .control = t->site->control,
        .listener = t->site->listener,
        .port = t->port,
        .own_addresses = t->site->batch ? t->inside.all : NULL,
        .log = tunnel_log,
        .user = t,
    };

    t->look = NULL;
    t->gate = pvhop_gate_new(&config);
    if (!t->gate) {
        fail(t, PVHOP_E_MEMORY, "no room for the tunnel's gate");
        return;
    }
    if (status == 0 && len > 0)
        pvhop_tcp_rows(output, bound_row, t);
    if (status != 0) {
        tunnel_log(t, "the host does not show its connections: who connects there is told by the "
                      "connect id alone");
        pvhop_gate_open(t->gate);
        for (size_t i = 0; i < t->count; i++)
            t->addresses[i].bound = true;
    } else if (!t->seen) {
        fail(t, PVHOP_E_FORWARD_BOUND,
             "its sshd said that the port is open, but nothing listens there");
        return;
    }
    if (t->wide)
        tunnel_log(
            t,
            "the host opens the port on all its addresses (GatewayPorts yes); strays are dropped");
    if (t->site->batch)
        tunnel_log(t, "connections from the nodes are told by the connect id; the node's users are "
                      "not known here");
    tell(t);
}

/* ---- opening ---- */

static void ask_forward(struct tunnel *t);

static void look(struct tunnel *t)
{
    char script[256];

    snprintf(script, sizeof(script),
             "[ -r /proc/net/tcp ] || exit 1; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep "
             "-i ':%04X .* 0A '; true",
             t->port);
    t->look = pvhop_control_query(t->site->control, script, LOOK_MS, on_bound_looked, t);
    if (!t->look)
        fail(t, PVHOP_E_SSH_LOST, "the control channel is gone");
}

static void next_forward(struct tunnel *t)
{
    if (++t->asked < t->count)
        ask_forward(t);
    else
        look(t);
}

static void on_forward_bound(void *user, uint16_t port)
{
    struct tunnel *t = user;

    t->port = port;
    next_forward(t);
}

static void on_forward_refused(void *user, const struct pvhop_error *err)
{
    struct tunnel *t = user;

    if (t->asked == 0) {
        t->events.failed(t->user, err);
        return;
    }
    next_forward(t); /* a further address: another one may do */
}

/* The first one chooses the port, the others are to have the same. */
static void ask_forward(struct tunnel *t)
{
    static const struct pvhop_sshforward_events events = {
        .bound = on_forward_bound, .refused = on_forward_refused, .connection = on_connection};
    struct address *a = &t->addresses[t->asked];
    struct pvhop_error err;

    a->at.port =
        t->asked ? t->port : (uint16_t)pvhop_recipe_number(t->site->recipe, "server-port", 0);
    a->forward = pvhop_sshlink_forward(t->site->link, &a->at, &events, t, &err);
    if (!a->forward)
        on_forward_refused(t, &err);
}

static void on_addresses(void *user, int status, const char *output, size_t len)
{
    struct tunnel *t = user;

    (void)status, (void)len;
    t->look = NULL;
    pvhop_inside_read(output, t->site->machine, &t->inside);
    for (; t->count < t->inside.count; t->count++)
        t->addresses[t->count].at = t->inside.at[t->count];
    if (t->count == 0)
        fail(t, PVHOP_E_FORWARD_BOUND, "it has no address that a compute node could reach");
    else
        ask_forward(t);
}

static void tunnel_close(struct pvhop_route *route)
{
    struct tunnel *t = (struct tunnel *)route;

    if (!t)
        return;
    pvhop_query_free(t->look);
    for (size_t i = 0; i < PVHOP_INSIDE_MAX; i++)
        pvhop_sshforward_free(t->addresses[i].forward);
    pvhop_gate_free(t->gate);
    free(t);
}

static struct pvhop_route *tunnel_open(const struct pvhop_route_site *site,
                                       const struct pvhop_route_events *events, void *user,
                                       struct pvhop_error *err)
{
    struct tunnel *t = calloc(1, sizeof(*t));

    if (!t) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "route 'tunnel' could not be opened");
        return NULL;
    }
    t->site = site;
    t->events = *events;
    t->user = user;
    if (site->batch) {
        t->look = pvhop_control_query(site->control, pvhop_inside_script, LOOK_MS, on_addresses, t);
        if (!t->look) {
            pvhop_error_set(err, PVHOP_E_SSH_LOST, "the control channel is gone");
            tunnel_close((struct pvhop_route *)t);
            return NULL;
        }
        return (struct pvhop_route *)t;
    }
    t->count = 1;
    snprintf(t->addresses[0].at.host, sizeof(t->addresses[0].at.host), "127.0.0.1");
    ask_forward(t);
    return (struct pvhop_route *)t;
}

const struct pvhop_route_kind pvhop_route_tunnel = {
    .name = "tunnel", .open = tunnel_open, .close = tunnel_close};
