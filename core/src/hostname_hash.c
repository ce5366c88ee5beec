/* SPDX-License-Identifier: BSD-3-Clause */
#include "hostname_hash.h"
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

void pvhop_hmac_sha1(const void *key, size_t key_len, const void *data, size_t len,
                     unsigned char out[PVHOP_SHA1_SIZE])
{
    memset(out, 0, PVHOP_SHA1_SIZE);
    if (key_len <= INT_MAX)
        HMAC(EVP_sha1(), key, (int)key_len, data, len, out, NULL);
}

void pvhop_base64(const unsigned char *data, size_t len, char *out, size_t size)
{
    size_t room = (len + 2) / 3 * 4 + 1;
    unsigned char *text = len <= INT_MAX / 2 ? malloc(room) : NULL;

    if (size == 0)
        goto out;
    out[0] = '\0';
    if (!text)
        goto out;
    EVP_EncodeBlock(text, data, (int)len);
    if (room > size)
        room = size;
    memcpy(out, text, room);
    out[room - 1] = '\0';
out:
    free(text);
}

size_t pvhop_base64_read(const char *text, size_t len, unsigned char *out, size_t size)
{
    unsigned char *bytes;
    size_t n = 0;
    int rc;

    if (len == 0 || len % 4 != 0 || len > INT_MAX / 2)
        return 0;
    /* EVP_DecodeBlock also skips white space, and counts the padding as bytes. */
    if (strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") < len)
        return 0;
    bytes = malloc(len / 4 * 3);
    rc = bytes ? EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len) : -1;
    if (rc > 0) {
        n = (size_t)rc - (text[len - 1] == '=') - (text[len - 2] == '=');
        if (n <= size)
            memcpy(out, bytes, n);
        else
            n = 0;
    }
    free(bytes);
    return n;
}
