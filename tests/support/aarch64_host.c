/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Preloaded, it lets a host run programs of aarch64: by qemu, as binfmt_misc would, but for this
 * one login and without rights. Shells call execve(2), and that is all that is taken here.
 */
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_aarch64(const char *path)
{
    Elf64_Ehdr head;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, &head, sizeof(head));

    if (fd >= 0)
        close(fd);
    return n == (ssize_t)sizeof(head) && memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 &&
           head.e_ident[EI_CLASS] == ELFCLASS64 && head.e_ident[EI_DATA] == ELFDATA2LSB &&
           le16toh(head.e_machine) == EM_AARCH64;
}

__attribute__((visibility("default"))) int execve(const char *path, char *const argv[],
                                                  char *const envp[])
{
    size_t count = 0;
    const char **args;
    int error;

    /* What may not be run must not be run by qemu either, which only reads it. */
    if (access(path, X_OK) != 0 || !is_aarch64(path))
        return (int)syscall(SYS_execve, path, argv, envp);
    while (argv[count])
        count++;
    args = calloc(count + 3, sizeof(*args));
    if (!args) {
        errno = ENOMEM;
        return -1;
    }
    args[0] = PVHOP_QEMU;
    args[1] = path;
    for (size_t i = 1; i < count; i++)
        args[i + 1] = argv[i];
    syscall(SYS_execve, PVHOP_QEMU, args, envp);
    error = errno;
    free(args);
    errno = error;
    return -1;
}
