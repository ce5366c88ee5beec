/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SHA256_H
#define PVHOP_SHA256_H
/** SHA-256 (FIPS 180-4) and HMAC-SHA256 (RFC 2104), for the static relay, which links no library of
 * cryptography. For short messages: all of one is given at once. */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_SHA256_LEN 32

void pvhop_sha256(const void *data, size_t len, uint8_t digest[PVHOP_SHA256_LEN]);
/** `len` is at most PVHOP_HMAC_MESSAGE_MAX; 0, or -1 if it is more. */
#define PVHOP_HMAC_MESSAGE_MAX 256
int pvhop_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                      uint8_t mac[PVHOP_SHA256_LEN]);

#ifdef __cplusplus
}
#endif
#endif
