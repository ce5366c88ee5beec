// SPDX-License-Identifier: BSD-3-Clause
// A real sshd that falls ill in the midst of a session: a proxy before it passes what it says on
// up to a chosen message, and from there on nothing, a byte a second, or nonsense.
#ifndef PVHOP_TESTS_FAULTY_HOST_HPP
#define PVHOP_TESTS_FAULTY_HOST_HPP
#include "loopback_port.hpp"
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <poll.h>
#include <random>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace pvhop_test
{

/** What the host does from its turn for the worse on. */
enum class Ill { hangs, drips, raves };

/**
 * Takes one connection. What the server says is counted in units: its identification line, then
 * each binary packet (RFC 4253, section 6). Those can be told apart to the end only with a cipher
 * that leaves the length readable, so the client is to be held to `cipher`.
 */
class FaultyHost
{
  public:
    static constexpr const char *cipher = "aes128-gcm@openssh.com";
    /** Its line, SSH_MSG_KEXINIT, SSH_MSG_KEX_ECDH_REPLY, SSH_MSG_NEWKEYS: then all is encrypted.
     */
    static constexpr int to_newkeys = 4;

    /** `units` of the sshd at `target` pass whole, and half of the next one if `half`. */
    FaultyHost(uint16_t target, int units, bool half, Ill how)
        : m_units(units), m_half(half), m_how(how)
    {
        uint16_t number = 0;
        m_listener = listen_on_loopback(&number, 1);
        port = std::to_string(number);
        m_thread = std::thread([this, target] { serve(target); });
    }
    ~FaultyHost()
    {
        shutdown(m_listener, SHUT_RDWR);
        m_thread.join();
        ::close(m_listener);
    }
    FaultyHost(const FaultyHost &) = delete;
    FaultyHost &operator=(const FaultyHost &) = delete;

    /** Until it has turned ill, or its client has gone before. */
    void wait()
    {
        std::unique_lock<std::mutex> lock(m_lock);
        m_changed.wait(lock, [this] { return m_settled; });
    }
    /** Nobody came, or will: what waits need not. */
    void give_up()
    {
        settle();
    }
    bool is_ill() const
    {
        return m_ill;
    }

    std::string port;

  private:
    static bool send_all(int fd, const char *bytes, size_t len)
    {
        while (len) {
            const ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
            if (n <= 0)
                return false;
            bytes += n;
            len -= static_cast<size_t>(n);
        }
        return true;
    }
    static bool read_all(int fd, std::string *to, size_t len)
    {
        char buf[16384];
        while (len) {
            const ssize_t n = recv(fd, buf, std::min(len, sizeof buf), 0);
            if (n <= 0)
                return false;
            to->append(buf, static_cast<size_t>(n));
            len -= static_cast<size_t>(n);
        }
        return true;
    }
    void settle()
    {
        std::lock_guard<std::mutex> lock(m_lock);
        m_settled = true;
        m_changed.notify_all();
    }
    /* The next unit, as far as it is to pass. */
    bool next(int fd, std::string *unit, bool whole)
    {
        unit->clear();
        if (m_passed == 0) {
            while (unit->empty() || unit->back() != '\n')
                if (!read_all(fd, unit, 1))
                    return false;
            unit->resize(whole ? unit->size() : unit->size() / 2);
            return true;
        }
        if (!read_all(fd, unit, 4))
            return false;
        size_t rest = 0;
        for (const char c : *unit)
            rest = rest << 8 | static_cast<unsigned char>(c);
        rest += m_secret ? 16 : 0; // the tag of GCM
        if (rest > 1 << 20 || !read_all(fd, unit, whole ? rest : rest / 2))
            return false;
        if (!m_secret && whole && rest > 1 && (*unit)[5] == 21 /* SSH_MSG_NEWKEYS */)
            m_secret = true;
        return true;
    }
    /* True once the client has gone, or after `ms`. */
    static bool gone(int client, int ms)
    {
        pollfd p = {client, POLLRDHUP, 0};
        return poll(&p, 1, ms) > 0;
    }
    void be_ill(int client, int server)
    {
        std::string piece;
        std::minstd_rand random(1);
        if (m_how == Ill::drips)
            while (!gone(client, 1000))
                if (!next_byte(server, client))
                    break;
        if (m_how == Ill::raves)
            for (int i = 0; i < 160; i++) {
                piece.resize(65536);
                for (char &c : piece)
                    c = static_cast<char>(random() >> 8);
                if (!send_all(client, piece.data(), piece.size()))
                    break;
            }
        gone(client, -1);
    }
    static bool next_byte(int from, int to)
    {
        char c;
        pollfd p = {from, POLLIN, 0};
        if (poll(&p, 1, 0) == 0)
            return true;
        return recv(from, &c, 1, 0) == 1 && send_all(to, &c, 1);
    }
    void from_server(int client, int server)
    {
        std::string unit;
        while (m_passed < m_units && next(server, &unit, true) &&
               send_all(client, unit.data(), unit.size()))
            m_passed++;
        if (m_passed == m_units && m_half && next(server, &unit, false))
            send_all(client, unit.data(), unit.size());
        m_ill = m_passed == m_units;
        settle();
        if (m_ill)
            be_ill(client, server);
        // From here on either end's reader gets an end.
        shutdown(client, SHUT_RDWR);
        shutdown(server, SHUT_RDWR);
    }
    void from_client(int client, int server)
    {
        char buf[65536];
        ssize_t n;
        while ((!m_ill || m_how == Ill::drips) && (n = recv(client, buf, sizeof buf, 0)) > 0)
            if (!send_all(server, buf, static_cast<size_t>(n)))
                break;
        if (!m_ill)
            shutdown(server, SHUT_WR);
    }
    void serve(uint16_t target)
    {
        const sockaddr_in to = loopback(target);
        const int client = accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (client >= 0 &&
            connect(server, reinterpret_cast<const sockaddr *>(&to), sizeof to) == 0) {
            std::thread up([this, client, server] { from_client(client, server); });
            from_server(client, server);
            up.join();
        }
        settle();
        if (client >= 0)
            ::close(client);
        ::close(server);
    }

    const int m_units;
    const bool m_half;
    const Ill m_how;
    int m_listener = -1;
    bool m_secret = false; // the server's packets are encrypted
    int m_passed = 0;      // units that the client got whole
    std::atomic<bool> m_ill{false};
    std::mutex m_lock;
    std::condition_variable m_changed;
    bool m_settled = false;
    std::thread m_thread;
};

} // namespace pvhop_test
#endif
