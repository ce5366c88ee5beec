/* SPDX-License-Identifier: BSD-3-Clause */
#include "route_memory.h"
#include "route_auto.h"
#include "text.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_PART 200u /* a file's name has 255 bytes (POSIX: NAME_MAX) */

/* Anything else could be a way out of the folder, or of a name's length. */
static void add_safe(struct pvhop_text *t, const char *part)
{
    for (const char *s = part; *s && (size_t)(s - part) < NAME_PART / 3; s++)
        if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
            *s == '-' || (*s == '.' && s != part))
            pvhop_text_addf(t, "%c", *s);
        else
            pvhop_text_addf(t, "%%%02X", (unsigned char)*s);
}

/* "FOLDER/alice@login.cluster.edu.node", the folder's length in *folder; NULL if there is no home.
 */
static char *path_of(const struct pvhop_recipe *recipe, bool on_node, size_t *folder)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const char *user = pvhop_recipe_get(recipe, "user"), *port = pvhop_recipe_get(recipe, "port");
    struct pvhop_text t = {0};

    if (cache && *cache == '/')
        pvhop_text_addf(&t, "%s", cache);
    else if (home && *home == '/')
        pvhop_text_addf(&t, "%s/.cache", home);
    else
        return NULL;
    pvhop_text_addf(&t, "/pvhop/routes");
    *folder = t.len;
    pvhop_text_addf(&t, "/");
    if (user) {
        add_safe(&t, user);
        pvhop_text_addf(&t, "@");
    }
    add_safe(&t, pvhop_recipe_get(recipe, "host"));
    if (port) {
        pvhop_text_addf(&t, ":");
        add_safe(&t, port);
    }
    pvhop_text_addf(&t, on_node ? ".node" : ".host");
    if (t.failed) {
        pvhop_text_free(&t);
        return NULL;
    }
    return t.s;
}

const char *pvhop_route_remembered(const struct pvhop_recipe *recipe, bool on_node, int64_t now)
{
    const struct pvhop_route_choice *choices = pvhop_route_choices(on_node);
    size_t folder;
    char *path = path_of(recipe, on_node, &folder), text[64], name[32];
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    int64_t when;

    if (fd >= 0)
        close(fd);
    free(path);
    if (n <= 0)
        return NULL;
    text[n] = '\0';
    if (sscanf(text, "%31s %" SCNd64, name, &when) != 2 || when > now ||
        now - when > PVHOP_ROUTE_MEMORY_S)
        return NULL;
    for (size_t i = 0; i < PVHOP_ROUTE_CHOICES; i++)
        if (choices[i].automatic && strcmp(choices[i].name, name) == 0)
            return choices[i].name;
    return NULL;
}

/* Each part of the path up to `end` that is missing, mode 0700. */
static void make_folders(char *path, size_t end)
{
    for (size_t i = 1; i <= end; i++)
        if (path[i] == '/' || i == end) {
            char was = path[i];

            path[i] = '\0';
            (void)mkdir(path, 0700);
            path[i] = was;
        }
}

void pvhop_route_remember(const struct pvhop_recipe *recipe, bool on_node, const char *name,
                          int64_t now)
{
    size_t folder = 0;
    char *path = path_of(recipe, on_node, &folder), *temporary = NULL;
    int fd;

    if (!path)
        return;
    if (!name) {
        (void)unlink(path);
    } else if (asprintf(&temporary, "%.*s/.XXXXXX", (int)folder, path) >= 0) {
        make_folders(path, folder);
        fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
        if (fd >= 0) {
            if (dprintf(fd, "%s %" PRId64 "\n", name, now) < 0 || rename(temporary, path) != 0)
                (void)unlink(temporary);
            close(fd);
        }
        free(temporary);
    }
    free(path);
}
