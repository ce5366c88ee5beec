/* SPDX-License-Identifier: BSD-3-Clause */
#include "sshlink_hostkey.h"
#include "hostname_hash.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_LIMIT = 16384, KINDS_MAX = 16 };

char *pvhop_ssh_hostkey_name(const struct ssh_settings *s, char *buf, size_t size)
{
    if (s->host_key_alias)
        snprintf(buf, size, "%s", s->host_key_alias);
    else if (s->port == 22)
        snprintf(buf, size, "%s", s->hostname);
    else
        snprintf(buf, size, "[%s]:%u", s->hostname, s->port);
    for (char *c = buf; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return buf;
}

/* ECDSA keys of different curves are different kinds, so compare the algorithm's name. */
static const char *kind_of(ssh_key key)
{
    return ssh_key_type_to_char(ssh_key_type(key));
}

/* '*' and '?' as in sshd(8); names are compared without regard to case. */
static bool matches(const char *pattern, size_t len, const char *name)
{
    const char *end = pattern + len, *star = NULL, *from = name;

    /* Where it fails, the last '*' takes one more; earlier ones need not be tried again, so that a
     * pattern of many costs no more than its length times the name's. */
    while (*name) {
        if (pattern < end && *pattern == '*') {
            star = pattern++;
            from = name;
        } else if (pattern < end &&
                   (*pattern == '?' || tolower((unsigned char)*pattern) == *name)) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++from;
        } else {
            return false;
        }
    }
    while (pattern < end && *pattern == '*')
        pattern++;
    return pattern == end;
}

/* "|1|SALT|HMAC" of HashKnownHosts: true if it is the name's. */
static bool matches_hash(const char *field, size_t len, const char *name)
{
    unsigned char salt[PVHOP_SHA1_SIZE], mac[PVHOP_SHA1_SIZE];
    char expected[32];
    const char *bar = len > 3 ? memchr(field + 3, '|', len - 3) : NULL;
    if (!bar || strncmp(field, "|1|", 3) ||
        pvhop_base64_read(field + 3, (size_t)(bar - field - 3), salt, sizeof salt) != sizeof salt)
        return false;
    pvhop_hmac_sha1(salt, sizeof salt, name, strlen(name), mac);
    pvhop_base64(mac, sizeof mac, expected, sizeof expected);
    return strlen(expected) == len - (size_t)(bar + 1 - field) &&
           !memcmp(expected, bar + 1, strlen(expected));
}

/* The first field of a line: patterns with commas, where a '!' that matches rules the line out. */
static bool names(const char *field, size_t len, const char *name)
{
    bool found = false;
    if (len && *field == '|')
        return matches_hash(field, len, name);
    for (const char *end = field + len; field < end;) {
        const char *comma = memchr(field, ',', (size_t)(end - field));
        const char *stop = comma ? comma : end;
        bool not = *field == '!';
        if (matches(field + not, (size_t)(stop - field) - not, name)) {
            if (not )
                return false;
            found = true;
        }
        field = stop + 1;
    }
    return found;
}

struct entry {
    enum { PLAIN, REVOKED, AUTHORITY } marker;
    ssh_key key;
    const char *file;
    unsigned line;
};

/* The key of a line (behind its marker) if it is for the name; NULL if not, or unreadable. */
static ssh_key key_for(char *line, const char *name)
{
    char *save = NULL;
    char *hosts = strtok_r(line, " \t\r\n", &save);
    char *kind = hosts ? strtok_r(NULL, " \t\r\n", &save) : NULL;
    char *blob = kind ? strtok_r(NULL, " \t\r\n", &save) : NULL;
    ssh_key key = NULL;
    if (blob && names(hosts, strlen(hosts), name))
        (void)ssh_pki_import_pubkey_base64(blob, ssh_key_type_from_name(kind), &key);
    return key;
}

/* Calls fn for every line that names the host, in every file; stops when it returns true. */
static void each_entry(const struct ssh_settings *s, bool (*fn)(void *user, const struct entry *e),
                       void *user)
{
    char name[512];
    char *text = malloc(LINE_LIMIT);
    pvhop_ssh_hostkey_name(s, name, sizeof name);
    const struct ssh_strings *lists[] = {&s->user_known_hosts, &s->global_known_hosts};
    bool stop = !text;
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < lists[i]->n && !stop; k++) {
            FILE *f = fopen(lists[i]->at[k], "re");
            unsigned line = 0;
            while (f && !stop && fgets(text, LINE_LIMIT, f)) {
                line++;
                size_t len = strlen(text);
                if (len == LINE_LIMIT - 1 && text[len - 1] != '\n') {
                    for (int c; (c = getc(f)) != EOF && c != '\n';)
                        ; /* no key is that long */
                    continue;
                }
                char *at = text + strspn(text, " \t");
                struct entry e = {.file = lists[i]->at[k], .line = line};
                if (*at == '@') {
                    size_t n = strcspn(at, " \t\r\n");
                    if (n == 8 && !strncmp(at, "@revoked", n))
                        e.marker = REVOKED;
                    else if (n == 15 && !strncmp(at, "@cert-authority", n))
                        e.marker = AUTHORITY;
                    else
                        continue;
                    at += n;
                    at += strspn(at, " \t");
                }
                if (*at && *at != '#' && (e.key = key_for(at, name)))
                    stop = fn(user, &e);
                ssh_key_free(e.key);
            }
            if (f)
                fclose(f);
        }
    }
    free(text);
}

struct judging {
    ssh_key key;
    struct ssh_hostkey_verdict *out;
};

static void decide(struct ssh_hostkey_verdict *out, enum ssh_hostkey_state state,
                   const struct entry *e)
{
    out->state = state;
    out->line = e->line;
    snprintf(out->file, sizeof out->file, "%s", e->file);
}

static bool judge(void *user, const struct entry *e)
{
    struct judging *j = user;
    bool same = ssh_key_cmp(e->key, j->key, SSH_KEY_CMP_PUBLIC) == 0;
    if (e->marker == REVOKED) {
        if (same)
            decide(j->out, SSH_HOSTKEY_REVOKED, e);
        return same;
    }
    if (e->marker == AUTHORITY) {
        j->out->authority = true;
    } else if (same) {
        if (j->out->state != SSH_HOSTKEY_KNOWN)
            decide(j->out, SSH_HOSTKEY_KNOWN, e);
    } else if (j->out->state != SSH_HOSTKEY_KNOWN) {
        bool kind = !strcmp(kind_of(e->key), kind_of(j->key));
        if (kind && j->out->state != SSH_HOSTKEY_CHANGED)
            decide(j->out, SSH_HOSTKEY_CHANGED, e);
        else if (!kind && j->out->state == SSH_HOSTKEY_UNKNOWN)
            decide(j->out, SSH_HOSTKEY_OTHER, e);
    }
    return false; /* a later line may revoke it */
}

void pvhop_ssh_hostkey_check(const struct ssh_settings *s, ssh_key key,
                             struct ssh_hostkey_verdict *out)
{
    *out = (struct ssh_hostkey_verdict){.state = SSH_HOSTKEY_UNKNOWN};
    struct judging j = {.key = key, .out = out};
    each_entry(s, judge, &j);
}

struct kinds {
    const char *at[KINDS_MAX];
    size_t n;
};

static bool collect_kind(void *user, const struct entry *e)
{
    struct kinds *k = user;
    if (e->marker == PLAIN && k->n < KINDS_MAX)
        k->at[k->n++] = kind_of(e->key);
    return false;
}

/* True if a host key of the kind can be used under the algorithm: RSA has two newer ones (RFC
 * 8332). */
static bool serves(const struct kinds *k, const char *algorithm, size_t len)
{
    for (size_t i = 0; i < k->n; i++) {
        if (strlen(k->at[i]) == len && !memcmp(k->at[i], algorithm, len))
            return true;
        if (!strcmp(k->at[i], "ssh-rsa") && len == 12 && !memcmp(algorithm, "rsa-sha2-", 9))
            return true;
    }
    return false;
}

char *pvhop_ssh_hostkey_order(const struct ssh_settings *s, const char *algorithms)
{
    struct kinds k = {.n = 0};
    char *out = calloc(1, strlen(algorithms) + 2);
    if (!out)
        return NULL;
    each_entry(s, collect_kind, &k);
    for (int known = 1; known >= 0; known--) {
        for (const char *a = algorithms; *a;) {
            size_t n = strcspn(a, ",");
            if (n && serves(&k, a, n) == (known == 1)) {
                if (*out)
                    strcat(out, ",");
                strncat(out, a, n);
            }
            a += n + (a[n] == ',');
        }
    }
    return out;
}

int pvhop_ssh_hostkey_fingerprint(ssh_key key, char *buf, size_t size)
{
    unsigned char *hash = NULL;
    size_t len = 0;
    if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &len))
        return -1;
    char *text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, len);
    enum ssh_keytypes_e type = ssh_key_type(key);
    const char *kind = type == SSH_KEYTYPE_ED25519 ? "ED25519"
                       : type == SSH_KEYTYPE_RSA   ? "RSA"
                       : type >= SSH_KEYTYPE_ECDSA_P256 && type <= SSH_KEYTYPE_ECDSA_P521
                           ? "ECDSA"
                           : kind_of(key);
    if (text)
        snprintf(buf, size, "%s %s", kind, text);
    ssh_clean_pubkey_hash(&hash);
    ssh_string_free_char(text);
    return text ? 0 : -1;
}

/* ---- recording ---- */

/* "|1|salt|HMAC-SHA1(salt, name)", both base64, as HashKnownHosts wants it. */
static int hashed(const char *name, char *buf, size_t size)
{
    unsigned char salt[PVHOP_SHA1_SIZE], mac[PVHOP_SHA1_SIZE];
    char a[32], b[32];
    if (getrandom(salt, sizeof salt, 0) != (ssize_t)sizeof salt)
        return -1;
    pvhop_hmac_sha1(salt, sizeof salt, name, strlen(name), mac);
    pvhop_base64(salt, sizeof salt, a, sizeof a);
    pvhop_base64(mac, sizeof mac, b, sizeof b);
    snprintf(buf, size, "|1|%s|%s", a, b);
    return 0;
}

/* The folder of ~/.ssh/known_hosts, where it is missing. */
static void make_folder(const char *file)
{
    char folder[1024];
    snprintf(folder, sizeof folder, "%s", file);
    char *slash = strrchr(folder, '/');
    if (slash && slash != folder) {
        *slash = 0;
        (void)mkdir(folder, 0700);
    }
}

int pvhop_ssh_hostkey_record(const struct ssh_settings *s, ssh_key key, struct pvhop_error *err)
{
    char plain[512], name[640];
    char *blob = NULL, *text = NULL;
    int fd = -1, rc = -1;
    if (s->user_known_hosts.n == 0)
        return pvhop_error_set(err, PVHOP_E_SSH_CONFIG, "UserKnownHostsFile is 'none'");
    const char *file = s->user_known_hosts.at[0];
    pvhop_ssh_hostkey_name(s, plain, sizeof plain);
    if (!s->hash_known_hosts || hashed(plain, name, sizeof name))
        snprintf(name, sizeof name, "%s", plain);
    if (ssh_pki_export_pubkey_base64(key, &blob) ||
        asprintf(&text, "\n%s %s %s\n", name, kind_of(key), blob) < 0) {
        text = NULL;
        pvhop_error_set(err, PVHOP_E_MEMORY, "for a line of %s", file);
        goto out;
    }
    make_folder(file);
    fd = open(file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        pvhop_error_set(err, PVHOP_E_SYSTEM, "%s: %s", file, strerror(errno));
        goto out;
    }
    /* one write, so that two programs do not mix their lines; begin a new line if the last is open
     */
    char last = '\n';
    off_t end = lseek(fd, 0, SEEK_END);
    if (end > 0 && pread(fd, &last, 1, end - 1) != 1)
        last = '\n';
    const char *line = last == '\n' ? text + 1 : text;
    if (write(fd, line, strlen(line)) != (ssize_t)strlen(line)) {
        pvhop_error_set(err, PVHOP_E_SYSTEM, "%s: %s", file, strerror(errno));
        goto out;
    }
    rc = 0;
out:
    if (fd >= 0)
        close(fd);
    ssh_string_free_char(blob);
    free(text);
    return rc;
}
