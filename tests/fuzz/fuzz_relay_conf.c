/* SPDX-License-Identifier: BSD-3-Clause */
/* The relay's configuration grammar: any bytes are refused with a place, or give a usable
 * configuration. */
#include <pvhop/relay.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pvhop_relay_config config = {.idle_s = 0};
    struct pvhop_error err = {.code = PVHOP_OK};
    int rc = pvhop_relay_parse(&config, (const char *)data, size, "f", &err);

    if (rc != 0 && (err.code == PVHOP_OK || strncmp(err.why, "f:", 2) != 0))
        abort();
    for (size_t m = 0; rc == 0 && m < config.map_count; m++) {
        const struct pvhop_relay_map *map = &config.maps[m];

        if (map->port_count == 0 || map->rule_count == 0)
            abort();
        for (size_t r = 0; r < map->rule_count; r++) {
            if (map->rules[r].froms == 0 || map->rules[r].tos == 0)
                abort();
            for (size_t t = 0; t < map->rules[r].tos; t++)
                if (map->rules[r].to[t].port == 0 || !pvhop_host_valid(map->rules[r].to[t].host))
                    abort();
        }
    }
    pvhop_relay_config_free(&config);
    return 0;
}
