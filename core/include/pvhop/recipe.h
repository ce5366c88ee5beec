/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_RECIPE_H
#define PVHOP_RECIPE_H
/**
 * The recipe: one complete description of how to reach one pvserver. The one
 * data type that travels: the wizard edits it, an entry stores it, `pvhop
 * connect` rebuilds the same one from arguments and environment.
 *
 * Every field is one row of one table (recipe_fields.c): name, type, default,
 * help. Option --NAME, environment PVHOP_NAME, --help, man page, entry and
 * validation all come from that row.
 */
#include <pvhop/error.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_recipe;

enum pvhop_field_type {
    PVHOP_FIELD_TEXT,     /* any UTF-8 without NUL, newline or control characters */
    PVHOP_FIELD_HOST,     /* [user@]host[:port] or ssh alias */
    PVHOP_FIELD_PORT,     /* 0..65535; kept without leading zeros, as INT is */
    PVHOP_FIELD_INT,      /* with bounds */
    PVHOP_FIELD_SECONDS,  /* "90", "15s", "10m", "2h"; with bounds, in seconds */
    PVHOP_FIELD_WALLTIME, /* "01:00:00", "1-12:00:00", "90m", "2h30m", "1d" */
    PVHOP_FIELD_CHOICE,   /* one of choices */
    PVHOP_FIELD_BOOL,     /* yes/no/true/false/1/0; kept as yes or no */
    PVHOP_FIELD_PATH,     /* an absolute or ~ path, or a bare name */
    PVHOP_FIELD_NAME,     /* one word, as user, queue and account names are */
    PVHOP_FIELD_HOSTS,    /* HOST,HOST,... or "none" */
    PVHOP_FIELD_ADDRESS   /* a host name or address, nothing else */
};

enum pvhop_field_group {
    PVHOP_GROUP_HOST,
    PVHOP_GROUP_ROUTE,
    PVHOP_GROUP_SERVER,
    PVHOP_GROUP_JOB,
    PVHOP_GROUP_CLIENT,
    PVHOP_GROUP_LIMITS
};

struct pvhop_field {
    const char *name;  /* "client-host": option --client-host, environment PVHOP_CLIENT_HOST */
    const char *title; /* "Name of this computer": beside an input, in the wizard and in ParaView */
    enum pvhop_field_type type;
    enum pvhop_field_group group;
    const char *fallback; /* default as text; NULL: none */
    const char *choices;  /* CHOICE: "a|b|c" */
    long min, max;        /* INT, SECONDS */
    const char *meta;     /* HOST, N: for --help */
    const char *help;     /* one sentence, without its full stop */
    bool in_entry;        /* part of what an entry stores */
    /**
     * What ParaView itself says in the environment of the commands that it runs, used where
     * PVHOP_NAME is not set; dots join several ("PV_VERSION_MAJOR.PV_VERSION_MINOR"). May be NULL.
     */
    const char *from_paraview;
};

/** The n-th field, NULL past the end. */
const struct pvhop_field *pvhop_field_row(size_t n);
/** By name, NULL if there is none. */
const struct pvhop_field *pvhop_field_find(const char *name);
/** A title for the fields of a group, for --help and the wizard. NULL past the last group. */
const char *pvhop_group_title(enum pvhop_field_group group);
#define PVHOP_FIELD_ENV 64 /* room for any PVHOP_NAME */
/** Prints PVHOP_CLIENT_HOST for "client-host". Returns buf. */
char *pvhop_field_env(const struct pvhop_field *field, char buf[PVHOP_FIELD_ENV]);

#define PVHOP_VALUE_MAX 4096 /* bytes in one value */

/** NULL: no memory. */
struct pvhop_recipe *pvhop_recipe_new(void);
struct pvhop_recipe *pvhop_recipe_dup(const struct pvhop_recipe *r);
void pvhop_recipe_free(struct pvhop_recipe *r);

/** Sets a field after checking it; NULL or "" unsets. The error quotes name and value; the recipe
 * is then as before. */
int pvhop_recipe_set(struct pvhop_recipe *r, const char *name, const char *value,
                     struct pvhop_error *err);
/** The value in force (set or default); NULL if neither. Owned by the recipe, until it is set
 * again. */
const char *pvhop_recipe_get(const struct pvhop_recipe *r, const char *name);
bool pvhop_recipe_is_set(const struct pvhop_recipe *r, const char *name);
/** INT, PORT, SECONDS, WALLTIME (in seconds), BOOL as a number; `otherwise` if there is no value.
 */
long pvhop_recipe_number(const struct pvhop_recipe *r, const char *name, long otherwise);

/**
 * From a command line (argv[0] is its first word, not the program's name):
 * "--name value", "--name=value", "--flag", at most one bare word (the host),
 * stops at "--". Unknown options go to `other` (the verb's own ones; may be
 * NULL), which gets the rest of the words and returns how many it took, 0 =
 * unknown, -1 = error in *err. Returns the index of the first word that was not
 * used (after "--"), argc if all were, -1 on error.
 */
typedef int (*pvhop_other_option_fn)(void *user, int argc, char **argv, struct pvhop_error *err);
int pvhop_recipe_from_args(struct pvhop_recipe *r, int argc, char **argv,
                           pvhop_other_option_fn other, void *user, struct pvhop_error *err);
/** From PVHOP_NAME in the environment, then from ParaView's own variables, for fields that are not
 * set yet. */
int pvhop_recipe_from_env(struct pvhop_recipe *r, char *const *env, struct pvhop_error *err);
/** For each field that is set in `from` and not in `r`: an entry's, or a site's, values under those
 * of the command line. */
int pvhop_recipe_fill(struct pvhop_recipe *r, const struct pvhop_recipe *from);
/**
 * As arguments for `pvhop connect`: the host, then --name=value in the table's order; only fields
 * that are set. Newly allocated, NULL-terminated; free with pvhop_args_free.
 */
char **pvhop_recipe_to_args(const struct pvhop_recipe *r);
void pvhop_args_free(char **args);
/** The same fields set to the same values? */
bool pvhop_recipe_equal(const struct pvhop_recipe *a, const struct pvhop_recipe *b);
/** The whole: is everything there that the route and the scheduler need? */
int pvhop_recipe_check(const struct pvhop_recipe *r, struct pvhop_error *err);
/** A sentence that says what will happen, for the wizard and --dry-run; newly allocated. */
char *pvhop_recipe_sentence(const struct pvhop_recipe *r);
/** Gives a part of a sentence in another language, or `words` itself. "%s" stands where a name or a
 * number goes. What it returns is read before the next call. */
typedef const char *(*pvhop_translate_fn)(void *user, const char *words);
/** The same sentence, each part of it as `translate` gives it; NULL: English. */
char *pvhop_recipe_sentence_in(const struct pvhop_recipe *r, pvhop_translate_fn translate,
                               void *user);

#ifdef __cplusplus
}
#endif
#endif
