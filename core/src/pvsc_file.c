/* SPDX-License-Identifier: BSD-3-Clause */
/* Bundles on disk. */
#include "pvsc_private.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pvhop_pvsc *pvhop_pvsc_read(const char *path, struct pvhop_error *err)
{
    struct pvhop_pvsc *f = NULL;
    struct pvhop_file_state state;
    size_t len;
    char *text = pvhop_file_read(path, PVHOP_PVSC_MAX, &len, &state, PVHOP_E_PVSC_PARSE, err);

    if (text)
        f = pvhop_pvsc_parse(text, len, path, err);
    if (f && (f->path = strdup(path)))
        f->state = state;
    free(text);
    return f;
}

struct pvhop_pvsc *pvhop_pvsc_open(const char *path, struct pvhop_error *err)
{
    struct pvhop_pvsc *f;

    if (access(path, F_OK) == 0 || errno != ENOENT)
        return pvhop_pvsc_read(path, err);
    f = pvhop_pvsc_new();
    if (f && (f->path = strdup(path)))
        return f;
    pvhop_error_set(err, PVHOP_E_MEMORY, "for %s", path);
    pvhop_pvsc_free(f);
    return NULL;
}

int pvhop_pvsc_write(const struct pvhop_pvsc *f, const char *path, struct pvhop_error *err)
{
    bool its_own = f->path && strcmp(f->path, path) == 0;
    char *text = pvhop_pvsc_print(f);
    int rc = text
                 ? pvhop_file_write(path, text, its_own ? &f->state : NULL, PVHOP_E_PVSC_WRITE, err)
                 : pvhop_error_set(err, PVHOP_E_MEMORY, "for %s", path);

    free(text);
    return rc;
}
