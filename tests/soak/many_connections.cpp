// SPDX-License-Identifier: BSD-3-Clause
// Whole connections, one after the other in one process: login, tunnel, pvserver, a client, bytes
// both ways, the end. many_connections COUNT [RECIPE'S ARGUMENTS]; leaks.py has it watched.
//
// Prints a line for every tenth of them: how many there were, bytes that are allocated, open
// descriptors, threads. Something that grows with the count is a leak, even if it could be freed.
#include "paraview_peer.hpp"
#include <algorithm>
#include <arpa/inet.h>
#include <filesystem>
#include <iterator>
#include <malloc.h>
#include <pvhop/connect.h>
#include <pvhop/recipe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace
{
struct Run {
    pvhop_loop *loop = nullptr;
    std::thread client;
    bool echoed = false;
    pvhop_error end{};
};

// What a ParaView client would do: shake hands, say something, hear it again, leave.
void play_client(uint16_t port, bool *echoed)
{
    const std::string word = "the session's bytes";
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string said = connector_transcript(0) + word, heard;
    char bytes[4096];
    ssize_t n;

    if (connect(fd, reinterpret_cast<sockaddr *>(&in), sizeof(in)) == 0 &&
        send(fd, said.data(), said.size(), MSG_NOSIGNAL) == ssize_t(said.size()))
        while (!*echoed && (n = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
            heard.append(bytes, size_t(n));
            *echoed = heard.find(word) != std::string::npos;
        }
    close(fd);
}

void on_ready(void *user, const char *url)
{
    auto *run = static_cast<Run *>(user);
    const char *colon = strrchr(url, ':');
    auto port = uint16_t(colon ? atoi(colon + 1) : 0);

    run->client = std::thread(play_client, port, &run->echoed);
}

void on_done(void *user, const pvhop_error *err)
{
    auto *run = static_cast<Run *>(user);

    run->end = *err;
    pvhop_loop_stop(run->loop);
}

// One connection with all that it needs, as the program makes it. False, and why, if it was none.
bool connection(int argc, char **argv, pvhop_error *err)
{
    static const pvhop_connect_handlers handlers = {on_ready, on_done};
    static const pvhop_events_handlers event_handlers = {};
    pvhop_events_config config{};
    Run run;
    pvhop_recipe *recipe = pvhop_recipe_new();
    pvhop_events *events = nullptr;
    pvhop_connect *connect = nullptr;

    config.events_fd = config.answers_fd = config.human_fd = config.tty_fd = -1;
    config.log_path = getenv("PVHOP_EVENTS_LOG");
    run.loop = pvhop_loop_new(err);
    if (run.loop && pvhop_recipe_from_args(recipe, argc, argv, nullptr, nullptr, err) == argc &&
        (events = pvhop_events_new(run.loop, &config, &event_handlers, nullptr, err)) &&
        (connect = pvhop_connect_new(run.loop, recipe, events, &handlers, &run, err)) &&
        pvhop_loop_run(run.loop, err) == 0)
        *err = run.end;
    if (run.client.joinable())
        run.client.join();
    pvhop_connect_free(connect);
    pvhop_events_free(events);
    pvhop_recipe_free(recipe);
    pvhop_loop_free(run.loop);
    return err->code == PVHOP_OK && run.echoed;
}

long entries(const char *folder)
{
    const std::filesystem::directory_iterator all(folder);
    return std::distance(begin(all), end(all));
}
} // namespace

int main(int argc, char **argv)
{
    int count = argc > 2 ? atoi(argv[1]) : 0;
    pvhop_error err{};
    char text[4096];

    if (count < 1) {
        fprintf(stderr, "many_connections COUNT RECIPE'S ARGUMENTS ...\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    for (int i = 1; i <= count; i++) {
        if (!connection(argc - 2, argv + 2, &err)) {
            fprintf(stderr, "connection %d: %s\n", i, pvhop_error_text(&err, text, sizeof(text)));
            return 1;
        }
        if (i % std::max(1, count / 10) == 0)
            printf("%d connections: %zu bytes, %ld descriptors, %ld threads\n", i,
                   mallinfo2().uordblks, entries("/proc/self/fd"), entries("/proc/self/task"));
        fflush(stdout);
    }
    return 0;
}
