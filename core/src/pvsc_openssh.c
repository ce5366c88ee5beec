/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Entries whose command is plain ssh, for a ParaView that has no pvhop: the two of the ParaView
 * wiki's page on reverse connections that one command line can say.
 *     direct  ssh -i KEY HOST PVSERVER --reverse-connection --server-port=XXXXX
 * --client-host=LOCALHOST tunnel  ssh -R XXXX:localhost:YYYY HOST PVSERVER --reverse-connection ...
 * Words for the far side go through its shell, so they are quoted for it; ParaView then splits the
 * whole line itself, so what has a dollar or a double quote cannot be said.
 */
#include "pvsc_private.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

static int cannot_say(struct pvhop_error *err, const char *field, const char *value,
                      const char *why)
{
    pvhop_error_set(err, PVHOP_E_VALUE, "%s '%.256s' cannot be said in the openssh style: %s",
                    field, value, why);
    return pvhop_error_remedy(err, "Use the pvhop style, or leave it out.");
}

/* The recipes that a single ssh command can carry out. */
static int check_recipe(const struct pvhop_entry_plan *plan, struct pvhop_error *err)
{
    static const struct {
        const char *field, *only;
    } rules[] = {{"scheduler", "none"}, {"rendering", "auto"}, {"client", "listens"}};
    const struct pvhop_recipe *r = plan->recipe;
    const char *route = pvhop_recipe_get(r, "route");

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const char *value = pvhop_recipe_get(r, rules[i].field);

        if (strcmp(value, rules[i].only) != 0)
            return cannot_say(err, rules[i].field, value, "it needs pvhop");
    }
    if (strcmp(route, "direct") != 0 && strcmp(route, "tunnel") != 0)
        return cannot_say(err, "route", route, "only direct and tunnel can");
    for (const char *const *ask = plan->ask; ask && *ask; ask++)
        if (strcmp(*ask, "client-port") != 0 && strcmp(*ask, "connect-id") != 0)
            return pvhop_error_set(err, PVHOP_E_USAGE,
                                   "the openssh style can ask for client-port and connect-id, not "
                                   "for %.64s",
                                   *ask);
    for (size_t n = 0;; n++) {
        const struct pvhop_field *f = pvhop_field_row(n);
        const char *value;

        if (!f)
            return 0;
        value = pvhop_recipe_is_set(r, f->name) ? pvhop_recipe_get(r, f->name) : "";
        if (strcmp(f->name, "ssh-config") == 0 && *value == '~')
            return cannot_say(err, f->name, value, "ssh -F takes no ~");
        if (strpbrk(value, "\"$"))
            return cannot_say(err, f->name, value, "ParaView gives $ and \" a meaning of its own");
    }
}

struct line {
    struct pvhop_builder *b;
    xmlNode *arguments;
};

static void word(struct line *l, const char *value)
{
    pvhop_xml_set(l->b, pvhop_xml_add(l->b, l->arguments, "Argument"), "value", value);
}

static void option(struct line *l, const char *letter, const char *value)
{
    if (!value)
        return;
    word(l, letter);
    word(l, value);
}

/* `text` with the client's version, which ParaView fills in, in the place of {version}. */
static void add_versioned(struct pvhop_text *t, const char *text)
{
    static const char mark[] = "{version}";
    const char *at;

    while ((at = strstr(text, mark))) {
        pvhop_text_add(t, text, (size_t)(at - text));
        pvhop_text_addf(t, "$PV_VERSION_MAJOR$.$PV_VERSION_MINOR$.$PV_VERSION_PATCH$");
        text = at + sizeof(mark) - 1;
    }
    pvhop_text_add(t, text, strlen(text));
}

static bool is_shell_safe(const char *s)
{
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
              strchr("/._-+:@=,%{}", *s)))
            return false;
    return true;
}

static void remote_text(struct line *l, const char *text)
{
    struct pvhop_text t = {0};

    add_versioned(&t, text);
    if (t.failed)
        l->b->failed = true;
    else
        word(l, t.s);
    pvhop_text_free(&t);
}

/* A path as one word for the far side's shell; ~ keeps its meaning. */
static void remote_path(struct line *l, const char *path)
{
    struct pvhop_text t = {0};
    const char *rest = path;

    if (*path == '~') {
        size_t home = 1 + strspn(path + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "0123456789._-");

        if (path[home] == '/') {
            pvhop_text_add(&t, path, home);
            rest = path + home;
        }
    }
    if (is_shell_safe(rest))
        pvhop_text_add(&t, rest, strlen(rest));
    else
        pvhop_text_add_word(&t, rest);
    if (t.failed)
        l->b->failed = true;
    else
        remote_text(l, t.s);
    pvhop_text_free(&t);
}

/* Text that is split into words, each as it stands: the far side's shell sees what was written. */
static void remote_words(struct line *l, const char *text)
{
    while (text && *text) {
        size_t len = strcspn(text, " ");
        char *one = len ? strndup(text, len) : NULL;

        if (one)
            remote_text(l, one);
        l->b->failed = l->b->failed || (len && !one);
        free(one);
        text += len + strspn(text + len, " ");
    }
}

static void ssh_options(struct line *l, const struct pvhop_recipe *r, bool tunnel,
                        const char *client_port, const char *server_port)
{
    const char *known_hosts = pvhop_recipe_get(r, "known-hosts");

    if (tunnel) {
        option(l, "-o", "ExitOnForwardFailure=yes");
        word(l, "-R");
        pvhop_xml_setf(l->b, pvhop_xml_add(l->b, l->arguments, "Argument"), "value",
                       "%s:localhost:%s", server_port, client_port);
    }
    option(l, "-i", pvhop_recipe_get(r, "identity"));
    option(l, "-F", pvhop_recipe_get(r, "ssh-config"));
    if (known_hosts) {
        word(l, "-o");
        pvhop_xml_setf(l->b, pvhop_xml_add(l->b, l->arguments, "Argument"), "value",
                       "UserKnownHostsFile=%s", known_hosts);
    }
    option(l, "-J", pvhop_recipe_get(r, "jump"));
    option(l, "-p", pvhop_recipe_get(r, "port"));
    option(l, "-l", pvhop_recipe_get(r, "user"));
}

/* The host; ssh takes a port only as an option of its own. */
static void ssh_host(struct line *l, const struct pvhop_recipe *r)
{
    const char *host = pvhop_recipe_get(r, "host"), *at = strrchr(host, '@');
    const char *name = at ? at + 1 : host, *colon = strchr(name, ':');

    if (*name == '[' && (colon = strchr(name, ']'))) {
        if (colon[1] == ':')
            option(l, "-p", colon + 2);
        pvhop_xml_setf(l->b, pvhop_xml_add(l->b, l->arguments, "Argument"), "value", "%.*s%.*s",
                       (int)(name - host), host, (int)(colon - name - 1), name + 1);
    } else if (colon && colon == strrchr(name, ':')) {
        option(l, "-p", colon + 1);
        pvhop_xml_setf(l->b, pvhop_xml_add(l->b, l->arguments, "Argument"), "value", "%.*s",
                       (int)(colon - host), host);
    } else {
        word(l, host);
    }
}

static void far_side(struct line *l, const struct pvhop_entry_plan *plan, bool tunnel,
                     const char *server_port)
{
    const struct pvhop_recipe *r = plan->recipe;
    const char *prelude = pvhop_recipe_get(r, "prelude"),
               *client_host = pvhop_recipe_get(r, "client-host");

    if (prelude) {
        remote_words(l, prelude);
        word(l, "&&");
    }
    remote_words(l, pvhop_recipe_get(r, "mpi"));
    remote_path(l, pvhop_recipe_get(r, "pvserver"));
    word(l, "--reverse-connection");
    pvhop_xml_setf(l->b, pvhop_xml_add(l->b, l->arguments, "Argument"), "value", "--server-port=%s",
                   server_port);
    pvhop_xml_setf(l->b, pvhop_xml_add(l->b, l->arguments, "Argument"), "value", "--client-host=%s",
                   tunnel        ? "localhost"
                   : client_host ? client_host
                                 : "$PV_CLIENT_HOST$");
    if (pvhop_plan_asks(plan, "connect-id"))
        word(l, "--connect-id=$PV_CONNECT_ID$");
    else if (pvhop_recipe_number(r, "connect-id", 0) > 0)
        pvhop_xml_setf(l->b, pvhop_xml_add(l->b, l->arguments, "Argument"), "value",
                       "--connect-id=%s", pvhop_recipe_get(r, "connect-id"));
    remote_words(l, pvhop_recipe_get(r, "pvserver-args"));
}

/* Only where something is asked or set: ParaView shows a window for any <Options>. */
static void add_options(struct pvhop_builder *b, xmlNode *startup,
                        const struct pvhop_entry_plan *plan)
{
    bool port = pvhop_plan_asks(plan, "client-port"), id = pvhop_plan_asks(plan, "connect-id"),
         fixed_id = !id && pvhop_recipe_number(plan->recipe, "connect-id", 0) > 0;
    xmlNode *options = port || id || fixed_id ? pvhop_xml_add(b, startup, "Options") : NULL;

    if (port)
        pvhop_entry_draw_port(b, options);
    if (id)
        pvhop_entry_draw_id(b, options);
    if (fixed_id)
        pvhop_entry_set(b, options, "PV_CONNECT_ID", pvhop_recipe_get(plan->recipe, "connect-id"));
}

/* The recipe itself, which the command line does not give back; ParaView ignores it. */
static void add_hint(struct pvhop_builder *b, xmlNode *server, const struct pvhop_recipe *r)
{
    xmlNode *hint = pvhop_xml_add(b, pvhop_xml_add(b, server, "Hints"), "pvhop");
    const struct pvhop_field *f;

    pvhop_xml_set(b, hint, "format", PVHOP_ENTRY_FORMAT);
    pvhop_xml_set(b, hint, "style", "openssh");
    for (size_t n = 0; (f = pvhop_field_row(n)); n++) {
        xmlNode *field;

        if (!pvhop_recipe_is_set(r, f->name) || !f->in_entry)
            continue;
        field = pvhop_xml_add(b, hint, "Field");
        pvhop_xml_set(b, field, "name", f->name);
        pvhop_xml_set(b, field, "value", pvhop_recipe_get(r, f->name));
    }
}

int pvhop_entry_fill_openssh(struct pvhop_builder *b, xmlNode *server,
                             const struct pvhop_entry_plan *plan, struct pvhop_error *err)
{
    const struct pvhop_recipe *r = plan->recipe;
    bool tunnel = strcmp(pvhop_recipe_get(r, "route"), "tunnel") == 0;
    const char *client_port, *server_port;
    xmlNode *startup, *command;
    struct line l = {.b = b};
    char host[300];

    if (check_recipe(plan, err) != 0)
        return -1;
    client_port = pvhop_plan_asks(plan, "client-port") ? "$PV_SERVER_PORT$"
                                                       : pvhop_recipe_get(r, "client-port");
    /* Without a tunnel, pvserver's port is the client's; with one, the front end's may be another.
     */
    server_port = tunnel && pvhop_recipe_number(r, "server-port", 0) > 0
                      ? pvhop_recipe_get(r, "server-port")
                      : client_port;
    pvhop_resource_host(r, host, sizeof(host));
    pvhop_xml_setf(b, server, "resource", "csrc://%s:%ld", host,
                   pvhop_recipe_number(r, "client-port", PVHOP_PARAVIEW_PORT));
    startup = pvhop_xml_add(b, server, "CommandStartup");
    add_options(b, startup, plan);
    command = pvhop_xml_add(b, startup, "Command");
    pvhop_xml_set(b, command, "exec", "ssh");
    pvhop_xml_set(b, command, "process_wait", "0");
    pvhop_xml_set(b, command, "delay", "0");
    l.arguments = pvhop_xml_add(b, command, "Arguments");
    ssh_options(&l, r, tunnel, client_port, server_port);
    ssh_host(&l, r);
    far_side(&l, plan, tunnel, server_port);
    add_hint(b, server, r);
    return 0;
}
