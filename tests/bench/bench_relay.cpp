// SPDX-License-Identifier: BSD-3-Clause
// Relays side by side: bench_relay ROUNDS MIB LIMIT_MS NAME=COMMAND ...
//
// COMMAND is run by the shell with LISTEN (the port to listen on), TARGET (the port to forward to)
// and DIR (a folder of its own, in TMPDIR). All are measured in turn, round by round, together with
// a direct connection, so that what else the machine does hits all alike. MIB is what one stream
// moves; one row of exchanges ends after LIMIT_MS. The result is JSON: {NAME: {ROW: [a value a
// round]}}. bench_relay.py starts it and makes tables.
#include "sshd.h"
#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <dirent.h>
#include <iterator>
#include <map>
#include <memory>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sstream>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace
{
using Clock = std::chrono::steady_clock;

double since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void die(const std::string &what)
{
    fprintf(stderr, "bench_relay: %s: %s\n", what.c_str(), strerror(errno));
    exit(1);
}

sockaddr_in at(uint16_t port)
{
    sockaddr_in sin = {};
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sin.sin_port = htons(port);
    return sin;
}

// The ends are the same for all: NODELAY, and no pacing (bbr would measure itself).
void tune(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
}

int listen_on(uint16_t &port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    sockaddr_in sin = at(port);
    socklen_t len = sizeof(sin);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    tune(fd);
    if (bind(fd, (sockaddr *)&sin, sizeof(sin)) || listen(fd, 1024) ||
        getsockname(fd, (sockaddr *)&sin, &len))
        die("listen");
    port = ntohs(sin.sin_port);
    return fd;
}

int dial(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in sin = at(port);
    tune(fd);
    if (connect(fd, (sockaddr *)&sin, sizeof(sin))) {
        close(fd);
        return -1;
    }
    return fd;
}

bool read_all(int fd, char *buf, size_t n)
{
    while (n) {
        ssize_t r = read(fd, buf, n);
        if (r <= 0)
            return false;
        buf += r;
        n -= size_t(r);
    }
    return true;
}

bool write_all(int fd, const char *buf, size_t n)
{
    while (n) {
        ssize_t w = send(fd, buf, n, MSG_NOSIGNAL);
        if (w <= 0)
            return false;
        buf += w;
        n -= size_t(w);
    }
    return true;
}

// ---- what both ends move ----

constexpr size_t kRequest = 256;

// What a stream is read from or written to. Geometry comes from memory and goes there: its array is
// larger than what the CPU keeps of it, where one piece, over and over, would never leave the
// cache.
class Array
{
  public:
    static constexpr size_t kPiece = 1 << 20;

    explicit Array(size_t pieces) : bytes_(pieces * kPiece, 'x')
    {
    }
    char *next()
    {
        at_ = (at_ + kPiece) % bytes_.size();
        return bytes_.data() + at_;
    }

  private:
    std::vector<char> bytes_;
    size_t at_ = 0;
};

constexpr size_t kBeyondCache = 64, kInCache = 1; // pieces

bool send_stream(int fd, uint64_t n, Array &array)
{
    for (uint64_t sent = 0; sent < n; sent += Array::kPiece)
        if (!write_all(fd, array.next(), Array::kPiece))
            return false;
    return true;
}

bool take_stream(int fd, uint64_t n, Array &array)
{
    ssize_t r;
    for (uint64_t got = 0; got < n; got += uint64_t(r))
        if ((r = read(fd, array.next(), Array::kPiece)) <= 0)
            return false;
    return true;
}

// ---- the far end: 'U' takes n bytes and says one, 'D' gives n, 'R' answers requests of 256 bytes
// by n; 'u' and 'd' are as 'U' and 'D', of what stays in the cache ----

bool is_cached(char what)
{
    return what == 'u' || what == 'd';
}

bool is_up(char what)
{
    return what == 'U' || what == 'u';
}

struct Order {
    char what;
    uint64_t n;
};

void serve(int fd)
{
    static Array arrays[] = {Array(kBeyondCache), Array(kInCache)}; // one stream at a time
    Order order;
    if (read_all(fd, (char *)&order, sizeof(order))) {
        if (order.what != 'R') {
            Array &array = arrays[is_cached(order.what)];
            if (!is_up(order.what))
                send_stream(fd, order.n, array);
            else if (take_stream(fd, order.n, array))
                write_all(fd, "!", 1);
        } else {
            std::vector<char> buf(std::max(size_t(order.n), kRequest), 'x');
            while (read_all(fd, buf.data(), kRequest) && write_all(fd, buf.data(), order.n))
                ;
        }
    }
    close(fd);
}

void serve_forever(int listener)
{
    for (;;) {
        int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0)
            die("accept");
        tune(fd);
        std::thread(serve, fd).detach();
    }
}

// ---- the relays ----

struct Peer {
    std::string name, command;
    std::unique_ptr<pvhop_test::TempDir> dir;
    uint16_t port = 0;
    pid_t group = 0;
    std::map<std::string, std::vector<double>> values; // one a round
    std::map<std::string, std::vector<double>> times;  // of this round's exchanges, microseconds
};

std::string content(const std::string &file)
{
    std::string text;
    char bytes[4096];
    FILE *in = fopen(file.c_str(), "r"); // a stream of C++ throws where the process has just ended
    for (size_t n; in && (n = fread(bytes, 1, sizeof(bytes), in)) > 0;)
        text.append(bytes, n);
    if (in)
        fclose(in);
    return text;
}

// The fields of /proc/PID/stat behind the name, for all processes of the group, by folder.
std::map<std::string, std::vector<std::string>> processes(pid_t group)
{
    std::map<std::string, std::vector<std::string>> found;
    DIR *proc = opendir("/proc");
    while (dirent *e = proc ? readdir(proc) : nullptr) {
        if (e->d_name[0] < '0' || e->d_name[0] > '9')
            continue;
        std::string folder = std::string("/proc/") + e->d_name, text = content(folder + "/stat");
        size_t end = text.rfind(')');
        if (end == std::string::npos)
            continue;
        std::istringstream rest(text.substr(end + 2));
        std::vector<std::string> fields(std::istream_iterator<std::string>(rest), {});
        if (fields.size() > 14 && atoi(fields[2].c_str()) == group)
            found[folder] = fields;
    }
    if (proc)
        closedir(proc);
    return found;
}

// Seconds on a CPU of all processes of the group; of ended children by the clock's ticks.
double cpu_seconds(pid_t group)
{
    double ns = 0, ticks = 0;
    for (const auto &[folder, fields] : processes(group)) {
        ticks += atof(fields[13].c_str()) + atof(fields[14].c_str());
        DIR *tasks = opendir((folder + "/task").c_str());
        while (dirent *e = tasks ? readdir(tasks) : nullptr)
            if (e->d_name[0] != '.')
                ns += atof(content(folder + "/task/" + e->d_name + "/schedstat").c_str());
        if (tasks)
            closedir(tasks);
    }
    return ns / 1e9 + ticks / double(sysconf(_SC_CLK_TCK));
}

// The largest memory that those of the group that live have had.
double peak_mib(pid_t group)
{
    double kib = 0;
    for (const auto &[folder, fields] : processes(group)) {
        std::string status = content(folder + "/status");
        size_t at = status.find("VmHWM:");
        if (at != std::string::npos)
            kib += atof(status.c_str() + at + 6);
    }
    return kib / 1024;
}

void start(Peer &peer, uint16_t target)
{
    int probe = listen_on(peer.port);
    close(probe);
    peer.dir = std::make_unique<pvhop_test::TempDir>();
    const std::string dir = peer.dir->path(), log = *peer.dir / "log";
    chmod(dir.c_str(), 0755); // some drop their rights and read their configuration after that
    peer.group = fork();
    if (peer.group == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        setenv("LISTEN", std::to_string(peer.port).c_str(), 1);
        setenv("TARGET", std::to_string(target).c_str(), 1);
        setenv("DIR", dir.c_str(), 1);
        if (!freopen(log.c_str(), "w", stdout) || dup2(1, 2) < 0)
            _exit(126);
        execl("/bin/sh", "sh", "-c", peer.command.c_str(), nullptr);
        _exit(127);
    }
    setpgid(peer.group, peer.group);
    for (int i = 0; i < 500; i++) { // a foreign program tells nobody when it is ready
        int fd = dial(peer.port);
        if (fd >= 0) {
            close(fd);
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    die(peer.name + " does not listen; it said: " + content(log));
}

void stop(Peer &peer)
{
    if (peer.group <= 0)
        return;
    kill(-peer.group, SIGTERM);
    for (int i = 0; i < 100 && waitpid(peer.group, nullptr, WNOHANG) == 0; i++)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    kill(-peer.group, SIGKILL);
    waitpid(peer.group, nullptr, 0);
    peer.dir.reset();
}

// ---- what is measured ----

int order(uint16_t port, char what, uint64_t n)
{
    const Order o = {what, n};
    int fd = dial(port);
    if (fd < 0 || !write_all(fd, (const char *)&o, sizeof(o)))
        die("a relay went away");
    return fd;
}

void bulk(Peer &peer, char what, uint64_t bytes, const std::string &row)
{
    static Array arrays[] = {Array(kBeyondCache), Array(kInCache)};
    Array &array = arrays[is_cached(what)];
    double before = peer.group ? cpu_seconds(peer.group) : 0;
    Clock::time_point start = Clock::now();
    int fd = order(peer.port, what, bytes);
    char said;
    if (is_up(what) ? !send_stream(fd, bytes, array) || !read_all(fd, &said, 1)
                    : !take_stream(fd, bytes, array))
        die(peer.name);
    peer.values[row].push_back(double(bytes) / 1048576 / since(start));
    close(fd);
    if (peer.group)
        peer.values["cpu " + row].push_back((cpu_seconds(peer.group) - before) /
                                            (double(bytes) / 1073741824));
}

double quantile(std::vector<double> v, double q)
{
    std::sort(v.begin(), v.end());
    return v.empty() ? 0 : v[std::min(v.size() - 1, size_t(q * double(v.size())))];
}

// `count` exchanges on each of `connections`, or what can be done in the time; three at least. (On
// which CPUs the programs find themselves is a matter of luck, often for a connection's life.)
void round_trips(Peer &peer, size_t reply, int connections, int count, double limit,
                 const std::string &name)
{
    std::vector<char> buf(std::max(reply, kRequest), 'x');
    for (int c = 0; c < connections; c++) {
        Clock::time_point began = Clock::now();
        int fd = order(peer.port, 'R', reply);
        for (int i = 0; i < count && (i < 3 || since(began) < limit / connections); i++) {
            Clock::time_point start = Clock::now();
            if (!write_all(fd, buf.data(), kRequest) || !read_all(fd, buf.data(), reply))
                die(peer.name);
            peer.times[name].push_back(since(start) * 1e6);
        }
        close(fd);
    }
}

// While it lives, both ends and the relay share one CPU: what a trip costs, without the luck of who
// finds himself where.
class OneCpu
{
  public:
    explicit OneCpu(const Peer &peer)
    {
        cpu_set_t one;
        m_there = {"/proc/self"};
        if (peer.group)
            for (const auto &[folder, fields] : processes(peer.group))
                m_there.push_back(folder);
        sched_getaffinity(0, sizeof(m_all), &m_all);
        CPU_ZERO(&one);
        CPU_SET(sched_getcpu(), &one);
        put(one);
    }
    ~OneCpu()
    {
        put(m_all);
    }
    OneCpu(const OneCpu &) = delete;
    OneCpu &operator=(const OneCpu &) = delete;

  private:
    void put(const cpu_set_t &cpus)
    {
        for (const std::string &folder : m_there) {
            DIR *tasks = opendir((folder + "/task").c_str());
            while (dirent *e = tasks ? readdir(tasks) : nullptr)
                if (e->d_name[0] != '.')
                    sched_setaffinity(atoi(e->d_name), sizeof(cpus), &cpus);
            if (tasks)
                closedir(tasks);
        }
    }

    std::vector<std::string> m_there;
    cpu_set_t m_all;
};

// A client that connects says what it wants at once: the order and its first request are one
// message.
void new_connections(Peer &peer, int count)
{
    char message[sizeof(Order) + kRequest] = {}, said;
    const Order one_byte = {'R', 1};
    memcpy(message, &one_byte, sizeof(one_byte));
    for (int i = 0; i < count; i++) {
        Clock::time_point start = Clock::now();
        int fd = dial(peer.port);
        if (fd < 0 || !write_all(fd, message, sizeof(message)) || !read_all(fd, &said, 1))
            die(peer.name);
        peer.times["connect"].push_back(since(start) * 1e6);
        close(fd);
    }
}

void streams_and_exchanges(Peer &peer, uint64_t bytes, double limit)
{
    bulk(peer, 'U', bytes, "up");
    bulk(peer, 'D', bytes, "down");
    bulk(peer, 'u', bytes, "cached up");
    bulk(peer, 'd', bytes, "cached down");
    round_trips(peer, 64, 1, 1000, limit, "64 B");
    {
        const OneCpu together(peer);
        round_trips(peer, 64, 3, 300, limit, "64 B, one CPU");
    }
    round_trips(peer, 65536, 5, 50, limit, "64 KiB");
    round_trips(peer, 1 << 20, 1, 50, limit, "1 MiB");
    round_trips(peer, 4 << 20, 1, 20, limit, "4 MiB");
}

void end_round(Peer &peer)
{
    for (const auto &[name, times] : peer.times) {
        peer.values[name + " min"].push_back(quantile(times, 0));
        peer.values[name + " p50"].push_back(quantile(times, 0.5));
        peer.values[name + " p99"].push_back(quantile(times, 0.99));
    }
    peer.times.clear();
    if (peer.group)
        peer.values["memory"].push_back(peak_mib(peer.group));
}

// Each round, and each turn, begins with another one.
Peer &turned(std::vector<Peer> &peers, size_t i, int by)
{
    return peers[(i + size_t(by)) % peers.size()];
}

void one_round(std::vector<Peer> &peers, int number, uint64_t bytes, double limit)
{
    for (size_t i = 0; i < peers.size(); i++)
        streams_and_exchanges(turned(peers, i, number), bytes, limit);
    // In many short turns: what else the machine does meanwhile hits all alike.
    for (int turn = 0; turn < (limit < 0.5 ? 1 : 10); turn++)
        for (size_t i = 0; i < peers.size(); i++)
            new_connections(turned(peers, i, number + turn), 20);
    for (Peer &p : peers)
        end_round(p);
}

void print_results(const std::vector<Peer> &peers)
{
    const char *comma = "";
    printf("{");
    for (const Peer &p : peers) {
        printf("%s\"%s\": {", comma, p.name.c_str());
        comma = "";
        for (const auto &[row, values] : p.values) {
            printf("%s\"%s\": [", comma, row.c_str());
            for (size_t i = 0; i < values.size(); i++)
                printf("%s%.6g", i ? ", " : "", values[i]);
            printf("]");
            comma = ", ";
        }
        printf("}");
        comma = ", ";
    }
    printf("}\n");
}
} // namespace

int main(int argc, char **argv)
{
    static std::vector<Peer> peers(1); // of the program, so that die() removes their folders
    peers[0].name = "direct";
    if (argc < 4) {
        fprintf(stderr, "bench_relay ROUNDS MIB LIMIT_MS NAME=COMMAND ...\n");
        return 64;
    }
    int rounds = atoi(argv[1]);
    uint64_t bytes = uint64_t(atoi(argv[2])) << 20;
    double limit = atof(argv[3]) / 1000;
    for (int i = 4; i < argc; i++) {
        std::string arg = argv[i];
        Peer p;
        p.name = arg.substr(0, arg.find('='));
        p.command = arg.substr(arg.find('=') + 1);
        peers.push_back(std::move(p));
    }
    uint16_t target = 0;
    std::thread(serve_forever, listen_on(target)).detach();
    peers[0].port = target;
    for (size_t i = 1; i < peers.size(); i++)
        start(peers[i], target);
    for (int round = 0; round < rounds; round++) {
        fprintf(stderr, "round %d of %d\n", round + 1, rounds);
        one_round(peers, round, bytes, limit);
    }
    for (Peer &p : peers)
        stop(p);
    print_results(peers);
    fflush(stdout);
    _exit(0); // the far end's threads still wait
}
