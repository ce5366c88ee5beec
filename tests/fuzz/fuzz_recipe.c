/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Recipes from words: the input's lines are arguments, or with 'e' as the first byte the
 * environment. A recipe that came of it survives the way through its own arguments.
 */
#include "fuzz.h"
#include <pvhop/recipe.h>

enum { WORDS_MAX = 64 };

static size_t split(char *text, char **words)
{
    size_t n = 0;

    for (char *word; n < WORDS_MAX && (word = strsep(&text, "\n"));)
        words[n++] = strdup(word); /* each in a block of its own size */
    words[n] = NULL;
    return n;
}

static void same_again(const struct pvhop_recipe *r)
{
    char **args = pvhop_recipe_to_args(r), *sentence = pvhop_recipe_sentence(r);
    struct pvhop_recipe *again = pvhop_recipe_new();
    struct pvhop_error err;
    int n = 0;

    check(args && sentence && again);
    while (args[n])
        n++;
    check(pvhop_recipe_from_args(again, n, args, NULL, NULL, &err) == n);
    check(pvhop_recipe_equal(r, again));
    if (pvhop_recipe_check(r, &err) != 0)
        check_error(&err);
    pvhop_recipe_free(again);
    pvhop_args_free(args);
    free(sentence);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text, *words[WORDS_MAX + 1];
    struct pvhop_recipe *r;
    struct pvhop_error err;
    size_t n;
    int rc;

    if (size < 1)
        return 0;
    text = fuzz_text(data + 1, size - 1);
    n = split(text, words);
    r = pvhop_recipe_new();
    check(r != NULL);
    if (data[0] == 'e')
        rc = pvhop_recipe_from_env(r, words, &err);
    else
        rc = pvhop_recipe_from_args(r, (int)n, words, NULL, NULL, &err);
    if (rc < 0)
        check_error(&err);
    else
        check((size_t)rc <= n);
    same_again(r); /* also after an error: what was taken before it stays */
    pvhop_recipe_free(r);
    for (size_t i = 0; i < n; i++)
        free(words[i]);
    free(text);
    return 0;
}
