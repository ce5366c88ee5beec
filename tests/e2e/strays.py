#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Strangers at the port that waits for pvserver: the client never stalls, and pvserver is through at once.

    strays.py --build DIR ROUTE CLIENT
        ROUTE direct|tunnel
        CLIENT plugin (ParaView with the plugin), stock (ParaView that listens), pvpython (that listens),
               flood (pvpython that connects; a thousand strangers at once, then a hundred a second for
               PVHOP_STRAYS_SECONDS, 3 by default, and strangers at the port that is the client's)

pvserver is held back on the far side until the strangers have been there for a while. When it comes, it comes through a
door of ours, which notes when. Prints what was measured. Exit code 77: skipped.
"""
import argparse
import json
import os
import re
import resource
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import cells
import connecting
import paraview_gui
import processes

HELD = 2.0  # seconds that strangers stand before the door until pvserver comes
# Seconds that pvserver may take, from its connection to the client. A machine that runs other tests beside makes
# everybody wait: what is measured is printed, and PVHOP_STRAYS_STRICT asks for what an idle one does. In any case less
# than the 10 s after which a stranger is dropped.
THROUGH = 0.2 if os.environ.get("PVHOP_STRAYS_STRICT") else 8
GREETING = struct.pack("<IIB", 0x3c3c3c3c, 1, 0) + struct.pack("<III", 0x3e3e3e3e, 4, 100)


class Strangers:
    """Connections of all kinds to one address; a thread of its own keeps them going until close()."""

    KINDS = ("silent", "http", "random", "closing", "dripping", "greeting")

    def __init__(self, host, port):
        self._to = (host, port)
        self._selector = selectors.DefaultSelector()
        self._open = {}  # socket: kind
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.come = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def send(self, kind):
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.setblocking(False)
        s.connect_ex(self._to)
        with self._lock:
            self._open[s] = [kind, b""]
            self._selector.register(s, selectors.EVENT_WRITE)
        self.come += 1

    def all_kinds(self, number):
        for i in range(number):
            self.send(self.KINDS[i % len(self.KINDS)])

    def keep_coming(self, a_second):
        """So many new ones each second, from now on."""
        def come():
            number = 0
            while not self._over.wait(1 / a_second):
                self.send(self.KINDS[number % len(self.KINDS)])
                number += 1
        threading.Thread(target=come, daemon=True).start()

    def _drop(self, s):
        del self._open[s]
        self._selector.unregister(s)
        s.close()

    def _connected(self, s, kind):
        """The first words; what stays open is watched for its end."""
        first = {"http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "random": os.urandom(256),
                 "greeting": GREETING}.get(kind, b"")
        if kind == "closing":
            return self._drop(s)
        if first:
            s.send(first)
        self._selector.modify(s, selectors.EVENT_READ)
        return None

    def _run(self):
        dripped = time.monotonic()
        while not self._over.is_set():
            for key, events in self._selector.select(0.05):
                s = key.fileobj
                with self._lock:
                    try:
                        if events & selectors.EVENT_WRITE:
                            self._connected(s, self._open[s][0])
                        elif not s.recv(65536):
                            self._drop(s)
                    except OSError:
                        self._drop(s)
            if time.monotonic() - dripped < 1:
                continue
            dripped = time.monotonic()
            with self._lock:
                for s, entry in list(self._open.items()):
                    if entry[0] == "dripping":
                        try:
                            s.send(GREETING[len(entry[1]):len(entry[1]) + 1] or b"x")
                            entry[1] += b"."
                        except OSError:
                            self._drop(s)

    def close(self):
        self._over.set()
        self._thread.join(5)
        with self._lock:
            for s in list(self._open):
                self._drop(s)


class Door:
    """Passes one connection on, and notes when it came."""

    def __init__(self, host, port):
        self._to = (host, port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.came = None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        near, _ = self._listening.accept()
        self.came = time.monotonic()
        far = socket.create_connection(self._to)
        for a, b in ((near, far), (far, near)):
            a.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass, args=(a, b), daemon=True).start()

    @staticmethod
    def _pass(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def held_pvserver(b):
    """A pvserver that says what it was started with, and starts when it is told a port."""
    return cells.script(b, "held-pvserver", f"""
case "$*" in *--version*) exec pvserver --version ;; esac
printf '%s\\n' "$@" >{b.dir}/arguments.new && mv {b.dir}/arguments.new {b.dir}/arguments
while [ ! -e {b.dir}/go ]; do sleep 0.05; done
for a; do
    shift
    case $a in
    --server-port=*) a=--server-port=$(cat {b.dir}/go) ;;
    --client-host=*) a=--client-host=127.0.0.1 ;;
    esac
    set -- "$@" "$a"
done
exec pvserver "$@"
""")


def target(b):
    """Where the pvserver that is held back was told to connect to."""
    file = b.dir / "arguments"
    cells.check(processes.wait_until(file.exists, cells.PATIENCE), "pvserver was not started")
    words = dict(w.lstrip("-").partition("=")[::2] for w in file.read_text().split())
    return words["client-host"], int(words["server-port"])


def let_go(b, door):
    (b.dir / "go.new").write_text(str(door.port))
    (b.dir / "go.new").rename(b.dir / "go")


class EventLog:
    """Notes when lines come into the log of events of a pvhop that another program has started."""

    def __init__(self, file):
        self._file = file
        self.events = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        processes.wait_until(self._file.exists, cells.PATIENCE)
        with open(self._file, encoding="utf-8") as f:
            rest = ""
            while True:
                rest += f.readline()
                if rest.endswith("\n"):
                    self.events.append({**json.loads(rest), "seen": time.monotonic()})
                    rest = ""
                else:
                    time.sleep(0.002)

    def wait(self, **members):
        def find():
            return next((e for e in list(self.events) if all(e.get(k) == v for k, v in members.items())), None)
        return processes.wait_until(find, cells.PATIENCE, 0.005)


def check_through(door, events):
    """The client's turn begins with phase `check`."""
    event = events.wait(event="phase", phase="check", state="begin")
    cells.check(event and door.came, f"pvserver is not through: {events.events[-3:]}")
    took = event["seen"] - door.came
    print(f"pvserver was through {took * 1000:.0f} ms after it came", flush=True)
    cells.check(took < THROUGH, f"pvserver took {took:.3f} s")


def check_waited(seconds):
    print(f"the client's event loop stood for {seconds * 1000:.0f} ms at most", flush=True)
    cells.check(seconds < HELD, f"the client stood for {seconds:.2f} s")


# ---- ParaView ----

def gui(b, display, route, plugin):
    driver = paraview_gui.built(b.build, "PvhopTestDriver")
    ours = paraview_gui.built(b.build, "PvhopPlugin")
    if not driver or not ours:
        cells.skip("the plugin is not built")
    entry = cells.new_entry(b, "cell", "pvhop", b.recipe(route, 1, client_port=cells.free_port(),
                                                         pvserver=held_pvserver(b),
                                                         client_host="127.0.0.1" if route == "direct" else None))
    home = b.dir / "paraview"
    env = {**paraview_gui.home(home), **display.environment(), "PATH": b.environment()["PATH"],
           "PVHOP_EVENTS_LOG": str(b.dir / "events.jsonl"), "PV_PLUGIN_CONFIG_FILE": str(b.dir / "plugins.xml"),
           "PVHOP_DRIVER_STEPS": str(b.dir / "steps"), "PVHOP_DRIVER_REPORT": str(b.dir / "report")}
    (b.dir / "plugins.xml").write_text("<Plugins>" + "".join(
        f'<Plugin name="{file.stem}" filename="{file}" auto_load="1"/>'
        for file in ([driver, ours] if plugin else [driver])) + "</Plugins>\n")
    (b.dir / "steps").write_text(
        "activate actionServerConnect\nwindow pqServerConnectDialog\nselect cell\nclick connect\n" +
        ("" if plugin else "ok\n") +
        f"wait-file {b.dir}/arguments\nmeasure\nwait-file {b.dir}/strayed\nlongest\n"
        f"server {'cs' if plugin else 'csrc'}\nsphere\nquit\n")
    events = EventLog(b.dir / "events.jsonl")
    with open(b.dir / "paraview.log", "wb") as log:
        run = processes.start(["paraview", f"--servers-file={entry}"], env=env, cwd=home, stdout=log, stderr=log)

    def reported(words):
        report = b.dir / "report"
        return re.search(words, report.read_text()) if report.exists() else None

    def wait_for(words):
        found = processes.wait_until(lambda: reported(words) or run.poll() is not None, cells.PATIENCE)
        found = reported(words)
        cells.check(found, f"ParaView did not come to '{words}'")
        return found
    to = target(b)
    strangers, door = Strangers(*to), Door(*to)
    try:
        strangers.all_kinds(len(Strangers.KINDS) * 2)
        strangers.keep_coming(20)
        time.sleep(HELD)
        (b.dir / "strayed").touch()
        check_waited(int(wait_for(r"longest (\d+) ms").group(1)) / 1000)
        let_go(b, door)
        check_through(door, events)
        wait_for("points 50")
        cells.check(run.wait(cells.PATIENCE) == 0, f"ParaView ended with {run.returncode}")
        print(f"{strangers.come} strangers came", flush=True)
    finally:
        strangers.close()
    b.check_clean()


# ---- pvpython ----

def listening(b, route):
    """A pvpython that listens, as ParaView does for a reverse connection."""
    port = cells.free_port()
    env = {**b.environment(), "WAIT_PORT": str(port)}
    client = processes.start(["pvpython", cells.HERE / "waiting.py"], env=env, stdout=subprocess.PIPE,
                             stderr=open(b.dir / "pvpython.log", "wb"), text=True)

    def wait_for(word):
        line = next((line for line in client.stdout if line.startswith(word)), "")
        cells.check(line, f"pvpython did not say {word}")
        return line.partition(" ")[2]
    wait_for("WAITING")
    run = start(b, route, client="listens", client_port=port)
    strangers = None
    try:
        to = target(b)
        strangers, door = Strangers(*to), Door(*to)
        strangers.all_kinds(len(Strangers.KINDS) * 2)
        strangers.keep_coming(20)
        time.sleep(HELD)
        let_go(b, door)
        check_through(door, run)
        cells.check(wait_for("POINTS").strip() == "50", "pvserver did not compute")
        cells.check(client.wait(cells.PATIENCE) == 0, f"pvpython ended with {client.returncode}")
        cells.check(run.wait_end(cells.PATIENCE) == 0, f"pvhop failed: {run.events[-3:]}")
        print(f"{strangers.come} strangers came", flush=True)
    finally:
        if strangers:
            strangers.close()
        run.close()
        client.stdout.close()
    b.check_clean()


def start(b, route, **more):
    host = "127.0.0.1" if route == "direct" else None
    words = b.recipe(route, 1, pvserver=held_pvserver(b), client_host=host, **more)
    return connecting.Connecting(b.pvhop, words, b.environment(), b.dir / "connect.log")


def memory_kib(pid):
    """What it holds now, and the most it ever held."""
    said = Path(f"/proc/{pid}/status").read_text()
    return tuple(int(re.search(rf"{name}:\s+(\d+)", said).group(1)) for name in ("VmRSS", "VmHWM"))


def flood(b, route):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 16384), most))
    seconds = float(os.environ.get("PVHOP_STRAYS_SECONDS", 3))
    run = start(b, route, client="connects")
    strangers = at_ready = client = None
    try:
        to = target(b)
        before = memory_kib(run.pid)[0]
        strangers, door = Strangers(*to), Door(*to)
        strangers.all_kinds(1000)
        strangers.keep_coming(100)
        time.sleep(seconds)
        half = memory_kib(run.pid)[0]
        let_go(b, door)
        check_through(door, run)
        ready = run.wait(cells.PATIENCE, event="ready")
        cells.check(ready, f"not ready: {run.events[-3:]}")
        now, most = memory_kib(run.pid)
        print(f"{strangers.come} strangers came; pvhop's memory: {before} KiB before, {half} and {now} with them, "
              f"{most} at most", flush=True)
        cells.check(most - before < 64 * 1024, "pvhop's memory grew")
        # towards the client's port, which is on loopback and ours alone
        at_ready = Strangers(ready["host"], ready["port"])
        at_ready.all_kinds(200)
        client = processes.start(["pvpython", cells.HERE / "hold.py"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                 env={**b.environment(), "PVHOP_URL": ready["url"]})
        cells.check(any(b"HOLDING" in line for line in client.stdout), "pvpython did not connect")
        run.cancel()
        run.wait_end(cells.PATIENCE)
    finally:
        for s in (strangers, at_ready):
            if s:
                s.close()
        run.close()
        if client:
            client.stdout.close()
            processes.end(client)
    b.check_clean()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("route", choices=("direct", "tunnel"))
    parser.add_argument("client", choices=("plugin", "stock", "pvpython", "flood"))
    args = parser.parse_args()
    in_window = args.client in ("plugin", "stock")
    with cells.bench(args.build.resolve(), ["MaxSessions 20"], drawing=in_window) as (b, display):
        if in_window:
            gui(b, display, args.route, args.client == "plugin")
        elif args.client == "pvpython":
            listening(b, args.route)
        else:
            flood(b, args.route)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except cells.Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)
