/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pvhop/greet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pvhop_greet {
    struct pvhop_stream *stream; /* NULL once given away */
    struct pvhop_handshake *handshake;
    struct pvhop_timer *timer;
    unsigned deadline_ms;
    struct pvhop_greet_events events;
    void *user;
    uint8_t bytes[PVHOP_HANDSHAKE_MAX];
    size_t rest, rest_len; /* of bytes: what is not the handshake's */
};

static void stop(struct pvhop_greet *g)
{
    pvhop_timer_stop(g->timer);
    pvhop_stream_watch(g->stream, 0, NULL, NULL);
}

/* Ends with the handshake's error, or with `why` if the handshake itself is complete. */
static void fail(struct pvhop_greet *g, const struct pvhop_error *why)
{
    const void *verdict;
    size_t len;

    /* The verdict is small and the stream new: it fits, or the peer is not worth waiting for. */
    verdict = pvhop_handshake_output(g->handshake, &len);
    if (len > 0 && pvhop_stream_write(g->stream, verdict, len) > 0)
        pvhop_stream_shutdown(g->stream);
    stop(g);
    if (pvhop_handshake_state(g->handshake) == PVHOP_HANDSHAKE_FAILED)
        why = pvhop_handshake_error(g->handshake);
    g->events.failed(g->user, why);
}

/* The stream ended, broke, or time is over. */
static void cut(struct pvhop_greet *g, enum pvhop_code code, const char *happened)
{
    struct pvhop_error why;

    pvhop_handshake_abandon(g->handshake, code, happened);
    pvhop_error_set(&why, code, "%s could not be told that it is accepted before %s",
                    pvhop_stream_peer(g->stream), happened);
    fail(g, &why);
}

static void cut_errno(struct pvhop_greet *g, ssize_t negative_errno)
{
    char happened[160];

    snprintf(happened, sizeof(happened), "the connection broke (%s)",
             strerror((int)-negative_errno));
    cut(g, PVHOP_E_HANDSHAKE, happened);
}

static void finish(struct pvhop_greet *g)
{
    struct pvhop_arrival arrival = {.stream = g->stream,
                                    .peer = *pvhop_handshake_peer(g->handshake),
                                    .rest = g->bytes + g->rest,
                                    .rest_len = g->rest_len};

    stop(g);
    g->stream = NULL;
    g->events.done(g->user, &arrival);
}

/* Returns false if the greet has ended (and may be freed). */
static bool pull(struct pvhop_greet *g, unsigned events)
{
    ssize_t n = pvhop_stream_read(g->stream, g->bytes, sizeof(g->bytes));

    if (n > 0) {
        g->rest = pvhop_handshake_feed(g->handshake, g->bytes, (size_t)n);
        g->rest_len = (size_t)n - g->rest;
    } else if (n == 0) {
        cut(g, PVHOP_E_HANDSHAKE, "the connection was closed");
        return false;
    } else if (n != -EAGAIN || (events & PVHOP_HUP)) {
        cut_errno(g, n == -EAGAIN ? -ECONNRESET : n);
        return false;
    }
    return true;
}

static void on_stream(void *user, unsigned events);

/* Says what is to be said; ends, or waits for more. */
static void push(struct pvhop_greet *g)
{
    enum pvhop_handshake_step state = pvhop_handshake_state(g->handshake);
    const void *output;
    ssize_t n;
    size_t len;

    if (state == PVHOP_HANDSHAKE_FAILED) {
        fail(g, NULL);
        return;
    }
    while (output = pvhop_handshake_output(g->handshake, &len), len > 0) {
        n = pvhop_stream_write(g->stream, output, len);
        if (n == -EAGAIN || n == 0)
            break;
        if (n < 0) {
            cut_errno(g, n);
            return;
        }
        pvhop_handshake_sent(g->handshake, (size_t)n);
    }
    if (state == PVHOP_HANDSHAKE_DONE && len == 0) {
        finish(g);
        return;
    }
    pvhop_stream_watch(
        g->stream, (state == PVHOP_HANDSHAKE_MORE ? PVHOP_READ : 0u) | (len > 0 ? PVHOP_WRITE : 0u),
        on_stream, g);
}

static void on_stream(void *user, unsigned events)
{
    struct pvhop_greet *g = user;

    if (pvhop_handshake_state(g->handshake) == PVHOP_HANDSHAKE_MORE &&
        (events & (PVHOP_READ | PVHOP_HUP)) && !pull(g, events))
        return;
    push(g);
}

static void on_deadline(void *user)
{
    struct pvhop_greet *g = user;
    char happened[64];

    snprintf(happened, sizeof(happened), "its time of %.3g s was over", g->deadline_ms / 1000.0);
    cut(g, PVHOP_E_TIMEOUT, happened);
}

struct pvhop_greet *pvhop_greet_new(struct pvhop_loop *loop, struct pvhop_stream *stream,
                                    enum pvhop_handshake_role role,
                                    const struct pvhop_paraview *self, unsigned deadline_ms,
                                    const struct pvhop_greet_events *events, void *user,
                                    struct pvhop_error *err)
{
    struct pvhop_greet *g = calloc(1, sizeof(*g));

    if (!g) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for a handshake");
        pvhop_stream_free(stream);
        return NULL;
    }
    g->stream = stream;
    g->deadline_ms = deadline_ms;
    g->events = *events;
    g->user = user;
    g->handshake = pvhop_handshake_new(role, self, err);
    if (!g->handshake)
        goto fail;
    g->timer = pvhop_timer_new(loop, on_deadline, g);
    if (!g->timer) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for a timer");
        goto fail;
    }
    pvhop_timer_start(g->timer, deadline_ms);
    pvhop_stream_watch(stream, PVHOP_READ | (role == PVHOP_PLAY_CONNECTOR ? PVHOP_WRITE : 0u),
                       on_stream, g);
    return g;
fail:
    pvhop_greet_free(g);
    return NULL;
}

const struct pvhop_paraview *pvhop_greet_peer(const struct pvhop_greet *g)
{
    return pvhop_handshake_peer(g->handshake);
}

unsigned pvhop_greet_proved(const struct pvhop_greet *g)
{
    return pvhop_handshake_proved(g->handshake);
}

void pvhop_greet_free(struct pvhop_greet *g)
{
    if (!g)
        return;
    pvhop_timer_free(g->timer);
    pvhop_stream_free(g->stream);
    pvhop_handshake_free(g->handshake);
    free(g);
}
