/* SPDX-License-Identifier: BSD-3-Clause */
/* The verb jobs: what pvhop left in a site's queue, and its end. */
#include "look.h"
#include <jansson.h>
#include <pvhop/jobs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct words {
    struct cli_look look;
    const char *cancel;
    struct pvhop_jobs *jobs;
};

static const struct cli_option options[] = {
    {"cancel", "left|all|ID",
     "Cancel: left, what no pvhop holds any more; all, also what is in use; or the job of that id"},
    {"json", NULL, "Print the result as one JSON object"},
    CLI_RUN_OPTIONS,
};

static const struct cli_example examples[] = {
    {"What is there:", "pvhop jobs alice@fe.site.org"},
    {"End what was left behind:", "pvhop jobs alice@fe.site.org --cancel left"},
    {0},
};

static struct words *words_of(struct cli_look *look)
{
    return (struct words *)look; /* its first member */
}

/* There is but one. */
static void on_option(struct cli_look *look, const char *name, const char *value)
{
    (void)name;
    words_of(look)->cancel = value;
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

    if (result)
        cli_look_print(&words->look, result, print_table);
    cli_run_end(&words->look.run, err);
}

static void on_cancel(void *user, enum pvhop_code why)
{
    struct words *words = user;
    struct pvhop_error err;

    pvhop_jobs_free(words->jobs);
    words->jobs = NULL;
    pvhop_error_set(&err, why, "as asked");
    cli_run_end(&words->look.run, &err);
}

static int begin(struct cli_look *look, struct pvhop_error *err)
{
    static const struct pvhop_jobs_handlers handlers = {.done = on_done};
    struct words *words = words_of(look);

    words->jobs = pvhop_jobs_new(look->run.loop, look->recipe, look->run.events, words->cancel,
                                 &handlers, words, err);
    return words->jobs ? 0 : -1;
}

static void end(struct cli_look *look)
{
    pvhop_jobs_free(words_of(look)->jobs);
}

static int run_jobs(int argc, char **argv)
{
    struct words words = {
        .look = {.run = CLI_RUN_INIT, .option = on_option, .begin = begin, .end = end}};

    words.look.run.cancel = on_cancel;
    return cli_look(&words.look, options, argc, argv);
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
