/* SPDX-License-Identifier: BSD-3-Clause */
#include "questions.h"
#include "cli.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

bool cli_can_ask(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

void cli_explain_questions(void)
{
    fputs("Enter alone takes what stands in brackets, ? explains, - takes a value away,\n"
          "Ctrl-C ends this without a trace.\n\n",
          stderr);
}

/* Room for the longest value there may be, a newline and a NUL. */
typedef char answer_line[PVHOP_VALUE_MAX + 2];

/* One line without the spaces around it. Newlines and what is too long never get as far as `take`.
 */
static int read_line(answer_line line, struct pvhop_error *err)
{
    size_t len, from;
    int c;

    for (;;) {
        if (!fgets(line, sizeof(answer_line), stdin)) {
            fputc('\n', stderr);
            return pvhop_error_set(err, PVHOP_E_CANCELLED, "a question was left without an answer");
        }
        if (strchr(line, '\n') || feof(stdin))
            break;
        while ((c = getchar()) != '\n' && c != EOF)
            ;
        fprintf(stderr, "  That is too long. Once more: ");
    }
    len = strlen(line);
    while (len && strchr(" \t\r\n", line[len - 1]))
        line[--len] = '\0';
    from = strspn(line, " \t");
    memmove(line, line + from, len - from + 1);
    return 0;
}

static void print_question(const struct cli_question *q)
{
    fputs(q->title, stderr);
    if (q->choices) {
        fputs(" (", stderr);
        for (const char *c = q->choices; *c; c++)
            fputs(*c == '|' ? ", " : (char[]){*c, '\0'}, stderr);
        fputc(')', stderr);
    }
    if (q->proposal && *q->proposal)
        fprintf(stderr, " [%s]", q->proposal);
    fputs(": ", stderr);
}

static void complain(const struct pvhop_error *err)
{
    fputs("  ", stderr);
    cli_print_wrapped(stderr, err->why, 2, 2);
    if (*err->remedy) {
        fputs("  ", stderr);
        cli_print_wrapped(stderr, err->remedy, 2, 2);
    }
}

int cli_ask(const struct cli_question *q, struct pvhop_error *err)
{
    for (;;) {
        struct pvhop_error why = {0};
        answer_line line;

        print_question(q);
        if (read_line(line, err) != 0)
            return -1;
        if (strcmp(line, "?") == 0) {
            fputs("  ", stderr);
            cli_print_wrapped(stderr, q->help, 2, 2);
        } else if (!*line && q->needed && !(q->proposal && *q->proposal)) {
            fputs("  There is no entry without it.\n", stderr);
        } else if (!*line || q->take(q->user, strcmp(line, "-") == 0 ? "" : line, &why) == 0) {
            return 0;
        } else {
            complain(&why);
        }
    }
}

struct field_answer {
    struct pvhop_recipe *recipe;
    const char *field;
};

static int take_field(void *user, const char *answer, struct pvhop_error *err)
{
    const struct field_answer *a = user;

    return pvhop_recipe_set(a->recipe, a->field, answer, err);
}

int cli_ask_field(struct pvhop_recipe *r, const char *field, struct pvhop_error *err)
{
    const struct pvhop_field *f = pvhop_field_find(field);
    struct field_answer a = {r, field};

    return cli_ask(&(struct cli_question){.title = f->title,
                                          .choices = f->choices,
                                          .help = f->help,
                                          .proposal = pvhop_recipe_get(r, field),
                                          .needed = strcmp(field, "host") == 0,
                                          .take = take_field,
                                          .user = &a},
                   err);
}
