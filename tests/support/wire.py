# SPDX-License-Identifier: BSD-3-Clause
"""A wire between pvhop and an sshd, for a test that cuts it."""
import socket
import struct
import threading


class Wire:
    """Passes on bytes, ends and resets, until it is cut, or carries nothing any more.

    A reset has to be passed on too: sshd's process that is killed with bytes unread resets its connection, and who
    is never told of that can but wait, as for a network that went silent.
    """

    def __init__(self, port):
        self._to, self._ends, self._silent, self._lock = port, [], False, threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                near.close()
                continue
            with self._lock:
                if self._ends is None:  # closed meanwhile
                    near.close(), far.close()
                    return
                self._ends += [near, far]
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(a, b), daemon=True).start()

    def _pass(self, a, b):
        try:
            while data := a.recv(65536):
                if self._silent:
                    return  # no end is passed on either
                b.sendall(data)
            if not self._silent:
                b.shutdown(socket.SHUT_WR)
        except OSError:
            if not self._silent:
                _reset(a), _reset(b)

    def stop(self):
        """Carries nothing from now on, and tells nobody."""
        self._silent = True

    def cut(self):
        """Resets what goes over it. It takes new connections."""
        for s in self._taken([]):
            _reset(s)

    def close(self):
        self._listening.close()
        for s in self._taken(None):
            _end(s, socket.SHUT_RDWR)

    def _taken(self, ends):
        with self._lock:
            taken, self._ends = self._ends or [], ends
        return taken


def _end(s, how):
    """A close alone does not end a socket that a thread is reading from."""
    try:
        s.shutdown(how)
    except OSError:
        pass
    s.close()


def _reset(s):
    try:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a close that is a reset
    except OSError:
        pass
    _end(s, socket.SHUT_RD)
