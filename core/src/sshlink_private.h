/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SSHLINK_PRIVATE_H
#define PVHOP_SSHLINK_PRIVATE_H
/**
 * The loop's side of a link. One ssh_hop is one authenticated session.
 *
 * libssh re-enters our callbacks from almost any call. So its callbacks only
 * take notes in these structures; what a user is to hear is said by
 * pvhop_ssh_hop_service (a hook, each turn), outside of libssh. There a user may
 * free anything, the link included: after each call out, look at what is left.
 */
#include "sshlink_work.h"
#include "text.h"
#include <libssh/callbacks.h>
#include <pvhop/pump.h>
#include <pvhop/sshlink.h>

struct ssh_hop;
struct pvhop_ssh_channel;

/** What happens in turns on a hop: opening a channel, an exec, a -R. Kept in the hop's list. */
struct ssh_task {
    struct ssh_task *next, **prev;
    struct ssh_hop *hop; /* NULL: the hop is gone, or the task is done */
    /** Goes on without calling out; returns true if there is something to say. */
    bool (*step)(struct ssh_task *t);
    /** Says it; may free the task, the link, anything. */
    void (*say)(struct ssh_task *t);
    /** The hop is lost or freed: what is pending has failed. Must not call out. */
    void (*lost)(struct ssh_task *t);
    unsigned pass;
};
void pvhop_ssh_task_add(struct ssh_task *t, struct ssh_hop *hop);
void pvhop_ssh_task_remove(struct ssh_task *t);

/** A channel of which the forwarded-tcpip request came in, until its forward takes it. */
struct ssh_incoming {
    struct ssh_incoming *next;
    struct pvhop_ssh_channel *channel;
    struct pvhop_sshforward *forward;
};

/** A global request that waits: one at a time (its reply is not labelled). */
struct ssh_request {
    struct ssh_request *next;
    struct pvhop_sshforward *forward; /* NULL: a cancel */
    char *address;
    uint16_t port;
};

struct ssh_hop {
    struct pvhop_sshlink *link;
    struct pvhop_loop *loop;
    char *host; /* for messages */
    ssh_session session;
    ssh_event event;
    int fd; /* our copy of the session's descriptor */
    bool tcp;
    pid_t proxy;
    struct pvhop_watch *watch;
    struct pvhop_hook *hook;
    struct pvhop_pump *pump; /* carries the next hop's session through a channel of this one */
    struct ssh_counter_struct counter;
    bool ready;    /* the descriptor has something */
    bool lost;     /* no more session */
    bool told;     /* the link knows */
    char why[512]; /* of the loss */
    unsigned pass;
    bool busy; /* in its turn: the memory stays until that is over */
    bool gone;
    struct pvhop_ssh_channel *channels;
    struct ssh_task *tasks;
    struct ssh_incoming *incoming;
    unsigned n_incoming;
    struct pvhop_sshforward *forwards;
    struct ssh_request *requests, *active;
    uint64_t packets; /* the counter when the active request's reply was still missing */
    uint64_t nudged_in, nudged_out; /* the counter at the last nudge */
};

/** Takes the session, descriptor and proxy out of the work. NULL and *err on failure. */
struct ssh_hop *pvhop_ssh_hop_new(struct pvhop_sshlink *link, struct pvhop_loop *loop,
                                  struct ssh_work *w, struct pvhop_error *err);
void pvhop_ssh_hop_free(struct ssh_hop *hop);
/** The session cannot go on. Says so on the next turn. */
void pvhop_ssh_hop_lose(struct ssh_hop *hop, const char *why);
/** After a failure: true if it is the session's, which is lost then and says why. */
bool pvhop_ssh_hop_is_broken(struct ssh_hop *hop);
/** To be called by whoever has used the session outside of its turn. */
void pvhop_ssh_hop_again(struct ssh_hop *hop);
void pvhop_ssh_hop_error(const struct ssh_hop *hop, struct pvhop_error *err);
/** From the hop to its link, outside of libssh: the session is lost. May free all. */
void pvhop_sshlink_hop_lost(struct pvhop_sshlink *link, struct ssh_hop *hop);

/* ---- channels (sshlink_channel.c) ---- */

enum { SSH_GRANTS = 8 };

struct pvhop_ssh_channel {
    struct pvhop_stream stream; /* first */
    struct pvhop_ssh_channel *next, **prev;
    struct ssh_hop *hop; /* NULL: gone */
    ssh_channel channel;
    struct ssh_channel_callbacks_struct callbacks;
    bool opened;
    bool settled; /* whoever opened it has had a turn to speak first */
    bool hup_told, close_sent;
    size_t buffered;   /* unread in libssh's buffer */
    size_t used;       /* of the receive window since it was last raised */
    uint32_t window;   /* what it is raised to */
    bool raise;        /* it is to be raised again */
    uint64_t received; /* in all */
    struct {           /* the last raises, the newest first */
        uint64_t upto; /* the byte up to which the far side might send from then on */
        uint64_t ms;   /* when */
    } grants[SSH_GRANTS];
    bool starved; /* the far side waits for the grant of starved_ms */
    uint64_t starved_ms;
    uint64_t trip_ms; /* shortest time from a grant to what was sent on it */
    bool eof, closed; /* from the far side */
    bool eof_read;    /* the reader has seen the end */
    bool stuck;       /* the last write took nothing (key exchange): wait for a turn with input */
    bool freed;       /* by the stream's owner; kept for its exec */
    uint8_t *stage;   /* what was taken from libssh at once and did not fit the reader's buffer */
    size_t stage_len, stage_at;
    struct pvhop_sshexec *exec; /* gets stderr and the exit code */
    int exit_status;
    unsigned pass;
};
/**
 * A stream over a channel that is not open yet or just now, so that nothing that comes is missed.
 * Set `opened` and stream.peer later. NULL (the channel stays the caller's) if memory ran out.
 */
struct pvhop_ssh_channel *pvhop_ssh_channel_new(struct ssh_hop *hop, ssh_channel channel);
/** True if the owner's callback is due, with the events in *events. */
bool pvhop_ssh_channel_due(struct pvhop_ssh_channel *c, unsigned *events);
/** Between turns: answers a close, raises the window. */
void pvhop_ssh_channel_tend(struct pvhop_ssh_channel *c);
/** Before the loop sleeps: notes whether the window is what has stopped the far side. */
void pvhop_ssh_channel_rest(struct pvhop_ssh_channel *c);
/** The hop goes: the stream stays, broken. */
void pvhop_ssh_channel_orphan(struct pvhop_ssh_channel *c);
/** The exec lets go of it. */
void pvhop_ssh_channel_leave(struct pvhop_ssh_channel *c);
/** sshexec: bytes of stderr (in a libssh callback). */
void pvhop_ssh_exec_stderr(struct pvhop_sshexec *x, const char *data, size_t len);

/* ---- -R (sshlink_forward.c) ---- */
int pvhop_ssh_forward_message(ssh_session session, ssh_message message, void *user);
/** Goes on with the active global request. */
void pvhop_ssh_forward_step(struct ssh_hop *hop);
void pvhop_ssh_forward_lost(struct ssh_hop *hop);
/** Says one thing to one forward; true if it did. */
bool pvhop_ssh_forward_say(struct ssh_hop *hop);

/** The hop that exec, -L and -R are done on; NULL and *err if the link is not up. */
struct ssh_hop *pvhop_sshlink_last_hop(struct pvhop_sshlink *l, struct pvhop_error *err);
/** -L on a hop. */
struct pvhop_sshdirect *pvhop_ssh_direct_new(struct ssh_hop *hop, const struct pvhop_endpoint *to,
                                             const struct pvhop_sshdirect_events *events,
                                             void *user, struct pvhop_error *err);
#endif
