// SPDX-License-Identifier: BSD-3-Clause
#ifndef PvhopEntries_h
#define PvhopEntries_h

#include <QString>

class QWidget;

/**
 * ParaView's collection of server configurations, as the wizard needs it. All that is written goes
 * through the collection: ParaView rewrites the user's file from it.
 */
namespace PvhopEntries
{
enum Kind
{
  None,     ///< there is no entry of this name
  Own,      ///< ours, and the user may change it
  ReadOnly, ///< ours, of the site
  Foreign   ///< not ours
};

Kind kind(const QString& name);
/** The entry as a file with this one, empty if there is none. */
QString text(const QString& name);
/** Adds or replaces; `replaces` is the name of an entry that goes, or empty. What the user chose at
 * earlier connects goes along with a new name. False, and `*why`, if ParaView does not take it. */
bool save(const QString& name, const QString& text, const QString& replaces, QString* why);

/** A new entry. `parent` is the window that it is opened over. */
void add(QWidget* parent);
/** Changes an entry of the user's own. */
void change(const QString& name, QWidget* parent);
/** A copy of an entry of ours under another name, or an entry of ours made from a foreign one. */
void copy(const QString& name, QWidget* parent);
}

#endif
