/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SPAWN_H
#define PVHOP_SPAWN_H
/**
 * Starts other programs. They get none of what our loop does to signals: no
 * signal is blocked in them, and SIGPIPE ends them as usual. Other descriptors
 * than the standard ones are closed by their own flag (FD_CLOEXEC).
 * pvhop_child_new (loop.h) tells when one has ended.
 */
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** In place of a descriptor: /dev/null; what we have ourselves. */
#define PVHOP_SPAWN_NULL (-1)
#define PVHOP_SPAWN_OURS (-2)

struct pvhop_spawn {
    const char *const *argv; /* ends with NULL; argv[0] is looked up in PATH */
    int in, out, err;        /* descriptors, still the caller's, or one of the above */
    pid_t group;             /* the process group: 0: its own, PVHOP_SPAWN_OURS: ours */
    const char *name;        /* a variable of its environment; NULL: all are as ours */
    const char *value;       /* of that variable; NULL: it has none of that name */
};

/** From any thread. 0 and *pid, which is to be reaped; or an errno. Nothing of *what is kept. */
int pvhop_spawn(const struct pvhop_spawn *what, pid_t *pid);

#ifdef __cplusplus
}
#endif
#endif
