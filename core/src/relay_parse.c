/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * portfwd's configuration grammar:
 *
 *   file      = { statement }
 *   statement = ("listen-on" | "bind-address" | "source-address") host
 *             | ["fragile"] "tcp" "{" map { ";" map } "}"
 *   map       = port { "," port } "{" hosts { ";" hosts } "}"
 *   hosts     = from { "," from } "=>" host ":" port { "," host ":" port }
 *   from      = [ host [ "/" bits ] ] [ ":" ports ]          nothing = anyone
 *   ports     = port | port "+" | "+" port | port "+" port   at least, at most, between
 *
 * Comments are those of C, and nest. An empty map or hosts after the last ";"
 * is let pass, and so is an IPv6 address in brackets; both are ours.
 */
#include "relay_config.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20, PORTS_MAX = 1024, LINE_QUOTED = 200 };

enum token {
    T_END,
    T_NAME,
    T_LITERAL6, /* [::1] */
    T_ARROW,
    T_MARK, /* one character, in text[0] */
    T_BAD   /* the error is set */
};

struct parser {
    const char *at, *end, *line_start;
    unsigned line;
    const char *file;
    struct pvhop_error *err;

    enum token token;
    char text[PVHOP_HOST_MAX + 1];
    unsigned token_line, token_column;
    const char *token_line_start;

    struct pvhop_relay_config *config;
    size_t ports;
    char listen_on[PVHOP_HOST_MAX + 1], source[PVHOP_HOST_MAX + 1];
};

static int fail(struct parser *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "fwd.cfg:2:7: ..." at the present token. */
static int fail(struct parser *p, const char *format, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    p->token = T_BAD;
    return pvhop_error_set(p->err, PVHOP_E_RELAY_CONFIG, "%s:%u:%u: %s", p->file, p->token_line,
                           p->token_column, text);
}

static int out_of_memory(struct parser *p)
{
    return pvhop_error_set(p->err, PVHOP_E_MEMORY, "'%s' could not be kept", p->file);
}

/* ---- tokens ---- */

static void mark_place(struct parser *p)
{
    p->token_line = p->line;
    p->token_line_start = p->line_start;
    p->token_column = (unsigned)(p->at - p->line_start) + 1;
}

static void step(struct parser *p)
{
    if (*p->at++ == '\n') {
        p->line++;
        p->line_start = p->at;
    }
}

static bool looking_at(const struct parser *p, const char *two)
{
    return p->end - p->at >= 2 && p->at[0] == two[0] && p->at[1] == two[1];
}

static int skip_comment(struct parser *p)
{
    unsigned depth = 0;

    mark_place(p);
    do {
        if (p->at == p->end)
            return fail(p, "the comment that begins here has no end");
        if (looking_at(p, "/*")) {
            depth++;
            step(p);
        } else if (looking_at(p, "*/")) {
            depth--;
            step(p);
        }
        step(p);
    } while (depth > 0);
    return 0;
}

static bool is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '-';
}

static void take_name(struct parser *p)
{
    size_t len = 0;

    for (; p->at < p->end && is_name_char(*p->at); p->at++, len++)
        if (len < PVHOP_HOST_MAX)
            p->text[len] = *p->at;
    p->text[len < PVHOP_HOST_MAX ? len : PVHOP_HOST_MAX] = '\0';
    p->token = T_NAME;
    if (len > PVHOP_HOST_MAX)
        fail(p, "a word of %zu characters is too long", len);
}

static void take_brackets(struct parser *p)
{
    const char *close = memchr(p->at, ']', (size_t)(p->end - p->at));
    size_t len = close ? (size_t)(close - p->at) - 1 : 0;

    if (!close) {
        fail(p, "the '[' has no ']'");
        return;
    }
    if (len <= PVHOP_HOST_MAX && !memchr(p->at, '\0', len)) {
        memcpy(p->text, p->at + 1, len);
        p->text[len] = '\0';
        if (strchr(p->text, ':') && pvhop_host_valid(p->text)) {
            p->token = T_LITERAL6;
            p->at = close + 1;
            return;
        }
    }
    fail(p, "'[...]' names an external director, which is not supported: give the destination "
            "itself as HOST:PORT");
}

/* Reads the next token; T_BAD once an error is set. */
static void next(struct parser *p)
{
    if (p->token == T_BAD)
        return;
    for (; p->at < p->end;) {
        if (*p->at == ' ' || *p->at == '\t' || *p->at == '\r' || *p->at == '\n') {
            step(p);
        } else if (looking_at(p, "/*")) {
            if (skip_comment(p))
                return;
        } else {
            break;
        }
    }
    mark_place(p);
    p->text[0] = '\0';
    if (p->at == p->end) {
        p->token = T_END;
    } else if (*p->at != '-' && *p->at != '.' && *p->at != '_' && is_name_char(*p->at)) {
        take_name(p);
    } else if (*p->at == '[') {
        take_brackets(p);
    } else if (looking_at(p, "=>")) {
        p->token = T_ARROW;
        p->at += 2;
        memcpy(p->text, "=>", 3);
    } else if (*p->at && strchr(":;,/+{}", *p->at)) {
        p->token = T_MARK;
        p->text[0] = *p->at++;
        p->text[1] = '\0';
    } else if (*p->at >= ' ' && *p->at < 0x7f) {
        fail(p, "'%c' means nothing here", *p->at);
    } else {
        fail(p, "the byte 0x%02x means nothing here", (unsigned char)*p->at);
    }
}

static bool is_mark(const struct parser *p, char mark)
{
    return p->token == T_MARK && p->text[0] == mark;
}

static bool accept_mark(struct parser *p, char mark)
{
    if (!is_mark(p, mark))
        return false;
    next(p);
    return true;
}

static int expected(struct parser *p, const char *what)
{
    if (p->token == T_BAD)
        return -1;
    if (p->token == T_END)
        return fail(p, "%s expected, but the file ends", what);
    return fail(p, "%s expected, not '%s'", what, p->text);
}

static int expect_mark(struct parser *p, char mark)
{
    const char what[] = {'\'', mark, '\'', '\0'};

    return accept_mark(p, mark) ? 0 : expected(p, what);
}

/* ---- grammar ---- */

static int take_port(struct parser *p, uint16_t least, uint16_t *port)
{
    if (p->token != T_NAME)
        return expected(p, "a port");
    if (strspn(p->text, "0123456789") == strlen(p->text)
            ? pvhop_port_parse(p->text, port, NULL) != 0
            : !pvhop_service_port(p->text, port))
        return fail(p, "'%s' is neither a port (0 to 65535) nor a TCP service of /etc/services",
                    p->text);
    if (*port < least)
        return fail(p, "port %u is below %u", *port, least);
    next(p);
    return 0;
}

static int take_host(struct parser *p, char host[PVHOP_HOST_MAX + 1])
{
    if (p->token != T_NAME && p->token != T_LITERAL6)
        return expected(p, "a host");
    if (!pvhop_host_valid(p->text))
        return fail(p, "'%s' is neither a host name nor an address", p->text);
    snprintf(host, PVHOP_HOST_MAX + 1, "%s", p->text);
    next(p);
    return 0;
}

static int take_port_range(struct parser *p, struct pvhop_relay_from *from)
{
    if (accept_mark(p, '+'))
        return take_port(p, 0, &from->high);
    if (take_port(p, 0, &from->low))
        return -1;
    if (!accept_mark(p, '+'))
        from->high = from->low;
    else if (p->token == T_NAME)
        return take_port(p, from->low, &from->high);
    return 0;
}

static int take_from(struct parser *p, struct pvhop_relay_rule *rule)
{
    struct pvhop_relay_from from = {.bits = -1, .low = 0, .high = UINT16_MAX};

    if (p->token == T_NAME || p->token == T_LITERAL6) {
        if (take_host(p, from.host))
            return -1;
        if (accept_mark(p, '/')) {
            if (p->token != T_NAME || pvhop_relay_from_bits(&from, p->text))
                return expected(p, "the number of bits of the network");
            next(p);
        }
    }
    if (accept_mark(p, ':') && take_port_range(p, &from))
        return -1;
    return pvhop_relay_list_from(&rule->from, &rule->froms, &from) ? out_of_memory(p) : 0;
}

static int take_to(struct parser *p, struct pvhop_relay_rule *rule)
{
    struct pvhop_endpoint to = {.port = 0};

    if (take_host(p, to.host) || expect_mark(p, ':') || take_port(p, 1, &to.port))
        return -1;
    return pvhop_relay_rule_to(rule, &to) ? out_of_memory(p) : 0;
}

static int take_hosts(struct parser *p, struct pvhop_relay_map *map)
{
    struct pvhop_relay_rule *rule = pvhop_relay_map_rule(map);

    if (!rule)
        return out_of_memory(p);
    do
        if (take_from(p, rule))
            return -1;
    while (accept_mark(p, ','));
    if (p->token != T_ARROW)
        return expected(p, "'=>'");
    next(p);
    do
        if (take_to(p, rule))
            return -1;
    while (accept_mark(p, ','));
    return 0;
}

static int take_map(struct parser *p, bool fragile)
{
    struct pvhop_relay_map *map = pvhop_relay_new_map(p->config);
    uint16_t port;

    if (!map)
        return out_of_memory(p);
    map->fragile = fragile;
    memcpy(map->listen_on, p->listen_on, sizeof(map->listen_on));
    memcpy(map->source, p->source, sizeof(map->source));
    do {
        if (++p->ports > PORTS_MAX)
            return fail(p, "more than %d ports", PORTS_MAX);
        if (take_port(p, 0, &port))
            return -1;
        if (pvhop_relay_map_port(map, port))
            return out_of_memory(p);
    } while (accept_mark(p, ','));
    if (p->token == T_NAME && strncmp(p->text, "ftp-", 4) == 0)
        return fail(p, "'%s' is not supported: the relay does not rewrite FTP", p->text);
    if (expect_mark(p, '{'))
        return -1;
    do
        if (take_hosts(p, map))
            return -1;
    while (accept_mark(p, ';') && !is_mark(p, '}'));
    return expect_mark(p, '}');
}

static int take_tcp(struct parser *p, bool fragile)
{
    next(p);
    if (expect_mark(p, '{'))
        return -1;
    do
        if (take_map(p, fragile))
            return -1;
    while (accept_mark(p, ';') && !is_mark(p, '}'));
    return expect_mark(p, '}');
}

/* A wiki that shows the file takes the marks of its comment away: the words then stand as a
 * statement. */
static int unknown_statement(struct parser *p)
{
    const char *line = p->token_line_start;
    size_t len = 0;

    if (p->token != T_NAME)
        return expected(p, "a statement (tcp, listen-on, source-address)");
    while (len < LINE_QUOTED && line + len < p->end && line[len] != '\r' && line[len] != '\n')
        len++; /* the text has no NUL at its end */
    fail(p, "'%s' is not a statement (tcp, listen-on, source-address); the line reads '%.*s'",
         p->text, (int)len, line);
    return pvhop_error_remedy(p->err,
                              "If this line is a comment whose marks were lost, write them "
                              "again: /* %.*s */",
                              (int)len, line);
}

static int take_statement(struct parser *p)
{
    bool fragile = false;

    if (p->token != T_NAME)
        return unknown_statement(p);
    if (strcmp(p->text, "listen-on") == 0 || strcmp(p->text, "bind-address") == 0) {
        next(p);
        return take_host(p, p->listen_on);
    }
    if (strcmp(p->text, "source-address") == 0) {
        next(p);
        return take_host(p, p->source);
    }
    if (strcmp(p->text, "user") == 0 || strcmp(p->text, "group") == 0)
        return fail(p, "'%s' is not supported: start the relay as the user that it is to run as",
                    p->text);
    if (strcmp(p->text, "fragile") == 0) {
        fragile = true;
        next(p);
    }
    if (p->token == T_NAME && strcmp(p->text, "udp") == 0)
        return fail(p, "'udp' is not supported: the relay forwards TCP only");
    if (p->token == T_NAME && strcmp(p->text, "tcp") == 0)
        return take_tcp(p, fragile);
    return fragile ? expected(p, "'tcp'") : unknown_statement(p);
}

int pvhop_relay_parse(struct pvhop_relay_config *config, const char *text, size_t len,
                      const char *name, struct pvhop_error *err)
{
    struct parser p = {.at = text,
                       .end = text + len,
                       .line_start = text,
                       .line = 1,
                       .file = name,
                       .err = err,
                       .config = config};
    size_t maps = config->map_count;

    for (next(&p); p.token != T_END;)
        if (p.token == T_BAD || take_statement(&p))
            return -1;
    if (config->map_count == maps)
        return fail(&p, "the file forwards nothing: it has no tcp { ... }");
    return 0;
}

int pvhop_relay_read(struct pvhop_relay_config *config, const char *path, struct pvhop_error *err)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t len;
    int rc = -1;

    if (!file)
        return pvhop_error_set(err, PVHOP_E_CONFIG, "'%s': %s", path, strerror(errno));
    text = malloc(FILE_MAX + 1);
    if (!text) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "'%s' could not be read", path);
        goto out;
    }
    len = fread(text, 1, FILE_MAX + 1, file);
    if (ferror(file))
        pvhop_error_set(err, PVHOP_E_CONFIG, "'%s': %s", path, strerror(errno));
    else if (len > FILE_MAX)
        pvhop_error_set(err, PVHOP_E_CONFIG, "'%s' is larger than 1 MiB", path);
    else
        rc = pvhop_relay_parse(config, text, len, path, err);
out:
    free(text);
    fclose(file);
    return rc;
}
