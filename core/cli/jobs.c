/* SPDX-License-Identifier: BSD-3-Clause */
/* The verb jobs: what pvhop left in a site's queue, and its end. */
#include "cli.h"
#include "run.h"
#include <jansson.h>
#include <pvhop/jobs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

struct words {
    struct cli_run run;
    bool json;
    const char *cancel;
    struct pvhop_recipe *recipe;
    struct pvhop_jobs *jobs;
};

static const struct cli_option options[] = {
    {"cancel", "left|all|ID",
     "Cancel: left, what no pvhop holds any more; all, also what is in use; or the job of that id"},
    {"json", NULL, "Print the result as one JSON object"},
    {"verbose", NULL, "Print the log too"},
    {"events", "FD", "Write progress to this descriptor, a JSON object a line"},
    {"answers", "FD", "Read answers to questions from this descriptor, likewise"},
    {"help", NULL, "Print this help"},
    {0},
};

static const struct cli_example examples[] = {
    {"What is there:", "pvhop jobs alice@fe.site.org"},
    {"End what was left behind:", "pvhop jobs alice@fe.site.org --cancel left"},
    {0},
};

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
    else if (strcmp(o->name, "verbose") == 0)
        words->run.verbose = true;
    else if (strcmp(o->name, "cancel") == 0)
        words->cancel = value;
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
    return 0;
}

static const char *member(const json_t *job, const char *name)
{
    const char *text = json_string_value(json_object_get(job, name));

    return text ? text : "";
}

static void print_table(const char *result)
{
    json_t *object = json_loads(result, 0, NULL), *list = json_object_get(object, "jobs"), *job;
    size_t i;

    if (json_array_size(list) == 0)
        puts("no job of pvhop is there");
    else
        printf("%-14s %-10s %-16s %-30s %s\n", "JOB", "SYSTEM", "NAME", "STATE", "HELD BY");
    json_array_foreach(list, i, job)
    {
        const char *action = member(job, "action"), *node = member(job, "node");
        char state[64];

        snprintf(state, sizeof(state), "%s%s%.40s",
                 strcmp(action, "none") == 0 ? member(job, "state") : action,
                 *node && strcmp(action, "none") == 0 ? " on " : "",
                 strcmp(action, "none") == 0 ? node : "");
        printf("%-14s %-10s %-16s %-30s %s%s%s\n", *member(job, "id") ? member(job, "id") : "-",
               member(job, "scheduler"), member(job, "name"), state,
               json_is_true(json_object_get(job, "held")) ? "a pvhop that runs" : "nobody",
               *member(job, "reason") ? "; " : "", member(job, "reason"));
    }
    json_decref(object);
}

static void on_done(void *user, const char *result, const struct pvhop_error *err)
{
    struct words *words = user;

    if (result && words->run.events_fd >= 0)
        pvhop_events_result(words->run.events, result);
    else if (result && words->json)
        puts(result);
    else if (result)
        print_table(result);
    cli_run_end(&words->run, err);
}

static void on_cancel(void *user, enum pvhop_code why)
{
    struct words *words = user;
    struct pvhop_error err;

    pvhop_jobs_free(words->jobs);
    words->jobs = NULL;
    pvhop_error_set(&err, why, "as asked");
    cli_run_end(&words->run, &err);
}

static int carry_out(struct words *words, struct pvhop_error *problem)
{
    static const struct pvhop_jobs_handlers handlers = {.done = on_done};
    struct cli_run *run = &words->run;
    struct pvhop_error err = {0};

    run->cancel = on_cancel;
    run->user = words;
    run->progress_only = true;
    if (cli_run_open(run, &err) != 0) {
        run->exit_code = cli_fail(&err);
        return cli_run_close(run);
    }
    if (problem->code == 0)
        words->jobs = pvhop_jobs_new(run->loop, words->recipe, run->events, words->cancel,
                                     &handlers, words, problem);
    if (problem->code)
        cli_run_end(run, problem);
    else if (pvhop_loop_run(run->loop, &err) != 0)
        run->exit_code = cli_fail(&err);
    pvhop_jobs_free(words->jobs);
    return cli_run_close(run);
}

static int run_jobs(int argc, char **argv)
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

const struct cli_verb cli_jobs = {
    .name = "jobs",
    .summary = "lists the jobs that pvhop has at a site, and cancels them",
    .synopsis = "[USER@]HOST [OPTION]...",
    .description =
        "Logs in to HOST and lists the batch jobs that pvhop submitted there for you, with what "
        "the batch system says of each and whether a pvhop still holds it. A job that nobody holds "
        "was left behind by a computer that crashed or lost its network; it ends by itself within "
        "a minute of running. --cancel left ends those at once and removes what lies about of "
        "them.\n\n"
        "Other jobs of yours are not looked at, whatever their names: a job is known by the folder "
        "of its start in ~/.cache/pvhop, and cancelled only if id and name are those in there.\n\n"
        "The options below, beside the first list, are those of 'pvhop connect' that matter here; "
        "all of them are understood.",
    .options = options,
    .examples = examples,
    .recipe = true,
    .groups = 1u << PVHOP_GROUP_HOST | 1u << PVHOP_GROUP_LIMITS,
    .run = run_jobs,
};
