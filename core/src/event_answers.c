/* SPDX-License-Identifier: BSD-3-Clause */
/* The parent's lines: answers, a cancel, and the end of file that says that it is gone. */
#include "event_flat.h"
#include "event_private.h"
#include "secret.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pvhop_answers {
    struct pvhop_events *e;
    struct pvhop_watch *watch;
    char *line; /* a locked page: an answer may be a password */
    size_t len;
    bool too_long; /* the rest of this line is skipped */
    bool *freed;   /* set while a callback runs that may free the events */
};

static void bad_line(struct pvhop_answers *a, const char *why)
{
    /* Its words stay unsaid: they may be a secret that went astray. */
    pvhop_events_log(a->e, "pvhop", "an answers line was ignored: %s", why);
}

/* The line in a->line, without its newline. */
static void on_line(struct pvhop_answers *a)
{
    struct pvhop_answer_line said;
    struct pvhop_ask *ask;

    if (a->e->handlers.line && !a->e->asks && a->e->handlers.line(a->e->user, a->line))
        return;
    if (strlen(a->line) != a->len || !pvhop_answer_parse(a->line, &said)) {
        bad_line(a, "it is not a flat JSON object");
        return;
    }
    if (said.cancel) {
        if (a->e->handlers.cancel)
            a->e->handlers.cancel(a->e->user);
        return;
    }
    if (said.has_hold) {
        if (a->e->handlers.hold)
            a->e->handlers.hold(a->e->user, said.hold);
        return;
    }
    if (!said.has_id || !said.has_answer) {
        bad_line(a, "it has no 'id' and 'answer', and no 'cancel' or 'hold'");
        return;
    }
    ask = pvhop_ask_find(a->e, said.id);
    if (ask)
        pvhop_ask_end(a->e, ask, said.answer, true);
    else
        bad_line(a, "there is no question of that number");
}

static void on_end(struct pvhop_answers *a)
{
    pvhop_watch_set(a->watch, 0);
    pvhop_watch_free(a->watch);
    a->watch = NULL;
    a->e->answers_ended = true;
    pvhop_ask_end_all(a->e);
    if (a->e->handlers.parent_gone)
        a->e->handlers.parent_gone(a->e->user);
}

/* Carries out the whole lines among the first a->len bytes; false if the events were freed. */
static bool take_lines(struct pvhop_answers *a)
{
    bool freed = false;
    char *newline;

    while ((newline = memchr(a->line, '\n', a->len))) {
        size_t used = (size_t)(newline - a->line) + 1, rest = a->len - used;

        *newline = '\0';
        a->len = used - 1;
        a->freed = &freed;
        if (a->too_long)
            bad_line(a, "it is longer than 4000 bytes");
        else
            on_line(a);
        if (freed)
            return false;
        a->freed = NULL;
        a->too_long = false;
        memmove(a->line, a->line + used, rest);
        explicit_bzero(a->line + rest, used);
        a->len = rest;
    }
    if (a->len == PVHOP_SECRET_MAX) {
        a->too_long = true;
        explicit_bzero(a->line, a->len);
        a->len = 0;
    }
    return true;
}

static void on_readable(void *user, unsigned events)
{
    struct pvhop_answers *a = user;
    ssize_t n;

    (void)events;
    n = read(a->e->config.answers_fd, a->line + a->len, PVHOP_SECRET_MAX - a->len);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n <= 0) {
        on_end(a);
        return;
    }
    a->len += (size_t)n;
    take_lines(a);
}

struct pvhop_answers *pvhop_answers_new(struct pvhop_events *e, struct pvhop_error *err)
{
    struct pvhop_answers *a = calloc(1, sizeof(*a));

    if (!a || !(a->line = pvhop_secret_copy(""))) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for answers");
        free(a);
        return NULL;
    }
    a->e = e;
    a->watch = pvhop_watch_new(e->loop, e->config.answers_fd, on_readable, a, err);
    if (!a->watch) {
        pvhop_answers_free(a);
        return NULL;
    }
    pvhop_watch_set(a->watch, PVHOP_READ);
    return a;
}

void pvhop_answers_free(struct pvhop_answers *a)
{
    if (!a)
        return;
    if (a->freed)
        *a->freed = true;
    pvhop_watch_free(a->watch);
    pvhop_secret_free(a->line);
    free(a);
}
