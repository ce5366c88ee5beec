// SPDX-License-Identifier: BSD-3-Clause
#include "SshHosts.h"

#include "Event.h"
#include "OneShot.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QPointer>
#include <QRegularExpression>
#include <QSet>
#include <QThreadPool>

namespace pvhop
{

namespace
{
const int MostHosts = 20000;
const int MostFiles = 200;
const qint64 MostBytes = 4 << 20;
const int SshLimitMs = 5000;

struct Reading
{
  QSet<QString> Hosts;
  QSet<QString> Seen; ///< files, so that one that includes itself ends
};

QStringList wordsOf(const QString& line)
{
  static const QRegularExpression word(QStringLiteral("\"([^\"]*)\"|([^\\s\"]+)"));
  QStringList out;
  QRegularExpressionMatchIterator each = word.globalMatch(line);
  while (each.hasNext())
  {
    const QRegularExpressionMatch match = each.next();
    out << match.captured(1) + match.captured(2);
  }
  return out;
}

/// As ssh_config(5): relative to ~/.ssh, with ~ and wildcards in the last part.
QStringList included(const QString& pattern)
{
  QString path = pattern;
  if (path.startsWith(QLatin1String("~/")))
  {
    path = QDir::homePath() + path.mid(1);
  }
  else if (!path.startsWith(QLatin1Char('/')))
  {
    path = QDir::homePath() + QStringLiteral("/.ssh/") + path;
  }
  const int slash = path.lastIndexOf(QLatin1Char('/'));
  const QDir folder(path.left(slash));
  QStringList files;
  const QStringList names = folder.entryList({ path.mid(slash + 1) }, QDir::Files, QDir::Name);
  for (const QString& name : names)
  {
    files << folder.filePath(name);
  }
  return files;
}

void readInto(Reading* reading, const QString& path)
{
  QFile file(path);
  if (reading->Seen.size() >= MostFiles || reading->Seen.contains(path) ||
      !file.open(QIODevice::ReadOnly))
  {
    return;
  }
  reading->Seen.insert(path);
  const QStringList lines = QString::fromUtf8(file.read(MostBytes)).split(QLatin1Char('\n'));
  for (const QString& line : lines)
  {
    QString plain = line.trimmed();
    if (plain.startsWith(QLatin1Char('#')))
    {
      continue;
    }
    // "Host = a b" is allowed, too.
    plain.replace(QRegularExpression(QStringLiteral("^(\\w+)\\s*=\\s*")), QStringLiteral("\\1 "));
    QStringList words = wordsOf(plain);
    const QString keyword = words.isEmpty() ? QString() : words.takeFirst().toLower();
    if (keyword == QLatin1String("include"))
    {
      for (const QString& pattern : qAsConst(words))
      {
        for (const QString& name : included(pattern))
        {
          readInto(reading, name);
        }
      }
    }
    if (keyword != QLatin1String("host"))
    {
      continue;
    }
    for (const QString& word : qAsConst(words))
    {
      const bool pattern = word.contains(QLatin1Char('*')) || word.contains(QLatin1Char('?')) ||
                           word.startsWith(QLatin1Char('!'));
      if (!pattern && reading->Hosts.size() < MostHosts)
      {
        reading->Hosts.insert(tamed(word, 255));
      }
    }
  }
}
}

SshHosts::SshHosts(QObject* parent)
  : QObject(parent)
  , Ssh(new OneShot(this))
{
  QObject::connect(this->Ssh, &OneShot::answered, this, &SshHosts::onAnswer);
}

QStringList SshHosts::read(const QString& file)
{
  Reading reading;
  readInto(&reading, file);
  QStringList hosts(reading.Hosts.constBegin(), reading.Hosts.constEnd());
  hosts.sort(Qt::CaseInsensitive);
  return hosts;
}

void SshHosts::load(const QString& file)
{
  const QString path = file.isEmpty() ? QDir::homePath() + QStringLiteral("/.ssh/config") : file;
  // The reader outlives this object if it has to; what it found then goes nowhere.
  QThreadPool::globalInstance()->start(
    [path, self = QPointer<SshHosts>(this)]()
    {
      const QStringList hosts = read(path);
      // The application waits for the pool before it ends.
      QMetaObject::invokeMethod(
        QCoreApplication::instance(),
        [self, hosts]()
        {
          if (self)
          {
            Q_EMIT self->loaded(hosts);
          }
        },
        Qt::QueuedConnection);
    });
}

void SshHosts::ask(const QString& host, const QString& file)
{
  this->Ssh->giveUp();
  if (host.isEmpty() || host.startsWith(QLatin1Char('-')))
  {
    return;
  }
  this->Asked = host;
  QStringList words{ QStringLiteral("-G") };
  if (!file.isEmpty())
  {
    words << QStringLiteral("-F") << file;
  }
  this->Ssh->ask(QStringLiteral("ssh"), words << QStringLiteral("--") << host, SshLimitMs);
}

void SshHosts::onAnswer(bool worked, const QString& said)
{
  Answer answer;
  for (const QString& line : said.split(QLatin1Char('\n')))
  {
    const QString key = line.section(QLatin1Char(' '), 0, 0);
    const QString value = tamed(line.section(QLatin1Char(' '), 1), 255);
    if (key == QLatin1String("user"))
    {
      answer.User = value;
    }
    else if (key == QLatin1String("hostname"))
    {
      answer.HostName = value;
    }
    else if (key == QLatin1String("port"))
    {
      answer.Port = value;
    }
    else if (key == QLatin1String("proxyjump"))
    {
      answer.Jump = value;
    }
  }
  if (worked)
  {
    Q_EMIT this->answered(this->Asked, answer);
  }
}

}
