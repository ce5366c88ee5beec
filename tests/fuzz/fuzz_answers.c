/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answer lines. A JSON library is the judge: what it takes as a flat object of strings, whole
 * numbers, true, false and null is taken here, and means the same.
 */
#include "event_flat.h"
#include "fuzz.h"
#include <jansson.h>

/* Of the object's members, are all of a kind that an answers line can have? */
static int is_flat(json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key,
                        value) if (json_is_object(value) || json_is_array(value)) return 0;
    return 1;
}

static void compare(json_t *object, const struct pvhop_answer_line *out)
{
    json_t *answer = json_object_get(object, "answer"), *id = json_object_get(object, "id");

    check(out->cancel == json_is_true(json_object_get(object, "cancel")));
    check(out->has_answer == (json_is_string(answer) || json_is_null(answer)));
    if (json_is_string(answer))
        check(out->answer && strcmp(out->answer, json_string_value(answer)) == 0);
    else
        check(out->answer == NULL);
    /* Not 0: "-0" is none to us. */
    if (json_is_integer(id) && json_integer_value(id) > 0 && json_integer_value(id) <= 999999999)
        check(out->has_id && out->id == (unsigned)json_integer_value(id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pvhop_answer_line out;
    json_t *object = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    char *line = fuzz_text(data, size);
    bool whole = strlen(line) == size, taken = pvhop_answer_parse(line, &out);

    /* A line with a NUL in it is refused before it is parsed. */
    if (whole && object && json_is_object(object) && is_flat(object)) {
        check(taken);
        compare(object, &out);
    }
    if (taken && out.answer)
        check(strlen(out.answer) < size);
    json_decref(object);
    free(line);
    return 0;
}
