/* SPDX-License-Identifier: BSD-3-Clause */
#include "readahead.h"
#include <dlfcn.h>
#include <poll.h>
#include <pvhop/sshlink.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    AHEAD = 256 * 1024,
    FDS = 4096,
    POLLS_UNASKED = 7 /* libssh asks for POLLOUT, too, as long as it reads */
};

/* One session's socket. Used by the loop's thread only; other threads have other sockets. */
struct ahead {
    size_t start, end; /* what is unread of `bytes` */
    bool polled;       /* poll() comes by here: then what is in `bytes` cannot be overlooked */
    unsigned unasked;  /* polls since the kernel was last asked */
    unsigned char bytes[AHEAD];
};
static _Atomic(struct ahead *) aheads[FDS];

static struct ahead *find(int fd)
{
    return fd >= 0 && fd < FDS ? atomic_load_explicit(&aheads[fd], memory_order_acquire) : NULL;
}

static bool holds(const struct ahead *a)
{
    return a->start < a->end;
}

/* ---- for sshlink ---- */

static void begin(int fd)
{
    struct ahead *a;

    if (fd < 0 || fd >= FDS || find(fd))
        return;
    a = malloc(sizeof(*a)); /* NULL: then without */
    if (a) {
        a->start = a->end = 0;
        a->polled = false;
        a->unasked = 0;
    }
    atomic_store_explicit(&aheads[fd], a, memory_order_release);
}

static bool pending(int fd)
{
    const struct ahead *a = find(fd);

    return a && holds(a);
}

static void forget(int fd)
{
    if (find(fd))
        free(atomic_exchange(&aheads[fd], NULL));
}

void pvhop_readahead_install(void)
{
    static const struct pvhop_readahead functions = {.begin = begin, .pending = pending};
    const char *wanted = getenv("PVHOP_READAHEAD");

    if (!wanted || strcmp(wanted, "0") != 0)
        pvhop_sshlink_set_readahead(&functions);
}

/*
 * ---- for libssh ----
 *
 * The dynamic linker resolves a library's recv, poll and close to a program's own, if it has them.
 * They are defined under other names here, as the C library's headers make assumptions about these.
 */
#define REPLACES(name) __asm__(name) __attribute__((visibility("default")))
ssize_t ahead_recv(int fd, void *buf, size_t len, int flags) REPLACES("recv");
int ahead_poll(struct pollfd *fds, nfds_t count, int timeout) REPLACES("poll");
int ahead_close(int fd) REPLACES("close");

/* The next definition of a function: the C library's, or a sanitizer's. */
#define NEXT(name)                                                                \
    static __typeof__(name) *next_##name(void)                                    \
    {                                                                             \
        static _Atomic(__typeof__(name) *) known;                                 \
        __typeof__(name) *f = atomic_load_explicit(&known, memory_order_relaxed); \
                                                                                  \
        if (!f) {                                                                 \
            *(void **)&f = dlsym(RTLD_NEXT, #name);                               \
            if (!f)                                                               \
                abort();                                                          \
            atomic_store_explicit(&known, f, memory_order_relaxed);               \
        }                                                                         \
        return f;                                                                 \
    }
NEXT(recv)
NEXT(poll)
NEXT(close)

ssize_t ahead_recv(int fd, void *buf, size_t len, int flags)
{
    struct ahead *a = find(fd);
    size_t there;
    ssize_t n;

    if (!a || !a->polled || (!holds(a) && (len >= AHEAD || flags != 0)))
        return next_recv()(fd, buf, len, flags);
    if (!holds(a)) {
        n = next_recv()(fd, a->bytes, AHEAD, 0);
        if (n <= 0)
            return n;
        a->start = 0;
        a->end = (size_t)n;
    }
    there = a->end - a->start;
    if (len > there)
        len = there;
    memcpy(buf, a->bytes + a->start, len);
    if (!(flags & MSG_PEEK))
        a->start += len;
    return (ssize_t)len;
}

/* The usual case, 64 times for each read of the socket. What else there is can wait for 32 KiB. */
static bool need_not_ask(const struct pollfd *p)
{
    struct ahead *a = find(p->fd);

    if (p->events == POLLIN)
        return true;
    a->unasked = a->unasked < POLLS_UNASKED ? a->unasked + 1 : 0;
    return a->unasked > 0;
}

int ahead_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    bool ready = false;
    int rc;

    for (nfds_t i = 0; i < count; i++) {
        struct ahead *a = fds[i].events & POLLIN ? find(fds[i].fd) : NULL;
        if (a) {
            a->polled = true;
            ready |= holds(a);
        }
    }
    if (!ready)
        return next_poll()(fds, count, timeout);
    if (count == 1 && need_not_ask(&fds[0])) {
        fds[0].revents = POLLIN;
        return 1;
    }
    rc = next_poll()(fds, count, 0);
    for (nfds_t i = 0; rc >= 0 && i < count; i++) {
        if ((fds[i].events & POLLIN) && pending(fds[i].fd)) {
            rc += fds[i].revents == 0;
            fds[i].revents |= POLLIN;
        }
    }
    return rc;
}

/* libssh closes its socket when it likes; another may then get the same number. */
int ahead_close(int fd)
{
    forget(fd);
    return next_close()(fd);
}
