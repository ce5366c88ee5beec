/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_READAHEAD_H
#define PVHOP_READAHEAD_H
/**
 * Read-ahead under libssh. libssh 0.10 takes 4 KiB from its socket at a time, each time with a
 * poll() and a recv(); this halves the speed of reception. A program that
 * links readahead.c gives libssh these two functions (and close()), which read 256 KiB at
 * once from the sockets of the links' sessions, and are the system's own for all others.
 *
 * It stays out of the way by itself where libssh does not call through the program: nothing is
 * read ahead of a socket before both functions were seen on it.
 */

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Turns it on for the links that are made from now on, unless PVHOP_READAHEAD is 0 in the
 * environment. To be called before any thread is started.
 */
void pvhop_readahead_install(void);

#ifdef __cplusplus
}
#endif

#endif
