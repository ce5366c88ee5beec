/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CONTROL_PRIVATE_H
#define PVHOP_CONTROL_PRIVATE_H
#include <pvhop/control.h>

#ifdef __cplusplus
extern "C" {
#endif

/** control.sh, embedded at build time. */
extern const char pvhop_control_script[];

/**
 * What the far side is asked to exec. It survives every login shell that takes "-c WORDS" (tcsh,
 * fish and restricted quoting included): no quote inside the quotes, no backslash, newline or '!'.
 */
#define PVHOP_CONTROL_BOOTSTRAP "exec /bin/sh -c 'IFS= read -r l; eval \"$(printf %b \"$l\")\"'"

/** `text` so that printf %b gives it back: one word without quotes or spaces. NULL: no memory. */
char *pvhop_control_encode(const char *text);

/** A control channel over any stream whose far end runs the bootstrap: for tests. Takes the stream
 * over. */
struct pvhop_control *pvhop_control_on_stream(struct pvhop_loop *loop, struct pvhop_stream *stream,
                                              unsigned lease_s,
                                              const struct pvhop_control_events *events, void *user,
                                              struct pvhop_error *err);

#ifdef __cplusplus
}
#endif
#endif
