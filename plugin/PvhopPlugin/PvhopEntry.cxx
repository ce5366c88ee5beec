// SPDX-License-Identifier: BSD-3-Clause
#include "PvhopEntry.h"

#include "Recipe.h"

#include <pvhop/pvsc.h>

#include <pqServerConfiguration.h>
#include <vtkIndent.h>

#include <QFileInfo>
#include <QRegularExpression>
#include <QXmlStreamReader>

namespace
{
/// Whether core knows the entry as its own.
bool isOurs(const QByteArray& server, const QByteArray& name)
{
  const QByteArray text = "<Servers>" + server + "</Servers>";
  pvhop_pvsc* file = pvhop_pvsc_parse(text.constData(), text.size(), "entry", nullptr);
  const bool ours = file && pvhop_pvsc_is_ours(file, name.constData());
  pvhop_pvsc_free(file);
  return ours;
}
}

bool PvhopEntry::read(const pqServerConfiguration& configuration, PvhopEntry* entry)
{
  if (configuration.startupType() != pqServerConfiguration::COMMAND)
  {
    return false;
  }
  // ParaView's own accessors join the arguments with spaces; the XML has them one by one.
  const QString server = configuration.toString(vtkIndent());
  if (!isOurs(server.toUtf8(), configuration.name().toUtf8()))
  {
    return false;
  }
  QXmlStreamReader xml(server);
  QString program;
  QStringList arguments;
  bool inCommand = false;
  while (!xml.atEnd())
  {
    xml.readNext();
    if (xml.isStartElement() && xml.name() == QLatin1String("Command"))
    {
      inCommand = true;
      program = xml.attributes().value(QLatin1String("exec")).toString();
    }
    else if (xml.isStartElement() && inCommand && xml.name() == QLatin1String("Argument"))
    {
      arguments << xml.attributes().value(QLatin1String("value")).toString();
    }
    else if (xml.isEndElement() && xml.name() == QLatin1String("Command"))
    {
      inCommand = false;
    }
  }
  // ParaView's Edit page keeps the words but may put them into exec itself.
  QStringList words = program.split(QLatin1Char(' '));
  const QString name = words.takeFirst();
  words += arguments;
  if (xml.hasError() || QFileInfo(name).fileName() != QLatin1String("pvhop") || words.isEmpty() ||
      words.first() != QLatin1String("connect"))
  {
    return false;
  }
  entry->Name = configuration.name();
  entry->Arguments = words.mid(1);
  return true;
}

QStringList PvhopEntry::expanded(const QProcessEnvironment& environment) const
{
  static const QRegularExpression variable(QStringLiteral("\\$([^$ ]+)\\$"));
  QStringList all;
  for (const QString& argument : this->Arguments)
  {
    QString out;
    int from = 0;
    QRegularExpressionMatchIterator matches = variable.globalMatch(argument);
    while (matches.hasNext())
    {
      const QRegularExpressionMatch match = matches.next();
      out += argument.mid(from, match.capturedStart() - from);
      out += environment.value(match.captured(1), match.captured(1));
      from = match.capturedEnd();
    }
    all << out + argument.mid(from);
  }
  return all;
}

QStringList PvhopEntry::complete(const QProcessEnvironment& environment,
                                 const QStringList& more) const
{
  return pvhop::Recipe::from(this->expanded(environment) + more, environment).arguments();
}

pvhop::ConnectPlan PvhopEntry::plan(const QProcessEnvironment& environment) const
{
  return pvhop::ConnectPlan::of(this->Name,
                                pvhop::Recipe::from(this->expanded(environment), environment));
}
