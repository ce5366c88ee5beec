/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * -R: global requests (RFC 4254, 4 and 7.1), strictly one at a time, and the
 * channels that the server opens for them. Everything else that a server opens is refused.
 */
#include "sshlink_private.h"
#include <libssh/server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { INCOMING_MAX = 1024, TRIES_MAX = 5 };

struct pvhop_sshforward {
    struct ssh_hop *hop; /* NULL: gone */
    struct pvhop_sshforward *next;
    struct pvhop_endpoint where;
    uint16_t port; /* bound; 0: not (yet) */
    unsigned tries;
    bool gone;   /* freed by its owner while its request is out */
    bool answer; /* something is to be said */
    struct pvhop_error refused;
    struct pvhop_sshforward_events events;
    void *user;
};

static int enqueue(struct ssh_hop *hop, struct pvhop_sshforward *f, const char *address,
                   uint16_t port)
{
    struct ssh_request *r = calloc(1, sizeof *r);
    char *copy = strdup(address);
    if (!r || !copy) {
        free(r);
        free(copy);
        return -1;
    }
    *r = (struct ssh_request){.forward = f, .address = copy, .port = port};
    struct ssh_request **end = &hop->requests;
    while (*end)
        end = &(*end)->next;
    *end = r;
    pvhop_ssh_hop_again(hop);
    return 0;
}

static void request_free(struct ssh_request *r)
{
    if (r)
        free(r->address);
    free(r);
}

static void unlink_forward(struct pvhop_sshforward *f)
{
    for (struct pvhop_sshforward **at = &f->hop->forwards; *at; at = &(*at)->next)
        if (*at == f) {
            *at = f->next;
            break;
        }
    f->hop = NULL;
}

/* ssh's own spelling of "all addresses" is the empty string (RFC 4254, 7.1). */
static const char *wire_address(const struct pvhop_endpoint *where)
{
    return where->host;
}

static uint16_t random_port(void)
{
    uint16_t r = 0;
    if (getrandom(&r, sizeof r, 0) != (ssize_t)sizeof r)
        r = 0;                            /* any port will do */
    return (uint16_t)(20000 + r % 12000); /* below the range that Linux gives to clients */
}

/* The reply to a listen request has come: rc is libssh's, port its idea of the port. */
static void listened(struct ssh_hop *hop, struct ssh_request *r, int rc, int port, bool sure)
{
    struct pvhop_sshforward *f = r->forward;
    const bool broken = rc != SSH_OK && pvhop_ssh_hop_is_broken(hop);
    char text[PVHOP_ENDPOINT_TEXT];
    /*
     * libssh also fails where the request was granted and it then reads no port in
     * its last packet, which was another one (channels.c, ssh_channel_listen_forward).
     */
    if (rc == SSH_ERROR && !r->port && !broken &&
        ssh_get_error_code(hop->session) != SSH_REQUEST_DENIED) {
        rc = SSH_OK;
        sure = false;
    }
    if (rc == SSH_OK && r->port)
        port = r->port;
    if (rc == SSH_OK && !r->port && (!sure || port <= 0 || port > 65535)) {
        /* other packets came with the reply, and libssh has lost its port: choose one ourselves */
        if (f->tries++ < TRIES_MAX && !f->gone && !enqueue(hop, f, r->address, random_port()))
            return;
        port = 0;
    }
    if (f->gone) {
        if (rc == SSH_OK && port)
            (void)enqueue(hop, NULL, r->address, (uint16_t)port);
        unlink_forward(f);
        free(f);
        return;
    }
    if (rc != SSH_OK && !broken && f->tries && f->tries++ < TRIES_MAX && f->where.port == 0 &&
        !enqueue(hop, f, r->address, random_port()))
        return; /* that one was taken */
    f->answer = true;
    if (rc == SSH_OK && port)
        f->port = (uint16_t)port;
    else if (broken)
        pvhop_ssh_hop_error(hop, &f->refused);
    else
        pvhop_error_set(&f->refused, PVHOP_E_FORWARD_REFUSED, "%s refused to listen on %s (%s)",
                        hop->host, pvhop_endpoint_print(&f->where, text),
                        ssh_get_error(hop->session));
}

void pvhop_ssh_forward_step(struct ssh_hop *hop)
{
    while (!hop->lost) {
        if (!hop->active) {
            hop->active = hop->requests;
            if (!hop->active)
                return;
            hop->requests = hop->active->next;
            hop->packets = hop->counter.in_packets;
        }
        struct ssh_request *r = hop->active;
        int port = 0, rc;
        if (r->forward)
            rc = ssh_channel_listen_forward(hop->session, r->address, r->port, &port);
        else
            rc = ssh_channel_cancel_forward(hop->session, r->address, r->port);
        if (rc == SSH_AGAIN) {
            hop->packets = hop->counter.in_packets;
            return;
        }
        hop->active = NULL;
        /*
         * libssh reads the port from its last packet. That was the reply if it is
         * the only one since the reply was still missing, and no next one has begun.
         */
        bool sure = hop->counter.in_packets - hop->packets == 1 &&
                    !(ssh_get_status(hop->session) & SSH_READ_PENDING);
        if (r->forward)
            listened(hop, r, rc, port, sure);
        request_free(r);
        hop->ready = true;
    }
}

/* In a libssh callback: 1 = let libssh refuse it, 0 = done. */
int pvhop_ssh_forward_message(ssh_session session, ssh_message message, void *user)
{
    (void)session;
    struct ssh_hop *hop = user;
    if (ssh_message_type(message) != SSH_REQUEST_CHANNEL_OPEN ||
        ssh_message_subtype(message) != SSH_CHANNEL_FORWARDED_TCPIP ||
        hop->n_incoming >= INCOMING_MAX)
        return 1;
    const char *address = ssh_message_channel_request_open_destination(message);
    const char *from = ssh_message_channel_request_open_originator(message);
    int port = ssh_message_channel_request_open_destination_port(message);
    int from_port = ssh_message_channel_request_open_originator_port(message);
    struct pvhop_sshforward *f = NULL;
    for (struct pvhop_sshforward *x = hop->forwards; x; x = x->next)
        if (x->port && x->port == port && !x->gone &&
            (!f || (address && !strcmp(x->where.host, address))))
            f = x;
    if (!f)
        return 1;
    struct ssh_incoming *in = calloc(1, sizeof *in);
    ssh_channel channel = in ? ssh_message_channel_request_open_reply_accept(message) : NULL;
    struct pvhop_ssh_channel *c = channel ? pvhop_ssh_channel_new(hop, channel) : NULL;
    if (!c) {
        if (channel)
            ssh_channel_free(channel);
        free(in);
        return channel ? 0 : 1;
    }
    c->opened = true;
    c->raise = false; /* who it is must be known before it may send more than libssh's own window */
    snprintf(c->stream.peer, sizeof c->stream.peer, "%.100s port %d from %.100s:%d", hop->host,
             port, from ? from : "?", from_port);
    pvhop_make_printable(c->stream.peer);
    *in = (struct ssh_incoming){.channel = c, .forward = f};
    struct ssh_incoming **end = &hop->incoming;
    while (*end)
        end = &(*end)->next;
    *end = in;
    hop->n_incoming++;
    return 0;
}

bool pvhop_ssh_forward_say(struct ssh_hop *hop)
{
    for (struct pvhop_sshforward *f = hop->forwards; f; f = f->next) {
        if (hop->lost && !f->answer && !f->port && !f->gone) {
            f->answer = true;
            pvhop_ssh_hop_error(hop, &f->refused);
        }
        if (!f->answer || f->gone)
            continue;
        f->answer = false;
        pvhop_loop_again(hop->loop);
        if (f->port && !f->refused.code) {
            if (f->events.bound)
                f->events.bound(f->user, f->port);
        } else {
            f->port = 0;
            struct pvhop_error err = f->refused;
            unlink_forward(f);
            if (f->events.refused)
                f->events.refused(f->user, &err);
        }
        return true;
    }
    struct ssh_incoming *in = hop->incoming;
    if (!in)
        return false;
    hop->incoming = in->next;
    hop->n_incoming--;
    pvhop_loop_again(hop->loop);
    if (in->forward && in->forward->events.connection)
        in->forward->events.connection(in->forward->user, &in->channel->stream);
    else
        pvhop_stream_free(&in->channel->stream);
    free(in);
    return true;
}

static void drop_incoming(struct ssh_hop *hop, const struct pvhop_sshforward *of)
{
    for (struct ssh_incoming **at = &hop->incoming; *at;) {
        struct ssh_incoming *in = *at;
        if (of && in->forward != of) {
            at = &in->next;
            continue;
        }
        *at = in->next;
        hop->n_incoming--;
        pvhop_stream_free(&in->channel->stream);
        free(in);
    }
}

void pvhop_ssh_forward_lost(struct ssh_hop *hop)
{
    drop_incoming(hop, NULL);
    request_free(hop->active);
    hop->active = NULL;
    while (hop->requests) {
        struct ssh_request *r = hop->requests;
        hop->requests = r->next;
        request_free(r);
    }
    while (hop->forwards) {
        struct pvhop_sshforward *f = hop->forwards;
        unlink_forward(f);
        if (f->gone)
            free(f);
    }
}

struct pvhop_sshforward *pvhop_sshlink_forward(struct pvhop_sshlink *l,
                                               const struct pvhop_endpoint *where,
                                               const struct pvhop_sshforward_events *events,
                                               void *user, struct pvhop_error *err)
{
    struct ssh_hop *hop = pvhop_sshlink_last_hop(l, err);
    if (!hop)
        return NULL;
    struct pvhop_sshforward *f = calloc(1, sizeof *f);
    if (!f || enqueue(hop, f, wire_address(where), where->port)) {
        free(f);
        pvhop_error_set(err, PVHOP_E_MEMORY, "for a forward");
        return NULL;
    }
    f->hop = hop;
    f->where = *where;
    f->events = *events;
    f->user = user;
    f->next = hop->forwards;
    hop->forwards = f;
    return f;
}

void pvhop_sshforward_free(struct pvhop_sshforward *f)
{
    if (!f)
        return;
    struct ssh_hop *hop = f->hop;
    if (!hop) {
        free(f);
        return;
    }
    drop_incoming(hop, f);
    if (!f->port) { /* its request is out or waits: the answer frees it */
        for (struct ssh_request **at = &hop->requests; *at; at = &(*at)->next)
            if ((*at)->forward == f) {
                struct ssh_request *r = *at;
                *at = r->next;
                request_free(r);
                unlink_forward(f);
                free(f);
                return;
            }
        f->gone = true;
        return;
    }
    if (!hop->lost)
        (void)enqueue(hop, NULL, wire_address(&f->where), f->port);
    unlink_forward(f);
    free(f);
}
