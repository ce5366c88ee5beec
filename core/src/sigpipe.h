/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SIGPIPE_H
#define PVHOP_SIGPIPE_H
/**
 * write() and splice() have no MSG_NOSIGNAL. Around such a call SIGPIPE is held
 * back in this thread and, if the call raised it, taken off; how the process
 * handles the signal elsewhere is left as it is.
 */
#include <signal.h>
#include <stdbool.h>

void pvhop_sigpipe_hold(sigset_t *old);
/** `raised`: the call ended with EPIPE. */
void pvhop_sigpipe_release(const sigset_t *old, bool raised);

#endif
