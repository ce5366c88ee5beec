/* SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"
#include <pvhop/error.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct pvhop_code_info catalogue[] = {
#define X(number, name, exit_code, what, remedy) {PVHOP_E_##name, #name, exit_code, what, remedy},
#include <pvhop/errors.def>
#undef X
};

void pvhop_error_clear(struct pvhop_error *err)
{
    if (err)
        memset(err, 0, sizeof(*err));
}

int pvhop_error_set(struct pvhop_error *err, enum pvhop_code code, const char *why, ...)
{
    const struct pvhop_code_info *info = pvhop_code_find(code);
    struct pvhop_error filled = {.code = code};
    va_list ap;

    if (!err)
        return -1;
    if (info) {
        snprintf(filled.what, sizeof(filled.what), "%s", info->what);
        snprintf(filled.remedy, sizeof(filled.remedy), "%s", info->remedy);
    }
    va_start(ap, why);
    vsnprintf(filled.why, sizeof(filled.why), why, ap);
    va_end(ap);
    pvhop_make_printable(filled.why);
    *err = filled; /* only now: the arguments may lie in *err itself */
    return -1;
}

int pvhop_error_remedy(struct pvhop_error *err, const char *remedy, ...)
{
    char text[sizeof(err->remedy)];
    va_list ap;

    if (!err)
        return -1;
    va_start(ap, remedy);
    vsnprintf(text, sizeof(text), remedy, ap);
    va_end(ap);
    pvhop_make_printable(text);
    memcpy(err->remedy, text, sizeof(text));
    return -1;
}

const struct pvhop_code_info *pvhop_code_row(size_t n)
{
    return n < sizeof(catalogue) / sizeof(catalogue[0]) ? &catalogue[n] : NULL;
}

const struct pvhop_code_info *pvhop_code_find(enum pvhop_code code)
{
    const struct pvhop_code_info *row;

    for (size_t n = 0; (row = pvhop_code_row(n)); n++)
        if (row->code == code)
            return row;
    return NULL;
}

int pvhop_error_exit_code(const struct pvhop_error *err)
{
    const struct pvhop_code_info *info;

    if (!err || err->code == PVHOP_OK)
        return 0;
    info = pvhop_code_find(err->code);
    return info ? info->exit_code : 70; /* EX_SOFTWARE */
}

char *pvhop_error_text(const struct pvhop_error *err, char *buf, size_t size)
{
    snprintf(buf, size, "pvhop: PVH%04d: %s%s%s\n%s%s%s", (int)err->code, err->what,
             *err->why ? ": " : "", err->why, *err->remedy ? "       " : "", err->remedy,
             *err->remedy ? "\n" : "");
    return buf;
}
