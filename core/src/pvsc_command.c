/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ParaView runs for an entry. It joins exec and the Arguments with spaces (quotes around an
 * argument that has white space), puts values in the place of $NAME$ until none is left, and has
 * QProcess::splitCommand make words of it. Source: pqServerConfiguration::execCommand,
 * pqServerLauncher::launchServer, ParaView 5.11; Qt's documentation of splitCommand.
 */
#include "pvsc_private.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

enum { SUBSTITUTIONS_MAX = 1000, LINE_BYTES_MAX = 1024 * 1024 };

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool pvhop_argument_is_plain(const char *value)
{
    /* The Edit page splits the line at single spaces and joins it again, so spaces are out too. */
    for (const char *p = value; *p; p++) /* not ASCII: it may be a space to Qt */
        if (is_space(*p) || *p == '"' || *p == '$' || (unsigned char)*p >= 0x80)
            return false;
    return *value != '\0';
}

struct words {
    char **list;
    size_t n;
    struct pvhop_text word;
    bool failed;
};

static void end_word(struct words *w)
{
    char **more;

    if (w->word.len == 0)
        return;
    if (w->word.failed || !(more = realloc(w->list, (w->n + 2) * sizeof(*more)))) {
        w->failed = true;
        return;
    }
    w->list = more;
    w->list[w->n++] = w->word.s;
    w->list[w->n] = NULL;
    memset(&w->word, 0, sizeof(w->word));
}

char **pvhop_split_command(const char *line)
{
    struct words w = {.list = calloc(1, sizeof(char *))};
    unsigned quotes = 0; /* in a row, so far */
    bool quoted = false;

    if (!w.list)
        return NULL;
    for (const char *p = line; *p && !w.failed; p++) {
        if (*p == '"') {
            if (++quotes == 3) { /* three in a row stand for one */
                quotes = 0;
                pvhop_text_add(&w.word, p, 1);
            }
            continue;
        }
        if (quotes == 1)
            quoted = !quoted;
        quotes = 0;
        if (!quoted && is_space(*p))
            end_word(&w);
        else
            pvhop_text_add(&w.word, p, 1);
    }
    if (!w.failed)
        end_word(&w);
    if (w.failed) {
        pvhop_text_free(&w.word);
        for (size_t i = 0; w.list && i < w.n; i++)
            free(w.list[i]);
        free(w.list);
        return NULL;
    }
    return w.list;
}

static const xmlNode *command_of(const xmlNode *server)
{
    return pvhop_xml_child(pvhop_entry_startup(server), "Command");
}

static bool has_space(const char *s)
{
    while (*s && !is_space(*s))
        s++;
    return *s != '\0';
}

/* Of "csrc://host:port": whatever is missing is "" and ParaView's default. */
static void resource_parts(const xmlNode *server, char host[256], char port[16])
{
    const char *resource = pvhop_xml_attr(server, "resource"), *at;
    size_t len = 0;

    snprintf(port, 16, "%d", PVHOP_PARAVIEW_PORT);
    host[0] = '\0';
    if (!resource || !(at = strstr(resource, "://")))
        return;
    at += 3;
    len = strcspn(at, ":/");
    snprintf(host, 256, "%.*s", (int)len, at);
    if (at[len] == ':' && at[len + 1])
        snprintf(port, 16, "%.*s", (int)strcspn(at + len + 1, "/"), at + len + 1);
}

/* What ParaView puts before the words of an <SSHCommand>: pqServerConfiguration, 5.11. */
static void add_ssh(struct pvhop_text *t, const xmlNode *server, const xmlNode *command)
{
    const xmlNode *config = pvhop_xml_child(command, "SSHConfig"),
                  *terminal = pvhop_xml_child(config, "Terminal"),
                  *forwarding = pvhop_xml_child(config, "PortForwarding");
    const char *exec = pvhop_xml_attr(terminal, "exec"),
               *option = pvhop_xml_attr(terminal, "command_option"),
               *program = pvhop_xml_attr(pvhop_xml_child(config, "SSH"), "exec"),
               *ssh_port = pvhop_xml_attr(config, "port"), *user = pvhop_xml_attr(config, "user"),
               *local = pvhop_xml_attr(forwarding, "local");
    const char *resource = pvhop_xml_attr(server, "resource");
    bool reverse = resource && strstr(resource, "rc://");
    char host[256], port[16];

    resource_parts(server, host, port);
    if (terminal) /* without exec, the first that it finds of many */
        pvhop_text_addf(t, "%s %s ", exec ? exec : "xterm", option ? option : "-e");
    pvhop_text_addf(t, "%s ", program ? program : "ssh");
    if (ssh_port)
        pvhop_text_addf(t, "-p %s ", ssh_port);
    if (forwarding && reverse)
        pvhop_text_addf(t, "-R %s:localhost:%s ", port, local ? local : port);
    else if (forwarding)
        pvhop_text_addf(t, "-L %s:localhost:%s ", local ? local : port, port);
    pvhop_text_addf(t, "%s%s%s ", user ? user : "", user ? "@" : "", host);
}

/* exec and Arguments, of <Command> and <SSHCommand> alike. */
static void add_words(struct pvhop_text *t, const xmlNode *command)
{
    const char *exec = pvhop_xml_attr(command, "exec");

    pvhop_text_addf(t, "%s", exec ? exec : "");
    for (const xmlNode *a = pvhop_xml_first(pvhop_xml_child(command, "Arguments")); a;
         a = pvhop_xml_next(a)) {
        const char *value = pvhop_xml_attr(a, "value");

        if (value && has_space(value))
            pvhop_text_addf(t, " \"%s\"", value);
        else if (value)
            pvhop_text_addf(t, " %s", value);
    }
}

static char *finish(struct pvhop_text *t)
{
    if (!t->failed)
        return t->s;
    pvhop_text_free(t);
    return NULL;
}

char *pvhop_entry_command_line(const xmlNode *server)
{
    const xmlNode *command = command_of(server),
                  *ssh = pvhop_xml_child(pvhop_entry_startup(server), "SSHCommand");
    struct pvhop_text t = {0};

    if (!command && ssh)
        add_ssh(&t, server, ssh);
    add_words(&t, command ? command : ssh);
    return finish(&t);
}

char *pvhop_entry_ssh_command_words(const xmlNode *server)
{
    struct pvhop_text t = {0};

    add_words(&t, pvhop_xml_child(pvhop_entry_startup(server), "SSHCommand"));
    return finish(&t);
}

/* The first $NAME$ in `line`: "\$([^$ ]*)\$". Returns its start and sets the length of NAME. */
static char *find_variable(char *line, size_t *len)
{
    for (char *p = strchr(line, '$'); p; p = strchr(p + 1, '$')) {
        size_t n = strcspn(p + 1, "$ ");

        if (p[1 + n] == '$') {
            *len = n;
            return p;
        }
    }
    return NULL;
}

/* In `set` ("NAME=VALUE", NULL-terminated), the value of `name`; NULL: it is not there. */
static const char *given(const char *const *set, const char *name)
{
    size_t len = strlen(name);

    for (; set && *set; set++)
        if (strncmp(*set, name, len) == 0 && (*set)[len] == '=')
            return *set + len + 1;
    return NULL;
}

static bool named(const xmlNode *node, const char *name)
{
    const char *its = pvhop_xml_attr(node, "name");

    return its && strcmp(its, name) == 0;
}

/* A value from the cases of a <Switch>. On this system, unless `set` says another. */
static const char *switch_value(const xmlNode *server, const xmlNode *node, const char *name,
                                const char *const *set)
{
    const char *about = pvhop_xml_attr(node, "name"), *now, *value = NULL;

    if (!about || strcmp(about, name) == 0) /* of itself: would go on for ever */
        return NULL;
    if (!(now = given(set, about)) && !(now = pvhop_entry_option(server, about)) &&
        strcmp(about, "PV_CLIENT_PLATFORM") == 0)
        now = "Linux";
    for (const xmlNode *c = pvhop_xml_first(node); now && c; c = pvhop_xml_next(c)) {
        const char *its = pvhop_xml_attr(c, "value");

        if (!pvhop_xml_is(c, "Case") || !its || strcmp(its, now) != 0)
            continue;
        for (const xmlNode *s = pvhop_xml_first(c); s; s = pvhop_xml_next(s))
            if (pvhop_xml_is(s, "Set") && named(s, name))
                value = pvhop_xml_attr(s, "value");
    }
    return value;
}

/* What an input without a default has at first: its least value, its first choice, nothing. */
static const char *without_default(const xmlNode *typed)
{
    const char *value = pvhop_xml_is(typed, "Range") ? pvhop_xml_attr(typed, "min")
                        : pvhop_xml_is(typed, "Enumeration")
                            ? pvhop_xml_attr(pvhop_xml_child(typed, "Entry"), "value")
                            : NULL;

    return value ? value : "";
}

/* `switches`: as in a command line, with the cases of <Switch> and inputs without a default. */
static const char *option_value(const xmlNode *server, const char *name, const char *const *set,
                                bool switches)
{
    const xmlNode *options = pvhop_xml_child(pvhop_entry_startup(server), "Options");
    const char *value = NULL;

    for (const xmlNode *o = pvhop_xml_first(options); o; o = pvhop_xml_next(o)) {
        const char *from_case;

        if (switches && pvhop_xml_is(o, "Switch")) {
            if ((from_case = switch_value(server, o, name, set)))
                value = from_case;
        } else if (!named(o, name)) {
            continue;
        } else if (pvhop_xml_is(o, "Set")) {
            value = pvhop_xml_attr(o, "value");
        } else if (pvhop_xml_is(o, "Option")) {
            value = given(set, name);
            if (!value)
                value = pvhop_xml_attr(pvhop_xml_first(o), "default");
            if (!value && switches)
                value = without_default(pvhop_xml_first(o));
        }
    }
    return value;
}

const char *pvhop_entry_option(const xmlNode *server, const char *name)
{
    return option_value(server, name, NULL, false);
}

/* What an entry's resource gives to its command line. */
static bool resource_part(const xmlNode *server, const char *name, char *out, size_t size)
{
    char host[256], port[16];

    if (!pvhop_xml_attr(server, "resource") || !strstr(pvhop_xml_attr(server, "resource"), "://"))
        return false;
    resource_parts(server, host, port);
    if (strcmp(name, "PV_SERVER_HOST") == 0)
        snprintf(out, size, "%s", host);
    else if (strcmp(name, "PV_SERVER_PORT") == 0 || strcmp(name, "PV_SSH_PF_SERVER_PORT") == 0)
        snprintf(out, size, "%s", port);
    else
        return false;
    return true;
}

char *pvhop_entry_substitute(const xmlNode *server, char *line, const char *const *set,
                             pvhop_unknown_fn unknown, void *user)
{
    char *variable;
    size_t len;

    for (int n = 0; line && (variable = find_variable(line, &len)); n++) {
        struct pvhop_text t = {0};
        char name[128], part[512];
        const char *value;

        snprintf(name, sizeof(name), "%.*s", (int)len, variable + 1);
        value = option_value(server, name, set, true);
        if (!value)
            value = given(set, name);
        if (!value && resource_part(server, name, part, sizeof(part)))
            value = part;
        if (!value && *name && unknown)
            unknown(user, name);
        if (!value)
            value = name; /* as ParaView does */
        pvhop_text_add(&t, line, (size_t)(variable - line));
        pvhop_text_addf(&t, "%s%s", value, variable + len + 2);
        free(line);
        line = t.s;
        /* A value that holds its own name would go on for ever. */
        if (t.failed || n > SUBSTITUTIONS_MAX || t.len > LINE_BYTES_MAX) {
            pvhop_text_free(&t);
            return NULL;
        }
    }
    return line;
}

char **pvhop_pvsc_command_with(const struct pvhop_pvsc *f, const char *name, const char *const *set,
                               pvhop_unknown_fn unknown, void *user, struct pvhop_error *err)
{
    const xmlNode *server = pvhop_pvsc_find(f, name, err);
    char *line, **words;

    if (!server)
        return NULL;
    line = pvhop_entry_substitute(server, pvhop_entry_command_line(server), set, unknown, user);
    words = line ? pvhop_split_command(line) : NULL;
    free(line);
    if (!words)
        pvhop_error_set(err, PVHOP_E_PVSC_PARSE,
                        "the command of entry '%.256s' holds a value that names itself, or is "
                        "too long",
                        name);
    return words;
}

char **pvhop_pvsc_command(const struct pvhop_pvsc *f, const char *name, struct pvhop_error *err)
{
    return pvhop_pvsc_command_with(f, name, NULL, NULL, NULL, err);
}
