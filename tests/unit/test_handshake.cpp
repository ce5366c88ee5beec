// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <gtest/gtest.h>
#include <pvhop/handshake.h>
#include <random>
#include <string.h>
#include <string>

namespace
{

const char HASH[] = "0123456789abcdef0123456789ABCDEF";
const char OTHER_HASH[] = "ffffffffffffffffffffffffffffffff";

std::string le32(uint32_t v)
{
    std::string s;
    for (int i = 0; i < 4; i++)
        s += char(v >> (8 * i) & 0xff);
    return s;
}

std::string message(uint32_t tag, const std::string &body)
{
    return le32(tag) + le32(uint32_t(body.size())) + body;
}

// What both sides say first, written out as DESIGN.md has it.
const std::string ENDIAN("<<<<\1\0\0\0\0", 9);
const std::string ALGORITHM(">>>>\4\0\0\0\x64\0\0\0", 12);
const std::string ID_SIZE("====\4\0\0\0\1\0\0\0", 12);

std::string hash_message(const char *hash = HASH)
{
    return std::string("????\x21\0\0\0", 8) + std::string(hash, 33);
}

std::string text_messages(const std::string &text)
{
    return message(99991, le32(uint32_t(text.size() + 1))) + message(99991, text + '\0');
}

std::string rounds()
{
    return ENDIAN + ALGORITHM + hash_message() + ID_SIZE;
}

std::string verdict(uint32_t v)
{
    return message(99990, le32(v));
}

const std::string TEXT = "paraview-5.11.connect_id.4242.renderingbackend.opengl2";

pvhop_paraview ours()
{
    pvhop_paraview p = {};
    p.major = 5;
    p.minor = 11;
    p.connect_id = 4242;
    strcpy(p.backend, "opengl2");
    strcpy(p.hash, HASH);
    p.id_size = 1;
    return p;
}

pvhop_paraview anyone()
{
    pvhop_paraview p = {};
    p.connect_id = 4242;
    p.id_size = -1;
    return p;
}

class Player
{
  public:
    explicit Player(pvhop_handshake_role role, const pvhop_paraview &self)
    {
        pvhop_error err = {};
        h = pvhop_handshake_new(role, &self, &err);
        EXPECT_NE(nullptr, h) << err.why;
        collect();
    }
    ~Player()
    {
        pvhop_handshake_free(h);
    }
    size_t feed(const std::string &bytes)
    {
        // A copy of just this size: a sanitizer sees every read past its end.
        std::vector<char> exact(bytes.begin(), bytes.end());
        size_t taken = pvhop_handshake_feed(h, exact.data(), exact.size());
        collect();
        return taken;
    }
    bool more() const
    {
        return pvhop_handshake_state(h) == PVHOP_HANDSHAKE_MORE;
    }
    bool done() const
    {
        return pvhop_handshake_state(h) == PVHOP_HANDSHAKE_DONE;
    }
    bool failed() const
    {
        return pvhop_handshake_state(h) == PVHOP_HANDSHAKE_FAILED;
    }
    pvhop_code code() const
    {
        return pvhop_handshake_error(h)->code;
    }
    std::string why() const
    {
        return pvhop_handshake_error(h)->why;
    }
    void collect()
    {
        size_t len;
        const char *bytes = static_cast<const char *>(pvhop_handshake_output(h, &len));
        said.append(bytes, len);
        pvhop_handshake_sent(h, len);
        pvhop_handshake_output(h, &len);
        EXPECT_EQ(0u, len);
    }
    pvhop_handshake *h;
    std::string said;
};

std::string connector_says(const std::string &text = TEXT)
{
    return rounds() + text_messages(text);
}

bool printable(const std::string &s)
{
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

} // namespace

TEST(Handshake, ListenerAnswersEachRound)
{
    Player p(PVHOP_PLAY_LISTENER, ours());
    EXPECT_EQ("", p.said);
    EXPECT_EQ(9u, p.feed(ENDIAN));
    EXPECT_EQ(ENDIAN, p.said);
    p.feed(ALGORITHM);
    EXPECT_EQ(ENDIAN + ALGORITHM, p.said);
    p.feed(hash_message());
    p.feed(ID_SIZE);
    EXPECT_EQ(rounds(), p.said);
    p.feed(text_messages(TEXT));
    EXPECT_TRUE(p.done());
    EXPECT_EQ(rounds() + verdict(0), p.said);
    EXPECT_EQ(0u, p.feed("session"));
}

TEST(Handshake, ConnectorSpeaksFirstInEachRound)
{
    Player p(PVHOP_PLAY_CONNECTOR, ours());
    EXPECT_EQ(ENDIAN, p.said);
    p.feed(ENDIAN);
    EXPECT_EQ(ENDIAN + ALGORITHM, p.said);
    p.feed(ALGORITHM);
    EXPECT_EQ(ENDIAN + ALGORITHM + hash_message(), p.said);
    p.feed(hash_message());
    EXPECT_EQ(rounds(), p.said);
    p.feed(ID_SIZE);
    EXPECT_EQ(connector_says(), p.said);
    EXPECT_TRUE(p.more());
    EXPECT_EQ(12u, p.feed(verdict(0) + "session"));
    EXPECT_TRUE(p.done());
}

TEST(Handshake, NoIdIsNoWord)
{
    pvhop_paraview self = ours();
    self.connect_id = 0;
    Player p(PVHOP_PLAY_CONNECTOR, self);
    p.feed(rounds());
    EXPECT_EQ(connector_says("paraview-5.11.renderingbackend.opengl2"), p.said);
    Player q(PVHOP_PLAY_LISTENER, self);
    q.feed(p.said);
    EXPECT_TRUE(q.done());
}

TEST(Handshake, EverySplitOfBothRoles)
{
    const struct {
        pvhop_handshake_role role;
        std::string hears, says;
    } plays[] = {
        {PVHOP_PLAY_LISTENER, connector_says(), rounds() + verdict(0)},
        {PVHOP_PLAY_CONNECTOR, rounds() + verdict(0), connector_says()},
    };
    for (const auto &play : plays) {
        const std::string whole = play.hears + "and the session";
        for (size_t i = 0; i <= whole.size(); i++)
            for (size_t j = i; j <= whole.size(); j++) {
                Player p(play.role, ours());
                size_t taken = p.feed(whole.substr(0, i));
                taken += p.feed(whole.substr(i, j - i));
                taken += p.feed(whole.substr(j));
                ASSERT_TRUE(p.done()) << i << " " << j << p.why();
                ASSERT_EQ(play.hears.size(), taken);
                ASSERT_EQ(play.says, p.said);
            }
        Player p(play.role, ours());
        for (char c : play.hears) {
            ASSERT_TRUE(p.more());
            ASSERT_EQ(1u, p.feed(std::string(1, c)));
        }
        ASSERT_TRUE(p.done());
        ASSERT_EQ(play.says, p.said);
    }
}

TEST(Handshake, EveryCorruptedByteIsRefused)
{
    const struct {
        pvhop_handshake_role role;
        std::string hears;
    } plays[] = {{PVHOP_PLAY_LISTENER, connector_says()},
                 {PVHOP_PLAY_CONNECTOR, rounds() + verdict(0)}};
    for (const auto &play : plays)
        for (size_t i = 0; i < play.hears.size(); i++)
            for (int bit = 0; bit < 8; bit++) {
                std::string bad = play.hears;
                bad[i] = char(bad[i] ^ 1 << bit);
                Player p(play.role, ours());
                p.feed(bad);
                ASSERT_TRUE(p.failed()) << "byte " << i << " bit " << bit;
                ASSERT_FALSE(p.why().empty());
                ASSERT_TRUE(printable(p.why())) << p.why();
                ASSERT_EQ(0u, p.feed(play.hears));
            }
}

TEST(Handshake, TakesAnyButRecordsIt)
{
    pvhop_paraview self = anyone();
    Player p(PVHOP_PLAY_LISTENER, self);
    p.feed(ENDIAN + ALGORITHM + hash_message(OTHER_HASH) + message(0x3d3d3d3d, le32(0)) +
           text_messages("paraview-6.0.connect_id.4242.renderingbackend.x"));
    ASSERT_TRUE(p.done()) << p.why();
    EXPECT_EQ(ENDIAN + ALGORITHM + hash_message(OTHER_HASH) + message(0x3d3d3d3d, le32(0)) +
                  verdict(0),
              p.said);
    const pvhop_paraview *peer = pvhop_handshake_peer(p.h);
    EXPECT_EQ(6u, peer->major);
    EXPECT_EQ(0u, peer->minor);
    EXPECT_EQ(4242, peer->connect_id);
    EXPECT_STREQ("x", peer->backend);
    EXPECT_STREQ(OTHER_HASH, peer->hash);
    EXPECT_EQ(0, peer->id_size);

    // What was learnt from one side is what the other side is told.
    Player q(PVHOP_PLAY_CONNECTOR, *peer);
    EXPECT_EQ(ENDIAN, q.said);
}

TEST(Handshake, ListenerRefusesWithParaViewsNumber)
{
    const struct {
        std::string text;
        uint32_t verdict;
        pvhop_code code;
        const char *word;
    } cases[] = {
        {"paraview-5.10.connect_id.4242.renderingbackend.opengl2", 2, PVHOP_E_PVSERVER_VERSION,
         "5.10, but 5.11"},
        {"paraview-6.11.connect_id.4242.renderingbackend.opengl2", 2, PVHOP_E_PVSERVER_VERSION,
         "6.11"},
        {"paraview-5.11.connect_id.4243.renderingbackend.opengl2", 3, PVHOP_E_CONNECT_ID, "4243"},
        {"paraview-5.11.renderingbackend.opengl2", 3, PVHOP_E_CONNECT_ID, "without a connect id"},
        {"paraview-5.11.connect_id.4242.renderingbackend.opengl1", 4, PVHOP_E_HANDSHAKE,
         "'opengl1'"},
        {"paraview-5.11.connect_id.4242.renderingbackend.a.b", 5, PVHOP_E_PVSERVER_VERSION, "a.b"},
        {"paraview-5.11.connect_id.4242.renderingbackend.", 5, PVHOP_E_PVSERVER_VERSION, "words"},
        {"paraview-5.11.connect_id.0.renderingbackend.opengl2", 5, PVHOP_E_PVSERVER_VERSION, ""},
        {"paraview-5.11.connect_id.04242.renderingbackend.opengl2", 5, PVHOP_E_PVSERVER_VERSION,
         ""},
        {"paraview-5.11.connect_id.4294971538.renderingbackend.opengl2", 5,
         PVHOP_E_PVSERVER_VERSION, ""},
        {"paraview-5.11.connect_id.-1.renderingbackend.opengl2", 5, PVHOP_E_PVSERVER_VERSION, ""},
        {"paraview-05.11.connect_id.4242.renderingbackend.opengl2", 5, PVHOP_E_PVSERVER_VERSION,
         ""},
        {"paraview-5.99999999999999999999.renderingbackend.opengl2", 5, PVHOP_E_PVSERVER_VERSION,
         ""},
        {"paraview-5.11.renderingbackend." + std::string(32, 'x'), 5, PVHOP_E_PVSERVER_VERSION, ""},
        {"paraview-5.11.renderingbackend.\033[2J", 5, PVHOP_E_PVSERVER_VERSION, ".[2J"},
        {std::string(255, '%'), 5, PVHOP_E_PVSERVER_VERSION, "%%%..."},
        {"ParaView", 5, PVHOP_E_PVSERVER_VERSION, "'ParaView'"},
    };
    for (const auto &c : cases) {
        Player p(PVHOP_PLAY_LISTENER, ours());
        p.feed(connector_says(c.text));
        ASSERT_TRUE(p.failed()) << c.text;
        EXPECT_EQ(c.code, p.code()) << c.text;
        EXPECT_NE(std::string::npos, p.why().find(c.word)) << p.why();
        EXPECT_TRUE(printable(p.why()));
        EXPECT_EQ(rounds() + verdict(c.verdict), p.said) << c.text;
    }
}

TEST(Handshake, TheExpectedIdIsNotTold)
{
    Player p(PVHOP_PLAY_LISTENER, ours());
    p.feed(connector_says("paraview-5.11.connect_id.7.renderingbackend.opengl2"));
    EXPECT_EQ(std::string::npos, p.why().find("4242"));
}

TEST(Handshake, AnUnwantedHashIsRefusedAfterTheVersionIsKnown)
{
    const std::string begin = ENDIAN + ALGORITHM + hash_message(OTHER_HASH) + ID_SIZE;
    Player p(PVHOP_PLAY_LISTENER, ours());
    p.feed(begin + text_messages("paraview-5.10.connect_id.4242.renderingbackend.opengl2"));
    EXPECT_TRUE(p.failed());
    EXPECT_NE(std::string::npos, p.why().find("5.10")) << p.why();
    EXPECT_EQ(begin + verdict(2), p.said);

    Player q(PVHOP_PLAY_LISTENER, ours());
    q.feed(begin + text_messages(TEXT));
    EXPECT_TRUE(q.failed());
    EXPECT_EQ(PVHOP_E_PVSERVER_VERSION, q.code());
    EXPECT_NE(std::string::npos, q.why().find(OTHER_HASH)) << q.why();
    EXPECT_EQ(begin + verdict(1), q.said);

    Player r(PVHOP_PLAY_CONNECTOR, ours());
    r.feed(ENDIAN + ALGORITHM + hash_message(OTHER_HASH));
    EXPECT_TRUE(r.failed());
    EXPECT_EQ(PVHOP_E_PVSERVER_VERSION, r.code());
}

TEST(Handshake, OtherIdSize)
{
    const std::string small = message(0x3d3d3d3d, le32(0));
    Player p(PVHOP_PLAY_LISTENER, ours());
    p.feed(ENDIAN + ALGORITHM + hash_message() + small + text_messages(TEXT));
    EXPECT_EQ(PVHOP_E_HANDSHAKE, p.code());
    EXPECT_EQ(rounds() + verdict(1), p.said);
    EXPECT_NE(std::string::npos, p.why().find("32-bit")) << p.why();
    Player q(PVHOP_PLAY_CONNECTOR, ours());
    q.feed(ENDIAN + ALGORITHM + hash_message() + small);
    EXPECT_EQ(PVHOP_E_HANDSHAKE, q.code());
    Player r(PVHOP_PLAY_LISTENER, anyone());
    r.feed(ENDIAN + ALGORITHM + hash_message() + message(0x3d3d3d3d, le32(2)));
    EXPECT_EQ(PVHOP_E_HANDSHAKE, r.code());
}

TEST(Handshake, OtherAlgorithm)
{
    for (auto role : {PVHOP_PLAY_LISTENER, PVHOP_PLAY_CONNECTOR}) {
        Player p(role, ours());
        p.feed(ENDIAN + message(0x3e3e3e3e, le32(101)));
        EXPECT_TRUE(p.failed());
        EXPECT_EQ(PVHOP_E_PVSERVER_VERSION, p.code());
        EXPECT_NE(std::string::npos, p.why().find("101")) << p.why();
        EXPECT_EQ(ENDIAN + ALGORITHM, p.said); // ParaView's own side can say what differs
    }
}

TEST(Handshake, BigEndian)
{
    const std::string big[] = {std::string("<<<<\0\0\0\1\1", 9), std::string("<<<<\1\0\0\0\1", 9),
                               std::string("<<<<\0\0\0\1", 8)};
    for (auto role : {PVHOP_PLAY_LISTENER, PVHOP_PLAY_CONNECTOR})
        for (const auto &hello : big) {
            Player p(role, ours());
            p.feed(hello);
            EXPECT_TRUE(p.failed());
            EXPECT_EQ(PVHOP_E_BYTE_ORDER, p.code());
        }
}

TEST(Handshake, Verdicts)
{
    const struct {
        uint32_t verdict;
        pvhop_code code;
    } cases[] = {{1, PVHOP_E_HANDSHAKE},  {2, PVHOP_E_PVSERVER_VERSION}, {3, PVHOP_E_CONNECT_ID},
                 {4, PVHOP_E_HANDSHAKE},  {5, PVHOP_E_HANDSHAKE},        {99, PVHOP_E_HANDSHAKE},
                 {~0u, PVHOP_E_HANDSHAKE}};
    for (const auto &c : cases) {
        Player p(PVHOP_PLAY_CONNECTOR, ours());
        p.feed(rounds() + verdict(c.verdict));
        EXPECT_TRUE(p.failed());
        EXPECT_EQ(c.code, p.code());
        EXPECT_NE("", p.why());
    }
}

TEST(Handshake, HugeAndOddLengths)
{
    for (uint32_t length : {0u, 2u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
        for (const std::string &before :
             {std::string(), ENDIAN, ENDIAN + ALGORITHM, ENDIAN + ALGORITHM + hash_message(),
              rounds(), rounds() + message(99991, le32(55))}) {
            const uint32_t tags[] = {0x3c3c3c3c, 0x3e3e3e3e, 0x3f3f3f3f, 0x3d3d3d3d};
            size_t n = before.empty()                    ? 0
                       : before == ENDIAN                ? 1
                       : before == ENDIAN + ALGORITHM    ? 2
                       : before.size() < rounds().size() ? 3
                                                         : 4;
            Player p(PVHOP_PLAY_LISTENER, ours());
            p.feed(before + le32(n < 4 ? tags[n] : 99991) + le32(length));
            EXPECT_TRUE(p.failed()) << length << " after " << before.size();
        }
    }
    for (uint32_t size : {0u, 1u, 257u, 0x7fffffffu, 0xffffffffu}) {
        Player p(PVHOP_PLAY_LISTENER, ours());
        p.feed(rounds() + message(99991, le32(size)));
        EXPECT_TRUE(p.failed()) << size;
    }
    Player p(PVHOP_PLAY_LISTENER, ours()); // a NUL inside, and none at the end
    p.feed(rounds() + message(99991, le32(4)) + message(99991, std::string("a\0b\0", 4)));
    EXPECT_TRUE(p.failed());
    Player q(PVHOP_PLAY_LISTENER, ours());
    q.feed(rounds() + message(99991, le32(4)) + message(99991, "abcd"));
    EXPECT_TRUE(q.failed());
}

TEST(Handshake, StraysAreQuoted)
{
    const struct {
        std::string said, word;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "'GET / HTTP/1.1', as a web browser does"},
        {"HTTP/1.1 400 Bad Request\r\n", "'HTTP/1.1 400 Bad Request', as a web server does"},
        {"SSH-2.0-OpenSSH_9.2p1 Debian\r\n", "'SSH-2.0-OpenSSH_9.2p1 Debian', as ssh does"},
        {"\x16\x03\x01\x02", "the bytes 16 03 01 02, as TLS does"},
        {"bash: no job control in this shell\n", "'bash: no job control in this shell'"},
        {"\r\nlogin: \033[1m", "'login: .[1m'"},
        {std::string(500, 'x'), "xxx...'"},
        {std::string(40, '\0'), "the bytes 00 00"},
    };
    for (auto role : {PVHOP_PLAY_LISTENER, PVHOP_PLAY_CONNECTOR})
        for (const auto &c : cases) {
            Player p(role, ours());
            size_t before = p.said.size();
            p.feed(c.said);
            ASSERT_TRUE(p.failed());
            EXPECT_EQ(PVHOP_E_HANDSHAKE, p.code());
            EXPECT_NE(std::string::npos, p.why().find("is not ParaView")) << p.why();
            EXPECT_NE(std::string::npos, p.why().find(c.word)) << p.why();
            EXPECT_TRUE(printable(p.why()));
            EXPECT_EQ(before, p.said.size()); // a stray gets no answer
        }
}

TEST(Handshake, RandomBytesAreRefusedEarly)
{
    std::mt19937 random(4242);
    for (int i = 0; i < 2000; i++) {
        std::string noise(64, '\0');
        for (char &c : noise)
            c = char(random());
        Player p(i % 2 ? PVHOP_PLAY_LISTENER : PVHOP_PLAY_CONNECTOR, ours());
        EXPECT_EQ(4u, p.feed(noise));
        EXPECT_TRUE(p.failed());
        EXPECT_TRUE(printable(p.why()));
    }
}

TEST(Handshake, Abandoned)
{
    Player silent(PVHOP_PLAY_LISTENER, ours());
    pvhop_handshake_abandon(silent.h, PVHOP_E_TIMEOUT, "its 10 s were over");
    EXPECT_EQ(PVHOP_E_TIMEOUT, silent.code());
    EXPECT_EQ("what connected said nothing before its 10 s were over", silent.why());

    Player begun(PVHOP_PLAY_CONNECTOR, ours());
    begun.feed(ENDIAN + ALGORITHM);
    EXPECT_EQ(2u, pvhop_handshake_proved(begun.h));
    pvhop_handshake_abandon(begun.h, PVHOP_E_HANDSHAKE, "the connection was closed");
    EXPECT_EQ("what answered began as ParaView does, but its hash had not come when the connection "
              "was closed",
              begun.why());

    Player done(PVHOP_PLAY_LISTENER, ours());
    done.feed(connector_says());
    pvhop_handshake_abandon(done.h, PVHOP_E_HANDSHAKE, "the connection was closed");
    EXPECT_TRUE(done.done());
}

TEST(Handshake, BothRolesMeet)
{
    Player c(PVHOP_PLAY_CONNECTOR, ours()), s(PVHOP_PLAY_LISTENER, anyone());
    for (int turn = 0; turn < 10; turn++) {
        std::string from_c, from_s;
        from_c.swap(c.said);
        s.feed(from_c);
        from_s.swap(s.said);
        c.feed(from_s);
    }
    EXPECT_TRUE(c.done());
    EXPECT_TRUE(s.done());
}

TEST(Handshake, SelfIsChecked)
{
    const auto refused = [](pvhop_handshake_role role, pvhop_paraview self) {
        pvhop_error err = {};
        pvhop_handshake *h = pvhop_handshake_new(role, &self, &err);
        pvhop_handshake_free(h);
        return !h && err.code == PVHOP_E_VALUE;
    };
    pvhop_paraview p = ours();
    EXPECT_FALSE(refused(PVHOP_PLAY_CONNECTOR, p));
    p.hash[0] = '\0';
    EXPECT_TRUE(refused(PVHOP_PLAY_CONNECTOR, p));
    EXPECT_FALSE(refused(PVHOP_PLAY_LISTENER, p));
    p = ours();
    p.hash[5] = 'g';
    EXPECT_TRUE(refused(PVHOP_PLAY_LISTENER, p));
    p = ours();
    p.hash[31] = '\0';
    EXPECT_TRUE(refused(PVHOP_PLAY_LISTENER, p));
    p = ours();
    p.connect_id = -1;
    EXPECT_TRUE(refused(PVHOP_PLAY_LISTENER, p));
    p = ours();
    strcpy(p.backend, "a.b");
    EXPECT_TRUE(refused(PVHOP_PLAY_LISTENER, p));
    p = ours();
    memset(p.backend, 'x', sizeof(p.backend));
    EXPECT_TRUE(refused(PVHOP_PLAY_LISTENER, p));
    p = ours();
    p.major = 1000;
    EXPECT_TRUE(refused(PVHOP_PLAY_LISTENER, p));
    p = anyone();
    EXPECT_TRUE(refused(PVHOP_PLAY_CONNECTOR, p));
    pvhop_handshake_free(nullptr);
}
