/* SPDX-License-Identifier: BSD-3-Clause */
/* One connection, carried over standard input and output: an ssh session's own, for sites whose
 * sshd forwards nothing. */
#include "relay_program.h"
#include <errno.h>
#include <pvhop/pump.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CONNECT_S 7 /* less than who asked for it waits */

struct carrier {
    struct pvhop_loop *loop;
    struct pvhop_error end;
};

/* Nothing else is to be done meanwhile, so this waits. */
static int dial(const struct pvhop_endpoint *to, struct pvhop_error *err)
{
    const struct timeval limit = {.tv_sec = CONNECT_S};
    struct sockaddr_storage sa;
    char text[PVHOP_ENDPOINT_TEXT];
    socklen_t len;
    int fd;

    if (pvhop_endpoint_to_sockaddr(to, AF_UNSPEC, &sa, &len, err) != 0)
        return -1;
    fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
        connect(fd, (const struct sockaddr *)&sa, len) == 0)
        return fd;
    pvhop_error_set(err, PVHOP_E_CONNECT, "%s: %s", pvhop_endpoint_print(to, text),
                    errno == EINPROGRESS ? "no answer" : strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static void on_done(void *user, const struct pvhop_error *err)
{
    struct carrier *c = user;

    c->end = *err;
    pvhop_loop_stop(c->loop);
}

int pvhop_relay_stdio(const struct pvhop_endpoint *to, bool report, struct pvhop_error *err)
{
    struct carrier c = {.loop = NULL};
    struct pvhop_stream *far = NULL, *own = NULL;
    struct pvhop_pump *pump = NULL;
    char text[PVHOP_ENDPOINT_TEXT];
    int rc = -1, fd = dial(to, err);

    if (fd < 0)
        return -1;
    if (report) {
        printf("open %s\n", pvhop_endpoint_print(to, text));
        fflush(stdout);
    }
    c.loop = pvhop_loop_new(err);
    if (!c.loop) {
        close(fd);
        goto out;
    }
    far = pvhop_stream_from_socket(c.loop, fd, NULL, err);
    own = far ? pvhop_stream_from_pipes(c.loop, 0, 1, "standard input", err) : NULL;
    if (!own)
        goto out;
    pump = pvhop_pump_new(c.loop, own, far, 0, on_done, &c, err);
    own = far = NULL; /* the pump's, or freed */
    if (!pump || pvhop_loop_run(c.loop, err) != 0)
        goto out;
    *err = c.end;
    rc = c.end.code == PVHOP_OK ? 0 : -1;
out:
    pvhop_pump_free(pump);
    pvhop_stream_free(own);
    pvhop_stream_free(far);
    pvhop_loop_free(c.loop);
    return rc;
}
