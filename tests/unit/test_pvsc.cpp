// SPDX-License-Identifier: BSD-3-Clause
#include "pvsc_private.h"
#include <algorithm>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <sstream>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace
{
struct Free {
    void operator()(pvhop_recipe *r) const
    {
        pvhop_recipe_free(r);
    }
    void operator()(pvhop_pvsc *f) const
    {
        pvhop_pvsc_free(f);
    }
};
using Recipe = std::unique_ptr<pvhop_recipe, Free>;
using Pvsc = std::unique_ptr<pvhop_pvsc, Free>;
using Fields = std::vector<std::pair<const char *, std::string>>;

Recipe recipe(const Fields &fields)
{
    Recipe r(pvhop_recipe_new());
    pvhop_error err{};
    for (auto &f : fields)
        EXPECT_EQ(0, pvhop_recipe_set(r.get(), f.first, f.second.c_str(), &err)) << err.why;
    return r;
}

std::string take(char *text)
{
    std::string s = text ? text : "(null)";
    free(text);
    return s;
}

std::vector<std::string> take(char **words)
{
    std::vector<std::string> all;
    for (char **p = words; p && *p; p++)
        all.push_back(*p);
    pvhop_args_free(words);
    return all;
}

Pvsc parse(const std::string &text, pvhop_error *err)
{
    return Pvsc(pvhop_pvsc_parse(text.data(), text.size(), "t.pvsc", err));
}

std::string print(const Pvsc &f)
{
    return take(pvhop_pvsc_print(f.get()));
}

std::string joined(const std::vector<std::string> &words)
{
    std::string s;
    for (auto &w : words)
        s += (s.empty() ? "" : " ") + w;
    return s;
}

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

std::string random_value(const pvhop_field *f, std::mt19937 &rng)
{
    auto pick = [&](std::vector<std::string> of) { return of[rng() % of.size()]; };
    switch (f->type) {
    case PVHOP_FIELD_TEXT: {
        static const std::vector<std::string> parts = {
            "a",         " ",        "  ",       "\"",
            "\"\"\"",    "'",        "$",        "$HOME",
            "$$",        "\\",       "&",        "<",
            ">",         "=",        "--x",      "%20",
            "{version}", "\xc3\xa9", "\xc2\xa0", "\xe2\x82\xac",
            "`id`",      ";",        "|",        "#",
            "]]>",       "<!--",     "&amp;",    "$PV_SERVER_PORT$"};
        std::string s;
        for (unsigned n = 1 + rng() % 12; n; n--)
            s += pick(parts);
        return s;
    }
    case PVHOP_FIELD_HOST:
        return pick(
            {"login.cluster.edu", "alice@fe1", "10.1.2.3", "fe80::1%eth0", "[::1]:2222", "fe:22"});
    case PVHOP_FIELD_HOSTS:
        return pick({"none", "a,b", "alice@gate.site.org:2222,fe"});
    case PVHOP_FIELD_ADDRESS:
        return pick({"ws.example.org", "192.168.1.2", "::1", "2001:db8::7"});
    case PVHOP_FIELD_PORT:
        return std::to_string(rng() % 65536);
    case PVHOP_FIELD_INT:
        return std::to_string(f->min + (long)(rng() % (unsigned long)(f->max - f->min + 1)));
    case PVHOP_FIELD_SECONDS:
        return pick({"90", "15s", "10m", "1h"});
    case PVHOP_FIELD_WALLTIME:
        return pick({"01:00:00", "1-12:00:00", "90m", "2h30m"});
    case PVHOP_FIELD_BOOL:
        return pick({"yes", "no"});
    case PVHOP_FIELD_NAME:
        return pick({"viz", "a.b_c-d", "p@ss/x=y", "DOMAIN\\user", "50%"});
    case PVHOP_FIELD_PATH:
        return pick(
            {"pvserver", "/opt/My Apps/pv$x/bin/pvserver", "~/bin/pvserver", "/a\"b'c/d", "~a;b"});
    case PVHOP_FIELD_CHOICE: {
        std::vector<std::string> all;
        std::stringstream list(f->choices);
        for (std::string one; std::getline(list, one, '|');)
            all.push_back(one);
        return all[rng() % all.size()];
    }
    }
    return "";
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

struct Folder {
    std::string path = testing::TempDir() + "pvhop-pvsc-XXXXXX";
    Folder()
    {
        EXPECT_NE(nullptr, mkdtemp(&path[0]));
    }
    ~Folder()
    {
        if (DIR *d = opendir(path.c_str())) {
            while (dirent *e = readdir(d))
                unlink((path + "/" + e->d_name).c_str());
            closedir(d);
        }
        rmdir(path.c_str());
    }
    std::vector<std::string> files() const
    {
        std::vector<std::string> all;
        DIR *d = opendir(path.c_str());
        while (dirent *e = readdir(d))
            if (e->d_name[0] != '.' || strlen(e->d_name) > 2)
                all.push_back(e->d_name);
        closedir(d);
        return all;
    }
};
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
    ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "REMOTEHOST-20111-rc", r.get(), PVHOP_STYLE_OPENSSH,
                                nullptr, false, &err))
        << err.why;
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
    ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "t", r.get(), PVHOP_STYLE_OPENSSH, nullptr, false, &err))
        << err.why;
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
    ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "t", drawn.get(), PVHOP_STYLE_OPENSSH, ask, true, &err))
        << err.why;
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
    const Fields bad[] = {{{"route", "auto"}},
                          {{"route", "stdio"}},
                          {{"route", "tunnel"}, {"scheduler", "slurm"}},
                          {{"route", "tunnel"}, {"rendering", "egl"}},
                          {{"route", "tunnel"}, {"client", "connects"}},
                          {{"route", "tunnel"}, {"prelude", "export A=$B"}},
                          {{"route", "direct"}, {"identity", "/a\"b"}}};
    for (const Fields &fields : bad) {
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
    ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "fe", r.get(), PVHOP_STYLE_PVHOP, nullptr, false, &err))
        << err.why;
    EXPECT_STREQ("cs://127.0.0.1:22222", pvhop_pvsc_resource(f.get(), "fe"));
    // a login, a day in the queue, pvserver's start
    EXPECT_NE(std::string::npos, print(f).find("timeout=\"86640\"")) << print(f);
    Recipe back(pvhop_pvsc_recipe(f.get(), "fe", &err));
    ASSERT_NE(nullptr, back) << err.why;
    EXPECT_EQ(set_fields(r.get()), set_fields(back.get()));

    pvhop_recipe_set(r.get(), "timeout-queue", "600", &err);
    ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "fe", r.get(), PVHOP_STYLE_PVHOP, nullptr, true, &err));
    EXPECT_NE(std::string::npos, print(f).find("timeout=\"840\"")) << print(f);
    pvhop_recipe_set(r.get(), "scheduler", "none", &err);
    ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "fe", r.get(), PVHOP_STYLE_PVHOP, nullptr, true, &err));
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
    ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "viz & co", r.get(), PVHOP_STYLE_PVHOP, ask, false, &err))
        << err.why;
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
        ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "n", r.get(), PVHOP_STYLE_PVHOP, nullptr, false, &err))
            << err.why;
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
        ASSERT_EQ(0,
                  pvhop_pvsc_add(f.get(), "n", r.get(), PVHOP_STYLE_PVHOP, ask.data(), true, &err))
            << err.why;
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
        ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "n", r.get(), PVHOP_STYLE_PVHOP, nullptr, false, &err))
            << err.why;
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

TEST(Pvsc, KeepsWhatItDoesNotKnow)
{
    pvhop_error err{};
    const std::string text = "<!-- ours -->\n"
                             "<Servers x:a=\"1\">\n"
                             "  <!-- two\n       lines -->\n"
                             "  <Server name=\"a\" colour=\"&lt;&quot;&#10;\">\n"
                             "    <ManualStartup/>\n"
                             "    <Mixed>some <b>text</b> here</Mixed>\n"
                             "    <?tool do?>\n"
                             "  </Server>\n"
                             "  <Unknown/>\n"
                             "</Servers>\n";
    std::string given = text;
    given.replace(given.find("x:a"), 3, "a");
    Pvsc f = parse(given, &err);
    ASSERT_NE(nullptr, f) << err.why;
    EXPECT_EQ(given, print(f));
    Recipe r = recipe({{"host", "fe"}});
    ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "b", r.get(), PVHOP_STYLE_PVHOP, nullptr, false, &err));
    ASSERT_EQ(0, pvhop_pvsc_remove(f.get(), "b", &err));
    EXPECT_EQ(given, print(f));
    EXPECT_EQ(-1, pvhop_pvsc_remove(f.get(), "b", &err));
    EXPECT_EQ(-1, pvhop_pvsc_add(f.get(), "a", r.get(), PVHOP_STYLE_PVHOP, nullptr, false, &err));
    EXPECT_NE(nullptr, strstr(err.remedy, "--replace"));
    EXPECT_EQ(-1, pvhop_pvsc_add(f.get(), "", r.get(), PVHOP_STYLE_PVHOP, nullptr, false, &err));
    EXPECT_EQ(-1,
              pvhop_pvsc_add(f.get(), "a\nb", r.get(), PVHOP_STYLE_PVHOP, nullptr, false, &err));
}

TEST(Pvsc, RefusesWithThePlace)
{
    pvhop_error err{};
    EXPECT_EQ(nullptr, parse("<Servers>\n  <Server name='a'>\n</Servers>", &err));
    EXPECT_EQ(PVHOP_E_PVSC_PARSE, err.code);
    EXPECT_EQ(0u, std::string(err.why).find("t.pvsc:3:")) << err.why;
    EXPECT_EQ(nullptr, parse("<Server/>", &err));
    EXPECT_NE(nullptr, strstr(err.why, "t.pvsc:1:1: the outermost element is <Server>")) << err.why;
    for (const char *bad :
         {"", " ", "x", "<Servers",
          "<!DOCTYPE s [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Servers a='&x;'/>",
          "<!DOCTYPE s [<!ENTITY x \"y\">]><Servers/>", "<Servers a='&x;'/>"})
        EXPECT_EQ(nullptr, parse(bad, &err)) << bad;
    std::string deep = "<Servers>";
    for (int i = 0; i < 5000; i++)
        deep += "<a>";
    EXPECT_EQ(nullptr, parse(deep, &err));
    EXPECT_EQ(nullptr, pvhop_pvsc_read("/nonexistent.pvsc", &err));
    EXPECT_NE(nullptr, strstr(err.why, "/nonexistent.pvsc")) << err.why;
    EXPECT_EQ(nullptr, pvhop_pvsc_read("/tmp", &err));
}

TEST(Pvsc, ForeignEntries)
{
    pvhop_error err{};
    Pvsc f = parse(
        R"(<Servers><Server name="a" resource="cs://fe"><CommandStartup><Command exec="ssh"/></CommandStartup></Server>
        <Server name="new"><CommandStartup><Command exec="pvhop"><Arguments><Argument value="connect"/><Argument value="fe"/></Arguments>
        </Command></CommandStartup><Hints><pvhop format="2"/></Hints></Server>
        <Server name="hand" resource="csrc://x:12345"><CommandStartup><Command exec="/opt/bin/pvhop"><Arguments><Argument value="connect"/>
        <Argument value="fe --queue"/><Argument value="viz"/></Arguments></Command></CommandStartup></Server>
        <Server name="bad"><CommandStartup><Command exec="pvhop connect --no-such"/></CommandStartup></Server></Servers>)",
        &err);
    ASSERT_NE(nullptr, f) << err.why;
    EXPECT_EQ(nullptr, pvhop_pvsc_recipe(f.get(), "a", &err));
    EXPECT_EQ(PVHOP_E_ENTRY_FOREIGN, err.code);
    EXPECT_EQ(nullptr, pvhop_pvsc_recipe(f.get(), "new", &err));
    EXPECT_EQ(PVHOP_E_ENTRY_FOREIGN, err.code);
    EXPECT_NE(nullptr, strstr(err.why, "format 2"));
    EXPECT_EQ(nullptr, pvhop_pvsc_recipe(f.get(), "hand", &err)) << "one argument, not two";
    EXPECT_EQ(nullptr, pvhop_pvsc_recipe(f.get(), "bad", &err));
    EXPECT_EQ(PVHOP_E_USAGE, err.code);
    // Changed by hand since: the stored recipe is no longer what runs.
    Pvsc g(pvhop_pvsc_new());
    ASSERT_EQ(0, pvhop_pvsc_add(g.get(), "o", recipe({{"host", "fe"}, {"route", "direct"}}).get(),
                                PVHOP_STYLE_OPENSSH, nullptr, false, &err));
    std::string text = print(g);
    text.replace(text.find("value=\"pvserver\""), 16, "value=\"/other/pvserver\"");
    Pvsc changed = parse(text, &err);
    EXPECT_EQ(nullptr, pvhop_pvsc_recipe(changed.get(), "o", &err));
    EXPECT_EQ(PVHOP_E_ENTRY_FOREIGN, err.code);
}

TEST(Pvsc, AnEntryWithoutANameIsFoundAsListed)
{
    pvhop_error err{};
    Pvsc f = parse("<Servers><Server resource=\"cs://fe:1\"/></Servers>", &err);
    ASSERT_TRUE(f) << err.why;
    ASSERT_STREQ("", pvhop_pvsc_name(f.get(), 0));
    EXPECT_STREQ("cs://fe:1", pvhop_pvsc_resource(f.get(), ""));
}

// The notes on where entries are follow every change.
TEST(Pvsc, NamesStayRightThroughChanges)
{
    std::mt19937 rng(8);
    pvhop_error err{};
    Pvsc f(pvhop_pvsc_new());
    std::vector<std::string> model;
    auto name = [&] { return "n" + std::to_string(rng() % 12); };
    for (int round = 0; round < 3000; round++) {
        std::string a = name(), b = name();
        auto at = std::find(model.begin(), model.end(), a);
        bool there = at != model.end(),
             taken = std::find(model.begin(), model.end(), b) != model.end();
        switch (rng() % 4) {
        case 0:
            ASSERT_EQ(0, pvhop_pvsc_add(f.get(), a.c_str(), recipe({{"host", "h"}}).get(),
                                        PVHOP_STYLE_PVHOP, nullptr, true, &err));
            if (!there)
                model.push_back(a);
            break;
        case 1:
            ASSERT_EQ(there, pvhop_pvsc_remove(f.get(), a.c_str(), &err) == 0);
            if (there)
                model.erase(at);
            break;
        case 2:
            ASSERT_EQ(there && !taken, pvhop_pvsc_rename(f.get(), a.c_str(), b.c_str(), &err) == 0);
            if (there && !taken)
                *at = b;
            break;
        default:
            ASSERT_EQ(there, pvhop_pvsc_resource(f.get(), a.c_str()) != nullptr);
        }
        for (size_t n = 0; n < model.size(); n++)
            ASSERT_EQ(model[n], pvhop_pvsc_name(f.get(), n)) << round;
        ASSERT_EQ(nullptr, pvhop_pvsc_name(f.get(), model.size()));
    }
    Pvsc twice = parse(
        "<Servers><Server name=\"a\"/><Server name=\"b\"/><Server name=\"a\"/></Servers>", &err);
    EXPECT_FALSE(pvhop_pvsc_is_used(twice.get(), 0));
    EXPECT_TRUE(pvhop_pvsc_is_used(twice.get(), 1));
    EXPECT_TRUE(pvhop_pvsc_is_used(twice.get(), 2));
    EXPECT_FALSE(pvhop_pvsc_is_used(twice.get(), 3));
}

TEST(Pvsc, WritesAtomicallyAndKeepsPermissions)
{
    Folder folder;
    pvhop_error err{};
    std::string path = folder.path + "/s.pvsc", link = folder.path + "/link.pvsc";
    Pvsc f(pvhop_pvsc_new());
    ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "a", recipe({{"host", "fe"}}).get(), PVHOP_STYLE_PVHOP,
                                nullptr, false, &err));
    mode_t mask = umask(027);
    ASSERT_EQ(0, pvhop_pvsc_write(f.get(), path.c_str(), &err)) << err.why;
    umask(mask);
    struct stat st;
    ASSERT_EQ(0, stat(path.c_str(), &st));
    EXPECT_EQ(0640u, st.st_mode & 07777);
    ASSERT_EQ(0, chmod(path.c_str(), 0604));
    ASSERT_EQ(0, symlink("s.pvsc", link.c_str()));
    ASSERT_EQ(0, pvhop_pvsc_write(f.get(), link.c_str(), &err)) << err.why;
    ASSERT_EQ(0, lstat(link.c_str(), &st));
    EXPECT_TRUE(S_ISLNK(st.st_mode));
    ASSERT_EQ(0, stat(path.c_str(), &st));
    EXPECT_EQ(0604u, st.st_mode & 07777);
    Pvsc back(pvhop_pvsc_read(path.c_str(), &err));
    ASSERT_NE(nullptr, back) << err.why;
    EXPECT_EQ(print(f), print(back));
    EXPECT_EQ(2u, folder.files().size()) << "a temporary file was left";

    // What changed is kept as it was; and what somebody else changed meanwhile is not written over.
    ASSERT_EQ(0, pvhop_pvsc_rename(back.get(), "a", "b", &err));
    ASSERT_EQ(0, pvhop_pvsc_write(back.get(), path.c_str(), &err)) << err.why;
    Pvsc kept(pvhop_pvsc_read((path + "~").c_str(), &err));
    ASSERT_NE(nullptr, kept) << err.why;
    EXPECT_EQ(print(f), print(kept));
    EXPECT_EQ(3u, folder.files().size());
    EXPECT_EQ(-1, pvhop_pvsc_write(back.get(), path.c_str(), &err)) << "it was read before that";
    EXPECT_EQ(PVHOP_E_PVSC_BUSY, err.code);
    Pvsc first(pvhop_pvsc_open((folder.path + "/new.pvsc").c_str(), &err)),
        second(pvhop_pvsc_open((folder.path + "/new.pvsc").c_str(), &err));
    ASSERT_EQ(0, pvhop_pvsc_write(first.get(), (folder.path + "/new.pvsc").c_str(), &err));
    EXPECT_EQ(-1, pvhop_pvsc_write(second.get(), (folder.path + "/new.pvsc").c_str(), &err));
    EXPECT_EQ(PVHOP_E_PVSC_BUSY, err.code);
    EXPECT_EQ(-1, pvhop_pvsc_write(f.get(), (folder.path + "/no/such.pvsc").c_str(), &err));
    EXPECT_EQ(PVHOP_E_PVSC_WRITE, err.code);
}

namespace
{
std::vector<std::string> data_files(const std::string &folder)
{
    std::vector<std::string> all;
    for (auto &file : std::filesystem::directory_iterator(folder))
        if (file.path().extension() == ".pvsc")
            all.push_back(file.path());
    std::sort(all.begin(), all.end());
    return all;
}
} // namespace

// What files of sites do not have: each is read, stays the same, and is refused when it is cut off.
TEST(Pvsc, OddFiles)
{
    std::vector<std::string> files = data_files(PVHOP_PVSC_DATA);
    EXPECT_GE(files.size(), 18u);
    for (const std::string &path : files) {
        pvhop_error err{};
        Pvsc f(pvhop_pvsc_read(path.c_str(), &err));
        ASSERT_NE(nullptr, f) << err.why;
        std::string once = print(f);
        Pvsc again = parse(once, &err);
        ASSERT_NE(nullptr, again) << path << err.why;
        EXPECT_EQ(once, print(again)) << path;
        // At every byte of one with all kinds of them; that takes its time.
        size_t step = path.find("entities") == std::string::npos ? 29 : 1;
        for (size_t n = 0; n < once.rfind("</Servers>"); n += step)
            ASSERT_EQ(nullptr, parse(once.substr(0, n), &err)) << path << " cut at " << n;
    }
}

TEST(Pvsc, HostileFiles)
{
    std::vector<std::string> files = data_files(PVHOP_PVSC_DATA "/refused");
    EXPECT_GE(files.size(), 10u);
    for (const std::string &path : files) {
        pvhop_error err{};
        EXPECT_EQ(nullptr, pvhop_pvsc_read(path.c_str(), &err)) << path;
        EXPECT_EQ(PVHOP_E_PVSC_PARSE, err.code);
    }
}

// Entries from the field, if they are at hand: what is printed reads as the same, and stays so.
TEST(Pvsc, CorpusIsAFixpoint)
{
    const char *given = getenv("PVHOP_CORPUS");
    std::string folder = given ? given : PVHOP_CORPUS_DEFAULT;
    DIR *d = opendir(folder.c_str());
    if (!d)
        GTEST_SKIP() << "no corpus of .pvsc files at " << folder << "; name one with PVHOP_CORPUS";
    int files = 0;
    while (dirent *e = readdir(d)) {
        std::string name = e->d_name;
        if (name.size() < 6 || name.substr(name.size() - 5) != ".pvsc")
            continue;
        pvhop_error err{};
        Pvsc f(pvhop_pvsc_read((folder + "/" + name).c_str(), &err));
        ASSERT_NE(nullptr, f) << err.why;
        std::string once = print(f);
        Pvsc again = parse(once, &err);
        ASSERT_NE(nullptr, again) << name << err.why;
        EXPECT_EQ(once, print(again)) << name;
        for (size_t n = 0; const char *entry = pvhop_pvsc_name(f.get(), n); n++) {
            EXPECT_EQ(take(pvhop_pvsc_command(f.get(), entry, &err)),
                      take(pvhop_pvsc_command(again.get(), entry, &err)))
                << name;
            EXPECT_FALSE(pvhop_pvsc_is_ours(f.get(), entry)) << name;
        }
        files++;
    }
    closedir(d);
    EXPECT_GT(files, 0);
}
