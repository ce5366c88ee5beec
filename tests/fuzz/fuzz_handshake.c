/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * First byte: role and what is demanded. Then what the peer says, which is fed
 * twice, whole and in odd pieces: both must end alike.
 */
#include <pvhop/handshake.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct ending {
    enum pvhop_handshake_step step;
    size_t taken, said;
    uint8_t output[PVHOP_HANDSHAKE_MAX];
};

static void check(int holds)
{
    if (!holds)
        abort();
}

static void collect(struct pvhop_handshake *h, struct ending *e)
{
    size_t len;
    const void *output = pvhop_handshake_output(h, &len);

    check(e->said + len <= sizeof(e->output));
    memcpy(e->output + e->said, output, len);
    e->said += len;
    pvhop_handshake_sent(h, len);
}

static void check_end(const struct pvhop_handshake *h)
{
    const struct pvhop_error *err = pvhop_handshake_error(h);
    const struct pvhop_paraview *peer = pvhop_handshake_peer(h);

    if (pvhop_handshake_state(h) != PVHOP_HANDSHAKE_FAILED)
        return;
    check(err->code != PVHOP_OK && err->why[0]);
    for (const char *p = err->why; *p; p++)
        check(*p >= 0x20 && *p < 0x7f);
    check(memchr(peer->backend, '\0', sizeof(peer->backend)) != NULL);
    check(memchr(peer->hash, '\0', sizeof(peer->hash)) != NULL);
}

static void play(enum pvhop_handshake_role role, const struct pvhop_paraview *self,
                 const uint8_t *data, size_t size, size_t piece, struct ending *e)
{
    struct pvhop_handshake *h = pvhop_handshake_new(role, self, NULL);
    size_t at = 0;

    check(h != NULL);
    memset(e, 0, sizeof(*e));
    collect(h, e);
    while (at < size) {
        size_t n = piece && piece < size - at ? piece : size - at;
        /* A block of just this size: a read past its end is seen. */
        uint8_t *exact = malloc(n);
        size_t taken;

        memcpy(exact, data + at, n);
        taken = pvhop_handshake_feed(h, exact, n);
        free(exact);
        check(taken <= n);
        e->taken += taken;
        collect(h, e);
        if (pvhop_handshake_state(h) != PVHOP_HANDSHAKE_MORE)
            break;
        check(taken == n); /* who wants more has left nothing */
        at += n;
    }
    e->step = pvhop_handshake_state(h);
    check(e->taken <= PVHOP_HANDSHAKE_MAX);
    check_end(h);
    pvhop_handshake_abandon(h, PVHOP_E_TIMEOUT, "its time was over");
    check_end(h);
    check(pvhop_handshake_state(h) != PVHOP_HANDSHAKE_MORE);
    pvhop_handshake_free(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pvhop_paraview self = {.major = 5,
                                  .minor = 11,
                                  .connect_id = 4242,
                                  .backend = "opengl2",
                                  .hash = "0123456789abcdef0123456789abcdef",
                                  .id_size = 1};
    enum pvhop_handshake_role role;
    struct ending whole, pieces;

    if (size < 1)
        return 0;
    role = data[0] & 1 ? PVHOP_PLAY_CONNECTOR : PVHOP_PLAY_LISTENER;
    if (role == PVHOP_PLAY_LISTENER && data[0] & 2)
        self = (struct pvhop_paraview){.connect_id = 4242, .id_size = -1};
    play(role, &self, data + 1, size - 1, 0, &whole);
    play(role, &self, data + 1, size - 1, 1 + (data[0] >> 2) % 13, &pieces);
    check(whole.step == pieces.step);
    check(whole.taken == pieces.taken);
    check(whole.said == pieces.said && !memcmp(whole.output, pieces.output, whole.said));
    return 0;
}
