"""Compares subjects: boots their servers side by side, measures them in turn, and leaves a result."""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.engine.observer import Observer
from bench.engine.platform import CorePlan, pinned, plan_cores, pools
from bench.engine.runner import Runner
from bench.engine.schedule import Schedule
from bench.engine.subject import RunningSubject, Subject, import_path
from bench.environment import read_environment, spoilers
from bench.records.margin import DEFAULT_MARGIN
from bench.records.result import Block, Environment, Metric, Result, Status
from bench.records.workload import Workload
from bench.records.writer import Writer
from bench.summary import summarize
from brokers.errors import BrokerbenchError, BrokerUnavailable, UsageError
from brokers.protocol import Server
from brokers.secrets import without_secrets
from brokers.selection import refuse_overrides
from brokers.server import serve
from brokers.workspace import Workspace, open_workspace

__all__ = ["Comparison", "compare"]

Key = tuple[str, tuple[str, ...]]
_DRAINS = 60  # one drain takes at most this part of the budget
_HASH_SEEDS = 2**32  # Python's own bound


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is to be compared, and for how long.

    Ratios within the relative ``margin`` count as equal. ``started_s`` is the monotonic clock when the user asked.
    """

    subjects: list[Subject]
    workload: Workload
    metrics: list[Metric]
    budget_s: float
    seed: int
    margin: float = DEFAULT_MARGIN
    started_s: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        """Raise UsageError when it cannot be measured as asked."""
        refuse_overrides()
        if self.workload.pool not in pools():
            raise UsageError(f"no pool {self.workload.pool!r} on this system: use {' or '.join(pools())}")


def compare(
    comparison: Comparison,
    writer: Writer,
    observer: Observer,
    approve: Callable[[list[Subject], list[Server]], None],
) -> Result:
    """Measure, and give the result, which ``writer`` has then written.

    ``approve`` is called once the servers are known and before anything is made on them. A subject that cannot be
    measured has its reason in its record; BrokerUnavailable is raised when none can. KeyboardInterrupt while measuring
    ends the measurement: the result is ``interrupted`` and holds every block so far.
    """
    comparison.check()
    run = _Run(comparison, writer, observer, cores=plan_cores())
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


def _pairs(subjects: list[Subject], servers: dict[Key, Server]) -> tuple[list[Subject], list[Server]]:
    booted = [subject for subject in subjects if _key(subject) in servers]
    return booted, [servers[_key(subject)] for subject in booted]


def _key(subject: Subject) -> Key:
    """Tell which subjects share a server: those of a broker whose server is set up alike."""
    return subject.broker.name, subject.profile.server_options


@dataclass
class _Run:
    """A comparison under way."""

    comparison: Comparison
    writer: Writer
    observer: Observer
    cores: CorePlan
    running: dict[str, RunningSubject] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.environment: Environment = read_environment(self.cores)
        self.warnings += spoilers()
        self.started_at = datetime.now(UTC)

    def boot_servers(self, workspace: Workspace, ends: ExitStack) -> dict[Key, Server]:
        """Boot every server at once, and give those that answered."""
        first = {_key(subject): subject for subject in reversed(self.comparison.subjects)}
        self.observer.state(f"booting {', '.join(sorted({name for name, _ in first}))}")
        with _threads(len(first)) as pool:
            booting = {key: pool.submit(_boot, subject, workspace) for key, subject in first.items()}
            booted = {key: self._booted(key, future, ends) for key, future in booting.items()}
        return {key: server for key, server in booted.items() if server}

    def _booted(self, key: Key, future: "Future[_Booted]", ends: ExitStack) -> Server | None:
        try:
            server, end = future.result()
        except BrokerbenchError as error:
            for subject in self.comparison.subjects:
                if _key(subject) == key:
                    self._fail(subject, error)
            return None
        ends.push(end)
        return server

    def start_subjects(self, workspace: Workspace, servers: dict[Key, Server], ends: ExitStack) -> Runner:
        """Start every subject whose server there is, and give what takes them through their turns."""
        self.observer.state("starting producers and workers")
        apps = import_path(self.comparison.workload, workspace.directory / "app")
        hash_seed = random.Random(self.comparison.seed).randrange(_HASH_SEEDS)  # noqa: S311
        for subject in self.comparison.subjects:
            if _key(subject) in servers:
                self.running[subject.label] = RunningSubject(
                    subject=subject,
                    server=servers[_key(subject)],
                    workload=self.comparison.workload,
                    metrics=self.comparison.metrics,
                    workspace=workspace,
                    cores=self.cores,
                    hash_seed=hash_seed,
                    import_path=apps,
                )
                ends.callback(self._end, self.running[subject.label])
        runner = self._runner()
        runner.start()
        return runner

    def _runner(self) -> Runner:
        comparison = self.comparison
        schedule = Schedule.within(comparison.budget_s, comparison.metrics, comparison.started_s, comparison.seed)
        drain_s = comparison.budget_s / _DRAINS
        return Runner(self.running, schedule, self.observer, drain_s, self._keep, self.failures)

    def require_some(self) -> None:
        """Raise BrokerUnavailable with every reason when there is nothing to measure."""
        if all(subject.label in self.failures for subject in self.comparison.subjects):
            raise BrokerUnavailable("\n".join(self.failures.values()))

    def result(self, status: Status) -> Result:
        """Give what is known now."""
        comparison = self.comparison
        subjects = [
            self.running[subject.label].record(self.failures.get(subject.label))
            if subject.label in self.running
            else subject.record().model_copy(update={"failure": self.failures.get(subject.label)})
            for subject in comparison.subjects
        ]
        return Result(
            status=status,
            started_at=self.started_at,
            duration_s=time.monotonic() - comparison.started_s,
            budget_s=comparison.budget_s,
            seed=comparison.seed,
            margin=comparison.margin,
            metrics=comparison.metrics,
            workload=comparison.workload.model_copy(update={"settings": without_secrets(comparison.workload.settings)}),
            environment=self.environment,
            subjects=subjects,
            warnings=self.warnings,
            summary=summarize(subjects, comparison.metrics, self.blocks, comparison.seed, comparison.margin),
            blocks=self.blocks,
        )

    def _keep(self, block: Block) -> None:
        self.blocks.append(block)
        self.writer.append(block)

    def _fail(self, subject: Subject, error: BrokerbenchError) -> None:
        self.failures[subject.label] = error.format_message()
        self.observer.failed(subject.label, error.format_message())

    def _end(self, running: RunningSubject) -> None:
        try:
            running.end()
        except BrokerbenchError as error:
            self.warnings.append(
                f"{running.subject.label} may have left a queue on its server: {error.format_message()}"
            )


_Booted = tuple[Server, AbstractContextManager[Server]]


def _boot(subject: Subject, workspace: Workspace) -> _Booted:
    serving = serve(subject.broker, subject.profile, workspace)
    return serving.__enter__(), serving


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Give threads that an interrupt does not wait for: the workspace ends the servers that they wait for."""
    pool = ThreadPoolExecutor(max_workers=max(count, 1))
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
