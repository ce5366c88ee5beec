/* SPDX-License-Identifier: BSD-3-Clause */
#include "sshlink_config.h"
#include "sshlink_child.h"
#include <ctype.h>
#include <errno.h>
#include <libssh/libssh.h>
#include <pvhop/endpoint.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OUTPUT_MAX = 256 * 1024, VALUES_MAX = 256 };

int pvhop_ssh_strings_add(struct ssh_strings *list, const char *text, size_t len)
{
    char **at = realloc(list->at, (list->n + 1) * sizeof *at);
    if (!at)
        return -1;
    list->at = at;
    at[list->n] = strndup(text, len);
    if (!at[list->n])
        return -1;
    list->n++;
    return 0;
}

void pvhop_ssh_strings_clear(struct ssh_strings *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->at[i]);
    free(list->at);
    *list = (struct ssh_strings){0};
}

void pvhop_ssh_settings_free(struct ssh_settings *s)
{
    if (!s)
        return;
    pvhop_ssh_strings_clear(&s->identities);
    pvhop_ssh_strings_clear(&s->certificates);
    pvhop_ssh_strings_clear(&s->user_known_hosts);
    pvhop_ssh_strings_clear(&s->global_known_hosts);
    char *owned[] = {s->name,
                     s->hostname,
                     s->user,
                     s->identity_agent,
                     s->host_key_alias,
                     s->proxy_jump,
                     s->proxy_command,
                     s->kex,
                     s->ciphers,
                     s->macs,
                     s->host_key_algorithms,
                     s->pubkey_algorithms,
                     s->bind_address,
                     s->preferred};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    free(s);
}

/* ---- destinations ---- */

/* The characters that ssh itself refuses in host names, because they could reach a shell. */
static bool word_ok(const char *text, size_t len)
{
    if (len == 0 || text[0] == '-')
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (iscntrl(c) || isspace(c) || strchr("'`\"$\\;&<>|(){},", c))
            return false;
    }
    return true;
}

int pvhop_ssh_destination_parse(const char *text, struct ssh_destination *out,
                                struct pvhop_error *err)
{
    *out = (struct ssh_destination){.port = 0};
    const char *whole = text ? text : "";
    const char *host = whole;
    const char *at = strrchr(whole, '@'); /* a user name may contain '@' */
    if (at) {
        size_t n = (size_t)(at - whole);
        if (!word_ok(whole, n) || n >= sizeof out->user)
            return pvhop_error_set(err, PVHOP_E_VALUE,
                                   "\"%s\" is not a valid [user@]host: the user", whole);
        memcpy(out->user, whole, n);
        host = at + 1;
    }
    size_t len = strlen(host);
    const char *port = NULL;
    if (*host == '[') {
        const char *end = strchr(host, ']');
        if (!end || (end[1] && end[1] != ':'))
            return pvhop_error_set(err, PVHOP_E_VALUE, "\"%s\": the bracket is not closed", whole);
        port = end[1] ? end + 2 : NULL;
        len = (size_t)(end - ++host);
    } else if (strchr(host, ':') && strchr(host, ':') == strrchr(host, ':')) {
        port = strchr(host, ':') + 1;
        len = (size_t)(port - host) - 1;
    }
    if (!word_ok(host, len) || len >= sizeof out->host)
        return pvhop_error_set(err, PVHOP_E_VALUE, "\"%s\" is not a valid [user@]host", whole);
    memcpy(out->host, host, len);
    if (port && (pvhop_port_parse(port, &out->port, err) || out->port == 0))
        return pvhop_error_set(err, PVHOP_E_VALUE, "\"%s\": \"%s\" is not a port", whole, port);
    return 0;
}

int pvhop_ssh_jump_split(const char *jump, struct ssh_strings *out)
{
    if (!jump || !*jump || !strcasecmp(jump, "none"))
        return 0;
    while (*jump) {
        size_t n = strcspn(jump, ",");
        size_t skip = !strncmp(jump, "ssh://", 6) ? 6 : 0;
        if (n > skip && pvhop_ssh_strings_add(out, jump + skip, n - skip))
            return -1;
        jump += n + (jump[n] == ',');
    }
    return 0;
}

/* ---- the output of ssh -G ---- */

static const char *home_of(const char *user, size_t len)
{
    const char *home = len == 0 ? getenv("HOME") : NULL;
    if (home && *home)
        return home;
    char name[64] = "";
    if (len >= sizeof name)
        return NULL;
    memcpy(name, user, len);
    struct passwd *pw = len ? getpwnam(name) : getpwuid(getuid());
    return pw ? pw->pw_dir : NULL;
}

/*
 * A file name of the configuration, or a ProxyCommand (shell): "~", "~user" and
 * the tokens that ssh -G leaves in place. What comes from outside is checked before a shell sees
 * it: NULL then, as when memory ran out.
 */
static char *expand(const char *text, const struct ssh_settings *s, bool shell)
{
    if (shell && (!word_ok(s->hostname, strlen(s->hostname)) ||
                  !word_ok(s->user, strlen(s->user)) || !word_ok(s->name, strlen(s->name)) ||
                  (s->host_key_alias && !word_ok(s->host_key_alias, strlen(s->host_key_alias)))))
        return NULL;
    char *out = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&out, &size);
    if (!f)
        return NULL;
    if (!shell && text[0] == '~') {
        size_t n = strcspn(text + 1, "/");
        const char *home = home_of(text + 1, n);
        if (home) {
            fputs(home, f);
            text += 1 + n;
        }
    }
    for (; *text; text++) {
        if (*text != '%' || !text[1]) {
            putc(*text, f);
            continue;
        }
        char local[256] = "";
        switch (*++text) {
        case '%':
            putc('%', f);
            break;
        case 'd':
            fputs(home_of("", 0) ? home_of("", 0) : "", f);
            break;
        case 'h':
            fputs(s->hostname ? s->hostname : "", f);
            break;
        case 'k':
            fputs(s->host_key_alias ? s->host_key_alias : s->name, f);
            break;
        case 'i':
            fprintf(f, "%u", (unsigned)getuid());
            break;
        case 'L':
        case 'l':
            gethostname(local, sizeof local - 1);
            local[strcspn(local, ".")] = 0;
            fputs(local, f);
            break;
        case 'n':
            fputs(s->name, f);
            break;
        case 'p':
            fprintf(f, "%u", s->port);
            break;
        case 'r':
            fputs(s->user ? s->user : "", f);
            break;
        case 'u': {
            struct passwd *pw = getpwuid(getuid());
            fputs(pw ? pw->pw_name : "", f);
            break;
        }
        default: /* not one that can stand in a file name or a ProxyCommand */
            putc('%', f);
            putc(*text, f);
        }
    }
    if (fclose(f)) {
        free(out);
        return NULL;
    }
    return out;
}

/* The value of the first line that starts with the keyword; length 0 if there is none. */
static const char *find_value(const char *text, const char *key, size_t *len)
{
    size_t n = strlen(key);
    for (const char *line = text; line && *line;) {
        const char *end = strchrnul(line, '\n');
        if ((size_t)(end - line) > n && !strncasecmp(line, key, n) && line[n] == ' ') {
            *len = (size_t)(end - line) - n - 1;
            return line + n + 1;
        }
        line = *end ? end + 1 : end;
    }
    *len = 0;
    return "";
}

static char *get(const char *text, const char *key)
{
    size_t len;
    const char *value = find_value(text, key, &len);
    return len && !(len == 4 && !strncasecmp(value, "none", 4)) ? strndup(value, len) : NULL;
}

static bool is(const char *text, const char *key, const char *value)
{
    size_t len;
    const char *got = find_value(text, key, &len);
    return len == strlen(value) && !strncasecmp(got, value, len);
}

static bool is_on(const char *text, const char *key)
{
    return is(text, key, "yes") || is(text, key, "true");
}

static unsigned number(const char *text, const char *key, unsigned otherwise)
{
    size_t len;
    const char *value = find_value(text, key, &len);
    char *end;
    unsigned long n = strtoul(value, &end, 10);
    return len && isdigit((unsigned char)*value) && end == value + len && n <= 1000000 ? (unsigned)n
                                                                                       : otherwise;
}

/* A list that the user has changed from ssh's own default. */
static char *pinned(const char *text, const char *defaults, const char *key)
{
    size_t len, default_len;
    const char *value = find_value(text, key, &len);
    if (!len || !defaults)
        return NULL;
    const char *standard = find_value(defaults, key, &default_len);
    return len == default_len && !memcmp(value, standard, len) ? NULL : strndup(value, len);
}

/* ssh prints several names on a line without quotes. A name is a whole path in all but odd cases,
 * so a space that nothing of a path's beginning follows is one in a name. */
static bool ends_name(const char *space, const char *end)
{
    return space + 1 < end && strchr("/~%$", space[1]);
}

/* Every line with the keyword; file names, expanded. */
static int add_files(struct ssh_strings *list, const char *text, const char *key,
                     const struct ssh_settings *s, bool many_on_a_line)
{
    size_t n = strlen(key);
    for (const char *line = text; *line && list->n < VALUES_MAX;) {
        const char *end = strchrnul(line, '\n');
        if ((size_t)(end - line) > n && !strncasecmp(line, key, n) && line[n] == ' ') {
            const char *at = line + n + 1;
            while (at < end) {
                const char *stop = at;
                while (stop < end && !(many_on_a_line && *stop == ' ' && ends_name(stop, end)))
                    stop++;
                char *raw = strndup(at, (size_t)(stop - at));
                char *path = raw ? expand(raw, s, false) : NULL;
                int rc = path ? 0 : -1;
                if (path && *path && strcasecmp(path, "none"))
                    rc = pvhop_ssh_strings_add(list, path, strlen(path));
                free(raw);
                free(path);
                if (rc)
                    return -1;
                at = stop + (stop < end);
            }
        }
        line = *end ? end + 1 : end;
    }
    return 0;
}

static char *agent_path(const char *text, const struct ssh_settings *s)
{
    size_t len;
    const char *value = find_value(text, "identityagent", &len);
    const char *from_env = getenv("SSH_AUTH_SOCK");
    if (len == 0 || (len == 13 && !strncmp(value, "SSH_AUTH_SOCK", 13)))
        return from_env && *from_env ? strdup(from_env) : NULL;
    if (len == 4 && !strncasecmp(value, "none", 4))
        return NULL;
    char *raw = strndup(value, len);
    char *path = NULL;
    if (raw && *raw == '$') { /* the name of a variable */
        const char *v = getenv(raw + 1);
        path = v && *v ? strdup(v) : NULL;
    } else if (raw) {
        path = expand(raw, s, false);
    }
    free(raw);
    return path;
}

struct ssh_settings *pvhop_ssh_settings_parse(const char *name, const char *text,
                                              const char *defaults, struct pvhop_error *err)
{
    struct ssh_settings *s = calloc(1, sizeof *s);
    bool ok = s != NULL;
    if (!ok)
        goto out;
    s->name = strdup(name);
    s->hostname = get(text, "hostname");
    if (s->name && !s->hostname)
        s->hostname = strdup(name);
    s->user = get(text, "user");
    s->port = (uint16_t)number(text, "port", 22);
    s->host_key_alias = get(text, "hostkeyalias");
    ok = s->name && s->hostname && s->user && s->port;
    if (!ok)
        goto out;
    s->identities_only = is_on(text, "identitiesonly");
    s->identity_agent = agent_path(text, s);
    s->strict = is_on(text, "stricthostkeychecking")              ? SSH_STRICT_YES
                : is(text, "stricthostkeychecking", "accept-new") ? SSH_STRICT_ACCEPT_NEW
                                                                  : SSH_STRICT_ASK;
    s->hash_known_hosts = is_on(text, "hashknownhosts");
    s->proxy_jump = get(text, "proxyjump");
    char *command = get(text, "proxycommand");
    s->proxy_command = command ? expand(command, s, true) : NULL;
    bool unsafe = command && !s->proxy_command;
    free(command);
    if (unsafe) {
        pvhop_error_set(
            err, PVHOP_E_SSH_CONFIG,
            "the ProxyCommand for %s would pass characters of the host's or user's name "
            "to a shell that it must not see",
            name);
        pvhop_ssh_settings_free(s);
        return NULL;
    }
    s->kex = pinned(text, defaults, "kexalgorithms");
    s->ciphers = pinned(text, defaults, "ciphers");
    s->macs = pinned(text, defaults, "macs");
    s->host_key_algorithms = pinned(text, defaults, "hostkeyalgorithms");
    s->pubkey_algorithms = pinned(text, defaults, "pubkeyacceptedalgorithms");
    s->bind_address = get(text, "bindaddress");
    s->family = is(text, "addressfamily", "inet")    ? AF_INET
                : is(text, "addressfamily", "inet6") ? AF_INET6
                                                     : AF_UNSPEC;
    s->preferred = get(text, "preferredauthentications");
    s->pubkey =
        !is(text, "pubkeyauthentication", "no") && !is(text, "pubkeyauthentication", "false");
    s->password = !is(text, "passwordauthentication", "no");
    s->keyboard = !is(text, "kbdinteractiveauthentication", "no");
    s->gssapi = is_on(text, "gssapiauthentication");
    s->gssapi_delegate = is_on(text, "gssapidelegatecredentials");
    s->password_prompts = number(text, "numberofpasswordprompts", 3);
    s->connect_timeout_s = number(text, "connecttimeout", 0);
    s->alive_s = number(text, "serveraliveinterval", 0);
    s->alive_count = number(text, "serveralivecountmax", 3);
    ok = ok && !add_files(&s->identities, text, "identityfile", s, false) &&
         !add_files(&s->certificates, text, "certificatefile", s, false) &&
         !add_files(&s->user_known_hosts, text, "userknownhostsfile", s, true) &&
         !add_files(&s->global_known_hosts, text, "globalknownhostsfile", s, true);
out:
    if (ok)
        return s;
    if (s && s->name && (!s->user || !s->port))
        pvhop_error_set(err, PVHOP_E_SSH_CONFIG, "'ssh -G -- %s' gave no user or no valid port",
                        name);
    else
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the ssh configuration of %s", name);
    pvhop_ssh_settings_free(s);
    return NULL;
}

int pvhop_ssh_settings_first_identity(struct ssh_settings *s, const char *path)
{
    struct ssh_strings list = {0};
    char *full = expand(path, s, false);
    int rc = full ? pvhop_ssh_strings_add(&list, full, strlen(full)) : -1;
    for (size_t i = 0; !rc && i < s->identities.n; i++)
        if (strcmp(s->identities.at[i], full))
            rc = pvhop_ssh_strings_add(&list, s->identities.at[i], strlen(s->identities.at[i]));
    free(full);
    if (rc) {
        pvhop_ssh_strings_clear(&list);
        return -1;
    }
    pvhop_ssh_strings_clear(&s->identities);
    s->identities = list;
    return 0;
}

char *pvhop_ssh_algorithms_known(const char *wanted, const char *known)
{
    char *out = calloc(1, strlen(wanted) + 1);
    size_t used = 0;
    while (out && *wanted) {
        size_t n = strcspn(wanted, ",");
        for (const char *k = known; n && *k;) {
            size_t m = strcspn(k, ",");
            if (m == n && !memcmp(k, wanted, n)) {
                if (used)
                    out[used++] = ',';
                memcpy(out + used, wanted, n);
                used += n;
                break;
            }
            k += m + (k[m] == ',');
        }
        wanted += n + (wanted[n] == ',');
    }
    if (used)
        return out;
    free(out);
    return NULL;
}

/* ---- asking ---- */

/* Where there is no ssh: what libssh's own parser understands of the configuration. */
static struct ssh_settings *ask_libssh(const char *config_file, const struct ssh_destination *to,
                                       struct pvhop_error *err)
{
    struct ssh_settings *s = NULL;
    char *text = NULL, *value = NULL;
    size_t size = 0;
    unsigned port = 22;
    FILE *f = open_memstream(&text, &size);
    ssh_session session = ssh_new();
    if (!session || !f) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the ssh configuration of %s", to->host);
        goto out;
    }
    ssh_options_set(session, SSH_OPTIONS_HOST, to->host);
    if (ssh_options_parse_config(session, config_file)) {
        pvhop_error_set(err, PVHOP_E_SSH_CONFIG, "libssh cannot read the ssh configuration: %s",
                        ssh_get_error(session));
        goto out;
    }
    static const struct {
        enum ssh_options_e option;
        const char *key;
    } rows[] = {{SSH_OPTIONS_HOST, "hostname"},
                {SSH_OPTIONS_USER, "user"},
                {SSH_OPTIONS_IDENTITY, "identityfile"},
                {SSH_OPTIONS_PROXYCOMMAND, "proxycommand"},
                {SSH_OPTIONS_KNOWNHOSTS, "userknownhostsfile"},
                {SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "globalknownhostsfile"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (ssh_options_get(session, rows[i].option, &value) == SSH_OK)
            fprintf(f, "%s %s\n", rows[i].key, value);
        else if (rows[i].option == SSH_OPTIONS_USER && getpwuid(getuid()))
            fprintf(f, "user %s\n", getpwuid(getuid())->pw_name);
        else if (rows[i].option == SSH_OPTIONS_KNOWNHOSTS)
            fputs("userknownhostsfile ~/.ssh/known_hosts\n", f);
        else if (rows[i].option == SSH_OPTIONS_GLOBAL_KNOWNHOSTS)
            fputs("globalknownhostsfile /etc/ssh/ssh_known_hosts\n", f);
        ssh_string_free_char(value);
        value = NULL;
    }
    if (ssh_options_get_port(session, &port) == SSH_OK)
        fprintf(f, "port %u\n", port);
    fputs("identityfile ~/.ssh/id_ed25519\nidentityfile ~/.ssh/id_ecdsa\n"
          "identityfile ~/.ssh/id_rsa\n",
          f);
    fflush(f);
    s = pvhop_ssh_settings_parse(to->host, text, NULL, err);
out:
    if (f)
        fclose(f);
    free(text);
    ssh_free(session);
    return s;
}

/* One question, under way. */
struct ssh_asked {
    struct ssh_destination to;
    char user[sizeof((struct ssh_destination *)0)->user], port[8], *config_file;
    uint16_t port_number;
    const char *argv[16];
    struct pvhop_ssh_child_ask ask; /* of argv */
    struct pvhop_ssh_child child;
    bool heard; /* `said` and `rc` are the answer */
    int rc;
    struct pvhop_error why;
    struct pvhop_ssh_child_output said;
};

void pvhop_ssh_ask_drop(struct ssh_asked *a)
{
    if (!a)
        return;
    pvhop_ssh_child_drop(&a->child);
    pvhop_ssh_child_output_clear(&a->said);
    free(a->config_file);
    free(a);
}

/* Runs its argv, which is complete but for the host. */
static void run(struct ssh_asked *a, size_t n, const char *host, const struct ssh_ask *ask)
{
    a->argv[n++] = "--";
    a->argv[n++] = host;
    a->argv[n] = NULL;
    a->ask = (struct pvhop_ssh_child_ask){.argv = a->argv,
                                          .cancel_fd = ask->cancel_fd,
                                          .timeout_ms = ask->timeout_ms,
                                          .max_output = OUTPUT_MAX};
    pvhop_ssh_child_begin(&a->ask, &a->child);
}

/* Its answer, waited for once. Returns 0 if it has ended by itself. */
static int hear(struct ssh_asked *a)
{
    if (!a->heard)
        a->rc = pvhop_ssh_child_finish(&a->ask, &a->child, &a->said, &a->why);
    a->heard = true;
    return a->rc;
}

static struct ssh_asked *new_question(const struct ssh_ask *ask, struct pvhop_error *err)
{
    struct ssh_asked *a = calloc(1, sizeof *a);
    if (!a) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the ssh configuration");
        return NULL;
    }
    a->child = (struct pvhop_ssh_child){.pid = -1, .out = -1, .err = -1};
    a->argv[0] = ask->ssh ? ask->ssh : "ssh";
    a->argv[1] = "-G";
    return a;
}

struct ssh_asked *pvhop_ssh_ask_begin_defaults(const struct ssh_ask *ask, struct pvhop_error *err)
{
    struct ssh_asked *a = new_question(ask, err);
    if (!a)
        return NULL;
    a->argv[2] = "-F";
    a->argv[3] = "/dev/null";
    run(a, 4, "localhost", ask);
    return a;
}

struct ssh_asked *pvhop_ssh_ask_begin(const struct ssh_ask *ask, struct pvhop_error *err)
{
    struct ssh_asked *a = new_question(ask, err);
    size_t n = 2;
    if (!a)
        return NULL;
    if (pvhop_ssh_destination_parse(ask->destination, &a->to, err))
        goto fail;
    const char *user = ask->user && *ask->user ? ask->user : a->to.user;
    if (*user && (!word_ok(user, strlen(user)) || strlen(user) >= sizeof a->user)) {
        pvhop_error_set(err, PVHOP_E_VALUE, "\"%s\" is not a valid user name", user);
        goto fail;
    }
    snprintf(a->user, sizeof a->user, "%s", user);
    a->port_number = ask->port ? ask->port : a->to.port;
    if (ask->config_file) {
        a->config_file = strdup(ask->config_file);
        if (!a->config_file) {
            pvhop_error_set(err, PVHOP_E_MEMORY, "for the ssh configuration of %s", a->to.host);
            goto fail;
        }
        a->argv[n++] = "-F";
        a->argv[n++] = a->config_file;
    }
    if (*a->user) {
        a->argv[n++] = "-l";
        a->argv[n++] = a->user;
    }
    if (a->port_number) {
        snprintf(a->port, sizeof a->port, "%u", a->port_number);
        a->argv[n++] = "-p";
        a->argv[n++] = a->port;
    }
    run(a, n, a->to.host, ask);
    return a;
fail:
    pvhop_ssh_ask_drop(a);
    return NULL;
}

static struct ssh_settings *without_ssh(const struct ssh_asked *a, char *warning,
                                        struct pvhop_error *err)
{
    snprintf(warning, 256,
             "There is no ssh program here: the ssh configuration is read by libssh, which "
             "knows fewer keywords.");
    struct ssh_settings *s = ask_libssh(a->config_file, &a->to, err);
    if (s && *a->user) {
        free(s->user);
        s->user = strdup(a->user);
    }
    if (s && a->port_number)
        s->port = a->port_number;
    return s;
}

struct ssh_settings *pvhop_ssh_ask_end(struct ssh_asked *a, struct ssh_asked *defaults,
                                       char *warning, struct pvhop_error *err)
{
    struct ssh_settings *s = NULL;
    *warning = 0;
    if (hear(a)) {
        if (a->said.not_found)
            s = without_ssh(a, warning, err);
        else if (err)
            *err = a->why;
    } else if (a->said.exit_code != 0) {
        pvhop_error_set(err, PVHOP_E_SSH_CONFIG, "'ssh -G -- %s' says: %s", a->to.host,
                        *a->said.err ? a->said.err : "nothing");
    } else {
        bool known = defaults && !hear(defaults) && defaults->said.exit_code == 0;
        s = pvhop_ssh_settings_parse(a->to.host, a->said.out, known ? defaults->said.out : NULL,
                                     err);
    }
    pvhop_ssh_ask_drop(a);
    return s;
}

struct ssh_settings *pvhop_ssh_settings_ask(const struct ssh_ask *ask, char *warning,
                                            struct pvhop_error *err)
{
    *warning = 0;
    struct ssh_asked *a = pvhop_ssh_ask_begin(ask, err);
    if (!a)
        return NULL;
    struct ssh_asked *defaults = pvhop_ssh_ask_begin_defaults(ask, err);
    struct ssh_settings *s = pvhop_ssh_ask_end(a, defaults, warning, err);
    pvhop_ssh_ask_drop(defaults);
    return s;
}
