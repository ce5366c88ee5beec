/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state machine of `pvhop connect`. Each state has a limit, is left by an event, by
 * a failure or by a cancel, and whatever it set up is undone by close_down in reverse order:
 *
 *   LOGIN    ssh to the front end                  limit: sshlink's own, phase by phase
 *   SHELL    the control channel                   its own
 *   PREPARE  the route opens; pvserver is checked  --timeout, and the check's own
 *   SUBMIT   the batch system is to take the job   --timeout-start
 *   QUEUE    the job waits                         --timeout-queue
 *   START    pvserver runs and is to arrive        --timeout-start
 *   JOIN     the client's handshake                client.c's own
 *   SESSION  bytes are pumped                      none
 *   CLOSING  pvserver is ended over there          PVHOP_CLOSE_MS
 *   HELD     all is ended but the client's side    PVHOP_HOLD_MS, renewed
 *   OVER     done was called
 *
 * A failure or a cancel records the outcome and lets a timer of 0 ms do the
 * rest, so that nothing is freed under the feet of the callback that reports it.
 */
#include "connect_private.h"
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define STATS_MS 1000u
#define ASK_MS (PVHOP_SILENT_MS + 1000u) /* before a limit, whether the host is there at all */
#define LEAVE_MS 3000u       /* pvserver takes about a second to take its pipeline down */
#define LEAVE_BATCH_MS 1500u /* then cancelling its job costs nothing */

/* ---- phases and the outcome ---- */

void pvhop_connect_begin(struct pvhop_connect *c, enum pvhop_phase phase, const char *text)
{
    if (c->phase_open)
        pvhop_events_phase(c->events, c->phase, PVHOP_DONE, "%s", "");
    c->phase = phase;
    c->phase_open = true;
    pvhop_events_phase(c->events, phase, PVHOP_BEGIN, "%s", text);
}

static void end_phase(struct pvhop_connect *c, enum pvhop_phase_state state, const char *text)
{
    if (c->phase_open)
        pvhop_events_phase(c->events, c->phase, state, "%s", text);
    c->phase_open = false;
}

/* What it ends with if an answer of the host does not come, each of another kind. */
static bool is_for_want_of_an_answer(enum pvhop_code code)
{
    static const enum pvhop_code codes[] = {
        PVHOP_E_TIMEOUT, PVHOP_E_PVSERVER_SILENT, PVHOP_E_RENDEZVOUS,  PVHOP_E_NO_ROUTE,
        PVHOP_E_HELPER,  PVHOP_E_FORWARD_BOUND,   PVHOP_E_RELAY_LISTEN};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* The first outcome stands; what fails while it is carried out is a consequence. */
void pvhop_connect_decide(struct pvhop_connect *c, const struct pvhop_error *err)
{
    if (c->decided)
        return;
    c->decided = true;
    if (err && !(c->control && is_for_want_of_an_answer(err->code) &&
                 pvhop_control_is_silent(c->control, &c->outcome)))
        c->outcome = *err;
    pvhop_timer_stop(c->limit);
    pvhop_timer_start(c->closing, 0);
}

void pvhop_connect_limit(struct pvhop_connect *c, const char *field)
{
    long seconds = pvhop_recipe_number(c->recipe, field, 0);

    pvhop_timer_stop(c->limit);
    c->limit_s = seconds;
    c->limit_ends_ms = pvhop_loop_now_ms(c->loop) + (uint64_t)seconds * 1000;
    if (seconds > 0)
        pvhop_timer_start(c->limit, 0);
}

/* Where pvserver runs, for "... ended on login3"; "" while a job has no node yet. */
const char *pvhop_connect_place(const struct pvhop_connect *c)
{
    if (*c->node)
        return c->node;
    return c->control && !(c->job && pvhop_job_is_batch(c->job)) ? pvhop_control_host(c->control)
                                                                 : "";
}

static void on_limit(void *user)
{
    struct pvhop_connect *c = user;
    const char *host = c->control ? pvhop_control_host(c->control) : "";
    const char *place = pvhop_connect_place(c);
    uint64_t now = pvhop_loop_now_ms(c->loop), asked = pvhop_events_asked_ms(c->events);
    uint64_t ends = asked + (uint64_t)c->limit_s * 1000;
    struct pvhop_error err;

    if (c->decided)
        return;
    if (asked == 0 || ends < c->limit_ends_ms) /* while the user was asked, nothing else went on */
        ends = c->limit_ends_ms;
    if (ends > now + ASK_MS) {
        pvhop_timer_start(c->limit, ends - now - ASK_MS);
        return;
    }
    if (ends > now) {
        pvhop_timer_start(c->limit, ends - now); /* first: what follows may find the host lost */
        pvhop_control_ask(c->control);
        return;
    }
    if (c->state == START)
        pvhop_error_set(&err, PVHOP_E_PVSERVER_SILENT,
                        "pvserver runs%s%s%s, but did not connect within %ld seconds%s%s",
                        c->job && pvhop_job_is_batch(c->job) ? " in its job" : "",
                        *place ? " on " : "", place, c->limit_s,
                        *c->last_stray ? "; meanwhile " : "", c->last_stray);
    else if (c->state == QUEUE)
        pvhop_error_set(&err, PVHOP_E_QUEUE_LIMIT,
                        "%s: the job had not started after %ld seconds (--timeout-queue)%s%s", host,
                        c->limit_s, *c->queue_words ? "; the batch system says: " : "",
                        c->queue_words);
    else if (c->state == SUBMIT)
        pvhop_error_set(&err, PVHOP_E_TIMEOUT,
                        "%s: the batch system did not take the job within %ld seconds", host,
                        c->limit_s);
    else
        pvhop_error_set(&err, PVHOP_E_TIMEOUT, "%s: route '%s' was not open within %ld seconds",
                        host, c->kind->name, c->limit_s);
    pvhop_connect_decide(c, &err);
}

/* ---- LOGIN and SHELL ---- */

static void on_login_phase(void *user, enum pvhop_phase phase, const char *text)
{
    pvhop_connect_begin(user, phase, text);
}

static void take_login(struct pvhop_connect *c)
{
    c->link = pvhop_login_link(c->login);
    c->control = pvhop_login_control(c->login);
    c->state = SHELL;
}

static void on_login_in(void *user)
{
    struct pvhop_connect *c = user;

    take_login(c);
    pvhop_events_phase(c->events, c->phase, PVHOP_PROGRESS, "Logged in: %s",
                       pvhop_sshlink_description(c->link));
}

static void on_login_lost(void *user, const struct pvhop_error *err)
{
    struct pvhop_connect *c = user;

    c->running = false; /* nobody is left to tell us */
    pvhop_connect_decide(c, err);
    if (c->state == CLOSING)
        pvhop_timer_start(c->closing, 0);
}

static const struct pvhop_login_handlers login_handlers = {.phase = on_login_phase,
                                                           .in = on_login_in,
                                                           .ready = pvhop_connect_prepare,
                                                           .lost = on_login_lost};

/* ---- SESSION ---- */

static int64_t time_left_s(const struct pvhop_connect *c)
{
    int64_t left = c->ends_ms ? c->ends_ms - (int64_t)pvhop_loop_now_ms(c->loop) : -1000;

    return c->ends_ms && left < 0 ? 0 : left / 1000;
}

static void on_stats(void *user)
{
    struct pvhop_connect *c = user;
    const char *place = pvhop_connect_place(c);
    struct pvhop_pump_counts counts;
    struct pvhop_error err;

    pvhop_pump_stats(c->pump, &counts);
    pvhop_events_stats(c->events, pvhop_control_rtt_ms(c->control), counts.a_to_b, counts.b_to_a,
                       time_left_s(c));
    pvhop_connect_look_for_stall(c, counts.a_to_b);
    if ((counts.a_ended || counts.b_ended) && c->one_gone_ms == 0)
        c->one_gone_ms = pvhop_loop_now_ms(c->loop);
    /* A pvserver that does not go with its client is ended, and a client that does not look whether
     * its pvserver is still there keeps nothing alive. */
    if (c->one_gone_ms && pvhop_loop_now_ms(c->loop) - c->one_gone_ms > PVHOP_CLOSE_MS) {
        c->server_first = counts.a_first;
        pvhop_error_set(&err, PVHOP_E_PVSERVER_LOST, "it closed the connection%s%s",
                        *place ? " from " : "", place);
        pvhop_connect_decide(c, counts.a_first ? &err : NULL);
        return;
    }
    pvhop_timer_start(c->stats, STATS_MS);
}

static void on_pumped(void *user, const struct pvhop_error *err)
{
    struct pvhop_connect *c = user;
    struct pvhop_pump_counts counts;

    pvhop_pump_stats(c->pump, &counts);
    c->server_first = counts.a_first;
    /* A client or pvserver that resets instead of closing has ended as well. */
    if (err->code != PVHOP_OK)
        pvhop_events_log(c->events, "pvhop", "the session's end: %s", err->why);
    pvhop_connect_decide(c, NULL);
}

static void start_session(struct pvhop_connect *c, struct pvhop_stream *client, const void *rest,
                          size_t rest_len)
{
    struct pvhop_stream *server = c->server;
    struct pvhop_error err;

    c->server = NULL;
    c->pump = pvhop_pump_new(c->loop, server, client, 0, on_pumped, c, &err);
    if (!c->pump || pvhop_pump_prefill_to_b(c->pump, c->rest, c->rest_len) != 0 ||
        pvhop_pump_prefill_to_a(c->pump, rest, rest_len) != 0) {
        if (c->pump)
            pvhop_error_set(&err, PVHOP_E_INTERNAL, "the first bytes of the session do not fit");
        pvhop_connect_decide(c, &err);
        return;
    }
    pvhop_pump_keep_b(c->pump, c->hold);
    c->state = SESSION;
    pvhop_connect_begin(c, PVHOP_PHASE_CONNECTED, "Connected");
    end_phase(c, PVHOP_DONE, "");
    pvhop_events_connected(c->events, *c->node ? c->node : pvhop_control_host(c->control));
    pvhop_job_settled(c->job);
    pvhop_timer_start(c->stats, STATS_MS);
}

/* ---- JOIN ---- */

static void on_client_open(void *user, const struct pvhop_endpoint *where)
{
    struct pvhop_connect *c = user;
    char text[PVHOP_ENDPOINT_TEXT], url[PVHOP_ENDPOINT_TEXT + 8];

    snprintf(url, sizeof(url), "cs://%s", pvhop_endpoint_print(where, text));
    pvhop_events_ready(c->events, url, where->host, where->port);
    if (c->handlers.ready)
        c->handlers.ready(c->user, url);
}

static void on_client_joined(void *user, struct pvhop_stream *stream, const void *rest,
                             size_t rest_len)
{
    struct pvhop_connect *c = user;

    if (c->decided) {
        pvhop_stream_free(stream);
        return;
    }
    start_session(c, stream, rest, rest_len);
}

static void on_client_failed(void *user, const struct pvhop_error *err)
{
    pvhop_connect_decide(user, err);
}

static void on_client_log(void *user, const char *text)
{
    struct pvhop_connect *c = user;

    pvhop_events_log(c->events, "listener", "%s", text);
}

static const struct pvhop_client_events client_events = {.open = on_client_open,
                                                         .joined = on_client_joined,
                                                         .failed = on_client_failed,
                                                         .log = on_client_log};

void pvhop_connect_arrived(void *user, const struct pvhop_arrival *arrival)
{
    struct pvhop_connect *c = user;
    struct pvhop_error err;

    if (c->decided || c->state < SUBMIT || c->state > START) {
        pvhop_stream_free(arrival->stream);
        return;
    }
    pvhop_timer_stop(c->limit);
    if (c->kind->settled)
        c->kind->settled(c->route);
    c->server = arrival->stream;
    c->server_says = arrival->peer;
    c->rest_len = arrival->rest_len;
    c->rest = malloc(arrival->rest_len + 1);
    if (c->rest)
        memcpy(c->rest, arrival->rest, arrival->rest_len);
    c->state = JOIN;
    pvhop_connect_begin(c, PVHOP_PHASE_CHECK, "pvserver is here and checked; bringing ParaView in");
    pvhop_error_set(&err, PVHOP_E_MEMORY, "no room for pvserver's first bytes");
    if (!c->rest || pvhop_client_bring(c->client, &c->server_says, &err) != 0)
        pvhop_connect_decide(c, &err);
}

void pvhop_connect_stray(void *user, const char *peer, const struct pvhop_error *why)
{
    struct pvhop_connect *c = user;

    snprintf(c->last_stray, sizeof(c->last_stray), "%.150s was dropped: %.300s", peer, why->why);
    pvhop_events_log(c->events, "listener", "%s was dropped: %s", peer, why->why);
}

/* ---- the end ---- */

static void drop_everything(struct pvhop_connect *c)
{
    pvhop_pump_free(c->pump);
    pvhop_client_free(c->client);
    pvhop_stream_free(c->server);
    c->pump = NULL;
    c->client = NULL;
    c->server = NULL;
    pvhop_job_free(c->job);
    c->job = NULL;
    if (c->route)
        c->kind->close(c->route);
    c->route = NULL;
    pvhop_listener_free(c->listener);
    c->listener = NULL;
    pvhop_login_free(c->login);
    c->login = NULL;
    c->control = NULL;
    c->link = NULL;
}

/*
 * Step by step, as the timer or pvserver's end calls it: a pvserver whose client has gone is given
 * time to go by itself; then it is ended; then, ended or not, all is dropped and `done` called.
 */
static void close_down(void *user)
{
    struct pvhop_connect *c = user;

    if (c->state != CLOSING && c->state != HELD) {
        pvhop_timer_stop(c->stats);
        if (c->outcome.code != PVHOP_OK)
            end_phase(c, PVHOP_FAILED, c->outcome.what);
        pvhop_connect_keep_client(c);
        c->state = CLOSING;
        if (c->link && c->control)
            pvhop_connect_begin(c, PVHOP_PHASE_CLOSING, "Ending what was started");
        pvhop_pump_free(c->pump);
        c->pump = NULL;
        c->leaving = c->running && c->outcome.code == PVHOP_OK;
        if (c->leaving) {
            pvhop_timer_start(c->closing, pvhop_job_is_batch(c->job) ? LEAVE_BATCH_MS : LEAVE_MS);
            return;
        }
        if (c->running) {
            pvhop_timer_start(c->closing, PVHOP_CLOSE_MS);
            pvhop_job_end(c->job);
            return;
        }
    } else if (c->leaving && c->running) {
        c->leaving = false;
        pvhop_timer_start(c->closing, PVHOP_CLOSE_MS);
        pvhop_job_end(c->job);
        return;
    }
    drop_everything(c);
    end_phase(c, PVHOP_DONE, "");
    c->state = c->held ? HELD : OVER;
    if (c->held)
        return;
    c->handlers.done(c->user, &c->outcome);
}

void pvhop_connect_cancel(struct pvhop_connect *c, enum pvhop_code why)
{
    struct pvhop_error err;

    pvhop_error_set(&err, why, "%s",
                    why == PVHOP_E_CANCELLED ? "as asked" : "it was to be told about the session");
    pvhop_connect_decide(c, &err);
    pvhop_connect_hold(c, false);
}

/* ---- life ---- */

static int draw_connect_id(int32_t *id, struct pvhop_error *err)
{
    uint32_t bits = 0;

    /* 31 bits from the system; 0 means none to ParaView. */
    while ((bits & 0x7fffffff) == 0)
        if (getrandom(&bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
            return pvhop_error_set(err, PVHOP_E_SYSTEM, "the system gave no random number");
    *id = (int32_t)(bits & 0x7fffffff);
    return 0;
}

/* All but the login. */
static struct pvhop_connect *make(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                  struct pvhop_events *events,
                                  const struct pvhop_connect_handlers *handlers, void *user,
                                  struct pvhop_error *err)
{
    struct pvhop_connect *c = NULL;
    const char *route;

    if (pvhop_recipe_check(recipe, err) != 0)
        return NULL;
    c = calloc(1, sizeof(*c));
    if (!c || !(c->recipe = pvhop_recipe_dup(recipe)))
        goto memory;
    c->loop = loop;
    c->events = events;
    c->handlers = *handlers;
    c->user = user;
    c->limit = pvhop_timer_new(loop, on_limit, c);
    c->stats = pvhop_timer_new(loop, on_stats, c);
    c->closing = pvhop_timer_new(loop, close_down, c);
    c->hold_limit = pvhop_timer_new(loop, pvhop_connect_let_go, c);
    if (!c->limit || !c->stats || !c->closing || !c->hold_limit)
        goto memory;
    route = pvhop_recipe_get(recipe, "route");
    if (!pvhop_route_find(route, err))
        goto fail;
    c->client = pvhop_client_new(loop, recipe, &client_events, c, err);
    if (!c->client)
        goto fail;
    if (draw_connect_id(&c->connect_id, err) != 0 || pvhop_job_proof_draw(&c->proof, err) != 0)
        goto fail;
    return c;
memory:
    pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the connection");
fail:
    pvhop_connect_free(c);
    return NULL;
}

struct pvhop_connect *pvhop_connect_new(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                        struct pvhop_events *events,
                                        const struct pvhop_connect_handlers *handlers, void *user,
                                        struct pvhop_error *err)
{
    struct pvhop_connect *c = make(loop, recipe, events, handlers, user, err);

    if (c && !(c->login = pvhop_login_new(loop, recipe, events, &login_handlers, c, err))) {
        pvhop_connect_free(c);
        return NULL;
    }
    return c;
}

struct pvhop_connect *pvhop_connect_on(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                       struct pvhop_events *events, struct pvhop_login *login,
                                       const struct pvhop_connect_handlers *handlers, void *user,
                                       struct pvhop_error *err)
{
    struct pvhop_connect *c = make(loop, recipe, events, handlers, user, err);

    if (!c)
        return NULL;
    c->login = login;
    pvhop_login_hand_over(login, &login_handlers, c);
    take_login(c);
    pvhop_connect_prepare(c); /* what fails in there is told on the next turn */
    return c;
}

void pvhop_connect_free(struct pvhop_connect *c)
{
    if (!c)
        return;
    drop_everything(c);
    pvhop_timer_free(c->limit);
    pvhop_timer_free(c->stats);
    pvhop_timer_free(c->closing);
    pvhop_timer_free(c->hold_limit);
    pvhop_stream_free(c->held);
    pvhop_recipe_free(c->recipe);
    free(c->rest);
    explicit_bzero(&c->proof, sizeof(c->proof));
    free(c->hosts);
    free(c);
}
