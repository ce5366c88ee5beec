#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""./dev bench session: a ParaView session, timed from the start of its programs to the last picture.

An isosurface, 100 frames of rotation that the server draws, and a slice: through `ssh -R` as it is done by hand,
through pvhop (route tunnel), and with no ssh at all; a private sshd on loopback plays the cluster.

  --rounds N    rounds of each (default 3)
  --frames N    of the rotation (default 100)
  --cells N     of the data along each axis (default 60)
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import benchlib
from benchlib import US, ratio_goal, turned
from tunnel_paths import own_network, private_sshd, processes

import paraview_gui

HAND, TTY, NONE = "ssh -R by hand", "ssh -t -R by hand", "no ssh"
ORDER = [NONE, HAND, TTY, US]
CLIENT = Path(__file__).with_name("session_client.py")
FIGURES = ["connected", "isosurface", "frames", "slice", "altogether"]
LIMIT_S = 180
FRAME_WORD = ("Frames: drawing in software costs most of each; only what is added to *no ssh* is the way's. By hand, sshd's "
              "replies wait up to 40 ms for acknowledgements; with a terminal (-t) they do not.")
START_WORD = ("Connecting: the start of pvpython and of pvserver, a second or more, is the same for all. pvhop asks pvserver for "
              "its version before it starts it, and starts the client only once pvserver is there.")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listens(port):
    """True once somebody listens on the port; without connecting, which the client would take for its server."""
    wanted = f":{port:04X}"
    return any(line.split()[1].endswith(wanted) and line.split()[3] == "0A"
               for table in ("/proc/net/tcp", "/proc/net/tcp6") if os.path.exists(table)
               for line in Path(table).read_text().splitlines()[1:])


class Session:
    """One run: its programs, and what its client measured."""

    def __init__(self, args, sshd, folder, environment):
        self.args, self.sshd, self.folder, self.environment = args, sshd, folder, environment
        self._started = []

    def _client(self, how, port=0, identity=0):
        return ["pvpython", "--force-offscreen-rendering", CLIENT, how, "127.0.0.1", port, identity, self.args.frames, self.args.cells]

    def _start(self, argv, log, **options):
        out = open(self.folder / log, "w", encoding="utf-8")
        process = processes.start(argv, stdout=out, stderr=out, env=self.environment, **options)
        out.close()
        self._started.append(process)
        return process

    def _await(self, condition, what):
        if not processes.wait_until(condition, LIMIT_S, 0.005):
            raise RuntimeError(f"{what} did not come: " + "".join(p.read_text()[-1000:] for p in self.folder.glob("*.log")))

    def no_ssh(self):
        port = free_port()
        client = self._start(self._client("listen", port), "client.log")
        self._await(lambda: listens(port) or client.poll() is not None, "the client")
        self._start(["pvserver", "--reverse-connection", "--client-host=127.0.0.1", f"--server-port={port}"], "server.log")
        return client

    def by_hand(self, *terminal):
        """The user starts a client that waits, then ssh with a port, which starts pvserver."""
        port, far_port = free_port(), free_port()
        client = self._start(self._client("listen", port), "client.log")
        self._await(lambda: listens(port) or client.poll() is not None, "the client")
        self._start(["ssh", "-F", self.sshd.ssh_config, *terminal, "-R", f"{far_port}:127.0.0.1:{port}", self.sshd.host,
                     f"pvserver --reverse-connection --client-host=localhost --server-port={far_port}"], "server.log",
                    stdin=subprocess.DEVNULL)
        return client

    def pvhop(self):
        pvhop = self.args.build / "core" / "cli" / "pvhop"
        return self._start([pvhop, "connect", f"--host={self.sshd.host}", f"--ssh-config={self.sshd.ssh_config}", "--route=tunnel",
                            "--", *self._client("connect")], "client.log")

    def measure(self, way):
        """Runs it; the figures in seconds."""
        began = time.time()
        client = way(self)
        try:
            client.wait(LIMIT_S)
            said = [line for line in (self.folder / "client.log").read_text().splitlines() if line.startswith("RESULT ")]
            if not said:
                raise RuntimeError("no result: " + "".join(p.read_text()[-1500:] for p in self.folder.glob("*.log")))
            ended = time.time()
        finally:
            for process in self._started:
                processes.end(process)
        result = json.loads(said[0][len("RESULT "):])
        if not result["remote"]:
            raise RuntimeError("the client has drawn, not the server")
        return {"connected": result["connected"] - began, "isosurface": result["isosurface"], "slice": result["slice"],
                "each frame": [s * 1e6 for s in result["frames"]], "frames": sum(result["frames"]), "altogether": ended - began}


WAYS = {NONE: Session.no_ssh, HAND: Session.by_hand, TTY: lambda s: s.by_hand("-tt"), US: Session.pvhop}


def measure(args, folder):
    results = benchlib.Results()
    display = paraview_gui.Display(folder / "x")
    # pvhop of this build, and a home of its own: no settings of the person who runs this
    home = folder / "home"
    home.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PVHOP_", "PV_", "SSH_"))}
    environment.update(display.environment(), HOME=str(home), XDG_CONFIG_HOME=str(home / ".config"), XDG_CACHE_HOME=str(home / ".cache"),
                       PATH=f"{args.build / 'core' / 'cli'}:{os.environ['PATH']}")
    with private_sshd.PrivateSshd(folder / "sshd", environment=display.environment()) as sshd:
        for number in range(args.rounds):
            for name in turned([HAND, US] if args.smoke else list(WAYS), number):
                benchlib.progress(f"round {number + 1} of {args.rounds}: {name}")
                for log in folder.glob("*.log"):
                    log.unlink()
                for figure, value in Session(args, sshd, folder, environment).measure(WAYS[name]).items():
                    results.add(("session", "", figure), name, value)
    return results


def report(results, args):
    def key(figure):
        return ("session", "", figure)
    goals = [ratio_goal(f"the {args.frames} frames x ssh -R by hand", key("frames"), HAND, "<=", 1.0, 0.7, tried=FRAME_WORD),
             ratio_goal(f"the {args.frames} frames x ssh -t -R by hand", key("frames"), TTY, "<=", 1.05, 0.95, tried=FRAME_WORD),
             ratio_goal("until connected x ssh -R by hand", key("connected"), HAND, "<=", 1.25, 1.0, tried=START_WORD),
             ratio_goal("altogether x ssh -R by hand", key("altogether"), HAND, "<=", 1.0, 0.8)]
    return ["### Against the goals", "", "These goals are this program's own: a person must not wait longer than with ssh by hand.", "",
            *benchlib.goal_table(results, goals), "", "### Seconds", "",
            f"Until connected; a first picture with three isosurfaces of {args.cells}³ cells; {args.frames} frames of rotation, 1024 x 768, "
            "drawn by the server; a slice. By hand nobody loses a second with typing here.", "",
            *benchlib.plain_table(results, "session", "", FIGURES, "{:.2f}", ORDER), "", "Each frame, ms, p50 / p99:", "",
            *benchlib.sample_table(results, "session", "", ["each frame"], ORDER)]


def main():
    parser = benchlib.parser(__doc__, 3)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--cells", type=int, default=60)
    args = parser.parse_args()
    args.build = args.build.resolve()
    for program in ("pvpython", "pvserver", "Xvfb"):
        if not shutil.which(program):
            print(f"SKIP: there is no {program} here")
            return 77
    if args.smoke:
        args.rounds, args.frames, args.cells = 1, 2, 10
    network = own_network()
    processes.become_reaper()
    with tempfile.TemporaryDirectory(prefix="pvhop-bench-") as name:
        try:
            results = measure(args, Path(name))
        finally:
            processes.end_all()
    facts = [f"{benchlib.package('paraview')}, drawing in software; {benchlib.said(['ssh', '-V'], r'OpenSSH_[^ ,]*')}", network]
    return benchlib.finish("session", "A ParaView session", args, facts, report(results, args))


if __name__ == "__main__":
    sys.exit(main())
