/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SSHLINK_CHILD_H
#define PVHOP_SSHLINK_CHILD_H
/** Child processes of a worker thread: run to the end (bounded, timed), or kept as a transport. */
#include <pvhop/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_ssh_child_ask {
    const char *const *argv; /* argv[0] is looked up in PATH */
    int cancel_fd;           /* readable: give up; -1: none */
    unsigned timeout_ms;
    size_t max_output; /* bytes of standard output; more is an error */
};
struct pvhop_ssh_child_output {
    char *out; /* standard output, NUL-terminated */
    size_t out_len;
    char err[1024]; /* the beginning of standard error */
    int exit_code;  /* 128 + signal if it was killed */
    bool not_found; /* there is no such program */
};
/** Blocking. Returns 0 once it has ended by itself; else it is killed, -1 and *err. */
int pvhop_ssh_child_run(const struct pvhop_ssh_child_ask *ask, struct pvhop_ssh_child_output *out,
                        struct pvhop_error *err);

/** The same in two steps, so that several can run at once; started, not yet waited for. */
struct pvhop_ssh_child {
    pid_t pid; /* <= 0: none */
    int out, err;
    pid_t keeper; /* leads its process group, and ends that when we are gone; <= 0: none */
    int life;     /* our end of the keeper's pipe; there if the keeper is */
    long end_ms;  /* its time limit */
    int failure;  /* an errno: it could not be started */
};
/** Does not block. What fails is said by pvhop_ssh_child_finish; call that or pvhop_ssh_child_drop.
 */
void pvhop_ssh_child_begin(const struct pvhop_ssh_child_ask *ask, struct pvhop_ssh_child *child);
/** As pvhop_ssh_child_run; `ask` is the one that it was begun with. */
int pvhop_ssh_child_finish(const struct pvhop_ssh_child_ask *ask, struct pvhop_ssh_child *child,
                           struct pvhop_ssh_child_output *out, struct pvhop_error *err);
/** Kills it if it still runs. Nothing to do after pvhop_ssh_child_finish. */
void pvhop_ssh_child_drop(struct pvhop_ssh_child *child);
void pvhop_ssh_child_output_clear(struct pvhop_ssh_child_output *out);

/**
 * Runs `command` by /bin/sh with a socket as its standard input and output (ProxyCommand).
 * Returns our end of the socket (blocking), -1 and *err on failure. *pid leads a process group.
 */
int pvhop_ssh_child_transport(const char *command, pid_t *pid, struct pvhop_error *err);

#ifdef __cplusplus
}
#endif
#endif
