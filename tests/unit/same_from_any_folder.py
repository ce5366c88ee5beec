#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The helper as it is installed holds nothing that depends on where it was built: no folder, and no build id (which is
made of the debug symbols, too). STRIP SOURCES BUILD HELPER [FOR-ANOTHER-ARCHITECTURE]"""
import os
import subprocess
import sys
import tempfile

BUILD_ID = b"\4\0\0\0\x14\0\0\0\3\0\0\0GNU\0"  # the head of its note: sizes of name and hash, type, name


def installed(strip: str, helper: str) -> bytes:
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run([strip, "-o", out.name, helper], check=True)
        with open(out.name, "rb") as file:
            return file.read()


def main(strip: str, sources: str, build: str, helper: str, other: str) -> int:
    found = []
    helpers = {helper: installed(strip, helper)}
    if os.path.exists(other):  # is linked without symbols
        with open(other, "rb") as file:
            helpers[other] = file.read()
    for path, content in helpers.items():
        if b"pvhop-relay" not in content:
            found.append(f"{path}: is no helper")
        found += [f"{path}: holds {folder}" for folder in (sources, build) if f"{folder}/".encode() in content]
        if BUILD_ID in content:
            found.append(f"{path}: has a build id")
    print("\n".join(found) or f"{len(helpers)} are the same from any folder")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
