/* SPDX-License-Identifier: BSD-3-Clause */
/* From an entry that others wrote to one of pvhop's: the frame. The work is in convert_*.c. */
#include "convert_private.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- strings ---- */

/* Takes `text`. */
static bool push(char ***list, size_t n, char *text)
{
    char **more = text ? realloc(*list, (n + 2) * sizeof(*more)) : NULL;

    if (!more) {
        free(text);
        return false;
    }
    *list = more;
    more[n] = text;
    more[n + 1] = NULL;
    return true;
}

static size_t count(char *const *list)
{
    size_t n = 0;

    while (list && list[n])
        n++;
    return n;
}

const char *convert_keep(struct convert *c, char *text)
{
    if (push(&c->pool, c->n_pool, text))
        return c->pool[c->n_pool++];
    c->failed = true;
    return "";
}

static char *print(const char *format, va_list ap)
{
    char *text = NULL;

    return vasprintf(&text, format, ap) < 0 ? NULL : text;
}

const char *convert_printf(struct convert *c, const char *format, ...)
{
    va_list ap;
    char *text;

    va_start(ap, format);
    text = print(format, ap);
    va_end(ap);
    return convert_keep(c, text);
}

static void say(struct convert *c, char ***list, char *text)
{
    if (text)
        pvhop_make_printable(text);
    for (char **s = *list; text && s && *s; s++)
        if (strcmp(*s, text) == 0) {
            free(text);
            return;
        }
    if (!push(list, count(*list), text))
        c->failed = true;
}

void convert_left(struct convert *c, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    say(c, &c->left, print(format, ap));
    va_end(ap);
}

void convert_changed(struct convert *c, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    say(c, &c->changed, print(format, ap));
    va_end(ap);
}

void convert_not(struct convert *c, const char *format, ...)
{
    va_list ap;

    if (c->why)
        return;
    va_start(ap, format);
    c->why = print(format, ap);
    va_end(ap);
    if (c->why)
        pvhop_make_printable(c->why);
    else
        c->failed = true;
}

/* ---- what is in the old entry ---- */

/* An <SSHCommand>: host, user and tunnel stand in attributes. */
static void from_ssh_command(struct convert *c, const xmlNode *command)
{
    const xmlNode *config = pvhop_xml_child(command, "SSHConfig");
    const char *user = pvhop_xml_attr(config, "user"), *port = pvhop_xml_attr(config, "port"),
               *resource = pvhop_xml_attr(c->server, "resource"),
               *host = resource ? strstr(resource, "://") : NULL;
    char *line = pvhop_entry_ssh_command_words(c->server),
         **words = line ? pvhop_split_command(line) : NULL;

    c->failed |= !words;
    if (!host || !strcspn(host + 3, ":/"))
        convert_not(c, "Its resource '%.200s' names no host.", resource ? resource : "");
    else
        convert_set(c, "host", convert_printf(c, "%.*s", (int)strcspn(host + 3, ":/"), host + 3));
    if (user && *user)
        convert_set(c, "user", user);
    if (port && *port)
        convert_set(c, "port", port);
    c->tunnel = pvhop_xml_child(config, "PortForwarding") != NULL;
    if (words && !c->why)
        convert_remote_command(c, words);
    pvhop_args_free(words);
    free(line);
}

static void from_command(struct convert *c)
{
    char *line = pvhop_entry_command_line(c->server),
         **words = line ? pvhop_split_command(line) : NULL;

    if (!words)
        c->failed = true;
    else if (!words[0])
        convert_not(c, "Its command is empty.");
    else
        convert_local_command(c, words);
    pvhop_args_free(words);
    free(line);
}

static void read_entry(struct convert *c)
{
    const xmlNode *startup = pvhop_entry_startup(c->server);
    const xmlNode *ssh = pvhop_xml_child(startup, "SSHCommand");
    const char *resource = pvhop_xml_attr(c->server, "resource");

    if (resource && strncmp(resource, "builtin", 7) == 0)
        convert_not(c, "It is ParaView's built-in server.");
    else if (resource && (strncmp(resource, "cdsrs", 5) == 0))
        convert_not(c, "It uses a data server and a render server, which pvhop does not know.");
    else if (!startup)
        convert_not(c, "It runs no command: pvserver is started by hand, so the entry does not "
                       "say where and how.");
    else if (pvhop_xml_child(startup, "Command"))
        from_command(c);
    else if (ssh)
        from_ssh_command(c, ssh);
    else
        convert_not(c, "Its CommandStartup holds no command.");
}

/* ---- what makes a recipe whole ---- */

static bool is_asked(const struct convert *c, const char *field)
{
    for (size_t i = 0; i < c->n_asked; i++)
        if (strcmp(c->asked[i].field->name, field) == 0)
            return true;
    return false;
}

static void settle(struct convert *c)
{
    static const char *const job[] = {"queue",  "account", "walltime",    "nodes",
                                      "memory", "gpus",    "reservation", "processes"};
    const char *named, *says = "";
    bool has_job = false;

    for (size_t i = 0; i < sizeof(job) / sizeof(job[0]); i++)
        has_job = has_job || is_asked(c, job[i]) || pvhop_recipe_is_set(c->recipe, job[i]);
    if (has_job && !pvhop_recipe_is_set(c->recipe, "scheduler") &&
        (named = convert_scheduler_named(c, &says))) {
        c->failed |= pvhop_recipe_set(c->recipe, "scheduler", named, NULL) != 0;
        convert_changed(c, "The batch system is taken to be %s, as '%.100s' says.", named, says);
    }
    if (has_job && !pvhop_recipe_is_set(c->recipe, "scheduler")) {
        c->failed |= pvhop_recipe_set(c->recipe, "scheduler", "auto", NULL) != 0;
        convert_left(c, "Which batch system the host has is not said; pvhop looks for one. Name it "
                        "with --scheduler to be sure.");
    }
    if (c->script)
        convert_left(c,
                     "What '%.200s' does cannot be seen in the entry. pvhop starts pvserver "
                     "without it: say how, with --pvserver, --prelude and --mpi.%s%s%s",
                     c->script, c->arguments ? " It was given '" : "",
                     c->arguments ? c->arguments : "", c->arguments ? "'." : "");
    if (c->tunnel && !c->script && !has_job)
        c->failed |= pvhop_recipe_set(c->recipe, "route", "tunnel", NULL) != 0;
    if (c->tunnel)
        convert_changed(c, "The ports of the tunnel are chosen by pvhop at each connect.");
    convert_changed(c, "ParaView draws its port and a connect id at each connect.");
}

/* ---- the new entry ---- */

static xmlNode *new_option(xmlNode *options, const char *name)
{
    for (xmlNode *o = pvhop_xml_first(options); o; o = pvhop_xml_next(o)) {
        const char *its = pvhop_xml_attr(o, "name");

        if (pvhop_xml_is(o, "Option") && its && strcmp(its, name) == 0)
            return o;
    }
    return NULL;
}

static void copy_attribute(struct pvhop_builder *b, xmlNode *to, const xmlNode *from,
                           const char *name)
{
    const char *value = pvhop_xml_attr(from, name);

    if (value)
        pvhop_xml_set(b, to, name, value);
}

/* The old label, the old choices and bounds; what is proposed stays the recipe's. */
static void keep_input(struct pvhop_builder *b, xmlNode *option, const struct convert_asked *asked)
{
    xmlNode *typed = pvhop_xml_first(option), *copy;
    const char *value = pvhop_xml_attr(typed, "default");

    copy_attribute(b, option, asked->option, "label");
    copy_attribute(b, option, asked->option, "save");
    if (pvhop_xml_is(pvhop_xml_first(asked->option), "String"))
        return;
    copy = xmlDocCopyNode(pvhop_xml_first(asked->option), option->doc, 1);
    if (!copy || !typed) {
        b->failed = true;
        xmlFreeNode(copy);
        return;
    }
    if (value && *value)
        pvhop_xml_set(b, copy, "default", value);
    else
        xmlUnsetProp(copy, (const xmlChar *)"default");
    xmlReplaceNode(typed, copy);
    xmlFreeNode(typed);
}

static int finish_entry(struct convert *c, struct pvhop_pvsc *into, const char *name,
                        struct pvhop_error *err)
{
    xmlNode *server = pvhop_pvsc_find(into, name, err);
    xmlNode *options = pvhop_xml_child(pvhop_entry_startup(server), "Options");
    struct pvhop_builder b = {0};

    for (size_t i = 0; i < c->n_asked; i++) {
        char env[PVHOP_FIELD_ENV];
        xmlNode *option = new_option(options, pvhop_field_env(c->asked[i].field, env));

        if (option && c->asked[i].option)
            keep_input(&b, option, &c->asked[i]);
    }
    for (size_t i = 0; options && i < c->n_kept; i++) {
        xmlNode *copy = xmlDocCopyNode((xmlNode *)(uintptr_t)c->kept[i], options->doc, 1);

        if (!copy)
            b.failed = true;
        else
            xmlAddChild(options, copy);
    }
    return b.failed ? pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry") : 0;
}

static int write_entry(struct convert *c, struct pvhop_pvsc *into, const char *name, bool replace,
                       struct pvhop_error *err)
{
    const char *ask[CONVERT_ASK_MAX + 1] = {NULL};
    struct pvhop_error why = {0};

    for (size_t i = 0; i < c->n_asked; i++)
        ask[i] = c->asked[i].field->name;
    if (pvhop_recipe_check(c->recipe, &why) != 0) {
        convert_not(c, "What it says makes no whole entry: %s.", why.why);
        return 0;
    }
    if (pvhop_pvsc_add(into, name, c->recipe, PVHOP_STYLE_PVHOP, ask, replace, err) != 0)
        return -1;
    return finish_entry(c, into, name, err);
}

static int convert_foreign(struct convert *c, struct pvhop_pvsc *into, const char *name,
                           bool replace, struct pvhop_error *err)
{
    read_entry(c);
    if (!c->why && !c->failed) {
        convert_remaining_options(c);
        settle(c);
        if (!c->failed && write_entry(c, into, name, replace, err) != 0)
            return -1;
    }
    return c->failed ? pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry") : 0;
}

int pvhop_pvsc_convert(const struct pvhop_pvsc *from, const char *name, struct pvhop_pvsc *into,
                       bool replace, struct pvhop_conversion *out, struct pvhop_error *err)
{
    struct convert c = {.server = pvhop_pvsc_find(from, name, err)};
    struct pvhop_recipe *ours = NULL;
    int rc = -1;

    memset(out, 0, sizeof(*out));
    if (!c.server)
        return -1;
    if ((ours = pvhop_pvsc_recipe(from, name, NULL)) || pvhop_pvsc_is_ours(from, name)) {
        out->result = PVHOP_CONVERTED_BEFORE;
        rc = pvhop_pvsc_copy(into, from, name, replace, err);
        goto out;
    }
    c.recipe = pvhop_recipe_new();
    if (!c.recipe) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the recipe");
        goto out;
    }
    rc = convert_foreign(&c, into, name, replace, err);
    out->result = c.why ? PVHOP_NOT_CONVERTED : c.left ? PVHOP_CONVERTED_IN_PART : PVHOP_CONVERTED;
    out->why = c.why;
    if (c.why) {
        pvhop_args_free(c.left);
        pvhop_args_free(c.changed);
    } else {
        out->left = c.left;
        out->changed = c.changed;
    }
out:
    if (rc != 0)
        pvhop_conversion_clear(out);
    pvhop_recipe_free(ours);
    pvhop_recipe_free(c.recipe);
    pvhop_args_free(c.used);
    pvhop_args_free(c.pool);
    return rc;
}

const char *pvhop_conversion_name(enum pvhop_conversion_result result)
{
    static const char *const names[] = {
        [PVHOP_CONVERTED] = "converted",
        [PVHOP_CONVERTED_IN_PART] = "in-part",
        [PVHOP_NOT_CONVERTED] = "not",
        [PVHOP_CONVERTED_BEFORE] = "pvhop",
    };

    return names[result];
}

void pvhop_conversion_clear(struct pvhop_conversion *c)
{
    free(c->why);
    pvhop_args_free(c->left);
    pvhop_args_free(c->changed);
    memset(c, 0, sizeof(*c));
}
