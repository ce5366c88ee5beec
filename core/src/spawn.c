/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <pvhop/spawn.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static bool is_of(const char *setting, const char *name)
{
    size_t len = strlen(name);

    return strncmp(setting, name, len) == 0 && setting[len] == '=';
}

/* Our environment without `name`, and with `setting` (may be NULL). The strings are not copied. */
static char **make_environment(const char *name, char *setting)
{
    size_t n = 0, used = 0;
    char **env;

    while (environ[n])
        n++;
    if (!(env = calloc(n + 2, sizeof(*env))))
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!is_of(environ[i], name))
            env[used++] = environ[i];
    env[used] = setting;
    return env;
}

static int place(posix_spawn_file_actions_t *actions, int from, int to)
{
    if (from == PVHOP_SPAWN_OURS)
        return 0;
    if (from == PVHOP_SPAWN_NULL)
        return posix_spawn_file_actions_addopen(actions, to, "/dev/null", O_RDWR, 0);
    return posix_spawn_file_actions_adddup2(actions, from, to);
}

static int start(const struct pvhop_spawn *what, char **env, pid_t *pid)
{
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, standard;
    int rc;

    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    if ((rc = place(&actions, what->in, 0)) != 0 || (rc = place(&actions, what->out, 1)) != 0 ||
        (rc = place(&actions, what->err, 2)) != 0)
        goto out;
    sigemptyset(&none);
    sigemptyset(&standard);
    sigaddset(&standard, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &standard);
    if (what->group != PVHOP_SPAWN_OURS) {
        posix_spawnattr_setpgroup(&attributes, what->group);
        flags |= POSIX_SPAWN_SETPGROUP;
    }
    posix_spawnattr_setflags(&attributes, flags);
    /* It wants char *const[], and does not write to it. */
    rc = posix_spawnp(pid, what->argv[0], &actions, &attributes, (char **)(void *)what->argv, env);
out:
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return rc;
}

int pvhop_spawn(const struct pvhop_spawn *what, pid_t *pid)
{
    char *setting = NULL, **env = NULL;
    int rc = ENOMEM;

    if (!what->name)
        return start(what, environ, pid);
    if (what->value && asprintf(&setting, "%s=%s", what->name, what->value) < 0) {
        setting = NULL;
        goto out;
    }
    if ((env = make_environment(what->name, setting)))
        rc = start(what, env, pid);
out:
    free(env);
    free(setting);
    return rc;
}
