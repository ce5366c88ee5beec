#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A stock ParaView, without a terminal anywhere, by an entry whose account wants a password and a one-time code:
pvhop-gui beside pvhop asks, and a person types (typist.py).

    face.py --build DIR

Exit code 77: skipped (needs root, for the accounts).
"""
import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cells
import login_site
import paraview_gui
import processes
from cells import PATIENCE, Failure, check
from typist import Typist

PORT = 2201


def terminals():
    """Processes of ours that have a terminal: field tty_nr of /proc/PID/stat."""
    found = {}
    for pid, name in processes.descendants().items():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue  # it has just ended
        if stat.rpartition(")")[2].split()[4] != "0":
            found[pid] = name
    return found


def answer(person, text, but=()):
    """Types into the next window that asks for a login; its number."""
    def asking():
        return [w for w in person.windows("Login") if w not in but]
    check(processes.wait_until(asking, PATIENCE), "no window asks")
    window = asking()[0]
    person.type(window, text + "\n")
    check(processes.wait_until(lambda: window not in person.windows("Login"), PATIENCE), "the window stays")
    return window


def make_entry(site, program):
    config, known, entry = site.dir / "config", site.dir / "known", site.dir / "entry.pvsc"
    known.write_text(f"[127.0.0.1]:{PORT} {site.key_line('fe')}\n")
    config.write_text(f"Host fe\n  HostName 127.0.0.1\n  Port {PORT}\n  IdentityAgent none\n"
                      f"  UserKnownHostsFile {known}\n  GlobalKnownHostsFile /dev/null\n")
    subprocess.run([program, "pvsc", "new", "carol@fe", f"--ssh-config={config}", "--route=tunnel", "--name=lab",
                    f"--output={entry}"], check=True)
    return entry


def programs(build, folder):
    """pvhop with pvhop-gui beside it, as they are installed."""
    folder.mkdir()
    for program in ("core/cli/pvhop", "ui/pvhop-gui"):
        if not (build / program).exists():
            cells.skip(f"{program} is not built")
        shutil.copy(build / program, folder)
    return folder


def connect(build, site, display):
    # Where pvserver draws; without that ParaView asks its user something of its own.
    auth = site.dir / "x.auth"
    shutil.copy(display.auth, auth)
    auth.chmod(0o644)
    site.sshd("fe", PORT, lines=[f"SetEnv DISPLAY={display.name} XAUTHORITY={auth} LIBGL_ALWAYS_SOFTWARE=1"])
    near = programs(build, site.dir / "bin")
    entry = make_entry(site, near / "pvhop")
    environment = {**display.environment(), "PATH": f"{near}:{os.environ['PATH']}", "SSH_ASKPASS": "/bin/false"}
    person = Typist(display.name, display.auth)
    with paraview_gui.ParaView(site.dir / "near", entry, "lab", environment=environment) as run:
        try:
            first = answer(person, login_site.PASSWORD)
            check("pvhop-gui" in processes.descendants().values(), f"who asked? {processes.descendants()}")
            check(not terminals(), f"these have a terminal: {terminals()}")
            answer(person, site.code(), but=[first])
            person.close()
            result = run.wait(PATIENCE)
            check(result["ok"], result.get("error"))
            check(result["cells"] > 1000, f"it drew nothing: {result}")
            check(run.wait_end(PATIENCE) == 0, "ParaView did not end well")
        except Failure:
            print(run.text()[-4000:])
            raise
    check(site.accepted("fe") == 1, f"logged in {site.accepted('fe')} times")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    args = parser.parse_args()
    with cells.site_with_accounts("face") as site:
        with paraview_gui.Display(site.dir / "x") as display:
            connect(args.build.resolve(), site, display)
        check(processes.wait_until(lambda: "pvserver" not in processes.descendants().values(), PATIENCE),
              f"still running: {processes.descendants()}")
    print("connected: a password and a one-time code in windows of pvhop-gui, one login, no terminal")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)
