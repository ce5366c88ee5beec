// SPDX-License-Identifier: BSD-3-Clause
// The wizard in a real ParaView on the lab's workstation (gui.py runs this there): from an account
// on the cluster to a picture of what its node computes.
#include "paraview.h"
#include <gtest/gtest.h>
#include <unistd.h>

namespace
{

const char *const OpenDialog = "activate actionServerConnect\nwindow pqServerConnectDialog\n";
// What of it ParaView itself asks: may what is loaded go?
const char *const OpenAgain = "activate actionServerConnect\nyes\nwindow pqServerConnectDialog\n";
// Through the pages as they are, with what the check has found.
const char *const ToTheEnd = "window checkPage\nwindow checkAgain\nlabel checkSummary\n"
                             "click wizardNext\nwindow routePage\nclick wizardNext\n"
                             "window jobPage\nclick wizardNext\nwindow finishPage\n"
                             "click wizardSaveAndConnect\n";
const char *const WhereItIs = "click pvhopStatus\nlabel sessionNode\nclick sessionClose\n";

class LabGui : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ("", paraview.problem());
        paraview.set("PVHOP_PROGRAM", PVHOP_CLI);
        // Its home is a fresh one, but the keys are the user's own.
        ASSERT_EQ(0, symlink("/home/wsuser/.ssh", paraview.file(".ssh").c_str()));
    }
    // Runs it; every picture of it has to be the one that ParaView draws by itself.
    void run(const std::string &steps, int pictures)
    {
        std::string compare;

        for (int n = 1; n <= pictures; n++)
            compare += "compare " + picture(0) + " " + picture(n) + "\n";
        EXPECT_EQ(0, paraview.run("server builtin\nsphere\npicture " + picture(0) + "\n" + steps +
                                  compare + "quit\n"))
            << paraview.report() << paraview.output();
        std::string seen = paraview.report();
        EXPECT_EQ(pictures, paraview.alike()) << seen;
        EXPECT_NE(std::string::npos, seen.find("sessionNode: cn")) << seen;
        puts(seen.c_str());
    }
    std::string picture(int n) const
    {
        return paraview.file("picture" + std::to_string(n) + ".png");
    }
    // The <Server> that pvhop itself writes.
    static std::string entry(const std::string &name, const std::vector<std::string> &more)
    {
        std::vector<std::string> words = {PVHOP_CLI, "pvsc", "new", "--name", name};
        std::string out;

        words.insert(words.end(), more.begin(), more.end());
        EXPECT_EQ(0, pvhop_test::run(words, &out)) << out;
        size_t from = out.find("<Servers>") + 10;
        return out.substr(from, out.find("</Servers>") - from);
    }
    std::string shown(int n) const
    {
        return "other-server cs\nsphere\npicture " + picture(n) + "\n" + WhereItIs;
    }
    PrivateParaView paraview;
};

std::string connect_to(const std::string &name)
{
    return "activate actionServerConnect\nwindow pqServerConnectDialog\nselect " + name +
           "\nclick connect\n";
}

// Fields that a person types into, secrets apart.
int typed(const std::string &steps)
{
    int n = 0;

    for (size_t at = 0; (at = steps.find("keys ", at)) != std::string::npos; at++)
        n++;
    return n;
}

} // namespace

TEST_F(LabGui, AClusterThenAnotherRouteThenOnceMore)
{
    std::string add = std::string(OpenAgain) + "click pvhopAdd\nwindow wherePage\n" +
                      "keys host fe\nclick wizardNext\n" + ToTheEnd;

    EXPECT_EQ(1, typed(add));
    run(add + shown(1) +
            // Edit, another route, connect again.
            OpenAgain +
            "select fe-rc\nclick editServer\nwindow wherePage\nclick wizardNext\n"
            "window checkPage\nwindow checkAgain\nclick wizardNext\nwindow routePage\n"
            "click allRoutes\nclick route-stdio\nclick wizardNext\nwindow jobPage\n"
            "click wizardNext\nwindow finishPage\nclick wizardSaveAndConnect\n"
            // This way needs the helper on the front end, which its user is asked about, once.
            "window pvhopPromptDialog\nlabel heading\nclick helperDetails\n"
            "label helperDetailsText\nclick accept\n" +
            shown(2) +
            // Disconnect, connect again.
            "disconnect\nserver builtin\n" + OpenDialog + "select fe-rc\nclick connect\n" +
            shown(3),
        3);
}

/** GatewayPorts no, Slurm, a password and a one-time code: one login serves check and connection.
 */
TEST_F(LabGui, AClusterWithOneTimeCodes)
{
    std::string add = std::string(OpenAgain) + "click pvhopAdd\nwindow wherePage\n" +
                      "keys host fe\nkeys user carol\nclick wizardNext\n",
                // The second question may stand there before anybody sees the first one go.
        secrets = "type answer0 carolpass\nclick accept\n"
                  "keys-from answer0 /tmp/code\nclick accept\n"
                  "no-window pvhopPromptDialog\n";

    EXPECT_EQ(2, typed(add));
    run(add + secrets + ToTheEnd + shown(1), 1);
}

/** Two jobs on two nodes, by two routes, in one ParaView; one is left, the other one stays. */
TEST_F(LabGui, TwoServersAtATime)
{
    paraview.servers(
        entry("lab-a", {"fe", "--scheduler", "slurm", "--route", "two-hop-forward"}) +
        entry("lab-b", {"fe", "--scheduler", "slurm", "--route", "stdio", "--helper", "upload"}));
    paraview.argument("--multi-servers");
    EXPECT_EQ(0, paraview.run("server builtin\nsphere\npicture " + picture(0) + "\n" +
                              connect_to("lab-a") +
                              "servers 2\nno-window pvhopConnectWindow\nother-server cs\nsphere\n" +
                              connect_to("lab-b") +
                              "servers 3\nno-window pvhopConnectWindow\nother-server cs\nsphere\n"
                              "disconnect\nservers 2\nactive 1\nother-server cs\nsphere\n"
                              "disconnect\nservers 1\nserver builtin\nsphere\nquit\n"))
        << paraview.report() << paraview.output();
    puts(paraview.report().c_str());
}

/** Whatever it is at: ParaView ends, and gui.py looks whether anything is left over there. */
TEST_F(LabGui, QuitInEveryPhase)
{
    const std::string events = paraview.file("events");
    const auto phase = [&](const char *name) {
        return "times 1 " + events + " \"phase\":\"" + name + "\",\"state\":\"begin\"\n";
    };
    const struct {
        const char *name;
        std::vector<std::string> fields;
        std::string steps;
    } cases[] = {
        // Nothing answers there.
        {"reach",
         {"10.255.255.1", "--route", "tunnel"},
         "times 1 " + events + " \"event\":\"phase\"\n"},
        {"auth", {"carol@fe", "--route", "tunnel"}, "window pvhopPromptDialog\n"},
        {"queue",
         {"fe", "--scheduler", "slurm", "--scheduler-args=--begin=now+1hour"},
         phase("queue")},
        {"background",
         {"fe", "--scheduler", "slurm", "--scheduler-args=--begin=now+1hour"},
         phase("queue") + "click background\nsphere\n"},
        {"start", {"fe", "--scheduler", "slurm", "--prelude", "sleep 300"}, phase("start")},
        {"connected", {"fe", "--scheduler", "slurm"}, "server cs\nsphere\n"},
    };
    std::string entries;

    for (const auto &each : cases)
        entries += entry(each.name, each.fields);
    paraview.set("PVHOP_EVENTS_LOG", events);
    for (const auto &each : cases) {
        SCOPED_TRACE(each.name);
        paraview.servers(entries);
        unlink(events.c_str());
        EXPECT_EQ(0,
                  paraview.run("server builtin\n" + connect_to(each.name) + each.steps + "leave\n"))
            << paraview.report() << paraview.output();
        // It has come to its own end, and said so.
        EXPECT_NE(std::string::npos, pvhop_test::read_file(events).find("\"event\":\"end\""))
            << pvhop_test::read_file(events);
        printf("%s: ended\n", each.name);
    }
}
