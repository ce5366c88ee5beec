/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_RECIPE_CHECK_H
#define PVHOP_RECIPE_CHECK_H
/** What one value of a field must be like. */
#include <pvhop/recipe.h>

/** -1 and PVHOP_E_VALUE, quoting name and value, if `value` is not one of the field's. */
int pvhop_value_check(const struct pvhop_field *field, const char *value, struct pvhop_error *err);
/** A checked value as a number: INT, PORT, SECONDS, WALLTIME (seconds), BOOL; otherwise -1. */
long pvhop_value_number(const struct pvhop_field *field, const char *value);

#endif
