/* SPDX-License-Identifier: BSD-3-Clause */
#include "sshlink_child.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pvhop/spawn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Starts argv in a process group (0: one of its own), with in, out and err. 0 or an errno. */
static int start(const char *const *argv, int in, int out, int err, pid_t group, pid_t *pid)
{
    const struct pvhop_spawn program = {
        .argv = argv, .in = in, .out = out, .err = err, .group = group};

    return pvhop_spawn(&program, pid);
}

/*
 * The leader of a process group. It ends the whole group once nobody holds the other end of its
 * standard input: also when we are killed, and the programs that a program of ours has started.
 * (PR_SET_PDEATHSIG reaches one process only, and means the thread that started it.)
 * Sets *life to our end of that pipe. Returns 0 or an errno.
 */
static int start_keeper(pid_t *pid, int *life)
{
    static const char *const argv[] = {"/bin/sh", "-c", "read -r _; kill -KILL 0", NULL};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return errno;
    int failure = start(argv, ends[0], PVHOP_SPAWN_NULL, PVHOP_SPAWN_NULL, 0, pid);
    close(ends[0]);
    if (failure) {
        *pid = -1;
        close(ends[1]);
        return failure;
    }
    *life = ends[1];
    return 0;
}

static int reap(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void pvhop_ssh_child_output_clear(struct pvhop_ssh_child_output *out)
{
    free(out->out);
    *out = (struct pvhop_ssh_child_output){0};
}

/* Appends what can be read. Returns false at the end of the pipe. */
static bool collect(int fd, struct pvhop_ssh_child_output *out, bool is_err, size_t *err_len,
                    bool *too_much, size_t max)
{
    char buf[4096];
    ssize_t n = read(fd, buf, sizeof buf);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    if (n == 0)
        return false;
    size_t len = (size_t)n;
    if (is_err) {
        size_t room = sizeof out->err - 1 - *err_len;
        memcpy(out->err + *err_len, buf, len < room ? len : room);
        *err_len += len < room ? len : room;
        return true;
    }
    char *more = out->out_len + len <= max ? realloc(out->out, out->out_len + len + 1) : NULL;
    if (!more) {
        *too_much = true;
        return false;
    }
    out->out = more;
    memcpy(more + out->out_len, buf, len);
    out->out_len += len;
    more[out->out_len] = 0;
    return true;
}

void pvhop_ssh_child_begin(const struct pvhop_ssh_child_ask *ask, struct pvhop_ssh_child *child)
{
    int o[2] = {-1, -1}, e[2] = {-1, -1};
    *child = (struct pvhop_ssh_child){.out = -1, .err = -1, .end_ms = now_ms() + ask->timeout_ms};
    if (pipe2(o, O_CLOEXEC) || pipe2(e, O_CLOEXEC))
        child->failure = errno;
    else
        child->failure = start_keeper(&child->keeper, &child->life);
    if (!child->failure)
        child->failure = start(ask->argv, PVHOP_SPAWN_NULL, o[1], e[1], child->keeper, &child->pid);
    if (child->failure)
        child->pid = -1;
    child->out = o[0];
    child->err = e[0];
    if (o[1] >= 0)
        close(o[1]);
    if (e[1] >= 0)
        close(e[1]);
}

static int end_child(struct pvhop_ssh_child *child, bool kill_it)
{
    int code = 0;
    if (child->pid > 0) {
        if (kill_it)
            kill(-child->keeper, SIGKILL);
        code = reap(child->pid);
    }
    if (child->keeper > 0) {
        kill(child->keeper, SIGKILL);
        reap(child->keeper);
        close(child->life);
    }
    if (child->out >= 0)
        close(child->out);
    if (child->err >= 0)
        close(child->err);
    *child = (struct pvhop_ssh_child){.pid = -1, .out = -1, .err = -1};
    return code;
}

void pvhop_ssh_child_drop(struct pvhop_ssh_child *child)
{
    (void)end_child(child, true);
}

/* Reads all that it says, until its end. Returns -1 and *err if that does not come. */
static int listen_to(const struct pvhop_ssh_child_ask *ask, const struct pvhop_ssh_child *child,
                     struct pvhop_ssh_child_output *out, struct pvhop_error *err)
{
    size_t err_len = 0;
    bool too_much = false;
    struct pollfd p[3] = {{.fd = child->out, .events = POLLIN},
                          {.fd = child->err, .events = POLLIN},
                          {.fd = ask->cancel_fd, .events = POLLIN}};
    while (p[0].fd >= 0 || p[1].fd >= 0) {
        long left = child->end_ms - now_ms();
        int n = poll(p, 3, left > 0 ? (int)left : 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return pvhop_error_set(err, PVHOP_E_TIMEOUT, "'%s' did not end within %u ms",
                                   ask->argv[0], ask->timeout_ms);
        if (p[2].revents)
            return pvhop_error_set(err, PVHOP_E_CANCELLED, "while '%s' was running", ask->argv[0]);
        for (int i = 0; i < 2; i++)
            if (p[i].fd >= 0 && p[i].revents &&
                !collect(p[i].fd, out, i == 1, &err_len, &too_much, ask->max_output))
                p[i].fd = -1;
        if (too_much)
            return pvhop_error_set(err, PVHOP_E_SYSTEM, "'%s' said more than %zu bytes",
                                   ask->argv[0], ask->max_output);
    }
    if (!out->out && !(out->out = calloc(1, 1)))
        return pvhop_error_set(err, PVHOP_E_MEMORY, "for the output of '%s'", ask->argv[0]);
    return 0;
}

int pvhop_ssh_child_finish(const struct pvhop_ssh_child_ask *ask, struct pvhop_ssh_child *child,
                           struct pvhop_ssh_child_output *out, struct pvhop_error *err)
{
    int rc;
    *out = (struct pvhop_ssh_child_output){0};
    if (child->pid <= 0) {
        out->not_found = child->failure == ENOENT;
        rc = pvhop_error_set(err, PVHOP_E_SYSTEM, "%s could not be started: %s", ask->argv[0],
                             strerror(child->failure));
    } else {
        rc = listen_to(ask, child, out, err);
    }
    out->exit_code = end_child(child, rc != 0);
    return rc;
}

int pvhop_ssh_child_run(const struct pvhop_ssh_child_ask *ask, struct pvhop_ssh_child_output *out,
                        struct pvhop_error *err)
{
    struct pvhop_ssh_child child;
    pvhop_ssh_child_begin(ask, &child);
    return pvhop_ssh_child_finish(ask, &child, out, err);
}

int pvhop_ssh_child_transport(const char *command, pid_t *pid, struct pvhop_error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return pvhop_error_set(err, PVHOP_E_SYSTEM, "socketpair: %s", strerror(errno));
    size_t size = strlen(command) + 8;
    char *line = malloc(size);
    int rc = ENOMEM;
    if (line) {
        /* exec, so that the shell does not stay in between; what is quoted stays as it is */
        snprintf(line, size, "exec %s", command);
        const char *const argv[] = {"/bin/sh", "-c", line, NULL};
        rc = start(argv, pair[1], pair[1], PVHOP_SPAWN_OURS, 0, pid);
        free(line);
    }
    close(pair[1]);
    if (rc) {
        close(pair[0]);
        return pvhop_error_set(err, PVHOP_E_SYSTEM, "the ProxyCommand could not be started: %s",
                               strerror(rc));
    }
    return pair[0];
}
