/* SPDX-License-Identifier: BSD-3-Clause */
/* One connection of the relay: find an address that answers, then pump. */
#include "proof.h"
#include "relay_private.h"
#include <errno.h>
#include <netinet/in.h>
#include <pvhop/greet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BUFFER = 64 * 1024,
    CONNECT_MS = 10000, /* for one address */
    GREET_MS = 10000,   /* for one side's handshake */
    NO_DESCRIPTOR_MS = 100,
    FRAGILE_MS = 250, /* first pause before a fragile destination is tried again; doubled up to */
    FRAGILE_MAX_MS = 5000,
    IDLE_CHECKS = 4 /* in the idle time */
};

enum state {
    PROVING, /* the source, to us */
    STARTING,
    LOOKING_UP,
    CONNECTING,
    WAITING,
    GREETING, /* to the destination: our proof, then the handshake */
    PUMPING
};

struct relay_connection {
    struct pvhop_relay *relay;
    struct relay_connection *prev, *next;
    enum state state;
    const struct pvhop_relay_map *map;
    const struct pvhop_relay_rule *rule;
    char peer[PVHOP_ENDPOINT_TEXT];
    uint64_t since_ms;

    struct pvhop_stream *source; /* until the pump has it */
    struct pvhop_stream *far;    /* the destination: from connect() until the pump has it */
    struct pvhop_proof *proof;   /* the source's, then the destination's */
    struct pvhop_greet *greet;   /* likewise; it has the stream meanwhile */
    struct pvhop_paraview said;  /* what the source said of itself */
    char *rest;                  /* what came after that */
    size_t rest_len;
    size_t first_to, tried; /* destinations: where this one began, how many it gave up */
    size_t address;         /* of the present destination */
    struct pvhop_timer *timer;
    uint64_t pause_ms;
    char where[PVHOP_ENDPOINT_TEXT]; /* the present address */
    char trouble[768];               /* what the last one said */

    struct pvhop_pump *pump;
    uint64_t moved;
    unsigned idle_checks;
};

static const struct pvhop_endpoint *destination(const struct relay_connection *c)
{
    return &c->rule->to[(c->first_to + c->tried) % c->rule->tos];
}

static void forget_attempt(struct relay_connection *c)
{
    pvhop_timer_stop(c->timer);
    pvhop_stream_free(c->far);
    c->far = NULL;
}

/* Ends it, whatever its state. `how` (may be NULL) is what --once reports. */
static void end_connection(struct relay_connection *c, const struct pvhop_error *how)
{
    struct pvhop_relay *r = c->relay;

    pvhop_timer_free(c->timer);
    pvhop_pump_free(c->pump);
    pvhop_proof_free(c->proof);
    pvhop_greet_free(c->greet);
    free(c->rest);
    pvhop_stream_free(c->far);
    if (c->source)
        pvhop_stream_reset_on_close(pvhop_stream_fd(c->source)); /* nobody answered */
    pvhop_stream_free(c->source);
    if (c->prev)
        c->prev->next = c->next;
    else
        r->connections = c->next;
    if (c->next)
        c->next->prev = c->prev;
    free(c);
    r->counts.now--;
    relay_connection_gone(r, how);
}

static void add_pump_counts(struct relay_connection *c)
{
    struct pvhop_pump_counts n;

    pvhop_pump_stats(c->pump, &n);
    c->relay->counts.to_destination += n.a_to_b;
    c->relay->counts.to_source += n.b_to_a;
    c->relay->counts.ended++;
}

static void on_pump_done(void *user, const struct pvhop_error *err)
{
    struct relay_connection *c = user;
    double seconds = (double)(pvhop_loop_now_ms(c->relay->loop) - c->since_ms) / 1000;
    struct pvhop_pump_counts n;
    struct pvhop_error how = *err;

    pvhop_pump_stats(c->pump, &n);
    add_pump_counts(c);
    relay_log(c->relay, 1,
              "%s: ended after %.1f s, %llu bytes to the destination, %llu from it%s%s", c->peer,
              seconds, (unsigned long long)n.a_to_b, (unsigned long long)n.b_to_a,
              err->code == PVHOP_OK ? "" : "; ", err->why);
    end_connection(c, &how);
}

static void check_idle(struct relay_connection *c)
{
    struct pvhop_pump_counts n;

    pvhop_pump_stats(c->pump, &n);
    if (n.a_to_b + n.b_to_a != c->moved) {
        c->moved = n.a_to_b + n.b_to_a;
        c->idle_checks = 0;
    } else if (++c->idle_checks >= IDLE_CHECKS) {
        relay_log(c->relay, 1, "%s: ended, as nothing moved for %u s", c->peer,
                  c->relay->config->idle_s);
        add_pump_counts(c);
        end_connection(c, NULL);
        return;
    }
    pvhop_timer_start(c->timer, (uint64_t)c->relay->config->idle_s * 1000 / IDLE_CHECKS);
}

static void failed(struct relay_connection *c, const struct pvhop_error *err)
{
    relay_log(c->relay, 0, "%s: %s", c->peer, err->why);
    c->relay->counts.failed++;
    end_connection(c, err);
}

/* Both ends are there, and have proved what they were asked to. -1: it has ended. */
static int join(struct relay_connection *c)
{
    struct pvhop_relay *r = c->relay;
    struct pvhop_error err = {.code = PVHOP_OK};
    struct pvhop_stream *source = c->source, *far = c->far;
    char to[PVHOP_ENDPOINT_TEXT];

    c->source = c->far = NULL;
    c->pump = pvhop_pump_new(r->loop, source, far, BUFFER, on_pump_done, c, &err);
    if (!c->pump) {
        failed(c, &err);
        return -1;
    }
    c->state = PUMPING;
    relay_connection_made(r);
    relay_log(r, 1, "%s: connected to %s", c->peer, pvhop_endpoint_print(destination(c), to));
    if (r->config->idle_s)
        pvhop_timer_start(c->timer, (uint64_t)r->config->idle_s * 1000 / IDLE_CHECKS);
    return 0;
}

static void on_source_hung_up(void *user, unsigned events)
{
    struct relay_connection *c = user;

    (void)events;
    relay_log(c->relay, 1, "%s: went away before a destination answered", c->peer);
    c->relay->counts.failed++;
    end_connection(c, NULL);
}

/* The source, which has proved all that it is asked, waits meanwhile, and may give up. */
static void wait_as(struct relay_connection *c, enum state state)
{
    c->state = state;
    pvhop_stream_watch(c->source, PVHOP_HUP, on_source_hung_up, c);
}

/* The client has taken what the source said of itself. */
static void on_far_greeted(void *user, const struct pvhop_arrival *arrival)
{
    struct relay_connection *c = user;

    c->far = arrival->stream;
    if (join(c) != 0)
        return;
    if (pvhop_pump_prefill_to_b(c->pump, c->rest, c->rest_len) != 0 ||
        pvhop_pump_prefill_to_a(c->pump, arrival->rest, arrival->rest_len) != 0)
        end_connection(c, NULL); /* more than a session begins with */
}

static void on_far_unfit(void *user, const struct pvhop_error *why)
{
    failed(user, why);
}

static void far_is_there(struct relay_connection *c)
{
    static const struct pvhop_greet_events events = {.done = on_far_greeted,
                                                     .failed = on_far_unfit};
    struct pvhop_stream *far = c->far;
    struct pvhop_error err;

    if (!c->relay->config->check_paraview) {
        if (join(c) == 0)
            pvhop_pump_begin(c->pump); /* whoever connects to speak has spoken by now */
        return;
    }
    wait_as(c, GREETING);
    c->far = NULL;
    c->greet = pvhop_greet_new(c->relay->loop, far, PVHOP_PLAY_CONNECTOR, &c->said, GREET_MS,
                               &events, c, &err);
    if (!c->greet)
        failed(c, &err);
}

static void on_given(void *user)
{
    struct relay_connection *c = user;

    pvhop_proof_free(c->proof);
    c->proof = NULL;
    far_is_there(c);
}

static void on_not_given(void *user, const struct pvhop_error *err)
{
    failed(user, err);
}

/* The file is read for each connection: it may have come, or changed, since the last one. */
static int give_proof(struct relay_connection *c, struct pvhop_error *err)
{
    static const struct pvhop_proof_events events = {.done = on_given, .failed = on_not_given};
    struct pvhop_token token;

    if (pvhop_token_read(c->relay->config->give_proof, &token, err) != 0)
        return -1;
    if (token.plain)
        return pvhop_error_set(err, PVHOP_E_CONFIG, "'%.300s' holds no token",
                               c->relay->config->give_proof);
    wait_as(c, GREETING);
    c->proof =
        pvhop_proof_new(c->relay->loop, c->far, false, &token, PVHOP_PROOF_MS, &events, c, err);
    explicit_bzero(&token, sizeof(token));
    return c->proof ? 0 : -1;
}

static void connected(struct relay_connection *c)
{
    struct pvhop_error err;

    pvhop_timer_stop(c->timer);
    if (!c->relay->config->give_proof)
        far_is_there(c);
    else if (give_proof(c, &err) != 0)
        failed(c, &err);
}

static void note_trouble(struct relay_connection *c, int error)
{
    char to[PVHOP_ENDPOINT_TEXT];

    pvhop_endpoint_print(destination(c), to);
    if (strcmp(to, c->where) == 0)
        snprintf(c->trouble, sizeof(c->trouble), "%s: %s", to, strerror(error));
    else
        snprintf(c->trouble, sizeof(c->trouble), "%s (%s): %s", to, c->where, strerror(error));
}

/* Binds to the source address of the address' family. 0, or an errno. */
static int bind_source(const struct relay_connection *c, int fd, int family)
{
    const struct pvhop_addresses *from;

    if (!c->map->source[0])
        return 0;
    from = relay_addresses(c->relay, c->map->source);
    for (size_t i = 0; i < from->count; i++)
        if (from->at[i].ss_family == family)
            return bind(fd, (const struct sockaddr *)&from->at[i], sizeof(from->at[i])) ? errno : 0;
    return EADDRNOTAVAIL;
}

static void wait_and_retry(struct relay_connection *c, uint64_t ms)
{
    wait_as(c, WAITING);
    pvhop_timer_start(c->timer, ms);
}

static void all_failed(struct relay_connection *c)
{
    struct pvhop_error err;
    char to[PVHOP_ENDPOINT_TEXT], byte;
    bool gone;

    gone = recv(pvhop_stream_fd(c->source), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    if (c->map->fragile && !gone && !c->relay->stopping) {
        if (c->pause_ms == 0) {
            relay_log(c->relay, 0, "%s: waits, trying %s again (%s)", c->peer,
                      pvhop_endpoint_print(destination(c), to), c->trouble);
            c->pause_ms = FRAGILE_MS;
        } else if (c->pause_ms < FRAGILE_MAX_MS) {
            c->pause_ms *= 2;
        }
        wait_and_retry(c, c->pause_ms < FRAGILE_MAX_MS ? c->pause_ms : FRAGILE_MAX_MS);
        return;
    }
    pvhop_error_set(&err, PVHOP_E_CONNECT, "%s", c->trouble);
    relay_log(c->relay, 0, "%s: no destination answers: %s", c->peer, c->trouble);
    c->relay->counts.failed++;
    end_connection(c, &err);
}

static void on_connect(void *user, unsigned events);

/* Starts connecting to one address. 0: under way or done, and `c` may have ended; -1: try the next
 * one. */
static int try_address(struct relay_connection *c, struct sockaddr_storage address)
{
    struct pvhop_endpoint ep;
    int error, fd;

    /* The port stands at the same place in both families. */
    ((struct sockaddr_in *)&address)->sin_port = htons(destination(c)->port);
    pvhop_endpoint_from_sockaddr((struct sockaddr *)&address, sizeof(address), &ep);
    pvhop_endpoint_print(&ep, c->where);

    fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
        wait_and_retry(c, NO_DESCRIPTOR_MS); /* others will end; this one is not to be lost */
        return 0;
    }
    if (fd < 0) {
        note_trouble(c, errno);
        return -1;
    }
    relay_unpace(c->relay, fd, &ep);
    error = bind_source(c, fd, address.ss_family);
    if (!error && connect(fd, (struct sockaddr *)&address, sizeof(address)))
        error = errno;
    pvhop_stream_tcp_options(fd); /* while the answer is on its way */
    if (error == EINPROGRESS)     /* from the same host it has come by now */
        error = connect(fd, (struct sockaddr *)&address, sizeof(address)) ? errno : 0;
    if (error && error != EALREADY) {
        close(fd);
        note_trouble(c, error);
        return -1;
    }
    c->far = pvhop_stream_from_ready_socket(c->relay->loop, fd, c->where, NULL);
    if (!c->far) {
        note_trouble(c, ENOMEM);
        return -1;
    }
    if (!error) {
        connected(c);
        return 0;
    }
    wait_as(c, CONNECTING);
    pvhop_stream_watch(c->far, PVHOP_WRITE, on_connect, c);
    pvhop_timer_start(c->timer, CONNECT_MS);
    return 0;
}

/* Goes on with the next address, or the next destination. May end the connection. */
static void try_next(struct relay_connection *c)
{
    const struct pvhop_addresses *found;

    c->state = STARTING;
    for (; c->tried < c->rule->tos; c->tried++, c->address = 0) {
        found = relay_lookup(c->relay, destination(c)->host);
        if (!found) {
            wait_as(c, LOOKING_UP);
            return;
        }
        if (found->count == 0)
            snprintf(c->trouble, sizeof(c->trouble), "%s is not known any more",
                     destination(c)->host);
        while (c->address < found->count)
            if (try_address(c, found->at[c->address++]) == 0)
                return;
    }
    all_failed(c);
}

static void on_connect(void *user, unsigned events)
{
    struct relay_connection *c = user;
    int error = 0;
    socklen_t len = sizeof(error);

    (void)events;
    getsockopt(pvhop_stream_fd(c->far), SOL_SOCKET, SO_ERROR, &error, &len);
    if (error == 0) {
        connected(c);
        return;
    }
    note_trouble(c, error);
    forget_attempt(c);
    try_next(c);
}

static void on_timer(void *user)
{
    struct relay_connection *c = user;

    if (c->state == PUMPING) {
        check_idle(c);
        return;
    }
    if (c->state == CONNECTING) {
        note_trouble(c, ETIMEDOUT);
        forget_attempt(c);
    } else { /* WAITING: from the start */
        c->tried = c->address = 0;
    }
    try_next(c);
}

/* ---- who connects has to prove it ---- */

static void refuse(struct relay_connection *c, const char *why)
{
    relay_log(c->relay, 0, "%s: refused, %s", c->peer, why);
    c->relay->counts.refused++;
    end_connection(c, NULL);
}

static void on_source_greeted(void *user, const struct pvhop_arrival *arrival)
{
    struct relay_connection *c = user;

    c->source = arrival->stream;
    c->said = arrival->peer;
    c->rest_len = arrival->rest_len;
    c->rest = malloc(arrival->rest_len + 1);
    if (!c->rest) {
        refuse(c, "memory ran out");
        return;
    }
    memcpy(c->rest, arrival->rest, arrival->rest_len);
    pvhop_greet_free(c->greet);
    c->greet = NULL;
    try_next(c);
}

static void on_source_unfit(void *user, const struct pvhop_error *why)
{
    refuse(user, why->why);
}

/* Whoever may connect so far has to be the expected pvserver, too, if that is asked for. */
static void greet_source(struct relay_connection *c)
{
    static const struct pvhop_greet_events events = {.done = on_source_greeted,
                                                     .failed = on_source_unfit};
    const struct pvhop_paraview expect = {.connect_id = c->relay->config->connect_id,
                                          .id_size = -1};
    struct pvhop_stream *source = c->source;
    struct pvhop_error err;

    if (!c->relay->config->check_paraview) {
        try_next(c);
        return;
    }
    c->state = PROVING;
    c->source = NULL;
    c->greet = pvhop_greet_new(c->relay->loop, source, PVHOP_PLAY_LISTENER, &expect, GREET_MS,
                               &events, c, &err);
    if (!c->greet)
        failed(c, &err);
}

static void on_asked(void *user)
{
    struct relay_connection *c = user;

    pvhop_proof_free(c->proof);
    c->proof = NULL;
    greet_source(c);
}

static void on_not_proved(void *user, const struct pvhop_error *err)
{
    refuse(user, err->why);
}

/* Where there is no helper, the node itself has said by which addresses it comes. If it could not
 * say any, nobody is let in: all who know the connect id could come else. */
static bool is_named(const struct pvhop_token *token, const char *peer)
{
    struct pvhop_endpoint at;

    if (pvhop_endpoint_parse(peer, -1, &at, NULL) != 0)
        return false;
    for (size_t i = 0; i < token->froms; i++)
        if (strcmp(token->from[i].host, at.host) == 0)
            return true;
    return false;
}

static void ask_proof(struct relay_connection *c)
{
    static const struct pvhop_proof_events events = {.done = on_asked, .failed = on_not_proved};
    struct pvhop_token token;
    struct pvhop_error err;

    if (pvhop_token_read(c->relay->config->ask_proof, &token, &err) != 0) {
        refuse(c, err.why);
        return;
    }
    if (token.plain) {
        if (is_named(&token, c->peer))
            greet_source(c);
        else
            refuse(c, token.froms ? "it comes from another node"
                                  : "the node could not tell by which addresses it comes");
        return;
    }
    c->state = PROVING;
    c->proof =
        pvhop_proof_new(c->relay->loop, c->source, true, &token, PVHOP_PROOF_MS, &events, c, &err);
    explicit_bzero(&token, sizeof(token));
    if (!c->proof)
        failed(c, &err);
}

bool relay_connections_drop_unproved(struct pvhop_relay *r)
{
    struct relay_connection *oldest = NULL;

    for (struct relay_connection *c = r->connections; c; c = c->next)
        if (c->state == PROVING)
            oldest = c;
    if (oldest)
        refuse(oldest, "too many prove nothing");
    return oldest != NULL;
}

void relay_connection_new(struct pvhop_relay *r, struct relay_map *map,
                          const struct pvhop_relay_rule *rule, int fd, const char *peer)
{
    struct pvhop_error err = {.code = PVHOP_OK};
    struct relay_connection *c = calloc(1, sizeof(*c));
    size_t *turn = &map->turns[rule - map->map->rules];

    if (c)
        c->timer = pvhop_timer_new(r->loop, on_timer, c);
    if (!c || !c->timer) {
        close(fd);
        free(c);
        r->counts.failed++;
        relay_log(r, 0, "%s: memory ran out", peer);
        return;
    }
    c->relay = r;
    c->map = map->map;
    c->rule = rule;
    c->since_ms = pvhop_loop_now_ms(r->loop);
    c->first_to = (*turn)++ % rule->tos;
    snprintf(c->peer, sizeof(c->peer), "%s", peer);
    c->next = r->connections;
    if (c->next)
        c->next->prev = c;
    r->connections = c;
    if (++r->counts.now > r->counts.most)
        r->counts.most = r->counts.now;
    c->source = pvhop_stream_from_ready_socket(r->loop, fd, peer, &err);
    if (!c->source) {
        relay_log(r, 0, "%s: %s", peer, err.why);
        r->counts.failed++;
        end_connection(c, &err);
        return;
    }
    if (r->config->ask_proof)
        ask_proof(c);
    else
        greet_source(c);
}

void relay_connections_resolved(struct pvhop_relay *r)
{
    struct relay_connection *c, *next;

    for (c = r->connections; c; c = next) {
        next = c->next; /* the others stay where they are while this one goes on */
        if (c->state == LOOKING_UP)
            try_next(c);
    }
}

void relay_connections_end(struct pvhop_relay *r, bool all)
{
    struct relay_connection *c, *next;

    for (c = r->connections; c; c = next) {
        next = c->next;
        if (!all && !(c->state == WAITING && c->map->fragile))
            continue;
        if (c->pump)
            add_pump_counts(c);
        end_connection(c, NULL);
    }
}
