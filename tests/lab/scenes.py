#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Users and sites that are not as one would wish: values that mean harm, odd login shells, bad resources, a full queue.

    scenes.py --build DIR [--seconds N] [SCENE...]

--seconds: for how long the queue is full (60). Prints what came of each scene. Exit code 77: skipped.
"""
import argparse
import sys
import time
from pathlib import Path

import cluster
from cluster import Cluster, Failure, check

CANARY = "$(touch ~/canary)`touch ~/canary`;touch ~/canary;\"';touch ~/canary\n touch ~/canary"
FIELDS = ("job-name", "account", "queue", "reservation", "constraint", "memory", "pvserver", "pvserver-args",
          "scheduler-args", "mpi")


def ended(lab, **fields):
    """A connection's error, or None if pvserver came; nothing is left, and no canary was laid."""
    with lab.connect("fe", route="two-hop-forward", scheduler="slurm", **fields) as run:
        came = run.wait(60, event="ready") or run.wait(0, event="error")
        told = lab.error(run, 0)
        check(came, f"neither: {run.events[-3:]}")
    return told


def no_canary(lab):
    for host in ("wsuser@ws", "alice@fe", "alice@cn1"):
        check(not lab.sh(host, "ls -d ~/canary /canary /tmp/canary 2>/dev/null"), f"a value was executed on {host}")


def values(lab):
    """a value that would lay a file if it were executed, and one of 10 kB, in each field"""
    refused = 0
    for field in FIELDS:
        for value in (CANARY, CANARY.replace("\n", " "), "x" * 10240):
            refused += ended(lab, **{field: value}, timeout_start=20) is not None
            no_canary(lab)
    lab.wait_clean(90)
    return f"{refused} of {3 * len(FIELDS)} refused, none executed"


def comment(lab):
    """an extra option with spaces, quotes and $(...) reaches the batch system exactly"""
    wanted = 'it "is" $(touch ~/canary) `x` ;'
    with lab.connect("fe", route="two-hop-forward", scheduler="slurm", scheduler_args=f"--comment='{wanted}'") as run:
        check(run.wait(60, event="ready"), f"no pvserver: {lab.error(run, 0)}")
        said = lab.sh("root@fe", "squeue -h -o %k").strip()
        check(said == wanted, f"it became: {said}")
    no_canary(lab)
    lab.wait_clean()
    return "exactly"


def shells(lab):
    """login shells tcsh and fish, and one with a banner, noisy login files and a question"""
    for user in ("tess", "fil", "noel"):
        with lab.connect(f"{user}@fe", route="two-hop-forward", scheduler="slurm") as run:
            check(run.wait(60, event="ready"), f"{user}: no pvserver: {lab.error(run, 0)}")
    lab.wait_clean()
    return "pvserver came"


def resources(lab):
    """an unknown queue, a closed one, no account, too many nodes, a bad walltime: its words, and what to change"""
    lab.sh("root@fe", "scontrol create partitionname=charged nodes=cn1 allowaccounts=project state=up")
    for option, fields in {"--queue": {"queue": "nosuch"}, "--nodes": {"nodes": 99},
                           "--walltime": {"queue": "short", "walltime": "5h"},
                           "--account": {"queue": "charged"}}.items():
        told = ended(lab, **fields)
        check(told and "Slurm" in told.split("|")[0] or told and "never start" in told, f"{fields}: {told}")
        check(option in told.split("|")[-1], f"{fields}: no word of {option}: {told}")
    check(ended(lab, queue="closed"), "a closed queue was waited for")
    for walltime in ("5 minutes", "-1", "99:99:99:99"):
        told = ended(lab, walltime=walltime)
        check(told and walltime in told and "01:30:00" in told, f"walltime {walltime}: {told}")
    lab.sh("root@fe", "scontrol delete partitionname=charged")
    lab.wait_clean()
    return "told"


def queue_full(lab, seconds=60):
    """the queue is full: its state is shown, and the connection stands soon after the job starts"""
    lab.lab("set", "--gateway-ports", "clientspecified")
    lab.sh("root@fe", "scontrol update nodename=cn[1-2] state=drain reason=full")
    # what pvserver's own start takes is not ours: its line before it connects tells the moment
    lab.sh("alice@fe", "cat >pv && chmod 755 pv", input="""#!/bin/sh
[ "$1" != --version ] || exec pvserver --version
pvserver "$@" | while IFS= read -r line; do
    case $line in "Connecting to client"*) date +%s.%N >~/calls ;; esac
    printf '%s\\n' "$line"
done
""")
    with lab.connect("fe", route="tunnel", scheduler="slurm", pvserver="~/pv") as run:
        check(run.wait(60, event="phase", phase="queue"), f"not queued: {run.events[-3:]}")
        time.sleep(seconds)  # that is the scene
        said = [e["text"] for e in run.events if e.get("phase") == "queue" and e.get("state") == "progress"]
        check(said, f"no word of the queue: {run.events[-5:]}")
        lab.sh("root@fe", "scontrol update nodename=cn[1-2] state=resume")
        ready = run.wait(60, event="ready")
        check(ready, f"no pvserver: {lab.error(run, 0)}")
        took = ready["seen"] - time.monotonic() + time.time() - float(lab.sh("alice@fe", "cat calls"))
    lab.sh("alice@fe", "rm -f pv calls")
    lab.wait_clean()
    check(took < 5, f"{took:.2f} s after pvserver called")
    return f"'{said[0]}'; there {took:.2f} s after pvserver called"


SCENES = {f.__name__.replace("_", "-"): f for f in (comment, shells, resources, values, queue_full)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("scenes", nargs="*", metavar="SCENE")
    args = parser.parse_args()
    cluster.skip_without_lab()
    failed = []
    with Cluster(args.build, "--scheduler", "slurm") as lab:
        for name in args.scenes or SCENES:
            try:
                lab.lab("set", "--gateway-ports", "no")
                came = queue_full(lab, args.seconds) if name == "queue-full" else SCENES[name](lab)
                print(f"{name}: {came}", flush=True)
            except Failure as e:
                print(f"{name}: FAILED: {e}", flush=True)
                failed.append(name)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
