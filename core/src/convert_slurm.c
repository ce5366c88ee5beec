/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of srun and salloc that say what job is wanted; source: srun(1). */
#include "convert_private.h"
#include <stdlib.h>
#include <string.h>

static const struct job_option {
    const char *name, *field;
    char letter;
} options[] = {
    {"nodes", "nodes", 'N'},
    {"ntasks", "processes", 'n'},
    {"partition", "queue", 'p'},
    {"account", "account", 'A'},
    {"time", "walltime", 't'},
    {"job-name", "job-name", 'J'},
    {"mem", "memory", '\0'},
    {"constraint", "constraint", 'C'},
    {"reservation", "reservation", '\0'},
    {"gpus-per-node", "gpus", '\0'},
    {"ntasks-per-node", "(per-node)", '\0'},
};

/* Others of srun's, whose value may be a word of its own. */
static const char with_value[] =
    " bcast begin chdir clusters comment core-spec cpu-bind cpu-freq cpus-per-gpu cpus-per-task"
    " deadline dependency distribution epilog error exclude export extra-node-info gpu-bind"
    " gpu-freq gpus gpus-per-socket gpus-per-task gres hint input jobid licenses mail-type"
    " mail-user mcs-label mem-bind mem-per-cpu mem-per-gpu mpi network nodefile nodelist"
    " ntasks-per-core ntasks-per-gpu ntasks-per-socket open-mode output power prolog qos"
    " relative signal sockets-per-node switches task-epilog task-prolog threads"
    " threads-per-core time-min tmp uid wait wckey ";
static const char letters_with_value[] = "BcDdeGiLMmoqrTwWx";

/* The option that a word is or begins with; *value: what is in the same word, NULL if nothing. */
static const struct job_option *find(const char *word, const char **value)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        size_t len = strlen(options[i].name);

        *value = NULL;
        if (word[0] == '-' && word[1] == '-' && strncmp(word + 2, options[i].name, len) == 0 &&
            (word[2 + len] == '=' || !word[2 + len])) {
            if (word[2 + len])
                *value = word + 3 + len;
            return &options[i];
        }
        if (options[i].letter && word[0] == '-' && word[1] == options[i].letter) {
            if (word[2])
                *value = word + 2;
            return &options[i];
        }
    }
    return NULL;
}

/* Slurm's times without a unit are minutes, and M:S. */
static const char *slurm_time(struct convert *c, const char *text)
{
    size_t digits = strspn(text, "0123456789");

    if (digits && !text[digits])
        return convert_printf(c, "%sm", text);
    if (digits && text[digits] == ':' && !strchr(text + digits + 1, ':'))
        return convert_printf(c, "00:%s", text);
    return text;
}

/* True if a word is `--name`, or begins so, of an option that takes a value. */
static bool takes_value(const char *word)
{
    char name[64];

    if (word[0] != '-' || word[1] != '-' || !word[2])
        return false;
    snprintf(name, sizeof(name), " %.*s ", (int)strcspn(word + 2, " =:("), word + 2);
    return strstr(with_value, name) != NULL;
}

size_t convert_slurm_words(const char *const *word)
{
    const char *value;
    bool separate = find(word[0], &value) && !value;

    if (word[0][0] != '-' || !word[0][1])
        return 0;
    if (word[0][1] == '-')
        separate = separate || (takes_value(word[0]) && !strchr(word[0], '='));
    else if (!word[0][2])
        separate = separate || strchr(letters_with_value, word[0][1]);
    return separate && word[1] ? 2 : 1;
}

bool convert_slurm_names(const char *label)
{
    const char *value;
    char name[64];

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(label, " =:("), label);
    return takes_value(name) || (strncmp(name, "--", 2) == 0 && find(name, &value));
}

size_t convert_slurm_option(struct convert *c, const char *const *word)
{
    const char *value;
    const struct job_option *o = find(word[0], &value);
    size_t taken = value ? 1 : 2;

    if (!o || (!value && !(value = word[1])))
        return 0;
    if (strcmp(o->field, "(per-node)") == 0) {
        const char *number = convert_value(c, value);

        if (!*number || number[strspn(number, "0123456789")])
            return 0;
        c->per_node = number;
        c->per_node_asked = convert_single_option(c, value) != NULL;
        convert_use(c, value);
        return taken;
    }
    if (strcmp(o->field, "walltime") == 0 && !strchr(value, '$'))
        value = slurm_time(c, value);
    convert_set(c, o->field, value);
    return taken;
}

bool convert_slurm_arguments(struct convert *c, const char *const *word, size_t n)
{
    const char *value;
    size_t known = 0;

    /* Two at least: one letter may be anything. */
    for (size_t i = 0; i < n; i++)
        known += find(word[i], &value) != NULL;
    if (known < 2)
        return false;
    for (size_t i = 0; i < n;) {
        size_t taken = convert_slurm_option(c, word + i);

        if (!taken && word[i][0] == '-')
            convert_left(c, "The job's option '%.100s' is not carried over; see --scheduler-args.",
                         word[i]);
        i += taken ? taken : 1;
    }
    return true;
}
