# SPDX-License-Identifier: BSD-3-Clause
"""Processes that a test or the demo starts, and their end.

The calling program makes itself the reaper of all that comes from it (PR_SET_CHILD_SUBREAPER, prctl(2)):
a process whose parent ends, such as a pvserver whose sshd was killed, is then still found below it.
So `descendants` is everything that was started and lives, and `end_all` ends exactly that.
"""
import ctypes
import os
import signal
import subprocess
import time

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def become_reaper():
    """Call once, before anything is started."""
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def start(argv, **options):
    """subprocess.Popen in a session of its own (so Ctrl-C reaches us alone) that dies with us."""
    parent = os.getpid()

    def prepare():
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen([str(a) for a in argv], start_new_session=True, preexec_fn=prepare, **options)


def _table():
    """{pid: (parent, state, name)} of all processes."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
                text = f.read()
        except OSError:
            continue  # it has just ended
        name = text[text.index("(") + 1:text.rindex(")")]
        state, parent = text[text.rindex(")") + 2:].split()[:2]
        found[int(pid)] = (int(parent), state, name)
    return found


def descendants(root=None, table=None):
    """{pid: name} of the living processes below `root` (this program)."""
    table = table or _table()
    below, found = {root or os.getpid()}, {}
    grown = True
    while grown:
        grown = False
        for pid, (parent, state, name) in table.items():
            if parent in below and pid not in below:
                below.add(pid)
                grown = True
                if state != "Z":
                    found[pid] = name
    return found


def reap_orphans(mine=()):
    """Collects ended processes that were handed to us; `mine` are Popen objects, which collect themselves."""
    own = {p.pid for p in mine}
    for pid, (parent, state, _) in _table().items():
        if parent == os.getpid() and state == "Z" and pid not in own:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


def wait_until(condition, seconds, pause=0.02):
    """Looks until `condition()` is true; for facts of other processes that send no event. Returns its last value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(pause)


def end(process, seconds=5):
    """SIGTERM, and SIGKILL if it has not ended after `seconds`."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def end_all(seconds=3):
    """Ends whatever is below us. Returns what was there, {pid: name}."""
    there = descendants()
    for sign, limit in ((signal.SIGTERM, seconds), (signal.SIGKILL, seconds)):
        for pid in descendants():
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                pass
        if wait_until(lambda: not descendants(), limit):
            break
    return there
