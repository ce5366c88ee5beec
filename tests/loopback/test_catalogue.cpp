/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The catalogue of errors is true: each code can be met, and what it says tells what failed, why,
 * and what to do. Each is provoked through real parts where that is possible.
 */
#include "catalogue.h"
#include "sshd.h"
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <iostream>
#include <pvhop/error.h>
#include <regex>
#include <set>
#include <unistd.h>

namespace
{

std::vector<const pvhop_code_info *> rows()
{
    std::vector<const pvhop_code_info *> all;
    for (size_t n = 0; const pvhop_code_info *row = pvhop_code_row(n); n++)
        all.push_back(row);
    return all;
}

const pvhop_code_info *row_of(const std::string &name)
{
    for (const pvhop_code_info *row : rows())
        if (name == row->name)
            return row;
    return nullptr;
}

bool listed(const std::vector<std::string> &list, const std::string &name)
{
    return std::find(list.begin(), list.end(), name) != list.end();
}

/* All sources of the program under these folders, in one text. */
std::string sources(const std::vector<std::string> &folders)
{
    std::string text;
    for (const std::string &folder : folders)
        for (const auto &e : std::filesystem::recursive_directory_iterator(
                 std::string(PVHOP_SOURCE) + "/" + folder))
            if (std::set<std::string>{".c", ".cxx", ".cpp"}.count(e.path().extension()))
                text += pvhop_test::read_file(e.path());
    return text;
}

/* What happened over there is told with the host's name: the user's for it, or its own. */
bool names_the_host(const std::string &why)
{
    char own[256] = "";
    gethostname(own, sizeof own - 1);
    return why.find("127.0.0.1") != std::string::npos ||
           std::regex_search(why, std::regex("\\b" + std::string(own) + "\\b"));
}
const std::string over_there =
    " TIMEOUT SSH_PROTOCOL HOSTKEY_UNKNOWN HOSTKEY_CHANGED HOSTKEY_REVOKED SSH_LOST AUTH "
    "AUTH_NO_METHOD NO_PROMPT EXPIRED FORWARD_REFUSED FORWARD_BOUND CHANNEL_REFUSED "
    "SHELL NO_ROUTE PVSERVER_MISSING PVSERVER_VERSION PVSERVER_DIED PVSERVER_SILENT "
    "PVSERVER_LOST QUEUE_LIMIT ";

bool used(const std::string &text, const pvhop_code_info *row)
{
    return std::regex_search(text, std::regex(std::string("PVHOP_E_") + row->name + "\\b")) ||
           text.find("\"PVH" + std::to_string(row->code) + "\"") != std::string::npos;
}

} // namespace

// Nothing is left out, nothing is in the table twice, and no name in it is an old one.
TEST(Catalogue, EveryCodeIsAccountedFor)
{
    for (const pvhop_code_info *row : rows()) {
        int times = listed(made_by_windows, row->name) + listed(elsewhere, row->name);
        for (const Provocation &p : provocations)
            times += p.name == std::string(row->name);
        EXPECT_EQ(1, times) << row->name;
    }
    for (const Provocation &p : provocations)
        EXPECT_NE(nullptr, row_of(p.name)) << p.name << " is not in errors.def any more";
    for (const auto *list : {&made_by_windows, &elsewhere})
        for (const std::string &name : *list)
            EXPECT_NE(nullptr, row_of(name)) << name << " is not in errors.def any more";
}

// A code that nothing produces is no code.
TEST(Catalogue, NothingIsUnreachable)
{
    const std::string core = sources({"core"}), windows = sources({"ui", "plugin"});
    const std::string window_tests = sources({"tests/ui"});
    const std::string route_tests =
        pvhop_test::read_file(std::string(PVHOP_SOURCE) + "/tests/loopback/test_route.cpp") +
        pvhop_test::read_file(std::string(PVHOP_SOURCE) + "/tests/lab/matrix.py");
    for (const pvhop_code_info *row : rows()) {
        if (listed(made_by_windows, row->name)) {
            EXPECT_TRUE(used(windows, row) && used(window_tests, row)) << row->name;
        } else {
            EXPECT_TRUE(used(core, row)) << row->name << " is produced by nothing";
        }
        if (listed(elsewhere, row->name)) {
            EXPECT_TRUE(used(route_tests, row)) << row->name;
        }
    }
}

// The page for users has each one.
TEST(Catalogue, EveryCodeIsDocumented)
{
    const std::string page = pvhop_test::read_file(std::string(PVHOP_SOURCE) + "/docs/errors.md");
    for (const pvhop_code_info *row : rows()) {
        EXPECT_NE(std::string::npos, page.find("PVH" + std::to_string(row->code))) << row->name;
        EXPECT_NE(std::string::npos, page.find(row->what)) << row->name;
    }
}

class CataloguedError : public testing::TestWithParam<Provocation>
{
};

TEST_P(CataloguedError, IsProvoked)
{
    const Provocation &p = GetParam();
    const pvhop_code_info *row = row_of(p.name);
    ASSERT_NE(nullptr, row);
    const Told told = p.provoke();
    if (!told.skipped.empty())
        GTEST_SKIP() << told.skipped;
    std::cout << "PVH" << row->code << " " << p.name << " by " << p.how
              << "\n    what:   " << told.what << "\n    why:    " << told.why
              << "\n    remedy: " << told.remedy << "\n";
    EXPECT_EQ("PVH" + std::to_string(row->code), told.code);
    EXPECT_EQ(row->what, told.what);
    EXPECT_NE(std::string::npos, told.why.find(p.says)) << "it does not say '" << p.says << "'";
    if (over_there.find(" " + std::string(p.name) + " ") != std::string::npos) {
        EXPECT_TRUE(names_the_host(told.why)) << "on which host?";
    }
    ASSERT_FALSE(told.remedy.empty());
    EXPECT_EQ('.', told.remedy.back());
    EXPECT_EQ(std::string::npos, told.why.find('\033'));
    if (told.exit_code != -1) {
        EXPECT_EQ(row->exit_code, told.exit_code);
    }
}

INSTANTIATE_TEST_SUITE_P(Codes, CataloguedError, testing::ValuesIn(provocations),
                         [](const auto &info) { return std::string(info.param.name); });
