/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CLI_LOOK_H
#define PVHOP_CLI_LOOK_H
/** What the verbs share that log in to one host, look at it, and tell what they found. */
#include "cli.h"
#include "run.h"

struct cli_look {
    struct cli_run run;
    struct pvhop_recipe *recipe; /* the host, and how to log in */
    bool json;                   /* --json, if the verb has it */

    /** An option of the verb's own, other than --json and those of CLI_RUN_OPTIONS. */
    void (*option)(struct cli_look *look, const char *name, const char *value);
    /** What of the words together cannot be: -1 and *err. NULL: nothing. */
    int (*check)(const struct cli_look *look, struct pvhop_error *err);
    /** Begins, in run.loop; cli_run_end follows. -1 and *err: it could not. */
    int (*begin)(struct cli_look *look, struct pvhop_error *err);
    /** Frees what `begin` made; also called if it was not, or failed. */
    void (*end)(struct cli_look *look);
};

/** From the words behind the verb to its exit code. run.cancel and run.line are set by the verb,
 * which is found by run.user, the look itself. */
int cli_look(struct cli_look *look, const struct cli_option *options, int argc, char **argv);
/** Prints the result: as an event, as JSON, or by `table`, as the words say. */
void cli_look_print(const struct cli_look *look, const char *result, void (*table)(const char *));

#endif
