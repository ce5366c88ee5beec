/* SPDX-License-Identifier: BSD-3-Clause */
#include "event_private.h"
#include "utf8.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 4096, FLUSH_MS = 200 };

const char *pvhop_phase_name(enum pvhop_phase phase)
{
    static const char *const names[] = {
        [PVHOP_PHASE_CONFIG] = "config",   [PVHOP_PHASE_RESOLVE] = "resolve",
        [PVHOP_PHASE_SSH] = "ssh",         [PVHOP_PHASE_HOSTKEY] = "hostkey",
        [PVHOP_PHASE_AUTH] = "auth",       [PVHOP_PHASE_TUNNEL] = "tunnel",
        [PVHOP_PHASE_RELAY] = "relay",     [PVHOP_PHASE_SUBMIT] = "submit",
        [PVHOP_PHASE_QUEUE] = "queue",     [PVHOP_PHASE_START] = "start",
        [PVHOP_PHASE_CHECK] = "check",     [PVHOP_PHASE_CONNECTED] = "connected",
        [PVHOP_PHASE_CLOSING] = "closing",
    };

    return (size_t)phase < sizeof(names) / sizeof(names[0]) ? names[phase] : "unknown";
}

static bool make_log(struct pvhop_events *e, struct pvhop_error *err)
{
    e->log_fd =
        open(e->config.log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (e->log_fd < 0) {
        pvhop_error_set(err, PVHOP_E_CONFIG, "the log of events '%s': %s", e->config.log_path,
                        strerror(errno));
        return false;
    }
    return (e->log = pvhop_out_new(e->loop, e->log_fd, err)) != NULL;
}

static bool make_outs(struct pvhop_events *e, struct pvhop_error *err)
{
    if (e->config.events_fd >= 0 && !(e->json = pvhop_out_new(e->loop, e->config.events_fd, err)))
        return false;
    if (e->config.log_path && !make_log(e, err))
        return false;
    if (e->config.human_fd >= 0 && !(e->human = pvhop_out_new(e->loop, e->config.human_fd, err)))
        return false;
    e->human_is_tty = e->human && isatty(e->config.human_fd);
    return true;
}

/* Who can be asked: the parent, else a person on a terminal, else a person by a program. */
static bool make_askers(struct pvhop_events *e, struct pvhop_error *err)
{
    if (e->config.answers_fd >= 0)
        return (e->answers = pvhop_answers_new(e, err)) != NULL;
    if (e->config.tty_fd >= 0 && !(e->tty = pvhop_tty_new(e, err)))
        return false;
    if (!e->config.askpass || !*e->config.askpass)
        return true;
    e->askpass_path = strdup(e->config.askpass);
    e->askpass = e->askpass_path ? pvhop_askpass_new(e) : NULL;
    return e->askpass || pvhop_error_set(err, PVHOP_E_MEMORY, "for events") == 0;
}

struct pvhop_events *pvhop_events_new(struct pvhop_loop *loop,
                                      const struct pvhop_events_config *config,
                                      const struct pvhop_events_handlers *handlers, void *user,
                                      struct pvhop_error *err)
{
    struct pvhop_events *e = calloc(1, sizeof(*e));

    if (!e) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for events");
        return NULL;
    }
    e->loop = loop;
    e->config = *config;
    if (handlers)
        e->handlers = *handlers;
    e->user = user;
    e->log_fd = -1;
    e->start_ms = pvhop_loop_now_ms(loop);
    e->next = pvhop_timer_new(loop, pvhop_ask_next, e);
    if (!e->next) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for events");
        goto out;
    }
    if (make_outs(e, err) && make_askers(e, err))
        return e;
out:
    pvhop_events_free(e);
    return NULL;
}

void pvhop_events_free(struct pvhop_events *e)
{
    if (!e)
        return;
    pvhop_timer_free(e->next);
    pvhop_answers_free(e->answers);
    pvhop_tty_free(e->tty);
    pvhop_askpass_free(e->askpass);
    pvhop_ask_free_all(e);
    if (e->human && e->line_open)
        pvhop_out_add(e->human, "\n", 1, false);
    pvhop_out_free(e->json, FLUSH_MS);
    pvhop_out_free(e->human, FLUSH_MS);
    pvhop_out_free(e->log, FLUSH_MS);
    if (e->log_fd >= 0)
        close(e->log_fd);
    free(e->askpass_path);
    free(e);
}

double pvhop_events_time(const struct pvhop_events *e)
{
    return (double)(pvhop_loop_now_ms(e->loop) - e->start_ms) / 1000.0;
}

static void send_line(struct pvhop_events *e, json_t *object, bool may_drop)
{
    char *line = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    size_t len = line ? strlen(line) : 0;

    if (line) {
        line[len] = '\n'; /* in place of the NUL */
        if (e->json)
            pvhop_out_add(e->json, line, len + 1, may_drop);
        if (e->log)
            pvhop_out_add(e->log, line, len + 1, may_drop);
    }
    free(line);
    json_decref(object);
}

/* Is there anybody for the JSON lines? */
static bool machine_reads(const struct pvhop_events *e)
{
    return e->json || e->log;
}

void pvhop_events_json(struct pvhop_events *e, json_t *object, bool may_drop)
{
    unsigned dropped;

    if (!machine_reads(e)) {
        json_decref(object);
        return;
    }
    dropped = e->json ? pvhop_out_dropped(e->json) : 0;
    if (dropped) {
        char text[80];

        snprintf(text, sizeof(text), "%u lines were left out: the reader was too slow", dropped);
        send_line(e,
                  json_pack("{s:i,s:f,s:s,s:s,s:s}", "v", 1, "t", pvhop_events_time(e), "event",
                            "log", "source", "pvhop", "text", text),
                  true);
    }
    send_line(e, object, may_drop);
}

static json_t *new_event(const struct pvhop_events *e, const char *event)
{
    return json_pack("{s:i,s:f,s:s}", "v", 1, "t", pvhop_events_time(e), "event", event);
}

/* json_string() takes valid UTF-8 only; what comes from a network may be anything. */
static void put_text(json_t *object, const char *key, const char *text)
{
    char clean[TEXT_MAX];

    if (object)
        json_object_set_new(object, key, json_string(pvhop_utf8_clean(text, clean, sizeof(clean))));
}

void pvhop_events_phase(struct pvhop_events *e, enum pvhop_phase phase,
                        enum pvhop_phase_state state, const char *text, ...)
{
    static const char *const states[] = {[PVHOP_BEGIN] = "begin",
                                         [PVHOP_PROGRESS] = "progress",
                                         [PVHOP_DONE] = "done",
                                         [PVHOP_FAILED] = "failed"};
    char words[TEXT_MAX];
    json_t *object;
    va_list ap;

    va_start(ap, text);
    vsnprintf(words, sizeof(words), text, ap);
    va_end(ap);
    if (machine_reads(e)) {
        object = new_event(e, "phase");
        put_text(object, "phase", pvhop_phase_name(phase));
        put_text(object, "state", states[state]);
        put_text(object, "text", words);
        pvhop_events_json(e, object, state == PVHOP_PROGRESS);
    }
    pvhop_human_phase(e, state, words);
}

void pvhop_events_log(struct pvhop_events *e, const char *source, const char *text, ...)
{
    char words[TEXT_MAX];
    va_list ap;

    va_start(ap, text);
    vsnprintf(words, sizeof(words), text, ap);
    va_end(ap);
    if (machine_reads(e)) {
        json_t *object = new_event(e, "log");

        put_text(object, "source", source);
        put_text(object, "text", words);
        pvhop_events_json(e, object, true);
    }
    if (e->config.verbose)
        pvhop_human_line(e, source, words, true);
}

const char *pvhop_check_state_name(enum pvhop_check_state state)
{
    static const char *const names[] = {[PVHOP_CHECK_RUNNING] = "running",
                                        [PVHOP_CHECK_OK] = "ok",
                                        [PVHOP_CHECK_NOTE] = "note",
                                        [PVHOP_CHECK_BAD] = "bad",
                                        [PVHOP_CHECK_SKIPPED] = "skipped"};

    return names[state];
}

void pvhop_events_check(struct pvhop_events *e, const char *check, enum pvhop_check_state state,
                        const char *text, const char *remedy)
{
    if (machine_reads(e)) {
        json_t *object = new_event(e, "check");

        put_text(object, "check", check);
        put_text(object, "state", pvhop_check_state_name(state));
        put_text(object, "text", text);
        put_text(object, "remedy", remedy);
        pvhop_events_json(e, object, state == PVHOP_CHECK_RUNNING);
    }
    if (state == PVHOP_CHECK_RUNNING)
        pvhop_human_phase(e, PVHOP_BEGIN, text);
    else
        pvhop_human_idle(e);
}

void pvhop_events_result(struct pvhop_events *e, const char *json)
{
    json_t *object;

    if (!machine_reads(e) || !(object = new_event(e, "result")))
        return;
    json_object_set_new(object, "result", json_loads(json, 0, NULL));
    pvhop_events_json(e, object, false);
}

static void tell_error(struct pvhop_events *e, const char *event, const struct pvhop_error *err)
{
    const struct pvhop_code_info *info = pvhop_code_find(err->code);
    char code[16];
    json_t *object;

    if (!machine_reads(e) || !(object = new_event(e, event)))
        return;
    snprintf(code, sizeof(code), "PVH%04d", (int)err->code);
    put_text(object, "code", code);
    put_text(object, "name", info ? info->name : "UNKNOWN");
    put_text(object, "what", err->what);
    put_text(object, "why", err->why);
    put_text(object, "remedy", err->remedy);
    pvhop_events_json(e, object, false);
}

void pvhop_events_error(struct pvhop_events *e, const struct pvhop_error *err)
{
    tell_error(e, "error", err);
    pvhop_human_error(e, err);
}

void pvhop_events_lost(struct pvhop_events *e, const struct pvhop_error *err)
{
    tell_error(e, "lost", err);
}

void pvhop_events_stalled(struct pvhop_events *e, unsigned silent_s)
{
    char words[128] = "The far side answers again";
    json_t *object;

    if (machine_reads(e) && (object = new_event(e, "stalled"))) {
        json_object_set_new(object, "silent_s", json_integer(silent_s));
        pvhop_events_json(e, object, false);
    }
    if (silent_s)
        snprintf(words, sizeof(words), "The far side has not answered for %u seconds", silent_s);
    pvhop_human_line(e, NULL, words, false);
}

void pvhop_events_ready(struct pvhop_events *e, const char *url, const char *host, uint16_t port)
{
    char words[512];

    if (machine_reads(e)) {
        json_t *object = new_event(e, "ready");

        put_text(object, "url", url);
        put_text(object, "host", host);
        if (object)
            json_object_set_new(object, "port", json_integer(port));
        pvhop_events_json(e, object, false);
    }
    snprintf(words, sizeof(words), "Ready: connect ParaView to %s", url);
    pvhop_human_line(e, NULL, words, false);
}

void pvhop_events_connected(struct pvhop_events *e, const char *server)
{
    char words[512];

    if (machine_reads(e)) {
        json_t *object = new_event(e, "connected");

        put_text(object, "server", server);
        pvhop_events_json(e, object, false);
    }
    snprintf(words, sizeof(words), "Connected to pvserver on %s", server);
    pvhop_human_line(e, NULL, words, false);
}

void pvhop_events_stats(struct pvhop_events *e, double rtt_ms, uint64_t to_client,
                        uint64_t to_server, int64_t left_s)
{
    json_t *object;

    if (!machine_reads(e) || !(object = new_event(e, "stats")))
        return;
    json_object_set_new(object, "rtt_ms", rtt_ms >= 0 ? json_real(rtt_ms) : json_null());
    json_object_set_new(object, "to_client", json_integer((json_int_t)to_client));
    json_object_set_new(object, "to_server", json_integer((json_int_t)to_server));
    if (left_s >= 0)
        json_object_set_new(object, "left_s", json_integer(left_s));
    pvhop_events_json(e, object, true);
}

void pvhop_events_end(struct pvhop_events *e, int exit_code)
{
    json_t *object;

    if (!machine_reads(e) || !(object = new_event(e, "end")))
        return;
    json_object_set_new(object, "exit", json_integer(exit_code));
    pvhop_events_json(e, object, false);
}
