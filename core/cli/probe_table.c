/* SPDX-License-Identifier: BSD-3-Clause */
#include "probe_table.h"
#include "cli.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NAME_COLUMN = 6, TEXT_COLUMN = 23 };

static const char *text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s ? s : "";
}

static const char *title(const char *check)
{
    static const char *const titles[][2] = {
        {"reach", "Reach"},
        {"hostkey", "Host key"},
        {"login", "Login"},
        {"speed", "Speed"},
        {"forwarding", "Forwarding"},
        {"helper", "Helper"},
        {"scheduler", "Batch system"},
        {"pvserver", "pvserver"},
        {"rendering", "Rendering"},
        {"nodes", "Nodes"},
        {"inside", "From a node"},
        {"site", "Site"},
        {"leftovers", "Leftovers"},
    };

    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        if (strcmp(titles[i][0], check) == 0)
            return titles[i][1];
    return check;
}

static void print_mark(const char *state)
{
    static const char *const marks[][3] = {{"ok", "ok", "\033[32m"},
                                           {"note", "note", "\033[33m"},
                                           {"bad", "bad", "\033[31m"},
                                           {"skipped", "-", ""}};
    bool colour = isatty(1);

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (strcmp(marks[i][0], state) == 0)
            printf("%s%-6s%s", colour ? marks[i][2] : "", marks[i][1],
                   colour && *marks[i][2] ? "\033[0m" : "");
}

static void print_checks(const json_t *result)
{
    size_t i;
    const json_t *c, *ms;

    json_array_foreach(json_object_get(result, "checks"), i, c)
    {
        char line[2048];

        ms = json_object_get(c, "ms");
        print_mark(text(c, "state"));
        printf("%-*s", TEXT_COLUMN - NAME_COLUMN, title(text(c, "check")));
        if (json_is_integer(ms) && json_integer_value(ms) >= 100)
            snprintf(line, sizeof(line), "%s (%.1f s)", text(c, "text"),
                     (double)json_integer_value(ms) / 1000);
        else
            snprintf(line, sizeof(line), "%s", text(c, "text"));
        cli_print_wrapped(stdout, line, TEXT_COLUMN, TEXT_COLUMN);
        if (*text(c, "remedy")) {
            printf("%*s-> ", TEXT_COLUMN, "");
            cli_print_wrapped(stdout, text(c, "remedy"), TEXT_COLUMN + 3, TEXT_COLUMN + 3);
        }
    }
}

static void print_routes(const json_t *result)
{
    size_t i;
    const json_t *r, *routes = json_object_get(result, "routes");

    if (json_array_size(routes) == 0)
        return;
    puts("\nRoutes");
    json_array_foreach(routes, i, r)
    {
        printf("%-6s%-*s",
               json_is_true(json_object_get(r, "recommended"))  ? "best"
               : !json_is_true(json_object_get(r, "possible"))  ? "no"
               : !json_is_true(json_object_get(r, "encrypted")) ? "open"
                                                                : "yes",
               TEXT_COLUMN - NAME_COLUMN, text(r, "route"));
        cli_print_wrapped(stdout, text(r, "why"), TEXT_COLUMN, TEXT_COLUMN);
    }
    if (*text(result, "recommended"))
        printf("\nRecommended: --route %s\n", text(result, "recommended"));
    else
        printf("\nRecommended: none; %s\n", text(result, "reason"));
    if (*text(result, "request"))
        printf("\nA text for the administrator:\n\n%s", text(result, "request"));
}

void probe_table_print(const char *json)
{
    json_t *result = json_loads(json, 0, NULL);

    print_checks(result);
    print_routes(result);
    json_decref(result);
}
