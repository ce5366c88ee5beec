/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_EVENT_OUT_H
#define PVHOP_EVENT_OUT_H
/** Lines on their way to a descriptor that may be slow, stopped or gone: bounded, never blocking.
 */
#include <pvhop/loop.h>

struct pvhop_out;

/**
 * Writes to `fd`, which stays open and whose flags stay as they are for those who share it. NULL:
 * no memory, or the descriptor cannot be used.
 */
struct pvhop_out *pvhop_out_new(struct pvhop_loop *loop, int fd, struct pvhop_error *err);
/** Writes what is pending for at most `ms`, then frees. NULL is fine. */
void pvhop_out_free(struct pvhop_out *out, int ms);
/**
 * Adds bytes (copied) after those that wait. Where too much waits, the oldest that
 * `may_drop` goes first, and is counted.
 */
void pvhop_out_add(struct pvhop_out *out, const char *bytes, size_t len, bool may_drop);
/** How many were dropped since the last call. Reported only once there is room again. */
unsigned pvhop_out_dropped(struct pvhop_out *out);
/** While held, nothing is written. */
void pvhop_out_hold(struct pvhop_out *out, bool hold);

#endif
