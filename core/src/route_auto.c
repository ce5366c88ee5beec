/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Route `auto`: the first of the encrypted ones that works here. Each is opened in turn; one that
 * fails is closed, its reason is kept, and the next one is tried. One would fail only after the job
 * has waited for its turn, so what it needs is tried before it is submitted: a connection through
 * sshd (two-hop-forward). A pvserver that listens already and cannot be reached one way is still
 * called the other ways. Route `stdio` is the same with its two ways only.
 *
 * What worked is remembered for a host, and tried first the next time.
 */
#include "route_auto.h"
#include "route.h"
#include "route_memory.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRIAL_MS 5000u /* of one need; no answer counts as not known */

/* two-hop-reverse needs what two-hop-forward needs, and a login on the node. */
static const struct pvhop_route_choice on_node_choices[PVHOP_ROUTE_CHOICES] = {
    {"two-hop-forward", true, true, true, false}, {"stdio", true, true, true, false},
    {"tunnel", true, true, false, false},         {"relay-tunnel", true, true, false, false},
    {"stdio-reverse", true, true, false, true},   {"two-hop-reverse", true, false, false, false},
    {"relay", false, false, false, false},        {"direct", false, false, false, false},
};
static const struct pvhop_route_choice on_front_end_choices[PVHOP_ROUTE_CHOICES] = {
    {"tunnel", true, true, false, false},       {"two-hop-forward", true, true, true, false},
    {"stdio", true, true, true, false},         {"relay-tunnel", true, true, false, false},
    {"stdio-reverse", true, true, false, true}, {"two-hop-reverse", true, false, false, false},
    {"relay", false, false, false, false},      {"direct", false, false, false, false},
};

const struct pvhop_route_choice *pvhop_route_choices(bool on_node)
{
    return on_node ? on_node_choices : on_front_end_choices;
}

struct automatic {
    const struct pvhop_route_site *site;
    struct pvhop_route_events events;
    void *user;

    const struct pvhop_route_choice *order[PVHOP_ROUTE_CHOICES + 1]; /* NULL ends it */
    size_t at;                                                       /* the one that is tried */
    bool stdio;                                                      /* no others */
    bool sure;              /* order[0] is remembered, and still in question */
    struct pvhop_timer *go; /* closes a route and opens another on a turn of its own */
    struct pvhop_sshdirect *direct;
    struct pvhop_timer *trial_limit;

    const struct pvhop_route_kind *kind;
    struct pvhop_route *inner;
    bool open; /* the inner one said so */
    bool told; /* pvserver may be started: for a route that listens, or for this one */
    bool where_known;
    struct pvhop_job_where where;
    struct pvhop_text refused; /* routes and why not */
};

static bool is_stdio(const struct pvhop_route_choice *choice)
{
    return strncmp(choice->name, "stdio", strlen("stdio")) == 0;
}

static const struct pvhop_route_choice *current(const struct automatic *a)
{
    return a->order[a->at];
}

static void say(struct automatic *a, const char *text)
{
    if (a->events.log)
        a->events.log(a->user, text);
}

static void close_inner(struct automatic *a)
{
    if (a->inner)
        a->kind->close(a->inner);
    a->inner = NULL;
}

static void drop_trial(struct automatic *a)
{
    pvhop_timer_stop(a->trial_limit);
    pvhop_sshdirect_free(a->direct);
    a->direct = NULL;
}

/* ---- the list ---- */

static bool takes(const struct automatic *a, const struct pvhop_route_choice *choice)
{
    return choice->automatic && (!a->stdio || is_stdio(choice));
}

/* This one does not do: the next one, once whoever called has returned. */
static void give_up(struct automatic *a, const char *why)
{
    char text[1200];

    snprintf(text, sizeof(text), "route %s cannot be used here: %.1000s", current(a)->name, why);
    say(a, text);
    pvhop_text_addf(&a->refused, "%s%s: %.400s", a->refused.len ? "\n" : "", current(a)->name, why);
    if (a->at == 0 && a->sure)
        pvhop_route_remember(a->site->recipe, a->site->batch, NULL, 0);
    a->sure = false;
    a->at++;
    pvhop_timer_start(a->go, 0);
}

/* Where the host reaches no pvserver, the next start is for one that calls the host. */
static void fail(struct automatic *a)
{
    const struct pvhop_route_choice *choices = pvhop_route_choices(a->site->batch);
    const char *host = pvhop_control_host(a->site->control);
    struct pvhop_error err;

    pvhop_error_set(&err, a->told ? PVHOP_E_RENDEZVOUS : PVHOP_E_NO_ROUTE, "%s, in turn:\n%s", host,
                    a->refused.s ? a->refused.s : "there was none to try");
    for (size_t i = 0; a->told && i < PVHOP_ROUTE_CHOICES; i++)
        if (takes(a, &choices[i]) && !choices[i].listens) {
            pvhop_route_remember(a->site->recipe, a->site->batch, choices[i].name, time(NULL));
            pvhop_error_remedy(&err, "Connect once more: pvserver will then call the front end, as "
                                     "the front end does not reach its node.");
            break;
        }
    a->events.failed(a->user, &err);
}

/* ---- one route ---- */

static void reach_if_open(struct automatic *a)
{
    if (a->inner && a->open && a->where_known && a->kind->reach)
        a->kind->reach(a->inner, &a->where);
}

static void on_ready(void *user, const char *hosts, uint16_t port, const char *words)
{
    struct automatic *a = user;
    char text[640];

    a->open = true;
    if (a->told) { /* pvserver listens already, told by an earlier one */
        reach_if_open(a);
        return;
    }
    a->told = true;
    snprintf(text, sizeof(text), "%s (route %s)", words, current(a)->name);
    a->events.ready(a->user, hosts, port, text);
}

static void on_arrived(void *user, const struct pvhop_arrival *arrival)
{
    struct automatic *a = user;

    a->events.arrived(a->user, arrival);
}

static void on_failed(void *user, const struct pvhop_error *err)
{
    struct automatic *a = user;

    if (a->told && !current(a)->listens) /* pvserver was sent that way, or is there */
        a->events.failed(a->user, err);
    else
        give_up(a, err->why);
}

static void on_log(void *user, const char *text)
{
    say(user, text);
}

static void open_inner(struct automatic *a)
{
    static const struct pvhop_route_events events = {
        .ready = on_ready, .arrived = on_arrived, .failed = on_failed, .log = on_log};
    struct pvhop_route *inner;
    struct pvhop_error err;
    bool again = a->told;
    size_t at = a->at;

    a->open = false;
    inner = a->kind->open(a->site, &events, a, &err);
    if (!inner) {
        give_up(a, err.why);
    } else if (a->at != at) { /* it failed while it was being opened */
        a->kind->close(inner);
    } else {
        a->inner = inner;
        if (again)
            reach_if_open(a);
    }
}

/* ---- what would show too late ---- */

static void needed(struct automatic *a, const char *refused)
{
    drop_trial(a);
    if (refused)
        give_up(a, refused);
    else
        open_inner(a);
}

static void on_direct_opened(void *user, struct pvhop_stream *stream)
{
    pvhop_stream_free(stream);
    needed(user, NULL);
}

/* That nobody serves that port is no refusal: sshd has tried. */
static void on_direct_failed(void *user, const struct pvhop_error *err)
{
    needed(user, err->code == PVHOP_E_CHANNEL_REFUSED ? err->why : NULL);
}

static void on_trial_limit(void *user)
{
    needed(user, NULL);
}

static void try_needs(struct automatic *a)
{
    static const struct pvhop_sshdirect_events direct_events = {.opened = on_direct_opened,
                                                                .failed = on_direct_failed};
    static const struct pvhop_endpoint sshd = {.host = "127.0.0.1", .port = 22};
    const char *name = current(a)->name;
    struct pvhop_error err;

    if (!a->told && strcmp(name, "two-hop-forward") == 0)
        a->direct = pvhop_sshlink_direct(a->site->link, &sshd, &direct_events, a, &err);
    if (a->direct)
        pvhop_timer_start(a->trial_limit, TRIAL_MS);
    else
        open_inner(a);
}

static const struct pvhop_route_kind *find_kind(const char *name)
{
    if (strcmp(name, "stdio") == 0)
        return &pvhop_route_stdio_forward;
    if (strcmp(name, pvhop_route_stdio_reverse.name) == 0)
        return &pvhop_route_stdio_reverse;
    return pvhop_route_find(name, NULL);
}

/* As a site's policy and the user know it. */
static const char *public_name(const struct pvhop_route_choice *choice)
{
    return is_stdio(choice) ? pvhop_route_stdio.name : choice->name;
}

static void on_go(void *user)
{
    struct automatic *a = user;

    close_inner(a);
    while (current(a) && a->told && !current(a)->listens)
        a->at++; /* pvserver listens: it calls nobody */
    if (!current(a)) {
        fail(a);
        return;
    }
    a->kind = find_kind(current(a)->name);
    if (a->site->described &&
        !pvhop_site_allows(a->site->described, a->site->machine, "route", public_name(current(a))))
        give_up(a, "the site's policy is against it");
    else
        try_needs(a);
}

/* ---- the route ---- */

static void auto_reach(struct pvhop_route *route, const struct pvhop_job_where *where)
{
    struct automatic *a = (struct automatic *)route;

    a->where = *where;
    a->where_known = true;
    reach_if_open(a);
}

static void auto_settled(struct pvhop_route *route)
{
    struct automatic *a = (struct automatic *)route;

    if (current(a))
        pvhop_route_remember(a->site->recipe, a->site->batch, current(a)->name, time(NULL));
}

static void auto_close(struct pvhop_route *route)
{
    struct automatic *a = (struct automatic *)route;

    if (!a)
        return;
    if (a->trial_limit)
        drop_trial(a);
    close_inner(a);
    pvhop_timer_free(a->go);
    pvhop_timer_free(a->trial_limit);
    pvhop_text_free(&a->refused);
    free(a);
}

static void add_choices(struct automatic *a, size_t *count, bool listens)
{
    const struct pvhop_route_choice *choices = pvhop_route_choices(a->site->batch);

    for (size_t i = 0; i < PVHOP_ROUTE_CHOICES; i++)
        if (takes(a, &choices[i]) && choices[i].listens == listens && a->order[0] != &choices[i])
            a->order[(*count)++] = &choices[i];
}

/* What worked the last time, then its like, and then the others. */
static void make_order(struct automatic *a)
{
    const struct pvhop_route_choice *choices = pvhop_route_choices(a->site->batch);
    const char *first = pvhop_route_remembered(a->site->recipe, a->site->batch, time(NULL));
    size_t count = 0;

    for (size_t i = 0; first && i < PVHOP_ROUTE_CHOICES; i++)
        if (strcmp(choices[i].name, first) == 0 && takes(a, &choices[i]))
            a->order[count++] = &choices[i];
    a->sure = count > 0;
    if (a->sure) {
        add_choices(a, &count, a->order[0]->listens);
        add_choices(a, &count, !a->order[0]->listens);
        return;
    }
    for (size_t i = 0; i < PVHOP_ROUTE_CHOICES; i++)
        if (takes(a, &choices[i]))
            a->order[count++] = &choices[i];
}

static struct pvhop_route *open_some(bool stdio, const struct pvhop_route_site *site,
                                     const struct pvhop_route_events *events, void *user,
                                     struct pvhop_error *err)
{
    struct automatic *a = calloc(1, sizeof(*a));

    if (!a || !(a->go = pvhop_timer_new(site->loop, on_go, a)) ||
        !(a->trial_limit = pvhop_timer_new(site->loop, on_trial_limit, a))) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for route 'auto'");
        auto_close((struct pvhop_route *)a);
        return NULL;
    }
    a->site = site;
    a->events = *events;
    a->user = user;
    a->stdio = stdio;
    make_order(a);
    pvhop_timer_start(a->go, 0);
    return (struct pvhop_route *)a;
}

static struct pvhop_route *auto_open(const struct pvhop_route_site *site,
                                     const struct pvhop_route_events *events, void *user,
                                     struct pvhop_error *err)
{
    return open_some(false, site, events, user, err);
}

static struct pvhop_route *stdio_open(const struct pvhop_route_site *site,
                                      const struct pvhop_route_events *events, void *user,
                                      struct pvhop_error *err)
{
    return open_some(true, site, events, user, err);
}

const struct pvhop_route_kind pvhop_route_auto = {.name = "auto",
                                                  .open = auto_open,
                                                  .reach = auto_reach,
                                                  .settled = auto_settled,
                                                  .close = auto_close};
const struct pvhop_route_kind pvhop_route_stdio = {.name = "stdio",
                                                   .open = stdio_open,
                                                   .reach = auto_reach,
                                                   .settled = auto_settled,
                                                   .close = auto_close};
