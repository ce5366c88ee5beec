/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SITE_PRIVATE_H
#define PVHOP_SITE_PRIVATE_H
/** What the files of site share. */
#include "xml.h"
#include <pvhop/file.h>
#include <pvhop/site.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_site {
    xmlDoc *doc;
    char *file; /* as errors call it */
    struct pvhop_site_info info;
    struct pvhop_site_machine *machines;
    const xmlNode **machine_nodes; /* one each */
    size_t machine_count;
};

/* One word of a list with spaces between, from *at on; its length, 0 at the end. */
size_t pvhop_site_word(const char **at);
/* May a site's defaults, or its policy, speak of the field? */
bool pvhop_site_may_set(const struct pvhop_field *field);
bool pvhop_site_may_rule(const struct pvhop_field *field);
/* The machine's node in the tree; NULL for NULL. */
const xmlNode *pvhop_site_node(const struct pvhop_site *site,
                               const struct pvhop_site_machine *machine);
/* -1 and SITE with file:line:column unless the file says what it may, where it may. */
int pvhop_site_check(const struct pvhop_site *site, bool strict, struct pvhop_error *err);
/* SITE, with the place of `node` in front; -1. */
int pvhop_site_error(const struct pvhop_site *site, const xmlNode *node, struct pvhop_error *err,
                     const char *why, ...) __attribute__((format(printf, 4, 5)));

#ifdef __cplusplus
}
#endif
#endif
