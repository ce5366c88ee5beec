// SPDX-License-Identifier: BSD-3-Clause
#ifndef PlainWords_h
#define PlainWords_h

#include "Event.h"

#include <QString>

namespace pvhop
{

/**
 * Whether a text can stand outside of "Details": it has no word in it that only those know who look
 * after ssh, and none of ours (recipe, relay). A host may be called "relay1.cluster.edu".
 */
bool isPlain(const QString& text);

/** As isPlain(), and nothing in it is to be typed on a command line. */
bool isPlainAdvice(const QString& text);

/** A failure for somebody who wants to see data. */
struct PlainFailure
{
  QString Code;              ///< "PVH1301"
  QString What, Why, Remedy; ///< Why and Remedy may be empty
  QString Details;           ///< what was put in other words, as it was; empty: nothing

  static PlainFailure of(const Failure& failure);
  /** What (with the code), why and remedy in lines of their own. */
  QString toText() const;
};

}

#endif
