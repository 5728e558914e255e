"""Runs every fault on every subject, several cells at a time, and saves each cell as it ends."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any, Protocol

from bench.engine.servers import Servers
from bench.guarantees.cell import run_cell
from bench.guarantees.context import RunContext
from bench.guarantees.fault import Fault
from bench.guarantees.matrix_plan import MatrixPlan, Part
from bench.guarantees.scene import Interrupted
from bench.guarantees.trying import override_warnings, rate_warnings, try_task
from bench.processes.distances import Distances
from bench.processes.environment import read_environment
from bench.processes.errors import SubjectFailed
from bench.processes.platform import CorePlan
from bench.processes.subject import Subject, import_path
from bench.processes.trial import try_app
from bench.records.matrix import Cell, Matrix, UsersTask
from bench.records.provenance import OwnLimit, ServerRecord, Status, SubjectRecord, own_limits
from bench.relay.apart import RelayProcess
from brokers.errors import BrokerbenchError, BrokerUnavailable
from brokers.workspace import open_workspace

__all__ = ["Watcher", "measure"]

EndedCell = tuple[Cell, dict[str, object]]
_LEAVING_S = 5.0
_SEED = 1  # of jitter and stalls: what is counted here does not depend on it
_FACTS = ("python", "versions", "settings")


class Watcher(Protocol):
    """Watches a run of the matrix."""

    def state(self, text: str) -> None:
        """Hear what the run is doing."""

    def began(self, subject: str, fault: str) -> None:
        """Hear that a cell began."""

    def ended(self, cell: Cell, done: int, of: int) -> None:
        """Hear that a cell ended; ``done`` of ``of`` cells have ended."""


def measure(plan: MatrixPlan, keep: Callable[[Matrix], None], watcher: Watcher) -> Matrix:
    """Run the missing cells, and return the matrix; ``keep`` gets it after each cell.

    A cell that cannot be run has the reason. Raises BrokerUnavailable if no subject has a server, SubjectFailed if the
    user's app starts on no subject, and UsageError if the user's app or task is unsuitable. KeyboardInterrupt ends the
    run: the matrix is then ``interrupted`` and has the cells that ended.
    """
    run = _MatrixRun(plan, keep, watcher)
    with open_workspace() as workspace, ExitStack() as ends:
        apps = import_path(plan.workload, workspace.directory / "app")
        relays = ends.enter_context(RelayProcess(workspace.directory / "relay.log"))
        distances = Distances(relays, CorePlan().subjects, _SEED)
        context = RunContext(
            workspace=workspace,
            servers=Servers(workspace, ends),
            workload=plan.workload,
            apps=apps,
            distances=distances,
        )
        try:
            try_app(plan.subjects, plan.workload, workspace)
            run.boot(context.servers)
            run.reach(context)
            if plan.workload.is_users:
                run.try_task(context)
            run.run_cells(context)
            run.status = "finished"
        except KeyboardInterrupt:
            run.status = "interrupted"
        finally:
            run.over.set()
            watcher.state("ending workers and servers")
    run.warnings += distances.warnings()
    matrix = run.matrix()
    keep(matrix)
    return matrix


@dataclass
class _MatrixRun:
    """A run in progress: the cells that ended, and what is known about the subjects."""

    plan: MatrixPlan
    keep: Callable[[Matrix], None]
    watcher: Watcher
    status: Status = "running"
    over: threading.Event = field(default_factory=threading.Event)
    records: dict[str, SubjectRecord] = field(default_factory=dict)
    own: dict[str, tuple[OwnLimit, ...]] = field(default_factory=dict)
    """The limits of the user's own app, by the subject's label."""

    def __post_init__(self) -> None:
        self.cells, self.warnings = list(self.plan.known), list[str]()
        self.environment = read_environment(CorePlan())
        self.started_at, self._started_s = datetime.now(UTC), time.monotonic()
        self.records = {subject.label: subject.record() for subject in self.plan.subjects}

    def boot(self, servers: Servers) -> None:
        """Boot the shared servers in parallel. Raises BrokerUnavailable if there is none."""
        self.watcher.state(f"booting {', '.join(sorted({subject.broker.name for subject in self.plan.subjects}))}")
        for label, server in servers.boot(self.plan.subjects).items():
            if isinstance(server, BrokerbenchError):
                self._failed(label, server)
            else:
                self._update(label, server=ServerRecord.of(server))
        self._require_some()

    def _require_some(self) -> None:
        reasons = [record.failure for record in self.records.values() if record.failure]
        if len(reasons) == len(self.records):
            raise BrokerUnavailable("\n".join(dict.fromkeys(reasons)))

    def reach(self, context: RunContext) -> None:
        """Put the servers at their distances; a subject for which that is impossible has the reason.

        Raises BrokerUnavailable if it is impossible for all.
        """
        for subject in (one for one in self.plan.subjects if not self.records[one.label].failure):
            try:
                way = context.way(subject)
            except BrokerbenchError as error:
                self._failed(subject.label, error)
            else:
                self._update(subject.label, ways=[way] if way else [])
        self._require_some()

    def _failed(self, label: str, error: BrokerbenchError) -> None:
        self._update(label, failure=error.format_message())

    def _update(self, label: str, **known: object) -> None:
        self.records[label] = self.records[label].model_copy(update=known)

    def try_task(self, context: RunContext) -> None:
        """Try the user's task on each subject before anything is broken.

        Raises what ``bench.guarantees.trying.try_task`` raises, but SubjectFailed only if every subject failed.
        """
        self.watcher.state(f"trying {self.plan.workload.task}")
        subjects = {subject.label: subject for subject, _ in self.plan.missing() if subject.broker.spans_processes}
        whole = {label: one for label, one in subjects.items() if not self.records[label].failure}
        with self._threads(len(whole)) as pool:
            trying = {
                label: pool.submit(try_task, one, context.servers.shared(one), context, self.over)
                for label, one in whole.items()
            }
            self._wait(trying.values())
            tried = {label: facts for label, one in trying.items() if (facts := self._tried(label, one))}
        if trying and not tried:
            raise SubjectFailed("\n".join(dict.fromkeys(str(self.records[label].failure) for label in trying)))
        self.warnings += override_warnings({label: facts["overridden"] for label, facts in tried.items()})
        self.own = {label: tuple(own_limits(facts)) for label, facts in tried.items()}
        self.warnings += rate_warnings(limit for facts in tried.values() for limit in own_limits(facts))

    def _tried(self, label: str, future: "Future[dict[str, Any]]") -> dict[str, Any]:
        """Return the reported facts; none if the subject failed, and then its record has the reason."""
        try:
            return future.result()
        except (BrokerUnavailable, SubjectFailed) as error:
            self._failed(label, error)
            return {}

    def _wait(self, futures: "Iterable[Future[Any]]") -> None:
        """Wait for threads; on an interrupt, give them a moment to end what they started."""
        try:
            wait(futures)
        except KeyboardInterrupt:
            self.over.set()
            wait(futures, timeout=_LEAVING_S)
            raise

    def run_cells(self, context: RunContext) -> None:
        """Run all missing cells."""
        rows = self.plan.rows()
        cells = sum(map(len, rows))
        ended = SimpleQueue[EndedCell | Exception]()
        with self._threads(self.plan.lanes) as pool:
            running = [pool.submit(self._run_row, context, row, ended) for row in rows]
            try:
                for done in range(1, cells + 1):
                    self._take(ended.get())
                    self.watcher.ended(self.cells[-1], done, cells)
                    self.keep(self.matrix())
            except KeyboardInterrupt:
                self.over.set()
                wait(running, timeout=_LEAVING_S)  # so that each lane ends what it started
                raise

    def _run_row(self, context: RunContext, row: list[Part], ended: "SimpleQueue[EndedCell | Exception]") -> None:
        try:
            for subject, fault in row:
                ended.put(self._run_cell(context, subject, fault))
        except Exception as error:  # the thread that waits for the cells must know
            ended.put(error)

    def _take(self, ended: "EndedCell | Exception") -> None:
        """Keep a cell, and the versions that the subject's processes reported."""
        if isinstance(ended, Exception):
            raise ended
        cell, facts = ended
        self.cells.append(cell)
        known: dict[str, Any] = {name: facts[name] for name in _FACTS if name in facts}
        known["own_limits"] = own_limits(facts)
        self.records[cell.subject] = self.records[cell.subject].model_copy(update=known)

    def _run_cell(self, context: RunContext, subject: Subject, fault: Fault) -> EndedCell:
        if failure := self.records[subject.label].failure:
            return Cell(subject=subject.label, fault=fault.name, outcome="not run", why=failure), {}
        if self.over.is_set():
            raise Interrupted
        try:
            server = context.server_for(fault, subject)
            self.watcher.began(subject.label, fault.name)
            subject = replace(subject, own=self.own.get(subject.label, ()))
            return run_cell(fault, subject, server, self.plan.repeats, context, self.over)
        except BrokerUnavailable as error:
            return Cell(subject=subject.label, fault=fault.name, outcome="not run", why=error.format_message()), {}

    def matrix(self) -> Matrix:
        """Return the matrix so far, its cells in the order of faults and subjects."""
        faults = [fault.name for fault in self.plan.faults]
        labels = [subject.label for subject in self.plan.subjects]
        known = [cell for cell in self.cells if cell.fault in faults and cell.subject in labels]
        return Matrix(
            status=self.status,
            started_at=self.started_at,
            duration_s=time.monotonic() - self._started_s,
            repeats=self.plan.repeats,
            environment=self.environment,
            users_task=UsersTask.of(self.plan.workload),
            subjects=[self.records[label] for label in labels],
            faults=[fault.record() for fault in self.plan.faults],
            cells=sorted(known, key=lambda cell: (faults.index(cell.fault), labels.index(cell.subject))),
            warnings=self.warnings,
        )

    @contextmanager
    def _threads(self, count: int) -> Iterator[ThreadPoolExecutor]:
        """Yield a pool of threads; if the block is interrupted, the run is over for them."""
        pool = ThreadPoolExecutor(max_workers=max(count, 1))
        try:
            yield pool
        except BaseException:
            self.over.set()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
