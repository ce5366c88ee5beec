/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PUMP_H
#define PVHOP_PUMP_H
/** Moves bytes both ways between two streams, with back-pressure and half-close, in bounded memory.
 */
#include <pvhop/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_pump;

struct pvhop_pump_counts {
    uint64_t a_to_b; /* bytes written to b */
    uint64_t b_to_a; /* bytes written to a */
    bool a_ended;    /* end of stream was read from a (and passed on to b) */
    bool b_ended;
    bool a_first; /* a ended or broke before b did */
    bool b_first; /* likewise */
};

/**
 * Called once when both directions have ended, or one side broke (then *err
 * says which and why, else err->code is PVHOP_OK). What the broken side had sent
 * before is written to the other one first. The pump may be freed here.
 */
typedef void (*pvhop_pump_done_fn)(void *user, const struct pvhop_error *err);

/**
 * Takes over both streams (freed on failure too) and starts. At most
 * `buffer` bytes (0: 256 KiB) wait in each direction, or 1 MiB in a pipe of the
 * kernel's while a stream goes from one TCP socket to another. A direction whose end was
 * read is shut down after its last byte is written; the other goes on.
 */
struct pvhop_pump *pvhop_pump_new(struct pvhop_loop *loop, struct pvhop_stream *a,
                                  struct pvhop_stream *b, size_t buffer, pvhop_pump_done_fn done,
                                  void *user, struct pvhop_error *err);
/**
 * Puts bytes that were already read from one side in front of what is still to
 * be read from it. Only before the loop's next turn, at most `buffer` bytes.
 */
int pvhop_pump_prefill_to_a(struct pvhop_pump *p, const void *bytes, size_t len);
int pvhop_pump_prefill_to_b(struct pvhop_pump *p, const void *bytes, size_t len);
void pvhop_pump_stats(const struct pvhop_pump *p, struct pvhop_pump_counts *out);
/** Moves what `a` has said already (one read), without waiting for the loop to say so. May call
 * `done`. */
void pvhop_pump_begin(struct pvhop_pump *p);
/**
 * Whether `b` is kept from seeing that `a` has ended: if `a` ends first, its last bytes are written
 * to `b` and `done` is called at once, `b` still open. Off at first.
 */
void pvhop_pump_keep_b(struct pvhop_pump *p, bool keep);
/** Gives `b` away, open; the caller owns it. The pump can only be freed after this. */
struct pvhop_stream *pvhop_pump_take_b(struct pvhop_pump *p);
/**
 * Closes both streams; `done` is not called. Unless both directions ended well,
 * sockets are closed with a reset, so that a cut transfer cannot look whole.
 * NULL is fine.
 */
void pvhop_pump_free(struct pvhop_pump *p);

#ifdef __cplusplus
}
#endif
#endif
