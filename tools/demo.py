#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The main job of pvhop, end to end, on this machine alone. Started by `./dev demo`.

A private sshd on loopback plays the cluster. `pvhop pvsc new` writes an entry for it, route `tunnel`. The real
ParaView picks the entry in its Connect dialog, pvserver starts behind the sshd, and ParaView computes there.
With a display, ParaView's window stays for you to use; without one, a picture of it is saved.
Everything that was started is ended, and every file but the picture removed, also on Ctrl-C.
"""
import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests" / "support"))
import paraview_gui  # noqa: E402
import private_sshd  # noqa: E402
import processes  # noqa: E402

NAME = "cluster-11111-rc"


def say(text):
    print(text, flush=True)


def step(text):
    say(f"\n== {text}")


def stop(text):
    """Ends the demo with a reason."""
    raise SystemExit(f"demo: {text}")


def write_entry(pvhop, sshd, folder, port):
    """The entry, by pvhop itself."""
    file = folder / "servers.pvsc"
    argv = [pvhop, "pvsc", "new", f"--output={file}", f"--name={NAME}", "--style=pvhop", f"--host={sshd.host}",
            f"--ssh-config={sshd.ssh_config}", "--route=tunnel", f"--client-port={port}"]
    shown = " ".join(str(a) for a in argv[1:]).replace(str(folder), "$DEMO")
    say(f"   pvhop {shown}")
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        stop(f"the entry could not be written:\n{done.stdout}{done.stderr}")
    return file


def free_port():
    with socket.socket() as s:
        s.bind(("0.0.0.0", 0))
        return s.getsockname()[1]


def phases(log):
    """[(phase, what happened last in it, seconds)] of pvhop's events up to the connection."""
    rows, opened = [], {}
    for line in log.read_text().splitlines() if log.exists() else []:
        event = json.loads(line)
        if event.get("event") != "phase" or event["phase"] in ("connected", "closing"):
            continue
        phase = event["phase"]
        if event["state"] == "begin":
            opened[phase] = (event["t"], event.get("text", ""))
        elif event["state"] == "done" and phase in opened:
            began, text = opened.pop(phase)
            rows.append((phase, event.get("text") or text, event["t"] - began))
    return rows


def table(result, log):
    """How long each part took, from the start of ParaView to the picture."""
    t = result["times"]
    rows = [("ParaView starts, and its Connect dialog", t["script"] - t["began"])]
    inner = phases(log)
    rows.append(("from the dialog to the connection", t["connected"] - t["script"]))
    rows += [(f"  {phase:<9} {text}"[:74], seconds) for phase, text, seconds in inner]
    rows.append(("first picture", t["drawn"] - t["connected"]))
    rows.append(("isosurface computed on the server and drawn", t["computed"] - t["drawn"]))
    say(f"\n   {'what':<74}  seconds")
    for what, seconds in rows:
        say(f"   {what:<74}  {seconds:7.2f}")
    say(f"   {'altogether':<74}  {t['computed'] - t['began']:7.2f}")


def report(result, sshd, log):
    """What ParaView saw, and that it was computed where it should be."""
    server = result["server"]
    inside = server["pid"] in sshd.sessions()
    say(f"   connected by      {result['uri']}")
    say(f"   ParaView          pid {result['client_pid']}")
    say(f"   pvserver          pid {server['pid']} on {server['host']}, "
        f"{'a child of the private sshd' if inside else 'NOT a child of the private sshd'}; "
        f"its ssh session: {server['ssh']}")
    say(f"   isosurface        {result['cells']} triangles, computed by pvserver")
    table(result, log)
    if not inside:
        stop("pvserver does not run where it should")


def run(args, folder, display, far_display):
    pvhop = args.build / "core" / "cli" / "pvhop"
    plugin = paraview_gui.built(args.build, "PvhopPlugin") if not args.stock else None
    log = folder / "events.jsonl"
    env = {"PATH": f"{pvhop.parent}:{os.environ['PATH']}", "PVHOP_EVENTS_LOG": str(log)}
    if display:
        env.update(display.environment())

    step("A private sshd on loopback, with fresh keys, plays the cluster")
    with private_sshd.PrivateSshd(folder / "sshd", environment=far_display.environment()) as sshd:
        say(f"   port {sshd.port}; no service of this machine is touched")
        step("An entry for it, as a scientist's wizard or an administrator would write it")
        entry = write_entry(pvhop, sshd, folder, free_port())
        step(f"ParaView picks '{NAME}' in its Connect dialog ({'with' if plugin else 'without'} the plugin)")
        with paraview_gui.ParaView(folder / "paraview", entry, NAME, environment=env, plugin=plugin, stay=True) as gui:
            result = gui.wait(args.limit)
            if not result["ok"]:
                stop(result["error"])
            report(result, sshd, log)
            if display:
                display.settle()
                args.picture.parent.mkdir(parents=True, exist_ok=True)
                display.save(args.picture)
                step("Closing ParaView")
                code = gui.quit()
            else:
                step("The window is yours. Close it to end the demo")
                code = gui.process.wait()
            gone = processes.wait_until(lambda: not sshd.sessions(), 10)
        say(f"   ParaView ended with {code}; on the cluster {'nothing runs any more' if gone else sshd.sessions()}")
        if code != 0 or not gone:
            stop("it did not end in good order")
    if display:
        say(f"\nThe picture: {args.picture}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="the build folder")
    parser.add_argument("--no-window", action="store_true", help="do without your display")
    parser.add_argument("--stock", action="store_true", help="do without the plugin")
    parser.add_argument("--picture", type=Path, help="where the picture goes (default: demo.png in the build folder)")
    parser.add_argument("--limit", type=float, default=90, help="seconds for the connection (default: 90)")
    args = parser.parse_args()
    args.build = args.build.resolve()
    args.picture = (args.picture or args.build / "demo.png").resolve()

    processes.become_reaper()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    windowed = not args.no_window and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    code = 0
    with tempfile.TemporaryDirectory(prefix="pvhop-demo-") as tmp:
        folder = Path(tmp)
        try:
            with paraview_gui.Display(folder / "far") as far:
                if windowed:
                    run(args, folder, None, far)
                else:
                    with paraview_gui.Display(folder / "near") as near:
                        run(args, folder, near, far)
        except KeyboardInterrupt:
            say("\ndemo: interrupted; ending everything")
            code = 130
        finally:
            processes.end_all()
    return code


if __name__ == "__main__":
    sys.exit(main())
