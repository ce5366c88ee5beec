#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""./dev bench tunnel: pvhop's data path through ssh against OpenSSH's, side by side through a private sshd.

  --rounds N    rounds of each measurement (default 3)
  --part P      only bulk, exchange, hops or long; may be repeated
  --way L|R     only this way; may be repeated
  --also NAME=PROGRAM   measure also another build of tests/bench/forward.c
  --ahead-off   measure pvhop also with PVHOP_READAHEAD=0
  --mib N       bytes of one stream (default 256 MiB)
"""
import re
import statistics
import subprocess
import sys
from pathlib import Path

import benchlib
import tunnel_paths as paths
from benchlib import MIB, US, Goal, percentile, ratio_goal, turned
from tunnel_paths import Direct, Ours, Site, Ssh, processes

SSH, SAME, TTY, DIRECT = "ssh -N", "ssh -N, same cipher", "ssh -tt, same cipher", "direct"
JUMP, JUMP_SAME = "ssh -J", "ssh -J, same cipher"
CHACHA = "pvhop, chacha20"
ORDER = [DIRECT, SSH, SAME, TTY, JUMP, JUMP_SAME, US, CHACHA]
PARTS = ("bulk", "exchange", "hops", "long")
LINK_MS = 25  # each way

# A reply "in" comes to the user's side, one "out" goes from it. ("in" is what images are.)
EXCHANGES = {  # name: (request, reply, direction of the reply, limit in ms)
    "64 B reply": (64, 64, "in", 200),
    "64 KiB reply in": (256, 65536, "in", 400),
    "1 MiB reply in": (256, MIB, "in", 500),
    "4 MiB reply in": (256, 4 * MIB, "in", 500),
    "64 KiB reply out": (256, 65536, "out", 400),
    "1 MiB reply out": (256, MIB, "out", 500),
}
HOP_EXCHANGES = {name: EXCHANGES[name] for name in ("64 KiB reply in", "1 MiB reply in")}


# ---- measuring ----

def contenders(site, way, target, cipher, args):
    """Open tunnels of all kinds, for one way."""
    made = [Direct(target), Ssh(site, SSH, way, target, ["-N"]), Ssh(site, SAME, way, target, ["-N", "-c", cipher]),
            Ssh(site, TTY, way, target, ["-tt", "-c", cipher]), Ours(site, US, way, target)]
    if "bulk" in args.part and not args.smoke:
        made.append(Ours(site, CHACHA, way, target, options=["-c", "chacha20-poly1305@openssh.com"]))
    if args.ahead_off:
        made.append(Ours(site, US + ", no read-ahead", way, target, environment={"PVHOP_READAHEAD": "0"}))
    for also in args.also:
        name, program = also.split("=", 1)
        made.append(Ours(site, name, way, target, program=program))
    return made


def bulk(site, results, part, way, tunnels, number, mib):
    for verb in ("send", "recv"):
        # Of -R the connecting end is the far one.
        direction = "send" if (verb == "send") == (way == "L") else "receive"
        for t in turned(tunnels, number):
            own, path = paths.cpu_seconds(t.own), paths.cpu_seconds(t.path)
            seconds = site.load(t.port, verb, mib * MIB)["seconds"]
            results.add((part, way, direction), t.name, mib / seconds)
            if t.own:
                for who, spent in (("own", paths.cpu_seconds(t.own) - own), ("path", paths.cpu_seconds(t.path) - path)):
                    results.add((part, way, f"{who} CPU {direction}"), t.name, spent * 1024 / mib)


def exchange(site, results, part, way, tunnels, number, exchanges, limit=1.0):
    for name, (request, reply, direction, ms) in exchanges.items():
        verb = "ask" if (direction == "in") == (way == "L") else "told"
        for t in turned(tunnels, number):
            results.add((part, way, name), t.name, site.load(t.port, verb, request, reply, int(ms * limit), 100000)["us"])
    for t in turned(tunnels, number):
        results.add((part, way, "new connection"), t.name, site.load(t.port, "new", int(300 * limit), 2000)["us"])


def one_way(site, results, way, cipher, args):
    tunnels = contenders(site, way, site.service, cipher, args)
    asked = [t for t in tunnels if t.name != CHACHA]
    for number in range(args.rounds):
        benchlib.progress(f"-{way}, round {number + 1} of {args.rounds}")
        if "bulk" in args.part:
            bulk(site, results, "bulk", way, tunnels, number, args.mib)
        if "exchange" in args.part:
            exchange(site, results, "exchange", way, asked, number, EXCHANGES, args.limit)
    for t in tunnels:
        results.add(("memory", way, "MiB"), t.name, sum(paths.peak_mib(p) for p in t.own))
        t.close()


def two_hops(site, results, cipher, args):
    """-R through two sshds, one behind the other."""
    config, pinned = site.jump(), site.jump(f"Ciphers {cipher}")
    tunnels = [Ssh(site, JUMP, "R", site.service, ["-N"], config=config, hops="jump"),
               Ssh(site, JUMP_SAME, "R", site.service, ["-N"], config=pinned, hops="jump"),
               Ours(site, US, "R", site.service, config=config, hops="jump")]
    for number in range(args.rounds):
        benchlib.progress(f"two hops, round {number + 1} of {args.rounds}")
        bulk(site, results, "hops", "R", tunnels, number, max(1, args.mib // 2))
        exchange(site, results, "hops", "R", tunnels, number, HOP_EXCHANGES, args.limit)
    for t in tunnels:
        t.close()


def long_link(site, results, cipher, args):
    """Through -R, 25 ms away each way."""
    config = site.long_link(LINK_MS)
    inward, outward = (1, 1) if args.smoke else (192, 48)
    ms = int(1200 * args.limit)
    for number in range(1 if args.smoke else max(2, args.rounds - 1)):
        benchlib.progress(f"long link, round {number + 1}")
        tunnels = [Ssh(site, SAME, "R", site.service, ["-N", "-c", cipher], config=config),
                   Ours(site, US, "R", site.service, config=config)]
        for t in turned(tunnels, number):
            results.add(("long", "R", "receive"), t.name, inward / site.load(t.port, "send", inward * MIB)["seconds"])
            results.add(("long", "R", "send"), t.name, outward / site.load(t.port, "recv", outward * MIB)["seconds"])
            results.add(("long", "R", "1 MiB request in"), t.name, site.load(t.port, "ask", MIB, 64, ms, 100)["us"])
            results.add(("long", "R", "1 MiB reply in"), t.name, site.load(t.port, "told", 256, MIB, ms, 100)["us"])
            results.add(("long", "R", "1 MiB reply out"), t.name, site.load(t.port, "ask", 256, MIB, ms, 100)["us"])
        for t in tunnels:
            t.close()


def measure(site, args):
    results = benchlib.Results()
    first = Ours(site, US, "R", site.service)
    cipher = first.cipher()
    first.close()
    if {"bulk", "exchange"} & set(args.part):
        for way in args.way:
            one_way(site, results, way, cipher, args)
    if "hops" in args.part:
        two_hops(site, results, cipher, args)
    if "long" in args.part:
        long_link(site, results, cipher, args)
    return results, cipher


# ---- the goals ----

def no_stall(key):
    """A goal against `ssh -N` supposes that it waits for Nagle's algorithm there: 40 ms, most of the time."""
    def applies(results):
        peer = SSH if key[0] != "hops" else JUMP
        return "" if results.value(key, peer, 50) > 10000 else f"not judged: {peer} waits in fewer than half of the exchanges here"
    return applies


RECEIVE_WORD = ("Reception with the same cipher: libssh reads its socket 4 KiB at a time and copies each packet three "
                "times. The read-ahead below it (PVHOP_READAHEAD) took its system calls from 530,000 to some 6,000 a GiB "
                "and doubled the speed; what is left is those copies, in a library that we do not patch.")
SEND_WORD = ("Sending: libssh copies each packet of 32 KiB twice, and clears the buffer; larger writes (256 KiB) made "
             "it as fast as ssh with the same cipher. The rest is the cipher's own time.")
NEW_WORD = ("A new connection costs two trips through sshd, whoever asks; what is left of the difference is one "
            "process that serves all, against ssh's.")
LONG_WORD = ("The long link: the window grows to 16 MiB only as the round trip is learnt (a window that large from the "
             "start halves the speed of short links), and the beginning of the stream runs with the small one.")


def request_in_round_trips(results):
    key = ("long", "R", "1 MiB request in")
    if not results.has(key, US):
        return None
    each = [percentile(s, 50) / (2000 * LINK_MS) for s in results.rounds(key, US)]
    return statistics.median(each), min(each), max(each)


def goals(ways):
    rows = []
    for way in ways:
        for d in ("send", "receive"):
            rows.append(ratio_goal(f"-{way} bulk {d} x ssh as the user gets it", ("bulk", way, d), SSH, ">=", 1.5, 2.0,
                                   tried=SEND_WORD if d == "send" else RECEIVE_WORD))
        for d, must, wish, word in (("send", 1.0, 1.1, SEND_WORD), ("receive", 0.8, 1.0, RECEIVE_WORD)):
            rows.append(ratio_goal(f"-{way} bulk {d} x ssh, same cipher", ("bulk", way, d), SAME, ">=", must, wish, tried=word))
        for d, must, wish, word in (("send", 1.1, 0.9, SEND_WORD), ("receive", 1.2, 1.0, RECEIVE_WORD)):
            rows.append(ratio_goal(f"-{way} own CPU a GiB, {d}, x ssh, same cipher", ("bulk", way, f"own CPU {d}"), SAME,
                                   "<=", must, wish, tried=word))
        for what in ("64 KiB reply in", "64 KiB reply out", "1 MiB reply in", "1 MiB reply out"):
            key = ("exchange", way, what)
            rows.append(ratio_goal(f"-{way} {what}, p99, x ssh -N", key, SSH, "<=", 0.1, 0.03, how=99, applies=no_stall(key)))
        for d in ("in", "out"):
            rows.append(ratio_goal(f"-{way} 1 MiB reply {d}, p50, x ssh -tt, same cipher", ("exchange", way, f"1 MiB reply {d}"),
                                   TTY, "<=", 1.0, 0.8, how=50))
        key = ("exchange", way, "new connection")
        rows.append(ratio_goal(f"-{way} new connection, p50, x ssh -N", key, SSH, "<=", 0.05, 0.02, how=50, applies=no_stall(key),
                               tried=NEW_WORD))
        rows.append(ratio_goal(f"-{way} new connection, p50, x ssh -tt, same cipher", key, TTY, "<=", 1.0, 0.85, how=50,
                               tried=NEW_WORD))
    rows.append(ratio_goal("50 ms link: receive x ssh, same cipher", ("long", "R", "receive"), SAME, ">=", 3.0, 6.0, tried=LONG_WORD))
    rows.append(Goal("50 ms link: 1 MiB request in, round trips", request_in_round_trips, "<=", 1.1, 1.06))
    return rows


# ---- the figures ----

def bulk_table(results, part, ways, form="-{w} {d}"):
    directions = [(w, d) for w in ways for d in ("send", "receive")]
    rows = []
    for name in results.contenders(part, ORDER):
        speed, cost = [], []
        for w, d in directions:
            r = results.rounds((part, w, d), name)
            speed.append(f"{statistics.median(r):.0f} ±{benchlib.spread(r):.0f} %" if r else "")
            own, path = (part, w, f"own CPU {d}"), (part, w, f"path CPU {d}")
            cost.append(f"{results.value(own, name):.2f} ({results.value(path, name):.2f})" if results.has(own, name) else "")
        rows.append([name, *speed, *cost])
    head = [form.format(w=w, d=d) for w, d in directions]
    return benchlib.table(["", *head, *(f"CPU, {h}" for h in head)], rows)


def report(results, args):
    ways = args.way
    lines = ["### Against the goals", "", *benchlib.goal_table(results, goals(ways))]
    if "bulk" in args.part:
        lines += ["", "### One stream, MiB/s, and CPU seconds a GiB", "",
                  "*send* goes from the user's machine, *receive* comes to it (images). ± is half the range of the rounds: the noise.",
                  "CPU is of the ssh client or pvhop alone, and in brackets with sshd.", "",
                  *bulk_table(results, "bulk", ways), "",
                  "Largest memory of the ssh client or pvhop in the whole run, MiB: " + ", ".join(
                      f"{n} {max(results.value(('memory', w, 'MiB'), n) for w in ways):.0f}"
                      for n in results.contenders("memory", ORDER) if n != DIRECT) + "."]
    if "exchange" in args.part:
        for way in ways:
            lines += ["", f"### Exchanges through -{way}, ms, p50 / p99", "",
                      "Requests are of 256 bytes (64 for the first column). A reply *in* comes to the user's machine.",
                      "The p99 of *direct* is what the machine's other work costs everybody.", "",
                      *benchlib.sample_table(results, "exchange", way, [*EXCHANGES, "new connection"], ORDER)]
    if "hops" in args.part:
        lines += ["", "### Two hops, -R", "", "One stream, MiB/s, and CPU seconds a GiB:", "",
                  *bulk_table(results, "hops", "R", "{d}"), "", "Exchanges, ms, p50 / p99:", "",
                  *benchlib.sample_table(results, "hops", "R", [*HOP_EXCHANGES, "new connection"], ORDER)]
    if "long" in args.part:
        lines += ["", f"### A long link: {LINK_MS} ms each way, no limit of rate, -R", "", "MiB/s:", "",
                  *benchlib.plain_table(results, "long", "R", ["receive", "send"], "{:.0f}", ORDER), "",
                  "Exchanges, ms, p50 / p99:", "",
                  *benchlib.sample_table(results, "long", "R", ["1 MiB request in", "1 MiB reply in", "1 MiB reply out"], ORDER)]
    return lines


def ssh_versions():
    libssh = subprocess.run(["pkg-config", "--modversion", "libssh"], capture_output=True, text=True, check=False).stdout.strip()
    return f"{benchlib.said(['ssh', '-V'], r'OpenSSH_[^ ,]*')}, libssh {re.sub(r'[^0-9.]', '', libssh) or '?'} (the goals are for 0.10)"


def arguments():
    parser = benchlib.parser(__doc__, 3)
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--way", action="append", choices=("R", "L"))
    parser.add_argument("--also", action="append", default=[])
    parser.add_argument("--ahead-off", action="store_true")
    parser.add_argument("--mib", type=int, default=256)
    args = parser.parse_args()
    args.part, args.way = args.part or list(PARTS), args.way or ["R", "L"]
    args.limit = 1.0
    if args.smoke:
        args.rounds, args.mib, args.limit, args.way = 1, 1, 0.02, args.way[:1]
    return args


def main():
    args = arguments()
    network = paths.own_network()
    processes.become_reaper()
    site = Site(Path(args.build) / "tests")
    try:
        results, cipher = measure(site, args)
    finally:
        site.close()
    facts = [f"{ssh_versions()}; same cipher: {cipher}", network]
    return benchlib.finish("tunnel", "The tunnel", args, facts, report(results, args))


if __name__ == "__main__":
    sys.exit(main())
