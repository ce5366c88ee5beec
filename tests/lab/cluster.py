# SPDX-License-Identifier: BSD-3-Clause
"""The cluster of tests/lab for programs in Python: it is up from the constructor on and ends with this program.

    with Cluster(build, "--scheduler", "slurm") as lab:
        with lab.connect("alice@fe", route="tunnel", scheduler="slurm") as run:
            print(lab.compute(run))
            print(lab.left())
"""
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import connecting  # noqa: E402
import processes  # noqa: E402

SKIP = 77
HOSTS = ("ws", "fe", "fe2", "cn1", "cn2")
# How pvserver is started on two machines; {processes} is filled in by pvhop where there is a job.
TWO_NODES = {
    "none": {"mpi": "mpiexec -n 2 --host fe,cn1"},
    "slurm": {"mpi": "srun --mpi=pmix_v4 -n {processes}", "nodes": 2, "processes": 2},
    "sge": {"mpi": "mpiexec -n {processes}", "nodes": 2, "processes": 2},
}


class Failure(Exception):
    """It is not as it should be."""


def check(condition, words):
    if not condition:
        raise Failure(words)


def skip_without_lab():
    """Ends the program with SKIP, loudly, where no cluster can be had."""
    why = "needs root" if os.geteuid() != 0 else None
    if not why and subprocess.run(["unshare", "-mnpui", "true"], capture_output=True).returncode != 0:
        why = "namespaces are not allowed here"
    if why:
        print(f"NO LAB: {why}")
        sys.exit(SKIP)


def table_text(*tables):
    """Tables of a document, from their rows."""
    return "\n\n".join("\n".join("| " + " | ".join(row) + " |" for row in rows) for rows in tables)


def read_tables(path, begin, end):
    """{(row's first cell, column's head): text} of the tables between two lines of a document."""
    found, heads = {}, None
    for line in path.read_text().partition(begin)[2].partition(end)[0].splitlines():
        row = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None
        if row and heads:
            found.update({(row[0], head): cell for head, cell in zip(heads[1:], row[1:])})
        heads = row and (heads or row)
    return found


def write_tables(path, begin, end, *tables):
    """Replaces what stands between two lines of a document; a cell that is empty keeps what stood there."""
    before, _, rest = path.read_text().partition(begin)
    old = read_tables(path, begin, end)
    kept = [[rows[0], *([row[0], *(cell or old.get((row[0], head), "") for head, cell in zip(rows[0][1:], row[1:]))]
                        for row in rows[1:])] for rows in tables]
    path.write_text(f"{before}{begin}\n{table_text(*kept)}\n{end}{rest.partition(end)[2]}")


class Cluster:
    def __init__(self, build, *settings):
        self.pvhop = Path(build).resolve() / "core" / "cli" / "pvhop"
        if not self.pvhop.exists():
            print(f"{self.pvhop} is not built")
            sys.exit(SKIP)
        self._lab = [str(HERE / "lab"), "--name", f"{os.getpid()}-{os.urandom(3).hex()}"]
        self._folder = tempfile.TemporaryDirectory(prefix="pvhop-lab-")
        self.dir = Path(self._folder.name)
        up = subprocess.run([*self._lab, "up", "--parent", str(os.getpid()), "--bind", str(self.pvhop.parents[2]),
                             *settings], capture_output=True, text=True)
        if up.returncode != 0:
            self.close()
            raise Failure(f"lab up: {up.stdout}{up.stderr}")
        self.scheduler = settings[settings.index("--scheduler") + 1] if "--scheduler" in settings else "slurm"
        self._quiet = self.listening()

    def close(self):
        subprocess.run([*self._lab, "down"], capture_output=True)
        self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def argv(self, where, *words):
        """The arguments that run a program in the lab."""
        return [*self._lab, "exec", where, *map(str, words)]

    def sh(self, where, text, seconds=120, arguments=(), **options):
        """The output of a shell text; its status does not matter. `arguments`: $0 and so on."""
        if "input" not in options:
            options["stdin"] = subprocess.DEVNULL
        return subprocess.run(self.argv(where, "/bin/sh", "-c", text, *arguments), capture_output=True, text=True,
                              timeout=seconds, **options).stdout

    def lab(self, *words):
        """Another verb of `lab`: set, turn, code."""
        done = subprocess.run([*self._lab, *words], capture_output=True, text=True)
        check(done.returncode == 0, f"lab {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    @contextlib.contextmanager
    def connect(self, host, *words, **fields):
        """`pvhop connect` on the workstation, as ParaView runs it; ended afterwards. No host: the words say it."""
        fields = {"client": "connects", "helper": "upload", "timeout": 60, "timeout-start": 180, **fields}
        options = [f"--{name.replace('_', '-')}={value}" for name, value in fields.items() if value is not None]
        log = self.dir / f"connect-{os.urandom(4).hex()}.log"
        words = [*([host] if host else []), *options, *words]
        run = connecting.Connecting(self.pvhop, words, None, log, self.argv("wsuser@ws"))
        try:
            yield run
        except Failure:
            print("\n".join(json.dumps(e) for e in run.events) + "\n" + log.read_text(errors="replace"))
            raise
        finally:
            run.close()

    def compute(self, run, seconds=180):
        """A real client comes to where pvhop waits for it, has a contour computed over there, and leaves."""
        ready = run.wait(seconds, event="ready")
        check(ready, f"no pvserver came: {ready or self.error(run)}")
        client = subprocess.run(self.argv("wsuser@ws", "env", f"PVHOP_URL={ready['url']}", "pvpython",
                                          HERE.parent / "e2e" / "client.py"),
                                capture_output=True, text=True, timeout=seconds)
        said = re.search(r"^RESULT (.*)$", client.stdout, re.M)
        check(said, f"pvpython ended with {client.returncode}: {client.stdout[-2000:]}{client.stderr[-2000:]}")
        return json.loads(said[1])

    def in_paraview(self, host, *options, seconds=240):
        """What a stock ParaView saw that connects by an entry for that host, picked in its Connect dialog (pilot.py)."""
        made = self.sh("wsuser@ws", 'rm -f entry.pvsc; exec "$0" "$@" 2>&1', arguments=(
            self.pvhop, "pvsc", "new", host, "--name=lab", "--output=entry.pvsc", "--helper=upload",
            "--identity=/home/wsuser/.ssh/id_ed25519", *options))
        said = self.sh("wsuser@ws", f'PATH={self.pvhop.parent}:$PATH; exec "$0" "$@" 2>&1', seconds + 60, arguments=(
            "/usr/bin/python3", HERE.parent / "support" / "paraview_gui.py", "entry.pvsc", "lab", str(seconds)))
        self.sh("wsuser@ws", "rm -f entry.pvsc")
        found = re.search(r"^\{.*^\}$", said, re.M | re.S)
        found = json.loads(found[0]) if found else {}
        check(found.get("ok") and found["exit"] == 0, made + said)
        return found

    def report(self, events, added):
        """All of the archive that `pvhop report` makes of a log of events and another text."""
        told = self.sh("wsuser@ws", "umask 077; cat >events.jsonl", input=events)
        told += self.sh("wsuser@ws", "umask 077; cat >added.txt", input=added)
        told += self.sh("wsuser@ws", f"{self.pvhop} report fe --events-log events.jsonl --add added.txt "
                                     "--output report.tar.gz --yes 2>&1")
        text = self.sh("wsuser@ws", "tar -xOzf report.tar.gz; rm -f report.tar.gz events.jsonl added.txt")
        check(text, f"there is no report: {told}")
        return told + text

    @staticmethod
    def error(run, seconds=60):
        """The error that a run ended with, as one text; None if it told none."""
        told = run.wait(seconds, event="error")
        return told and f"{told['code']} {told['what']}: {told['why']} | {told['remedy']}"

    # ---- what is left ----

    def jobs(self):
        """The users' jobs, a line each."""
        listing = {"slurm": "squeue -h -t all -o '%i %j %T' | grep -v -e COMPLETED -e CANCELLED -e FAILED -e TIMEOUT",
                   "sge": "qstat -u '*' | tail -n +3"}.get(self.scheduler, "true")
        return self.sh("root@fe", listing).split("\n")[:-1]

    def processes(self):
        """What runs as one of the users, but for their sshd's own, which follow the connection."""
        found = []
        for host in HOSTS:
            for line in self.sh(f"root@{host}", "ps -e -o uid=,pid=,args=").splitlines():
                uid, _, words = line.split(None, 2)
                if 7700 <= int(uid) < 7800 and not words.endswith("<defunct>"):
                    found.append(f"{host}: {line.strip()}")
        return found

    def listening(self):
        """Ports, but for those that were there at first."""
        return {f"{host}: {line}" for host in HOSTS
                for line in self.sh(f"root@{host}", "ss -Hltn | awk '{ print $4 }'").splitlines()}

    def on_workstation(self):
        """Processes and ports there, as `left` takes them."""
        return {what for what in {*self.processes(), *self.listening()} if what.startswith("ws: ")}

    def files(self):
        """What pvhop has left in the users' homes: one helper is to stay, nothing else."""
        return self.sh("root@fe", "cd /home && find */.cache/pvhop -type f ! -name 'pvhop-relay*'").splitlines()

    def left(self, files=True, but=()):
        """All of it, but for what `but` holds of processes() and listening(); empty if nothing is."""
        return [*(f"job {j}" for j in self.jobs()), *(p for p in self.processes() if p not in but),
                *(f"port {p}" for p in self.listening() - self._quiet if p not in but), *(self.files() if files else ())]

    def wait_clean(self, seconds=30):
        """The seconds until nothing was left; fails if something stays."""
        began = time.monotonic()
        processes.wait_until(lambda: not self.left(), seconds, 0.2)
        left = self.left()
        check(not left, f"left after {seconds} s: {left}")
        return time.monotonic() - began
