/* SPDX-License-Identifier: BSD-3-Clause */
#include "client.h"
#include <errno.h>
#include <pvhop/greet.h>
#include <pvhop/listener.h>
#include <pvhop/peer.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOIN_MS 60000u /* a busy GUI may take its time to come to its socket */

struct pvhop_client {
    struct pvhop_loop *loop;
    struct pvhop_client_events events;
    void *user;
    bool connects; /* and does not listen */
    struct pvhop_endpoint where;
    int reserved;               /* the port of `where`, before it is listened on; -1 */
    struct pvhop_paraview self; /* what the client is to see and to show */
    struct pvhop_timer *limit;
    int fd; /* connecting; -1 */
    struct pvhop_watch *watch;
    struct pvhop_greet *greet;
    struct pvhop_listener *listener;
};

int pvhop_client_check(const struct pvhop_client *c, struct pvhop_error *err)
{
    int64_t uid;

    if (c->connects)
        return 0;
    uid = pvhop_listening_uid(&c->where);
    if (uid == -1)
        return pvhop_error_set(err, PVHOP_E_CLIENT, "nothing listens on port %u of this computer",
                               c->where.port);
    if (uid != (int64_t)getuid())
        return pvhop_error_set(err, PVHOP_E_CLIENT,
                               "port %u of this computer belongs to another user (uid %lld)",
                               c->where.port, (long long)uid);
    return 0;
}

static void fail(struct pvhop_client *c, const struct pvhop_error *err)
{
    pvhop_timer_stop(c->limit);
    c->events.failed(c->user, err);
}

/* ---- the client listens ---- */

static void on_arrived(void *user, const struct pvhop_arrival *arrival)
{
    struct pvhop_client *c = user;

    pvhop_timer_stop(c->limit);
    c->events.joined(c->user, arrival->stream, arrival->rest, arrival->rest_len);
}

static void on_greet_failed(void *user, const struct pvhop_error *err)
{
    struct pvhop_client *c = user;
    struct pvhop_error told = *err;

    snprintf(told.why, sizeof(told.why), "port %u of this computer: %.1900s", c->where.port,
             err->why);
    fail(c, &told);
}

static void connect_failed(struct pvhop_client *c, int number)
{
    struct pvhop_error err;
    char text[PVHOP_ENDPOINT_TEXT];

    pvhop_error_set(&err, PVHOP_E_CLIENT, "the client at %s does not answer: %s",
                    pvhop_endpoint_print(&c->where, text), strerror(number));
    fail(c, &err);
}

static void on_connected(void *user, unsigned events)
{
    static const struct pvhop_greet_events greet_events = {.done = on_arrived,
                                                           .failed = on_greet_failed};
    struct pvhop_client *c = user;
    struct pvhop_stream *stream;
    struct pvhop_error err;
    int number = 0, fd = c->fd;
    socklen_t len = sizeof(number);

    (void)events;
    pvhop_watch_free(c->watch);
    c->watch = NULL;
    c->fd = -1;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &len) != 0)
        number = errno;
    if (number != 0) {
        close(fd);
        connect_failed(c, number);
        return;
    }
    stream = pvhop_stream_from_socket(c->loop, fd, NULL, &err);
    if (stream)
        c->greet = pvhop_greet_new(c->loop, stream, PVHOP_PLAY_CONNECTOR, &c->self, JOIN_MS,
                                   &greet_events, c, &err);
    if (!c->greet)
        fail(c, &err);
}

static int start_connect(struct pvhop_client *c, struct pvhop_error *err)
{
    struct sockaddr_storage to;
    socklen_t len;

    if (pvhop_endpoint_to_sockaddr(&c->where, AF_INET, &to, &len, err) != 0)
        return -1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return pvhop_error_set(err, PVHOP_E_SYSTEM, "no socket for the client: %s",
                               strerror(errno));
    if (connect(c->fd, (struct sockaddr *)&to, len) != 0 && errno != EINPROGRESS)
        return pvhop_error_set(err, PVHOP_E_CLIENT, "the client at port %u does not answer: %s",
                               c->where.port, strerror(errno));
    c->watch = pvhop_watch_new(c->loop, c->fd, on_connected, c, err);
    if (!c->watch)
        return -1;
    pvhop_watch_set(c->watch, PVHOP_WRITE);
    return 0;
}

/* ---- the client connects ---- */

static void on_stray(void *user, const char *peer, const struct pvhop_error *why)
{
    struct pvhop_client *c = user;
    char text[1024];

    snprintf(text, sizeof(text), "%s was dropped: %.600s", peer, why->why);
    if (c->events.log)
        c->events.log(c->user, text);
}

static int start_listen(struct pvhop_client *c, struct pvhop_error *err)
{
    static const struct pvhop_listener_events listener_events = {.arrived = on_arrived,
                                                                 .stray = on_stray};
    struct pvhop_listener_config config = {.expect = c->self, .same_user = true};
    int fd = c->reserved;

    c->listener = pvhop_listener_new(c->loop, &config, &listener_events, c, err);
    if (!c->listener)
        return -1;
    c->reserved = -1;
    return fd >= 0 ? pvhop_listener_open_reserved(c->listener, fd, err)
                   : pvhop_listener_bind(c->listener, &c->where, &c->where, err);
}

/* ---- both ---- */

static void too_slow(void *user)
{
    struct pvhop_client *c = user;
    struct pvhop_error err;
    char text[PVHOP_ENDPOINT_TEXT];

    pvhop_error_set(&err, PVHOP_E_CLIENT,
                    c->listener ? "the client did not come to %s within %u seconds"
                                : "the client at %s did not finish its handshake within %u seconds",
                    pvhop_endpoint_print(&c->where, text), JOIN_MS / 1000);
    fail(c, &err);
}

struct pvhop_client *pvhop_client_new(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                      const struct pvhop_client_events *events, void *user,
                                      struct pvhop_error *err)
{
    struct pvhop_client *c = calloc(1, sizeof(*c));

    if (!c) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the client's connection");
        return NULL;
    }
    c->loop = loop;
    c->events = *events;
    c->user = user;
    c->fd = c->reserved = -1;
    c->connects = strcmp(pvhop_recipe_get(recipe, "client"), "connects") == 0;
    c->where.port = (uint16_t)pvhop_recipe_number(recipe, "client-port", 11111);
    snprintf(c->where.host, sizeof(c->where.host), "127.0.0.1");
    if (c->connects && !pvhop_recipe_is_set(recipe, "client-port"))
        c->where.port = 0;
    c->self.connect_id = (int32_t)pvhop_recipe_number(recipe, "connect-id", 0);
    c->limit = pvhop_timer_new(loop, too_slow, c);
    if (!c->limit) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the client's connection");
        goto fail;
    }
    if (c->connects && c->where.port != 0 &&
        (c->reserved = pvhop_listener_reserve(&c->where, err)) < 0)
        goto fail;
    return c;
fail:
    pvhop_client_free(c);
    return NULL;
}

int pvhop_client_bring(struct pvhop_client *c, const struct pvhop_paraview *server,
                       struct pvhop_error *err)
{
    int32_t connect_id = c->self.connect_id;

    c->self = *server;
    c->self.connect_id = connect_id;
    pvhop_timer_start(c->limit, JOIN_MS);
    if (!c->connects)
        return start_connect(c, err);
    if (start_listen(c, err) != 0)
        return -1;
    c->events.open(c->user, &c->where);
    return 0;
}

void pvhop_client_free(struct pvhop_client *c)
{
    if (!c)
        return;
    pvhop_timer_free(c->limit);
    pvhop_watch_free(c->watch);
    if (c->fd >= 0)
        close(c->fd);
    if (c->reserved >= 0)
        close(c->reserved);
    pvhop_greet_free(c->greet);
    pvhop_listener_free(c->listener);
    free(c);
}
