"""A subject that is metered: what its tasks cost it and its server, and where their time goes.

Its processes are not the timed ones: a relay takes time, and so do stamps.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from bench.processes.drain import WorkerRecord
from bench.processes.running import M, Running
from bench.processes.task_meter import TaskMeter
from bench.records.provenance import Counts
from bench.records.turns import Layer

__all__ = ["MeteredSubject"]


@dataclass
class MeteredSubject(Running):
    """A producer and a worker for each meter.

    A worker is stopped except during its own tasks' turn, so that it neither polls nor uses CPU time at other times.
    The first turn of fresh processes includes connecting and creating the queue.
    """

    layer: Layer = "metered"
    meters: Mapping[str, type[TaskMeter]] = field(default_factory=dict)
    """By metric."""
    asks_memory: bool = True
    _ends: ExitStack = field(default_factory=ExitStack)
    _running: dict[type[TaskMeter], TaskMeter] = field(default_factory=dict)
    _records: list[WorkerRecord] = field(default_factory=list)

    def measures(self, metric: str) -> bool:
        """Return True if it has turns of this metric. On a broker that lives in one process, no worker can drain."""
        return metric in self.meters and self.launcher.subject.broker.spans_processes

    def start(self) -> None:
        """Start its processes, without waiting for them."""
        for metric, kind in self.meters.items():
            if self.measures(metric):
                meter = self._running[kind] = kind(self.launcher, self._ends, asks_memory=self.asks_memory)
                self._records.append(meter.pair.record)

    def wait_until_ready(self) -> None:
        """Wait until all its processes are ready, and stop the workers."""
        for meter in self._running.values():
            meter.pair.wait_until_ready()

    def meter(self, kind: type[M]) -> M:
        """Return the running meter of that kind."""
        found = self._running.get(kind)
        return found if isinstance(found, kind) else super().meter(kind)

    def counts(self) -> Counts:
        """Return the counts of the tasks of all turns."""
        return sum((record.counts() for record in self._records), Counts())

    def end(self) -> None:
        """End its processes, then delete its queues and close the relays. It can be started again, with fresh ones."""
        self._running.clear()
        try:
            super().end()
        finally:
            self._ends.close()
