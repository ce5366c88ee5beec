#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Whole connections, one after the other in one process (many_connections.cpp): does anything pile up?

    leaks.py --build DIR [--connections N] [--valgrind N] [--docs FILE]

Twice: N times as it is (default 1000), where memory, descriptors and threads are counted, and N times under valgrind
(default 20), which finds what nobody points to any more. Real sshd; a pvserver that pretends (pretend_pvserver.py).
Memory may differ by a table that grew once, not by something a connection. Exit code 77: skipped.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import private_sshd  # noqa: E402
import processes  # noqa: E402

PRETENDER = Path(__file__).resolve().parent.parent / "support" / "pretend_pvserver.py"
MAY_GROW = 16  # bytes a connection: less than the smallest thing that could be forgotten each time
# One heap, and no thread's cache in front of it: mallinfo2 counts what such a cache keeps as in use, and each login's
# worker is a thread of its own.
PLAIN_MALLOC = "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1"
BEGIN, END = "<!-- made by ./dev leaks -->", "<!-- end -->"


def program(args, sshd, count, prefix=()):
    argv = [*prefix, args.build / "tests" / "soak" / "many_connections", count, f"--host={sshd.host}",
            f"--ssh-config={sshd.ssh_config}", "--route=tunnel", "--client=connects", "--client-version=5.11.0",
            f"--pvserver={PRETENDER}"]
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PVHOP_", "PV_", "SSH_"))}
    env["GLIBC_TUNABLES"] = PLAIN_MALLOC
    ran = subprocess.run([str(a) for a in argv], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    print(ran.stdout, end="", flush=True)
    if ran.returncode != 0:
        raise SystemExit(f"ended with {ran.returncode}:\n{ran.stderr[-6000:]}")
    found = [tuple(map(int, line)) for line in
             re.findall(r"(\d+) connections: (\d+) bytes, (\d+) descriptors, (\d+) threads", ran.stdout)]
    return found, ran.stderr


def as_it_is(args, sshd):
    """A sentence, and whether nothing piled up. The first tenth is left out: tables are filled once."""
    found, _ = program(args, sshd, args.connections)
    (n0, bytes0, files0, threads0), (n1, bytes1, files1, threads1) = found[0], found[-1]
    a_connection = (bytes1 - bytes0) / max(1, n1 - n0)
    good = a_connection < MAY_GROW and files1 == files0 and threads1 == threads0
    return (f"| as it is | {n1} | {bytes1 - bytes0:+d} bytes from the {n0}th to the last, {files1 - files0:+d} descriptors, "
            f"{threads1 - threads0:+d} threads |"), good


def watched(args, sshd):
    valgrind = ["valgrind", "--leak-check=full", "--show-leak-kinds=definite,indirect", "--errors-for-leak-kinds=definite",
                "--track-fds=no", "--num-callers=30", "--error-exitcode=99"]
    found, said = program(args, sshd, args.valgrind, valgrind)
    lost = {kind: re.search(rf"{kind} lost: ([\d,]+) bytes", said) for kind in ("definitely", "indirectly")}
    errors = int(re.search(r"ERROR SUMMARY: (\d+) errors", said)[1])
    numbers = {kind: int(m[1].replace(",", "")) if m else 0 for kind, m in lost.items()}
    return (f"| under valgrind | {found[-1][0]} | {numbers['definitely'] + numbers['indirectly']} bytes lost, "
            f"{errors} errors |"), errors == 0 and not any(numbers.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=lambda p: Path(p).resolve())
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--valgrind", type=int, default=20)
    parser.add_argument("--docs", type=Path, help="the page whose table is made anew")
    args = parser.parse_args()
    if not shutil.which("valgrind"):
        print("SKIPPED: valgrind is not installed")
        return 77
    processes.become_reaper()
    rows, good = [], True
    with tempfile.TemporaryDirectory(prefix="pvhop-leaks-") as folder:
        sshd = private_sshd.PrivateSshd(Path(folder) / "sshd")
        try:
            for how, count in ((watched, args.valgrind), (as_it_is, args.connections)):
                if count:
                    row, fine = how(args, sshd)
                    print(row, flush=True)
                    rows.append(row)
                    good = good and fine
        finally:
            sshd.close()
            processes.end_all()
    if args.docs:
        before, _, rest = args.docs.read_text().partition(BEGIN)
        table = "\n".join(["| whole connections in one process | how many | what piled up |", "| --- | --- | --- |", *rows])
        args.docs.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}")
    print("nothing piled up" if good else "SOMETHING PILES UP")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
