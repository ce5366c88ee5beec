#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that what the Markdown files of the repository link to is there: check_links.py FOLDER."""
import re
import subprocess
import sys
from pathlib import Path

top = Path(sys.argv[1]).resolve()
bad = []


def anchors(file):
    """The anchors of a page's headings, as web views of Markdown make them."""
    heads = re.findall(r"^#+ (.*)$", file.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads}


listed = subprocess.run(["git", "-C", top, "ls-files", "-co", "--exclude-standard", "*.md"], capture_output=True, text=True)
files = [top / f for f in listed.stdout.split()] or [top / "README.md", *top.glob("docs/**/*.md")]
for file in files:
    for target in re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", file.read_text()):
        link = target[0] or target[1]
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        there = (file.parent / path).resolve() if path else file
        if not there.exists():
            bad.append(f"{file.relative_to(top)}: {link}: no such file")
        elif anchor and there.suffix == ".md" and anchor not in anchors(there):
            bad.append(f"{file.relative_to(top)}: {link}: no such heading")
print("\n".join(bad) or f"{len(files)} files, all links lead somewhere")
sys.exit(1 if bad else 0)
