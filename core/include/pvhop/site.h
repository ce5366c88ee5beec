/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_SITE_H
#define PVHOP_SITE_H
/**
 * A site's description of itself: one XML file from which `pvhop pvsc bundle` makes entries, and
 * which pvhop reads on a front end after the login (/etc/pvhop/site.xml), so that entries stay thin
 * and copies of them do not go stale. The format is in docs/site.md, its schema in pvsc/site.rng.
 *
 * All that is given out here is owned by the site, and lives as long. One thread at a time.
 */
#include <pvhop/pvsc.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_SITE_FORMAT "1"
#define PVHOP_SITE_PATH "/etc/pvhop/site.xml" /* on a front end */
#define PVHOP_SITE_MAX (256u * 1024)          /* bytes */

struct pvhop_site;

/** Strings are "" where the file says nothing. */
struct pvhop_site_info {
    const char *name;    /* "Example HPC" */
    const char *version; /* of the description, as the site counts: "2026.11"; "" if it does not */
    const char *contact; /* whom users ask: an address or a URL */
    const char *help;    /* URL of the site's page for users */
    const char *fetch;   /* URL of the bundle, for ParaView's Fetch Servers */
};

struct pvhop_site_front_end {
    const char *host;   /* as users give it to ssh: [user@]host[:port] */
    const char *jump;   /* hosts on the way, from outside of the site; "" */
    const char *inside; /* addresses by which the nodes reach it, spaces between; "" */
};

struct pvhop_site_queue {
    const char *name, *title;
    bool is_default;
    long max_walltime_s, max_nodes; /* 0: not said */
};

struct pvhop_site_entry {
    const char *name;
    const char *queue; /* one of the machine's; "" */
    const char *host;  /* one of the front ends */
    enum pvhop_style style;
    const char *const *ask; /* names of fields, ended by NULL */
};

struct pvhop_site_machine {
    const char *name;
    const char *accounts; /* sh command for the front end that prints the user's accounts, one a
                             line; "" */
    const struct pvhop_site_front_end *front_ends;
    size_t front_end_count; /* at least 1 */
    const struct pvhop_site_queue *queues;
    size_t queue_count;
    const struct pvhop_site_entry *entries;
    size_t entry_count;
};

/**
 * `name` is for errors (SITE; they name file:line:column). `strict`: what is not known is an error
 * too, as for whoever writes the file; else it is passed over, since a newer pvhop may know it.
 * Hardened as pvhop_pvsc_parse; at most PVHOP_SITE_MAX.
 */
struct pvhop_site *pvhop_site_parse(const char *text, size_t len, const char *name, bool strict,
                                    struct pvhop_error *err);
/** The same of a file. */
struct pvhop_site *pvhop_site_read(const char *path, bool strict, struct pvhop_error *err);
void pvhop_site_free(struct pvhop_site *site);

const struct pvhop_site_info *pvhop_site_about(const struct pvhop_site *site);
/** The n-th machine, NULL past the end. */
const struct pvhop_site_machine *pvhop_site_machine_row(const struct pvhop_site *site, size_t n);
/**
 * The machine that one of the names is a front end of: as the user gave it (user and port do not
 * count), or as the host calls itself (its short name may stand for the long one); else the only
 * machine of the site; else NULL. Names may be NULL.
 */
const struct pvhop_site_machine *pvhop_site_find(const struct pvhop_site *site, const char *given,
                                                 const char *itself);
/** The machine's queue of that name, NULL: the default one; NULL if there is none. */
const struct pvhop_site_queue *pvhop_site_queue_find(const struct pvhop_site_machine *machine,
                                                     const char *name);

/**
 * Fills the fields that the recipe has not set: from the defaults of the queue (that of the recipe,
 * else the default one), then of the machine, then of the site. At each of them, those for the
 * recipe's client-version come before those for all. `machine` may be NULL: the site's alone.
 * `remote`: the description came from the host itself; then a route that is not encrypted
 * (direct, relay) is not taken from it.
 */
int pvhop_site_fill(const struct pvhop_site *site, const struct pvhop_site_machine *machine,
                    bool remote, struct pvhop_recipe *r, struct pvhop_error *err);
/** Does the site's policy allow this value of a field? Where it says nothing, yes. */
bool pvhop_site_allows(const struct pvhop_site *site, const struct pvhop_site_machine *machine,
                       const char *field, const char *value);
/**
 * Policy, the one thing that wins over users: a field that is set to what is not allowed is an
 * error (SITE_POLICY); a field that is not set, and whose default is not allowed, becomes the first
 * value that is. Route `auto` stays: whoever resolves it asks pvhop_site_allows.
 */
int pvhop_site_enforce(const struct pvhop_site *site, const struct pvhop_site_machine *machine,
                       struct pvhop_recipe *r, struct pvhop_error *err);
/** True if `version` (of an entry) is older than the site's: numbers in it compare as numbers. */
bool pvhop_site_is_newer(const struct pvhop_site *site, const char *version);

/** The recipe of one of the machine's entries: whole, as `pvhop connect` is to carry it out; or
 * `thin`: what the site's description on the front end does not say. NULL and *err. */
struct pvhop_recipe *pvhop_site_recipe(const struct pvhop_site *site,
                                       const struct pvhop_site_machine *machine,
                                       const struct pvhop_site_entry *entry, bool thin,
                                       const char *client_version, struct pvhop_error *err);
/** The versions ("5.11") of ParaView for which the site has values of their own, ended by NULL;
 * free with pvhop_args_free. NULL: no memory. */
char **pvhop_site_versions(const struct pvhop_site *site);
/** All entries of the site as a file for ParaView, for clients of that version, or for all (NULL).
 * NULL and *err, also if an entry asks for more than its queue gives. */
struct pvhop_pvsc *pvhop_site_bundle(const struct pvhop_site *site, bool thin, const char *version,
                                     struct pvhop_error *err);

#ifdef __cplusplus
}
#endif
#endif
