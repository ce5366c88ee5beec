/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The handshake is a row of messages, each `int32 tag, int32 length, body`,
 * little-endian. Four rounds are symmetric (the connector speaks first, the
 * listener answers in kind); then the connector states its version, connect
 * id and rendering backend, and the listener gives its verdict.
 */
#include <ctype.h>
#include <pvhop/handshake.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* vtkSocketController.h (the first four), vtkTCPNetworkAccessManager.cxx */
enum {
    TAG_ENDIAN = 0x3c3c3c3c,
    TAG_ALGORITHM = 0x3e3e3e3e,
    TAG_HASH = 0x3f3f3f3f,
    TAG_ID_SIZE = 0x3d3d3d3d,
    TAG_TEXT = 99991,
    TAG_VERDICT = 99990
};

/* The verdict: vtkTCPNetworkAccessManager.h, HANDSHAKE_NO_ERROR and those after it. */
enum {
    VERDICT_ACCEPTED,
    VERDICT_COMMUNICATOR,
    VERDICT_VERSION,
    VERDICT_CONNECT_ID,
    VERDICT_BACKEND,
    VERDICT_UNKNOWN
};

enum {
    ALGORITHM_MD5 = 100,
    HEADER = 8,
    TEXT_MAX = 256, /* what say_text makes has 88 bytes at most; another release may say more */
    OUTPUT_MAX = 384
};
_Static_assert(HEADER * 6 + 1 + 4 + 4 + PVHOP_HASH_LEN + 1 + 4 + 4 + TEXT_MAX <= OUTPUT_MAX,
               "the output holds all that is said in one handshake");
_Static_assert(OUTPUT_MAX <= PVHOP_HANDSHAKE_MAX, "a handshake stays within its bound");

/* What is awaited from the peer. */
enum stage { ENDIAN, ALGORITHM, HASH, ID_SIZE, TEXT_SIZE, TEXT, VERDICT, DONE, FAILED };

static const char hex_digits[] = "0123456789abcdefABCDEF";

struct pvhop_handshake {
    enum pvhop_handshake_role role;
    enum stage stage;
    struct pvhop_paraview self, peer;
    struct pvhop_error error;
    struct pvhop_error held; /* a refusal that waits until the peer has named its version */
    unsigned proved;         /* whole messages taken */
    size_t have, length;     /* bytes of the present message, and the length it announced */
    size_t text_size;        /* announced by TEXT_SIZE */
    uint8_t message[HEADER + TEXT_MAX];
    const uint8_t *ahead; /* during a feed: what follows `message` */
    size_t ahead_len;
    size_t said, sent; /* of output */
    uint8_t output[OUTPUT_MAX];
};

/* ASCII, whatever the locale says. */
static bool printable(uint8_t c)
{
    return c >= 0x20 && c < 0x7f;
}

static uint32_t get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* ---- failing, with the peer's words ---- */

/* Text as text, its first line; anything else as numbers. */
static void quote(const uint8_t *bytes, size_t len, char *out, size_t size)
{
    size_t plain = 0, used = 0, shown;

    while (len > 1 && (*bytes == '\r' || *bytes == '\n')) {
        bytes++;
        len--;
    }
    shown = len < 72 ? len : 72;
    for (size_t i = 0; i < len; i++)
        plain += printable(bytes[i]) || (bytes[i] >= '\t' && bytes[i] <= '\r');
    if (len == 0) {
        snprintf(out, size, "nothing");
    } else if (plain * 4 >= len * 3) {
        for (size_t i = 1; i < shown; i++)
            if (bytes[i] == '\r' || bytes[i] == '\n')
                shown = i;
        out[used++] = '\'';
        for (size_t i = 0; i < shown; i++)
            out[used++] = printable(bytes[i]) ? (char)bytes[i] : '.';
        snprintf(out + used, size - used, shown == 72 && len > 72 ? "...'" : "'");
    } else {
        shown = len < 16 ? len : 16;
        used = (size_t)snprintf(out, size, "the bytes");
        for (size_t i = 0; i < shown; i++)
            used += (size_t)snprintf(out + used, size - used, " %02x", bytes[i]);
        snprintf(out + used, size - used, len > shown ? " ..." : "");
    }
}

/* What the peer said from the start of the present message on. */
static void quote_peer(const struct pvhop_handshake *h, char out[128])
{
    uint8_t bytes[HEADER + TEXT_MAX + 128];
    size_t ahead = h->ahead_len < 128 ? h->ahead_len : 128;

    memcpy(bytes, h->message, h->have);
    if (ahead)
        memcpy(bytes + h->have, h->ahead, ahead);
    quote(bytes, h->have + ahead, out, 128);
}

/* Who begins like this. Only the first four bytes are surely there. */
static const char *guess(const uint8_t *bytes)
{
    static const struct {
        const char *begin, *who;
    } known[] = {
        {"GET ", ", as a web browser does"}, {"POST", ", as a web browser does"},
        {"HEAD", ", as a web browser does"}, {"HTTP", ", as a web server does"},
        {"SSH-", ", as ssh does"},           {"\x16\x03", ", as TLS does"},
        {"RFB ", ", as a VNC server does"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (!memcmp(bytes, known[i].begin, strlen(known[i].begin)))
            return known[i].who;
    return "";
}

static bool fail_as(struct pvhop_handshake *h, const struct pvhop_error *why)
{
    h->error = *why;
    h->stage = FAILED;
    return false;
}

/* In words, for errors. */
static const char *const awaited[] = {
    [ENDIAN] = "its first word", [ALGORITHM] = "its hash algorithm", [HASH] = "its hash",
    [ID_SIZE] = "its id size",   [TEXT_SIZE] = "its version",        [TEXT] = "its version",
    [VERDICT] = "its verdict",
};

static const char *subject(const struct pvhop_handshake *h)
{
    return h->role == PVHOP_PLAY_LISTENER ? "what connected" : "what answered";
}

/* What was said cannot come from ParaView. */
static bool fail_foreign(struct pvhop_handshake *h)
{
    struct pvhop_error why;
    char words[128];

    quote_peer(h, words);
    if (h->proved == 0) {
        pvhop_error_set(&why, PVHOP_E_HANDSHAKE,
                        "%s is not ParaView (neither pvserver nor a client): it said %s%s",
                        subject(h), words, guess(h->message));
        pvhop_error_remedy(&why, "Check the host and the port: another program answers there.");
    } else {
        pvhop_error_set(&why, PVHOP_E_HANDSHAKE,
                        "%s began as ParaView does, but then it said %s instead of %s", subject(h),
                        words, awaited[h->stage]);
    }
    return fail_as(h, &why);
}

static bool fail_byte_order(struct pvhop_handshake *h)
{
    struct pvhop_error why;

    pvhop_error_set(&why, PVHOP_E_BYTE_ORDER, "%s says that its machine is big-endian", subject(h));
    return fail_as(h, &why);
}

/* ---- what we say ---- */

static void say(struct pvhop_handshake *h, uint32_t tag, const void *body, size_t len)
{
    uint8_t *p = h->output + h->said;

    put32(p, tag);
    put32(p + 4, (uint32_t)len);
    memcpy(p + HEADER, body, len);
    h->said += HEADER + len;
}

static void say_int(struct pvhop_handshake *h, uint32_t tag, uint32_t value)
{
    uint8_t body[4];

    put32(body, value);
    say(h, tag, body, sizeof(body));
}

static void say_endian(struct pvhop_handshake *h)
{
    say(h, TAG_ENDIAN, "\0", 1); /* 0: little-endian */
}

static void say_algorithm(struct pvhop_handshake *h)
{
    say_int(h, TAG_ALGORITHM, ALGORITHM_MD5);
}

/* A listener answers in the peer's words; whether it likes them it tells with its verdict. */
static void say_hash(struct pvhop_handshake *h)
{
    bool answer = h->role == PVHOP_PLAY_LISTENER;

    say(h, TAG_HASH, answer ? h->peer.hash : h->self.hash, PVHOP_HASH_LEN + 1);
}

static void say_id_size(struct pvhop_handshake *h)
{
    say_int(h, TAG_ID_SIZE, (uint32_t)(h->self.id_size < 0 ? h->peer.id_size : h->self.id_size));
}

/* AnalyzeHandshakeAndGetErrorCode in vtkTCPNetworkAccessManager.cxx has the syntax. */
static void say_text(struct pvhop_handshake *h)
{
    const struct pvhop_paraview *self = &h->self;
    char id[32] = "", text[TEXT_MAX];
    int len;

    if (self->connect_id)
        snprintf(id, sizeof(id), "connect_id.%d.", (int)self->connect_id);
    len = snprintf(text, sizeof(text), "paraview-%u.%u.%srenderingbackend.%s", self->major,
                   self->minor, id, self->backend);
    say_int(h, TAG_TEXT, (uint32_t)len + 1);
    say(h, TAG_TEXT, text, (size_t)len + 1);
}

/* ---- what we take: each returns false once the handshake has failed ---- */

static bool take_endian(struct pvhop_handshake *h, const uint8_t *body)
{
    if (body[0] == 1)
        return fail_byte_order(h);
    return body[0] == 0 || fail_foreign(h);
}

static bool take_algorithm(struct pvhop_handshake *h, const uint8_t *body)
{
    struct pvhop_error why;

    if (get32(body) == ALGORITHM_MD5)
        return true;
    if (h->role == PVHOP_PLAY_LISTENER)
        say_algorithm(h); /* so that it can tell its user what differs */
    pvhop_error_set(&why, PVHOP_E_PVSERVER_VERSION,
                    "%s speaks another handshake (number %d, pvhop knows %d): it is a release of "
                    "ParaView that pvhop does not know",
                    subject(h), (int)(int32_t)get32(body), ALGORITHM_MD5);
    return fail_as(h, &why);
}

static bool take_hash(struct pvhop_handshake *h, const uint8_t *body)
{
    struct pvhop_error why;

    for (int i = 0; i < PVHOP_HASH_LEN; i++)
        if (body[i] == '\0' || !strchr(hex_digits, body[i]))
            return fail_foreign(h);
    if (body[PVHOP_HASH_LEN] != '\0')
        return fail_foreign(h);
    memcpy(h->peer.hash, body, sizeof(h->peer.hash));
    if (h->self.hash[0] == '\0' || !strcmp(h->self.hash, h->peer.hash))
        return true;
    pvhop_error_set(&why, PVHOP_E_PVSERVER_VERSION,
                    "the two ParaViews were built from different releases of their communication "
                    "code (%s and %s)",
                    h->peer.hash, h->self.hash);
    if (h->role == PVHOP_PLAY_CONNECTOR)
        return fail_as(h, &why);
    h->held = why;
    return true;
}

static bool take_id_size(struct pvhop_handshake *h, const uint8_t *body)
{
    struct pvhop_error why;

    if (get32(body) > 1)
        return fail_foreign(h);
    h->peer.id_size = (int32_t)get32(body);
    if (h->self.id_size < 0 || h->self.id_size == h->peer.id_size)
        return true;
    pvhop_error_set(&why, PVHOP_E_HANDSHAKE,
                    "%s was built with %d-bit ids, and the other side with %d-bit ids", subject(h),
                    h->peer.id_size ? 64 : 32, h->self.id_size ? 64 : 32);
    pvhop_error_remedy(&why, "Use builds with the same VTK_USE_64BIT_IDS on both sides.");
    if (h->role == PVHOP_PLAY_CONNECTOR)
        return fail_as(h, &why);
    if (h->held.code == PVHOP_OK)
        h->held = why;
    return true;
}

static bool take_text_size(struct pvhop_handshake *h, const uint8_t *body)
{
    h->text_size = get32(body);
    return (h->text_size > 1 && h->text_size <= TEXT_MAX) || fail_foreign(h);
}

/* A decimal number of at most `max` without sign or leading zeros; moves *text past it. */
static bool parse_number(const char **text, uint32_t max, uint32_t *out)
{
    const char *p = *text;
    uint64_t value = 0;

    if (!isdigit((unsigned char)*p) || (p[0] == '0' && isdigit((unsigned char)p[1])))
        return false;
    for (; isdigit((unsigned char)*p); p++) {
        value = value * 10 + (uint64_t)(*p - '0');
        if (value > max)
            return false;
    }
    *out = (uint32_t)value;
    *text = p;
    return true;
}

static bool skip(const char **text, const char *prefix)
{
    size_t len = strlen(prefix);

    if (strncmp(*text, prefix, len))
        return false;
    *text += len;
    return true;
}

static bool backend_valid(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!printable((uint8_t)*p) || *p == ' ' || *p == '.')
            return false;
    return true;
}

static bool parse_text(const char *text, struct pvhop_paraview *out)
{
    uint32_t major, minor, id = 0;

    if (!skip(&text, "paraview-") || !parse_number(&text, 999, &major) || !skip(&text, ".") ||
        !parse_number(&text, 999, &minor) || !skip(&text, "."))
        return false;
    if (skip(&text, "connect_id.") &&
        (!parse_number(&text, INT32_MAX, &id) || !skip(&text, ".") || id == 0))
        return false;
    if (!skip(&text, "renderingbackend.") || !*text || strlen(text) >= sizeof(out->backend) ||
        !backend_valid(text))
        return false;
    out->major = major;
    out->minor = minor;
    out->connect_id = (int32_t)id;
    snprintf(out->backend, sizeof(out->backend), "%s", text);
    return true;
}

/* The verdict on what the peer has said, in ParaView's order; fills *why if it is bad. */
static uint32_t judge(const struct pvhop_handshake *h, struct pvhop_error *why)
{
    const struct pvhop_paraview *peer = &h->peer, *self = &h->self;

    if ((self->major || self->minor) &&
        (peer->major != self->major || peer->minor != self->minor)) {
        pvhop_error_set(why, PVHOP_E_PVSERVER_VERSION, "%s is ParaView %u.%u, but %u.%u is needed",
                        subject(h), peer->major, peer->minor, self->major, self->minor);
        return VERDICT_VERSION;
    }
    if (peer->connect_id != self->connect_id) {
        if (peer->connect_id)
            pvhop_error_set(why, PVHOP_E_CONNECT_ID,
                            "%s came with the connect id %d, which is not the one of this "
                            "connection",
                            subject(h), (int)peer->connect_id);
        else
            pvhop_error_set(why, PVHOP_E_CONNECT_ID, "%s came without a connect id", subject(h));
        return VERDICT_CONNECT_ID;
    }
    if (self->backend[0] && strcmp(peer->backend, self->backend)) {
        pvhop_error_set(why, PVHOP_E_HANDSHAKE,
                        "%s renders with '%s', and the other side with '%s'", subject(h),
                        peer->backend, self->backend);
        return VERDICT_BACKEND;
    }
    *why = h->held;
    return h->held.code == PVHOP_OK ? VERDICT_ACCEPTED : VERDICT_COMMUNICATOR;
}

static bool take_text(struct pvhop_handshake *h, const uint8_t *body)
{
    const char *text = (const char *)body;
    struct pvhop_error why;
    uint32_t verdict;
    char words[128];

    if (memchr(body, '\0', h->length) != body + h->length - 1)
        return fail_foreign(h);
    if (!parse_text(text, &h->peer)) {
        quote(body, h->length - 1, words, sizeof(words));
        pvhop_error_set(&why, PVHOP_E_PVSERVER_VERSION,
                        "%s introduced itself in words that pvhop does not know: %s", subject(h),
                        words);
        verdict = VERDICT_UNKNOWN;
    } else {
        verdict = judge(h, &why);
    }
    say_int(h, TAG_VERDICT, verdict);
    return verdict == VERDICT_ACCEPTED || fail_as(h, &why);
}

static bool take_verdict(struct pvhop_handshake *h, const uint8_t *body)
{
    struct pvhop_error why;
    uint32_t verdict = get32(body);

    switch (verdict) {
    case VERDICT_ACCEPTED:
        return true;
    case VERDICT_VERSION:
        pvhop_error_set(&why, PVHOP_E_PVSERVER_VERSION,
                        "the other ParaView refused: it is not version %u.%u", h->self.major,
                        h->self.minor);
        break;
    case VERDICT_CONNECT_ID:
        pvhop_error_set(&why, PVHOP_E_CONNECT_ID,
                        "the other ParaView refused: it has another connect id%s",
                        h->self.connect_id ? "" : " (pvhop was given none)");
        break;
    case VERDICT_BACKEND:
        pvhop_error_set(&why, PVHOP_E_HANDSHAKE,
                        "the other ParaView refused: it does not render with '%s'",
                        h->self.backend);
        break;
    default:
        pvhop_error_set(&why, PVHOP_E_HANDSHAKE, "the other ParaView refused, with error number %d",
                        (int)(int32_t)verdict);
    }
    return fail_as(h, &why);
}

/* ---- the machine ---- */

static const struct stage_row {
    uint32_t tag;
    size_t length; /* of the body; 0 = text_size */
    bool (*take)(struct pvhop_handshake *h, const uint8_t *body);
    void (*say)(struct pvhop_handshake *h); /* the connector before, the listener after take */
    enum stage next[2];                     /* as listener, as connector */
} stages[] = {
    [ENDIAN] = {TAG_ENDIAN, 1, take_endian, say_endian, {ALGORITHM, ALGORITHM}},
    [ALGORITHM] = {TAG_ALGORITHM, 4, take_algorithm, say_algorithm, {HASH, HASH}},
    [HASH] = {TAG_HASH, PVHOP_HASH_LEN + 1, take_hash, say_hash, {ID_SIZE, ID_SIZE}},
    [ID_SIZE] = {TAG_ID_SIZE, 4, take_id_size, say_id_size, {TEXT_SIZE, VERDICT}},
    [TEXT_SIZE] = {TAG_TEXT, 4, take_text_size, NULL, {TEXT, FAILED}},
    [TEXT] = {TAG_TEXT, 0, take_text, NULL, {DONE, FAILED}},
    [VERDICT] = {TAG_VERDICT, 4, take_verdict, say_text, {FAILED, DONE}},
};

static bool active(const struct pvhop_handshake *h)
{
    return h->stage != DONE && h->stage != FAILED;
}

/* A whole message is there. */
static void advance(struct pvhop_handshake *h)
{
    const struct stage_row *row = &stages[h->stage];
    bool connector = h->role == PVHOP_PLAY_CONNECTOR;

    if (!row->take(h, h->message + HEADER))
        return;
    if (!connector && row->say)
        row->say(h);
    h->stage = row->next[connector];
    h->proved++;
    h->have = 0;
    if (connector && active(h))
        stages[h->stage].say(h);
}

/* The announced length; false once the handshake has failed. */
static bool take_length(struct pvhop_handshake *h)
{
    const struct stage_row *row = &stages[h->stage];
    uint32_t length = get32(h->message + 4);

    /* The tag of the first message reads the same in both byte orders; its length tells. */
    if (h->stage == ENDIAN && length == 0x01000000)
        return fail_byte_order(h);
    h->length = row->length ? row->length : h->text_size;
    return length == h->length || fail_foreign(h);
}

size_t pvhop_handshake_feed(struct pvhop_handshake *h, const void *bytes, size_t len)
{
    const uint8_t *begin = bytes;
    size_t taken = 0;

    while (taken < len && active(h)) {
        /* Tag and length are looked at as soon as they are there: no stray is waited for. */
        size_t whole = h->have < 4 ? 4 : h->have < HEADER ? HEADER : HEADER + h->length;
        size_t n = whole - h->have < len - taken ? whole - h->have : len - taken;

        memcpy(h->message + h->have, begin + taken, n);
        h->have += n;
        taken += n;
        h->ahead = begin + taken;
        h->ahead_len = len - taken;
        if (h->have < whole)
            break;
        if (h->have == 4) {
            if (get32(h->message) != stages[h->stage].tag)
                fail_foreign(h);
        } else if (h->have == HEADER) {
            take_length(h);
        } else {
            advance(h);
        }
    }
    h->ahead = NULL; /* the caller's bytes are the caller's again */
    h->ahead_len = 0;
    return taken;
}

void pvhop_handshake_abandon(struct pvhop_handshake *h, enum pvhop_code code, const char *happened)
{
    struct pvhop_error why;
    char words[128];

    if (!active(h))
        return;
    quote_peer(h, words);
    if (h->proved == 0)
        pvhop_error_set(&why, code, "%s said %s before %s", subject(h), words, happened);
    else
        pvhop_error_set(&why, code, "%s began as ParaView does, but %s had not come when %s",
                        subject(h), awaited[h->stage], happened);
    fail_as(h, &why);
}

static int check_self(enum pvhop_handshake_role role, const struct pvhop_paraview *self,
                      struct pvhop_error *err)
{
    size_t hash = strnlen(self->hash, sizeof(self->hash));

    if (self->major > 999 || self->minor > 999)
        return pvhop_error_set(err, PVHOP_E_VALUE, "%u.%u is not a version of ParaView",
                               self->major, self->minor);
    if (self->connect_id < 0)
        return pvhop_error_set(err, PVHOP_E_VALUE, "the connect id %d is negative",
                               (int)self->connect_id);
    if (strnlen(self->backend, sizeof(self->backend)) == sizeof(self->backend) ||
        !backend_valid(self->backend))
        return pvhop_error_set(err, PVHOP_E_VALUE, "'%.31s' is not a rendering backend",
                               self->backend);
    if ((hash != 0 && hash != PVHOP_HASH_LEN) || strspn(self->hash, hex_digits) < hash)
        return pvhop_error_set(err, PVHOP_E_VALUE, "'%.32s' is not an MD5 in hex", self->hash);
    if (self->id_size < -1 || self->id_size > 1)
        return pvhop_error_set(err, PVHOP_E_VALUE, "the id size %d is none of -1, 0, 1",
                               (int)self->id_size);
    if (role == PVHOP_PLAY_CONNECTOR &&
        (!(self->major || self->minor) || !self->backend[0] || !hash || self->id_size < 0))
        return pvhop_error_set(err, PVHOP_E_VALUE,
                               "to speak first, version, backend, hash and id size must be known");
    return 0;
}

struct pvhop_handshake *pvhop_handshake_new(enum pvhop_handshake_role role,
                                            const struct pvhop_paraview *self,
                                            struct pvhop_error *err)
{
    struct pvhop_handshake *h;

    if (check_self(role, self, err) < 0)
        return NULL;
    h = calloc(1, sizeof(*h));
    if (!h) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for a handshake");
        return NULL;
    }
    h->role = role;
    h->self = *self;
    h->peer.id_size = -1;
    if (role == PVHOP_PLAY_CONNECTOR)
        stages[h->stage].say(h);
    return h;
}

const void *pvhop_handshake_output(const struct pvhop_handshake *h, size_t *len)
{
    *len = h->said - h->sent;
    return h->output + h->sent;
}

void pvhop_handshake_sent(struct pvhop_handshake *h, size_t len)
{
    h->sent += len < h->said - h->sent ? len : h->said - h->sent;
}

enum pvhop_handshake_step pvhop_handshake_state(const struct pvhop_handshake *h)
{
    if (active(h))
        return PVHOP_HANDSHAKE_MORE;
    return h->stage == DONE ? PVHOP_HANDSHAKE_DONE : PVHOP_HANDSHAKE_FAILED;
}

const struct pvhop_error *pvhop_handshake_error(const struct pvhop_handshake *h)
{
    return &h->error;
}

const struct pvhop_paraview *pvhop_handshake_peer(const struct pvhop_handshake *h)
{
    return &h->peer;
}

unsigned pvhop_handshake_proved(const struct pvhop_handshake *h)
{
    return h->proved;
}

void pvhop_handshake_free(struct pvhop_handshake *h)
{
    free(h);
}
