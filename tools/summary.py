#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Adds up the results (JUnit XML as ctest writes it) of one or more runs.

Skipped tests are listed with their reason, failed ones with the end of what they
wrote. A file again.xml beside the results has what failed and was run again, three
times and alone: what passed then is counted as passed and listed as UNSTEADY,
because a test that needs the machine for itself is a fault, of the test or of what
it tests. The last line is "N passed, N failed, N skipped". The exit code is 1 if
anything failed, or if a run left no results.
"""
import os
import re
import sys
import xml.etree.ElementTree as ET

passed, failed, skipped, unsteady, said = 0, [], [], [], []


def reason(case):
    """What a skipped test said: the line after GoogleTest's 'Skipped', else one with 'SKIP' in it."""
    out = case.findtext("system-out") or ""
    found = re.search(r"Skipped\n(.+)", out) or re.search(r"^.*\bSKIP(?:PED)?\b:? *(.*)$", out, re.M)
    return found.group(1).strip()[:200] if found else "no reason given"


def end_of(case):
    """The last lines that a failed test wrote."""
    lines = (case.findtext("system-out") or "").rstrip().splitlines()
    return [f"    | {line[:160]}" for line in lines[-12:]]


def passed_again(path):
    """Names of the tests of again.xml that passed there."""
    again = os.path.join(os.path.dirname(path), "again.xml")
    if not os.path.exists(again):
        return set()
    try:
        return {c.get("name") for c in ET.parse(again).getroot().findall("testcase") if c.get("status") == "run"}
    except ET.ParseError:
        return set()


for path in sys.argv[1:]:
    run = path.split("/")[-2]
    try:
        cases = ET.parse(path).getroot().findall("testcase")
    except (OSError, ET.ParseError) as e:
        failed.append(f"{run}: no results ({e})")
        continue
    steady_alone = passed_again(path)
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
        elif case.get("name") in steady_alone:
            passed += 1
            unsteady.append(f"{name} ({message or status} at first, then passed three times alone)")
            said += [f"  {name}:", *end_of(case)]
        else:
            failed.append(f"{name} ({message or status})")
            said += [f"  {name}:", *end_of(case)]

if said:
    print("\n".join(["What they wrote last:", *said]))
for title, names in (("SKIPPED", skipped), ("UNSTEADY", unsteady), ("FAILED", failed)):
    if names:
        print(f"{title}:")
        for name in names:
            print(f"  {name}")
print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
sys.exit(1 if failed or not passed else 0)
