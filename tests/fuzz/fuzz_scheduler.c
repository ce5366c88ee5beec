/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What batch systems print. The first byte picks the adapter and the question; the rest is the
 * output, or a user's values for a job that is to be submitted.
 */
#include "fuzz.h"
#include <pvhop/scheduler.h>

static void on_detect(void *user, const struct pvhop_scheduler *s, bool answers,
                      const char *version)
{
    (void)user;
    (void)answers;
    check(s && version && pvhop_scheduler_name(s));
}

static void on_queue(void *user, const struct pvhop_queue_info *queue)
{
    (void)user;
    check(queue->name[0] && memchr(queue->name, '\0', sizeof(queue->name)));
    check(queue->max_walltime_s >= -1 && queue->nodes >= 0);
}

static void on_account(void *user, const char *account)
{
    (void)user;
    check(account[0] != '\0');
}

static void check_status(const struct pvhop_job_status *status)
{
    check(status->state <= PVHOP_JOB_ENDED);
    check(memchr(status->reason, '\0', sizeof(status->reason)) != NULL);
    check(memchr(status->node, '\0', sizeof(status->node)) != NULL);
    check(memchr(status->nodes, '\0', sizeof(status->nodes)) != NULL);
    check(status->position >= 0 && status->starts_in_s >= -1 && status->time_left_s >= -1);
}

/* One value in every place; what of it reaches the text is quoted, which unit tests show. */
static void submit(const struct pvhop_scheduler *s, const char *value)
{
    struct pvhop_resources r = {.name = "pvhop-1",
                                .memory = value,
                                .queue = value,
                                .account = value,
                                .reservation = value,
                                .constraint = value,
                                .extra = value,
                                .nodes = 2,
                                .processes = 5,
                                .walltime_s = 3600};
    struct pvhop_error err;
    char *text;

    for (int all = 0; all < 2; all++, r = (struct pvhop_resources){.name = "j", .extra = value}) {
        text = pvhop_scheduler_submit_sh(s, &r, NULL, &err);
        if (!text)
            check_error(&err);
        free(text);
    }
    text = pvhop_scheduler_state_sh(s, value, true, &err);
    if (!text)
        check_error(&err);
    free(text);
    text = pvhop_scheduler_cancel_sh(s, value, value, &err);
    if (!text)
        check_error(&err);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pvhop_scheduler *s;
    struct pvhop_job_status status;
    char id[PVHOP_JOB_ID_MAX] = "4711", *output;
    struct pvhop_error err = {.code = PVHOP_OK};
    int rc = 0;

    if (size < 1 || !(s = pvhop_scheduler_row(data[0] % 5)))
        return 0;
    output = fuzz_text(data + 1, --size);
    switch (data[0] / 5 % 6) {
    case 0:
        rc = pvhop_scheduler_submit_read(s, output, size, id, &err);
        check(rc != 0 || id[0]);
        break;
    case 1:
        if ((rc = pvhop_scheduler_state_read(s, id, output, size, &status, &err)) == 0)
            check_status(&status);
        break;
    case 2:
        rc = pvhop_scheduler_cancel_read(s, id, output, size, &err);
        break;
    case 3:
        check(pvhop_scheduler_detect_read(output, size, on_detect, NULL) >= 0);
        break;
    case 4:
        rc = pvhop_scheduler_queues_read(s, output, size, on_queue, on_account, NULL, &err);
        break;
    default:
        submit(s, output);
    }
    if (rc != 0)
        check_error(&err);
    free(output);
    return 0;
}
