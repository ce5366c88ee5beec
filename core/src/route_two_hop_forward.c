/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Route `two-hop-forward`: pvserver listens, on its node or on the front end itself, and the front
 * end's sshd connects to it for us (direct-tcpip, RFC 4254, 7.2). Nothing is opened on the front
 * end. A listening pvserver compares the hash of its sources with ours before anything else, and
 * tells its own first: a throw-away connection learns it.
 *
 * `stdio-forward` is the same where sshd forwards nothing: the helper connects to pvserver, and the
 * bytes go inside the control channel. Where it may not run, what the host has itself does that,
 * over the standard input and output of a second session.
 */
#include "control_carry.h"
#include "helper.h"
#include "route.h"
#include "stdio_dial.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

#define TRY_MS 8000u /* one place, from the request to the end of the handshake */

struct two_hop {
    const struct pvhop_route_site *site;
    struct pvhop_route_events events;
    void *user;
    struct pvhop_job_where where;
    size_t at; /* the place that is tried */
    struct pvhop_paraview self;
    bool stdio;
    struct pvhop_helper *helper; /* stdio only, as the next four */
    char *program;               /* the helper's path on the front end; NULL: go without */
    struct pvhop_carry_dial *carried;
    struct pvhop_stdio_dial *dial;
    struct pvhop_sshexec *trial; /* of a second session, which going without needs */
    struct pvhop_sshdirect *direct;
    struct pvhop_greet *greet;
    struct pvhop_timer *limit;
    struct pvhop_text tried; /* places and why not */
};

static void try_place(struct two_hop *t);

static void drop_try(struct two_hop *t)
{
    pvhop_timer_stop(t->limit);
    pvhop_sshdirect_free(t->direct);
    pvhop_carry_dial_free(t->carried);
    pvhop_stdio_dial_free(t->dial);
    t->carried = NULL;
    t->dial = NULL;
    pvhop_greet_free(t->greet);
    t->direct = NULL;
    t->greet = NULL;
}

static void next_place(struct two_hop *t, const char *why)
{
    char text[PVHOP_ENDPOINT_TEXT];
    struct pvhop_error err;

    drop_try(t);
    pvhop_text_addf(&t->tried, "%s%s: %s", t->tried.len ? "; " : "",
                    pvhop_endpoint_print(&t->where.at[t->at], text), why);
    t->at++;
    t->self.hash[0] = '\0';
    if (t->at < t->where.count) {
        try_place(t);
        return;
    }
    pvhop_error_set(&err, PVHOP_E_RENDEZVOUS, "from %s no place leads to it: %.1500s",
                    pvhop_control_host(t->site->control),
                    t->tried.s ? t->tried.s : "none was named");
    t->events.failed(t->user, &err);
}

static void on_too_slow(void *user)
{
    next_place(user, "no answer");
}

static void on_greeted(void *user, const struct pvhop_arrival *arrival)
{
    struct two_hop *t = user;
    struct pvhop_arrival whole = *arrival;

    pvhop_timer_stop(t->limit);
    /* One that listens does not say these; it has taken ours. A client that listens, too, is told.
     */
    whole.peer.major = t->self.major;
    whole.peer.minor = t->self.minor;
    memcpy(whole.peer.backend, t->self.backend, sizeof(whole.peer.backend));
    t->events.arrived(t->user, &whole);
}

static void on_greet_failed(void *user, const struct pvhop_error *why)
{
    struct two_hop *t = user;
    const struct pvhop_paraview *peer = pvhop_greet_peer(t->greet);

    if (!t->self.hash[0] && peer->hash[0]) { /* that was the throw-away connection */
        memcpy(t->self.hash, peer->hash, sizeof(t->self.hash));
        drop_try(t);
        try_place(t);
        return;
    }
    next_place(t, why->why);
}

static void on_opened(void *user, struct pvhop_stream *stream)
{
    static const struct pvhop_greet_events events = {.done = on_greeted, .failed = on_greet_failed};
    struct two_hop *t = user;
    struct pvhop_paraview self = t->self;
    struct pvhop_error err;

    if (!self.hash[0]) {
        memset(self.hash, '0', PVHOP_HASH_LEN);
        if (t->events.log)
            t->events.log(t->user, "asking pvserver for its version hash; it will report a "
                                   "mismatch, which is as it should be");
    }
    t->greet = pvhop_greet_new(t->site->loop, stream, PVHOP_PLAY_CONNECTOR, &self, TRY_MS, &events,
                               t, &err);
    if (!t->greet)
        next_place(t, err.why);
}

static void on_direct_failed(void *user, const struct pvhop_error *err)
{
    next_place(user, err->why);
}

static void try_place(struct two_hop *t)
{
    static const struct pvhop_sshdirect_events events = {.opened = on_opened,
                                                         .failed = on_direct_failed};
    const struct pvhop_endpoint *place = &t->where.at[t->at];
    struct pvhop_error err;

    pvhop_timer_start(t->limit, TRY_MS);
    if (t->program)
        t->carried = pvhop_control_dial(t->site->control, t->program, place, &events, t, &err);
    else if (t->stdio)
        t->dial = pvhop_stdio_dial_new(t->site->link, place, &events, t, &err);
    else
        t->direct = pvhop_sshlink_direct(t->site->link, place, &events, t, &err);
    if (!t->direct && !t->dial && !t->carried)
        next_place(t, err.why);
}

static void two_hop_reach(struct pvhop_route *route, const struct pvhop_job_where *where)
{
    struct two_hop *t = (struct two_hop *)route;

    t->where = *where;
    t->at = 0;
    t->self = t->site->expect; /* only now: the check of pvserver may have added its version */
    snprintf(t->self.backend, sizeof(t->self.backend),
             "opengl2"); /* the only one since ParaView 5.0 */
    t->self.id_size = 1;
    t->self.hash[0] = '\0';
    if (t->self.major == 0) {
        struct pvhop_error err;

        pvhop_error_set(&err, PVHOP_E_VALUE, "client-version: pvserver's version is not known");
        pvhop_error_remedy(&err,
                           "Say which ParaView this is for, with --client-version 5.11 or so.");
        t->events.failed(t->user, &err);
        return;
    }
    try_place(t);
}

static void two_hop_close(struct pvhop_route *route)
{
    struct two_hop *t = (struct two_hop *)route;

    if (!t)
        return;
    if (t->limit)
        drop_try(t);
    pvhop_sshexec_free(t->trial);
    pvhop_helper_free(t->helper);
    free(t->program);
    pvhop_timer_free(t->limit);
    pvhop_text_free(&t->tried);
    free(t);
}

static struct pvhop_route *open_it(const struct pvhop_route_site *site,
                                   const struct pvhop_route_events *events, void *user,
                                   struct pvhop_error *err)
{
    struct two_hop *t = calloc(1, sizeof(*t));

    if (!t || !(t->limit = pvhop_timer_new(site->loop, on_too_slow, t))) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "the route could not be opened");
        free(t);
        return NULL;
    }
    t->site = site;
    t->events = *events;
    t->user = user;
    return (struct pvhop_route *)t;
}

static struct pvhop_route *two_hop_open(const struct pvhop_route_site *site,
                                        const struct pvhop_route_events *events, void *user,
                                        struct pvhop_error *err)
{
    struct pvhop_route *route = open_it(site, events, user, err);

    if (route)
        events->ready(user, NULL, 0, "pvserver will listen, and be called through the ssh login");
    return route;
}

/* ---- stdio ---- */

static void on_helper(void *user, const char *path)
{
    struct two_hop *t = user;
    struct pvhop_error err;

    t->program = strdup(path);
    if (t->program) {
        t->events.ready(t->user, NULL, 0,
                        "pvserver will listen, and be called by the helper on the host");
        return;
    }
    pvhop_error_set(&err, PVHOP_E_MEMORY, "no room for the helper's path");
    t->events.failed(t->user, &err);
}

static void on_trial_opened(void *user, struct pvhop_stream *stream)
{
    struct two_hop *t = user;

    pvhop_stream_free(stream);
    t->events.ready(t->user, NULL, 0, "pvserver will listen, and be called from the host");
}

static void on_trial_failed(void *user, const struct pvhop_error *err)
{
    struct two_hop *t = user;
    struct pvhop_error all;

    pvhop_error_set(&all, err->code,
                    "without the helper a second session is needed (MaxSessions): %.1000s",
                    err->why);
    t->events.failed(t->user, &all);
}

/* Tried now: it would be missed only after the job has waited for its turn. */
static int go_without_helper(struct two_hop *t, struct pvhop_error *err)
{
    static const struct pvhop_sshexec_events events = {.opened = on_trial_opened,
                                                       .failed = on_trial_failed};

    if (t->events.log) {
        t->events.log(t->user, err->why);
        t->events.log(t->user, "going without the helper: python3 or bash of the host carries it");
    }
    t->trial = pvhop_sshlink_exec(t->site->link, "exit 0", &events, t, err);
    return t->trial ? 0 : -1;
}

static void on_helper_failed(void *user, const struct pvhop_error *err)
{
    struct two_hop *t = user;
    struct pvhop_error why = *err;

    if (err->code != PVHOP_E_HELPER || go_without_helper(t, &why) != 0)
        t->events.failed(t->user, &why);
}

static void on_helper_log(void *user, const char *text)
{
    struct two_hop *t = user;

    if (t->events.log)
        t->events.log(t->user, text);
}

static struct pvhop_route *stdio_open(const struct pvhop_route_site *site,
                                      const struct pvhop_route_events *events, void *user,
                                      struct pvhop_error *err)
{
    static const struct pvhop_helper_events helper_events = {
        .ready = on_helper, .failed = on_helper_failed, .log = on_helper_log};
    struct pvhop_route *route = open_it(site, events, user, err);
    struct two_hop *t = (struct two_hop *)route;

    if (!t)
        return NULL;
    t->stdio = true;
    t->helper = pvhop_helper_new(site, &helper_events, t, err);
    if (t->helper || (err->code == PVHOP_E_HELPER && go_without_helper(t, err) == 0))
        return route;
    two_hop_close(route);
    return NULL;
}

const struct pvhop_route_kind pvhop_route_two_hop_forward = {.name = "two-hop-forward",
                                                             .open = two_hop_open,
                                                             .reach = two_hop_reach,
                                                             .close = two_hop_close};
const struct pvhop_route_kind pvhop_route_stdio_forward = {
    .name = "stdio-forward", .open = stdio_open, .reach = two_hop_reach, .close = two_hop_close};
