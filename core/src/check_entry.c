/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules on an entry as a whole: its name, resource, startup and command. */
#include "check_private.h"
#include "text.h"
#include <pvhop/endpoint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void check_name(struct check *c)
{
    const char *name = pvhop_xml_attr(c->server, "name");

    if (!name || !*name)
        check_report(c, c->server, "the entry has no name");
}

void check_duplicate(struct check *c)
{
    const char *name = pvhop_xml_attr(c->server, "name");

    if (!name || pvhop_pvsc_find(c->file, name, NULL) == c->server)
        return; /* the last of that name, as nearly all are */
    for (const xmlNode *later = pvhop_xml_next(c->server); later; later = pvhop_xml_next(later)) {
        const char *its = pvhop_xml_attr(later, "name");
        unsigned line, column;

        if (!pvhop_xml_is(later, "Server") || !its || strcmp(its, name) != 0)
            continue;
        pvhop_xml_place(later, &line, &column);
        check_report(c, c->server, "the entry '%s' of line %u takes this one's place", name, line);
        return;
    }
}

/* "host:port" or "host", of `len` bytes. */
static void check_place(struct check *c, const char *text, size_t len)
{
    const char *colon = memchr(text, ':', len);
    char port[8];
    uint16_t number;

    if ((len == 0 || text[0] == ':') && !check_is_reverse(c->server)) {
        check_report(c, c->server, "the resource '%s' names no host",
                     pvhop_xml_attr(c->server, "resource"));
        return;
    }
    if (!colon || text[0] == '[') /* the default port, or an address with colons of its own */
        return;
    len -= (size_t)(colon + 1 - text);
    snprintf(port, sizeof(port), "%.*s", (int)(len < 7 ? len : 7), colon + 1);
    if (pvhop_port_parse(port, &number, NULL) != 0 || number == 0)
        check_report(c, c->server, "'%.*s' is not a port", (int)len, colon + 1);
}

void check_resource(struct check *c)
{
    static const struct {
        const char *scheme;
        int hosts;
    } known[] = {{"builtin", 0}, {"cs", 1}, {"csrc", 1}, {"cdsrs", 2}, {"cdsrsrc", 2}};
    const char *resource = pvhop_xml_attr(c->server, "resource"), *first, *second;
    char scheme[16];
    size_t i = 0;

    if (!resource || !check_scheme(c->server, scheme)) {
        check_report(c, c->server, "the resource '%s' is not like csrc://host:11111",
                     resource ? resource : "");
        return;
    }
    while (i < 5 && strcmp(known[i].scheme, scheme) != 0)
        i++;
    if (i == 5) {
        check_report(c, c->server, "'%s' is not one of builtin, cs, csrc, cdsrs, cdsrsrc", scheme);
        return;
    }
    if (known[i].hosts == 0)
        return;
    first = resource + strlen(scheme) + 1;
    if (strncmp(first, "//", 2) != 0) {
        check_report(c, c->server, "the resource '%s' names no host", resource);
        return;
    }
    first += 2;
    second = strstr(first, "//");
    if (second && known[i].hosts == 1)
        check_report(c, c->server, "'%s' has two hosts; that is cdsrs or cdsrsrc", resource);
    else if (!second && known[i].hosts == 2)
        check_report(c, c->server, "%s needs a data server and a render server, //a:1//b:2",
                     scheme);
    check_place(c, first, strcspn(first, "/"));
    if (second)
        check_place(c, second + 2, strcspn(second + 2, "/"));
}

static bool is_builtin(const xmlNode *server)
{
    char scheme[16];

    return check_scheme(server, scheme) && strcmp(scheme, "builtin") == 0;
}

void check_startup(struct check *c)
{
    if (!is_builtin(c->server) && !pvhop_xml_child(c->server, "ManualStartup") &&
        !pvhop_xml_child(c->server, "CommandStartup"))
        check_report(c, c->server, "ParaView does not know how to start this");
}

void check_two_startups(struct check *c)
{
    const xmlNode *command = pvhop_xml_child(c->server, "CommandStartup");

    if (command && pvhop_xml_child(c->server, "ManualStartup"))
        check_report(c, command, "the CommandStartup is never used");
}

void check_no_command(struct check *c)
{
    const xmlNode *startup = pvhop_entry_startup(c->server), *command = check_command(c->server);
    const char *exec = pvhop_xml_attr(command, "exec");

    if (startup && !command)
        check_report(c, startup, "there is no Command");
    else if (command && (!exec || !*exec))
        check_report(c, command, "%s has no exec", (const char *)command->name);
}

static bool is_one_of(const xmlNode *node, const char *const *names)
{
    for (; *names; names++)
        if (pvhop_xml_is(node, *names))
            return true;
    return false;
}

static void check_children(struct check *c, const xmlNode *parent, const char *const *names)
{
    for (const xmlNode *child = pvhop_xml_first(parent); child; child = pvhop_xml_next(child))
        if (!is_one_of(child, names))
            check_report(c, child, "<%s> means nothing inside <%s>", (const char *)child->name,
                         (const char *)parent->name);
}

void check_unknown_element(struct check *c)
{
    static const char *const in_server[] = {"ManualStartup", "CommandStartup", "Hints", NULL};
    static const char *const in_startup[] = {"Options", "Command", "SSHCommand", NULL};
    static const char *const in_options[] = {"Option", "Set", "Switch", NULL};
    static const char *const in_command[] = {"Arguments", "SSHConfig", NULL};
    static const char *const in_config[] = {"Terminal", "SSH", "Askpass", "PortForwarding", NULL};
    static const char *const in_arguments[] = {"Argument", NULL};
    const xmlNode *command = check_command(c->server);

    check_children(c, c->server, in_server);
    check_children(c, pvhop_entry_startup(c->server), in_startup);
    check_children(c, check_options(c->server), in_options);
    check_children(c, command, in_command);
    check_children(c, pvhop_xml_child(command, "SSHConfig"), in_config);
    check_children(c, pvhop_xml_child(command, "Arguments"), in_arguments);
}

/* The attributes that ParaView reads, of each element of an entry. */
static const struct attributes {
    const char *element, *names[6];
} attributes[] = {
    {"Server", {"name", "resource", "timeout", "configuration", "owner"}},
    {"Command", {"exec", "process_wait", "delay", "timeout"}},
    {"SSHCommand", {"exec", "process_wait", "delay", "timeout"}},
    {"Argument", {"value"}},
    {"SSHConfig", {"user", "port"}},
    {"Terminal", {"exec", "command_option"}},
    {"SSH", {"exec"}},
    {"PortForwarding", {"local"}},
    {"Option", {"name", "label", "save", "readonly"}},
    {"Set", {"name", "value"}},
    {"Switch", {"name"}},
    {"Case", {"value"}},
    {"Range", {"type", "min", "max", "step", "default"}},
    {"String", {"default"}},
    {"Password", {"default"}},
    {"File", {"default"}},
    {"Boolean", {"true", "false", "default"}},
    {"Enumeration", {"default"}},
    {"Entry", {"value", "label"}},
};

/* What a name that the element does not have was to be; NULL: it has it, or it is like none. */
static const char *meant(const xmlNode *node, const struct attributes *known, const char *name)
{
    const char *nearest = NULL;
    size_t best = 3;

    for (const char *const *n = known->names; *n; n++) {
        size_t d = pvhop_text_distance(name, strlen(name), *n);

        if (d == 0)
            return NULL;
        if (strcasecmp(name, *n) == 0)
            d = 1;
        if (d < best && 2 * d < strlen(*n) && !pvhop_xml_attr(node, *n)) {
            best = d;
            nearest = *n;
        }
    }
    return nearest;
}

static void find_mistyped(struct check *c, const xmlNode *node)
{
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        if (!pvhop_xml_is(node, attributes[i].element))
            continue;
        for (const xmlAttr *a = node->properties; a; a = a->next) {
            const char *name = (const char *)a->name, *known = meant(node, &attributes[i], name);

            if (known)
                check_report(c, node, "'%.64s' of <%s> is not read; is it to be '%s'?", name,
                             (const char *)node->name, known);
        }
    }
    for (const xmlNode *child = pvhop_xml_first(node); child; child = pvhop_xml_next(child))
        find_mistyped(c, child);
}

void check_mistyped_attribute(struct check *c)
{
    find_mistyped(c, c->server);
}

static void find_text(struct check *c, const xmlNode *node)
{
    for (const xmlNode *child = node->children; child; child = child->next) {
        if (child->type == XML_ELEMENT_NODE)
            find_text(c, child);
        else if (child->type == XML_TEXT_NODE && !xmlIsBlankNode(child)) {
            const char *text =
                (const char *)child->content + strspn((const char *)child->content, " \t\r\n");

            check_report(c, node, "'%.*s' in <%s> is not read", (int)strcspn(text, "\r\n"), text,
                         (const char *)node->name);
        }
    }
}

void check_stray_text(struct check *c)
{
    find_text(c, c->server);
}

void check_connect_id(struct check *c)
{
    if (!is_builtin(c->server) && pvhop_entry_startup(c->server) &&
        !check_defines(c->server, "PV_CONNECT_ID"))
        check_report(c, c->server, "no option PV_CONNECT_ID: any pvserver that comes is taken");
}

void check_fixed_port(struct check *c)
{
    const char *resource = pvhop_xml_attr(c->server, "resource");

    if (check_is_reverse(c->server) && pvhop_entry_startup(c->server) &&
        !check_has_option(c->server, "PV_SERVER_PORT") &&
        !check_has_option(c->server, "PV_DATA_SERVER_PORT"))
        check_report(c, c->server, "ParaView listens on the port of '%s', whoever else uses it",
                     resource);
}

void check_port_forwarding(struct check *c)
{
    const xmlNode *forwarding =
        pvhop_xml_child(pvhop_xml_child(check_command(c->server), "SSHConfig"), "PortForwarding");
    const char *local = pvhop_xml_attr(forwarding, "local"),
               *resource = pvhop_xml_attr(c->server, "resource");
    const char *port = resource ? strrchr(resource, ':') : NULL;

    if (!local || !check_is_reverse(c->server))
        return;
    port = port && port[1] != '/' ? port + 1 : "11111";
    if (strcmp(port, local) != 0)
        check_report(c, forwarding, "the tunnel ends at port %s, but ParaView listens on %s", local,
                     port);
}

void check_short_delay(struct check *c)
{
    const xmlNode *command = check_command(c->server);
    const char *delay = pvhop_xml_attr(command, "delay");
    double seconds = delay ? strtod(delay, NULL) : 0;

    if (!command || is_builtin(c->server) || check_is_reverse(c->server))
        return;
    if (seconds >= 0 && seconds < 5)
        check_report(c, command, "%g s between the command and the first attempt to connect",
                     seconds);
}

void check_old_timeout(struct check *c)
{
    const xmlNode *command = check_command(c->server);

    if (pvhop_xml_attr(command, "timeout"))
        check_report(c, command, "timeout=\"%s\" is the old name of process_wait",
                     pvhop_xml_attr(command, "timeout"));
}

/* The attribute keeps its place; where the new name is there too, that one counts. */
int mend_old_timeout(xmlNode *server)
{
    xmlNode *command = check_command(server);
    xmlAttr *old = command ? xmlHasProp(command, (const xmlChar *)"timeout") : NULL;

    if (!old)
        return 0;
    if (pvhop_xml_attr(command, "process_wait"))
        return xmlRemoveProp(old) == 0 ? 1 : -1;
    xmlNodeSetName((xmlNode *)old, (const xmlChar *)"process_wait");
    return 1;
}
