// SPDX-License-Identifier: BSD-3-Clause
#include "schema.hpp"
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <pvhop/check.h>
#include <pvhop/site.h>
#include <sstream>
#include <string.h>

namespace
{
struct Free {
    void operator()(pvhop_site *s) const
    {
        pvhop_site_free(s);
    }
    void operator()(pvhop_recipe *r) const
    {
        pvhop_recipe_free(r);
    }
};
using Site = std::unique_ptr<pvhop_site, Free>;
using Recipe = std::unique_ptr<pvhop_recipe, Free>;

Site parse(const std::string &text, pvhop_error *err, bool strict = true)
{
    return Site(pvhop_site_parse(text.data(), text.size(), "site.xml", strict, err));
}

// A site around machines, or around all that it holds.
std::string site(const std::string &inside)
{
    return "<site format=\"1\" name=\"S\" version=\"7\" contact=\"help@s\">\n" + inside +
           "\n</site>";
}

std::string machine(const std::string &inside)
{
    return "<machine name=\"M\">\n<front-end host=\"fe.s\"/>" + inside + "\n</machine>";
}

Recipe recipe(std::initializer_list<std::pair<const char *, const char *>> fields)
{
    Recipe r(pvhop_recipe_new());
    pvhop_error err{};
    for (auto &f : fields)
        EXPECT_EQ(0, pvhop_recipe_set(r.get(), f.first, f.second, &err)) << err.why;
    return r;
}

std::string get(const Recipe &r, const char *field)
{
    const char *value = pvhop_recipe_get(r.get(), field);
    return value ? value : "";
}

std::string read(const std::string &path)
{
    std::ifstream in(path);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
}

// The schema's verdict.
bool valid(const std::string &text)
{
    static Schema schema(PVHOP_PVSC_FOLDER "/site.rng");
    return schema.valid(text);
}
} // namespace

TEST(Site, TheExample)
{
    pvhop_error err{};
    Site s(pvhop_site_read(PVHOP_PVSC_FOLDER "/example/site.xml", true, &err));
    ASSERT_NE(nullptr, s) << err.why;
    EXPECT_STREQ("Example HPC", pvhop_site_about(s.get())->name);
    EXPECT_STREQ("2026.11", pvhop_site_about(s.get())->version);
    const pvhop_site_machine *falcon = pvhop_site_machine_row(s.get(), 0);
    ASSERT_NE(nullptr, falcon);
    ASSERT_EQ(2u, falcon->front_end_count);
    EXPECT_STREQ("10.20.0.12", falcon->front_ends[1].inside);
    ASSERT_EQ(2u, falcon->queue_count);
    EXPECT_EQ(8 * 3600, falcon->queues[0].max_walltime_s);
    EXPECT_EQ(4, falcon->queues[0].max_nodes);
    EXPECT_TRUE(falcon->queues[0].is_default);
    ASSERT_EQ(3u, falcon->entry_count);
    EXPECT_STREQ("account", falcon->entries[0].ask[2]);
    EXPECT_EQ(nullptr, falcon->entries[0].ask[3]);
    EXPECT_EQ(nullptr, pvhop_site_machine_row(s.get(), 3));
    Recipe r(pvhop_site_recipe(s.get(), falcon, &falcon->entries[0], false, nullptr, &err));
    ASSERT_NE(nullptr, r) << err.why;
    EXPECT_EQ("falcon.hpc.example.org", get(r, "host"));
    EXPECT_EQ("module load paraview/{version}", get(r, "prelude"));
    EXPECT_EQ("egl", get(r, "rendering"));
    EXPECT_EQ("4", get(r, "gpus"));
    EXPECT_EQ("2026.11", get(r, "site-version"));
    r.reset(pvhop_site_recipe(s.get(), falcon, &falcon->entries[0], false, "5.11", &err));
    EXPECT_EQ("module load legacy paraview/{version}", get(r, "prelude"));
    EXPECT_FALSE(pvhop_recipe_is_set(r.get(), "client-version"));
    r.reset(pvhop_site_recipe(s.get(), falcon, &falcon->entries[0], true, nullptr, &err));
    EXPECT_FALSE(pvhop_recipe_is_set(r.get(), "prelude"));
    EXPECT_EQ("1h", get(r, "walltime")) << "what is asked for is proposed all the same";
    const pvhop_site_machine *heron = pvhop_site_machine_row(s.get(), 2);
    r.reset(pvhop_site_recipe(s.get(), heron, &heron->entries[0], true, nullptr, &err));
    EXPECT_EQ("gate.hpc.example.org", get(r, "jump"));
}

// Argument over queue over machine over site over default, whatever the order in the file.
TEST(Site, TheNearestWins)
{
    pvhop_error err{};
    Site s = parse(site("<defaults nodes=\"1\" mpi=\"a\" prelude=\"site\" memory=\"1G\"/>" +
                        machine("<defaults mpi=\"b\" prelude=\"machine\"/>"
                                "<defaults versions=\"5.1 5.11\" mpi=\"c\"/>"
                                "<queue name=\"q\" default=\"yes\"><defaults prelude=\"queue\" "
                                "scheduler=\"slurm\"/></queue><queue name=\"other\"/>")),
                   &err);
    ASSERT_NE(nullptr, s) << err.why;
    const pvhop_site_machine *m = pvhop_site_machine_row(s.get(), 0);
    Recipe r = recipe({{"nodes", "9"}, {"client-version", "5.11.2"}});
    ASSERT_EQ(0, pvhop_site_fill(s.get(), m, true, r.get(), &err)) << err.why;
    EXPECT_EQ("9", get(r, "nodes"));
    EXPECT_EQ("queue", get(r, "prelude"));
    EXPECT_EQ("c", get(r, "mpi"));
    EXPECT_EQ("1G", get(r, "memory"));
    EXPECT_EQ("q", get(r, "queue"));
    r = recipe({{"queue", "other"}, {"client-version", "5.12.0"}});
    ASSERT_EQ(0, pvhop_site_fill(s.get(), m, true, r.get(), &err));
    EXPECT_EQ("machine", get(r, "prelude"));
    EXPECT_EQ("b", get(r, "mpi"));
    EXPECT_EQ("none", get(r, "scheduler"));
    r = recipe({{"scheduler", "none"}}); // on the front end, so no queue's values
    ASSERT_EQ(0, pvhop_site_fill(s.get(), m, true, r.get(), &err));
    EXPECT_EQ("", get(r, "queue"));
    EXPECT_EQ("machine", get(r, "prelude"));
    r = recipe({});
    ASSERT_EQ(0, pvhop_site_fill(s.get(), nullptr, true, r.get(), &err));
    EXPECT_EQ("site", get(r, "prelude"));
}

// A host cannot lower what the user's computer decides.
TEST(Site, AHostIsNotTrustedWithTheClient)
{
    pvhop_error err{};
    const std::string text =
        site("<defaults route=\"relay\" identity=\"/etc/passwd\" known-hosts=\"/dev/null\" "
             "jump=\"evil\" client-bind=\"0.0.0.0\" site-file=\"x\" mpi=\"ok\"/>" +
             machine(""));
    EXPECT_EQ(nullptr, parse(text, &err));
    Site s = parse(text, &err, false);
    ASSERT_NE(nullptr, s) << err.why;
    Recipe r = recipe({{"host", "fe"}}), before = recipe({{"host", "fe"}, {"mpi", "ok"}});
    ASSERT_EQ(0, pvhop_site_fill(s.get(), pvhop_site_machine_row(s.get(), 0), true, r.get(), &err));
    EXPECT_TRUE(pvhop_recipe_equal(before.get(), r.get()));
    ASSERT_EQ(0, pvhop_site_fill(s.get(), nullptr, false, r.get(), &err));
    EXPECT_EQ("relay", get(r, "route")) << "in a file that the administrator gave it is meant";
}

TEST(Site, Policy)
{
    pvhop_error err{};
    Site s = parse(site("<policy route=\"stdio, tunnel\" helper=\"never\"/>" +
                        machine("<policy route=\"tunnel\"/>")),
                   &err);
    ASSERT_NE(nullptr, s) << err.why;
    const pvhop_site_machine *m = pvhop_site_machine_row(s.get(), 0);
    EXPECT_TRUE(pvhop_site_allows(s.get(), nullptr, "route", "stdio"));
    EXPECT_FALSE(pvhop_site_allows(s.get(), nullptr, "route", "std"));
    EXPECT_FALSE(pvhop_site_allows(s.get(), m, "route", "stdio"));
    EXPECT_TRUE(pvhop_site_allows(s.get(), m, "rendering", "egl"));
    Recipe r = recipe({});
    ASSERT_EQ(0, pvhop_site_enforce(s.get(), m, r.get(), &err)) << err.why;
    EXPECT_EQ("never", get(r, "helper"));
    EXPECT_EQ("auto", get(r, "route"));
    r = recipe({{"route", "relay"}});
    EXPECT_EQ(-1, pvhop_site_enforce(s.get(), m, r.get(), &err));
    EXPECT_EQ(PVHOP_E_SITE_POLICY, err.code);
    EXPECT_STREQ("route 'relay' is not among those of S: tunnel", err.why);
    EXPECT_NE(nullptr, strstr(err.remedy, "help@s"));
}

TEST(Site, Bundles)
{
    pvhop_error err{};
    auto bundle = [&](const Site &s, bool thin, const char *version) {
        pvhop_pvsc *f = pvhop_site_bundle(s.get(), thin, version, &err);
        char *text = f ? pvhop_pvsc_print(f) : strdup("");
        std::string all = text;
        free(text);
        pvhop_pvsc_free(f);
        return all;
    };
    auto has = [](const std::string &text, const char *part) {
        return text.find(part) != std::string::npos;
    };
    Site s(pvhop_site_read(PVHOP_PVSC_FOLDER "/example/site.xml", true, &err));
    ASSERT_NE(nullptr, s) << err.why;
    char **versions = pvhop_site_versions(s.get());
    ASSERT_NE(nullptr, versions);
    ASSERT_STREQ("5.11", versions[0]);
    EXPECT_EQ(nullptr, versions[1]);
    pvhop_args_free(versions);
    std::string whole = bundle(s, false, nullptr), old = bundle(s, false, "5.11"),
                thin = bundle(s, true, nullptr);
    ASSERT_NE("", whole) << err.why;
    EXPECT_TRUE(has(whole, "module load paraview/{version}"));
    EXPECT_TRUE(has(whole, "--site-version=2026.11"));
    EXPECT_TRUE(has(old, "module load legacy paraview/{version}"));
    ASSERT_NE("", thin) << err.why;
    EXPECT_FALSE(has(thin.substr(0, thin.find("Heron: without")), "module load"));
    EXPECT_TRUE(has(thin.substr(thin.find("Heron: without")), "module load"));
    EXPECT_TRUE(has(thin, "--scheduler=slurm"));

    // What a queue does not give, no entry may propose.
    for (const char *queue : {"max-walltime=\"30m\"", "max-nodes=\"1\""}) {
        s = parse(site(machine("<queue name=\"q\" " + std::string(queue) +
                               "><defaults scheduler=\"slurm\" walltime=\"1h\" nodes=\"2\"/>"
                               "</queue><entry name=\"E\" queue=\"q\"/>")),
                  &err);
        ASSERT_NE(nullptr, s) << err.why;
        EXPECT_EQ("", bundle(s, false, nullptr));
        EXPECT_EQ(PVHOP_E_SITE, err.code);
        EXPECT_NE(nullptr, strstr(err.why, "queue 'q' gives")) << err.why;
    }
    EXPECT_EQ("", bundle(parse(site(machine("")), &err), false, nullptr));
}

TEST(Site, WhichMachine)
{
    pvhop_error err{};
    Site s = parse(site("<machine name=\"A\"><front-end host=\"u@a1.s.org:2222\"/>"
                        "<front-end host=\"[fd00::1]:22\"/></machine>"
                        "<machine name=\"B\"><front-end host=\"b\"/></machine>"),
                   &err);
    ASSERT_NE(nullptr, s) << err.why;
    auto name = [&](const char *given, const char *itself) -> std::string {
        const pvhop_site_machine *m = pvhop_site_find(s.get(), given, itself);
        return m ? m->name : "";
    };
    EXPECT_EQ("A", name("A1.s.org", nullptr));
    EXPECT_EQ("A", name("someone@a1.s.org:22", "b"));
    EXPECT_EQ("A", name("fd00::1", nullptr));
    EXPECT_EQ("A", name("alias", "a1"));
    EXPECT_EQ("B", name("alias", "b.s.org"));
    EXPECT_EQ("", name("a1", nullptr)) << "an alias may be anything";
    EXPECT_EQ("", name("alias", "a1.elsewhere.org"));
    EXPECT_EQ("", name(nullptr, nullptr));
    s = parse(site(machine("")), &err);
    EXPECT_EQ("M", name("alias", "x"));
}

TEST(Site, Versions)
{
    pvhop_error err{};
    auto newer = [&](const char *its, const char *entry) {
        Site s =
            parse("<site format=\"1\" name=\"S\" version=\"" + std::string(its) + "\"/>", &err);
        return s && pvhop_site_is_newer(s.get(), entry);
    };
    EXPECT_TRUE(newer("10", "9"));
    EXPECT_TRUE(newer("2026.11", "2026.9"));
    EXPECT_FALSE(newer("2026.11", "2026.11"));
    EXPECT_FALSE(newer("3", "4"));
}

namespace
{
// What the reader refuses, with the beginning of what it says.
const std::pair<const char *, const char *> broken[] = {
    {"<sites/>", "site.xml:1:1: the outermost element is <sites>"},
    {"<site name=\"S\"/>", "site.xml:1:1: <site> needs an attribute 'format'"},
    {"<site format=\"2\" name=\"S\"/>", "site.xml:1:1: format=\"2\": this pvhop knows format 1"},
    {"<site format=\"1\" name=\"\"/>", "site.xml:1:1: name=\"\": is empty"},
    {"<site format=\"1\" name=\"S\" help=\"ftp://x\"/>", "site.xml:1:1: help=\"ftp://x\""},
    {"<site format=\"1\" name=\"S\">\n <machine name=\"M\"/></site>",
     "site.xml:2:2: <machine> needs a <front-end>"},
    {"<site format=\"1\" name=\"S\"><machine name=\"M\"><front-end/></machine></site>",
     "site.xml:1:45: <front-end> needs an attribute 'host'"},
    {"<site format=\"1\" name=\"S\"><machine name=\"M\"><front-end host=\"a b\"/></machine></site>",
     "site.xml:1:45: host=\"a b\""},
    {"<site format=\"1\" name=\"S\"><defaults nodes=\"many\"/></site>",
     "site.xml:1:27: nodes 'many'"},
    {"<site format=\"1\" name=\"S\"><policy route=\"tunnel teleport\"/></site>",
     "site.xml:1:27: route 'teleport'"},
    {"<site format=\"1\" name=\"S\"><machine name=\"M\"><front-end host=\"a\"/><entry name=\"e\" "
     "queue=\"q\"/></machine></site>",
     "site.xml:1:66: the machine has no <queue name=\"q\">"},
    {"<site format=\"1\" name=\"S\"><machine name=\"M\"><front-end host=\"a\"/><entry name=\"e\" "
     "host=\"b\"/></machine></site>",
     "site.xml:1:66: the machine has no <front-end host=\"b\">"},
    {"<site format=\"1\" name=\"S\"><machine name=\"M\"><front-end host=\"a\"/><entry name=\"e\" "
     "ask=\"colour\"/></machine></site>",
     "site.xml:1:66: ask=\"colour\""},
    {"<site format=\"1\" name=\"S\"><machine name=\"M\"><front-end host=\"a\"/><queue name=\"q\"/>"
     "<queue name=\"q\"/></machine></site>",
     "site.xml:1:83: there is a <queue name=\"q\"> already"},
};
// What only the strict reader refuses: a newer pvhop may know it.
const std::pair<const char *, const char *> unknown[] = {
    {"<site format=\"1\" name=\"S\" colour=\"red\"/>", "<site> has no attribute 'colour'"},
    {"<site format=\"1\" name=\"S\"><news/></site>", "<news> is not known"},
    {"<site format=\"1\" name=\"S\"><queue name=\"q\"/></site>", "<queue> is not known, or not in"},
    {"<site format=\"1\" name=\"S\"><defaults jump=\"x\"/></site>",
     "<defaults> has no attribute 'jump'"},
    {"<site format=\"1\" name=\"S\"><policy prelude=\"x\"/></site>",
     "<policy> has no attribute 'prelude'"},
};
} // namespace

TEST(Site, RefusesWithThePlace)
{
    pvhop_error err{};
    for (auto &b : broken)
        for (bool strict : {true, false}) {
            EXPECT_EQ(nullptr, parse(b.first, &err, strict)) << b.first;
            EXPECT_EQ(PVHOP_E_SITE, err.code);
            EXPECT_EQ(0u, std::string(err.why).find(b.second)) << err.why << "\n" << b.second;
        }
    for (auto &u : unknown) {
        EXPECT_EQ(nullptr, parse(u.first, &err)) << u.first;
        EXPECT_NE(nullptr, strstr(err.why, u.second)) << err.why;
        EXPECT_NE(nullptr, parse(u.first, &err, false)) << err.why;
    }
    EXPECT_EQ(nullptr, parse(std::string(PVHOP_SITE_MAX + 1, ' '), &err));
    EXPECT_EQ(nullptr,
              parse("<!DOCTYPE site [<!ENTITY a \"aaaa\">]><site format=\"1\" name=\"&a;\"/>", &err,
                    false));
    EXPECT_EQ(nullptr, pvhop_site_read("/nonexistent/site.xml", true, &err));
    EXPECT_NE(nullptr, strstr(err.why, "/nonexistent/site.xml"));
}

// Cut off at every byte: an error, never a half of it.
TEST(Site, TruncatedAtEveryByte)
{
    const std::string text = read(PVHOP_PVSC_FOLDER "/example/site.xml");
    ASSERT_GT(text.size(), 1000u);
    pvhop_error err{};
    for (size_t n = 0; n < text.rfind("</site>"); n++)
        ASSERT_EQ(nullptr, parse(text.substr(0, n), &err, false)) << n;
}

// What administrators begin with: right for the reader, the schema and the bundle.
TEST(Site, Templates)
{
    size_t seen = 0;
    for (auto &file : std::filesystem::directory_iterator(PVHOP_PVSC_FOLDER "/templates")) {
        pvhop_error err{};
        Site s(pvhop_site_read(file.path().c_str(), true, &err));
        ASSERT_NE(nullptr, s) << err.why;
        EXPECT_TRUE(valid(read(file.path()))) << file.path();
        for (bool thin : {false, true}) {
            pvhop_pvsc *f = pvhop_site_bundle(s.get(), thin, nullptr, &err);
            EXPECT_NE(nullptr, f) << err.why;
            if (f)
                pvhop_pvsc_check(
                    f,
                    [](void *, const pvhop_finding *found) {
                        EXPECT_EQ(PVHOP_NOTE, found->rule->severity)
                            << found->entry << ": " << found->text;
                    },
                    nullptr);
            pvhop_pvsc_free(f);
        }
        seen++;
    }
    EXPECT_EQ(7u, seen);
}

// Editors read the schema, pvhop its own table: they must say the same.
TEST(Site, SchemaAndReaderAgree)
{
    ASSERT_TRUE(valid(read(PVHOP_PVSC_FOLDER "/example/site.xml")));
    for (auto &u : unknown)
        EXPECT_FALSE(valid(u.first)) << u.first;
    for (auto &b : broken)
        if (!strstr(b.second, "already") && !strstr(b.second, "has no <") &&
            !strstr(b.second, "=\"a b\"") && !strstr(b.second, "colour")) {
            EXPECT_FALSE(valid(b.first)) << b.first;
        }
    // Each field, where the reader takes it.
    pvhop_error err{};
    for (size_t n = 0; const pvhop_field *f = pvhop_field_row(n); n++)
        for (const char *element : {"defaults", "policy"}) {
            std::string value = f->fallback ? f->fallback : "1";
            if (f->type == PVHOP_FIELD_WALLTIME)
                value = "1h";
            const std::string text = "<site format=\"1\" name=\"S\"><" + std::string(element) +
                                     " " + f->name + "=\"" + value + "\"/></site>";
            EXPECT_EQ(parse(text, &err) != nullptr, valid(text)) << text << err.why;
        }
}
