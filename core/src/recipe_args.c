/* SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"
#include <pvhop/recipe.h>
#include <stdlib.h>
#include <string.h>

static int unknown_option(const char *word, struct pvhop_error *err)
{
    const char *name = word + strspn(word, "-"), *nearest = NULL;
    size_t len = strcspn(name, "="), best = 3;
    const struct pvhop_field *f;

    for (size_t n = 0; (f = pvhop_field_row(n)); n++) {
        size_t d = pvhop_text_distance(name, len, f->name);

        if (d < best && d < strlen(f->name)) {
            best = d;
            nearest = f->name;
        }
    }
    /* Not what follows "=": whoever mistypes an option may have put a secret there. */
    pvhop_error_set(
        err, PVHOP_E_USAGE, "there is no option '%.*s'",
        (int)(len + (size_t)(name - word)) > 64 ? 64 : (int)(len + (size_t)(name - word)), word);
    if (nearest)
        pvhop_error_remedy(err, "Did you mean --%s? See 'pvhop help'.", nearest);
    return -1;
}

/* Takes the option at argv[0]; returns how many words, 0 if it is not a field's, -1 on error. */
static int take_field(struct pvhop_recipe *r, int argc, char **argv, struct pvhop_error *err)
{
    const char *name = argv[0] + 2, *equals = strchr(name, '=');
    size_t len = strcspn(name, "=");
    const struct pvhop_field *f;

    for (size_t n = 0; (f = pvhop_field_row(n)); n++)
        if (strlen(f->name) == len && strncmp(f->name, name, len) == 0)
            break;
    if (!f)
        return 0;
    if (equals)
        return pvhop_recipe_set(r, f->name, equals + 1, err) == 0 ? 1 : -1;
    if (f->type == PVHOP_FIELD_BOOL)
        return pvhop_recipe_set(r, f->name, "yes", err) == 0 ? 1 : -1;
    if (argc < 2 || strcmp(argv[1], "--") == 0)
        return pvhop_error_set(err, PVHOP_E_USAGE, "--%s needs a value: --%s %s", f->name, f->name,
                               f->meta);
    return pvhop_recipe_set(r, f->name, argv[1], err) == 0 ? 2 : -1;
}

int pvhop_recipe_from_args(struct pvhop_recipe *r, int argc, char **argv,
                           pvhop_other_option_fn other, void *user, struct pvhop_error *err)
{
    bool have_host = false;
    int i = 0;

    while (i < argc) {
        int taken = 0;

        if (strcmp(argv[i], "--") == 0)
            return i + 1;
        if (argv[i][0] != '-') {
            if (have_host)
                return pvhop_error_set(err, PVHOP_E_USAGE,
                                       "'%.256s' is a second host; there can be one", argv[i]);
            if (pvhop_recipe_set(r, "host", argv[i], err) != 0)
                return -1;
            have_host = true;
            i++;
            continue;
        }
        if (other)
            taken = other(user, argc - i, argv + i, err);
        if (taken == 0 && strncmp(argv[i], "--", 2) == 0)
            taken = take_field(r, argc - i, argv + i, err);
        if (taken == 0)
            return unknown_option(argv[i], err);
        if (taken < 0)
            return -1;
        i += taken;
    }
    return argc;
}

static const char *env_value(char *const *env, const char *name, size_t len)
{
    for (; env && *env; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
            return *env + len + 1;
    return NULL;
}

/* "A.B.C" -> the values of the variables A, B and C with dots between; false if one is missing. */
static bool paraview_value(char *const *env, const char *names, char *out, size_t size)
{
    size_t used = 0;

    for (;;) {
        size_t len = strcspn(names, ".");
        const char *value = env_value(env, names, len);
        int n;

        if (!value || !*value)
            return false;
        n = snprintf(out + used, size - used, "%s%s", used ? "." : "", value);
        if (n < 0 || (size_t)n >= size - used)
            return false;
        used += (size_t)n;
        if (!names[len])
            return true;
        names += len + 1;
    }
}

int pvhop_recipe_from_env(struct pvhop_recipe *r, char *const *env, struct pvhop_error *err)
{
    const struct pvhop_field *f;

    for (size_t n = 0; (f = pvhop_field_row(n)); n++) {
        char name[PVHOP_FIELD_ENV], theirs[128];
        const char *value;

        if (pvhop_recipe_is_set(r, f->name))
            continue;
        pvhop_field_env(f, name);
        value = env_value(env, name, strlen(name));
        if (value && *value) {
            if (pvhop_recipe_set(r, f->name, value, err) != 0)
                return pvhop_error_remedy(err, "Correct %s in the environment.", name);
        } else if (f->from_paraview &&
                   paraview_value(env, f->from_paraview, theirs, sizeof(theirs))) {
            if (pvhop_recipe_set(r, f->name, theirs, err) != 0)
                return pvhop_error_remedy(err, "Give --%s; %s in the environment is not usable.",
                                          f->name, f->from_paraview);
        }
    }
    return 0;
}

char **pvhop_recipe_to_args(const struct pvhop_recipe *r)
{
    const struct pvhop_field *f;
    size_t rows = 0, n = 0;
    char **args;

    while (pvhop_field_row(rows))
        rows++;
    if (!(args = calloc(rows + 1, sizeof(*args))))
        return NULL;
    for (size_t row = 0; (f = pvhop_field_row(row)); row++) {
        const char *value = pvhop_recipe_get(r, f->name);
        int rc;

        if (!pvhop_recipe_is_set(r, f->name))
            continue;
        if (strcmp(f->name, "host") == 0)
            rc = asprintf(&args[n], "%s", value);
        else
            rc = asprintf(&args[n], "--%s=%s", f->name, value);
        if (rc < 0) {
            args[n] = NULL;
            pvhop_args_free(args);
            return NULL;
        }
        n++;
    }
    return args;
}

void pvhop_args_free(char **args)
{
    for (char **p = args; p && *p; p++)
        free(*p);
    free(args);
}
