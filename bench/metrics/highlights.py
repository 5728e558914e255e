"""What the overview of a report shows of a metric: one column, with a figure of each subject."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.records.figures import Estimate, Ratio, Row
from bench.records.turns import Place
from bench.text.places import place_name

__all__ = ["Glance", "Highlight", "Highlights", "row_highlights"]


@dataclass(frozen=True, kw_only=True)
class Glance:
    """Which figure of a metric's rows the overview shows, and how.

    ``head`` is the head of the column, the metric's name if it is empty; ``{at}`` in it is the place of the series.
    ``does`` is what a subject does faster than another, for example "enqueues". ``series`` names the parts of a place
    that are the metric's own, and not the point of a sweep. ``at`` is the place of that series to show; if nothing was
    measured there, the last place is shown. ``figure`` returns a figure that is not the compared one, and has no
    verdict.
    """

    head: str = ""
    does: str = ""
    series: Sequence[str] = ()
    at: Place = field(default_factory=dict)
    figure: Callable[[Row], Estimate | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Highlight:
    """One subject's figure, at one point of a sweep, if there is one.

    ``ratio`` is that of the record, with its verdict. A figure without a ratio is compared by ``value`` and not judged;
    without a value it is not compared at all.
    """

    subject: str
    point: Place = field(default_factory=dict)
    text: str
    value: float | None = None
    ratio: Ratio | None = None
    void: bool = False
    limits: Sequence[str] = ()
    """What of the user's own limits it, if it is not the figure of a row."""


@dataclass(frozen=True, kw_only=True)
class Highlights:
    """A column of the overview. ``judged`` is True if its figures are those that are compared and have verdicts."""

    head: str
    does: str = ""
    judged: bool = False
    figures: Sequence[Highlight]


def row_highlights(
    rows: Sequence[Row],
    glance: Glance,
    compared: Callable[[Row], Estimate | None],
    text: Callable[[float | None], str],
) -> Highlights:
    """Return the column of a metric's rows."""
    own = [row for row in rows if row.layer == "celery"]
    at = _shown_at(own, glance)
    found = ((row, (glance.figure or compared)(row)) for row in own if at.items() <= row.at.items())
    return Highlights(
        head=glance.head.format(at=place_name(at)).strip(),
        does=glance.does,
        judged=glance.figure is None,
        figures=[
            Highlight(
                subject=row.subject,
                point={name: value for name, value in row.at.items() if name not in glance.series},
                text=text(estimate.value),
                value=estimate.value,
                ratio=None if glance.figure else row.ratio,
                void=row.void is not None,
            )
            for row, estimate in found
            if estimate
        ],
    )


def _shown_at(rows: Sequence[Row], glance: Glance) -> Place:
    """Return the wanted place of the series, or else the last one that was measured."""
    if not rows or any(glance.at.items() <= row.at.items() for row in rows):
        return glance.at
    return {name: value for name, value in rows[-1].at.items() if name in glance.series}
