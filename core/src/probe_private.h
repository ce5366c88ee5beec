/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PROBE_PRIVATE_H
#define PVHOP_PROBE_PRIVATE_H
/**
 * What the files of probe share. probe.c is the frame: login, limits, the end. Each other file does
 * some of the checks: it is started by probe.c, settles its checks, and is freed with the probe. A
 * check that was begun has to be settled, or the limit settles it.
 */
#include "inside.h"
#include "text.h"
#include <jansson.h>
#include <pvhop/probe.h>

#ifdef __cplusplus
extern "C" {
#endif

enum probe_check {
    PROBE_REACH,
    PROBE_HOSTKEY,
    PROBE_LOGIN,
    PROBE_SPEED,
    PROBE_FORWARDING,
    PROBE_HELPER,
    PROBE_SCHEDULER,
    PROBE_PVSERVER,
    PROBE_RENDERING,
    PROBE_NODES,
    PROBE_INSIDE, /* only if a node is to be asked */
    PROBE_SITE,
    PROBE_LEFTOVERS,
    PROBE_CHECKS
};

enum probe_tri { PROBE_UNKNOWN, PROBE_NO, PROBE_YES };

/** What the routes are judged by, and what goes into the result as "forwarding". */
struct probe_forwarding {
    enum probe_tri reverse_loopback, reverse_inside, reverse_bound, local, local_node, stdio,
        max_sessions, helper;
    bool wide; /* what was asked for on loopback was bound on all addresses: GatewayPorts yes */
};

struct probe_checked {
    enum pvhop_check_state state;
    bool begun, settled;
    uint64_t begin_ms, took_ms;
    char text[1024], remedy[512];
};

struct probe_speed;
struct probe_forwards;
struct probe_ask;
struct probe_schedulers;
struct probe_pvservers;
struct probe_nodes;
struct probe_inside;

struct pvhop_probe {
    struct pvhop_loop *loop;
    struct pvhop_recipe *recipe;
    struct pvhop_events *events;
    struct pvhop_probe_handlers handlers;
    void *user;

    struct pvhop_login *login;
    struct pvhop_sshlink *link; /* the login's, once it is in */
    struct pvhop_control *control;
    struct pvhop_timer *limit, *finish;
    bool in, ready, lost, over;
    struct pvhop_error outcome;
    uint64_t start_ms;
    struct probe_checked checks[PROBE_CHECKS];

    struct probe_speed *speed;
    struct probe_forwards *forwards;
    struct probe_ask *ask;
    struct probe_schedulers *batch;
    struct probe_pvservers *search;
    struct probe_nodes *nodes;
    struct probe_inside *ask_inside;
    bool asks_node, asked_host, asked_schedulers; /* asks_node: the user agreed to a job */

    /* what was found */
    struct probe_forwarding may;
    struct pvhop_inside inside;
    char came_in[64]; /* the front end's address that the login goes to, as it sees it; "" */
    uint16_t came_in_port;
    const struct pvhop_site_machine *machine; /* as the site describes it; NULL: it does not */
    char node[256];                           /* a node, by its name; "" */
    bool gpus;                                /* the scheduler knows of some */
    enum probe_tri nodes_ssh, client_reached;
    double round_trip_ms, mib_per_s, reached_ms;                      /* -1: not known */
    json_t *inside_names, *schedulers, *pvservers, *leftovers, *site; /* site: null if none */
};

/* ---- probe.c ---- */
void probe_begin(struct pvhop_probe *p, enum probe_check check, const char *text);
bool probe_is_settled(const struct pvhop_probe *p, enum probe_check check);
/** `remedy` may be NULL. The first verdict on a check stands. */
void probe_settle(struct pvhop_probe *p, enum probe_check check, enum pvhop_check_state state,
                  const char *remedy, const char *text, ...) __attribute__((format(printf, 5, 6)));
const char *probe_check_name(enum probe_check check);
/** Is this one a part of this probe? */
bool probe_is_told(const struct pvhop_probe *p, enum probe_check check);
/** The inside addresses, the front end's name and the helper's verdict are there. */
void probe_asked_host(struct pvhop_probe *p);
/** The schedulers have been asked; p->node may be set. */
void probe_asked_schedulers(struct pvhop_probe *p);

/* ---- probe_speed.c: SPEED, max_sessions ---- */
void probe_speed_start(struct pvhop_probe *p);
void probe_speed_free(struct probe_speed *s);

/* ---- probe_forwarding.c: FORWARDING ---- */
void probe_forwarding_start(struct pvhop_probe *p);
/** A node is known now, or it is clear that none will be. */
void probe_forwarding_node(struct pvhop_probe *p);
void probe_forwarding_free(struct probe_forwards *f);

/* ---- probe_site.c: HELPER, SITE, LEFTOVERS ---- */
void probe_site_start(struct pvhop_probe *p);
void probe_site_free(struct probe_ask *a);

/* ---- probe_scheduler.c: SCHEDULER ---- */
void probe_scheduler_start(struct pvhop_probe *p);
void probe_scheduler_free(struct probe_schedulers *s);

/* ---- probe_pvserver.c: PVSERVER, RENDERING ---- */
void probe_pvserver_start(struct pvhop_probe *p);
void probe_pvserver_free(struct probe_pvservers *s);
/** Reads one line of probe_pvserver.sh into an object; NULL if it is none. */
json_t *probe_pvserver_read(const char *line);

/* ---- probe_nodes.c: NODES ---- */
void probe_nodes_start(struct pvhop_probe *p);
void probe_nodes_free(struct probe_nodes *n);

/* ---- probe_inside.c: INSIDE ---- */
/** Submits a job. */
void probe_inside_start(struct pvhop_probe *p);
void probe_inside_free(struct probe_inside *n);

/* ---- probe_result.c ---- */
/** A JSON string of any bytes, made valid and printable. */
json_t *probe_json_text(const char *text);
/** The whole as a newly allocated JSON text of one line; NULL: no memory. */
char *probe_result(const struct pvhop_probe *p);

#ifdef __cplusplus
}
#endif
#endif
