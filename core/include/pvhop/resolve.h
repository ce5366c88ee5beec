/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_RESOLVE_H
#define PVHOP_RESOLVE_H
/** From a host name to addresses, off the loop. All calls on the loop's thread. */
#include <pvhop/endpoint.h>
#include <pvhop/loop.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_ADDRESSES_MAX 16

/** Addresses of one name, their ports 0. */
struct pvhop_addresses {
    size_t count;
    struct sockaddr_storage at[PVHOP_ADDRESSES_MAX];
};

/** Exactly one call for each lookup that is not cancelled. If err->code is not PVHOP_OK, there are
 * none. */
typedef void (*pvhop_resolved_fn)(void *user, const struct pvhop_addresses *found,
                                  const struct pvhop_error *err);
/**
 * How names are looked up, for a program to choose: a static one cannot use
 * getaddrinfo. `start` returns a lookup to be cancelled, or NULL if it has
 * called `done` already.
 */
struct pvhop_resolver {
    void *(*start)(struct pvhop_loop *loop, const char *host, pvhop_resolved_fn done, void *user);
    void (*cancel)(void *lookup);
};
/** getaddrinfo, on a thread for each lookup. In pvhop_core, as a static program cannot use it. */
extern const struct pvhop_resolver pvhop_resolver_system;
/** Literals, "localhost" and /etc/hosts; for other names an error that asks for an address. */
extern const struct pvhop_resolver pvhop_resolver_files;
/** A literal or "localhost"; false if `host` is neither. */
bool pvhop_resolve_literal(const char *host, struct pvhop_addresses *out);

#ifdef __cplusplus
}
#endif
#endif
