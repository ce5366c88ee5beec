/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CLI_H
#define PVHOP_CLI_H
/** The program `pvhop`: one verb a file, and the table from which it is run, helped and documented.
 */
#include <pvhop/recipe.h>

/** An option of a verb's own, beside the fields of a recipe. */
struct cli_option {
    const char *name; /* "output": --output */
    const char *meta; /* FILE; NULL: takes no value */
    const char *help; /* one sentence, without its full stop */
};

struct cli_example {
    const char *text, *command;
};

struct cli_verb {
    const char *name;    /* "connect", "pvsc new" */
    const char *summary; /* one line, without a full stop */
    const char *synopsis;
    const char *description;            /* paragraphs, with an empty line between them */
    const struct cli_option *options;   /* ended by a row without a name; NULL: none */
    const struct cli_example *examples; /* likewise */
    bool recipe;                        /* the fields of a recipe are options too */
    unsigned groups; /* of their groups, those that are told of, as bits; 0: all */
    bool own_help;   /* answers --help itself */
    /** argv[0] is the first word after the verb. Returns the exit code. */
    int (*run)(int argc, char **argv);
};

/** The n-th verb, NULL past the end. */
const struct cli_verb *cli_verb_row(size_t n);
extern const struct cli_verb cli_connect, cli_probe, cli_pvsc_new, cli_pvsc_list, cli_pvsc_show,
    cli_pvsc_check, cli_pvsc_convert, cli_pvsc_add, cli_pvsc_remove, cli_pvsc_rename,
    cli_pvsc_merge, cli_pvsc_diff, cli_pvsc_bundle, cli_pvsc_install, cli_jobs, cli_relay,
    cli_report, cli_help, cli_version;

/** Prints the error to standard error; returns its exit code. */
int cli_fail(const struct pvhop_error *err);
/** Writes out standard output; a full disk or a closed pipe is an error. Returns the exit code. */
int cli_finish(int exit_code);

/**
 * If argv[0] is one of the options: its row, *value (NULL if it takes none), and the number of
 * words in *taken. NULL with *taken = 0: not one of them; with -1: used wrongly, *err filled.
 */
const struct cli_option *cli_take_option(const struct cli_option *options, int argc, char **argv,
                                         const char **value, int *taken, struct pvhop_error *err);

/**
 * Words and options in any order: the words into `words` (room for argc of them, and a NULL behind
 * the last), each option to `take`. Returns the number of words, -1 and *err for an option that is
 * not there or is used wrongly. A "-" is a word.
 */
typedef void (*cli_option_fn)(void *user, const char *option, const char *value);
int cli_take_words(const struct cli_option *options, int argc, char **argv, const char **words,
                   cli_option_fn take, void *user, struct pvhop_error *err);
/** USAGE, with the verb's synopsis as the remedy; -1. */
int cli_usage(const struct cli_verb *verb, const char *why, struct pvhop_error *err);

/** The whole program's help. */
void cli_print_overview(FILE *out);
/** Help for the verb `name`, or the list of those whose first word it is. False: there is none. */
bool cli_print_help(FILE *out, const char *name);
/** The same as a man page in section 1; "" is pvhop(1). */
bool cli_print_man(FILE *out, const char *name);
/** Completion for "bash", "zsh" or "fish". False: another shell. */
bool cli_print_completion(FILE *out, const char *shell);
/** `text` wrapped at 79 columns, `indent` spaces before each line but the first. */
void cli_print_wrapped(FILE *out, const char *text, int column, int indent);

#endif
