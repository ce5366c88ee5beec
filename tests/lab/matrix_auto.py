#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Route `auto` at every kind of site: which route it takes, or what it says.

    matrix_auto.py --build DIR [--docs FILE] [CELL...]

CELL: GATEWAYPORTS.FORWARDING.REACH.HELPER (clientspecified.local.inside.may), REACH being how nodes reach the front
end: by its public address, by its inside address, not at all; or `cut`: they reach it, and it does not reach them.
Without any: all. Each is a `pvhop connect` from the workstation through Slurm, with a contour computed; nothing may be
left. Prints a table; --docs puts it in the place of the one in that file, of which cells that were not tried are kept.
Exit code 77: skipped.
"""
import argparse
import itertools
import re
import sys
from pathlib import Path

import cluster
from cluster import Cluster, Failure, check
from matrix import use

GATEWAY_PORTS = ("no", "yes", "clientspecified")
FORWARDING = ("yes", "no", "local", "remote")
REACH = {"public": "by its public address, too", "inside": "by its inside address", "none": "not at all",
         "cut": "by its inside address, and it does not reach them"}
HELPER = {"may": "may run", "not": "may not"}
BEGIN, END = "<!-- by ./dev lab matrix-auto -->", "<!-- end of auto -->"


def expected(gateway_ports, forwarding, reach, helper):
    """The route that is to be taken, or the code that is to be told."""
    if reach != "cut":
        return "two-hop-forward" if forwarding in ("yes", "local") else "stdio"
    if forwarding in ("yes", "remote") and gateway_ports != "no":
        return "tunnel"
    if helper == "not":
        return "PVH1604"
    return "relay-tunnel" if forwarding in ("yes", "remote") else "stdio-reverse"


def set_site(lab, gateway_ports, forwarding, reach):
    lab.lab("set", "--gateway-ports", gateway_ports, "--tcp-forwarding", forwarding,
            "--firewall", {"none": "inside", "cut": "cn"}.get(reach, "none"))
    for node in ("cn1", "cn2"):
        lab.sh(f"root@{node}", f"ip route {'replace' if reach == 'public' else 'del'} 10.77.1.0/24 via 10.77.2.1")
    lab.sh("root@ws", "rm -rf ~wsuser/.cache/pvhop/routes")


def attempt(lab, helper):
    """The route that a session came about by, or the code of the error and whether it asks for one more."""
    with lab.connect("fe", route="auto", scheduler="slurm", helper="never" if helper == "not" else "upload",
                     timeout_start=90) as run:
        if not run.wait(180, event="ready"):
            told = lab.error(run, 0)
            check(told, f"neither connected nor told why: {run.events[-3:]}")
            lab.wait_clean(60)
            return told.split()[0], "once more" in told
        use(lab, run, "slurm", 1)
        words = [m[1] for m in (re.search(r"\(route ([a-z-]+)\)", e.get("text", "")) for e in run.events) if m]
        check(len(words) == 1, f"routes told: {words}")
        return words[0], False


def cell(lab, gateway_ports, forwarding, reach, helper):
    set_site(lab, gateway_ports, forwarding, reach)
    got, again = attempt(lab, helper)
    if reach == "cut":
        check(again, f"{got} at first, and not what to do next")
        got, again = attempt(lab, helper)
    wanted = expected(gateway_ports, forwarding, reach, helper)
    check(got == wanted, f"{got}, and not {wanted}")
    return got + (" (the second time)" if reach == "cut" and not got.startswith("PVH") else "")


def read_table(docs):
    """{(nodes, helper, forwarding, GatewayPorts): text} of the table in that file."""
    text = docs.read_text().partition(BEGIN)[2].partition(END)[0] if docs else ""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line]
    return {(*row[:3], g): cell for row in rows for g, cell in zip(GATEWAY_PORTS, row[3:])}


def table(results, old):
    rows = [["nodes reach the front end", "helper", "AllowTcpForwarding",
             *(f"GatewayPorts {g}" for g in GATEWAY_PORTS)], ["---"] * 6]
    rows += [[REACH[r], HELPER[h], f, *(results.get((g, f, r, h)) or old.get((REACH[r], HELPER[h], f, g), "")
                                         for g in GATEWAY_PORTS)]
             for r, h, f in itertools.product(REACH, HELPER, FORWARDING)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--docs", type=Path)
    parser.add_argument("cells", nargs="*")
    args = parser.parse_args()
    cluster.skip_without_lab()
    every = list(itertools.product(GATEWAY_PORTS, FORWARDING, REACH, HELPER))
    wanted = [tuple(c.split(".")) for c in args.cells] or every
    results = {}
    with Cluster(args.build, "--scheduler", "slurm") as lab:
        for c in wanted:
            try:
                results[c] = cell(lab, *c)
            except Failure as e:
                results[c] = f"FAILED: {e}"
            print(f"{'.'.join(c)}: {results[c]}", flush=True)
    text = table(results, read_table(args.docs))
    print(text)
    if args.docs:
        before, _, rest = args.docs.read_text().partition(BEGIN)
        args.docs.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")
    failed = [".".join(c) for c in wanted if results[c].startswith("FAILED")]
    print(f"{len(wanted) - len(failed)} as they should be, {len(failed)} not {failed or ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
