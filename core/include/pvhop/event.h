/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_EVENT_H
#define PVHOP_EVENT_H
/**
 * Progress: what `pvhop connect` tells its surroundings, as JSON lines
 * (--events FD, answers on --answers FD) or as lines for people on a terminal.
 * The progress window, the terminal and the tests read the same events.
 *
 * One JSON object a line, "v":1, "t": seconds since the start:
 *   {"event":"phase","phase":P,"state":"begin|progress|done|failed","text":...}
 *   {"event":"prompt","id":N,"kind":"hostkey|password|passphrase|keyboard|helper","host":...,
 *    "text":...,"server_text":...,"fingerprint":...,"echo":false,"index":0,"count":1}
 *      answered by one line on the answers descriptor: {"id":N,"answer":"..."} or
 * {"id":N,"answer":null}
 *   {"event":"prompt_cancelled","id":N}
 *   {"event":"log","source":"pvserver|ssh|listener|pvhop","text":...}
 *   {"event":"ready","url":"cs://127.0.0.1:40123","host":"127.0.0.1","port":40123}
 *   {"event":"connected","server":...}
 *   {"event":"stats","rtt_ms":...,"to_client":bytes,"to_server":bytes,"left_s":seconds or absent}
 *   {"event":"stalled","silent_s":seconds}  the far side does not answer; 0: it does again
 *   {"event":"lost","code":...,"name":...,"what":...,"why":...,"remedy":...}
 *      pvserver is lost, and the client does not see it yet: see {"hold":true} below
 *   {"event":"check","check":C,"state":"running|ok|note|bad|skipped","text":...,"remedy":...}
 *   {"event":"result","result":{...}}  (probe.h)
 *   {"event":"error","code":"PVH1301","name":"AUTH","what":...,"why":...,"remedy":...}
 *   {"event":"end","exit":0}
 * "text" may be empty where a phase ends: then what was said at its beginning stands.
 * Where the reader is too slow, log, stats and progress lines are dropped and a log line says how
 * many. An answers line is one flat JSON object of at most 4000 bytes; others are ignored and
 * logged. A line {"cancel":true} on the answers descriptor cancels. A line {"hold":true} asks
 * that the client's connection stays open when pvserver is lost, {"hold":false} takes that back
 * (pvhop_connect_hold). End of file there means that the parent is gone.
 */
#include <pvhop/loop.h>
#include <pvhop/sshlink.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_events;

enum pvhop_phase {
    PVHOP_PHASE_CONFIG,
    PVHOP_PHASE_RESOLVE,
    PVHOP_PHASE_SSH,
    PVHOP_PHASE_HOSTKEY,
    PVHOP_PHASE_AUTH,
    PVHOP_PHASE_TUNNEL,
    PVHOP_PHASE_RELAY,
    PVHOP_PHASE_SUBMIT,
    PVHOP_PHASE_QUEUE,
    PVHOP_PHASE_START,
    PVHOP_PHASE_CHECK,
    PVHOP_PHASE_CONNECTED,
    PVHOP_PHASE_CLOSING
};
enum pvhop_phase_state { PVHOP_BEGIN, PVHOP_PROGRESS, PVHOP_DONE, PVHOP_FAILED };

struct pvhop_events_config {
    int events_fd;        /* JSON lines go here; -1: none */
    int answers_fd;       /* answers come from here; -1: none */
    int human_fd;         /* lines for people go here (usually 2); -1: none */
    bool colour;          /* human lines may be coloured */
    int tty_fd;           /* a terminal to ask on without echo; -1: none */
    const char *askpass;  /* program to ask with when there is neither; NULL: none */
    bool verbose;         /* lines for people include the log */
    const char *log_path; /* the JSON lines go to the end of this file too, made 0600; NULL: none */
};
struct pvhop_events_handlers {
    void (*cancel)(void *user);          /* {"cancel":true} came */
    void (*hold)(void *user, bool hold); /* {"hold":...} came; may be NULL */
    void (*parent_gone)(void *user);     /* end of file on answers_fd */
    /** Looks at a line first: true if it was meant for it. NULL: all lines are answers. Only where
     * no question is open, as a line may be a password. */
    bool (*line)(void *user, const char *line);
};
/** NULL and *err on failure. SIGPIPE is to be ignored by the program. */
struct pvhop_events *pvhop_events_new(struct pvhop_loop *loop,
                                      const struct pvhop_events_config *config,
                                      const struct pvhop_events_handlers *handlers, void *user,
                                      struct pvhop_error *err);
/** Writes what is pending for at most 200 ms, then frees. The descriptors stay open. */
void pvhop_events_free(struct pvhop_events *e);

void pvhop_events_phase(struct pvhop_events *e, enum pvhop_phase phase,
                        enum pvhop_phase_state state, const char *text, ...)
    __attribute__((format(printf, 4, 5)));
void pvhop_events_log(struct pvhop_events *e, const char *source, const char *text, ...)
    __attribute__((format(printf, 3, 4)));
enum pvhop_check_state {
    PVHOP_CHECK_RUNNING,
    PVHOP_CHECK_OK,
    PVHOP_CHECK_NOTE, /* works, but there is something to know */
    PVHOP_CHECK_BAD,
    PVHOP_CHECK_SKIPPED
};
/** `check` is one word, such as "login"; `remedy` may be "". */
void pvhop_events_check(struct pvhop_events *e, const char *check, enum pvhop_check_state state,
                        const char *text, const char *remedy);
const char *pvhop_check_state_name(enum pvhop_check_state state);
/** `json`: one JSON object. */
void pvhop_events_result(struct pvhop_events *e, const char *json);
void pvhop_events_error(struct pvhop_events *e, const struct pvhop_error *err);
void pvhop_events_ready(struct pvhop_events *e, const char *url, const char *host, uint16_t port);
void pvhop_events_connected(struct pvhop_events *e, const char *server);
void pvhop_events_stats(struct pvhop_events *e, double rtt_ms, uint64_t to_client,
                        uint64_t to_server, int64_t left_s); /* left_s < 0: not known */
/** `silent_s`: for so long nothing has come from the far side; 0: it answers again. */
void pvhop_events_stalled(struct pvhop_events *e, unsigned silent_s);
/** pvserver is lost, and the client's connection held open. */
void pvhop_events_lost(struct pvhop_events *e, const struct pvhop_error *err);
void pvhop_events_end(struct pvhop_events *e, int exit_code);

/** `answer` NULL: refused, or nobody can be asked (`asked` false). Wiped after the call. */
typedef void (*pvhop_answer_fn)(void *user, unsigned prompt_id, const char *answer, bool asked);
/** Asks by answers_fd, else the terminal, else askpass, else answers "not asked" on the next turn.
 * Several at a time are queued. */
void pvhop_events_prompt(struct pvhop_events *e, const struct pvhop_prompt *prompt,
                         pvhop_answer_fn fn, void *user);
/** The loop's time, ms, at which a question last waited for its answer: now, if one does; 0 if none
 * ever has. Limits count from there: people take their time. */
uint64_t pvhop_events_asked_ms(const struct pvhop_events *e);
/** The question is moot (time-out, connection lost). */
void pvhop_events_prompt_cancel(struct pvhop_events *e, unsigned prompt_id);

const char *pvhop_phase_name(enum pvhop_phase phase);

#ifdef __cplusplus
}
#endif
#endif
