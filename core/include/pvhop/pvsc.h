/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PVSC_H
#define PVHOP_PVSC_H
/**
 * ParaView's server configuration files (.pvsc): entries from recipes and back.
 * What pvhop does not know, comments included, stays as it was read.
 */
#include <pvhop/recipe.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_pvsc; /* one file in memory: a <Servers> element; one thread at a time */

enum pvhop_style {
    PVHOP_STYLE_PVHOP,  /* the Command runs `pvhop connect` */
    PVHOP_STYLE_OPENSSH /* plain ssh: works in a ParaView without pvhop; routes direct and tunnel */
};

#define PVHOP_ENTRY_FORMAT "1" /* the format version that entries carry */

/** An empty <Servers>. NULL: no memory. */
struct pvhop_pvsc *pvhop_pvsc_new(void);
void pvhop_pvsc_free(struct pvhop_pvsc *f);
/** Hardened: no network, no DTD, at most 64 MiB. Errors name file:line:column. */
struct pvhop_pvsc *pvhop_pvsc_read(const char *path, struct pvhop_error *err);
/** The same; empty if there is no such file yet, and for its writing somebody who makes it
 * meanwhile counts as a change. */
struct pvhop_pvsc *pvhop_pvsc_open(const char *path, struct pvhop_error *err);
struct pvhop_pvsc *pvhop_pvsc_parse(const char *text, size_t len, const char *name,
                                    struct pvhop_error *err);
/** The file as text, newly allocated, in ParaView's own order and indent. NULL: no memory. */
char *pvhop_pvsc_print(const struct pvhop_pvsc *f);
/** One entry as text, newly allocated. */
char *pvhop_pvsc_print_entry(const struct pvhop_pvsc *f, const char *name, struct pvhop_error *err);
/**
 * A reader sees the old file or the new one, whole, whatever happens meanwhile; the old one stays
 * beside it as NAME~. Keeps the permissions, writes through links. Writers wait for each other, and
 * PVSC_BUSY tells that the file was changed since it was read from there.
 */
int pvhop_pvsc_write(const struct pvhop_pvsc *f, const char *path, struct pvhop_error *err);

/** Name of the n-th entry, NULL past the end. Owned by the file, until it is changed. */
const char *pvhop_pvsc_name(const struct pvhop_pvsc *f, size_t n);
/** True if ParaView would use the n-th entry: of several with one name it uses the last. */
bool pvhop_pvsc_is_used(const struct pvhop_pvsc *f, size_t n);
/** The entry's resource ("csrc://fe:11111"), "" if it has none, NULL without such an entry. Owned
 * likewise. */
const char *pvhop_pvsc_resource(const struct pvhop_pvsc *f, const char *name);
/**
 * The command that ParaView would run for the entry, its words, with the values that the options
 * have at first in the place of $NAME$; newly allocated, NULL-terminated, free with
 * pvhop_args_free. Empty for an entry that runs none.
 */
char **pvhop_pvsc_command(const struct pvhop_pvsc *f, const char *name, struct pvhop_error *err);
/** Is told a name that stands for nothing that is known, and so for itself. */
typedef void (*pvhop_unknown_fn)(void *user, const char *name);
/**
 * The same, with `set` (NULL or NULL-terminated, "NAME=VALUE") in the place of what ParaView and
 * its user would give. `unknown` may be NULL. Source of how it is done: pvsc_command.c.
 */
char **pvhop_pvsc_command_with(const struct pvhop_pvsc *f, const char *name, const char *const *set,
                               pvhop_unknown_fn unknown, void *user, struct pvhop_error *err);

/**
 * Adds an entry for a recipe; replaces one of the same name, in its place, if `replace`. `ask`
 * (NULL or NULL-terminated): fields that ParaView asks for at each connect; their values in the
 * recipe are what it proposes. In the pvhop style the client's port (unless the recipe sets it) and
 * the connect id are always drawn anew by ParaView. In the openssh style they are as the recipe
 * says (default 11111, and no id), and asking for `client-port` or `connect-id` has them drawn;
 * nothing else can be asked there, and not every recipe can be said in it.
 */
int pvhop_pvsc_add(struct pvhop_pvsc *f, const char *name, const struct pvhop_recipe *r,
                   enum pvhop_style style, const char *const *ask, bool replace,
                   struct pvhop_error *err);
/** Takes an entry out (all of that name). */
int pvhop_pvsc_remove(struct pvhop_pvsc *f, const char *name, struct pvhop_error *err);
/** Gives an entry another name. An error if there is one of that name already. */
int pvhop_pvsc_rename(struct pvhop_pvsc *f, const char *name, const char *new_name,
                      struct pvhop_error *err);
/** True if both have an entry of that name, and the two say the same. */
bool pvhop_pvsc_same(const struct pvhop_pvsc *a, const struct pvhop_pvsc *b, const char *name);
/**
 * Copies an entry of `from`, with its comments, to the end of `f`, or into the place of the one
 * that has its name if `replace`; otherwise that is an error.
 */
int pvhop_pvsc_copy(struct pvhop_pvsc *f, const struct pvhop_pvsc *from, const char *name,
                    bool replace, struct pvhop_error *err);
/**
 * The recipe that an entry written by pvhop stores, in either style; ENTRY_FOREIGN for others, and
 * for one in the openssh style whose command was changed since. Of a field that is asked for: what
 * ParaView proposes at first.
 */
struct pvhop_recipe *pvhop_pvsc_recipe(const struct pvhop_pvsc *f, const char *name,
                                       struct pvhop_error *err);
/** The fields that an entry written by pvhop asks for; free with pvhop_args_free. NULL: no memory.
 */
char **pvhop_pvsc_asked(const struct pvhop_pvsc *f, const char *name);
/** True for an entry that runs `pvhop connect`. */
bool pvhop_pvsc_is_ours(const struct pvhop_pvsc *f, const char *name);
/** The name that the wiki's convention gives: REMOTEHOST-XXXXX-rc, with the client's port if it is
 * set, else the queue. Newly allocated. */
char *pvhop_pvsc_default_name(const struct pvhop_recipe *r);

#ifdef __cplusplus
}
#endif
#endif
