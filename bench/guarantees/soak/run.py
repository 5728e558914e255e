"""Soaks the subjects one after the other, and keeps what was found after each."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import fmean

from bench.engine.servers import Servers
from bench.guarantees.context import RunContext
from bench.guarantees.soak.length import SoakLength
from bench.guarantees.soak.one import OneSoak
from bench.guarantees.trying import override_warnings, try_task
from bench.processes.distances import Distances
from bench.processes.environment import read_environment
from bench.processes.launcher import Launcher
from bench.processes.platform import CorePlan
from bench.processes.subject import Subject, import_path
from bench.processes.trial import try_app
from bench.records.matrix import UsersTask
from bench.records.provenance import ServerRecord, Status, own_limits
from bench.records.soak import Soak, SoakRun
from bench.records.workload import Workload
from bench.relay.apart import RelayProcess
from bench.stats import load_libraries
from brokers.errors import BrokerbenchError, BrokerUnavailable
from brokers.protocol import Server
from brokers.workspace import open_workspace

__all__ = ["soak"]

_FACTS = ("python", "versions", "settings")
_SEED = 1  # of jitter and stalls: what drifts does not depend on it


def soak(
    subjects: list[Subject],
    length: SoakLength,
    workload: Workload,
    keep: Callable[[Soak], None],
    told: Callable[[str], None],
) -> Soak:
    """Soak each subject for that long, and return what was found; ``keep`` gets it after each subject.

    A subject that cannot be run has the reason. Raises BrokerUnavailable if none has a server, and UsageError if the
    user's app or task is unsuitable. KeyboardInterrupt ends it: the record is then ``interrupted``, with the readings
    so far.
    """
    running = _Soaking(subjects, length, workload, keep, told)
    with open_workspace() as workspace, ExitStack() as ends:
        relays = ends.enter_context(RelayProcess(workspace.directory / "relay.log"))
        distances = Distances(relays, CorePlan().subjects, _SEED)
        try:
            apps = import_path(workload, workspace.directory / "app")
            servers = Servers(workspace, ends)
            context = RunContext(
                workspace=workspace, servers=servers, workload=workload, apps=apps, distances=distances
            )
            try_app(subjects, workload, workspace)
            load_libraries()

            def launcher(subject: Subject, server: Server) -> Launcher:
                return Launcher(subject, server, workload, workspace, CorePlan(), 0, apps, distances=distances)

            running.boot(context)
            running.run(context, launcher)
            running.status = "finished"
        except KeyboardInterrupt:
            running.status = "interrupted"
        finally:
            told("ending workers and servers")
    running.warnings += distances.warnings()
    found = running.record()
    keep(found)
    return found


@dataclass
class _Soaking:
    """The soaks so far, and what is known about the subjects."""

    subjects: list[Subject]
    length: SoakLength
    workload: Workload
    keep: Callable[[Soak], None]
    told: Callable[[str], None]
    status: Status = "running"
    warnings: list[str] = field(default_factory=list)
    _done: list[SoakRun] = field(default_factory=list)
    _now: OneSoak | None = None

    def __post_init__(self) -> None:
        self._environment = read_environment(CorePlan())
        self._started_at, self._started_s = datetime.now(UTC), time.monotonic()
        self._records = {subject.label: subject.record() for subject in self.subjects}
        self._servers: dict[str, Server] = {}

    def boot(self, context: RunContext) -> None:
        """Boot the servers. Raises BrokerUnavailable if there is none."""
        self.told(f"booting {', '.join(sorted({subject.broker.name for subject in self.subjects}))}")
        booted = context.servers.boot(self.subjects)
        for subject in self.subjects:
            server = booted[subject.label]
            if isinstance(server, BrokerbenchError):
                self._fail(subject.label, server)
            else:
                self._update(subject.label, server=ServerRecord.of(server))
                self._reach(context, subject, server)
        if not self._servers:
            raise BrokerUnavailable("\n".join(dict.fromkeys(str(one.failure) for one in self._records.values())))

    def _reach(self, context: RunContext, subject: Subject, server: Server) -> None:
        """Put the server at the subject's distance; if that is impossible, the subject fails."""
        try:
            way = context.way(subject)
        except BrokerbenchError as error:
            self._fail(subject.label, error)
        else:
            self._update(subject.label, ways=[way] if way else [])
            self._servers[subject.label] = server

    def _fail(self, label: str, error: BrokerbenchError) -> None:
        self._update(label, failure=error.format_message())
        self._done.append(SoakRun(subject=label, outcome="not run", why=error.format_message()))

    def _update(self, label: str, **known: object) -> None:
        self._records[label] = self._records[label].model_copy(update=known)

    def run(self, context: RunContext, launcher: Callable[[Subject, Server], Launcher]) -> None:
        """Soak every subject that has a server."""
        overridden = {}
        for subject in (one for one in self.subjects if one.label in self._servers):
            server = self._servers[subject.label]
            self._now = OneSoak(subject, server, launcher, self.length, self.told)
            if self.workload.is_users and not self._now.refused:
                self.told(f"{subject.label}: trying {self.workload.task}")
                try:
                    overridden[subject.label] = try_task(subject, server, context, threading.Event())["overridden"]
                except BrokerUnavailable as error:
                    self._now.refused = error.format_message()
            self._now.run()
            self._end_of(self._now)
            self._now = None
            self.keep(self.record())
        self.warnings += override_warnings(overridden)

    def _end_of(self, one: OneSoak) -> None:
        known = {name: one.facts[name] for name in _FACTS if name in one.facts}
        self._update(one.subject.label, **known, own_limits=own_limits(one.facts))
        self._done.append(one.record())

    def record(self) -> Soak:
        """Return what was found so far, with the readings of a soak that was interrupted."""
        runs = [*self._done, *([self._now.record()] if self._now else [])]
        labels = [subject.label for subject in self.subjects]
        known = {run.subject for run in runs}
        used = [cores for run in runs for one in run.readings if (cores := one.other_cores) is not None]
        environment = self._environment.model_copy(update={"other_cores": round(fmean(used), 3) if used else None})
        runs += [SoakRun(subject=one, outcome="not run", why="interrupted") for one in labels if one not in known]
        return Soak(
            status=self.status,
            started_at=self._started_at,
            duration_s=time.monotonic() - self._started_s,
            asked_s=self.length.seconds,
            asked_tasks=self.length.tasks,
            environment=environment,
            users_task=UsersTask.of(self.workload),
            subjects=[self._records[label] for label in labels],
            runs=sorted(runs, key=lambda run: labels.index(run.subject)),
            warnings=self.warnings,
        )
