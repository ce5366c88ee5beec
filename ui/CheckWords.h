// SPDX-License-Identifier: BSD-3-Clause
#ifndef CheckWords_h
#define CheckWords_h

#include "Event.h"

namespace pvhop
{

/** Where a check of `pvhop probe` stands among the others; one that a later pvhop looks at stands
 * last. */
int checkPlace(const QString& check);
/** What it looks at, as people call it; its own name if it is not known. */
QString checkTitle(const QString& check);
/**
 * What its outcome means to somebody who wants to see data. Empty where pvhop's own words are as
 * plain; else those are details.
 */
QString checkWords(const QString& check, CheckState state);

}

#endif
