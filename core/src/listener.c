/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <pvhop/listener.h>
#include <pvhop/peer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PORTS_MAX = 8,       /* sockets that one listener has open */
    PROOF_MS = 10000,    /* defaults */
    UNPROVEN_MAX = 512,  /* "": more than come while a genuine one shakes hands */
    BACKLOG = SOMAXCONN, /* a genuine peer must not be lost behind strays */
    ACCEPT_MAX = 64,     /* newcomers taken in one go, so that others get their turn */
    PAUSE_MS = 200,      /* without descriptors, until accept is tried again */
    SAME_PORT_TRIES = 16 /* to find a port that is free on both loopbacks */
};

struct newcomer {
    struct pvhop_listener *listener;
    struct newcomer *next;       /* younger */
    struct pvhop_stream *stream; /* the greet's */
    struct pvhop_greet *greet;
};

struct port {
    struct pvhop_listener *listener;
    int fd;
    struct pvhop_watch *watch;
};

struct pvhop_listener {
    struct pvhop_loop *loop;
    struct pvhop_listener_config config;
    struct pvhop_listener_events events;
    void *user;
    struct port ports[PORTS_MAX];
    size_t port_count;
    struct pvhop_timer *resume; /* runs while accepting is paused */
    struct newcomer *unproven;  /* oldest first */
    unsigned unproven_count;
    bool arrived;
    unsigned holds; /* callers on the stack that still need the memory */
    bool freed;
};

/* A callback may free the listener: who still needs it afterwards holds it. */
static void hold(struct pvhop_listener *l)
{
    l->holds++;
}

/* False if the listener is gone. */
static bool release(struct pvhop_listener *l)
{
    bool alive = !l->freed;

    if (--l->holds == 0 && !alive)
        free(l);
    return alive;
}

/* ---- newcomers ---- */

static void tell_stray(struct pvhop_listener *l, struct pvhop_stream *stream,
                       const struct pvhop_error *why)
{
    if (l->events.stray)
        l->events.stray(l->user, pvhop_stream_peer(stream), why);
}

static void unlink_newcomer(struct newcomer *n)
{
    struct pvhop_listener *l = n->listener;

    for (struct newcomer **p = &l->unproven; *p; p = &(*p)->next)
        if (*p == n) {
            *p = n->next;
            l->unproven_count--;
            return;
        }
}

static void free_newcomer(struct newcomer *n)
{
    pvhop_greet_free(n->greet);
    free(n);
}

static void drop_all(struct pvhop_listener *l)
{
    while (l->unproven) {
        struct newcomer *n = l->unproven;

        unlink_newcomer(n);
        free_newcomer(n);
    }
}

/* The listener may be gone afterwards. */
static void drop(struct newcomer *n, const struct pvhop_error *why)
{
    unlink_newcomer(n);
    tell_stray(n->listener, n->stream, why);
    free_newcomer(n);
}

static void on_failed(void *user, const struct pvhop_error *why)
{
    drop(user, why);
}

static void on_done(void *user, const struct pvhop_arrival *arrival)
{
    struct newcomer *n = user;
    struct pvhop_listener *l = n->listener;

    unlink_newcomer(n);
    l->arrived = true;
    drop_all(l);
    l->events.arrived(l->user, arrival);
    free_newcomer(n); /* not before: arrival->rest is in there */
}

/*
 * Makes room: of the older half, the oldest of those who have proved least goes. A newcomer so has
 * its time, also where the others know ParaView's first words and wait with them; and strays that
 * stay silent cannot push out one that is half-way through.
 */
static void evict(struct pvhop_listener *l, const char *reason)
{
    struct newcomer *least = l->unproven, *n = least;
    struct pvhop_error why;

    for (unsigned i = 0; i < (l->unproven_count + 1) / 2; i++, n = n->next)
        if (pvhop_greet_proved(n->greet) < pvhop_greet_proved(least->greet))
            least = n;
    pvhop_error_set(&why, PVHOP_E_HANDSHAKE, "dropped unproven, for a newer one: %s", reason);
    drop(least, &why);
}

/* Takes the stream over. The listener may be gone afterwards. */
static void admit(struct pvhop_listener *l, struct pvhop_stream *stream)
{
    static const struct pvhop_greet_events events = {on_done, on_failed};
    struct pvhop_error why;
    struct newcomer *n;

    if (l->arrived) {
        pvhop_error_set(&why, PVHOP_E_HANDSHAKE, "came when the expected one was there already");
        goto refuse;
    }
    if (l->unproven_count >= l->config.max_unproven) {
        hold(l);
        evict(l, "too many at a time");
        if (!release(l)) {
            pvhop_stream_free(stream);
            return;
        }
    }
    n = calloc(1, sizeof(*n));
    if (!n) {
        pvhop_error_set(&why, PVHOP_E_MEMORY, "no room for a newcomer");
        goto refuse;
    }
    n->listener = l;
    n->stream = stream;
    n->greet = pvhop_greet_new(l->loop, stream, PVHOP_PLAY_LISTENER, &l->config.expect,
                               l->config.proof_ms, &events, n, &why);
    if (!n->greet) {
        free(n);
        if (l->events.stray)
            l->events.stray(l->user, "a newcomer", &why);
        return;
    }
    for (struct newcomer **p = &l->unproven;; p = &(*p)->next)
        if (!*p) {
            *p = n;
            l->unproven_count++;
            return;
        }
refuse:
    tell_stray(l, stream, &why);
    pvhop_stream_free(stream);
}

/* ---- accepting ---- */

static bool from_loopback(int fd)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);
    struct pvhop_endpoint peer;

    return getpeername(fd, (struct sockaddr *)&sa, &len) == 0 &&
           pvhop_endpoint_from_sockaddr((struct sockaddr *)&sa, len, &peer) == 0 &&
           pvhop_endpoint_is_loopback(&peer);
}

/* Another user of this machine may know the connect id from pvserver's arguments. */
static int check_user(int fd, struct pvhop_error *why)
{
    int64_t uid = pvhop_peer_uid(fd);

    if (uid == (int64_t)geteuid() || (uid < 0 && !from_loopback(fd)))
        return 0;
    if (uid < 0)
        return pvhop_error_set(why, PVHOP_E_HANDSHAKE,
                               "it cannot be told which user of this machine connected");
    return pvhop_error_set(why, PVHOP_E_HANDSHAKE,
                           "a process of another user of this machine (uid %lld) connected",
                           (long long)uid);
}

/* Takes the descriptor over. The listener may be gone afterwards. */
static void welcome(struct pvhop_listener *l, int fd)
{
    struct pvhop_error why;
    struct pvhop_stream *stream = pvhop_stream_from_socket(l->loop, fd, NULL, &why);

    if (!stream) {
        if (l->events.stray)
            l->events.stray(l->user, "a newcomer", &why);
    } else if (l->config.same_user && check_user(fd, &why) < 0) {
        tell_stray(l, stream, &why);
        pvhop_stream_free(stream);
    } else {
        admit(l, stream);
    }
}

static void set_ports(struct pvhop_listener *l, unsigned events)
{
    for (size_t i = 0; i < l->port_count; i++)
        pvhop_watch_set(l->ports[i].watch, events);
}

static void on_resume(void *user)
{
    set_ports(user, PVHOP_READ);
}

/* accept(2): these concern the one connection, which is gone. */
static bool lost_one(int error)
{
    switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP:
        return true;
    default:
        return false;
    }
}

static void on_port(void *user, unsigned events)
{
    struct port *port = user;
    struct pvhop_listener *l = port->listener;
    bool evicted = false;

    (void)events;
    hold(l);
    for (int i = 0; i < ACCEPT_MAX && !l->freed; i++) {
        int fd = accept4(port->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            welcome(l, fd);
        } else if (errno == EAGAIN) {
            break;
        } else if (lost_one(errno)) {
            continue;
        } else if (l->unproven && !evicted) {
            /* Out of descriptors, most likely: a stray may hold the one that is missing. */
            evict(l, strerror(errno));
            evicted = true;
        } else {
            /* The port stays readable: without a pause the loop would spin. */
            set_ports(l, 0);
            pvhop_timer_start(l->resume, PAUSE_MS);
            break;
        }
    }
    release(l);
}

/* ---- ports ---- */

/* Returns a bound socket or a negative errno. `reuse`: also where a session of before still
 * lingers.
 */
static int bind_socket(const struct sockaddr_storage *address, socklen_t len, bool both_families,
                       bool reuse, uint16_t port)
{
    struct sockaddr_storage sa = *address;
    struct sockaddr_in *in = (struct sockaddr_in *)&sa;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&sa;
    int again = reuse, only6 = !both_families, saved;
    int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if (sa.ss_family == AF_INET)
        in->sin_port = htons(port);
    else
        in6->sin6_port = htons(port);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &again, sizeof(again)) < 0 ||
        (sa.ss_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only6, sizeof(only6)) < 0) ||
        bind(fd, (struct sockaddr *)&sa, len) < 0) {
        saved = errno;
        close(fd);
        return -saved;
    }
    return fd;
}

/* Returns a listening socket or a negative errno; *port: asked for, then given. */
static int open_socket(const struct sockaddr_storage *address, socklen_t len, bool both_families,
                       uint16_t *port)
{
    struct sockaddr_storage sa;
    int fd = bind_socket(address, len, both_families, true, *port), saved;

    if (fd < 0)
        return fd;
    len = sizeof(sa);
    if (listen(fd, BACKLOG) < 0 || getsockname(fd, (struct sockaddr *)&sa, &len) < 0) {
        saved = errno;
        close(fd);
        return -saved;
    }
    *port = ntohs(sa.ss_family == AF_INET ? ((struct sockaddr_in *)&sa)->sin_port
                                          : ((struct sockaddr_in6 *)&sa)->sin6_port);
    return fd;
}

static int open_literal(const char *host, int family, bool both_families, uint16_t *port)
{
    struct pvhop_endpoint ep = {.port = 0};
    struct sockaddr_storage sa;
    socklen_t len;

    snprintf(ep.host, sizeof(ep.host), "%s", host);
    if (pvhop_endpoint_to_sockaddr(&ep, family, &sa, &len, NULL) < 0)
        return -EADDRNOTAVAIL;
    return open_socket(&sa, len, both_families, port);
}

/* This machine has no such family, or no loopback of it. */
static bool no_family(int error)
{
    return error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL || error == -EPROTONOSUPPORT;
}

/* Both loopbacks on one port; one where there is one. Fills fds (-1: none); 0 or a negative errno.
 */
static int open_loopbacks(uint16_t *port, int fds[2])
{
    uint16_t wanted = *port;
    int error = -EADDRINUSE;

    for (int i = 0; i < SAME_PORT_TRIES && error == -EADDRINUSE; i++) {
        *port = wanted;
        fds[0] = open_literal("127.0.0.1", AF_INET, false, port);
        if (fds[0] < 0 && !no_family(fds[0]))
            return fds[0];
        fds[1] = open_literal("::1", AF_INET6, false, port);
        if (fds[1] >= 0 || (fds[0] >= 0 && no_family(fds[1])))
            return 0;
        error = fds[1];
        if (fds[0] >= 0)
            close(fds[0]);
        if (wanted)
            break;
    }
    return error;
}

static int open_all(const struct pvhop_endpoint *where, uint16_t *port, int fds[2])
{
    if (!strcmp(where->host, "localhost"))
        return open_loopbacks(port, fds);
    if (where->host[0]) {
        fds[0] = open_literal(where->host, AF_UNSPEC, false, port);
    } else {
        fds[0] = open_literal("", AF_INET6, true, port);
        if (no_family(fds[0]))
            fds[0] = open_literal("", AF_INET, false, port);
    }
    return fds[0] < 0 ? fds[0] : 0;
}

/* Takes the descriptor over. */
static int add_port(struct pvhop_listener *l, int fd, struct pvhop_error *err)
{
    struct port *port = &l->ports[l->port_count];

    port->watch = pvhop_watch_new(l->loop, fd, on_port, port, err);
    if (!port->watch) {
        close(fd);
        return -1;
    }
    port->listener = l;
    port->fd = fd;
    l->port_count++;
    pvhop_watch_set(port->watch, PVHOP_READ);
    return 0;
}

static void close_ports(struct pvhop_listener *l, size_t from)
{
    while (l->port_count > from) {
        struct port *port = &l->ports[--l->port_count];

        pvhop_watch_free(port->watch);
        close(port->fd);
    }
}

static int not_an_address(const struct pvhop_endpoint *where, struct pvhop_error *err)
{
    return pvhop_error_set(err, PVHOP_E_VALUE, "'%s' is not an address to listen on", where->host);
}

int pvhop_listener_bind(struct pvhop_listener *l, const struct pvhop_endpoint *where,
                        struct pvhop_endpoint *bound, struct pvhop_error *err)
{
    char text[PVHOP_ENDPOINT_TEXT];
    int fds[2] = {-1, -1}, error;
    size_t before = l->port_count;
    uint16_t port = where->port;

    if (where->host[0] && strcmp(where->host, "localhost") &&
        pvhop_endpoint_family(where) == AF_UNSPEC)
        return not_an_address(where, err);
    if (l->port_count + 2 > PORTS_MAX)
        return pvhop_error_set(err, PVHOP_E_INTERNAL, "more than %d ports for one listener",
                               PORTS_MAX);
    error = open_all(where, &port, fds);
    if (error < 0)
        return pvhop_error_set(err, PVHOP_E_LISTEN, "%s: %s", pvhop_endpoint_print(where, text),
                               strerror(-error));
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0 && add_port(l, fds[i], err) < 0) {
            if (i == 0 && fds[1] >= 0)
                close(fds[1]);
            close_ports(l, before);
            return -1;
        }
    }
    if (bound) {
        *bound = *where;
        bound->port = port;
    }
    return 0;
}

int pvhop_listener_reserve(const struct pvhop_endpoint *where, struct pvhop_error *err)
{
    struct sockaddr_storage sa;
    socklen_t len;
    char text[PVHOP_ENDPOINT_TEXT];
    int fd;

    if (pvhop_endpoint_to_sockaddr(where, AF_UNSPEC, &sa, &len, NULL) < 0 || where->port == 0)
        return not_an_address(where, err);
    /* Without SO_REUSEADDR nobody else can bind the port before we listen on it. With it, which a
     * port needs whose last session is still in TIME_WAIT, listen() tells if somebody did. */
    fd = bind_socket(&sa, len, false, false, where->port);
    if (fd == -EADDRINUSE)
        fd = bind_socket(&sa, len, false, true, where->port);
    if (fd < 0)
        return pvhop_error_set(err, PVHOP_E_LISTEN, "%s: %s", pvhop_endpoint_print(where, text),
                               strerror(-fd));
    return fd;
}

int pvhop_listener_open_reserved(struct pvhop_listener *l, int fd, struct pvhop_error *err)
{
    int one = 1;

    /* Its connections inherit this, so that the port can be reserved again while they linger. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
        listen(fd, BACKLOG) < 0) {
        pvhop_error_set(err, PVHOP_E_LISTEN, "the port that was reserved: %s", strerror(errno));
    } else if (l->port_count == PORTS_MAX) {
        pvhop_error_set(err, PVHOP_E_INTERNAL, "more than %d ports for one listener", PORTS_MAX);
    } else {
        return add_port(l, fd, err);
    }
    close(fd);
    return -1;
}

/* ---- the listener ---- */

struct pvhop_listener *pvhop_listener_new(struct pvhop_loop *loop,
                                          const struct pvhop_listener_config *config,
                                          const struct pvhop_listener_events *events, void *user,
                                          struct pvhop_error *err)
{
    struct pvhop_handshake *trial = pvhop_handshake_new(PVHOP_PLAY_LISTENER, &config->expect, err);
    struct pvhop_listener *l;

    if (!trial) /* better now than at the first newcomer */
        return NULL;
    pvhop_handshake_free(trial);
    l = calloc(1, sizeof(*l));
    if (!l) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for a listener");
        return NULL;
    }
    l->loop = loop;
    l->config = *config;
    l->events = *events;
    l->user = user;
    if (l->config.proof_ms == 0)
        l->config.proof_ms = PROOF_MS;
    if (l->config.max_unproven == 0)
        l->config.max_unproven = UNPROVEN_MAX;
    l->resume = pvhop_timer_new(loop, on_resume, l);
    if (!l->resume) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for a timer");
        free(l);
        return NULL;
    }
    return l;
}

void pvhop_listener_offer(struct pvhop_listener *l, struct pvhop_stream *newcomer)
{
    admit(l, newcomer);
}

void pvhop_listener_free(struct pvhop_listener *l)
{
    if (!l)
        return;
    close_ports(l, 0);
    drop_all(l);
    pvhop_timer_free(l->resume);
    l->freed = true;
    hold(l);
    release(l);
}
