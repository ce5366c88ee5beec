/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * A real sshd and a real ssh-agent of a test's own, on loopback, with keys and
 * files in a fresh folder. Everything started is ended and removed by the
 * destructors, also when the test crashes (then only the folder stays).
 */
#ifndef PVHOP_TESTS_SSHD_H
#define PVHOP_TESTS_SSHD_H
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace pvhop_test
{

/** Runs a program to its end. `out` gets standard output and standard error. Returns the exit code,
 * or -1. */
int run(const std::vector<std::string> &argv, std::string *out = nullptr,
        const std::vector<std::string> &env = {});
std::string read_file(const std::string &path);
bool write_file(const std::string &path, const std::string &text, unsigned mode = 0600);

/** A fresh folder (mode 0711), removed with all that is in it. */
class TempDir
{
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir &) = delete;
    TempDir &operator=(const TempDir &) = delete;
    const std::string &path() const
    {
        return m_path;
    }
    std::string operator/(const std::string &name) const
    {
        return m_path + "/" + name;
    }

  private:
    std::string m_path;
};

class PrivateSshd
{
  public:
    struct Options {
        /** Lines of sshd_config; they stand before the fixture's own, and sshd takes the first of a
         * keyword. */
        std::vector<std::string> config;
        std::string listen = "127.0.0.1";
        /** Authorise the user key made by the fixture. */
        bool authorize = true;
        /** Host keys to have: ed25519, rsa, ecdsa. */
        std::vector<std::string> host_keys = {"ed25519"};
        /**
         * An account "pvhoptest" with a password, PAM, and an /etc of its own
         * in a mount namespace. Needs root; see `skip`.
         */
        bool account = false;
        /** Lines of /etc/pam.d/sshd then; empty: pam_unix. */
        std::vector<std::string> pam;
        /** The account's password is expired: it must be changed at the first login. */
        bool expired = false;
    };
    PrivateSshd();
    explicit PrivateSshd(const Options &options);
    ~PrivateSshd();
    PrivateSshd(const PrivateSshd &) = delete;
    PrivateSshd &operator=(const PrivateSshd &) = delete;

    bool ok() const
    {
        return m_port != 0;
    }
    /** Why it does not run, for GTEST_SKIP or a failure. */
    const std::string &problem() const
    {
        return m_problem;
    }

    uint16_t port() const
    {
        return m_port;
    }
    /** The alias of it in config(). */
    const std::string &host() const
    {
        return m_alias;
    }
    /** The account that the config logs in to: the running user, or "pvhoptest". */
    const std::string &user() const
    {
        return m_user;
    }
    static const char *password()
    {
        return "correct horse";
    }
    const std::string &dir() const
    {
        return m_dir.path();
    }
    /** $HOME of its sessions: empty at first. */
    std::string home() const
    {
        return m_dir / "home";
    }
    std::string path(const std::string &name) const
    {
        return m_dir / name;
    }
    /** The user key's private half (ed25519, no passphrase); ".pub" is beside it. */
    std::string key() const
    {
        return m_dir / "user_key";
    }
    std::string known_hosts() const
    {
        return m_dir / "known_hosts";
    }
    std::string host_key_pub(const std::string &type = "ed25519") const
    {
        return m_dir / ("host_" + type + ".pub");
    }
    /** "[127.0.0.1]:PORT ssh-ed25519 AAAA..." */
    std::string known_hosts_line(const std::string &type = "ed25519") const;
    /** An ssh client configuration (ssh -F) for host(); known host, user key, no agent. */
    std::string config() const
    {
        return m_dir / "ssh_config";
    }
    /** Another one with lines that stand first (so they win); returns its path. */
    std::string config_with(const std::vector<std::string> &lines,
                            const std::string &name = "extra");
    /** Makes a further key pair; returns its path. Not authorised unless asked. */
    std::string make_key(const std::string &name, const std::string &type,
                         const std::string &passphrase, bool authorize);
    /** What sshd logged (LogLevel DEBUG1). */
    std::string log() const
    {
        return read_file(m_dir / "sshd.log");
    }
    /** Kills (SIGKILL) all connections' processes; new ones are still accepted. */
    void kill_connections();
    /** Kills everything; connections are refused from then on. */
    void stop();
    /** Pids of all processes that came from this sshd and live. */
    std::vector<pid_t> processes() const;

  private:
    void start(const Options &options);
    std::string client_config() const;
    TempDir m_dir;
    std::string m_alias = "pvhop-test";
    std::string m_user, m_listen, m_problem;
    uint16_t m_port = 0;
    pid_t m_pid = -1;
    int m_life = -1;
    int m_privsep = -1;
};

/** An ssh-agent of the test's own. */
class PrivateAgent
{
  public:
    PrivateAgent();
    ~PrivateAgent();
    PrivateAgent(const PrivateAgent &) = delete;
    PrivateAgent &operator=(const PrivateAgent &) = delete;
    bool ok() const
    {
        return m_pid > 0;
    }
    /** For IdentityAgent or SSH_AUTH_SOCK. */
    std::string socket() const
    {
        return m_dir / "agent";
    }
    bool add(const std::string &key_file);
    /** Stops answering (SIGSTOP), as an agent does that waits for a hardware key. */
    void hang();

  private:
    TempDir m_dir;
    pid_t m_pid = -1;
};

/** The paths of all open descriptors and the number of threads of this process: compare before and
 * after. */
std::vector<std::string> open_descriptors();
int thread_count();

} // namespace pvhop_test
#endif
