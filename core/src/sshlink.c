/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a link: plan, then hop by hop a login on a worker, then up; limits; the end. */
#include "sshlink_private.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LIMIT_MS = 15000 };

struct pvhop_sshlink {
    struct pvhop_loop *loop;
    struct pvhop_sshlink_events events;
    void *user;
    char *ciphers;
    unsigned connect_ms, auth_ms;
    char host[PVHOP_HOST_MAX + 1];
    char description[512], login[128];
    struct pvhop_sshlink_facts facts;

    struct ssh_work *work; /* the plan, or the login to the hop that is next */
    struct pvhop_watch *notes;
    /* While a person is asked, the worker does not look at its socket: we do, at a copy of it. */
    struct pvhop_watch *asking;
    int asking_fd;
    unsigned prompts;           /* ids given out by earlier works */
    char asker[400];            /* user@host of the present login */
    struct ssh_settings **plan; /* one a hop; taken from as logins start */
    struct ssh_hop **hops;
    size_t n_planned, n_hops;
    struct pvhop_sshdirect *direct; /* the way to the next hop, while it is opened */
    struct pvhop_sshlink *via;      /* where the first hop is reached from; NULL: here */
    struct pvhop_pump *via_pump;    /* carries that hop's session */

    struct pvhop_timer *limit;
    uint64_t limit_end, limit_left; /* ms; left: while a person is asked */
    unsigned limit_ms;
    bool up, down;
    unsigned busy; /* calls out that are under way: the memory stays until they are back */
    bool gone;
};

static void login_next(struct pvhop_sshlink *l);

static void asking_over(struct pvhop_sshlink *l)
{
    if (!l->asking)
        return;
    pvhop_watch_free(l->asking);
    close(l->asking_fd);
    l->asking = NULL;
}

static void drop_work(struct pvhop_sshlink *l)
{
    if (!l->work)
        return;
    asking_over(l);
    l->prompts = l->work->asked > l->prompts ? l->work->asked : l->prompts;
    pvhop_watch_free(l->notes);
    l->notes = NULL;
    pvhop_ssh_work_drop(l->work);
    l->work = NULL;
}

/* The end, once. The hops stay for those that hold streams of them. */
static void end(struct pvhop_sshlink *l, const struct pvhop_error *err)
{
    struct pvhop_error copy = *err;
    if (l->down)
        return;
    l->down = true;
    pvhop_timer_stop(l->limit);
    drop_work(l);
    pvhop_sshdirect_free(l->direct);
    l->direct = NULL;
    if (!l->up)
        while (l->n_hops)
            pvhop_ssh_hop_free(l->hops[--l->n_hops]);
    if (l->events.down)
        l->events.down(l->user, &copy);
}

void pvhop_sshlink_hop_lost(struct pvhop_sshlink *l, struct ssh_hop *hop)
{
    struct pvhop_error err;
    pvhop_ssh_hop_error(hop, &err);
    end(l, &err);
}

/* ---- questions ---- */

/* An answer to a host that has gone would be of no use. */
static void on_asking(void *user, unsigned events)
{
    struct pvhop_sshlink *l = user;
    struct pvhop_error err;
    char byte;
    ssize_t n = recv(l->asking_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    (void)events;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0) { /* for the worker to read; an end behind it is seen when the socket is broken */
        pvhop_watch_set(l->asking, PVHOP_HUP);
        return;
    }
    pvhop_error_set(&err, PVHOP_E_SSH_LOST,
                    "%s: the host ended the connection before the question "
                    "was answered%s%s",
                    l->asker, n < 0 ? ": " : "", n < 0 ? strerror(errno) : "");
    l->busy++;
    end(l, &err);
    if (--l->busy == 0 && l->gone)
        free(l);
}

static void watch_asking(struct pvhop_sshlink *l)
{
    if (l->asking || l->work->fd < 0 || (l->asking_fd = fcntl(l->work->fd, F_DUPFD_CLOEXEC, 3)) < 0)
        return;
    l->asking = pvhop_watch_new(l->loop, l->asking_fd, on_asking, l, NULL);
    if (l->asking)
        pvhop_watch_set(l->asking, PVHOP_READ);
    else
        close(l->asking_fd);
}

/* ---- limits ---- */

static void start_limit(struct pvhop_sshlink *l, unsigned ms)
{
    l->limit_ms = ms;
    l->limit_left = 0;
    l->limit_end = pvhop_loop_now_ms(l->loop) + ms;
    pvhop_timer_start(l->limit, ms);
}

/* What people take to answer does not count. */
static void pause_limit(struct pvhop_sshlink *l)
{
    uint64_t now = pvhop_loop_now_ms(l->loop);
    if (pvhop_timer_running(l->limit))
        l->limit_left = l->limit_end > now ? l->limit_end - now : 1;
    pvhop_timer_stop(l->limit);
}

static void resume_limit(struct pvhop_sshlink *l)
{
    if (!l->limit_left || pvhop_timer_running(l->limit))
        return;
    l->limit_end = pvhop_loop_now_ms(l->loop) + l->limit_left;
    pvhop_timer_start(l->limit, l->limit_left);
}

static void on_limit(void *user)
{
    struct pvhop_sshlink *l = user;
    struct pvhop_error err;
    const char *with = NULL;
    if (l->work) {
        pthread_mutex_lock(&l->work->lock);
        with = l->work->busy_with;
        pthread_mutex_unlock(&l->work->lock);
    }
    pvhop_error_set(&err, PVHOP_E_TIMEOUT, "%s: %s within %u.%u s", l->asker,
                    with ? with : "the login did not end", l->limit_ms / 1000,
                    l->limit_ms % 1000 / 100);
    end(l, &err);
}

/* ---- hop by hop ---- */

static void tunnel_ended(void *user, const struct pvhop_error *err)
{
    (void)err; /* the session above sees the end of its socket and says so */
    struct pvhop_pump **place = user, *pump = *place;
    *place = NULL;
    pvhop_pump_free(pump);
}

static void login_done(struct pvhop_sshlink *l)
{
    struct pvhop_error err;
    struct ssh_work *w = l->work;
    struct ssh_hop *hop = pvhop_ssh_hop_new(l, l->loop, w, &err);
    if (!hop) {
        end(l, &err);
        return;
    }
    snprintf(l->login, sizeof l->login, "%s", w->settings->user);
    snprintf(l->description, sizeof l->description, "%.100s@%.300s (%s)", w->settings->user,
             w->settings->hostname, w->method);
    l->hops[l->n_hops++] = hop;
    pvhop_timer_stop(l->limit);
    drop_work(l);
    if (l->n_hops < l->n_planned) {
        login_next(l);
        return;
    }
    l->up = true;
    if (l->events.phase)
        l->events.phase(l->user, PVHOP_SSH_UP, l->asker, "Logged in");
    if (!l->gone && l->events.up)
        l->events.up(l->user);
}

static void plan_done(struct pvhop_sshlink *l)
{
    struct ssh_plan *p = l->work->plan;
    struct pvhop_error err;
    l->plan = p->hops;
    l->n_planned = p->n;
    p->hops = NULL;
    p->n = 0;
    drop_work(l);
    snprintf(l->host, sizeof l->host, "%s", l->plan[l->n_planned - 1]->hostname);
    l->hops = calloc(l->n_planned, sizeof(struct ssh_hop *));
    if (!l->hops) {
        pvhop_error_set(&err, PVHOP_E_MEMORY, "for the hops to %s", l->host);
        end(l, &err);
        return;
    }
    login_next(l);
}

static void take_facts(struct pvhop_sshlink *l)
{
    const struct ssh_work *w = l->work;
    l->facts = w->facts;
    pvhop_make_printable(l->facts.server);
    snprintf(l->facts.user, sizeof l->facts.user, "%s", w->settings->user);
    snprintf(l->facts.used, sizeof l->facts.used, "%s", w->ok ? w->method : "");
}

/* Passes one note on. Returns false if the work is over. */
static bool pass_on(struct pvhop_sshlink *l, const struct ssh_note *n)
{
    bool over = false;
    switch (n->kind) {
    case SSH_NOTE_PHASE:
        if (n->phase == PVHOP_SSH_AUTH)
            start_limit(l, l->auth_ms);
        if (l->events.phase)
            l->events.phase(l->user, n->phase, l->asker, n->text ? n->text : "");
        break;
    case SSH_NOTE_LOG:
        if (l->events.log && n->text)
            l->events.log(l->user, n->text);
        break;
    case SSH_NOTE_PROMPT:
        pause_limit(l);
        watch_asking(l);
        if (l->events.prompt) {
            struct pvhop_prompt p = {.id = n->id,
                                     .kind = n->prompt,
                                     .host = l->asker,
                                     .text = n->text ? n->text : "",
                                     .server_text = n->server_text,
                                     .fingerprint = n->fingerprint,
                                     .echo = n->echo,
                                     .index = n->index,
                                     .count = n->count};
            l->events.prompt(l->user, &p);
        } else {
            pvhop_ssh_work_answer(l->work, n->id, NULL);
        }
        break;
    case SSH_NOTE_PROMPT_OVER:
        asking_over(l);
        resume_limit(l);
        break;
    case SSH_NOTE_END:
        over = true;
        if (!l->work->plan)
            take_facts(l);
        if (!l->work->ok) {
            struct pvhop_error err = l->work->err;
            if (!err.code)
                pvhop_error_set(&err, PVHOP_E_INTERNAL, "the login to %s ended without a reason",
                                l->asker);
            end(l, &err);
        } else if (l->work->plan) {
            plan_done(l);
        } else {
            login_done(l);
        }
        break;
    }
    return !over;
}

static void on_notes(void *user, unsigned events)
{
    (void)events;
    struct pvhop_sshlink *l = user;
    struct ssh_work *w = l->work;
    struct ssh_note *n;
    bool more = true;
    l->busy++;
    while (more && !l->gone && l->work == w && (n = pvhop_ssh_work_note(w))) {
        more = pass_on(l, n);
        pvhop_ssh_note_free(n);
    }
    if (--l->busy == 0 && l->gone)
        free(l);
}

static int start_work(struct pvhop_sshlink *l, struct ssh_work *w, struct pvhop_error *err)
{
    w->asked = w->answered = l->prompts;
    l->work = w;
    l->notes = pvhop_watch_new(l->loop, w->wake_fd, on_notes, l, err);
    if (!l->notes) {
        /* it never started: both references are ours */
        w->ended = true;
        w->refs = 1;
        pvhop_ssh_work_drop(w);
        l->work = NULL;
        return -1;
    }
    pvhop_watch_set(l->notes, PVHOP_READ);
    if (pvhop_ssh_work_start(w)) {
        drop_work(l);
        return pvhop_error_set(err, PVHOP_E_SYSTEM, "a thread for the login could not be started");
    }
    return 0;
}

/* Starts the login to the next hop; `transport`: the socket through the hop before, -1: dial. Taken
 * over. */
static void start_login(struct pvhop_sshlink *l, int transport)
{
    struct pvhop_error err;
    struct ssh_work *w = pvhop_ssh_work_new(pvhop_ssh_login_run);
    if (!w) {
        if (transport >= 0)
            close(transport);
        pvhop_error_set(&err, PVHOP_E_MEMORY, "for the login to %s", l->asker);
        end(l, &err);
        return;
    }
    w->settings = l->plan[l->n_hops];
    l->plan[l->n_hops] = NULL;
    w->transport = transport;
    w->auth_ms = l->auth_ms;
    w->pinned_ciphers = l->ciphers ? strdup(l->ciphers) : NULL;
    if (start_work(l, w, &err))
        end(l, &err);
}

static void way_opened(void *user, struct pvhop_stream *stream)
{
    struct pvhop_sshlink *l = user;
    struct pvhop_error err;
    int pair[2];
    struct pvhop_sshdirect *d = l->direct;
    l->direct = NULL;
    pvhop_sshdirect_free(d);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
        pvhop_error_set(&err, PVHOP_E_SYSTEM, "socketpair: %s", strerror(errno));
        pvhop_stream_free(stream);
        end(l, &err);
        return;
    }
    /* until the hop above exists, the one below keeps the pump for it */
    struct pvhop_pump **place = l->n_hops ? &l->hops[l->n_hops - 1]->pump : &l->via_pump;
    struct pvhop_stream *inner =
        pvhop_stream_from_socket(l->loop, pair[0], "the next hop's session", &err);
    struct pvhop_pump *pump = NULL;
    if (inner)
        pump = pvhop_pump_new(l->loop, stream, inner, 0, tunnel_ended, place, &err);
    else
        pvhop_stream_free(stream);
    if (!pump) {
        close(pair[1]);
        end(l, &err);
        return;
    }
    *place = pump;
    start_login(l, pair[1]);
}

static void way_failed(void *user, const struct pvhop_error *err)
{
    struct pvhop_sshlink *l = user;
    struct pvhop_sshdirect *d = l->direct;
    l->direct = NULL;
    pvhop_sshdirect_free(d);
    end(l, err);
}

static void login_next(struct pvhop_sshlink *l)
{
    const struct ssh_settings *s = l->plan[l->n_hops];
    struct pvhop_error err;
    snprintf(l->asker, sizeof l->asker, "%.100s@%.255s", s->user, s->hostname);
    unsigned ms = l->connect_ms          ? l->connect_ms
                  : s->connect_timeout_s ? s->connect_timeout_s * 1000
                                         : LIMIT_MS;
    start_limit(l, ms);
    if (l->n_hops == 0 && !l->via) {
        start_login(l, -1);
        return;
    }
    struct pvhop_endpoint to = {.port = s->port};
    static const struct pvhop_sshdirect_events events = {way_opened, way_failed};
    snprintf(to.host, sizeof to.host, "%s", s->hostname);
    struct ssh_hop *before =
        l->n_hops ? l->hops[l->n_hops - 1] : pvhop_sshlink_last_hop(l->via, &err);
    if (before)
        l->direct = pvhop_ssh_direct_new(before, &to, &events, l, &err);
    if (!l->direct)
        end(l, &err);
}

/* ---- the public face ---- */

static int copy(char **to, const char *from)
{
    *to = from && *from ? strdup(from) : NULL;
    return from && *from && !*to ? -1 : 0;
}

struct pvhop_sshlink *pvhop_sshlink_new(struct pvhop_loop *loop,
                                        const struct pvhop_sshlink_config *config,
                                        const struct pvhop_sshlink_events *events, void *user,
                                        struct pvhop_error *err)
{
    struct ssh_destination to;
    if (pvhop_ssh_destination_parse(config->destination, &to, err))
        return NULL;
    struct pvhop_sshlink *l = calloc(1, sizeof *l);
    struct ssh_work *w = pvhop_ssh_work_new(pvhop_ssh_plan_run);
    struct ssh_plan *p = calloc(1, sizeof *p);
    bool ok = l && w && p;
    if (ok) {
        l->loop = loop;
        l->events = *events;
        l->user = user;
        l->via = config->via;
        l->connect_ms = config->connect_ms;
        l->auth_ms = config->auth_ms ? config->auth_ms : LIMIT_MS;
        l->limit = pvhop_timer_new(loop, on_limit, l);
        snprintf(l->host, sizeof l->host, "%s", to.host);
        snprintf(l->asker, sizeof l->asker, "%s", to.host);
        p->port = config->port;
        p->connect_ms = config->connect_ms;
        ok = l->limit && !copy(&l->ciphers, config->ciphers) &&
             !copy(&p->destination, config->destination) && !copy(&p->user, config->user) &&
             !copy(&p->identity, config->identity) && !copy(&p->jump, config->jump) &&
             !copy(&p->config_file, config->config_file) &&
             !copy(&p->known_hosts, config->known_hosts);
    }
    if (!ok) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the connection to %s", config->destination);
        pvhop_ssh_plan_free(p);
        if (w) {
            w->ended = true;
            w->refs = 1;
            pvhop_ssh_work_drop(w);
        }
        pvhop_sshlink_free(l);
        return NULL;
    }
    w->plan = p;
    if (start_work(l, w, err)) {
        pvhop_sshlink_free(l);
        return NULL;
    }
    return l;
}

void pvhop_sshlink_answer(struct pvhop_sshlink *l, unsigned prompt_id, const char *answer)
{
    if (l->work)
        pvhop_ssh_work_answer(l->work, prompt_id, answer);
}

void pvhop_sshlink_free(struct pvhop_sshlink *l)
{
    if (!l)
        return;
    l->gone = true;
    l->down = true;
    drop_work(l);
    pvhop_timer_free(l->limit);
    pvhop_sshdirect_free(l->direct);
    while (l->n_hops)
        pvhop_ssh_hop_free(l->hops[--l->n_hops]);
    pvhop_pump_free(l->via_pump);
    l->via_pump = NULL;
    for (size_t i = 0; l->plan && i < l->n_planned; i++)
        pvhop_ssh_settings_free(l->plan[i]);
    free(l->plan);
    free(l->hops);
    free(l->ciphers);
    l->plan = NULL;
    l->hops = NULL;
    l->ciphers = NULL;
    l->limit = NULL;
    l->direct = NULL;
    if (!l->busy)
        free(l);
}

const char *pvhop_sshlink_description(const struct pvhop_sshlink *l)
{
    return l->up ? l->description : "";
}

const char *pvhop_sshlink_user(const struct pvhop_sshlink *l)
{
    return l->up ? l->login : "";
}

const char *pvhop_sshlink_host(const struct pvhop_sshlink *l)
{
    return l->host;
}

const struct pvhop_sshlink_facts *pvhop_sshlink_facts(const struct pvhop_sshlink *l)
{
    return &l->facts;
}

struct ssh_hop *pvhop_sshlink_last_hop(struct pvhop_sshlink *l, struct pvhop_error *err)
{
    struct ssh_hop *hop = l->up && l->n_hops ? l->hops[l->n_hops - 1] : NULL;
    if (!hop) {
        pvhop_error_set(err, PVHOP_E_INTERNAL, "%s: not logged in yet", l->host);
        return NULL;
    }
    if (hop->lost || l->down) {
        if (hop->lost)
            pvhop_ssh_hop_error(hop, err);
        else
            pvhop_error_set(err, PVHOP_E_SSH_LOST, "%s: a hop before it was lost", l->host);
        return NULL;
    }
    return hop;
}
