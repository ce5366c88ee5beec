/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inetd ADDRESS COMMAND ARG...: listens on a port that the system chooses,
 * says "port N" on standard output, and runs the command for each connection,
 * with the connection as its standard input and output (sshd -i). There is no
 * race for a port, and the port is open once the line is out.
 *
 * At end of file on standard input it ends every process that came from it,
 * however deep (it is their subreaper), and then itself. So nothing is left
 * over, not even when the test crashes.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t parent_of(pid_t pid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return 0;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    /* the name stands in parentheses and may itself contain some */
    const char *end = strrchr(text, ')');
    int ppid = 0;
    if (!end || sscanf(end + 1, " %*c %d", &ppid) != 1)
        return 0;
    return ppid;
}

static int descends_from(pid_t pid, pid_t ancestor)
{
    for (int depth = 0; pid > 1 && depth < 1000; depth++) {
        pid = parent_of(pid);
        if (pid == ancestor)
            return 1;
    }
    return 0;
}

static void end_all(void)
{
    pid_t me = getpid();
    for (;;) {
        int found = 0;
        DIR *d = opendir("/proc");
        for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
            pid_t pid = (pid_t)atoi(e->d_name);
            if (isdigit((unsigned char)e->d_name[0]) && descends_from(pid, me)) {
                found = 1;
                kill(pid, SIGKILL);
            }
        }
        if (d)
            closedir(d);
        /* a killed one's children become ours: look again */
        if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD && !found)
            return;
    }
}

static void on_child(int sig)
{
    (void)sig;
}

static void serve(int fd, char **argv)
{
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGCHLD, SIG_DFL);
        signal(SIGPIPE, SIG_DFL);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0)
            _exit(126);
        /* standard error stays the test's own; sshd -E logs to a file */
        execv(argv[0], argv);
        _exit(127);
    }
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 64;
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6};
    struct sockaddr_in a4 = {.sin_family = AF_INET};
    int six = inet_pton(AF_INET6, argv[1], &a6.sin6_addr) == 1;
    if (!six && inet_pton(AF_INET, argv[1], &a4.sin_addr) != 1)
        return 64;
    int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 ||
        bind(fd, six ? (struct sockaddr *)&a6 : (struct sockaddr *)&a4,
             six ? sizeof a6 : sizeof a4) ||
        listen(fd, 64)) {
        perror("inetd");
        return 71;
    }
    struct sockaddr_in6 got = {0};
    socklen_t len = sizeof got;
    getsockname(fd, (struct sockaddr *)&got, &len);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    setsid();
    struct sigaction sa = {.sa_handler = on_child};
    sigaction(SIGCHLD, &sa, NULL);
    signal(SIGPIPE, SIG_IGN);
    printf("port %u\n", ntohs(got.sin6_port)); /* the same place in sockaddr_in */
    fflush(stdout);
    for (;;) {
        struct pollfd p[2] = {{.fd = 0, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
        int n = poll(p, 2, -1);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        if (n < 0)
            continue;
        if (p[0].revents) {
            char c;
            if (read(0, &c, 1) <= 0)
                break;
        }
        if (p[1].revents) {
            int c = accept(fd, NULL, NULL);
            if (c >= 0)
                serve(c, argv + 2);
        }
    }
    close(fd);
    end_all();
    return 0;
}
