/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CONVERT_H
#define PVHOP_CONVERT_H
/**
 * Makes pvhop entries of others: of those that run ssh or plink, in a terminal or not, and of
 * ParaView's SSHCommand. What a script of a site does cannot be seen in an entry; the report says
 * what is left to do. Each shape has an example in docs/pvsc-convert.md.
 */
#include <pvhop/pvsc.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pvhop_conversion_result {
    PVHOP_CONVERTED,         /* the new entry does all that the old one did */
    PVHOP_CONVERTED_IN_PART, /* `left` says what the user has to add or decide */
    PVHOP_NOT_CONVERTED,     /* `why` says why; there is no new entry */
    PVHOP_CONVERTED_BEFORE   /* pvhop wrote the entry; it was copied as it is */
};

struct pvhop_conversion {
    enum pvhop_conversion_result result;
    char *why;      /* a sentence, or NULL */
    char **left;    /* sentences, NULL-terminated; NULL: none */
    char **changed; /* what the new entry does otherwise than the old one; likewise */
};

/** "converted", "in-part", "not", "pvhop": for reports. */
const char *pvhop_conversion_name(enum pvhop_conversion_result result);
/**
 * Converts the entry `name` of `from` and adds it to `into` under the same name, in the pvhop
 * style; `replace` as in pvhop_pvsc_add. What the old entry asks for is asked for by the new one.
 * 0 and *out filled, which the caller clears, whatever its result; -1 on an error.
 */
int pvhop_pvsc_convert(const struct pvhop_pvsc *from, const char *name, struct pvhop_pvsc *into,
                       bool replace, struct pvhop_conversion *out, struct pvhop_error *err);
/** Frees what *c holds, not c itself. */
void pvhop_conversion_clear(struct pvhop_conversion *c);

#ifdef __cplusplus
}
#endif
#endif
