/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_RELAY_PROGRAM_H
#define PVHOP_RELAY_PROGRAM_H
/** The relay as a program: `pvhop-relay` and the verb `pvhop relay` are this. */
#include <pvhop/relay.h>

/**
 * Reads the arguments, runs until the relay is done or SIGTERM or SIGINT comes,
 * and returns the exit code (sysexits.h). `name` is what the user called:
 * "pvhop relay". Logs to standard error.
 */
int pvhop_relay_program(int argc, char **argv, const char *name,
                        const struct pvhop_resolver *resolver);

/**
 * Carries streams inside the control channel (control.sh) until that ends: connects and listens on
 * this machine for the other end. `mark` stands before what it prints.
 */
int pvhop_relay_carry(const char *mark, struct pvhop_error *err);

#endif
