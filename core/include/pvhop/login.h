/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_LOGIN_H
#define PVHOP_LOGIN_H
/**
 * One login to a front end, for whoever needs one: the ssh link with its questions to a person, and
 * the control channel on it. It can change its owner: what `probe` logged in with, `connect` may go
 * on with, as one-time codes are good for one login only.
 */
#include <pvhop/control.h>
#include <pvhop/event.h>
#include <pvhop/recipe.h>
#include <pvhop/site.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_login;

/** Any of them may free the login. */
struct pvhop_login_handlers {
    void (*phase)(void *user, enum pvhop_phase phase, const char *text); /* begins */
    void (*in)(void *user);    /* logged in; the control channel is being opened */
    void (*ready)(void *user); /* the control channel answers, the site's description is read */
    /** Could not log in, or the session or its control channel was lost. */
    void (*lost)(void *user, const struct pvhop_error *err);
};

/** To the host of the recipe, as its fields say. Questions and the log go to `events`, which must
 * outlive it. NULL and *err for settings that cannot be used. */
struct pvhop_login *pvhop_login_new(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                    struct pvhop_events *events,
                                    const struct pvhop_login_handlers *handlers, void *user,
                                    struct pvhop_error *err);
/**
 * To another host of the site, such as a compute node, through a login that is in, as the same user
 * and by the same settings. `host` is as the front end knows it. `via` must outlive it; the new one
 * does not ask the site for its description.
 */
struct pvhop_login *pvhop_login_through(struct pvhop_loop *loop, struct pvhop_sshlink *via,
                                        const char *host, const struct pvhop_recipe *recipe,
                                        struct pvhop_events *events,
                                        const struct pvhop_login_handlers *handlers, void *user,
                                        struct pvhop_error *err);
/** Another owner: the callbacks go there from now on. */
void pvhop_login_hand_over(struct pvhop_login *l, const struct pvhop_login_handlers *handlers,
                           void *user);
struct pvhop_sshlink *pvhop_login_link(struct pvhop_login *l);
/** NULL before `in`. */
struct pvhop_control *pvhop_login_control(struct pvhop_login *l);
/** What the site says of itself on that host (the recipe's site-file); NULL if it says nothing, or
 * nothing that could be used, or before `ready`. Lives as long as the login. */
const struct pvhop_site *pvhop_login_site(const struct pvhop_login *l);
/** Everything made from link and channel has been freed before. NULL is fine. */
void pvhop_login_free(struct pvhop_login *l);

#ifdef __cplusplus
}
#endif
#endif
