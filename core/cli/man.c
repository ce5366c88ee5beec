/* SPDX-License-Identifier: BSD-3-Clause */
/* The man pages, from the rows that --help is made from; the build runs 'pvhop help --man'. */
#include "cli.h"
#include <string.h>

/* Text for troff: backslashes and hyphens as themselves, no line that begins with a request. */
static void put(FILE *out, const char *text)
{
    bool at_start = true;

    for (; *text; text++) {
        if (at_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\n' && text[1] == '\n')
            fputs("\n.PP", out);
        else
            fputc(*text, out);
        at_start = *text == '\n';
    }
}

static void put_option(FILE *out, const char *name, const char *meta)
{
    fputs(".TP\n\\fB\\-\\-", out);
    put(out, name);
    fputs("\\fR", out);
    if (meta) {
        fputs(" \\fI", out);
        put(out, meta);
        fputs("\\fR", out);
    }
    fputc('\n', out);
}

static void put_field(FILE *out, const struct pvhop_field *f)
{
    char env[PVHOP_FIELD_ENV];

    put_option(out, f->name, f->meta);
    put(out, f->help);
    fputs(".\n", out);
    if (f->choices) {
        fputs("One of ", out);
        for (const char *p = f->choices; *p; p++)
            if (*p == '|')
                fputs(", ", out);
            else
                fputs(*p == '-' ? "\\-" : (char[]){*p, '\0'}, out);
        fputs(".\n", out);
    }
    if (f->fallback) {
        fputs("Default: ", out);
        put(out, f->fallback);
        fputs(".\n", out);
    }
    fprintf(out, "Environment: %s", pvhop_field_env(f, env));
    fputs(f->from_paraview ? ", else what ParaView says.\n" : ".\n", out);
}

static void put_fields(FILE *out, unsigned groups)
{
    const char *title;

    for (int group = 0; (title = pvhop_group_title((enum pvhop_field_group)group)); group++) {
        const struct pvhop_field *f;

        if (groups && !(groups & 1u << group))
            continue;
        fprintf(out, ".SS %s\n", title);
        for (size_t n = 0; (f = pvhop_field_row(n)); n++)
            if ((int)f->group == group)
                put_field(out, f);
    }
}

static void put_title(FILE *out, const char *page, const char *summary)
{
    fputs(".TH ", out);
    for (const char *p = page; *p; p++)
        fputc(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p, out);
    fputs(" 1 \"\" \"pvhop " PVHOP_VERSION "\" \"User Commands\"\n.SH NAME\n", out);
    put(out, page);
    fputs(" \\- ", out);
    put(out, summary);
    fputc('\n', out);
}

static void put_verb(FILE *out, const struct cli_verb *verb)
{
    fprintf(out, ".SS pvhop %s ", verb->name);
    put(out, verb->synopsis);
    fputc('\n', out);
    put(out, verb->description);
    fputc('\n', out);
    for (const struct cli_option *o = verb->options; o && o->name; o++) {
        put_option(out, o->name, o->meta);
        put(out, o->help);
        fputs(".\n", out);
    }
    for (const struct cli_example *e = verb->examples; e && e->text; e++) {
        fputs(".PP\n", out);
        put(out, e->text);
        fputs("\n.PP\n.nf\n.RS\n", out);
        put(out, e->command);
        fputs("\n.RE\n.fi\n", out);
    }
}

static void put_exit_codes(FILE *out)
{
    fputs(".SH EXIT STATUS\n0 on success; otherwise as in sysexits.h, and 130 when cancelled.\n"
          "Each error is printed with its code (PVHnnnn), its reason and what to do next.\n",
          out);
}

static void put_overview(FILE *out)
{
    const struct cli_verb *verb;

    put_title(out, "pvhop", "connects ParaView to a pvserver that it cannot reach by itself");
    fputs(".SH SYNOPSIS\n.B pvhop\n.I VERB\n\\&...\n.SH DESCRIPTION\n"
          "pvhop reaches a pvserver behind a firewall, behind a cluster's front end, or inside a\n"
          "batch job, and connects it to the ParaView of this computer.\n.SH VERBS\n",
          out);
    for (size_t n = 0; (verb = cli_verb_row(n)); n++) {
        fprintf(out, ".TP\n\\fB%s\\fR\n", verb->name);
        put(out, verb->summary);
        fputs(".\n", out);
    }
    fputs(".SH ENVIRONMENT\nEvery option that describes a connection can also be given in the\n"
          "environment: \\-\\-client\\-host as PVHOP_CLIENT_HOST.\n"
          "An argument wins over the environment, that over an entry, that over the default.\n",
          out);
    put_exit_codes(out);
    fputs(".SH SEE ALSO\n.BR pvhop\\-connect (1),\n.BR pvhop\\-jobs (1),\n.BR pvhop\\-probe (1),\n"
          ".BR pvhop\\-pvsc "
          "(1),\n.BR ssh (1),\n"
          ".BR ssh_config (5)\n",
          out);
}

bool cli_print_man(FILE *out, const char *name)
{
    const struct cli_verb *verb, *first = NULL;
    size_t len = strlen(name);
    bool recipe = false;
    unsigned groups = 0;
    char page[80];

    if (!*name) {
        put_overview(out);
        return true;
    }
    snprintf(page, sizeof(page), "pvhop-%s", name);
    for (size_t n = 0; (verb = cli_verb_row(n)); n++) {
        if (strncmp(verb->name, name, len) != 0 || (verb->name[len] && verb->name[len] != ' '))
            continue;
        if (!first) {
            put_title(out, page,
                      verb->name[len] ? "writes and reads ParaView's server entries"
                                      : verb->summary);
            fputs(".SH DESCRIPTION\n", out);
            first = verb;
        }
        put_verb(out, verb);
        recipe = recipe || verb->recipe;
        groups |= verb->groups;
    }
    if (!first)
        return false;
    if (recipe) {
        fputs(".SH CONNECTION OPTIONS\n", out);
        put_fields(out, groups);
    }
    put_exit_codes(out);
    fputs(".SH SEE ALSO\n.BR pvhop (1)\n", out);
    return true;
}
