"""Leads connections to a server by way of a relay, while the URL, the host's name and its certificate stay as they are.

Clients in Python look up the host by ``socket.getaddrinfo`` just before they connect, also one that is an address. A
client that does not is led by a file that its broker names.
"""

from __future__ import annotations

import socket
from contextlib import contextmanager
from functools import wraps
from typing import Any, Iterator

from .loading import module_at

__all__ = ["find", "lead", "leading"]

_relays: dict[tuple[str, int], tuple[str, int]] = {}
_applied: set[Any] = set()


def lead(host: str, port: int, relay: tuple[str, int], patch: str | None = None) -> None:
    """Lead this process's later connections to ``host`` and ``port`` to the relay; nothing else is led anywhere.

    ``patch`` is the broker's file. Code that replaces ``socket.getaddrinfo`` must have done so before.
    """
    _relays[_name(host), port] = (relay[0], relay[1])
    if socket.getaddrinfo not in _applied:
        socket.getaddrinfo = _led(socket.getaddrinfo)
        _applied.add(socket.getaddrinfo)
    if patch and patch not in _applied:
        module_at(patch).apply(find)
        _applied.add(patch)


@contextmanager
def leading(host: str, port: int, relay: tuple[str, int], patch: str | None = None) -> Iterator[None]:
    """Lead the connections that are opened while the block runs."""
    lead(host, port, relay, patch)
    try:
        yield
    finally:
        del _relays[_name(host), port]


def find(host: Any, port: Any) -> tuple[str, int] | None:
    """Return host and port of the relay to connect to instead; None if there is none."""
    number = int(port) if str(port).isdigit() else None
    return _relays.get((_name(host), number)) if host and number else None


def _name(host: str | bytes) -> str:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    return name.strip("[]").lower()


def _led(look_up: Any) -> Any:
    @wraps(look_up)
    def led(host: Any, port: Any, family: int = 0, *others: Any, **named: Any) -> Any:
        relay = find(host, port)
        if relay is None:
            return look_up(host, port, family, *others, **named)
        return look_up(*relay, 0, *others, **named)  # the relay may be of another family than the server

    return led
