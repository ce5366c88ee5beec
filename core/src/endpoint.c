/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pvhop/endpoint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Not isalnum(): the answer must not depend on the locale. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/* "fe80::1%eth0": the address without its scope goes to `address`, the scope to *scope (or NULL).
 */
static bool split_scope(const char *host, char address[INET6_ADDRSTRLEN], const char **scope)
{
    size_t len = strcspn(host, "%");

    if (len >= INET6_ADDRSTRLEN)
        return false;
    memcpy(address, host, len);
    address[len] = '\0';
    *scope = host[len] ? host + len + 1 : NULL;
    return true;
}

static bool valid_ipv6(const char *host)
{
    char address[INET6_ADDRSTRLEN];
    const char *scope;
    struct in6_addr in6;

    if (!split_scope(host, address, &scope) || inet_pton(AF_INET6, address, &in6) != 1)
        return false;
    if (!scope)
        return true;
    if (!*scope || strlen(scope) >= IF_NAMESIZE)
        return false;
    for (; *scope; scope++)
        if (!is_name_char(*scope) && *scope != '.')
            return false;
    return true;
}

/* RFC 1123, 2.1, and the underscore that real networks use. Never a leading '-': ssh would take it
 * as an option. */
static bool valid_name(const char *host)
{
    bool numeric = true;
    size_t label = 0, dots = 0;

    if (*host == '-')
        return false;
    for (const char *p = host; *p; p++) {
        if (*p == '.') {
            if (label == 0)
                return false;
            label = 0;
            dots++;
            continue;
        }
        if (!is_name_char(*p) || ++label > 63)
            return false;
        numeric = numeric && is_digit(*p);
    }
    /* "127.1" and "10.0.0.300" are mistyped addresses; some resolvers would make others of them. */
    return !(numeric && dots > 0);
}

bool pvhop_host_valid(const char *host)
{
    struct in_addr in;
    size_t len = strlen(host);

    if (len == 0 || len > PVHOP_HOST_MAX)
        return false;
    if (strchr(host, ':'))
        return valid_ipv6(host);
    return inet_pton(AF_INET, host, &in) == 1 || valid_name(host);
}

int pvhop_port_parse(const char *text, uint16_t *out, struct pvhop_error *err)
{
    unsigned long value = 0;
    const char *p = text;

    for (; is_digit(*p) && value <= UINT16_MAX; p++)
        value = value * 10 + (unsigned long)(*p - '0');
    if (p == text || *p || value > UINT16_MAX)
        return pvhop_error_set(err, PVHOP_E_VALUE, "'%s' is not a port (0 to 65535)", text);
    *out = (uint16_t)value;
    return 0;
}

int pvhop_endpoint_parse(const char *text, int default_port, struct pvhop_endpoint *out,
                         struct pvhop_error *err)
{
    struct pvhop_endpoint ep = {.port = 0};
    const char *host = text, *host_end, *port = NULL;

    if (*text == '[') {
        host = text + 1;
        host_end = strchr(host, ']');
        if (!host_end || (host_end[1] != '\0' && host_end[1] != ':'))
            return pvhop_error_set(err, PVHOP_E_VALUE, "'%s' has no ']:' after the address", text);
        if (host_end[1] == ':')
            port = host_end + 2;
    } else {
        host_end = strchr(text, ':');
        if (host_end && strchr(host_end + 1, ':')) {
            pvhop_error_set(err, PVHOP_E_VALUE, "'%s' has more than one colon", text);
            return pvhop_error_remedy(err, "Put an IPv6 address in brackets, as in [::1]:11111.");
        }
        if (host_end)
            port = host_end + 1;
        else
            host_end = text + strlen(text);
    }
    if ((size_t)(host_end - host) > PVHOP_HOST_MAX)
        return pvhop_error_set(err, PVHOP_E_VALUE, "the host in '%s' is too long", text);
    memcpy(ep.host, host, (size_t)(host_end - host));

    if (port) {
        if (pvhop_port_parse(port, &ep.port, err))
            return pvhop_error_set(err, PVHOP_E_VALUE, "'%s' does not end in a port (0 to 65535)",
                                   text);
    } else if (default_port >= 0 && default_port <= UINT16_MAX) {
        ep.port = (uint16_t)default_port;
    } else {
        return pvhop_error_set(err, PVHOP_E_VALUE, "'%s' has no port; HOST:PORT is needed", text);
    }
    /* ":port" means any address; nothing at all, or "[]", means a slip. */
    if (*text == '[' ? !valid_ipv6(ep.host)
                     : !(port && host == host_end) && !pvhop_host_valid(ep.host))
        return pvhop_error_set(err, PVHOP_E_VALUE, "'%s' in '%s' is not a host name or address",
                               ep.host, text);
    *out = ep;
    return 0;
}

char *pvhop_endpoint_print(const struct pvhop_endpoint *ep, char buf[PVHOP_ENDPOINT_TEXT])
{
    const char *format = strchr(ep->host, ':') ? "[%s]:%u" : "%s:%u";

    snprintf(buf, PVHOP_ENDPOINT_TEXT, format, ep->host, (unsigned)ep->port);
    return buf;
}

int pvhop_endpoint_family(const struct pvhop_endpoint *ep)
{
    struct in_addr in;

    if (strchr(ep->host, ':'))
        return valid_ipv6(ep->host) ? AF_INET6 : AF_UNSPEC;
    return inet_pton(AF_INET, ep->host, &in) == 1 ? AF_INET : AF_UNSPEC;
}

bool pvhop_endpoint_is_loopback(const struct pvhop_endpoint *ep)
{
    char address[INET6_ADDRSTRLEN];
    const char *scope;
    struct in_addr in;
    struct in6_addr in6;

    if (strcasecmp(ep->host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, ep->host, &in) == 1)
        return ntohl(in.s_addr) >> 24 == 127;
    if (!split_scope(ep->host, address, &scope) || inet_pton(AF_INET6, address, &in6) != 1)
        return false;
    return IN6_IS_ADDR_LOOPBACK(&in6) || (IN6_IS_ADDR_V4MAPPED(&in6) && in6.s6_addr[12] == 127);
}

static void print_ipv6(const struct sockaddr_in6 *sin6, struct pvhop_endpoint *ep)
{
    char name[IF_NAMESIZE];
    size_t len;

    inet_ntop(AF_INET6, &sin6->sin6_addr, ep->host, sizeof(ep->host));
    if (sin6->sin6_scope_id == 0)
        return;
    len = strlen(ep->host);
    if (if_indextoname(sin6->sin6_scope_id, name))
        snprintf(ep->host + len, sizeof(ep->host) - len, "%%%s", name);
    else
        snprintf(ep->host + len, sizeof(ep->host) - len, "%%%u", sin6->sin6_scope_id);
}

int pvhop_endpoint_from_sockaddr(const struct sockaddr *sa, socklen_t len,
                                 struct pvhop_endpoint *out)
{
    struct pvhop_endpoint ep = {.port = 0};
    struct sockaddr_in sin;
    struct sockaddr_in6 sin6;

    /* Copied out, as the caller's bytes need not be aligned for these types. */
    if (len >= sizeof(sin) && sa->sa_family == AF_INET) {
        memcpy(&sin, sa, sizeof(sin));
        inet_ntop(AF_INET, &sin.sin_addr, ep.host, sizeof(ep.host));
        ep.port = ntohs(sin.sin_port);
    } else if (len >= sizeof(sin6) && sa->sa_family == AF_INET6) {
        memcpy(&sin6, sa, sizeof(sin6));
        if (IN6_IS_ADDR_V4MAPPED(&sin6.sin6_addr))
            inet_ntop(AF_INET, &sin6.sin6_addr.s6_addr[12], ep.host, sizeof(ep.host));
        else
            print_ipv6(&sin6, &ep);
        ep.port = ntohs(sin6.sin6_port);
    } else {
        return -1;
    }
    *out = ep;
    return 0;
}

static int to_ipv6(const struct pvhop_endpoint *ep, struct sockaddr_in6 *sin6,
                   struct pvhop_error *err)
{
    char address[INET6_ADDRSTRLEN];
    const char *scope;
    unsigned long index;
    char *end;

    if (!split_scope(ep->host, address, &scope) ||
        inet_pton(AF_INET6, address, &sin6->sin6_addr) != 1)
        return pvhop_error_set(err, PVHOP_E_VALUE, "'%s' is not an IPv6 address", ep->host);
    if (!scope)
        return 0;
    sin6->sin6_scope_id = if_nametoindex(scope);
    if (sin6->sin6_scope_id == 0 && is_digit(*scope)) {
        index = strtoul(scope, &end, 10);
        if (*end == '\0' && index <= UINT32_MAX)
            sin6->sin6_scope_id = (uint32_t)index;
    }
    if (sin6->sin6_scope_id == 0)
        return pvhop_error_set(err, PVHOP_E_VALUE,
                               "'%s': there is no network interface '%s' on this computer",
                               ep->host, scope);
    return 0;
}

int pvhop_endpoint_to_sockaddr(const struct pvhop_endpoint *ep, int family,
                               struct sockaddr_storage *out, socklen_t *len,
                               struct pvhop_error *err)
{
    int own = pvhop_endpoint_family(ep);
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(ep->port)};
    struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_port = htons(ep->port)};

    if (ep->host[0] == '\0')
        own = family == AF_INET6 ? AF_INET6 : AF_INET; /* both are zero: the unspecified address */
    else if (own == AF_UNSPEC)
        return pvhop_error_set(err, PVHOP_E_VALUE, "'%s' is a name, not an address", ep->host);
    else if (family != AF_UNSPEC && family != own)
        return pvhop_error_set(err, PVHOP_E_VALUE, "'%s' is not an IPv%c address", ep->host,
                               family == AF_INET6 ? '6' : '4');

    memset(out, 0, sizeof(*out));
    if (own == AF_INET) {
        inet_pton(AF_INET, ep->host, &sin.sin_addr); /* fails on "", and leaves the zeros */
        memcpy(out, &sin, sizeof(sin));
        *len = sizeof(sin);
        return 0;
    }
    if (ep->host[0] && to_ipv6(ep, &sin6, err))
        return -1;
    memcpy(out, &sin6, sizeof(sin6));
    *len = sizeof(sin6);
    return 0;
}
