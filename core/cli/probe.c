/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The verb probe: a test of a site, and with --then-connect a connection on the same login. Who
 * starts it: a person, a script (--json), the wizard (--events, --answers).
 */
#include "look.h"
#include "probe_table.h"
#include <jansson.h>
#include <pvhop/probe.h>
#include <stdlib.h>
#include <string.h>

struct words {
    struct cli_look look;
    bool then_connect, ask_node;
    struct pvhop_probe *probe;
    bool waiting; /* the result was told, the login is kept */
};

static const struct cli_option options[] = {
    {"json", NULL, "Print the result as one JSON object"},
    {"ask-node", NULL,
     "Submit a job of a moment, which tells by which names and addresses a node reaches the host"},
    {"then-connect", NULL,
     "Stay logged in after the test, and connect as a line on --answers says: one login for both"},
    CLI_RUN_OPTIONS,
};

static const struct cli_example examples[] = {
    {"What a site allows, and which route is the best there:", "pvhop probe alice@fe.site.org"},
    {"The same, and how its nodes see it:",
     "pvhop probe alice@fe.site.org --ask-node --queue short"},
    {"For a script:", "pvhop probe fe.site.org --json"},
    {0},
};

/* ---- arguments ---- */

static struct words *words_of(struct cli_look *look)
{
    return (struct words *)look; /* its first member */
}

static void on_option(struct cli_look *look, const char *name, const char *value)
{
    (void)value;
    if (strcmp(name, "ask-node") == 0)
        words_of(look)->ask_node = true;
    else
        words_of(look)->then_connect = true;
}

static int check(const struct cli_look *look, struct pvhop_error *err)
{
    const struct words *words = (const struct words *)look;

    if (words->then_connect && look->run.answers_fd < 0)
        return pvhop_error_set(err, PVHOP_E_USAGE, "--then-connect needs --answers");
    return 0;
}

/* ---- the connection after the test ---- */

/* {"v":1,"connect":["--route","tunnel",...]}: a recipe for the same host, or *err. */
static struct pvhop_recipe *read_connect(const struct words *words, const json_t *list,
                                         struct pvhop_error *err)
{
    size_t n = json_array_size(list), i;
    char **argv = calloc(n + 1, sizeof(*argv));
    struct pvhop_recipe *r = pvhop_recipe_new();
    const json_t *each;
    int used = -1;

    if (!argv || !r) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the connection");
        goto out;
    }
    json_array_foreach(list, i, each)
    {
        if (!json_is_string(each)) {
            pvhop_error_set(err, PVHOP_E_USAGE, "what to connect with is not a list of words");
            goto out;
        }
        argv[i] = (char *)json_string_value(each);
    }
    used = pvhop_recipe_from_args(r, (int)n, argv, NULL, NULL, err);
    if (used >= 0 && (size_t)used < n)
        used = pvhop_error_set(err, PVHOP_E_USAGE, "'%.64s' is one word too many", argv[used]);
    /* The test's route said what to judge by. Another one may have been chosen since, or none. */
    if (used >= 0 && !pvhop_recipe_is_set(r, "route"))
        used = pvhop_recipe_set(r, "route", "auto", err);
    if (used >= 0 && pvhop_recipe_fill(r, words->look.recipe) != 0)
        used = pvhop_error_set(err, PVHOP_E_MEMORY, "for the connection");
    if (used >= 0 &&
        strcmp(pvhop_recipe_get(r, "host"), pvhop_recipe_get(words->look.recipe, "host")))
        used = pvhop_error_set(err, PVHOP_E_USAGE, "the login is to %s, not to %s",
                               pvhop_recipe_get(words->look.recipe, "host"),
                               pvhop_recipe_get(r, "host"));
    if (used >= 0)
        used = pvhop_recipe_check(r, err);
out:
    free(argv);
    if (used >= 0)
        return r;
    pvhop_recipe_free(r);
    return NULL;
}

static bool on_line(void *user, const char *line)
{
    struct words *words = user;
    json_t *object = words->waiting ? json_loads(line, 0, NULL) : NULL;
    const json_t *list = json_object_get(object, "connect");
    struct pvhop_login *login;
    struct pvhop_recipe *r;
    struct pvhop_error err;

    if (!json_is_array(list)) {
        json_decref(object);
        return false;
    }
    words->waiting = false;
    r = read_connect(words, list, &err);
    json_decref(object);
    login = r ? pvhop_probe_take_login(words->probe) : NULL;
    if (r && !login)
        pvhop_error_set(&err, PVHOP_E_SSH_LOST, "the login of the test has gone");
    if (!login) {
        cli_run_end(&words->look.run, &err);
    } else if (cli_run_connect(&words->look.run, r, login, &err) != 0) {
        pvhop_login_free(login);
        cli_run_end(&words->look.run, &err);
    }
    pvhop_recipe_free(r);
    return true;
}

/* ---- the test ---- */

static void on_done(void *user, const char *result, const struct pvhop_error *err)
{
    struct words *words = user;

    if (words->look.run.events_fd >= 0 && err->code != PVHOP_OK)
        pvhop_events_error(words->look.run.events, err);
    cli_look_print(&words->look, result, probe_table_print);
    if (err->code == PVHOP_OK && words->then_connect) {
        words->waiting = true;
        return;
    }
    words->look.run.error_told = words->look.run.events_fd >= 0;
    cli_run_end(&words->look.run, err);
}

static void on_lost(void *user, const struct pvhop_error *err)
{
    struct words *words = user;

    words->waiting = false;
    cli_run_end(&words->look.run, err);
}

static void on_cancel(void *user, enum pvhop_code why)
{
    struct words *words = user;
    struct pvhop_error fine = {0};

    if (words->waiting && why == PVHOP_E_PARENT_GONE) /* nobody wants to connect: a good end */
        cli_run_end(&words->look.run, &fine);
    else if (words->waiting) {
        pvhop_error_set(&fine, why, "as asked");
        cli_run_end(&words->look.run, &fine);
    } else if (words->probe) {
        pvhop_probe_cancel(words->probe, why);
    }
}

static int begin(struct cli_look *look, struct pvhop_error *err)
{
    static const struct pvhop_probe_handlers handlers = {.done = on_done, .lost = on_lost};
    struct words *words = words_of(look);

    words->probe =
        pvhop_probe_new(look->run.loop, look->recipe, look->run.events, &handlers, words, err);
    if (words->probe && words->ask_node)
        pvhop_probe_ask_node(words->probe);
    return words->probe ? 0 : -1;
}

static void end(struct cli_look *look)
{
    pvhop_probe_free(words_of(look)->probe);
}

static int run_probe(int argc, char **argv)
{
    struct words words = {
        .look = {
            .run = CLI_RUN_INIT, .option = on_option, .check = check, .begin = begin, .end = end}};

    words.look.run.cancel = on_cancel;
    words.look.run.line = on_line;
    return cli_look(&words.look, options, argc, argv);
}

const struct cli_verb cli_probe = {
    .name = "probe",
    .summary = "looks at a site and says what is possible there",
    .synopsis = "[USER@]HOST [OPTION]...",
    .description =
        "Logs in to HOST once, tries what a connection could use there, and says which routes are "
        "possible, which one is the best and why, and what to ask the administrator for. It leaves "
        "nothing behind and submits nothing, unless --ask-node agrees to a job of a moment, and is "
        "done within seconds after the login.\n\n"
        "The options below, beside the first list, are those of 'pvhop connect' that matter here; "
        "all of them are understood.",
    .options = options,
    .examples = examples,
    .recipe = true,
    .groups = 1u << PVHOP_GROUP_HOST | 1u << PVHOP_GROUP_SERVER | 1u << PVHOP_GROUP_LIMITS,
    .run = run_probe,
};
