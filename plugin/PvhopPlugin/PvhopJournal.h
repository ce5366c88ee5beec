// SPDX-License-Identifier: BSD-3-Clause
#ifndef PvhopJournal_h
#define PvhopJournal_h

#include "Journal.h"

#include <QObject>

class QWidget;

/** Keeps the journal of saved entries beside ParaView's own list, and offers what another ParaView
 * has taken out of that. */
class PvhopJournal : public QObject
{
  Q_OBJECT

public:
  explicit PvhopJournal(QObject* parent);

  /** The one there is; null before the plugin started. */
  static PvhopJournal* instance();

  /** After a save that worked; `before` is what had the name. */
  void saved(const QString& name, const QString& before, const QString& replaces);
  /** Asks, over `parent`, whether what is lost is to be brought back; says nothing if nothing is.
   */
  void offer(QWidget* parent);

private:
  Q_DISABLE_COPY(PvhopJournal)

  /** What the user removes in this ParaView, or changes by its own means, is meant. */
  void onChanged();

  pvhop::Journal Book;
  QMap<QString, QString> Seen; ///< of the entries in it, the texts in this ParaView's list
};

#endif
