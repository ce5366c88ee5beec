// SPDX-License-Identifier: BSD-3-Clause
/** The journal of saved entries: what is lost, and what only went. */
#include "Journal.h"

#include "sshd.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace
{
using pvhop::Journal;

/// ParaView's list as it is at the moment.
using List = QMap<QString, QString>;

class JournalTest : public testing::Test
{
protected:
  QStringList lost(const List& list) const
  {
    QStringList names;
    for (const Journal::Entry& entry :
         this->Book.lost([&](const QString& name) { return list.value(name); }))
    {
      names << entry.Name;
    }
    return names;
  }

  pvhop_test::TempDir Folder;
  std::string File = this->Folder / "deep/down/saved.json";
  Journal Book{ QString::fromStdString(this->File) };
};
const QString A = QStringLiteral("a"), B = QStringLiteral("b");
const QString Old = QStringLiteral("<old/>"), New = QStringLiteral("<new/>");
}

TEST_F(JournalTest, WhatAnotherTookAwayIsLost)
{
  EXPECT_TRUE(this->lost({}).isEmpty()) << "there is no journal yet";
  ASSERT_TRUE(this->Book.saved(A, New, QString()));
  EXPECT_TRUE(this->lost({ { A, New } }).isEmpty());
  EXPECT_EQ(QStringList{ A }, this->lost({}));
  EXPECT_EQ(QStringList{ A }, this->lost({ { B, New } }));
}

TEST_F(JournalTest, WhatIsAgainAsItWasBeforeIsLostAndWhatSomebodyChangedIsNot)
{
  ASSERT_TRUE(this->Book.saved(A, New, Old));
  EXPECT_EQ(QStringList{ A }, this->lost({ { A, Old } }));
  EXPECT_TRUE(this->lost({ { A, QStringLiteral("<other/>") } }).isEmpty());
  ASSERT_TRUE(this->Book.saved(A, Old, Old)); // saved unchanged
  EXPECT_TRUE(this->lost({ { A, Old } }).isEmpty());
}

TEST_F(JournalTest, ARenamedEntryIsMissedUnderItsNewNameOnly)
{
  ASSERT_TRUE(this->Book.saved(A, Old, QString()));
  ASSERT_TRUE(this->Book.saved(B, New, QString(), A));
  EXPECT_EQ(QStringList{ B }, this->lost({ { A, Old } }));
  ASSERT_TRUE(this->Book.forget({ B }));
  EXPECT_TRUE(this->lost({}).isEmpty());
}

TEST_F(JournalTest, TwoParaViewsWriteIntoOne)
{
  Journal other(QString::fromStdString(this->File));
  ASSERT_TRUE(this->Book.saved(A, New, QString()));
  ASSERT_TRUE(other.saved(B, New, QString()));
  EXPECT_EQ((QStringList{ A, B }), this->lost({}));
  struct stat st = {};
  ASSERT_EQ(0, stat(this->File.c_str(), &st));
  EXPECT_EQ(0u, st.st_mode & 077) << "it tells where its owner works";
}

TEST_F(JournalTest, RubbishIsNoJournal)
{
  ASSERT_TRUE(this->Book.saved(A, New, QString()));
  for (const char* rubbish : { "", "{", "[]", "{\"entries\":7}", "{\"entries\":[{},1,null]}" })
  {
    ASSERT_TRUE(pvhop_test::write_file(this->File, rubbish));
    EXPECT_TRUE(this->Book.entries().isEmpty()) << rubbish;
  }
  EXPECT_TRUE(this->Book.saved(A, New, QString()));
  EXPECT_EQ(1, this->Book.entries().size());
  const Journal nowhere(QStringLiteral("/proc/none/saved.json"));
  EXPECT_FALSE(Journal(nowhere).saved(A, New, QString()));
}
