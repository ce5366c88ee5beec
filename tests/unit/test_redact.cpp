// SPDX-License-Identifier: BSD-3-Clause
// What a report leaves out, as redact.h and the user guide say it, and that nothing is written
// unasked.
#include "sshd.h"
#include <gtest/gtest.h>
#include <memory>
#include <pvhop/redact.h>
#include <string>
#include <unistd.h>

using pvhop_test::TempDir;

namespace
{

struct Redact : testing::Test {
    std::unique_ptr<pvhop_redact, void (*)(pvhop_redact *)> r{pvhop_redact_new(),
                                                              pvhop_redact_free};
    std::string of(const std::string &text)
    {
        char *s = pvhop_redact_text(r.get(), text.c_str());
        std::string out = s ? s : "(null)";
        free(s);
        return out;
    }
};

} // namespace

TEST_F(Redact, TheSameIsReplacedByTheSame)
{
    EXPECT_EQ(
        "user1@host1 and user1 on host1, not host2 (addr1, addr1)",
        of("alice@fe.site.org and alice on fe.site.org, not cn1.site.org (10.0.0.1, 10.0.0.1)"));
    EXPECT_EQ("user1 again at host2", of("alice again at cn1"));
}

TEST_F(Redact, WhatIsLearnedLateHoldsFromTheStart)
{
    EXPECT_EQ("user1's files: /home/user1/x", of("bob42's files: /home/bob42/x"));
}

TEST_F(Redact, KnownNamesGoAsWholeWords)
{
    pvhop_redact_user(r.get(), "ann");
    pvhop_redact_host(r.get(), "fe");
    pvhop_redact_user(r.get(), "root");
    pvhop_redact_user(r.get(), nullptr);
    pvhop_redact_host(r.get(), "");
    EXPECT_EQ("user1 planned safe annual: host1, host1-ib0, user1.7, root",
              of("ann planned safe annual: fe, FE-ib0, Ann.7, root"));
}

TEST_F(Redact, AddressesOfBothFamiliesButNotOurOwn)
{
    EXPECT_EQ("addr1 addr2 127.0.0.1 ::1 0.0.0.0 [addr2]:22",
              of("192.0.2.7 2001:db8::7 127.0.0.1 ::1 0.0.0.0 [2001:db8::7]:22"));
}

TEST_F(Redact, SecretsAndFingerprints)
{
    EXPECT_EQ(
        "SHA256:(hidden) (hidden) password=(hidden) \"passphrase\": \"(hidden)\", TOKEN: (hidden)",
        of("SHA256:KNKUKbvgy3PGGYR6OhywaaLEGiCCPUEXg49geF77B98 0123456789abcdef0123456789abcdef "
           "password=hunter2 \"passphrase\": \"sesame\", TOKEN: s3cr3t"));
    EXPECT_EQ("{\"passphrase\":\"(hidden)\",\"next\":1}",
              of("{\"passphrase\":\"open sesame\",\"next\":1}"));
}

TEST_F(Redact, WhatHelpsStays)
{
    for (const std::string text :
         {"pvserver 5.11.0 on PVH1402, route two-hop-forward", "libmpi.so.40 launch.sh site.xml",
          "publickey, password", "aes256-gcm@openssh.com curve25519-sha256@libssh.org",
          "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10", "--queue gpu --account m1234 12:30:00", ""})
        EXPECT_EQ(text, of(text));
}

TEST_F(Redact, AnyBytesAreTaken)
{
    of(std::string("\xff\xfe\x80 @ @@ a@ @b :: ... /home/ /home/x password= token:"));
    of(std::string(100000, 'a'));
    of(std::string(100000, ':'));
    std::string all;
    for (int c = 1; c < 256; c++)
        all += static_cast<char>(c);
    EXPECT_FALSE(of(all + all).empty());
}

TEST(Report, IsShownAndWrittenOnlyWithAYes)
{
    TempDir dir;
    ASSERT_TRUE(pvhop_test::write_file(dir / "log",
                                       "{\"v\":1,\"event\":\"connected\",\"server\":\"gpu017\"}\n"
                                       "{\"v\":1,\"event\":\"log\",\"source\":\"ssh\",\"text\":"
                                       "\"as alice@login3.site.edu, gpu017\"}\n"));
    ASSERT_TRUE(pvhop_test::write_file(dir / "job", "#SBATCH -A m1234\n# for alice, SECRET=abc\n"));
    std::vector<std::string> words = {PVHOP_PROGRAM,  "report",        "alice@login3.site.edu",
                                      "--events-log", dir / "log",     "--add",
                                      dir / "job",    "--ssh-config",  "/dev/null",
                                      "--output",     dir / "r.tar.gz"};
    std::string out;
    EXPECT_EQ(0, pvhop_test::run(words, &out)) << out;
    EXPECT_NE(0, access((dir / "r.tar.gz").c_str(), F_OK)) << "written unasked";
    EXPECT_NE(std::string::npos, out.find("==== events.jsonl")) << out;
    for (const char *gone : {"alice", "login3", "site.edu", "gpu017", "abc"})
        EXPECT_EQ(std::string::npos, out.find(gone)) << gone << " in " << out;
    EXPECT_NE(std::string::npos, out.find("m1234")) << out;
    words.push_back("--yes");
    EXPECT_EQ(0, pvhop_test::run(words, &out));
    ASSERT_EQ(0, access((dir / "r.tar.gz").c_str(), F_OK));
    EXPECT_EQ(0, pvhop_test::run({"/bin/tar", "-xzf", dir / "r.tar.gz", "-C", dir.path()}, &out))
        << out;
    std::string kept = pvhop_test::read_file(dir / "pvhop-report/events.jsonl") +
                       pvhop_test::read_file(dir / "pvhop-report/added-1.txt") +
                       pvhop_test::read_file(dir / "pvhop-report/ssh.txt");
    for (const char *gone : {"alice", "login3", "site.edu", "gpu017", "abc"})
        EXPECT_EQ(std::string::npos, kept.find(gone)) << gone << " in " << kept;
    EXPECT_NE(std::string::npos, kept.find("user")) << kept;
}
