/* SPDX-License-Identifier: BSD-3-Clause */
/* Turns the read-ahead on in a test program, whatever the environment says. */
#include "readahead.h"
#include <cstdlib>

static const bool on = [] {
    unsetenv("PVHOP_READAHEAD");
    pvhop_readahead_install();
    return true;
}();
