#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""./dev bench setup: from the start of the process to the first byte that has come back through the tunnel.

  --rounds N    rounds of each measurement (default 9)
"""
import sys
import time
from pathlib import Path

import benchlib
import tunnel_paths as paths
from bench_tunnel import ssh_versions
from benchlib import US, ratio_goal, turned
from tunnel_paths import Ours, Site, Ssh, processes

SSH, CLASSIC = "ssh", "ssh, curve25519"
CURVE = ["-o", "KexAlgorithms=curve25519-sha256"]
WORD = ("Set-up: most of what is left is sshd's own: the start of a process for the connection, and one for the login. "
        "pvhop's part was `ssh -G`, twice a hop, one after the other (now all at once), and a wait of 40 ms for an "
        "acknowledgement behind the first hop (now there is something to send with it). libssh 0.10 has no "
        "post-quantum key exchange, which `ssh` uses by default: the second row of peers is ssh without it.")


def kinds(site):
    two, two_classic = site.jump(), site.jump(f"KexAlgorithms {CURVE[1].split('=')[1]}")
    yield "1 hop", SSH, lambda: Ssh(site, SSH, "R", site.service, ["-N"])
    yield "1 hop", CLASSIC, lambda: Ssh(site, CLASSIC, "R", site.service, ["-N", *CURVE])
    yield "1 hop", US, lambda: Ours(site, US, "R", site.service)
    yield "2 hops", SSH, lambda: Ssh(site, SSH, "R", site.service, ["-N"], config=two, hops="jump")
    yield "2 hops", CLASSIC, lambda: Ssh(site, CLASSIC, "R", site.service, ["-N"], config=two_classic, hops="jump")
    yield "2 hops", US, lambda: Ours(site, US, "R", site.service, config=two, hops="jump")


def measure(site, args):
    results = benchlib.Results()
    every = list(kinds(site))
    for number in range(args.rounds):
        benchlib.progress(f"round {number + 1} of {args.rounds}")
        for hops, who, start in turned(every, number):
            began = time.monotonic()
            tunnel = start()
            site.load(tunnel.port, "new", 1000, 1)
            results.add(("setup", "R", hops), who, (time.monotonic() - began) * 1000)
            tunnel.close()
    return results


def report(results):
    goals = [ratio_goal("1 hop x ssh", ("setup", "R", "1 hop"), SSH, "<=", 0.4, 0.3, tried=WORD),
             ratio_goal("2 hops x ssh -J", ("setup", "R", "2 hops"), SSH, "<=", 0.4, 0.3, tried=WORD)]
    return ["### Against the goals", "", *benchlib.goal_table(results, goals), "",
            "### Milliseconds", "", "From the start of the process to the first byte echoed through -R; login by a key.", "",
            *benchlib.plain_table(results, "setup", "R", ["1 hop", "2 hops"], "{:.0f}", [SSH, CLASSIC, US])]


def main():
    args = benchlib.parser(__doc__, 9).parse_args()
    args.rounds = 1 if args.smoke else args.rounds
    network = paths.own_network()
    processes.become_reaper()
    site = Site(Path(args.build) / "tests")
    try:
        results = measure(site, args)
    finally:
        site.close()
    return benchlib.finish("setup", "Set-up", args, [ssh_versions(), network], report(results))


if __name__ == "__main__":
    sys.exit(main())
