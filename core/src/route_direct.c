/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Route `direct`: pvserver connects straight to this computer, ssh only starts
 * it. The session is not encrypted. The port is opened on the one address by which the
 * front end sees us, where that is an address of ours.
 */
#include "route.h"
#include <stdlib.h>
#include <string.h>

struct direct {
    const struct pvhop_route_site *site;
    struct pvhop_route_events events;
    void *user;
    struct pvhop_query *query;
};

static void open_port(struct direct *d, const char *seen_as)
{
    const struct pvhop_recipe *r = d->site->recipe;
    const char *client_host = pvhop_recipe_get(r, "client-host"),
               *bind = pvhop_recipe_get(r, "client-bind");
    struct pvhop_endpoint where = {.port = (uint16_t)pvhop_recipe_number(r, "server-port", 0)},
                          bound, call;
    struct pvhop_error err;
    char words[640], text[PVHOP_ENDPOINT_TEXT];
    int rc;

    snprintf(where.host, sizeof(where.host), "%s", bind ? bind : seen_as);
    rc = pvhop_listener_bind(d->site->listener, &where, &bound, &err);
    if (rc != 0 && !bind && *where.host) {
        /* The address is not ours (NAT, a name given by hand): then on all of them. */
        where.host[0] = '\0';
        rc = pvhop_listener_bind(d->site->listener, &where, &bound, &err);
    }
    if (rc != 0) {
        d->events.failed(d->user, &err);
        return;
    }
    call.port = bound.port;
    snprintf(call.host, sizeof(call.host), "%s", client_host ? client_host : seen_as);
    snprintf(words, sizeof(words),
             "port %u of this computer is open%s for pvserver, which will call %s", bound.port,
             *where.host ? "" : " on all its addresses", pvhop_endpoint_print(&call, text));
    d->events.ready(d->user, call.host, call.port, words);
}

/* SSH_CONNECTION is "client-ip client-port server-ip server-port" (ssh(1)). */
static void on_seen_as(void *user, int status, const char *output, size_t len)
{
    struct direct *d = user;
    struct pvhop_endpoint us;
    char address[64] = "";
    struct pvhop_error err;

    d->query = NULL;
    sscanf(output, "%63s", address);
    if (status == 0 && len > 0 && pvhop_host_valid(address) && strlen(address) < sizeof(us.host)) {
        open_port(d, address);
        return;
    }
    pvhop_error_set(&err, PVHOP_E_CONNECT,
                    "the host does not tell under which address it sees this computer "
                    "(SSH_CONNECTION is '%.100s')",
                    output);
    pvhop_error_remedy(
        &err, "Give this computer's name or address as the host sees it, with --client-host.");
    d->events.failed(d->user, &err);
}

static void direct_close(struct pvhop_route *route)
{
    struct direct *d = (struct direct *)route;

    if (!d)
        return;
    pvhop_query_free(d->query);
    free(d);
}

static struct pvhop_route *direct_open(const struct pvhop_route_site *site,
                                       const struct pvhop_route_events *events, void *user,
                                       struct pvhop_error *err)
{
    struct direct *d = calloc(1, sizeof(*d));

    if (d) {
        d->site = site;
        d->events = *events;
        d->user = user;
        d->query = pvhop_control_query(site->control, "echo \"${SSH_CONNECTION:-$SSH_CLIENT}\"",
                                       15000, on_seen_as, d);
    }
    if (!d || !d->query) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "route 'direct' could not be opened");
        direct_close((struct pvhop_route *)d);
        return NULL;
    }
    return (struct pvhop_route *)d;
}

const struct pvhop_route_kind pvhop_route_direct = {
    .name = "direct", .open = direct_open, .close = direct_close};
