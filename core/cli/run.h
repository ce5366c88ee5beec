/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CLI_RUN_H
#define PVHOP_CLI_RUN_H
/** What the verbs that log in have in common: loop, events, signals, and a connection in them. */
#include "connect_client.h"
#include <pvhop/connect.h>

struct cli_run {
    /* what the command line says; descriptors that are not given are -1 */
    int events_fd, answers_fd;
    bool verbose;
    bool progress_only; /* lines for people on a terminal only: standard output is for a result */
    char **client_argv; /* behind "--"; NULL: none */
    /** Asked to end while no connection runs. */
    void (*cancel)(void *user, enum pvhop_code why);
    /** A line on the answers descriptor that is no answer (event.h); NULL: none are expected. */
    bool (*line)(void *user, const char *line);
    void *user;
    /* what runs */
    struct pvhop_loop *loop;
    struct pvhop_events *events;
    struct pvhop_connect *connect;
    struct pvhop_signals *signals;
    struct client_program *client;
    int tty_fd;
    bool errors_to_stderr; /* the lines for people go elsewhere */
    bool error_told;
    bool client_ended;
    int client_exit, exit_code;
};

#define CLI_RUN_INIT                                    \
    {                                                   \
        .events_fd = -1, .answers_fd = -1, .tty_fd = -1 \
    }

/** The last rows of the options of a verb that logs in, for cli_run_take. */
#define CLI_RUN_OPTIONS                                                                \
    {"verbose", NULL, "Print the log too"},                                            \
        {"events", "FD", "Write progress to this descriptor, a JSON object a line"},   \
        {"answers", "FD", "Read answers to questions from this descriptor, likewise"}, \
        {"help", NULL, "Print this help"},                                             \
    {                                                                                  \
        0                                                                              \
    }
/** Is it one of them? */
bool cli_run_takes(const char *name);
int cli_run_take(struct cli_run *run, const char *name, const char *value, struct pvhop_error *err);
/** A parent that runs us for itself takes us with it, also when it crashes. */
int cli_bind_to_parent(const struct cli_run *run, struct pvhop_error *err);

/** Makes loop, signals and events. */
int cli_run_open(struct cli_run *run, struct pvhop_error *err);
/** Connects as the recipe says, on `login` if that is not NULL (taken over unless -1 is returned);
 * it ends with cli_run_end. */
int cli_run_connect(struct cli_run *run, const struct pvhop_recipe *r, struct pvhop_login *login,
                    struct pvhop_error *err);
/** Tells the outcome, and stops the loop. */
void cli_run_end(struct cli_run *run, const struct pvhop_error *err);
/** Frees all. Returns the exit code. */
int cli_run_close(struct cli_run *run);

#endif
