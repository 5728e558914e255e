"""A ceiling with its one process: it takes the same turns as a subject, without Celery."""

from dataclasses import dataclass
from typing import Any

from bench.engine.errors import SubjectFailed
from bench.engine.launcher import Launched
from bench.engine.pair import START_S, TURN_S
from bench.engine.process import SubjectProcess, raise_error
from bench.engine.running import DEFAULT_PREFETCH_MULTIPLIER
from bench.records.turns import DrainTurn, EnqueueTurn, Layer, Metric

__all__ = ["RunningCeiling"]


@dataclass
class RunningCeiling(Launched):
    """The raw client, or kombu alone, in the place of a subject's Celery."""

    layer: Layer
    _process: SubjectProcess | None = None

    def measures(self, metric: Metric) -> bool:
        """Return whether it has turns of this metric."""
        spans = self.launcher.subject.broker.spans_processes
        return metric in self.metrics and (metric == "enqueue" or (metric == "throughput" and spans))

    def start(self) -> None:
        """Start its process, without waiting for it."""
        self._process = self.launcher.ceiling(self.layer, self.launcher.lease())

    def wait_until_ready(self) -> None:
        """Wait until its process says that it is ready."""
        self._running().wait_until_ready(START_S)

    def enqueue(self) -> EnqueueTurn:
        """Take a turn of ``enqueue``."""
        warmup, calls = self.workload.warmup_calls, self.workload.calls
        durations_ns = self._ask(do="enqueue", calls=warmup + calls)["done"]
        return EnqueueTurn(
            subject=self.label,
            layer=self.layer,
            warmup_ns=durations_ns[:warmup],
            samples_ns=durations_ns[warmup:],
        )

    def drain(self, tasks: int) -> DrainTurn:
        """Take a turn of ``throughput``: fill its queue, then take and acknowledge it all."""
        self._ask(do="preload", count=tasks)
        duration_ns = self._ask(do="drain", count=tasks)["duration_ns"]
        return DrainTurn(
            subject=self.label,
            layer=self.layer,
            warmup_tasks=0,
            tasks=tasks,
            duration_ns=duration_ns,
            span_ns=duration_ns,
        )

    @property
    def prefetch_tasks(self) -> int:
        """Nothing lies in it before it drains."""
        return DEFAULT_PREFETCH_MULTIPLIER

    def _ask(self, **command: Any) -> dict[str, Any]:
        answer = self._running().ask(TURN_S, **command)
        raise_error(answer, str(command["do"]))
        return answer

    def _running(self) -> SubjectProcess:
        if self._process is None:
            raise SubjectFailed("it was not started")
        return self._process
