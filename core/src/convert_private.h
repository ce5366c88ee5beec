/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CONVERT_PRIVATE_H
#define PVHOP_CONVERT_PRIVATE_H
/**
 * What the files of convert share. A "template" is a text of the old entry in which $NAME$ still
 * stands for the value of an option.
 */
#include "pvsc_private.h"
#include "text.h"
#include <pvhop/convert.h>

enum { CONVERT_ASK_MAX = 64, CONVERT_WORDS_MAX = 4096, CONVERT_HOPS_MAX = 8 };

struct convert_asked {
    const struct pvhop_field *field;
    const xmlNode
        *option; /* of the old entry, if its label and its kind of input fit as they are */
};

struct convert {
    const xmlNode *server;
    struct pvhop_recipe *recipe;
    struct convert_asked asked[CONVERT_ASK_MAX];
    size_t n_asked;
    const xmlNode *kept[CONVERT_ASK_MAX]; /* options that no field stands for */
    size_t n_kept;
    char **used; /* names of the options that need no more attention */
    size_t n_used;
    char **left, **changed;
    char *why;   /* set: not converted */
    char **pool; /* all strings made on the way */
    size_t n_pool;
    const char *script;    /* the site's program that is not known from inside; NULL: none */
    const char *arguments; /* what it is given; NULL: nothing */
    const char *per_node;  /* processes on each node, a number; NULL: not said */
    bool per_node_asked;
    bool tunnel;   /* ssh -R, -L, or PortForwarding */
    unsigned hops; /* ssh clients inside ssh clients */
    bool failed;   /* memory */
};

/* ---- convert.c: strings that live until the end; "" when memory ran out ---- */
const char *convert_keep(struct convert *c, char *text);
const char *convert_printf(struct convert *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void convert_left(struct convert *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void convert_changed(struct convert *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void convert_not(struct convert *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- convert_options.c ---- */
/* The template with the options' first values; the client's version becomes {version}. */
const char *convert_value(struct convert *c, const char *template);
/* The <Option> of that name, NULL if there is none or it is a <Set>. */
const xmlNode *convert_option(const struct convert *c, const char *name);
/* The <Option> that the template consists of; NULL if it is another text. */
const xmlNode *convert_single_option(struct convert *c, const char *template);
/* Sets a field to a template's value, and has it asked for if the template holds an <Option>. */
bool convert_set(struct convert *c, const char *field, const char *template);
/* Marks the options of a template as dealt with. */
void convert_use(struct convert *c, const char *template);
bool convert_is_used(const struct convert *c, const char *name);
/* True if an option's name or label says the word: "term" for /path/to/xterm. */
bool convert_option_says(const xmlNode *option, const char *word);
/* Fields for the options that are left, by their names and labels. */
void convert_remaining_options(struct convert *c);
/* The host, from options, for an entry whose command hides it. */
bool convert_host_from_options(struct convert *c);
/* The batch system that names and labels speak of, with one of them in *says; NULL: none, or two.
 */
const char *convert_scheduler_named(struct convert *c, const char **says);

/* ---- convert_ssh.c ---- */
/* The command, words as templates, that runs on this computer. */
void convert_local_command(struct convert *c, char **words);
/* Reads `ssh [option]... host [command]`; words[0] is ssh. `far`: the client is itself on a far
 * side, so the host that we have is one on the way. */
bool convert_ssh(struct convert *c, char **words, bool far);
bool convert_is_ssh(struct convert *c, const char *word);
/* "plink" of "C:\x\plink.exe", in lower case. */
const char *convert_program(struct convert *c, const char *template);

/* ---- convert_remote.c ---- */
/* What is to run on the host: words as ssh was given them. */
void convert_remote_command(struct convert *c, char **words);
bool convert_is_launcher(const char *program);

/* ---- convert_slurm.c: words end with NULL ---- */
/* An option of srun that a field stands for. Returns how many words it is; 0: it is not one. */
size_t convert_slurm_option(struct convert *c, const char *const *word);
/* A script's arguments, if they look like srun's options; true if they do. */
bool convert_slurm_arguments(struct convert *c, const char *const *word, size_t n);
/* How many words an option of srun is, 0 if the word begins none: its program. */
size_t convert_slurm_words(const char *const *word);
/* True for "--partition" and the like, as people label what they ask for. */
bool convert_slurm_names(const char *label);

#endif
