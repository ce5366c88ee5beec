/* SPDX-License-Identifier: BSD-3-Clause */
#include "paraview_files.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *servers_of(const char *config, const char *home)
{
    char *path = NULL;
    int rc = -1;

    if (config && *config)
        rc = asprintf(&path, "%s/ParaView/servers.pvsc", config);
    else if (home && *home)
        rc = asprintf(&path, "%s/.config/ParaView/servers.pvsc", home);
    return rc < 0 ? NULL : path;
}

char *cli_paraview_servers(void)
{
    return servers_of(getenv("XDG_CONFIG_HOME"), getenv("HOME"));
}

int cli_make_folders(const char *path, mode_t mode, struct pvhop_error *err)
{
    char *copy = strdup(path);
    int rc = 0;

    for (char *slash = copy ? strchr(copy + 1, '/') : NULL; slash && rc == 0;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, mode) != 0 && errno != EEXIST)
            rc = pvhop_error_set(err, PVHOP_E_PVSC_WRITE, "%s: %s", copy, strerror(errno));
        *slash = '/';
    }
    if (!copy)
        rc = pvhop_error_set(err, PVHOP_E_MEMORY, "for %s", path);
    free(copy);
    return rc;
}

/* Also of a file that is not there yet, but will be. */
static bool same_file(const char *a, const char *b)
{
    struct stat first, second;

    if (strcmp(a, b) == 0)
        return true;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* The program of the process, as the kernel shows it; "" if it has gone. */
static void program_of(const char *pid, char out[32])
{
    char path[300];
    FILE *f;

    out[0] = '\0';
    snprintf(path, sizeof(path), "/proc/%s/comm", pid);
    if (!(f = fopen(path, "re")))
        return;
    if (fgets(out, 32, f))
        out[strcspn(out, "\n")] = '\0';
    fclose(f);
}

static bool is_ours(const char *pid)
{
    char path[300];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%s", pid);
    return stat(path, &st) == 0 && st.st_uid == getuid();
}

/* In an environment as the kernel shows it, strings with a NUL after each. */
static const char *variable(const char *environment, size_t len, const char *name)
{
    size_t n = strlen(name);

    for (size_t at = 0; at < len; at += strlen(environment + at) + 1)
        if (strncmp(environment + at, name, n) == 0 && environment[at + n] == '=')
            return environment + at + n + 1;
    return NULL;
}

/* Whether a process keeps its entries in `servers`; yes, if that cannot be told. One that has
 * ended, and waits for its parent, has no environment any more and keeps nothing. */
static bool keeps_entries_in(const char *pid, const char *servers)
{
    char path[300], environment[65536], *its;
    bool same = true;
    size_t len = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%s/environ", pid);
    if ((f = fopen(path, "re"))) {
        len = fread(environment, 1, sizeof(environment) - 1, f);
        fclose(f);
        if (len == 0)
            return false;
    } else if (errno == ENOENT || errno == ESRCH) { /* it went this moment */
        return false;
    }
    environment[len] = '\0';
    its = servers_of(variable(environment, len, "XDG_CONFIG_HOME"),
                     variable(environment, len, "HOME"));
    if (its)
        same = same_file(its, servers);
    free(its);
    return same;
}

static bool paraview_runs(const char *servers)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    bool found = false;

    while (proc && !found && (entry = readdir(proc))) {
        char program[32];

        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !is_ours(entry->d_name))
            continue;
        program_of(entry->d_name, program);
        found = (strcmp(program, "paraview") == 0 || strcmp(program, "paraview-real") == 0) &&
                keeps_entries_in(entry->d_name, servers);
    }
    if (proc)
        closedir(proc);
    return found;
}

int cli_write_pvsc(const struct pvhop_pvsc *f, const char *path, struct pvhop_error *err)
{
    char *servers = cli_paraview_servers();
    bool busy = servers && same_file(servers, path) && paraview_runs(servers);

    free(servers);
    if (busy)
        return pvhop_error_set(err, PVHOP_E_PVSC_BUSY, "%s belongs to a ParaView that is running",
                               path);
    return pvhop_pvsc_write(f, path, err);
}
