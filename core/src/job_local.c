/* SPDX-License-Identifier: BSD-3-Clause */
/* pvserver on the front end itself: a task of the control channel. */
#include "job_private.h"
#include <stdlib.h>
#include <string.h>

void pvhop_job_add_local(struct pvhop_text *t, const struct pvhop_recipe *r,
                         const struct pvhop_job_call *call)
{
    const char *mpi = pvhop_recipe_get(r, "mpi"), *more = pvhop_recipe_get(r, "pvserver-args");
    const char *rendering = pvhop_recipe_get(r, "rendering");

    pvhop_job_add_prelude(t, r);
    pvhop_text_addf(t, "exec");
    if (mpi)
        pvhop_text_add_words(t, mpi);
    pvhop_text_addf(t, " ");
    pvhop_job_add_pvserver(t, r);
    if (call->hosts) {
        pvhop_text_addf(t, " --reverse-connection --client-host=");
        pvhop_text_add_word(t, call->hosts);
    }
    pvhop_text_addf(t, " --server-port=%u", call->hosts ? call->port : 0);
    if (call->connect_id)
        pvhop_text_addf(t, " --connect-id=%d", call->connect_id);
    if (rendering && (strcmp(rendering, "egl") == 0 || strcmp(rendering, "osmesa") == 0))
        pvhop_text_addf(t, " --force-offscreen-rendering");
    if (more)
        pvhop_text_add_words(t, more);
    pvhop_text_addf(t, "\n");
}

/* "Accepting connection(s): HOST:PORT" has the real port, also of --server-port=0 (pvserver 5.9
 * to 6.1). */
static void look_where(struct pvhop_job *job, const char *line)
{
    static const char said[] = "Accepting connection(s): ";
    const char *at = strstr(line, said), *colon = at ? strrchr(at, ':') : NULL;
    struct pvhop_job_where where = {.count = 1, .at = {{.host = "127.0.0.1"}}};

    if (!colon || job->told_where || pvhop_port_parse(colon + 1, &where.at[0].port, NULL) != 0)
        return;
    job->told_where = true;
    if (job->events.where)
        job->events.where(job->user, &where);
}

static void on_line(void *user, const char *line)
{
    struct pvhop_job *job = user;

    pvhop_job_output(job, line);
    look_where(job, line);
}

static void on_exited(void *user, int status)
{
    struct pvhop_job *job = user;

    pvhop_task_free(job->task);
    job->task = NULL;
    pvhop_job_tell_end(job, status);
}

int pvhop_job_start_local(struct pvhop_job *job, const struct pvhop_job_call *call,
                          struct pvhop_error *err)
{
    static const struct pvhop_task_events events = {.line = on_line, .exited = on_exited};
    struct pvhop_text script = {0};

    pvhop_job_add_local(&script, job->recipe, call);
    if (!script.failed)
        job->task = pvhop_control_start(job->control, script.s, &events, job);
    pvhop_text_free(&script);
    if (!job->task)
        return pvhop_error_set(err, PVHOP_E_SSH_LOST,
                               "pvserver could not be started: the control channel is gone");
    return 0;
}
