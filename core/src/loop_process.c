/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals and children as events: built on the loop's public functions alone. */
#include <errno.h>
#include <pvhop/loop.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct pvhop_signals {
    struct pvhop_watch *watch;
    int fd;
    sigset_t blocked_by_us;
    pvhop_signal_fn fn;
    void *user;
};

static void on_signal(void *user, unsigned events)
{
    struct pvhop_signals *s = user;
    struct signalfd_siginfo info;

    (void)events;
    /* One a call: `fn` may free this object. More come with the next turn. */
    if (read(s->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        s->fn(s->user, (int)info.ssi_signo);
}

struct pvhop_signals *pvhop_signals_new(struct pvhop_loop *loop, const int *signals,
                                        pvhop_signal_fn fn, void *user, struct pvhop_error *err)
{
    struct pvhop_signals *s = calloc(1, sizeof(*s));
    sigset_t wanted, old;

    if (!s) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "signals cannot be watched");
        return NULL;
    }
    s->fn = fn;
    s->user = user;
    sigemptyset(&wanted);
    for (const int *number = signals; *number; number++)
        sigaddset(&wanted, *number);
    s->fd = signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
    if (s->fd < 0) {
        pvhop_error_set(err, PVHOP_E_SYSTEM, "signals cannot be watched: %s", strerror(errno));
        free(s);
        return NULL;
    }
    s->watch = pvhop_watch_new(loop, s->fd, on_signal, s, err);
    if (!s->watch) {
        close(s->fd);
        free(s);
        return NULL;
    }
    pvhop_watch_set(s->watch, PVHOP_READ);
    pthread_sigmask(SIG_BLOCK, &wanted, &old);
    sigemptyset(&s->blocked_by_us);
    for (const int *number = signals; *number; number++)
        if (!sigismember(&old, *number))
            sigaddset(&s->blocked_by_us, *number);
    return s;
}

void pvhop_signals_free(struct pvhop_signals *s)
{
    if (!s)
        return;
    pvhop_watch_free(s->watch);
    close(s->fd);
    pthread_sigmask(SIG_UNBLOCK, &s->blocked_by_us, NULL);
    free(s);
}

/* Kernels before 5.3 have no pidfd and so no event for one child: there alone it is asked for. */
enum { ASK_EVERY_MS = 50 };

struct pvhop_child {
    pid_t pid;
    int fd;
    struct pvhop_watch *watch;
    struct pvhop_timer *timer;
    pvhop_child_fn fn;
    void *user;
};

static void child_ended(struct pvhop_child *c, int status)
{
    if (c->watch)
        pvhop_watch_set(c->watch, 0);
    c->fn(c->user, status); /* may free c */
}

static void on_child_ready(void *user, unsigned events)
{
    struct pvhop_child *c = user;
    int status = W_EXITCODE(127, 0);

    (void)events;
    if (waitpid(c->pid, &status, WNOHANG) != 0)
        child_ended(c, status);
}

static void on_child_timer(void *user)
{
    struct pvhop_child *c = user;
    int status = W_EXITCODE(127, 0);

    if (waitpid(c->pid, &status, WNOHANG) != 0)
        child_ended(c, status);
    else
        pvhop_timer_start(c->timer, ASK_EVERY_MS);
}

struct pvhop_child *pvhop_child_new(struct pvhop_loop *loop, pid_t pid, pvhop_child_fn fn,
                                    void *user, struct pvhop_error *err)
{
    struct pvhop_child *c = calloc(1, sizeof(*c));

    if (!c) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "process %d cannot be watched", (int)pid);
        return NULL;
    }
    c->pid = pid;
    c->fn = fn;
    c->user = user;
    c->fd = (int)syscall(SYS_pidfd_open, pid, 0); /* sets FD_CLOEXEC by itself */
    if (c->fd >= 0) {
        c->watch = pvhop_watch_new(loop, c->fd, on_child_ready, c, err);
        if (!c->watch)
            goto fail;
        pvhop_watch_set(c->watch, PVHOP_READ);
        return c;
    }
    if (errno != ENOSYS &&
        errno != EPERM) { /* EPERM: a sandbox's filter that does not know the call */
        pvhop_error_set(err, PVHOP_E_SYSTEM, "process %d cannot be watched: %s", (int)pid,
                        strerror(errno));
        goto fail;
    }
    c->timer = pvhop_timer_new(loop, on_child_timer, c);
    if (!c->timer) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "process %d cannot be watched", (int)pid);
        goto fail;
    }
    pvhop_timer_start(c->timer, 0);
    return c;
fail:
    pvhop_child_free(c);
    return NULL;
}

void pvhop_child_free(struct pvhop_child *c)
{
    if (!c)
        return;
    pvhop_watch_free(c->watch);
    pvhop_timer_free(c->timer);
    if (c->fd >= 0)
        close(c->fd);
    free(c);
}
