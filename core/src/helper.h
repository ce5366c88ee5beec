/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_HELPER_H
#define PVHOP_HELPER_H
/**
 * The helper `pvhop-relay` on the front end: one that is installed there and is of this version,
 * else one that was uploaded before, else it is uploaded now through the control channel, so that
 * one ssh session is enough (sshd's MaxSessions). An uploaded one is named by architecture and
 * hash, mode 0700, in a folder of the user's own in XDG_CACHE_HOME (or ~/.cache), XDG_RUNTIME_DIR
 * or /tmp: the first from which it really runs. The user is asked before the first upload to a
 * host, and a yes is remembered (route_memory.h).
 */
#include <pvhop/error.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_helper;
struct pvhop_endpoint;
struct pvhop_route_site;

/** Exactly one of `ready` and `failed` comes, and not within pvhop_helper_new. */
struct pvhop_helper_events {
    /** It runs there. `path` is valid during the call; quote it for a shell. */
    void (*ready)(void *user, const char *path);
    void (*failed)(void *user, const struct pvhop_error *err);
    void (*log)(void *user, const char *text); /* where it was put */
};

/**
 * Looks for it on the front end of `site`, which outlives the helper, as the recipe's field
 * `helper` says: auto, upload (auto, and the user agrees), never, or its path there. The file that
 * may be uploaded is `site->helper`, else the one that belongs to this program
 * (pvhop_helper_local). `failed` with HELPER where the user says no, or nobody can be asked. NULL
 * and HELPER if the recipe forbids it, SSH_LOST if the channel is dead.
 */
struct pvhop_helper *pvhop_helper_new(const struct pvhop_route_site *site,
                                      const struct pvhop_helper_events *events, void *user,
                                      struct pvhop_error *err);
/** Stops the callbacks. NULL is fine. */
void pvhop_helper_free(struct pvhop_helper *h);

/** Adds sh code that sets `to` to the address of `host`, in brackets if need be. The helper is
 * linked statically and looks up no names, so the front end's getent does. */
struct pvhop_text;
void pvhop_helper_add_resolve(struct pvhop_text *t, const struct pvhop_endpoint *host);

/** The pvhop-relay that was installed with this program: beside it, or in ../libexec/pvhop or
 * ../lib/pvhop from there. -1 if there is none. */
int pvhop_helper_local(char *path, size_t size);
/** The one for a host of that architecture (uname -m): beside it, pvhop-relay-ARCHITECTURE. */
int pvhop_helper_local_for(const char *machine, char *path, size_t size);

#ifdef __cplusplus
}
#endif
#endif
