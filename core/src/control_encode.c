/* SPDX-License-Identifier: BSD-3-Clause */
#include "control_private.h"
#include <stdlib.h>
#include <string.h>

char *pvhop_control_encode(const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./=:,+@-";
    size_t len = strlen(text);
    char *encoded = malloc(len * 5 + 1), *p = encoded;

    if (!encoded)
        return NULL;
    for (const char *q = text; *q; q++) {
        unsigned char byte = (unsigned char)*q;

        if (strchr(plain, *q)) {
            *p++ = *q;
        } else { /* \0ooo: the form that printf %b of POSIX knows */
            *p++ = '\\';
            *p++ = '0';
            *p++ = (char)('0' + (byte >> 6));
            *p++ = (char)('0' + ((byte >> 3) & 7));
            *p++ = (char)('0' + (byte & 7));
        }
    }
    *p = '\0';
    return encoded;
}
