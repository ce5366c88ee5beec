/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli.h"
#include "relay_program.h"
#include <pvhop/resolve.h>

static int run_relay(int argc, char **argv)
{
    /* Its own parser wants the program's name first; the verb's word stands there. */
    return pvhop_relay_program(argc + 1, argv - 1, "pvhop relay", &pvhop_resolver_system);
}

const struct cli_verb cli_relay = {
    .name = "relay",
    .summary = "forwards TCP ports on a front end, in place of portfwd",
    .synopsis = "[OPTIONS] [BIND:]PORT:HOST:PORT ... | --config FILE",
    .description = "Forwards TCP ports, as on a front end whose nodes cannot reach the client. "
                   "'pvhop relay --help' tells its options; it is the program pvhop-relay.",
    .own_help = true,
    .run = run_relay,
};
