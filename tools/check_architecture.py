#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that docs/architecture.md gives each source file its place, and names none that is not there:
check_architecture.py FOLDER."""
import fnmatch
import re
import sys
from pathlib import Path

top = Path(sys.argv[1])
places = [("Core, ground floor", "core/src"), ("Core, upper floor", "core/src"), ("The programs", "core/cli"),
          ("The programs", "core/relay"), ("Windows and plugin", "ui"), ("Windows and plugin", "plugin/PvhopPlugin")]
page = (top / "docs/architecture.md").read_text()
named, bad = {}, []
for title, folder in places:
    section = page.partition(f"### {title}")[2].partition("\n##")[0]
    rows = re.findall(r"^\| (.*?) \|", section, re.M)
    named.setdefault(folder, []).extend((title, n) for row in rows for n in re.findall(r"`([\w.*]+)`", row) if n != "ui")
files = {folder: {f for f in (top / folder).iterdir() if f.suffix in (".c", ".h", ".sh", ".cxx")} for folder in named}
for folder, there in files.items():
    for file in sorted(there):
        if not any(fnmatch.fnmatchcase(n, name) for _, name in named[folder] for n in (file.stem.removesuffix("_private"), file.name)):
            bad.append(f"{folder}/{file.name} has no place in docs/architecture.md")
for title in dict.fromkeys(title for title, _ in places):
    stems = {n for t, folder in places if t == title for f in files[folder] for n in (f.stem, f.name)} | {"errors.def"}
    for name in dict.fromkeys(n for folder in named for t, n in named[folder] if t == title):
        if not fnmatch.filter(stems, name):
            bad.append(f"docs/architecture.md names '{name}', which is not there")
print("\n".join(bad) or f"{sum(map(len, files.values()))} files have their place")
sys.exit(1 if bad else 0)
