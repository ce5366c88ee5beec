/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CONTROL_H
#define PVHOP_CONTROL_H
/**
 * The control channel: one exec of /bin/sh on the front end that carries
 * queries, background commands and the heartbeat. Replies are framed by a random
 * marker, so noisy login files, exotic login shells and MaxSessions 1 do no
 * harm. When the channel ends (end of input, HUP, TERM, or no
 * heartbeat for PVHOP_LEASE_S seconds) the far side ends every command that was
 * started here, its whole session, first by TERM, 3 s later by KILL.
 */
#include <pvhop/sshlink.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_LEASE_S 45
#define PVHOP_HEARTBEAT_S 10
#define PVHOP_SILENT_MS 5000 /* with a heartbeat unanswered, and nothing else heard */

struct pvhop_control;
struct pvhop_query;
struct pvhop_task;

struct pvhop_control_events {
    void (*ready)(void *user);
    /** No shell, or it ended, or heartbeats stay unanswered (SSH_LOST). Called once. */
    void (*failed)(void *user, const struct pvhop_error *err);
};
struct pvhop_control *pvhop_control_new(struct pvhop_loop *loop, struct pvhop_sshlink *link,
                                        const struct pvhop_control_events *events, void *user,
                                        struct pvhop_error *err);
/** Asks the far side to end everything; the channel closes at once. Before the link is freed. */
void pvhop_control_free(struct pvhop_control *c);
/** Round trip of the last heartbeat in ms; -1 before the first. */
double pvhop_control_rtt_ms(const struct pvhop_control *c);
/** Since when the far side owes an answer to a heartbeat, in ms; 0: it owes none. */
uint64_t pvhop_control_silent_ms(const struct pvhop_control *c);
/**
 * True for a shell that is silent (PVHOP_SILENT_MS): it answers heartbeats whatever its commands
 * do, so it is not they that hang. *err then names the host, and tells for how long nothing came.
 */
bool pvhop_control_is_silent(const struct pvhop_control *c, struct pvhop_error *err);
/** Sends a heartbeat now if none is unanswered: PVHOP_SILENT_MS later it is known whether the far
 * side is silent. */
void pvhop_control_ask(struct pvhop_control *c);
/** Our uid on the far side, and its own name (uname -n); -1 and "" before `ready`. */
long pvhop_control_uid(const struct pvhop_control *c);
const char *pvhop_control_host(const struct pvhop_control *c);

/**
 * Runs a POSIX sh script in a subshell and gives its standard output (at most 1 MiB, lines cut at
 * 3500 bytes; stderr goes with it, the last newline does not) and exit status. One after the
 * other, in order. Status -1: `timeout_ms` passed, or the channel died. Values from people go into
 * `script` through pvhop_sh_quote only. The query belongs to the channel: it is gone
 * once `fn` was called, and before that pvhop_query_free only stops `fn`. NULL: no memory, or the
 * channel is dead. One that is asked before `ready` is answered after it, but costs no round trip:
 * give it the time that the shell may take to come up, too.
 */
typedef void (*pvhop_query_fn)(void *user, int status, const char *output, size_t len);
struct pvhop_query *pvhop_control_query(struct pvhop_control *c, const char *script,
                                        unsigned timeout_ms, pvhop_query_fn fn, void *user);
/** `fn` is not called any more; the script may still run to its end. Not after `fn` was called. */
void pvhop_query_free(struct pvhop_query *q);

/**
 * A command in the background, in a session of its own, with its output line by line (empty
 * lines are left out). Once the channel is ready. NULL: no memory, or the channel is not ready.
 */
struct pvhop_task_events {
    void (*line)(
        void *user,
        const char *line); /* stdout and stderr; control characters stripped; at most 4 KiB */
    void (*exited)(void *user, int status); /* -1: not known (channel died) */
};
struct pvhop_task *pvhop_control_start(struct pvhop_control *c, const char *script,
                                       const struct pvhop_task_events *events, void *user);
/** Ends the task's session on the far side (TERM, then KILL after 3 s); `exited` still comes. */
void pvhop_task_end(struct pvhop_task *t);
/** Ends it and stops the callbacks. */
void pvhop_task_free(struct pvhop_task *t);

/** A newly allocated single word of POSIX sh that stands for exactly `text`. NULL: no memory. */
char *pvhop_sh_quote(const char *text);

#ifdef __cplusplus
}
#endif
#endif
