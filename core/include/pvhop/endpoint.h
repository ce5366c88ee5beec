/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_ENDPOINT_H
#define PVHOP_ENDPOINT_H
/** A host and a port: parsing, printing, address families. Resolves nothing. */
#include <pvhop/error.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_HOST_MAX 255      /* RFC 1035, 2.3.4, without the NUL */
#define PVHOP_ENDPOINT_TEXT 272 /* room for any printed endpoint */

struct pvhop_endpoint {
    char host[PVHOP_HOST_MAX + 1]; /* name or literal, no brackets; "" = any */
    uint16_t port;                 /* host byte order; 0 = let the system choose */
};

/**
 * Parses "host:port", "[v6]:port", ":port" and, if `default_port` is not
 * negative, "host" and "[v6]" alone. A name is checked for the characters that
 * a host name, a literal or a scope ("%eth0") can have, so it is safe to print.
 */
int pvhop_endpoint_parse(const char *text, int default_port, struct pvhop_endpoint *out,
                         struct pvhop_error *err);

/** Parses a port, 0 to 65535 in decimal, nothing else around it. */
int pvhop_port_parse(const char *text, uint16_t *out, struct pvhop_error *err);

/** True if `host` is a name or literal that pvhop_endpoint_parse would take. */
bool pvhop_host_valid(const char *host);

/** Prints "host:port", with brackets where the host has a colon. Returns buf. */
char *pvhop_endpoint_print(const struct pvhop_endpoint *ep, char buf[PVHOP_ENDPOINT_TEXT]);

/** AF_INET, AF_INET6, or AF_UNSPEC for a name or "any". */
int pvhop_endpoint_family(const struct pvhop_endpoint *ep);

/** True for 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104 and the name "localhost". */
bool pvhop_endpoint_is_loopback(const struct pvhop_endpoint *ep);

/** From an AF_INET or AF_INET6 address; v4-mapped ones become plain IPv4. */
int pvhop_endpoint_from_sockaddr(const struct sockaddr *sa, socklen_t len,
                                 struct pvhop_endpoint *out);

/** To an address; literals only ("" gives the unspecified one of `family`). */
int pvhop_endpoint_to_sockaddr(const struct pvhop_endpoint *ep, int family,
                               struct sockaddr_storage *out, socklen_t *len,
                               struct pvhop_error *err);

#ifdef __cplusplus
}
#endif
#endif
