/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A port on the front end's loopback that leads here inside the control channel: what ssh -R does,
 * where sshd forwards nothing. The helper takes nobody but this user's processes.
 */
#include "control_carry.h"
#include "helper.h"
#include "route.h"
#include <stdio.h>
#include <stdlib.h>

struct carried {
    const struct pvhop_route_site *site;
    struct pvhop_route_events events;
    void *user;
    struct pvhop_helper *helper;
    struct pvhop_carry_port *port;
};

static void on_failed(void *user, const struct pvhop_error *err)
{
    struct carried *r = user;

    r->events.failed(r->user, err);
}

static void on_log(void *user, const char *text)
{
    struct carried *r = user;

    if (r->events.log)
        r->events.log(r->user, text);
}

static void on_bound(void *user, uint16_t port)
{
    struct carried *r = user;
    char words[400];

    snprintf(words, sizeof(words), "port %u of %s leads here, inside the login's one session", port,
             pvhop_control_host(r->site->control));
    r->events.ready(r->user, "127.0.0.1", port, words);
}

static void on_connection(void *user, struct pvhop_stream *stream)
{
    struct carried *r = user;

    pvhop_listener_offer(r->site->listener, stream);
}

static void on_helper(void *user, const char *path)
{
    static const struct pvhop_sshforward_events events = {
        .bound = on_bound, .refused = on_failed, .connection = on_connection};
    struct carried *r = user;
    struct pvhop_endpoint where = {.host = "127.0.0.1"};
    struct pvhop_error err;

    where.port = (uint16_t)pvhop_recipe_number(r->site->recipe, "server-port", 0);
    r->port = pvhop_control_listen(r->site->control, path, &where, &events, r, &err);
    if (!r->port)
        on_failed(r, &err);
}

static void carried_close(struct pvhop_route *route)
{
    struct carried *r = (struct carried *)route;

    if (!r)
        return;
    pvhop_helper_free(r->helper);
    pvhop_carry_port_free(r->port);
    free(r);
}

static struct pvhop_route *carried_open(const struct pvhop_route_site *site,
                                        const struct pvhop_route_events *events, void *user,
                                        struct pvhop_error *err)
{
    static const struct pvhop_helper_events helper_events = {
        .ready = on_helper, .failed = on_failed, .log = on_log};
    struct carried *r = calloc(1, sizeof(*r));

    if (!r) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the route");
        return NULL;
    }
    r->site = site;
    r->events = *events;
    r->user = user;
    r->helper = pvhop_helper_new(site, &helper_events, r, err);
    if (r->helper)
        return (struct pvhop_route *)r;
    free(r);
    return NULL;
}

const struct pvhop_route_kind pvhop_route_carried = {
    .name = "carried", .open = carried_open, .close = carried_close};
