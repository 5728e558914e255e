"""Carries out ``brokerbench guarantees``: runs faults, stores and reports the matrix, compares it to expectations."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rich.console import Console

from bench.commands.announcing import announce_servers
from bench.commands.documents import print_document
from bench.commands.exit_codes import BROKEN, DONE, INTERRUPTED, NOT_MEASURED
from bench.commands.measuring import new_directory
from bench.guarantees.expected_file import expectations_of
from bench.guarantees.expecting import check_names, check_servers, compare
from bench.guarantees.fault import Fault
from bench.guarantees.faults import catalogue, chosen
from bench.guarantees.matrix_plan import MatrixPlan
from bench.guarantees.paying import paid_service
from bench.guarantees.resuming import (
    known_cells,
    merged,
    on_network_of,
    refuse_another_task,
    refuse_other_versions,
    subjects_of,
)
from bench.guarantees.run import measure
from bench.processes.subject import Chosen, Subject, label_subjects
from bench.records.expectations import Expectations, read_expectations
from bench.records.matrix import MATRIX_FILE, Cell, Matrix, read_matrix
from bench.records.matrix_writer import MatrixWriter
from bench.records.named_files import check_new_file, write_text
from bench.records.workload import Workload
from bench.report.guarantees.expectations import comparison_lines
from bench.report.guarantees.explanation import print_explanation
from bench.report.guarantees.files import write_reports
from bench.report.guarantees.listing import print_faults
from bench.report.guarantees.live import watching
from bench.report.guarantees.terminal import print_matrix
from bench.text.cleaning import terminal_text
from brokers.defaults import subjects_of_each_tier
from brokers.errors import UsageError
from brokers.protocol import Broker, Profile
from brokers.selection import refuse_overrides

__all__ = ["Request", "explain", "list_faults", "refuse_paid_services", "run"]

_REPEATS = 3
Keep = Callable[[Matrix], None]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the user asked for. ``resumed`` is the folder of a matrix to resume, ``out`` that of a new one.

    ``workload`` can name the user's app and task; ``on`` returns a subject with what runs them. ``servers`` and ``yes``
    are those of ``announce_servers``.
    """

    subjects: tuple[Chosen | tuple[Broker, Profile], ...] = ()
    names: tuple[str, ...] = ()
    quick: bool = False
    repeats: int | None = None
    out: Path | None = None
    resumed: Path | None = None
    expected: Path | None = None
    written: Path | None = None
    workload: Workload = field(default_factory=partial(Workload, name="guarantees"))
    on: Callable[[Subject], Subject] = lambda subject: subject
    servers: tuple[str, ...] = ()
    yes: bool = False

    def check(self) -> None:
        """Raise UsageError if the options contradict each other, and NotWritten if a disk is full."""
        if not self.workload.is_users:
            refuse_overrides()
        if self.out and self.resumed:
            raise UsageError("--resume writes to its own folder: remove --out")
        if self.resumed and not self.workload.is_near:
            raise UsageError(
                "--resume keeps the distances of the matrix: remove --rtt, --jitter, --bandwidth and --stall; "
                "a new subject can have its own, SUBJECT@TIME"
            )
        if self.quick and self.names:
            raise UsageError("--quick chooses the faults itself: remove --quick or --only")
        if self.written:
            check_new_file(self.written, "--write-expectations")

    @property
    def directory(self) -> Path | None:
        """Return the folder that the user named, directly or by the file in it."""
        return self.resumed.parent if self.resumed and self.resumed.is_file() else self.resumed or self.out

    @property
    def source(self) -> str:
        """Return the path of the expectations, for messages."""
        return str(self.expected)


def list_faults(console: Console) -> int:
    """Print every fault."""
    faults = catalogue().values()
    print_faults((fault.record() for fault in faults), (fault.name for fault in faults if fault.quick), console)
    return DONE


def run(request: Request, console: Console, *, as_json: bool = False) -> int:
    """Run, store and report a matrix, and return the exit code."""
    request.check()
    expected = _expectations(request)
    old = read_matrix(request.resumed) if request.resumed else None
    directory = request.directory or new_directory("guarantees-")

    def refuse(matrix: Matrix) -> None:
        if expected:
            check_servers(expected, matrix, request.source)

    plan = _plan(request, old)
    _announce(plan, request, as_json=as_json)
    matrix = _kept(plan, old, directory, refuse, console)
    if as_json:
        print_document(matrix)
    else:
        print_matrix(matrix, console, directory)
    if request.written:
        write_text(request.written, expectations_of(matrix))
    if matrix.status == "interrupted":
        return INTERRUPTED
    return _compared(expected, matrix, request.source, console) if expected else _found(matrix.cells)


def explain(request: Request, name: str, console: Console, *, as_json: bool = False) -> int:
    """Explain one fault from an existing matrix, or else run the fault once; return the exit code."""
    request.check()
    if request.names or request.quick or request.expected or request.written:
        raise UsageError("--explain is about one fault: remove --only, --quick, --expect and --write-expectations")
    (fault,) = chosen((name,), quick=False)
    exists = request.resumed or (request.directory and (request.directory / MATRIX_FILE).exists())
    old = read_matrix(request.directory) if request.directory and exists else None
    known = [cell for cell in old.cells if cell.fault == fault.name] if old else []
    subjects, workload = _subjects(request, old if known else None), _workload(request, old)
    plan = MatrixPlan(subjects=subjects, faults=[fault], workload=workload, repeats=request.repeats or 1, known=known)
    _announce(plan, request, as_json=as_json)
    matrix = _kept(plan, old, None if old else request.directory, _accept, console)
    labels = {subject.label for subject in subjects}
    if as_json:
        print_document(matrix)
    else:
        print_explanation(matrix, fault.name, labels, console)
    own = [cell for cell in matrix.cells if cell.fault == fault.name and cell.subject in labels]
    return INTERRUPTED if matrix.status == "interrupted" else _found(own)


def _announce(plan: MatrixPlan, request: Request, *, as_json: bool) -> None:
    brokers = [subject.broker for subject, _ in plan.missing()]
    announce_servers(brokers, request.servers, of_app=plan.workload.is_users, yes=request.yes, err=as_json)


def _accept(_: Matrix) -> None:
    """Accept any matrix."""


def _expectations(request: Request) -> Expectations | None:
    if request.expected is None:
        return None
    expected = read_expectations(request.expected)
    check_names(expected, list(catalogue()), request.source)
    return expected


def _plan(request: Request, old: Matrix | None) -> MatrixPlan:
    """Return what to run; the cells of the old matrix are known."""
    subjects, faults = _subjects(request, old), _faults(request, old)
    if old:
        refuse_other_versions(old, subjects, str(request.resumed))
    repeats = request.repeats or (old.repeats if old else 1 if request.quick else _REPEATS)
    known = known_cells(old) if old else []
    workload = _workload(request, old)
    return MatrixPlan(subjects=subjects, faults=faults, workload=workload, repeats=repeats, known=known)


def _workload(request: Request, old: Matrix | None) -> Workload:
    """Return what is run, on the network of the old matrix."""
    return on_network_of(old, request.workload) if old else request.workload


def _subjects(request: Request, old: Matrix | None) -> list[Subject]:
    """Return the requested subjects, or else those of the old matrix, or else the default ones."""
    if old and not request.subjects:
        subjects = subjects_of(old)
    else:
        subjects = label_subjects(list(request.subjects) or subjects_of_each_tier(), _workload(request, old))
    return list(map(request.on, subjects))


def _faults(request: Request, old: Matrix | None) -> list[Fault]:
    if old and not request.names and not request.quick:
        return chosen(tuple(fault.name for fault in old.faults), quick=False)
    return chosen(request.names, quick=request.quick, of_app=request.workload.is_users)


def _kept(plan: MatrixPlan, old: Matrix | None, directory: Path | None, refuse: Keep, console: Console) -> Matrix:
    """Run what is missing, and store the whole matrix with its reports in the directory, if there is one.

    ``refuse`` receives each matrix once it is stored, and may raise.
    """
    if directory is None:
        return _run(plan, old, _accept, console)
    with MatrixWriter(directory, goes_on=old is not None) as writer:

        def keep(matrix: Matrix) -> None:
            writer.keep(matrix)
            refuse(matrix)

        matrix = _run(plan, old, keep, console)
        write_reports(matrix, directory)
    return matrix


def _run(plan: MatrixPlan, old: Matrix | None, keep: Keep, console: Console) -> Matrix:
    """Run what is missing, merge it into the old matrix, and return the whole.

    Raises UsageError when the old matrix is about another task.
    """

    def whole(new: Matrix) -> Matrix:
        return merged(old, new) if old else new

    if old and (plan.missing() or plan.workload.is_users):
        refuse_another_task(old, plan.workload, "the matrix")
    if old and not plan.missing():
        return old
    refuse_paid_services(plan.subjects)
    with watching(console) as watcher:
        return whole(measure(plan, lambda new: keep(whole(new)), watcher))


def refuse_paid_services(subjects: list[Subject]) -> None:
    """Raise UsageError if a subject's requests would cost money."""
    for subject in subjects:
        if why := paid_service(subject):
            raise UsageError(f"{subject.label}: {why}")


def _compared(expected: Expectations, matrix: Matrix, source: str, console: Console) -> int:
    """Print what is not as expected, and return the exit code."""
    compared = compare(expected, matrix, source)
    for line in comparison_lines(compared, source):
        console.print(terminal_text(line, console), soft_wrap=True)
    if any(difference.ran for difference in compared.differences):
        return BROKEN
    return NOT_MEASURED if compared.differences or compared.failed else DONE


def _found(cells: list[Cell]) -> int:
    """Return the exit code for cells that are not compared to expectations."""
    outcomes = {cell.outcome for cell in cells}
    if "broken" in outcomes:
        return BROKEN
    return NOT_MEASURED if "not run" in outcomes else DONE
