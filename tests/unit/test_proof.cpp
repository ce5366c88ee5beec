// SPDX-License-Identifier: BSD-3-Clause
// SHA-256 and HMAC against the standards' own vectors and another implementation; then two ends
// that prove a token.
#include "proof.h"
#include "sha256.h"
#include "sshd.h"
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <random>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace
{
std::string hex(const uint8_t *bytes, size_t len)
{
    std::string text;
    char two[3];
    for (size_t i = 0; i < len; i++) {
        snprintf(two, sizeof(two), "%02x", bytes[i]);
        text += two;
    }
    return text;
}

std::string sha(const std::string &data)
{
    uint8_t digest[PVHOP_SHA256_LEN];
    pvhop_sha256(data.data(), data.size(), digest);
    return hex(digest, sizeof(digest));
}

std::string hmac(const std::string &key, const std::string &data)
{
    uint8_t mac[PVHOP_SHA256_LEN];
    EXPECT_EQ(0, pvhop_hmac_sha256(key.data(), key.size(), data.data(), data.size(), mac));
    return hex(mac, sizeof(mac));
}
} // namespace

TEST(Sha256, TheStandardsVectors)
{
    // FIPS 180-2, appendix B, and the empty message.
    EXPECT_EQ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", sha(""));
    EXPECT_EQ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", sha("abc"));
    EXPECT_EQ("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
              sha("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
    EXPECT_EQ("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
              sha(std::string(1000000, 'a')));
    // RFC 4231, 4.2, 4.3, 4.7
    EXPECT_EQ("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
              hmac(std::string(20, '\x0b'), "Hi There"));
    EXPECT_EQ("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
              hmac("Jefe", "what do ya want for nothing?"));
    EXPECT_EQ(
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        hmac(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"));
}

TEST(Sha256, AnotherImplementationAgreesOnEveryLength)
{
    std::mt19937 random(7);
    for (size_t len = 0; len <= 300; len++) {
        std::string data(len, '\0'), key(len % 80, '\0');
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned n = 0;
        for (char &c : data)
            c = char(random());
        for (char &c : key)
            c = char(random());
        ASSERT_EQ(1, EVP_Digest(data.data(), len, digest, &n, EVP_sha256(), nullptr));
        ASSERT_EQ(hex(digest, n), sha(data)) << len;
        if (len > PVHOP_HMAC_MESSAGE_MAX)
            continue;
        HMAC(EVP_sha256(), key.data(), int(key.size()),
             reinterpret_cast<const uint8_t *>(data.data()), len, digest, &n);
        ASSERT_EQ(hex(digest, n), hmac(key, data)) << len;
    }
    uint8_t mac[PVHOP_SHA256_LEN];
    std::string large(PVHOP_HMAC_MESSAGE_MAX + 1, 'x');
    EXPECT_EQ(-1, pvhop_hmac_sha256("k", 1, large.data(), large.size(), mac));
}

// ---- the file

class TokenFile : public testing::Test
{
  protected:
    int read(const std::string &text, mode_t mode = 0600)
    {
        std::ofstream(m_path) << text;
        EXPECT_EQ(0, chmod(m_path.c_str(), mode));
        return pvhop_token_read(m_path.c_str(), &m_token, &m_err);
    }
    pvhop_test::TempDir m_folder;
    const std::string m_path = m_folder / "token";
    pvhop_token m_token = {};
    pvhop_error m_err = {};
};

TEST_F(TokenFile, IsReadAndRefused)
{
    const std::string good = "00112233445566778899aabbccddeeff";

    ASSERT_EQ(0, read(good + "\n")) << m_err.why;
    EXPECT_EQ(good, hex(m_token.bytes, sizeof(m_token.bytes)));
    EXPECT_FALSE(m_token.plain);
    ASSERT_EQ(0, read("plain 10.77.2.11 fd77:2::11 \n")) << m_err.why;
    EXPECT_TRUE(m_token.plain);
    ASSERT_EQ(2u, m_token.froms);
    EXPECT_STREQ("fd77:2::11", m_token.from[1].host);
    for (const std::string &bad : {std::string(), std::string("\n"), good.substr(1), good + "0",
                                   std::string("0g") + good.substr(2), std::string("plainly"),
                                   std::string("plain a.name"), std::string("plain 10.0.0.1;")}) {
        EXPECT_EQ(-1, read(bad)) << bad;
        EXPECT_EQ(PVHOP_E_CONFIG, m_err.code);
        EXPECT_EQ(std::string::npos, std::string(m_err.why).find(good.substr(2, 20))) << m_err.why;
    }
    for (mode_t mode : {0640, 0604, 0620, 0602})
        EXPECT_EQ(-1, read(good, mode));
    ASSERT_EQ(0, read(good));
    ASSERT_EQ(0, symlink(m_path.c_str(), (m_folder / "link").c_str()));
    EXPECT_EQ(-1, pvhop_token_read((m_folder / "link").c_str(), &m_token, &m_err));
    EXPECT_EQ(-1, pvhop_token_read((m_folder / "none").c_str(), &m_token, &m_err));
}

// ---- the proof

class Proof : public testing::Test
{
  protected:
    struct End {
        Proof *test = nullptr;
        pvhop_stream *stream = nullptr;
        pvhop_proof *proof = nullptr;
        bool done = false;
        std::string failed;
    };
    void SetUp() override
    {
        int fds[2];
        m_loop = pvhop_loop_new(&m_err);
        ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
        for (int i = 0; i < 2; i++) {
            m_ends[i].test = this;
            m_ends[i].stream = pvhop_stream_from_socket(m_loop, fds[i], "the other", &m_err);
            ASSERT_NE(nullptr, m_ends[i].stream);
        }
    }
    void TearDown() override
    {
        for (End &end : m_ends) {
            pvhop_proof_free(end.proof);
            pvhop_stream_free(end.stream);
        }
        pvhop_loop_free(m_loop);
    }
    void start(int i, bool asks, const char *token, unsigned ms = 20000)
    {
        static const pvhop_proof_events events = {[](void *user) {
                                                      static_cast<End *>(user)->done = true;
                                                      static_cast<End *>(user)->test->ended();
                                                  },
                                                  [](void *user, const pvhop_error *err) {
                                                      static_cast<End *>(user)->failed = err->why;
                                                      static_cast<End *>(user)->test->ended();
                                                  }};
        pvhop_token t = {};
        memcpy(t.bytes, token, sizeof(t.bytes));
        m_left++;
        m_ends[i].proof =
            pvhop_proof_new(m_loop, m_ends[i].stream, asks, &t, ms, &events, &m_ends[i], &m_err);
        ASSERT_NE(nullptr, m_ends[i].proof);
    }
    void ended()
    {
        if (--m_left == 0)
            pvhop_loop_stop(m_loop);
    }
    void run()
    {
        ASSERT_EQ(0, pvhop_loop_run(m_loop, &m_err)) << m_err.why;
    }
    void send(const std::string &bytes)
    {
        ASSERT_EQ(ssize_t(bytes.size()),
                  pvhop_stream_write(m_ends[1].stream, bytes.data(), bytes.size()));
    }
    pvhop_loop *m_loop = nullptr;
    End m_ends[2];
    int m_left = 0;
    pvhop_error m_err = {};
};

TEST_F(Proof, WhoKnowsTheTokenGetsThroughAndNoFurtherByteIsTaken)
{
    start(0, true, "0123456789abcdef");
    start(1, false, "0123456789abcdef");
    run();
    EXPECT_TRUE(m_ends[0].done) << m_ends[0].failed;
    EXPECT_TRUE(m_ends[1].done) << m_ends[1].failed;
    send("payload");
    char got[16] = "";
    EXPECT_EQ(7, pvhop_stream_read(m_ends[0].stream, got, sizeof(got)));
    EXPECT_STREQ("payload", got);
    EXPECT_EQ(-EAGAIN, pvhop_stream_read(m_ends[1].stream, got, sizeof(got)));
}

TEST_F(Proof, AnotherTokenIsRefusedByTheAsker)
{
    start(0, true, "0123456789abcdef");
    start(1, false, "0123456789abcdeF");
    m_left--; // the giver only sees that nothing comes
    run();
    EXPECT_NE(std::string::npos, m_ends[0].failed.find("does not know the token"))
        << m_ends[0].failed;
    EXPECT_FALSE(m_ends[1].done);
}

// Who only forwards what it sees, or answers with a recording, has nothing: each challenge is new.
TEST_F(Proof, ARecordingIsWorthNothing)
{
    uint8_t first[24], second[24];
    start(0, true, "0123456789abcdef");
    send("PVHOPG1\n" + std::string(48, 'r'));
    run();
    EXPECT_NE("", m_ends[0].failed);
    ASSERT_EQ(24, pvhop_stream_read(m_ends[1].stream, first, sizeof(first)));
    pvhop_proof_free(m_ends[0].proof);
    m_ends[0].proof = nullptr;
    m_ends[0].failed.clear();
    start(0, true, "0123456789abcdef");
    send("PVHOPG1\n" + std::string(48, 'r'));
    run();
    ASSERT_EQ(24, pvhop_stream_read(m_ends[1].stream, second, sizeof(second)));
    EXPECT_NE(0, memcmp(first, second, sizeof(first)));
}

TEST_F(Proof, TheGiverRefusesARelayThatDoesNotKnowTheToken)
{
    start(0, false, "0123456789abcdef");
    send("PVHOPA1\n" + std::string(16, 'a') + std::string(32, 'w'));
    run();
    EXPECT_NE(std::string::npos, m_ends[0].failed.find("not the relay")) << m_ends[0].failed;
}

TEST_F(Proof, OtherProtocolsSilenceAndHangUp)
{
    start(0, false, "0123456789abcdef");
    send("SSH-2.0-OpenSSH_9.2p1 Debian\r\n");
    run();
    EXPECT_NE(std::string::npos, m_ends[0].failed.find("no relay")) << m_ends[0].failed;
    pvhop_proof_free(m_ends[0].proof);
    start(0, true, "0123456789abcdef", 50);
    run();
    EXPECT_NE(std::string::npos, m_ends[0].failed.find("in time")) << m_ends[0].failed;
    pvhop_proof_free(m_ends[0].proof);
    start(0, true, "0123456789abcdef");
    pvhop_stream_free(m_ends[1].stream);
    m_ends[1].stream = nullptr;
    run();
    EXPECT_NE("", m_ends[0].failed);
}
