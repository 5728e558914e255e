"""Finds connections of a subject's processes that go straight to a server at a distance, past its relay."""

import socket
from collections.abc import Collection
from contextlib import suppress

import psutil

from bench.processes.platform import own_addresses
from bench.subject.bypass import LOOPBACK, is_among

__all__ = ["addresses_of", "is_straight"]


def addresses_of(host: str) -> list[str]:
    """Return the addresses of a host; of this machine, every one that it has. None if its name is unknown."""
    found: set[str] = set()
    with suppress(OSError):
        found = {str(address[0]).partition("%")[0] for *_, address in socket.getaddrinfo(host, None)}
    here = {LOOPBACK, *own_addresses()}
    return sorted(found | here if any(is_among(one, here) for one in found) else found)


def is_straight(pid: int, addresses: Collection[str], port: int) -> bool:
    """Return True if a process, or one of its descendants, has a connection to that port at one of the addresses."""
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.Error:
        return False
    return any(_has_one(process, addresses, port) for process in processes)


def _has_one(process: psutil.Process, addresses: Collection[str], port: int) -> bool:
    with suppress(psutil.Error, OSError):
        far_ends = [one.raddr for one in process.net_connections("tcp") if one.raddr]
        return any(end.port == port and is_among(end.ip, addresses) for end in far_ends)
    return False
