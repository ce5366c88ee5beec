/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_EVENT_FLAT_H
#define PVHOP_EVENT_FLAT_H
/**
 * Reads an answers line: one flat JSON object. Written for this alone, and not with the JSON
 * library, because an answer may be a password: it is decoded in place and never copied to pages
 * that are not locked.
 */
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_answer_line {
    bool cancel;
    bool has_hold, hold;
    bool has_id;
    unsigned id;
    bool has_answer;
    const char *answer; /* NULL: "answer" was null. Points into the line */
};

/** Decodes `line` (changed by it). False if it is not a flat JSON object; other members are
 * skipped. */
bool pvhop_answer_parse(char *line, struct pvhop_answer_line *out);

#ifdef __cplusplus
}
#endif
#endif
