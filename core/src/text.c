/* SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"
#include "utf8.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pvhop_make_printable(char *text)
{
    while (*text) {
        size_t len = *text == '\n' || *text == '\t' ? 1 : pvhop_utf8_char(text);

        if (len == 0)
            *text = '?';
        text += len ? len : 1;
    }
}

static bool make_room(struct pvhop_text *t, size_t more)
{
    size_t size = t->size ? t->size : 256;
    char *grown;

    if (t->failed)
        return false;
    while (size < t->len + more + 1)
        size *= 2;
    if (size == t->size)
        return true;
    grown = realloc(t->s, size);
    if (!grown) {
        t->failed = true;
        return false;
    }
    t->s = grown;
    t->size = size;
    return true;
}

void pvhop_text_add(struct pvhop_text *t, const char *bytes, size_t len)
{
    if (!make_room(t, len))
        return;
    memcpy(t->s + t->len, bytes, len);
    t->len += len;
    t->s[t->len] = '\0';
}

void pvhop_text_addf(struct pvhop_text *t, const char *format, ...)
{
    va_list ap;
    int len;

    va_start(ap, format);
    len = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (len < 0 || !make_room(t, (size_t)len))
        return;
    va_start(ap, format);
    vsnprintf(t->s + t->len, t->size - t->len, format, ap);
    va_end(ap);
    t->len += (size_t)len;
}

static void add_word(struct pvhop_text *t, const char *text, size_t len)
{
    pvhop_text_add(t, "'", 1);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\'')
            pvhop_text_add(t, "'\\''", 4);
        else
            pvhop_text_add(t, text + i, 1);
    }
    pvhop_text_add(t, "'", 1);
}

void pvhop_text_add_word(struct pvhop_text *t, const char *text)
{
    add_word(t, text, strlen(text));
}

void pvhop_text_add_words(struct pvhop_text *t, const char *text)
{
    while (*(text += strspn(text, " \t"))) {
        size_t len = strcspn(text, " \t");

        pvhop_text_add(t, " ", 1);
        add_word(t, text, len);
        text += len;
    }
}

void pvhop_text_add_path(struct pvhop_text *t, const char *path)
{
    if (strncmp(path, "~/", 2) == 0) {
        pvhop_text_add(t, "\"$HOME\"/", 8);
        path += 2;
    }
    pvhop_text_add_word(t, path);
}

void pvhop_text_free(struct pvhop_text *t)
{
    free(t->s);
    memset(t, 0, sizeof(*t));
}

size_t pvhop_text_distance(const char *a, size_t la, const char *b)
{
    size_t lb = strlen(b), row[32];

    if (la > 30 || lb > 30)
        return 99;
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[lb];
}
