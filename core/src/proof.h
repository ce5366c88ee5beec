/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PROOF_H
#define PVHOP_PROOF_H
/**
 * Two ends of a new connection prove to each other that they know the same token, without showing
 * it: the helper on a node to the relay on the front end, and that one to the helper. Everybody on
 * the network between may listen. A connect id is no such thing: it stands in pvserver's arguments.
 *
 * Asker to giver: "PVHOPA1\n", 16 random bytes A. Giver to asker: "PVHOPG1\n", 16 random bytes G,
 * HMAC-SHA256(token, "give" A G). Asker to giver: HMAC-SHA256(token, "take" A G). Then the
 * connection's own bytes follow.
 */
#include <pvhop/endpoint.h>
#include <pvhop/stream.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_TOKEN_LEN 16
#define PVHOP_PROOF_MS 10000u

/** What a file of the token says. */
struct pvhop_token {
    bool plain; /* there is no helper over there: no proof is asked */
    uint8_t bytes[PVHOP_TOKEN_LEN];
    struct pvhop_endpoint from[16]; /* if plain: who may connect */
    size_t froms;
};

/**
 * Reads it: 32 hex digits, or "plain" and numeric addresses. The file has to be ours alone (owner,
 * mode). Short, but on a network file system it may wait. CONFIG.
 */
int pvhop_token_read(const char *path, struct pvhop_token *token, struct pvhop_error *err);

struct pvhop_proof;

/** Exactly one of them comes, not from within pvhop_proof_new; then nothing watches the stream any
 * more, and no byte that follows the proof has been read. */
struct pvhop_proof_events {
    void (*done)(void *user);
    void (*failed)(void *user, const struct pvhop_error *err);
};

/** Asks for a proof, or gives it. The stream stays the caller's. */
struct pvhop_proof *pvhop_proof_new(struct pvhop_loop *loop, struct pvhop_stream *stream, bool asks,
                                    const struct pvhop_token *token, unsigned deadline_ms,
                                    const struct pvhop_proof_events *events, void *user,
                                    struct pvhop_error *err);
/** Stops the callbacks; the stream is left alone. NULL is fine. */
void pvhop_proof_free(struct pvhop_proof *p);

#ifdef __cplusplus
}
#endif
#endif
