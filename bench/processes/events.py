"""The record that a subject's processes write, as columns: what happened to which task, and when."""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.processes.errors import NoRoom
from bench.subject.recorder import FINISHED, STARTED, is_full

__all__ = ["Events", "read_new_events"]

_HEADER_BYTES, _EVENT_BYTES, _KINDS = 8, 16, 16  # the layout of bench/subject/recorder.py


@dataclass(frozen=True)
class Events:
    """Events as columns: a task's number, what happened to it, and when by the monotonic clock."""

    numbers: NDArray[np.int64]
    kinds: NDArray[np.int64]
    at_ns: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: "list[Events]") -> "Events":
        """Join several."""
        columns = ("numbers", "kinds", "at_ns")
        empty = [np.empty(0, dtype=np.int64)]
        return cls(*(np.concatenate(empty + [getattr(part, column) for part in parts]) for column in columns))

    def first(self, kind: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (numbers, when) of that kind, each number once at its first time, in the numbers' order."""
        chosen = self.kinds == kind
        numbers, at_ns = self.numbers[chosen], self.at_ns[chosen]
        order = np.lexsort((at_ns, numbers))
        known, places = np.unique(numbers[order], return_index=True)
        return known, at_ns[order][places]

    def typical_s(self) -> float | None:
        """Return the median time from a task's start to its end, in seconds; None if no task did both."""
        (started, starts_ns), (finished, ends_ns) = self.first(STARTED), self.first(FINISHED)
        both, of_starts, of_ends = np.intersect1d(started, finished, assume_unique=True, return_indices=True)
        return float(np.median(ends_ns[of_ends] - starts_ns[of_starts])) / 1e9 if len(both) else None

    def between(self, first: int, end: int) -> "Events":
        """Return the events of the tasks from ``first`` to before ``end``."""
        chosen = (self.numbers >= first) & (self.numbers < end)
        return Events(self.numbers[chosen], self.kinds[chosen], self.at_ns[chosen])


def read_new_events(directory: Path, read: "Counter[Path]") -> Events:
    """Return the events of each file of the record beyond the ``read`` ones, and count them as read.

    Raises NoRoom if a process could not write its own.
    """
    paths = list(directory.glob("*"))
    if is_full(path.name for path in paths):
        raise NoRoom(directory)
    parts = [_read_file(path, read) for path in paths if path.suffix == ".events"]
    return Events.joined([part for part in parts if part])


def _read_file(path: Path, read: "Counter[Path]") -> Events | None:
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
        new = int.from_bytes(header, sys.byteorder) - read[path] if len(header) == _HEADER_BYTES else 0
        if new <= 0:
            return None
        file.seek(_HEADER_BYTES + read[path] * _EVENT_BYTES)
        columns = np.frombuffer(file.read(new * _EVENT_BYTES), dtype=np.int64).reshape(-1, 2)
    read[path] += len(columns)
    return Events(columns[:, 0] // _KINDS, columns[:, 0] % _KINDS, columns[:, 1])
