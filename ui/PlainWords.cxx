// SPDX-License-Identifier: BSD-3-Clause
// Windows speak to people who want to see data. What core says to those who know ssh stands under
// "Details"; here is what stands in its place.
#include "PlainWords.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>

namespace pvhop
{

namespace
{
struct Row
{
  pvhop_code Code;
  const char* What;   ///< nullptr: the catalogue's
  const char* Remedy; ///< nullptr: the catalogue's
};
const char AnotherWay[] =
  QT_TRANSLATE_NOOP("pvhop::Plain",
                    "Choose another way to connect in the settings, or ask the administrator "
                    "to allow this one: the details say what would have to change.");
/// In place of the catalogue's: those that speak of settings of sshd, of programs of ours, or of
/// options that nobody types into a window.
const Row Rows[] = {
  { PVHOP_E_USAGE,
    QT_TRANSLATE_NOOP("pvhop::Plain", "The settings of this server were not understood"),
    QT_TRANSLATE_NOOP("pvhop::Plain", "Open its settings, and save them again.") },
  { PVHOP_E_TIMEOUT,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "Try again; if it happens every time, give the step more time in the "
                      "settings (Time for a step).") },
  { PVHOP_E_AUTH_NO_METHOD,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "Choose a key that the host accepts in the settings (Private key), or ask "
                      "the site how to log in.") },
  { PVHOP_E_NO_PROMPT,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "Connect from ParaView's Connect dialog, where you can be asked; or load "
                      "the key into an agent.") },
  { PVHOP_E_FORWARD_REFUSED,
    QT_TRANSLATE_NOOP("pvhop::Plain", "The host does not let ssh carry ParaView's connection"),
    AnotherWay },
  { PVHOP_E_FORWARD_BOUND,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "The way back is not open where pvserver's node could reach it"),
    AnotherWay },
  { PVHOP_E_CHANNEL_REFUSED,
    QT_TRANSLATE_NOOP("pvhop::Plain", "The host allows no further connection inside the login"),
    AnotherWay },
  { PVHOP_E_HELPER,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "Choose another way to connect in the settings, or ask the administrator "
                      "to install it: the details say its name.") },
  { PVHOP_E_NODE_SSH,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "Choose a way to connect that needs no login on the node, or ask the site "
                      "whether users may log in to the nodes of their jobs.") },
  { PVHOP_E_NO_ROUTE,
    QT_TRANSLATE_NOOP("pvhop::Plain", "No encrypted way to connect works with this host"),
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "Open the settings and let the host be looked at: that makes a message to "
                      "the administrator that says what would help.") },
  { PVHOP_E_PVSERVER_MISSING,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "Give its path in the settings, or the commands that make it available "
                      "(such as 'module load paraview').") },
  { PVHOP_E_PVSERVER_SILENT,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "Look at pvserver's output in the log; if its start is slow, give it more "
                      "time in the settings (Time for pvserver's start).") },
  { PVHOP_E_SCHEDULER_MISSING,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "Choose it in the settings (Batch system), or give the commands that make "
                      "it available (Commands before).") },
  { PVHOP_E_RENDEZVOUS,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "Choose another way to connect in the settings; the look at the host tells "
                      "which ones work there.") },
  { PVHOP_E_QUEUE_LIMIT,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "Ask for less (time, nodes), choose another queue, or wait longer (Time in "
                      "the queue, in the settings).") },
  { PVHOP_E_ENTRY_MISSING,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Plain", "Choose one from the list of servers.") },
  { PVHOP_E_ENTRY_FOREIGN,
    nullptr,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "It can be imported in ParaView's Connect dialog, as far as it can be "
                      "understood.") },
  { PVHOP_E_RELAY_CONFIG,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "The settings of the program that passes connections on are not valid"),
    nullptr },
  { PVHOP_E_RELAY_LISTEN,
    QT_TRANSLATE_NOOP("pvhop::Plain",
                      "The program that passes connections on could not open its port"),
    nullptr },
};

QString inOurWords(const char* words)
{
  return words ? QCoreApplication::translate("pvhop::Plain", words) : QString();
}

const Row* rowOf(int code)
{
  for (const Row& row : Rows)
  {
    if (row.Code == code)
    {
      return &row;
    }
  }
  return nullptr;
}

/// `text` if it may stand there, else `instead`, and then `text` under the details.
QString shownOr(const QString& text, bool plain, const QString& instead, QStringList* details)
{
  if (plain || text.isEmpty())
  {
    return text;
  }
  *details << text;
  return instead;
}
}

bool isPlain(const QString& text)
{
  // Words, not parts of names: "relay1.cluster.edu", "/apps/relay/bin".
  static const QRegularExpression words(
    QStringLiteral("(?<![\\w./@-])(relays?|recipes?|relais|rezepte?)(?![\\w./@-]*\\w)"
                   "|pvhop-relay|relay-tunnel|GatewayPorts"),
    QRegularExpression::CaseInsensitiveOption | QRegularExpression::UseUnicodePropertiesOption);
  return !words.match(text).hasMatch();
}

bool isPlainAdvice(const QString& text)
{
  static const QRegularExpression typed(QStringLiteral("(?<![\\w-])--[a-z]|sshd_config|'pvhop "));
  return isPlain(text) && !typed.match(text).hasMatch();
}

PlainFailure PlainFailure::of(const Failure& failure)
{
  const int code = failure.Code.mid(3).toInt();
  const pvhop_code_info* info = pvhop_code_find(static_cast<pvhop_code>(code));
  const Row* row = rowOf(code);
  const auto catalogue = [&](const char* words)
  { return words ? catalogueWords(QString::fromUtf8(words)) : QString(); };
  const QString what = row && row->What ? inOurWords(row->What)
                       : info           ? catalogue(info->what)
                                        : QString();
  const QString remedy = row && row->Remedy ? inOurWords(row->Remedy)
                         : info             ? catalogue(info->remedy)
                                            : QString();
  const bool usualWhat = info && failure.What == catalogue(info->what);
  const bool usualRemedy = info && failure.Remedy == catalogue(info->remedy);
  QStringList details;
  PlainFailure plain;
  plain.Code = failure.Code;
  plain.What =
    shownOr(failure.What, usualWhat ? !row || !row->What : isPlain(failure.What), what, &details);
  plain.Why = shownOr(failure.Why, isPlain(failure.Why), QString(), &details);
  plain.Remedy = shownOr(failure.Remedy,
                         usualRemedy ? !row || !row->Remedy : isPlainAdvice(failure.Remedy),
                         remedy,
                         &details);
  plain.Details = details.join(QLatin1Char('\n'));
  return plain;
}

QString PlainFailure::toText() const
{
  QStringList lines{ QStringLiteral("%1 (%2)").arg(this->What, this->Code),
                     this->Why,
                     this->Remedy };
  lines.removeAll(QString());
  return lines.join(QLatin1Char('\n'));
}

}
