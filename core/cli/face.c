/* SPDX-License-Identifier: BSD-3-Clause */
#include "face.h"
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value && *value;
}

/* Somebody else shows what happens (--events), nothing happens, or pvhop starts the client. */
static bool has_own_face(int argc, char **argv)
{
    static const char *const words[] = {"--", "--events", "--dry-run", "--print-job", "--help"};

    for (int i = 0; i < argc; i++)
        for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
            size_t len = strlen(words[w]);

            if (strncmp(argv[i], words[w], len) == 0 &&
                (argv[i][len] == '\0' || (w > 0 && argv[i][len] == '=')))
                return true;
        }
    return false;
}

static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return false;
    close(fd);
    return true;
}

/* The path of pvhop-gui beside this program. */
static bool find_gui(char path[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    char *slash;

    if (len <= 0)
        return false;
    path[len] = '\0';
    slash = strrchr(path, '/');
    if (!slash || (size_t)(slash - path) + sizeof("/pvhop-gui") > PATH_MAX)
        return false;
    memcpy(slash, "/pvhop-gui", sizeof("/pvhop-gui"));
    return access(path, X_OK) == 0;
}

void cli_hand_to_gui(int argc, char **argv)
{
    char path[PATH_MAX], verb[] = "connect";
    char **words;

    /* ParaView says its port and the connect id to every command that it runs for an entry. */
    if ((!is_set("PV_SERVER_PORT") && !is_set("PV_CONNECT_ID")) || has_own_face(argc, argv) ||
        (!is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY")) || has_terminal() || !find_gui(path))
        return;
    words = calloc((size_t)argc + 3, sizeof(*words));
    if (!words)
        return;
    words[0] = path;
    words[1] = verb;
    memcpy(words + 2, argv, (size_t)argc * sizeof(*words));
    /* ParaView's own libraries are none of its: a packed ParaView brings another Qt. */
    unsetenv("LD_LIBRARY_PATH");
    unsetenv("QT_PLUGIN_PATH");
    unsetenv("QT_QPA_PLATFORM_PLUGIN_PATH");
    execv(path, words);
    free(words);
}
