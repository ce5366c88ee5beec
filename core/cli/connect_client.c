/* SPDX-License-Identifier: BSD-3-Clause */
#include "connect_client.h"
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

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

/* Our environment with PVHOP_URL; the strings are not copied. */
static char **make_environment(char *url_setting)
{
    size_t n = 0, used = 0;
    char **env;

    while (environ[n])
        n++;
    if (!(env = calloc(n + 2, sizeof(*env))))
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (strncmp(environ[i], "PVHOP_URL=", 10) != 0)
            env[used++] = environ[i];
    env[used] = url_setting;
    return env;
}

static int spawn(struct client_program *p, char **argv, char **env)
{
    posix_spawnattr_t attributes;
    sigset_t none, ours;
    int rc;

    sigemptyset(&none); /* what our loop blocks, and the SIGPIPE that we ignore, are ours alone */
    sigemptyset(&ours);
    sigaddset(&ours, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &ours);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    rc = posix_spawnp(&p->pid, argv[0], NULL, &attributes, argv, env);
    posix_spawnattr_destroy(&attributes);
    return rc;
}

struct client_program *client_program_start(struct pvhop_loop *loop, char **argv, const char *url,
                                            client_exited_fn exited, void *user,
                                            struct pvhop_error *err)
{
    struct client_program *p = calloc(1, sizeof(*p));
    char *setting = NULL, **env = NULL;
    int rc;

    if (!p || asprintf(&setting, "PVHOP_URL=%s", url) < 0 || !(env = make_environment(setting))) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the client program");
        goto fail;
    }
    p->exited = exited;
    p->user = user;
    rc = spawn(p, argv, env);
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
    free(setting);
    free(env);
    return p;
fail:
    free(setting);
    free(env);
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
