// SPDX-License-Identifier: BSD-3-Clause
/** The wizard inside a real ParaView: found, filled in, checked, saved, connected, changed. */
#include "paraview.h"
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace
{

const char* const OpenDialog = "activate actionServerConnect\nwindow pqServerConnectDialog\n";

class WizardInParaView : public testing::Test
{
protected:
  void SetUp() override
  {
    if (!paraview.problem().empty())
      GTEST_SKIP() << paraview.problem();
  }
  std::string saved() const
  {
    return pvhop_test::read_file(paraview.file(".config/ParaView/servers.pvsc"));
  }
  std::string log() const { return pvhop_test::read_file(paraview.file("standin.log")); }
  void script(const std::string& text)
  {
    ASSERT_TRUE(pvhop_test::write_file(paraview.file("script"), text));
  }
  PrivateParaView paraview;
};

/** What pvhop itself would write, in a file that ParaView reads as the user's own. */
std::string made_by_pvhop(const std::vector<std::string>& words)
{
  std::vector<std::string> all{ PVHOP_CLI, "pvsc", "new", "fe.cluster.edu" };
  all.insert(all.end(), words.begin(), words.end());
  std::string out;
  EXPECT_EQ(0, pvhop_test::run(all, &out)) << out;
  size_t from = out.find("<Servers>") + 10, to = out.find("</Servers>");
  return out.substr(from, to - from);
}

} // namespace

/** The whole way, against an sshd: one host, and what the check found does the rest. What is seen
 * is what ParaView draws by itself. */
TEST_F(WizardInParaView, FromAHostToASphereThenAnotherWay)
{
  pvhop_test::PrivateSshd sshd;
  ASSERT_TRUE(sshd.ok()) << sshd.problem();
  paraview.set("PVHOP_PROGRAM", PVHOP_CLI);
  const auto picture = [this](int n) { return paraview.file(std::to_string(n) + ".png"); };
  const auto compare = [&](int n) { return "compare " + picture(0) + " " + picture(n) + "\n"; };
  // With something loaded, ParaView asks whether that may go.
  const std::string openAgain = "activate actionServerConnect\nyes\nwindow pqServerConnectDialog\n";
  EXPECT_EQ(0,
            paraview.run("server builtin\nsphere\npicture " + picture(0) + "\n" + openAgain +
                         "click pvhopAdd\nwindow wherePage\nkeys host " + sshd.host() +
                         "\nclick whereMore\nkeys ssh-config " + sshd.config() +
                         "\nclick wizardNext\nwindow checkPage\nclick chooseRoute\n"
                         "label checkSummary\nclick wizardNext\nwindow routePage\n"
                         "click route-tunnel\nclick wizardNext\nwindow finishPage\n"
                         "keys entryName lab\nclick wizardSaveAndConnect\n"
                         "server cs\nsphere\npicture " +
                         picture(1) +
                         "\n"
                         // Edit, another way, connect again.
                         + openAgain +
                         "select lab\nclick editServer\nwindow wherePage\nclick look\n"
                         "click wizardNext\nwindow routePage\nclick route-auto\n"
                         "click wizardNext\nwindow jobPage\nclick wizardNext\n"
                         "window finishPage\nclick wizardSaveAndConnect\n"
                         "other-server cs\nsphere\npicture " +
                         picture(2) +
                         "\n"
                         // Disconnect, connect again.
                         "disconnect\nserver builtin\n" +
                         OpenDialog + "select lab\nclick connect\nserver cs\nsphere\npicture " +
                         picture(3) + "\n" + compare(1) + compare(2) + compare(3) + "quit\n"))
    << paraview.report() << paraview.output();
  EXPECT_TRUE(paraview.reported("points 50")) << paraview.report();
  EXPECT_EQ(3, paraview.alike()) << paraview.report();
  EXPECT_NE(std::string::npos, saved().find("name=\"lab\"")) << saved();
  EXPECT_EQ(std::string::npos, saved().find("--route=")) << saved();
}

/** ParaView rewrites its file when it quits: an entry that was only looked at is what it was. */
TEST_F(WizardInParaView, AnEntrySavedUnchangedStaysAsItIs)
{
  paraview.servers(made_by_pvhop(
    { "--name", "lab", "--scheduler", "slurm", "--queue", "viz", "--ask", "walltime,nodes" }));
  EXPECT_EQ(0, paraview.run(std::string(OpenDialog) + "click close\nquit\n"));
  const std::string before = saved();
  EXPECT_EQ(0,
            paraview.run(std::string(OpenDialog) +
                         "select lab\nclick editServer\nwindow wherePage\nclick look\n"
                         "click wizardNext\nclick wizardNext\nwindow jobPage\n"
                         "click wizardNext\nwindow finishPage\nclick wizardSave\n"
                         "no-window pvhopWizard\nclick close\nquit\n"))
    << paraview.report() << paraview.output();
  EXPECT_EQ(before, saved());
}

TEST_F(WizardInParaView, AHandWrittenEntryIsImportedAndStays)
{
  paraview.servers("<Server name=\"old\" resource=\"csrc://fe.cluster.edu:11111\">\n"
                   "<CommandStartup>\n<Command exec=\"ssh\" process_wait=\"0\" delay=\"5\">\n"
                   "<Arguments>\n<Argument value=\"-R\"/>\n"
                   "<Argument value=\"11111:localhost:11111\"/>\n"
                   "<Argument value=\"alice@fe.cluster.edu\"/>\n"
                   "<Argument value=\"/apps/bin/pvserver\"/>\n<Argument value=\"-rc\"/>\n"
                   "<Argument value=\"--client-host=localhost\"/>\n</Arguments>\n</Command>\n"
                   "</CommandStartup>\n</Server>\n");
  EXPECT_EQ(0,
            paraview.run(std::string(OpenDialog) +
                         "select old\nclick pvhopCopy\nwindow wherePage\nclick look\n"
                         "click wizardNext\nclick wizardNext\nclick wizardNext\n"
                         "window finishPage\nclick wizardSave\nno-window pvhopWizard\n"
                         "select old\nclick close\nquit\n"))
    << paraview.report() << paraview.output();
  EXPECT_NE(std::string::npos, saved().find("exec=\"ssh\"")) << saved();
  EXPECT_NE(std::string::npos, saved().find("name=\"old 2\"")) << saved();
  EXPECT_NE(std::string::npos, saved().find("--pvserver=/apps/bin/pvserver")) << saved();
}

/** What a site hands out is read-only: a copy is changed, and a name that would hide theirs is
 * said. */
TEST_F(WizardInParaView, ASitesEntryIsCopiedAndStays)
{
  const std::string site = paraview.file("site.pvsc");
  ASSERT_TRUE(pvhop_test::write_file(
    site,
    "<Servers>\n" + made_by_pvhop({ "--name", "theirs", "--queue", "viz" }) + "</Servers>\n"));
  paraview.argument("--servers-file=" + site);
  EXPECT_EQ(0,
            paraview.run(std::string(OpenDialog) +
                         "select theirs\nclick pvhopCopy\nwindow wherePage\nclick look\n"
                         "click wizardNext\nwindow routePage\nclick wizardNext\n"
                         "window jobPage\nclick wizardNext\nwindow finishPage\n"
                         "keys entryName theirs\nlabel nameRemark\nkeys entryName mine\n"
                         "click wizardSave\nno-window pvhopWizard\nselect mine\nselect theirs\n"
                         "click close\nquit\n"))
    << paraview.report() << paraview.output();
  EXPECT_TRUE(paraview.reported("nameRemark: Your site has an entry of this name. Yours will hide "
                                "it from you."))
    << paraview.report();
  EXPECT_NE(std::string::npos, saved().find("name=\"mine\"")) << saved();
  EXPECT_NE(std::string::npos, saved().find("--queue=viz")) << saved();
  EXPECT_EQ(std::string::npos, saved().find("name=\"theirs\"")) << saved();
}

/** The menu's action; and a window closed in the middle of a check leaves nobody behind. */
TEST_F(WizardInParaView, ClosedInTheMiddleOfACheckItLeavesNobodyBehind)
{
  script("{\"v\":1,\"event\":\"check\",\"check\":\"reach\",\"state\":\"running\",\"text\":\"\"}\n"
         "@hang\n@exit 130\n");
  EXPECT_EQ(0,
            paraview.run("activate actionPvhopAddServer\nwindow wherePage\nkeys host lab7\n"
                         "click wizardNext\nwindow checkPage\nlabel checkSummary\n"
                         "click wizardCancel\nno-window pvhopWizard\nquit\n"))
    << paraview.report() << paraview.output();
  EXPECT_NE(std::string::npos, log().find("end of input")) << log();
}

/** ParaView writes its list whole when it quits: another one, started before, did not know "lab".
 */
TEST_F(WizardInParaView, WhatAnotherParaViewOverwroteIsOfferedAgainAndWhatWasDeletedIsNot)
{
  const std::string empty = "<Servers>\n</Servers>\n";
  EXPECT_EQ(0,
            paraview.run(std::string(OpenDialog) +
                         "no-window pvhopLostEntries\nclick pvhopAdd\nwindow wherePage\n"
                         "keys host lab7\nclick look\nclick wizardNext\nwindow routePage\n"
                         "click wizardNext\nwindow jobPage\nclick wizardNext\n"
                         "window finishPage\nkeys entryName lab\nclick wizardSave\n"
                         "no-window pvhopWizard\nclick close\nquit\n"))
    << paraview.report() << paraview.output();
  const std::string before = saved();
  ASSERT_NE(std::string::npos, before.find("name=\"lab\"")) << before;
  ASSERT_TRUE(pvhop_test::write_file(paraview.file(".config/ParaView/servers.pvsc"), empty));
  EXPECT_EQ(0,
            paraview.run(std::string(OpenDialog) +
                         "window pvhopLostEntries\nclick pvhopBringBack\n"
                         "no-window pvhopLostEntries\nclick close\nquit\n"))
    << paraview.report() << paraview.output();
  EXPECT_EQ(before, saved());
  // Deleted by its user, it is not missed.
  EXPECT_EQ(0,
            paraview.run(std::string(OpenDialog) +
                         "no-window pvhopLostEntries\nselect lab\nclick deleteServer\nyes\n"
                         "click close\n" +
                         OpenDialog + "no-window pvhopLostEntries\nclick close\nquit\n"))
    << paraview.report() << paraview.output();
  EXPECT_EQ(std::string::npos, saved().find("name=\"lab\"")) << saved();
}

/** Of a site's bundle, a user types the account; and later nothing, also in another ParaView. A new
 * name for the entry changes nothing of that. */
TEST_F(WizardInParaView, AUserOfASitesBundleTypesOneFieldAndLaterNone)
{
  const std::string folder = paraview.file("bundle");
  std::string out;
  ASSERT_EQ(
    0, pvhop_test::run({ PVHOP_CLI, "pvsc", "bundle", PVHOP_TEMPLATES "/slurm.xml", folder }, &out))
    << out;
  const std::string bundle = pvhop_test::read_file(folder + "/servers.pvsc");
  const size_t from = bundle.find("<Servers>") + 10;
  paraview.servers(bundle.substr(from, bundle.find("</Servers>") - from));
  script("@pvserver\n@exit 0\n");
  const std::string again = std::string(OpenDialog) + "select CLUSTER: batch job\nclick connect\n";
  EXPECT_EQ(0,
            paraview.run(again +
                         "type PVHOP_ACCOUNT abc123\nok\nserver cs\ndisconnect\n"
                         "server builtin\n" +
                         again + "ok\nserver cs\nquit\n"))
    << paraview.report() << paraview.output() << log();
  const std::string renamed = std::string(OpenDialog) +
                              "select CLUSTER: batch job\nclick editServer\nwindow wherePage\n"
                              "click look\nclick wizardNext\nwindow routePage\n"
                              "click wizardNext\nwindow jobPage\nclick wizardNext\n"
                              "window finishPage\nkeys entryName cluster\nclick wizardSave\n"
                              "no-window pvhopWizard\nselect cluster\nclick connect\nok\n"
                              "server cs\nquit\n";
  EXPECT_EQ(0, paraview.run(renamed)) << paraview.report() << paraview.output() << log();
  size_t connections = 0;
  for (size_t at = 0;
       (at = log().find("environment PVHOP_ACCOUNT=abc123", at)) != std::string::npos;
       ++at)
  {
    ++connections;
  }
  EXPECT_EQ(3u, connections) << log();
}
