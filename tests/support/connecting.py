# SPDX-License-Identifier: BSD-3-Clause
"""`pvhop connect` as ParaView runs it: started by another process, events out, answers in."""
import json
import os
import subprocess
import sys
import threading
import time

import processes

# The parent, in a process of its own, so that it can be killed: passes events on, and answers.
_PARENT = r"""
import os, subprocess, sys, threading
er, ew = os.pipe()
ar, aw = os.pipe()
child = subprocess.Popen([*sys.argv[1:3], f"--events={ew}", f"--answers={ar}", *sys.argv[3:]], pass_fds=[ew, ar],
                         stdin=subprocess.DEVNULL)
os.close(ew), os.close(ar)
print(child.pid, flush=True)
def answers():
    for line in sys.stdin.buffer:
        os.write(aw, line)
threading.Thread(target=answers, daemon=True).start()
with os.fdopen(er, "rb") as events:
    for line in events:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
os._exit(child.wait())
"""


class Connecting:
    """One run. `parent` and `pid` (pvhop's) are there to be killed."""

    def __init__(self, pvhop, words, env, log, prefix=()):
        self.events = []
        self._elsewhere = bool(prefix)  # pvhop's number may be another host's
        self._changed = threading.Condition()
        self._over = False
        with open(log, "ab") as f:
            self.parent = processes.start(
                [*prefix, sys.executable, "-c", _PARENT, pvhop, "connect", *words], env=env, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=f)
        self.pid = int(self.parent.stdout.readline() or 0)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.parent.stdout:
            with self._changed:
                self.events.append({**json.loads(line), "seen": time.monotonic()})
                self._changed.notify_all()
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def wait(self, seconds=20, after=None, **members):
        """The first event with these members, of those that follow the event `after`; None if none came."""
        def find():
            later = self.events.index(after) + 1 if after else 0
            return next((e for e in self.events[later:] if all(e.get(k) == v for k, v in members.items())), None)
        with self._changed:
            self._changed.wait_for(lambda: find() or self._over, seconds)
            return find()

    def at(self, index, seconds=20):
        """Event number `index`, once it is there; None if none came."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.events) > index or self._over, seconds)
            return self.events[index] if len(self.events) > index else None

    def answer(self, prompt, text):
        """`text` None: the person does not want to answer."""
        line = json.dumps({"id": prompt["id"], "answer": text}) + "\n"
        self.parent.stdin.write(line.encode())
        self.parent.stdin.flush()

    def cancel(self):
        self.parent.stdin.write(b'{"cancel":true}\n')
        self.parent.stdin.flush()

    def wait_end(self, seconds=15):
        """The exit code of pvhop, passed on by its parent."""
        return self.parent.wait(seconds)

    def close(self):
        """Ends what is left of it."""
        processes.end(self.parent)
        if not self._elsewhere:
            processes.wait_until(lambda: not os.path.exists(f"/proc/{self.pid}"), 10)
        self._reader.join(5)  # it ends when nobody can write events any more
        for end in (self.parent.stdin, self.parent.stdout):
            try:
                end.close()
            except OSError:
                pass


def environment_of(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as f:
            return f.read()
    except OSError:
        return b""


def marked(mark):
    """{pid: name} of all processes of this machine that have `mark` in their environment."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if mark.encode() in environment_of(pid):
            try:
                with open(f"/proc/{pid}/comm") as f:
                    found[int(pid)] = f.read().strip()
            except OSError:
                pass
    return found
