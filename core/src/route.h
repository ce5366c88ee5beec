/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_ROUTE_H
#define PVHOP_ROUTE_H
/**
 * Which way the bytes go. One file a route, one row in route.c. Most routes make
 * an address that pvserver can connect to, and see to it that who connects there
 * is offered to the reverse listener. The others have pvserver listen, and connect
 * to it once it has said where.
 */
#include "job_script.h"
#include <pvhop/control.h>
#include <pvhop/event.h>
#include <pvhop/listener.h>
#include <pvhop/recipe.h>
#include <pvhop/site.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a route works with; all of it outlives the route. */
struct pvhop_route_site {
    struct pvhop_loop *loop;
    struct pvhop_sshlink *link;
    struct pvhop_control *control;
    struct pvhop_listener *listener;
    const struct pvhop_recipe *recipe;
    struct pvhop_events *events;  /* for questions; NULL: nobody can be asked */
    struct pvhop_paraview expect; /* what pvserver must prove */
    bool batch;                   /* pvserver runs on a node, not on the front end */
    const char *helper; /* the pvhop-relay to upload; NULL: the one that belongs to this program */
    bool *no_upload;    /* set where the user does not want it; then not asked again */
    const struct pvhop_site *described; /* by the site itself; NULL: it does not */
    const struct pvhop_site_machine *machine;
    /** A route that can ask a node's helper for a proof fills in what it asks, before `ready`, and
     * takes it back in `close`. NULL: there is no job that could give it. */
    struct pvhop_job_proof *proof;
};

struct pvhop_route_events {
    /**
     * pvserver may be started: it is to connect to the first of `hosts` (spaces between) that
     * answers on `port`, or to listen if `hosts` is NULL. `words` say what was opened and where.
     * `port` 0: it is not known before the job runs; then `reach` is told where that is, and `tell`
     * follows.
     */
    void (*ready)(void *user, const char *hosts, uint16_t port, const char *words);
    /** The port for a pvserver whose job waits for it. */
    void (*tell)(void *user, uint16_t port, const char *words);
    /** A pvserver that listens was reached, and has proved itself. */
    void (*arrived)(void *user, const struct pvhop_arrival *arrival);
    void (*failed)(void *user, const struct pvhop_error *err);
    void (*log)(void *user, const char *text);
};

struct pvhop_route; /* each kind has its own; the pointer is to its first member */

struct pvhop_route_kind {
    const char *name;
    struct pvhop_route *(*open)(const struct pvhop_route_site *site,
                                const struct pvhop_route_events *events, void *user,
                                struct pvhop_error *err);
    /** pvserver listens, and said where, or its job runs there and waits for a port; NULL for a
     * route that needs neither. */
    void (*reach)(struct pvhop_route *route, const struct pvhop_job_where *where);
    /** pvserver came this way, and has proved itself; may be NULL. */
    void (*settled)(struct pvhop_route *route);
    void (*close)(struct pvhop_route *route); /* undoes everything; NULL is fine */
};

extern const struct pvhop_route_kind pvhop_route_direct, pvhop_route_tunnel,
    pvhop_route_two_hop_forward, pvhop_route_relay_tunnel, pvhop_route_relay, pvhop_route_stdio,
    pvhop_route_two_hop_reverse, pvhop_route_auto;
/** The two ways of `stdio`, which chooses between them: pvserver listens, or it connects to a relay
 * before a port that is carried here. */
extern const struct pvhop_route_kind pvhop_route_stdio_forward, pvhop_route_stdio_reverse;
/** A port on the front end's loopback that is carried here inside the control channel. */
extern const struct pvhop_route_kind pvhop_route_carried;

/** The route of that name; NULL and *err if it is none or cannot be used yet. */
const struct pvhop_route_kind *pvhop_route_find(const char *name, struct pvhop_error *err);

#ifdef __cplusplus
}
#endif
#endif
