/* SPDX-License-Identifier: BSD-3-Clause */
/* The outcome of a probe as JSON (probe.h). */
#include "probe_judge.h"
#include "utf8.h"
#include <stdlib.h>
#include <string.h>

json_t *probe_json_text(const char *text)
{
    char clean[2048];
    json_t *string = json_string(pvhop_utf8_clean(text, clean, sizeof(clean)));

    return string ? string : json_null();
}

static json_t *text(const char *s)
{
    return s && *s ? probe_json_text(s) : json_null();
}

static json_t *tri(enum probe_tri t)
{
    return t == PROBE_UNKNOWN ? json_null() : json_string(t == PROBE_YES ? "yes" : "no");
}

/* To a tenth; negative: not known. */
static json_t *number(double n)
{
    return n < 0 ? json_null() : json_real((double)(long)(n * 10 + 0.5) / 10);
}

static json_t *words(const char *list)
{
    json_t *array = json_array();
    char copy[256], *save = NULL;

    snprintf(copy, sizeof(copy), "%s", list);
    for (char *word = strtok_r(copy, ", ", &save); word; word = strtok_r(NULL, ", ", &save))
        json_array_append_new(array, probe_json_text(word));
    return array;
}

static json_t *ssh_object(const struct pvhop_probe *p)
{
    static const struct pvhop_sshlink_facts none;
    const struct pvhop_sshlink_facts *f = p->link ? pvhop_sshlink_facts(p->link) : &none;

    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "server", text(f->server), "methods",
                     words(f->offers), "used", text(f->used), "hostkey", text(f->hostkey),
                     "round_trip_ms", number(p->round_trip_ms), "mib_per_s", number(p->mib_per_s));
}

static json_t *forwarding_object(const struct probe_forwarding *m)
{
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "reverse_loopback",
                     tri(m->reverse_loopback), "reverse_inside", tri(m->reverse_inside),
                     "reverse_bound", tri(m->reverse_bound), "local", tri(m->local), "local_node",
                     tri(m->local_node), "stdio", tri(m->stdio), "max_sessions",
                     tri(m->max_sessions), "helper", tri(m->helper));
}

static json_t *checks_array(const struct pvhop_probe *p)
{
    json_t *array = json_array();

    for (int i = 0; i < PROBE_CHECKS; i++) {
        const struct probe_checked *c = &p->checks[i];

        if (!probe_is_told(p, (enum probe_check)i))
            continue;
        json_array_append_new(
            array,
            json_pack("{s:s,s:s,s:o,s:o,s:o}", "check", probe_check_name((enum probe_check)i),
                      "state", pvhop_check_state_name(c->state), "text", probe_json_text(c->text),
                      "remedy", probe_json_text(c->remedy), "ms",
                      c->begun ? json_integer((json_int_t)c->took_ms) : json_null()));
    }
    return array;
}

static void add_routes(const struct pvhop_probe *p, const struct probe_facts *facts, json_t *result)
{
    struct probe_verdict verdicts[PROBE_ROUTES];
    const struct probe_verdict *best = p->ready ? probe_judge(facts, verdicts) : NULL;
    const char *host = p->link ? pvhop_sshlink_host(p->link) : "";
    char *request = p->ready ? probe_request(facts, host) : NULL;
    json_t *array = json_array();

    for (size_t i = 0; p->ready && i < PROBE_ROUTES; i++)
        json_array_append_new(array, json_pack("{s:s,s:b,s:b,s:b,s:s}", "route", verdicts[i].route,
                                               "possible", (int)verdicts[i].possible, "recommended",
                                               (int)(&verdicts[i] == best), "encrypted",
                                               (int)verdicts[i].encrypted, "why", verdicts[i].why));
    json_object_set_new(result, "routes", array);
    json_object_set_new(result, "recommended", best ? json_string(best->route) : json_null());
    json_object_set_new(result, "reason",
                        best       ? json_string(best->why)
                        : p->ready ? json_string("no route that is encrypted is possible here")
                                   : json_null());
    json_object_set_new(result, "request", json_string(request ? request : ""));
    free(request);
}

char *probe_result(const struct pvhop_probe *p)
{
    struct probe_facts facts = {.may = p->may,
                                .nodes_ssh = p->nodes_ssh,
                                .batch = json_array_size(p->schedulers) > 0,
                                .site = p->ready ? pvhop_login_site(p->login) : NULL,
                                .machine = p->machine};
    const struct pvhop_sshlink_facts *ssh = p->link ? pvhop_sshlink_facts(p->link) : NULL;
    json_t *result;
    char *json;

    facts.may.stdio = facts.may.helper;
    result =
        json_pack("{s:o,s:o,s:o,s:o,s:o,s:O,s:O,s:O,s:o,s:O,s:O,s:o,s:o,s:o}", "host",
                  text(pvhop_recipe_get(p->recipe, "host")), "user",
                  text(ssh && *ssh->user ? ssh->user : pvhop_recipe_get(p->recipe, "user")),
                  "reached_ms", number(p->reached_ms), "ssh", ssh_object(p), "forwarding",
                  forwarding_object(&facts.may), "inside", p->inside_names, "schedulers",
                  p->schedulers, "pvservers", p->pvservers, "nodes_ssh", tri(p->nodes_ssh),
                  "leftovers", p->leftovers, "site", p->site, "checks", checks_array(p), "itself",
                  text(p->ready ? pvhop_control_host(p->control) : NULL), "node", text(p->node));
    if (!result)
        return NULL;
    add_routes(p, &facts, result);
    json = json_dumps(result, JSON_COMPACT | JSON_REAL_PRECISION(12));
    json_decref(result);
    return json;
}
