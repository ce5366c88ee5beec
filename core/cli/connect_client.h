/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CONNECT_CLIENT_H
#define PVHOP_CONNECT_CLIENT_H
/** The client program behind "--": started when there is something to connect to, ended with us. */
#include <pvhop/loop.h>

struct client_program;

typedef void (*client_exited_fn)(void *user, int exit_code);

/**
 * Runs argv (NULL-terminated) with PVHOP_URL in its environment and our standard descriptors.
 * `exited` gets its exit code, 128 + N for signal N.
 */
struct client_program *client_program_start(struct pvhop_loop *loop, char **argv, const char *url,
                                            client_exited_fn exited, void *user,
                                            struct pvhop_error *err);
/** Asks it to end (SIGTERM), if it runs, and stops watching it. NULL is fine. */
void client_program_free(struct client_program *p);

#endif
