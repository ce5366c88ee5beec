/* SPDX-License-Identifier: BSD-3-Clause */
#include "procnet.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* "0100007F:2B67" or 32 digits: 32-bit words as the kernel holds them, so each is byte-swapped. */
static bool parse_address(const char *text, struct pvhop_endpoint *out)
{
    const char *colon = strchr(text, ':');
    size_t digits = colon ? (size_t)(colon - text) : 0;
    unsigned words[4] = {0}, port;
    struct sockaddr_storage storage = {0};

    if ((digits != 8 && digits != 32) || sscanf(colon, ":%4X", &port) != 1)
        return false;
    for (size_t i = 0; i < digits / 8; i++)
        if (sscanf(text + 8 * i, "%8X", &words[i]) != 1)
            return false;
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
    char local[64], remote[64];

    /* sl local remote st tx:rx tr:when retrnsmt uid timeout inode ... */
    if (sscanf(line, " %*u: %63s %63s %X %*s %*s %*s %ld %*u %lu", local, remote, &row->state,
               &row->uid, &row->inode) != 5)
        return false;
    return parse_address(local, &row->local) && parse_address(remote, &row->remote);
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
