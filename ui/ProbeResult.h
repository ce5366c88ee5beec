// SPDX-License-Identifier: BSD-3-Clause
#ifndef ProbeResult_h
#define ProbeResult_h

#include <QMap>
#include <QString>
#include <QStringList>
#include <QVector>

class QJsonObject;

namespace pvhop
{

/** What `pvhop probe` found at a site, as far as the wizard uses it. All text is tamed. */
struct ProbeResult
{
  struct Queue
  {
    QString Name;
    bool Default = false;
    bool Usable = true;
    QString MaxWalltime; ///< empty: no limit, or not known
    int Nodes = 0;       ///< 0: not known
  };
  struct Scheduler
  {
    QString Name; ///< as in a recipe: "slurm"
    QString Version;
    QVector<Queue> Queues;
    QStringList Accounts, Reservations, Constraints;
  };
  struct Pvserver
  {
    QString Path;   ///< empty: the module's
    QString Module; ///< empty: none is needed
    QString Version;
    QString Mpi;
    QStringList Rendering;
  };
  struct Route
  {
    bool Possible = true;
    bool Recommended = false;
    bool Encrypted = true;
    QString Why;
  };

  bool Known = false; ///< false: nothing was looked at
  QString Host, User;
  QVector<Scheduler> Schedulers;
  QVector<Pvserver> Pvservers;
  QMap<QString, Route> Routes; ///< by the recipe's name
  QString Recommended;         ///< route
  QString Reason;
  QString Request; ///< a text for the administrator; empty: nothing to ask for

  static ProbeResult fromJson(const QJsonObject& object);

  /** The scheduler of that name; null if it was not found. */
  const Scheduler* scheduler(const QString& name) const;
  /** The pvserver that goes best with a client of this version: the same first two numbers, the
   * third if possible. -1: none does. An empty version takes the first. */
  int pvserverFor(const QString& version) const;
};

/** "5.11.0" and "5.11.2" are compatible; an empty one with all. */
bool compatible(const QString& client, const QString& server);

}

#endif
