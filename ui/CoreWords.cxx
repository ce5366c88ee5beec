// SPDX-License-Identifier: BSD-3-Clause
// Core's own sentences, as it formats them, and the windows' words for each. check_translations.py
// compares the left side with core.
#include "CoreWords.h"

#include "Event.h"
#include "PlainWords.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QVector>

namespace pvhop
{

namespace
{
/// More than core ever says in one sentence.
const int MostChars = 2048;

struct Sentence
{
  const char* Said;  ///< by core, for printf
  const char* Words; ///< %1 is the first of what it puts in, and so on
};
const Sentence Sentences[] = {
  // Reaching a host and logging in.
  { "Reading the ssh configuration for %s",
    QT_TRANSLATE_NOOP("pvhop::Core", "Reading the ssh configuration for %1") },
  { "Looking up %s", QT_TRANSLATE_NOOP("pvhop::Core", "Looking up %1") },
  { "Connecting to %s port %u (%s)", QT_TRANSLATE_NOOP("pvhop::Core", "Connecting to %1") },
  { "Connecting to %s port %u through the hop before it",
    QT_TRANSLATE_NOOP("pvhop::Core", "Connecting to %1 through the host before it") },
  { "Connecting to %s by ProxyCommand: %s",
    QT_TRANSLATE_NOOP("pvhop::Core", "Connecting to %1 by the command in your ssh settings") },
  { "Checking the host key of %s: %s",
    QT_TRANSLATE_NOOP("pvhop::Core", "Checking that it is %1: %2") },
  { "Logging in to %s as %s", QT_TRANSLATE_NOOP("pvhop::Core", "Logging in to %1 as %2") },
  { "Logged in: %s", QT_TRANSLATE_NOOP("pvhop::Core", "Logged in: %1") },
  { "Logged in", QT_TRANSLATE_NOOP("pvhop::Core", "Logged in") },
  // The way for pvserver.
  { "Opening the way back and looking for pvserver",
    QT_TRANSLATE_NOOP("pvhop::Core", "Opening the way back and looking for pvserver") },
  { "port %u of %s leads here",
    QT_TRANSLATE_NOOP("pvhop::Core", "The way back is open: port %1 of %2 leads here") },
  { "port %u of %s leads here, inside the login's one session",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "The way back is open, inside the login: port %1 of %2 leads here") },
  { "port %u of this computer is open for pvserver, which will call %s",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "Port %1 of this computer is open for pvserver, which will call %2") },
  { "port %u of this computer is open on all its addresses for pvserver, which will call %s",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "Port %1 of this computer is open on all its addresses for pvserver, which "
                      "will call %2") },
  { "a relay at port %u of %s leads here; what it carries is not encrypted",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "%2 passes on what comes to its port %1, and that is not encrypted") },
  { "a relay at port %u of %s leads here",
    QT_TRANSLATE_NOOP("pvhop::Core", "%2 passes on what comes to its port %1") },
  { "pvserver will listen, and be called through the ssh login",
    QT_TRANSLATE_NOOP("pvhop::Core", "pvserver will wait to be called through the ssh login") },
  { "pvserver will listen, and be called by the helper on the host",
    QT_TRANSLATE_NOOP("pvhop::Core", "pvserver will wait to be called by the helper on the host") },
  { "pvserver will listen, and be called from the host",
    QT_TRANSLATE_NOOP("pvhop::Core", "pvserver will wait to be called from the host") },
  { "the way back will be opened on the job's node, once that is known",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "The way back is opened on the job's node, once that is known") },
  { "pvserver %s found", QT_TRANSLATE_NOOP("pvhop::Core", "pvserver %1 found") },
  // The job.
  { "Submitting the job to %s", QT_TRANSLATE_NOOP("pvhop::Core", "Submitting the job to %1") },
  { "Submitting the job", QT_TRANSLATE_NOOP("pvhop::Core", "Submitting the job") },
  { "Job %s submitted to %s", QT_TRANSLATE_NOOP("pvhop::Core", "Job %1 submitted to %2") },
  { "Job %s waits in the queue", QT_TRANSLATE_NOOP("pvhop::Core", "Job %1 waits in the queue") },
  { "place %ld in the queue, to start in about %ld min; %s",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "Waiting in the queue: place %1, starts in about %2 min (%3)") },
  { "place %ld in the queue, to start in about %ld min",
    QT_TRANSLATE_NOOP("pvhop::Core", "Waiting in the queue: place %1, starts in about %2 min") },
  { "place %ld in the queue; %s",
    QT_TRANSLATE_NOOP("pvhop::Core", "Waiting in the queue: place %1 (%2)") },
  { "place %ld in the queue", QT_TRANSLATE_NOOP("pvhop::Core", "Waiting in the queue: place %1") },
  { "to start in about %ld min; %s",
    QT_TRANSLATE_NOOP("pvhop::Core", "Waiting in the queue: starts in about %1 min (%2)") },
  { "to start in about %ld min",
    QT_TRANSLATE_NOOP("pvhop::Core", "Waiting in the queue: starts in about %1 min") },
  { "The job runs on %s", QT_TRANSLATE_NOOP("pvhop::Core", "The job runs on %1") },
  { "Starting pvserver in its job",
    QT_TRANSLATE_NOOP("pvhop::Core", "Starting pvserver in its job") },
  { "Starting pvserver %s in its job",
    QT_TRANSLATE_NOOP("pvhop::Core", "Starting pvserver %1 in its job") },
  { "Starting pvserver on %s with %s",
    QT_TRANSLATE_NOOP("pvhop::Core", "Starting pvserver on %1 with %2") },
  { "Starting pvserver on %s", QT_TRANSLATE_NOOP("pvhop::Core", "Starting pvserver on %1") },
  { "Starting pvserver %s on %s with %s",
    QT_TRANSLATE_NOOP("pvhop::Core", "Starting pvserver %1 on %2 with %3") },
  { "Starting pvserver %s on %s", QT_TRANSLATE_NOOP("pvhop::Core", "Starting pvserver %1 on %2") },
  { "pvserver has started", QT_TRANSLATE_NOOP("pvhop::Core", "pvserver has started") },
  { "pvserver listens at %s", QT_TRANSLATE_NOOP("pvhop::Core", "pvserver waits at %1") },
  { "pvserver is here and checked; bringing ParaView in",
    QT_TRANSLATE_NOOP("pvhop::Core", "pvserver is here and checked; bringing ParaView in") },
  { "Connected", QT_TRANSLATE_NOOP("pvhop::Core", "Connected") },
  { "Ending what was started", QT_TRANSLATE_NOOP("pvhop::Core", "Ending what was started") },
  // What is found on a host.
  { "it does not describe itself (%s)",
    QT_TRANSLATE_NOOP("pvhop::Core", "It does not describe itself (%1)") },
  { "round trip below 1 ms, %s MiB/s from there",
    QT_TRANSLATE_NOOP("pvhop::Core", "Round trip below 1 ms, %1 MiB/s from there") },
  { "round trip below 1 ms", QT_TRANSLATE_NOOP("pvhop::Core", "Round trip below 1 ms") },
  { "round trip %s ms, %s MiB/s from there",
    QT_TRANSLATE_NOOP("pvhop::Core", "Round trip %1 ms, %2 MiB/s from there") },
  { "round trip %s ms", QT_TRANSLATE_NOOP("pvhop::Core", "Round trip %1 ms") },
  { "could not be measured", QT_TRANSLATE_NOOP("pvhop::Core", "Could not be measured") },
  { "The way is long: keep ParaView's remote rendering on, with compression.",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "The way is long: keep ParaView's remote rendering on, with compression.") },
  { "none: pvserver runs on this host itself",
    QT_TRANSLATE_NOOP("pvhop::Core", "None: pvserver runs on this host itself") },
  { "%s with %s queues, %s accounts",
    QT_TRANSLATE_NOOP("pvhop::Core", "%1; queues: %2, accounts: %3") },
  { "%s with %s queues, %s account",
    QT_TRANSLATE_NOOP("pvhop::Core", "%1; queues: %2, accounts: %3") },
  { "%s with %s queue, %s accounts",
    QT_TRANSLATE_NOOP("pvhop::Core", "%1; queues: %2, accounts: %3") },
  { "%s with %s queue, %s account",
    QT_TRANSLATE_NOOP("pvhop::Core", "%1; queues: %2, accounts: %3") },
  { "none was found in PATH, among the modules, by Spack, or in the usual folders",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "None was found, neither among the modules nor in the usual folders") },
  { "%s; none goes with ParaView %s of this computer",
    QT_TRANSLATE_NOOP("pvhop::Core", "%1; none goes with ParaView %2 of this computer") },
  { "Use a ParaView of one of these versions on this computer, or ask the administrator for a "
    "pvserver of yours.",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "Use a ParaView of one of these versions on this computer, or ask the "
                      "administrator for a pvserver of yours.") },
  { "%s of earlier connections: %s",
    QT_TRANSLATE_NOOP("pvhop::Core", "%1 of earlier connections: %2") },
  { "What runs is of a connection that lasts; folders of past ones in ~/.cache/pvhop may be "
    "removed.",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "What runs is of a connection that lasts; folders of past ones in "
                      "~/.cache/pvhop may be removed.") },
  // Why a way works or does not.
  { "the host refuses ports that lead here (ssh -R)",
    QT_TRANSLATE_NOOP("pvhop::Core", "The host refuses ports that lead here.") },
  { "the helper may not run on the host, and the host allows one session only (MaxSessions)",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "The helper may not run on the host, and the host allows nothing beside it "
                      "in the login.") },
  { "the helper pvhop-relay may not run on the host",
    QT_TRANSLATE_NOOP("pvhop::Core", "The helper may not run on the host.") },
  { "the host refuses connections to nodes (ssh -L)",
    QT_TRANSLATE_NOOP("pvhop::Core", "The host refuses connections to its nodes.") },
  { "the host refuses connections to itself (ssh -L)",
    QT_TRANSLATE_NOOP("pvhop::Core", "The host refuses connections through it.") },
  { "the host connects to pvserver on its node; nothing listens on the host",
    QT_TRANSLATE_NOOP("pvhop::Core", "Nothing is opened on the host.") },
  { "pvserver listens, and the host connects to it",
    QT_TRANSLATE_NOOP("pvhop::Core", "pvserver waits, and the host connects to it.") },
  { "the host refuses ports on its inside addresses",
    QT_TRANSLATE_NOOP("pvhop::Core", "The host opens no port where its nodes could reach it.") },
  { "the host opens ports on its loopback only (GatewayPorts no), where no node reaches them",
    QT_TRANSLATE_NOOP("pvhop::Core", "The host opens no port where its nodes could reach it.") },
  { "pvserver connects to a port of the host that leads here; the nodes' users can reach it, and "
    "are told by the connect id",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "Others on the nodes can reach the port too, and are told apart by a "
                      "number.") },
  { "pvserver connects to a port on the host's loopback that leads here",
    QT_TRANSLATE_NOOP("pvhop::Core", "The port is inside the host only.") },
  { "a relay on the host stands before a port on its loopback that leads here",
    QT_TRANSLATE_NOOP("pvhop::Core", "The port of ssh itself is inside the host only.") },
  { "python3 or bash of the host carries it over a second ssh session's own input and output",
    QT_TRANSLATE_NOOP("pvhop::Core", "Programs that the host has already do this.") },
  { "the helper on the host carries it over the ssh session's own input and output",
    QT_TRANSLATE_NOOP("pvhop::Core", "The helper on the host does this.") },
  { "it is for nodes, and there is no batch system",
    QT_TRANSLATE_NOOP("pvhop::Core", "It is for nodes, and there is no batch system.") },
  { "one cannot log in to nodes by ssh",
    QT_TRANSLATE_NOOP("pvhop::Core", "One cannot log in to the nodes.") },
  { "a second login, to the node; pvserver connects to its own loopback",
    QT_TRANSLATE_NOOP("pvhop::Core", "Nothing is opened where others reach it.") },
  { "not encrypted, so never chosen by itself; works where nothing between blocks connections to "
    "this computer",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "Never chosen by itself; works where nothing between blocks connections to "
                      "this computer.") },
  { "not encrypted, so never chosen by itself; works where the host can connect to this computer",
    QT_TRANSLATE_NOOP("pvhop::Core",
                      "Never chosen by itself; works where the host can connect to this "
                      "computer.") },
  { "the site's policy is against it",
    QT_TRANSLATE_NOOP("pvhop::Core", "The site's rules are against it.") },
};

struct Pattern
{
  QRegularExpression Said;
  const char* Words;
};

/// A printf format as the expression that reads what it printed.
QRegularExpression readerOf(const char* format)
{
  static const QRegularExpression gap(QStringLiteral("%[.0-9]*l?[sud]"));
  const QString text = QString::fromUtf8(format);
  QString expression;
  int at = 0;
  auto gaps = gap.globalMatch(text);
  while (gaps.hasNext())
  {
    const QRegularExpressionMatch one = gaps.next();
    expression += QRegularExpression::escape(text.mid(at, one.capturedStart() - at));
    expression +=
      one.captured().endsWith(QLatin1Char('s')) ? QLatin1String("(.+?)") : QLatin1String("(\\d+)");
    at = one.capturedEnd();
  }
  expression += QRegularExpression::escape(text.mid(at));
  return QRegularExpression(QRegularExpression::anchoredPattern(expression));
}

const QVector<Pattern>& patterns()
{
  static const QVector<Pattern> all = []()
  {
    QVector<Pattern> made;
    for (const Sentence& each : Sentences)
    {
      made.append({ readerOf(each.Said), each.Words });
    }
    return made;
  }();
  return all;
}

/// Not by arg(): what is put in may itself hold a "%1".
QString filledIn(const QString& words, const QRegularExpressionMatch& match)
{
  QString out;
  for (int i = 0; i < words.size(); ++i)
  {
    const int number =
      words.at(i) == QLatin1Char('%') && i + 1 < words.size() ? words.at(i + 1).digitValue() : -1;
    if (number >= 1 && number <= match.lastCapturedIndex())
    {
      out += match.captured(number);
      ++i;
    }
    else
    {
      out += words.at(i);
    }
  }
  return out;
}
}

QString coreWords(const QString& said)
{
  // Which way is taken stands in the picture.
  static const QRegularExpression route(QStringLiteral(" \\(route [a-z-]+\\)$"));
  static const QString doubt = QStringLiteral("; not all of it could be tried");
  if (said.size() > MostChars)
  {
    return said;
  }
  // A value that is not there leaves two spaces.
  QString bare = said.simplified().remove(route);
  const bool doubtful = bare.endsWith(doubt);
  bare.chop(doubtful ? doubt.size() : 0);
  for (const Pattern& each : patterns())
  {
    const QRegularExpressionMatch match = each.Said.match(bare);
    if (match.hasMatch())
    {
      const QString words = filledIn(QCoreApplication::translate("pvhop::Core", each.Words), match);
      return doubtful
               ? words + QLatin1Char(' ') +
                   QCoreApplication::translate("pvhop::Core", "Not all of it could be tried.")
               : words;
    }
  }
  return said;
}

QString phaseWords(const QString& said)
{
  // A phase that failed says what failed.
  const QString words = catalogueWords(coreWords(said));
  return isPlain(words) ? words : QString();
}

}
