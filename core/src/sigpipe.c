/* SPDX-License-Identifier: BSD-3-Clause */
#include "sigpipe.h"
#include <pthread.h>
#include <time.h>

static void only_sigpipe(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

void pvhop_sigpipe_hold(sigset_t *old)
{
    sigset_t set;

    only_sigpipe(&set);
    pthread_sigmask(SIG_BLOCK, &set, old);
}

void pvhop_sigpipe_release(const sigset_t *old, bool raised)
{
    const struct timespec at_once = {0, 0};
    sigset_t set;

    if (sigismember(old, SIGPIPE)) /* held back by the caller already, who may want to see it */
        return;
    only_sigpipe(&set);
    if (raised)
        sigtimedwait(&set, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, old, NULL);
}
