"""Reads a worker's own record, while it runs tasks and afterwards."""

import math
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.engine.errors import NoRoom, SubjectFailed, TasksLost
from bench.records.provenance import Counts
from bench.records.turns import DrainTurn
from bench.subject.recorder import FINISHED, STARTED, is_full

__all__ = ["Events", "WorkerRecord", "drain_turn", "read_new_events"]

_POLL_S = 0.004
_HEADER_BYTES, _EVENT_BYTES, _KINDS = 8, 16, 16  # the layout is that of bench/subject/recorder.py


@dataclass(frozen=True)
class Events:
    """Events as columns: a task's number, what happened to it, and when by the monotonic clock."""

    numbers: NDArray[np.int64]
    kinds: NDArray[np.int64]
    at_ns: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: "list[Events]") -> "Events":
        """Put several together."""
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

    def between(self, first: int, end: int) -> "Events":
        """Return the events of the tasks from ``first`` to before ``end``."""
        chosen = (self.numbers >= first) & (self.numbers < end)
        return Events(self.numbers[chosen], self.kinds[chosen], self.at_ns[chosen])


def read_new_events(directory: Path, read: "Counter[Path]") -> Events:
    """Read the events that each file of the record has beyond the ``read`` ones, which are then counted as read.

    Raises NoRoom when a process could not write its own.
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


class WorkerRecord:
    """What a worker started and finished, by the files that its processes write in ``directory``.

    Tasks are awaited in windows of consecutive numbers, and what is over is only counted: memory does not grow with
    the number of tasks.
    """

    def __init__(self, directory: Path, until_s: float = math.inf, longest_poll_s: float = 0.0) -> None:
        """Read the record in ``directory``. No task is waited for beyond ``until_s`` of the monotonic clock.

        The idle worker may take ``longest_poll_s`` to look for tasks again, which goes on top of every patience.
        """
        self._directory, self._until_s, self._longest_poll_s = directory, until_s, longest_poll_s
        self._read: Counter[Path] = Counter()
        self._open: set[int] = set()
        self._begun: set[int] = set()
        self._started = self._finished = self._duplicated = 0
        self._again: set[int] = set()
        self.sent = 0

    def counts(self) -> Counts:
        """Count tasks, each once, over all windows."""
        return Counts(sent=self.sent, started=self._started, finished=self._finished, duplicated=self._duplicated)

    def wait(self, first: int, tasks: int, *, patience_s: float) -> Events:
        """Wait until the tasks from number ``first`` are finished, and give their events.

        Raises TasksLost when nothing happened for ``patience_s`` and some are missing, and SubjectFailed when the
        run's time is over.
        """
        patience_s += self._longest_poll_s
        window = _Window(first, tasks)
        progress_s = time.monotonic()
        while window.missing:
            time.sleep(_POLL_S)
            news = read_new_events(self._directory, self._read)
            if len(news.numbers):
                progress_s = time.monotonic()
                window.add(news)
                self._count_older(news, first)
            elif time.monotonic() - progress_s > patience_s:
                self._count(window)
                raise TasksLost(sent=tasks, finished=tasks - window.missing, waited_s=patience_s)
            if window.missing and time.monotonic() > self._until_s:
                self._count(window)
                raise SubjectFailed(
                    f"it had finished {tasks - window.missing} of {tasks} tasks when the run's time was long over"
                )
        self._count(window)
        return Events.joined(window.events)

    @property
    def open_tasks(self) -> int:
        """Count the expected tasks that are not finished yet."""
        return len(self._open)

    def expect(self, first: int, tasks: int) -> None:
        """Note tasks that ``watch`` is to see finished, in this turn or another."""
        self._open.update(range(first, first + tasks))

    def watch(self, *, limit_s: float, quiet_s: float) -> Events:
        """Return what happens until all expected tasks are finished, or for so long from the first event on.

        Where nothing happens it is waited for ``quiet_s``.
        """
        begin_s, parts = time.monotonic(), list[Events]()
        end_s = begin_s + quiet_s + self._longest_poll_s
        while self._open and time.monotonic() < end_s:
            time.sleep(_POLL_S)
            news = read_new_events(self._directory, self._read)
            if len(news.numbers):
                end_s = end_s if parts else time.monotonic() + limit_s
                parts.append(news)
                self._close(news)
        return Events.joined(parts)

    def _close(self, news: Events) -> None:
        for number, kind in zip(news.numbers.tolist(), news.kinds.tolist(), strict=True):
            if kind == STARTED:
                is_again = number in self._begun or number not in self._open
                self._begun.add(number)
                self._started += not is_again
                self._duplicated += is_again
            elif kind == FINISHED and number in self._open:
                self._open.remove(number)
                self._begun.discard(number)
                self._finished += 1

    def _count(self, window: "_Window") -> None:
        self._started += int((window.starts > 0).sum())
        self._duplicated += int((window.starts > 1).sum())
        self._finished += int((window.ends > 0).sum())

    def _count_older(self, news: Events, first: int) -> None:
        """Count tasks that were over already and started once more."""
        again = set(news.numbers[(news.numbers < first) & (news.kinds == STARTED)].tolist()) - self._again
        self._duplicated += len(again)
        self._again |= again


class _Window:
    """How often each task of a window started and ended."""

    def __init__(self, first: int, tasks: int) -> None:
        self._first = first
        self.starts = np.zeros(tasks, dtype=np.int32)
        self.ends = np.zeros(tasks, dtype=np.int32)
        self.events: list[Events] = []
        self.missing = tasks

    def add(self, news: Events) -> None:
        own = news.between(self._first, self._first + len(self.starts))
        self.events.append(own)
        ended = np.unique(own.numbers[own.kinds == FINISHED]) - self._first
        self.missing -= int((self.ends[ended] == 0).sum())
        for kind, counts in ((STARTED, self.starts), (FINISHED, self.ends)):
            np.add.at(counts, own.numbers[own.kinds == kind] - self._first, 1)


def drain_turn(subject: str, events: Events, warmup_tasks: int) -> DrainTurn:
    """Turn the events of one drain into its figures."""
    _, starts_ns = events.first(STARTED)
    _, ends_ns = events.first(FINISHED)
    ends_ns = np.sort(ends_ns)
    return DrainTurn(
        subject=subject,
        warmup_tasks=warmup_tasks,
        tasks=len(ends_ns) - warmup_tasks,
        duration_ns=int(ends_ns[-1] - ends_ns[warmup_tasks - 1]),
        span_ns=int(ends_ns[-1] - starts_ns.min()),
    )
