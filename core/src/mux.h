/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_MUX_H
#define PVHOP_MUX_H
/**
 * Several streams over one pair of byte streams, the wire: what sshd's channels are, inside one of
 * them. Both ends are this. Each stream has its own window, so that one that is not read holds up
 * neither the others nor what else is on the wire. On the loop's thread.
 *
 * A frame is a type (one byte), the length of what follows (3 bytes, little-endian), the number of
 * the stream (4 bytes, likewise), and then
 *
 *   O via(4) text    opens a stream; via: that on behalf of which it is, 0: what is asked is `text`
 *   A text           it is open           R text   it is refused, or gone
 *   D bytes          data                 E        no more data
 *   W n(4)           n more bytes of data may be sent
 */
#include <pvhop/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_MUX_TEXT 512u /* longest text of a frame */

struct pvhop_mux;

struct pvhop_mux_wire {
    /** Puts bytes on the wire, all of them; `body` may be NULL. */
    void (*send)(void *user, const void *head, size_t head_len, const void *body, size_t body_len);
    /** How much data it takes now. Once that was 0 and is no more, pvhop_mux_room is called. */
    size_t (*room)(void *user);
    /** The far side does not speak this; called once. NULL where nothing is left to be done. */
    void (*broken)(void *user, const char *why);
    /** The far end calls: `stream` is the receiver's, who accepts or refuses it, now or later.
     * NULL: all are refused. */
    void (*called)(void *user, struct pvhop_stream *stream, const char *text);
};

/** `first`: of the two ends one, and only one, is the first. */
struct pvhop_mux *pvhop_mux_new(struct pvhop_loop *loop, bool first,
                                const struct pvhop_mux_wire *wire, void *user,
                                struct pvhop_error *err);
/** What came by the wire. May call back; it may be freed in there. */
void pvhop_mux_feed(struct pvhop_mux *m, const void *bytes, size_t len);
void pvhop_mux_room(struct pvhop_mux *m);
/** The wire is gone: all streams are broken, all calls refused. */
void pvhop_mux_lost(struct pvhop_mux *m);
/** The streams stay their owners', broken. NULL is fine. */
void pvhop_mux_free(struct pvhop_mux *m);

struct pvhop_mux_call_events {
    void (*accepted)(void *user, const char *text);
    /** Also when the wire is lost, or the far end gave the stream up later. */
    void (*refused)(void *user, const char *why);
    /** The far end opened a stream on behalf of this one; the receiver's. `text` says from whom. */
    void (*newcomer)(void *user, struct pvhop_stream *stream, const char *text);
};
/**
 * Calls the far end. The stream is the caller's at once, and takes data once it is accepted;
 * freeing it gives up. Events may be NULL, or any of them. None comes from inside this call. NULL:
 * no memory, or no wire.
 */
struct pvhop_stream *pvhop_mux_call(struct pvhop_mux *m, const char *text,
                                    const struct pvhop_mux_call_events *events, void *user);
/** No event of a stream that was called comes any more. */
void pvhop_mux_quiet(struct pvhop_stream *stream);
/** Answers of the end that was called. */
void pvhop_mux_accept(struct pvhop_stream *stream, const char *text);
/** `why` is told; the stream is still to be freed. */
void pvhop_mux_refuse(struct pvhop_stream *stream, const char *why);
/** Opens a stream on behalf of one that was accepted. NULL: no memory, or no wire. */
struct pvhop_stream *pvhop_mux_bring(struct pvhop_stream *behalf, const char *text);

#ifdef __cplusplus
}
#endif
#endif
