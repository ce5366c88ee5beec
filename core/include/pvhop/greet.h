/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_GREET_H
#define PVHOP_GREET_H
/**
 * Plays a handshake over a stream, against a deadline. Either role: the
 * listener greets each newcomer with it, and connect the side that listens.
 */
#include <pvhop/handshake.h>
#include <pvhop/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_greet;

/** A peer that proved itself. */
struct pvhop_arrival {
    struct pvhop_stream *stream; /* the receiver's from now on, with no interest set */
    struct pvhop_paraview peer;  /* what it said of itself */
    const void *rest;            /* bytes read past the handshake; valid during the call */
    size_t rest_len;
};

/** One of them is called, once, never from inside pvhop_greet_new. The greet may be freed in it. */
struct pvhop_greet_events {
    /** The handshake is complete, our last word sent. */
    void (*done)(void *user, const struct pvhop_arrival *arrival);
    /** It is not: the errors of pvhop_handshake_error, and TIMEOUT. The stream is closed by
     * pvhop_greet_free. */
    void (*failed)(void *user, const struct pvhop_error *why);
};

/**
 * Starts. Takes `stream` over, also on failure (NULL and *err). `deadline_ms` is for the
 * whole handshake, however the bytes drip. `self` as for pvhop_handshake_new.
 */
struct pvhop_greet *pvhop_greet_new(struct pvhop_loop *loop, struct pvhop_stream *stream,
                                    enum pvhop_handshake_role role,
                                    const struct pvhop_paraview *self, unsigned deadline_ms,
                                    const struct pvhop_greet_events *events, void *user,
                                    struct pvhop_error *err);
/** What the peer has said of itself so far; after `failed` too: its hash can be learnt so. */
const struct pvhop_paraview *pvhop_greet_peer(const struct pvhop_greet *g);
/** How many of the peer's messages were genuine so far. */
unsigned pvhop_greet_proved(const struct pvhop_greet *g);
/** Closes the stream, unless `done` gave it away. NULL is fine. */
void pvhop_greet_free(struct pvhop_greet *g);

#ifdef __cplusplus
}
#endif
#endif
