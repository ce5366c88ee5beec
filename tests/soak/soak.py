#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random faults, for as long as told: after each nothing may be left, nothing may hang, and each error is a documented
one.

    soak.py --build DIR [--seconds N | --faults N] [--lanes N] [--seed N] [--lab]

Each round makes a connection (or a probe) by a route, to a pvserver that only shakes hands, and does one thing to it at
a moment that is drawn: a process is killed, or stopped for a while; the wire is cut, or carries nothing for a while; it
is cancelled, or its parent goes; its log cannot be written, the host's disk is full; descriptors or memory run out.
--lab: in the cluster of tests/lab, on nodes and in batch jobs, and packets are dropped. Exit code 77: skipped.
"""
import argparse
import collections
import json
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import processes  # noqa: E402
from wire import Wire  # noqa: E402

PRETENDER = HERE.parent / "support" / "pretend_pvserver.py"
HANG = 90     # seconds after the fault, the lease of 45 among them
LINGER = 75   # until nothing is left, likewise
ROUTES = ("tunnel", "two-hop-forward", "relay-tunnel", "stdio")
FAULTS = ("kill", "stop", "cut", "silence", "cancel", "parent", "log", "disk", "descriptors", "memory", "none")
# A client that shakes hands, and leaves by itself a little later.
CLIENT = r"""
import os, sys, time
sys.path.insert(0, sys.argv[1])
import pretend_pvserver as p
host, _, port = os.environ["PVHOP_URL"].rpartition("/")[2].rpartition(":")
p.introduction = lambda _: p.item(99991, p.struct.pack("<I", 46)) + p.item(99991, b"paraview-5.11.renderingbackend.opengl2\0".ljust(46, b"\0"))
s = p.join(host, int(port), 0)
if s:
    s.sendall(b"x" * 65536)
    time.sleep(float(sys.argv[2]))
"""


def documented():
    """{code: exit code} of the catalogue."""
    text = (HERE.parent.parent / "core/include/pvhop/errors.def").read_text()
    return {f"PVH{n}": int(exit_code) for n, exit_code in re.findall(r"^X\((\d+), \w+, (\d+),", text, re.M)}


class Failure(Exception):
    """It is not as it should be."""


class Run:
    """One pvhop, its events read as they come."""

    def __init__(self, argv, env, log, limits=None):
        self.events, self.marks, self.over = [], [], threading.Event()
        (er, ew), (ar, self.answers) = os.pipe(), os.pipe()
        os.set_inheritable(ew, True), os.set_inheritable(ar, True)

        def prepare():
            os.setsid()
            for what, value in (limits or {}).items():
                resource.setrlimit(what, (value, value))

        with open(log, "wb") as f:
            self.process = subprocess.Popen([*argv[:2], f"--events={ew}", f"--answers={ar}", *argv[2:]], env=env,
                                            stdin=subprocess.DEVNULL, stdout=f, stderr=f, close_fds=True,
                                            pass_fds=(ew, ar), preexec_fn=prepare)
        os.close(ew), os.close(ar)
        threading.Thread(target=self._read, args=(er,), daemon=True).start()

    def _read(self, fd):
        with os.fdopen(fd, "rb") as lines:
            for line in lines:
                self.events.append(json.loads(line))
        self.over.set()

    def wait_phase(self, name, seconds):
        """Until that phase has begun, or all is over."""
        def there():
            return self.over.is_set() or any(e.get("phase") == name or e.get("event") == name for e in self.events)
        processes.wait_until(there, seconds, 0.01)

    def say(self, line):
        try:
            os.write(self.answers, line)
        except OSError:
            pass

    def hang_up(self):
        if self.answers is not None:
            os.close(self.answers)
            self.answers = None


class Site:
    """A private sshd behind a wire that can be cut, and homes of its own."""

    def __init__(self, folder, lane):
        import private_sshd
        self.folder = Path(folder)
        self.home = self.folder / "home"
        self.full = self.folder / "full"
        self.runtime = self.folder / "runtime"  # else the helper would go to the machine's /tmp, and other tests find it
        for f in (self.home, self.full, self.runtime):
            f.mkdir(mode=0o700)
        self.mounted = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "none", self.full], capture_output=True).returncode == 0
        if self.mounted:
            try:
                (self.full / "fill").write_bytes(b"\0" * 65536)
            except OSError:
                pass
        self.pvserver = self.folder / "pvserver"
        self.pvserver.write_text(f"#!/bin/sh\nexec {sys.executable} -B {PRETENDER} \"$@\"\n")
        self.pvserver.chmod(0o755)
        self.sshds = {full: private_sshd.PrivateSshd(self.folder / f"sshd-{full}", environment={
            "HOME": str(self.full if full else self.home), "XDG_CACHE_HOME": "",
            "XDG_RUNTIME_DIR": str(self.runtime)})
            for full in (False, True)}
        self.mine = {s.pid for s in self.sshds.values()}

    def ssh_config(self, full, port):
        sshd = self.sshds[full]
        file = self.folder / "ssh_config"
        file.write_text(sshd.ssh_config.read_text().replace(f"Port {sshd.port}", f"Port {port}"))
        sshd.known_hosts.write_text(re.sub(r":\d+ ", f":{port} ", sshd.known_hosts.read_text(), count=1).replace(
            "]:", "]:"))
        return file

    def left(self):
        processes.reap_orphans()
        below = {pid: name for pid, name in processes.descendants().items() if pid not in self.mine}
        files = [str(f) for home in (self.home, self.full, self.runtime) for f in home.rglob("*")
                 if f.is_file() and not f.name.startswith("pvhop-relay") and f.name != "fill"]
        return [f"process {n} {pid}" for pid, n in below.items()] + files

    def close(self):
        for sshd in self.sshds.values():
            sshd.close()
        if self.mounted:
            subprocess.run(["umount", "-l", self.full], capture_output=True)


def victims(site, run):
    """All that belongs to the connection, on both sides."""
    return [pid for pid in processes.descendants() if pid not in site.mine and pid != run.process.pid] + \
        [run.process.pid]


def pick_words(site, draw, ssh_config, lane):
    route = draw.choice(ROUTES)
    words = ["connect", "cluster", f"--ssh-config={ssh_config}", f"--route={route}", "--scheduler=none",
             "--client=connects", "--client-port=0", "--helper=upload", f"--pvserver={site.pvserver}", "--timeout=10",
             "--timeout-start=10"]
    if draw.random() < 0.1:
        return "probe", ["probe", "cluster", f"--ssh-config={ssh_config}", "--timeout=10"]
    return route, [*words, "--", sys.executable, "-B", "-c", CLIENT, str(PRETENDER.parent), f"{draw.uniform(0, 0.5):.2f}"]


def hurt(site, run, wire, fault, draw):
    """Does it, at a moment of its own. Returns what was done, and whether pvhop itself was killed."""
    if fault in ("log", "disk", "descriptors", "memory", "none"):
        return fault, False
    run.wait_phase(draw.choice(("config", "ssh", "auth", "tunnel", "start", "check", "ready", "connected", "closing")), 20)
    time.sleep(draw.uniform(0, 0.3))  # the moment is part of what is drawn
    if fault == "cut":
        wire.cut()
    elif fault == "silence":
        wire.stop()
    elif fault == "cancel":
        run.say(b'{"cancel":true}\n')
    elif fault == "parent":
        run.hang_up()
    else:
        alive = [p for p in victims(site, run) if os.path.exists(f"/proc/{p}")]
        if not alive:
            return f"{fault} nobody", False
        pid = draw.choice(alive)
        try:
            name = Path(f"/proc/{pid}/comm").read_text().strip()
            if fault == "stop":
                os.kill(pid, signal.SIGSTOP)
                time.sleep(draw.uniform(0.1, 2))
                os.kill(pid, signal.SIGCONT)
            else:
                os.kill(pid, signal.SIGKILL)
        except (OSError, ProcessLookupError):
            return f"{fault} nobody", False
        return f"{fault} {name}", fault == "kill" and pid == run.process.pid
    return fault, False


def judge(run, log, codes, killed):
    """The outcome in a word; Failure if it is none that the documents know."""
    status = run.process.returncode
    errors = [e for e in run.events if e.get("event") == "error"]
    said = log.read_text(errors="replace")
    for bad in ("Assertion", "AddressSanitizer", "runtime error:", "Segmentation", "corrupted", "double free"):
        if bad in said and "pvserver" not in said.partition(bad)[0][-20:]:
            raise Failure(f"it said: {said[-500:]}")
    if killed:
        return "killed"
    if status < 0:
        raise Failure(f"it was ended by signal {-status}; it said: {said[-500:]}")
    text = re.search(r"PVH\d{4}", said)
    code = errors[-1]["code"] if errors else text and text[0]
    if status == 0:
        return "ended well"
    if not code:
        return client_or(status, said)
    if code not in codes or code == "PVH1903":
        raise Failure(f"{code} is not documented, or must never come: {errors or said[-500:]}")
    if not errors or (errors[-1]["what"] and errors[-1]["remedy"]):
        return code
    raise Failure(f"an error without words: {errors[-1]}")


def client_or(status, said):
    """Without an error it is the client's own exit code that pvhop passes on."""
    if 0 < status < 256 and "PVH" not in said:
        return f"client's {status}"
    raise Failure(f"exit code {status} without an error: {said[-500:]}")


def one_round(site, pvhop, draw, codes, lane, tally):
    fault = draw.choice(FAULTS)
    full = fault == "disk" and site.mounted
    wire = Wire(site.sshds[full].port)
    ssh_config = site.ssh_config(full, wire.port)
    way, words = pick_words(site, draw, ssh_config, lane)
    env = {"PATH": os.environ["PATH"], "HOME": str(site.folder), "LC_ALL": "C.UTF-8"}
    limits = {resource.RLIMIT_CORE: 0}
    if fault == "log":
        env["PVHOP_EVENTS_LOG"] = "/dev/full"
    if fault == "descriptors":
        limits[resource.RLIMIT_NOFILE] = draw.randrange(8, 40)
    if fault == "memory" and not tally["asan"]:
        limits[resource.RLIMIT_AS] = draw.randrange(24, 120) << 20
    log = site.folder / "log"
    run = Run([str(pvhop), *words], env, log, limits)
    done, killed = f"{fault}", False
    try:
        done, killed = hurt(site, run, wire, fault, draw)
        try:
            run.process.wait(HANG)
        except subprocess.TimeoutExpired:
            raise Failure(f"it hangs; last event: {run.events[-1:]}") from None
        run.over.wait(10)
        outcome = judge(run, log, codes, killed)
        wire.close()
        left = processes.wait_until(lambda: not site.left(), LINGER, 0.05)
        if not left:
            raise Failure(f"left: {site.left()}")
        tally["rounds"][f"{way}"] += 1
        tally["faults"][done.split()[0]] += 1
        tally["outcomes"][outcome] += 1
    except Failure as failure:
        tally["failures"].append(f"{way}, {done}: {failure}")
        processes.end(run.process)
    finally:
        run.hang_up()
        wire.close()


def lane_main(number, words, seed, queue):
    processes.become_reaper()
    draw = random.Random(seed * 1000 + number)
    build = Path(words.build).resolve()
    pvhop = build / "core" / "cli" / "pvhop"
    codes = documented()
    tally = {"rounds": collections.Counter(), "faults": collections.Counter(), "outcomes": collections.Counter(),
             "failures": [], "asan": b"__asan_init" in pvhop.read_bytes()}
    folder = tempfile.mkdtemp(prefix="pvhop-soak-")
    site = None
    try:
        if words.lab:
            import soak_lab
            site = soak_lab.LabSite(folder, words.build)
            round_of = soak_lab.one_round
        else:
            site = Site(folder, number)
            round_of = one_round
        end = time.monotonic() + words.seconds
        while (sum(tally["faults"].values()) < words.faults // words.lanes if words.faults else
               time.monotonic() < end) and len(tally["failures"]) < 5:
            round_of(site, pvhop, draw, codes, number, tally)
            if words.verbose:
                print(number, sum(tally["faults"].values()), tally["failures"][-1:], flush=True)
    except KeyboardInterrupt:
        pass  # enough: what was done so far is told
    except Exception as e:  # pylint: disable=broad-except
        tally["failures"].append(f"the soak itself: {e!r}")
    finally:
        if site:
            site.close()
        processes.end_all()
        shutil.rmtree(folder, ignore_errors=True)
        queue.put(tally)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--build", required=True)
    words.add_argument("--seconds", type=float, default=20)
    words.add_argument("--faults", type=int, default=0)
    words.add_argument("--lanes", type=int, default=2)
    words.add_argument("--seed", type=int, default=None)
    words.add_argument("--lab", action="store_true")
    words.add_argument("--verbose", action="store_true")
    words = words.parse_args()
    seed = words.seed if words.seed is not None else struct.unpack("<I", os.urandom(4))[0] % 100000
    if words.lab:
        sys.path.insert(0, str(HERE.parent / "lab"))
        import cluster
        cluster.skip_without_lab()
    print(f"seed {seed}, {words.lanes} lanes", flush=True)
    began = time.monotonic()
    queue = multiprocessing.Queue()
    lanes = [multiprocessing.Process(target=lane_main, args=(n, words, seed, queue)) for n in range(words.lanes)]
    for lane in lanes:
        lane.start()
    tallies = [queue.get() for _ in lanes]
    for lane in lanes:
        lane.join()
    total = {key: sum((t[key] for t in tallies), collections.Counter()) for key in ("rounds", "faults", "outcomes")}
    failures = [f for t in tallies for f in t["failures"]]
    for key, counts in total.items():
        print(f"{key}: " + ", ".join(f"{name} {n}" for name, n in counts.most_common()))
    print(f"{sum(total['faults'].values())} faults in {time.monotonic() - began:.0f} s, {len(failures)} failures")
    for failure in failures:
        print(f"FAILURE (seed {seed}): {failure}")
    return 1 if failures or not sum(total["faults"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
