/* SPDX-License-Identifier: BSD-3-Clause */
#include "check_private.h"
#include "utf8.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct check_rule rules[] = {
    {{"name", PVHOP_ERROR, "An entry needs a name", false}, check_name, NULL},
    {{"duplicate-name", PVHOP_WARNING, "Of two entries with one name ParaView keeps the last",
      false},
     check_duplicate,
     NULL},
    {{"resource", PVHOP_ERROR, "The resource says the kind of connection, the host and the port",
      false},
     check_resource,
     NULL},
    {{"startup", PVHOP_ERROR, "An entry needs a ManualStartup or a CommandStartup", false},
     check_startup,
     NULL},
    {{"two-startups", PVHOP_WARNING, "A ManualStartup hides the CommandStartup", false},
     check_two_startups,
     NULL},
    {{"no-command", PVHOP_ERROR, "A CommandStartup needs a command to run", false},
     check_no_command,
     NULL},
    {{"unknown-element", PVHOP_WARNING, "ParaView ignores elements that it does not know", false},
     check_unknown_element,
     NULL},
    {{"mistyped-attribute", PVHOP_WARNING,
      "ParaView ignores attributes that it does not know; this looks like one that it does", false},
     check_mistyped_attribute,
     NULL},
    {{"stray-text", PVHOP_WARNING, "ParaView ignores text between elements", false},
     check_stray_text,
     NULL},
    {{"connect-id", PVHOP_WARNING,
      "Without a connect id, any pvserver that comes to the port is taken", false},
     check_connect_id,
     NULL},
    {{"fixed-port", PVHOP_WARNING,
      "A reverse connection on a fixed port fails where that port is taken", false},
     check_fixed_port,
     NULL},
    {{"port-option", PVHOP_WARNING,
      "Only an option PV_SERVER_PORT moves the port that ParaView itself uses", false},
     check_port_option,
     NULL},
    {{"port-forwarding", PVHOP_ERROR,
      "Before 5.13.2, ParaView listens on the resource's port, not on PortForwarding's", false},
     check_port_forwarding,
     NULL},
    {{"forward-failure", PVHOP_NOTE,
      "ssh goes on when its -R is refused, unless ExitOnForwardFailure is set", false},
     check_forward_failure,
     NULL},
    {{"short-delay", PVHOP_NOTE,
      "A forward connection may be tried before pvserver listens; a tunnel then takes it and drops "
      "it",
      false},
     check_short_delay,
     NULL},
    {{"old-timeout", PVHOP_NOTE, "From 5.11 on, Command's timeout is called process_wait", true},
     check_old_timeout,
     mend_old_timeout},
    {{"option-name", PVHOP_ERROR, "An Option, Set or Switch needs a name", false},
     check_option_name,
     NULL},
    {{"option-type", PVHOP_ERROR, "An Option needs one child that says its type", false},
     check_option_type,
     NULL},
    {{"range-default", PVHOP_NOTE, "A Range without a default begins at its least value", false},
     check_range_default,
     NULL},
    {{"label", PVHOP_NOTE, "Without a label, people see the variable's name", false},
     check_label,
     NULL},
    {{"password", PVHOP_WARNING,
      "ParaView keeps the value of a Password in its settings, readable, unless save is false",
      true},
     check_password,
     mend_password},
    {{"switch", PVHOP_ERROR,
      "A Switch needs a variable that there is, an Option beside it, and Cases with values", false},
     check_switch,
     NULL},
    {{"unused-option", PVHOP_NOTE, "What is asked for should be used", false},
     check_unused_option,
     NULL},
    {{"undefined", PVHOP_WARNING, "A $NAME$ that nothing defines is replaced by the bare name",
      false},
     check_undefined,
     NULL},
    {{"double-dollar", PVHOP_WARNING, "ParaView makes nothing of $$", false},
     check_double_dollar,
     NULL},
    {{"endless", PVHOP_ERROR, "A value that holds its own name makes ParaView hang", false},
     check_endless,
     NULL},
    {{"not-ascii", PVHOP_WARNING,
      "ParaView on Qt 5 takes a command's UTF-8 for Latin-1; values of options arrive whole",
      false},
     check_not_ascii,
     NULL},
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

const struct pvhop_rule *pvhop_rule_row(size_t n)
{
    return n < RULES ? &rules[n].rule : NULL;
}

void check_report(struct check *c, const xmlNode *at, const char *format, ...)
{
    const char *entry = pvhop_xml_attr(c->server, "name");
    char raw[1024], text[1024];
    struct pvhop_finding finding = {.rule = c->rule, .entry = entry ? entry : "", .text = text};
    va_list ap;

    va_start(ap, format);
    vsnprintf(raw, sizeof(raw), format, ap);
    va_end(ap);
    pvhop_utf8_clean(raw, text, sizeof(text));
    pvhop_xml_place(at, &finding.line, &finding.column);
    c->fn(c->user, &finding);
}

xmlNode *check_options(const xmlNode *server)
{
    const xmlNode *manual = pvhop_xml_child(server, "ManualStartup");

    return pvhop_xml_child(manual ? manual : pvhop_xml_child(server, "CommandStartup"), "Options");
}

xmlNode *check_command(const xmlNode *server)
{
    const xmlNode *startup = pvhop_entry_startup(server);
    xmlNode *ssh = pvhop_xml_child(startup, "SSHCommand");

    return ssh ? ssh : pvhop_xml_child(startup, "Command");
}

bool check_scheme(const xmlNode *server, char out[16])
{
    const char *resource = pvhop_xml_attr(server, "resource");
    size_t len = resource ? strcspn(resource, ":") : 0;

    if (len == 0 || len > 15 || resource[len] != ':')
        return false;
    memcpy(out, resource, len);
    out[len] = '\0';
    return true;
}

bool check_is_reverse(const xmlNode *server)
{
    char scheme[16];

    return check_scheme(server, scheme) &&
           (strcmp(scheme, "csrc") == 0 || strcmp(scheme, "cdsrsrc") == 0);
}

bool check_has_option(const xmlNode *server, const char *name)
{
    for (const xmlNode *o = pvhop_xml_first(check_options(server)); o; o = pvhop_xml_next(o)) {
        const char *its = pvhop_xml_attr(o, "name");

        if ((pvhop_xml_is(o, "Option") || pvhop_xml_is(o, "Set")) && its && strcmp(its, name) == 0)
            return true;
    }
    return false;
}

bool check_defines(const xmlNode *server, const char *name)
{
    if (check_has_option(server, name))
        return true;
    for (const xmlNode *s = pvhop_xml_first(check_options(server)); s; s = pvhop_xml_next(s))
        for (const xmlNode *kase = pvhop_xml_first(s); pvhop_xml_is(s, "Switch") && kase;
             kase = pvhop_xml_next(kase))
            for (const xmlNode *set = pvhop_xml_first(kase); set; set = pvhop_xml_next(set)) {
                const char *its = pvhop_xml_attr(set, "name");

                if (pvhop_xml_is(set, "Set") && its && strcmp(its, name) == 0)
                    return true;
            }
    return false;
}

/* All attribute values below `node`: what may hold a $NAME$. */
static void gather(struct pvhop_text *t, const xmlNode *node)
{
    if (!node)
        return;
    for (const xmlAttr *a = node->properties; a; a = a->next)
        pvhop_text_addf(t, "%s\n", pvhop_xml_attr(node, (const char *)a->name));
    for (const xmlNode *child = pvhop_xml_first(node); child; child = pvhop_xml_next(child))
        gather(t, child);
}

/* Adds the value of a <Set> whose variable takes part; the rest is for the environment alone. */
static void gather_set(struct pvhop_text *t, const xmlNode *set)
{
    const char *name = pvhop_xml_attr(set, "name"), *value = pvhop_xml_attr(set, "value");
    char *variable = NULL;

    if (!pvhop_xml_is(set, "Set") || !name || !value || !t->s ||
        asprintf(&variable, "$%s$", name) < 0)
        return;
    if (strstr(t->s, variable) && !strstr(t->s, value))
        pvhop_text_addf(t, "%s\n", value);
    free(variable);
}

/* Values may themselves be made of others, to a depth that nobody exceeds. */
static void gather_sets(struct pvhop_text *t, const xmlNode *server)
{
    for (int depth = 0; depth < 4; depth++)
        for (const xmlNode *o = pvhop_xml_first(check_options(server)); o; o = pvhop_xml_next(o)) {
            gather_set(t, o);
            for (const xmlNode *kase = pvhop_xml_first(o); pvhop_xml_is(o, "Switch") && kase;
                 kase = pvhop_xml_next(kase))
                for (const xmlNode *set = pvhop_xml_first(kase); set; set = pvhop_xml_next(set))
                    gather_set(t, set);
        }
}

void pvhop_pvsc_check(const struct pvhop_pvsc *f, pvhop_finding_fn fn, void *user)
{
    const xmlNode *root = xmlDocGetRootElement(f->doc);

    for (const xmlNode *server = pvhop_xml_first(root); server; server = pvhop_xml_next(server)) {
        struct check c = {.file = f, .server = server, .fn = fn, .user = user};

        if (!pvhop_xml_is(server, "Server"))
            continue;
        gather(&c.command, check_command(server));
        gather_sets(&c.command, server);
        for (size_t n = 0; n < RULES; n++) {
            c.rule = &rules[n].rule;
            rules[n].look(&c);
        }
        pvhop_text_free(&c.command);
    }
}

int pvhop_pvsc_mend(struct pvhop_pvsc *f)
{
    int places = 0;

    for (xmlNode *server = pvhop_xml_first(xmlDocGetRootElement(f->doc)); server;
         server = pvhop_xml_next(server)) {
        for (size_t n = 0; pvhop_xml_is(server, "Server") && n < RULES; n++) {
            int more = rules[n].mend ? rules[n].mend(server) : 0;

            if (more < 0)
                return -1;
            places += more;
        }
    }
    return places;
}
