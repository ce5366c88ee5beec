/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_LISTENER_H
#define PVHOP_LISTENER_H
/**
 * The reverse listener: takes whoever connects, from a TCP port or from a
 * forwarded ssh channel, and lets only the expected peer (pvserver; or the
 * client, where the client is the one that connects) through, with its
 * handshake completed. Strays are dropped with a reason, and the wait goes on.
 */
#include <pvhop/endpoint.h>
#include <pvhop/greet.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_listener;

struct pvhop_listener_config {
    struct pvhop_paraview expect; /* what the newcomer must prove */
    unsigned proof_ms;            /* time a newcomer has, 0 = 10000 */
    unsigned max_unproven; /* at a time, 0 = 512; then one of the older half goes, who has proved
                              least */
    bool same_user;        /* ports: a peer on this machine must be of our uid (pvhop/peer.h) */
};

struct pvhop_listener_events {
    /**
     * The expected peer is here. Called once. The unproven ones have been dropped, and whoever
     * comes from now on is a stray; the ports stay bound until the listener is freed, so that
     * nobody else can take them over.
     */
    void (*arrived)(void *user, const struct pvhop_arrival *arrival);
    /** A newcomer was dropped: who, and why in a sentence. May be NULL. */
    void (*stray)(void *user, const char *peer, const struct pvhop_error *why);
};

/** A listener with nothing to listen on yet. */
struct pvhop_listener *pvhop_listener_new(struct pvhop_loop *loop,
                                          const struct pvhop_listener_config *config,
                                          const struct pvhop_listener_events *events, void *user,
                                          struct pvhop_error *err);
/**
 * Opens a TCP port. Host "localhost" = both loopbacks on one port where there
 * are two; "" = all addresses of both families; else a literal. Port 0 = the system
 * chooses. `bound` (may be NULL) gets the host as asked and the real port.
 * SO_REUSEADDR is set, no other process can share the port. VALUE or LISTEN on failure.
 */
int pvhop_listener_bind(struct pvhop_listener *l, const struct pvhop_endpoint *where,
                        struct pvhop_endpoint *bound, struct pvhop_error *err);
/**
 * Takes a port (`where`: a literal address, a port that is not 0) without listening on it yet:
 * whoever connects is refused at once, and no other program gets the port. For a client that tries
 * again until it is let in (cs://), which must not be before pvserver is there. Returns a
 * descriptor, the caller's; -1 with VALUE or LISTEN on failure.
 */
int pvhop_listener_reserve(const struct pvhop_endpoint *where, struct pvhop_error *err);
/** Listens on a port that was reserved. Takes the descriptor over in any case. LISTEN on failure.
 */
int pvhop_listener_open_reserved(struct pvhop_listener *l, int fd, struct pvhop_error *err);
/** Hands over a newcomer that came another way (a forwarded ssh channel). Takes the stream over in
 * any case. */
void pvhop_listener_offer(struct pvhop_listener *l, struct pvhop_stream *newcomer);
/** Closes the ports and drops the unproven. May be called in a callback. NULL is fine. */
void pvhop_listener_free(struct pvhop_listener *l);

#ifdef __cplusplus
}
#endif
#endif
