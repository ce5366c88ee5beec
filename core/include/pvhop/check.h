/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CHECK_H
#define PVHOP_CHECK_H
/**
 * Checks entries, whoever wrote them, for what goes wrong with them in ParaView. Each rule has a
 * name, and an example of a bad and a good entry in docs/pvsc-check.md.
 */
#include <pvhop/pvsc.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pvhop_severity {
    PVHOP_NOTE,    /* works, but could be better */
    PVHOP_WARNING, /* goes wrong in some cases */
    PVHOP_ERROR    /* cannot work, or not as it is meant */
};

struct pvhop_rule {
    const char *name;
    enum pvhop_severity severity;
    const char *summary; /* one sentence, without its full stop */
    bool mends;          /* pvhop_pvsc_mend changes what it finds */
};

struct pvhop_finding {
    const struct pvhop_rule *rule;
    const char *entry;     /* its name, "" if it has none */
    unsigned line, column; /* of the element, from 1; 0: not known (made in memory) */
    const char *text;      /* what is wrong, with the words that are */
};
/** The finding is valid during the call. */
typedef void (*pvhop_finding_fn)(void *user, const struct pvhop_finding *finding);

/** The n-th rule, NULL past the end. */
const struct pvhop_rule *pvhop_rule_row(size_t n);
/** Calls `fn` for all that is found, entry by entry. */
void pvhop_pvsc_check(const struct pvhop_pvsc *f, pvhop_finding_fn fn, void *user);
/** Mends what can be mended without changing what an entry does. Returns how many places; -1: no
 * memory. */
int pvhop_pvsc_mend(struct pvhop_pvsc *f);

#ifdef __cplusplus
}
#endif
#endif
