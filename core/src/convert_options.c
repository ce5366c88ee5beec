/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The options of the old entry: which field each stands for, by its label and its name, as people
 * read them. What was asked for is asked for still.
 */
#include "convert_private.h"
#include "recipe_check.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const xmlNode *options_of(const struct convert *c)
{
    return pvhop_xml_child(pvhop_entry_startup(c->server), "Options");
}

const xmlNode *convert_option(const struct convert *c, const char *name)
{
    for (const xmlNode *o = pvhop_xml_first(options_of(c)); o; o = pvhop_xml_next(o)) {
        const char *its = pvhop_xml_attr(o, "name");

        if (pvhop_xml_is(o, "Option") && its && strcmp(its, name) == 0)
            return o;
    }
    return NULL;
}

/* ---- templates ---- */

/* The next $NAME$ at or after `at`: its start, with NAME in `name`; NULL: there is none. */
static const char *next_variable(const char *at, char name[128])
{
    for (const char *p = strchr(at, '$'); p; p = strchr(p + 1, '$')) {
        size_t len = strcspn(p + 1, "$ ");

        if (p[1 + len] != '$')
            continue;
        snprintf(name, 128, "%.*s", (int)len, p + 1);
        return p;
    }
    return NULL;
}

const xmlNode *convert_single_option(struct convert *c, const char *template)
{
    char name[128];
    const char *at = next_variable(template, name);

    return at == template && !at[strlen(name) + 2] ? convert_option(c, name) : NULL;
}

/* ParaView's own names for the client's version, which a recipe writes as {version}. */
static void add_versioned(struct pvhop_text *t, const char *text)
{
    static const char *const names[] = {"$PV_VERSION_FULL$",
                                        "$PV_VERSION_MAJOR$.$PV_VERSION_MINOR$.$PV_VERSION_PATCH$"};

    while (*text) {
        size_t len = 0;

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            if (strncmp(text, names[i], strlen(names[i])) == 0)
                len = strlen(names[i]);
        pvhop_text_addf(t, len ? "{version}" : "%.1s", text);
        text += len ? len : 1;
    }
}

const char *convert_value(struct convert *c, const char *template)
{
    struct pvhop_text t = {0};
    char *value;
    size_t len;

    pvhop_text_addf(&t, "%s", "");
    add_versioned(&t, template);
    if (t.failed) {
        pvhop_text_free(&t);
        c->failed = true;
        return "";
    }
    value = pvhop_entry_substitute(c->server, t.s);
    if (!value) {
        convert_not(c, "A value of its command names itself, or is too long.");
        return "";
    }
    len = strlen(value);
    if (len > 1 && value[0] == '"' && value[len - 1] == '"') { /* quotes for ParaView's splitting */
        memmove(value, value + 1, len - 2);
        value[len - 2] = '\0';
    }
    return convert_keep(c, value);
}

static void use_name(struct convert *c, const char *name)
{
    char **more = realloc(c->used, (c->n_used + 2) * sizeof(*more));

    if (!more || !(more[c->n_used] = strdup(name))) {
        c->failed = true;
        c->used = more ? more : c->used;
        return;
    }
    c->used = more;
    more[++c->n_used] = NULL;
}

void convert_use(struct convert *c, const char *template)
{
    char name[128];

    for (const char *at = template; (at = next_variable(at, name)); at += strlen(name) + 2)
        use_name(c, name);
}

bool convert_is_used(const struct convert *c, const char *name)
{
    for (size_t i = 0; i < c->n_used; i++)
        if (strcmp(c->used[i], name) == 0)
            return true;
    return false;
}

/* ---- fields ---- */

/* What people write where the user has to fill something in. */
static bool is_placeholder(const char *field, const char *value)
{
    static const char *const words[] = {"", "none", "random", "hh:mm:ss"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(value, words[i]) == 0)
            return true;
    return strcmp(field, "account") == 0 && strcasecmp(value, "default") == 0;
}

/* Whether what can be entered in the old option can be entered for the field. */
static bool input_fits(const xmlNode *option, const struct pvhop_field *f)
{
    const xmlNode *typed = pvhop_xml_first(option);

    if (pvhop_xml_is(typed, "String") || pvhop_xml_is(typed, "File"))
        return true;
    if (pvhop_xml_is(typed, "Range"))
        return f->type == PVHOP_FIELD_INT;
    if (!pvhop_xml_is(typed, "Enumeration") || !pvhop_xml_first(typed))
        return false;
    for (const xmlNode *e = pvhop_xml_first(typed); e; e = pvhop_xml_next(e)) {
        const char *value = pvhop_xml_attr(e, "value");

        if (!value || (*value && is_placeholder(f->name, value)) ||
            (*value && pvhop_value_check(f, value, NULL) != 0))
            return false;
    }
    return true;
}

static void ask(struct convert *c, const struct pvhop_field *f, const xmlNode *option)
{
    bool fits = option && input_fits(option, f);

    for (size_t i = 0; i < c->n_asked; i++)
        if (c->asked[i].field == f)
            return;
    if (c->n_asked < CONVERT_ASK_MAX)
        c->asked[c->n_asked++] = (struct convert_asked){f, fits ? option : NULL};
    if (option && !fits && pvhop_xml_is(pvhop_xml_first(option), "Enumeration"))
        convert_changed(c, "%s is typed in, no more chosen: not all of its choices fit.", f->title);
}

static bool set_value(struct convert *c, const struct pvhop_field *f, const char *value, bool asked)
{
    struct pvhop_error why = {0};

    if (asked && is_placeholder(f->name, value))
        value = "";
    if (*value && pvhop_recipe_set(c->recipe, f->name, value, &why) == 0)
        return true;
    if (strcmp(f->name, "host") == 0 && asked) { /* a recipe needs one */
        c->failed |= pvhop_recipe_set(c->recipe, "host", "HOST", NULL) != 0;
        convert_changed(c, "The host has no usable proposal: enter it in the place of HOST.");
        return true;
    }
    if (asked && *value)
        convert_changed(c, "%s is asked for without a proposal: '%.100s' is none.", f->title,
                        value);
    else if (*value)
        convert_left(c, "%s could not be taken over (%s); give it with --%s.", f->title, why.why,
                     f->name);
    return asked;
}

bool convert_set(struct convert *c, const char *field, const char *template)
{
    const struct pvhop_field *f = pvhop_field_find(field);
    const xmlNode *single;
    bool asked = false;
    char name[128];

    /* What was to keep a $ from the shell that wrote the file, in a here-document. */
    if (template[0] == '\\' && template[1] == '$')
        template ++;
    single = convert_single_option(c, template);
    for (const char *at = template; (at = next_variable(at, name)); at += strlen(name) + 2)
        asked = asked || convert_option(c, name);
    convert_use(c, template);
    if (!set_value(c, f, convert_value(c, template), asked)) {
        if (strcmp(field, "host") == 0)
            convert_not(c, "Its host '%.200s' is not one.", convert_value(c, template));
        return false;
    }
    if (asked)
        ask(c, f, single);
    if (asked && !single && strcmp(field, "host") != 0 && strcmp(field, "user") != 0)
        convert_changed(c, "%s is asked for as a whole: '%.200s'.", f->title,
                        convert_value(c, template));
    return true;
}

/* ---- by name and label ---- */

/* " number of nodes ", " pv nodes ": words in lower case, each with a space on both sides. */
static void words_of(const char *text, char out[256])
{
    size_t n = 0;

    out[n++] = ' ';
    for (const char *p = text; *p && n + 3 < 256; p++) {
        bool alnum = isalnum((unsigned char)*p) != 0;

        if (alnum && p > text && isupper((unsigned char)*p) &&
            (islower((unsigned char)p[-1]) ||
             (isupper((unsigned char)p[-1]) && islower((unsigned char)p[1]))) &&
            out[n - 1] != ' ')
            out[n++] = ' ';
        if (alnum)
            out[n++] = (char)tolower((unsigned char)*p);
        else if (out[n - 1] != ' ')
            out[n++] = ' ';
    }
    if (out[n - 1] != ' ')
        out[n++] = ' ';
    out[n] = '\0';
}

static bool says_any(const char *words, const char *list)
{
    char part[64];

    while (*list) {
        size_t len = strcspn(list, "|");

        snprintf(part, sizeof(part), "%.*s", (int)len, list);
        if (strstr(words, part))
            return true;
        list += len + (list[len] == '|');
    }
    return false;
}

bool convert_option_says(const xmlNode *option, const char *word)
{
    const char *name = pvhop_xml_attr(option, "name"), *label = pvhop_xml_attr(option, "label");
    char words[256];

    words_of(name ? name : "", words);
    if (strstr(words, word))
        return true;
    words_of(label ? label : "", words);
    return strstr(words, word) != NULL;
}

/* In the order in which they are tried; "" stands for: no field. */
static const struct meaning {
    const char *field, *words;
} meanings[] = {
    {"(port)", " port |serverport|clientport"},
    {"(id)", " connect id "},
    {"(secret)", "password|passphrase"},
    {"job-name", "job name|jobname"},
    {"reservation", "reservation"},
    {"", "node type|nodetype|head node|login node|thread|per mpi task|per task|per rank|"
         "per process|per rs |per socket|per core|resource set|jobscript|file system|"
         "email|mail user|mailuser"},
    {"memory", "memory| mem |memx"},
    {"gpus", "gpu"},
    {"(per-node)", "per node|pernode|per host|ppn"},
    {"queue", "queue|partition"},
    {"account", "account|project|allocation|charge|budget"},
    {"walltime", "walltime|wall time|wall clock|wallclock|minutes|hours|nummin| time "},
    {"nodes", "nodes|node count"},
    {"processes", "process|procs|tasks|ranks|cpus|cores|mpi np| np "},
    {"constraint", "architecture| arch |constraint"},
    {"rendering", "headless|rendering"},
    {"client-version", "version"},
    {"user", " user | username | login "},
};

static const char *meaning_of(const xmlNode *option)
{
    const char *texts[2] = {pvhop_xml_attr(option, "label"), pvhop_xml_attr(option, "name")};
    char words[256];

    for (int i = 0; i < 2; i++) {
        words_of(texts[i] ? texts[i] : "", words);
        for (size_t m = 0; m < sizeof(meanings) / sizeof(meanings[0]); m++)
            if (says_any(words, meanings[m].words))
                return meanings[m].field;
    }
    return "";
}

static bool is_number(const char *s)
{
    return *s && !s[strspn(s, "0123456789")];
}

static bool is_version(const char *s)
{
    return *s >= '0' && *s <= '9' && strchr(s, '.') && !s[strspn(s, "0123456789.")];
}

/* Whether a value that is there can be one of the field's, so that the words did not mislead. */
static bool value_fits(const char *field, const char *value)
{
    if (strcmp(field, "nodes") == 0 || strcmp(field, "processes") == 0 ||
        strcmp(field, "gpus") == 0)
        return is_number(value);
    if (strcmp(field, "memory") == 0)
        return *value >= '0' && *value <= '9';
    if (strcmp(field, "client-version") == 0)
        return is_version(value);
    if (strcmp(field, "pvserver") == 0)
        return *value == '/';
    return true;
}

/* Whether a field's value can come from an input of this kind: yes and no are none, and where few
 * words are possible, each choice has to be one of them. */
static bool kind_fits(const xmlNode *option, const struct pvhop_field *f)
{
    static const char *const yes_and_no[] = {"true", "false", "yes", "no", "on", "off", NULL};
    const xmlNode *typed = pvhop_xml_first(option);
    bool other = false;

    if (pvhop_xml_is(typed, "Boolean"))
        return false;
    if (!pvhop_xml_is(typed, "Enumeration"))
        return true;
    if (f->type == PVHOP_FIELD_CHOICE)
        return input_fits(option, f);
    for (const xmlNode *e = pvhop_xml_first(typed); e; e = pvhop_xml_next(e)) {
        const char *value = pvhop_xml_attr(e, "value");
        bool found = false;

        for (const char *const *w = yes_and_no; *w && value; w++)
            found = found || strcasecmp(value, *w) == 0;
        other = other || !found;
    }
    return other;
}

/* A time may be a number of minutes, or of hours, or both; pvhop's is one that says its unit. */
struct time_asked {
    const char *hours, *minutes;
};

static bool take_time(struct convert *c, const xmlNode *option, const char *value,
                      struct time_asked *asked)
{
    const struct pvhop_field *f = pvhop_field_find("walltime");
    const char **unit = convert_option_says(option, "hour") ? &asked->hours : &asked->minutes;

    if (is_number(value)) {
        if (*unit)
            return false;
        *unit = value;
        return true;
    }
    if (asked->hours || asked->minutes)
        return false;
    set_value(c, f, value, true);
    ask(c, f, option);
    return true;
}

static void set_time(struct convert *c, const struct time_asked *asked)
{
    const struct pvhop_field *f = pvhop_field_find("walltime");
    bool both = asked->hours && asked->minutes;
    const char *time = both
                           ? convert_printf(c, "%ldm",
                                            strtol(asked->hours, NULL, 10) % 1000000 * 60 +
                                                strtol(asked->minutes, NULL, 10) % 1000000)
                           : convert_printf(c, "%s%s", asked->hours ? asked->hours : asked->minutes,
                                            asked->hours ? "h" : "m");

    set_value(c, f, time, true);
    ask(c, f, NULL);
    convert_changed(c,
                    both ? "Hours and minutes are asked for as one time, with its unit: %s."
                         : "The time is asked for with its unit: %s.",
                    time);
}

static void keep_option(struct convert *c, const xmlNode *option)
{
    const char *name = pvhop_xml_attr(option, "name"), *label = pvhop_xml_attr(option, "label");
    unsigned line, column;

    pvhop_xml_place(option, &line, &column);
    if (c->n_kept == CONVERT_ASK_MAX) {
        convert_left(c, "'%.100s' of line %u is one option too many, and is lost.",
                     label ? label : name, line);
        return;
    }
    c->kept[c->n_kept++] = option;
    convert_left(c,
                 "'%.100s' of line %u is asked for still, but no field stands for it. Write "
                 "$%.100s$ where it belongs, such as in an argument --scheduler-args, or take it "
                 "out.",
                 label ? label : name, line, name);
}

/* True if the option was dealt with. */
static bool set_by_meaning(struct convert *c, const xmlNode *option, struct time_asked *time)
{
    const char *field = meaning_of(option), *name = pvhop_xml_attr(option, "name");
    const char *value = convert_value(c, convert_printf(c, "$%s$", name));
    const char *typed = pvhop_xml_attr(pvhop_xml_first(option), "default"),
               *slash = strrchr(value, '/');

    if (!typed || !*typed)
        value = "";
    else if (slash && strcmp(slash, "/pvserver") == 0)
        field = "pvserver";
    if (strcmp(field, "(port)") == 0 || strcmp(field, "(id)") == 0)
        return true;
    if (strcmp(field, "(secret)") == 0 || pvhop_xml_is(pvhop_xml_first(option), "Password")) {
        convert_changed(c, "No password is kept: pvhop asks for it.");
        return true;
    }
    if (strcmp(field, "(per-node)") == 0 && is_number(value) && !c->per_node) {
        c->per_node = value;
        c->per_node_asked = true;
        return true;
    }
    if (*field == '(' || !*field || pvhop_recipe_is_set(c->recipe, field) ||
        (!is_placeholder(field, value) && !value_fits(field, value)) ||
        !kind_fits(option, pvhop_field_find(field)))
        return false;
    for (size_t i = 0; i < c->n_asked; i++)
        if (strcmp(c->asked[i].field->name, field) == 0)
            return false;
    if (strcmp(field, "walltime") == 0)
        return take_time(c, option, value, time);
    if (!set_value(c, pvhop_field_find(field), value, true))
        return false;
    ask(c, pvhop_field_find(field), option);
    if (strcmp(field, "memory") == 0 && !convert_option_says(option, "node"))
        convert_left(c, "Memory is that of each node; see if '%.100s' means the same.", value);
    if (strcmp(field, "gpus") == 0 && convert_option_says(option, "total"))
        convert_left(c, "GPUs are those of each node; see if '%.100s' means the same.", value);
    return true;
}

/* Processes on each node, where pvhop asks for those in all. */
static void set_per_node(struct convert *c)
{
    long nodes = pvhop_recipe_number(c->recipe, "nodes", 1);
    const struct pvhop_field *f = pvhop_field_find("processes");
    bool asked = c->per_node_asked;

    if (pvhop_recipe_is_set(c->recipe, "processes"))
        return; /* both were asked for; those in all say enough */
    for (size_t i = 0; i < c->n_asked; i++)
        asked = asked || strcmp(c->asked[i].field->name, "nodes") == 0;
    set_value(c, f, convert_printf(c, "%ld", strtol(c->per_node, NULL, 10) % 1000000 * nodes),
              asked);
    if (!asked)
        return;
    ask(c, f, NULL);
    convert_changed(c, "Processes are asked for in all, and no more for each node.");
}

void convert_remaining_options(struct convert *c)
{
    struct time_asked time = {0};

    for (const xmlNode *o = pvhop_xml_first(options_of(c)); o && !c->failed;
         o = pvhop_xml_next(o)) {
        const char *name = pvhop_xml_attr(o, "name");

        if (!pvhop_xml_is(o, "Option") || !name || convert_is_used(c, name))
            continue;
        if (!set_by_meaning(c, o, &time))
            keep_option(c, o);
    }
    if (time.hours || time.minutes)
        set_time(c, &time);
    if (c->per_node)
        set_per_node(c);
}

const char *convert_scheduler_named(struct convert *c, const char **says)
{
    static const struct {
        const char *words, *scheduler;
    } systems[] = {{" slurm | sbatch ", "slurm"},
                   {" pbs ", "pbs"},
                   {" lsf | bsub ", "lsf"},
                   {" sge | grid engine ", "sge"}};
    const char *found = NULL, *as_srun = NULL;
    unsigned n_as_srun = 0;

    for (const xmlNode *o = pvhop_xml_first(options_of(c)); o; o = pvhop_xml_next(o)) {
        const char *name = pvhop_xml_attr(o, "name"), *label = pvhop_xml_attr(o, "label");
        char words[256];

        if (!pvhop_xml_is(o, "Option") || !name)
            continue;
        words_of(convert_printf(c, "%s %s", label ? label : "", name), words);
        for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
            if (!says_any(words, systems[i].words))
                continue;
            if (found && strcmp(found, systems[i].scheduler) != 0)
                return NULL;
            *says = found ? *says : label ? label : name;
            found = systems[i].scheduler;
        }
        if (label && convert_slurm_names(label) && n_as_srun++ == 0) /* one may be anything */
            as_srun = label;
    }
    if (!found && n_as_srun > 1) {
        found = "slurm";
        *says = as_srun;
    }
    return found;
}

bool convert_host_from_options(struct convert *c)
{
    static const char words[] = " host | hostname | machine | server | login ";

    for (const xmlNode *o = pvhop_xml_first(options_of(c)); o; o = pvhop_xml_next(o)) {
        const char *name = pvhop_xml_attr(o, "name"), *label = pvhop_xml_attr(o, "label");
        char both[256];

        if (!pvhop_xml_is(o, "Option") || !name || !pvhop_xml_is(pvhop_xml_first(o), "String"))
            continue;
        words_of(convert_printf(c, "%s %s", label ? label : "", name), both);
        if (!says_any(both, words) || says_any(both, " port | path ") ||
            (says_any(both, " user | username ") && !says_any(both, " host | hostname ")))
            continue;
        return convert_set(c, "host", convert_printf(c, "$%s$", name));
    }
    return false;
}
