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
    std::string shown(int n) const
    {
        return "other-server cs\nsphere\npicture " + picture(n) + "\n" + WhereItIs;
    }
    PrivateParaView paraview;
};

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
