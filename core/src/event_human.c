/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines for people: one a phase, with the time that it took.
 *     ok    Logging in to fe as alice  2.4 s
 *     ..    Waiting in the queue
 * On a terminal the line of the running phase is rewritten in place.
 */
#include "event_private.h"
#include "utf8.h"
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

enum { LINE_MAX_BYTES = 8192 };

static void put(struct pvhop_events *e, const char *text, bool may_drop)
{
    pvhop_out_add(e->human, text, strlen(text), may_drop);
}

/* Columns of the terminal: a line that wraps cannot be rewritten in place. */
static size_t columns(const struct pvhop_events *e)
{
    struct winsize size;

    if (ioctl(e->config.human_fd, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
        return 80;
    return size.ws_col;
}

static const char *colour_of(const char *mark)
{
    if (strcmp(mark, "ok") == 0)
        return "\033[32m";
    if (strcmp(mark, "error") == 0 || strcmp(mark, "fail") == 0)
        return "\033[31m";
    return "\033[2m";
}

/* Writes "  mark  text tail"; `open` leaves the cursor on the line, to be rewritten. */
static void write_line(struct pvhop_events *e, const char *mark, const char *text, const char *tail,
                       bool open, bool may_drop)
{
    char clean[LINE_MAX_BYTES / 2], line[LINE_MAX_BYTES];
    const char *on = e->config.colour ? colour_of(mark) : "",
               *off = e->config.colour ? "\033[0m" : "";

    pvhop_utf8_clean(text, clean, sizeof(clean));
    for (char *p = clean; *p; p++)
        if (*p == '\n' || *p == '\t')
            *p = ' ';
    if (open) {
        size_t room = columns(e) - 9;

        /* Bytes, not characters: at worst the line is cut a little early. */
        if (strlen(clean) > room) {
            while (room > 0 && ((unsigned char)clean[room] & 0xc0) == 0x80)
                room--;
            clean[room] = '\0';
        }
    }
    snprintf(line, sizeof(line), "%s  %s%-5s%s %s%s%s", e->line_open ? "\r\033[K" : "", on, mark,
             off, clean, tail, open ? "" : "\n");
    e->line_open = open;
    put(e, line, may_drop);
}

void pvhop_human_line(struct pvhop_events *e, const char *mark, const char *text, bool may_drop)
{
    bool reopen = e->line_open;

    if (!e->human)
        return;
    write_line(e, mark ? mark : "--", text, "", false, may_drop);
    if (reopen && e->phase_text[0])
        write_line(e, "..", e->phase_text, "", true, true);
}

void pvhop_human_phase(struct pvhop_events *e, enum pvhop_phase_state state, const char *text)
{
    char tail[40] = "";

    if (!e->human)
        return;
    if (state == PVHOP_BEGIN) {
        e->phase_begin_ms = pvhop_loop_now_ms(e->loop);
        snprintf(e->phase_text, sizeof(e->phase_text), "%s", text);
    } else if (*text) {
        snprintf(e->phase_text, sizeof(e->phase_text), "%s", text);
    }
    if (state == PVHOP_BEGIN || state == PVHOP_PROGRESS) {
        if (e->human_is_tty)
            write_line(e, "..", e->phase_text, "", true, true);
        else if (state == PVHOP_PROGRESS)
            write_line(e, "..", e->phase_text, "", false, true);
        return;
    }
    if (e->phase_begin_ms)
        snprintf(tail, sizeof(tail), "  %.1f s",
                 (double)(pvhop_loop_now_ms(e->loop) - e->phase_begin_ms) / 1000.0);
    write_line(e, state == PVHOP_DONE ? "ok" : "fail", e->phase_text, tail, false, false);
    e->phase_begin_ms = 0;
    e->phase_text[0] = '\0';
}

void pvhop_human_idle(struct pvhop_events *e)
{
    if (e->human && e->line_open)
        put(e, "\r\033[K", false);
    e->line_open = false;
    e->phase_begin_ms = 0;
    e->phase_text[0] = '\0';
}

void pvhop_human_error(struct pvhop_events *e, const struct pvhop_error *err)
{
    char line[LINE_MAX_BYTES];

    if (!e->human)
        return;
    pvhop_error_text(err, line, sizeof(line));
    if (e->line_open)
        put(e, "\n", false);
    e->line_open = false;
    put(e, line, false);
}
