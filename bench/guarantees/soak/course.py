"""The course of one soak: batches of tasks at a steady rate, a reading in each, and now and then a reconnect."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from bench.guarantees.soak.crew import Crew
from bench.guarantees.soak.gauge import ServerGauge
from bench.guarantees.soak.length import SoakLength
from bench.processes.errors import NoRoom, SubjectFailed
from bench.processes.open_files import read_holdings
from bench.processes.others import Others
from bench.records.soak import Reading

__all__ = ["Course"]

_READINGS, _MOST_BATCH, _SHORTEST_BATCH_S = 64, 1000, 0.3
_RECONNECTS, _SOONEST_S, _LATEST_S = 12, 1.0, 60.0
_PATIENCE_S = 60.0


@dataclass
class Course:
    """Runs until the length is over. ``readings`` and ``why_stopped`` are right at any moment, also after an interrupt.

    ``told`` hears how many tasks of how many have been sent. ``others`` tells what other programs use; None if that
    cannot be known.
    """

    crew: Crew
    gauge: ServerGauge
    length: SoakLength
    rate_per_s: float
    told: Callable[[int, int], None]
    others: Others | None = None
    readings: list[Reading] = field(default_factory=list)
    why_stopped: str = ""
    duration_s: float = 0.0

    def run(self) -> None:
        """Send all tasks. Raises SubjectFailed if sending fails; a worker that ends or stalls only ends the course."""
        self._tasks = self.length.tasks_at(self.rate_per_s)
        self._batch = batch_tasks(self._tasks, self.rate_per_s)
        self._begin_s = self._progress_s = self._reset_s = time.monotonic()
        self._ended = self._reset_at = sent = 0
        if self.others:
            self.others.start_over()
        while sent < self._tasks and not self._is_over() and not self.why_stopped:
            tasks = min(self._batch, self._tasks - sent)
            self.crew.begin_batch(tasks, self.rate_per_s)
            self._watch()
            self.crew.end_batch()
            sent += tasks
            self.duration_s = time.monotonic() - self._begin_s
            self.told(sent, self._tasks)

    def _is_over(self) -> bool:
        return self.length.seconds is not None and time.monotonic() - self._begin_s >= self.length.seconds

    def _watch(self) -> None:
        """Take a reading, and reset the worker's connections if it is time."""
        try:
            self.readings.append(self._reading())
            self._check_progress()
        except NoRoom:  # what is not on record may have run
            raise
        except SubjectFailed as error:
            self.why_stopped = error.format_message()
            return
        self._reconnect_if_due()

    def _reconnect_if_due(self) -> None:
        """Reset the worker's connections if it is time, and if it has consumed since the last time."""
        ended, now_s = self.crew.tally.ended, time.monotonic()
        if self.crew.can_reconnect and ended > self._reset_at and now_s - self._reset_s >= self._reconnect_s:
            self._reset_at, self._reset_s = ended, now_s
            self.crew.reconnect()

    @property
    def _reconnect_s(self) -> float:
        """Return the time between two reconnects: a minute, or less in a short run."""
        return min(max(self._tasks / self.rate_per_s / _RECONNECTS, _SOONEST_S), _LATEST_S)

    def _reading(self) -> Reading:
        """Read everything. Raises SubjectFailed if the worker has ended or does not answer."""
        held = self.crew.held()
        system = read_holdings(self.crew.worker.pid)
        self.crew.tally.update()
        at_s, ended = time.monotonic() - self._begin_s, self.crew.tally.ended
        entries, size = self.gauge.take()
        before_s = self.readings[-1].at_s if self.readings else 0.0
        since_s = at_s - before_s if self.readings else 0.0
        since = ended - self.readings[-1].tasks if self.readings else 0
        return Reading(
            at_s=round(at_s, 3),
            tasks=ended,
            reconnects=self.crew.reconnects,
            prefetch=held["prefetch"],
            held_tasks=held["tasks"],
            waiting_tasks=self.crew.tally.open,
            channels=held["channels"],
            **(asdict(system) if system else {}),
            server_entries=entries,
            server_bytes=size,
            tasks_per_s=since / since_s if since_s > 0 else None,
            other_cores=self.others.since(self._begin_s + before_s) if self.others else None,
        )

    def _check_progress(self) -> None:
        """Raise SubjectFailed if tasks wait and none has finished for long."""
        now_s, ended = time.monotonic(), self.crew.tally.ended
        if ended > self._ended or not self.crew.tally.open:
            self._ended, self._progress_s = ended, now_s
        patience_s = _PATIENCE_S + self.crew.launcher.subject.broker.longest_poll_s
        if now_s - self._progress_s > patience_s:
            raise SubjectFailed(f"the worker has finished nothing for {patience_s:.0f} s, and tasks wait")


def batch_tasks(tasks: int, rate_per_s: float) -> int:
    """Return how many tasks there are from one reading to the next: 1,000, or fewer in a short run."""
    fine = min(math.ceil(tasks / _READINGS), _MOST_BATCH)
    return max(1, fine, round(rate_per_s * _SHORTEST_BATCH_S))
