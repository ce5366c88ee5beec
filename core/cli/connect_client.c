/* SPDX-License-Identifier: BSD-3-Clause */
#include "connect_client.h"
#include <pvhop/spawn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

struct client_program {
    struct pvhop_child *child;
    pid_t pid; /* 0: it has ended */
    client_exited_fn exited;
    void *user;
};

static void on_end(void *user, int status)
{
    struct client_program *p = user;

    pvhop_child_free(p->child);
    p->child = NULL;
    p->pid = 0;
    p->exited(p->user, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

struct client_program *client_program_start(struct pvhop_loop *loop, char **argv, const char *url,
                                            client_exited_fn exited, void *user,
                                            struct pvhop_error *err)
{
    struct client_program *p = calloc(1, sizeof(*p));
    const struct pvhop_spawn program = {.argv = (const char *const *)argv,
                                        .in = PVHOP_SPAWN_OURS,
                                        .out = PVHOP_SPAWN_OURS,
                                        .err = PVHOP_SPAWN_OURS,
                                        .group = PVHOP_SPAWN_OURS,
                                        .name = "PVHOP_URL",
                                        .value = url};
    int rc;

    if (!p) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the client program");
        return NULL;
    }
    p->exited = exited;
    p->user = user;
    rc = pvhop_spawn(&program, &p->pid);
    if (rc != 0) {
        pvhop_error_set(err, PVHOP_E_CLIENT, "'%.256s' could not be started: %s", argv[0],
                        strerror(rc));
        pvhop_error_remedy(err, "Check the command behind '--'.");
        goto fail;
    }
    p->child = pvhop_child_new(loop, p->pid, on_end, p, err);
    if (!p->child) {
        kill(p->pid, SIGTERM);
        goto fail;
    }
    return p;
fail:
    free(p);
    return NULL;
}

void client_program_free(struct client_program *p)
{
    if (!p)
        return;
    pvhop_child_free(p->child);
    if (p->pid > 0)
        kill(p->pid, SIGTERM); /* not reaped, so the number is still its own */
    free(p);
}
