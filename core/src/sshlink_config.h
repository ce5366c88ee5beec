/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SSHLINK_CONFIG_H
#define PVHOP_SSHLINK_CONFIG_H
/**
 * What the user's ssh configuration says about one host: asked from
 * `ssh -G -- HOST`, so that Match, Include, CanonicalizeHostname and all the
 * rest mean what they mean to ssh. Blocking, for a worker thread.
 */
#include <pvhop/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A list of owned strings. */
struct ssh_strings {
    char **at;
    size_t n;
};

enum ssh_strict { SSH_STRICT_ASK, SSH_STRICT_YES, SSH_STRICT_ACCEPT_NEW };

struct ssh_settings {
    char *name;     /* the host as the user named it, without user and port */
    char *hostname; /* what to resolve */
    char *user;
    uint16_t port;
    struct ssh_strings identities;   /* private key files, in the order to try, ~ expanded */
    struct ssh_strings certificates; /* CertificateFile */
    bool identities_only;
    char *identity_agent; /* a path; NULL: no agent */
    char *host_key_alias; /* NULL: none */
    struct ssh_strings user_known_hosts;
    struct ssh_strings global_known_hosts;
    enum ssh_strict strict;
    bool hash_known_hosts;
    char *proxy_jump;    /* NULL: none */
    char *proxy_command; /* with its tokens already replaced; NULL: none */
    /* Lists of algorithms as the user wants them; NULL: not pinned by the user. */
    char *kex, *ciphers, *macs, *host_key_algorithms, *pubkey_algorithms;
    char *bind_address;
    int family; /* AF_UNSPEC, AF_INET, AF_INET6 */
    char *preferred;
    bool pubkey, password, keyboard, gssapi, gssapi_delegate;
    unsigned password_prompts;
    unsigned connect_timeout_s;    /* 0: not configured */
    unsigned alive_s, alive_count; /* ServerAliveInterval, ServerAliveCountMax */
};

/** [user@]host[:port], checked for what could be taken for an option or reach a shell. */
struct ssh_destination {
    char user[128];
    char host[256];
    uint16_t port; /* 0: not given */
};
int pvhop_ssh_destination_parse(const char *text, struct ssh_destination *out,
                                struct pvhop_error *err);

struct ssh_ask {
    const char *destination;
    const char *config_file; /* NULL: the user's and the system's */
    const char *user;        /* overrides; NULL or 0: none */
    uint16_t port;
    int cancel_fd;       /* readable: give up */
    unsigned timeout_ms; /* for the child */
    const char *ssh;     /* the program; NULL: "ssh" in PATH */
};
/**
 * Asks `ssh -G`; where there is no ssh, libssh's own parser, and *warning (256
 * bytes) then says so. Returns NULL and *err on failure.
 */
struct ssh_settings *pvhop_ssh_settings_ask(const struct ssh_ask *ask, char *warning,
                                            struct pvhop_error *err);

/**
 * The same in two steps, so that all questions of a plan can be under way at once: `ssh -G` takes
 * some 10 ms, a third of what a login takes. Begin does not block; what is wrong is said at the
 * end. A question that is not brought to its end is to be dropped.
 */
struct ssh_asked;
struct ssh_asked *pvhop_ssh_ask_begin(const struct ssh_ask *ask, struct pvhop_error *err);
/** What ssh says under an empty configuration, for the others. */
struct ssh_asked *pvhop_ssh_ask_begin_defaults(const struct ssh_ask *ask, struct pvhop_error *err);
/** Blocking. Frees `asked`; `defaults` (may be NULL) is asked once and stays for the next. */
struct ssh_settings *pvhop_ssh_ask_end(struct ssh_asked *asked, struct ssh_asked *defaults,
                                       char *warning, struct pvhop_error *err);
/** Takes NULL. */
void pvhop_ssh_ask_drop(struct ssh_asked *asked);

/**
 * Parses the output of `ssh -G`. `defaults` is what it says under an empty
 * configuration: an algorithm list that is the same there is not pinned by the user. NULL: no
 * list counts as pinned.
 */
struct ssh_settings *pvhop_ssh_settings_parse(const char *name, const char *text,
                                              const char *defaults, struct pvhop_error *err);
void pvhop_ssh_settings_free(struct ssh_settings *s);

/** Replaces the identity files' order: `path` first. Returns -1 if memory ran out. */
int pvhop_ssh_settings_first_identity(struct ssh_settings *s, const char *path);

/** Splits "a,b,c" (ProxyJump); "none" and "" give an empty list. */
int pvhop_ssh_jump_split(const char *jump, struct ssh_strings *out);
int pvhop_ssh_strings_add(struct ssh_strings *list, const char *text, size_t len);
void pvhop_ssh_strings_clear(struct ssh_strings *list);

/**
 * Of a comma-separated list, what libssh knows; `known` is such a list.
 * Returns a new string, NULL if nothing is left (or memory ran out).
 */
char *pvhop_ssh_algorithms_known(const char *wanted, const char *known);

#ifdef __cplusplus
}
#endif
#endif
