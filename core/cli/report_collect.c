/* SPDX-License-Identifier: BSD-3-Clause */
#include "report_collect.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <libssh/libssh.h>
#include <libxml/xmlversion.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUT_MAX (1u << 20)

extern char **environ;

static char *read_all(int fd, size_t max)
{
    size_t size = 4096, len = 0;
    char *text = malloc(size + 1), *more;
    ssize_t n = 0;

    while (text && (n = read(fd, text + len, size - len)) > 0) {
        len += (size_t)n;
        if (len < size)
            continue;
        if (size >= max)
            break;
        more = realloc(text, size * 2 + 1);
        if (!more) {
            free(text);
            return NULL;
        }
        text = more;
        size *= 2;
    }
    if (text)
        text[len] = '\0';
    return text;
}

static int run(char *const argv[], char **out, bool quiet)
{
    posix_spawn_file_actions_t actions;
    int fds[2], status = -1;
    pid_t pid = -1;

    if (pipe2(fds, O_CLOEXEC) != 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    if (out) {
        posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
    }
    if (quiet) {
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    }
    if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0)
        pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(fds[1]);
    if (out)
        *out = pid > 0 ? read_all(fds[0], OUT_MAX) : NULL;
    close(fds[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int report_run(char *const argv[], char **out)
{
    return run(argv, out, out != NULL);
}

/* ---- versions ---- */

static void first_line_of(FILE *f, const char *name, const char *program, const char *option)
{
    char shell[256], *out = NULL;
    /* Both ssh and ParaView say it on standard error. The words are ours. */
    char *argv[] = {(char *)"/bin/sh", (char *)"-c", shell, NULL};

    snprintf(shell, sizeof(shell), "%s %s </dev/null 2>&1 | grep -i -m 1 -e version -e openssh",
             program, option);
    report_run(argv, &out);
    fprintf(f, "%-10s %.*s\n", name, out ? (int)strcspn(out, "\n") : 0, out ? out : "");
    free(out);
}

static void system_name(FILE *f)
{
    char *text = report_file("/etc/os-release", 65536),
         *at = text ? strstr(text, "PRETTY_NAME=") : NULL;
    struct utsname us;

    if (uname(&us) == 0)
        fprintf(f, "%-10s %s %s %s\n", "kernel", us.sysname, us.release, us.machine);
    if (at)
        fprintf(f, "%-10s %.*s\n", "system", (int)strcspn(at + 12, "\n"), at + 12);
    free(text);
}

char *report_versions(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);

    if (!f)
        return NULL;
    fprintf(f, "%-10s %s\n", "pvhop", PVHOP_VERSION);
    fprintf(f, "%-10s %s\n", "libssh", ssh_version(0));
    fprintf(f, "%-10s %s\n", "libxml2", LIBXML_DOTTED_VERSION);
    fprintf(f, "%-10s %s\n", "jansson", JANSSON_VERSION);
    system_name(f);
    first_line_of(f, "ssh", "ssh", "-V");
    first_line_of(f, "pvserver", "pvserver", "--version");
    if (fclose(f) == 0)
        return text;
    free(text);
    return NULL;
}

/* ---- ssh ---- */

/* What tells how, and not who or what else is set there (SetEnv, LocalCommand ...). */
static bool matters(const char *line, size_t len)
{
    static const char *const keys[] = {"host",
                                       "hostname",
                                       "user",
                                       "port",
                                       "addressfamily",
                                       "bindaddress",
                                       "ciphers",
                                       "kexalgorithms",
                                       "macs",
                                       "hostkeyalgorithms",
                                       "pubkeyacceptedalgorithms",
                                       "preferredauthentications",
                                       "pubkeyauthentication",
                                       "passwordauthentication",
                                       "kbdinteractiveauthentication",
                                       "gssapiauthentication",
                                       "gssapidelegatecredentials",
                                       "identitiesonly",
                                       "identityagent",
                                       "identityfile",
                                       "certificatefile",
                                       "stricthostkeychecking",
                                       "userknownhostsfile",
                                       "globalknownhostsfile",
                                       "hostkeyalias",
                                       "checkhostip",
                                       "canonicalizehostname",
                                       "proxyjump",
                                       "batchmode",
                                       "compression",
                                       "connecttimeout",
                                       "serveraliveinterval",
                                       "serveralivecountmax",
                                       "tcpkeepalive",
                                       "controlmaster",
                                       "rekeylimit",
                                       "numberofpasswordprompts",
                                       NULL};

    for (const char *const *k = keys; *k; k++)
        if (strlen(*k) == len && strncmp(*k, line, len) == 0)
            return true;
    return false;
}

char *report_ssh(const char *host, const char *config)
{
    char *argv[] = {(char *)"ssh", (char *)"-G", (char *)"-F", (char *)config,
                    (char *)"--",  (char *)host, NULL};
    char *plain[] = {(char *)"ssh", (char *)"-G", (char *)"--", (char *)host, NULL};
    char *out = NULL, *text = NULL;
    size_t size = 0;
    unsigned left_out = 0;
    FILE *f;

    if (report_run(config ? argv : plain, &out) != 0 || !out) {
        free(out);
        return strdup("ssh -G could not be run, or refused\n");
    }
    f = open_memstream(&text, &size);
    for (char *line = out, *end; f && *line; line = end + (*end == '\n')) {
        size_t key = strcspn(line, " \n");

        end = line + strcspn(line, "\n");
        if (matters(line, key))
            fprintf(f, "%.*s\n", (int)(end - line), line);
        else if (strncmp(line, "proxycommand", key) == 0)
            fputs("proxycommand (set; left out)\n", f);
        else
            left_out++;
    }
    free(out);
    if (!f)
        return NULL;
    fprintf(f, "(%u other settings left out)\n", left_out);
    if (fclose(f) == 0)
        return text;
    free(text);
    return NULL;
}

/* ---- files, and this program ---- */

char *report_file(const char *path, size_t max)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *text = NULL, *line;
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        bool cut = st.st_size > (off_t)max && lseek(fd, -(off_t)max, SEEK_END) > 0;

        text = read_all(fd, max);
        line = text && cut ? strchr(text, '\n') : NULL;
        if (line)
            memmove(text, line + 1, strlen(line + 1) + 1);
    }
    if (fd >= 0)
        close(fd);
    return text;
}

char *report_self(char *const words[])
{
    char *argv[16] = {(char *)"/proc/self/exe"}, path[4096], *out = NULL;
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    size_t i = 0;

    if (n <= 0)
        return NULL;
    path[n] = '\0';
    argv[0] = path;
    for (; words[i] && i < 14; i++)
        argv[i + 1] = words[i];
    argv[i + 1] = NULL;
    run(argv, &out, false); /* it may have to ask */
    return out;
}
