/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_RELAY_H
#define PVHOP_RELAY_H
/**
 * The relay: a plain TCP port forwarder for a front end, what portfwd was.
 * First the configuration (maps, from arguments or in portfwd's own grammar),
 * then the relay itself. All calls on the loop's thread.
 */
#include <pvhop/endpoint.h>
#include <pvhop/loop.h>
#include <pvhop/resolve.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- configuration: plain data ---- */

/** Who may connect: an address or name, a network, a range of source ports. */
struct pvhop_relay_from {
    char host[PVHOP_HOST_MAX + 1]; /* "" = anyone */
    int bits;                      /* of the address that count; -1 = all of them */
    uint16_t low, high;            /* source ports, both included */
};

/** The first rule of a map that matches decides; its destinations take turns. */
struct pvhop_relay_rule {
    struct pvhop_relay_from *from; /* any of these; none = anyone */
    size_t froms;
    struct pvhop_endpoint *to;
    size_t tos;
};

struct pvhop_relay_map {
    char listen_on[PVHOP_HOST_MAX + 1]; /* "" = all addresses; "localhost" = both loopbacks */
    char source[PVHOP_HOST_MAX + 1];    /* address that outgoing connections come from, "" = any */
    uint16_t *ports;
    size_t port_count;
    struct pvhop_relay_rule *rules;
    size_t rule_count;
    bool fragile; /* a destination that refuses is tried again for as long as the newcomer waits */
};

struct pvhop_relay_config {
    struct pvhop_relay_map *maps;
    size_t map_count;
    struct pvhop_relay_from *allow; /* on top of the rules; none = anyone */
    size_t allow_count;
    unsigned idle_s;          /* end connections that moved nothing for so long; 0 = never */
    unsigned max_connections; /* at a time; more wait unaccepted; 0 = what descriptors allow */
    unsigned drain_s;         /* time that connections get to end after pvhop_relay_stop */
    bool once;                /* serve one connection, then stop */
    /** Files of a token (src/proof.h), read anew for each connection: one that a newcomer has to
     * prove, and one that is proved to the destination. NULL: none. */
    const char *ask_proof, *give_proof;
    /** A newcomer must be a pvserver with this connect id (0: with none), and show it by its
     * handshake; only then is the destination, a client that listens, connected to. */
    bool check_paraview;
    int32_t connect_id;
    bool same_user; /* a newcomer on this machine must be of our uid (pvhop/peer.h) */
};

/** Adds the map of an argument: [BIND:]PORT:HOST:PORT, IPv6 addresses in brackets. `bind` (may be
 * NULL) is used where it names none. */
int pvhop_relay_add_map(struct pvhop_relay_config *config, const char *text, const char *bind,
                        struct pvhop_error *err);
/** Adds an --allow: an address, a network such as 10.0.0.0/8 or [fd00::]/8, or a host name. */
int pvhop_relay_add_allow(struct pvhop_relay_config *config, const char *text,
                          struct pvhop_error *err);
/**
 * Adds the maps of a configuration in portfwd's grammar: `text`, of `len`
 * bytes, which came from the file `name`. What is not supported (udp, ftp,
 * external directors, user, group) is an error with its line and column.
 */
int pvhop_relay_parse(struct pvhop_relay_config *config, const char *text, size_t len,
                      const char *name, struct pvhop_error *err);
/** The same from a file of at most 1 MiB. */
int pvhop_relay_read(struct pvhop_relay_config *config, const char *path, struct pvhop_error *err);
/** Frees what the configuration holds, not itself. */
void pvhop_relay_config_free(struct pvhop_relay_config *config);

/* ---- the relay ---- */

struct pvhop_relay;

struct pvhop_relay_counts {
    uint64_t accepted, refused, failed, ended; /* connections */
    uint64_t now, most;                        /* at a time */
    uint64_t to_destination, to_source;        /* bytes */
};

struct pvhop_relay_events {
    /** A line for the log. `detail`: 0 for what matters, 1 for each connection, 2 for debugging. */
    void (*log)(void *user, int detail, const char *line);
    /** A port is open. */
    void (*listening)(void *user, const struct pvhop_endpoint *where);
    /** Called once: the relay could not start, or has stopped (err->code PVHOP_OK). It may be freed
     * here. */
    void (*done)(void *user, const struct pvhop_error *err);
};

/**
 * Starts: looks names up, opens the ports, then takes connections. `config`
 * and `resolver` must outlive the relay.
 */
struct pvhop_relay *pvhop_relay_new(struct pvhop_loop *loop,
                                    const struct pvhop_relay_config *config,
                                    const struct pvhop_resolver *resolver,
                                    const struct pvhop_relay_events *events, void *user,
                                    struct pvhop_error *err);
/** Closes the ports at once; connections may end for drain_s. Called again: cuts them. */
void pvhop_relay_stop(struct pvhop_relay *relay);
void pvhop_relay_stats(const struct pvhop_relay *relay, struct pvhop_relay_counts *out);
void pvhop_relay_free(struct pvhop_relay *relay);

#ifdef __cplusplus
}
#endif
#endif
