/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CONNECT_H
#define PVHOP_CONNECT_H
/** Carries out one recipe: from the ssh login to the bytes of the session, and the clean-up. */
#include <pvhop/event.h>
#include <pvhop/login.h>
#include <pvhop/recipe.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_connect;

/** From a cancel, or the session's end, to `done` at the most. */
#define PVHOP_CLOSE_MS 4000
/** For so long the client's connection is held open after pvserver was lost, from the last
 * pvhop_connect_hold on. */
#define PVHOP_HOLD_MS 20000

struct pvhop_connect_handlers {
    /** pvserver is here and checked, and a client that connects may do so: "cs://127.0.0.1:40123".
     * May be NULL. */
    void (*ready)(void *user, const char *url);
    /**
     * The end: everything on this side has been undone, and on the far side too where it could be
     * reached. Called once, never inside pvhop_connect_new. err->code is PVHOP_OK after a session
     * that the client ended.
     */
    void (*done)(void *user, const struct pvhop_error *err);
};

/** Starts. The recipe is copied; `events` must outlive it. NULL and *err for a recipe that cannot
 * be carried out. */
struct pvhop_connect *pvhop_connect_new(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                        struct pvhop_events *events,
                                        const struct pvhop_connect_handlers *handlers, void *user,
                                        struct pvhop_error *err);
/**
 * The same on a login whose control channel is ready, as after a probe: nobody
 * is asked again. Takes the login over, unless it returns NULL.
 */
struct pvhop_connect *pvhop_connect_on(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                       struct pvhop_events *events, struct pvhop_login *login,
                                       const struct pvhop_connect_handlers *handlers, void *user,
                                       struct pvhop_error *err);
/** Ends it in good order in any state; `done` gets an error of code `why` (CANCELLED, PARENT_GONE).
 */
void pvhop_connect_cancel(struct pvhop_connect *c, enum pvhop_code why);
/**
 * Asks (`hold`) that the client does not see when pvserver is lost: the event `lost` is given, all
 * is cleaned up but the client's connection, and that closes, and `done` is called, PVHOP_HOLD_MS
 * after the last such call, when the client leaves, at a cancel, or when this is taken back. For
 * callers that ask their user something before ParaView ends, which it does when it sees its
 * connection close; one that hangs, waiting for an answer of pvserver, renews nothing. In any
 * state, any number of times.
 */
void pvhop_connect_hold(struct pvhop_connect *c, bool hold);
/** Drops everything at once; the far side cleans up when it sees the connection go. NULL is fine.
 */
void pvhop_connect_free(struct pvhop_connect *c);

#ifdef __cplusplus
}
#endif
#endif
