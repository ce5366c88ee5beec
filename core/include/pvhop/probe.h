/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PROBE_H
#define PVHOP_PROBE_H
/**
 * Looks at a site: one login, and then what a connection could use there is tried or asked for.
 * Nothing is left behind, and nothing is submitted unless pvhop_probe_ask_node was called. Each
 * check has a limit of its own, and all of them together PVHOP_PROBE_MS from the login on.
 *
 * Progress goes to the events (pvhop_events_check), the outcome is one JSON object:
 *
 *   {"host":TEXT, "user":TEXT, "reached_ms":N,
 *    "ssh":{"server":TEXT,"methods":[TEXT],"used":TEXT,"hostkey":TEXT,"round_trip_ms":N,
 *           "mib_per_s":N},
 *    "forwarding":{"reverse_loopback":Y,"reverse_inside":Y,"reverse_bound":Y,"local":Y,
 *                  "local_node":Y,"stdio":Y,"max_sessions":Y,"helper":Y},
 *    "inside":[{"name":TEXT,"address":TEXT,"from_node":Y,"from_node_name":TEXT}],
 *    "schedulers":[{"name":TEXT,"version":TEXT,
 *                   "queues":[{"name":TEXT,"is_default":B,"max_walltime":SECONDS,"nodes":N,
 *                              "usable":B}],
 *                   "accounts":[TEXT],"reservations":[TEXT],"constraints":[TEXT]}],
 *    "pvservers":[{"path":TEXT,"module":TEXT,"version":TEXT,"mpi":TEXT,"rendering":[TEXT]}],
 *    "nodes_ssh":Y, "leftovers":[TEXT], "site":{"path":TEXT,"name":TEXT,"version":TEXT},
 *    "routes":[{"route":TEXT,"possible":B,"recommended":B,"encrypted":B,"why":TEXT}],
 *    "recommended":TEXT, "reason":TEXT, "request":TEXT,
 *    "itself":TEXT, "node":TEXT,
 *    "checks":[{"check":TEXT,"state":TEXT,"text":TEXT,"remedy":TEXT,"ms":N}]}
 *
 * "itself" is the host's own name, "node" the one that was tried. All keys are always there; what
 * is not known is null (Y: "yes", "no" or null), a list that was not asked for is empty. In
 * `forwarding`: a port of the front end's loopback, and of its inside addresses, may be asked for
 * (ssh -R); it is then bound where it was asked for; ssh -L to the front end, and to a node; the
 * helper over a session's standard input and output; more than one session in the login; the helper
 * may run. "from_node" and "from_node_name": a node reaches that address, and by which name it
 * knows it; null if no node was asked.
 */
#include <pvhop/event.h>
#include <pvhop/login.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_PROBE_MS 30000u

struct pvhop_probe;

struct pvhop_probe_handlers {
    /** The end, once. `result` is the JSON, valid during the call; *err is why not all could be
     * looked at, or of code PVHOP_OK. The login, if it lasts, stays until it is taken or freed. */
    void (*done)(void *user, const char *result, const struct pvhop_error *err);
    /** After `done`, while the login was kept: it has gone. May be NULL. */
    void (*lost)(void *user, const struct pvhop_error *err);
};

/** Starts with the login that the recipe describes. `recipe` is copied; `events` must outlive it.
 */
struct pvhop_probe *pvhop_probe_new(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                    struct pvhop_events *events,
                                    const struct pvhop_probe_handlers *handlers, void *user,
                                    struct pvhop_error *err);
/** The user agrees that a job of a moment asks a node for the front end's inside names and
 * addresses; it is cancelled if it has not said so within 60 s. To be called at once. */
void pvhop_probe_ask_node(struct pvhop_probe *p);
/** Ends it: `done` follows, with an error of code `why`. */
void pvhop_probe_cancel(struct pvhop_probe *p, enum pvhop_code why);
/** After `done`: the login, to go on with (pvhop_connect_on); NULL if it was lost. The caller's. */
struct pvhop_login *pvhop_probe_take_login(struct pvhop_probe *p);
/** NULL is fine. */
void pvhop_probe_free(struct pvhop_probe *p);

#ifdef __cplusplus
}
#endif
#endif
