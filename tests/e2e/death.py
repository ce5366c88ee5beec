#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Something dies while a connection is made, or after: nothing may be left, on either side.

    death.py --build DIR PHASE [VICTIM...]
    death.py --build DIR all [--output FILE]

PHASE is one of config, resolving, login, tunnel, starting, connected; VICTIM one or more of those that the phase
has (default: all but `network`, which takes as long as the lease). A victim is killed with SIGKILL, a connection cut
with a reset, the network stopped without a packet. Real sshd, real pvserver, real mpiexec, real pvpython, in a
network of their own (that needs root), so that each open port is one of theirs.

Prints a table: phase, victim, seconds until nothing was left, and what was left after the limit: processes, open
ports, files of both sides. `all` is every cell there is, and writes the table of the docs. Exit code 77: skipped.
"""
import argparse
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import cells
import connecting
import processes
from wire import Wire

LIMIT = 30  # seconds, for all but a silent network: many times what it takes, but less than the lease
BOUND = 10  # seconds: what the page promises, of all but a silent network
LEASE = 45  # PVHOP_LEASE_S
CLONE_NEWNET = 0x40000000
VICTIMS = {
    "config": ["parent", "pvhop"],
    "resolving": ["parent", "pvhop", "network"],
    "login": ["parent", "pvhop", "connection", "session", "network"],
    "tunnel": ["parent", "pvhop", "connection", "session", "shell", "pvserver", "network"],
    "starting": ["parent", "pvhop", "connection", "session", "shell", "pvserver", "mpiexec", "network"],
    "connected": ["client", "parent", "pvhop", "connection", "session", "shell", "pvserver", "mpiexec", "network"],
}
WHO = {"client": "the client (pvpython)", "parent": "the program that started pvhop (ParaView, its plugin)",
       "pvhop": "pvhop", "connection": "the ssh connection (a reset)", "session": "sshd's process of it",
       "shell": "the shell over there that carries out what pvhop says",
       "pvserver": "pvserver (while it is looked for: the one that is asked)", "mpiexec": "mpiexec",
       "network": "the network (no packet passes either way)"}


def own_network():
    """A network that holds this cell alone. False where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or not shutil.which("ip") or libc.unshare(CLONE_NEWNET) != 0:
        return False
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return True


def listening():
    """The TCP ports of this network on which somebody listens."""
    ports = set()
    for table in ("/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"):
        try:
            with open(table) as f:
                rows = [line.split() for line in f][1:]
        except OSError:
            continue
        ports |= {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"}
    return ports


def drop_all(ports):
    """From now on no packet from or to these ports gets through, and nobody is told."""
    rules = [f"tcp {end}port {port} drop" for port in ports for end in "sd"] + ["udp dport 53 drop"]
    lines = ["table inet death {", "chain c {", "type filter hook input priority 0;", *rules, "}", "}"]
    subprocess.run(["nft", "-f", "-"], input="\n".join(lines) + "\n", text=True, check=True)


def drop_nothing():
    subprocess.run(["nft", "delete table inet death"], check=False, stderr=subprocess.DEVNULL)


class SilentNames:
    """A name server that never answers, and the words that make a program ask it."""

    def __init__(self, folder):
        if os.geteuid() != 0:
            cells.skip("a silent name server needs root")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for last in range(2, 250):
            try:
                self._socket.bind((f"127.7.{os.getpid() % 250}.{last}", 53))
                break
            except OSError:
                continue
        else:
            cells.skip("no address for a name server")
        file = Path(folder) / "resolv.conf"
        file.write_text(f"nameserver {self._socket.getsockname()[0]}\noptions timeout:30\n")
        self.prefix = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', file]

    def close(self):
        self._socket.close()


def words_of(pid):
    """Its parent and its command line."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            parent = f.read().rpartition(")")[2].split()[1]
        with open(f"/proc/{pid}/cmdline") as f:
            return f"{parent}: " + f.read().replace("\0", " ")[:60]
    except OSError:
        return ""


def named(name, inside):
    """The processes below `inside` whose program has this name."""
    return [p for p, n in processes.descendants(inside).items() if n == name[:15]]


class Cell:
    """A connection held in one phase."""

    def __init__(self, b, phase, mpi, patient, alone):
        """`patient`: pvhop's own limits are out of the way. `alone`: the network is this cell's."""
        self.b, self.phase, self.alone = b, phase, alone
        self.wire = Wire(b.sshd.port)
        self.client, self.client_ports = None, set()
        self.names = None
        more, lines, prefix = {}, [], ()
        if phase == "config":
            lines = ['Match exec "sleep 300"']
        elif phase == "resolving":
            self.names = SilentNames(b.dir)
            prefix = self.names.prefix
            lines = [f"Host {b.sshd.host}", "  HostName silent.example.org"]
        elif phase == "login":
            lines = ["Host *", "  BatchMode no"]
        elif phase == "tunnel":
            more["pvserver"] = cells.script(b, "slow-pvserver", "sleep 300\n")
        elif phase == "starting":
            more["pvserver"] = cells.script(b, "silent-pvserver", cells.PRETENDS % "5.11.0" + "sleep 300\n")
        # two known keys of one host: the wire's port is another one than sshd's
        known = b.sshd.known_hosts.read_text().replace(f":{b.sshd.port} ", f":{self.wire.port} ")
        (b.dir / "known_wire").write_text(known)
        config = b.sshd.config_with(*lines, f"Host {b.sshd.host}", f"  Port {self.wire.port}",
                                    f"  UserKnownHostsFile {b.dir}/known_wire")
        words = [w for w in b.recipe("tunnel", 2 if mpi else 1, client="connects", **more)
                 if not w.startswith("--ssh-config")] + [f"--ssh-config={config}"] + ["--timeout=60"] * patient
        self.near = Path(b.dir) / "near-tmp"
        self.near.mkdir(exist_ok=True)
        self.ports, self.lying = listening(), set(self.all_files())
        environment = {**b.environment(), "TMPDIR": str(self.near)}
        self.run = connecting.Connecting(b.pvhop, words, environment, b.dir / "connect.log", prefix)

    def reach(self):
        """Waits until the phase is there."""
        run = self.run
        if self.phase == "config":
            cells.check(processes.wait_until(lambda: named("sleep", run.pid), 10), "ssh -G does not hang")
        elif self.phase == "resolving":
            cells.check(run.wait(event="phase", phase="resolve"), "no resolve phase")
        elif self.phase == "login":
            cells.check(run.wait(event="prompt"), f"no question: {run.events[-3:]}")
        elif self.phase == "tunnel":
            cells.check(processes.wait_until(lambda: named("slow-pvserver", self.b.sshd.pid), 20), "not looked for")
        elif self.phase == "starting":
            cells.check(processes.wait_until(lambda: named("silent-pvserver", self.b.sshd.pid) and
                                             run.wait(event="phase", phase="start"), 20), "not started")
        else:
            ready = run.wait(event="ready", seconds=120)
            cells.check(ready, f"no pvserver came: {run.events[-3:]}")
            before = listening()
            self.client = processes.start(["pvpython", cells.HERE / "hold.py"], stdout=subprocess.PIPE,
                                          stderr=subprocess.STDOUT,
                                          env={**self.b.environment(), "PVHOP_URL": ready["url"]})
            cells.check(any(b"HOLDING" in line for line in self.client.stdout), "pvpython did not connect")
            self.client_ports = listening() - before  # its MPI's

    def strike(self, victim):
        inside = self.b.sshd.pid
        program = {"tunnel": "slow-pvserver", "starting": "silent-pvserver", "connected": "pvserver"}.get(self.phase)
        if victim == "connection":
            return self.wire.cut()
        if victim == "network":
            drop_all([self.wire.port, self.b.sshd.port])
            if self.phase == "login":  # a person is being asked, and what he answers leads nowhere
                self.run.answer(self.run.wait(event="prompt"), "too late")
            return None
        if victim == "session":  # sshd's own process of this connection, the listening one's child
            pids = [p for p in named("sshd", inside)]
        elif victim == "shell":  # the one that reads commands (control.sh, tell)
            pids = [p for p in named("sh", inside) if os.path.exists(f"/proc/{p}/fd/9")]
        elif victim == "pvserver":
            pids = named(program, inside) or named(program + "-real", inside)
        elif victim == "mpiexec":
            pids = named("mpiexec", inside) or named("orterun", inside) or named("mpirun", inside)
        elif victim == "client":
            pids = [self.client.pid, *processes.descendants(self.client.pid)]
        else:
            pids = [{"parent": self.run.parent.pid, "pvhop": self.run.pid}[victim]]
        cells.check(pids, f"no {victim} to kill: {processes.descendants(inside)}")
        for pid in pids[:1] if victim == "pvserver" else pids:
            os.kill(pid, signal.SIGKILL)

    def left(self, victim):
        """Processes that must be gone. A client that was not the victim ends by itself, or is ParaView's own matter."""
        own = {self.run.parent.pid} if victim not in ("parent",) else set()
        if self.client and victim != "client":
            own |= {self.client.pid, *processes.descendants(self.client.pid)}
        both = {**self.b.left(), **connecting.marked(self.b.mark)}
        return {p: words_of(p) or n for p, n in both.items() if p not in own}

    def all_files(self):
        return [p for d in (self.b.far_tmp, self.b.home, self.near) for p in d.rglob("*") if not p.is_dir()]

    def files(self, victim=None):
        """What lies about, on both sides. A killed mpiexec leaves its own session folder, whoever started it."""
        return [str(p) for p in self.all_files()
                if p not in self.lying and not (victim == "mpiexec" and "ompi." in str(p))]

    def open_ports(self, victim):
        """A client that was not the victim keeps its own. In a network of others, nobody can tell whose they are."""
        if not self.alone:
            return []
        return sorted(listening() - self.ports - (set() if victim == "client" else self.client_ports))

    def close(self):
        if self.names:
            self.names.close()
        self.run.close()
        if self.client:
            self.client.stdout.close()
            processes.end(self.client)
        self.wire.close()


def one(b, phase, victim, alone):
    """(seconds, what is left: processes, ports, files)"""
    mpi = phase in ("starting", "connected") and victim in ("mpiexec", "pvserver", "network")
    cell = Cell(b, phase, mpi, victim != "network", alone)
    try:
        cell.reach()
        before = time.monotonic()
        cell.strike(victim)
        limit = LEASE + 15 if victim == "network" else LIMIT
        processes.wait_until(lambda: not (cell.left(victim) or cell.open_ports(victim)), limit, 0.05)
        seconds = time.monotonic() - before
        return seconds, [what for what in (cell.left(victim), cell.open_ports(victim), cell.files(victim)) if what]
    finally:
        if victim == "network":
            drop_nothing()
        cell.close()
        processes.wait_until(lambda: not b.left(), 5)
        for pid in b.left():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for f in cell.files():
            os.unlink(f)


def some(build, phase, victims):
    config = []
    if phase == "login":
        # until somebody has logged in, sshd alone decides how long it waits (its default: two minutes)
        config = ["PubkeyAuthentication no", "PasswordAuthentication yes", "LoginGraceTime 40"]
    alone = own_network()
    if "network" in victims and not (alone and shutil.which("nft")):
        cells.skip("a network to cut needs root, ip and nft")
    failed = 0
    with cells.bench(build, config) as (b, _):
        print(f"{'phase':<11}{'victim':<12}{'seconds':>8}  left")
        for victim in victims:
            try:
                seconds, left = one(b, phase, victim, alone)
                print(f"{phase:<11}{victim:<12}{seconds:>8.2f}  {left or 0}", flush=True)
                failed += bool(left)
            except cells.Failure as e:
                print(f"{phase:<11}{victim:<12}{'-':>8}  FAILED: {e}", flush=True)
                failed += 1
        if failed:
            raise cells.Failure(f"{failed} left something, or could not be tried")


PAGE = """# Death

What is left when something dies, while a connection is made or later. `./dev death` tries each cell with real programs
(sshd, pvserver, mpiexec, pvpython) in a network of their own, kills by SIGKILL or cuts, and counts processes, open ports
and files of both sides. A number is the seconds until nothing was left; the bound is {limit} s, and {network} s for a
network through which no packet passes any more (the lease of {lease} s, and 15 s). A dash: there is no such thing then.
The same in batch jobs stands in [What connects](matrix.md#when-something-dies).

{table}

- A name server that is silent is what "resolving" waits for; cutting the network leaves it to `--timeout`.
- While a person is asked for a password, sshd's own process stays as long as its `LoginGraceTime` says (here 40 s).
- A killed mpiexec leaves a folder of its own in the far side's temporary folder; pvhop did not make it.

{result}
"""


def everything(build, output):
    """Each phase in a process of its own: one after the other, and those that wait for the lease beside them."""
    me = [sys.executable, __file__, "--build", str(build)]
    slow = {p: processes.start([*me, p, "network"], stdout=subprocess.PIPE, text=True)
            for p, victims in VICTIMS.items() if "network" in victims}
    cell = {}

    def read(text):
        for line in text.splitlines():
            words = line.split(None, 3)
            if len(words) == 4 and words[0] in VICTIMS and words[1] in WHO:
                print(line, flush=True)
                cell[words[0], words[1]] = (words[2], words[3])

    for phase, victims in VICTIMS.items():
        quick = [v for v in victims if v != "network"]
        read(subprocess.run([*me, phase, *quick], stdout=subprocess.PIPE, text=True).stdout)
    for process in slow.values():
        read(process.communicate()[0])

    def show(phase, victim):
        if victim not in VICTIMS[phase]:
            return "-"
        seconds, left = cell.get((phase, victim), ("", "not tried"))
        return seconds if left == "0" else f"{seconds} **{left}**"

    rows = [["dies", *VICTIMS], ["---"] * (len(VICTIMS) + 1)]
    rows += [[words, *(show(p, who) for p in VICTIMS)] for who, words in WHO.items()]
    wanted = sum(len(v) for v in VICTIMS.values())
    good = sum(left == "0" and (who == "network" or float(seconds) <= BOUND)
               for (_, who), (seconds, left) in cell.items())
    text = PAGE.format(limit=BOUND, network=LEASE + 15, lease=LEASE,
                       table="\n".join("| " + " | ".join(row) + " |" for row in rows),
                       result=f"{good} of {wanted} cells: nothing left.")
    if output:
        Path(output).write_text(text)
    print(text)
    cells.check(good == wanted, f"{wanted - good} cells left something, or could not be tried")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--output", help="the page for the docs, with `all`")
    parser.add_argument("phase", choices=[*VICTIMS, "all"])
    parser.add_argument("victims", nargs="*")
    args = parser.parse_args()
    build = args.build.resolve()
    if args.phase == "all":
        everything(build, args.output)
    else:
        some(build, args.phase, args.victims or [v for v in VICTIMS[args.phase] if v != "network"])
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except cells.Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)
