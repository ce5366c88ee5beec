/* SPDX-License-Identifier: BSD-3-Clause */
#include "utf8.h"
#include <stdint.h>
#include <string.h>

static size_t length_of(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t pvhop_utf8_char(const char *text)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text;
    size_t len = length_of(p[0]);
    uint32_t c = len == 1 ? p[0] : p[0] & (0x7fu >> len);

    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (len == 0 || c < smallest[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
        return 0;
    if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
        return 0;
    return c == 0xfffe || c == 0xffff ? 0 : len;
}

char *pvhop_utf8_clean(const char *text, char *out, size_t size)
{
    size_t used = 0;

    while (*text) {
        size_t len = *text == '\n' || *text == '\t' ? 1 : pvhop_utf8_char(text);

        if (used + (len ? len : 1) >= size)
            break;
        if (len)
            memcpy(out + used, text, len);
        else
            out[used] = '?';
        used += len ? len : 1;
        text += len ? len : 1;
    }
    out[used] = '\0';
    return out;
}
