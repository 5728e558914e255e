"""What every report shows: one section for each metric and tier, with a line for each of its subjects.

Tiers stand apart, because what they promise differs. Lines are in the order in which the subjects were named.
"""

from dataclasses import dataclass
from typing import get_args

from bench.records.result import Metric, Result, Row, SubjectRecord
from bench.report.cleaning import clean, first_line
from bench.report.figures import MISSING, Figure, duration_figure, percent, rate_figure, ratio_figure
from brokers.protocol import Tier

__all__ = ["Line", "Section", "figure_heads", "sections", "subject_name"]

_HEADS: dict[Metric, tuple[str, ...]] = {
    "enqueue": ("median", "p95", "p99", "calls/s"),
    "throughput": ("tasks/s",),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One subject in one metric."""

    subject: SubjectRecord
    metric: Metric
    row: Row | None
    number: int
    """The subject's place among all, by which pictures choose its colour and shape."""
    reference: bool
    """Whether other subjects of the tier are compared with this one."""

    @property
    def name(self) -> str:
        """Give the subject's name, stamped where it ran on an emulator."""
        return subject_name(self.subject)

    @property
    def emulated(self) -> bool:
        """Say whether its server was an emulator, whose figures are not ranked."""
        return self.subject.server is not None and self.subject.server.emulator

    @property
    def measured(self) -> bool:
        """Say whether there is any figure."""
        return self.row is not None and bool(self.row.per_second or self.row.median_ns)

    def figures(self) -> list[Figure]:
        """Give one printed figure for each of the metric's heads."""
        row = self.row
        if row is None:
            return []
        per_second = rate_figure(row.per_second)
        if row.metric == "throughput":
            return [per_second]
        return [*map(duration_figure, (row.median_ns, row.p95_ns, row.p99_ns)), per_second]

    def comparison(self) -> Figure:
        """Give the ratio to the first subject of the tier and the kind of server, or why there is none."""
        ratio = self.row.ratio if self.row else None
        if self.reference:
            return Figure("1x")
        return Figure("emulator: not ranked") if self.emulated and ratio is None else ratio_figure(ratio)

    def seen(self) -> str:
        """Give the smallest difference that this run could have seen."""
        ratio = self.row.ratio if self.row else None
        return MISSING if ratio is None else percent(ratio.detectable)

    def note(self) -> str:
        """Say why there is no figure, or none to the end; empty where all went well."""
        if self.subject.failure is not None:
            return f"failed: {first_line(self.subject.failure) or 'no reason given'}"
        if reason := self.subject.not_measured.get(self.metric):
            return f"not measured: {first_line(reason)}"
        if self.measured:
            return ""
        return "too few samples for a figure" if self.row and self.row.blocks else "no block was measured"


@dataclass(frozen=True, kw_only=True)
class Section:
    """The subjects of one tier in one metric."""

    metric: Metric
    tier: Tier
    lines: list[Line]

    @property
    def title(self) -> str:
        """Name the section: ``enqueue, fast tier``."""
        return f"{self.metric}, {self.tier} tier"


def figure_heads(metric: Metric) -> tuple[str, ...]:
    """Give the heads of a metric's figures."""
    return _HEADS[metric]


def subject_name(subject: SubjectRecord) -> str:
    """Give the label, and the emulator's name where it ran on one: ``sqs (ministack)``."""
    if subject.server is None or not subject.server.emulator:
        return clean(subject.label)
    return clean(f"{subject.label} ({subject.server.software})")


def sections(result: Result) -> list[Section]:
    """Give the sections of a result, metrics first and tiers within them; none is empty."""
    found = (_section(result, metric, tier) for metric in result.metrics for tier in get_args(Tier))
    return [section for section in found if section.lines]


def _section(result: Result, metric: Metric, tier: Tier) -> Section:
    rows = {row.subject: row for row in result.summary if row.metric == metric}
    references = {row.ratio.to for row in rows.values() if row.ratio}
    lines = [
        Line(
            subject=subject,
            metric=metric,
            row=rows.get(subject.label),
            number=number,
            reference=subject.label in references,
        )
        for number, subject in enumerate(result.subjects)
        if subject.tier == tier
    ]
    return Section(metric=metric, tier=tier, lines=lines)
