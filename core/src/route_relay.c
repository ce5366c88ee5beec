/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Routes `relay-tunnel` and `relay`, and `stdio` for a pvserver that connects: a relay on the front
 * end, on the addresses by which the nodes reach it (inside.h), for sites whose sshd opens -R on
 * loopback only, or not at all. Behind the relay is another route, opened first: `tunnel` as for a
 * pvserver on the front end itself, a port that is carried inside the control channel
 * (route_carried.c), or `direct`, which is not encrypted.
 *
 * To the tunnel's gate every connection is the relay's, and so of our uid. So it is the relay that
 * refuses the front end's other users, and asks who comes from a node for the proof of a token
 * (proof.h), which the helper there gives for pvserver.
 */
#include "helper.h"
#include "inside.h"
#include "route.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 15000u
#define CONNECTIONS_MAX 64u /* at a time: the reverse listener has no more at the door */

struct relay_route;

/* One relay; there is one for each address. */
struct place {
    struct relay_route *route;
    struct pvhop_endpoint at;
    struct pvhop_task *task;
    char said[300]; /* its last line that was not the port */
};

struct relay_route {
    const struct pvhop_route_site *site;
    struct pvhop_route_events events;
    void *user;

    const struct pvhop_route_kind *behind_kind;
    struct pvhop_route_site behind_site;
    struct pvhop_recipe *behind_recipe;
    struct pvhop_route *behind;
    struct pvhop_endpoint to;

    struct pvhop_helper *helper;
    char *program; /* its path on the front end */
    struct pvhop_query *look;
    struct place places[PVHOP_INSIDE_MAX];
    size_t count, asked; /* asked: index of the relay that is being started */
    uint16_t port;       /* of all of them; the first one has it from the system */
    bool ready;
};

static void start_next(struct relay_route *r);

static void relay_log(void *user, const char *text)
{
    struct relay_route *r = user;

    if (r->events.log)
        r->events.log(r->user, text);
}

static void relay_failed(void *user, const struct pvhop_error *err)
{
    struct relay_route *r = user;

    r->events.failed(r->user, err);
}

static void fail(struct relay_route *r, enum pvhop_code code, const char *why)
{
    struct pvhop_error err;

    pvhop_error_set(&err, code, "%s: %s", pvhop_control_host(r->site->control), why);
    relay_failed(r, &err);
}

/* ---- the relays ---- */

/* Nodes have other users, whom the front end cannot tell apart. */
static bool proves(const struct relay_route *r)
{
    return r->site->batch && r->site->proof;
}

static void tell(struct relay_route *r)
{
    struct pvhop_text hosts = {0};
    char words[512];

    for (size_t i = 0; i < r->count; i++)
        if (r->places[i].task)
            pvhop_text_addf(&hosts, "%s%s", hosts.len ? " " : "", r->places[i].at.host);
    snprintf(words, sizeof(words), "a relay at port %u of %s leads here%s", r->port,
             pvhop_control_host(r->site->control),
             r->behind_kind == &pvhop_route_direct ? "; what it carries is not encrypted" : "");
    r->ready = true;
    if (proves(r)) {
        snprintf(r->site->proof->program, sizeof(r->site->proof->program), "%s", r->program);
        r->site->proof->asked = true;
    }
    if (hosts.failed)
        fail(r, PVHOP_E_MEMORY, "no room for the relay's addresses");
    else
        r->events.ready(r->user, hosts.s, r->port, words);
    pvhop_text_free(&hosts);
}

/* "open ADDRESS:PORT" (pvhop-relay --report), or a word for the log. */
static void on_line(void *user, const char *line)
{
    struct place *p = user;
    struct relay_route *r = p->route;
    struct pvhop_endpoint open;

    if (strncmp(line, "open ", 5) != 0 || p->at.port != 0) {
        snprintf(p->said, sizeof(p->said), "%s", line);
        relay_log(r, line);
        return;
    }
    if (pvhop_endpoint_parse(line + 5, -1, &open, NULL) != 0 || open.port == 0) {
        fail(r, PVHOP_E_RELAY_LISTEN, "the relay does not tell its port");
        return;
    }
    p->at.port = r->port = open.port;
    r->asked++;
    start_next(r);
}

/* A relay that ends by itself after all were open took the session with it. */
static void on_exited(void *user, int status)
{
    struct place *p = user;
    struct relay_route *r = p->route;
    bool first = p == &r->places[0];
    struct pvhop_error err;

    pvhop_task_free(p->task);
    p->task = NULL;
    if (status == -1)
        return;                /* the control channel's end, which is told by itself */
    if (!r->ready && !first) { /* the same port was taken there: other addresses may do */
        r->asked++;
        start_next(r);
        return;
    }
    pvhop_error_set(&err, r->ready ? PVHOP_E_CONNECTION_LOST : PVHOP_E_RELAY_LISTEN,
                    "the relay on %s, at %s, ended with status %d: %s",
                    pvhop_control_host(r->site->control), p->at.host, status,
                    *p->said ? p->said : "without a word");
    relay_failed(r, &err);
}

static void add_relay(struct pvhop_text *t, const struct relay_route *r, const struct place *p)
{
    pvhop_helper_add_resolve(t, &r->to);
    pvhop_text_addf(t, "exec ");
    pvhop_text_add_word(t, r->program);
    pvhop_text_addf(t, " --report --same-user --max-connections %u --drain 0 ", CONNECTIONS_MAX);
    if (proves(r)) {
        char file[sizeof(PVHOP_JOB_FOLDER PVHOP_JOB_TOKEN) + sizeof(r->site->proof->folder)];

        snprintf(file, sizeof(file), PVHOP_JOB_FOLDER "%s" PVHOP_JOB_TOKEN, r->site->proof->folder);
        pvhop_text_addf(t, "--ask-proof ");
        pvhop_text_add_path(t, file);
        pvhop_text_addf(t, " ");
    }
    pvhop_text_addf(t, "\"%s:%u:$to:%u\"\n", p->at.host,
                    r->port ? r->port
                            : (unsigned)pvhop_recipe_number(r->site->recipe, "server-port", 0),
                    r->to.port);
}

/* The first one's port is the system's choice, the others are to have the same. */
static void start_next(struct relay_route *r)
{
    static const struct pvhop_task_events events = {.line = on_line, .exited = on_exited};
    struct place *p = &r->places[r->asked];
    struct pvhop_text t = {0};

    if (r->asked == r->count) {
        tell(r);
        return;
    }
    p->route = r;
    add_relay(&t, r, p);
    if (!t.failed)
        p->task = pvhop_control_start(r->site->control, t.s, &events, p);
    pvhop_text_free(&t);
    if (!p->task)
        fail(r, PVHOP_E_SSH_LOST, "the relay could not be started: the control channel is gone");
}

static void on_addresses(void *user, int status, const char *output, size_t len)
{
    struct relay_route *r = user;
    struct pvhop_inside inside;

    (void)status, (void)len;
    r->look = NULL;
    pvhop_inside_read(output, r->site->machine, &inside);
    for (; r->count < inside.count; r->count++)
        r->places[r->count].at = inside.at[r->count];
    if (r->count == 0)
        fail(r, PVHOP_E_RELAY_LISTEN, "it has no address that a compute node could reach");
    else
        start_next(r);
}

static void on_helper(void *user, const char *path)
{
    struct relay_route *r = user;

    r->program = strdup(path);
    if (!r->program) {
        fail(r, PVHOP_E_MEMORY, "no room for the helper's path");
        return;
    }
    if (!r->site->batch) { /* pvserver is on the front end, too */
        r->count = 1;
        snprintf(r->places[0].at.host, sizeof(r->places[0].at.host), "127.0.0.1");
        start_next(r);
        return;
    }
    r->look = pvhop_control_query(r->site->control, pvhop_inside_script, LOOK_MS, on_addresses, r);
    if (!r->look)
        fail(r, PVHOP_E_SSH_LOST, "the control channel is gone");
}

/* ---- what is behind them ---- */

static void on_behind_ready(void *user, const char *hosts, uint16_t port, const char *words)
{
    static const struct pvhop_helper_events events = {
        .ready = on_helper, .failed = relay_failed, .log = relay_log};
    struct relay_route *r = user;
    struct pvhop_error err;

    relay_log(r, words);
    snprintf(r->to.host, sizeof(r->to.host), "%s", hosts);
    r->to.port = port;
    r->helper = pvhop_helper_new(r->site, &events, r, &err);
    if (!r->helper)
        relay_failed(r, &err);
}

static void relay_close(struct pvhop_route *route)
{
    struct relay_route *r = (struct relay_route *)route;

    if (!r)
        return;
    if (r->site->proof)
        r->site->proof->asked = false;
    pvhop_query_free(r->look);
    pvhop_helper_free(r->helper);
    for (size_t i = 0; i < PVHOP_INSIDE_MAX; i++)
        pvhop_task_free(r->places[i].task);
    r->behind_kind->close(r->behind);
    pvhop_recipe_free(r->behind_recipe);
    free(r->program);
    free(r);
}

static struct pvhop_route *open_before(const struct pvhop_route_kind *behind,
                                       const struct pvhop_route_site *site,
                                       const struct pvhop_route_events *events, void *user,
                                       struct pvhop_error *err)
{
    static const struct pvhop_route_events behind_events = {
        .ready = on_behind_ready, .failed = relay_failed, .log = relay_log};
    struct relay_route *r = calloc(1, sizeof(*r));

    if (!r || !(r->behind_recipe = pvhop_recipe_dup(site->recipe))) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the route");
        free(r);
        return NULL;
    }
    r->site = site;
    r->events = *events;
    r->user = user;
    r->behind_kind = behind;
    r->behind_site = *site;
    r->behind_site.recipe = r->behind_recipe;
    r->behind_site.batch = false;
    /* --server-port is what pvserver is told: the relay's. A firewall before this computer may want
     * to know the port, too: `relay` has the same here. */
    if (behind == &pvhop_route_direct ||
        pvhop_recipe_set(r->behind_recipe, "server-port", "0", err) == 0)
        r->behind = behind->open(&r->behind_site, &behind_events, r, err);
    if (!r->behind) {
        relay_close((struct pvhop_route *)r);
        return NULL;
    }
    return (struct pvhop_route *)r;
}

static struct pvhop_route *relay_tunnel_open(const struct pvhop_route_site *site,
                                             const struct pvhop_route_events *events, void *user,
                                             struct pvhop_error *err)
{
    return open_before(&pvhop_route_tunnel, site, events, user, err);
}

static struct pvhop_route *relay_open(const struct pvhop_route_site *site,
                                      const struct pvhop_route_events *events, void *user,
                                      struct pvhop_error *err)
{
    return open_before(&pvhop_route_direct, site, events, user, err);
}

static struct pvhop_route *stdio_open(const struct pvhop_route_site *site,
                                      const struct pvhop_route_events *events, void *user,
                                      struct pvhop_error *err)
{
    return open_before(&pvhop_route_carried, site, events, user, err);
}

const struct pvhop_route_kind pvhop_route_stdio_reverse = {
    .name = "stdio-reverse", .open = stdio_open, .close = relay_close};
const struct pvhop_route_kind pvhop_route_relay_tunnel = {
    .name = "relay-tunnel", .open = relay_tunnel_open, .close = relay_close};
const struct pvhop_route_kind pvhop_route_relay = {
    .name = "relay", .open = relay_open, .close = relay_close};
