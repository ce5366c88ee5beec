// SPDX-License-Identifier: BSD-3-Clause
// Entries of every shape that is known, and what becomes of them.
#include "convert_fixture.hpp"
#include <cctype>
#include <fstream>
#include <iostream>
#include <pvhop/check.h>

TEST(Convert, PlainSshWithATunnel)
{
    Converted c = from_text(entry(
        std::vector<std::string>{"ssh", "-p", "2222", "-i", "/k/id", "-Jgate,inner", "-l", "alice",
                                 "-tt", "-R", "22222:localhost:11111", "fe.site.org"} +
        reverse));
    EXPECT_EQ(PVHOP_CONVERTED, c.result);
    EXPECT_EQ((Fields{{"host", "fe.site.org"},
                      {"user", "alice"},
                      {"port", "2222"},
                      {"identity", "/k/id"},
                      {"jump", "gate,inner"},
                      {"route", "tunnel"}}),
              c.fields);
    EXPECT_TRUE(c.asked.empty());
}

TEST(Convert, SshWithoutATunnelIsDirect)
{
    Converted c = from_text(
        entry({"ssh", "alice@fe", "/opt/pv/bin/pvserver", "--reverse-connection",
               "--client-host=ws.home.org", "--server-port=11111", "--force-offscreen-rendering"}));
    EXPECT_EQ(PVHOP_CONVERTED, c.result);
    EXPECT_EQ((Fields{{"host", "fe"},
                      {"user", "alice"},
                      {"route", "direct"},
                      {"client-host", "ws.home.org"},
                      {"pvserver", "/opt/pv/bin/pvserver"},
                      {"pvserver-args", "--force-offscreen-rendering"}}),
              c.fields);
    c = from_text(entry({"ssh", "fe", "pvserver", "-rc", "-ch", "$PV_CLIENT_HOST$"}));
    EXPECT_EQ(0u, c.fields.count("client-host")) << "pvhop knows this computer's address itself";
}

TEST(Convert, ForwardConnectionsGoThroughATunnelToo)
{
    Converted c = from_text(entry({"ssh", "-L11111:localhost:11111", "fe", "pvserver", "-sp=11111"},
                                  "", "cs://localhost:11111"));
    EXPECT_EQ(PVHOP_CONVERTED, c.result);
    EXPECT_EQ((Fields{{"host", "fe"}, {"route", "tunnel"}}), c.fields);
    c = from_text(entry({"ssh", "fe", "pvserver"}, "", "cs://fe:11111"));
    EXPECT_EQ((Fields{{"host", "fe"}, {"route", "tunnel"}}), c.fields);
    EXPECT_TRUE(c.says(c.changed, "no open port"));
}

TEST(Convert, TerminalsAreTakenOff)
{
    const std::vector<std::vector<std::string>> before = {
        {"xterm", "-T", "my server", "-hold", "-e"},
        {"/usr/bin/xterm", "-e"},
        {"gnome-terminal", "--"},
        {"konsole", "-e"},
        {"cmd", "/C", "start"},
        {"C:\\Windows\\cmd.exe", "/K", "start", "cmd.exe", "/C"}};
    for (auto &words : before) {
        Converted c = from_text(
            entry(words + std::vector<std::string>{"ssh", "-t", "-R", "1:localhost:1", "a@fe"} +
                  reverse));
        EXPECT_EQ(PVHOP_CONVERTED, c.result) << words[0] << c.why;
        EXPECT_EQ("fe", c.fields["host"]) << words[0];
        EXPECT_EQ("a", c.fields["user"]) << words[0];
        EXPECT_TRUE(c.says(c.changed, "terminal")) << words[0];
    }
    Converted c = from_text(entry({"xterm", "-e", "top"}));
    EXPECT_EQ(PVHOP_NOT_CONVERTED, c.result);
    EXPECT_NE(std::string::npos, c.why.find("xterm"));
}

TEST(Convert, TheTerminalOfAPlatformStandsInASwitch)
{
    std::string options =
        "<Switch name=\"PV_CLIENT_PLATFORM\">"
        "<Case value=\"Linux\"><Set name=\"TERM\" value=\"xterm\"/><Set name=\"ARG\" value=\"-e\"/>"
        "<Set name=\"CLIENT\" value=\"ssh\"/></Case>"
        "<Case value=\"Windows\"><Set name=\"TERM\" value=\"cmd\"/><Set name=\"ARG\" "
        "value=\"/C\"/><Set name=\"CLIENT\" value=\"plink.exe\"/></Case></Switch>" +
        text_option("USER", "user name", "me");
    Converted c = from_text(entry(
        std::vector<std::string>{"$TERM$", "$ARG$", "$CLIENT$", "-l", "$USER$", "fe"} + reverse,
        options));
    EXPECT_EQ(PVHOP_CONVERTED, c.result) << c.why;
    EXPECT_EQ("fe", c.fields["host"]);
}

TEST(Convert, Plink)
{
    Converted c = from_text(
        entry(std::vector<std::string>{"$CLIENT$", "-ssh", "fe", "-P", "2222", "-pw", "hunter2",
                                       "-batch", "-R", "22222:127.0.0.1:11111", "-l", "$USER$"} +
                  reverse,
              option("CLIENT", "SSH executable",
                     "<File default='&quot;C:\\Program Files\\PuTTY\\plink.exe&quot;'/>") +
                  text_option("USER", "Username", "YOURNAME")));
    EXPECT_EQ(PVHOP_CONVERTED, c.result) << c.why;
    EXPECT_EQ((Fields{{"host", "fe"}, {"user", "YOURNAME"}, {"port", "2222"}, {"route", "tunnel"}}),
              c.fields);
    EXPECT_EQ(1u, c.asked.count("user"));
    EXPECT_EQ(std::string::npos, c.text.find("hunter2")) << "a secret was kept";
    EXPECT_TRUE(c.says(c.changed, "password"));
    EXPECT_NE(std::string::npos, c.text.find("label=\"Username\""));
}

TEST(Convert, SshSettings)
{
    Converted c = from_text(entry(
        std::vector<std::string>{"ssh", "-o", "User=bob", "-oPort=2200", "-o", "ProxyJump=gate",
                                 "-o", "StrictHostKeyChecking=no", "-o", "ServerAliveInterval=30",
                                 "-X", "-o", "ProxyCommand=nc", "--", "fe"} +
        reverse));
    EXPECT_EQ(PVHOP_CONVERTED_IN_PART, c.result);
    EXPECT_EQ("bob", c.fields["user"]);
    EXPECT_EQ("2200", c.fields["port"]);
    EXPECT_EQ("gate", c.fields["jump"]);
    EXPECT_EQ(1u, c.left.size());
    EXPECT_TRUE(c.says(c.left, "ProxyCommand=nc"));
    EXPECT_TRUE(c.says(c.changed, "key of a host"));
    EXPECT_TRUE(c.says(c.changed, "X11"));
}

TEST(Convert, SshInsideSshGoesOverTheFirstHost)
{
    Converted c = from_text(entry({"ssh", "-p", "2222", "-R", "1:localhost:1", "alice@fe", "ssh",
                                   "-R", "1:localhost:1", "bob@node7", "pvserver", "-rc"}));
    EXPECT_EQ(PVHOP_CONVERTED, c.result) << c.why;
    EXPECT_EQ("node7", c.fields["host"]);
    EXPECT_EQ("bob", c.fields["user"]);
    EXPECT_EQ("alice@fe:2222", c.fields["jump"]);
    EXPECT_EQ(0u, c.fields.count("port"));
}

TEST(Convert, WhatComesBeforePvserver)
{
    Converted c = from_text(
        entry({"ssh", "fe", "sh", "-c",
               "'module load pv/$PV_VERSION_FULL$; DISPLAY=:0 exec mpirun -n $NP$ pvserver -rc "
               "--connect-id=$PV_CONNECT_ID$ --mesa'"},
              number_option("NP", "CPUs", "4")));
    EXPECT_EQ(PVHOP_CONVERTED, c.result) << c.why;
    EXPECT_EQ("module load pv/{version}; export DISPLAY=:0", c.fields["prelude"]);
    EXPECT_EQ("mpirun -n 4", c.fields["mpi"]);
    EXPECT_EQ("--mesa", c.fields["pvserver-args"]);
    EXPECT_EQ(1u, c.asked.count("mpi")) << "the number was asked for";
}

TEST(Convert, SrunSaysWhatJobIsWanted)
{
    Converted c =
        from_text(entry({"ssh", "-R", "1:localhost:1", "fe", "srun", "-N2", "-n", "8",
                         "--partition=viz", "-t", "30", "--exclusive", "pvserver", "-rc"}));
    EXPECT_EQ(PVHOP_CONVERTED, c.result) << c.why;
    EXPECT_EQ((Fields{{"host", "fe"},
                      {"scheduler", "slurm"},
                      {"nodes", "2"},
                      {"processes", "8"},
                      {"queue", "viz"},
                      {"walltime", "30m"},
                      {"mpi", "srun --exclusive"}}),
              c.fields);
}

TEST(Convert, SshCommand)
{
    const char *text =
        "<Servers><Server name=\"e\" resource=\"csrc://fe:11115\"><CommandStartup>"
        "<SSHCommand exec=\"srun\"><SSHConfig user=\"alice\" port=\"2222\"><Terminal/>"
        "<PortForwarding/></SSHConfig><Arguments><Argument value=\"-n4\"/>"
        "<Argument value=\"pvserver\"/><Argument value=\"-rc\"/></Arguments></SSHCommand>"
        "</CommandStartup></Server></Servers>";
    Converted c = from_text(text);
    EXPECT_EQ(PVHOP_CONVERTED, c.result) << c.why;
    EXPECT_EQ((Fields{{"host", "fe"},
                      {"user", "alice"},
                      {"port", "2222"},
                      {"scheduler", "slurm"},
                      {"processes", "4"},
                      {"mpi", "srun"}}),
              c.fields);
}

TEST(Convert, AProgramOfThisComputer)
{
    Converted c = from_text(entry({"/opt/launch.sh", "$DATA$", "$NP$", "$PW$"},
                                  text_option("DATA", "user@hostname", "me@fe") +
                                      number_option("NP", "Number of tasks", "8") +
                                      option("PW", "Password", "<Password/>")));
    EXPECT_EQ(PVHOP_CONVERTED_IN_PART, c.result) << c.why;
    EXPECT_EQ("me@fe", c.fields["host"]);
    EXPECT_EQ("8", c.fields["processes"]);
    EXPECT_TRUE(c.says(c.left, "/opt/launch.sh, on this computer"));
    EXPECT_EQ(std::string::npos, c.text.find("Password"));
    c = from_text(entry({"/opt/launch.sh", "4"}));
    EXPECT_EQ(PVHOP_NOT_CONVERTED, c.result);
    EXPECT_NE(std::string::npos, c.why.find("/opt/launch.sh"));
}

TEST(Convert, WhatCannotBeConverted)
{
    auto why = [](const std::string &text) { return from_text(text).why; };
    auto server = [](const std::string &resource, const std::string &inside) {
        return "<Servers><Server name=\"e\" resource=\"" + resource + "\">" + inside +
               "</Server></Servers>";
    };
    EXPECT_NE("", why(server("builtin:", "<ManualStartup/>")));
    EXPECT_NE("", why(server("cs://fe:11111", "<ManualStartup/>")));
    EXPECT_NE("", why(server("cdsrs://a//b", "<CommandStartup/>")));
    EXPECT_NE("", why(server("csrc://fe", "<CommandStartup/>")));
    EXPECT_NE("", why(server("csrc://fe", "")));
    EXPECT_NE("", why(entry({"pvserver", "-rc"})));
    EXPECT_NE("", why(entry({"ssh"})));
    EXPECT_NE("", why(entry({"ssh", "-t"})));
    EXPECT_NE("", why(entry({"ssh", "a b;c", "pvserver"})));
    EXPECT_NE("", why(entry({"ssh", "$A$"}, text_option("A", "a", "$A$"))));
}

TEST(Convert, EntriesOfPvhopAreCopied)
{
    pvhop_error err{};
    Pvsc f(pvhop_pvsc_new());
    Recipe r(pvhop_recipe_new());
    ASSERT_EQ(0, pvhop_recipe_set(r.get(), "host", "fe", &err));
    ASSERT_EQ(0, pvhop_recipe_set(r.get(), "route", "tunnel", &err));
    for (auto style : {PVHOP_STYLE_PVHOP, PVHOP_STYLE_OPENSSH}) {
        ASSERT_EQ(0, pvhop_pvsc_add(f.get(), "e", r.get(), style, nullptr, true, &err)) << err.why;
        Converted c = convert(f.get(), "e");
        EXPECT_EQ(PVHOP_CONVERTED_BEFORE, c.result);
        EXPECT_EQ("fe", c.fields["host"]);
    }
}

// Whatever the words are: no crash, no endless work, and an entry that reads back as a recipe.
TEST(Convert, OddWords)
{
    const std::vector<std::string> parts = {
        "ssh",   "-R",  "-o",       "=",  "@",      "a@b",  "--",    "sh",  "-c",
        "'",     "\"",  ";",        "&&", "|",      "$A$",  "$NOT$", "$$",  "srun",
        "-N",    "-n4", "pvserver", "",   "mpirun", "env",  "X=1",   "\\",  "-p",
        "99999", "fe",  "xterm",    "-e", "exec",   "\xc3", "a b",   "`id`"};
    unsigned seed = 1;
    for (int round = 0; round < 4000; round++) {
        std::vector<std::string> words = {round % 3 ? "ssh" : "xterm"};
        for (int n = 0; n < 1 + round % 12; n++) {
            seed = seed * 1103515245 + 12345;
            std::string part = parts[(seed >> 16) % parts.size()];
            if (part != "\xc3")
                words.push_back(part);
        }
        from_text(entry(words, text_option("A", "thing", "x y")));
    }
    std::vector<std::string> hops = {"ssh", "h"};
    for (int i = 0; i < 500; i++)
        hops.insert(hops.end(), {"ssh", "h"});
    EXPECT_NE(PVHOP_CONVERTED, from_text(entry(hops)).result);
}

// The documentation's examples become what it says.
TEST(Convert, Documentation)
{
    std::string options;
    for (const char *name : {"XTERM", "SSH", "USER", "HOST", "QUEUE"})
        options += text_option(name, name,
                               std::string(name) == "XTERM" ? "xterm"
                               : std::string(name) == "SSH" ? "/usr/bin/ssh"
                                                            : "some");
    options += number_option("NODES", "nodes", "2") + number_option("MINUTES", "minutes", "30");
    std::ifstream in(PVHOP_CONVERT_DOC);
    std::string line, block;
    bool inside = false;
    int examples = 0;
    while (std::getline(in, line)) {
        if (line == "```xml" || (inside && line == "```")) {
            inside = line == "```xml";
            if (inside)
                block.clear();
        } else if (inside) {
            block += line + "\n";
        } else if (line.rfind("becomes ", 0) == 0) {
            // Only the options that the example uses.
            std::string used;
            for (size_t at = 0, end; (end = options.find("</Option>", at)) != std::string::npos;
                 at = end + 9) {
                std::string one = options.substr(at, end + 9 - at), name = one.substr(14);
                if (block.find("$" + name.substr(0, name.find('"')) + "$") != std::string::npos)
                    used += one;
            }
            Converted c =
                from_text("<Servers><Server name=\"e\" resource=\"csrc://fe:11111\">"
                          "<CommandStartup><Options>" +
                          used + "</Options>" + block + "</CommandStartup></Server></Servers>");
            EXPECT_NE(PVHOP_NOT_CONVERTED, c.result) << c.why << block;
            Recipe r(pvhop_recipe_new());
            for (auto &f : c.fields)
                if (!c.asked.count(f.first))
                    pvhop_recipe_set(r.get(), f.first.c_str(), f.second.c_str(), nullptr);
            std::string says = "pvhop connect";
            char **args = pvhop_recipe_to_args(r.get());
            for (auto &a : strings(args)) {
                size_t equals = a.find('=');
                says += " " + (a.find(' ') == std::string::npos
                                   ? a
                                   : a.substr(0, equals + 1) + "'" + a.substr(equals + 1) + "'");
            }
            pvhop_args_free(args);
            if (line.find("`pvhop connect") != std::string::npos) {
                EXPECT_NE(std::string::npos, line.find("`" + says + "`")) << says << "\n" << line;
            }
            for (size_t at = line.find("`PVHOP_"); at != std::string::npos;
                 at = line.find("`PVHOP_", at + 1))
                EXPECT_NE(
                    std::string::npos,
                    c.text.find("\"" + line.substr(at + 1, line.find('`', at + 1) - at - 1) + "\""))
                    << line;
            examples++;
        }
    }
    EXPECT_EQ(5, examples);
}

namespace
{
std::string attribute(const std::string &tag, const std::string &name)
{
    const size_t at = tag.find(" " + name + "=\"");
    const size_t from = at + name.size() + 3;
    return at == std::string::npos ? "" : tag.substr(from, tag.find('"', from) - from);
}

bool has_any(const std::string &text, const std::vector<const char *> &parts)
{
    return std::any_of(parts.begin(), parts.end(),
                       [&](const char *part) { return text.find(part) != std::string::npos; });
}

std::string without_comments(std::string text)
{
    for (size_t at; (at = text.find("<!--")) != std::string::npos;)
        text.erase(at, text.find("-->", at) + 3 - at);
    return text;
}

enum Fate { FIELD, KEPT, NEEDLESS, LOST, FATES };

// What became of an option: its tag in the old entry, and the new entry.
Fate fate(const std::string &tag, const Converted &c)
{
    const std::string name = attribute(tag, "name"), label = attribute(tag, "label");
    std::string words = name + " " + label;
    std::transform(words.begin(), words.end(), words.begin(),
                   [](unsigned char ch) { return std::tolower(ch); });
    if (name != "PV_SERVER_PORT" && name != "PV_CONNECT_ID" &&
        c.text.find("<Option name=\"" + name + "\"") != std::string::npos)
        return KEPT;
    if (!label.empty() && c.text.find(" label=\"" + label + "\"") != std::string::npos)
        return FIELD;
    // Ports, the connect id, programs of this computer, and what tells a terminal how to look.
    if (has_any(words,
                {"port", "connect_id", "xterm", "ssh", "plink", "cmd.exe", "launcher", "script"}))
        return NEEDLESS;
    if (has_any(words, {"minute", "hour"}))
        return c.asked.count("walltime") ? FIELD : LOST;
    if (has_any(words, {"per node", "per_node", "pernode"}))
        return c.asked.count("processes") ? FIELD : LOST;
    return c.says(c.changed, "asked for as a whole") ? FIELD : LOST;
}

std::string shape_of(const std::string &text, const std::string &resource)
{
    if (text.find("<ManualStartup") != std::string::npos)
        return "no command";
    if (has_any(text, {"\"-R\"", "\"-R ", "$SSH_CMD$ -R"}) ||
        (text.find("<PortForwarding") != std::string::npos && resource.rfind("csrc", 0) == 0))
        return "ssh -R";
    if (text.find("<SSHCommand") != std::string::npos)
        return "SSHCommand";
    return has_any(text, {"ssh", "SSH"}) ? "ssh" : "a program";
}

// The rows of a table of the documentation, from the one that begins with `head`.
std::set<std::string> documented(const std::string &head)
{
    std::ifstream in(PVHOP_CONVERT_DOC);
    std::string line;
    std::set<std::string> rows;
    while (std::getline(in, line) && line.rfind(head, 0) != 0)
        ;
    while (std::getline(in, line) && line.rfind("|", 0) == 0)
        if (line.rfind("| --", 0) != 0)
            rows.insert(line);
    return rows;
}

void expect_documented(const std::string &head, const std::set<std::string> &rows)
{
    if (rows == documented(head))
        return;
    ADD_FAILURE() << "the table '" << head << "' in " << PVHOP_CONVERT_DOC << " is another";
    for (auto &row : rows)
        std::cout << row << "\n";
}

// Files of another corpus are none of the documentation's.
bool are_documented(const std::vector<std::string> &files, const std::set<std::string> &rows)
{
    return std::all_of(files.begin(), files.end(), [&](const std::string &file) {
        const std::string stem = std::filesystem::path(file).stem();
        return std::any_of(rows.begin(), rows.end(), [&](const std::string &row) {
            return row.find(" " + stem + " | ") != std::string::npos;
        });
    });
}
} // namespace

// The table over the corpus, entry by entry. All that have a tunnel back convert, with what they
// ask for.
TEST(Convert, Corpus)
{
    const std::string folder = corpus_folder(PVHOP_CORPUS_DEFAULT);
    const std::vector<std::string> files = pvsc_files(folder);
    if (files.empty())
        GTEST_SKIP() << "no corpus of .pvsc files at " << folder << "; name one with PVHOP_CORPUS";
    std::map<std::string, std::map<std::string, int>> shapes; // shape, result
    std::map<std::string, int> alike;                         // the rest of a row, entries
    for (auto &file : files) {
        const std::string name_of_file = std::filesystem::path(file).stem();
        pvhop_error err{};
        Pvsc f(pvhop_pvsc_read(file.c_str(), &err));
        ASSERT_NE(nullptr, f) << err.why;
        for (size_t n = 0; const char *name = pvhop_pvsc_name(f.get(), n); n++) {
            const std::string text = without_comments(
                                  take(pvhop_pvsc_print_entry(f.get(), name, &err))),
                              shape = shape_of(text, pvhop_pvsc_resource(f.get(), name));
            const Converted c = convert(f.get(), name);
            const std::string result = pvhop_conversion_name(c.result);
            shapes[shape][result]++;
            if (shape == "ssh -R") {
                EXPECT_NE("not", result) << file << ": " << c.why;
            }
            int options = 0, fates[FATES] = {};
            for (size_t at = text.find("<Option "); at != std::string::npos;
                 at = text.find("<Option ", at + 1), options++) {
                const std::string tag = text.substr(at, text.find('>', at) - at);
                const Fate became = c.result == PVHOP_NOT_CONVERTED ? NEEDLESS : fate(tag, c);
                EXPECT_NE(LOST, became) << file << ": " << tag;
                fates[became]++;
            }
            std::ostringstream row;
            row << name_of_file << " | " << shape << " | " << result << " | ";
            if (options && c.result != PVHOP_NOT_CONVERTED)
                row << fates[FIELD] << " | " << fates[KEPT] << " | " << fates[NEEDLESS] << " |";
            else
                row << "| | |";
            alike[row.str()]++;
        }
    }
    std::set<std::string> totals, rows;
    for (auto &shape : shapes) {
        std::ostringstream row;
        row << "| " << shape.first << " | " << shape.second["converted"] << " | "
            << shape.second["in-part"] << " | " << shape.second["not"] << " |";
        totals.insert(row.str());
    }
    for (auto &row : alike)
        rows.insert("| " + (row.second > 1 ? std::to_string(row.second) + " of " : "") + row.first);
    if (!are_documented(files, documented("| entry |")))
        return;
    expect_documented("| what the entry runs |", totals);
    expect_documented("| entry |", rows);
}
