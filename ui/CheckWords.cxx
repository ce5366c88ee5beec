// SPDX-License-Identifier: BSD-3-Clause
#include "CheckWords.h"

#include <QCoreApplication>

namespace pvhop
{

namespace
{
struct Row
{
  const char* Name;
  const char* Title;
  const char* Ok;
  const char* Note;
  const char* Bad;
};
/// In the order in which they are shown, whatever the order in which they are heard of. Without
/// words: what pvhop says is shown, names and numbers that need no words.
const Row Rows[] = {
  { "reach",
    QT_TRANSLATE_NOOP("pvhop::Check", "The host can be reached"),
    QT_TRANSLATE_NOOP("pvhop::Check", "Yes."),
    nullptr,
    nullptr },
  { "hostkey",
    QT_TRANSLATE_NOOP("pvhop::Check", "It is the host that it says it is"),
    QT_TRANSLATE_NOOP("pvhop::Check", "Yes: its key is the one on record."),
    nullptr,
    nullptr },
  { "login",
    QT_TRANSLATE_NOOP("pvhop::Check", "Logging in"),
    QT_TRANSLATE_NOOP("pvhop::Check", "Works."),
    nullptr,
    nullptr },
  { "site",
    QT_TRANSLATE_NOOP("pvhop::Check", "What the site says of itself"),
    nullptr,
    nullptr,
    nullptr },
  { "speed",
    QT_TRANSLATE_NOOP("pvhop::Check", "Speed of the connection"),
    nullptr,
    nullptr,
    nullptr },
  { "forwarding",
    QT_TRANSLATE_NOOP("pvhop::Check", "A way back for pvserver"),
    QT_TRANSLATE_NOOP("pvhop::Check", "ssh may carry ParaView's connection."),
    QT_TRANSLATE_NOOP("pvhop::Check", "Not every way works. pvhop takes one that does."),
    QT_TRANSLATE_NOOP("pvhop::Check", "The site does not allow the way that is needed.") },
  { "helper",
    QT_TRANSLATE_NOOP("pvhop::Check", "Programs of yours may run there"),
    QT_TRANSLATE_NOOP("pvhop::Check", "Yes."),
    QT_TRANSLATE_NOOP("pvhop::Check", "Perhaps not. pvhop does without, as far as it can."),
    QT_TRANSLATE_NOOP("pvhop::Check", "No, but the way that you have chosen needs it.") },
  { "scheduler",
    QT_TRANSLATE_NOOP("pvhop::Check", "Batch system"),
    nullptr,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Check", "It is there, but does not answer. Ask the administrator.") },
  { "nodes",
    QT_TRANSLATE_NOOP("pvhop::Check", "Logging in to its nodes"),
    QT_TRANSLATE_NOOP("pvhop::Check", "Works."),
    QT_TRANSLATE_NOOP("pvhop::Check", "Not now. It is not needed."),
    QT_TRANSLATE_NOOP("pvhop::Check", "Not now, but the way that you have chosen needs it.") },
  { "pvserver", QT_TRANSLATE_NOOP("pvhop::Check", "pvserver"), nullptr, nullptr, nullptr },
  { "rendering",
    QT_TRANSLATE_NOOP("pvhop::Check", "How pvserver draws"),
    QT_TRANSLATE_NOOP("pvhop::Check", "Without a screen, as servers should."),
    QT_TRANSLATE_NOOP("pvhop::Check",
                      "On a screen (X display), which the computer there may not have. If pvserver "
                      "does not start, ask for one that draws without."),
    nullptr },
  { "leftovers",
    QT_TRANSLATE_NOOP("pvhop::Check", "Left over from earlier"),
    QT_TRANSLATE_NOOP("pvhop::Check", "Nothing."),
    nullptr,
    nullptr },
};
const int Count = sizeof(Rows) / sizeof(Rows[0]);

QString inOurWords(const char* words)
{
  return words ? QCoreApplication::translate("pvhop::Check", words) : QString();
}
}

int checkPlace(const QString& check)
{
  int place = 0;
  while (place < Count && check != QLatin1String(Rows[place].Name))
  {
    ++place;
  }
  return place;
}

QString checkTitle(const QString& check)
{
  const int place = checkPlace(check);
  return place < Count ? inOurWords(Rows[place].Title) : check;
}

QString checkWords(const QString& check, CheckState state)
{
  const int place = checkPlace(check);
  if (place == Count)
  {
    return QString();
  }
  const Row& row = Rows[place];
  switch (state)
  {
    case CheckState::Ok:
      return inOurWords(row.Ok);
    case CheckState::Note:
      return inOurWords(row.Note);
    case CheckState::Bad:
      return inOurWords(row.Bad);
    case CheckState::Skipped:
      return QCoreApplication::translate("pvhop::Check", "Not looked at.");
    case CheckState::Running:
      break;
  }
  return QString();
}

}
