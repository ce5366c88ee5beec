/* SPDX-License-Identifier: BSD-3-Clause */
/* Installations of pvserver on the front end (probe_pvserver.sh), and how they render. */
#include "job_private.h"
#include "probe_private.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEARCH_MS 20000u
#define FOUND_MAX 40u

extern const char pvhop_probe_pvserver_script[];

struct probe_pvservers {
    struct pvhop_probe *p;
    struct pvhop_task *task;
    struct pvhop_timer *limit;
};

/* ---- reading ---- */

static json_t *text_or_null(const char *text)
{
    return *text ? probe_json_text(text) : json_null();
}

json_t *probe_pvserver_read(const char *line)
{
    char copy[4096], *at = copy, *field[6], *word, *save = NULL;
    json_t *rendering;

    snprintf(copy, sizeof(copy), "%s", line);
    for (size_t i = 0; i < 6; i++)
        if (!(field[i] = strsep(&at, "\t")))
            return NULL;
    if (strcmp(field[0], "pv") != 0 || (!*field[1] && !*field[2]))
        return NULL;
    if (*field[1] && *field[1] != '/')
        return NULL;
    rendering = json_array();
    for (word = strtok_r(field[5], " ", &save); word; word = strtok_r(NULL, " ", &save))
        json_array_append_new(rendering, probe_json_text(word));
    return json_pack("{s:o,s:o,s:o,s:o,s:o}", "path", text_or_null(field[1]), "module",
                     text_or_null(field[2]), "version", text_or_null(field[3]), "mpi",
                     text_or_null(field[4]), "rendering", rendering);
}

/* ---- verdicts ---- */

static const char *member(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* The same first two numbers as the client's; if it is not known, any. */
static bool fits(const struct pvhop_probe *p, const json_t *pvserver)
{
    const char *wanted = pvhop_recipe_get(p->recipe, "client-version");
    unsigned a, b, c, d;

    return !wanted || sscanf(wanted, "%u.%u", &a, &b) != 2 ||
           (sscanf(member(pvserver, "version"), "%u.%u", &c, &d) == 2 && a == c && b == d);
}

static void settle_pvserver(struct pvhop_probe *p)
{
    const char *wanted = pvhop_recipe_get(p->recipe, "client-version");
    struct pvhop_text t = {0};
    size_t i, fitting = 0;
    json_t *each;

    json_array_foreach(p->pvservers, i, each)
    {
        fitting += fits(p, each);
        if (i < 5)
            pvhop_text_addf(&t, "%s%s (%s)", i ? ", " : "", member(each, "version"),
                            *member(each, "module") ? member(each, "module")
                                                    : member(each, "path"));
    }
    if (json_array_size(p->pvservers) > 5)
        pvhop_text_addf(&t, " and %zu more", json_array_size(p->pvservers) - 5);
    if (json_array_size(p->pvservers) == 0)
        probe_settle(p, PROBE_PVSERVER, PVHOP_CHECK_NOTE,
                     "If it is on the nodes only, give its path with --pvserver, or the commands "
                     "that make it available with --prelude.",
                     "none was found in PATH, among the modules, by Spack, or in the usual "
                     "folders");
    else if (fitting == 0)
        probe_settle(p, PROBE_PVSERVER, PVHOP_CHECK_BAD,
                     "Use a ParaView of one of these versions on this computer, or ask the "
                     "administrator for a pvserver of yours.",
                     "%s; none goes with ParaView %s of this computer", t.s ? t.s : "", wanted);
    else
        probe_settle(p, PROBE_PVSERVER, PVHOP_CHECK_OK, NULL, "%s", t.s ? t.s : "");
    pvhop_text_free(&t);
}

static void settle_rendering(struct pvhop_probe *p)
{
    bool egl = false, osmesa = false, glx = false;
    size_t i, k;
    json_t *each, *kind;

    json_array_foreach(p->pvservers, i, each)
    {
        json_array_foreach(json_object_get(each, "rendering"), k, kind)
        {
            egl |= strcmp(json_string_value(kind), "egl") == 0;
            osmesa |= strcmp(json_string_value(kind), "osmesa") == 0;
            glx |= strcmp(json_string_value(kind), "glx") == 0;
        }
    }
    if (!egl && !osmesa && !glx)
        probe_settle(p, PROBE_RENDERING, PVHOP_CHECK_SKIPPED, NULL, "%s",
                     json_array_size(p->pvservers) ? "could not be told from the programs"
                                                   : "no pvserver was found");
    else if (egl && p->gpus)
        probe_settle(p, PROBE_RENDERING, PVHOP_CHECK_OK, NULL,
                     "EGL, and the batch system has GPUs: ask for one with --gpus 1");
    else if (egl || osmesa)
        probe_settle(p, PROBE_RENDERING, PVHOP_CHECK_OK, NULL, "without a display, by %s%s%s",
                     egl ? "EGL" : "", egl && osmesa ? " or " : "", osmesa ? "OSMesa" : "");
    else
        probe_settle(
            p, PROBE_RENDERING, PVHOP_CHECK_NOTE,
            "Where a node has no X server, start one in the job ('--mpi \"xvfb-run -a\"' does "
            "for software rendering), or ask for a pvserver built with EGL or OSMesa.",
            "GLX only: pvserver needs an X display where it runs");
}

static void settle(struct probe_pvservers *s)
{
    pvhop_timer_stop(s->limit);
    settle_pvserver(s->p);
    settle_rendering(s->p);
}

/* ---- the search ---- */

static void on_line(void *user, const char *line)
{
    struct probe_pvservers *s = user;
    json_t *found = probe_pvserver_read(line);

    if (!found)
        return;
    if (json_array_size(s->p->pvservers) < FOUND_MAX)
        json_array_append_new(s->p->pvservers, found);
    else
        json_decref(found);
}

static void on_exited(void *user, int status)
{
    struct probe_pvservers *s = user;

    (void)status;
    pvhop_task_free(s->task);
    s->task = NULL;
    settle(s);
}

static void on_limit(void *user)
{
    struct probe_pvservers *s = user;

    pvhop_task_free(s->task);
    s->task = NULL;
    settle(s);
}

static void add_script(struct pvhop_text *t, const struct pvhop_recipe *r)
{
    const char *given = pvhop_recipe_is_set(r, "pvserver") ? pvhop_recipe_get(r, "pvserver") : NULL,
               *prelude = pvhop_recipe_get(r, "prelude");

    pvhop_text_addf(t, "GIVEN=");
    if (given || (prelude && *prelude))
        pvhop_job_add_pvserver(t, r);
    pvhop_text_addf(t, "\nprelude() {\n:\n");
    pvhop_job_add_prelude(t, r);
    pvhop_text_addf(t, "}\n");
    pvhop_text_add(t, pvhop_probe_pvserver_script, strlen(pvhop_probe_pvserver_script));
}

void probe_pvserver_start(struct pvhop_probe *p)
{
    static const struct pvhop_task_events events = {.line = on_line, .exited = on_exited};
    struct probe_pvservers *s = calloc(1, sizeof(*s));
    struct pvhop_text t = {0};

    probe_begin(p, PROBE_PVSERVER, "Looking for pvserver");
    probe_begin(p, PROBE_RENDERING, "Looking for pvserver");
    if (s)
        s->limit = pvhop_timer_new(p->loop, on_limit, s);
    if (!s || !s->limit) {
        free(s);
        return; /* the limit settles them */
    }
    s->p = p;
    p->search = s;
    add_script(&t, p->recipe);
    if (!t.failed)
        s->task = pvhop_control_start(p->control, t.s, &events, s);
    pvhop_text_free(&t);
    pvhop_timer_start(s->limit, SEARCH_MS);
}

void probe_pvserver_free(struct probe_pvservers *s)
{
    if (!s)
        return;
    pvhop_task_free(s->task);
    pvhop_timer_free(s->limit);
    free(s);
}
