// SPDX-License-Identifier: BSD-3-Clause
// A route through a real sshd, and who may come by it.
#pragma once
#include "loop_fixture.hpp"
#include "loopback_port.hpp"
#include "paraview_peer.hpp"
#include "route.h"
#include "sshd.h"
#include <arpa/inet.h>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <pvhop/peer.h>
#include <string>
#include <sys/wait.h>
#include <vector>

using pvhop_test::PrivateSshd;

class Route : public LoopTest
{
  protected:
    static constexpr int32_t ID = 777;
    std::unique_ptr<PrivateSshd> sshd;
    pvhop_recipe *recipe = pvhop_recipe_new();
    pvhop_sshlink *link = nullptr;
    pvhop_control *control = nullptr;
    pvhop_listener *listener = nullptr;
    pvhop_route_site site{};
    const pvhop_route_kind *kind = nullptr;
    pvhop_route *route = nullptr;
    bool up = false, ready = false, open = false;
    pvhop_endpoint call{};
    pvhop_error failure{};
    pvhop_stream *arrived = nullptr;
    std::vector<std::string> logs;
    std::string helper = PVHOP_RELAY; // to be uploaded

    void login(const PrivateSshd::Options &options = {})
    {
        sshd = std::make_unique<PrivateSshd>(options);
        ASSERT_TRUE(sshd->ok()) << sshd->problem();
        std::string config = sshd->config();
        pvhop_sshlink_config c{};
        c.destination = sshd->host().c_str();
        c.config_file = config.c_str();
        static const pvhop_sshlink_events events = {
            nullptr, nullptr, nullptr, [](void *u) { static_cast<Route *>(u)->up = true; },
            [](void *u, const pvhop_error *e) { static_cast<Route *>(u)->failure = *e; }};
        link = pvhop_sshlink_new(loop, &c, &events, this, &err);
        ASSERT_NE(nullptr, link) << err.why;
        ASSERT_TRUE(until([&] { return up; })) << failure.why;
        static const pvhop_control_events control_events = {
            [](void *u) { static_cast<Route *>(u)->ready = true; },
            [](void *u, const pvhop_error *e) { static_cast<Route *>(u)->failure = *e; }};
        control = pvhop_control_new(loop, link, &control_events, this, &err);
        ASSERT_TRUE(until([&] { return ready; })) << failure.why;
    }
    void start(const char *name)
    {
        static const pvhop_listener_events listener_events = {
            [](void *u, const pvhop_arrival *a) { static_cast<Route *>(u)->arrived = a->stream; },
            [](void *u, const char *peer, const pvhop_error *why) {
                static_cast<Route *>(u)->logs.push_back(std::string(peer) + ": " + why->why);
            }};
        pvhop_route_events events{};
        events.ready = [](void *u, const char *hosts, uint16_t port, const char *) {
            snprintf(static_cast<Route *>(u)->call.host, sizeof(call.host), "%s",
                     hosts ? hosts : "");
            static_cast<Route *>(u)->call.port = port;
            static_cast<Route *>(u)->open = true;
        };
        events.arrived = [](void *u, const pvhop_arrival *a) {
            static_cast<Route *>(u)->arrived = a->stream;
        };
        events.failed = [](void *u, const pvhop_error *e) {
            static_cast<Route *>(u)->failure = *e;
        };
        events.log = [](void *u, const char *text) {
            static_cast<Route *>(u)->logs.push_back(text);
        };
        pvhop_listener_config config{};
        config.expect = paraview_511(ID);
        listener = pvhop_listener_new(loop, &config, &listener_events, this, &err);
        site.loop = loop;
        site.link = link;
        site.control = control;
        site.listener = listener;
        site.recipe = recipe;
        site.expect = config.expect;
        site.helper = helper.c_str();
        if (!pvhop_recipe_is_set(recipe, "helper")) { // nobody is there to be asked
            ASSERT_EQ(0, pvhop_recipe_set(recipe, "helper", "upload", &err));
        }
        kind = pvhop_route_find(name, &err);
        ASSERT_NE(nullptr, kind);
        route = kind->open(&site, &events, this, &err);
        ASSERT_NE(nullptr, route) << err.why;
        ASSERT_TRUE(until([&] { return open || failure.code; }));
    }
    void TearDown() override
    {
        pvhop_stream_free(arrived);
        if (route)
            kind->close(route);
        pvhop_listener_free(listener);
        pvhop_control_free(control);
        pvhop_sshlink_free(link);
        pvhop_recipe_free(recipe);
    }
    int dial() const
    {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(call.port);
        inet_pton(AF_INET, call.host, &in.sin_addr);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (sockaddr *)&in, sizeof(in)) != 0) {
            close(fd);
            return -1;
        }
        return fd;
    }
    // A process that says all that a genuine pvserver with the right id would, as `uid`.
    pid_t pretender(uid_t uid) const
    {
        pid_t pid = fork();
        if (pid != 0)
            return pid;
        if (uid != getuid() && setuid(uid) != 0)
            _exit(2);
        int fd = dial();
        std::string text = connector_transcript(ID);
        if (fd < 0 || send(fd, text.data(), text.size(), MSG_NOSIGNAL) < 0)
            _exit(3);
        char c;
        while (recv(fd, &c, 1, 0) > 0)
            ;
        _exit(0);
    }
    // Its exit status, once it has ended; -1 if it does not.
    int end_of(pid_t pid)
    {
        int status = -1;
        bool ended = false;
        until([&] { return ended = ended || waitpid(pid, &status, WNOHANG) == pid; });
        return ended ? status : -1;
    }
    std::string all_logs() const
    {
        std::string all;
        for (const std::string &line : logs)
            all += line + '\n';
        return all;
    }
    bool logged(const std::string &words) const
    {
        for (const std::string &line : logs)
            if (line.find(words) != std::string::npos)
                return true;
        return false;
    }
};

// Says what a pvserver that listens would, to everybody, one after the other, and then a word.
inline pid_t listening_pvserver(uint16_t *port)
{
    const int door = pvhop_test::listen_on_loopback(port);
    EXPECT_GE(door, 0) << strerror(errno);
    pid_t pid = fork();
    if (pid != 0) {
        close(door);
        return pid;
    }
    const std::string text = listener_transcript("hello");
    for (int fd; (fd = accept(door, nullptr, nullptr)) >= 0; close(fd)) {
        char c[256];
        if (send(fd, text.data(), text.size(), MSG_NOSIGNAL) > 0)
            while (recv(fd, c, sizeof(c), 0) > 0)
                ;
    }
    _exit(0);
}

class RelayRoute : public Route
{
  protected:
    pvhop_test::TempDir m_dir;
    const std::filesystem::path home = m_dir.path();

    void SetUp() override
    {
        // Of a hash of its own: pvhop also looks in the host's /tmp, where another test, or another
        // run of them, may have put one that it could not put elsewhere.
        helper = home / "pvhop-relay";
        std::filesystem::copy_file(PVHOP_RELAY, helper);
        std::ofstream(helper, std::ios::app) << home;
        Route::SetUp();
    }
    void TearDown() override
    {
        Route::TearDown();
        unsetenv("XDG_CACHE_HOME");
    }
    /// The line of sshd_config by which both of the user's folders are private ones of this test.
    std::string folders(const std::string &more = "") const
    {
        return "SetEnv XDG_CACHE_HOME=" + (home / "cache").string() +
               " XDG_RUNTIME_DIR=" + (home / "run").string() + more;
    }
    /// Logged in there; `more` goes to its environment.
    void login_with_folders(const std::string &more = "")
    {
        PrivateSshd::Options options;
        options.config = {folders(more)};
        login(options);
    }
    /// What makes a host say that it is of this architecture: for `more`.
    std::string said_machine(const std::string &machine) const
    {
        const std::filesystem::path bin = home / "bin";
        std::filesystem::create_directory(bin);
        std::ofstream(bin / "uname") << "#!/bin/sh\ncase $1 in -m) echo " << machine
                                     << " ;; *) exec /bin/uname \"$@\" ;; esac\n";
        std::filesystem::permissions(bin / "uname", std::filesystem::perms::owner_all);
        return " PATH=" + bin.string() + ":/usr/bin:/bin";
    }
    /// What is remembered of a host goes below `home`, too.
    void remember_at_home()
    {
        setenv("XDG_CACHE_HOME", (home / "here").c_str(), 1);
        ASSERT_EQ(0, pvhop_recipe_set(recipe, "host", "cluster", &err));
    }
    /// The uploaded files below a folder.
    size_t helpers(const char *folder) const
    {
        size_t count = 0;
        std::error_code none;
        for (const auto &file :
             std::filesystem::directory_iterator(home / folder / "pvhop", none)) {
            EXPECT_EQ(0u, file.path().filename().string().find("pvhop-relay-")) << file.path();
            EXPECT_EQ(std::filesystem::perms::owner_all, file.status().permissions());
            count++;
        }
        return count;
    }
    void let_the_genuine_one_in()
    {
        pid_t pid = pretender(getuid());
        EXPECT_TRUE(until([&] { return arrived != nullptr; }));
        pvhop_stream_free(arrived);
        arrived = nullptr;
        EXPECT_EQ(0, end_of(pid));
    }
    /// A pvserver that listens is called and proves itself; or only in the second place, where the
    /// first is closed.
    void reach_the_genuine_one(size_t places = 1)
    {
        pvhop_job_where where{};
        where.count = places;
        for (size_t i = 0; i < places; i++) {
            snprintf(where.at[i].host, sizeof(where.at[i].host), "127.0.0.1");
            where.at[i].port = 1;
        }
        pid_t pid = listening_pvserver(&where.at[places - 1].port);
        kind->reach(route, &where);
        EXPECT_TRUE(until([&] { return arrived != nullptr || failure.code; })) << failure.why;
        EXPECT_NE(nullptr, arrived) << failure.why;
        if (arrived && kind->settled)
            kind->settled(route);
        pvhop_stream_free(arrived);
        arrived = nullptr;
        kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
    }
    void close_route()
    {
        kind->close(route);
        route = nullptr;
        EXPECT_TRUE(until([&] { return pvhop_listening_uid(&call) == -1; }));
    }
    /// Of an open route 'relay-tunnel': the helper that was put there is found the next time.
    void serves_and_again_without_an_upload()
    {
        let_the_genuine_one_in();
        close_route();
        pvhop_listener_free(listener);
        logs.clear();
        open = false;
        start("relay-tunnel");
        ASSERT_TRUE(open) << failure.why;
        EXPECT_FALSE(logged("was put on"));
        EXPECT_EQ(1u, helpers("cache"));
        let_the_genuine_one_in();
    }
};

/// Answers each question in the way of a window: by the lines of events and answers.
class Person
{
    int events_[2] = {-1, -1}, answers_[2] = {-1, -1};
    pvhop_watch *watch_ = nullptr;
    std::string answer_, unread_;

  public:
    pvhop_events *events = nullptr;
    std::vector<std::string> questions;

    Person(pvhop_loop *loop, const std::string &answer) : answer_(answer)
    {
        EXPECT_EQ(0, pipe2(events_, O_CLOEXEC | O_NONBLOCK));
        EXPECT_EQ(0, pipe2(answers_, O_CLOEXEC | O_NONBLOCK));
        pvhop_events_config config{};
        config.events_fd = events_[1];
        config.answers_fd = answers_[0];
        config.human_fd = config.tty_fd = -1;
        pvhop_events_handlers handlers{};
        handlers.cancel = handlers.parent_gone = [](void *) {};
        events = pvhop_events_new(loop, &config, &handlers, this, nullptr);
        watch_ = pvhop_watch_new(
            loop, events_[0], [](void *u, unsigned) { static_cast<Person *>(u)->read_events(); },
            this, nullptr);
        pvhop_watch_set(watch_, PVHOP_READ);
    }
    ~Person()
    {
        pvhop_watch_free(watch_);
        pvhop_events_free(events);
        for (int fd : {events_[0], events_[1], answers_[0], answers_[1]})
            close(fd);
    }
    Person(const Person &) = delete;
    void operator=(const Person &) = delete;

  private:
    void read_events()
    {
        char text[8192];
        ssize_t n = read(events_[0], text, sizeof(text));
        unread_.append(text, n > 0 ? size_t(n) : 0);
        for (size_t end; (end = unread_.find('\n')) != std::string::npos;) {
            const std::string line = unread_.substr(0, end);
            unread_.erase(0, end + 1);
            if (line.find("\"event\":\"prompt\"") == std::string::npos)
                continue;
            const size_t at = line.find("\"id\":") + 5;
            const std::string reply = "{\"id\":" + line.substr(at, line.find(',', at) - at) +
                                      ",\"answer\":\"" + answer_ + "\"}\n";
            questions.push_back(line);
            EXPECT_EQ(ssize_t(reply.size()), write(answers_[1], reply.data(), reply.size()));
        }
    }
};

/// Where the helper may be put on the host only after a question.
class AskedRoute : public RelayRoute
{
  protected:
    std::unique_ptr<Person> person; // outlives the route, which withdraws its question
    bool no_upload = false;

    void ask(const char *answer) // nullptr: nobody is there
    {
        ASSERT_EQ(0, pvhop_recipe_set(recipe, "helper", "auto", &err));
        if (answer)
            person = std::make_unique<Person>(loop, answer);
        site.events = person ? person->events : nullptr;
        site.no_upload = &no_upload;
    }
    void login_and_ask(const char *answer)
    {
        remember_at_home();
        login_with_folders();
        ask(answer);
    }
};
