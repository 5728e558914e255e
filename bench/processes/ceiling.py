"""A ceiling and its one process: it takes the same turns as a subject, without Celery."""

from dataclasses import dataclass
from typing import Any

from bench.processes.drain import Drained
from bench.processes.errors import SubjectFailed
from bench.processes.pair import START_S, TURN_S
from bench.processes.process import SubjectProcess, raise_error
from bench.processes.running import Running
from bench.processes.running_subject import DEFAULT_PREFETCH_MULTIPLIER

__all__ = ["RunningCeiling"]


@dataclass
class RunningCeiling(Running):
    """The raw client, or kombu alone, instead of a subject's Celery."""

    _process: SubjectProcess | None = None

    def measures(self, metric: str) -> bool:
        """Return True if it has turns of this metric."""
        needs = self.needs.get(metric)
        return needs is not None and (needs.producer or self.launcher.subject.broker.spans_processes)

    def start(self) -> None:
        """Start its process, without waiting for it."""
        self._process = self.launcher.ceiling(self.layer, self.launcher.lease())

    def wait_until_ready(self) -> None:
        """Wait until its process reports that it is ready."""
        self._running().wait_until_ready(START_S)

    def call(self, command: str, calls: int) -> list[int]:
        """Make timed calls, one after the other, and return how long each took, in nanoseconds."""
        durations_ns: list[int] = self._ask(do=command, calls=calls)["done"]
        return durations_ns

    def drain(self, tasks: int, limit_s: float | None = None) -> Drained:
        """Fill its queue, then take and acknowledge all messages; it is not slow, so nothing limits it."""
        self._ask(do="preload", count=tasks)
        duration_ns = self._ask(do="drain", count=tasks)["duration_ns"]
        return Drained(warmup_tasks=0, tasks=tasks, duration_ns=duration_ns, span_ns=duration_ns)

    @property
    def prefetch_tasks(self) -> int:
        """Return 0: it holds no task before it drains."""
        return DEFAULT_PREFETCH_MULTIPLIER

    def _ask(self, **command: Any) -> dict[str, Any]:
        answer = self._running().ask(TURN_S, **command)
        raise_error(answer, str(command["do"]))
        return answer

    def _running(self) -> SubjectProcess:
        if self._process is None:
            raise SubjectFailed("it was not started")
        return self._process
