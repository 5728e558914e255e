"""The parts of a picture: scales, axes, and marks that differ in both shape and colour.

Colours and fonts come from the page's style sheet by class: ``s0`` to ``s7`` are the subjects' colours.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from markupsafe import Markup

__all__ = ["WIDTH", "Canvas", "Scale", "linear_scale", "log_scale", "log_ticks", "scale_over", "shortened"]

WIDTH = 440
_COLOURS = 8
_DASHES = 4
_KINDS = 6
_LOG_FROM = 10  # from this ratio of the highest to the lowest value, an axis is logarithmic
_MOST_TICKS = 5
_HATCH = 5  # pixels between the hatching lines that distinguish kinds of bars
_SHAPES = (
    "M-5,0 a5,5 0 1,0 10,0 a5,5 0 1,0 -10,0 Z",  # circle
    "M-4.5,-4.5 H4.5 V4.5 H-4.5 Z",  # square
    "M0,-6 L5.5,4.5 H-5.5 Z",  # triangle
    "M0,-6.5 L5.5,0 L0,6.5 L-5.5,0 Z",  # diamond
    "M0,6 L5.5,-4.5 H-5.5 Z",  # triangle, point down
    "M-2,-6 H2 V-2 H6 V2 H2 V6 H-2 V2 H-6 V-2 H-2 Z",  # cross
    "M0,-6 L6,-1.5 L3.5,5 H-3.5 L-6,-1.5 Z",  # pentagon
)


@dataclass(frozen=True)
class Scale:
    """Map values to pixels; ``ticks`` are the values that an axis labels."""

    low: float
    high: float
    start_px: float
    end_px: float
    logarithmic: bool
    ticks: tuple[float, ...]

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; values beyond the ends are at the nearest end."""
        value = min(max(value, self.low), self.high)
        share = (
            math.log(value / self.low) / math.log(self.high / self.low)
            if self.logarithmic
            else (value - self.low) / (self.high - self.low)
        )
        return self.start_px + share * (self.end_px - self.start_px)


def scale_over(values: Iterable[float], start_px: float, end_px: float) -> Scale:
    """Return a scale from zero, or a logarithmic one if the highest value is more than ten times the lowest."""
    known = [value for value in values if value > 0] or [1.0]
    low, high = min(known), max(known)
    if high / low > _LOG_FROM:
        return log_scale(known, start_px, end_px)
    return linear_scale(high, start_px, end_px)


def log_scale(values: Iterable[float], start_px: float, end_px: float) -> Scale:
    """Return a logarithmic scale over all values above zero, widened until it has two ticks."""
    known = [value for value in values if value > 0] or [1.0]
    low, high = 0.9 * min(known), 1.1 * max(known)
    while len(log_ticks(low, high)) < 2:  # noqa: PLR2004 - one tick shows no distance
        low, high = low / 1.2, high * 1.2
    return Scale(low, high, start_px, end_px, True, log_ticks(low, high))


def linear_scale(high: float, start_px: float, end_px: float) -> Scale:
    """Return a scale from zero to the first round value that is not below ``high``."""
    step = _step(high / _MOST_TICKS)
    ticks = tuple(step * count for count in range(math.ceil(high / step - 1e-9) + 1))
    return Scale(0.0, ticks[-1], start_px, end_px, False, ticks)


def log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Return 1, 2 and 5 times the powers of ten between the two, or fewer ticks if they would be too close."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        ticks = tuple(float(f"{digit}e{power}") for power in powers for digit in digits)
        shown = tuple(tick for tick in ticks if low <= tick <= high)
        if len(shown) <= _MOST_TICKS:
            return shown
    return shown[:: math.ceil(len(shown) / _MOST_TICKS)]


def shortened(text: str, most: int) -> str:
    """Return the text, cut to at most ``most`` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


class Canvas:
    """One picture of a fixed width, which the page scales."""

    def __init__(self, height: float, title: str, description: str) -> None:
        self._svg = ElementTree.Element("svg", {"viewBox": f"0 0 {WIDTH} {height:g}", "role": "img"})
        self._add("title", text=title)
        self._add("desc", text=description)

    def text(self, x: float, y: float, text: str, style: str = "") -> None:
        """Write text with its baseline at ``y``; styles are ``middle``, ``end`` and ``quiet``."""
        self._add("text", text=text, x=_px(x), y=_px(y), **{"class": style} if style else {})

    def line(self, start: tuple[float, float], end: tuple[float, float], style: str) -> None:
        """Draw a straight line; styles are ``grid``, ``axis`` and a whisker's."""
        ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
        self._add("line", **{name: _px(end) for name, end in ends.items()}, **{"class": style})

    def curve(self, points: Sequence[tuple[float, float]], subject: int) -> None:
        """Draw a subject's line through the points, in its colour and with its dashes."""
        path = "M" + " L".join(f"{_px(x)},{_px(y)}" for x, y in points)
        self._add("path", d=path, **{"class": f"curve s{subject % _COLOURS} d{subject % _DASHES}"})

    def mark(self, x: float, y: float, subject: int, *, hollow: bool = False) -> None:
        """Draw a subject's mark, in its colour and its shape; a hollow one stands for an emulator."""
        style = f"mark s{subject % _COLOURS}{' hollow' if hollow else ''}"
        place = f"translate({_px(x)},{_px(y)})"
        self._add("path", d=_SHAPES[subject % len(_SHAPES)], transform=place, **{"class": style})

    def whisker(self, ends: tuple[float, float], y: float, subject: int) -> None:
        """Draw a horizontal interval with a stop at each end."""
        style = f"whisker s{subject % _COLOURS}"
        self.line((ends[0], y), (ends[1], y), style)
        for x in ends:
            self.line((x, y - 5), (x, y + 5), style)

    def upright(self, x: float, ends: tuple[float, float], subject: int) -> None:
        """Draw a vertical interval with a stop at each end."""
        style = f"whisker s{subject % _COLOURS}"
        self.line((x, ends[0]), (x, ends[1]), style)
        for y in ends:
            self.line((x - 4, y), (x + 4, y), style)

    def bar(self, ends: tuple[float, float], top: float, height: float, kind: int) -> None:
        """Draw a horizontal bar; kinds 0 to 5 differ in colour and hatching, and the last is hollow."""
        left, right = ends
        kind %= _KINDS
        self._add(
            "path",
            d=f"M{_px(left)},{_px(top)} H{_px(right)} v{_px(height)} H{_px(left)} Z",
            **{"class": f"bar p{kind}"},
        )
        if hatching := _hatching(kind, right - left, height):
            self._add("path", d=hatching, transform=f"translate({_px(left)},{_px(top)})", **{"class": "hatching"})

    def axis_below(self, scale: Scale, y: float, top: float, name: Callable[[float], str]) -> None:
        """Draw the axis along the lower edge, with a grid line up to ``top`` at each tick."""
        self.line((scale.start_px, y), (scale.end_px, y), "axis")
        for tick in scale.ticks:
            x = scale(tick)
            self.line((x, top), (x, y), "grid")
            self.text(x, y + 15, name(tick), "middle quiet")

    def axis_left(self, scale: Scale, x: float, right: float, name: Callable[[float], str]) -> None:
        """Draw the axis along the left edge, with a grid line up to ``right`` at each tick."""
        for tick in scale.ticks:
            y = scale(tick)
            self.line((x, y), (right, y), "grid")
            self.text(x - 6, y + 4, name(tick), "end quiet")

    def markup(self) -> Markup:
        """Return the picture for a page; its text is escaped."""
        return Markup(ElementTree.tostring(self._svg, encoding="unicode"))  # noqa: S704 - ElementTree escapes

    def _add(self, tag: str, *, text: str | None = None, **attributes: str) -> None:
        ElementTree.SubElement(self._svg, tag, attributes).text = text


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
    return f"{value:.1f}"


def _step(least: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is not below ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power >= least * (1 - 1e-9))
