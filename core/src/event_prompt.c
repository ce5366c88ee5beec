/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions on their way to a person, and answers on their way back. */
#include "event_private.h"
#include "utf8.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Answers come from the parent, for several questions at a time; otherwise one is asked at a time.
 */
static bool expects_answers(const struct pvhop_events *e)
{
    return e->answers && !e->answers_ended;
}

struct pvhop_ask *pvhop_ask_find(struct pvhop_events *e, unsigned id)
{
    struct pvhop_ask *ask = e->asks;

    while (ask && ask->prompt.id != id)
        ask = ask->next;
    return ask;
}

static void unlink_ask(struct pvhop_events *e, struct pvhop_ask *ask)
{
    struct pvhop_ask **link = &e->asks;

    while (*link && *link != ask)
        link = &(*link)->next;
    if (*link)
        *link = ask->next;
    e->asked_ms = pvhop_loop_now_ms(e->loop);
}

void pvhop_ask_end(struct pvhop_events *e, struct pvhop_ask *ask, const char *answer, bool asked)
{
    pvhop_answer_fn fn = ask->fn;
    void *user = ask->user;
    unsigned id = ask->prompt.id;

    unlink_ask(e, ask);
    free(ask);
    if (e->asks && !expects_answers(e))
        pvhop_timer_start(e->next, 0);
    fn(user, id, answer, asked); /* last: it may free the events */
}

void pvhop_ask_free_all(struct pvhop_events *e)
{
    while (e->asks) {
        struct pvhop_ask *ask = e->asks;

        e->asks = ask->next;
        free(ask);
    }
}

/* Nobody is there any more to answer. On turns of their own, as each answer may free anything. */
void pvhop_ask_end_all(struct pvhop_events *e)
{
    if (e->asks)
        pvhop_timer_start(e->next, 0);
}

/* The timer's: asks the first question, or says that nobody can be asked. */
void pvhop_ask_next(void *user)
{
    struct pvhop_events *e = user;

    if (!e->asks)
        return;
    if (e->tty && pvhop_tty_ask(e->tty, e->asks))
        return;
    if (e->askpass && pvhop_askpass_ask(e->askpass, e->asks))
        return;
    pvhop_ask_end(e, e->asks, NULL, false);
}

static const char *kind_name(enum pvhop_prompt_kind kind)
{
    static const char *const names[] = {[PVHOP_PROMPT_HOSTKEY] = "hostkey",
                                        [PVHOP_PROMPT_PASSWORD] = "password",
                                        [PVHOP_PROMPT_PASSPHRASE] = "passphrase",
                                        [PVHOP_PROMPT_KEYBOARD] = "keyboard",
                                        [PVHOP_PROMPT_HELPER] = "helper"};

    return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "keyboard";
}

static void announce(struct pvhop_events *e, const struct pvhop_ask *ask)
{
    const struct pvhop_prompt *p = &ask->prompt;

    pvhop_events_json(e,
                      json_pack("{s:i,s:f,s:s,s:I,s:s,s:s,s:s,s:s?,s:s?,s:b,s:I,s:I}", "v", 1, "t",
                                pvhop_events_time(e), "event", "prompt", "id", (json_int_t)p->id,
                                "kind", kind_name(p->kind), "host", p->host, "text", p->text,
                                "server_text", p->server_text, "fingerprint", p->fingerprint,
                                "echo", (int)p->echo, "index", (json_int_t)p->index, "count",
                                (json_int_t)p->count),
                      false);
}

void pvhop_events_prompt(struct pvhop_events *e, const struct pvhop_prompt *prompt,
                         pvhop_answer_fn fn, void *user)
{
    struct pvhop_ask *ask = calloc(1, sizeof(*ask)), **end = &e->asks;

    if (!ask) { /* a refusal in the call: there is no memory for a later one */
        fn(user, prompt->id, NULL, false);
        return;
    }
    ask->prompt = *prompt;
    ask->fn = fn;
    ask->user = user;
    ask->prompt.host =
        pvhop_utf8_clean(prompt->host ? prompt->host : "", ask->host, sizeof(ask->host));
    ask->prompt.text =
        pvhop_utf8_clean(prompt->text ? prompt->text : "", ask->text, sizeof(ask->text));
    if (prompt->server_text)
        ask->prompt.server_text =
            pvhop_utf8_clean(prompt->server_text, ask->server_text, sizeof(ask->server_text));
    if (prompt->fingerprint)
        ask->prompt.fingerprint =
            pvhop_utf8_clean(prompt->fingerprint, ask->fingerprint, sizeof(ask->fingerprint));
    while (*end)
        end = &(*end)->next;
    *end = ask;
    announce(e, ask);
    if (!expects_answers(e) && e->asks == ask)
        pvhop_timer_start(e->next, 0);
}

uint64_t pvhop_events_asked_ms(const struct pvhop_events *e)
{
    return e->asks ? pvhop_loop_now_ms(e->loop) : e->asked_ms;
}

bool pvhop_prompt_yes_no(const struct pvhop_prompt *prompt)
{
    return prompt->kind == PVHOP_PROMPT_HOSTKEY || prompt->kind == PVHOP_PROMPT_HELPER;
}

void pvhop_events_prompt_cancel(struct pvhop_events *e, unsigned prompt_id)
{
    struct pvhop_ask *ask = pvhop_ask_find(e, prompt_id);

    if (!ask)
        return;
    if (ask == e->asks && e->tty)
        pvhop_tty_cancel(e->tty);
    if (ask == e->asks && e->askpass)
        pvhop_askpass_cancel(e->askpass);
    unlink_ask(e, ask);
    free(ask);
    pvhop_events_json(e,
                      json_pack("{s:i,s:f,s:s,s:I}", "v", 1, "t", pvhop_events_time(e), "event",
                                "prompt_cancelled", "id", (json_int_t)prompt_id),
                      false);
    if (e->asks && !expects_answers(e))
        pvhop_timer_start(e->next, 0);
}
