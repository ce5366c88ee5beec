# SPDX-License-Identifier: BSD-3-Clause
"""A person at an X display: sees the windows by their titles, and types. By Xlib and the XTEST extension, so that a
program under test cannot tell it from a keyboard. One display a process."""
import ctypes
import ctypes.util
import os

_VIEWABLE = 2
_REVERT_TO_PARENT = 2
_SHIFTED = '~!@#$%^&*()_+{}|:"<>?'
_KEYSYMS = {"\n": 0xFF0D, "\t": 0xFF09}


class _Attributes(ctypes.Structure):
    """XWindowAttributes of Xlib.h."""
    _fields_ = [*((name, ctypes.c_int) for name in ("x", "y", "width", "height", "border", "depth")),
                ("visual", ctypes.c_void_p), ("root", ctypes.c_ulong),
                *((name, ctypes.c_int) for name in ("klass", "bit_gravity", "win_gravity", "backing_store")),
                ("planes", ctypes.c_ulong), ("pixel", ctypes.c_ulong), ("save_under", ctypes.c_int),
                ("colormap", ctypes.c_ulong), ("map_installed", ctypes.c_int), ("map_state", ctypes.c_int),
                *((name, ctypes.c_long) for name in ("all_events", "your_events", "no_propagate")),
                ("override", ctypes.c_int), ("screen", ctypes.c_void_p)]


class Typist:
    def __init__(self, display, auth):
        os.environ["XAUTHORITY"] = str(auth)  # read by Xlib from there alone
        self._x = ctypes.CDLL(ctypes.util.find_library("X11"))
        self._xtst = ctypes.CDLL(ctypes.util.find_library("Xtst"))
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.restype = ctypes.c_ulong
        # A window may go while it is looked at; Xlib would end this program for that.
        handler = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._forgive = handler(lambda *_: 0)
        self._x.XSetErrorHandler(self._forgive)
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(display.encode()))
        del os.environ["XAUTHORITY"]
        if not self._display:
            raise RuntimeError(f"there is no display {display}")

    def _below(self, window):
        root, parent, count = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_uint()
        found = ctypes.POINTER(ctypes.c_ulong)()
        if not self._x.XQueryTree(self._display, ctypes.c_ulong(window), ctypes.byref(root), ctypes.byref(parent),
                                  ctypes.byref(found), ctypes.byref(count)):
            return []
        windows = found[:count.value]
        if found:
            self._x.XFree(found)
        return windows

    def windows(self, title):
        """The windows of this title that are shown, by their numbers."""
        shown = []
        for window in self._below(self._x.XDefaultRootWindow(self._display)):
            name, seen = ctypes.c_char_p(), _Attributes()
            if self._x.XFetchName(self._display, ctypes.c_ulong(window), ctypes.byref(name)) and \
                    name.value == title.encode() and \
                    self._x.XGetWindowAttributes(self._display, ctypes.c_ulong(window), ctypes.byref(seen)) and \
                    seen.map_state == _VIEWABLE:
                shown.append(window)
        return shown

    def type(self, window, text):
        """Gives the window the keyboard, as a window manager does for the one that was raised last, and types."""
        self._x.XSetInputFocus(self._display, ctypes.c_ulong(window), _REVERT_TO_PARENT, ctypes.c_ulong(0))
        self._x.XSync(self._display, 0)
        shift = self._x.XKeysymToKeycode(self._display, ctypes.c_ulong(0xFFE1))
        for char in text:
            keysym = ctypes.c_ulong(_KEYSYMS.get(char, ord(char)))
            code = self._x.XKeysymToKeycode(self._display, keysym)
            shifted = char.isupper() or char in _SHIFTED
            for key, down in [(shift, 1)] * shifted + [(code, 1), (code, 0)] + [(shift, 0)] * shifted:
                self._xtst.XTestFakeKeyEvent(self._display, key, down, ctypes.c_ulong(0))
        self._x.XSync(self._display, 0)

    def close(self):
        self._x.XCloseDisplay(self._display)
