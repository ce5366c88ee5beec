/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The helper is put between the far shell and its input (control.sh, `c`). Until it answers,
 * nothing is sent: it is not known yet who will read it. From then on everything goes in pieces, "s
 * LENGTH" for the shell, "c LENGTH" for the carried streams; what comes from them are pieces, too,
 * among the shell's lines.
 */
#include "control_carry.h"
#include "control_private.h"
#include "helper.h"
#include "mux.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LOOK_MS 15000u
#define WAITING_MAX (256u << 10) /* carried bytes that wait to be sent */
#define PIECE_MAX 65536u         /* of what the far side sends */

struct call {
    struct pvhop_control *control;
    struct call *next; /* of those that wait for the carrier, or for the name */
    struct pvhop_endpoint to;
    char text[PVHOP_MUX_TEXT];
    char *program;
    struct pvhop_query *look;
    struct pvhop_stream *stream;
    bool listens;
    struct pvhop_sshdirect_events dial;
    struct pvhop_sshforward_events port;
    void *user;
};

struct pvhop_carry_dial {
    struct call call;
};

struct pvhop_carry_port {
    struct call call;
};

struct pvhop_carry {
    struct pvhop_control *control;
    struct pvhop_mux *mux; /* NULL: asked for, and not there yet */
    unsigned id;
    bool refused;             /* it does not come */
    struct pvhop_buffer held; /* to be sent once it is known to whom */
    struct call *waiting;
};

/* ---- the mux's wire ---- */

static void wire_send(void *user, const void *head, size_t head_len, const void *body,
                      size_t body_len)
{
    struct pvhop_control *c = user;
    struct pvhop_error err;
    char piece[32];

    if (c->state == CONTROL_DEAD)
        return;
    pvhop_control_enter(c);
    snprintf(piece, sizeof(piece), "c %zu\n", head_len + body_len);
    if (pvhop_buffer_add(&c->out, piece, strlen(piece), PVHOP_CONTROL_OUT) != 0 ||
        pvhop_buffer_add(&c->out, head, head_len, PVHOP_CONTROL_OUT) != 0 ||
        (body && pvhop_buffer_add(&c->out, body, body_len, PVHOP_CONTROL_OUT) != 0)) {
        pvhop_error_set(&err, PVHOP_E_MEMORY, "no room for what the host does not take");
        pvhop_control_fail(c, &err);
    } else {
        pvhop_control_flush(c);
    }
    pvhop_control_leave(c);
}

static size_t wire_room(void *user)
{
    const struct pvhop_control *c = user;

    return c->state != CONTROL_DEAD && c->out.len < WAITING_MAX ? WAITING_MAX - c->out.len : 0;
}

static void wire_broken(void *user, const char *why)
{
    struct pvhop_control *c = user;
    struct pvhop_error err;

    pvhop_error_set(&err, PVHOP_E_SSH_LOST, "what carries the connections on %s: %s", c->name, why);
    pvhop_control_fail(c, &err);
}

/* ---- calls ---- */

static void call_failed(struct call *call, enum pvhop_code code, const char *why)
{
    struct pvhop_error err;

    pvhop_error_set(&err, code, "%s", why);
    if (call->listens)
        call->port.refused(call->user, &err);
    else
        call->dial.failed(call->user, &err);
}

static void on_accepted(void *user, const char *text)
{
    struct call *call = user;
    struct pvhop_stream *stream = call->stream;
    struct pvhop_endpoint at;

    if (!call->listens) {
        call->stream = NULL;
        pvhop_mux_quiet(stream);
        call->dial.opened(call->user, stream);
    } else if (pvhop_endpoint_parse(text, -1, &at, NULL) == 0 && at.port != 0) {
        call->port.bound(call->user, at.port);
    } else {
        call_failed(call, PVHOP_E_FORWARD_BOUND, "the helper does not tell its port");
    }
}

static void on_refused(void *user, const char *why)
{
    struct call *call = user;

    pvhop_mux_quiet(call->stream);
    call_failed(call, call->listens ? PVHOP_E_FORWARD_REFUSED : PVHOP_E_CONNECT, why);
}

static void on_newcomer(void *user, struct pvhop_stream *stream, const char *text)
{
    struct call *call = user;

    (void)text;
    call->port.connection(call->user, stream);
}

static int make_call(struct call *call, struct pvhop_mux *mux)
{
    static const struct pvhop_mux_call_events events = {
        .accepted = on_accepted, .refused = on_refused, .newcomer = on_newcomer};

    call->stream = pvhop_mux_call(mux, call->text, &events, call);
    return call->stream ? 0 : -1;
}

static void unlink_call(struct call *call)
{
    struct pvhop_carry *carry = call->control ? call->control->carry : NULL;

    for (struct call **at = carry ? &carry->waiting : NULL; at && *at; at = &(*at)->next)
        if (*at == call) {
            *at = call->next;
            return;
        }
}

/* Sends for the helper, and keeps back what comes after that. */
static struct pvhop_carry *send_for(struct pvhop_control *c, const char *program)
{
    struct pvhop_carry *carry = calloc(1, sizeof(*carry));
    struct pvhop_text t = {0};

    pvhop_text_addf(&t, "exec ");
    pvhop_text_add_word(&t, program);
    pvhop_text_addf(&t, " --carry \"$MARK\"");
    if (!carry || t.failed) {
        pvhop_text_free(&t);
        free(carry);
        return NULL;
    }
    carry->control = c;
    carry->id = ++c->next_id;
    pvhop_control_enter(c);
    pvhop_control_send(c, 'c', carry->id, t.s);
    c->carry = carry;
    pvhop_control_leave(c);
    pvhop_text_free(&t);
    return carry;
}

/* Its text is there: it is made, or waits for the helper. */
static int start_call(struct call *call)
{
    struct pvhop_control *c = call->control;

    if (c->state != CONTROL_READY || (c->carry && c->carry->refused) ||
        (!c->carry && !send_for(c, call->program)))
        return -1;
    if (c->carry->mux)
        return make_call(call, c->carry->mux);
    call->next = c->carry->waiting;
    c->carry->waiting = call;
    return 0;
}

static void set_text(struct call *call, const char *host)
{
    snprintf(call->text, sizeof(call->text), "%s %.300s:%u", call->listens ? "at" : "to", host,
             call->to.port);
}

static void on_looked(void *user, int status, const char *output, size_t len)
{
    struct call *call = user;

    call->look = NULL;
    if (status != 0 || len == 0) {
        call_failed(call, PVHOP_E_CONNECT, "the host did not look the name up in time");
        return;
    }
    set_text(call, output);
    if (start_call(call) != 0)
        call_failed(call, PVHOP_E_SSH_LOST, "the control channel is gone");
}

static int prepare(struct call *call, struct pvhop_control *c, const char *program,
                   const struct pvhop_endpoint *to, void *user)
{
    char text[PVHOP_ENDPOINT_TEXT];
    struct pvhop_text t = {0};

    call->control = c;
    call->to = *to;
    call->user = user;
    call->program = strdup(program);
    if (!call->program)
        return -1;
    if (pvhop_endpoint_family(to) != AF_UNSPEC) {
        snprintf(call->text, sizeof(call->text), "%s %s", call->listens ? "at" : "to",
                 pvhop_endpoint_print(to, text));
        return start_call(call);
    }
    pvhop_helper_add_resolve(&t, to); /* the helper looks up no names */
    pvhop_text_addf(&t, "printf '%%s\\n' \"$to\"\n");
    call->look = t.failed ? NULL : pvhop_control_query(c, t.s, LOOK_MS, on_looked, call);
    pvhop_text_free(&t);
    return call->look ? 0 : -1;
}

static void drop(struct call *call)
{
    unlink_call(call);
    pvhop_query_free(call->look);
    pvhop_stream_free(call->stream);
    free(call->program);
}

struct pvhop_carry_dial *pvhop_control_dial(struct pvhop_control *c, const char *program,
                                            const struct pvhop_endpoint *to,
                                            const struct pvhop_sshdirect_events *events, void *user,
                                            struct pvhop_error *err)
{
    struct pvhop_carry_dial *d = calloc(1, sizeof(*d));

    if (d) {
        d->call.dial = *events;
        if (prepare(&d->call, c, program, to, user) == 0)
            return d;
    }
    pvhop_error_set(err, PVHOP_E_SSH_LOST, "the control channel carries no more connections");
    pvhop_carry_dial_free(d);
    return NULL;
}

void pvhop_carry_dial_free(struct pvhop_carry_dial *d)
{
    if (d)
        drop(&d->call);
    free(d);
}

struct pvhop_carry_port *pvhop_control_listen(struct pvhop_control *c, const char *program,
                                              const struct pvhop_endpoint *where,
                                              const struct pvhop_sshforward_events *events,
                                              void *user, struct pvhop_error *err)
{
    struct pvhop_carry_port *p = calloc(1, sizeof(*p));

    if (p) {
        p->call.listens = true;
        p->call.port = *events;
        if (prepare(&p->call, c, program, where, user) == 0)
            return p;
    }
    pvhop_error_set(err, PVHOP_E_SSH_LOST, "the control channel carries no more connections");
    pvhop_carry_port_free(p);
    return NULL;
}

void pvhop_carry_port_free(struct pvhop_carry_port *p)
{
    if (p)
        drop(&p->call);
    free(p);
}

/* ---- for the channel ---- */

struct pvhop_buffer *pvhop_carry_held(struct pvhop_control *c)
{
    return c->carry && !c->carry->mux && !c->carry->refused ? &c->carry->held : NULL;
}

bool pvhop_carry_is_on(const struct pvhop_control *c)
{
    return c->carry && c->carry->mux;
}

/* What was kept back goes out, to whom it is for. */
static int release(struct pvhop_control *c)
{
    struct pvhop_buffer *held = &c->carry->held;
    char piece[32];

    snprintf(piece, sizeof(piece), "s %zu\n", held->len);
    if (held->len == 0)
        return 0;
    if (c->carry->mux && pvhop_buffer_add(&c->out, piece, strlen(piece), PVHOP_CONTROL_OUT) != 0)
        return -1;
    return pvhop_buffer_add(&c->out, held->bytes, held->len, PVHOP_CONTROL_OUT);
}

static void begin(struct pvhop_control *c)
{
    static const struct pvhop_mux_wire wire = {
        .send = wire_send, .room = wire_room, .broken = wire_broken};
    struct pvhop_error err;
    struct call *call;

    c->carry->mux = pvhop_mux_new(c->loop, true, &wire, c, &err);
    if (!c->carry->mux || release(c) != 0) {
        pvhop_error_set(&err, PVHOP_E_MEMORY, "no room to carry connections");
        pvhop_control_fail(c, &err);
        return;
    }
    free(c->carry->held.bytes);
    c->carry->held = (struct pvhop_buffer){.bytes = NULL};
    pvhop_control_flush(c);
    while (c->state != CONTROL_DEAD && (call = c->carry->waiting)) {
        c->carry->waiting = call->next;
        if (make_call(call, c->carry->mux) != 0)
            call_failed(call, PVHOP_E_MEMORY, "no room for the connection");
    }
}

void pvhop_carry_line(struct pvhop_control *c, unsigned count)
{
    if (!c->carry)
        return;
    if (!c->carry->mux)
        begin(c);
    else if (count <= PIECE_MAX)
        c->carried = count;
    else
        wire_broken(c, "a piece is too long");
}

bool pvhop_carry_refused(struct pvhop_control *c, unsigned id)
{
    struct pvhop_carry *carry = c->carry;
    struct call *call;

    if (!carry || carry->mux || carry->id != id)
        return false;
    if (release(c) != 0) {
        struct pvhop_error err;

        pvhop_error_set(&err, PVHOP_E_MEMORY, "no room for what is to be sent");
        pvhop_control_fail(c, &err);
        return true;
    }
    carry->refused = true;
    pvhop_control_flush(c);
    while ((call = carry->waiting)) {
        carry->waiting = call->next;
        call_failed(call, PVHOP_E_HELPER,
                    "the host has no room for a named pipe, which it needs there");
    }
    c->carry = NULL; /* whoever asks later may have more luck */
    pvhop_carry_free(carry);
    return true;
}

void pvhop_carry_take(struct pvhop_control *c, const char *bytes, size_t len)
{
    pvhop_mux_feed(c->carry->mux, bytes, len);
}

void pvhop_carry_room(struct pvhop_control *c)
{
    if (pvhop_carry_is_on(c) && wire_room(c))
        pvhop_mux_room(c->carry->mux);
}

void pvhop_carry_lost(struct pvhop_control *c)
{
    if (!c->carry)
        return;
    if (c->carry->mux)
        pvhop_mux_lost(c->carry->mux);
    while (!c->doomed && c->carry->waiting) {
        struct call *call = c->carry->waiting;

        c->carry->waiting = call->next;
        call_failed(call, PVHOP_E_SSH_LOST, "the control channel is gone");
    }
}

void pvhop_carry_free(struct pvhop_carry *carry)
{
    if (!carry)
        return;
    pvhop_mux_free(carry->mux);
    free(carry->held.bytes);
    free(carry);
}
