// SPDX-License-Identifier: BSD-3-Clause
#ifndef CoreWords_h
#define CoreWords_h

#include <QString>

namespace pvhop
{

/**
 * What core says while it works (the text of a phase or a check, a route's reason), in the words
 * and the language of the windows. What is not known stays as it is: it quotes a server or a batch
 * system, or comes from a later version.
 */
QString coreWords(const QString& said);

/** The same of a phase: empty if it is not fit to be read outside of "Details". */
QString phaseWords(const QString& said);

}

#endif
