/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_HOSTNAME_HASH_H
#define PVHOP_HOSTNAME_HASH_H
/** HMAC-SHA1 and base64, as hashed names in known_hosts need them. On libcrypto. */
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#define PVHOP_SHA1_SIZE 20
/** RFC 2104 with SHA-1 (FIPS 180-4); keys of at most 64 bytes. */
void pvhop_hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
                     unsigned char out[PVHOP_SHA1_SIZE]);
/** RFC 4648, 4, with padding; cut to what fits. */
void pvhop_base64(const unsigned char *data, size_t len, char *out, size_t size);
/** Reads base64; the count of bytes, 0 if it is malformed or longer than `size`. */
size_t pvhop_base64_read(const char *text, size_t len, unsigned char *out, size_t size);
#ifdef __cplusplus
}
#endif
#endif
