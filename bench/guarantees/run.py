"""Plays every fault on every subject, several cells at a time, and keeps each cell as it ends."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from queue import SimpleQueue
from typing import Any, Protocol

from bench.engine.environment import read_environment
from bench.engine.errors import SubjectFailed
from bench.engine.platform import CorePlan
from bench.engine.subject import Subject, import_path
from bench.guarantees.cell import play_cell, refusal
from bench.guarantees.fault import Fault
from bench.guarantees.scene import Interrupted
from bench.guarantees.trying import gave_way, try_task
from bench.records.matrix import Cell, Matrix, Status, UsersTask
from bench.records.provenance import ServerRecord, SubjectRecord
from bench.records.workload import Workload
from brokers.errors import BrokerbenchError, BrokerUnavailable
from brokers.protocol import Server
from brokers.registry import result_keeper
from brokers.server import serve
from brokers.workspace import Workspace, open_workspace

__all__ = ["Plan", "Watcher", "measure"]

LANES = 16
"""Cells that are played at a time: most of a cell is waiting."""
Part = tuple[Subject, Fault]
Played = tuple[Cell, dict[str, object]]
_LEAVING_S = 5.0


class Watcher(Protocol):
    """Hears what goes on."""

    def state(self, text: str) -> None:
        """Hear what is done now."""

    def began(self, subject: str, fault: str) -> None:
        """Hear that a cell is begun."""

    def ended(self, cell: Cell, done: int, of: int) -> None:
        """Hear that a cell ended, the so manieth of so many."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be played, with which app and task. ``known`` are cells that are not played again."""

    subjects: list[Subject]
    faults: list[Fault]
    workload: Workload = field(default_factory=partial(Workload, name="guarantees"))
    repeats: int = 3
    lanes: int = LANES
    known: list[Cell] = field(default_factory=list)

    def missing(self) -> list[Part]:
        """Return the cells that are to be played."""
        known = {(cell.subject, cell.fault) for cell in self.known}
        parts = [(subject, fault) for fault in self.faults for subject in self.subjects]
        return [(subject, fault) for subject, fault in parts if (subject.label, fault.name) not in known]

    def rows(self) -> list[list[Part]]:
        """Return them in rows: in each one cell after the other, and rows that take long first.

        Faults that break a subject's server are one row, because each breaks the same one.
        """
        parts = self.missing()
        breaking: dict[str, list[Part]] = {}
        for subject, fault in parts:
            if fault.breaks == "server":
                breaking.setdefault(subject.label, []).append((subject, fault))
        alone = [[part] for part in parts if part[1].breaks != "server"]
        return sorted([*breaking.values(), *alone], key=lambda row: -sum(fault.typical_s for _, fault in row))


def measure(plan: Plan, keep: Callable[[Matrix], None], watcher: Watcher) -> Matrix:
    """Play what is missing, and return the matrix; ``keep`` gets it after each cell.

    A cell that cannot be played says why. Raises BrokerUnavailable when no subject has a server, SubjectFailed when a
    user's app comes up on none, and UsageError when their task cannot be played with. KeyboardInterrupt ends it: the
    matrix is ``interrupted`` and has the cells that ended.
    """
    run = _Run(plan, keep, watcher)
    with open_workspace() as workspace, ExitStack() as ends:
        house = _House(workspace, ends, plan.workload)
        try:
            run.boot(house)
            if plan.workload.is_users:
                run.try_task(house)
            run.play(house)
            run.status = "finished"
        except KeyboardInterrupt:
            run.status = "interrupted"
        finally:
            run.over.set()
            watcher.state("ending workers and servers")
    matrix = run.matrix()
    keep(matrix)
    return matrix


@dataclass
class _House:
    """The servers of a run: one for each kind that is not broken, one for each subject that may be."""

    workspace: Workspace
    ends: ExitStack
    workload: Workload
    _servers: dict[tuple[str, ...], Server] = field(default_factory=dict)
    _locks: dict[tuple[str, ...], threading.Lock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.apps = import_path(self.workload, self.workspace.directory / "app")

    def shared(self, subject: Subject) -> Server:
        """Return the server that the subject shares with those of the same kind."""
        return self._server(("shared", subject.broker.name, *subject.profile.server_options), subject)

    def server_for(self, fault: Fault, subject: Subject) -> Server:
        """Return the server to play on; one that is broken is the subject's alone."""
        shared = self.shared(subject)
        if refusal(fault, subject, shared) or fault.breaks != "server":
            return shared
        return self._server(("breakable", subject.label), subject)

    def result_backend(self) -> str:
        """Return the URL of a server that keeps results."""
        broker = result_keeper()
        return self.shared(Subject(label=broker.name, broker=broker, profile=broker.profiles["default"])).url

    def _lock(self, key: tuple[str, ...]) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(key, threading.Lock())

    def _server(self, key: tuple[str, ...], subject: Subject) -> Server:
        with self._lock(key):
            if key not in self._servers:
                serving = serve(subject.broker, subject.profile, self.workspace)
                self._servers[key] = serving.__enter__()
                with self._guard:
                    self.ends.push(serving)
            return self._servers[key]


@dataclass
class _Run:
    plan: Plan
    keep: Callable[[Matrix], None]
    watcher: Watcher
    status: Status = "running"
    over: threading.Event = field(default_factory=threading.Event)
    records: dict[str, SubjectRecord] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cells, self.warnings = list(self.plan.known), list[str]()
        self.environment = read_environment(CorePlan())
        self.started_at, self._started_s = datetime.now(UTC), time.monotonic()
        self.records = {subject.label: subject.record() for subject in self.plan.subjects}

    def boot(self, house: _House) -> None:
        """Boot the shared servers side by side. Raises BrokerUnavailable when there is none."""
        self.watcher.state(f"booting {', '.join(sorted({subject.broker.name for subject in self.plan.subjects}))}")
        with self._threads(len(self.plan.subjects)) as pool:
            booting = {subject.label: pool.submit(house.shared, subject) for subject in self.plan.subjects}
            for label, future in booting.items():
                self._booted(label, future)
        reasons = [record.failure for record in self.records.values() if record.failure]
        if len(reasons) == len(self.records):
            raise BrokerUnavailable("\n".join(dict.fromkeys(reasons)))

    def _booted(self, label: str, future: "Future[Server]") -> None:
        try:
            server = future.result()
        except BrokerbenchError as error:
            self.records[label] = self.records[label].model_copy(update={"failure": error.format_message()})
            return
        self.records[label] = self.records[label].model_copy(update={"server": ServerRecord.of(server)})

    def try_task(self, house: _House) -> None:
        """Have the user's task run on each subject before anything is broken.

        Raises what ``bench.guarantees.trying.try_task`` does, but SubjectFailed only when every subject failed.
        """
        self.watcher.state(f"trying {self.plan.workload.task}")
        subjects = {subject.label: subject for subject, _ in self.plan.missing() if subject.broker.spans_processes}
        whole = {label: one for label, one in subjects.items() if not self.records[label].failure}
        with self._threads(len(whole)) as pool:
            trying = {
                label: pool.submit(try_task, one, house.shared(one), house, self.over) for label, one in whole.items()
            }
            self._wait(trying.values())
            overridden = {
                label: facts["overridden"] for label, one in trying.items() if (facts := self._tried(label, one))
            }
        if trying and not overridden:
            raise SubjectFailed("\n".join(dict.fromkeys(str(self.records[label].failure) for label in trying)))
        self.warnings += gave_way(overridden)

    def _tried(self, label: str, future: "Future[dict[str, Any]]") -> dict[str, Any]:
        """Return what was told; nothing where the subject failed, which its record then says."""
        try:
            return future.result()
        except (BrokerUnavailable, SubjectFailed) as error:
            self.records[label] = self.records[label].model_copy(update={"failure": error.format_message()})
            return {}

    def _wait(self, futures: "Iterable[Future[Any]]") -> None:
        """Wait for threads; an interrupt waits for a moment more, in which each ends what it started."""
        try:
            wait(futures)
        except KeyboardInterrupt:
            self.over.set()
            wait(futures, timeout=_LEAVING_S)
            raise

    def play(self, house: _House) -> None:
        """Play all missing cells."""
        rows = self.plan.rows()
        cells = sum(map(len, rows))
        ended = SimpleQueue[Played | Exception]()
        with self._threads(self.plan.lanes) as pool:
            playing = [pool.submit(self._play_row, house, row, ended) for row in rows]
            try:
                for done in range(1, cells + 1):
                    self._take(ended.get())
                    self.watcher.ended(self.cells[-1], done, cells)
                    self.keep(self.matrix())
            except KeyboardInterrupt:
                self.over.set()
                wait(playing, timeout=_LEAVING_S)  # each lane ends what it started
                raise

    def _play_row(self, house: _House, row: list[Part], ended: "SimpleQueue[Played | Exception]") -> None:
        try:
            for subject, fault in row:
                ended.put(self._play(house, subject, fault))
        except Exception as error:  # whoever waits for the cells must know
            ended.put(error)

    def _take(self, played: "Played | Exception") -> None:
        """Keep a cell, and the versions that the subject's processes told."""
        if isinstance(played, Exception):
            raise played
        cell, facts = played
        self.cells.append(cell)
        known: dict[str, Any] = {name: facts[name] for name in ("python", "versions", "settings") if name in facts}
        self.records[cell.subject] = self.records[cell.subject].model_copy(update=known)

    def _play(self, house: _House, subject: Subject, fault: Fault) -> Played:
        if failure := self.records[subject.label].failure:
            return Cell(subject=subject.label, fault=fault.name, outcome="not run", why=failure), {}
        if self.over.is_set():
            raise Interrupted
        try:
            server = house.server_for(fault, subject)
            self.watcher.began(subject.label, fault.name)
            return play_cell(fault, subject, server, self.plan.repeats, house, self.over)
        except BrokerUnavailable as error:
            return Cell(subject=subject.label, fault=fault.name, outcome="not run", why=error.format_message()), {}

    def matrix(self) -> Matrix:
        """Return what there is now, cells in the order of subjects and faults."""
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
        """Return threads; when the block is left by an interrupt they are told that the run is over."""
        pool = ThreadPoolExecutor(max_workers=max(count, 1))
        try:
            yield pool
        except BaseException:
            self.over.set()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
