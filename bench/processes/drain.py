"""Reads a worker's own record, while it runs tasks and afterwards."""

import math
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np

from bench.processes.errors import StillRunning, SubjectFailed, TasksLost
from bench.processes.events import Events, read_new_events
from bench.processes.hearing import Hearing
from bench.processes.pausing import pauses
from bench.records.effort import Pauses
from bench.records.provenance import Counts
from bench.subject.recorder import ENTERED, EXPIRED, FINISHED, SOFT_LIMITED, STARTED, TIME_LIMITED

__all__ = ["Drained", "Paced", "WorkerRecord"]

_POLL_S = 0.004
_LONGEST_TASK_S = 120.0  # without any progress; a worker that died in a task is not waited for until the run is over
_LIMITS: dict[int, Literal["time_limit", "soft_time_limit", "expires"]] = {
    TIME_LIMITED: "time_limit",
    SOFT_LIMITED: "soft_time_limit",
    EXPIRED: "expires",
}


@dataclass(frozen=True, kw_only=True)
class Drained:
    """The outcome of one drain: its span, and what counts after the warm-up.

    ``tasks`` finished in ``duration_ns``, both from the end of the ``warmup_tasks``-th task on; ``span_ns`` is from
    the first start to the last end of all. ``run_ns`` is how long a task ran, the mean; 0 if unknown. ``pauses`` are
    those within ``duration_ns``, up to the last end.
    """

    warmup_tasks: int
    tasks: int
    duration_ns: int
    span_ns: int
    run_ns: int = 0
    pauses: Pauses | None = None

    @classmethod
    def of(cls, events: Events, warmup_tasks: int) -> Self:
        """Return the outcome of the drain with these events."""
        started, starts_ns = events.first(STARTED)
        finished, ends_ns = events.first(FINISHED)
        _, begun, ended = np.intersect1d(started, finished, assume_unique=True, return_indices=True)
        run_ns = int((ends_ns[ended] - starts_ns[begun]).mean()) if len(begun) else 0
        ends_ns = np.sort(ends_ns)
        from_ns, until_ns = int(ends_ns[warmup_tasks - 1]), int(ends_ns[-1])
        return cls(
            warmup_tasks=warmup_tasks,
            tasks=len(ends_ns) - warmup_tasks,
            duration_ns=until_ns - from_ns,
            span_ns=int(until_ns - starts_ns.min()),
            run_ns=max(run_ns, 0),
            pauses=pauses(events, from_ns, until_ns),
        )


@dataclass(frozen=True, kw_only=True)
class Paced:
    """The outcome of tasks that were sent in an open loop: each at its intended time, or at once if that was past.

    ``lags_ns`` is how late each call began, ``generator_lags_ns`` the part of it for which the generator itself is to
    blame, ``calls_ns`` how long each call took. The first task was due at ``start_ns`` of the monotonic clock.
    """

    start_ns: int
    interval_ns: int
    lags_ns: list[int]
    calls_ns: list[int]
    generator_lags_ns: list[int]
    events: Events


class WorkerRecord:
    """What a worker started and finished, from the files that its processes write in ``directory``.

    Tasks have consecutive numbers. Those that are expected and not yet finished are kept one by one, and older ones
    are only counted: memory does not grow with the number of tasks.
    """

    def __init__(self, directory: Path, until_s: float = math.inf, longest_poll_s: float = 0.0) -> None:
        """Read the record in ``directory``. No wait lasts beyond ``until_s`` of the monotonic clock.

        An idle worker may take ``longest_poll_s`` to look for tasks again; every patience is extended by that.
        """
        self.directory, self._until_s, self._longest_poll_s = directory, until_s, longest_poll_s
        self._read: Counter[Path] = Counter()
        self._window = _Window(0)
        self._over = Counts()
        self._kinds: Counter[int] = Counter()
        self._again: set[int] = set()
        self.sent = 0
        self.hearing = Hearing()

    def counts(self) -> Counts:
        """Return the counts of all tasks, each counted once."""
        again = Counts(
            sent=self.sent,
            duplicated=len(self._again),
            unrun=max(0, self._kinds[ENTERED] - self._kinds[STARTED]),
            processes=len(self._read),
            limited={name: self._kinds[kind] for kind, name in _LIMITS.items() if self._kinds[kind]},
        )
        return self._over + self._window.counts() + again

    @property
    def open_tasks(self) -> int:
        """Return how many of the expected tasks are not finished yet."""
        return self._window.open_tasks

    @property
    def running_tasks(self) -> int:
        """Return how many of the expected tasks have started and not ended."""
        return self._window.running_tasks

    def expect(self, first: int, tasks: int) -> None:
        """Expect these tasks to finish, in this turn or another; their numbers follow those expected before."""
        if not self.open_tasks:
            self._over += self._window.counts()
            self._window = _Window(first)
        self._window.extend(first + tasks)

    def wait(self, first: int, tasks: int, *, patience_s: float) -> Events:
        """Wait until the tasks from number ``first`` are finished, and return their events.

        Raises TasksLost if nothing happened for ``patience_s`` and some are missing. A task that has started is
        waited for longer. Raises StillRunning if it takes two minutes, and SubjectFailed if the run's time is over.
        """
        self.expect(first, tasks)
        patience_s += self._longest_poll_s
        parts, progress_s = list[Events](), time.monotonic()
        while self.open_tasks:
            time.sleep(_POLL_S)
            if news := self._news():
                parts.append(news)
                progress_s = time.monotonic()
            quiet_s = time.monotonic() - progress_s
            if quiet_s > (max(patience_s, _LONGEST_TASK_S) if self.running_tasks else patience_s):
                raise self._unfinished(tasks, patience_s, parts)
            if self.open_tasks and time.monotonic() > self._until_s:
                raise self._unfinished(tasks, None, parts)
        return Events.joined(parts).between(first, first + tasks)

    def _unfinished(self, tasks: int, waited_s: float | None, parts: list[Events]) -> SubjectFailed:
        """Stop expecting the open tasks, and return why not all finished; ``waited_s`` is None if the time is over."""
        running, finished = self.running_tasks, tasks - self._given_up()
        if running:
            return StillRunning(sent=tasks, finished=finished, running=running, task_s=Events.joined(parts).typical_s())
        if waited_s is None:
            return SubjectFailed(f"only {finished} of {tasks} tasks had finished long after the run's time was over")
        return TasksLost(sent=tasks, finished=finished, waited_s=waited_s)

    def watch(self, *, limit_s: float, quiet_s: float) -> Events:
        """Return what happens until all expected tasks are finished, or for ``limit_s`` from the first event on.

        If nothing happens, give up after ``quiet_s``.
        """
        parts, end_s = list[Events](), time.monotonic() + quiet_s + self._longest_poll_s
        while self.open_tasks and time.monotonic() < end_s:
            time.sleep(_POLL_S)
            if news := self._news():
                end_s = end_s if parts else time.monotonic() + limit_s
                parts.append(news)
        return Events.joined(parts)

    def wait_until_heard(self) -> None:
        """Wait until the worker's main process has heard of the ends on record, if it records that."""
        self.hearing.wait(self._news)

    def _news(self) -> Events | None:
        """Read, count and return what happened since the last call; None if nothing did."""
        news = read_new_events(self.directory, self._read)
        if not len(news.numbers):
            return None
        self._window.add(news)
        self._kinds.update({kind: int((news.kinds == kind).sum()) for kind in (STARTED, ENTERED, EXPIRED)})
        limited = self._window.limited(news)
        self._kinds.update(limited)
        self.hearing.add(news.kinds, limited[TIME_LIMITED])
        self._again.update(news.numbers[(news.numbers < self._window.first) & (news.kinds == STARTED)].tolist())
        return news

    def _given_up(self) -> int:
        """Stop expecting the open tasks, and return how many they were."""
        open_tasks = self.open_tasks
        self._over += self._window.counts()
        self._window = _Window(self.sent)
        return open_tasks


class _Window:
    """How often each of several consecutive tasks started and ended."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.starts = np.zeros(0, dtype=np.int32)
        self.killed = np.zeros(0, dtype=np.int32)
        self.ended_ns = np.zeros(0, dtype=np.int64)  # 0 where a task has not finished

    def extend(self, end: int) -> None:
        """Extend it up to the task before ``end``."""
        more = np.zeros(end - self.first - len(self.starts), dtype=np.int32)
        self.starts, self.killed = np.append(self.starts, more), np.append(self.killed, more)
        self.ended_ns = np.append(self.ended_ns, more)

    def add(self, news: Events) -> None:
        own = news.between(self.first, self.first + len(self.starts))
        for kind, counts in ((STARTED, self.starts), (TIME_LIMITED, self.killed)):
            np.add.at(counts, own.numbers[own.kinds == kind] - self.first, 1)
        ended, at_ns = own.first(FINISHED)
        places = ended - self.first
        self.ended_ns[places] = np.where(self.ended_ns[places] == 0, at_ns, self.ended_ns[places])

    def limited(self, news: Events) -> dict[int, int]:
        """Return how many tasks each time limit ended before they finished.

        A worker that is stopped before it knows that a task has finished takes its stop for the task's time.
        """
        own = news.between(self.first, self.first + len(self.starts))
        ended_ns = self.ended_ns[own.numbers - self.first]
        ended = own.kinds[(ended_ns == 0) | (ended_ns > own.at_ns)]
        return {kind: int((ended == kind).sum()) for kind in (TIME_LIMITED, SOFT_LIMITED)}

    @property
    def open_tasks(self) -> int:
        return int((self.ended_ns == 0).sum())

    @property
    def running_tasks(self) -> int:
        return int(((self.starts > 0) & (self.ended_ns == 0) & (self.killed == 0)).sum())

    def counts(self) -> Counts:
        return Counts(
            started=int((self.starts > 0).sum()),
            finished=int((self.ended_ns > 0).sum()),
            duplicated=int((self.starts > 1).sum()),
        )
