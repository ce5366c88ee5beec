/* SPDX-License-Identifier: BSD-3-Clause */
#include "sigpipe.h"
#include "stream_impl.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct pipes_stream {
    struct pvhop_stream base;
    int rfd, wfd; /* wfd is -1 once shut down */
    int old_rflags, old_wflags;
    struct pvhop_watch *rwatch, *wwatch;
};

static ssize_t pipes_read(struct pvhop_stream *base, void *buf, size_t len)
{
    struct pipes_stream *s = (struct pipes_stream *)base;
    ssize_t n;

    do
        n = read(s->rfd, buf, len);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EIO) /* the other side of a terminal has closed it */
        return 0;
    return n < 0 ? -errno : n;
}

static ssize_t write_without_signal(int fd, const void *buf, size_t len)
{
    sigset_t old;
    ssize_t n;

    pvhop_sigpipe_hold(&old);
    do
        n = write(fd, buf, len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        n = -errno;
    pvhop_sigpipe_release(&old, n == -EPIPE);
    return n;
}

static ssize_t pipes_write(struct pvhop_stream *base, const void *buf, size_t len)
{
    struct pipes_stream *s = (struct pipes_stream *)base;

    return s->wfd < 0 ? -EPIPE : write_without_signal(s->wfd, buf, len);
}

/*
 * O_NONBLOCK belongs to the open file, which a shell may share with us: it goes
 * back as it was. Where both ends are one open file (a terminal), the writing
 * end was found non-blocking already, so that only the reading end restores it.
 */
static void close_restored(int fd, int old_flags)
{
    if (fd < 0)
        return;
    if (old_flags >= 0 && !(old_flags & O_NONBLOCK))
        fcntl(fd, F_SETFL, old_flags);
    close(fd);
}

static int pipes_shutdown(struct pvhop_stream *base)
{
    struct pipes_stream *s = (struct pipes_stream *)base;

    if (s->wfd < 0)
        return 0;
    pvhop_watch_free(s->wwatch);
    s->wwatch = NULL;
    shutdown(s->wfd, SHUT_WR); /* for a socket that is both ends; no effect on others */
    close_restored(s->wfd, s->old_wflags);
    s->wfd = -1;
    return 0;
}

static void pipes_interest(struct pvhop_stream *base)
{
    struct pipes_stream *s = (struct pipes_stream *)base;
    unsigned hup = base->events & PVHOP_HUP;

    pvhop_watch_set(s->rwatch, base->events & PVHOP_READ);
    if (s->wwatch)
        pvhop_watch_set(s->wwatch, base->events & PVHOP_WRITE ? PVHOP_WRITE : hup);
}

static void pipes_destroy(struct pvhop_stream *base)
{
    struct pipes_stream *s = (struct pipes_stream *)base;

    pvhop_watch_free(s->rwatch);
    pvhop_watch_free(s->wwatch);
    close_restored(s->wfd, s->old_wflags);
    close_restored(s->rfd, s->old_rflags);
    free(s);
}

static const struct pvhop_stream_ops pipes_ops = {
    .read = pipes_read,
    .write = pipes_write,
    .shutdown = pipes_shutdown,
    .interest = pipes_interest,
    .destroy = pipes_destroy,
};

/* Returns the flags that `fd` had. */
static int set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags >= 0)
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return flags;
}

struct pvhop_stream *pvhop_stream_from_pipes(struct pvhop_loop *loop, int rfd, int wfd,
                                             const char *peer, struct pvhop_error *err)
{
    struct pipes_stream *s = calloc(1, sizeof(*s));

    if (!s) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "a pair of pipes could not be taken over");
        close(rfd);
        if (wfd != rfd)
            close(wfd);
        return NULL;
    }
    s->base.ops = &pipes_ops;
    s->base.loop = loop;
    s->base.fd = -1;
    s->rfd = rfd;
    s->wfd = wfd == rfd ? fcntl(rfd, F_DUPFD_CLOEXEC, 0) : wfd;
    s->old_rflags = set_nonblocking(s->rfd);
    s->old_wflags = set_nonblocking(s->wfd);
    snprintf(s->base.peer, sizeof(s->base.peer), "%s", peer ? peer : "a pair of pipes");
    if (s->old_rflags < 0 || s->old_wflags < 0) {
        pvhop_error_set(err, PVHOP_E_SYSTEM, "%s could not be taken over: %s", s->base.peer,
                        strerror(errno));
        goto fail;
    }
    s->rwatch = pvhop_watch_new(loop, s->rfd, pvhop_stream_report, s, err);
    s->wwatch = s->rwatch ? pvhop_watch_new(loop, s->wfd, pvhop_stream_report, s, err) : NULL;
    if (!s->wwatch)
        goto fail;
    return &s->base;
fail:
    pipes_destroy(&s->base);
    return NULL;
}
