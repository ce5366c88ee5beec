/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hardware key in software, for ssh-keygen -w, ssh-add -S and ssh-agent -P: OpenSSH's interface
 * to security keys (its PROTOCOL.u2f), by libcrypto. Its handle is the private key itself, so it is
 * no secret's keeper; it is touched as soon as it is asked.
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define API_VERSION 0x000a0000u /* of OpenSSH 8.9 and later */
#define ALG_ECDSA 0u
#define ALG_ED25519 1u
#define FAILED (-1)
#define UNSUPPORTED (-2)
#define COUNTER 1u
#define PART_MAX 256u

struct sk_option;
struct sk_resident_key;

struct sk_enroll_response {
    uint8_t flags;
    uint8_t *public_key;
    size_t public_key_len;
    uint8_t *key_handle;
    size_t key_handle_len;
    uint8_t *signature;
    size_t signature_len;
    uint8_t *attestation_cert;
    size_t attestation_cert_len;
    uint8_t *authdata;
    size_t authdata_len;
};

struct sk_sign_response {
    uint8_t flags;
    uint32_t counter;
    uint8_t *sig_r;
    size_t sig_r_len;
    uint8_t *sig_s;
    size_t sig_s_len;
};

uint32_t sk_api_version(void);
int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application,
              uint8_t flags, const char *pin, struct sk_option **options,
              struct sk_enroll_response **response);
int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
            const uint8_t *handle, size_t handle_len, uint8_t flags, const char *pin,
            struct sk_option **options, struct sk_sign_response **response);
int sk_load_resident_keys(const char *pin, struct sk_option **options,
                          struct sk_resident_key ***keys, size_t *count);

uint32_t sk_api_version(void)
{
    return API_VERSION;
}

/* A copy that the caller frees. */
static int give(uint8_t **to, size_t *to_len, const uint8_t *bytes, size_t len)
{
    *to = malloc(len ? len : 1);
    if (!*to)
        return FAILED;
    if (len)
        memcpy(*to, bytes, len);
    *to_len = len;
    return 0;
}

static EVP_PKEY *from_handle(uint32_t alg, const uint8_t *handle, size_t len)
{
    if (alg == ALG_ED25519)
        return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, handle, len);
    return d2i_AutoPrivateKey(NULL, &handle, (long)len);
}

int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application,
              uint8_t flags, const char *pin, struct sk_option **options,
              struct sk_enroll_response **response)
{
    struct sk_enroll_response *r = calloc(1, sizeof(*r));
    uint8_t public[PART_MAX], handle[PART_MAX], *end = handle;
    size_t public_len = sizeof(public), handle_len = sizeof(handle);
    EVP_PKEY *key = NULL;
    int rc = FAILED;

    (void)challenge, (void)challenge_len, (void)application, (void)pin, (void)options;
    if (!r)
        return FAILED;
    if (alg == ALG_ED25519) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        if (!key || EVP_PKEY_get_raw_public_key(key, public, &public_len) != 1 ||
            EVP_PKEY_get_raw_private_key(key, handle, &handle_len) != 1)
            goto out;
    } else if (alg == ALG_ECDSA) {
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
        if (!key ||
            EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, public, sizeof(public),
                                            &public_len) != 1 ||
            i2d_PrivateKey(key, NULL) > (int)sizeof(handle))
            goto out;
        handle_len = (size_t)i2d_PrivateKey(key, &end);
    } else {
        rc = UNSUPPORTED;
        goto out;
    }
    r->flags = flags;
    if (give(&r->public_key, &r->public_key_len, public, public_len) == 0 &&
        give(&r->key_handle, &r->key_handle_len, handle, handle_len) == 0 &&
        give(&r->signature, &r->signature_len, NULL, 0) == 0 &&
        give(&r->attestation_cert, &r->attestation_cert_len, NULL, 0) == 0 &&
        give(&r->authdata, &r->authdata_len, NULL, 0) == 0)
        rc = 0;
out:
    EVP_PKEY_free(key);
    if (rc == 0) {
        *response = r;
        return 0;
    }
    free(r->public_key);
    free(r->key_handle);
    free(r->signature);
    free(r->attestation_cert);
    free(r->authdata);
    free(r);
    return rc;
}

/* What is signed: the application's hash, flags, counter, the message's hash (PROTOCOL.u2f). */
static size_t signed_text(uint8_t *to, const char *application, uint8_t flags, const uint8_t *data,
                          size_t len)
{
    uint8_t *at = to;

    SHA256((const uint8_t *)application, strlen(application), at);
    at += SHA256_DIGEST_LENGTH;
    *at++ = flags;
    *at++ = 0;
    *at++ = 0;
    *at++ = 0;
    *at++ = COUNTER;
    SHA256(data, len, at);
    at += SHA256_DIGEST_LENGTH;
    return (size_t)(at - to);
}

static int give_number(uint8_t **to, size_t *to_len, const BIGNUM *number)
{
    uint8_t bytes[PART_MAX];

    if (BN_num_bytes(number) > (int)sizeof(bytes))
        return FAILED;
    return give(to, to_len, bytes, (size_t)BN_bn2bin(number, bytes));
}

int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
            const uint8_t *handle, size_t handle_len, uint8_t flags, const char *pin,
            struct sk_option **options, struct sk_sign_response **response)
{
    struct sk_sign_response *r = calloc(1, sizeof(*r));
    uint8_t text[2 * SHA256_DIGEST_LENGTH + 5], signature[PART_MAX];
    const uint8_t *at = signature;
    size_t text_len = signed_text(text, application, flags, data, data_len),
           len = sizeof(signature);
    EVP_PKEY *key = from_handle(alg, handle, handle_len);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ECDSA_SIG *pair = NULL;
    int rc = FAILED;

    (void)pin, (void)options;
    if (!r || !key || !context ||
        EVP_DigestSignInit(context, NULL, alg == ALG_ED25519 ? NULL : EVP_sha256(), NULL, key) !=
            1 ||
        EVP_DigestSign(context, signature, &len, text, text_len) != 1)
        goto out;
    r->flags = flags;
    r->counter = COUNTER;
    if (alg == ALG_ED25519) {
        rc = give(&r->sig_r, &r->sig_r_len, signature, len);
    } else if ((pair = d2i_ECDSA_SIG(NULL, &at, (long)len))) {
        rc = give_number(&r->sig_r, &r->sig_r_len, ECDSA_SIG_get0_r(pair));
        if (rc == 0)
            rc = give_number(&r->sig_s, &r->sig_s_len, ECDSA_SIG_get0_s(pair));
    }
out:
    ECDSA_SIG_free(pair);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    if (rc == 0) {
        *response = r;
        return 0;
    }
    if (r) {
        free(r->sig_r);
        free(r->sig_s);
    }
    free(r);
    return rc;
}

int sk_load_resident_keys(const char *pin, struct sk_option **options,
                          struct sk_resident_key ***keys, size_t *count)
{
    (void)pin, (void)options, (void)keys, (void)count;
    return UNSUPPORTED;
}
