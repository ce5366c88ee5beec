/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Event lines, and the lines for people beside them. The input is a script: a byte that says what
 * is told, then words up to the next NUL, as a hostile host may choose them. Each line must be one
 * JSON object with what the contract demands, and none may hold what a terminal obeys.
 */
#include "fuzz.h"
#include "utf8.h"
#include <fcntl.h>
#include <jansson.h>
#include <pvhop/event.h>
#include <stdio.h>
#include <unistd.h>

enum { TELLINGS_MAX = 8, OUTPUT_MAX = 1 << 20 };

static char output[OUTPUT_MAX + 1];

static void no_answer(void *user, unsigned id, const char *answer, bool asked)
{
    (void)user;
    (void)id;
    check(!asked && answer == NULL);
}

static void tell(struct pvhop_events *e, unsigned what, const char *words)
{
    struct pvhop_prompt prompt = {.id = what + 1,
                                  .kind = (enum pvhop_prompt_kind)(what >> 4 & 3),
                                  .host = words,
                                  .text = words,
                                  .server_text = words,
                                  .fingerprint = words};
    struct pvhop_error err;

    pvhop_error_set(&err, PVHOP_E_AUTH, "%s", words);
    switch (what & 15) {
    case 0:
        pvhop_events_phase(e, (enum pvhop_phase)((what >> 4) % (PVHOP_PHASE_CLOSING + 1)),
                           (enum pvhop_phase_state)(what >> 6), "%s", words);
        break;
    case 1:
        pvhop_events_prompt(e, &prompt, no_answer, NULL);
        break;
    case 2:
        pvhop_events_check(e, words, (enum pvhop_check_state)((what >> 4) % 5), words, words);
        break;
    case 3:
        pvhop_events_error(e, &err);
        break;
    case 4:
        pvhop_events_lost(e, &err);
        break;
    case 5:
        pvhop_events_ready(e, words, words, 11111);
        break;
    case 6:
        pvhop_events_connected(e, words);
        break;
    case 7:
        pvhop_events_prompt_cancel(e, 2);
        break;
    default:
        pvhop_events_log(e, "pvserver", "%s", words);
    }
}

/* All that the pipe holds, and its end; closes it. */
static char *drain(const int fd[2])
{
    size_t used = 0;
    ssize_t n;

    close(fd[1]);
    while ((n = read(fd[0], output + used, OUTPUT_MAX - used)) > 0)
        used += (size_t)n;
    close(fd[0]);
    output[used] = '\0';
    check(strlen(output) == used);
    check(used == 0 || output[used - 1] == '\n');
    return output;
}

/* Nothing that moves a cursor, changes a colour or hides what stands there. */
static void check_harmless(const char *text)
{
    for (size_t len; *text; text += len) {
        len = *text == '\n' || *text == '\t' ? 1 : pvhop_utf8_char(text);
        check(len > 0);
    }
}

static void check_lines(char *lines)
{
    for (char *line; (line = strsep(&lines, "\n")) && *line;) {
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL), *value;
        const char *key;

        check(json_is_object(object));
        check(json_integer_value(json_object_get(object, "v")) == 1);
        check(json_is_number(json_object_get(object, "t")));
        check(json_is_string(json_object_get(object, "event")));
        json_object_foreach(object, key, value)
        {
            if (json_is_string(value))
                check_harmless(json_string_value(value));
        }
        json_decref(object);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int machine[2], people[2];
    struct pvhop_loop *loop = pvhop_loop_new(NULL);
    struct pvhop_events *e;
    struct pvhop_events_config config = {.answers_fd = -1, .tty_fd = -1, .verbose = true};
    char *script = fuzz_text(data, size), *words = script;

    check(loop && pipe2(machine, O_CLOEXEC) == 0 && pipe2(people, O_CLOEXEC) == 0);
    config.events_fd = machine[1];
    config.human_fd = people[1];
    e = pvhop_events_new(loop, &config, NULL, NULL, NULL);
    check(e != NULL);
    for (int i = 0; i < TELLINGS_MAX && words + 1 < script + size; i++) {
        tell(e, (unsigned char)*words, words + 1);
        words += 1 + strlen(words + 1) + 1;
    }
    pvhop_events_free(e);
    pvhop_loop_free(loop);
    check_lines(drain(machine));
    check_harmless(drain(people));
    free(script);
    return 0;
}
