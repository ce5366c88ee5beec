#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Secrets that only the test knows (a password, a one-time code, a key's passphrase) stand in no command line,
environment, event, log, file or report (pvhop report) of either side, during the connection and after it; no core file
can be written; and another program of the same user cannot look into pvhop or pvhop-relay. A search that finds nothing
proves nothing, and neither does a look that is always refused: so it is first shown that both find what is there.

    astray.py --build DIR

Three hops in a site of the test's own (login_site.py), pvhop as a user that is not root. Exit code 77: skipped.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import cells
import connecting
import login_site
import processes

USER = 7900  # whose workstation this is
PASSPHRASE = "pass phrase " + os.urandom(8).hex()
MARK = "mark of this run " + os.urandom(8).hex()
LOOK = """
import ctypes, sys
pid = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
seized = libc.ptrace(0x4206, pid, None, None) == 0  # PTRACE_SEIZE
try:
    open(f"/proc/{pid}/mem", "rb").close()
    opened = True
except OSError:
    opened = False
print(seized or opened)
"""


def looked_into(pid):
    """Whether another program of that user can read the process's memory."""
    done = subprocess.run(["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", sys.executable, "-c", LOOK,
                           str(pid)], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


def places(folder, secrets):
    """Where a secret stands: processes of this machine, files of the site."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for part in ("cmdline", "environ"):
            try:
                data = Path(f"/proc/{pid}/{part}").read_bytes()
            except OSError:
                continue  # it has just ended
            found += [f"{name} in {part} of {pid}" for name, secret in secrets.items() if secret in data]
    for file in folder.rglob("*"):
        # pam_oath itself keeps the code that was used last, so that it cannot be used again
        if file.is_file() and not file.is_symlink() and file.name != "users.oath":
            data = file.read_bytes()
            found += [f"{name} in {file}" for name, secret in secrets.items() if secret in data]
    return found


class Near:
    """The workstation: a user without rights, a key with a passphrase, a configuration with three hops."""

    def __init__(self, site):
        self.dir = site.dir / "near"
        self.dir.mkdir()
        with open("/etc/passwd", "a", encoding="utf-8") as f:  # ssh wants to know who it works for
            f.write(f"near:x:{USER}:{USER}::{self.dir}:/bin/sh\n")
        key = site.key("near-key", passphrase=PASSPHRASE, users=["alice"])
        for name, port in (("gate", 2202), ("fe", 2201), ("node", 2203)):
            site.sshd(name, port)
        (self.dir / "known_hosts").write_text("".join(
            f"[127.0.0.1]:{port} {site.key_line(name)}\n" for name, port in (("gate", 2202), ("fe", 2201), ("node", 2203))))
        self.config = self.dir / "config"
        self.config.write_text(
            "Host gate\n  User bob\n  Port 2202\nHost fe\n  User carol\n  Port 2201\n"
            f"Host node\n  User alice\n  Port 2203\n  ProxyJump gate,fe\n  IdentityFile {key}\n"
            "Host *\n  HostName 127.0.0.1\n  IdentitiesOnly yes\n  IdentityAgent none\n  GlobalKnownHostsFile /dev/null\n"
            f"  UserKnownHostsFile {self.dir}/known_hosts\n")
        for path in (self.dir, key, *self.dir.iterdir()):
            os.chown(path, USER, USER)


def report(pvhop, near, env, *added):
    """What `pvhop report` shows of that connection, and what stands in its archive."""
    archive = near.dir / "report.tar.gz"
    done = subprocess.run(
        ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", pvhop, "report", "node",
         f"--ssh-config={near.config}", f"--output={archive}", "--yes", *(f"--add={file}" for file in added)],
        env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    cells.check(done.returncode == 0, f"no report: {done.stdout[-500:]}{done.stderr}")
    with tarfile.open(archive) as parts:
        texts = [parts.extractfile(m).read().decode() for m in parts if m.isfile()]
    cells.check(any('"phase"' in text for text in texts), "the report has not the log of events")
    return done.stdout + done.stderr + "".join(texts)


def core_limit(pid):
    limits = Path(f"/proc/{pid}/limits").read_text()
    return next(line for line in limits.splitlines() if line.startswith("Max core file size"))


def relay(build, near):
    """pvhop-relay knows the token that a node has to prove: (can another program look into it, its core limit)."""
    token = near.dir / "token"
    token.write_text(os.urandom(16).hex() + "\n")
    token.chmod(0o600)
    os.chown(token, USER, USER)
    program = shutil.copy(build / "core" / "relay" / "pvhop-relay", near.dir)
    process = processes.start(["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", program, "--report",
                               f"--ask-proof={token}", "127.0.0.1:0:127.0.0.1:9"], stdout=subprocess.PIPE, text=True)
    try:
        cells.check(process.stdout.readline().startswith("open "), "pvhop-relay did not start")
        return looked_into(process.pid), core_limit(process.pid)
    finally:
        processes.end(process)


def silent_pvserver(site):
    file = site.dir / "silent-pvserver"
    file.write_text("#!/bin/sh\n" + cells.PRETENDS % "5.11.0" + "exec sleep 300\n")
    file.chmod(0o755)
    return file


def search(build, site):
    near, code = Near(site), site.code()
    secrets = {"the password": login_site.PASSWORD.encode(), "the code": code.encode(),
               "the passphrase": PASSPHRASE.encode()}
    log = near.dir / "events"
    env = {"PATH": os.environ["PATH"], "HOME": str(near.dir), "LC_ALL": "C.UTF-8", "PVHOP_EVENTS_LOG": str(log),
           "PVHOP_TEST_MARK": MARK}
    answers = {"passphrase": PASSPHRASE, "password": login_site.PASSWORD}
    asked = []
    pvhop = shutil.copy(build / "core" / "cli" / "pvhop", site.dir)  # its user may not enter the build folder
    run = connecting.Connecting(
        pvhop, ["--host=node", f"--ssh-config={near.config}", "--route=tunnel", "--client=connects", "--verbose",
         f"--pvserver={silent_pvserver(site)}"], env, site.dir / "connect.log",
        ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"])
    try:
        index = 0
        while (e := run.at(index, 60)) and not e.get("phase") == "start":
            index += 1
            if e["event"] == "prompt":
                one_time = "One-time" in (e["server_text"] or "")
                asked.append("code" if one_time else e["kind"])
                run.answer(e, code if one_time else answers.get(e["kind"], login_site.PASSWORD))
        cells.check(e, f"pvserver was not started: {run.events[-3:]}")
        cells.check(asked == ["password", "keyboard", "code", "passphrase"], f"asked for {asked}")
        cells.check(any("environ" in p for p in places(site.dir, {"the mark": MARK.encode()})),
                    "the search finds nothing at all")
        during = places(site.dir, secrets)
        core = core_limit(run.pid)
        sees_others, sees_us = looked_into(run.parent.pid), looked_into(run.pid)
        run.cancel()
        run.wait_end()
    finally:
        run.close()
    after = places(site.dir, secrets)
    sees_relay, relay_core = relay(build, near)
    reported = report(pvhop, near, env, log)
    astray = [name for name, secret in secrets.items() if secret.decode() in reported]
    told = [e for e in run.events if any(s.decode() in json.dumps(e) for s in secrets.values())]
    print(f"during: {during or 0}\nafter: {after or 0}\nevents: {told or 0} of {len(run.events)}\n"
          f"report: {astray or 0} in {len(reported)} bytes\n{core}\n"
          f"another program of the user looks into: a plain process {sees_others}, pvhop {sees_us}, "
          f"pvhop-relay {sees_relay}")
    cells.check(log.stat().st_size > 0, "no log of events was written")
    cells.check(not (during or after or told or astray), "a secret went astray")
    for limit in (core, relay_core):
        cells.check(limit.split()[4:6] == ["0", "0"], "a core file could be written")
    cells.check(not (sees_us or sees_relay), "another program can look into pvhop or pvhop-relay")
    if not sees_others:
        print("NOTE: this system lets nobody look into any process, so that was not tried")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    args = parser.parse_args()
    with cells.site_with_accounts("astray") as site:
        search(args.build.resolve(), site)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except cells.Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)
