/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_INSIDE_H
#define PVHOP_INSIDE_H
/**
 * The addresses by which the nodes reach the front end: all of its own but the one that we came in
 * by, or that one if there is no other. IPv4 only, as VTK's sockets (vtkSocket.cxx).
 */
#include <pvhop/endpoint.h>
#include <pvhop/site.h>
#include <stddef.h>

#define PVHOP_INSIDE_MAX 4

struct pvhop_inside {
    struct pvhop_endpoint at[PVHOP_INSIDE_MAX]; /* port 0 */
    size_t count;
    char all[1024]; /* all of the front end's own addresses, spaces between */
};

/** The query for the control channel. */
extern const char pvhop_inside_script[];
/** Reads its answer. Of the addresses those that the site lists for the machine's front ends are
 * taken, if any is among them. `machine` may be NULL. */
void pvhop_inside_read(const char *output, const struct pvhop_site_machine *machine,
                       struct pvhop_inside *out);
#endif
