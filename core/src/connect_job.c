/* SPDX-License-Identifier: BSD-3-Clause */
/* The middle states of connect.c: PREPARE, SUBMIT, QUEUE, START. */
#include "connect_private.h"
#include <stdlib.h>
#include <string.h>

/* ---- SUBMIT, QUEUE, START ---- */

static void on_job_line(void *user, const char *line)
{
    struct pvhop_connect *c = user;

    pvhop_events_log(c->events, "pvserver", "%s", line);
}

static void on_job_ended(void *user, int status, const char *last_words)
{
    struct pvhop_connect *c = user;
    struct pvhop_pump_counts counts = {0};
    enum pvhop_code code = PVHOP_E_PVSERVER_LOST;
    const char *place = pvhop_connect_place(c), *on = *place ? " on " : "";
    struct pvhop_error err;

    c->running = false;
    if (c->state == CLOSING) {
        /* It broke the session off and says now that it did not mean to. */
        if (c->leaving && c->server_first && status > 0)
            pvhop_error_set(&c->outcome, PVHOP_E_PVSERVER_LOST, "it ended%s%s with status %d%s%s",
                            on, place, status,
                            *last_words ? "; its last words:\n" : " without a word", last_words);
        pvhop_timer_start(c->closing, 0);
        return;
    }
    if (status < 0)
        return; /* nobody knows: the control channel died, which says why next */
    if (c->pump)
        pvhop_pump_stats(c->pump, &counts);
    if (c->state == SESSION && counts.b_ended)
        return; /* it went with its client, as it should: the pump ends the rest */
    if (c->state <= START)
        code = pvhop_job_is_batch(c->job) ? PVHOP_E_JOB_ENDED : PVHOP_E_PVSERVER_DIED;
    pvhop_error_set(&err, code, "it ended%s%s with status %d%s%s%s%s", on, place, status,
                    *last_words ? "; its last words:\n" : " without a word", last_words,
                    *c->last_stray ? "\nBefore that, " : "", c->last_stray);
    pvhop_connect_decide(c, &err);
}

static void start_waiting(struct pvhop_connect *c, const char *text)
{
    c->state = START;
    pvhop_connect_begin(c, PVHOP_PHASE_START, text);
    pvhop_connect_limit(c, "timeout-start");
}

static void on_job_submitted(void *user, const char *scheduler, const char *id)
{
    struct pvhop_connect *c = user;
    char text[256];

    if (c->state != SUBMIT)
        return;
    pvhop_events_phase(c->events, c->phase, PVHOP_PROGRESS, "Job %s submitted to %s", id,
                       scheduler);
    snprintf(text, sizeof(text), "Job %.100s waits in the queue", id);
    c->state = QUEUE;
    pvhop_connect_begin(c, PVHOP_PHASE_QUEUE, text);
    pvhop_connect_limit(c, "timeout-queue");
}

/* "3rd in the queue, in about 12 minutes (Priority)" */
static void say_queue(struct pvhop_connect *c, const struct pvhop_job_status *status)
{
    struct pvhop_text t = {0};

    if (status->position > 0)
        pvhop_text_addf(&t, "place %ld in the queue", status->position);
    if (status->starts_in_s >= 0)
        pvhop_text_addf(&t, "%sto start in about %ld min", t.len ? ", " : "",
                        (status->starts_in_s + 59) / 60);
    if (*status->reason)
        pvhop_text_addf(&t, "%s%s", t.len ? "; " : "", status->reason);
    if (t.len && strcmp(t.s, c->queue_words) != 0) {
        snprintf(c->queue_words, sizeof(c->queue_words), "%s", t.s);
        pvhop_events_phase(c->events, c->phase, PVHOP_PROGRESS, "%s", c->queue_words);
    }
    pvhop_text_free(&t);
}

static void on_job_state(void *user, const struct pvhop_job_status *status)
{
    struct pvhop_connect *c = user;
    struct pvhop_error err;
    char text[512];

    if (status->time_left_s >= 0)
        c->ends_ms = (int64_t)pvhop_loop_now_ms(c->loop) + status->time_left_s * 1000;
    if (*status->node)
        snprintf(c->node, sizeof(c->node), "%s", status->node);
    if (c->state != QUEUE)
        return;
    if (status->state == PVHOP_JOB_QUEUED && status->hopeless) {
        pvhop_error_set(&err, PVHOP_E_SUBMIT, "the job would never start: %s", status->reason);
        pvhop_error_remedy(&err, "Ask for what the queue can give: change --queue, --nodes, "
                                 "--processes, --memory, --walltime or --account.");
        pvhop_connect_decide(c, &err);
    } else if (status->state == PVHOP_JOB_QUEUED) {
        say_queue(c, status);
    } else if (status->state == PVHOP_JOB_STARTING || status->state == PVHOP_JOB_RUNNING) {
        snprintf(text, sizeof(text), "Starting pvserver %s%s%s%s", c->version,
                 *c->version ? " " : "", *c->node ? "on " : "in its job", c->node);
        start_waiting(c, text);
    }
}

static void on_job_where(void *user, const struct pvhop_job_where *where)
{
    struct pvhop_connect *c = user;
    char text[PVHOP_ENDPOINT_TEXT];

    if (c->decided || c->state < SUBMIT || c->state > START)
        return;
    if (c->state != START) /* it runs, whatever the batch system said last */
        start_waiting(c, "pvserver has started");
    if (pvhop_job_is_batch(c->job))
        snprintf(c->node, sizeof(c->node), "%s", where->at[0].host);
    if (c->call.hosts)
        pvhop_events_phase(c->events, c->phase, PVHOP_PROGRESS, "The job runs on %s", c->node);
    else
        pvhop_events_phase(c->events, c->phase, PVHOP_PROGRESS, "pvserver listens at %s",
                           pvhop_endpoint_print(&where->at[0], text));
    if (c->kind->reach)
        c->kind->reach(c->route, where);
}

/* From PREPARE, when both the route is open and pvserver was found to fit. */
static void start_pvserver(struct pvhop_connect *c)
{
    const char *mpi = pvhop_recipe_get(c->recipe, "mpi"),
               *queue = pvhop_recipe_get(c->recipe, "queue");
    struct pvhop_error err;
    char text[512];

    if (!c->route_ready || !c->checked || c->decided)
        return;
    c->call.connect_id = c->connect_id;
    c->call.proof = c->proof.asked ? &c->proof : NULL;
    if (pvhop_client_check(c->client, &err) != 0 || pvhop_job_start(c->job, &c->call, &err) != 0) {
        pvhop_connect_decide(c, &err);
        return;
    }
    c->running = true;
    if (pvhop_job_is_batch(c->job)) {
        c->state = SUBMIT;
        snprintf(text, sizeof(text), "Submitting the job%s%s", queue ? " to " : "",
                 queue ? queue : "");
        pvhop_connect_begin(c, PVHOP_PHASE_SUBMIT, text);
        pvhop_connect_limit(c, "timeout-start");
        return;
    }
    snprintf(text, sizeof(text), "Starting pvserver %s on %s%s%.200s", c->version,
             pvhop_control_host(c->control), mpi ? " with " : "", mpi ? mpi : "");
    start_waiting(c, text);
}

/* ---- PREPARE ---- */

static void open_route(struct pvhop_connect *c);

static void on_job_checked(void *user, const char *version)
{
    struct pvhop_connect *c = user;

    snprintf(c->version, sizeof(c->version), "%s", version);
    c->checked = true;
    if (c->site.expect.major == 0)
        sscanf(version, "%u.%u", &c->site.expect.major, &c->site.expect.minor);
    if (*version)
        pvhop_events_phase(c->events, c->phase, PVHOP_PROGRESS, "pvserver %s found", version);
    else
        pvhop_events_log(c->events, "pvhop",
                         "pvserver is not to be found on the front end; the node will tell");
    if (!c->route)
        open_route(c);
    start_pvserver(c);
}

static void on_job_failed(void *user, const struct pvhop_error *err)
{
    struct pvhop_connect *c = user;

    c->running = false;
    pvhop_connect_decide(c, err);
    if (c->state == CLOSING)
        pvhop_timer_start(c->closing, 0);
}

static void on_route_ready(void *user, const char *hosts, uint16_t port, const char *words)
{
    struct pvhop_connect *c = user;
    struct pvhop_error err;

    pvhop_timer_stop(c->limit);
    if (hosts && !(c->hosts = strdup(hosts))) {
        pvhop_error_set(&err, PVHOP_E_MEMORY, "no room for the route's address");
        pvhop_connect_decide(c, &err);
        return;
    }
    c->call.hosts = c->hosts;
    c->call.port = port;
    c->route_ready = true;
    pvhop_events_phase(c->events, c->phase, PVHOP_PROGRESS, "%s", words);
    start_pvserver(c);
}

static void on_route_tell(void *user, uint16_t port, const char *words)
{
    struct pvhop_connect *c = user;

    pvhop_events_phase(c->events, c->phase, PVHOP_PROGRESS, "%s", words);
    pvhop_job_tell(c->job, port);
}

static void on_route_failed(void *user, const struct pvhop_error *err)
{
    pvhop_connect_decide(user, err);
}

static void on_route_log(void *user, const char *text)
{
    struct pvhop_connect *c = user;

    pvhop_events_log(c->events, "listener", "%s", text);
}

/* What pvserver must prove. The client's version, where it is known, is the one that counts. */
static struct pvhop_paraview expected(const struct pvhop_connect *c)
{
    const char *version = pvhop_recipe_get(c->recipe, "client-version");
    struct pvhop_paraview expect = {.connect_id = c->connect_id, .id_size = -1};

    if (!version || sscanf(version, "%u.%u", &expect.major, &expect.minor) != 2)
        expect.major = expect.minor = 0;
    return expect;
}

/* Which route is the best may depend on where pvserver runs, so this may wait for the job's check.
 */
static void open_route(struct pvhop_connect *c)
{
    static const struct pvhop_route_events events = {.ready = on_route_ready,
                                                     .tell = on_route_tell,
                                                     .arrived = pvhop_connect_arrived,
                                                     .failed = on_route_failed,
                                                     .log = on_route_log};
    const char *name = pvhop_recipe_get(c->recipe, "route");
    struct pvhop_error err;

    c->site.batch = pvhop_job_is_batch(c->job);
    c->kind = pvhop_route_find(name, &err);
    if (c->kind)
        c->route = c->kind->open(&c->site, &events, c, &err);
    if (!c->route)
        pvhop_connect_decide(c, &err);
}

/* What the site says of itself on the host: under what the user says, policy over it. */
static int take_site(struct pvhop_connect *c, struct pvhop_error *err)
{
    const struct pvhop_site *site = pvhop_login_site(c->login);
    const char *version = pvhop_recipe_get(c->recipe, "site-version");
    const struct pvhop_site_info *info;

    if (!site)
        return 0;
    info = pvhop_site_about(site);
    c->machine =
        pvhop_site_find(site, pvhop_recipe_get(c->recipe, "host"), pvhop_control_host(c->control));
    pvhop_events_phase(c->events, c->phase, PVHOP_PROGRESS,
                       "%.200s describes itself%s%.60s%s%.200s", info->name,
                       *info->version ? ", version " : "", info->version, c->machine ? ": " : "",
                       c->machine ? c->machine->name : "");
    if (version && pvhop_site_is_newer(site, version))
        pvhop_events_phase(
            c->events, c->phase, PVHOP_PROGRESS,
            "This entry is of version %.60s of the site's bundle; there is %.60s%s%.300s", version,
            info->version, *info->fetch ? ", at " : "", info->fetch);
    if (pvhop_site_fill(site, c->machine, true, c->recipe, err) != 0 ||
        pvhop_site_enforce(site, c->machine, c->recipe, err) != 0)
        return -1;
    return pvhop_recipe_check(c->recipe, err);
}

void pvhop_connect_prepare(void *user)
{
    static const struct pvhop_listener_events listener_events = {.arrived = pvhop_connect_arrived,
                                                                 .stray = pvhop_connect_stray};
    static const struct pvhop_job_events job_events = {.checked = on_job_checked,
                                                       .submitted = on_job_submitted,
                                                       .state = on_job_state,
                                                       .where = on_job_where,
                                                       .line = on_job_line,
                                                       .ended = on_job_ended,
                                                       .failed = on_job_failed};
    struct pvhop_connect *c = user;
    struct pvhop_listener_config config = {.expect = expected(c)};
    struct pvhop_error err;

    if (c->decided)
        return;
    c->state = PREPARE;
    if (take_site(c, &err) != 0) {
        pvhop_connect_decide(c, &err);
        return;
    }
    pvhop_connect_begin(c, PVHOP_PHASE_TUNNEL, "Opening the way back and looking for pvserver");
    pvhop_connect_limit(c, "timeout");
    c->listener = pvhop_listener_new(c->loop, &config, &listener_events, c, &err);
    if (c->listener) {
        c->site = (struct pvhop_route_site){.loop = c->loop,
                                            .link = c->link,
                                            .control = c->control,
                                            .listener = c->listener,
                                            .recipe = c->recipe,
                                            .events = c->events,
                                            .described = pvhop_login_site(c->login),
                                            .machine = c->machine,
                                            .expect = config.expect,
                                            .no_upload = &c->no_upload,
                                            .proof = &c->proof};
        c->job = pvhop_job_new(c->loop, c->control, c->recipe, &job_events, c, &err);
    }
    if (!c->job)
        pvhop_connect_decide(c, &err);
    else if (strcmp(pvhop_recipe_get(c->recipe, "scheduler"), "auto") == 0)
        pvhop_timer_stop(c->limit); /* the check has a limit of its own */
    else
        open_route(c);
}
