# SPDX-License-Identifier: BSD-3-Clause
"""A site with accounts, PAM and Kerberos on this machine, seen by this process and its children alone.

The process moves into a network and a mount namespace of its own, in which /etc is a copy. So ports are free to
choose and nothing of the machine changes; all of it is gone with the processes. Needs root.

Accounts, by how they log in (with PASSWORD, where there is a password):
    alice  key            bob    password             dave   keyboard-interactive
    carol  keyboard-interactive: the password, then a one-time code (pam_oath)
    erin   as dave, but the password has expired      eve    as bob, expired
    frank  key, then keyboard-interactive             grace  keyboard-interactive, then key
    heidi  key, then password                         ivan   password, then key
    judy   two keys                                   kim    keyboard-interactive twice
    trent  Kerberos                                   mallory as dave; the server speaks in control characters
    quinn  one of: key and password, keyboard-interactive
"""
import ctypes
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import private_sshd
import processes

PASSWORD = "correct horse"
SEED = "3132333435363738393031323334353637383930"
REALM = "LAB.TEST"
METHODS = {
    "alice": "publickey", "bob": "password", "carol": "keyboard-interactive", "dave": "keyboard-interactive",
    "erin": "keyboard-interactive", "eve": "password", "frank": "publickey,keyboard-interactive",
    "grace": "keyboard-interactive,publickey", "heidi": "publickey,password", "ivan": "password,publickey",
    "judy": "publickey,publickey", "kim": "keyboard-interactive,keyboard-interactive",
    "trent": "gssapi-with-mic", "mallory": "keyboard-interactive",
    "quinn": "publickey,password keyboard-interactive",
}
EXPIRED = ("erin", "eve")
RUDE = "\\033[2J\\033]0;owned\\007Your account \\033[31mneeds\\b\\b you\\n"

_NEWNET, _NEWNS = 0x40000000, 0x00020000


def missing():
    """Why there can be no site here; "" if there can."""
    if os.geteuid() != 0:
        return "accounts with passwords need root"
    programs = ("/usr/sbin/sshd", "unshare", "ip", "oathtool", "openssl", "ssh-keygen", "ssh-agent", "krb5kdc",
                "kdb5_util", "kadmin.local", "kinit")
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    lacking = [p for p in programs if not shutil.which(p, path=path)]
    return f"not installed: {' '.join(lacking)}" if lacking else ""


def run(*argv, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise RuntimeError(f"{argv[0]}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def enter():
    """Moves this process into namespaces of its own. Before the first thread. False if that is not allowed here."""
    if ctypes.CDLL(None, use_errno=True).unshare(_NEWNET | _NEWNS) != 0:
        return False
    run("ip", "link", "set", "lo", "up")
    run("mount", "--make-rprivate", "/")
    return True


class Site:
    def __init__(self, folder):
        self.dir = Path(folder)
        self.dir.chmod(0o755)
        self.keys = self.dir / "keys"
        self.keys.mkdir()
        self._code = 0
        self._privsep = private_sshd.hold_privsep()
        self._own_etc()
        self._accounts()
        self._pam()
        self._kerberos()
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.dir / "ca")
        self.hosts = {}

    # ---- the machine's files ----

    def _own_etc(self):
        etc = self.dir / "etc"
        etc.mkdir()
        run("mount", "-t", "tmpfs", "-o", "mode=755", "login-etc", etc)
        run("cp", "-a", "/etc/.", etc)
        run("mount", "--bind", etc, "/etc")
        for name in ("/etc/nologin", "/etc/krb5.conf", "/etc/krb5.keytab"):
            Path(name).unlink(missing_ok=True)
        Path("/etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        Path("/etc/resolv.conf").write_text("")

    def _accounts(self):
        word = run("openssl", "passwd", "-6", PASSWORD).strip()
        for number, name in enumerate(METHODS, 7801):
            home = self.dir / "homes" / name
            home.mkdir(parents=True)
            os.chown(home, number, number)
            changed = "0" if name in EXPIRED else "19000"
            secret = "*" if METHODS[name] in ("publickey", "publickey,publickey", "gssapi-with-mic") else word
            for file, line in (("passwd", f"{name}:x:{number}:{number}::{home}:/bin/sh"),
                               ("group", f"{name}:x:{number}:"),
                               ("shadow", f"{name}:{secret}:{changed}:0:99999:7:::")):
                with open(f"/etc/{file}", "a", encoding="utf-8") as f:
                    f.write(line + "\n")

    def _pam(self):
        rude = self.dir / "rude"
        rude.write_text(f"#!/bin/sh\nprintf '{RUDE}'\n")
        rude.chmod(0o755)
        Path("/etc/users.oath").write_text(f"HOTP/T30/6 carol - {SEED}\n")
        os.chmod("/etc/users.oath", 0o600)
        Path("/etc/pam.d/sshd").write_text(
            "auth [success=ignore default=1] pam_succeed_if.so quiet user = mallory\n"
            f"auth optional pam_exec.so quiet stdout {rude}\n"
            "auth requisite pam_unix.so nodelay\n"
            "auth [success=ignore default=1] pam_succeed_if.so quiet user = carol\n"
            "auth required pam_oath.so usersfile=/etc/users.oath window=20 digits=6\n"
            "auth required pam_permit.so\n"
            "account required pam_unix.so\n"
            "password required pam_unix.so sha512\n"
            "session required pam_permit.so\n")

    def code(self):
        """A one-time code of carol's that was not used yet."""
        self._code += 1
        return run("oathtool", "--totp", SEED, "--now", f"{30 * self._code} seconds").strip()

    # ---- Kerberos ----

    def _kerberos(self):
        Path("/etc/krb5.conf").write_text(
            f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_canonicalize_hostname = false\n"
            f" rdns = false\n default_rcache_name = file2:{self.dir}/replays\n[realms]\n {REALM} = {{\n  kdc = 127.0.0.1\n }}\n")
        conf = self.dir / "kdc.conf"
        conf.write_text(f"[kdcdefaults]\n kdc_ports = 88\n kdc_tcp_ports = 88\n[realms]\n {REALM} = {{\n"
                        f"  database_name = {self.dir}/principal\n  key_stash_file = {self.dir}/stash\n"
                        f"  acl_file = {self.dir}/acl\n }}\n")
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        self.environment = {**os.environ, "PATH": path, "KRB5_KDC_PROFILE": str(conf)}
        run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master of it", env=self.environment)
        for words in (f"addprinc -pw tick trent@{REALM}", f"addprinc -pw tick nobody@{REALM}",
                      "addprinc -randkey host/localhost", "ktadd -k /etc/krb5.keytab host/localhost"):
            run("kadmin.local", "-r", REALM, "-q", words, env=self.environment)
        self._kdc = processes.start(["krb5kdc", "-n"], env=self.environment, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)

    def ticket(self, who):
        """A cache with a ticket of `who`, for KRB5CCNAME."""
        cache = f"FILE:{self.dir}/ticket-{who}"
        ready = processes.wait_until(lambda: subprocess.run(
            ["kinit", "-c", cache, who], input="tick\n", text=True, capture_output=True, env=self.environment,
            check=False).returncode == 0, 20)
        if not ready:
            raise RuntimeError("no ticket from the KDC")
        return cache

    # ---- sshd ----

    def sshd(self, name, port, kinds=("ed25519",), lines=()):
        """Starts one on 127.0.0.1; logs to `self.dir`/NAME.log."""
        config = [f"ListenAddress 127.0.0.1:{port}", *lines]
        for kind in kinds:
            run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", self.dir / f"{name}_{kind}")
            config.append(f"HostKey {self.dir}/{name}_{kind}")
        config += ["PidFile none", "UsePAM yes", "StrictModes no", "UseDNS no", "LogLevel VERBOSE", "MaxStartups 100",
                   "PasswordAuthentication yes", "KbdInteractiveAuthentication yes", "GSSAPIAuthentication yes",
                   "GSSAPIStrictAcceptorCheck no", f"AuthorizedKeysFile {self.keys}/%u",
                   f"TrustedUserCAKeys {self.dir}/ca.pub"]
        for user, methods in METHODS.items():
            config += [f"Match User {user}", f"  AuthenticationMethods {methods}"]
        file = self.dir / f"{name}.conf"
        file.write_text("\n".join(config) + "\n")
        log = self.dir / f"{name}.log"
        with open(log, "wb") as f:
            process = processes.start(["/usr/sbin/sshd", "-D", "-e", "-f", file], stdout=f, stderr=f)
        self.hosts[name] = process

        def listens():
            with socket.socket() as s:
                return process.poll() is not None or s.connect_ex(("127.0.0.1", port)) == 0
        if not processes.wait_until(listens, 20) or process.poll() is not None:
            raise RuntimeError(f"sshd did not start: {log.read_text()}")

    def key_line(self, name, kind="ed25519"):
        """The host's public key, without a comment."""
        return " ".join((self.dir / f"{name}_{kind}.pub").read_text().split()[:2])

    def accepted(self, name):
        """How often somebody was let in, by its log."""
        return len(re.findall(r"Accepted \S+ for ", (self.dir / f"{name}.log").read_text(errors="replace")))

    # ---- keys ----

    def key(self, name, kind="ed25519", passphrase="", users=()):
        """A user key; `users` take it."""
        file = self.dir / name
        run("ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", name, "-f", file)
        self.authorize(file, users)
        return file

    def authorize(self, file, users):
        for user in users:
            with open(self.keys / user, "a", encoding="utf-8") as f:
                f.write(Path(f"{file}.pub").read_text())

    def close(self):
        for process in (*self.hosts.values(), self._kdc):
            processes.end(process)
        subprocess.run(["umount", "-l", "/etc", str(self.dir / "etc")], check=False)
        private_sshd.release_privsep(self._privsep)
