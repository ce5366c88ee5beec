/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SSHLINK_WORK_H
#define PVHOP_SSHLINK_WORK_H
/**
 * The worker of one login: a thread that may block, its notes to the loop, and
 * the questions that it asks there. The thread and the link each hold a
 * reference; whoever lets go last frees. When the link lets go early (cancel), what
 * the thread has made is freed by the thread.
 */
#include "sshlink_config.h"
#include <libssh/libssh.h>
#include <pthread.h>
#include <pvhop/sshlink.h>

enum ssh_note_kind {
    SSH_NOTE_PHASE,
    SSH_NOTE_LOG,
    SSH_NOTE_PROMPT,
    SSH_NOTE_PROMPT_OVER,
    SSH_NOTE_END
};

struct ssh_note {
    struct ssh_note *next;
    enum ssh_note_kind kind;
    enum pvhop_sshlink_phase phase;
    char *text, *server_text, *fingerprint;
    enum pvhop_prompt_kind prompt;
    unsigned id, index, count;
    bool echo;
};

struct ssh_work {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned refs;
    bool cancelled; /* the link has let go, or a limit was reached */
    bool ended;
    int cancel_fd;  /* eventfd: readable once cancelled */
    int wake_fd;    /* eventfd: readable when there are notes */
    int shut_fd[2]; /* sockets to shut down on cancel: ssh, agent; -1 */
    struct ssh_note *notes, **notes_end;
    /* the question that waits */
    unsigned asked, answered;
    char *answer; /* a secret; NULL: refused */
    const char
        *busy_with; /* a literal: what an exceeded limit is blamed on; NULL: nothing special */

    void (*run)(struct ssh_work *w); /* the job */

    /* plan: in: the link's configuration; out: one settings a hop */
    struct ssh_plan *plan;

    /* login: in */
    struct ssh_settings *settings;
    char *pinned_ciphers; /* of the link's caller; NULL: none */
    int transport;        /* a connected socket through the hop before; -1: dial */
    unsigned auth_ms;
    /* login: out */
    ssh_session session; /* owned by the work until it is taken */
    int fd;              /* our own descriptor of the session's socket */
    bool tcp;
    pid_t proxy; /* of a ProxyCommand; 0: none */
    char method[96];
    struct pvhop_sshlink_facts facts; /* also of a login that failed */

    bool ok;
    struct pvhop_error err;
};

/** A work with two references, not started. NULL if memory or descriptors ran out. */
struct ssh_work *pvhop_ssh_work_new(void (*run)(struct ssh_work *w));
/** Starts the thread. Returns -1 (and drops the thread's reference) on failure. */
int pvhop_ssh_work_start(struct ssh_work *w);
/** From the loop: no more notes; wakes the thread wherever it waits. */
void pvhop_ssh_work_cancel(struct ssh_work *w);
/**
 * From the loop: cancels, gives the thread a moment to end (it needs far less
 * unless it hangs in a name server), and drops the loop's reference. NULL is fine.
 */
void pvhop_ssh_work_drop(struct ssh_work *w);
/** From the loop: the oldest note, to be freed; NULL if there is none. */
struct ssh_note *pvhop_ssh_work_note(struct ssh_work *w);
void pvhop_ssh_note_free(struct ssh_note *note);
/** From the loop. */
void pvhop_ssh_work_answer(struct ssh_work *w, unsigned id, const char *answer);

/* ---- for the thread ---- */
bool pvhop_ssh_work_cancelled(struct ssh_work *w);
void pvhop_ssh_work_phase(struct ssh_work *w, enum pvhop_sshlink_phase phase, const char *text, ...)
    __attribute__((format(printf, 3, 4)));
void pvhop_ssh_work_log(struct ssh_work *w, const char *text, ...)
    __attribute__((format(printf, 2, 3)));
/** The socket that cancel is to shut down; -1: none any more. Slot 0: ssh, 1: agent. */
void pvhop_ssh_work_guard(struct ssh_work *w, int slot, int fd);
void pvhop_ssh_work_busy(struct ssh_work *w, const char *with);

struct ssh_question {
    enum pvhop_prompt_kind kind;
    const char *text, *server_text, *fingerprint;
    bool echo;
    unsigned index, count;
};
/** Asks and waits. A secret, to be freed; NULL: refused, or cancelled. */
char *pvhop_ssh_work_ask(struct ssh_work *w, const struct ssh_question *q);

/* ---- the jobs (sshlink_login.c, sshlink_auth.c) ---- */
struct ssh_plan {
    char *destination, *user, *identity, *jump, *config_file, *known_hosts;
    uint16_t port;
    unsigned connect_ms;
    struct ssh_settings **hops; /* the nearest first */
    size_t n;
};
void pvhop_ssh_plan_free(struct ssh_plan *p);
void pvhop_ssh_plan_run(struct ssh_work *w);
void pvhop_ssh_login_run(struct ssh_work *w);
/** Authenticates w->session. 0, or -1 and w->err. */
int pvhop_ssh_auth(struct ssh_work *w);
#endif
