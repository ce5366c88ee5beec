// SPDX-License-Identifier: BSD-3-Clause
#ifndef SshHosts_h
#define SshHosts_h

#include <QObject>
#include <QString>
#include <QStringList>

namespace pvhop
{

class OneShot;

/** What the user's ssh configuration says, for a form to propose. Nothing here blocks. */
class SshHosts : public QObject
{
  Q_OBJECT

public:
  /** How ssh would reach a host; empty: as if nothing was configured. */
  struct Answer
  {
    QString User, HostName, Port, Jump;
  };

  explicit SshHosts(QObject* parent = nullptr);

  /** The names that `file` and what it includes give to hosts, without patterns, sorted. Reads
   * files: not for the thread of the windows. */
  static QStringList read(const QString& file);
  /** Reads ~/.ssh/config, or `file`, on another thread; loaded() follows. */
  void load(const QString& file = QString());
  /** Asks `ssh -G` how it would reach `host`; answered() follows unless another question does. */
  void ask(const QString& host, const QString& file = QString());

Q_SIGNALS:
  void loaded(const QStringList& hosts);
  void answered(const QString& host, const pvhop::SshHosts::Answer& answer);

private:
  Q_DISABLE_COPY(SshHosts)

  void onAnswer(bool worked, const QString& said);

  OneShot* Ssh;
  QString Asked;
};

}

#endif
