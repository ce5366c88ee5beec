/* SPDX-License-Identifier: BSD-3-Clause */
/* From an entry back to the recipe that it stores. */
#include "pvsc_private.h"
#include <libxml/xmlmemory.h>
#include <stdlib.h>
#include <string.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool runs_pvhop(char *const *words)
{
    return words && words[0] && words[1] && strcmp(base_name(words[0]), "pvhop") == 0 &&
           strcmp(words[1], "connect") == 0;
}

bool pvhop_pvsc_is_ours(const struct pvhop_pvsc *f, const char *name)
{
    char **words = pvhop_pvsc_command(f, name, NULL);
    bool ours = runs_pvhop(words);

    pvhop_args_free(words);
    return ours;
}

static const xmlNode *hint_of(const xmlNode *server)
{
    return pvhop_xml_child(pvhop_xml_child(server, "Hints"), "pvhop");
}

static int foreign(struct pvhop_error *err, const char *name, const char *why)
{
    return pvhop_error_set(err, PVHOP_E_ENTRY_FOREIGN, "'%.256s'%s", name, why);
}

static int check_format(const xmlNode *server, const char *name, struct pvhop_error *err)
{
    const char *format = pvhop_xml_attr(hint_of(server), "format");

    if (!format || strcmp(format, PVHOP_ENTRY_FORMAT) == 0)
        return 0;
    pvhop_error_set(err, PVHOP_E_ENTRY_FOREIGN,
                    "'%.256s' was written in format %.16s; this pvhop knows format "
                    "%s",
                    name, format, PVHOP_ENTRY_FORMAT);
    return pvhop_error_remedy(err, "Use a newer pvhop, or make the entry anew.");
}

/* True if ParaView asks for `name`, by an <Option> and not by a <Set>. */
static bool is_option(const xmlNode *server, const char *name)
{
    const xmlNode *options = pvhop_xml_child(pvhop_entry_startup(server), "Options");

    for (const xmlNode *o = pvhop_xml_first(options); o; o = pvhop_xml_next(o)) {
        const char *its = pvhop_xml_attr(o, "name");

        if (pvhop_xml_is(o, "Option") && its && strcmp(its, name) == 0)
            return true;
    }
    return false;
}

/* The fields that reach pvhop by the environment: set, or proposed to the user. */
static int take_environment(struct pvhop_recipe *r, const xmlNode *server, struct pvhop_error *err)
{
    const struct pvhop_field *f;

    for (size_t n = 0; (f = pvhop_field_row(n)); n++) {
        char env[PVHOP_FIELD_ENV];
        const char *value = pvhop_entry_option(server, pvhop_field_env(f, env));

        if (!value || !*value || pvhop_recipe_is_set(r, f->name))
            continue;
        /* A proposal that is the default anyway was not in the recipe. */
        if (is_option(server, env) && f->fallback && strcmp(value, f->fallback) == 0)
            continue;
        if (pvhop_recipe_set(r, f->name, value, err) != 0)
            return -1;
    }
    return 0;
}

/* Port and connect id, which are ParaView's own. */
static int take_client(struct pvhop_recipe *r, const xmlNode *server, struct pvhop_error *err)
{
    const char *resource = pvhop_xml_attr(server, "resource"), *colon;
    const char *id = pvhop_entry_option(server, "PV_CONNECT_ID");
    const char *port = pvhop_entry_option(server, "PV_SERVER_PORT");

    if (!port && resource && (colon = strrchr(resource, ':')) && strspn(colon + 1, "0123456789"))
        port = colon + 1;
    if (port && strcmp(port, "random") != 0 && !pvhop_recipe_is_set(r, "client-port") &&
        pvhop_recipe_set(r, "client-port", port, err) != 0)
        return -1;
    if (id && strcmp(id, "random") != 0 && !pvhop_recipe_is_set(r, "connect-id"))
        return pvhop_recipe_set(r, "connect-id", id, err);
    return 0;
}

static int count(char *const *words)
{
    int n = 0;

    while (words[n])
        n++;
    return n;
}

/* A recipe from its <Field>s; the same entry made of it must be the one that is there. */
static struct pvhop_recipe *from_hint(const struct pvhop_pvsc *f, const xmlNode *server,
                                      const char *name, struct pvhop_error *err)
{
    struct pvhop_recipe *r = pvhop_recipe_new();
    struct pvhop_pvsc *again = pvhop_pvsc_new();
    char **asked = pvhop_pvsc_asked(f, name), **now = NULL, **then = NULL;
    bool same = false;

    if (!r || !again || !asked) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the recipe");
        goto out;
    }
    for (const xmlNode *field = pvhop_xml_first(hint_of(server)); field;
         field = pvhop_xml_next(field)) {
        const char *key = pvhop_xml_attr(field, "name"), *value = pvhop_xml_attr(field, "value");

        if (key && value && pvhop_recipe_set(r, key, value, err) != 0)
            goto out;
    }
    if (pvhop_pvsc_add(again, name, r, PVHOP_STYLE_OPENSSH, (const char *const *)asked, false,
                       err) != 0)
        goto out;
    now = pvhop_pvsc_command(f, name, err);
    then = pvhop_pvsc_command(again, name, err);
    if (!now || !then)
        goto out;
    same = count(now) == count(then) &&
           strcmp(pvhop_pvsc_resource(f, name), pvhop_pvsc_resource(again, name)) == 0;
    for (int i = 0; same && now[i]; i++)
        same = strcmp(now[i], then[i]) == 0;
    if (!same)
        foreign(err, name, ": its command was changed since pvhop wrote it");
out:
    pvhop_args_free(now);
    pvhop_args_free(then);
    pvhop_args_free(asked);
    pvhop_pvsc_free(again);
    if (!same) {
        pvhop_recipe_free(r);
        r = NULL;
    }
    return r;
}

static struct pvhop_recipe *from_command(const xmlNode *server, char **words,
                                         struct pvhop_error *err)
{
    struct pvhop_recipe *r = pvhop_recipe_new();

    if (!r)
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the recipe");
    else if (pvhop_recipe_from_args(r, count(words) - 2, words + 2, NULL, NULL, err) >= 0 &&
             take_environment(r, server, err) == 0 && take_client(r, server, err) == 0)
        return r;
    pvhop_recipe_free(r);
    return NULL;
}

struct pvhop_recipe *pvhop_pvsc_recipe(const struct pvhop_pvsc *f, const char *name,
                                       struct pvhop_error *err)
{
    const xmlNode *server = pvhop_pvsc_find(f, name, err);
    struct pvhop_recipe *r = NULL;
    const char *style;
    char **words;

    if (!server || check_format(server, name, err) != 0 ||
        !(words = pvhop_pvsc_command(f, name, err)))
        return NULL;
    style = pvhop_xml_attr(hint_of(server), "style");
    if (runs_pvhop(words))
        r = from_command(server, words, err);
    else if (style && strcmp(style, "openssh") == 0)
        r = from_hint(f, server, name, err);
    else
        foreign(err, name, "");
    pvhop_args_free(words);
    return r;
}

char **pvhop_pvsc_asked(const struct pvhop_pvsc *f, const char *name)
{
    const xmlNode *server = pvhop_pvsc_find(f, name, NULL);
    const xmlNode *options = pvhop_xml_child(pvhop_entry_startup(server), "Options");
    bool pvhop_style = pvhop_pvsc_is_ours(f, name);
    const struct pvhop_field *field;
    size_t rows = 0, n = 0;
    char **asked;

    while (pvhop_field_row(rows))
        rows++;
    if (!(asked = calloc(rows + 1, sizeof(*asked))))
        return NULL;
    for (const xmlNode *o = pvhop_xml_first(options); o; o = pvhop_xml_next(o)) {
        const char *its = pvhop_xml_attr(o, "name");

        if (!pvhop_xml_is(o, "Option") || !its || n == rows)
            continue;
        for (size_t row = 0; (field = pvhop_field_row(row)); row++) {
            char env[PVHOP_FIELD_ENV];
            bool own =
                !pvhop_style && field->from_paraview && strcmp(field->from_paraview, its) == 0;

            if (!own && strcmp(pvhop_field_env(field, env), its) != 0)
                continue;
            if (!(asked[n] = strdup(field->name))) {
                pvhop_args_free(asked);
                return NULL;
            }
            n++;
            break;
        }
    }
    return asked;
}
