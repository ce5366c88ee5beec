/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The listener with newcomers in memory. The input is a script of two-byte
 * steps: what is done, to which newcomer or how much of it; bytes that a
 * newcomer says follow the step. Whatever is said, one arrives at most, nothing
 * leaks, and no one is let in without the connect id.
 */
#include <errno.h>
#include <pvhop/listener.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NEWCOMERS = 8, SAID_MAX = 512 };

struct memory_stream {
    struct pvhop_stream base;
    struct memory_stream **place; /* in `newcomers`, emptied when the stream is freed */
    uint8_t said[SAID_MAX];       /* by the newcomer, not read yet */
    size_t said_len;
    size_t room; /* for answers, until the newcomer reads on */
    int broken;  /* a negative errno that reads and writes give */
    int ended;
};

static struct memory_stream *newcomers[NEWCOMERS];
static struct pvhop_listener *listener;
static struct pvhop_stream *arrived;
static int arrivals, free_when_arrived;

static void check(int holds)
{
    if (!holds)
        abort();
}

static ssize_t memory_read(struct pvhop_stream *s, void *buf, size_t len)
{
    struct memory_stream *m = (struct memory_stream *)s;

    if (m->broken)
        return m->broken;
    if (m->said_len == 0)
        return m->ended ? 0 : -EAGAIN;
    if (len > m->said_len)
        len = m->said_len;
    memcpy(buf, m->said, len);
    m->said_len -= len;
    memmove(m->said, m->said + len, m->said_len);
    return (ssize_t)len;
}

static ssize_t memory_write(struct pvhop_stream *s, const void *buf, size_t len)
{
    struct memory_stream *m = (struct memory_stream *)s;

    (void)buf;
    if (m->broken)
        return m->broken;
    if (m->room == 0)
        return -EAGAIN;
    if (len > m->room)
        len = m->room;
    m->room -= len;
    return (ssize_t)len;
}

static int memory_shutdown(struct pvhop_stream *s)
{
    (void)s;
    return 0;
}

static void memory_interest(struct pvhop_stream *s)
{
    (void)s; /* level-triggered: settle() looks again and again */
}

static void memory_destroy(struct pvhop_stream *s)
{
    *((struct memory_stream *)s)->place = NULL;
    free(s);
}

static const struct pvhop_stream_ops memory_ops = {.read = memory_read,
                                                   .write = memory_write,
                                                   .shutdown = memory_shutdown,
                                                   .interest = memory_interest,
                                                   .destroy = memory_destroy};

static unsigned possible(const struct memory_stream *m)
{
    return (m->said_len || m->ended || m->broken ? PVHOP_READ : 0u) |
           (m->room || m->broken ? PVHOP_WRITE : 0u);
}

/* Calls back as a loop would, until nothing more can happen. */
static void settle(void)
{
    int quiet = 0;

    for (int turn = 0; !quiet; turn++) {
        check(turn < 10000); /* it spins */
        quiet = 1;
        for (int i = 0; i < NEWCOMERS; i++) {
            struct memory_stream *m = newcomers[i];
            unsigned events = m ? (possible(m) & m->base.events) | (m->broken ? PVHOP_HUP : 0u) : 0;

            if (!m || !m->base.fn || !(events & (m->base.events | PVHOP_HUP)))
                continue;
            quiet = 0;
            m->base.fn(m->base.fn_user, events);
        }
    }
}

static void on_arrived(void *user, const struct pvhop_arrival *arrival)
{
    (void)user;
    check(++arrivals == 1);
    check(arrival->peer.connect_id == 4242);
    check(arrival->rest_len <= SAID_MAX);
    arrived = arrival->stream;
    check(arrived->events == 0);
    if (free_when_arrived) {
        pvhop_listener_free(listener);
        listener = NULL;
    }
}

static void on_stray(void *user, const char *peer, const struct pvhop_error *why)
{
    (void)user;
    check(!strcmp(peer, "memory") && why->code != PVHOP_OK && why->why[0]);
}

static void offer(struct pvhop_loop *loop, size_t room)
{
    for (int i = 0; i < NEWCOMERS; i++) {
        if (newcomers[i])
            continue;
        newcomers[i] = calloc(1, sizeof(*newcomers[i]));
        newcomers[i]->base =
            (struct pvhop_stream){.ops = &memory_ops, .loop = loop, .fd = -1, .peer = "memory"};
        newcomers[i]->place = &newcomers[i];
        newcomers[i]->room = room;
        pvhop_listener_offer(listener, &newcomers[i]->base);
        return;
    }
}

/* One step; returns how many bytes of the script it used. */
static size_t step(struct pvhop_loop *loop, const uint8_t *script, size_t len)
{
    struct memory_stream *m = newcomers[script[0] >> 3 & 7];
    size_t n = script[1];

    switch (script[0] & 7) {
    case 0:
        offer(loop, n);
        return 2;
    case 1: /* says something */
        if (n > len - 2)
            n = len - 2;
        if (m && n <= SAID_MAX - m->said_len && !m->ended) {
            memcpy(m->said + m->said_len, script + 2, n);
            m->said_len += n;
        }
        settle();
        return 2 + n;
    case 2: /* says something, but the listener looks later */
        if (n > len - 2)
            n = len - 2;
        if (m && n <= SAID_MAX - m->said_len && !m->ended) {
            memcpy(m->said + m->said_len, script + 2, n);
            m->said_len += n;
        }
        return 2 + n;
    case 3:
        if (m)
            m->ended = 1;
        break;
    case 4:
        if (m)
            m->broken = n & 1 ? -ECONNRESET : -EPIPE;
        break;
    case 5:
        if (m)
            m->room += n;
        break;
    default:
        break;
    }
    settle();
    return 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pvhop_listener_events events = {on_arrived, on_stray};
    struct pvhop_listener_config config = {.proof_ms = 1000000};
    struct pvhop_loop *loop;

    if (size < 1)
        return 0;
    config.max_unproven = 1 + (data[0] & 7);
    free_when_arrived = data[0] >> 3 & 1;
    config.expect = (struct pvhop_paraview){.connect_id = 4242, .id_size = -1};
    arrivals = 0;
    arrived = NULL;
    loop = pvhop_loop_new(NULL);
    check(loop != NULL);
    listener = pvhop_listener_new(loop, &config, &events, NULL, NULL);
    check(listener != NULL);
    for (size_t at = 1; at + 2 <= size && listener;)
        at += step(loop, data + at, size - at);
    pvhop_listener_free(listener);
    listener = NULL;
    pvhop_stream_free(arrived);
    for (int i = 0; i < NEWCOMERS; i++)
        check(newcomers[i] == NULL);
    pvhop_loop_free(loop);
    return 0;
}
