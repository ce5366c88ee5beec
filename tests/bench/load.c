/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two ends of a measured connection: what a client and a pvserver would be.
 *
 *   load serve                            says "port N"; ends at end of file on standard input
 *   load send PORT BYTES                  one stream to the server
 *   load recv PORT BYTES                  one stream from it
 *   load ask  PORT REQUEST REPLY MS MAX   this end asks, the server replies
 *   load told PORT REQUEST REPLY MS MAX   the server asks, this end replies: a pvserver that
 * connected load new  PORT MS MAX                 each time a new connection and one byte echoed
 *
 * The result is one JSON object on standard output: "seconds" of a stream, or "us", the time of
 * each exchange in microseconds. Everything is on 127.0.0.1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024, SAMPLES_MAX = 100000, MESSAGE_MAX = 16 * 1024 * 1024 };

/* What the connecting end wants; sent first. */
struct order {
    char verb[8];
    uint64_t bytes;          /* send, recv */
    uint64_t request, reply; /* ask, told: sizes in bytes */
    uint64_t ms, max;        /* ask, told: stop after this time or so many exchanges */
};

struct samples {
    uint32_t count;
    uint32_t us[SAMPLES_MAX];
};

static void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static bool write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static bool read_all(int fd, void *bytes, size_t len)
{
    char *at = bytes;

    while (len > 0) {
        ssize_t n = recv(fd, at, len, 0);
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static bool pour(int fd, uint64_t bytes)
{
    char *chunk = calloc(1, CHUNK);
    bool ok = chunk != NULL;

    for (; ok && bytes > 0; bytes -= bytes < CHUNK ? bytes : CHUNK)
        ok = write_all(fd, chunk, bytes < CHUNK ? (size_t)bytes : CHUNK);
    free(chunk);
    return ok;
}

static bool drain(int fd, uint64_t bytes)
{
    char *chunk = malloc(CHUNK);
    ssize_t n = 1;

    while (chunk && bytes > 0 && n > 0) {
        n = recv(fd, chunk, CHUNK, 0);
        if (n > 0)
            bytes -= (uint64_t)n;
    }
    free(chunk);
    return bytes == 0;
}

/* Asks until time or number is up. The first byte of a request is 1 if there are more to come. */
static bool ask(int fd, const struct order *o, struct samples *s)
{
    char *request = calloc(1, o->request), *reply = malloc(o->reply);
    double end = now() + (double)o->ms / 1000;
    bool ok = request && reply;

    s->count = 0;
    while (ok && s->count < o->max && s->count < SAMPLES_MAX && now() < end) {
        double began = now();
        request[0] = 1;
        ok = write_all(fd, request, o->request) && read_all(fd, reply, o->reply);
        s->us[s->count++] = (uint32_t)((now() - began) * 1e6);
    }
    if (ok) {
        request[0] = 0;
        ok = write_all(fd, request, o->request);
    }
    free(request);
    free(reply);
    return ok;
}

static bool answer(int fd, const struct order *o)
{
    char *request = malloc(o->request), *reply = calloc(1, o->reply);
    bool ok = request && reply;

    while (ok) {
        ok = read_all(fd, request, o->request);
        if (!ok || request[0] == 0)
            break;
        ok = write_all(fd, reply, o->reply);
    }
    free(request);
    free(reply);
    return ok;
}

static void no_delay(int fd)
{
    const int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* ---- the server ---- */

static void obey(int fd, const struct order *o)
{
    if (!strcmp(o->verb, "send")) {
        if (drain(fd, o->bytes))
            write_all(fd, "", 1);
    } else if (!strcmp(o->verb, "recv")) {
        pour(fd, o->bytes);
    } else if (!strcmp(o->verb, "new")) {
        write_all(fd, "", 1);
    } else if (o->request > 0 && o->request <= MESSAGE_MAX && o->reply <= MESSAGE_MAX) {
        struct samples *s = calloc(1, sizeof(*s));
        if (!strcmp(o->verb, "ask"))
            answer(fd, o);
        else if (s && !strcmp(o->verb, "told") && ask(fd, o, s))
            write_all(fd, s, sizeof(*s));
        free(s);
    }
}

static void *serve_one(void *arg)
{
    int fd = (int)(intptr_t)arg;
    struct order o;
    char byte;

    no_delay(fd);
    if (read_all(fd, &o, sizeof(o))) {
        o.verb[sizeof(o.verb) - 1] = 0;
        obey(fd, &o);
        while (recv(fd, &byte, 1, 0) > 0) /* the other end closes first */
            ;
    }
    close(fd);
    return NULL;
}

static void *serve(void *arg)
{
    int listener = (int)(intptr_t)arg;

    for (;;) {
        pthread_t thread;
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            die("accept");
        if (pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)fd))
            die("a thread");
        pthread_detach(thread);
    }
    return NULL;
}

static void serve_until_eof(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;
    char byte;

    if (bind(listener, (struct sockaddr *)&a, sizeof(a)) || listen(listener, 256) ||
        getsockname(listener, (struct sockaddr *)&a, &len) ||
        pthread_create(&thread, NULL, serve, (void *)(intptr_t)listener))
        die("serve");
    printf("port %u\n", ntohs(a.sin_port));
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
}

/* ---- the end that connects ---- */

static int start(const char *port, const struct order *o)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    a.sin_port = htons((uint16_t)atoi(port));
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)))
        die("connect");
    no_delay(fd);
    if (!write_all(fd, o, sizeof(*o)))
        die("order");
    return fd;
}

static void stream(const char *port, const struct order *o)
{
    int fd = start(port, o);
    double began;
    char byte;
    bool ok;

    began = now();
    if (!strcmp(o->verb, "send"))
        ok = pour(fd, o->bytes) && read_all(fd, &byte, 1);
    else
        ok = drain(fd, o->bytes);
    if (!ok)
        die(o->verb);
    printf("{\"seconds\": %.6f}\n", now() - began);
    close(fd);
}

static void print_samples(const struct samples *s)
{
    printf("{\"us\": [");
    for (uint32_t i = 0; i < s->count && i < SAMPLES_MAX; i++)
        printf("%s%" PRIu32, i ? ", " : "", s->us[i]);
    printf("]}\n");
}

static void exchanges(const char *port, const struct order *o, struct samples *s)
{
    int fd = start(port, o);

    if (!strcmp(o->verb, "ask") ? !ask(fd, o, s) : !answer(fd, o) || !read_all(fd, s, sizeof(*s)))
        die(o->verb);
    print_samples(s);
    close(fd);
}

static void new_connections(const char *port, const struct order *o, struct samples *s)
{
    double end = now() + (double)o->ms / 1000;

    while (s->count < o->max && s->count < SAMPLES_MAX && now() < end) {
        double began = now();
        char byte;
        int fd = start(port, o);
        if (!read_all(fd, &byte, 1))
            die("echo");
        s->us[s->count++] = (uint32_t)((now() - began) * 1e6);
        close(fd);
    }
    print_samples(s);
}

static uint64_t number(char **argv, int argc, int i)
{
    if (i >= argc) {
        fprintf(stderr, "load: too few arguments; see the head of load.c\n");
        exit(64);
    }
    return strtoull(argv[i], NULL, 10);
}

int main(int argc, char **argv)
{
    static struct samples s;
    struct order o = {0};

    if (argc == 2 && !strcmp(argv[1], "serve")) {
        serve_until_eof();
        return 0;
    }
    number(argv, argc, 2);
    snprintf(o.verb, sizeof(o.verb), "%s", argv[1]);
    if (!strcmp(o.verb, "send") || !strcmp(o.verb, "recv")) {
        o.bytes = number(argv, argc, 3);
        stream(argv[2], &o);
    } else if (!strcmp(o.verb, "new")) {
        o.ms = number(argv, argc, 3);
        o.max = number(argv, argc, 4);
        new_connections(argv[2], &o, &s);
    } else {
        o.request = number(argv, argc, 3);
        o.reply = number(argv, argc, 4);
        o.ms = number(argv, argc, 5);
        o.max = number(argv, argc, 6);
        exchanges(argv[2], &o, &s);
    }
    return 0;
}
