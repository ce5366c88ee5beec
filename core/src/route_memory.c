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

/* "FOLDER/alice@login.cluster.edu.node" for `kind` "node", the folder's length in *folder; NULL if
 * there is no home. */
static char *path_of(const struct pvhop_recipe *recipe, const char *kind, size_t *folder)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const char *user = pvhop_recipe_get(recipe, "user"), *port = pvhop_recipe_get(recipe, "port");
    const char *host = pvhop_recipe_get(recipe, "host");
    struct pvhop_text t = {0};

    if (!host)
        return NULL;
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
    add_safe(&t, host);
    if (port) {
        pvhop_text_addf(&t, ":");
        add_safe(&t, port);
    }
    pvhop_text_addf(&t, ".%s", kind);
    if (t.failed) {
        pvhop_text_free(&t);
        return NULL;
    }
    return t.s;
}

/* A word of at most 31 bytes, and when it was written. */
static bool read_word(const struct pvhop_recipe *recipe, const char *kind, char word[32],
                      int64_t *when)
{
    size_t folder;
    char *path = path_of(recipe, kind, &folder), text[64];
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

    if (fd >= 0)
        close(fd);
    free(path);
    if (n <= 0)
        return false;
    text[n] = '\0';
    return sscanf(text, "%31s %" SCNd64, word, when) == 2;
}

static const char *kind_of(bool on_node)
{
    return on_node ? "node" : "host";
}

const char *pvhop_route_remembered(const struct pvhop_recipe *recipe, bool on_node, int64_t now)
{
    const struct pvhop_route_choice *choices = pvhop_route_choices(on_node);
    char name[32];
    int64_t when;

    if (!read_word(recipe, kind_of(on_node), name, &when) || when > now ||
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

/* `word` NULL: the file goes. */
static void write_word(const struct pvhop_recipe *recipe, const char *kind, const char *word,
                       int64_t now)
{
    size_t folder = 0;
    char *path = path_of(recipe, kind, &folder), *temporary = NULL;
    int fd;

    if (!path)
        return;
    if (!word) {
        (void)unlink(path);
    } else if (asprintf(&temporary, "%.*s/.XXXXXX", (int)folder, path) >= 0) {
        make_folders(path, folder);
        fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
        if (fd >= 0) {
            if (dprintf(fd, "%s %" PRId64 "\n", word, now) < 0 || rename(temporary, path) != 0)
                (void)unlink(temporary);
            close(fd);
        }
        free(temporary);
    }
    free(path);
}

void pvhop_route_remember(const struct pvhop_recipe *recipe, bool on_node, const char *name,
                          int64_t now)
{
    write_word(recipe, kind_of(on_node), name, now);
}

bool pvhop_upload_agreed(const struct pvhop_recipe *recipe)
{
    char word[32];
    int64_t when;

    return read_word(recipe, "helper", word, &when) && strcmp(word, "upload") == 0;
}

void pvhop_upload_agree(const struct pvhop_recipe *recipe, int64_t now)
{
    write_word(recipe, "helper", "upload", now);
}
