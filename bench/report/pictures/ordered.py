"""A picture of figures in an order, such as over time: a mark and an interval for each, and where the level changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from markupsafe import Markup

from bench.records.figures import Estimate
from bench.report.pictures.frame import GUTTER, RIGHT
from bench.report.pictures.svg import Canvas, Scale, scale_over

__all__ = ["Ordered", "draw_ordered"]

_HEIGHT, _TOP, _FOOT = 190, 12, 150
_APART = 60  # pixels between the middles of two labels


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """The figures in their order; None where there is none. ``labels`` are texts below the places of some.

    The curve is cut before each place in ``breaks``. Places in ``changes`` are the first after a change of level.
    """

    caption: str
    description: str
    figures: Sequence[Estimate | None]
    labels: Mapping[int, str]
    name: Callable[[float], str]
    changes: Sequence[int] = field(default=())
    breaks: Sequence[int] = field(default=())


def draw_ordered(ordered: Ordered) -> tuple[Markup, Scale]:
    """Draw it, and return the drawing with the scale of its figures."""
    canvas = Canvas(_HEIGHT, ordered.caption, ordered.description)
    known = [(place, one) for place, one in enumerate(ordered.figures) if one]
    up = scale_over([end for _, one in known for end in _ends(one)], _FOOT, _TOP)
    canvas.axis_left(up, GUTTER, RIGHT, ordered.name)
    _labels(canvas, ordered)
    for place in (*ordered.changes, *ordered.breaks):
        x = _x(ordered, place - 0.5)
        canvas.line((x, _TOP), (x, _FOOT), "changed" if place in ordered.changes else "break")
    for start, end in pairwise([0, *sorted(ordered.breaks), len(ordered.figures)]):
        curve = [(_x(ordered, place), up(one.value)) for place, one in known if start <= place < end]
        if len(curve) > 1:
            canvas.curve(curve, 0)
    for place, one in known:
        if one.low is not None and one.high is not None:
            canvas.upright(_x(ordered, place), (up(one.low), up(one.high)), 0)
        canvas.mark(_x(ordered, place), up(one.value), 0)
    return canvas.markup(), up


def _ends(one: Estimate) -> Iterator[float]:
    yield from (end for end in (one.value, one.low, one.high) if end is not None)


def _x(ordered: Ordered, place: float) -> float:
    """Return the x coordinate of a place: they are evenly spaced."""
    return GUTTER + 12 + (RIGHT - GUTTER - 12) * (place + 0.5) / len(ordered.figures)


def _labels(canvas: Canvas, ordered: Ordered) -> None:
    """Write the first and the last label at the edges, and of the others those that have room."""
    last = max(ordered.labels, default=0)
    taken: list[float] = [GUTTER, RIGHT]
    for place, text in sorted(ordered.labels.items(), key=lambda one: one[0] not in (0, last)):
        if place == 0:
            canvas.text(GUTTER, _FOOT + 24, text, "quiet")
        elif place == last:
            canvas.text(RIGHT, _FOOT + 24, text, "end quiet")
        elif all(abs(_x(ordered, place) - other) >= _APART for other in taken):
            taken.append(_x(ordered, place))
            canvas.text(_x(ordered, place), _FOOT + 24, text, "middle quiet")
