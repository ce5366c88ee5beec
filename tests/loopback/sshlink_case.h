/* SPDX-License-Identifier: BSD-3-Clause */
/** A loop, a link and what is done with it, for tests: waits for events, never for time. */
#ifndef PVHOP_TESTS_SSHLINK_CASE_H
#define PVHOP_TESTS_SSHLINK_CASE_H
#include "loopback_port.hpp"
#include "sshd.h"
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>
#include <gtest/gtest.h>
#include <pvhop/sshlink.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace pvhop_test
{

class Link
{
  public:
    using Answer = std::function<const char *(const pvhop_prompt &)>;
    struct Options {
        std::string destination, config, identity, jump, known_hosts, user;
        unsigned connect_ms = 0, auth_ms = 0;
        Answer answer;                                   /* nothing: no prompt is expected */
        std::function<void(const pvhop_prompt &)> later; /* instead: the test answers by itself */
        std::function<void(Link &, pvhop_sshlink_phase)> on_phase;
        std::function<void(Link &, const std::string &)> on_log;
    };
    explicit Link(const PrivateSshd &sshd) : Link(sshd, Options())
    {
    }
    Link(const PrivateSshd &sshd, Options o)
    {
        if (o.destination.empty())
            o.destination = sshd.host();
        if (o.config.empty())
            o.config = sshd.config();
        start(std::move(o));
    }
    explicit Link(Options o)
    {
        start(std::move(o));
    }
    ~Link()
    {
        close();
        pvhop_loop_free(m_loop);
    }
    void close()
    {
        pvhop_sshlink_free(m_link);
        m_link = nullptr;
    }
    /** Turns the loop until done() or 60 s have passed. */
    bool wait(const std::function<bool()> &done, unsigned ms = 60000)
    {
        const uint64_t end = pvhop_loop_now_ms(m_loop) + ms;
        while (!done()) {
            const uint64_t now = pvhop_loop_now_ms(m_loop);
            /* what threads of the test do makes no event here: look again now and then */
            const int most = static_cast<int>(std::min<uint64_t>(end - now, 100));
            if (now >= end || pvhop_loop_turn(m_loop, most, &m_error))
                return false;
        }
        return true;
    }
    bool wait_up()
    {
        return wait([this] { return m_up || m_down; }) && m_up && !m_down;
    }
    bool wait_down()
    {
        return wait([this] { return m_down; });
    }
    bool up() const
    {
        return m_up;
    }
    bool down() const
    {
        return m_down;
    }
    pvhop_code code() const
    {
        return m_error.code;
    }
    std::string why() const
    {
        return std::string(m_error.what) + ": " + m_error.why + "\n";
    }
    const std::string &log() const
    {
        return m_log;
    }
    const std::vector<std::string> &prompts() const
    {
        return m_prompts;
    }
    std::string description() const
    {
        return pvhop_sshlink_description(m_link);
    }
    pvhop_sshlink *get()
    {
        return m_link;
    }
    pvhop_loop *loop()
    {
        return m_loop;
    }

  private:
    void start(Options o)
    {
        m_options = std::move(o);
        m_loop = pvhop_loop_new(&m_error);
        pvhop_error_clear(&m_error);
        pvhop_sshlink_config c = {};
        const auto text = [](const std::string &s) { return s.empty() ? nullptr : s.c_str(); };
        c.destination = text(m_options.destination);
        c.config_file = text(m_options.config);
        c.identity = text(m_options.identity);
        c.jump = text(m_options.jump);
        c.user = text(m_options.user);
        c.known_hosts = text(m_options.known_hosts);
        c.connect_ms = m_options.connect_ms;
        c.auth_ms = m_options.auth_ms;
        static const pvhop_sshlink_events events = {on_phase, on_prompt, on_log, on_up, on_down};
        m_link = pvhop_sshlink_new(m_loop, &c, &events, this, &m_error);
        m_down = m_link == nullptr;
    }
    static void on_phase(void *user, pvhop_sshlink_phase phase, const char *host, const char *text)
    {
        Link *l = static_cast<Link *>(user);
        l->m_log += std::string("[") + host + "] " + text + "\n";
        if (l->m_options.on_phase)
            l->m_options.on_phase(*l, phase);
    }
    static void on_prompt(void *user, const pvhop_prompt *p)
    {
        Link *l = static_cast<Link *>(user);
        std::string words = std::string(p->text) + "|" + (p->server_text ? p->server_text : "") +
                            "|" + (p->fingerprint ? p->fingerprint : "");
        l->m_prompts.push_back(words);
        if (l->m_options.later) {
            l->m_options.later(*p);
            return;
        }
        if (!l->m_options.answer) {
            ADD_FAILURE() << "a question that was not expected: " << words;
            pvhop_sshlink_answer(l->m_link, p->id, nullptr);
            return;
        }
        pvhop_sshlink_answer(l->m_link, p->id, l->m_options.answer(*p));
    }
    static void on_log(void *user, const char *text)
    {
        Link *l = static_cast<Link *>(user);
        l->m_log += std::string(text) + "\n";
        if (l->m_options.on_log)
            l->m_options.on_log(*l, text);
    }
    static void on_up(void *user)
    {
        static_cast<Link *>(user)->m_up = true;
    }
    static void on_down(void *user, const pvhop_error *err)
    {
        Link *l = static_cast<Link *>(user);
        EXPECT_FALSE(l->m_down) << "down came twice";
        l->m_down = true;
        l->m_error = *err;
    }
    Options m_options;
    pvhop_loop *m_loop = nullptr;
    pvhop_sshlink *m_link = nullptr;
    bool m_up = false, m_down = false;
    pvhop_error m_error = {};
    std::string m_log;
    std::vector<std::string> m_prompts;
};

/** A stream whose input is collected until its end. */
class Reader
{
  public:
    ~Reader()
    {
        pvhop_stream_free(m_stream);
    }
    void take(pvhop_stream *s)
    {
        m_stream = s;
        pvhop_stream_watch(s, PVHOP_READ, on_event, this);
    }
    pvhop_stream *get()
    {
        return m_stream;
    }
    pvhop_stream *release()
    {
        pvhop_stream *s = m_stream;
        m_stream = nullptr;
        return s;
    }
    void drop()
    {
        pvhop_stream_free(release());
    }
    bool ended() const
    {
        return m_ended;
    }
    ssize_t result() const
    {
        return m_result;
    }
    const std::string &text() const
    {
        return m_text;
    }

  private:
    static void on_event(void *user, unsigned)
    {
        Reader *r = static_cast<Reader *>(user);
        char buf[65536];
        for (;;) {
            r->m_result = pvhop_stream_read(r->m_stream, buf, sizeof buf);
            if (r->m_result > 0) {
                r->m_text.append(buf, static_cast<size_t>(r->m_result));
                continue;
            }
            if (r->m_result != -EAGAIN) {
                r->m_ended = true;
                pvhop_stream_watch(r->m_stream, 0, on_event, r);
            }
            return;
        }
    }
    pvhop_stream *m_stream = nullptr;
    bool m_ended = false;
    ssize_t m_result = -EAGAIN;
    std::string m_text;
};

class Exec
{
  public:
    Exec(Link &link, const std::string &command) : m_link(link)
    {
        static const pvhop_sshexec_events events = {on_opened, on_failed, on_line, on_exited};
        m_exec = pvhop_sshlink_exec(link.get(), command.c_str(), &events, this, &m_error);
        m_failed = !m_exec;
    }
    ~Exec()
    {
        pvhop_sshexec_free(m_exec);
    }
    void free()
    {
        pvhop_sshexec_free(m_exec);
        m_exec = nullptr;
    }
    bool wait_open()
    {
        return m_link.wait([this] { return m_reader.get() || m_failed; }) && !m_failed;
    }
    bool wait_exit()
    {
        return m_link.wait([this] { return m_exited || m_failed; }) && m_exited;
    }
    bool exited() const
    {
        return m_exited;
    }
    bool failed() const
    {
        return m_failed;
    }
    int status() const
    {
        return m_status;
    }
    pvhop_code code() const
    {
        return m_error.code;
    }
    std::string why() const
    {
        return m_error.why;
    }
    const std::string &out() const
    {
        return m_reader.text();
    }
    const std::string &err() const
    {
        return m_lines;
    }
    Reader &stream()
    {
        return m_reader;
    }

  private:
    static void on_opened(void *user, pvhop_stream *s)
    {
        static_cast<Exec *>(user)->m_reader.take(s);
    }
    static void on_failed(void *user, const pvhop_error *err)
    {
        static_cast<Exec *>(user)->m_failed = true;
        static_cast<Exec *>(user)->m_error = *err;
    }
    static void on_line(void *user, const char *line)
    {
        static_cast<Exec *>(user)->m_lines += std::string(line) + "\n";
    }
    static void on_exited(void *user, int status)
    {
        static_cast<Exec *>(user)->m_exited = true;
        static_cast<Exec *>(user)->m_status = status;
    }
    Link &m_link;
    Reader m_reader;
    pvhop_sshexec *m_exec = nullptr;
    bool m_exited = false, m_failed = false;
    int m_status = -2;
    pvhop_error m_error = {};
    std::string m_lines;
};

class Forward
{
  public:
    Forward(Link &link, const char *host, uint16_t port) : m_link(link)
    {
        static const pvhop_sshforward_events events = {on_bound, on_refused, on_connection};
        pvhop_endpoint where = {};
        snprintf(where.host, sizeof where.host, "%s", host);
        where.port = port;
        m_forward = pvhop_sshlink_forward(link.get(), &where, &events, this, &m_error);
        m_refused = !m_forward;
    }
    ~Forward()
    {
        for (pvhop_stream *s : connections)
            pvhop_stream_free(s);
        free();
    }
    void free()
    {
        pvhop_sshforward_free(m_forward);
        m_forward = nullptr;
    }
    bool wait_bound()
    {
        return m_link.wait([this] { return m_port || m_refused; }) && m_port;
    }
    uint16_t port() const
    {
        return m_port;
    }
    bool refused() const
    {
        return m_refused;
    }
    pvhop_code code() const
    {
        return m_error.code;
    }
    std::string why() const
    {
        return m_error.why;
    }
    std::vector<pvhop_stream *> connections; /* those left are freed */

  private:
    static void on_bound(void *user, uint16_t port)
    {
        static_cast<Forward *>(user)->m_port = port;
    }
    static void on_refused(void *user, const pvhop_error *err)
    {
        static_cast<Forward *>(user)->m_refused = true;
        static_cast<Forward *>(user)->m_error = *err;
    }
    static void on_connection(void *user, pvhop_stream *s)
    {
        static_cast<Forward *>(user)->connections.push_back(s);
    }
    Link &m_link;
    pvhop_sshforward *m_forward = nullptr;
    uint16_t m_port = 0;
    bool m_refused = false;
    pvhop_error m_error = {};
};

class Direct
{
  public:
    Direct(Link &link, const char *host, uint16_t port) : m_link(link)
    {
        static const pvhop_sshdirect_events events = {on_opened, on_failed};
        pvhop_endpoint to = {};
        snprintf(to.host, sizeof to.host, "%s", host);
        to.port = port;
        m_direct = pvhop_sshlink_direct(link.get(), &to, &events, this, &m_error);
        m_failed = !m_direct;
    }
    ~Direct()
    {
        pvhop_stream_free(stream);
        pvhop_sshdirect_free(m_direct);
    }
    bool wait_open()
    {
        return m_link.wait([this] { return stream || m_failed; }) && stream;
    }
    pvhop_code code() const
    {
        return m_error.code;
    }
    std::string why() const
    {
        return m_error.why;
    }
    pvhop_stream *stream = nullptr;

  private:
    static void on_opened(void *user, pvhop_stream *s)
    {
        static_cast<Direct *>(user)->stream = s;
    }
    static void on_failed(void *user, const pvhop_error *err)
    {
        static_cast<Direct *>(user)->m_failed = true;
        static_cast<Direct *>(user)->m_error = *err;
    }
    Link &m_link;
    pvhop_sshdirect *m_direct = nullptr;
    bool m_failed = false;
    pvhop_error m_error = {};
};

/** Byte n of the test's traffic, different for each direction. */
inline unsigned char traffic(uint64_t n, unsigned direction)
{
    const uint64_t x = (n / 8 + direction * 0x1234567u) * 0x9e3779b97f4a7c15u;
    return static_cast<unsigned char>(x >> (8 * (n % 8)));
}

/** Sends `size` bytes of direction 1 on a stream, ends it, and checks that as many of direction 0
 * come. */
class Echo
{
  public:
    Echo(pvhop_stream *s, uint64_t size) : m_stream(s), m_size(size)
    {
        pvhop_stream_watch(s, PVHOP_READ | PVHOP_WRITE, on_event, this);
    }
    bool done() const
    {
        return (m_read_end && m_sent == m_size) || !m_problem.empty();
    }
    const std::string &problem() const
    {
        return m_problem;
    }

  private:
    static void on_event(void *user, unsigned events)
    {
        static_cast<Echo *>(user)->event(events);
    }
    void event(unsigned events)
    {
        static unsigned char buf[256 * 1024];
        ssize_t n = 0;
        while (!m_read_end && (n = pvhop_stream_read(m_stream, buf, sizeof buf)) > 0) {
            for (ssize_t i = 0; i < n; i++)
                if (buf[i] != traffic(m_got++, 0)) {
                    m_problem = "byte " + std::to_string(m_got - 1) + " received is wrong";
                    pvhop_stream_watch(m_stream, 0, nullptr, nullptr);
                    return;
                }
        }
        if (!m_read_end && n == 0) {
            m_read_end = true;
            if (m_got != m_size)
                m_problem = "the end came after " + std::to_string(m_got) + " bytes";
        } else if (n < 0 && n != -EAGAIN) {
            m_problem = "read: " + std::to_string(n);
        }
        while (m_problem.empty() && m_sent < m_size) {
            const size_t lot = static_cast<size_t>(std::min<uint64_t>(sizeof buf, m_size - m_sent));
            for (size_t i = 0; i < lot; i++)
                buf[i] = traffic(m_sent + i, 1);
            n = pvhop_stream_write(m_stream, buf, lot);
            if (n > 0) {
                m_sent += static_cast<uint64_t>(n);
                if (m_sent == m_size)
                    pvhop_stream_shutdown(m_stream);
            } else {
                if (n != -EAGAIN)
                    m_problem = "write: " + std::to_string(n);
                break;
            }
        }
        if (!m_problem.empty() || (events & PVHOP_HUP))
            pvhop_stream_watch(m_stream, 0, nullptr, nullptr);
        else
            pvhop_stream_watch(m_stream, wanted(), on_event, this);
    }
    unsigned wanted() const
    {
        unsigned events = 0;
        if (!m_read_end)
            events |= PVHOP_READ;
        if (m_sent < m_size)
            events |= PVHOP_WRITE;
        return events;
    }
    pvhop_stream *m_stream;
    uint64_t m_size, m_sent = 0, m_got = 0;
    bool m_read_end = false;
    std::string m_problem;
};

/** A plain program at the far end: a thread with a blocking socket, the counterpart of Echo. */
class Peer
{
  public:
    /** Connects to the port. */
    Peer(uint16_t port, uint64_t size) : m_port(port), m_size(size)
    {
        m_thread = std::thread([this] { connect_and_run(); });
    }
    /** Listens on a port of its own, accepts one. */
    explicit Peer(uint64_t size) : m_size(size)
    {
        m_listen = pvhop_test::listen_on_loopback(&m_port);
        if (m_listen < 0)
            m_problem = "listen";
        m_thread = std::thread([this] {
            const int fd = accept(m_listen, nullptr, nullptr);
            if (fd >= 0)
                run(fd);
            else
                finish("accept failed");
        });
    }
    ~Peer()
    {
        if (m_listen >= 0)
            shutdown(m_listen, SHUT_RDWR);
        m_thread.join();
        if (m_listen >= 0)
            ::close(m_listen);
    }
    uint16_t port() const
    {
        return m_port;
    }
    bool done() const
    {
        return m_done;
    }
    std::string problem() const
    {
        return m_problem;
    }

  private:
    void finish(const std::string &problem)
    {
        m_problem = problem;
        m_done = true;
    }
    void connect_and_run()
    {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in a = pvhop_test::loopback(m_port);
        if (connect(fd, reinterpret_cast<sockaddr *>(&a), sizeof a)) {
            finish("connect failed");
            ::close(fd);
            return;
        }
        run(fd);
    }
    void run(int fd)
    {
        std::thread sender([this, fd] {
            std::vector<unsigned char> buf(256 * 1024);
            for (uint64_t sent = 0; sent < m_size;) {
                const size_t lot =
                    static_cast<size_t>(std::min<uint64_t>(buf.size(), m_size - sent));
                for (size_t i = 0; i < lot; i++)
                    buf[i] = traffic(sent + i, 0);
                const ssize_t n = send(fd, buf.data(), lot, MSG_NOSIGNAL);
                if (n <= 0)
                    break;
                sent += static_cast<uint64_t>(n);
            }
            shutdown(fd, SHUT_WR);
        });
        std::vector<unsigned char> buf(256 * 1024);
        uint64_t got = 0;
        std::string problem;
        ssize_t n;
        while ((n = recv(fd, buf.data(), buf.size(), 0)) > 0)
            for (ssize_t i = 0; i < n; i++)
                if (buf[static_cast<size_t>(i)] != traffic(got++, 1) && problem.empty())
                    problem = "byte " + std::to_string(got - 1) + " is wrong";
        if (problem.empty() && (n < 0 || got != m_size))
            problem = "the end came after " + std::to_string(got) + " bytes";
        if (!problem.empty())
            shutdown(fd, SHUT_RDWR);
        sender.join();
        ::close(fd);
        finish(problem);
    }
    uint16_t m_port = 0;
    uint64_t m_size;
    int m_listen = -1;
    std::atomic<bool> m_done{false};
    std::string m_problem;
    std::thread m_thread;
};

} // namespace pvhop_test
#endif
