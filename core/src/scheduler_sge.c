/* SPDX-License-Identifier: BSD-3-Clause */
/* Grid Engine: SGE, Son of, Univa, Altair, Open Cluster Scheduler. Tried with SGE 8.1.9. */
#include "scheduler_adapter.h"
#include <stdlib.h>
#include <string.h>

static const struct sched_hint hints[] = {
    {"unknown queue", "Choose another queue with --queue; 'pvhop probe' lists those of the site."},
    {"queue", "Choose another queue with --queue, or ask for less."},
    {"project", "Choose another project with --account; 'pvhop probe' lists those of the site."},
    {"parallel environment",
     "Name one that 'qconf -spl' lists with --scheduler-args '-pe NAME N', or ask for one "
     "process."},
    {"h_rt", "Give --walltime as 01:30:00, 90m or 2h, not longer than the queue allows."},
    {"unknown resource",
     "This site names it otherwise: use --constraint or --scheduler-args '-l NAME=VALUE'."},
    {"advance reservation", "Correct --reservation, or leave it away."},
    {"invalid option argument", "Correct --scheduler-args."},
    {"no suitable queues", "No queue can run this: lower --walltime, --processes or --memory."},
    {"not a valid object name", "Choose another --job-name."},
    {"allowed to submit", "The site limits how many jobs one user may have; wait for one to end."},
    {"unable to send message", "The batch system is down; try again later."},
    {"not allowed", "Ask the site for access, or choose another queue or account."},
    {NULL, NULL},
};

/* Memory has no portable resource name: mem_free is in every default configuration, h_vmem would
 * count what graphics drivers only map. */
static void submit(struct pvhop_text *t, const struct pvhop_resources *r, const char *script)
{
    long slots = r->processes > 0 ? r->processes : r->nodes;

    pvhop_text_addf(t, "set --");
    sched_add_extra(t, r->extra);
    pvhop_text_addf(t, " -terse -r n -j y -S /bin/sh");
    sched_add_option(t, "-N ", r->name);
    sched_add_option(t, "-o ", r->output ? r->output : "/dev/null");
    if (r->walltime_s > 0) {
        pvhop_text_addf(t, " -l h_rt=");
        sched_add_hms(t, r->walltime_s);
    }
    if (r->memory)
        pvhop_text_addf(t, " -l mem_free=%ldM", sched_memory_mb(r->memory));
    if (r->gpus > 0)
        pvhop_text_addf(t, " -l gpu=%ld", r->gpus);
    sched_add_option(t, "-l ", r->constraint);
    sched_add_option(t, "-q ", r->queue);
    sched_add_option(t, "-P ", r->account);
    sched_add_option(t, "-ar ", r->reservation);
    pvhop_text_addf(t, "\n");
    if (r->pe) {
        pvhop_text_addf(t, "pvhop_pe=");
        pvhop_text_add_word(t, r->pe);
        pvhop_text_addf(t, "\n");
    } else if (slots > 1) {
        /* Sites name them as they like. */
        pvhop_text_addf(
            t, "for pvhop_like in '^mpi$' '^orte$' '^openmpi$' mpi orte smp .; do\n"
               "    pvhop_pe=$(qconf -spl 2>/dev/null | grep \"$pvhop_like\" | sed -n 1p)\n"
               "    [ -z \"$pvhop_pe\" ] || break\n"
               "done\n");
    }
    if (r->pe || slots > 1)
        pvhop_text_addf(t, "set -- -pe \"$pvhop_pe\" %ld \"$@\"\n", slots > 0 ? slots : 1);
    pvhop_text_addf(t, "pvhop_run submit qsub \"$@\"");
    sched_add_input(t, script);
}

static bool submitted(const char *output, char id[PVHOP_JOB_ID_MAX])
{
    return sched_last_id(output, "", id);
}

#define NOW "%m/%d/%Y %H:%M:%S"

static void state(struct pvhop_text *t, const char *id, bool position)
{
    pvhop_text_addf(t,
                    "export LC_ALL=C\n"
                    "pvhop_say now \"$(date '+"
                    "%%m/%%d/%%Y %%H:%%M:%%S"
                    "')\"\n"
                    "pvhop_run jobs qstat -r -u \"$(id -un)\"\n"
                    "pvhop_run job qstat -j %s ||\n"
                    "    pvhop_run past qacct -j %s\n",
                    id, id);
    if (position)
        pvhop_text_addf(t, "pvhop_run ahead qstat -s p -u '*'\n");
}

/* The text after KEY and colons and spaces on its line; NULL. Cut off by NUL, in place. */
static char *value_of(char *text, const char *key)
{
    size_t len = strlen(key);

    for (char *p = text; p; p = strchr(p, '\n')) {
        p += strspn(p, " \n");
        if (strncmp(p, key, len) == 0 && strchr(": ", p[len])) {
            p += len + strspn(p + len, ": ");
            p[strcspn(p, "\n")] = '\0';
            return sched_trim(p);
        }
    }
    return NULL;
}

/* "all.q@cn2.cluster.lab" */
static void read_host(const char *queue, struct pvhop_job_status *status)
{
    const char *at = strchr(queue, '@');

    if (!at)
        return;
    sched_copy(status->node, sizeof(status->node), at + 1);
    status->node[strcspn(status->node, " \n")] = '\0';
    sched_copy(status->nodes, sizeof(status->nodes), status->node);
}

/*
 * The job's line of qstat, and the lines that -r adds below it:
 *   10 0.26531 pvhop-abc  alice  r  11/21/2026 07:10:57 all.q@cn2.cluster.lab  4
 *        Full jobname:     pvhop-abc
 *        Master Queue:     all.q@cn2.cluster.lab
 *        Hard Resources:   h_rt=120 (0.000000)
 */
static bool read_line(const char *id, const char *output, struct pvhop_job_status *status)
{
    char *frame = sched_frame(output, "jobs", NULL), *now = sched_frame(output, "now", NULL);
    char *at = frame, *line, letters[16] = "", day[16] = "", clock[16] = "";
    bool ours = false, found = false;
    long long started = -1, at_now = now ? sched_time(now, NOW) : -1;

    while (frame && (line = sched_line(&at))) {
        char number[24] = "";

        if (sscanf(line, "%23s %*s %*s %*s %15s %15s %15s", number, letters, day, clock) >= 1 &&
            sched_id_digits(number) && strncmp(line, "       ", 7) != 0) {
            ours = strcmp(number, id) == 0;
            if (ours) {
                char when[40];

                found = true;
                snprintf(when, sizeof(when), "%s %s", day, clock);
                started = sched_time(when, NOW);
                if (strchr(letters, 'E')) {
                    status->state = PVHOP_JOB_QUEUED;
                    status->hopeless = true;
                } else if (strchr(letters, 'q') || strchr(letters, 'h')) {
                    status->state = PVHOP_JOB_QUEUED;
                    status->hopeless = strchr(letters, 'h') != NULL;
                } else {
                    status->state = strchr(letters, 't') ? PVHOP_JOB_STARTING : PVHOP_JOB_RUNNING;
                    read_host(line, status);
                }
                sched_copy(status->reason, sizeof(status->reason),
                           status->hopeless ? (strchr(letters, 'E') ? "error state" : "it is held")
                                            : "");
            }
        } else if (ours) {
            char *limit = strstr(line, "h_rt=");

            if (strstr(line, "Master Queue:"))
                read_host(line, status);
            if (limit && started >= 0 && at_now >= 0 && status->state == PVHOP_JOB_RUNNING) {
                long left = (long)(started + sched_count(limit + 5) - at_now);

                status->time_left_s = left > 0 ? left : 0;
            }
        }
    }
    free(now);
    free(frame);
    return found;
}

/* Every waiting job of the cluster is listed in the order in which they will be looked at. */
static void read_place(const char *id, const char *output, struct pvhop_job_status *status)
{
    char *frame = sched_frame(output, "ahead", NULL), *at = frame, *line;
    long n = 0;

    while (frame && (line = sched_line(&at))) {
        char number[24] = "", letters[16] = "";

        if (sscanf(line, "%23s %*s %*s %*s %15s", number, letters) < 2 ||
            !sched_id_digits(number) || strchr(letters, 'h'))
            continue;
        n++;
        if (strcmp(number, id) == 0)
            status->position = n;
    }
    free(frame);
}

static void read_state(const char *id, const char *output, struct pvhop_job_status *status)
{
    int rc = -1;
    char *frame = NULL, *value;

    if (read_line(id, output, status)) {
        frame = sched_frame(output, "job", &rc);
        value = frame && rc == 0 ? value_of(frame, "scheduling info") : NULL;
        if (value && status->state == PVHOP_JOB_QUEUED) {
            sched_copy(status->reason, sizeof(status->reason), value);
            /* These are about the request, not about the load. */
            if (sched_has(value, "only offers 0 slots") || sched_has(value, "unknown resource"))
                status->hopeless = true;
        }
        read_place(id, output, status);
        free(frame);
        return;
    }
    frame = sched_frame(output, "past", &rc);
    if (frame && rc == 0) {
        char *copy = strdup(frame);

        status->state = PVHOP_JOB_ENDED;
        value = copy ? value_of(copy, "exit_status") : NULL;
        if (value)
            status->exit_code = atoi(value); /* "137   (Killed)" */
        value = value_of(frame, "failed");
        if (value && strcmp(value, "0") != 0)
            snprintf(status->reason, sizeof(status->reason), "failed: %s", value);
        pvhop_make_printable(status->reason);
        free(copy);
    } else {
        char *job = sched_frame(output, "job", &rc);

        /* The record of a job that has ended comes up to 15 s later, or never if it is kept on
         * another host: that it is not there any more is all that is known. */
        if (job && sched_has(job, "do not exist"))
            status->state = PVHOP_JOB_UNKNOWN;
        else
            status->silent = true;
        sched_copy(status->reason, sizeof(status->reason), job ? sched_trim(job) : "");
        free(job);
    }
    free(frame);
}

static void queues(struct pvhop_text *t)
{
    /* One h_rt a queue; of a list of exceptions by host only the general value counts. */
    pvhop_text_addf(t,
                    "pvhop_list() {\n"
                    "    for pvhop_queue in $(qconf -sql); do\n"
                    "        printf '%%s|%%s\\n' \"$pvhop_queue\" \"$(qconf -sq \"$pvhop_queue\" | "
                    "sed -n 's/^h_rt  *\\([^, ]*\\).*/\\1/p')\"\n"
                    "    done\n"
                    "}\n"
                    "pvhop_run queues pvhop_list\n"
                    "pvhop_run accounts qconf -sprjl\n");
}

static void read_queues(const char *output, pvhop_queue_fn queue, pvhop_account_fn account,
                        void *user)
{
    int rc = -1;
    char *frame = sched_frame(output, "queues", &rc), *at = frame, *line;

    while (frame && rc == 0 && (line = sched_line(&at))) {
        struct pvhop_queue_info q = {.open = true};
        char *bar = strchr(line, '|');

        if (!bar)
            continue;
        *bar = '\0';
        sched_copy(q.name, sizeof(q.name), line);
        q.max_walltime_s = sched_duration(bar + 1, 1);
        if (*q.name)
            queue(user, &q);
    }
    free(frame);
    sched_accounts(output, account, user);
}

const struct pvhop_scheduler pvhop_sched_sge = {
    .name = "sge",
    .title = "Grid Engine",
    .command = "qsub",
    .folders = "\"$SGE_ROOT/bin/${SGE_ARCH:-lx-amd64}\" \"$SGE_ROOT/bin/lx26-amd64\" "
               "/opt/sge/bin/lx-amd64 /opt/gridengine/bin/lx-amd64 /usr/local/sge/bin/lx-amd64 "
               "/opt/uge/bin/lx-amd64",
    .genuine = "qsub -help 2>&1 </dev/null | sed -n 1p | grep -q 'GE *[0-9/]'",
    .version = "qsub -help 2>&1 | sed -n 1p",
    .answers = "pvhop_brief qconf -sql",
    .cancel_by_hand = "qdel",
    .hints = hints,
    .id_ok = sched_id_digits,
    .submit = submit,
    .id_sed = "s/^[0-9][0-9]*$/&/p",
    .submitted = submitted,
    .state = state,
    .read_state = read_state,
    .name_query = "qstat -j \"$pvhop_id\"",
    .name_sed = "s/^job_name: *//p",
    .name_gone = "*\"do not exist\"*",
    .queues = queues,
    .read_queues = read_queues,
};
