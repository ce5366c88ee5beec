/* SPDX-License-Identifier: BSD-3-Clause */
#include "sshlink_work.h"
#include "secret.h"
#include "text.h"
#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOTE_TEXT_MAX = 8192, GRACE_MS = 200 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void destroy(struct ssh_work *w)
{
    while (w->notes) {
        struct ssh_note *n = w->notes;
        w->notes = n->next;
        pvhop_ssh_note_free(n);
    }
    pvhop_secret_free(w->answer);
    pvhop_ssh_plan_free(w->plan);
    pvhop_ssh_settings_free(w->settings);
    free(w->pinned_ciphers);
    ssh_free(w->session);
    close_fd(&w->fd);
    close_fd(&w->transport);
    close_fd(&w->cancel_fd);
    close_fd(&w->wake_fd);
    if (w->proxy > 0) {
        kill(-w->proxy, SIGKILL);
        while (waitpid(w->proxy, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

/* Called with the lock held; releases it. */
static void unref(struct ssh_work *w)
{
    unsigned left = --w->refs;
    pthread_mutex_unlock(&w->lock);
    if (left == 0)
        destroy(w);
}

struct ssh_work *pvhop_ssh_work_new(void (*run)(struct ssh_work *w))
{
    struct ssh_work *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, &attr);
    pthread_condattr_destroy(&attr);
    w->refs = 2;
    w->run = run;
    w->notes_end = &w->notes;
    w->shut_fd[0] = w->shut_fd[1] = w->fd = w->transport = -1;
    w->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (w->cancel_fd < 0 || w->wake_fd < 0) {
        destroy(w);
        return NULL;
    }
    return w;
}

static void raise_event(int fd)
{
    const uint64_t one = 1;
    if (write(fd, &one, sizeof one) < 0) {
        /* only if the counter is full: then it is readable already */
    }
}

static void push(struct ssh_work *w, struct ssh_note *n)
{
    pthread_mutex_lock(&w->lock);
    if (w->cancelled) {
        pthread_mutex_unlock(&w->lock);
        pvhop_ssh_note_free(n);
        return;
    }
    *w->notes_end = n;
    w->notes_end = &n->next;
    raise_event(w->wake_fd);
    pthread_mutex_unlock(&w->lock);
}

static void *thread_main(void *arg)
{
    struct ssh_work *w = arg;
    w->run(w);
    /* What libcrypto keeps for this thread goes before anybody is told of its end: the process may
     * be over before the thread is. */
    OPENSSL_thread_stop();
    struct ssh_note *n = calloc(1, sizeof *n);
    if (n) {
        n->kind = SSH_NOTE_END;
        push(w, n);
    }
    pthread_mutex_lock(&w->lock);
    w->ended = true;
    raise_event(w->wake_fd);
    pthread_cond_broadcast(&w->changed);
    unref(w); /* may be the last: the session is freed here */
    OPENSSL_thread_stop();
    return NULL;
}

int pvhop_ssh_work_start(struct ssh_work *w)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, old;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    /* signals are for the loop's thread */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&thread, &attr, thread_main, w);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    if (rc) {
        pthread_mutex_lock(&w->lock);
        w->ended = true;
        unref(w);
        return -1;
    }
    return 0;
}

void pvhop_ssh_work_cancel(struct ssh_work *w)
{
    pthread_mutex_lock(&w->lock);
    if (!w->cancelled) {
        w->cancelled = true;
        raise_event(w->cancel_fd);
        for (int i = 0; i < 2; i++)
            if (w->shut_fd[i] >= 0)
                shutdown(w->shut_fd[i], SHUT_RDWR);
        pthread_cond_broadcast(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
}

void pvhop_ssh_work_drop(struct ssh_work *w)
{
    if (!w)
        return;
    pvhop_ssh_work_cancel(w);
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += GRACE_MS * 1000000L;
    end.tv_sec += end.tv_nsec / 1000000000L;
    end.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&w->lock);
    while (!w->ended && pthread_cond_timedwait(&w->changed, &w->lock, &end) != ETIMEDOUT)
        ;
    unref(w);
}

struct ssh_note *pvhop_ssh_work_note(struct ssh_work *w)
{
    uint64_t count;
    pthread_mutex_lock(&w->lock);
    struct ssh_note *n = w->notes;
    if (n) {
        w->notes = n->next;
        if (!w->notes)
            w->notes_end = &w->notes;
        n->next = NULL;
    } else if (read(w->wake_fd, &count, sizeof count) < 0) {
        /* it was not raised */
    }
    pthread_mutex_unlock(&w->lock);
    return n;
}

void pvhop_ssh_note_free(struct ssh_note *n)
{
    if (!n)
        return;
    free(n->text);
    free(n->server_text);
    free(n->fingerprint);
    free(n);
}

void pvhop_ssh_work_answer(struct ssh_work *w, unsigned id, const char *answer)
{
    pthread_mutex_lock(&w->lock);
    if (id == w->asked && w->answered != id) {
        w->answered = id;
        w->answer = answer ? pvhop_secret_copy(answer) : NULL;
        pthread_cond_broadcast(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
}

bool pvhop_ssh_work_cancelled(struct ssh_work *w)
{
    pthread_mutex_lock(&w->lock);
    bool c = w->cancelled;
    pthread_mutex_unlock(&w->lock);
    return c;
}

static char *vtext(const char *text, va_list args)
{
    char *out = NULL;
    if (vasprintf(&out, text, args) < 0)
        return NULL;
    if (strlen(out) > NOTE_TEXT_MAX)
        out[NOTE_TEXT_MAX] = 0;
    pvhop_make_printable(out);
    return out;
}

void pvhop_ssh_work_phase(struct ssh_work *w, enum pvhop_sshlink_phase phase, const char *text, ...)
{
    struct ssh_note *n = calloc(1, sizeof *n);
    if (!n)
        return;
    va_list args;
    va_start(args, text);
    n->kind = SSH_NOTE_PHASE;
    n->phase = phase;
    n->text = vtext(text, args);
    va_end(args);
    push(w, n);
}

void pvhop_ssh_work_log(struct ssh_work *w, const char *text, ...)
{
    struct ssh_note *n = calloc(1, sizeof *n);
    if (!n)
        return;
    va_list args;
    va_start(args, text);
    n->kind = SSH_NOTE_LOG;
    n->text = vtext(text, args);
    va_end(args);
    push(w, n);
}

void pvhop_ssh_work_guard(struct ssh_work *w, int slot, int fd)
{
    pthread_mutex_lock(&w->lock);
    w->shut_fd[slot] = fd;
    if (fd >= 0 && w->cancelled)
        shutdown(fd, SHUT_RDWR);
    pthread_mutex_unlock(&w->lock);
}

void pvhop_ssh_work_busy(struct ssh_work *w, const char *with)
{
    pthread_mutex_lock(&w->lock);
    w->busy_with = with;
    pthread_mutex_unlock(&w->lock);
}

static char *printable(const char *text)
{
    char *copy = text && *text ? strndup(text, NOTE_TEXT_MAX) : NULL;
    if (copy)
        pvhop_make_printable(copy);
    return copy;
}

char *pvhop_ssh_work_ask(struct ssh_work *w, const struct ssh_question *q)
{
    struct ssh_note *n = calloc(1, sizeof *n);
    struct ssh_note *over = calloc(1, sizeof *over);
    if (!n || !over) {
        free(n);
        free(over);
        return NULL;
    }
    n->kind = SSH_NOTE_PROMPT;
    n->prompt = q->kind;
    n->text = printable(q->text);
    n->server_text = printable(q->server_text);
    n->fingerprint = printable(q->fingerprint);
    n->echo = q->echo;
    n->index = q->index;
    n->count = q->count;
    pthread_mutex_lock(&w->lock);
    n->id = ++w->asked;
    pthread_mutex_unlock(&w->lock);
    push(w, n);
    pthread_mutex_lock(&w->lock);
    while (w->answered != w->asked && !w->cancelled)
        pthread_cond_wait(&w->changed, &w->lock);
    char *answer = w->answer;
    w->answer = NULL;
    w->answered = w->asked;
    pthread_mutex_unlock(&w->lock);
    over->kind = SSH_NOTE_PROMPT_OVER; /* the limits run again */
    push(w, over);
    return answer;
}
