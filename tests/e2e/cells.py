#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""One cell of the matrix of real parts: a real sshd, a real pvserver, a real client.

    cells.py --build DIR connect ROUTE STYLE CLIENT RANKS
        ROUTE direct|tunnel, STYLE pvhop|openssh, CLIENT stock|plugin|pvpython, RANKS 1|2
    cells.py --build DIR forward ROUTE
        an entry by which a stock ParaView connects to a port of its own computer (cs://): it is not let in before
        pvserver is there, and nobody else gets the port meanwhile
    cells.py --build DIR bundle CLIENT
        an administrator describes a site, makes a bundle of it and installs that; a user picks its entry, and is told
        that the site has counted up since
    cells.py --build DIR error CASE
        a failure, its code, its words, and that nothing is left

Every cell has an sshd, keys, files, a home and a display of its own. At its end nothing that it started may
run any more, on either side, and nothing may be left in the far side's temporary folder. Exit code 77: skipped.
"""
import argparse
import contextlib
import errno
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import login_site  # noqa: E402
import paraview_gui  # noqa: E402
import private_sshd  # noqa: E402
import processes  # noqa: E402

SKIP = 77
MARK = "PVHOP_TEST_MARK"
SECRET = "sesame-4711"
# Seconds for what takes a few on an idle machine: whether it works is asked here, not how fast.
PATIENCE = 300


class Failure(Exception):
    """The cell is not as it should be."""


def check(condition, words):
    if not condition:
        raise Failure(words)


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(SKIP)


@contextlib.contextmanager
def site_with_accounts(name):
    """A site of this machine with accounts, PAM and Kerberos (login_site), its folder for whoever needs one; all of it
    and of what runs there ends with it. Before the first thread. Skipped where it cannot be had."""
    why = login_site.missing()
    if why or not login_site.enter():
        skip(why or "namespaces are not allowed here")
    processes.become_reaper()
    with tempfile.TemporaryDirectory(prefix=f"pvhop-{name}-") as folder:
        site = None
        try:
            site = login_site.Site(folder)
            yield site
        finally:
            if site:
                site.close()
            processes.end_all()


def free_port():
    """A port below the range that the system gives to outgoing connections, free a moment ago."""
    for _ in range(100):
        port = 20000 + int.from_bytes(os.urandom(2), "big") % 12000
        with socket.socket() as s:
            try:
                s.bind(("0.0.0.0", port))
                return port
            except OSError:
                continue
    raise Failure("no free port")


class Bench:
    """What a cell works with: folders, the far side, the program."""

    def __init__(self, folder, build, sshd_config=(), far_display=None):
        """`far_display`: where pvserver draws. Without one ParaView asks its user to confirm that."""
        self.dir = Path(folder)
        self.build = Path(build)
        self.pvhop = self.build / "core" / "cli" / "pvhop"
        if not self.pvhop.exists():
            skip(f"{self.pvhop} is not built")
        self.home = self.dir / "home"
        self.home.mkdir()
        self.far_tmp = self.dir / "far-tmp"
        self.far_tmp.mkdir()
        self.mark = os.urandom(8).hex()
        self.sshd = private_sshd.PrivateSshd(
            self.dir / "sshd", config=sshd_config, environment={
                MARK: self.mark, "TMPDIR": str(self.far_tmp), "OMPI_ALLOW_RUN_AS_ROOT": "1",
                "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
                **(far_display.environment() if far_display else {})})

    def environment(self):
        """The environment of the near side's programs."""
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("PVHOP_", "PV_", "SSH_")) and k not in ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY")}
        # pvhop-relay and pvhop of this build come first; ssh(1) itself takes no home from the environment
        env.update(HOME=str(self.home), PATH=f"{self.pvhop.parent}:{env.get('PATH', '')}",
                   XDG_CONFIG_HOME=str(self.home / ".config"), XDG_CACHE_HOME=str(self.home / ".cache"))
        return env

    def recipe(self, route, ranks, **more):
        """Arguments of a recipe for this far side."""
        fields = {"host": self.sshd.host, "ssh-config": self.sshd.ssh_config, "route": route}
        if ranks > 1:
            fields["mpi"] = f"mpiexec -n {ranks}"
        fields.update({k.replace("_", "-"): v for k, v in more.items()})
        return [f"--{k}={v}" for k, v in fields.items() if v is not None]

    def left(self):
        """What of the cell still runs, but for the fixture's own."""
        own = {self.sshd.pid}
        return {p: n for p, n in processes.descendants().items() if p not in own and n != "Xvfb"}

    def check_clean(self):
        """Nothing runs and nothing lies about; ends of processes are given time, as they follow one another."""
        processes.wait_until(lambda: not self.left(), 120)
        check(not self.left(), f"still running: {self.left()}")
        files = [str(p.relative_to(self.far_tmp)) for p in self.far_tmp.rglob("*") if not p.is_dir()]
        check(not files, f"left in the far side's temporary folder: {files}")


@contextlib.contextmanager
def bench(build, sshd_config=(), drawing=False):
    """A Bench, and the end of everything whatever happens."""
    processes.become_reaper()
    with tempfile.TemporaryDirectory(prefix="pvhop-e2e-") as folder:
        display = paraview_gui.Display(Path(folder) / "x") if drawing else None
        b = Bench(folder, build, sshd_config, display)
        try:
            yield b, display
        except BaseException:
            print("---- sshd ----\n" + b.sshd.log.read_text(errors="replace")[-3000:])
            for log in sorted(b.dir.rglob("*.log")):
                if log.parent.name not in ("sshd", "x"):
                    print(f"---- {log.name} ----\n" + log.read_text(errors="replace")[-6000:])
            raise
        finally:
            b.sshd.close()
            processes.end_all()


def check_result(b, result, ranks):
    """The pipeline ran in a pvserver that our sshd's session started."""
    check(result.get("ok"), f"no result: {result.get('error')}")
    check(result["server"]["mark"] == b.mark, f"another pvserver than ours computed: {result['server']}")
    check(result["ranks"] == ranks, f"{result['ranks']} processes, not {ranks}")
    check(result["cells"] > 0, "the contour is empty")
    print(json.dumps(result))


def new_entry(b, name, style, args):
    """An entry as `pvhop pvsc new` writes it; returns the file."""
    file = b.dir / "servers.pvsc"
    done = subprocess.run([b.pvhop, "pvsc", "new", f"--output={file}", f"--name={name}", f"--style={style}", *args],
                          env=b.environment(), capture_output=True, text=True, stdin=subprocess.DEVNULL)
    check(done.returncode == 0, f"pvsc new: {done.returncode}\n{done.stdout}{done.stderr}")
    print(file.read_text())
    return file


def connect_gui(b, display, route, style, plugin, ranks):
    port = free_port()
    # Plain ssh cannot choose a port for itself and tell pvserver: such an entry names it.
    server_port = None if style == "pvhop" else free_port() if route == "tunnel" else port
    file = new_entry(b, "cell", style, b.recipe(route, ranks, client_port=port, server_port=server_port,
                                                client_host="127.0.0.1" if route == "direct" else None))
    pick_entry(b, display, file, "cell", plugin, ranks, "cs://" if plugin and style == "pvhop" else "csrc://")


def pick_entry(b, display, file, name, plugin, ranks, scheme, **settings):
    """A user picks the entry in the Connect dialog, computes and quits; the log of pvhop's events, if it was run."""
    events = b.dir / "events.jsonl"
    shared = None
    if plugin:
        shared = paraview_gui.built(b.build, "PvhopPlugin")
        if not shared:
            skip("the plugin is not built")
    env = {**b.environment(), **display.environment(), "PVHOP_EVENTS_LOG": str(events), **settings}
    del env["HOME"], env["XDG_CONFIG_HOME"]  # ParaView has its own
    with paraview_gui.ParaView(b.dir / "paraview", file, name, environment=env, plugin=shared) as run:
        result = run.wait(PATIENCE)
        check_result(b, result, ranks)
        code = run.wait_end(PATIENCE)
        check(code == 0, f"ParaView ended with {code}")
        check(result["uri"].startswith(scheme), f"connected by {result['uri']}, not {scheme}")
        b.check_clean()
    return [json.loads(line) for line in events.read_text().splitlines()] if events.exists() else []


SITE = """<site format="1" name="Test site" version="{version}" contact="help@site.test">
  <machine name="Test machine">
    <front-end host="{host}"/>
    <defaults route="tunnel"/>
    <entry name="Test machine: front end" ask="processes"/>
    <entry name="Test machine: four processes"><defaults mpi="mpiexec -n 4"/></entry>
  </machine>
</site>
"""


def bundle(build, client):
    with bench(build, drawing=True) as (b, display):
        def run(*words):
            done = subprocess.run([b.pvhop, "pvsc", *words], env=b.environment(), capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL)
            check(done.returncode == 0, f"pvsc {words}: {done.returncode}\n{done.stdout}{done.stderr}")
            return done.stdout

        for version in ("2026.9", "2026.11"):
            (b.dir / f"{version}.xml").write_text(SITE.format(version=version, host=b.sshd.host))
        run("bundle", b.dir / "2026.9.xml", b.dir / "bundle")
        run("install", b.dir / "bundle", "--site", f"--root={b.dir / 'root'}")
        run("bundle", b.dir / "2026.11.xml", b.dir / "bundle")
        run("install", b.dir / "bundle", "--front-end", f"--root={b.dir / 'root'}")
        file = b.dir / "root" / "usr" / "share" / "ParaView" / "servers.pvsc"
        # The last of the list: it is where it is because the other one is listed too.
        told = pick_entry(b, display, file, "Test machine: front end", client == "plugin", 1,
                          "cs://" if client == "plugin" else "csrc://", PVHOP_SSH_CONFIG=str(b.sshd.ssh_config),
                          PVHOP_SITE_FILE=str(b.dir / "root" / "etc" / "pvhop" / "site.xml"))
        check(any("version 2026.9 of the site's bundle; there is 2026.11" in e.get("text", "") for e in told),
              f"the user is not told of the newer version: {told}")


def forward(build, route):
    with bench(build, drawing=True) as (b, display):
        go = b.dir / "go"
        port = free_port()
        held = script(b, "held-pvserver", '[ "$1" = --version ] || while [ ! -e %s ]; do sleep 0.1; done\n'
                                          'exec pvserver "$@"\n' % go)
        file = new_entry(b, "cell", "pvhop", b.recipe(route, 1, client="connects", client_port=port, pvserver=held,
                                                      timeout_start=PATIENCE))
        events = b.dir / "events.jsonl"
        env = {**b.environment(), **display.environment(), "PVHOP_EVENTS_LOG": str(events)}
        del env["HOME"], env["XDG_CONFIG_HOME"]  # ParaView has its own
        with paraview_gui.ParaView(b.dir / "paraview", file, "cell", environment=env) as run:
            def starting():
                return run.process.poll() is not None or (events.exists() and '"phase":"start"' in events.read_text())
            check(processes.wait_until(starting, PATIENCE) and run.process.poll() is None, "pvserver is not started")
            tries = run.text().count("Retrying")
            check(processes.wait_until(lambda: run.text().count("Retrying") > tries, PATIENCE),
                  f"ParaView does not try: {run.text()[-2000:]}")
            with socket.socket() as s:
                check(s.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED, "a client was let in too early")
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    s.bind(("127.0.0.1", port))
                    raise Failure("another program got the port")
                except OSError:
                    pass
            go.touch()
            result = run.wait(PATIENCE)
            check_result(b, result, 1)
            check(result["uri"].startswith(f"cs://127.0.0.1:{port}"), f"connected by {result['uri']}")
            code = run.wait_end(PATIENCE)
            check(code == 0, f"ParaView ended with {code}")
            b.check_clean()


def connect_pvpython(b, route, ranks):
    argv = [b.pvhop, "connect", *b.recipe(route, ranks), "--", "pvpython", HERE / "client.py"]
    log = b.dir / "connect.log"
    events = b.dir / "events.jsonl"
    with open(log, "wb") as f:
        run = processes.start(argv, env={**b.environment(), "PVHOP_EVENTS_LOG": str(events)}, stdout=f, stderr=f)
        code = run.wait(PATIENCE)
    said = log.read_text()
    found = re.search(r"^RESULT (.*)$", said, re.M)
    check(found, f"pvpython told no result (exit code {code})")
    check_result(b, json.loads(found.group(1)), ranks)
    check(code == 0, f"pvhop ended with {code}")
    check(events.stat().st_mode & 0o777 == 0o600, "others can read the log of events")
    told = [json.loads(line) for line in events.read_text().splitlines()]
    check(told and told[-1]["event"] == "end" and any(e.get("phase") == "connected" for e in told),
          f"the log of events is not whole: {told}")
    b.check_clean()


def connect(build, route, style, client, ranks):
    with bench(build, drawing=client != "pvpython") as (b, display):
        if client == "pvpython":
            connect_pvpython(b, route, int(ranks))
        else:
            connect_gui(b, display, route, style, client == "plugin", int(ranks))


# ---- failures ----

def script(b, name, body):
    """A program on the far side."""
    file = b.dir / name
    file.write_text("#!/bin/sh\n" + body)
    file.chmod(0o755)
    return file


PRETENDS = 'case "$*" in *--version*) echo "paraview version %s"; exit 0;; esac\n'

# case: (code, words that must be said, lines of sshd_config, how the recipe differs)
ERRORS = {
    "unknown-name": ("PVH1101", "no-such-host.invalid", [], lambda b: {"host": "no-such-host.invalid"}),
    "unreachable": ("PVH1102", "127.0.0.1", [],
                    lambda b: {"ssh-config": b.sshd.config_with(f"Host {b.sshd.host}", f"  Port {free_port()}")}),
    "hostkey-unknown": ("PVH1202", "SHA256:", [], lambda b: {"ssh-config": _known(b, "")}),
    "hostkey-changed": ("PVH1203", "SHA256:", [], lambda b: {"ssh-config": _known(b, "other")}),
    "password-wrong": ("PVH1301", "password", ["PubkeyAuthentication no", "PasswordAuthentication yes"],
                       lambda b: {"ssh-config": b.sshd.config_with(f"Host {b.sshd.host}", "  BatchMode no")}),
    "pvserver-missing": ("PVH1501", "/no/such/pvserver", [], lambda b: {"pvserver": "/no/such/pvserver"}),
    "pvserver-version": ("PVH1502", "4.4.0", [], lambda b: {
        "pvserver": script(b, "old-pvserver", PRETENDS % "4.4.0" + "exit 1\n")}),
    "pvserver-dies": ("PVH1503", "libcrucial.so.7", [], lambda b: {
        "pvserver": script(b, "sick-pvserver", PRETENDS % paraview_gui.version() +
                           "echo 'error while loading shared libraries: libcrucial.so.7' >&2; exit 127\n")}),
    "forwarding-refused": ("PVH1401", "AllowTcpForwarding", ["AllowTcpForwarding no"], lambda b: {}),
    "client-absent": ("PVH1508", "{port}", [], lambda b: {"client": "listens", "client-port": str(free_port())}),
}


def _known(b, kind):
    """A client configuration whose known_hosts has no key of the host, or another one."""
    file = b.dir / "known_hosts_cell"
    file.write_text("")
    if kind == "other":
        private_sshd.keygen(b.dir / "other_key")
        words = (b.dir / "other_key.pub").read_text().split()
        file.write_text(f"[127.0.0.1]:{b.sshd.port} {words[0]} {words[1]}\n")
    return b.sshd.config_with(f"Host {b.sshd.host}", f"  UserKnownHostsFile {file}")


def error(build, case):
    code, words, config, differs = ERRORS[case]
    with bench(build, config) as (b, _):
        change = differs(b)
        args = {"host": b.sshd.host, "ssh-config": b.sshd.ssh_config, "route": "tunnel", "client": "connects",
                "client-version": paraview_gui.version()}
        args.update(change)
        argv = [b.pvhop, "connect", *(f"--{k}={v}" for k, v in args.items())]
        events_r, events_w = os.pipe()
        answers_r, answers_w = os.pipe()
        argv += [f"--events={events_w}", f"--answers={answers_r}"]
        before = time.monotonic()
        log = b.dir / "connect.log"
        with open(log, "wb") as f:
            run = processes.start(argv, env=b.environment(), stdout=f, stderr=f, pass_fds=[events_w, answers_r])
        os.close(events_w), os.close(answers_r)
        events = []
        with os.fdopen(events_r) as lines:
            for line in lines:  # ends when pvhop does
                event = json.loads(line)
                events.append(event)
                if event["event"] == "prompt":
                    answer = SECRET if event["kind"] == "password" else "no" if event["kind"] == "hostkey" else None
                    os.write(answers_w, (json.dumps({"id": event["id"], "answer": answer}) + "\n").encode())
        ended = run.wait(PATIENCE)
        os.close(answers_w)
        print("\n".join(json.dumps(e) for e in events))
        errors = [e for e in events if e["event"] == "error"]
        check(len(errors) == 1, f"{len(errors)} errors were told, not one (exit code {ended})")
        told = errors[0]
        check(told["code"] == code, f"{told['code']} was told, not {code}: {told}")
        words = words.replace("{port}", args.get("client-port", ""))
        check(words in told["why"] + told["what"] + told["remedy"], f"'{words}' is not in what was told: {told}")
        check(told["remedy"], "there is no remedy")
        check(SECRET not in json.dumps(events) + log.read_text(), "the password was repeated")
        check(ended != 0 and events[-1].get("exit") == ended, f"exit code {ended}, last event {events[-1]}")
        check(time.monotonic() - before < 60, "it took too long")
        b.check_clean()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("kind", choices=("connect", "forward", "bundle", "error"))
    parser.add_argument("words", nargs="+")
    args = parser.parse_args()
    try:
        {"connect": connect, "forward": forward, "bundle": bundle,
         "error": error}[args.kind](Path(args.build).resolve(), *args.words)
    except Failure as e:
        print(f"FAILED: {e}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
