/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_RELAY_PRIVATE_H
#define PVHOP_RELAY_PRIVATE_H
/** What the relay and its connections know of each other. */
#include <pvhop/pump.h>
#include <pvhop/relay.h>

/** A host of the configuration and its addresses. */
struct relay_name {
    struct pvhop_relay *relay;
    const char *host;
    bool literal; /* known for good */
    struct pvhop_addresses found;
    uint64_t found_ms;
    bool asking; /* a lookup is under way */
    void *lookup;
    struct relay_name *next;
};

/** A map and whose turn it is, for each rule. */
struct relay_map {
    const struct pvhop_relay_map *map;
    size_t *turns;
};

struct relay_port {
    struct pvhop_relay *relay;
    struct relay_map *map;
    int fd;
    struct pvhop_watch *watch;
    struct pvhop_endpoint where;
    bool unpaced; /* and so are its connections */
    struct relay_port *next;
};

struct relay_connection;

struct pvhop_relay {
    struct pvhop_loop *loop;
    const struct pvhop_relay_config *config;
    const struct pvhop_resolver *resolver;
    struct pvhop_relay_events events;
    void *user;

    struct relay_name *names;
    struct relay_map *maps;
    struct relay_port *ports;
    struct relay_connection *connections;
    struct pvhop_relay_counts counts;
    uint64_t max_connections;

    struct pvhop_timer *start_timer, *resume_timer, *drain_timer, *end_timer;
    bool paced; /* new sockets of this host are paced: see relay_unpace */
    bool started, paused, stopping, told_full;
    struct pvhop_error end; /* how it ended */
};

/** Hands a line to the log. */
void relay_log(struct pvhop_relay *r, int detail, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** The addresses of `host`, or NULL if they are being asked for; then
 * relay_connections_resolved follows. */
const struct pvhop_addresses *relay_lookup(struct pvhop_relay *r, const char *host);
/** Those known of `host`, without asking. */
const struct pvhop_addresses *relay_addresses(struct pvhop_relay *r, const char *host);
/** A connection is pumping. With --once the ports close. */
void relay_connection_made(struct pvhop_relay *r);
/** A connection has left the list: others may be taken. `how` may be NULL. */
void relay_connection_gone(struct pvhop_relay *r, const struct pvhop_error *how);

/**
 * Takes the pacing (bbr) off a socket whose other end is on this host: it costs half the speed
 * there, and there is no network to be fair to.
 */
void relay_unpace(const struct pvhop_relay *r, int fd, const struct pvhop_endpoint *other_end);

/** Takes over an accepted socket, which has what its port has. */
void relay_connection_new(struct pvhop_relay *r, struct relay_map *map,
                          const struct pvhop_relay_rule *rule, int fd, const char *peer);
/** A lookup has ended: those who waited for it go on. */
void relay_connections_resolved(struct pvhop_relay *r);
/** Ends the oldest of those that have proved nothing yet; false if there is none. */
bool relay_connections_drop_unproved(struct pvhop_relay *r);
/** Ends the connections that only wait for a fragile destination, or all. */
void relay_connections_end(struct pvhop_relay *r, bool all);

#endif
