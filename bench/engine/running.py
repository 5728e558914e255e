"""A subject with its processes: it takes the turns that it is told to."""

from dataclasses import dataclass, field
from typing import Any

from bench.engine.bounded import BoundedDrains
from bench.engine.drain import WorkerRecord, drain_turn
from bench.engine.errors import SubjectFailed, TasksLost
from bench.engine.launcher import Launched
from bench.engine.openloop import latency_turn
from bench.engine.pair import START_S, TURN_S, Pair
from bench.engine.process import SubjectProcess, raise_error
from bench.records.provenance import Counts, ServerRecord, SubjectRecord
from bench.records.turns import (
    DrainTurn,
    EnqueueTurn,
    FirstPublishTurn,
    LatencyTurn,
    Layer,
    Metric,
    WakeupTurn,
)
from bench.subject.recorder import STARTED

__all__ = ["DEFAULT_PREFETCH_MULTIPLIER", "RunningSubject"]

_FILL_S = 60.0
_ARRIVAL_S = 12.0
_PATIENCE_S = 30.0
DEFAULT_PREFETCH_MULTIPLIER = 4
"""Celery's own."""
_THREADS = 5  # fresh ones in a turn of first-publish
_OF_A_PRODUCER: frozenset[Metric] = frozenset({"enqueue", "first-publish"})
_OF_A_WORKER: frozenset[Metric] = frozenset({"throughput", "latency", "capacity", "wakeup", "payload-limit"})


@dataclass
class RunningSubject(Launched):
    """A subject with its processes: a producer, and a worker with a producer that feeds it.

    Each of the two producers has a queue of its own, so that what ``enqueue`` leaves is never drained. ``layer`` is
    ``memory`` where Celery on broker ``memory`` is the ceiling of the others. With ``drain_limit_s`` no drain is
    longer, however slow the worker is.
    """

    layer: Layer = "celery"
    drain_limit_s: float | None = None
    _facts: dict[str, Any] = field(default_factory=dict)
    _producer: SubjectProcess | None = None
    _pair: Pair | None = None
    _filler: SubjectProcess | None = None
    _calls: int = 0
    _bounded: BoundedDrains = field(init=False)
    _records: list[WorkerRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._bounded = BoundedDrains(self.drain_limit_s or 0.0)

    def not_measured(self) -> dict[Metric, str]:
        """Return which of the metrics this broker cannot have, and why."""
        broker = self.launcher.subject.broker
        if broker.spans_processes:
            return {}
        why = f"{broker.name} lives in one process, so no worker can drain it"
        return {metric: why for metric in self.metrics if metric not in _OF_A_PRODUCER}

    def measures(self, metric: Metric) -> bool:
        """Return whether it has turns of this metric."""
        own = metric in self.metrics and metric in _OF_A_PRODUCER | _OF_A_WORKER
        if metric == "latency" and self._pair and self._pair.record.open_tasks:  # they would be in the way
            return False
        return own and metric not in self.not_measured()

    def start(self) -> None:
        """Start its processes, without waiting for them."""
        cores = self.launcher.cores
        if any(map(self.measures, _OF_A_PRODUCER)):
            queue = self.launcher.lease()
            self._producer = self.launcher.producer("producer", queue, cores.subjects)
            if self.workload.waiting_tasks:
                self._filler = self.launcher.filler(queue)
        if any(map(self.measures, _OF_A_WORKER)):
            queue = self.launcher.lease()
            # not on the worker's core: an open loop must be able to send while the worker works
            feeder = self.launcher.producer("feeder", queue, cores.servers)
            self._pair = Pair(feeder, *self.launcher.worker(queue))
            self._records.append(self._pair.record)

    def wait_until_ready(self) -> None:
        """Wait until every process of it says that it is ready, and stop the worker."""
        if self._producer:
            self._facts |= self._producer.wait_until_ready(START_S)
        if self._pair:
            self._facts |= self._pair.wait_until_ready()
        if self._filler:
            self._fill(self._filler)

    def _fill(self, filler: SubjectProcess) -> None:
        """Let so many tasks wait in the producer's queue as the workload wants, by a faster client than Celery."""
        self._filler = None
        filler.wait_until_ready(START_S)
        wanted = self.workload.waiting_tasks
        answer = filler.ask(_FILL_S, do="preload", count=wanted)
        raise_error(answer, f"filling the queue with {wanted:,} tasks")
        filler.end()

    def enqueue(self) -> EnqueueTurn:
        """Take a turn of ``enqueue``."""
        warmup, calls = self.workload.warmup_calls, self.workload.calls
        durations_ns = self._call("enqueue", warmup + calls)
        return EnqueueTurn(
            subject=self.label,
            layer=self.layer,
            warmup_ns=durations_ns[:warmup],
            samples_ns=durations_ns[warmup:],
        )

    def first_publish(self) -> FirstPublishTurn:
        """Take the turn of ``first-publish``, which must be the producer's first."""
        (process_ns,) = self._call("enqueue", 1)
        return FirstPublishTurn(subject=self.label, process_ns=process_ns, threads_ns=self._call("thread", _THREADS))

    def drain(self, tasks: int) -> DrainTurn:
        """Take a turn of ``throughput``: fill the stopped worker's queue, let it go, stop it when all is done."""
        pair = self._with_worker()
        if self.drain_limit_s is not None:
            return self._bounded.turn(self.label, pair, tasks, self.prefetch_tasks)
        first, _ = pair.send(tasks, do="preload", count=tasks)
        with pair.working():
            events = pair.record.wait(first, tasks, patience_s=_PATIENCE_S)
        return drain_turn(self.label, events, self.prefetch_tasks)

    def open_loop(self, rate_per_s: float, tasks: int) -> LatencyTurn:
        """Take a turn of ``latency``: so many tasks at that rate, whatever becomes of those before."""
        pair, interval_ns = self._with_worker(), round(1e9 / rate_per_s)
        with pair.working():
            first, paced = pair.send(2 * tasks / rate_per_s, do="pace", count=tasks, interval_ns=interval_ns)
            events = pair.record.wait(first, len(paced["done"]), patience_s=_PATIENCE_S)
        return latency_turn(self.label, paced, events, tasks=tasks, interval_ns=interval_ns)

    def wake(self) -> None:
        """Let the worker wait at its empty queue."""
        self._with_worker().wake()

    def rest(self) -> None:
        """Stop the worker again."""
        self._with_worker().rest()

    def wakeup(self) -> WakeupTurn:
        """Take a turn of ``wakeup``: send one task to the worker that waits."""
        pair = self._with_worker()
        first, paced = pair.send(do="pace", count=1, interval_ns=1)
        _, starts_ns = pair.record.wait(first, 1, patience_s=_PATIENCE_S).first(STARTED)
        begin_ns = paced["start_ns"] + paced["done"][0]
        return WakeupTurn(subject=self.label, start_ns=int(starts_ns[0] - begin_ns), call_ns=paced["calls_ns"][0])

    def carries(self, payload_bytes: int) -> str | None:
        """Send one task with such a payload to the running worker: None when it arrived, else why not."""
        pair = self._with_worker()
        first, answer = pair.ask(do="payload", bytes=payload_bytes)
        if "error" in answer:
            return str(answer["error"])
        try:
            pair.record.wait(first, 1, patience_s=_ARRIVAL_S)
        except TasksLost as lost:
            return f"it was accepted, and did not arrive within {lost.waited_s:.0f} s"
        return None

    @property
    def prefetch_tasks(self) -> int:
        """How many tasks may lie in the worker before it is let go; they are the warm-up of a drain."""
        effective = self._facts.get("settings", {}) | self.workload.settings | self.launcher.subject.settings
        multiplier = effective.get("worker_prefetch_multiplier", DEFAULT_PREFETCH_MULTIPLIER)
        return int(multiplier or DEFAULT_PREFETCH_MULTIPLIER) * self.workload.concurrency

    @property
    def overridden(self) -> list[str]:
        """Name the settings to which its app had given another value than it is measured with."""
        names: list[str] = self._facts.get("overridden", [])
        return names

    def record(self, failure: str | None) -> SubjectRecord:
        """Return the record of what was measured."""
        return self.launcher.subject.record().model_copy(
            update={
                "server": ServerRecord.of(self.launcher.server),
                "python": self._facts.get("python"),
                "versions": self._facts.get("versions", {}),
                "settings": self._facts.get("settings", {}),
                "counts": sum((record.counts() for record in self._records), Counts()),
                "calls": self._calls,
                "failure": failure,
                "not_measured": self.not_measured(),
            }
        )

    def _call(self, command: str, calls: int) -> list[int]:
        """Let the producer make so many timed calls."""
        if self._producer is None:
            raise SubjectFailed("it has no producer")
        answer = self._producer.ask(TURN_S, do=command, calls=calls)
        durations_ns: list[int] = answer["done"]
        self._calls += len(durations_ns)
        raise_error(answer, "enqueue")
        return durations_ns

    def _with_worker(self) -> Pair:
        """Return the worker with its feeder and its record."""
        if self._pair is None:
            raise SubjectFailed("it has no worker")
        return self._pair
