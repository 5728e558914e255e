"""Reads a worker's own record while it drains its queue."""

import time
from collections import Counter
from pathlib import Path

from bench.errors import TasksLost
from bench.records.result import Counts, DrainTurn
from bench.subject.recorder import FINISHED, STARTED, read_events

__all__ = ["WorkerRecord", "drain_turn"]

_POLL_S = 0.004


class WorkerRecord:
    """What a worker started and finished, by the files that its processes write in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: Counter[Path] = Counter()
        self._starts: Counter[int] = Counter()
        self._finished_numbers: set[int] = set()
        self._new: list[tuple[int, int, int]] = []
        self.sent = 0

    def counts(self) -> Counts:
        """Count tasks, each once, over all drains."""
        return Counts(
            sent=self.sent,
            started=len(self._starts),
            finished=len(self._finished_numbers),
            duplicated=sum(1 for starts in self._starts.values() if starts > 1),
        )

    def wait(self, first: int, tasks: int, *, patience_s: float) -> list[tuple[int, int, int]]:
        """Wait until the tasks from number ``first`` are finished, and give their events.

        Raises TasksLost when nothing happened for ``patience_s`` and some are missing.
        """
        self._new = []
        missing = set(range(first, first + tasks)) - self._finished_numbers
        progress_s = time.monotonic()
        while missing:
            time.sleep(_POLL_S)
            news = self._take_events()
            missing.difference_update(number for number, kind, _ in news if kind == FINISHED)
            if news:
                progress_s = time.monotonic()
            elif time.monotonic() - progress_s > patience_s:
                raise TasksLost(sent=tasks, finished=tasks - len(missing), waited_s=patience_s)
        return [event for event in self._new if first <= event[0] < first + tasks]

    def _take_events(self) -> list[tuple[int, int, int]]:
        news: list[tuple[int, int, int]] = []
        for path in self._directory.glob("*.events"):
            events = read_events(str(path), self._read[path])
            self._read[path] += len(events)
            news += events
        self._starts.update(number for number, kind, _ in news if kind == STARTED)
        self._finished_numbers.update(number for number, kind, _ in news if kind == FINISHED)
        self._new += news
        return news


def drain_turn(subject: str, events: list[tuple[int, int, int]], warmup_tasks: int) -> DrainTurn:
    """Turn the events of one drain into its figures."""
    starts = [at_ns for _, kind, at_ns in events if kind == STARTED]
    first_ends: dict[int, int] = {}
    for number, kind, at_ns in events:
        if kind == FINISHED:
            first_ends[number] = min(at_ns, first_ends.get(number, at_ns))
    ends = sorted(first_ends.values())
    return DrainTurn(
        subject=subject,
        warmup_tasks=warmup_tasks,
        tasks=len(ends) - warmup_tasks,
        duration_ns=ends[-1] - ends[warmup_tasks - 1],
        span_ns=ends[-1] - min(starts),
    )
