"""Notices connections that go straight to a server that should be reached by way of a relay."""

from __future__ import annotations

import socket
from contextlib import suppress
from functools import wraps
from ipaddress import ip_address
from typing import Any, Collection

__all__ = ["LOOPBACK", "is_among", "note_bypasses"]

LOOPBACK = "127.0.0.1"
_look_up = socket.getaddrinfo  # before a detour leads it to the relay


def is_among(address: str, addresses: Collection[str]) -> bool:
    """Return True if an address is one of these, however it is written; all of loopback is ``LOOPBACK``."""
    try:
        one: Any = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    one = getattr(one, "ipv4_mapped", None) or one
    return str(one) in addresses or ((one.is_loopback or one.is_unspecified) and LOOPBACK in addresses)


def note_bypasses(addresses: Collection[str], port: int, sign: str) -> None:
    """Leave the file ``sign`` once this process, or a child that it forks, connects to that port at such an address.

    It sees the sockets of Python, however short they live. The harness looks at all those that are still open.
    """

    def note(address: Any) -> None:
        if isinstance(address, tuple) and address[1] == port and _is_led_to(address[0], port, addresses):
            with suppress(OSError):
                open(sign, "w").close()

    for name in ("connect", "connect_ex"):
        with suppress(AttributeError, TypeError):  # a library's own class of sockets may be a closed one
            setattr(socket.socket, name, _noting(getattr(socket.socket, name), note))


def _is_led_to(host: Any, port: int, addresses: Collection[str]) -> bool:
    if is_among(str(host), addresses):
        return True
    with suppress(OSError):
        return any(is_among(str(found[4][0]), addresses) for found in _look_up(host, port))
    return False


def _noting(connect: Any, note: Any) -> Any:
    @wraps(connect)
    def connect_noted(self: Any, address: Any) -> Any:
        note(address)
        return connect(self, address)

    return connect_noted
