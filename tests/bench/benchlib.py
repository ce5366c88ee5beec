# SPDX-License-Identifier: BSD-3-Clause
"""What the programs of `./dev bench` share: rounds and ratios, goals, tables, and docs/benchmarks.md.

A program measures its contenders in turns, round by round, so that whatever else the machine does hits all
alike, and judges by ratios within a round: absolute figures move by a factor of two on a shared machine.
"""
import argparse
import datetime
import os
import platform
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
DOCS = TOP / "docs" / "benchmarks.md"
US = "pvhop"
MIB = 1 << 20

# The sections of docs/benchmarks.md, in their order.
SECTIONS = ("tunnel", "setup", "relay", "session", "pvsc", "queue")
HEAD = """# Benchmarks

How fast pvhop is, and what it costs, beside the programs that a user could take instead. Each section is written
by the command that it names, which measures all contenders in one run, in turns. **Read the ratios**: a ratio is
taken between two figures of the same round, then the median over the rounds; absolute figures depend on the machine
and on what else it does. *Must* and *wish* are the goals that the project has set itself.
"""


def percentile(values, p):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * p / 100))]


def turned(things, number):
    """The same things, another one first in each round."""
    number %= len(things)
    return things[number:] + things[:number]


def spread(rounds):
    """Half of the range of the rounds, in percent of their median: the noise."""
    middle = statistics.median(rounds)
    return (max(rounds) - min(rounds)) / 2 / middle * 100 if len(rounds) > 1 and middle else 0


def progress(text):
    print(text, file=sys.stderr, flush=True)


class Results:
    """What was measured: for each key (a tuple of words) and contender one value, or list of samples, a round."""

    def __init__(self):
        self._rounds = {}

    def add(self, key, contender, value):
        self._rounds.setdefault((*key, contender), []).append(value)

    def rounds(self, key, contender):
        return self._rounds.get((*key, contender), [])

    def has(self, key, contender):
        return (*key, contender) in self._rounds

    def contenders(self, part, order=()):
        """Those measured under keys that begin with `part`; the known ones first, in their order."""
        found = {k[-1] for k in self._rounds if k[0] == part}
        return [n for n in order if n in found] + sorted(found - set(order))

    def figures(self, part, way):
        """The last words of the keys (part, way, word) of pvhop, in the order of measuring."""
        return [k[2] for k in self._rounds if len(k) == 4 and k[:2] == (part, way) and k[3] == US]

    def value(self, key, contender, how="median"):
        """The median of the rounds; of samples, a percentile of all of them together."""
        rounds = self.rounds(key, contender)
        if how == "median":
            return statistics.median(rounds)
        return percentile([us for samples in rounds for us in samples], how)

    def ratio(self, key, peer, how="median", contender=US):
        """(ratio, lowest, highest): of the whole, and the extremes of the rounds, each against the same round's peer."""
        def one(samples):
            return samples if how == "median" else percentile(samples, how)
        each = [one(a) / (one(b) or 1e-9) for a, b in zip(self.rounds(key, contender), self.rounds(key, peer))]
        whole = statistics.median(each) if how == "median" else self.value(key, contender, how) / (self.value(key, peer, how) or 1e-9)
        return whole, min(each), max(each)


# ---- goals ----

@dataclass
class Goal:
    """`words`: what; `measure(results)` gives (value, lowest, highest), or None where it was not measured.

    `sign` is ">=" or "<=". `tried`: an honest word for the readers, shown where the wish was not reached.
    """
    words: str
    measure: object
    sign: str
    must: float
    wish: float
    tried: str = ""
    applies: object = field(default=lambda results: "")  # a reason why it does not, or ""


def ratio_goal(words, key, peer, sign, must, wish, how="median", **more):
    """A goal on pvhop's figure by the peer's."""
    def measure(results):
        return results.ratio(key, peer, how) if results.has(key, US) and results.has(key, peer) else None
    return Goal(words, measure, sign, must, wish, **more)


def verdict(goal, value, low, high):
    def reaches(a, b):
        return a >= b if goal.sign == ">=" else a <= b
    if reaches(value, goal.wish):
        return "yes, and the wish"
    if reaches(value, goal.must):
        return "yes"
    return "short; some rounds reach it" if reaches(high if goal.sign == ">=" else low, goal.must) else "SHORT"


def goal_table(results, goals):
    """The goals that were measured, and a word on each wish that was not reached."""
    rows, words = [], []
    for goal in goals:
        measured = goal.measure(results)
        if measured is None:
            continue
        value, low, high = measured
        word = goal.applies(results) or verdict(goal, value, low, high)
        rows.append([goal.words, f"{goal.sign} {goal.must:g}", f"{goal.wish:g}", f"**{value:.3g}**", f"{low:.3g} - {high:.3g}", word])
        if goal.tried and not word.endswith("wish") and goal.tried not in words:
            words.append(goal.tried)
    lines = table(["goal", "must", "wish", "measured", "rounds from - to", "reached"], rows)
    return lines + ([""] + [f"- {w}" for w in words] if words else [])


# ---- tables ----

def table(head, rows):
    return ["| " + " | ".join(head) + " |", "| --- |" + " --- |" * (len(head) - 1)] + ["| " + " | ".join(r) + " |" for r in rows]


def plain_table(results, part, way, figures, form, order=(), first=""):
    """Medians with the noise, a row a contender."""
    rows = []
    for name in results.contenders(part, order):
        cells = []
        for f in figures:
            r = results.rounds((part, way, f), name)
            cells.append(f"{form.format(statistics.median(r))} ±{spread(r):.0f} %" if r else "")
        rows.append([name, *cells])
    return table([first, *figures], rows)


def sample_table(results, part, way, figures, order=()):
    """Samples in microseconds as p50 / p99 in ms, a row a contender."""
    rows = []
    for name in results.contenders(part, order):
        keys = [(part, way, f) for f in figures]
        rows.append([name, *(f"{results.value(k, name, 50) / 1000:.2f} / {results.value(k, name, 99) / 1000:.2f}"
                             if results.has(k, name) else "" for k in keys)])
    return table(["", *figures], rows)


# ---- facts ----

def said(argv, pattern):
    """What a program says of its version: the first match of `pattern`, "?" if there is none."""
    try:
        ran = subprocess.run(argv, capture_output=True, text=True, check=False)
    except OSError:
        return "?"
    found = re.search(pattern, ran.stdout + ran.stderr) if ran.returncode == 0 else None
    return found.group(0) if found else "?"


def package(*names):
    """Versions of Debian packages, for programs that do not tell their own."""
    return ", ".join(f"{n} {said(['dpkg-query', '-W', '-f', '${Version}', n], r'.+')}" for n in names)


def machine():
    cpu = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.*)", cpu)
    return (f"{datetime.date.today()}, {model.group(1) if model else platform.machine()}, "
            f"{len(re.findall(r'^processor', cpu, re.M))} CPUs, Linux {platform.release()}")


def load_word():
    return f"load average at the end {os.getloadavg()[0]:.1f} (the run itself adds 1 to 2)"


# ---- docs/benchmarks.md ----

def marks(name):
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"


def with_section(old, name, text):
    """The document with this section replaced, or put in its place."""
    begin, end = marks(name)
    block = f"{begin}\n{text}\n{end}"
    if begin in old and end in old:
        return old[:old.index(begin)] + block + old[old.index(end) + len(end):]
    for later in SECTIONS[SECTIONS.index(name) + 1:]:
        at = old.find(marks(later)[0])
        if at >= 0:
            return f"{old[:at]}{block}\n\n{old[at:]}"
    return old.rstrip("\n") + f"\n\n{block}\n"


def write_section(name, text):
    old = DOCS.read_text() if DOCS.exists() else HEAD
    DOCS.parent.mkdir(exist_ok=True)
    DOCS.write_text(with_section(old, name, text))


# ---- the program around ----

def parser(doc, rounds):
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS)
    p.add_argument("--rounds", type=int, default=rounds, help=f"of each measurement ({rounds})")
    p.add_argument("--smoke", action="store_true", help="as little as possible of everything: does it run at all? nothing is written")
    p.add_argument("--no-write", action="store_true", help="leave docs/benchmarks.md as it is")
    p.add_argument("--build", type=Path, default=TOP / "build" / "core", help="where pvhop is built (build/core)")
    return p


def finish(name, title, args, facts, lines):
    """Prints the section, and puts it into docs/benchmarks.md."""
    if args.smoke:
        print(f"{name}: it runs; nothing is judged")
        return 0
    command = f"./dev bench {name}" + (f" --rounds {args.rounds}" if "--rounds" in " ".join(sys.argv) else "")
    text = "\n".join([f"## {title}", "", f"- {machine()}", *(f"- {f}" for f in facts), f"- {load_word()}",
                      f"- {args.rounds} rounds, taken in turns; `{command}`", "", *lines])
    print(text)
    if not args.no_write:
        write_section(name, text)
    return 0
