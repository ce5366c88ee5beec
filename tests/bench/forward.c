/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Our side of a measured tunnel: what `pvhop connect` does between its ssh link and a local
 * socket, and nothing else.
 *
 *   forward CONFIG HOST [-J HOPS] [-c CIPHERS] -L PORT   a loopback port here leads to PORT there
 *   forward CONFIG HOST [-J HOPS] [-c CIPHERS] -R PORT   a loopback port there leads to PORT here
 *
 * Says "port N" when the way is open, and ends at end of file on standard input. CONFIG is as for
 * ssh -F.
 */
#include "readahead.h"
#include <arpa/inet.h>
#include <pvhop/loop.h>
#include <pvhop/pump.h>
#include <pvhop/sshlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 256 };

static struct pvhop_loop *loop;
static struct pvhop_sshlink *link_;
static struct pvhop_sshforward *remote;
static uint16_t target;
static char way;
static int listener = -1;
static struct pvhop_watch *listening;
static int exit_code;

/* One accepted connection, from its beginning to its end. */
static struct connection {
    struct pvhop_stream *local;     /* until it has a pump */
    struct pvhop_sshdirect *direct; /* -L: being opened */
    struct pvhop_pump *pump;
    bool used;
} connections[CONNECTIONS_MAX];

static void fail(const struct pvhop_error *err)
{
    fprintf(stderr, "forward: %s %s\n", err->what, err->why);
    exit_code = 1;
    pvhop_loop_stop(loop);
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void drop(struct connection *c)
{
    pvhop_sshdirect_free(c->direct);
    pvhop_stream_free(c->local);
    pvhop_pump_free(c->pump);
    memset(c, 0, sizeof(*c));
}

static struct connection *new_connection(void)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (!connections[i].used) {
            connections[i].used = true;
            return &connections[i];
        }
    }
    return NULL;
}

static void on_done(void *user, const struct pvhop_error *err)
{
    (void)err;
    drop(user);
}

static void join(struct connection *c, struct pvhop_stream *far)
{
    struct pvhop_error err;
    struct pvhop_stream *local = c->local;

    c->local = NULL;
    c->pump = pvhop_pump_new(loop, local, far, 0, on_done, c, &err);
    if (!c->pump)
        drop(c);
}

/* ---- -L ---- */

static void on_opened(void *user, struct pvhop_stream *stream)
{
    struct connection *c = user;

    pvhop_sshdirect_free(c->direct);
    c->direct = NULL;
    join(c, stream);
}

static void on_open_failed(void *user, const struct pvhop_error *err)
{
    fprintf(stderr, "forward: %s %s\n", err->what, err->why);
    drop(user);
}

static void on_accept(void *user, unsigned events)
{
    static const struct pvhop_sshdirect_events direct = {.opened = on_opened,
                                                         .failed = on_open_failed};
    struct pvhop_endpoint to = {.host = "127.0.0.1", .port = target};
    struct pvhop_error err;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    struct connection *c;

    (void)user;
    (void)events;
    if (fd < 0)
        return;
    c = new_connection();
    if (!c) {
        close(fd);
        return;
    }
    c->local = pvhop_stream_from_socket(loop, fd, NULL, &err);
    if (c->local)
        c->direct = pvhop_sshlink_direct(link_, &to, &direct, c, &err);
    if (!c->direct)
        drop(c);
}

static void listen_here(void)
{
    struct sockaddr_in a = loopback(0);
    socklen_t len = sizeof(a);
    struct pvhop_error err;

    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&a, sizeof(a)) || listen(listener, 64) ||
        getsockname(listener, (struct sockaddr *)&a, &len)) {
        perror("forward: listen");
        exit(1);
    }
    listening = pvhop_watch_new(loop, listener, on_accept, NULL, &err);
    if (!listening)
        fail(&err);
    else
        pvhop_watch_set(listening, PVHOP_READ);
    printf("port %u\n", ntohs(a.sin_port));
    fflush(stdout);
}

/* ---- -R ---- */

static void on_bound(void *user, uint16_t port)
{
    (void)user;
    printf("port %u\n", port);
    fflush(stdout);
}

static void on_refused(void *user, const struct pvhop_error *err)
{
    (void)user;
    fail(err);
}

static void on_connection(void *user, struct pvhop_stream *stream)
{
    struct sockaddr_in a = loopback(target);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct connection *c = new_connection();
    struct pvhop_error err;

    (void)user;
    /* Loopback: it succeeds or fails at once. */
    if (!c || fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a))) {
        pvhop_stream_free(stream);
        if (fd >= 0)
            close(fd);
        if (c)
            drop(c);
        return;
    }
    c->local = pvhop_stream_from_socket(loop, fd, NULL, &err);
    if (c->local) {
        join(c, stream);
    } else {
        pvhop_stream_free(stream);
        drop(c);
    }
}

/* ---- the link ---- */

static void on_up(void *user)
{
    static const struct pvhop_sshforward_events forward = {
        .bound = on_bound, .refused = on_refused, .connection = on_connection};
    struct pvhop_endpoint where = {.host = "localhost"};
    struct pvhop_error err;

    (void)user;
    if (way == 'L') {
        listen_here();
        return;
    }
    remote = pvhop_sshlink_forward(link_, &where, &forward, NULL, &err);
    if (!remote)
        fail(&err);
}

static void on_down(void *user, const struct pvhop_error *err)
{
    (void)user;
    fail(err);
}

static void on_log(void *user, const char *text)
{
    (void)user;
    if (getenv("FORWARD_LOG"))
        fprintf(stderr, "%s\n", text);
}

static void on_input(void *user, unsigned events)
{
    char byte;

    (void)user;
    (void)events;
    if (read(0, &byte, 1) <= 0)
        pvhop_loop_stop(loop);
}

int main(int argc, char **argv)
{
    static const struct pvhop_sshlink_events events = {.up = on_up, .down = on_down, .log = on_log};
    struct pvhop_sshlink_config config = {0};
    struct pvhop_watch *input;
    struct pvhop_error err;
    int option;

    while ((option = getopt(argc, argv, "J:c:L:R:")) > 0) {
        if (option == 'J')
            config.jump = optarg;
        else if (option == 'c')
            config.ciphers = optarg;
        else if (option == 'L' || option == 'R')
            target = (uint16_t)atoi(optarg), way = (char)option;
        else
            return 64;
    }
    if (argc - optind != 2 || !way) {
        fprintf(stderr, "forward: see the head of forward.c\n");
        return 64;
    }
    pvhop_readahead_install();
    config.config_file = argv[optind];
    config.destination = argv[optind + 1];
    loop = pvhop_loop_new(&err);
    input = loop ? pvhop_watch_new(loop, 0, on_input, NULL, &err) : NULL;
    if (!input) {
        fprintf(stderr, "forward: %s\n", err.why);
        return 71;
    }
    pvhop_watch_set(input, PVHOP_READ);
    link_ = pvhop_sshlink_new(loop, &config, &events, NULL, &err);
    if (!link_)
        fail(&err);
    else if (pvhop_loop_run(loop, &err))
        fail(&err);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        drop(&connections[i]);
    pvhop_sshforward_free(remote);
    pvhop_sshlink_free(link_);
    pvhop_watch_free(listening);
    if (listener >= 0)
        close(listener);
    pvhop_watch_free(input);
    pvhop_loop_free(loop);
    return exit_code;
}
