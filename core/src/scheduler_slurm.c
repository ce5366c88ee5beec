/* SPDX-License-Identifier: BSD-3-Clause */
/* Slurm. Tried with 22.05; the options are those of 17.11 and later. */
#include "scheduler_adapter.h"
#include <stdlib.h>
#include <string.h>

static const struct sched_hint hints[] = {
    {"invalid partition",
     "Choose another queue with --queue; 'pvhop probe' lists those of the site."},
    {"partition", "Choose another queue with --queue, or ask for fewer nodes or less time."},
    {"invalid account", "Choose another account with --account; 'pvhop probe' lists yours."},
    {"account", "Name the account that the job is charged to with --account."},
    {"time limit", "Ask for less time with --walltime, or choose a queue that allows more."},
    {"--time", "Give --walltime as 01:30:00, 90m or 2h."},
    {"deadline",
     "The queue allows no walltime that ends before the deadline; leave --timeout-queue "
     "away or lower --walltime."},
    {"reservation", "Correct --reservation, or leave it away."},
    {"feature", "Correct --constraint, or leave it away."},
    {"memory", "Ask for less with --memory."},
    {"gres", "Ask for fewer GPUs with --gpus, or choose a queue whose nodes have them."},
    {"node count", "Ask for fewer nodes with --nodes."},
    {"node configuration",
     "No node has what was asked for: lower --nodes, --processes, --memory or "
     "--gpus, or choose another queue."},
    {"qos", "The site limits what one user may ask for; lower the request or name a QOS with "
            "--scheduler-args '--qos=NAME'."},
    {"unrecognized option", "Correct --scheduler-args."},
    {"invalid option", "Correct --scheduler-args."},
    {"unable to contact", "The batch system is down; try again later."},
    {NULL, NULL},
};

static void submit(struct pvhop_text *t, const struct pvhop_resources *r, const char *script)
{
    pvhop_text_addf(t, "pvhop_run submit sbatch --parsable --no-requeue");
    sched_add_extra(t, r->extra);
    sched_add_option(t, "--job-name=", r->name);
    if (r->nodes > 0)
        pvhop_text_addf(t, " --nodes=%ld", r->nodes);
    if (r->processes > 0)
        pvhop_text_addf(t, " --ntasks=%ld", r->processes);
    if (r->memory)
        pvhop_text_addf(t, " --mem=%ldM", sched_memory_mb(r->memory));
    if (r->gpus > 0)
        pvhop_text_addf(t, " --gres=gpu:%ld", r->gpus);
    if (r->walltime_s > 0) {
        pvhop_text_addf(t, " --time=");
        sched_add_hms(t, r->walltime_s);
    }
    /* Slurm's deadline is for the end of the job. */
    if (r->deadline_s > 0 && r->walltime_s > 0)
        pvhop_text_addf(t, " --deadline=now+%ld", r->deadline_s + r->walltime_s);
    sched_add_option(t, "--partition=", r->queue);
    sched_add_option(t, "--account=", r->account);
    sched_add_option(t, "--reservation=", r->reservation);
    sched_add_option(t, "--constraint=", r->constraint);
    if (r->output)
        pvhop_text_addf(t, " --open-mode=append");
    sched_add_option(t, "--output=", r->output ? r->output : "/dev/null");
    sched_add_input(t, script);
}

static bool submitted(const char *output, char id[PVHOP_JOB_ID_MAX])
{
    char *semicolon;

    /* "4711", or "4711;cluster" in a federation */
    if (!sched_last_id(output, ";", id))
        return false;
    semicolon = strchr(id, ';');
    if (semicolon)
        *semicolon = '\0';
    return true;
}

static void state(struct pvhop_text *t, const char *id, bool position)
{
    pvhop_text_addf(t,
                    "export LC_ALL=C SLURM_TIME_FORMAT=%%s\n"
                    "pvhop_say now \"$(date +%%s)\"\n"
                    "pvhop_run job scontrol -o show job %s ||\n"
                    "    pvhop_run past sacct -n -X -P -j %s -o State,ExitCode\n",
                    id, id);
    if (position)
        pvhop_text_addf(t,
                        "pvhop_queue=$(squeue -h -t PD -j %s -o %%P 2>/dev/null)\n"
                        "[ -z \"$pvhop_queue\" ] || "
                        "pvhop_run ahead squeue -h -t PD -p \"$pvhop_queue\" -S -p,i -o %%A\n",
                        id);
}

/* The value of KEY=, up to the next space, out of scontrol's one line. */
static bool field(const char *line, const char *key, char *value, size_t size)
{
    size_t len = strlen(key);

    for (const char *p = line; (p = strstr(p, key)); p += len) {
        if ((p != line && p[-1] != ' ') || p[len] != '=')
            continue;
        p += len + 1;
        len = strcspn(p, " \n");
        sched_copy(value, size, p);
        if (len < size)
            value[len] = '\0';
        return *value && strcmp(value, "(null)") != 0 && strcmp(value, "None") != 0;
    }
    *value = '\0';
    return false;
}

/* How the reasons begin that a person can do something about, or should not; of several, the last
 * one counts. */
static const struct {
    const char *word, *means;
    bool hopeless;
} reasons[] = {
    {"Priority", "other jobs come first", false},
    {"Resources", "waits until enough nodes are free", false},
    {"BeginTime", "waits for its start time", false},
    {"JobHeldUser", "it is held", true},
    {"JobHeldAdmin", "it is held by the administrator", true},
    {"PartitionTimeLimit", "the walltime is longer than the queue allows", true},
    {"PartitionNodeLimit", "more or fewer nodes than the queue allows", true},
    {"PartitionConfig", "the queue cannot give what was asked for", true},
    {"PartitionDown", "the queue is closed", true},
    {"PartitionInactive", "the queue is closed", true},
    {"BadConstraints", "no node fits the constraint", true},
    {"AccountNotAllowed", "the account may not use this queue", true},
    {"InvalidAccount", "the account is not valid", true},
    {"Job's_account_not_known", "this queue wants an account", true},
    {"Job's_account_not_permitted", "the account may not use this queue", true},
    {"Job's_QOS_not", "the QOS may not use this queue", true},
    {"InvalidQOS", "the QOS is not valid", true},
    {"QOSMaxWallDurationPerJobLimit", "the walltime is longer than the QOS allows", true},
    {"AssocMaxWallDurationPerJobLimit", "the walltime is longer than the account allows", true},
    {"QOSMaxNodePerJobLimit", "more nodes than the QOS allows", true},
    {"ReqNodeNotAvail", "nodes that it needs are down or reserved", false},
    {"Reservation", "waits for its reservation to begin", false},
    {"ReservationDeleted", "its reservation is gone", true},
    {"DeadLine", "its deadline cannot be kept", true},
    {"launch failed requeued held", "it could not be started and is held", true},
};

static void read_reason(const char *line, struct pvhop_job_status *status)
{
    char word[128];

    if (!field(line, "Reason", word, sizeof(word)))
        return;
    word[strcspn(word, ",")] = '\0';
    sched_copy(status->reason, sizeof(status->reason), word);
    for (size_t n = 0; n < sizeof(reasons) / sizeof(reasons[0]); n++)
        if (strncmp(word, reasons[n].word, strlen(reasons[n].word)) == 0) {
            snprintf(status->reason, sizeof(status->reason), "%s: %s", word, reasons[n].means);
            status->hopeless = reasons[n].hopeless;
        }
}

static enum pvhop_job_state state_of(const char *word)
{
    static const struct {
        const char *begin;
        enum pvhop_job_state state;
    } states[] = {
        {"PENDING", PVHOP_JOB_QUEUED},       {"REQUEUE", PVHOP_JOB_QUEUED},
        {"SPECIAL_EXIT", PVHOP_JOB_QUEUED},  {"RESV_DEL_HOLD", PVHOP_JOB_QUEUED},
        {"CONFIGURING", PVHOP_JOB_STARTING}, {"STAGE_IN", PVHOP_JOB_STARTING},
        {"RUNNING", PVHOP_JOB_RUNNING},      {"SUSPENDED", PVHOP_JOB_RUNNING},
        {"STOPPED", PVHOP_JOB_RUNNING},      {"SIGNALING", PVHOP_JOB_RUNNING},
        {"RESIZING", PVHOP_JOB_RUNNING},
    };

    for (size_t n = 0; n < sizeof(states) / sizeof(states[0]); n++)
        if (strncmp(word, states[n].begin, strlen(states[n].begin)) == 0)
            return states[n].state;
    return PVHOP_JOB_ENDED;
}

static void read_end(const char *word, const char *exit_code, struct pvhop_job_status *status)
{
    const char *means = "";

    status->state = PVHOP_JOB_ENDED;
    if (strncmp(word, "TIMEOUT", 7) == 0)
        means = ": it reached its walltime";
    else if (strncmp(word, "NODE_FAIL", 9) == 0)
        means = ": a node failed";
    else if (strncmp(word, "DEADLINE", 8) == 0)
        means = ": it waited too long in the queue";
    else if (strncmp(word, "PREEMPTED", 9) == 0)
        means = ": it had to make room for another job";
    snprintf(status->reason, sizeof(status->reason), "%s%s", word, means);
    if (*exit_code)
        status->exit_code = atoi(exit_code); /* "3:0", the second is a signal */
}

static void read_place(const char *id, const char *output, struct pvhop_job_status *status)
{
    char *frame = sched_frame(output, "ahead", NULL), *at = frame, *line;
    long n = 0;

    while (frame && (line = sched_line(&at)))
        if (*sched_trim(line)) {
            n++;
            if (strcmp(sched_trim(line), id) == 0)
                status->position = n;
        }
    free(frame);
}

static void read_job(const char *id, const char *job, const char *output,
                     struct pvhop_job_status *status)
{
    char word[64], value[1024], *frame = sched_frame(output, "now", NULL);
    long now = frame ? sched_count(frame) : 0;

    free(frame);
    if (!field(job, "JobState", word, sizeof(word)))
        return;
    status->state = state_of(word);
    if (status->state == PVHOP_JOB_ENDED) {
        /* COMPLETING too: its script is over, only the nodes are being tidied */
        field(job, "ExitCode", value, sizeof(value));
        read_end(word, value, status);
        return;
    }
    read_reason(job, status);
    if (status->state == PVHOP_JOB_QUEUED) {
        if (now && field(job, "StartTime", value, sizeof(value)) && sched_id_digits(value))
            status->starts_in_s = sched_count(value) > now ? sched_count(value) - now : 0;
        read_place(id, output, status);
        return;
    }
    if (now && field(job, "EndTime", value, sizeof(value)) && sched_id_digits(value))
        status->time_left_s = sched_count(value) > now ? sched_count(value) - now : 0;
    if (field(job, "NodeList", value, sizeof(value)))
        sched_copy(status->nodes, sizeof(status->nodes), value);
    if (field(job, "BatchHost", value, sizeof(value)))
        sched_copy(status->node, sizeof(status->node), value);
}

static void read_state(const char *id, const char *output, struct pvhop_job_status *status)
{
    int rc = -1;
    char *job = sched_frame(output, "job", &rc), *past = NULL, *bar;

    if (job && rc == 0 && strstr(job, "JobState=")) {
        read_job(id, job, output, status);
    } else {
        past = sched_frame(output, "past", &rc);
        bar = past && rc == 0 ? strchr(past, '|') : NULL;
        if (bar) {
            *bar = '\0';
            read_end(sched_trim(past), bar + 1, status);
            if (state_of(sched_trim(past)) != PVHOP_JOB_ENDED)
                status->state = state_of(sched_trim(past));
        } else {
            status->silent = !sched_has(job, "invalid job id");
            sched_copy(status->reason, sizeof(status->reason), job ? sched_trim(job) : "");
        }
    }
    free(past);
    free(job);
}

static void queues(struct pvhop_text *t)
{
    pvhop_text_addf(
        t, "pvhop_run queues sinfo -h -o '%%P|%%a|%%l|%%D'\n"
           "pvhop_run accounts sacctmgr -n -P show assoc user=\"$(id -un)\" format=account\n");
}

static void read_queues(const char *output, pvhop_queue_fn queue, pvhop_account_fn account,
                        void *user)
{
    int rc = -1;
    char *frame = sched_frame(output, "queues", &rc), *at = frame, *line;

    while (frame && rc == 0 && (line = sched_line(&at))) {
        struct pvhop_queue_info q = {0};
        char *up = strchr(line, '|'), *limit = up ? strchr(up + 1, '|') : NULL,
             *nodes = limit ? strchr(limit + 1, '|') : NULL;
        size_t len;

        if (!nodes)
            continue;
        *up = *limit = *nodes = '\0';
        len = strlen(line);
        if (len && line[len - 1] == '*') { /* sinfo's mark of the default one */
            q.is_default = true;
            line[len - 1] = '\0';
        }
        sched_copy(q.name, sizeof(q.name), line);
        q.open = strcmp(up + 1, "up") == 0;
        q.max_walltime_s = sched_duration(limit + 1, 60);
        q.nodes = sched_count(nodes + 1);
        if (*q.name)
            queue(user, &q);
    }
    free(frame);
    sched_accounts(output, account, user);
}

const struct pvhop_scheduler pvhop_sched_slurm = {
    .name = "slurm",
    .title = "Slurm",
    .command = "sbatch",
    .folders = "/opt/slurm/bin /usr/local/slurm/bin /opt/slurm/default/bin /opt/slurm/current/bin "
               "/cm/shared/apps/slurm/current/bin /usr/local/bin /usr/slurm/bin",
    .version = "sbatch --version 2>/dev/null",
    .answers = "pvhop_brief sinfo -h -o %P",
    .cancel_by_hand = "scancel",
    .hints = hints,
    .id_ok = sched_id_digits,
    .submit = submit,
    .id_sed = "s/^\\([0-9][0-9]*\\)\\(;.*\\)\\{0,1\\}$/\\1/p",
    .submitted = submitted,
    .state = state,
    .read_state = read_state,
    .name_query = "squeue -h -t all -j \"$pvhop_id\" -o %j",
    .name_sed = "p",
    .name_gone = "*\"Invalid job id\"*",
    .queues = queues,
    .read_queues = read_queues,
};
