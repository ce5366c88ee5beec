/* SPDX-License-Identifier: BSD-3-Clause */
/* --help and the verbs help and version; the man pages are in man.c. All from the same rows. */
#include "cli.h"
#include <string.h>

enum { WIDTH = 79, OPTION_COLUMN = 26 };

void cli_print_wrapped(FILE *out, const char *text, int column, int indent)
{
    bool first = true;

    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        int len = (int)strcspn(text, " \n");

        if (!first && column + 1 + len > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
            first = true;
        }
        fprintf(out, "%s%.*s", first ? "" : " ", len, text);
        column += len + !first;
        first = false;
        text += len;
        if (*text == '\n') {
            while (*text == '\n')
                fputc(*text++, out);
            fprintf(out, "%*s", indent, "");
            column = indent;
            first = true;
        }
    }
    fputc('\n', out);
}

/* "  --name META      what it does", the help wrapped beside or below it. */
static void print_option(FILE *out, const char *name, const char *meta, const char *help)
{
    int column = fprintf(out, "  --%s%s%s", name, meta ? " " : "", meta ? meta : "");

    if (column >= OPTION_COLUMN - 1) {
        fputc('\n', out);
        column = 0;
    }
    fprintf(out, "%*s", OPTION_COLUMN - column, "");
    cli_print_wrapped(out, help, OPTION_COLUMN, OPTION_COLUMN);
}

/* What it means, one of what it is, and the default in brackets. */
static void print_field(FILE *out, const struct pvhop_field *f)
{
    char help[1024];
    size_t n = (size_t)snprintf(help, sizeof(help), "%s%s", f->help, f->choices ? ": " : "");

    for (const char *p = f->choices; p && *p && n + 2 < sizeof(help); p++) {
        help[n++] = *p == '|' ? ',' : *p;
        if (*p == '|')
            help[n++] = ' ';
    }
    snprintf(help + n, sizeof(help) - n, "%s%s%s", f->fallback ? " [" : "",
             f->fallback ? f->fallback : "", f->fallback ? "]" : "");
    print_option(out, f->name, f->meta, help);
}

static void print_fields(FILE *out, unsigned groups)
{
    const char *title;

    for (int group = 0; (title = pvhop_group_title((enum pvhop_field_group)group)); group++) {
        const struct pvhop_field *f;

        if (groups && !(groups & 1u << group))
            continue;
        fprintf(out, "\n%s:\n", title);
        for (size_t n = 0; (f = pvhop_field_row(n)); n++)
            if ((int)f->group == group)
                print_field(out, f);
    }
}

static void print_verb(FILE *out, const struct cli_verb *verb)
{
    fprintf(out, "Usage: pvhop %s%s%s\n\n", verb->name, *verb->synopsis ? " " : "", verb->synopsis);
    cli_print_wrapped(out, verb->description, 0, 0);
    if (verb->options)
        fputs("\nOptions:\n", out);
    for (const struct cli_option *o = verb->options; o && o->name; o++)
        print_option(out, o->name, o->meta, o->help);
    if (verb->recipe)
        print_fields(out, verb->groups);
    if (verb->examples)
        fputs("\nExamples:\n", out);
    for (const struct cli_example *e = verb->examples; e && e->text; e++) {
        fputs("  ", out);
        cli_print_wrapped(out, e->text, 2, 2);
        fprintf(out, "    %s\n", e->command);
    }
}

static bool belongs(const struct cli_verb *verb, const char *name)
{
    size_t len = strlen(name);

    return strncmp(verb->name, name, len) == 0 && (!verb->name[len] || verb->name[len] == ' ');
}

static void print_summaries(FILE *out, const char *first_word)
{
    const struct cli_verb *verb;

    for (size_t n = 0; (verb = cli_verb_row(n)); n++) {
        if (*first_word && !belongs(verb, first_word))
            continue;
        fprintf(out, "  %-14s", verb->name);
        cli_print_wrapped(out, verb->summary, 16, 16);
    }
}

bool cli_print_help(FILE *out, const char *name)
{
    const struct cli_verb *verb;
    bool group = false;

    for (size_t n = 0; (verb = cli_verb_row(n)); n++) {
        if (strcmp(verb->name, name) == 0) {
            print_verb(out, verb);
            return true;
        }
        group = group || belongs(verb, name);
    }
    if (group) {
        fprintf(out, "Usage: pvhop %s VERB ...\n\nVerbs:\n", name);
        print_summaries(out, name);
        fprintf(out, "\n'pvhop help %s VERB' tells more.\n", name);
    }
    return group;
}

void cli_print_overview(FILE *out)
{
    fputs("Usage: pvhop VERB ...\n\n", out);
    cli_print_wrapped(out,
                      "pvhop connects ParaView on this computer to a pvserver that it cannot "
                      "reach by itself: behind a firewall, behind a cluster's front end, inside a "
                      "batch job.",
                      0, 0);
    fputs("\nVerbs:\n", out);
    print_summaries(out, "");
    fputs("\n'pvhop help VERB' tells more. A first connection, with ParaView waiting for it\n"
          "(File > Connect, an entry of type \"Client / Server (reverse connection)\"):\n"
          "    pvhop connect alice@login.cluster.edu --pvserver /apps/paraview/bin/pvserver\n",
          out);
}

static int run_help(int argc, char **argv)
{
    struct pvhop_error err;
    bool man = argc > 0 && strcmp(argv[0], "--man") == 0;
    char name[64] = "";

    if (argc == 2 && strcmp(argv[0], "--completion") == 0) {
        if (cli_print_completion(stdout, argv[1]))
            return cli_finish(0);
        pvhop_error_set(&err, PVHOP_E_USAGE, "'%.64s' is not bash, zsh or fish", argv[1]);
        return cli_fail(&err);
    }
    for (int i = man; i < argc; i++)
        snprintf(name + strlen(name), sizeof(name) - strlen(name), "%s%s", *name ? " " : "",
                 argv[i]);
    if (man      ? cli_print_man(stdout, name)
        : !*name ? (cli_print_overview(stdout), true)
                 : cli_print_help(stdout, name))
        return cli_finish(0);
    pvhop_error_set(&err, PVHOP_E_USAGE, "there is no verb '%s'", name);
    pvhop_error_remedy(&err, "See 'pvhop help'.");
    return cli_fail(&err);
}

const struct cli_verb cli_help = {
    .name = "help",
    .summary = "tells how pvhop, or one of its verbs, is used",
    .synopsis = "[VERB] | --completion bash|zsh|fish",
    .description = "Tells how a verb is used, and what its options mean; or prints the completion "
                   "for a shell, as the installation has it in that shell's folder.",
    .run = run_help,
};

static int run_version(int argc, char **argv)
{
    struct pvhop_error err;

    if (argc > 0) {
        pvhop_error_set(&err, PVHOP_E_USAGE, "'%.64s' is one word too many", argv[0]);
        return cli_fail(&err);
    }
    puts("pvhop " PVHOP_VERSION);
    return cli_finish(0);
}

const struct cli_verb cli_version = {
    .name = "version",
    .summary = "prints pvhop's version",
    .synopsis = "",
    .description = "Prints pvhop's version, as 'pvhop --version' does.",
    .run = run_version,
};
