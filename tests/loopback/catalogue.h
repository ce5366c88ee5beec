/* SPDX-License-Identifier: BSD-3-Clause */
/** The table behind test_catalogue: how each code of the catalogue is provoked. */
#ifndef PVHOP_TESTS_CATALOGUE_H
#define PVHOP_TESTS_CATALOGUE_H
#include <ostream>
#include <string>
#include <vector>

/** What a user would read. */
struct Told {
    std::string code, what, why, remedy;
    int exit_code = -1;  /* of the program; -1: the case is not one of the program */
    std::string skipped; /* why it could not be tried here */
};

struct Provocation {
    const char *name; /* of the code, as in errors.def */
    const char *how;  /* in words, for the printed table */
    const char *says; /* must be part of the why: what was wrong, quoted */
    Told (*provoke)();
};

/** Names of tests hold this. Without it GoogleTest prints the bytes, addresses and all. */
inline void PrintTo(const Provocation &p, std::ostream *out)
{
    *out << p.how;
}

/** Codes that the windows alone produce; tests/ui provokes them. */
extern const std::vector<std::string> made_by_windows;
/** Provoked by another test: tests/loopback/test_route.cpp, tests/lab/matrix.py. */
extern const std::vector<std::string> elsewhere;
extern const std::vector<Provocation> provocations;
#endif
