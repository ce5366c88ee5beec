/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PROBE_JUDGE_H
#define PVHOP_PROBE_JUDGE_H
/** From what was found at a site to the routes that it allows. No input or output. */
#include "probe_private.h"
#include "route_auto.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What decides; of a probe, or made up by a test. */
struct probe_facts {
    struct probe_forwarding may;
    enum probe_tri nodes_ssh;
    bool batch;                    /* pvserver runs on a node, else on the front end */
    const struct pvhop_site *site; /* whose policy counts; NULL: none */
    const struct pvhop_site_machine *machine;
};

struct probe_verdict {
    const char *route;
    bool possible, encrypted;
    char why[400];
};

#define PROBE_ROUTES 7 /* of pvhop_route_choices, those that have a name */

/** Fills verdicts[PROBE_ROUTES], the most preferred first. Returns the recommended one: the first
 * that is possible and encrypted; NULL if none is. */
const struct probe_verdict *probe_judge(const struct probe_facts *facts,
                                        struct probe_verdict verdicts[PROBE_ROUTES]);
/**
 * How grave it is that what `facts` say is missing: bad if the route that is wished for does not go
 * without it (for "auto": if none does), else worth a note. What `facts` leave open counts as
 * there, so that each check is judged by what it has found itself.
 */
enum pvhop_check_state probe_gravity(const struct probe_facts *facts, const char *route);
/** What to ask the administrator for, newly allocated: "" if nothing. `host` is the front end. */
char *probe_request(const struct probe_facts *facts, const char *host);

#ifdef __cplusplus
}
#endif
#endif
