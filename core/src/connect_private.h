/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CONNECT_PRIVATE_H
#define PVHOP_CONNECT_PRIVATE_H
/** What connect.c (login, session, end) and connect_job.c share. */
#include "client.h"
#include "job.h"

#include "route.h"
#include "text.h"
#include <pvhop/connect.h>
#include <pvhop/login.h>
#include <pvhop/pump.h>

/** See connect.c. */
enum state { LOGIN, SHELL, PREPARE, SUBMIT, QUEUE, START, JOIN, SESSION, CLOSING, HELD, OVER };

struct pvhop_connect {
    struct pvhop_loop *loop;
    struct pvhop_recipe *recipe;
    struct pvhop_events *events;
    struct pvhop_connect_handlers handlers;
    void *user;

    enum state state;
    enum pvhop_phase phase; /* the one that was begun last */
    bool phase_open;
    struct pvhop_timer *limit, *stats, *closing;
    long limit_s; /* that the present state may take */
    uint64_t limit_ends_ms;
    bool decided; /* `outcome` is set: close_down is on its way */
    struct pvhop_error outcome;
    char last_stray[512]; /* who was dropped last while waiting, and why */

    const struct pvhop_route_kind *kind;
    struct pvhop_login *login;
    struct pvhop_sshlink *link; /* the login's, as `control`; NULL before it is in */
    struct pvhop_control *control;
    const struct pvhop_site_machine *machine; /* as the site describes it; NULL: it does not */
    struct pvhop_listener *listener;
    struct pvhop_route_site site;
    bool no_upload; /* the user said no to the helper */
    struct pvhop_route *route;
    struct pvhop_job *job;
    struct pvhop_client *client;
    struct pvhop_pump *pump;

    int32_t connect_id; /* between us and pvserver; the client has its own */
    bool route_ready, checked, running;
    bool leaving;      /* pvserver lost its client and goes by itself */
    bool server_first; /* it was pvserver that ended the session */
    struct pvhop_job_call call;
    struct pvhop_job_proof proof; /* that a node's helper may be asked for */
    char *hosts;                  /* of `call` */
    char version[32];
    char node[256];              /* where the job runs; "" if not known */
    char queue_words[640];       /* what the batch system said last */
    int64_t ends_ms;             /* loop time at which the job's time is over; 0: not known */
    struct pvhop_stream *server; /* pvserver, arrived, until the pump has it */
    struct pvhop_paraview server_says;
    void *rest; /* what pvserver sent past its handshake */
    size_t rest_len;
    bool hold;                 /* as asked by pvhop_connect_hold */
    struct pvhop_stream *held; /* the client, after pvserver was lost */
    struct pvhop_timer *hold_limit;
    bool stalled;                   /* as told last */
    uint64_t received, received_ms; /* bytes from pvserver when last looked, and since when */
    uint64_t one_gone_ms; /* when client or pvserver was first seen to have ended; 0: none has */
};

/** Ends the phase that is open as done, and begins another. */
void pvhop_connect_begin(struct pvhop_connect *c, enum pvhop_phase phase, const char *text);
/** Records the outcome, if there is none yet, and has everything ended on the next turn. NULL: a
 * good end. */
void pvhop_connect_decide(struct pvhop_connect *c, const struct pvhop_error *err);
/** The host on which pvserver runs; "" while its job has no node yet. */
const char *pvhop_connect_place(const struct pvhop_connect *c);
/** Starts the limit of the present state from a field of the recipe; none if that has no value. */
void pvhop_connect_limit(struct pvhop_connect *c, const char *field);

/* connect_job.c: from the control channel's first word on, until pvserver arrives */
void pvhop_connect_prepare(void *user);

/* connect_hold.c */
/** Takes the client out of the pump if its connection is to stay open, and tells that pvserver is
 * lost. */
void pvhop_connect_keep_client(struct pvhop_connect *c);
/** Closes the client's connection, held or not. */
void pvhop_connect_let_go(void *user);
/** Tells when the far side stalls, and when it is back. `received`: bytes from pvserver so far. */
void pvhop_connect_look_for_stall(struct pvhop_connect *c, uint64_t received);

/* connect.c: pvserver is here, or somebody else was */
void pvhop_connect_arrived(void *user, const struct pvhop_arrival *arrival);
void pvhop_connect_stray(void *user, const char *peer, const struct pvhop_error *why);
#endif
