/* SPDX-License-Identifier: BSD-3-Clause */
/* Open addressing with linear probing; a seed of its own, so that no file can be made to be slow.
 */
#include "pvsc_names.h"
#include "xml.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct pvhop_names {
    xmlNode **slots; /* NULL: free since ever */
    size_t size;     /* a power of two */
    size_t used;     /* with those that were dropped */
    uint64_t seed;
};

static xmlNode dropped; /* stands in the place of one that was */

const char *pvhop_name_of(const xmlNode *server)
{
    const char *name = pvhop_xml_attr(server, "name");

    return name ? name : "";
}

struct pvhop_names *pvhop_names_new(void)
{
    struct pvhop_names *names = calloc(1, sizeof(*names));

    if (!names)
        return NULL;
    if (getrandom(&names->seed, sizeof(names->seed), 0) != (ssize_t)sizeof(names->seed))
        names->seed = (uintptr_t)names;
    names->size = 64;
    names->slots = calloc(names->size, sizeof(xmlNode *));
    if (names->slots)
        return names;
    free(names);
    return NULL;
}

void pvhop_names_free(struct pvhop_names *names)
{
    if (!names)
        return;
    free(names->slots);
    free(names);
}

/* The name's slot, else the first one that is free. */
static size_t slot_of(const struct pvhop_names *names, const char *name)
{
    uint64_t h = names->seed ^ UINT64_C(0xcbf29ce484222325);

    for (const char *p = name; *p; p++) /* FNV-1a, and a last stir for the low bits */
        h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
    h ^= h >> 32;
    for (size_t i = (size_t)h;; i++) {
        const xmlNode *at = names->slots[i & (names->size - 1)];

        if (!at || (at != &dropped && strcmp(pvhop_name_of(at), name) == 0))
            return i & (names->size - 1);
    }
}

static bool grow(struct pvhop_names *names)
{
    struct pvhop_names larger = {.size = names->size * 2, .seed = names->seed};

    if (!(larger.slots = calloc(larger.size, sizeof(xmlNode *))))
        return false;
    for (size_t i = 0; i < names->size; i++)
        if (names->slots[i] && names->slots[i] != &dropped) {
            larger.slots[slot_of(&larger, pvhop_name_of(names->slots[i]))] = names->slots[i];
            larger.used++;
        }
    free(names->slots);
    *names = larger;
    return true;
}

bool pvhop_names_put(struct pvhop_names *names, xmlNode *server)
{
    size_t slot;

    if (names->used * 2 >= names->size && !grow(names))
        return false;
    slot = slot_of(names, pvhop_name_of(server));
    names->used += !names->slots[slot];
    names->slots[slot] = server;
    return true;
}

xmlNode *pvhop_names_get(const struct pvhop_names *names, const char *name)
{
    return names->slots[slot_of(names, name)];
}

void pvhop_names_drop(struct pvhop_names *names, const char *name)
{
    size_t slot = slot_of(names, name);

    if (names->slots[slot])
        names->slots[slot] = &dropped;
}
