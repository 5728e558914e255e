"""A subject with its processes, and a ceiling with its one: each takes the turns that it is told to."""

from dataclasses import dataclass, field
from typing import Any

from bench.engine.drain import WorkerRecord, drain_turn
from bench.engine.launcher import Launcher
from bench.engine.openloop import latency_turn
from bench.engine.process import SubjectProcess, raise_error
from bench.errors import SubjectFailed, TasksLost
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
from bench.records.workload import Workload
from bench.subject.recorder import STARTED
from brokers.secrets import redacted

__all__ = ["RunningCeiling", "RunningSubject"]

_START_S = 60.0
_TURN_S = 60.0
_FILL_S = 60.0
_ARRIVAL_S = 12.0  # an empty SQS poll takes 11 s
_PATIENCE_S = 30.0  # an idle SQS worker may sleep 11 s before it looks again
_DEFAULT_PREFETCH_MULTIPLIER = 4
_THREADS = 5  # fresh ones in a turn of first-publish
_OF_A_PRODUCER: frozenset[Metric] = frozenset({"enqueue", "first-publish"})
_OF_A_WORKER: frozenset[Metric] = frozenset({"throughput", "latency", "capacity", "wakeup", "payload-limit"})


@dataclass
class _Launched:
    """What a launcher starts, for these metrics."""

    launcher: Launcher
    metrics: list[Metric]

    @property
    def label(self) -> str:
        """Give the subject's label."""
        return self.launcher.subject.label

    @property
    def workload(self) -> Workload:
        """Give what it is made to do."""
        return self.launcher.workload

    def use(self, workload: Workload) -> None:
        """Do this from the next start on."""
        self.launcher.workload = workload


@dataclass
class RunningSubject(_Launched):
    """A subject with its processes: a producer, and a worker with a producer that feeds it.

    Each of the two producers has a queue of its own, so that what ``enqueue`` leaves is never drained. ``layer`` is
    ``memory`` where Celery on broker ``memory`` is the ceiling of the others.
    """

    layer: Layer = "celery"
    _facts: dict[str, Any] = field(default_factory=dict)
    _producer: SubjectProcess | None = None
    _feeder: SubjectProcess | None = None
    _worker: SubjectProcess | None = None
    _filler: SubjectProcess | None = None
    _calls: int = 0
    _records: list[WorkerRecord] = field(default_factory=list)

    def not_measured(self) -> dict[Metric, str]:
        """Say which of the metrics this broker cannot have, and why."""
        broker = self.launcher.subject.broker
        if broker.spans_processes:
            return {}
        why = f"{broker.name} lives in one process, so no worker can drain it"
        return {metric: why for metric in self.metrics if metric not in _OF_A_PRODUCER}

    def measures(self, metric: Metric) -> bool:
        """Say whether it has turns of this metric."""
        return metric in self.metrics and metric not in self.not_measured()

    def start(self) -> None:
        """Start its processes, without waiting for them."""
        cores = self.launcher.cores
        if any(map(self.measures, _OF_A_PRODUCER)):
            queue = self.launcher.lease()
            self._producer = self.launcher.producer("producer", queue, cores.subjects)
            if self.workload.waiting_tasks:
                self._filler = self.launcher.ceiling("raw", queue)
        if any(map(self.measures, _OF_A_WORKER)):
            queue = self.launcher.lease()
            # not on the worker's core: an open loop must be able to send while the worker works
            self._feeder = self.launcher.producer("feeder", queue, cores.servers)
            self._worker, record = self.launcher.worker(queue)
            self._records.append(record)

    def wait_until_ready(self) -> None:
        """Wait until every process of it says that it is ready, and stop the worker."""
        for process in filter(None, (self._producer, self._feeder, self._worker)):
            self._facts |= process.receive(_START_S)["facts"]
        if self._worker:
            self._worker.stop()
        if self._filler:
            self._fill(self._filler)

    def _fill(self, filler: SubjectProcess) -> None:
        """Let so many tasks wait in the producer's queue as the workload wants, by the raw client: it is faster."""
        self._filler = None
        filler.receive(_START_S)
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
        worker, feeder, record = self._with_worker()
        first = record.sent
        answer = feeder.ask(_TURN_S + tasks, do="preload", first=first, count=tasks)
        record.sent += len(answer["done"])
        raise_error(answer, "enqueue")
        worker.check()
        worker.go_on()
        try:
            events = record.wait(first, tasks, patience_s=_PATIENCE_S)
        finally:
            worker.check()
            worker.stop()
        return drain_turn(self.label, events, self.prefetch_tasks)

    def open_loop(self, rate_per_s: float, tasks: int) -> LatencyTurn:
        """Take a turn of ``latency``: so many tasks at that rate, whatever becomes of those before."""
        worker, feeder, record = self._with_worker()
        first, interval_ns = record.sent, round(1e9 / rate_per_s)
        worker.go_on()
        try:
            answer = feeder.ask(
                _TURN_S + 2 * tasks / rate_per_s, do="pace", first=first, count=tasks, interval_ns=interval_ns
            )
            sent = len(answer["done"])
            record.sent += sent
            raise_error(answer, "enqueue")
            events = record.wait(first, sent, patience_s=_PATIENCE_S)
        finally:
            worker.check()
            worker.stop()
        return latency_turn(self.label, answer, events, tasks=tasks, interval_ns=interval_ns)

    def wake(self) -> None:
        """Let the worker wait at its empty queue."""
        self._with_worker()[0].go_on()

    def rest(self) -> None:
        """Stop the worker again."""
        worker, _, _ = self._with_worker()
        worker.check()
        worker.stop()

    def wakeup(self) -> WakeupTurn:
        """Take a turn of ``wakeup``: send one task to the worker that waits."""
        _, feeder, record = self._with_worker()
        first = record.sent
        answer = feeder.ask(_TURN_S, do="pace", first=first, count=1, interval_ns=1)
        record.sent += len(answer["done"])
        raise_error(answer, "enqueue")
        _, starts_ns = record.wait(first, 1, patience_s=_PATIENCE_S).first(STARTED)
        begin_ns = answer["start_ns"] + answer["done"][0]
        return WakeupTurn(subject=self.label, start_ns=int(starts_ns[0] - begin_ns), call_ns=answer["calls_ns"][0])

    def carries(self, payload_bytes: int) -> str | None:
        """Send one task with such a payload to the running worker: None when it arrived, else why not."""
        _, feeder, record = self._with_worker()
        first = record.sent
        answer = feeder.ask(_TURN_S, do="payload", first=first, bytes=payload_bytes)
        record.sent += len(answer["done"])
        if "error" in answer:
            return redacted(str(answer["error"]))
        try:
            record.wait(first, 1, patience_s=_ARRIVAL_S)
        except TasksLost:
            return f"it was accepted, and did not arrive within {_ARRIVAL_S:.0f} s"
        return None

    @property
    def prefetch_tasks(self) -> int:
        """How many tasks may lie in the worker before it is let go; they are the warm-up of a drain."""
        multiplier = self.workload.settings.get("worker_prefetch_multiplier", _DEFAULT_PREFETCH_MULTIPLIER)
        return int(multiplier or _DEFAULT_PREFETCH_MULTIPLIER) * self.workload.concurrency

    def end(self) -> None:
        """End its processes, then delete its queues. It can be started again, with fresh ones."""
        self.launcher.end()

    def record(self, failure: str | None) -> SubjectRecord:
        """Give the record of what was measured."""
        server = self.launcher.server
        return self.launcher.subject.record().model_copy(
            update={
                "server": ServerRecord(
                    software=server.software,
                    version=server.version,
                    private=server.private,
                    emulator=server.emulator,
                    settings=dict(server.settings),
                ),
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
        answer = self._producer.ask(_TURN_S, do=command, calls=calls)
        durations_ns: list[int] = answer["done"]
        self._calls += len(durations_ns)
        raise_error(answer, "enqueue")
        return durations_ns

    def _with_worker(self) -> tuple[SubjectProcess, SubjectProcess, WorkerRecord]:
        """Give the worker, its feeder, and its record."""
        if self._worker is None or self._feeder is None:
            raise SubjectFailed("it has no worker")
        return self._worker, self._feeder, self._records[-1]


@dataclass
class RunningCeiling(_Launched):
    """The raw client, or kombu alone, in the place of a subject's Celery."""

    layer: Layer
    _process: SubjectProcess | None = None

    def measures(self, metric: Metric) -> bool:
        """Say whether it has turns of this metric."""
        spans = self.launcher.subject.broker.spans_processes
        return metric in self.metrics and (metric == "enqueue" or (metric == "throughput" and spans))

    def start(self) -> None:
        """Start its process, without waiting for it."""
        self._process = self.launcher.ceiling(self.layer, self.launcher.lease())

    def wait_until_ready(self) -> None:
        """Wait until its process says that it is ready."""
        self._running().receive(_START_S)

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
        return _DEFAULT_PREFETCH_MULTIPLIER

    def end(self) -> None:
        """End its process, then delete its queue."""
        self.launcher.end()

    def _ask(self, **command: Any) -> dict[str, Any]:
        answer = self._running().ask(_TURN_S, **command)
        raise_error(answer, str(command["do"]))
        return answer

    def _running(self) -> SubjectProcess:
        if self._process is None:
            raise SubjectFailed("it was not started")
        return self._process
