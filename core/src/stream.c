/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream_impl.h"

ssize_t pvhop_stream_read(struct pvhop_stream *s, void *buf, size_t len)
{
    return s->ops->read(s, buf, len);
}

ssize_t pvhop_stream_write(struct pvhop_stream *s, const void *buf, size_t len)
{
    return s->ops->write(s, buf, len);
}

int pvhop_stream_shutdown(struct pvhop_stream *s)
{
    return s->ops->shutdown(s);
}

void pvhop_stream_watch(struct pvhop_stream *s, unsigned events, pvhop_watch_fn fn, void *user)
{
    s->events = events;
    s->fn = fn;
    s->fn_user = user;
    s->ops->interest(s);
}

const char *pvhop_stream_peer(const struct pvhop_stream *s)
{
    return s->peer;
}

int pvhop_stream_fd(const struct pvhop_stream *s)
{
    return s->fd;
}

void pvhop_stream_free(struct pvhop_stream *s)
{
    if (s)
        s->ops->destroy(s);
}

void pvhop_stream_report(void *user, unsigned events)
{
    struct pvhop_stream *s = user;

    events &= s->events | PVHOP_HUP;
    if (events && s->fn)
        s->fn(s->fn_user, events); /* may free s */
}
