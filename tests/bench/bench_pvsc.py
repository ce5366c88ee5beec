#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""./dev bench pvsc: large bundles read, checked and written, beside xmllint, which reads and checks any XML.

  --rounds N    rounds of each measurement (default 5)
"""
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import benchlib
from benchlib import US, Goal, turned

SIZES = (1000, 10000)
XMLLINT = "xmllint"
VERBS = ("read", "check", "write")
# One entry of each kind that sites give out: ours, with options; ssh in a terminal; a plain host.
FOREIGN = """
  <Server name="site {n}" resource="csrc://localhost:{port}">
    <CommandStartup>
      <Options>
        <Option name="PV_SERVER_PORT" label="Port" save="true"><Range type="int" min="1025" max="65535" default="{port}"/></Option>
        <Option name="NODES" label="Nodes" save="true"><Range type="int" min="1" max="64" default="1"/></Option>
        <Option name="QUEUE" label="Queue"><Enumeration default="debug"><Entry value="debug" label="debug"/><Entry value="long" label="long"/></Enumeration></Option>
      </Options>
      <Command exec="xterm" delay="5">
        <Arguments><Argument value="-e"/><Argument value="ssh"/><Argument value="-R"/>
          <Argument value="$PV_SERVER_PORT$:localhost:$PV_SERVER_PORT$"/><Argument value="login{n}.example.org"/></Arguments>
      </Command>
    </CommandStartup>
  </Server>"""
PLAIN = """
  <Server name="plain {n}" resource="cs://node{n}.example.org:{port}"><ManualStartup/></Server>"""


def bundle(pvhop, file, entries):
    """A bundle of so many entries: a third each of the three kinds."""
    ours = subprocess.run([pvhop, "pvsc", "new", "--name=@NAME@", "--host=login.example.org", "--route=tunnel", "--ask=walltime,nodes"],
                          capture_output=True, text=True, check=True).stdout
    server = ET.tostring(ET.fromstring(ours).find("Server"), encoding="unicode").strip()
    with open(file, "w", encoding="utf-8") as f:
        f.write("<Servers>")
        for n in range(entries):
            port = 11111 + n % 1000
            if n % 3 == 0:
                f.write("\n  " + server.replace("@NAME@", f"pvhop {n}"))
            else:
                f.write((FOREIGN if n % 3 == 1 else PLAIN).format(n=n, port=port))
        f.write("\n</Servers>\n")


def run(argv, folder, codes=(0,)):
    """(wall clock s, CPU s)"""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with open(folder / "said", "w+", encoding="utf-8") as said:
        ran = subprocess.run([str(a) for a in argv], stdout=said, stderr=said, check=False)
        if ran.returncode not in codes:
            said.seek(0)
            raise SystemExit(f"{argv}: {ran.returncode}: {said.read()[:500]}")
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def jobs(pvhop, folder, entries):
    """(verb, who, argv, exit codes that are right). Reading: every entry is looked at; writing: into a new file."""
    file, out = folder / f"{entries}.pvsc", folder / "out.pvsc"
    # whether they are right is not in question: check may find something to say
    yield "read", US, [pvhop, "pvsc", "list", file], (0,)
    yield "check", US, [pvhop, "pvsc", "check", file], (0, 65)
    yield "write", US, [pvhop, "pvsc", "merge", out, file], (0,)
    if shutil.which("xmllint"):
        yield "read", XMLLINT, ["xmllint", "--noout", file], (0,)
        yield "write", XMLLINT, ["xmllint", "--format", "--output", out, file], (0,)


def measure(args, pvhop, folder):
    results = benchlib.Results()
    sizes = (10, 100) if args.smoke else SIZES
    for entries in sizes:
        bundle(pvhop, folder / f"{entries}.pvsc", entries)
    for number in range(args.rounds):
        benchlib.progress(f"round {number + 1} of {args.rounds}")
        for small, entries in enumerate(sizes):
            for verb, who, argv, codes in turned(list(jobs(pvhop, folder, entries)), number):
                (folder / "out.pvsc").write_text("<Servers/>\n")
                wall, cpu = run(argv, folder, codes)
                results.add(("pvsc", SIZES[small], verb), who, wall)
                results.add(("pvsc", SIZES[small], f"CPU {verb}"), who, cpu)
    return results


def growth(verb):
    """Time for ten times the entries, by ten times the time: 1 is linear growth."""
    def of(results):
        small, large = (results.rounds(("pvsc", s, f"CPU {verb}"), US) for s in SIZES)
        each = sorted(b / a / 10 for a, b in zip(small, large) if a)
        return (each[len(each) // 2], each[0], each[-1]) if each else None
    return of


def seconds(verb):
    def of(results):
        rounds = sorted(results.rounds(("pvsc", SIZES[1], verb), US))
        return rounds[len(rounds) // 2], rounds[0], rounds[-1]
    return of


WORD = ("xmllint checks that the file is XML; pvhop's check also looks for what goes wrong in ParaView (names, options that are "
        "used and never asked for, quoting, resources), in the text's own lines and columns.")


def report(results):
    goals = []
    for verb in VERBS:
        goals.append(Goal(f"{verb} 10,000 entries, seconds", seconds(verb), "<=", 5.0, 1.0, tried=WORD))
        goals.append(Goal(f"{verb}: CPU time, 10,000 entries by 10 x 1,000", growth(verb), "<=", 1.3, 1.1))
    lines = ["### Against the goals", "", "These goals are this program's own: no waiting in a dialog, and no growth but with the size.", "",
             *benchlib.goal_table(results, goals), "", "### Seconds", "",
             "*read*: `pvsc list`, `xmllint --noout`; *check*: `pvsc check`; *write*: `pvsc merge` into another file, "
             "`xmllint --format --output`. A third of the entries each: pvhop's with options, ssh in a terminal, a plain host.", ""]
    for entries in SIZES:
        lines += [f"{entries:,} entries:", "",
                  *benchlib.plain_table(results, "pvsc", entries, [*VERBS, *(f"CPU {v}" for v in VERBS)], "{:.3f}", [US, XMLLINT]), ""]
    return lines[:-1]


def main():
    args = benchlib.parser(__doc__, 5).parse_args()
    args.rounds = 1 if args.smoke else args.rounds
    pvhop = args.build / "core" / "cli" / "pvhop"
    with tempfile.TemporaryDirectory(prefix="pvhop-bench-") as name:
        folder = Path(name)
        results = measure(args, pvhop, folder)
        size = 0 if args.smoke else (folder / f"{SIZES[1]}.pvsc").stat().st_size
    facts = [f"libxml2 {benchlib.package('libxml2')}, the larger file has {size / 1e6:.1f} MB"]
    return benchlib.finish("pvsc", "Bundles", args, facts, report(results))


if __name__ == "__main__":
    sys.exit(main())
