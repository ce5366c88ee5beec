/* SPDX-License-Identifier: BSD-3-Clause */
/* The verbs that change files of entries: remove, rename, merge; and diff, which compares two. */
#include "cli.h"
#include "paraview_files.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- what all of them do: read, change, write ---- */

struct edit {
    const struct cli_verb *verb;
    int least, most;   /* words that the verb takes */
    const char *needs; /* what they are, for whoever gives others */
    const char *file;  /* to change; NULL: the first word */
    int (*change)(struct pvhop_pvsc *f, const struct edit *edit, struct pvhop_error *err);
    const char **words; /* behind the file, ended by NULL */
    bool replace;
};

static void take_replace(void *user, const char *option, const char *value)
{
    struct edit *edit = user;

    (void)option;
    (void)value;
    edit->replace = true;
}

static int carry_out(struct edit edit, int argc, char **argv)
{
    const char **words = calloc((size_t)argc + 1, sizeof(*words));
    struct pvhop_pvsc *f = NULL;
    struct pvhop_error err = {0};
    int exit_code = 0, n = -1;

    edit.words = words;
    if (!words)
        pvhop_error_set(&err, PVHOP_E_MEMORY, "for the arguments");
    else
        n = cli_take_words(edit.verb->options, argc, argv, words, take_replace, &edit, &err);
    if (n >= 0 && (n < edit.least || n > edit.most)) {
        cli_usage(edit.verb, edit.needs, &err);
    } else if (n >= 0) {
        const char *file = edit.file ? edit.file : *edit.words++;

        f = edit.file ? pvhop_pvsc_open(file, &err) : pvhop_pvsc_read(file, &err);
        if (f && edit.change(f, &edit, &err) == 0)
            cli_write_pvsc(f, file, &err);
    }
    if (err.code)
        exit_code = cli_fail(&err);
    pvhop_pvsc_free(f);
    free(words);
    return exit_code;
}

/* ---- pvsc remove ---- */

static int remove_named(struct pvhop_pvsc *f, const struct edit *edit, struct pvhop_error *err)
{
    for (const char **name = edit->words; *name; name++)
        if (pvhop_pvsc_remove(f, *name, err) != 0)
            return -1;
    return 0;
}

static int run_remove(int argc, char **argv)
{
    return carry_out((struct edit){.verb = &cli_pvsc_remove,
                                   .least = 2,
                                   .most = INT_MAX,
                                   .needs = "a file and the name of an entry are needed",
                                   .change = remove_named},
                     argc, argv);
}

const struct cli_verb cli_pvsc_remove = {
    .name = "pvsc remove",
    .summary = "takes entries out of a file",
    .synopsis = "FILE NAME...",
    .description = "Takes entries out of a file. All else in it stays as it is. If one of the "
                   "names is not there, nothing is changed.",
    .run = run_remove,
};

/* ---- pvsc rename ---- */

static int rename_one(struct pvhop_pvsc *f, const struct edit *edit, struct pvhop_error *err)
{
    return pvhop_pvsc_rename(f, edit->words[0], edit->words[1], err);
}

static int run_rename(int argc, char **argv)
{
    return carry_out((struct edit){.verb = &cli_pvsc_rename,
                                   .least = 3,
                                   .most = 3,
                                   .needs = "a file, a name and a new name are needed",
                                   .change = rename_one},
                     argc, argv);
}

const struct cli_verb cli_pvsc_rename = {
    .name = "pvsc rename",
    .summary = "gives an entry another name",
    .synopsis = "FILE NAME NEW-NAME",
    .description = "Gives an entry another name. ParaView remembers what was entered for an "
                   "entry's options by its name, so it begins anew with them.",
    .run = run_rename,
};

/* ---- pvsc merge ---- */

static const struct cli_option merge_options[] = {
    {"replace", NULL, "Where two entries of one name differ, take the one that comes later"},
    {"help", NULL, "Print this help"},
    {0},
};

/* Adds the entries of one file to `into`; those that are the same already are passed over. */
static int merge_file(struct pvhop_pvsc *into, const char *path, bool replace,
                      struct pvhop_error *err)
{
    struct pvhop_pvsc *from = pvhop_pvsc_read(path, err);
    const char *name;
    int rc = from ? 0 : -1;

    for (size_t n = 0; rc == 0 && (name = pvhop_pvsc_name(from, n)); n++) {
        if (pvhop_pvsc_same(into, from, name))
            continue;
        rc = pvhop_pvsc_copy(into, from, name, replace, err);
        if (rc != 0)
            pvhop_error_remedy(err,
                               "The two differ; see 'pvhop pvsc diff'. Rename one of them, or let "
                               "the later one win with --replace.");
    }
    pvhop_pvsc_free(from);
    return rc;
}

static int merge_files(struct pvhop_pvsc *f, const struct edit *edit, struct pvhop_error *err)
{
    for (const char **path = edit->words; *path; path++)
        if (merge_file(f, *path, edit->replace, err) != 0)
            return -1;
    return 0;
}

static int run_merge(int argc, char **argv)
{
    return carry_out((struct edit){.verb = &cli_pvsc_merge,
                                   .least = 2,
                                   .most = INT_MAX,
                                   .needs = "a file, and others to be merged into it, are needed",
                                   .change = merge_files},
                     argc, argv);
}

const struct cli_verb cli_pvsc_merge = {
    .name = "pvsc merge",
    .summary = "adds the entries of other files to a file",
    .synopsis = "FILE OTHER... [--replace]",
    .description = "Adds the entries of the other files to the first one. Entries that are there "
                   "already and say the same are passed over; if one of the same name says "
                   "something else, nothing is changed.",
    .options = merge_options,
    .run = run_merge,
};

/* ---- pvsc add ---- */

static int run_add(int argc, char **argv)
{
    char *servers = cli_paraview_servers();
    struct pvhop_error err;
    int exit_code;

    if (!servers || cli_make_folders(servers, 0700, &err) != 0) {
        if (!servers)
            pvhop_error_set(&err, PVHOP_E_PVSC_WRITE, "neither XDG_CONFIG_HOME nor HOME is set");
        free(servers);
        return cli_fail(&err);
    }
    exit_code = carry_out((struct edit){.verb = &cli_pvsc_add,
                                        .least = 1,
                                        .most = INT_MAX,
                                        .needs = "no file is given",
                                        .file = servers,
                                        .change = merge_files},
                          argc, argv);
    if (exit_code == 0)
        fprintf(stderr, "Added to %s.\n", servers);
    free(servers);
    return exit_code;
}

const struct cli_verb cli_pvsc_add = {
    .name = "pvsc add",
    .summary = "adds the entries of files to your own in ParaView",
    .synopsis = "FILE... [--replace]",
    .description = "Adds the entries of files to those that ParaView shows you: to servers.pvsc in "
                   "its configuration folder, which is made if need be. As with 'pvsc merge', "
                   "nothing is changed where two entries of one name differ. Quit ParaView before, "
                   "since it rewrites that file when it quits.",
    .options = merge_options,
    .run = run_add,
};

/* ---- pvsc diff ---- */

struct lines {
    char *text;
    char *line[2000];
    size_t n;
};

static void split_lines(struct lines *l, char *text)
{
    l->text = text;
    for (char *rest = text, *line; rest && l->n < 2000 && (line = strsep(&rest, "\n"));)
        if (*line)
            l->line[l->n++] = line;
}

/* What was taken out, and what was put in, by the longest common subsequence of the lines. */
static void print_changes(const struct lines *a, const struct lines *b)
{
    size_t width = b->n + 1, i = 0, j = 0;
    unsigned short *common = calloc((a->n + 1) * width, sizeof(*common));

    if (!common)
        return;
    for (size_t r = a->n; r-- > 0;)
        for (size_t c = b->n; c-- > 0;) {
            unsigned short skip_a = common[(r + 1) * width + c], skip_b = common[r * width + c + 1];

            if (strcmp(a->line[r], b->line[c]) == 0)
                common[r * width + c] = (unsigned short)(common[(r + 1) * width + c + 1] + 1);
            else
                common[r * width + c] = skip_a > skip_b ? skip_a : skip_b;
        }
    while (i < a->n || j < b->n) {
        if (i < a->n && j < b->n && strcmp(a->line[i], b->line[j]) == 0) {
            i++;
            j++;
        } else if (i < a->n &&
                   (j == b->n || common[(i + 1) * width + j] >= common[i * width + j + 1])) {
            printf("- %s\n", a->line[i++]);
        } else {
            printf("+ %s\n", b->line[j++]);
        }
    }
    free(common);
}

static void print_difference(const struct pvhop_pvsc *a, const struct pvhop_pvsc *b,
                             const char *name)
{
    struct lines *old = calloc(1, sizeof(*old)), *new = calloc(1, sizeof(*new));

    if (old && new) {
        split_lines(old, pvhop_pvsc_print_entry(a, name, NULL));
        split_lines(new, pvhop_pvsc_print_entry(b, name, NULL));
        printf("%s differs:\n", name);
        print_changes(old, new);
        free(old->text);
        free(new->text);
    }
    free(old);
    free(new);
}

static int run_diff(int argc, char **argv)
{
    struct pvhop_pvsc *a = NULL, *b = NULL;
    struct pvhop_error err = {0};
    const char *name;
    int exit_code = 0;

    if (argc != 2) {
        cli_usage(&cli_pvsc_diff, "two files are needed", &err);
        return cli_fail(&err);
    }
    if (!(a = pvhop_pvsc_read(argv[0], &err)) || !(b = pvhop_pvsc_read(argv[1], &err))) {
        exit_code = cli_fail(&err);
        goto out;
    }
    for (size_t n = 0; (name = pvhop_pvsc_name(a, n)); n++) {
        if (pvhop_pvsc_same(a, b, name))
            continue;
        exit_code = 1;
        if (pvhop_pvsc_resource(b, name))
            print_difference(a, b, name);
        else
            printf("%s is only in %s\n", name, argv[0]);
    }
    for (size_t n = 0; (name = pvhop_pvsc_name(b, n)); n++)
        if (!pvhop_pvsc_resource(a, name)) {
            printf("%s is only in %s\n", name, argv[1]);
            exit_code = 1;
        }
out:
    pvhop_pvsc_free(a);
    pvhop_pvsc_free(b);
    return cli_finish(exit_code);
}

const struct cli_verb cli_pvsc_diff = {
    .name = "pvsc diff",
    .summary = "compares the entries of two files",
    .synopsis = "FILE OTHER",
    .description = "Compares entries by their names, whatever their order and indent. The exit "
                   "code is 0 if all are the same, and 1 if not.",
    .run = run_diff,
};
