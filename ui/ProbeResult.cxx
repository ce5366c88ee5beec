// SPDX-License-Identifier: BSD-3-Clause
#include "ProbeResult.h"

#include "Event.h"

#include <QJsonArray>
#include <QJsonObject>

namespace pvhop
{

namespace
{
/// More than this of anything nobody can choose from, and no honest site has.
const int MostItems = 2000;

QString text(const QJsonValue& value, int most = 512)
{
  return value.isDouble() ? QString::number(value.toDouble()) : tamed(value.toString(), most);
}

QVector<QJsonObject> objects(const QJsonValue& value)
{
  QVector<QJsonObject> out;
  const QJsonArray array = value.toArray();
  for (int i = 0; i < array.size() && i < MostItems; ++i)
  {
    out << array.at(i).toObject();
  }
  return out;
}

QStringList texts(const QJsonValue& value)
{
  QStringList out;
  const QJsonArray array = value.toArray();
  for (int i = 0; i < array.size() && i < MostItems; ++i)
  {
    out << text(array.at(i));
  }
  return out;
}

ProbeResult::Queue queueOf(const QJsonObject& object)
{
  ProbeResult::Queue queue;
  queue.Name = text(object.value(QLatin1String("name")));
  queue.Default = object.value(QLatin1String("is_default")).toBool();
  queue.Usable = object.value(QLatin1String("usable")).toBool(true);
  const QJsonValue limit = object.value(QLatin1String("max_walltime"));
  const double seconds = limit.toDouble(-1);
  if (limit.isString())
  {
    queue.MaxWalltime = text(limit, 64);
  }
  else if (seconds > 0 && seconds < 1e9)
  {
    const int minutes = static_cast<int>(seconds) / 60;
    queue.MaxWalltime = QStringLiteral("%1:%2:00")
                          .arg(minutes / 60, 2, 10, QLatin1Char('0'))
                          .arg(minutes % 60, 2, 10, QLatin1Char('0'));
  }
  queue.Nodes = object.value(QLatin1String("nodes")).toInt();
  return queue;
}

ProbeResult::Scheduler schedulerOf(const QJsonObject& object)
{
  ProbeResult::Scheduler scheduler;
  scheduler.Name = text(object.value(QLatin1String("name")), 64);
  scheduler.Version = text(object.value(QLatin1String("version")), 64);
  for (const QJsonObject& queue : objects(object.value(QLatin1String("queues"))))
  {
    scheduler.Queues << queueOf(queue);
  }
  scheduler.Accounts = texts(object.value(QLatin1String("accounts")));
  scheduler.Reservations = texts(object.value(QLatin1String("reservations")));
  scheduler.Constraints = texts(object.value(QLatin1String("constraints")));
  return scheduler;
}

ProbeResult::Pvserver pvserverOf(const QJsonObject& object)
{
  ProbeResult::Pvserver server;
  server.Path = text(object.value(QLatin1String("path")), 1024);
  server.Module = text(object.value(QLatin1String("module")), 256);
  server.Version = text(object.value(QLatin1String("version")), 64);
  server.Mpi = text(object.value(QLatin1String("mpi")), 256);
  server.Rendering = texts(object.value(QLatin1String("rendering")));
  return server;
}
}

ProbeResult ProbeResult::fromJson(const QJsonObject& object)
{
  ProbeResult result;
  result.Known = true;
  result.Host = text(object.value(QLatin1String("host")));
  result.User = text(object.value(QLatin1String("user")));
  result.Recommended = text(object.value(QLatin1String("recommended")), 64);
  result.Reason = text(object.value(QLatin1String("reason")), 1024);
  result.Request = text(object.value(QLatin1String("request")), 8192);
  for (const QJsonObject& each : objects(object.value(QLatin1String("schedulers"))))
  {
    result.Schedulers << schedulerOf(each);
  }
  for (const QJsonObject& each : objects(object.value(QLatin1String("pvservers"))))
  {
    result.Pvservers << pvserverOf(each);
  }
  for (const QJsonObject& each : objects(object.value(QLatin1String("routes"))))
  {
    Route route;
    route.Possible = each.value(QLatin1String("possible")).toBool();
    route.Encrypted = each.value(QLatin1String("encrypted")).toBool();
    route.Recommended = each.value(QLatin1String("recommended")).toBool();
    route.Why = text(each.value(QLatin1String("why")), 1024);
    result.Routes.insert(text(each.value(QLatin1String("route")), 64), route);
  }
  return result;
}

const ProbeResult::Scheduler* ProbeResult::scheduler(const QString& name) const
{
  for (const Scheduler& each : this->Schedulers)
  {
    if (each.Name == name)
    {
      return &each;
    }
  }
  return nullptr;
}

bool compatible(const QString& client, const QString& server)
{
  return client.isEmpty() || server.isEmpty() ||
         client.section(QLatin1Char('.'), 0, 1) == server.section(QLatin1Char('.'), 0, 1);
}

int ProbeResult::pvserverFor(const QString& version) const
{
  int best = -1;
  for (int i = 0; i < this->Pvservers.size(); ++i)
  {
    const Pvserver& each = this->Pvservers.at(i);
    if (!compatible(version, each.Version))
    {
      continue;
    }
    if (!version.isEmpty() && each.Version == version)
    {
      return i;
    }
    if (best < 0)
    {
      best = i;
    }
  }
  return best;
}

}
