#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The completion as a person meets it: bash, zsh and fish, each on a terminal of its own, are typed a line and a tab, and
say what the line has become.

    completion_typed.py PVHOP [SHELL...]

Exit code 77: none of the shells is here.
"""
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# What is typed, and what it is to become; zsh puts the = itself.
LINES = (
    ("pvhop conn", "pvhop connect"),
    ("pvhop pvsc chec", "pvhop pvsc check"),
    ("pvhop connect fe --rout", "pvhop connect fe --route"),
    ("pvhop connect fe --route std", "pvhop connect fe --route stdio"),
    ("pvhop connect fe --route=two-hop-r", "pvhop connect fe --route=two-hop-reverse"),
    ("pvhop connect fe --scheduler sl", "pvhop connect fe --scheduler slurm"),
    ("pvhop probe fe --then", "pvhop probe fe --then-connect"),
    ("pvhop pvsc check --stri", "pvhop pvsc check --strict"),
    ("pvhop pvsc check some", "pvhop pvsc check some-bundle.pvsc"),
    ("pvhop jobs fe --cance", "pvhop jobs fe --cancel"),
)
LIMIT = 120  # seconds; only to end a hang

# For each shell: its words, where the completion goes, and what it reads at its start. Ctrl-X r tells the line and
# empties it. "<ready>" is the prompt: it is printed when the line editor has the terminal.
SHELLS = {
    "bash": (["bash", "--noprofile", "--rcfile", "{dir}/rc", "-i"], "pvhop", "rc", r"""
PS1='<ready>' PS2=
. {dir}/pvhop
tell() {{ printf '<line:%s>\n' "$READLINE_LINE"; READLINE_LINE=; READLINE_POINT=0; }}
bind -x '"\C-xr": tell'
bind 'set enable-bracketed-paste off' 'set bell-style none'
"""),
    "zsh": (["zsh", "-d", "-i"], "_pvhop", ".zshrc", r"""
PROMPT='<ready>' RPROMPT=
unsetopt beep prompt_cr prompt_sp
fpath=({dir} $fpath)
autoload -Uz compinit && compinit -u -D
tell() {{ zle -I; print -r -- "<line:$BUFFER>"; BUFFER= }}
zle -N tell
bindkey -e
bindkey '^Xr' tell
"""),
    "fish": (["fish", "--private", "-i"], ".config/fish/completions/pvhop.fish", ".config/fish/config.fish", r"""
set -g fish_greeting
set -g fish_autosuggestion_enabled 0
function fish_prompt; printf '<ready>'; end
function tell; printf '<line:%s>\n' (commandline); commandline -r ''; commandline -f repaint; end
bind \cxr tell
"""),
}


class Terminal:
    def __init__(self, words, env, folder):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(words[0], words, env)
        self.seen = b""

    def until(self, begin, end):
        """What stands between two marks, once both have come; the rest is kept for later."""
        last = time.monotonic() + LIMIT
        while True:
            _, found, rest = self.seen.partition(begin)
            inside, ended, rest = rest.partition(end)
            if found and ended:
                self.seen = rest
                return inside.decode(errors="replace")
            left = last - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise TimeoutError(f"no {begin!r} in {self.seen[-2000:]!r}")
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                raise EOFError(f"it ended: {self.seen[-2000:]!r}")
            self.seen += data

    def type(self, text):
        os.write(self.fd, text)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def try_shell(shell, pvhop):
    """What is wrong, a line each."""
    words, completion, rc, text = SHELLS[shell]
    bad = []
    with tempfile.TemporaryDirectory(prefix="pvhop-completion-", ignore_cleanup_errors=True) as folder:
        for name, content in ((completion, subprocess.run([pvhop, "help", "--completion", shell], capture_output=True,
                                                          text=True, check=True).stdout),
                              (rc, text.format(dir=folder)), ("some-bundle.pvsc", "")):
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        env = {"HOME": folder, "ZDOTDIR": folder, "TERM": "dumb", "LC_ALL": "C.UTF-8",
               "PATH": f"{Path(pvhop).resolve().parent}:{os.environ['PATH']}"}
        terminal = Terminal([w.format(dir=folder) for w in words], env, folder)
        try:
            terminal.until(b"<ready", b">")
            for typed, wanted in LINES:
                terminal.type(typed.encode() + b"\t")
                terminal.type(b"\x18r")
                became = terminal.until(b"<line:", b">").rstrip(" =")
                if became != wanted:
                    bad.append(f"{shell}: '{typed}' becomes '{became}', not '{wanted}'")
        except (TimeoutError, EOFError) as e:
            bad.append(f"{shell}: {e}")
        finally:
            terminal.close()
    return bad


def main():
    pvhop, *shells = sys.argv[1:]
    shells = [s for s in shells or SHELLS if shutil.which(SHELLS[s][0][0])]
    if not shells:
        print("neither bash nor zsh nor fish is here")
        return 77
    bad = [words for shell in shells for words in try_shell(shell, pvhop)]
    print("\n".join(bad) or f"{len(LINES)} lines each in {', '.join(shells)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
