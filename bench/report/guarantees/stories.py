"""Prepares the content of all reports of a matrix: fault by fault, and for each fault, subject by subject."""

from dataclasses import dataclass, field

from bench.records.matrix import Cell, FaultRecord, Matrix, Outcome
from bench.records.provenance import SubjectRecord
from bench.report.guarantees.timeline import Happening, endings, timeline
from bench.report.guarantees.words import counts, detail, findings, sentence, times_s, worst
from bench.report.sections import subject_name
from bench.text.cleaning import clean, clean_value
from bench.text.numbers import MISSING, duration, number, plural
from bench.text.table import Table

__all__ = ["FaultStory", "Story", "notes", "stories"]

_COUNTS = (
    "accepted",
    "refused",
    "unanswered",
    "finished",
    "lost",
    "ran twice",
    "uninvited",
    "late",
    "limited",
    "unknown",
)
_ENDINGS = {"finished": "", "interrupted": "interrupted: ", "running": "still running or killed: "}


@dataclass(frozen=True, kw_only=True)
class Story:
    """The content of one cell. ``place`` is (index of the fault, index of the subject)."""

    place: tuple[int, int]
    subject: str
    tier: str
    outcome: Outcome
    detail: str
    sentence: str
    findings: list[str] = field(default_factory=list)
    limited: bool = False
    """Whether limits of the user's own ended tasks; the findings say which."""
    settings: str = ""
    by_default: str = ""
    evidence: Table
    figures: Table
    timeline_of: str = ""
    timeline: list[Happening] = field(default_factory=list)
    endings: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return the anchor for links to this cell on a page."""
        return f"cell-{self.place[0]}-{self.place[1]}"


@dataclass(frozen=True, kw_only=True)
class FaultStory:
    """One fault, and a story for each subject; None for a cell that has not run yet."""

    fault: FaultRecord
    cells: list[Story | None]


def stories(matrix: Matrix) -> list[FaultStory]:
    """Return a story for each fault of a matrix, in its order."""
    return [
        FaultStory(
            fault=fault,
            cells=[_story(matrix, (row, column), fault, subject) for column, subject in enumerate(matrix.subjects)],
        )
        for row, fault in enumerate(matrix.faults)
    ]


def _story(matrix: Matrix, place: tuple[int, int], fault: FaultRecord, subject: SubjectRecord) -> Story | None:
    cell = matrix.cell(subject.label, fault.name)
    if cell is None:
        return None
    shown = cell.attempts[worst(cell)] if cell.attempts else None
    return Story(
        place=place,
        subject=subject_name(subject),
        tier=subject.tier,
        outcome=cell.outcome,
        detail=detail(cell),
        sentence=sentence(cell),
        findings=findings(cell),
        limited=any(one.limited or one.unknown for one in cell.attempts),
        settings=clean_value("", cell.settings) if cell.settings else "",
        by_default=clean(cell.by_default),
        evidence=_evidence(cell),
        figures=_figures(cell),
        timeline_of=_which(cell),
        timeline=timeline(shown) if shown else [],
        endings=endings(shown) if shown else [],
    )


def _which(cell: Cell) -> str:
    """Return, in words, which attempt the timeline shows."""
    if len(cell.attempts) == 1:
        return "the only attempt"
    return f"attempt {worst(cell) + 1} of {len(cell.attempts)}, the worst one"


def _evidence(cell: Cell) -> Table:
    """Return the counts of each attempt, and their range over all attempts."""
    table = Table(["attempt", "outcome", *_COUNTS, "redelivered after", "consuming again after"])
    rows = []
    for place, one in enumerate(cell.attempts, start=1):
        lists = (one.lost, one.duplicated, one.uninvited, one.late, one.limited, one.unknown)
        row = [one.sent, one.refused, one.unanswered, one.finished, *map(len, lists)]
        rows.append(row)
        recovered = "stopped" if one.stopped else _seconds(one.recovered_s)
        table.rows.append([str(place), one.outcome, *(f"{count:,}" for count in row), _seconds(one.back_s), recovered])
    if len(rows) > 1:
        back, recovered = (times_s(getattr(one, name) for one in cell.attempts) for name in ("back_s", "recovered_s"))
        ranges = [counts(column) for column in zip(*rows, strict=True)]
        table.rows.append(["all", cell.outcome, *ranges, back, recovered])
    return table


def _seconds(seconds: float | None) -> str:
    return duration(None if seconds is None else 1e9 * seconds)


def _figures(cell: Cell) -> Table:
    """Return the figures that a fault counts in addition to the ledger."""
    names = dict.fromkeys(name for one in cell.attempts for name in one.figures)
    table = Table(["figure", *(f"attempt {place}" for place in range(1, len(cell.attempts) + 1))])
    for name in names:
        known = [one.figures.get(name) for one in cell.attempts]
        table.rows.append([clean(name), *(MISSING if one is None else _figure(name, one) for one in known)])
    return table


def _figure(name: str, value: float) -> str:
    return duration(1e9 * value) if name.endswith("_s") else number(value)


def notes(matrix: Matrix) -> list[str]:
    """Return what a reader must know first: how the run ended, what is missing, warnings."""
    every = len(matrix.subjects) * len(matrix.faults)
    missing = every - len(matrix.cells)
    ending = [f"{_ENDINGS[matrix.status]}{missing} of {plural(every, 'cell')} have not run"] if missing else []
    return [clean(sentence) for sentence in [*ending, *matrix.warnings]]
