/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The verb report: one archive for a support ticket. All of it is redacted, shown, and written to
 * a file only when the user says so. Nothing is sent anywhere.
 */
#include "cli.h"
#include "report_collect.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pvhop/redact.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MAX (512u << 10)
#define FILE_MAX (64u << 10)
#define PARTS_MAX 16
#define ADDED_MAX 8

struct part {
    char name[64]; /* in the archive */
    char *text;
};

struct words {
    const char *host, *config, *log, *probe_file, *output;
    const char *added[ADDED_MAX];
    size_t n_added;
    bool probe, yes;
    struct part parts[PARTS_MAX];
    size_t count;
    struct pvhop_redact *redact;
};

static const struct cli_option options[] = {
    {"probe", NULL, "Test the host too ('pvhop probe'), with a login"},
    {"probe-file", "FILE", "Take this result of 'pvhop probe --json' instead"},
    {"events-log", "FILE", "The log of a connection (PVHOP_EVENTS_LOG, else the file named there)"},
    {"add", "FILE",
     "Add the end of this file, such as a job script or its output; may be repeated"},
    {"ssh-config", "FILE", "Read this instead of the user's ssh configuration"},
    {"output", "FILE", "Write the archive there [pvhop-report.tar.gz]"},
    {"yes", NULL, "Write it without asking; it is shown all the same"},
    {"help", NULL, "Print this help"},
    {0},
};

static const struct cli_example examples[] = {
    {"What goes wrong with a host, with the log of a try:",
     "pvhop report fe.site.org --events-log /tmp/pvhop.log"},
    {0},
};

/* ---- arguments ---- */

static void take_option(void *user, const char *option, const char *value)
{
    struct words *w = user;

    w->probe = w->probe || strcmp(option, "probe") == 0;
    w->yes = w->yes || strcmp(option, "yes") == 0;
    if (strcmp(option, "probe-file") == 0)
        w->probe_file = value;
    else if (strcmp(option, "events-log") == 0)
        w->log = value;
    else if (strcmp(option, "ssh-config") == 0)
        w->config = value;
    else if (strcmp(option, "output") == 0)
        w->output = value;
    else if (strcmp(option, "add") == 0 && ++w->n_added <= ADDED_MAX)
        w->added[w->n_added - 1] = value;
}

static int take_arguments(struct words *w, int argc, char **argv, struct pvhop_error *err)
{
    const char **words = calloc((size_t)argc + 1, sizeof(*words));
    int n = -1;

    if (!words)
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the arguments");
    else
        n = cli_take_words(options, argc, argv, words, take_option, w, err);
    if (n > 1)
        n = pvhop_error_set(err, PVHOP_E_USAGE, "'%.64s' is one word too many", words[1]);
    else if (n == 1 && words[0][0] == '-')
        n = pvhop_error_set(err, PVHOP_E_USAGE, "'%.64s' is no host", words[0]);
    else if (n >= 0 && w->n_added > ADDED_MAX)
        n = pvhop_error_set(err, PVHOP_E_USAGE, "more than %d files with --add", ADDED_MAX);
    else if (n == 0 && w->probe)
        n = pvhop_error_set(err, PVHOP_E_USAGE, "--probe needs a host");
    if (n >= 0)
        w->host = words[0];
    free(words);
    return n < 0 ? -1 : 0;
}

/* ---- what goes in ---- */

static void add(struct words *w, const char *name, char *text)
{
    if (!text || w->count == PARTS_MAX) {
        free(text);
        return;
    }
    snprintf(w->parts[w->count].name, sizeof(w->parts[0].name), "%s", name);
    w->parts[w->count++].text = text;
}

static int add_file(struct words *w, const char *name, const char *path, size_t max,
                    struct pvhop_error *err)
{
    char *text = report_file(path, max);

    if (!text)
        return pvhop_error_set(err, PVHOP_E_CONFIG, "'%.500s' cannot be read", path);
    add(w, name, text);
    return 0;
}

static int collect(struct words *w, struct pvhop_error *err)
{
    const char *log = w->log ? w->log : getenv("PVHOP_EVENTS_LOG");

    add(w, "versions.txt", report_versions());
    if (w->host)
        add(w, "ssh.txt", report_ssh(w->host, w->config));
    if (log && *log && add_file(w, "events.jsonl", log, LOG_MAX, err) != 0)
        return -1;
    if (w->probe_file && add_file(w, "probe.json", w->probe_file, LOG_MAX, err) != 0)
        return -1;
    if (w->probe && !w->probe_file) {
        char *argv[] = {(char *)"probe",   (char *)w->host,
                        (char *)"--json",  (char *)(w->config ? "--ssh-config" : NULL),
                        (char *)w->config, NULL};

        add(w, "probe.json", report_self(argv));
    }
    for (size_t i = 0; i < w->n_added; i++) {
        char name[64];

        snprintf(name, sizeof(name), "added-%zu.txt", i + 1);
        if (add_file(w, name, w->added[i], FILE_MAX, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- who and where ---- */

static void know_destination(struct words *w, const char *text)
{
    const char *at = text ? strrchr(text, '@') : NULL;
    char name[256];

    if (!text)
        return;
    if (at) {
        snprintf(name, sizeof(name), "%.*s", (int)(at - text), text);
        pvhop_redact_user(w->redact, name);
        text = at + 1;
    }
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, ":"), text);
    pvhop_redact_host(w->redact, name);
}

static void know_ssh(struct words *w, const char *text)
{
    for (const char *line = text; line && *line;
         line += strcspn(line, "\n"), line += *line == '\n') {
        char key[64], value[256];

        if (sscanf(line, "%63s %255s", key, value) != 2)
            continue;
        if (strcmp(key, "hostname") == 0 || strcmp(key, "host") == 0)
            pvhop_redact_host(w->redact, value);
        else if (strcmp(key, "user") == 0)
            pvhop_redact_user(w->redact, value);
        else if (strcmp(key, "proxyjump") == 0)
            know_destination(w, value);
    }
}

/* "host", "user", "server", "node" and the names in "inside": of a result, or of an event. */
static void know_object(struct words *w, const json_t *o)
{
    const json_t *inside = json_object_get(o, "inside"), *each;
    const char *event = json_string_value(json_object_get(o, "event"));
    size_t i;

    know_destination(w, json_string_value(json_object_get(o, "host")));
    pvhop_redact_user(w->redact, json_string_value(json_object_get(o, "user")));
    if (event && strcmp(event, "connected") == 0)
        pvhop_redact_host(w->redact, json_string_value(json_object_get(o, "server")));
    pvhop_redact_host(w->redact, json_string_value(json_object_get(o, "node")));
    pvhop_redact_host(w->redact, json_string_value(json_object_get(o, "itself")));
    json_array_foreach(inside, i, each)
        pvhop_redact_host(w->redact, json_string_value(json_object_get(each, "name")));
    if (json_object_get(o, "result"))
        know_object(w, json_object_get(o, "result"));
}

static void know_lines(struct words *w, const char *text)
{
    for (const char *line = text; line && *line;
         line += strcspn(line, "\n"), line += *line == '\n') {
        json_t *o = json_loadb(line, strcspn(line, "\n"), 0, NULL);

        if (json_is_object(o))
            know_object(w, o);
        json_decref(o);
    }
}

static int redact_all(struct words *w, struct pvhop_error *err)
{
    const struct passwd *me = getpwuid(getuid());
    char own[256] = "";

    gethostname(own, sizeof(own) - 1);
    pvhop_redact_host(w->redact, own);
    pvhop_redact_user(w->redact, me ? me->pw_name : NULL);
    pvhop_redact_user(w->redact, getenv("USER"));
    know_destination(w, w->host);
    for (size_t i = 0; i < w->count; i++) {
        if (strcmp(w->parts[i].name, "ssh.txt") == 0)
            know_ssh(w, w->parts[i].text);
        else if (strncmp(w->parts[i].name, "events", 6) == 0 ||
                 strncmp(w->parts[i].name, "probe", 5) == 0)
            know_lines(w, w->parts[i].text);
    }
    for (size_t i = 0; i < 2 * w->count; i++) { /* twice: names learned in a later part, too */
        struct part *p = &w->parts[i % w->count];
        char *text = pvhop_redact_text(w->redact, p->text);

        if (!text)
            return pvhop_error_set(err, PVHOP_E_MEMORY, "for the report");
        if (i < w->count) {
            free(text);
            continue;
        }
        free(p->text);
        p->text = text;
    }
    return 0;
}

/* ---- out ---- */

static void show(const struct words *w)
{
    for (size_t i = 0; i < w->count; i++) {
        const char *text = w->parts[i].text;
        size_t len = strlen(text);

        printf("==== %s (%zu bytes)\n%s%s\n", w->parts[i].name, len, text,
               len && text[len - 1] == '\n' ? "" : "\n");
    }
    puts("That is all of it. Names, hosts and addresses were replaced, secrets hidden; read it\n"
         "before you pass it on.");
    fflush(stdout);
}

/* A yes from a person on a terminal. */
static bool agreed(const struct words *w, const char *path)
{
    char answer[16] = "";
    FILE *tty;

    if (w->yes)
        return true;
    tty = isatty(0) ? fopen("/dev/tty", "r+e") : NULL;
    if (!tty) {
        puts("It was not written to a file; --yes does that.");
        return false;
    }
    fprintf(tty, "Write it to %s? [y/N] ", path);
    fflush(tty);
    if (!fgets(answer, sizeof(answer), tty))
        *answer = '\0';
    fclose(tty);
    return *answer == 'y' || *answer == 'Y';
}

static int write_part(const char *folder, const struct part *p, struct pvhop_error *err)
{
    char path[256];
    FILE *f;
    int fd;

    snprintf(path, sizeof(path), "%s/%s", folder, p->name);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f || fputs(p->text, f) == EOF || fclose(f) != 0)
        return pvhop_error_set(err, PVHOP_E_SYSTEM, "'%s': %s", path, strerror(errno));
    return 0;
}

static int write_archive(const struct words *w, const char *path, struct pvhop_error *err)
{
    char base[] = "/tmp/pvhop-report-XXXXXX", folder[64], name[256];
    char *tar[] = {(char *)"tar", (char *)"-czf",      (char *)path,        (char *)"-C",
                   base,          (char *)"--owner=0", (char *)"--group=0", (char *)"pvhop-report",
                   NULL};
    int rc = -1;
    mode_t mask = umask(077);

    if (!mkdtemp(base)) {
        pvhop_error_set(err, PVHOP_E_SYSTEM, "a folder in /tmp: %s", strerror(errno));
        goto out;
    }
    snprintf(folder, sizeof(folder), "%s/pvhop-report", base);
    if (mkdir(folder, 0700) != 0) {
        pvhop_error_set(err, PVHOP_E_SYSTEM, "'%s': %s", folder, strerror(errno));
        goto out;
    }
    rc = 0;
    for (size_t i = 0; i < w->count && rc == 0; i++)
        rc = write_part(folder, &w->parts[i], err);
    if (rc == 0 && report_run(tar, NULL) != 0)
        rc = pvhop_error_set(err, PVHOP_E_SYSTEM, "tar could not write '%.500s'", path);
    for (size_t i = 0; i < w->count; i++) {
        snprintf(name, sizeof(name), "%s/%s", folder, w->parts[i].name);
        unlink(name);
    }
    rmdir(folder);
out:
    rmdir(base);
    umask(mask);
    return rc;
}

static int run_report(int argc, char **argv)
{
    struct words w = {.redact = pvhop_redact_new()};
    const char *path = "pvhop-report.tar.gz";
    struct pvhop_error err = {0};
    int rc = w.redact ? 0 : pvhop_error_set(&err, PVHOP_E_MEMORY, "for the report");

    if (rc == 0)
        rc = take_arguments(&w, argc, argv, &err);
    if (rc == 0)
        rc = collect(&w, &err);
    if (rc == 0)
        rc = redact_all(&w, &err);
    if (rc == 0) {
        path = w.output ? w.output : path;
        show(&w);
        if (agreed(&w, path) && (rc = write_archive(&w, path, &err)) == 0)
            printf("Written to %s. Nothing was sent.\n", path);
    }
    for (size_t i = 0; i < w.count; i++)
        free(w.parts[i].text);
    pvhop_redact_free(w.redact);
    return rc == 0 ? cli_finish(0) : cli_fail(&err);
}

const struct cli_verb cli_report = {
    .name = "report",
    .summary = "makes one archive for a support ticket, with names and secrets taken out",
    .synopsis = "[HOST] [OPTION]...",
    .description =
        "Collects versions, ssh's settings for HOST, the log of a connection, a test of the host, "
        "and files that are named (a job script, the end of its output). People, hosts, addresses, "
        "fingerprints and tokens are replaced, the same by the same. All of it is shown; a file is "
        "written only when you agree, and nothing is ever sent.",
    .options = options,
    .examples = examples,
    .run = run_report,
};
