"""What runs and has turns: a subject, one of its ceilings, or a metered subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from bench.processes.drain import Drained, Paced
from bench.processes.errors import SubjectFailed
from bench.processes.launcher import Launcher
from bench.processes.task_meter import TaskMeter
from bench.records.effort import Effort
from bench.records.turns import Layer, RelayedTurn
from bench.records.workload import Workload

__all__ = ["Needs", "Running"]

M = TypeVar("M", bound=TaskMeter)


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Which of a subject's processes have the turns of a metric: the producer, the worker with its feeder, or neither.

    ``empty_queue`` is True if tasks left over from an earlier turn would be in the way.
    """

    producer: bool = False
    worker: bool = False
    empty_queue: bool = False


@dataclass
class Running:
    """What a launcher starts, to have turns of the metrics in ``needs``.

    It raises SubjectFailed if none of its processes can do what it is asked for.
    """

    launcher: Launcher
    needs: Mapping[str, Needs]
    layer: Layer = "celery"
    """What does the work."""

    @property
    def label(self) -> str:
        """Return the subject's label."""
        return self.launcher.subject.label

    @property
    def workload(self) -> Workload:
        """Return the current workload."""
        return self.launcher.workload

    def use(self, workload: Workload) -> None:
        """Use this workload, or the subject's own, from the next start on."""
        self.launcher.workload = self.launcher.subject.workload or workload

    def measures(self, metric: str) -> bool:
        """Return True if it has turns of this metric."""
        return metric in self.needs

    def start(self) -> None:
        """Start its processes, without waiting for them."""
        raise NotImplementedError

    def wait_until_ready(self) -> None:
        """Wait until all its processes are ready."""
        raise NotImplementedError

    def end(self) -> None:
        """End its processes, then delete its queues. It can be started again, with fresh ones."""
        self.launcher.end()

    def relayed(self) -> RelayedTurn | None:
        """Return what its relay passed on since this was last asked; None without a distance."""
        way = self.launcher.way
        if way is None:
            return None
        passed = way.relay.passed()
        return RelayedTurn(
            pieces=passed.pieces,
            late_ns=passed.late_ns(0.5),
            late_p99_ns=passed.late_ns(0.99),
            busy=round(passed.worked_ns / max(passed.passed_ns, 1), 3),
        )

    def begin_effort(self, metric: str) -> None:
        """Measure from here on what its processes take of the machine in a turn of this metric."""

    def effort(self) -> Effort | None:
        """Return what they took since the last beginning; None if that was not measured."""
        return None

    @property
    def message_bytes(self) -> int | None:
        """Return the size of a task's message as its producer serializes it; None if unknown."""
        return None

    def call(self, command: str, calls: int) -> list[int]:
        """Make timed calls, one after the other, and return how long each took, in nanoseconds."""
        raise SubjectFailed("it has no producer")

    @property
    def prefetch_tasks(self) -> int:
        """How many tasks the worker may hold before it is let go."""
        raise SubjectFailed("it has no worker")

    def drain(self, tasks: int, limit_s: float | None = None) -> Drained:
        """Fill the stopped worker's queue, let the worker go, and stop it when all tasks are finished.

        With ``limit_s``, a worker that is slower than that is stopped then, and the next drain takes what is left.
        """
        raise SubjectFailed("it has no worker")

    def pace(self, tasks: int, rate_per_s: float) -> Paced:
        """Send tasks at that rate to the running worker, whatever happens to earlier ones, and wait for their end."""
        raise SubjectFailed("it has no worker")

    def wake(self) -> None:
        """Let the worker wait at its empty queue."""
        raise SubjectFailed("it has no worker")

    def rest(self) -> None:
        """Stop the worker again."""
        raise SubjectFailed("it has no worker")

    def send_one(self) -> Paced:
        """Send one task to the waiting worker, and wait for its end."""
        raise SubjectFailed("it has no worker")

    def carries(self, payload_bytes: int) -> str | None:
        """Send one task with such a payload to the running worker; return None if it arrived, or else why not."""
        raise SubjectFailed("it has no worker")

    def meter(self, kind: type[M]) -> M:
        """Return its meter of that kind."""
        raise SubjectFailed("it is not metered")
