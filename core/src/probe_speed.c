/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Round trip and throughput of the ssh connection, by a second session: its far end first gives
 * back what it gets, then sends zeros. Whether there may be a second session at all is sshd's
 * MaxSessions (sshd_config(5)).
 */
#include "probe_private.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define PINGS 5
#define BULK_MS 1500u    /* of a slow line this is enough to judge it */
#define OPEN_MS 10000u   /* from the exec to the last echo */
#define NOISE_MAX 65536u /* bytes of login files before the first echo */

/* For every login shell that takes "-c WORDS"; a shell's own words before it do not matter. */
static const char command[] =
    "exec /bin/sh -c 'cat; exec dd if=/dev/zero bs=65536 count=128 2>/dev/null'";

struct probe_speed {
    struct pvhop_probe *p;
    struct pvhop_sshexec *exec;
    struct pvhop_stream *stream;
    struct pvhop_timer *limit;
    char mark[17], ping[24];
    unsigned sent; /* pings */
    uint64_t sent_us, begin_ms;
    double best_ms;
    char window[64]; /* the end of what was read: an echo may come in pieces */
    size_t have;
    uint64_t bytes, noise;
    bool bulk;
};

static uint64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void settle(struct probe_speed *s)
{
    struct pvhop_probe *p = s->p;
    char trip[32], rate[48] = "";

    pvhop_timer_stop(s->limit);
    pvhop_stream_free(s->stream);
    s->stream = NULL;
    pvhop_sshexec_free(s->exec);
    s->exec = NULL;
    if (p->round_trip_ms < 1)
        snprintf(trip, sizeof(trip), "below 1 ms");
    else
        snprintf(trip, sizeof(trip), "%.0f ms", p->round_trip_ms);
    if (p->mib_per_s >= 0)
        snprintf(rate, sizeof(rate), ", %.*f MiB/s from there", p->mib_per_s < 10, p->mib_per_s);
    if (p->round_trip_ms < 0)
        probe_settle(p, PROBE_SPEED, PVHOP_CHECK_NOTE, NULL, "could not be measured");
    else if (p->round_trip_ms > 150)
        probe_settle(p, PROBE_SPEED, PVHOP_CHECK_NOTE,
                     "The way is long: keep ParaView's remote rendering on, with compression.",
                     "round trip %s%s", trip, rate);
    else
        probe_settle(p, PROBE_SPEED, PVHOP_CHECK_OK, NULL, "round trip %s%s", trip, rate);
}

static void count_bulk(struct probe_speed *s)
{
    uint64_t ms = pvhop_loop_now_ms(s->p->loop) - s->begin_ms;

    if (s->bytes > 0)
        s->p->mib_per_s = (double)s->bytes / 1048576.0 * 1000.0 / (double)(ms ? ms : 1);
}

static void on_limit(void *user)
{
    struct probe_speed *s = user;

    if (s->bulk)
        count_bulk(s);
    settle(s);
}

static void send_ping(struct probe_speed *s)
{
    int len = snprintf(s->ping, sizeof(s->ping), "%s%u\n", s->mark, s->sent++);

    s->sent_us = now_us();
    /* So few bytes always fit into a window that is open; if not, the limit tells. */
    (void)pvhop_stream_write(s->stream, s->ping, (size_t)len);
}

/* Looks for the echo at the end of what came; between two pings nothing else can. */
static void take_echo(struct probe_speed *s, const char *bytes, size_t len)
{
    size_t ping_len = strlen(s->ping);
    double ms;

    for (size_t i = 0; i < len; i++) {
        if (s->have == sizeof(s->window)) {
            memmove(s->window, s->window + 1, sizeof(s->window) - 1);
            s->have--;
        }
        s->window[s->have++] = bytes[i];
    }
    if (s->have < ping_len || memcmp(s->window + s->have - ping_len, s->ping, ping_len) != 0) {
        s->noise += len;
        if (s->noise > NOISE_MAX)
            settle(s);
        return;
    }
    ms = (double)(now_us() - s->sent_us) / 1000.0;
    if (s->sent > 1 && (s->best_ms < 0 || ms < s->best_ms)) /* the first one waits for the shell */
        s->best_ms = ms;
    s->have = 0;
    if (s->sent <= PINGS) {
        send_ping(s);
        return;
    }
    s->p->round_trip_ms = s->best_ms;
    s->bulk = true;
    s->begin_ms = pvhop_loop_now_ms(s->p->loop);
    pvhop_timer_start(s->limit, BULK_MS);
    pvhop_stream_shutdown(s->stream);
}

static void on_stream(void *user, unsigned events)
{
    struct probe_speed *s = user;
    char bytes[65536];
    ssize_t n = pvhop_stream_read(s->stream, bytes, sizeof(bytes));

    (void)events;
    if (n == -EAGAIN)
        return;
    if (n <= 0) {
        if (s->bulk)
            count_bulk(s);
        settle(s);
    } else if (s->bulk) {
        s->bytes += (uint64_t)n;
    } else {
        take_echo(s, bytes, (size_t)n);
    }
}

static void on_opened(void *user, struct pvhop_stream *stream)
{
    struct probe_speed *s = user;

    s->stream = stream;
    s->p->may.max_sessions = PROBE_YES;
    pvhop_stream_watch(stream, PVHOP_READ, on_stream, s);
    send_ping(s);
}

static void on_failed(void *user, const struct pvhop_error *err)
{
    struct probe_speed *s = user;
    double rtt = pvhop_control_rtt_ms(s->p->control);

    if (err->code == PVHOP_E_CHANNEL_REFUSED)
        s->p->may.max_sessions = PROBE_NO;
    if (rtt > 0)
        s->p->round_trip_ms = rtt;
    pvhop_timer_stop(s->limit);
    probe_settle(s->p, PROBE_SPEED, PVHOP_CHECK_NOTE,
                 "Not needed for most routes; 'MaxSessions 10' in sshd_config allows it.",
                 "a second session beside the first was refused, so this was not measured");
}

void probe_speed_start(struct pvhop_probe *p)
{
    static const struct pvhop_sshexec_events events = {.opened = on_opened, .failed = on_failed};
    struct probe_speed *s = calloc(1, sizeof(*s));
    unsigned char random[8] = {0};
    struct pvhop_error err;

    probe_begin(p, PROBE_SPEED, "Measuring the connection");
    if (s)
        s->limit = pvhop_timer_new(p->loop, on_limit, s);
    if (!s || !s->limit || getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        probe_speed_free(s);
        probe_settle(p, PROBE_SPEED, PVHOP_CHECK_NOTE, NULL, "no room for it");
        return;
    }
    s->p = p;
    s->best_ms = -1;
    p->speed = s;
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(s->mark + 2 * i, 3, "%02x", random[i]);
    pvhop_timer_start(s->limit, OPEN_MS);
    s->exec = pvhop_sshlink_exec(p->link, command, &events, s, &err);
    if (!s->exec)
        settle(s);
}

void probe_speed_free(struct probe_speed *s)
{
    if (!s)
        return;
    pvhop_stream_free(s->stream);
    pvhop_sshexec_free(s->exec);
    pvhop_timer_free(s->limit);
    free(s);
}
