/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_ERROR_H
#define PVHOP_ERROR_H
/**
 * Errors are values. A failure that a user can meet is a stable code, one
 * sentence on what failed, one on why (it quotes the input or the other side's
 * words), and one on what to do next. Nothing below the CLI prints or exits.
 *
 * The catalogue is pvhop/errors.def: the one source of codes, titles,
 * remedies and exit codes.
 */
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pvhop_code {
    PVHOP_OK = 0,
#define X(number, name, exit_code, what, remedy) PVHOP_E_##name = number,
#include <pvhop/errors.def>
#undef X
};

/** A failure, by value. Holds no pointers; copy it freely. */
struct pvhop_error {
    enum pvhop_code code;
    char what[256];   /* what failed, a sentence */
    char why[2048];   /* why, with the offending input or the other side's words */
    char remedy[512]; /* what to do next */
};

/** One row of the catalogue. */
struct pvhop_code_info {
    enum pvhop_code code;
    const char *name; /* HOSTKEY_CHANGED */
    int exit_code;    /* sysexits.h, or 130 for a cancel */
    const char *what;
    const char *remedy;
};

/** Sets *err back to PVHOP_OK. NULL is ignored. */
void pvhop_error_clear(struct pvhop_error *err);

/**
 * Fills *err from the catalogue's row of `code`, with `why` as printf makes it
 * (control characters other than newline and tab are replaced by '?'; what is
 * too long is cut). `err` may be NULL. Returns -1, so that a function
 * can `return pvhop_error_set(...)`.
 */
int pvhop_error_set(struct pvhop_error *err, enum pvhop_code code, const char *why, ...)
    __attribute__((format(printf, 3, 4)));

/** Replaces the catalogue's remedy by a better one for this case. Returns -1. */
int pvhop_error_remedy(struct pvhop_error *err, const char *remedy, ...)
    __attribute__((format(printf, 2, 3)));

/** The catalogue's row of a code; NULL if there is none. */
const struct pvhop_code_info *pvhop_code_find(enum pvhop_code code);

/** The catalogue's n-th row, NULL past its end: for docs and tests. */
const struct pvhop_code_info *pvhop_code_row(size_t n);

/** Prints "pvhop: PVH1301: what: why" and the remedy on a line of its own. Returns buf. */
char *pvhop_error_text(const struct pvhop_error *err, char *buf, size_t size);

/** The exit code (sysexits.h) for an error; 0 for PVHOP_OK. */
int pvhop_error_exit_code(const struct pvhop_error *err);

#ifdef __cplusplus
}
#endif
#endif
