/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Entries whose command is `pvhop connect`. What ParaView does with them (5.11):
 * - a value with spaces, quotes or dollars would not survive the command line and the Edit page, so
 *   it goes as <Set> into the environment, where pvhop reads PVHOP_NAME;
 * - the port on which ParaView listens is the resource's, or that of an option PV_SERVER_PORT; a
 *   port that is taken makes the connection fail, so it is drawn anew unless the recipe says one;
 * - a connect id, drawn anew too, keeps a stranger's pvserver out.
 */
#include "pvsc_private.h"
#include <stdlib.h>
#include <string.h>

/*
 * Below the ports that Linux (32768 and up), macOS and Windows (49152 and up) give to outgoing
 * connections, so none of these is taken by chance; and wide, for people who share a machine.
 */
#define PORT_FIRST "20001"
#define PORT_LAST "32000"
enum { LOGIN_S = 180, QUEUE_S = 86400 };

void pvhop_resource_host(const struct pvhop_recipe *r, char *out, size_t size)
{
    const char *host = pvhop_recipe_get(r, "host"), *at;
    size_t n = 0;

    if (!host)
        host = "host";
    if ((at = strrchr(host, '@')))
        host = at + 1;
    if (*host == '[')
        host++;
    /* "fe:22" loses its port; an address with colons would not be read as one, so they go. */
    bool literal = strchr(host, ':') != strrchr(host, ':');
    for (; *host && *host != ']' && n + 1 < size; host++) {
        if (*host == ':' && !literal)
            break;
        out[n++] = *host == ':' || *host == '%' ? '-' : *host;
    }
    out[n] = '\0';
}

void pvhop_entry_set(struct pvhop_builder *b, xmlNode *options, const char *name, const char *value)
{
    xmlNode *set = pvhop_xml_add(b, options, "Set");

    pvhop_xml_set(b, set, "name", name);
    pvhop_xml_set(b, set, "value", value);
}

static xmlNode *add_option(struct pvhop_builder *b, xmlNode *options, const char *name,
                           const char *label)
{
    xmlNode *option = pvhop_xml_add(b, options, "Option");

    pvhop_xml_set(b, option, "name", name);
    pvhop_xml_set(b, option, "label", label);
    return option;
}

static void add_drawn(struct pvhop_builder *b, xmlNode *options, const char *name,
                      const char *label, bool readonly, const char *first, const char *last)
{
    xmlNode *option = add_option(b, options, name, label), *range;

    pvhop_xml_set(b, option, "save", "false"); /* a drawn value that is kept is drawn no more */
    if (readonly)
        pvhop_xml_set(b, option, "readonly", "true");
    range = pvhop_xml_add(b, option, "Range");
    pvhop_xml_set(b, range, "type", "int");
    pvhop_xml_set(b, range, "min", first);
    pvhop_xml_set(b, range, "max", last);
    pvhop_xml_set(b, range, "step", "1");
    pvhop_xml_set(b, range, "default", "random");
}

void pvhop_entry_draw_port(struct pvhop_builder *b, xmlNode *options)
{
    add_drawn(b, options, "PV_SERVER_PORT", "Port of this computer", false, PORT_FIRST, PORT_LAST);
}

void pvhop_entry_draw_id(struct pvhop_builder *b, xmlNode *options)
{
    add_drawn(b, options, "PV_CONNECT_ID", "Number of this connection", true, "1", "2147483647");
}

static void add_enumeration(struct pvhop_builder *b, xmlNode *option, const char *choices,
                            const char *value)
{
    xmlNode *list = pvhop_xml_add(b, option, "Enumeration");

    if (value)
        pvhop_xml_set(b, list, "default", value);
    for (const char *p = choices; p;) {
        int len = (int)strcspn(p, "|");
        xmlNode *entry = pvhop_xml_add(b, list, "Entry");

        pvhop_xml_setf(b, entry, "value", "%.*s", len, p);
        pvhop_xml_setf(b, entry, "label", "%.*s", len, p);
        p = p[len] ? p + len + 1 : NULL;
    }
}

static void add_range(struct pvhop_builder *b, xmlNode *option, long first, long last,
                      const char *value)
{
    xmlNode *range = pvhop_xml_add(b, option, "Range");

    pvhop_xml_set(b, range, "type", "int");
    pvhop_xml_setf(b, range, "min", "%ld", first);
    pvhop_xml_setf(b, range, "max", "%ld", last);
    pvhop_xml_set(b, range, "step", "1");
    if (value)
        pvhop_xml_set(b, range, "default", value);
}

static bool is_local_file(const struct pvhop_field *f)
{
    return f->type == PVHOP_FIELD_PATH && f->group == PVHOP_GROUP_HOST;
}

/* An <Option> for a field that is asked at each connect, proposing the recipe's value. */
static void add_asked(struct pvhop_builder *b, xmlNode *options, const struct pvhop_field *f,
                      const char *value)
{
    char env[PVHOP_FIELD_ENV];
    xmlNode *option = add_option(b, options, pvhop_field_env(f, env), f->title), *typed;

    switch (f->type) {
    case PVHOP_FIELD_INT:
        add_range(b, option, f->min, f->max, value);
        return;
    case PVHOP_FIELD_PORT:
        add_range(b, option, 0, 65535, value);
        return;
    case PVHOP_FIELD_CHOICE:
        add_enumeration(b, option, f->choices, value);
        return;
    case PVHOP_FIELD_BOOL:
        typed = pvhop_xml_add(b, option, "Boolean");
        pvhop_xml_set(b, typed, "true", "yes");
        pvhop_xml_set(b, typed, "false", "no");
        break;
    default:
        typed = pvhop_xml_add(b, option, is_local_file(f) ? "File" : "String");
    }
    pvhop_xml_set(b, typed, "default", value ? value : "");
}

/* In the resource, or drawn by ParaView: not among the arguments. */
static bool is_special(const struct pvhop_field *f)
{
    return strcmp(f->name, "client-port") == 0 || strcmp(f->name, "connect-id") == 0;
}

static void add_options(struct pvhop_builder *b, xmlNode *options,
                        const struct pvhop_entry_plan *plan)
{
    const struct pvhop_recipe *r = plan->recipe;
    const struct pvhop_field *f;

    for (const char *const *ask = plan->ask; ask && *ask; ask++) {
        f = pvhop_field_find(*ask);
        if (!is_special(f))
            add_asked(b, options, f, pvhop_recipe_get(r, f->name));
    }
    if (!pvhop_recipe_is_set(r, "client-port") || pvhop_plan_asks(plan, "client-port"))
        pvhop_entry_draw_port(b, options);
    if (!pvhop_recipe_is_set(r, "connect-id") || pvhop_plan_asks(plan, "connect-id"))
        pvhop_entry_draw_id(b, options);
    else
        pvhop_entry_set(b, options, "PV_CONNECT_ID", pvhop_recipe_get(r, "connect-id"));
    for (size_t n = 0; (f = pvhop_field_row(n)); n++) {
        const char *value = pvhop_recipe_get(r, f->name);
        char env[PVHOP_FIELD_ENV];

        if (pvhop_recipe_is_set(r, f->name) && f->in_entry && !is_special(f) &&
            !pvhop_plan_asks(plan, f->name) && !pvhop_argument_is_plain(value))
            pvhop_entry_set(b, options, pvhop_field_env(f, env), value);
    }
}

static void add_argument(struct pvhop_builder *b, xmlNode *arguments, const char *value)
{
    pvhop_xml_set(b, pvhop_xml_add(b, arguments, "Argument"), "value", value);
}

static void add_arguments(struct pvhop_builder *b, xmlNode *arguments,
                          const struct pvhop_entry_plan *plan)
{
    const struct pvhop_field *f;

    add_argument(b, arguments, "connect");
    for (size_t n = 0; (f = pvhop_field_row(n)); n++) {
        const char *value = pvhop_recipe_get(plan->recipe, f->name);

        if (!pvhop_recipe_is_set(plan->recipe, f->name) || !f->in_entry || is_special(f) ||
            pvhop_plan_asks(plan, f->name) || !pvhop_argument_is_plain(value))
            continue;
        if (strcmp(f->name, "host") == 0)
            add_argument(b, arguments, value);
        else
            pvhop_xml_setf(b, pvhop_xml_add(b, arguments, "Argument"), "value", "--%s=%s", f->name,
                           value);
    }
}

/*
 * How long ParaView tries to connect (cs://), once a second, with a Cancel button: its own default
 * of 60 s may be over in a login, and in the queue of a batch system.
 */
static long try_seconds(const struct pvhop_recipe *r)
{
    long queue = strcmp(pvhop_recipe_get(r, "scheduler"), "none") == 0
                     ? 0
                     : pvhop_recipe_number(r, "timeout-queue", QUEUE_S);

    return LOGIN_S + queue + pvhop_recipe_number(r, "timeout-start", 120);
}

int pvhop_entry_fill_pvhop(struct pvhop_builder *b, xmlNode *server,
                           const struct pvhop_entry_plan *plan, struct pvhop_error *err)
{
    const struct pvhop_recipe *r = plan->recipe;
    bool waits = strcmp(pvhop_recipe_get(r, "client"), "listens") == 0;
    xmlNode *startup, *command, *hint;
    char host[300];

    (void)err;
    pvhop_resource_host(r, host, sizeof(host));
    /* A client that connects does so to pvhop, on this computer. */
    pvhop_xml_setf(b, server, "resource", "%s://%s:%ld", waits ? "csrc" : "cs",
                   waits ? host : "127.0.0.1",
                   pvhop_recipe_number(r, "client-port", PVHOP_PARAVIEW_PORT));
    if (!waits)
        pvhop_xml_setf(b, server, "timeout", "%ld", try_seconds(r));
    startup = pvhop_xml_add(b, server, "CommandStartup");
    add_options(b, pvhop_xml_add(b, startup, "Options"), plan);
    command = pvhop_xml_add(b, startup, "Command");
    pvhop_xml_set(b, command, "exec", "pvhop");
    pvhop_xml_set(b, command, "process_wait", "0");
    pvhop_xml_set(b, command, "delay", "0");
    add_arguments(b, pvhop_xml_add(b, command, "Arguments"), plan);
    hint = pvhop_xml_add(b, pvhop_xml_add(b, server, "Hints"), "pvhop");
    pvhop_xml_set(b, hint, "format", PVHOP_ENTRY_FORMAT);
    return 0;
}
