/* SPDX-License-Identifier: BSD-3-Clause */
/* The verbs that read entries: list, show. */
#include "cli.h"
#include <pvhop/pvsc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

enum { UNKNOWN_MAX = 64 };

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
    if (n < UNKNOWN_MAX && !list[n])
        list[n] = strdup(name);
}

static int show_expanded(const struct pvhop_pvsc *f, const char *name, const struct settings *set,
                         struct pvhop_error *err)
{
    char *unknown[UNKNOWN_MAX + 1] = {NULL};
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
