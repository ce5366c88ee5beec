/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_HARDEN_H
#define PVHOP_HARDEN_H
/** A process that knows secrets: passwords here, the token of a proof on a front end or a node. */

#ifdef __cplusplus
extern "C" {
#endif

/**
 * From now on this process leaves no core file, and no other program of its user can look into its
 * memory (PR_SET_DUMPABLE, prctl(2)). Programs that it starts leave no core files either.
 */
void pvhop_harden(void);

#ifdef __cplusplus
}
#endif
#endif
