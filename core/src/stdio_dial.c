/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command is a shell that reads one line, so that any login shell will do (control_private.h);
 * after it come the connection's own bytes. What login files print ends with a random mark.
 */
#include "stdio_dial.h"
#include "control_private.h"
#include "helper.h"
#include "text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

extern const char pvhop_stdio_carrier_script[]; /* stdio_carrier.sh */

#define NOISE_MAX 65536u /* of login files */

struct pvhop_stdio_dial {
    struct pvhop_sshexec *exec;
    struct pvhop_stream *stream;
    struct pvhop_sshdirect_events events;
    void *user;
    char mark[33];
    char *script; /* what is still to be sent */
    size_t script_len, sent;
    char line[512];
    size_t line_len, noise;
    char said[512]; /* on its standard error: why it ended */
};

static void give_up(struct pvhop_stdio_dial *d, const char *why)
{
    struct pvhop_error err;

    pvhop_error_set(&err, PVHOP_E_CONNECT, "%s", why);
    d->events.failed(d->user, &err);
}

static void on_failed(void *user, const struct pvhop_error *err)
{
    struct pvhop_stdio_dial *d = user;

    d->events.failed(d->user, err);
}

static void on_err_line(void *user, const char *line)
{
    struct pvhop_stdio_dial *d = user;

    snprintf(d->said, sizeof(d->said), "%.500s", line);
}

static void on_exited(void *user, int status)
{
    struct pvhop_stdio_dial *d = user;
    char text[640];

    snprintf(text, sizeof(text), "the connection over there ended with status %d%s%s", status,
             *d->said ? ": " : "", d->said);
    give_up(d, text);
}

/* A byte at a time: what follows the line belongs to the connection. True once the line is there.
 */
static bool read_line(struct pvhop_stdio_dial *d, ssize_t *last)
{
    char byte;

    while ((*last = pvhop_stream_read(d->stream, &byte, 1)) == 1) {
        d->noise++;
        if (byte != '\n') {
            if (d->line_len + 1 < sizeof(d->line))
                d->line[d->line_len++] = byte;
            continue;
        }
        d->line[d->line_len] = '\0';
        d->line_len = 0;
        if (strstr(d->line, d->mark))
            return true;
        if (d->noise > NOISE_MAX)
            return false;
    }
    return false;
}

static void on_stream(void *user, unsigned events)
{
    struct pvhop_stdio_dial *d = user;
    struct pvhop_stream *stream = d->stream;
    ssize_t n = -EAGAIN;

    if ((events & PVHOP_WRITE) && d->sent < d->script_len) {
        n = pvhop_stream_write(stream, d->script + d->sent, d->script_len - d->sent);
        if (n > 0)
            d->sent += (size_t)n;
    }
    if ((events & (PVHOP_READ | PVHOP_HUP)) && read_line(d, &n)) {
        pvhop_stream_watch(stream, 0, NULL, NULL);
        d->stream = NULL;
        pvhop_sshexec_free(d->exec);
        d->exec = NULL;
        d->events.opened(d->user, stream);
        return;
    }
    if (d->noise > NOISE_MAX) {
        pvhop_stream_watch(stream, 0, NULL, NULL);
        give_up(d, "the login files print too much");
    } else if (n == 0 || (n < 0 && n != -EAGAIN)) {
        pvhop_stream_watch(stream, 0, NULL, NULL); /* its exit status says more */
    } else {
        pvhop_stream_watch(stream, PVHOP_READ | (d->sent < d->script_len ? PVHOP_WRITE : 0u),
                           on_stream, d);
    }
}

static void on_opened(void *user, struct pvhop_stream *stream)
{
    struct pvhop_stdio_dial *d = user;

    d->stream = stream;
    pvhop_stream_watch(stream, PVHOP_READ | PVHOP_WRITE, on_stream, d);
}

static int make_script(struct pvhop_stdio_dial *d, const struct pvhop_endpoint *to)
{
    struct pvhop_text t = {0}, line = {0};
    char *encoded = NULL;

    pvhop_helper_add_resolve(&t, to);
    pvhop_text_addf(&t, "printf '%%s ' %s\n", d->mark);
    pvhop_text_addf(&t, "port=%u\n%s", to->port, pvhop_stdio_carrier_script);
    if (!t.failed && (encoded = pvhop_control_encode(t.s)))
        pvhop_text_addf(&line, "%s\n", encoded);
    free(encoded);
    pvhop_text_free(&t);
    d->script = line.s;
    d->script_len = line.len;
    return line.s && !line.failed ? 0 : -1;
}

struct pvhop_stdio_dial *pvhop_stdio_dial_new(struct pvhop_sshlink *link,
                                              const struct pvhop_endpoint *to,
                                              const struct pvhop_sshdirect_events *events,
                                              void *user, struct pvhop_error *err)
{
    static const struct pvhop_sshexec_events exec_events = {
        .opened = on_opened, .failed = on_failed, .err_line = on_err_line, .exited = on_exited};
    struct pvhop_stdio_dial *d = calloc(1, sizeof(*d));
    unsigned char mark[16];

    pvhop_error_set(err, PVHOP_E_MEMORY, "no room or no random numbers for the connection");
    if (!d || getrandom(mark, sizeof(mark), 0) != (ssize_t)sizeof(mark))
        goto fail;
    d->events = *events;
    d->user = user;
    for (size_t i = 0; i < sizeof(mark); i++)
        snprintf(d->mark + 2 * i, 3, "%02x", mark[i]);
    if (make_script(d, to) != 0)
        goto fail;
    d->exec = pvhop_sshlink_exec(link, PVHOP_CONTROL_BOOTSTRAP, &exec_events, d, err);
    if (d->exec)
        return d;
fail:
    pvhop_stdio_dial_free(d);
    return NULL;
}

void pvhop_stdio_dial_free(struct pvhop_stdio_dial *d)
{
    if (!d)
        return;
    pvhop_stream_free(d->stream);
    pvhop_sshexec_free(d->exec);
    free(d->script);
    free(d);
}
