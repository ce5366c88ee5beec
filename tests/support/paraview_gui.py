# SPDX-License-Identifier: BSD-3-Clause
"""Drives a real ParaView: picks an entry in the Connect dialog, as a person does, and computes on the server.

The clicks are ParaView's own scripted events (--test-script); what follows the connection is pilot.py.
"""
import json
import os
import re
import struct
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import processes

_PILOT = Path(__file__).with_name("pilot.py")
# Files of entries that every ParaView reads besides those it is given.
_SYSTEM_ENTRIES = ("/usr/share/ParaView/servers.pvsc", "/usr/local/share/ParaView/servers.pvsc")
# What ParaView asks before it starts an entry that has Options, and its OK.
_OPTIONS_OK = "pqClientMainWindow/1QDialog0/1QDialogButtonBox0/1QPushButton0"
# Of these, what is for a ParaView that listens.
_LISTENER = ("PV_SERVER_PORT", "PV_CONNECT_ID")
_DIALOG = "pqClientMainWindow/pqServerConnectDialog/stackedWidget/page_choose"


class Display:
    """An X server without a screen, open only to those who have its cookie. Its size is that of ParaView's window."""

    def __init__(self, folder, size="1152x762"):
        self.dir = Path(folder)
        self.dir.mkdir(mode=0o700, exist_ok=True)
        cookie = os.urandom(16).hex()
        server_auth, self.auth = self.dir / "server.auth", self.dir / "client.auth"
        self._xauth(server_auth, ":0", cookie)
        number, ready = os.pipe()
        with open(self.dir / "xvfb.log", "wb") as log:
            self._process = processes.start(
                ["Xvfb", "-displayfd", ready, "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset",
                 "-auth", server_auth, "-fbdir", self.dir], pass_fds=[ready], stdout=log, stderr=log)
        os.close(ready)
        with os.fdopen(number) as f:
            line = f.readline().strip()  # comes when it is ready; empty if it ended
        if not line:
            raise RuntimeError("Xvfb did not start: " + (self.dir / "xvfb.log").read_text())
        self.name = ":" + line
        self._xauth(self.auth, self.name, cookie)

    @staticmethod
    def _xauth(file, display, cookie):
        file.touch(mode=0o600)
        subprocess.run(["xauth", "-q", "-f", file], input=f"add {display} . {cookie}\n".encode(), check=True,
                       stderr=subprocess.DEVNULL)

    def environment(self):
        """What a client needs to use it."""
        return {"DISPLAY": self.name, "XAUTHORITY": str(self.auth), "LIBGL_ALWAYS_SOFTWARE": "1"}

    def settle(self, seconds=10):
        """Waits until the screen has stood still for half a second: windows tell us no event for that."""
        end, before, since = time.monotonic() + seconds, b"", time.monotonic()
        while time.monotonic() < end and time.monotonic() - since < 0.5:
            now = (self.dir / "Xvfb_screen0").read_bytes()
            if now != before:
                before, since = now, time.monotonic()
            time.sleep(0.05)

    def save(self, path):
        """Writes what the screen shows as PNG. Source of the format: XWDFile.h of x11proto."""
        data = (self.dir / "Xvfb_screen0").read_bytes()
        head = struct.unpack(">25I", data[:100])
        size, width, height, order, line, colours = head[0], head[4], head[5], head[7], head[12], head[19]
        if head[11] != 32 or order != 0:
            raise RuntimeError("the screen is not of 32 bits, least significant byte first")
        start = size + colours * 12
        rows = bytearray()
        for y in range(height):
            row = data[start + y * line:start + y * line + width * 4]
            rgb = bytearray(width * 3)
            rgb[0::3], rgb[1::3], rgb[2::3] = row[2::4], row[1::4], row[0::4]
            rows += b"\0" + rgb

        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)) +
                               chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b""))

    def close(self):
        processes.end(self._process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def version():
    """ParaView's version, such as "5.11.0"."""
    said = subprocess.run(["pvserver", "--version"], capture_output=True, text=True, check=True)
    return re.search(r"version (\S+)", said.stdout + said.stderr).group(1)


def built(build, name):
    """The plugin of this name that the build folder made; None if it made none."""
    told = Path(build) / f"{name}.path"
    return Path(told.read_text()) if told.exists() and Path(told.read_text()).exists() else None


def home(folder):
    """Makes `folder` a home for a ParaView that nobody asks anything; returns its environment."""
    folder = Path(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    config = folder / ".config" / "ParaView"
    config.mkdir(parents=True)
    # The welcome window would wait for a click; the window of messages would hide the picture.
    (config / f"ParaView{version()}.ini").write_text(
        "[General]\nGeneralSettings.ShowWelcomeDialog=false\nOutputMessages.AlwaysOpenForNewMessages=false\n")
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PV_", "PVHOP_", "QT_"))}
    env.update(HOME=str(folder), XDG_CONFIG_HOME=str(folder / ".config"), XDG_RUNTIME_DIR=str(runtime))
    return env


def _row(entry_file, name):
    """The entry's row in the Connect dialog, which lists all entries by name."""
    names = set()
    for file in (entry_file, *filter(os.path.exists, _SYSTEM_ENTRIES)):
        names.update(s.get("name") for s in ET.parse(file).getroot().findall("Server"))
    return sorted(names).index(name)


class ParaView:
    """One run of ParaView with a home of its own, connecting by an entry."""

    def __init__(self, folder, entry_file, name, *, environment=None, plugin=None, pipeline=None, screenshot=None,
                 stay=False):
        """`plugin`: the plugin's .so, None for a stock ParaView. `environment`: what it gets besides ours.

        `pipeline`, `screenshot`: as in pilot.py. `stay`: it stays open until quit().
        """
        self.dir = Path(folder)
        env = home(self.dir)
        clicks = self.dir / "clicks.xml"
        server = ET.parse(entry_file).getroot().find(f"./Server[@name='{name}']")
        # With the plugin, entries of pvhop do not ask for what a listener is told: nobody has to listen.
        unasked = _LISTENER if plugin and server.find("./Hints/pvhop") is not None else ()
        asked = any(option.get("name") not in unasked for option in server.iterfind(".//Option"))
        clicks.write_text(
            "<pqevents>\n"
            '  <pqevent object="pqClientMainWindow/MainControlsToolbar/actionServerConnect" command="activate" arguments=""/>\n'
            f'  <pqevent object="{_DIALOG}/servers" command="setCurrent" arguments="{_row(entry_file, name)}.0"/>\n'
            f'  <pqevent object="{_DIALOG}/connect" command="activate" arguments=""/>\n' +
            (f'  <pqevent object="{_OPTIONS_OK}" command="activate" arguments=""/>\n' if asked else "") +
            "</pqevents>\n")
        self.result = self.dir / "result.json"
        env.update(PILOT_RESULT=str(self.result), PQOBJECTNAMING_MATCH_LIMIT="1")
        self._stay = self.dir / "stay"
        if stay:
            self._stay.touch()
        for key, value in (("PILOT_PIPELINE", pipeline), ("PILOT_SCREENSHOT", screenshot),
                           ("PILOT_STAY", stay and self._stay)):
            if value:
                env[key] = str(value)
        env.update(environment or {})
        argv = ["paraview", f"--servers-file={entry_file}", f"--script={_PILOT}", f"--test-script={clicks}"]
        if plugin:
            argv += [f"--plugin-search-paths={Path(plugin).parent}", f"--plugins={Path(plugin).stem}"]
        self.log = self.dir / "paraview.log"
        self.began = time.time()
        with open(self.log, "wb") as log:
            self.process = processes.start(argv, env=env, cwd=self.dir, stdout=log, stderr=log)

    def wait(self, seconds=60):
        """The pilot's result (see pilot.py), {"ok": False, "error": ...} if it did not come to one."""
        def lost():
            # a launcher that answers the options itself has no window to click
            missing = re.findall(r"Couldn't find object\s+`([^`]*)`", self.text())
            return any(m != _OPTIONS_OK for m in missing)

        def over():
            return self.result.exists() or self.process.poll() is not None or lost()
        processes.wait_until(over, seconds)
        if self.result.exists():
            result = json.loads(self.result.read_text())
            result["times"]["began"] = self.began
            return result
        code = self.process.poll()
        why = f"ParaView ended with code {code}" if code is not None else "no connection in time"
        return {"ok": False, "error": f"{why}; its words:\n{self.text()[-4000:]}"}

    def quit(self, seconds=20):
        """Has a ParaView that stays quit, as wait_end."""
        self._stay.unlink(missing_ok=True)
        return self.wait_end(seconds)

    def text(self):
        return self.log.read_text(errors="replace")

    def wait_end(self, seconds=20):
        """ParaView's exit code after the pilot has asked it to quit; None if it does not."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def close(self):
        processes.end(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _main():
    """paraview_gui.py ENTRY_FILE NAME [SECONDS]: connects by it on a display of its own and prints the result."""
    import tempfile
    processes.become_reaper()
    with tempfile.TemporaryDirectory() as tmp, Display(Path(tmp) / "x") as display:
        with ParaView(Path(tmp) / "home", Path(sys.argv[1]).resolve(), sys.argv[2], environment=display.environment()) as run:
            result = run.wait(*map(float, sys.argv[3:]))
            result["exit"] = run.wait_end()
        print(json.dumps(result, indent=2))
    left = processes.end_all()
    if left:
        print("left behind and ended:", left)
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(_main())
