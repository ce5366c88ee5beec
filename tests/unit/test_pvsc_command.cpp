// SPDX-License-Identifier: BSD-3-Clause
// The command that ParaView makes of an entry.
#include "pvsc_fixture.hpp"
#include "pvsc_private.h"

TEST(Pvsc, ExpandsAnSshCommandAsThatParaViewDoes)
{
    pvhop_error err{};
    Pvsc f = parse(R"(<Servers><Server name="a" resource="csrc://FE:22222"><CommandStartup>
        <SSHCommand exec="pvserver"><SSHConfig user="me" port="2222"><Terminal exec="kitty"
        command_option="--"/><PortForwarding local="33333"/></SSHConfig></SSHCommand>
        </CommandStartup></Server></Servers>)",
                   &err);
    ASSERT_NE(nullptr, f) << err.why;
    auto words = [&](std::vector<const char *> set) {
        set.push_back(nullptr);
        return joined(
            take(pvhop_pvsc_command_with(f.get(), "a", set.data(), nullptr, nullptr, &err)));
    };
    EXPECT_EQ("kitty -e ssh -R 33333:localhost:22222 me@fe pvserver", words({}));
    EXPECT_EQ("kitty -e ssh -R 33333:localhost:22222 me@fe pvserver",
              words({"PV_VERSION_MAJOR=5", "PV_VERSION_MINOR=13", "PV_VERSION_PATCH=0",
                     "PARAVIEW_SSH_OPTIONS=-x"}));
    EXPECT_EQ("kitty -e ssh -R 22222:localhost:33333 me@fe pvserver",
              words({"PV_VERSION_MAJOR=5", "PV_VERSION_MINOR=13", "PV_VERSION_PATCH=1"}));
    EXPECT_EQ("kitty -- ssh -p 2222 -R 22222:localhost:33333 -v -x me@fe pvserver",
              words({"PV_VERSION_MAJOR=6", "PV_VERSION_MINOR=0", "PARAVIEW_SSH_OPTIONS=-v -x"}));
}

// Whoever gives it, its own choice or a value from outside, PV_SERVER_PORT is where the tunnel
// ends.
TEST(Pvsc, TheTunnelEndsWhereTheOptionSays)
{
    for (const char *resource : {"csrc://fe", "csrc://fe:11111"}) {
        pvhop_error err{};
        Pvsc f = parse("<Servers><Server name=\"a\" resource=\"" + std::string(resource) +
                           R"("><CommandStartup><Options>
            <Option name="PV_SERVER_PORT"><Range min="1025" max="65535" default="4000"/></Option>
            </Options><SSHCommand exec="s"><SSHConfig><PortForwarding/></SSHConfig><Arguments>
            <Argument value="$PV_SERVER_PORT$"/></Arguments></SSHCommand></CommandStartup></Server>
            </Servers>)",
                       &err);
        ASSERT_NE(nullptr, f) << err.why;
        auto words = [&](const char *given) {
            const char *set[] = {given, nullptr};
            return joined(take(pvhop_pvsc_command_with(f.get(), "a", set, nullptr, nullptr, &err)));
        };
        EXPECT_EQ("ssh -R 4000:localhost:4000 fe s 4000", words(nullptr)) << resource;
        EXPECT_EQ("ssh -R 5000:localhost:5000 fe s 5000", words("PV_SERVER_PORT=5000")) << resource;
    }
}

TEST(Pvsc, SplitsAsQtDoes)
{
    auto split = [](const char *line) { return take(pvhop_split_command(line)); };
    using V = std::vector<std::string>;
    EXPECT_EQ((V{"a", "b c", "d"}), split("  a \"b c\"\td "));
    EXPECT_EQ((V{"a\"b"}), split("a\"\"\"b"));
    EXPECT_EQ((V{"\"a b"}), split("\"\"\"\"a b\""));
    EXPECT_EQ((V{"a'b", "c'"}), split("a'b c'"));
    EXPECT_EQ((V{"x\\", "y"}), split("x\\ y"));
    EXPECT_EQ((V{}), split("  "));
    EXPECT_EQ((V{"a"}), split("a \"\""));
}

TEST(Pvsc, ExpandsAsParaViewDoes)
{
    pvhop_error err{};
    Pvsc f = parse(R"(<Servers><Server name="a" resource="csrc://fe:22222"><CommandStartup><Options>
        <Set name="KEY" value="/k e y"/><Option name="N"><Range default="4"/></Option><Set name="LOOP" value="$LOOP$"/>
        </Options><Command exec="ssh"><Arguments><Argument value="-i $KEY$"/><Argument value="$N$"/><Argument value="$$"/>
        <Argument value="$NO SUCH$"/><Argument value="$UNKNOWN$:$PV_SERVER_PORT$@$PV_SERVER_HOST$"/></Arguments></Command>
        </CommandStartup></Server><Server name="loop"><CommandStartup><Options><Set name="LOOP" value="$LOOP$"/></Options>
        <Command exec="$LOOP$"/></CommandStartup></Server>
        <Server name="manual"><ManualStartup/><CommandStartup><Command exec="x"/></CommandStartup></Server></Servers>)",
                   &err);
    ASSERT_NE(nullptr, f) << err.why;
    EXPECT_EQ((std::vector<std::string>{"ssh", "-i /k e y", "4", "$NO SUCH$", "UNKNOWN:22222@fe"}),
              take(pvhop_pvsc_command(f.get(), "a", &err)));
    EXPECT_EQ(nullptr, pvhop_pvsc_command(f.get(), "loop", &err));
    EXPECT_EQ(PVHOP_E_PVSC_PARSE, err.code);
    EXPECT_TRUE(take(pvhop_pvsc_command(f.get(), "manual", &err)).empty());
    EXPECT_EQ(nullptr, pvhop_pvsc_command(f.get(), "none", &err));
    EXPECT_EQ(PVHOP_E_ENTRY_MISSING, err.code);
}
