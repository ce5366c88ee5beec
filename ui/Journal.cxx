// SPDX-License-Identifier: BSD-3-Clause
#include "Journal.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLockFile>
#include <QSaveFile>

namespace pvhop
{

namespace
{
const qint64 MostBytes = 8 << 20;
/// Held while a small file is written; who waits longer goes without.
const int LockMs = 30;
}

Journal::Journal(const QString& file)
  : File(file)
{
}

QMap<QString, Journal::Entry> Journal::read() const
{
  QMap<QString, Entry> all;
  QFile in(this->File);
  if (!in.open(QIODevice::ReadOnly) || in.size() > MostBytes)
  {
    return all;
  }
  const QJsonArray list =
    QJsonDocument::fromJson(in.readAll()).object().value(QLatin1String("entries")).toArray();
  for (const QJsonValue& value : list)
  {
    const QJsonObject object = value.toObject();
    const Entry entry{ object.value(QLatin1String("name")).toString(),
                       object.value(QLatin1String("text")).toString(),
                       object.value(QLatin1String("before")).toString() };
    if (!entry.Name.isEmpty() && !entry.Text.isEmpty())
    {
      all.insert(entry.Name, entry);
    }
  }
  return all;
}

bool Journal::change(const std::function<void(QMap<QString, Entry>&)>& how)
{
  if (!QDir().mkpath(QFileInfo(this->File).path()))
  {
    return false;
  }
  QLockFile lock(this->File + QStringLiteral(".lock"));
  if (!lock.tryLock(LockMs))
  {
    return false;
  }
  QMap<QString, Entry> all = this->read();
  how(all);
  QJsonArray list;
  for (const Entry& entry : qAsConst(all))
  {
    list << QJsonObject{ { QStringLiteral("name"), entry.Name },
                         { QStringLiteral("text"), entry.Text },
                         { QStringLiteral("before"), entry.Before } };
  }
  const QJsonObject whole{ { QStringLiteral("v"), 1 }, { QStringLiteral("entries"), list } };
  QSaveFile out(this->File);
  if (!out.open(QIODevice::WriteOnly))
  {
    return false;
  }
  out.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
  return out.write(QJsonDocument(whole).toJson()) > 0 && out.commit();
}

bool Journal::saved(const QString& name,
                    const QString& text,
                    const QString& before,
                    const QString& replaces)
{
  return this->change(
    [&](QMap<QString, Entry>& all)
    {
      all.remove(replaces);
      all.insert(name, Entry{ name, text, before });
    });
}

bool Journal::forget(const QStringList& names)
{
  return this->change(
    [&](QMap<QString, Entry>& all)
    {
      for (const QString& name : names)
      {
        all.remove(name);
      }
    });
}

QVector<Journal::Entry> Journal::entries() const
{
  return this->read().values().toVector();
}

QVector<Journal::Entry> Journal::lost(
  const std::function<QString(const QString& name)>& textOf) const
{
  QVector<Entry> all;
  for (const Entry& entry : this->entries())
  {
    const QString now = textOf(entry.Name);
    if (now.isEmpty() || (now != entry.Text && now == entry.Before))
    {
      all << entry;
    }
  }
  return all;
}

}
