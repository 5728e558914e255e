"""The sockets that a loop watches.

On Linux they are watched by epoll itself: ``selectors`` would add a microsecond to each piece, or two after a wait.
"""

import select
import selectors
import socket
import sys
from collections.abc import Callable

__all__ = ["READ", "WRITE", "Ready", "Sockets", "new_sockets"]

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
Ready = list[tuple[Callable[[int], None], int]]
"""Who is to be called, with which events."""


class Sockets:
    """Watches by what this system has."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def watch(self, connection: socket.socket, events: int, call: Callable[[int], None]) -> None:
        """Watch a socket for these events; with none, not any more."""
        known = connection in self._selector.get_map()
        if not events:
            if known:
                self._selector.unregister(connection)
        elif known:
            self._selector.modify(connection, events, call)
        else:
            self._selector.register(connection, events, call)

    def ready(self, wait_s: float | None) -> Ready:
        """Return which of them are ready, after that time at most; None waits until one is."""
        return [(key.data, events) for key, events in self._selector.select(wait_s)]

    def close(self) -> None:
        """Watch nothing more."""
        self._selector.close()


if sys.platform == "linux":
    _MOST_SELECTED = 1024  # FD_SETSIZE

    class _Epolled(Sockets):
        """Watches by epoll, and waits by ``select``, because epoll counts in milliseconds."""

        def __init__(self) -> None:
            self._epoll = select.epoll()
            self._calls: dict[int, Callable[[int], None]] = {}

        def watch(self, connection: socket.socket, events: int, call: Callable[[int], None]) -> None:
            number = connection.fileno()
            mask = (select.EPOLLIN if events & READ else 0) | (select.EPOLLOUT if events & WRITE else 0)
            if not events:
                if self._calls.pop(number, None):
                    self._epoll.unregister(number)
            elif number in self._calls:
                self._epoll.modify(number, mask)
                self._calls[number] = call
            else:
                self._epoll.register(number, mask)
                self._calls[number] = call

        def ready(self, wait_s: float | None) -> Ready:
            if wait_s and self._epoll.fileno() < _MOST_SELECTED:
                select.select([self._epoll], [], [], wait_s)
                wait_s = 0
            return [(self._calls[number], _events(mask)) for number, mask in self._epoll.poll(wait_s)]

        def close(self) -> None:
            self._epoll.close()


def _events(mask: int) -> int:
    """Return epoll's events as ours: an error or the other side's end is for whoever reads or writes."""
    return (READ if mask & ~select.EPOLLOUT else 0) | (WRITE if mask & ~select.EPOLLIN else 0)


def new_sockets() -> Sockets:
    """Return the quickest way to watch sockets that this system has."""
    return _Epolled() if sys.platform == "linux" else Sockets()
