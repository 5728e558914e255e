"""A subject that is counted: what its tasks cost it and its server, and where their time goes.

Its processes are others than those that are timed: a relay takes time, and so do stamps.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field

from bench.engine.cost import CostMeter
from bench.engine.drain import WorkerRecord
from bench.engine.errors import SubjectFailed
from bench.engine.launcher import Launched
from bench.engine.phases import PhaseMeter
from bench.engine.plan import METERED
from bench.records.provenance import Counts
from bench.records.turns import CostTurn, Layer, Metric, PhaseTurn

__all__ = ["MeteredSubject"]


@dataclass
class MeteredSubject(Launched):
    """A producer and a worker for ``cost``, each behind a relay of its own, and another two for ``phases``.

    A worker is stopped but while its own tasks are its turn, so that meanwhile it neither polls nor uses CPU time. The
    first turn of fresh processes holds their connecting, and makes the queue. ``asks_memory`` has the server say what
    waiting tasks take, for which RabbitMQ needs seconds.
    """

    asks_memory: bool = True
    _ends: ExitStack = field(default_factory=ExitStack)
    _cost: CostMeter | None = None
    _phases: PhaseMeter | None = None
    _records: list[WorkerRecord] = field(default_factory=list)

    @property
    def layer(self) -> Layer:
        """Return ``metered``."""
        return "metered"

    def measures(self, metric: Metric) -> bool:
        """Return whether it has turns of this metric; on a broker that lives in one process no worker can drain."""
        return metric in METERED and metric in self.metrics and self.launcher.subject.broker.spans_processes

    def start(self) -> None:
        """Start its processes, without waiting for them."""
        if self.measures("cost"):
            self._cost = CostMeter(self.launcher, self._ends, asks_memory=self.asks_memory)
            self._records.append(self._cost.pair.record)
        if self.measures("phases"):
            self._phases = PhaseMeter(self.launcher)
            self._records.append(self._phases.pair.record)

    def wait_until_ready(self) -> None:
        """Wait until every process of it says that it is ready, and stop the workers."""
        for meter in (self._cost, self._phases):
            if meter:
                meter.pair.wait_until_ready()

    def cost(self, tasks: int) -> CostTurn:
        """Take a turn of ``cost``: enqueue so many tasks while the worker is stopped, then let it drain them.

        Operations and bytes are exact. Among them is what a client does by the clock and not by the task, where it
        falls into the turn (AMQP's heartbeats, Redis's look every 10 s for tasks to restore), and a worker's last
        question whether there is another task (BRPOP, ReceiveMessage). A solo worker on RabbitMQ may acknowledge its
        last two tasks in the next turn. Its round trips there are how often deliveries and acknowledgements happened to
        alternate. A server's CPU time has its idling in it.

        ``waiting_bytes`` is by the server's own word, and asked for in the second turn of fresh processes. The few that
        the worker had taken before it was stopped may be none of the server's. Asked again and again with 1,000 tasks
        or more, Redis said the same to 1 %, and a private RabbitMQ to 3 %.

        Raises SubjectFailed when a process fails, and TasksLost when not all tasks were drained.
        """
        if self._cost is None:
            raise SubjectFailed("its costs are not metered")
        return self._cost.turn(self.label, tasks)

    def phases(self, tasks: int, rate_per_s: float) -> PhaseTurn:
        """Take a turn of ``phases``: send so many tasks in an open loop to the running worker, each with stamps.

        Raises SubjectFailed when a process fails, and TasksLost when not all tasks were run.
        """
        if self._phases is None:
            raise SubjectFailed("its phases are not metered")
        return self._phases.turn(self.label, tasks, rate_per_s)

    def counts(self) -> Counts:
        """Count the tasks of all turns."""
        return sum((record.counts() for record in self._records), Counts())

    def end(self) -> None:
        """End its processes, then delete its queues and close the relays. It can be started again, with fresh ones."""
        self._cost = self._phases = None
        try:
            super().end()
        finally:
            self._ends.close()
