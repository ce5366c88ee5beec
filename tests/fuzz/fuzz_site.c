/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptions of sites, as a front end may send them: what is read strictly is read loosely too,
 * a host's machine is found or not, its policy holds for what was filled in, and entries that are
 * made of it can be read.
 */
#include "fuzz.h"
#include <pvhop/site.h>

static void fill(const struct pvhop_site *site, const struct pvhop_site_machine *machine,
                 bool remote)
{
    struct pvhop_recipe *r = pvhop_recipe_new();
    struct pvhop_error err;

    check(r != NULL);
    if (pvhop_site_fill(site, machine, remote, r, &err) != 0) {
        check_error(&err);
    } else {
        const char *route = pvhop_recipe_get(r, "route");

        /* What comes from a front end must not take the encryption away. */
        check(!remote || !route || (strcmp(route, "direct") != 0 && strcmp(route, "relay") != 0));
        if (pvhop_site_enforce(site, machine, r, &err) != 0)
            check_error(&err);
    }
    pvhop_recipe_free(r);
}

static void bundle(const struct pvhop_site *site, bool thin, const char *version)
{
    struct pvhop_error err;
    struct pvhop_pvsc *f = pvhop_site_bundle(site, thin, version, &err), *again;
    char *text;

    if (!f) {
        check_error(&err);
        return;
    }
    text = pvhop_pvsc_print(f);
    check(text != NULL);
    again = pvhop_pvsc_parse(text, strlen(text), "bundle", &err);
    check(again != NULL);
    pvhop_pvsc_free(again);
    free(text);
    pvhop_pvsc_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pvhop_error err;
    struct pvhop_site *strict = pvhop_site_parse((const char *)data, size, "f.xml", true, &err),
                      *site = pvhop_site_parse((const char *)data, size, "f.xml", false, &err);
    const struct pvhop_site_machine *m;
    char **versions;

    check(site || !strict);
    if (!site) {
        check_error(&err);
        return 0;
    }
    fill(site, NULL, true);
    for (size_t n = 0; n < 8 && (m = pvhop_site_machine_row(site, n)); n++) {
        check(m->front_end_count > 0);
        (void)pvhop_site_find(site, m->front_ends[0].host, NULL);
        fill(site, m, true);
        fill(site, m, false);
    }
    (void)pvhop_site_is_newer(site, "1.2");
    if (strict) {
        versions = pvhop_site_versions(strict);
        check(versions != NULL);
        bundle(strict, false, NULL);
        bundle(strict, true, *versions);
        pvhop_args_free(versions);
    }
    pvhop_site_free(site);
    pvhop_site_free(strict);
    return 0;
}
