"""Compares a matrix with expectations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from bench.processes.subject import read_subject
from bench.records.expectations import MANY, Expectations, ExpectedCell, Span
from bench.records.matrix import Cell, Matrix
from bench.records.provenance import ServerRecord
from brokers.errors import BrokerbenchError, UsageError

__all__ = ["ExpectationsCheck", "Mismatch", "NotComparable", "check_names", "check_servers", "compare"]


class NotComparable(BrokerbenchError):
    """The matrix and the expectations have nothing comparable."""


@dataclass(frozen=True)
class Mismatch:
    """A cell that is not as expected. ``ran`` is False if it was not run."""

    subject: str
    fault: str
    expected: str
    found: str
    ran: bool = True


@dataclass
class ExpectationsCheck:
    """The result of a comparison. Cells are named (subject, fault)."""

    compared: int = 0
    differences: list[Mismatch] = field(default_factory=list)
    not_run: list[tuple[str, str]] = field(default_factory=list)
    """Cells in the file that were not asked for."""
    not_expected: list[tuple[str, str]] = field(default_factory=list)
    """Cells that were run but are not in the file."""
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Cells that could not be run and are not in the file."""
    unknown: list[str] = field(default_factory=list)
    """Subjects that are not in the file; their cells are in no other list."""


def check_names(expected: Expectations, faults: list[str], source: str) -> None:
    """Raise UsageError for an unknown subject or fault."""
    for label, subject in expected.subjects.items():
        _check_label(label, source)
        for name in subject.faults:
            if name not in faults:
                near = get_close_matches(name, faults, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else "run 'brokerbench guarantees --list' for their names"
                raise UsageError(f"{source}: no fault named {name!r}: {remedy}")


def _check_label(label: str, source: str) -> None:
    try:
        read_subject(label.partition("#")[0])
    except ValueError as error:
        raise UsageError(f"{source}: {error}") from error


def check_servers(expected: Expectations, matrix: Matrix, source: str) -> None:
    """Raise NotComparable if a subject ran on a server that the file is not for."""
    for record in matrix.subjects:
        wanted = expected.subjects[record.label].server if record.label in expected.subjects else ""
        if wanted and record.server and not _is_of(record.server, wanted):
            raise NotComparable(
                f"not comparable: {source} expects {record.label} on {wanted}, but it ran on "
                f"{record.server.software} {record.server.version}: use the file for that version"
            )


def _is_of(server: ServerRecord, wanted: str) -> bool:
    """Return whether a server is the wanted one: 3.10.8 is ``rabbitmq 3.10``, but 3.1 and 3.101 are not."""
    name, _, version = wanted.strip().partition(" ")
    software = server.software.lower() == name.lower()
    return software and f"{server.version}.".startswith(f"{version}." if version else "")


def compare(expected: Expectations, matrix: Matrix, source: str) -> ExpectationsCheck:
    """Compare every cell that is in both. Raises NotComparable if there is none, or if a server differs."""
    check_servers(expected, matrix, source)
    found = ExpectationsCheck(
        unknown=[record.label for record in matrix.subjects if record.label not in expected.subjects]
    )
    ran = {(cell.subject, cell.fault): cell for cell in matrix.cells}
    wanted = {
        (label, name): one for label, subject in expected.subjects.items() for name, one in subject.faults.items()
    }
    for place, cell in ran.items():
        if place in wanted:
            found.compared += 1
            found.differences += _difference(cell, wanted[place])
        elif cell.subject not in found.unknown:
            (found.failed if cell.outcome == "not run" else found.not_expected).append(place)
    found.not_run = [place for place in wanted if place not in ran]
    if not found.compared:
        raise NotComparable(f"not comparable: {source} has no expectation for any cell that was run")
    return found


def _difference(cell: Cell, expected: ExpectedCell) -> list[Mismatch]:
    """Return what is not as expected in a cell: its outcome, or else its first figure out of bounds."""
    if cell.outcome not in expected.outcome:
        words = " or ".join(expected.outcome)
        found = f"{cell.outcome}: {cell.why}" if cell.outcome == "not run" else cell.outcome
        return [Mismatch(cell.subject, cell.fault, words, found, ran=cell.outcome != "not run")]
    return [Mismatch(cell.subject, cell.fault, *pair) for pair in _out_of_bounds(cell, expected)][:1]


def _out_of_bounds(cell: Cell, expected: ExpectedCell) -> Iterator[tuple[str, str]]:
    """Yield what was expected and what was found, in words, for each figure out of bounds."""
    attempts = cell.attempts
    yield from _counts("lost", expected.lost, [len(one.lost) for one in attempts])
    yield from _counts("duplicated", expected.duplicated, [len(one.duplicated) for one in attempts])
    stopped = sum(one.stopped for one in attempts)
    if expected.stopped is not None and stopped != (len(attempts) if expected.stopped else 0):
        wanted = "the worker stops" if expected.stopped else "the worker consumes again"
        yield wanted, f"it stopped in {stopped} of {len(attempts)} attempts"
    yield from _times("back", expected.back_within_s, [one.back_s for one in attempts if one.back_s is not None])
    recoveries = [one.recovered_s for one in attempts]
    if expected.recovered_within_s is not None and None in recoveries:
        yield f"recovered within {expected.recovered_within_s:g} s", "not recovered"
    known = [seconds for seconds in recoveries if seconds is not None]
    yield from _times("recovered", expected.recovered_within_s, known)


def _counts(what: str, span: Span | None, counts: list[int]) -> Iterator[tuple[str, str]]:
    if span is None:
        return
    least, most = span
    if any(not least <= count <= most for count in counts):
        yield f"{_spanned(least, most)} {what}", f"{_spanned(min(counts), max(counts))} {what}"


def _times(what: str, within_s: float | None, times_s: list[float]) -> Iterator[tuple[str, str]]:
    if within_s is not None and times_s and max(times_s) > within_s:
        yield f"{what} within {within_s:g} s", f"{what} after {max(times_s):.1f} s"


def _spanned(least: int, most: int) -> str:
    if most >= MANY:
        return "some" if least == 1 else f"{least} or more"
    return str(least) if least == most else f"{least} to {most}"
