/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An ssh channel as a stream.
 *
 * Receiving: libssh keeps what comes in a buffer; how much may come is the window. libssh 0.10
 * opens it to some 64 KB and refills to 1.28 MB, which on a long link is a third of what OpenSSH
 * reaches; asking ssh_channel_read_timeout for more bytes raises it to that. Each read also
 * refills the window, so that a slow reader with small reads would pile up without limit: so
 * nothing is read from libssh before the last lot has been taken by the reader.
 *
 * How large: at 25 ms each way 16 MiB are five times as fast as 2 MiB, but on a short link only
 * half as fast, as sshd keeps what the link does not take in a buffer that it moves about. So the
 * window starts at 2 MiB, as OpenSSH's, and doubles as often as it is found too small for the round
 * trip.
 */
#include "sshlink_private.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW_FIRST = 2 * 1024 * 1024 - 9, /* odd: see pvhop_ssh_channel_rest */
    WINDOW_MAX = 16 * 1024 * 1024,
    WINDOW_A_MS = 400 * 1024, /* no more than this for each millisecond of the round trip */
    WRITE_MAX = 256 * 1024,
    SCRATCH = 512 * 1024 /* more than libssh can take in at one call: see pvhop_ssh_channel_tend */
};

static void fed(struct pvhop_ssh_channel *c);

static int on_data(ssh_session session, ssh_channel channel, void *data, uint32_t len,
                   int is_stderr, void *user)
{
    (void)session;
    (void)channel;
    struct pvhop_ssh_channel *c = user;
    if (c->starved)
        fed(c);
    if (is_stderr) {
        c->used += len;
        c->received += len;
        if (c->exec)
            pvhop_ssh_exec_stderr(c->exec, data, len);
        return (int)len;
    }
    c->used += len - c->buffered;
    c->received += len - c->buffered;
    if (c->freed) { /* nobody reads it, but the exec waits for the end */
        c->buffered = 0;
        return (int)len;
    }
    c->buffered = len; /* the whole buffer, not only what is new */
    return 0;
}

static void on_eof(ssh_session session, ssh_channel channel, void *user)
{
    (void)session;
    (void)channel;
    struct pvhop_ssh_channel *c = user;
    c->eof = true;
}

static void on_close(ssh_session session, ssh_channel channel, void *user)
{
    (void)session;
    (void)channel;
    struct pvhop_ssh_channel *c = user;
    c->eof = c->closed = true;
}

static void on_exit_status(ssh_session session, ssh_channel channel, int status, void *user)
{
    (void)session;
    (void)channel;
    struct pvhop_ssh_channel *c = user;
    c->exit_status = status;
}

/* The end of a stream whose session may have broken: then the link is told first, which knows why,
 * and the stream ends after it. */
static ssize_t broken(struct pvhop_ssh_channel *c)
{
    return c->hop && pvhop_ssh_hop_is_broken(c->hop) && !c->hop->told ? -EAGAIN : -ECONNRESET;
}

/* The one place that reads from libssh. `room` bytes at `to` must hold all that is buffered. */
static ssize_t take(struct pvhop_ssh_channel *c, void *to, size_t room)
{
    uint32_t count = c->raise ? c->window : (uint32_t)room;
    if (c->raise) {
        c->raise = false;
        c->used = 0;
        memmove(c->grants + 1, c->grants, sizeof c->grants - sizeof c->grants[0]);
        c->grants[0].upto = c->received + c->window - c->buffered;
        c->grants[0].ms = pvhop_loop_now_ms(c->hop->loop);
    }
    int n = ssh_channel_read_timeout(c->channel, to, count, 0, 0);
    if (n < 0)
        return n == SSH_AGAIN ? 0 : broken(c);
    c->buffered -= (size_t)n < c->buffered ? (size_t)n : c->buffered;
    return n;
}

void pvhop_ssh_channel_tend(struct pvhop_ssh_channel *c)
{
    if (c->closed && !c->buffered && !c->close_sent) {
        /* the far side counts the session until we have closed, too (MaxSessions) */
        c->close_sent = true;
        (void)ssh_channel_close(c->channel);
        (void)ssh_channel_close(c->channel);
        pvhop_ssh_hop_again(c->hop);
    }
    if (!c->raise || !c->opened || c->buffered || c->stage_len || c->eof || c->freed)
        return;
    if (!c->settled) { /* the first words go before it, and wake the far side only once */
        c->settled = true;
        pvhop_ssh_hop_again(c->hop);
        return;
    }
    /*
     * Raises the window although there is nothing to read. libssh then looks at
     * its socket once: one read of 4 KiB and the packets that this completes, of
     * at most 256 KiB each; SCRATCH holds that, and what came is staged.
     */
    uint8_t *scratch = malloc(SCRATCH);
    if (!scratch)
        return;
    ssize_t n = take(c, scratch, SCRATCH);
    if (n > 0) {
        c->stage = scratch;
        c->stage_len = (size_t)n;
        c->stage_at = 0;
    } else {
        free(scratch);
    }
    pvhop_ssh_hop_again(c->hop);
}

/*
 * A far side that the window stopped has sent all it was allowed to, to the
 * byte, and what arrives next is its answer to the grant that followed. So if nothing is left to
 * read, and what came ends exactly where a former grant did, the time till more comes is a
 * round trip. A pause for another reason does not fall on that byte: not even with
 * packets of equal size, as the window is not a multiple of any.
 */
void pvhop_ssh_channel_rest(struct pvhop_ssh_channel *c)
{
    if (c->buffered || c->stage_len || c->raise || c->window >= WINDOW_MAX)
        return;
    for (size_t i = 1; i < SSH_GRANTS; i++) {
        if (c->grants[i].upto && c->grants[i].upto == c->received) {
            c->starved = true;
            c->starved_ms = c->grants[i - 1].ms;
        }
    }
}

/* More came. A busy machine starves the far side too: so the shortest trip counts. */
static void fed(struct pvhop_ssh_channel *c)
{
    uint64_t trip = pvhop_loop_now_ms(c->hop->loop) - c->starved_ms;
    c->starved = false;
    if (trip < c->trip_ms)
        c->trip_ms = trip;
    if (c->window / WINDOW_A_MS >= c->trip_ms)
        return;
    c->window = c->window * 2 + 1 < WINDOW_MAX ? c->window * 2 + 1 : WINDOW_MAX;
    c->raise = true;
    memset(c->grants, 0, sizeof c->grants); /* what is under way was sent for the old one */
}

static ssize_t from_stage(struct pvhop_ssh_channel *c, void *buf, size_t len)
{
    size_t n = c->stage_len - c->stage_at < len ? c->stage_len - c->stage_at : len;
    memcpy(buf, c->stage + c->stage_at, n);
    c->stage_at += n;
    if (c->stage_at == c->stage_len) {
        free(c->stage);
        c->stage = NULL;
        c->stage_len = c->stage_at = 0;
    }
    return (ssize_t)n;
}

static ssize_t stream_read(struct pvhop_stream *s, void *buf, size_t len)
{
    struct pvhop_ssh_channel *c = (struct pvhop_ssh_channel *)s;
    if (len == 0)
        return -EAGAIN;
    if (c->stage_len)
        return from_stage(c, buf, len);
    if (!c->hop)
        return -ECONNRESET;
    if (c->used >= c->window / 4)
        c->raise = true;
    if (c->buffered) {
        if (c->buffered <= len) {
            ssize_t n = take(c, buf, len);
            if (n)
                return n;
            return -EAGAIN;
        }
        size_t size = c->buffered;
        uint8_t *stage = malloc(size);
        if (!stage)
            return -ENOMEM;
        ssize_t n = take(c, stage, size);
        if (n <= 0) {
            free(stage);
            return n ? n : -EAGAIN;
        }
        c->stage = stage;
        c->stage_len = (size_t)n;
        c->stage_at = 0;
        return from_stage(c, buf, len);
    }
    if (c->eof) {
        c->eof_read = true;
        pvhop_ssh_hop_again(c->hop);
        return 0;
    }
    return c->hop->lost ? broken(c) : -EAGAIN;
}

static bool can_write(const struct pvhop_ssh_channel *c)
{
    /* one lot at a time in libssh's own buffer, which has no limit */
    return !c->stuck && ssh_channel_window_size(c->channel) > 0 &&
           !(ssh_get_status(c->hop->session) & SSH_WRITE_PENDING);
}

static ssize_t stream_write(struct pvhop_stream *s, const void *buf, size_t len)
{
    struct pvhop_ssh_channel *c = (struct pvhop_ssh_channel *)s;
    if (!c->hop || c->hop->lost)
        return broken(c);
    if (c->closed)
        return -EPIPE;
    if (len == 0)
        return 0;
    if (!can_write(c))
        return -EAGAIN;
    uint32_t window = ssh_channel_window_size(c->channel);
    size_t lot = len < WRITE_MAX ? len : WRITE_MAX;
    if (lot > window)
        lot = window; /* libssh would wait for more, in vain */
    int n = ssh_channel_write(c->channel, buf, (uint32_t)lot);
    pvhop_ssh_hop_again(c->hop);
    if (n > 0)
        return n;
    if (n == 0) {
        c->stuck = true;
        return -EAGAIN;
    }
    return c->closed ? -EPIPE : broken(c);
}

static int stream_shutdown(struct pvhop_stream *s)
{
    struct pvhop_ssh_channel *c = (struct pvhop_ssh_channel *)s;
    if (!c->hop || c->hop->lost)
        return -ECONNRESET;
    if (c->closed)
        return 0;
    (void)ssh_channel_send_eof(c->channel);
    pvhop_ssh_hop_again(c->hop);
    return 0;
}

static void stream_interest(struct pvhop_stream *s)
{
    struct pvhop_ssh_channel *c = (struct pvhop_ssh_channel *)s;
    if (c->hop)
        pvhop_ssh_hop_again(c->hop);
}

bool pvhop_ssh_channel_due(struct pvhop_ssh_channel *c, unsigned *events)
{
    unsigned now = 0;
    if (!c->stream.events || !c->stream.fn || c->freed)
        return false;
    if (c->hop->lost) {
        if (!c->hop->told)
            return false;
        now = c->hup_told ? 0 : c->stream.events | PVHOP_HUP;
        c->hup_told = true;
    } else {
        if ((c->stream.events & PVHOP_READ) && (c->stage_len || c->buffered || c->eof))
            now |= PVHOP_READ;
        if ((c->stream.events & PVHOP_WRITE) && (c->closed || can_write(c)))
            now |= PVHOP_WRITE;
        if (c->closed && now)
            now |= c->stream.events & PVHOP_WRITE;
    }
    *events = now;
    return now != 0;
}

/* Off the hop: the ssh channel closes, what is left is the stream. */
static void detach(struct pvhop_ssh_channel *c)
{
    struct ssh_hop *hop = c->hop;
    if (!hop)
        return;
    *c->prev = c->next;
    if (c->next)
        c->next->prev = c->prev;
    c->hop = NULL;
    ssh_remove_channel_callbacks(c->channel, &c->callbacks);
    if (c->opened && !hop->lost) {
        /* twice: libssh does not send the close if the end could not be written out at once */
        (void)ssh_channel_close(c->channel);
        (void)ssh_channel_close(c->channel);
    }
    ssh_channel_free(c->channel);
    c->channel = NULL;
    pvhop_ssh_hop_again(hop);
}

void pvhop_ssh_channel_orphan(struct pvhop_ssh_channel *c)
{
    detach(c);
    c->exec = NULL;
    if (c->freed) {
        free(c->stage);
        free(c);
    }
}

void pvhop_ssh_channel_leave(struct pvhop_ssh_channel *c)
{
    c->exec = NULL;
    if (c->freed) {
        detach(c);
        free(c->stage);
        free(c);
    }
}

static void stream_destroy(struct pvhop_stream *s)
{
    struct pvhop_ssh_channel *c = (struct pvhop_ssh_channel *)s;
    if (c->exec && c->hop && !c->hop->lost && !c->closed) {
        /* the command's exit code is still wanted: end its input, drop its output */
        c->freed = true;
        c->stream.events = 0;
        free(c->stage);
        c->stage = NULL;
        c->stage_len = 0;
        (void)ssh_channel_send_eof(c->channel);
        if (c->buffered) {
            uint8_t *all = malloc(c->buffered);
            if (all)
                (void)take(c, all, c->buffered);
            free(all);
        }
        pvhop_ssh_hop_again(c->hop);
        return;
    }
    if (c->exec) {
        c->freed = true; /* the exec frees it */
        c->stream.events = 0;
        if (c->hop)
            pvhop_ssh_hop_again(c->hop);
        return;
    }
    detach(c);
    free(c->stage);
    free(c);
}

static const struct pvhop_stream_ops ops = {.read = stream_read,
                                            .write = stream_write,
                                            .shutdown = stream_shutdown,
                                            .interest = stream_interest,
                                            .destroy = stream_destroy};

struct pvhop_ssh_channel *pvhop_ssh_channel_new(struct ssh_hop *hop, ssh_channel channel)
{
    struct pvhop_ssh_channel *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->stream = (struct pvhop_stream){.ops = &ops, .loop = hop->loop, .fd = -1};
    c->hop = hop;
    c->channel = channel;
    c->exit_status = -1;
    c->window = WINDOW_FIRST;
    c->trip_ms = UINT64_MAX;
    c->raise = true;
    c->callbacks =
        (struct ssh_channel_callbacks_struct){.userdata = c,
                                              .channel_data_function = on_data,
                                              .channel_eof_function = on_eof,
                                              .channel_close_function = on_close,
                                              .channel_exit_status_function = on_exit_status};
    ssh_callbacks_init(&c->callbacks);
    ssh_add_channel_callbacks(channel, &c->callbacks);
    c->next = hop->channels;
    c->prev = &hop->channels;
    if (c->next)
        c->next->prev = &c->next;
    hop->channels = c;
    pvhop_ssh_hop_again(hop);
    return c;
}
