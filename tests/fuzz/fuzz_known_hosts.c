/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * known_hosts files, against one key. Whatever the file has in it: once the key is recorded at its
 * end it is known, unless a line before it rules it out.
 */
#include "fuzz.h"
#include "sshlink_hostkey.h"
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static const char public_key[] =
    "AAAAC3NzaC1lZDI1NTE5AAAAIHGmjVF0ZcP5kQb6pTsbRjyRTmbMSGVBm0jyOMV+9nBi";

static char path[64];

static struct ssh_settings *settings(int alias)
{
    static char said[256];
    struct pvhop_error err;

    snprintf(said, sizeof(said),
             "hostname fe.example.org\nuser ada\nport %d\n%suserknownhostsfile %s\n",
             alias ? 22 : 2222, alias ? "hostkeyalias Cluster\n" : "hashknownhosts yes\n", path);
    return pvhop_ssh_settings_parse("fe", said, NULL, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static ssh_key key;
    struct ssh_hostkey_verdict before, after;
    struct ssh_settings *s;
    struct pvhop_error err;
    char *order;

    if (fd < 0) {
        fd = memfd_create("known_hosts", 0);
        check(fd >= 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        check(ssh_pki_import_pubkey_base64(public_key, SSH_KEYTYPE_ED25519, &key) == SSH_OK);
    }
    check(ftruncate(fd, 0) == 0);
    check(pwrite(fd, data, size, 0) == (ssize_t)size);
    s = settings(size & 1);
    check(s && s->user_known_hosts.n == 1);
    pvhop_ssh_hostkey_check(s, key, &before);
    check(memchr(before.file, '\0', sizeof(before.file)) != NULL);
    order = pvhop_ssh_hostkey_order(s, "rsa-sha2-512,ssh-ed25519,ecdsa-sha2-nistp256");
    check(order && strlen(order) == strlen("rsa-sha2-512,ssh-ed25519,ecdsa-sha2-nistp256"));
    free(order);
    check(pvhop_ssh_hostkey_record(s, key, &err) == 0);
    pvhop_ssh_hostkey_check(s, key, &after);
    if (before.state == SSH_HOSTKEY_REVOKED)
        check(after.state == SSH_HOSTKEY_REVOKED);
    else
        check(after.state == SSH_HOSTKEY_KNOWN);
    pvhop_ssh_settings_free(s);
    return 0;
}
