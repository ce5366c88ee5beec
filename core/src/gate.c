/* SPDX-License-Identifier: BSD-3-Clause */
#include "gate.h"
#include "procnet.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 15000u
#define WAITING_MAX 512 /* more than come while one look is taken; the oldest goes first */

struct newcomer {
    struct pvhop_stream *stream;
    struct pvhop_endpoint from; /* the far end of its connection, as the front end sees it */
    bool asked;
};

struct pvhop_gate {
    struct pvhop_gate_config config;
    char *own_addresses;
    bool open;
    struct pvhop_query *look;
    struct newcomer at[WAITING_MAX];
    size_t waiting;
};

struct judging {
    const struct newcomer *newcomer;
    uint16_t port;
    long uid; /* -1: no such connection */
};

static void ask(struct pvhop_gate *g);

static bool judge_row(void *user, const struct pvhop_tcp_row *row)
{
    struct judging *j = user;

    if (row->local.port != j->newcomer->from.port || row->remote.port != j->port)
        return true;
    j->uid = row->uid;
    return false;
}

static bool is_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = words; len && (at = strstr(at, word)); at++)
        if ((at == words || strchr(" \n\t", at[-1])) && (!at[len] || strchr(" \n\t", at[len])))
            return true;
    return false;
}

/* From a node: the front end does not know whose it is there. */
static bool is_remote(const struct pvhop_gate *g, const struct newcomer *n)
{
    return g->own_addresses && *n->from.host && !pvhop_endpoint_is_loopback(&n->from) &&
           !is_word(g->own_addresses, n->from.host);
}

static void judge(struct pvhop_gate *g, struct newcomer *n, const char *table)
{
    struct judging j = {.newcomer = n, .port = g->config.port, .uid = -1};
    char text[512];

    pvhop_tcp_rows(table, judge_row, &j);
    if (j.uid == pvhop_control_uid(g->config.control) || (j.uid == -1 && is_remote(g, n))) {
        pvhop_listener_offer(g->config.listener, n->stream);
        return;
    }
    if (j.uid == -1)
        snprintf(text, sizeof(text),
                 "%s was dropped: it was gone before its owner could be looked up",
                 pvhop_stream_peer(n->stream));
    else
        snprintf(text, sizeof(text), "%s was dropped: it belongs to another user (uid %ld)",
                 pvhop_stream_peer(n->stream), j.uid);
    g->config.log(g->config.user, text);
    pvhop_stream_free(n->stream);
}

static void on_looked(void *user, int status, const char *output, size_t len)
{
    struct pvhop_gate *g = user;
    struct newcomer done[WAITING_MAX];
    size_t n_done = 0;

    (void)len;
    g->look = NULL;
    while (n_done < g->waiting && g->at[n_done].asked)
        n_done++;
    memcpy(done, g->at, n_done * sizeof(*done));
    g->waiting -= n_done;
    memmove(g->at, g->at + n_done, g->waiting * sizeof(*g->at));
    if (g->waiting > 0)
        ask(g);
    for (size_t i = 0; i < n_done; i++)
        judge(g, &done[i], status == 0 ? output : "");
}

static void ask(struct pvhop_gate *g)
{
    char script[256];

    /* Connections that are open and lead to the port; finding none is no failure. */
    snprintf(script, sizeof(script),
             "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -i ':%04X 01 '; true",
             g->config.port);
    for (size_t i = 0; i < g->waiting; i++)
        g->at[i].asked = true;
    g->look = pvhop_control_query(g->config.control, script, LOOK_MS, on_looked, g);
}

struct pvhop_gate *pvhop_gate_new(const struct pvhop_gate_config *config)
{
    struct pvhop_gate *g = calloc(1, sizeof(*g));

    if (!g)
        return NULL;
    g->config = *config;
    if (config->own_addresses && !(g->own_addresses = strdup(config->own_addresses))) {
        free(g);
        return NULL;
    }
    return g;
}

void pvhop_gate_offer(struct pvhop_gate *g, struct pvhop_stream *newcomer)
{
    const char *from = strstr(pvhop_stream_peer(newcomer), " from ");
    struct newcomer *n;

    if (g->open) {
        pvhop_listener_offer(g->config.listener, newcomer);
        return;
    }
    if (g->waiting == WAITING_MAX) {
        g->config.log(g->config.user,
                      "too many connections at once: the oldest unknown one was dropped");
        pvhop_stream_free(g->at[0].stream);
        memmove(g->at, g->at + 1, sizeof(g->at[0]) * --g->waiting);
    }
    n = &g->at[g->waiting++];
    *n = (struct newcomer){.stream = newcomer};
    if (from && strrchr(from, ':')) { /* an IPv6 address stands there without brackets */
        const char *colon = strrchr(from, ':');

        from += strlen(" from ");
        snprintf(n->from.host, sizeof(n->from.host), "%.*s", (int)(colon - from), from);
        n->from.port = (uint16_t)strtoul(colon + 1, NULL, 10);
    }
    if (!g->look)
        ask(g);
}

void pvhop_gate_open(struct pvhop_gate *g)
{
    g->open = true;
}

void pvhop_gate_free(struct pvhop_gate *g)
{
    if (!g)
        return;
    pvhop_query_free(g->look);
    for (size_t i = 0; i < g->waiting; i++)
        pvhop_stream_free(g->at[i].stream);
    free(g->own_addresses);
    free(g);
}
