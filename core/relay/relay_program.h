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
 * Connects to `to`, a literal, and carries that one connection over standard input and output until
 * both directions have ended. `report`: prints "open ADDRESS:PORT" before the first byte of it.
 */
int pvhop_relay_stdio(const struct pvhop_endpoint *to, bool report, struct pvhop_error *err);

#endif
