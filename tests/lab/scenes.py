#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Users and sites that are not as one would wish: values that mean harm, odd login shells, bad resources, a full queue;
and the examples of ParaView's page on portfwd.

    scenes.py --build DIR [--seconds N] [SCENE...]

--seconds: for how long the queue is full (60). Prints what came of each scene. Exit code 77: skipped.
"""
import argparse
import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import cluster
from cluster import HERE, Cluster, Failure, check, processes

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


@contextlib.contextmanager
def running(lab, where, *words, wait_for):
    """A program in the lab that has said what is waited for; ended afterwards as by Ctrl-C, unless it ends by itself."""
    log = lab.dir / f"{os.urandom(4).hex()}.log"
    with open(log, "w+b") as out:
        run = subprocess.Popen(lab.argv(where, *words), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        run.said = lambda: log.read_text(errors="replace")
        try:
            processes.wait_until(lambda: wait_for in run.said() or run.poll() is not None, 90, 0.1)
            check(wait_for in run.said(), f"{words[0]}: no word of '{wait_for}': {run.said()[-2000:]}")
            yield run
        finally:
            processes.end(run, 60)


def by_portfwd(lab, config):
    """ParaView's page on portfwd: its file and its two commands as they stand there, but for 2 processes of 512."""
    lab.sh("alice@fe", "cat >fwd.cfg", input=config)
    with running(lab, "wsuser@ws", "pvpython", "--force-offscreen-rendering",
                 HERE.parent / "loopback" / "paraview_client.py", "listen", "11111", "0",
                 wait_for="Accepting connection(s)") as client, \
            running(lab, "alice@fe", "sh", "-c", "PATH=$PWD:$PATH; exec portfwd --config fwd.cfg --foreground",
                    wait_for="listening on "), \
            running(lab, "alice@cn1", "sh", "-c", "exec mpirun -np 2 pvserver --reverse-connection "
                    "--client-host=login_node --server-port=11111", wait_for="Client connected") as pvserver:
        client.wait(180)
        pvserver.wait(60)
    said = client.said()
    check("points: " in said and " on cn1\n" in said, said[-2000:])
    lab.sh("alice@fe", "rm -f fwd.cfg")


def portfwd(lab):
    """the two examples of ParaView's page on portfwd: its file, its commands, pvhop-relay in portfwd's place"""
    for where, name, host in (("fe", "client_host", "ws"), ("cn1", "login_node", "fe")):
        lab.sh(f"root@{where}", f"address=$(getent ahostsv4 {host} | sed -n '1s/ .*//p'); "
                                f"echo \"$address {name}\" >>/etc/hosts")
    lab.sh("alice@fe", f"ln -sf {lab.pvhop.parents[1] / 'relay' / 'pvhop-relay'} portfwd")
    by_portfwd(lab, "/* fwd.cfg forwards localhost:11111 to client_host:11111 */ "
                    "tcp { 11111 { => client_host:11111 } }\n")
    # over a reverse ssh tunnel: the relay leads to its end on the front end
    with running(lab, "wsuser@ws", "ssh", "-v", "-N", "-o", "ExitOnForwardFailure=yes", "-R", "22222:localhost:11111",
                 "fe", wait_for="remote forward success"):
        by_portfwd(lab, "tcp { 11111 { => localhost:22222 } }\n")
    lab.sh("alice@fe", "rm -f portfwd")
    lab.wait_clean(60)
    return "both"


def portfwd_entries(lab):
    """the same two by an entry each: a real ParaView, its Connect dialog, a Slurm job of 2 processes on 2 nodes"""
    shown = []
    for route, more in (("relay", ["--client-host=10.77.1.2"]), ("relay-tunnel", [])):
        found = lab.in_paraview("fe", f"--route={route}", *more, "--scheduler=slurm", "--nodes=2", "--processes=2",
                                "--mpi=srun --mpi=pmix_v4 -n {processes} xvfb-run -a", "--client-port=11111")
        check(found["server"]["host"].startswith("cn") and found["ranks"] == 2, f"computed: {found}")
        shown.append(f"{route}: {found['cells']} triangles from {found['server']['host']}")
        lab.wait_clean(60)
    return ", ".join(shown)


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


REVERSE = ("pvserver", "-rc", "-ch=localhost", "-sp=$PV_SERVER_PORT$")
TUNNEL = ("-R", "$PV_SERVER_PORT$:localhost:$PV_SERVER_PORT$")
WAITS, CALLS = "csrc://localhost:11111", "cs://localhost:11111"
# Entries as others write them: what they do, their resource, their words, the host that is to compute.
SHAPES = {
    "xterm, ssh -R": (WAITS, ("xterm", "-T", "title", "-e", "ssh", "-t", *TUNNEL, "alice@fe", *REVERSE), "fe"),
    "cmd, plink -R": (WAITS, ("cmd", "/C", "start", "plink.exe", "-ssh", "-l", "alice", *TUNNEL, "fe", *REVERSE), "fe"),
    "ssh -R": (WAITS, ("ssh", *TUNNEL, "alice@fe", *REVERSE), "fe"),
    "ssh -R, srun": (WAITS, ("ssh", *TUNNEL, "alice@fe", "srun", "--mpi=pmix_v4", "-N1", "-n1", *REVERSE), "cn"),
    "ssh -R, a site's script": (WAITS, ("xterm", "-e", "ssh", *TUNNEL, "alice@fe", "/site/start.sh", "$NODES$",
                                        "$MINUTES$", "$PV_SERVER_PORT$"), "cn"),
    "ssh -R in ssh": (WAITS, ("ssh", *TUNNEL, "alice@fe", "ssh", *TUNNEL, "alice@cn1", *REVERSE), "cn1"),
    "ssh, no tunnel": (WAITS, ("ssh", "alice@fe", "pvserver", "-rc", "-ch=10.77.1.2", "-sp=$PV_SERVER_PORT$"), "fe"),
    "ssh -L": (CALLS, ("ssh", "-L11111:localhost:11111", "alice@fe", "pvserver", "-sp=11111"), "fe"),
    "SSHCommand, PortForwarding": ("csrc://fe:11111", '<SSHConfig user="alice"><PortForwarding/></SSHConfig>', "fe"),
    "SSHCommand": ("cs://fe:11111", '<SSHConfig user="alice"><Terminal/></SSHConfig>', "fe"),
    "a program of this computer": (WAITS, ("/opt/site/launch.sh", "alice@fe", "$NODES$"), "cn"),
}
OPTIONS = "".join(
    f'<Option name="{name}" label="{label}"><Range type="int" min="1" max="9" default="{first}"/></Option>'
    for name, label, first in (("NODES", "number of nodes", 1), ("MINUTES", "minutes to reserve", 5)))


def shape_entry(name, resource, words):
    """One of SHAPES as an entry."""
    if isinstance(words, str):
        arguments = '<Argument value="-rc"/>' if resource.startswith("csrc") else ""
        command = f'<SSHCommand exec="pvserver">{words}<Arguments>{arguments}</Arguments></SSHCommand>'
    else:
        arguments = "".join(f'<Argument value="{word}"/>' for word in words[1:])
        command = f'<Command exec="{words[0]}"><Arguments>{arguments}</Arguments></Command>'
    options = f"<Options>{OPTIONS}</Options>" if "$NODES$" in words else ""
    return f'<Server name="{name}" resource="{resource}"><CommandStartup>{options}{command}</CommandStartup></Server>'


def entries(lab):
    """an entry of each shape that sites give out, converted, connects"""
    lab.sh("wsuser@ws", "cat >shapes.pvsc", input="<Servers>" + "".join(
        shape_entry(name, resource, words) for name, (resource, words, _) in SHAPES.items()) + "</Servers>")
    report = lab.sh("wsuser@ws", f"rm -f ours.pvsc; {lab.pvhop} pvsc convert shapes.pvsc --output ours.pvsc")
    for name, (_, _, where) in SHAPES.items():
        check(f"{name}: converted" in report, f"{name}: {report}")
        with lab.connect(None, f"--entry={name}", "--file=ours.pvsc") as run:
            computed = lab.compute(run)["server"]["host"]
            check(computed.startswith(where), f"{name}: {computed} computes")
            check(run.wait_end(60) == 0, f"{name}: pvhop did not end well: {lab.error(run, 0)}")
        lab.wait_clean(90)
    lab.sh("wsuser@ws", "rm -f shapes.pvsc ours.pvsc")
    return f"{len(SHAPES)} shapes connect"


SCENES = {f.__name__.replace("_", "-"): f
          for f in (comment, shells, resources, entries, portfwd, portfwd_entries, values, queue_full)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("scenes", nargs="*", metavar="SCENE")
    args = parser.parse_args()
    unknown = [name for name in args.scenes if name not in SCENES]
    if unknown:
        parser.error(f"there is no scene {', '.join(unknown)}; there are {', '.join(SCENES)}")
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
