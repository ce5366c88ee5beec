/* SPDX-License-Identifier: BSD-3-Clause */
#include "pump_splice.h"
#include "sigpipe.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_BYTES = 1024 * 1024 };

static bool is_tcp(int fd)
{
    int protocol = 0;
    socklen_t len = sizeof(protocol);

    return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 &&
           protocol == IPPROTO_TCP;
}

bool pvhop_splice_possible(const struct pvhop_stream *from, const struct pvhop_stream *to)
{
    return is_tcp(pvhop_stream_fd(from)) && is_tcp(pvhop_stream_fd(to));
}

bool pvhop_splice_is_open(const struct pvhop_splice *sp)
{
    return sp->pipe[0] >= 0;
}

bool pvhop_splice_open(struct pvhop_splice *sp)
{
    if (pipe2(sp->pipe, O_NONBLOCK | O_CLOEXEC)) {
        sp->pipe[0] = sp->pipe[1] = -1;
        return false;
    }
    sp->held = 0;
    /* Beyond a user's share of pipe memory the kernel gives two pages: worse than copying. */
    for (int size = MOST_BYTES; fcntl(sp->pipe[0], F_SETPIPE_SZ, size) < size; size /= 4)
        if (size < MOST_BYTES) {
            pvhop_splice_close(sp);
            return false;
        }
    return true;
}

void pvhop_splice_close(struct pvhop_splice *sp)
{
    if (!pvhop_splice_is_open(sp))
        return;
    close(sp->pipe[0]);
    close(sp->pipe[1]);
    *sp = (struct pvhop_splice)PVHOP_SPLICE_CLOSED;
}

static ssize_t move(int from, int to, size_t len)
{
    ssize_t n;

    do
        n = splice(from, NULL, to, NULL, len, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

ssize_t pvhop_splice_in(struct pvhop_splice *sp, const struct pvhop_stream *from)
{
    /* With an empty pipe -EAGAIN can only mean the socket; a full pipe would say the same. */
    ssize_t n = move(pvhop_stream_fd(from), sp->pipe[1], MOST_BYTES);

    if (n > 0)
        sp->held += (size_t)n;
    return n;
}

ssize_t pvhop_splice_out(struct pvhop_splice *sp, const struct pvhop_stream *to)
{
    sigset_t old;
    ssize_t n;

    pvhop_sigpipe_hold(&old);
    n = move(sp->pipe[0], pvhop_stream_fd(to), sp->held);
    pvhop_sigpipe_release(&old, n == -EPIPE);
    if (n > 0)
        sp->held -= (size_t)n;
    return n;
}
