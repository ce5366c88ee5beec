/* SPDX-License-Identifier: BSD-3-Clause */
#include "sshlink_agent.h"
#include "hostname_hash.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    MESSAGE_MAX = 256 * 1024,
    KEYS_LISTED_MAX = 256,
    LIST_MS = 5000,
    REQUEST_IDENTITIES = 11,
    IDENTITIES_ANSWER = 12
};

struct ssh_agent_conn {
    struct ssh_work *w;
    int fd;      /* the agent */
    int pair[2]; /* [0]: a copy of libssh's end, to shut down; [1]: ours */
    bool serving;
    pthread_t thread;
    pthread_mutex_t lock;
    const struct ssh_agent_blob *shown; /* under lock */
};

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(unsigned char *p, size_t n)
{
    p[0] = (unsigned char)(n >> 24);
    p[1] = (unsigned char)(n >> 16);
    p[2] = (unsigned char)(n >> 8);
    p[3] = (unsigned char)n;
}

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads or writes all of it; false at the end of the stream, a limit (end, 0 = none) or a cancel.
 */
static bool all(int fd, void *data, size_t len, bool writing, int cancel_fd, long end)
{
    unsigned char *at = data;
    while (len) {
        struct pollfd p[2] = {{.fd = fd, .events = writing ? POLLOUT : POLLIN},
                              {.fd = cancel_fd, .events = POLLIN}};
        long left = end ? end - now_ms() : -1;
        if (end && left <= 0)
            return false;
        int rc = poll(p, 2, (int)left);
        if (rc < 0 && errno == EINTR)
            continue;
        if (rc <= 0 || p[1].revents)
            return false;
        ssize_t n = writing ? send(fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT)
                            : recv(fd, at, len, MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

/* One message: its body in *body (to be freed), without the length. */
static bool read_message(int fd, unsigned char **body, size_t *len, int cancel_fd, long end)
{
    unsigned char head[4];
    *body = NULL;
    if (!all(fd, head, 4, false, cancel_fd, end))
        return false;
    *len = get32(head);
    if (*len == 0 || *len > MESSAGE_MAX || !(*body = malloc(*len)))
        return false;
    if (all(fd, *body, *len, false, cancel_fd, end))
        return true;
    free(*body);
    *body = NULL;
    return false;
}

static bool write_message(int fd, unsigned char *body, size_t len, int cancel_fd, long end)
{
    unsigned char head[4];
    put32(head, len);
    return all(fd, head, 4, true, cancel_fd, end) && all(fd, body, len, true, cancel_fd, end);
}

/* A string at *at; moves *at behind it. */
static bool take(const unsigned char **at, const unsigned char *end, const unsigned char **data,
                 size_t *len)
{
    if (end - *at < 4 || get32(*at) > (size_t)(end - *at - 4))
        return false;
    *len = get32(*at);
    *data = *at + 4;
    *at += 4 + *len;
    return true;
}

/* From the wire format (RFC 4253, 6.6): libssh's public interface takes base64 only. */
static ssh_key import(const unsigned char *blob, size_t len)
{
    const unsigned char *at = blob, *name;
    size_t name_len;
    char type_name[64];
    ssh_key key = NULL;
    if (!take(&at, blob + len, &name, &name_len) || name_len >= sizeof type_name)
        return NULL;
    memcpy(type_name, name, name_len);
    type_name[name_len] = 0;
    enum ssh_keytypes_e type = ssh_key_type_from_name(type_name);
    size_t size = len / 3 * 4 + 8;
    char *text = malloc(size);
    if (!text)
        return NULL;
    pvhop_base64(blob, len, text, size);
    if (strstr(type_name, "-cert-"))
        (void)ssh_pki_import_cert_base64(text, type, &key);
    else
        (void)ssh_pki_import_pubkey_base64(text, type, &key);
    free(text);
    return key;
}

static size_t parse_list(const unsigned char *body, size_t len, struct ssh_agent_key **keys)
{
    const unsigned char *at = body + 5, *end = body + len, *blob, *comment;
    size_t n = 0, blob_len, comment_len;
    if (len < 5 || body[0] != IDENTITIES_ANSWER)
        return 0;
    uint32_t count = get32(body + 1);
    *keys = calloc(KEYS_LISTED_MAX, sizeof **keys);
    while (*keys && n < count && n < KEYS_LISTED_MAX && take(&at, end, &blob, &blob_len) &&
           take(&at, end, &comment, &comment_len)) {
        struct ssh_agent_key *k = &(*keys)[n];
        k->key = import(blob, blob_len);
        k->comment = strndup((const char *)comment, comment_len);
        k->blob.data = malloc(blob_len ? blob_len : 1);
        if (k->key && k->comment && k->blob.data) {
            memcpy(k->blob.data, blob, blob_len);
            k->blob.len = blob_len;
            n++;
        } else {
            count -= count > n; /* one that libssh does not understand */
            ssh_key_free(k->key);
            free(k->comment);
            free(k->blob.data);
            *k = (struct ssh_agent_key){0};
        }
    }
    return n;
}

void pvhop_ssh_agent_keys_free(struct ssh_agent_key *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ssh_key_free(keys[i].key);
        free(keys[i].comment);
        free(keys[i].blob.data);
    }
    free(keys);
}

struct ssh_agent_conn *pvhop_ssh_agent_open(struct ssh_work *w, const char *path,
                                            struct ssh_agent_key **keys, size_t *n,
                                            struct pvhop_error *err)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct ssh_agent_conn *c = calloc(1, sizeof *c);
    unsigned char ask = REQUEST_IDENTITIES, *body = NULL;
    size_t len;
    *keys = NULL;
    *n = 0;
    if (!c) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the agent");
        return NULL;
    }
    *c = (struct ssh_agent_conn){.w = w, .fd = -1, .pair = {-1, -1}};
    pthread_mutex_init(&c->lock, NULL);
    if (strlen(path) >= sizeof to.sun_path) {
        pvhop_error_set(err, PVHOP_E_SSH_CONFIG, "%s: the path is too long for a socket", path);
        goto failed;
    }
    strcpy(to.sun_path, path);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* non-blocking: an agent that hangs may have a full queue */
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to)) {
        pvhop_error_set(err, PVHOP_E_SYSTEM, "%s: %s", path,
                        errno == EAGAIN ? "does not answer" : strerror(errno));
        goto failed;
    }
    long limit = w->auth_ms / 2 < LIST_MS ? (long)w->auth_ms / 2 : LIST_MS;
    long end = now_ms() + limit;
    if (!write_message(c->fd, &ask, 1, w->cancel_fd, end) ||
        !read_message(c->fd, &body, &len, w->cancel_fd, end)) {
        pvhop_error_set(err, PVHOP_E_TIMEOUT, "%s: no list of its keys came within %ld ms", path,
                        limit);
        goto failed;
    }
    *n = parse_list(body, len, keys);
    free(body);
    return c;
failed:
    pvhop_ssh_agent_close(c);
    return NULL;
}

/* Behind libssh's agent socket: one key is shown; everything else goes to the agent. */
static void *serve(void *arg)
{
    struct ssh_agent_conn *c = arg;
    unsigned char *body;
    size_t len;
    while (read_message(c->pair[1], &body, &len, c->w->cancel_fd, 0)) {
        bool ok;
        if (body[0] == REQUEST_IDENTITIES) {
            pthread_mutex_lock(&c->lock);
            const struct ssh_agent_blob *key = c->shown;
            pthread_mutex_unlock(&c->lock);
            size_t size = 1 + 4 + 4 + key->len + 4;
            unsigned char *reply = calloc(1, size);
            ok = reply != NULL;
            if (ok) {
                reply[0] = IDENTITIES_ANSWER;
                put32(reply + 1, 1);
                put32(reply + 5, key->len);
                memcpy(reply + 9, key->data, key->len); /* and an empty comment */
                ok = write_message(c->pair[1], reply, size, c->w->cancel_fd, 0);
            }
            free(reply);
            free(body);
        } else {
            ok = write_message(c->fd, body, len, c->w->cancel_fd, 0);
            free(body);
            ok = ok && read_message(c->fd, &body, &len, c->w->cancel_fd, 0);
            if (ok) {
                ok = write_message(c->pair[1], body, len, c->w->cancel_fd, 0);
                free(body);
            }
        }
        if (!ok)
            break;
    }
    shutdown(c->pair[1], SHUT_RDWR);
    return NULL;
}

/* Gives the session its agent socket, once: libssh would leak the one before. */
static int start(struct ssh_agent_conn *c, ssh_session session)
{
    int pair[2];
    if (c->serving)
        return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return -1;
    /* libssh closes its own end when it likes; ours is a copy, safe to shut down */
    c->pair[0] = fcntl(pair[0], F_DUPFD_CLOEXEC, 3);
    c->pair[1] = pair[1];
    if (c->pair[0] < 0 || ssh_set_agent_socket(session, pair[0]) != SSH_OK) {
        close(pair[0]);
        return -1;
    }
    c->serving = !pthread_create(&c->thread, NULL, serve, c);
    if (c->serving)
        pvhop_ssh_work_guard(c->w, 1, c->pair[0]);
    return c->serving ? 0 : -1;
}

int pvhop_ssh_agent_login(struct ssh_agent_conn *c, ssh_session session,
                          const struct ssh_agent_blob *blob)
{
    pthread_mutex_lock(&c->lock);
    c->shown = blob;
    pthread_mutex_unlock(&c->lock);
    return start(c, session) ? SSH_AUTH_DENIED : ssh_userauth_agent(session, NULL);
}

void pvhop_ssh_agent_close(struct ssh_agent_conn *c)
{
    if (!c)
        return;
    if (c->serving) {
        pvhop_ssh_work_guard(c->w, 1, -1);
        shutdown(c->pair[0], SHUT_RDWR);
        shutdown(c->fd, SHUT_RDWR);
        pthread_join(c->thread, NULL);
    }
    for (int i = 0; i < 2; i++)
        if (c->pair[i] >= 0)
            close(c->pair[i]);
    if (c->fd >= 0)
        close(c->fd);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
