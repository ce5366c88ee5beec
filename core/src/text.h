/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_TEXT_H
#define PVHOP_TEXT_H
/** Small things with text that several rooms need. */
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Replaces control characters (but newline and tab) and what is no UTF-8 (utf8.h) by '?', byte for
 * byte and in place: what comes from a network or a user must not be able to drive a terminal.
 */
void pvhop_make_printable(char *text);

/** A text that grows. All zero = empty. Once memory ran out, `failed` stays set and nothing is
 * added. */
struct pvhop_text {
    char *s; /* NUL-terminated, NULL while nothing was added */
    size_t len, size;
    bool failed;
};

void pvhop_text_add(struct pvhop_text *t, const char *bytes, size_t len);
void pvhop_text_addf(struct pvhop_text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Adds `text` as one word of POSIX sh. */
void pvhop_text_add_word(struct pvhop_text *t, const char *text);
/** Splits `text` at spaces and adds each part as one word of POSIX sh, a space before each. */
void pvhop_text_add_words(struct pvhop_text *t, const char *text);
/** Adds a path as one word of POSIX sh in which a leading ~/ still means the home. */
void pvhop_text_add_path(struct pvhop_text *t, const char *path);
void pvhop_text_free(struct pvhop_text *t);

/**
 * How many letters are to be added, dropped or changed to make `b` of the first `la` bytes of `a`;
 * for "did you mean". Both are short: with one of more than 30 bytes it is 99.
 */
size_t pvhop_text_distance(const char *a, size_t la, const char *b);

#ifdef __cplusplus
}
#endif
#endif
