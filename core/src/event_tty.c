/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Questions on a terminal. The terminal's own line editing stays on, so a read gives a whole line
 * and nothing waits for single keys; only the echo goes off, and the keys that would stop or kill
 * pvhop with the echo still off.
 */
#include "event_private.h"
#include "secret.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

struct pvhop_tty {
    struct pvhop_events *e;
    struct pvhop_watch *watch;
    struct pvhop_out *out;
    const struct pvhop_ask *ask; /* the one that stands on the screen; NULL: none */
    struct termios before;
    char *line; /* a locked page */
    size_t len;
};

static void say(struct pvhop_tty *t, const char *text)
{
    pvhop_out_add(t->out, text, strlen(text), false);
}

static void quiet_terminal(struct pvhop_tty *t, bool echo)
{
    struct termios now = t->before;

    now.c_lflag |= ICANON | ISIG;
    now.c_iflag |= ICRNL;
    now.c_cc[VSUSP] = _POSIX_VDISABLE;
    now.c_cc[VQUIT] = _POSIX_VDISABLE;
    if (!echo)
        now.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    /* What was typed before the question was asked is not an answer to it. */
    tcflush(t->e->config.tty_fd, TCIFLUSH);
    tcsetattr(t->e->config.tty_fd, TCSANOW, &now);
}

/* Gives the terminal back as it was. */
static void leave(struct pvhop_tty *t)
{
    if (!t->ask)
        return;
    tcsetattr(t->e->config.tty_fd, TCSANOW, &t->before);
    pvhop_watch_set(t->watch, 0);
    explicit_bzero(t->line, t->len);
    t->len = 0;
    t->ask = NULL;
    if (t->e->human)
        pvhop_out_hold(t->e->human, false);
}

static void show(struct pvhop_tty *t, const struct pvhop_prompt *p)
{
    char text[6144];
    const char *server = p->server_text ? p->server_text : "";

    if (pvhop_prompt_yes_no(p))
        snprintf(text, sizeof(text), "\n%s\n%s%s%sAccept it (yes/no)? ", p->text,
                 p->fingerprint ? "  " : "", p->fingerprint ? p->fingerprint : "",
                 p->fingerprint ? "\n" : "");
    else if (*server)
        snprintf(text, sizeof(text), "(%s) %s%s", p->host, server,
                 server[strlen(server) - 1] == ' ' ? "" : " ");
    else
        snprintf(text, sizeof(text), "%s: ", p->text);
    say(t, text);
}

bool pvhop_tty_ask(struct pvhop_tty *t, const struct pvhop_ask *ask)
{
    int fd = t->e->config.tty_fd;

    if (t->ask)
        return true;
    /* In the background, touching the terminal would stop the program (SIGTTOU). */
    if (tcgetpgrp(fd) != getpgrp() || tcgetattr(fd, &t->before) != 0)
        return false;
    if (t->e->human && t->e->line_open) {
        pvhop_out_add(t->e->human, "\n", 1, false);
        t->e->line_open = false;
    }
    if (t->e->human)
        pvhop_out_hold(t->e->human, true);
    t->ask = ask;
    quiet_terminal(t, ask->prompt.echo || pvhop_prompt_yes_no(&ask->prompt));
    show(t, &ask->prompt);
    pvhop_watch_set(t->watch, PVHOP_READ);
    return true;
}

/* True for an answer that is neither yes nor no, where it has to be. */
static bool unclear(const struct pvhop_ask *ask, char *line)
{
    if (!pvhop_prompt_yes_no(&ask->prompt))
        return false;
    if (strcasecmp(line, "yes") == 0 || strcasecmp(line, "no") == 0) {
        for (char *p = line; *p; p++)
            *p = (char)(*p | 0x20);
        return false;
    }
    return true;
}

static void on_line(struct pvhop_tty *t)
{
    struct pvhop_ask *ask = pvhop_ask_find(t->e, t->ask->prompt.id);
    struct pvhop_events *e = t->e;
    bool echoed = t->ask->prompt.echo || pvhop_prompt_yes_no(&t->ask->prompt);
    char *answer;

    t->line[t->len] = '\0';
    if (unclear(t->ask, t->line)) {
        explicit_bzero(t->line, t->len);
        t->len = 0;
        say(t, "Please type 'yes' or 'no': ");
        return;
    }
    answer = pvhop_secret_copy(t->line);
    if (!echoed)
        say(t, "\n");
    leave(t);
    if (ask)
        pvhop_ask_end(e, ask, answer, true); /* may free the events, and t with them */
    pvhop_secret_free(answer);
}

static void on_refusal(struct pvhop_tty *t)
{
    struct pvhop_ask *ask = pvhop_ask_find(t->e, t->ask->prompt.id);
    struct pvhop_events *e = t->e;

    say(t, "\n");
    leave(t);
    if (ask)
        pvhop_ask_end(e, ask, NULL, true);
}

static void on_readable(void *user, unsigned events)
{
    struct pvhop_tty *t = user;
    char *newline;
    ssize_t n;

    (void)events;
    if (!t->ask)
        return;
    n = read(t->e->config.tty_fd, t->line + t->len, PVHOP_SECRET_MAX - t->len);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n <= 0) { /* ^D, or the terminal is gone */
        on_refusal(t);
        return;
    }
    t->len += (size_t)n;
    newline = memchr(t->line, '\n', t->len);
    if (newline) {
        t->len = (size_t)(newline - t->line);
        on_line(t);
    } else if (t->len == PVHOP_SECRET_MAX) {
        on_refusal(t);
    }
}

struct pvhop_tty *pvhop_tty_new(struct pvhop_events *e, struct pvhop_error *err)
{
    struct pvhop_tty *t = calloc(1, sizeof(*t));

    if (!t || !(t->line = pvhop_secret_copy(""))) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the terminal");
        goto out;
    }
    t->e = e;
    t->watch = pvhop_watch_new(e->loop, e->config.tty_fd, on_readable, t, err);
    if (!t->watch || !(t->out = pvhop_out_new(e->loop, e->config.tty_fd, err)))
        goto out;
    return t;
out:
    pvhop_tty_free(t);
    return NULL;
}

void pvhop_tty_cancel(struct pvhop_tty *t)
{
    if (!t->ask)
        return;
    say(t, "\n");
    leave(t);
}

void pvhop_tty_free(struct pvhop_tty *t)
{
    if (!t)
        return;
    pvhop_tty_cancel(t);
    pvhop_watch_free(t->watch);
    pvhop_out_free(t->out, 50);
    pvhop_secret_free(t->line);
    free(t);
}
