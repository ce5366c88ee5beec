/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CLI_PARAVIEW_FILES_H
#define PVHOP_CLI_PARAVIEW_FILES_H
/** ParaView's own files of entries. */
#include <pvhop/pvsc.h>
#include <sys/types.h>

#define CLI_SITE_SERVERS \
    "/usr/share/ParaView/servers.pvsc" /* read by every ParaView of a computer */

/** The user's servers.pvsc, whether it is there or not; newly allocated, NULL: no home. */
char *cli_paraview_servers(void);
/** Makes the folders above `path` that are not there yet. */
int cli_make_folders(const char *path, mode_t mode, struct pvhop_error *err);
/**
 * Writes `f` to `path`. PVSC_BUSY if that is the user's servers.pvsc and a ParaView runs: it would
 * write its own view of it over this one when it quits.
 */
int cli_write_pvsc(const struct pvhop_pvsc *f, const char *path, struct pvhop_error *err);

#endif
