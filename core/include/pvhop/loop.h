/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_LOOP_H
#define PVHOP_LOOP_H
/**
 * The event loop: one thread, no blocking call on it. Everything here but
 * pvhop_loop_post is for the loop's own thread. Any object may be freed inside
 * any callback, its own included; a freed object's callback is never called
 * again, also not for events already fetched from the kernel.
 */
#include <pvhop/error.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_loop;
struct pvhop_watch;
struct pvhop_timer;
struct pvhop_hook;
struct pvhop_signals;
struct pvhop_child;

enum {
    PVHOP_READ = 1,  /* readable, or end of file */
    PVHOP_WRITE = 2, /* writable, or a connect has ended */
    PVHOP_HUP = 4 /* hang-up or error: reported with the others; asked for alone, nothing else is */
};

/** NULL and *err on failure. */
struct pvhop_loop *pvhop_loop_new(struct pvhop_error *err);
/** All objects made on the loop must have been freed before. NULL is fine. */
void pvhop_loop_free(struct pvhop_loop *loop);
/** Runs until pvhop_loop_stop. Returns 0, or -1 if the kernel's wait fails. */
int pvhop_loop_run(struct pvhop_loop *loop, struct pvhop_error *err);
/**
 * One turn: waits at most `timeout_ms` (-1: until something happens). Descriptors whose other side
 * has ended are reported after all others. For tests.
 */
int pvhop_loop_turn(struct pvhop_loop *loop, int timeout_ms, struct pvhop_error *err);
void pvhop_loop_stop(struct pvhop_loop *loop);
/** Monotonic milliseconds (CLOCK_MONOTONIC), read anew on each call. */
uint64_t pvhop_loop_now_ms(const struct pvhop_loop *loop);

typedef void (*pvhop_watch_fn)(void *user, unsigned events);
/** Watches `fd` (not owned), level-triggered, with no interest at first. */
struct pvhop_watch *pvhop_watch_new(struct pvhop_loop *loop, int fd, pvhop_watch_fn fn, void *user,
                                    struct pvhop_error *err);
/**
 * Sets the interest: an or of PVHOP_READ and PVHOP_WRITE, or PVHOP_HUP alone;
 * 0 = none. No call to the kernel if unchanged.
 */
void pvhop_watch_set(struct pvhop_watch *w, unsigned events);
/** To be freed before its fd is closed. */
void pvhop_watch_free(struct pvhop_watch *w);

typedef void (*pvhop_call_fn)(void *user);
/** A one-shot timer, not started. */
struct pvhop_timer *pvhop_timer_new(struct pvhop_loop *loop, pvhop_call_fn fn, void *user);
/** (Re)starts it: fires once, `ms` from now (0: on the next turn). */
void pvhop_timer_start(struct pvhop_timer *t, uint64_t ms);
void pvhop_timer_stop(struct pvhop_timer *t);
bool pvhop_timer_running(const struct pvhop_timer *t);
void pvhop_timer_free(struct pvhop_timer *t);

/**
 * A hook runs on every turn just before the wait: for work that other
 * callbacks of the turn may have made possible (an ssh window that opened,
 * TCP_QUICKACK before sleeping). It calls pvhop_loop_again if it made progress
 * that other hooks or watches must see before the loop sleeps.
 */
struct pvhop_hook *pvhop_hook_new(struct pvhop_loop *loop, pvhop_call_fn fn, void *user);
void pvhop_hook_free(struct pvhop_hook *h);
/** The next wait does not block. */
void pvhop_loop_again(struct pvhop_loop *loop);

/**
 * Thread-safe: has `fn` called on the loop's thread, in the order of posting.
 * Returns -1 if memory ran out. Posts still pending when the loop is freed
 * are dropped without being called.
 */
int pvhop_loop_post(struct pvhop_loop *loop, pvhop_call_fn fn, void *user);

typedef void (*pvhop_signal_fn)(void *user, int signal_number);
/**
 * Blocks the signals of the 0-terminated list in the calling thread and
 * delivers them as events (signalfd). What it blocked is unblocked on free.
 * Make it before any thread is started; a child inherits the mask, so unblock
 * between fork and exec.
 */
struct pvhop_signals *pvhop_signals_new(struct pvhop_loop *loop, const int *signals,
                                        pvhop_signal_fn fn, void *user, struct pvhop_error *err);
void pvhop_signals_free(struct pvhop_signals *s);

typedef void (*pvhop_child_fn)(void *user, int wait_status);
/**
 * Calls `fn` once when the child `pid` has ended, and reaps it (pidfd). If
 * someone else has reaped it, the status is that of exit code 127.
 */
struct pvhop_child *pvhop_child_new(struct pvhop_loop *loop, pid_t pid, pvhop_child_fn fn,
                                    void *user, struct pvhop_error *err);
/** Stops watching; does not kill. */
void pvhop_child_free(struct pvhop_child *c);

#ifdef __cplusplus
}
#endif
#endif
