/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_RELAY_CONFIG_H
#define PVHOP_RELAY_CONFIG_H
/** Building a relay's configuration. These return NULL or -1 if memory ran out. */
#include <pvhop/relay.h>

/** Room for one more item in an array of `count` that always grows through here. */
void *pvhop_relay_grow(void *array, size_t count, size_t size);
struct pvhop_relay_map *pvhop_relay_new_map(struct pvhop_relay_config *config);
int pvhop_relay_map_port(struct pvhop_relay_map *map, uint16_t port);
struct pvhop_relay_rule *pvhop_relay_map_rule(struct pvhop_relay_map *map);
int pvhop_relay_rule_to(struct pvhop_relay_rule *rule, const struct pvhop_endpoint *to);
int pvhop_relay_list_from(struct pvhop_relay_from **list, size_t *count,
                          const struct pvhop_relay_from *from);
/** Sets from->bits from the text of a mask length, which must fit from->host. -1 if it does not. */
int pvhop_relay_from_bits(struct pvhop_relay_from *from, const char *text);
/** The port of a TCP service in /etc/services (no NSS: this also serves a static program). False if
 * it is not there. */
bool pvhop_service_port(const char *name, uint16_t *port);

#endif
