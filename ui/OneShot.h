// SPDX-License-Identifier: BSD-3-Clause
#ifndef OneShot_h
#define OneShot_h

#include <QObject>
#include <QStringList>

class QProcess;

namespace pvhop
{

/** Asks a program one thing at a time: what it prints is the answer. Never blocks: a program that
 * is not waited for any more is killed, and deleted once it has ended. */
class OneShot : public QObject
{
  Q_OBJECT

public:
  explicit OneShot(QObject* parent = nullptr);
  ~OneShot() override;

  /** Runs it, with an empty input and for at most `limitMs`; the one before is given up.
   * answered() follows, also if it cannot be started. */
  void ask(const QString& program, const QStringList& arguments, int limitMs);
  void giveUp();

Q_SIGNALS:
  /** `said`: what it printed; if it failed (`worked` is false) its complaints. */
  void answered(bool worked, const QString& said);

private:
  Q_DISABLE_COPY(OneShot)

  void settle(bool worked, const QString& said);

  QProcess* Process = nullptr;
};

}

#endif
