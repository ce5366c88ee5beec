#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check_translations.py LUPDATE FOLDER: is every text of the windows in FOLDER translated?"""
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


def main():
    lupdate, folder = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        for ts in sorted(pathlib.Path(folder).glob("*.ts")):
            copy = shutil.copy(ts, scratch)
            subprocess.run([lupdate, "-silent", folder, "-ts", copy], check=True)
            bad = list(unfinished(copy))
            print("\n".join(bad) or f"{ts.name}: complete")
            if bad:
                return 1
    return 0


sys.exit(main())
