// SPDX-License-Identifier: BSD-3-Clause
// Files of entries: what stays as it is, what is refused, how they are written.
#include "pvsc_fixture.hpp"
#include "pvsc_private.h"
#include "sshd.h"
#include <fcntl.h>
#include <fstream>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

namespace
{
struct Folder : pvhop_test::TempDir {
    std::vector<std::string> files() const
    {
        std::vector<std::string> all;
        for (auto &file : std::filesystem::directory_iterator(path()))
            all.push_back(file.path().filename());
        return all;
    }
};
} // namespace

TEST(Pvsc, KeepsWhatItDoesNotKnow)
{
    pvhop_error err{};
    const std::string text = "<!-- ours -->\n"
                             "<Servers x:a=\"1\">\n"
                             "  <!-- two\n       lines -->\n"
                             "  <Server name=\"a\" colour=\"&lt;&quot;&#10;\">\n"
                             "    <ManualStartup/>\n"
                             "    <Mixed>some <b>text</b> here</Mixed>\n"
                             "    <?tool do?>\n"
                             "  </Server>\n"
                             "  <Unknown/>\n"
                             "</Servers>\n";
    std::string given = text;
    given.replace(given.find("x:a"), 3, "a");
    Pvsc f = parse(given, &err);
    ASSERT_NE(nullptr, f) << err.why;
    EXPECT_EQ(given, print(f));
    Recipe r = recipe({{"host", "fe"}});
    ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "b", r.get(), PVHOP_STYLE_PVHOP, nullptr, false, &err));
    ASSERT_EQ(0, pvhop_pvsc_remove(f.get(), "b", &err));
    EXPECT_EQ(given, print(f));
    EXPECT_EQ(-1, pvhop_pvsc_remove(f.get(), "b", &err));
    EXPECT_EQ(-1, pvhop_pvsc_add(f.get(), "a", r.get(), PVHOP_STYLE_PVHOP, nullptr, false, &err));
    EXPECT_NE(nullptr, strstr(err.remedy, "--replace"));
    EXPECT_EQ(-1, pvhop_pvsc_add(f.get(), "", r.get(), PVHOP_STYLE_PVHOP, nullptr, false, &err));
    EXPECT_EQ(-1,
              pvhop_pvsc_add(f.get(), "a\nb", r.get(), PVHOP_STYLE_PVHOP, nullptr, false, &err));
}

TEST(Pvsc, RefusesWithThePlace)
{
    pvhop_error err{};
    EXPECT_EQ(nullptr, parse("<Servers>\n  <Server name='a'>\n</Servers>", &err));
    EXPECT_EQ(PVHOP_E_PVSC_PARSE, err.code);
    EXPECT_EQ(0u, std::string(err.why).find("t.pvsc:3:")) << err.why;
    EXPECT_EQ(nullptr, parse("<Server/>", &err));
    EXPECT_NE(nullptr, strstr(err.why, "t.pvsc:1:1: the outermost element is <Server>")) << err.why;
    EXPECT_NE(nullptr, strstr(err.why, "inside which it belongs")) << err.why;
    EXPECT_EQ(nullptr, parse("<Sites/>", &err));
    EXPECT_EQ(nullptr, strstr(err.why, "inside which")) << err.why;
    // The first of several errors: a template that nobody filled in.
    EXPECT_EQ(nullptr, parse("<% title %>\n<Servers>\n</Servers>", &err));
    EXPECT_NE(nullptr, strstr(err.why, "t.pvsc:1:2: StartTag")) << err.why;
    for (const char *bad :
         {"", " ", "x", "<Servers",
          "<!DOCTYPE s [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Servers a='&x;'/>",
          "<!DOCTYPE s [<!ENTITY x \"y\">]><Servers/>", "<Servers a='&x;'/>"})
        EXPECT_EQ(nullptr, parse(bad, &err)) << bad;
    std::string deep = "<Servers>";
    for (int i = 0; i < 5000; i++)
        deep += "<a>";
    EXPECT_EQ(nullptr, parse(deep, &err));
    EXPECT_EQ(nullptr, pvhop_pvsc_read("/nonexistent.pvsc", &err));
    EXPECT_NE(nullptr, strstr(err.why, "/nonexistent.pvsc")) << err.why;
    EXPECT_EQ(nullptr, pvhop_pvsc_read("/tmp", &err));
}

TEST(Pvsc, ForeignEntries)
{
    pvhop_error err{};
    Pvsc f = parse(
        R"(<Servers><Server name="a" resource="cs://fe"><CommandStartup><Command exec="ssh"/></CommandStartup></Server>
        <Server name="new"><CommandStartup><Command exec="pvhop"><Arguments><Argument value="connect"/><Argument value="fe"/></Arguments>
        </Command></CommandStartup><Hints><pvhop format="2"/></Hints></Server>
        <Server name="hand" resource="csrc://x:12345"><CommandStartup><Command exec="/opt/bin/pvhop"><Arguments><Argument value="connect"/>
        <Argument value="fe --queue"/><Argument value="viz"/></Arguments></Command></CommandStartup></Server>
        <Server name="bad"><CommandStartup><Command exec="pvhop connect --no-such"/></CommandStartup></Server></Servers>)",
        &err);
    ASSERT_NE(nullptr, f) << err.why;
    EXPECT_EQ(nullptr, pvhop_pvsc_recipe(f.get(), "a", &err));
    EXPECT_EQ(PVHOP_E_ENTRY_FOREIGN, err.code);
    EXPECT_EQ(nullptr, pvhop_pvsc_recipe(f.get(), "new", &err));
    EXPECT_EQ(PVHOP_E_ENTRY_FOREIGN, err.code);
    EXPECT_NE(nullptr, strstr(err.why, "format 2"));
    EXPECT_EQ(nullptr, pvhop_pvsc_recipe(f.get(), "hand", &err)) << "one argument, not two";
    EXPECT_EQ(nullptr, pvhop_pvsc_recipe(f.get(), "bad", &err));
    EXPECT_EQ(PVHOP_E_USAGE, err.code);
    // Changed by hand since: the stored recipe is no longer what runs.
    Pvsc g(pvhop_pvsc_new());
    ASSERT_EQ(0, pvhop_pvsc_add(g.get(), "o", recipe({{"host", "fe"}, {"route", "direct"}}).get(),
                                PVHOP_STYLE_OPENSSH, nullptr, false, &err));
    std::string text = print(g);
    text.replace(text.find("value=\"pvserver\""), 16, "value=\"/other/pvserver\"");
    Pvsc changed = parse(text, &err);
    EXPECT_EQ(nullptr, pvhop_pvsc_recipe(changed.get(), "o", &err));
    EXPECT_EQ(PVHOP_E_ENTRY_FOREIGN, err.code);
}

TEST(Pvsc, AnEntryWithoutANameIsFoundAsListed)
{
    pvhop_error err{};
    Pvsc f = parse("<Servers><Server resource=\"cs://fe:1\"/></Servers>", &err);
    ASSERT_TRUE(f) << err.why;
    ASSERT_STREQ("", pvhop_pvsc_name(f.get(), 0));
    EXPECT_STREQ("cs://fe:1", pvhop_pvsc_resource(f.get(), ""));
}

// The notes on where entries are follow every change.
TEST(Pvsc, NamesStayRightThroughChanges)
{
    std::mt19937 rng(8);
    pvhop_error err{};
    Pvsc f(pvhop_pvsc_new());
    std::vector<std::string> model;
    auto name = [&] { return "n" + std::to_string(rng() % 12); };
    for (int round = 0; round < 3000; round++) {
        std::string a = name(), b = name();
        auto at = std::find(model.begin(), model.end(), a);
        bool there = at != model.end(),
             taken = std::find(model.begin(), model.end(), b) != model.end();
        switch (rng() % 4) {
        case 0:
            ASSERT_EQ(0, pvhop_pvsc_add(f.get(), a.c_str(), recipe({{"host", "h"}}).get(),
                                        PVHOP_STYLE_PVHOP, nullptr, true, &err));
            if (!there)
                model.push_back(a);
            break;
        case 1:
            ASSERT_EQ(there, pvhop_pvsc_remove(f.get(), a.c_str(), &err) == 0);
            if (there)
                model.erase(at);
            break;
        case 2:
            ASSERT_EQ(there && !taken, pvhop_pvsc_rename(f.get(), a.c_str(), b.c_str(), &err) == 0);
            if (there && !taken)
                *at = b;
            break;
        default:
            ASSERT_EQ(there, pvhop_pvsc_resource(f.get(), a.c_str()) != nullptr);
        }
        for (size_t n = 0; n < model.size(); n++)
            ASSERT_EQ(model[n], pvhop_pvsc_name(f.get(), n)) << round;
        ASSERT_EQ(nullptr, pvhop_pvsc_name(f.get(), model.size()));
    }
    Pvsc twice = parse(
        "<Servers><Server name=\"a\"/><Server name=\"b\"/><Server name=\"a\"/></Servers>", &err);
    EXPECT_FALSE(pvhop_pvsc_is_used(twice.get(), 0));
    EXPECT_TRUE(pvhop_pvsc_is_used(twice.get(), 1));
    EXPECT_TRUE(pvhop_pvsc_is_used(twice.get(), 2));
    EXPECT_FALSE(pvhop_pvsc_is_used(twice.get(), 3));
}

TEST(Pvsc, WritesAtomicallyAndKeepsPermissions)
{
    Folder folder;
    pvhop_error err{};
    std::string path = folder / "s.pvsc", link = folder / "link.pvsc";
    Pvsc f(pvhop_pvsc_new());
    ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "a", recipe({{"host", "fe"}}).get(), PVHOP_STYLE_PVHOP,
                                nullptr, false, &err));
    mode_t mask = umask(027);
    ASSERT_EQ(0, pvhop_pvsc_write(f.get(), path.c_str(), &err)) << err.why;
    umask(mask);
    struct stat st;
    ASSERT_EQ(0, stat(path.c_str(), &st));
    EXPECT_EQ(0640u, st.st_mode & 07777);
    ASSERT_EQ(0, chmod(path.c_str(), 0604));
    ASSERT_EQ(0, symlink("s.pvsc", link.c_str()));
    ASSERT_EQ(0, pvhop_pvsc_write(f.get(), link.c_str(), &err)) << err.why;
    ASSERT_EQ(0, lstat(link.c_str(), &st));
    EXPECT_TRUE(S_ISLNK(st.st_mode));
    ASSERT_EQ(0, stat(path.c_str(), &st));
    EXPECT_EQ(0604u, st.st_mode & 07777);
    Pvsc back(pvhop_pvsc_read(path.c_str(), &err));
    ASSERT_NE(nullptr, back) << err.why;
    EXPECT_EQ(print(f), print(back));
    EXPECT_EQ(2u, folder.files().size()) << "a temporary file was left";

    // What changed is kept as it was; and what somebody else changed meanwhile is not written over.
    ASSERT_EQ(0, pvhop_pvsc_rename(back.get(), "a", "b", &err));
    ASSERT_EQ(0, pvhop_pvsc_write(back.get(), path.c_str(), &err)) << err.why;
    Pvsc kept(pvhop_pvsc_read((path + "~").c_str(), &err));
    ASSERT_NE(nullptr, kept) << err.why;
    EXPECT_EQ(print(f), print(kept));
    EXPECT_EQ(3u, folder.files().size());
    EXPECT_EQ(-1, pvhop_pvsc_write(back.get(), path.c_str(), &err)) << "it was read before that";
    EXPECT_EQ(PVHOP_E_PVSC_BUSY, err.code);
    Pvsc first(pvhop_pvsc_open((folder / "new.pvsc").c_str(), &err)),
        second(pvhop_pvsc_open((folder / "new.pvsc").c_str(), &err));
    ASSERT_EQ(0, pvhop_pvsc_write(first.get(), (folder / "new.pvsc").c_str(), &err));
    EXPECT_EQ(-1, pvhop_pvsc_write(second.get(), (folder / "new.pvsc").c_str(), &err));
    EXPECT_EQ(PVHOP_E_PVSC_BUSY, err.code);
    EXPECT_EQ(-1, pvhop_pvsc_write(f.get(), (folder / "no/such.pvsc").c_str(), &err));
    EXPECT_EQ(PVHOP_E_PVSC_WRITE, err.code);
}

// What files of sites do not have: each is read, stays the same, and is refused when it is cut off.
TEST(Pvsc, OddFiles)
{
    std::vector<std::string> files = pvsc_files(PVHOP_PVSC_DATA);
    EXPECT_GE(files.size(), 18u);
    for (const std::string &path : files) {
        pvhop_error err{};
        Pvsc f(pvhop_pvsc_read(path.c_str(), &err));
        ASSERT_NE(nullptr, f) << err.why;
        std::string once = print(f);
        Pvsc again = parse(once, &err);
        ASSERT_NE(nullptr, again) << path << err.why;
        EXPECT_EQ(once, print(again)) << path;
        // At every byte of one with all kinds of them; that takes its time.
        size_t step = path.find("entities") == std::string::npos ? 29 : 1;
        for (size_t n = 0; n < once.rfind("</Servers>"); n += step)
            ASSERT_EQ(nullptr, parse(once.substr(0, n), &err)) << path << " cut at " << n;
    }
}

TEST(Pvsc, HostileFiles)
{
    std::vector<std::string> files = pvsc_files(PVHOP_PVSC_DATA "/refused");
    EXPECT_GE(files.size(), 10u);
    for (const std::string &path : files) {
        pvhop_error err{};
        EXPECT_EQ(nullptr, pvhop_pvsc_read(path.c_str(), &err)) << path;
        EXPECT_EQ(PVHOP_E_PVSC_PARSE, err.code);
    }
}

// What libxml2 says of bytes that it cannot recode is the error's, and is printed nowhere.
TEST(Pvsc, BytesOfNoEncodingAreAnErrorAndNoNoise)
{
    for (const char *encoding : {"UTF-8", "EUC-JP", "UCS-4"}) {
        pvhop_error err{};
        testing::internal::CaptureStderr();
        Pvsc f = parse("<?xml version=\"1.0\" encoding=\"" + std::string(encoding) +
                           "\"?>\n<Servers><Server name=\"\xff\xff\xff\xff\"/></Servers>",
                       &err);
        EXPECT_EQ("", testing::internal::GetCapturedStderr()) << encoding;
        EXPECT_EQ(nullptr, f) << encoding;
        EXPECT_EQ(PVHOP_E_PVSC_PARSE, err.code);
        EXPECT_NE(std::string::npos, std::string(err.why).find("t.pvsc:")) << err.why;
        EXPECT_TRUE(strstr(err.why, "0xFF") || strstr(err.why, "UTF-8")) << err.why;
    }
}

// Entries from the field, if they are at hand: what is printed reads as the same, and stays so.
TEST(Pvsc, CorpusIsAFixpoint)
{
    const std::string folder = corpus_folder(PVHOP_CORPUS_DEFAULT);
    const std::vector<std::string> all = pvsc_files(folder);
    if (all.empty())
        GTEST_SKIP() << "no corpus of .pvsc files at " << folder << "; name one with PVHOP_CORPUS";
    for (const std::string &name : all) {
        pvhop_error err{};
        Pvsc f(pvhop_pvsc_read(name.c_str(), &err));
        ASSERT_NE(nullptr, f) << err.why;
        std::string once = print(f);
        Pvsc again = parse(once, &err);
        ASSERT_NE(nullptr, again) << name << err.why;
        EXPECT_EQ(once, print(again)) << name;
        for (size_t n = 0; const char *entry = pvhop_pvsc_name(f.get(), n); n++) {
            EXPECT_EQ(take(pvhop_pvsc_command(f.get(), entry, &err)),
                      take(pvhop_pvsc_command(again.get(), entry, &err)))
                << name;
            EXPECT_FALSE(pvhop_pvsc_is_ours(f.get(), entry)) << name;
        }
    }
}
