/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream_impl.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pvhop/endpoint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A probe a minute keeps the entries of firewalls alive. A peer that is silent
 * for 11 minutes is given up: a laptop may sleep through a shorter break.
 */
enum { KEEPALIVE_IDLE_S = 60, KEEPALIVE_EVERY_S = 30, KEEPALIVE_TRIES = 20 };

struct socket_stream {
    struct pvhop_stream base;
    struct pvhop_watch *watch;
};

static ssize_t socket_read(struct pvhop_stream *s, void *buf, size_t len)
{
    ssize_t n;

    do
        n = recv(s->fd, buf, len, 0);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static ssize_t socket_write(struct pvhop_stream *s, const void *buf, size_t len)
{
    ssize_t n;

    do
        n = send(s->fd, buf, len, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static int socket_shutdown(struct pvhop_stream *s)
{
    return shutdown(s->fd, SHUT_WR) ? -errno : 0;
}

static void socket_interest(struct pvhop_stream *s)
{
    pvhop_watch_set(((struct socket_stream *)s)->watch, s->events);
}

static void socket_destroy(struct pvhop_stream *s)
{
    pvhop_watch_free(((struct socket_stream *)s)->watch);
    close(s->fd);
    free(s);
}

static const struct pvhop_stream_ops socket_ops = {
    .read = socket_read,
    .write = socket_write,
    .shutdown = socket_shutdown,
    .interest = socket_interest,
    .destroy = socket_destroy,
};

/* Fails harmlessly on what is not TCP (a Unix socket). */
void pvhop_stream_tcp_options(int fd)
{
    const int on = 1, idle = KEEPALIVE_IDLE_S, every = KEEPALIVE_EVERY_S, tries = KEEPALIVE_TRIES;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof(every));
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries));
}

void pvhop_stream_reset_on_close(int fd)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

static void name_peer(struct pvhop_stream *s, const char *peer)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    struct pvhop_endpoint ep;
    char text[PVHOP_ENDPOINT_TEXT];

    if (!peer && getpeername(s->fd, (struct sockaddr *)&address, &len) == 0 &&
        pvhop_endpoint_from_sockaddr((struct sockaddr *)&address, len, &ep) == 0)
        peer = pvhop_endpoint_print(&ep, text);
    snprintf(s->peer, sizeof(s->peer), "%s", peer ? peer : "a local socket");
}

struct pvhop_stream *pvhop_stream_from_ready_socket(struct pvhop_loop *loop, int fd,
                                                    const char *peer, struct pvhop_error *err)
{
    struct socket_stream *s = calloc(1, sizeof(*s));

    if (!s) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "a connection could not be taken over");
        goto fail;
    }
    s->base.ops = &socket_ops;
    s->base.loop = loop;
    s->base.fd = fd;
    name_peer(&s->base, peer);
    s->watch = pvhop_watch_new(loop, fd, pvhop_stream_report, s, err);
    if (!s->watch)
        goto fail;
    return &s->base;
fail:
    close(fd);
    free(s);
    return NULL;
}

struct pvhop_stream *pvhop_stream_from_socket(struct pvhop_loop *loop, int fd, const char *peer,
                                              struct pvhop_error *err)
{
    int on = 1;

    if (ioctl(fd, FIONBIO, &on) || ioctl(fd, FIOCLEX)) {
        pvhop_error_set(err, PVHOP_E_SYSTEM, "a connection could not be taken over: %s",
                        strerror(errno));
        close(fd);
        return NULL;
    }
    pvhop_stream_tcp_options(fd);
    return pvhop_stream_from_ready_socket(loop, fd, peer, err);
}
