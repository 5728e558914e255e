"""A picture of figures in an order, such as over time: a mark and an interval for each, and where the level changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from bench.records.figures import Estimate
from bench.report.pictures.frame import GUTTER, LEFT, RIGHT, axis_name, ends_of
from bench.report.pictures.scales import ScaleOf
from bench.report.pictures.svg import Canvas, Drawing, drawn_both_ways

__all__ = ["Ordered", "draw_ordered"]

_HEIGHT, _TOP, _FOOT = 206, 28, 166
_APART = 60  # pixels between the middles of two labels
_CHARACTER = 6.5  # pixels of a letter, about


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """The figures in their order; None where there is none. ``labels`` are texts below the places of some.

    ``what`` names the axis of the figures, ``name`` prints one of them, and ``places`` names all places.

    The curve is cut before each place in ``breaks``. Places in ``changes`` are the first after a change of level.
    """

    caption: str
    description: str
    what: str
    figures: Sequence[Estimate | None]
    labels: Mapping[int, str]
    places: Sequence[str]
    name: Callable[[float], str]
    changes: Sequence[int] = field(default=())
    breaks: Sequence[int] = field(default=())


def draw_ordered(ordered: Ordered) -> Drawing:
    """Draw it."""
    return drawn_both_ways(partial(_drawn, ordered), ends_of(one for one in ordered.figures if one))


def _drawn(ordered: Ordered, scale_of: ScaleOf) -> Canvas:
    canvas = Canvas(_HEIGHT, ordered.caption, ordered.description)
    known = [(place, one) for place, one in enumerate(ordered.figures) if one]
    up = scale_of(ends_of(one for _, one in known), _FOOT, _TOP)
    canvas.text(LEFT, 12, axis_name(ordered.what, up), "quiet")
    canvas.axis_left(up, GUTTER, RIGHT, ordered.name)
    _labels(canvas, ordered)
    for place in (*ordered.changes, *ordered.breaks):
        x = _x(ordered, place - 0.5)
        canvas.line((x, _TOP), (x, _FOOT), "changed" if place in ordered.changes else "break")
    with canvas.of(0):
        for start, end in pairwise([0, *sorted(ordered.breaks), len(ordered.figures)]):
            curve = [(_x(ordered, place), up(one.value)) for place, one in known if start <= place < end]
            if len(curve) > 1:
                canvas.curve(curve)
        for place, one in known:
            if one.low is not None and one.high is not None:
                canvas.upright(_x(ordered, place), (up(one.low), up(one.high)))
            canvas.mark(_x(ordered, place), up(one.value), tip=f"{ordered.places[place]}: {_named(one, ordered)}")
    return canvas


def _named(one: Estimate, ordered: Ordered) -> str:
    ends = [ordered.name(end) for end in (one.low, one.high) if end is not None]
    return f"{ordered.name(one.value)} ({' to '.join(ends)})" if ends else ordered.name(one.value)


def _x(ordered: Ordered, place: float) -> float:
    """Return the x coordinate of a place: they are evenly spaced."""
    return GUTTER + 12 + (RIGHT - GUTTER - 12) * (place + 0.5) / len(ordered.figures)


def _labels(canvas: Canvas, ordered: Ordered) -> None:
    """Write each label below its point, as far as there is room: the first and the last before the others.

    A first or last label that would not fit there is at the edge.
    """
    last = max(ordered.labels, default=0)
    taken: list[float] = [GUTTER, RIGHT]
    for place, text in sorted(ordered.labels.items(), key=lambda one: one[0] not in (0, last)):
        half = _CHARACTER * len(text) / 2
        if place == 0 and _x(ordered, place) - half < LEFT:
            canvas.text(GUTTER, _FOOT + 24, text, "quiet")
        elif place == last and _x(ordered, place) + half > RIGHT:
            canvas.text(RIGHT, _FOOT + 24, text, "end quiet")
        elif place in (0, last) or all(abs(_x(ordered, place) - other) >= _APART for other in taken):
            taken.append(_x(ordered, place))
            canvas.text(_x(ordered, place), _FOOT + 24, text, "middle quiet")
