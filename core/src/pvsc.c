/* SPDX-License-Identifier: BSD-3-Clause */
#include "pvsc_private.h"
#include "recipe_check.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct pvhop_pvsc *pvhop_pvsc_new(void)
{
    struct pvhop_pvsc *f = calloc(1, sizeof(*f));
    xmlNode *root;

    if (!f)
        return NULL;
    f->doc = xmlNewDoc((const xmlChar *)"1.0");
    root = f->doc ? xmlNewDocNode(f->doc, NULL, (const xmlChar *)"Servers", NULL) : NULL;
    if (!root) {
        pvhop_pvsc_free(f);
        return NULL;
    }
    xmlDocSetRootElement(f->doc, root);
    return f;
}

void pvhop_pvsc_free(struct pvhop_pvsc *f)
{
    if (!f)
        return;
    pvhop_names_free(f->named);
    xmlFreeDoc(f->doc);
    free(f->path);
    free(f);
}

struct pvhop_pvsc *pvhop_pvsc_parse(const char *text, size_t len, const char *name,
                                    struct pvhop_error *err)
{
    struct pvhop_pvsc *f = calloc(1, sizeof(*f));

    if (!f)
        pvhop_error_set(err, PVHOP_E_MEMORY, "for %s", name);
    else if (len > PVHOP_PVSC_MAX)
        pvhop_error_set(err, PVHOP_E_PVSC_PARSE, "%s: is larger than 64 MiB", name);
    else
        f->doc = pvhop_xml_parse(text, len, name, "Servers", PVHOP_E_PVSC_PARSE, err);
    if (f && f->doc)
        return f;
    pvhop_pvsc_free(f);
    return NULL;
}

static xmlNode *first_server(const struct pvhop_pvsc *f)
{
    return pvhop_xml_child(xmlDocGetRootElement(f->doc), "Server");
}

static xmlNode *next_server(const xmlNode *server)
{
    xmlNode *next = pvhop_xml_next(server);

    while (next && !pvhop_xml_is(next, "Server"))
        next = pvhop_xml_next(next);
    return next;
}

/* What is kept of where entries are. The content is `const`; these notes on it are not. */
static struct pvhop_pvsc *notes(const struct pvhop_pvsc *f)
{
    return (struct pvhop_pvsc *)(uintptr_t)f;
}

static void note_entry(struct pvhop_pvsc *f, xmlNode *server)
{
    if (f->named && !pvhop_names_put(f->named, server)) {
        pvhop_names_free(f->named); /* no memory: entries are looked for one by one */
        f->named = NULL;
    }
}

const char *pvhop_pvsc_name(const struct pvhop_pvsc *f, size_t n)
{
    bool on = f->at && f->at_n <= n;
    xmlNode *server = on ? f->at : first_server(f);

    for (size_t i = on ? f->at_n : 0; server && i < n; i++)
        server = next_server(server);
    if (!server)
        return NULL;
    notes(f)->at = server;
    notes(f)->at_n = n;
    return pvhop_name_of(server);
}

xmlNode *pvhop_pvsc_find(const struct pvhop_pvsc *f, const char *name, struct pvhop_error *err)
{
    xmlNode *found = NULL;

    if (!f->named && (notes(f)->named = pvhop_names_new()))
        for (xmlNode *server = first_server(f); server; server = next_server(server))
            note_entry(notes(f), server);
    if (f->named)
        found = pvhop_names_get(f->named, name);
    for (xmlNode *server = f->named ? NULL : first_server(f); server; server = next_server(server))
        if (strcmp(pvhop_name_of(server), name) == 0)
            found = server;
    if (!found)
        pvhop_error_set(err, PVHOP_E_ENTRY_MISSING, "'%.256s'", name);
    return found;
}

bool pvhop_pvsc_is_used(const struct pvhop_pvsc *f, size_t n)
{
    const char *name = pvhop_pvsc_name(f, n);

    return name && pvhop_pvsc_find(f, name, NULL) == f->at;
}

const char *pvhop_pvsc_resource(const struct pvhop_pvsc *f, const char *name)
{
    const xmlNode *server = pvhop_pvsc_find(f, name, NULL);
    const char *resource = pvhop_xml_attr(server, "resource");

    return !server ? NULL : resource ? resource : "";
}

int pvhop_pvsc_remove(struct pvhop_pvsc *f, const char *name, struct pvhop_error *err)
{
    xmlNode *server = pvhop_pvsc_find(f, name, err);

    if (!server)
        return -1;
    if (f->named)
        pvhop_names_drop(f->named, name);
    f->at = NULL;
    for (xmlNode *next = first_server(f); (server = next);) {
        next = next_server(server);
        if (strcmp(pvhop_name_of(server), name) == 0) {
            xmlUnlinkNode(server);
            xmlFreeNode(server);
        }
    }
    return 0;
}

xmlNode *pvhop_entry_startup(const xmlNode *server)
{
    return pvhop_xml_child(server, "ManualStartup") ? NULL
                                                    : pvhop_xml_child(server, "CommandStartup");
}

bool pvhop_plan_asks(const struct pvhop_entry_plan *plan, const char *field)
{
    for (const char *const *ask = plan->ask; ask && *ask; ask++)
        if (strcmp(*ask, field) == 0)
            return true;
    return false;
}

/* A name may be any text, as a prelude may, but it has to be text. */
static int check_name(const char *name, struct pvhop_error *err)
{
    if (*name && pvhop_value_check(pvhop_field_find("prelude"), name, NULL) == 0)
        return 0;
    pvhop_error_set(err, PVHOP_E_VALUE, "name '%.256s': must be text on one line, in UTF-8", name);
    return pvhop_error_remedy(err, "Give the entry another name.");
}

static int check_plan(const char *name, const struct pvhop_entry_plan *plan,
                      struct pvhop_error *err)
{
    for (const char *const *ask = plan->ask; ask && *ask; ask++)
        if (!pvhop_field_find(*ask))
            return pvhop_error_set(err, PVHOP_E_USAGE,
                                   "'%.64s' is not a field that can be asked for", *ask);
    if (check_name(name, err) != 0)
        return -1;
    return pvhop_recipe_check(plan->recipe, err);
}

static int name_taken(const char *name, struct pvhop_error *err)
{
    pvhop_error_set(err, PVHOP_E_VALUE, "there is an entry '%.256s' already", name);
    return pvhop_error_remedy(err, "Choose another name, or replace it with --replace.");
}

/* Takes `server`: into the place of `old`, or to the end. */
static void place(struct pvhop_pvsc *f, xmlNode *old, xmlNode *server)
{
    if (old == f->at)
        f->at = NULL;
    if (old && f->named)
        pvhop_names_drop(f->named, pvhop_name_of(old));
    if (old) {
        xmlReplaceNode(old, server);
        xmlFreeNode(old);
    } else {
        xmlAddChild(xmlDocGetRootElement(f->doc), server);
    }
    note_entry(f, server);
}

int pvhop_pvsc_add(struct pvhop_pvsc *f, const char *name, const struct pvhop_recipe *r,
                   enum pvhop_style style, const char *const *ask, bool replace,
                   struct pvhop_error *err)
{
    const struct pvhop_entry_plan plan = {.recipe = r, .ask = ask};
    struct pvhop_builder b = {0};
    xmlNode *old, *server;
    int rc;

    if (check_plan(name, &plan, err) != 0)
        return -1;
    old = pvhop_pvsc_find(f, name, NULL);
    if (old && !replace)
        return name_taken(name, err);
    server = xmlNewDocNode(f->doc, NULL, (const xmlChar *)"Server", NULL);
    if (!server)
        return pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry");
    pvhop_xml_set(&b, server, "name", name);
    rc = style == PVHOP_STYLE_OPENSSH ? pvhop_entry_fill_openssh(&b, server, &plan, err)
                                      : pvhop_entry_fill_pvhop(&b, server, &plan, err);
    if (rc == 0 && b.failed)
        rc = pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry");
    if (rc != 0) {
        xmlFreeNode(server);
        return -1;
    }
    place(f, old, server);
    return 0;
}

int pvhop_pvsc_rename(struct pvhop_pvsc *f, const char *name, const char *new_name,
                      struct pvhop_error *err)
{
    xmlNode *server = pvhop_pvsc_find(f, name, err);
    struct pvhop_builder b = {0};

    if (!server || check_name(new_name, err) != 0)
        return -1;
    if (pvhop_pvsc_find(f, new_name, NULL))
        return name_taken(new_name, err);
    pvhop_names_free(f->named); /* another of the old name may come to light */
    f->named = NULL;
    pvhop_xml_set(&b, server, "name", new_name);
    return b.failed ? pvhop_error_set(err, PVHOP_E_MEMORY, "for the name") : 0;
}

bool pvhop_pvsc_same(const struct pvhop_pvsc *a, const struct pvhop_pvsc *b, const char *name)
{
    char *one = pvhop_pvsc_print_entry(a, name, NULL),
         *other = pvhop_pvsc_print_entry(b, name, NULL);
    bool same = one && other && strcmp(one, other) == 0;

    free(one);
    free(other);
    return same;
}

int pvhop_pvsc_copy(struct pvhop_pvsc *f, const struct pvhop_pvsc *from, const char *name,
                    bool replace, struct pvhop_error *err)
{
    xmlNode *theirs = pvhop_pvsc_find(from, name, err), *old = pvhop_pvsc_find(f, name, NULL),
            *copy;

    if (!theirs)
        return -1;
    if (old && !replace)
        return name_taken(name, err);
    copy = xmlDocCopyNode(theirs, f->doc, 1);
    if (!copy)
        return pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry");
    place(f, old, copy);
    return 0;
}

char *pvhop_pvsc_default_name(const struct pvhop_recipe *r)
{
    const char *queue = pvhop_recipe_get(r, "queue");
    bool waits = strcmp(pvhop_recipe_get(r, "client"), "listens") == 0;
    char host[300], *name = NULL;
    int rc;

    pvhop_resource_host(r, host, sizeof(host));
    if (pvhop_recipe_is_set(r, "client-port"))
        queue = pvhop_recipe_get(r, "client-port");
    rc =
        asprintf(&name, "%s%s%s%s", host, queue ? "-" : "", queue ? queue : "", waits ? "-rc" : "");
    return rc < 0 ? NULL : name;
}
