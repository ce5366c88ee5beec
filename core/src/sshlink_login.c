/* SPDX-License-Identifier: BSD-3-Clause */
/* What the worker does: the plan (which hops), and a login: socket, key exchange, host key,
 * authentication. */
#include "dial.h"
#include "secret.h"
#include "sshlink_child.h"
#include "sshlink_hostkey.h"
#include "sshlink_work.h"
#include "text.h"
#include <errno.h>
#include <fcntl.h>
#include <libssh/server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#else
#include <sys/auxv.h>
#endif

enum { HOPS_MAX = 8, CHILD_MS = 10000, SILENCE_S = 30, PROBE_S = 15 };

/* What libssh 0.10 can do; it fails on an option that holds nothing that it knows. */
static const char known_kex[] =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
    "ecdh-sha2-nistp521,diffie-hellman-group18-sha512,diffie-hellman-group16-sha512,"
    "diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha256,"
    "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1,diffie-hellman-group-exchange-sha1";
static const char known_ciphers[] =
    "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,"
    "aes192-ctr,aes128-ctr,aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc";
static const char known_macs[] =
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512,"
    "hmac-sha1-etm@openssh.com,hmac-sha1";
static const char known_host_keys[] =
    "ssh-ed25519,ecdsa-sha2-nistp521,ecdsa-sha2-nistp384,ecdsa-sha2-nistp256,"
    "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256,"
    "ssh-rsa";
static const char known_pubkeys[] =
    "ssh-ed25519-cert-v01@openssh.com,sk-ssh-ed25519-cert-v01@openssh.com,"
    "ecdsa-sha2-nistp521-cert-v01@openssh.com,ecdsa-sha2-nistp384-cert-v01@openssh.com,"
    "ecdsa-sha2-nistp256-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,"
    "rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,"
    "ssh-rsa-cert-v01@openssh.com,ssh-ed25519,ecdsa-sha2-nistp521,ecdsa-sha2-nistp384,"
    "ecdsa-sha2-nistp256,sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,"
    "rsa-sha2-512,rsa-sha2-256,ssh-rsa";
/* By default no SHA-1 signatures: what OpenSSH has done since 8.8. */
static const char default_host_keys[] =
    "ssh-ed25519,ecdsa-sha2-nistp521,ecdsa-sha2-nistp384,ecdsa-sha2-nistp256,"
    "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256";
static const char gcm_first[] = "aes256-gcm@openssh.com,aes128-gcm@openssh.com,"
                                "chacha20-poly1305@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";

/* ---- the plan ---- */

void pvhop_ssh_plan_free(struct ssh_plan *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        pvhop_ssh_settings_free(p->hops[i]);
    free(p->hops);
    free(p->destination);
    free(p->user);
    free(p->identity);
    free(p->jump);
    free(p->config_file);
    free(p->known_hosts);
    free(p);
}

/* What ssh is asked for a plan, all that is known at a time at once. */
struct questions {
    struct ssh_asked *defaults;
    struct ssh_asked *jumps[HOPS_MAX]; /* from the first to the last */
    size_t n;                          /* of jumps: not yet heard */
    size_t asked;                      /* hops, in all */
};

static struct ssh_ask question(const struct ssh_work *w, const char *destination)
{
    return (struct ssh_ask){.destination = destination,
                            .config_file = w->plan->config_file,
                            .cancel_fd = w->cancel_fd,
                            .timeout_ms = CHILD_MS};
}

/* Asks about all of a ProxyJump's list. */
static int ask_jumps(struct ssh_work *w, struct questions *q, const char *jump)
{
    struct ssh_strings list = {0};
    int rc = 0;
    if (pvhop_ssh_jump_split(jump, &list))
        rc = pvhop_error_set(&w->err, PVHOP_E_MEMORY, "for the ssh configuration of %s",
                             w->plan->destination);
    else if (q->asked + list.n > HOPS_MAX)
        rc = pvhop_error_set(&w->err, PVHOP_E_SSH_CONFIG,
                             "more than %d hops to %s: does a ProxyJump lead back to itself?",
                             HOPS_MAX, w->plan->destination);
    for (size_t i = 0; !rc && i < list.n; i++) {
        struct ssh_ask ask = question(w, list.at[i]);
        q->jumps[q->n] = pvhop_ssh_ask_begin(&ask, &w->err);
        if (q->jumps[q->n])
            q->n++;
        else
            rc = -1;
        q->asked++;
    }
    pvhop_ssh_strings_clear(&list);
    return rc;
}

/* The answer to one question, which this ends. */
static struct ssh_settings *hear(struct ssh_work *w, struct questions *q, struct ssh_asked *asked)
{
    struct ssh_plan *p = w->plan;
    char warning[256];
    struct ssh_settings *s = pvhop_ssh_ask_end(asked, q->defaults, warning, &w->err);
    if (*warning)
        pvhop_ssh_work_log(w, "%s", warning);
    if (s && p->known_hosts) {
        pvhop_ssh_strings_clear(&s->user_known_hosts);
        if (pvhop_ssh_strings_add(&s->user_known_hosts, p->known_hosts, strlen(p->known_hosts))) {
            pvhop_ssh_settings_free(s);
            pvhop_error_set(&w->err, PVHOP_E_MEMORY, "for the ssh configuration of %s",
                            p->destination);
            return NULL;
        }
    }
    return s;
}

/* The destination's settings, while the jump hosts that were named are asked about, too. */
static struct ssh_settings *ask_destination(struct ssh_work *w, struct questions *q)
{
    struct ssh_plan *p = w->plan;
    struct ssh_ask ask = question(w, p->destination);
    ask.user = p->user;
    ask.port = p->port;
    struct ssh_asked *asked = pvhop_ssh_ask_begin(&ask, &w->err);
    if (!asked)
        return NULL;
    q->asked = 1;
    q->defaults = pvhop_ssh_ask_begin_defaults(&ask, NULL); /* NULL: then without */
    if (p->jump && ask_jumps(w, q, p->jump)) {
        pvhop_ssh_ask_drop(asked);
        return NULL;
    }
    return hear(w, q, asked);
}

static int prepend(struct ssh_plan *p, struct ssh_settings *s)
{
    struct ssh_settings **hops = realloc(p->hops, (p->n + 1) * sizeof(struct ssh_settings *));
    if (!hops)
        return -1;
    p->hops = hops;
    memmove(hops + 1, hops, p->n * sizeof *hops);
    hops[0] = s;
    p->n++;
    return 0;
}

/* A key that was named must be there; its public half is enough if an agent has the other. */
static bool key_exists(struct ssh_work *w, const char *file)
{
    char pub[4096];
    snprintf(pub, sizeof pub, "%s.pub", file);
    if (access(file, R_OK) == 0)
        return true;
    int why = errno;
    if (access(pub, R_OK) == 0)
        return true;
    pvhop_error_set(&w->err, PVHOP_E_KEY_FILE, "%s: %s", file, strerror(why));
    return false;
}

/* A jump wins over a configured ProxyCommand. */
static void drop_proxy_command(struct ssh_settings *s)
{
    free(s->proxy_command);
    s->proxy_command = NULL;
}

/*
 * The hops from the last to the first: a jump host's own configuration counts,
 * too, but its ProxyJump only for the first of a list, as with ssh -J.
 */
void pvhop_ssh_plan_run(struct ssh_work *w)
{
    struct ssh_plan *p = w->plan;
    struct questions q = {.n = 0};
    pvhop_ssh_work_phase(w, PVHOP_SSH_CONFIG, "Reading the ssh configuration for %s",
                         p->destination);
    struct ssh_settings *s = ask_destination(w, &q);
    if (!s)
        goto out;
    if (p->identity && pvhop_ssh_settings_first_identity(s, p->identity)) {
        pvhop_ssh_settings_free(s);
        goto memory;
    }
    if (p->identity && !key_exists(w, s->identities.at[0])) {
        pvhop_ssh_settings_free(s);
        goto out;
    }
    if (p->jump)
        drop_proxy_command(s);
    const char *jump = p->jump ? NULL : s->proxy_jump; /* p->jump is asked about already */
    for (;;) {
        if (prepend(p, s)) {
            pvhop_ssh_settings_free(s);
            goto memory;
        }
        if (q.n == 0 && ask_jumps(w, &q, jump))
            goto out;
        if (q.n == 0)
            break;
        drop_proxy_command(s);
        s = hear(w, &q, q.jumps[--q.n]);
        if (!s)
            goto out;
        jump = q.n == 0 ? s->proxy_jump : NULL;
    }
    w->ok = true;
    goto out;
memory:
    pvhop_error_set(&w->err, PVHOP_E_MEMORY, "for the ssh configuration of %s", p->destination);
out:
    while (q.n)
        pvhop_ssh_ask_drop(q.jumps[--q.n]);
    pvhop_ssh_ask_drop(q.defaults);
}

/* ---- the socket ---- */

static void dialling(void *user, const char *addresses)
{
    struct ssh_work *w = user;
    pvhop_ssh_work_busy(w, "no answer from the host's port");
    pvhop_ssh_work_phase(w, PVHOP_SSH_CONNECT, "Connecting to %s port %u (%s)",
                         w->settings->hostname, w->settings->port, addresses);
}

static int get_socket(struct ssh_work *w)
{
    struct ssh_settings *s = w->settings;
    if (w->transport >= 0) {
        w->fd = w->transport;
        w->transport = -1;
        pvhop_ssh_work_phase(w, PVHOP_SSH_CONNECT,
                             "Connecting to %s port %u through the hop before it", s->hostname,
                             s->port);
        return 0;
    }
    if (s->proxy_command) {
        pvhop_ssh_work_phase(w, PVHOP_SSH_CONNECT, "Connecting to %s by ProxyCommand: %s",
                             s->hostname, s->proxy_command);
        w->fd = pvhop_ssh_child_transport(s->proxy_command, &w->proxy, &w->err);
        return w->fd < 0 ? -1 : 0;
    }
    struct pvhop_dial d = {.host = s->hostname,
                           .port = s->port,
                           .family = s->family,
                           .bind_address = s->bind_address,
                           .silence_s = SILENCE_S,
                           .probe_s = PROBE_S,
                           .cancel_fd = w->cancel_fd,
                           .resolved = dialling,
                           .user = w};
    if (s->alive_s && s->alive_count) { /* the user's own idea of when a silent host is gone */
        d.probe_s = s->alive_s;
        d.silence_s = s->alive_s * s->alive_count;
    }
    pvhop_ssh_work_busy(w, "no answer from the name servers");
    pvhop_ssh_work_phase(w, PVHOP_SSH_RESOLVE, "Looking up %s", s->hostname);
    w->fd = pvhop_dial(&d, &w->err);
    w->tcp = true;
    return w->fd < 0 ? -1 : 0;
}

/* ---- the session ---- */

static bool has_aes(void)
{
#if defined(__x86_64__) || defined(__i386__)
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_AES);
#elif defined(__aarch64__)
    return getauxval(AT_HWCAP) & (1UL << 3); /* HWCAP_AES */
#else
    return false;
#endif
}

/* An algorithm list of the user's, less what libssh does not know. */
static int set_list(struct ssh_work *w, const char *what, const char *wanted, const char *known,
                    enum ssh_options_e a, enum ssh_options_e b)
{
    if (!wanted)
        return 0;
    char *list = pvhop_ssh_algorithms_known(wanted, known);
    if (!list)
        return pvhop_error_set(&w->err, PVHOP_E_SSH_CONFIG,
                               "none of the configured %s is known here: %s", what, wanted);
    int rc = ssh_options_set(w->session, a, list);
    if (!rc && b != a)
        rc = ssh_options_set(w->session, b, list);
    if (rc)
        pvhop_error_set(&w->err, PVHOP_E_SSH_CONFIG, "%s \"%s\": %s", what, list,
                        ssh_get_error(w->session));
    free(list);
    return rc ? -1 : 0;
}

/* A server has no business to open anything before it was asked to. */
static int refuse_message(ssh_session session, ssh_message message, void *user)
{
    (void)session;
    (void)message;
    (void)user;
    return 1;
}

static int prepare(struct ssh_work *w)
{
    struct ssh_settings *s = w->settings;
    const bool no = false;
    const int on = 1, off = 0;
    const long day = 86400; /* the limits are the link's; libssh's own would come first at 10 s */
    unsigned port = s->port;
    ssh_session session = w->session = ssh_new();
    int copy = fcntl(w->fd, F_DUPFD_CLOEXEC, 3);
    if (!session || copy < 0 || copy > 0xffff) { /* libssh would cut off its higher bits */
        if (copy >= 0)
            close(copy);
        return pvhop_error_set(&w->err, PVHOP_E_MEMORY, "for the ssh session with %s", s->hostname);
    }
    ssh_set_message_callback(session, refuse_message, NULL);
    /* libssh owns the copy: it closes it at times of its own choice */
    int rc = ssh_options_set(session, SSH_OPTIONS_FD, &copy);
    if (rc)
        close(copy);
    rc = rc || ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no) ||
         ssh_options_set(session, SSH_OPTIONS_HOST, s->hostname) ||
         ssh_options_set(session, SSH_OPTIONS_PORT, &port) ||
         ssh_options_set(session, SSH_OPTIONS_USER, s->user) ||
         ssh_options_set(session, SSH_OPTIONS_TIMEOUT, &day) ||
         ssh_options_set(session, SSH_OPTIONS_NODELAY, &on) ||
         ssh_options_set(session, SSH_OPTIONS_COMPRESSION, "none") ||
         /* host keys are our own affair */
         ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null") ||
         ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") ||
         ssh_options_set(session, SSH_OPTIONS_STRICTHOSTKEYCHECK, &off);
    if (!rc && s->gssapi_delegate)
        rc = ssh_options_set(session, SSH_OPTIONS_GSSAPI_DELEGATE_CREDENTIALS, &on);
    if (rc)
        return pvhop_error_set(&w->err, PVHOP_E_SSH_CONFIG, "libssh refuses a setting for %s: %s",
                               s->hostname, ssh_get_error(session));
    const char *ciphers = w->pinned_ciphers ? w->pinned_ciphers : s->ciphers;
    if (!ciphers && has_aes())
        ciphers = gcm_first;
    char *order = s->host_key_algorithms
                      ? pvhop_ssh_algorithms_known(s->host_key_algorithms, known_host_keys)
                      : NULL;
    char *host_keys = pvhop_ssh_hostkey_order(s, order ? order : default_host_keys);
    free(order);
    rc = set_list(w, "Ciphers", ciphers, known_ciphers, SSH_OPTIONS_CIPHERS_C_S,
                  SSH_OPTIONS_CIPHERS_S_C) ||
         set_list(w, "KexAlgorithms", s->kex, known_kex, SSH_OPTIONS_KEY_EXCHANGE,
                  SSH_OPTIONS_KEY_EXCHANGE) ||
         set_list(w, "MACs", s->macs, known_macs, SSH_OPTIONS_HMAC_C_S, SSH_OPTIONS_HMAC_S_C) ||
         set_list(w, "HostKeyAlgorithms", host_keys, known_host_keys, SSH_OPTIONS_HOSTKEYS,
                  SSH_OPTIONS_HOSTKEYS) ||
         set_list(w, "PubkeyAcceptedAlgorithms", s->pubkey_algorithms, known_pubkeys,
                  SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES);
    free(host_keys);
    return rc ? -1 : 0;
}

/* ---- the host key ---- */

static int ask_hostkey(struct ssh_work *w, ssh_key key, const char *fingerprint,
                       const struct ssh_hostkey_verdict *v)
{
    struct ssh_settings *s = w->settings;
    char name[512], text[1024];
    struct pvhop_error why;
    pvhop_ssh_hostkey_name(s, name, sizeof name);
    const char *more = "";
    if (v->state == SSH_HOSTKEY_OTHER)
        more = " Keys of other kinds are on record for it, and the host does not show them: be "
               "careful.";
    else if (v->authority)
        more =
            " A @cert-authority is on record for it, but certificates of hosts cannot be checked "
            "here, only plain keys.";
    if (s->strict == SSH_STRICT_YES)
        return pvhop_error_set(&w->err, PVHOP_E_HOSTKEY_UNKNOWN,
                               "%s shows the key %s. StrictHostKeyChecking is 'yes'.%s", name,
                               fingerprint, more);
    if (s->strict == SSH_STRICT_ACCEPT_NEW && v->state == SSH_HOSTKEY_UNKNOWN) {
        pvhop_ssh_work_log(w,
                           "%s is new; StrictHostKeyChecking is accept-new: its key %s is accepted",
                           name, fingerprint);
    } else {
        snprintf(text, sizeof text, "%s is not known yet. Is this its key?%s", name, more);
        struct ssh_question q = {.kind = PVHOP_PROMPT_HOSTKEY,
                                 .text = text,
                                 .fingerprint = fingerprint,
                                 .echo = true,
                                 .count = 1};
        char *answer = pvhop_ssh_work_ask(w, &q);
        bool yes = answer && !strcasecmp(answer, "yes");
        pvhop_secret_free(answer);
        if (!yes)
            return pvhop_error_set(&w->err, PVHOP_E_HOSTKEY_UNKNOWN, "%s shows the key %s.%s", name,
                                   fingerprint, more);
    }
    if (pvhop_ssh_hostkey_record(s, key, &why))
        pvhop_ssh_work_log(w,
                           "The key of %s could not be recorded, and will be asked for again: %s",
                           name, why.why);
    return 0;
}

/* With the command that mends it, to be copied into a shell as it stands. */
static void tell_changed(struct ssh_work *w, const char *name, const char *fingerprint,
                         const struct ssh_hostkey_verdict *v)
{
    struct pvhop_text command = {0};

    pvhop_text_addf(&command, "ssh-keygen -f ");
    pvhop_text_add_word(&command, v->file);
    pvhop_text_addf(&command, " -R ");
    pvhop_text_add_word(&command, name);
    pvhop_error_set(&w->err, PVHOP_E_HOSTKEY_CHANGED,
                    "%s shows the key %s, but another one is on record in %s:%u. To remove that "
                    "one: %s",
                    name, fingerprint, v->file, v->line, command.s ? command.s : "ssh-keygen -R");
    pvhop_text_free(&command);
}

static int check_hostkey(struct ssh_work *w)
{
    struct ssh_settings *s = w->settings;
    struct ssh_hostkey_verdict v;
    char name[512], fingerprint[128];
    ssh_key key = NULL;
    int rc = -1;
    pvhop_ssh_hostkey_name(s, name, sizeof name);
    if (ssh_get_server_publickey(w->session, &key) ||
        pvhop_ssh_hostkey_fingerprint(key, fingerprint, sizeof fingerprint)) {
        pvhop_error_set(&w->err, PVHOP_E_SSH_PROTOCOL, "%s showed no usable host key", name);
        goto out;
    }
    snprintf(w->facts.hostkey, sizeof w->facts.hostkey, "%s", fingerprint);
    pvhop_ssh_work_phase(w, PVHOP_SSH_HOSTKEY, "Checking the host key of %s: %s", name,
                         fingerprint);
    pvhop_ssh_hostkey_check(s, key, &v);
    switch (v.state) {
    case SSH_HOSTKEY_KNOWN:
        rc = 0;
        break;
    case SSH_HOSTKEY_UNKNOWN:
    case SSH_HOSTKEY_OTHER:
        rc = ask_hostkey(w, key, fingerprint, &v);
        break;
    case SSH_HOSTKEY_CHANGED:
        tell_changed(w, name, fingerprint, &v);
        break;
    case SSH_HOSTKEY_REVOKED:
        pvhop_error_set(&w->err, PVHOP_E_HOSTKEY_REVOKED,
                        "%s shows the key %s, which is marked @revoked in %s:%u", name, fingerprint,
                        v.file, v.line);
        break;
    }
out:
    ssh_key_free(key);
    return rc;
}

void pvhop_ssh_login_run(struct ssh_work *w)
{
    struct ssh_settings *s = w->settings;
    if (get_socket(w))
        return;
    pvhop_ssh_work_guard(w, 0, w->fd);
    pvhop_ssh_work_busy(
        w, "the host accepted the connection, but did not complete ssh's key exchange");
    if (prepare(w))
        return;
    if (ssh_connect(w->session) != SSH_OK) {
        pvhop_error_set(&w->err, PVHOP_E_SSH_PROTOCOL, "%s port %u: %s", s->hostname, s->port,
                        ssh_get_error(w->session));
        return;
    }
    snprintf(w->facts.server, sizeof w->facts.server, "%s",
             ssh_get_serverbanner(w->session) ? ssh_get_serverbanner(w->session) : "");
    if (ssh_get_serverbanner(w->session))
        pvhop_ssh_work_log(w, "%s: %s; %s, %s", s->hostname, ssh_get_serverbanner(w->session),
                           ssh_get_kex_algo(w->session), ssh_get_cipher_out(w->session));
    pvhop_ssh_work_busy(w, NULL);
    if (check_hostkey(w) || pvhop_ssh_auth(w))
        return;
    pvhop_ssh_work_guard(w, 0, -1);
    pvhop_ssh_work_guard(w, 1, -1);
    w->ok = true;
}
