"""A producer and a worker of one queue. The worker is stopped but while it is its turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.engine.drain import WorkerRecord
from bench.engine.process import SubjectProcess, raise_error

__all__ = ["Pair"]

_START_S = 60.0
_TURN_S = 60.0


@dataclass
class Pair:
    """A producer, a worker, and the worker's record of the tasks that the producer sent."""

    producer: SubjectProcess
    worker: SubjectProcess
    record: WorkerRecord

    def wait_until_ready(self) -> None:
        """Wait until both say that they are ready, and stop the worker."""
        for process in (self.producer, self.worker):
            process.receive(_START_S)
        self.worker.stop()

    def send(self, tasks: int, takes_s: float, **command: Any) -> int:
        """Have so many tasks enqueued, which is known to take so long; give the number of the first.

        Raises SubjectFailed when not all were enqueued.
        """
        first = self.record.sent
        answer = self.producer.ask(_TURN_S + takes_s, first=first, count=tasks, **command)
        self.record.sent += len(answer["done"])
        raise_error(answer, "enqueue")
        return first

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let the worker go on in the block, and stop it afterwards."""
        self.worker.check()
        self.worker.go_on()
        try:
            yield
        finally:
            self.worker.check()
            self.worker.stop()
