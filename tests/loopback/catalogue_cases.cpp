/* SPDX-License-Identifier: BSD-3-Clause */
/* How each code is provoked: by the program with a real sshd, else by the part that makes it. */
#include "catalogue.h"
#include "control_private.h"
#include "loopback_port.hpp"
#include "paraview_peer.hpp"
#include "program.h"
#include "sshd.h"
#include <arpa/inet.h>
#include <csignal>
#include <cstring>
#include <functional>
#include <netinet/in.h>
#include <pvhop/listener.h>
#include <pvhop/pump.h>
#include <pvhop/scheduler.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using pvhop_test::Ended;
using pvhop_test::listen_on_loopback;
using pvhop_test::PrivateSshd;
using pvhop_test::Program;
using pvhop_test::read_file;
using pvhop_test::TempDir;
using pvhop_test::write_file;

namespace
{

using Words = std::vector<std::string>;

/* ---- the program ---- */

/* What stands on standard error where there are no events: "what: why" and the remedy on a line of
 * its own, each behind the program's name or spaces; the code before or behind. */
Told from_text(const Ended &ended)
{
    Told t;
    t.exit_code = ended.exit_code;
    const size_t at = ended.err.find("PVH");
    if (at == std::string::npos) {
        t.why = "no code was told: " + ended.err + ", exit code " + std::to_string(ended.exit_code);
        return t;
    }
    t.code = ended.err.substr(at, 7);
    for (size_t n = 0; const pvhop_code_info *row = pvhop_code_row(n); n++) {
        const size_t what = ended.err.find(std::string(row->what) + ": ");
        if (t.code != "PVH" + std::to_string(row->code) || what == std::string::npos)
            continue;
        t.what = row->what;
        t.why = ended.err.substr(what + t.what.size() + 2);
    }
    for (const char *begin : {"\n       ", "\npvhop relay: "}) {
        const size_t line = t.why.rfind(begin);
        if (line == std::string::npos)
            continue;
        t.remedy = t.why.substr(line + strlen(begin));
        t.why.resize(line);
        t.remedy.resize(std::min(t.remedy.find(" (PVH"), t.remedy.find_last_not_of("\n") + 1));
        break;
    }
    return t;
}

Told from_events(const Ended &ended)
{
    Told t;
    t.code = ended.code;
    t.what = ended.what;
    t.why = ended.why;
    t.remedy = ended.remedy;
    t.exit_code = ended.exit_code;
    if (ended.errors != 1) {
        t.code = std::to_string(ended.errors) + " errors";
        for (const std::string &line : ended.events)
            t.why += "\n" + line;
        t.why += ended.err;
    }
    return t;
}

Told told_by(const Words &words, const Program::React &react = nullptr)
{
    Program::Options o;
    o.react = react;
    Words all = {"connect"};
    all.insert(all.end(), words.begin(), words.end());
    return from_events(Program::run(PVHOP_PROGRAM, all, o));
}

Told told_in_text(const Words &words, long open_files = 0, const Words &env = {})
{
    Program::Options o;
    o.events = false;
    o.open_files = open_files;
    o.env = env;
    return from_text(Program::run(PVHOP_PROGRAM, words, o));
}

/* As a person in a hurry answers: yes to keys, and always the same. */
Program::React answering(const std::string &text)
{
    return [text](const json_t *e) {
        return Program::text(e, "event") == "prompt" ? Program::answer(e, text.c_str()) : "";
    };
}

/* ---- other ends ---- */

/* A TCP server on loopback that talks with each newcomer until it has gone. */
class Server
{
  public:
    explicit Server(std::string says, bool closes = false) : m_says(std::move(says))
    {
        uint16_t number = 0;
        m_fd = listen_on_loopback(&number);
        port = std::to_string(number);
        m_thread = std::thread([this, closes] {
            for (int fd; (fd = accept4(m_fd, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ::close(fd)) {
                char buf[4096];
                (void)!send(fd, m_says.data(), m_says.size(), MSG_NOSIGNAL);
                while (!closes && recv(fd, buf, sizeof buf, 0) > 0) {}
            }
        });
    }
    ~Server()
    {
        shutdown(m_fd, SHUT_RDWR);
        m_thread.join();
        ::close(m_fd);
    }
    std::string port;

  private:
    std::string m_says;
    int m_fd;
    std::thread m_thread;
};

/* All that a client says which listens, as if pvserver's words had come. */
std::string client_transcript(unsigned char verdict = 0, char byte_order = 0)
{
    const std::string text = connector_transcript(), digits(text, 29, 33);
    return std::string("<<<<\1\0\0\0", 8) + byte_order + text.substr(9, 12) +
           std::string("????\x21\0\0\0", 8) + digits + std::string("====\4\0\0\0\1\0\0\0", 12) +
           std::string("\x96\x86\1\0\4\0\0\0", 8) + static_cast<char>(verdict) +
           std::string(3, '\0');
}

/* A port of loopback on which nothing listens, as far as can be. */
std::string closed_port()
{
    return Server("").port;
}

/* ---- the far side ---- */

struct Far {
    explicit Far(const PrivateSshd::Options &options = {}) : sshd(options)
    {
    }
    std::string script(const std::string &text)
    {
        write_file(sshd.path("pvserver"), "#!/bin/sh\n" + text, 0755);
        chmod(sshd.path("pvserver").c_str(), 0755);
        return sshd.path("pvserver");
    }
    std::string pretender(const std::string &environment = "")
    {
        return script("export " + (environment.empty() ? "PRETEND=" : environment) +
                      "\nexec python3 " PVHOP_PRETENDER " \"$@\"\n");
    }
    /* A recipe for it, and more words. */
    Words words(Words more = {})
    {
        Words all = {"--host=" + sshd.host(), "--ssh-config=" + sshd.config(),
                     "--route=tunnel",        "--client=connects",
                     "--timeout=10",          "--timeout-start=20"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    PrivateSshd sshd;
};

Told with_far(const Words &more, const std::vector<std::string> &sshd_config = {},
              const Program::React &react = nullptr)
{
    PrivateSshd::Options o;
    o.config = sshd_config;
    Far far(o);
    return told_by(far.words(more), react);
}

Told with_ssh_config(const std::vector<std::string> &lines, const Program::React &react = nullptr,
                     const std::vector<std::string> &sshd_config = {})
{
    PrivateSshd::Options o;
    o.config = sshd_config;
    Far far(o);
    return told_by(far.words({"--ssh-config=" + far.sshd.config_with(lines)}), react);
}

Told with_known_hosts(const std::function<std::string(Far &)> &file,
                      const Program::React &react = nullptr)
{
    Far far;
    write_file(far.sshd.known_hosts(), file(far));
    return told_by(far.words(), react);
}

Told with_pvserver(const std::string &script, const Words &more = {})
{
    Far far;
    Words all = {"--pvserver=" + far.script(script)};
    all.insert(all.end(), more.begin(), more.end());
    return told_by(far.words(all));
}

const char version_only[] = "case \"$*\" in *--version*) echo 'paraview version 5.11.0'; exit 0;; "
                            "esac\n";

/* A pvserver that comes, and a client that listens and says this. */
Told with_client(const std::string &client_says, const std::string &pretend = "")
{
    Far far;
    Server client(client_says);
    return told_by(far.words({"--pvserver=" + far.pretender(pretend), "--client=listens",
                              "--client-port=" + client.port}));
}

Told in_silence(const std::function<std::string()> &then, const Words &more = {})
{
    TempDir dir;
    Server silent("");
    bool done = false;
    write_file(dir / "config", "Host *\n  IdentityAgent none\n");
    Words all = {"--host=127.0.0.1:" + silent.port, "--ssh-config=" + (dir / "config")};
    all.insert(all.end(), more.begin(), more.end());
    return told_by(all, [&](const json_t *e) {
        if (done || !then || Program::text(e, "phase") != "ssh")
            return std::string();
        done = true;
        return then();
    });
}

/* ---- single parts ---- */

Told from_error(const pvhop_error &err)
{
    Told t;
    t.code = "PVH" + std::to_string(err.code);
    t.what = err.what;
    t.why = err.why;
    t.remedy = err.remedy;
    return t;
}

std::string recorded(const char *name)
{
    return read_file(std::string(PVHOP_SOURCE "/tests/unit/data/scheduler/") + name + ".txt");
}

Told connection_lost()
{
    pvhop_error err = {}, told = {};
    pvhop_loop *loop = pvhop_loop_new(&err);
    uint16_t port = 0;
    int near[2], listening = listen_on_loopback(&port);
    const sockaddr_in a = pvhop_test::loopback(port);
    const int far = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(far, reinterpret_cast<const sockaddr *>(&a), sizeof a) ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, near))
        return {};
    pvhop_stream *one =
        pvhop_stream_from_socket(loop, accept(listening, nullptr, nullptr), nullptr, &err);
    pvhop_stream *two = pvhop_stream_from_socket(loop, near[0], "the other side", &err);
    pvhop_pump *pump = pvhop_pump_new(
        loop, one, two, 0,
        [](void *user, const pvhop_error *e) { *static_cast<pvhop_error *>(user) = *e; }, &told,
        &err);
    const linger at_once = {1, 0}; /* the next close is a reset */
    setsockopt(far, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(far);
    for (int turn = 0; turn < 100 && !told.code; turn++)
        pvhop_loop_turn(loop, 50, &err);
    pvhop_pump_free(pump);
    pvhop_loop_free(loop);
    ::close(near[1]);
    ::close(listening);
    return from_error(told);
}

Told too_much_memory()
{
    pvhop_error err = {}, told = {};
    pvhop_loop *loop = pvhop_loop_new(&err);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        return {};
    static const pvhop_control_events events = {
        nullptr, [](void *user, const pvhop_error *e) { *static_cast<pvhop_error *>(user) = *e; }};
    pvhop_control *control = pvhop_control_on_stream(
        loop, pvhop_stream_from_socket(loop, pair[0], "the host", &err), 45, &events, &told, &err);
    /* A far side that is ready, and asked for more than is kept for it. */
    std::string heard;
    const std::string ready = " ready 1000 host\n";
    char buf[65536];
    for (int turn = 0; turn < 50 && heard.find("MARK\\0075") == std::string::npos &&
                       heard.find("MARK=") == std::string::npos;
         turn++) {
        pvhop_loop_turn(loop, 20, &err);
        const ssize_t n = recv(pair[1], buf, sizeof buf, MSG_DONTWAIT);
        if (n > 0)
            heard.append(buf, static_cast<size_t>(n));
    }
    const size_t at = heard.find("MARK=");
    const std::string line = at == std::string::npos ? "" : heard.substr(at + 5, 32) + ready;
    (void)!write(pair[1], line.data(), line.size());
    pvhop_control_query(
        control, std::string(5u << 20, 'x').c_str(), 1000, [](void *, int, const char *, size_t) {},
        nullptr);
    for (int turn = 0; turn < 50 && !told.code; turn++)
        pvhop_loop_turn(loop, 20, &err);
    pvhop_control_free(control);
    pvhop_loop_free(loop);
    ::close(pair[1]);
    return from_error(told);
}

Told too_many_ports()
{
    pvhop_error err = {};
    static const pvhop_listener_events events = {
        [](void *, const pvhop_arrival *) {},
        [](void *, const char *, const pvhop_error *) {},
    };
    pvhop_loop *loop = pvhop_loop_new(&err);
    pvhop_listener_config config = {};
    pvhop_listener *l = pvhop_listener_new(loop, &config, &events, nullptr, &err);
    pvhop_endpoint where = {};
    strcpy(where.host, "127.0.0.1");
    for (int i = 0; i < 100 && pvhop_listener_bind(l, &where, nullptr, &err) == 0; i++) {}
    pvhop_listener_free(l);
    pvhop_loop_free(loop);
    return from_error(err);
}

Told scheduler_missing()
{
    pvhop_error err = {};
    pvhop_resources job = {};
    char id[PVHOP_JOB_ID_MAX];
    job.name = "pvhop";
    const pvhop_scheduler *lsf = pvhop_scheduler_find("lsf");
    char *text = pvhop_scheduler_submit_sh(lsf, &job, nullptr, &err);
    std::string output;
    pvhop_test::run({"env", "-i", "PATH=/usr/bin:/bin", "sh", "-c", text ? text : "false"},
                    &output);
    free(text);
    pvhop_scheduler_submit_read(lsf, output.data(), output.size(), id, &err);
    return from_error(err);
}

Told submit_refused()
{
    pvhop_error err = {};
    char id[PVHOP_JOB_ID_MAX];
    const std::string output = recorded("slurm-submit-bad-queue");
    pvhop_scheduler_submit_read(pvhop_scheduler_find("slurm"), output.data(), output.size(), id,
                                &err);
    return from_error(err);
}

Told cancel_refused()
{
    pvhop_error err = {};
    const std::string output = recorded("pbs-cancel-forbidden");
    pvhop_scheduler_cancel_read(pvhop_scheduler_find("pbs"), "12", output.data(), output.size(),
                                &err);
    return from_error(err);
}

Told expired()
{
    PrivateSshd::Options o;
    o.account = true;
    o.expired = true;
    o.config = {"KbdInteractiveAuthentication yes", "PasswordAuthentication no",
                "PubkeyAuthentication no"};
    Far far(o);
    if (!far.sshd.ok()) {
        Told t;
        t.skipped = "no account with a password: " + far.sshd.problem();
        return t;
    }
    /* Each new password is another one: the change fails. */
    int n = 0;
    return told_by(far.words(), [&](const json_t *e) {
        if (Program::text(e, "event") != "prompt")
            return std::string();
        const std::string text = Program::text(e, "server_text") + Program::text(e, "text");
        if (text.find("ew password") == std::string::npos)
            return Program::answer(e, PrivateSshd::password());
        return Program::answer(e, ("Another one " + std::to_string(n++)).c_str());
    });
}

Told channel_lost()
{
    Far far;
    bool done = false;
    return told_by(
        far.words({"--pvserver=" + far.script(std::string(version_only) + "sleep 60\n")}),
        [&](const json_t *e) {
            if (!done && Program::text(e, "phase") == "start") {
                done = true;
                far.sshd.kill_connections();
            }
            return std::string();
        });
}

Told port_taken()
{
    Server holder("");
    Far far;
    return told_by(
        far.words({"--route=direct", "--server-port=" + holder.port, "--client-host=127.0.0.1"}));
}

Told own_namespace()
{
    Told t;
    if (geteuid() != 0) {
        t.skipped = "another network for the session's commands needs root";
        return t;
    }
    /* The port is opened in sshd's network; the commands of the session see another one. */
    PrivateSshd::Options o;
    o.config = {"ForceCommand unshare -n sh -c \"$SSH_ORIGINAL_COMMAND\""};
    Far far(o);
    return told_by(far.words({"--pvserver=" + far.pretender()}));
}

/* A batch system that takes the job and then says of it what a real one said. Its commands come
 * first in the PATH of the session. */
Told with_slurm(const char *recording, const Words &more)
{
    TempDir dir;
    std::string told = recorded(recording);
    const size_t at = told.find("JobId=");
    const std::string bin = dir / "bin", record = dir / "record", name = dir / "name";
    PrivateSshd::Options o;

    mkdir(bin.c_str(), 0755);
    mkdir((dir / "home").c_str(), 0755);
    write_file(record, told.substr(at, told.find('\n', at) - at) + "\n", 0644);
    const std::pair<const char *, std::string> commands[] = {
        {"sbatch", "for word; do case $word in --job-name=*) echo ${word#*=} >" + name +
                       ";; esac; done\ncat >/dev/null\necho 8\n"},
        {"scontrol", "cat " + record + "\n"},
        {"squeue", "case \"$*\" in *%j*) cat " + name + ";; *%P*) echo batch;; *) echo 8;; esac\n"},
        {"scancel", "printf '' >" + name + "\n"},
        {"sinfo", "echo batch\n"},
    };
    for (const auto &c : commands) {
        write_file(bin + "/" + c.first, "#!/bin/sh\n" + c.second, 0755);
        chmod((bin + "/" + c.first).c_str(), 0755);
    }
    o.config = {"GatewayPorts clientspecified",
                "SetEnv PATH=" + bin + ":/usr/local/bin:/usr/bin:/bin HOME=" + (dir / "home")};
    Far far(o);
    Words all = {"--scheduler=slurm", "--pvserver=" + far.script(version_only)};
    all.insert(all.end(), more.begin(), more.end());
    return told_by(far.words(all));
}

/* A process with ParaView's name, which keeps its entries in the file. */
Told while_paraview_runs()
{
    TempDir dir;
    const std::string folder = dir / ".config/ParaView", program = dir / "paraview";
    mkdir((dir / ".config").c_str(), 0755);
    mkdir(folder.c_str(), 0755);
    pvhop_test::run({"cp", "/bin/sleep", program});
    const pid_t pid = fork();
    if (pid == 0) {
        const std::string config = "XDG_CONFIG_HOME=" + (dir / ".config");
        char *const argv[] = {const_cast<char *>("paraview"), const_cast<char *>("300"), nullptr};
        char *const env[] = {const_cast<char *>(config.c_str()), nullptr};
        execve(program.c_str(), argv, env);
        _exit(126);
    }
    /* it has its name once it has become that program */
    while (read_file("/proc/" + std::to_string(pid) + "/comm") != "paraview\n" &&
           waitpid(pid, nullptr, WNOHANG) == 0)
        usleep(1000);
    const Told t = told_in_text({"pvsc", "new", "--host=fe", "--route=tunnel", "--name=x",
                                 "--output=" + folder + "/servers.pvsc"},
                                0, {"XDG_CONFIG_HOME=" + (dir / ".config")});
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return t;
}

Told entry(const std::string &text, const char *name)
{
    TempDir dir;
    write_file(dir / "f.pvsc", text);
    return told_by({"--entry=" + std::string(name), "--file=" + (dir / "f.pvsc")});
}

const char foreign[] = "<Servers><Server name=\"fe\" resource=\"csrc://fe:11111\"><CommandStartup>"
                       "<Command exec=\"ssh\"/></CommandStartup></Server></Servers>";

} // namespace

const std::vector<std::string> made_by_windows = {"PROGRAM", "PROGRAM_ENDED"};
const std::vector<std::string> elsewhere = {"RENDEZVOUS", "NODE_SSH"};

const std::vector<Provocation> provocations = {
    {"USAGE", "a mistyped option", "--rout",
     [] {
         return told_by({"fe", "--rout=tunnel"});
     }},
    {"VALUE", "a port that is none", "99999",
     [] {
         return told_by({"fe", "--client-port=99999"});
     }},
    {"CONFIG", "a configuration of the relay that is not there", "/no/such/file",
     [] {
         return told_in_text({"relay", "--config", "/no/such/file"});
     }},
    {"CANCELLED", "a cancel while a host is silent", "as asked",
     [] { return in_silence([] { return std::string("{\"cancel\":true}\n"); }); }},
    {"PARENT_GONE", "the end of the answers", "session",
     [] { return in_silence([] { return std::string(Program::END); }); }},
    {"RESOLVE", "a name that cannot exist", "no-such-host.invalid",
     [] {
         return told_by({"no-such-host.invalid", "--ssh-config=/dev/null"});
     }},
    {"CONNECT", "a closed port", "127.0.0.1",
     [] {
         return told_by({"127.0.0.1:" + closed_port(), "--ssh-config=/dev/null"});
     }},
    {"TIMEOUT", "a host that accepts and is silent", "within 1.0 s",
     [] { return in_silence(nullptr, {"--timeout=1"}); }},
    {"LISTEN", "a port that is taken", "in use", port_taken},
    {"CONNECTION_LOST", "a reset under the pump", "127.0.0.1:", connection_lost},
    {"SSH_PROTOCOL", "a web server on the port", "127.0.0.1",
     [] {
         Server web("HTTP/1.1 400 Bad Request\r\n\r\n", true);
         return told_by({"127.0.0.1:" + web.port, "--ssh-config=/dev/null"});
     }},
    {"HOSTKEY_UNKNOWN", "a new host, and no as the answer",
     "SHA256:", [] { return with_known_hosts([](Far &) { return ""; }, answering("no")); }},
    {"HOSTKEY_CHANGED", "another key on record", "ssh-keygen -f",
     [] {
         return with_known_hosts([](Far &far) {
             const std::string line = far.sshd.known_hosts_line();
             std::string other =
                 read_file(far.sshd.make_key("other", "ed25519", "", false) + ".pub");
             return line.substr(0, line.find(' ')) + " " + other;
         });
     }},
    {"HOSTKEY_REVOKED", "a revoked key", "@revoked",
     [] {
         return with_known_hosts([](Far &far) {
             return far.sshd.known_hosts_line() + "\n@revoked * " +
                    read_file(far.sshd.host_key_pub()) + "\n";
         });
     }},
    {"SSH_LOST", "sshd's session killed while pvserver starts", "", channel_lost},
    {"SSH_CONFIG", "a configuration that ssh refuses", "nosuchkeyword",
     [] { return with_ssh_config({"NoSuchKeyword yes"}); }},
    {"AUTH", "a wrong password, three times", "password",
     [] {
         return with_ssh_config({}, answering("wrong"),
                                {"PubkeyAuthentication no", "PasswordAuthentication yes"});
     }},
    {"AUTH_NO_METHOD", "a key wanted, and none to be used", "publickey",
     [] { return with_ssh_config({"PubkeyAuthentication no"}); }},
    {"KEY_FILE", "an identity that is not there", "/no/such/key",
     [] { return with_far({"--identity=/no/such/key"}); }},
    {"NO_PROMPT", "a new host, and nobody to ask", "not known yet",
     [] {
         Far far;
         write_file(far.sshd.known_hosts(), "");
         Words all = far.words();
         all.insert(all.begin(), "connect");
         return told_in_text(all);
     }},
    {"EXPIRED", "an expired password whose change fails", "new password", expired},
    {"FORWARD_REFUSED", "an sshd that forbids forwarding", "refused to listen",
     [] { return with_far({}, {"AllowTcpForwarding no"}); }},
    {"FORWARD_BOUND", "a session in another network than its sshd", "nothing listens",
     own_namespace},
    {"CHANNEL_REFUSED", "an sshd without sessions", "session",
     [] { return with_far({}, {"MaxSessions 0"}); }},
    {"SHELL", "an account with a fixed command", "only files here",
     [] { return with_far({}, {"ForceCommand printf 'only files here'"}); }},
    {"HELPER", "a recipe that forbids the helper which its route needs", "forbids",
     [] {
         return with_far({"--route=relay-tunnel", "--helper=never"});
     }},
    {"NO_ROUTE", "an sshd that allows one session and no forwarding, without a helper", "stdio: ",
     [] {
         return with_far({"--route=auto", "--helper=never"},
                         {"AllowTcpForwarding no", "MaxSessions 1"});
     }},
    {"PVSERVER_MISSING", "a path that is none", "/no/such/pvserver",
     [] { return with_far({"--pvserver=/no/such/pvserver"}); }},
    {"PVSERVER_VERSION", "an old pvserver", "5.11.0",
     [] { return with_pvserver(version_only, {"--client-version=6.0.1"}); }},
    {"PVSERVER_DIED", "a pvserver without its library", "libcrucial.so.7",
     [] {
         return with_pvserver(std::string(version_only) +
                              "echo 'cannot open libcrucial.so.7' >&2; exit 127\n");
     }},
    {"PVSERVER_SILENT", "a pvserver that never connects", "within 1 seconds",
     [] { return with_pvserver(std::string(version_only) + "sleep 60\n", {"--timeout-start=1"}); }},
    {"HANDSHAKE", "a client port with a web server behind",
     " of this computer: what answered is not ParaView (neither pvserver nor a client): it said "
     "'HTTP/1.1",
     [] { return with_client("HTTP/1.1 400 Bad Request\r\n\r\n"); }},
    {"CONNECT_ID", "a client that waits with another connect id", "connect id",
     [] { return with_client(client_transcript(3)); }},
    {"BYTE_ORDER", "a client that says big-endian", "big-endian",
     [] { return with_client(client_transcript(0, 1)); }},
    {"CLIENT", "no client on its port", "nothing listens",
     [] {
         Far far;
         return told_by(far.words({"--pvserver=" + far.pretender(), "--client=listens",
                                   "--client-port=" + closed_port()}));
     }},
    {"PVSERVER_LOST", "a pvserver that crashes in the session", "Segmentation fault",
     [] { return with_client(client_transcript() + "x", "PRETEND=lost"); }},
    {"SCHEDULER_MISSING", "LSF asked for where it is not", "bsub", scheduler_missing},
    {"SUBMIT", "a queue that does not exist (recorded from Slurm)", "partition", submit_refused},
    {"JOB_CANCEL", "somebody else's job (recorded from PBS)", "12", cancel_refused},
    {"JOB_ENDED", "a job that fails at once (recorded from Slurm)", "status 3",
     [] { return with_slurm("slurm-state-failed", {}); }},
    {"QUEUE_LIMIT", "a job that waits (recorded from Slurm)", "until enough nodes are free",
     [] { return with_slurm("slurm-state-queued", {"--timeout-queue=1"}); }},
    {"ENTRY_MISSING", "a name that is not in the file", "'gone'",
     [] { return entry(foreign, "gone"); }},
    {"PVSC_PARSE", "a file that is cut off", "f.pvsc:1",
     [] { return entry("<Servers><Server name=", "fe"); }},
    {"PVSC_WRITE", "a folder that is not there", "/no/such/folder",
     [] {
         return told_in_text({"pvsc", "new", "--host=fe", "--route=tunnel", "--name=x",
                              "--output=/no/such/folder/x.pvsc"});
     }},
    {"PVSC_BUSY", "the file of a ParaView that runs", "servers.pvsc", while_paraview_runs},
    {"ENTRY_FOREIGN", "a hand-made entry", "'fe'", [] { return entry(foreign, "fe"); }},
    {"SITE", "a description with a word that is not known", "site.xml:1:27",
     [] {
         TempDir dir;
         write_file(dir / "site.xml", "<site format=\"1\" name=\"S\"><news/></site>");
         return told_in_text({"pvsc", "bundle", dir / "site.xml", dir / "bundle"});
     }},
    {"SITE_POLICY", "a route that the site's own description excludes", "'tunnel'",
     [] {
         Far far;
         const std::string file = far.sshd.path("site.xml");
         write_file(file, "<site format=\"1\" name=\"S\"><policy route=\"stdio\"/></site>");
         return told_by(far.words({"--site-file=" + file}));
     }},
    {"RELAY_CONFIG", "a word that its grammar does not have", "conf:1",
     [] {
         TempDir dir;
         write_file(dir / "conf", "user 1 {\n}\n");
         return told_in_text({"relay", "--config", dir / "conf"});
     }},
    {"RELAY_LISTEN", "a port that is taken", "in use",
     [] {
         Server holder("");
         return told_in_text({"relay", "127.0.0.1:" + holder.port + ":127.0.0.1:9"});
     }},
    {"MEMORY", "a script beyond what is kept for a host", "5242880 bytes", too_much_memory},
    {"SYSTEM", "no more open files allowed", "open files",
     [] {
         return told_in_text({"connect", "127.0.0.1"}, 4);
     }},
    {"INTERNAL", "more ports for one listener than it has places", "ports", too_many_ports},
};
