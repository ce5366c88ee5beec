/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PVSC_NAMES_H
#define PVHOP_PVSC_NAMES_H
/** Which entry a name stands for, of tens of thousands (libxml2's own hash stops growing at some
 * thousands). */
#include <libxml/tree.h>
#include <stdbool.h>

struct pvhop_names;

/** NULL: no memory. */
struct pvhop_names *pvhop_names_new(void);
void pvhop_names_free(struct pvhop_names *names);
/** An entry's name, "" if it has none. */
const char *pvhop_name_of(const xmlNode *server);
/** The name stands for this entry from now on. False: no memory. */
bool pvhop_names_put(struct pvhop_names *names, xmlNode *server);
/** NULL: none. */
xmlNode *pvhop_names_get(const struct pvhop_names *names, const char *name);
/** Before an entry changes its name or goes: the name stands for nothing. */
void pvhop_names_drop(struct pvhop_names *names, const char *name);

#endif
