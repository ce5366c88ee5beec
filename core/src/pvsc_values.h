/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PVSC_VALUES_H
#define PVHOP_PVSC_VALUES_H
/**
 * The values that an entry's $NAME$ have: what ParaView sets of its own, what <Options> set or ask
 * for (answered with what is proposed), and the cases of <Switch>.
 */
#include "pvsc_private.h"

struct pvhop_value {
    const char *name, *text; /* text NULL: `own` */
    char own[32];
};

/* Holds pointers into the entry and into `set`. All zero = empty. */
struct pvhop_values {
    const char *const *set; /* "NAME=VALUE", or NULL: what ParaView and its user would give */
    struct pvhop_value *list;
    size_t n;
    bool failed;
    /* Of the resource, as ParaView has it at the end: PV_SERVER_PORT, when asked for, moves it. */
    char host[256], port[16]; /* port "": none */
};

void pvhop_values_fill(struct pvhop_values *v, const xmlNode *server, const char *const *set);
/* NULL: there is none. Owned by `v`, until its next change. */
const char *pvhop_values_get(const struct pvhop_values *v, const char *name);
/* True if the ParaView that `set` tells of (5.11.0 without one) is of that version or later. */
bool pvhop_values_from_version(const struct pvhop_values *v, long major, long minor, long patch);
void pvhop_values_clear(struct pvhop_values *v);

#endif
