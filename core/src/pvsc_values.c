/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Source: pqServerLauncher (getDefaultEnvironment, createWidgets, updateEnvironment,
 * handleSwitchCases) and pqServerResource, ParaView 5.11 to 6.1. In this order, each over what was
 * before: the process's environment, ParaView's own, every <Set>, the answers to every <Option>,
 * and then, only if an <Option> showed a widget, the first case that fits of every <Switch>.
 */
#include "pvsc_values.h"
#include "text.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where a QSpinBox ends unless it is told otherwise: ParaView's own 99999999999, as an int. */
enum { SPIN_BOX_MAX = 1215752191 };
/* A QDoubleSpinBox has two decimals; beyond this there are none anyway. */
#define DECIMALS_MAX 1e15

static struct pvhop_value *add(struct pvhop_values *v, const char *name, const char *text)
{
    struct pvhop_value *more;

    if (!name)
        return NULL;
    if (!(more = realloc(v->list, (v->n + 1) * sizeof(*more)))) {
        v->failed = true;
        return NULL;
    }
    v->list = more;
    more[v->n] = (struct pvhop_value){.name = name, .text = text ? text : ""};
    return &more[v->n++];
}

static const char *given(const char *const *set, const char *name)
{
    size_t len = strlen(name);

    for (; set && *set; set++)
        if (strncmp(*set, name, len) == 0 && (*set)[len] == '=')
            return *set + len + 1;
    return NULL;
}

const char *pvhop_values_get(const struct pvhop_values *v, const char *name)
{
    const char *value;

    for (size_t i = v->n; i-- > 0;)
        if (strcmp(v->list[i].name, name) == 0)
            return v->list[i].text ? v->list[i].text : v->list[i].own;
    if ((value = given(v->set, name)))
        return value;
    /* Only this system is supported. */
    return strcmp(name, "PV_CLIENT_PLATFORM") == 0 ? "Linux" : NULL;
}

static long number_of(const char *text, long otherwise)
{
    char *end;
    long value = text && *text ? strtol(text, &end, 10) : otherwise;

    return text && *text && *end ? otherwise : value;
}

bool pvhop_values_from_version(const struct pvhop_values *v, long major, long minor, long patch)
{
    const long wanted[] = {major, minor, patch},
               its[] = {number_of(given(v->set, "PV_VERSION_MAJOR"), 5),
                        number_of(given(v->set, "PV_VERSION_MINOR"), 11),
                        number_of(given(v->set, "PV_VERSION_PATCH"), 0)};

    for (size_t i = 0; i < 3; i++)
        if (its[i] != wanted[i])
            return its[i] > wanted[i];
    return true;
}

/* ---- what ParaView has of its own ---- */

/* Of "csrc://user@Host:port": host and port, as a QUrl gives them. */
static void take_resource(struct pvhop_values *v, const xmlNode *server)
{
    const char *resource = pvhop_xml_attr(server, "resource"), *at, *end, *user;
    char *port;

    if (!resource || !(at = strstr(resource, "://")))
        return;
    at += 3;
    end = at + strcspn(at, "/");
    if ((user = memchr(at, '@', (size_t)(end - at))))
        at = user + 1;
    if (*at == '[' && memchr(at, ']', (size_t)(end - at))) {
        at++;
        end = strchr(at, ']');
        port = strchr(end, ':');
    } else {
        port = memchr(at, ':', (size_t)(end - at));
        end = port ? port : end;
    }
    snprintf(v->host, sizeof(v->host), "%.*s", (int)(end - at), at);
    for (char *c = v->host; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (port && port[1])
        snprintf(v->port, sizeof(v->port), "%.*s", (int)strcspn(port + 1, "/"), port + 1);
}

static void add_own(struct pvhop_values *v)
{
    struct pvhop_value *port;

    if (!given(v->set, "PV_SERVER_HOST"))
        add(v, "PV_SERVER_HOST", v->host);
    for (size_t i = 0; i < 2; i++) {
        const char *name = i ? "PV_SSH_PF_SERVER_PORT" : "PV_SERVER_PORT";

        if (given(v->set, name) || !(port = add(v, name, NULL)))
            continue;
        port->text = NULL;
        if (*v->port)
            snprintf(port->own, sizeof(port->own), "%s", v->port);
        else
            snprintf(port->own, sizeof(port->own), "%d", PVHOP_PARAVIEW_PORT);
    }
}

/* ---- what the user is asked for ---- */

static double real_of(const char *text, double otherwise)
{
    char *end;
    double value = text && *text ? strtod(text, &end) : otherwise;

    return !text || !*text || *end || !isfinite(value) ? otherwise : value;
}

/* What a spin box shows: the number within its bounds. */
static void spin_box(struct pvhop_value *value, const xmlNode *typed, const char *proposed)
{
    const char *type = pvhop_xml_attr(typed, "type"), *min = pvhop_xml_attr(typed, "min"),
               *max = pvhop_xml_attr(typed, "max");
    bool is_int = !type || strcmp(type, "int") == 0;
    double low, high, now;

    if (is_int) {
        low = (double)number_of(min, 0);
        high = (double)number_of(max, SPIN_BOX_MAX);
        now = (double)number_of(proposed, 0);
    } else {
        low = real_of(min, 0);
        high = real_of(max, 99999999999.0);
        now = real_of(proposed, 0);
        if (now > -DECIMALS_MAX && now < DECIMALS_MAX)
            now = (double)(long long)(now * 100 + (now < 0 ? -0.5 : 0.5)) / 100;
    }
    if (now > high)
        now = high;
    if (now < low)
        now = low;
    value->text = NULL;
    snprintf(value->own, sizeof(value->own), is_int ? "%.0f" : "%.15g", now);
}

/* A list shows what is proposed, if it has that, and else nothing. */
static const char *choice(const xmlNode *typed, const char *proposed)
{
    for (const xmlNode *e = pvhop_xml_first(typed); e && proposed; e = pvhop_xml_next(e)) {
        const char *its = pvhop_xml_attr(e, "value");

        if (pvhop_xml_is(e, "Entry") && its && strcmp(its, proposed) == 0)
            return its;
    }
    return "";
}

static const char *or_else(const char *value, const char *otherwise)
{
    return value ? value : otherwise;
}

/* What an input shows before anybody touches it. */
static void propose(struct pvhop_value *value, const xmlNode *typed, const char *proposed)
{
    if (pvhop_xml_is(typed, "Range") && !(proposed && strcmp(proposed, "random") == 0))
        spin_box(value, typed, proposed);
    else if (pvhop_xml_is(typed, "Enumeration"))
        value->text = choice(typed, proposed);
    else if (pvhop_xml_is(typed, "Boolean"))
        value->text = proposed && strcmp(proposed, or_else(pvhop_xml_attr(typed, "true"), "1")) == 0
                          ? proposed
                          : or_else(pvhop_xml_attr(typed, "false"), "0");
}

/* The answer to an <Option>. False if ParaView does not ask for it. */
static bool add_answer(struct pvhop_values *v, const xmlNode *option)
{
    static const char *const known[] = {"Range", "String",  "Password",
                                        "File",  "Boolean", "Enumeration"};
    const xmlNode *typed = pvhop_xml_first(option);
    const char *name = pvhop_xml_attr(option, "name"), *answer = name ? given(v->set, name) : NULL;
    const char *proposed = pvhop_xml_attr(typed, "default");
    struct pvhop_value *value;
    size_t kind = 0;

    while (kind < sizeof(known) / sizeof(known[0]) && !(typed && pvhop_xml_is(typed, known[kind])))
        kind++;
    if (!name || kind == sizeof(known) / sizeof(known[0]))
        return false;
    if (!(value = add(v, name, or_else(answer, proposed))))
        return true;
    if (!answer)
        propose(value, typed, proposed);
    if (strcmp(name, "PV_SERVER_PORT") == 0) /* who gives it moves the resource's port, too */
        snprintf(v->port, sizeof(v->port), "%.15s", pvhop_values_get(v, name));
    return true;
}

static void add_case(struct pvhop_values *v, const xmlNode *about)
{
    const char *name = pvhop_xml_attr(about, "name"),
               *now = name ? pvhop_values_get(v, name) : NULL;

    for (const xmlNode *c = pvhop_xml_first(about); now && c; c = pvhop_xml_next(c)) {
        const char *its = pvhop_xml_attr(c, "value");

        if (!pvhop_xml_is(c, "Case") || !its || strcmp(its, now) != 0)
            continue;
        for (const xmlNode *s = pvhop_xml_first(c); s; s = pvhop_xml_next(s))
            if (pvhop_xml_is(s, "Set"))
                add(v, pvhop_xml_attr(s, "name"), pvhop_xml_attr(s, "value"));
        return; /* the first that fits */
    }
}

void pvhop_values_fill(struct pvhop_values *v, const xmlNode *server, const char *const *set)
{
    const xmlNode *options = pvhop_xml_child(pvhop_entry_startup(server), "Options"), *o;
    bool asks = false;

    *v = (struct pvhop_values){.set = set};
    take_resource(v, server);
    add_own(v);
    for (o = pvhop_xml_first(options); o; o = pvhop_xml_next(o))
        if (pvhop_xml_is(o, "Set"))
            add(v, pvhop_xml_attr(o, "name"), pvhop_xml_attr(o, "value"));
    for (o = pvhop_xml_first(options); o; o = pvhop_xml_next(o))
        if (pvhop_xml_is(o, "Option"))
            asks |= add_answer(v, o);
    for (o = pvhop_xml_first(options); asks && o; o = pvhop_xml_next(o))
        if (pvhop_xml_is(o, "Switch"))
            add_case(v, o);
}

void pvhop_values_clear(struct pvhop_values *v)
{
    free(v->list);
    *v = (struct pvhop_values){0};
}
