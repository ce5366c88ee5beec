/* SPDX-License-Identifier: BSD-3-Clause */
/* The verbs that write and read entries. */
#include "cli.h"
#include "paraview_files.h"
#include <pvhop/pvsc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- pvsc new ---- */

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

static int take_new_option(void *user, int argc, char **argv, struct pvhop_error *err)
{
    struct new_entry *e = user;
    const char *value;
    int taken;
    const struct cli_option *o = cli_take_option(new_options, argc, argv, &value, &taken, err);

    if (!o)
        return taken;
    if (strcmp(o->name, "style") == 0) {
        if (strcmp(value, "pvhop") != 0 && strcmp(value, "openssh") != 0)
            return pvhop_error_set(err, PVHOP_E_VALUE, "style '%.64s': must be pvhop or openssh",
                                   value);
        e->style = *value == 'o' ? PVHOP_STYLE_OPENSSH : PVHOP_STYLE_PVHOP;
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
        else if (pvhop_recipe_check(r, &err) == 0 && settle_port(&e, r, &err) == 0)
            write_entry(&e, r, &err);
    }
    if (err.code)
        exit_code = cli_fail(&err);
    free(e.ask_words);
    pvhop_recipe_free(r);
    return cli_finish(exit_code);
}

const struct cli_verb cli_pvsc_new = {
    .name = "pvsc new",
    .summary = "writes an entry for ParaView's Connect dialog",
    .synopsis = "HOST [OPTION]...",
    .description =
        "Writes an entry that ParaView's Connect dialog takes: File > Connect > Load Servers, or "
        "'paraview --servers-file FILE'. All that is given here is stored in the entry; "
        "PVHOP_... variables of the environment are not.\n\n"
        "The entry has ParaView listen on a port that is drawn at each connect, unless "
        "--client-port is given, and expect a connect id that is drawn too.",
    .options = new_options,
    .examples = new_examples,
    .recipe = true,
    .run = run_new,
};

/* ---- pvsc list ---- */

static const char *style_of(const struct pvhop_pvsc *f, const char *name)
{
    struct pvhop_recipe *r = pvhop_pvsc_recipe(f, name, NULL);
    const char *style = pvhop_pvsc_is_ours(f, name) ? "pvhop" : r ? "openssh" : "other";

    pvhop_recipe_free(r);
    return style;
}

static int run_list(int argc, char **argv)
{
    struct pvhop_error err;
    struct pvhop_pvsc *f;
    const char *name;
    int width = 0;

    if (argc != 1) {
        cli_usage(&cli_pvsc_list, "one file is needed", &err);
        return cli_fail(&err);
    }
    if (!(f = pvhop_pvsc_read(argv[0], &err)))
        return cli_fail(&err);
    for (size_t n = 0; (name = pvhop_pvsc_name(f, n)); n++)
        if ((int)strlen(name) > width)
            width = (int)strlen(name);
    for (size_t n = 0; (name = pvhop_pvsc_name(f, n)); n++)
        printf("%-*s  %-7s  %s\n", width, name, style_of(f, name), pvhop_pvsc_resource(f, name));
    pvhop_pvsc_free(f);
    return cli_finish(0);
}

const struct cli_verb cli_pvsc_list = {
    .name = "pvsc list",
    .summary = "lists the entries of a file",
    .synopsis = "FILE",
    .description = "Lists a file's entries: name; who made it (pvhop, openssh: pvhop in that "
                   "style, other); resource.",
    .run = run_list,
};

/* ---- pvsc show ---- */

static const struct cli_option show_options[] = {
    {"expanded", NULL,
     "Print what the entry does: in a sentence, what is asked for, and the command that runs"},
    {"set", "NAME=VALUE",
     "With --expanded: a value in the place of what ParaView or its user gives; may be repeated"},
    {"help", NULL, "Print this help"},
    {0},
};

static void print_word(const char *word)
{
    bool plain = *word && !word[strcspn(word, " \t\n\"'\\$`&;|<>(){}[]*?!#~")];

    if (plain) {
        fputs(word, stdout);
        return;
    }
    putchar('\'');
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*word);
    }
    putchar('\'');
}

static void print_words(const char *label, char **words, char between)
{
    printf("%s", label);
    for (char **w = words; w && *w; w++) {
        if (w > words)
            putchar(between);
        print_word(*w);
    }
    putchar('\n');
}

/* What --set gives, then the environment, which ParaView takes for names that it does not know. */
struct settings {
    const char **list;
    size_t n;
};

static int take_setting(struct settings *s, const char *setting, struct pvhop_error *err)
{
    const char **more = realloc(s->list, (s->n + 2) * sizeof(*more));

    if (!more)
        return pvhop_error_set(err, PVHOP_E_MEMORY, "for --set");
    s->list = more;
    more[s->n++] = setting;
    more[s->n] = NULL;
    return 0;
}

/* Each name once. */
static void on_unknown(void *user, const char *name)
{
    char **list = user;
    size_t n = 0;

    while (list[n] && strcmp(list[n], name) != 0)
        n++;
    if (n < ASK_MAX && !list[n])
        list[n] = strdup(name);
}

static int show_expanded(const struct pvhop_pvsc *f, const char *name, const struct settings *set,
                         struct pvhop_error *err)
{
    char *unknown[ASK_MAX + 1] = {NULL};
    char **command = pvhop_pvsc_command_with(f, name, set->list, on_unknown, unknown, err);
    char **asked, *sentence = NULL;
    struct pvhop_recipe *r;
    int rc = -1;

    if (!command)
        goto out;
    r = pvhop_pvsc_recipe(f, name, NULL);
    asked = r ? pvhop_pvsc_asked(f, name) : NULL;
    sentence = r ? pvhop_recipe_sentence(r) : NULL;
    if (sentence)
        puts(sentence);
    printf("resource  %s\n", pvhop_pvsc_resource(f, name));
    if (asked && *asked)
        print_words("asks for  ", asked, ' ');
    print_words("runs      ", command, ' ');
    if (*unknown)
        print_words("as named  ", unknown, ' ');
    free(sentence);
    pvhop_args_free(asked);
    pvhop_recipe_free(r);
    pvhop_args_free(command);
    rc = 0;
out:
    for (char **u = unknown; *u; u++)
        free(*u);
    return rc;
}

struct show {
    const char *words[2]; /* file, name */
    bool expanded;
    struct settings set;
};

static int take_show(struct show *show, int argc, char **argv, struct pvhop_error *err)
{
    int n = 0, taken;

    for (int i = 0; i < argc; i += taken) {
        const char *value;
        const struct cli_option *o =
            cli_take_option(show_options, argc - i, argv + i, &value, &taken, err);

        if (taken < 0)
            return -1;
        if (o && strcmp(o->name, "expanded") == 0) {
            show->expanded = true;
        } else if (o && (!strchr(value, '=') || *value == '=')) {
            return pvhop_error_set(err, PVHOP_E_USAGE, "--set '%.64s': must be NAME=VALUE", value);
        } else if (o) {
            if (take_setting(&show->set, value, err) != 0)
                return -1;
        } else if (argv[i][0] == '-' || n == 2) {
            n = -1;
            break;
        } else {
            show->words[n++] = argv[i];
            taken = 1;
        }
    }
    if (n == 2)
        return 0;
    pvhop_error_set(err, PVHOP_E_USAGE, "a file and the name of an entry are needed");
    return pvhop_error_remedy(err, "Usage: pvhop %s %s", cli_pvsc_show.name,
                              cli_pvsc_show.synopsis);
}

static int run_show(int argc, char **argv)
{
    struct pvhop_pvsc *f = NULL;
    struct pvhop_error err = {0};
    struct show show = {0};
    char *text = NULL;
    int exit_code = 0;

    if (take_show(&show, argc, argv, &err) == 0 && (f = pvhop_pvsc_read(show.words[0], &err))) {
        for (char **e = environ; show.expanded && *e && !err.code; e++)
            take_setting(&show.set, *e, &err);
        if (!err.code && show.expanded)
            show_expanded(f, show.words[1], &show.set, &err);
        else if (!err.code && (text = pvhop_pvsc_print_entry(f, show.words[1], &err)))
            fputs(text, stdout);
    }
    if (err.code)
        exit_code = cli_fail(&err);
    free(text);
    free(show.set.list);
    pvhop_pvsc_free(f);
    return cli_finish(exit_code);
}

const struct cli_verb cli_pvsc_show = {
    .name = "pvsc show",
    .summary = "shows one entry of a file",
    .synopsis = "FILE NAME [--expanded [--set NAME=VALUE]...]",
    .description =
        "Prints an entry as it stands in the file, or, with --expanded, what ParaView 5.11 makes "
        "of it: values are put in the place of $NAME$ until none is left, $$ becomes nothing, and "
        "the line is then split into words. 'as named' lists the names for which no value is "
        "known here, and which stand for themselves; ParaView knows its own, such as "
        "PV_CLIENT_HOST, and --set says what they would be. Later versions begin an SSHCommand "
        "otherwise: --set PV_VERSION_MAJOR=6 --set PV_VERSION_MINOR=0 shows it as 6.0 does.",
    .options = show_options,
    .run = run_show,
};
