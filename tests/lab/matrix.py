#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every route with every batch system: real sshd, Slurm, Grid Engine, mpiexec, pvserver and pvpython.

    matrix.py --build DIR [--docs FILE] [--gui] [CELL...]

CELL: ROUTE.SCHEDULER.NODES (tunnel.slurm.2), or the name of a site below. Without any: all of them. Each connects by
`pvhop connect` from the workstation, has a contour computed, checks on which host, and that nothing is left on any.
--gui: the client is the real ParaView, by an entry in its Connect dialog; the cells alone. Prints a table; --docs puts it
in the place of the one in that file, of which cells that were not tried are kept. Exit code 77: skipped.
"""
import argparse
import sys
from pathlib import Path

import cluster
from cluster import Cluster, Failure, check

ROUTES = ("direct", "tunnel", "two-hop-forward", "two-hop-reverse", "relay", "relay-tunnel", "stdio")
SCHEDULERS = {"none": "no batch system", "slurm": "Slurm", "sge": "Grid Engine"}
BEGIN, END = "<!-- by ./dev lab matrix -->", "<!-- end -->"
BEGIN_GUI = "<!-- by ./dev lab matrix --gui -->"


def check_result(result, scheduler, nodes):
    where = result["server"]["host"]
    check(where.startswith("fe" if scheduler == "none" else "cn"), f"{where} computes")
    check(result["ranks"] == nodes and result["cells"] > 0, f"it computed {result}")


def use(lab, run, scheduler, nodes):
    """A client computes and leaves; the seconds until the connection stood. Fails if the wrong machine computes, or
    something is left."""
    result = lab.compute(run)
    connected = run.wait(10, event="connected")
    check(connected, f"no word of the connection: {run.events[-3:]}")
    check_result(result, scheduler, nodes)
    check(run.wait_end(60) == 0, f"pvhop did not end well: {lab.error(run, 0)}")
    lab.wait_clean()
    return connected["t"]


def connect(lab, host, route, scheduler="slurm", nodes=1, **more):
    fields = cluster.TWO_NODES[scheduler] if nodes == 2 else {}
    with lab.connect(host, route=route, scheduler=scheduler, **fields, **more) as run:
        return use(lab, run, scheduler, nodes)


def connect_gui(lab, host, route, scheduler="slurm", nodes=1, **more):
    """As connect, by ParaView itself; the seconds from its start until it had the session."""
    fields = {"route": route, "scheduler": scheduler, **(cluster.TWO_NODES[scheduler] if nodes == 2 else {}), **more}
    # A display on the nodes, or ParaView says in a box of its own that it cannot render there.
    fields["mpi"] = f"{fields.get('mpi', '')} xvfb-run -a".strip()
    result = lab.in_paraview(host, *(f"--{name.replace('_', '-')}={value}" for name, value in fields.items()))
    check_result(result, scheduler, nodes)
    lab.wait_clean(60)
    return result["times"]["connected"] - result["times"]["began"]


# ---- the matrix ----

def set_routed(lab, on):
    """Whether the front end passes packets on, so that nodes reach the workstation."""
    lab.sh("root@fe", f"sysctl -qw net.ipv4.ip_forward={int(on)}")
    for host, net, via in (("ws", 2, "10.77.1.10"), ("cn1", 1, "10.77.2.1"), ("cn2", 1, "10.77.2.1")):
        lab.sh(f"root@{host}", f"ip route {'replace' if on else 'del'} 10.77.{net}.0/24 via {via}")


def cell(lab, route, scheduler, nodes, by=connect):
    """One connection, at a site that is as strict as the route bears."""
    on_node = scheduler != "none"
    lab.lab("set", "--gateway-ports", "clientspecified" if route == "tunnel" and on_node else "no",
            "--tcp-forwarding", "no" if route in ("direct", "relay", "stdio") else "yes")
    routed = route == "direct" and on_node
    if routed:
        set_routed(lab, True)
    more = {"client_host": "10.77.1.2"} if route in ("direct", "relay") else {}
    try:
        return by(lab, "fe", route, scheduler, int(nodes), **more)
    finally:
        if routed:
            set_routed(lab, False)


# ---- sites: what they may be like, and what comes of it ----

def gateway_ports_no(lab):
    """`tunnel` to a node where sshd opens ports on loopback only: said before a job is submitted"""
    lab.lab("set", "--gateway-ports", "no")
    with lab.connect("fe", route="tunnel", scheduler="slurm") as run:
        told = lab.error(run)
        check(told and "loopback" in told, f"told: {told}")
        check(not run.wait(0, event="phase", phase="submit"), "a job was submitted")
    lab.wait_clean()
    return told.split()[0]


def no_node_ssh(lab):
    """nodes without sshd, `two-hop-forward`"""
    lab.lab("set", "--node-ssh", "never")
    return connect(lab, "fe", "two-hop-forward")


def node_ssh_refused(lab):
    """nodes without sshd, `two-hop-reverse`: said, and the job ended"""
    lab.lab("set", "--node-ssh", "never")
    with lab.connect("fe", route="two-hop-reverse", scheduler="slurm") as run:
        told = lab.error(run)
        check(told and told.split()[0] == "PVH1406" and "cn" in told, f"told: {told}")
    lab.wait_clean()
    return told.split()[0]


def job_node_ssh(lab):
    """nodes that let in who has a job there, `two-hop-reverse`"""
    lab.lab("set", "--node-ssh", "job")
    return connect(lab, "fe", "two-hop-reverse")


def one_session(lab):
    """MaxSessions 1, `two-hop-forward`"""
    lab.lab("set", "--max-sessions", "1")
    return connect(lab, "fe", "two-hop-forward")


def round_robin(lab):
    """a login name of two front ends, `tunnel`, once on each: all happens on the one that answered"""
    lab.lab("set", "--gateway-ports", "clientspecified")
    seconds, seen = [], set()
    for _ in range(2):
        with lab.connect("login", route="tunnel", scheduler="slurm") as run:
            seconds.append(use(lab, run, "slurm", 1))
            seen |= {e["text"].rsplit(" of ")[-1] for e in run.events if " leads here" in e.get("text", "")}
        lab.lab("turn")
    check(len(seen) == 2, f"only here: {seen}")
    return max(seconds)


def one_time_code(lab):
    """password, then a one-time code: each asked once, for login, job, tunnel and clean-up together"""
    with lab.connect("carol@fe", route="two-hop-forward", scheduler="slurm") as run:
        password = run.wait(event="prompt")
        check(password, f"not asked: {run.events[-3:]}")
        run.answer(password, "carolpass")
        code = run.wait(after=password, event="prompt")
        check(code, f"asked once only: {run.events[-3:]}")
        run.answer(code, lab.lab("code", "carol"))
        seconds = use(lab, run, "slurm", 1)
        asked = [e["text"] for e in run.events if e["event"] == "prompt"]
        check(len(asked) == 2, f"asked: {asked}")
    return seconds


SITES = {f.__name__.replace("_", "-"): f for f in (
    gateway_ports_no, no_node_ssh, node_ssh_refused, job_node_ssh, one_session, round_robin, one_time_code)}
HARMLESS = ("--gateway-ports", "no", "--tcp-forwarding", "yes", "--node-ssh", "always", "--max-sessions", "10")


# ---- the table ----

def run_all(build, names, by):
    """{name: seconds, or why it failed}; a cluster for each batch system."""
    results = {}
    for scheduler in SCHEDULERS:
        mine = [n for n in names if n.split(".")[1:2] == [scheduler] or (n in SITES and scheduler == "slurm")]
        if not mine:
            continue
        with Cluster(build, "--scheduler", scheduler) as lab:
            for name in mine:
                try:
                    lab.lab("set", *HARMLESS)
                    if name in SITES:
                        results[name] = SITES[name](lab)
                    else:
                        route, _, nodes = name.split(".")
                        results[name] = cell(lab, route, scheduler, nodes, by)
                except Failure as e:
                    results[name] = f"FAILED: {e}"
                print(f"{name}: {shown(results[name])}", flush=True)
    return results


def shown(value):
    return f"{value:.1f} s" if isinstance(value, float) else str(value)


def tables(results):
    """The matrix and the sites, as rows."""
    kinds = {1: "1 process", 2: "MPI, 2 hosts"}
    columns = [(s, n) for s in SCHEDULERS for n in (1, 2)]
    rows = [["route", *(f"{SCHEDULERS[s]}, {kinds[n]}" for s, n in columns)],
            ["---"] * (len(columns) + 1)]
    rows += [[f"`{route}`", *(shown(results.get(f"{route}.{s}.{n}", "")) for s, n in columns)] for route in ROUTES]
    sites = [["site", "Slurm, 1 process"], ["---", "---"]]
    sites += [[SITES[n].__doc__, shown(results.get(n, ""))] for n in SITES]
    return rows, sites


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--docs", type=Path)
    parser.add_argument("--gui", action="store_true")
    parser.add_argument("cells", nargs="*")
    args = parser.parse_args()
    cluster.skip_without_lab()
    everything = [f"{r}.{s}.{n}" for s in SCHEDULERS for r in ROUTES for n in (1, 2)] + ([] if args.gui else list(SITES))
    results = run_all(args.build, args.cells or everything, connect_gui if args.gui else connect)
    made = tables(results)[:1 if args.gui else 2]
    print(cluster.table_text(*made))
    if args.docs:
        cluster.write_tables(args.docs, BEGIN_GUI if args.gui else BEGIN, END, *made)
    failed = [n for n in args.cells or everything if str(results.get(n, "FAILED")).startswith("FAILED")]
    print(f"{len(results) - len(failed)} connect or are refused as they should be, {len(failed)} do not {failed or ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
