#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every way to log in, and what comes of it: pvhop against real sshd, PAM, agents and Kerberos (login_site.py).

    logins.py --build DIR [--output FILE] [PART...]

PART is one or more of keys, agents, passwords, several, hops, hosts, prompts (default: all). Prints a table a part:
the way, and a cell for each outcome that was tried: `in` or the code of the error, and how often the person was
asked. A cell that is not as it should be is marked and fails the run. Exit code 77: skipped (needs root).
"""
import argparse
import base64
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from pathlib import Path

import cells
import connecting
import login_site
import processes

PORTS = {"fe": 2201, "gate": 2202, "node": 2203}
PASSPHRASE = "open sesame"
NEW = "Brand new 1 of 1847"
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class Person:
    """Who answers. `wrong`: which of the questions wrongly; `silent`: which not at all."""

    def __init__(self, site, wrong=(), silent=(), hosts="yes"):
        self.site, self.wrong, self.silent, self.hosts = site, wrong, silent, hosts

    def kind(self, prompt):
        words = prompt.get("server_text") or prompt["text"]
        if prompt["kind"] != "keyboard":
            return prompt["kind"]
        if "One-time" in words:
            return "code"
        return "new" if "ew password" in words.rpartition("\n")[2] else "password"

    def answer(self, prompt):
        kind = self.kind(prompt)
        if kind in self.silent:
            return None
        if kind in self.wrong:
            return f"not the {kind}"
        if kind == "code":
            return self.site.code()
        return {"hostkey": self.hosts, "passphrase": PASSPHRASE, "new": NEW}.get(kind, login_site.PASSWORD)


class Try:
    """One cell: how it is tried, and what must come of it: `in` or a code; questions; words that must be told."""

    def __init__(self, expect, asks=0, says=(), lines=(), words=(), person=None, host="alice", setup=None,
                 seconds=40, each_host=None):
        self.expect, self.asks, self.host, self.seconds = expect, asks, host, seconds
        self.says = [says] if isinstance(says, str) else list(says)
        self.lines, self.words, self.setup = list(lines), list(words), setup
        self.person = person or {}
        self.each_host = each_host


class Table:
    def __init__(self, build, site):
        self.build, self.site, self.dir = build, site, site.dir
        self.pvhop = build / "core" / "cli" / "pvhop"
        self.home = self.dir / "near"
        self.home.mkdir()
        self.known = self.dir / "known"
        self.number = 0
        self.failed = []
        site.sshd("fe", PORTS["fe"], ("ed25519", "ecdsa", "rsa"))
        self.known.write_text(self.known_line("fe"))
        self.key = site.key("key", users=[u for u, m in login_site.METHODS.items() if "publickey" in m])

    def known_line(self, host, kind="ed25519", key=None, mark=""):
        return f"{mark}[127.0.0.1]:{PORTS[host]} {key or self.site.key_line(host, kind)}\n"

    def config(self, host, lines, alone=False):
        """An ssh_config; `host` is the account, at the front end unless the lines say otherwise. Keys of the lines, or
        `alone`, a key that is named elsewhere, take the place of the fixture's."""
        self.number += 1
        file = self.dir / f"config{self.number}"
        key = f"{self.dir}/no-such-key" if alone or any("IdentityFile" in line for line in lines) else self.key
        file.write_text("\n".join([
            *lines, f"Host {host}", f"  User {host}", "Host *", "  HostName 127.0.0.1", f"  Port {PORTS['fe']}",
            "  GSSAPIAuthentication no", f"  IdentityFile {key}", "  IdentitiesOnly yes", "  IdentityAgent none",
            f"  UserKnownHostsFile {self.known}", "  GlobalKnownHostsFile /dev/null"]) + "\n")
        return file

    def environment(self, **more):
        env = {k: v for k, v in self.site.environment.items()
               if not k.startswith(("PVHOP_", "PV_", "SSH_")) and k not in ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY")}
        env.update(HOME=str(self.home), LC_ALL="C.UTF-8", **more)
        return env

    def words(self, t):
        alone = any("--identity" in w for w in t.words)
        return [f"--host={t.host}", f"--ssh-config={self.config(t.host, t.lines, alone)}", "--route=tunnel",
                "--client=connects", *t.words]

    def run(self, t):
        """(what came of it, the number of questions, everything that was told, the questions)"""
        env = self.environment(**(t.setup(self) if t.setup else {}))
        person = Person(self.site, **t.person)
        before = self.site.accepted("fe")
        run = connecting.Connecting(self.pvhop, self.words(t), env, self.dir / "connect.log")
        asked, index, came = [], 0, None
        try:
            while not came:
                e = run.at(index, t.seconds)
                index += 1
                if not e:
                    came = "nothing"
                elif e["event"] == "prompt":
                    asked.append(e)
                    run.answer(e, person.answer(e))
                elif e["event"] == "error":
                    came = e["code"]
                elif e.get("phase") == "tunnel":
                    came = "in"  # and a shell has answered
            if came == "in":
                run.cancel()
            run.wait_end(t.seconds)
        finally:
            run.close()
        told = "\n".join(json.dumps(e, ensure_ascii=False) for e in run.events)
        if came == "in" and self.site.accepted("fe") - before > 1 and not t.each_host:
            told += "\nLOGGED IN MORE THAN ONCE"
            came = "in, more than once"
        return came, len(asked), told, asked

    def cell(self, way, outcome, t):
        came, n, told, asked = self.run(t)
        text = came + (f" ({n})" if n else "")
        wrong = [f"{came}, not {t.expect}"] * (came != t.expect) + [f"{n} questions, not {t.asks}"] * (n != t.asks)
        wrong += [f"does not say '{w}'" for w in t.says if w not in told]
        wrong += ["control characters were passed on"] * any(
            CONTROL.search(e.get("server_text") or "") for e in asked)
        wrong += [f"a secret was told: {s}" for s in (login_site.PASSWORD, PASSPHRASE, NEW) if s in told]
        if t.each_host:
            hosts = [e["host"] for e in asked]
            wrong += [f"asked by {hosts}"] * (hosts != t.each_host)
        if wrong:
            self.failed.append(f"{way}, {outcome}: {'; '.join(wrong)}\n{told[-3000:]}")
            text += f" **{'; '.join(wrong)}**"
        print(f"  {way} | {outcome}: {text}", flush=True)
        return text

    def table(self, title, about, columns, rows):
        """`rows`: [(way, {column: Try or ready text})]"""
        lines = [f"## {title}", "", about, "", "| " + " | ".join(["", *columns]) + " |",
                 "| --- " * (len(columns) + 1) + "|"]
        for way, tries in rows:
            shown = [self.cell(way, c, tries[c]) if isinstance(tries.get(c), Try) else tries.get(c, "-")
                     for c in columns]
            lines.append(f"| {way} | " + " | ".join(shown) + " |")
        return "\n".join(lines) + "\n"


# ---- the parts ----

def no(code, *args, **more):
    return Try(code, *args, **more)


def identity(file):
    return [f"--identity={file}"]


def keys(t):
    s = t.site
    rows = []
    for kind in ("ed25519", "ecdsa", "rsa"):
        good, bad = s.key(f"good-{kind}", kind, users=["alice"]), s.key(f"bad-{kind}", kind)
        rows.append((f"key, {kind}", {"right": Try("in", words=identity(good)), "wrong": Try(
            "PVH1301", says="not accepted", words=identity(bad))}))
    locked, old = s.key("locked", passphrase=PASSPHRASE, users=["alice"]), s.dir / "locked-pem"
    login_site.run("ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", PASSPHRASE, "-f", old)
    s.authorize(old, ["alice"])
    for way, file in (("key with a passphrase", locked), ("the same, in PEM", old)):
        only = {"words": identity(file)}
        rows.append((way, {
            "right": Try("in", 1, words=identity(file)),
            "wrong": Try("PVH1301", 3, says="wrong passphrase", person={"wrong": ["passphrase"]}, **only),
            "not answered": Try("PVH1301", 1, says="not answered", person={"silent": ["passphrase"]}, **only)}))
    certified, foreign, stale = s.key("certified"), s.key("foreign"), s.key("stale")
    login_site.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", s.dir / "other-ca")
    for ca, file, valid in (("ca", certified, "+1h"), ("other-ca", foreign, "+1h"), ("ca", stale, "20200101:20200102")):
        login_site.run("ssh-keygen", "-q", "-s", s.dir / ca, "-I", "x", "-n", "alice", "-V", valid, f"{file}.pub")
    rows.append(("user certificate", {
        "right": Try("in", words=identity(certified)),
        "wrong": Try("PVH1301", says="not accepted", words=identity(foreign))}))
    rows.append(("user certificate that has run out", {
        "wrong": Try("PVH1301", says="not accepted", words=identity(stale))}))
    rows.append(("key file of a hardware key (-sk)", {"wrong": Try(
        "PVH1301", says="a hardware key can be used through an agent only", words=identity(hardware_key(s)))}))
    return t.table("Keys", "Wrong: the key or its certificate is not one that the account takes; for a passphrase: three "
                   "wrong ones.",
                   ["right", "wrong", "not answered"], rows)


def hardware_key(s):
    """What ssh-keygen leaves for a FIDO key: the public half is real, the private one a handle."""

    def string(b):
        return len(b).to_bytes(4, "big") + b
    kind = b"sk-ssh-ed25519@openssh.com"
    blob = base64.b64encode(string(kind) + string(os.urandom(32)) + string(b"ssh:")).decode()
    file = s.dir / "token"
    file.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----\n")
    file.chmod(0o600)
    Path(f"{file}.pub").write_text(f"{kind.decode()} {blob} token\n")
    return file


class Agent:
    """An ssh-agent; `confirms`: None, or what its user does with its question (a program's text). `provider`: what
    speaks to the hardware that the key needs."""

    def __init__(self, t, name, key, confirms=None, provider=None):
        self.socket = t.dir / f"agent-{name}"
        helper = t.dir / f"confirm-{name}"
        helper.write_text(f"#!/bin/sh\n{confirms or 'exit 1'}\n")
        helper.chmod(0o755)
        env = {**os.environ, "SSH_ASKPASS": str(helper), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":9"}
        self.process = processes.start(["ssh-agent", "-D", "-a", self.socket, *(["-P", provider] if provider else [])], env=env, stdout=subprocess.DEVNULL)
        if not processes.wait_until(self.listens, 20):
            raise RuntimeError("ssh-agent does not listen")
        login_site.run("ssh-add", "-q", *(["-c"] if confirms else []), *(["-S", provider] if provider else []), key,
                       env={**env, "SSH_AUTH_SOCK": str(self.socket)})
        self.lines = ["Host *", f"  IdentityAgent {self.socket}", f"  IdentityFile {key}"]

    def listens(self):
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(str(self.socket)) == 0

    def stop(self):
        os.kill(self.process.pid, signal.SIGSTOP)


def agents(t):
    s = t.site
    only = s.key("held", users=["alice"])
    stranger = s.key("stranger")
    rows = [("key in an agent", {
        "right": Try("in", says="(agent)", lines=Agent(t, "plain", only).lines),
        "wrong": Try("PVH1301", says="not accepted", lines=Agent(t, "stranger", stranger).lines)})]
    waits = ["--timeout=8"]
    yes, refuses, waiting = (Agent(t, n, only, c) for n, c in (("yes", "exit 0"), ("no", "exit 1"),
                                                              ("waits", "sleep 60")))
    # with the private half out of reach the agent is the only way
    for agent in (yes, refuses, waiting):
        agent.lines = [*agent.lines[:2], f"  IdentityFile {t.dir}/held-only"]
    Path(t.dir / "held-only.pub").write_text(Path(f"{only}.pub").read_text())
    rows.append(("agent that asks its user", {
        "right": Try("in", says="(agent)", lines=yes.lines),
        "wrong": Try("PVH1301", says="the agent did not sign", lines=refuses.lines),
        "not answered": Try("PVH1103", says="does it wait for a confirmation or a touch", lines=waiting.lines,
                            words=waits)}))
    hanging = Agent(t, "hangs", only)
    hanging.stop()
    rows.append(("agent that hangs", {
        "right": Try("in", says="no list of its keys", lines=hanging.lines, words=waits)}))
    rows.append(("agent that is not there", {
        "right": Try("in", says="ssh agent:", lines=["Host *", f"  IdentityAgent {t.dir}/no-agent"])}))
    rows += [hardware(t, kind) for kind in ("ed25519-sk", "ecdsa-sk")]
    return t.table("Agents", "A hardware key (`-sk`) is used through the agent that holds it; the one here is a provider "
                   "in software (`tests/support/sk_provider.c`), real to ssh-keygen, ssh-add, ssh-agent and sshd. An agent "
                   "that hangs is left out, and the key's file is used.", ["right", "wrong", "not answered"], rows)


def hardware(t, kind):
    """The row of a hardware key in an agent. Without the one that the account takes, its agent holds another."""
    provider = t.build / "tests" / "support" / "libpvhop_test_sk.so"
    held = {}
    for name in ("mine", "other"):
        held[name] = t.dir / f"{kind}-{name}"
        login_site.run("ssh-keygen", "-q", "-t", kind, "-w", provider, "-N", "", "-C", name, "-f", held[name])
    t.site.authorize(held["mine"], ["alice"])
    mine, other = (Agent(t, f"{kind}-{name}", held[name], provider=provider) for name in held)
    return f"hardware key ({kind}) in an agent", {
        "right": Try("in", says="(agent)", lines=mine.lines),
        "wrong": Try("PVH1301", says="not accepted", lines=other.lines)}


def passwords(t):
    rows = []
    for way, user, first in (("password", "bob", "password"), ("keyboard-interactive (PAM)", "dave", "password"),
                             ("keyboard-interactive: password, then one-time code", "carol", "code")):
        n = 2 if first == "code" else 1
        rows.append((way, {
            "right": Try("in", n, host=user),
            "wrong": Try("PVH1301", 3 * n, host=user, person={"wrong": [first]}),
            "not answered": Try("PVH1301", n, says="not answered", host=user, person={"silent": [first]})}))
    rows.append(("keyboard-interactive, the password has expired", {
        "right": Try("in", 4, host="erin"),
        "wrong": Try("PVH1301", 3, host="erin", person={"wrong": ["password"]})}))
    rows.append(("password, and it has expired", {
        "wrong": Try("PVH1305", 1, host="eve")}))
    ticket, empty = t.site.ticket("trent"), f"FILE:{t.dir}/no-ticket"
    kerberos = ["Host *", "  HostName localhost", "  HostKeyAlias [127.0.0.1]:2201", "  GSSAPIAuthentication yes"]
    other = t.site.ticket("nobody")
    rows.append(("Kerberos (gssapi-with-mic)", {
        "right": Try("in", host="trent", lines=kerberos, setup=lambda _: {"KRB5CCNAME": ticket}),
        "wrong": Try("PVH1301", host="trent", lines=kerberos, setup=lambda _: {"KRB5CCNAME": other}),
        "not answered": Try("PVH1301", host="trent", says="no usable ticket", lines=kerberos,
                            setup=lambda _: {"KRB5CCNAME": empty})}))
    rows.append(("a server that speaks in control characters", {
        "right": Try("in", 1, says="Your account", host="mallory")}))
    return t.table("Passwords, codes, tickets", "Not answered, for Kerberos: there is no ticket.",
                   ["right", "wrong", "not answered"], rows)


def several(t):
    second = t.site.key("second", users=["judy"])
    rows = []
    for way, user, n, most in (("key, then keyboard-interactive", "frank", 1, 3),
                               ("keyboard-interactive, then key", "grace", 1, 3), ("key, then password", "heidi", 1, 3),
                               ("password, then key", "ivan", 1, 3), ("keyboard-interactive, twice", "kim", 2, 3),
                               ("key and password, or keyboard-interactive", "quinn", 1, 6)):
        rows.append((way, {"right": Try("in", n, host=user),
                           "wrong": Try("PVH1301", most, host=user, person={"wrong": ["password"]}),
                           "not answered": Try("PVH1301", 1, host=user, person={"silent": ["password"]})}))
    rows.append(("two keys", {"right": Try("in", host="judy", lines=["Host *", f"  IdentityFile {t.key}",
                                                                            f"  IdentityFile {second}"]),
                              "wrong": Try("PVH1302", says="accepted publickey and wants more", host="judy")}))
    return t.table("Several, one after the other", "What sshd's `AuthenticationMethods` asks for; the client's order of "
                   "methods is not the server's.", ["right", "wrong", "not answered"], rows)


def hops(t):
    s = t.site
    for name in ("gate", "node"):
        if name not in s.hosts:
            s.sshd(name, PORTS[name])
            with open(t.known, "a", encoding="utf-8") as f:
                f.write(t.known_line(name))
    locked = s.key("hop-locked", passphrase=PASSPHRASE, users=["alice"])
    gate = ["Host gate", f"  Port {PORTS['gate']}", "  User bob"]
    first = ["Host alice", "  ProxyJump gate", *gate]
    all_three = ["Host node", "  ProxyJump gate,carol", f"  Port {PORTS['node']}", "  User alice",
                 f"  IdentityFile {locked}", "Host carol", "  User carol", *gate]
    rows = [
        ("two: password, then a key", {
            "right": Try("in", 1, lines=first, each_host=["bob@127.0.0.1"]),
            "first refuses": Try("PVH1301", 3, says="bob@127.0.0.1", lines=first, person={"wrong": ["password"]}),
            "last refuses": Try("PVH1301", 1, says="alice@127.0.0.1", words=identity(s.key("no-hop")), lines=first)}),
        ("three: password; password and code; key with a passphrase", {
            "right": Try("in", 4, host="node", lines=all_three,
                         each_host=[f"{u}@127.0.0.1" for u in ("bob", "carol", "carol", "alice")]),
            "first refuses": Try("PVH1301", 3, says="bob@127.0.0.1", host="node", person={"wrong": ["password"]},
                                 lines=all_three),
            "last refuses": Try("PVH1301", 6, says="alice@127.0.0.1", host="node", person={"wrong": ["passphrase"]},
                                lines=all_three)}),
        ("two, by `--jump`", {
            "right": Try("in", 1, lines=gate, words=["--jump=gate"], each_host=["bob@127.0.0.1"])}),
    ]
    return t.table("Hops", "Each with its own user, key, host key and questions; nothing is asked twice.",
                   ["right", "first refuses", "last refuses"], rows)


def hosts(t):
    s = t.site
    other = " ".join(Path(f"{s.key('other-host')}.pub").read_text().split()[:2])

    def known(text, *lines, read_only=False):
        t.number += 1
        folder = t.dir / f"kh{t.number}"
        folder.mkdir()
        file = folder / "known_hosts"
        if text:
            file.write_text(text)
        if read_only:
            login_site.run("mount", "-t", "tmpfs", "-o", "ro", "home", folder)
        return ["Host *", f"  UserKnownHostsFile {file}", *(f"  {x}" for x in lines)]

    def hashed(text):
        file = t.dir / "hashed"
        file.write_text(text)
        login_site.run("ssh-keygen", "-q", "-H", "-f", file)
        return file.read_text()

    ours = t.known_line("fe")
    rows = [(way, {"came": tried}) for way, tried in (
        ("known", Try("in", lines=known(ours))),
        ("known, the name is hashed", Try("in", lines=known(hashed(ours)))),
        ("known, with an older key beside it", Try("in", lines=known(t.known_line("fe", key=other) + ours))),
        ("known by its RSA key only", Try("in", says="RSA SHA256:", lines=known(t.known_line("fe", "rsa")))),
        ("known by its HostKeyAlias", Try("in", lines=known(f"cluster {s.key_line('fe')}\n", "HostKeyAlias cluster"))),
        ("unknown, and the person says yes", Try("in", 1, says="SHA256:", lines=known(""))),
        ("unknown, and the person says no", Try("PVH1202", 1, lines=known(""), person={"hosts": "no"})),
        ("unknown, StrictHostKeyChecking yes", Try("PVH1202", lines=known("", "StrictHostKeyChecking yes"))),
        ("unknown, StrictHostKeyChecking accept-new", Try("in", says="is accepted", lines=known(
            "", "StrictHostKeyChecking accept-new"))),
        ("unknown, StrictHostKeyChecking no: asked all the same", Try("PVH1202", 1, lines=known(
            "", "StrictHostKeyChecking no"), person={"hosts": "no"})),
        ("unknown, yes, in a home that is read-only", Try("in", 1, says="could not be recorded", lines=known(
            "", read_only=True))),
        ("changed", Try("PVH1203", says=["ssh-keygen -f", "known_hosts:1"], lines=known(
            t.known_line("fe", key=other)))),
        ("revoked", Try("PVH1204", says="@revoked", lines=known(ours + t.known_line("fe", mark="@revoked ")))),
        ("an authority is on record (@cert-authority): shown as new, and said", Try(
            "in", 1, says="@cert-authority", lines=known(t.known_line("fe", key=other, mark="@cert-authority ")))),
    )]
    return t.table("Host keys", "What known_hosts says of the host.", ["came"], rows)


# ---- how a person is asked ----

def on_terminal(t, answers):
    """pvhop on a terminal of its own; `answers`: [(what is asked, what is typed)]. What stood on the screen."""
    words = t.words(Try("in", host="carol"))
    control, terminal = pty.openpty()

    def own_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen([t.pvhop, "connect", *words], stdin=terminal, stdout=terminal, stderr=terminal,
                               preexec_fn=own_terminal, env=t.environment())
    os.close(terminal)
    screen, end, left = "", time.monotonic() + 40, list(answers)
    try:
        while time.monotonic() < end:
            if select.select([control], [], [], 0.2)[0]:
                try:
                    screen += os.read(control, 65536).decode(errors="replace")
                except OSError:
                    break
            if left and left[0][0] in screen:
                os.write(control, left[0][1].encode())
                left.pop(0)
        process.wait(20)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(control)
    return screen, process.returncode


def by_program(t, host, program, **more):
    """As a stock ParaView starts it: no terminal, no --events. The log of events, and what the program was asked."""
    askpass, log, asked = t.dir / "askpass", t.dir / "askpass-events", t.dir / "asked"
    askpass.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >>{asked}\n{program}\n')
    askpass.chmod(0o755)
    for file in (log, asked):
        file.unlink(missing_ok=True)
    env = t.environment(DISPLAY=":9", SSH_ASKPASS=str(askpass), PVHOP_EVENTS_LOG=str(log),
                        PV_CONNECTION_URI="csrc://x:11111", **more)
    run = processes.start([t.pvhop, "connect", *t.words(Try("in", host=host))], env=env, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)

    def told():
        try:
            return [json.loads(line) for line in log.read_text().splitlines()]
        except (OSError, ValueError):
            return []

    try:
        processes.wait_until(lambda: run.poll() is not None or any(
            e.get("phase") == "tunnel" for e in told()), 40)
    finally:
        processes.end(run, 20)
    events = told()
    code = next((e["code"] for e in events if e["event"] == "error" and e["code"] != "PVH1004"), "")
    came = "in" if any(e.get("phase") == "tunnel" for e in events) else code
    return came, asked.read_text() if asked.exists() else "", events


def prompts(t):
    rows = []

    def judge(way, outcome, came, expect, fine, told):
        text = came
        if came != expect or not fine:
            t.failed.append(f"{way}, {outcome}: {came}, not {expect}, or not as it should look:\n{told}")
            text += " **not as it should be**"
        print(f"  {way} | {outcome}: {text}", flush=True)
        return text

    password = login_site.PASSWORD
    code = t.site.code()
    screen, status = on_terminal(t, [("assword", password + "\n"), ("One-time", code + "\n"),
                                     ("Opening the way", "\x03")])
    right = judge("terminal", "right", "in" if "Opening the way" in screen else f"exit code {status}", "in",
                  password not in screen and code not in screen and "127.0.0.1" in screen, screen)
    screen, status = on_terminal(t, [("assword", "\x04")])
    silent = judge("terminal", "not answered", "PVH1301" if "PVH1301" in screen else f"exit code {status}", "PVH1301",
                   status == 77, screen)
    rows.append(("on the terminal", {"right": right, "not answered": silent}))

    came, asked, events = by_program(t, "dave", f"echo '{password}'")
    right = judge("SSH_ASKPASS", "right", came, "in", "127.0.0.1: " in asked and asked.count("\n") == 1, asked)
    came, asked, events = by_program(t, "mallory", f"echo '{password}'")
    judge("SSH_ASKPASS", "control characters", came, "in", "Your account" in asked and
          not CONTROL.search(asked.replace("\n", "")), repr(asked))
    came, asked, events = by_program(t, "dave", "exit 1")
    rows.append(("by SSH_ASKPASS, in a stock ParaView", {
        "right": right, "not answered": judge("SSH_ASKPASS", "not answered", came, "PVH1301", True, events)}))
    came, asked, events = by_program(t, "dave", "exit 1", SSH_ASKPASS_REQUIRE="never")
    rows.append(("nobody there", {"not answered": judge("nobody", "not answered", came, "PVH1304", not asked, events)}))
    came, asked, events = by_program(t, "alice", "exit 1", SSH_ASKPASS_REQUIRE="never")
    rows[-1][1]["right"] = judge("nobody", "right", came, "in", not asked, events)
    return t.table("How a person is asked", "The tables above ask by events, as a window does. The server's own words are "
                   "marked with the host's name, and lose their control characters. Nobody there: with a key, nothing "
                   "has to be asked.", ["right", "not answered"], rows)


PARTS = {f.__name__: f for f in (keys, agents, passwords, several, hops, hosts, prompts)}
PAGE = """# Ways to log in

Made by `./dev logins`: pvhop against a real sshd with PAM, real agents, a real Kerberos KDC. A cell is what came of it:
`in`, or the [code](errors.md) of the error; in brackets, how often a person was asked. A dash: not to be tried.

{tables}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--output", type=Path, help="the page for the docs")
    parser.add_argument("parts", nargs="*", metavar="PART")
    args = parser.parse_args()
    for part in args.parts:
        if part not in PARTS:
            parser.error(f"'{part}' is not a part; these are: {' '.join(PARTS)}")
    with cells.site_with_accounts("logins") as site:
        try:
            t = Table(args.build.resolve(), site)
            tables = []
            for part in args.parts or PARTS:
                tables.append(PARTS[part](t))
        finally:
            # The read-only home, whose folder is to go; what else is mounted goes with this process.
            subprocess.run(["umount", "-l", "-a", "-t", "tmpfs", "-O", "ro"], check=False, capture_output=True)
    print("\n" + "\n".join(tables))
    if args.output and not args.parts:
        args.output.write_text(PAGE.format(tables="\n".join(tables)))
    if t.failed:
        print("\n\n".join(t.failed))
        raise cells.Failure(f"{len(t.failed)} cells are not as they should be")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except cells.Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)
