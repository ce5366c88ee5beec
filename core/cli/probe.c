/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The verb probe: a test of a site, and with --then-connect a connection on the same login. Who
 * starts it: a person, a script (--json), the wizard (--events, --answers).
 */
#include "cli.h"
#include "probe_table.h"
#include "run.h"
#include <jansson.h>
#include <pvhop/probe.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

struct words {
    struct cli_run run;
    bool json, then_connect;
    struct pvhop_recipe *recipe;
    struct pvhop_probe *probe;
    bool waiting; /* the result was told, the login is kept */
};

static const struct cli_option options[] = {
    {"json", NULL, "Print the result as one JSON object"},
    {"then-connect", NULL,
     "Stay logged in after the test, and connect as a line on --answers says: one login for both"},
    {"verbose", NULL, "Print the log too"},
    {"events", "FD", "Write progress to this descriptor, a JSON object a line"},
    {"answers", "FD", "Read answers to questions from this descriptor, likewise"},
    {"help", NULL, "Print this help"},
    {0},
};

static const struct cli_example examples[] = {
    {"What a site allows, and which route is the best there:", "pvhop probe alice@fe.site.org"},
    {"For a script:", "pvhop probe fe.site.org --json"},
    {0},
};

/* ---- arguments ---- */

static int take_option(void *user, int argc, char **argv, struct pvhop_error *err)
{
    struct words *words = user;
    const char *value;
    int taken;
    const struct cli_option *o = cli_take_option(options, argc, argv, &value, &taken, err);

    if (!o)
        return taken;
    if (strcmp(o->name, "json") == 0)
        words->json = true;
    else if (strcmp(o->name, "then-connect") == 0)
        words->then_connect = true;
    else if (strcmp(o->name, "verbose") == 0)
        words->run.verbose = true;
    else if (cli_take_fd(o->name, value,
                         strcmp(o->name, "events") == 0 ? &words->run.events_fd
                                                        : &words->run.answers_fd,
                         err) != 0)
        return -1;
    return taken;
}

static int make_recipe(struct words *words, int argc, char **argv, struct pvhop_error *err)
{
    int used = pvhop_recipe_from_args(words->recipe, argc, argv, take_option, words, err);

    if (used < 0 || pvhop_recipe_from_env(words->recipe, environ, err) != 0)
        return -1;
    if (used < argc)
        return pvhop_error_set(err, PVHOP_E_USAGE, "'%.64s' is one word too many", argv[used]);
    if (!pvhop_recipe_get(words->recipe, "host"))
        return pvhop_error_set(err, PVHOP_E_USAGE, "no host is given");
    if (words->then_connect && words->run.answers_fd < 0)
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
    if (used >= 0 && pvhop_recipe_fill(r, words->recipe) != 0)
        used = pvhop_error_set(err, PVHOP_E_MEMORY, "for the connection");
    if (used >= 0 && strcmp(pvhop_recipe_get(r, "host"), pvhop_recipe_get(words->recipe, "host")))
        used =
            pvhop_error_set(err, PVHOP_E_USAGE, "the login is to %s, not to %s",
                            pvhop_recipe_get(words->recipe, "host"), pvhop_recipe_get(r, "host"));
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
        cli_run_end(&words->run, &err);
    } else if (cli_run_connect(&words->run, r, login, &err) != 0) {
        pvhop_login_free(login);
        cli_run_end(&words->run, &err);
    }
    pvhop_recipe_free(r);
    return true;
}

/* ---- the test ---- */

static void on_done(void *user, const char *result, const struct pvhop_error *err)
{
    struct words *words = user;

    if (words->run.events_fd >= 0) {
        if (err->code != PVHOP_OK)
            pvhop_events_error(words->run.events, err);
        pvhop_events_result(words->run.events, result);
    } else if (words->json) {
        puts(result);
    } else {
        probe_table_print(result);
    }
    if (err->code == PVHOP_OK && words->then_connect) {
        words->waiting = true;
        return;
    }
    words->run.error_told = words->run.events_fd >= 0;
    cli_run_end(&words->run, err);
}

static void on_lost(void *user, const struct pvhop_error *err)
{
    struct words *words = user;

    words->waiting = false;
    cli_run_end(&words->run, err);
}

static void on_cancel(void *user, enum pvhop_code why)
{
    struct words *words = user;
    struct pvhop_error fine = {0};

    if (words->waiting && why == PVHOP_E_PARENT_GONE) /* nobody wants to connect: a good end */
        cli_run_end(&words->run, &fine);
    else if (words->waiting) {
        pvhop_error_set(&fine, why, "as asked");
        cli_run_end(&words->run, &fine);
    } else if (words->probe) {
        pvhop_probe_cancel(words->probe, why);
    }
}

static int carry_out(struct words *words, struct pvhop_error *problem)
{
    static const struct pvhop_probe_handlers handlers = {.done = on_done, .lost = on_lost};
    struct cli_run *run = &words->run;
    struct pvhop_error err = {0};

    run->cancel = on_cancel;
    run->line = on_line;
    run->user = words;
    run->progress_only = true;
    if (cli_run_open(run, &err) != 0) {
        run->exit_code = cli_fail(&err);
        return cli_run_close(run);
    }
    if (problem->code == 0)
        words->probe =
            pvhop_probe_new(run->loop, words->recipe, run->events, &handlers, words, problem);
    if (problem->code)
        cli_run_end(run, problem);
    else if (pvhop_loop_run(run->loop, &err) != 0)
        run->exit_code = cli_fail(&err);
    pvhop_probe_free(words->probe);
    return cli_run_close(run);
}

static int run_probe(int argc, char **argv)
{
    struct words words = {.run = CLI_RUN_INIT, .recipe = pvhop_recipe_new()};
    struct pvhop_error problem = {0};
    int exit_code;

    cli_harden();
    if (!words.recipe)
        pvhop_error_set(&problem, PVHOP_E_MEMORY, "for the recipe");
    else if (make_recipe(&words, argc, argv, &problem) == 0)
        cli_bind_to_parent(&words.run, &problem);
    if (problem.code && words.run.events_fd < 0)
        exit_code = cli_fail(&problem);
    else
        exit_code = carry_out(&words, &problem);
    pvhop_recipe_free(words.recipe);
    return cli_finish(exit_code);
}

const struct cli_verb cli_probe = {
    .name = "probe",
    .summary = "looks at a site and says what is possible there",
    .synopsis = "[USER@]HOST [OPTION]...",
    .description =
        "Logs in to HOST once, tries what a connection could use there, and says which routes are "
        "possible, which one is the best and why, and what to ask the administrator for. It leaves "
        "nothing behind and submits nothing, and is done within seconds after the login.\n\n"
        "The options below, beside the first list, are those of 'pvhop connect' that matter here; "
        "all of them are understood.",
    .options = options,
    .examples = examples,
    .recipe = true,
    .groups = 1u << PVHOP_GROUP_HOST | 1u << PVHOP_GROUP_SERVER | 1u << PVHOP_GROUP_LIMITS,
    .run = run_probe,
};
