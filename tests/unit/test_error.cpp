// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <pvhop/error.h>
#include <set>
#include <string.h>
#include <string>

TEST(Error, CatalogueIsWhole)
{
    std::set<int> codes;
    std::set<std::string> names;
    size_t n = 0;
    while (const pvhop_code_info *row = pvhop_code_row(n)) {
        EXPECT_TRUE(codes.insert(row->code).second) << row->name;
        EXPECT_TRUE(names.insert(row->name).second) << row->name;
        EXPECT_GE(row->code, 1000) << row->name;
        EXPECT_LE(row->code, 1999) << row->name;
        EXPECT_TRUE((row->exit_code >= 64 && row->exit_code <= 78) || row->exit_code == 130)
            << row->name;
        EXPECT_NE(row->what[0], '\0') << row->name;
        ASSERT_NE(row->remedy[0], '\0') << row->name;
        EXPECT_EQ(std::string(row->remedy).back(), '.') << row->name;
        n++;
    }
    EXPECT_GT(n, 20u);
    EXPECT_LT(n, 100u);
}

TEST(Error, SetQuotesAndIsPrintable)
{
    pvhop_error err;
    EXPECT_EQ(-1, pvhop_error_set(&err, PVHOP_E_VALUE, "port '%s' is not a number", "1\033[2J2"));
    EXPECT_EQ(PVHOP_E_VALUE, err.code);
    EXPECT_STREQ("port '1?[2J2' is not a number", err.why);
    EXPECT_EQ(64, pvhop_error_exit_code(&err));
    EXPECT_EQ(-1, pvhop_error_remedy(&err, "Use %d.", 5));
    EXPECT_STREQ("Use 5.", err.remedy);
}

TEST(Error, ArgumentsMayLieInTheErrorItself)
{
    pvhop_error err;
    pvhop_error_set(&err, PVHOP_E_CONNECT, "first");
    pvhop_error_set(&err, PVHOP_E_SSH_LOST, "after %s", err.why);
    EXPECT_STREQ("after first", err.why);
}

TEST(Error, LongTextIsCutAndNullIsFine)
{
    pvhop_error err;
    std::string longtext(10000, 'x');
    pvhop_error_set(&err, PVHOP_E_VALUE, "%s", longtext.c_str());
    EXPECT_EQ(sizeof(err.why) - 1, strlen(err.why));
    EXPECT_EQ(-1, pvhop_error_set(nullptr, PVHOP_E_VALUE, "x"));
    pvhop_error_clear(nullptr);
    pvhop_error_clear(&err);
    EXPECT_EQ(0, pvhop_error_exit_code(&err));
}

TEST(Error, TextForPeople)
{
    pvhop_error err;
    char text[4096];
    pvhop_error_set(&err, PVHOP_E_ENTRY_MISSING, "'%s'", "x");
    EXPECT_STREQ("pvhop: PVH1701: There is no such server entry: 'x'\n"
                 "       See 'pvhop pvsc list' for the names.\n",
                 pvhop_error_text(&err, text, sizeof(text)));
}
