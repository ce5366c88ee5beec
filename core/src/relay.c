/* SPDX-License-Identifier: BSD-3-Clause */
/* The relay: names, ports, who may connect, start and stop. */
#include "relay_private.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pvhop/peer.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BACKLOG = 4096, /* the kernel cuts it to its own limit */
    ACCEPTS_A_TURN = 64,
    NAME_FRESH_MS = 30000, /* then a destination's name is looked up again */
    RESUME_MS = 1000,      /* descriptors may be freed by others, of which no event tells */
    PORT_TRIES = 8,
    SPARE_DESCRIPTORS = 64
};

void relay_log(struct pvhop_relay *r, int detail, const char *format, ...)
{
    char line[3072];
    va_list ap;

    if (!r->events.log)
        return;
    va_start(ap, format);
    vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    r->events.log(r->user, detail, line);
}

/* The end is told from a timer, so that no caller on the stack needs what `done` frees. */
static void end_relay(struct pvhop_relay *r, const struct pvhop_error *how)
{
    if (how && r->end.code == PVHOP_OK)
        r->end = *how;
    r->stopping = true;
    if (!pvhop_timer_running(r->end_timer))
        pvhop_timer_start(r->end_timer, 0);
}

static void on_end(void *user)
{
    struct pvhop_relay *r = user;
    struct pvhop_error how = r->end;

    r->events.done(r->user, &how);
}

/* ---- names ---- */

static struct relay_name *find_name(struct pvhop_relay *r, const char *host)
{
    struct relay_name *n = r->names;

    while (n && strcmp(n->host, host) != 0)
        n = n->next;
    return n;
}

static int add_name(struct pvhop_relay *r, const char *host)
{
    struct relay_name *n;

    if (!host[0] || find_name(r, host))
        return 0;
    n = calloc(1, sizeof(*n));
    if (!n)
        return -1;
    n->relay = r;
    n->host = host;
    n->literal = pvhop_resolve_literal(host, &n->found);
    n->next = r->names;
    r->names = n;
    return 0;
}

static int add_names(struct pvhop_relay *r)
{
    const struct pvhop_relay_config *config = r->config;
    int rc = 0;

    for (size_t i = 0; i < config->allow_count; i++)
        rc |= add_name(r, config->allow[i].host);
    for (size_t m = 0; m < config->map_count; m++) {
        const struct pvhop_relay_map *map = &config->maps[m];

        rc |= add_name(r, map->listen_on) | add_name(r, map->source);
        for (size_t i = 0; i < map->rule_count; i++) {
            for (size_t k = 0; k < map->rules[i].froms; k++)
                rc |= add_name(r, map->rules[i].from[k].host);
            for (size_t k = 0; k < map->rules[i].tos; k++)
                rc |= add_name(r, map->rules[i].to[k].host);
        }
    }
    return rc;
}

static void open_all_ports(struct pvhop_relay *r);

static void on_resolved(void *user, const struct pvhop_addresses *found,
                        const struct pvhop_error *err)
{
    struct relay_name *n = user;
    struct pvhop_relay *r = n->relay;

    n->asking = false;
    n->lookup = NULL;
    n->found_ms = pvhop_loop_now_ms(r->loop);
    if (err->code == PVHOP_OK)
        n->found = *found;
    else if (n->found.count)
        relay_log(r, 0, "%s; its last known address is used", err->why);
    else if (!r->started)
        end_relay(r, err);
    if (r->started)
        relay_connections_resolved(r);
    else if (!r->stopping)
        open_all_ports(r);
}

static void ask(struct relay_name *n)
{
    void *lookup;

    if (n->asking)
        return;
    n->asking = true;
    lookup = n->relay->resolver->start(n->relay->loop, n->host, on_resolved, n);
    if (n->asking)
        n->lookup = lookup;
}

const struct pvhop_addresses *relay_lookup(struct pvhop_relay *r, const char *host)
{
    struct relay_name *n = find_name(r, host);

    if (!n->literal && pvhop_loop_now_ms(r->loop) - n->found_ms > NAME_FRESH_MS)
        ask(n);
    return n->asking ? NULL : &n->found;
}

const struct pvhop_addresses *relay_addresses(struct pvhop_relay *r, const char *host)
{
    return &find_name(r, host)->found;
}

/* ---- who may connect ---- */

static bool same_network(const struct sockaddr_storage *a, const struct sockaddr_storage *b,
                         int bits)
{
    const unsigned char *x, *y;
    int all = a->ss_family == AF_INET6 ? 128 : 32;

    if (a->ss_family != b->ss_family)
        return false;
    if (a->ss_family == AF_INET6) {
        x = (const unsigned char *)&((const struct sockaddr_in6 *)a)->sin6_addr;
        y = (const unsigned char *)&((const struct sockaddr_in6 *)b)->sin6_addr;
    } else {
        x = (const unsigned char *)&((const struct sockaddr_in *)a)->sin_addr;
        y = (const unsigned char *)&((const struct sockaddr_in *)b)->sin_addr;
    }
    if (bits < 0 || bits > all)
        bits = all;
    if (memcmp(x, y, (size_t)bits / 8) != 0)
        return false;
    return bits % 8 == 0 || (x[bits / 8] ^ y[bits / 8]) >> (8 - bits % 8) == 0;
}

static bool any_matches(struct pvhop_relay *r, const struct pvhop_relay_from *from, size_t count,
                        const struct sockaddr_storage *peer)
{
    uint16_t port = ntohs(((const struct sockaddr_in *)peer)->sin_port);
    const struct pvhop_addresses *known;

    for (size_t i = 0; i < count; i++) {
        if (port < from[i].low || port > from[i].high)
            continue;
        if (!from[i].host[0])
            return true;
        known = relay_addresses(r, from[i].host);
        for (size_t k = 0; k < known->count; k++)
            if (same_network(&known->at[k], peer, from[i].bits))
                return true;
    }
    return count == 0;
}

static const struct pvhop_relay_rule *rule_for(struct pvhop_relay *r,
                                               const struct pvhop_relay_map *map,
                                               const struct sockaddr_storage *peer)
{
    if (!any_matches(r, r->config->allow, r->config->allow_count, peer))
        return NULL;
    for (size_t i = 0; i < map->rule_count; i++)
        if (any_matches(r, map->rules[i].from, map->rules[i].froms, peer))
            return &map->rules[i];
    return NULL;
}

/* ---- ports ---- */

static void set_accepting(struct pvhop_relay *r, bool accepting)
{
    r->paused = !accepting;
    for (struct relay_port *p = r->ports; p; p = p->next)
        pvhop_watch_set(p->watch, accepting ? PVHOP_READ : 0);
}

static void resume(struct pvhop_relay *r)
{
    if (r->paused && !r->stopping && r->counts.now < r->max_connections &&
        !(r->config->once && r->counts.now > 0)) {
        pvhop_timer_stop(r->resume_timer);
        if (r->counts.now < r->max_connections / 2) /* else the log would say it for each one */
            r->told_full = false;
        set_accepting(r, true);
    }
}

static void on_resume(void *user)
{
    resume(user);
}

/* Another user of this machine, or one of whom that cannot be told. */
static bool is_stranger(int fd, const struct pvhop_endpoint *peer)
{
    const int64_t uid = pvhop_peer_uid(fd);
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);
    struct pvhop_endpoint own = {0};

    if (uid >= 0)
        return uid != (int64_t)getuid();
    if (getsockname(fd, (struct sockaddr *)&sa, &len) == 0)
        pvhop_endpoint_from_sockaddr((const struct sockaddr *)&sa, len, &own);
    return pvhop_endpoint_is_loopback(peer) || strcmp(peer->host, own.host) == 0;
}

void relay_unpace(const struct pvhop_relay *r, int fd, const struct pvhop_endpoint *other_end)
{
    if (r->paced && pvhop_endpoint_is_loopback(other_end))
        setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
}

/* What all connections of a port shall have is set once, on the port: they inherit it. */
static void tune_port(struct relay_port *p)
{
    char name[16] = "";
    socklen_t len = sizeof(name) - 1;

    pvhop_stream_tcp_options(p->fd);
    if (getsockopt(p->fd, IPPROTO_TCP, TCP_CONGESTION, name, &len) == 0)
        p->relay->paced = strncmp(name, "bbr", 3) == 0;
    relay_unpace(p->relay, p->fd, &p->where);
    p->unpaced = pvhop_endpoint_is_loopback(&p->where);
}

static void newcomer(struct relay_port *p, int fd, const struct sockaddr_storage *address)
{
    struct pvhop_relay *r = p->relay;
    const struct pvhop_relay_rule *rule = rule_for(r, p->map->map, address);
    struct pvhop_endpoint ep;
    char peer[PVHOP_ENDPOINT_TEXT];
    bool stranger;

    pvhop_endpoint_from_sockaddr((const struct sockaddr *)address, sizeof(*address), &ep);
    pvhop_endpoint_print(&ep, peer);
    stranger = r->config->same_user && is_stranger(fd, &ep);
    if (stranger || !rule) {
        if (stranger)
            relay_log(r, 0, "%s: refused, it does not belong to this user", peer);
        else
            relay_log(r, 0, "%s: refused, it may not connect to port %u", peer, p->where.port);
        r->counts.refused++;
        pvhop_stream_reset_on_close(fd);
        close(fd);
        return;
    }
    r->counts.accepted++;
    if (!p->unpaced)
        relay_unpace(r, fd, &ep);
    if (r->config->once)
        set_accepting(r, false);
    relay_connection_new(r, p->map, rule, fd, peer);
}

/* For one who is there. False: who comes now has to wait. */
static bool make_room(struct pvhop_relay *r)
{
    if (r->counts.now < r->max_connections || relay_connections_drop_unproved(r))
        return true;
    if (!r->told_full)
        relay_log(r, 0, "%llu connections: more have to wait", (unsigned long long)r->counts.now);
    r->told_full = true;
    set_accepting(r, false);
    return false;
}

static void on_port(void *user, unsigned events)
{
    struct relay_port *p = user;
    struct pvhop_relay *r = p->relay;
    struct sockaddr_storage address;
    socklen_t len;
    int fd;

    (void)events;
    /* `paused` may come from a newcomer; after stop the ports are gone. */
    for (int i = 0; i < ACCEPTS_A_TURN && !r->paused && !r->stopping; i++) {
        if (i > 0 && r->counts.now >= r->max_connections)
            return; /* whether one more is there, for whom to make room, the next event tells */
        if (!make_room(r))
            return;
        memset(&address, 0, sizeof(address));
        len = sizeof(address);
        fd = accept4(p->fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            newcomer(p, fd, &address);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (!r->told_full)
                relay_log(r, 0, "%s: more connections have to wait", strerror(errno));
            r->told_full = true;
            set_accepting(r, false);
            pvhop_timer_start(r->resume_timer, RESUME_MS);
        } else if (errno == EAGAIN) {
            return;
        } /* else one newcomer failed by itself: take the next */
    }
}

/* Closes the ports that were opened after `last` (NULL: all). */
static void close_ports(struct pvhop_relay *r, const struct relay_port *last)
{
    struct relay_port *p;

    while ((p = r->ports) != last) {
        r->ports = p->next;
        pvhop_watch_free(p->watch);
        close(p->fd);
        free(p);
    }
}

/* Opens one port. Returns 0, or an errno. */
static int open_port(struct pvhop_relay *r, struct relay_map *map,
                     const struct sockaddr_storage *where)
{
    const int on = 1;
    struct sockaddr_storage bound;
    socklen_t len = sizeof(bound);
    struct relay_port *p = calloc(1, sizeof(*p));
    int error = ENOMEM;

    if (!p)
        return ENOMEM;
    p->relay = r;
    p->map = map;
    p->fd = socket(where->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd < 0)
        goto fail;
    setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (where->ss_family == AF_INET6)
        setsockopt(p->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(p->fd, (const struct sockaddr *)where, sizeof(*where)) ||
        getsockname(p->fd, (struct sockaddr *)&bound, &len))
        goto fail;
    pvhop_endpoint_from_sockaddr((struct sockaddr *)&bound, len, &p->where);
    tune_port(p); /* the first connection may come with listen() */
    if (listen(p->fd, BACKLOG))
        goto fail;
    p->watch = pvhop_watch_new(r->loop, p->fd, on_port, p, NULL);
    if (!p->watch)
        goto out;
    pvhop_watch_set(p->watch, PVHOP_READ);
    p->next = r->ports;
    r->ports = p;
    return 0;
fail:
    error = errno;
out:
    if (p->fd >= 0)
        close(p->fd);
    free(p);
    return error;
}

/* A family that this host does not have is no failure if there is another. */
static bool no_such_family(int error)
{
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
}

/* Opens `port` (0: the system chooses, one for all) on all addresses of the list. */
static int open_addresses(struct pvhop_relay *r, struct relay_map *map,
                          const struct pvhop_addresses *list, uint16_t port)
{
    struct sockaddr_storage where;
    struct relay_port *before = r->ports;
    int error = 0, last = EADDRNOTAVAIL;

    for (size_t i = 0; i < list->count; i++) {
        where = list->at[i];
        if (port == 0 && r->ports != before)
            port = r->ports->where.port;
        ((struct sockaddr_in *)&where)->sin_port = htons(port);
        error = open_port(r, map, &where);
        if (error && !no_such_family(error))
            return error;
        if (error)
            last = error;
    }
    return r->ports != before ? 0 : last;
}

static void tell_ports(struct pvhop_relay *r, const struct relay_map *map,
                       const struct relay_port *until)
{
    const struct pvhop_relay_rule *rule = &map->map->rules[0];
    char where[PVHOP_ENDPOINT_TEXT], to[PVHOP_ENDPOINT_TEXT];
    bool anyone = r->config->allow_count == 0, open;

    for (size_t i = 0; i < map->map->rule_count; i++)
        for (size_t k = 0; k < map->map->rules[i].froms; k++)
            anyone = anyone && map->map->rules[i].from[k].host[0] == '\0';
    pvhop_endpoint_print(&rule->to[0], to);
    for (const struct relay_port *p = r->ports; p != until; p = p->next) {
        pvhop_endpoint_print(&p->where, where);
        open = anyone && !pvhop_endpoint_is_loopback(&p->where);
        relay_log(r, 0, "listening on %s, forwarding to %s%s%s", where, to,
                  map->map->rule_count > 1 || rule->tos > 1 ? " and others" : "",
                  open ? "; anyone who can reach it may connect (limit it with --allow or --bind)"
                       : "");
        if (r->events.listening)
            r->events.listening(r->user, &p->where);
    }
}

static int open_map(struct pvhop_relay *r, struct relay_map *map)
{
    struct pvhop_addresses any = {.count = 2};
    const struct pvhop_addresses *list = &any;
    struct relay_port *before;
    struct pvhop_error err;
    int error = 0;

    any.at[0].ss_family = AF_INET;
    any.at[1].ss_family = AF_INET6;
    if (map->map->listen_on[0])
        list = relay_addresses(r, map->map->listen_on);
    for (size_t i = 0; i < map->map->port_count; i++) {
        before = r->ports;
        for (int tries = 0; tries < PORT_TRIES; tries++) {
            error = open_addresses(r, map, list, map->map->ports[i]);
            /* A port that the system chose for one family may be taken in the other. */
            if (error != EADDRINUSE || map->map->ports[i] != 0)
                break;
            close_ports(r, before);
        }
        if (error) {
            pvhop_error_set(&err, PVHOP_E_RELAY_LISTEN, "port %u on %s: %s", map->map->ports[i],
                            map->map->listen_on[0] ? map->map->listen_on : "all addresses",
                            strerror(error));
            end_relay(r, &err);
            return -1;
        }
        tell_ports(r, map, before);
    }
    return 0;
}

/* Once all names are known. */
static void open_all_ports(struct pvhop_relay *r)
{
    for (const struct relay_name *n = r->names; n; n = n->next)
        if (n->found.count == 0)
            return;
    r->started = true;
    for (size_t i = 0; i < r->config->map_count; i++)
        if (open_map(r, &r->maps[i]))
            return;
}

/* ---- start and stop ---- */

static void on_start(void *user)
{
    struct pvhop_relay *r = user;
    bool asked = false;

    for (struct relay_name *n = r->names; n && !r->stopping; n = n->next)
        if (!n->literal) {
            asked = true;
            ask(n);
        }
    if (!asked)
        open_all_ports(r);
}

void relay_connection_made(struct pvhop_relay *r)
{
    if (r->config->once)
        close_ports(r, NULL);
}

void relay_connection_gone(struct pvhop_relay *r, const struct pvhop_error *how)
{
    if (r->counts.now == 0 && (r->stopping || (r->config->once && !r->ports)))
        end_relay(r, r->config->once ? how : NULL);
    else
        resume(r);
}

static void on_drained(void *user)
{
    struct pvhop_relay *r = user;

    if (r->counts.now)
        relay_log(r, 0, "%llu connections are cut", (unsigned long long)r->counts.now);
    relay_connections_end(r, true);
    end_relay(r, NULL);
}

void pvhop_relay_stop(struct pvhop_relay *r)
{
    bool again = r->stopping;

    r->stopping = true;
    close_ports(r, NULL);
    pvhop_timer_stop(r->start_timer);
    relay_connections_end(r, false);
    if (r->counts.now == 0 || again || r->config->drain_s == 0) {
        on_drained(r);
        return;
    }
    relay_log(r, 0, "closed; %llu connections have %u s to end", (unsigned long long)r->counts.now,
              r->config->drain_s);
    pvhop_timer_start(r->drain_timer, (uint64_t)r->config->drain_s * 1000);
}

/* Two descriptors a connection; the pipes of bulk transfers do without if there are none left. */
static uint64_t connections_possible(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
        return 65536;
    return limit.rlim_cur > 2 * SPARE_DESCRIPTORS ? (limit.rlim_cur - SPARE_DESCRIPTORS) / 2
                                                  : SPARE_DESCRIPTORS / 2;
}

struct pvhop_relay *pvhop_relay_new(struct pvhop_loop *loop,
                                    const struct pvhop_relay_config *config,
                                    const struct pvhop_resolver *resolver,
                                    const struct pvhop_relay_events *events, void *user,
                                    struct pvhop_error *err)
{
    struct pvhop_relay *r = calloc(1, sizeof(*r));

    if (!r)
        goto no_memory;
    r->loop = loop;
    r->config = config;
    r->resolver = resolver;
    r->events = *events;
    r->user = user;
    r->max_connections = config->max_connections ? config->max_connections : connections_possible();
    r->start_timer = pvhop_timer_new(loop, on_start, r);
    r->resume_timer = pvhop_timer_new(loop, on_resume, r);
    r->drain_timer = pvhop_timer_new(loop, on_drained, r);
    r->end_timer = pvhop_timer_new(loop, on_end, r);
    r->maps = calloc(config->map_count + 1, sizeof(*r->maps));
    if (!r->start_timer || !r->resume_timer || !r->drain_timer || !r->end_timer || !r->maps ||
        add_names(r))
        goto no_memory;
    for (size_t i = 0; i < config->map_count; i++) {
        r->maps[i].map = &config->maps[i];
        r->maps[i].turns = calloc(config->maps[i].rule_count + 1, sizeof(size_t));
        if (!r->maps[i].turns)
            goto no_memory;
    }
    pvhop_timer_start(r->start_timer, 0);
    return r;
no_memory:
    pvhop_error_set(err, PVHOP_E_MEMORY, "the relay could not be made");
    pvhop_relay_free(r);
    return NULL;
}

void pvhop_relay_stats(const struct pvhop_relay *relay, struct pvhop_relay_counts *out)
{
    *out = relay->counts;
}

void pvhop_relay_free(struct pvhop_relay *r)
{
    struct relay_name *n;

    if (!r)
        return;
    r->stopping = true;
    close_ports(r, NULL);
    relay_connections_end(r, true);
    while ((n = r->names)) {
        r->names = n->next;
        if (n->lookup)
            r->resolver->cancel(n->lookup);
        free(n);
    }
    for (size_t i = 0; r->maps && i < r->config->map_count; i++)
        free(r->maps[i].turns);
    free(r->maps);
    pvhop_timer_free(r->start_timer);
    pvhop_timer_free(r->resume_timer);
    pvhop_timer_free(r->drain_timer);
    pvhop_timer_free(r->end_timer);
    free(r);
}
