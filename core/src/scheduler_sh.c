/* SPDX-License-Identifier: BSD-3-Clause */
/* What the texts of all adapters are made of. */
#include "scheduler_adapter.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 512
#define EXTRA_MAX 4096

/*
 * pvhop_find: makes a command usable. A command of `ssh HOST CMD` has not read /etc/profile, where
 * sites add the scheduler's folder and variables; so it is asked what it would export (in a shell
 * of its own, as it may print, or exit). The folder comes first in PATH, so that its sisters
 * (qstat to qsub) are of the same system.
 */
static const char functions[] =
    "pvhop_run() {\n"
    "    printf '\\n#pvhop %s\\n' \"$1\"\n"
    "    shift\n"
    "    \"$@\" 2>&1\n"
    "    pvhop_status=$?\n"
    "    printf '\\n#pvhop-end %d\\n' $pvhop_status\n"
    "    return $pvhop_status\n"
    "}\n"
    "pvhop_say() { printf '\\n#pvhop %s\\n%s\\n\\n#pvhop-end 0\\n' \"$1\" \"$2\"; }\n"
    "pvhop_brief() {\n"
    "    if command -v timeout >/dev/null 2>&1; then timeout 10 \"$@\"; else \"$@\"; fi\n"
    "}\n"
    "pvhop_usable() { command -v \"$1\" >/dev/null 2>&1 && pvhop_genuine; }\n"
    "pvhop_find() {\n"
    "    pvhop_command=$1\n"
    "    shift\n"
    "    pvhop_usable \"$pvhop_command\" && return 0\n"
    "    if [ -r /etc/profile ]; then\n"
    "        eval \"$(/bin/sh -c '. /etc/profile >/dev/null 2>&1; export -p' </dev/null "
    "2>/dev/null)\"\n"
    "        pvhop_usable \"$pvhop_command\" && return 0\n"
    "    fi\n"
    "    pvhop_path=$PATH\n"
    "    for pvhop_folder in \"$@\"; do\n"
    "        [ -x \"$pvhop_folder/$pvhop_command\" ] || continue\n"
    "        PATH=$pvhop_folder:$pvhop_path\n"
    "        pvhop_usable \"$pvhop_command\" && return 0\n"
    "    done\n"
    "    PATH=$pvhop_path\n"
    "    return 1\n"
    "}\n";

void sched_add_preamble(struct pvhop_text *t, const struct pvhop_scheduler *s)
{
    pvhop_text_add(t, functions, sizeof(functions) - 1);
    if (!s->command)
        return;
    pvhop_text_addf(t, "pvhop_genuine() { %s; }\n", s->genuine ? s->genuine : ":");
    pvhop_text_addf(t, "pvhop_find %s %s || { pvhop_say missing %s; exit 127; }\n", s->command,
                    s->folders, s->command);
}

void sched_add_option(struct pvhop_text *t, const char *flag, const char *value)
{
    if (!value)
        return;
    pvhop_text_addf(t, " %s", flag);
    pvhop_text_add_word(t, value);
}

/* The next word of `extra` into `word`; NULL at the end or at a quote that is not closed. */
static const char *next_word(const char *extra, char word[EXTRA_MAX + 1], bool *open)
{
    size_t len = 0;
    char quote = '\0';

    *open = false;
    extra += strspn(extra, " \t");
    if (!*extra)
        return NULL;
    for (; *extra; extra++) {
        if (quote ? *extra == quote : (*extra == '\'' || *extra == '"'))
            quote = quote ? '\0' : *extra;
        else if (!quote && (*extra == ' ' || *extra == '\t'))
            break;
        else
            word[len++] = *extra;
    }
    word[len] = '\0';
    *open = quote != '\0';
    return *open ? NULL : extra;
}

void sched_add_extra(struct pvhop_text *t, const char *extra)
{
    char word[EXTRA_MAX + 1];
    bool open;

    while (extra && (extra = next_word(extra, word, &open)))
        sched_add_option(t, "", word);
}

void sched_add_input(struct pvhop_text *t, const char *script)
{
    if (script) {
        pvhop_text_addf(t, " <");
        pvhop_text_add_path(t, script);
    }
    pvhop_text_addf(t, "\n");
}

void sched_add_hms(struct pvhop_text *t, long seconds)
{
    pvhop_text_addf(t, "%ld:%02ld:%02ld", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

void sched_add_cancel(struct pvhop_text *t, const struct pvhop_scheduler *s, const char *id,
                      const char *name)
{
    if (s->cancel) {
        s->cancel(t, id, name);
        return;
    }
    pvhop_text_addf(t, "pvhop_id=%s\n", id);
    pvhop_text_addf(t, "pvhop_found=$(LC_ALL=C %s 2>&1)\ncase $? in\n0)\n", s->name_query);
    pvhop_text_addf(t, "    pvhop_found=$(printf '%%s\\n' \"$pvhop_found\" | sed -n '%s')\n",
                    s->name_sed);
    pvhop_text_addf(t, "    case $pvhop_found in\n    ");
    pvhop_text_add_word(t, name);
    pvhop_text_addf(t,
                    ") pvhop_run cancel %s \"$pvhop_id\" ;;\n"
                    "    '') pvhop_say gone '' ;;\n"
                    "    *) pvhop_say other \"$pvhop_found\" ;;\n"
                    "    esac ;;\n"
                    "*)\n"
                    "    case $pvhop_found in\n"
                    "    %s) pvhop_say gone '' ;;\n"
                    "    *) pvhop_say failed \"$pvhop_found\" ;;\n"
                    "    esac ;;\n"
                    "esac\n",
                    s->cancel_by_hand, s->name_gone);
}

/* ---- what may go in ---- */

static int check_text(const char *what, const char *value, size_t max, struct pvhop_error *err)
{
    if (!value)
        return 0;
    if (!*value)
        return pvhop_error_set(err, PVHOP_E_VALUE, "the %s is empty", what);
    if (strlen(value) > max)
        return pvhop_error_set(err, PVHOP_E_VALUE,
                               "the %s '%.60s...' is longer than %zu characters", what, value, max);
    for (const char *p = value; *p; p++)
        if (iscntrl((unsigned char)*p))
            return pvhop_error_set(err, PVHOP_E_VALUE,
                                   "the %s '%.200s' has a newline or another control character",
                                   what, value);
    return 0;
}

/* A value that is a word of its own after an option must not look like the next option. */
static int check_value(const char *what, const char *value, struct pvhop_error *err)
{
    if (check_text(what, value, VALUE_MAX, err) != 0)
        return -1;
    if (value && value[0] == '-')
        return pvhop_error_set(err, PVHOP_E_VALUE, "the %s '%s' begins with a '-'", what, value);
    return 0;
}

static int check_extra(const char *extra, struct pvhop_error *err)
{
    char word[EXTRA_MAX + 1];
    const char *rest = extra;
    bool open = false, first = true;

    if (!extra || !extra[strspn(extra, " \t")])
        return 0;
    if (check_text("scheduler's arguments", extra, EXTRA_MAX, err) != 0)
        return -1;
    while ((rest = next_word(rest, word, &open))) {
        /* A bare first word would be taken for the job script, "--" would end the options. */
        if ((first && word[0] != '-') || strcmp(word, "--") == 0 || strcmp(word, "-") == 0)
            return pvhop_error_set(err, PVHOP_E_VALUE,
                                   "'%.60s' in the scheduler's arguments is not an option", word);
        first = false;
    }
    if (open)
        return pvhop_error_set(err, PVHOP_E_VALUE,
                               "a quote in the scheduler's arguments is not closed: %.200s", extra);
    return 0;
}

static int check_count(const char *what, long n, struct pvhop_error *err)
{
    if (n < 0 || n > 1000000000L)
        return pvhop_error_set(err, PVHOP_E_VALUE, "%ld is not a possible %s", n, what);
    return 0;
}

static int check_name(const char *name, struct pvhop_error *err)
{
    if (!name || check_text("job's name", name, 200, err) != 0)
        return name ? -1 : pvhop_error_set(err, PVHOP_E_VALUE, "the job has no name");
    if (!isalpha((unsigned char)name[0]) ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")])
        return pvhop_error_set(err, PVHOP_E_VALUE,
                               "the job's name '%s' is not a letter followed by letters, digits "
                               "and '_', '.', '-'",
                               name);
    return 0;
}

long sched_memory_mb(const char *memory)
{
    char *end;
    double size = strtod(memory, &end);
    double unit;

    switch (toupper((unsigned char)*end)) {
    case 'K':
        unit = 1.0 / 1024;
        break;
    case '\0':
    case 'M':
        unit = 1;
        break;
    case 'G':
        unit = 1024;
        break;
    case 'T':
        unit = 1024.0 * 1024;
        break;
    default:
        return 0;
    }
    if (*end)
        end++;
    if (end[0] == 'i')
        end++;
    if (toupper((unsigned char)end[0]) == 'B')
        end++;
    if (!isdigit((unsigned char)memory[0]) || *end || size * unit > 1e9)
        return 0;
    size *= unit;
    return size > 0 && size < 1 ? 1 : (long)(size + 0.999);
}

int sched_check(const struct pvhop_resources *r, struct pvhop_error *err)
{
    if (check_name(r->name, err) != 0 || check_value("queue", r->queue, err) != 0 ||
        check_value("account", r->account, err) != 0 ||
        check_value("reservation", r->reservation, err) != 0 ||
        check_value("constraint", r->constraint, err) != 0 ||
        check_value("parallel environment", r->pe, err) != 0 || check_extra(r->extra, err) != 0)
        return -1;
    if (check_text("output file", r->output, 4000, err) != 0)
        return -1;
    if (check_count("number of nodes", r->nodes, err) != 0 ||
        check_count("number of processes", r->processes, err) != 0 ||
        check_count("number of GPUs", r->gpus, err) != 0 ||
        check_count("walltime", r->walltime_s, err) != 0 ||
        check_count("deadline", r->deadline_s, err) != 0)
        return -1;
    if (r->memory && sched_memory_mb(r->memory) == 0)
        return pvhop_error_set(err, PVHOP_E_VALUE, "the memory '%.60s' is not a size such as 64G",
                               r->memory);
    return 0;
}

long sched_per_node(const struct pvhop_resources *r)
{
    long nodes = r->nodes > 0 ? r->nodes : 1;
    long processes = r->processes > 0 ? r->processes : nodes;

    return processes > nodes ? (processes + nodes - 1) / nodes : 1;
}
