/* SPDX-License-Identifier: BSD-3-Clause */
/** The built program `pvhop`, run as a window or a script runs it: events in, answers out. */
#ifndef PVHOP_TESTS_PROGRAM_H
#define PVHOP_TESTS_PROGRAM_H
#include <functional>
#include <jansson.h>
#include <string>
#include <sys/types.h>
#include <vector>

namespace pvhop_test
{

/** How one run ended. */
struct Ended {
    int exit_code = -1; /* 1000 + the signal's number if one ended it */
    std::string out, err;
    std::vector<std::string> events;     /* lines */
    std::string code, what, why, remedy; /* of the last error event; "" */
    int errors = 0;                      /* error events */
    long max_rss_kib = 0;                /* the most memory that it had */
};

class Program
{
  public:
    /** Called with each event; what it returns is written to the answers descriptor. */
    using React = std::function<std::string(const json_t *event)>;
    struct Options {
        bool events = true; /* --events and --answers are given, else nobody can be asked */
        React react;
        std::vector<std::string> env; /* NAME=VALUE, beside PATH and HOME */
        long open_files = 0;          /* RLIMIT_NOFILE; 0: as it is */
        int seconds = 40;             /* then it is killed */
    };
    /** Runs `pvhop WORDS...` to its end, with no terminal. From any thread. */
    static Ended run(const std::string &program, const std::vector<std::string> &words,
                     const Options &options);
    /** A member of an event as text, "" if it is not there. */
    static std::string text(const json_t *event, const char *member);
    /** The line that answers a prompt. */
    static std::string answer(const json_t *prompt, const char *answer);
    /** In a reaction: the end of the answers, as when the parent is gone. */
    static const char *const END;
};

} // namespace pvhop_test
#endif
