/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The frame of `pvhop probe`: the login, then all checks side by side, then the result.
 *
 *   login   reach, hostkey, login               limits: sshlink's own, phase by phase
 *   shell   the control channel                 its own
 *   checks  speed, forwarding over the link;    each its own, together PVHOP_PROBE_MS
 *           the others over the control channel
 *   end     on the next turn, so that nothing is freed under the feet of the check that ends it
 *
 * What cannot be looked at any more is settled as skipped, so the result is always whole.
 */
#include "probe_private.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- checks ---- */

const char *probe_check_name(enum probe_check check)
{
    static const char *const names[PROBE_CHECKS] = {
        [PROBE_REACH] = "reach",           [PROBE_HOSTKEY] = "hostkey",
        [PROBE_LOGIN] = "login",           [PROBE_SPEED] = "speed",
        [PROBE_FORWARDING] = "forwarding", [PROBE_HELPER] = "helper",
        [PROBE_SCHEDULER] = "scheduler",   [PROBE_PVSERVER] = "pvserver",
        [PROBE_RENDERING] = "rendering",   [PROBE_NODES] = "nodes",
        [PROBE_INSIDE] = "inside",         [PROBE_SITE] = "site",
        [PROBE_LEFTOVERS] = "leftovers",
    };

    return names[check];
}

void probe_begin(struct pvhop_probe *p, enum probe_check check, const char *text)
{
    struct probe_checked *c = &p->checks[check];

    if (c->settled || p->over)
        return;
    if (!c->begun)
        c->begin_ms = pvhop_loop_now_ms(p->loop);
    c->begun = true;
    pvhop_events_check(p->events, probe_check_name(check), PVHOP_CHECK_RUNNING, text, "");
}

bool probe_is_settled(const struct pvhop_probe *p, enum probe_check check)
{
    return p->checks[check].settled;
}

bool probe_is_told(const struct pvhop_probe *p, enum probe_check check)
{
    return check != PROBE_INSIDE || p->asks_node;
}

static bool all_settled(const struct pvhop_probe *p)
{
    for (int i = 0; i < PROBE_CHECKS; i++)
        if (!p->checks[i].settled && probe_is_told(p, (enum probe_check)i))
            return false;
    return true;
}

void probe_settle(struct pvhop_probe *p, enum probe_check check, enum pvhop_check_state state,
                  const char *remedy, const char *text, ...)
{
    struct probe_checked *c = &p->checks[check];
    va_list ap;

    if (c->settled || p->over)
        return;
    va_start(ap, text);
    vsnprintf(c->text, sizeof(c->text), text, ap);
    va_end(ap);
    pvhop_make_printable(c->text);
    snprintf(c->remedy, sizeof(c->remedy), "%s", remedy ? remedy : "");
    c->state = state;
    c->settled = true;
    if (c->begun)
        c->took_ms = pvhop_loop_now_ms(p->loop) - c->begin_ms;
    pvhop_events_check(p->events, probe_check_name(check), state, c->text, c->remedy);
    if (all_settled(p))
        pvhop_timer_start(p->finish, 0);
}

/* ---- the end ---- */

static void drop_checks(struct pvhop_probe *p)
{
    probe_speed_free(p->speed);
    probe_forwarding_free(p->forwards);
    probe_site_free(p->ask);
    probe_scheduler_free(p->batch);
    probe_pvserver_free(p->search);
    probe_nodes_free(p->nodes);
    probe_inside_free(p->ask_inside);
    p->speed = NULL;
    p->forwards = NULL;
    p->ask = NULL;
    p->batch = NULL;
    p->search = NULL;
    p->nodes = NULL;
    p->ask_inside = NULL;
}

/* What was found at a host that then fell silent is no picture of the site. */
static void judge_silence(struct pvhop_probe *p)
{
    if (p->outcome.code == PVHOP_OK && p->ready && !p->lost)
        (void)pvhop_control_is_silent(p->control, &p->outcome);
}

static void finish(void *user)
{
    struct pvhop_probe *p = user;
    char *result;

    if (p->over)
        return;
    pvhop_timer_stop(p->limit);
    for (int i = 0; i < PROBE_CHECKS; i++)
        if (!p->checks[i].settled && probe_is_told(p, (enum probe_check)i))
            probe_settle(p, (enum probe_check)i, PVHOP_CHECK_SKIPPED, NULL, "not looked at");
    p->over = true;
    judge_silence(p);
    drop_checks(p);
    result = probe_result(p);
    if (!result && p->outcome.code == PVHOP_OK)
        pvhop_error_set(&p->outcome, PVHOP_E_MEMORY, "no room for the result");
    p->handlers.done(p->user, result ? result : "{}", &p->outcome);
    free(result);
}

/* The first outcome stands. */
static void end_with(struct pvhop_probe *p, const struct pvhop_error *err)
{
    if (p->outcome.code == PVHOP_OK)
        p->outcome = *err;
    pvhop_timer_start(p->finish, 0);
}

static void on_limit(void *user)
{
    struct pvhop_probe *p = user;

    /* A job that waits has a limit of its own. */
    for (int i = 0; i < PROBE_CHECKS; i++)
        if (!p->checks[i].settled && probe_is_told(p, (enum probe_check)i) &&
            !(i == PROBE_INSIDE && p->ask_inside))
            probe_settle(p, (enum probe_check)i, PVHOP_CHECK_NOTE,
                         "The host is slow, or something on it hangs; try again later.",
                         "no answer within %u seconds", PVHOP_PROBE_MS / 1000);
}

void pvhop_probe_cancel(struct pvhop_probe *p, enum pvhop_code why)
{
    struct pvhop_error err;

    if (p->over)
        return;
    pvhop_error_set(&err, why, "the test was to be ended");
    end_with(p, &err);
}

/* ---- the login ---- */

static void on_phase(void *user, enum pvhop_phase phase, const char *text)
{
    struct pvhop_probe *p = user;

    if (phase == PVHOP_PHASE_HOSTKEY) {
        if (p->reached_ms < 0)
            p->reached_ms = (double)(pvhop_loop_now_ms(p->loop) - p->start_ms);
        probe_begin(p, PROBE_HOSTKEY, text);
    } else if (phase == PVHOP_PHASE_AUTH) {
        probe_begin(p, PROBE_LOGIN, text);
    } else {
        probe_begin(p, PROBE_REACH, text);
    }
}

static void settle_login(struct pvhop_probe *p)
{
    const struct pvhop_sshlink_facts *facts = pvhop_sshlink_facts(p->link);

    probe_settle(p, PROBE_REACH, PVHOP_CHECK_OK, NULL, "%s answers in %.0f ms: %s",
                 pvhop_sshlink_host(p->link), p->reached_ms < 0 ? 0 : p->reached_ms, facts->server);
    probe_settle(p, PROBE_HOSTKEY, PVHOP_CHECK_OK, NULL, "%s, on record", facts->hostkey);
}

static void on_in(void *user)
{
    struct pvhop_probe *p = user;

    p->link = pvhop_login_link(p->login);
    p->control = pvhop_login_control(p->login);
    p->in = true;
    settle_login(p);
    pvhop_timer_start(p->limit, PVHOP_PROBE_MS);
}

static void on_ready(void *user)
{
    struct pvhop_probe *p = user;
    const struct pvhop_sshlink_facts *facts = pvhop_sshlink_facts(p->link);

    if (p->over)
        return;
    p->ready = true;
    probe_settle(p, PROBE_LOGIN, PVHOP_CHECK_OK, NULL, "%s@%s, by %s; the host calls itself %s",
                 facts->user, pvhop_sshlink_host(p->link), facts->used,
                 pvhop_control_host(p->control));
    probe_speed_start(p); /* behind the control channel: with MaxSessions 1 that one counts */
    probe_site_start(p);
    probe_scheduler_start(p);
    probe_pvserver_start(p);
}

static enum probe_check check_under_way(const struct pvhop_probe *p)
{
    if (p->in || p->checks[PROBE_LOGIN].begun)
        return PROBE_LOGIN;
    return p->checks[PROBE_HOSTKEY].begun ? PROBE_HOSTKEY : PROBE_REACH;
}

static void on_lost(void *user, const struct pvhop_error *err)
{
    struct pvhop_probe *p = user;
    enum probe_check at = check_under_way(p);

    if (p->over) { /* it was kept for a connection that did not come */
        pvhop_login_free(p->login);
        p->login = NULL;
        if (p->handlers.lost)
            p->handlers.lost(p->user, err);
        return;
    }
    if (!p->in)
        p->link = pvhop_login_link(p->login);
    if (!p->in && at != PROBE_REACH)
        probe_settle(p, PROBE_REACH, PVHOP_CHECK_OK, NULL, "%s answers in %.0f ms",
                     pvhop_sshlink_host(p->link), p->reached_ms);
    if (!p->in && at == PROBE_LOGIN)
        probe_settle(p, PROBE_HOSTKEY, PVHOP_CHECK_OK, NULL, "%s, on record",
                     pvhop_sshlink_facts(p->link)->hostkey);
    probe_settle(p, at, PVHOP_CHECK_BAD, err->remedy, "%s: %s", err->what, err->why);
    p->lost = true;
    end_with(p, err);
}

/* ---- between the checks ---- */

static void ask_node(struct pvhop_probe *p)
{
    if (p->asks_node && p->asked_host && p->asked_schedulers)
        probe_inside_start(p);
}

void probe_asked_host(struct pvhop_probe *p)
{
    probe_forwarding_start(p);
    p->asked_host = true;
    ask_node(p);
}

void probe_asked_schedulers(struct pvhop_probe *p)
{
    probe_nodes_start(p);
    probe_forwarding_node(p);
    p->asked_schedulers = true;
    ask_node(p);
}

/* ---- life ---- */

struct pvhop_probe *pvhop_probe_new(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                    struct pvhop_events *events,
                                    const struct pvhop_probe_handlers *handlers, void *user,
                                    struct pvhop_error *err)
{
    static const struct pvhop_login_handlers login_handlers = {
        .phase = on_phase, .in = on_in, .ready = on_ready, .lost = on_lost};
    struct pvhop_probe *p = calloc(1, sizeof(*p));

    if (!p)
        goto memory;
    p->loop = loop;
    p->events = events;
    p->handlers = *handlers;
    p->user = user;
    p->round_trip_ms = p->mib_per_s = p->reached_ms = -1;
    p->start_ms = pvhop_loop_now_ms(loop);
    p->recipe = pvhop_recipe_dup(recipe);
    p->limit = pvhop_timer_new(loop, on_limit, p);
    p->finish = pvhop_timer_new(loop, finish, p);
    p->inside_names = json_array();
    p->schedulers = json_array();
    p->pvservers = json_array();
    p->leftovers = json_array();
    p->site = json_null();
    if (!p->recipe || !p->limit || !p->finish || !p->inside_names || !p->schedulers ||
        !p->pvservers || !p->leftovers)
        goto memory;
    p->login = pvhop_login_new(loop, p->recipe, events, &login_handlers, p, err);
    if (p->login)
        return p;
    pvhop_probe_free(p);
    return NULL;
memory:
    pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the test");
    pvhop_probe_free(p);
    return NULL;
}

void pvhop_probe_ask_node(struct pvhop_probe *p)
{
    p->asks_node = true;
}

struct pvhop_login *pvhop_probe_take_login(struct pvhop_probe *p)
{
    struct pvhop_login *login = p->over && p->ready && !p->lost ? p->login : NULL;

    if (login)
        p->login = NULL;
    return login;
}

void pvhop_probe_free(struct pvhop_probe *p)
{
    if (!p)
        return;
    drop_checks(p);
    pvhop_login_free(p->login);
    pvhop_timer_free(p->limit);
    pvhop_timer_free(p->finish);
    pvhop_recipe_free(p->recipe);
    json_decref(p->inside_names);
    json_decref(p->schedulers);
    json_decref(p->pvservers);
    json_decref(p->leftovers);
    json_decref(p->site);
    free(p);
}
