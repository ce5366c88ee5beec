/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_JOB_SCRIPT_H
#define PVHOP_JOB_SCRIPT_H
/**
 * The texts of one pvserver start in a batch job: the job script, and the watchdog that submits it
 * on the front end and holds its lease. No I/O.
 *
 * Bounds. Watchdog alive: the job is cancelled as soon as the watchdog ends, which is at once at
 * the end of its input or a signal, and after PVHOP_LEASE_S seconds without a heartbeat. Watchdog
 * dead, or front end gone: a running job ends within 60 s of the last renewal, one that starts
 * later ends within 60 s of its start, before pvserver is started.
 */
#include <pvhop/endpoint.h>
#include <pvhop/scheduler.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The helper on the node stands between pvserver and the front end: pvserver connects to it on the
 * node's loopback, where it lets in its own user only, and it proves the token to the relay there
 * (proof.h). The watchdog puts the token into the folder, and nowhere else. Where the helper does
 * not run, the job says so in that file, with its addresses, and pvserver calls the front end.
 */
struct pvhop_job_proof {
    bool asked;         /* by the route */
    char folder[33];    /* the last part of the folder's name; not a secret */
    char token[33];     /* hex */
    char program[1024]; /* the helper's path on the front end */
};
/** New names; SYSTEM. */
int pvhop_job_proof_draw(struct pvhop_job_proof *proof, struct pvhop_error *err);
/** The file of the token, as pvhop_text_add_path takes it. */
#define PVHOP_JOB_FOLDER "~/.cache/pvhop/"
#define PVHOP_JOB_TOKEN "/token"

struct pvhop_job_script {
    const char *folder; /* of this start alone, on the shared file system: "~/.cache/pvhop/TOKEN" */
    const char *prelude; /* sh text that makes pvserver available; NULL: none */
    /** Words before pvserver: "srun", "mpiexec -n {processes}"; {processes}, {nodes} and
     * {per-node} are replaced; NULL: none. */
    const char *launcher;
    const char *pvserver;  /* a name in PATH or a path, with ~/ */
    const char *arguments; /* more words for pvserver; NULL: none */
    const char *rendering; /* "auto", "egl", "osmesa", "glx" */
    int32_t connect_id;    /* 0: none */
    /** Names and addresses of the front end, as seen from the nodes, the likeliest first, with
     * spaces between; pvserver connects to the first that answers on `call_port`. NULL: pvserver
     * listens, on a port that the system chooses. With `call_port` 0 the job tells where it runs,
     * and waits until its folder's file `port` has the line "PORT end". */
    const char *calls;
    uint16_t call_port;
    const struct pvhop_job_proof *proof; /* goes with `calls`; NULL: pvserver calls them itself */
    unsigned pace_s; /* of the lease: 0 means 5, as the bounds above have it; tests are faster */
};

/** The job script; newly allocated. NULL: VALUE, MEMORY. */
char *pvhop_job_script_sh(const struct pvhop_job_script *job, const struct pvhop_resources *r,
                          struct pvhop_error *err);

/**
 * The watchdog with the job script in it. `heartbeat_s`: it ends if its standard input brings no
 * line for so long, or ends; 0: it reads none, and whoever runs it (the control channel) ends it by
 * TERM.
 */
char *pvhop_job_watchdog_sh(const struct pvhop_scheduler *s, const struct pvhop_job_script *job,
                            const struct pvhop_resources *r, unsigned heartbeat_s,
                            struct pvhop_error *err);

/* What the watchdog prints, a line each. Before PVHOP_WATCH_ID, the answer for
 * pvhop_scheduler_submit_read. */
#define PVHOP_WATCH_ID "#pvhop-id "
#define PVHOP_WATCH_WHERE "#pvhop-where "
#define PVHOP_WATCH_OUT "#pvhop-out "

#define PVHOP_WHERE_MAX 16
/** Where a listening pvserver may be reached: a port, and hosts to try in this order. */
struct pvhop_job_where {
    size_t count;
    struct pvhop_endpoint at[PVHOP_WHERE_MAX];
};
/** Reads the rest of a PVHOP_WATCH_WHERE line. What is no host is left out; RENDEZVOUS if none is
 * left. */
int pvhop_job_where_read(const char *text, struct pvhop_job_where *where, struct pvhop_error *err);

#ifdef __cplusplus
}
#endif
#endif
