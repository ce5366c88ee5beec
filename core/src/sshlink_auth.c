/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Authentication, on the worker: the methods that the server offers, in the
 * order of PreferredAuthentications, key by key, never more tries than needed
 * (servers count them: MaxAuthTries).
 */
#include "secret.h"
#include "sshlink_agent.h"
#include "sshlink_work.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { ROUNDS_MAX = 20, QUESTIONS_MAX = 32, STEPS_MAX = 10, KEYS_MAX = 64 };

static const char default_order[] = "gssapi-with-mic,publickey,keyboard-interactive,password";

struct auth {
    struct ssh_work *w;
    ssh_session session;
    struct ssh_settings *s;
    char tried[512];   /* for the message: what was tried, and what came of it */
    unsigned next_key; /* keys before this one have been used up */
    bool listed;       /* the keys are collected */
    struct auth_key {
        enum { IN_AGENT, IN_FILE } where;
        char *label;                /* the file, or the agent's comment */
        char *file;                 /* IN_FILE: the private half */
        ssh_key public_key;         /* NULL: not known before the private half is read */
        struct ssh_agent_blob blob; /* IN_AGENT */
    } keys[KEYS_MAX];
    unsigned n_keys;
    struct ssh_agent_conn *agent;
    unsigned passwords; /* tried */
    bool dismissed;     /* a person has refused to answer */
    bool expired;
};

static void tried(struct auth *a, const char *what, const char *result)
{
    size_t used = strlen(a->tried);
    snprintf(a->tried + used, sizeof a->tried - used, "%s%s: %s", used ? "; " : "", what, result);
}

/*
 * libssh's calls are made non-blocking, and we wait: blocking, libssh 0.10 would
 * wait for ever for an answer after the server has said goodbye. True: call again.
 */
static bool wait_for(struct auth *a)
{
    struct pollfd p[2] = {{.fd = a->w->fd, .events = POLLIN},
                          {.fd = a->w->cancel_fd, .events = POLLIN}};
    if (!ssh_is_connected(a->session) ||
        (ssh_get_status(a->session) & (SSH_CLOSED | SSH_CLOSED_ERROR)))
        return false;
    if (ssh_get_poll_flags(a->session) & SSH_WRITE_PENDING)
        p[0].events |= POLLOUT;
    while (poll(p, 2, -1) < 0 && errno == EINTR)
        ;
    return !p[1].revents;
}

#define FINISH(a, rc, call)                          \
    do {                                             \
        (rc) = (call);                               \
    } while ((rc) == SSH_AUTH_AGAIN && wait_for(a)); \
    if ((rc) == SSH_AUTH_AGAIN)                      \
    (rc) = SSH_AUTH_ERROR

/* The same, with what is to be said if the limit comes first. */
#define ASK_HOST(a, rc, silence, call)        \
    do {                                      \
        pvhop_ssh_work_busy((a)->w, silence); \
        FINISH(a, rc, call);                  \
        pvhop_ssh_work_busy((a)->w, NULL);    \
    } while (0)

static const char no_answer_to_key[] = "the host did not answer to the key it was shown",
                  no_answer_to_keyboard[] = "the host neither asked nor judged the answers";

static bool cancelled(struct auth *a)
{
    return pvhop_ssh_work_cancelled(a->w);
}

/* ---- keys ---- */

static bool same_key(ssh_key x, ssh_key y)
{
    return x && y && ssh_key_cmp(x, y, SSH_KEY_CMP_PUBLIC) == 0;
}

/* The public half: of FILE.pub, else of FILE itself (OpenSSH's format has it in the clear). */
static ssh_key public_half(const char *file)
{
    ssh_key key = NULL;
    char pub[4096];
    snprintf(pub, sizeof pub, "%s.pub", file);
    if (access(pub, R_OK) == 0 && ssh_pki_import_pubkey_file(pub, &key) == SSH_OK)
        return key;
    if (access(file, R_OK) == 0 && ssh_pki_import_pubkey_file(file, &key) == SSH_OK)
        return key;
    return NULL;
}

static struct auth_key *add_key(struct auth *a)
{
    return a->n_keys < KEYS_MAX ? &a->keys[a->n_keys++] : NULL;
}

/* The order of ssh: keys of the configuration, from the agent where it has them; then the agent's
 * others. */
static void list_keys(struct auth *a)
{
    struct ssh_settings *s = a->s;
    struct ssh_agent_key *held = NULL;
    size_t n_held = 0;
    bool used[KEYS_MAX] = {false};
    a->listed = true;
    if (s->identity_agent) {
        struct pvhop_error why;
        pvhop_ssh_work_busy(a->w, "the ssh agent did not answer");
        a->agent = pvhop_ssh_agent_open(a->w, s->identity_agent, &held, &n_held, &why);
        if (!a->agent && !cancelled(a))
            pvhop_ssh_work_log(a->w, "ssh agent: %s", why.why);
        pvhop_ssh_work_busy(a->w, NULL);
    }
    if (n_held > KEYS_MAX)
        n_held = KEYS_MAX;
    for (size_t i = 0; i < s->identities.n; i++) {
        const char *file = s->identities.at[i];
        ssh_key half = public_half(file);
        size_t at = 0;
        while (at < n_held && !(half && same_key(half, held[at].key)))
            at++;
        struct auth_key *k = NULL;
        if (at < n_held) {
            if (!used[at] && (k = add_key(a))) {
                used[at] = true;
                k->where = IN_AGENT;
                k->label = strdup(file);
                k->blob = held[at].blob;
                held[at].blob = (struct ssh_agent_blob){0};
            }
        } else if (access(file, R_OK) == 0 && (k = add_key(a))) {
            k->where = IN_FILE;
            k->label = strdup(file);
            k->file = strdup(file);
        }
        if (k) {
            k->public_key = half;
            half = NULL;
        }
        ssh_key_free(half);
    }
    for (size_t i = 0; i < n_held && !s->identities_only; i++) {
        struct auth_key *k = used[i] ? NULL : add_key(a);
        if (k) {
            k->where = IN_AGENT;
            k->label = held[i].comment;
            held[i].comment = NULL;
            k->public_key = held[i].key;
            held[i].key = NULL;
            k->blob = held[i].blob;
            held[i].blob = (struct ssh_agent_blob){0};
        }
    }
    pvhop_ssh_agent_keys_free(held, n_held);
}

struct passphrase {
    struct auth *a;
    const char *file;
    bool asked, refused;
    bool again;
};

/* libssh calls this only if the key is encrypted. */
static int get_passphrase(const char *prompt, char *buf, size_t len, int echo, int verify,
                          void *user)
{
    (void)prompt;
    (void)echo;
    (void)verify;
    struct passphrase *p = user;
    char text[1024];
    snprintf(text, sizeof text, "%sPassphrase of the key %s", p->again ? "That was not it. " : "",
             p->file);
    struct ssh_question q = {.kind = PVHOP_PROMPT_PASSPHRASE, .text = text, .count = 1};
    char *answer = pvhop_ssh_work_ask(p->a->w, &q);
    p->asked = true;
    p->refused = !answer;
    int rc = -1;
    if (answer && strlen(answer) < len) {
        memcpy(buf, answer, strlen(answer) + 1);
        rc = 0;
    }
    pvhop_secret_free(answer);
    return rc;
}

static ssh_key private_half(struct auth *a, const char *file)
{
    struct passphrase p = {.a = a, .file = file};
    for (unsigned i = 0; i < 3 && !cancelled(a); i++) {
        ssh_key key = NULL;
        p.asked = false;
        p.again = i > 0;
        if (ssh_pki_import_privkey_file(file, NULL, get_passphrase, &p, &key) == SSH_OK)
            return key;
        if (!p.asked || p.refused)
            break;
    }
    tried(a, file,
          p.refused ? "no passphrase was given"
          : p.asked ? "wrong passphrase"
                    : "not readable as a private key");
    if (p.refused)
        a->dismissed = true;
    return NULL;
}

/* The user's certificate for a key: CertificateFile, else FILE-cert.pub. */
static ssh_key certificate_for(struct auth *a, const struct auth_key *k)
{
    char beside[4096];
    ssh_key cert = NULL;
    for (size_t i = 0; i < a->s->certificates.n; i++) {
        if (ssh_pki_import_cert_file(a->s->certificates.at[i], &cert) == SSH_OK) {
            if (k->public_key && same_key(cert, k->public_key))
                return cert;
            ssh_key_free(cert);
            cert = NULL;
        }
    }
    snprintf(beside, sizeof beside, "%s-cert.pub", k->file);
    if (access(beside, R_OK) == 0 && ssh_pki_import_cert_file(beside, &cert) == SSH_OK)
        return cert;
    return NULL;
}

static int try_file_key(struct auth *a, struct auth_key *k, ssh_key cert)
{
    if (k->public_key || cert) {
        int rc;
        ASK_HOST(a, rc, no_answer_to_key,
                 ssh_userauth_try_publickey(a->session, NULL, cert ? cert : k->public_key));
        if (rc != SSH_AUTH_SUCCESS)
            return rc;
    }
    ssh_key key = private_half(a, k->file);
    if (!key)
        return SSH_AUTH_DENIED;
    if (cert && ssh_pki_copy_cert_to_privkey(cert, key) != SSH_OK)
        pvhop_ssh_work_log(a->w, "The certificate of %s does not fit to it", k->file);
    int rc;
    ASK_HOST(a, rc, no_answer_to_key, ssh_userauth_publickey(a->session, NULL, key));
    ssh_key_free(key);
    return rc;
}

static int try_key(struct auth *a, struct auth_key *k)
{
    pvhop_ssh_work_log(a->w, "Trying the key %s%s", k->label ? k->label : "",
                       k->where == IN_AGENT ? " (agent)" : "");
    if (k->where == IN_AGENT) {
        int rc;
        ASK_HOST(a, rc, no_answer_to_key,
                 ssh_userauth_try_publickey(a->session, NULL, k->public_key));
        if (rc != SSH_AUTH_SUCCESS)
            return rc;
        pvhop_ssh_work_busy(
            a->w, "the ssh agent did not sign: does it wait for a confirmation or a touch?");
        FINISH(a, rc, pvhop_ssh_agent_login(a->agent, a->session, &k->blob));
        pvhop_ssh_work_busy(a->w, NULL);
        return rc;
    }
    int rc = SSH_AUTH_DENIED;
    ssh_key cert = certificate_for(a, k);
    if (cert)
        rc = try_file_key(a, k, cert);
    ssh_key_free(cert);
    if (rc == SSH_AUTH_DENIED && !a->dismissed)
        rc = try_file_key(a, k, NULL);
    return rc;
}

/* True if libssh failed on our side only, so that another key may be tried. */
static bool still_there(struct auth *a)
{
    return ssh_is_connected(a->session) && !cancelled(a) &&
           !(ssh_get_status(a->session) & (SSH_CLOSED | SSH_CLOSED_ERROR));
}

static bool is_hardware(ssh_key key)
{
    enum ssh_keytypes_e type = key ? ssh_key_type(key) : SSH_KEYTYPE_UNKNOWN;
    return type == SSH_KEYTYPE_SK_ED25519 || type == SSH_KEYTYPE_SK_ECDSA;
}

static int by_publickey(struct auth *a)
{
    if (!a->listed)
        list_keys(a);
    while (a->next_key < a->n_keys && !cancelled(a)) {
        struct auth_key *k = &a->keys[a->next_key++];
        const char *label = k->label ? k->label : "a key";
        if (k->where == IN_FILE && is_hardware(k->public_key)) {
            tried(a, label, "a hardware key can be used through an agent only");
            continue;
        }
        int rc = try_key(a, k);
        if (rc == SSH_AUTH_ERROR && still_there(a)) {
            tried(a, label, k->where == IN_AGENT ? "the agent did not sign" : "could not be used");
            continue;
        }
        if (rc != SSH_AUTH_DENIED)
            return rc;
        tried(a, label, "not accepted");
        if (a->dismissed)
            break;
    }
    return SSH_AUTH_DENIED;
}

/* ---- what people answer ---- */

/* Servers that want a new password say so in a question; relayed like any other, but remembered. */
static void note_expiry(struct auth *a, const char *text)
{
    if (text && (strcasestr(text, "expired") || strcasestr(text, "new password")))
        a->expired = true;
}

static int answer_round(struct auth *a, int n)
{
    const char *name = ssh_userauth_kbdint_getname(a->session);
    const char *instruction = ssh_userauth_kbdint_getinstruction(a->session);
    char *said = NULL;
    if (asprintf(&said, "%s%s%s", name ? name : "",
                 name && *name && instruction && *instruction ? "\n" : "",
                 instruction ? instruction : "") < 0)
        return -1;
    note_expiry(a, said);
    int rc = 0;
    if (n == 0 && *said)
        pvhop_ssh_work_log(a->w, "%s says: %s", a->s->hostname, said);
    for (int i = 0; i < n && !rc; i++) {
        char echo = 0;
        const char *question = ssh_userauth_kbdint_getprompt(a->session, (unsigned)i, &echo);
        char *text = NULL;
        note_expiry(a, question);
        if (asprintf(&text, "%s%s%s", said, *said ? "\n" : "", question ? question : "") < 0) {
            rc = -1;
            break;
        }
        struct ssh_question q = {.kind = PVHOP_PROMPT_KEYBOARD,
                                 .text = "The host asks",
                                 .server_text = text,
                                 .echo = echo != 0,
                                 .index = (unsigned)i,
                                 .count = (unsigned)n};
        char *answer = pvhop_ssh_work_ask(a->w, &q);
        free(text);
        if (!answer) {
            a->dismissed = true;
            rc = -1;
        } else if (ssh_userauth_kbdint_setanswer(a->session, (unsigned)i, answer)) {
            rc = -1;
        }
        pvhop_secret_free(answer);
    }
    free(said);
    return rc;
}

static int by_keyboard(struct auth *a)
{
    for (unsigned attempt = 0; attempt < a->s->password_prompts && !cancelled(a); attempt++) {
        bool asked = false;
        int rc;
        ASK_HOST(a, rc, no_answer_to_keyboard, ssh_userauth_kbdint(a->session, NULL, NULL));
        for (unsigned round = 0; rc == SSH_AUTH_INFO && round < ROUNDS_MAX; round++) {
            int n = ssh_userauth_kbdint_getnprompts(a->session);
            if (n < 0 || n > QUESTIONS_MAX)
                return SSH_AUTH_ERROR;
            asked = asked || n > 0;
            if (answer_round(a, n))
                return SSH_AUTH_DENIED;
            ASK_HOST(a, rc, no_answer_to_keyboard, ssh_userauth_kbdint(a->session, NULL, NULL));
        }
        if (rc != SSH_AUTH_DENIED)
            return rc;
        tried(a, "keyboard-interactive", "refused");
        /* where nothing was asked, another try would end the same way */
        if (!asked || !(ssh_userauth_list(a->session, NULL) & (int)SSH_AUTH_METHOD_INTERACTIVE))
            break;
    }
    return SSH_AUTH_DENIED;
}

static int by_password(struct auth *a)
{
    while (a->passwords < a->s->password_prompts && !cancelled(a)) {
        char text[512];
        snprintf(text, sizeof text, "%sPassword of %s at %s",
                 a->passwords ? "That was not it. " : "", a->s->user, a->s->hostname);
        struct ssh_question q = {.kind = PVHOP_PROMPT_PASSWORD, .text = text, .count = 1};
        char *answer = pvhop_ssh_work_ask(a->w, &q);
        if (!answer) {
            a->dismissed = true;
            return SSH_AUTH_DENIED;
        }
        a->passwords++;
        int rc;
        ASK_HOST(a, rc, "the host did not judge the password",
                 ssh_userauth_password(a->session, NULL, answer));
        pvhop_secret_free(answer);
        if (rc != SSH_AUTH_DENIED)
            return rc;
        tried(a, "password", "wrong");
    }
    return SSH_AUTH_DENIED;
}

static int by_gssapi(struct auth *a)
{
    pvhop_ssh_work_busy(a->w, "Kerberos (GSSAPI) did not answer");
    int rc;
    FINISH(a, rc, ssh_userauth_gssapi(a->session));
    pvhop_ssh_work_busy(a->w, NULL);
    if (rc == SSH_AUTH_ERROR && ssh_is_connected(a->session))
        rc = SSH_AUTH_DENIED; /* no ticket is not the end of it */
    if (rc == SSH_AUTH_DENIED)
        tried(a, "gssapi-with-mic", "no usable ticket");
    return rc;
}

/* ---- the sequence ---- */

static const struct method {
    const char *name;
    int flag;
    int (*run)(struct auth *a);
} methods[] = {{"gssapi-with-mic", SSH_AUTH_METHOD_GSSAPI_MIC, by_gssapi},
               {"publickey", SSH_AUTH_METHOD_PUBLICKEY, by_publickey},
               {"keyboard-interactive", SSH_AUTH_METHOD_INTERACTIVE, by_keyboard},
               {"password", SSH_AUTH_METHOD_PASSWORD, by_password}};

static bool allowed(const struct ssh_settings *s, const struct method *m)
{
    switch (m->flag) {
    case SSH_AUTH_METHOD_GSSAPI_MIC:
        return s->gssapi;
    case SSH_AUTH_METHOD_PUBLICKEY:
        return s->pubkey;
    case SSH_AUTH_METHOD_INTERACTIVE:
        return s->keyboard;
    default:
        return s->password;
    }
}

/* Runs the methods that the server offers now, in the user's order. Appends what succeeded to
 * w->method. */
static int run_offered(struct auth *a, int *done)
{
    int offered = ssh_userauth_list(a->session, NULL);
    for (const char *at = a->s->preferred ? a->s->preferred : default_order; *at;) {
        size_t n = strcspn(at, ",");
        for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
            const struct method *m = &methods[i];
            if (strlen(m->name) != n || strncmp(at, m->name, n) || !(offered & m->flag & ~*done) ||
                !allowed(a->s, m) || cancelled(a))
                continue;
            int rc = m->run(a);
            if (rc == SSH_AUTH_SUCCESS || rc == SSH_AUTH_PARTIAL) {
                size_t used = strlen(a->w->method);
                snprintf(a->w->method + used, sizeof a->w->method - used, "%s%s", used ? "+" : "",
                         m->name);
                return rc;
            }
            if (rc != SSH_AUTH_DENIED)
                return rc;
            *done |= m->flag;
            if (a->dismissed)
                return SSH_AUTH_DENIED;
            offered = ssh_userauth_list(a->session, NULL);
        }
        at += n + (at[n] == ',');
    }
    return SSH_AUTH_DENIED;
}

static void offered_names(ssh_session session, char *buf, size_t size)
{
    int offered = ssh_userauth_list(session, NULL);
    *buf = 0;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (offered & methods[i].flag) {
            size_t used = strlen(buf);
            snprintf(buf + used, size - used, "%s%s", used ? ", " : "", methods[i].name);
        }
    if (!*buf)
        snprintf(buf, size, "nothing that is known here");
}

/*
 * True if what came was no ssh any more. A host that ends the connection refuses by that: sshd does
 * so, with or without SSH_MSG_DISCONNECT, when an account may not log in.
 */
static bool garbled(ssh_session session)
{
    const char *said = ssh_get_error(session);
    return (ssh_get_status(session) & SSH_CLOSED_ERROR) && said && *said &&
           !strstr(said, "SSH_MSG_DISCONNECT") && !strstr(said, "Socket error");
}

static int explain(struct auth *a, int rc)
{
    struct ssh_settings *s = a->s;
    char offers[128];
    const char *said = ssh_get_error(a->session);
    struct pvhop_error *err = &a->w->err;
    offered_names(a->session, offers, sizeof offers);
    if (a->dismissed)
        return pvhop_error_set(err, PVHOP_E_AUTH, "%s@%s: the question was not answered%s%s",
                               s->user, s->hostname, *a->tried ? ". Before: " : "", a->tried);
    if (a->expired && rc == SSH_AUTH_DENIED)
        return pvhop_error_set(err, PVHOP_E_EXPIRED,
                               "%s@%s wants a new password, and the change failed", s->user,
                               s->hostname);
    if (rc == SSH_AUTH_ERROR && said && strstr(said, "Too many authentication failures")) {
        pvhop_error_set(err, PVHOP_E_AUTH,
                        "%s@%s ended the connection after too many tries. Tried: %s", s->user,
                        s->hostname, a->tried);
        return pvhop_error_remedy(err,
                                  "Name the right key with --identity, or set IdentityFile and "
                                  "IdentitiesOnly for the host in ~/.ssh/config.");
    }
    if (rc == SSH_AUTH_ERROR && garbled(a->session))
        return pvhop_error_set(err, PVHOP_E_SSH_PROTOCOL, "%s@%s: in the midst of the login: %s",
                               s->user, s->hostname, said);
    if (rc == SSH_AUTH_ERROR)
        return pvhop_error_set(err, PVHOP_E_AUTH, "%s@%s ended the login: %s%s%s", s->user,
                               s->hostname, said ? said : "", *a->tried ? ". Tried: " : "",
                               a->tried);
    if (!*a->tried)
        return pvhop_error_set(
            err, PVHOP_E_AUTH_NO_METHOD,
            "%s@%s offers: %s. None of these can be used with the keys and settings here", s->user,
            s->hostname, offers);
    return pvhop_error_set(err, PVHOP_E_AUTH, "%s@%s offers: %s. Tried: %s", s->user, s->hostname,
                           offers, a->tried);
}

static void show_banner(struct auth *a, char **last)
{
    char *banner = ssh_get_issue_banner(a->session);
    if (banner && *banner && (!*last || strcmp(*last, banner))) {
        pvhop_ssh_work_log(a->w, "%s says: %s", a->s->hostname, banner);
        free(*last);
        *last = strdup(banner);
    }
    ssh_string_free_char(banner);
}

/* libssh makes channels in authenticated sessions only, and has no other way to ask. */
static bool authenticated(ssh_session session)
{
    ssh_channel probe = ssh_channel_new(session);
    if (!probe)
        return false;
    ssh_channel_free(probe);
    return true;
}

int pvhop_ssh_auth(struct ssh_work *w)
{
    struct auth *a = calloc(1, sizeof *a);
    char *banner = NULL;
    if (!a)
        return pvhop_error_set(&w->err, PVHOP_E_MEMORY, "for the login to %s",
                               w->settings->hostname);
    *a = (struct auth){.w = w, .session = w->session, .s = w->settings};
    pvhop_ssh_work_phase(w, PVHOP_SSH_AUTH, "Logging in to %s as %s", a->s->hostname, a->s->user);
    ssh_set_blocking(a->session, 0);
    int rc;
    ASK_HOST(a, rc, "the host did not say by what one can log in",
             ssh_userauth_none(a->session, NULL));
    if (rc == SSH_AUTH_SUCCESS)
        snprintf(w->method, sizeof w->method, "none");
    else
        offered_names(a->session, w->facts.offers, sizeof w->facts.offers);
    show_banner(a, &banner);
    /* after a partial success the server names the methods that are still needed */
    for (unsigned step = 0; step < STEPS_MAX && (rc == SSH_AUTH_DENIED || rc == SSH_AUTH_PARTIAL);
         step++) {
        int done = 0;
        rc = run_offered(a, &done);
        show_banner(a, &banner);
        if (rc == SSH_AUTH_PARTIAL) {
            pvhop_ssh_work_log(w, "%s accepted %s and wants more", a->s->hostname, w->method);
            continue;
        }
        break;
    }
    if (rc == SSH_AUTH_SUCCESS && !authenticated(a->session)) {
        /* libssh 0.10 takes SSH_MSG_USERAUTH_PASSWD_CHANGEREQ (RFC 4252, 8) for a success */
        a->expired = true;
        rc = SSH_AUTH_DENIED;
    }
    if (rc != SSH_AUTH_SUCCESS)
        explain(a, rc);
    pvhop_ssh_agent_close(a->agent);
    for (unsigned i = 0; i < a->n_keys; i++) {
        free(a->keys[i].label);
        free(a->keys[i].file);
        free(a->keys[i].blob.data);
        ssh_key_free(a->keys[i].public_key);
    }
    free(banner);
    free(a);
    return rc == SSH_AUTH_SUCCESS ? 0 : -1;
}
