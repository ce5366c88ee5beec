/* SPDX-License-Identifier: BSD-3-Clause */
#include "run.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The number of an open descriptor, from the option `name`. */
static int take_fd(const char *name, const char *value, int *out, struct pvhop_error *err)
{
    char *end;
    long fd;

    errno = 0;
    fd = strtol(value, &end, 10);
    if (*end || end == value || errno || fd < 0 || fd > 1000000 || fcntl((int)fd, F_GETFD) < 0)
        return pvhop_error_set(err, PVHOP_E_VALUE, "%s '%.32s': is not an open descriptor", name,
                               value);
    if (fd > 2) /* not for the programs that we start */
        fcntl((int)fd, F_SETFD, FD_CLOEXEC);
    *out = (int)fd;
    return 0;
}

bool cli_run_takes(const char *name)
{
    return strcmp(name, "verbose") == 0 || strcmp(name, "events") == 0 ||
           strcmp(name, "answers") == 0;
}

int cli_run_take(struct cli_run *run, const char *name, const char *value, struct pvhop_error *err)
{
    if (strcmp(name, "verbose") != 0)
        return take_fd(name, value,
                       strcmp(name, "events") == 0 ? &run->events_fd : &run->answers_fd, err);
    run->verbose = true;
    return 0;
}

/* ---- the process ---- */

int cli_bind_to_parent(const struct cli_run *run, struct pvhop_error *err)
{
    pid_t parent = getppid();

    if (run->answers_fd < 0 && !getenv("PV_CONNECTION_URI"))
        return 0;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (parent == 1 || getppid() != parent)
        return pvhop_error_set(err, PVHOP_E_PARENT_GONE, "before the connection was begun");
    return 0;
}

static bool same_file(int a, int b)
{
    struct stat first, second;

    return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* SSH_ASKPASS as ssh(1) uses it. */
static const char *askpass_program(bool have_tty)
{
    const char *program = getenv("SSH_ASKPASS"), *require = getenv("SSH_ASKPASS_REQUIRE");
    bool display = getenv("DISPLAY") || getenv("WAYLAND_DISPLAY");

    if (require && strcmp(require, "never") == 0)
        return NULL;
    if (require && strcmp(require, "force") == 0)
        display = true;
    if (!display || have_tty)
        return NULL;
    return program && *program ? program : "/usr/bin/ssh-askpass";
}

static bool may_use_terminal(void)
{
    const char *require = getenv("SSH_ASKPASS_REQUIRE");

    if (require && (strcmp(require, "force") == 0 || strcmp(require, "prefer") == 0))
        return false;
    /* A ParaView that was itself started in a terminal does not lend it to us. */
    return isatty(0) || isatty(2);
}

static void choose_outputs(struct cli_run *run, struct pvhop_events_config *config)
{
    if (run->answers_fd < 0 && may_use_terminal())
        run->tty_fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    config->events_fd = run->events_fd;
    config->answers_fd = run->answers_fd;
    config->tty_fd = run->tty_fd;
    config->askpass = askpass_program(run->tty_fd >= 0);
    config->verbose = run->verbose;
    config->log_path = getenv("PVHOP_EVENTS_LOG");
    if (config->log_path && !*config->log_path)
        config->log_path = NULL;
    config->human_fd = run->events_fd >= 0 ? -1 : 2;
    if (run->progress_only && !isatty(2)) {
        config->human_fd = -1;
        run->errors_to_stderr = run->events_fd < 0;
    }
    /*
     * ParaView opens a window for what comes on standard error. Progress is no reason for that, so
     * it goes to standard output where that is not the terminal's (or the client's).
     */
    if (config->human_fd == 2 && !isatty(2) && !run->client_argv && !same_file(1, 2)) {
        config->human_fd = 1;
        run->errors_to_stderr = true;
    }
    config->colour = config->human_fd == 2 && isatty(2) && !getenv("NO_COLOR");
}

/* ---- while it runs ---- */

void cli_run_end(struct cli_run *run, const struct pvhop_error *err)
{
    char text[4096];

    run->exit_code = pvhop_error_exit_code(err);
    if (err->code) {
        if (!run->error_told)
            pvhop_events_error(run->events, err);
        if (run->errors_to_stderr)
            fputs(pvhop_error_text(err, text, sizeof(text)), stderr);
    }
    /* A session that ended well leaves the word to the client that it was for. */
    if (run->client_ended && (!err->code || err->code == PVHOP_E_CANCELLED))
        run->exit_code = run->client_exit;
    pvhop_events_end(run->events, run->exit_code);
    pvhop_loop_stop(run->loop);
}

static void on_done(void *user, const struct pvhop_error *err)
{
    struct cli_run *run = user;

    if (run->client_ended && err->code == PVHOP_E_CANCELLED) {
        const struct pvhop_error fine = {0};

        cli_run_end(run, &fine);
        return;
    }
    cli_run_end(run, err);
}

static void cancel(struct cli_run *run, enum pvhop_code why)
{
    if (run->connect)
        pvhop_connect_cancel(run->connect, why);
    else if (run->cancel)
        run->cancel(run->user, why);
}

static void on_client_exit(void *user, int exit_code)
{
    struct cli_run *run = user;

    run->client_ended = true;
    run->client_exit = exit_code;
    cancel(run, PVHOP_E_CANCELLED);
}

static void on_ready(void *user, const char *url)
{
    struct cli_run *run = user;
    struct pvhop_error err;

    if (!run->client_argv)
        return;
    run->client = client_program_start(run->loop, run->client_argv, url, on_client_exit, run, &err);
    if (run->client)
        return;
    pvhop_events_error(run->events, &err);
    run->client_ended = true;
    run->client_exit = 127; /* as a shell says it */
    cancel(run, PVHOP_E_CANCELLED);
}

static void on_cancel(void *user)
{
    cancel(user, PVHOP_E_CANCELLED);
}

static void on_hold(void *user, bool hold)
{
    struct cli_run *run = user;

    if (run->connect)
        pvhop_connect_hold(run->connect, hold);
}

static void on_parent_gone(void *user)
{
    cancel(user, PVHOP_E_PARENT_GONE);
}

static bool on_line(void *user, const char *line)
{
    struct cli_run *run = user;

    return run->line && !run->connect && run->line(run->user, line);
}

static void on_signal(void *user, int number)
{
    (void)number;
    cancel(user, PVHOP_E_CANCELLED);
}

/* SIGHUP stays ignored where whoever started us wished so (nohup). */
static struct pvhop_signals *watch_signals(struct cli_run *run, struct pvhop_error *err)
{
    int list[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, 0};
    struct sigaction hup;

    if (sigaction(SIGHUP, NULL, &hup) == 0 && hup.sa_handler == SIG_IGN)
        list[3] = 0;
    return pvhop_signals_new(run->loop, list, on_signal, run, err);
}

int cli_run_connect(struct cli_run *run, const struct pvhop_recipe *r, struct pvhop_login *login,
                    struct pvhop_error *err)
{
    static const struct pvhop_connect_handlers handlers = {.ready = on_ready, .done = on_done};

    run->connect = login ? pvhop_connect_on(run->loop, r, run->events, login, &handlers, run, err)
                         : pvhop_connect_new(run->loop, r, run->events, &handlers, run, err);
    return run->connect ? 0 : -1;
}

/* ---- life ---- */

int cli_run_open(struct cli_run *run, struct pvhop_error *err)
{
    static const struct pvhop_events_handlers handlers = {
        .cancel = on_cancel, .hold = on_hold, .parent_gone = on_parent_gone, .line = on_line};
    struct pvhop_events_config config = {0};

    run->loop = pvhop_loop_new(err);
    if (run->loop)
        run->signals = watch_signals(run, err);
    if (run->signals) {
        choose_outputs(run, &config);
        run->events = pvhop_events_new(run->loop, &config, &handlers, run, err);
    }
    return run->events ? 0 : -1;
}

int cli_run_close(struct cli_run *run)
{
    client_program_free(run->client);
    pvhop_connect_free(run->connect);
    pvhop_events_free(run->events);
    pvhop_signals_free(run->signals);
    pvhop_loop_free(run->loop);
    if (run->tty_fd >= 0)
        close(run->tty_fd);
    return run->exit_code;
}
