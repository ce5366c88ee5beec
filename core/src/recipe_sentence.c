/* SPDX-License-Identifier: BSD-3-Clause */
#include <pvhop/recipe.h>
#include <stdlib.h>
#include <string.h>

static const char *scheduler_title(const char *scheduler)
{
    static const struct {
        const char *name, *title;
    } titles[] = {{"slurm", "Slurm"}, {"pbs", "PBS"}, {"lsf", "LSF"}, {"sge", "Grid Engine"}};

    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        if (strcmp(titles[i].name, scheduler) == 0)
            return titles[i].title;
    return "the batch system";
}

static void print_count(FILE *out, long n, const char *one)
{
    fprintf(out, "%ld %s%s", n, one, n == 1 ? "" : "s");
}

static void print_time(FILE *out, long seconds)
{
    static const struct {
        long seconds;
        const char *one;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    bool first = true;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        long n = seconds / units[i].seconds;

        if (n == 0)
            continue;
        fputs(first ? "" : " and ", out);
        print_count(out, n, units[i].one);
        seconds -= n * units[i].seconds;
        first = false;
    }
}

static void print_login(FILE *out, const struct pvhop_recipe *r)
{
    const char *host = pvhop_recipe_get(r, "host"), *user = pvhop_recipe_get(r, "user"),
               *jump = pvhop_recipe_get(r, "jump"), *at = host ? strrchr(host, '@') : NULL;

    fprintf(out, "ParaView logs in to %s", !host ? "a host" : at ? at + 1 : host);
    if (user)
        fprintf(out, " as %s", user);
    else if (at)
        fprintf(out, " as %.*s", (int)(at - host), host);
    if (jump && strcmp(jump, "none") != 0)
        fprintf(out, " by way of %s", jump);
}

static void print_job(FILE *out, const struct pvhop_recipe *r, const char *scheduler)
{
    const char *queue = pvhop_recipe_get(r, "queue"), *account = pvhop_recipe_get(r, "account");
    long seconds = pvhop_recipe_number(r, "walltime", 0), gpus = pvhop_recipe_number(r, "gpus", 0);

    fprintf(out, ", asks %s for ", scheduler_title(scheduler));
    print_count(out, pvhop_recipe_number(r, "nodes", 1), "node");
    if (gpus > 0) {
        fputs(" with ", out);
        print_count(out, gpus, "GPU");
        fputs(pvhop_recipe_number(r, "nodes", 1) == 1 ? "" : " each", out);
    }
    if (queue)
        fprintf(out, " in %s", queue);
    if (seconds > 0) {
        fputs(" for ", out);
        print_time(out, seconds);
    }
    if (account)
        fprintf(out, " on account %s", account);
}

static void print_start(FILE *out, const struct pvhop_recipe *r, const char *where)
{
    const char *pvserver = pvhop_recipe_get(r, "pvserver"),
               *version = pvhop_recipe_get(r, "client-version"), *mpi = pvhop_recipe_get(r, "mpi");
    long processes = pvhop_recipe_number(r, "processes", 1);

    fprintf(out, ", starts %s", pvserver);
    if (version && !strchr(pvserver, '/'))
        fprintf(out, " %s", version);
    if (processes > 1) {
        fputs(" in ", out);
        fprintf(out, "%ld processes", processes);
    }
    if (mpi)
        fprintf(out, " with '%s'", mpi);
    fprintf(out, " %s", where);
}

static const char *way_back(const struct pvhop_recipe *r)
{
    static const struct {
        const char *route, *words;
    } ways[] = {
        {"auto", " and connects back."},
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

char *pvhop_recipe_sentence(const struct pvhop_recipe *r)
{
    const char *scheduler = pvhop_recipe_get(r, "scheduler");
    bool job = strcmp(scheduler, "none") != 0;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    bool failed;

    if (!out)
        return NULL;
    print_login(out, r);
    if (job)
        print_job(out, r, scheduler);
    print_start(out, r, "there");
    fputs(way_back(r), out);
    failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
