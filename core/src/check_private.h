/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CHECK_PRIVATE_H
#define PVHOP_CHECK_PRIVATE_H
/** What the rules share. */
#include "pvsc_private.h"
#include "text.h"
#include <pvhop/check.h>

struct check {
    const struct pvhop_pvsc *file;
    const xmlNode *server;
    const struct pvhop_rule *rule;
    pvhop_finding_fn fn;
    void *user;
    struct pvhop_text command; /* every value that takes part in the command, one a line */
};

/* A rule: `look` reports what it finds; `mend` changes it and returns in how many places. */
struct check_rule {
    struct pvhop_rule rule;
    void (*look)(struct check *c);
    int (*mend)(xmlNode *server);
};

void check_report(struct check *c, const xmlNode *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* <Options> of the startup that ParaView uses, manual or by command; NULL: none. */
xmlNode *check_options(const xmlNode *server);
/* <Command> or <SSHCommand>; NULL: none. */
xmlNode *check_command(const xmlNode *server);
/* "csrc" of "csrc://..."; false if the resource has none. */
bool check_scheme(const xmlNode *server, char out[16]);
bool check_is_reverse(const xmlNode *server);
/* True if an Option, a Set or a Set in a Case gives `name` a value. */
bool check_defines(const xmlNode *server, const char *name);
bool check_has_option(const xmlNode *server, const char *name);

/* check_entry.c */
void check_name(struct check *c);
void check_duplicate(struct check *c);
void check_resource(struct check *c);
void check_startup(struct check *c);
void check_two_startups(struct check *c);
void check_no_command(struct check *c);
void check_unknown_element(struct check *c);
void check_mistyped_attribute(struct check *c);
void check_connect_id(struct check *c);
void check_fixed_port(struct check *c);
void check_port_forwarding(struct check *c);
void check_short_delay(struct check *c);
void check_old_timeout(struct check *c);
int mend_old_timeout(xmlNode *server);
void check_stray_text(struct check *c);

/* check_options.c */
void check_option_name(struct check *c);
void check_option_type(struct check *c);
void check_range_default(struct check *c);
void check_label(struct check *c);
void check_password(struct check *c);
int mend_password(xmlNode *server);
void check_switch(struct check *c);
void check_port_option(struct check *c);
void check_unused_option(struct check *c);
void check_undefined(struct check *c);
void check_double_dollar(struct check *c);
void check_endless(struct check *c);
void check_not_ascii(struct check *c);
void check_forward_failure(struct check *c);

#endif
