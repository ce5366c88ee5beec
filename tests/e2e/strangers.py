#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Another user of the same machines, who reads in `ps` all that there is to read, the right connect id included, does
not get in: not as pvserver on the far side, not as the client on the near side. Whoever belongs there then does.

    strangers.py --build DIR

Exit code 77: skipped (needs root, to be two users).
"""
import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cells
import connecting
import processes

STRANGER = 7901
PRETENDER = cells.HERE.parent / "support" / "pretend_pvserver.py"


def as_stranger(*argv):
    return ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups", *map(str, argv)]


def pvserver_in_ps(below):
    """pvserver's arguments, as the stranger finds them; [] before it runs."""
    for pid, name in processes.descendants(below).items():
        if name != "silent-pvserver":
            continue
        shown = subprocess.run(as_stranger("cat", f"/proc/{pid}/cmdline"), capture_output=True, check=False).stdout
        words = [w for w in shown.decode().split("\0") if w.startswith("--")]
        if words and "--version" not in words:  # the one that is asked for its version ends at once
            return words
    return []


def dropped(run, uid=STRANGER):
    """The next word that a connection of the stranger was dropped."""
    def told():
        return [e for e in run.events if e["event"] == "log" and f"(uid {uid})" in e["text"]]
    before = len(told())
    return lambda: processes.wait_until(lambda: len(told()) > before, 30)


def speaks(port, argv):
    """How many bytes pvhop answers a client that connects and begins ParaView's handshake; 0: it is sent away."""
    talk = (f"import socket; s = socket.create_connection(('127.0.0.1', {port}), 20)\n"
            "try: s.sendall(bytes.fromhex('3c3c3c3c0100000000')); print(len(s.recv(1000)))\n"
            "except OSError: print(0)")
    return int(subprocess.run([*argv, sys.executable, "-c", talk], capture_output=True, text=True, check=True).stdout)


def meet(b):
    pvserver = cells.script(b, "silent-pvserver", cells.PRETENDS % "5.11.0" + "sleep 300\n")
    b.dir.chmod(0o755)
    pretender_copy = shutil.copy(PRETENDER, b.dir)  # the sources may be where the stranger cannot read them
    run = connecting.Connecting(b.pvhop, b.recipe("tunnel", 1, client="connects", pvserver=pvserver), b.environment(),
                                b.dir / "connect.log")
    try:
        args = processes.wait_until(lambda: pvserver_in_ps(b.sshd.pid), 30)
        cells.check(args, f"no pvserver: {run.events[-2:]}")
        print("ps tells everybody:", *args)
        cells.check(any(a.startswith("--connect-id=") for a in args), "its connect id is not to be seen")
        gone = dropped(run)
        pretender = subprocess.run(as_stranger(sys.executable, pretender_copy, *args), timeout=60, check=False,
                                   capture_output=True, text=True)
        cells.check(pretender.returncode == 1 and "has gone" in pretender.stdout, f"it was not sent away: {pretender}")
        cells.check(gone(), "that it was dropped was not said")
        cells.check(not run.wait(0, event="ready"), "a stranger was taken for pvserver")

        genuine = processes.start([sys.executable, PRETENDER, *args], stdout=subprocess.DEVNULL)
        ready = run.wait(30, event="ready")
        cells.check(ready, f"the genuine one did not get in: {run.events[-3:]}")
        port = int(ready["url"].rpartition(":")[2])
        gone = dropped(run)
        cells.check(speaks(port, as_stranger()) == 0, "pvhop talks with another user's client")
        cells.check(gone(), "that the client was dropped was not said")
        cells.check(speaks(port, []) > 0, "the user's own client is not answered")
        print("as pvserver: dropped; as the client: dropped; their owner: let in")
        run.cancel()
        run.wait_end()
        processes.end(genuine)
    finally:
        run.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    args = parser.parse_args()
    if os.geteuid() != 0:
        cells.skip("only root can be two users")
    with cells.bench(args.build.resolve()) as (b, _):
        meet(b)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except cells.Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)
