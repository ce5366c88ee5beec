// SPDX-License-Identifier: BSD-3-Clause
#ifndef Journal_h
#define Journal_h

#include <QMap>
#include <QSet>
#include <QString>
#include <QVector>

#include <functional>

namespace pvhop
{

/**
 * What the wizard saved, in a file of its own. ParaView writes its list of servers whole when it
 * quits: one that was started before an entry was saved by another takes that entry away. This is
 * how it is found and offered again. What the user removed is not in it.
 */
class Journal
{
public:
  struct Entry
  {
    QString Name;
    QString Text;   ///< as it was saved
    QString Before; ///< what it replaced then; empty: nothing
  };

  /** `file` need not exist; neither need its folder. */
  explicit Journal(const QString& file);

  /** An entry was saved under `name`, in place of the text `before`; the one called `replaces` is
   * gone. False: the journal could not be written, which spoils nothing. */
  bool saved(const QString& name,
             const QString& text,
             const QString& before,
             const QString& replaces = QString());
  /** These are not to be missed any more. */
  bool forget(const QStringList& names);
  QVector<Entry> entries() const;

  /** Those that are lost by the list as it is now: `textOf` gives an entry's text, empty if there
   * is none. Lost is what is not there, or is again what it was before it was saved. */
  QVector<Entry> lost(const std::function<QString(const QString& name)>& textOf) const;

private:
  QMap<QString, Entry> read() const;
  bool change(const std::function<void(QMap<QString, Entry>&)>& how);

  QString File;
};

}

#endif
