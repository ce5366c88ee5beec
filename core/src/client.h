/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CLIENT_H
#define PVHOP_CLIENT_H
/**
 * Towards the client: the ParaView on this computer. It either listens (csrc://,
 * a stock ParaView) and is called once pvserver is there and checked, or it is told a
 * loopback port to connect to (cs://, the plugin, `-- CMD`). Either way its
 * handshake is played from what pvserver said of itself.
 */
#include <pvhop/handshake.h>
#include <pvhop/recipe.h>
#include <pvhop/stream.h>

struct pvhop_endpoint;
struct pvhop_client;

struct pvhop_client_events {
    /** The client may connect to `where` now; only if it is the one that connects. */
    void (*open)(void *user, const struct pvhop_endpoint *where);
    /** The client is here, its handshake done; `rest`, valid during the call, was read past it. */
    void (*joined)(void *user, struct pvhop_stream *stream, const void *rest, size_t rest_len);
    void (*failed)(void *user, const struct pvhop_error *err);
    void (*log)(void *user, const char *text);
};

/**
 * From the start of a connection on. A client that connects to a port that the recipe names may be
 * trying already (ParaView does, by a cs:// entry): the port is taken at once, and refuses until
 * pvserver is there. LISTEN if somebody else has it.
 */
struct pvhop_client *pvhop_client_new(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                      const struct pvhop_client_events *events, void *user,
                                      struct pvhop_error *err);
/**
 * Checks that a client that listens does so, on a port of ours (decided by uid): better said before
 * pvserver is started than after.
 */
int pvhop_client_check(const struct pvhop_client *c, struct pvhop_error *err);
/** pvserver is here and said `server` of itself: brings the client in. Once. */
int pvhop_client_bring(struct pvhop_client *c, const struct pvhop_paraview *server,
                       struct pvhop_error *err);
void pvhop_client_free(struct pvhop_client *c);
#endif
