"""The scene of a cell: its own queue with a sender and workers, and what can be broken."""

import math
import shutil
import signal
import threading
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import tasks
from bench.guarantees.process_names import ProcessNames
from bench.guarantees.setup import Role, Setup
from bench.guarantees.short_waits import redelivery_s, short_waits
from bench.guarantees.visibility import redelivery_wait, visibility_s
from bench.guarantees.worker import Worker
from bench.guarantees.worker_argv import worker_argv
from bench.processes.distances import Distances
from bench.processes.errors import SubjectFailed
from bench.processes.launcher import Launcher
from bench.processes.pair import START_S
from bench.processes.platform import CorePlan
from bench.processes.process import SubjectProcess
from bench.processes.subject import Subject
from bench.records.provenance import OwnLimit, own_limits
from bench.records.workload import Workload
from bench.relay.relay import Relay
from bench.subject.lending import PREFIX
from brokers.beside import MAILBOX, broadcast_beside, broadcast_queue_beside
from brokers.errors import BrokerbenchError
from brokers.outside import safe_text
from brokers.overlay import overlay
from brokers.protocol import Server, Settings
from brokers.server_process import ServerProcess
from brokers.workspace import Workspace

__all__ = ["Interrupted", "Scene"]

_NOOP = "tasks.noop"
_TASKS = str(Path(tasks.__file__).parent)
_WARM_S = 15.0
_WITHOUT_DELAYS: Settings = {
    "worker_disable_rate_limits": True,
    "worker_max_memory_per_child": None,
    "worker_max_tasks_per_child": None,
}
"""These settings of a user's delay tasks by many seconds, and a task that is late looks like one that is lost."""


class Interrupted(BrokerbenchError):
    """The run is over, so everything that waits gives up."""

    def __init__(self) -> None:
        super().__init__("interrupted")


@dataclass
class Scene:
    """Where a cell runs, until the block ends. Processes start when they are first needed.

    All attempts of a cell share it: the worker that took over in one attempt is broken in the next. ``workload`` names
    the user's app and task, if one is used. ``lender`` returns the settings of a result backend, and ``builder`` the
    subject with the environment that the setup wants ``beside`` its own. ``distances`` puts the server
    at the subject's distance. ``over`` is set when the run is interrupted.
    """

    setup: Setup
    subject: Subject
    server: Server
    workspace: Workspace
    apps: str
    workload: Workload
    over: threading.Event = field(default_factory=threading.Event)
    lender: Callable[[], Settings] | None = None
    builder: Callable[[], Subject] | None = None
    distances: Distances | None = None
    relays: dict[Role, Relay] = field(default_factory=dict)
    workers: list[Worker] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    facts_beside: dict[str, Any] = field(default_factory=dict)
    """What the processes in the environment beside the subject's own reported."""
    names: ProcessNames = field(default_factory=ProcessNames)
    _sender: SubjectProcess | None = None
    _monitor: SubjectProcess | None = None
    _sender_beside: SubjectProcess | None = None
    _senders: int = 0
    _ends: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        with ExitStack() as ends:  # closes them only if opening fails
            ends.callback(self._ends.close)
            self._open()
            ends.pop_all()
        return self

    def _open(self) -> None:
        self.records = self.workspace.memory / uuid.uuid4().hex
        self.records.mkdir()
        self._ends.callback(shutil.rmtree, self.records, ignore_errors=True)  # after its processes are gone
        workload = self.workload.model_copy(update={"pool": "prefork", "concurrency": self.setup.concurrency})
        own = (self.subject, self.server, workload, self.workspace, CorePlan(), 0, self.apps)
        self._direct = Launcher(*own, distances=self.distances)
        self._ends.callback(self._direct.end)
        self._launchers = {role: self._through_relay(role) for role in self.setup.through}
        self._beside = replace(self._direct, subject=self.builder()) if self.builder else None
        self.queue = self._direct.lease()

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def _through_relay(self, role: Role) -> Launcher:
        wire = self.subject.broker.wire(self._direct.url)
        if wire is None:
            raise SubjectFailed("no relay can intercept the connection to its server: it is not TCP in clear text")
        relay = self._ends.enter_context(Relay(*self._direct.place(wire), wire.protocol, self.subject.broker.http))
        self.relays[role] = relay
        return replace(self._direct, via=wire.through(relay.host, relay.port))

    def pause(self, seconds: float) -> None:
        """Wait that many seconds. Raises Interrupted when the run is over."""
        if self.over.wait(seconds):
            raise Interrupted

    def sender(self) -> SubjectProcess:
        """Return the sender, or start one if none is running."""
        if self._sender is None or self._sender.wait_ended(0):
            self._senders += 1
            launcher = self._launchers.get("sender", self._direct)
            self._sender = self._start_sender("sender" if self._senders == 1 else f"sender {self._senders}", launcher)
        return self._sender

    def monitor(self) -> SubjectProcess:
        """Return another process like the sender, which watches what the sender and the workers do."""
        if self._monitor is None:
            self._monitor = self._start_sender("monitor", self._direct)
        return self._monitor

    def sender_beside(self) -> SubjectProcess:
        """Return the sender in the environment beside the subject's own."""
        if self._sender_beside is None:
            self._sender_beside = self._start_sender(self._named_beside("sender"), self._launcher_beside())
        return self._sender_beside

    def _start_sender(self, name: str, launcher: Launcher) -> SubjectProcess:
        process = launcher.start(name, self.queue, **self._job("sender", launcher))
        self.names.add(process.pid, name)
        self._meet(process, launcher)
        return process

    def worker(self) -> Worker:
        """Return the running worker, or start one and wait until it is ready."""
        if self.workers and self.workers[-1].alive:
            return self.workers[-1]
        return self.another_worker()

    def crew(self, count: int) -> list[Worker]:
        """Return at least ``count`` running workers, and start the missing ones."""
        while len(alive := [worker for worker in self.workers if worker.alive]) < count:
            self.another_worker()
        return alive

    def another_worker(self, **settings: Any) -> Worker:
        """Start another worker, whose ``settings`` override all others, and wait until it is ready."""
        return self._start_worker(self._next_name(), self._launchers.get("worker", self._direct), settings)

    def held_worker(self) -> Worker:
        """Begin to start another worker, up to the point where it would connect; ``release`` makes it go on."""
        return self._start_worker(self._next_name(), self._launchers.get("worker", self._direct), {}, held=True)

    def release(self, worker: Worker) -> None:
        """Let a held worker begin as soon as it can, and wait until it is ready."""
        worker.process.receive(START_S)
        worker.process.send()
        self._meet(worker.process, self._direct)

    def worker_beside(self) -> Worker:
        """Start a worker in the environment beside the subject's own, and wait until it is ready."""
        return self._start_worker(self._named_beside(self._next_name()), self._launcher_beside(), {})

    def _launcher_beside(self) -> Launcher:
        if self._beside is None:
            raise SubjectFailed("it has no environment beside its own")
        return self._beside

    def _named_beside(self, name: str) -> str:
        return f"{name} ({self.setup.beside[0]})"

    def _next_name(self) -> str:
        return f"worker {len(self.workers) + 1}"

    def _start_worker(self, name: str, launcher: Launcher, settings: Settings, *, held: bool = False) -> Worker:
        queues = [self.queue, self.broadcast] if self.setup.broadcast else [self.queue]
        argv = worker_argv(self.setup, queues, self.records)
        job = self._job("worker", launcher)
        job["settings"] = overlay(job["settings"], settings)
        job["broadcast_queue"] = broadcast_queue_beside(self.queue, len(self.workers))
        log = self._named_beside("worker") if launcher is self._beside else "worker"
        process = launcher.start(log, self.queue, stamps=str(self.records), argv=argv, held=held, **job)
        worker = Worker(name, process)
        self.names.add(process.pid, worker.name)
        self.workers.append(worker)
        if not held:
            self._meet(process, launcher)
        return worker

    def dismiss_workers(self) -> None:
        """Shut down every worker warmly, so that none holds a task."""
        for worker in self.workers:
            if worker.alive:
                worker.signal(signal.SIGTERM)
        for worker in self.workers:
            if not worker.wait_ended(_WARM_S):
                worker.process.end()

    def kill_workers(self) -> None:
        """Kill every worker and its children."""
        for worker in self.workers:
            if worker.alive:
                worker.kill()

    @property
    def redelivery_s(self) -> float:
        """The longest that a redelivery should take, with the settings of the scene."""
        return redelivery_s(self.setup, self.subject)

    @property
    def visibility_s(self) -> float | None:
        """The visibility timeout of the scene, if it is short; None without one."""
        return visibility_s(redelivery_wait(self.subject, self.setup.visibility_s))

    @property
    def broadcast(self) -> str:
        """Return the name of the queue that delivers every task to each worker."""
        return broadcast_beside(self.queue)

    def task(self, name: str, args: list[Any]) -> tuple[str, list[Any]]:
        """Return the name and the arguments of the task to send for ``tasks.NAME``.

        With a user's app, the user's own task replaces ``tasks.noop``, and a task lent to the app replaces any other.
        """
        if not self.workload.is_users:
            return name, args
        if name == _NOOP:
            return self.workload.task, self.workload.arguments()
        return PREFIX + name.rpartition(".")[2], args

    def limits(self) -> list[OwnLimit]:
        """Return the user's own limits of its task, which a lent task has, too."""
        return own_limits(self.facts)

    def time_limit_s(self) -> float:
        """Return the shortest of the user's own time limits; infinity if there is none."""
        self.sender()
        kinds = ("time_limit", "soft_time_limit")
        return min((one.value for one in self.limits() if one.kind in kinds and one.value), default=math.inf)

    def keywords(self, name: str) -> dict[str, Any]:
        """Return the keyword arguments of the task to send for ``tasks.NAME``: the user's own has some."""
        return self.workload.kwargs if self.workload.is_users and name == _NOOP else {}

    def raised(self) -> list[str]:
        """Return what tasks have raised in the workers so far."""
        text = self._failures.read_text(encoding="utf-8") if self._failures.exists() else ""
        return safe_text(text).splitlines()

    @property
    def _failures(self) -> Path:
        return self.records / "failures"

    def process(self) -> ServerProcess:
        """Return the process of the private server, to break it."""
        if self.server.process is None:
            raise SubjectFailed("its server was not started by this run, so it is not broken")
        return self.server.process

    def settings(self) -> Settings:
        """Return what overrides the subject's own settings: shorter waits, then the fault's settings."""
        return overlay(*(wait.settings for wait in short_waits(self.setup, self.subject)), self.setup.settings)

    def _job(self, role: str, launcher: Launcher) -> dict[str, Any]:
        delays = _WITHOUT_DELAYS if self.workload.is_users else {}
        settings = overlay(launcher.settings(self.queue), delays, self.settings())
        if settings.get("result_backend") == "lent" and self.lender:
            settings |= self.lender()
        job: dict[str, Any] = {"role": role, "environment": dict(self.setup.environment) if role == "worker" else {}}
        job |= {"cores": [], "records": str(self.records), "settings": settings}
        job |= {
            "patches": [str(wait.patch) for wait in short_waits(self.setup, self.subject) if wait.patch],
            "mailbox": MAILBOX,
        }
        job |= {"expires_messages": self.subject.broker.expires_messages}
        job |= {"broadcast": self.broadcast} if self.setup.broadcast else {}
        job["failures"] = str(self._failures)
        return job | ({"lends": _TASKS} if self.workload.is_users else {})

    def _meet(self, process: SubjectProcess, launcher: Launcher) -> None:
        """Wait until a process is ready."""
        facts = self.facts_beside if launcher is self._beside else self.facts
        facts |= process.wait_until_ready(START_S)
