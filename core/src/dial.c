/* SPDX-License-Identifier: BSD-3-Clause */
#include "dial.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pvhop/endpoint.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ADDRESSES_MAX = 16, STAGGER_MS = 250 /* RFC 8305, 5 */ };

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void name_of(const struct addrinfo *a, char *buf, size_t size)
{
    if (getnameinfo(a->ai_addr, a->ai_addrlen, buf, (socklen_t)size, NULL, 0, NI_NUMERICHOST))
        snprintf(buf, size, "?");
}

/* Alternates the families, beginning with the one that the resolver prefers (RFC 8305, 4). */
static size_t interleave(struct addrinfo *list, struct addrinfo **out)
{
    size_t n = 0;
    struct addrinfo *same = list, *other = list;
    bool turn = true;
    while (n < ADDRESSES_MAX && (same || other)) {
        while (same && same->ai_family != list->ai_family)
            same = same->ai_next;
        while (other && other->ai_family == list->ai_family)
            other = other->ai_next;
        struct addrinfo **next = (turn && same) || !other ? &same : &other;
        if (*next) {
            out[n++] = *next;
            *next = (*next)->ai_next;
        }
        turn = !turn;
    }
    return n;
}

static void set(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

/* Starts one attempt: the descriptor, or -1 with errno. */
static int begin(const struct pvhop_dial *d, const struct addrinfo *a)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)d->probe_s);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
    if (d->bind_address) {
        struct addrinfo hints = {.ai_family = a->ai_family,
                                 .ai_flags = AI_NUMERICHOST | AI_PASSIVE,
                                 .ai_socktype = SOCK_STREAM},
                        *own = NULL;
        int rc = getaddrinfo(d->bind_address, NULL, &hints, &own);
        if (!rc)
            rc = bind(fd, own->ai_addr, own->ai_addrlen);
        else
            errno = EADDRNOTAVAIL;
        int saved = errno;
        if (own)
            freeaddrinfo(own);
        errno = saved;
        if (rc)
            goto failed;
    }
    if (connect(fd, a->ai_addr, a->ai_addrlen) && errno != EINPROGRESS)
        goto failed;
    return fd;
failed:;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

/* Adds "ADDRESS: reason" to the list of what went wrong. */
static void blame(char *list, size_t size, const char *address, int why)
{
    size_t used = strlen(list);
    snprintf(list + used, size - used, "%s%s: %s", used ? "; " : "", address, strerror(why));
}

static int resolve(const struct pvhop_dial *d, struct addrinfo **list, struct pvhop_error *err)
{
    char service[8];
    snprintf(service, sizeof service, "%u", d->port);
    struct addrinfo hints = {
        .ai_family = d->family, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int rc = getaddrinfo(d->host, service, &hints, list);
    if (rc)
        return pvhop_error_set(err, PVHOP_E_RESOLVE, "\"%s\": %s", d->host,
                               rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
    return 0;
}

int pvhop_dial(const struct pvhop_dial *d, struct pvhop_error *err)
{
    struct addrinfo *list = NULL, *order[ADDRESSES_MAX];
    struct pollfd p[ADDRESSES_MAX + 1];
    char names[ADDRESSES_MAX][64], all[ADDRESSES_MAX * 66] = "", why[1024] = "";
    int winner = -1;
    if (resolve(d, &list, err))
        return -1;
    size_t n = interleave(list, order), begun = 0, pending = 0;
    for (size_t i = 0; i < n; i++) {
        name_of(order[i], names[i], sizeof names[i]);
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", names[i]);
        p[i] = (struct pollfd){.fd = -1, .events = POLLOUT};
    }
    p[n] = (struct pollfd){.fd = d->cancel_fd, .events = POLLIN};
    if (d->resolved)
        d->resolved(d->user, all);
    long next = now_ms();
    while (winner < 0 && (begun < n || pending)) {
        if (begun < n && (!pending || now_ms() >= next)) {
            p[begun].fd = begin(d, order[begun]);
            if (p[begun].fd >= 0)
                pending++;
            else
                blame(why, sizeof why, names[begun], errno);
            begun++;
            next = now_ms() + STAGGER_MS;
            continue;
        }
        long wait = begun < n ? next - now_ms() : -1;
        if (begun < n && wait < 0)
            wait = 0;
        if (poll(p, n + 1, (int)wait) < 0 && errno != EINTR)
            break;
        if (p[n].revents) {
            pvhop_error_set(err, PVHOP_E_CANCELLED, "while connecting to %s", d->host);
            goto out;
        }
        for (size_t i = 0; i < begun && winner < 0; i++) {
            if (p[i].fd < 0 || !p[i].revents)
                continue;
            int failure = 0;
            socklen_t len = sizeof failure;
            getsockopt(p[i].fd, SOL_SOCKET, SO_ERROR, &failure, &len);
            if (!failure) {
                winner = p[i].fd;
            } else {
                close(p[i].fd);
                blame(why, sizeof why, names[i], failure);
                next = now_ms(); /* no reason to wait for the next one */
            }
            p[i].fd = -1;
            pending--;
        }
    }
    if (winner >= 0) {
        /* not before: while connecting it would also bound the number of SYNs */
        set(winner, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)(d->silence_s * 1000));
    } else {
        pvhop_error_set(err, PVHOP_E_CONNECT, "%s port %u: %s", d->host, d->port, why);
    }
out:
    for (size_t i = 0; i < n; i++)
        if (p[i].fd >= 0)
            close(p[i].fd);
    freeaddrinfo(list);
    return winner;
}
