// SPDX-License-Identifier: BSD-3-Clause
// Entries that run a script of the site: what is asked for it finds its field.
#include "convert_fixture.hpp"

TEST(Convert, SiteScriptKeepsWhatIsAsked)
{
    std::string options =
        text_option("RUSER", "user name", "") + number_option("PV_SERVER_PORT", "port", "11111") +
        number_option("NN", "number of nodes", "4") +
        number_option("PPN", "processes per node", "3") +
        number_option("MINS", "Minutes to reserve", "20") +
        text_option("ACC", "account", "default") +
        option("Q", "queue",
               "<Enumeration default=\"b\"><Entry value=\"a\" label=\"A\"/><Entry value=\"b\" "
               "label=\"B\"/></Enumeration>") +
        text_option("MEM", "Memory per node", "64GB") + text_option("RES", "reservation", "none") +
        text_option("VERSION", "ParaView version", "5.11.0") +
        text_option("JOBNAME", "Name of the job", "pv") +
        text_option("FS", "Colour", "home:scratch") +
        option("TERMX", "/path/to/xterm", "<File default=\"/usr/bin/xterm\"/>");
    Converted c = from_text(entry({"$TERMX$",
                                   "-T",
                                   "PV $RUSER$@fe",
                                   "-e",
                                   "ssh",
                                   "-t",
                                   "-R",
                                   "$PV_SERVER_PORT$:localhost:$PV_SERVER_PORT$",
                                   "$RUSER$@fe",
                                   "/site/start.sh",
                                   "$NN$",
                                   "$PPN$",
                                   "$MINS$",
                                   "$ACC$",
                                   "$Q$",
                                   "$MEM$",
                                   "$RES$",
                                   "$VERSION$",
                                   "$JOBNAME$",
                                   "$FS$",
                                   "$PV_SERVER_PORT$",
                                   "hybrid"},
                                  options));
    EXPECT_EQ(PVHOP_CONVERTED_IN_PART, c.result) << c.why;
    EXPECT_EQ((Fields{{"host", "fe"},
                      {"scheduler", "auto"},
                      {"nodes", "4"},
                      {"processes", "12"},
                      {"walltime", "20m"},
                      {"queue", "b"},
                      {"memory", "64GB"},
                      {"client-version", "5.11.0"},
                      {"job-name", "pv"}}),
              c.fields);
    for (const char *field : {"user", "nodes", "processes", "walltime", "account", "queue",
                              "memory", "reservation", "client-version", "job-name"})
        EXPECT_EQ(1u, c.asked.count(field)) << field;
    EXPECT_TRUE(c.says(c.left, "'/site/start.sh'"));
    EXPECT_TRUE(c.says(c.left, "hybrid")) << "what the script was given is not told";
    EXPECT_TRUE(c.says(c.left, "$FS$"));
    EXPECT_NE(std::string::npos, c.text.find("name=\"FS\"")) << "the option was lost";
    EXPECT_NE(std::string::npos, c.text.find("<Entry value=\"a\" label=\"A\"/>"));
    EXPECT_NE(std::string::npos, c.text.find("max=\"512\"")) << "the bounds were lost";
    EXPECT_EQ(std::string::npos, c.text.find("TERMX")) << "no terminal is needed any more";
}

TEST(Convert, SrunBeforeTheScriptOfASite)
{
    Converted c = from_text(
        entry({"ssh", "-R", "1:localhost:1", "fe", "srun", "-N $NN$", "--ntasks-per-node $PPN$",
               "--wckey=$KEY$", "--cpus-per-task", "4", "--exclusive", "-p", "viz",
               "--mail-type=END", "viz-launch", "--nodes=keep", "--scenario=pv"},
              number_option("NN", "Nodes", "2") + number_option("PPN", "Noyaux par noeud", "3") +
                  text_option("KEY", "Accounting project", "lab:key")));
    EXPECT_EQ(PVHOP_CONVERTED_IN_PART, c.result) << c.why;
    EXPECT_EQ((Fields{{"host", "fe"},
                      {"scheduler", "slurm"},
                      {"nodes", "2"},
                      {"processes", "6"},
                      {"queue", "viz"},
                      {"mpi", "srun --wckey=lab:key --cpus-per-task 4 --exclusive "
                              "--mail-type=END"}}),
              c.fields);
    EXPECT_EQ(1u, c.left.size());
    EXPECT_TRUE(c.says(c.left, "'viz-launch'"));
    EXPECT_TRUE(c.says(c.left, "'--nodes=keep --scenario=pv'")) << "those are the script's own";
    EXPECT_EQ((std::set<std::string>{"nodes", "processes", "mpi"}), c.asked);
    c = from_text(entry({"ssh", "fe", "srun", "-N2", "--ntasks-per-node=4", "pvserver", "-rc"}));
    EXPECT_EQ("8", c.fields["processes"]);
    EXPECT_TRUE(c.asked.empty()) << "both numbers are known";
}

TEST(Convert, WhatComesBeforeAScript)
{
    Converted c = from_text(entry({"ssh", "fe", "module load viz; cd /work &&", "LANG=C", "env -i",
                                   "bash --login", "/site/start.sh 4;", "sleep 9"}));
    EXPECT_EQ(PVHOP_CONVERTED_IN_PART, c.result) << c.why;
    EXPECT_EQ("module load viz; cd /work; export LANG=C", c.fields["prelude"]);
    EXPECT_TRUE(c.says(c.left, "'/site/start.sh'"));
    EXPECT_TRUE(c.says(c.left, "was given '4'"));
    EXPECT_TRUE(c.says(c.left, "'sleep 9', is not run"));
    c = from_text(entry({"ssh", "fe", "sh", "/site/start.sh"}));
    EXPECT_TRUE(c.says(c.left, "'/site/start.sh'"));
    c = from_text(entry({"ssh", "fe", "module", "load", "pv"}));
    EXPECT_TRUE(c.says(c.left, "'module'")) << "nothing else is there";
}

// Nothing is lost without a word: what is left over is told with its line, and so are more options
// than an entry has room for.
TEST(Convert, WhatIsLeftOverHasItsLine)
{
    std::string options;
    for (int i = 0; i < 70; i++)
        options += "\n" + text_option("X" + std::to_string(i), "Colour " + std::to_string(i), "c");
    Converted c = from_text(entry({"ssh", "fe", "/site/start.sh"}, options));
    EXPECT_TRUE(c.says(c.left, "'Colour 2' of line 4 is asked for still"));
    EXPECT_TRUE(c.says(c.left, "'Colour 69' of line 71 is one option too many"));
    EXPECT_NE(std::string::npos, c.text.find("name=\"X63\""));
    EXPECT_EQ(std::string::npos, c.text.find("name=\"X64\""));
}

// Words mislead; what can be entered does not.
TEST(Convert, YesAndNoAreNoField)
{
    const std::string yes_no = "<Enumeration default=\"true\"><Entry value=\"false\" label=\"No\"/>"
                               "<Entry value=\"true\" label=\"Yes\"/></Enumeration>";
    Converted c = from_text(
        entry({"ssh", "fe", "/site/start.sh", "$EX$", "$ALLOC$", "$HEADLESS$", "$DEV$"},
              option("EX", "Exclusive node allocation?", yes_no) +
                  option("DEV", "A project of ours", "<Boolean default=\"true\"/>") +
                  option("HEADLESS", "Headless",
                         "<Enumeration default=\"none\"><Entry value=\"none\" label=\"None\"/>"
                         "<Entry value=\"cuda\" label=\"CUDA\"/></Enumeration>") +
                  text_option("ALLOC", "Project to charge", "lab7")));
    EXPECT_EQ("lab7", c.fields["account"]);
    EXPECT_EQ(std::set<std::string>{"account"}, c.asked);
    for (const char *kept : {"name=\"EX\"", "name=\"DEV\"", "name=\"HEADLESS\"", "\"cuda\""})
        EXPECT_NE(std::string::npos, c.text.find(kept)) << kept << " was lost";
}

TEST(Convert, ChoicesThatDoNotFitAreTold)
{
    Converted c = from_text(
        entry({"ssh", "fe", "/site/start.sh", "$RES$"},
              option("RES", "Reservation",
                     "<Enumeration default=\"none\"><Entry value=\"none\" label=\"None\"/>"
                     "<Entry value=\"course\" label=\"Course\"/></Enumeration>")));
    EXPECT_EQ(1u, c.asked.count("reservation"));
    EXPECT_TRUE(c.says(c.changed, "Reservation is typed in"));
}

TEST(Convert, HoursAndMinutesAreOneTime)
{
    const std::string hours = number_option("H", "Hours to reserve", "2"),
                      minutes = number_option("M", "and minutes", "15");
    auto time = [](const std::string &options) {
        return from_text(entry({"ssh", "fe", "/site/start.sh", "$H$", "$M$"}, options));
    };
    EXPECT_EQ("135m", time(hours + minutes).fields["walltime"]);
    EXPECT_EQ("135m", time(minutes + hours).fields["walltime"]);
    EXPECT_EQ("2h", time(hours).fields["walltime"]);
    EXPECT_TRUE(time(hours + minutes).says(time(hours + minutes).changed, "as one time"));
    EXPECT_FALSE(time(hours + minutes).says(time(hours + minutes).left, "minutes"));
}

TEST(Convert, TheBatchSystemThatLabelsName)
{
    auto system = [](const std::string &options) {
        return from_text(entry({"ssh", "fe", "/site/start.sh", "$A$", "$B$"}, options))
            .fields["scheduler"];
    };
    EXPECT_EQ("pbs", system(text_option("A", "Queue, PBS -q", "viz")));
    EXPECT_EQ("slurm", system(text_option("SLURM_PARTITION", "Partition", "viz")));
    EXPECT_EQ("slurm",
              system(text_option("A", "--partition", "viz") + number_option("B", "--nodes", "2")));
    EXPECT_EQ("auto", system(text_option("A", "--partition", "viz"))) << "one may be anything";
    EXPECT_EQ("auto", system(text_option("A", "Queue (PBS) or partition (Slurm)", "viz")));
}

TEST(Convert, ThePathOfPvserverAndAHereDocument)
{
    Converted c = from_text(entry({"ssh", "\\$WHO$@fe", "/site/start.sh", "$WHERE$"},
                                  text_option("WHO", "Your name", "me") +
                                      text_option("WHERE", "Where it is", "/opt/pv/bin/pvserver")));
    EXPECT_EQ("me", c.fields["user"]);
    EXPECT_NE(std::string::npos, c.text.find("label=\"Your name\""));
    EXPECT_EQ("/opt/pv/bin/pvserver", c.fields["pvserver"]);
    EXPECT_EQ(1u, c.asked.count("pvserver"));
    c = from_text(entry(std::vector<std::string>{"ssh", "SITE\\$WHO$@fe"} + reverse,
                        text_option("WHO", "Your name", "me")));
    EXPECT_EQ("SITE\\me", c.fields["user"]) << "a domain, not a here-document";
}

TEST(Convert, AHostThatIsAskedForIsAskedForStill)
{
    Converted c = from_text(entry(std::vector<std::string>{"ssh", "$WHO$@$MACHINE$"} + reverse,
                                  text_option("WHO", "Login", "me") +
                                      text_option("MACHINE", "Remote machine", "fe.site.org")));
    EXPECT_EQ(PVHOP_CONVERTED, c.result) << c.why;
    EXPECT_EQ("fe.site.org", c.fields["host"]);
    EXPECT_EQ(1u, c.asked.count("host"));
    EXPECT_EQ(1u, c.asked.count("user"));
    EXPECT_NE(std::string::npos, c.text.find("PVHOP_HOST"));
    c = from_text(entry(std::vector<std::string>{"ssh", "$MACHINE$"} + reverse,
                        text_option("MACHINE", "Remote machine", "")));
    EXPECT_EQ("HOST", c.fields["host"]);
    EXPECT_TRUE(c.says(c.changed, "HOST"));
}
