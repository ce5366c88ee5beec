/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli.h"
#include "readahead.h"
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* In the order of the overview. A name of two words is found before one of its first word. */
static const struct cli_verb *const verbs[] = {
    &cli_connect,    &cli_probe,        &cli_pvsc_new,    &cli_pvsc_list,    &cli_pvsc_show,
    &cli_pvsc_check, &cli_pvsc_convert, &cli_pvsc_add,    &cli_pvsc_remove,  &cli_pvsc_rename,
    &cli_pvsc_merge, &cli_pvsc_diff,    &cli_pvsc_bundle, &cli_pvsc_install, &cli_jobs,
    &cli_relay,      &cli_report,       &cli_help,        &cli_version,
};

const struct cli_verb *cli_verb_row(size_t n)
{
    return n < sizeof(verbs) / sizeof(verbs[0]) ? verbs[n] : NULL;
}

int cli_fail(const struct pvhop_error *err)
{
    char text[4096];

    fputs(pvhop_error_text(err, text, sizeof(text)), stderr);
    return pvhop_error_exit_code(err);
}

int cli_finish(int exit_code)
{
    struct pvhop_error err;

    if (fflush(stdout) == 0 && !ferror(stdout))
        return exit_code;
    pvhop_error_set(&err, PVHOP_E_SYSTEM, "standard output: %s", strerror(errno));
    return exit_code ? exit_code : cli_fail(&err);
}

const struct cli_option *cli_take_option(const struct cli_option *options, int argc, char **argv,
                                         const char **value, int *taken, struct pvhop_error *err)
{
    const char *word = argv[0];
    size_t len = strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0;

    *taken = 0;
    *value = NULL;
    for (const struct cli_option *o = options; len && o && o->name; o++) {
        const char *equals = word[2 + len] == '=' ? word + 3 + len : NULL;

        if (strlen(o->name) != len || strncmp(o->name, word + 2, len) != 0)
            continue;
        if (!o->meta && equals) {
            *taken = pvhop_error_set(err, PVHOP_E_USAGE, "--%s takes no value", o->name);
            return NULL;
        }
        *value = !o->meta ? NULL : equals ? equals : argc > 1 ? argv[1] : NULL;
        if (o->meta && (!*value || !**value || (!equals && strcmp(*value, "--") == 0))) {
            *taken = pvhop_error_set(err, PVHOP_E_USAGE, "--%s needs a value: --%s %s", o->name,
                                     o->name, o->meta);
            return NULL;
        }
        *taken = o->meta && !equals ? 2 : 1;
        return o;
    }
    return NULL;
}

int cli_take_words(const struct cli_option *options, int argc, char **argv, const char **words,
                   cli_option_fn take, void *user, struct pvhop_error *err)
{
    int n = 0, taken;

    for (int i = 0; i < argc; i += taken) {
        const char *value;
        const struct cli_option *o =
            cli_take_option(options, argc - i, argv + i, &value, &taken, err);

        if (taken < 0)
            return -1;
        if (o) {
            take(user, o->name, value);
            continue;
        }
        if (argv[i][0] == '-' && argv[i][1])
            return pvhop_error_set(err, PVHOP_E_USAGE, "there is no option '%.64s'", argv[i]);
        words[n++] = argv[i];
        taken = 1;
    }
    words[n] = NULL;
    return n;
}

int cli_usage(const struct cli_verb *verb, const char *why, struct pvhop_error *err)
{
    pvhop_error_set(err, PVHOP_E_USAGE, "%s", why);
    return pvhop_error_remedy(err, "Usage: pvhop %s %s", verb->name, verb->synopsis);
}

/* How many words of the command line name the verb; 0: they do not. */
static int match(const struct cli_verb *verb, int argc, char **argv)
{
    const char *name = verb->name;
    int words = 0;

    while (*name) {
        size_t len = strcspn(name, " ");

        if (words == argc || strlen(argv[words]) != len || strncmp(argv[words], name, len) != 0)
            return 0;
        words++;
        name += len + (name[len] == ' ');
    }
    return words;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static bool is_group(const char *word)
{
    size_t len = strlen(word);
    const struct cli_verb *verb;

    for (size_t n = 0; (verb = cli_verb_row(n)); n++)
        if (strncmp(verb->name, word, len) == 0 && verb->name[len] == ' ')
            return true;
    return false;
}

static int unknown_verb(int argc, char **argv)
{
    struct pvhop_error err;

    if (is_group(argv[0]) && (argc == 1 || asks_for_help(argc, argv))) {
        cli_print_help(argc == 1 ? stderr : stdout, argv[0]);
        return cli_finish(argc == 1 ? 64 : 0);
    }
    if (is_group(argv[0])) {
        pvhop_error_set(&err, PVHOP_E_USAGE, "there is no verb '%.64s %.64s'", argv[0], argv[1]);
        pvhop_error_remedy(&err, "See 'pvhop help %.64s'.", argv[0]);
    } else {
        pvhop_error_set(&err, PVHOP_E_USAGE, "there is no verb '%.64s'", argv[0]);
        pvhop_error_remedy(&err, "See 'pvhop help'.");
    }
    return cli_fail(&err);
}

/* A program that was started without one of 0, 1, 2 would take the next file it opens for it. */
static void open_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
}

int main(int argc, char **argv)
{
    const struct cli_verb *verb;

    open_standard_descriptors();
    setlocale(LC_ALL, "");
    signal(SIGPIPE, SIG_IGN);
    pvhop_readahead_install();
    argc--;
    argv++;
    if (argc == 0) {
        cli_print_overview(stderr);
        return 64; /* EX_USAGE */
    }
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
        cli_print_overview(stdout);
        return cli_finish(0);
    }
    if (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "-V") == 0)
        return cli_version.run(0, argv + 1);
    for (size_t n = 0; (verb = cli_verb_row(n)); n++) {
        int words = match(verb, argc, argv);

        if (!words)
            continue;
        if (!verb->own_help && asks_for_help(argc - words, argv + words)) {
            cli_print_help(stdout, verb->name);
            return cli_finish(0);
        }
        return verb->run(argc - words, argv + words);
    }
    return unknown_verb(argc, argv);
}
