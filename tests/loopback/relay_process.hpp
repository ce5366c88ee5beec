// SPDX-License-Identifier: BSD-3-Clause
// A real pvhop-relay as a child, and the sockets on both of its sides.
#pragma once
#include "sshd.h"
#include <algorithm>
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sstream>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

inline constexpr int kPatienceMs = 60000; // only ends a hang

struct Fd {
    int fd = -1;
    Fd() = default;
    explicit Fd(int f) : fd(f)
    {
    }
    Fd(Fd &&o) noexcept : fd(o.fd)
    {
        o.fd = -1;
    }
    Fd &operator=(Fd &&o) noexcept
    {
        std::swap(fd, o.fd);
        return *this;
    }
    ~Fd()
    {
        reset();
    }
    void reset()
    {
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    operator int() const
    {
        return fd;
    }
};

inline sockaddr_in loopback4(uint16_t port, const char *address = "127.0.0.1")
{
    sockaddr_in sin = {};
    sin.sin_family = AF_INET;
    inet_pton(AF_INET, address, &sin.sin_addr);
    sin.sin_port = htons(port);
    return sin;
}

inline uint16_t port_of(int fd)
{
    sockaddr_in6 sa = {};
    socklen_t len = sizeof(sa);
    getsockname(fd, (sockaddr *)&sa, &len);
    return ntohs(sa.sin6_port);
}

/// A bound socket; its port refuses connections until listen(). None, if that port is taken.
inline Fd bound(int family = AF_INET, uint16_t port = 0)
{
    Fd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 six = {};
    six.sin6_family = AF_INET6;
    six.sin6_addr = in6addr_loopback;
    six.sin6_port = htons(port);
    sockaddr_in four = loopback4(port);
    int rc = family == AF_INET ? bind(fd, (sockaddr *)&four, sizeof(four))
                               : bind(fd, (sockaddr *)&six, sizeof(six));
    if (rc != 0 && port != 0 && errno == EADDRINUSE)
        fd.reset();
    else
        EXPECT_EQ(0, rc) << strerror(errno);
    return fd;
}

inline Fd listening(int family = AF_INET)
{
    Fd fd = bound(family);
    EXPECT_EQ(0, listen(fd, 4096));
    return fd;
}

inline bool readable(int fd, int ms = kPatienceMs)
{
    pollfd p = {fd, POLLIN, 0};
    return poll(&p, 1, ms) == 1;
}

inline Fd take(int listener)
{
    return readable(listener) ? Fd(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) : Fd();
}

inline Fd dial(uint16_t port, const char *from = nullptr)
{
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to = loopback4(port);
    if (from) {
        sockaddr_in source = loopback4(0, from);
        EXPECT_EQ(0, bind(fd, (sockaddr *)&source, sizeof(source)));
    }
    if (connect(fd, (sockaddr *)&to, sizeof(to)))
        fd.reset();
    return fd;
}

/// Reads exactly n bytes, or fewer if the stream ends or nothing comes.
inline std::string read_n(int fd, size_t n)
{
    std::string got(n, '\0');
    size_t at = 0;
    while (at < n && readable(fd)) {
        ssize_t r = read(fd, &got[at], n - at);
        if (r <= 0)
            break;
        at += size_t(r);
    }
    got.resize(at);
    return got;
}

/// 0 at end of stream, -errno if it broke, 1 if a byte came, -ETIMEDOUT if nothing.
inline int read_end(int fd)
{
    char c;
    if (!readable(fd))
        return -ETIMEDOUT;
    ssize_t r = read(fd, &c, 1);
    return r < 0 ? -errno : int(r);
}

inline void say(int fd, const std::string &text)
{
    ASSERT_EQ(ssize_t(text.size()), send(fd, text.data(), text.size(), MSG_NOSIGNAL));
}

inline void reset_on_close(int fd)
{
    linger l = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

/// A file of the relay's that only its owner can read.
struct ConfigFile {
    pvhop_test::TempDir folder;
    const std::string path = folder / "fwd.cfg";
    explicit ConfigFile(const std::string &text)
    {
        EXPECT_TRUE(pvhop_test::write_file(path, text));
    }
};

/// pvhop-relay as a child; its log is read line by line.
struct Relay {
    pid_t pid = -1;
    Fd log;
    std::string seen; // the whole log so far
    size_t read_to = 0;
    std::vector<uint16_t> ports;

    explicit Relay(std::vector<std::string> args, size_t ports_expected = 1, rlim_t descriptors = 0)
    {
        int fds[2];
        if (pipe2(fds, O_CLOEXEC))
            abort();
        std::vector<char *> argv = {const_cast<char *>(PVHOP_RELAY)};
        for (std::string &a : args)
            argv.push_back(a.data());
        argv.push_back(nullptr);
        pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (descriptors) {
                rlimit limit = {descriptors, descriptors};
                setrlimit(RLIMIT_NOFILE, &limit);
            }
            dup2(fds[1], 2);
            execv(argv[0], argv.data());
            _exit(127);
        }
        close(fds[1]);
        log = Fd(fds[0]);
        const std::string words = "listening on ";
        for (size_t i = 0; i < ports_expected; i++) {
            std::string line = wait_for(words);
            if (line.empty())
                break;
            std::string where = line.substr(line.find(words) + words.size());
            where = where.substr(0, where.find(", "));
            ports.push_back(uint16_t(std::stoi(where.substr(where.rfind(':') + 1))));
        }
        if (ports.size() != ports_expected) {
            ADD_FAILURE() << "the relay did not start: " << seen;
            ports.resize(std::max<size_t>(ports_expected, 1));
        }
    }
    ~Relay()
    {
        if (pid > 0) {
            kill(pid, SIGKILL);
            waitpid(pid, nullptr, 0);
        }
    }
    /// The next line that has `words`; "" if the log ends or nothing comes.
    std::string wait_for(const std::string &words)
    {
        for (;;) {
            size_t end = seen.find('\n', read_to);
            if (end != std::string::npos) {
                std::string line = seen.substr(read_to, end - read_to);
                read_to = end + 1;
                if (line.find(words) != std::string::npos)
                    return line;
                continue;
            }
            char buf[65536];
            ssize_t n = readable(log) ? read(log, buf, sizeof(buf)) : 0;
            if (n <= 0)
                return "";
            seen.append(buf, size_t(n));
        }
    }
    int wait_exit()
    {
        int status = -1;
        wait_for("\x01 reads the log to its end");
        waitpid(pid, &status, 0);
        pid = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    int stop()
    {
        kill(pid, SIGTERM);
        return wait_exit();
    }
    size_t descriptors() const
    {
        size_t n = 0;
        DIR *dir = opendir(("/proc/" + std::to_string(pid) + "/fd").c_str());
        while (dir && readdir(dir))
            n++;
        if (dir)
            closedir(dir);
        return n;
    }
    long status_kib(const std::string &field) const
    {
        std::ifstream in("/proc/" + std::to_string(pid) + "/status");
        std::string line;
        while (std::getline(in, line))
            if (line.rfind(field + ":", 0) == 0)
                return std::stol(line.substr(field.size() + 1));
        return -1;
    }
    double cpu_seconds() const
    {
        std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
        std::string text((std::istreambuf_iterator<char>(in)), {});
        std::istringstream rest(text.substr(text.rfind(')') + 2));
        std::string skip;
        double user, system;
        for (int i = 0; i < 11; i++)
            rest >> skip;
        rest >> user >> system;
        return (user + system) / double(sysconf(_SC_CLK_TCK));
    }
};

inline std::string map_to(int listener, const char *host = "127.0.0.1")
{
    return std::string("127.0.0.1:0:") + host + ":" + std::to_string(port_of(listener));
}

inline unsigned char pattern(uint64_t seed, size_t i)
{
    uint64_t x = (i + seed * 1000003) * 0x9E3779B97F4A7C15u;
    return (unsigned char)(x >> 56);
}
