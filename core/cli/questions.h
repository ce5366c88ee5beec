/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CLI_QUESTIONS_H
#define PVHOP_CLI_QUESTIONS_H
/**
 * Questions that a verb asks on its terminal, one after the other, where a script would give
 * options. They go to standard error, so that standard output stays what the verb makes.
 */
#include <pvhop/recipe.h>

struct cli_question {
    const char *title;
    const char *choices;  /* "a|b|c"; NULL: any answer that `take` accepts */
    const char *help;     /* for "?" */
    const char *proposal; /* what an empty answer leaves as it is; NULL or "": nothing */
    bool needed;          /* an empty answer does not do where nothing is proposed */
    /** An answer; "" takes the proposal away. -1 and *err: it is told why, and asked again. */
    int (*take)(void *user, const char *answer, struct pvhop_error *err);
    void *user;
};

/** Whether somebody sits there to answer. */
bool cli_can_ask(void);
/** How the questions are answered, for whoever meets them. */
void cli_explain_questions(void);
/** Asks until `take` accepts an answer. -1 and CANCELLED: there comes none any more. */
int cli_ask(const struct cli_question *q, struct pvhop_error *err);
/** Asks for a field of the recipe; its value there is the proposal. */
int cli_ask_field(struct pvhop_recipe *r, const char *field, struct pvhop_error *err);

#endif
