/* SPDX-License-Identifier: BSD-3-Clause */
#include "control_private.h"
#include "text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define GRACE_HALF_SECONDS 6u /* TERM, then this long, then KILL */
#define GREETING_MS 15000u    /* from the exec to "ready" */
#define ANSWER_MAX (1u << 20) /* a query's output */
#define TASK_LINE_MAX 4096u

static void destroy(struct pvhop_control *c);

void pvhop_control_enter(struct pvhop_control *c)
{
    c->busy++;
}

void pvhop_control_leave(struct pvhop_control *c)
{
    if (--c->busy == 0 && c->doomed)
        destroy(c);
}

/* ---- text ---- */

int pvhop_buffer_add(struct pvhop_buffer *b, const char *bytes, size_t len, size_t max)
{
    if (len > max || b->len > max - len)
        return -1;
    if (b->len + len + 1 > b->size) {
        size_t size = b->size ? b->size : 1024;
        char *grown;

        while (size < b->len + len + 1)
            size *= 2;
        grown = realloc(b->bytes, size);
        if (!grown)
            return -1;
        b->bytes = grown;
        b->size = size;
    }
    memcpy(b->bytes + b->len, bytes, len);
    b->len += len;
    b->bytes[b->len] = '\0';
    return 0;
}

/* ---- sending ---- */

static int send_text(struct pvhop_control *c, const char *text)
{
    struct pvhop_buffer *held = pvhop_carry_held(c);

    return pvhop_buffer_add(held ? held : &c->out, text, strlen(text), PVHOP_CONTROL_OUT);
}

void pvhop_control_send(struct pvhop_control *c, char verb, unsigned id, const char *script)
{
    char head[32], piece[32], *encoded = script ? pvhop_control_encode(script) : NULL;
    struct pvhop_error err;

    snprintf(head, sizeof(head), "%c %u%s", verb, id, script ? " " : "");
    snprintf(piece, sizeof(piece), "s %zu\n", strlen(head) + (encoded ? strlen(encoded) : 0) + 1);
    if ((script && !encoded) || (pvhop_carry_is_on(c) && send_text(c, piece) != 0) ||
        send_text(c, head) != 0 || (encoded && send_text(c, encoded) != 0) ||
        send_text(c, "\n") != 0) {
        pvhop_error_set(&err, PVHOP_E_MEMORY,
                        "a script of %zu bytes for the host could not be kept",
                        script ? strlen(script) : 0);
        free(encoded);
        pvhop_control_fail(c, &err);
        return;
    }
    free(encoded);
    pvhop_control_flush(c);
}

static void on_stream(void *user, unsigned events);

/*
 * A far side that cannot be written to has ended. The reader is to say so: what it
 * said last is why, and may still wait to be read.
 */
void pvhop_control_flush(struct pvhop_control *c)
{
    size_t sent = 0;

    if (!c->stream)
        return;
    while (sent < c->out.len && !c->deaf) {
        ssize_t n = pvhop_stream_write(c->stream, c->out.bytes + sent, c->out.len - sent);

        if (n == -EAGAIN || n == 0)
            break;
        if (n < 0)
            c->deaf = true;
        else
            sent += (size_t)n;
    }
    if (c->deaf)
        sent = c->out.len;
    if (sent > 0) {
        memmove(c->out.bytes, c->out.bytes + sent, c->out.len - sent);
        c->out.len -= sent;
    }
    pvhop_stream_watch(c->stream, PVHOP_READ | (c->out.len ? PVHOP_WRITE : 0u), on_stream, c);
}

/* ---- the end ---- */

static void free_query(struct pvhop_query *q)
{
    free(q->script);
    free(q->answer.bytes);
    free(q);
}

/* Everybody who waits is told, the owner last. Any of them may free the channel. */
void pvhop_control_fail(struct pvhop_control *c, const struct pvhop_error *err)
{
    if (c->state == CONTROL_DEAD)
        return;
    c->state = CONTROL_DEAD;
    pvhop_timer_stop(c->greeting);
    pvhop_timer_stop(c->heartbeat);
    pvhop_timer_stop(c->query_limit);
    pvhop_timer_stop(c->insist);
    if (c->stream)
        pvhop_stream_watch(c->stream, 0, NULL, NULL);
    for (struct pvhop_query *q = c->queries; q && !c->doomed; q = q->next)
        if (q->fn)
            q->fn(q->user, -1, "", 0);
    for (struct pvhop_task *t = c->tasks; t && !c->doomed; t = t->next)
        if (!t->released && t->events.exited)
            t->events.exited(t->user, -1);
    if (!c->doomed)
        pvhop_carry_lost(c);
    if (!c->doomed && c->events.failed)
        c->events.failed(c->user, err);
}

/* ---- receiving ---- */

static struct pvhop_task *find_task(struct pvhop_control *c, unsigned id)
{
    for (struct pvhop_task *t = c->tasks; t; t = t->next)
        if (t->id == id)
            return t;
    return NULL;
}

static void unlink_task(struct pvhop_control *c, struct pvhop_task *task)
{
    for (struct pvhop_task **at = &c->tasks; *at; at = &(*at)->next)
        if (*at == task) {
            *at = task->next;
            return;
        }
}

static void query_ended(struct pvhop_control *c, int status)
{
    struct pvhop_query *q = c->queries;

    pvhop_timer_stop(c->query_limit);
    c->queries = q->next;
    /* The far side puts a newline before the status, and each line got one of ours. */
    for (int i = 0; i < 2 && q->answer.len > 0 && q->answer.bytes[q->answer.len - 1] == '\n'; i++)
        q->answer.bytes[--q->answer.len] = '\0';
    if (q->fn)
        q->fn(q->user, status, q->answer.bytes ? q->answer.bytes : "", q->answer.len);
    free_query(q);
    pvhop_control_send_next_query(c);
}

static void output_line(struct pvhop_control *c, unsigned id, char *text)
{
    struct pvhop_task *t;

    if (c->queries && c->queries->id == id) {
        if (pvhop_buffer_add(&c->queries->answer, text, strlen(text), ANSWER_MAX) == 0)
            pvhop_buffer_add(&c->queries->answer, "\n", 1, ANSWER_MAX + 1);
        return;
    }
    t = find_task(c, id);
    if (t && !t->released && t->events.line && *text) {
        pvhop_make_printable(text);
        if (strlen(text) >= TASK_LINE_MAX)
            text[TASK_LINE_MAX - 1] = '\0';
        t->events.line(t->user, text);
    }
}

static void command_ended(struct pvhop_control *c, unsigned id, int status)
{
    struct pvhop_task *t = find_task(c, id);

    if (pvhop_carry_refused(c, id))
        return;
    pvhop_control_send(c, 'd', id, NULL);
    if (c->state == CONTROL_DEAD)
        return;
    if (c->queries && c->queries->id == id) {
        query_ended(c, status);
    } else if (t) {
        unlink_task(c, t);
        t->control = NULL; /* the owner's now, to be freed by it alone */
        if (t->released)
            free(t);
        else if (t->events.exited)
            t->events.exited(t->user, status);
    }
}

static void send_beat(struct pvhop_control *c)
{
    if (c->beat_pending) /* one at a time: a stalled line is not filled with heartbeats */
        return;
    c->beat_pending = true;
    c->beat_sent_ms = pvhop_loop_now_ms(c->loop);
    pvhop_control_send(c, 'h', ++c->beat, NULL);
}

static void beat(void *user)
{
    struct pvhop_control *c = user;
    uint64_t now = pvhop_loop_now_ms(c->loop);
    struct pvhop_error err;

    pvhop_control_enter(c);
    if (c->beat_pending && now - c->beat_answered_ms > (uint64_t)c->lease_s * 1000) {
        pvhop_error_set(&err, PVHOP_E_SSH_LOST, "%s has not answered for %u seconds", c->name,
                        c->lease_s);
        pvhop_control_fail(c, &err);
    } else {
        pvhop_timer_start(c->heartbeat,
                          (uint64_t)c->lease_s * 1000 * PVHOP_HEARTBEAT_S / PVHOP_LEASE_S);
        send_beat(c);
    }
    pvhop_control_leave(c);
}

static void greeted(struct pvhop_control *c, const char *uid, const char *host)
{
    c->state = CONTROL_READY;
    c->uid = strtol(uid, NULL, 10);
    snprintf(c->host, sizeof(c->host), "%s", host);
    pvhop_timer_stop(c->greeting);
    c->beat_answered_ms = pvhop_loop_now_ms(c->loop);
    pvhop_timer_start(c->heartbeat, 0);
    if (c->events.ready)
        c->events.ready(c->user);
    pvhop_control_send_next_query(c);
}

static void marked_line(struct pvhop_control *c, char *text)
{
    char *verb = strsep(&text, " "), *first = text ? strsep(&text, " ") : NULL;
    unsigned id = first ? (unsigned)strtoul(first, NULL, 10) : 0;

    if (!first)
        return;
    if (strcmp(verb, "ready") == 0 && c->state == CONTROL_GREETING) {
        greeted(c, first, text ? text : "");
    } else if (strcmp(verb, "h") == 0 && id == c->beat) {
        c->beat_pending = false;
        c->beat_answered_ms = pvhop_loop_now_ms(c->loop);
        c->rtt_ms = (double)(c->beat_answered_ms - c->beat_sent_ms);
    } else if (strcmp(verb, "o") == 0) {
        char none[] = "";
        output_line(c, id, text ? text : none);
    } else if (strcmp(verb, "c") == 0) {
        pvhop_carry_line(c, id);
    } else if (strcmp(verb, "x") == 0) {
        command_ended(c, id, text ? (int)strtol(text, NULL, 10) : -1);
    }
}

/* What the host says before the shell does. The latest is kept: the reason usually comes last. */
static void keep_noise(struct pvhop_control *c)
{
    size_t have = strlen(c->noise), len = c->line_len < 200 ? c->line_len : 200;

    if (len == 0)
        return;
    c->line[c->line_len] = '\0';
    if (have + len + 2 > sizeof(c->noise))
        have = 0;
    snprintf(c->noise + have, sizeof(c->noise) - have, "%s%.200s", have ? " / " : "", c->line);
}

static void take_line(struct pvhop_control *c)
{
    size_t mark_len = strlen(c->mark);

    c->line[c->line_len] = '\0';
    if (c->line_len > mark_len && memcmp(c->line, c->mark, mark_len) == 0 &&
        c->line[mark_len] == ' ') {
        marked_line(c, c->line + mark_len + 1);
    } else if (c->state == CONTROL_GREETING) {
        keep_noise(c);
    }
}

static void take_bytes(struct pvhop_control *c, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len && c->state != CONTROL_DEAD; i++) {
        if (c->carried) {
            size_t n = c->carried < len - i ? c->carried : len - i;

            c->carried -= n;
            pvhop_carry_take(c, bytes + i, n);
            i += n - 1;
        } else if (bytes[i] == '\n') {
            take_line(c);
            c->line_len = 0;
        } else if (c->line_len < sizeof(c->line) - 1 && bytes[i] != '\0' && bytes[i] != '\r') {
            c->line[c->line_len++] = bytes[i]; /* what is too long is cut */
        }
    }
}

static void ended(struct pvhop_control *c, ssize_t result)
{
    struct pvhop_error err;

    if (c->state == CONTROL_GREETING)
        keep_noise(c); /* a last line without its end */
    /* sshd lets somebody in by an expired password, and then runs nothing but its change, on a
     * terminal (OpenSSH's session.c) */
    if (c->state == CONTROL_GREETING && strstr(c->noise, "password has expired"))
        pvhop_error_set(&err, PVHOP_E_EXPIRED, "%s said: %s", c->name, c->noise);
    else if (c->state == CONTROL_GREETING)
        pvhop_error_set(&err, PVHOP_E_SHELL, "%s ended the command '/bin/sh' at once%s%s", c->name,
                        *c->noise ? "; it said: " : "", c->noise);
    else
        pvhop_error_set(&err, PVHOP_E_SSH_LOST, "the shell on %s has ended%s%s", c->name,
                        result < 0 ? ": " : "", result < 0 ? strerror((int)-result) : "");
    pvhop_control_fail(c, &err);
}

static void on_stream(void *user, unsigned events)
{
    struct pvhop_control *c = user;
    char bytes[65536];
    ssize_t n;

    pvhop_control_enter(c);
    if (events & PVHOP_WRITE) {
        pvhop_control_flush(c);
        pvhop_carry_room(c);
    }
    if (c->state != CONTROL_DEAD && (events & (PVHOP_READ | PVHOP_HUP))) {
        n = pvhop_stream_read(c->stream, bytes, sizeof(bytes));
        if (n > 0) {
            c->heard_ms = pvhop_loop_now_ms(c->loop);
            take_bytes(c, bytes, (size_t)n);
        } else if (n != -EAGAIN) {
            ended(c, n);
        }
    }
    pvhop_control_leave(c);
}

/* ---- opening ---- */

static void too_slow(void *user)
{
    struct pvhop_control *c = user;
    struct pvhop_error err;

    keep_noise(c); /* a question that waits for its answer has no end of line */
    pvhop_error_set(&err, PVHOP_E_SHELL, "no shell answered on %s within %u seconds%s%s", c->name,
                    GREETING_MS / 1000, *c->noise ? "; it said: " : "", c->noise);
    pvhop_control_enter(c);
    pvhop_control_fail(c, &err);
    pvhop_control_leave(c);
}

static void greet(struct pvhop_control *c, struct pvhop_stream *stream)
{
    char head[128];
    struct pvhop_buffer script = {0};
    char *encoded = NULL;
    struct pvhop_error err;

    c->stream = stream;
    c->state = CONTROL_GREETING;
    /* only an ssh session of our own is there to be ended with the lease */
    snprintf(head, sizeof(head), "MARK=%s\nLEASE=%u\nGRACE=%u\nSESSION=%s\n", c->mark, c->lease_s,
             GRACE_HALF_SECONDS, c->exec ? "ours" : "");
    if (pvhop_buffer_add(&script, head, strlen(head), PVHOP_CONTROL_OUT) == 0 &&
        pvhop_buffer_add(&script, pvhop_control_script, strlen(pvhop_control_script),
                         PVHOP_CONTROL_OUT) == 0)
        encoded = pvhop_control_encode(script.bytes);
    free(script.bytes);
    if (!encoded || send_text(c, encoded) != 0 || send_text(c, "\n") != 0) {
        free(encoded);
        pvhop_error_set(&err, PVHOP_E_MEMORY, "the control script could not be kept");
        pvhop_control_fail(c, &err);
        return;
    }
    free(encoded);
    pvhop_control_flush(c);
    pvhop_control_send_next_query(
        c); /* the shell reads on: its answer comes with the greeting, without a wait */
}

static void on_exec_opened(void *user, struct pvhop_stream *stream)
{
    struct pvhop_control *c = user;

    pvhop_control_enter(c);
    greet(c, stream);
    pvhop_control_leave(c);
}

static void on_exec_failed(void *user, const struct pvhop_error *err)
{
    struct pvhop_control *c = user;

    pvhop_control_enter(c);
    pvhop_control_fail(c, err);
    pvhop_control_leave(c);
}

static void on_exec_err_line(void *user, const char *line)
{
    struct pvhop_control *c = user;

    /* Login files complain here. It matters only if no shell comes of it. */
    if (c->state <= CONTROL_GREETING && strlen(c->noise) + strlen(line) + 4 < sizeof(c->noise)) {
        if (*c->noise)
            strcat(c->noise, " / ");
        strcat(c->noise, line);
    }
}

static void limit_reached(void *user)
{
    struct pvhop_control *c = user;

    pvhop_control_enter(c);
    pvhop_control_send(c, 'k', c->queries->id, NULL);
    if (c->state != CONTROL_DEAD)
        query_ended(c, -1);
    pvhop_control_leave(c);
}

/* A shell may lose a signal that comes while it sets a task up (control.sh, finish). */
static void insist(void *user)
{
    struct pvhop_control *c = user;
    bool ending = false;

    pvhop_control_enter(c);
    for (struct pvhop_task *t = c->tasks; t && c->state == CONTROL_READY; t = t->next) {
        if (t->ending)
            pvhop_control_send(c, 'k', t->id, NULL);
        ending |= t->ending;
    }
    if (ending && c->state == CONTROL_READY)
        pvhop_timer_start(c->insist, PVHOP_CONTROL_INSIST_MS);
    pvhop_control_leave(c);
}

static struct pvhop_control *make(struct pvhop_loop *loop, unsigned lease_s,
                                  const struct pvhop_control_events *events, void *user,
                                  struct pvhop_error *err)
{
    struct pvhop_control *c = calloc(1, sizeof(*c));
    unsigned char mark[16];

    if (!c) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the control channel");
        return NULL;
    }
    c->loop = loop;
    c->events = *events;
    c->user = user;
    c->lease_s = lease_s;
    c->rtt_ms = -1;
    c->uid = -1;
    snprintf(c->name, sizeof(c->name), "the host");
    c->greeting = pvhop_timer_new(loop, too_slow, c);
    c->heartbeat = pvhop_timer_new(loop, beat, c);
    c->query_limit = pvhop_timer_new(loop, limit_reached, c);
    c->insist = pvhop_timer_new(loop, insist, c);
    if (!c->greeting || !c->heartbeat || !c->query_limit || !c->insist ||
        getrandom(mark, sizeof(mark), 0) != (ssize_t)sizeof(mark)) {
        pvhop_error_set(err, PVHOP_E_SYSTEM,
                        "no room or no random numbers for the control channel");
        pvhop_control_free(c);
        return NULL;
    }
    for (size_t i = 0; i < sizeof(mark); i++)
        snprintf(c->mark + 2 * i, 3, "%02x", mark[i]);
    pvhop_timer_start(c->greeting, GREETING_MS);
    return c;
}

struct pvhop_control *pvhop_control_new(struct pvhop_loop *loop, struct pvhop_sshlink *link,
                                        const struct pvhop_control_events *events, void *user,
                                        struct pvhop_error *err)
{
    static const struct pvhop_sshexec_events exec_events = {
        .opened = on_exec_opened, .failed = on_exec_failed, .err_line = on_exec_err_line};
    struct pvhop_control *c = make(loop, PVHOP_LEASE_S, events, user, err);

    if (!c)
        return NULL;
    snprintf(c->name, sizeof(c->name), "%s", pvhop_sshlink_host(link));
    c->exec = pvhop_sshlink_exec(link, PVHOP_CONTROL_BOOTSTRAP, &exec_events, c, err);
    if (!c->exec) {
        pvhop_control_free(c);
        return NULL;
    }
    return c;
}

struct pvhop_control *pvhop_control_on_stream(struct pvhop_loop *loop, struct pvhop_stream *stream,
                                              unsigned lease_s,
                                              const struct pvhop_control_events *events, void *user,
                                              struct pvhop_error *err)
{
    struct pvhop_control *c = make(loop, lease_s, events, user, err);

    if (!c) {
        pvhop_stream_free(stream);
        return NULL;
    }
    pvhop_control_enter(c);
    greet(c, stream);
    pvhop_control_leave(c);
    return c;
}

static void destroy(struct pvhop_control *c)
{
    while (c->queries) {
        struct pvhop_query *q = c->queries;
        c->queries = q->next;
        free_query(q);
    }
    while (c->tasks) {
        struct pvhop_task *t = c->tasks;
        c->tasks = t->next;
        t->control = NULL;
        if (t->released)
            free(t);
    }
    pvhop_carry_free(c->carry);
    pvhop_timer_free(c->greeting);
    pvhop_timer_free(c->heartbeat);
    pvhop_timer_free(c->query_limit);
    pvhop_timer_free(c->insist);
    free(c->out.bytes);
    free(c);
}

void pvhop_control_free(struct pvhop_control *c)
{
    if (!c)
        return;
    c->state = CONTROL_DEAD;
    c->doomed = true;
    pvhop_sshexec_free(c->exec);
    c->exec = NULL;
    if (c->stream)
        pvhop_stream_shutdown(c->stream); /* end of input ends everything there */
    pvhop_stream_free(c->stream);
    c->stream = NULL;
    if (c->busy == 0)
        destroy(c);
}

double pvhop_control_rtt_ms(const struct pvhop_control *c)
{
    return c->rtt_ms;
}

uint64_t pvhop_control_silent_ms(const struct pvhop_control *c)
{
    return c->beat_pending ? pvhop_loop_now_ms(c->loop) - c->beat_sent_ms : 0;
}

bool pvhop_control_is_silent(const struct pvhop_control *c, struct pvhop_error *err)
{
    uint64_t now = pvhop_loop_now_ms(c->loop);

    /* A heartbeat behind an upload that has not gone out yet asks nobody. */
    if (c->state != CONTROL_READY || !c->beat_pending || c->out.len > 0 ||
        now - c->beat_sent_ms < PVHOP_SILENT_MS || now - c->heard_ms < PVHOP_SILENT_MS)
        return false;
    pvhop_error_set(err, PVHOP_E_TIMEOUT,
                    "%s let us in, but then its shell said nothing for %u seconds", c->name,
                    (unsigned)((now - c->heard_ms) / 1000));
    pvhop_error_remedy(err,
                       "Try 'ssh %s' beside it: if that hangs, too, the host or the network to it "
                       "has a fault, which the site can tell; if not, try again.",
                       c->name);
    return true;
}

void pvhop_control_ask(struct pvhop_control *c)
{
    pvhop_control_enter(c);
    if (c->state == CONTROL_READY)
        send_beat(c);
    pvhop_control_leave(c);
}

long pvhop_control_uid(const struct pvhop_control *c)
{
    return c->uid;
}

const char *pvhop_control_host(const struct pvhop_control *c)
{
    return c->host;
}
