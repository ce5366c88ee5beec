// SPDX-License-Identifier: BSD-3-Clause
#include "pvsc_fixture.hpp"
#include <set>
#include <string.h>

namespace
{
Recipe recipe()
{
    return Recipe(pvhop_recipe_new());
}

std::string sentence(const Recipe &r, pvhop_translate_fn translate = nullptr, void *user = nullptr)
{
    char *text = pvhop_recipe_sentence_in(r.get(), translate, user);
    std::string s = text ? text : "(null)";
    free(text);
    return s;
}

int from_args(const Recipe &r, std::vector<std::string> words, pvhop_error *err,
              pvhop_other_option_fn other = nullptr, void *user = nullptr)
{
    std::vector<char *> argv;
    for (std::string &w : words)
        argv.push_back(&w[0]);
    argv.push_back(nullptr);
    return pvhop_recipe_from_args(r.get(), (int)words.size(), argv.data(), other, user, err);
}

int from_env(const Recipe &r, std::vector<std::string> words, pvhop_error *err)
{
    std::vector<char *> env;
    for (std::string &w : words)
        env.push_back(&w[0]);
    env.push_back(nullptr);
    return pvhop_recipe_from_env(r.get(), env.data(), err);
}
} // namespace

TEST(Recipe, TableIsWhole)
{
    std::set<std::string> names;
    size_t n = 0;
    while (const pvhop_field *f = pvhop_field_row(n)) {
        EXPECT_TRUE(names.insert(f->name).second) << f->name;
        EXPECT_EQ(f, pvhop_field_find(f->name));
        ASSERT_NE(f->help, nullptr) << f->name;
        ASSERT_NE(f->title, nullptr) << f->name;
        ASSERT_NE(f->meta, nullptr) << f->name;
        EXPECT_NE(std::string(f->help).back(), '.') << f->name;
        EXPECT_NE(pvhop_group_title(f->group), nullptr);
        EXPECT_EQ(f->type == PVHOP_FIELD_CHOICE, f->choices != nullptr) << f->name;
        if (f->fallback) {
            pvhop_error err{};
            EXPECT_EQ(0, pvhop_recipe_set(recipe().get(), f->name, f->fallback, &err)) << err.why;
        }
        char env[PVHOP_FIELD_ENV];
        EXPECT_LT(strlen(pvhop_field_env(f, env)), sizeof(env) - 1);
        n++;
    }
    EXPECT_LE(n, 96u) << "FIELDS_MAX in recipe.c";
    EXPECT_EQ(nullptr, pvhop_field_find("no-such"));
    EXPECT_EQ(nullptr, pvhop_group_title((pvhop_field_group)99));
    char env[PVHOP_FIELD_ENV];
    EXPECT_STREQ("PVHOP_CLIENT_HOST", pvhop_field_env(pvhop_field_find("client-host"), env));
}

TEST(Recipe, DefaultsAndNumbers)
{
    Recipe r = recipe();
    pvhop_error err{};
    EXPECT_STREQ("auto", pvhop_recipe_get(r.get(), "route"));
    EXPECT_STREQ("none", pvhop_recipe_get(r.get(), "scheduler"));
    EXPECT_EQ(nullptr, pvhop_recipe_get(r.get(), "queue"));
    EXPECT_FALSE(pvhop_recipe_is_set(r.get(), "route"));
    EXPECT_EQ(15, pvhop_recipe_number(r.get(), "timeout", -1));
    EXPECT_EQ(-1, pvhop_recipe_number(r.get(), "timeout-queue", -1));
    EXPECT_EQ(11111, pvhop_recipe_number(r.get(), "client-port", 0));
    const std::pair<const char *, long> times[] = {
        {"01:00:00", 3600},    {"1-12:00:00", 129600}, {"90m", 5400}, {"2h30m", 9000},
        {"100:00:01", 360001}, {"1d", 86400},          {"45s", 45}};
    for (auto &t : times) {
        ASSERT_EQ(0, pvhop_recipe_set(r.get(), "walltime", t.first, &err)) << err.why;
        EXPECT_EQ(t.second, pvhop_recipe_number(r.get(), "walltime", -1)) << t.first;
    }
    for (const char *bad : {"60", "01:00", "1:60:00", "00:00:00", "1-24:00:00", "2h2h", "m", "-1h",
                            "1h ", "999999999999h"})
        EXPECT_EQ(-1, pvhop_recipe_set(r.get(), "walltime", bad, &err)) << bad;
    EXPECT_EQ(45, pvhop_recipe_number(r.get(), "walltime", -1))
        << "a refused value changes nothing";
    EXPECT_EQ(0, pvhop_recipe_set(r.get(), "walltime", nullptr, &err));
    EXPECT_FALSE(pvhop_recipe_is_set(r.get(), "walltime"));
    ASSERT_EQ(0, pvhop_recipe_set(r.get(), "timeout", "2m", &err));
    EXPECT_EQ(120, pvhop_recipe_number(r.get(), "timeout", -1));
    EXPECT_EQ(0, pvhop_recipe_set(r.get(), "timeout", "", &err)) << "empty unsets";
    EXPECT_EQ(15, pvhop_recipe_number(r.get(), "timeout", -1));
}

TEST(Recipe, NumbersHaveOneSpelling)
{
    Recipe r(pvhop_recipe_new());
    pvhop_error err{};
    ASSERT_EQ(0, pvhop_recipe_set(r.get(), "client-port", "05555", &err)) << err.why;
    EXPECT_STREQ("5555", pvhop_recipe_get(r.get(), "client-port"));
    ASSERT_EQ(0, pvhop_recipe_set(r.get(), "connect-id", "007", &err)) << err.why;
    EXPECT_STREQ("7", pvhop_recipe_get(r.get(), "connect-id"));
    const std::string zeros(40, '0');
    ASSERT_EQ(0, pvhop_recipe_set(r.get(), "port", (zeros + "22").c_str(), &err)) << err.why;
    EXPECT_STREQ("22", pvhop_recipe_get(r.get(), "port"));
}

TEST(Recipe, RefusesAndQuotes)
{
    const std::pair<const char *, const char *> bad[] = {{"host", "-oProxyCommand=id"},
                                                         {"host", "a b"},
                                                         {"host", "a;b"},
                                                         {"host", "@fe"},
                                                         {"host", "-x@fe"},
                                                         {"host", "$(id)"},
                                                         {"host", "fe:99999"},
                                                         {"jump", "a,"},
                                                         {"jump", "a, b"},
                                                         {"jump", "-W,x"},
                                                         {"user", "-l"},
                                                         {"user", "a b"},
                                                         {"user", "a'b"},
                                                         {"port", "65536"},
                                                         {"port", "-1"},
                                                         {"port", "ssh"},
                                                         {"route", "fast"},
                                                         {"route", "auto|direct"},
                                                         {"route", "aut"},
                                                         {"nodes", "0"},
                                                         {"nodes", "1x"},
                                                         {"nodes", "99999999999999999999"},
                                                         {"nodes", " 1"},
                                                         {"connect-id", "2147483648"},
                                                         {"queue", "a\nb"},
                                                         {"prelude", "a\nb"},
                                                         {"prelude", "a\033[2J"},
                                                         {"prelude", "\xff"},
                                                         {"prelude", "\xc0\x80"},
                                                         {"prelude", "\xed\xa0\x80"},
                                                         {"prelude", "\xc2\x85"},
                                                         {"prelude", "\xef\xbf\xbf"},
                                                         {"pvserver", "../pvserver"},
                                                         {"pvserver", "-c"},
                                                         {"identity", "keys/id"},
                                                         {"client-host", "alice@ws"},
                                                         {"client-host", "ws:1"},
                                                         {"timeout", "0"},
                                                         {"timeout", "2h"},
                                                         {"timeout", "soon"}};
    Recipe r = recipe();
    for (auto &b : bad) {
        pvhop_error err{};
        EXPECT_EQ(-1, pvhop_recipe_set(r.get(), b.first, b.second, &err))
            << b.first << " " << b.second;
        EXPECT_EQ(PVHOP_E_VALUE, err.code);
        EXPECT_EQ(0u, std::string(err.why).find(b.first)) << err.why;
        EXPECT_FALSE(pvhop_recipe_is_set(r.get(), b.first));
    }
    pvhop_error err{};
    EXPECT_EQ(-1, pvhop_recipe_set(r.get(), "nodes", "many", &err));
    EXPECT_STREQ("nodes 'many': must be from 1 to 1000000", err.why);
    EXPECT_EQ(-1, pvhop_recipe_set(r.get(), "route", "fast", &err));
    EXPECT_NE(nullptr, strstr(err.why, "auto, direct, tunnel,")) << err.why;
    EXPECT_EQ(-1, pvhop_recipe_set(r.get(), "prelude", std::string(5000, 'x').c_str(), &err));
    EXPECT_EQ(-1, pvhop_recipe_set(r.get(), "colour", "blue", &err));
    EXPECT_EQ(PVHOP_E_USAGE, err.code);
}

TEST(Recipe, Arguments)
{
    Recipe r = recipe();
    pvhop_error err{};
    std::vector<std::string> words = {"--user=alice", "fe.site.org", "--route",  "tunnel", "--mpi",
                                      "mpiexec -n 2", "--",          "pvpython", "--user"};
    EXPECT_EQ(7, from_args(r, words, &err)) << err.why;
    EXPECT_STREQ("fe.site.org", pvhop_recipe_get(r.get(), "host"));
    EXPECT_STREQ("alice", pvhop_recipe_get(r.get(), "user"));
    EXPECT_STREQ("mpiexec -n 2", pvhop_recipe_get(r.get(), "mpi"));
    EXPECT_EQ(-1, from_args(recipe(), {"fe", "fe2"}, &err));
    EXPECT_NE(nullptr, strstr(err.why, "'fe2'"));
    EXPECT_EQ(-1, from_args(recipe(), {"fe", "--user"}, &err));
    EXPECT_NE(nullptr, strstr(err.why, "--user NAME")) << err.why;
    EXPECT_EQ(-1, from_args(recipe(), {"fe", "--user", "--"}, &err));
    EXPECT_EQ(-1, from_args(recipe(), {"fe", "--rout=secret"}, &err));
    EXPECT_STREQ("there is no option '--rout'", err.why);
    EXPECT_NE(nullptr, strstr(err.remedy, "--route"));
    EXPECT_EQ(-1, from_args(recipe(), {"fe", "-x"}, &err));
    EXPECT_EQ(-1, from_args(recipe(), {"fe", "--" + std::string(500, 'y')}, &err));

    int seen = 0;
    auto other = [](void *user, int argc, char **argv, pvhop_error *e) {
        if (strcmp(argv[0], "--pair") == 0 && argc >= 2)
            return ++*(int *)user, 2;
        return strcmp(argv[0], "--bad") == 0 ? pvhop_error_set(e, PVHOP_E_USAGE, "bad") : 0;
    };
    EXPECT_EQ(3, from_args(recipe(), {"--pair", "x", "fe"}, &err, other, &seen));
    EXPECT_EQ(1, seen);
    EXPECT_EQ(-1, from_args(recipe(), {"--bad"}, &err, other, &seen));
    EXPECT_STREQ("bad", err.why);
}

TEST(Recipe, Precedence)
{
    Recipe r = recipe();
    pvhop_error err{};
    ASSERT_GT(from_args(r, {"fe", "--queue=viz"}, &err), 0);
    ASSERT_EQ(0, from_env(r,
                          {"PVHOP_QUEUE=batch", "PVHOP_ACCOUNT=abc",
                           "PVHOP_NODES=", "PV_SERVER_PORT=20222", "PVHOP_CONNECT_ID=7",
                           "PV_CONNECT_ID=8", "PV_VERSION_MAJOR=5", "PV_VERSION_MINOR=11",
                           "PV_VERSION_PATCH=0", "PVHOP_UNKNOWN=x", "PVHOP_", "=", ""},
                          &err))
        << err.why;
    EXPECT_STREQ("viz", pvhop_recipe_get(r.get(), "queue"));
    EXPECT_STREQ("abc", pvhop_recipe_get(r.get(), "account"));
    EXPECT_FALSE(pvhop_recipe_is_set(r.get(), "nodes"));
    EXPECT_EQ(20222, pvhop_recipe_number(r.get(), "client-port", 0));
    EXPECT_EQ(7, pvhop_recipe_number(r.get(), "connect-id", 0));
    EXPECT_STREQ("5.11.0", pvhop_recipe_get(r.get(), "client-version"));
    EXPECT_EQ(-1, from_env(recipe(), {"PVHOP_ROUTE=fast"}, &err));
    EXPECT_NE(nullptr, strstr(err.remedy, "PVHOP_ROUTE"));
    Recipe partial = recipe();
    ASSERT_EQ(0, from_env(partial, {"PV_VERSION_MAJOR=5"}, &err));
    EXPECT_FALSE(pvhop_recipe_is_set(partial.get(), "client-version"));
    EXPECT_EQ(0, pvhop_recipe_from_env(partial.get(), nullptr, &err));
    // An entry's values lie under those of the command line.
    Recipe entry = recipe();
    pvhop_recipe_set(entry.get(), "queue", "other", &err);
    pvhop_recipe_set(entry.get(), "nodes", "4", &err);
    ASSERT_EQ(0, pvhop_recipe_fill(r.get(), entry.get()));
    EXPECT_STREQ("viz", pvhop_recipe_get(r.get(), "queue"));
    EXPECT_STREQ("4", pvhop_recipe_get(r.get(), "nodes"));
}

TEST(Recipe, ArgumentsGoRound)
{
    std::mt19937 rng(20110);
    for (int round = 0; round < 500; round++) {
        Recipe r = recipe(), back = recipe();
        pvhop_error err{};
        for (size_t n = 0; const pvhop_field *f = pvhop_field_row(n); n++) {
            std::string value = random_value(f, rng);
            if (rng() % 2 == 0)
                continue;
            ASSERT_EQ(0, pvhop_recipe_set(r.get(), f->name, value.c_str(), &err)) << err.why;
        }
        char **args = pvhop_recipe_to_args(r.get());
        std::vector<std::string> words;
        for (char **p = args; *p; p++)
            words.push_back(*p);
        pvhop_args_free(args);
        ASSERT_EQ((int)words.size(), from_args(back, words, &err)) << err.why;
        EXPECT_TRUE(pvhop_recipe_equal(r.get(), back.get()));
        Recipe copy(pvhop_recipe_dup(r.get()));
        EXPECT_TRUE(pvhop_recipe_equal(r.get(), copy.get()));
    }
    pvhop_recipe_free(nullptr);
    pvhop_args_free(nullptr);
}

TEST(Recipe, Check)
{
    Recipe r = recipe();
    pvhop_error err{};
    EXPECT_EQ(-1, pvhop_recipe_check(r.get(), &err));
    EXPECT_EQ(PVHOP_E_USAGE, err.code);
    pvhop_recipe_set(r.get(), "host", "alice@fe", &err);
    EXPECT_EQ(0, pvhop_recipe_check(r.get(), &err));
    pvhop_recipe_set(r.get(), "user", "bob", &err);
    EXPECT_EQ(-1, pvhop_recipe_check(r.get(), &err));
    EXPECT_NE(nullptr, strstr(err.why, "bob"));
    pvhop_recipe_set(r.get(), "user", "alice", &err);
    EXPECT_EQ(0, pvhop_recipe_check(r.get(), &err));
    pvhop_recipe_set(r.get(), "processes", "4", &err);
    EXPECT_EQ(-1, pvhop_recipe_check(r.get(), &err));
    pvhop_recipe_set(r.get(), "mpi", "mpiexec -n 4", &err);
    EXPECT_EQ(0, pvhop_recipe_check(r.get(), &err));
}

TEST(Recipe, Sentence)
{
    Recipe r = recipe();
    pvhop_error err{};
    ASSERT_GT(from_args(r,
                        {"login.cluster.edu", "--user=alice", "--scheduler=slurm", "--nodes=1",
                         "--queue=viz", "--walltime=01:00:00", "--client-version=5.11.0"},
                        &err),
              0);
    EXPECT_EQ(
        "ParaView logs in to login.cluster.edu as alice, asks Slurm for 1 node in viz for 1 hour, "
        "starts pvserver 5.11.0 there and connects to it.",
        sentence(r));
    Recipe d = recipe();
    ASSERT_GT(from_args(d,
                        {"bob@fe", "--route=direct", "--jump=gate", "--mpi=mpiexec -n 2",
                         "--processes=2"},
                        &err),
              0);
    EXPECT_EQ("ParaView logs in to fe as bob by way of gate, starts pvserver in 2 processes with "
              "'mpiexec -n 2' "
              "there, and pvserver connects straight to this computer, not encrypted.",
              sentence(d));
    EXPECT_NE(std::string::npos, sentence(recipe()).find("a host"));
    // In other languages a part may come first, or have no place for the name.
    const auto german = [](void *, const char *words) {
        return strcmp(words, " as %s") == 0          ? " als %s"
               : strstr(words, "logs in") != nullptr ? "Bei %s meldet ParaView sich an,"
                                                     : ".";
    };
    EXPECT_EQ("Bei fe meldet ParaView sich an, als bob......", sentence(d, german));
}
