/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PEER_H
#define PVHOP_PEER_H
/**
 * Whose socket is at the other end of a TCP connection on this machine. The
 * connect id guards against mix-ups only; the uid is what tells users of one
 * machine apart. Asked from the kernel (sock_diag(7)), else read in
 * /proc/net/tcp and tcp6. Nothing here waits for anything but the kernel.
 */
#include <pvhop/endpoint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The uid that owns the other end of the connected TCP socket `fd`. -1 if that
 * end is not on this machine (in this network namespace), has been closed
 * already, or cannot be told.
 */
int64_t pvhop_peer_uid(int fd);

/**
 * The uid that owns the socket which a connection to `where` would reach: to be
 * asked before connecting to a port that anyone could have opened. `where` is a
 * literal of this machine or "localhost" (both loopbacks: if two users share
 * the port, it cannot be told). -1 if nobody listens there or it cannot be told.
 */
int64_t pvhop_listening_uid(const struct pvhop_endpoint *where);

#ifdef __cplusplus
}
#endif
#endif
