/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CONTROL_CARRY_H
#define PVHOP_CONTROL_CARRY_H
/**
 * Connections from and to the front end inside the control channel: what ssh -L and -R do, for
 * sshds that forward nothing, and in the one session that MaxSessions 1 leaves. Over there the
 * helper makes them (core/relay/relay_carry.c). Heartbeats and commands go on beside them. To be
 * freed before the channel is.
 */
#include <pvhop/control.h>

#ifdef __cplusplus
extern "C" {
#endif

/** As pvhop_sshlink_direct. `program` is the helper's path there, as helper.h gives it. The front
 * end looks up the name. NULL: no memory, or the channel is not ready. */
struct pvhop_carry_dial;
struct pvhop_carry_dial *pvhop_control_dial(struct pvhop_control *c, const char *program,
                                            const struct pvhop_endpoint *to,
                                            const struct pvhop_sshdirect_events *events, void *user,
                                            struct pvhop_error *err);
/** Gives up the attempt; the stream, if it was given out, is its receiver's. NULL is fine. */
void pvhop_carry_dial_free(struct pvhop_carry_dial *d);

/** As pvhop_sshlink_forward, for a loopback address; processes of other users are refused there. */
struct pvhop_carry_port;
struct pvhop_carry_port *pvhop_control_listen(struct pvhop_control *c, const char *program,
                                              const struct pvhop_endpoint *where,
                                              const struct pvhop_sshforward_events *events,
                                              void *user, struct pvhop_error *err);
/** Closes the port there; connections that came by it go on. NULL is fine. */
void pvhop_carry_port_free(struct pvhop_carry_port *p);

#ifdef __cplusplus
}
#endif
#endif
