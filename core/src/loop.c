/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <pthread.h>
#include <pvhop/loop.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_A_WAIT = 64 };

struct pvhop_watch {
    struct pvhop_loop *loop;
    pvhop_watch_fn fn;
    void *user;
    int fd;
    unsigned interest;
    bool always_ready; /* epoll refuses plain files: they never block */
    bool dead;
    struct pvhop_watch *next; /* in loop->files or in loop->dead_watches */
};

struct pvhop_timer {
    struct pvhop_loop *loop;
    pvhop_call_fn fn;
    void *user;
    uint64_t due_ms;
    uint64_t order; /* equal times fire in the order of starting */
    size_t place;   /* in the heap, from 1; 0 = not running */
};

struct pvhop_hook {
    struct pvhop_loop *loop;
    pvhop_call_fn fn;
    void *user;
    bool dead;
    struct pvhop_hook *next;
};

struct post {
    pvhop_call_fn fn;
    void *user;
    struct post *next;
};

struct pvhop_loop {
    int epoll_fd;
    bool stopped;
    bool again;
    unsigned depth; /* turns on the stack: what was freed meanwhile is kept until all have ended */

    struct pvhop_watch *files; /* the always ready ones */
    struct pvhop_watch *dead_watches;
    struct pvhop_hook *hooks;

    struct pvhop_timer **heap; /* heap[1..timers], earliest first */
    size_t timers;             /* running ones */
    size_t timers_made, heap_room;
    uint64_t timer_order;

    int post_fd;
    struct pvhop_watch *post_watch;
    pthread_mutex_t post_lock;
    struct post *posts, **posts_end;
};

uint64_t pvhop_loop_now_ms(const struct pvhop_loop *loop)
{
    struct timespec ts;

    (void)loop;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- watches ---- */

/*
 * A watch is always registered, so that only pvhop_watch_new can fail. Without
 * interest it is edge-triggered: a hang-up, which epoll always reports, then
 * wakes the loop once instead of on every turn. (0 asks for hang-ups alone.)
 */
static uint32_t epoll_events(unsigned interest)
{
    uint32_t events = 0;

    if (interest == 0)
        return EPOLLET;
    if (interest & PVHOP_READ)
        events |= EPOLLIN | EPOLLRDHUP;
    if (interest & PVHOP_WRITE)
        events |= EPOLLOUT;
    return events;
}

struct pvhop_watch *pvhop_watch_new(struct pvhop_loop *loop, int fd, pvhop_watch_fn fn, void *user,
                                    struct pvhop_error *err)
{
    struct pvhop_watch *w = calloc(1, sizeof(*w));
    struct epoll_event event = {.events = epoll_events(0), .data.ptr = w};

    if (!w) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "a watch could not be made");
        return NULL;
    }
    w->loop = loop;
    w->fn = fn;
    w->user = user;
    w->fd = fd;
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
        return w;
    if (errno != EPERM) {
        pvhop_error_set(err, PVHOP_E_SYSTEM, "descriptor %d cannot be watched: %s", fd,
                        strerror(errno));
        free(w);
        return NULL;
    }
    w->always_ready = true;
    w->next = loop->files;
    loop->files = w;
    return w;
}

void pvhop_watch_set(struct pvhop_watch *w, unsigned events)
{
    struct epoll_event event = {.events = epoll_events(events), .data.ptr = w};

    if (events == w->interest)
        return;
    w->interest = events;
    if (!w->always_ready)
        epoll_ctl(w->loop->epoll_fd, EPOLL_CTL_MOD, w->fd, &event);
}

/* Frees what was freed during a turn, once the kernel's answers to that turn are used up. */
static void bury_watches(struct pvhop_loop *loop)
{
    struct pvhop_watch *w, **at = &loop->files;

    if (loop->depth > 0)
        return;
    while ((w = loop->dead_watches)) {
        loop->dead_watches = w->next;
        free(w);
    }
    while ((w = *at)) {
        if (w->dead) {
            *at = w->next;
            free(w);
        } else {
            at = &w->next;
        }
    }
}

void pvhop_watch_free(struct pvhop_watch *w)
{
    if (!w)
        return;
    w->dead = true;
    if (!w->always_ready) { /* else it is buried where it stands, in loop->files */
        epoll_ctl(w->loop->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
        w->next = w->loop->dead_watches;
        w->loop->dead_watches = w;
    }
    bury_watches(w->loop);
}

static void watch_happened(struct pvhop_watch *w, uint32_t happened)
{
    unsigned events = 0;

    /* The interest may have changed since the kernel was asked. */
    if (w->dead || w->interest == 0)
        return;
    if (happened & EPOLLIN)
        events |= PVHOP_READ;
    if (happened & EPOLLOUT)
        events |= PVHOP_WRITE;
    if (happened & (EPOLLHUP | EPOLLERR)) /* read or write is to find out which error */
        events |= PVHOP_READ | PVHOP_WRITE;
    events &= w->interest;
    if (happened & (EPOLLHUP | EPOLLERR))
        events |= PVHOP_HUP;
    if (events)
        w->fn(w->user, events);
}

static bool any_file_ready(const struct pvhop_loop *loop)
{
    for (const struct pvhop_watch *w = loop->files; w; w = w->next)
        if (!w->dead && (w->interest & (PVHOP_READ | PVHOP_WRITE)))
            return true;
    return false;
}

static void run_files(struct pvhop_loop *loop)
{
    for (struct pvhop_watch *w = loop->files; w; w = w->next)
        watch_happened(w, EPOLLIN | EPOLLOUT);
}

/* ---- timers: a binary heap ---- */

static bool earlier(const struct pvhop_timer *a, const struct pvhop_timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void heap_put(struct pvhop_loop *loop, size_t place, struct pvhop_timer *t)
{
    loop->heap[place] = t;
    t->place = place;
}

/* Moves `t`, which is to stand at `place`, up or down to where it belongs. */
static void heap_settle(struct pvhop_loop *loop, size_t place, struct pvhop_timer *t)
{
    size_t child;

    for (; place > 1 && earlier(t, loop->heap[place / 2]); place /= 2)
        heap_put(loop, place, loop->heap[place / 2]);
    while ((child = place * 2) <= loop->timers) {
        if (child < loop->timers && earlier(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (!earlier(loop->heap[child], t))
            break;
        heap_put(loop, place, loop->heap[child]);
        place = child;
    }
    heap_put(loop, place, t);
}

struct pvhop_timer *pvhop_timer_new(struct pvhop_loop *loop, pvhop_call_fn fn, void *user)
{
    struct pvhop_timer *t = calloc(1, sizeof(*t)), **heap;
    size_t room;

    if (!t)
        return NULL;
    if (loop->timers_made + 1 >= loop->heap_room) { /* here, so that starting one cannot fail */
        room = loop->heap_room ? loop->heap_room * 2 : 16;
        heap = realloc(loop->heap, room * sizeof(struct pvhop_timer *));
        if (!heap) {
            free(t);
            return NULL;
        }
        loop->heap = heap;
        loop->heap_room = room;
    }
    loop->timers_made++;
    t->loop = loop;
    t->fn = fn;
    t->user = user;
    return t;
}

void pvhop_timer_start(struct pvhop_timer *t, uint64_t ms)
{
    struct pvhop_loop *loop = t->loop;

    t->due_ms = pvhop_loop_now_ms(loop) + ms;
    t->order = ++loop->timer_order;
    heap_settle(loop, t->place ? t->place : ++loop->timers, t);
}

void pvhop_timer_stop(struct pvhop_timer *t)
{
    struct pvhop_loop *loop = t->loop;
    size_t place = t->place;
    struct pvhop_timer *last;

    if (place == 0)
        return;
    t->place = 0;
    last = loop->heap[loop->timers--];
    if (last != t)
        heap_settle(loop, place, last);
}

bool pvhop_timer_running(const struct pvhop_timer *t)
{
    return t->place != 0;
}

void pvhop_timer_free(struct pvhop_timer *t)
{
    if (!t)
        return;
    pvhop_timer_stop(t);
    t->loop->timers_made--;
    free(t);
}

/* Timers started by these callbacks wait for the next turn, or two could keep the loop to
 * themselves. */
static void run_timers(struct pvhop_loop *loop)
{
    uint64_t now, newest = loop->timer_order;
    struct pvhop_timer *t;

    if (loop->timers == 0)
        return;
    now = pvhop_loop_now_ms(loop);
    while (loop->timers && (t = loop->heap[1])->due_ms <= now && t->order <= newest) {
        pvhop_timer_stop(t);
        t->fn(t->user);
    }
}

/* ---- hooks ---- */

struct pvhop_hook *pvhop_hook_new(struct pvhop_loop *loop, pvhop_call_fn fn, void *user)
{
    struct pvhop_hook *h = calloc(1, sizeof(*h)), **at = &loop->hooks;

    if (!h)
        return NULL;
    h->loop = loop;
    h->fn = fn;
    h->user = user;
    while (*at)
        at = &(*at)->next;
    *at = h;
    return h;
}

static void bury_hooks(struct pvhop_loop *loop)
{
    struct pvhop_hook **at = &loop->hooks, *h;

    while (loop->depth == 0 && (h = *at)) {
        if (h->dead) {
            *at = h->next;
            free(h);
        } else {
            at = &h->next;
        }
    }
}

void pvhop_hook_free(struct pvhop_hook *h)
{
    if (!h)
        return;
    h->dead = true;
    bury_hooks(h->loop);
}

static void run_hooks(struct pvhop_loop *loop)
{
    for (struct pvhop_hook *h = loop->hooks; h; h = h->next)
        if (!h->dead)
            h->fn(h->user);
}

void pvhop_loop_again(struct pvhop_loop *loop)
{
    loop->again = true;
}

/* ---- posts from other threads ---- */

int pvhop_loop_post(struct pvhop_loop *loop, pvhop_call_fn fn, void *user)
{
    struct post *post = malloc(sizeof(*post));
    bool first;

    if (!post)
        return -1;
    *post = (struct post){.fn = fn, .user = user};
    pthread_mutex_lock(&loop->post_lock);
    first = loop->posts == NULL;
    *loop->posts_end = post;
    loop->posts_end = &post->next;
    /* Inside the lock: once it is released, the loop may run the post and be freed. */
    if (first)
        eventfd_write(loop->post_fd, 1);
    pthread_mutex_unlock(&loop->post_lock);
    return 0;
}

static struct post *take_posts(struct pvhop_loop *loop)
{
    struct post *posts;

    pthread_mutex_lock(&loop->post_lock);
    posts = loop->posts;
    loop->posts = NULL;
    loop->posts_end = &loop->posts;
    pthread_mutex_unlock(&loop->post_lock);
    return posts;
}

static void on_post(void *user, unsigned events)
{
    struct pvhop_loop *loop = user;
    struct post *post, *next;
    eventfd_t count;

    (void)events;
    eventfd_read(loop->post_fd,
                 &count); /* before the list is taken, or a new post could be missed */
    for (post = take_posts(loop); post; post = next) {
        next = post->next;
        post->fn(post->user);
        free(post);
    }
}

/* ---- the loop ---- */

/* Who comes, or says something, goes before who leaves: an end waits for nothing, and has the most
 * to do. */
static void report(const struct epoll_event *events, int count)
{
    for (int ends = 0; ends <= 1; ends++)
        for (int i = 0; i < count; i++)
            if (((events[i].events & (EPOLLRDHUP | EPOLLHUP)) != 0) == ends)
                watch_happened(events[i].data.ptr, events[i].events);
}

struct pvhop_loop *pvhop_loop_new(struct pvhop_error *err)
{
    struct pvhop_loop *loop = calloc(1, sizeof(*loop));

    if (!loop) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "an event loop could not be made");
        return NULL;
    }
    loop->posts_end = &loop->posts;
    pthread_mutex_init(&loop->post_lock, NULL);
    loop->post_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->post_fd < 0 || loop->epoll_fd < 0) {
        pvhop_error_set(err, PVHOP_E_SYSTEM, "an event loop could not be made: %s",
                        strerror(errno));
        goto fail;
    }
    loop->post_watch = pvhop_watch_new(loop, loop->post_fd, on_post, loop, err);
    if (!loop->post_watch)
        goto fail;
    pvhop_watch_set(loop->post_watch, PVHOP_READ);
    return loop;
fail:
    pvhop_loop_free(loop);
    return NULL;
}

void pvhop_loop_free(struct pvhop_loop *loop)
{
    struct post *post, *next;

    if (!loop)
        return;
    for (post = take_posts(loop); post; post = next) {
        next = post->next;
        free(post);
    }
    pvhop_watch_free(loop->post_watch);
    if (loop->post_fd >= 0)
        close(loop->post_fd);
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    pthread_mutex_destroy(&loop->post_lock);
    free(loop->heap);
    free(loop);
}

static int wait_ms(const struct pvhop_loop *loop, int limit_ms)
{
    uint64_t now, due;

    if (loop->again || loop->stopped || any_file_ready(loop))
        return 0;
    if (loop->timers == 0)
        return limit_ms;
    now = pvhop_loop_now_ms(loop);
    due = loop->heap[1]->due_ms;
    if (due <= now)
        return 0;
    if (limit_ms >= 0 && due - now > (uint64_t)limit_ms)
        return limit_ms;
    return due - now > 1000000 ? 1000000 : (int)(due - now);
}

int pvhop_loop_turn(struct pvhop_loop *loop, int timeout_ms, struct pvhop_error *err)
{
    struct epoll_event events[EVENTS_A_WAIT];
    int count, rc = 0;

    loop->depth++;
    run_hooks(loop);
    timeout_ms = wait_ms(loop, timeout_ms);
    loop->again = false;
    count = epoll_wait(loop->epoll_fd, events, EVENTS_A_WAIT, timeout_ms);
    if (count < 0 && errno != EINTR)
        rc = pvhop_error_set(err, PVHOP_E_SYSTEM, "waiting for events: %s", strerror(errno));
    report(events, count);
    run_files(loop);
    run_timers(loop);
    loop->depth--;
    bury_watches(loop);
    bury_hooks(loop);
    return rc;
}

int pvhop_loop_run(struct pvhop_loop *loop, struct pvhop_error *err)
{
    int rc = 0;

    while (rc == 0 && !loop->stopped)
        rc = pvhop_loop_turn(loop, -1, err);
    loop->stopped = false;
    return rc;
}

void pvhop_loop_stop(struct pvhop_loop *loop)
{
    loop->stopped = true;
}
