/* SPDX-License-Identifier: BSD-3-Clause */
/* LSF, by the public documentation of IBM Spectrum LSF 10.1. No LSF could be tried. */
#include "scheduler_adapter.h"
#include <stdlib.h>
#include <string.h>

static const struct sched_hint hints[] = {
    {"no such queue", "Choose another queue with --queue; 'pvhop probe' lists those of the site."},
    {"cannot use the queue", "Choose another queue with --queue, or ask the site for access."},
    {"project", "Name the project that the job is charged to with --account."},
    {"run_limit", "Ask for less time with --walltime, or choose a queue that allows more."},
    {"runlimit", "Ask for less time with --walltime, or choose a queue that allows more."},
    {"resource requirement", "Correct --constraint, --memory or --gpus."},
    {"queue has been closed", "The queue is closed: choose another one with --queue."},
    {"processors", "Ask for fewer --processes or --nodes, or choose another queue."},
    {"esub", "The site's own check refused it; its words say what to change, or ask the site."},
    {"reservation", "Correct --reservation, or leave it away."},
    {"illegal option", "Correct --scheduler-args."},
    {"lsf is down", "The batch system is down; try again later."},
    {NULL, NULL},
};

static void submit(struct pvhop_text *t, const struct pvhop_resources *r, const char *script)
{
    long slots = r->processes > 0 ? r->processes : r->nodes;

    pvhop_text_addf(t, "pvhop_run submit bsub");
    sched_add_extra(t, r->extra);
    pvhop_text_addf(t, " -rn");
    sched_add_option(t, "-J ", r->name);
    sched_add_option(t, "-o ", r->output ? r->output : "/dev/null");
    if (slots > 0)
        pvhop_text_addf(t, " -n %ld", slots);
    if (r->nodes > 0)
        pvhop_text_addf(t, " -R 'span[ptile=%ld]'", sched_per_node(r));
    if (r->memory)
        pvhop_text_addf(t, " -R 'rusage[mem=%ldMB]'", sched_memory_mb(r->memory));
    if (r->gpus > 0)
        pvhop_text_addf(t, " -gpu 'num=%ld'", r->gpus);
    if (r->walltime_s > 0) /* hours and minutes only */
        pvhop_text_addf(t, " -W %ld:%02ld", (r->walltime_s + 59) / 3600,
                        (r->walltime_s + 59) / 60 % 60);
    sched_add_option(t, "-q ", r->queue);
    sched_add_option(t, "-P ", r->account);
    sched_add_option(t, "-U ", r->reservation);
    sched_add_option(t, "-R ", r->constraint);
    sched_add_input(t, script);
}

/* "Job <473713> is submitted to queue <normal>." */
static bool submitted(const char *output, char id[PVHOP_JOB_ID_MAX])
{
    for (const char *p = output; (p = strstr(p, "Job <")); p++) {
        size_t digits = strspn(p + 5, "0123456789");

        if (digits > 0 && digits < 20 && strncmp(p + 5 + digits, "> is submitted", 14) == 0) {
            snprintf(id, PVHOP_JOB_ID_MAX, "%.*s", (int)digits, p + 5);
            return true;
        }
    }
    return false;
}

static void state(struct pvhop_text *t, const char *id, bool position)
{
    (void)position;
    /* Before 10.1 bjobs had no -o. The reason comes last: it may have a bar in it. */
    pvhop_text_addf(
        t,
        "export LC_ALL=C\n"
        "pvhop_run job bjobs -a -noheader -o \"jobid stat exec_host exit_code runtimelimit "
        "run_time pend_reason delimiter='|'\" %s ||\n"
        "    pvhop_run past bjobs -a -w %s\n",
        id, id);
}

/* "cn1", or "2*cn1:2*cn2" */
static void read_hosts(const char *hosts, struct pvhop_job_status *status)
{
    const char *star = strchr(hosts, '*');
    size_t len = strcspn(hosts, ":");

    if (*hosts == '-' || !*hosts)
        return;
    sched_copy(status->nodes, sizeof(status->nodes), hosts);
    if (star && (size_t)(star - hosts) < len)
        hosts = star + 1;
    sched_copy(status->node, sizeof(status->node), hosts);
    status->node[strcspn(status->node, ":")] = '\0';
}

static void read_word(const char *word, struct pvhop_job_status *status)
{
    static const struct {
        const char *word;
        enum pvhop_job_state state;
        const char *reason;
        bool hopeless;
    } states[] = {
        {"PEND", PVHOP_JOB_QUEUED, "", false},
        {"WAIT", PVHOP_JOB_QUEUED, "", false},
        {"PSUSP", PVHOP_JOB_QUEUED, "it is held", true},
        {"PROV", PVHOP_JOB_STARTING, "its nodes are being prepared", false},
        {"RUN", PVHOP_JOB_RUNNING, "", false},
        {"USUSP", PVHOP_JOB_RUNNING, "it is suspended", false},
        {"SSUSP", PVHOP_JOB_RUNNING, "it is suspended by the system", false},
        {"UNKWN", PVHOP_JOB_RUNNING, "its node does not answer", false},
        {"DONE", PVHOP_JOB_ENDED, "", false},
        {"EXIT", PVHOP_JOB_ENDED, "EXIT", false},
        {"ZOMBI", PVHOP_JOB_ENDED, "its node does not answer", false},
    };

    for (size_t n = 0; n < sizeof(states) / sizeof(states[0]); n++)
        if (strcmp(states[n].word, word) == 0) {
            status->state = states[n].state;
            status->hopeless = states[n].hopeless;
            sched_copy(status->reason, sizeof(status->reason), states[n].reason);
        }
}

static bool read_fields(const char *id, char *frame, struct pvhop_job_status *status)
{
    char *at = frame, *line;

    while ((line = sched_line(&at))) {
        char *field[7] = {line};
        int n = 1;

        for (char *p = line; *p && n < 7; p++)
            if (*p == '|') {
                *p = '\0';
                field[n++] = p + 1;
            }
        if (n < 7 || strcmp(sched_trim(field[0]), id) != 0)
            continue;
        read_word(sched_trim(field[1]), status);
        if (status->state == PVHOP_JOB_QUEUED && !status->hopeless)
            sched_copy(status->reason, sizeof(status->reason), sched_trim(field[6]));
        if (status->state == PVHOP_JOB_STARTING || status->state == PVHOP_JOB_RUNNING) {
            /* minutes, with a point or not; "12 second(s)" */
            long limit = sched_count(field[4]) * 60, used = sched_count(field[5]);

            read_hosts(sched_trim(field[2]), status);
            if (limit > 0)
                status->time_left_s = limit > used ? limit - used : 0;
        }
        if (status->state == PVHOP_JOB_ENDED) {
            status->exit_code = strcmp(sched_trim(field[1]), "DONE") == 0 ? 0 : -1;
            if (sched_id_digits(sched_trim(field[3])))
                status->exit_code = atoi(sched_trim(field[3]));
        }
        return true;
    }
    return false;
}

/* JOBID USER STAT QUEUE FROM_HOST EXEC_HOST JOB_NAME SUBMIT_TIME; EXEC_HOST may be empty or "-" */
static bool read_table(const char *id, char *frame, struct pvhop_job_status *status)
{
    char *at = frame, *line;

    while ((line = sched_line(&at))) {
        char number[24], word[16], host[512] = "";

        if (sscanf(line, "%23s %*s %15s %*s %*s %511s", number, word, host) < 2 ||
            strcmp(number, id) != 0)
            continue;
        read_word(word, status);
        if (status->state == PVHOP_JOB_STARTING || status->state == PVHOP_JOB_RUNNING)
            read_hosts(host, status);
        if (status->state == PVHOP_JOB_ENDED && strcmp(word, "DONE") == 0)
            status->exit_code = 0;
        return true;
    }
    return false;
}

static void read_state(const char *id, const char *output, struct pvhop_job_status *status)
{
    char *job = sched_frame(output, "job", NULL), *past = sched_frame(output, "past", NULL);

    if (sched_has(job, "is not found") || sched_has(past, "is not found"))
        sched_copy(status->reason, sizeof(status->reason), sched_trim(job ? job : past));
    else if ((!job || !read_fields(id, job, status)) && (!past || !read_table(id, past, status))) {
        status->silent = true;
        sched_copy(status->reason, sizeof(status->reason), job ? sched_trim(job) : "");
    }
    free(past);
    free(job);
}

static void queues(struct pvhop_text *t)
{
    pvhop_text_addf(t, "pvhop_run standard bparams\npvhop_run queues bqueues -w\n");
}

static void read_queues(const char *output, pvhop_queue_fn queue, pvhop_account_fn account,
                        void *user)
{
    int rc = -1;
    char *standard = sched_frame(output, "standard", NULL), first[128] = "", *p;
    char *frame = sched_frame(output, "queues", &rc), *at = frame, *line;

    (void)account;
    /* "Default Queues:  normal idle": the first one that takes the job */
    if (standard && (p = strstr(standard, "Default Queues:")))
        sscanf(p + 15, " %127s", first);
    while (frame && rc == 0 && (line = sched_line(&at))) {
        struct pvhop_queue_info q = {.max_walltime_s = -1};
        char name[128], open[32];

        if (sscanf(line, "%127s %*s %31s", name, open) < 2 || strcmp(name, "QUEUE_NAME") == 0)
            continue;
        sched_copy(q.name, sizeof(q.name), name);
        q.is_default = strcmp(name, first) == 0;
        q.open = strcmp(open, "Open:Active") == 0;
        if (*q.name)
            queue(user, &q);
    }
    free(frame);
    free(standard);
}

const struct pvhop_scheduler pvhop_sched_lsf = {
    .name = "lsf",
    .title = "LSF",
    .command = "bsub",
    .folders = "\"$LSF_BINDIR\" /opt/ibm/spectrumcomputing/lsf/10.1/linux3.10-glibc2.17-x86_64/bin "
               "/opt/ibm/lsf/10.1/linux2.6-glibc2.3-x86_64/bin /opt/lsf/bin /usr/share/lsf/bin",
    .genuine = "bsub -V 2>&1 </dev/null | grep -qi 'lsf\\|openlava'",
    .version = "bsub -V 2>&1 | sed -n 1p",
    .answers = "pvhop_brief lsid",
    .cancel_by_hand = "bkill",
    .hints = hints,
    .id_ok = sched_id_digits,
    .submit = submit,
    .id_sed = "s/^Job <\\([0-9][0-9]*\\)> is submitted.*/\\1/p",
    .submitted = submitted,
    .state = state,
    .read_state = read_state,
    /* Old versions, and OpenLava, have no -o: then the table tells the name, in front
     * of "Nov 21 03:05". */
    .name_query = "bjobs -a -noheader -o job_name \"$pvhop_id\" 2>/dev/null || "
                  "LC_ALL=C bjobs -a -w \"$pvhop_id\"",
    .name_sed = "/^JOBID /d;s/ *[A-Z][a-z][a-z]  *[0-9][0-9]*  *[0-9][0-9]*:[0-9 :]*$//;"
                "s/ *$//;s/.* //;p",
    .name_gone = "*\"is not found\"*",
    .queues = queues,
    .read_queues = read_queues,
};
