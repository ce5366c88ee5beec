/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an entry's command is: a terminal around ssh, ssh or plink itself, or a program of its own.
 * The options are those of ssh(1) and of PuTTY's plink.
 */
#include "convert_private.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

const char *convert_program(struct convert *c, const char *template)
{
    const char *path = convert_value(c, template), *name = path;
    char *copy;
    size_t len;

    for (const char *p = path; *p; p++)
        if (*p == '/' || *p == '\\')
            name = p + 1;
    if (!(copy = strdup(name))) {
        c->failed = true;
        return "";
    }
    for (char *p = copy; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    len = strlen(copy);
    if (len > 4 && strcmp(copy + len - 4, ".exe") == 0)
        copy[len - 4] = '\0';
    return convert_keep(c, copy);
}

bool convert_is_ssh(struct convert *c, const char *word)
{
    static const char *const programs[] = {"ssh", "plink", "klink", "slogin", NULL};
    const xmlNode *option = convert_single_option(c, word);

    return one_of(convert_program(c, word), programs) ||
           (option && pvhop_xml_is(pvhop_xml_first(option), "File") &&
            (convert_option_says(option, "ssh") || convert_option_says(option, "plink")));
}

static bool is_terminal(struct convert *c, const char *word)
{
    static const char *const programs[] = {"xterm",
                                           "uxterm",
                                           "rxvt",
                                           "urxvt",
                                           "gnome-terminal",
                                           "konsole",
                                           "xfce4-terminal",
                                           "lxterm",
                                           "eterm",
                                           "aterm",
                                           "kterm",
                                           "mate-terminal",
                                           "alacritty",
                                           "kitty",
                                           "terminator",
                                           "cmd",
                                           "start",
                                           "powershell",
                                           "setsid",
                                           "nohup",
                                           "env",
                                           "lxterminal",
                                           "x-terminal-emulator",
                                           NULL};
    const xmlNode *option = convert_single_option(c, word);

    return one_of(convert_program(c, word), programs) ||
           (option && (convert_option_says(option, "term") || convert_option_says(option, "cmd")));
}

static bool is_shell(struct convert *c, const char *word)
{
    static const char *const programs[] = {"sh", "bash", "dash", "zsh", "ksh", NULL};

    return one_of(convert_program(c, word), programs);
}

/* ---- ssh's own arguments ---- */

struct ssh_call {
    const char *host, *user, *port, *identity, *jump; /* templates */
    bool plink;
};

/* A jump host, before those that we have if it is nearer to the client. */
static void add_jump(struct convert *c, const char *host, const char *user, const char *port)
{
    const char *before = pvhop_recipe_get(c->recipe, "jump");

    convert_set(c, "jump",
                convert_printf(c, "%s%s%s%s%s%s%s", before ? before : "", before ? "," : "",
                               user ? user : "", user ? "@" : "", host, port ? ":" : "",
                               port ? port : ""));
}

/* -o Key=Value or "Key Value". */
static void take_setting(struct convert *c, struct ssh_call *call, const char *text)
{
    static const char *const silent[] = {
        "exitonforwardfailure", "serveraliveinterval", "serveralivecountmax",
        "tcpkeepalive",         "batchmode",           "loglevel",
        "requesttty",           "connecttimeout",      "controlmaster",
        "controlpath",          "controlpersist",      NULL};
    size_t len = strcspn(text, "= ");
    const char *value = text + len + strspn(text + len, "= ");
    char key[64];

    snprintf(key, sizeof(key), "%.*s", (int)len, text);
    for (char *p = key; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    if (strcmp(key, "port") == 0)
        call->port = value;
    else if (strcmp(key, "user") == 0)
        call->user = value;
    else if (strcmp(key, "identityfile") == 0)
        call->identity = value;
    else if (strcmp(key, "proxyjump") == 0)
        call->jump = value;
    else if (strcmp(key, "userknownhostsfile") == 0 && value[0] == '/')
        convert_set(c, "known-hosts", value);
    else if (strcmp(key, "stricthostkeychecking") == 0)
        convert_changed(c, "pvhop asks about the key of a host that it does not know, and refuses "
                           "one that changed.");
    else if (!one_of(key, silent))
        convert_left(c,
                     "ssh's option '%.100s' has no place in an entry. Put it into your ssh "
                     "configuration, which pvhop reads.",
                     text);
}

/* An option that takes a word. */
static void take_option(struct convert *c, struct ssh_call *call, char letter, const char *value)
{
    switch (letter) {
    case 'p':
    case 'P':
        call->port = value;
        break;
    case 'l':
        call->user = value;
        break;
    case 'i':
        call->identity = value;
        break;
    case 'J':
        call->jump = value;
        break;
    case 'F':
        convert_set(c, "ssh-config", value);
        break;
    case 'o':
        take_setting(c, call, value);
        break;
    case 'R':
    case 'L':
        c->tunnel = true;
        convert_use(c, value);
        break;
    case 'W':
    case 'w':
    case 'D':
        convert_left(c, "ssh's -%c %.100s is not carried over.", letter, value);
        break;
    default: /* ciphers, logs, multiplexing: not of a recipe's concern */
        convert_use(c, value);
    }
}

static void take_flag(struct convert *c, char letter)
{
    if (letter == 'X' || letter == 'Y')
        convert_changed(c, "X11 is not forwarded: pvserver draws where it runs, see --rendering.");
    else if (letter == 'A')
        convert_changed(c, "The ssh agent is not forwarded to the host.");
}

/* One word that begins with '-'. Returns how many words it took. */
static int take_dash(struct convert *c, struct ssh_call *call, char **words)
{
    static const char *const plink_flags[] = {"-ssh",   "-batch",   "-agent",        "-noagent",
                                              "-share", "-noshare", "-no-antispoof", NULL},
                             *const plink_values[] = {"-pw",     "-pwfile", "-load", "-hostkey",
                                                      "-sercfg", "-m",      NULL};
    const char *word = words[0], *with_value = call->plink ? "lPiLRD" : "BbcDEeFIiJLlmOoPpQRSWw";

    if (one_of(word, plink_flags))
        return 1;
    if (call->plink && one_of(word, plink_values)) {
        if (strncmp(word, "-pw", 3) == 0)
            convert_changed(c, "No password is kept: pvhop asks for it.");
        else
            convert_left(c, "plink's %s %.100s is not carried over.", word,
                         words[1] ? words[1] : "");
        if (words[1])
            convert_use(c, words[1]);
        return words[1] ? 2 : 1;
    }
    for (const char *p = word + 1; *p; p++) {
        if (!strchr(with_value, *p)) {
            take_flag(c, *p);
            continue;
        }
        if (p[1]) {
            take_option(c, call, *p, p + 1);
            return 1;
        }
        if (!words[1])
            return 1;
        take_option(c, call, *p, words[1]);
        return 2;
    }
    return 1;
}

static void take_destination(struct ssh_call *call, struct convert *c, const char *word)
{
    const char *at = strrchr(word, '@');

    if (strncmp(word, "ssh://", 6) == 0)
        word += 6;
    /* An '@' inside $NAME$ cannot be: a name is what stands between two dollars. */
    if (at && at > word) {
        call->user = convert_printf(c, "%.*s", (int)(at - word), word);
        call->host = at + 1;
    } else {
        call->host = word;
    }
}

static void take_call(struct convert *c, const struct ssh_call *call, bool far)
{
    if (far) { /* the host so far is on the way */
        const char *host = pvhop_recipe_get(c->recipe, "host"),
                   *user = pvhop_recipe_get(c->recipe, "user"),
                   *port = pvhop_recipe_get(c->recipe, "port");

        if (host)
            add_jump(c, host, user, port);
        pvhop_recipe_set(c->recipe, "user", NULL, NULL);
        pvhop_recipe_set(c->recipe, "port", NULL, NULL);
        convert_changed(c, "It logs in to the host through another one, as with ssh -J.");
    }
    convert_set(c, "host", call->host);
    if (call->user)
        convert_set(c, "user", call->user);
    if (call->port)
        convert_set(c, "port", call->port);
    if (call->identity)
        convert_set(c, "identity", call->identity);
    if (call->jump)
        convert_set(c, "jump", call->jump);
}

bool convert_ssh(struct convert *c, char **words, bool far)
{
    struct ssh_call call = {0};
    bool options = true;
    int i = 1;

    call.plink = strstr(convert_program(c, words[0]), "link") != NULL;
    convert_use(c, words[0]);
    while (words[i]) {
        if (options && strcmp(words[i], "--") == 0) {
            options = false;
            i++;
        } else if (options && words[i][0] == '-' && words[i][1]) {
            i += take_dash(c, &call, words + i);
        } else if (!call.host) { /* more options may follow */
            take_destination(&call, c, words[i++]);
        } else {
            break;
        }
    }
    if (!call.host || !*call.host) {
        convert_not(c, "Its ssh is given no host.");
        return false;
    }
    take_call(c, &call, far);
    if (c->why)
        return false;
    convert_remote_command(c, words + i);
    return true;
}

/* ---- what is around ssh ---- */

/* A program on this computer that is neither ssh nor a terminal: its work is hidden. */
static void local_program(struct convert *c, char **words)
{
    const char *program = convert_value(c, words[0]);
    struct pvhop_text all = {0};

    for (char **w = words; *w; w++)
        pvhop_text_addf(&all, "%s ", *w);
    if (all.failed) {
        c->failed = true;
        return;
    }
    if (strstr(all.s, "#SBATCH") || strstr(all.s, "sbatch "))
        pvhop_recipe_set(c->recipe, "scheduler", "slurm", NULL);
    else if (strstr(all.s, "#PBS") || strstr(all.s, "qsub "))
        pvhop_recipe_set(c->recipe, "scheduler", "pbs", NULL);
    else if (strstr(all.s, "#BSUB") || strstr(all.s, "bsub "))
        pvhop_recipe_set(c->recipe, "scheduler", "lsf", NULL);
    pvhop_text_free(&all);
    for (char **w = words + 1; *w && !pvhop_recipe_is_set(c->recipe, "host"); w++)
        if (strchr(*w, '@') && !strpbrk(*w, " $/;") && strchr(*w, '@') != *w)
            convert_set(c, "host", *w);
    if (!pvhop_recipe_is_set(c->recipe, "host") && !convert_host_from_options(c)) {
        convert_not(c,
                    "It runs '%.200s' on this computer, and does not say which host that reaches.",
                    program);
        return;
    }
    convert_use(c, words[0]);
    c->script = is_shell(c, words[0]) ? "the shell script in the entry"
                                      : convert_printf(c, "%s, on this computer", program);
}

/* `sh -c "ssh ..."` with nothing that only a shell could do. */
static bool shell_around_ssh(struct convert *c, char **words)
{
    char **inner = NULL;
    bool done = false;

    if (!words[1] || strcmp(words[1], "-c") != 0 || !words[2] || strpbrk(words[2], ";|&`'<>()#\\"))
        return false;
    inner = pvhop_split_command(words[2]);
    if (inner && inner[0] && strcmp(inner[0], "exec") == 0 && inner[1] &&
        convert_is_ssh(c, inner[1]))
        done = convert_ssh(c, inner + 1, false) || c->why;
    else if (inner && inner[0] && convert_is_ssh(c, inner[0]))
        done = convert_ssh(c, inner, false) || c->why;
    pvhop_args_free(inner);
    return done;
}

void convert_local_command(struct convert *c, char **words)
{
    const char *program = convert_program(c, words[0]);
    char **w = words;

    if (is_terminal(c, words[0]) && !convert_is_ssh(c, words[0])) {
        for (; *w && !convert_is_ssh(c, *w) && !is_shell(c, *w); w++)
            if (convert_single_option(c, *w)) /* others, as in a title, stand elsewhere too */
                convert_use(c, *w);
        if (!*w) {
            convert_not(c, "It opens a terminal, '%.200s', in which no ssh runs.",
                        convert_value(c, words[0]));
            return;
        }
        convert_changed(c, "No terminal is opened: pvhop asks in a window or in its own terminal.");
    }
    if (convert_is_ssh(c, *w)) {
        convert_ssh(c, w, false);
        return;
    }
    if (is_shell(c, *w) && shell_around_ssh(c, w))
        return;
    if (strcmp(program, "pvserver") == 0 ||
        (convert_is_launcher(program) && !convert_host_from_options(c)))
        convert_not(c, "It runs pvserver on this computer, where ParaView reaches it by itself.");
    else
        local_program(c, w);
}
