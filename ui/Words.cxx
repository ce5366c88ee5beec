// SPDX-License-Identifier: BSD-3-Clause
// Words that stand in core's tables, in the language of the windows, and the names of routes and
// batch systems towards people.
#include "Words.h"

#include <pvhop/recipe.h>

#include <QCoreApplication>
#include <QTranslator>

/// The macro has to stand outside of any namespace.
static void initResources()
{
  Q_INIT_RESOURCE(pvhop_ui);
  Q_INIT_RESOURCE(pvhop_translations);
}

namespace pvhop
{

void useResources(const QLocale& locale)
{
  initResources();
  QTranslator* translator = new QTranslator(QCoreApplication::instance());
  if (translator->load(
        locale, QStringLiteral("pvhop"), QStringLiteral("_"), QStringLiteral(":/pvhop")))
  {
    QCoreApplication::installTranslator(translator);
  }
  else
  {
    delete translator; // the words in the source are English
  }
}

namespace
{
/// The rows that windows show, for lupdate; a test compares them with the table.
const char* const Shown[] = {
  QT_TRANSLATE_NOOP("pvhop::Field", "Host"),
  QT_TRANSLATE_NOOP("pvhop::Field",
                    "The host that ssh reaches: a name, an alias of ~/.ssh/config, or USER@HOST; "
                    "also as the bare word of the command line"),
  QT_TRANSLATE_NOOP("pvhop::Field", "User name"),
  QT_TRANSLATE_NOOP("pvhop::Field",
                    "User name on the host, where the ssh configuration does not say it"),
  QT_TRANSLATE_NOOP("pvhop::Field", "ssh port"),
  QT_TRANSLATE_NOOP("pvhop::Field",
                    "Port of the host's ssh server, where the ssh configuration does not say it"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Private key"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Private key to try first, like ssh -i"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Hosts on the way"),
  QT_TRANSLATE_NOOP("pvhop::Field",
                    "Hosts on the way, in order, like ssh -J; 'none' goes straight there"),
  QT_TRANSLATE_NOOP("pvhop::Field", "ssh configuration"),
  QT_TRANSLATE_NOOP(
    "pvhop::Field",
    "ssh configuration to read in place of the user's and the system's, like ssh -F"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Route"),
  QT_TRANSLATE_NOOP(
    "pvhop::Field",
    "Which way the data goes; auto chooses one that the site allows and that is encrypted"),
  QT_TRANSLATE_NOOP("pvhop::Field", "pvserver"),
  QT_TRANSLATE_NOOP("pvhop::Field",
                    "pvserver on the far side: a name in its PATH, or a path; {version} stands for "
                    "the client's version"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Commands before"),
  QT_TRANSLATE_NOOP(
    "pvhop::Field",
    "Shell commands that make pvserver available, such as 'module load paraview/{version}'"),
  QT_TRANSLATE_NOOP("pvhop::Field", "MPI launcher"),
  QT_TRANSLATE_NOOP("pvhop::Field",
                    "What starts pvserver in parallel, such as 'mpiexec -n 2' or 'srun'"),
  QT_TRANSLATE_NOOP("pvhop::Field", "pvserver arguments"),
  QT_TRANSLATE_NOOP("pvhop::Field", "More arguments for pvserver"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Rendering"),
  QT_TRANSLATE_NOOP(
    "pvhop::Field",
    "How pvserver draws: on a GPU (egl), in software (osmesa), on an X display (glx)"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Batch system"),
  QT_TRANSLATE_NOOP("pvhop::Field",
                    "The batch system that runs pvserver; none starts it on the host itself"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Queue"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Queue or partition"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Account"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Account or project that the job is charged to"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Time"),
  QT_TRANSLATE_NOOP("pvhop::Field", "How long the job may run: 01:30:00, 90m or 2h"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Nodes"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Compute nodes"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Processes"),
  QT_TRANSLATE_NOOP("pvhop::Field", "pvserver processes in all"),
  QT_TRANSLATE_NOOP("pvhop::Field", "GPUs a node"),
  QT_TRANSLATE_NOOP("pvhop::Field", "GPUs on each node"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Memory a node"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Memory on each node, as the batch system writes it: 64G"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Reservation"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Reservation to run in"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Constraint"),
  QT_TRANSLATE_NOOP("pvhop::Field", "What the nodes must have, as the batch system writes it"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Job name"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Name of the job in the queue"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Submit arguments"),
  QT_TRANSLATE_NOOP("pvhop::Field", "More arguments for the batch system's submit command"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Name of this computer"),
  QT_TRANSLATE_NOOP("pvhop::Field",
                    "Name or address by which pvserver reaches this computer on a route without a "
                    "tunnel; if not given, the address from which the ssh connection comes"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Time for a step"),
  QT_TRANSLATE_NOOP("pvhop::Field",
                    "How long one step may take, without the time that people take to answer"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Time for pvserver's start"),
  QT_TRANSLATE_NOOP("pvhop::Field", "How long pvserver may take to start and connect"),
  QT_TRANSLATE_NOOP("pvhop::Field", "Time in the queue"),
  QT_TRANSLATE_NOOP("pvhop::Field",
                    "How long a job may wait in the queue; without it, as long as it takes"),
};

QString inOurWords(const char* text)
{
  return QCoreApplication::translate("pvhop::Field", text);
}
}

QString fieldTitle(const pvhop_field* field)
{
  return inOurWords(field->title);
}

QString fieldHelp(const pvhop_field* field)
{
  return inOurWords(field->help) + QLatin1Char('.');
}

bool isFieldTextKnown(const char* text)
{
  for (const char* each : Shown)
  {
    if (qstrcmp(each, text) == 0)
    {
      return true;
    }
  }
  return false;
}

namespace
{
struct RouteText
{
  const char* Route;
  const char* Label;
  const char* Words;
  const char* Needs;
};
const RouteText Routes[] = {
  { "auto",
    QT_TRANSLATE_NOOP("pvhop::Route", "Choose for me"),
    QT_TRANSLATE_NOOP(
      "pvhop::Route",
      "Takes the best way that works at the time; between you and the site always encrypted."),
    QT_TRANSLATE_NOOP("pvhop::Route", "It needs a way that is encrypted, and there is none.") },
  { "tunnel",
    QT_TRANSLATE_NOOP("pvhop::Route", "Through the ssh login"),
    QT_TRANSLATE_NOOP("pvhop::Route",
                      "pvserver connects to the front end, and ssh carries that to you."),
    QT_TRANSLATE_NOOP(
      "pvhop::Route",
      "It needs a port of the front end that pvserver reaches, and there is none.") },
  { "two-hop-forward",
    QT_TRANSLATE_NOOP("pvhop::Route", "Through the front end to the node"),
    QT_TRANSLATE_NOOP("pvhop::Route",
                      "pvserver waits on its node, and ssh reaches it from the front end. "
                      "Inside the site, between those two, not encrypted."),
    QT_TRANSLATE_NOOP(
      "pvhop::Route",
      "It needs a front end that reaches pvserver through your login, and this one may not.") },
  { "two-hop-reverse",
    QT_TRANSLATE_NOOP("pvhop::Route", "ssh all the way to the node"),
    QT_TRANSLATE_NOOP("pvhop::Route",
                      "A second ssh login, to the node itself. Encrypted everywhere; needs a site "
                      "that allows ssh to its nodes."),
    QT_TRANSLATE_NOOP("pvhop::Route", "It needs a login on the node, and there is none.") },
  { "relay-tunnel",
    QT_TRANSLATE_NOOP("pvhop::Route", "Passed on by the front end, through ssh"),
    QT_TRANSLATE_NOOP(
      "pvhop::Route",
      "A small program on the front end takes pvserver's connection and hands it to "
      "ssh. For nodes that reach the front end, but not its ssh ports."),
    QT_TRANSLATE_NOOP("pvhop::Route",
                      "It needs a small program on the front end, which may not run there.") },
  { "stdio",
    QT_TRANSLATE_NOOP("pvhop::Route", "Inside the login (works where forwarding is forbidden)"),
    QT_TRANSLATE_NOOP(
      "pvhop::Route",
      "A small program on the front end sends everything through the login itself."),
    QT_TRANSLATE_NOOP(
      "pvhop::Route",
      "It needs a program on the front end that may use the login, and there is none.") },
  { "relay",
    QT_TRANSLATE_NOOP("pvhop::Route", "Passed on by the front end (not encrypted)"),
    QT_TRANSLATE_NOOP("pvhop::Route",
                      "A small program on the front end connects to your computer, which has to be "
                      "reachable from there. For networks that you trust."),
    QT_TRANSLATE_NOOP(
      "pvhop::Route",
      "It needs a front end that reaches your computer, and a program that may run there.") },
  { "direct",
    QT_TRANSLATE_NOOP("pvhop::Route", "Straight back to this computer (not encrypted)"),
    QT_TRANSLATE_NOOP(
      "pvhop::Route",
      "pvserver connects to your computer, which has to be reachable from there. For "
      "networks that you trust."),
    QT_TRANSLATE_NOOP("pvhop::Route",
                      "It needs nodes that reach your computer, and these do not.") },
};
}

QString routeLabel(const QString& route)
{
  for (const RouteText& each : Routes)
  {
    if (route == QLatin1String(each.Route))
    {
      return QCoreApplication::translate("pvhop::Route", each.Label);
    }
  }
  return route;
}

QString routeWords(const QString& route)
{
  for (const RouteText& each : Routes)
  {
    if (route == QLatin1String(each.Route))
    {
      return QCoreApplication::translate("pvhop::Route", each.Words);
    }
  }
  return QString();
}

QString routeNeeds(const QString& route)
{
  for (const RouteText& each : Routes)
  {
    if (route == QLatin1String(each.Route))
    {
      return QCoreApplication::translate("pvhop::Route", each.Needs);
    }
  }
  return QString();
}

QStringList routesInOrder()
{
  QStringList all;
  for (const RouteText& each : Routes)
  {
    all << QLatin1String(each.Route);
  }
  return all;
}

QString asSentence(const QString& words)
{
  for (const QChar c : words)
  {
    if (!c.isLower())
    {
      // "eX3" is somebody's name.
      return c == QLatin1Char(' ') ? words.at(0).toUpper() + words.mid(1) : words;
    }
  }
  return words;
}

QString schedulerLabel(const QString& scheduler)
{
  static const char* const Names[][2] = {
    { "slurm", "Slurm" }, { "pbs", "PBS" }, { "lsf", "LSF" }, { "sge", "Grid Engine" }
  };
  for (const auto& each : Names)
  {
    if (scheduler == QLatin1String(each[0]))
    {
      return QLatin1String(each[1]);
    }
  }
  return scheduler == QLatin1String("none")
           ? QCoreApplication::translate("pvhop::Route", "None: on the host itself")
           : QCoreApplication::translate("pvhop::Route", "Find out when connecting");
}

}
