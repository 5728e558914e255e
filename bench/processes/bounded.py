"""Drains that are cut off after a while, so that a very slow worker is a result and not a time-out."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.processes.drain import Drained
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

    _barren_s: float = 0.0

    def drain(
        self, pair: Pair, tasks: int, warmup_tasks: int, limit_s: float, begin_timing: Callable[[], None] = lambda: None
    ) -> Drained:
        """Drain a queue of that many tasks, some of which may be left from the last drain, for at most ``limit_s``.

        A drain that is cut off lasts until the cut, not until its last task: a worker may finish its tasks in bursts.
        If few tasks had finished, its figure is the highest rate that was possible: as if one more had. If nothing
        finished for 30 s in all, raises StillRunning or TasksLost. ``begin_timing`` is called once the queue is filled.
        """
        missing = tasks - pair.record.open_tasks
        if missing > 0:
            first, _ = pair.send(missing, do="preload", count=missing)
            pair.record.expect(first, missing)
        expected = pair.record.open_tasks
        begin_timing()
        with pair.working():
            events = pair.record.watch(limit_s=limit_s, quiet_s=_QUIET_S)
        finished = len(events.first(FINISHED)[0])
        limit_ns = round(limit_s * 1e9)
        if not pair.record.open_tasks or finished >= warmup_tasks + _ENOUGH:
            self._barren_s = 0.0
            drained = Drained.of(events, min(warmup_tasks, finished - 1))
            return _until_the_cut(drained, limit_ns) if pair.record.open_tasks else drained
        self._be_patient(pair, expected, finished, limit_s if len(events.numbers) else _QUIET_S)
        return _cut(finished, limit_ns)

    def _be_patient(self, pair: Pair, sent: int, finished: int, waited_s: float) -> None:
        self._barren_s = 0.0 if finished else self._barren_s + waited_s
        if self._barren_s >= _PATIENCE_S and (running := pair.record.running_tasks):
            raise StillRunning(sent=sent, finished=0, running=running)
        if self._barren_s >= _PATIENCE_S:
            raise pair.lost(sent=sent, finished=0, waited_s=self._barren_s)


def _until_the_cut(drained: Drained, limit_ns: int) -> Drained:
    """Return the drain with the time after its last task, in which it finished no other."""
    after_ns = max(0, limit_ns - drained.span_ns)
    return replace(drained, duration_ns=drained.duration_ns + after_ns, span_ns=drained.span_ns + after_ns)


def _cut(finished: int, duration_ns: int) -> Drained:
    return Drained(warmup_tasks=0, tasks=finished + 1, duration_ns=duration_ns, span_ns=duration_ns)
