/* SPDX-License-Identifier: BSD-3-Clause */
#include "procnet.h"
#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The columns of a row: sl local remote st tx:rx tr:when retrnsmt uid timeout inode ... */
enum { SLOT, LOCAL, REMOTE, STATE, UID = 7, INODE = 9, COLUMNS };

struct word {
    const char *text;
    size_t len;
};

/* False unless all of it is a number of that base, up to `most`. Not by sscanf, which takes more
 * than the kernel writes, and would be an eighth of the static helper. */
static bool read_number(struct word w, unsigned base, unsigned long most, unsigned long *out)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned long n = 0;

    for (size_t i = 0; i < w.len; i++) {
        const char *at = memchr(digits, w.text[i], base);
        unsigned long digit = at ? (unsigned long)(at - digits) : 0;

        if (!at || n > (most - digit) / base)
            return false;
        n = n * base + digit;
    }
    *out = n;
    return w.len > 0;
}

/* "0100007F:2B67" or 32 digits: 32-bit words as the kernel holds them, so each is byte-swapped. */
static bool parse_address(struct word w, struct pvhop_endpoint *out)
{
    const char *colon = memchr(w.text, ':', w.len);
    size_t digits = colon ? (size_t)(colon - w.text) : 0;
    uint32_t words[4] = {0};
    unsigned long n, port;
    struct sockaddr_storage storage = {0};

    if ((digits != 8 && digits != 32) ||
        !read_number((struct word){colon + 1, w.len - digits - 1}, 16, UINT16_MAX, &port))
        return false;
    for (size_t i = 0; i < digits / 8; i++) {
        if (!read_number((struct word){w.text + 8 * i, 8}, 16, UINT32_MAX, &n))
            return false;
        words[i] = (uint32_t)n;
    }
    if (digits == 8) {
        struct sockaddr_in *in = (struct sockaddr_in *)&storage;
        in->sin_family = AF_INET;
        in->sin_port = htons((uint16_t)port);
        memcpy(&in->sin_addr, words, 4);
        return pvhop_endpoint_from_sockaddr((struct sockaddr *)in, sizeof(*in), out) == 0;
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&storage;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons((uint16_t)port);
    memcpy(&in6->sin6_addr, words, 16);
    return pvhop_endpoint_from_sockaddr((struct sockaddr *)in6, sizeof(*in6), out) == 0;
}

bool pvhop_tcp_row_parse(const char *line, struct pvhop_tcp_row *row)
{
    struct word words[COLUMNS];
    unsigned long state, uid;

    for (size_t i = 0; i < COLUMNS; i++) {
        line += strspn(line, " ");
        words[i] = (struct word){line, strcspn(line, " \n")};
        line += words[i].len;
    }
    if (words[SLOT].len == 0 || words[SLOT].text[words[SLOT].len - 1] != ':' ||
        !read_number(words[STATE], 16, UINT8_MAX, &state) ||
        !read_number(words[UID], 10, UINT32_MAX, &uid) ||
        !read_number(words[INODE], 10, ULONG_MAX, &row->inode))
        return false;
    row->state = (unsigned)state;
    row->uid = (long)uid;
    return parse_address(words[LOCAL], &row->local) && parse_address(words[REMOTE], &row->remote);
}

void pvhop_tcp_rows(const char *text, bool (*fn)(void *user, const struct pvhop_tcp_row *row),
                    void *user)
{
    struct pvhop_tcp_row row;

    for (bool more = true; more && *text;) {
        char line[512];
        size_t len = strcspn(text, "\n");

        snprintf(line, sizeof(line), "%.*s", (int)(len < sizeof(line) ? len : sizeof(line) - 1),
                 text);
        if (pvhop_tcp_row_parse(line, &row))
            more = fn(user, &row);
        text += len + (text[len] == '\n');
    }
}
