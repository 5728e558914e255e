"""How reports show a metric: its words and columns, and what its pictures show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bench.metrics.highlights import Glance
from bench.records.figures import Estimate, Percentiles, Row
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.records.turns import Place
from bench.text.numbers import Figure, duration_figure, rate_figure

__all__ = [
    "MEAN",
    "PERCENTILES",
    "TIMES",
    "Bars",
    "Column",
    "Curve",
    "RateMark",
    "RateMarks",
    "ReportLine",
    "SmallTable",
    "Stack",
    "Words",
    "percentile_figures",
    "rate_column",
]

PERCENTILES = ("median", "p95", "p99", "p99.9")


@dataclass(frozen=True)
class Column:
    """A column of a table: its head, and a function that prints the figure of a row."""

    head: str
    of: Callable[[Row], Figure]


def percentile_figures(found: Row | Percentiles) -> dict[str, Figure]:
    """Return the printed percentiles of a row, or of a part of one, by column head."""
    estimates = (found.median_ns, found.p95_ns, found.p99_ns, found.p999_ns)
    return dict(zip(PERCENTILES, map(duration_figure, estimates), strict=True))


def _percentile(head: str) -> Column:
    return Column(head, lambda row: percentile_figures(row)[head])


def rate_column(head: str) -> Column:
    """Return the column of events a second."""
    return Column(head, lambda row: rate_figure(row.per_second))


TIMES = tuple(_percentile(head) for head in PERCENTILES)
MEAN = Column("mean", lambda row: duration_figure(row.mean_ns))


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A picture of times by percentile: what its axis and its caption say."""

    axis: str
    caption: str = "by percentile"
    logarithmic: bool = False


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words of a metric. ``{name}`` in a sentence is a subject, ``{to}`` the subject that it is compared with.

    The sentences ``compared``, ``alone`` and ``since`` state a figure relative to another subject's, by itself, and
    relative to a baseline's; ``alone`` is a pair of the column's head and the sentence. ``what`` names the figure that
    is compared.
    """

    method: Callable[[Result], str]
    """How it was measured in this run."""
    how: Callable[[Result], str] = lambda _: "turns"
    """The same in a few words, which follow "measured in"."""
    reading: str = ""
    """How to read its figures; empty if they need no explanation."""
    compared: str = "{name} takes {ratio} of {to}"
    alone: tuple[str, str] = ("median", "{name} takes {figure}")
    since: str = "{name} takes {ratio} of the baseline"
    what: str = "the figure"
    samples: str = "calls"
    columns: Sequence[Column] = ()
    short: Sequence[str] = ("", "", "", "")
    """The heads of the four columns that fit into a terminal; an empty head leaves its column empty."""
    curve: Curve | None = None
    """What a picture of its percentiles shows; None if it has no such picture."""
    also: Sequence[tuple[str, Callable[[Row], Estimate | None]]] = ()
    """Other figures that a picture of a sweep shows: the name, and a function that returns the figure of a row."""
    fitted_over: str = ""
    """The name in a place over which a law is fitted; empty if none is."""
    apart: str = "Parts separately"
    glance: Glance = field(default_factory=Glance)
    """Which of its figures the overview shows; for a metric whose figures are rows."""
    live: bool = False
    """Whether the live view shows the figures of its single turns."""
    trying: Callable[[Any], str] | None = None
    """What a turn of a search tried, in a few words, which the live view shows while there are no figures."""


class ReportLine(Protocol):
    """One subject in a report."""

    @property
    def subject(self) -> SubjectRecord:
        """Return the record of the subject."""
        ...

    @property
    def name(self) -> str:
        """Return the subject's name."""
        ...

    @property
    def measured(self) -> bool:
        """Return True if the subject has any figure."""
        ...

    @property
    def unranked(self) -> str:
        """Return a note that it is not ranked; empty if it is."""
        ...

    def name_at(self, at: Place) -> str:
        """Return the subject's name and a place."""
        ...

    def note(self) -> str:
        """Return why the subject has no figure."""
        ...


@dataclass(frozen=True)
class SmallTable:
    """A table for a terminal; each cell has one line."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A subject's bar: parts that add up, and what happens ``beside`` them, in nanoseconds."""

    line: ReportLine
    name: str
    parts: dict[str, float]
    beside: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Bars:
    """A picture with a bar for each subject, made of parts of these kinds."""

    what: str
    kinds: tuple[str, ...]
    stacks: list[Stack]
    method: str


@dataclass(frozen=True, kw_only=True)
class RateMark:
    """A rate of one subject, printed as ``text``, and the lowest rate that failed."""

    line: ReportLine
    name: str
    per_second: float
    failed_per_s: float | None
    text: str
    row: list[str]


@dataclass(frozen=True, kw_only=True)
class RateMarks:
    """A picture with a mark at each subject's rate, and a line to the lowest rate that failed."""

    what: str
    head: list[str]
    marks: list[RateMark]
    method: str
