// SPDX-License-Identifier: BSD-3-Clause
/*
 * The one true reader of entries is ParaView. Entries that pvhop writes go through ParaView's own
 * parser, its Edit page's rewriting, its options window and its launcher; what the launcher
 * really ran, words and environment, must rebuild the recipe that was written.
 *
 * The command is a script that writes down what it was given, under the name that the entry calls:
 * "pvhop", "ssh".
 */
#include "entry_oracle.h"

TEST_F(EntryOracle, TheWikisEntry)
{
  Pvsc f(pvhop_pvsc_new());
  pvhop_error err{};
  Recipe r = recipe({ { "host", "REMOTEHOST" },
                      { "route", "direct" },
                      { "identity", "/LOCAL/MY KEYS/id" },
                      { "client-port", "20111" },
                      { "client-host", "LOCALHOST" },
                      { "pvserver", "/REMOTE/PATH/TO/pvserver" } });
  ASSERT_EQ(0,
            pvhop_pvsc_add(
              f.get(), "REMOTEHOST-20111-rc", r.get(), PVHOP_STYLE_OPENSSH, nullptr, false, &err))
    << err.why;
  pqServerConfiguration config = configuration(f, "REMOTEHOST-20111-rc");
  EXPECT_EQ("REMOTEHOST-20111-rc", config.name().toStdString());
  EXPECT_EQ(pqServerConfiguration::COMMAND, config.startupType());
  EXPECT_TRUE(config.resource().isReverse());
  EXPECT_EQ(20111, config.resource().port());
  EXPECT_EQ("remotehost", config.resource().host().toStdString()); // a URL's host, to Qt
  EXPECT_EQ(nullptr, config.optionsXML()) << "ParaView would show a window";
  EXPECT_EQ(-1, config.connectionTimeout(-1));
  Record record = launch(config, nullptr, 0);
  ASSERT_EQ(8, record.words.size());
  record.words[0] = QFileInfo(QString::fromLocal8Bit(record.words[0])).fileName().toLocal8Bit();
  EXPECT_EQ("ssh|-i|/LOCAL/MY KEYS/id|REMOTEHOST|/REMOTE/PATH/TO/pvserver|--reverse-connection|"
            "--server-port=20111|--client-host=LOCALHOST",
            record.words.join('|').toStdString());
}

TEST_F(EntryOracle, AskedAndDrawnValuesArrive)
{
  Pvsc f(pvhop_pvsc_new());
  pvhop_error err{};
  const char* ask[] = { "walltime", "nodes", "route", "identity", "account", nullptr };
  Recipe r = recipe({ { "host", "fe" },
                      { "scheduler", "slurm" },
                      { "walltime", "01:30:00" },
                      { "nodes", "4" },
                      { "route", "tunnel" },
                      { "account", "a/b" } });
  ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "asks", r.get(), PVHOP_STYLE_PVHOP, ask, false, &err))
    << err.why;
  QString resource;
  Record record = launch(configuration(f, "asks"), &resource);
  Recipe got = rebuilt(record);
  expectSame(r, got);
  // The port that ParaView listens on is the one that pvhop is told, and the id is drawn.
  const long port = pvhop_recipe_number(got.get(), "client-port", -1);
  EXPECT_GE(port, 20001);
  EXPECT_LE(port, 32000);
  EXPECT_EQ("csrc://fe:" + std::to_string(port) + "#asks", resource.toStdString());
  EXPECT_GT(pvhop_recipe_number(got.get(), "connect-id", -1), 0);
  EXPECT_TRUE(QByteArray(pvhop_recipe_get(got.get(), "client-version")).startsWith("5."));
}

TEST_F(EntryOracle, AwkwardValuesArrive)
{
  Pvsc f(pvhop_pvsc_new());
  pvhop_error err{};
  Recipe r = recipe({ { "host", "alice@[::1]:2222" },
                      { "client-port", "20500" },
                      { "connect-id", "77" },
                      { "prelude", "export A=\"$HOME$\" && x='  $PV_SERVER_PORT$ '" },
                      { "mpi", "mpiexec -n \"2\"" },
                      { "pvserver", "/opt/My $Apps$/pvserver" },
                      { "pvserver-args", "\xc3\xa9 <&>]]> $$ %20 \"\"\"" },
                      { "constraint", "a|b&c" },
                      { "user", "alice" } });
  ASSERT_EQ(0,
            pvhop_pvsc_add(f.get(), "a & \"b\"", r.get(), PVHOP_STYLE_PVHOP, nullptr, false, &err))
    << err.why;
  pqServerConfiguration config = configuration(f, "a & \"b\"");
  EXPECT_EQ("a & \"b\"", config.name().toStdString());
  expectSame(r, rebuilt(launch(config)));

  // The Edit page reads the command as one line and writes it back.
  double wait, delay;
  const QString line = config.execCommand(wait, delay);
  EXPECT_EQ(0, wait);
  EXPECT_EQ(0, delay);
  config.setStartupToCommand(wait, delay, line);
  expectSame(r, rebuilt(launch(config)));

  // What ParaView would write to servers.pvsc on quitting is still an entry of ours.
  const std::string text = "<Servers>" + config.toString(vtkIndent()).toStdString() + "</Servers>";
  Pvsc again(pvhop_pvsc_parse(text.data(), text.size(), "paraview", &err));
  ASSERT_NE(nullptr, again) << err.why;
  Recipe back(pvhop_pvsc_recipe(again.get(), "a & \"b\"", &err));
  ASSERT_NE(nullptr, back) << err.why;
  EXPECT_TRUE(pvhop_recipe_equal(r.get(), back.get()));
  EXPECT_NE(nullptr, config.hintsXML());
}

TEST_F(EntryOracle, TextIsParaViewsOwn)
{
  Pvsc f(pvhop_pvsc_new());
  pvhop_error err{};
  const char* ask[] = { "nodes", "route", nullptr };
  ASSERT_EQ(0,
            pvhop_pvsc_add(f.get(),
                           "x",
                           recipe({ { "host", "fe" }, { "prelude", "a \"b\" <c>" } }).get(),
                           PVHOP_STYLE_PVHOP,
                           ask,
                           false,
                           &err));
  char* ours = pvhop_pvsc_print_entry(f.get(), "x", &err);
  QString theirs = configuration(f, "x").toString(vtkIndent());
  // ParaView spells characters by their numbers.
  theirs.replace("&#x22;", "&quot;").replace("&#x3c;", "&lt;").replace("&#x3e;", "&gt;");
  EXPECT_EQ(theirs.toStdString(), std::string(ours));
  free(ours);
}

int main(int argc, char** argv)
{
  testing::InitGoogleTest(&argc, argv);
  qputenv("QT_QPA_PLATFORM", "offscreen");
  // Values that users chose are remembered; not those of whoever runs this.
  QTemporaryDir home;
  qputenv("XDG_CONFIG_HOME", home.path().toLocal8Bit());
  qputenv("HOME", home.path().toLocal8Bit());
  for (char** e = environ; *e;)
  {
    const QByteArray setting(*e);
    if ((setting.startsWith("PVHOP_") && !setting.startsWith("PVHOP_CORPUS=")) ||
        setting.startsWith("PV_"))
    {
      qunsetenv(setting.left(setting.indexOf('=')).constData());
      e = environ;
    }
    else
      e++;
  }
  QApplication app(argc, argv);
  pqApplicationCore core(argc, argv);
  return RUN_ALL_TESTS();
}
