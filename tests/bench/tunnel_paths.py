# SPDX-License-Identifier: BSD-3-Clause
"""The ways through a private sshd that are compared, and what they cost."""
import ctypes
import fcntl
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import private_sshd  # noqa: E402
import processes  # noqa: E402

_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_CONGESTION = Path("/proc/sys/net/ipv4/tcp_congestion_control")
_READY_S = 20


def own_network():
    """A network namespace of our own, as root: an idle loopback, with reno, which does not pace. Says what it got."""
    if os.geteuid() != 0 or ctypes.CDLL(None).unshare(_CLONE_NEWNET) != 0:
        return f"the machine's own loopback, {_CONGESTION.read_text().strip()} (root is needed for a private one)"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    try:
        _CONGESTION.write_text("reno")
    except OSError:
        pass
    return f"a network namespace of its own, {_CONGESTION.read_text().strip()}"


def _said(stream, pattern, log):
    """The first group of `pattern` in what a process says; reads no further."""
    for line in stream:
        found = re.search(pattern, line)
        if found:
            return found.group(1)
    raise RuntimeError(f"a process ended before it was ready: {log()}")


def helper(program, *args):
    """Starts `load serve` or `delay`; (process, port)."""
    process = processes.start([program, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, int(_said(process.stdout, r"^port (\d+)", lambda: program))


def cpu_seconds(pids):
    """Time on a CPU of all threads of these processes (proc(5), schedstat: nanoseconds)."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            total += int(task.read_text().split()[0])
    return total / 1e9


def peak_mib(pid):
    """The largest memory that a process has had (proc(5), VmHWM)."""
    found = re.search(r"^VmHWM:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    return int(found.group(1)) / 1024 if found else 0


class Direct:
    """No tunnel: what the machine can do."""
    name = "direct"

    def __init__(self, target):
        self.port, self.own, self.path = target, [], []

    def close(self):
        pass


class Tunnel:
    """One tunnel from its start to its end. `way` is "L" or "R", `target` the port that it leads to."""

    def __init__(self, site, name, way, target):
        before = set(site.sshd.sessions())
        self.name, self.way = name, way
        self._log = tempfile.TemporaryFile("w+")
        self.port = self._open(site, target)
        self.own = [self._process.pid]
        self.path = self.own + [p for p in site.sshd.sessions() if p not in before]

    def _words(self):
        self._log.seek(0)
        return self._log.read()

    def _start(self, argv, **options):
        self._process = processes.start(argv, stdin=subprocess.PIPE, text=True, **options)

    def close(self):
        self._process.stdin.close()
        processes.end(self._process)


class Ssh(Tunnel):
    """OpenSSH. `options` such as ["-N"] or ["-tt", "-c", CIPHER]; `hops` such as "jump"."""

    def __init__(self, site, name, way, target, options, config=None, hops=None):
        self._options, self._config, self._hops = options, config, hops
        super().__init__(site, name, way, target)

    def _open(self, site, target):
        argv = ["ssh", "-F", self._config or site.sshd.ssh_config, "-o", "ExitOnForwardFailure=yes", *self._options]
        if self._hops:
            argv += ["-J", self._hops]
        command = ["cat"] if "-tt" in self._options else []
        if self.way == "R":
            self._start([*argv, "-R", f"0:127.0.0.1:{target}", site.sshd.host, *command],
                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            return int(_said(self._process.stderr, r"Allocated port (\d+)", lambda: "ssh -R"))
        with socket.socket() as s:  # ssh has no -L 0
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self._start([*argv, "-L", f"127.0.0.1:{port}:127.0.0.1:{target}", site.sshd.host, *command],
                    stdout=subprocess.DEVNULL, stderr=self._log)
        if not processes.wait_until(lambda: _accepts(port) or self._process.poll() is not None, _READY_S, 0.005) or \
                self._process.poll() is not None:
            raise RuntimeError("ssh -L did not start: " + self._words())
        return port


class Ours(Tunnel):
    """pvhop's data path: `forward`, with an environment of its own."""

    def __init__(self, site, name, way, target, config=None, hops=None, environment=None, program=None, options=()):
        self._config, self._hops, self._environment, self._program = config, hops, environment, program
        self._options = options
        super().__init__(site, name, way, target)

    def _open(self, site, target):
        argv = [self._program or site.programs / "bench/bench_forward", f"-{self.way}", str(target), *self._options]
        if self._hops:
            argv += ["-J", self._hops]
        env = {**os.environ, "FORWARD_LOG": "1", **(self._environment or {})}
        self._start([*argv, self._config or site.sshd.ssh_config, site.sshd.host], env=env, stdout=subprocess.PIPE,
                    stderr=self._log)
        return int(_said(self._process.stdout, r"^port (\d+)", self._words))

    def cipher(self):
        """What it agreed on with sshd."""
        found = re.search(r"\b(aes(?:128|256)-gcm@openssh\.com|chacha20-poly1305@openssh\.com|aes\d+-ctr)\s*$", self._words(), re.M)
        if not found:
            raise RuntimeError("the log of forward does not name the cipher:\n" + self._words())
        return found.group(1)


def _accepts(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Site:
    """The private sshd, the far service, and the programs; all of it ends with `close`."""

    def __init__(self, programs):
        self.programs = Path(programs)
        self._folder = tempfile.TemporaryDirectory(prefix="pvhop-bench-")
        self.sshd = private_sshd.PrivateSshd(Path(self._folder.name) / "sshd", config=["MaxStartups 100", "MaxSessions 100"])
        self._helpers = []
        self.service = self._helper("bench/bench_load", "serve")

    def _helper(self, name, *args):
        process, port = helper(self.programs / name, *args)
        self._helpers.append(process)
        return port

    def long_link(self, ms):
        """A client configuration in which the same sshd is `ms` milliseconds away."""
        port = self._helper("support/pvhop_test_delay", str(ms), str(self.sshd.port))
        return self.sshd.config_with(f"Host {self.sshd.host}", f"  Port {port}", f"  HostKeyAlias [127.0.0.1]:{self.sshd.port}")

    def jump(self, *lines):
        """A client configuration with the same sshd under a second name, `jump`. `lines` are for all hosts."""
        return self.sshd.config_with(*lines, *re.sub(r"^Host .*", "Host jump", self.sshd.ssh_config.read_text(), flags=re.M).splitlines())

    def load(self, port, *order):
        """Runs one order against a port; what it measured."""
        ran = subprocess.run([str(self.programs / "bench/bench_load"), order[0], str(port), *map(str, order[1:])],
                             capture_output=True, text=True, timeout=120, check=False)
        if ran.returncode:
            raise RuntimeError(f"load {order}: {ran.stderr}")
        return json.loads(ran.stdout)

    def close(self):
        for process in self._helpers:
            process.stdin.close()
            processes.end(process)
        self.sshd.close()
        processes.end_all()
        self._folder.cleanup()
