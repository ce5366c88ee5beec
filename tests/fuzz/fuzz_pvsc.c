/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * .pvsc files: what is read can be printed, what was printed is read and printed to the same, and
 * an entry's recipe survives being written as a new entry.
 */
#include "fuzz.h"
#include <pvhop/pvsc.h>

static void through_an_entry(const struct pvhop_recipe *r)
{
    struct pvhop_pvsc *f = pvhop_pvsc_new();
    struct pvhop_recipe *again = NULL;
    struct pvhop_error err;

    check(f != NULL);
    if (pvhop_pvsc_add(f, "again", r, PVHOP_STYLE_PVHOP, NULL, false, &err) == 0) {
        again = pvhop_pvsc_recipe(f, "again", &err);
        check(again != NULL);
        check(pvhop_recipe_equal(r, again));
    } else {
        check_error(&err);
    }
    pvhop_recipe_free(again);
    pvhop_pvsc_free(f);
}

static void look_at(const struct pvhop_pvsc *f, const char *name)
{
    struct pvhop_error err;
    struct pvhop_recipe *r;
    char **command = pvhop_pvsc_command(f, name, &err);
    char *text;

    if (!command)
        check_error(&err);
    pvhop_args_free(command);
    check(pvhop_pvsc_resource(f, name) != NULL);
    (void)pvhop_pvsc_is_ours(f, name);
    text = pvhop_pvsc_print_entry(f, name, &err);
    check(text != NULL);
    free(text);
    if ((r = pvhop_pvsc_recipe(f, name, &err))) {
        char **asked = pvhop_pvsc_asked(f, name);

        check(asked != NULL);
        pvhop_args_free(asked);
        through_an_entry(r);
        pvhop_recipe_free(r);
    } else {
        check_error(&err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pvhop_error err;
    struct pvhop_pvsc *f = pvhop_pvsc_parse((const char *)data, size, "f.pvsc", &err), *g;
    char *once, *twice;
    const char *name;

    if (!f) {
        check_error(&err);
        return 0;
    }
    for (size_t n = 0; n < 20 && (name = pvhop_pvsc_name(f, n)); n++)
        look_at(f, name);
    once = pvhop_pvsc_print(f);
    check(once != NULL);
    g = pvhop_pvsc_parse(once, strlen(once), "g.pvsc", &err);
    check(g != NULL);
    twice = pvhop_pvsc_print(g);
    check(twice && strcmp(once, twice) == 0);
    free(once);
    free(twice);
    pvhop_pvsc_free(g);
    pvhop_pvsc_free(f);
    return 0;
}
