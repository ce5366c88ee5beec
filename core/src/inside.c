/* SPDX-License-Identifier: BSD-3-Clause */
#include "inside.h"
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* First line: the front end's addresses. Second: SSH_CONNECTION (ssh(1)), whose third word is the
 * one we came in by. */
const char pvhop_inside_script[] =
    "hostname -I 2>/dev/null || ip -o -4 addr show scope global | "
    "sed 's|.* inet \\([^/ ]*\\).*|\\1|' | tr '\\n' ' '; echo; echo \"$SSH_CONNECTION\"";

static bool is_listed(const struct pvhop_site_machine *machine, const char *address)
{
    for (size_t n = 0; machine && n < machine->front_end_count; n++) {
        const char *at = machine->front_ends[n].inside;

        for (size_t len; at += strspn(at, " ,\t\n"), (len = strcspn(at, " ,\t\n")) > 0; at += len)
            if (strlen(address) == len && strncmp(at, address, len) == 0)
                return true;
    }
    return false;
}

/* The site knows better which of them the nodes reach. */
static void keep_listed(struct pvhop_inside *in, const struct pvhop_site_machine *machine)
{
    struct pvhop_inside kept = {0};

    for (size_t i = 0; i < in->count; i++)
        if (is_listed(machine, in->at[i].host))
            kept.at[kept.count++] = in->at[i];
    if (kept.count > 0) {
        memcpy(in->at, kept.at, sizeof(in->at));
        in->count = kept.count;
    }
}

void pvhop_inside_read(const char *output, const struct pvhop_site_machine *machine,
                       struct pvhop_inside *out)
{
    const char *second = strchr(output, '\n');
    char came_in[64] = "", *save = NULL, copy[sizeof(out->all)];
    bool came_in_too = false;

    memset(out, 0, sizeof(*out));
    snprintf(out->all, sizeof(out->all), "%.*s", (int)strcspn(output, "\n"), output);
    if (second)
        sscanf(second, " %*s %*s %63s", came_in);
    memcpy(copy, out->all, sizeof(copy));
    for (char *word = strtok_r(copy, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
        struct pvhop_endpoint at = {0};

        snprintf(at.host, sizeof(at.host), "%.200s", word);
        if (pvhop_endpoint_family(&at) != AF_INET)
            continue;
        if (strcmp(word, came_in) == 0 && !is_listed(machine, word))
            came_in_too = true;
        else if (out->count < PVHOP_INSIDE_MAX)
            out->at[out->count++] = at;
    }
    if (out->count == 0 && came_in_too)
        snprintf(out->at[out->count++].host, sizeof(out->at[0].host), "%s", came_in);
    keep_listed(out, machine);
}
