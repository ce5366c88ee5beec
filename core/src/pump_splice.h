/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PUMP_SPLICE_H
#define PVHOP_PUMP_SPLICE_H
/** Bulk bytes from one TCP socket to another through a kernel pipe, never copied to user space.
 * Linux only. */
#include <pvhop/stream.h>

struct pvhop_splice {
    int pipe[2]; /* -1 while closed */
    size_t held; /* bytes in the pipe */
};

#define PVHOP_SPLICE_CLOSED \
    {                       \
        .pipe = { -1, -1 }  \
    }

/** True if both streams are plain TCP sockets. */
bool pvhop_splice_possible(const struct pvhop_stream *from, const struct pvhop_stream *to);
/** Opens the pipe. False if the system has no room for one: go on with read and write. */
bool pvhop_splice_open(struct pvhop_splice *sp);
/** Closes the pipe, if open; what it holds is dropped. */
void pvhop_splice_close(struct pvhop_splice *sp);
bool pvhop_splice_is_open(const struct pvhop_splice *sp);
/** Only while the pipe is empty. Returns the count, 0 at end of stream, -EAGAIN, or a negative
 * errno. */
ssize_t pvhop_splice_in(struct pvhop_splice *sp, const struct pvhop_stream *from);
/** Moves what fits. Returns the count, -EAGAIN, or a negative errno. */
ssize_t pvhop_splice_out(struct pvhop_splice *sp, const struct pvhop_stream *to);

#endif
