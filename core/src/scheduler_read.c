/* SPDX-License-Identifier: BSD-3-Clause */
/* What the readers of all adapters need. */
#include "scheduler_adapter.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The place after "\n#pvhop NAME\n", or NULL. Login files may have printed before. */
static const char *frame_start(const char *output, const char *name)
{
    char mark[64];
    int len = snprintf(mark, sizeof(mark), "#pvhop %s\n", name);

    for (const char *p = output; (p = strstr(p, mark)); p++)
        if (p == output || p[-1] == '\n')
            return p + len;
    return NULL;
}

char *sched_frame(const char *output, const char *name, int *status)
{
    const char *start = frame_start(output, name), *end;

    if (!start)
        return NULL;
    /* The command's last newline may be missing, the frame's own is always there. */
    end = start;
    if (strncmp(start, "#pvhop-end ", 11) != 0) {
        end = strstr(start, "\n#pvhop-end ");
        end = end ? end + 1 : NULL;
    }
    if (status)
        *status = end ? atoi(end + 11) : -1;
    return strndup(start, end ? (size_t)(end - start) : strlen(start));
}

char *sched_line(char **at)
{
    char *line = *at, *end;

    if (!line || !*line)
        return NULL;
    end = line + strcspn(line, "\n");
    *at = *end ? end + 1 : end;
    *end = '\0';
    return line;
}

char *sched_trim(char *text)
{
    size_t len;

    text += strspn(text, " \t\r\n");
    len = strlen(text);
    while (len && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    return text;
}

bool sched_has(const char *text, const char *words)
{
    return text && strcasestr(text, words);
}

long sched_duration(const char *text, long unit)
{
    long part[4] = {0}, days = 0;
    int n = 0;
    const char *p = text;

    for (;;) {
        char *end;

        if (!isdigit((unsigned char)*p))
            return -1;
        part[n++] = strtol(p, &end, 10);
        if (part[n - 1] > 100000000L)
            return -1;
        if (*end == '-' && n == 1) {
            days = part[0];
            n = 0;
        } else if (*end != ':' || n == 3) {
            break;
        }
        p = end + 1;
    }
    if (n == 3)
        return ((days * 24 + part[0]) * 60 + part[1]) * 60 + part[2];
    if (n == 2)
        return days ? (days * 24 + part[0]) * 3600 + part[1] * 60 : part[0] * 60 + part[1];
    return days ? (days * 24 + part[0]) * 3600 : part[0] * unit;
}

long sched_count(const char *text)
{
    long n = strtol(text, NULL, 10);

    return n > 0 && n <= 1000000000000L ? n : 0;
}

void sched_accounts(const char *output, pvhop_account_fn account, void *user)
{
    int rc = -1;
    char *frame = sched_frame(output, "accounts", &rc), *at = frame, *line;

    while (frame && rc == 0 && (line = sched_line(&at)))
        if (*sched_trim(line)) {
            pvhop_make_printable(line);
            account(user, sched_trim(line));
        }
    free(frame);
}

long long sched_time(const char *text, const char *format)
{
    struct tm tm = {0};

    /* The front end's zone is not known here and need not be: only differences are used. */
    return strptime(text, format, &tm) ? (long long)timegm(&tm) : -1;
}

void sched_copy(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from);
    pvhop_make_printable(to);
}

bool sched_id_digits(const char *id)
{
    size_t len = strspn(id, "0123456789");

    return len > 0 && len < 20 && !id[len];
}

bool sched_last_id(const char *output, const char *separators, char id[PVHOP_JOB_ID_MAX])
{
    bool found = false;

    for (const char *line = output; line; line = strchr(line, '\n')) {
        size_t digits, len;

        line += *line == '\n';
        digits = strspn(line, "0123456789");
        len = strcspn(line, "\r\n");
        if (!digits || len >= PVHOP_JOB_ID_MAX)
            continue;
        if (digits != len && !strchr(separators, line[digits]))
            continue;
        if (strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.;-[]") <
            len)
            continue;
        snprintf(id, PVHOP_JOB_ID_MAX, "%.*s", (int)len, line);
        found = true;
    }
    return found;
}
