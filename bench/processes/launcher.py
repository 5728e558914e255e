"""Starts a subject's processes: producers, workers and ceilings, each on its own queue."""

import math
import re
import shutil
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.processes.bypasses import is_straight
from bench.processes.distances import Distances, Way
from bench.processes.drain import WorkerRecord
from bench.processes.errors import SubjectFailed
from bench.processes.platform import CorePlan
from bench.processes.process import SubjectProcess
from bench.processes.subject import Subject
from bench.processes.trust import refuse_strangers, run_code
from bench.records.workload import Workload
from brokers.beside import settings_beside
from brokers.overlay import overlay
from brokers.protocol import Server, Settings
from brokers.wire import Wire
from brokers.workspace import Workspace

__all__ = ["WORKER_OPTIONS", "Launcher", "sign_of_import"]

# off: features that cost one broker more than another and that no figure is about
_MEASURED: Settings = {
    "broker_connection_retry_on_startup": True,
    "task_ignore_result": True,
    "worker_enable_remote_control": False,
}
WORKER_OPTIONS = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING")
"""No queues beside its own, and a log of problems only."""
_MOST_CHARACTERS = 40  # of a label in a file's name


def sign_of_import(workspace: Workspace) -> Path:
    """Return the file that is there once a process of the run has imported the package that it watches for."""
    return workspace.directory / "imported"


def _file_name(label: str) -> str:
    """Return a label as the beginning of a file's name."""
    return re.sub(r"[^\w#]+", "-", label)[:_MOST_CHARACTERS]


@dataclass
class Launcher:
    """Starts processes of one subject on one server; ``end`` ends them and deletes their queues."""

    subject: Subject
    server: Server
    workload: Workload
    workspace: Workspace
    cores: CorePlan
    hash_seed: int
    import_path: str
    until_s: float = math.inf
    """When, by the monotonic clock, every wait for these processes ends."""
    via: str = ""
    """The URL of a relay that reads along, by which its processes reach the server."""
    distances: Distances | None = None
    client_libraries: tuple[str, ...] = ()
    """The libraries whose versions are recorded; if empty, those of this subject's broker alone."""
    _ends: ExitStack = field(default_factory=ExitStack)
    _started: list[tuple[SubjectProcess, Path]] = field(default_factory=list)
    """The processes, each with the sign that it leaves when it bypasses the relay of its distance."""

    def end(self) -> None:
        """End all processes that were started, then delete their queues. What bypassed its relay is noted before."""
        self._note_bypasses()
        self._ends.close()

    def _note_bypasses(self) -> None:
        started, distance = list(self._started), self.subject.distance(self.workload)
        self._started.clear()
        if not started or distance.is_zero or self.distances is None or (way := self.way) is None:
            return
        if any(sign.exists() or is_straight(process.pid, **way.server) for process, sign in started):
            self.distances.note_bypass(self.subject.label, distance)

    @property
    def url(self) -> str:
        """Return the URL that its processes get: of the relay that reads along, if there is one."""
        return self.via or self.server.url

    def place(self, wire: Wire) -> tuple[str, int]:
        """Return where a relay that reads along reaches the server: by the relay of its distance, if there is one."""
        way = self.way
        return (way.relay.host, way.relay.port) if way else (wire.host, wire.port)

    @property
    def way(self) -> Way | None:
        """Return the way to the server, if it is put at a distance. Raises SubjectFailed if it should be and is not."""
        distance = self.subject.distance(self.workload)
        if distance.is_zero:
            return None
        if self.distances is None:
            raise SubjectFailed("nothing here can put its server at a distance: leave the distance out")
        return self.distances.way(self.subject.broker, self.server, distance)

    def lease(self) -> str:
        """Return a queue with a unique name."""
        lease = self.workspace.lease(self.subject.broker, self.server, self.subject.profile)
        return self._ends.enter_context(lease).queue

    def producer(self, name: str, queue: str, cores: tuple[int, ...], **job: Any) -> SubjectProcess:
        """Start a producer for the queue."""
        return self.start(name, queue, role="producer", cores=cores[-1:], **job)

    def ceiling(self, layer: str, queue: str) -> SubjectProcess:
        """Start a process that enqueues and drains instead of Celery: ``raw`` or ``kombu``."""
        client = self.subject.broker.raw_client
        cores, raw_client = self.cores.subjects[-1:], str(client) if client else None
        return self.start(layer, queue, role="stand_in", cores=cores, layer=layer, raw_client=raw_client)

    def filler(self, queue: str) -> SubjectProcess:
        """Start a process that fills the queue quickly: the raw client, or kombu alone if the broker names none."""
        broker = self.subject.broker
        return self.ceiling("kombu" if broker.raw_client is None and broker.spans_processes else "raw", queue)

    def worker(self, queue: str, **job: Any) -> tuple[SubjectProcess, WorkerRecord]:
        """Start a worker for the queue, and return it with its record."""
        records = self.workspace.memory / uuid.uuid4().hex
        records.mkdir()
        self._ends.callback(shutil.rmtree, records, ignore_errors=True)  # after its processes: memory is scarce
        argv = ["--pool", self.workload.pool, "--concurrency", str(self.workload.concurrency), "--queues", queue]
        argv += ["--hostname", f"{queue}@%h", *WORKER_OPTIONS]
        own = {"records": str(records), "argv": argv, "hears": self.workload.pool == "prefork"}
        process = self.start("worker", queue, role="worker", cores=self.cores.subjects, **own, **job)
        return process, WorkerRecord(records, self.until_s, self.subject.broker.longest_poll_s)

    def start(self, name: str, queue: str, **job: Any) -> SubjectProcess:
        """Start a process with that job on the queue. ``name`` is the name of its log.

        Raises SubjectFailed if a message could run code and strangers can write to the server.
        """
        settings = self.settings(queue)
        refuse_strangers(settings, self.subject.broker, self.server)
        directory = self.workspace.directory / f"{_file_name(self.subject.label)}-{uuid.uuid4().hex[:8]}"
        directory.mkdir()
        way, sign = self.way, directory / "bypassed"
        process = SubjectProcess(
            self.subject.interpreter,
            {
                **self._places(directory),
                "origin": self.subject.origin.job(),
                "keeps_configuration": self.workload.is_users,
                "kept_options": sorted(self.subject.broker.kept_options),
                "requirements": self.subject.broker.requirements,
                "client_libraries": self.client_libraries or self.subject.broker.client_libraries,
                "dry": self.workload.dry,
                "app": self.workload.app,
                "include": self.workload.include,
                "task": self.workload.task,
                "args": self.workload.arguments(),
                "kwargs": self.workload.kwargs,
                "settings": settings,
                "detours": [way.detour] if way else [],
                "bypass": {**way.server, "sign": str(sign)} if way else None,
                "traceback": self.subject.traceback,
                "starting_cores": [*self.cores.servers, *self.cores.subjects],  # nothing is measured meanwhile
                "watched": self._watched(),
                "may_run_as_root": bool(run_code(settings)) and not self.workload.is_users,
                **job,
            },
            directory / f"{name}.log",
            self.hash_seed,
            self.until_s,
        )
        self._ends.callback(process.end)
        self._started.append((process, sign))
        return process

    def _watched(self) -> dict[str, str] | None:
        """Return which package a process watches for, and the file that it leaves when it has imported it."""
        package = self.subject.watched
        return {"package": package, "sign": str(sign_of_import(self.workspace))} if package else None

    def _places(self, directory: Path) -> dict[str, Any]:
        """Return where a process imports its app from and in which folder it works: a user's app in its own."""
        app_dir = self.subject.app_dir or self.workload.app_dir or self.import_path
        if not self.workload.is_users:
            return {"import_path": [app_dir, *self.subject.import_path], "folder": str(directory)}
        origin = self.workload.app_dir if self.subject.app_dir else None
        return {"import_path": [app_dir, *self.subject.import_path], "folder": app_dir, "checked_out_from": origin}

    def settings(self, queue: str) -> Settings:
        """Return the job's Celery settings: the workload's, except for what the profile promises and the lease needs.

        The subject's own settings override both. Unless a setting says otherwise, workers of the project's own tasks
        accept the serializer with which these are sent.
        """
        subject, workload = self.subject, self.workload
        own = subject.broker.settings(self.url, subject.profile, queue)
        chosen = overlay(_MEASURED, workload.settings, settings_beside(queue), own, dict(subject.settings))
        if "task_serializer" in chosen and not workload.is_users:
            chosen = {"accept_content": [chosen["task_serializer"]], **chosen}
        return {
            **chosen,
            "worker_concurrency": workload.concurrency,
            "worker_pool": workload.pool,
        }
