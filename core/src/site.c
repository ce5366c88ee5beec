/* SPDX-License-Identifier: BSD-3-Clause */
/* A site's description: read, and given out as what it describes. */
#include "recipe_check.h"
#include "site_private.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const xmlNode *node, const char *name)
{
    const char *value = pvhop_xml_attr(node, name);

    return value ? value : "";
}

static size_t count(const xmlNode *parent, const char *name)
{
    size_t n = 0;

    for (const xmlNode *c = pvhop_xml_first(parent); c; c = pvhop_xml_next(c))
        n += pvhop_xml_is(c, name);
    return n;
}

/* ---- what hangs below a machine ---- */

/* The words of a list, in one piece of memory; NULL: none left. */
static const char *const *split(const char *list)
{
    size_t room = strlen(list) / 2 + 2, n = 0;
    char **words = calloc(1, room * sizeof(*words) + strlen(list) + 1), *copy;

    if (!words)
        return NULL;
    copy = (char *)(words + room);
    memcpy(copy, list, strlen(list) + 1);
    for (char *rest = copy, *word; (word = strsep(&rest, ", \t\n"));)
        if (*word)
            words[n++] = word;
    return (const char *const *)words;
}

static void read_front_end(struct pvhop_site_front_end *out, const xmlNode *node)
{
    out->host = text_of(node, "host");
    out->jump = text_of(node, "jump");
    out->inside = text_of(node, "inside");
}

static void read_queue(struct pvhop_site_queue *out, const xmlNode *node)
{
    const char *walltime = pvhop_xml_attr(node, "max-walltime"),
               *nodes = pvhop_xml_attr(node, "max-nodes");

    out->name = text_of(node, "name");
    out->title = text_of(node, "title");
    out->is_default = strcmp(text_of(node, "default"), "yes") == 0;
    out->max_walltime_s = walltime ? pvhop_value_number(pvhop_field_find("walltime"), walltime) : 0;
    out->max_nodes = nodes ? pvhop_value_number(pvhop_field_find("nodes"), nodes) : 0;
}

static int read_entry(struct pvhop_site_entry *out, const xmlNode *node)
{
    const char *host = pvhop_xml_attr(node, "host");

    out->name = text_of(node, "name");
    out->queue = text_of(node, "queue");
    out->host = host ? host : text_of(pvhop_xml_child(node->parent, "front-end"), "host");
    out->style =
        strcmp(text_of(node, "style"), "openssh") == 0 ? PVHOP_STYLE_OPENSSH : PVHOP_STYLE_PVHOP;
    out->ask = split(text_of(node, "ask"));
    return out->ask ? 0 : -1;
}

static int read_machine(struct pvhop_site_machine *out, const xmlNode *node)
{
    struct pvhop_site_front_end *front_ends = calloc(count(node, "front-end"), sizeof(*front_ends));
    struct pvhop_site_queue *queues = calloc(count(node, "queue") + 1, sizeof(*queues));
    struct pvhop_site_entry *entries = calloc(count(node, "entry") + 1, sizeof(*entries));
    int rc = front_ends && queues && entries ? 0 : -1;

    out->name = text_of(node, "name");
    out->accounts = text_of(node, "accounts");
    out->front_ends = front_ends;
    out->queues = queues;
    out->entries = entries;
    for (const xmlNode *c = pvhop_xml_first(node); rc == 0 && c; c = pvhop_xml_next(c)) {
        if (pvhop_xml_is(c, "front-end"))
            read_front_end(&front_ends[out->front_end_count++], c);
        else if (pvhop_xml_is(c, "queue"))
            read_queue(&queues[out->queue_count++], c);
        else if (pvhop_xml_is(c, "entry"))
            rc = read_entry(&entries[out->entry_count++], c);
    }
    return rc;
}

/* ---- the whole ---- */

static int read_all(struct pvhop_site *site)
{
    const xmlNode *root = xmlDocGetRootElement(site->doc);
    size_t machines = count(root, "machine");

    site->info.name = text_of(root, "name");
    site->info.version = text_of(root, "version");
    site->info.contact = text_of(root, "contact");
    site->info.help = text_of(root, "help");
    site->info.fetch = text_of(root, "fetch");
    site->machines = calloc(machines + 1, sizeof(*site->machines));
    site->machine_nodes = calloc(machines + 1, sizeof(*site->machine_nodes));
    if (!site->machines || !site->machine_nodes)
        return -1;
    for (const xmlNode *c = pvhop_xml_first(root); c; c = pvhop_xml_next(c)) {
        if (!pvhop_xml_is(c, "machine"))
            continue;
        site->machine_nodes[site->machine_count] = c;
        if (read_machine(&site->machines[site->machine_count++], c) != 0)
            return -1;
    }
    return 0;
}

struct pvhop_site *pvhop_site_parse(const char *text, size_t len, const char *name, bool strict,
                                    struct pvhop_error *err)
{
    struct pvhop_site *site = calloc(1, sizeof(*site));

    if (!site || !(site->file = strdup(name))) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for %s", name);
        goto fail;
    }
    if (len > PVHOP_SITE_MAX) {
        pvhop_error_set(err, PVHOP_E_SITE, "%s: is larger than %u KiB", name,
                        PVHOP_SITE_MAX / 1024);
        goto fail;
    }
    site->doc = pvhop_xml_parse(text, len, name, "site", PVHOP_E_SITE, err);
    if (!site->doc || pvhop_site_check(site, strict, err) != 0)
        goto fail;
    if (read_all(site) == 0)
        return site;
    pvhop_error_set(err, PVHOP_E_MEMORY, "for %s", name);
fail:
    pvhop_site_free(site);
    return NULL;
}

struct pvhop_site *pvhop_site_read(const char *path, bool strict, struct pvhop_error *err)
{
    struct pvhop_site *site = NULL;
    size_t len;
    char *text = pvhop_file_read(path, PVHOP_SITE_MAX, &len, NULL, PVHOP_E_SITE, err);

    if (text)
        site = pvhop_site_parse(text, len, path, strict, err);
    free(text);
    return site;
}

void pvhop_site_free(struct pvhop_site *site)
{
    if (!site)
        return;
    for (size_t n = 0; site->machines && n < site->machine_count; n++) {
        const struct pvhop_site_machine *m = &site->machines[n];

        for (size_t i = 0; m->entries && i < m->entry_count; i++)
            free((void *)(uintptr_t)m->entries[i].ask);
        free((void *)(uintptr_t)m->front_ends);
        free((void *)(uintptr_t)m->queues);
        free((void *)(uintptr_t)m->entries);
    }
    free(site->machines);
    free(site->machine_nodes);
    xmlFreeDoc(site->doc);
    free(site->file);
    free(site);
}

const struct pvhop_site_info *pvhop_site_about(const struct pvhop_site *site)
{
    return &site->info;
}

const struct pvhop_site_machine *pvhop_site_machine_row(const struct pvhop_site *site, size_t n)
{
    return n < site->machine_count ? &site->machines[n] : NULL;
}

const xmlNode *pvhop_site_node(const struct pvhop_site *site,
                               const struct pvhop_site_machine *machine)
{
    return machine ? site->machine_nodes[machine - site->machines] : NULL;
}

const struct pvhop_site_queue *pvhop_site_queue_find(const struct pvhop_site_machine *machine,
                                                     const char *name)
{
    for (size_t n = 0; machine && n < machine->queue_count; n++) {
        const struct pvhop_site_queue *q = &machine->queues[n];

        if (name ? strcmp(q->name, name) == 0 : q->is_default)
            return q;
    }
    return NULL;
}

/* ---- which machine is it? ---- */

/* The name alone of [user@]host[:port] or [user@][address]:port. */
static void bare(const char *host, char out[256])
{
    const char *at = strrchr(host, '@');
    size_t len;

    host = at ? at + 1 : host;
    if (*host == '[') {
        host++;
        len = strcspn(host, "]");
    } else {
        const char *colon = strchr(host, ':');

        len = colon && !strchr(colon + 1, ':') ? (size_t)(colon - host) : strlen(host);
    }
    len = len < 255 ? len : 255;
    memcpy(out, host, len);
    out[len] = '\0';
}

/* The same host? `loose`: "login1" is "login1.cluster.edu", too. */
static bool same_host(const char *a, const char *b, bool loose)
{
    size_t n = strcspn(a, "."), m = strcspn(b, ".");

    if (strcasecmp(a, b) == 0)
        return true;
    return loose && (!a[n] || !b[m]) && n == m && n > 0 && strncasecmp(a, b, n) == 0;
}

static const struct pvhop_site_machine *with_front_end(const struct pvhop_site *site,
                                                       const char *host, bool loose)
{
    char wanted[256], its[256];

    if (!host || !*host)
        return NULL;
    bare(host, wanted);
    for (size_t n = 0; n < site->machine_count; n++)
        for (size_t i = 0; i < site->machines[n].front_end_count; i++) {
            bare(site->machines[n].front_ends[i].host, its);
            if (same_host(wanted, its, loose))
                return &site->machines[n];
        }
    return NULL;
}

const struct pvhop_site_machine *pvhop_site_find(const struct pvhop_site *site, const char *given,
                                                 const char *itself)
{
    const struct pvhop_site_machine *found = with_front_end(site, given, false);

    if (!found)
        found = with_front_end(site, itself, true);
    if (!found && site->machine_count == 1)
        found = &site->machines[0];
    return found;
}

bool pvhop_site_is_newer(const struct pvhop_site *site, const char *version)
{
    return *site->info.version && strverscmp(site->info.version, version) > 0;
}
