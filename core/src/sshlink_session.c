/* SPDX-License-Identifier: BSD-3-Clause */
/* A session on the loop: its socket, its turns, its end. */
#include "sshlink_private.h"
#include <errno.h>
#include <fcntl.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLLS_A_TURN = 64 /* of 4 KiB each: then the readers get their turn */ };

static const struct pvhop_readahead *ahead;

void pvhop_sshlink_set_readahead(const struct pvhop_readahead *functions)
{
    ahead = functions;
}

void pvhop_ssh_task_add(struct ssh_task *t, struct ssh_hop *hop)
{
    t->hop = hop;
    t->next = hop->tasks;
    t->prev = &hop->tasks;
    if (t->next)
        t->next->prev = &t->next;
    hop->tasks = t;
    pvhop_ssh_hop_again(hop);
}

void pvhop_ssh_task_remove(struct ssh_task *t)
{
    if (!t->hop)
        return;
    *t->prev = t->next;
    if (t->next)
        t->next->prev = t->prev;
    t->hop = NULL;
}

void pvhop_ssh_hop_again(struct ssh_hop *hop)
{
    hop->ready = true;
    pvhop_loop_again(hop->loop);
}

void pvhop_ssh_hop_lose(struct ssh_hop *hop, const char *why)
{
    if (hop->lost)
        return;
    hop->lost = true;
    snprintf(hop->why, sizeof hop->why, "%s", why && *why ? why : "the host closed the connection");
    pvhop_watch_free(hop->watch); /* it would report the hang-up for ever */
    hop->watch = NULL;
    pvhop_ssh_hop_again(hop);
}

void pvhop_ssh_hop_error(const struct ssh_hop *hop, struct pvhop_error *err)
{
    pvhop_error_set(err, PVHOP_E_SSH_LOST, "%s: %s", hop->host, hop->why);
}

/* The system's own word on a broken connection says more than libssh's. */
static void lose(struct ssh_hop *hop)
{
    int failure = 0;
    socklen_t len = sizeof failure;
    bool known = getsockopt(hop->fd, SOL_SOCKET, SO_ERROR, &failure, &len) == 0 && failure;
    pvhop_ssh_hop_lose(hop, known ? strerror(failure) : ssh_get_error(hop->session));
}

bool pvhop_ssh_hop_is_broken(struct ssh_hop *hop)
{
    if (!hop->lost && (!ssh_is_connected(hop->session) ||
                       (ssh_get_status(hop->session) & (SSH_CLOSED | SSH_CLOSED_ERROR))))
        lose(hop);
    return hop->lost;
}

/* Lets libssh read, decrypt and write as long as there is something, within bounds. */
static void turn(struct ssh_hop *hop)
{
    int rc = SSH_OK, polls = 0;
    while (rc == SSH_OK && polls++ < POLLS_A_TURN && !hop->lost) {
        rc = ssh_event_dopoll(hop->event, 0);
        pvhop_ssh_forward_step(hop);
    }
    if (rc == SSH_OK && !hop->lost)
        pvhop_ssh_hop_again(hop);
    if (!pvhop_ssh_hop_is_broken(hop) && rc == SSH_ERROR)
        lose(hop);
    for (struct pvhop_ssh_channel *c = hop->channels; c; c = c->next)
        c->stuck = false;
}

/*
 * Says everything that is to be said, each thing once; any of it may free the
 * hop. Hooks run just before the loop sleeps: whatever is said must keep it awake.
 */
static void speak(struct ssh_hop *hop)
{
    unsigned pass = ++hop->pass;
again:
    for (struct ssh_task *t = hop->tasks; t; t = t->next) {
        if (t->pass == pass)
            continue;
        t->pass = pass;
        if (t->step(t)) {
            pvhop_loop_again(hop->loop);
            t->say(t);
            if (hop->gone)
                return;
            goto again;
        }
    }
    while (pvhop_ssh_forward_say(hop))
        if (hop->gone)
            return;
channels:
    for (struct pvhop_ssh_channel *c = hop->channels; c; c = c->next) {
        unsigned events;
        if (c->pass == pass)
            continue;
        c->pass = pass;
        if (!hop->lost)
            pvhop_ssh_channel_tend(c);
        if (pvhop_ssh_channel_due(c, &events)) {
            pvhop_ssh_hop_again(hop); /* level-triggered: it may be due again */
            c->stream.fn(c->stream.fn_user, events);
            if (hop->gone)
                return;
            goto channels;
        }
    }
}

/*
 * sshd has Nagle on in sessions without a pty: the end of what it says stays there until the
 * rest is acknowledged, and a kernel delays that by 40 ms unless there is something to send with
 * it. On our own connection TCP_QUICKACK helps. Behind another hop the connection is the
 * other sshd's; but whatever we send through it carries the acknowledgement. So if
 * something came and nothing went since, an empty message goes before the loop sleeps.
 */
static void hurry_acknowledgement(struct ssh_hop *hop)
{
    const int one = 1;
    if (hop->tcp) {
        (void)setsockopt(hop->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
        return;
    }
    if (hop->ready || (ssh_get_poll_flags(hop->session) & SSH_WRITE_PENDING))
        return; /* it does not sleep yet; what waits to go will do */
    if (hop->counter.in_packets != hop->nudged_in && hop->counter.out_packets == hop->nudged_out) {
        (void)ssh_send_ignore(hop->session, "");
        pvhop_ssh_hop_again(hop); /* libssh may have read something, too */
    }
    hop->nudged_in = hop->counter.in_packets;
    hop->nudged_out = hop->counter.out_packets;
}

/* Once. May free all. */
static void say_lost(struct ssh_hop *hop)
{
    if (!hop->lost || hop->told || hop->gone)
        return;
    hop->told = true;
    pvhop_loop_again(hop->loop);
    pvhop_sshlink_hop_lost(hop->link, hop);
}

static void service(void *user)
{
    struct ssh_hop *hop = user;
    if (!hop->ready)
        return;
    hop->ready = false;
    hop->busy = true;
    if (!hop->lost)
        turn(hop);
    say_lost(hop); /* before its streams and requests end: the link knows why they do */
    if (!hop->gone)
        speak(hop);
    say_lost(hop);
    hop->busy = false;
    if (hop->gone) {
        free(hop);
        return;
    }
    if (hop->lost)
        return;
    if (!hop->ready)
        for (struct pvhop_ssh_channel *c = hop->channels; c; c = c->next)
            pvhop_ssh_channel_rest(c);
    if (ahead && ahead->pending(ssh_get_fd(hop->session)))
        pvhop_ssh_hop_again(hop);
    pvhop_watch_set(hop->watch,
                    PVHOP_READ |
                        (ssh_get_poll_flags(hop->session) & SSH_WRITE_PENDING ? PVHOP_WRITE : 0u));
    hurry_acknowledgement(hop);
}

static void on_socket(void *user, unsigned events)
{
    (void)events;
    struct ssh_hop *hop = user;
    hop->ready = true; /* the hook of this turn does the rest */
}

struct ssh_hop *pvhop_ssh_hop_new(struct pvhop_sshlink *link, struct pvhop_loop *loop,
                                  struct ssh_work *w, struct pvhop_error *err)
{
    struct ssh_hop *hop = calloc(1, sizeof *hop);
    if (!hop) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the session with %s", w->settings->hostname);
        return NULL;
    }
    hop->link = link;
    hop->loop = loop;
    hop->host = strdup(w->settings->hostname);
    hop->session = w->session;
    hop->fd = w->fd;
    hop->tcp = w->tcp;
    hop->proxy = w->proxy;
    w->session = NULL;
    w->fd = -1;
    w->proxy = 0;
    int flags = fcntl(hop->fd, F_GETFL);
    hop->event = ssh_event_new();
    hop->watch = pvhop_watch_new(loop, hop->fd, on_socket, hop, err);
    hop->hook = pvhop_hook_new(loop, service, hop);
    if (!hop->host || !hop->event || !hop->watch || !hop->hook || flags < 0 ||
        fcntl(hop->fd, F_SETFL, flags | O_NONBLOCK) || /* libssh has made it blocking */
        ssh_event_add_session(hop->event, hop->session) != SSH_OK) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the session with %s", w->settings->hostname);
        pvhop_ssh_hop_free(hop);
        return NULL;
    }
    ssh_set_blocking(hop->session, 0);
    ssh_set_message_callback(hop->session, pvhop_ssh_forward_message, hop);
    ssh_set_counters(hop->session, NULL, &hop->counter);
    if (ahead)
        ahead->begin(ssh_get_fd(hop->session));
    pvhop_ssh_hop_again(hop);
    return hop;
}

void pvhop_ssh_hop_free(struct ssh_hop *hop)
{
    if (!hop)
        return;
    hop->gone = true;
    while (hop->tasks) {
        struct ssh_task *t = hop->tasks;
        pvhop_ssh_task_remove(t);
        t->lost(t);
    }
    pvhop_ssh_forward_lost(hop);
    while (hop->channels)
        pvhop_ssh_channel_orphan(hop->channels);
    pvhop_hook_free(hop->hook);
    pvhop_watch_free(hop->watch);
    if (hop->event && hop->session)
        (void)ssh_event_remove_session(hop->event, hop->session);
    ssh_free(
        hop->session); /* closes its descriptor; what was written to the socket still goes out */
    ssh_event_free(hop->event);
    pvhop_pump_free(hop->pump);
    if (hop->fd >= 0)
        close(hop->fd);
    if (hop->proxy > 0) {
        kill(-hop->proxy, SIGKILL);
        while (waitpid(hop->proxy, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    free(hop->host);
    if (!hop->busy)
        free(hop);
}
