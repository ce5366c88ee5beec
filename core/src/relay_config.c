/* SPDX-License-Identifier: BSD-3-Clause */
#include "relay_config.h"
#include <pvhop/relay.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *pvhop_relay_grow(void *array, size_t count, size_t size)
{
    /* Grown when the count reaches a power of two: no capacity needs to be kept. */
    if (count & (count - 1))
        return array;
    return realloc(array, (count ? count * 2 : 1) * size);
}

struct pvhop_relay_map *pvhop_relay_new_map(struct pvhop_relay_config *config)
{
    struct pvhop_relay_map *maps =
        pvhop_relay_grow(config->maps, config->map_count, sizeof(*config->maps));

    if (!maps)
        return NULL;
    config->maps = maps;
    memset(&maps[config->map_count], 0, sizeof(*maps));
    return &maps[config->map_count++];
}

int pvhop_relay_map_port(struct pvhop_relay_map *map, uint16_t port)
{
    uint16_t *ports = pvhop_relay_grow(map->ports, map->port_count, sizeof(*ports));

    if (!ports)
        return -1;
    map->ports = ports;
    ports[map->port_count++] = port;
    return 0;
}

struct pvhop_relay_rule *pvhop_relay_map_rule(struct pvhop_relay_map *map)
{
    struct pvhop_relay_rule *rules =
        pvhop_relay_grow(map->rules, map->rule_count, sizeof(*map->rules));

    if (!rules)
        return NULL;
    map->rules = rules;
    memset(&rules[map->rule_count], 0, sizeof(*rules));
    return &rules[map->rule_count++];
}

int pvhop_relay_rule_to(struct pvhop_relay_rule *rule, const struct pvhop_endpoint *to)
{
    struct pvhop_endpoint *tos = pvhop_relay_grow(rule->to, rule->tos, sizeof(*tos));

    if (!tos)
        return -1;
    rule->to = tos;
    tos[rule->tos++] = *to;
    return 0;
}

int pvhop_relay_list_from(struct pvhop_relay_from **list, size_t *count,
                          const struct pvhop_relay_from *from)
{
    struct pvhop_relay_from *froms = pvhop_relay_grow(*list, *count, sizeof(*froms));

    if (!froms)
        return -1;
    *list = froms;
    froms[(*count)++] = *from;
    return 0;
}

int pvhop_relay_from_bits(struct pvhop_relay_from *from, const char *text)
{
    struct pvhop_endpoint ep = {.port = 0};
    uint16_t bits;
    int family;

    snprintf(ep.host, sizeof(ep.host), "%s", from->host);
    family = pvhop_endpoint_family(&ep);
    if (strlen(text) > 3 || pvhop_port_parse(text, &bits, NULL) ||
        bits > (family == AF_INET6 ? 128 : 32))
        return -1;
    from->bits = bits;
    return 0;
}

/* Copies text[0..len) into `host`, brackets taken off. False if it is too long. */
static bool copy_host(char host[PVHOP_HOST_MAX + 1], const char *text, size_t len)
{
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
        if (!memchr(text, ':', len))
            return false;
    } else if (memchr(text, '[', len)) {
        return false;
    }
    if (len > PVHOP_HOST_MAX)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    return true;
}

/* The length of the first part of `text`: up to the colon that is not inside brackets. */
static size_t first_part(const char *text)
{
    const char *end = text;

    if (*text == '[' && strchr(text, ']'))
        end = strchr(text, ']');
    return (size_t)(end - text) + strcspn(end, ":");
}

int pvhop_relay_add_map(struct pvhop_relay_config *config, const char *text, const char *bind,
                        struct pvhop_error *err)
{
    char listen_on[PVHOP_HOST_MAX + 1] = "", port_text[8] = "";
    size_t len = first_part(text);
    const char *rest = text;
    struct pvhop_relay_map *map;
    struct pvhop_relay_rule *rule;
    struct pvhop_endpoint to;
    uint16_t port;

    if (bind)
        snprintf(listen_on, sizeof(listen_on), "%s", bind);
    if (strspn(text, "0123456789") != len) { /* begins with an address to listen on */
        if (!copy_host(listen_on, text, len) || !pvhop_host_valid(listen_on) || text[len] != ':')
            goto refuse;
        rest = text + len + 1;
    }
    len = strcspn(rest, ":");
    if (len >= sizeof(port_text) || rest[len] != ':')
        goto refuse;
    memcpy(port_text, rest, len);
    if (pvhop_port_parse(port_text, &port, NULL) ||
        pvhop_endpoint_parse(rest + len + 1, -1, &to, NULL) || !to.host[0] || to.port == 0)
        goto refuse;

    map = pvhop_relay_new_map(config);
    rule = map ? pvhop_relay_map_rule(map) : NULL;
    if (!rule || pvhop_relay_map_port(map, port) || pvhop_relay_rule_to(rule, &to))
        return pvhop_error_set(err, PVHOP_E_MEMORY, "the map '%s' could not be kept", text);
    memcpy(map->listen_on, listen_on, sizeof(map->listen_on));
    return 0;
refuse:
    pvhop_error_set(err, PVHOP_E_VALUE, "'%s' is not a map", text);
    return pvhop_error_remedy(err, "Write PORT:HOST:PORT, such as 11111:client_host:11111, or "
                                   "BIND:PORT:HOST:PORT; IPv6 addresses in brackets.");
}

int pvhop_relay_add_allow(struct pvhop_relay_config *config, const char *text,
                          struct pvhop_error *err)
{
    struct pvhop_relay_from from = {.bits = -1, .low = 0, .high = UINT16_MAX};
    size_t len = strcspn(text, "/");

    /* Here no port can follow, so that an IPv6 address may also come without brackets. */
    if (!copy_host(from.host, text, len) || !pvhop_host_valid(from.host) ||
        (text[len] && pvhop_relay_from_bits(&from, text + len + 1))) {
        pvhop_error_set(err, PVHOP_E_VALUE, "'%s' is neither an address nor a network", text);
        return pvhop_error_remedy(err, "Write an address, a host name, or a network such as "
                                       "10.0.0.0/8.");
    }
    if (pvhop_relay_list_from(&config->allow, &config->allow_count, &from))
        return pvhop_error_set(err, PVHOP_E_MEMORY, "'%s' could not be kept", text);
    return 0;
}

void pvhop_relay_config_free(struct pvhop_relay_config *config)
{
    for (size_t m = 0; m < config->map_count; m++) {
        struct pvhop_relay_map *map = &config->maps[m];

        for (size_t r = 0; r < map->rule_count; r++) {
            free(map->rules[r].from);
            free(map->rules[r].to);
        }
        free(map->rules);
        free(map->ports);
    }
    free(config->maps);
    free(config->allow);
    memset(config, 0, sizeof(*config));
}
