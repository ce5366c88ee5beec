/* SPDX-License-Identifier: BSD-3-Clause */
#include "secret.h"
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

char *pvhop_secret_copy(const char *text)
{
    size_t len = strlen(text);
    if (len > PVHOP_SECRET_MAX)
        return NULL;
    char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return NULL;
    /* best effort: RLIMIT_MEMLOCK may forbid it, and then the login must still work */
    (void)mlock(page, PAGE);
    (void)madvise(page, PAGE, MADV_DONTDUMP);
    (void)madvise(page, PAGE, MADV_WIPEONFORK);
    memcpy(page, text, len + 1);
    return page;
}

void pvhop_secret_free(char *secret)
{
    if (!secret)
        return;
    explicit_bzero(secret, PAGE);
    (void)munmap(secret, PAGE);
}
