/* SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <pvhop/redact.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum kind { USER, HOST, ADDRESS, KINDS };

static const char *const stand_in[KINDS] = {[USER] = "user", [HOST] = "host", [ADDRESS] = "addr"};

struct known {
    struct known *next;
    enum kind kind;
    unsigned number;
    char *name;
};

struct pvhop_redact {
    struct known *known;
    unsigned count[KINDS];
    bool failed;
};

/* ---- what is known ---- */

static bool is_common(enum kind kind, const char *name)
{
    static const char *const users[] = {"root", "user", "git", NULL}, *const hosts[] = {
                                                                          "localhost", "login",
                                                                          "cluster",   "host",
                                                                          "node",      "front",
                                                                          "ssh",       NULL};

    for (const char *const *w = kind == USER ? users : hosts; kind != ADDRESS && *w; w++)
        if (strcasecmp(*w, name) == 0)
            return true;
    return strlen(name) < 2;
}

static const struct known *find(const struct pvhop_redact *r, const char *name, size_t len)
{
    for (const struct known *k = r->known; k; k = k->next)
        if (strlen(k->name) == len && strncasecmp(k->name, name, len) == 0)
            return k;
    return NULL;
}

/* `as`: the number to share; 0: a new one. */
static const struct known *learn(struct pvhop_redact *r, enum kind kind, const char *name,
                                 size_t len, unsigned as)
{
    const struct known *old = find(r, name, len);
    struct known *k;

    if (old)
        return old;
    k = calloc(1, sizeof(*k));
    if (!k || !(k->name = strndup(name, len))) {
        free(k);
        r->failed = true;
        return NULL;
    }
    k->kind = kind;
    k->number = as ? as : ++r->count[kind];
    k->next = r->known;
    r->known = k;
    return k;
}

void pvhop_redact_user(struct pvhop_redact *r, const char *name)
{
    if (name && !is_common(USER, name))
        learn(r, USER, name, strlen(name), 0);
}

/* A host by its full name is often meant by its first label too. */
static const struct known *learn_host(struct pvhop_redact *r, const char *name, size_t len)
{
    const struct known *k = learn(r, HOST, name, len, 0);
    char label[64];
    size_t n = strcspn(name, ".");

    if (k && n < len && n < sizeof(label)) {
        memcpy(label, name, n);
        label[n] = '\0';
        if (!is_common(HOST, label))
            learn(r, HOST, label, n, k->number);
    }
    return k;
}

void pvhop_redact_host(struct pvhop_redact *r, const char *name)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (!name || is_common(HOST, name) || inet_pton(AF_INET, name, &v4) == 1 ||
        inet_pton(AF_INET6, name, &v6) == 1)
        return;
    learn_host(r, name, strlen(name));
}

/* ---- words ---- */

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static void put(struct pvhop_text *t, const struct known *k)
{
    if (k)
        pvhop_text_addf(t, "%s%u", stand_in[k->kind], k->number);
}

static bool is_address(const char *word)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, word, &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) != 127 && v4.s_addr != 0;
    return strchr(word, ':') && inet_pton(AF_INET6, word, &v6) == 1 && !IN6_IS_ADDR_LOOPBACK(&v6) &&
           !IN6_IS_ADDR_UNSPECIFIED(&v6);
}

/* name.name.tld; not a file, a version, or one of the domains that stand in ssh's algorithms. */
static bool is_domain(const char *word, size_t len)
{
    static const char *const not [] = {"so",   "py",  "sh",  "conf", "xml",  "json", "log", "txt",
                                       "pvsc", "pub", "md",  "c",    "h",    "gz",   "tar", "jsonl",
                                       "out",  "err", "cfg", "vtu",  "pvsm", "cc",   "d",   NULL};
    const char *last = word;
    size_t tail;

    for (size_t i = 0; i < len; i++)
        if (word[i] == '.')
            last = word + i + 1;
    if (last == word || *word == '.')
        return false;
    tail = len - (size_t)(last - word);
    if (tail < 2)
        return false;
    for (size_t i = 0; i < tail; i++)
        if (!isalpha((unsigned char)last[i]))
            return false;
    for (const char *const *w = not ; *w; w++)
        if (strlen(*w) == tail && strncasecmp(*w, last, tail) == 0)
            return false;
    return !(len >= 11 && strncmp(word + len - 11, "openssh.com", 11) == 0) &&
           !(len >= 10 && strncmp(word + len - 10, "libssh.org", 10) == 0);
}

static bool is_token(const char *word, size_t len)
{
    size_t hex = 0, letters = 0, digits = 0;

    for (size_t i = 0; i < len; i++) {
        hex += isxdigit((unsigned char)word[i]) != 0;
        letters += isalpha((unsigned char)word[i]) != 0;
        digits += isdigit((unsigned char)word[i]) != 0;
    }
    return (len >= 32 && hex == len) || (len >= 40 && letters + digits == len && digits > 0);
}

/* "password=", "Passphrase: " ...: the length up to the value; 0: the word is none of those. */
static size_t secret_prefix(const char *word, size_t len)
{
    static const char *const names[] = {"password", "passwd", "passphrase", "secret",
                                        "token",    "apikey", "api_key",    NULL};
    const char *at = word + len;

    for (const char *const *w = names; *w; w++) {
        size_t n = strlen(*w);

        if (len < n || strncasecmp(word + len - n, *w, n) != 0)
            continue;
        at += strspn(at, "\"'");
        if (*at != '=' && *at != ':')
            return 0;
        at += 1 + strspn(at + 1, " \"'");
        return *at && *at != '\n' ? (size_t)(at - word) : 0;
    }
    return 0;
}

/* ---- the text ---- */

/* A word of letters, digits, '_', '-' and '.', and what follows it. Returns how much was used. */
static size_t take_word(struct pvhop_redact *r, struct pvhop_text *t, const char *word, size_t len)
{
    const struct known *k;
    char copy[64] = "";
    size_t used = len;

    while (used > 1 && word[used - 1] == '.') /* the end of a sentence */
        used--;
    if (used < sizeof(copy)) {
        memcpy(copy, word, used);
        copy[used] = '\0';
        if (is_address(copy)) {
            put(t, learn(r, ADDRESS, copy, used, 0));
            return used;
        }
    }
    if ((k = find(r, word, used))) {
        put(t, k);
        return used;
    }
    if (word[used] == '@') { /* user@host, but not an algorithm@its-maker */
        size_t host = 0;

        while (in_word(word[used + 1 + host]))
            host++;
        if (host && (is_domain(word + used + 1, host) || find(r, word + used + 1, host)) &&
            used < sizeof(copy) && !is_common(USER, copy)) {
            put(t, learn(r, USER, word, used, 0));
            return used;
        }
    }
    if (is_domain(word, used)) {
        put(t, learn_host(r, word, used));
        return used;
    }
    if (is_token(word, used)) {
        pvhop_text_addf(t, "(hidden)");
        return used;
    }
    /* what is joined by '-' or '.' may have a known name in it: "fe1-bond0", "alice.5" */
    if (strpbrk(copy, "-.") && used < sizeof(copy)) {
        size_t part = strcspn(copy, "-.");

        if (part > 0 && part < used) {
            if ((k = find(r, word, part)))
                put(t, k);
            else
                pvhop_text_add(t, word, part);
            pvhop_text_add(t, word + part, 1);
            return part + 1;
        }
    }
    pvhop_text_add(t, word, used);
    return used;
}

static size_t take_home(struct pvhop_redact *r, struct pvhop_text *t, const char *at)
{
    static const char *const homes[] = {"/home/", "/Users/", "/users/", NULL};

    for (const char *const *w = homes; *w; w++) {
        size_t n = strlen(*w), owner = 0;

        if (strncmp(at, *w, n) != 0)
            continue;
        while (in_word(at[n + owner]))
            owner++;
        if (owner < 2)
            return 0;
        pvhop_text_add(t, at, n);
        put(t, learn(r, USER, at + n, owner, 0));
        return n + owner;
    }
    return 0;
}

static size_t take_ipv6(struct pvhop_redact *r, struct pvhop_text *t, const char *at)
{
    size_t len = 0;
    char copy[64];

    while (len < sizeof(copy) && at[len] && strchr("0123456789abcdefABCDEF:.", at[len]))
        len++;
    if (len < 3 || len >= sizeof(copy) || !memchr(at, ':', len))
        return 0;
    memcpy(copy, at, len);
    copy[len] = '\0';
    while (len > 0 && (copy[len - 1] == '.' || (copy[len - 1] == ':' && !is_address(copy))))
        copy[--len] = '\0';
    if (!is_address(copy) || !strchr(copy, ':'))
        return 0;
    put(t, learn(r, ADDRESS, copy, len, 0));
    return len;
}

static size_t take_fingerprint(struct pvhop_text *t, const char *at)
{
    size_t len;

    if (strncmp(at, "SHA256:", 7) != 0)
        return 0;
    len = strspn(at + 7, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
    if (len < 20)
        return 0;
    pvhop_text_addf(t, "SHA256:(hidden)");
    return 7 + len;
}

static char *one_pass(struct pvhop_redact *r, const char *text)
{
    struct pvhop_text t = {0};
    bool fresh = true; /* a word may begin here */

    pvhop_text_add(&t, "", 0);
    for (const char *at = text; *at;) {
        size_t len = 0, used = 0;

        while (fresh && in_word(at[len]))
            len++;
        if (fresh) {
            used = take_fingerprint(&t, at);
            if (!used)
                used = take_ipv6(r, &t, at);
            if (!used && *at == '/')
                used = take_home(r, &t, at);
            if (!used && len > 0) {
                size_t secret = secret_prefix(at, len);

                if (secret) {
                    pvhop_text_add(&t, at, secret);
                    pvhop_text_addf(&t, "(hidden)");
                    used = secret + strcspn(at + secret, at[secret - 1] == '"'    ? "\"\n"
                                                         : at[secret - 1] == '\'' ? "'\n"
                                                                                  : " \t\n\"',;}");
                } else {
                    used = take_word(r, &t, at, len);
                }
            }
        }
        if (!used) {
            pvhop_text_add(&t, at, 1);
            used = 1;
        }
        /* behind "fe1-" another word may begin; behind "abc" none */
        fresh = !isalnum((unsigned char)at[used - 1]) || !isalnum((unsigned char)at[used]);
        at += used;
    }
    if (t.failed || r->failed || !t.s) {
        pvhop_text_free(&t);
        return r->failed || t.failed ? NULL : strdup("");
    }
    return t.s;
}

/* Twice: what is learned at the end may stand at the beginning too. */
char *pvhop_redact_text(struct pvhop_redact *r, const char *text)
{
    free(one_pass(r, text));
    return one_pass(r, text);
}

struct pvhop_redact *pvhop_redact_new(void)
{
    return calloc(1, sizeof(struct pvhop_redact));
}

void pvhop_redact_free(struct pvhop_redact *r)
{
    while (r && r->known) {
        struct known *k = r->known;

        r->known = k->next;
        free(k->name);
        free(k);
    }
    free(r);
}
