/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SECRET_H
#define PVHOP_SECRET_H
/** Passwords and the like: in pages that are locked, not dumped, not inherited, and wiped when
 * freed. */
#include <stddef.h>

#define PVHOP_SECRET_MAX 4000

/** A copy of at most PVHOP_SECRET_MAX bytes; NULL if it is longer or memory ran out. */
char *pvhop_secret_copy(const char *text);
/** NULL is fine. */
void pvhop_secret_free(char *secret);
#endif
