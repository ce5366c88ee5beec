/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_UTF8_H
#define PVHOP_UTF8_H
/** Text that is safe to keep in a file, to send as JSON and to show on a terminal. */
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Length in bytes of the character at `p`; 0 if it is no UTF-8 (RFC 3629: no overlong forms, no
 * surrogates), is one that XML 1.0 cannot say, or is a control character: C0, C1 and Unicode's own
 * line separators, which could end a line or drive a terminal, and the embeddings, overrides and
 * isolates of its bidirectional algorithm, which show a text in another order than it has.
 */
size_t pvhop_utf8_char(const char *p);

/**
 * Copies `text` to `out`, cut to fit at a character's end, each byte that is part of none (and each
 * control character but newline and tab) as '?'. Returns out.
 */
char *pvhop_utf8_clean(const char *text, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
