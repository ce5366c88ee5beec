/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What may stand in a site's description, and where: the table below, which says the same as
 * pvsc/site.rng (a test compares them). Attributes of <defaults> and <policy> are fields of
 * recipes.
 */
#include "recipe_check.h"
#include "site_private.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    TEXT, /* on one line, not empty */
    VERSION,
    URL,
    HOST,
    HOSTS,
    ADDRESSES,
    WALLTIME,
    COUNT,
    YES_NO,
    STYLE,
    FIELDS,
    NAME,
    WORDS,
    FORMAT
};

struct attribute {
    const char *name;
    enum kind kind;
    bool needed;
};

struct element {
    const char *name, *parents; /* spaces between; "": the outermost one */
    struct attribute attributes[8];
    bool (*may_have)(const struct pvhop_field *field); /* fields as attributes; NULL: none */
};

static const struct element elements[] = {
    {"site",
     "",
     {{"format", FORMAT, true},
      {"name", TEXT, true},
      {"version", VERSION, false},
      {"contact", TEXT, false},
      {"help", URL, false},
      {"fetch", URL, false}},
     NULL},
    {"machine", "site", {{"name", TEXT, true}, {"accounts", TEXT, false}}, NULL},
    {"front-end",
     "machine",
     {{"host", HOST, true}, {"jump", HOSTS, false}, {"inside", ADDRESSES, false}},
     NULL},
    {"queue",
     "machine",
     {{"name", NAME, true},
      {"title", TEXT, false},
      {"default", YES_NO, false},
      {"max-walltime", WALLTIME, false},
      {"max-nodes", COUNT, false}},
     NULL},
    {"entry",
     "machine",
     {{"name", TEXT, true},
      {"queue", NAME, false},
      {"host", HOST, false},
      {"style", STYLE, false},
      {"ask", FIELDS, false}},
     NULL},
    {"defaults", "site machine queue entry", {{"versions", WORDS, false}}, pvhop_site_may_set},
    {"policy", "site machine", {{0}}, pvhop_site_may_rule},
};

bool pvhop_site_may_set(const struct pvhop_field *field)
{
    /* What concerns the user's own computer and login is not the site's to say. */
    return field->in_entry &&
           (field->group == PVHOP_GROUP_ROUTE || field->group == PVHOP_GROUP_SERVER ||
            field->group == PVHOP_GROUP_JOB || field->group == PVHOP_GROUP_LIMITS);
}

bool pvhop_site_may_rule(const struct pvhop_field *field)
{
    return pvhop_site_may_set(field) &&
           (field->type == PVHOP_FIELD_CHOICE || strcmp(field->name, "helper") == 0 ||
            strcmp(field->name, "queue") == 0);
}

size_t pvhop_site_word(const char **at)
{
    *at += strspn(*at, " \t\n");
    return strcspn(*at, " \t\n,");
}

int pvhop_site_error(const struct pvhop_site *site, const xmlNode *node, struct pvhop_error *err,
                     const char *why, ...)
{
    unsigned line, column;
    char text[1024];
    va_list ap;

    va_start(ap, why);
    vsnprintf(text, sizeof(text), why, ap);
    va_end(ap);
    pvhop_xml_place(node, &line, &column);
    return pvhop_error_set(err, PVHOP_E_SITE, "%s:%u:%u: %s", site->file, line, column, text);
}

/* ---- values ---- */

static const char *as_field(enum kind kind)
{
    static const char *const fields[] = {
        [TEXT] = "prelude",      [VERSION] = "site-version", [URL] = "prelude",
        [HOST] = "host",         [HOSTS] = "jump",           [ADDRESSES] = "client-host",
        [WALLTIME] = "walltime", [COUNT] = "nodes",          [NAME] = "queue",
    };

    return (size_t)kind < sizeof(fields) / sizeof(fields[0]) ? fields[kind] : NULL;
}

static bool is_one_of(const char *value, const char *a, const char *b)
{
    return strcmp(value, a) == 0 || strcmp(value, b) == 0;
}

/* Each word of the value, by itself, as a value of `field`; NULL: as the name of one. */
static int check_words(const char *value, const struct pvhop_field *field, struct pvhop_error *err)
{
    const char *at = value;
    char word[256];

    for (size_t len; (len = pvhop_site_word(&at)) > 0; at += len + (at[len] == ',')) {
        snprintf(word, sizeof(word), "%.*s", (int)(len < 255 ? len : 255), at);
        if (!field && !pvhop_field_find(word))
            return pvhop_error_set(err, PVHOP_E_VALUE, "there is no field '%.64s'", word);
        if (field && pvhop_value_check(field, word, err) != 0)
            return -1;
    }
    return 0;
}

/* -1 and *err, without the place. */
static int check_kind(enum kind kind, const char *value, struct pvhop_error *err)
{
    const char *field = as_field(kind);

    if (!*value)
        return pvhop_error_set(err, PVHOP_E_VALUE, "is empty");
    if (kind == ADDRESSES)
        return check_words(value, pvhop_field_find(field), err);
    if (kind == FIELDS)
        return check_words(value, NULL, err);
    if (field && pvhop_value_check(pvhop_field_find(field), value, err) != 0)
        return -1;
    if (kind == URL && strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0 &&
        strncmp(value, "file:///", 8) != 0)
        return pvhop_error_set(err, PVHOP_E_VALUE, "must begin with http://, https:// or file:///");
    if (kind == YES_NO && !is_one_of(value, "yes", "no"))
        return pvhop_error_set(err, PVHOP_E_VALUE, "must be yes or no");
    if (kind == STYLE && !is_one_of(value, "pvhop", "openssh"))
        return pvhop_error_set(err, PVHOP_E_VALUE, "must be pvhop or openssh");
    if (kind == FORMAT && strcmp(value, PVHOP_SITE_FORMAT) != 0)
        return pvhop_error_set(err, PVHOP_E_VALUE, "this pvhop knows format %s only",
                               PVHOP_SITE_FORMAT);
    return 0;
}

/* ---- elements ---- */

static const struct element *element_of(const xmlNode *node)
{
    const char *parent = node->parent && node->parent->type == XML_ELEMENT_NODE
                             ? (const char *)node->parent->name
                             : "";

    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
        const char *at = elements[i].parents;
        bool fits = !*parent && !*at;

        if (!pvhop_xml_is(node, elements[i].name))
            continue;
        for (size_t len; !fits && (len = pvhop_site_word(&at)) > 0; at += len)
            fits = strlen(parent) == len && strncmp(parent, at, len) == 0;
        if (fits)
            return &elements[i];
    }
    return NULL;
}

static const struct attribute *attribute_of(const struct element *e, const char *name)
{
    for (const struct attribute *a = e->attributes; a->name; a++)
        if (strcmp(a->name, name) == 0)
            return a;
    return NULL;
}

static int check_attribute(const struct pvhop_site *site, const xmlNode *node,
                           const struct element *e, const char *name, bool strict,
                           struct pvhop_error *err)
{
    const char *value = pvhop_xml_attr(node, name);
    const struct attribute *a = attribute_of(e, name);
    const struct pvhop_field *field = e->may_have ? pvhop_field_find(name) : NULL;
    struct pvhop_error wrong = {0};

    if (a)
        check_kind(a->kind, value, &wrong);
    else if (field && e->may_have(field) && e->may_have == pvhop_site_may_rule)
        check_words(value, field, &wrong);
    else if (field && e->may_have(field))
        pvhop_value_check(field, value, &wrong);
    else if (strict)
        return pvhop_site_error(site, node, err, "<%s> has no attribute '%.64s'", e->name, name);
    if (!wrong.code)
        return 0;
    if (!a) /* it names the field and its value already */
        return pvhop_site_error(site, node, err, "%s", wrong.why);
    return pvhop_site_error(site, node, err, "%s=\"%.200s\": %.500s", name, value, wrong.why);
}

static int check_node(const struct pvhop_site *site, const xmlNode *node, bool strict,
                      struct pvhop_error *err)
{
    const struct element *e = element_of(node);

    if (!e && strict)
        return pvhop_site_error(site, node, err, "<%.64s> is not known, or not in this place",
                                (const char *)node->name);
    if (!e)
        return 0;
    for (const struct attribute *a = e->attributes; a->name; a++)
        if (a->needed && !pvhop_xml_attr(node, a->name))
            return pvhop_site_error(site, node, err, "<%s> needs an attribute '%s'", e->name,
                                    a->name);
    for (const xmlAttr *a = node->properties; a; a = a->next)
        if (!a->ns && check_attribute(site, node, e, (const char *)a->name, strict, err) != 0)
            return -1;
    for (const xmlNode *c = pvhop_xml_first(node); c; c = pvhop_xml_next(c))
        if (check_node(site, c, strict, err) != 0)
            return -1;
    return 0;
}

/* ---- the whole ---- */

/* A second element of the kind below `parent` with the name of `node`, before it. */
static bool named_before(const xmlNode *parent, const xmlNode *node)
{
    const char *name = pvhop_xml_attr(node, "name");

    for (const xmlNode *c = pvhop_xml_first(parent); c && c != node; c = pvhop_xml_next(c))
        if (pvhop_xml_is(c, (const char *)node->name) &&
            strcmp(pvhop_xml_attr(c, "name"), name) == 0)
            return true;
    return false;
}

static bool has(const xmlNode *machine, const char *element, const char *attribute,
                const char *value)
{
    for (const xmlNode *c = pvhop_xml_first(machine); c; c = pvhop_xml_next(c))
        if (pvhop_xml_is(c, element) && strcmp(pvhop_xml_attr(c, attribute), value) == 0)
            return true;
    return false;
}

static int check_entry(const struct pvhop_site *site, const xmlNode *machine, const xmlNode *entry,
                       struct pvhop_error *err)
{
    const char *queue = pvhop_xml_attr(entry, "queue"), *host = pvhop_xml_attr(entry, "host"),
               *name = pvhop_xml_attr(entry, "name");

    if (queue && !has(machine, "queue", "name", queue))
        return pvhop_site_error(site, entry, err, "the machine has no <queue name=\"%.64s\">",
                                queue);
    if (host && !has(machine, "front-end", "host", host))
        return pvhop_site_error(site, entry, err, "the machine has no <front-end host=\"%.200s\">",
                                host);
    for (const xmlNode *m = machine->prev; m; m = m->prev)
        if (pvhop_xml_is(m, "machine") && has(m, "entry", "name", name))
            return pvhop_site_error(site, entry, err, "another machine has an entry '%.200s' too",
                                    name);
    return 0;
}

static int check_machine(const struct pvhop_site *site, const xmlNode *machine,
                         struct pvhop_error *err)
{
    if (!pvhop_xml_child(machine, "front-end"))
        return pvhop_site_error(site, machine, err, "<machine> needs a <front-end>");
    for (const xmlNode *c = pvhop_xml_first(machine); c; c = pvhop_xml_next(c)) {
        bool entry = pvhop_xml_is(c, "entry");

        if ((entry || pvhop_xml_is(c, "queue")) && named_before(machine, c))
            return pvhop_site_error(site, c, err, "there is a <%s name=\"%.200s\"> already",
                                    (const char *)c->name, pvhop_xml_attr(c, "name"));
        if (entry && check_entry(site, machine, c, err) != 0)
            return -1;
    }
    return 0;
}

int pvhop_site_check(const struct pvhop_site *site, bool strict, struct pvhop_error *err)
{
    const xmlNode *root = xmlDocGetRootElement(site->doc);

    if (check_node(site, root, strict, err) != 0)
        return -1;
    for (const xmlNode *m = pvhop_xml_first(root); m; m = pvhop_xml_next(m)) {
        if (!pvhop_xml_is(m, "machine"))
            continue;
        if (named_before(root, m))
            return pvhop_site_error(site, m, err, "there is a <machine name=\"%.200s\"> already",
                                    pvhop_xml_attr(m, "name"));
        if (check_machine(site, m, err) != 0)
            return -1;
    }
    return 0;
}
