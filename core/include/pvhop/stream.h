/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_STREAM_H
#define PVHOP_STREAM_H
/**
 * What a TCP socket, an ssh channel and a pair of pipes have in common: a
 * non-blocking stream of bytes each way with half-close. The listener and the
 * pump see only this. All calls on the loop's thread.
 */
#include <pvhop/loop.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_stream;

/**
 * Reads what is there. Returns the count, 0 at end of stream, -EAGAIN if there
 * is nothing now, another negative errno if the stream is broken.
 */
ssize_t pvhop_stream_read(struct pvhop_stream *s, void *buf, size_t len);
/** Writes what fits now. Returns the count (may be short), -EAGAIN, or a negative errno. Never
 * SIGPIPE. */
ssize_t pvhop_stream_write(struct pvhop_stream *s, const void *buf, size_t len);
/** No more will be written; what was accepted by write still goes out. Returns 0 or a negative
 * errno. */
int pvhop_stream_shutdown(struct pvhop_stream *s);
/**
 * Sets the interest and the callback: level-triggered like a watch, with
 * PVHOP_READ when read would not give -EAGAIN, PVHOP_WRITE likewise, PVHOP_HUP
 * when the stream is broken; PVHOP_HUP alone waits for that only, as far as the kind of
 * stream can tell. events = 0: no interest. Never called from inside this call.
 */
void pvhop_stream_watch(struct pvhop_stream *s, unsigned events, pvhop_watch_fn fn, void *user);
/** The other end in words, for logs: "127.0.0.1:41234", "port 45881 of login1, from 10.77.2.11".
 * Never NULL. */
const char *pvhop_stream_peer(const struct pvhop_stream *s);
/** The socket's descriptor, still owned by the stream; -1 if it is not one socket. */
int pvhop_stream_fd(const struct pvhop_stream *s);
/** Closes and frees; unsent bytes are dropped. May be called in its own callback. NULL is fine. */
void pvhop_stream_free(struct pvhop_stream *s);

/**
 * Takes over a connected socket (closed on failure too): sets O_NONBLOCK,
 * FD_CLOEXEC and, on TCP, NODELAY, SO_KEEPALIVE. `peer` NULL: asked from the
 * socket.
 */
struct pvhop_stream *pvhop_stream_from_socket(struct pvhop_loop *loop, int fd, const char *peer,
                                              struct pvhop_error *err);
/**
 * The same for a socket that is all that already: made with SOCK_NONBLOCK and SOCK_CLOEXEC, and
 * given pvhop_stream_tcp_options(). No system call but epoll's: the relay makes two a connection.
 */
struct pvhop_stream *pvhop_stream_from_ready_socket(struct pvhop_loop *loop, int fd,
                                                    const char *peer, struct pvhop_error *err);
/** NODELAY and SO_KEEPALIVE. What a listening socket has, its connections inherit (Linux). Does
 * nothing to what is not TCP. */
void pvhop_stream_tcp_options(int fd);
/** Makes the next close() of a socket a reset: a cut stream must not look whole. Does nothing to
 * what is no socket. */
void pvhop_stream_reset_on_close(int fd);
/** Takes over a pair of pipes (or ttys, or files): reads from rfd, writes to wfd. */
struct pvhop_stream *pvhop_stream_from_pipes(struct pvhop_loop *loop, int rfd, int wfd,
                                             const char *peer, struct pvhop_error *err);

/* ---- for those who implement a stream ---- */

/**
 * First member of each implementation. The implementation calls
 * stream->fn(stream->fn_user, events) when (stream->events & what is possible).
 */
struct pvhop_stream_ops {
    ssize_t (*read)(struct pvhop_stream *s, void *buf, size_t len);
    ssize_t (*write)(struct pvhop_stream *s, const void *buf, size_t len);
    int (*shutdown)(struct pvhop_stream *s);
    void (*interest)(struct pvhop_stream *s); /* events or fn has changed */
    void (*destroy)(struct pvhop_stream *s);
};
struct pvhop_stream {
    const struct pvhop_stream_ops *ops;
    struct pvhop_loop *loop;
    unsigned events;
    pvhop_watch_fn fn;
    void *fn_user;
    int fd;
    char peer[320];
};

#ifdef __cplusplus
}
#endif
#endif
