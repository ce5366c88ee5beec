/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <pvhop/file.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- reading ---- */

static int read_error(const char *path, const char *why, enum pvhop_code code,
                      struct pvhop_error *err)
{
    pvhop_error_set(err, code, "%s: %s", path, why);
    return pvhop_error_remedy(err, "Check the path and the permissions of the file.");
}

static struct pvhop_file_state state_of(const struct stat *st)
{
    return (struct pvhop_file_state){.known = true,
                                     .device = st->st_dev,
                                     .number = st->st_ino,
                                     .size = st->st_size,
                                     .changed = st->st_mtim};
}

static int read_all(int fd, char *text, size_t size, size_t *len)
{
    for (*len = 0; *len < size;) {
        ssize_t n = read(fd, text + *len, size - *len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        *len += (size_t)n;
    }
    return 0;
}

char *pvhop_file_read(const char *path, size_t max, size_t *len, struct pvhop_file_state *state,
                      enum pvhop_code code, struct pvhop_error *err)
{
    char *text = NULL, larger[64];
    struct stat st;
    int rc = -1;
    /* O_NONBLOCK: a named pipe without a writer would hold us for ever. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 || fstat(fd, &st) != 0) {
        read_error(path, strerror(errno), code, err);
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        read_error(path, "is not a file", code, err);
        goto out;
    }
    if (st.st_size > (off_t)max) {
        snprintf(larger, sizeof(larger), "is larger than %zu KiB", max / 1024);
        read_error(path, larger, code, err);
        goto out;
    }
    text = malloc((size_t)st.st_size + 1);
    if (!text || read_all(fd, text, (size_t)st.st_size, len) != 0) {
        read_error(path, strerror(errno), code, err);
        goto out;
    }
    if (state)
        *state = state_of(&st);
    rc = 0;
out:
    if (fd >= 0)
        close(fd);
    if (rc == 0)
        return text;
    free(text);
    return NULL;
}

/* ---- writing ---- */

static int write_all(int fd, const char *text)
{
    for (size_t len = strlen(text); len > 0;) {
        ssize_t n = write(fd, text, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        text += n;
        len -= (size_t)n;
    }
    return 0;
}

/* The mode and, as far as we may, the owner of the file that is replaced; 0666 less the umask for a
 * new one. */
static int give_mode(int fd, const char *path)
{
    struct stat st;
    mode_t mask;

    if (stat(path, &st) == 0) {
        if (fchown(fd, st.st_uid, st.st_gid) != 0 && fchown(fd, (uid_t)-1, st.st_gid) != 0)
            st.st_mode &= ~(mode_t)(S_IRWXG | S_ISUID | S_ISGID); /* not to another group */
        return fchmod(fd, st.st_mode & 07777);
    }
    if (errno != ENOENT)
        return -1;
    mask = umask(0);
    umask(mask);
    return fchmod(fd, 0666 & ~mask);
}

/*
 * The folder is what writers lock, since the file itself is another one after each of them. -1 if
 * the folder cannot be read; *locked false as well where the file system has no locks.
 */
static int open_folder(const char *path, bool *locked)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, rc = -1;

    free(folder);
    while (fd >= 0 && (rc = flock(fd, LOCK_EX)) != 0 && errno == EINTR)
        ;
    *locked = rc == 0;
    return fd;
}

static bool is_as(const char *path, const struct pvhop_file_state *state)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return errno == ENOENT && !state->known;
    return state->known && st.st_dev == state->device && st.st_ino == state->number &&
           st.st_size == state->size && st.st_mtim.tv_sec == state->changed.tv_sec &&
           st.st_mtim.tv_nsec == state->changed.tv_nsec;
}

/* True if the file says that already. */
static bool says(const char *path, const char *text)
{
    struct stat st;
    size_t len = strlen(text), there = 0;
    char *old = stat(path, &st) == 0 && st.st_size == (off_t)len
                    ? pvhop_file_read(path, len, &there, NULL, PVHOP_E_SYSTEM, NULL)
                    : NULL;
    bool same = old && there == len && memcmp(old, text, len) == 0;

    free(old);
    return same;
}

/* As NAME~: another name of the old file, which is in no moment absent. Without it where the file
 * system cannot do that. */
static void keep_old(const char *path)
{
    char *kept = NULL, *next = NULL;

    if (asprintf(&kept, "%s~", path) < 0)
        kept = NULL;
    if (asprintf(&next, "%s.old", path) < 0)
        next = NULL;
    if (kept && next) {
        (void)unlink(next);
        if (link(path, next) == 0 && rename(next, kept) != 0)
            (void)unlink(next);
        (void)unlink(next); /* renaming one name of a file to another of it does nothing */
    }
    free(next);
    free(kept);
}

/*
 * What is left of a writer that was killed is used again under the lock, so that it does not pile
 * up; without a lock the name is one of our own.
 */
static int open_new(const char *path, bool locked, char **name)
{
    if (asprintf(name, locked ? "%s.new" : "%s.XXXXXX", path) < 0) {
        *name = NULL;
        errno = ENOMEM;
        return -1;
    }
    if (!locked)
        return mkostemp(*name, O_CLOEXEC);
    (void)unlink(*name);
    return open(*name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static int replace(const char *path, const char *text, int folder, bool locked)
{
    char *new = NULL;
    int fd = open_new(path, locked, &new), rc = -1, why = errno;

    if (fd < 0)
        goto out;
    if (give_mode(fd, path) == 0 && write_all(fd, text) == 0 && fsync(fd) == 0) {
        keep_old(path);
        rc = rename(new, path);
    }
    why = errno;
    close(fd);
    if (rc != 0)
        unlink(new);
    else if (folder >= 0)
        (void)fsync(folder); /* or a crash may bring the old name back; some file systems refuse */
out:
    free(new);
    errno = why;
    return rc;
}

int pvhop_file_write(const char *path, const char *text, const struct pvhop_file_state *state,
                     enum pvhop_code code, struct pvhop_error *err)
{
    char *target = realpath(path, NULL); /* a link stays a link */
    bool locked;
    int folder, rc = 0;

    if (!target && !(target = strdup(path)))
        return pvhop_error_set(err, PVHOP_E_MEMORY, "for %s", path);
    folder = open_folder(target, &locked);
    if (state && !is_as(target, state)) {
        rc = pvhop_error_set(err, PVHOP_E_PVSC_BUSY, "%s was changed by another program meanwhile",
                             path);
        pvhop_error_remedy(err, "Do it again; it then begins with what is there now.");
    } else if (!says(target, text) && replace(target, text, folder, locked) != 0) {
        rc = pvhop_error_set(err, code, "%s: %s", path, strerror(errno));
    }
    if (folder >= 0)
        close(folder);
    free(target);
    return rc;
}
