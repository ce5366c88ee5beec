// SPDX-License-Identifier: BSD-3-Clause
// Ports of this machine alone, for tests that play a host or a program with one.
#pragma once
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pvhop_test
{

inline sockaddr_in loopback(uint16_t port)
{
    sockaddr_in a = {};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons(port);
    return a;
}

/** Listens on a port that the system chooses. The descriptor is the caller's; -1: errno tells why.
 */
inline int listen_on_loopback(uint16_t *port, int backlog = 8)
{
    sockaddr_in a = loopback(0);
    socklen_t len = sizeof(a);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, reinterpret_cast<sockaddr *>(&a), sizeof(a)) != 0 || listen(fd, backlog) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr *>(&a), &len) != 0) {
        close(fd);
        return -1;
    }
    *port = ntohs(a.sin_port);
    return fd;
}

} // namespace pvhop_test
