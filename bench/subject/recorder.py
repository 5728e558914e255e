"""The worker's own record of what it ran: one memory-mapped file for each of its processes.

The file is in the system's memory as soon as an event is in it, so the record outlives a SIGKILL of the process
that wrote it. Layout, little-endian: the number of events (8 bytes), then for each event ``number * 2 + kind``
(8 bytes) and the monotonic clock in nanoseconds (8 bytes). ``number`` is the one in the task's id; ``kind`` is 0
for started and 1 for finished. The count is written last: what it covers is whole.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time

__all__ = ["FINISHED", "STARTED", "Recorder", "read_events", "task_id"]

STARTED, FINISHED = 0, 1
_PREFIX = "b0b0b0b0-0000-4000-8000-"
_COUNT = struct.Struct("<Q")
_EVENT = struct.Struct("<QQ")
_FIRST_EVENTS = 4096


def task_id(number: int) -> str:
    """Give the id of the task of that number, as long as the ids that Celery makes."""
    return f"{_PREFIX}{number:012x}"


class Recorder:
    """Writes the events of one worker; each process of its pool opens a file of its own in ``directory``."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._pid = 0

    def started(self, task_id: str = "", **_: object) -> None:
        """Receive Celery's ``task_prerun``."""
        self._record(task_id, STARTED)

    def finished(self, task_id: str = "", **_: object) -> None:
        """Receive Celery's ``task_postrun``."""
        self._record(task_id, FINISHED)

    def _record(self, task_id: str, kind: int) -> None:
        now_ns = time.monotonic_ns()
        if not task_id.startswith(_PREFIX):
            return  # not one that the harness sent
        with self._lock:
            if self._pid != os.getpid():  # the first event of a forked pool process
                self._open()
            if self._offset == len(self._map):
                self._grow(2 * len(self._map))
            _EVENT.pack_into(self._map, self._offset, int(task_id[len(_PREFIX) :], 16) * 2 + kind, now_ns)
            self._offset += _EVENT.size
            self._count += 1
            self._map[: _COUNT.size] = _COUNT.pack(self._count)  # at once: pack_into would zero it first

    def _open(self) -> None:
        self._pid = os.getpid()
        self._path = os.path.join(self._directory, f"{self._pid}.events")
        self._count = 0
        self._offset = _COUNT.size
        self._grow(_COUNT.size + _FIRST_EVENTS * _EVENT.size)

    def _grow(self, size: int) -> None:
        size -= (size - _COUNT.size) % _EVENT.size
        with open(self._path, "ab") as file:
            file.truncate(size)
        with open(self._path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), size)


def read_events(path: str, first: int = 0) -> list[tuple[int, int, int]]:
    """Read the events of one file from the ``first``: (number, kind, monotonic nanoseconds) each."""
    with open(path, "rb") as file:
        header = file.read(_COUNT.size)
        count = max(first, _COUNT.unpack(header)[0]) if len(header) == _COUNT.size else first
        file.seek(_COUNT.size + first * _EVENT.size)
        body = file.read((count - first) * _EVENT.size)
    return [(value >> 1, value & 1, at_ns) for value, at_ns in _EVENT.iter_unpack(body)]
