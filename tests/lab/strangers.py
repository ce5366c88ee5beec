#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Other users of a front end and of a node, who read all that ps and the network tables show, use the right connect id
and a real pvserver of their own: they do not get through, and the genuine pvserver does.

    strangers.py --build DIR [ROUTE...]

ROUTE: relay-tunnel, relay, stdio-reverse (what route auto does where only the nodes can call and nothing is forwarded),
or stdio, where pvserver listens: there the connect id is all that it asks for (docs/security.md), and what that is worth
is tried. Without any: all.
"""
import argparse
import contextlib
import json
import re
import subprocess
import sys
from pathlib import Path

import cluster
from cluster import Cluster, Failure, check
import matrix_auto
import processes

# A pvserver that waits until it is told to go on, so that strangers have all the time they want.
SLOW = """#!/bin/sh
case $* in *--version*) exec pvserver --version ;; esac
while [ ! -e ~/go ]; do sleep 0.1; done
exec pvserver "$@"
"""
# A pvserver that listens, and nobody is told where but by the network's tables until it is told to go on.
MUTE = """#!/bin/sh
case $* in *--version*) exec pvserver --version ;; esac
pvserver "$@" | { while [ ! -e ~/go ]; do sleep 0.1; done; exec cat; }
"""
SUPPORT = cluster.HERE.parent / "support"
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


@contextlib.contextmanager
def slow_connection(lab, script, **recipe):
    """A connection whose pvserver is this script, until ~/go is there; yields it, pvserver's node and its connect id."""
    lab.sh("alice@fe", "rm -f go; cat >slow && chmod 755 slow", input=script)
    with lab.connect("fe", scheduler="slurm", pvserver="~/slow", **recipe) as run:
        check(run.wait(120, event="phase", phase="start"), f"the job did not start: {lab.error(run, 0)}")
        node = processes.wait_until(lambda: next((n for n in ("cn1", "cn2") if "--connect-id=" in
                                                  lab.sh(f"root@{n}", "ps -e -o args=")), None), 60, 0.2)
        check(node, "pvserver is on no node")
        yield run, node, seen(lab, node, r"--connect-id=(\d+)")
    lab.sh("alice@fe", "rm -f go slow")
    lab.wait_clean()


def check_genuine(lab, run):
    """Whoever belongs there gets in and works."""
    lab.sh("alice@fe", "touch go")
    result = lab.compute(run)
    check(result["server"]["host"].startswith("cn") and result["cells"] > 0, f"it computed {result}")
    check(run.wait_end(60) == 0, f"pvhop did not end well: {lab.error(run, 0)}")


def recipe_of(lab, route):
    """Makes the site one at which `route` is the way; what the recipe has to say then."""
    if route == "stdio-reverse":
        matrix_auto.set_site(lab, "no", "no", "cut")
        check(matrix_auto.attempt(lab, "may")[1], "what works here was not learnt")
        return {"route": "auto"}
    matrix_auto.set_site(lab, "no", "no" if route == "stdio" else "yes", "inside")
    return {"route": route, **({"client_host": "10.77.1.2"} if route == "relay" else {})}


def attempt(lab, route):
    """One connection with strangers at every door."""
    with slow_connection(lab, SLOW, **recipe_of(lab, route)) as (run, node, connect_id):
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
        check_genuine(lab, run)
    print(f"{route}: nobody else got through")


@contextlib.contextmanager
def stranger_at(lab, node, port, connect_id):
    """A stranger on the node joins the pvserver that listens there: yields whether he got in. He stays that long."""
    talk = (f"import sys; sys.path.insert(0, {str(SUPPORT)!r}); import pretend_pvserver\n"
            f"joined = pretend_pvserver.take('127.0.0.1', {port}, {connect_id})\n"
            "print('in' if joined else 'out', flush=True); sys.stdin.read()")
    caller = subprocess.Popen(lab.argv(f"{INTRUDER}@{node}", "/usr/bin/python3", "-c", talk), stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = caller.stdout.readline().strip()
    if said not in ("in", "out"):
        raise Failure(f"{INTRUDER} on {node} did not try: {said}{caller.communicate()[0]}")
    yield said == "in"
    print(f"stdio: from {node} to pvserver at port {port}: {said} {caller.communicate(timeout=60)[0]}".strip(), flush=True)


def pvserver_port(lab, node):
    """Where a pvserver listens on its node. A stranger sees the port, too, and would try all that he sees."""
    def look():  # MPI has ports of its own in each process, from 1024 on
        table = lab.sh(f"root@{node}", "ss -Hltnp | awk '/pvserver/ { print $4 }'").split()
        return [port for port in (where.rpartition(":")[2] for where in table) if int(port) >= 10000]
    ports = processes.wait_until(look, 60, 0.2)
    check(len(ports) == 1, f"pvserver listens on {node} at {ports}")
    check(ports[0] in listening_ports(lab, node, "0.0.0.0"), f"{INTRUDER} does not see port {ports[0]}")
    return ports[0]


def attempt_listening(lab, route):
    """A pvserver that listens is its own door: who does not know the connect id does not get in, who does is sooner."""
    with slow_connection(lab, MUTE, **recipe_of(lab, route)) as (run, node, connect_id):
        port = pvserver_port(lab, node)
        on_front_end = lab.sh(f"{INTRUDER}@fe", "ps -e -o args=; scontrol show jobs")
        check("JobId=" in on_front_end and connect_id not in on_front_end,
              f"on the front end everybody sees: {on_front_end}")
        with stranger_at(lab, node, port, int(connect_id) ^ 1) as got_in:
            check(not got_in, "pvserver took one who does not know its connect id")
        lab.sh("alice@fe", "touch go")
        check(run.wait(60, event="ready"), f"the genuine client did not get in: {lab.error(run, 0)}")
        with stranger_at(lab, node, port, connect_id) as got_in:
            check(not got_in, "pvserver took a second one")
        check_genuine(lab, run)
    with slow_connection(lab, MUTE, **recipe_of(lab, route)) as (run, node, connect_id):
        with stranger_at(lab, node, pvserver_port(lab, node), connect_id) as got_in:
            check(got_in, "the connect id does not open pvserver: docs/security.md says more than is true")
            lab.sh("alice@fe", "touch go")
            told = lab.error(run, 120)
        check(told and not run.wait(0, event="ready"), f"a pvserver that somebody else has was given out: {told}")
        print(f"{route}: somebody has taken pvserver: {told}")
        run.wait_end(60)
    with lab.connect("fe", scheduler="slurm", route=route) as run:
        check_genuine(lab, run)
        check(any("(route stdio-reverse)" in e.get("text", "") for e in run.events), "pvserver listened once more")
    lab.wait_clean()
    print(f"{route}: as docs/security.md says: nobody without the connect id")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("routes", nargs="*", default=["relay-tunnel", "relay", "stdio-reverse", "stdio"])
    args = parser.parse_args()
    cluster.skip_without_lab()
    with Cluster(args.build, "--scheduler", "slurm") as lab:
        for route in args.routes:
            try:
                (attempt_listening if route == "stdio" else attempt)(lab, route)
            except Failure as e:
                print(f"{route}: FAILED: {e}")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
