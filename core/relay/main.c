/* SPDX-License-Identifier: BSD-3-Clause */
/* The relay for front ends: one static file that runs from a user's directory, without rights. */
#include "relay_program.h"

int main(int argc, char **argv)
{
    return pvhop_relay_program(argc, argv, "pvhop-relay", &pvhop_resolver_files);
}
