/* SPDX-License-Identifier: BSD-3-Clause */
#include "sha256.h"
#include <string.h>

enum { BLOCK = 64 };

/* FIPS 180-4, 4.2.2: of the cube roots of the first 64 primes. */
static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, unsigned bits)
{
    return x >> bits | x << (32 - bits);
}

static void put32(uint8_t *to, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(x >> (24 - 8 * i));
}

/* FIPS 180-4, 6.2.2 */
static void add_block(uint32_t h[8], const uint8_t *block)
{
    uint32_t w[64], v[8];

    for (size_t i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (size_t i = 16; i < 64; i++) {
        const uint32_t a = w[i - 15], b = w[i - 2];

        w[i] = w[i - 16] + w[i - 7] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) +
               (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
    memcpy(v, h, sizeof(v));
    for (size_t i = 0; i < 64; i++) {
        const uint32_t a = v[0], e = v[4];
        const uint32_t t1 = v[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
                            ((e & v[5]) ^ (~e & v[6])) + k[i] + w[i];
        const uint32_t t2 =
            (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (size_t i = 0; i < 8; i++)
        h[i] += v[i];
}

void pvhop_sha256(const void *data, size_t len, uint8_t digest[PVHOP_SHA256_LEN])
{
    uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const uint8_t *bytes = data;
    const uint64_t bits = (uint64_t)len * 8;
    uint8_t end[2 * BLOCK] = {0};
    size_t end_len;

    for (; len >= BLOCK; bytes += BLOCK, len -= BLOCK)
        add_block(h, bytes);
    if (len > 0)
        memcpy(end, bytes, len);
    end[len] = 0x80;
    end_len = len + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    put32(end + end_len - 8, (uint32_t)(bits >> 32));
    put32(end + end_len - 4, (uint32_t)bits);
    for (size_t at = 0; at < end_len; at += BLOCK)
        add_block(h, end + at);
    for (size_t i = 0; i < 8; i++)
        put32(digest + 4 * i, h[i]);
}

int pvhop_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                      uint8_t mac[PVHOP_SHA256_LEN])
{
    uint8_t inner[BLOCK + PVHOP_HMAC_MESSAGE_MAX], outer[BLOCK + PVHOP_SHA256_LEN];
    uint8_t padded[BLOCK] = {0};

    if (len > PVHOP_HMAC_MESSAGE_MAX)
        return -1;
    if (key_len > BLOCK)
        pvhop_sha256(key, key_len, padded);
    else if (key_len > 0)
        memcpy(padded, key, key_len);
    for (size_t i = 0; i < BLOCK; i++) {
        inner[i] = padded[i] ^ 0x36;
        outer[i] = padded[i] ^ 0x5c;
    }
    if (len > 0)
        memcpy(inner + BLOCK, data, len);
    pvhop_sha256(inner, BLOCK + len, outer + BLOCK);
    pvhop_sha256(outer, sizeof(outer), mac);
    return 0;
}
