#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes docs/errors.md from the catalogue of errors.

errors_md.py CATALOGUE PAGE writes the page; with --check it only compares, and says how to mend a difference.
"""
import re
import sys

GROUPS = {10: "Arguments and configuration", 11: "Names and network", 12: "ssh: hosts", 13: "ssh: login",
          14: "Tunnels", 15: "pvserver and its handshake", 16: "Jobs", 17: "Entries", 18: "Relay", 19: "pvhop itself"}
HEAD = """# Errors and what to do

Every failure that you can meet has a code that stays the same from release to release. pvhop says what failed,
why (with the words of the other side, where there are any), and what to do next. This page lists what can be said
without knowing the case; the message that you see may know better.

The exit code is what `pvhop` ends with (as in sysexits.h; 130 for a cancel).
"""
ROW = re.compile(r'^X\((\d+), (\w+), (\d+), "((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"\)', re.M)


def page(catalogue):
    """The page as text."""
    out, group = [HEAD], None
    rows = ROW.findall(catalogue)
    if len(rows) != len(re.findall(r"^X\(", catalogue, re.M)):
        raise SystemExit("errors_md.py: a row of the catalogue was not understood")
    for number, name, code, what, remedy in rows:
        if int(number) // 100 != group:
            group = int(number) // 100
            out.append(f"## {GROUPS[group]}\n")
        what, remedy = (re.sub(r"\\(.)", r"\1", text) for text in (what, remedy))
        out.append(f"### PVH{number}\n{what}. (`{name}`, exit code {code})\n\n{remedy}\n")
    return "\n".join(out)


def main(args):
    check = "--check" in args
    catalogue, path = [a for a in args if a != "--check"]
    with open(catalogue, encoding="utf-8") as f:
        text = page(f.read())
    if not check:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return 0
    with open(path, encoding="utf-8") as f:
        if f.read() == text:
            return 0
    print(f"{path} is not what the catalogue says; make it anew: tools/errors_md.py {catalogue} {path}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
