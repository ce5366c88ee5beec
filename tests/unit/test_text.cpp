// SPDX-License-Identifier: BSD-3-Clause
#include "text.h"
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace
{

// What a shell makes of the words: each argument on its own, as printf '%s\0' gives it.
std::vector<std::string> arguments(const std::string &words)
{
    std::vector<std::string> found;
    std::string command = "printf '%s\\000' " + words;
    FILE *f = popen(("HOME=/home/alice; " + command).c_str(), "r");
    std::string current;
    for (int c; (c = fgetc(f)) != EOF;) {
        if (c) {
            current += (char)c;
        } else {
            found.push_back(current);
            current.clear();
        }
    }
    pclose(f);
    return found;
}

TEST(Text, WordIsExactlyOneWord)
{
    for (const std::string word :
         {"plain", "two words", "it's", "$(reboot)", "`reboot`", "a\nb", "", "*", "\\", "-n", "\"",
          "'; rm -rf / #", "\x01\x7f\xc3\xa9"}) {
        pvhop_text t{};
        pvhop_text_add_word(&t, word.c_str());
        ASSERT_FALSE(t.failed);
        EXPECT_EQ(std::vector<std::string>{word}, arguments(t.s));
        pvhop_text_free(&t);
    }
}

TEST(Text, WordsAreSplitAtSpacesAndNowhereElse)
{
    pvhop_text t{};
    pvhop_text_add_words(&t, "  mpiexec -n  2\t--mca a;b $HOME ");
    EXPECT_EQ((std::vector<std::string>{"mpiexec", "-n", "2", "--mca", "a;b", "$HOME"}),
              arguments(t.s));
    pvhop_text_free(&t);
    pvhop_text_add_words(&t, "   ");
    EXPECT_EQ(nullptr, t.s);
}

TEST(Text, PathMayStartAtHome)
{
    pvhop_text t{};
    pvhop_text_add_path(&t, "~/my apps/$x/pvserver");
    EXPECT_EQ((std::vector<std::string>{"/home/alice/my apps/$x/pvserver"}), arguments(t.s));
    pvhop_text_free(&t);
    pvhop_text_add_path(&t, "/opt/~/pvserver");
    EXPECT_EQ((std::vector<std::string>{"/opt/~/pvserver"}), arguments(t.s));
    pvhop_text_free(&t);
}

TEST(Text, GrowsAndFormats)
{
    pvhop_text t{};
    std::string expect;
    for (int i = 0; i < 1000; i++) {
        pvhop_text_addf(&t, "%d,", i);
        expect += std::to_string(i) + ",";
    }
    EXPECT_EQ(expect, t.s);
    EXPECT_EQ(expect.size(), t.len);
    pvhop_text_free(&t);
}

TEST(Text, PrintableKeepsTextAndLines)
{
    char text[] = "a\tb\nc\033]0;x\007\x7f\xc3\xa9";
    pvhop_make_printable(text);
    EXPECT_STREQ("a\tb\nc?]0;x??\xc3\xa9", text);
}

// C1 controls are two bytes in UTF-8 and one in Latin-1; either may begin a terminal's command.
TEST(Text, PrintableKnowsControlsAboveAscii)
{
    char text[] = "a\xc2\x9b"
                  "31mb\x9b"
                  "2Jc\xe2\x80\xae"
                  "d\xe2\x81\xa6\xe2\x82\xac\xe2";
    pvhop_make_printable(text);
    EXPECT_STREQ("a??31mb?2Jc???d???\xe2\x82\xac?", text);
}

} // namespace
