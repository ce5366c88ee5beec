/* SPDX-License-Identifier: BSD-3-Clause */
#include <pvhop/recipe.h>
#include <stdlib.h>
#include <string.h>

/* Where the sentence goes, and who puts its words into another language. */
struct words {
    FILE *out;
    pvhop_translate_fn translate;
    void *user;
};

/* Prints `text` in the language that is wanted, with the first `len` bytes of `value` in place of
 * its %s. */
static void put_part(const struct words *w, const char *text, const char *value, size_t len)
{
    const char *told = w->translate ? w->translate(w->user, text) : text, *gap = strstr(told, "%s");

    if (!gap || !value)
        fputs(told, w->out);
    else
        fprintf(w->out, "%.*s%.*s%s", (int)(gap - told), told, (int)len, value, gap + 2);
}

static void put(const struct words *w, const char *text, const char *value)
{
    put_part(w, text, value, value ? strlen(value) : 0);
}

static void put_count(const struct words *w, long n, const char *one, const char *many)
{
    char text[24];

    snprintf(text, sizeof(text), "%ld", n);
    put(w, n == 1 ? one : many, text);
}

static const char *scheduler_title(const char *scheduler)
{
    static const struct {
        const char *name, *title;
    } titles[] = {{"slurm", "Slurm"}, {"pbs", "PBS"}, {"lsf", "LSF"}, {"sge", "Grid Engine"}};

    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        if (strcmp(titles[i].name, scheduler) == 0)
            return titles[i].title;
    return NULL;
}

static void put_time(const struct words *w, long seconds)
{
    static const struct {
        long seconds;
        const char *one, *many;
    } units[] = {{86400, "%s day", "%s days"},
                 {3600, "%s hour", "%s hours"},
                 {60, "%s minute", "%s minutes"},
                 {1, "%s second", "%s seconds"}};
    bool first = true;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        long n = seconds / units[i].seconds;

        if (n == 0)
            continue;
        if (!first)
            put(w, " and ", NULL);
        put_count(w, n, units[i].one, units[i].many);
        seconds -= n * units[i].seconds;
        first = false;
    }
}

static void put_login(const struct words *w, const struct pvhop_recipe *r)
{
    const char *host = pvhop_recipe_get(r, "host"), *user = pvhop_recipe_get(r, "user"),
               *jump = pvhop_recipe_get(r, "jump"), *at = host ? strrchr(host, '@') : NULL;

    if (host)
        put(w, "ParaView logs in to %s", at ? at + 1 : host);
    else
        put(w, "ParaView logs in to a host", NULL);
    if (user)
        put(w, " as %s", user);
    else if (at)
        put_part(w, " as %s", host, (size_t)(at - host));
    if (jump && strcmp(jump, "none") != 0)
        put(w, " by way of %s", jump);
}

static void put_job(const struct words *w, const struct pvhop_recipe *r, const char *scheduler)
{
    const char *queue = pvhop_recipe_get(r, "queue"), *account = pvhop_recipe_get(r, "account"),
               *title = scheduler_title(scheduler);
    long seconds = pvhop_recipe_number(r, "walltime", 0), gpus = pvhop_recipe_number(r, "gpus", 0),
         nodes = pvhop_recipe_number(r, "nodes", 1);

    if (title)
        put(w, ", asks %s for ", title);
    else
        put(w, ", asks the batch system for ", NULL);
    put_count(w, nodes, "%s node", "%s nodes");
    if (gpus > 0) {
        put_count(w, gpus, " with %s GPU", " with %s GPUs");
        if (nodes != 1)
            put(w, " each", NULL);
    }
    if (queue)
        put(w, " in %s", queue);
    if (seconds > 0) {
        put(w, " for ", NULL);
        put_time(w, seconds);
    }
    if (account)
        put(w, " on account %s", account);
}

static void put_start(const struct words *w, const struct pvhop_recipe *r)
{
    const char *pvserver = pvhop_recipe_get(r, "pvserver"),
               *version = pvhop_recipe_get(r, "client-version"), *mpi = pvhop_recipe_get(r, "mpi");
    long processes = pvhop_recipe_number(r, "processes", 1);

    put(w, ", starts %s", pvserver);
    if (version && !strchr(pvserver, '/'))
        fprintf(w->out, " %s", version);
    if (processes > 1)
        put_count(w, processes, " in %s process", " in %s processes");
    if (mpi)
        put(w, " with '%s'", mpi);
    put(w, " there", NULL);
}

static const char *way_back(const struct pvhop_recipe *r)
{
    static const struct {
        const char *route, *words;
    } ways[] = {
        {"auto", " and connects to it."},
        {"direct", ", and pvserver connects straight to this computer, not encrypted."},
        {"tunnel", ", and pvserver connects back through the ssh connection."},
        {"two-hop-forward", ", and connects to it through the front end."},
        {"two-hop-reverse", ", and pvserver connects back through an ssh connection to its node."},
        {"relay", ", and pvserver connects back by way of the front end, not encrypted."},
        {"relay-tunnel",
         ", and pvserver connects to the front end and back through the ssh connection."},
        {"stdio", ", and connects to it from the front end, inside the ssh connection itself."},
    };
    const char *route = pvhop_recipe_get(r, "route");

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (strcmp(ways[i].route, route) == 0)
            return ways[i].words;
    return ".";
}

char *pvhop_recipe_sentence_in(const struct pvhop_recipe *r, pvhop_translate_fn translate,
                               void *user)
{
    const char *scheduler = pvhop_recipe_get(r, "scheduler");
    char *text = NULL;
    size_t size = 0;
    struct words w = {open_memstream(&text, &size), translate, user};
    bool failed;

    if (!w.out)
        return NULL;
    put_login(&w, r);
    if (strcmp(scheduler, "none") != 0)
        put_job(&w, r, scheduler);
    put_start(&w, r);
    put(&w, way_back(r), NULL);
    failed = ferror(w.out);
    if (fclose(w.out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}

char *pvhop_recipe_sentence(const struct pvhop_recipe *r)
{
    return pvhop_recipe_sentence_in(r, NULL, NULL);
}
