/* SPDX-License-Identifier: BSD-3-Clause */
#include "proof.h"
#include "sha256.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WORD = 8,
    NONCE = 16,
    ASK = WORD + NONCE,
    GIVE = WORD + NONCE + PVHOP_SHA256_LEN,
    TAKE = PVHOP_SHA256_LEN,
    FILE_MAX = 2048
};

static const char ask_word[] = "PVHOPA1\n", give_word[] = "PVHOPG1\n";

struct pvhop_proof {
    struct pvhop_stream *stream;
    struct pvhop_timer *timer;
    struct pvhop_proof_events events;
    void *user;
    bool asks;
    uint8_t token[PVHOP_TOKEN_LEN];
    uint8_t asked[NONCE], given[NONCE];
    uint8_t in[GIVE], out[GIVE];
    size_t in_len, in_size; /* have, want */
    size_t out_at, out_len;
};

/* ---- the token ---- */

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

static int read_hex(const char *text, uint8_t bytes[PVHOP_TOKEN_LEN])
{
    for (size_t i = 0; i < PVHOP_TOKEN_LEN; i++) {
        int high = hex_digit(text[2 * i]), low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

        if (low < 0)
            return -1;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return text[2 * PVHOP_TOKEN_LEN] == '\0' ? 0 : -1;
}

/* "plain ADDRESS..." */
static int read_plain(char *text, struct pvhop_token *token)
{
    char *save = NULL, *word = strtok_r(text, " ", &save);

    if (!word || strcmp(word, "plain") != 0)
        return -1;
    token->plain = true;
    while ((word = strtok_r(NULL, " ", &save)) &&
           token->froms < sizeof(token->from) / sizeof(token->from[0])) {
        struct pvhop_endpoint *from = &token->from[token->froms];

        snprintf(from->host, sizeof(from->host), "%s", word);
        if (pvhop_endpoint_family(from) == AF_UNSPEC)
            return -1;
        token->froms++;
    }
    return 0;
}

int pvhop_token_read(const char *path, struct pvhop_token *token, struct pvhop_error *err)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    char text[FILE_MAX + 1];
    struct stat st;
    ssize_t n = -1;
    int rc = -1;

    memset(token, 0, sizeof(*token));
    if (fd < 0 || fstat(fd, &st) != 0) {
        pvhop_error_set(err, PVHOP_E_CONFIG, "'%.300s': %s", path, strerror(errno));
        goto out;
    }
    if (!S_ISREG(st.st_mode) || st.st_uid != getuid() || (st.st_mode & 077) != 0) {
        pvhop_error_set(err, PVHOP_E_CONFIG, "'%.300s' can be read or written by others", path);
        goto out;
    }
    n = read(fd, text, FILE_MAX);
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (n > 0 && (read_hex(text, token->bytes) == 0 || read_plain(text, token) == 0))
        rc = 0;
    else /* it is not quoted: it may be most of a token */
        pvhop_error_set(err, PVHOP_E_CONFIG, "'%.300s' holds no token", path);
out:
    explicit_bzero(text, sizeof(text));
    if (fd >= 0)
        close(fd);
    return rc;
}

/* ---- the proof ---- */

static void proof_of(const struct pvhop_proof *p, const char word[4], uint8_t mac[PVHOP_SHA256_LEN])
{
    uint8_t message[4 + 2 * NONCE];

    memcpy(message, word, 4);
    memcpy(message + 4, p->asked, NONCE);
    memcpy(message + 4 + NONCE, p->given, NONCE);
    pvhop_hmac_sha256(p->token, sizeof(p->token), message, sizeof(message), mac);
}

/* Takes as long wherever they differ. */
static bool same(const uint8_t *a, const uint8_t *b, size_t len)
{
    unsigned difference = 0;

    for (size_t i = 0; i < len; i++)
        difference |= a[i] ^ b[i];
    return difference == 0;
}

static void stop(struct pvhop_proof *p)
{
    pvhop_timer_stop(p->timer);
    pvhop_stream_watch(p->stream, 0, NULL, NULL);
}

static void fail(struct pvhop_proof *p, const char *why)
{
    struct pvhop_error err;

    stop(p);
    pvhop_error_set(&err, PVHOP_E_CONNECTION_LOST, "%s: %s", pvhop_stream_peer(p->stream), why);
    p->events.failed(p->user, &err);
}

static void on_deadline(void *user)
{
    fail(user, "it proved nothing in time");
}

static void send_next(struct pvhop_proof *p, size_t len)
{
    p->out_at = 0;
    p->out_len = len;
}

/* What was waited for is here: false, with the reason, if it is wrong. */
static bool take_message(struct pvhop_proof *p, const char **why)
{
    uint8_t mac[PVHOP_SHA256_LEN];

    if (p->asks) {
        memcpy(p->given, p->in + WORD, NONCE);
        proof_of(p, "give", mac);
        *why = "it does not know the token";
        if (memcmp(p->in, give_word, WORD) != 0 ||
            !same(mac, p->in + WORD + NONCE, PVHOP_SHA256_LEN))
            return false;
        proof_of(p, "take", p->out);
        send_next(p, TAKE);
    } else if (p->in_size == ASK) {
        *why = "it is no relay that asks for a proof";
        if (memcmp(p->in, ask_word, WORD) != 0)
            return false;
        memcpy(p->asked, p->in + WORD, NONCE);
        memcpy(p->out, give_word, WORD);
        memcpy(p->out + WORD, p->given, NONCE);
        proof_of(p, "give", p->out + WORD + NONCE);
        send_next(p, GIVE);
        p->in_size = TAKE;
        p->in_len = 0;
        return true;
    } else {
        proof_of(p, "take", mac);
        *why = "it is not the relay that it should be";
        if (!same(mac, p->in, PVHOP_SHA256_LEN))
            return false;
    }
    p->in_size = p->in_len = 0; /* nothing more is to come */
    return true;
}

/* Reads no byte too many. Returns why it failed; NULL: it goes on. */
static const char *pull(struct pvhop_proof *p)
{
    const char *why;

    while (p->in_len < p->in_size) {
        ssize_t n = pvhop_stream_read(p->stream, p->in + p->in_len, p->in_size - p->in_len);

        if (n == -EAGAIN)
            return NULL;
        if (n <= 0)
            return "it went away without a proof";
        p->in_len += (size_t)n;
        if (p->in_len == p->in_size && !take_message(p, &why))
            return why;
    }
    return NULL;
}

static const char *push(struct pvhop_proof *p)
{
    while (p->out_at < p->out_len) {
        ssize_t n = pvhop_stream_write(p->stream, p->out + p->out_at, p->out_len - p->out_at);

        if (n == -EAGAIN)
            return NULL;
        if (n < 0)
            return strerror((int)-n);
        p->out_at += (size_t)n;
    }
    return NULL;
}

static void on_stream(void *user, unsigned events)
{
    struct pvhop_proof *p = user;
    const char *why = push(p);

    if (!why && (events & (PVHOP_READ | PVHOP_HUP)))
        why = pull(p);
    if (!why)
        why = push(p);
    if (!why && (events & PVHOP_HUP))
        why = "it went away without a proof";
    if (why) {
        fail(p, why);
    } else if (p->in_len == p->in_size && p->out_at == p->out_len) {
        stop(p);
        p->events.done(p->user);
    } else {
        pvhop_stream_watch(p->stream,
                           (p->in_len < p->in_size ? PVHOP_READ : 0u) |
                               (p->out_at < p->out_len ? PVHOP_WRITE : 0u) | PVHOP_HUP,
                           on_stream, p);
    }
}

struct pvhop_proof *pvhop_proof_new(struct pvhop_loop *loop, struct pvhop_stream *stream, bool asks,
                                    const struct pvhop_token *token, unsigned deadline_ms,
                                    const struct pvhop_proof_events *events, void *user,
                                    struct pvhop_error *err)
{
    struct pvhop_proof *p = calloc(1, sizeof(*p));

    if (!p || !(p->timer = pvhop_timer_new(loop, on_deadline, p)) ||
        getrandom(asks ? p->asked : p->given, NONCE, 0) != NONCE) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room or no random numbers for a proof");
        pvhop_proof_free(p);
        return NULL;
    }
    p->stream = stream;
    p->asks = asks;
    p->events = *events;
    p->user = user;
    memcpy(p->token, token->bytes, sizeof(p->token));
    if (asks) {
        memcpy(p->out, ask_word, WORD);
        memcpy(p->out + WORD, p->asked, NONCE);
        send_next(p, ASK);
    }
    p->in_size = asks ? GIVE : ASK;
    pvhop_timer_start(p->timer, deadline_ms);
    pvhop_stream_watch(stream, PVHOP_READ | (asks ? PVHOP_WRITE : 0u) | PVHOP_HUP, on_stream, p);
    return p;
}

void pvhop_proof_free(struct pvhop_proof *p)
{
    if (!p)
        return;
    if (p->stream)
        pvhop_stream_watch(p->stream, 0, NULL, NULL);
    pvhop_timer_free(p->timer);
    explicit_bzero(p, sizeof(*p));
    free(p);
}
