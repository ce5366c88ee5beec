// SPDX-License-Identifier: BSD-3-Clause
// The built program, run as users run it.
#include "sshd.h"
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <jansson.h>
#include <pvhop/recipe.h>
#include <set>
#include <signal.h>
#include <sstream>
#include <stdlib.h>
#include <string.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace
{
struct Result {
    int code;
    std::string out, err;
};

std::string drain(int fd)
{
    std::string s;
    char buf[65536];
    for (ssize_t n; (n = read(fd, buf, sizeof(buf))) > 0;)
        s.append(buf, (size_t)n);
    close(fd);
    return s;
}

// The environment of a test is its own: no PVHOP_... of whoever runs it.
pid_t start(const std::vector<std::string> &words, const std::vector<std::string> &env, int out,
            int err, int in = -1)
{
    pid_t pid = fork();
    if (pid == 0) {
        std::vector<char *> argv{(char *)PVHOP_PROGRAM},
            envp{(char *)"PATH=/usr/bin:/bin", (char *)"HOME=/nonexistent"};
        for (auto &w : words)
            argv.push_back((char *)w.c_str());
        for (auto &e : env)
            envp.push_back((char *)e.c_str());
        argv.push_back(nullptr);
        envp.push_back(nullptr);
        int null = open("/dev/null", O_RDONLY);
        dup2(in >= 0 ? in : null, 0);
        dup2(out, 1);
        dup2(err, 2);
        execve(PVHOP_PROGRAM, argv.data(), envp.data());
        _exit(126);
    }
    return pid;
}

int code_of(pid_t pid)
{
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

Result pvhop(const std::vector<std::string> &words, const std::vector<std::string> &env = {})
{
    FILE *err_file = tmpfile();
    int out[2];
    EXPECT_EQ(0, pipe2(out, O_CLOEXEC));
    pid_t pid = start(words, env, out[1], fileno(err_file));
    close(out[1]);
    Result r;
    r.out = drain(out[0]);
    r.code = code_of(pid);
    rewind(err_file);
    char buf[8192];
    r.err.assign(buf, fread(buf, 1, sizeof(buf), err_file));
    fclose(err_file);
    return r;
}

bool has(const std::string &text, const std::string &what)
{
    return text.find(what) != std::string::npos;
}

// Of a folder that goes with this program, and what pvhop put beside a file (its last one, NAME~)
// with it.
std::string temporary()
{
    static const pvhop_test::TempDir folder;
    static unsigned count;
    return folder / "file-" + std::to_string(++count);
}
} // namespace

TEST(Cli, HelpNamesEveryVerbAndOption)
{
    Result none = pvhop({});
    EXPECT_EQ(64, none.code);
    EXPECT_TRUE(has(none.err, "Usage: pvhop VERB"));
    Result all = pvhop({"help"});
    EXPECT_EQ(0, all.code);
    EXPECT_EQ(all.out, pvhop({"--help"}).out);
    Result connect = pvhop({"connect", "--help"});
    EXPECT_EQ(0, connect.code);
    EXPECT_EQ(connect.out, pvhop({"help", "connect"}).out);
    Result man = pvhop({"help", "--man", "connect"});
    for (size_t n = 0; const pvhop_field *f = pvhop_field_row(n); n++) {
        char env[PVHOP_FIELD_ENV];
        EXPECT_TRUE(has(connect.out, std::string("  --") + f->name + " ")) << f->name;
        EXPECT_TRUE(has(man.out, pvhop_field_env(f, env))) << f->name;
    }
    std::stringstream lines(all.out + connect.out);
    for (std::string line; std::getline(lines, line);)
        EXPECT_LE(line.size(), 100u) << line;
    for (const char *verb :
         {"connect", "pvsc new", "pvsc list", "pvsc show", "pvsc check", "pvsc remove",
          "pvsc rename", "pvsc merge", "pvsc diff", "relay", "help", "version"})
        EXPECT_TRUE(has(all.out, std::string("  ") + verb + " ")) << verb;
    EXPECT_EQ(64, pvhop({"pvsc"}).code);
    EXPECT_EQ(0, pvhop({"pvsc", "--help"}).code);
    EXPECT_EQ(0, pvhop({"relay", "--help"}).code);
    EXPECT_TRUE(has(pvhop({"pvsc", "mix"}).err, "'pvsc mix'"));
    EXPECT_TRUE(has(pvhop({"nosuch"}).err, "PVH1001"));
    EXPECT_EQ("pvhop " PVHOP_VERSION "\n", pvhop({"--version"}).out);
    EXPECT_EQ("pvhop " PVHOP_VERSION "\n", pvhop({"version"}).out);
}

TEST(Cli, ManPagesAreTroff)
{
    for (const char *page : {"", "connect", "pvsc"}) {
        std::string path = temporary();
        Result man = *page ? pvhop({"help", "--man", page}) : pvhop({"help", "--man"});
        EXPECT_EQ(0, man.code);
        EXPECT_EQ(0u, man.out.find(".TH PVHOP"));
        std::ofstream(path) << man.out;
        // groff tells of what it does not understand; where it is not installed, man-db is not
        // either.
        if (access("/usr/bin/groff", X_OK) == 0) {
            std::string command = "groff -man -Tutf8 -ww -z " + path + " 2>&1";
            FILE *p = popen(command.c_str(), "r");
            char buf[4096];
            size_t n = fread(buf, 1, sizeof(buf), p);
            EXPECT_EQ(0, pclose(p));
            EXPECT_EQ("", std::string(buf, n));
        }
        unlink(path.c_str());
    }
}

TEST(Cli, WhatRunsThereCanBeReadBefore)
{
    Result r = pvhop({"connect", "fe", "--scheduler=slurm", "--queue=viz", "--walltime=1h",
                      "--prelude=module load paraview/{version}", "--client-version=5.11.0",
                      "--pvserver=/apps/bin/pvserver", "--print-job"});
    EXPECT_EQ(0, r.code) << r.err;
    EXPECT_TRUE(has(r.out, "\nsbatch --parsable")) << r.out;
    EXPECT_TRUE(has(r.out, "viz"));
    EXPECT_TRUE(has(r.out, "\n#!/bin/sh\n"));
    EXPECT_TRUE(has(r.out, "module load paraview/5.11.0"));
    EXPECT_TRUE(has(r.out, "exec '/apps/bin/pvserver' --server-port=0")) << r.out;
    EXPECT_FALSE(has(r.out, "pvhop_run"));
    for (const char *scheduler : {"pbs", "lsf", "sge"}) {
        r = pvhop({"connect", "fe", "--scheduler", scheduler, "--route=tunnel", "--print-job"});
        EXPECT_EQ(0, r.code) << r.err;
        EXPECT_TRUE(has(r.out, "sub ")) << r.out;
        EXPECT_TRUE(has(r.out, "CALLS='front-end'")) << r.out;
    }
    r = pvhop({"connect", "fe", "--scheduler=none", "--mpi=mpiexec -n 2", "--print-job"});
    EXPECT_TRUE(has(r.out, "exec 'mpiexec' '-n' '2' 'pvserver' --reverse-connection")) << r.out;
    EXPECT_EQ(64, pvhop({"connect", "fe", "--scheduler=auto", "--print-job"}).code)
        << "which batch system?";
    EXPECT_EQ(64, pvhop({"connect", "--print-job"}).code);
}

TEST(Cli, DryRunFollowsThePrecedence)
{
    std::string path = temporary();
    ASSERT_EQ(0,
              pvhop({"pvsc", "new", "fe", "--scheduler=slurm", "--queue=entry", "--account=entry",
                     "--nodes=3", "--name=x", "--prelude", "module load \"a b\"", "--output", path})
                  .code);
    Result r = pvhop({"connect", "--entry", "x", "--file", path, "--queue=argument", "--dry-run"},
                     {"PVHOP_QUEUE=env", "PVHOP_ACCOUNT=env", "PV_CONNECT_ID=42"});
    EXPECT_EQ(0, r.code) << r.err;
    for (const char *word : {"--queue=argument", "--account=env", "--nodes=3",
                             "--prelude=module load \"a b\"", "--connect-id=42"})
        EXPECT_TRUE(has(r.out, word)) << r.out;
    EXPECT_TRUE(has(r.out, "asks Slurm for 3 nodes in argument on account env"));
    EXPECT_EQ(66, pvhop({"connect", "--entry", "y", "--file", path, "--dry-run"}).code);
    EXPECT_EQ(65, pvhop({"connect", "--entry", "y", "--file", "/nonexistent", "--dry-run"}).code);
    EXPECT_EQ(64, pvhop({"connect", "fe", "--file", path, "--dry-run"}).code);
    EXPECT_EQ(64, pvhop({"connect", "--dry-run"}).code);
    EXPECT_TRUE(
        has(pvhop({"connect", "fe", "--dry-run", "--", "pvpython"}).out, "--client=connects"));
    EXPECT_EQ(64, pvhop({"connect", "fe", "--client=listens", "--dry-run", "--", "pvpython"}).code);
    EXPECT_EQ(64, pvhop({"connect", "fe", "--dry-run", "--"}).code);
    EXPECT_EQ(64, pvhop({"connect", "fe", "--events", "99"}).code);
    unlink(path.c_str());
}

TEST(Cli, EntriesAreMadeAddedListedShown)
{
    std::string path = temporary();
    Result direct = pvhop({"pvsc", "new", "REMOTE", "--style=openssh", "--route=direct",
                           "--identity=/k", "--client-host=LOCAL", "--output", path});
    EXPECT_EQ(0, direct.code) << direct.err;
    EXPECT_TRUE(has(direct.err, "'REMOTE-11111-rc'"));
    EXPECT_EQ(73, pvhop({"pvsc", "new", "fe", "--output", path}).code);
    EXPECT_EQ(
        0,
        pvhop({"pvsc", "new", "fe", "--ask", "walltime,nodes", "--output", path, "--append"}).code);
    EXPECT_EQ(64, pvhop({"pvsc", "new", "fe", "--output", path, "--append"}).code);
    EXPECT_EQ(0, pvhop({"pvsc", "new", "fe", "--ask", "gpus", "--output", path, "--replace"}).code);
    EXPECT_EQ(64, pvhop({"pvsc", "new", "fe", "--ask", "colour"}).code);
    EXPECT_EQ(64, pvhop({"pvsc", "new", "fe", "--style", "ftp"}).code);
    EXPECT_EQ(64, pvhop({"pvsc", "new", "fe", "--style"}).code);
    EXPECT_EQ("REMOTE-11111-rc  openssh  csrc://REMOTE:11111\nfe-rc            pvhop    "
              "csrc://fe:11111\n",
              pvhop({"pvsc", "list", path}).out);
    EXPECT_TRUE(has(pvhop({"pvsc", "show", path, "REMOTE-11111-rc", "--expanded"}).out,
                    "runs      ssh -i /k REMOTE pvserver --reverse-connection --server-port=11111 "
                    "--client-host=LOCAL\n"));
    EXPECT_TRUE(has(pvhop({"pvsc", "show", path, "fe-rc"}).out, "<Option name=\"PVHOP_GPUS\""));
    EXPECT_EQ(66, pvhop({"pvsc", "show", path, "none"}).code);
    EXPECT_EQ(64, pvhop({"pvsc", "show", path}).code);
    EXPECT_EQ(65, pvhop({"pvsc", "list", "/nonexistent"}).code);
    EXPECT_TRUE(has(pvhop({"pvsc", "new", "fe"}, {"PVHOP_QUEUE=stray"}).out, "<Servers>"));
    EXPECT_FALSE(has(pvhop({"pvsc", "new", "fe"}, {"PVHOP_QUEUE=stray"}).out, "stray"));
    unlink(path.c_str());
}

TEST(Cli, EntriesOfOthersAreConvertedAdded)
{
    std::string theirs = temporary(), ours = temporary(), home = temporary();
    std::ofstream(theirs) << "<Servers><Server name='e' resource='csrc://fe:11111'>"
                             "<CommandStartup><Options><Option name='Q' label='Queue'>"
                             "<String default='$NEXT$'/></Option><Set name='NEXT' value='viz'/>"
                             "</Options><Command exec='ssh'><Arguments>"
                             "<Argument value='fe'/><Argument value='/s $$x'/>"
                             "<Argument value='$Q$'/><Argument value='$PV_VERSION_FULL$'/>"
                             "</Arguments></Command></CommandStartup></Server>"
                             "<Server name='m' resource='cs://fe'><ManualStartup/></Server>"
                             "</Servers>";
    EXPECT_TRUE(has(pvhop({"pvsc", "show", theirs, "e", "--expanded"}).out,
                    "runs      ssh fe '/s x' viz PV_VERSION_FULL\nas named  PV_VERSION_FULL\n"));
    EXPECT_TRUE(has(pvhop({"pvsc", "show", theirs, "e", "--expanded", "--set", "Q=a b",
                           "--set=PV_VERSION_FULL=5.11.0"})
                        .out,
                    "runs      ssh fe '/s x' a b 5.11.0\n"));
    EXPECT_EQ(64, pvhop({"pvsc", "show", theirs, "e", "--expanded", "--set", "Q"}).code);

    Result report = pvhop({"pvsc", "convert", theirs});
    EXPECT_EQ(0, report.code) << report.err;
    EXPECT_TRUE(has(report.out, "PVHOP_QUEUE")) << report.out;
    EXPECT_TRUE(has(report.err, "e: converted in part\n")) << report.err;
    EXPECT_TRUE(has(report.err, "m: not converted\n")) << report.err;
    EXPECT_EQ(65, pvhop({"pvsc", "convert", theirs, "m"}).code);
    EXPECT_EQ(66, pvhop({"pvsc", "convert", theirs, "none"}).code);
    std::ofstream(ours) << "<Servers/>";
    Result none = pvhop({"pvsc", "convert", ours});
    EXPECT_EQ(65, none.code);
    EXPECT_TRUE(has(none.err, "no entries")) << none.err;
    Result json = pvhop({"pvsc", "convert", theirs, "e", "--json"});
    json_t *o = json_loads(json.out.c_str(), 0, nullptr);
    ASSERT_NE(nullptr, o) << json.out;
    EXPECT_STREQ("in-part", json_string_value(json_object_get(o, "result")));
    EXPECT_EQ(2u, json_array_size(json_object_get(o, "left"))) << json.out;
    EXPECT_TRUE(has(json_string_value(json_object_get(o, "text")), "<Server name=\"e\""));
    json_decref(o);

    unlink(ours.c_str());
    ASSERT_EQ(0, pvhop({"pvsc", "convert", theirs, "e", "--output", ours}).code);
    EXPECT_EQ(64, pvhop({"pvsc", "convert", theirs, "e", "--output", ours}).code);
    EXPECT_EQ(0, pvhop({"pvsc", "convert", theirs, "e", "--output", ours, "--replace"}).code);
    EXPECT_TRUE(has(pvhop({"pvsc", "list", ours}).out, "e  pvhop "));

    unlink(home.c_str());
    std::string config = "XDG_CONFIG_HOME=" + home + "/config",
                servers = home + "/config/ParaView/servers.pvsc";
    EXPECT_EQ(64, pvhop({"pvsc", "add"}, {config}).code);
    EXPECT_EQ(0, pvhop({"pvsc", "add", ours}, {config}).code);
    EXPECT_EQ(0, pvhop({"pvsc", "add", ours}, {config}).code) << "the same again";
    EXPECT_EQ(64, pvhop({"pvsc", "add", theirs}, {config}).code) << "another of that name";
    EXPECT_EQ(0, pvhop({"pvsc", "add", theirs, "--replace"}, {config}).code);
    EXPECT_TRUE(has(pvhop({"pvsc", "list", servers}).out, "m  other"));
    EXPECT_EQ(0, unlink(servers.c_str()));
    EXPECT_EQ(0, unlink((servers + "~").c_str())) << "the one before is kept";
    rmdir((home + "/config/ParaView").c_str());
    rmdir((home + "/config").c_str());
    EXPECT_EQ(0, rmdir(home.c_str()));
    unlink(ours.c_str());
    unlink((ours + "~").c_str());
    unlink(theirs.c_str());
}

TEST(Cli, FilesAreEditedMergedCompared)
{
    std::string a = temporary(), b = temporary();
    ASSERT_EQ(0, pvhop({"pvsc", "new", "fe", "--name=x", "--output", a}).code);
    ASSERT_EQ(0, pvhop({"pvsc", "new", "fe", "--name=y", "--output", a, "--append"}).code);
    ASSERT_EQ(0, pvhop({"pvsc", "new", "fe", "--name=y", "--output", b}).code);
    ASSERT_EQ(0, pvhop({"pvsc", "new", "fe", "--name=z", "--output", b, "--append"}).code);
    Result r = pvhop({"pvsc", "diff", a, b});
    EXPECT_EQ(1, r.code);
    EXPECT_EQ("x is only in " + a + "\nz is only in " + b + "\n", r.out);
    EXPECT_EQ(0, pvhop({"pvsc", "merge", a, b}).code);
    EXPECT_EQ(0, pvhop({"pvsc", "remove", a, "x"}).code);
    EXPECT_EQ(0, pvhop({"pvsc", "diff", a, b}).code);
    ASSERT_EQ(
        0,
        pvhop({"pvsc", "new", "fe", "--user=alice", "--name=y", "--output", b, "--replace"}).code);
    r = pvhop({"pvsc", "diff", a, b});
    EXPECT_EQ("y differs:\n+         <Argument value=\"--user=alice\"/>\n", r.out);
    EXPECT_EQ(64, pvhop({"pvsc", "merge", a, b}).code);
    EXPECT_EQ("", pvhop({"pvsc", "diff", a, a}).out);
    EXPECT_EQ(0, pvhop({"pvsc", "merge", "--replace", a, b}).code);
    EXPECT_EQ(0, pvhop({"pvsc", "diff", a, b}).code);
    EXPECT_EQ(0, pvhop({"pvsc", "rename", a, "y", "why"}).code);
    EXPECT_EQ(64, pvhop({"pvsc", "rename", a, "why", "z"}).code);
    EXPECT_EQ(66, pvhop({"pvsc", "rename", a, "y", "n"}).code);
    EXPECT_EQ(66, pvhop({"pvsc", "remove", a, "z", "nosuch"}).code);
    EXPECT_EQ("why  pvhop    csrc://fe:11111\nz    pvhop    csrc://fe:11111\n",
              pvhop({"pvsc", "list", a}).out);
    for (const char *verb : {"remove", "rename", "merge", "diff"})
        EXPECT_EQ(64, pvhop({"pvsc", verb}).code);
    unlink(a.c_str());
    unlink(b.c_str());
}

// ParaView writes its own view of the file over ours when it quits.
TEST(Cli, ParaViewsFileIsLeftAloneWhileItRuns)
{
    const pvhop_test::TempDir there;
    const std::string &home = there.path();
    std::string folder = home + "/ParaView", file = folder + "/servers.pvsc",
                program = home + "/paraview";
    ASSERT_EQ(0, mkdir(folder.c_str(), 0700));
    std::ofstream(file) << "<Servers/>";
    ASSERT_EQ(0, symlink("/bin/sh", program.c_str()));
    int in[2], out[2];
    ASSERT_EQ(0, pipe2(in, O_CLOEXEC));
    ASSERT_EQ(0, pipe2(out, O_CLOEXEC));
    pid_t pid = fork();
    if (pid == 0) {
        setenv("XDG_CONFIG_HOME", home.c_str(), 1);
        dup2(in[0], 0);
        dup2(out[1], 1);
        execl(program.c_str(), "paraview", "-c", "echo; read line", nullptr);
        _exit(126);
    }
    close(in[0]);
    close(out[1]);
    char newline; // it runs, under its new name
    EXPECT_EQ(1, read(out[0], &newline, 1));
    close(out[0]);
    std::vector<std::string> env = {"XDG_CONFIG_HOME=" + home};
    EXPECT_EQ(75, pvhop({"pvsc", "new", "fe", "--output", file, "--append"}, env).code);
    EXPECT_EQ(0, pvhop({"pvsc", "new", "fe", "--output", home + "/other.pvsc"}, env).code);
    // One that keeps its entries elsewhere does no harm; one that has yet to write its own does.
    std::string elsewhere = home + "/elsewhere";
    EXPECT_EQ(0,
              pvhop({"pvsc", "add", home + "/other.pvsc"}, {"XDG_CONFIG_HOME=" + elsewhere}).code);
    unlink(file.c_str());
    EXPECT_EQ(75, pvhop({"pvsc", "add", home + "/other.pvsc"}, env).code);
    close(in[1]);
    waitpid(pid, nullptr, 0);
}

TEST(Cli, ABundleIsMadeAndInstalled)
{
    const pvhop_test::TempDir there;
    const std::string &folder = there.path();
    const std::string bundle = folder + "/bundle", site = PVHOP_PVSC_FOLDER "/example/site.xml",
                      root = "--root=" + folder + "/root";
    Result made = pvhop({"pvsc", "bundle", site, bundle});
    EXPECT_EQ(0, made.code) << made.err;
    for (const char *file : {"/servers.pvsc", "/v5_11/servers.pvsc", "/site.xml", "/README.txt"})
        EXPECT_EQ(0, access((bundle + file).c_str(), R_OK)) << file;
    EXPECT_EQ(0, pvhop({"pvsc", "check", bundle + "/servers.pvsc"}).code);
    EXPECT_EQ(0, pvhop({"pvsc", "bundle", site, bundle, "--thin"}).code);
    // Another description with the same version.
    std::ifstream in(site);
    std::stringstream text;
    text << in.rdbuf();
    std::ofstream(folder + "/other.xml") << text.str() << "<!-- changed -->";
    EXPECT_TRUE(has(pvhop({"pvsc", "bundle", folder + "/other.xml", bundle}).err, "is not newer"));

    std::vector<std::string> home = {"XDG_CONFIG_HOME=" + folder + "/config"};
    EXPECT_EQ(0, pvhop({"pvsc", "install", bundle}, home).code);
    EXPECT_EQ(0, pvhop({"pvsc", "install", bundle, "--site", root}).code);
    EXPECT_EQ(0, pvhop({"pvsc", "install", bundle, "--front-end", root}).code);
    const std::string own = folder + "/config/ParaView/servers.pvsc",
                      all = folder + "/root/usr/share/ParaView/servers.pvsc",
                      front_end = folder + "/root/etc/pvhop/site.xml";
    EXPECT_EQ(pvhop({"pvsc", "list", own}).out, pvhop({"pvsc", "list", all}).out);
    EXPECT_EQ(0, access(front_end.c_str(), R_OK));
    EXPECT_EQ(64, pvhop({"pvsc", "install", bundle, "--site", "--user"}).code);
    EXPECT_EQ(64, pvhop({"pvsc", "install"}).code);
    // An entry of pvhop gives way to the bundle's; one that somebody else wrote does not.
    ASSERT_EQ(0, pvhop({"pvsc", "new", "elsewhere", "--name", "Heron: visualization server",
                        "--output", own, "--replace"})
                     .code);
    EXPECT_EQ(0, pvhop({"pvsc", "install", bundle}, home).code);
    EXPECT_TRUE(has(pvhop({"pvsc", "list", own}).out, "csrc://heron"));
    std::ofstream(own)
        << "<Servers><Server name=\"Falcon: GPU nodes\" resource=\"cs://x:1\"/></Servers>";
    EXPECT_EQ(64, pvhop({"pvsc", "install", bundle}, home).code);
    EXPECT_EQ(0, pvhop({"pvsc", "install", bundle, "--replace"}, home).code);
}

TEST(Cli, CheckTellsAndMends)
{
    std::string path = temporary();
    std::ofstream(path)
        << "<Servers>\n  <Server name=\"a\" resource=\"cs://h:1\">\n    <CommandStartup>\n"
           "      <Command exec=\"x\" timeout=\"3\" delay=\"9\"/>\n    </CommandStartup>\n  "
           "</Server>\n</Servers>\n";
    Result r = pvhop({"pvsc", "check", path});
    EXPECT_EQ(0, r.code) << r.err;
    EXPECT_TRUE(has(
        r.out, path + ":4:7: note: timeout=\"3\" is the old name of process_wait [old-timeout]\n"))
        << r.out;
    EXPECT_EQ(65, pvhop({"pvsc", "check", "--strict", path}).code) << "no connect id";
    std::stringstream lines(pvhop({"pvsc", "check", "--json", path}).out);
    int n = 0;
    for (std::string line; std::getline(lines, line); n++) {
        json_t *o = json_loads(line.c_str(), 0, nullptr);
        EXPECT_STREQ(path.c_str(), json_string_value(json_object_get(o, "file")));
        json_decref(o);
    }
    EXPECT_EQ(2, n);
    r = pvhop({"pvsc", "check", "--fix", path});
    EXPECT_EQ(0, r.code);
    EXPECT_FALSE(has(r.out, "old-timeout"));
    EXPECT_TRUE(has(r.err, "mended in 1 place."));
    EXPECT_TRUE(has(pvhop({"pvsc", "show", path, "a"}).out, "process_wait=\"3\" delay=\"9\""));
    std::ofstream(path) << "<Servers><Server name=\"a\"/></Servers>";
    EXPECT_EQ(65, pvhop({"pvsc", "check", path}).code);
    EXPECT_EQ(65, pvhop({"pvsc", "check", "/nonexistent"}).code);
    std::ofstream(path) << "<Servers>\n<Server name=\"a\">";
    r = pvhop({"pvsc", "check", "--json", path});
    EXPECT_EQ(65, r.code) << "a file that ends in the middle";
    EXPECT_TRUE(has(r.out, "\"line\":2,\"column\":")) << r.out;
    EXPECT_TRUE(has(r.out, "\"severity\":\"error\",\"rule\":\"unreadable\"")) << r.out;
    EXPECT_TRUE(has(r.err, "PVH1702")) << r.err;
    EXPECT_EQ(64, pvhop({"pvsc", "check"}).code);
    EXPECT_EQ(0, pvhop({"pvsc", "check", "--rules"}).code);
    unlink(path.c_str());
}

TEST(Cli, ErrorsSayWhatWhyAndWhatToDo)
{
    Result r = pvhop({"connect", "fe", "--rout=x"});
    EXPECT_EQ(64, r.code);
    EXPECT_EQ("pvhop: PVH1001: The command line was not understood: there is no option '--rout'\n"
              "       Did you mean --route? See 'pvhop help'.\n",
              r.err);
    EXPECT_EQ("", r.out);
    // The parent reads the same as an event.
    r = pvhop({"connect", "--events=1", "--answers=0", "fe", "--nodes=none"});
    EXPECT_EQ(64, r.code);
    std::stringstream lines(r.out);
    std::string line;
    std::vector<std::string> events;
    while (std::getline(lines, line)) {
        json_t *o = json_loads(line.c_str(), 0, nullptr);
        ASSERT_TRUE(json_is_object(o)) << line;
        events.push_back(json_string_value(json_object_get(o, "event")));
        if (events.back() == "error") {
            EXPECT_STREQ("PVH1002", json_string_value(json_object_get(o, "code")));
        }
        json_decref(o);
    }
    EXPECT_EQ((std::vector<std::string>{"error", "end"}), events);
    int full = open("/dev/full", O_WRONLY), null = open("/dev/null", O_WRONLY);
    EXPECT_EQ(71, code_of(start({"version"}, {}, full, null)));
    close(full);
    close(null);
}

namespace
{
// A host that takes the connection and never says a word: pvhop waits for it, and can be ended.
int silent_host(std::string *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage address{};
    socklen_t len = sizeof(address);
    address.ss_family = AF_INET;
    ((unsigned char *)&address)[4] = 127;
    ((unsigned char *)&address)[7] = 1;
    EXPECT_EQ(0, bind(fd, (sockaddr *)&address, 16));
    EXPECT_EQ(0, listen(fd, 5));
    getsockname(fd, (sockaddr *)&address, &len);
    unsigned char *p = (unsigned char *)&address;
    *port = std::to_string(p[2] * 256 + p[3]);
    return fd;
}

void expect_end(int how, int expected_code, const char *expected_error)
{
    std::string port;
    int host = silent_host(&port), out[2], in[2];
    ASSERT_EQ(0, pipe2(out, O_CLOEXEC));
    ASSERT_EQ(0, pipe2(in, O_CLOEXEC));
    // The login's worker is abandoned, and may still be ending when the process does: what OpenSSL
    // keeps for its thread is no leak.
    const std::vector<std::string> no_leak_check = {"ASAN_OPTIONS=detect_leaks=0"};
    pid_t pid = start({"connect", "--events=1", "--answers=0", "127.0.0.1", "--port", port,
                       "--ssh-config=none", "--route=tunnel"},
                      no_leak_check, out[1], 2, in[0]);
    close(out[1]);
    close(in[0]);
    int talk = accept(host, nullptr, nullptr); // pvhop is there and waits for the host's first word
    ASSERT_GE(talk, 0);
    if (how == 0) {
        close(in[1]);
        in[1] = -1;
    } else if (how < 0) {
        ASSERT_EQ(16, write(in[1], "{\"cancel\":true}\n", 16));
    } else {
        kill(pid, how);
    }
    std::string events = drain(out[0]);
    EXPECT_EQ(expected_code, code_of(pid)) << events;
    EXPECT_TRUE(has(events, expected_error)) << events;
    EXPECT_TRUE(has(events, "\"event\":\"end\"")) << events;
    close(talk);
    close(host);
    if (in[1] >= 0)
        close(in[1]);
}
} // namespace

TEST(Cli, ConnectEndsWhenItIsTold)
{
    expect_end(SIGTERM, 130, "PVH1004");
    expect_end(SIGINT, 130, "PVH1004");
    expect_end(-1, 130, "PVH1004");
    expect_end(0, 130, "PVH1005");
}
