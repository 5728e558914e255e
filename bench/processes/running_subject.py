"""A subject with its processes: a producer, and a worker with a producer that feeds it."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bench.processes.bounded import BoundedDrains
from bench.processes.drain import Drained, Paced
from bench.processes.effort import EffortGauge, Roots
from bench.processes.errors import SubjectFailed, TasksLost
from bench.processes.pair import START_S, TURN_S, Pair
from bench.processes.platform import filesystem_of
from bench.processes.process import SubjectProcess, raise_error, repeated_messages
from bench.processes.reasons import reasons
from bench.processes.running import Running
from bench.records.effort import Effort
from bench.records.provenance import Counts, ServerRecord, SubjectRecord, own_limits

__all__ = ["DEFAULT_PREFETCH_MULTIPLIER", "RunningSubject"]

_FILL_S = 60.0
_ARRIVAL_S = 12.0
_PATIENCE_S = 30.0
DEFAULT_PREFETCH_MULTIPLIER = 4
"""Celery's own."""


@dataclass
class RunningSubject(Running):
    """A producer, and a worker with a producer that feeds it.

    Each of the two producers has its own queue, so that nothing ever drains what ``enqueue`` leaves. ``layer`` is
    ``memory`` where Celery on broker ``memory`` is the ceiling of the others.
    """

    _facts: dict[str, Any] = field(default_factory=dict)
    _producer: SubjectProcess | None = None
    _pair: Pair | None = None
    _filler: SubjectProcess | None = None
    _calls: int = 0
    _repeated: int = 0
    _bounded: BoundedDrains = field(default_factory=BoundedDrains)
    _pairs: list[Pair] = field(default_factory=list)
    _size: dict[str, Any] = field(default_factory=dict)
    _gauge: EffortGauge = field(default_factory=EffortGauge)

    def not_measured(self) -> dict[str, str]:
        """Return the metrics that cannot be measured on this broker, and why."""
        broker = self.launcher.subject.broker
        if broker.spans_processes:
            return {}
        why = f"{broker.name} lives in one process, so no worker can drain it"
        return {metric: why for metric, needs in self.needs.items() if not needs.producer}

    def measures(self, metric: str) -> bool:
        """Return True if it has turns of this metric now."""
        needs = self.needs.get(metric)
        if needs is None or metric in self.not_measured():
            return False
        left_over = self._pair.record.open_tasks if self._pair else 0
        return (needs.producer or needs.worker) and not (needs.empty_queue and left_over)

    def start(self) -> None:
        """Start its processes, without waiting for them."""
        self._size = {}
        cores = self.launcher.cores
        measured = [needs for metric, needs in self.needs.items() if self.measures(metric)]
        if any(needs.producer for needs in measured):
            queue = self.launcher.lease()
            self._producer = self.launcher.producer("producer", queue, cores.subjects)
            if self.workload.waiting_tasks:
                self._filler = self.launcher.filler(queue)
        if any(needs.worker for needs in measured):
            queue = self.launcher.lease()
            # not on the worker's core: an open loop must be able to send while the worker works
            feeder = self.launcher.producer("feeder", queue, cores.servers)
            self._pair = Pair(
                feeder, *self.launcher.worker(queue), declares_first=self.launcher.subject.broker.locks_queues
            )
            self._pairs.append(self._pair)

    def wait_until_ready(self) -> None:
        """Wait until all its processes report that they are ready, and stop the worker."""
        if self._producer:
            self._facts |= self._producer.wait_until_ready(START_S)
        if self._pair:
            self._facts |= self._pair.wait_until_ready()
        if self._filler:
            self._fill(self._filler)

    def _fill(self, filler: SubjectProcess) -> None:
        """Fill the producer's queue with the workload's waiting tasks, by a client that is faster than Celery."""
        self._filler = None
        filler.wait_until_ready(START_S)
        wanted = self.workload.waiting_tasks
        answer = filler.ask(_FILL_S, do="preload", count=wanted)
        raise_error(answer, f"filling the queue with {wanted:,} tasks")
        filler.end()

    def begin_effort(self, metric: str) -> None:
        """Measure from here on what its processes, its server and the harness take of the machine."""
        self._gauge.begin(metric, self._roots(), self._server_directory)

    def effort(self) -> Effort | None:
        """Return what they took since the last beginning; None if that was not measured."""
        return self._gauge.end(self._roots(), self._server_directory)

    @property
    def message_bytes(self) -> int | None:
        """Return the size of a task's message as its producer serializes it; None if unknown. It is asked once."""
        producer = self._producer or (self._pair.producer if self._pair else None)
        if producer and not self._size:
            self._size = producer.ask(TURN_S, do="size")
        found: int | None = self._size.get("message_bytes")
        return found

    def _roots(self) -> Roots:
        """Return its first processes by what they do; those of a server of the user's own are unknown."""
        way, server = self.launcher.way, self.launcher.server.pid
        relay = way.relay.pid if way else None
        producers = [self._producer, self._pair.producer if self._pair else None]
        return {
            "producer": [one.pid for one in producers if one],
            "worker": [self._pair.worker.pid] if self._pair else [],
            "server": [] if server is None else [server],
            "relay": [] if relay is None else [relay],
        }

    @property
    def _server_directory(self) -> Path | None:
        process = self.launcher.server.process
        return process.directory if process else None

    @cached_property
    def _filesystem(self) -> str:
        """The type of the file system of a private server's files; empty if unknown. Asking takes milliseconds."""
        directory = self._server_directory
        return filesystem_of(directory) if directory else ""

    def _begin_timing(self) -> None:
        """Measure the effort from here on: what a queue was filled with is not timed."""
        self._gauge.begin_again(self._roots(), self._server_directory)

    def call(self, command: str, calls: int) -> list[int]:
        """Let the producer make timed calls, and return how long each took, in nanoseconds."""
        if self._producer is None:
            return super().call(command, calls)
        answer = self._producer.ask(TURN_S, do=command, calls=calls)
        durations_ns: list[int] = answer["done"]
        self._calls += len(durations_ns)
        self._repeated += repeated_messages(answer)
        raise_error(answer, "enqueue")
        return durations_ns

    def drain(self, tasks: int, limit_s: float | None = None) -> Drained:
        """Fill the stopped worker's queue, let the worker go, and stop it when all tasks are finished, or in time."""
        pair = self._with_worker()
        if limit_s is not None:
            return self._bounded.drain(pair, tasks, self.prefetch_tasks, limit_s, self._begin_timing)
        first, _ = pair.send(tasks, do="preload", count=tasks)
        self._begin_timing()
        with pair.working():
            events = pair.record.wait(first, tasks, patience_s=_PATIENCE_S)
        return Drained.of(events, self.prefetch_tasks)

    def pace(self, tasks: int, rate_per_s: float) -> Paced:
        """Send tasks at that rate to the running worker, whatever happens to earlier ones, and wait for their end."""
        pair = self._with_worker()
        self._begin_timing()
        with pair.working():
            return pair.pace(tasks, round(1e9 / rate_per_s), patience_s=_PATIENCE_S)

    def wake(self) -> None:
        """Let the worker wait at its empty queue."""
        self._with_worker().wake()

    def rest(self) -> None:
        """Stop the worker again."""
        self._with_worker().rest()

    def send_one(self) -> Paced:
        """Send one task to the waiting worker, and wait for its end."""
        return self._with_worker().pace(1, 1, patience_s=_PATIENCE_S)

    def carries(self, payload_bytes: int) -> str | None:
        """Send one task with such a payload to the running worker; return None if it arrived, or else why not."""
        pair = self._with_worker()
        first, answer = pair.ask(do="payload", bytes=payload_bytes)
        if "error" in answer:
            return str(answer["error"])
        try:
            pair.record.wait(first, 1, patience_s=_ARRIVAL_S)
        except TasksLost as lost:
            return f"it was accepted, but did not arrive within {lost.waited_s:.0f} s"
        return None

    @property
    def prefetch_tasks(self) -> int:
        """How many tasks the worker may hold before it is let go; they are the warm-up of a drain."""
        effective = self._facts.get("settings", {}) | self.workload.settings | self.launcher.subject.settings
        multiplier = effective.get("worker_prefetch_multiplier", DEFAULT_PREFETCH_MULTIPLIER)
        return int(multiplier or DEFAULT_PREFETCH_MULTIPLIER) * self.workload.concurrency

    @property
    def overridden(self) -> list[str]:
        """Return the settings that its app had set to another value than they are measured with."""
        names: list[str] = self._facts.get("overridden", [])
        return names

    def record(self, failure: str | None) -> SubjectRecord:
        """Return the record of what was measured; a failure has what of the user's own may be its reason."""
        counts = sum((pair.record.counts() for pair in self._pairs), Counts())
        limits = own_limits(self._facts)
        return self.launcher.subject.record().model_copy(
            update={
                "server": ServerRecord.of(self.launcher.server, self._filesystem),
                "python": self._facts.get("python"),
                "versions": self._facts.get("versions", {}),
                "settings": self._facts.get("settings", {}),
                "own_limits": limits,
                "counts": counts,
                "calls": self._calls,
                "repeated": self._repeated + sum(pair.repeated for pair in self._pairs),
                "failure": failure and "; ".join([failure, *reasons(counts, limits)]),
                "not_measured": self.not_measured(),
            }
        )

    def _with_worker(self) -> Pair:
        """Return the worker with its feeder and its record."""
        if self._pair is None:
            raise SubjectFailed("it has no worker")
        return self._pair
