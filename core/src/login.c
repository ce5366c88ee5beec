/* SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"
#include <pvhop/login.h>
#include <stdlib.h>
#include <string.h>

/* The shell has 15 s to come up; a file of /etc takes no time. */
#define SITE_MS 20000u
#define PROMPTS_MAX 32 /* a round of keyboard-interactive has a few */

struct pvhop_login {
    struct pvhop_loop *loop;
    struct pvhop_events *events;
    struct pvhop_login_handlers handlers;
    void *user;
    struct pvhop_sshlink *link;
    struct pvhop_control *control;
    struct pvhop_query *site_query; /* under way */
    struct pvhop_site *site;
    char *site_file;
    bool greeted;                /* the control channel answers */
    char unasked[512];           /* a question that nobody could be asked */
    unsigned asked[PROMPTS_MAX]; /* the questions that wait for an answer; 0: none */
};

static void on_phase(void *user, enum pvhop_sshlink_phase phase, const char *host, const char *text)
{
    static const enum pvhop_phase phases[] = {
        [PVHOP_SSH_CONFIG] = PVHOP_PHASE_CONFIG, [PVHOP_SSH_RESOLVE] = PVHOP_PHASE_RESOLVE,
        [PVHOP_SSH_CONNECT] = PVHOP_PHASE_SSH,   [PVHOP_SSH_HOSTKEY] = PVHOP_PHASE_HOSTKEY,
        [PVHOP_SSH_AUTH] = PVHOP_PHASE_AUTH,
    };
    struct pvhop_login *l = user;

    if (phase < PVHOP_SSH_UP)
        l->handlers.phase(l->user, phases[phase], *text ? text : host);
}

/* ---- questions ---- */

static void on_answer(void *user, unsigned prompt_id, const char *answer, bool asked)
{
    struct pvhop_login *l = user;

    for (size_t i = 0; i < PROMPTS_MAX; i++)
        if (l->asked[i] == prompt_id)
            l->asked[i] = 0;
    if (asked)
        *l->unasked = '\0';
    pvhop_sshlink_answer(l->link, prompt_id, answer);
}

static void on_prompt(void *user, const struct pvhop_prompt *prompt)
{
    struct pvhop_login *l = user;

    snprintf(l->unasked, sizeof(l->unasked), "%.150s: %.300s", prompt->host, prompt->text);
    for (size_t i = 0; i < PROMPTS_MAX; i++) {
        if (l->asked[i] == 0) {
            l->asked[i] = prompt->id;
            pvhop_events_prompt(l->events, prompt, on_answer, l);
            return;
        }
    }
    pvhop_sshlink_answer(l->link, prompt->id, NULL); /* no honest server asks that much at once */
}

/* Nobody waits for the answers any more. */
static void withdraw_prompts(struct pvhop_login *l)
{
    for (size_t i = 0; i < PROMPTS_MAX; i++) {
        if (l->asked[i] != 0)
            pvhop_events_prompt_cancel(l->events, l->asked[i]);
        l->asked[i] = 0;
    }
}

static void on_log(void *user, const char *text)
{
    struct pvhop_login *l = user;

    pvhop_events_log(l->events, "ssh", "%s", text);
}

static void on_ready(void *user)
{
    struct pvhop_login *l = user;

    l->greeted = true;
    if (!l->site_query)
        l->handlers.ready(l->user);
}

/* ---- what the site says of itself ---- */

/* Whatever is wrong with the description, it is no reason not to connect. */
static void on_site(void *user, int status, const char *output, size_t len)
{
    struct pvhop_login *l = user;
    struct pvhop_error err;

    l->site_query = NULL;
    if (status == 0 && len > 0 &&
        !(l->site = pvhop_site_parse(output, len, l->site_file, false, &err)))
        pvhop_events_log(l->events, "pvhop", "the site's description is not used: %s", err.why);
    if (l->greeted)
        l->handlers.ready(l->user);
}

static void ask_for_site(struct pvhop_login *l)
{
    struct pvhop_text t = {0};

    if (strcmp(l->site_file, "none") == 0)
        return;
    pvhop_text_addf(&t, "file=");
    pvhop_text_add_path(&t, l->site_file);
    pvhop_text_addf(&t, "\n[ ! -r \"$file\" ] || exec head -c %u \"$file\"", PVHOP_SITE_MAX + 1);
    if (!t.failed)
        l->site_query = pvhop_control_query(l->control, t.s, SITE_MS, on_site, l);
    pvhop_text_free(&t);
}

/* ---- in, and lost ---- */

static void on_control_failed(void *user, const struct pvhop_error *err)
{
    struct pvhop_login *l = user;

    l->handlers.lost(l->user, err);
}

static void on_up(void *user)
{
    static const struct pvhop_control_events events = {.ready = on_ready,
                                                       .failed = on_control_failed};
    struct pvhop_login *l = user;
    struct pvhop_error err;

    *l->unasked = '\0';
    l->control = pvhop_control_new(l->loop, l->link, &events, l, &err);
    if (!l->control) {
        l->handlers.lost(l->user, &err);
        return;
    }
    ask_for_site(l);
    l->handlers.in(l->user);
}

static void on_down(void *user, const struct pvhop_error *err)
{
    struct pvhop_login *l = user;
    struct pvhop_error better;

    if (*l->unasked) {
        pvhop_error_set(&better, PVHOP_E_NO_PROMPT, "%s\n%s", l->unasked, err->why);
        err = &better;
    }
    l->handlers.lost(l->user, err);
}

/* ---- life ---- */

static struct pvhop_login *start(struct pvhop_loop *loop, struct pvhop_sshlink_config *config,
                                 const struct pvhop_recipe *recipe, const char *site_file,
                                 struct pvhop_events *events,
                                 const struct pvhop_login_handlers *handlers, void *user,
                                 struct pvhop_error *err)
{
    static const struct pvhop_sshlink_events link_events = {
        .phase = on_phase, .prompt = on_prompt, .log = on_log, .up = on_up, .down = on_down};
    struct pvhop_login *l = calloc(1, sizeof(*l));

    if (!l || !(l->site_file = strdup(site_file))) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the login");
        pvhop_login_free(l);
        return NULL;
    }
    l->loop = loop;
    l->events = events;
    pvhop_login_hand_over(l, handlers, user);
    config->identity = pvhop_recipe_get(recipe, "identity");
    config->config_file = pvhop_recipe_get(recipe, "ssh-config");
    config->known_hosts = pvhop_recipe_get(recipe, "known-hosts");
    config->connect_ms = config->auth_ms =
        (unsigned)pvhop_recipe_number(recipe, "timeout", 15) * 1000;
    l->link = pvhop_sshlink_new(loop, config, &link_events, l, err);
    if (!l->link) {
        pvhop_login_free(l);
        return NULL;
    }
    return l;
}

struct pvhop_login *pvhop_login_new(struct pvhop_loop *loop, const struct pvhop_recipe *recipe,
                                    struct pvhop_events *events,
                                    const struct pvhop_login_handlers *handlers, void *user,
                                    struct pvhop_error *err)
{
    struct pvhop_sshlink_config config = {
        .destination = pvhop_recipe_get(recipe, "host"),
        .user = pvhop_recipe_get(recipe, "user"),
        .port = (uint16_t)pvhop_recipe_number(recipe, "port", 0),
        .jump = pvhop_recipe_get(recipe, "jump"),
    };

    return start(loop, &config, recipe, pvhop_recipe_get(recipe, "site-file"), events, handlers,
                 user, err);
}

struct pvhop_login *pvhop_login_through(struct pvhop_loop *loop, struct pvhop_sshlink *via,
                                        const char *host, const struct pvhop_recipe *recipe,
                                        struct pvhop_events *events,
                                        const struct pvhop_login_handlers *handlers, void *user,
                                        struct pvhop_error *err)
{
    struct pvhop_sshlink_config config = {
        .destination = host, .user = pvhop_sshlink_user(via), .jump = "none", .via = via};

    return start(loop, &config, recipe, "none", events, handlers, user, err);
}

void pvhop_login_hand_over(struct pvhop_login *l, const struct pvhop_login_handlers *handlers,
                           void *user)
{
    l->handlers = *handlers;
    l->user = user;
}

struct pvhop_sshlink *pvhop_login_link(struct pvhop_login *l)
{
    return l->link;
}

struct pvhop_control *pvhop_login_control(struct pvhop_login *l)
{
    return l->control;
}

const struct pvhop_site *pvhop_login_site(const struct pvhop_login *l)
{
    return l->site;
}

void pvhop_login_free(struct pvhop_login *l)
{
    if (!l)
        return;
    pvhop_control_free(l->control);
    withdraw_prompts(l);
    pvhop_sshlink_free(l->link);
    pvhop_site_free(l->site);
    free(l->site_file);
    free(l);
}
