/* SPDX-License-Identifier: BSD-3-Clause */
/* The verb that makes pvhop entries of others. */
#include "cli.h"
#include "paraview_files.h"
#include <jansson.h>
#include <pvhop/convert.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_option options[] = {
    {"output", "FILE",
     "File to write, or to add to if it is there; if not given, standard output, and the report "
     "goes to standard error"},
    {"replace", NULL, "Take the place of entries of the same name in that file"},
    {"json", NULL,
     "Print the report as a JSON object for each entry, on a line of its own; without --output, "
     "with the new entry in it"},
    {"help", NULL, "Print this help"},
    {0},
};

static const struct cli_example examples[] = {
    {"What would become of the entries that a site gave out:", "pvhop pvsc convert site.pvsc"},
    {"One of them, for ParaView to load:",
     "pvhop pvsc convert site.pvsc 'Viz cluster' --output viz.pvsc"},
    {0},
};

struct run {
    const char *path, *name, *output;
    bool replace, json;
    unsigned made; /* entries that there are now */
    FILE *report;
};

/* ---- the report ---- */

static json_t *json_list(char *const *sentences)
{
    json_t *list = json_array();

    for (; sentences && *sentences; sentences++)
        json_array_append_new(list, json_string(*sentences));
    return list;
}

static void report_json(const struct run *run, const char *name, const struct pvhop_conversion *c,
                        const struct pvhop_pvsc *into)
{
    bool made = c->result != PVHOP_NOT_CONVERTED;
    char *text = made && !run->output ? pvhop_pvsc_print_entry(into, name, NULL) : NULL, *line;
    json_t *o = json_pack("{s:s,s:s,s:s,s:s*,s:o,s:o,s:s*}", "file", run->path, "entry", name,
                          "result", pvhop_conversion_name(c->result), "why", c->why, "left",
                          json_list(c->left), "changed", json_list(c->changed), "text", text);

    line = o ? json_dumps(o, JSON_COMPACT) : NULL;
    if (line)
        fprintf(run->report, "%s\n", line);
    free(line);
    free(text);
    json_decref(o);
}

static void report_list(FILE *out, const char *head, char *const *sentences)
{
    if (sentences && *sentences)
        fprintf(out, "  %s\n", head);
    for (; sentences && *sentences; sentences++) {
        fputs("  - ", out);
        cli_print_wrapped(out, *sentences, 4, 4);
    }
}

static void report_text(const struct run *run, const char *name, const struct pvhop_conversion *c)
{
    static const char *const says[] = {
        [PVHOP_CONVERTED] = "converted",
        [PVHOP_CONVERTED_IN_PART] = "converted in part",
        [PVHOP_NOT_CONVERTED] = "not converted",
        [PVHOP_CONVERTED_BEFORE] = "an entry of pvhop already, copied",
    };

    fprintf(run->report, "%s: %s\n", name, says[c->result]);
    if (c->why) {
        fputs("  ", run->report);
        cli_print_wrapped(run->report, c->why, 2, 2);
    }
    report_list(run->report, "Left to you:", c->left);
    report_list(run->report, "Other than before:", c->changed);
}

/* ---- the work ---- */

static int convert_entry(struct run *run, const struct pvhop_pvsc *from, const char *name,
                         struct pvhop_pvsc *into, struct pvhop_error *err)
{
    struct pvhop_conversion c;

    if (pvhop_pvsc_convert(from, name, into, run->replace, &c, err) != 0)
        return -1;
    run->made += c.result != PVHOP_NOT_CONVERTED;
    if (run->json)
        report_json(run, name, &c, into);
    else
        report_text(run, name, &c);
    pvhop_conversion_clear(&c);
    return 0;
}

static int convert_all(struct run *run, const struct pvhop_pvsc *from, struct pvhop_pvsc *into,
                       struct pvhop_error *err)
{
    const char *name;

    if (run->name)
        return convert_entry(run, from, run->name, into, err);
    for (size_t n = 0; (name = pvhop_pvsc_name(from, n)); n++)
        if (pvhop_pvsc_is_used(from, n) && convert_entry(run, from, name, into, err) != 0)
            return -1;
    return 0;
}

static int write_result(const struct run *run, const struct pvhop_pvsc *into,
                        struct pvhop_error *err)
{
    char *text;

    if (!run->made || (run->json && !run->output))
        return 0;
    if (run->output)
        return cli_write_pvsc(into, run->output, err);
    if (!(text = pvhop_pvsc_print(into)))
        return pvhop_error_set(err, PVHOP_E_MEMORY, "for the file");
    fputs(text, stdout);
    free(text);
    return 0;
}

static void take_option(void *user, const char *option, const char *value)
{
    struct run *run = user;

    run->json = run->json || strcmp(option, "json") == 0;
    run->replace = run->replace || strcmp(option, "replace") == 0;
    if (strcmp(option, "output") == 0)
        run->output = value;
}

static int take_arguments(struct run *run, int argc, char **argv, struct pvhop_error *err)
{
    const char **words = calloc((size_t)argc + 1, sizeof(*words));
    int n = -1;

    if (!words)
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the arguments");
    else
        n = cli_take_words(options, argc, argv, words, take_option, run, err);
    if (n == 0)
        pvhop_error_set(err, PVHOP_E_USAGE, "no file is given");
    else if (n > 2)
        pvhop_error_set(err, PVHOP_E_USAGE, "'%.64s' is one word too many", words[2]);
    if (n == 1 || n == 2) {
        run->path = words[0];
        run->name = words[1];
    }
    free(words);
    return run->path ? 0 : -1;
}

static int run_convert(int argc, char **argv)
{
    struct pvhop_pvsc *from = NULL, *into = NULL;
    struct pvhop_error err = {0};
    struct run run = {0};
    int exit_code = 0;

    if (take_arguments(&run, argc, argv, &err) != 0 || !(from = pvhop_pvsc_read(run.path, &err)))
        goto out;
    run.report = run.json || run.output ? stdout : stderr;
    into = run.output ? pvhop_pvsc_open(run.output, &err) : pvhop_pvsc_new();
    if (!into && !err.code)
        pvhop_error_set(&err, PVHOP_E_MEMORY, "for the file");
    if (into && convert_all(&run, from, into, &err) == 0)
        write_result(&run, into, &err);
    if (!err.code && !run.made)
        exit_code = 65; /* EX_DATAERR */
    if (!err.code && !pvhop_pvsc_name(from, 0))
        fprintf(stderr, "%s: no entries (<Server>); is it the right file?\n", run.path);
out:
    if (err.code)
        exit_code = cli_fail(&err);
    pvhop_pvsc_free(into);
    pvhop_pvsc_free(from);
    return cli_finish(exit_code);
}

const struct cli_verb cli_pvsc_convert = {
    .name = "pvsc convert",
    .summary = "makes pvhop entries of others",
    .synopsis = "FILE [NAME] [OPTION]...",
    .description =
        "Makes entries that run pvhop of those that run ssh or plink, in a terminal or not, and of "
        "ParaView's SSHCommand; all of the file, or the one named. What they ask for is asked for "
        "still. What a script of the site does cannot be seen in an entry, so the report says for "
        "each one whether it was converted, in part or not, and what is left to you.\n\n"
        "The exit code is 65 if no entry could be converted.",
    .options = options,
    .examples = examples,
    .run = run_convert,
};
