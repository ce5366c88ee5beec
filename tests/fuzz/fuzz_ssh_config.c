/* SPDX-License-Identifier: BSD-3-Clause */
/* The output of `ssh -G`: the host's name, a NUL, the output, a NUL, the output under an empty
 * configuration. The name also as a destination, and the rest of what the user's words go through.
 */
#include "fuzz.h"
#include "sshlink_config.h"

/* What reaches a shell only after a look at it. */
static void check_command(const struct ssh_settings *s)
{
    const char *outside[] = {s->hostname, s->user, s->name, s->host_key_alias};

    for (int i = 0; s->proxy_command && i < 4; i++)
        if (outside[i])
            check(outside[i][0] != '-' && !strpbrk(outside[i], "'`\"$\\;&<>|(){}\n\t "));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *name = text, *said, *standard;
    struct ssh_destination to;
    struct ssh_strings jumps = {0};
    struct ssh_settings *s;
    struct pvhop_error err;

    said = name + strlen(name) + (strlen(name) < size);
    standard = said + strlen(said) + (said + strlen(said) < text + size);
    if (pvhop_ssh_destination_parse(name, &to, &err) != 0)
        check_error(&err);
    else
        check(to.host[0] && to.host[0] != '-' && to.user[0] != '-');
    s = pvhop_ssh_settings_parse(name, said, *standard ? standard : NULL, &err);
    if (s) {
        check(s->hostname && s->user && s->port);
        check_command(s);
        check(pvhop_ssh_settings_first_identity(s, "~/.ssh/other") == 0);
        check(s->identities.n >= 1);
        check(pvhop_ssh_jump_split(s->proxy_jump, &jumps) == 0);
        if (s->kex)
            free(pvhop_ssh_algorithms_known(s->kex,
                                            "curve25519-sha256,diffie-hellman-group14-sha256"));
    } else {
        check_error(&err);
    }
    pvhop_ssh_strings_clear(&jumps);
    pvhop_ssh_settings_free(s);
    free(text);
    return 0;
}
