"""A producer and a worker of one queue. The worker is stopped except during its turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.processes.drain import Paced, WorkerRecord
from bench.processes.errors import TasksLost
from bench.processes.process import SubjectProcess, raise_error, repeated_messages

__all__ = ["START_S", "TURN_S", "Pair"]

START_S = 60.0
"""How long a process may take, from its start, to report that it is ready."""
TURN_S = 60.0
"""How long a command may take, beyond the time that it is known to need."""


@dataclass
class Pair:
    """A producer, a worker, and the worker's record of the tasks that the producer sent."""

    producer: SubjectProcess
    worker: SubjectProcess
    record: WorkerRecord
    repeated: int = 0
    """How many messages were sent beyond one for each call."""
    declares_first: bool = False
    """Whether the producer declares the queue before the worker is stopped for the first time."""

    def wait_until_ready(self) -> dict[str, Any]:
        """Wait until both report that they are ready, stop the worker, and return the facts from both."""
        facts = {
            name: fact for one in (self.producer, self.worker) for name, fact in one.wait_until_ready(START_S).items()
        }
        if self.declares_first:
            raise_error(self.producer.ask(TURN_S, do="declare"), "declaring the queue")
        self.worker.stop()
        self.record.hearing.is_recorded = bool(facts.get("hears"))
        return facts

    def ask(self, takes_s: float = 0.0, **command: Any) -> tuple[int, dict[str, Any]]:
        """Have tasks enqueued, which is known to take ``takes_s``.

        Returns the number of the first task, and the answer, which may contain an error.
        """
        first = self.record.sent
        answer = self.producer.ask(TURN_S + takes_s, first=first, **command)
        self.record.sent += len(answer["done"])
        self.repeated += repeated_messages(answer)
        return first, answer

    def send(self, takes_s: float = 0.0, **command: Any) -> tuple[int, dict[str, Any]]:
        """Do the same as ``ask``. Raises SubjectFailed if a task was not enqueued."""
        first, answer = self.ask(takes_s, **command)
        raise_error(answer, "enqueue")
        return first, answer

    def pace(self, tasks: int, interval_ns: int, *, patience_s: float) -> Paced:
        """Send a task every ``interval_ns`` to the running worker, and wait until those that were sent are finished."""
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
        """Let the worker run."""
        self.worker.check()
        self.worker.go_on()

    def rest(self) -> None:
        """Stop the worker again, once its main process has heard which tasks have ended.

        It would take the stop for their time, and kill their processes at the user's own time limit.
        """
        self.worker.check()
        self.record.wait_until_heard()
        self.worker.stop()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let the worker run in the block, and stop it afterwards."""
        self.wake()
        try:
            yield
        except TasksLost as lost:
            raise self.lost(sent=lost.sent, finished=lost.finished, waited_s=lost.waited_s) from lost
        finally:
            self.rest()

    def lost(self, *, sent: int, finished: int, waited_s: float) -> TasksLost:
        """Return the error about tasks that the worker did not finish, with the last error in its log."""
        return TasksLost(sent=sent, finished=finished, waited_s=waited_s, complaint=self.worker.complaint())
