/* SPDX-License-Identifier: BSD-3-Clause */
#include "event_out.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WAITING_MAX = 256 * 1024, /* from here on, what may be dropped is */
    STUCK_MAX = 1024 * 1024   /* of what may not: the reader has stopped for good */
};

struct piece {
    struct piece *next;
    size_t len, done; /* done: already written */
    bool may_drop;
    char bytes[];
};

struct pvhop_out {
    struct pvhop_loop *loop;
    struct pvhop_watch *watch;
    struct piece *first, **end;
    size_t waiting; /* bytes */
    size_t at_once; /* most bytes that one write may have without the danger of blocking */
    unsigned dropped;
    int fd; /* ours */
    bool is_socket, broken, held;
};

/*
 * A descriptor of our own. O_NONBLOCK belongs to the open file, which a shell or ParaView may share
 * with us, so pipes and terminals are opened anew. Where that is not allowed, a duplicate has to
 * do, with writes so short that what poll(2) calls writable takes them whole (pipe(7): PIPE_BUF).
 */
static int open_own(int fd, struct pvhop_out *out)
{
    struct stat st;
    char path[40];
    int own = -1;

    if (fstat(fd, &st) != 0)
        return -1;
    out->at_once = SSIZE_MAX;
    out->is_socket = S_ISSOCK(st.st_mode);
    if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (own < 0)
            out->at_once = 512; /* PIPE_BUF's least value anywhere */
    }
    return own >= 0 ? own : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void drop_piece(struct pvhop_out *out, struct piece **link)
{
    struct piece *p = *link;

    *link = p->next;
    if (!p->next)
        out->end = link;
    out->waiting -= p->len - p->done;
    free(p);
}

/* Nobody reads any more: what waits is of no use, and nothing more is taken. */
static void broke(struct pvhop_out *out)
{
    out->broken = true;
    while (out->first)
        drop_piece(out, &out->first);
    /* A descriptor whose other end has gone would wake the loop for ever. */
    pvhop_watch_free(out->watch);
    out->watch = NULL;
}

static ssize_t write_some(struct pvhop_out *out, const struct piece *p)
{
    size_t len = p->len - p->done;

    if (len > out->at_once)
        len = out->at_once;
    if (out->is_socket)
        return send(out->fd, p->bytes + p->done, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    return write(out->fd, p->bytes + p->done, len);
}

/* Writes one piece after the other while the descriptor takes them. */
static void flush(struct pvhop_out *out)
{
    while (out->first && !out->held) {
        ssize_t n;

        if (out->at_once != SSIZE_MAX) {
            struct pollfd room = {.fd = out->fd, .events = POLLOUT};

            if (poll(&room, 1, 0) != 1)
                break;
        }
        n = write_some(out, out->first);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n < 0) {
            broke(out);
            break;
        }
        out->first->done += (size_t)n;
        out->waiting -= (size_t)n;
        if (out->first->done == out->first->len)
            drop_piece(out, &out->first);
    }
    if (out->watch)
        pvhop_watch_set(out->watch, out->first && !out->held ? PVHOP_WRITE : 0);
}

static void on_writable(void *user, unsigned events)
{
    struct pvhop_out *out = user;

    if (events & PVHOP_WRITE)
        flush(out);
    else if (events & PVHOP_HUP)
        broke(out);
}

struct pvhop_out *pvhop_out_new(struct pvhop_loop *loop, int fd, struct pvhop_error *err)
{
    struct pvhop_out *out = calloc(1, sizeof(*out));

    if (!out) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for events");
        return NULL;
    }
    out->loop = loop;
    out->end = &out->first;
    out->fd = open_own(fd, out);
    if (out->fd < 0) {
        pvhop_error_set(err, PVHOP_E_SYSTEM, "descriptor %d cannot be written to: %s", fd,
                        strerror(errno));
        free(out);
        return NULL;
    }
    out->watch = pvhop_watch_new(loop, out->fd, on_writable, out, err);
    if (!out->watch) {
        close(out->fd);
        free(out);
        return NULL;
    }
    return out;
}

void pvhop_out_add(struct pvhop_out *out, const char *bytes, size_t len, bool may_drop)
{
    struct piece *p, **link;

    if (out->broken || len == 0)
        return;
    p = malloc(sizeof(*p) + len);
    if (!p) {
        out->dropped++;
        return;
    }
    *p = (struct piece){.len = len, .may_drop = may_drop};
    memcpy(p->bytes, bytes, len);
    *out->end = p;
    out->end = &p->next;
    out->waiting += len;
    flush(out);
    for (link = &out->first; *link && out->waiting > WAITING_MAX;) {
        if ((*link)->may_drop && (*link)->done == 0) {
            drop_piece(out, link);
            out->dropped++;
        } else {
            link = &(*link)->next;
        }
    }
    if (out->waiting > STUCK_MAX)
        broke(out);
}

unsigned pvhop_out_dropped(struct pvhop_out *out)
{
    unsigned n = out->waiting < WAITING_MAX / 2 ? out->dropped : 0;

    if (n)
        out->dropped = 0;
    return n;
}

void pvhop_out_hold(struct pvhop_out *out, bool hold)
{
    out->held = hold;
    flush(out);
}

static int64_t now_ms(const struct pvhop_out *out)
{
    return (int64_t)pvhop_loop_now_ms(out->loop);
}

void pvhop_out_free(struct pvhop_out *out, int ms)
{
    int64_t until;

    if (!out)
        return;
    out->held = false;
    flush(out);
    for (until = now_ms(out) + ms; out->first && now_ms(out) < until; flush(out)) {
        struct pollfd room = {.fd = out->fd, .events = POLLOUT};

        if (poll(&room, 1, (int)(until - now_ms(out))) < 0 && errno != EINTR)
            break;
    }
    broke(out);
    close(out->fd);
    free(out);
}
