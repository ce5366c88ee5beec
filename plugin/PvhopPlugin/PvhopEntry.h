// SPDX-License-Identifier: BSD-3-Clause
#ifndef PvhopEntry_h
#define PvhopEntry_h

#include "ConnectWindow.h"

#include <QProcessEnvironment>
#include <QStringList>

class pqServerConfiguration;

/** An entry that pvhop wrote in the pvhop style: its command runs `pvhop connect`. */
struct PvhopEntry
{
  QString Name;
  QStringList Arguments; ///< those after "connect", $NAME$ not replaced yet

  /** Reads `configuration`. False for an entry that is not ours: leave that one to ParaView. */
  static bool read(const pqServerConfiguration& configuration, PvhopEntry* entry);

  /**
   * The arguments for the child. $NAME$ is replaced by the environment's value in each argument
   * by itself, once: a value with spaces, quotes or dollars stays one argument.
   */
  QStringList expanded(const QProcessEnvironment& environment) const;

  /** All of the recipe as arguments, with what `environment` says (an option that was asked for):
   * for a child that was started before. `more` goes behind the entry's own. */
  QStringList complete(const QProcessEnvironment& environment, const QStringList& more) const;

  /** What the connecting window can say before the first event. */
  pvhop::ConnectPlan plan(const QProcessEnvironment& environment) const;
};

#endif
