// SPDX-License-Identifier: BSD-3-Clause
// The rules, by the examples of their own documentation.
#include <dirent.h>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <pvhop/check.h>
#include <set>
#include <sstream>
#include <stdlib.h>
#include <string.h>
#include <vector>

namespace
{
struct Found {
    std::string rule, entry, text;
    unsigned line, column;
};

std::vector<Found> check(const pvhop_pvsc *f)
{
    std::vector<Found> all;
    pvhop_pvsc_check(
        f,
        [](void *user, const pvhop_finding *x) {
            ((std::vector<Found> *)user)
                ->push_back({x->rule->name, x->entry, x->text, x->line, x->column});
        },
        &all);
    return all;
}

pvhop_pvsc *parse(const std::string &text)
{
    pvhop_error err{};
    pvhop_pvsc *f = pvhop_pvsc_parse(text.data(), text.size(), "t", &err);
    EXPECT_NE(nullptr, f) << err.why << "\n" << text;
    return f;
}

std::set<std::string> rules_of(const std::string &servers)
{
    std::set<std::string> names;
    pvhop_pvsc *f = parse("<Servers>\n" + servers + "</Servers>");
    for (const Found &x : check(f))
        names.insert(x.rule);
    pvhop_pvsc_free(f);
    return names;
}

struct Example {
    std::string severity, text;
    std::vector<std::string> blocks; // bad, good
};

std::map<std::string, Example> documentation()
{
    std::map<std::string, Example> all;
    std::ifstream in(PVHOP_CHECK_DOC);
    std::string line, name;
    bool inside = false;
    while (std::getline(in, line)) {
        if (line.rfind("## ", 0) == 0) {
            name = line.substr(3, line.find(' ', 3) - 3);
            all[name].severity =
                line.substr(line.find('(') + 1, line.find(')') - line.find('(') - 1);
        } else if (line == "```xml") {
            inside = true;
            all[name].blocks.push_back("");
        } else if (line == "```") {
            inside = false;
        } else if (inside) {
            all[name].blocks.back() += line + "\n";
        } else {
            all[name].text += line + "\n";
        }
    }
    all.erase("");
    return all;
}
} // namespace

TEST(Check, EachRuleIsDocumentedAndItsExamplesHold)
{
    std::map<std::string, Example> documented = documentation();
    const char *const severities[] = {"note", "warning", "error"};
    size_t n = 0;
    while (const pvhop_rule *rule = pvhop_rule_row(n)) {
        ASSERT_TRUE(documented.count(rule->name)) << rule->name;
        const Example &e = documented[rule->name];
        EXPECT_EQ(severities[rule->severity], e.severity) << rule->name;
        EXPECT_EQ(rule->mends, e.text.find("--fix") != std::string::npos) << rule->name;
        ASSERT_EQ(2u, e.blocks.size()) << rule->name;
        std::set<std::string> bad = rules_of(e.blocks[0]), good = rules_of(e.blocks[1]);
        EXPECT_TRUE(bad.count(rule->name)) << rule->name;
        EXPECT_FALSE(good.count(rule->name)) << rule->name;
        bad.erase(rule->name);
        for (const std::string &other : good)
            EXPECT_TRUE(bad.count(other) || other == "connect-id" || other == "fixed-port" ||
                        other == "short-delay")
                << "the good example of " << rule->name << " has " << other;
        n++;
    }
    EXPECT_EQ(n, documented.size());
}

TEST(Check, FindingsNameTheirPlace)
{
    pvhop_pvsc *f = parse("<Servers>\n  <Server name=\"a\" "
                          "resource=\"cs://h\"><ManualStartup/><!--\n\n--> <Foo\n  a='>'/>\n"
                          "\t<Bar/></Server>\n</Servers>");
    std::vector<Found> all = check(f);
    ASSERT_EQ(2u, all.size());
    EXPECT_EQ("a unknown-element 4 5", all[0].entry + " " + all[0].rule + " " +
                                           std::to_string(all[0].line) + " " +
                                           std::to_string(all[0].column));
    EXPECT_EQ(6u, all[1].line);
    EXPECT_EQ(2u, all[1].column);
    EXPECT_EQ("<Bar> means nothing inside <Server>", all[1].text);
    pvhop_pvsc_free(f);
}

// What only looks alike is not told, nor what is there besides the right one.
TEST(Check, OnlyAttributesThatWereMeantOtherwise)
{
    auto told = [](const std::string &inside) {
        pvhop_pvsc *f = parse("<Servers><Server name=\"a\" resource=\"csrc://h:1\"><CommandStartup>"
                              "<Options><Option name=\"N\" label=\"n\">" +
                              inside +
                              "</Option></Options><Command exec=\"ssh\" Arguments=\"0\"><Arguments>"
                              "<Argument value=\"$N$\"/></Arguments></Command></CommandStartup>"
                              "</Server></Servers>");
        std::string all;
        for (const Found &x : check(f))
            all += x.rule == "mistyped-attribute" ? x.text + "\n" : "";
        pvhop_pvsc_free(f);
        return all;
    };
    EXPECT_EQ("'Default' of <String> is not read; is it to be 'default'?\n",
              told("<String Default=\"a\"/>"));
    EXPECT_EQ("'lable' of <Entry> is not read; is it to be 'label'?\n",
              told("<Enumeration default=\"a\"><Entry value=\"a\" lable=\"A\"/></Enumeration>"));
    EXPECT_EQ("", told("<String default=\"a\" defaults=\"b\"/>"));
    EXPECT_EQ("", told("<Range type=\"int\" min=\"1\" max=\"4\" default=\"1\" tip=\"few\"/>"));
}

TEST(Check, MendingMendsAndDoesNoMore)
{
    std::map<std::string, Example> documented = documentation();
    for (size_t n = 0; const pvhop_rule *rule = pvhop_rule_row(n); n++) {
        pvhop_pvsc *f = parse("<Servers>" + documented[rule->name].blocks[0] + "</Servers>");
        char *before = pvhop_pvsc_print(f);
        int places = pvhop_pvsc_mend(f);
        char *after = pvhop_pvsc_print(f);
        if (rule->mends) {
            EXPECT_EQ(1, places) << rule->name;
            for (const Found &x : check(f))
                EXPECT_NE(rule->name, x.rule);
            EXPECT_EQ(0, pvhop_pvsc_mend(f)) << rule->name;
        } else if (places == 0) {
            EXPECT_STREQ(before, after);
        }
        free(before);
        free(after);
        pvhop_pvsc_free(f);
    }
}

TEST(Check, EntriesOfPvhopAreClean)
{
    pvhop_error err{};
    pvhop_recipe *r = pvhop_recipe_new();
    pvhop_pvsc *f = pvhop_pvsc_new();
    const char *ask[] = {"walltime", "route", "identity", nullptr};
    for (auto &s : std::vector<std::pair<const char *, const char *>>{
             {"host", "fe"}, {"prelude", "a $b$ \"c\""}, {"queue", "viz"}})
        ASSERT_EQ(0, pvhop_recipe_set(r, s.first, s.second, &err));
    ASSERT_EQ(0, pvhop_pvsc_add(f, "x", r, PVHOP_STYLE_PVHOP, ask, false, &err));
    for (const Found &x : check(f))
        ADD_FAILURE() << x.rule << ": " << x.text;
    pvhop_pvsc_free(f);
    pvhop_recipe_free(r);
}

// Entries from the field: nothing breaks, each finding has a place, and most entries have one.
TEST(Check, Corpus)
{
    const char *given = getenv("PVHOP_CORPUS");
    std::string folder = given ? given : PVHOP_CORPUS_DEFAULT;
    DIR *d = opendir(folder.c_str());
    if (!d)
        GTEST_SKIP() << "no corpus of .pvsc files at " << folder << "; name one with PVHOP_CORPUS";
    int files = 0, without_id = 0;
    while (dirent *e = readdir(d)) {
        std::string name = e->d_name;
        if (name.size() < 6 || name.substr(name.size() - 5) != ".pvsc")
            continue;
        pvhop_error err{};
        pvhop_pvsc *f = pvhop_pvsc_read((folder + "/" + name).c_str(), &err);
        ASSERT_NE(nullptr, f) << err.why;
        for (const Found &x : check(f)) {
            EXPECT_GT(x.line, 0u) << name << " " << x.rule;
            EXPECT_GT(x.column, 0u) << name << " " << x.rule;
            without_id += x.rule == "connect-id";
        }
        EXPECT_GE(pvhop_pvsc_mend(f), 0);
        files++;
        pvhop_pvsc_free(f);
    }
    closedir(d);
    EXPECT_GT(files, 0);
    EXPECT_GT(without_id, files / 2);
}
