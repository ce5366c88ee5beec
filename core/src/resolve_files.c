/* SPDX-License-Identifier: BSD-3-Clause */
/* Names without NSS: what a static program can look up by itself, in /etc/hosts and /etc/services.
 */
#include "relay_config.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pvhop/resolve.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static void add_literal(struct pvhop_addresses *list, const char *host)
{
    struct pvhop_endpoint ep = {.port = 0};
    socklen_t len;

    if (list->count == PVHOP_ADDRESSES_MAX)
        return;
    snprintf(ep.host, sizeof(ep.host), "%s", host);
    if (pvhop_endpoint_family(&ep) != AF_UNSPEC &&
        pvhop_endpoint_to_sockaddr(&ep, AF_UNSPEC, &list->at[list->count], &len, NULL) == 0)
        list->count++;
}

bool pvhop_resolve_literal(const char *host, struct pvhop_addresses *out)
{
    memset(out, 0, sizeof(*out));
    if (strcasecmp(host, "localhost") == 0) {
        add_literal(out, "127.0.0.1");
        add_literal(out, "::1");
    } else {
        add_literal(out, host);
    }
    return out->count > 0;
}

/* Takes the next word of a line of /etc/hosts or /etc/services; NULL at its end or at a comment. */
static char *word(char **at)
{
    char *w = *at + strspn(*at, " \t\r\n");

    if (*w == '\0' || *w == '#')
        return NULL;
    *at = w + strcspn(w, " \t\r\n#");
    if (**at == '#')
        **at = '\0';
    else if (**at)
        *(*at)++ = '\0';
    return w;
}

static void *files_start(struct pvhop_loop *loop, const char *host, pvhop_resolved_fn done,
                         void *user)
{
    struct pvhop_addresses found;
    struct pvhop_error err = {.code = PVHOP_OK};
    char line[1024], *at, *address, *name;
    FILE *file;

    (void)loop;
    if (pvhop_resolve_literal(host, &found)) {
        done(user, &found, &err);
        return NULL;
    }
    file = fopen("/etc/hosts", "re");
    while (file && fgets(line, sizeof(line), file)) {
        at = line;
        address = word(&at);
        while (address && (name = word(&at)))
            if (strcasecmp(name, host) == 0) {
                add_literal(&found, address);
                break;
            }
    }
    if (file)
        fclose(file);
    if (found.count == 0) {
        pvhop_error_set(&err, PVHOP_E_RESOLVE,
                        "'%s' is not in /etc/hosts, and this program asks no name service", host);
        pvhop_error_remedy(&err, "Give the address; 'getent ahosts %s' on this host prints it.",
                           host);
    }
    done(user, &found, &err);
    return NULL;
}

static void files_cancel(void *lookup)
{
    (void)lookup; /* none lasts longer than its start */
}

const struct pvhop_resolver pvhop_resolver_files = {.start = files_start, .cancel = files_cancel};

bool pvhop_service_port(const char *name, uint16_t *port)
{
    FILE *file = fopen("/etc/services", "re");
    char line[1024], *at, *service, *number, *protocol, *alias;
    bool found = false;

    while (file && !found && fgets(line, sizeof(line), file)) {
        at = line;
        service = word(&at);
        number = service ? word(&at) : NULL;
        protocol = number ? strchr(number, '/') : NULL;
        if (!protocol || strcmp(protocol, "/tcp") != 0)
            continue;
        *protocol = '\0';
        found = strcmp(service, name) == 0;
        while (!found && (alias = word(&at)))
            found = strcmp(alias, name) == 0;
        found = found && pvhop_port_parse(number, port, NULL) == 0;
    }
    if (file)
        fclose(file);
    return found;
}
