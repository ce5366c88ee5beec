/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <pvhop/resolve.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* getaddrinfo cannot be interrupted: a cancelled lookup is left to its thread, which frees it. */
struct lookup {
    char host[PVHOP_HOST_MAX + 1];
    struct pvhop_addresses found;
    struct pvhop_error err;
    pvhop_resolved_fn done;
    void *user;
    int fd; /* eventfd: the thread has the answer */
    struct pvhop_watch *watch;
    pthread_mutex_t lock;
    bool answered, cancelled;
};

static void free_lookup(struct lookup *l)
{
    pthread_mutex_destroy(&l->lock);
    if (l->fd >= 0)
        close(l->fd);
    free(l);
}

static void ask(struct lookup *l)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *list = NULL;
    int rc = getaddrinfo(l->host, NULL, &hints, &list);

    if (rc != 0) {
        pvhop_error_set(&l->err, PVHOP_E_RESOLVE, "'%s': %s", l->host,
                        rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
        return;
    }
    for (struct addrinfo *a = list; a && l->found.count < PVHOP_ADDRESSES_MAX; a = a->ai_next)
        if (a->ai_addrlen <= sizeof(l->found.at[0]) &&
            (a->ai_family == AF_INET || a->ai_family == AF_INET6))
            memcpy(&l->found.at[l->found.count++], a->ai_addr, a->ai_addrlen);
    freeaddrinfo(list);
    if (l->found.count == 0)
        pvhop_error_set(&l->err, PVHOP_E_RESOLVE, "'%s' has no IPv4 or IPv6 address", l->host);
}

static void *run(void *user)
{
    struct lookup *l = user;
    bool cancelled;

    ask(l);
    pthread_mutex_lock(&l->lock);
    l->answered = true;
    cancelled = l->cancelled;
    if (!cancelled)
        eventfd_write(l->fd, 1);
    pthread_mutex_unlock(&l->lock);
    if (cancelled)
        free_lookup(l);
    return NULL;
}

static void on_answer(void *user, unsigned events)
{
    struct lookup *l = user;

    (void)events;
    /* Once this lock was had, the thread touches the lookup no more. */
    pthread_mutex_lock(&l->lock);
    pthread_mutex_unlock(&l->lock);
    pvhop_watch_free(l->watch);
    l->done(l->user, &l->found, &l->err);
    free_lookup(l);
}

/* The thread takes no signals: they are for the loop's thread. */
static int start_thread(struct lookup *l)
{
    pthread_attr_t attributes;
    sigset_t all, old;
    pthread_t thread;
    int rc;

    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&thread, &attributes, run, l);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    return rc;
}

static void *system_start(struct pvhop_loop *loop, const char *host, pvhop_resolved_fn done,
                          void *user)
{
    struct pvhop_addresses found;
    struct pvhop_error err = {.code = PVHOP_OK};
    struct lookup *l = NULL;
    int rc;

    if (pvhop_resolve_literal(host, &found)) {
        done(user, &found, &err);
        return NULL;
    }
    l = calloc(1, sizeof(*l));
    if (!l) {
        pvhop_error_set(&err, PVHOP_E_MEMORY, "'%s' could not be looked up", host);
        goto fail;
    }
    snprintf(l->host, sizeof(l->host), "%s", host);
    l->done = done;
    l->user = user;
    pthread_mutex_init(&l->lock, NULL);
    l->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    l->watch = pvhop_watch_new(loop, l->fd, on_answer, l, &err);
    if (!l->watch)
        goto fail;
    pvhop_watch_set(l->watch, PVHOP_READ);
    rc = start_thread(l);
    if (rc == 0)
        return l;
    pvhop_error_set(&err, PVHOP_E_SYSTEM, "'%s' could not be looked up: %s", host, strerror(rc));
    pvhop_watch_free(l->watch);
fail:
    if (l)
        free_lookup(l);
    done(user, &found, &err);
    return NULL;
}

static void system_cancel(void *lookup)
{
    struct lookup *l = lookup;
    bool answered;

    pvhop_watch_free(l->watch);
    pthread_mutex_lock(&l->lock);
    answered = l->answered;
    l->cancelled = true;
    pthread_mutex_unlock(&l->lock);
    if (answered)
        free_lookup(l);
}

const struct pvhop_resolver pvhop_resolver_system = {.start = system_start,
                                                     .cancel = system_cancel};
