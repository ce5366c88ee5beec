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
#include <algorithm>
#include <pqServerConfigurationCollection.h>
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

QMap<QString, pqServerConfiguration> read(const QString& text)
{
  QMap<QString, pqServerConfiguration> all;
  vtkNew<vtkPVXMLParser> parser;
  EXPECT_TRUE(parser->Parse(text.toUtf8().constData())) << text.toStdString();
  vtkPVXMLElement* root = parser->GetRootElement();
  for (unsigned n = 0; root && n < root->GetNumberOfNestedElements(); n++)
  {
    vtkPVXMLElement* e = root->GetNestedElement(n);
    if (e->GetName() && strcmp(e->GetName(), "Server") == 0)
    {
      pqServerConfiguration config(e);
      all[config.name()] = config.clone();
    }
  }
  return all;
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
    xmlNode* askpass = pvhop_xml_child(config, "Askpass");
    if (askpass)
    {
      xmlUnlinkNode(askpass);
      xmlFreeNode(askpass);
    }
  }
}

class EntryFiles : public EntryOracle
{
protected:
  int Entries = 0, Launched = 0;

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
    const pqServerConfiguration config = configuration(copy, name);
    if (endless) // ParaView would go on for ever
      return;
    EXPECT_EQ(empty, config.startupType() != pqServerConfiguration::COMMAND) << what;
    if (empty || config.startupType() != pqServerConfiguration::COMMAND)
      return;
    // Of an entry that is not in its own collection, 5.11 gives no SSHCommand (its command() is
    // empty): those are compared in all but this.
    if (pvhop_xml_child(pvhop_entry_startup(server), "SSHCommand"))
      return;
    const Record record = this->launch(config, nullptr, -1);
    std::vector<const char*> set;
    for (const QByteArray& e : record.environment)
      set.push_back(e.constData());
    set.push_back(nullptr);
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
  }

  void compare(const Pvsc& f, const QString& theirText, const std::string& what)
  {
    const QString ourText = print(f);
    const QMap<QString, pqServerConfiguration> theirs = read(theirText), ours = read(ourText);
    EXPECT_EQ(theirs.keys(), ours.keys()) << what;
    size_t used = 0;
    for (size_t n = 0; const char* name = pvhop_pvsc_name(f.get(), n); n++)
    {
      if (!pvhop_pvsc_is_used(f.get(), n))
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
    // Its reader is given text, not bytes, when it reads files.
    QString text = QString::fromUtf8(bytes);
    if (bytes.startsWith("<?xml") && bytes.contains("ISO-8859-1"))
      text = QString::fromLatin1(bytes).replace("ISO-8859-1", "UTF-8");
    else if (bytes.startsWith("\xff\xfe"))
      text = QString::fromUtf16(reinterpret_cast<const char16_t*>(bytes.constData()) + 1,
                                (bytes.size() - 2) / 2)
               .replace("UTF-16", "UTF-8");
    compare(f, text, what);
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
    compare(into, print(into), what + ", converted");
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
  EXPECT_GE(this->Launched, 20);
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
  std::cout << this->Entries << " entries, " << this->Launched << " commands\n";
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
      compare(f, print(f), "bundle");
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
  compare(f, print(f), "new");
  EXPECT_EQ(50, this->Entries);
}
