#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""./dev bench queue: a job that waits in the queue, and how soon after it may start ParaView can connect.

Slurm in the lab, full at first. The job is submitted by pvhop (route two-hop-forward), and by the script that
sites give to their users: sbatch, squeue every few seconds by ssh, then a tunnel. Then the nodes become free.

  --rounds N    rounds of each (default 3)
"""
import subprocess
import sys
import time

import benchlib
from benchlib import TOP, US, ratio_goal, turned

sys.path.insert(0, str(TOP / "tests" / "lab"))
import cluster  # noqa: E402
from tunnel_paths import processes  # noqa: E402

POLL_S = 5
SCRIPT = f"script, a look every {POLL_S} s"
# What such scripts do, without their flaws: it waits for pvserver's own word, and for its tunnel. Its words end in "ready".
POLLING = f"""
port=$((20000 + $$ % 10000)); out=bench-$$.out
id=$(ssh fe "sbatch --parsable --job-name=bench --output=$out --wrap='pvserver --server-port=$port'") || exit 1
echo "submitted $id"
until node=$(ssh fe "squeue -h -j $id -t R -o %B") && [ -n "$node" ]; do sleep {POLL_S}; done
until ssh fe "grep -qs Accepting $out"; do sleep 1; done
ssh -N -L "$port:$node:$port" fe & tunnel=$!
until [ -n "$(ss -Hltn "sport = :$port")" ]; do sleep 0.1; done
echo ready
read -r _
kill $tunnel
ssh fe "scancel $id; rm -f $out"
"""
LIMIT_S = 120
WORD = ("The wait: pvhop asks the scheduler over the session that it has, at growing intervals, and the job itself tells "
        "where it is. What is left is Slurm's own start of the job and pvserver's.")


def logins(lab):
    """How often sshd on the front end has let somebody in."""
    return lab.lab("log", "fe", "sshd").count("Accepted ")


def fill(lab):
    """A job that takes all nodes; its number."""
    number = lab.sh("alice@fe", "sbatch --parsable --job-name=full --output=/dev/null --nodes=2 --exclusive --wrap='sleep 1000'").strip()
    there = processes.wait_until(lambda: lab.sh("root@fe", f"squeue -h -j {number} -t R -o %i").strip(), LIMIT_S, 0.2)
    cluster.check(there, "the nodes could not be filled")
    return number


def pending(lab):
    return lab.sh("root@fe", "squeue -h -t PD -o %i").split()


def free(lab, number, seconds):
    """Once a job waits, and so long after: makes the nodes free. When that was, and the logins in the wait by then."""
    cluster.check(processes.wait_until(lambda: pending(lab), LIMIT_S, 0.2), "no job came into the queue")
    before = logins(lab)
    time.sleep(seconds)  # what is measured: a wait of this length
    known = logins(lab) - before
    lab.sh("root@fe", f"scancel {number}")
    return time.monotonic(), known


def by_pvhop(lab, number, wait_s):
    with lab.connect("fe", route="two-hop-forward", scheduler="slurm") as run:
        began, known = free(lab, number, wait_s)
        cluster.check(run.wait(LIMIT_S, event="ready"), f"pvhop: {lab.error(run, 0)}")
        return time.monotonic() - began, known


def by_script(lab, number, wait_s):
    run = subprocess.Popen(lab.argv("wsuser@ws", "/bin/bash", "-c", POLLING), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        began, known = free(lab, number, wait_s)
        cluster.check(any(line.strip() == "ready" for line in iter(run.stdout.readline, "")), "the script ended early")
        return time.monotonic() - began, known
    finally:
        run.communicate("\n", timeout=LIMIT_S)


def measure(args):
    results, ways = benchlib.Results(), {SCRIPT: by_script, US: by_pvhop}
    with cluster.Cluster(args.build, "--scheduler", "slurm") as lab:
        for number in range(args.rounds):
            wait_s = 0 if args.smoke else 10 + 1.7 * number  # not in step with anybody's looks
            for name in turned([SCRIPT] if args.smoke else list(ways), number):
                benchlib.progress(f"round {number + 1} of {args.rounds}: {name}")
                seconds, known = ways[name](lab, fill(lab), wait_s)
                results.add(("queue", "", "free nodes to ready, s"), name, seconds)
                results.add(("queue", "", "logins a minute of waiting"), name, known * 60 / wait_s if wait_s else 0)
                processes.wait_until(lambda: not lab.jobs(), LIMIT_S, 0.2)
    return results


def report(results):
    figures = ["free nodes to ready, s", "logins a minute of waiting"]
    goals = [ratio_goal(f"from free nodes to ready x the {SCRIPT}", ("queue", "", figures[0]), SCRIPT, "<=", 1.0, 0.5, tried=WORD)]
    return ["### Against the goals", "", "This goal is this program's own.", "", *benchlib.goal_table(results, goals), "", "### Figures", "",
            *benchlib.plain_table(results, "queue", "", figures, "{:.1f}", [SCRIPT, US])]


def main():
    args = benchlib.parser(__doc__, 3).parse_args()
    args.rounds = 1 if args.smoke else args.rounds
    cluster.skip_without_lab()
    processes.become_reaper()
    try:
        results = measure(args)
    finally:
        processes.end_all()
    slurm = benchlib.package("slurmctld")
    return benchlib.finish("queue", "Waiting in a queue", args, [f"{slurm}, in the lab of namespaces"], report(results))


if __name__ == "__main__":
    sys.exit(main())
