/* SPDX-License-Identifier: BSD-3-Clause */
/* A site's entries, as the file that ParaView reads. */
#include "pvsc_private.h"
#include "site_private.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the versions of ParaView that have values of their own ---- */

struct versions {
    char **list;
    size_t n;
    bool failed;
};

/* "5.11.2" as "5.11", once: Fetch Servers knows two numbers. */
static void add_version(struct versions *v, const char *word, size_t len)
{
    unsigned major, minor;
    char text[32], **more;

    snprintf(text, sizeof(text), "%.*s", (int)(len < 31 ? len : 31), word);
    if (sscanf(text, "%u.%u", &major, &minor) != 2)
        return;
    snprintf(text, sizeof(text), "%u.%u", major, minor);
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->list[i], text) == 0)
            return;
    more = realloc(v->list, (v->n + 2) * sizeof(*more));
    if (more)
        v->list = more;
    if (!more || !(more[v->n] = strdup(text))) {
        v->failed = true;
        return;
    }
    more[++v->n] = NULL;
}

static void gather_versions(struct versions *v, const xmlNode *node)
{
    const char *at = pvhop_xml_is(node, "defaults") ? pvhop_xml_attr(node, "versions") : NULL;

    for (size_t len; at && !v->failed && (len = pvhop_site_word(&at)) > 0;
         at += len + (at[len] == ','))
        add_version(v, at, len);
    for (const xmlNode *c = pvhop_xml_first(node); c && !v->failed; c = pvhop_xml_next(c))
        gather_versions(v, c);
}

char **pvhop_site_versions(const struct pvhop_site *site)
{
    struct versions v = {.list = calloc(1, sizeof(char *))};

    if (!v.list)
        return NULL;
    gather_versions(&v, xmlDocGetRootElement(site->doc));
    if (!v.failed)
        return v.list;
    v.list[v.n] = NULL;
    pvhop_args_free(v.list);
    return NULL;
}

/* ---- the entries ---- */

/* What a queue does not give, no entry may propose. */
static int check_bounds(const struct pvhop_site *site, const struct pvhop_site_machine *machine,
                        const struct pvhop_site_entry *entry, const struct pvhop_recipe *r,
                        struct pvhop_error *err)
{
    const struct pvhop_site_queue *queue =
        pvhop_site_queue_find(machine, pvhop_recipe_get(r, "queue"));
    long walltime = pvhop_recipe_number(r, "walltime", 0),
         nodes = pvhop_recipe_number(r, "nodes", 0);

    if (!queue || strcmp(pvhop_recipe_get(r, "scheduler"), "none") == 0)
        return 0;
    if (queue->max_walltime_s && walltime > queue->max_walltime_s)
        return pvhop_error_set(err, PVHOP_E_SITE,
                               "%s: entry '%.200s' asks for a time of %s; queue '%s' gives %ld "
                               "minutes at most",
                               site->file, entry->name, pvhop_recipe_get(r, "walltime"),
                               queue->name, queue->max_walltime_s / 60);
    if (queue->max_nodes && nodes > queue->max_nodes)
        return pvhop_error_set(
            err, PVHOP_E_SITE,
            "%s: entry '%.200s' asks for %ld nodes; queue '%s' gives %ld at most", site->file,
            entry->name, nodes, queue->name, queue->max_nodes);
    return 0;
}

static int add_entry(struct pvhop_pvsc *f, const struct pvhop_site *site,
                     const struct pvhop_site_machine *machine, const struct pvhop_site_entry *entry,
                     bool thin, const char *version, struct pvhop_error *err)
{
    bool plain = entry->style == PVHOP_STYLE_OPENSSH; /* nobody reads the site's file for it */
    struct pvhop_recipe *whole = pvhop_site_recipe(site, machine, entry, false, version, err),
                        *r = NULL;
    int rc = -1;

    if (!whole || check_bounds(site, machine, entry, whole, err) != 0)
        goto out;
    r = pvhop_site_recipe(site, machine, entry, thin && !plain, version, err);
    if (r)
        rc = pvhop_pvsc_add(f, entry->name, r, entry->style, entry->ask, false, err);
out:
    if (rc != 0 && err && err->code != PVHOP_E_SITE && err->code != PVHOP_E_MEMORY) {
        struct pvhop_error inner = *err;

        pvhop_error_set(err, PVHOP_E_SITE, "%s: entry '%.200s': %.1000s", site->file, entry->name,
                        inner.why);
    }
    pvhop_recipe_free(r);
    pvhop_recipe_free(whole);
    return rc;
}

/* Says at the head of the file where it comes from. */
static int add_head(struct pvhop_pvsc *f, const struct pvhop_site *site)
{
    const struct pvhop_site_info *info = &site->info;
    xmlNode *root = xmlDocGetRootElement(f->doc), *head;
    char text[1024];

    snprintf(text, sizeof(text),
             " %.200s%s%.100s. Made by 'pvhop pvsc bundle': change the site's "
             "description, not this file.%s%.200s ",
             info->name, *info->version ? ", version " : "", info->version,
             *info->help ? " Help: " : "", info->help);
    for (char *dashes; (dashes = strstr(text, "--"));) /* not in a comment */
        dashes[1] = ' ';
    head = xmlNewDocComment(f->doc, (const xmlChar *)text);
    return head && xmlAddPrevSibling(root, head) ? 0 : -1;
}

struct pvhop_pvsc *pvhop_site_bundle(const struct pvhop_site *site, bool thin, const char *version,
                                     struct pvhop_error *err)
{
    struct pvhop_pvsc *f = pvhop_pvsc_new();
    size_t entries = 0;
    int rc = 0;

    if (!f || add_head(f, site) != 0)
        rc = pvhop_error_set(err, PVHOP_E_MEMORY, "for the entries");
    for (size_t n = 0; rc == 0 && n < site->machine_count; n++)
        for (size_t i = 0; rc == 0 && i < site->machines[n].entry_count; i++, entries++)
            rc = add_entry(f, site, &site->machines[n], &site->machines[n].entries[i], thin,
                           version, err);
    if (rc == 0 && entries == 0)
        rc = pvhop_error_set(err, PVHOP_E_SITE, "%s: describes no <entry>", site->file);
    if (rc == 0)
        return f;
    pvhop_pvsc_free(f);
    return NULL;
}
