/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_FUZZ_H
#define PVHOP_FUZZ_H
/** What the targets share. */
#include <pvhop/error.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/** A property that must hold. */
static inline void check(int holds)
{
    if (!holds)
        abort();
}

/** The input as a text of just its size, so that a read past its end is seen. Ends at a NUL. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    check(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/** An error that can be shown: a code, sentences, and nothing that a terminal obeys. */
static inline void check_error(const struct pvhop_error *err)
{
    const char *texts[] = {err->what, err->why, err->remedy};

    check(pvhop_code_find(err->code) != NULL);
    for (int i = 0; i < 3; i++) {
        check(texts[i][0] != '\0');
        for (const unsigned char *p = (const unsigned char *)texts[i]; *p; p++)
            check((*p >= 0x20 && *p != 0x7f) || *p == '\n' || *p == '\t');
    }
}

#endif
