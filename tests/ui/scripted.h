// SPDX-License-Identifier: BSD-3-Clause
#ifndef scripted_h
#define scripted_h

#include "sshd.h"

#include "SessionProcess.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTimer>

#include <gtest/gtest.h>

#include <cstdio>

/// How long a test waits for what has to come.
const int Patience = 60000;

/// A SessionProcess whose child says what a script says.
class Scripted
{
public:
  explicit Scripted(const std::string& script)
  {
    EXPECT_TRUE(pvhop_test::write_file(this->Folder / "script", script));
    this->Environment = QProcessEnvironment::systemEnvironment();
    this->set("PVHOP_STANDIN_SCRIPT", this->Folder / "script");
    this->set("PVHOP_STANDIN_LOG", this->Folder / "log");
  }
  void set(const std::string& name, const std::string& value)
  {
    this->Environment.insert(QString::fromStdString(name), QString::fromStdString(value));
  }
  void start(const QStringList& arguments = {})
  {
    this->Process.start(QStringLiteral(PVHOP_STANDIN), arguments, this->Environment);
  }
  std::string log() const { return pvhop_test::read_file(this->Folder / "log"); }
  bool logged(const std::string& line) const
  {
    return ("\n" + this->log()).find("\n" + line + "\n") != std::string::npos;
  }

  pvhop_test::TempDir Folder;
  QProcessEnvironment Environment;
  pvhop::SessionProcess Process;
};

/**
 * The longest time for which the event loop did not turn because of us: computing or blocked. What
 * the thread waited for a processor does not count, so that a busy machine fails no test.
 */
class Watch
{
public:
  Watch()
  {
    this->restart();
    QObject::connect(&this->Tick,
                     &QTimer::timeout,
                     [this]()
                     {
                       const qint64 delay = delayMs();
                       this->Longest =
                         qMax(this->Longest, this->Last.elapsed() - (delay - this->Delay));
                       this->restart();
                     });
    this->Tick.start(0);
  }
  qint64 longestMs() const { return this->Longest; }

private:
  void restart()
  {
    this->Delay = delayMs();
    this->Last.start();
  }
  /// How long this thread was ready to run and did not, so far; the kernel counts it.
  static qint64 delayMs()
  {
    const std::string text = pvhop_test::read_file("/proc/thread-self/schedstat");
    long long ran = 0, delayed = 0;
    return sscanf(text.c_str(), "%lld %lld", &ran, &delayed) == 2 ? delayed / 1000000 : 0;
  }

  QTimer Tick;
  QElapsedTimer Last;
  qint64 Delay = 0;
  qint64 Longest = 0;
};

/**
 * The shortest of the longest pauses that `measure` tells, in ms: a thread that we block is blocked
 * each time, one that a busy machine held up (a page to be read, a processor taken away by the
 * host) is not.
 */
template<class F>
qint64 leastPause(F measure)
{
#ifdef __SANITIZE_ADDRESS__
  measure(); // for what is found in it; nothing is quick there
  return 0;
#else
  qint64 least = measure();
  for (int i = 0; i < 9 && least >= 50; ++i)
  {
    least = qMin(least, measure());
  }
  return least;
#endif
}

inline std::string phaseLine(const char* phase,
                             const char* state,
                             const char* text,
                             double time = 0.5)
{
  return "{\"v\":1,\"t\":" + std::to_string(time) + ",\"event\":\"phase\",\"phase\":\"" + phase +
         "\",\"state\":\"" + state + "\",\"text\":\"" + text + "\"}\n";
}

#endif
