"""The record of a subject's process: what happened to each task, and when, in one memory-mapped file.

The file is in the system's memory as soon as an event is in it, so the record outlives a SIGKILL of the process
that wrote it. Layout, in words of 8 bytes in the machine's own byte order: the number of events, then for each event
``number * 16 + kind`` and the monotonic clock in nanoseconds. ``number`` is the one in the task's id. The count is
written last: everything that it covers is complete.

The file is filled with zeros before it is mapped, because a process is killed if it writes to a page for which there
is no space. If there is none, the process leaves a file that says so, ``PID.full``, and the whole record is void.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
import weakref
from contextlib import suppress
from time import monotonic_ns
from typing import Iterable

__all__ = [
    "ACKED",
    "ACK_BEGUN",
    "CALLED",
    "DUE",
    "ENTERED",
    "EXPIRED",
    "FINISHED",
    "HEARD",
    "PUBLISHED",
    "RECEIVED",
    "REFUSED",
    "SERIALISED",
    "SOFT_LIMITED",
    "STARTED",
    "TIME_LIMITED",
    "UNSENT",
    "Recorder",
    "is_full",
    "read_events",
    "task_id",
]

STARTED, FINISHED, CALLED, SERIALISED, PUBLISHED, RECEIVED, ACK_BEGUN, ACKED, REFUSED = range(9)
TIME_LIMITED, SOFT_LIMITED, EXPIRED, ENTERED, UNSENT, DUE, HEARD = range(9, 16)
_PREFIX = "b0b0b0b0-0000-4000-8000-"
_DIGITS_FROM = len(_PREFIX)
_FULL = ".full"
_COUNT = struct.Struct("=Q")
_EVENT = struct.Struct("=QQ")
_FIRST_EVENTS = 4096
_MOST_NEW_EVENTS = 1 << 16  # more at once would hold up the task
_NO_FILE = memoryview(bytearray()).cast("Q")  # has no space left, like a full file


def task_id(number: int) -> str:
    """Return the id of the task with that number, as long as Celery's own ids."""
    return f"{_PREFIX}{number:012x}"


class Recorder:
    """Writes the events of a process and of those that it forks; each opens its own file in ``directory``."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._start_over()
        _recorders.add(self)

    def _start_over(self) -> None:
        """Start with no file and no events; a lock that was held during a fork is held forever."""
        self._lock = threading.Lock()
        self._words = _NO_FILE
        self._count = 0

    def record(self, task_id: str, kind: int, in_ns: int = 0) -> None:
        """Record that this happens now, or ``in_ns`` later, to this task, unless the harness did not send the task.

        Every task passes through here, so this does nothing that can be done elsewhere. Raises OSError if there is no
        space for the event.
        """
        now_ns = monotonic_ns() + in_ns
        if not task_id.startswith(_PREFIX):
            return
        event = int(task_id[_DIGITS_FROM:], 16) * 16 + kind
        with self._lock:
            count = self._count
            try:
                self._words[2 * count + 2] = now_ns
            except IndexError:  # no file yet, or a full one
                self._make_room()
                self._words[2 * count + 2] = now_ns
            self._words[2 * count + 1] = event
            self._words[0] = count + 1  # a word is written at once
            self._count = count + 1

    def _make_room(self) -> None:
        events = self._count + min(max(_FIRST_EVENTS, self._count), _MOST_NEW_EVENTS)
        path = os.path.join(self._directory, str(os.getpid()))
        try:
            self._words = _mapped(path + ".events", _COUNT.size + events * _EVENT.size)
        except OSError as error:
            with suppress(OSError):
                open(path + _FULL, "wb").close()  # an empty file needs no space
            raise OSError(error.errno, f"cannot record tasks in {self._directory}: {error.strerror}") from error


def _mapped(path: str, size_bytes: int) -> memoryview:
    """Map the file with that size; space is reserved for every page of it. Raises OSError if there is none."""
    with open(path, "ab") as file:
        file.write(bytes(size_bytes - file.tell()))
    with open(path, "r+b") as file:
        return memoryview(mmap.mmap(file.fileno(), size_bytes)).cast("Q")


def is_full(names: Iterable[str]) -> bool:
    """Return True if a process had no space for its events; ``names`` are those of all files in the directory."""
    return any(name.endswith(_FULL) for name in names)


_recorders: weakref.WeakSet[Recorder] = weakref.WeakSet()


def _start_over_all() -> None:
    for recorder in _recorders:
        recorder._start_over()


if hasattr(os, "register_at_fork"):  # asking for the PID at each event would cost a system call
    os.register_at_fork(after_in_child=_start_over_all)


def read_events(path: str, first: int = 0) -> list[tuple[int, int, int]]:
    """Return the events of one file from the ``first``: (number, kind, monotonic nanoseconds) each."""
    with open(path, "rb") as file:
        header = file.read(_COUNT.size)
        count = max(first, _COUNT.unpack(header)[0]) if len(header) == _COUNT.size else first
        file.seek(_COUNT.size + first * _EVENT.size)
        body = file.read((count - first) * _EVENT.size)
    return [(value >> 4, value & 15, at_ns) for value, at_ns in _EVENT.iter_unpack(body)]
