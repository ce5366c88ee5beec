// SPDX-License-Identifier: BSD-3-Clause
#include "PromptDialog.h"

#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include <gtest/gtest.h>

using pvhop::Prompt;
using pvhop::PromptDialog;
using pvhop::PromptKind;

namespace
{
Prompt prompt(PromptKind kind, unsigned id, unsigned index = 0, unsigned count = 1)
{
  Prompt made;
  made.Kind = kind;
  made.Id = id;
  made.Index = index;
  made.Count = count;
  made.Host = QStringLiteral("alice@login3.cluster.edu");
  return made;
}

template<class T>
T* child(QWidget& parent, const char* name)
{
  T* found = parent.findChild<T*>(QLatin1String(name));
  EXPECT_TRUE(found) << name;
  return found;
}
}

TEST(PromptDialog, PasswordIsHiddenSentOnceAndWiped)
{
  PromptDialog dialog(prompt(PromptKind::Password, 3));
  QSignalSpy answered(&dialog, &PromptDialog::answered);
  dialog.show();
  QLineEdit* field = child<QLineEdit>(dialog, "answer0");
  EXPECT_EQ(QLineEdit::Password, field->echoMode());
  EXPECT_NE(
    -1,
    child<QLabel>(dialog, "heading")->text().indexOf(QLatin1String("alice@login3.cluster.edu")));
  QTest::keyClicks(field, QStringLiteral("secret"));
  QTest::keyClick(field, Qt::Key_Return);
  ASSERT_EQ(1, answered.size());
  EXPECT_EQ(3u, answered.at(0).at(0).toUInt());
  EXPECT_EQ("secret", answered.at(0).at(1).toString().toStdString());
  EXPECT_TRUE(field->text().isEmpty());
  EXPECT_FALSE(dialog.isVisible());
}

TEST(PromptDialog, EscapeRefusesEveryOpenQuestion)
{
  PromptDialog dialog(prompt(PromptKind::Keyboard, 1, 0, 2));
  dialog.add(prompt(PromptKind::Keyboard, 2, 1, 2));
  QSignalSpy answered(&dialog, &PromptDialog::answered);
  dialog.show();
  QTest::keyClick(&dialog, Qt::Key_Escape);
  ASSERT_EQ(2, answered.size());
  EXPECT_TRUE(answered.at(0).at(1).toString().isNull());
  EXPECT_TRUE(answered.at(1).at(1).toString().isNull());
}

TEST(PromptDialog, QuestionsOfARoundShareAWindow)
{
  Prompt first = prompt(PromptKind::Keyboard, 1, 0, 2);
  first.ServerText = QStringLiteral("Password:");
  PromptDialog dialog(first);
  QSignalSpy answered(&dialog, &PromptDialog::answered);
  dialog.show();
  Prompt second = prompt(PromptKind::Keyboard, 2, 1, 2);
  second.ServerText = QStringLiteral("Verification code:");
  second.Echo = true;
  ASSERT_TRUE(dialog.belongs(second));
  EXPECT_FALSE(dialog.belongs(prompt(PromptKind::Password, 9)));
  dialog.add(second);
  EXPECT_FALSE(dialog.belongs(second)) << "the round is complete";
  QTest::keyClicks(child<QLineEdit>(dialog, "answer0"), QStringLiteral("one"));
  QLineEdit* code = child<QLineEdit>(dialog, "answer1");
  EXPECT_EQ(QLineEdit::Normal, code->echoMode());
  QTest::keyClicks(code, QStringLiteral("123456"));
  QTest::mouseClick(child<QPushButton>(dialog, "accept"), Qt::LeftButton);
  ASSERT_EQ(2, answered.size());
  EXPECT_EQ("123456", answered.at(1).at(1).toString().toStdString());
}

TEST(PromptDialog, AQuestionThatComesAfterTheAnswerIsAddedToo)
{
  PromptDialog dialog(prompt(PromptKind::Keyboard, 1, 0, 2));
  QSignalSpy answered(&dialog, &PromptDialog::answered);
  dialog.show();
  QTest::keyClicks(child<QLineEdit>(dialog, "answer0"), QStringLiteral("one"));
  QTest::mouseClick(child<QPushButton>(dialog, "accept"), Qt::LeftButton);
  EXPECT_TRUE(dialog.isVisible());
  EXPECT_FALSE(child<QPushButton>(dialog, "accept")->isEnabled());
  dialog.add(prompt(PromptKind::Keyboard, 2, 1, 2));
  EXPECT_TRUE(child<QPushButton>(dialog, "accept")->isEnabled());
  QTest::mouseClick(child<QPushButton>(dialog, "accept"), Qt::LeftButton);
  ASSERT_EQ(2, answered.size());
  EXPECT_FALSE(answered.at(1).at(1).toString().isNull()) << "empty, but an answer";
  EXPECT_FALSE(dialog.isVisible());
}

TEST(PromptDialog, TheServersWordsAreShownPlainAndMarked)
{
  Prompt asked = prompt(PromptKind::Keyboard, 1);
  asked.ServerText =
    QStringLiteral("<b>Your account is locked</b>\n<a href='http://evil'>here</a>");
  PromptDialog dialog(asked);
  EXPECT_EQ(asked.ServerText, child<QPlainTextEdit>(dialog, "serverText")->toPlainText());
  for (QLabel* label : dialog.findChildren<QLabel*>())
  {
    EXPECT_EQ(Qt::PlainText, label->textFormat()) << label->text().toStdString();
  }
}

TEST(PromptDialog, AHostKeyIsNotTrustedByPressingReturn)
{
  Prompt asked = prompt(PromptKind::HostKey, 5);
  asked.Fingerprint = QStringLiteral("ED25519 SHA256:abcDEF123");
  PromptDialog dialog(asked);
  QSignalSpy answered(&dialog, &PromptDialog::answered);
  dialog.show();
  QTest::keyClick(&dialog, Qt::Key_Return);
  ASSERT_EQ(1, answered.size());
  EXPECT_TRUE(answered.at(0).at(1).toString().isNull());
}

TEST(PromptDialog, AHelperIsPutThereByItsButtonAndNotByPressingReturn)
{
  PromptDialog careless(prompt(PromptKind::Helper, 6));
  QSignalSpy refused(&careless, &PromptDialog::answered);
  careless.show();
  EXPECT_TRUE(child<QLabel>(careless, "heading")->text().contains(QLatin1String("login3")));
  QTest::keyClick(&careless, Qt::Key_Return);
  ASSERT_EQ(1, refused.size());
  EXPECT_TRUE(refused.at(0).at(1).toString().isNull());
  PromptDialog dialog(prompt(PromptKind::Helper, 7));
  QSignalSpy answered(&dialog, &PromptDialog::answered);
  dialog.show();
  QTest::mouseClick(child<QPushButton>(dialog, "accept"), Qt::LeftButton);
  ASSERT_EQ(1, answered.size());
  EXPECT_EQ(7u, answered.at(0).at(0).toUInt());
  EXPECT_EQ("yes", answered.at(0).at(1).toString().toStdString());
}

TEST(PromptDialog, AFingerprintCanBeCompared)
{
  Prompt asked = prompt(PromptKind::HostKey, 5);
  asked.Fingerprint = QStringLiteral("ED25519 SHA256:abcDEF123");
  PromptDialog dialog(asked);
  QSignalSpy answered(&dialog, &PromptDialog::answered);
  dialog.show();
  QLineEdit* compare = child<QLineEdit>(dialog, "compare");
  QPushButton* accept = child<QPushButton>(dialog, "accept");
  compare->setText(QStringLiteral("SHA256:abcDEF124"));
  EXPECT_FALSE(accept->isEnabled());
  compare->setText(QStringLiteral("256 SHA256:abcDEF123 login3 (ED25519)"));
  EXPECT_TRUE(accept->isEnabled());
  QTest::mouseClick(accept, Qt::LeftButton);
  ASSERT_EQ(1, answered.size());
  EXPECT_EQ("yes", answered.at(0).at(1).toString().toStdString());
}

TEST(PromptDialog, AMootQuestionClosesTheWindowUnanswered)
{
  PromptDialog dialog(prompt(PromptKind::Password, 3));
  QSignalSpy answered(&dialog, &PromptDialog::answered);
  dialog.show();
  dialog.withdraw(4);
  EXPECT_TRUE(dialog.isVisible());
  dialog.withdraw(3);
  EXPECT_FALSE(dialog.isVisible());
  EXPECT_EQ(0, answered.size());
}
