"""The parts of a picture: axes, and marks that differ in both shape and colour.

Colours and fonts come from the page's style sheet by class: ``s0`` to ``s7`` are the subjects' colours. A tip is the
``title`` of an element: a browser shows it on hover, and the page's script also on tap and by keyboard.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from xml.etree import ElementTree

from markupsafe import Markup

from bench.report.pictures.scales import Scale, ScaleOf, is_wide, log_scale, scale_from_zero

__all__ = ["WIDTH", "Canvas", "Drawing", "drawn_both_ways", "glyph", "shortened"]

WIDTH = 440
_COLOURS = 8
_DASHES = 4
_KINDS = 6
_HATCH = 5  # pixels between the hatching lines that distinguish kinds of bars
_SHAPES = (
    "M-5,0a5,5 0 1,0 10,0a5,5 0 1,0-10,0Z",  # circle
    "M-4.5-4.5H4.5V4.5H-4.5Z",  # square
    "M0-6L5.5,4.5H-5.5Z",  # triangle
    "M0-6.5L5.5,0L0,6.5L-5.5,0Z",  # diamond
    "M0,6L5.5-4.5H-5.5Z",  # triangle, point down
    "M-2-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z",  # cross
    "M0-6L6-1.5L3.5,5H-3.5L-6-1.5Z",  # pentagon
)


def shortened(text: str, most: int) -> str:
    """Return the text, cut to at most ``most`` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def glyph(subject: int, *, hollow: bool) -> Markup:
    """Return a subject's mark as a small picture to stand beside its name."""
    style = f"mark hollow s{subject % _COLOURS}" if hollow else f"mark s{subject % _COLOURS}"
    svg = ElementTree.Element("svg", {"class": "glyph", "viewBox": "-8 -8 16 16", "aria-hidden": "true"})
    ElementTree.SubElement(svg, "path", {"d": _SHAPES[subject % len(_SHAPES)], "class": style})
    return _markup(svg)


def _markup(svg: ElementTree.Element) -> Markup:
    """Return it for a page; an empty element's space before its end is left out, as no text of ours has the three."""
    text = ElementTree.tostring(svg, encoding="unicode")  # escapes; a ``>`` of a text is ``&gt;``
    return Markup(text.replace(" />", "/>"))  # noqa: S704 - ElementTree escapes


@dataclass(frozen=True)
class Drawing:
    """A picture, and the same on the other kind of scale: logarithmic instead of linear, or linear instead."""

    shown: Markup
    other: Markup | None = None
    logarithmic: bool = False
    """Whether the first one is."""


def drawn_both_ways(
    draw: "Callable[[ScaleOf], Canvas]", values: Iterable[float], *, logarithmic: bool | None = None
) -> Drawing:
    """Draw on a linear and on a logarithmic scale. ``logarithmic`` says which comes first; None: what suits the values.

    Zero has no place on a logarithmic scale, so there is none if a value is zero.
    """
    known = list(values)
    if min(known, default=0) <= 0:
        return Drawing(draw(scale_from_zero).markup())
    on_linear, on_log = (draw(scale_of).markup() for scale_of in (scale_from_zero, log_scale))
    if is_wide(known) if logarithmic is None else logarithmic:
        return Drawing(on_log, on_linear, logarithmic=True)
    return Drawing(on_linear, on_log)


class Canvas:
    """One picture of a fixed width, which the page scales."""

    def __init__(self, height: float, title: str, description: str, width: float = WIDTH) -> None:
        self._svg = ElementTree.Element("svg", {"viewBox": f"0 0 {width:g} {height:g}", "role": "img"})
        self._open, self._subject = self._svg, 0
        self._add("title", text=title)
        self._add("desc", text=description)

    @contextmanager
    def of(self, subject: int) -> Iterator[None]:
        """Draw what belongs to one subject, in its colour; a reader can hide it."""
        style = f"s{subject % _COLOURS} d{subject % _DASHES}"
        self._open = ElementTree.SubElement(self._svg, "g", {"class": style, "data-subject": str(subject)})
        self._subject = subject
        try:
            yield
        finally:
            self._open = self._svg

    def text(self, x: float, y: float, text: str, style: str = "") -> None:
        """Write text with its baseline at ``y``; styles are ``middle``, ``end`` and ``quiet``."""
        self._add("text", text=text, x=_px(x), y=_px(y), **{"class": style} if style else {})

    def line(self, start: tuple[float, float], end: tuple[float, float], style: str) -> None:
        """Draw a straight line; styles are ``axis``, ``break`` and ``changed``."""
        self.lines([(start, end)], style)

    def lines(self, ends: Iterable[tuple[tuple[float, float], tuple[float, float]]], style: str) -> None:
        """Draw straight lines that are alike, such as those of a grid."""
        path = "".join(f"M{_px(x1)},{_px(y1)}L{_px(x2)},{_px(y2)}" for (x1, y1), (x2, y2) in ends)
        self._add("path", d=path, **{"class": style})

    def curve(self, points: Sequence[tuple[float, float]]) -> None:
        """Draw a line through the points, with its subject's dashes."""
        path = "M" + "L".join(f"{_px(x)},{_px(y)}" for x, y in points)
        self._add("path", d=path, **{"class": "curve"})

    def mark(self, x: float, y: float, *, hollow: bool = False, tip: str = "") -> None:
        """Draw a mark in its subject's shape; a hollow one stands for an emulator."""
        shape, place = _SHAPES[self._subject % len(_SHAPES)], f"translate({_px(x)},{_px(y)})"
        self._add("path", d=shape, transform=place, tip=tip, **{"class": "mark hollow" if hollow else "mark"})

    def dot(self, x: float, y: float, tip: str) -> None:
        """Draw a small point of a curve."""
        self._add("path", d=f"M{_px(x)},{_px(y)}h0", tip=tip, **{"class": "dot"})

    def whisker(self, ends: tuple[float, float], y: float) -> None:
        """Draw a horizontal interval with a stop at each end."""
        self.lines([((ends[0], y), (ends[1], y)), *(((x, y - 5), (x, y + 5)) for x in ends)], "whisker")

    def upright(self, x: float, ends: tuple[float, float]) -> None:
        """Draw a vertical interval with a stop at each end."""
        self.lines([((x, ends[0]), (x, ends[1])), *(((x - 4, y), (x + 4, y)) for y in ends)], "whisker")

    def column(self, ends: tuple[float, float], top: float, foot: float, tip: str) -> None:
        """Draw nothing but a place to point at, which shows the tip."""
        left, right = ends
        path = f"M{_px(left)},{_px(top)}H{_px(right)}V{_px(foot)}H{_px(left)}Z"
        self._add("path", d=path, tip=tip, **{"class": "column"})

    def cell(self, box: tuple[float, float, float, float], opacity: float, subject: int | None, tip: str = "") -> None:
        """Draw a cell of a map, as left, top, width and height, in the colour of a subject; hollow without one."""
        left, top, width, height = box
        path = f"M{_px(left)},{_px(top)}h{_px(width)}v{_px(height)}h-{_px(width)}Z"
        shown = {} if subject is None else {"fill-opacity": f"{opacity:.2f}"}
        style = "cell" if subject is None else f"cell full s{subject % _COLOURS}"
        self._add("path", d=path, tip=tip, **{"class": style, **shown})

    def boxes(self, boxes: Iterable[tuple[float, float, float, float]], style: str) -> None:
        """Draw filled boxes that are alike, each as left, top, width and height."""
        path = "".join(f"M{_px(x)},{_px(y)}h{_px(width)}v{_px(height)}h-{_px(width)}Z" for x, y, width, height in boxes)
        self._add("path", d=path, **{"class": style})

    def bar(self, ends: tuple[float, float], top: float, height: float, kind: int, tip: str = "") -> None:
        """Draw a horizontal bar; kinds 0 to 5 differ in colour and hatching, and the last is hollow."""
        left, right = ends
        kind %= _KINDS
        self._add(
            "path",
            d=f"M{_px(left)},{_px(top)}H{_px(right)}v{_px(height)}H{_px(left)}Z",
            tip=tip,
            **{"class": f"bar p{kind}"},
        )
        if hatching := _hatching(kind, right - left, height):
            self._add("path", d=hatching, transform=f"translate({_px(left)},{_px(top)})", **{"class": "hatching"})

    def axis_below(self, scale: Scale, y: float, top: float, name: Callable[[float], str]) -> None:
        """Draw the axis along the lower edge, with a grid line up to ``top`` at each tick."""
        self.line((scale.start_px, y), (scale.end_px, y), "axis")
        self.lines((((scale(tick), top), (scale(tick), y)) for tick in scale.ticks), "grid")
        for tick in scale.ticks:
            self.text(scale(tick), y + 15, name(tick), "middle quiet")

    def axis_left(self, scale: Scale, x: float, right: float, name: Callable[[float], str]) -> None:
        """Draw the axis along the left edge, with a grid line up to ``right`` at each tick."""
        self.lines((((x, scale(tick)), (right, scale(tick))) for tick in scale.ticks), "grid")
        for tick in scale.ticks:
            self.text(x - 6, scale(tick) + 4, name(tick), "end quiet")

    def markup(self) -> Markup:
        """Return the picture for a page; its text is escaped."""
        return _markup(self._svg)

    def _add(self, tag: str, *, text: str | None = None, tip: str = "", **attributes: str) -> None:
        added = ElementTree.SubElement(self._open, tag, attributes)
        added.text = text
        if tip:
            ElementTree.SubElement(added, "title").text = tip


def _hatching(kind: int, width: float, height: float) -> str:
    """Return the lines over a bar: none, vertical, horizontal, slanting up, slanting down; none if it is hollow."""
    steps = [_HATCH * step for step in range(1, int((width + height) / _HATCH) + 1)]
    if kind == 1:
        return " ".join(f"M{_px(x)},0 v{_px(height)}" for x in steps if x < width)
    if kind == 2:  # noqa: PLR2004 - the third kind
        return " ".join(f"M0,{_px(y)} h{_px(width)}" for y in steps if y < height)
    if kind in (3, 4):
        ends = [(max(0.0, x - height), min(height, x), min(width, x), max(0.0, x - width)) for x in steps]
        return " ".join(_slanting(end, height, down=kind == 4) for end in ends if end[0] < end[2])  # noqa: PLR2004
    return ""


def _slanting(ends: tuple[float, float, float, float], height: float, *, down: bool) -> str:
    left, left_y, right, right_y = ends
    if down:
        left_y, right_y = height - left_y, height - right_y
    return f"M{_px(left)},{_px(left_y)} L{_px(right)},{_px(right_y)}"


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
