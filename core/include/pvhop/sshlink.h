/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SSHLINK_H
#define PVHOP_SSHLINK_H
/**
 * One authenticated ssh connection to a host, through the hops that the
 * configuration or the caller names (one nested session a hop), and what is
 * done with it: commands, -L and -R. One login per host for everything.
 *
 * All calls and callbacks are on the loop's thread; what blocks inside
 * libssh runs on a worker of the link's own. A link may be freed in any of its callbacks.
 */
#include <pvhop/endpoint.h>
#include <pvhop/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_sshlink;
struct pvhop_sshexec;
struct pvhop_sshforward;

struct pvhop_sshlink_config {
    const char *destination; /* [user@]host, an ssh_config alias, or with :port */
    const char *user;        /* NULL: as configured */
    uint16_t port;           /* 0: as configured */
    const char *identity;    /* a private key file to try first; NULL: as configured */
    const char *jump;        /* "a,b,c" like ssh -J; NULL: as configured; "none" */
    const char *config_file; /* like ssh -F; NULL: the user's and the system's */
    const char *known_hosts; /* like -o UserKnownHostsFile; NULL: as configured */
    const char *ciphers;     /* NULL: AES-GCM first where the CPU has AES */
    /** A link that is up, through which the first hop is reached, as by another hop before it;
     * NULL: from this computer. It must outlive the new one. */
    struct pvhop_sshlink *via;
    unsigned connect_ms; /* limit for name, TCP and key exchange; 0 = 15000 */
    unsigned auth_ms;    /* limit for a login without the time people take to answer; 0 = 15000 */
};

enum pvhop_prompt_kind {
    PVHOP_PROMPT_HOSTKEY, /* answer "yes" accepts and records, "no" refuses */
    PVHOP_PROMPT_PASSWORD,
    PVHOP_PROMPT_PASSPHRASE, /* of a private key, named in text */
    PVHOP_PROMPT_KEYBOARD,   /* the server's own question, in server_text */
    PVHOP_PROMPT_HELPER      /* may the helper be uploaded, "yes" or "no" (not asked by a login) */
};

/** A question to a person. Valid during the call. */
struct pvhop_prompt {
    unsigned id; /* for pvhop_sshlink_answer */
    enum pvhop_prompt_kind kind;
    const char *host; /* user@host that asks, as the user knows it */
    const char *text; /* pvhop's own words */
    const char
        *server_text; /* the server's words, control characters stripped; NULL if there are none */
    const char *fingerprint; /* HOSTKEY: "ED25519 SHA256:..." */
    bool echo;               /* what is typed may be shown */
    unsigned index, count;   /* of the questions of one round, from 0 */
};

/** States in the order in which they are passed, each hop anew. */
enum pvhop_sshlink_phase {
    PVHOP_SSH_CONFIG,
    PVHOP_SSH_RESOLVE,
    PVHOP_SSH_CONNECT, /* TCP and key exchange */
    PVHOP_SSH_HOSTKEY,
    PVHOP_SSH_AUTH,
    PVHOP_SSH_UP
};

struct pvhop_sshlink_events {
    /** A phase begins: for which host, in words. */
    void (*phase)(void *user, enum pvhop_sshlink_phase phase, const char *host, const char *text);
    /** A question; to be answered by pvhop_sshlink_answer, in this call or later. */
    void (*prompt)(void *user, const struct pvhop_prompt *prompt);
    /** Anything worth a line in the log: banners, keys tried, warnings. */
    void (*log)(void *user, const char *text);
    /** Logged in on the last hop. */
    void (*up)(void *user);
    /** The end: could not be set up, or was lost later. Called once, never after free. */
    void (*down)(void *user, const struct pvhop_error *err);
};

/** Starts connecting. Strings are copied. NULL and *err only for unusable arguments or no memory.
 */
struct pvhop_sshlink *pvhop_sshlink_new(struct pvhop_loop *loop,
                                        const struct pvhop_sshlink_config *config,
                                        const struct pvhop_sshlink_events *events, void *user,
                                        struct pvhop_error *err);
/** Answers a prompt; NULL = the person refuses. The text is copied to locked memory; the caller
 * wipes its own. */
void pvhop_sshlink_answer(struct pvhop_sshlink *l, unsigned prompt_id, const char *answer);
/** Disconnects, within a second in any phase; everything made from the link dies with it. No
 * callbacks any more. */
void pvhop_sshlink_free(struct pvhop_sshlink *l);
/** What the login used: "alice@login3.cluster.edu (publickey)". "" before `up`. */
const char *pvhop_sshlink_description(const struct pvhop_sshlink *l);
/** The user that is logged in on the last hop; "" before `up`. */
const char *pvhop_sshlink_user(const struct pvhop_sshlink *l);
/** The host as configured, without user: the name for messages. */
const char *pvhop_sshlink_host(const struct pvhop_sshlink *l);
/** What was learned of the hop whose login ended last, well or badly; "" what was not reached. */
struct pvhop_sshlink_facts {
    char user[128];    /* that was logged in with */
    char server[256];  /* its version (RFC 4253, 4.2): "SSH-2.0-OpenSSH_9.2p1"; printable */
    char hostkey[128]; /* "ED25519 SHA256:..." */
    char offers[128];  /* the methods of login that it offered first: "publickey, password" */
    char used[96];     /* what succeeded, joined by '+': "publickey+keyboard-interactive" */
};
/** Valid until the link is freed. */
const struct pvhop_sshlink_facts *pvhop_sshlink_facts(const struct pvhop_sshlink *l);

/**
 * Runs a command (no pty) once the link is up. `opened` gives a stream over
 * its stdin and stdout; stderr comes line-wise to `err_line`; `exited` gives the exit code, or -1
 * (killed by a signal, or the connection was lost).
 */
struct pvhop_sshexec_events {
    void (*opened)(void *user, struct pvhop_stream *stream); /* the stream is the receiver's */
    void (*failed)(void *user, const struct pvhop_error *err);
    void (*err_line)(void *user, const char *line);
    void (*exited)(void *user, int status);
};
struct pvhop_sshexec *pvhop_sshlink_exec(struct pvhop_sshlink *l, const char *command,
                                         const struct pvhop_sshexec_events *events, void *user,
                                         struct pvhop_error *err);
/** Stops the callbacks; the stream, if it was given out, is its receiver's. */
void pvhop_sshexec_free(struct pvhop_sshexec *x);

/**
 * -R (RFC 4254, 7.1): has the host listen on `where` (port 0: it chooses).
 * One request at a time per session. `bound` gives the port as the host
 * answered it; look yourself at what was really bound. Each connection comes as a stream.
 */
struct pvhop_sshforward_events {
    void (*bound)(void *user, uint16_t port);
    void (*refused)(void *user, const struct pvhop_error *err);
    void (*connection)(void *user, struct pvhop_stream *stream); /* the receiver's */
};
struct pvhop_sshforward *pvhop_sshlink_forward(struct pvhop_sshlink *l,
                                               const struct pvhop_endpoint *where,
                                               const struct pvhop_sshforward_events *events,
                                               void *user, struct pvhop_error *err);
/** Cancels the forward on the host. NULL is fine. */
void pvhop_sshforward_free(struct pvhop_sshforward *f);

/** -L's one connection (RFC 4254, 7.2, direct-tcpip), from the host to `to`. Exactly one of the
 * callbacks comes. */
struct pvhop_sshdirect;
struct pvhop_sshdirect_events {
    void (*opened)(void *user, struct pvhop_stream *stream);
    void (*failed)(void *user, const struct pvhop_error *err);
};
struct pvhop_sshdirect *pvhop_sshlink_direct(struct pvhop_sshlink *l,
                                             const struct pvhop_endpoint *to,
                                             const struct pvhop_sshdirect_events *events,
                                             void *user, struct pvhop_error *err);
/** Gives up the attempt; the stream, if it was given out, is its receiver's. */
void pvhop_sshdirect_free(struct pvhop_sshdirect *d);

/**
 * For a program that reads ahead under libssh's recv() and poll(); set before
 * the first link is made, NULL: none. Both are called on the loop's thread.
 */
struct pvhop_readahead {
    void (*begin)(int fd);   /* libssh's own descriptor of a session that is logged in */
    bool (*pending)(int fd); /* bytes of it wait in memory: the kernel may not call it readable */
};
void pvhop_sshlink_set_readahead(const struct pvhop_readahead *functions);

#ifdef __cplusplus
}
#endif
#endif
