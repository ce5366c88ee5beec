/* SPDX-License-Identifier: BSD-3-Clause */
#include "look.h"
#include <pvhop/harden.h>
#include <stdio.h>
#include <string.h>

extern char **environ;

struct taking {
    struct cli_look *look;
    const struct cli_option *options;
};

static int take_option(void *user, int argc, char **argv, struct pvhop_error *err)
{
    const struct taking *t = user;
    const char *value;
    int taken;
    const struct cli_option *o = cli_take_option(t->options, argc, argv, &value, &taken, err);

    if (!o)
        return taken;
    if (strcmp(o->name, "json") == 0)
        t->look->json = true;
    else if (!cli_run_takes(o->name))
        t->look->option(t->look, o->name, value);
    else if (cli_run_take(&t->look->run, o->name, value, err) != 0)
        return -1;
    return taken;
}

static int read_words(struct cli_look *look, const struct cli_option *options, int argc,
                      char **argv, struct pvhop_error *err)
{
    struct taking taking = {look, options};
    int used = pvhop_recipe_from_args(look->recipe, argc, argv, take_option, &taking, err);

    if (used < 0 || pvhop_recipe_from_env(look->recipe, environ, err) != 0)
        return -1;
    if (used < argc)
        return pvhop_error_set(err, PVHOP_E_USAGE, "'%.64s' is one word too many", argv[used]);
    if (!pvhop_recipe_get(look->recipe, "host"))
        return pvhop_error_set(err, PVHOP_E_USAGE, "no host is given");
    return look->check ? look->check(look, err) : 0;
}

static int carry_out(struct cli_look *look, struct pvhop_error *problem)
{
    struct cli_run *run = &look->run;
    struct pvhop_error err = {0};

    run->user = look;
    run->progress_only = true;
    if (cli_run_open(run, &err) != 0) {
        run->exit_code = cli_fail(&err);
        return cli_run_close(run);
    }
    if (problem->code == 0)
        look->begin(look, problem);
    if (problem->code)
        cli_run_end(run, problem);
    else if (pvhop_loop_run(run->loop, &err) != 0)
        run->exit_code = cli_fail(&err);
    look->end(look);
    return cli_run_close(run);
}

int cli_look(struct cli_look *look, const struct cli_option *options, int argc, char **argv)
{
    struct pvhop_error problem = {0};
    int exit_code;

    pvhop_harden();
    look->recipe = pvhop_recipe_new();
    if (!look->recipe)
        pvhop_error_set(&problem, PVHOP_E_MEMORY, "for the recipe");
    else if (read_words(look, options, argc, argv, &problem) == 0)
        cli_bind_to_parent(&look->run, &problem);
    if (problem.code && look->run.events_fd < 0)
        exit_code = cli_fail(&problem);
    else
        exit_code = carry_out(look, &problem);
    pvhop_recipe_free(look->recipe);
    return cli_finish(exit_code);
}

void cli_look_print(const struct cli_look *look, const char *result, void (*table)(const char *))
{
    if (look->run.events_fd >= 0)
        pvhop_events_result(look->run.events, result);
    else if (look->json)
        puts(result);
    else
        table(result);
}
