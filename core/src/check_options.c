/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules on what an entry asks for, and on the $NAME$s of its command. */
#include "check_private.h"
#include <stdlib.h>
#include <string.h>

/* Calls `each` for the children of <Options> that are `name` elements. */
static void each_option(struct check *c, const char *name,
                        void (*each)(struct check *c, const xmlNode *option))
{
    for (const xmlNode *o = pvhop_xml_first(check_options(c->server)); o; o = pvhop_xml_next(o))
        if (pvhop_xml_is(o, name))
            each(c, o);
}

static void needs_name(struct check *c, const xmlNode *o)
{
    const char *name = pvhop_xml_attr(o, "name");

    if (name && *name)
        return;
    if (pvhop_xml_is(o, "Switch") && pvhop_xml_attr(o, "variable"))
        check_report(c, o, "a Switch names its variable in 'name', not in 'variable'");
    else
        check_report(c, o, "<%s> has no name", (const char *)o->name);
}

void check_option_name(struct check *c)
{
    each_option(c, "Option", needs_name);
    each_option(c, "Set", needs_name);
    each_option(c, "Switch", needs_name);
}

static void needs_type(struct check *c, const xmlNode *o)
{
    static const char *const types[] = {"Range", "String",  "Password",
                                        "File",  "Boolean", "Enumeration"};
    const xmlNode *type = pvhop_xml_first(o);
    const char *name = pvhop_xml_attr(o, "name");

    if (!type) {
        check_report(c, o, "option '%s' has no type", name ? name : "");
        return;
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (pvhop_xml_is(type, types[i])) {
            if (pvhop_xml_next(type))
                check_report(c, pvhop_xml_next(type), "only the first type of option '%s' counts",
                             name ? name : "");
            return;
        }
    check_report(c, type, "<%s> is not one of Range, String, Password, File, Boolean, Enumeration",
                 (const char *)type->name);
}

void check_option_type(struct check *c)
{
    each_option(c, "Option", needs_type);
}

static void needs_default(struct check *c, const xmlNode *o)
{
    const xmlNode *type = pvhop_xml_first(o);
    const char *min = pvhop_xml_attr(type, "min"), *name = pvhop_xml_attr(o, "name");

    if (pvhop_xml_is(type, "Range") && !pvhop_xml_attr(type, "default"))
        check_report(c, type, "'%s' begins at %s", name ? name : "", min ? min : "0");
}

void check_range_default(struct check *c)
{
    each_option(c, "Option", needs_default);
}

static void needs_label(struct check *c, const xmlNode *o)
{
    const char *label = pvhop_xml_attr(o, "label"), *name = pvhop_xml_attr(o, "name");

    if (name && (!label || !*label))
        check_report(c, o, "option '%s' has no label", name);
}

void check_label(struct check *c)
{
    each_option(c, "Option", needs_label);
}

static bool is_saved_password(const xmlNode *o)
{
    const char *save = pvhop_xml_attr(o, "save");

    return pvhop_xml_is(o, "Option") && pvhop_xml_is(pvhop_xml_first(o), "Password") &&
           (!save || strcmp(save, "true") == 0);
}

static void saves_password(struct check *c, const xmlNode *o)
{
    const char *name = pvhop_xml_attr(o, "name");

    if (is_saved_password(o))
        check_report(c, o, "the password '%s' is kept in ParaView's settings", name ? name : "");
}

void check_password(struct check *c)
{
    each_option(c, "Option", saves_password);
}

int mend_password(xmlNode *server)
{
    int places = 0;

    for (xmlNode *o = pvhop_xml_first(check_options(server)); o; o = pvhop_xml_next(o)) {
        if (!is_saved_password(o))
            continue;
        if (!xmlSetProp(o, (const xmlChar *)"save", (const xmlChar *)"false"))
            return -1;
        places++;
    }
    return places;
}

/* What ParaView defines by itself (pqServerLauncher, getDefaultEnvironment). */
static bool is_predefined(const char *name)
{
    static const char *const names[] = {
        "PV_CLIENT_HOST",      "PV_CONNECTION_URI",     "PV_CONNECTION_SCHEME",
        "PV_VERSION",          "PV_VERSION_MAJOR",      "PV_VERSION_MINOR",
        "PV_VERSION_PATCH",    "PV_VERSION_FULL",       "PV_SERVER_HOST",
        "PV_SERVER_PORT",      "PV_SSH_PF_SERVER_PORT", "PV_DATA_SERVER_HOST",
        "PV_DATA_SERVER_PORT", "PV_RENDER_SERVER_HOST", "PV_RENDER_SERVER_PORT",
        "PV_CLIENT_PLATFORM",  "PV_APPLICATION_DIR",    "PV_APPLICATION_NAME"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* What ParaView's own environment has nearly everywhere. */
static bool is_environment(const char *name)
{
    static const char *const names[] = {
        "HOME",     "USER",        "LOGNAME", "PATH", "SHELL", "DISPLAY", "HOSTNAME",    "TERMINAL",
        "USERNAME", "USERPROFILE", "APPDATA", "TEMP", "TMP",   "TMPDIR",  "ProgramFiles"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void needs_cases(struct check *c, const xmlNode *s)
{
    const char *name = pvhop_xml_attr(s, "name");

    if (name && !check_defines(c->server, name) && !is_predefined(name) && !is_environment(name))
        check_report(c, s, "the Switch does nothing: there is no variable '%s'", name);
    if (!pvhop_xml_child(s->parent, "Option"))
        check_report(c, s,
                     "the Switch does nothing: ParaView looks at it after its window of "
                     "options, and this entry asks for none");
    for (const xmlNode *kase = pvhop_xml_first(s); kase; kase = pvhop_xml_next(kase))
        if (!pvhop_xml_is(kase, "Case") || !pvhop_xml_attr(kase, "value"))
            check_report(c, kase, "a Switch holds <Case value=\"...\">, not <%s>%s",
                         (const char *)kase->name,
                         pvhop_xml_is(kase, "Case") ? " without a value" : "");
}

void check_switch(struct check *c)
{
    each_option(c, "Switch", needs_cases);
}

/* ---- $NAME$ ---- */

static bool uses(const struct check *c, const char *name)
{
    char *variable = NULL;
    bool found;

    if (!c->command.s || asprintf(&variable, "$%s$", name) < 0)
        return false;
    found = strstr(c->command.s, variable) != NULL;
    free(variable);
    return found;
}

static bool decides_switch(const struct check *c, const char *name)
{
    for (const xmlNode *s = pvhop_xml_first(check_options(c->server)); s; s = pvhop_xml_next(s)) {
        const char *its = pvhop_xml_attr(s, "name");

        if (pvhop_xml_is(s, "Switch") && its && strcmp(its, name) == 0)
            return true;
    }
    return false;
}

/* Options that mean something to ParaView itself. */
static bool is_paraviews(const char *name)
{
    return strcmp(name, "PV_CONNECT_ID") == 0 || is_predefined(name);
}

static void needs_use(struct check *c, const xmlNode *o)
{
    const char *name = pvhop_xml_attr(o, "name");
    const char *exec = pvhop_xml_attr(check_command(c->server), "exec");
    bool by_environment = exec && strstr(exec, "pvhop") && name && !strncmp(name, "PVHOP_", 6);

    if (name && check_command(c->server) && !uses(c, name) && !is_paraviews(name) &&
        !decides_switch(c, name) && !by_environment)
        check_report(c, o, "'%s' is asked for, but the command has no $%s$", name, name);
}

void check_unused_option(struct check *c)
{
    each_option(c, "Option", needs_use);
}

static void is_port(struct check *c, const xmlNode *o)
{
    const char *name = pvhop_xml_attr(o, "name");

    if (name && !is_paraviews(name) && strstr(name, "PORT") && uses(c, name) &&
        check_is_reverse(c->server) && !check_has_option(c->server, "PV_SERVER_PORT"))
        check_report(c, o, "'%s' changes the command, but not the port on which ParaView listens",
                     name);
}

void check_port_option(struct check *c)
{
    each_option(c, "Option", is_port);
}

static bool is_ascii(const char *text)
{
    while (*text && (unsigned char)*text < 0x80)
        text++;
    return !*text;
}

void check_undefined(struct check *c)
{
    const char *p = c->command.s;

    while (p && (p = strchr(p, '$'))) {
        size_t len = strcspn(p + 1, "$ \n");
        char name[128];

        if (p[1 + len] != '$' || len >= sizeof(name)) {
            p++;
            continue;
        }
        memcpy(name, p + 1, len);
        name[len] = '\0';
        if (len > 0 && !check_defines(c->server, name) && !is_predefined(name) &&
            !is_environment(name))
            check_report(c, check_command(c->server), "nothing defines $%s$", name);
        p += len + 2;
    }
}

void check_double_dollar(struct check *c)
{
    const char *p = c->command.s;

    while (p && (p = strchr(p, '$'))) {
        size_t len = strcspn(p + 1, "$ \n");

        if (p[1 + len] == '$' && len == 0) {
            check_report(c, check_command(c->server), "$$ is taken out of the command");
            return;
        }
        p += p[1 + len] == '$' ? len + 2 : 1;
    }
}

void check_not_ascii(struct check *c)
{
    const xmlNode *command = check_command(c->server),
                  *arguments = pvhop_xml_child(command, "Arguments");
    const char *exec = pvhop_xml_attr(command, "exec");

    if (exec && !is_ascii(exec))
        check_report(c, command, "ParaView on Qt 5 garbles '%s' in exec", exec);
    for (const xmlNode *a = pvhop_xml_first(arguments); a; a = pvhop_xml_next(a)) {
        const char *value = pvhop_xml_attr(a, "value");

        if (value && !is_ascii(value))
            check_report(c, a, "ParaView on Qt 5 garbles '%s'", value);
    }
}

void check_endless(struct check *c)
{
    const char *name = pvhop_xml_attr(c->server, "name");
    struct pvhop_error err = {0};
    char **words;

    if (!name || pvhop_pvsc_find(c->file, name, NULL) != c->server)
        return;
    words = pvhop_pvsc_command(c->file, name, &err);
    if (!words && err.code == PVHOP_E_PVSC_PARSE)
        check_report(c, check_command(c->server), "ParaView replaces values in it without an end");
    pvhop_args_free(words);
}

void check_forward_failure(struct check *c)
{
    const char *text = c->command.s;
    bool reverse =
        text && (strncmp(text, "-R", 2) == 0 || strstr(text, "\n-R") || strstr(text, " -R"));

    if (reverse && !strcasestr(text, "ExitOnForwardFailure") && !strcasestr(text, "plink"))
        check_report(c, check_command(c->server),
                     "if the port of -R is taken, pvserver starts without a way back");
}
