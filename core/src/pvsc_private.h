/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_PVSC_PRIVATE_H
#define PVHOP_PVSC_PRIVATE_H
/** What the files of pvsc share. */
#include "pvsc_names.h"
#include "xml.h"
#include <pvhop/file.h>
#include <pvhop/pvsc.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVHOP_PVSC_MAX (64u * 1024 * 1024)
/* ParaView's own default for a port that a resource does not say. */
#define PVHOP_PARAVIEW_PORT 11111

struct pvhop_pvsc {
    xmlDocPtr doc;
    char *path; /* the file that it was read from; NULL: none */
    struct pvhop_file_state state;
    /* Kept for speed, and right at any time: the entry that each name stands for, and where
     * pvhop_pvsc_name was last (NULL: nowhere). */
    struct pvhop_names *named;
    xmlNode *at;
    size_t at_n;
};

/* The entry that ParaView would use: of several with one name, the last. NULL and *err: none. */
xmlNode *pvhop_pvsc_find(const struct pvhop_pvsc *f, const char *name, struct pvhop_error *err);
/* <CommandStartup>, unless a <ManualStartup> takes its place. */
xmlNode *pvhop_entry_startup(const xmlNode *server);

/* ---- pvsc_command.c ---- */
/* The words that QProcess makes of a command line; NULL: no memory. */
char **pvhop_split_command(const char *line);
/* The command line as ParaView puts it together from exec and Arguments, before $NAME$. Allocated.
 */
char *pvhop_entry_command_line(const xmlNode *server);
/* exec and Arguments of an <SSHCommand>, which run on the host. Allocated. */
char *pvhop_entry_ssh_command_words(const xmlNode *server);
/* Takes `line`; gives it back with values in the place of its $NAME$. NULL: endless, no memory. */
char *pvhop_entry_substitute(const xmlNode *server, char *line);
/* True if `value`, as one <Argument>, reaches the program as it is, also after ParaView's Edit
 * page. */
bool pvhop_argument_is_plain(const char *value);
/* What an option has at first, or a <Set> gives; NULL if there is none of that name. */
const char *pvhop_entry_option(const xmlNode *server, const char *name);

/* ---- the two styles: fill an empty <Server> ---- */
struct pvhop_entry_plan {
    const struct pvhop_recipe *recipe;
    const char *const *ask;
};
bool pvhop_plan_asks(const struct pvhop_entry_plan *plan, const char *field);
int pvhop_entry_fill_pvhop(struct pvhop_builder *b, xmlNode *server,
                           const struct pvhop_entry_plan *plan, struct pvhop_error *err);
int pvhop_entry_fill_openssh(struct pvhop_builder *b, xmlNode *server,
                             const struct pvhop_entry_plan *plan, struct pvhop_error *err);
/* <Option>s that have ParaView draw the client's port and the connect id. */
void pvhop_entry_draw_port(struct pvhop_builder *b, xmlNode *options);
void pvhop_entry_draw_id(struct pvhop_builder *b, xmlNode *options);
void pvhop_entry_set(struct pvhop_builder *b, xmlNode *options, const char *name,
                     const char *value);
/* The recipe's host without user and port, fit for a resource. */
void pvhop_resource_host(const struct pvhop_recipe *r, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
