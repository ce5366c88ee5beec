// SPDX-License-Identifier: BSD-3-Clause
// What a site says of itself on its front end, as `pvhop connect` finds it after the login.
#include "program.h"
#include "sshd.h"
#include <gtest/gtest.h>
#include <sys/stat.h>

using pvhop_test::Ended;
using pvhop_test::PrivateSshd;
using pvhop_test::Program;
using pvhop_test::write_file;

namespace
{

class SiteLogin : public testing::Test
{
  protected:
    PrivateSshd sshd;
    std::string pvserver = sshd.path("pvserver"), file = sshd.path("site.xml");

    void SetUp() override
    {
        ASSERT_TRUE(sshd.ok()) << sshd.problem();
        write_file(pvserver, "#!/bin/sh\nPRETEND=\nexport PRETEND\nexec python3 " PVHOP_PRETENDER
                             " \"$@\"\n");
        chmod(pvserver.c_str(), 0755);
    }
    // The description: of one machine, with the pretender as its pvserver.
    std::string site(const std::string &more = "")
    {
        return "<site format=\"1\" name=\"Test HPC\" version=\"10\" contact=\"help@test\" "
               "fetch=\"https://test/servers\"><machine name=\"M\"><front-end host=\"fe.test\"/>"
               "<defaults pvserver=\"" +
               pvserver + "\"/>" + more + "</machine></site>";
    }
    // Connects, and cancels as soon as a client could come.
    Ended connect(const std::string &text, const std::vector<std::string> &more = {})
    {
        std::vector<std::string> words = {"connect",
                                          "--host=" + sshd.host(),
                                          "--ssh-config=" + sshd.config(),
                                          "--site-file=" + file,
                                          "--client=connects",
                                          "--client-port=0"};
        words.insert(words.end(), more.begin(), more.end());
        write_file(file, text);
        Program::Options o;
        o.react = [](const json_t *e) {
            return Program::text(e, "event") == "ready" ? "{\"cancel\":true}\n" : "";
        };
        return Program::run(PVHOP_PROGRAM, words, o);
    }
};

std::string all(const Ended &ended)
{
    std::string s;
    for (const std::string &line : ended.events)
        s += line + "\n";
    return s + ended.err;
}

bool says(const Ended &ended, const std::string &part)
{
    return all(ended).find(part) != std::string::npos;
}

} // namespace

TEST_F(SiteLogin, GivesWhatTheUserDoesNotSay)
{
    Ended ended = connect(site(), {"--site-version=9"});
    EXPECT_EQ("PVH1004", ended.code) << all(ended); // got as far as the client, and was cancelled
    EXPECT_TRUE(says(ended, "Test HPC describes itself, version 10: M")) << all(ended);
    EXPECT_TRUE(
        says(ended, "of version 9 of the site's bundle; there is 10, at https://test/servers"))
        << all(ended);
    EXPECT_FALSE(says(connect(site(), {"--site-version=10"}), "of the site's bundle"));
}

TEST_F(SiteLogin, AnArgumentWins)
{
    Ended ended = connect(site(), {"--pvserver=/no/such/pvserver"});
    EXPECT_EQ("PVH1501", ended.code) << all(ended);
    EXPECT_NE(std::string::npos, ended.why.find("/no/such/pvserver"));
}

TEST_F(SiteLogin, PolicyWinsOverArguments)
{
    const std::string text = site("<policy route=\"two-hop-forward stdio\"/>");
    Ended ended = connect(text, {"--route=tunnel"});
    EXPECT_EQ("PVH1707", ended.code) << all(ended);
    EXPECT_EQ(77, ended.exit_code);
    EXPECT_NE(std::string::npos, ended.remedy.find("help@test")) << ended.remedy;
}

TEST_F(SiteLogin, WhatIsBrokenIsLeftAside)
{
    const std::vector<std::string> own = {"--pvserver=" + pvserver};
    for (const std::string &text :
         {std::string("<site"), std::string("<site format=\"2\" name=\"S\"/>"),
          "<!DOCTYPE a [<!ENTITY b \"c\">]>" + site()}) {
        Ended ended = connect(text, own);
        EXPECT_EQ("PVH1004", ended.code) << all(ended);
        EXPECT_TRUE(says(ended, "the site's description is not used: ")) << all(ended);
    }
    EXPECT_FALSE(says(connect("", own), "describes itself"));
    Ended ended = connect(site(), {"--site-file=none", "--pvserver=" + pvserver});
    EXPECT_EQ("PVH1004", ended.code) << all(ended);
    EXPECT_FALSE(says(ended, "describes itself"));
}
