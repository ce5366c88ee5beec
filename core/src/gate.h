/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_GATE_H
#define PVHOP_GATE_H
/**
 * Stands before the reverse listener where the port is on a front end that others use too: looks up
 * there whose each new connection is. The connect id is in pvserver's arguments, which everybody
 * can read; the uid cannot be borrowed.
 */
#include <pvhop/control.h>
#include <pvhop/listener.h>

struct pvhop_gate;

struct pvhop_gate_config {
    struct pvhop_control *control;
    struct pvhop_listener *listener;
    uint16_t port; /* on the front end */
    /** The front end's own addresses, with spaces between: a connection from any other is from a
     * node, whose users it does not know, and is let through to the listener. NULL: none but this
     * user's on the front end. */
    const char *own_addresses;
    void (*log)(void *user, const char *text);
    void *user;
};

struct pvhop_gate *pvhop_gate_new(const struct pvhop_gate_config *config);
/** Takes a newcomer over: `peer` of the stream ends in the address and port it comes from, "...
 * from ADDRESS:PORT". */
void pvhop_gate_offer(struct pvhop_gate *g, struct pvhop_stream *newcomer);
/** The front end does not show its connections: everybody is let through to the listener. */
void pvhop_gate_open(struct pvhop_gate *g);
/** Drops who waits. NULL is fine. */
void pvhop_gate_free(struct pvhop_gate *g);
#endif
