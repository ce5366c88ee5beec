#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Other users of a front end and of a node, who read all that ps and the network tables show, use the right connect id
and a real pvserver of their own: they do not get through, and the genuine pvserver does.

    strangers.py --build DIR [ROUTE...]
"""
import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import cluster
from cluster import Cluster, Failure, check
import processes

# A pvserver that waits until it is told to go on, so that strangers have all the time they want.
SLOW = """#!/bin/sh
case $* in *--version*) exec pvserver --version ;; esac
while [ ! -e ~/go ]; do sleep 0.1; done
exec pvserver "$@"
"""
INTRUDER = "tess"  # another user, with an account on all hosts


def seen(lab, host, pattern):
    """What a stranger finds in the process list of a host."""
    found = []
    processes.wait_until(lambda: found.extend(re.findall(pattern, lab.sh(f"{INTRUDER}@{host}", "ps -e -o args="))) or found,
                         60, 0.2)
    check(found, f"no process on {host} shows {pattern}")
    return found[0]


def intrude(lab, doors, connect_id):
    """A stranger's own pvserver calls at each door (host, address, port), all at once; yields what each said."""
    callers = [subprocess.Popen(lab.argv(f"{INTRUDER}@{host}", "timeout", 20, "pvserver", "--reverse-connection",
                                         f"--client-host={to}", f"--server-port={at}", f"--connect-id={connect_id}"),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
               for host, to, at in doors]
    for door, caller in zip(doors, callers):
        yield door, caller.communicate(timeout=120)[0]


def listening_ports(lab, host, address):
    table = lab.sh(f"{INTRUDER}@{host}", f"ss -Hltn src {address} | awk '{{ print $4 }}'")
    return [line.rpartition(":")[2] for line in table.split()]


def holding(lab, host, words):
    """The files of a host in which these words stand: of homes, temporary folders, what daemons keep, logs."""
    found = lab.sh(f"root@{host}", "grep -rlsF -D skip -f - /home /tmp /srv /dev/shm /var/spool /var/log /run", input=words)
    return {name for name in found.split("\n") if name}


def check_kept(lab, run, token):
    """The token stands in its own file and in no other of either side, in no event and no report of pvhop's."""
    own = lab.sh("alice@fe", "ls ~/.cache/pvhop/*/token").strip()
    check(lab.sh("alice@fe", f"stat -c %a {own}").strip() == "600", "others can read the token's file")
    for host in ("ws", "fe", "cn1", "cn2"):
        kept = holding(lab, host, token)
        expected = set() if host == "ws" else {own}  # their home is shared: so the search finds what is there
        check(kept == expected, f"on {host} the token stands in {kept or 'nothing, not even its file'}")
    events = "".join(json.dumps({k: v for k, v in e.items() if k != "seen"}) + "\n" for e in run.events)
    report = lab.report(events, lab.sh("root@fe", "ps -e -o args="))
    for name, text in (("events", events), ("report", report)):
        check('"phase"' in text, f"the {name} say nothing: {text[:300]}")
        check(token not in text, f"the token stands in the {name}")
    print(f"the token: in its own file and nowhere else; report of {len(report)} bytes", flush=True)


def attempt(lab, route):
    """One connection with strangers at every door."""
    lab.lab("set", "--gateway-ports", "no", "--tcp-forwarding", "yes")
    lab.sh("alice@fe", "rm -f go; cat >slow && chmod 755 slow", input=SLOW)
    more = {"client_host": "10.77.1.2"} if route == "relay" else {}
    with lab.connect("fe", route=route, scheduler="slurm", pvserver="~/slow", **more) as run:
        check(run.wait(120, event="phase", phase="start"), f"the job did not start: {lab.error(run, 0)}")
        node = "cn1" if "slow" in lab.sh("root@cn1", "ps -e -o args=") else "cn2"
        connect_id = seen(lab, node, r"--connect-id=(\d+)")
        own_port = seen(lab, node, r"--client-host=127\.0\.0\.1 --server-port=(\d+)")
        front, port = seen(lab, node, r"127\.0\.0\.1:0:([0-9.]+):(\d+)")
        doors = [(node, "127.0.0.1", own_port), ("fe", front, port), (node, front, port),
                 ("cn2" if node == "cn1" else "cn1", front, port)]
        # Also what stands behind the relay on the front end.
        doors += [("fe", "127.0.0.1", p) for p in listening_ports(lab, "fe", "127.0.0.1") if p != "22"]
        for (host, to, at), said in intrude(lab, doors, connect_id):
            print(f"{route}: from {host} to {to}:{at}: {' / '.join(said.split(chr(10))[:3])}", flush=True)
            check("Connecting to client" in said, f"{INTRUDER} on {host} has no pvserver: {said}")
            check("Client connected" not in said, f"{INTRUDER} on {host} got through at {to}:{at}: {said}")
            check(not run.wait(0, event="ready"), f"pvhop took {INTRUDER}'s pvserver, from {host} at {to}:{at}")
        shown = "".join(lab.sh(f"root@{h}", "ps -e -o args=; cat /proc/[0-9]*/environ | tr '\\0' '\\n'")
                        for h in ("fe", "cn1", "cn2"))
        token = lab.sh("alice@fe", "cat ~/.cache/pvhop/*/token").strip()
        check(re.fullmatch("[0-9a-f]{32}", token), f"the token's file holds '{token}'")
        check(token not in shown, "the token stands in an argument or in an environment")
        check_kept(lab, run, token)
        lab.sh("alice@fe", "touch go")
        result = lab.compute(run)
        check(result["server"]["host"].startswith("cn") and result["cells"] > 0, f"it computed {result}")
        check(run.wait_end(60) == 0, f"pvhop did not end well: {lab.error(run, 0)}")
    lab.sh("alice@fe", "rm -f go slow")
    lab.wait_clean()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("routes", nargs="*", default=["relay-tunnel", "relay"])
    args = parser.parse_args()
    cluster.skip_without_lab()
    with Cluster(args.build, "--scheduler", "slurm") as lab:
        for route in args.routes:
            try:
                attempt(lab, route)
            except Failure as e:
                print(f"{route}: FAILED: {e}")
                return 1
            print(f"{route}: nobody else got through")
    return 0


if __name__ == "__main__":
    sys.exit(main())
