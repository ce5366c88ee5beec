// SPDX-License-Identifier: BSD-3-Clause
// Entries to convert, written in a few words, and what becomes of them.
#pragma once
#include "pvsc_fixture.hpp"
#include <map>
#include <pvhop/convert.h>
#include <set>

struct Converted {
    pvhop_conversion_result result = PVHOP_NOT_CONVERTED;
    std::string why, text;
    std::vector<std::string> left, changed;
    std::map<std::string, std::string> fields; // those that are set
    std::set<std::string> asked;

    bool says(const std::vector<std::string> &list, const std::string &part) const
    {
        return std::any_of(list.begin(), list.end(),
                           [&](const std::string &s) { return s.find(part) != std::string::npos; });
    }
};

inline std::vector<std::string> strings(char *const *list)
{
    std::vector<std::string> all;
    for (; list && *list; list++)
        all.push_back(*list);
    return all;
}

inline Converted convert(const pvhop_pvsc *from, const char *name)
{
    Converted out;
    pvhop_error err{};
    pvhop_conversion c;
    Pvsc into(pvhop_pvsc_new());
    EXPECT_EQ(0, pvhop_pvsc_convert(from, name, into.get(), false, &c, &err)) << name << err.why;
    if (err.code)
        return out;
    out.result = c.result;
    out.why = c.why ? c.why : "";
    out.left = strings(c.left);
    out.changed = strings(c.changed);
    pvhop_conversion_clear(&c);
    if (out.result == PVHOP_NOT_CONVERTED) {
        EXPECT_NE("", out.why) << name;
        EXPECT_EQ(nullptr, pvhop_pvsc_name(into.get(), 0)) << name;
        return out;
    }
    Recipe r(pvhop_pvsc_recipe(into.get(), name, &err));
    EXPECT_NE(nullptr, r) << name << ": " << err.why;
    for (size_t n = 0; const pvhop_field *f = r ? pvhop_field_row(n) : nullptr; n++)
        if (pvhop_recipe_is_set(r.get(), f->name))
            out.fields[f->name] = pvhop_recipe_get(r.get(), f->name);
    char **asked = pvhop_pvsc_asked(into.get(), name);
    for (auto &a : strings(asked))
        out.asked.insert(a);
    pvhop_args_free(asked);
    char *text = pvhop_pvsc_print_entry(into.get(), name, &err);
    out.text = text ? text : "";
    free(text);
    return out;
}

inline std::string escaped(const std::string &s)
{
    std::string out;
    for (char c : s)
        out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '"' ? "&quot;" : std::string(1, c);
    return out;
}

// An entry that runs these words. `options`: what stands in <Options>.
inline std::string entry(const std::vector<std::string> &words, const std::string &options = "",
                         const std::string &resource = "csrc://localhost:11111")
{
    std::string s = "<Servers><Server name=\"e\" resource=\"" + resource + "\"><CommandStartup>";
    if (!options.empty())
        s += "<Options>" + options + "</Options>";
    s += "<Command exec=\"" + escaped(words[0]) + "\"><Arguments>";
    for (size_t i = 1; i < words.size(); i++)
        s += "<Argument value=\"" + escaped(words[i]) + "\"/>";
    return s + "</Arguments></Command></CommandStartup></Server></Servers>";
}

inline std::string option(const std::string &name, const std::string &label,
                          const std::string &typed)
{
    return "<Option name=\"" + name + "\" label=\"" + label + "\" save=\"true\">" + typed +
           "</Option>";
}

inline std::string text_option(const std::string &name, const std::string &label,
                               const std::string &value)
{
    return option(name, label, "<String default=\"" + value + "\"/>");
}

inline std::string number_option(const std::string &name, const std::string &label,
                                 const std::string &value)
{
    return option(name, label,
                  "<Range type=\"int\" min=\"1\" max=\"512\" step=\"1\" default=\"" + value +
                      "\"/>");
}

inline Converted from_text(const std::string &text, const char *name = "e")
{
    pvhop_error err{};
    Pvsc f(pvhop_pvsc_parse(text.data(), text.size(), "t", &err));
    EXPECT_NE(nullptr, f) << err.why << text;
    return f ? convert(f.get(), name) : Converted();
}

using Fields = std::map<std::string, std::string>;

inline const std::vector<std::string> reverse = {"pvserver", "-rc", "-ch=localhost", "-sp=22222"};

inline std::vector<std::string> operator+(std::vector<std::string> a,
                                          const std::vector<std::string> &b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}
