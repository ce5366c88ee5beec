/* SPDX-License-Identifier: BSD-3-Clause */
/* Endpoints: what is taken can be printed, and read back to the same. */
#include "fuzz.h"
#include <pvhop/endpoint.h>
#include <sys/socket.h>

static void same_again(const struct pvhop_endpoint *ep)
{
    char text[PVHOP_ENDPOINT_TEXT];
    struct pvhop_endpoint again;
    struct sockaddr_storage sa;
    socklen_t len;
    struct pvhop_error err;

    check(pvhop_endpoint_parse(pvhop_endpoint_print(ep, text), -1, &again, &err) == 0);
    check(strcmp(again.host, ep->host) == 0 && again.port == ep->port);
    check(*ep->host == '\0' || pvhop_host_valid(ep->host));
    (void)pvhop_endpoint_is_loopback(ep);
    if (pvhop_endpoint_to_sockaddr(ep, AF_INET6, &sa, &len, &err) != 0)
        check_error(&err);
    else
        check(pvhop_endpoint_from_sockaddr((struct sockaddr *)&sa, len, &again) == 0 &&
              again.port == ep->port);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    struct pvhop_endpoint ep;
    struct pvhop_error err;
    uint16_t port;

    for (int default_port = -1; default_port < 2; default_port++) {
        if (pvhop_endpoint_parse(text, default_port, &ep, &err) == 0)
            same_again(&ep);
        else
            check_error(&err);
    }
    if (pvhop_port_parse(text, &port, &err) != 0)
        check_error(&err);
    (void)pvhop_host_valid(text);
    free(text);
    return 0;
}
