#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check_translations.py LUPDATE UI PLUGIN CORE: is every text of the windows in UI and PLUGIN translated, and fit to be
shown outside of Details, and every sentence of CORE's catalogue of errors and live texts?"""
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


# Words of ours and of those who look after sshd: core's may hold them, which then stand under Details (PlainWords.cxx).
NOT_PLAIN = re.compile(r"\b(?:relays?|recipes?|relais|rezepte?)\b|GatewayPorts", re.IGNORECASE)


def not_plain(ts):
    """Texts of the windows with a word that only few know."""
    for message in ElementTree.parse(ts).getroot().iter("message"):
        for text in message.findtext("source"), message.findtext("translation") or "":
            if NOT_PLAIN.search(text):
                yield f"not in plain words: {text!r}"


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


GAP = re.compile(r"%[.0-9]*(?:l|z)?[sudf]")


def sentences_of_core(core):
    """What core says of phases, and of routes: the formats of the calls that say it."""
    calls = (r"(?:work_phase|events_phase|connect_begin|start_waiting|events->ready|events\.ready)\(",
             r"snprintf\((?:words|text), sizeof\(\w+\),")
    for name in "sshlink_auth sshlink_login connect connect_job route_*".split():
        for file in sorted((core / "src").glob(name + ".c")):
            text = re.sub(r'"\s+"', "", file.read_text())
            for call in calls:
                for found in re.finditer(call + r'[^;"]*"((?:[^"\\]|\\.)*)"', text):
                    yield found.group(1)
    text = re.sub(r'"\s+"', "", (core / "src/probe_judge.c").read_text())
    yield from re.findall(r'static const char no_\w+\[\] = "([^"]*)"', text)
    for call in re.findall(r"\b(?:needs|say)\(v,[^;]*;", text) + re.findall(r'policy[^;]*', text):
        yield from (each for each in re.findall(r'"([^"]*)"', call) if each != "%s")


# Made of parts, each with its words in CoreWords.cxx; a bare value; and the name that `auto` adds.
COMPOSED = {"%s", "Starting pvserver %s%s%s%s", "Starting pvserver %s on %s%s%s", "Submitting the job%s%s",
            "port %u of this computer is open%s for pvserver, which will call %s",
            "a relay at port %u of %s leads here%s", "%s (route %s)"}
# For the log, which is in core's words; and an address.
LOGGED = {"%s describes itself%s%s%s%s", "This entry is of version %s of the site's bundle; there is %s%s%s",
          "route %s cannot be used here: %s", "127.0.0.1"}


def unheard(ui, core):
    """What core says that CoreWords.cxx does not know, and what it knows that core does not say."""
    text = re.sub(r'"\s+"', "", (ui / "CoreWords.cxx").read_text())
    known = {GAP.sub("%s", each) for each in re.findall(r'\{ "([^"]*)",\s*QT_TRANSLATE_NOOP', text)}
    composed = {GAP.sub("%s", each) for each in COMPOSED}
    said = {GAP.sub("%s", each) for each in sentences_of_core(core)}
    yield from (f"core says it, CoreWords does not know it: {each!r}" for each in sorted(said - known - composed - LOGGED))
    if len(said) < 40:
        yield f"only {len(said)} sentences of core were found: the calls have other names now"


def main():
    lupdate, ui, plugin, core = sys.argv[1:]
    bad = list(unheard(pathlib.Path(ui), pathlib.Path(core)))
    if bad:
        print("\n".join(bad))
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        for ts in sorted(pathlib.Path(ui).glob("*.ts")):
            copy = shutil.copy(ts, scratch)
            if ts.name.startswith("core_"):
                bad = list(strangers(copy, pathlib.Path(core)))
            else:
                subprocess.run([lupdate, "-silent", ui, plugin, "-ts", copy], check=True)
                bad = list(not_plain(copy))
            bad += unfinished(copy)
            print("\n".join(bad) or f"{ts.name}: complete")
            if bad:
                return 1
    return 0


sys.exit(main())
