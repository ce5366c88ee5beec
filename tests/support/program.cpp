/* SPDX-License-Identifier: BSD-3-Clause */
#include "program.h"
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pvhop_test
{

const char *const Program::END = "\4";

namespace
{

struct Pipe {
    int r = -1, w = -1;
    Pipe()
    {
        int fd[2];
        if (pipe2(fd, O_CLOEXEC) == 0) {
            r = fd[0];
            w = fd[1];
        }
    }
    ~Pipe()
    {
        close_r();
        close_w();
    }
    void close_r()
    {
        if (r >= 0)
            ::close(r);
        r = -1;
    }
    void close_w()
    {
        if (w >= 0)
            ::close(w);
        w = -1;
    }
};

/* A fork of a program with threads may make no memory: all that is put together before it. */
struct Start {
    std::vector<std::string> words, env;
    std::vector<char *> argv, envp;
    rlimit files = {};
    Start(const std::string &program, std::vector<std::string> all, const Program::Options &options,
          const Pipe &events, const Pipe &answers)
        : words(std::move(all)), env({"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                                      "HOME=/nonexistent", "LC_ALL=C.UTF-8"})
    {
        env.insert(env.end(), options.env.begin(), options.env.end());
        words.insert(words.begin(), program);
        if (options.events) /* before a "--" that ends pvhop's own options */
            words.insert(words.begin() + 2, {"--answers=" + std::to_string(answers.r),
                                             "--events=" + std::to_string(events.w)});
        for (std::string &w : words)
            argv.push_back(w.data());
        for (std::string &e : env)
            envp.push_back(e.data());
        argv.push_back(nullptr);
        envp.push_back(nullptr);
        files.rlim_cur = files.rlim_max = static_cast<rlim_t>(options.open_files);
    }
};

[[noreturn]] void child(const Start &start, const Program::Options &options, const Pipe &out,
                        const Pipe &err, const Pipe &events, const Pipe &answers)
{
    if (options.events) {
        fcntl(events.w, F_SETFD, 0);
        fcntl(answers.r, F_SETFD, 0);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid(); /* no terminal to ask on */
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(out.w, 1);
    dup2(err.w, 2);
    if (options.open_files) {
        closefrom(3); // what a caller left open would count
        setrlimit(RLIMIT_NOFILE, &start.files);
    }
    execve(start.argv[0], start.argv.data(), start.envp.data());
    _exit(126);
}

/* One event line: kept, its error taken out, the reaction sent. */
void take_event(Ended *ended, const std::string &line, const Program::Options &options,
                Pipe *answers)
{
    json_t *event = json_loads(line.c_str(), 0, nullptr);
    ended->events.push_back(line);
    if (event && Program::text(event, "event") == "error") {
        ended->errors++;
        ended->code = Program::text(event, "code");
        ended->what = Program::text(event, "what");
        ended->why = Program::text(event, "why");
        ended->remedy = Program::text(event, "remedy");
    }
    if (event && options.react && answers->w >= 0) {
        const std::string answer = options.react(event);
        if (answer == Program::END)
            answers->close_w();
        else if (!answer.empty() && write(answers->w, answer.data(), answer.size()) < 0)
            answers->close_w();
    }
    json_decref(event);
}

} // namespace

std::string Program::text(const json_t *event, const char *member)
{
    const char *value = json_string_value(json_object_get(event, member));
    return value ? value : "";
}

std::string Program::answer(const json_t *prompt, const char *answer)
{
    json_t *line = json_pack("{s:O, s:s?}", "id", json_object_get(prompt, "id"), "answer", answer);
    char *text = json_dumps(line, JSON_COMPACT);
    std::string s = std::string(text) + "\n";
    free(text);
    json_decref(line);
    return s;
}

Ended Program::run(const std::string &program, const std::vector<std::string> &words,
                   const Options &options)
{
    using clock = std::chrono::steady_clock;
    Pipe out, err, events, answers;
    Ended ended;
    std::string line;
    const auto limit = clock::now() + std::chrono::seconds(options.seconds);

    signal(SIGPIPE, SIG_IGN);
    const Start start(program, words, options, events, answers);
    const pid_t pid = fork();
    if (pid == 0)
        child(start, options, out, err, events, answers);
    out.close_w();
    err.close_w();
    events.close_w();
    answers.close_r();
    while (out.r >= 0 || err.r >= 0 || events.r >= 0) {
        pollfd fds[3] = {{out.r, POLLIN, 0}, {err.r, POLLIN, 0}, {events.r, POLLIN, 0}};
        if (poll(fds, 3, 200) < 0)
            break;
        if (clock::now() > limit)
            kill(pid, SIGKILL);
        Pipe *const pipes[] = {&out, &err, &events};
        for (int i = 0; i < 3; i++) {
            char buf[65536];
            if (!fds[i].revents)
                continue;
            const ssize_t n = read(fds[i].fd, buf, sizeof buf);
            if (n <= 0) {
                pipes[i]->close_r();
                continue;
            }
            if (i < 2) {
                (i == 0 ? ended.out : ended.err).append(buf, static_cast<size_t>(n));
                continue;
            }
            line.append(buf, static_cast<size_t>(n));
            for (size_t at; (at = line.find('\n')) != std::string::npos; line.erase(0, at + 1))
                take_event(&ended, line.substr(0, at), options, &answers);
        }
    }
    int status = 0;
    rusage used = {};
    wait4(pid, &status, 0, &used);
    ended.max_rss_kib = used.ru_maxrss;
    ended.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    return ended;
}

} // namespace pvhop_test
