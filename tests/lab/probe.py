#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""`pvhop probe` at sites of every kind: its table is right in every cell. The settings of the lab are the truth.

    probe.py --build DIR [--schedulers slurm,sge,none] [VARIANT...]

VARIANT: the name of a row of VARIANTS, or ask-node; without any, all of them. Exit code 77: skipped.
"""
import argparse
import json
import subprocess
import sys
import time

import cluster
from cluster import Cluster, Failure, check

PLAIN = {"gateway-ports": "no", "tcp-forwarding": "yes", "max-sessions": "10", "permit-listen": "any",
         "permit-open": "any", "node-ssh": "always", "firewall": "none"}
QUEUES = {"slurm": {"batch": (True, None, True), "short": (False, 600, True), "closed": (False, None, False)},
          "sge": {"all.q": None, "short.q": None}}
# What differs from PLAIN, and what that comes to: [reverse on loopback, on an inside address, bound there, to the
# front end, to a node, more sessions, ssh to nodes], and the best route with a batch system and without one.
VARIANTS = {
    "plain": ({}, "y y n y y y y", "two-hop-forward", "tunnel"),
    "gateway-ports-yes": ({"gateway-ports": "yes"}, "y y y y y y y", "two-hop-forward", "tunnel"),
    "gateway-ports-chosen": ({"gateway-ports": "clientspecified"}, "y y y y y y y", "two-hop-forward", "tunnel"),
    "no-forwarding": ({"tcp-forwarding": "no"}, "n n - n n y y", "stdio", "stdio"),
    "local-only": ({"tcp-forwarding": "local"}, "n n - y y y y", "two-hop-forward", "two-hop-forward"),
    "remote-only": ({"tcp-forwarding": "remote"}, "y y n n n y y", "stdio", "tunnel"),
    "remote-and-ports": ({"tcp-forwarding": "remote", "gateway-ports": "clientspecified"}, "y y y n n y y", "stdio",
                         "tunnel"),
    "permit-listen": ({"permit-listen": "127.0.0.1:9"}, "n n - y y y y", "two-hop-forward", "two-hop-forward"),
    "permit-open": ({"permit-open": "127.0.0.1:9"}, "y y n n n y y", "stdio", "tunnel"),
    "one-session": ({"max-sessions": "1"}, "y y n y y n y", "two-hop-forward", "tunnel"),
    "nothing": ({"max-sessions": "1", "tcp-forwarding": "no"}, "n n - n n n y", "stdio", "stdio"),
    "no-ssh-to-nodes": ({"node-ssh": "never"}, "y y n y y y n", "two-hop-forward", "tunnel"),
    "ssh-with-a-job": ({"node-ssh": "job"}, "y y n y y y n", "two-hop-forward", "tunnel"),
}
KEYS = ("reverse_loopback", "reverse_inside", "reverse_bound", "local", "local_node", "max_sessions")
WORDS = {"y": "yes", "n": "no", "-": None}


def run_probe(lab, host, *more):
    began = time.monotonic()
    done = subprocess.run(lab.argv("wsuser@ws", lab.pvhop, "probe", host, "--json", *more), capture_output=True,
                          text=True, timeout=120)
    took = time.monotonic() - began
    check(done.returncode == 0, f"pvhop probe ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout), took


def same(name, found, wanted):
    check(found == wanted, f"{name} is {found!r}, not {wanted!r}")


def check_scheduler(result, scheduler):
    if scheduler == "none":
        same("schedulers", result["schedulers"], [])
        return
    same("the number of schedulers", len(result["schedulers"]), 1)
    found = result["schedulers"][0]
    same("scheduler", found["name"], scheduler)
    same("queues", sorted(q["name"] for q in found["queues"]), sorted(QUEUES[scheduler]))
    for queue in found["queues"]:
        wanted = QUEUES[scheduler][queue["name"]]
        if wanted:
            same(queue["name"], (queue["is_default"], queue["max_walltime"], queue["usable"]), wanted)
    if scheduler == "slurm":
        same("constraints", found["constraints"], ["big"])


def check_cell(lab, variant, scheduler):
    settings, marks, on_node, on_front_end = VARIANTS[variant]
    lab.lab("set", *(word for pair in {**PLAIN, **settings}.items() for word in ("--" + pair[0], pair[1])))
    result, took = run_probe(lab, "alice@fe")
    marks = [WORDS[m] for m in marks.split()]
    if scheduler == "none":
        marks[4] = marks[6] = None  # no node is known
    for key, wanted in zip(KEYS, marks):
        same(key, result["forwarding"][key], wanted)
    same("nodes_ssh", result["nodes_ssh"], marks[6])
    same("helper", result["forwarding"]["helper"], "yes")
    same("inside", [(i["address"], (i["name"] or "").split(".")[0]) for i in result["inside"]], [("10.77.2.1", "fe")])
    same("recommended", result["recommended"], on_front_end if scheduler == "none" else on_node)
    same("user", result["user"], "alice")
    same("leftovers", result["leftovers"], [])
    check(any(p["version"].startswith("5.11") for p in result["pvservers"]), f"pvservers: {result['pvservers']}")
    check_scheduler(result, scheduler)
    lab.wait_clean()
    check(took < 20, f"it took {took:.1f} s")
    return took


def check_ask_node(lab, scheduler):
    """A job tells by which name and address a node reaches the front end; a queue that is closed, why not."""
    lab.lab("set", *(word for pair in PLAIN.items() for word in ("--" + pair[0], pair[1])))
    result, took = run_probe(lab, "alice@fe", "--ask-node")
    told = [c for c in result["checks"] if c["check"] == "inside"]
    same("the number of checks of that name", len(told), 1)
    same("from a node", [(i["address"], i["from_node"], (i["from_node_name"] or "").split(".")[0])
                         for i in result["inside"]],
         [("10.77.2.1", None, "")] if scheduler == "none" else [("10.77.2.1", "yes", "fe")])
    same(f"its state ({told[0]['text']})", told[0]["state"], "skipped" if scheduler == "none" else "ok")
    lab.wait_clean()
    if scheduler == "slurm":
        refused, _ = run_probe(lab, "alice@fe", "--ask-node", "--queue=nowhere")
        told = [c for c in refused["checks"] if c["check"] == "inside"][0]
        same("without such a queue", (told["state"], "nowhere" in told["text"] or "partition" in told["text"]),
             ("note", True))
        lab.wait_clean()
    return took


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--build", required=True)
    words.add_argument("--schedulers", default="slurm,sge,none")
    words.add_argument("variants", nargs="*")
    words = words.parse_args()
    cluster.skip_without_lab()
    failed = 0
    for scheduler in words.schedulers.split(","):
        with Cluster(words.build, "--scheduler", scheduler) as lab:
            for variant in words.variants or [*VARIANTS, "ask-node"]:
                try:
                    took = check_ask_node(lab, scheduler) if variant == "ask-node" else \
                        check_cell(lab, variant, scheduler)
                    print(f"{scheduler:6} {variant:22} right, {took:.1f} s", flush=True)
                except Failure as failure:
                    failed += 1
                    print(f"{scheduler:6} {variant:22} WRONG: {failure}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
