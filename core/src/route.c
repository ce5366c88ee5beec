/* SPDX-License-Identifier: BSD-3-Clause */
#include "route.h"
#include <string.h>

static const struct pvhop_route_kind *const kinds[] = {
    &pvhop_route_two_hop_forward, &pvhop_route_direct, &pvhop_route_tunnel,
    &pvhop_route_relay_tunnel,    &pvhop_route_relay,  &pvhop_route_stdio,
    &pvhop_route_two_hop_reverse, &pvhop_route_auto};

const struct pvhop_route_kind *pvhop_route_find(const char *name, struct pvhop_error *err)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    pvhop_error_set(err, PVHOP_E_VALUE, "route '%s' is not available in this version", name);
    return NULL;
}
