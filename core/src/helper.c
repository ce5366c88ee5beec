/* SPDX-License-Identifier: BSD-3-Clause */
#include "helper.h"
#include "route.h"
#include "route_memory.h"
#include "text.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 15000u
#define UPLOAD_MS 120000u      /* a megabyte and a half over a slow line */
#define FILE_MAX (2500u << 10) /* encoded, it has to fit into what the control channel holds */
#define QUESTION 900000000u    /* its number, of at most 9 digits; those of logins count from 1 */

struct pvhop_helper {
    const struct pvhop_route_site *site;
    struct pvhop_control *control;
    struct pvhop_helper_events events;
    void *user;
    struct pvhop_query *query;
    bool asking; /* the user, whether it may be uploaded */
    bool named;  /* by the recipe: not looked for elsewhere */
    bool other;  /* for another architecture than this computer's; looked for a second time */
    char local[4096];
    char name[128]; /* there: pvhop-relay-ARCHITECTURE-HASH */
    unsigned char *bytes;
    size_t len;
    char digest[65];
};

/* ---- the local file ---- */

static int find_local(const char *name, char *path, size_t size)
{
    static const char *const places[] = {"", "../libexec/pvhop/", "../lib/pvhop/",
                                         "../relay/" /* in the build tree */};
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    if (n <= 0)
        return -1;
    self[n] = '\0';
    slash = strrchr(self, '/');
    if (!slash)
        return -1;
    slash[1] = '\0';
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        int len = snprintf(path, size, "%s%s%s", self, places[i], name);

        if (len > 0 && (size_t)len < size && access(path, X_OK) == 0)
            return 0;
    }
    return -1;
}

int pvhop_helper_local(char *path, size_t size)
{
    return find_local("pvhop-relay", path, size);
}

int pvhop_helper_local_for(const char *machine, char *path, size_t size)
{
    char name[96];
    struct utsname us;

    if (uname(&us) == 0 && strcmp(us.machine, machine) == 0)
        return pvhop_helper_local(path, size);
    snprintf(name, sizeof(name), "pvhop-relay-%.64s", machine);
    return strchr(name, '/') ? -1 : find_local(name, path, size);
}

static int read_local(struct pvhop_helper *h, struct pvhop_error *err)
{
    FILE *f = fopen(h->local, "rb");
    struct stat st;
    int rc = -1;

    if (!f || fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
        st.st_size > (off_t)FILE_MAX) {
        pvhop_error_set(err, PVHOP_E_HELPER, "'%.500s' cannot be read, or is no pvhop-relay",
                        h->local);
        goto out;
    }
    free(h->bytes);
    h->bytes = malloc((size_t)st.st_size);
    h->len = h->bytes ? fread(h->bytes, 1, (size_t)st.st_size, f) : 0;
    if (h->len != (size_t)st.st_size) {
        pvhop_error_set(err, PVHOP_E_HELPER, "'%.500s' could not be read", h->local);
        goto out;
    }
    rc = 0;
out:
    if (f)
        fclose(f);
    return rc;
}

static int name_it(struct pvhop_helper *h, const char *machine, struct pvhop_error *err)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int len = 0;

    if (EVP_Digest(h->bytes, h->len, hash, &len, EVP_sha256(), NULL) != 1)
        return pvhop_error_set(err, PVHOP_E_SYSTEM, "the helper's hash could not be made");
    for (unsigned int i = 0; i < 32 && i < len; i++)
        snprintf(h->digest + 2 * i, 3, "%02x", hash[i]);
    snprintf(h->name, sizeof(h->name), "pvhop-relay-%.64s-%.16s", machine, h->digest);
    return 0;
}

static int name_own(struct pvhop_helper *h, struct pvhop_error *err)
{
    struct utsname us;

    if (uname(&us) != 0)
        return pvhop_error_set(err, PVHOP_E_SYSTEM, "the system does not tell what it is");
    return name_it(h, us.machine, err);
}

/* ---- scripts ---- */

/* works FILE: it runs, and is of this version. */
static void add_works(struct pvhop_text *t)
{
    pvhop_text_addf(t, "works() { [ \"$(\"$1\" --version 2>&1)\" = 'pvhop-relay %s' ]; }\n",
                    PVHOP_VERSION);
}

/* The folders, in their order, each as $dir. /tmp is shared: there the name is the user's. */
static void add_each_folder(struct pvhop_text *t)
{
    pvhop_text_addf(t, "for dir in \"${XDG_CACHE_HOME:-$HOME/.cache}/pvhop\" "
                       "\"$XDG_RUNTIME_DIR/pvhop\" \"/tmp/pvhop-$(id -u)\"; do\n"
                       "case $dir in /pvhop | [!/]*) continue ;; esac\n");
}

void pvhop_helper_add_resolve(struct pvhop_text *t, const struct pvhop_endpoint *host)
{
    pvhop_text_addf(t, "to=");
    pvhop_text_add_word(t, host->host);
    if (pvhop_endpoint_family(host) == AF_UNSPEC)
        pvhop_text_addf(t, "\nfound=$(getent ahosts \"$to\" | sed -n '1s/ .*//p')\n"
                           "[ -z \"$found\" ] || to=$found");
    pvhop_text_addf(t, "\ncase $to in *:*) to=\"[$to]\" ;; esac\n");
}

static void tell_failed(struct pvhop_helper *h, const struct pvhop_error *err)
{
    h->events.failed(h->user, err);
}

/* Of the answer's last line: what follows `word`; NULL if it does not begin so. */
static const char *last_line(const char *output, const char *word)
{
    const char *at = strrchr(output, '\n');

    at = at ? at + 1 : output;
    return strncmp(at, word, strlen(word)) == 0 ? at + strlen(word) : NULL;
}

static void on_put(void *user, int status, const char *output, size_t len)
{
    struct pvhop_helper *h = user;
    const char *path = last_line(output, "put ");
    struct pvhop_error err;
    char text[1024];

    (void)len;
    h->query = NULL;
    if (status == 0 && path) {
        snprintf(text, sizeof(text), "the helper pvhop-relay was put on %s, as %.500s",
                 pvhop_control_host(h->control), path);
        if (h->events.log)
            h->events.log(h->user, text);
        h->events.ready(h->user, path);
        return;
    }
    pvhop_error_set(&err, PVHOP_E_HELPER, "no folder of %s takes it and lets it run: %.1000s",
                    pvhop_control_host(h->control),
                    status == -1 ? "the upload took too long" : output);
    tell_failed(h, &err);
}

/*
 * Under a name of this process first, then renamed: whoever looks for it finds it whole. It is run
 * before, as a file system may forbid just that (noexec, SELinux). dash writes a here-document by a
 * process that it does not wait for, and that holds what is open before: a program that is still
 * open for writing does not run (ETXTBSY).
 */
static void upload(struct pvhop_helper *h)
{
    struct pvhop_text t = {0};
    size_t room = (h->len + 2) / 3 * 4 + 1;
    unsigned char *coded = malloc(room);
    struct pvhop_error err;

    if (!coded)
        goto out;
    EVP_EncodeBlock(coded, h->bytes, (int)h->len);
    pvhop_text_addf(&t, "umask 077\nbytes() { base64 -d <<'END' >\"$new\"\n");
    pvhop_text_add(&t, (const char *)coded, room - 1);
    pvhop_text_addf(&t, "\nEND\n}\n");
    add_works(&t);
    add_each_folder(&t);
    pvhop_text_addf(
        &t,
        "mkdir -p \"$dir\" && [ ! -L \"$dir\" ] && [ -O \"$dir\" ] && chmod 700 \"$dir\" || "
        "{ echo \"$dir is not ours;\"; continue; }\n"
        "new=$(mktemp \"$dir/new-XXXXXX\") || continue\n"
        "bytes\n"
        "size=$(wc -c <\"$new\")\n"
        "if [ \"$size\" -ne %zu ]; then echo \"$dir has no room (or base64 is missing);\"\n"
        "elif command -v sha256sum >/dev/null && "
        "[ \"$(sha256sum <\"$new\" | cut -c 1-64)\" != %s ]; then echo \"$dir spoils it;\"\n"
        "elif chmod 700 \"$new\" && works \"$new\" && mv -f \"$new\" \"$dir/%s\"; then\n"
        "echo \"put $dir/%s\"\nexit 0\n"
        "else echo \"$dir does not let it run: $(\"$new\" --version 2>&1 | head -n 1);\"\nfi\n"
        "rm -f \"$new\"\ndone\nexit 1\n",
        h->len, h->digest, h->name, h->name);
    if (!t.failed)
        h->query = pvhop_control_query(h->control, t.s, UPLOAD_MS, on_put, h);
out:
    free(coded);
    pvhop_text_free(&t);
    if (h->query)
        return;
    pvhop_error_set(&err, PVHOP_E_HELPER, "it could not be sent to %s",
                    pvhop_control_host(h->control));
    tell_failed(h, &err);
}

/* ---- consent ---- */

static void tell_refused(struct pvhop_helper *h, bool asked)
{
    struct pvhop_error err;

    if (h->site->no_upload && asked)
        *h->site->no_upload = true;
    pvhop_error_set(&err, PVHOP_E_HELPER, "it is not on %s, and %s", pvhop_control_host(h->control),
                    asked ? "you do not want it to be uploaded"
                          : "nobody could be asked whether it may be uploaded (--helper=upload "
                            "allows it)");
    pvhop_error_remedy(&err, "Allow it with --helper=upload, have pvhop-relay installed there, or "
                             "use another route.");
    tell_failed(h, &err);
}

static void on_answer(void *user, unsigned prompt_id, const char *answer, bool asked)
{
    struct pvhop_helper *h = user;

    (void)prompt_id;
    h->asking = false;
    if (answer && strcmp(answer, "yes") == 0) {
        pvhop_upload_agree(h->site->recipe, time(NULL));
        upload(h);
    } else {
        tell_refused(h, asked);
    }
}

/* It is the user's account over there: a program is put there only with the user's consent. */
static void ask_to_upload(struct pvhop_helper *h)
{
    const char *wish = pvhop_recipe_get(h->site->recipe, "helper");
    const char *host = pvhop_control_host(h->control);
    struct pvhop_prompt prompt = {
        .id = QUESTION, .kind = PVHOP_PROMPT_HELPER, .host = host, .echo = true, .count = 1};
    char text[800];

    if ((wish && strcmp(wish, "upload") == 0) || pvhop_upload_agreed(h->site->recipe)) {
        upload(h);
        return;
    }
    if (h->site->no_upload && *h->site->no_upload) {
        tell_refused(h, true);
        return;
    }
    if (!h->site->events) {
        tell_refused(h, false);
        return;
    }
    snprintf(
        text, sizeof(text),
        "This route needs pvhop's helper program, pvhop-relay, on %.300s. It is %zu KiB large, "
        "goes to your own cache folder there, runs with your rights only while you are "
        "connected, and is kept for the next time. You are asked once for each host.",
        host, h->len / 1024);
    prompt.text = text;
    h->asking = true;
    pvhop_events_prompt(h->site->events, &prompt, on_answer, h); /* may have answered already */
}

/* ---- looking ---- */

static void add_look(struct pvhop_text *t, const struct pvhop_helper *h, const char *named)
{
    add_works(t);
    if (named) {
        pvhop_text_addf(t, "file=$(command -v ");
        pvhop_text_add_path(t, named);
        pvhop_text_addf(t, ") && works \"$file\" && { echo \"have $file\"; exit 0; }\n");
    } else {
        pvhop_text_addf(t, "file=$(command -v pvhop-relay) && works \"$file\" && "
                           "{ echo \"have $file\"; exit 0; }\n");
        add_each_folder(t);
        pvhop_text_addf(t,
                        "file=$dir/%s\n[ -O \"$dir\" ] && [ -O \"$file\" ] && works \"$file\" && "
                        "{ echo \"have $file\"; exit 0; }\ndone\n",
                        *h->name ? h->name : "none");
    }
    pvhop_text_addf(t, "echo \"machine $(uname -m)\"\n");
}

static void on_looked(void *user, int status, const char *output, size_t len);

static bool look(struct pvhop_helper *h, const char *named)
{
    struct pvhop_text t = {0};

    add_look(&t, h, named);
    h->query = t.failed ? NULL : pvhop_control_query(h->control, t.s, LOOK_MS, on_looked, h);
    pvhop_text_free(&t);
    return h->query != NULL;
}

/* The one that was built for `machine`, if it lies beside ours: it may have been uploaded before.
 */
static bool look_for_other(struct pvhop_helper *h, const char *machine)
{
    if (pvhop_helper_local_for(machine, h->local, sizeof(h->local)) != 0 ||
        read_local(h, NULL) != 0 || name_it(h, machine, NULL) != 0)
        return false;
    h->other = true;
    return look(h, NULL);
}

static void on_looked(void *user, int status, const char *output, size_t len)
{
    struct pvhop_helper *h = user;
    const char *path = last_line(output, "have "), *machine = last_line(output, "machine ");
    const char *host = pvhop_control_host(h->control);
    struct utsname us;
    struct pvhop_error err;

    (void)len;
    h->query = NULL;
    if (status == 0 && path) {
        h->events.ready(h->user, path);
        return;
    }
    if (status != 0 || !machine)
        pvhop_error_set(&err, PVHOP_E_HELPER, "%s does not say whether it has one: %.300s", host,
                        status == -1 ? "no answer in time" : output);
    else if (h->named)
        pvhop_error_set(&err, PVHOP_E_HELPER,
                        "the one that was named for %s (--helper) does not run there, or is not "
                        "of version %s",
                        host, PVHOP_VERSION);
    else if (!h->other && uname(&us) == 0 && strcmp(us.machine, machine) != 0) {
        if (look_for_other(h, machine))
            return;
        pvhop_error_set(&err, PVHOP_E_HELPER,
                        "%s has none of version %s, and is of another architecture (%.60s) than "
                        "the one that could be uploaded (%s)",
                        host, PVHOP_VERSION, machine, us.machine);
    } else if (!h->bytes)
        pvhop_error_set(&err, PVHOP_E_HELPER,
                        "%s has none of version %s, and beside this program there is no "
                        "pvhop-relay that could be uploaded",
                        host, PVHOP_VERSION);
    else {
        ask_to_upload(h);
        return;
    }
    tell_failed(h, &err);
}

struct pvhop_helper *pvhop_helper_new(const struct pvhop_route_site *site,
                                      const struct pvhop_helper_events *events, void *user,
                                      struct pvhop_error *err)
{
    const char *wish = pvhop_recipe_get(site->recipe, "helper");
    struct pvhop_helper *h = NULL;

    if (wish && strcmp(wish, "never") == 0) {
        pvhop_error_set(err, PVHOP_E_HELPER, "this route needs it, and --helper=never forbids it");
        pvhop_error_remedy(err, "Allow it with --helper=auto, or use another route.");
        return NULL;
    }
    h = calloc(1, sizeof(*h));
    if (!h) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "no room for the helper");
        return NULL;
    }
    h->site = site;
    h->control = site->control;
    h->events = *events;
    h->user = user;
    h->named = wish && strcmp(wish, "auto") != 0 && strcmp(wish, "upload") != 0;
    if (site->helper)
        snprintf(h->local, sizeof(h->local), "%s", site->helper);
    else if (pvhop_helper_local(h->local, sizeof(h->local)) != 0)
        h->local[0] = '\0';
    if (!h->named && *h->local && (read_local(h, err) != 0 || name_own(h, err) != 0))
        goto fail;
    if (look(h, h->named ? wish : NULL))
        return h;
    pvhop_error_set(err, PVHOP_E_SSH_LOST, "the control channel is gone");
fail:
    pvhop_helper_free(h);
    return NULL;
}

void pvhop_helper_free(struct pvhop_helper *h)
{
    if (!h)
        return;
    if (h->asking)
        pvhop_events_prompt_cancel(h->site->events, QUESTION);
    pvhop_query_free(h->query);
    free(h->bytes);
    free(h);
}
