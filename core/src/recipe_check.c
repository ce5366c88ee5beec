/* SPDX-License-Identifier: BSD-3-Clause */
#include "recipe_check.h"
#include "utf8.h"
#include <limits.h>
#include <pvhop/endpoint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Not isalnum(): the answer must not depend on the locale. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int refuse(struct pvhop_error *err, const struct pvhop_field *f, const char *value,
                  const char *rule)
{
    return pvhop_error_set(err, PVHOP_E_VALUE, "%s '%.512s': %s", f->name, value, rule);
}

static bool valid_text(const char *value)
{
    while (*value) {
        size_t len = pvhop_utf8_char(value);

        if (len == 0)
            return false;
        value += len;
    }
    return true;
}

/* One word, no quoting needed in it, and never an option. */
static bool valid_name(const char *value, size_t len)
{
    if (len == 0 || len > 255 || value[0] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(value[i]) && !strchr("._-+:@/=,%#\\", value[i]))
            return false;
    return true;
}

/* [user@]host[:port]; the user is what ssh takes: all up to the last @. */
static bool valid_destination(const char *value, size_t len)
{
    char copy[600];
    const char *host = copy, *at;
    struct pvhop_endpoint ep;

    if (len == 0 || len >= sizeof(copy))
        return false;
    memcpy(copy, value, len);
    copy[len] = '\0';
    if ((at = strrchr(copy, '@'))) {
        if (!valid_name(copy, (size_t)(at - copy)))
            return false;
        host = at + 1;
    }
    if (pvhop_host_valid(host))
        return true;
    return pvhop_endpoint_parse(host, 22, &ep, NULL) == 0 && ep.host[0];
}

static bool valid_hosts(const char *value)
{
    if (strcmp(value, "none") == 0)
        return true;
    for (;;) {
        size_t len = strcspn(value, ",");

        if (!valid_destination(value, len))
            return false;
        if (!value[len])
            return true;
        value += len + 1;
    }
}

static bool valid_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);

    for (const char *p = choices; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
        if (strcspn(p, "|") == len && strncmp(p, value, len) == 0)
            return true;
    return false;
}

/* "/a/b", "~/a", "~user/a", or a bare name: what does not depend on a working directory. */
static bool valid_path(const char *value)
{
    return valid_text(value) && value[0] != '-' &&
           (value[0] == '/' || value[0] == '~' || !strchr(value, '/'));
}

static int bool_value(const char *value)
{
    static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false",
                                                                                "off", "0"};

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (strcasecmp(value, yes[i]) == 0)
            return 1;
        if (strcasecmp(value, no[i]) == 0)
            return 0;
    }
    return -1;
}

/* Digits only, at *p, which moves on; -1 if there are none or too many. */
static long take_number(const char **p)
{
    long n = 0;
    int digits = 0;

    for (; is_digit(**p); (*p)++) {
        if (++digits > 9)
            return -1;
        n = n * 10 + (**p - '0');
    }
    return digits ? n : -1;
}

static long plain_number(const char *value)
{
    bool negative = *value == '-';
    long n;

    value += negative;
    while (value[0] == '0' && value[1])
        value++; /* however many of these are accepted as the number that they are */
    n = strlen(value) > 18 ? -1 : 0;
    if (n < 0 || !*value)
        return LONG_MIN;
    for (; *value; value++) {
        if (!is_digit(*value))
            return LONG_MIN;
        n = n * 10 + (*value - '0');
    }
    return negative ? -n : n;
}

/* "1d2h30m15s", units falling. -1 if it is not that. */
static long span_seconds(const char *value)
{
    static const struct {
        char unit;
        long seconds;
    } units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
    size_t next = 0;
    long sum = 0;

    while (*value) {
        long n = take_number(&value);
        size_t u = next;

        while (u < 4 && units[u].unit != *value)
            u++;
        if (n < 0 || u == 4 || n > LONG_MAX / 86400 / 2)
            return -1;
        sum += n * units[u].seconds;
        next = u + 1;
        value++;
    }
    return next ? sum : -1;
}

/* "HH:MM:SS" or "D-HH:MM:SS", as batch systems print it; -1 if it is not that. */
static long clock_seconds(const char *value)
{
    const char *p = value;
    long days = 0, part[3];

    if (strchr(value, '-')) {
        days = take_number(&p);
        if (days < 0 || *p++ != '-')
            return -1;
    }
    for (int i = 0; i < 3; i++) {
        part[i] = take_number(&p);
        if (part[i] < 0 || *p != (i < 2 ? ':' : '\0') || (i > 0 && part[i] > 59))
            return -1;
        p++;
    }
    if (days > 0 && part[0] > 23)
        return -1;
    return ((days * 24 + part[0]) * 60 + part[1]) * 60 + part[2];
}

long pvhop_value_number(const struct pvhop_field *field, const char *value)
{
    long n;

    switch (field->type) {
    case PVHOP_FIELD_INT:
    case PVHOP_FIELD_PORT:
        return plain_number(value);
    case PVHOP_FIELD_SECONDS:
        n = plain_number(value);
        return n >= 0 ? n : span_seconds(value);
    case PVHOP_FIELD_WALLTIME:
        n = clock_seconds(value);
        return n >= 0 ? n : span_seconds(value);
    case PVHOP_FIELD_BOOL:
        return bool_value(value);
    default:
        return -1;
    }
}

static int check_bounds(const struct pvhop_field *f, const char *value, const char *unit,
                        struct pvhop_error *err)
{
    long n = pvhop_value_number(f, value);

    if (n >= f->min && n <= f->max)
        return 0;
    return pvhop_error_set(err, PVHOP_E_VALUE, "%s '%.512s': must be from %ld to %ld%s", f->name,
                           value, f->min, f->max, unit);
}

static int check_choice(const struct pvhop_field *f, const char *value, struct pvhop_error *err)
{
    char list[256];
    size_t n = 0;

    if (valid_choice(f->choices, value))
        return 0;
    for (const char *p = f->choices; *p && n + 3 < sizeof(list); p++) {
        list[n++] = *p == '|' ? ',' : *p;
        if (*p == '|')
            list[n++] = ' ';
    }
    list[n] = '\0';
    return pvhop_error_set(err, PVHOP_E_VALUE, "%s '%.512s': must be one of %s", f->name, value,
                           list);
}

int pvhop_value_check(const struct pvhop_field *field, const char *value, struct pvhop_error *err)
{
    uint16_t port;

    if (strlen(value) > PVHOP_VALUE_MAX)
        return refuse(err, field, value, "is longer than 4096 bytes");
    switch (field->type) {
    case PVHOP_FIELD_TEXT:
        return valid_text(value) ? 0
                                 : refuse(err, field, value,
                                          "must be text on one line, in UTF-8, without control "
                                          "characters");
    case PVHOP_FIELD_HOST:
        return valid_destination(value, strlen(value))
                   ? 0
                   : refuse(err, field, value, "is not a host, USER@HOST or ssh alias");
    case PVHOP_FIELD_HOSTS:
        return valid_hosts(value)
                   ? 0
                   : refuse(err, field, value,
                            "must be hosts with commas between them, without spaces, or 'none'");
    case PVHOP_FIELD_ADDRESS:
        return pvhop_host_valid(value)
                   ? 0
                   : refuse(err, field, value, "is not a host name or an address");
    case PVHOP_FIELD_NAME:
        return valid_name(value, strlen(value))
                   ? 0
                   : refuse(err, field, value,
                            "must be one word of letters, digits and . _ - + : @ / = , % # \\, "
                            "and not begin with '-'");
    case PVHOP_FIELD_PATH:
        return valid_path(value) ? 0
                                 : refuse(err, field, value,
                                          "must be a whole path (/... or ~/...) or a bare name");
    case PVHOP_FIELD_PORT:
        return pvhop_port_parse(value, &port, NULL) == 0
                   ? 0
                   : refuse(err, field, value, "must be a port from 0 to 65535");
    case PVHOP_FIELD_INT:
        return check_bounds(field, value, "", err);
    case PVHOP_FIELD_SECONDS:
        return check_bounds(field, value, " seconds, such as 90, 90s or 10m", err);
    case PVHOP_FIELD_WALLTIME:
        return pvhop_value_number(field, value) > 0
                   ? 0
                   : refuse(err, field, value,
                            "must be a time such as 01:30:00, 1-12:00:00, 90m or 2h");
    case PVHOP_FIELD_CHOICE:
        return check_choice(field, value, err);
    case PVHOP_FIELD_BOOL:
        return bool_value(value) >= 0 ? 0 : refuse(err, field, value, "must be yes or no");
    }
    return pvhop_error_set(err, PVHOP_E_INTERNAL, "field %s has no type", field->name);
}
