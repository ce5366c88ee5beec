# SPDX-License-Identifier: BSD-3-Clause
"""soak.py in the cluster of tests/lab: pvserver on the front end and in batch jobs on nodes, packets dropped."""
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))
import cluster  # noqa: E402
import connecting  # noqa: E402
import soak  # noqa: E402
from soak import Failure  # noqa: E402

HOSTS = ("ws", "fe", "cn1", "cn2")
FAULTS = ("kill", "stop", "descriptors", "memory", "drop", "cancel", "parent", "cancel-job", "sshd", "disk", "none")
# What a process gets from now on: a few descriptors more than it has open, or hardly more memory.
LIMITS = {"descriptors": "prlimit --pid {pid} --nofile=$(( $(ls /proc/{pid}/fd | wc -l) + {few} ))",
          "memory": "prlimit --pid {pid} --as=$(( ($(sed -n 's/^VmSize:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/{pid}/status)"
                    " + 100 * {few}) * 1024 ))"}
# Where a job is under way, what a scheduler does about it takes longer.
HANG, LINGER = 150, 120


class LabSite:
    def __init__(self, folder, build):
        self.folder = Path(folder)
        self.lab = cluster.Cluster(build, "--scheduler", "slurm")
        self.lab.lab("set", "--gateway-ports", "clientspecified")
        pretender = (HERE.parent / "support" / "pretend_pvserver.py").read_text()
        client = soak.CLIENT.replace("import os, sys, time\n", "import os, sys, time\n", 1)
        for where, text in (("alice@fe", pretender), ("wsuser@ws", pretender)):
            subprocess.run(self.lab.argv(where, "/bin/sh", "-c", "cat >pretend_pvserver.py"), input=text, text=True,
                           check=True)
        subprocess.run(self.lab.argv("wsuser@ws", "/bin/sh", "-c", "cat >client.py"), input=client, text=True,
                       check=True)
        self.lab.sh("alice@fe", f"printf '#!/bin/sh\\nexec /usr/bin/python3 -B ~/pretend_pvserver.py \"$@\"\\n' >pvserver; "
                                "chmod 755 pvserver")

    def close(self):
        self.lab.close()


def victims(lab):
    """[(host, pid, name)] of what runs as one of the users, and their sshd's."""
    found = []
    for host in HOSTS:
        for line in lab.sh(f"root@{host}", "ps -e -o uid=,pid=,comm=").splitlines():
            uid, pid, name = line.split(None, 2)
            if 7700 <= int(uid) < 7800:
                found.append((host, int(pid), name))
    return found


def wait_end(run):
    """Until pvhop has ended. `nsenter`, by which the lab starts it, stops when that is stopped, and has to be told to go
    on; it may do so late."""
    for _ in range(HANG):
        try:
            run.parent.wait(1)
            return
        except subprocess.TimeoutExpired:
            run.parent.send_signal(signal.SIGCONT)
    raise Failure(f"it hangs; last event: {run.events[-1:]}")


def hurt(site, run, fault, draw):
    """Does it, at a moment of its own. Returns what was done, and whether pvhop or its parent was killed."""
    lab = site.lab
    if fault in ("none", "disk"):
        return fault, False
    phase = draw.choice(("config", "auth", "tunnel", "submit", "queue", "start", "check", "connected"))
    run.wait(40, phase=phase)
    time.sleep(draw.uniform(0, 0.3))  # the moment is part of what is drawn
    if fault == "cancel":
        try:
            run.cancel()
        except OSError:
            pass
    elif fault == "parent":
        run.parent.kill()
        return fault, True
    elif fault == "cancel-job":
        lab.sh("root@fe", "scancel -u alice")
    elif fault == "sshd":
        lab.sh("root@fe", "pkill -HUP -x -o sshd")
    elif fault == "drop":
        seconds = draw.choice((1, 1, 3, 3, 8, 8, 20, 60))
        rules = "add table inet soak; add chain inet soak in { type filter hook input priority -5; }; " \
                "add rule inet soak in iifname != \"lo\" tcp dport 22 drop"
        lab.sh("root@fe", f"nft '{rules}'")
        time.sleep(seconds)
        lab.sh("root@fe", "nft delete table inet soak")
        return f"drop {seconds} s", False
    else:
        there = victims(lab)
        if not there:
            return f"{fault} nobody", False
        host, pid, name = draw.choice(there)
        if fault == "stop":
            lab.sh(f"root@{host}", f"kill -STOP {pid}; sleep {draw.uniform(0.1, 2):.1f}; kill -CONT {pid}")
        elif fault in LIMITS:
            lab.sh(f"root@{host}", LIMITS[fault].format(pid=pid, few=draw.randrange(5)))
        else:
            lab.sh(f"root@{host}", f"kill -KILL {pid}")
        return f"{fault} {name}", fault == "kill" and host == "ws"
    return fault, False


def left(lab):
    """As the cluster has it, but for the files that the soak has put there."""
    return lab.left()


def clean(site, done, tally):
    """Nothing is left. A job's folder stays where its watchdog was killed by force, as the documents say; then `pvhop
    jobs --cancel left` is what removes it."""
    lab = site.lab
    try:
        lab.wait_clean(LINGER)
    except cluster.Failure:
        if done != "kill sh" or not all(name in lab.files() for name in lab.left()):
            raise
        subprocess.run(lab.argv("wsuser@ws", lab.pvhop, "jobs", "alice@fe", "--cancel", "left"), capture_output=True,
                       timeout=HANG, check=True)
        lab.wait_clean(LINGER)
        tally["outcomes"]["folder removed by pvhop jobs"] += 1


def judge(run, log, codes, killed):
    errors = [e for e in run.events if e.get("event") == "error"]
    said = log.read_text(errors="replace")
    for bad in ("Assertion", "AddressSanitizer", "runtime error:", "corrupted", "double free"):
        if bad in said:
            raise Failure(f"it said: {said[-500:]}")
    if errors:
        error = errors[-1]
        if error["code"] not in codes or error["code"] == "PVH1903" or not error["what"] or not error["remedy"]:
            raise Failure(f"not documented, or must never come: {error}")
        return error["code"]
    if killed:
        return "killed"
    ended = [e for e in run.events if e.get("event") == "end"]
    if ended:
        return "ended well" if ended[-1]["exit"] == 0 else f"client's {ended[-1]['exit']}"
    raise Failure(f"it ended without a word: {said[-500:]}")


def one_round(site, pvhop, draw, codes, lane, tally):
    lab = site.lab
    fault = draw.choice(FAULTS)
    scheduler = draw.choice(("slurm", "slurm", "none"))
    route = draw.choice(("tunnel", "two-hop-forward", "relay-tunnel", "stdio"))
    if fault == "disk":
        lab.sh("root@fe", "mkdir -p /home/alice/.cache && mount -t tmpfs -o size=64k,uid=7701,gid=7701 none "
                          "/home/alice/.cache && head -c 65536 /dev/zero >/home/alice/.cache/fill")
    log = site.folder / "log"
    log.write_bytes(b"")
    words = ["alice@fe", f"--route={route}", f"--scheduler={scheduler}", "--client=connects", "--client-port=0",
             "--helper=upload", "--pvserver=~/pvserver", "--timeout=15", "--timeout-start=40", "--timeout-queue=60", "--walltime=10m",
             "--", "/usr/bin/python3", "-B", "client.py", ".", f"{draw.uniform(0, 0.5):.2f}"]
    run = connecting.Connecting(pvhop, words, None, log, lab.argv("wsuser@ws"))
    done = fault
    try:
        done, killed = hurt(site, run, fault, draw)
        wait_end(run)
        run.wait(5, event="no such")
        if fault == "disk":
            lab.sh("root@fe", "umount -l /home/alice/.cache")
        outcome = judge(run, log, codes, killed)
        clean(site, done, tally)
        way = f"{route}.{scheduler}"
        tally["rounds"][way] += 1
        tally["faults"][done.split()[0]] += 1
        tally["outcomes"][outcome] += 1
    except (Failure, cluster.Failure) as failure:
        folder = lab.sh("root@fe", "cd /home/alice/.cache/pvhop && tail -n 3 */lease */id */answer; ls -l --full-time */; date")
        tally["failures"].append(f"{route} {scheduler}, {done}: {failure}\n{folder}")
        lab.sh("root@fe", "umount -l /home/alice/.cache 2>/dev/null; nft delete table inet soak 2>/dev/null; "
                          "scancel -u alice")
        for host, pid, _ in victims(lab):
            lab.sh(f"root@{host}", f"kill -KILL {pid}")
        lab.sh("root@fe", "rm -rf /home/alice/.cache/pvhop/[0-9a-f]*")  # one failure is not to be told twice
    finally:
        run.close()
