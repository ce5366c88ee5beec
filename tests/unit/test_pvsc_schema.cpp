// SPDX-License-Identifier: BSD-3-Clause
// The schema that is shipped with pvhop says what files of sites say, and what pvhop writes.
#include "schema.hpp"
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <pvhop/convert.h>
#include <pvhop/site.h>
#include <set>
#include <sstream>
#include <stdlib.h>

namespace
{
struct Free {
    void operator()(pvhop_pvsc *f) const
    {
        pvhop_pvsc_free(f);
    }
    void operator()(pvhop_recipe *r) const
    {
        pvhop_recipe_free(r);
    }
    void operator()(pvhop_site *s) const
    {
        pvhop_site_free(s);
    }
};
template <class T> using Owned = std::unique_ptr<T, Free>;

std::string read(const std::filesystem::path &path)
{
    std::ifstream in(path);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
}

class PvscSchema : public testing::Test
{
  protected:
    Schema schema{PVHOP_PVSC_FOLDER "/pvsc.rng"};

    void expect_valid(const pvhop_pvsc *f, const std::string &what)
    {
        char *text = pvhop_pvsc_print(f);
        EXPECT_TRUE(schema.valid(text)) << what << ": " << schema.why;
        free(text);
    }

    // As it stands, as we print it, and what we make of it. Returns false if it is not valid.
    bool look_at(const std::filesystem::path &path)
    {
        pvhop_error err{};
        const std::string what = path.filename();
        const bool ok = schema.valid(read(path));
        Owned<pvhop_pvsc> f(pvhop_pvsc_read(path.c_str(), &err)), into(pvhop_pvsc_new());
        EXPECT_NE(nullptr, f) << err.why;
        if (!f)
            return false;
        if (ok)
            expect_valid(f.get(), what + ", printed");
        for (size_t n = 0; const char *name = pvhop_pvsc_name(f.get(), n); n++) {
            pvhop_conversion c{};
            EXPECT_EQ(0, pvhop_pvsc_convert(f.get(), name, into.get(), true, &c, &err)) << err.why;
            pvhop_conversion_clear(&c);
        }
        if (ok) // what stays as it was, such as hints, is as good as it was
            expect_valid(into.get(), what + ", converted");
        return ok;
    }

    std::set<std::string> refused(const std::string &folder, size_t &seen)
    {
        std::set<std::string> names;
        std::error_code none;
        for (auto &file : std::filesystem::directory_iterator(folder, none)) {
            if (file.path().extension() != ".pvsc")
                continue;
            seen++;
            if (!look_at(file.path()))
                names.insert(file.path().filename());
        }
        return names;
    }
};
} // namespace

TEST_F(PvscSchema, FilesOfSites)
{
    const char *given = getenv("PVHOP_CORPUS");
    size_t seen = 0;
    EXPECT_EQ(std::set<std::string>{}, refused(given ? given : PVHOP_CORPUS_DEFAULT, seen));
    if (!seen)
        GTEST_SKIP() << "no corpus of .pvsc files; name one with PVHOP_CORPUS";
}

// Elements and attributes that ParaView passes over, two startups, and no startup at all.
TEST_F(PvscSchema, OurOwnFilesButWhatParaViewPassesOver)
{
    size_t seen = 0;
    EXPECT_EQ((std::set<std::string>{"cdata.pvsc", "hints.pvsc", "inclusion.pvsc", "old.pvsc",
                                     "unknown.pvsc", "values.pvsc"}),
              refused(PVHOP_PVSC_DATA, seen));
    EXPECT_GE(seen, 20u);
}

TEST_F(PvscSchema, WhatPvhopWrites)
{
    pvhop_error err{};
    const char *ask[] = {"walltime", "nodes", "route", "identity", "host", "user", nullptr};
    for (const char *route : {"direct", "tunnel", "two-hop-reverse", "stdio", "auto"})
        for (const char *scheduler : {"none", "slurm"})
            for (pvhop_style style : {PVHOP_STYLE_PVHOP, PVHOP_STYLE_OPENSSH}) {
                Owned<pvhop_pvsc> f(pvhop_pvsc_new());
                Owned<pvhop_recipe> r(pvhop_recipe_new());
                for (auto &set : {std::pair{"host", "fe"}, std::pair{"route", route},
                                  std::pair{"scheduler", scheduler}})
                    ASSERT_EQ(0, pvhop_recipe_set(r.get(), set.first, set.second, &err)) << err.why;
                if (pvhop_pvsc_add(f.get(), "n", r.get(), style,
                                   style == PVHOP_STYLE_PVHOP ? ask : nullptr, false, &err) == 0)
                    expect_valid(f.get(), std::string(route) + " " + scheduler);
                else
                    EXPECT_EQ(PVHOP_STYLE_OPENSSH, style) << err.why;
            }
    for (bool thin : {false, true})
        for (auto &file : std::filesystem::directory_iterator(PVHOP_PVSC_FOLDER "/templates")) {
            Owned<pvhop_site> site(pvhop_site_read(file.path().c_str(), true, &err));
            ASSERT_NE(nullptr, site) << err.why;
            Owned<pvhop_pvsc> f(pvhop_site_bundle(site.get(), thin, nullptr, &err));
            ASSERT_NE(nullptr, f) << file.path() << err.why;
            expect_valid(f.get(), file.path().filename());
        }
}

TEST_F(PvscSchema, RefusesMistakes)
{
    auto server = [](const std::string &inside) {
        return "<Servers><Server name=\"a\" resource=\"cs://fe:1\">" + inside +
               "</Server></Servers>";
    };
    auto startup = [&](const std::string &inside) {
        return server("<CommandStartup>" + inside + "</CommandStartup>");
    };
    EXPECT_TRUE(schema.valid(server("<ManualStartup/>"))) << schema.why;
    EXPECT_TRUE(schema.valid(startup("<Command exec=\"x\"/><Options/>"))) << schema.why;
    for (auto &bad :
         {std::string("<Server/>"), server(""), server("<ManualStartup/><ManualStartup/>"),
          startup(""), startup("<Command/>"), startup("<Command exec=\"x\" delay=\"soon\"/>"),
          startup("<Options><Option name=\"A\"/></Options><Command exec=\"x\"/>"),
          startup("<Options><Option><String/></Option></Options><Command exec=\"x\"/>"),
          startup("<Options><Switch variable=\"A\"><Case value=\"1\"/></Switch></Options>"
                  "<Command exec=\"x\"/>"),
          startup("<SSHCommand exec=\"x\"/>"),
          startup("<Command exec=\"x\"><Arguments><Argument text=\"1\"/></Arguments></Command>")})
        EXPECT_FALSE(schema.valid(bad)) << bad;
}
