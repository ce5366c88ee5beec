// SPDX-License-Identifier: BSD-3-Clause
#ifndef Words_h
#define Words_h

#include <QLocale>
#include <QString>
#include <QStringList>

struct pvhop_field;

namespace pvhop
{

/** Makes icons and translations of this library known to Qt, and speaks the language of `locale` if
 * there is a translation. Once, at the start. */
void useResources(const QLocale& locale = QLocale());

/** Words of core's table of fields, in the language of the windows. */
QString fieldTitle(const pvhop_field* field);
QString fieldHelp(const pvhop_field* field);
/** Whether a text of that table can be translated at all; for a test. */
bool isFieldTextKnown(const char* text);

/** The routes in the order in which they are offered. */
QStringList routesInOrder();
/** How a route is called towards people. */
QString routeLabel(const QString& route);
/** One line that says what a route is, where nothing was found out about it. */
QString routeWords(const QString& route);
/** One line that says what a route needs, where it does not work. */
QString routeNeeds(const QString& route);

/** Core's words, which begin small, as a sentence of their own begins. Names stay as they are. */
QString asSentence(const QString& words);

/** "Slurm" for "slurm". */
QString schedulerLabel(const QString& scheduler);

}

#endif
