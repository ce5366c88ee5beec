/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control channel against a hostile far side: the input is what it says, line by line, with '#'
 * for the marker that the channel drew (here always the same). Between the lines our own side asks,
 * starts and ends things, by the line's first byte. Nothing leaks, and every callback comes once.
 */
#include "control_private.h"
#include "fuzz.h"
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* In the place of the C library's: the marker is known. */
ssize_t getrandom(void *buffer, size_t size, unsigned flags)
{
    (void)flags;
    memset(buffer, 0xab, size);
    return (ssize_t)size;
}

enum { TASKS = 4 };

struct side {
    struct pvhop_control *control;
    struct pvhop_task *tasks[TASKS];
    int ended[TASKS], failures, readies, answers, asked;
    int free_in_callback;
};

static void let_go(struct side *side)
{
    for (int i = 0; i < TASKS; i++) {
        pvhop_task_free(side->tasks[i]);
        side->tasks[i] = NULL;
    }
    pvhop_control_free(side->control);
    side->control = NULL;
}

static void on_ready(void *user)
{
    struct side *side = user;

    check(++side->readies == 1 && !side->failures);
}

static void on_failed(void *user, const struct pvhop_error *err)
{
    struct side *side = user;

    check_error(err);
    check(++side->failures == 1);
    if (side->free_in_callback)
        let_go(side);
}

static void on_answer(void *user, int status, const char *output, size_t len)
{
    struct side *side = user;

    (void)status;
    check(strlen(output) == len);
    check(++side->answers <= side->asked);
    if (side->free_in_callback == 2)
        let_go(side);
}

static void on_line(void *user, const char *line)
{
    (void)user;
    check(*line && strlen(line) <= 4096);
    for (const unsigned char *p = (const unsigned char *)line; *p; p++)
        check((*p >= 0x20 && *p != 0x7f) || *p == '\t');
}

static struct side *current;

static void on_exited(void *user, int status)
{
    int i = (int)(intptr_t)user;

    (void)status;
    check(++current->ended[i] == 1);
}

static void act(struct side *side, char what)
{
    static const struct pvhop_task_events events = {on_line, on_exited};
    int i = what & (TASKS - 1);

    if (!side->control)
        return;
    switch (what & 0x70) {
    case 0x20:
        if (pvhop_control_query(side->control, "echo 'what now'", 1000, on_answer, side))
            side->asked++;
        break;
    case 0x30:
        if (!side->tasks[i] && !side->ended[i])
            side->tasks[i] =
                pvhop_control_start(side->control, "exec pvserver", &events, (void *)(intptr_t)i);
        break;
    case 0x40:
        pvhop_task_end(side->tasks[i]);
        break;
    case 0x50:
        pvhop_task_free(side->tasks[i]);
        side->tasks[i] = NULL;
        side->ended[i] = 1; /* no callback may come */
        break;
    case 0x60:
        side->free_in_callback = i & 3;
        break;
    default:
        break;
    }
}

/* What the far side says, the marker put in. */
static void say(int fd, const char *line, size_t len)
{
    static const char mark[] = "abababababababababababababababab";
    char out[4096];
    size_t n = 0;

    for (size_t i = 0; i < len && n < sizeof(out) - sizeof(mark) - 1; i++) {
        if (line[i] == '#') {
            memcpy(out + n, mark, sizeof(mark) - 1);
            n += sizeof(mark) - 1;
        } else {
            out[n++] = line[i];
        }
    }
    out[n++] = '\n';
    (void)!send(fd, out, n, MSG_NOSIGNAL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pvhop_control_events events = {on_ready, on_failed};
    struct side side = {.control = NULL};
    struct pvhop_loop *loop = pvhop_loop_new(NULL);
    struct pvhop_stream *stream;
    const char *at = (const char *)data, *end = at + size;
    char heard[65536];
    int pair[2];

    check(loop && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    current = &side;
    stream = pvhop_stream_from_socket(loop, pair[0], "the far side", NULL);
    side.control = pvhop_control_on_stream(loop, stream, 45, &events, &side, NULL);
    check(side.control != NULL);
    for (int lines = 0; at < end && lines < 200; lines++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;

        if (stop > at) {
            act(&side, *at);
            say(pair[1], at + 1, (size_t)(stop - at) - 1);
        }
        pvhop_loop_turn(loop, 0, NULL);
        while (read(pair[1], heard, sizeof(heard)) > 0)
            ;
        at = stop + 1;
    }
    close(pair[1]);
    for (int turn = 0; turn < 3; turn++)
        pvhop_loop_turn(loop, 0, NULL);
    check(!side.control || side.failures == 1); /* its end was seen */
    let_go(&side);
    pvhop_loop_free(loop);
    return 0;
}
