/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * delay MS PORT: a long link. Says "port N", and passes what comes there on to
 * 127.0.0.1:PORT and back, each byte MS milliseconds later; no limit of rate. It ends at end of
 * file on standard input.
 *
 * Each direction of a connection has two threads: one reads and notes when,
 * the other sleeps until a piece is due and writes it. (This needs no event
 * loop, and a sleeping thread wakes within 0.1 ms.) So that nothing but the delay
 * is added, both sockets have NODELAY, and acknowledgements are not delayed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, QUEUE_MAX = 256 * 1024 * 1024 };

struct piece {
    struct piece *next;
    struct timespec due;
    size_t len; /* 0: end of stream */
    char bytes[];
};

struct way {
    int from, to;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct piece *first, **end;
    size_t queued;
    bool dead; /* `to` takes no more */
};

static long delay_ns;
static uint16_t target;

static void put(struct way *w, struct piece *p)
{
    clock_gettime(CLOCK_MONOTONIC, &p->due);
    p->due.tv_nsec += delay_ns;
    p->due.tv_sec += p->due.tv_nsec / 1000000000;
    p->due.tv_nsec %= 1000000000;
    p->next = NULL;
    pthread_mutex_lock(&w->lock);
    while (w->queued > QUEUE_MAX && !w->dead)
        pthread_cond_wait(&w->changed, &w->lock);
    *w->end = p;
    w->end = &p->next;
    w->queued += p->len;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static struct piece *take(struct way *w)
{
    struct piece *p;

    pthread_mutex_lock(&w->lock);
    while (!w->first)
        pthread_cond_wait(&w->changed, &w->lock);
    p = w->first;
    w->first = p->next;
    if (!w->first)
        w->end = &w->first;
    w->queued -= p->len;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    return p;
}

static void *reader(void *arg)
{
    struct way *w = arg;
    const int on = 1;
    ssize_t n;

    do {
        struct piece *p = malloc(sizeof(*p) + PIECE), *fit;
        if (!p)
            abort();
        setsockopt(w->from, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
        n = recv(w->from, p->bytes, PIECE, 0);
        p->len = n > 0 ? (size_t)n : 0;
        fit = realloc(p, sizeof(*p) + p->len);
        put(w, fit ? fit : p);
    } while (n > 0);
    return NULL;
}

static void *writer(void *arg)
{
    struct way *w = arg;
    bool end = false;

    prctl(PR_SET_TIMERSLACK, 1UL);
    while (!end) {
        struct piece *p = take(w);
        size_t done = 0;
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &p->due, NULL) == EINTR)
            ;
        while (done < p->len && !w->dead) {
            ssize_t n = send(w->to, p->bytes + done, p->len - done, MSG_NOSIGNAL);
            if (n <= 0) {
                pthread_mutex_lock(&w->lock);
                w->dead = true;
                pthread_cond_broadcast(&w->changed);
                pthread_mutex_unlock(&w->lock);
            } else {
                done += (size_t)n;
            }
        }
        end = p->len == 0;
        free(p);
    }
    shutdown(w->to, SHUT_WR);
    return NULL;
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void spawn(pthread_t *thread, void *(*run)(void *), void *arg)
{
    if (pthread_create(thread, NULL, run, arg)) {
        fprintf(stderr, "delay: no thread\n");
        exit(1);
    }
}

static void *connection(void *arg)
{
    int near = (int)(intptr_t)arg, far = socket(AF_INET, SOCK_STREAM, 0);
    struct way *ways = calloc(2, sizeof(*ways));
    struct sockaddr_in a = loopback(target);
    const int on = 1;
    pthread_t threads[4];

    if (!ways || far < 0 || connect(far, (struct sockaddr *)&a, sizeof(a)))
        goto out;
    setsockopt(near, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(far, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    for (int i = 0; i < 2; i++) {
        ways[i].from = i ? far : near;
        ways[i].to = i ? near : far;
        ways[i].end = &ways[i].first;
        pthread_mutex_init(&ways[i].lock, NULL);
        pthread_cond_init(&ways[i].changed, NULL);
        spawn(&threads[2 * i], reader, &ways[i]);
        spawn(&threads[2 * i + 1], writer, &ways[i]);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
out:
    free(ways);
    close(near);
    if (far >= 0)
        close(far);
    return NULL;
}

static void *listening(void *arg)
{
    int listener = (int)(intptr_t)arg, fd;

    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        pthread_t thread;
        spawn(&thread, connection, (void *)(intptr_t)fd);
        pthread_detach(thread);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in a = loopback(0);
    socklen_t len = sizeof(a);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;
    char byte;

    if (argc != 3) {
        fprintf(stderr, "delay MS PORT\n");
        return 64;
    }
    delay_ns = atol(argv[1]) * 1000000;
    target = (uint16_t)atoi(argv[2]);
    if (bind(listener, (struct sockaddr *)&a, sizeof(a)) || listen(listener, 64) ||
        getsockname(listener, (struct sockaddr *)&a, &len)) {
        perror("delay");
        return 71;
    }
    spawn(&thread, listening, (void *)(intptr_t)listener);
    printf("port %u\n", ntohs(a.sin_port));
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
    return 0;
}
