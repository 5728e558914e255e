"""Drains that are cut off after a while, so that a very slow worker is a result and not a time-out."""

from dataclasses import dataclass

from bench.processes.drain import Drained, Events
from bench.processes.errors import StillRunning
from bench.processes.pair import Pair
from bench.subject.recorder import FINISHED

__all__ = ["BoundedDrains"]

_QUIET_S = 15.0
_PATIENCE_S = 30.0
_ENOUGH = 10  # with that many finished tasks beyond the warm-up, a drain that was cut off has a figure like any other


@dataclass
class BoundedDrains:
    """One subject's drains, each limited in time from its first event on; the next drain takes what is left."""

    limit_s: float
    _barren_s: float = 0.0

    def drain(self, pair: Pair, tasks: int, warmup_tasks: int) -> Drained:
        """Drain a queue of at least that many tasks.

        If a drain is cut off with few tasks finished, its figure is the highest rate that was possible: as if one more
        task had finished. If nothing finished for 30 s in all, raises StillRunning or TasksLost.
        """
        if pair.record.open_tasks < tasks:
            first, _ = pair.send(tasks, do="preload", count=tasks)
            pair.record.expect(first, tasks)
        expected = pair.record.open_tasks
        with pair.working():
            events = pair.record.watch(limit_s=self.limit_s, quiet_s=_QUIET_S)
        finished = len(events.first(FINISHED)[0])
        if not pair.record.open_tasks or finished >= warmup_tasks + _ENOUGH:
            self._barren_s = 0.0
            return Drained.of(events, min(warmup_tasks, finished - 1))
        self._be_patient(pair, expected, finished, events)
        return _cut(finished, round(self.limit_s * 1e9))

    def _be_patient(self, pair: Pair, sent: int, finished: int, events: Events) -> None:
        waited_s = self.limit_s if len(events.numbers) else _QUIET_S
        self._barren_s = 0.0 if finished else self._barren_s + waited_s
        if self._barren_s >= _PATIENCE_S and (running := pair.record.running_tasks):
            raise StillRunning(sent=sent, finished=0, running=running)
        if self._barren_s >= _PATIENCE_S:
            raise pair.lost(sent=sent, finished=0, waited_s=self._barren_s)


def _cut(finished: int, duration_ns: int) -> Drained:
    return Drained(warmup_tasks=0, tasks=finished + 1, duration_ns=duration_ns, span_ns=duration_ns)
