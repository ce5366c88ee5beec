/* SPDX-License-Identifier: BSD-3-Clause */
/* Completion for shells, from the rows that --help is made from. */
#include "cli.h"
#include <stdio.h>
#include <string.h>

/* One option of a verb, its own or a recipe's. */
struct row {
    const char *name, *meta, *help;
    const char *choices; /* "a|b"; NULL: none */
};

typedef void (*row_fn)(FILE *out, const struct cli_verb *verb, const struct row *row);

static void each_row(FILE *out, const struct cli_verb *verb, row_fn fn)
{
    const struct pvhop_field *f;

    for (const struct cli_option *o = verb->options; o && o->name; o++)
        fn(out, verb, &(struct row){o->name, o->meta, o->help, NULL});
    for (size_t n = 0; verb->recipe && (f = pvhop_field_row(n)); n++)
        if (!verb->groups || (verb->groups & 1u << f->group))
            fn(out, verb, &(struct row){f->name, f->meta, f->help, f->choices});
}

/* Inside of single quotes, which all three shells have; fish alone knows \' in them. */
static void put_quoted(FILE *out, const char *text, bool fish)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs(fish ? "\\'" : "'\\''", out);
        else if (*text == '\\' && fish)
            fputs("\\\\", out);
        else
            fputc(*text == '\n' ? ' ' : *text, out);
    }
}

static void put_choices(FILE *out, const char *choices)
{
    for (; *choices; choices++)
        fputc(*choices == '|' ? ' ' : *choices, out);
}

static bool wants_file(const struct row *row)
{
    return row->meta && (strstr(row->meta, "FILE") || strstr(row->meta, "PATH"));
}

/* "pvsc" for "pvsc new"; the length of a verb's first word. */
static size_t first_word(const char *name)
{
    return strcspn(name, " ");
}

static void put_first_words(FILE *out)
{
    const struct cli_verb *verb, *before = NULL;

    for (size_t n = 0; (verb = cli_verb_row(n)); n++) {
        size_t len = first_word(verb->name);

        if (!before || first_word(before->name) != len ||
            strncmp(before->name, verb->name, len) != 0)
            fprintf(out, "%s%.*s", before ? " " : "", (int)len, verb->name);
        before = verb;
    }
}

/* The second words of the verbs that begin with `group`. */
static void put_second_words(FILE *out, const char *group, size_t len)
{
    const struct cli_verb *verb;
    bool any = false;

    for (size_t n = 0; (verb = cli_verb_row(n)); n++)
        if (first_word(verb->name) == len && strncmp(verb->name, group, len) == 0 &&
            verb->name[len]) {
            fprintf(out, "%s%s", any ? " " : "", verb->name + len + 1);
            any = true;
        }
}

/* ---- bash ---- */

static void bash_name(FILE *out, const struct cli_verb *verb, const struct row *row)
{
    (void)verb;
    fprintf(out, " --%s", row->name);
}

static void bash_value(FILE *out, const struct cli_verb *verb, const struct row *row)
{
    if (row->choices) {
        fprintf(out, "    '%s --%s') words='", verb->name, row->name);
        put_choices(out, row->choices);
        fputs("' ;;\n", out);
    } else if (wants_file(row)) {
        fprintf(out, "    '%s --%s') files=1 ;;\n", verb->name, row->name);
    } else if (row->meta) {
        fprintf(out, "    '%s --%s') none=1 ;;\n", verb->name, row->name);
    }
}

static void put_bash(FILE *out)
{
    const struct cli_verb *verb;

    fputs("# Completion of pvhop for bash, made by 'pvhop help --completion bash'.\n"
          "_pvhop() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb "
          "words='' files='' none=''\n"
          "    COMPREPLY=()\n"
          "    # bash takes --name=value apart at the =\n"
          "    if [[ $cur == = ]]; then cur=''\n"
          "    elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
          "    if ((COMP_CWORD == 1)); then\n"
          "        COMPREPLY=($(compgen -W '",
          out);
    put_first_words(out);
    fputs("' -- \"$cur\"))\n        return\n    fi\n    verb=${COMP_WORDS[1]}\n    case $verb in\n",
          out);
    for (size_t n = 0; (verb = cli_verb_row(n)); n++) {
        const struct cli_verb *before = n ? cli_verb_row(n - 1) : NULL;
        size_t len = first_word(verb->name);

        if (!verb->name[len] || (before && strncmp(before->name, verb->name, len + 1) == 0))
            continue;
        fprintf(out,
                "    %.*s)\n        if ((COMP_CWORD == 2)); then\n"
                "            COMPREPLY=($(compgen -W '",
                (int)len, verb->name);
        put_second_words(out, verb->name, len);
        fputs(
            "' -- \"$cur\"))\n            return\n        fi\n        verb+=\" ${COMP_WORDS[2]}\" "
            ";;\n",
            out);
    }
    fputs("    esac\n    case \"$verb $prev\" in\n", out);
    for (size_t n = 0; (verb = cli_verb_row(n)); n++)
        each_row(out, verb, bash_value);
    fputs("    esac\n"
          "    if [[ $words ]]; then COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); return; fi\n"
          "    if [[ $files ]]; then COMPREPLY=($(compgen -f -- \"$cur\")); return; fi\n"
          "    [[ ! $none ]] || return\n"
          "    case $verb in\n",
          out);
    for (size_t n = 0; (verb = cli_verb_row(n)); n++) {
        fprintf(out, "    '%s') words='", verb->name);
        each_row(out, verb, bash_name);
        fputs("' ;;\n", out);
    }
    fputs("    esac\n"
          "    if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "    elif declare -F _known_hosts_real >/dev/null; then\n"
          "        case $verb in connect | probe | report) _known_hosts_real -- \"$cur\" ;; "
          "*) COMPREPLY=($(compgen -f -- \"$cur\")) ;; esac\n"
          "    else COMPREPLY=($(compgen -f -- \"$cur\")); fi\n"
          "}\n"
          "complete -F _pvhop pvhop\n",
          out);
}

/* ---- zsh ---- */

static void zsh_row(FILE *out, const struct cli_verb *verb, const struct row *row)
{
    (void)verb;
    fprintf(out, "            '--%s%s[", row->name, row->meta ? "=" : "");
    for (const char *p = row->help; *p; p++) {
        if (*p == '[' || *p == ']' || *p == ':')
            fputc('\\', out);
        put_quoted(out, (char[]){*p, '\0'}, false);
    }
    fputc(']', out);
    if (row->choices) {
        fputs(":value:(", out);
        put_choices(out, row->choices);
        fputc(')', out);
    } else if (wants_file(row)) {
        fputs(":file:_files", out);
    } else if (row->meta) {
        fputs(":value:", out);
    }
    fputs("' \\\n", out);
}

static void put_zsh(FILE *out)
{
    const struct cli_verb *verb;

    fputs("#compdef pvhop\n# Completion of pvhop for zsh, made by 'pvhop help --completion zsh'.\n"
          "_pvhop() {\n"
          "    local verb=$words[2]\n"
          "    if ((CURRENT == 2)); then compadd -- ",
          out);
    put_first_words(out);
    fputs("; return; fi\n    case $verb in\n", out);
    for (size_t n = 0; (verb = cli_verb_row(n)); n++) {
        const struct cli_verb *before = n ? cli_verb_row(n - 1) : NULL;
        size_t len = first_word(verb->name);

        if (!verb->name[len] || (before && strncmp(before->name, verb->name, len + 1) == 0))
            continue;
        fprintf(out, "    %.*s)\n        if ((CURRENT == 3)); then compadd -- ", (int)len,
                verb->name);
        put_second_words(out, verb->name, len);
        fputs("; return; fi\n        verb+=\" $words[3]\"; shift words; ((CURRENT--)) ;;\n", out);
    }
    fputs("    esac\n    shift words; ((CURRENT--))\n    case $verb in\n", out);
    for (size_t n = 0; (verb = cli_verb_row(n)); n++) {
        fprintf(out, "    '%s')\n        _arguments \\\n", verb->name);
        each_row(out, verb, zsh_row);
        fprintf(out, "            '*:%s' ;;\n",
                strcmp(verb->name, "connect") == 0 || strcmp(verb->name, "probe") == 0 ||
                        strcmp(verb->name, "report") == 0
                    ? "host:_hosts"
                    : "file:_files");
    }
    fputs("    esac\n}\n_pvhop \"$@\"\n", out);
}

/* ---- fish ---- */

static void put_fish_condition(FILE *out, const struct cli_verb *verb)
{
    fputs("complete -c pvhop -n '", out);
    for (const char *word = verb->name; *word; word += strcspn(word, " "), word += *word == ' ')
        fprintf(out, "%s__fish_seen_subcommand_from %.*s", word == verb->name ? "" : "; and ",
                (int)strcspn(word, " "), word);
    fputc('\'', out);
}

static void fish_row(FILE *out, const struct cli_verb *verb, const struct row *row)
{
    put_fish_condition(out, verb);
    fprintf(out, " -l %s", row->name);
    if (row->choices) {
        fputs(" -x -a '", out);
        put_choices(out, row->choices);
        fputc('\'', out);
    } else if (wants_file(row)) {
        fputs(" -r -F", out);
    } else if (row->meta) {
        fputs(" -x", out);
    }
    fputs(" -d '", out);
    put_quoted(out, row->help, true);
    fputs("'\n", out);
}

static void put_fish(FILE *out)
{
    const struct cli_verb *verb;

    fputs("# Completion of pvhop for fish, made by 'pvhop help --completion fish'.\n"
          "complete -c pvhop -n __fish_use_subcommand -f -a '",
          out);
    put_first_words(out);
    fputs("'\n", out);
    for (size_t n = 0; (verb = cli_verb_row(n)); n++) {
        size_t len = first_word(verb->name);

        if (verb->name[len]) {
            fprintf(out,
                    "complete -c pvhop -n '__fish_seen_subcommand_from %.*s; and not "
                    "__fish_seen_subcommand_from ",
                    (int)len, verb->name);
            put_second_words(out, verb->name, len);
            fprintf(out, "' -f -a %s -d '", verb->name + len + 1);
            put_quoted(out, verb->summary, true);
            fputs("'\n", out);
        }
        each_row(out, verb, fish_row);
    }
}

bool cli_print_completion(FILE *out, const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        put_bash(out);
    else if (strcmp(shell, "zsh") == 0)
        put_zsh(out);
    else if (strcmp(shell, "fish") == 0)
        put_fish(out);
    else
        return false;
    return true;
}
