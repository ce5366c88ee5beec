/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_REPORT_COLLECT_H
#define PVHOP_REPORT_COLLECT_H
/** What goes into a report, as texts; nothing is redacted here. */
#include <stdbool.h>
#include <stddef.h>

/** Versions of pvhop, its libraries, the system, ssh, and ParaView if it is there. Newly
 * allocated, as all of these; NULL: no memory. */
char *report_versions(void);
/** What `ssh -G` says of the host, the settings that matter only; `config` may be NULL (-F). */
char *report_ssh(const char *host, const char *config);
/** The end of a file, at most `max` bytes from the beginning of a line; NULL: it cannot be read. */
char *report_file(const char *path, size_t max);
/** Standard output of this very program with these words; NULL: it could not be run. */
char *report_self(char *const words[]);
/** Runs a program to its end. `out`: gets its standard output, newly allocated; may be NULL.
 * Returns its exit code, -1 if it could not be run. */
int report_run(char *const argv[], char **out);

#endif
