/* SPDX-License-Identifier: BSD-3-Clause */
#include "job_script.h"
#include "scheduler_adapter.h"
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* job_node.sh and job_watchdog.sh, embedded at build time. */
extern const char pvhop_job_node_script[], pvhop_job_watchdog_script[];

/* ---- the job script ---- */

/* `words` with {processes}, {nodes} and {per-node} replaced, each word quoted. */
static void add_launcher(struct pvhop_text *t, const char *words, const struct pvhop_resources *r)
{
    const long nodes = r->nodes > 0 ? r->nodes : 1;
    const struct {
        const char *slot;
        long number;
    } slots[] = {{"{processes}", r->processes > 0 ? r->processes : nodes},
                 {"{nodes}", nodes},
                 {"{per-node}", sched_per_node(r)}};
    struct pvhop_text filled = {0};

    while (*words) {
        size_t n, taken = 1;

        for (n = 0; n < sizeof(slots) / sizeof(slots[0]); n++)
            if (strncmp(words, slots[n].slot, strlen(slots[n].slot)) == 0) {
                pvhop_text_addf(&filled, "%ld", slots[n].number);
                taken = strlen(slots[n].slot);
                break;
            }
        if (n == sizeof(slots) / sizeof(slots[0]))
            pvhop_text_add(&filled, words, 1);
        words += taken;
    }
    t->failed |= filled.failed;
    if (filled.s && !filled.failed)
        pvhop_text_add_words(t, filled.s);
    pvhop_text_free(&filled);
}

/* The option is understood by every build; the variable chooses the window where a build has
 * several kinds (VTK 9.4 and later), and is ignored elsewhere. */
static void add_rendering(struct pvhop_text *t, const struct pvhop_job_script *job)
{
    if (!job->rendering)
        return;
    if (strcmp(job->rendering, "egl") == 0)
        pvhop_text_addf(t, "    VTK_DEFAULT_OPENGL_WINDOW=vtkEGLRenderWindow\n"
                           "    export VTK_DEFAULT_OPENGL_WINDOW\n");
    else if (strcmp(job->rendering, "osmesa") == 0)
        pvhop_text_addf(t, "    VTK_DEFAULT_OPENGL_WINDOW=vtkOSOpenGLRenderWindow\n"
                           "    export VTK_DEFAULT_OPENGL_WINDOW\n");
    else if (strcmp(job->rendering, "glx") == 0)
        pvhop_text_addf(t, "    DISPLAY=${DISPLAY:-:0}\n    export DISPLAY\n");
}

static void add_launch(struct pvhop_text *t, const struct pvhop_job_script *job,
                       const struct pvhop_resources *r)
{
    const char *how = job->rendering ? job->rendering : "auto";

    pvhop_text_addf(t, "pvhop_launch() {\n");
    add_rendering(t, job);
    /* Its own shell becomes the launcher, so that a signal to the one reaches the other. */
    pvhop_text_addf(t, "    exec");
    if (job->launcher)
        add_launcher(t, job->launcher, r);
    pvhop_text_addf(t, " ");
    pvhop_text_add_path(t, job->pvserver);
    if (job->calls)
        pvhop_text_addf(t, " --reverse-connection --client-host=\"$call\" --server-port=\"$PORT\"");
    else
        pvhop_text_addf(t, " --server-port=0");
    if (job->connect_id)
        pvhop_text_addf(t, " --connect-id=%d", job->connect_id);
    if (strcmp(how, "egl") == 0 || strcmp(how, "osmesa") == 0)
        pvhop_text_addf(t, " --force-offscreen-rendering");
    if (strcmp(how, "egl") == 0 && r->gpus > 1) {
        /* Ranks of one node share its GPUs in turn. */
        for (long n = 0; n < r->gpus; n++)
            pvhop_text_addf(t, n ? ",%ld" : " --displays=%ld", n);
    }
    if (job->arguments)
        pvhop_text_add_words(t, job->arguments);
    pvhop_text_addf(t, " \"$@\"\n}\n");
}

/* Rank 0 has to run where the job script does: that is so for these, and without a launcher. */
static bool starts_here(const char *launcher)
{
    static const char *const known[] = {"srun",    "mpiexec", "mpirun", "mpiexec.hydra",
                                        "orterun", "prterun", "ibrun"};
    char first[128];
    const char *name;

    if (!launcher)
        return true;
    launcher += strspn(launcher, " ");
    snprintf(first, sizeof(first), "%.*s", (int)strcspn(launcher, " "), launcher);
    name = strrchr(first, '/');
    name = name ? name + 1 : first;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(name, known[i]) == 0)
            return true;
    return !*name;
}

static int check(const struct pvhop_job_script *job, struct pvhop_error *err)
{
    const char *const texts[] = {job->folder, job->launcher, job->pvserver, job->arguments};
    size_t len;

    if (!job->folder || !*job->folder || !job->pvserver || !*job->pvserver)
        return pvhop_error_set(err, PVHOP_E_VALUE, "a job needs a folder and a pvserver");
    for (size_t n = 0; n < sizeof(texts) / sizeof(texts[0]); n++)
        if (texts[n] && strpbrk(texts[n], "\n\r"))
            return pvhop_error_set(err, PVHOP_E_VALUE, "'%.200s' has a newline", texts[n]);
    for (const char *p = job->calls; p && *p; p += len) {
        char host[PVHOP_HOST_MAX + 1];

        p += strspn(p, " ");
        len = strcspn(p, " ");
        sched_copy(host, sizeof(host), p);
        if (len < sizeof(host))
            host[len] = '\0';
        if (len && !pvhop_host_valid(host))
            return pvhop_error_set(err, PVHOP_E_VALUE, "'%s' cannot be a host", host);
    }
    return 0;
}

/* The folder and the pace of the lease, which both texts must agree on. */
static void add_common(struct pvhop_text *t, const struct pvhop_job_script *job)
{
    pvhop_text_addf(t, "folder=");
    pvhop_text_add_path(t, job->folder);
    pvhop_text_addf(t, "\nPACE=%u\n", job->pace_s ? job->pace_s : 5);
}

char *pvhop_job_script_sh(const struct pvhop_job_script *job, const struct pvhop_resources *r,
                          struct pvhop_error *err)
{
    struct pvhop_text t = {0};

    if (check(job, err) != 0)
        return NULL;
    pvhop_text_addf(&t, "#!/bin/sh\n");
    add_common(&t, job);
    pvhop_text_addf(&t, "CALLS=");
    pvhop_text_add_word(&t, job->calls ? job->calls : "");
    pvhop_text_addf(&t, "\nPORT=%u\nWALLTIME=%ld\nVERSION=%s\nPROVES=%d\nHELPER=", job->call_port,
                    r->walltime_s, PVHOP_VERSION, job->proof != NULL);
    if (job->proof && starts_here(job->launcher))
        pvhop_text_add_word(&t, job->proof->program);
    pvhop_text_addf(&t, "\n");
    /* Its text is the user's or the site's own, and may count on `module` and bash's `source`. */
    pvhop_text_addf(&t, "pvhop_prelude() {\n");
    if (job->prelude)
        pvhop_text_addf(&t, "command -v module >/dev/null 2>&1 || [ ! -r /etc/profile ] ||"
                            " . /etc/profile >/dev/null 2>&1\n"
                            "command -v source >/dev/null 2>&1 || source() { . \"$1\"; }\n");
    pvhop_text_addf(&t, "%s\n}\n", job->prelude ? job->prelude : ":");
    add_launch(&t, job, r);
    pvhop_text_add(&t, pvhop_job_node_script, strlen(pvhop_job_node_script));
    if (t.failed) {
        pvhop_text_free(&t);
        pvhop_error_set(err, PVHOP_E_MEMORY, "no memory for the job script");
    }
    return t.s;
}

int pvhop_job_proof_draw(struct pvhop_job_proof *proof, struct pvhop_error *err)
{
    unsigned char random[32];

    memset(proof, 0, sizeof(*proof));
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return pvhop_error_set(err, PVHOP_E_SYSTEM, "the system gave no random number");
    for (size_t i = 0; i < 16; i++) {
        snprintf(proof->folder + 2 * i, 3, "%02x", random[i]);
        snprintf(proof->token + 2 * i, 3, "%02x", random[16 + i]);
    }
    return 0;
}

/* ---- the watchdog ---- */

#define END_OF_SCRIPT "PVHOP-END-OF-TEXT-7c1f0a"

/* A function that prints `text` as it is. */
static void add_printer(struct pvhop_text *t, const char *name, const char *text)
{
    pvhop_text_addf(t, "%s() {\ncat <<'" END_OF_SCRIPT "'\n", name);
    pvhop_text_add(t, text, strlen(text));
    pvhop_text_addf(t, "\n" END_OF_SCRIPT "\n}\n");
}

char *pvhop_job_watchdog_sh(const struct pvhop_scheduler *s, const struct pvhop_job_script *job,
                            const struct pvhop_resources *r, unsigned heartbeat_s,
                            struct pvhop_error *err)
{
    struct pvhop_text t = {0}, path = {0}, cancel = {0};
    char *script = pvhop_job_script_sh(job, r, err), *submit = NULL, *result = NULL;

    if (!script)
        goto out;
    pvhop_text_addf(&path, "%s/script", job->folder);
    if (!path.failed)
        submit = pvhop_scheduler_submit_sh(s, r, path.s, err);
    if (!submit)
        goto out;
    if (strstr(script, END_OF_SCRIPT) || strstr(submit, END_OF_SCRIPT)) {
        pvhop_error_set(err, PVHOP_E_VALUE, "no value can hold '%s'", END_OF_SCRIPT);
        goto out;
    }
    sched_add_preamble(&cancel, s);
    sched_add_cancel(&cancel, s, "\"$id\"", r->name);

    add_common(&t, job);
    pvhop_text_addf(&t, "HEARTBEAT=%u\n", heartbeat_s);
    add_printer(&t, "pvhop_script", script);
    add_printer(&t, "pvhop_submit", submit);
    pvhop_text_addf(&t, "HELPER=");
    if (job->proof)
        pvhop_text_add_word(&t, job->proof->program);
    pvhop_text_addf(&t, "\nTOKEN=%s\n", job->proof ? job->proof->token : "");
    pvhop_text_addf(&t, "FIND='%s'\n", s->id_sed);
    add_printer(&t, "pvhop_cancel", cancel.s ? cancel.s : "");
    pvhop_text_addf(&t, "pvhop_job() { printf '%%s\\n' %s ", s->name);
    pvhop_text_add_word(&t, r->name);
    pvhop_text_addf(&t, " \"$FIND\"; }\n");
    pvhop_text_add(&t, pvhop_job_watchdog_script, strlen(pvhop_job_watchdog_script));
    if (t.failed || cancel.failed) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no memory for the watchdog's text");
        goto out;
    }
    result = t.s;
    memset(&t, 0, sizeof(t));
out:
    pvhop_text_free(&t);
    pvhop_text_free(&path);
    pvhop_text_free(&cancel);
    free(submit);
    free(script);
    return result;
}

/* ---- the rendezvous ---- */

int pvhop_job_where_read(const char *text, struct pvhop_job_where *where, struct pvhop_error *err)
{
    char word[PVHOP_HOST_MAX + 1];
    uint16_t port = 0;
    bool first = true;

    memset(where, 0, sizeof(*where));
    for (const char *p = text; *(p += strspn(p, " ")) && *p != '\n';) {
        size_t len = strcspn(p, " \r\n");

        if (len >= sizeof(word))
            break;
        memcpy(word, p, len);
        word[len] = '\0';
        p += len;
        if (first) {
            if (pvhop_port_parse(word, &port, NULL) != 0 || port == 0)
                break;
            first = false;
        } else if (where->count < PVHOP_WHERE_MAX && pvhop_host_valid(word)) {
            struct pvhop_endpoint *at = &where->at[where->count++];

            memcpy(at->host, word, len + 1);
            at->port = port;
        }
        p += strspn(p, "\r");
    }
    if (where->count)
        return 0;
    return pvhop_error_set(err, PVHOP_E_RENDEZVOUS,
                           "the job told no place that pvserver listens on: '%.200s'", text);
}
