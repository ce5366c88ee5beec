/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli.h"
#include <jansson.h>
#include <pvhop/check.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_option options[] = {
    {"json", NULL, "Print each finding as a JSON object on a line of its own"},
    {"fix", NULL,
     "Mend what can be mended without changing what an entry does, and write the file"},
    {"strict", NULL, "Let warnings count as errors in the exit code"},
    {"rules", NULL, "List the rules"},
    {"help", NULL, "Print this help"},
    {0},
};

static const struct cli_example examples[] = {
    {"What is wrong with the file that a site gave out:", "pvhop pvsc check site.pvsc"},
    {0},
};

struct run {
    bool json, fix, strict, rules;
    const char *path;
    unsigned found[3]; /* by severity */
};

static const char *severity_name(enum pvhop_severity severity)
{
    static const char *const names[] = {
        [PVHOP_NOTE] = "note", [PVHOP_WARNING] = "warning", [PVHOP_ERROR] = "error"};

    return names[severity];
}

static void print_json(const struct run *run, const struct pvhop_finding *f)
{
    json_t *o =
        json_pack("{s:s,s:i,s:i,s:s,s:s,s:s,s:s,s:b}", "file", run->path, "line", (int)f->line,
                  "column", (int)f->column, "severity", severity_name(f->rule->severity), "rule",
                  f->rule->name, "entry", f->entry, "text", f->text, "mends", (int)f->rule->mends);
    char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;

    if (line)
        puts(line);
    free(line);
    json_decref(o);
}

static void on_finding(void *user, const struct pvhop_finding *f)
{
    struct run *run = user;

    run->found[f->rule->severity]++;
    if (run->json)
        print_json(run, f);
    else
        printf("%s:%u:%u: %s: %s [%s]\n", run->path, f->line, f->column,
               severity_name(f->rule->severity), f->text, f->rule->name);
}

/* A file that is damaged, or none of entries, is one finding to a program that reads them. */
static void print_unreadable(const struct run *run, const struct pvhop_error *err)
{
    static const struct pvhop_rule rule = {.name = "unreadable", .severity = PVHOP_ERROR};
    struct pvhop_finding f = {.rule = &rule, .entry = "", .text = err->why};
    size_t len = strlen(run->path);
    int text = 0;

    if (strncmp(f.text, run->path, len) == 0 &&
        sscanf(f.text + len, ":%u:%u: %n", &f.line, &f.column, &text) == 2)
        f.text += len + (size_t)text;
    print_json(run, &f);
}

static int check_file(struct run *run, struct pvhop_error *err)
{
    struct pvhop_pvsc *f = pvhop_pvsc_read(run->path, err);
    int places, rc = -1;

    if (!f)
        return -1;
    if (run->fix) {
        places = pvhop_pvsc_mend(f);
        if (places < 0) {
            pvhop_error_set(err, PVHOP_E_MEMORY, "for %s", run->path);
            goto out;
        }
        if (places > 0) {
            if (pvhop_pvsc_write(f, run->path, err) != 0)
                goto out;
            fprintf(stderr, "%s: mended in %d place%s.\n", run->path, places,
                    places == 1 ? "" : "s");
            pvhop_pvsc_free(f); /* the places of what is left are those of the new file */
            if (!(f = pvhop_pvsc_read(run->path, err)))
                goto out;
        }
    }
    pvhop_pvsc_check(f, on_finding, run);
    rc = 0;
out:
    pvhop_pvsc_free(f);
    return rc;
}

static void print_rules(void)
{
    const struct pvhop_rule *r;

    for (size_t n = 0; (r = pvhop_rule_row(n)); n++) {
        int column = printf("%-16s %-8s ", r->name, severity_name(r->severity));

        cli_print_wrapped(stdout, r->summary, column, column);
    }
}

static void take_option(void *user, const char *option, const char *value)
{
    struct run *run = user;

    (void)value;
    run->json = run->json || strcmp(option, "json") == 0;
    run->fix = run->fix || strcmp(option, "fix") == 0;
    run->strict = run->strict || strcmp(option, "strict") == 0;
    run->rules = run->rules || strcmp(option, "rules") == 0;
}

static int run_check(int argc, char **argv)
{
    const char **files = calloc((size_t)argc + 1, sizeof(*files));
    struct pvhop_error err = {0};
    struct run run = {0};
    int exit_code = 0, n = files
                               ? cli_take_words(options, argc, argv, files, take_option, &run, &err)
                               : pvhop_error_set(&err, PVHOP_E_MEMORY, "for the arguments");

    if (n == 0 && !run.rules)
        n = pvhop_error_set(&err, PVHOP_E_USAGE, "no file is given");
    if (n < 0)
        exit_code = cli_fail(&err);
    else if (run.rules)
        print_rules();
    for (int i = 0; i < n && !run.rules; i++) {
        run.path = files[i];
        if (check_file(&run, &err) != 0) {
            exit_code = cli_fail(&err);
            if (run.json && err.code == PVHOP_E_PVSC_PARSE)
                print_unreadable(&run, &err);
        }
    }
    if (exit_code == 0 && (run.found[PVHOP_ERROR] || (run.strict && run.found[PVHOP_WARNING])))
        exit_code = 65; /* EX_DATAERR */
    free(files);
    return cli_finish(exit_code);
}

const struct cli_verb cli_pvsc_check = {
    .name = "pvsc check",
    .summary = "says what is wrong with the entries of a file",
    .synopsis = "FILE... [OPTION]...",
    .description =
        "Checks entries, whoever wrote them, for what goes wrong with them in ParaView. Each "
        "finding is a line: file:line:column, how bad it is, what is wrong, and the rule's name. "
        "The exit code is 65 if there is an error.",
    .options = options,
    .examples = examples,
    .run = run_check,
};
