/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ssh runs on the host. Its words reach the shell there joined by spaces, so they are read as
 * a shell reads them: simple commands, one of which may be pvserver.
 */
#include "convert_private.h"
#include <stdlib.h>
#include <string.h>

struct command {
    const char *word[CONVERT_WORDS_MAX / 16];
    size_t n;
};

struct script {
    struct command command[32];
    size_t n;
    bool hard; /* it uses more of the shell than is understood here */
};

static bool one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

bool convert_is_launcher(const char *program)
{
    static const char *const launchers[] = {
        "mpirun", "mpiexec", "mpiexec.hydra", "orterun",    "srun", "jsrun",
        "aprun",  "ibrun",   "salloc",        "mpirun_rsh", NULL};

    return one_of(program, launchers);
}

/* ---- as a shell reads it ---- */

static void end_word(struct convert *c, struct script *s, struct pvhop_text *word, bool *open)
{
    struct command *last = &s->command[s->n];

    if (*open && last->n < sizeof(last->word) / sizeof(last->word[0]) - 1)
        last->word[last->n++] = convert_printf(c, "%s", word->s ? word->s : "");
    else if (*open)
        s->hard = true;
    c->failed |= word->failed;
    pvhop_text_free(word);
    memset(word, 0, sizeof(*word));
    *open = false;
}

static void end_command(struct script *s)
{
    if (s->command[s->n].n == 0)
        return;
    if (s->n + 1 < sizeof(s->command) / sizeof(s->command[0]))
        s->n++;
    else
        s->hard = true;
}

static void read_script(struct convert *c, const char *text, struct script *s)
{
    struct pvhop_text word = {0};
    bool open = false;
    char quote = '\0';

    for (const char *p = text; *p; p++) {
        if (quote && *p == quote) {
            quote = '\0';
        } else if (quote) {
            pvhop_text_add(&word, p, 1);
        } else if (*p == '\'' || *p == '"') {
            quote = *p;
            open = true;
        } else if (*p == '\\' && p[1]) {
            pvhop_text_add(&word, ++p, 1);
            open = true;
        } else if (strchr(" \t\r\n", *p)) {
            end_word(c, s, &word, &open);
        } else if (*p == ';' || *p == '&' || *p == '|') {
            end_word(c, s, &word, &open);
            s->hard = s->hard || (*p == '|' && p[1] != '|');
            end_command(s);
        } else {
            s->hard = s->hard || strchr("<>()`", *p);
            pvhop_text_add(&word, p, 1);
            open = true;
        }
    }
    end_word(c, s, &word, &open);
    end_command(s);
    s->hard = s->hard || quote;
}

static bool is_assignment(const char *word)
{
    size_t len = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    return len > 0 && word[len] == '=';
}

/* ---- pvserver's own words ---- */

/* What pvhop gives pvserver itself. Returns how many words it is; 0: another argument. */
static size_t own_argument(const char *const *word)
{
    static const char *const flags[] = {"-rc",
                                        "--rc",
                                        "--reverse-connection",
                                        "--use-offscreen-rendering",
                                        "--multi-clients",
                                        NULL},
                             *const values[] = {"-sp",           "--sp",
                                                "--server-port", "-ch",
                                                "--ch",          "--client-host",
                                                "--connect-id",  "--bind-address",
                                                "--hostname",    NULL};

    if (one_of(word[0], flags))
        return 1;
    for (const char *const *v = values; *v; v++) {
        size_t len = strlen(*v);

        if (strcmp(word[0], *v) == 0)
            return word[1] ? 2 : 1;
        if (strncmp(word[0], *v, len) == 0 && word[0][len] == '=')
            return 1;
    }
    return 0;
}

/* Adds a word, with the quotes that make it one again where it is to be read by a shell. */
static void add_word(struct pvhop_text *t, const char *word, bool shell)
{
    if (t->len)
        pvhop_text_addf(t, " ");
    if (shell && (!*word || strpbrk(word, " \t\"'\\;&|<>()`*?[]#~")))
        pvhop_text_add_word(t, word);
    else
        pvhop_text_addf(t, "%s", word);
}

static void set_text(struct convert *c, const char *field, struct pvhop_text *t)
{
    if (t->failed)
        c->failed = true;
    else if (t->len)
        convert_set(c, field, t->s);
    pvhop_text_free(t);
}

/* True for a launcher of Slurm's, whose options say what job is wanted. */
static bool scheduler_of_launcher(struct convert *c, const char *program)
{
    bool slurm = strcmp(program, "srun") == 0 || strcmp(program, "salloc") == 0;

    if (slurm || strcmp(program, "jsrun") == 0)
        c->failed |= pvhop_recipe_set(c->recipe, "scheduler", slurm ? "slurm" : "lsf", NULL) != 0;
    return slurm;
}

static void take_arguments(struct convert *c, const struct command *cmd, size_t from)
{
    struct pvhop_text arguments = {0};

    for (size_t i = from; i < cmd->n;) {
        size_t own = own_argument(cmd->word + i);

        for (size_t k = i; k < i + own; k++)
            convert_use(c, cmd->word[k]);
        if (strncmp(cmd->word[i], "--client-host=", 14) == 0 ||
            strncmp(cmd->word[i], "-ch=", 4) == 0 || strcmp(cmd->word[i], "-ch") == 0 ||
            strcmp(cmd->word[i], "--client-host") == 0) {
            const char *equals = strchr(cmd->word[i], '=');
            const char *host = equals ? equals + 1 : own == 2 ? cmd->word[i + 1] : "";

            if (!c->tunnel && *host && !strstr(host, "$PV_CLIENT_HOST$"))
                convert_set(c, "client-host", host);
        }
        if (!own)
            add_word(&arguments, cmd->word[i], false);
        i += own ? own : 1;
    }
    set_text(c, "pvserver-args", &arguments);
}

/* `cmd`, in which word `at` is pvserver; `before`: shell commands that came first. */
static void take_pvserver(struct convert *c, const struct command *cmd, size_t at,
                          struct pvhop_text *before)
{
    const char *resource = pvhop_xml_attr(c->server, "resource");
    struct pvhop_text launcher = {0};
    bool slurm = false;
    size_t i = 0;

    for (; i < at && (is_assignment(cmd->word[i]) || strcmp(cmd->word[i], "env") == 0 ||
                      strcmp(cmd->word[i], "exec") == 0 || strcmp(cmd->word[i], "nohup") == 0);
         i++)
        if (is_assignment(cmd->word[i])) {
            if (before->len)
                pvhop_text_addf(before, "; ");
            pvhop_text_addf(before, "export %s", cmd->word[i]);
        }
    if (i < at)
        slurm = scheduler_of_launcher(c, convert_program(c, cmd->word[i]));
    while (i < at) {
        size_t taken = slurm ? convert_slurm_option(c, cmd->word + i) : 0;

        if (!taken)
            add_word(&launcher, cmd->word[i], false);
        i += taken ? taken : 1;
    }
    set_text(c, "prelude", before);
    set_text(c, "mpi", &launcher);
    if (strcmp(cmd->word[at], "pvserver") != 0)
        convert_set(c, "pvserver", cmd->word[at]);
    take_arguments(c, cmd, at + 1);
    if (!c->tunnel && resource && strncmp(resource, "csrc", 4) == 0)
        c->failed |= pvhop_recipe_set(c->recipe, "route", "direct", NULL) != 0;
    else if (!c->tunnel) { /* ParaView connected to the host's open port */
        c->failed |= pvhop_recipe_set(c->recipe, "route", "tunnel", NULL) != 0;
        convert_changed(c, "pvserver is reached through an ssh tunnel, and needs no open port.");
    }
}

/* Where pvserver stands as the program of a command, itself or under a launcher; n: nowhere. */
static size_t pvserver_at(struct convert *c, const struct command *cmd)
{
    static const char *const wrappers[] = {"env",     "exec",      "nohup",       "nice",
                                           "vglrun",  "numactl",   "time",        "xvfb-run",
                                           "taskset", "apptainer", "singularity", NULL};
    bool launched = false;

    for (size_t i = 0; i < cmd->n; i++) {
        const char *program = convert_program(c, cmd->word[i]);

        if (strcmp(program, "pvserver") == 0)
            return i;
        if (convert_is_launcher(program) || one_of(program, wrappers))
            launched = true;
        else if (!launched && !is_assignment(cmd->word[i]))
            break;
    }
    return cmd->n;
}

/* `sh -c TEXT`, `bash -l -c TEXT`: TEXT; NULL: it is something else. */
static const char *inner_text(struct convert *c, const struct command *cmd)
{
    static const char *const shells[] = {"sh", "bash", "dash", "zsh", "ksh", NULL};

    if (cmd->n < 3 || !one_of(convert_program(c, cmd->word[0]), shells))
        return NULL;
    for (size_t i = 1; i + 1 < cmd->n && cmd->word[i][0] == '-'; i++)
        if (strchr(cmd->word[i], 'c') && cmd->word[i][1] != '-')
            return cmd->word[i + 1];
    return NULL;
}

static void take_text(struct convert *c, const char *text, int depth);

/* ssh to the next host, at the head of a command. */
static bool take_hop(struct convert *c, const struct command *cmd)
{
    char *words[sizeof(cmd->word) / sizeof(cmd->word[0]) + 1];
    size_t from = strcmp(cmd->word[0], "exec") == 0 && cmd->n > 1 ? 1 : 0;

    if (!convert_is_ssh(c, cmd->word[from]) || ++c->hops > CONVERT_HOPS_MAX)
        return false;
    for (size_t i = from; i < cmd->n; i++)
        words[i - from] = (char *)(uintptr_t)cmd->word[i];
    words[cmd->n - from] = NULL;
    convert_ssh(c, words, true);
    return true;
}

/* Commands that prepare for the one that counts. */
static bool is_preparation(struct convert *c, const struct command *cmd)
{
    static const char *const words[] = {"module", "ml",     "source", ".",   "export", "cd",
                                        "unset",  "ulimit", "umask",  "set", "setenv", "mkdir",
                                        "echo",   "sleep",  "true",   ":",   NULL};

    return one_of(convert_program(c, cmd->word[0]), words);
}

/* The words around a program: assignments, env with its options, a shell that is given a file. */
static size_t skip_wrappers(struct convert *c, const struct command *cmd, struct pvhop_text *before)
{
    static const char *const plain[] = {"exec", "nohup", "time", "nice", NULL};
    static const char *const shells[] = {"sh", "bash", "dash", "zsh", "ksh", "csh", "tcsh", NULL};
    size_t i = 0;

    while (i + 1 < cmd->n) {
        const char *program = convert_program(c, cmd->word[i]);
        bool env = strcmp(program, "env") == 0;

        if (is_assignment(cmd->word[i])) {
            pvhop_text_addf(before, "%sexport %s", before->len ? "; " : "", cmd->word[i]);
        } else if (env || one_of(program, shells)) {
            size_t k = i + 1;

            /* An option with a c, such as -c or -lc, brings commands: those are no file. */
            while (k + 1 < cmd->n && cmd->word[k][0] == '-' && !strchr(cmd->word[k], 'c'))
                k += env && strcmp(cmd->word[k], "-u") == 0 ? 2 : 1;
            if (k >= cmd->n || cmd->word[k][0] == '-')
                return i;
            i = k - 1;
        } else if (!one_of(program, plain)) {
            return i;
        }
        i++;
    }
    return i;
}

/* srun's own words are its job's, and the launcher's; returns where its program stands. */
static size_t take_srun(struct convert *c, const struct command *cmd, size_t at)
{
    struct pvhop_text launcher = {0};
    size_t i = at + 1;

    if (!scheduler_of_launcher(c, convert_program(c, cmd->word[at])))
        return at;
    add_word(&launcher, cmd->word[at], false);
    for (size_t words; i < cmd->n && (words = convert_slurm_words(cmd->word + i)); i += words) {
        if (convert_slurm_option(c, cmd->word + i))
            continue;
        for (size_t k = i; k < i + words; k++)
            add_word(&launcher, cmd->word[k], true);
    }
    set_text(c, "mpi", &launcher);
    return i < cmd->n ? i : at;
}

/* The commands from `from` up to `to`, as they would be typed. */
static void add_commands(struct pvhop_text *text, const struct script *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        for (size_t k = 0; k < s->command[i].n; k++) {
            if (k == 0 && text->len)
                pvhop_text_addf(text, ";");
            add_word(text, s->command[i].word[k], true);
        }
}

/* What the commands after the one that counts are. */
static void tell_rest(struct convert *c, const struct script *s, size_t from)
{
    struct pvhop_text text = {0};

    add_commands(&text, s, from, s->n);
    c->failed |= text.failed;
    if (text.len && !text.failed)
        convert_left(c, "What comes after that, '%.400s', is not run.", text.s);
    pvhop_text_free(&text);
}

/*
 * A program of the site's, with `before` it what prepares for it. What is asked for its arguments
 * is left to convert_options.c.
 */
static void take_site_script(struct convert *c, const struct script *s)
{
    struct pvhop_text before = {0}, words = {0};
    const struct command *cmd = &s->command[0];
    size_t i = 0, at, program;

    if (s->n == 0) {
        c->script = "the command";
        return;
    }
    while (i + 1 < s->n && !s->hard && is_preparation(c, &s->command[i]))
        i++;
    cmd = &s->command[i];
    add_commands(&before, s, 0, i);
    at = s->hard ? 0 : skip_wrappers(c, cmd, &before);
    set_text(c, "prelude", &before);
    program = take_srun(c, cmd, at);
    c->script = convert_value(c, cmd->word[program]);
    if (convert_single_option(c, cmd->word[program])) /* which script: pvhop runs none */
        convert_use(c, cmd->word[program]);
    if (program == at && convert_slurm_arguments(c, cmd->word + program + 1, cmd->n - program - 1))
        c->failed |= pvhop_recipe_set(c->recipe, "scheduler", "slurm", NULL) != 0;
    for (size_t k = program + 1; k < cmd->n && words.len < 400; k++)
        add_word(&words, cmd->word[k], false);
    c->failed |= words.failed;
    if (words.len && !words.failed)
        c->arguments = convert_printf(c, "%.400s", words.s);
    pvhop_text_free(&words);
    tell_rest(c, s, i + 1);
}

static void take_script(struct convert *c, const struct script *s, int depth)
{
    struct pvhop_text before = {0};
    const char *inner;

    for (size_t i = 0; i < s->n; i++) {
        const struct command *cmd = &s->command[i];
        size_t at = pvserver_at(c, cmd);

        if (at < cmd->n && !s->hard) {
            take_pvserver(c, cmd, at, &before);
            return;
        }
        if (s->n == 1 && depth < 4 && (inner = inner_text(c, cmd))) {
            pvhop_text_free(&before);
            take_text(c, inner, depth + 1);
            return;
        }
        if (depth < 4 && i == 0 && take_hop(c, cmd)) {
            pvhop_text_free(&before);
            return;
        }
        for (size_t k = 0; k < cmd->n; k++) {
            if (k == 0 && before.len)
                pvhop_text_addf(&before, ";");
            add_word(&before, cmd->word[k], true);
        }
    }
    pvhop_text_free(&before);
    take_site_script(c, s);
}

static void take_text(struct convert *c, const char *text, int depth)
{
    struct script *s = calloc(1, sizeof(*s));

    if (!s) {
        c->failed = true;
        return;
    }
    read_script(c, text, s);
    take_script(c, s, depth);
    free(s);
}

void convert_remote_command(struct convert *c, char **words)
{
    struct pvhop_text text = {0};

    for (char **w = words; *w; w++)
        pvhop_text_addf(&text, "%s%s", w > words ? " " : "", *w);
    if (text.failed)
        c->failed = true;
    else if (!text.len)
        convert_left(c, "It opens the tunnel only, and pvserver is started by hand. pvhop starts "
                        "it: say how, with --pvserver, --prelude and --mpi.");
    else
        take_text(c, text.s, 0);
    pvhop_text_free(&text);
}
