"""A producer and a worker of one queue. The worker is stopped but while it is its turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.processes.drain import Paced, WorkerRecord
from bench.processes.process import SubjectProcess, raise_error

__all__ = ["START_S", "TURN_S", "Pair"]

START_S = 60.0
"""How long a process may take, from its start, to say that it is ready."""
TURN_S = 60.0
"""How long a command may take, beyond what it is known to take."""


@dataclass
class Pair:
    """A producer, a worker, and the worker's record of the tasks that the producer sent."""

    producer: SubjectProcess
    worker: SubjectProcess
    record: WorkerRecord

    def wait_until_ready(self) -> dict[str, Any]:
        """Wait until both say that they are ready, and stop the worker; give the facts that both told."""
        facts = {
            name: fact for one in (self.producer, self.worker) for name, fact in one.wait_until_ready(START_S).items()
        }
        self.worker.stop()
        return facts

    def ask(self, takes_s: float = 0.0, **command: Any) -> tuple[int, dict[str, Any]]:
        """Have tasks enqueued, which is known to take so long.

        Returns the number of the first, and the answer, which may tell an error.
        """
        first = self.record.sent
        answer = self.producer.ask(TURN_S + takes_s, first=first, **command)
        self.record.sent += len(answer["done"])
        return first, answer

    def send(self, takes_s: float = 0.0, **command: Any) -> tuple[int, dict[str, Any]]:
        """Do as ``ask`` does. Raises SubjectFailed when a task was not enqueued."""
        first, answer = self.ask(takes_s, **command)
        raise_error(answer, "enqueue")
        return first, answer

    def pace(self, tasks: int, interval_ns: int, *, patience_s: float) -> Paced:
        """Send a task each ``interval_ns`` to the running worker, and wait until those that were sent are finished."""
        first, answer = self.send(2 * tasks * interval_ns / 1e9, do="pace", count=tasks, interval_ns=interval_ns)
        return Paced(
            start_ns=answer["start_ns"],
            interval_ns=interval_ns,
            lags_ns=answer["done"],
            calls_ns=answer["calls_ns"],
            generator_lags_ns=answer["generator_lag_ns"],
            events=self.record.wait(first, len(answer["done"]), patience_s=patience_s),
        )

    def wake(self) -> None:
        """Let the worker go on."""
        self.worker.check()
        self.worker.go_on()

    def rest(self) -> None:
        """Stop the worker again."""
        self.worker.check()
        self.worker.stop()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let the worker go on in the block, and stop it afterwards."""
        self.wake()
        try:
            yield
        finally:
            self.rest()
