/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * No batch system: the "job" is a process on the front end, in a session of its own, with its name
 * as an argument. Its id is process number and start time, as numbers are used again.
 */
#include "scheduler_adapter.h"
#include <stdlib.h>
#include <string.h>

static const struct sched_hint hints[] = {
    {"setsid", "The front end lacks the command setsid; ask the site for the package util-linux."},
    {NULL, NULL},
};

/* Field 22 of /proc/PID/stat (proc(5)); the second, the name, may hold spaces. */
#define START_TIME                                                             \
    "pvhop_started() {\n"                                                      \
    "    IFS= read -r pvhop_stat 2>/dev/null <\"/proc/$1/stat\" || return 1\n" \
    "    set -- ${pvhop_stat##*) }\n"                                          \
    "    [ \"$1\" != Z ] && shift 19 && echo \"$1\"\n"                         \
    "}\n"

static void submit(struct pvhop_text *t, const struct pvhop_resources *r, const char *script)
{
    pvhop_text_addf(
        t,
        START_TIME "pvhop_start() {\n"
                   "    command -v setsid >/dev/null || { echo 'setsid: not found'; return 127; }\n"
                   "    setsid /bin/sh ");
    if (script)
        pvhop_text_add_path(t, script);
    else
        pvhop_text_addf(t, "-s");
    sched_add_option(t, "", r->name);
    pvhop_text_addf(t, " <&3 3<&- >>");
    pvhop_text_add_path(t, r->output ? r->output : "/dev/null");
    pvhop_text_addf(t,
                    " 2>&1 &\n"
                    "    echo \"$!.$(pvhop_started $!)\"\n"
                    "}\n"
                    "exec 3<%s\n"
                    "pvhop_run submit pvhop_start\n",
                    script ? "/dev/null" : "&0");
}

static bool id_ok(const char *id)
{
    size_t pid = strspn(id, "0123456789"), start;

    if (pid == 0 || pid > 9 || id[pid] != '.' || strtol(id, NULL, 10) < 2)
        return false;
    start = strspn(id + pid + 1, "0123456789");
    return start > 0 && start < 20 && !id[pid + 1 + start];
}

static bool submitted(const char *output, char id[PVHOP_JOB_ID_MAX])
{
    return sched_last_id(output, ".", id);
}

/* Sets pvhop_id and, of it, the process. */
static void add_process(struct pvhop_text *t, const char *id)
{
    pvhop_text_addf(t, START_TIME "pvhop_id=%s\npvhop_process=${pvhop_id%%%%.*}\n", id);
}

static void state(struct pvhop_text *t, const char *id, bool position)
{
    (void)position;
    add_process(t, id);
    pvhop_text_addf(
        t, "if [ \"$pvhop_process.$(pvhop_started \"$pvhop_process\")\" = \"$pvhop_id\" ]; then\n"
           "    pvhop_say running \"$(hostname 2>/dev/null || uname -n)\"\n"
           "else\n    pvhop_say ended ''\nfi\n");
}

static void read_state(const char *id, const char *output, struct pvhop_job_status *status)
{
    char *running = sched_frame(output, "running", NULL),
         *ended = sched_frame(output, "ended", NULL);

    (void)id;
    if (running) {
        status->state = PVHOP_JOB_RUNNING;
        sched_copy(status->node, sizeof(status->node), sched_trim(running));
        sched_copy(status->nodes, sizeof(status->nodes), status->node);
    } else if (ended) {
        status->state = PVHOP_JOB_ENDED;
    } else {
        status->silent = true;
    }
    free(ended);
    free(running);
}

static void cancel(struct pvhop_text *t, const char *id, const char *name)
{
    add_process(t, id);
    /* The whole session: mpiexec gives its ranks process groups of their own. */
    pvhop_text_addf(
        t, "pvhop_kill() {\n"
           "    pkill -TERM -s \"$pvhop_process\" 2>/dev/null || kill -TERM \"-$pvhop_process\"\n"
           "}\n"
           "if [ \"$pvhop_process.$(pvhop_started \"$pvhop_process\")\" != \"$pvhop_id\" ]; then\n"
           "    pvhop_say gone ''\n"
           "elif tr '\\0' '\\n' <\"/proc/$pvhop_process/cmdline\" | grep -qxF ");
    pvhop_text_add_word(t, name);
    pvhop_text_addf(
        t, "; then\n    pvhop_run cancel pvhop_kill\n"
           "else\n    pvhop_say other \"$(tr '\\0' ' ' <\"/proc/$pvhop_process/cmdline\")\"\nfi\n");
}

const struct pvhop_scheduler pvhop_sched_none = {
    .name = "none",
    .title = "the front end itself",
    .cancel_by_hand = "kill",
    .hints = hints,
    .id_ok = id_ok,
    .submit = submit,
    .id_sed = "s/^[0-9][0-9]*[.][0-9][0-9]*$/&/p",
    .submitted = submitted,
    .state = state,
    .read_state = read_state,
    .cancel = cancel,
};
