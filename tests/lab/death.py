#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Something dies while a job is submitted, queued, started or in use: no job, process or port may be left.

    death.py --build DIR [--scheduler slurm|sge] [--docs FILE] [CASE...]

CASE: PHASE.VICTIM, PHASE one of submitting, queued, starting, running, VICTIM one of
    client      SIGKILL to pvpython
    parent      SIGKILL to the program that started pvhop
    pvhop       SIGKILL to pvhop
    connection  a reset of the ssh connection, for both of its ends
    session     SIGKILL to sshd's processes of this login on the front end
    shells      SIGKILL to everything else of it there: control channel and watchdog
    pvserver    SIGKILL to pvserver on the node
    launcher    SIGKILL to srun or mpiexec on the node, of two processes on two nodes
    network     the workstation's packets are dropped, both ways, without a word
or a race of those below. Without any: all, but for the network, which takes as long as the lease; `all`: really all.
Prints a line a case; --docs puts them into the table of that file, of which cells that were not tried are kept.
Exit code 77: skipped.
"""
import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import cluster
import processes
from cluster import Cluster, Failure, check

PHASES = ("submitting", "queued", "starting", "running")
VICTIMS = ("client", "parent", "pvhop", "connection", "session", "shells", "pvserver", "launcher", "network")
ONLY_IN = {"client": ("running",), "pvserver": ("starting", "running"), "launcher": ("starting", "running")}
CELLS = [f"{p}.{v}" for v in VICTIMS for p in PHASES if p in ONLY_IN.get(v, PHASES)]
# Seconds until nothing may be left: a job takes a few to end; a lease of 45 s has to run out, the job looks every 5 s.
BOUND, BOUNDS = 30, {"shells": 75, "network": 90}
SUBMIT = {"slurm": "sbatch", "sge": "qsub"}
BEGIN, END = "<!-- by ./dev lab death --scheduler {} -->", "<!-- end of death -->"


def place(lab, name, text):
    """A program in alice's home, before the real one in her PATH."""
    lab.sh("alice@fe", f"mkdir -p bin && cat >bin/{name} && chmod 755 bin/{name}", input=text)
    lab.sh("alice@fe", "echo 'PATH=$HOME/bin:$PATH' >.bashrc")


def slow_submission(lab, before, after):
    """The submit command takes its time, before and after the job is there."""
    real = f"/usr/bin/{SUBMIT[lab.scheduler]}"
    place(lab, SUBMIT[lab.scheduler],
          f"#!/bin/sh\n: >~/submitting\nsleep {before}\nanswer=$({real} \"$@\")\nstatus=$?\nsleep {after}\n"
          "printf '%s\\n' \"$answer\"\nexit $status\n")


def is_there(lab, path):
    return lab.sh("alice@fe", f"test -e {path} && echo yes") != ""


def set_full(lab, full):
    """Whether jobs have to wait."""
    lab.sh("root@fe", {"slurm": "scontrol update nodename=cn[1-2] state=" + ("drain reason=test" if full else "resume"),
                       "sge": f"qmod -{'d' if full else 'e'} '*'"}[lab.scheduler])


def begin(lab, phase, nodes=1):
    """A connection, as a context manager, and what has to be waited for until it is in that phase."""
    lab.sh("alice@fe", "rm -rf bin .bashrc submitting")
    fields = {"route": "two-hop-forward", "scheduler": lab.scheduler,
              **(cluster.TWO_NODES[lab.scheduler] if nodes == 2 else {})}
    if phase == "submitting":
        slow_submission(lab, 4, 0)
        return lab.connect("fe", **fields), lambda run: is_there(lab, "submitting")
    if phase == "queued":
        set_full(lab, True)
        return lab.connect("fe", **fields), \
            lambda run: run.wait(0, event="phase", phase="queue")
    if phase == "starting":
        place(lab, "slow-pvserver", "#!/bin/sh\n[ \"$1\" != --version ] || exec pvserver --version\nsleep 300\n")
        return lab.connect("fe", **fields, pvserver="~/bin/slow-pvserver"), \
            lambda run: any("slow-pvserver" in p and "cn" in p[:3] for p in lab.processes())
    return lab.connect("fe", **fields), lambda run: run.wait(0, event="ready")


def strike(lab, victim, run):
    where, what = {
        "client": ("ws", "pkill -KILL -u wsuser -x pvpython; pkill -KILL -u wsuser -x pvpython-real"),
        "parent": ("ws", f"kill -KILL $(ps -o ppid= -p {run.pid})"),
        "pvhop": ("ws", f"kill -KILL {run.pid}"),
        "connection": ("fe", "ss -HK state established '( sport = :22 )' dst 10.77.1.2"),
        "session": ("fe", "pkill -KILL -f '^sshd: alice'"),
        # All at one blow: none of them is to see another one die, and clean up.
        "shells": ("fe", "for s in STOP STOP KILL; do for p in sh bash sleep; do pkill -$s -u alice -x $p; done; done"),
        "pvserver": ("cn1", "pkill -KILL -u alice -f '(^|/)(slow-)?pvserver|^sleep 300'"),
        "launcher": ("cn1", "pkill -KILL -u alice -x 'srun|mpiexec|mpirun|orterun'"),
        "network": ("ws", "nft -f -"),
    }[victim]
    if victim == "launcher":  # it is on one of the two
        lab.sh("root@cn2", what)
    elif victim == "pvserver" and not any(p.startswith("cn1") for p in lab.processes()):
        where = "cn2"
    lab.sh(f"root@{where}", what,
           input="table inet cut {\n chain out {\n type filter hook output priority 0\n"
                 " oifname eth0 drop\n}\n chain in {\n type filter hook input priority 0\n iifname eth0 drop\n}\n}\n")


class Client:
    """A pvpython that has connected, and stays. What is its own is its user's, not pvhop's."""

    def __init__(self, lab, url):
        before = lab.on_workstation()
        self._process = subprocess.Popen(lab.argv("wsuser@ws", "env", f"PVHOP_URL={url}", "pvpython",
                                                  cluster.HERE.parent / "e2e" / "hold.py"),
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        check(any(b"HOLDING" in line for line in self._process.stdout), "pvpython did not connect")
        self.own = lab.on_workstation() - before

    def close(self):
        self._process.stdout.close()
        processes.end(self._process)


def die(lab, phase, victim):
    """Seconds until nothing was left."""
    connecting, reached = begin(lab, phase, 2 if victim == "launcher" else 1)
    client, parent = None, set()
    with connecting as run:
        try:
            check(processes.wait_until(lambda: reached(run), 120, 0.1), f"not {phase}: {run.events[-3:]}")
            if victim != "parent":  # the test's own, and ends when the test says so
                parent = {p for p in lab.on_workstation() if "-c  import os" in p}
            if phase == "running":
                client = Client(lab, run.wait(0, event="ready")["url"])
            began = time.monotonic()
            strike(lab, victim, run)
            if phase == "queued" and victim == "shells":
                # Nobody is left who could cancel: the job ends when it starts (docs/security.md).
                set_full(lab, False)
            but = parent | (client.own if client and victim != "client" else set())
            left = ["not looked"]

            def clean():
                left[:] = lab.left(files=victim != "shells", but=but)
                return not left
            processes.wait_until(clean, BOUNDS.get(victim, BOUND), 0.2)
            seconds = time.monotonic() - began
        finally:
            if client:
                client.close()
    set_full(lab, False)
    lab.sh("root@ws", "nft delete table inet cut")
    lab.sh("root@ws", "pkill -KILL -u wsuser")
    check(not left, f"left after {seconds:.0f} s: {left}")
    lab.sh("root@fe", "rm -rf /home/alice/.cache/pvhop/????????????????????????????????")
    return seconds


# ---- races ----

def cancel_during_submit(lab):
    """cancelled while the job is being submitted"""
    connecting, reached = begin(lab, "submitting")
    with connecting as run:
        check(processes.wait_until(lambda: reached(run), 60, 0.1), f"not submitting: {run.events[-3:]}")
        run.cancel()
        check(run.wait_end(30) == 130, f"not cancelled: {run.events[-2:]}")
        return lab.wait_clean(40)


def starts_before_the_answer(lab):
    """the job starts, and pvserver listens, before the submit command answers"""
    lab.sh("alice@fe", "rm -rf bin .bashrc submitting")
    slow_submission(lab, 0, 6)
    with lab.connect("fe", route="two-hop-forward", scheduler=lab.scheduler) as run:
        check(lab.compute(run)["server"]["host"].startswith("cn"), "the wrong host computes")
        check(run.wait_end(60) == 0, f"pvhop did not end well: {lab.error(run, 0)}")
    return lab.wait_clean()


def move(lab):
    """The only job is requeued, and may only go to the other node; returns that one once the job's script runs there."""
    job, first = lab.jobs()[0].split()[0], next(p[:3] for p in lab.processes() if p.startswith("cn"))
    other = "cn2" if first == "cn1" else "cn1"
    if lab.scheduler == "slurm":  # which lets a job wait for two minutes before it starts once more
        lab.sh("root@fe", f"scontrol update nodename={first} state=drain reason=test; "
                          f"scontrol update jobid={job} requeue=1; scontrol requeue {job}; "
                          "timeout 60 sh -c 'until squeue -h -t pending | grep -q .; do sleep 1; done'; "
                          f"scontrol update jobid={job} starttime=now")
    else:
        lab.sh("root@fe", f"qmod -d '*@{first}'; qmod -f -rj {job}")
    check(processes.wait_until(lambda: any(p.startswith(other) for p in lab.processes()), 60, 0.2),
          f"not moved to {other}: {lab.jobs()} {lab.processes()}")
    return other


def requeued(lab):
    """the job is requeued onto another node by an administrator while pvserver runs"""
    lab.sh("alice@fe", "rm -rf bin .bashrc")
    try:
        with lab.connect("fe", route="two-hop-forward", scheduler=lab.scheduler) as run:
            check(run.wait(60, event="ready"), f"no pvserver: {run.events[-3:]}")
            # It would have the job cancelled before that starts again: it does not hear of it at first.
            lab.sh("root@ws", f"kill -STOP {run.pid}")
            other = move(lab)
            pvserver = processes.wait_until(lambda: any(p.startswith(other) and "pvserver" in p for p in lab.processes()),
                                            20, 0.2)
            lab.sh("root@ws", f"kill -CONT {run.pid}")
            check(pvserver, f"no pvserver on {other}: {lab.processes()}")
            check(run.wait_end(60) not in (0, None), f"it did not end by itself: {run.events[-3:]}")
        return lab.wait_clean(75)
    finally:
        set_full(lab, False)


def requeued_while_starting(lab):
    """the job is requeued before its pvserver has called: the second start is waited for, and connects"""
    lab.sh("alice@fe", "rm -rf bin .bashrc started")
    place(lab, "second-time", "#!/bin/sh\n[ \"$1\" != --version ] || exec pvserver --version\n"
                              "[ ! -e ~/started ] || exec pvserver \"$@\"\n: >~/started\nsleep 300\n")
    try:
        with lab.connect("fe", route="two-hop-forward", scheduler=lab.scheduler, pvserver="~/bin/second-time") as run:
            check(processes.wait_until(lambda: is_there(lab, "started"), 60, 0.2), f"not started: {run.events[-3:]}")
            move(lab)
            lab.compute(run)
            check(run.wait_end(60) == 0, f"pvhop did not end well: {lab.error(run, 0)}")
        return lab.wait_clean(75)
    finally:
        set_full(lab, False)


def arrives_twice(lab):
    """two pvservers come from one job: the first is taken, the other one is turned away"""
    lab.sh("alice@fe", "rm -rf bin .bashrc")
    place(lab, "twice", '#!/bin/sh\n[ "$1" != --version ] || exec pvserver --version\npvserver "$@" &\npvserver "$@"\nwait\n')
    lab.lab("set", "--gateway-ports", "clientspecified")
    with lab.connect("fe", route="tunnel", scheduler=lab.scheduler, pvserver="~/bin/twice") as run:
        lab.compute(run)
        check(run.wait_end(60) == 0, f"pvhop did not end well: {lab.error(run, 0)}")
    lab.lab("set", "--gateway-ports", "no")
    return lab.wait_clean(75)


RACES = {f.__name__.replace("_", "-"): f for f in (cancel_during_submit, starts_before_the_answer, requeued, requeued_while_starting,
                                                  arrives_twice)}


# ---- pvhop jobs ----

def jobs_lists_and_cancels(lab):
    """`pvhop jobs`: lists and cancels what was left behind, and only that"""
    def jobs(*words):
        done = subprocess.run(lab.argv("wsuser@ws", lab.pvhop, "jobs", "fe", "--json", *words),
                              capture_output=True, text=True)
        check(done.returncode == 0, f"jobs {words}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)["jobs"]

    lab.sh("alice@fe", "rm -rf bin .bashrc")
    # A job of hers with a name such as ours have
    lab.sh("alice@fe", "echo 'sleep 600' | " + ("sbatch -J pvserver-abcdef --wrap 'sleep 600'" if lab.scheduler == "slurm"
                                                else "qsub -N pvserver-abcdef"))
    check(jobs() == [], f"listed: {jobs()}")
    set_full(lab, True)
    with lab.connect("fe", route="two-hop-forward", scheduler=lab.scheduler) as run:
        check(run.wait(60, event="phase", phase="queue"), f"not queued: {run.events[-3:]}")
        (held,) = jobs("--cancel", "left")
        check(held["held"] and held["action"] == "none" and held["state"] == "queued", f"in use: {held}")
        strike(lab, "shells", run)  # nobody is left who would cancel; then the lease is an old one
    lab.sh("alice@fe", "for f in .cache/pvhop/*/lease; do echo '1 1000' >$f; done")
    (left,) = jobs()
    check(not left["held"] and left["id"] == held["id"], f"left: {left}")
    (left,) = jobs("--cancel", "left")
    check(left["action"] == "cancelled", f"cancelled: {left}")
    processes.wait_until(lambda: len(lab.jobs()) == 1, 20, 0.2)
    check(len(lab.jobs()) == 1 and not lab.files() and jobs() == [], f"left: {lab.jobs()} {lab.files()}")
    set_full(lab, False)
    lab.sh("alice@fe", "scancel -u alice; qdel -u alice")
    return lab.wait_clean(40)


RACES["jobs"] = jobs_lists_and_cancels


# ---- the table ----

def tidy(lab):
    """After a failure, so that the next case does not find what this one left."""
    lab.sh("root@fe", "scancel -u alice; qdel -u alice")
    for host in ("fe", "cn1", "cn2"):
        lab.sh(f"root@{host}", "pkill -KILL -u alice")
    lab.sh("root@ws", "nft delete table inet cut; pkill -KILL -u wsuser")
    lab.sh("root@fe", "rm -rf ~alice/.cache/pvhop/*")
    set_full(lab, False)
    processes.wait_until(lambda: not lab.left(), 60, 0.2)


def tables(results):
    """Cells and races, as rows."""
    rows = [["phase", *VICTIMS], ["---"] * (len(VICTIMS) + 1)]
    rows += [[p, *(results.get(f"{p}.{v}", "" if f"{p}.{v}" in CELLS else "-") for v in VICTIMS)] for p in PHASES]
    races = [["race", "nothing left after"], ["---", "---"]]
    races += [[race.__doc__, results.get(name, "")] for name, race in RACES.items()]
    return rows, races


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--scheduler", choices=SUBMIT, default="slurm")
    parser.add_argument("--docs", type=Path)
    parser.add_argument("cases", nargs="*")
    args = parser.parse_args()
    cluster.skip_without_lab()
    cases = CELLS + list(RACES)
    if args.cases != ["all"]:
        cases = args.cases or [c for c in cases if not c.endswith(".network")]
    results = {}
    with Cluster(args.build, "--scheduler", args.scheduler) as lab:
        for case in cases:
            try:
                results[case] = f"{RACES[case](lab) if case in RACES else die(lab, *case.split('.')):.1f} s"
            except (Failure, ValueError) as e:
                results[case] = f"FAILED: {e}"
                tidy(lab)
            print(f"{case}: {results[case]}", flush=True)
    if args.docs:
        cluster.write_tables(args.docs, BEGIN.format(args.scheduler), END, *tables(results))
    failed = [c for c in cases if results[c].startswith("FAILED")]
    print(f"{len(cases) - len(failed)} left nothing, {len(failed)} did {failed or ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
