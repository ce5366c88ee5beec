/* SPDX-License-Identifier: BSD-3-Clause */
#include "mux.h"
#include "text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD = 8,
    LOT = 64 * 1024,              /* of data in a frame */
    WINDOW_FIRST = 64 * 1024,     /* who has proved nothing yet costs no more than that */
    WINDOW_MAX = 4 * 1024 * 1024, /* as much is under way on a long fast link */
    STREAMS_MAX = 1024
};

struct channel {
    struct pvhop_stream stream; /* first */
    struct pvhop_mux *mux;      /* NULL: the wire is gone */
    struct channel *next;
    uint32_t id;
    struct pvhop_mux_call_events events;
    void *user;
    bool open; /* both ends have agreed to it */
    char *in;  /* what came and was not read yet: in_len bytes at in_at */
    size_t in_at, in_len, in_size;
    uint32_t window;   /* as it was granted the last time */
    uint32_t may_come; /* of it, not used yet */
    uint32_t owed;     /* read, and not granted again yet */
    uint32_t may_go;
    bool eof, broken, ended; /* its end came; it is gone; our end was sent */
    bool hup_told;
    unsigned turn; /* when it was last told */
};

struct pvhop_mux {
    struct pvhop_loop *loop;
    struct pvhop_mux_wire wire;
    void *user;
    struct channel *channels;
    size_t count;
    uint32_t next_id;
    struct pvhop_timer *tell; /* the streams' events come from a turn of their own */
    unsigned turn;
    bool lost;
    bool *gone; /* set where a callback may free the mux */
    unsigned char head[HEAD];
    size_t head_len;
    size_t left; /* of the frame under way */
    char text[4 + PVHOP_MUX_TEXT + 1];
    size_t text_len;
};

static void put32(unsigned char *at, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(n >> (8 * i));
}

static uint32_t get32(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* ---- sending ---- */

static void send_frame(struct pvhop_mux *m, char type, uint32_t id, const void *body, size_t len)
{
    unsigned char head[HEAD];

    if (m->lost)
        return;
    put32(head, (uint32_t)len << 8 | (unsigned char)type);
    put32(head + 4, id);
    m->wire.send(m->user, head, sizeof(head), body, len);
}

static void send_text(struct pvhop_mux *m, char type, uint32_t id, const char *text)
{
    size_t len = strlen(text);

    send_frame(m, type, id, text, len < PVHOP_MUX_TEXT ? len : PVHOP_MUX_TEXT);
}

static void send_open(struct channel *c, uint32_t via, const char *text)
{
    unsigned char body[4 + PVHOP_MUX_TEXT];
    size_t len = strlen(text);

    if (len > PVHOP_MUX_TEXT)
        len = PVHOP_MUX_TEXT;
    put32(body, via);
    memcpy(body + 4, text, len);
    send_frame(c->mux, 'O', c->id, body, 4 + len);
}

static void send_grant(struct channel *c, uint32_t count)
{
    unsigned char body[4];

    put32(body, count);
    c->may_come += count;
    send_frame(c->mux, 'W', c->id, body, sizeof(body));
}

/* ---- the streams ---- */

static unsigned due(const struct channel *c)
{
    const struct pvhop_mux *m = c->mux;
    unsigned now = 0;

    if (!c->stream.fn || !c->stream.events)
        return 0;
    if (c->in_len || c->eof || c->broken)
        now |= PVHOP_READ;
    if (c->broken || (m && c->open && c->may_go && m->wire.room(m->user)))
        now |= PVHOP_WRITE;
    now &= c->stream.events;
    if (c->broken && !c->hup_told)
        now |= PVHOP_HUP;
    return now;
}

static struct channel *next_due(struct pvhop_mux *m, bool again)
{
    for (struct channel *c = m->channels; c; c = c->next)
        if ((again || c->turn != m->turn) && due(c))
            return c;
    return NULL;
}

static void tell(void *user)
{
    struct pvhop_mux *m = user;
    struct channel *c;
    bool gone = false;

    m->gone = &gone;
    m->turn++;
    while ((c = next_due(m, false))) {
        unsigned events = due(c);

        c->turn = m->turn;
        c->hup_told = c->hup_told || c->broken;
        c->stream.fn(c->stream.fn_user, events);
        if (gone)
            return;
    }
    m->gone = NULL;
    if (next_due(m, true))
        pvhop_timer_start(m->tell, 0);
}

static void wake(struct pvhop_mux *m)
{
    if (m && !pvhop_timer_running(m->tell))
        pvhop_timer_start(m->tell, 0);
}

static void unlink_channel(struct channel *c)
{
    for (struct channel **at = &c->mux->channels; *at; at = &(*at)->next)
        if (*at == c) {
            *at = c->next;
            c->mux->count--;
            break;
        }
}

static ssize_t stream_read(struct pvhop_stream *s, void *buf, size_t len)
{
    struct channel *c = (struct channel *)s;
    size_t n = c->in_len < len ? c->in_len : len;

    if (c->in_len == 0)
        return c->eof ? 0 : c->broken ? -ECONNRESET : -EAGAIN;
    memcpy(buf, c->in + c->in_at, n);
    c->in_at += n;
    c->in_len -= n;
    c->owed += (uint32_t)n;
    /* A reader that keeps up is granted more at a time, for the sake of long links. */
    if (c->mux && !c->eof && c->owed >= c->window / 2) {
        uint32_t more = c->window < WINDOW_MAX ? c->window : 0;

        c->window += more;
        send_grant(c, c->owed + more);
        c->owed = 0;
    }
    return (ssize_t)n;
}

static ssize_t stream_write(struct pvhop_stream *s, const void *buf, size_t len)
{
    struct channel *c = (struct channel *)s;
    size_t room;

    if (!c->mux || c->broken)
        return -ECONNRESET;
    if (c->ended)
        return -EPIPE;
    room = c->open ? c->mux->wire.room(c->mux->user) : 0;
    if (len > room)
        len = room;
    if (len > c->may_go)
        len = c->may_go;
    if (len > LOT)
        len = LOT;
    if (len == 0)
        return -EAGAIN;
    c->may_go -= (uint32_t)len;
    send_frame(c->mux, 'D', c->id, buf, len);
    return (ssize_t)len;
}

static int stream_shutdown(struct pvhop_stream *s)
{
    struct channel *c = (struct channel *)s;

    if (!c->mux || c->broken)
        return -ECONNRESET;
    if (!c->ended)
        send_frame(c->mux, 'E', c->id, NULL, 0);
    c->ended = true;
    return 0;
}

static void stream_interest(struct pvhop_stream *s)
{
    wake(((struct channel *)s)->mux);
}

static void stream_destroy(struct pvhop_stream *s)
{
    struct channel *c = (struct channel *)s;

    if (c->mux) {
        unlink_channel(c);
        if (!c->broken)
            send_frame(c->mux, 'R', c->id, NULL, 0);
    }
    free(c->in);
    free(c);
}

static const struct pvhop_stream_ops ops = {.read = stream_read,
                                            .write = stream_write,
                                            .shutdown = stream_shutdown,
                                            .interest = stream_interest,
                                            .destroy = stream_destroy};

static struct channel *add_channel(struct pvhop_mux *m, uint32_t id, const char *peer)
{
    struct channel *c = m->lost || m->count >= STREAMS_MAX ? NULL : calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->stream = (struct pvhop_stream){.ops = &ops, .loop = m->loop, .fd = -1};
    snprintf(c->stream.peer, sizeof(c->stream.peer), "%.300s", peer);
    c->mux = m;
    c->id = id;
    c->window = c->may_come = c->may_go = WINDOW_FIRST;
    c->next = m->channels;
    m->channels = c;
    m->count++;
    return c;
}

static uint32_t new_id(struct pvhop_mux *m)
{
    m->next_id += 2; /* one end has the odd ones */
    return m->next_id;
}

struct pvhop_stream *pvhop_mux_call(struct pvhop_mux *m, const char *text,
                                    const struct pvhop_mux_call_events *events, void *user)
{
    struct channel *c = add_channel(m, new_id(m), text);

    if (!c)
        return NULL;
    if (events)
        c->events = *events;
    c->user = user;
    send_open(c, 0, text);
    return &c->stream;
}

void pvhop_mux_quiet(struct pvhop_stream *stream)
{
    ((struct channel *)stream)->events = (struct pvhop_mux_call_events){.accepted = NULL};
}

void pvhop_mux_accept(struct pvhop_stream *stream, const char *text)
{
    struct channel *c = (struct channel *)stream;

    c->open = true;
    if (c->mux && !c->broken)
        send_text(c->mux, 'A', c->id, text);
    wake(c->mux);
}

void pvhop_mux_refuse(struct pvhop_stream *stream, const char *why)
{
    struct channel *c = (struct channel *)stream;

    if (c->mux && !c->broken)
        send_text(c->mux, 'R', c->id, why);
    c->broken = true;
}

struct pvhop_stream *pvhop_mux_bring(struct pvhop_stream *behalf, const char *text)
{
    struct channel *of = (struct channel *)behalf;
    struct channel *c = of->mux ? add_channel(of->mux, new_id(of->mux), text) : NULL;

    if (!c)
        return NULL;
    c->open = true;
    send_open(c, of->id, text);
    return &c->stream;
}

/* ---- receiving ---- */

static bool is_ours(const struct pvhop_mux *m, uint32_t id)
{
    return ((id ^ m->next_id) & 1) == 0;
}

static struct channel *find(struct pvhop_mux *m, uint32_t id)
{
    struct channel *c = m->channels;

    while (c && c->id != id)
        c = c->next;
    return c;
}

/* It is refused, or gone: who waits for the answer is told that, a reader finds the end. */
static void break_channel(struct channel *c, const char *why)
{
    void (*refused)(void *user, const char *why) = c->events.refused;

    if (c->broken)
        return;
    c->broken = true;
    wake(c->mux);
    if (refused)
        refused(c->user, why);
}

static void fail(struct pvhop_mux *m, const char *why)
{
    void (*broken)(void *user, const char *why) = m->wire.broken;
    void *user = m->user;

    if (m->lost)
        return;
    m->lost = true;
    if (broken)
        broken(user, why);
}

static void called(struct pvhop_mux *m, uint32_t id, uint32_t via, char *text)
{
    struct channel *of = via ? find(m, via) : NULL, *c = NULL;
    static const char full[] = "too many streams at once";

    pvhop_make_printable(text);
    if (find(m, id) || is_ours(m, id)) {
        fail(m, "a stream was opened twice");
        return;
    }
    if (via ? !of || !of->open || !of->events.newcomer : !m->wire.called) {
        send_text(m, 'R', id, "nobody takes it");
        return;
    }
    c = add_channel(m, id, text);
    if (!c) {
        send_text(m, 'R', id, full);
        return;
    }
    if (via) {
        c->open = true;
        of->events.newcomer(of->user, &c->stream, text);
    } else {
        m->wire.called(m->user, &c->stream, text);
    }
}

static void granted(struct channel *c)
{
    struct pvhop_mux *m = c->mux;
    uint32_t more = get32((unsigned char *)m->text);

    if (m->text_len != 4) {
        fail(m, "a grant is not a number");
        return;
    }
    if (more > UINT32_MAX - c->may_go) {
        fail(m, "more was granted than there is");
        return;
    }
    c->may_go += more;
    wake(m);
}

static void accepted(struct channel *c)
{
    struct pvhop_mux *m = c->mux;

    if (c->open || !is_ours(m, c->id)) {
        fail(m, "a stream was accepted that was not asked for");
        return;
    }
    pvhop_make_printable(m->text);
    c->open = true;
    wake(m);
    if (c->events.accepted)
        c->events.accepted(c->user, m->text);
}

static void whole_frame(struct pvhop_mux *m)
{
    uint32_t id = get32(m->head + 4);
    struct channel *c = find(m, id);

    m->text[m->text_len] = '\0';
    if (m->head[0] == 'O') {
        if (m->text_len < 4)
            fail(m, "a call is cut off");
        else
            called(m, id, get32((unsigned char *)m->text), m->text + 4);
        return;
    }
    if (!c || c->broken)
        return; /* it was freed here meanwhile */
    switch (m->head[0]) {
    case 'A':
        accepted(c);
        break;
    case 'R':
        pvhop_make_printable(m->text);
        break_channel(c, m->text);
        break;
    case 'W':
        granted(c);
        break;
    case 'E':
        c->eof = true;
        wake(m);
        break;
    default:
        break; /* data was taken as it came */
    }
}

static int store(struct channel *c, const char *bytes, size_t len)
{
    if (c->in_len == 0)
        c->in_at = 0;
    if (c->in_at > 0 && c->in_at + c->in_len + len > c->in_size) {
        memmove(c->in, c->in + c->in_at, c->in_len);
        c->in_at = 0;
    }
    if (c->in_len + len > c->in_size) {
        size_t size = c->in_size ? c->in_size : 4096;
        char *grown;

        while (size < c->in_len + len)
            size *= 2;
        grown = realloc(c->in, size);
        if (!grown)
            return -1;
        c->in = grown;
        c->in_size = size;
    }
    memcpy(c->in + c->in_at + c->in_len, bytes, len);
    c->in_len += len;
    return 0;
}

/* May free the mux. */
static void data(struct pvhop_mux *m, const char *bytes, size_t len)
{
    static const char full[] = "memory ran out";
    struct channel *c = find(m, get32(m->head + 4));

    if (!c || c->broken)
        return;
    if (len > c->may_come || c->eof) {
        fail(m, "more was sent than was granted");
        return;
    }
    c->may_come -= (uint32_t)len;
    if (store(c, bytes, len) == 0) {
        wake(m);
        return;
    }
    send_text(m, 'R', c->id, full);
    break_channel(c, full);
}

static size_t take_head(struct pvhop_mux *m, const char *bytes, size_t len)
{
    size_t n = HEAD - m->head_len < len ? HEAD - m->head_len : len;

    memcpy(m->head + m->head_len, bytes, n);
    m->head_len += n;
    if (m->head_len == HEAD) {
        m->left = get32(m->head) >> 8;
        m->text_len = 0;
        if (!strchr("OARDEW", m->head[0]) || m->head[0] == '\0')
            fail(m, "a frame of unknown type came");
        else if (m->head[0] != 'D' && m->left > 4 + PVHOP_MUX_TEXT)
            fail(m, "a frame is too long");
    }
    return n;
}

static size_t take_body(struct pvhop_mux *m, const char *bytes, size_t len)
{
    size_t n = m->left < len ? m->left : len;

    m->left -= n;
    if (m->head[0] == 'D') {
        data(m, bytes, n);
    } else {
        memcpy(m->text + m->text_len, bytes, n);
        m->text_len += n;
    }
    return n;
}

void pvhop_mux_feed(struct pvhop_mux *m, const void *bytes, size_t len)
{
    const char *at = bytes;
    bool gone = false, *before = m->gone;

    m->gone = &gone;
    while (len > 0 && !m->lost) {
        size_t n = m->head_len < HEAD ? take_head(m, at, len) : take_body(m, at, len);

        if (gone)
            goto out;
        at += n;
        len -= n;
        if (m->head_len == HEAD && m->left == 0 && !m->lost) {
            m->head_len = 0;
            whole_frame(m);
            if (gone)
                goto out;
        }
    }
    m->gone = before;
out:
    if (gone && before)
        *before = true;
}

void pvhop_mux_room(struct pvhop_mux *m)
{
    if (next_due(m, true))
        wake(m);
}

/* ---- life ---- */

struct pvhop_mux *pvhop_mux_new(struct pvhop_loop *loop, bool first,
                                const struct pvhop_mux_wire *wire, void *user,
                                struct pvhop_error *err)
{
    struct pvhop_mux *m = calloc(1, sizeof(*m));

    if (!m || !(m->tell = pvhop_timer_new(loop, tell, m))) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for several streams in one");
        free(m);
        return NULL;
    }
    m->loop = loop;
    m->wire = *wire;
    m->user = user;
    m->next_id = first ? 1 : 2;
    return m;
}

void pvhop_mux_lost(struct pvhop_mux *m)
{
    bool gone = false, *before = m->gone;
    struct channel *c;

    m->lost = true;
    m->gone = &gone;
    do {
        c = m->channels;
        while (c && c->broken)
            c = c->next;
        if (c)
            break_channel(c, "the connection that carries it has ended");
    } while (c && !gone);
    if (!gone)
        m->gone = before;
    else if (before)
        *before = true;
}

void pvhop_mux_free(struct pvhop_mux *m)
{
    if (!m)
        return;
    if (m->gone)
        *m->gone = true;
    for (struct channel *c = m->channels; c; c = c->next) {
        c->mux = NULL;
        c->broken = true;
    }
    pvhop_timer_free(m->tell);
    free(m);
}
