/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PREVIEW_H
#define PVHOP_PREVIEW_H
#include <pvhop/recipe.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What a connection would run on the far side, for people to read: the command that submits the job
 * and the job's script, or, without a batch system, what starts pvserver on the host. It says
 * itself what stands in it for what is only known when one connects. No input or output.
 *
 * Newly allocated. NULL: VALUE if the recipe leaves the batch system to be found out (scheduler
 * "auto"), or has a value that no script can hold; MEMORY.
 */
char *pvhop_job_preview(const struct pvhop_recipe *r, struct pvhop_error *err);

#ifdef __cplusplus
}
#endif
#endif
