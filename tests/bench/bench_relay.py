#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""./dev bench relay: pvhop-relay beside a direct connection and the relays that Debian has.

  --rounds N    rounds of each measurement (default 3)
  --mib N       bytes of one stream (default 1024 MiB)
  --also NAME=PROGRAM   measure also another pvhop-relay
Those of the peers that are not installed are left out, and named.
"""
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import benchlib
import tunnel_paths as paths
from benchlib import US, Goal, ratio_goal

HERE = Path(__file__).resolve().parent
STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"
OURS = 'exec {} --quiet "127.0.0.1:$LISTEN:127.0.0.1:$TARGET"'
HAPROXY = """cat >"$DIR/conf" <<END
global
    maxconn 2000
defaults
    mode tcp
    option splice-auto
    timeout connect 10s
    timeout client 1h
    timeout server 1h
listen relay
    bind 127.0.0.1:$LISTEN
    server target 127.0.0.1:$TARGET
END
exec haproxy -db -f "$DIR/conf" """
NGINX = f"""cat >"$DIR/conf" <<END
load_module '{STREAM_MODULE}';
daemon off;
pid $DIR/pid;
error_log stderr;
events {{ worker_connections 4096; }}
stream {{ server {{ listen 127.0.0.1:$LISTEN; proxy_pass 127.0.0.1:$TARGET; proxy_buffer_size 256k; }} }}
END
exec nginx -e stderr -c "$DIR/conf" """
PEERS = {  # name: (program, package, command)
    "socat": ("socat", "socat", 'exec socat "TCP-LISTEN:$LISTEN,bind=127.0.0.1,fork,reuseaddr" "TCP:127.0.0.1:$TARGET"'),
    "socat -b 1M,nodelay": ("socat", "socat", 'exec socat -b 1048576 "TCP-LISTEN:$LISTEN,bind=127.0.0.1,fork,reuseaddr,nodelay" '
                            '"TCP:127.0.0.1:$TARGET,nodelay"'),
    "redir": ("redir", "redir", 'exec redir -n "127.0.0.1:$LISTEN" "127.0.0.1:$TARGET"'),
    "rinetd": ("rinetd", "rinetd", 'echo "127.0.0.1 $LISTEN 127.0.0.1 $TARGET" >"$DIR/conf"; exec rinetd -f -c "$DIR/conf"'),
    "haproxy": ("haproxy", "haproxy", HAPROXY),
    "nginx stream": ("nginx", "nginx-light", NGINX),
}
FAST = ("socat -b 1M,nodelay", "nginx stream", "haproxy")
ORDER = ["direct", US, *PEERS]
CACHED = ("cached up", "cached down")
SIZES = ("64 B", "64 KiB", "1 MiB", "4 MiB")
BULK_WORD = ("Bulk: splice through a pipe of 1 MiB moves nothing through the program, at a quarter less CPU than through one of "
             "256 KiB. On two CPUs sender, relay and receiver share two, which the direct connection does not have to; a quarter of "
             "a CPU stays idle meanwhile, since the scheduler leaves each of the three where it is. Smaller socket buffers (half the "
             "speed), a thread for each half of the way, other scheduling policies and slices, giving way to the receiver after each "
             "piece, smaller and larger pieces, waking up later (SO_RCVLOWAT) and io_uring gave nothing. Of what stays in the "
             "CPU's cache the relay's own work is a fourth of all; the receiver takes twice the time of the direct connection, since what it "
             "finds when its turn comes no longer fits into its cache. Against the peers that copy, it depends on how busy the machine's "
             "memory is: several runs here gave 1.1 to 1.45 of the best peer, where the two ends alone had 1.35 to 1.6.")
TRIP_WORD = ("Round trips: a relay adds one process that has to be woken. Read and write of 64 KiB with an immediate write cost "
             "least; splicing begins after two full reads only. A new connection takes its options from its port, asks for the "
             "destination's answer at once, moves what is there without waiting to be told, and goes before connections that end in "
             "the same turn. A bare loop of accept, connect, copy and half-close, measured beside it, takes 1.9 to 2.0 times as long as a "
             "direct connection here.")


def peers(args):
    """[(name, command)], and the packages that are missing."""
    relay = args.build / "core" / "relay" / "pvhop-relay"
    if not relay.exists():
        raise SystemExit(f"bench_relay: {relay} is missing; build it with ./dev build core")
    found, missing = [(US, OURS.format(shlex.quote(str(relay))))], []
    for also in args.also:
        name, program = also.split("=", 1)
        found.append((name, OURS.format(shlex.quote(program))))
    for name, (program, package, command) in PEERS.items():
        if not shutil.which(program):
            missing.append(package)
        elif program == "nginx" and not os.path.exists(STREAM_MODULE):
            missing.append("libnginx-mod-stream")
        else:
            found.append((name, command))
    return found, missing


def measure(args, found):
    argv = [args.build / "tests" / "bench" / "bench_relay", args.rounds, args.mib, 50 if args.smoke else 1500,
            *(f"{name}={command}" for name, command in found)]
    with tempfile.TemporaryDirectory(prefix="pvhop-bench-") as folder:  # whatever happens, nothing stays
        os.chmod(folder, 0o755)  # some peers drop their rights
        ran = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, text=True,
                             env={**os.environ, "TMPDIR": folder})
        if ran.returncode != 0:
            for log in Path(folder).glob("*/log"):
                print(f"---- {log} ----\n" + log.read_text(errors="replace")[-2000:])
            raise SystemExit(f"bench_relay ended with {ran.returncode}")
    results = benchlib.Results()
    for name, rows in json.loads(ran.stdout).items():
        for row, values in rows.items():
            for value in values:
                results.add(("relay", "", row), name, value)
    return results


# ---- the goals ----

def key(row):
    return ("relay", "", row)


def slower_direction(*rows):
    return lambda results: min((results.ratio(key(r), "direct") for r in rows), key=lambda r: r[0])


def of_the_best(row, contender=US):
    """The contender's figure by that of the best peer, whichever it was in the median."""
    def measure_it(results):
        there = [p for p in FAST if results.has(key(row), p)]
        if not there:
            return None
        best = max(there, key=lambda p: statistics.median(results.rounds(key(row), p)))
        return results.ratio(key(row), best, contender=contender)
    return measure_it


def no_relay_at_all(results):
    """How much faster than the best peer the two ends are alone: about what any relay could reach."""
    ratios = [of_the_best(row, "direct")(results) for row in ("up", "down")]
    if None in ratios:
        return []
    return ["- Without any relay the two ends reach {:.2f} up and {:.2f} down of that best peer: more than that no relay can be "
            "expected to give.".format(*(r[0] for r in ratios))]


def stalls(peer):
    """Those goals suppose that the peer waits for Nagle's algorithm."""
    def applies(results):
        return "" if results.value(key("64 KiB p99"), peer) > 10000 else f"does not apply: {peer} did not stall"
    return applies


def goals():
    return [
        Goal("bulk x direct, the slower direction", slower_direction("up", "down"), ">=", 0.75, 0.9, tried=BULK_WORD),
        Goal("the same, of what stays in the CPU's cache", slower_direction(*CACHED), ">=", 0.75, 0.9, tried=BULK_WORD),
        Goal("bulk up x the best of socat -b 1M, nginx, haproxy", of_the_best("up"), ">=", 1.3, 1.8, tried=BULK_WORD),
        Goal("bulk down x the best of socat -b 1M, nginx, haproxy", of_the_best("down"), ">=", 1.3, 1.8, tried=BULK_WORD),
        ratio_goal("CPU a GiB up x nginx", key("cpu up"), "nginx stream", "<=", 0.65, 0.5),
        ratio_goal("CPU a GiB down x nginx", key("cpu down"), "nginx stream", "<=", 0.65, 0.5),
        ratio_goal("64 B round trip, p50, x direct", key("64 B p50"), "direct", "<=", 2.5, 2.1, tried=TRIP_WORD),
        ratio_goal("64 B round trip, the fastest, x direct", key("64 B min"), "direct", "<=", 2.5, 2.1, tried=TRIP_WORD),
        ratio_goal("64 B round trip, all on one CPU, the fastest, x direct", key("64 B, one CPU min"), "direct", "<=", 2.5, 2.1, tried=TRIP_WORD),
        ratio_goal("64 KiB reply, p50, x direct", key("64 KiB p50"), "direct", "<=", 2.5, 2.1, tried=TRIP_WORD),
        *(ratio_goal(f"64 KiB reply, p99, x {peer}", key("64 KiB p99"), peer, "<=", 0.02, 0.005, applies=stalls(peer), tried=TRIP_WORD)
          for peer in ("socat", "redir", "rinetd")),
        ratio_goal("connect and echo, p50, x direct", key("connect p50"), "direct", "<=", 2.0, 1.6, tried=TRIP_WORD),
        ratio_goal("connect and echo, p50, x haproxy", key("connect p50"), "haproxy", "<=", 1.0, 0.85, tried=TRIP_WORD),
    ]


# ---- the figures ----

def report(results):
    def cell(name, *rows, form="{:.0f}"):
        there = [results.value(key(r), name) for r in rows if results.has(key(r), name)]
        return " / ".join(form.format(v) for v in there)

    def noisy(name, row):
        return f"{results.value(key(row), name):.0f} ±{benchlib.spread(results.rounds(key(row), name)):.0f} %"
    names = results.contenders("relay", ORDER)
    bulk = [[n, noisy(n, "up"), noisy(n, "down"), cell(n, "cpu up", "cpu down", form="{:.2f}"), cell(n, "memory", form="{:.1f}")]
            for n in names]
    cached = [[n, *(f"{results.value(key(r), n):.0f}" for r in CACHED), *(f"{results.ratio(key(r), 'direct', contender=n)[0]:.2f}" for r in CACHED)]
              for n in names]
    trips = [[n, *(cell(n, f"{s} p50", f"{s} p99") for s in SIZES), cell(n, "connect p50")] for n in names]
    return ["### Against the goals", "", *benchlib.goal_table(results, goals()), *no_relay_at_all(results), "",
            "### One stream", "", "From an array of 64 MiB into another one: geometry comes from memory and goes there. "
            "± is half the range of the rounds: the noise. CPU is of the relay alone.", "",
            *benchlib.table(["", "up, MiB/s", "down, MiB/s", "CPU s/GiB, up / down", "memory, MiB"], bulk), "",
            "### One stream that never leaves the cache", "", "The same MiB over and over, which no data does: what is left is "
            "the cost of the kernel's own work.", "",
            *benchlib.table(["", "up, MiB/s", "down, MiB/s", "up x direct", "down x direct"], cached), "",
            "### Exchanges, microseconds, p50 / p99", "", "A request of 256 bytes, a reply of the size given; "
            "and a new connection with its first message, of 272 bytes, and the first byte of the reply.", "",
            *benchlib.table(["", *SIZES, "connect and echo, p50"], trips)]


def main():
    parser = benchlib.parser(__doc__, 3)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--also", action="append", default=[])
    args = parser.parse_args()
    if args.smoke:
        args.rounds, args.mib = 1, 1
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    network = paths.own_network()
    found, missing = peers(args)
    facts = [benchlib.package("socat", "redir", "rinetd", "haproxy", "nginx-light"), network]
    if missing:
        facts.append("not compared with, for want of Debian packages: " + ", ".join(sorted(set(missing))))
    return benchlib.finish("relay", "The relay", args, facts, report(measure(args, found)))


if __name__ == "__main__":
    sys.exit(main())
