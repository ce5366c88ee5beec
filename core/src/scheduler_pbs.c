/* SPDX-License-Identifier: BSD-3-Clause */
/* PBS: OpenPBS, PBS Pro, and Torque, which asks for nodes in other words. Written to recordings of
 * OpenPBS 23.06. */
#include "scheduler_adapter.h"
#include <stdlib.h>
#include <string.h>

static const struct sched_hint hints[] = {
    {"unknown queue", "Choose another queue with --queue; 'pvhop probe' lists those of the site."},
    {"queue is not enabled", "The queue is closed: choose another one with --queue."},
    {"resource limits",
     "The queue does not allow that much: lower --walltime, --nodes or --processes, or "
     "choose another queue."},
    {"resource_list.walltime", "Give --walltime as 01:30:00, 90m or 2h."},
    {"unknown resource",
     "Correct --constraint or --scheduler-args: the site does not have that resource."},
    {"illegal attribute or resource value",
     "Correct the value that is named: --memory, --nodes, --processes or "
     "--walltime."},
    {"account", "Name the account that the job is charged to with --account."},
    {"project", "Name the project with --scheduler-args '-P NAME'."},
    {"bad gid", "Correct the group in --scheduler-args."},
    {"per-user limit", "The site limits how many jobs one user may have; wait for one to end."},
    {"unauthorized request", "You may not use this queue: choose another one, or ask the site."},
    {"invalid option", "Correct --scheduler-args."},
    {"cannot connect", "The batch system is down; try again later."},
    {NULL, NULL},
};

/* The chunk of a node, as PBS writes it. */
static void add_request(struct pvhop_text *t, const struct pvhop_resources *r, bool torque)
{
    struct pvhop_text what = {0};
    long nodes = r->nodes > 0 ? r->nodes : 1, per_node = sched_per_node(r);

    if (torque) {
        pvhop_text_addf(&what, "nodes=%ld:ppn=%ld", nodes, per_node);
        if (r->gpus > 0)
            pvhop_text_addf(&what, ":gpus=%ld", r->gpus);
    } else {
        pvhop_text_addf(&what, "select=%ld:ncpus=%ld:mpiprocs=%ld", nodes, per_node, per_node);
        if (r->memory)
            pvhop_text_addf(&what, ":mem=%ldmb", sched_memory_mb(r->memory));
        if (r->gpus > 0)
            pvhop_text_addf(&what, ":ngpus=%ld", r->gpus);
    }
    if (r->constraint)
        pvhop_text_addf(&what, ":%s", r->constraint);
    if (what.failed)
        t->failed = true;
    else
        sched_add_option(t, "-l ", what.s);
    pvhop_text_free(&what);
    if (torque && r->memory)
        pvhop_text_addf(t, " -l mem=%ldmb", sched_memory_mb(r->memory) * nodes);
    if (!torque && nodes > 1)
        pvhop_text_addf(t, " -l place=scatter");
}

static void submit(struct pvhop_text *t, const struct pvhop_resources *r, const char *script)
{
    pvhop_text_addf(t, "set --");
    sched_add_extra(t, r->extra);
    /* PBS copies the output at the end only, over what is there: whoever wants to read it while the
     * job runs lets the script write it itself. */
    pvhop_text_addf(t, " -r n -j oe -S /bin/sh");
    sched_add_option(t, "-N ", r->name);
    sched_add_option(t, "-o ", r->output ? r->output : "/dev/null");
    if (r->walltime_s > 0) {
        pvhop_text_addf(t, " -l walltime=");
        sched_add_hms(t, r->walltime_s);
    }
    sched_add_option(t, "-A ", r->account);
    pvhop_text_addf(t, "\n");
    pvhop_text_addf(t, "case $(qsub --version 2>&1 </dev/null) in\n"
                       "*[Pp][Bb][Ss]*) set -- \"$@\"");
    add_request(t, r, false);
    /* A reservation of PBS Pro is a queue. */
    sched_add_option(t, "-q ", r->reservation ? r->reservation : r->queue);
    pvhop_text_addf(t, " ;;\n*) set -- \"$@\"");
    add_request(t, r, true);
    sched_add_option(t, "-q ", r->queue);
    sched_add_option(t, "-W x=FLAGS:ADVRES:", r->reservation);
    pvhop_text_addf(t, " ;;\nesac\npvhop_run submit qsub \"$@\"");
    sched_add_input(t, script);
}

static bool id_ok(const char *id)
{
    size_t digits = strspn(id, "0123456789");

    return digits > 0 && digits < 20 && (id[digits] == '.' || !id[digits]) &&
           !id[strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")];
}

static bool submitted(const char *output, char id[PVHOP_JOB_ID_MAX])
{
    return sched_last_id(output, ".", id);
}

#define TIME_FORMAT "%a %b %d %H:%M:%S %Y"

static void state(struct pvhop_text *t, const char *id, bool position)
{
    (void)position; /* PBS lists no order that means anything */
    pvhop_text_addf(t,
                    "export LC_ALL=C\n"
                    "pvhop_say now \"$(date '+%%a %%b %%d %%H:%%M:%%S %%Y')\"\n"
                    "pvhop_run job qstat -f %s ||\n"
                    "    pvhop_run past qstat -x -f %s\n",
                    id, id);
}

/*
 * "    KEY = value". A long value goes on after a newline and one tab, in the middle of words; the
 * environment of the job is in there too, so a key counts at the begin of a line only.
 */
static bool attribute(const char *text, const char *key, char *value, size_t size)
{
    size_t len = strlen(key), n = 0;

    *value = '\0';
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line == '\t')
            continue;
        line += strspn(line, " ");
        if (strncmp(line, key, len) != 0 || strncmp(line + len, " = ", 3) != 0)
            continue;
        for (line += len + 3; *line && n + 1 < size; line++) {
            if (line[0] == '\n' && line[1] == '\t')
                line++;
            else if (line[0] == '\n')
                break;
            else
                value[n++] = *line;
        }
        value[n] = '\0';
        pvhop_make_printable(value);
        return n > 0;
    }
    return false;
}

/* "cn1/0*8+cn2/0*8", or Torque's "cn1/0+cn1/1" and "cn1/0-7" */
static void read_hosts(const char *job, struct pvhop_job_status *status)
{
    if (!attribute(job, "exec_host", status->nodes, sizeof(status->nodes)))
        return;
    sched_copy(status->node, sizeof(status->node), status->nodes);
    status->node[strcspn(status->node, "/+")] = '\0';
}

static void read_times(const char *job, const char *output, struct pvhop_job_status *status)
{
    char limit[64], when[64], *frame = sched_frame(output, "now", NULL);
    long long now = frame ? sched_time(frame, TIME_FORMAT) : -1, start;
    long seconds;

    free(frame);
    if (status->state == PVHOP_JOB_QUEUED) {
        if (now >= 0 && attribute(job, "estimated.start_time", when, sizeof(when)) &&
            (start = sched_time(when, TIME_FORMAT)) >= 0)
            status->starts_in_s = start > now ? (long)(start - now) : 0;
        return;
    }
    if (!attribute(job, "Resource_List.walltime", limit, sizeof(limit)) ||
        (seconds = sched_duration(limit, 1)) < 0 || now < 0)
        return;
    if (!attribute(job, "stime", when, sizeof(when)) &&
        !attribute(job, "start_time", when, sizeof(when))) /* Torque */
        return;
    start = sched_time(when, TIME_FORMAT);
    if (start >= 0)
        status->time_left_s = start + seconds > now ? (long)(start + seconds - now) : 0;
}

static void read_job(const char *job, const char *output, struct pvhop_job_status *status)
{
    char word[64];

    attribute(job, "job_state", word, sizeof(word));
    attribute(job, "comment", status->reason, sizeof(status->reason));
    switch (word[0]) {
    case 'H':
        status->hopeless = true; /* until somebody lets it go */
        status->state = PVHOP_JOB_QUEUED;
        break;
    case 'Q':
    case 'W':
    case 'T':
        status->hopeless = strstr(status->reason, "Can Never Run") != NULL;
        status->state = PVHOP_JOB_QUEUED;
        break;
    case 'R':
    case 'S':
    case 'U':
    case 'B':
        attribute(job, "substate", word, sizeof(word));
        status->state = strcmp(word, "41") == 0 ? PVHOP_JOB_STARTING : PVHOP_JOB_RUNNING;
        break;
    case 'E': /* its script is over */
    case 'F':
    case 'C': /* Torque */
    case 'X':
        status->state = PVHOP_JOB_ENDED;
        if (attribute(job, "Exit_status", word, sizeof(word)) ||
            attribute(job, "exit_status", word, sizeof(word)))
            status->exit_code = atoi(word);
        return;
    default:
        return;
    }
    if (status->state != PVHOP_JOB_QUEUED)
        read_hosts(job, status);
    read_times(job, output, status);
}

static void read_state(const char *id, const char *output, struct pvhop_job_status *status)
{
    int rc = -1;
    char *job = sched_frame(output, "job", &rc), *past = NULL;

    (void)id;
    if (job && rc == 0 && strstr(job, "job_state = ")) {
        read_job(job, output, status);
        goto out;
    }
    past = sched_frame(output, "past", &rc);
    if (past && rc == 0 && strstr(past, "job_state = ")) {
        read_job(past, output, status);
        goto out;
    }
    /* Without a job history, which is the default, an ended job is an unknown one. */
    if (job && sched_has(job, "has finished"))
        status->state = PVHOP_JOB_ENDED;
    else if (!job || !sched_has(job, "unknown job id"))
        status->silent = true;
    sched_copy(status->reason, sizeof(status->reason), job ? sched_trim(job) : "");
out:
    free(past);
    free(job);
}

static void queues(struct pvhop_text *t)
{
    pvhop_text_addf(t, "pvhop_run server qstat -B -f\npvhop_run queues qstat -Q -f\n");
}

static bool is_true(const char *text, const char *key)
{
    char value[32];

    return attribute(text, key, value, sizeof(value)) && strcasecmp(value, "true") == 0;
}

static void read_queues(const char *output, pvhop_queue_fn queue, pvhop_account_fn account,
                        void *user)
{
    int rc = -1;
    char standard[128] = "", value[64], *server = sched_frame(output, "server", NULL);
    char *frame = sched_frame(output, "queues", &rc);

    (void)account; /* PBS knows none */
    if (server)
        attribute(server, "default_queue", standard, sizeof(standard));
    for (char *at = frame; at && rc == 0 && (at = strstr(at, "Queue: "));) {
        char *begin = at + 7, *next = strstr(begin, "\nQueue: ");
        struct pvhop_queue_info q = {.max_walltime_s = -1};

        if (next)
            *next = '\0';
        sched_copy(q.name, sizeof(q.name), begin);
        q.name[strcspn(q.name, "\r\n ")] = '\0';
        q.is_default = strcmp(q.name, standard) == 0;
        q.open = is_true(begin, "enabled") && is_true(begin, "started");
        if (attribute(begin, "resources_max.walltime", value, sizeof(value)))
            q.max_walltime_s = sched_duration(value, 1);
        if (attribute(begin, "resources_max.nodect", value, sizeof(value)))
            q.nodes = sched_count(value);
        if (*q.name)
            queue(user, &q);
        at = next ? next + 1 : NULL;
    }
    free(frame);
    free(server);
}

const struct pvhop_scheduler pvhop_sched_pbs = {
    .name = "pbs",
    .title = "PBS",
    .command = "qsub",
    .folders =
        "/opt/pbs/bin /opt/pbs/default/bin \"$PBS_EXEC/bin\" /usr/pbs/bin /usr/local/pbs/bin "
        "/opt/torque/bin /usr/local/torque/bin /var/spool/torque/bin /opt/pbspro/bin",
    .genuine = "qsub --version 2>&1 </dev/null | grep -qi 'pbs_version\\|pbspro\\|^ *version:' && "
               "! grep -qi slurm \"$(command -v qsub)\"",
    .version = "qsub --version 2>&1 | sed -n 1p",
    .answers = "pvhop_brief qstat -B",
    .cancel_by_hand = "qdel",
    .hints = hints,
    .id_ok = id_ok,
    .submit = submit,
    .id_sed = "s/^[0-9][0-9]*\\([.][A-Za-z0-9._-]*\\)\\{0,1\\}$/&/p",
    .submitted = submitted,
    .state = state,
    .read_state = read_state,
    .name_query = "qstat -f \"$pvhop_id\"",
    /* A name that is too long for one line goes on after a tab; two lines are joined. */
    .name_sed = "/^ *Job_Name = /{N;s/\\n\\t//;s/\\n.*//;s/^ *Job_Name = //p;}",
    .name_gone = "*[Uu]nknown\\ [Jj]ob*|*\"has finished\"*",
    .queues = queues,
    .read_queues = read_queues,
};
