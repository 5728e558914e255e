"""The processes of a soak: a feeder that sends, and a worker whose connections can be reset."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

from bench.guarantees.soak.tally import SoakTally
from bench.guarantees.visibility import redelivery_wait
from bench.processes.launcher import Launcher
from bench.processes.pair import START_S, TURN_S
from bench.processes.process import raise_error, repeated_messages
from bench.processes.subject import Subject
from bench.relay.relay import Relay
from brokers.overlay import overlay
from brokers.protocol import Settings

__all__ = ["Crew", "late_subject", "through_relay"]

_PROBE_S = 60.0
_LATE: Settings = {"task_acks_late": True, "task_reject_on_worker_lost": True}


def late_subject(subject: Subject) -> Subject:
    """Return the subject with late acknowledgement, and with a short wait for tasks that a reset connection held."""
    settings = overlay(dict(subject.settings), _LATE, redelivery_wait(subject).settings)
    return replace(subject, settings=settings)


@contextmanager
def through_relay(launcher: Launcher) -> Iterator[tuple[Launcher, Relay | None]]:
    """Yield a launcher whose processes reach the server through a relay, and the relay; None if none can intercept."""
    broker, server = launcher.subject.broker, launcher.server
    wire = broker.wire(launcher.url) if server.private else None
    if wire is None:
        yield launcher, None
        return
    with Relay(*launcher.place(wire), wire.protocol, broker.http) as relay:
        yield replace(launcher, via=wire.through(relay.host, relay.port)), relay


@dataclass
class Crew:
    """Starts when the block begins; when it ends, the processes and their queue are gone.

    Tasks are numbered from 0 in the order in which they are sent.
    """

    launcher: Launcher
    tally: SoakTally = field(default_factory=SoakTally)
    refused: int = 0
    reconnects: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    _sent: int = 0
    _ends: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        with ExitStack() as ends:  # closes them only if starting fails
            ends.callback(self._ends.close)
            self._start()
            ends.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def _start(self) -> None:
        behind, self._relay = self._ends.enter_context(through_relay(self.launcher))
        self._ends.callback(self.launcher.end)  # before the relay ends
        self._behind = behind
        self._queue = self.launcher.lease()
        self._feeder = self.launcher.producer("feeder", self._queue, self.launcher.cores.servers)
        self.facts |= self._feeder.wait_until_ready(START_S)
        self.start_worker()

    def start_worker(self) -> None:
        """Start a worker, which replaces one that ended, and wait until it is ready."""
        wait = redelivery_wait(self.launcher.subject)
        patches = [str(wait.patch)] if wait.patch else []
        self.worker, record = self._behind.worker(self._queue, probe=True, patches=patches)
        self.tally.follow(record.directory)
        self.facts |= self.worker.wait_until_ready(START_S)

    @property
    def can_reconnect(self) -> bool:
        """Whether the worker's connections can be reset."""
        return self._relay is not None

    def reconnect(self) -> None:
        """Reset every connection of the worker."""
        if self._relay is not None:
            self._relay.reset()
            self.reconnects += 1

    def begin_batch(self, tasks: int, rate_per_s: float) -> None:
        """Begin to send tasks at that rate; ``end_batch`` waits for the last of them."""
        self._batch = range(self._sent, self._sent + tasks)
        self._takes_s = tasks / rate_per_s
        self._sent += tasks
        self._feeder.send(do="pace", first=self._batch.start, count=tasks, interval_ns=round(1e9 / rate_per_s))

    def end_batch(self) -> None:
        """Wait until all are accepted or refused. Raises SubjectFailed if every task of a batch is refused."""
        answer = self._feeder.receive(2 * self._takes_s + TURN_S)
        accepted = len(answer["done"])
        self.tally.accept(self._batch[:accepted])
        if "error" in answer:
            self.refused += 1
        if not accepted:
            raise_error(answer, "sending")
        repeated_messages(answer)

    def held(self) -> dict[str, Any]:
        """Return what the worker says that it holds. Raises SubjectFailed if it does not answer."""
        return self.worker.ask(_PROBE_S, do="probe")

    def settle(self, patience_s: float) -> None:
        """Wait until every accepted task has finished, or nothing more has finished for that long."""
        left, progress_s = -1, time.monotonic()
        while self.tally.open and time.monotonic() - progress_s < patience_s:
            time.sleep(0.05)
            self.tally.update()
            if self.tally.open != left:
                left, progress_s = self.tally.open, time.monotonic()

    def replace_worker(self) -> None:
        """Kill the worker and start another, so that tasks that wait for it do not count as lost."""
        self.worker.end()
        self.start_worker()
