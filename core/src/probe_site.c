/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the front end says of itself, by one script (probe_site.sh): its addresses, whether the
 * helper may run there, and what is left of earlier connections.
 */
#include "helper.h"
#include "probe_private.h"
#include "scheduler_adapter.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define ASK_MS 10000u
#define LEFTOVERS_MAX 50u

extern const char pvhop_probe_site_script[];

struct probe_ask {
    struct pvhop_probe *p;
    struct pvhop_query *query;
};

static void read_addresses(struct pvhop_probe *p, const char *output)
{
    char *frame = sched_frame(output, "addresses", NULL), *second;
    unsigned port = 0;

    if (!frame)
        return;
    pvhop_inside_read(frame + strspn(frame, "\n"), p->machine, &p->inside);
    second = strchr(frame + strspn(frame, "\n"), '\n');
    if (second && sscanf(second, " %*s %*s %63s %u", p->came_in, &port) == 2 && port < 65536 &&
        pvhop_host_valid(p->came_in))
        p->came_in_port = (uint16_t)port;
    else
        *p->came_in = '\0';
    if (p->came_in_port == 0)
        p->came_in_port = 22;
    free(frame);
}

/* "10.77.2.1 fe.cluster.lab" a line: the name of one of the inside addresses, "" if it has none. */
static void name_of(const char *output, const char *address, char name[256])
{
    char *frame = sched_frame(output, "names", NULL), *at = frame, *line, has[64];

    *name = '\0';
    while (at && !*name && (line = sched_line(&at)))
        if (sscanf(line, "%63s %255s", has, name) != 2 || strcmp(has, address) != 0 ||
            !pvhop_host_valid(name))
            *name = '\0';
    free(frame);
}

static void read_names(struct pvhop_probe *p, const char *output)
{
    char name[256];

    for (size_t i = 0; i < p->inside.count; i++) {
        name_of(output, p->inside.at[i].host, name);
        json_array_append_new(p->inside_names,
                              json_pack("{s:o,s:s,s:n,s:n}", "name",
                                        *name ? json_string(name) : json_null(), "address",
                                        p->inside.at[i].host, "from_node", "from_node_name"));
    }
}

static void settle_helper(struct pvhop_probe *p, const char *output)
{
    char *frame = sched_frame(output, "helper", NULL), *text = frame ? sched_trim(frame) : NULL;
    const char *wish = pvhop_recipe_get(p->recipe, "helper");
    const struct pvhop_site *site = pvhop_login_site(p->login);
    char local[4096], folder[512], machine[64];
    struct utsname us;

    uname(&us);
    p->may.helper = PROBE_NO;
    if (wish && strcmp(wish, "never") == 0) {
        probe_settle(p, PROBE_HELPER, PVHOP_CHECK_NOTE, NULL,
                     "forbidden by --helper=never; routes 'relay-tunnel' and 'stdio' need it");
    } else if (text && strncmp(text, "may ", 4) == 0 && site &&
               !pvhop_site_allows(site, p->machine, "helper", "auto")) {
        probe_settle(p, PROBE_HELPER, PVHOP_CHECK_NOTE,
                     "Ask the administrator to install pvhop-relay there.",
                     "the site does not allow programs to be uploaded, and none is installed");
    } else if (text && strncmp(text, "have ", 5) == 0) {
        p->may.helper = PROBE_YES;
        probe_settle(p, PROBE_HELPER, PVHOP_CHECK_OK, NULL, "installed: %.500s", text + 5);
    } else if (text && sscanf(text, "may %511s %63s", folder, machine) == 2) {
        bool same = strcmp(machine, us.machine) == 0,
             there = pvhop_helper_local_for(machine, local, sizeof(local)) == 0;

        p->may.helper = there ? PROBE_YES : PROBE_NO;
        if (!same && !there)
            probe_settle(p, PROBE_HELPER, PVHOP_CHECK_NOTE,
                         "Ask the administrator to install pvhop-relay there; routes "
                         "'relay-tunnel' and 'stdio' need it.",
                         "the host is a %.60s, so the helper of this computer (%.60s) does not "
                         "run there",
                         machine, us.machine);
        else if (!there)
            probe_settle(p, PROBE_HELPER, PVHOP_CHECK_NOTE,
                         "Install pvhop-relay beside pvhop, or on the host.",
                         "none is installed there, and there is none here to be uploaded");
        else
            probe_settle(p, PROBE_HELPER, PVHOP_CHECK_OK, NULL,
                         "may be uploaded to %.400s, and runs there", folder);
    } else {
        p->may.helper = text ? PROBE_NO : PROBE_UNKNOWN;
        probe_settle(p, PROBE_HELPER, PVHOP_CHECK_NOTE,
                     "Ask the administrator to install pvhop-relay there; routes 'relay-tunnel' "
                     "and 'stdio' need it.",
                     "%.500s", text && *text ? text : "the host does not say");
    }
    free(frame);
}

/* The login has read it already. */
static void settle_site(struct pvhop_probe *p)
{
    const struct pvhop_site *site = pvhop_login_site(p->login);
    const struct pvhop_site_info *info;
    const char *path = pvhop_recipe_get(p->recipe, "site-file");

    if (!site) {
        probe_settle(p, PROBE_SITE, PVHOP_CHECK_OK, NULL, "it does not describe itself (%s)", path);
        return;
    }
    info = pvhop_site_about(site);
    p->machine =
        pvhop_site_find(site, pvhop_recipe_get(p->recipe, "host"), pvhop_control_host(p->control));
    p->site = json_pack("{s:o,s:o,s:o}", "path", probe_json_text(path), "name",
                        *info->name ? probe_json_text(info->name) : json_null(), "version",
                        *info->version ? probe_json_text(info->version) : json_null());
    probe_settle(p, PROBE_SITE, PVHOP_CHECK_OK, NULL, "%s%s%s describes itself%s%s", info->name,
                 *info->version ? ", version " : "", info->version,
                 *info->contact ? "; help: " : "", info->contact);
}

static void settle_leftovers(struct pvhop_probe *p, const char *output)
{
    char *frame = sched_frame(output, "leftovers", NULL), *at = frame, *line;
    size_t count;

    while (at && (line = sched_line(&at)) && json_array_size(p->leftovers) < LEFTOVERS_MAX)
        if (*(line = sched_trim(line)))
            json_array_append_new(p->leftovers, probe_json_text(line));
    count = json_array_size(p->leftovers);
    if (count == 0)
        probe_settle(p, PROBE_LEFTOVERS, PVHOP_CHECK_OK, NULL,
                     "nothing is left of earlier "
                     "connections");
    else
        probe_settle(p, PROBE_LEFTOVERS, PVHOP_CHECK_NOTE,
                     "What runs is of a connection that lasts; folders of past ones in "
                     "~/.cache/pvhop may be removed.",
                     "%zu of earlier connections: %s%s", count,
                     json_string_value(json_array_get(p->leftovers, 0)), count > 1 ? ", ..." : "");
    free(frame);
}

static void on_answer(void *user, int status, const char *output, size_t len)
{
    struct probe_ask *a = user;
    struct pvhop_probe *p = a->p;

    (void)len;
    a->query = NULL;
    if (status == -1) {
        static const enum probe_check checks[] = {PROBE_HELPER, PROBE_LEFTOVERS};

        for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
            probe_settle(p, checks[i], PVHOP_CHECK_NOTE,
                         "The host is slow, or its home folder hangs; try again later.",
                         "no answer within %u seconds", ASK_MS / 1000);
    } else {
        read_addresses(p, output);
        read_names(p, output);
        settle_helper(p, output);
        settle_leftovers(p, output);
    }
    probe_asked_host(p);
}

void probe_site_start(struct pvhop_probe *p)
{
    struct probe_ask *a = calloc(1, sizeof(*a));
    struct pvhop_text t = {0};

    settle_site(p);
    probe_begin(p, PROBE_HELPER, "Asking the host about itself");
    probe_begin(p, PROBE_LEFTOVERS, "Asking the host about itself");
    if (!a)
        return; /* the limit settles them */
    a->p = p;
    p->ask = a;
    pvhop_text_addf(&t, "VERSION=%s\naddresses() {\n%s\n}\n", PVHOP_VERSION, pvhop_inside_script);
    pvhop_text_add(&t, pvhop_probe_site_script, strlen(pvhop_probe_site_script));
    a->query = t.failed ? NULL : pvhop_control_query(p->control, t.s, ASK_MS, on_answer, a);
    pvhop_text_free(&t);
}

void probe_site_free(struct probe_ask *a)
{
    if (!a)
        return;
    pvhop_query_free(a->query);
    free(a);
}
