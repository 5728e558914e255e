"""The overview of a result: a row for each subject of each tier, and a column for each metric.

A ratio in it says how many times as fast (or as cheap) a subject is as the first one of its tier, so that above 1x is
better in every column.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from bench.metrics.highlights import Highlight, Highlights
from bench.metrics.registry import catalogue
from bench.records.figures import Ratio
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.records.turns import Place
from bench.report.doubts import doubt_words
from bench.report.remarks import remarks
from bench.report.sections import subject_name
from bench.stats.verdicts import Better, Verdict
from bench.text.cleaning import clean
from bench.text.numbers import MISSING, limit_text, ratio_figure, ratio_text
from bench.text.places import place_key, place_name
from brokers.protocol import Tier

__all__ = [
    "MARKS",
    "PLAIN_MARKS",
    "Column",
    "Mark",
    "Overview",
    "OverviewCell",
    "OverviewRow",
    "columns_of",
    "legend",
    "mark_of",
    "overview",
    "speed",
]

Mark = Literal["reference", "faster", "slower", "equal", "inconclusive", "not ranked", "not judged", "void"]
_WORDS: dict[Verdict, Mark] = {
    "improved": "faster",
    "regressed": "slower",
    "equivalent": "equal",
    "inconclusive": "inconclusive",
}
MARKS: dict[str, str] = {"faster": "▲", "slower": "▼", "equal": "=", "inconclusive": "?", "not ranked": MISSING}
"""The mark of each verdict that has one."""
PLAIN_MARKS: dict[str, str] = MARKS | {"faster": "^", "slower": "v", "not ranked": "-"}
"""The same for an encoding that lacks them."""


@dataclass(frozen=True, kw_only=True)
class OverviewCell:
    """A figure, how many times as good it is as the first subject's, that ratio's interval, and its verdict."""

    value: str
    ratio: str = ""
    interval: str = ""
    verdict: Mark


@dataclass(frozen=True, kw_only=True)
class OverviewRow:
    """One subject, at one point of a sweep if there is one; a cell is None where it has no figure."""

    subject: str
    tier: Tier
    at: str = ""
    cells: list[OverviewCell | None]


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The table, and what to know about single figures of it."""

    columns: list[str]
    rows: list[OverviewRow]
    notes: list[str]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A metric's highlights."""

    metric: str
    better: Better
    shown: Highlights

    def of(self, subject: str, point: Place) -> Highlight | None:
        """Return a subject's figure at a point."""
        here = (one for one in self.shown.figures if one.subject == subject)
        return next((one for one in here if place_key(one.point) == place_key(point)), None)

    def points(self) -> list[Place]:
        """Return every point once, in the order of measurement."""
        return list({place_key(one.point): one.point for one in self.shown.figures}.values())


def overview(result: Result) -> Overview:
    """Return the overview of a result. A metric without any figure has no column."""
    columns = columns_of(result)
    points = list({place_key(point): point for column in columns for point in column.points()}.values()) or [{}]
    rows = [
        _row(result, subject, point, columns)
        for tier in get_args(Tier)
        for point in points
        for subject in result.subjects
        if subject.tier == tier
    ]
    shown = [row for row in rows if not row.at or any(row.cells)]
    return Overview(columns=[column.shown.head for column in columns], rows=shown, notes=remarks(result))


def columns_of(result: Result) -> list[Column]:
    """Return the columns of the metrics that have figures, in the order of reports."""
    found = ((name, metric, metric.highlights(result)) for name, metric in catalogue().items())
    return [
        Column(metric=name, better=metric.better, shown=shown)
        for name, metric, shown in found
        if shown and shown.figures
    ]


def speed(ratio: Ratio, better: Better) -> Ratio:
    """Return how many times as fast or as good a subject is: a ratio of times is inverted."""
    if better == "more":
        return ratio
    low, high = (None if end is None else 1 / end for end in (ratio.high, ratio.low))
    return ratio.model_copy(update={"value": 1 / ratio.value, "low": low, "high": high})


def mark_of(verdict: Verdict) -> Mark:
    """Return what a verdict says of a subject."""
    return _WORDS[verdict]


def legend(result: Result, found: Overview, marks: dict[str, str]) -> str:
    """Return how to read the table; empty if there is nothing to explain."""
    cells = [cell for row in found.rows for cell in row.cells if cell]
    verdicts = {cell.verdict for cell in cells}
    words = {"equal": f"equal within {limit_text(result.margin)}"}
    marked = [f"{mark} {words.get(name, name)}" for name, mark in marks.items() if name in verdicts]
    if "not judged" in verdicts:
        marked.append("no mark: not judged")
    interval = " (95 % interval)" if any(cell.interval for cell in cells) else ""
    ratio = f"Ratio{interval}: to the first of the tier, above 1x is better."
    shown = [ratio] if any(cell.ratio for cell in cells) else []
    ratios = (one.ratio for column in columns_of(result) for one in column.shown.figures if one.ratio and not one.void)
    doubts = doubt_words(ratios) if "inconclusive" in verdicts else ""
    return " ".join(filter(None, [*shown, f"{', '.join(marked)}." if marked else "", doubts]))


def _row(result: Result, subject: SubjectRecord, point: Place, columns: Sequence[Column]) -> OverviewRow:
    cells = [_cell(result, subject, point, column) for column in columns]
    return OverviewRow(subject=subject_name(subject), tier=subject.tier, at=place_name(point), cells=cells)


def _cell(result: Result, subject: SubjectRecord, point: Place, column: Column) -> OverviewCell | None:
    found = column.of(subject.label, point)
    if found is None:
        return None
    if found.void:
        return OverviewCell(value=clean(found.text), ratio="void", verdict="void")
    if found.ratio:
        figure = ratio_figure(speed(found.ratio, column.better))
        to = column.of(found.ratio.to, point)
        if to and to.void:
            return OverviewCell(value=clean(found.text), verdict="not judged")
        return OverviewCell(
            value=clean(found.text), ratio=figure.text, interval=figure.interval, verdict=_WORDS[found.ratio.verdict]
        )
    return _without_ratio(result, subject, found, column)


def _without_ratio(result: Result, subject: SubjectRecord, found: Highlight, column: Column) -> OverviewCell:
    """Return the cell of the first subject of its kind, of one that is alone, or of a figure that is not judged."""
    figures = [(one, column.of(one.label, found.point)) for one in result.subjects]
    alike = [figure for one, figure in figures if figure and _kind(result, one) == _kind(result, subject)]
    text = clean(found.text)
    if found is alike[0]:
        unlike = any(figure and one.tier == subject.tier and not one.is_emulated for one, figure in figures)
        if len(alike) == 1 and subject.is_emulated and unlike:
            return OverviewCell(value=text, verdict="not ranked")
        compared = len(alike) > 1 and found.value is not None
        return OverviewCell(value=text, ratio="1x" if compared else "", verdict="reference")
    ratio = "" if column.shown.judged else _plain_ratio(found.value, alike[0].value, column.better)
    return OverviewCell(value=text, ratio=ratio, verdict="not judged")


def _kind(result: Result, subject: SubjectRecord) -> object:
    """Return what the subjects that are compared share; two sides are always compared."""
    return () if any(one.spec for one in result.subjects) else subject.kind


def _plain_ratio(value: float | None, first: float | None, better: Better) -> str:
    if not value or not first:
        return ""
    return ratio_text(value / first if better == "more" else first / value)
