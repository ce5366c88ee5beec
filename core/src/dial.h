/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_DIAL_H
#define PVHOP_DIAL_H
/**
 * Connects a TCP socket to a host: names are resolved, and the addresses tried
 * as in RFC 8305 (families alternating, a new attempt each 250 ms while the
 * earlier ones go on). Blocking, for a worker thread.
 */
#include <pvhop/error.h>
#include <stdint.h>

struct pvhop_dial {
    const char *host;
    uint16_t port;
    int family;               /* AF_UNSPEC: both */
    const char *bind_address; /* of this computer; NULL: any */
    unsigned silence_s;       /* a peer that is silent for so long is gone (TCP_USER_TIMEOUT) */
    unsigned probe_s;         /* a probe after so many idle seconds */
    int cancel_fd;            /* readable: give up */
    /** The name is resolved; attempts begin. */
    void (*resolved)(void *user, const char *addresses);
    void *user;
};
/** A connected socket (non-blocking, close-on-exec, NODELAY); -1 and *err on failure. */
int pvhop_dial(const struct pvhop_dial *d, struct pvhop_error *err);
#endif
