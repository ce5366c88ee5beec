/* SPDX-License-Identifier: BSD-3-Clause */
/* The far side's texts of a connection that is not made: from the same parts as those that run. */
#include "job_private.h"
#include "scheduler_adapter.h"
#include <pvhop/preview.h>
#include <stdlib.h>
#include <string.h>

/* What pvserver is told to connect to, as route_*.c have it; NULL: it listens. */
static const char *called(const char *route, bool batch)
{
    if (strcmp(route, "two-hop-forward") == 0 || strcmp(route, "stdio") == 0 ||
        (batch && strcmp(route, "auto") == 0))
        return NULL;
    if (strcmp(route, "direct") == 0)
        return "this-computer";
    return batch && strcmp(route, "two-hop-reverse") != 0 ? "front-end" : "localhost";
}

/* Adapters frame what a command prints for whoever reads it; here nobody does. */
static void add_without_frame(struct pvhop_text *t, const char *text)
{
    static const char frame[] = "pvhop_run submit ";
    const char *at;

    for (; (at = strstr(text, frame)); text = at + strlen(frame))
        pvhop_text_add(t, text, (size_t)(at - text));
    pvhop_text_add(t, text, strlen(text));
}

static int add_batch(struct pvhop_text *t, const struct pvhop_scheduler *s,
                     const struct pvhop_recipe *r, const struct pvhop_job_call *call,
                     struct pvhop_error *err)
{
    static const char folder[] = PVHOP_JOB_FOLDER "...";
    const char *name = pvhop_recipe_get(r, "job-name");
    const struct pvhop_resources asked = pvhop_job_resources(r, name ? name : "pv-...");
    struct pvhop_text prelude = {0}, pvserver = {0}, submit = {0};
    struct pvhop_job_script script;
    char *text = NULL;
    int rc = -1;

    if (!pvhop_job_describe(&script, &prelude, &pvserver, r, call, folder)) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the job's script");
        goto out;
    }
    if (sched_check(&asked, err) != 0 || !(text = pvhop_job_script_sh(&script, &asked, err)))
        goto out;
    s->submit(&submit, &asked, PVHOP_JOB_FOLDER ".../script");
    pvhop_text_addf(
        t,
        "# What the front end runs, to submit the job to %s. The dots in names and the "
        "ports 0\n# stand for what is drawn at each connect; pvserver is given a connect "
        "id, too.\n",
        pvhop_scheduler_title(s));
    if (submit.s)
        add_without_frame(t, submit.s);
    pvhop_text_addf(t, "\n# The job's script.\n%s", text);
    t->failed |= submit.failed;
    rc = 0;
out:
    free(text);
    pvhop_text_free(&submit);
    pvhop_text_free(&prelude);
    pvhop_text_free(&pvserver);
    return rc;
}

char *pvhop_job_preview(const struct pvhop_recipe *r, struct pvhop_error *err)
{
    const char *scheduler = pvhop_recipe_get(r, "scheduler"), *route = pvhop_recipe_get(r, "route");
    const bool batch = strcmp(scheduler, "none") != 0;
    const struct pvhop_job_call call = {.hosts = called(route, batch)};
    const struct pvhop_scheduler *s = batch ? pvhop_scheduler_find(scheduler) : NULL;
    struct pvhop_text t = {0};

    if (batch && !s) {
        pvhop_error_set(err, PVHOP_E_VALUE,
                        "scheduler '%s': which script it is depends on the batch system",
                        scheduler);
        pvhop_error_remedy(err, "Name the batch system, such as --scheduler slurm.");
        return NULL;
    }
    if (s && add_batch(&t, s, r, &call, err) != 0)
        goto fail;
    if (!s) {
        pvhop_text_addf(&t, "# What the host runs. The port 0 stands for the one that is drawn at "
                            "each connect;\n# pvserver is given a connect id, too.\n");
        pvhop_job_add_local(&t, r, &call);
    }
    if (!t.failed)
        return t.s;
    pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the job's script");
fail:
    pvhop_text_free(&t);
    return NULL;
}
