#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The wizard in the real ParaView, on a workstation before a real cluster: lab_gui.cpp, run on the lab's workstation.

    gui.py --build DIR [TEST...]

TEST: those of lab_gui.cpp to be run, as --gtest_filter takes them (all). Exit code 77: skipped.
"""
import argparse
import subprocess
import sys
import threading
from pathlib import Path

import cluster
from cluster import Cluster, Failure


def tell_codes(lab, over):
    """Keeps carol's present one-time code in /tmp/code of the workstation."""
    write = "while read -r code; do echo $code >/tmp/code.new && mv /tmp/code.new /tmp/code; done"
    writer = subprocess.Popen(lab.argv("wsuser@ws", "/bin/sh", "-c", write), stdin=subprocess.PIPE, text=True)
    with writer:
        while not over.wait(1):
            print(lab.lab("code", "carol"), file=writer.stdin, flush=True)
        writer.stdin.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("tests", nargs="*", metavar="TEST")
    args = parser.parse_args()
    cluster.skip_without_lab()
    program = args.build.resolve() / "tests" / "lab" / "lab_gui"
    with Cluster(args.build, "--scheduler", "slurm", "--gateway-ports", "no") as lab:
        over = threading.Event()
        codes = threading.Thread(target=tell_codes, args=(lab, over))
        codes.start()
        try:
            done = subprocess.run(lab.argv("wsuser@ws", program, f"--gtest_filter={':'.join(args.tests) or '*'}"),
                                  stdin=subprocess.DEVNULL, check=False)
        finally:
            over.set()
            codes.join()
        try:
            print(f"nothing was left after {lab.wait_clean(60):.1f} s")
        except Failure as e:
            print(f"FAILED: {e}")
            return 1
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
