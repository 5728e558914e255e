"""One of the two sockets of a connection through a relay."""

import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress

from bench.relay.loop import Loop
from bench.relay.sockets import READ, WRITE

__all__ = ["End"]

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

    def receive(self, size_bytes: int) -> bytes:
        """Return what there is to read, up to that size; nothing at the end. Raises OSError."""
        return self.socket.recv(size_bytes) if self.socket else b""

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


def _nothing() -> None:
    pass
