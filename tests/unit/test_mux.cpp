// SPDX-License-Identifier: BSD-3-Clause
// What the far end of a mux may not do, frame by frame, and memory that runs out. How two of them
// work together is in test_carry.cpp.
#include "loop_fixture.hpp"
#include "mux.h"
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

static bool memory_is_out;

// The linker puts it in realloc's place.
extern "C" void *__real_realloc(void *p, size_t size);
extern "C" void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size)
{
    return memory_is_out ? nullptr : __real_realloc(p, size);
}

namespace
{
std::string number(uint32_t n, int bytes = 4)
{
    std::string text;
    for (int i = 0; i < bytes; i++)
        text += char(n >> (8 * i));
    return text;
}

std::string frame(char type, uint32_t id, const std::string &body = "")
{
    return type + number(uint32_t(body.size()), 3) + number(id) + body;
}

class Mux : public LoopTest
{
  protected:
    pvhop_mux *mux = nullptr;
    std::string sent, broken; // on the wire; what was said of it
    int broken_count = 0;
    pvhop_stream *came = nullptr; // by the far end's last call
    std::vector<pvhop_stream *> mine;
    std::string accepted, refused;
    bool frees = false; // the mux, as soon as a call is refused

    void SetUp() override
    {
        static const pvhop_mux_wire wire = {
            [](void *u, const void *head, size_t head_len, const void *body, size_t len) {
                auto &to = static_cast<Mux *>(u)->sent;
                to.append(static_cast<const char *>(head), head_len);
                if (body)
                    to.append(static_cast<const char *>(body), len);
            },
            [](void *) { return size_t(1) << 20; },
            [](void *u, const char *why) {
                static_cast<Mux *>(u)->broken = why;
                static_cast<Mux *>(u)->broken_count++;
            },
            [](void *u, pvhop_stream *stream, const char *) {
                static_cast<Mux *>(u)->came = stream;
                static_cast<Mux *>(u)->mine.push_back(stream);
            }};
        LoopTest::SetUp();
        mux = pvhop_mux_new(loop, true, &wire, this, &err);
        ASSERT_NE(nullptr, mux) << err.why;
    }
    void TearDown() override
    {
        memory_is_out = false;
        for (pvhop_stream *s : mine)
            pvhop_stream_free(s);
        pvhop_mux_free(mux);
    }
    pvhop_stream *ask(const char *text = "to somewhere")
    {
        static const pvhop_mux_call_events events = {
            [](void *u, const char *text) { static_cast<Mux *>(u)->accepted = text; },
            [](void *u, const char *why) {
                Mux *m = static_cast<Mux *>(u);
                m->refused = why;
                if (m->frees)
                    pvhop_mux_free(std::exchange(m->mux, nullptr));
            },
            nullptr};
        mine.push_back(pvhop_mux_call(mux, text, &events, this));
        return mine.back();
    }
    void feed(const std::string &bytes)
    {
        pvhop_mux_feed(mux, bytes.data(), bytes.size());
    }
    // The number that our last frame named.
    uint32_t last_id(size_t body)
    {
        std::string at = sent.substr(sent.size() - body - 4, 4);
        return uint32_t((unsigned char)at[0] | (unsigned char)at[1] << 8);
    }
};

const uint32_t kOurs = 3, kTheirs = 4; // the first numbers of both ends
const std::string kCall = frame('O', kTheirs, number(0) + "to here");

TEST_F(Mux, NumbersAreAsTheTestsHaveThem)
{
    ask("12 letters..");
    EXPECT_EQ(kOurs, last_id(4 + 12));
    feed(kCall);
    EXPECT_NE(nullptr, came);
    EXPECT_EQ("", broken);
}

// Bytes that the far end may not send, once it has accepted our stream and called us itself.
struct Violation {
    const char *name, *why;
    std::string bytes;
};

class MuxRefuses : public Mux, public testing::WithParamInterface<Violation>
{
};

TEST_P(MuxRefuses, AndNothingAfterThatCounts)
{
    pvhop_stream *s = ask();
    char byte;
    feed(frame('A', kOurs, "there") + kCall);
    ASSERT_EQ("there", accepted);
    ASSERT_NE(nullptr, came);
    ASSERT_EQ("", broken);
    feed(GetParam().bytes + frame('D', kOurs, "late"));
    EXPECT_EQ(GetParam().why, broken);
    feed(frame('?', 1));
    EXPECT_EQ(1, broken_count);
    EXPECT_EQ(-EAGAIN, pvhop_stream_read(s, &byte, 1));
    EXPECT_EQ("", refused);
    pvhop_mux_lost(mux); // as the wire's owner does then
    EXPECT_EQ(-ECONNRESET, pvhop_stream_read(s, &byte, 1));
    EXPECT_NE("", refused);
}

const size_t kWindow = 64 * 1024; // at first

INSTANTIATE_TEST_SUITE_P(
    Violations, MuxRefuses,
    testing::Values(Violation{"AcceptedTwice", "a stream was accepted that was not asked for",
                              frame('A', kOurs, "again")},
                    Violation{"AcceptedNotAskedFor", "a stream was accepted that was not asked for",
                              frame('A', kTheirs, "mine")},
                    Violation{"GrantedMoreThanThereIs", "more was granted than there is",
                              frame('W', kOurs, number(0xffffffff))},
                    Violation{"GrantedInStepsMoreThanThereIs", "more was granted than there is",
                              frame('W', kOurs, number(0x7fffffff)) +
                                  frame('W', kOurs, number(0x7fffffff)) +
                                  frame('W', kOurs, number(2))},
                    Violation{"GrantCutOff", "a grant is not a number", frame('W', kOurs, "abc")},
                    Violation{"OpenedTwice", "a stream was opened twice", kCall},
                    Violation{"OpenedWithOurNumber", "a stream was opened twice",
                              frame('O', kOurs + 2, number(0) + "to here")},
                    Violation{"CallCutOff", "a call is cut off", frame('O', kTheirs + 2, "abc")},
                    Violation{"MoreThanGranted", "more was sent than was granted",
                              frame('D', kTheirs, std::string(kWindow + 1, 'x'))},
                    Violation{"DataAfterTheEnd", "more was sent than was granted",
                              frame('E', kTheirs) + frame('D', kTheirs, "x")},
                    Violation{"UnknownType", "a frame of unknown type came", frame('X', kTheirs)},
                    Violation{"NoType", "a frame of unknown type came", frame('\0', kTheirs)},
                    Violation{"TooLong", "a frame is too long",
                              frame('R', kTheirs, std::string(PVHOP_MUX_TEXT + 5, 'x'))}),
    [](const testing::TestParamInfo<Violation> &info) { return info.param.name; });

TEST_F(Mux, AllThatIsGrantedIsTaken)
{
    ask();
    feed(frame('A', kOurs) + frame('W', kOurs, number(uint32_t(0xffffffff - kWindow))) + kCall +
         frame('D', kTheirs, std::string(kWindow, 'x')));
    EXPECT_EQ("", broken);
    std::vector<char> all(kWindow + 1);
    EXPECT_EQ(ssize_t(kWindow), pvhop_stream_read(came, all.data(), all.size()));
    // and as much may come again, and more to one that keeps up
    EXPECT_EQ(frame('W', kTheirs, number(2 * kWindow)),
              sent.substr(sent.size() - 12)); // 8 of head, 4 of body
    feed(frame('D', kTheirs, std::string(2 * kWindow, 'x')));
    EXPECT_EQ("", broken);
}

TEST_F(Mux, MemoryThatRunsOutEndsOneStreamAndBothEndsKnow)
{
    pvhop_stream *s = ask();
    char bytes[16];
    feed(frame('A', kOurs) + kCall);
    sent.clear();
    memory_is_out = true;
    feed(frame('D', kOurs, "no room"));
    memory_is_out = false;
    EXPECT_EQ(frame('R', kOurs, "memory ran out"), sent);
    EXPECT_EQ("memory ran out", refused);
    EXPECT_EQ(-ECONNRESET, pvhop_stream_read(s, bytes, sizeof(bytes)));
    feed(frame('D', kOurs, "on its way meanwhile") + frame('D', kTheirs, "goes on"));
    EXPECT_EQ("", broken);
    EXPECT_EQ(7, pvhop_stream_read(came, bytes, sizeof(bytes)));
    sent.clear();
    pvhop_stream_free(s); // that it is gone was told already
    mine.erase(mine.begin());
    EXPECT_EQ("", sent);
}

// Whoever is told may free the mux, also while bytes of a frame are still to be read.
TEST_F(Mux, IsFreedFromWithinACallback)
{
    pvhop_stream *s = ask();
    char byte;
    frees = true;
    feed(frame('A', kOurs));
    memory_is_out = true;
    feed(frame('D', kOurs, "no room").substr(0, 10));
    memory_is_out = false;
    EXPECT_EQ(nullptr, mux);
    EXPECT_EQ(-ECONNRESET, pvhop_stream_read(s, &byte, 1));
    EXPECT_EQ(-ECONNRESET, pvhop_stream_write(s, "x", 1));
}

TEST_F(Mux, MoreStreamsThanItTakesAreRefusedOneByOne)
{
    for (uint32_t i = 0; i < 1024; i++)
        feed(frame('O', kTheirs + 2 * i, number(0) + "to here"));
    EXPECT_EQ(1024u, mine.size());
    sent.clear();
    feed(frame('O', 9000, number(0) + "to here"));
    EXPECT_EQ(frame('R', 9000, "too many streams at once"), sent);
    EXPECT_EQ("", broken);
}
} // namespace
