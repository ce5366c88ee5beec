/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_ROUTE_AUTO_H
#define PVHOP_ROUTE_AUTO_H
/**
 * Which routes there are, in the order of preference: what route `auto` tries and what the probe
 * recommends come from this one list.
 */
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_route_choice {
    const char *name;
    bool encrypted;
    bool automatic; /* `auto` may take it: encrypted, and of use where the ones before it are not */
    bool listens;   /* pvserver listens, else it connects: a start of pvserver is for one of them */
    bool way;       /* of another route in the list, with no name that a user could choose */
};

#define PVHOP_ROUTE_CHOICES 8

/**
 * The routes (`stdio` twice: its two ways) for a pvserver on a node, or on the front end itself;
 * the preferred one first: PVHOP_ROUTE_CHOICES of them. On a node, those that the front end calls
 * come before those that the node calls, as front ends reach their nodes more surely than the other
 * way round; among them, those with fewer parts.
 */
const struct pvhop_route_choice *pvhop_route_choices(bool on_node);

#ifdef __cplusplus
}
#endif
#endif
