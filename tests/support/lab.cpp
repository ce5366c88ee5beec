// SPDX-License-Identifier: BSD-3-Clause
#include "lab.h"
#include "sshd.h"
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pvhop_test
{

static std::vector<std::string> lab_command(const std::string &name,
                                            const std::vector<std::string> &rest)
{
    std::vector<std::string> argv = {PVHOP_TEST_LAB, "--name", name};
    argv.insert(argv.end(), rest.begin(), rest.end());
    return argv;
}

Lab::Lab(const std::vector<std::string> &settings)
{
    static int count;
    std::vector<std::string> up = {"up", "--parent", std::to_string(getpid())};
    std::string out;

    m_name = "test-" + std::to_string(getpid()) + "-" + std::to_string(++count);
    up.insert(up.end(), settings.begin(), settings.end());
    if (run(lab_command(m_name, up), &out) != 0)
        m_why_not = "lab up: " + out;
}

Lab::~Lab()
{
    run(lab_command(m_name, {"down"}));
}

std::vector<std::string> Lab::argv(const std::string &where,
                                   const std::vector<std::string> &argv) const
{
    std::vector<std::string> rest = {"exec", where};
    rest.insert(rest.end(), argv.begin(), argv.end());
    return lab_command(m_name, rest);
}

int Lab::exec(const std::string &where, const std::vector<std::string> &args,
              std::string *out) const
{
    return run(argv(where, args), out);
}

int Lab::sh(const std::string &where, const std::string &text, std::string *out) const
{
    return exec(where, {"/bin/sh", "-c", text}, out);
}

int Lab::set(const std::vector<std::string> &settings) const
{
    std::vector<std::string> rest = {"set"};
    rest.insert(rest.end(), settings.begin(), settings.end());
    return run(lab_command(m_name, rest));
}

std::string Lab::missing()
{
    int status = 0;
    pid_t pid;

    if (geteuid() != 0)
        return "needs root";
    // Containers often forbid new namespaces.
    pid = fork();
    if (pid == 0)
        _exit(unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC) ? 1
                                                                                               : 0);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0)
        return "namespaces are not allowed here";
    return "";
}

} // namespace pvhop_test
