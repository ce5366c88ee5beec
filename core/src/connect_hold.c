/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Holding the client's connection when pvserver is lost. ParaView ends itself as soon as it sees
 * its connection close (pqCrashRecoveryBehavior), so its user is asked first, by whoever took part
 * with pvhop_connect_hold. What the client still sends goes nowhere.
 */
#include "connect_private.h"
#include <errno.h>

#define STALLED_MS 15000u /* one missed heartbeat and half of the next */

/* ---- held ---- */

void pvhop_connect_let_go(void *user)
{
    struct pvhop_connect *c = user;

    pvhop_timer_stop(c->hold_limit);
    pvhop_stream_free(c->held);
    c->held = NULL;
    if (c->state == HELD)
        pvhop_timer_start(c->closing, 0);
}

static void on_held(void *user, unsigned events)
{
    struct pvhop_connect *c = user;
    char nowhere[4096];
    ssize_t n;

    (void)events;
    n = pvhop_stream_read(c->held, nowhere, sizeof(nowhere));
    if (n == 0 || (n < 0 && n != -EAGAIN)) /* the client has gone by itself */
        pvhop_connect_let_go(c);
}

void pvhop_connect_keep_client(struct pvhop_connect *c)
{
    struct pvhop_error err = c->outcome;
    struct pvhop_pump_counts counts;

    if (!c->hold || !c->pump)
        return;
    pvhop_pump_stats(c->pump, &counts);
    if (counts.b_ended || counts.b_first)
        return;
    c->held = pvhop_pump_take_b(c->pump);
    pvhop_stream_watch(c->held, PVHOP_READ | PVHOP_HUP, on_held, c);
    pvhop_timer_start(c->hold_limit, PVHOP_HOLD_MS);
    if (err.code == PVHOP_OK)
        pvhop_error_set(&err, PVHOP_E_PVSERVER_LOST, "%s",
                        c->ends_ms && c->ends_ms - (int64_t)pvhop_loop_now_ms(c->loop) < 30000
                            ? "the time of its job is over"
                            : "it closed the connection");
    pvhop_events_lost(c->events, &err);
}

void pvhop_connect_hold(struct pvhop_connect *c, bool hold)
{
    c->hold = hold;
    if (c->pump)
        pvhop_pump_keep_b(c->pump, hold);
    if (c->held && hold)
        pvhop_timer_start(c->hold_limit, PVHOP_HOLD_MS);
    else if (c->held)
        pvhop_connect_let_go(c);
}

/* ---- stalled ---- */

void pvhop_connect_look_for_stall(struct pvhop_connect *c, uint64_t received)
{
    uint64_t now = pvhop_loop_now_ms(c->loop), owed = pvhop_control_silent_ms(c->control), idle;

    if (received != c->received || c->received_ms == 0) { /* heartbeats may wait behind a picture */
        c->received = received;
        c->received_ms = now;
    }
    idle = now - c->received_ms < owed ? now - c->received_ms : owed;
    if ((idle > STALLED_MS) == c->stalled)
        return;
    c->stalled = !c->stalled;
    pvhop_events_stalled(c->events, c->stalled ? (unsigned)(idle / 1000) : 0);
}
