/* SPDX-License-Identifier: BSD-3-Clause */
/* What opens channels: a command (exec), and -L's one connection (direct). */
#include "sshlink_private.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 4096, STDERR_MAX = 1024 * 1024 };

/* A channel that is still to be opened. NULL: memory ran out. */
static struct pvhop_ssh_channel *new_channel(struct ssh_hop *hop)
{
    ssh_channel channel = ssh_channel_new(hop->session);
    struct pvhop_ssh_channel *c = channel ? pvhop_ssh_channel_new(hop, channel) : NULL;

    if (channel && !c)
        ssh_channel_free(channel);
    return c;
}

/* A channel that could not be opened: the server's reason (RFC 4254, 5.1) in our words. */
static void opening_error(struct ssh_hop *hop, const char *what, bool connects,
                          struct pvhop_error *err)
{
    const char *said = ssh_get_error(hop->session);
    const char *code = said ? strstr(said, " error (") : NULL;
    int reason = code ? atoi(code + 8) : 0;
    const char *words = code ? strchr(code, ')') : NULL;
    words = words ? words + 1 + strspn(words + 1, " ") : said;
    if (pvhop_ssh_hop_is_broken(hop))
        pvhop_ssh_hop_error(hop, err);
    else if (connects &&
             reason == 2) /* SSH_OPEN_CONNECT_FAILED; sshd also says it at MaxSessions */
        pvhop_error_set(err, PVHOP_E_CONNECT, "%s could not reach %s: %s", hop->host, what, words);
    else
        pvhop_error_set(err, PVHOP_E_CHANNEL_REFUSED, "%s refused %s: %s", hop->host, what, words);
}

/* ---- exec ---- */

struct pvhop_sshexec {
    struct ssh_task task;              /* first */
    struct pvhop_ssh_channel *channel; /* NULL: gone */
    char *command;
    enum { OPENING, ASKING, RUNNING, FAILED, OVER } state;
    bool given;     /* the stream is the receiver's */
    bool abandoned; /* freed by its owner while it is being opened */
    struct pvhop_error err;
    char *text; /* of stderr, not yet given out */
    size_t text_len;
    struct pvhop_sshexec_events events;
    void *user;
};

void pvhop_ssh_exec_stderr(struct pvhop_sshexec *x, const char *data, size_t len)
{
    if (!x->events.err_line || x->text_len + len > STDERR_MAX)
        return;
    char *more = realloc(x->text, x->text_len + len);
    if (!more)
        return;
    memcpy(more + x->text_len, data, len);
    x->text = more;
    x->text_len += len;
}

static void exec_destroy(struct pvhop_sshexec *x)
{
    pvhop_ssh_task_remove(&x->task);
    if (x->channel) {
        struct pvhop_ssh_channel *c = x->channel;
        bool given = x->given;
        x->channel = NULL;
        pvhop_ssh_channel_leave(c);
        if (!given)
            pvhop_stream_free(&c->stream);
    }
    free(x->command);
    free(x->text);
    free(x);
}

/* True if a whole line, or the last of a stream that has ended, is there. */
static bool has_line(const struct pvhop_sshexec *x)
{
    if (!x->text_len)
        return false;
    return memchr(x->text, '\n', x->text_len) || x->text_len >= LINE_MAX_BYTES || !x->channel ||
           x->channel->closed || (x->task.hop && x->task.hop->lost);
}

/* The command is over, and its output has been read by whoever wants it. */
static bool is_over(const struct pvhop_sshexec *x)
{
    const struct pvhop_ssh_channel *c = x->channel;
    if (x->task.hop && x->task.hop->lost)
        return true;
    return c->closed && (c->freed || c->eof_read || !(c->stream.events & PVHOP_READ));
}

static bool exec_step(struct ssh_task *t)
{
    struct pvhop_sshexec *x = (struct pvhop_sshexec *)t;
    struct ssh_hop *hop = t->hop;
    if (x->state == OPENING && !hop->lost) {
        int rc = ssh_channel_open_session(x->channel->channel);
        if (rc == SSH_AGAIN)
            return false;
        if (rc == SSH_OK) {
            x->channel->opened = true;
            x->state = ASKING;
            if (x->abandoned)
                return true;
        } else {
            x->state = FAILED;
            opening_error(hop, "a session for a command", false, &x->err);
        }
    }
    if (x->state == ASKING && !hop->lost) {
        int rc = ssh_channel_request_exec(x->channel->channel, x->command);
        if (rc == SSH_AGAIN)
            return false;
        x->state = rc == SSH_OK ? RUNNING : FAILED;
        if (rc != SSH_OK && pvhop_ssh_hop_is_broken(hop))
            pvhop_ssh_hop_error(hop, &x->err);
        else if (rc != SSH_OK)
            pvhop_error_set(&x->err, PVHOP_E_SHELL, "%s refused to run a command: %s", hop->host,
                            ssh_get_error(hop->session));
    }
    if (hop->lost && (x->state == OPENING || x->state == ASKING)) {
        x->state = FAILED;
        pvhop_ssh_hop_error(hop, &x->err);
    }
    return x->state == FAILED || (x->state == RUNNING && (!x->given || has_line(x) || is_over(x)));
}

static void say_line(struct pvhop_sshexec *x)
{
    char line[LINE_MAX_BYTES + 1];
    char *end = memchr(x->text, '\n', x->text_len);
    size_t len = end ? (size_t)(end - x->text) : x->text_len;
    size_t used = end && len <= LINE_MAX_BYTES ? len + 1 : len;
    if (len > LINE_MAX_BYTES)
        used = len = LINE_MAX_BYTES;
    memcpy(line, x->text, len);
    if (len && line[len - 1] == '\r')
        len--;
    line[len] = 0;
    for (size_t i = 0; i < len; i++)
        if (line[i] == 0)
            line[i] = '?';
    pvhop_make_printable(line);
    x->text_len -= used;
    memmove(x->text, x->text + used, x->text_len);
    pvhop_ssh_hop_again(x->task.hop);
    x->events.err_line(x->user, line);
}

static void exec_say(struct ssh_task *t)
{
    struct pvhop_sshexec *x = (struct pvhop_sshexec *)t;
    if (x->abandoned) {
        exec_destroy(x);
    } else if (x->state == FAILED) {
        struct pvhop_error err = x->err;
        struct pvhop_ssh_channel *c = x->channel;
        pvhop_ssh_task_remove(t);
        x->state = OVER;
        x->channel = NULL;
        pvhop_ssh_channel_leave(c);
        pvhop_stream_free(&c->stream);
        if (x->events.failed)
            x->events.failed(x->user, &err);
    } else if (!x->given) {
        x->given = true;
        pvhop_ssh_hop_again(t->hop);
        if (x->events.opened)
            x->events.opened(x->user, &x->channel->stream);
        else
            pvhop_stream_free(&x->channel->stream);
    } else if (has_line(x)) {
        t->pass--; /* there may be more of them */
        say_line(x);
    } else {
        int status = t->hop->lost ? -1 : x->channel->exit_status;
        struct pvhop_ssh_channel *c = x->channel;
        pvhop_ssh_task_remove(t);
        x->state = OVER;
        x->channel = NULL;
        pvhop_ssh_channel_leave(c);
        if (x->events.exited)
            x->events.exited(x->user, status);
    }
}

static void exec_lost(struct ssh_task *t)
{
    struct pvhop_sshexec *x = (struct pvhop_sshexec *)t;
    if (x->channel) {
        struct pvhop_ssh_channel *c = x->channel;
        x->channel = NULL;
        pvhop_ssh_channel_leave(c);
        if (!x->given)
            pvhop_stream_free(&c->stream);
    }
    x->state = OVER;
    if (x->abandoned)
        exec_destroy(x);
}

struct pvhop_sshexec *pvhop_sshlink_exec(struct pvhop_sshlink *l, const char *command,
                                         const struct pvhop_sshexec_events *events, void *user,
                                         struct pvhop_error *err)
{
    struct ssh_hop *hop = pvhop_sshlink_last_hop(l, err);
    if (!hop)
        return NULL;
    struct pvhop_sshexec *x = calloc(1, sizeof *x);
    if (x)
        x->command = strdup(command);
    if (x && x->command)
        x->channel = new_channel(hop);
    if (!x || !x->channel) {
        if (x)
            free(x->command);
        free(x);
        pvhop_error_set(err, PVHOP_E_MEMORY, "for a command on %s", hop->host);
        return NULL;
    }
    x->channel->exec = x;
    snprintf(x->channel->stream.peer, sizeof x->channel->stream.peer, "a command on %s", hop->host);
    x->events = *events;
    x->user = user;
    x->task.step = exec_step;
    x->task.say = exec_say;
    x->task.lost = exec_lost;
    pvhop_ssh_task_add(&x->task, hop);
    return x;
}

void pvhop_sshexec_free(struct pvhop_sshexec *x)
{
    if (!x)
        return;
    if (x->task.hop && !x->task.hop->lost && x->state == OPENING) {
        /* the server's answer has to be waited for: only then can it be closed there */
        x->abandoned = true;
        x->events = (struct pvhop_sshexec_events){0};
        return;
    }
    exec_destroy(x);
}

/* ---- direct ---- */

struct pvhop_sshdirect {
    struct ssh_task task; /* first */
    struct pvhop_ssh_channel *channel;
    struct pvhop_endpoint to;
    bool abandoned, failed;
    struct pvhop_error err;
    struct pvhop_sshdirect_events events;
    void *user;
};

static void direct_destroy(struct pvhop_sshdirect *d)
{
    pvhop_ssh_task_remove(&d->task);
    if (d->channel)
        pvhop_stream_free(&d->channel->stream);
    free(d);
}

static bool direct_step(struct ssh_task *t)
{
    struct pvhop_sshdirect *d = (struct pvhop_sshdirect *)t;
    struct ssh_hop *hop = t->hop;
    int rc = SSH_ERROR;
    if (!hop->lost)
        rc = ssh_channel_open_forward(d->channel->channel, d->to.host, d->to.port, "127.0.0.1", 0);
    if (rc == SSH_AGAIN)
        return false;
    if (rc == SSH_OK) {
        d->channel->opened = true;
    } else {
        char text[PVHOP_ENDPOINT_TEXT];
        d->failed = true;
        opening_error(hop, pvhop_endpoint_print(&d->to, text), true, &d->err);
    }
    return true;
}

static void direct_say(struct ssh_task *t)
{
    struct pvhop_sshdirect *d = (struct pvhop_sshdirect *)t;
    if (d->abandoned) {
        direct_destroy(d);
        return;
    }
    struct pvhop_ssh_channel *c = d->channel;
    pvhop_ssh_task_remove(t);
    d->channel = NULL;
    if (!d->failed) {
        if (d->events.opened)
            d->events.opened(d->user, &c->stream);
        else
            pvhop_stream_free(&c->stream);
        return;
    }
    struct pvhop_error err = d->err;
    pvhop_stream_free(&c->stream);
    if (d->events.failed)
        d->events.failed(d->user, &err);
}

static void direct_lost(struct ssh_task *t)
{
    struct pvhop_sshdirect *d = (struct pvhop_sshdirect *)t;
    if (d->channel)
        pvhop_stream_free(&d->channel->stream);
    d->channel = NULL;
    if (d->abandoned)
        free(d);
}

struct pvhop_sshdirect *pvhop_ssh_direct_new(struct ssh_hop *hop, const struct pvhop_endpoint *to,
                                             const struct pvhop_sshdirect_events *events,
                                             void *user, struct pvhop_error *err)
{
    struct pvhop_sshdirect *d = calloc(1, sizeof *d);
    if (d)
        d->channel = new_channel(hop);
    if (!d || !d->channel) {
        free(d);
        pvhop_error_set(err, PVHOP_E_MEMORY, "for a connection through %s", hop->host);
        return NULL;
    }
    char text[PVHOP_ENDPOINT_TEXT];
    snprintf(d->channel->stream.peer, sizeof d->channel->stream.peer, "%s through %.200s",
             pvhop_endpoint_print(to, text), hop->host);
    d->to = *to;
    d->events = *events;
    d->user = user;
    d->task.step = direct_step;
    d->task.say = direct_say;
    d->task.lost = direct_lost;
    pvhop_ssh_task_add(&d->task, hop);
    return d;
}

struct pvhop_sshdirect *pvhop_sshlink_direct(struct pvhop_sshlink *l,
                                             const struct pvhop_endpoint *to,
                                             const struct pvhop_sshdirect_events *events,
                                             void *user, struct pvhop_error *err)
{
    struct ssh_hop *hop = pvhop_sshlink_last_hop(l, err);
    return hop ? pvhop_ssh_direct_new(hop, to, events, user, err) : NULL;
}

void pvhop_sshdirect_free(struct pvhop_sshdirect *d)
{
    if (!d)
        return;
    if (d->task.hop && !d->task.hop->lost) {
        d->abandoned = true;
        d->events = (struct pvhop_sshdirect_events){0};
        return;
    }
    direct_destroy(d);
}
