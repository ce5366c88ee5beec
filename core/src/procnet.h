/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PROCNET_H
#define PVHOP_PROCNET_H
/** Lines of /proc/net/tcp and /proc/net/tcp6 (proc(5)), of this machine or of a front end. */
#include <pvhop/endpoint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_TCP_ESTABLISHED 1 /* the kernel's include/net/tcp_states.h */
#define PVHOP_TCP_LISTEN 10

struct pvhop_tcp_row {
    struct pvhop_endpoint local, remote; /* v4-mapped addresses as IPv4 */
    unsigned state;
    long uid;
    unsigned long inode; /* 0: closed already, and the uid means nothing */
};

/** One line, without its newline; false for headers and anything else. Addresses are as a
 * little-endian kernel prints them. */
bool pvhop_tcp_row_parse(const char *line, struct pvhop_tcp_row *row);

/** Calls `fn` for each row of a text of many lines; stops when it returns false. */
void pvhop_tcp_rows(const char *text, bool (*fn)(void *user, const struct pvhop_tcp_row *row),
                    void *user);

#ifdef __cplusplus
}
#endif
#endif
