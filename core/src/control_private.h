/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CONTROL_PRIVATE_H
#define PVHOP_CONTROL_PRIVATE_H
#include <pvhop/control.h>
#include <pvhop/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_CONTROL_LINE 8192u     /* the far side cuts its lines at 3500 */
#define PVHOP_CONTROL_OUT (4u << 20) /* scripts waiting to be sent */
#define PVHOP_CONTROL_INSIST_MS 500u /* an end that was not confirmed is asked for again */

/** control.sh, embedded at build time. */
extern const char pvhop_control_script[];

/**
 * What the far side is asked to exec. It survives every login shell that takes "-c WORDS" (tcsh,
 * fish and restricted quoting included): no quote inside the quotes, no backslash, newline or '!'.
 */
#define PVHOP_CONTROL_BOOTSTRAP "exec /bin/sh -c 'IFS= read -r l; eval \"$(printf %b \"$l\")\"'"

/** `text` so that printf %b gives it back: one word without quotes or spaces. NULL: no memory. */
char *pvhop_control_encode(const char *text);

/** A control channel over any stream whose far end runs the bootstrap: for tests. Takes the stream
 * over. */
struct pvhop_control *pvhop_control_on_stream(struct pvhop_loop *loop, struct pvhop_stream *stream,
                                              unsigned lease_s,
                                              const struct pvhop_control_events *events, void *user,
                                              struct pvhop_error *err);

/* ---- what control.c, control_task.c and control_carry.c know of each other ---- */

enum control_state { CONTROL_OPENING, CONTROL_GREETING, CONTROL_READY, CONTROL_DEAD };

/* Grows up to what its user allows. */
struct pvhop_buffer {
    char *bytes;
    size_t len, size;
};

struct pvhop_query {
    struct pvhop_query *next;
    unsigned id; /* 0: not sent yet */
    char *script;
    unsigned timeout_ms;
    pvhop_query_fn fn; /* NULL: freed by its owner */
    void *user;
    struct pvhop_buffer answer;
};

struct pvhop_task {
    struct pvhop_control *control;
    struct pvhop_task *next;
    unsigned id;
    bool ending;
    bool released; /* freed by its owner: waits for its end only */
    struct pvhop_task_events events;
    void *user;
};

struct pvhop_control {
    struct pvhop_loop *loop;
    struct pvhop_sshexec *exec;
    struct pvhop_stream *stream;
    struct pvhop_control_events events;
    void *user;
    enum control_state state;
    unsigned lease_s;
    char mark[33];
    unsigned next_id;
    long uid;
    char host[256];
    char name[256]; /* the host's, as the user knows it: for messages */
    struct pvhop_buffer out;
    char line[PVHOP_CONTROL_LINE];
    size_t line_len;
    bool line_cut;
    char noise[512];             /* the last lines before the greeting: why there is no shell */
    struct pvhop_query *queries; /* the first one is the one under way */
    struct pvhop_task *tasks;
    struct pvhop_timer *greeting, *heartbeat, *query_limit, *insist;
    unsigned beat;
    uint64_t beat_sent_ms, beat_answered_ms;
    uint64_t heard_ms; /* when anything came last */
    bool beat_pending;
    double rtt_ms;
    unsigned busy;             /* own functions on the stack: freeing waits for them */
    bool doomed;               /* freed by its owner meanwhile */
    bool deaf;                 /* nothing can be sent any more */
    struct pvhop_carry *carry; /* control_carry.c; NULL: nobody has asked for it */
    size_t carried;            /* bytes that follow, and are no lines */
};

/** Any callback may free the channel. Whoever comes in from outside (loop, owner) stands between
 * enter and leave; a channel freed meanwhile is dead at once and goes with the last leave. */
void pvhop_control_enter(struct pvhop_control *c);
void pvhop_control_leave(struct pvhop_control *c);
/** -1: more than `max` in all, or no memory. */
int pvhop_buffer_add(struct pvhop_buffer *b, const char *bytes, size_t len, size_t max);
/** Sends "VERB ID" and the script, if there is one. */
void pvhop_control_send(struct pvhop_control *c, char verb, unsigned id, const char *script);
void pvhop_control_send_next_query(struct pvhop_control *c);
/** Writes what waits to be sent. */
void pvhop_control_flush(struct pvhop_control *c);
/** Everybody who waits is told, the owner last. */
void pvhop_control_fail(struct pvhop_control *c, const struct pvhop_error *err);

/** Of control_carry.c. Where a command's text goes: NULL, or what is kept back for now. */
struct pvhop_buffer *pvhop_carry_held(struct pvhop_control *c);
bool pvhop_carry_is_on(const struct pvhop_control *c);
/** "MARK c COUNT": it begins, or so many bytes follow. */
void pvhop_carry_line(struct pvhop_control *c, unsigned count);
/** "MARK x ID": true if that was the answer that it does not begin. */
bool pvhop_carry_refused(struct pvhop_control *c, unsigned id);
void pvhop_carry_take(struct pvhop_control *c, const char *bytes, size_t len);
void pvhop_carry_room(struct pvhop_control *c);
void pvhop_carry_lost(struct pvhop_control *c);
void pvhop_carry_free(struct pvhop_carry *carry);

#ifdef __cplusplus
}
#endif
#endif
