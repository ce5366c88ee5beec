/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SSHLINK_AGENT_H
#define PVHOP_SSHLINK_AGENT_H
/**
 * The user's ssh-agent (draft-ietf-sshm-ssh-agent), one key at a time.
 *
 * libssh offers all keys of an agent or none, and blocks without limit on one that hangs. So we
 * talk to the agent ourselves, and give libssh a socket behind which a thread
 * shows it exactly the key that is wanted and passes its signature requests on.
 */
#include "sshlink_work.h"

struct ssh_agent_blob {
    unsigned char *data;
    size_t len;
};
struct ssh_agent_key {
    ssh_key key;
    char *comment;
    struct ssh_agent_blob blob;
};
struct ssh_agent_conn;

/** Connects and lists the keys (those that libssh understands). NULL and *err if it cannot be
 * reached. */
struct ssh_agent_conn *pvhop_ssh_agent_open(struct ssh_work *w, const char *path,
                                            struct ssh_agent_key **keys, size_t *n,
                                            struct pvhop_error *err);
void pvhop_ssh_agent_keys_free(struct ssh_agent_key *keys, size_t n);
/** Logs in with the one key. Returns a SSH_AUTH_ code. */
int pvhop_ssh_agent_login(struct ssh_agent_conn *c, ssh_session session,
                          const struct ssh_agent_blob *blob);
/** NULL is fine. */
void pvhop_ssh_agent_close(struct ssh_agent_conn *c);
#endif
