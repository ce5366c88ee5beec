/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SSHLINK_HOSTKEY_H
#define PVHOP_SSHLINK_HOSTKEY_H
/** known_hosts: looking up, judging and recording a host's key (sshd(8), "SSH_KNOWN_HOSTS FILE
 * FORMAT"). */
#include "sshlink_config.h"
#include <libssh/libssh.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ssh_hostkey_state {
    SSH_HOSTKEY_KNOWN,
    SSH_HOSTKEY_UNKNOWN, /* no key of the host is on record */
    SSH_HOSTKEY_OTHER,   /* keys of other kinds are on record, none of this kind */
    SSH_HOSTKEY_CHANGED, /* another key of this kind is on record */
    SSH_HOSTKEY_REVOKED
};
struct ssh_hostkey_verdict {
    enum ssh_hostkey_state state;
    char file[1024]; /* where the line that decided is; "" if none */
    unsigned line;
    bool authority; /* a @cert-authority line matches the host, which libssh cannot use */
};
/** The name under which a host is on record: the alias, "host" or "[host]:port". Returns buf. */
char *pvhop_ssh_hostkey_name(const struct ssh_settings *s, char *buf, size_t size);
/** Judges the key by all files of the settings. Files that are missing count as empty. */
void pvhop_ssh_hostkey_check(const struct ssh_settings *s, ssh_key key,
                             struct ssh_hostkey_verdict *out);
/**
 * The order in which to offer host key algorithms: those first of which a key
 * is on record, so that the known key is the one that is compared. Of `algorithms` (a comma list).
 * NULL if memory ran out.
 */
char *pvhop_ssh_hostkey_order(const struct ssh_settings *s, const char *algorithms);
/** Adds the key to the first user file (created 0600). Returns -1 and *err if it cannot be written.
 */
int pvhop_ssh_hostkey_record(const struct ssh_settings *s, ssh_key key, struct pvhop_error *err);
/** "ED25519 SHA256:..." Returns -1 if memory ran out. */
int pvhop_ssh_hostkey_fingerprint(ssh_key key, char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#endif
