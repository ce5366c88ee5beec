/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_STDIO_DIAL_H
#define PVHOP_STDIO_DIAL_H
/**
 * One connection from the front end to `to`, made there by python3 or bash and carried over the
 * standard input and output of an ssh session of its own: what direct-tcpip does, where sshd
 * forwards nothing and the helper may not run.
 */
#include <pvhop/sshlink.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_stdio_dial;

/** Exactly one of the events comes, unless it is freed before; who waits sets the limit. NULL:
 * no memory, or the link is down. */
struct pvhop_stdio_dial *pvhop_stdio_dial_new(struct pvhop_sshlink *link,
                                              const struct pvhop_endpoint *to,
                                              const struct pvhop_sshdirect_events *events,
                                              void *user, struct pvhop_error *err);
/** Gives up the attempt; the stream, if it was given out, is its receiver's. NULL is fine. */
void pvhop_stdio_dial_free(struct pvhop_stdio_dial *d);

#ifdef __cplusplus
}
#endif
#endif
