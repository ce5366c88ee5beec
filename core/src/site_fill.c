/* SPDX-License-Identifier: BSD-3-Clause */
/* What a site says of a recipe's fields: its defaults, under what users say; its policy, over it.
 */
#include "site_private.h"
#include <stdlib.h>
#include <string.h>

/* ---- defaults ---- */

/* Is one of `versions` ("5.11 5.12") the version, or the beginning of it? */
static bool version_fits(const char *versions, const char *version)
{
    for (size_t len; version && (len = pvhop_site_word(&versions)) > 0;
         versions += len + (versions[len] == ','))
        if (strncmp(versions, version, len) == 0 && (version[len] == '.' || version[len] == '\0'))
            return true;
    return false;
}

static bool is_unencrypted(const char *field, const char *value)
{
    return strcmp(field, "route") == 0 &&
           (strcmp(value, "direct") == 0 || strcmp(value, "relay") == 0);
}

static int fill_from(const xmlNode *defaults, bool remote, struct pvhop_recipe *r,
                     struct pvhop_error *err)
{
    const struct pvhop_field *f;

    for (size_t n = 0; (f = pvhop_field_row(n)); n++) {
        const char *value = pvhop_xml_attr(defaults, f->name);

        if (!value || !pvhop_site_may_set(f) || pvhop_recipe_is_set(r, f->name))
            continue;
        if (remote && is_unencrypted(f->name, value))
            continue;
        if (pvhop_recipe_set(r, f->name, value, err) != 0)
            return -1;
    }
    return 0;
}

/* From the <defaults> directly below `node`: first those of the client's version. */
static int fill_level(const xmlNode *node, bool remote, struct pvhop_recipe *r,
                      struct pvhop_error *err)
{
    for (int general = 0; general < 2; general++)
        for (const xmlNode *c = pvhop_xml_first(node); c; c = pvhop_xml_next(c)) {
            const char *versions = pvhop_xml_attr(c, "versions");

            if (!pvhop_xml_is(c, "defaults") || (versions == NULL) != (general == 1))
                continue;
            if (!general && !version_fits(versions, pvhop_recipe_get(r, "client-version")))
                continue;
            if (fill_from(c, remote, r, err) != 0)
                return -1;
        }
    return 0;
}

static const xmlNode *child_named(const xmlNode *machine, const char *element, const char *name)
{
    for (const xmlNode *c = pvhop_xml_first(machine); name && c; c = pvhop_xml_next(c))
        if (pvhop_xml_is(c, element) && strcmp(pvhop_xml_attr(c, "name"), name) == 0)
            return c;
    return NULL;
}

int pvhop_site_fill(const struct pvhop_site *site, const struct pvhop_site_machine *machine,
                    bool remote, struct pvhop_recipe *r, struct pvhop_error *err)
{
    const xmlNode *node = pvhop_site_node(site, machine), *root = xmlDocGetRootElement(site->doc);
    const char *scheduler =
        pvhop_recipe_is_set(r, "scheduler") ? pvhop_recipe_get(r, "scheduler") : "";
    const struct pvhop_site_queue *queue =
        pvhop_site_queue_find(machine, pvhop_recipe_get(r, "queue"));
    const char *name = queue && strcmp(scheduler, "none") != 0 ? queue->name : NULL;

    if (fill_level(child_named(node, "queue", name), remote, r, err) != 0 ||
        fill_level(node, remote, r, err) != 0 || fill_level(root, remote, r, err) != 0)
        return -1;
    if (name && !pvhop_recipe_is_set(r, "queue") &&
        strcmp(pvhop_recipe_get(r, "scheduler"), "none") != 0)
        return pvhop_recipe_set(r, "queue", name, err);
    return 0;
}

/* ---- policy ---- */

/* What the site's, or the machine's, policy says of a field; the machine's counts if both do. */
static const char *rule_of(const struct pvhop_site *site, const struct pvhop_site_machine *machine,
                           const char *field)
{
    const xmlNode *levels[] = {pvhop_site_node(site, machine), xmlDocGetRootElement(site->doc)};

    for (size_t i = 0; i < 2; i++)
        for (const xmlNode *c = pvhop_xml_first(levels[i]); c; c = pvhop_xml_next(c)) {
            const char *rule = pvhop_xml_is(c, "policy") ? pvhop_xml_attr(c, field) : NULL;

            if (rule)
                return rule;
        }
    return NULL;
}

static bool rule_allows(const char *rule, const char *value)
{
    for (size_t len; (len = pvhop_site_word(&rule)) > 0; rule += len + (rule[len] == ','))
        if (strlen(value) == len && strncmp(rule, value, len) == 0)
            return true;
    return false;
}

bool pvhop_site_allows(const struct pvhop_site *site, const struct pvhop_site_machine *machine,
                       const char *field, const char *value)
{
    const struct pvhop_field *f = pvhop_field_find(field);
    const char *rule = f && pvhop_site_may_rule(f) ? rule_of(site, machine, field) : NULL;

    return !rule || rule_allows(rule, value);
}

static int refuse(const struct pvhop_site *site, const char *field, const char *value,
                  const char *rule, struct pvhop_error *err)
{
    const char *contact = site->info.contact;

    pvhop_error_set(err, PVHOP_E_SITE_POLICY, "%s '%s' is not among those of %s: %s", field, value,
                    site->info.name, rule);
    if (!*contact)
        return -1;
    return pvhop_error_remedy(err, "Leave --%s out, or ask the site: %s", field, contact);
}

int pvhop_site_enforce(const struct pvhop_site *site, const struct pvhop_site_machine *machine,
                       struct pvhop_recipe *r, struct pvhop_error *err)
{
    const struct pvhop_field *f;

    for (size_t n = 0; (f = pvhop_field_row(n)); n++) {
        const char *rule = pvhop_site_may_rule(f) ? rule_of(site, machine, f->name) : NULL,
                   *value = pvhop_recipe_get(r, f->name), *first = rule;
        char word[256];
        size_t len;

        if (!rule || !value || rule_allows(rule, value))
            continue;
        if (strcmp(f->name, "route") == 0 && strcmp(value, "auto") == 0)
            continue;
        if (strcmp(f->name, "helper") == 0 && strcmp(value, "upload") == 0 &&
            rule_allows(rule, "auto")) /* where it may be uploaded, the user may agree to that */
            continue;
        if (pvhop_recipe_is_set(r, f->name))
            return refuse(site, f->name, value, rule, err);
        len = pvhop_site_word(&first);
        snprintf(word, sizeof(word), "%.*s", (int)(len < 255 ? len : 255), first);
        if (pvhop_recipe_set(r, f->name, word, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- the site's own entries ---- */

static const struct pvhop_site_front_end *front_end(const struct pvhop_site_machine *machine,
                                                    const char *host)
{
    size_t n = 0;

    while (n + 1 < machine->front_end_count && strcmp(machine->front_ends[n].host, host) != 0)
        n++;
    return &machine->front_ends[n];
}

static int set_known(struct pvhop_recipe *r, const char *field, const char *value,
                     struct pvhop_error *err)
{
    return *value ? pvhop_recipe_set(r, field, value, err) : 0;
}

/* What the entry itself says, and nothing from above it. */
static struct pvhop_recipe *own_fields(const struct pvhop_site *site,
                                       const struct pvhop_site_machine *machine,
                                       const struct pvhop_site_entry *entry,
                                       const char *client_version, struct pvhop_error *err)
{
    const xmlNode *node = child_named(pvhop_site_node(site, machine), "entry", entry->name);
    struct pvhop_recipe *r = pvhop_recipe_new();

    if (!r)
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry");
    else if (pvhop_recipe_set(r, "host", entry->host, err) == 0 &&
             set_known(r, "jump", front_end(machine, entry->host)->jump, err) == 0 &&
             set_known(r, "queue", entry->queue, err) == 0 &&
             pvhop_recipe_set(r, "client-version", client_version, err) == 0 &&
             fill_level(node, false, r, err) == 0)
        return r;
    pvhop_recipe_free(r);
    return NULL;
}

/*
 * What a thin entry has of its whole: what kind of thing it is, with which pvhop begins before it
 * has read the site's file; and what ParaView proposes where it asks.
 */
static int take_outline(struct pvhop_recipe *thin, const struct pvhop_recipe *whole,
                        const struct pvhop_site_entry *entry, struct pvhop_error *err)
{
    const char *const kind[] = {"scheduler", "processes", "mpi"};

    for (size_t i = 0; i < sizeof(kind) / sizeof(kind[0]); i++)
        if (pvhop_recipe_is_set(whole, kind[i]) &&
            pvhop_recipe_set(thin, kind[i], pvhop_recipe_get(whole, kind[i]), err) != 0)
            return -1;
    for (const char *const *ask = entry->ask; *ask; ask++)
        if (pvhop_recipe_is_set(whole, *ask) &&
            pvhop_recipe_set(thin, *ask, pvhop_recipe_get(whole, *ask), err) != 0)
            return -1;
    return 0;
}

struct pvhop_recipe *pvhop_site_recipe(const struct pvhop_site *site,
                                       const struct pvhop_site_machine *machine,
                                       const struct pvhop_site_entry *entry, bool thin,
                                       const char *client_version, struct pvhop_error *err)
{
    struct pvhop_recipe *own = own_fields(site, machine, entry, client_version, err),
                        *whole = own ? pvhop_recipe_dup(own) : NULL, *result = NULL;

    if (own && !whole)
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry");
    if (!whole || pvhop_site_fill(site, machine, false, whole, err) != 0 ||
        pvhop_site_enforce(site, machine, whole, err) != 0 ||
        take_outline(own, whole, entry, err) != 0)
        goto out;
    result = thin ? own : whole;
    /* The version chose among the defaults; ParaView tells it anew. */
    if (pvhop_recipe_set(result, "client-version", NULL, err) != 0 ||
        (entry->style == PVHOP_STYLE_PVHOP &&
         set_known(result, "site-version", site->info.version, err) != 0))
        result = NULL;
out:
    if (result != own)
        pvhop_recipe_free(own);
    if (result != whole)
        pvhop_recipe_free(whole);
    return result;
}
