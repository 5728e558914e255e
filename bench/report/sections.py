"""Splits a result into sections, one for each metric and tier, with a line for each of its subjects and places.

Tiers are separate, because their promises differ. Places are in the order of their first measurement, subjects in the
order the user named them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import get_args

from bench.metrics.registry import catalogue, find_metric
from bench.records.figures import Row
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.records.turns import Place
from bench.report.columns import figure_of
from bench.text.cleaning import clean, first_line
from bench.text.numbers import MISSING, Figure, detectable, ratio_figure
from bench.text.places import place_key, place_name
from brokers.protocol import Tier

__all__ = ["NO_BLOCK", "Line", "Section", "name_of", "sections", "subject_name"]

NO_BLOCK = "no block was measured (raise --budget)"
"""The note of a line without a block."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One subject in one metric at one place."""

    subject: SubjectRecord
    metric: str
    at: Place = field(default_factory=dict)
    row: Row | None
    number: int
    """The subject's index among all; pictures choose its colour and shape by it."""
    reference: bool
    """True if other subjects of the tier are compared with this one."""
    measured: bool
    """True if there is any figure."""
    void_reference: bool = False
    """True if the figures that this one is compared with are void."""

    @property
    def name(self) -> str:
        """Return the subject's name, with the emulator's if it ran on one."""
        return subject_name(self.subject)

    @property
    def at_key(self) -> object:
        """Return a key that is the same for all lines of one place."""
        return place_key(self.at)

    @property
    def where(self) -> str:
        """Return the place in words, such as ``at 50 % (312/s)``; empty without a series."""
        return place_name(self.at, self.row.intended_per_s if self.row else None)

    @property
    def full_name(self) -> str:
        """Return the subject's name and the place."""
        return ", ".join(filter(None, (self.name, self.where)))

    def name_at(self, at: Place) -> str:
        """Return the subject's name and another place, for a record that is not a row."""
        return ", ".join(filter(None, (self.name, place_name(at))))

    @property
    def failure(self) -> str | None:
        """Return why the subject was not measured here, or not to the end; None if all went well."""
        here = (one.reason for one in self.subject.failed_at if one.at.items() <= self.at.items())
        return self.subject.failure if self.subject.failure is not None else next(here, None)

    @property
    def emulated(self) -> bool:
        """Return True if its server was an emulator; those figures are not ranked."""
        return self.subject.is_emulated

    @property
    def unranked(self) -> str:
        """Return a phrase that says the subject is not ranked; empty if it is."""
        return ", on an emulator, which is not ranked" if self.emulated and not self.reference else ""

    @property
    def void(self) -> str:
        """Return why its figures are void; empty if they are not."""
        return clean(self.row.void) if self.row and self.row.void is not None else ""

    def figures(self, heads: Iterable[str]) -> list[Figure]:
        """Return one printed figure for each of the heads."""
        return [figure_of(self.row, head) for head in heads] if self.row else []

    def comparison(self) -> Figure:
        """Return the ratio to the first subject of the tier and the kind of server, or why there is none."""
        ratio = self.row.ratio if self.row else None
        if self.void or (self.void_reference and ratio):
            return Figure("void")
        if self.reference:
            return Figure("1x")
        return Figure("emulator: not ranked") if self.emulated and ratio is None else ratio_figure(ratio)

    def seen(self) -> str:
        """Return the smallest difference that this run could detect."""
        ratio = self.row.ratio if self.row else None
        return MISSING if ratio is None or self.void or self.void_reference else detectable(ratio.detectable)

    @property
    def limits(self) -> str:
        """Return what of the user's own limits the figures, or is in them; empty if nothing does."""
        return clean("; ".join(self.row.limited_by)) if self.row else ""

    def note(self) -> str:
        """Return why the figures are missing or incomplete, or what limits them; of void ones, that they are void.

        Why they are void is said once a report.
        """
        if self.void:
            return "void"
        if self.failure is not None:
            return f"failed: {first_line(self.failure) or 'no reason given'}"
        if reason := self.subject.not_measured.get(self.metric):
            return f"not measured: {first_line(reason)}"
        if self.measured:
            return self.limits
        return "too few samples for a figure" if self.row and self.row.blocks else NO_BLOCK


@dataclass(frozen=True, kw_only=True)
class Section:
    """The subjects of one tier in one metric."""

    metric: str
    tier: Tier
    lines: list[Line]
    ceilings: list[Row] = field(default_factory=list)
    """The rows of the subjects' ceilings."""

    @property
    def title(self) -> str:
        """Return the section's title: ``enqueue, fast tier``."""
        return f"{self.metric.replace('-', ' ')}, {self.tier} tier"

    @property
    def timed(self) -> bool:
        """Return True if its figures are rows."""
        return find_metric(self.metric).in_rows

    @property
    def rows(self) -> list[Row]:
        """Return the rows of the lines that have one."""
        return [line.row for line in self.lines if line.row]

    def groups(self) -> list[tuple[Place, list[Line]]]:
        """Return the lines of each place."""
        found: dict[object, tuple[Place, list[Line]]] = {}
        for line in self.lines:
            found.setdefault(line.at_key, (line.at, []))[1].append(line)
        return list(found.values())

    def line_of(self, row: Row) -> Line | None:
        """Return a line of the subject that a ceiling's row belongs to."""
        return next((line for line in self.lines if line.subject.label == row.subject), None)


def subject_name(subject: SubjectRecord) -> str:
    """Return the label, with the emulator's name if it ran on one: ``sqs (ministack)``."""
    if subject.server is None or not subject.server.emulator:
        return clean(subject.label)
    return clean(f"{subject.label} ({subject.server.software})")


def name_of(label: str, result: Result) -> str:
    """Return the name of the subject with that label."""
    return next((subject_name(one) for one in result.subjects if one.label == label), clean(label))


def sections(result: Result) -> list[Section]:
    """Return the sections of a result, ordered by metric and then by tier; none is empty."""
    asked = [metric for metric in catalogue() if metric in result.metrics or _recorded(result, metric)]
    found = (_section(result, metric, tier) for metric in asked for tier in get_args(Tier))
    return [section for section in found if section.lines]


def _section(result: Result, metric: str, tier: Tier) -> Section:
    rows = [row for row in result.summary if row.metric == metric and row.tier == tier]
    own = [row for row in rows if row.layer == "celery"]
    known = _recorded(result, metric) | {row.subject for row in own if _has_figure(row)}
    asked = [(number, one) for number, one in enumerate(result.subjects) if one.is_measured_in(metric)]
    named = [(number, one) for number, one in asked if one.tier == tier]
    failed = [one.at for _, subject in named for one in subject.failed_at if find_metric(metric).in_rows]
    places = _places(result, [row.at for row in own], failed)
    if len(places) == 1:
        lines = [_line(metric, places[0], *one, own, known) for one in named]
    else:
        lines = [
            line
            for at in places
            for one in named
            if one[1].label in known and ((line := _line(metric, at, *one, own, known)).row or line.failure is not None)
        ]
        first = {row.subject: row.at for row in reversed(own)}
        lines += [
            _line(metric, first.get(one.label, {}), number, one, own, known)
            for number, one in named
            if one.label not in known
        ]
    return Section(metric=metric, tier=tier, lines=lines, ceilings=[row for row in rows if row.layer != "celery"])


def _places(result: Result, measured: list[Place], failed: list[Place]) -> list[Place]:
    """Return each place once, with the points of a sweep at which everything failed, in the order of the points."""
    points = [at for at, _ in result.workload.points()]
    lacking = [at for at in failed if not any(at.items() <= one.items() for one in measured)]
    known = {place_key(at): at for at in [*measured, *lacking]}.values()
    return sorted(known, key=lambda place: [at.items() <= place.items() for at in points], reverse=True) or [{}]


def _line(metric: str, at: Place, number: int, subject: SubjectRecord, rows: list[Row], known: set[str]) -> Line:
    here = {row.subject: row for row in rows if place_key(row.at) == place_key(at)}
    row = here.get(subject.label)
    to = here.get(row.ratio.to) if row and row.ratio else None
    return Line(
        subject=subject,
        metric=metric,
        at=at,
        row=row,
        number=number,
        reference=subject.label in {one.ratio.to for one in here.values() if one.ratio},
        measured=bool(row and _has_figure(row)) if find_metric(metric).in_rows else subject.label in known,
        void_reference=to is not None and to.void is not None,
    )


def _has_figure(row: Row) -> bool:
    return bool(row.per_second or row.median_ns or row.mean_ns)


def _recorded(result: Result, metric: str) -> set[str]:
    """Return the subjects for which a metric has records that are not rows."""
    return {one.subject for one in find_metric(metric).recorded(result)}
