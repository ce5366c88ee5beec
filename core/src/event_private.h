/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_EVENT_PRIVATE_H
#define PVHOP_EVENT_PRIVATE_H
/** What the files of event share. */
#include "event_out.h"
#include <pvhop/event.h>

struct json_t;

/* One question, from pvhop_events_prompt to its answer. Texts are copies. */
struct pvhop_ask {
    struct pvhop_ask *next;
    struct pvhop_prompt prompt;
    pvhop_answer_fn fn;
    void *user;
    char host[320], text[1024], server_text[4096], fingerprint[160];
};

struct pvhop_answers; /* the reader of answers_fd */
struct pvhop_tty;     /* the asker on a terminal */
struct pvhop_askpass; /* the asker by a program */

struct pvhop_events {
    struct pvhop_loop *loop;
    struct pvhop_events_config config;
    char *askpass_path;
    struct pvhop_events_handlers handlers;
    void *user;
    uint64_t start_ms;
    uint64_t asked_ms; /* when a question last ended */
    struct pvhop_out *json, *human;
    struct pvhop_out *log; /* the same lines, to config.log_path */
    int log_fd;
    struct pvhop_answers *answers;
    struct pvhop_tty *tty;
    struct pvhop_askpass *askpass;
    struct pvhop_ask *asks;   /* the first is the one being asked on a terminal or by a program */
    struct pvhop_timer *next; /* asks the next one, off the caller's stack */
    bool answers_ended;       /* the parent is gone */
    bool human_is_tty, line_open; /* line_open: the cursor stands behind an unfinished line */
    uint64_t phase_begin_ms;
    char phase_text[512]; /* of the phase that has begun */
};

/* event.c */
void pvhop_events_json(struct pvhop_events *e, struct json_t *object, bool may_drop); /* takes it */
double pvhop_events_time(const struct pvhop_events *e);

/* event_human.c */
void pvhop_human_phase(struct pvhop_events *e, enum pvhop_phase_state state, const char *text);
void pvhop_human_line(struct pvhop_events *e, const char *mark, const char *text, bool may_drop);
/* Nothing runs: what stood on the line that is rewritten goes. */
void pvhop_human_idle(struct pvhop_events *e);
void pvhop_human_error(struct pvhop_events *e, const struct pvhop_error *err);

/* event_prompt.c */
/* Ends a question: takes it off the list, tells who asked, frees it. */
void pvhop_ask_end(struct pvhop_events *e, struct pvhop_ask *ask, const char *answer, bool asked);
struct pvhop_ask *pvhop_ask_find(struct pvhop_events *e, unsigned id);
void pvhop_ask_end_all(struct pvhop_events *e);
void pvhop_ask_free_all(struct pvhop_events *e);
void pvhop_ask_next(void *user);
/* Its answer is "yes" or "no". */
bool pvhop_prompt_yes_no(const struct pvhop_prompt *prompt);

/* event_answers.c */
struct pvhop_answers *pvhop_answers_new(struct pvhop_events *e, struct pvhop_error *err);
void pvhop_answers_free(struct pvhop_answers *a);

/* event_tty.c */
struct pvhop_tty *pvhop_tty_new(struct pvhop_events *e, struct pvhop_error *err);
/* False if nobody can be asked there now (a background job). */
bool pvhop_tty_ask(struct pvhop_tty *t, const struct pvhop_ask *ask);
void pvhop_tty_cancel(struct pvhop_tty *t);
void pvhop_tty_free(struct pvhop_tty *t);

/* event_askpass.c */
struct pvhop_askpass *pvhop_askpass_new(struct pvhop_events *e);
bool pvhop_askpass_ask(struct pvhop_askpass *p, const struct pvhop_ask *ask);
void pvhop_askpass_cancel(struct pvhop_askpass *p);
void pvhop_askpass_free(struct pvhop_askpass *p);

#endif
