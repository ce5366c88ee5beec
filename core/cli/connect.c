/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The verb connect: from words, environment and entries to a recipe, and from its outcome to an
 * exit code. Who starts it: ParaView for an entry (pipes on the standard descriptors), the plugin
 * (--events, --answers), or a person in a terminal.
 */
#include "cli.h"
#include "face.h"
#include "paraview_files.h"
#include "run.h"
#include <pvhop/harden.h>
#include <pvhop/preview.h>
#include <pvhop/pvsc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

struct words {
    struct cli_run run;
    const char *entry, *file;
    bool dry_run, print_job;
};

static const struct cli_option options[] = {
    {"entry", "NAME", "Connect as this entry of a .pvsc file says; other options win over it"},
    {"file", "FILE", "The file of the entry; if not given, ParaView's own servers.pvsc"},
    {"dry-run", NULL, "Say what would happen, and do nothing"},
    {"print-job", NULL,
     "Print what would run on the host, such as the job's script, and do nothing"},
    CLI_RUN_OPTIONS,
};

static const struct cli_example examples[] = {
    {"To a pvserver on a front end, while ParaView waits on its port 11111 (File > Connect):",
     "pvhop connect alice@fe.site.org --route tunnel --pvserver /apps/bin/pvserver"},
    {"In a batch job, with an entry that a site gave out:",
     "pvhop connect --entry site-viz-rc --file site.pvsc --walltime 30m"},
    {"With a Python script as the client, which connects to $PVHOP_URL:",
     "pvhop connect fe.site.org -- pvpython script.py"},
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
    if (strcmp(o->name, "entry") == 0)
        words->entry = value;
    else if (strcmp(o->name, "file") == 0)
        words->file = value;
    else if (strcmp(o->name, "dry-run") == 0)
        words->dry_run = true;
    else if (strcmp(o->name, "print-job") == 0)
        words->print_job = true;
    else if (cli_run_take(&words->run, o->name, value, err) != 0)
        return -1;
    return taken;
}

/* ParaView's own file of the user, else the system's; newly allocated. */
static char *paraview_servers(void)
{
    char *own = cli_paraview_servers();

    if (own && access(own, R_OK) == 0)
        return own;
    free(own);
    return strdup(CLI_SITE_SERVERS);
}

static int add_entry(const struct words *words, struct pvhop_recipe *r, struct pvhop_error *err)
{
    char *own = words->file ? NULL : paraview_servers();
    const char *path = words->file ? words->file : own;
    struct pvhop_pvsc *f = path ? pvhop_pvsc_read(path, err) : NULL;
    struct pvhop_recipe *stored = f ? pvhop_pvsc_recipe(f, words->entry, err) : NULL;
    int rc = -1;

    if (!path)
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry");
    if (stored) {
        rc = pvhop_recipe_fill(r, stored);
        if (rc != 0)
            pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry");
    }
    pvhop_recipe_free(stored);
    pvhop_pvsc_free(f);
    free(own);
    return rc;
}

/* A client that pvhop starts has to be told where to go, so it is the one that connects. */
static int settle_client(const struct words *words, struct pvhop_recipe *r, struct pvhop_error *err)
{
    if (!words->run.client_argv)
        return 0;
    if (pvhop_recipe_is_set(r, "client")) {
        if (strcmp(pvhop_recipe_get(r, "client"), "connects") != 0)
            return pvhop_error_set(err, PVHOP_E_USAGE,
                                   "a command behind '--' goes with --client connects only");
    } else if (pvhop_recipe_set(r, "client", "connects", err) != 0) {
        return -1;
    }
    if (pvhop_recipe_is_set(r, "client-port"))
        return 0;
    return pvhop_recipe_set(r, "client-port", "0", err);
}

static int make_recipe(struct words *words, struct pvhop_recipe *r, int argc, char **argv,
                       struct pvhop_error *err)
{
    int used = pvhop_recipe_from_args(r, argc, argv, take_option, words, err);

    if (used < 0)
        return -1;
    if (used < argc)
        words->run.client_argv = argv + used;
    else if (argc > 0 && strcmp(argv[argc - 1], "--") == 0)
        return pvhop_error_set(err, PVHOP_E_USAGE, "there is no command behind '--'");
    if (words->file && !words->entry)
        return pvhop_error_set(err, PVHOP_E_USAGE, "--file needs --entry NAME");
    if (pvhop_recipe_from_env(r, environ, err) != 0)
        return -1;
    if (words->entry && add_entry(words, r, err) != 0)
        return -1;
    if (settle_client(words, r, err) != 0)
        return -1;
    return pvhop_recipe_check(r, err);
}

static int print_plan(const struct pvhop_recipe *r)
{
    char *sentence = pvhop_recipe_sentence(r), **args = pvhop_recipe_to_args(r);

    if (sentence)
        puts(sentence);
    for (char **arg = args; arg && *arg; arg++)
        printf("  %s\n", *arg);
    pvhop_args_free(args);
    free(sentence);
    return cli_finish(0);
}

static int print_job(const struct pvhop_recipe *r)
{
    struct pvhop_error err;
    char *text = pvhop_job_preview(r, &err);

    if (!text)
        return cli_fail(&err);
    fputs(text, stdout);
    free(text);
    return cli_finish(0);
}

/* Connects, if the recipe stands (no *problem). */
static int carry_out(struct cli_run *run, const struct pvhop_recipe *r, struct pvhop_error *problem)
{
    struct pvhop_error err = {0};

    if (cli_run_open(run, &err) != 0) {
        run->exit_code = cli_fail(&err);
        return cli_run_close(run);
    }
    if (problem->code == 0)
        cli_run_connect(run, r, NULL, problem);
    if (problem->code)
        cli_run_end(run, problem);
    else if (pvhop_loop_run(run->loop, &err) != 0)
        run->exit_code = cli_fail(&err);
    return cli_run_close(run);
}

static int run_connect(int argc, char **argv)
{
    struct words words = {.run = CLI_RUN_INIT};
    struct pvhop_recipe *r = pvhop_recipe_new();
    struct pvhop_error problem = {0};
    int exit_code;

    cli_hand_to_gui(argc, argv);
    pvhop_harden();
    if (!r)
        pvhop_error_set(&problem, PVHOP_E_MEMORY, "for the recipe");
    else if (make_recipe(&words, r, argc, argv, &problem) == 0 && !words.dry_run &&
             !words.print_job)
        cli_bind_to_parent(&words.run, &problem);
    if (problem.code == 0 && words.dry_run)
        exit_code = print_plan(r);
    else if (problem.code == 0 && words.print_job)
        exit_code = print_job(r);
    else if (problem.code && words.run.events_fd < 0)
        exit_code = cli_fail(&problem);
    else
        exit_code = carry_out(&words.run, r, &problem);
    pvhop_recipe_free(r);
    return exit_code;
}

const struct cli_verb cli_connect = {
    .name = "connect",
    .summary = "starts a pvserver and connects ParaView to it",
    .synopsis = "HOST [OPTION]... [-- COMMAND...]",
    .description =
        "Logs in to HOST, starts pvserver there, and connects it to the ParaView of this computer. "
        "By default ParaView listens (File > Connect, an entry of type \"Client / Server (reverse "
        "connection)\") and pvhop brings pvserver to its port. With a COMMAND behind '--' pvhop "
        "starts that as the client, with the address to connect to in PVHOP_URL.\n\n"
        "It ends when the session ends; an interrupt (Ctrl-C) ends the session and all that was "
        "started for it. Each option below the first list can also be given in the environment: "
        "--client-host as PVHOP_CLIENT_HOST. An argument wins over the environment, that over an "
        "entry, that over the default in brackets.",
    .options = options,
    .examples = examples,
    .recipe = true,
    .run = run_connect,
};
