/* SPDX-License-Identifier: BSD-3-Clause */
#include <pvhop/harden.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void pvhop_harden(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) /* whose leak check has to look into us */
    prctl(PR_SET_DUMPABLE, 0);
#endif
}
