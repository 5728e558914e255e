"""One of the two sockets of a connection through a relay."""

import os
import platform
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress

from bench.relay.loop import Loop
from bench.relay.sockets import READ, WRITE

__all__ = ["End"]

_HAS_STAMPS = platform.system() == "Linux" and struct.calcsize("l") == 8  # noqa: PLR2004 - bytes of a 64-bit system
_SO_TIMESTAMPNS = 35  # <asm-generic/socket.h>, which also marks the kernel's notes
_TIMESPEC = struct.Struct("ll")
_NOTE_BYTES = 64
_LONGEST_WAKE_UP_NS = 2_000_000
_LINGER = struct.Struct("hh" if os.name == "nt" else "ii")


class End:
    """A socket, and for which of its events the loop calls back.

    It is open once the other program is connected. ``fail`` hears of an error of a callback.
    """

    def __init__(self, loop: Loop, fail: Callable[[Exception], None]) -> None:
        self.socket: socket.socket | None = None
        self.is_open = False
        self._loop, self._fail, self._events = loop, fail, 0
        self._read = self._flow = _nothing
        self._is_stamped = False
        self.age_ns = 0
        """How long ago the last bytes that were received had come, if the kernel noted it."""

    def open(self, read: Callable[[], None], flow: Callable[[], None]) -> None:
        """Call back from now on when there is something to read, or room to write, and somebody watches for it."""
        self.is_open, self._read, self._flow = True, read, flow

    def watch(self, event: int) -> None:
        """Have the loop call back at this event."""
        if not self._events & event and self.is_open:
            self._set(self._events | event)

    def ignore(self, event: int) -> None:
        """Have the loop not call back at this event any more."""
        if self._events & event:
            self._set(self._events & ~event)

    def _set(self, events: int) -> None:
        self._events = events
        if self.socket is not None:
            self._loop.watch(self.socket, events, self._call)

    def _call(self, events: int) -> None:
        try:
            if events & WRITE & self._events:
                self._flow()
            if events & READ & self._events:
                self._read()
        except Exception as error:
            self._fail(error)

    def stamp(self) -> None:
        """Have the kernel note when bytes come, where it can (Linux): ``receive`` knows then how long ago that was."""
        if self.socket and _HAS_STAMPS:
            self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            self._is_stamped = True

    def receive(self, size_bytes: int) -> bytes:
        """Return what there is to read, up to that size; nothing at the end. Raises OSError."""
        if self.socket is None:
            return b""
        if not self._is_stamped:
            return self.socket.recv(size_bytes)
        chunk, notes, _, _ = self.socket.recvmsg(size_bytes, _NOTE_BYTES)
        self.age_ns = next((_age_ns(note) for _, kind, note in notes if kind == _SO_TIMESTAMPNS), 0)
        return chunk

    def send(self, chunk: bytes) -> int:
        """Write as much as there is room for, and return how much that was. Raises OSError."""
        try:
            return self.socket.send(chunk) if self.socket else len(chunk)
        except BlockingIOError:
            return 0

    def send_end(self) -> None:
        """Let the other program read the end. Raises OSError."""
        if self.socket:
            self.socket.shutdown(socket.SHUT_WR)

    def reset_at_close(self) -> None:
        """Let the other program see a reset instead of an end when the socket is closed."""
        if self.socket:
            with suppress(OSError):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.pack(1, 0))

    def close(self) -> None:
        """Close the socket, if it is not closed yet."""
        if self.socket is not None:
            self._loop.watch(self.socket, 0, self._call)
            self.socket.close()
        self.socket, self.is_open, self._events = None, False, 0


def _age_ns(note: bytes) -> int:
    """Return how long ago the kernel's time was: a wake-up, but no time that bytes were left waiting on purpose."""
    seconds, nanoseconds = _TIMESPEC.unpack(note[: _TIMESPEC.size])
    age_ns: int = time.time_ns() - (seconds * 1_000_000_000 + nanoseconds)
    return age_ns if 0 <= age_ns < _LONGEST_WAKE_UP_NS else 0


def _nothing() -> None:
    pass
