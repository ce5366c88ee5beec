/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions by a program that opens a window, as ssh-askpass does: the question is its argument,
 * the answer its first line of output; an exit code other than 0 is a refusal (ssh(1)). */
#include "event_private.h"
#include "secret.h"
#include <errno.h>
#include <fcntl.h>
#include <pvhop/spawn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

struct pvhop_askpass {
    struct pvhop_events *e;
    const struct pvhop_ask *ask; /* the one being asked; NULL: none */
    struct pvhop_child *child;   /* kept after a cancel, until the program has ended */
    struct pvhop_watch *watch;
    pid_t pid;
    int fd;
    char *line; /* a locked page */
    size_t len;
};

static void close_output(struct pvhop_askpass *p)
{
    pvhop_watch_free(p->watch);
    p->watch = NULL;
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

static void on_output(void *user, unsigned events)
{
    struct pvhop_askpass *p = user;
    char skipped[256];
    ssize_t n;

    (void)events;
    if (p->len < PVHOP_SECRET_MAX)
        n = read(p->fd, p->line + p->len, PVHOP_SECRET_MAX - p->len);
    else
        n = read(p->fd, skipped, sizeof(skipped));
    if (n > 0 && p->len < PVHOP_SECRET_MAX)
        p->len += (size_t)n;
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        close_output(p);
}

/* The answer, in locked memory, from the output and the exit code; NULL: refused. */
static char *answer_of(struct pvhop_askpass *p, const struct pvhop_ask *ask, int status)
{
    bool agreed = WIFEXITED(status) && WEXITSTATUS(status) == 0;

    p->line[p->len] = '\0';
    p->line[strcspn(p->line, "\r\n")] = '\0';
    if (pvhop_prompt_yes_no(&ask->prompt))
        return pvhop_secret_copy(agreed && strcasecmp(p->line, "no") != 0 ? "yes" : "no");
    return agreed ? pvhop_secret_copy(p->line) : NULL;
}

static void on_exit_of_program(void *user, int status)
{
    struct pvhop_askpass *p = user;
    struct pvhop_events *e = p->e;
    struct pvhop_ask *ask = p->ask ? pvhop_ask_find(e, p->ask->prompt.id) : NULL;
    char *answer = NULL;

    while (p->fd >= 0 && p->watch) { /* what it wrote before it ended lies in the pipe */
        size_t before = p->len;

        on_output(p, PVHOP_READ);
        if (p->fd >= 0 && p->len == before)
            break;
    }
    close_output(p);
    pvhop_child_free(p->child);
    p->child = NULL;
    p->pid = 0;
    p->ask = NULL;
    if (ask)
        answer = answer_of(p, ask, status);
    explicit_bzero(p->line, PVHOP_SECRET_MAX);
    p->len = 0;
    if (ask)
        pvhop_ask_end(e, ask, answer, true); /* may free p */
    else if (e->asks)
        pvhop_timer_start(e->next, 0);
    pvhop_secret_free(answer);
}

static int spawn_program(struct pvhop_askpass *p, const char *question, bool confirm, int write_fd)
{
    const char *const argv[] = {p->e->askpass_path, question, NULL};
    const struct pvhop_spawn program = {.argv = argv,
                                        .in = PVHOP_SPAWN_NULL,
                                        .out = write_fd,
                                        .err = PVHOP_SPAWN_OURS,
                                        .group = PVHOP_SPAWN_OURS,
                                        .name = "SSH_ASKPASS_PROMPT",
                                        .value = confirm ? "confirm" : NULL};

    return pvhop_spawn(&program, &p->pid);
}

static void question_of(const struct pvhop_prompt *q, char *text, size_t size)
{
    if (pvhop_prompt_yes_no(q))
        snprintf(text, size, "%s\n%s\nAccept it?", q->text, q->fingerprint ? q->fingerprint : "");
    else if (q->server_text && *q->server_text)
        snprintf(text, size, "%s: %s", q->host, q->server_text);
    else
        snprintf(text, size, "%s", q->text);
}

bool pvhop_askpass_ask(struct pvhop_askpass *p, const struct pvhop_ask *ask)
{
    char question[6144];
    int pipe_fds[2], rc;

    if (p->child) /* asking, or the one before has not ended yet: its end asks anew */
        return true;
    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return false;
    question_of(&ask->prompt, question, sizeof(question));
    rc = spawn_program(p, question, pvhop_prompt_yes_no(&ask->prompt), pipe_fds[1]);
    close(pipe_fds[1]);
    if (rc != 0) {
        close(pipe_fds[0]);
        pvhop_events_log(p->e, "pvhop", "%s could not be started: %s", p->e->askpass_path,
                         strerror(rc));
        return false;
    }
    p->fd = pipe_fds[0];
    fcntl(p->fd, F_SETFL, O_NONBLOCK);
    p->watch = pvhop_watch_new(p->e->loop, p->fd, on_output, p, NULL);
    p->child = pvhop_child_new(p->e->loop, p->pid, on_exit_of_program, p, NULL);
    if (!p->watch || !p->child) {
        kill(p->pid, SIGKILL);
        if (!p->child)
            waitpid(p->pid, NULL, 0);
        close_output(p);
        return false;
    }
    p->ask = ask;
    pvhop_watch_set(p->watch, PVHOP_READ);
    return true;
}

struct pvhop_askpass *pvhop_askpass_new(struct pvhop_events *e)
{
    struct pvhop_askpass *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->e = e;
    p->fd = -1;
    p->line = pvhop_secret_copy("");
    if (!p->line) {
        free(p);
        return NULL;
    }
    return p;
}

void pvhop_askpass_cancel(struct pvhop_askpass *p)
{
    if (!p->ask)
        return;
    p->ask = NULL;
    kill(p->pid, SIGTERM);
}

void pvhop_askpass_free(struct pvhop_askpass *p)
{
    if (!p)
        return;
    close_output(p);
    if (p->child) {
        pvhop_child_free(p->child);
        kill(p->pid, SIGKILL); /* not reaped yet, so the number is still its own */
        waitpid(p->pid, NULL, 0);
    }
    pvhop_secret_free(p->line);
    free(p);
}
