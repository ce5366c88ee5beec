/* SPDX-License-Identifier: BSD-3-Clause */
/* known_hosts: looking up, judging, ordering, recording; the files are made by ssh-keygen where it
 * can. */
#include "hostname_hash.h"
#include "sshd.h"
#include "sshlink_hostkey.h"
#include <cstring>
#include <gtest/gtest.h>
#include <sys/stat.h>

using namespace pvhop_test;

namespace
{

/** Keys are made once: they cost time. */
class KnownHosts : public testing::Test
{
  protected:
    static void SetUpTestSuite()
    {
        dir = new TempDir;
        for (const char *name : {"ed1", "ed2"})
            run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", *dir / name});
        run({"ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-C", "", "-f", *dir / "ec"});
        run({"ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-C", "", "-f",
             *dir / "rsa"});
    }
    static void TearDownTestSuite()
    {
        delete dir;
    }
    KnownHosts()
    {
        s.name = const_cast<char *>("cluster");
        s.hostname = const_cast<char *>("Login1.cluster.edu");
        s.user = const_cast<char *>("alice");
        s.port = 22;
        for (ssh_strings *list : {&s.user_known_hosts, &s.global_known_hosts}) {
            const std::string file = *dir / (list == &s.user_known_hosts ? "user" : "global");
            unlink(file.c_str());
            pvhop_ssh_strings_add(list, file.c_str(), file.size());
        }
    }
    ~KnownHosts() override
    {
        pvhop_ssh_strings_clear(&s.user_known_hosts);
        pvhop_ssh_strings_clear(&s.global_known_hosts);
        for (ssh_key k : keys)
            ssh_key_free(k);
    }
    /** "ssh-ed25519 AAAA..." of a key. */
    std::string text(const std::string &name)
    {
        std::string line = read_file(*dir / (name + ".pub"));
        while (!line.empty() && isspace(static_cast<unsigned char>(line.back())))
            line.pop_back();
        return line;
    }
    ssh_key key(const std::string &name)
    {
        ssh_key k = nullptr;
        EXPECT_EQ(ssh_pki_import_pubkey_file((*dir / (name + ".pub")).c_str(), &k), SSH_OK);
        keys.push_back(k);
        return k;
    }
    void user(const std::string &lines)
    {
        write_file(s.user_known_hosts.at[0], lines);
    }
    void global(const std::string &lines)
    {
        write_file(s.global_known_hosts.at[0], lines);
    }
    ssh_hostkey_state judge(const std::string &name)
    {
        pvhop_ssh_hostkey_check(&s, key(name), &v);
        return v.state;
    }
    static TempDir *dir;
    ssh_settings s = {};
    ssh_hostkey_verdict v = {};
    std::vector<ssh_key> keys;
};
TempDir *KnownHosts::dir;

} // namespace

TEST_F(KnownHosts, Names)
{
    char buf[256];
    EXPECT_STREQ(pvhop_ssh_hostkey_name(&s, buf, sizeof buf), "login1.cluster.edu");
    s.port = 2222;
    EXPECT_STREQ(pvhop_ssh_hostkey_name(&s, buf, sizeof buf), "[login1.cluster.edu]:2222");
    s.host_key_alias = const_cast<char *>("TheCluster");
    EXPECT_STREQ(pvhop_ssh_hostkey_name(&s, buf, sizeof buf), "thecluster");
}

TEST_F(KnownHosts, MissingFilesAreEmpty)
{
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_UNKNOWN);
}

TEST_F(KnownHosts, KnownInEitherFile)
{
    user("# a comment\n\nother " + text("ed2") + "\nlogin1.cluster.edu " + text("ed1"));
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_KNOWN);
    EXPECT_EQ(v.line, 4u);
    EXPECT_EQ(judge("ed2"), SSH_HOSTKEY_CHANGED);
    user("");
    global("\tLOGIN1.cluster.EDU\t" + text("ed1") + " a comment\r\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_KNOWN);
    EXPECT_EQ(v.file, std::string(s.global_known_hosts.at[0]));
}

TEST_F(KnownHosts, SeveralKeysOfOneName)
{
    user("login1.cluster.edu " + text("ed1") + "\nlogin1.cluster.edu " + text("ed2") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_KNOWN);
    EXPECT_EQ(judge("ed2"), SSH_HOSTKEY_KNOWN);
    EXPECT_EQ(judge("ec"), SSH_HOSTKEY_OTHER);
}

TEST_F(KnownHosts, PatternsAndNegation)
{
    user("x,*.cluster.edu,y " + text("ed1") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_KNOWN);
    user("login?.*.edu " + text("ed1") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_KNOWN);
    user("*.cluster.edu,!login1.cluster.edu " + text("ed1") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_UNKNOWN);
    user("cluster.edu,login1,login1.cluster.ed,ogin1.cluster.edu " + text("ed1") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_UNKNOWN);
}

// One that tried every way of dividing the name between the stars would not come back.
TEST_F(KnownHosts, ManyStarsCostLittle)
{
    std::string name(250, 'a'), pattern;
    for (int i = 0; i < 100; i++)
        pattern += "*a";
    s.host_key_alias = &name[0];
    user(pattern + "*b " + text("ed1") + "\n" + pattern + "b " + text("ed1") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_UNKNOWN);
    user(pattern + "* " + text("ed1") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_KNOWN);
}

TEST_F(KnownHosts, PortsAreDistinct)
{
    user("[login1.cluster.edu]:2222 " + text("ed1") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_UNKNOWN);
    s.port = 2222;
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_KNOWN);
    s.port = 2223;
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_UNKNOWN);
}

TEST_F(KnownHosts, HashedBySshKeygen)
{
    user("login1.cluster.edu " + text("ed1") + "\n[login1.cluster.edu]:2222 " + text("ed2") + "\n");
    std::string out;
    ASSERT_EQ(run({"ssh-keygen", "-q", "-H", "-f", s.user_known_hosts.at[0]}, &out), 0) << out;
    ASSERT_EQ(read_file(s.user_known_hosts.at[0]).find("login1"), std::string::npos);
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_KNOWN);
    EXPECT_EQ(judge("ed2"), SSH_HOSTKEY_CHANGED);
    s.port = 2222;
    EXPECT_EQ(judge("ed2"), SSH_HOSTKEY_KNOWN);
    s.hostname = const_cast<char *>("login2.cluster.edu");
    EXPECT_EQ(judge("ed2"), SSH_HOSTKEY_UNKNOWN);
}

TEST_F(KnownHosts, RevokedWinsWhereverItStands)
{
    user("login1.cluster.edu " + text("ed1") + "\n");
    global("@revoked * " + text("ed1") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_REVOKED);
    EXPECT_EQ(v.line, 1u);
    EXPECT_EQ(judge("ed2"), SSH_HOSTKEY_CHANGED) << "another key is not touched by it";
    global("@revoked other " + text("ed1") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_KNOWN);
}

TEST_F(KnownHosts, AuthorityIsNamedAndTrustsNothing)
{
    user("@cert-authority *.cluster.edu " + text("ed1") + "\n@something * " + text("ed2") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_UNKNOWN);
    EXPECT_TRUE(v.authority);
    EXPECT_EQ(judge("ed2"), SSH_HOSTKEY_UNKNOWN);
}

TEST_F(KnownHosts, GarbageIsSkipped)
{
    std::string lines =
        "login1.cluster.edu\nlogin1.cluster.edu ssh-ed25519\nlogin1.cluster.edu ssh-ed25519 !!!!\n"
        "login1.cluster.edu no-such-type AAAA\n|1|| ssh-ed25519 AAAA\n|1|x|y ssh-ed25519 AAAA\n| a "
        "b\n,, a b\n"
        "! a b\n" +
        std::string(100000, 'x') + "\n";
    user(lines + "login1.cluster.edu " + text("ed1") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_KNOWN);
    EXPECT_EQ(v.line, 11u);
}

TEST_F(KnownHosts, OrderOfAlgorithms)
{
    char *order = pvhop_ssh_hostkey_order(&s, "a,b,c");
    EXPECT_STREQ(order, "a,b,c");
    free(order);
    user("login1.cluster.edu " + text("rsa") + "\n@revoked * " + text("ed1") + "\nother " +
         text("ec") + "\n");
    order =
        pvhop_ssh_hostkey_order(&s, "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256");
    EXPECT_STREQ(order, "rsa-sha2-512,rsa-sha2-256,ssh-ed25519,ecdsa-sha2-nistp256");
    free(order);
    user("login1.cluster.edu " + text("ec") + "\n");
    order = pvhop_ssh_hostkey_order(&s, "ssh-ed25519,ecdsa-sha2-nistp384,ecdsa-sha2-nistp256");
    EXPECT_STREQ(order, "ecdsa-sha2-nistp256,ssh-ed25519,ecdsa-sha2-nistp384");
    free(order);
}

TEST_F(KnownHosts, RecordedAndFoundAgain)
{
    pvhop_error err;
    user("other " + text("ed2")); /* without a newline at its end */
    ASSERT_EQ(pvhop_ssh_hostkey_record(&s, key("ed1"), &err), 0) << err.why;
    EXPECT_EQ(read_file(s.user_known_hosts.at[0]),
              "other " + text("ed2") + "\nlogin1.cluster.edu " + text("ed1") + "\n");
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_KNOWN);
    unlink(s.user_known_hosts.at[0]);
    s.hash_known_hosts = true;
    s.port = 2222;
    ASSERT_EQ(pvhop_ssh_hostkey_record(&s, key("ed1"), &err), 0) << err.why;
    EXPECT_EQ(read_file(s.user_known_hosts.at[0]).find("|1|"), 0u);
    EXPECT_EQ(judge("ed1"), SSH_HOSTKEY_KNOWN);
    std::string out;
    EXPECT_EQ(run({"ssh-keygen", "-f", s.user_known_hosts.at[0], "-F", "[login1.cluster.edu]:2222"},
                  &out),
              0)
        << out;
    struct stat st;
    ASSERT_EQ(stat(s.user_known_hosts.at[0], &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0600u);
}

TEST_F(KnownHosts, RecordingFailsWithAReason)
{
    pvhop_error err;
    pvhop_ssh_strings_clear(&s.user_known_hosts);
    EXPECT_EQ(pvhop_ssh_hostkey_record(&s, key("ed1"), &err), -1);
    pvhop_ssh_strings_add(&s.user_known_hosts, "/proc/x/y", 9);
    EXPECT_EQ(pvhop_ssh_hostkey_record(&s, key("ed1"), &err), -1);
    EXPECT_NE(std::string(err.why).find("/proc/x/y"), std::string::npos);
}

TEST_F(KnownHosts, FingerprintIsThatOfSshKeygen)
{
    char buf[128];
    for (const char *name : {"ed1", "ec", "rsa"}) {
        std::string out;
        ASSERT_EQ(run({"ssh-keygen", "-l", "-f", *dir / (std::string(name) + ".pub")}, &out), 0);
        ASSERT_EQ(pvhop_ssh_hostkey_fingerprint(key(name), buf, sizeof buf), 0);
        const char *hash = strstr(buf, "SHA256:");
        ASSERT_NE(hash, nullptr) << buf;
        EXPECT_NE(out.find(hash), std::string::npos) << buf << out;
    }
    EXPECT_EQ(std::string(buf).compare(0, 4, "RSA "), 0);
}

/* RFC 2202, 3: test cases 1, 2 and 4 */
TEST(HmacSha1, Rfc2202)
{
    const auto hex = [](const std::string &key, const std::string &data) {
        unsigned char mac[PVHOP_SHA1_SIZE];
        char text[2 * PVHOP_SHA1_SIZE + 1];
        pvhop_hmac_sha1(key.data(), key.size(), data.data(), data.size(), mac);
        for (size_t i = 0; i < sizeof mac; i++)
            snprintf(text + 2 * i, 3, "%02x", mac[i]);
        return std::string(text);
    };
    EXPECT_EQ(hex(std::string(20, '\x0b'), "Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00");
    EXPECT_EQ(hex("Jefe", "what do ya want for nothing?"),
              "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    std::string key;
    for (char c = 1; c <= 25; c++)
        key += c;
    EXPECT_EQ(hex(key, std::string(50, '\xcd')), "4c9007f4026250c6bc8414f9bf50c86c2d7235da");
}

TEST(Base64, BothWays)
{
    for (const char *text : {"f", "fo", "foo", "foob", "fooba", "foobar"}) {
        char out[32];
        unsigned char back[16];
        pvhop_base64(reinterpret_cast<const unsigned char *>(text), strlen(text), out, sizeof out);
        ASSERT_EQ(pvhop_base64_read(out, strlen(out), back, sizeof back), strlen(text)) << out;
        EXPECT_EQ(memcmp(back, text, strlen(text)), 0);
    }
    unsigned char back[4];
    EXPECT_EQ(pvhop_base64_read("Zm9v!", 5, back, sizeof back), 0u);
    EXPECT_EQ(pvhop_base64_read("Zm9!", 4, back, sizeof back), 0u);
    EXPECT_EQ(pvhop_base64_read("Zm9vYmFy", 8, back, sizeof back), 0u) << "too long";
    EXPECT_EQ(pvhop_base64_read("", 0, back, sizeof back), 0u);
}
