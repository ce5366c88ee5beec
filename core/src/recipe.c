/* SPDX-License-Identifier: BSD-3-Clause */
#include "recipe_check.h"
#include <pvhop/recipe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room to spare: a test checks that the table fits. */
#define FIELDS_MAX 96

struct pvhop_recipe {
    char *values[FIELDS_MAX]; /* by row of the table; NULL: not set */
};

static ssize_t row_of(const char *name)
{
    const struct pvhop_field *f;

    for (size_t n = 0; n < FIELDS_MAX && (f = pvhop_field_row(n)); n++)
        if (strcmp(f->name, name) == 0)
            return (ssize_t)n;
    return -1;
}

struct pvhop_recipe *pvhop_recipe_new(void)
{
    return calloc(1, sizeof(struct pvhop_recipe));
}

int pvhop_recipe_fill(struct pvhop_recipe *r, const struct pvhop_recipe *from)
{
    for (size_t n = 0; n < FIELDS_MAX; n++)
        if (!r->values[n] && from->values[n] && !(r->values[n] = strdup(from->values[n])))
            return -1;
    return 0;
}

struct pvhop_recipe *pvhop_recipe_dup(const struct pvhop_recipe *r)
{
    struct pvhop_recipe *copy = pvhop_recipe_new();

    if (copy && pvhop_recipe_fill(copy, r) != 0) {
        pvhop_recipe_free(copy);
        copy = NULL;
    }
    return copy;
}

void pvhop_recipe_free(struct pvhop_recipe *r)
{
    if (!r)
        return;
    for (size_t n = 0; n < FIELDS_MAX; n++)
        free(r->values[n]);
    free(r);
}

bool pvhop_recipe_equal(const struct pvhop_recipe *a, const struct pvhop_recipe *b)
{
    for (size_t n = 0; n < FIELDS_MAX; n++) {
        if (!a->values[n] != !b->values[n])
            return false;
        if (a->values[n] && strcmp(a->values[n], b->values[n]) != 0)
            return false;
    }
    return true;
}

int pvhop_recipe_set(struct pvhop_recipe *r, const char *name, const char *value,
                     struct pvhop_error *err)
{
    ssize_t n = row_of(name);
    const struct pvhop_field *f;
    char *copy = NULL, number[24];

    if (n < 0)
        return pvhop_error_set(err, PVHOP_E_USAGE, "there is no field '%.64s'", name);
    f = pvhop_field_row((size_t)n);
    if (value && *value) {
        if (pvhop_value_check(f, value, err) != 0)
            return -1;
        if (f->type == PVHOP_FIELD_BOOL)
            value = pvhop_value_number(f, value) ? "yes" : "no";
        if (f->type == PVHOP_FIELD_PORT || f->type == PVHOP_FIELD_INT) {
            /* One spelling of a number: an entry gives back what it was made of. */
            snprintf(number, sizeof(number), "%ld", pvhop_value_number(f, value));
            value = number;
        }
        if (!(copy = strdup(value)))
            return pvhop_error_set(err, PVHOP_E_MEMORY, "for the value of %s", name);
    }
    free(r->values[n]);
    r->values[n] = copy;
    return 0;
}

const char *pvhop_recipe_get(const struct pvhop_recipe *r, const char *name)
{
    ssize_t n = row_of(name);

    if (n < 0)
        return NULL;
    return r->values[n] ? r->values[n] : pvhop_field_row((size_t)n)->fallback;
}

bool pvhop_recipe_is_set(const struct pvhop_recipe *r, const char *name)
{
    ssize_t n = row_of(name);

    return n >= 0 && r->values[n];
}

long pvhop_recipe_number(const struct pvhop_recipe *r, const char *name, long otherwise)
{
    const char *value = pvhop_recipe_get(r, name);
    long number = value ? pvhop_value_number(pvhop_field_find(name), value) : -1;

    return number >= 0 ? number : otherwise;
}

static int need(const struct pvhop_recipe *r, const char *name, const char *why,
                struct pvhop_error *err)
{
    if (pvhop_recipe_get(r, name))
        return 0;
    pvhop_error_set(err, PVHOP_E_USAGE, "%s", why);
    return pvhop_error_remedy(err, "Give %s%s.", strcmp(name, "host") == 0 ? "a host, or --" : "--",
                              name);
}

int pvhop_recipe_check(const struct pvhop_recipe *r, struct pvhop_error *err)
{
    const char *scheduler = pvhop_recipe_get(r, "scheduler");
    const char *host = pvhop_recipe_get(r, "host");

    if (need(r, "host", "no host is given", err) != 0)
        return -1;
    if (strchr(host, '@') && pvhop_recipe_is_set(r, "user")) {
        size_t len = (size_t)(strrchr(host, '@') - host);
        const char *user = pvhop_recipe_get(r, "user");

        if (strlen(user) != len || strncmp(user, host, len) != 0)
            return pvhop_error_set(err, PVHOP_E_VALUE,
                                   "host '%s' and user '%s' name two different users", host, user);
    }
    if (strcmp(scheduler, "none") == 0 && pvhop_recipe_number(r, "processes", 1) > 1 &&
        !pvhop_recipe_get(r, "mpi"))
        return need(r, "mpi",
                    "more than one process is asked for, but nothing is given that starts them",
                    err);
    return 0;
}
