/* SPDX-License-Identifier: BSD-3-Clause */
/* The verbs of those who run a site: bundle, which makes what a site ships; install, which puts it
 * where ParaView and pvhop look. */
#include "cli.h"
#include "paraview_files.h"
#include <pvhop/check.h>
#include <pvhop/file.h>
#include <pvhop/site.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- pvsc bundle ---- */

static const struct cli_option bundle_options[] = {
    {"thin", NULL,
     "Leave out what the description on the front end says, so that users' copies do not go stale"},
    {"help", NULL, "Print this help"},
    {0},
};

static const struct cli_example bundle_examples[] = {
    {"What a site gives to its users:", "pvhop pvsc bundle site.xml bundle"},
    {0},
};

struct bundle {
    const struct pvhop_site *site;
    const char *folder;
    bool thin;
    const char *file;  /* that is being checked */
    unsigned findings; /* warnings and errors */
};

static void take_thin(void *user, const char *option, const char *value)
{
    (void)option;
    (void)value;
    *(bool *)user = true;
}

static void on_finding(void *user, const struct pvhop_finding *f)
{
    struct bundle *b = user;

    if (f->rule->severity == PVHOP_NOTE)
        return;
    b->findings++;
    fprintf(stderr, "%s: %s: %s [%s]\n", b->file, f->entry, f->text, f->rule->name);
}

/* FOLDER/NAME, with the folders above it. Newly allocated; NULL and *err. */
static char *place_of(const struct bundle *b, const char *name, struct pvhop_error *err)
{
    char *path = NULL;

    if (asprintf(&path, "%s/%s", b->folder, name) < 0) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the bundle");
        return NULL;
    }
    if (cli_make_folders(path, 0777, err) == 0)
        return path;
    free(path);
    return NULL;
}

static int write_text(const struct bundle *b, const char *name, const char *text,
                      struct pvhop_error *err)
{
    char *path = place_of(b, name, err);
    int rc = path ? pvhop_file_write(path, text, NULL, PVHOP_E_PVSC_WRITE, err) : -1;

    free(path);
    return rc;
}

static int write_entries(struct bundle *b, const char *version, struct pvhop_error *err)
{
    struct pvhop_pvsc *f = pvhop_site_bundle(b->site, b->thin, version, err);
    unsigned major = 0, minor = 0;
    char name[64] = "servers.pvsc", *path = NULL;
    int rc = -1;

    if (version && sscanf(version, "%u.%u", &major, &minor) == 2)
        snprintf(name, sizeof(name), "v%u_%u/servers.pvsc", major, minor);
    if (f && (path = place_of(b, name, err))) {
        b->file = name;
        pvhop_pvsc_check(f, on_finding, b);
        rc = pvhop_pvsc_write(f, path, err);
    }
    free(path);
    pvhop_pvsc_free(f);
    return rc;
}

/* A description that changed should count up, or nobody's copy is told to be old. */
static void compare_versions(const struct bundle *b, const char *text)
{
    struct pvhop_error err;
    char *path = place_of(b, "site.xml", &err), *old = NULL;
    struct pvhop_site *before = NULL;
    size_t len;

    if (path && (old = pvhop_file_read(path, PVHOP_SITE_MAX, &len, NULL, PVHOP_E_SITE, NULL)))
        before = pvhop_site_parse(old, len, path, false, NULL);
    if (before && (strlen(text) != len || memcmp(text, old, len) != 0) &&
        !pvhop_site_is_newer(b->site, pvhop_site_about(before)->version))
        fprintf(
            stderr,
            "Note: the description has changed since the bundle in %s was made, but its version "
            "('%s') is not newer; users of the old one will not be told.\n",
            b->folder, pvhop_site_about(b->site)->version);
    pvhop_site_free(before);
    free(old);
    free(path);
}

static char *readme(const struct bundle *b)
{
    const struct pvhop_site_info *info = pvhop_site_about(b->site);
    char *text = NULL;
    int rc = asprintf(
        &text,
        "ParaView server entries of %s%s%s\n\n"
        "servers.pvsc        the entries; for all users of a workstation:\n"
        "                      pvhop pvsc install . --site\n"
        "                    for one user:\n"
        "                      pvhop pvsc install . --user\n"
        "                    for one start: paraview --servers-file=servers.pvsc\n"
        "                    in ParaView's own folder: as default_servers.pvsc\n"
        "vN_N/servers.pvsc   the same for one version of ParaView, where it differs\n"
        "site.xml            the description of the site, for each front end:\n"
        "                      pvhop pvsc install . --front-end\n\n"
        "ParaView's \"Fetch Servers\" reads this folder from a web server: add its URL%s%s%s\n"
        "under \"Edit Sources\". ParaView copies what it fetches; pvhop tells users whose copy is "
        "old.\n%s%s%s%s\n",
        info->name, *info->version ? ", version " : "", info->version, *info->fetch ? " (" : "",
        info->fetch, *info->fetch ? ")" : "", *info->contact ? "\nHelp: " : "", info->contact,
        *info->help ? " " : "", info->help);

    return rc < 0 ? NULL : text;
}

static int make_bundle(struct bundle *b, const char *text, struct pvhop_error *err)
{
    char **versions = pvhop_site_versions(b->site), *words = readme(b);
    int rc = versions && words ? 0 : pvhop_error_set(err, PVHOP_E_MEMORY, "for the bundle");

    compare_versions(b, text);
    if (rc == 0)
        rc = write_entries(b, NULL, err);
    for (char **v = versions; rc == 0 && *v; v++)
        rc = write_entries(b, *v, err);
    if (rc == 0)
        rc = write_text(b, "README.txt", words, err);
    if (rc == 0) /* last: it says that the rest is there */
        rc = write_text(b, "site.xml", text, err);
    pvhop_args_free(versions);
    free(words);
    return rc;
}

static int run_bundle(int argc, char **argv)
{
    const char **words = calloc((size_t)argc + 1, sizeof(*words));
    struct bundle b = {0};
    struct pvhop_site *site = NULL;
    struct pvhop_error err = {0};
    char *text = NULL;
    size_t len = 0;
    int exit_code = 0, n = -1;

    if (!words)
        pvhop_error_set(&err, PVHOP_E_MEMORY, "for the arguments");
    else
        n = cli_take_words(bundle_options, argc, argv, words, take_thin, &b.thin, &err);
    if (n >= 0 && n != 2)
        cli_usage(&cli_pvsc_bundle, "a description and a folder are needed", &err);
    else if (n == 2 &&
             (text = pvhop_file_read(words[0], PVHOP_SITE_MAX, &len, NULL, PVHOP_E_SITE, &err)))
        site = pvhop_site_parse(text, len, words[0], true, &err);
    if (site) {
        text[len] = '\0';
        b.site = site;
        b.folder = words[1];
        if (make_bundle(&b, text, &err) == 0)
            fprintf(stderr, "The bundle is in %s; README.txt there says how to give it out.\n",
                    b.folder);
    }
    if (err.code)
        exit_code = cli_fail(&err);
    else if (b.findings)
        exit_code = 65; /* EX_DATAERR */
    pvhop_site_free(site);
    free(text);
    free(words);
    return exit_code;
}

const struct cli_verb cli_pvsc_bundle = {
    .name = "pvsc bundle",
    .summary = "makes what a site gives to its users, from the site's description",
    .synopsis = "SITE.xml FOLDER [--thin]",
    .description =
        "Reads a site's description (docs/site.md, pvsc/site.rng) and makes a folder of it: "
        "servers.pvsc with all entries; the same for each version of ParaView for which the site "
        "has values of its own, where ParaView's Fetch Servers looks; the description itself, for "
        "the front ends; and a README.txt that says how to give them out.\n\n"
        "Each entry is checked as 'pvhop pvsc check' does; the exit code is 65 if there is a "
        "warning or an error. The entries carry the description's version, and pvhop tells users "
        "whose copy is older than the description on the front end.",
    .options = bundle_options,
    .examples = bundle_examples,
    .run = run_bundle,
};

/* ---- pvsc install ---- */

static const struct cli_option install_options[] = {
    {"user", NULL, "Add the entries to your own in ParaView (the default)"},
    {"site", NULL, "Add them to those of all users of this computer: " CLI_SITE_SERVERS},
    {"front-end", NULL, "Put the bundle's site.xml where pvhop reads it: " PVHOP_SITE_PATH},
    {"root", "FOLDER", "Take this folder for / with --site and --front-end, as packages need it"},
    {"replace", NULL, "Where an entry of the same name says something else, replace it"},
    {"help", NULL, "Print this help"},
    {0},
};

static const struct cli_example install_examples[] = {
    {"A bundle for yourself; ParaView must not be running:", "pvhop pvsc install bundle"},
    {0},
};

struct install {
    bool site, user, front_end, replace;
    const char *root;
};

static void take_install(void *user, const char *option, const char *value)
{
    struct install *i = user;

    i->site = i->site || strcmp(option, "site") == 0;
    i->user = i->user || strcmp(option, "user") == 0;
    i->front_end = i->front_end || strcmp(option, "front-end") == 0;
    i->replace = i->replace || strcmp(option, "replace") == 0;
    if (strcmp(option, "root") == 0)
        i->root = value;
}

/* The bundle's file, or the file itself. Newly allocated. */
static char *source(const char *given, const char *name)
{
    struct stat st;
    char *path = NULL;

    if (stat(given, &st) != 0 || !S_ISDIR(st.st_mode))
        return strdup(given);
    return asprintf(&path, "%s/%s", given, name) < 0 ? NULL : path;
}

/* An entry of pvhop may be replaced by a newer one of the same name; what others wrote is theirs.
 */
static int take_entries(struct pvhop_pvsc *into, const struct pvhop_pvsc *from, bool replace,
                        struct pvhop_error *err)
{
    const char *name;

    for (size_t n = 0; (name = pvhop_pvsc_name(from, n)); n++) {
        if (pvhop_pvsc_same(into, from, name))
            continue;
        if (pvhop_pvsc_copy(into, from, name, replace || pvhop_pvsc_is_ours(into, name), err) != 0)
            return pvhop_error_remedy(err, "Rename the old entry ('pvhop pvsc rename'), or replace "
                                           "it with --replace.");
    }
    return 0;
}

static int install_entries(const char *from, const char *to, mode_t folders, bool replace,
                           struct pvhop_error *err)
{
    struct pvhop_pvsc *theirs = pvhop_pvsc_read(from, err), *into = NULL;
    int rc = -1;

    if (theirs && cli_make_folders(to, folders, err) == 0)
        into = pvhop_pvsc_open(to, err);
    if (into && take_entries(into, theirs, replace, err) == 0)
        rc = cli_write_pvsc(into, to, err);
    if (rc == 0)
        fprintf(stderr, "Installed in %s.\n", to);
    pvhop_pvsc_free(into);
    pvhop_pvsc_free(theirs);
    return rc;
}

static int install_site(const char *from, const char *to, struct pvhop_error *err)
{
    size_t len;
    char *text = pvhop_file_read(from, PVHOP_SITE_MAX, &len, NULL, PVHOP_E_SITE, err);
    struct pvhop_site *site = text ? pvhop_site_parse(text, len, from, true, err) : NULL;
    int rc = -1;

    if (site && cli_make_folders(to, 0755, err) == 0) {
        text[len] = '\0';
        rc = pvhop_file_write(to, text, NULL, PVHOP_E_PVSC_WRITE, err);
    }
    if (rc == 0)
        fprintf(stderr, "Installed in %s.\n", to);
    pvhop_site_free(site);
    free(text);
    return rc;
}

static int install_one(const struct install *what, const char *given, struct pvhop_error *err)
{
    char *from = source(given, what->front_end ? "site.xml" : "servers.pvsc"), *to = NULL;
    int rc = -1;

    if (!what->site && !what->front_end)
        to = cli_paraview_servers();
    else if (asprintf(&to, "%s%s", what->root ? what->root : "",
                      what->site ? CLI_SITE_SERVERS : PVHOP_SITE_PATH) < 0)
        to = NULL;
    if (!to && !what->site && !what->front_end)
        pvhop_error_set(err, PVHOP_E_PVSC_WRITE, "neither XDG_CONFIG_HOME nor HOME is set");
    else if (!from || !to)
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the paths");
    else if (what->front_end)
        rc = install_site(from, to, err);
    else
        rc = install_entries(from, to, what->site ? 0755 : 0700, what->replace, err);
    free(from);
    free(to);
    return rc;
}

static int run_install(int argc, char **argv)
{
    const char **words = calloc((size_t)argc + 1, sizeof(*words));
    struct install what = {0};
    struct pvhop_error err = {0};
    int exit_code = 0, n = -1;

    if (!words)
        pvhop_error_set(&err, PVHOP_E_MEMORY, "for the arguments");
    else
        n = cli_take_words(install_options, argc, argv, words, take_install, &what, &err);
    if (n >= 0 && (n != 1 || what.site + what.user + what.front_end > 1))
        cli_usage(&cli_pvsc_install,
                  "one bundle or file is needed, and at most one of --user, --site, --front-end",
                  &err);
    else if (n == 1)
        install_one(&what, words[0], &err);
    if (err.code)
        exit_code = cli_fail(&err);
    free(words);
    return exit_code;
}

const struct cli_verb cli_pvsc_install = {
    .name = "pvsc install",
    .summary = "puts a bundle where ParaView and pvhop look for it",
    .synopsis = "FOLDER|FILE [--user|--site|--front-end] [OPTION]...",
    .description =
        "Adds the entries of a bundle, or of a .pvsc file, to those that ParaView shows: to your "
        "own, or to those of all users of this computer. Entries of pvhop are replaced by those of "
        "the same name; if another one of the same name says something else, nothing is changed. "
        "The file as it was is kept beside it, as servers.pvsc~. Your own cannot be written while "
        "your ParaView runs, since ParaView rewrites it when it quits.\n\n"
        "With --front-end, the site's description goes to where pvhop reads it after the login.",
    .options = install_options,
    .examples = install_examples,
    .run = run_install,
};
