# SPDX-License-Identifier: BSD-3-Clause
"""A real sshd on loopback with fresh keys, all of it in one folder. No service of the system is touched."""
import fcntl
import getpass
import os
import stat
import subprocess
from pathlib import Path

import processes

_SSHD = "/usr/sbin/sshd"
# sshd as root insists on this folder, at its start and again for each connection.
_PRIVSEP = "/run/sshd"
_PRIVSEP_OURS = 0o711  # sshd's own service makes it with 755


def keygen(path, kind="ed25519"):
    """A key pair without passphrase: `path` and `path`.pub."""
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "private", "-f", str(path)], check=True)


def hold_privsep():
    """Has the folder stay while the descriptor that is returned is open. Fixtures run side by side, these and those
    of sshd.cpp, which does the same: each holds a shared lock on it, and who is the last to let go removes it."""
    while True:
        try:
            os.mkdir(_PRIVSEP, _PRIVSEP_OURS)
        except FileExistsError:
            pass
        try:
            fd = os.open(_PRIVSEP, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(fd, fcntl.LOCK_SH)
            if os.path.samestat(os.fstat(fd), os.stat(_PRIVSEP)):
                return fd
            os.close(fd)  # removed before it was locked
        except FileNotFoundError:
            pass


def release_privsep(fd):
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if stat.S_IMODE(os.fstat(fd).st_mode) == _PRIVSEP_OURS:
            os.rmdir(_PRIVSEP)
    except OSError:
        pass  # somebody else still needs it
    finally:
        os.close(fd)


class PrivateSshd:
    """sshd for the running user. `config`: lines that stand before the fixture's own, and so win.

    `ssh_config` is a file for `ssh -F` in which `host` reaches it: known host, user key, no agent.
    `environment`: what its sessions get to see (SetEnv).
    """

    def __init__(self, folder, host="cluster", config=(), environment=None):
        self.dir = Path(folder)
        self.dir.mkdir(mode=0o700, exist_ok=True)
        self.host = host
        self.user = getpass.getuser()
        self.log = self.dir / "sshd.log"
        self.key = self.dir / "user_key"
        self.known_hosts = self.dir / "known_hosts"
        self.ssh_config = self.dir / "ssh_config"
        self._privsep = hold_privsep() if os.geteuid() == 0 else None
        keygen(self.dir / "host_key")
        keygen(self.key)
        (self.dir / "authorized_keys").write_bytes(self.key.with_suffix(".pub").read_bytes())
        setenv = " ".join(f'"{k}={v}"' for k, v in (environment or {}).items())
        self._config = [
            *config,
            f"HostKey {self.dir}/host_key",
            f"AuthorizedKeysFile {self.dir}/authorized_keys",
            "PidFile none", "UsePAM no", "StrictModes no", "PasswordAuthentication no",
            "KbdInteractiveAuthentication no", "PermitRootLogin yes", "PrintMotd no", "LogLevel VERBOSE",
            # no reverse look-up: this must not depend on anybody's name server
            "UseDNS no",
            *([f"SetEnv {setenv}"] if setenv else []),
        ]
        self.port = 0
        self._process = None
        self._start()
        self._client_files()

    def _start(self):
        """sshd cannot listen on port 0 and tell which one it got; so a port is drawn, and on a clash another."""
        for _ in range(20):
            port = 20000 + int.from_bytes(os.urandom(2), "big") % 12000  # below the range of outgoing ports
            listen = [f"ListenAddress 127.0.0.1:{port}"]
            file = self.dir / "sshd_config"
            file.write_text("\n".join(listen + self._config) + "\n")
            with open(self.log, "ab") as log:
                process = processes.start([_SSHD, "-D", "-e", "-f", file], stdout=log, stderr=log)
            processes.wait_until(lambda: f"Server listening on 127.0.0.1 port {port}." in self.log.read_text() or
                                 process.poll() is not None, 60)
            if process.poll() is None and f"Server listening on 127.0.0.1 port {port}." in self.log.read_text():
                self.port, self._process = port, process
                return
            processes.end(process)
            if "Cannot bind" not in self.log.read_text():
                raise RuntimeError("sshd did not start: " + self.log.read_text())
        raise RuntimeError("no free port for sshd was found")

    def _client_files(self):
        public = (self.dir / "host_key.pub").read_text().split()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public[0]} {public[1]}\n")
        self.ssh_config.write_text(
            f"Host {self.host}\n  HostName 127.0.0.1\n  Port {self.port}\n  User {self.user}\n"
            f"  IdentityFile {self.key}\n  IdentitiesOnly yes\n  IdentityAgent none\n"
            f"  UserKnownHostsFile {self.known_hosts}\n  GlobalKnownHostsFile /dev/null\n"
            "  StrictHostKeyChecking yes\n  BatchMode yes\n")

    def config_with(self, *lines):
        """A further client configuration, in which `lines` stand first and so win."""
        number = len(list(self.dir.glob("ssh_config*")))
        file = self.dir / f"ssh_config{number}"
        file.write_text("\n".join(lines) + "\n" + self.ssh_config.read_text())
        return file

    @property
    def pid(self):
        """The listening sshd's."""
        return self._process.pid

    def sessions(self):
        """{pid: name} of everything that logins through this sshd have started and that still lives."""
        return processes.descendants(self._process.pid)

    def close(self):
        """Ends it; its sessions end with it or are left to processes.end_all."""
        for pid in self.sessions():
            try:
                os.kill(pid, 15)
            except ProcessLookupError:
                pass
        processes.end(self._process)
        if self._privsep is not None:
            release_privsep(self._privsep)
            self._privsep = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
