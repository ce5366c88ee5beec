#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check_translations.py LUPDATE UI CORE: is every text of the windows in UI translated, and every sentence of CORE's
catalogue of errors?"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree


def unfinished(ts):
    """Texts without a translation, and those whose translation lost a %1 or a &."""
    for message in ElementTree.parse(ts).getroot().iter("message"):
        source = message.findtext("source")
        translation = message.find("translation")
        if translation.get("type") in ("vanished", "obsolete"):
            continue
        text = translation.text or ""
        if translation.get("type") == "unfinished" or not text:
            yield f"not translated: {source!r}"
        elif sorted(re.findall(r"%\d", source)) != sorted(re.findall(r"%\d", text)):
            yield f"other numbers in it: {source!r}: {text!r}"


def literals(file):
    """The strings of a C file, those that stand side by side as one, and their escapes undone."""
    text = re.sub(r'"\s+"', "", file.read_text())
    return {re.sub(r"\\(.)", r"\1", each) for each in re.findall(r'"((?:[^"\\]|\\.)*)"', text)}


def strangers(ts, core):
    """Sentences of core that are not in `ts`, and those in it that core does not have: Qt's tool cannot read core."""
    catalogue = literals(core / "include/pvhop/errors.def")
    rules = literals(core / "src/recipe_check.c")
    parts = {each for each in literals(core / "src/recipe_sentence.c")
             if re.match("[ ,%]|ParaView", each) and re.search("[a-z]{2}", each.replace("%s", ""))} - {"%ld"}
    for context in ElementTree.parse(ts).getroot().iter("context"):
        known = {message.findtext("source") for message in context.iter("message")}
        whole = {"pvhop::Error": catalogue, "pvhop::Sentence": parts}.get(context.findtext("name"))
        if whole:
            yield from (f"not in it: {each!r}" for each in sorted(whole - known))
            yield from (f"not in core: {each!r}" for each in sorted(known - whole))
        else:
            yield from (f"no rule of a field: {each!r}" for each in sorted(known - rules))


def main():
    lupdate, folder, core = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        for ts in sorted(pathlib.Path(folder).glob("*.ts")):
            copy = shutil.copy(ts, scratch)
            if ts.name.startswith("core_"):
                bad = list(strangers(copy, pathlib.Path(core)))
            else:
                subprocess.run([lupdate, "-silent", folder, "-ts", copy], check=True)
                bad = []
            bad += unfinished(copy)
            print("\n".join(bad) or f"{ts.name}: complete")
            if bad:
                return 1
    return 0


sys.exit(main())
