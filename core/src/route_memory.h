/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_ROUTE_MEMORY_H
#define PVHOP_ROUTE_MEMORY_H
/**
 * Which route worked at a host the last time, and whether the helper may be uploaded to it: one
 * small file a host and kind, mode 0600, in $XDG_CACHE_HOME/pvhop/routes (or ~/.cache). A route is
 * written and read by route `auto` only, as what to try first: a wrong or a lost one costs a
 * moment; a lost consent costs a question. What cannot be read or written counts as not there.
 */
#include <pvhop/recipe.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_ROUTE_MEMORY_S (7 * 24 * 3600) /* what a file says holds for so long */

/** The name of an automatic route of pvhop_route_choices, static; NULL if none is remembered.
 * `now`: seconds since 1970. */
const char *pvhop_route_remembered(const struct pvhop_recipe *recipe, bool on_node, int64_t now);
/** Remembers it; NULL forgets. */
void pvhop_route_remember(const struct pvhop_recipe *recipe, bool on_node, const char *name,
                          int64_t now);

/** Whether the user has agreed that the helper is uploaded to this host: once is for good. */
bool pvhop_upload_agreed(const struct pvhop_recipe *recipe);
/** Remembers that. */
void pvhop_upload_agree(const struct pvhop_recipe *recipe, int64_t now);

#ifdef __cplusplus
}
#endif
#endif
