/* SPDX-License-Identifier: BSD-3-Clause */
/* The verb that writes an entry: from options, or from answers on a terminal. */
#include "cli.h"
#include "paraview_files.h"
#include "questions.h"
#include <pvhop/pvsc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ASK_MAX = 64 };

static const struct cli_option new_options[] = {
    {"style", "STYLE",
     "pvhop (the default): the entry runs pvhop connect; openssh: it runs plain ssh, for a "
     "ParaView "
     "without pvhop, routes direct and tunnel only"},
    {"name", "NAME", "Name of the entry; if not given, HOST-PORT-rc or HOST-QUEUE-rc"},
    {"ask", "FIELD,...", "What ParaView asks for at each connect, such as walltime,nodes"},
    {"output", "FILE", "File to write; if not given, standard output"},
    {"append", NULL, "Add the entry to the file's others"},
    {"replace", NULL, "Take the place of an entry of the same name"},
    {"help", NULL, "Print this help"},
    {0},
};

static const struct cli_example new_examples[] = {
    {"An entry for two processes of pvserver on a front end:",
     "pvhop pvsc new fe.site.org --mpi 'mpiexec -n 2' --output site.pvsc"},
    {"One that asks for the time at each connect, added to the same file:",
     "pvhop pvsc new fe.site.org --scheduler slurm --queue viz --walltime 1h --ask walltime "
     "--output site.pvsc --append"},
    {"Plain ssh, as on the ParaView wiki:",
     "pvhop pvsc new fe.site.org --style openssh --route direct --identity ~/.ssh/id_ed25519 "
     "--client-host ws.home.org --pvserver /apps/bin/pvserver"},
    {0},
};

struct new_entry {
    enum pvhop_style style;
    const char *name, *output;
    bool append, replace;
    char *ask_words;
    const char *ask[ASK_MAX + 1];
    char *typed_name, *typed_output; /* answers, in the place of options */
};

static int take_ask(struct new_entry *e, const char *value, struct pvhop_error *err)
{
    size_t n = 0;

    free(e->ask_words);
    if (!(e->ask_words = strdup(value)))
        return pvhop_error_set(err, PVHOP_E_MEMORY, "for --ask");
    for (char *rest = e->ask_words, *word; (word = strsep(&rest, ","));) {
        if (!*word)
            continue;
        if (n == ASK_MAX)
            return pvhop_error_set(err, PVHOP_E_USAGE, "--ask names too many fields");
        e->ask[n++] = word;
    }
    e->ask[n] = NULL;
    return 0;
}

static int take_style(struct new_entry *e, const char *value, struct pvhop_error *err)
{
    if (strcmp(value, "pvhop") != 0 && strcmp(value, "openssh") != 0)
        return pvhop_error_set(err, PVHOP_E_VALUE, "style '%.64s': must be pvhop or openssh",
                               value);
    e->style = *value == 'o' ? PVHOP_STYLE_OPENSSH : PVHOP_STYLE_PVHOP;
    return 0;
}

static int take_new_option(void *user, int argc, char **argv, struct pvhop_error *err)
{
    struct new_entry *e = user;
    const char *value;
    int taken;
    const struct cli_option *o = cli_take_option(new_options, argc, argv, &value, &taken, err);

    if (!o)
        return taken;
    if (strcmp(o->name, "style") == 0) {
        if (take_style(e, value, err) != 0)
            return -1;
    } else if (strcmp(o->name, "name") == 0) {
        e->name = value;
    } else if (strcmp(o->name, "output") == 0) {
        e->output = value;
    } else if (strcmp(o->name, "append") == 0) {
        e->append = true;
    } else if (strcmp(o->name, "replace") == 0) {
        e->replace = true;
    } else if (take_ask(e, value, err) != 0) {
        return -1;
    }
    return taken;
}

static struct pvhop_pvsc *open_target(const struct new_entry *e, struct pvhop_error *err)
{
    struct pvhop_pvsc *f;

    if (e->output && !e->append && !e->replace && access(e->output, F_OK) == 0) {
        pvhop_error_set(err, PVHOP_E_PVSC_WRITE, "%s is there already", e->output);
        pvhop_error_remedy(err, "Choose another file, or add to it with --append.");
        return NULL;
    }
    if (e->output)
        return pvhop_pvsc_open(e->output, err);
    f = pvhop_pvsc_new();
    if (!f)
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the file");
    return f;
}

/* The wiki's port, said in the name and the command alike, where it is not drawn. */
static int settle_port(const struct new_entry *e, struct pvhop_recipe *r, struct pvhop_error *err)
{
    bool asked = false;

    for (const char *const *ask = e->ask; *ask; ask++)
        asked = asked || strcmp(*ask, "client-port") == 0;
    if (e->style == PVHOP_STYLE_PVHOP || asked || pvhop_recipe_is_set(r, "client-port"))
        return 0;
    return pvhop_recipe_set(r, "client-port", pvhop_recipe_get(r, "client-port"), err);
}

static int write_entry(const struct new_entry *e, const struct pvhop_recipe *r,
                       struct pvhop_error *err)
{
    struct pvhop_pvsc *f = open_target(e, err);
    char *name = e->name ? strdup(e->name) : pvhop_pvsc_default_name(r), *text = NULL;
    int rc = -1;

    if (!f)
        goto out;
    if (!name) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry");
        goto out;
    }
    if (pvhop_pvsc_add(f, name, r, e->style, e->ask, e->replace, err) != 0)
        goto out;
    if (e->output) {
        rc = cli_write_pvsc(f, e->output, err);
        if (rc == 0)
            fprintf(stderr, "Entry '%s' is in %s.\n", name, e->output);
    } else if ((text = pvhop_pvsc_print(f))) {
        fputs(text, stdout);
        rc = 0;
    } else {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry");
    }
out:
    free(text);
    free(name);
    pvhop_pvsc_free(f);
    return rc;
}

/* ---- the questions ---- */

static const char *const *job_fields(void)
{
    static const char *const fields[] = {"queue", "account",   "walltime", "nodes",
                                         "gpus",  "processes", NULL};

    return fields;
}

static int ask_fields(struct pvhop_recipe *r, const char *const *fields, struct pvhop_error *err)
{
    for (; *fields; fields++)
        if (cli_ask_field(r, *fields, err) != 0)
            return -1;
    return 0;
}

static int take_yes(void *user, const char *answer, struct pvhop_error *err)
{
    if (*answer != 'y' && *answer != 'n')
        return pvhop_error_set(err, PVHOP_E_VALUE, "'%.64s' is neither yes nor no", answer);
    *(bool *)user = *answer == 'y';
    return 0;
}

/* Where pvserver is and how it is started, until that makes sense and is what was meant. */
static int ask_recipe(struct pvhop_recipe *r, struct pvhop_error *err)
{
    static const char *const first[] = {"host", "user", "route", "scheduler", NULL};
    static const char *const last[] = {"prelude", "pvserver", "mpi", "rendering", NULL};
    bool good = false;

    while (!good) {
        struct pvhop_error why = {0};
        char *sentence;

        if (ask_fields(r, first, err) != 0)
            return -1;
        if (strcmp(pvhop_recipe_get(r, "scheduler"), "none") != 0) {
            if (ask_fields(r, job_fields(), err) != 0)
                return -1;
        } else { /* those of an answer that was taken back */
            for (const char *const *field = job_fields(); *field; field++)
                pvhop_recipe_set(r, *field, NULL, NULL);
        }
        if (ask_fields(r, last, err) != 0)
            return -1;
        if (pvhop_recipe_check(r, &why) != 0) {
            cli_fail(&why);
            fputc('\n', stderr);
            continue;
        }
        good = true;
        if (!(sentence = pvhop_recipe_sentence(r)))
            return pvhop_error_set(err, PVHOP_E_MEMORY, "for the summary");
        fprintf(stderr, "\n%s\n", sentence);
        free(sentence);
        if (cli_ask(&(struct cli_question){.title = "Is that what you want",
                                           .choices = "yes|no",
                                           .help = "After a no, the same is asked once more, with "
                                                   "your answers in the brackets.",
                                           .proposal = "yes",
                                           .take = take_yes,
                                           .user = &good},
                    err) != 0)
            return -1;
    }
    return 0;
}

static bool can_be(const struct pvhop_recipe *r, enum pvhop_style style, const char *const *ask,
                   struct pvhop_error *err)
{
    struct pvhop_pvsc *f = pvhop_pvsc_new();
    bool can = f && pvhop_pvsc_add(f, "entry", r, style, ask, false, err) == 0;

    pvhop_pvsc_free(f);
    return can;
}

static int answer_style(void *user, const char *answer, struct pvhop_error *err)
{
    return take_style(user, *answer ? answer : "pvhop", err);
}

struct asked_fields {
    struct new_entry *entry;
    const struct pvhop_recipe *recipe;
};

static int answer_ask(void *user, const char *answer, struct pvhop_error *err)
{
    const struct asked_fields *a = user;

    if (take_ask(a->entry, answer, err) == 0 &&
        can_be(a->recipe, a->entry->style, a->entry->ask, err))
        return 0;
    a->entry->ask[0] = NULL;
    return -1;
}

static int answer_text(void *user, const char *answer, struct pvhop_error *err)
{
    char **text = user;
    const char *home = strncmp(answer, "~/", 2) == 0 ? getenv("HOME") : NULL;

    free(*text);
    *text = NULL;
    if (*answer &&
        (home ? asprintf(text, "%s%s", home, answer + 1) < 0 : !(*text = strdup(answer)))) {
        *text = NULL;
        return pvhop_error_set(err, PVHOP_E_MEMORY, "for an answer");
    }
    return 0;
}

/* How the entry is written. */
static int ask_shape(struct new_entry *e, const struct pvhop_recipe *r, struct pvhop_error *err)
{
    const bool both = can_be(r, PVHOP_STYLE_OPENSSH, NULL, NULL);
    struct asked_fields fields = {e, r};

    if (both &&
        cli_ask(&(struct cli_question){.title = "Style",
                                       .choices = "pvhop|openssh",
                                       .help = new_options[0].help,
                                       .proposal =
                                           e->style == PVHOP_STYLE_OPENSSH ? "openssh" : "pvhop",
                                       .take = answer_style,
                                       .user = e},
                err) != 0)
        return -1;
    if (*e->ask)
        return 0;
    return cli_ask(
        &(struct cli_question){
            .title = e->style == PVHOP_STYLE_OPENSSH
                         ? "Drawn by ParaView at each connect, such as client-port,connect-id"
                         : "Asked by ParaView at each connect, such as walltime,nodes",
            .help = "Names of options of 'pvhop connect', with commas between them. ParaView shows "
                    "the values given here, and they can be changed each time.",
            .take = answer_ask,
            .user = &fields},
        err);
}

/* Where it goes; asked again if it cannot be written there. */
static int ask_and_write(struct new_entry *e, const struct pvhop_recipe *r, struct pvhop_error *err)
{
    char *proposal = pvhop_pvsc_default_name(r);
    const bool name_given = e->name, output_given = e->output;
    struct pvhop_error why;
    int rc = -1;

    if (!proposal)
        return pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry");
    for (;;) {
        if (!name_given && cli_ask(&(struct cli_question){.title = "Name of the entry",
                                                          .help = new_options[1].help,
                                                          .proposal = proposal,
                                                          .take = answer_text,
                                                          .user = &e->typed_name},
                                   err) != 0)
            break;
        if (!output_given &&
            cli_ask(&(struct cli_question){.title = "File to add it to (none: it is printed)",
                                           .help = "A .pvsc file, which is made if it is not there "
                                                   "and keeps its other entries if it is.",
                                           .take = answer_text,
                                           .user = &e->typed_output},
                    err) != 0)
            break;
        e->name = name_given ? e->name : e->typed_name;
        e->output = output_given ? e->output : e->typed_output;
        e->append = e->append || !output_given;
        why = (struct pvhop_error){0};
        if (write_entry(e, r, &why) == 0) {
            rc = 0;
            break;
        }
        if (name_given && output_given) { /* there is nothing to ask */
            *err = why;
            break;
        }
        cli_fail(&why);
    }
    free(proposal);
    return rc;
}

static int ask_all(struct new_entry *e, struct pvhop_recipe *r, struct pvhop_error *err)
{
    fputs("An entry for ParaView's Connect dialog. ", stderr);
    cli_explain_questions();
    if (ask_recipe(r, err) != 0 || ask_shape(e, r, err) != 0 || settle_port(e, r, err) != 0)
        return -1;
    return ask_and_write(e, r, err);
}

/* ---- the verb ---- */

static int run_new(int argc, char **argv)
{
    struct pvhop_recipe *r = pvhop_recipe_new();
    struct new_entry e = {0};
    struct pvhop_error err = {0};
    int used, exit_code = 0;

    if (!r)
        pvhop_error_set(&err, PVHOP_E_MEMORY, "for the recipe");
    else if ((used = pvhop_recipe_from_args(r, argc, argv, take_new_option, &e, &err)) >= 0) {
        if (used < argc)
            pvhop_error_set(&err, PVHOP_E_USAGE, "'%.64s' is one word too many", argv[used]);
        else if (!pvhop_recipe_is_set(r, "host") && cli_can_ask())
            ask_all(&e, r, &err);
        else if (pvhop_recipe_check(r, &err) == 0 && settle_port(&e, r, &err) == 0)
            write_entry(&e, r, &err);
    }
    if (err.code)
        exit_code = cli_fail(&err);
    free(e.typed_name);
    free(e.typed_output);
    free(e.ask_words);
    pvhop_recipe_free(r);
    return cli_finish(exit_code);
}

const struct cli_verb cli_pvsc_new = {
    .name = "pvsc new",
    .summary = "writes an entry for ParaView's Connect dialog",
    .synopsis = "[HOST] [OPTION]...",
    .description =
        "Writes an entry that ParaView's Connect dialog takes: File > Connect > Load Servers, or "
        "'paraview --servers-file FILE'. All that is given here is stored in the entry; "
        "PVHOP_... variables of the environment are not. Without a HOST, on a terminal, it asks "
        "for what is needed.\n\n"
        "The entry has ParaView listen on a port that is drawn at each connect, unless "
        "--client-port is given, and expect a connect id that is drawn too.",
    .options = new_options,
    .examples = new_examples,
    .recipe = true,
    .run = run_new,
};
