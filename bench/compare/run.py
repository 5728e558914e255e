"""Compares subjects: boots their servers side by side, measures them in turn, and leaves a result."""

import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from bench.compare.capacities import capacities, failures_at, in_order, payload_limits, scaling
from bench.compare.request import Comparison
from bench.engine.ceiling import RunningCeiling
from bench.engine.environment import read_environment, spoilers
from bench.engine.launcher import Launcher
from bench.engine.metering import MeteredSubject
from bench.engine.observer import Observer
from bench.engine.plan import CEILED, METERED
from bench.engine.platform import CorePlan, pinned, plan_cores
from bench.engine.runner import Runner
from bench.engine.running import RunningSubject
from bench.engine.schedule import Schedule
from bench.engine.stage import Running, Stage
from bench.engine.subject import Subject, import_path
from bench.figures.costs import cost_figures, phase_figures
from bench.figures.rows import summarize
from bench.figures.tally import Tally
from bench.records.provenance import Environment, SubjectRecord
from bench.records.result import Result, Status
from bench.records.turns import Block, Key, Layer, Metric
from bench.records.writer import Writer
from brokers.deadline import Pending
from brokers.errors import BrokerbenchError, BrokerUnavailable
from brokers.memory import Memory
from brokers.protocol import Server
from brokers.registry import split_subject
from brokers.server import serve
from brokers.workspace import Workspace, open_workspace

__all__ = ["Enough", "compare"]

ServerKey = tuple[str, tuple[str, ...], str | None]
Enough = Callable[[Tally, int, int], bool]
_DRAINS = 60  # one drain takes at most this part of the budget
_SHORTEST_LIMIT_S = 2.0  # of a drain of one of two sides
_OVERTIME_S = 60.0  # after the budget, nothing of a subject is waited for any more
_HASH_SEEDS = 2**32  # Python's own bound


def compare(
    comparison: Comparison,
    writer: Writer,
    observer: Observer,
    approve: Callable[[list[Subject], list[Server]], None],
    enough: Enough | None = None,
) -> Result:
    """Measure, and return the result, which ``writer`` has then written.

    ``approve`` is called once the servers are known and before anything is made on them. A subject that cannot be
    measured has its reason in its record; BrokerUnavailable is raised when none can. KeyboardInterrupt while measuring
    ends the measurement: the result is ``interrupted`` and holds every block so far. ``enough`` is asked after each
    generation with what was measured, how many there were, and how many are planned; true ends the measurement. With
    it, the failure of any subject does, too.
    """
    comparison.check()
    run = _Run(comparison, writer, observer, cores=plan_cores(), enough=enough)
    with open_workspace() as workspace, pinned(run.cores.servers), ExitStack() as ends:
        servers = run.boot_servers(workspace, ends)
        approve(*_pairs(comparison.subjects, servers))
        runner = run.start_subjects(workspace, servers, ends)
        run.require_some()
        writer.start(run.result("running"))
        status = _measure(runner)
        observer.state("ending subjects and servers")
        ends.close()
    result = run.result(status)
    writer.finish(result)
    return result


def _measure(runner: Runner) -> Status:
    """Take the subjects through their turns until the budget is spent."""
    try:
        runner.run()
    except KeyboardInterrupt:
        return "interrupted"
    return "finished"


def _pairs(subjects: list[Subject], servers: dict[ServerKey, Server]) -> tuple[list[Subject], list[Server]]:
    booted = [subject for subject in subjects if _key(subject) in servers]
    return booted, [servers[_key(subject)] for subject in booted]


def _key(subject: Subject) -> ServerKey:
    """Tell which subjects share a server: those of a broker whose server is the same program, set up alike."""
    return subject.broker.name, subject.profile.server_options, subject.server


@dataclass
class _Run:
    """A comparison under way."""

    comparison: Comparison
    writer: Writer
    observer: Observer
    cores: CorePlan
    cast: dict[Key, Running] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    warnings: list[str] = field(default_factory=list)
    runner: Runner | None = None
    enough: Enough | None = None

    def __post_init__(self) -> None:
        self.environment: Environment = read_environment(self.cores)
        self.warnings += spoilers()
        self.started_at = datetime.now(UTC)

    def boot_servers(self, workspace: Workspace, ends: ExitStack) -> dict[ServerKey, Server]:
        """Boot every server at once, and give those that answered."""
        first = {_key(subject): subject for subject in reversed(self.comparison.subjects)}
        self.observer.state(f"booting {', '.join(sorted({name for name, *_ in first}))}")
        booting = {key: Pending(partial(_boot, subject, workspace)) for key, subject in first.items()}
        booted = {key: self._booted(key, pending, ends) for key, pending in booting.items()}
        return {key: server for key, server in booted.items() if server}

    def _booted(self, key: ServerKey, booting: "Pending[_Booted]", ends: ExitStack) -> Server | None:
        try:
            server, end = booting.result()
        except BrokerbenchError as error:
            for subject in self.comparison.subjects:
                if _key(subject) == key:
                    self._fail(subject, error)
            return None
        ends.push(end)
        return server

    def start_subjects(self, workspace: Workspace, servers: dict[ServerKey, Server], ends: ExitStack) -> Runner:
        """Start every subject whose server there is, and return what takes them through their turns."""
        self.observer.state("starting producers and workers")
        apps = import_path(self.comparison.workload, workspace.directory / "app")
        brokers = dict.fromkeys(subject.broker for subject in self.comparison.subjects)
        libraries = tuple(dict.fromkeys(name for broker in brokers for name in broker.client_libraries))
        hash_seed = random.Random(self.comparison.seed).randrange(_HASH_SEEDS)  # noqa: S311

        def launcher(subject: Subject, server: Server) -> Launcher:
            workload = self.comparison.plan().points[0].workload
            until_s = self.comparison.started_s + self.comparison.budget_s + _OVERTIME_S
            return Launcher(subject, server, workload, workspace, self.cores, hash_seed, apps, until_s, libraries)

        for subject in self.comparison.subjects:
            if _key(subject) in servers:
                self._cast_subject(subject, partial(launcher, subject, servers[_key(subject)]))
        if self.comparison.ceilings and set(CEILED) & set(self.comparison.metrics):
            self._cast_memory(launcher)
        for running in self.cast.values():
            ends.callback(self._end, running)
        self.runner = self._runner()
        self.runner.start()
        return self.runner

    def _cast_subject(self, subject: Subject, launcher: Callable[[], Launcher]) -> None:
        """Give the subject its own processes, and those of what is measured beside it."""
        metrics, searched = self.comparison.metrics, self.comparison.plan().searches
        own: list[Metric] = list(dict.fromkeys([*metrics, "capacity"])) if searched else metrics
        limit_s = max(_SHORTEST_LIMIT_S, 2 * self._drain_s) if self.comparison.sides else None
        self.cast[subject.label, "celery"] = RunningSubject(launcher(), own, drain_limit_s=limit_s)
        if self.comparison.ceilings and set(CEILED) & set(metrics):
            layers: list[Layer] = ["kombu", "raw"] if subject.broker.raw_client else ["kombu"]
            for layer in layers:
                self.cast[subject.label, layer] = RunningCeiling(launcher(), metrics, layer)
        if set(METERED) & set(metrics) and subject.broker.spans_processes:
            self.cast[subject.label, "metered"] = MeteredSubject(launcher(), metrics, not self.comparison.sides)

    def _cast_memory(self, launcher: Callable[[Subject, Server], Launcher]) -> None:
        """Add Celery on broker ``memory``, a ceiling of all subjects."""
        broker, profile = split_subject(Memory.name)
        subject, server = Subject(label="memory", broker=broker, profile=profile), broker.inspect(broker.local_url())
        own: list[Metric] = ["enqueue"] if "enqueue" in self.comparison.metrics else []
        self.cast["memory", "memory"] = RunningSubject(launcher(subject, server), own, layer="memory")

    def _runner(self) -> Runner:
        comparison = self.comparison
        schedule = Schedule.within(comparison.budget_s, comparison.started_s, comparison.seed)
        metered = [key for key in self.cast if key[1] == "metered"]
        return Runner(
            stage=Stage(self.cast, schedule, self.observer, self._keep, comparison.started_s),
            plan=comparison.plan(),
            subjects=[key for key in self.cast if key[1] == "celery"] + (metered if comparison.sides else []),
            ceilings=[key for key in self.cast if key[1] in ("kombu", "raw", "memory")],
            metered=[] if comparison.sides else metered,
            drain_s=self._drain_s,
            enough=self._is_enough,
        )

    @property
    def _drain_s(self) -> float:
        return self.comparison.budget_s / _DRAINS

    def _is_enough(self, done: int, planned: int) -> bool:
        if self.enough is None or self.runner is None:
            return False
        return bool(self.runner.stage.failures) or (done > 0 and self.enough(self.tally, done, planned))

    def require_some(self) -> None:
        """Raise BrokerUnavailable with every reason when there is nothing to measure."""
        reasons = [reason for subject in self.comparison.subjects if (reason := self._failure(subject.label))]
        if len(reasons) == len(self.comparison.subjects):
            raise BrokerUnavailable("\n".join(reasons))

    def _failure(self, label: str) -> str | None:
        """Return why a subject could not be measured; in a sweep, at no point."""
        if label in self.failures or self.runner is None:
            return self.failures.get(label)
        reasons = failures_at(self.runner.stage.failures, label, "celery")
        return next(iter(reasons.values())) if len(reasons) == len(self.runner.plan.points) else None

    def result(self, status: Status) -> Result:
        """Return what is known now; its blocks are where the writer put them."""
        comparison = self.comparison
        subjects = [self._record(subject) for subject in comparison.subjects]
        points = [point.at for point in comparison.plan().points]
        rows = summarize(subjects, self.tally, comparison.seed, comparison.margin, sides=comparison.sides)
        rows = in_order(rows, comparison.metrics, points)
        return Result(
            status=status,
            started_at=self.started_at,
            duration_s=time.monotonic() - comparison.started_s,
            budget_s=comparison.budget_s,
            seed=comparison.seed,
            margin=comparison.margin,
            metrics=comparison.metrics,
            workload=comparison.workload.without_secrets(),
            environment=self.environment,
            subjects=subjects,
            warnings=self.warnings + self._overridden() + self._partial_failures(),
            summary=rows,
            capacities=capacities(subjects, self.runner.plan, self.runner.sizing.searches) if self.runner else [],
            scaling=scaling(rows),
            phases=phase_figures(subjects, self.tally.blocks),
            costs=cost_figures(subjects, self.tally.blocks),
            limits=payload_limits(subjects, self.tally.blocks),
            selfcheck=comparison.selfcheck,
        )

    def _record(self, subject: Subject) -> SubjectRecord:
        running, failure = self.cast.get((subject.label, "celery")), self._failure(subject.label)
        if isinstance(running, RunningSubject):
            return running.record(failure)
        return subject.record().model_copy(update={"failure": failure})

    def _overridden(self) -> list[str]:
        """Return which settings of a user's app were not what the app says."""
        subjects = (running for (_, layer), running in self.cast.items() if layer == "celery")
        names = {name for one in subjects if isinstance(one, RunningSubject) for name in one.overridden}
        return [f"the app's own {', '.join(sorted(names))} gave way to the measurement's"] if names else []

    def _partial_failures(self) -> list[str]:
        """Return what else could not be measured: a ceiling, what a task costs, a point of a sweep."""
        if self.runner is None:
            return []
        return [
            f"{label}{'' if layer == 'celery' else f' ({layer})'}{at} was not measured: {reason}"
            for (label, layer), at, reason in self.runner.partial_failures()
            if layer != "celery" or not self._failure(label)
        ] + self.runner.sizing.not_found()

    def _keep(self, block: Block) -> None:
        self.tally.add(block)
        self.writer.append(block)
        if not self.writer.has_room() and self.runner and self.runner.stage.schedule.left_s():
            self.runner.stage.schedule.end_now()
            self.warnings.append("it ended before its time: its result can hold no more blocks")

    def _fail(self, subject: Subject, error: BrokerbenchError) -> None:
        self.failures[subject.label] = error.format_message()
        self.observer.failed(subject.label, error.format_message())

    def _end(self, running: Running) -> None:
        try:
            running.end()
        except BrokerbenchError as error:
            self.warnings.append(f"{running.label} may have left a queue on its server: {error.format_message()}")


_Booted = tuple[Server, AbstractContextManager[Server]]


def _boot(subject: Subject, workspace: Workspace) -> _Booted:
    serving = serve(subject.broker, subject.profile, workspace, subject.server)
    return serving.__enter__(), serving
