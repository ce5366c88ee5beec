/* SPDX-License-Identifier: BSD-3-Clause */
#include "event_flat.h"
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static char *skip_space(char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
        p++;
    return p;
}

static int hex4(const char *p)
{
    int value = 0;

    for (int i = 0; i < 4; i++) {
        char c = p[i];

        if (c >= '0' && c <= '9')
            value = value * 16 + (c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value = value * 16 + ((c | 0x20) - 'a' + 10);
        else
            return -1; /* also at the end of the line: nothing is read past it */
    }
    return value;
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | (c >> 6));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | (c >> 12));
        *to++ = (char)(0x80 | ((c >> 6) & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | (c >> 18));
        *to++ = (char)(0x80 | ((c >> 12) & 0x3f));
        *to++ = (char)(0x80 | ((c >> 6) & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* \uXXXX at p (behind the u), a pair of surrogates included. NULL if it is none, or NUL. */
static char *take_unicode(char *p, char **to)
{
    int high = hex4(p), low;
    uint32_t c = (uint32_t)high;

    if (high <= 0 || (high >= 0xdc00 && high <= 0xdfff))
        return NULL;
    p += 4;
    if (high >= 0xd800 && high <= 0xdbff) {
        if (p[0] != '\\' || p[1] != 'u' || (low = hex4(p + 2)) < 0xdc00 || low > 0xdfff)
            return NULL;
        c = 0x10000u + (((uint32_t)high - 0xd800u) << 10) + ((uint32_t)low - 0xdc00u);
        p += 6;
    }
    *to = put_utf8(*to, c);
    return p;
}

/*
 * A string at p (on its quote), decoded in place: what it stands for is never longer than what is
 * written. Returns what follows the closing quote, NULL if it is not a string.
 */
static char *take_string(char *p, char **text)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    char *to;

    if (*p++ != '"')
        return NULL;
    *text = to = p;
    while (*p != '"') {
        const char *letter;

        if ((unsigned char)*p < 0x20)
            return NULL;
        if (*p != '\\') {
            *to++ = *p++;
            continue;
        }
        p++;
        if (*p == 'u') {
            if (!(p = take_unicode(p + 1, &to)))
                return NULL;
        } else if (*p && (letter = strchr(letters, *p))) {
            *to++ = meanings[letter - letters];
            p++;
        } else {
            return NULL;
        }
    }
    *to = '\0'; /* at the closing quote, or before it */
    return p + 1;
}

static char *take_word(char *p, const char *word)
{
    size_t len = strlen(word);

    return strncmp(p, word, len) == 0 ? p + len : NULL;
}

static char *take_number(char *p, bool *is_id, unsigned *id)
{
    char *begin = p;
    unsigned long n = 0;

    while (*p && strchr("+-.0123456789eE", *p))
        p++;
    *is_id = p > begin && p - begin < 10;
    for (char *d = begin; *is_id && d < p; d++) {
        *is_id = *d >= '0' && *d <= '9';
        n = n * 10 + (unsigned long)(*d - '0');
    }
    *id = *is_id && n <= UINT_MAX ? (unsigned)n : 0;
    return p > begin ? p : NULL;
}

/* One member's value; NULL if it is not one that a flat object can have. */
static char *take_value(char *p, const char *key, struct pvhop_answer_line *out)
{
    char *text = NULL, *end;
    bool is_answer = strcmp(key, "answer") == 0, is_id;
    unsigned id;

    if (*p == '"') {
        if (!(end = take_string(p, &text)))
            return NULL;
        if (is_answer) {
            out->has_answer = true;
            out->answer = text;
        }
        return end;
    }
    if ((end = take_word(p, "null"))) {
        if (is_answer) {
            out->has_answer = true;
            out->answer = NULL;
        }
        return end;
    }
    if ((end = take_word(p, "true"))) {
        if (strcmp(key, "cancel") == 0)
            out->cancel = true;
        if (strcmp(key, "hold") == 0)
            out->has_hold = out->hold = true;
        return end;
    }
    if ((end = take_word(p, "false"))) {
        if (strcmp(key, "hold") == 0) {
            out->has_hold = true;
            out->hold = false;
        }
        return end;
    }
    if ((end = take_number(p, &is_id, &id)) && is_id && strcmp(key, "id") == 0) {
        out->has_id = true;
        out->id = id;
    }
    return end;
}

bool pvhop_answer_parse(char *p, struct pvhop_answer_line *out)
{
    memset(out, 0, sizeof(*out));
    p = skip_space(p);
    if (*p++ != '{')
        return false;
    p = skip_space(p);
    if (*p == '}')
        return *skip_space(p + 1) == '\0';
    for (;;) {
        char *key;

        if (!(p = take_string(p, &key)))
            return false;
        p = skip_space(p);
        if (*p++ != ':')
            return false;
        if (!(p = take_value(skip_space(p), key, out)))
            return false;
        p = skip_space(p);
        if (*p == '}')
            return *skip_space(p + 1) == '\0';
        if (*p++ != ',')
            return false;
        p = skip_space(p);
    }
}
