// SPDX-License-Identifier: BSD-3-Clause
// The parts of probe that do no input or output: routes from facts, and what scripts print.
#include "probe_judge.h"
#include "sshd.h"
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <sys/stat.h>

extern "C" const char pvhop_probe_pvserver_script[];

namespace
{

// What sshd's settings and the site come to, as a probe would find it; all is allowed at first.
probe_facts all_allowed(bool batch)
{
    probe_facts f{};
    f.may = {PROBE_YES, PROBE_YES, PROBE_YES, PROBE_YES, PROBE_YES,
             PROBE_YES, PROBE_YES, PROBE_YES, false};
    if (!batch)
        f.may.local_node = PROBE_UNKNOWN;
    f.nodes_ssh = batch ? PROBE_YES : PROBE_UNKNOWN;
    f.batch = batch;
    return f;
}

struct Judged {
    std::string best;
    std::map<std::string, bool> possible;
    std::map<std::string, std::string> why;
};

Judged judge(const probe_facts &f)
{
    probe_verdict v[PROBE_ROUTES];
    const probe_verdict *best = probe_judge(&f, v);
    Judged j;
    j.best = best ? best->route : "";
    for (const probe_verdict &each : v) {
        j.possible[each.route] = each.possible;
        j.why[each.route] = each.why;
        EXPECT_STRNE("", each.why) << each.route;
        EXPECT_EQ(std::string(each.route) != "direct" && std::string(each.route) != "relay",
                  each.encrypted);
    }
    return j;
}

std::string request(const probe_facts &f)
{
    char *text = probe_request(&f, "fe.site.org");
    std::string s = text;
    free(text);
    return s;
}

} // namespace

TEST(ProbeJudge, OnNodesTheWaysThatTheFrontEndCallsFirst)
{
    probe_facts f = all_allowed(true);
    EXPECT_EQ("two-hop-forward", judge(f).best);
    EXPECT_EQ("", request(f));
    f.may.local = f.may.local_node = PROBE_NO; // AllowTcpForwarding remote
    EXPECT_EQ("stdio", judge(f).best);
    f.may.max_sessions = PROBE_NO; // one is enough for the helper
    EXPECT_EQ("stdio", judge(f).best);
    f.may.helper = PROBE_NO;
    EXPECT_EQ("tunnel", judge(f).best);
    f.may.helper = PROBE_YES;
    f.may.reverse_bound = PROBE_NO; // GatewayPorts no
    EXPECT_EQ("stdio", judge(f).best);
    EXPECT_TRUE(judge(f).possible["relay-tunnel"]);
    EXPECT_NE(std::string::npos, judge(f).why["tunnel"].find("GatewayPorts no"));
    EXPECT_NE(std::string::npos, request(f).find("GatewayPorts clientspecified"));
    f.may.reverse_loopback = f.may.reverse_inside = PROBE_NO; // AllowTcpForwarding no
    f.may.reverse_bound = PROBE_UNKNOWN;
    f.may.max_sessions = PROBE_YES;
    f.may.helper = PROBE_NO;
    EXPECT_EQ("stdio", judge(f).best);
    EXPECT_NE(std::string::npos, judge(f).why["stdio"].find("python3"));
    EXPECT_NE(std::string::npos, request(f).find("AllowTcpForwarding yes"));
    f.may.max_sessions = PROBE_NO;
    EXPECT_EQ("", judge(f).best);
    EXPECT_NE(std::string::npos, request(f).find("MaxSessions"));
    EXPECT_FALSE(judge(f).possible["two-hop-reverse"]);
}

TEST(ProbeJudge, NeverOneThatIsNotEncrypted)
{
    probe_facts f = all_allowed(true);
    f.may = {PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO, PROBE_NO, false};
    Judged j = judge(f);
    EXPECT_EQ("", j.best);
    EXPECT_TRUE(j.possible["direct"]);
    EXPECT_FALSE(j.possible["relay"]);
    EXPECT_NE(std::string::npos, request(f).find("pvhop-relay"));
}

TEST(ProbeJudge, OnTheFrontEndItsLoopbackIsEnough)
{
    probe_facts f = all_allowed(false);
    f.may.reverse_inside = f.may.reverse_bound = PROBE_NO;
    EXPECT_EQ("tunnel", judge(f).best);
    EXPECT_EQ("", request(f));
    f.may.reverse_loopback = PROBE_NO; // AllowTcpForwarding local
    EXPECT_EQ("two-hop-forward", judge(f).best);
    f.may.local = PROBE_NO;
    EXPECT_EQ("stdio", judge(f).best);
    EXPECT_FALSE(judge(f).possible["two-hop-reverse"]);
}

TEST(ProbeJudge, WhatIsNotKnownIsTriedAndSaid)
{
    probe_facts f{};
    f.batch = true;
    Judged j = judge(f);
    EXPECT_EQ("two-hop-forward", j.best);
    EXPECT_NE(std::string::npos, j.why["two-hop-forward"].find("could be tried"));
}

TEST(ProbeJudge, WhatIsMissingIsBadOnlyWhereItIsNeeded)
{
    probe_facts nodes{};
    nodes.batch = true;
    nodes.nodes_ssh = PROBE_NO;
    EXPECT_EQ(PVHOP_CHECK_NOTE, probe_gravity(&nodes, "auto"));
    EXPECT_EQ(PVHOP_CHECK_NOTE, probe_gravity(&nodes, "two-hop-forward"));
    EXPECT_EQ(PVHOP_CHECK_BAD, probe_gravity(&nodes, "two-hop-reverse"));
    probe_facts none{}; // AllowTcpForwarding no
    none.may.reverse_loopback = none.may.reverse_inside = none.may.local = PROBE_NO;
    EXPECT_EQ(PVHOP_CHECK_NOTE, probe_gravity(&none, "auto")) << "stdio needs none of it";
    EXPECT_EQ(PVHOP_CHECK_NOTE, probe_gravity(&none, "stdio"));
    EXPECT_EQ(PVHOP_CHECK_BAD, probe_gravity(&none, "tunnel"));
    none.may.max_sessions = PROBE_NO;
    EXPECT_EQ(PVHOP_CHECK_NOTE, probe_gravity(&none, "auto")) << "the helper needs one session";
    none.may.helper = PROBE_NO;
    EXPECT_EQ(PVHOP_CHECK_BAD, probe_gravity(&none, "auto"));
}

TEST(ProbePvserver, ALineIsAnInstallation)
{
    json_t *v =
        probe_pvserver_read("pv\t/opt/pv/bin/pvserver\tparaview/5.11\t5.11.0\tOpen MPI\tegl glx");
    ASSERT_NE(nullptr, v);
    EXPECT_STREQ("/opt/pv/bin/pvserver", json_string_value(json_object_get(v, "path")));
    EXPECT_STREQ("paraview/5.11", json_string_value(json_object_get(v, "module")));
    EXPECT_STREQ("5.11.0", json_string_value(json_object_get(v, "version")));
    EXPECT_STREQ("Open MPI", json_string_value(json_object_get(v, "mpi")));
    EXPECT_EQ(2u, json_array_size(json_object_get(v, "rendering")));
    json_decref(v);
    v = probe_pvserver_read("pv\t\tParaView/5.12.0-foss-2023b\t5.12.0\t\t");
    ASSERT_NE(nullptr, v);
    EXPECT_TRUE(json_is_null(json_object_get(v, "path")));
    EXPECT_TRUE(json_is_null(json_object_get(v, "mpi")));
    json_decref(v);
}

TEST(ProbePvserver, AnythingElseIsNone)
{
    for (const char *line : {"", "pv", "hello", "pv\t\t\t5.11\t\t", "pv\trm -rf\t\t5.11\t\tx",
                             "px\t/a\tb\tc\td\te", "\t\t\t\t\t"})
        EXPECT_EQ(nullptr, probe_pvserver_read(line)) << line;
    json_t *v =
        probe_pvserver_read(("pv\t/" + std::string(3000, 'x') + "\t\t\xff\xfe\t\t").c_str());
    ASSERT_NE(nullptr, v); // and is valid JSON whatever bytes there were
    char *text = json_dumps(v, 0);
    EXPECT_NE(nullptr, text);
    free(text);
    json_decref(v);
}

// ---- the search, in a shell, with modules as Lmod and Environment Modules print them

namespace
{

class ProbeSearch : public testing::Test
{
  protected:
    pvhop_test::TempDir dir;

    // A pvserver of that version in the folder `name`/bin.
    void install(const std::string &name, const std::string &version)
    {
        pvhop_test::run({"/bin/mkdir", "-p", dir / (name + "/bin")});
        const std::string file = dir / (name + "/bin/pvserver");
        ASSERT_TRUE(
            pvhop_test::write_file(file, "#!/bin/sh\necho paraview version " + version + "\n"));
        chmod(file.c_str(), 0755);
    }
    // The tools that the script uses, so that no pvserver of this machine is found.
    void SetUp() override
    {
        pvhop_test::run(
            {"/bin/sh", "-c",
             "mkdir \"$0\" && for t in timeout sed grep sort cut head readlink ldd cat tr sh "
             "bash env; do ln -s \"$(command -v $t)\" \"$0\"; done",
             dir / "tools"});
    }
    std::map<std::string, std::string> found(const std::string &before)
    {
        std::string out;
        const std::string script =
            "GIVEN=\nprelude() { :; }\n" + before + "\n" + pvhop_probe_pvserver_script;
        pvhop_test::run({"/usr/bin/env", "-i", "PATH=" + dir / "tools", "HOME=" + dir.path(),
                         "D=" + dir.path(), "/bin/sh", "-c", script},
                        &out);
        std::map<std::string, std::string> all; // module or path: version
        for (size_t at = 0, end; (end = out.find('\n', at)) != std::string::npos; at = end + 1) {
            json_t *v = probe_pvserver_read(out.substr(at, end - at).c_str());
            const char *module = json_string_value(json_object_get(v, "module")),
                       *path = json_string_value(json_object_get(v, "path")),
                       *version = json_string_value(json_object_get(v, "version"));
            if (module)
                all[module] = version ? version : "";
            else if (path && std::string(path).find(dir.path()) == 0)
                all[path] = version ? version : "";
            json_decref(v);
        }
        return all;
    }
};

} // namespace

TEST_F(ProbeSearch, LmodsModulesAreLoadedAndTried)
{
    install("511", "5.11.2");
    install("512", "5.12.0-RC1");
    const auto all =
        found("LMOD_CMD=/lmod\n"
              "module() { case \"$*\" in\n"
              "'-t avail') printf '%s\\n' /apps/modules/core: gcc/ gcc/12.2.0 ParaView/ "
              "ParaView/5.11.2-foss-2023a 'ParaView/5.12.0 (D)' >&2 ;;\n"
              "'-t spider') printf '%s\\n' ParaView/5.11.2-foss-2023a "
              "paraview-server/5.10.1-egl >&2 ;;\n"
              "'load ParaView/5.11.2-foss-2023a') PATH=$D/511/bin:$PATH ;;\n"
              "'load ParaView/5.12.0') PATH=$D/512/bin:$PATH ;;\n"
              "*) return 1 ;; esac; }");
    EXPECT_EQ(3u, all.size());
    EXPECT_EQ("5.11.2", all.at("ParaView/5.11.2-foss-2023a"));
    EXPECT_EQ("5.12.0-RC1", all.at("ParaView/5.12.0"));
    EXPECT_EQ("5.10.1", all.at("paraview-server/5.10.1-egl")); // not loadable: by its name
}

TEST_F(ProbeSearch, EnvironmentModulesToo)
{
    install("511", "5.11.0");
    const auto all =
        found("module() { case \"$*\" in\n"
              "'-t avail') printf '%s\\n' /usr/share/modules/modulefiles: dot null "
              "'paraview/5.11.0(default)' paraview/5.9.1 >&2 ;;\n"
              "'load paraview/5.11.0') PATH=$D/511/bin:$PATH ;;\n"
              "*) echo 'ERROR: Unable to locate a modulefile' >&2; return 1 ;; esac; }");
    EXPECT_EQ(2u, all.size());
    EXPECT_EQ("5.11.0", all.at("paraview/5.11.0"));
    EXPECT_EQ("5.9.1", all.at("paraview/5.9.1"));
}

TEST_F(ProbeSearch, SpackAndTheHomeFolder)
{
    install("spack/paraview-5.11.1-abc", "5.11.1");
    install("ParaView-5.12.1", "5.12.1");
    const auto all = found("module() { :; }\nspack() { echo \"==> 1 installed package\"; "
                           "echo \"$D/spack/paraview-5.11.1-abc/bin/pvserver\"; }\n"
                           "timeout() { shift; \"$@\"; }");
    EXPECT_EQ("5.11.1", all.at(dir / "spack/paraview-5.11.1-abc/bin/pvserver"));
    EXPECT_EQ("5.12.1", all.at(dir / "ParaView-5.12.1/bin/pvserver"));
}

TEST_F(ProbeSearch, WhatTheUserNamesIsTriedWithItsPrelude)
{
    install("own", "5.13.0");
    const auto all = found("module() { :; }\nGIVEN=pvserver\nprelude() { PATH=$D/own/bin:$PATH; }");
    EXPECT_EQ("5.13.0", all.at(dir / "own/bin/pvserver"));
}
