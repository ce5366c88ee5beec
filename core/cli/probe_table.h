/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PROBE_TABLE_H
#define PVHOP_PROBE_TABLE_H
/** Prints a probe's result (probe.h), a JSON text, as a table for people on standard output. */
void probe_table_print(const char *result);
#endif
