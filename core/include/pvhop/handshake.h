/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_HANDSHAKE_H
#define PVHOP_HANDSHAKE_H
/**
 * ParaView's wire handshake: an incremental parser and player, without I/O.
 * It plays either side, so that pvhop can finish the handshake with pvserver
 * before the client is touched, and then play the other side to the client.
 *
 * Facts: vtkSocketCommunicator.cxx (ServerSideHandshake, ClientSideHandshake)
 * and vtkTCPNetworkAccessManager.cxx (ParaViewHandshake), ParaView 5.11.0.
 */
#include <pvhop/error.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_handshake;

enum pvhop_handshake_role {
    PVHOP_PLAY_LISTENER, /* the other side connected: it speaks first in each round */
    PVHOP_PLAY_CONNECTOR /* the other side listens: we speak first */
};

enum pvhop_handshake_step { PVHOP_HANDSHAKE_MORE, PVHOP_HANDSHAKE_DONE, PVHOP_HANDSHAKE_FAILED };

#define PVHOP_HASH_LEN 32 /* MD5 of vtkSocketCommunicator.cxx in hex, for algorithm id 100 */
#define PVHOP_HANDSHAKE_MAX \
    4096 /* no genuine handshake is longer; a peer that sends more is refused */

/** What one side says of itself, or what we know or demand of it. */
struct pvhop_paraview {
    unsigned major, minor;         /* 5, 11; 0, 0 = take any */
    int32_t connect_id;            /* 0 = none */
    char backend[32];              /* "opengl2"; "" = take any */
    char hash[PVHOP_HASH_LEN + 1]; /* "" = not known: as listener, the peer's own is answered */
    int32_t id_size;               /* 1 = 64-bit vtkIdType, 0 = 32-bit; -1 = take any */
};

/**
 * A handshake with what we say of ourselves and demand of the peer (they are
 * the same: ParaView demands equality). As connector, major, backend, hash and
 * id_size must be known. `self` is copied. NULL and VALUE or MEMORY on failure.
 *
 * As listener, what was taken as "any" or "not known" is answered with the
 * peer's own word. A hash or id size other than the demanded one is refused
 * only after the peer has named its version, so that both sides can say it.
 */
struct pvhop_handshake *pvhop_handshake_new(enum pvhop_handshake_role role,
                                            const struct pvhop_paraview *self,
                                            struct pvhop_error *err);
/**
 * Feeds bytes as they come, in any split. Returns how many were taken; what is
 * not taken after DONE belongs to the session. After DONE or FAILED takes none.
 */
size_t pvhop_handshake_feed(struct pvhop_handshake *h, const void *bytes, size_t len);
/** Bytes to be sent to the peer now; *len may be 0. Valid until the next call on h. */
const void *pvhop_handshake_output(const struct pvhop_handshake *h, size_t *len);
/** Tells that the first `len` bytes of the output have been sent. */
void pvhop_handshake_sent(struct pvhop_handshake *h, size_t len);
/** DONE is reported as soon as everything was taken; the output may still hold our last answer. */
enum pvhop_handshake_step pvhop_handshake_state(const struct pvhop_handshake *h);
/**
 * Ends it from outside, with `code` (HANDSHAKE, TIMEOUT): the peer closed the
 * connection, or took too long. `happened` completes "before ...": "the
 * connection was closed". The error tells what was awaited and what had been said. Does
 * nothing after DONE or FAILED.
 */
void pvhop_handshake_abandon(struct pvhop_handshake *h, enum pvhop_code code, const char *happened);
/** How many of the peer's messages were genuine so far: who has more is more likely to be ParaView.
 */
unsigned pvhop_handshake_proved(const struct pvhop_handshake *h);
/** Why it FAILED: HANDSHAKE, PVSERVER_VERSION, CONNECT_ID or BYTE_ORDER; quotes what the peer sent,
 * made printable. */
const struct pvhop_error *pvhop_handshake_error(const struct pvhop_handshake *h);
/** What the peer has said of itself so far. */
const struct pvhop_paraview *pvhop_handshake_peer(const struct pvhop_handshake *h);
void pvhop_handshake_free(struct pvhop_handshake *h);

#ifdef __cplusplus
}
#endif
#endif
