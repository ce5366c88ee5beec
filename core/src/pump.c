/* SPDX-License-Identifier: BSD-3-Clause */
#include "pump_splice.h"
#include <errno.h>
#include <pvhop/pump.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    DEFAULT_BUFFER = 256 * 1024,
    SOCKET_READ = 64 * 1024, /* between sockets: best for small messages; bulk is spliced */
    FULL_READS_OF_BULK = 2,  /* after so many in a row, splice */
    /* Less than this between two pauses is a message; after so many in a row the stream has ended,
     * and with it the pipe. One that is opened anew costs two reads and writes of copying first. */
    STREAM_GOES_ON = FULL_READS_OF_BULK * SOCKET_READ,
    MESSAGES_END_A_STREAM = 8,
    ROUNDS_A_TURN = 16 /* then other connections have their turn */
};

/* One direction. */
struct way {
    struct pvhop_stream *from, *to;
    unsigned char *ring; /* only while it holds bytes: idle connections cost no buffer */
    size_t size, start, held;
    size_t room; /* the size that the ring gets */
    struct pvhop_splice splice;
    bool sockets; /* both */
    bool may_splice;
    unsigned full_reads;
    size_t streamed;   /* spliced since `from` last had nothing */
    unsigned messages; /* in a row */
    bool eof;          /* nothing more will be read */
    bool draining;  /* `from` is broken for writing: take what it still has, do not wait for more */
    bool blocked;   /* `to` took less than it was offered */
    bool ended;     /* all is over in this direction */
    bool passed_on; /* and the end was passed on to `to` */
    uint64_t moved;
};

struct pvhop_pump {
    struct way ab, ba;
    size_t limit;                        /* bytes that may wait in a direction */
    struct pvhop_stream *broken, *first; /* first: to end, NULL: none yet */
    struct pvhop_error why;
    bool done;
    bool keep_b;
    pvhop_pump_done_fn done_fn;
    void *user;
};

static void broke(struct pvhop_pump *p, struct pvhop_stream *side, const char *doing,
                  ssize_t error);

static size_t pending(const struct way *w)
{
    return w->held + w->splice.held;
}

static bool has_room(const struct way *w)
{
    /* A pipe can be full with few bytes in it, so it is emptied before more is put in. */
    return pvhop_splice_is_open(&w->splice) ? w->splice.held == 0 : w->held < w->room;
}

static bool need_ring(struct way *w)
{
    if (w->ring)
        return true;
    w->ring = malloc(w->room);
    w->size = w->room;
    w->start = 0;
    return w->ring != NULL;
}

static void drop(struct way *w)
{
    free(w->ring);
    w->ring = NULL;
    w->held = 0;
    pvhop_splice_close(&w->splice);
}

/* One read into the ring. Returns what read does; *asked says for how much. */
static ssize_t fill_ring(struct way *w, size_t *asked)
{
    size_t end, space;
    ssize_t n;

    if (!need_ring(w))
        return -ENOMEM;
    end = (w->start + w->held) % w->size;
    space = end < w->start || w->held == w->size ? w->start - end : w->size - end;
    *asked = space;
    n = pvhop_stream_read(w->from, w->ring + end, space);
    if (n > 0)
        w->held += (size_t)n;
    return n;
}

/*
 * Between sockets most messages leave as soon as they came: no ring is needed
 * for these. Returns what read does, or -ENOMEM.
 */
static ssize_t pass_through(struct pvhop_pump *p, struct way *w)
{
    unsigned char bytes[SOCKET_READ];
    ssize_t n = pvhop_stream_read(w->from, bytes, w->room), sent;

    if (n <= 0)
        return n;
    sent = pvhop_stream_write(w->to, bytes, (size_t)n);
    if (sent < 0 && sent != -EAGAIN) {
        broke(p, w->to, "writing to", sent);
        return n;
    }
    if (sent < 0)
        sent = 0;
    w->moved += (uint64_t)sent;
    if (sent == n)
        return n;
    w->blocked = true;
    if (!need_ring(w))
        return -ENOMEM;
    w->held = (size_t)(n - sent);
    memcpy(w->ring, bytes + sent, w->held);
    return n;
}

/* `from` has nothing more for now. */
static void pause_stream(struct way *w)
{
    w->messages = w->streamed < STREAM_GOES_ON ? w->messages + 1 : 0;
    w->streamed = 0;
}

/* One read. Returns true if more may be there at once. */
static bool fill(struct pvhop_pump *p, struct way *w)
{
    bool spliced, more;
    size_t asked = w->room;
    ssize_t n;

    if (pvhop_splice_is_open(&w->splice)) { /* it is empty, or has_room() would have said no */
        if (w->messages >= MESSAGES_END_A_STREAM)
            pvhop_splice_close(&w->splice);
    } else if (w->may_splice && w->full_reads >= FULL_READS_OF_BULK && w->held == 0) {
        w->may_splice = pvhop_splice_possible(w->from, w->to) && pvhop_splice_open(&w->splice);
        w->messages = 0;
    }
    spliced = pvhop_splice_is_open(&w->splice);
    if (spliced)
        n = pvhop_splice_in(&w->splice, w->from);
    else if (w->sockets && w->held == 0 && !w->blocked)
        n = pass_through(p, w);
    else
        n = fill_ring(w, &asked);

    if (n == -EAGAIN) {
        w->full_reads = 0;
        pause_stream(w);
        w->eof = w->draining;
        return false;
    }
    if (n <= 0) {
        w->eof = true;
        if (!p->first)
            p->first = w->from;
        if (n < 0)
            broke(p, w->from, "reading from", n);
        return false;
    }
    if (spliced) {
        w->streamed += (size_t)n;
        more = n >= SOCKET_READ; /* else that was all, most likely: a second -EAGAIN is saved */
        if (!more)
            pause_stream(w);
    } else {
        more = (size_t)n == asked;
        w->full_reads = more ? w->full_reads + 1 : 0;
    }
    return more || w->draining; /* which ends with -EAGAIN: no event may follow */
}

/* Writes what `to` takes. */
static void flush(struct pvhop_pump *p, struct way *w)
{
    size_t len;
    ssize_t n;

    while (!w->blocked && pending(w) > 0) {
        if (w->held > 0) {
            len = w->held < w->size - w->start ? w->held : w->size - w->start;
            n = pvhop_stream_write(w->to, w->ring + w->start, len);
        } else {
            len = w->splice.held;
            n = pvhop_splice_out(&w->splice, w->to);
        }
        if (n < 0 && n != -EAGAIN) {
            broke(p, w->to, "writing to", n);
            return;
        }
        w->blocked = n < (ssize_t)len;
        if (n <= 0)
            return;
        w->moved += (uint64_t)n;
        if (w->held > 0) {
            w->held -= (size_t)n;
            w->start = w->held ? (w->start + (size_t)n) % w->size : 0;
        }
    }
}

static void end_way(struct pvhop_pump *p, struct way *w)
{
    int rc;

    if (w->ended || !w->eof || pending(w) > 0)
        return;
    w->ended = true;
    drop(w);
    if (p->broken) /* a cut stream must not look whole: no end of stream is passed on */
        return;
    if (w == &p->ab && p->keep_b && !p->ba.eof) {
        p->ba.eof = p->ba.ended = true; /* nobody is left to read it */
        drop(&p->ba);
        return;
    }
    w->passed_on = true;
    rc = pvhop_stream_shutdown(w->to);
    if (rc < 0) {
        w->passed_on = false;
        broke(p, w->to, "ending the stream to", rc);
    }
}

static void drive(struct pvhop_pump *p, struct way *w, int rounds)
{
    bool more = !w->ended;

    flush(p, w);
    for (int i = 0; i < rounds && more; i++) {
        more = !w->eof && has_room(w) && fill(p, w);
        flush(p, w);
    }
    end_way(p, w);
}

/*
 * `side` is broken. What it had sent before still goes to the other side; what
 * was meant for it is dropped.
 */
static void broke(struct pvhop_pump *p, struct pvhop_stream *side, const char *doing, ssize_t error)
{
    struct way *out = side == p->ab.to ? &p->ab : &p->ba;
    struct way *in = side == p->ab.to ? &p->ba : &p->ab;

    if (!p->first)
        p->first = side;
    if (!p->broken) {
        p->broken = side;
        pvhop_error_set(&p->why, PVHOP_E_CONNECTION_LOST, "%s %s: %s", doing,
                        pvhop_stream_peer(side), strerror((int)-error));
    } else if (p->broken != side) { /* both: nobody is left to move bytes for */
        in->eof = in->ended = true;
        drop(in);
    }
    out->eof = out->ended = true;
    drop(out);
    in->draining = true;
}

static void set_interest(struct pvhop_stream *s, const struct way *in, const struct way *out,
                         bool broken, pvhop_watch_fn fn, struct pvhop_pump *p)
{
    unsigned events = 0;

    if (!in->eof && has_room(in))
        events |= PVHOP_READ;
    if (pending(out) > 0)
        events |= PVHOP_WRITE;
    /* Half-closed and idle: still notice if it goes away. Once our end was passed on, both halves
     * are closed, which a hang-up looks the same as. */
    if (events == 0 && in->eof && !out->ended && !broken)
        events = PVHOP_HUP;
    pvhop_stream_watch(s, events, fn, p);
}

static void on_a(void *user, unsigned events);
static void on_b(void *user, unsigned events);

/* The last thing in every callback: `done` may free the pump. */
static void settle(struct pvhop_pump *p)
{
    struct way *ways[] = {&p->ab, &p->ba};

    for (size_t i = 0; i < 2; i++) {
        if (p->broken)
            drive(p, ways[i], ROUNDS_A_TURN); /* take what the broken side had sent */
        if (ways[i]->held == 0) {
            free(ways[i]->ring);
            ways[i]->ring = NULL;
        }
    }
    if (!p->ab.ended || !p->ba.ended) {
        set_interest(p->ab.from, &p->ab, &p->ba, p->broken == p->ab.from, on_a, p);
        set_interest(p->ba.from, &p->ba, &p->ab, p->broken == p->ba.from, on_b, p);
        return;
    }
    pvhop_stream_watch(p->ab.from, 0, NULL, NULL);
    pvhop_stream_watch(p->ba.from, 0, NULL, NULL);
    p->done = true;
    p->done_fn(p->user, &p->why);
}

static void happened(struct pvhop_pump *p, struct way *in, struct way *out, unsigned events)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (events == PVHOP_HUP && in->eof && pending(out) == 0 && p->broken != in->from) {
        if (pvhop_stream_fd(in->from) >= 0)
            getsockopt(pvhop_stream_fd(in->from), SOL_SOCKET, SO_ERROR, &error, &len);
        broke(p, in->from, "waiting for", error ? -error : -EPIPE);
    }
    if (events & (PVHOP_READ | PVHOP_HUP))
        drive(p, in, ROUNDS_A_TURN);
    if (events & (PVHOP_WRITE | PVHOP_HUP)) {
        out->blocked = false;
        drive(p, out, ROUNDS_A_TURN);
    }
    settle(p);
}

static void on_a(void *user, unsigned events)
{
    struct pvhop_pump *p = user;

    happened(p, &p->ab, &p->ba, events);
}

static void on_b(void *user, unsigned events)
{
    struct pvhop_pump *p = user;

    happened(p, &p->ba, &p->ab, events);
}

static void make_way(struct way *w, struct pvhop_stream *from, struct pvhop_stream *to,
                     size_t limit)
{
    w->from = from;
    w->to = to;
    w->splice = (struct pvhop_splice)PVHOP_SPLICE_CLOSED;
    w->sockets = w->may_splice = pvhop_stream_fd(from) >= 0 && pvhop_stream_fd(to) >= 0;
    w->room = w->sockets && limit > SOCKET_READ ? SOCKET_READ : limit;
}

struct pvhop_pump *pvhop_pump_new(struct pvhop_loop *loop, struct pvhop_stream *a,
                                  struct pvhop_stream *b, size_t buffer, pvhop_pump_done_fn done,
                                  void *user, struct pvhop_error *err)
{
    struct pvhop_pump *p = calloc(1, sizeof(*p));

    (void)loop; /* the streams know it */
    if (!p) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "%s and %s could not be joined", pvhop_stream_peer(a),
                        pvhop_stream_peer(b));
        pvhop_stream_free(a);
        pvhop_stream_free(b);
        return NULL;
    }
    p->limit = buffer ? buffer : DEFAULT_BUFFER;
    p->done_fn = done;
    p->user = user;
    make_way(&p->ab, a, b, p->limit);
    make_way(&p->ba, b, a, p->limit);
    set_interest(a, &p->ab, &p->ba, false, on_a, p);
    set_interest(b, &p->ba, &p->ab, false, on_b, p);
    return p;
}

static int prefill(struct pvhop_pump *p, struct way *w, const void *bytes, size_t len)
{
    unsigned char *ring;

    if (len > p->limit - w->held)
        return -1;
    if (len == 0)
        return 0;
    if (!w->ring || w->size < w->held + len) { /* nothing was written yet, so start is 0 */
        ring = realloc(w->ring, p->limit);
        if (!ring)
            return -1;
        w->ring = ring;
        w->size = p->limit;
    }
    memcpy(w->ring + w->held, bytes, len);
    w->held += len;
    set_interest(p->ab.from, &p->ab, &p->ba, false, on_a, p);
    set_interest(p->ba.from, &p->ba, &p->ab, false, on_b, p);
    return 0;
}

int pvhop_pump_prefill_to_a(struct pvhop_pump *p, const void *bytes, size_t len)
{
    return prefill(p, &p->ba, bytes, len);
}

int pvhop_pump_prefill_to_b(struct pvhop_pump *p, const void *bytes, size_t len)
{
    return prefill(p, &p->ab, bytes, len);
}

void pvhop_pump_begin(struct pvhop_pump *p)
{
    drive(p, &p->ab, 1); /* many may begin in one turn of the loop */
    settle(p);
}

void pvhop_pump_stats(const struct pvhop_pump *p, struct pvhop_pump_counts *out)
{
    *out = (struct pvhop_pump_counts){
        .a_to_b = p->ab.moved,
        .b_to_a = p->ba.moved,
        .a_ended = p->ab.passed_on,
        .b_ended = p->ba.passed_on,
        .a_first = p->first && p->first == p->ab.from,
        .b_first = p->first && p->first == p->ba.from,
    };
}

void pvhop_pump_keep_b(struct pvhop_pump *p, bool keep)
{
    p->keep_b = keep;
}

struct pvhop_stream *pvhop_pump_take_b(struct pvhop_pump *p)
{
    struct pvhop_stream *b = p->ab.to;

    pvhop_stream_watch(p->ab.from, 0, NULL, NULL);
    pvhop_stream_watch(b, 0, NULL, NULL);
    p->ab.to = p->ba.from = NULL;
    return b;
}

void pvhop_pump_free(struct pvhop_pump *p)
{
    if (!p)
        return;
    if (!p->done || p->broken) {
        pvhop_stream_reset_on_close(pvhop_stream_fd(p->ab.from));
        if (p->ba.from)
            pvhop_stream_reset_on_close(pvhop_stream_fd(p->ba.from));
    }
    drop(&p->ab);
    drop(&p->ba);
    pvhop_stream_free(p->ab.from);
    pvhop_stream_free(p->ba.from);
    free(p);
}
