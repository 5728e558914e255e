"""A subject: what is measured, and its turns."""

import contextlib
import shutil
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tasks
from bench.engine.drain import WorkerRecord, drain_turn
from bench.engine.platform import CorePlan
from bench.engine.process import SubjectProcess
from bench.errors import SubjectFailed
from bench.records.result import Counts, DrainTurn, EnqueueTurn, Metric, ServerRecord, SubjectRecord
from bench.records.workload import Workload
from brokers.protocol import Broker, Profile, Server, Settings
from brokers.secrets import redacted
from brokers.workspace import Workspace

__all__ = ["RunningSubject", "Subject", "import_path", "label_subjects"]

# What costs one broker more than another, and no figure is about, is off.
_MEASURED: Settings = {
    "broker_connection_retry_on_startup": True,
    "task_ignore_result": True,
    "worker_enable_remote_control": False,
}
_WORKER_OPTIONS = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING")
_START_S = 60.0
_TURN_S = 60.0
_PATIENCE_S = 30.0  # an idle SQS worker may sleep 11 s before it looks again
_DEFAULT_PREFETCH_MULTIPLIER = 4


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A broker and a profile with the interpreter that runs the app, under the name that reports show."""

    label: str
    broker: Broker
    profile: Profile
    interpreter: str = sys.executable

    def record(self) -> SubjectRecord:
        """Give what is known of it before it runs."""
        return SubjectRecord(
            label=self.label, broker=self.broker.name, profile=self.profile.name, tier=self.profile.tier
        )


def label_subjects(chosen: list[tuple[Broker, Profile]]) -> list[Subject]:
    """Name each subject ``broker[:profile]``; one that is named again gets ``#2``, ``#3``."""
    subjects: list[Subject] = []
    for broker, profile in chosen:
        name = broker.name if profile.name == "default" else f"{broker.name}:{profile.name}"
        again = sum(1 for other in subjects if other.broker is broker and other.profile is profile)
        subjects.append(Subject(label=f"{name}#{again + 1}" if again else name, broker=broker, profile=profile))
    return subjects


@dataclass
class RunningSubject:
    """A subject with its processes: a producer, and a worker with a producer that feeds it.

    Each of the two producers has a queue of its own, so that what ``enqueue`` leaves is never drained.
    """

    subject: Subject
    server: Server
    workload: Workload
    metrics: list[Metric]
    workspace: Workspace
    cores: CorePlan
    hash_seed: int
    import_path: str
    _ends: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _facts: dict[str, Any] = field(default_factory=dict)
    _producer: SubjectProcess | None = None
    _feeder: SubjectProcess | None = None
    _worker: SubjectProcess | None = None
    _calls: int = 0
    _records: list[WorkerRecord] = field(default_factory=list)

    def not_measured(self) -> dict[Metric, str]:
        """Say which of the metrics this broker cannot have, and why."""
        if self.subject.broker.spans_processes or "throughput" not in self.metrics:
            return {}
        return {"throughput": f"{self.subject.broker.name} lives in one process, so no worker can drain it"}

    def measures(self, metric: Metric) -> bool:
        """Say whether it has turns of this metric."""
        return metric in self.metrics and metric not in self.not_measured()

    def start(self) -> None:
        """Start its processes, without waiting for them."""
        if self.measures("enqueue"):
            self._producer = self._start_producer("producer", self._lease())
        if self.measures("throughput"):
            queue = self._lease()
            self._feeder = self._start_producer("feeder", queue)
            self._worker = self._start_worker(queue)

    def wait_until_ready(self) -> None:
        """Wait until every process of it says that it is ready, and stop the worker."""
        for process in filter(None, (self._producer, self._feeder, self._worker)):
            self._facts |= process.receive(_START_S)["facts"]
        if self._worker:
            self._worker.stop()

    def enqueue(self) -> EnqueueTurn:
        """Take a turn of ``enqueue``."""
        warmup, calls = self.workload.warmup_calls, self.workload.calls
        if self._producer is None:
            raise SubjectFailed("it has no producer")
        answer = self._producer.ask(_TURN_S, do="enqueue", calls=warmup + calls)
        durations_ns = answer["done"]
        self._calls += len(durations_ns)
        _raise_error(answer, "enqueue")
        return EnqueueTurn(
            subject=self.subject.label, warmup_ns=durations_ns[:warmup], samples_ns=durations_ns[warmup:]
        )

    def drain(self, tasks: int) -> DrainTurn:
        """Take a turn of ``throughput``: fill the stopped worker's queue, let it go, stop it when all is done."""
        if self._worker is None or self._feeder is None:
            raise SubjectFailed("it has no worker")
        record = self._records[-1]
        first = record.sent
        answer = self._feeder.ask(_TURN_S + tasks, do="preload", first=first, count=tasks)
        record.sent += len(answer["done"])
        _raise_error(answer, "enqueue")
        self._worker.check()
        self._worker.go_on()
        try:
            events = record.wait(first, tasks, patience_s=_PATIENCE_S)
        finally:
            self._worker.check()
            self._worker.stop()
        return drain_turn(self.subject.label, events, self.prefetch_tasks)

    @property
    def prefetch_tasks(self) -> int:
        """How many tasks may lie in the worker before it is let go; they are the warm-up of a drain."""
        multiplier = self.workload.settings.get("worker_prefetch_multiplier", _DEFAULT_PREFETCH_MULTIPLIER)
        return int(multiplier or _DEFAULT_PREFETCH_MULTIPLIER) * self.workload.concurrency

    def end(self) -> None:
        """End its processes, then delete its queues. It can be started again, with fresh ones."""
        self._ends.close()

    def record(self, failure: str | None) -> SubjectRecord:
        """Give the record of what was measured."""
        server = self.server
        return self.subject.record().model_copy(
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

    def _lease(self) -> str:
        lease = self.workspace.lease(self.subject.broker, self.server, self.subject.profile)
        return self._ends.enter_context(lease).queue

    def _start_producer(self, name: str, queue: str) -> SubjectProcess:
        return self._start(name, queue, role="producer", cores=self.cores.subjects[-1:])

    def _start_worker(self, queue: str) -> SubjectProcess:
        records = self.workspace.memory / uuid.uuid4().hex
        records.mkdir()
        self._records.append(WorkerRecord(records))
        argv = [
            "--pool",
            self.workload.pool,
            "--concurrency",
            str(self.workload.concurrency),
            "--queues",
            queue,
        ]
        name = f"{queue}@%h"
        argv += ["--hostname", name, *_WORKER_OPTIONS]
        return self._start("worker", queue, role="worker", cores=self.cores.subjects, records=str(records), argv=argv)

    def _start(self, name: str, queue: str, **job: Any) -> SubjectProcess:
        directory = self.workspace.directory / f"{self.subject.label.replace(':', '-')}-{uuid.uuid4().hex[:8]}"
        directory.mkdir()
        process = SubjectProcess(
            self.subject.interpreter,
            {
                "import_path": [self.import_path],
                "app": self.workload.app,
                "task": self.workload.task,
                "args": self.workload.arguments(),
                "kwargs": self.workload.kwargs,
                "settings": self._settings(queue),
                **job,
            },
            directory / f"{name}.log",
            self.hash_seed,
        )
        self._ends.callback(process.end)
        return process

    def _settings(self, queue: str) -> Settings:
        """Give the job's Celery settings: the workload's, but for what the profile promises and the lease needs."""
        own, workload = self.subject.broker.settings(self.server.url, self.subject.profile, queue), self.workload
        options = "broker_transport_options"
        return {
            **_MEASURED,
            **workload.settings,
            **own,
            options: {**workload.settings.get(options, {}), **own.get(options, {})},
            "worker_concurrency": workload.concurrency,
            "worker_pool": workload.pool,
        }


def _raise_error(answer: dict[str, Any], what: str) -> None:
    if "error" in answer:
        raise SubjectFailed(redacted(f"{what} failed after {len(answer['done'])} calls: {answer['error']}"))


def import_path(workload: Workload, directory: Path) -> str:
    """Give the folder from which a subject imports the workload's app.

    The project's own task module is copied into ``directory``, where nothing else can be imported from.
    """
    if workload.app_dir:
        return workload.app_dir
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(tasks.__file__).parent, directory / "tasks", ignore=ignored)
    return str(directory)
