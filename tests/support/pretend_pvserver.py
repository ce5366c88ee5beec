#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A pvserver that does what a test needs: it names its version, connects and shakes hands as ParaView 5.11 does.

    pretend_pvserver.py [--version | --client-host=H --server-port=P --connect-id=N ... | --server-port=0 ...]

PRETEND in the environment says how it differs:
    (empty)  stays until the connection ends          lost     ends a moment after the client came
    silent   never connects                           stubborn stays, whatever happens, until it is killed
WAIT_FOR: a file without which it does not connect.
"""
import os
import socket
import struct
import sys
import time


def item(tag, body):
    return struct.pack("<II", tag, len(body)) + body


def greeting(tag=b"\0", digits=b"0123456789abcdef0123456789abcdef"):
    """The four symmetric rounds."""
    return (item(0x3c3c3c3c, tag) + item(0x3e3e3e3e, struct.pack("<I", 100)) + item(0x3f3f3f3f, digits + b"\0") +
            item(0x3d3d3d3d, struct.pack("<I", 1)))


def introduction(connect_id):
    text = b"paraview-5.11.connect_id.%d.renderingbackend.opengl2\0" % connect_id
    return item(99991, struct.pack("<I", len(text))) + item(99991, text)


def read(s, length):
    got = b""
    while len(got) < length:
        more = s.recv(length - len(got))
        if not more:
            raise EOFError
        got += more
    return got


def accept(port):
    """Listens as a pvserver without --client-host does, until somebody has said all that a client says."""
    listening = socket.create_server(("", port))
    print(f"Accepting connection(s): {socket.gethostname()}:{listening.getsockname()[1]}", flush=True)
    while True:
        s, _ = listening.accept()
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            s.sendall(greeting())
            said = read(s, len(greeting()) + 12)  # and then a number: the length of a text
            read(s, 8 + struct.unpack("<I", said[-4:])[0])
            s.sendall(item(99990, struct.pack("<I", 0)))
            return s
        except (EOFError, OSError):
            s.close()


def join(host, port, connect_id):
    """Connects, as a pvserver with --client-host does; None if the client has gone."""
    s = socket.create_connection((host, port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.sendall(greeting() + introduction(connect_id))
    try:
        read(s, len(greeting()) + 12)  # the listener's rounds and its verdict
    except EOFError:
        return None
    return s


def take(host, port, connect_id):
    """Joins a pvserver that listens, whatever its release: the first of two connections learns its digits. None if it
    is not to be had."""
    try:
        with socket.create_connection((host, port), 20) as s:
            s.sendall(greeting())
            digits = read(s, len(greeting()) - len(item(0, bytes(4))))[-33:-1]
        s = socket.create_connection((host, port), 20)
        s.sendall(greeting(digits=digits) + introduction(connect_id))
        read(s, len(greeting()))
        return s if read(s, 12) == item(99990, bytes(4)) else None
    except (ConnectionError, EOFError):
        return None


def main():
    options = dict(a.lstrip("-").partition("=")[::2] for a in sys.argv[1:])
    if "version" in options:
        print("paraview version 5.11.0")
        return 0
    pretend = os.environ.get("PRETEND", "")
    print("Connecting to client (reverse connection requested)...", flush=True)
    while pretend == "silent":
        time.sleep(60)
    while os.environ.get("WAIT_FOR") and not os.path.exists(os.environ["WAIT_FOR"]):
        time.sleep(0.05)
    if "client-host" in options:
        s = join(options["client-host"], int(options["server-port"]), int(options["connect-id"]))
    else:
        s = accept(int(options.get("server-port", 0)))
    if s is None:
        print("the client has gone", flush=True)
        return 1
    if pretend == "lost":
        s.sendall(b"the session's first bytes")
        s.recv(1)
        print("Segmentation fault", flush=True)
        os._exit(139)
    while True:
        data = s.recv(65536)
        if not data and pretend != "stubborn":
            return 0
        if not data:
            time.sleep(60)
        s.sendall(data)  # an echo


if __name__ == "__main__":
    sys.exit(main())
