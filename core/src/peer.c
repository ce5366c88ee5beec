/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sock_diag(7) answers for one socket, named by its addresses and ports as its
 * owner sees them. /proc/net/tcp{,6} (proc(5)) say the same in text, where the
 * kernel was built without inet_diag.
 */
#include "procnet.h"
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pvhop/peer.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One end: the address in network byte order (IPv4: the first word), the port too. */
struct end {
    uint32_t address[4];
    uint16_t port;
};

/* A socket: its own end and the one it is connected to (all zero: it listens). */
struct tuple {
    int family;
    struct end own, far;
};

enum { NOT_FOUND = -1, NO_ANSWER = -2 };

/* v4-mapped addresses become plain IPv4: the kernel finds both kinds of socket under that. */
static int end_from_sockaddr(const struct sockaddr_storage *sa, struct end *out)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;

    memset(out, 0, sizeof(*out));
    if (sa->ss_family == AF_INET) {
        out->port = in->sin_port;
        memcpy(out->address, &in->sin_addr, 4);
        return AF_INET;
    }
    if (sa->ss_family != AF_INET6)
        return AF_UNSPEC;
    out->port = in6->sin6_port;
    if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
        memcpy(out->address, in6->sin6_addr.s6_addr + 12, 4);
        return AF_INET;
    }
    memcpy(out->address, &in6->sin6_addr, 16);
    return AF_INET6;
}

/* ---- sock_diag ---- */

static int diag_ask(int fd, const struct tuple *t)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 ask;
    } request = {.header = {.nlmsg_len = sizeof(request),
                            .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                            .nlmsg_flags = NLM_F_REQUEST},
                 .ask = {.sdiag_family = (uint8_t)t->family,
                         .sdiag_protocol = IPPROTO_TCP,
                         .idiag_states = ~0u,
                         .id = {.idiag_sport = t->own.port,
                                .idiag_dport = t->far.port,
                                .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}}};
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

    memcpy(request.ask.id.idiag_src, t->own.address, 16);
    memcpy(request.ask.id.idiag_dst, t->far.address, 16);
    return sendto(fd, &request, sizeof(request), 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0
               ? -1
               : 0;
}

/* The uid, NOT_FOUND, or NO_ANSWER. */
static int64_t diag_uid(const struct tuple *t)
{
    union {
        struct nlmsghdr header;
        char bytes[4096];
    } reply;
    struct sockaddr_nl from;
    socklen_t from_len = sizeof(from);
    struct inet_diag_msg found;
    int64_t uid = NO_ANSWER;
    ssize_t n;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

    if (fd < 0)
        return NO_ANSWER;
    if (diag_ask(fd, t) < 0)
        goto out;
    /* The kernel has answered before sendto returns: there is nothing to wait for. */
    n = recvfrom(fd, &reply, sizeof(reply), MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
    if (n < (ssize_t)sizeof(reply.header) || from.nl_pid != 0)
        goto out;
    /* ENOENT also means that the kernel lacks the module; the caller tells them apart. */
    if (reply.header.nlmsg_type != SOCK_DIAG_BY_FAMILY) {
        uid = NOT_FOUND;
        goto out;
    }
    if (reply.header.nlmsg_len < NLMSG_LENGTH(sizeof(found)) || n < (ssize_t)reply.header.nlmsg_len)
        goto out;
    memcpy(&found, NLMSG_DATA(&reply.header), sizeof(found));
    uid = NOT_FOUND;
    /* Where no connection matches, the kernel goes on to those who listen on the port. */
    if (found.id.idiag_sport != t->own.port || found.id.idiag_dport != t->far.port ||
        (found.idiag_state == TCP_LISTEN) != (t->far.port == 0))
        goto out;
    /* A closed socket is nobody's: the kernel then says uid 0. */
    if (found.idiag_inode != 0)
        uid = found.idiag_uid;
out:
    close(fd);
    return uid;
}

/* ---- /proc/net/tcp, tcp6 ---- */

static struct pvhop_endpoint endpoint_of(int family, const struct end *e)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = e->port};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = e->port};
    struct pvhop_endpoint out = {.port = 0};

    memcpy(&in.sin_addr, e->address, 4);
    memcpy(&in6.sin6_addr, e->address, 16);
    if (family == AF_INET)
        pvhop_endpoint_from_sockaddr((struct sockaddr *)&in, sizeof(in), &out);
    else
        pvhop_endpoint_from_sockaddr((struct sockaddr *)&in6, sizeof(in6), &out);
    return out;
}

static bool same(const struct pvhop_endpoint *a, const struct pvhop_endpoint *b)
{
    return a->port == b->port && !strcmp(a->host, b->host);
}

struct sought {
    int family;
    bool listening;
    struct pvhop_endpoint own, far;
};

/* How well a row answers: 0 not at all. The kernel prefers who listens on the very address to who
 * listens on all of its family, and that one to who listens on all of both. */
static int rank(const struct sought *what, const struct pvhop_tcp_row *row)
{
    if (row->inode == 0 || (row->state == PVHOP_TCP_LISTEN) != what->listening)
        return 0;
    if (!what->listening)
        return same(&row->local, &what->own) && same(&row->remote, &what->far) ? 3 : 0;
    if (row->local.port != what->own.port)
        return 0;
    if (!strcmp(row->local.host, what->own.host))
        return 3;
    if (what->family == AF_INET && !strcmp(row->local.host, "0.0.0.0"))
        return 2;
    return !strcmp(row->local.host, "::") ? 1 : 0;
}

static int64_t proc_uid(const struct tuple *t)
{
    static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
    const struct sought what = {.family = t->family,
                                .listening = t->far.port == 0,
                                .own = endpoint_of(t->family, &t->own),
                                .far = endpoint_of(t->family, &t->far)};
    struct pvhop_tcp_row row;
    char line[512];
    int64_t uid = NOT_FOUND;
    int best = 0;

    for (int i = 0; i < 2; i++) {
        FILE *table = fopen(tables[i], "re");

        while (table && fgets(line, sizeof(line), table)) {
            if (pvhop_tcp_row_parse(line, &row) && rank(&what, &row) > best) {
                best = rank(&what, &row);
                uid = row.uid;
            }
        }
        if (table)
            fclose(table);
    }
    return uid;
}

/* ---- the two questions ---- */

int64_t pvhop_peer_uid(int fd)
{
    struct sockaddr_storage here = {0}, there = {0};
    socklen_t here_len = sizeof(here), there_len = sizeof(there);
    struct tuple peer, ours;
    int64_t uid;

    if (getsockname(fd, (struct sockaddr *)&here, &here_len) < 0 ||
        getpeername(fd, (struct sockaddr *)&there, &there_len) < 0)
        return -1;
    peer.family = end_from_sockaddr(&there, &peer.own);
    if (peer.family == AF_UNSPEC || end_from_sockaddr(&here, &peer.far) != peer.family)
        return -1;
    uid = diag_uid(&peer);
    if (uid >= 0)
        return uid;
    /* If our own end can be found in this way, then the peer's is not here. */
    ours = (struct tuple){.family = peer.family, .own = peer.far, .far = peer.own};
    if (uid == NOT_FOUND && diag_uid(&ours) >= 0)
        return -1;
    return proc_uid(&peer);
}

static int64_t listening_uid(const struct pvhop_endpoint *literal)
{
    struct sockaddr_storage sa;
    socklen_t len;
    struct tuple t = {0};
    int64_t uid;

    if (literal->port == 0 || pvhop_endpoint_family(literal) == AF_UNSPEC ||
        pvhop_endpoint_to_sockaddr(literal, AF_UNSPEC, &sa, &len, NULL) < 0)
        return -1;
    t.family = end_from_sockaddr(&sa, &t.own);
    uid = diag_uid(&t);
    return uid >= 0 ? uid : proc_uid(&t);
}

int64_t pvhop_listening_uid(const struct pvhop_endpoint *where)
{
    struct pvhop_endpoint v4 = {.host = "127.0.0.1", .port = where->port};
    struct pvhop_endpoint v6 = {.host = "::1", .port = where->port};
    int64_t uid4, uid6;

    if (strcmp(where->host, "localhost"))
        return listening_uid(where);
    uid4 = listening_uid(&v4);
    uid6 = listening_uid(&v6);
    if (uid4 < 0 || uid6 < 0 || uid4 == uid6)
        return uid4 < 0 ? uid6 : uid4;
    return -1;
}
