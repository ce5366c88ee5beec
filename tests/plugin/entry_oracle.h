// SPDX-License-Identifier: BSD-3-Clause
/** ParaView's own reader, options window and launcher, for entries of ours. */
#ifndef PVHOP_TESTS_ENTRY_ORACLE_H
#define PVHOP_TESTS_ENTRY_ORACLE_H
#include <QApplication>
#include <QDialog>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QTemporaryDir>
#include <QTimer>
#include <gtest/gtest.h>
#include <memory>
#include <pqApplicationCore.h>
#include <pqServerConfiguration.h>
#include <pqServerLauncher.h>
#include <pqServerResource.h>
#include <pvhop/pvsc.h>
#include <random>
#include <string.h>
#include <string>
#include <vtkNew.h>
#include <vtkPVXMLElement.h>
#include <vector>
#include <vtkPVXMLParser.h>

extern char** environ;

struct Free
{
  void operator()(pvhop_recipe* r) const { pvhop_recipe_free(r); }
  void operator()(pvhop_pvsc* f) const { pvhop_pvsc_free(f); }
};
using Recipe = std::unique_ptr<pvhop_recipe, Free>;
using Pvsc = std::unique_ptr<pvhop_pvsc, Free>;

/// Stands in for the command: writes its words and environment, each ended by NUL, to a file.
constexpr char RECORDER[] = R"(#!/bin/sh
{
  printf '%s\0' "$0" "$@"
  printf '\0'
  env -0
} >"$PVHOP_TEST_RECORD/part" && mv "$PVHOP_TEST_RECORD/part" "$PVHOP_TEST_RECORD/record"
)";

struct Record
{
  QList<QByteArray> words, environment;

  QByteArray value(const QByteArray& name) const
  {
    for (const QByteArray& e : environment)
      if (e.startsWith(name + "="))
        return e.mid(name.size() + 1);
    return {};
  }
};

/// ParaView's launcher, with a user who answers the options window with OK.
class Launcher : public pqServerLauncher
{
public:
  using pqServerLauncher::pqServerLauncher;
  /// As connectToServer does: 5.11 learns in isReverseConnection() that an entry has an SSHCommand.
  bool run()
  {
    return this->promptOptions() && (this->isReverseConnection(), this->launchServer(false));
  }
  QString resource() const
  {
    return const_cast<Launcher*>(this)->configuration().resource().toURI();
  }
  int windows = 0;

protected:
  void prepareDialogForPromptOptions(QDialog& dialog) override
  {
    this->windows++;
    QTimer::singleShot(0, &dialog, &QDialog::accept);
  }
};

class EntryOracle : public testing::Test
{
protected:
  QTemporaryDir Folder;

  void SetUp() override
  {
    for (const char* name : { "pvhop", "ssh", "setsid" })
    {
      QFile file(this->Folder.path() + "/" + name);
      ASSERT_TRUE(file.open(QIODevice::WriteOnly));
      file.write(RECORDER);
      file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    qputenv("PATH", this->Folder.path().toLocal8Bit() + ":/usr/bin:/bin");
    qputenv("PVHOP_TEST_RECORD", this->Folder.path().toLocal8Bit());
  }

  /// ParaView's view of an entry.
  static pqServerConfiguration configuration(const Pvsc& f, const char* name)
  {
    pvhop_error err{};
    char* text = pvhop_pvsc_print_entry(f.get(), name, &err);
    vtkNew<vtkPVXMLParser> parser;
    EXPECT_TRUE(text && parser->Parse(text)) << err.why;
    free(text);
    return pqServerConfiguration(parser->GetRootElement()); // clone() forgets an SSHCommand
  }

  /// What the entry's command was given.
  Record launch(const pqServerConfiguration& config, QString* resource = nullptr, int windows = 1)
  {
    const QString path = this->Folder.path() + "/record";
    QFile::remove(path);
    Launcher launcher(config);
    const bool running = launcher.run();
    EXPECT_TRUE(running);
    if (!running)
      return {};
    if (windows >= 0)
    {
      EXPECT_EQ(windows, launcher.windows);
    }
    if (resource)
      *resource = launcher.resource();
    QElapsedTimer timer;
    QTimer tick; // the loop below waits for events, and all of them may have come already
    tick.start(20);
    for (timer.start(); !QFile::exists(path) && timer.elapsed() < 20000;)
      QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents, 20);
    for (QProcess* process : pqApplicationCore::instance()->findChildren<QProcess*>())
      process->waitForFinished(10000);
    QFile file(path);
    EXPECT_TRUE(file.open(QIODevice::ReadOnly));
    Record r;
    bool words = true;
    for (const QByteArray& part : file.readAll().split('\0'))
    {
      if (words && part.isEmpty())
        words = false;
      else if (!part.isEmpty())
        (words ? r.words : r.environment).append(part);
    }
    return r;
  }

  /// The recipe as `pvhop connect` would rebuild it from that.
  static Recipe rebuilt(const Record& record)
  {
    Recipe r(pvhop_recipe_new());
    pvhop_error err{};
    std::vector<char*> argv, env;
    for (int i = 2; i < record.words.size(); i++)
      argv.push_back(const_cast<char*>(record.words[i].constData()));
    for (const QByteArray& e : record.environment)
      env.push_back(const_cast<char*>(e.constData()));
    argv.push_back(nullptr);
    env.push_back(nullptr);
    EXPECT_GE(pvhop_recipe_from_args(
                r.get(), static_cast<int>(argv.size()) - 1, argv.data(), nullptr, nullptr, &err),
              0)
      << err.why;
    EXPECT_EQ(0, pvhop_recipe_from_env(r.get(), env.data(), &err)) << err.why;
    return r;
  }
};

inline Recipe recipe(const std::vector<std::pair<const char*, const char*>>& fields)
{
  Recipe r(pvhop_recipe_new());
  pvhop_error err{};
  for (const auto& f : fields)
    EXPECT_EQ(0, pvhop_recipe_set(r.get(), f.first, f.second, &err)) << err.why;
  return r;
}

/// Every field that the recipe sets is the same in the other one.
inline void expectSame(const Recipe& wanted, const Recipe& got)
{
  for (size_t n = 0; const pvhop_field* f = pvhop_field_row(n); n++)
  {
    const char *a = pvhop_recipe_get(wanted.get(), f->name),
               *b = pvhop_recipe_get(got.get(), f->name);
    if (pvhop_recipe_is_set(wanted.get(), f->name))
    {
      EXPECT_STREQ(a, b) << f->name;
    }
  }
}
#endif
