"""Measures where the time of a task goes: a producer and a worker that stamp each task on its way."""

import time
import uuid
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.processes.errors import SubjectFailed
from bench.processes.events import Events, read_new_events
from bench.processes.launcher import Launcher
from bench.processes.pair import Pair
from bench.processes.task_meter import TaskMeter
from bench.records.figures import Phase
from bench.records.own_code import OwnCode
from bench.records.turns import HistogramRecord
from bench.subject.recorder import (
    ACK_BEGUN,
    ACKED,
    CALLED,
    FINISHED,
    PUBLISHED,
    RECEIVED,
    SERIALISED,
    STARTED,
)

__all__ = ["PhaseMeter", "Phased", "counted_tasks", "phases_of"]

_PHASES: dict[Phase, tuple[int, int]] = {
    "serialise": (CALLED, SERIALISED),
    "publish": (SERIALISED, PUBLISHED),
    "queue wait": (PUBLISHED, RECEIVED),
    "prefetch wait": (RECEIVED, STARTED),
    "run": (STARTED, FINISHED),
    "acknowledge": (ACK_BEGUN, ACKED),
}
_WARMUP_SHARE = 10  # one of this many
_UNKNOWN_NS = -1
_PATIENCE_S = 30.0
_NO_MORE_S = 1.0  # without another stamp ends the wait
_POLL_S = 0.01


class Phased(NamedTuple):
    """The times of tasks in each phase, and how long the user's own code around a call and a run took, on average."""

    phases: dict[Phase, HistogramRecord]
    own_ns: dict[OwnCode, float]


class PhaseMeter(TaskMeter):
    """A producer and a worker of one queue that stamp tasks. Creating it starts them without waiting.

    The producer runs on the servers' cores, because an open loop must be able to send while the worker works.
    """

    def __init__(self, launcher: Launcher, ends: ExitStack, *, asks_memory: bool) -> None:
        queue = launcher.lease()
        self._stamps, self._own = (launcher.workspace.memory / uuid.uuid4().hex for _ in range(2))
        self._stamps.mkdir()
        self._own.mkdir()
        self._read: Counter[Path] = Counter()
        kept = {"stamps": str(self._stamps), "own_times": str(self._own)}
        self.pair = Pair(
            launcher.producer("pacer", queue, launcher.cores.servers, **kept),
            *launcher.worker(queue, **kept),
            declares_first=launcher.subject.broker.locks_queues,
        )

    def run(self, tasks: int, rate_per_s: float) -> Phased:
        """Wake the worker with one task, then send tasks at that rate, and return where their time went.

        Raises SubjectFailed if a process fails, and TasksLost if not all tasks were run.
        """
        with self.pair.working():
            self._run(1, rate_per_s)
            first, events, of_calls_ns = self._run(tasks, rate_per_s)
        own_ns = self._of_runs(first, tasks)
        if of_calls_ns is not None:
            own_ns["call"] = of_calls_ns / tasks
        return Phased(phases_of(events, first, tasks), own_ns)

    def _run(self, tasks: int, rate_per_s: float) -> tuple[int, Events, int | None]:
        """Send tasks; return the number of the first one, the events of all, and the time of the user's own code."""
        interval_ns = round(1e9 / rate_per_s)
        first, answer = self.pair.send(2 * tasks / rate_per_s, do="pace", count=tasks, interval_ns=interval_ns)
        events = self.pair.record.wait(first, tasks, patience_s=_PATIENCE_S)
        return first, Events.joined([events, self._stamps_of(first, tasks)]), answer.get("own_ns")

    def _of_runs(self, first: int, tasks: int) -> dict[OwnCode, float]:
        """Return how long the user's own code around a run took, on average; nothing without such code."""
        events, counted = read_new_events(self._own, self._read), counted_tasks(first, tasks)
        begins_ns, ends_ns = (_times(events, kind, counted) for kind in (STARTED, FINISHED))
        durations_ns = _durations(begins_ns, ends_ns)
        return {"run": float(durations_ns.mean())} if len(durations_ns) else {}

    def _stamps_of(self, first: int, tasks: int) -> Events:
        """Return the stamps, read until all tasks are acknowledged or no more stamps come."""
        found, progress_s = Events.joined([]), time.monotonic()
        while len(found.first(ACKED)[0]) < tasks and time.monotonic() - progress_s < _NO_MORE_S:
            news = read_new_events(self._stamps, self._read).between(first, first + tasks)
            if len(news.numbers):
                found, progress_s = Events.joined([found, news]), time.monotonic()
            time.sleep(_POLL_S)
        return found


def phases_of(events: Events, first: int, tasks: int) -> dict[Phase, HistogramRecord]:
    """Return the times in each phase of the tasks from number ``first``, without the first tenth, the warm-up.

    ``serialise`` ends when the message's body and headers are built, ``publish`` when ``apply_async`` returns. ``queue
    wait`` ends when the worker's main process has the message; it is negative if that was before the call returned.
    ``prefetch wait`` ends when a process of the pool starts the task. ``acknowledge`` is how long the acknowledging
    call takes, whenever it is made: before the task by default, after it with late acknowledgement.

    If something happened to a task twice, the first time counts. A task without both stamps of a phase is not in the
    histogram of that phase. Raises SubjectFailed if a histogram would be empty.
    """
    counted = counted_tasks(first, tasks)
    phases = {}
    for phase, (begin, end) in _PHASES.items():
        durations_ns = _durations(_times(events, begin, counted), _times(events, end, counted))
        if not len(durations_ns):
            raise SubjectFailed(f"none of the {len(counted)} tasks has both stamps of the phase {phase!r}")
        phases[phase] = HistogramRecord.of(durations_ns)
    return phases


def counted_tasks(first: int, tasks: int) -> range:
    """Return the numbers of the tasks that count: all except the first tenth."""
    return range(first + tasks // _WARMUP_SHARE, first + tasks)


def _times(events: Events, kind: int, counted: range) -> NDArray[np.int64]:
    """Return when each of these tasks had an event of the kind; ``_UNKNOWN_NS`` if it had none."""
    times_ns = np.full(len(counted), _UNKNOWN_NS, dtype=np.int64)
    numbers, at_ns = events.between(counted.start, counted.stop).first(kind)
    times_ns[numbers - counted.start] = at_ns
    return times_ns


def _durations(begins_ns: NDArray[np.int64], ends_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    known = (begins_ns != _UNKNOWN_NS) & (ends_ns != _UNKNOWN_NS)
    durations_ns: NDArray[np.int64] = ends_ns[known] - begins_ns[known]
    return durations_ns
