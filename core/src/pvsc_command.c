/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ParaView runs for an entry. It joins exec and the Arguments with spaces (quotes around an
 * argument that has white space), puts values in the place of $NAME$ until none is left, and has
 * QProcess::splitCommand make words of it. Source: pqServerConfiguration::execCommand,
 * pqServerLauncher::launchServer, ParaView 5.11; Qt's documentation of splitCommand.
 */
#include "pvsc_values.h"
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

/* The attribute; `otherwise` if there is none, or nothing in it. */
static const char *text_of(const xmlNode *node, const char *name, const char *otherwise)
{
    const char *text = pvhop_xml_attr(node, name);

    return text && *text ? text : otherwise;
}

static bool has_space(const char *s)
{
    while (*s && !is_space(*s))
        s++;
    return *s != '\0';
}

/* What ParaView puts before the words of an <SSHCommand>: pqServerConfiguration::command, 5.11 to
 * 6.1, where a tunnel's far port and the options of ssh came later. */
static void add_ssh(struct pvhop_text *t, const struct pvhop_values *v, const xmlNode *server,
                    const xmlNode *command)
{
    const xmlNode *config = pvhop_xml_child(command, "SSHConfig"),
                  *terminal = pvhop_xml_child(config, "Terminal"),
                  *forwarding = pvhop_xml_child(config, "PortForwarding");
    const char *exec = text_of(terminal, "exec", "xterm"), *option = "-e",
               *program = text_of(pvhop_xml_child(config, "SSH"), "exec", "ssh"),
               *ssh_port = text_of(config, "port", ""), *user = text_of(config, "user", ""),
               *port = *v->port ? v->port : "-1", /* as ParaView prints none */
                   *local = text_of(forwarding, "local", port),
               *resource = pvhop_xml_attr(server, "resource"), *more = "";
    bool six = pvhop_values_from_version(v, 6, 0, 0),
         far_first =
             pvhop_values_from_version(v, 5, 13, 1) && resource && strstr(resource, "rc://");

    if (six) {
        option = text_of(terminal, "command_option", option);
        more = pvhop_values_get(v, "PARAVIEW_SSH_OPTIONS");
    }
    if (pvhop_xml_child(config, "Askpass"))
        pvhop_text_addf(t, "setsid ");
    if (terminal) /* without exec, the first that it finds of many */
        pvhop_text_addf(t, "%s %s ", exec, option);
    pvhop_text_addf(t, "%s ", program);
    if (six && *ssh_port)
        pvhop_text_addf(t, "-p %s ", ssh_port);
    if (forwarding)
        pvhop_text_addf(t, "-%c %s:localhost:%s ",
                        resource && strstr(resource, "rc://") ? 'R' : 'L', far_first ? port : local,
                        far_first ? local : port);
    if (more && *more)
        pvhop_text_addf(t, "%s ", more);
    pvhop_text_addf(t, "%s%s%s ", user, *user ? "@" : "", v->host);
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

static char *command_line(const xmlNode *server, const struct pvhop_values *v)
{
    const xmlNode *startup = pvhop_entry_startup(server),
                  *ssh = pvhop_xml_child(startup, "SSHCommand");
    struct pvhop_text t = {0};

    if (pvhop_xml_child(ssh, "SSHConfig")) {
        add_ssh(&t, v, server, ssh);
        add_words(&t, ssh);
    } else {
        add_words(&t, pvhop_xml_child(startup, "Command"));
    }
    return finish(&t);
}

char *pvhop_entry_command_line(const xmlNode *server)
{
    struct pvhop_values v;
    char *line;

    pvhop_values_fill(&v, server, NULL);
    line = command_line(server, &v);
    pvhop_values_clear(&v);
    return line;
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

const char *pvhop_entry_option(const xmlNode *server, const char *name)
{
    const xmlNode *options = pvhop_xml_child(pvhop_entry_startup(server), "Options");
    const char *value = NULL;

    for (const xmlNode *o = pvhop_xml_first(options); o; o = pvhop_xml_next(o)) {
        const char *its = pvhop_xml_attr(o, "name");

        if (!its || strcmp(its, name) != 0)
            continue;
        if (pvhop_xml_is(o, "Set"))
            value = pvhop_xml_attr(o, "value");
        else if (pvhop_xml_is(o, "Option"))
            value = pvhop_xml_attr(pvhop_xml_first(o), "default");
    }
    return value;
}

/* Takes `line`; gives it back with `value` in every place of `mark` ("$NAME$"). NULL: too long. */
static char *replace_all(char *line, const char *mark, const char *value)
{
    struct pvhop_text t = {0};
    const char *from = line;

    for (const char *at; (at = strstr(from, mark)) && t.len <= LINE_BYTES_MAX;
         from = at + strlen(mark)) {
        pvhop_text_add(&t, from, (size_t)(at - from));
        pvhop_text_addf(&t, "%s", value);
    }
    pvhop_text_addf(&t, "%s", from);
    free(line);
    if (t.failed || t.len > LINE_BYTES_MAX)
        pvhop_text_free(&t);
    return t.s;
}

static char *substitute(const struct pvhop_values *v, char *line, pvhop_unknown_fn unknown,
                        void *user)
{
    char *variable;
    size_t len;

    for (int n = 0; line && (variable = find_variable(line, &len)); n++) {
        char *mark = strndup(variable, len + 2), *name = strndup(variable + 1, len);
        const char *value = mark && name ? pvhop_values_get(v, name) : NULL;

        if (!mark || !name || n > SUBSTITUTIONS_MAX) {
            /* A value that holds its own name would go on for ever. */
            free(line);
            line = NULL;
        } else {
            if (!value && *name && unknown)
                unknown(user, name);
            line = replace_all(line, mark, value ? value : name); /* as ParaView does */
        }
        free(mark);
        free(name);
    }
    return line;
}

char *pvhop_entry_substitute(const xmlNode *server, char *line)
{
    struct pvhop_values v;

    pvhop_values_fill(&v, server, NULL);
    line = substitute(&v, line, NULL, NULL);
    pvhop_values_clear(&v);
    return line;
}

char **pvhop_pvsc_command_with(const struct pvhop_pvsc *f, const char *name, const char *const *set,
                               pvhop_unknown_fn unknown, void *user, struct pvhop_error *err)
{
    const xmlNode *server = pvhop_pvsc_find(f, name, err);
    struct pvhop_values v;
    char *line, **words;

    if (!server)
        return NULL;
    pvhop_values_fill(&v, server, set);
    line = v.failed ? NULL : substitute(&v, command_line(server, &v), unknown, user);
    words = line ? pvhop_split_command(line) : NULL;
    free(line);
    pvhop_values_clear(&v);
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
