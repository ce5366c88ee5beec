/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The helper inside the control channel (control.sh, `c`): standard input and output are the ssh
 * session's own, descriptor 3 is the shell's new input. What comes in are pieces, each after a line
 * of its own: "s LENGTH" is for the shell, "c LENGTH" for the carried streams (mux.h). What they
 * send goes out as pieces, too, after "MARK c LENGTH"; the shell and what it has started go on
 * writing lines to the same descriptor. So each piece is one write of at most PIPE_BUF bytes, which
 * none of theirs comes into (pipe(7)), and the descriptor stays blocking, as it is theirs, too.
 *
 * Calls: "to ADDRESS:PORT" connects there, "at ADDRESS:PORT" listens there for processes of this
 * user, answers with where, and brings who comes.
 */
#include "mux.h"
#include "relay_program.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <pvhop/peer.h>
#include <pvhop/pump.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SHELL_FD = 3,
    CONNECT_MS = 7000, /* less than who asked for it waits */
    BACKLOG = 64,
    QUEUE = 256 * 1024, /* of data that waits to go out */
    PIECES_A_TURN = 64,
    SHELL_MAX = 8 * 1024 * 1024 /* more than the other end holds for it */
};

struct queue {
    char *bytes;
    size_t at, len, size;
};

/* A connection, or a port that takes them. */
struct place {
    struct carry *carry;
    struct place *next;
    struct pvhop_stream *stream; /* whose call it is; NULL: the pump's */
    int fd;                      /* -1: the pump's */
    struct pvhop_endpoint where;
    struct pvhop_watch *watch;
    struct pvhop_timer *limit;
    struct pvhop_pump *pump;
};

struct carry {
    struct pvhop_loop *loop;
    struct pvhop_mux *mux;
    const char *mark;
    struct pvhop_watch *in, *out, *shell;
    struct queue to_out, to_shell;
    struct place *places;
    char line[32];
    size_t line_len;
    char kind;   /* of the piece that comes in */
    size_t left; /* of it */
    struct pvhop_error end;
};

static int put(struct queue *q, const void *bytes, size_t len)
{
    if (q->at + q->len + len > q->size) {
        if (q->at)
            memmove(q->bytes, q->bytes + q->at, q->len);
        q->at = 0;
    }
    if (q->len + len > q->size) {
        size_t size = q->size ? q->size : QUEUE;
        char *grown;

        while (size < q->len + len)
            size *= 2;
        if (!(grown = realloc(q->bytes, size)))
            return -1;
        q->bytes = grown;
        q->size = size;
    }
    memcpy(q->bytes + q->at + q->len, bytes, len);
    q->len += len;
    return 0;
}

static void taken(struct queue *q, size_t len)
{
    q->at += len;
    q->len -= len;
    if (q->len == 0)
        q->at = 0;
}

static void end(struct carry *c, enum pvhop_code code, const char *why)
{
    if (code != PVHOP_OK && c->end.code == PVHOP_OK)
        pvhop_error_set(&c->end, code, "%s", why);
    pvhop_loop_stop(c->loop);
}

/* ---- out ---- */

/* One piece. -1: not now, or never again. */
static int send_piece(struct carry *c)
{
    struct pollfd room = {.fd = STDOUT_FILENO, .events = POLLOUT};
    char piece[PIPE_BUF], head[64];
    int head_len;
    size_t len = sizeof(piece) - sizeof(head), sent = 0;

    if (poll(&room, 1, 0) <= 0)
        return -1;
    if (len > c->to_out.len)
        len = c->to_out.len;
    head_len = snprintf(head, sizeof(head), "%s c %zu\n", c->mark, len);
    memcpy(piece, head, (size_t)head_len);
    memcpy(piece + head_len, c->to_out.bytes + c->to_out.at, len);
    taken(&c->to_out, len);
    len += (size_t)head_len;
    while (sent < len) {
        ssize_t n = write(STDOUT_FILENO, piece + sent, len - sent);

        if (n < 0 && errno != EINTR) {
            end(c, PVHOP_E_SYSTEM, strerror(errno));
            return -1;
        }
        sent += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static void flush_out(struct carry *c)
{
    for (int i = 0; i < PIECES_A_TURN && c->to_out.len > 0; i++)
        if (send_piece(c) != 0)
            break;
    pvhop_watch_set(c->out, c->to_out.len ? PVHOP_WRITE : 0);
}

static void on_out(void *user, unsigned events)
{
    struct carry *c = user;

    (void)events;
    flush_out(c);
    if (c->to_out.len < QUEUE)
        pvhop_mux_room(c->mux);
}

static void mux_send(void *user, const void *head, size_t head_len, const void *body,
                     size_t body_len)
{
    struct carry *c = user;

    if (put(&c->to_out, head, head_len) != 0 || (body && put(&c->to_out, body, body_len) != 0))
        end(c, PVHOP_E_MEMORY, "no room for what is to be sent");
    pvhop_watch_set(c->out, PVHOP_WRITE);
}

static size_t mux_room(void *user)
{
    const struct carry *c = user;

    return c->to_out.len < QUEUE ? QUEUE - c->to_out.len : 0;
}

static void mux_broken(void *user, const char *why)
{
    end(user, PVHOP_E_INTERNAL, why);
}

/* ---- connections and ports ---- */

static void drop_place(struct place *p)
{
    for (struct place **at = &p->carry->places; *at; at = &(*at)->next)
        if (*at == p) {
            *at = p->next;
            break;
        }
    pvhop_watch_free(p->watch);
    pvhop_timer_free(p->limit);
    pvhop_pump_free(p->pump);
    pvhop_stream_free(p->stream);
    if (p->fd >= 0)
        close(p->fd);
    free(p);
}

/* Takes stream and socket over. */
static struct place *add_place(struct carry *c, struct pvhop_stream *stream, int fd)
{
    struct place *p = calloc(1, sizeof(*p));

    if (!p) {
        pvhop_stream_free(stream);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    p->carry = c;
    p->stream = stream;
    p->fd = fd;
    p->next = c->places;
    c->places = p;
    return p;
}

static void refuse(struct place *p, const char *why)
{
    char text[PVHOP_MUX_TEXT], where[PVHOP_ENDPOINT_TEXT];

    snprintf(text, sizeof(text), "%.300s: %.200s", pvhop_endpoint_print(&p->where, where), why);
    pvhop_mux_refuse(p->stream, text);
    drop_place(p);
}

static void on_pumped(void *user, const struct pvhop_error *err)
{
    (void)err; /* the far end finds the stream ended, or broken */
    drop_place(user);
}

static void join(struct place *p)
{
    struct pvhop_error err;
    struct pvhop_stream *near = pvhop_stream_from_socket(p->carry->loop, p->fd, NULL, &err);
    struct pvhop_stream *far = p->stream;

    p->fd = -1;
    if (near) {
        p->stream = NULL;
        p->pump = pvhop_pump_new(p->carry->loop, far, near, 0, on_pumped, p, &err);
    }
    if (!p->pump)
        drop_place(p);
}

static void on_connected(void *user, unsigned events)
{
    struct place *p = user;
    int error = 0;
    socklen_t len = sizeof(error);

    (void)events;
    getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    pvhop_watch_free(p->watch);
    p->watch = NULL;
    pvhop_timer_stop(p->limit);
    if (error) {
        refuse(p, strerror(error));
        return;
    }
    pvhop_mux_accept(p->stream, "");
    join(p);
}

static void on_limit(void *user)
{
    refuse(user, "no answer");
}

static void start_connecting(struct place *p, const struct sockaddr_storage *sa, socklen_t len)
{
    struct pvhop_error err;

    if (connect(p->fd, (const struct sockaddr *)sa, len) != 0 && errno != EINPROGRESS) {
        refuse(p, strerror(errno));
        return;
    }
    p->watch = pvhop_watch_new(p->carry->loop, p->fd, on_connected, p, &err);
    p->limit = pvhop_timer_new(p->carry->loop, on_limit, p);
    if (!p->watch || !p->limit) {
        refuse(p, "memory ran out");
        return;
    }
    pvhop_watch_set(p->watch, PVHOP_WRITE);
    pvhop_timer_start(p->limit, CONNECT_MS);
}

static void on_newcomer(void *user, unsigned events)
{
    struct place *p = user;
    struct sockaddr_storage sa = {0};
    socklen_t len = sizeof(sa);
    struct pvhop_endpoint from;
    struct pvhop_stream *stream;
    struct place *came;
    char text[PVHOP_ENDPOINT_TEXT + 8], where[PVHOP_ENDPOINT_TEXT];
    int fd = accept4(p->fd, (struct sockaddr *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

    (void)events;
    if (fd < 0)
        return;
    pvhop_endpoint_from_sockaddr((struct sockaddr *)&sa, len, &from);
    snprintf(text, sizeof(text), "%s", pvhop_endpoint_print(&from, where));
    if (pvhop_peer_uid(fd) != (int64_t)getuid()) {
        fprintf(stderr, "pvhop-relay: %s: refused, it does not belong to this user\n", text);
        close(fd);
        return;
    }
    stream = pvhop_mux_bring(p->stream, text);
    came = stream ? add_place(p->carry, stream, fd) : NULL;
    if (came)
        join(came);
    else if (!stream)
        close(fd);
}

/* Who called has hung up, and with that closed the port. */
static void on_caller(void *user, unsigned events)
{
    (void)events;
    drop_place(user);
}

static void start_listening(struct place *p, const struct sockaddr_storage *sa, socklen_t len)
{
    const int on = 1;
    struct sockaddr_storage bound;
    socklen_t bound_len = sizeof(bound);
    char text[PVHOP_ENDPOINT_TEXT];
    struct pvhop_error err;

    setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(p->fd, (const struct sockaddr *)sa, len) != 0 || listen(p->fd, BACKLOG) != 0 ||
        getsockname(p->fd, (struct sockaddr *)&bound, &bound_len) != 0) {
        refuse(p, strerror(errno));
        return;
    }
    p->watch = pvhop_watch_new(p->carry->loop, p->fd, on_newcomer, p, &err);
    if (!p->watch) {
        refuse(p, "memory ran out");
        return;
    }
    pvhop_watch_set(p->watch, PVHOP_READ);
    pvhop_endpoint_from_sockaddr((struct sockaddr *)&bound, bound_len, &p->where);
    pvhop_mux_accept(p->stream, pvhop_endpoint_print(&p->where, text));
    pvhop_stream_watch(p->stream, PVHOP_READ | PVHOP_HUP, on_caller, p);
}

static void on_called(void *user, struct pvhop_stream *stream, const char *text)
{
    struct carry *c = user;
    bool listens = strncmp(text, "at ", 3) == 0;
    struct place *p = add_place(c, stream, -1);
    struct sockaddr_storage sa;
    socklen_t len;
    struct pvhop_error err;

    if (!p)
        return;
    if ((!listens && strncmp(text, "to ", 3) != 0) ||
        pvhop_endpoint_parse(text + 3, -1, &p->where, &err) != 0 ||
        pvhop_endpoint_to_sockaddr(&p->where, AF_UNSPEC, &sa, &len, &err) != 0) {
        refuse(p, "no such call");
        return;
    }
    /* Only loopback: who comes from another machine cannot be told apart by its user. */
    if (listens && !pvhop_endpoint_is_loopback(&p->where)) {
        refuse(p, "not on loopback");
        return;
    }
    p->fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd < 0)
        refuse(p, strerror(errno));
    else if (listens)
        start_listening(p, &sa, len);
    else
        start_connecting(p, &sa, len);
}

/* ---- in ---- */

static void flush_shell(struct carry *c)
{
    ssize_t n = 1;

    while (c->to_shell.len > 0 && n > 0) {
        n = write(SHELL_FD, c->to_shell.bytes + c->to_shell.at, c->to_shell.len);
        if (n > 0)
            taken(&c->to_shell, (size_t)n);
    }
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        end(c, PVHOP_OK, ""); /* the shell has ended, and so has all that is here */
    else
        pvhop_watch_set(c->shell, c->to_shell.len ? PVHOP_WRITE : PVHOP_HUP);
}

static void on_shell(void *user, unsigned events)
{
    if (events & PVHOP_HUP)
        end(user, PVHOP_OK, "");
    else
        flush_shell(user);
}

/* "s LENGTH" or "c LENGTH" */
static void take_line(struct carry *c)
{
    char *rest;
    unsigned long len;

    c->line[c->line_len] = '\0';
    c->line_len = 0;
    len = strtoul(c->line[0] ? c->line + 1 : "", &rest, 10);
    if ((c->line[0] != 's' && c->line[0] != 'c') || c->line[1] != ' ' || *rest || len > SHELL_MAX) {
        end(c, PVHOP_E_INTERNAL, "the control channel does not speak this");
        return;
    }
    c->kind = c->line[0];
    c->left = len;
}

static void take_bytes(struct carry *c, const char *bytes, size_t len)
{
    while (len > 0 && c->end.code == PVHOP_OK) {
        size_t n = 1;

        if (c->left == 0) {
            if (*bytes == '\n')
                take_line(c);
            else if (c->line_len + 1 < sizeof(c->line))
                c->line[c->line_len++] = *bytes;
        } else {
            n = c->left < len ? c->left : len;
            c->left -= n;
            if (c->kind == 'c')
                pvhop_mux_feed(c->mux, bytes, n);
            else if (c->to_shell.len + n > SHELL_MAX || put(&c->to_shell, bytes, n) != 0)
                end(c, PVHOP_E_MEMORY, "the shell takes nothing");
        }
        bytes += n;
        len -= n;
    }
}

static void on_in(void *user, unsigned events)
{
    static char bytes[64 * 1024];
    struct carry *c = user;
    ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

    (void)events;
    if (n > 0) {
        take_bytes(c, bytes, (size_t)n);
        flush_shell(c);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        end(c, PVHOP_OK, "");
    }
}

int pvhop_relay_carry(const char *mark, struct pvhop_error *err)
{
    static const struct pvhop_mux_wire wire = {
        .send = mux_send, .room = mux_room, .broken = mux_broken, .called = on_called};
    struct carry c = {.mark = mark};
    int rc = -1, flags = fcntl(SHELL_FD, F_GETFL);

    if (strlen(mark) > 32 || flags < 0 || fcntl(SHELL_FD, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(SHELL_FD, F_SETFD, FD_CLOEXEC) != 0)
        return pvhop_error_set(err, PVHOP_E_USAGE, "--carry is for the control channel's shell");
    c.loop = pvhop_loop_new(err);
    if (!c.loop)
        return -1;
    c.mux = pvhop_mux_new(c.loop, false, &wire, &c, err);
    c.in = c.mux ? pvhop_watch_new(c.loop, STDIN_FILENO, on_in, &c, err) : NULL;
    c.out = c.in ? pvhop_watch_new(c.loop, STDOUT_FILENO, on_out, &c, err) : NULL;
    c.shell = c.out ? pvhop_watch_new(c.loop, SHELL_FD, on_shell, &c, err) : NULL;
    if (!c.shell)
        goto out;
    printf("%s c 0\n", mark);
    if (fflush(stdout) != 0)
        goto out;
    pvhop_watch_set(c.in, PVHOP_READ);
    pvhop_watch_set(c.shell, PVHOP_HUP);
    if (pvhop_loop_run(c.loop, err) != 0)
        goto out;
    *err = c.end;
    rc = c.end.code == PVHOP_OK ? 0 : -1;
out:
    while (c.places)
        drop_place(c.places);
    pvhop_watch_free(c.in);
    pvhop_watch_free(c.out);
    pvhop_watch_free(c.shell);
    pvhop_mux_free(c.mux);
    pvhop_loop_free(c.loop);
    free(c.to_out.bytes);
    free(c.to_shell.bytes);
    return rc;
}
