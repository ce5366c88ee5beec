// SPDX-License-Identifier: BSD-3-Clause
// From a recipe to an entry and back, in both styles.
#include "pvsc_fixture.hpp"
#include "pvsc_private.h"
#include <string.h>

namespace
{
// What a recipe says of each field, set or not.
std::string effective(const pvhop_recipe *r)
{
    std::string s;
    for (size_t n = 0; const pvhop_field *f = pvhop_field_row(n); n++) {
        const char *value = pvhop_recipe_get(r, f->name);
        s += std::string(f->name) + "=" + (value ? value : "(none)") + "\n";
    }
    return s;
}

// The same, of those that are set.
std::string set_fields(const pvhop_recipe *r)
{
    std::string s;
    for (size_t n = 0; const pvhop_field *f = pvhop_field_row(n); n++)
        if (pvhop_recipe_is_set(r, f->name))
            s += std::string(f->name) + "=" + pvhop_recipe_get(r, f->name) + "\n";
    return s;
}

Recipe random_recipe(std::mt19937 &rng)
{
    Recipe r = recipe({{"host", "fe.site.org"}, {"mpi", "mpiexec -n 2"}});
    pvhop_error err{};
    for (size_t n = 0; const pvhop_field *f = pvhop_field_row(n); n++)
        if (strcmp(f->name, "user") != 0 && rng() % 2) {
            EXPECT_EQ(0, pvhop_recipe_set(r.get(), f->name, random_value(f, rng).c_str(), &err))
                << err.why;
        }
    return r;
}

void add(const Pvsc &f, const char *name, const Recipe &r, pvhop_style style,
         const char *const *ask = nullptr, bool replace = false)
{
    pvhop_error err{};
    ASSERT_EQ(0, pvhop_pvsc_add(f.get(), name, r.get(), style, ask, replace, &err)) << err.why;
}
} // namespace

// The wiki's section "Reverse Connection", word for word.
TEST(Pvsc, DirectOpensshEntryIsTheWikis)
{
    Pvsc f(pvhop_pvsc_new());
    pvhop_error err{};
    Recipe r = recipe({{"host", "REMOTEHOST"},
                       {"route", "direct"},
                       {"identity", "/LOCAL/PATH/TO/SSH/PRIVATE/KEY"},
                       {"client-port", "20111"},
                       {"client-host", "LOCALHOST"},
                       {"pvserver", "/REMOTE/PATH/TO/pvserver"}});
    EXPECT_EQ("REMOTEHOST-20111-rc", take(pvhop_pvsc_default_name(r.get())));
    add(f, "REMOTEHOST-20111-rc", r, PVHOP_STYLE_OPENSSH);
    EXPECT_STREQ("csrc://REMOTEHOST:20111", pvhop_pvsc_resource(f.get(), "REMOTEHOST-20111-rc"));
    EXPECT_EQ("ssh -i /LOCAL/PATH/TO/SSH/PRIVATE/KEY REMOTEHOST /REMOTE/PATH/TO/pvserver "
              "--reverse-connection "
              "--server-port=20111 --client-host=LOCALHOST",
              joined(take(pvhop_pvsc_command(f.get(), "REMOTEHOST-20111-rc", &err))));
    EXPECT_EQ(std::string::npos, print(f).find("<Options"))
        << "an <Options> has ParaView show a window";
    Recipe back(pvhop_pvsc_recipe(f.get(), "REMOTEHOST-20111-rc", &err));
    ASSERT_NE(nullptr, back) << err.why;
    EXPECT_EQ(set_fields(r.get()), set_fields(back.get()));
    EXPECT_FALSE(pvhop_pvsc_is_ours(f.get(), "REMOTEHOST-20111-rc"));
}

TEST(Pvsc, TunnelOpensshEntry)
{
    Pvsc f(pvhop_pvsc_new());
    pvhop_error err{};
    Recipe r = recipe({{"host", "alice@fe:2222"},
                       {"route", "tunnel"},
                       {"server-port", "20500"},
                       {"mpi", "mpiexec -n 2"},
                       {"prelude", "module load paraview/{version}"},
                       {"pvserver", "~/my apps/pvserver"},
                       {"connect-id", "77"}});
    add(f, "t", r, PVHOP_STYLE_OPENSSH);
    std::vector<std::string> words = take(pvhop_pvsc_command(f.get(), "t", &err));
    EXPECT_EQ(
        "ssh -o ExitOnForwardFailure=yes -R 20500:localhost:11111 -p 2222 alice@fe module load "
        "paraview/PV_VERSION_MAJOR.PV_VERSION_MINOR.PV_VERSION_PATCH && mpiexec -n 2 ~'/my "
        "apps/pvserver' "
        "--reverse-connection --server-port=20500 --client-host=localhost --connect-id=77",
        joined(words));
    EXPECT_NE(std::string::npos, print(f).find("<Set name=\"PV_CONNECT_ID\" value=\"77\"/>"));
    const char *ask[] = {"client-port", "connect-id", nullptr};
    Recipe drawn = recipe({{"host", "fe"}, {"route", "tunnel"}});
    add(f, "t", drawn, PVHOP_STYLE_OPENSSH, ask, true);
    std::string text = print(f);
    EXPECT_NE(std::string::npos, text.find("$PV_SERVER_PORT$:localhost:$PV_SERVER_PORT$"));
    EXPECT_NE(std::string::npos, text.find("--connect-id=$PV_CONNECT_ID$"));
    Recipe back(pvhop_pvsc_recipe(f.get(), "t", &err));
    ASSERT_NE(nullptr, back) << err.why;
    EXPECT_EQ(set_fields(drawn.get()), set_fields(back.get()));
    EXPECT_EQ((std::vector<std::string>{"client-port", "connect-id"}),
              take(pvhop_pvsc_asked(f.get(), "t")));
}

TEST(Pvsc, OpensshRefusesWhatItCannotSay)
{
    pvhop_error err{};
    const FieldList bad[] = {{{"route", "auto"}},
                             {{"route", "stdio"}},
                             {{"route", "tunnel"}, {"scheduler", "slurm"}},
                             {{"route", "tunnel"}, {"rendering", "egl"}},
                             {{"route", "tunnel"}, {"client", "connects"}},
                             {{"route", "tunnel"}, {"prelude", "export A=$B"}},
                             {{"route", "direct"}, {"identity", "/a\"b"}}};
    for (const FieldList &fields : bad) {
        Recipe r = recipe(fields);
        pvhop_recipe_set(r.get(), "host", "fe", &err);
        Pvsc f(pvhop_pvsc_new());
        EXPECT_EQ(-1,
                  pvhop_pvsc_add(f.get(), "x", r.get(), PVHOP_STYLE_OPENSSH, nullptr, false, &err));
        EXPECT_EQ(PVHOP_E_VALUE, err.code);
        EXPECT_EQ(nullptr, pvhop_pvsc_name(f.get(), 0));
    }
    Pvsc f(pvhop_pvsc_new());
    const char *ask[] = {"user", nullptr};
    EXPECT_EQ(-1, pvhop_pvsc_add(f.get(), "x", recipe({{"host", "fe"}, {"route", "tunnel"}}).get(),
                                 PVHOP_STYLE_OPENSSH, ask, false, &err));
}

// The wiki's "connecting to localhost port ZZZZ": ParaView tries once a second until pvhop lets it
// in.
TEST(Pvsc, EntryForAClientThatConnects)
{
    Pvsc f(pvhop_pvsc_new());
    pvhop_error err{};
    Recipe r = recipe({{"host", "alice@fe"},
                       {"route", "two-hop-forward"},
                       {"scheduler", "slurm"},
                       {"timeout-start", "60"},
                       {"client", "connects"},
                       {"client-port", "22222"}});
    EXPECT_EQ("fe-22222", take(pvhop_pvsc_default_name(r.get())));
    add(f, "fe", r, PVHOP_STYLE_PVHOP);
    EXPECT_STREQ("cs://127.0.0.1:22222", pvhop_pvsc_resource(f.get(), "fe"));
    // a login, a day in the queue, pvserver's start
    EXPECT_NE(std::string::npos, print(f).find("timeout=\"86640\"")) << print(f);
    Recipe back(pvhop_pvsc_recipe(f.get(), "fe", &err));
    ASSERT_NE(nullptr, back) << err.why;
    EXPECT_EQ(set_fields(r.get()), set_fields(back.get()));

    pvhop_recipe_set(r.get(), "timeout-queue", "600", &err);
    add(f, "fe", r, PVHOP_STYLE_PVHOP, nullptr, true);
    EXPECT_NE(std::string::npos, print(f).find("timeout=\"840\"")) << print(f);
    pvhop_recipe_set(r.get(), "scheduler", "none", &err);
    add(f, "fe", r, PVHOP_STYLE_PVHOP, nullptr, true);
    EXPECT_NE(std::string::npos, print(f).find("timeout=\"240\"")) << print(f);
}

TEST(Pvsc, EntryOfPvhop)
{
    Pvsc f(pvhop_pvsc_new());
    pvhop_error err{};
    const char *ask[] = {"walltime", "nodes", "route", "identity", nullptr};
    Recipe r = recipe({{"host", "alice@login.cluster.edu"},
                       {"scheduler", "slurm"},
                       {"queue", "viz"},
                       {"prelude", "module load \"paraview/{version}\""},
                       {"walltime", "01:00:00"}});
    EXPECT_EQ("login.cluster.edu-viz-rc", take(pvhop_pvsc_default_name(r.get())));
    add(f, "viz & co", r, PVHOP_STYLE_PVHOP, ask);
    EXPECT_EQ(R"(<Servers>
  <Server name="viz &amp; co" resource="csrc://login.cluster.edu:11111">
    <CommandStartup>
      <Options>
        <Option name="PVHOP_WALLTIME" label="Time">
          <String default="01:00:00"/>
        </Option>
        <Option name="PVHOP_NODES" label="Nodes">
          <Range type="int" min="1" max="1000000" step="1"/>
        </Option>
        <Option name="PVHOP_ROUTE" label="Route">
          <Enumeration default="auto">
            <Entry value="auto" label="auto"/>
            <Entry value="direct" label="direct"/>
            <Entry value="tunnel" label="tunnel"/>
            <Entry value="two-hop-forward" label="two-hop-forward"/>
            <Entry value="two-hop-reverse" label="two-hop-reverse"/>
            <Entry value="relay" label="relay"/>
            <Entry value="relay-tunnel" label="relay-tunnel"/>
            <Entry value="stdio" label="stdio"/>
          </Enumeration>
        </Option>
        <Option name="PVHOP_IDENTITY" label="Private key">
          <File default=""/>
        </Option>
        <Option name="PV_SERVER_PORT" label="Port of this computer" save="false">
          <Range type="int" min="20001" max="32000" step="1" default="random"/>
        </Option>
        <Option name="PV_CONNECT_ID" label="Number of this connection" save="false" readonly="true">
          <Range type="int" min="1" max="2147483647" step="1" default="random"/>
        </Option>
        <Set name="PVHOP_PRELUDE" value="module load &quot;paraview/{version}&quot;"/>
      </Options>
      <Command exec="pvhop" process_wait="0" delay="0">
        <Arguments>
          <Argument value="connect"/>
          <Argument value="alice@login.cluster.edu"/>
          <Argument value="--scheduler=slurm"/>
          <Argument value="--queue=viz"/>
        </Arguments>
      </Command>
    </CommandStartup>
    <Hints>
      <pvhop format="1"/>
    </Hints>
  </Server>
</Servers>
)",
              print(f));
    EXPECT_TRUE(pvhop_pvsc_is_ours(f.get(), "viz & co"));
    Recipe back(pvhop_pvsc_recipe(f.get(), "viz & co", &err));
    ASSERT_NE(nullptr, back) << err.why;
    EXPECT_EQ(set_fields(r.get()), set_fields(back.get()));
    EXPECT_EQ((std::vector<std::string>{"walltime", "nodes", "route", "identity", "client-port",
                                        "connect-id"})
                      .size() -
                  2,
              take(pvhop_pvsc_asked(f.get(), "viz & co")).size());
}

// recipe -> entry -> text -> entry -> recipe, for every field and awkward values.
TEST(Pvsc, RecipesGoRound)
{
    std::mt19937 rng(5110);
    for (int round = 0; round < 600; round++) {
        Recipe r = random_recipe(rng);
        pvhop_error err{};
        Pvsc f(pvhop_pvsc_new());
        if (pvhop_recipe_check(r.get(), &err) != 0)
            continue;
        add(f, "n", r, PVHOP_STYLE_PVHOP);
        Pvsc again = parse(print(f), &err);
        ASSERT_NE(nullptr, again) << err.why << print(f);
        Recipe back(pvhop_pvsc_recipe(again.get(), "n", &err));
        ASSERT_NE(nullptr, back) << err.why << print(f);
        ASSERT_EQ(set_fields(r.get()), set_fields(back.get()));
        ASSERT_EQ(print(f), print(again));

        // Asking for some of them changes nothing of what is in force.
        std::vector<const char *> ask;
        for (size_t n = 0; const pvhop_field *field = pvhop_field_row(n); n++)
            if (strcmp(field->name, "host") != 0 && strcmp(field->name, "client-port") != 0 &&
                strcmp(field->name, "connect-id") != 0 && rng() % 4 == 0)
                ask.push_back(field->name);
        ask.push_back(nullptr);
        add(f, "n", r, PVHOP_STYLE_PVHOP, ask.data(), true);
        back.reset(pvhop_pvsc_recipe(f.get(), "n", &err));
        ASSERT_NE(nullptr, back) << err.why << print(f);
        ASSERT_EQ(effective(r.get()), effective(back.get())) << print(f);
        EXPECT_EQ(ask.size() - 1, [&] {
            size_t n = 0;
            for (auto &s : take(pvhop_pvsc_asked(f.get(), "n")))
                n += s != "client-port" && s != "connect-id";
            return n;
        }());
    }
}

// ParaView's Edit page splits the command at single spaces and joins it again.
TEST(Pvsc, EntriesSurviveTheEditPage)
{
    std::mt19937 rng(3);
    for (int round = 0; round < 100; round++) {
        Recipe r = random_recipe(rng);
        pvhop_error err{};
        Pvsc f(pvhop_pvsc_new());
        if (pvhop_recipe_check(r.get(), &err) != 0)
            continue;
        add(f, "n", r, PVHOP_STYLE_PVHOP);
        xmlNode *server = pvhop_pvsc_find(f.get(), "n", nullptr);
        std::string line = take(pvhop_entry_command_line(server)), word;
        xmlNode *arguments =
            pvhop_xml_child(pvhop_xml_child(pvhop_entry_startup(server), "Command"), "Arguments");
        while (xmlNode *a = pvhop_xml_first(arguments)) {
            xmlUnlinkNode(a);
            xmlFreeNode(a);
        }
        std::stringstream in(line);
        in >> word;
        pvhop_builder b{};
        while (in >> word)
            pvhop_xml_set(&b, pvhop_xml_add(&b, arguments, "Argument"), "value", word.c_str());
        Recipe back(pvhop_pvsc_recipe(f.get(), "n", &err));
        ASSERT_NE(nullptr, back) << err.why;
        ASSERT_EQ(set_fields(r.get()), set_fields(back.get()));
    }
}
