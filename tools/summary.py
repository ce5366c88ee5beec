#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Adds up the results (JUnit XML as ctest writes it) of one or more runs.

Skipped tests are listed with their reason, failed ones by name. The last line is
"N passed, N failed, N skipped". The exit code is 1 if anything failed, or if a
run left no results.
"""
import re
import sys
import xml.etree.ElementTree as ET

passed, failed, skipped = 0, [], []


def reason(case):
    """What a skipped test said: the line after GoogleTest's 'Skipped', else one with 'SKIP' in it."""
    out = case.findtext("system-out") or ""
    found = re.search(r"Skipped\n(.+)", out) or re.search(r"^.*\bSKIP(?:PED)?\b:? *(.*)$", out, re.M)
    return found.group(1).strip()[:200] if found else "no reason given"


for path in sys.argv[1:]:
    run = path.split("/")[-2]
    try:
        cases = ET.parse(path).getroot().findall("testcase")
    except (OSError, ET.ParseError) as e:
        failed.append(f"{run}: no results ({e})")
        continue
    for case in cases:
        name = f"{run}: {case.get('name')}"
        status = case.get("status")
        if status == "run":
            passed += 1
            continue
        note = case.find("skipped")
        message = (note.get("message") or "") if note is not None else ""
        if status == "disabled":
            skipped.append(f"{name}: disabled")
        elif status == "notrun" and message.startswith("SKIP_"):
            skipped.append(f"{name}: {reason(case)}")
        else:
            failed.append(f"{name} ({message or status})")

for title, names in (("SKIPPED", skipped), ("FAILED", failed)):
    if names:
        print(f"{title}:")
        for name in names:
            print(f"  {name}")
print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
sys.exit(1 if failed or not passed else 0)
