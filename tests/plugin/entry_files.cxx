// SPDX-License-Identifier: BSD-3-Clause
/*
 * Whole files against ParaView's own reader: those of sites (where they are at hand), our own for
 * what these do not have, what was converted of both, and new ones of each route, batch system and
 * style. Of each entry: name, resource, options, and the command as ParaView's launcher really runs
 * it.
 */
#include "entry_oracle.h"
#include "pvsc_private.h"
#include <iostream>
#include <QDir>
#include <QMap>
#include <QSet>
#include <algorithm>
#include <functional>
#include <pqServerConfigurationCollection.h>
#include <pqSettings.h>
#include <pvhop/convert.h>
#include <pvhop/site.h>

namespace
{
/// The first of two texts that differ, for a failure that can be read.
void expectSameText(const QString& a, const QString& b, const std::string& what)
{
  if (a != b)
  {
    ADD_FAILURE() << what << "\n" << a.toStdString() << "\n--- and\n" << b.toStdString();
  }
}

QString print(const Pvsc& f)
{
  char* text = pvhop_pvsc_print(f.get());
  const QString all = QString::fromUtf8(text);
  free(text);
  return all;
}

using Configurations = QMap<QString, pqServerConfiguration>;

Configurations entriesOf(const pqServerConfigurationCollection& collection)
{
  Configurations all;
  for (const pqServerConfiguration& config : collection.configurations())
    all[config.name()] = config;
  return all;
}

/// What ParaView's list of servers has after it was given this text.
Configurations read(const QString& text)
{
  pqServerConfigurationCollection collection;
  EXPECT_TRUE(collection.loadContents(text, false)) << text.toStdString();
  return entriesOf(collection);
}

/// Of its environment, what ParaView and not the entry put there; of the entry, what was drawn.
std::vector<const char*> surroundings(const Record& record, xmlNode* server)
{
  QSet<QByteArray> own;
  std::function<void(xmlNode*)> collect = [&](xmlNode* node)
  {
    for (xmlNode* o = pvhop_xml_first(node); o; o = pvhop_xml_next(o))
    {
      const char* proposed = pvhop_xml_attr(pvhop_xml_first(o), "default");
      const bool drawn = proposed && strcmp(proposed, "random") == 0;
      if (pvhop_xml_is(o, "Switch") || pvhop_xml_is(o, "Case"))
        collect(o);
      else if (pvhop_xml_attr(o, "name") && !drawn)
        own.insert(pvhop_xml_attr(o, "name"));
    }
  };
  collect(pvhop_xml_child(pvhop_entry_startup(server), "Options"));
  std::vector<const char*> set;
  for (const QByteArray& e : record.environment)
    if (!own.contains(e.left(e.indexOf('='))))
      set.push_back(e.constData());
  set.push_back(nullptr);
  return set;
}

/// Has the entry run this program with its own command behind, and at once.
void runUs(xmlNode* server)
{
  xmlNode* startup = pvhop_entry_startup(server);
  for (const char* kind : { "Command", "SSHCommand" })
  {
    xmlNode* command = pvhop_xml_child(startup, kind);
    if (!command)
      continue;
    for (const char* wait : { "process_wait", "delay", "timeout" })
      xmlSetProp(command, (const xmlChar*)wait, (const xmlChar*)"0");
    const char* exec = pvhop_xml_attr(command, "exec");
    const std::string ours = std::string("pvhop ") + (exec ? exec : "");
    xmlNode* config = pvhop_xml_child(command, "SSHConfig");
    xmlNode* terminal = pvhop_xml_child(config, "Terminal");
    xmlNode* ssh = pvhop_xml_child(config, "SSH");
    if (strcmp(kind, "Command") == 0)
      xmlSetProp(command, (const xmlChar*)"exec", (const xmlChar*)ours.c_str());
    if (terminal) // without a name ParaView takes the first that it finds
      xmlSetProp(terminal, (const xmlChar*)"exec", (const xmlChar*)"pvhop");
    if (config && !ssh) // without one ParaView looks for it with `which`
      ssh = xmlNewChild(config, nullptr, (const xmlChar*)"SSH", nullptr);
    if (ssh)
      xmlSetProp(ssh, (const xmlChar*)"exec", (const xmlChar*)"ssh");
  }
}

/// ParaView has one such server of its own, and takes no other from files.
bool isBuiltin(const Pvsc& f, const char* name)
{
  return strncmp(pvhop_pvsc_resource(f.get(), name), "builtin", 7) == 0;
}

class EntryFiles : public EntryOracle
{
protected:
  int Entries = 0, Launched = 0, WithSsh = 0;

  /// The words that ParaView ran, and those that `pvsc show --expanded` says.
  void compareCommand(const Pvsc& f, const char* name, const std::string& what)
  {
    Pvsc copy(pvhop_pvsc_new());
    pvhop_error err{};
    ASSERT_EQ(0, pvhop_pvsc_copy(copy.get(), f.get(), name, false, &err)) << err.why;
    xmlNode* server = pvhop_pvsc_find(copy.get(), name, &err);
    runUs(server);
    char** plain = pvhop_pvsc_command(copy.get(), name, &err);
    const bool endless = !plain, empty = plain && !*plain;
    pvhop_args_free(plain);
    if (endless) // ParaView would go on for ever
      return;
    const pqServerConfiguration config = read(print(copy)).first();
    EXPECT_EQ(empty, config.startupType() != pqServerConfiguration::COMMAND) << what;
    if (empty || config.startupType() != pqServerConfiguration::COMMAND)
      return;
    pqApplicationCore::instance()->settings()->clear(); // what an entry of that name was given
    const Record record = this->launch(config, nullptr, -1);
    const std::vector<const char*> set = surroundings(record, server);
    char** words = pvhop_pvsc_command_with(copy.get(), name, set.data(), nullptr, nullptr, &err);
    ASSERT_NE(nullptr, words) << what << err.why;
    std::string ours, theirs;
    for (char** w = words; *w; w++)
      ours += std::string(*w) + "\n";
    for (const QByteArray& w : record.words)
      theirs += (theirs.empty() ? QFileInfo(QString::fromLocal8Bit(w)).fileName().toStdString()
                                : w.toStdString()) +
                "\n";
    pvhop_args_free(words);
#if QT_VERSION < QT_VERSION_CHECK(6, 0, 0)
    // A QTextStream takes the command's UTF-8 for Latin-1 (pqServerConfiguration::execCommand).
    char* line = pvhop_entry_command_line(server);
    if (QString::fromUtf8(line) != QString::fromLatin1(line))
      ours = QString::fromLatin1(ours.c_str()).toStdString();
    free(line);
#endif
    EXPECT_EQ(theirs, ours) << what;
    this->Launched++;
    this->WithSsh += pvhop_xml_child(pvhop_entry_startup(server), "SSHCommand") != nullptr;
  }

  void compare(const Pvsc& f, const Configurations& theirs, const std::string& what)
  {
    const Configurations ours = read(print(f));
    EXPECT_EQ(theirs.keys(), ours.keys()) << what;
    size_t used = 0;
    for (size_t n = 0; const char* name = pvhop_pvsc_name(f.get(), n); n++)
    {
      if (!pvhop_pvsc_is_used(f.get(), n) || isBuiltin(f, name))
        continue;
      used++;
      const QString key = QString::fromUtf8(name);
      ASSERT_TRUE(theirs.contains(key)) << what << ": " << name;
      const std::string which = what + ": " + name;
      // What we wrote is to ParaView what it read in the first place, options and all ...
      expectSameText(theirs[key].toString(vtkIndent()), ours[key].toString(vtkIndent()), which);
      // ... and its resource is the one that we say.
      EXPECT_EQ(theirs[key].resource().toURI().toStdString(),
                pqServerResource(QString::fromUtf8(pvhop_pvsc_resource(f.get(), name)), theirs[key])
                  .toURI()
                  .toStdString())
        << which;
      compareCommand(f, name, which);
      this->Entries++;
    }
    EXPECT_EQ(static_cast<size_t>(theirs.size()), used) << what;
  }

  void compareFile(const QString& path)
  {
    pvhop_error err{};
    Pvsc f(pvhop_pvsc_read(path.toLocal8Bit().constData(), &err));
    ASSERT_NE(nullptr, f) << err.why;
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    const std::string what = QFileInfo(path).fileName().toStdString();
    pqServerConfigurationCollection collection;
    Configurations theirs;
    // Its reader is given text, which it takes for UTF-8, when it reads files.
    if (bytes.startsWith("<?xml") && bytes.contains("ISO-8859-1"))
      theirs = read(QString::fromLatin1(bytes).replace("ISO-8859-1", "UTF-8"));
    else if (bytes.startsWith("\xff\xfe"))
      theirs = read(QString::fromUtf16(reinterpret_cast<const char16_t*>(bytes.constData()) + 1,
                                       (bytes.size() - 2) / 2)
                      .replace("UTF-16", "UTF-8"));
    else if (collection.load(path, false))
      theirs = entriesOf(collection);
    else
      FAIL() << "ParaView does not read " << what;
    compare(f, theirs, what);
    compareConverted(f, what);
  }

  void compareConverted(const Pvsc& f, const std::string& what)
  {
    Pvsc into(pvhop_pvsc_new());
    pvhop_error err{};
    for (size_t n = 0; const char* name = pvhop_pvsc_name(f.get(), n); n++)
    {
      pvhop_conversion c{};
      if (!pvhop_pvsc_is_used(f.get(), n))
        continue;
      EXPECT_EQ(0, pvhop_pvsc_convert(f.get(), name, into.get(), true, &c, &err)) << err.why;
      pvhop_conversion_clear(&c);
    }
    compare(into, read(print(into)), what + ", converted");
  }

  /// All files of a folder; false if there are none.
  bool compareFolder(const QString& folder)
  {
    const QStringList files = QDir(folder).entryList({ "*.pvsc" }, QDir::Files, QDir::Name);
    for (const QString& file : files)
    {
      compareFile(folder + "/" + file);
    }
    return !files.isEmpty();
  }
};
}

TEST_F(EntryFiles, OfOurOwn)
{
  EXPECT_TRUE(this->compareFolder(PVHOP_PVSC_DATA));
  EXPECT_GE(this->Launched, 30);
}

TEST_F(EntryFiles, OfSites)
{
  const QByteArray given = qgetenv("PVHOP_CORPUS");
  const QString folder = given.isEmpty() ? QString(PVHOP_CORPUS_DEFAULT) : QString(given);
  if (!this->compareFolder(folder))
  {
    GTEST_SKIP() << "no corpus of .pvsc files at " << folder.toStdString()
                 << "; name one with PVHOP_CORPUS";
  }
  std::cout << this->Entries << " entries, " << this->Launched << " commands, of them "
            << this->WithSsh << " of SSHCommand\n";
  EXPECT_GE(this->WithSsh, 10);
}

TEST_F(EntryFiles, Bundled)
{
  pvhop_error err{};
  for (const char* version : { static_cast<const char*>(nullptr), "5.11" })
    for (const bool thin : { false, true })
    {
      pvhop_site* site = pvhop_site_read(PVHOP_SITE_EXAMPLE, true, &err);
      ASSERT_NE(nullptr, site) << err.why;
      Pvsc f(pvhop_site_bundle(site, thin, version, &err));
      ASSERT_NE(nullptr, f) << err.why;
      compare(f, read(print(f)), "bundle");
      pvhop_site_free(site);
    }
}

TEST_F(EntryFiles, NewOnes)
{
  Pvsc f(pvhop_pvsc_new());
  pvhop_error err{};
  const pvhop_field* routes = pvhop_field_find("route");
  const pvhop_field* schedulers = pvhop_field_find("scheduler");
  const char* ask[] = { "walltime", "nodes", nullptr };
  for (const QString& route : QString(routes->choices).split('|'))
    for (const QString& scheduler : QString(schedulers->choices).split('|'))
      for (const pvhop_style style : { PVHOP_STYLE_PVHOP, PVHOP_STYLE_OPENSSH })
      {
        const QByteArray r = route.toLatin1(), s = scheduler.toLatin1();
        const QByteArray name = r + " " + s + (style == PVHOP_STYLE_PVHOP ? "" : " openssh");
        const bool said =
          style == PVHOP_STYLE_PVHOP || (s == "none" && (r == "direct" || r == "tunnel"));
        Recipe fields =
          recipe({ { "host", "fe" }, { "route", r.constData() }, { "scheduler", s.constData() } });
        EXPECT_EQ(said ? 0 : -1,
                  pvhop_pvsc_add(f.get(),
                                 name.constData(),
                                 fields.get(),
                                 style,
                                 style == PVHOP_STYLE_PVHOP ? ask : nullptr,
                                 false,
                                 &err))
          << name.constData() << err.why;
      }
  compare(f, read(print(f)), "new");
  EXPECT_EQ(50, this->Entries);
}
