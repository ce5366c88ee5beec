/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_FILE_H
#define PVHOP_FILE_H
/** Files that are read as a whole, and replaced as a whole. */
#include <pvhop/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which file it was, and as of when. */
struct pvhop_file_state {
    bool known;
    dev_t device;
    ino_t number;
    off_t size;
    struct timespec changed;
};

/** A regular file of at most `max` bytes, newly allocated; NULL and `code` in *err. `state` may be
 * NULL. */
char *pvhop_file_read(const char *path, size_t max, size_t *len, struct pvhop_file_state *state,
                      enum pvhop_code code, struct pvhop_error *err);
/**
 * Replaces the file, or makes it: a reader, and whoever looks after a crash or a full disk, sees
 * the old one or the new one, whole. Permissions and, where we may, owner stay; a link stays a
 * link. The old one is kept beside it as NAME~. Writers wait for each other; if the file is no
 * longer as `state` says (NULL: as it likes), somebody has changed it since it was read: PVSC_BUSY.
 * Nothing is written where nothing changes. Other errors have `code`.
 */
int pvhop_file_write(const char *path, const char *text, const struct pvhop_file_state *state,
                     enum pvhop_code code, struct pvhop_error *err);

#ifdef __cplusplus
}
#endif
#endif
