"""Measures what a server is like before a run: what a sync of its disk takes, and a round trip to it."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bench.processes.disk import Disk, disk_of
from brokers.errors import BrokerbenchError
from brokers.protocol import Broker, Server

__all__ = ["ping_ns", "sync_ns"]

_TIMES, _FEWEST = 50, 5
_LIMIT_S = 1.0
_WRITTEN = b"0" * 512
_sync = getattr(os, "fdatasync", os.fsync)  # what servers use for a log, where there is one


def ping_ns(broker: Broker, server: Server) -> int | None:
    """Return the median round trip of the raw client to a server of the user's own.

    None if it has none, or if the server has no single TCP address: behind a proxy, the raw client may not reach it.
    """
    if server.private:
        return None
    with suppress(BrokerbenchError):
        broker.tcp_address(server.url)
        if pinging := broker.pinging(server.url):
            with pinging as ping:
                return _median_ns(ping)
    return None


def sync_ns(directory: Path) -> int | None:
    """Return what one sync of a directory's disk takes, after a small write; None if it has no disk that counts them.

    Writing a file out may sync the disk several times. What other programs sync meanwhile is counted, too, and makes
    one look shorter, never longer.
    """
    disk = disk_of(directory)
    with suppress(OSError):
        if disk and disk.syncs() is not None:
            return _timed_syncs(disk, directory)
    return None


def _timed_syncs(disk: Disk, directory: Path) -> int | None:
    with tempfile.TemporaryFile(dir=directory) as file:

        def sync() -> None:
            file.write(_WRITTEN)
            file.flush()
            _sync(file.fileno())

        before = disk.syncs() or 0
        each_ns: list[int] = []
        typical_ns = _median_ns(sync, each_ns)
        syncs = (disk.syncs() or 0) - before
    return round(typical_ns / max(1.0, syncs / len(each_ns))) if syncs else None


def _median_ns(action: Callable[[], object], each_ns: list[int] | None = None) -> int:
    """Return how long an action takes, repeated for a limited time; ``each_ns`` gets every duration."""
    found = [] if each_ns is None else each_ns
    until_ns = time.perf_counter_ns() + round(_LIMIT_S * 1e9)
    while len(found) < _TIMES and (len(found) < _FEWEST or time.perf_counter_ns() < until_ns):
        begin_ns = time.perf_counter_ns()
        action()
        found.append(time.perf_counter_ns() - begin_ns)
    return round(statistics.median(found))
