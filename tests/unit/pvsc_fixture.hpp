// SPDX-License-Identifier: BSD-3-Clause
/** What tests of recipes, entries and files of them share: owners, short ways in, random values. */
#pragma once
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <pvhop/pvsc.h>
#include <random>
#include <sstream>
#include <stdlib.h>
#include <string>
#include <utility>
#include <vector>

struct Free {
    void operator()(pvhop_recipe *r) const
    {
        pvhop_recipe_free(r);
    }
    void operator()(pvhop_pvsc *f) const
    {
        pvhop_pvsc_free(f);
    }
};
using Recipe = std::unique_ptr<pvhop_recipe, Free>;
using Pvsc = std::unique_ptr<pvhop_pvsc, Free>;
using FieldList = std::vector<std::pair<const char *, std::string>>;

inline Recipe recipe(const FieldList &fields)
{
    Recipe r(pvhop_recipe_new());
    pvhop_error err{};
    for (auto &f : fields)
        EXPECT_EQ(0, pvhop_recipe_set(r.get(), f.first, f.second.c_str(), &err)) << err.why;
    return r;
}

inline std::string take(char *text)
{
    std::string s = text ? text : "(null)";
    free(text);
    return s;
}

inline std::vector<std::string> take(char **words)
{
    std::vector<std::string> all;
    for (char **p = words; p && *p; p++)
        all.push_back(*p);
    pvhop_args_free(words);
    return all;
}

inline Pvsc parse(const std::string &text, pvhop_error *err)
{
    return Pvsc(pvhop_pvsc_parse(text.data(), text.size(), "t.pvsc", err));
}

inline std::string print(const Pvsc &f)
{
    return take(pvhop_pvsc_print(f.get()));
}

inline std::string joined(const std::vector<std::string> &words)
{
    std::string s;
    for (auto &w : words)
        s += (s.empty() ? "" : " ") + w;
    return s;
}

/// The files of entries in a folder, in the order of their names; none if it is not there.
inline std::vector<std::string> pvsc_files(const std::string &folder)
{
    std::vector<std::string> all;
    std::error_code gone;
    for (auto &file : std::filesystem::directory_iterator(folder, gone))
        if (file.path().extension() == ".pvsc")
            all.push_back(file.path());
    std::sort(all.begin(), all.end());
    return all;
}

/// Where entries from the field may be: PVHOP_CORPUS, else the folder that the build knows.
inline std::string corpus_folder(const char *otherwise)
{
    const char *given = getenv("PVHOP_CORPUS");
    return given ? given : otherwise;
}

/// A value that the field takes, awkward where the type allows it.
inline std::string random_value(const pvhop_field *f, std::mt19937 &rng)
{
    auto pick = [&](std::vector<std::string> of) { return of[rng() % of.size()]; };
    switch (f->type) {
    case PVHOP_FIELD_TEXT: {
        static const std::vector<std::string> parts = {
            "a",         " ",        "  ",       "\"",
            "\"\"\"",    "'",        "$",        "$HOME",
            "$$",        "\\",       "&",        "<",
            ">",         "=",        "--x",      "%20",
            "{version}", "\xc3\xa9", "\xc2\xa0", "\xe2\x82\xac",
            "`id`",      ";",        "|",        "#",
            "]]>",       "<!--",     "&amp;",    "$PV_SERVER_PORT$"};
        std::string s;
        for (unsigned n = 1 + rng() % 12; n; n--)
            s += pick(parts);
        return s;
    }
    case PVHOP_FIELD_HOST:
        return pick(
            {"login.cluster.edu", "alice@fe1", "10.1.2.3", "fe80::1%eth0", "[::1]:2222", "fe:22"});
    case PVHOP_FIELD_HOSTS:
        return pick({"none", "a,b", "alice@gate.site.org:2222,fe"});
    case PVHOP_FIELD_ADDRESS:
        return pick({"ws.example.org", "192.168.1.2", "::1", "2001:db8::7"});
    case PVHOP_FIELD_PORT:
        return std::to_string(rng() % 65536);
    case PVHOP_FIELD_INT:
        return std::to_string(f->min + (long)(rng() % (unsigned long)(f->max - f->min + 1)));
    case PVHOP_FIELD_SECONDS:
        return pick({"90", "15s", "10m", "1h"});
    case PVHOP_FIELD_WALLTIME:
        return pick({"01:00:00", "1-12:00:00", "90m", "2h30m", "100:00:00"});
    case PVHOP_FIELD_BOOL:
        return pick({"yes", "no"});
    case PVHOP_FIELD_NAME:
        return pick({"viz", "a.b_c-d", "p@ss/x=y", "DOMAIN\\user", "50%"});
    case PVHOP_FIELD_PATH:
        return pick(
            {"pvserver", "/opt/My Apps/pv$x/bin/pvserver", "~/bin/pvserver", "/a\"b'c/d", "~a;b"});
    case PVHOP_FIELD_CHOICE: {
        std::vector<std::string> all;
        std::stringstream list(f->choices);
        for (std::string one; std::getline(list, one, '|');)
            all.push_back(one);
        return all[rng() % all.size()];
    }
    }
    return "";
}
