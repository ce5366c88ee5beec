#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs what the documents tell people to type: check_commands.py PVHOP CATALOGUE PAGE|FOLDER...

Each ```sh block of a page goes to sh, all of a page in one new folder, in their order. `pvhop connect` becomes a
--dry-run there, `pvhop relay` reads its options and stops, and those of `pvhop probe` are looked up; all else runs as
it stands. Other programs than pvhop belong into ```text blocks. A block ```xml NAME is written to the file NAME before.
What cannot be run here (commands in ```text blocks and in the running text) is looked up: its verb and its options must
be those of `pvhop help`.
Also, each code PVHnnnn that a page names must be one of the catalogue of errors.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# `connect` is to do nothing; an option -h behind those of `relay` has it print its help, once it understood them.
WRAPPER = """#!/bin/sh
verb=$1
case $verb in
connect) shift; set -- connect --dry-run "$@" ;;
relay) shift; set -- relay "$@" -h ;;
probe) for word; do case $word in --*) '{pvhop}' help probe | grep -q -e "$word" || exit 64 ;; esac; done; exit 0 ;;
esac
exec '{pvhop}' "$@"
"""

pvhop, catalogue, *places = sys.argv[1:]
pages = [page for place in map(Path, places) for page in (sorted(place.rglob("*.md")) if place.is_dir() else [place])]
helps = {}


def help_of(*verb):
    """What `pvhop help VERB` prints; empty if there is no such verb."""
    if verb not in helps:
        done = subprocess.run([pvhop, "help", *verb], capture_output=True, text=True, timeout=60)
        helps[verb] = "" if done.returncode else done.stdout
    return helps[verb]


def unknown(command):
    """The first word of a command that its help does not have; None if it has all."""
    words = command.split()[1:]
    verb = [words.pop(0)]
    if verb == ["pvsc"] and words and words[0].isalpha() and words[0].islower():
        verb.append(words.pop(0))
    known = help_of() if verb == ["help"] else help_of(*verb)
    if not known:
        return " ".join(verb)
    for word in words[:words.index("--")] if "--" in words else words:
        option = re.match(r"--[a-z-]+", word)
        if option and not re.search(re.escape(option[0]) + r"(?![a-z-])", known):
            return option[0]
    return None


codes = set(re.findall(r"^X\((\d+),", Path(catalogue).read_text(), re.M))
bad, count, looked_up = [], 0, 0
for page in pages:
    text = page.read_text()
    bad += [f"{page.name}: PVH{code} is no code of errors.def"
            for code in sorted(set(re.findall(r"PVH(\d{4})", text)) - codes)]
    rest = re.sub(r"^```(?:sh|xml).*?^```$", "", text, flags=re.M | re.S)
    shown = "\n".join(re.findall(r"^```text\n(.*?)^```$", rest, re.M | re.S))
    for command in re.findall(r"(?:`|^    )(pvhop [a-z][^`\n]*)", rest, re.M) + re.findall(r"^(?:\$ )?(pvhop [a-z].*)", shown, re.M):
        looked_up += 1
        if word := unknown(command):
            bad.append(f"{page.name}: '{command}': pvhop help does not know '{word}'")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        wrapper = home / ".bin" / "pvhop"
        wrapper.parent.mkdir()
        wrapper.write_text(WRAPPER.format(pvhop=Path(pvhop).resolve()))
        wrapper.chmod(0o755)
        env = {"PATH": f"{wrapper.parent}:{os.environ['PATH']}", "HOME": folder, "LC_ALL": "C.UTF-8"}
        for block in re.finditer(r"^```(?:sh|xml (\S+))\n(.*?)^```$", text, re.M | re.S):
            if block[1]:
                (home / block[1]).write_text(block[2])
                continue
            line = text[:block.start()].count("\n") + 1
            count += 1
            strange = [x for x in re.sub(r"\\\n\s*", "", block[2]).splitlines()
                       if x and not re.match(r"(?:PVHOP_\w+=\S+ )*pvhop |#", x)]
            if strange:
                bad.append(f"{page.name}:{line}: '{strange[0]}' does not run pvhop; ```text is for what is not tried")
                continue
            done = subprocess.run(["sh", "-e", "-c", block[2]], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=60)
            if done.returncode or done.stderr.startswith("pvhop: PVH"):
                bad.append(f"{page.name}:{line}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
if not count:
    bad.append("no ```sh block was found")
print("\n".join(bad) or f"{count} blocks of commands run, {looked_up} commands looked up")
sys.exit(1 if bad else 0)
