// SPDX-License-Identifier: BSD-3-Clause
/**
 * Plays the part of `pvhop connect` towards a window or the plugin: says what a script says.
 *
 *   PVHOP_STANDIN_SCRIPT  a file; each line is written as it is, but for these:
 *       @answer           waits for a line on standard input
 *       @hang             waits for a cancel or the end of input, then goes on
 *       @wait-file PATH   waits until PATH exists
 *       @deaf             from here on, SIGTERM does nothing and the end of input neither
 *       @spam N           N log events
 *       @long N           a line of N bytes that is no event
 *       @stderr TEXT      TEXT on standard error
 *       @crash            dies of a signal
 *       @exit N           ends
 *       @pvserver         starts a real pvserver on a free port and says "ready"; when it has
 *                         taken a connection, "connected"; ends it on a cancel or end of input
 *   PVHOP_STANDIN_LOG     a file: arguments, PVHOP_ and LD_LIBRARY_PATH and QT_ variables,
 *                         every line of input, "end of input", "exit N"
 */
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <string>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace
{

std::string input;
pid_t pvserver = -1;

void note(const std::string &line)
{
    // Opened once: who started us may be gone before us, and the folder of the log with it.
    static FILE *const log =
        getenv("PVHOP_STANDIN_LOG") ? fopen(getenv("PVHOP_STANDIN_LOG"), "ae") : nullptr;
    if (!log)
        return;
    fprintf(log, "%s\n", line.c_str());
    fflush(log);
}

[[noreturn]] void leave(int code)
{
    if (pvserver > 0) {
        kill(pvserver, SIGKILL);
        waitpid(pvserver, nullptr, 0);
    }
    note("exit " + std::to_string(code));
    fflush(nullptr);
    _exit(code);
}

void say(const std::string &line)
{
    printf("%s\n", line.c_str());
    fflush(stdout);
}

/** One line of input; false at its end. */
bool answer(std::string *line)
{
    char c;
    line->clear();
    for (;;) {
        ssize_t n = read(0, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            note("end of input");
            return false;
        }
        if (c == '\n')
            break;
        line->push_back(c);
    }
    note("input " + *line);
    return true;
}

void hang()
{
    std::string line;
    while (answer(&line))
        if (line.find("\"cancel\":true") != std::string::npos)
            return;
}

void wait_file(const std::string &path)
{
    int fd = inotify_init1(IN_CLOEXEC);
    inotify_add_watch(fd, path.substr(0, path.rfind('/')).c_str(), IN_CREATE | IN_MOVED_TO);
    char buffer[4096];
    while (access(path.c_str(), F_OK) != 0)
        if (read(fd, buffer, sizeof(buffer)) < 0 && errno != EINTR)
            break;
    close(fd);
}

/** Starts pvserver and lets it live until the parent or the client has had enough of it. */
void serve()
{
    int out[2];
    if (pipe2(out, O_CLOEXEC) != 0)
        leave(71);
    pvserver = fork();
    if (pvserver == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(out[1], 1);
        dup2(open("/dev/null", O_RDWR), 0);
        const char *id = getenv("PV_CONNECT_ID");
        std::string option = std::string("--connect-id=") + (id ? id : "0");
        execlp("pvserver", "pvserver", "--server-port=0", "--force-offscreen-rendering",
               option.c_str(), static_cast<char *>(nullptr));
        _exit(127);
    }
    close(out[1]);
    std::string text;
    bool ready = false, up = false, over = false;
    struct pollfd fds[2] = {{0, POLLIN, 0}, {out[0], POLLIN, 0}};
    while (!over && poll(fds, 2, -1) >= 0) {
        char buffer[4096];
        if (fds[0].revents) {
            std::string line;
            over = !answer(&line) || line.find("\"cancel\":true") != std::string::npos;
        }
        if (fds[1].revents) {
            ssize_t n = read(out[0], buffer, sizeof(buffer));
            if (n <= 0)
                break; // pvserver has ended: its client has gone
            text.append(buffer, static_cast<size_t>(n));
        }
        size_t at = text.find("Accepting connection(s): ");
        size_t colon = at == std::string::npos ? at : text.find(':', at + 25);
        if (!ready && colon != std::string::npos && text.find('\n', colon) != std::string::npos) {
            std::string port = std::to_string(atoi(text.c_str() + colon + 1));
            ready = true;
            say("{\"v\":1,\"t\":1.5,\"event\":\"ready\",\"url\":\"cs://127.0.0.1:" + port +
                "\",\"host\":\"127.0.0.1\",\"port\":" + port + "}");
            note("ready " + port);
        }
        if (ready && !up && text.find("Client connected") != std::string::npos) {
            up = true;
            say("{\"v\":1,\"t\":2,\"event\":\"connected\",\"server\":\"standin\"}");
            note("connected");
        }
    }
}

} // namespace

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        const char *version = getenv("PVHOP_STANDIN_VERSION");
        printf("pvhop %s\n", version ? version : PVHOP_VERSION);
        return 0;
    }
    signal(SIGPIPE, SIG_IGN);
    for (int i = 1; i < argc; i++)
        note(std::string("argument ") + argv[i]);
    for (char **e = environ; *e; e++)
        if (!strncmp(*e, "PVHOP_", 6) || !strncmp(*e, "QT_", 3) ||
            !strncmp(*e, "LD_LIBRARY_PATH", 15))
            note(std::string("environment ") + *e);
    note("pid " + std::to_string(getpid()));
    std::ifstream script(getenv("PVHOP_STANDIN_SCRIPT") ? getenv("PVHOP_STANDIN_SCRIPT") : "");
    std::string line;
    while (std::getline(script, line)) {
        size_t space = line.find(' ');
        std::string word = line.substr(0, space);
        std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
        if (word == "@answer") {
            std::string ignored;
            if (!answer(&ignored))
                leave(130);
        } else if (word == "@hang") {
            hang();
        } else if (word == "@wait-file") {
            wait_file(rest);
        } else if (word == "@deaf") {
            signal(SIGTERM, SIG_IGN);
            for (;;)
                pause();
        } else if (word == "@spam") {
            for (int i = 0; i < atoi(rest.c_str()); i++)
                printf(
                    "{\"v\":1,\"t\":1,\"event\":\"log\",\"source\":\"pvserver\",\"text\":\"line %d "
                    "of what pvserver says when it has a bad day\"}\n",
                    i);
            fflush(stdout);
        } else if (word == "@long") {
            say(std::string(static_cast<size_t>(atoi(rest.c_str())), 'x'));
        } else if (word == "@stderr") {
            fprintf(stderr, "%s\n", rest.c_str());
        } else if (word == "@crash") {
            fflush(nullptr);
            signal(SIGSEGV, SIG_DFL);
            raise(SIGSEGV);
        } else if (word == "@exit") {
            leave(atoi(rest.c_str()));
        } else if (word == "@pvserver") {
            serve();
        } else {
            say(line);
        }
    }
    leave(0);
}
