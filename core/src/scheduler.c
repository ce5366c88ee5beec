/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of adapters, and the part of each call that is the same for all of them. */
#include "scheduler_adapter.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* In the order of detection: a system that can only be told apart by elimination comes last. */
static const struct pvhop_scheduler *const table[] = {
    &pvhop_sched_slurm, &pvhop_sched_lsf, &pvhop_sched_pbs, &pvhop_sched_sge, &pvhop_sched_none,
};

const struct pvhop_scheduler *pvhop_scheduler_row(size_t n)
{
    return n < sizeof(table) / sizeof(table[0]) ? table[n] : NULL;
}

const struct pvhop_scheduler *pvhop_scheduler_find(const char *name)
{
    const struct pvhop_scheduler *s;

    for (size_t n = 0; name && (s = pvhop_scheduler_row(n)); n++)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

const char *pvhop_scheduler_name(const struct pvhop_scheduler *s)
{
    return s->name;
}

const char *pvhop_scheduler_title(const struct pvhop_scheduler *s)
{
    return s->title;
}

/* ---- what all texts and answers have in common ---- */

static char *finish(struct pvhop_text *t, struct pvhop_error *err)
{
    char *text = t->failed ? NULL : t->s;

    if (!text) {
        pvhop_text_free(t);
        pvhop_error_set(err, PVHOP_E_MEMORY, "no memory for the text of a batch command");
    }
    return text;
}

static int check_id(const struct pvhop_scheduler *s, const char *id, struct pvhop_error *err)
{
    if (strlen(id) < PVHOP_JOB_ID_MAX && s->id_ok(id))
        return 0;
    return pvhop_error_set(err, PVHOP_E_VALUE, "'%.100s' is not a job id of %s", id, s->title);
}

/* A copy as a string, as NULs end the reading and nothing after them counts. */
static char *open_output(const struct pvhop_scheduler *s, const char *output, size_t len,
                         struct pvhop_error *err)
{
    char *copy = strndup(output, len), *missing;

    if (!copy) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no memory for the answer of %s", s->title);
        return NULL;
    }
    missing = sched_frame(copy, "missing", NULL);
    if (!missing)
        return copy;
    pvhop_error_set(err, PVHOP_E_SCHEDULER_MISSING,
                    "%s: the command '%s' was not found in PATH, by "
                    "/etc/profile, or in the usual folders",
                    s->title, sched_trim(missing));
    free(missing);
    free(copy);
    return NULL;
}

/* The scheduler's words without the empty lines, and without what says nothing. */
static char *own_words(char *text)
{
    char *to = text, *at = text, *line;

    while ((line = sched_line(&at))) {
        size_t len;

        line = sched_trim(line);
        len = strlen(line);
        if (!len || strcmp(line, "Exiting.") == 0)
            continue;
        if (to != text)
            *to++ = '\n'; /* there is room: a line's end was here */
        memmove(to, line, len);
        to += len;
    }
    *to = '\0';
    return text;
}

/* ---- submit ---- */

char *pvhop_scheduler_submit_sh(const struct pvhop_scheduler *s, const struct pvhop_resources *r,
                                const char *script, struct pvhop_error *err)
{
    struct pvhop_text t = {0};

    if (sched_check(r, err) != 0)
        return NULL;
    if (script && (!*script || strpbrk(script, "\n\r"))) {
        pvhop_error_set(err, PVHOP_E_VALUE, "'%.200s' cannot be the job script's file", script);
        return NULL;
    }
    sched_add_preamble(&t, s);
    s->submit(&t, r, script);
    return finish(&t, err);
}

int pvhop_scheduler_submit_read(const struct pvhop_scheduler *s, const char *output, size_t len,
                                char id[PVHOP_JOB_ID_MAX], struct pvhop_error *err)
{
    char *copy = open_output(s, output, len, err), *frame = NULL;
    const char *words;
    int status = -1, result = -1;

    if (!copy)
        return -1;
    frame = sched_frame(copy, "submit", &status);
    if (frame && status == 0 && s->submitted(frame, id) && s->id_ok(id)) {
        result = 0;
        goto out;
    }
    words = own_words(frame ? frame : copy);
    if (*words)
        pvhop_error_set(err, PVHOP_E_SUBMIT, "%s: %s", s->title, words);
    else
        pvhop_error_set(err, PVHOP_E_SUBMIT, "%s said nothing, exit status %d", s->title, status);
    for (const struct sched_hint *hint = s->hints; hint->words; hint++)
        if (sched_has(words, hint->words)) {
            pvhop_error_remedy(err, "%s", hint->remedy);
            break;
        }
out:
    free(frame);
    free(copy);
    return result;
}

/* ---- state ---- */

char *pvhop_scheduler_state_sh(const struct pvhop_scheduler *s, const char *id, bool position,
                               struct pvhop_error *err)
{
    struct pvhop_text t = {0};

    if (check_id(s, id, err) != 0)
        return NULL;
    sched_add_preamble(&t, s);
    s->state(&t, id, position);
    return finish(&t, err);
}

int pvhop_scheduler_state_read(const struct pvhop_scheduler *s, const char *id, const char *output,
                               size_t len, struct pvhop_job_status *status, struct pvhop_error *err)
{
    char *copy = open_output(s, output, len, err);

    memset(status, 0, sizeof(*status));
    status->starts_in_s = status->time_left_s = status->exit_code = -1;
    if (!copy)
        return -1;
    s->read_state(id, copy, status);
    if (status->state != PVHOP_JOB_QUEUED)
        status->hopeless = false;
    free(copy);
    return 0;
}

/* ---- cancel ---- */

char *pvhop_scheduler_cancel_sh(const struct pvhop_scheduler *s, const char *id, const char *name,
                                struct pvhop_error *err)
{
    struct pvhop_text t = {0};
    const struct pvhop_resources named = {.name = name};

    if (check_id(s, id, err) != 0 || sched_check(&named, err) != 0)
        return NULL;
    sched_add_preamble(&t, s);
    sched_add_cancel(&t, s, id, name);
    return finish(&t, err);
}

/* A job that ended between the look and the kill is not an error. */
static bool is_over(const char *words)
{
    static const char *const over[] = {"already finished", "has finished",       "unknown job id",
                                       "does not exist",   "invalid job id",     "no matching job",
                                       "not found",        "already completing", NULL};

    for (size_t n = 0; over[n]; n++)
        if (sched_has(words, over[n]))
            return true;
    return false;
}

int pvhop_scheduler_cancel_read(const struct pvhop_scheduler *s, const char *id, const char *output,
                                size_t len, struct pvhop_error *err)
{
    char *copy = open_output(s, output, len, err);
    char *gone = NULL, *cancel = NULL, *other = NULL, *failed = NULL;
    int status = -1, result = -1;

    if (!copy)
        return -1;
    gone = sched_frame(copy, "gone", NULL);
    cancel = sched_frame(copy, "cancel", &status);
    other = sched_frame(copy, "other", NULL);
    failed = sched_frame(copy, "failed", NULL);
    if (gone || (cancel && (status == 0 || is_over(cancel)))) {
        result = 0;
    } else if (other) {
        pvhop_error_set(err, PVHOP_E_JOB_CANCEL,
                        "job %s is now another job ('%s'); it was left alone", id,
                        sched_trim(other));
        pvhop_error_remedy(err, "Nothing needs to be done; the job that was meant is over.");
    } else {
        char *words = cancel ? cancel : failed ? failed : copy;

        pvhop_error_set(err, PVHOP_E_JOB_CANCEL, "'%s %s' is what would do it; %s: %s",
                        s->cancel_by_hand, id, s->title, own_words(words));
    }
    free(gone);
    free(cancel);
    free(other);
    free(failed);
    free(copy);
    return result;
}

/* ---- detect ---- */

char *pvhop_scheduler_detect_sh(struct pvhop_error *err)
{
    struct pvhop_text t = {0};
    const struct pvhop_scheduler *s;

    for (size_t n = 0; (s = pvhop_scheduler_row(n)); n++) {
        if (!s->command)
            continue;
        pvhop_text_addf(&t, "(\n");
        sched_add_preamble(&t, s);
        pvhop_text_addf(&t,
                        "pvhop_answers=no\n%s >/dev/null 2>&1 </dev/null && pvhop_answers=yes\n"
                        "pvhop_say 'found %s' \"$pvhop_answers $(%s)\"\n) </dev/null\n",
                        s->answers, s->name, s->version);
    }
    return finish(&t, err);
}

int pvhop_scheduler_detect_read(const char *output, size_t len, pvhop_detect_fn fn, void *user)
{
    char *copy = strndup(output, len);
    const struct pvhop_scheduler *s;
    int count = 0;

    for (int answers = 1; copy && answers >= 0; answers--)
        for (size_t n = 0; (s = pvhop_scheduler_row(n)); n++) {
            char name[32] = "found ", *frame, *version;

            strncat(name, s->name, sizeof(name) - 8);
            frame = sched_frame(copy, name, NULL);
            if (frame && (strncmp(frame, "yes", 3) == 0) == answers) {
                pvhop_make_printable(frame);
                version = strchr(frame, ' ');
                fn(user, s, answers, version ? sched_trim(version) : "");
                count++;
            }
            free(frame);
        }
    free(copy);
    return count;
}

/* ---- queues ---- */

char *pvhop_scheduler_queues_sh(const struct pvhop_scheduler *s, struct pvhop_error *err)
{
    struct pvhop_text t = {0};

    sched_add_preamble(&t, s);
    if (s->queues)
        s->queues(&t);
    return finish(&t, err);
}

int pvhop_scheduler_queues_read(const struct pvhop_scheduler *s, const char *output, size_t len,
                                pvhop_queue_fn queue, pvhop_account_fn account, void *user,
                                struct pvhop_error *err)
{
    char *copy = open_output(s, output, len, err);

    if (!copy)
        return -1;
    if (s->read_queues)
        s->read_queues(copy, queue, account, user);
    free(copy);
    return 0;
}
